"""Which areas hold which of many points: the answer of `inside`, fast.

By a plane test in degrees wherever the outline is farther than its edges can bulge, else exactly. Prepared once a layer,
asked for one block of points after another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geoops.proximity.inside import Areas, containing, make_areas
from geoops.proximity.shapes import dense

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geoops.proximity.pieces import FloatArray, IntArray

__all__ = ["AreaIndex"]

_BULGE_M = 20.0  # an edge of 5 km leaves its chord in degrees by under 6 m up to 85° of latitude
_STEP_M = 5_000.0
_PLAIN_DEG = 85.0


class AreaIndex:
    """
    The areas among some geometries, ready for many points.

    Parameters
    ----------
    geometries
        Shapely geometries in degrees; what is no area holds nothing.
    edges
        What an edge is: "geodesic" or "planar".
    """

    def __init__(self, geometries: NDArray[np.object_], edges: str) -> None:
        self.count = len(geometries)
        self._edges = edges
        exact = make_areas(geometries, edges)
        plain = np.array([_is_plain(exact, int(row)) for row in exact.rows], dtype=bool)
        self._plain, self._odd = exact.rows[plain], exact.rows[~plain]
        self._odd_areas = make_areas(geometries[self._odd], edges)
        self._plain_areas = make_areas(geometries[self._plain], edges)
        shapes = geometries[self._plain]
        if edges == "geodesic":
            self._outlines = np.array([shapely.boundary(g) for g in shapes], dtype=object)
            shapes = np.array([dense(g, edges, _STEP_M) for g in shapes], dtype=object)
        self._shapes = shapely.make_valid(shapes) if len(shapes) else shapes

    def pairs(self, lon: FloatArray, lat: FloatArray) -> tuple[IntArray, IntArray]:
        """Every pair of a point and an area that holds it: positions of points, rows of the geometries."""
        point, feature = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        if len(self._odd):
            p, f = containing(lon, lat, self._odd_areas)
            point, feature = p, self._odd[f]
        if len(self._plain):
            p, f = self._in_plane(lon, lat)
            point, feature = np.concatenate([point, p]), np.concatenate([feature, self._plain[f]])
        return point, feature

    def _in_plane(self, lon: FloatArray, lat: FloatArray) -> tuple[IntArray, IntArray]:
        """Pairs by a plane test on outlines made dense; points close to an outline are tested exactly."""
        home = lon - 360.0 * np.round(lon / 360.0)
        index = shapely.STRtree(np.array(shapely.points(home, lat), dtype=object))
        area, point = index.query(self._shapes, predicate="intersects")
        if self._edges == "geodesic":
            doubtful = self._near_outlines(lon, lat)
            if len(doubtful):
                p, f = containing(lon[doubtful], lat[doubtful], self._plain_areas)
                sure = ~np.isin(point, doubtful)
                point, area = np.concatenate([point[sure], doubtful[p]]), np.concatenate([area[sure], f])
        return point, area

    def _near_outlines(self, lon: FloatArray, lat: FloatArray) -> IntArray:
        """The points that lie so near to an outline that its bulge could decide."""
        from geoops.proximity.many import make_tree, within_reach

        if not hasattr(self, "_tree"):
            self._tree = make_tree(self._outlines, self._edges)
        return within_reach(lon, lat, self._tree, _BULGE_M)


def _is_plain(areas: Areas, row: int) -> bool:
    """Whether a plane test in degrees can work: nothing near a pole, nothing over the antimeridian."""
    west, south = areas.west_bound[row], areas.south_bound[row]
    east, north = areas.east_bound[row], areas.north_bound[row]
    return bool(west >= -180.0 and east <= 180.0 and south > -_PLAIN_DEG and north < _PLAIN_DEG)
