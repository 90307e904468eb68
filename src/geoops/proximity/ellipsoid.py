"""Chords through the ellipsoid, and the bounds that tie them to geodesics.

Searching in three dimensions has no poles and no antimeridian. What makes it provably complete stands here: for two
points of WGS 84 at chord `c` and geodesic distance `d`, functions that never err on the wrong side.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "ECCENTRICITY2",
    "EQUATOR_M",
    "FARTHEST_M",
    "POLAR_M",
    "chord_reach",
    "ecef",
    "latitude_radii",
    "longest_geodesic",
    "shortest_geodesic",
]

FloatArray = NDArray[np.float64]

EQUATOR_M = 6_378_137.0
FLATTENING = 1.0 / 298.257223563
POLAR_M = EQUATOR_M * (1.0 - FLATTENING)
ECCENTRICITY2 = FLATTENING * (2.0 - FLATTENING)
FARTHEST_M = 20_003_931.5
"""Half a meridian, rounded up: no geodesic is longer."""

_SHARPEST_M = POLAR_M**2 / EQUATOR_M  # the smallest radius of curvature anywhere: along the meridian at the equator
_BULGE_M = 2.0 * (EQUATOR_M - POLAR_M)  # both ends of a chord stand at most this much above the inner sphere
_STEEPEST = 0.9999  # beyond this share of the diameter the bound below says nothing, and half a meridian is taken


def ecef(lon: ArrayLike, lat: ArrayLike) -> FloatArray:
    """Earth-centred coordinates in metres, shape (n, 3), of points on the ellipsoid given in degrees."""
    lam, phi = np.radians(np.asarray(lon, dtype=np.float64)), np.radians(np.asarray(lat, dtype=np.float64))
    sine, cosine = np.sin(phi), np.cos(phi)
    normal = EQUATOR_M / np.sqrt(1.0 - ECCENTRICITY2 * sine**2)
    return np.stack(
        [normal * cosine * np.cos(lam), normal * cosine * np.sin(lam), normal * (1.0 - ECCENTRICITY2) * sine], axis=-1
    )


def latitude_radii(lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Metres a radian of latitude, and metres a radian of longitude, at a latitude in degrees."""
    phi = np.radians(np.asarray(lat, dtype=np.float64))
    w2 = 1.0 - ECCENTRICITY2 * np.sin(phi) ** 2
    return EQUATOR_M * (1.0 - ECCENTRICITY2) / w2**1.5, EQUATOR_M / np.sqrt(w2) * np.cos(phi)


def longest_geodesic(chord_m: ArrayLike) -> FloatArray:
    """
    A distance that two points of the given chord never exceed.

    Schur's comparison: a geodesic bends nowhere more than 1 / R with R = b²/a, so its chord is at least that of an arc
    of a circle of radius R and equal length: c >= 2 R sin(d / 2R).
    """
    share = np.asarray(chord_m, dtype=np.float64) / (2.0 * _SHARPEST_M)
    arc = 2.0 * _SHARPEST_M * np.arcsin(np.minimum(share, _STEEPEST))
    return np.where(share < _STEEPEST, arc, FARTHEST_M)


def shortest_geodesic(chord_m: ArrayLike) -> FloatArray:
    """
    A distance that two points of the given chord never fall below.

    The chord itself; and, as going to the nearest point of the inner sphere (radius b) shortens no path and takes each
    end in by at most a - b, the arc on that sphere of the chord less 2 (a - b).
    """
    chord = np.asarray(chord_m, dtype=np.float64)
    inner = np.clip((chord - _BULGE_M) / (2.0 * POLAR_M), 0.0, 1.0)
    return np.maximum(np.maximum(chord, 0.0), 2.0 * POLAR_M * np.arcsin(inner))


def chord_reach(distance_m: ArrayLike) -> FloatArray:
    """The longest chord that two points within the given geodesic distance can have (inverse of shortest_geodesic)."""
    reach = np.asarray(distance_m, dtype=np.float64)
    inner = 2.0 * POLAR_M * np.sin(np.clip(reach / (2.0 * POLAR_M), 0.0, np.pi / 2.0)) + _BULGE_M
    return np.minimum(reach, inner)
