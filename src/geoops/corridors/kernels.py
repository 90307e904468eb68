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
_FREED, _UNUSED, _NOW, _MET = range(4)  # of a queue: first block given back, first never used, bucket, target reached
_BASE, _LIMIT, _WIDTH, _STRETCH, _MARGIN = range(
    5
)  # of a clock: seconds at the window's start, at the end, of a bucket
_DONE, _FIXED = 1, 2  # states of a node of the eikonal solver

_Floats = NDArray[np.float64]
_Nodes = NDArray[np.int32]
_Steps = NDArray[np.int64]
_Flags = NDArray[np.uint8]
_Masks = NDArray[np.uint32]
_Queue = tuple[_Nodes, _Nodes, _Nodes, _Nodes, _Steps]  # items, follower, head, fill, state
_Function = TypeVar("_Function", bound=Callable[..., Any])


def _compiled(function: _Function) -> Any:
    """
    Compile without the GIL and keep the result on disk; where no folder can be written, compile only.

    Compiling takes seconds, and no more than it must: nothing is allocated in a kernel and no slice assigned (numba
    would compile the errors of both, words included), and each helper is called with one set of types.
    """
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # numba: no locator available for a file that may be cached
        return numba.njit(nogil=True, error_model="numpy")(function)


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
        fresh = state[_FREED]
        if fresh >= 0:
            state[_FREED] = follower[fresh]
        else:  # no block has been given back: take one that was never used
            fresh = state[_UNUSED]
            state[_UNUSED] += 1
        follower[fresh] = head[bucket]
        head[bucket] = fresh
        top = 0
    items[head[bucket] * _BLOCK + top] = node
    fill[bucket] = top + 1


@_compiled
def _bucket(seconds: float, per_bucket: float) -> int:
    """The bucket of a time after the window's start; the last one takes all that lies behind the window."""
    position = seconds * per_bucket
    return _BUCKETS if position >= _BUCKETS else int(position)


@_compiled
def _next_window(queue: _Queue, distance: _Floats, base: float, per_bucket: float) -> float:
    """Move the window to the earliest node that waits behind it, and say where that is; `inf` if none does."""
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
        return earliest
    block = head[_BUCKETS]
    top = fill[_BUCKETS]
    head[_BUCKETS] = -1
    fill[_BUCKETS] = _BLOCK
    while block >= 0:
        for i in range(top):
            node = np.int64(items[block * _BLOCK + i])
            waits = distance[node]
            if _bucket(waits - base, per_bucket) == _BUCKETS:
                _push(queue, _bucket(waits - earliest, per_bucket), node)
        freed = block
        block = follower[block]
        follower[freed] = state[_FREED]
        state[_FREED] = freed
        top = _BLOCK
    return earliest


@_compiled
def _next_block(queue: _Queue, clock: _Floats, distance: _Floats, targets: _Nodes, spare: int, batch: _Nodes) -> int:
    """
    The next nodes to be settled into `batch` and their number; 0 at the end, -1 where the queue needs more room.

    Buckets are emptied in the order of time; between two of them the window moves on and the end is looked for.
    """
    items, follower, head, fill, state = queue
    per_bucket = 1.0 / clock[_WIDTH]
    while True:
        if follower.size - state[_UNUSED] < spare:
            return -1
        now = state[_NOW]
        if now == _BUCKETS:  # the window is done: move it to the earliest of what waits behind it
            clock[_BASE] = _next_window(queue, distance, clock[_BASE], per_bucket)
            if clock[_BASE] == np.inf:
                return 0
            state[_NOW] = 0
            continue
        if clock[_BASE] + now * clock[_WIDTH] > clock[_LIMIT]:
            return 0
        block = head[now]
        if block >= 0:
            count = fill[now]
            for i in range(count):
                batch[i] = items[block * _BLOCK + i]
            head[now] = follower[block]
            fill[now] = _BLOCK  # what lies below a first block is full
            follower[block] = state[_FREED]
            state[_FREED] = block
            return int(count)
        if targets.size and state[_MET] == 0 and (now & 15) == 15:
            nearest = np.inf
            for i in range(targets.size):
                nearest = min(nearest, distance[targets[i]])
            if (nearest - clock[_BASE]) * per_bucket < now:  # in a bucket that is done, so it is final
                state[_MET] = 1
                clock[_LIMIT] = min(clock[_LIMIT], clock[_STRETCH] * nearest + clock[_MARGIN])
        state[_NOW] += 1


@_compiled
def _settle(
    queue: _Queue, clock: _Floats, batch: _Nodes, spare: int, distance: _Floats, flags: _Flags, pace: _Floats,
    elevation: _Floats, slope_table: _Floats, slope_step: float, slope_sign: float, width: int, lengths: _Floats,
    offsets: _Steps, middles: _Steps, steps: int, guarded: _Nodes, masks: _Masks, delayed: _Masks, delay_s: float,
    linked: _Nodes, first_edge: _Steps, edge_to: _Nodes, edge_cost: _Floats, targets: _Nodes, other: _Floats,
    other_limit: float,
) -> bool:  # fmt: skip
    """Settle nodes until there are no more (False) or the queue needs more room (True)."""
    state = queue[4]
    cells = pace.size
    pruned = other.size > 0
    per_bucket = 1.0 / clock[_WIDTH]
    while True:
        count = _next_block(queue, clock, distance, targets, spare, batch)
        if count <= 0:
            return count < 0
        now, base, limit = state[_NOW], clock[_BASE], clock[_LIMIT]
        for i in range(count):
            node = np.int64(batch[i])
            here = distance[node]
            if (here - base) * per_bucket < now or here > limit:
                continue  # done in an earlier bucket
            flag = flags[node] if flags.size else np.uint8(0)
            closed = np.uint32(0)
            slowed = np.uint32(0)
            if flag & LINKED:
                at = _find(linked, node) if node < cells else linked.size + node - cells
                for edge in range(first_edge[at], first_edge[at + 1]):
                    there = np.int64(edge_to[edge])
                    then = here + edge_cost[edge]
                    if then < distance[there] and not (pruned and then + other[there] > other_limit):
                        distance[there] = then
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
    graph = (
        flags, pace, elevation, slope_table, slope_step, slope_sign, width, lengths, offsets, middles, steps, guarded,
        masks, delayed, delay_s, linked, first_edge, edge_to, edge_cost,
    )  # fmt: skip
    begun = _begin(distance, seeds, seed_cost, first_edge, [np.nan, limit, bucket_s, stretch, margin])
    return _emptied(_settle, begun, (distance, *graph, targets, other, other_limit))


def _begin(
    distance: _Floats, seeds: _Nodes, seed_cost: _Floats, first_edge: _Steps, clock: list[float]
) -> tuple[_Queue, _Floats, int]:
    """A queue with the seeds behind its window, which the first move of the window sorts in; its clock; blocks to spare."""
    np.minimum.at(distance, seeds, seed_cost)
    most = 32 + int(np.diff(first_edge).max(initial=0))  # pushes of a node, each of which may take a block
    spare = max(_BLOCK * most, _BUCKETS) + _BLOCK
    used = -(-len(seeds) // _BLOCK)
    items = np.empty((1024 + len(distance) // 800 + used + spare) * _BLOCK, np.int32)
    items[: len(seeds)] = seeds
    follower = np.arange(-1, len(items) // _BLOCK - 1, dtype=np.int32)
    head = np.full(_BUCKETS + 1, -1, np.int32)
    fill = np.full(_BUCKETS + 1, _BLOCK, np.int32)  # of a bucket's first block; full means that a new one is needed
    head[_BUCKETS] = used - 1
    fill[_BUCKETS] = len(seeds) - (used - 1) * _BLOCK if used else _BLOCK
    clock[_BASE] = -np.inf
    return (items, follower, head, fill, np.array([-1, used, _BUCKETS, 0], np.int64)), np.array(clock), spare


def _emptied(settle: Any, begun: tuple[_Queue, _Floats, int], rest: tuple[Any, ...]) -> float:
    """Settle nodes until the queue is empty, moving it to a larger place when it is full; the time that is final."""
    queue, clock, spare = begun
    batch = np.empty(_BLOCK, np.int32)
    while settle(queue, clock, batch, spare, *rest):
        items, follower, head, fill, state = queue
        more = len(follower) // 2 + spare
        items = np.concatenate([items, np.empty(more * _BLOCK, np.int32)])
        queue = (items, np.concatenate([follower, np.empty(more, np.int32)]), head, fill, state)
    distance, limit = rest[0], float(clock[_LIMIT])
    if limit < np.inf:
        for part in np.array_split(distance, 1 + len(distance) // 1_000_000):
            part[part > limit] = np.inf
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
def _settle_eikonal(
    queue: _Queue, clock: _Floats, batch: _Nodes, spare: int, distance: _Floats, done: _Flags, flags: _Flags, pace: _Floats,
    width: int, lengths: _Floats, offsets: _Steps, guarded: _Nodes, masks: _Masks, delayed: _Masks, delay_s: float,
    linked: _Nodes, first_edge: _Steps, edge_to: _Nodes, edge_cost: _Floats, targets: _Nodes, other: _Floats,
    other_limit: float,
) -> bool:  # fmt: skip
    """As `_settle`, each node once, with the upwind scheme in place of the stencil's steps."""
    cells = pace.size
    pruned = other.size > 0
    per_bucket = 1.0 / clock[_WIDTH]
    while True:
        count = _next_block(queue, clock, distance, targets, spare, batch)
        if count <= 0:
            return count < 0
        base, limit = clock[_BASE], clock[_LIMIT]
        for i in range(count):
            node = np.int64(batch[i])
            here = distance[node]
            if done[node] == _DONE or here > limit:
                continue
            done[node] = _DONE
            flag = flags[node] if flags.size else np.uint8(0)
            if flag & LINKED:
                at = _find(linked, node) if node < cells else linked.size + node - cells
                for edge in range(first_edge[at], first_edge[at + 1]):
                    there = np.int64(edge_to[edge])
                    then = here + edge_cost[edge]
                    closer = not done[there] and then < distance[there]
                    if closer and not (pruned and then + other[there] > other_limit):
                        distance[there] = then
                        _push(queue, _bucket(then - base, per_bucket), there)
            if node >= cells:
                continue
            closed = masks[_find(guarded, node)] if flag & GUARDED else np.uint32(0)
            for k in range(4):
                there = node + offsets[k]
                if done[there] or not pace[there] < np.inf or (closed >> np.uint32(k)) & np.uint32(1):
                    continue
                then = _upwind_time(
                    distance,
                    done,
                    pace,
                    lengths,
                    there // width,
                    offsets,
                    guarded,
                    masks,
                    delayed,
                    delay_s,
                    flags,
                    there,
                )
                then = max(then, here)  # no time runs back
                if then < distance[there] and not (pruned and then + other[there] > other_limit):
                    distance[there] = then
                    _push(queue, _bucket(then - base, per_bucket), there)


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
    done = np.zeros(len(distance), np.uint8)
    done[seeds[:fixed]] = _FIXED
    graph = (
        done, flags, pace, width, lengths, offsets, guarded, masks, delayed, delay_s, linked, first_edge, edge_to, edge_cost,
    )  # fmt: skip
    begun = _begin(distance, seeds, seed_cost, first_edge, [np.nan, limit, bucket_s, stretch, margin])
    return _emptied(_settle_eikonal, begun, (distance, *graph, targets, other, other_limit))


@_compiled
def _trace(
    distance: _Floats, flags: _Flags, pace: _Floats, elevation: _Floats, slope_table: _Floats, slope_step: float, slope_sign: float,
    width: int, lengths: _Floats, offsets: _Steps, middles: _Steps, steps: int, guarded: _Nodes, masks: _Masks,
    delayed: _Masks, delay_s: float, linked: _Nodes, first_edge: _Steps, edge_to: _Nodes, edge_cost: _Floats,
    seeds: _Nodes, node: int, way: _Nodes,
) -> int:  # fmt: skip
    """The way of `trace` into `way`: its number of nodes, or -1 where there is no room for them."""
    cells = pace.size
    count = 0
    while True:
        if count == way.size:
            return -1
        way[count] = node
        count += 1
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
            return count
        # A seed may still have a cheaper seed beside it; it is left only for a way that is really shorter.
        at = _find(seeds, node)
        if at < seeds.size and seeds[at] == node and best > distance[node] * (1.0 + 1e-12) + 1e-9:
            return count
        node = chosen


def trace(*arguments: Any) -> _Nodes:
    """
    The nodes of a fastest way from a node back to its seed, the node first.

    Arguments are those of `search` up to `edge_cost`, then the sorted seeds and the node. Each step goes to the
    neighbour from which the node's distance came: the one with the least distance plus edge. `edge_cost` and
    `slope_sign` are those of the search *against* its direction. Distances fall along the way, so it ends.
    """
    room = 4096
    while (count := int(_trace(*arguments, way := np.empty(room, np.int32)))) < 0:
        room *= 8
    return way[:count].copy()


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
