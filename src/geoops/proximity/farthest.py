"""How far the farthest part of an extent is from a feature: a bound from above that is never too low and hardly too high.

Branch and bound over cells: a distance changes by no more than the way walked, so a cell with centre c and radius r
holds no point farther than d(c) + r. Cells that cannot hold the farthest point are dropped, the others are quartered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geoops.proximity.ellipsoid import EQUATOR_M, latitude_radii
from geoops.proximity.measure import pair_distances

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geoops.proximity.pieces import FloatArray, IntArray
    from geoops.proximity.search import Side

__all__ = ["TOLERANCE_M", "TOLERANCE_SHARE", "farthest_m"]

TOLERANCE_M = 50.0
TOLERANCE_SHARE = 2e-3
_ROUNDS = 40
_STEEPEST_DEG = 89.999999


def farthest_m(shapes: NDArray[np.object_], site: IntArray, feature: IntArray, layer: Side) -> FloatArray:
    """
    A bound from above of the distance of the farthest part of each site's shape from the feature paired with it.

    Negative where all of the shape lies inside an area. It exceeds the true value by at most 50 m or 0.2 % of it,
    whichever is more.

    Parameters
    ----------
    shapes
        Extents in degrees.
    site, feature
        Pairs: rows of `shapes` and of the layer.
    layer
        The prepared layer.
    """
    covers = {int(row): _Cover(shapes[row]) for row in np.unique(site)}
    cells = [covers[int(row)].first() for row in site]
    pair = np.repeat(np.arange(len(site)), [len(c) for c in cells])
    boxes = np.concatenate(cells)
    bound = np.full(len(site), -np.inf)  # from above, of what has been settled
    known = np.full(len(site), -np.inf)  # distances of points that do lie in the shape
    for _ in range(_ROUNDS):
        lon, lat = (boxes[:, 0] + boxes[:, 2]) / 2.0, (boxes[:, 1] + boxes[:, 3]) / 2.0
        d = pair_distances(lon, lat, feature[pair], layer)
        radius = _radius_m(boxes)
        member = np.zeros(len(boxes), dtype=bool)
        for row, cover in covers.items():
            mine = np.flatnonzero(site[pair] == row)
            member[mine] = cover.holds(lon[mine], lat[mine])
        np.maximum.at(known, pair[member], d[member])
        best = known[pair]
        slack = np.maximum(TOLERANCE_M, TOLERANCE_SHARE * np.abs(best))
        slack[~np.isfinite(best)] = 0.0
        settled = (d + radius <= best + slack) | (radius < TOLERANCE_M / 2.0)
        np.maximum.at(bound, pair[settled], (d + radius)[settled])
        boxes, pair = boxes[~settled], pair[~settled]
        if not len(boxes):
            break
        boxes, parent = _quarter(boxes)
        pair = pair[parent]
        keep = np.zeros(len(boxes), dtype=bool)
        for row, cover in covers.items():
            mine = np.flatnonzero(site[pair] == row)
            keep[mine] = cover.meets(boxes[mine])
        boxes, pair = boxes[keep], pair[keep]
        if not len(boxes):
            break
    else:  # not reached with shapes smaller than the Earth; what is left still counts
        d = pair_distances((boxes[:, 0] + boxes[:, 2]) / 2.0, (boxes[:, 1] + boxes[:, 3]) / 2.0, feature[pair], layer)
        np.maximum.at(bound, pair, d + _radius_m(boxes))
    return np.maximum(bound, known)


class _Cover:
    """One shape, ready to be asked which cells it meets and which points it holds."""

    def __init__(self, shape: shapely.Geometry) -> None:
        self._shape = shape
        # Long edges as geodesics bulge out of their chords in degrees: the shape is widened by what they can bulge.
        bulge = _bulge_deg(shape)
        self._wide = shape.buffer(bulge) if bulge > 0.0 else shape
        shapely.prepare(self._shape)
        shapely.prepare(self._wide)

    def first(self) -> FloatArray:
        """The cells to start from: the box of every part, so that a far part does not make one huge cell."""
        return np.asarray(shapely.bounds(shapely.get_parts(self._wide)), dtype=np.float64).reshape(-1, 4)

    def holds(self, lon: FloatArray, lat: FloatArray) -> NDArray[np.bool_]:
        """Which points surely lie in the shape."""
        return np.asarray(shapely.intersects_xy(self._shape, lon, lat))

    def meets(self, boxes: FloatArray) -> NDArray[np.bool_]:
        """Which cells may hold a point of the shape."""
        return np.asarray(shapely.intersects(self._wide, shapely.box(*boxes.T)))


def _bulge_deg(shape: shapely.Geometry) -> float:
    """At most this far, in degrees, does an edge as a geodesic leave its chord in degrees; 0 for points."""
    from geoops.proximity.pieces import raw_edges

    raw = raw_edges(np.array([shape], dtype=object))
    wide = np.radians(np.abs(raw.lon2 - raw.lon1))
    if not len(wide) or wide.max() == 0.0:
        return 0.0
    steep = np.tan(np.radians(np.minimum(np.maximum(np.abs(raw.lat1), np.abs(raw.lat2)), _STEEPEST_DEG)))
    # The sagitta of a parallel against its great circle is wide² sin(2 lat) / 16; oblique edges bend less in latitude
    # but also along themselves. Four times that holds both, and the ellipsoid's share.
    height = np.radians(np.abs(raw.lat2 - raw.lat1))
    return float(np.degrees((wide * (wide + height) * (1.0 + steep) / 4.0).max()))


def _radius_m(boxes: FloatArray) -> FloatArray:
    """No point of a cell is farther from its centre: half its diagonal, each side at its longest."""
    west, south, east, north = boxes.T
    low = np.where(south * north < 0.0, 0.0, np.minimum(np.abs(south), np.abs(north)))
    along, _ = latitude_radii(np.minimum(np.maximum(np.abs(south), np.abs(north)), 90.0))
    _, across = latitude_radii(low)
    across = np.minimum(across, EQUATOR_M)
    return np.hypot(np.radians(east - west) * across, np.radians(north - south) * along) / 2.0


def _quarter(boxes: FloatArray) -> tuple[FloatArray, IntArray]:
    """Every cell's four quarters, and which cell each came from."""
    west, south, east, north = boxes.T
    mid_lon, mid_lat = (west + east) / 2.0, (south + north) / 2.0
    quarters = [
        (west, south, mid_lon, mid_lat), (mid_lon, south, east, mid_lat),
        (west, mid_lat, mid_lon, north), (mid_lon, mid_lat, east, north),
    ]  # fmt: skip
    return np.concatenate([np.column_stack(q) for q in quarters]), np.tile(np.arange(len(boxes)), 4)
