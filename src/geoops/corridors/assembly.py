"""A friction made into the graph that the kernels search: cells framed, steps cut at barriers, the network joined to them.

Made once for a friction and a stencil and kept as long as the friction lives; searching on it is `graph.py`.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geoops.core.errors import InputError
from geoops.core.geodesy import distance
from geoops.core.types import Friction
from geoops.corridors.barriers import Barriers, barriers_on
from geoops.corridors.eikonal import BUCKET_SHARE
from geoops.corridors.graph import Graph
from geoops.corridors.grids import Grid, check_memory, grid_of, same_grid
from geoops.corridors.roads import Roads, check_network, column_or, cut_lines
from geoops.corridors.slopes import slope_factor, slope_table
from geoops.corridors.stencils import FRAME, Stencil

__all__ = ["graph_of"]

_BYTES_PER_CELL = 25  # framed pace and the times of two searches, by measurement; the friction itself is there already
_GUARDED, _LINKED = 2, 4  # flags of a node, as in the kernels
_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

_KEPT: dict[tuple[int, Stencil], tuple[weakref.ref[Friction], Graph]] = {}


def graph_of(friction: Friction, stencil: Stencil) -> Graph:
    """The graph of a friction, made when first asked for."""
    given: object = friction
    if not isinstance(given, Friction):
        msg = f"friction must be a Friction (geoops.friction or geoops.Friction make one); {type(given).__name__} came"
        raise InputError(msg)
    key = (id(friction), stencil)
    kept = _KEPT.get(key)
    if kept is not None and kept[0]() is friction:
        return kept[1]
    graph = _make(friction, stencil)
    _KEPT[key] = (weakref.ref(friction, lambda _: _KEPT.pop(key, None)), graph)
    return graph


def _framed(values: NDArray[np.generic], fill: float) -> _Floats:
    """Values of the grid with three cells round it, flat."""
    framed = np.full((values.shape[0] + 2 * FRAME, values.shape[1] + 2 * FRAME), fill)
    framed[FRAME:-FRAME, FRAME:-FRAME] = values
    return framed.ravel()


def _make(friction: Friction, asked: Stencil) -> Graph:
    """Everything that does not change from search to search."""
    grid = grid_of(friction.pace)
    stencil = 8 if asked == "eikonal" else asked
    if friction.elevation is not None and not same_grid(friction.pace, friction.elevation):
        msg = "elevation must lie on the same cells as pace; bring it there with elevation.rio.reproject_match(pace)"
        raise InputError(msg)
    if friction.slope_pace is not None:
        slope_factor(friction.slope_pace, 0.0)  # an unknown rule is said here
        if friction.elevation is None:
            msg = f"slope_pace={friction.slope_pace!r} needs an elevation"
            raise InputError(msg)
        if asked == "eikonal":
            msg = (
                f"the eikonal solver knows no direction, and slope_pace={friction.slope_pace!r} makes the pace depend on"
                " it; use stencil=32, or a friction without slope_pace"
            )
            raise InputError(msg)
    if grid.rows * grid.columns > 2**31 - 2**24:
        msg = f"the grid has {grid.rows * grid.columns:,} cells; at most 2,000,000,000 fit. Use larger cells or a smaller region"
        raise InputError(msg)
    step = max(abs(grid.dx), abs(grid.dy))
    check_memory(grid.rows * grid.columns, _BYTES_PER_CELL, f"cells of {grid.crs.axis_info[0].unit_name}", step)
    pace = _framed(friction.pace.values, np.inf)
    np.copyto(pace, np.inf, where=np.isnan(pace))
    elevation = np.empty(0) if friction.elevation is None else _framed(friction.elevation.values, np.nan)
    lengths = grid.step_lengths(stencil, frame=FRAME)
    shut, slow, delay_s = _kinds_of_barriers(friction.barriers)
    barriers, slowing = barriers_on(grid, shut, FRAME), barriers_on(grid, slow, FRAME)
    guarded, masks, delayed = np.empty(0, np.int32), np.empty(0, np.uint32), np.empty(0, np.uint32)
    if len(barriers.segments) or len(slowing.segments):
        dense, dense_slow = barriers.masks(stencil), slowing.masks(stencil)
        guarded = np.union1d(np.flatnonzero(dense), np.flatnonzero(dense_slow)).astype(np.int32)
        masks, delayed = dense[guarded], dense_slow[guarded]

    quickest = float(pace.min())
    if not np.isfinite(quickest):
        msg = "no cell of pace can be entered: all are inf or NaN"
        raise InputError(msg)
    least = quickest * float(lengths[FRAME:-FRAME].min())
    table = slope_table(friction.slope_pace)
    edges = _edges(friction, grid, pace, elevation, barriers, slowing, delay_s)
    bucket = least * float(table.min())
    if len(edges.seconds):
        bucket = min(bucket, float(np.median(edges.seconds[edges.row >= 0])) if (edges.row >= 0).any() else bucket)

    # Cells with joins first, then every vertex.
    cells = len(pace)
    linked = np.unique(edges.tail[edges.tail < cells])
    at = np.where(edges.tail < cells, np.searchsorted(linked, edges.tail), len(linked) + edges.tail - cells)
    order = np.argsort(at, kind="stable")
    count = np.bincount(at, minlength=len(linked) + len(edges.roads.lon))
    flags = np.zeros(cells + len(edges.roads.lon) if len(guarded) or len(edges.roads.lon) else 0, np.uint8)
    flags[guarded] |= _GUARDED
    flags[linked] |= _LINKED
    flags[cells:] |= _LINKED
    return Graph(
        grid=grid,
        stencil=stencil,
        eikonal=asked == "eikonal",
        pace=pace,
        elevation=elevation,
        slope_rule=friction.slope_pace,
        lengths=lengths,
        flags=flags,
        guarded=guarded,
        masks=masks,
        delayed=delayed,
        delay_s=delay_s,
        linked=linked.astype(np.int32),
        first_edge=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        edge_to=edges.head[order].astype(np.int32),
        edge_from_s=edges.seconds[order],
        edge_to_s=edges.seconds_back[order],
        edge_row=edges.row[order].astype(np.int32),
        edge_m=edges.metres[order],
        roads=edges.roads,
        vertex_cell=edges.cell,
        vertex_column=edges.column,
        vertex_row=edges.row_on_grid,
        vertex_z=edges.height,
        barriers=barriers,
        bucket_s=bucket * (BUCKET_SHARE if asked == "eikonal" else 1.0 - 1e-9),
    )


def _kinds_of_barriers(
    barriers: gpd.GeoDataFrame | None,
) -> tuple[gpd.GeoDataFrame | None, gpd.GeoDataFrame | None, float]:
    """Barriers that are closed, those that take time, and how many seconds these take."""
    if barriers is None or "delay_s" not in barriers:
        return barriers, None, 0.0
    delays = column_or(barriers, "delay_s", np.nan)
    some = np.unique(delays[~np.isnan(delays)])
    if len(some) > 1 or not ((some >= 0.0) & np.isfinite(some)).all():
        msg = f"barriers: delay_s must be one number of seconds from 0, or missing where a line is closed; {some} came"
        raise InputError(msg)
    slow = ~np.isnan(delays)
    return barriers[~slow], barriers[slow], float(some[0]) if len(some) else 0.0


@dataclass(frozen=True)
class _Edges:
    """Directed edges besides the stencil's, nodes numbered as in the graph."""

    roads: Roads
    cell: _Ints
    column: _Floats
    row_on_grid: _Floats
    height: _Floats
    tail: _Ints
    head: _Ints
    seconds: _Floats
    seconds_back: _Floats
    row: _Ints
    metres: _Floats


def _edges(
    friction: Friction,
    grid: Grid,
    pace: _Floats,
    elevation: _Floats,
    barriers: Barriers,
    slowing: Barriers,
    delay_s: float,
) -> _Edges:
    """The network's edges, and the joins from each vertex to the centres of the four cells nearest to it."""
    cells, width = len(pace), grid.columns + 2 * FRAME
    none, floats = np.empty(0, np.int64), np.empty(0)
    if friction.network is None or len(friction.network) == 0:
        roads = Roads(floats, floats, np.empty(0, bool), none, none, none, floats)
        return _Edges(roads, none, floats, floats, floats, none, none, floats, floats, none, floats)
    network = check_network(friction.network)
    size_x, size_y = grid.cell_sizes
    roads = cut_lines(network, 0.7 * float(min(size_x.min(), size_y.min())))
    column, row = grid.to_cells(roads.lon, roads.lat)
    inside = grid.inside(column, row)
    c, r = grid.cell(np.where(inside, column, 0), np.where(inside, row, 0))
    cell = np.where(inside, (r + FRAME) * width + c + FRAME, -1)
    height = _heights(elevation, column, row, width, grid) if len(elevation) else floats

    # Edges that leave the grid are not part of it: a grid is the world that a journey knows.
    use = inside[roads.tail] & inside[roads.head]
    tail, head, metres, owner = roads.tail[use], roads.head[use], np.maximum(roads.length_m[use], 1e-3), roads.row[use]
    forward = column_or(network, "pace_s_per_m", np.nan)
    back = column_or(network, "pace_back_s_per_m", np.nan)
    back = np.where(np.isnan(back), forward, back)
    up, down = np.ones(len(tail)), np.ones(len(tail))
    if friction.slope_pace is not None:
        sloped = column_or(network, "sloped", 1.0)[owner] > 0
        slope = np.nan_to_num((height[head] - height[tail]) / metres)
        up = np.where(sloped, slope_factor(friction.slope_pace, slope), 1.0)
        down = np.where(sloped, slope_factor(friction.slope_pace, -slope), 1.0)
    there_s, back_s = metres * forward[owner] * up, metres * back[owner] * down

    vertex, centre, join_m = _joins(grid, roads, column, row, inside, pace, barriers, width)
    join_s = np.maximum(join_m, 1e-3) * pace[centre]
    if delay_s > 0.0:
        ends = np.column_stack([column[vertex] + FRAME, row[vertex] + FRAME, centre % width, centre // width])
        join_s = join_s + delay_s * slowing.cut(ends.astype(np.float64))
    a = np.concatenate([cells + tail, cells + head, cells + vertex, centre])
    b = np.concatenate([cells + head, cells + tail, centre, cells + vertex])
    seconds = np.concatenate([there_s, back_s, join_s, join_s])
    against = np.concatenate([back_s, there_s, join_s, join_s])
    rows = np.concatenate([owner, owner, np.full(2 * len(vertex), -1)])
    length = np.concatenate([metres, metres, join_m, join_m])
    return _Edges(roads, cell, column, row, height, a, b, seconds, against, rows, length)


def _heights(elevation: _Floats, column: _Floats, row: _Floats, width: int, grid: Grid) -> _Floats:
    """Elevation at places, bilinear between cell centres; NaN neighbours and the edge fall back to the nearest cell."""
    c = np.clip(column, 0, grid.columns - 1)
    r = np.clip(row, 0, grid.rows - 1)
    c0, r0 = np.floor(c).astype(np.int64), np.floor(r).astype(np.int64)
    c1, r1 = np.minimum(c0 + 1, grid.columns - 1), np.minimum(r0 + 1, grid.rows - 1)
    fc, fr = c - c0, r - r0

    def at(rows: _Ints, columns: _Ints) -> _Floats:
        return np.asarray(elevation[(rows + FRAME) * width + columns + FRAME])

    top = at(r0, c0) * (1 - fc) + at(r0, c1) * fc
    bottom = at(r1, c0) * (1 - fc) + at(r1, c1) * fc
    smooth = top * (1 - fr) + bottom * fr
    return np.where(np.isnan(smooth), at(np.rint(r).astype(np.int64), np.rint(c).astype(np.int64)), smooth)


def _joins(
    grid: Grid,
    roads: Roads,
    column: _Floats,
    row: _Floats,
    inside: NDArray[np.bool_],
    pace: _Floats,
    barriers: Barriers,
    width: int,
) -> tuple[_Ints, _Ints, _Floats]:
    """Vertex, framed cell and metres of each join that no barrier cuts."""
    vertices, centres, metres = [], [], []
    able = np.flatnonzero(inside & roads.joins)
    for down in (0, 1):
        for right in (0, 1):
            c = np.floor(column[able]).astype(np.int64) + right
            r = np.floor(row[able]).astype(np.int64) + down
            fits = (c >= 0) & (c < grid.columns) & (r >= 0) & (r < grid.rows)
            vertex, c, r = able[fits], c[fits], r[fits]
            centre = (r + FRAME) * width + c + FRAME
            lines = np.column_stack([column[vertex] + FRAME, row[vertex] + FRAME, c + FRAME, r + FRAME])
            free = np.isfinite(pace[centre]) & ~barriers.cut(lines.astype(np.float64))
            vertex, centre, c, r = vertex[free], centre[free], c[free], r[free]
            lon, lat = grid.to_degrees(c, r)
            vertices.append(vertex)
            centres.append(centre)
            metres.append(distance(roads.lon[vertex], roads.lat[vertex], lon, lat))
    return np.concatenate(vertices), np.concatenate(centres), np.concatenate(metres)
