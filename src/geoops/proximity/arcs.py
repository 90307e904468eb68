"""The exact distance from points to pieces, and whether two pieces cross: the numbers that everything else rests on.

Vectorised over pairs, on PROJ's geodesics (Karney 2013), so good to nanometres. Which pairs are worth it is the
search's work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geoops.core.geodesy import geod
from geoops.proximity.ellipsoid import EQUATOR_M, latitude_radii

if TYPE_CHECKING:
    from collections.abc import Callable

    from geoops.proximity.pieces import FloatArray, IntArray, Pieces

__all__ = ["Feet", "crossings", "feet"]

_MEAN_RADIUS_M = 6_371_008.8
_FAR_M = 9.0e6  # nearer than this a distance along a geodesic has one minimum and no maximum inside a short piece
_STEADY_M = 1e-9
_ROUNDS = 60


@dataclass(frozen=True)
class Feet:
    """For each pair: the distance in metres and the nearest point of the piece, in degrees."""

    metres: FloatArray
    lon: FloatArray
    lat: FloatArray


def feet(lon: FloatArray, lat: FloatArray, pieces: Pieces) -> Feet:
    """
    Nearest point of each piece to the point paired with it.

    Parameters
    ----------
    lon, lat
        Points in degrees, one a piece.
    pieces
        One piece a point.
    """
    metres = np.empty(len(lon))
    foot_lon, foot_lat = pieces.lon1.copy(), pieces.lat1.copy()
    points = pieces.length_m == 0.0
    if points.any():
        metres[points] = geod().inv(lon[points], lat[points], foot_lon[points], foot_lat[points])[2]
    arcs = np.flatnonzero(~points)
    if len(arcs):
        solve = _on_geodesics if pieces.edges == "geodesic" else _on_planar
        metres[arcs], foot_lon[arcs], foot_lat[arcs] = solve(lon[arcs], lat[arcs], pieces.take(arcs))
    return Feet(metres, foot_lon, foot_lat)


def _on_geodesics(lon: FloatArray, lat: FloatArray, arcs: Pieces) -> tuple[FloatArray, FloatArray, FloatArray]:
    """
    Walk along each geodesic until the way to the point stands square on it.

    The step is that of a right-angled triangle on the sphere, off by a share of the flattening, so it settles in two or
    three rounds.
    """
    from geoops.proximity.ellipsoid import ecef

    here, along = ecef(lon, lat), arcs.end - arcs.start
    share = np.einsum("ij,ij->i", here - arcs.start, along) / np.maximum(np.einsum("ij,ij->i", along, along), 1e-30)
    s = np.clip(share, 0.0, 1.0) * arcs.length_m
    metres, foot_lon, foot_lat = np.empty_like(s), np.empty_like(s), np.empty_like(s)
    active = np.arange(len(s))
    for _ in range(_ROUNDS):
        part = arcs if len(active) == len(s) else arcs.take(active)
        x_lon, x_lat, heading = _at_geodesic(part, s[active])
        azimuth, _, d = geod().inv(x_lon, x_lat, lon[active], lat[active])
        d = np.asarray(d)
        metres[active], foot_lon[active], foot_lat[active] = d, x_lon, x_lat
        angle = np.minimum(d / _MEAN_RADIUS_M, 1.5)
        step = _MEAN_RADIUS_M * np.arctan(np.tan(angle) * np.cos(np.radians(np.asarray(azimuth) - heading)))
        target = np.clip(s[active] + step, 0.0, part.length_m)
        moved = np.abs(target - s[active])
        s[active] = target
        # What is left of the distance is second order in what is left of the way.
        active = active[(moved**2 > _STEADY_M * (d + moved)) & (d < _FAR_M)]
        if not len(active):
            break
    far = np.flatnonzero(metres >= _FAR_M)
    if len(far):
        part = arcs.take(far)
        metres[far], foot_lon[far], foot_lat[far] = _by_sampling(
            lon[far], lat[far], lambda t: _at_geodesic(part, t * part.length_m)[:2]
        )
    return metres, foot_lon, foot_lat


def _at_geodesic(arcs: Pieces, s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Position and heading after `s` metres; at the ends the vertices themselves."""
    lon, lat, back = geod().fwd(arcs.lon1, arcs.lat1, arcs.azimuth, s)
    lon, lat = np.asarray(lon), np.asarray(lat)
    first, last = s <= 0.0, s >= arcs.length_m
    # At a pole a heading belongs to the longitude that it came with, which may not be the vertex's.
    lon = np.where(first, arcs.lon1, np.where(last & (np.abs(arcs.lat2) < 90.0), arcs.lon2, lon))
    lat = np.where(first, arcs.lat1, np.where(last, arcs.lat2, lat))
    return lon, lat, np.asarray(back) + 180.0


def _at_planar(arcs: Pieces, t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Position at share `t` of the way, straight in degrees; at the ends the vertices themselves."""
    last = t >= 1.0
    lon = np.where(last, arcs.lon2, arcs.lon1 + t * (arcs.lon2 - arcs.lon1))
    lat = np.where(last, arcs.lat2, arcs.lat1 + t * (arcs.lat2 - arcs.lat1))
    return lon, lat


def _on_planar(lon: FloatArray, lat: FloatArray, arcs: Pieces) -> tuple[FloatArray, FloatArray, FloatArray]:
    """
    Find where the way to the point stands square on the line straight in degrees.

    The derivative of the distance along the line changes its sign at most once in a piece that hardly bends; a bracket
    is kept, so that a bad step can do no harm. Pieces where the point lies near the centre of their bend (close to a
    pole) or very far away are sampled instead.
    """

    def slope(rows: IntArray, t: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        part = arcs.take(rows)
        x_lon, x_lat = _at_planar(part, t)
        north, east = latitude_radii(x_lat)
        heading = np.arctan2(east * np.radians(part.lon2 - part.lon1), north * np.radians(part.lat2 - part.lat1))
        azimuth, _, d = geod().inv(x_lon, x_lat, lon[rows], lat[rows])
        d = np.asarray(d)
        return -np.cos(np.radians(np.asarray(azimuth)) - heading), d, x_lon, x_lat

    everything = np.arange(len(lon))
    at0, metres, foot_lon, foot_lat = slope(everything, np.zeros(len(lon)))
    at1, d1, lon1, lat1 = slope(everything, np.ones(len(lon)))
    last = d1 < metres
    metres, foot_lon, foot_lat = (np.where(last, b, a) for a, b in ((metres, d1), (foot_lon, lon1), (foot_lat, lat1)))
    spans = np.abs(arcs.lon2 - arcs.lon1)
    # Where the distance is of the order of the radius of the bend, the slope may change its sign more than once.
    bend_m = EQUATOR_M / np.maximum(np.tan(np.radians(np.minimum(np.abs(arcs.lat1), np.abs(arcs.lat2)))), 1e-9)
    bent = (spans > 0.0) & (metres + arcs.length_m > 0.5 * bend_m)
    sampled = bent | (metres >= _FAR_M)
    rows = np.flatnonzero(sampled)
    if len(rows):
        part = arcs.take(rows)
        metres[rows], foot_lon[rows], foot_lat[rows] = _by_sampling(lon[rows], lat[rows], lambda t: _at_planar(part, t))
    active = np.flatnonzero(~sampled & (at0 < 0.0) & (at1 > 0.0))
    low, high = np.zeros(len(lon)), np.ones(len(lon))
    for _ in range(_ROUNDS):
        if not len(active):
            break
        f0, f1 = at0[active], at1[active]
        t = low[active] + (high[active] - low[active]) * f0 / (f0 - f1)
        f, d, x_lon, x_lat = slope(active, t)
        better = d < metres[active]
        metres[active[better]], foot_lon[active[better]] = d[better], x_lon[better]
        foot_lat[active[better]] = x_lat[better]
        left = f < 0.0
        # Illinois: the end that stays is halved, so that both ends move (Dahlquist and Björck 1974, 6.2.2).
        at0[active], at1[active] = np.where(left, f, f0 * 0.5), np.where(left, f1 * 0.5, f)
        low[active], high[active] = np.where(left, t, low[active]), np.where(left, high[active], t)
        # The distance rises at most by |slope| times the way that is left.
        width = (high[active] - low[active]) * arcs.length_m[active]
        active = active[(np.abs(f) * width > _STEADY_M) & (f != 0.0)]
    return metres, foot_lon, foot_lat


def _by_sampling(
    lon: FloatArray, lat: FloatArray, at: Callable[[FloatArray], tuple[FloatArray, FloatArray]]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The nearest point where the distance may have several minima: many samples, then a golden section round the best."""
    count, samples = len(lon), 32

    def measure(t: FloatArray) -> FloatArray:
        x_lon, x_lat = at(t)
        return np.asarray(geod().inv(x_lon, x_lat, lon, lat)[2])

    best, best_t = np.full(count, np.inf), np.zeros(count)
    for number in range(samples + 1):
        t = np.full(count, number / samples)
        d = measure(t)
        better = d < best
        best, best_t = np.where(better, d, best), np.where(better, t, best_t)
    low, high = np.maximum(best_t - 1.0 / samples, 0.0), np.minimum(best_t + 1.0 / samples, 1.0)
    golden = (np.sqrt(5.0) - 1.0) / 2.0
    inner, outer = high - golden * (high - low), low + golden * (high - low)
    d_inner, d_outer = measure(inner), measure(outer)
    for _ in range(45):
        left = d_inner <= d_outer
        high, low = np.where(left, outer, high), np.where(left, low, inner)
        fresh = np.where(left, high - golden * (high - low), low + golden * (high - low))
        d_fresh = measure(fresh)
        inner, outer = np.where(left, fresh, outer), np.where(left, inner, fresh)
        d_inner, d_outer = np.where(left, d_fresh, d_outer), np.where(left, d_inner, d_fresh)
        for t, d in ((inner, d_inner), (outer, d_outer)):
            better = d < best
            best, best_t = np.where(better, d, best), np.where(better, t, best_t)
    foot_lon, foot_lat = at(best_t)
    return best, foot_lon, foot_lat


def crossings(one: Pieces, other: Pieces) -> tuple[np.ndarray, FloatArray, FloatArray]:
    """
    Which pairs of pieces cross, and where (a point within rounding of the crossing; NaN where they do not).

    Two short geodesics cross when the ends of each lie on different sides of the other; sides are read from azimuths.
    Lines straight in degrees are tested in degrees.
    """
    sides, tiny = (_geodesic_sides, 1e-6) if one.edges == "geodesic" else (_planar_sides, 1e-18)
    a1, a2 = sides(one, other.lon1, other.lat1), sides(one, other.lon2, other.lat2)
    b1, b2 = sides(other, one.lon1, one.lat1), sides(other, one.lon2, one.lat2)
    hit = (a1 * a2 <= 0.0) & (b1 * b2 <= 0.0) & (one.length_m > 0.0) & (other.length_m > 0.0)
    # One line along the other, to rounding: their ends give the distance, and the sides say nothing.
    hit &= (np.maximum(np.abs(a1), np.abs(a2)) > tiny) & (np.maximum(np.abs(b1), np.abs(b2)) > tiny)
    lon, lat = np.full(len(one), np.nan), np.full(len(one), np.nan)
    rows = np.flatnonzero(hit)
    if len(rows):
        share = b1[rows] / np.where(b1[rows] == b2[rows], 1.0, b1[rows] - b2[rows])
        part = one.take(rows)
        if one.edges == "geodesic":
            lon[rows], lat[rows], _ = _at_geodesic(part, share * part.length_m)
        else:
            lon[rows], lat[rows] = _at_planar(part, share)
    return hit, lon, lat


def _geodesic_sides(arcs: Pieces, lon: FloatArray, lat: FloatArray) -> FloatArray:
    """About how far each point lies to the right of the geodesic through its arc, in metres; its sign is exact."""
    azimuth, _, d = geod().inv(arcs.lon1, arcs.lat1, lon, lat)
    side = np.asarray(d) * np.sin(np.radians(np.asarray(azimuth) - arcs.azimuth))
    same_end = ((lon == arcs.lon1) & (lat == arcs.lat1)) | ((lon == arcs.lon2) & (lat == arcs.lat2))
    return np.where(same_end, 0.0, side)


def _planar_sides(arcs: Pieces, lon: FloatArray, lat: FloatArray) -> FloatArray:
    """The cross product in degrees, each point taken to the arc's own turn of longitude."""
    shifted = lon - 360.0 * np.round((lon - arcs.lon1) / 360.0)
    return (arcs.lon2 - arcs.lon1) * (lat - arcs.lat1) - (arcs.lat2 - arcs.lat1) * (shifted - arcs.lon1)
