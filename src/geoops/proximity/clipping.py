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

__all__ = ["area_within_m2", "length_within_m", "piece_lengths_m"]

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


def length_within_m(shape: BaseGeometry, layer: Side, features: IntArray, radius_m: float) -> float:
    """Metres of the features' lines within the radius of the shape; good to a metre for each crossing of the ring."""
    if not len(features):
        return 0.0
    rows = np.flatnonzero(np.isin(layer.pieces.owner, features) & (layer.pieces.length_m > 0.0))
    pieces = layer.pieces.take(rows)
    to_shape = _distance_to(shape, pieces.edges)
    length = piece_lengths_m(pieces)
    planar = pieces.edges == "planar"
    wide, high = pieces.lon2 - pieces.lon1, pieces.lat2 - pieces.lat1
    piece, t0, t1 = np.arange(len(pieces)), np.zeros(len(pieces)), np.ones(len(pieces))
    d0, d1 = to_shape(pieces.lon1, pieces.lat1), to_shape(pieces.lon2, pieces.lat2)
    total = 0.0
    while len(piece):
        # A planar piece's length is known from above, which is what the proof needs.
        span = pieces.length_m[piece] * (t1 - t0)
        inside, outside = (d0 + d1 + span) / 2.0 <= radius_m, (d0 + d1 - span) / 2.0 > radius_m
        total += float((length[piece] * (t1 - t0))[inside].sum())
        open_ = ~(inside | outside)
        short = open_ & (span <= _SHORT_M)
        if short.any():  # straight enough: share by the distances of the ends
            low, high_d = np.minimum(d0, d1)[short], np.maximum(d0, d1)[short]
            share = np.clip((radius_m - low) / np.maximum(high_d - low, 1e-9), 0.0, 1.0)
            total += float(((length[piece] * (t1 - t0))[short] * share).sum())
        rows = np.flatnonzero(open_ & ~short)
        piece, t0, t1, d0, d1 = piece[rows], t0[rows], t1[rows], d0[rows], d1[rows]
        if not len(piece):
            break
        middle = (t0 + t1) / 2.0
        if planar:
            lon, lat = pieces.lon1[piece] + middle * wide[piece], pieces.lat1[piece] + middle * high[piece]
        else:
            lon, lat, _ = geod().fwd(
                pieces.lon1[piece], pieces.lat1[piece], pieces.azimuth[piece], middle * pieces.length_m[piece]
            )
        d = to_shape(np.asarray(lon), np.asarray(lat))
        piece = np.concatenate([piece, piece])
        t0, t1 = np.concatenate([t0, middle]), np.concatenate([middle, t1])
        d0, d1 = np.concatenate([d0, d]), np.concatenate([d, d1])
    return total


class _distance_to:  # noqa: N801  used as a function with a memory
    """Metres from points to a shape, 0 inside it."""

    def __init__(self, shape: BaseGeometry, edges: str) -> None:
        self._point = (shape.x, shape.y) if isinstance(shape, shapely.Point) else None
        self._side = None if self._point else make_side(np.array([shape], dtype=object), edges)

    def __call__(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        if self._side is None:
            assert self._point is not None  # noqa: S101  one of the two is there
            x, y = self._point
            return np.asarray(geod().inv(lon, lat, np.full(len(lon), x), np.full(len(lon), y))[2])
        metres = pair_distances(lon, lat, np.zeros(len(lon), dtype=np.int64), self._side)
        return np.maximum(metres, 0.0)


def area_within_m2(
    shape: BaseGeometry, geometry: NDArray[np.object_], areas_m2: FloatArray, features: IntArray, radius_m: float,
    edges: str,
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
    total = 0.0
    for row in features:
        area = flat(dense(geometry[row], edges, _STEP_M))
        total += float(areas_m2[row]) if disc.contains(area) else float(shapely.intersection(disc, area).area)
    return total
