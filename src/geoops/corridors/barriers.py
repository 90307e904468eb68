"""Lines that no step may cross: which steps of the stencil they cut, and which short lines.

Barriers are straight between their vertices in the grid's own coordinates. Touching counts as crossing, so that
nothing slips through a vertex.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geoops.corridors.engine import kernels
from geoops.corridors.grids import Grid
from geoops.corridors.stencils import steps_of

__all__ = ["Barriers", "barriers_on"]

# Barriers drawn on the grid (through cell centres, along rows) would touch every step from there; a shift by a
# ten-thousandth of a cell, the same for all, puts each centre on one side. It is far below any line's accuracy.
_SHIFT = (1.0e-4 / 3.0, 1.0e-4 / 7.0)


@dataclass(frozen=True)
class Barriers:
    """
    Barrier segments on a framed grid, in columns and rows, sorted into cells.

    Parameters
    ----------
    segments
        (n, 4): x1, y1, x2, y2; none is longer than a cell along either axis.
    first, order
        `order[first[cell]:first[cell + 1]]` are the segments in a cell.
    rows, width
        Of the framed grid.
    """

    segments: NDArray[np.float64]
    first: NDArray[np.int64]
    order: NDArray[np.int64]
    rows: int
    width: int

    def masks(self, stencil: int) -> NDArray[np.uint32]:
        """For each cell of the framed grid, a bit for each step that a barrier cuts."""
        steps = steps_of(stencil)
        result = kernels().blocked_steps(self.rows, self.width, self.segments, steps.rows, steps.columns, stencil)
        return np.asarray(result)

    def cut(self, lines: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether short lines (x1, y1, x2, y2 on the framed grid) cross a barrier."""
        if len(self.segments) == 0 or len(lines) == 0:
            return np.zeros(len(lines), bool)
        moved = np.ascontiguousarray(lines, dtype=np.float64)
        return np.asarray(kernels().cross_any(moved, self.segments, self.first, self.order, self.rows, self.width))


def barriers_on(grid: Grid, barriers: gpd.GeoDataFrame | None, frame: int) -> Barriers:
    """The segments of barriers near a grid; polygons count with their outlines."""
    rows, width = grid.rows + 2 * frame, grid.columns + 2 * frame
    segments = np.empty((0, 4))
    if barriers is not None and len(barriers):
        segments = _segments(grid, barriers, frame)
    reach = [-1.0, rows, -1.0, width]
    low, high = np.minimum(segments[:, :2], segments[:, 2:]), np.maximum(segments[:, :2], segments[:, 2:])
    near = (high[:, 1] >= reach[0]) & (low[:, 1] <= reach[1]) & (high[:, 0] >= reach[2]) & (low[:, 0] <= reach[3])
    segments, low, high = segments[near], low[near], high[near]

    cells: list[NDArray[np.int64]] = []
    numbers: list[NDArray[np.int64]] = []
    for dy in range(3):
        for dx in range(3):
            column = np.floor(low[:, 0] + 0.5 - 1e-6).astype(np.int64) + dx
            row = np.floor(low[:, 1] + 0.5 - 1e-6).astype(np.int64) + dy
            hit = (column - 0.5 <= high[:, 0] + 1e-6) & (row - 0.5 <= high[:, 1] + 1e-6)
            hit &= (column >= 0) & (column < width) & (row >= 0) & (row < rows)
            cells.append(row[hit] * width + column[hit])
            numbers.append(np.flatnonzero(hit))
    cell, number = np.concatenate(cells), np.concatenate(numbers)
    order = np.argsort(cell, kind="stable")
    count = np.bincount(cell, minlength=rows * width) if len(segments) else np.zeros(0, np.int64)
    first = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    return Barriers(np.ascontiguousarray(segments), first, number[order].astype(np.int64), rows, width)


def _segments(grid: Grid, barriers: gpd.GeoDataFrame, frame: int) -> NDArray[np.float64]:
    """All segments in columns and rows of the framed grid, cut so that none passes more than one cell."""
    geometry = barriers.geometry.to_numpy()
    area = shapely.get_dimensions(geometry) == 2
    geometry = np.where(area, shapely.boundary(geometry), geometry)
    parts = shapely.get_parts(geometry)
    if not grid.geographic:
        # Straight in degrees is not straight on the projection: short pieces first.
        parts = shapely.segmentize(parts, 0.01)
    points, line = shapely.get_coordinates(parts, return_index=True)
    column, row = grid.to_cells(points[:, 0], points[:, 1])
    place = np.column_stack([column, row]) + frame + np.array(_SHIFT)
    follows = np.flatnonzero(line[1:] == line[:-1])
    start, end = place[follows], place[follows + 1]
    finite = np.isfinite(start).all(axis=1) & np.isfinite(end).all(axis=1)
    start, end = start[finite], end[finite]
    # What lies far outside is dropped before it is cut into many pieces.
    far = np.maximum(start, end).min(axis=1) < -2.0
    far |= np.minimum(start, end)[:, 0] > grid.columns + 2 * frame + 2
    far |= np.minimum(start, end)[:, 1] > grid.rows + 2 * frame + 2
    start, end = start[~far], end[~far]
    pieces = np.maximum(np.ceil(np.abs(end - start).max(axis=1, initial=0.0)), 1).astype(np.int64)
    which = np.repeat(np.arange(len(start)), pieces)
    share = (np.arange(len(which)) - np.repeat(np.cumsum(pieces) - pieces, pieces)) / pieces[which]
    step = (end - start)[which]
    a = start[which] + share[:, None] * step
    last = share + 1.0 / pieces[which]
    b = np.where((np.abs(last - 1.0) < 1e-9)[:, None], end[which], start[which] + last[:, None] * step)
    return np.hstack([a, b])
