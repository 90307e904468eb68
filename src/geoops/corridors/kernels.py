"""The compiled inner loops: shortest paths over cells and network, tracing a route back, steps that a barrier cuts.

Nothing here knows of files, CRSs or tables: flat arrays in, flat arrays out. numba compiles each function when it is
first called and keeps the result on disk, beside this file or, where that cannot be written, in the user's cache.

Nodes. A grid of `rows x columns` cells stands in a frame of three closed cells on every side, so that no step of the
stencil can leave the arrays; node `(row + 3) * width + column + 3` is a cell, and the nodes behind the last cell are
the vertices of the network.

It passes 400 lines because numba caches a module's functions together with what they call.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["FRAME", "GUARDED", "LINKED", "blocked_steps", "cross_any", "eikonal", "search", "trace"]

FRAME = 3  # the longest step of the stencil passes three cells

# Flags of a node.
GUARDED = 2  # a barrier cuts some of its steps: look at the masks
LINKED = 4  # it has edges besides the stencil's

_BLOCK = 64  # entries of one block of a bucket
_BUCKETS = 16384  # of a window
_DONE, _FIXED = 1, 2  # states of a node of the eikonal solver

_Floats = NDArray[np.float64]
_Nodes = NDArray[np.int32]
_Steps = NDArray[np.int64]
_Flags = NDArray[np.uint8]
_Masks = NDArray[np.uint32]
_Queue = tuple[_Nodes, _Nodes, _Nodes, _Nodes, _Steps]  # items, follower, head, fill, state
_Function = TypeVar("_Function", bound=Callable[..., Any])


def _compiled(function: _Function) -> Any:
    """Compile without the GIL and keep the result on disk; where no folder can be written, compile only."""
    try:
        return numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # numba: no locator available for a file that may be cached
        return numba.njit(nogil=True)(function)


@_compiled
def _find(keys: _Nodes, key: int) -> int:
    """Position of a key in a sorted array that surely holds it."""
    low = 0
    high = keys.size
    while low < high:
        middle = (low + high) >> 1
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


@_compiled
def _slope_factor(table: _Floats, step: float, slope: float) -> float:
    """The factor on the pace at a slope, read off a table that is linear between its entries; NaN is level ground."""
    if np.isnan(slope):
        slope = 0.0
    position = slope / step + (table.size // 2)
    if position <= 0.0:
        return table[0]
    if position >= table.size - 1:
        return table[table.size - 1]
    entry = int(position)
    share = position - entry
    return table[entry] * (1.0 - share) + table[entry + 1] * share


@_compiled
def _under(pace: _Floats, node: int, k: int, ends: float, middles: _Steps, length: float) -> float:
    """Seconds of a long step, its pace integrated through the cells that lie under it; `ends` sums the two ends'."""
    inner = pace[node + middles[k, 0]] + pace[node + middles[k, 1]]
    if k < 16:  # (1, 2): a quarter in each of four cells
        return 0.25 * length * (ends + inner)
    if k < 24:  # (1, 3): a sixth in each end, a third in each cell between
        return length * (ends / 6.0 + inner / 3.0)
    outer = pace[node + middles[k, 2]] + pace[node + middles[k, 3]]
    return length * (ends / 6.0 + inner / 4.0 + outer / 12.0)  # (2, 3)


@_compiled
def _push(queue: _Queue, bucket: int, node: int) -> None:
    """Put a node into a bucket, a list of blocks; the caller has seen to it that enough blocks are left."""
    items, follower, head, fill, state = queue
    top = fill[bucket]
    if top == _BLOCK:
        fresh = state[0]
        if fresh >= 0:
            state[0] = follower[fresh]
        else:  # no block has been given back: take one that was never used
            fresh = state[1]
            state[1] += 1
        follower[fresh] = head[bucket]
        head[bucket] = fresh
        top = 0
    items[head[bucket] * _BLOCK + top] = node
    fill[bucket] = top + 1


@_compiled
def _pop_block(queue: _Queue, bucket: int, batch: _Nodes) -> int:
    """Take the first block off a bucket: its nodes into `batch`, their number back."""
    items, follower, head, fill, state = queue
    block = head[bucket]
    count = fill[bucket]
    batch[:count] = items[block * _BLOCK : block * _BLOCK + count]
    head[bucket] = follower[block]
    fill[bucket] = _BLOCK  # what lies below a first block is full
    follower[block] = state[0]
    state[0] = block
    return int(count)


@_compiled
def _with_room(queue: _Queue, blocks: int) -> _Queue:
    """The queue, moved to a larger place where fewer blocks than asked for were never used."""
    items, follower, head, fill, state = queue
    if follower.size - state[1] >= blocks:
        return queue
    size = follower.size + follower.size // 2 + blocks
    more = np.empty(size * _BLOCK, np.int32)
    more[: items.size] = items
    followers = np.empty(size, np.int32)
    followers[: follower.size] = follower
    return more, followers, head, fill, state


@_compiled
def _bucket(seconds: float, per_bucket: float) -> int:
    """The bucket of a time after the window's start; the last one takes all that lies behind the window."""
    position = seconds * per_bucket
    return _BUCKETS if position >= _BUCKETS else int(position)


@_compiled
def _next_window(queue: _Queue, distance: _Floats, base: float, per_bucket: float) -> tuple[_Queue, float]:
    """The queue with its window moved to the earliest node that waits behind it, and where that is; `inf` if none does."""
    items, follower, head, fill, state = queue
    earliest = np.inf
    block = head[_BUCKETS]
    top = fill[_BUCKETS]
    while block >= 0:
        for i in range(top):
            waits = distance[items[block * _BLOCK + i]]
            if waits < earliest and _bucket(waits - base, per_bucket) == _BUCKETS:
                earliest = waits
        block = follower[block]
        top = _BLOCK
    if earliest == np.inf:
        return queue, earliest
    block = head[_BUCKETS]
    top = fill[_BUCKETS]
    head[_BUCKETS] = -1
    fill[_BUCKETS] = _BLOCK
    while block >= 0:
        queue = _with_room(queue, _BLOCK)
        items, follower, head, fill, state = queue
        for i in range(top):
            node = items[block * _BLOCK + i]
            waits = distance[node]
            if _bucket(waits - base, per_bucket) == _BUCKETS:
                _push(queue, _bucket(waits - earliest, per_bucket), node)
        freed = block
        block = follower[block]
        follower[freed] = state[0]
        state[0] = freed
        top = _BLOCK
    return queue, earliest


@_compiled
def search(
    distance: _Floats, flags: _Flags, pace: _Floats, elevation: _Floats, slope_table: _Floats, slope_step: float, slope_sign: float,
    width: int, lengths: _Floats, offsets: _Steps, middles: _Steps, steps: int, guarded: _Nodes, masks: _Masks,
    delayed: _Masks, delay_s: float, linked: _Nodes, first_edge: _Steps, edge_to: _Nodes, edge_cost: _Floats,
    bucket_s: float, seeds: _Nodes, seed_cost: _Floats, limit: float, targets: _Nodes, stretch: float, margin: float,
    other: _Floats, other_limit: float,
) -> float:  # fmt: skip
    """
    Seconds from the seeds to every node, by buckets (Dial 1969): exact, whatever the width of a bucket.

    A bucket holds the nodes whose distance falls into its stretch of time and is emptied before the next is begun;
    a node that is improved while its own bucket is being emptied is done again. With a width below the smallest
    edge that never happens. Buckets stand in a window; what lies behind it waits in the last one and is sorted
    anew when the window moves on, so that no bound on the largest edge is needed. A node that was improved stays
    in its old bucket too; it is known there by its distance, which belongs to an earlier one.

    `limit` ends the search; with `targets` it becomes `stretch` times the time to the nearest of them plus `margin`.
    With `other`, the distances of a search from the other end, nodes where both sum to more than `other_limit` are
    passed over. `slope_sign` is 0 on level ground, 1 for journeys from the seeds, -1 for journeys to them. `flags` may
    be empty where no node is guarded or linked. Returns the time up to which distances are final; nodes behind it
    are left at infinity.
    """
    state = np.array([-1, 0], np.int64)  # first block given back, first block never used
    blocks = 1024 + distance.size // 800
    queue = (
        np.empty(blocks * _BLOCK, np.int32),
        np.empty(blocks, np.int32),
        np.full(_BUCKETS + 1, -1, np.int32),
        np.full(_BUCKETS + 1, _BLOCK, np.int32),  # of a bucket's first block; full means that a new one is needed
        state,
    )
    queue = _with_room(queue, min(seeds.size, _BUCKETS + 1) + seeds.size // _BLOCK + 64)
    batch = np.empty(_BLOCK, np.int32)
    cells = pace.size
    pruned = other.size > 0
    per_bucket = 1.0 / bucket_s

    base = np.inf
    for i in range(seeds.size):
        distance[seeds[i]] = min(distance[seeds[i]], seed_cost[i])
        base = min(base, seed_cost[i])
    for i in range(seeds.size):
        _push(queue, _bucket(distance[seeds[i]] - base, per_bucket), seeds[i])

    met = False
    now = 0
    while True:
        if now == _BUCKETS:  # the window is done: move it to the earliest of what waits behind it
            queue, base = _next_window(queue, distance, base, per_bucket)
            if base == np.inf:
                break
            now = 0
        if base + now * bucket_s > limit:
            break
        while queue[2][now] >= 0:
            count = _pop_block(queue, now, batch)
            for i in range(count):
                node = batch[i]
                here = distance[node]
                if (here - base) * per_bucket < now or here > limit:
                    continue  # done in an earlier bucket
                queue = _with_room(queue, 32)  # a cell pushes at most 32 nodes, each of which may take a block
                flag = flags[node] if flags.size else np.uint8(0)
                closed = np.uint32(0)
                slowed = np.uint32(0)
                if flag & LINKED:
                    at = _find(linked, node) if node < cells else linked.size + node - cells
                    for edge in range(first_edge[at], first_edge[at + 1]):
                        there = edge_to[edge]
                        then = here + edge_cost[edge]
                        if then < distance[there] and not (pruned and then + other[there] > other_limit):
                            distance[there] = then
                            queue = _with_room(queue, 33)
                            _push(queue, _bucket(then - base, per_bucket), there)
                if node >= cells:
                    continue
                if flag & GUARDED:
                    at = _find(guarded, node)
                    closed = masks[at]
                    slowed = delayed[at]
                row = node // width
                pace_here = pace[node]
                for k in range(steps):
                    there = node + offsets[k]
                    if distance[there] <= here or (closed >> np.uint32(k)) & np.uint32(1):
                        continue
                    length = lengths[row, k]
                    ends = pace_here + pace[there]
                    then = 0.5 * length * ends if k < 8 else _under(pace, node, k, ends, middles, length)
                    if slope_sign != 0.0:
                        slope = slope_sign * (elevation[there] - elevation[node]) / length
                        then *= _slope_factor(slope_table, slope_step, slope)
                    then += here
                    if (slowed >> np.uint32(k)) & np.uint32(1):
                        then += delay_s
                    if then < distance[there] and not (pruned and then + other[there] > other_limit):
                        distance[there] = then
                        _push(queue, _bucket(then - base, per_bucket), there)
        if targets.size and not met and (now & 15) == 15:
            nearest = np.inf
            for i in range(targets.size):
                nearest = min(nearest, distance[targets[i]])
            if (nearest - base) * per_bucket < now:  # in a bucket that is done, so it is final
                met = True
                limit = min(limit, stretch * nearest + margin)
        now += 1
    if limit < np.inf:
        for node in range(distance.size):
            if distance[node] > limit:
                distance[node] = np.inf
    return limit


@_compiled
def _jumps(one: float, two: float) -> bool:
    """Whether the pace jumps from one cell to the next, as at the edge of two media."""
    return one > 1.5 * two or two > 1.5 * one


@_compiled
def _upwind(
    distance: _Floats, done: _Flags, pace: _Floats, offsets: _Steps, guarded: _Nodes, masks: _Masks, delayed: _Masks, delay_s: float,
    flags: _Flags, node: int, k: int, length: float, closed: Any, slowed: Any,
) -> tuple[float, float, float]:  # fmt: skip
    """
    An axis of the upwind scheme: the value extrapolated from the sooner of both sides, the weight of its square.

    Also the pace that holds up to there: that between both cells where it jumps.
    """
    best = np.inf
    weighs = 0.0
    own = pace[node]
    between = own
    for side in range(k, k + 2):
        near = node + offsets[side]
        if done[near] != _DONE or (closed >> np.uint32(side)) & np.uint32(1):
            continue
        first = distance[near]
        value = first
        weight = 1.0
        far = near + offsets[side]
        if (slowed >> np.uint32(side)) & np.uint32(1):
            value = first + delay_s
        elif (
            done[far] == _DONE and distance[far] < first and not _jumps(own, pace[near]) and not _jumps(own, pace[far])
        ):
            free = True
            if flags.size and flags[near] & GUARDED:
                at = _find(guarded, near)
                free = ((masks[at] | delayed[at]) >> np.uint32(side)) & np.uint32(1) == 0
            if free:
                value = (4.0 * first - distance[far]) / 3.0
                weight = 2.25
        if value < best:
            best = value
            weighs = weight
            between = 0.5 * (own + pace[near]) if _jumps(own, pace[near]) else own
    return best, weighs / (length * length), between


@_compiled
def _meeting(apart: float, wx: float, wy: float, pace: float) -> float:
    """The larger root t of wx t^2 + wy (t - apart)^2 = pace^2, or -1."""
    total = wx + wy
    half = wy * apart
    root = half * half - total * (wy * apart * apart - pace * pace)
    return -1.0 if root < 0.0 else (half + np.sqrt(root)) / total


@_compiled
def _upwind_time(
    distance: _Floats, done: _Flags, pace: _Floats, lengths: _Floats, row: int, offsets: _Steps, guarded: _Nodes,
    masks: _Masks, delayed: _Masks, delay_s: float, flags: _Flags, node: int,
) -> float:  # fmt: skip
    """Seconds at a cell from the done cells beside it, or infinity."""
    closed = np.uint32(0)
    slowed = np.uint32(0)
    if flags.size and flags[node] & GUARDED:
        at = _find(guarded, node)
        closed = masks[at]
        slowed = delayed[at]
    x, wx, px = _upwind(
        distance, done, pace, offsets, guarded, masks, delayed, delay_s, flags, node, 0, lengths[row, 0], closed, slowed
    )
    y, wy, py = _upwind(
        distance, done, pace, offsets, guarded, masks, delayed, delay_s, flags, node, 2, lengths[row, 2], closed, slowed
    )
    alone_x = x + px / np.sqrt(wx) if x < np.inf else np.inf
    alone_y = y + py / np.sqrt(wy) if y < np.inf else np.inf
    alone = min(alone_x, alone_y)
    if not max(x, y) < np.inf:
        return alone
    # wx (t - x)^2 + wy (t - y)^2 = pace^2, with t and y taken from x so that large times lose no digits
    apart = y - x
    own = pace[node]
    held = py if px == own else px if py == own else 0.5 * (px + py)  # the axis on which it jumps decides
    t = _meeting(apart, wx, wy, held)
    if held != own and t >= 0.0 and t >= apart:  # along the edge of two media time changes alike on both sides (Snell)
        along = wx * t * t if px == own else wy * (t - apart) * (t - apart)
        before = 2.0 * held - own
        off = 0.5 * (np.sqrt(max(before * before - along, 0.0)) + np.sqrt(max(own * own - along, 0.0)))
        t = _meeting(apart, wx, wy, np.sqrt(along + off * off))
    return alone if t < 0.0 or t < apart else x + t


@_compiled
def eikonal(
    distance: _Floats, flags: _Flags, pace: _Floats, elevation: _Floats, slope_table: _Floats, slope_step: float, slope_sign: float,
    width: int, lengths: _Floats, offsets: _Steps, middles: _Steps, steps: int, guarded: _Nodes, masks: _Masks,
    delayed: _Masks, delay_s: float, linked: _Nodes, first_edge: _Steps, edge_to: _Nodes, edge_cost: _Floats,
    bucket_s: float, seeds: _Nodes, seed_cost: _Floats, limit: float, targets: _Nodes, stretch: float, margin: float,
    other: _Floats, other_limit: float, fixed: int,
) -> float:  # fmt: skip
    """
    As `search`, but over open ground no way is bound to the steps of a stencil: the eikonal equation |grad t| = pace.

    Fast marching with second-order upwind differences (Sethian 1999) where two done cells lie in a row, and buckets in
    place of a heap (Yatziv, Bartesaghi and Sapiro 2006). The network's edges are travelled as in `search`. Slope is not
    looked at. The times of the first `fixed` seeds stand; those of the others may be lowered.
    """
    state = np.array([-1, 0], np.int64)
    blocks = 1024 + distance.size // 800
    queue = (
        np.empty(blocks * _BLOCK, np.int32),
        np.empty(blocks, np.int32),
        np.full(_BUCKETS + 1, -1, np.int32),
        np.full(_BUCKETS + 1, _BLOCK, np.int32),
        state,
    )
    queue = _with_room(queue, min(seeds.size, _BUCKETS + 1) + seeds.size // _BLOCK + 64)
    batch = np.empty(_BLOCK, np.int32)
    done = np.zeros(distance.size, np.uint8)
    cells = pace.size
    pruned = other.size > 0
    per_bucket = 1.0 / bucket_s

    base = np.inf
    for i in range(seeds.size):
        distance[seeds[i]] = min(distance[seeds[i]], seed_cost[i])
        base = min(base, seed_cost[i])
    for i in range(fixed):
        done[seeds[i]] = _FIXED
    for i in range(seeds.size):
        _push(queue, _bucket(distance[seeds[i]] - base, per_bucket), seeds[i])

    met = False
    now = 0
    while True:
        if now == _BUCKETS:
            queue, base = _next_window(queue, distance, base, per_bucket)
            if base == np.inf:
                break
            now = 0
        if base + now * bucket_s > limit:
            break
        while queue[2][now] >= 0:
            count = _pop_block(queue, now, batch)
            for i in range(count):
                node = batch[i]
                here = distance[node]
                if done[node] == _DONE or here > limit:
                    continue
                done[node] = _DONE
                queue = _with_room(queue, 32)
                flag = flags[node] if flags.size else np.uint8(0)
                if flag & LINKED:
                    at = _find(linked, node) if node < cells else linked.size + node - cells
                    for edge in range(first_edge[at], first_edge[at + 1]):
                        there = edge_to[edge]
                        then = here + edge_cost[edge]
                        closer = not done[there] and then < distance[there]
                        if closer and not (pruned and then + other[there] > other_limit):
                            distance[there] = then
                            queue = _with_room(queue, 33)
                            _push(queue, _bucket(then - base, per_bucket), there)
                if node >= cells:
                    continue
                closed = masks[_find(guarded, node)] if flag & GUARDED else np.uint32(0)
                for k in range(4):
                    there = node + offsets[k]
                    if done[there] or not pace[there] < np.inf or (closed >> np.uint32(k)) & np.uint32(1):
                        continue
                    then = _upwind_time(
                        distance, done, pace, lengths, there // width, offsets, guarded, masks, delayed, delay_s,
                        flags, there,
                    )  # fmt: skip
                    then = max(then, here)  # no time runs back
                    if then < distance[there] and not (pruned and then + other[there] > other_limit):
                        distance[there] = then
                        _push(queue, _bucket(then - base, per_bucket), there)
        if targets.size and not met and (now & 15) == 15:
            nearest = np.inf
            for i in range(targets.size):
                nearest = min(nearest, distance[targets[i]])
            if (nearest - base) * per_bucket < now:
                met = True
                limit = min(limit, stretch * nearest + margin)
        now += 1
    if limit < np.inf:
        for node in range(distance.size):
            if distance[node] > limit:
                distance[node] = np.inf
    return limit


@_compiled
def trace(
    distance: _Floats, flags: _Flags, pace: _Floats, elevation: _Floats, slope_table: _Floats, slope_step: float, slope_sign: float,
    width: int, lengths: _Floats, offsets: _Steps, middles: _Steps, steps: int, guarded: _Nodes, masks: _Masks,
    delayed: _Masks, delay_s: float, linked: _Nodes, first_edge: _Steps, edge_to: _Nodes, edge_cost: _Floats,
    seeds: _Nodes, node: int,
) -> _Nodes:  # fmt: skip
    """
    The nodes of a fastest way from a node back to its seed, the node first.

    Each step goes to the neighbour from which the node's distance came: the one with the least distance plus edge.
    `edge_cost` and `slope_sign` are those of the search *against* its direction; `seeds` are sorted. Distances fall
    along the way, so it ends.
    """
    cells = pace.size
    way = np.empty(1024, np.int32)
    way[0] = node
    count = 1
    while True:
        best = np.inf
        chosen = -1
        flag = flags[node] if flags.size else np.uint8(0)
        if flag & LINKED:
            at = _find(linked, node) if node < cells else linked.size + node - cells
            for edge in range(first_edge[at], first_edge[at + 1]):
                there = edge_to[edge]
                if distance[there] < distance[node] and distance[there] + edge_cost[edge] < best:
                    best = distance[there] + edge_cost[edge]
                    chosen = there
        if node < cells:
            closed = np.uint32(0)
            slowed = np.uint32(0)
            if flag & GUARDED:
                at = _find(guarded, node)
                closed = masks[at]
                slowed = delayed[at]
            row = node // width
            for k in range(steps):
                there = node + offsets[k]
                if distance[there] >= distance[node] or (closed >> np.uint32(k)) & np.uint32(1):
                    continue
                length = lengths[row, k]
                ends = pace[node] + pace[there]
                cost = 0.5 * length * ends if k < 8 else _under(pace, node, k, ends, middles, length)
                if slope_sign != 0.0:
                    slope = slope_sign * (elevation[there] - elevation[node]) / length
                    cost *= _slope_factor(slope_table, slope_step, slope)
                if (slowed >> np.uint32(k)) & np.uint32(1):
                    cost += delay_s
                if distance[there] + cost < best:
                    best = distance[there] + cost
                    chosen = there
        if chosen < 0:
            break
        # A seed may still have a cheaper seed beside it; it is left only for a way that is really shorter.
        at = _find(seeds, node)
        if at < seeds.size and seeds[at] == node and best > distance[node] * (1.0 + 1e-12) + 1e-9:
            break
        if count == way.size:
            longer = np.empty(2 * way.size, np.int32)
            longer[:count] = way
            way = longer
        way[count] = chosen
        count += 1
        node = chosen
    return way[:count]


@_compiled
def _side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> float:
    """On which side of the line from a to b a point lies: the cross product."""
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax)


@_compiled
def _touch(ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float) -> bool:
    """Whether the segments a-b and c-d cross or touch, within a hair (1e-9 cells) on the side of touching."""
    if max(ax, bx) < min(cx, dx) - 1e-9 or max(cx, dx) < min(ax, bx) - 1e-9:
        return False
    if max(ay, by) < min(cy, dy) - 1e-9 or max(cy, dy) < min(ay, by) - 1e-9:
        return False
    c = _side(ax, ay, bx, by, cx, cy)
    d = _side(ax, ay, bx, by, dx, dy)
    if (c > 1e-9 and d > 1e-9) or (c < -1e-9 and d < -1e-9):
        return False
    a = _side(cx, cy, dx, dy, ax, ay)
    b = _side(cx, cy, dx, dy, bx, by)
    return not ((a > 1e-9 and b > 1e-9) or (a < -1e-9 and b < -1e-9))


@_compiled
def blocked_steps(
    rows: int, width: int, segments: _Floats, step_rows: _Steps, step_columns: _Steps, steps: int
) -> _Masks:
    """
    For each cell a bit for each step that a barrier cuts.

    `segments` holds x1, y1, x2, y2 in columns and rows of the framed grid, a cell's centre at its whole numbers. Each
    step and its reverse are set together, so that what is closed one way is closed the other.
    """
    masks = np.zeros(rows * width, np.uint32)
    for s in range(segments.shape[0]):
        x1, y1, x2, y2 = segments[s]
        top = max(int(np.floor(min(y1, y2))) - FRAME, 0)
        bottom = min(int(np.ceil(max(y1, y2))) + FRAME, rows - 1)
        left = max(int(np.floor(min(x1, x2))) - FRAME, 0)
        right = min(int(np.ceil(max(x1, x2))) + FRAME, width - 1)
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                for k in range(steps):
                    if step_rows[k] < 0 or (step_rows[k] == 0 and step_columns[k] < 0):
                        continue  # the reverse of one that is looked at
                    to_row = row + step_rows[k]
                    to_column = column + step_columns[k]
                    if to_row >= rows or to_column >= width or to_column < 0:
                        continue
                    if _touch(x1, y1, x2, y2, float(column), float(row), float(to_column), float(to_row)):
                        masks[row * width + column] |= np.uint32(1) << np.uint32(k)
                        # Steps stand in pairs: each even one is followed by its reverse.
                        masks[to_row * width + to_column] |= np.uint32(1) << np.uint32(k ^ 1)
    return masks


@_compiled
def cross_any(
    lines: _Floats, segments: _Floats, first: _Steps, order: _Steps, rows: int, width: int
) -> NDArray[np.bool_]:
    """
    Whether each short line (x1, y1, x2, y2) touches any barrier segment.

    `order[first[cell]:first[cell + 1]]` lists the segments whose bounds, widened by a cell, meet a cell.
    """
    result = np.zeros(lines.shape[0], np.bool_)
    for i in range(lines.shape[0]):
        x1, y1, x2, y2 = lines[i]
        top = min(max(int(np.floor(min(y1, y2) + 0.5)), 0), rows - 1)
        bottom = min(max(int(np.floor(max(y1, y2) + 0.5)), 0), rows - 1)
        left = min(max(int(np.floor(min(x1, x2) + 0.5)), 0), width - 1)
        right = min(max(int(np.floor(max(x1, x2) + 0.5)), 0), width - 1)
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                cell = row * width + column
                for j in range(first[cell], first[cell + 1]):
                    s = order[j]
                    if _touch(segments[s, 0], segments[s, 1], segments[s, 2], segments[s, 3], x1, y1, x2, y2):
                        result[i] = True
                        break
                if result[i]:
                    break
            if result[i]:
                break
    return result
