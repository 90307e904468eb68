"""The search for many points, on the compiled kernels: the answer of `search`, hundreds of times as fast.

A point within 100 km of what is nearest is settled by the kernel, to some micrometres; for a farther one the kernel
gives the pieces that can matter and the exact arcs decide. Which areas hold a point is `holding`'s work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geoops.proximity.arcs import feet
from geoops.proximity.ellipsoid import ECCENTRICITY2, chord_reach, ecef, latitude_radii
from geoops.proximity.holding import AreaIndex
from geoops.proximity.pieces import make_pieces
from geoops.proximity.search import Found, best_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geoops.proximity.pieces import FloatArray, IntArray, Pieces

__all__ = ["Tree", "field_m", "find_points", "find_within", "make_tree", "space_order", "within_reach"]

NEAR_M = 100_000.0
"""Up to here the kernel's arcs are good to micrometres."""

FIELD_NEAR_M = 300_000.0
"""Up to here the kernel's arcs are good to a centimetre, which is enough for a grid."""

_SHORT_M = 10_000.0
_NARROW_DEG = 0.25
_LEAF = 4
_GUARD_M = 1e-3  # a cubic over 10 km leaves its geodesic by some 1e-7 m, a quarter degree next to a pole by 1e-5 m
_BLOCK = 1_000_000
_FAR_BLOCK = 100_000
_MOST_PAIRS = 500_000  # half a kilobyte each while they are measured


@dataclass(frozen=True)
class Tree:
    """Pieces of at most 10 km in the order of the leaves, their cubics, boxes in heap order, and the areas among them."""

    pieces: Pieces
    curves: FloatArray
    boxes: FloatArray
    held: AreaIndex


def make_tree(geometries: NDArray[np.object_], edges: str) -> Tree:
    """Prepare geometries for many points; the result can be used for many searches."""
    pieces = make_pieces(geometries, edges, longest_m=_SHORT_M, widest_deg=_NARROW_DEG)
    pieces = pieces.take(space_order(pieces.middle))
    return Tree(pieces, _cubics(pieces), _boxes(pieces), AreaIndex(geometries, edges))


def space_order(points: FloatArray) -> IntArray:
    """An order in which neighbours in space mostly follow one another: Morton's, 20 bits an axis."""
    if not len(points):
        return np.empty(0, dtype=np.int64)
    low, high = points.min(axis=0), points.max(axis=0)
    span = float(max((high - low).max(), 1e-9))
    cells = ((points - low) / span * (2**20 - 1)).astype(np.uint64)
    code = np.zeros(len(points), dtype=np.uint64)
    for axis in range(3):
        x = cells[:, axis]
        for shift, mask in (
            (32, 0x1F00000000FFFF), (16, 0x1F0000FF0000FF), (8, 0x100F00F00F00F00F),
            (4, 0x10C30C30C30C30C3), (2, 0x1249249249249249),
        ):  # fmt: skip
            x = (x | (x << np.uint64(shift))) & np.uint64(mask)
        code |= x << np.uint64(axis)
    return np.argsort(code, kind="stable").astype(np.int64)


def _cubics(pieces: Pieces) -> FloatArray:
    """Hermite cubics through the ends with the true directions there; error L⁴ / 384 times the fourth derivative."""
    from geoops.core.geodesy import geod

    def frame(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
        lam, phi = np.radians(lon), np.radians(lat)
        east = np.stack([-np.sin(lam), np.cos(lam), np.zeros(len(lon))], axis=-1)
        north = np.stack([-np.sin(phi) * np.cos(lam), -np.sin(phi) * np.sin(lam), np.cos(phi)], axis=-1)
        return east, north

    (east1, north1), (east2, north2) = frame(pieces.lon1, pieces.lat1), frame(pieces.lon2, pieces.lat2)
    if pieces.edges == "geodesic":
        first = np.radians(pieces.azimuth)
        # Heading at the far end: back along the piece, turned round. At a pole the azimuth belongs to the longitude given
        # there, as the frame does.
        lon_end, _, back = geod().fwd(pieces.lon1, pieces.lat1, pieces.azimuth, pieces.length_m)
        last = np.radians(np.asarray(back) + 180.0)
        east2, north2 = frame(np.asarray(lon_end), pieces.lat2)
        m0 = pieces.length_m[:, None] * (np.sin(first)[:, None] * east1 + np.cos(first)[:, None] * north1)
        m1 = pieces.length_m[:, None] * (np.sin(last)[:, None] * east2 + np.cos(last)[:, None] * north2)
    else:
        wide, high = np.radians(pieces.lon2 - pieces.lon1), np.radians(pieces.lat2 - pieces.lat1)
        (along1, across1), (along2, across2) = latitude_radii(pieces.lat1), latitude_radii(pieces.lat2)
        m0 = (across1 * wide)[:, None] * east1 + (along1 * high)[:, None] * north1
        m1 = (across2 * wide)[:, None] * east2 + (along2 * high)[:, None] * north2
    still = pieces.length_m == 0.0
    m0[still], m1[still] = 0.0, 0.0
    gap = pieces.end - pieces.start
    gap[still] = 0.0
    return np.ascontiguousarray(np.stack([pieces.start, m0, 3.0 * gap - 2.0 * m0 - m1, m0 + m1 - 2.0 * gap], axis=1))


def _boxes(pieces: Pieces) -> FloatArray:
    """Boxes of a complete binary tree, from the leaves up; empty leaves are boxes that nothing is near."""
    count = max(1, -(-len(pieces) // _LEAF))
    half = 1 << int(np.ceil(np.log2(count)))
    boxes = np.empty((2 * half, 6))
    boxes[:, :3], boxes[:, 3:] = np.inf, -np.inf
    pad = (pieces.slack_m + 0.01)[:, None]
    low, high = np.minimum(pieces.start, pieces.end) - pad, np.maximum(pieces.start, pieces.end) + pad
    if len(pieces):
        starts = np.arange(0, len(pieces), _LEAF)
        boxes[half : half + count, :3] = np.minimum.reduceat(low, starts, axis=0)
        boxes[half : half + count, 3:] = np.maximum.reduceat(high, starts, axis=0)
    level = half
    while level > 1:
        children = boxes[level : 2 * level]
        level //= 2
        boxes[level : 2 * level, :3] = np.minimum(children[0::2, :3], children[1::2, :3])
        boxes[level : 2 * level, 3:] = np.maximum(children[0::2, 3:], children[1::2, 3:])
    return boxes


def find_points(lon: FloatArray, lat: FloatArray, rows: IntArray, tree: Tree, *, k: int, max_m: float) -> Found:
    """
    The k nearest features of each point, exactly.

    Parameters
    ----------
    lon, lat
        Points in degrees.
    rows
        What each point is called in the result (`Found.site`), rising.
    tree
        The layer, prepared by `make_tree`.
    k, max_m
        Features a point, and the farthest distance in metres.
    """
    parts = [
        _find_block(
            lon[begin : begin + _BLOCK], lat[begin : begin + _BLOCK], rows[begin : begin + _BLOCK], tree, k, max_m
        )
        for begin in range(0, max(len(lon), 1), _BLOCK)
    ]
    if len(parts) == 1:
        return parts[0]
    return Found(*(np.concatenate([getattr(part, name) for part in parts]) for name in Found.__dataclass_fields__))


def _find_block(lon: FloatArray, lat: FloatArray, rows: IntArray, tree: Tree, k: int, max_m: float) -> Found:
    """The same for so many points that what is needed on the way takes little memory."""
    from geoops.proximity.kernels import nearest_pieces

    k = min(k, max(tree.held.count, 1))
    points = ecef(lon, lat)
    metres, piece = np.full((len(lon), k), np.inf), np.full((len(lon), k), -1, dtype=np.int64)
    share = np.zeros((len(lon), k))
    if len(tree.pieces):
        reach = float(max_m) + 1.0
        nearest_pieces(
            points, space_order(points), tree.boxes, _LEAF, tree.curves, tree.pieces.owner, _GUARD_M, k, reach, metres,
            piece, share,
        )  # fmt: skip
    last = np.max(np.where(np.isfinite(metres), metres, 0.0), axis=1)
    far = last > NEAR_M
    near = piece >= 0
    near[far] = False
    near &= metres <= max_m
    point = np.nonzero(near)[0]
    got = _from_kernel(tree, point, rows, (lon, lat), metres[near], piece[near], share[near])
    extra = []
    if far.any():
        extra.append(_from_arcs(tree, np.flatnonzero(far), rows, (lon, lat), points, piece, k, max_m))
    areas = _held(tree, lon, lat, rows)
    if len(areas.site):
        extra.append(areas)
    return best_pairs([got, *extra], k, max_m) if extra else got


def _from_kernel(
    tree: Tree, point: IntArray, rows: IntArray, place: tuple[FloatArray, FloatArray], metres: FloatArray,
    piece: IntArray, share: FloatArray,
) -> Found:  # fmt: skip
    """What the kernel found, with the nearest points in degrees."""
    lon, lat = tree.pieces.lon1[piece], tree.pieces.lat1[piece]
    end = share == 1.0
    lon[end], lat[end] = tree.pieces.lon2[piece[end]], tree.pieces.lat2[piece[end]]
    inner = np.flatnonzero((share > 0.0) & ~end)
    if len(inner):
        curve, t = tree.curves[piece[inner]], share[inner][:, None]
        at = curve[:, 0] + t * (curve[:, 1] + t * (curve[:, 2] + t * curve[:, 3]))
        lon[inner] = np.degrees(np.arctan2(at[:, 1], at[:, 0]))
        lat[inner] = np.degrees(np.arctan2(at[:, 2], (1.0 - ECCENTRICITY2) * np.hypot(at[:, 0], at[:, 1])))
    return Found(rows[point], tree.pieces.owner[piece], metres, place[0][point], place[1][point], lon, lat)


def _from_arcs(
    tree: Tree, far: IntArray, rows: IntArray, place: tuple[FloatArray, FloatArray], points: FloatArray,
    piece: IntArray, k: int, max_m: float,
) -> Found:  # fmt: skip
    """
    For points far from everything: measure what the kernel found exactly, then whatever could be nearer.

    The k features found bound the distance from above; no chord is longer than its arc, so the pieces whose ball comes
    within the chord of that bound are all that matter.
    """
    from geoops.proximity.kernels import count_near, fill_near

    balls, size = np.ascontiguousarray(tree.pieces.middle), tree.pieces.radius_m
    found = []
    for begin in range(0, len(far), _FAR_BLOCK):
        mine = far[begin : begin + _FAR_BLOCK]
        there = piece[mine] >= 0
        point, slot = np.nonzero(there)
        first = feet(place[0][mine[point]], place[1][mine[point]], tree.pieces.take(piece[mine[point], slot]))
        bound = np.zeros(len(mine))
        np.maximum.at(bound, point, first.metres)
        bound = np.where(there.sum(axis=1) >= k, np.minimum(bound, max_m), max_m)
        radius = chord_reach(bound) + 0.01
        here = np.ascontiguousarray(points[mine])
        counts = np.zeros(len(mine), dtype=np.int64)
        count_near(here, radius, tree.boxes, _LEAF, balls, size, counts)
        for part in _spans(counts, _MOST_PAIRS):
            starts = np.cumsum(counts[part]) - counts[part]
            near = np.empty(int(counts[part].sum()), dtype=np.int64)
            fill_near(here[part], radius[part], tree.boxes, _LEAF, balls, size, counts[part], starts, near, True)  # noqa: FBT003
            owner_of = np.repeat(mine[part], counts[part])
            pieces = tree.pieces.take(near)
            got = feet(place[0][owner_of], place[1][owner_of], pieces)
            pairs = Found(
                rows[owner_of], pieces.owner, got.metres, place[0][owner_of], place[1][owner_of], got.lon, got.lat
            )
            found.append(best_pairs([pairs], k, max_m))
    return found[0] if len(found) == 1 else Found(
        *(np.concatenate([getattr(f, name) for f in found]) for name in Found.__dataclass_fields__)
    )  # fmt: skip


def _spans(counts: IntArray, most: int) -> list[slice]:
    """Runs of rows whose counts sum to about as many as fit."""
    total = np.cumsum(counts)
    spans, begin = [], 0
    while begin < len(counts):
        done = total[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(total, done + most, side="right")))
        spans.append(slice(begin, end))
        begin = end
    return spans


def field_m(lon: FloatArray, lat: FloatArray, tree: Tree) -> FloatArray:
    """Metres from each point to the nearest feature, infinite where there is none; exact to well under a metre."""
    from geoops.proximity.kernels import nearest_pieces

    metres, piece = np.full((len(lon), 1), np.inf), np.full((len(lon), 1), -1, dtype=np.int64)
    if not len(tree.pieces):
        return metres[:, 0]
    points = ecef(lon, lat)
    nearest_pieces(
        points, space_order(points), tree.boxes, _LEAF, tree.curves, tree.pieces.owner, _GUARD_M, 1, np.inf, metres,
        piece, np.zeros((len(lon), 1)),
    )  # fmt: skip
    result = metres[:, 0]
    far = np.flatnonzero(result > FIELD_NEAR_M)
    if len(far):
        exact = _from_arcs(tree, far, np.arange(len(lon)), (lon, lat), points, piece, 1, np.inf)
        result[exact.site] = exact.metres
    result[tree.held.pairs(lon, lat)[0]] = 0.0
    return result


def find_within(lon: FloatArray, lat: FloatArray, rows: IntArray, tree: Tree, *, max_m: float) -> Found:
    """Every feature within `max_m` of each point, exactly, however many; the arguments are those of `find_points`."""
    everything = max(tree.held.count, 1)
    nothing = np.full((len(lon), 1), -1, dtype=np.int64)  # no bound from what was found before: all that is in reach
    found = []
    if len(tree.pieces) and len(lon):
        found.append(
            _from_arcs(tree, np.arange(len(lon)), rows, (lon, lat), ecef(lon, lat), nothing, everything, max_m)
        )
    found.append(_held(tree, lon, lat, rows))
    return best_pairs(found, everything, max_m)


def _held(tree: Tree, lon: FloatArray, lat: FloatArray, rows: IntArray) -> Found:
    """Pairs of a point and an area that holds it."""
    point, area = tree.held.pairs(lon, lat)
    return Found(rows[point], area, np.zeros(len(point)), lon[point], lat[point], lon[point], lat[point])


def within_reach(lon: FloatArray, lat: FloatArray, tree: Tree, reach_m: float) -> IntArray:
    """Positions of the points that have a piece within a chord of `reach_m`."""
    from geoops.proximity.kernels import nearest_pieces

    points = ecef(lon, lat)
    piece = np.full((len(lon), 1), -1, dtype=np.int64)
    nearest_pieces(
        points, space_order(points), tree.boxes, _LEAF, tree.curves, tree.pieces.owner, _GUARD_M, 1, reach_m,
        np.full((len(lon), 1), np.inf), piece, np.zeros((len(lon), 1)),
    )  # fmt: skip
    return np.flatnonzero(piece[:, 0] >= 0)
