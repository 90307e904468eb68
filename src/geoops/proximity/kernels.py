"""The compiled search for many points: a tree of boxes in space, and pieces as cubics.

Arrays in, arrays out; nothing here knows of tables or degrees. Each function is compiled when it is first called and kept
on disk. Lengths are metres, coordinates Earth-centred.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["count_near", "fill_near", "nearest_pieces"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_A = 6_378_137.0
_E2 = 0.0066943799901413165
_DEPTH = 64

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _compiled(function: _Function) -> _Function:
    """Compile on first use, kept on disk where a disk may be written."""
    try:
        compiled: Any = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # numba: no locator available for a file that may be cached
        compiled = numba.njit(nogil=True, error_model="numpy")(function)
    return cast("_Function", compiled)


@_compiled
def _arc(x1: float, y1: float, z1: float, x2: float, y2: float, z2: float, chord: float) -> Any:
    """
    Geodesic length over a short chord: an arc with the curvature of the normal section at the middle.

    The series' next term and the change of curvature along the way stay below 5e-6 m at 100 km.
    """
    if chord == 0.0:
        return 0.0
    x, y, z = 0.5 * (x1 + x2), 0.5 * (y1 + y2), 0.5 * (z1 + z2)
    p2 = x * x + y * y
    p = np.sqrt(p2)
    q = (1.0 - _E2) * p
    r = np.sqrt(z * z + q * q)
    sine, cosine = z / r, q / r
    w2 = 1.0 - _E2 * sine * sine
    w = np.sqrt(w2)
    across = w / _A  # curvature of the prime vertical; of the meridian below
    along = w2 * w / (_A * (1.0 - _E2))
    north = cosine * (z2 - z1)
    if p > 0.0:
        north -= sine * ((x2 - x1) * x + (y2 - y1) * y) / p
    share = north * north / (chord * chord)
    bend = share * along + (1.0 - share) * across
    h = chord * bend
    h2 = h * h
    return chord * (1.0 + h2 / 24.0 + 3.0 * h2 * h2 / 640.0)


@_compiled
def _foot(px: float, py: float, pz: float, curve: FloatArray) -> tuple[float, float]:
    """Share of the way along a cubic (rows: powers of t) where it comes nearest to a point, and the chord there."""
    rx, ry, rz = curve[0, 0] - px, curve[0, 1] - py, curve[0, 2] - pz
    ax, ay, az = curve[1, 0], curve[1, 1], curve[1, 2]
    bx, by, bz = curve[2, 0], curve[2, 1], curve[2, 2]
    cx, cy, cz = curve[3, 0], curve[3, 1], curve[3, 2]
    dx, dy, dz = ax + bx + cx, ay + by + cy, az + bz + cz
    length2 = dx * dx + dy * dy + dz * dz
    if length2 == 0.0:
        return 0.0, np.sqrt(rx * rx + ry * ry + rz * rz)
    t = min(max(-(rx * dx + ry * dy + rz * dz) / length2, 0.0), 1.0)
    gx = gy = gz = 0.0
    for _ in range(12):
        gx, gy, gz = (
            rx + t * (ax + t * (bx + t * cx)),
            ry + t * (ay + t * (by + t * cy)),
            rz + t * (az + t * (bz + t * cz)),
        )
        vx, vy, vz = ax + t * (2 * bx + 3 * t * cx), ay + t * (2 * by + 3 * t * cy), az + t * (2 * bz + 3 * t * cz)
        ux, uy, uz = 2 * bx + 6 * t * cx, 2 * by + 6 * t * cy, 2 * bz + 6 * t * cz
        slope = gx * vx + gy * vy + gz * vz
        rise = vx * vx + vy * vy + vz * vz + gx * ux + gy * uy + gz * uz
        if rise <= 0.0:  # bent away: an end is nearest
            break
        new = min(max(t - slope / rise, 0.0), 1.0)
        moved = abs(new - t)
        t = new
        if moved * moved * length2 <= 1e-14 * length2 + 1e-18:
            break
    gx, gy, gz = rx + t * (ax + t * (bx + t * cx)), ry + t * (ay + t * (by + t * cy)), rz + t * (az + t * (bz + t * cz))
    best = gx * gx + gy * gy + gz * gz
    at0 = rx * rx + ry * ry + rz * rz
    ex, ey, ez = rx + dx, ry + dy, rz + dz
    at1 = ex * ex + ey * ey + ez * ez
    if at0 <= best:
        best, t = at0, 0.0
    if at1 < best:
        best, t = at1, 1.0
    return t, np.sqrt(best)


@_compiled
def _box_gap2(px: float, py: float, pz: float, boxes: FloatArray, node: int) -> Any:
    """Square of the distance from a point to a node's box."""
    dx = max(boxes[node, 0] - px, 0.0, px - boxes[node, 3])
    dy = max(boxes[node, 1] - py, 0.0, py - boxes[node, 4])
    dz = max(boxes[node, 2] - pz, 0.0, pz - boxes[node, 5])
    return dx * dx + dy * dy + dz * dz


@_compiled
def nearest_pieces(
    points: FloatArray, order: IntArray, boxes: FloatArray, leaf_size: int, curves: FloatArray, owner: IntArray,
    guard: float, k: int, reach: float, metres: FloatArray, piece: IntArray, share: FloatArray,
) -> None:  # fmt: skip
    """
    The k nearest owners of each point and the piece and place on it where they are nearest, in place.

    Parameters
    ----------
    points
        (n, 3).
    order
        The order to take the points in, neighbours after one another: each starts from what its neighbour found.
    boxes
        (2 m, 6): boxes of a binary tree in heap order, root at 1, leaves from m on.
    leaf_size
        Pieces a leaf.
    curves
        (p, 4, 3): each piece's cubic, in the order of the leaves.
    owner
        (p,): what each piece belongs to.
    guard
        What a chord may differ from its cubic's, in metres.
    k
        Owners a point.
    reach
        Chord beyond which nothing is looked for.
    metres, piece, share
        (n, k) results; piece is -1 where nothing was found.
    """
    half = boxes.shape[0] // 2
    stack = np.empty(_DEPTH * 2, dtype=np.int64)
    gaps = np.empty(_DEPTH * 2)
    last_x = last_y = last_z = 0.0
    last = np.inf
    for turn in range(order.shape[0]):
        row = order[turn]
        px, py, pz = points[row, 0], points[row, 1], points[row, 2]
        count = 0
        # Walking to here from the neighbour takes any of its k owners no farther than that.
        limit = reach
        if last < np.inf:
            walk = np.sqrt((px - last_x) ** 2 + (py - last_y) ** 2 + (pz - last_z) ** 2)
            walk += last
            # As a chord; of what lies no farther as an arc, the chord may be longer by what arcs exceed chords.
            walk *= 1.0 + walk * walk / (20.0 * 4.01e13) if walk < 1.0e6 else 1.6
            limit = min(reach, walk + 2.0 * guard + 1e-3)
        worst = limit
        top = 0
        stack[0], gaps[0] = 1, 0.0
        while top >= 0:
            node, gap2 = stack[top], gaps[top]
            top -= 1
            if gap2 > worst * worst:
                continue
            if node >= half:
                begin = (node - half) * leaf_size
                for p in range(begin, min(begin + leaf_size, curves.shape[0])):
                    t, chord = _foot(px, py, pz, curves[p])
                    if chord > worst:
                        continue
                    d = _arc(px, py, pz,
                             curves[p, 0, 0] + t * (curves[p, 1, 0] + t * (curves[p, 2, 0] + t * curves[p, 3, 0])),
                             curves[p, 0, 1] + t * (curves[p, 1, 1] + t * (curves[p, 2, 1] + t * curves[p, 3, 1])),
                             curves[p, 0, 2] + t * (curves[p, 1, 2] + t * (curves[p, 2, 2] + t * curves[p, 3, 2])),
                             chord)  # fmt: skip
                    mine = owner[p]
                    at = count
                    for slot in range(count):
                        if owner[piece[row, slot]] == mine:
                            at = slot
                            break
                    # Of one owner's pieces at one distance the first counts, in whatever order they are met.
                    if at < count and (metres[row, at] < d or (metres[row, at] == d and piece[row, at] <= p)):
                        continue
                    if at == count:
                        if count == k:
                            at = k - 1
                            if metres[row, at] < d or (metres[row, at] == d and owner[piece[row, at]] <= mine):
                                continue
                        else:
                            count += 1
                    while at > 0 and (
                        metres[row, at - 1] > d or (metres[row, at - 1] == d and owner[piece[row, at - 1]] > mine)
                    ):
                        metres[row, at], piece[row, at], share[row, at] = (
                            metres[row, at - 1], piece[row, at - 1], share[row, at - 1]
                        )  # fmt: skip
                        at -= 1
                    metres[row, at], piece[row, at], share[row, at] = d, p, t
                    if count == k:
                        worst = min(limit, metres[row, k - 1] + 2.0 * guard)  # no chord is longer than its arc
            else:
                left, right = 2 * node, 2 * node + 1
                gap_l, gap_r = _box_gap2(px, py, pz, boxes, left), _box_gap2(px, py, pz, boxes, right)
                if gap_l > gap_r:
                    left, right, gap_l, gap_r = right, left, gap_r, gap_l
                if gap_r <= worst * worst:
                    top += 1
                    stack[top], gaps[top] = right, gap_r
                if gap_l <= worst * worst:
                    top += 1
                    stack[top], gaps[top] = left, gap_l
        for slot in range(count, k):
            metres[row, slot], piece[row, slot], share[row, slot] = np.inf, -1, 0.0
        last = metres[row, k - 1] if count == k else np.inf
        last_x, last_y, last_z = px, py, pz


@_compiled
def count_near(
    points: FloatArray, radius: FloatArray, boxes: FloatArray, leaf_size: int, balls: FloatArray, size: FloatArray,
    counts: IntArray,
) -> None:  # fmt: skip
    """How many pieces have a ball within each point's radius, in place."""
    fill_near(points, radius, boxes, leaf_size, balls, size, counts, counts, counts, fill=False)


@_compiled
def fill_near(
    points: FloatArray, radius: FloatArray, boxes: FloatArray, leaf_size: int, balls: FloatArray, size: FloatArray,
    counts: IntArray, begin: IntArray, found: IntArray, fill: bool,
) -> None:  # fmt: skip
    """Count, or write down from `begin` on, the pieces whose ball (centre, size) lies within each point's radius."""
    half = boxes.shape[0] // 2
    stack = np.empty(_DEPTH * 2, dtype=np.int64)
    for row in range(points.shape[0]):
        px, py, pz = points[row, 0], points[row, 1], points[row, 2]
        number = 0
        top = 0
        stack[0] = 1
        while top >= 0:
            node = stack[top]
            top -= 1
            if _box_gap2(px, py, pz, boxes, node) > radius[row] * radius[row]:
                continue
            if node >= half:
                start = (node - half) * leaf_size
                for p in range(start, min(start + leaf_size, balls.shape[0])):
                    gap = np.sqrt((balls[p, 0] - px) ** 2 + (balls[p, 1] - py) ** 2 + (balls[p, 2] - pz) ** 2)
                    if gap - size[p] <= radius[row]:
                        if fill:
                            found[begin[row] + number] = p
                        number += 1
            else:
                top += 1
                stack[top] = 2 * node
                top += 1
                stack[top] = 2 * node + 1
        if not fill:
            counts[row] = number
