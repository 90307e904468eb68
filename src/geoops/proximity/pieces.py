"""Geometries as short pieces: points and arcs of at most `LONGEST_M`, each with a ball that surely holds it.

Every kind of geometry becomes one list of pieces, owned by the row it came from; searching and measuring know nothing
else. The meaning of an edge (a geodesic, or straight in degrees) is settled here and kept in `edges`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from geoops.core.errors import InputError
from geoops.core.geodesy import geod
from geoops.core.schema import EDGES
from geoops.proximity.ellipsoid import ecef, latitude_radii

__all__ = ["LONGEST_M", "Edges", "Pieces", "check_edges", "make_pieces", "raw_edges", "simple_parts"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LONGEST_M = 25_000.0
_WIDEST_DEG = 1.0  # a planar piece turns by at most its span of longitude, so this keeps it nearly straight


def check_edges(edges: str) -> str:
    """The word for what an edge is, if it is one."""
    if edges not in EDGES:
        msg = f"edges={edges!r}: say 'geodesic' (shortest lines on the ellipsoid) or 'planar' (straight in degrees)"
        raise InputError(msg)
    return edges


@dataclass(frozen=True)
class Edges:
    """The vertices' pairs as they stand in the geometries; a point is an edge of no length."""

    owner: IntArray
    lon1: FloatArray
    lat1: FloatArray
    lon2: FloatArray
    lat2: FloatArray
    part: IntArray  # number of the ring, line or point that the edge belongs to
    ring: NDArray[np.bool_]  # whether it bounds an area


@dataclass(frozen=True)
class Pieces:
    """
    Points and short arcs, sorted by owner.

    Parameters
    ----------
    edges
        "geodesic" or "planar".
    owner
        Row of the geometry, in the order given.
    lon1, lat1, lon2, lat2
        Ends in degrees; the same twice for a point.
    azimuth
        Azimuth in degrees at the first end (geodesic pieces; 0 for planar ones).
    length_m
        Length of a geodesic piece; never less than the length of a planar one.
    middle
        Earth-centred coordinates of a point on the piece, (n, 3).
    radius_m
        No point of the piece is farther from `middle`.
    slack_m
        No point of the piece is farther from the chord between its ends: a path of length L between ends at chord c
        stays in the ellipsoid of revolution with them as foci, whose half width is sqrt(L² - c²) / 2.
    start, end
        Earth-centred coordinates of the ends, (n, 3).
    """

    edges: str
    owner: IntArray
    lon1: FloatArray
    lat1: FloatArray
    lon2: FloatArray
    lat2: FloatArray
    azimuth: FloatArray
    length_m: FloatArray
    middle: FloatArray = field(repr=False)
    radius_m: FloatArray = field(repr=False)
    slack_m: FloatArray = field(repr=False)
    start: FloatArray = field(repr=False)
    end: FloatArray = field(repr=False)

    def __len__(self) -> int:
        return len(self.owner)

    def take(self, rows: NDArray[np.generic]) -> Pieces:
        """The pieces at these positions (or where a mask is true), in that order."""
        return Pieces(
            self.edges, self.owner[rows], self.lon1[rows], self.lat1[rows], self.lon2[rows], self.lat2[rows],
            self.azimuth[rows], self.length_m[rows], self.middle[rows], self.radius_m[rows], self.slack_m[rows],
            self.start[rows], self.end[rows],
        )  # fmt: skip


def simple_parts(geometries: NDArray[np.object_]) -> tuple[NDArray[np.object_], IntArray]:
    """Points, lines and polygons of the geometries, whatever they are nested in, and the row that each came from."""
    kind = shapely.get_type_id(geometries)
    if ((kind >= 0) & (kind < 4)).all():  # nothing to take apart, which saves a copy of everything
        return np.asarray(geometries, dtype=object), np.arange(len(geometries))
    parts, owner = shapely.get_parts(geometries, return_index=True)
    while (shapely.get_type_id(parts) >= 4).any():  # collections within collections
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    return parts, owner


def raw_edges(geometries: NDArray[np.object_]) -> Edges:
    """Every edge of every geometry; empty and missing geometries have none."""
    parts, owner = simple_parts(geometries)
    kind = shapely.get_type_id(parts)
    areas = kind == 3
    rings, ring_owner = shapely.get_rings(parts[areas], return_index=True)
    lines = np.concatenate([parts[~areas], rings])
    line_owner = np.concatenate([owner[~areas], owner[areas][ring_owner]])
    is_ring = np.concatenate([np.zeros((~areas).sum(), dtype=bool), np.ones(len(rings), dtype=bool)])
    coords, line_of = shapely.get_coordinates(lines, return_index=True)
    counts = np.bincount(line_of, minlength=len(lines))
    same = line_of[1:] == line_of[:-1]
    first = np.flatnonzero(same)
    single = np.flatnonzero(counts[line_of] == 1)
    a, b = np.concatenate([first, single]), np.concatenate([first + 1, single])
    order = np.lexsort([a, line_owner[line_of[a]]])
    a, b = a[order], b[order]
    return Edges(
        line_owner[line_of[a]].astype(np.int64), coords[a, 0].copy(), coords[a, 1].copy(), coords[b, 0].copy(),
        coords[b, 1].copy(), line_of[a].astype(np.int64), is_ring[line_of[a]],
    )  # fmt: skip


def make_pieces(
    geometries: NDArray[np.object_], edges: str, *, longest_m: float = LONGEST_M, widest_deg: float = _WIDEST_DEG
) -> Pieces:
    """
    Cut geometries into pieces.

    Parameters
    ----------
    geometries
        Shapely geometries in degrees (any kind, missing and empty ones too).
    edges
        What an edge is: "geodesic" or "planar".
    longest_m
        Longest piece.
    widest_deg
        Most longitude that a planar piece spans.
    """
    raw = raw_edges(geometries)
    if check_edges(edges) == "planar":
        return _planar(raw, longest_m, widest_deg)
    return _geodesic(raw, longest_m)


def _spread(counts: IntArray) -> tuple[IntArray, FloatArray]:
    """For each piece of each edge, the edge's position and the piece's number within it."""
    edge = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return edge, (np.arange(len(edge)) - first[edge]).astype(np.float64)


def _geodesic(raw: Edges, longest_m: float) -> Pieces:
    """Pieces along geodesics: the cuts lie on the edge's own geodesic, to nanometres."""
    azimuth, _, span = geod().inv(raw.lon1, raw.lat1, raw.lon2, raw.lat2)
    azimuth, span = np.asarray(azimuth, dtype=np.float64), np.asarray(span, dtype=np.float64)
    counts = np.maximum(1, np.ceil(span / longest_m)).astype(np.int64)
    edge, number = _spread(counts)
    share = counts[edge].astype(np.float64)
    length = span[edge] / share
    lon1, lat1, lon2, lat2, start_azimuth = (
        column[edge] for column in (raw.lon1, raw.lat1, raw.lon2, raw.lat2, azimuth)
    )
    inner = np.flatnonzero(number > 0)
    if len(inner):
        along = span[edge[inner]] * number[inner] / share[inner]
        lon, lat, back = geod().fwd(lon1[inner], lat1[inner], start_azimuth[inner], along)
        lon1[inner], lat1[inner] = lon, lat
        lon2[inner - 1], lat2[inner - 1] = lon, lat
        start_azimuth[inner] = np.asarray(back) + 180.0
    half = length / 2.0
    lon_mid, lat_mid, _ = geod().fwd(lon1, lat1, start_azimuth, half)
    return _finish("geodesic", raw.owner[edge], (lon1, lat1, lon2, lat2), start_azimuth, length, (lon_mid, lat_mid))


def _planar(raw: Edges, longest_m: float, widest_deg: float) -> Pieces:
    """Pieces straight in degrees, short enough in metres and in longitude to be nearly straight on the ground too."""
    span = _planar_length(raw.lon1, raw.lat1, raw.lon2, raw.lat2)
    counts = np.ceil(np.maximum(span / longest_m, np.abs(raw.lon2 - raw.lon1) / widest_deg))
    counts = np.maximum(1, counts).astype(np.int64)
    edge, number = _spread(counts)
    t1, t2 = number / counts[edge], (number + 1.0) / counts[edge]
    wide, high = (raw.lon2 - raw.lon1)[edge], (raw.lat2 - raw.lat1)[edge]
    lon1, lat1 = raw.lon1[edge] + t1 * wide, raw.lat1[edge] + t1 * high
    lon2, lat2 = raw.lon1[edge] + t2 * wide, raw.lat1[edge] + t2 * high
    last = t2 == 1.0
    lon2[last], lat2[last] = raw.lon2[edge[last]], raw.lat2[edge[last]]
    length = _planar_length(lon1, lat1, lon2, lat2)
    middle = ((lon1 + lon2) / 2.0, (lat1 + lat2) / 2.0)
    return _finish("planar", raw.owner[edge], (lon1, lat1, lon2, lat2), np.zeros(len(edge)), length, middle)


def _planar_length(lon1: FloatArray, lat1: FloatArray, lon2: FloatArray, lat2: FloatArray) -> FloatArray:
    """A length that the straight line in degrees does not exceed: each component at the latitude where it is longest."""
    low, high = np.minimum(np.abs(lat1), np.abs(lat2)), np.maximum(np.abs(lat1), np.abs(lat2))
    low = np.where(lat1 * lat2 < 0.0, 0.0, low)
    north, _ = latitude_radii(high)
    _, east = latitude_radii(low)
    return np.hypot(np.radians(lat2 - lat1) * north, np.radians(lon2 - lon1) * east)


def _finish(
    edges: str,
    owner: IntArray,
    ends: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    azimuth: FloatArray,
    length_m: FloatArray,
    middle: tuple[FloatArray, FloatArray],
) -> Pieces:
    """Add what the search needs: balls and slack, each a hair larger than rounding."""
    start, end = ecef(ends[0], ends[1]), ecef(ends[2], ends[3])
    chord = np.linalg.norm(end - start, axis=1)
    slack = np.sqrt(np.maximum(length_m**2 - chord**2, 0.0)) / 2.0
    # Half the length for a geodesic; a planar piece's middle in degrees need not halve its length.
    to_ends = length_m / 2.0 if edges == "geodesic" else np.maximum(
        _planar_length(ends[0], ends[1], *middle), _planar_length(*middle, ends[2], ends[3])
    )  # fmt: skip
    hair = np.where(length_m > 0.0, 0.01, 0.0)
    return Pieces(
        edges, owner, *ends, azimuth, length_m, ecef(*middle), to_ends + hair, slack + hair, start, end
    )  # fmt: skip
