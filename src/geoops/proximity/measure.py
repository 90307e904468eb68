"""Distances of given pairs: a point and a feature, signed (negative inside an area).

For rows that a search has already chosen: the representative point of a site with an extent, the bounds, the rings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geoops.proximity.arcs import feet
from geoops.proximity.ellipsoid import chord_reach, ecef, longest_geodesic, shortest_geodesic
from geoops.proximity.inside import pairs_inside
from geoops.proximity.runs import RUN, Runs, apart, blocks, expand, runs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geoops.proximity.pieces import FloatArray, IntArray, Pieces
    from geoops.proximity.search import Side

__all__ = ["Feet", "pair_bounds", "pair_distances", "pair_feet"]

_BLOCK = 2_000_000
_BAND = 16
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
    metres = pair_feet(lon, lat, feature, layer).metres
    if len(layer.areas.rows):
        inside = pairs_inside(lon, lat, feature, layer.areas)
        metres = np.where(inside, -metres, metres)
    return metres


def pair_feet(
    lon: FloatArray, lat: FloatArray, feature: IntArray, layer: Side, *, below_m: FloatArray | None = None,
    but: IntArray | None = None,
) -> Feet:  # fmt: skip
    """
    The nearest place of each point's feature (of the outline, for an area).

    Runs of pieces are asked first, then the pieces of those runs that can hold the nearest place: what is nearest lies no
    farther than any place that surely lies on the feature.

    Parameters
    ----------
    lon, lat
        Points in degrees.
    feature
        Rows of the layer; each must have a geometry.
    layer
        The prepared layer.
    below_m, but
        Where only what is nearer than so many metres matters, and for each point a piece that is known not to be: what
        finds nothing comes back as NaN, at piece -1.
    """
    pieces = layer.pieces
    found = Feet(np.full(len(lon), np.nan), np.full(len(lon), np.nan), np.full(len(lon), np.nan), np.full(len(lon), -1))
    reach = None if below_m is None else chord_reach(below_m) + _GUARD_M
    for at, candidate, chord in _candidates(ecef(lon, lat), feature, layer, reach, but):
        slack = pieces.slack_m[candidate]
        near = chord - slack <= _reach(at, chord + slack, reach)
        point, piece = at[near], candidate[near]
        got = feet(lon[point], lat[point], pieces.take(piece))
        order = np.lexsort([got.metres, point])
        best = order[np.append(True, np.diff(point[order]) != 0)[: len(point)]]
        rows = point[best]
        found.metres[rows], found.lon[rows], found.lat[rows] = got.metres[best], got.lon[best], got.lat[best]
        found.piece[rows] = piece[best]
    return found


def pair_bounds(lon: FloatArray, lat: FloatArray, feature: IntArray, layer: Side) -> tuple[FloatArray, FloatArray]:
    """
    Metres between which the distance from each point to its feature lies, without a single geodesic.

    Some metres apart at 100 km, which is enough wherever it is only asked whether a radius lies between.
    """
    low, high = np.full(len(lon), np.nan), np.full(len(lon), np.nan)
    for point, piece, chord in _candidates(ecef(lon, lat), feature, layer, None, None):
        starts = np.flatnonzero(np.append(True, point[1:] != point[:-1])[: len(point)])
        slack = layer.pieces.slack_m[piece] + _GUARD_M
        low[point[starts]] = shortest_geodesic(np.minimum.reduceat(chord - slack, starts))
        high[point[starts]] = longest_geodesic(np.minimum.reduceat(chord + slack, starts))
    if len(layer.areas.rows):
        inside = pairs_inside(lon, lat, feature, layer.areas)
        low[inside] = high[inside] = 0.0
    return low, high


def _candidates(
    here: FloatArray, feature: IntArray, layer: Side, reach: FloatArray | None, but: IntArray | None
) -> Iterator[tuple[IntArray, IntArray, FloatArray]]:
    """Pairs of a point and a piece that can be nearest, block by block, with the chord to the line between its ends."""
    pieces, runs = layer.pieces, runs_of(layer)
    band, first, counts = _bands(here, feature, runs)
    wide = None if reach is None or not len(reach) else np.maximum.reduceat(reach, band.begin)
    # A run holds a known number of pieces at most, and a band of points, so these pairs are no large block.
    for begin, end in blocks(counts, _BLOCK // (RUN * _BAND)):
        of, run = expand(first[begin:end], counts[begin:end], np.arange(begin, end))
        chord = apart(here[band.middle[of]], runs.middle[run])
        near = chord - runs.reach_m[run] - band.reach_m[of] <= _reach(of, chord + band.reach_m[of], wide)
        of, run = of[near], run[near]
        row, point = expand(band.begin[of], band.end[of] - band.begin[of], np.arange(len(of)))
        order = np.argsort(point, kind="stable")
        point, run = point[order], run[row[order]]
        chord = apart(here[point], runs.middle[run])
        near = chord - runs.reach_m[run] <= _reach(point, chord, reach)
        run = run[near]
        point, piece = expand(runs.begin[run], runs.end[run] - runs.begin[run], point[near])
        if but is not None:
            other = piece != but[point]
            point, piece = point[other], piece[other]
        chord = apart(here[point], pieces.middle[piece])
        near = chord - pieces.radius_m[piece] <= _reach(point, chord, reach)
        point, piece = point[near], piece[near]
        if len(point):
            yield point, piece, _to_segments(here[point], pieces, piece)


@dataclass(frozen=True)
class Feet:
    """For each point: metres to the nearest place, that place in degrees, and the piece that it lies on."""

    metres: FloatArray
    lon: FloatArray
    lat: FloatArray
    piece: IntArray


@dataclass(frozen=True)
class _Bands:
    """Points that follow one another, of one feature: in a ball round one of them."""

    begin: IntArray
    end: IntArray
    middle: IntArray
    reach_m: FloatArray


def _bands(here: FloatArray, feature: IntArray, runs: Runs) -> tuple[_Bands, IntArray, IntArray]:
    """The points in bands, and for each band the first run of its feature and how many there are."""
    new = np.append(True, feature[1:] != feature[:-1])[: len(feature)]
    starts = np.flatnonzero(new)
    number = np.arange(len(feature)) - np.repeat(starts, np.diff(np.append(starts, len(feature))))
    begin = np.flatnonzero(number % _BAND == 0)
    end = np.append(begin[1:], len(feature))[: len(begin)]
    middle = (begin + end - 1) // 2
    wide = apart(here, here[np.repeat(middle, end - begin)])
    reach = np.maximum.reduceat(wide, begin) if len(begin) else wide
    first = np.searchsorted(runs.owner, feature[begin], side="left")
    counts = np.searchsorted(runs.owner, feature[begin], side="right") - first
    return _Bands(begin, end, middle, reach), first, counts


def _to_segments(here: FloatArray, pieces: Pieces, piece: IntArray) -> FloatArray:
    """Chords from points to the straight lines between the pieces' ends; every place of a line is within `slack_m` of its piece."""
    start, along = pieces.start[piece], pieces.end[piece] - pieces.start[piece]
    share = np.einsum("ij,ij->i", here - start, along) / np.maximum(np.einsum("ij,ij->i", along, along), 1e-12)
    return apart(here, start + np.clip(share, 0.0, 1.0)[:, None] * along)


def _reach(point: IntArray, upper_m: FloatArray, reach_m: FloatArray | None) -> FloatArray:
    """
    Of pairs of a point and something of its feature: the longest chord to what can be nearest.

    Parameters
    ----------
    point
        Points, those of one after another.
    upper_m
        A chord within which each thing surely has a place of the feature.
    reach_m
        A row a point: the longest chord that matters, where that is known.
    """
    if reach_m is not None:
        return reach_m[point]
    if not len(point):
        return upper_m
    starts = np.flatnonzero(np.append(True, point[1:] != point[:-1]))
    nearest = np.minimum.reduceat(upper_m, starts)
    reach = chord_reach(longest_geodesic(nearest + _GUARD_M)) + _GUARD_M
    return np.repeat(reach, np.diff(np.append(starts, len(point))))
