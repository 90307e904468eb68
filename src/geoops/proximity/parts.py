"""Which features can matter to anything in a box: how a layer is cut for one part of the sites, leaving out nothing.

Completeness. Let a cell's centre be c, and R a distance that nothing in the cell exceeds from c. Going from a place in the
cell to c and on to the k-th nearest feature of c takes at most R + D(c), so nothing farther than that can be among its k
nearest; and a feature at least d from c is at least d - R from the place. A feature is left out only if, for every cell that
the box is quartered into, d - R > min(R + D(c), max_km); d and D come from the bounds of `ellipsoid`, on their safe sides.
Areas are kept, besides, where their box meets the part's, as they are near wherever they hold something.

Points, and edges straight in degrees, stay in their box. Geodesics may leave it, but a point of an edge is no farther
from the nearer end than half the edge, and no edge is longer than the way by c: for them the box is one cell, with twice R.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geoops.proximity.ellipsoid import ecef, longest_geodesic, shortest_geodesic
from geoops.proximity.farthest import cell_radius_m, quartered

if TYPE_CHECKING:
    from geoops.proximity.pieces import FloatArray, IntArray
    from geoops.proximity.search import Side

__all__ = ["FeatureIndex"]

_GUARD_M = 1.0
_SMALL_M = 60_000.0  # a cell that needs no further quartering
_DEEPEST = 5
_FEW = 500
_WIDEST_M = 5_000_000.0  # a part that large is no part of space


class FeatureIndex:
    """
    Each feature as a ball round one of its points.

    Parameters
    ----------
    side
        A layer, prepared.
    """

    def __init__(self, side: Side) -> None:
        pieces = side.pieces
        self._edges, self._areas = pieces.edges, side.areas
        starts = (
            np.flatnonzero(np.append(True, np.diff(pieces.owner) > 0)) if len(pieces) else np.empty(0, dtype=np.int64)
        )
        self._rows: IntArray = pieces.owner[starts]
        self._points = pieces.middle[starts]
        first = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(pieces))))
        reach = np.linalg.norm(pieces.middle - self._points[first], axis=1) + pieces.radius_m
        self._size = np.maximum.reduceat(reach, starts) if len(starts) else np.empty(0)

    def matter(self, box: FloatArray, *, k: int, reach_m: float, points: bool) -> IntArray:
        """
        Rows of the layer that can be among the k nearest of anything in a box, in their order.

        Parameters
        ----------
        box
            (west, south, east, north) in degrees; a box that is NaN (nothing has a place) keeps nothing.
        k
            Features a site.
        reach_m
            The farthest distance asked for.
        points
            Whether there are only points in the box.
        """
        if not np.isfinite(box).all() or not len(self._rows):
            return np.empty(0, dtype=np.int64)
        whole = points or self._edges == "planar"
        keep = np.zeros(len(self._rows), dtype=bool)
        cells = [(box[None, :].astype(np.float64), np.arange(len(self._rows)), 0)]
        if cell_radius_m(cells[0][0])[0] > _WIDEST_M:
            return self._rows
        while cells:
            cell, near, depth = cells.pop()
            radius = float(cell_radius_m(cell)[0]) * (1.0 if whole else 2.0)
            near = near[self._near(cell[0], radius, near, k, reach_m)]
            if not whole or depth == _DEEPEST or radius < _SMALL_M or len(near) <= _FEW or keep[near].all():
                keep[near] = True
            else:
                cells.extend((quarter[None, :], near, depth + 1) for quarter in quartered(cell)[0])
        return np.union1d(self._rows[keep], self._areas_over(box)).astype(np.int64)

    def _near(self, cell: FloatArray, radius: float, near: IntArray, k: int, reach_m: float) -> np.ndarray:
        """Which of these features can be among the k nearest of something in a cell."""
        west, south, east, north = cell
        centre = ecef(np.array([(west + east) / 2.0]), np.array([(south + north) / 2.0]))
        chord = np.linalg.norm(self._points[near] - centre, axis=1)
        kth = longest_geodesic(np.partition(chord, k - 1)[k - 1] + _GUARD_M) if len(near) >= k else np.inf
        lowest = shortest_geodesic(chord - self._size[near] - _GUARD_M)
        return np.asarray(lowest - radius <= min(radius + float(kth), reach_m))

    def _areas_over(self, box: FloatArray) -> IntArray:
        """Areas whose box meets this one."""
        west, south, east, north = box
        rows: IntArray = self._areas.rows
        begin = self._areas.west_bound[rows]
        turned = west - 360.0 * np.floor((west - begin) / 360.0)  # the western side, from the area's own onwards
        over = (turned <= self._areas.east_bound[rows]) | (turned + (east - west) >= begin + 360.0)
        over &= (self._areas.south_bound[rows] <= north) & (self._areas.north_bound[rows] >= south)
        return np.asarray(rows[over], dtype=np.int64)
