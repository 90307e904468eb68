"""Which pieces of which features can be nearest: a search that is provably complete, with NumPy alone.

Every piece lies in a ball (`Pieces.middle`, `Pieces.radius_m`) and near the chord between its ends. For each site, an
upper bound of the distance to its k-th nearest feature comes from points that really lie on both; every piece whose ball
could be within it is measured exactly, the rest cannot matter. The bounds hold on the whole ellipsoid (see `ellipsoid`).
Made for up to some ten million pairs of site and piece; the kernels take over beyond.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from geoops.proximity.arcs import crossings, feet
from geoops.proximity.ellipsoid import chord_reach, longest_geodesic, shortest_geodesic
from geoops.proximity.inside import Areas, containing, part_points
from geoops.proximity.runs import apart, expand, runs_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geoops.proximity.pieces import FloatArray, IntArray, Pieces

__all__ = ["Found", "Side", "all_chords", "best_pairs", "find", "make_side"]

_GUARD_M = 2.0  # rounding of the chords below (differences of squares of Earth radii) is under half a metre
_BLOCK = 6_000_000
_GROUPS_A_SITE = 64


@dataclass(frozen=True)
class Side:
    """
    One side of a search: geometries, their pieces, and the outlines of those that are areas.

    `kept` holds what a search made of it for itself and can use again, such as a tree.
    """

    count: int
    pieces: Pieces
    areas: Areas
    parts: tuple[IntArray, FloatArray, FloatArray]
    geometries: NDArray[np.object_]
    kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class Found:
    """Pairs found, sorted by site, distance, feature: the distance and the nearest point of either."""

    site: IntArray
    feature: IntArray
    metres: FloatArray
    site_lon: FloatArray
    site_lat: FloatArray
    lon: FloatArray
    lat: FloatArray

    def take(self, rows: NDArray[np.generic]) -> Found:
        """The pairs at these positions."""
        return Found(*(getattr(self, name)[rows] for name in Found.__dataclass_fields__))


def make_side(geometries: NDArray[np.object_], edges: str) -> Side:
    """Prepare geometries for the search; the result can be used for many searches."""
    from geoops.proximity.inside import make_areas
    from geoops.proximity.pieces import make_pieces

    return Side(
        len(geometries),
        make_pieces(geometries, edges),
        make_areas(geometries, edges),
        part_points(geometries),
        geometries,
    )


def find(sites: Side, layer: Side, *, k: int, max_m: float = np.inf) -> Found:
    """
    The k nearest features of each site, exactly.

    Parameters
    ----------
    sites, layer
        What to measure from and to, prepared under the same meaning of an edge.
    k
        Features a site, fewer where the layer or `max_m` gives no more.
    max_m
        Farthest distance in metres.
    """
    pairs = [_overlapping(sites, layer)]
    if len(sites.pieces) and len(layer.pieces):
        for begin, end in _blocks(sites.pieces.owner, max(1, _BLOCK // max(1, len(layer.pieces)))):
            pairs.append(_search(sites.pieces.take(np.arange(begin, end)), layer, k, max_m))
    return best_pairs(pairs, k, max_m)


def best_pairs(pairs: list[Found], k: int, max_m: float) -> Found:
    """The nearest of each pair of site and feature, and of those the k nearest of each site."""
    found = Found(*(np.concatenate([getattr(p, name) for p in pairs]) for name in Found.__dataclass_fields__))
    ahead = np.diff(found.site)
    if ((ahead < 0) | ((ahead == 0) & (np.diff(found.feature) <= 0))).any():  # else each pair came once, and in order
        found = found.take(np.lexsort([found.metres, found.feature, found.site]))
    same = (np.diff(found.site) == 0) & (np.diff(found.feature) == 0) & (np.diff(found.metres) == 0.0)
    if (same & ((np.diff(found.lon) != 0.0) | (np.diff(found.lat) != 0.0))).any():
        # Equally far in two places: which of them is told must not hang on the order in which they were met.
        found = found.take(np.lexsort([found.lat, found.lon, found.metres, found.feature, found.site]))
    new = np.ones(len(found.site), dtype=bool)
    new[1:] = (found.site[1:] != found.site[:-1]) | (found.feature[1:] != found.feature[:-1])
    found = found.take(np.flatnonzero(new & (found.metres <= max_m)))
    found = found.take(np.lexsort([found.feature, found.metres, found.site]))
    first = np.searchsorted(found.site, found.site, side="left")
    return found.take(np.flatnonzero(np.arange(len(found.site)) - first < k))


def _overlapping(sites: Side, layer: Side) -> Found:
    """Pairs at distance zero because one lies within the other; outlines that cross are found by the search."""
    owner, lon, lat = sites.parts
    point, feature = containing(lon, lat, layer.areas)
    theirs, their_lon, their_lat = layer.parts
    inner, site = containing(their_lon, their_lat, sites.areas)
    all_lon = np.concatenate([lon[point], their_lon[inner]])
    all_lat = np.concatenate([lat[point], their_lat[inner]])
    return Found(
        np.concatenate([owner[point], site]), np.concatenate([feature, theirs[inner]]), np.zeros(len(all_lon)),
        all_lon, all_lat, all_lon, all_lat,
    )  # fmt: skip


def _blocks(owner: IntArray, pieces_a_block: int) -> list[tuple[int, int]]:
    """Spans of pieces that end where a site ends and hold about so many pieces."""
    ends = np.append(np.flatnonzero(np.diff(owner)) + 1, len(owner))
    spans, begin = [], 0
    while begin < len(owner):
        # A site's pieces are put into groups before they meet the layer, so a large site is no large block.
        end = int(ends[max(int(np.searchsorted(ends, begin + pieces_a_block, side="right")) - 1, 0)])
        if end <= begin:
            end = int(ends[np.searchsorted(ends, begin, side="right")])
        spans.append((begin, end))
        begin = end
    return spans


def _groups(pieces: Pieces) -> tuple[IntArray, IntArray, FloatArray]:
    """Runs of pieces of one site: first piece of each run, the site's position, and a ball round its middle piece."""
    new = np.append(True, pieces.owner[1:] != pieces.owner[:-1])
    site = np.cumsum(new) - 1
    first_of_site = np.flatnonzero(new)
    number = np.arange(len(pieces)) - first_of_site[site]
    size = -(-np.bincount(site) // _GROUPS_A_SITE)
    starts = np.flatnonzero(number % size[site] == 0)
    ends = np.append(starts[1:], len(pieces))
    centre = (starts + ends - 1) // 2
    group = np.repeat(np.arange(len(starts)), ends - starts)
    reach = np.linalg.norm(pieces.middle - pieces.middle[centre[group]], axis=1) + pieces.radius_m
    return starts, centre, np.maximum.reduceat(reach, starts)


def _search(sites: Pieces, layer: Side, k: int, max_m: float) -> Found:
    """Exact distances of every pair of a site and a feature that can be among the k nearest."""
    theirs, runs = layer.pieces, runs_of(layer)
    starts, centre, reach = _groups(sites)
    site_ids, site = np.unique(sites.owner, return_inverse=True)
    group_site = site[starts]
    first_group = np.flatnonzero(np.append(True, np.diff(group_site) > 0))
    feature_starts = np.flatnonzero(np.append(True, np.diff(runs.owner) > 0))
    chords = all_chords(sites.middle[centre], runs.middle)
    # Both middles are places on the geometries, so this is a bound from above for the feature.
    upper = chords if len(feature_starts) == len(runs.owner) else np.minimum.reduceat(chords, feature_starts, axis=1)
    upper = upper if len(first_group) == len(starts) else np.minimum.reduceat(upper, first_group, axis=0)
    limit = _kth_limit(upper + _GUARD_M, k, max_m)
    allowed = (chord_reach(limit) + _GUARD_M)[group_site][:, None] + reach[:, None]
    group, run = np.nonzero(chords - runs.reach_m <= allowed)
    if upper is chords and len(sites) == len(starts) and not (theirs.length_m.any() or sites.length_m.any()):
        return _exact(sites, theirs, group, run)  # points to points: what is left is the answer
    del chords, upper
    pair, piece = expand(runs.begin[run], runs.end[run] - runs.begin[run])
    group = group[pair]
    chord = apart(sites.middle[centre[group]], theirs.middle[piece])
    group, piece, limit = _worth_it(
        group_site, group, piece, chord, reach[group] + theirs.radius_m[piece], theirs, limit, k
    )
    sizes = (np.append(starts[1:], len(sites)) - starts)[group]
    if len(group) and sizes.max() > 1:  # the balls of single pieces settle most of what those of whole runs let through
        pair, mine = expand(starts[group], sizes)
        piece = piece[pair]
        chord = apart(sites.middle[mine], theirs.middle[piece])
        mine, piece, limit = _worth_it(
            site, mine, piece, chord, sites.radius_m[mine] + theirs.radius_m[piece], theirs, limit, k
        )
    else:
        mine = starts[group]
    return _measure(sites, theirs, (site_ids, site), (mine, piece), limit, k)


def _worth_it(
    site_of: IntArray, mine: IntArray, piece: IntArray, chord: FloatArray, reach: FloatArray, theirs: Pieces,
    limit: FloatArray, k: int,
) -> tuple[IntArray, IntArray, FloatArray]:  # fmt: skip
    """
    Of pairs of balls those that can hold the nearest places of a site and a feature, and the sites' limits made narrower.

    Parameters
    ----------
    site_of
        A row an own ball: the position of its site.
    mine, piece, chord, reach
        Pairs of an own ball and a piece: the chord between their middles, and how far the two reach together.
    theirs
        The layer's pieces.
    limit
        A row a site: metres within which its k nearest surely lie.
    k
        How many features are wanted.
    """
    owner = theirs.owner[piece]
    key = site_of[mine] * (int(theirs.owner[-1]) + 1) + owner
    pairs, which = np.unique(key, return_inverse=True)
    upper = np.full(len(pairs), np.inf)
    np.minimum.at(upper, which, chord + _GUARD_M)
    upper = longest_geodesic(upper)
    # Each site's k-th least bound, where it has so many.
    of = pairs // (int(theirs.owner[-1]) + 1)
    order = np.lexsort([upper, of])
    begin = np.searchsorted(of, np.arange(len(limit)), side="left")
    enough = np.flatnonzero(np.bincount(of, minlength=len(limit)) >= k)
    limit = limit.copy()
    limit[enough] = np.minimum(limit[enough], upper[order[begin[enough] + k - 1]])
    # Where many features are wanted, each still needs no piece beyond what is known of itself.
    known = chord_reach(np.minimum(upper, limit[of])) + _GUARD_M
    near = chord - reach <= known[which]
    return mine[near], piece[near], limit


def all_chords(a: FloatArray, b: FloatArray) -> FloatArray:
    """All chords between two sets of points, by one matrix product; good to well under `_GUARD_M`."""
    square = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :]
    square -= 2.0 * (a @ b.T)
    return np.asarray(np.sqrt(np.maximum(square, 0.0, out=square), out=square))


def _kth_limit(upper_chord: FloatArray, k: int, max_m: float) -> FloatArray:
    """A distance within which k features of each site surely lie, and no more than the farthest asked for."""
    if upper_chord.shape[1] < k:
        return np.full(len(upper_chord), min(max_m, np.inf))
    whole = upper_chord.shape[1] == k
    kth = upper_chord.max(axis=1) if whole else np.partition(upper_chord, k - 1, axis=1)[:, k - 1]
    return np.minimum(longest_geodesic(kth), max_m)


def _measure(
    sites: Pieces, theirs: Pieces, site_of: tuple[IntArray, IntArray], pairs: tuple[IntArray, IntArray],
    limit: FloatArray, k: int,
) -> Found:  # fmt: skip
    """Measure pairs of pieces, the most promising first, so that most of the others need not be."""
    site_ids, site = site_of
    mine, piece = pairs
    low = _segment_chords(sites.start[mine], sites.end[mine], theirs.start[piece], theirs.end[piece])
    low = np.maximum(low - sites.slack_m[mine] - theirs.slack_m[piece] - 0.01, 0.0)
    shortest = shortest_geodesic(low)
    keep = shortest <= limit[site[mine]]
    mine, piece, shortest = mine[keep], piece[keep], shortest[keep]
    order = np.lexsort([shortest, theirs.owner[piece], site[mine]])
    mine, piece, shortest = mine[order], piece[order], shortest[order]
    feature, of = theirs.owner[piece], site[mine]
    # First round: of each site's features, the likeliest piece; of those the k likeliest.
    best = np.ones(len(mine), dtype=bool)
    best[1:] = (of[1:] != of[:-1]) | (feature[1:] != feature[:-1])
    pair = np.cumsum(best) - 1  # number of the pair of site and feature
    lead = np.flatnonzero(best)
    so_far = np.full(len(lead), np.inf)
    lead = lead[np.lexsort([shortest[lead], of[lead]])]
    rank = np.arange(len(lead)) - np.searchsorted(of[lead], of[lead], side="left")
    lead = lead[rank < k]
    first = _exact(sites, theirs, mine[lead], piece[lead])
    enough = np.bincount(of[lead], minlength=len(limit)) >= k
    worst = np.zeros(len(limit))
    np.maximum.at(worst, of[lead], first.metres)
    limit = np.where(enough, np.minimum(limit, worst), limit)
    measured = np.zeros(len(mine), dtype=bool)
    measured[lead] = True
    # A piece matters if it can bring its own feature nearer, and that near enough.
    so_far[pair[lead]] = first.metres
    rest = np.flatnonzero(~measured & (shortest <= np.minimum(limit[of], so_far[pair])))
    second = _exact(sites, theirs, mine[rest], piece[rest])
    return Found(
        site_ids[np.concatenate([of[lead], of[rest]])],
        np.concatenate([feature[lead], feature[rest]]),
        *(
            np.concatenate([getattr(first, name), getattr(second, name)])
            for name in list(Found.__dataclass_fields__)[2:]
        ),
    )


def _exact(sites: Pieces, theirs: Pieces, mine: IntArray, piece: IntArray) -> Found:
    """
    Exact distance of each pair of pieces.

    On a surface that curves like a ball two geodesics come nearest at an end of one of them, or cross: between ends,
    a common perpendicular is no minimum. Lines straight in degrees may bend towards each other; they are walked to and
    fro from the best end.
    """
    one, other = sites.take(mine), theirs.take(piece)
    start = feet(one.lon1, one.lat1, other)
    metres, lon, lat = start.metres, start.lon, start.lat
    site_lon, site_lat = one.lon1.copy(), one.lat1.copy()
    long = np.flatnonzero(one.length_m > 0.0)
    if len(long):
        a, b = one.take(long), other.take(long)
        far = feet(a.lon2, a.lat2, b)
        back1, back2 = feet(b.lon1, b.lat1, a), feet(b.lon2, b.lat2, a)
        choices = (
            (far.metres, a.lon2, a.lat2, far.lon, far.lat),
            (back1.metres, back1.lon, back1.lat, b.lon1, b.lat1),
            (back2.metres, back2.lon, back2.lat, b.lon2, b.lat2),
        )
        for d, s_lon, s_lat, f_lon, f_lat in choices:
            better = d < metres[long]
            rows = long[better]
            metres[rows], site_lon[rows], site_lat[rows] = d[better], s_lon[better], s_lat[better]
            lon[rows], lat[rows] = f_lon[better], f_lat[better]
        if one.edges == "planar":
            _to_and_fro(a, b, long, (metres, site_lon, site_lat, lon, lat))
        cross, at_lon, at_lat = crossings(a, b)
        rows = long[cross]
        metres[rows] = 0.0
        site_lon[rows] = lon[rows] = at_lon[cross]
        site_lat[rows] = lat[rows] = at_lat[cross]
    return Found(sites.owner[mine], theirs.owner[piece], metres, site_lon, site_lat, lon, lat)


def _to_and_fro(
    a: Pieces, b: Pieces, long: IntArray, state: tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]
) -> None:
    """Project the nearest points on each other in turn until the distance stays; in place."""
    metres, site_lon, site_lat, lon, lat = state
    active = np.flatnonzero(b.length_m > 0.0)
    for _ in range(50):
        if not len(active):
            return
        rows = long[active]
        there = feet(site_lon[rows], site_lat[rows], b.take(active))
        back = feet(there.lon, there.lat, a.take(active))
        better = back.metres < metres[rows] - 1e-9
        rows = rows[better]
        metres[rows], site_lon[rows], site_lat[rows] = back.metres[better], back.lon[better], back.lat[better]
        lon[rows], lat[rows] = there.lon[better], there.lat[better]
        active = active[better]


def _segment_chords(p1: FloatArray, q1: FloatArray, p2: FloatArray, q2: FloatArray) -> FloatArray:
    """Shortest straight distance between segments in space, pair by pair (Ericson 2005, Real-Time Collision Detection 5.1.9)."""
    d1, d2, r = q1 - p1, q2 - p2, p1 - p2

    def dot(u: FloatArray, v: FloatArray) -> FloatArray:
        return np.asarray(np.einsum("ij,ij->i", u, v))

    a, e, f = dot(d1, d1), dot(d2, d2), dot(d2, r)
    b, c = dot(d1, d2), dot(d1, r)
    tiny = 1e-12
    denominator = a * e - b * b
    parallel = denominator <= 1e-12 * np.maximum(a * e, tiny)
    s = np.where(parallel, 0.0, np.clip((b * f - c * e) / np.where(parallel, 1.0, denominator), 0.0, 1.0))
    t = np.where(e > tiny, (b * s + f) / np.where(e > tiny, e, 1.0), 0.0)
    clipped = np.clip(t, 0.0, 1.0)
    s_again = np.clip((b * clipped - c) / np.where(a > tiny, a, 1.0), 0.0, 1.0)
    s = np.where(a > tiny, np.where((t != clipped) | (e <= tiny), s_again, s), 0.0)
    gap = r + d1 * s[:, None] - d2 * clipped[:, None]
    return np.sqrt(dot(gap, gap))
