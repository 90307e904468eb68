"""How much of a line or an area lies within a radius of a shape, on the ellipsoid.

Lines are halved until each bit lies wholly within or without: a distance changes by no more than the way walked, which
proves it. Areas are cut in an equal-area plane made for the site.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geoops.core.geodesy import geod
from geoops.core.schema import WGS84
from geoops.proximity.measure import pair_distances
from geoops.proximity.rings import ring_shape
from geoops.proximity.search import Side, make_side
from geoops.proximity.shapes import dense

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from geoops.proximity.pieces import FloatArray, IntArray, Pieces

__all__ = ["DenseAreas", "area_within_m2", "distance_to", "length_within_m", "piece_lengths_m"]

_SHORT_M = 1.0
_VERTICES = 1440
_STEP_M = 2_000.0


def piece_lengths_m(pieces: Pieces) -> FloatArray:
    """Length of each piece on the ellipsoid; planar ones as eight geodesics, which is exact to a part in a million."""
    if pieces.edges == "geodesic":
        return pieces.length_m
    total = np.zeros(len(pieces))
    wide, high = pieces.lon2 - pieces.lon1, pieces.lat2 - pieces.lat1
    for eighth in range(8):
        a, b = eighth / 8.0, (eighth + 1) / 8.0
        total += geod().inv(
            pieces.lon1 + a * wide, pieces.lat1 + a * high, pieces.lon1 + b * wide, pieces.lat1 + b * high
        )[2]
    return total


def length_within_m(shape: BaseGeometry, layer: Side, features: IntArray, radii_m: FloatArray) -> FloatArray:
    """
    Metres of the features' lines within each radius of the shape; good to a metre for each crossing of the ring.

    Parameters
    ----------
    shape
        What the radii are counted from.
    layer
        The prepared layer.
    features
        Rows of the layer: at least all that come within the largest radius.
    radii_m
        Radii in metres.
    """
    total = np.zeros(len(radii_m))
    features = np.unique(features)
    begin = np.searchsorted(layer.pieces.owner, features, side="left")
    sizes = np.searchsorted(layer.pieces.owner, features, side="right") - begin
    rows = np.repeat(begin - (np.cumsum(sizes) - sizes), sizes) + np.arange(sizes.sum())
    rows = rows[layer.pieces.length_m[rows] > 0.0]
    if not len(rows):
        return total
    pieces = layer.pieces.take(rows)
    to_shape = distance_to(shape, pieces.edges)
    length = piece_lengths_m(pieces)
    ends = np.concatenate([np.column_stack([pieces.lon1, pieces.lat1]), np.column_stack([pieces.lon2, pieces.lat2])])
    unique, which = np.unique(ends, axis=0, return_inverse=True)
    at_ends = to_shape(unique[:, 0].copy(), unique[:, 1].copy())[which.ravel()]
    count = len(pieces)
    ring = np.repeat(np.arange(len(radii_m)), count)
    piece = np.tile(np.arange(count), len(radii_m))
    t0, t1 = np.zeros(len(piece)), np.ones(len(piece))
    d0, d1 = np.tile(at_ends[:count], len(radii_m)), np.tile(at_ends[count:], len(radii_m))
    while len(piece):
        # A planar piece's length is known from above, which is what the proof needs.
        span, part, radius = pieces.length_m[piece] * (t1 - t0), length[piece] * (t1 - t0), radii_m[ring]
        inside, outside = (d0 + d1 + span) / 2.0 <= radius, (d0 + d1 - span) / 2.0 > radius
        short = ~(inside | outside) & (span <= _SHORT_M)  # straight enough: shared by the distances of the ends
        share = np.clip((radius - np.minimum(d0, d1)) / np.maximum(np.abs(d1 - d0), 1e-9), 0.0, 1.0)
        total += np.bincount(ring, np.where(inside, part, np.where(short, part * share, 0.0)), len(radii_m))
        rows = np.flatnonzero(~(inside | outside | short))
        ring, piece = ring[rows], piece[rows]
        t0, t1, d0, d1 = t0[rows], t1[rows], d0[rows], d1[rows]
        middle = (t0 + t1) / 2.0
        d = to_shape(*_along(pieces.take(piece), middle)) if len(piece) else middle
        ring, piece = np.concatenate([ring, ring]), np.concatenate([piece, piece])
        t0, t1 = np.concatenate([t0, middle]), np.concatenate([middle, t1])
        d0, d1 = np.concatenate([d0, d]), np.concatenate([d, d1])
    return total


def _along(pieces: Pieces, t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The place at share t of the way along each piece."""
    if pieces.edges == "planar":
        return pieces.lon1 + t * (pieces.lon2 - pieces.lon1), pieces.lat1 + t * (pieces.lat2 - pieces.lat1)
    lon, lat, _ = geod().fwd(pieces.lon1, pieces.lat1, pieces.azimuth, t * pieces.length_m)
    return np.asarray(lon), np.asarray(lat)


class distance_to:  # noqa: N801  used as a function with a memory
    """Metres from points to a shape, 0 inside it."""

    def __init__(self, shape: BaseGeometry, edges: str) -> None:
        self._point = (shape.x, shape.y) if isinstance(shape, shapely.Point) else None
        self._side = None if self._point else make_side(np.array([shape], dtype=object), edges)

    def __call__(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """Metres from each point to the shape."""
        if self._side is None:
            assert self._point is not None  # noqa: S101  one of the two is there
            x, y = self._point
            return np.asarray(geod().inv(lon, lat, np.full(len(lon), x), np.full(len(lon), y))[2])
        metres = pair_distances(lon, lat, np.zeros(len(lon), dtype=np.int64), self._side)
        return np.maximum(metres, 0.0)


def area_within_m2(
    shape: BaseGeometry, areas: DenseAreas, features: IntArray, radius_m: float
) -> float:  # fmt: skip
    """Square metres of the features' areas within the radius of the shape; good to 3e-5 of the ring's area."""
    if not len(features):
        return 0.0
    ring = ring_shape(shape, radius_m, vertices=_VERTICES)
    centre = shapely.centroid(shape)
    plane = pyproj.CRS.from_proj4(f"+proj=laea +lat_0={centre.y} +lon_0={centre.x} +datum=WGS84 +units=m +type=crs")
    there = pyproj.Transformer.from_crs(WGS84, plane, always_xy=True).transform

    def flat(g: BaseGeometry) -> BaseGeometry:
        return shapely.make_valid(shapely.transform(g, lambda xy: np.column_stack(there(*xy.T))))

    disc = flat(dense(ring, "geodesic", max(_STEP_M, radius_m / 100.0)))
    shapely.prepare(disc)
    near = ring.bounds
    total = 0.0
    for row in features:
        fine = areas.shape(int(row))
        box = fine.bounds
        if box[0] >= -180.0 and box[2] <= 180.0 and not shapely.box(*near).contains(shapely.box(*box)):
            fine = shapely.clip_by_rect(fine, near[0] - 0.1, near[1] - 0.1, near[2] + 0.1, near[3] + 0.1)
            total += float(shapely.intersection(disc, flat(dense(fine, "planar", _STEP_M))).area)
            continue
        area = flat(fine)
        total += areas.area_m2(int(row)) if disc.contains(area) else float(shapely.intersection(disc, area).area)
    return total


class DenseAreas:
    """The areas of a layer with their outlines made dense, each once and only where it is asked for."""

    def __init__(self, geometry: NDArray[np.object_], areas_m2: FloatArray, edges: str) -> None:
        self._geometry, self._areas_m2, self._edges = geometry, areas_m2, edges
        self._shapes: dict[int, BaseGeometry] = {}

    def shape(self, row: int) -> BaseGeometry:
        """One area, with a vertex every 2 km."""
        if row not in self._shapes:
            self._shapes[row] = shapely.make_valid(dense(self._geometry[row], self._edges, _STEP_M))
        return self._shapes[row]

    def area_m2(self, row: int) -> float:
        """Its whole area."""
        return float(self._areas_m2[row])
