"""Distances of given pairs: a point and a feature, signed (negative inside an area).

For rows that a search has already chosen: the representative point of a site with an extent, the bounds, the rings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geoops.proximity.arcs import feet
from geoops.proximity.ellipsoid import ecef, longest_geodesic, shortest_geodesic
from geoops.proximity.inside import pairs_inside

if TYPE_CHECKING:
    from geoops.proximity.pieces import FloatArray, IntArray
    from geoops.proximity.search import Side

__all__ = ["pair_distances", "pair_feet"]

_BLOCK = 2_000_000
_GUARD_M = 0.01


def pair_distances(lon: FloatArray, lat: FloatArray, feature: IntArray, layer: Side) -> FloatArray:
    """
    Metres from each point to the feature paired with it; inside an area minus the distance to its outline.

    Parameters
    ----------
    lon, lat
        Points in degrees.
    feature
        Rows of the layer; each must have a geometry.
    layer
        The prepared layer.
    """
    metres, _, _ = pair_feet(lon, lat, feature, layer)
    if len(layer.areas.rows):
        inside = pairs_inside(lon, lat, feature, layer.areas)
        metres = np.where(inside, -metres, metres)
    return metres


def pair_feet(
    lon: FloatArray, lat: FloatArray, feature: IntArray, layer: Side
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Metres from each point to the nearest piece (the outline, for an area) of its feature, and the point there."""
    pieces = layer.pieces
    first = np.searchsorted(pieces.owner, feature, side="left")
    counts = np.searchsorted(pieces.owner, feature, side="right") - first
    here = ecef(lon, lat)
    metres, foot_lon, foot_lat = (np.full(len(lon), np.nan) for _ in range(3))
    total = np.cumsum(counts)
    begin = 0
    while begin < len(lon):
        done = total[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(total, done + _BLOCK, side="right")))
        sizes = counts[begin:end]
        point = np.repeat(np.arange(begin, end), sizes)
        starts = np.cumsum(sizes) - sizes
        piece = np.repeat(first[begin:end] - starts, sizes) + np.arange(len(point))
        chord = np.linalg.norm(here[point] - pieces.middle[piece], axis=1)
        limit = longest_geodesic(np.minimum.reduceat(chord, starts) + _GUARD_M)
        near = shortest_geodesic(chord - pieces.radius_m[piece] - _GUARD_M) <= limit[point - begin]
        point, piece = point[near], piece[near]
        got = feet(lon[point], lat[point], pieces.take(piece))
        order = np.lexsort([got.metres, point])
        point = point[order]
        best = order[np.append(True, point[1:] != point[:-1])]
        rows = np.unique(point)
        metres[rows], foot_lon[rows], foot_lat[rows] = got.metres[best], got.lon[best], got.lat[best]
        begin = end
    return metres, foot_lon, foot_lat
