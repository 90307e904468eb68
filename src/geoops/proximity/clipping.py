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
from geoops.proximity.measure import pair_bounds, pair_distances
from geoops.proximity.rings import ring_shape
from geoops.proximity.runs import blocks, expand
from geoops.proximity.search import Side, make_side
from geoops.proximity.shapes import dense

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from geoops.proximity.pieces import FloatArray, IntArray, Pieces

__all__ = ["DenseAreas", "DistanceTo", "area_within_m2", "length_within_m", "piece_lengths_m"]

_SHORT_M = 1.0
_BLOCK_PIECES = 400_000
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


def length_within_m(
    to_shapes: DistanceTo, site: IntArray, layer: Side, feature: IntArray, radii_m: FloatArray
) -> FloatArray:
    """
    Metres of the features' lines within each radius of each site, of shape (sites, radii); good to a metre a crossing.

    Parameters
    ----------
    to_shapes
        What the radii are counted from, a row a site.
    site, feature
        Pairs, each once, sites in order: at least all that come within the largest radius.
    layer
        The prepared layer.
    radii_m
        Radii in metres.
    """
    total = np.zeros((to_shapes.count, len(radii_m)))
    begin = np.searchsorted(layer.pieces.owner, feature, side="left")
    sizes = np.searchsorted(layer.pieces.owner, feature, side="right") - begin
    for first, last in blocks(sizes, _BLOCK_PIECES):
        pair, row = expand(begin[first:last], sizes[first:last], np.arange(first, last))
        long = layer.pieces.length_m[row] > 0.0
        _add_lengths(total, to_shapes, site[pair[long]], layer, row[long], radii_m)
    return total


def _add_lengths(
    total: FloatArray, to_shapes: DistanceTo, site: IntArray, layer: Side, row: IntArray, radii_m: FloatArray
) -> None:
    """Add the metres of some pairs of a site and a piece, in place."""
    pieces, length = layer.pieces, piece_lengths_m(layer.pieces.take(row))
    lon, lat, start, end = _ends(layer)
    keys, which = np.unique(
        np.concatenate([site, site]) * len(lon) + np.concatenate([start[row], end[row]]), return_inverse=True
    )
    at_site, at_end = np.divmod(keys, len(lon))
    # Most pieces lie so far within or without that bounds settle them; only those near a ring are measured.
    low, high = to_shapes.between(lon[at_end], lat[at_end], at_site)
    ring, number = np.repeat(np.arange(len(radii_m)), len(row)), np.tile(np.arange(len(row)), len(radii_m))
    span, part, radius = pieces.length_m[row][number], length[number], radii_m[ring]
    a, b = which[number], which[len(row) + number]
    inside, outside = (high[a] + high[b] + span) / 2.0 <= radius, (low[a] + low[b] - span) / 2.0 > radius
    np.add.at(total, (site[number[inside]], ring[inside]), part[inside])
    left = np.flatnonzero(~(inside | outside))
    ring, number = ring[left], number[left]
    wanted, which = np.unique(np.concatenate([a[left], b[left]]), return_inverse=True)
    metres = to_shapes(lon[at_end[wanted]], lat[at_end[wanted]], at_site[wanted])[which]
    t0, t1, d0, d1 = np.zeros(len(left)), np.ones(len(left)), metres[: len(left)], metres[len(left) :]
    while len(number):
        # A planar piece's length is known from above, which is what the proof needs.
        span, part = pieces.length_m[row[number]] * (t1 - t0), length[number] * (t1 - t0)
        radius = radii_m[ring]
        inside, outside = (d0 + d1 + span) / 2.0 <= radius, (d0 + d1 - span) / 2.0 > radius
        short = ~(inside | outside) & (span <= _SHORT_M)  # straight enough: shared by the distances of the ends
        share = np.clip((radius - np.minimum(d0, d1)) / np.maximum(np.abs(d1 - d0), 1e-9), 0.0, 1.0)
        done = inside | short
        np.add.at(total, (site[number[done]], ring[done]), np.where(inside, part, part * share)[done])
        rows = np.flatnonzero(~(inside | outside | short))
        if not len(rows):
            return
        ring, number = ring[rows], number[rows]
        t0, t1, d0, d1 = t0[rows], t1[rows], d0[rows], d1[rows]
        middle = (t0 + t1) / 2.0
        d = to_shapes(*_along(pieces.take(row[number]), middle), site[number])
        ring, number = np.concatenate([ring, ring]), np.concatenate([number, number])
        t0, t1 = np.concatenate([t0, middle]), np.concatenate([middle, t1])
        d0, d1 = np.concatenate([d0, d]), np.concatenate([d, d1])


def _ends(layer: Side) -> tuple[FloatArray, FloatArray, IntArray, IntArray]:
    """The places where pieces end, each once, in the pieces' order, and for each piece the numbers of its two; made once."""
    if "ends" not in layer.kept:
        pieces = layer.pieces
        both = np.column_stack([pieces.lon1 + 1j * pieces.lat1, pieces.lon2 + 1j * pieces.lat2]).ravel()
        _, first, which = np.unique(both, return_index=True, return_inverse=True)
        order = np.argsort(first)
        which = np.argsort(order)[which].reshape(-1, 2)
        places = both[first[order]]
        layer.kept["ends"] = places.real.copy(), places.imag.copy(), which[:, 0].copy(), which[:, 1].copy()
    ends: tuple[FloatArray, FloatArray, IntArray, IntArray] = layer.kept["ends"]
    return ends


def _along(pieces: Pieces, t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The place at share t of the way along each piece."""
    if pieces.edges == "planar":
        return pieces.lon1 + t * (pieces.lon2 - pieces.lon1), pieces.lat1 + t * (pieces.lat2 - pieces.lat1)
    lon, lat, _ = geod().fwd(pieces.lon1, pieces.lat1, pieces.azimuth, t * pieces.length_m)
    return np.asarray(lon), np.asarray(lat)


class DistanceTo:
    """
    Metres from points to some of the shapes given, 0 inside them.

    Parameters
    ----------
    shapes
        Geometries in degrees.
    edges
        What an edge is.
    """

    def __init__(self, shapes: NDArray[np.object_], edges: str) -> None:
        self.count = len(shapes)
        self._is_point = shapely.get_type_id(shapes) == 0
        self._lon, self._lat = (np.full(len(shapes), np.nan) for _ in range(2))
        self._lon[self._is_point] = shapely.get_x(shapes[self._is_point])
        self._lat[self._is_point] = shapely.get_y(shapes[self._is_point])
        others = shapes.copy()
        others[self._is_point] = None
        self._side = make_side(others, edges)

    def __call__(self, lon: FloatArray, lat: FloatArray, of: IntArray) -> FloatArray:
        """Metres from each point to the shape paired with it."""
        metres = np.empty(len(lon))
        near, far = self._split(of)
        metres[near] = geod().inv(lon[near], lat[near], self._lon[of[near]], self._lat[of[near]])[2]
        metres[far] = np.maximum(pair_distances(lon[far], lat[far], of[far], self._side), 0.0)
        return metres

    def between(self, lon: FloatArray, lat: FloatArray, of: IntArray) -> tuple[FloatArray, FloatArray]:
        """Bounds of the same, in a fraction of the time where the shape is no point."""
        near, far = self._split(of)
        low, high = np.empty(len(lon)), np.empty(len(lon))
        low[near] = high[near] = self(lon[near], lat[near], of[near])
        low[far], high[far] = pair_bounds(lon[far], lat[far], of[far], self._side)
        return low, high

    def _split(self, of: IntArray) -> tuple[IntArray, IntArray]:
        """The pairs with a shape that is a point, and the others."""
        return np.flatnonzero(self._is_point[of]), np.flatnonzero(~self._is_point[of])


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
