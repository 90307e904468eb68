"""Values on a grid to polygons: everything below a level, with edges drawn between the cell centres.

What the values mean is the caller's business.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from geoops.corridors.grids import Grid

__all__ = ["as_multipolygon", "below"]


def below(grid: Grid, values: NDArray[Any], level: float, *, first: tuple[int, int] = (0, 0)) -> MultiPolygon:
    """
    The area where values lie at or below a level, as a valid MultiPolygon in longitude and latitude.

    Edges run linearly between cell centres; a cell without a value counts as twice the level, and so does what lies
    outside the grid, so that areas end half a cell behind their last centre.

    Parameters
    ----------
    grid
        Where the values lie.
    values
        Rows by columns; NaN and `inf` are above any level.
    level
        Positive.
    first
        Row and column of the grid at which the values begin, where they are a window of it.
    """
    from contourpy import FillType, contour_generator

    high = 2.0 * level
    z = np.pad(np.where(np.isfinite(values), np.minimum(values, high), high), 1, constant_values=high)
    rows, columns = np.flatnonzero((z <= level).any(axis=1)), np.flatnonzero((z <= level).any(axis=0))
    if len(rows) == 0:
        return MultiPolygon()
    # Only the part of the grid that has anything below the level.
    (r0, r1), (c0, c1) = (rows[0] - 1, rows[-1] + 2), (columns[0] - 1, columns[-1] + 2)
    x, y = np.arange(c0, c1) + first[1] - 1.0, np.arange(r0, r1) + first[0] - 1.0
    generator = contour_generator(x, y, z[r0:r1, c0:c1], fill_type=FillType.OuterOffset)
    filled: Any = generator.filled(-np.inf, level)
    polygons = []
    for ring_points, ring_offsets in zip(*filled, strict=True):
        lon, lat = grid.to_degrees(ring_points[:, 0], ring_points[:, 1])
        xy = np.column_stack([lon, lat])
        rings = [xy[a:b] for a, b in pairwise(ring_offsets) if b - a >= 4]
        if rings:
            polygons.append(shapely.Polygon(rings[0], rings[1:]))
    return as_multipolygon(shapely.union_all(shapely.make_valid(np.array(polygons, dtype=object))))


def as_multipolygon(shape: BaseGeometry) -> MultiPolygon:
    """The polygons of a shape, lines and points left out."""
    if isinstance(shape, MultiPolygon):
        return shape
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 0]
    return MultiPolygon(parts)
