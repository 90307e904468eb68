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

__all__ = ["DONE", "FRAME", "GUARDED", "LINKED", "SEED", "TARGET", "blocked_steps", "cross_any", "search", "trace"]

FRAME = 3  # the longest step of the stencil passes three cells

# Flags of a node.
DONE = 1  # its neighbours have been told of its present distance
GUARDED = 2  # a barrier cuts some of its steps: look at the masks
LINKED = 4  # it has edges besides the stencil's
SEED = 8  # a journey may start here
TARGET = 16  # a journey may end here

_NOT_DONE = 255 - DONE
_BLOCK = 64  # entries of one block of a bucket

_Floats = NDArray[np.float64]
_Nodes = NDArray[np.int32]
_Steps = NDArray[np.int64]
_Flags = NDArray[np.uint8]
_Masks = NDArray[np.uint32]
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
def _push(items: _Nodes, follower: _Nodes, head: _Nodes, fill: _Nodes, state: _Steps, bucket: int, node: int) -> None:
    """Put a node into a bucket, a list of blocks; the caller has seen to it that enough blocks are left."""
    block = head[bucket]
    top = fill[bucket]
    if top == _BLOCK:
        fresh = state[0]
        if fresh >= 0:
            state[0] = follower[fresh]
        else:  # no block has been given back: take one that was never used
            fresh = state[1]
            state[1] += 1
        state[2] += 1
        follower[fresh] = block
        head[bucket] = fresh
        block = fresh
        top = 0
    items[block * _BLOCK + top] = node
    fill[bucket] = top + 1


@_compiled
def _bucket(seconds: float, per_bucket: float, count: int) -> int:
    """The bucket of a time after the window's start; the last one, `count`, takes all that lies behind the window."""
    position = seconds * per_bucket
    return count if position >= count else int(position)


@_compiled
def search(
    distance: _Floats, flags: _Flags, pace: _Floats, elevation: _Floats, slope_table: _Floats, slope_step: float, slope_sign: float,
    width: int, lengths: _Floats, offsets: _Steps, middles: _Steps, steps: int, guarded: _Nodes, masks: _Masks,
    linked: _Nodes, first_edge: _Steps, edge_to: _Nodes, edge_cost: _Floats, seeds: _Nodes,
    seed_cost: _Floats, bucket_s: float, limit: float, targets: _Nodes, stretch: float, margin: float,
    other: _Floats, other_limit: float, items: _Nodes, follower: _Nodes,
) -> float:  # fmt: skip
    """
    Seconds from the seeds to every node, by buckets (Dial 1969): exact, whatever the width of a bucket.

    A bucket holds the nodes whose distance falls into its stretch of time and is emptied before the next is begun;
    a node that is improved while its own bucket is being emptied is done again. With a width below the smallest
    edge that never happens. Buckets stand in a window; what lies behind it waits in the last one and is sorted
    anew when the window moves on, so that no bound on the largest edge is needed.

    `limit` ends the search; with `targets` it becomes `stretch` times the time to the nearest of them plus `margin`.
    With `other`, the distances of a search from the other end, nodes where both sum to more than `other_limit` are
    passed over. `items` and `follower` are room for the buckets' blocks. `slope_sign` is 0 on level ground, 1 for journeys from the seeds, -1 for journeys to them. Returns
    the time up to which distances are final, or -1 where the blocks did not suffice: try again with more.
    """
    count = 16384
    head = np.full(count + 1, -1, np.int32)
    fill = np.full(count + 1, _BLOCK, np.int32)  # of a bucket's first block; full means that a new one is needed
    state = np.zeros(3, np.int64)
    state[0] = -1  # first block given back
    state[1] = 0  # first block never used
    state[2] = 0  # blocks in use
    room = follower.size - 64  # a cell pushes at most 32 nodes, each of which may take a block
    cells = pace.size
    pruned = other.size > 0
    base = 0.0
    per_bucket = 1.0 / bucket_s

    hit = False
    met = False
    for i in range(targets.size):
        flags[targets[i]] |= TARGET
    start = np.inf
    for i in range(seeds.size):
        distance[seeds[i]] = min(distance[seeds[i]], seed_cost[i])
        start = min(start, seed_cost[i])
        flags[seeds[i]] |= SEED
    if start < np.inf:
        base = start
    for i in range(seeds.size):
        if state[2] > room:
            return -1.0
        bucket = _bucket(distance[seeds[i]] - base, per_bucket, count)
        _push(items, follower, head, fill, state, bucket, seeds[i])

    now = 0
    while True:
        if now == count:  # the window is done: move it to the earliest of what waits behind it
            earliest = np.inf
            block = head[count]
            top = fill[count]
            while block >= 0:
                for i in range(top):
                    node = items[block * _BLOCK + i]
                    if flags[node] & DONE == 0 and distance[node] < earliest:
                        earliest = distance[node]
                block = follower[block]
                top = _BLOCK
            if earliest == np.inf or earliest > limit:
                break
            block = head[count]
            top = fill[count]
            head[count] = -1
            fill[count] = _BLOCK
            base = earliest
            now = 0
            while block >= 0:
                if state[2] > room - _BLOCK:
                    return -1.0
                for i in range(top):
                    node = items[block * _BLOCK + i]
                    if flags[node] & DONE == 0:
                        bucket = _bucket(distance[node] - base, per_bucket, count)
                        _push(items, follower, head, fill, state, bucket, node)
                freed = block
                block = follower[block]
                follower[freed] = state[0]
                state[0] = freed
                state[2] -= 1
                top = _BLOCK
            continue
        if base + now * bucket_s > limit:
            break
        while head[now] >= 0:
            block = head[now]
            fill[now] -= 1
            node = items[block * _BLOCK + fill[now]]
            if fill[now] == 0:  # what lies below a first block is full
                head[now] = follower[block]
                follower[block] = state[0]
                state[0] = block
                state[2] -= 1
                fill[now] = _BLOCK
            flag = flags[node]
            if flag & DONE:
                continue
            flags[node] = flag | DONE
            hit = hit or flag & TARGET != 0
            here = distance[node]
            if here > limit:
                continue
            if state[2] > room:
                return -1.0
            if flag & LINKED:
                at = _find(linked, node) if node < cells else linked.size + node - cells
                for edge in range(first_edge[at], first_edge[at + 1]):
                    there = edge_to[edge]
                    then = here + edge_cost[edge]
                    if then < distance[there] and not (pruned and then + other[there] > other_limit):
                        distance[there] = then
                        flags[there] &= _NOT_DONE
                        if state[2] > room:
                            return -1.0
                        bucket = _bucket(then - base, per_bucket, count)
                        _push(items, follower, head, fill, state, bucket, there)
                if node >= cells:
                    continue
            mask = masks[_find(guarded, node)] if flag & GUARDED else np.uint32(0)
            row = node // width
            pace_here = pace[node]
            for k in range(steps):
                there = node + offsets[k]
                if distance[there] <= here:
                    continue
                if mask and (mask >> np.uint32(k)) & np.uint32(1):
                    continue
                length = lengths[row, k]
                ends = pace_here + pace[there]
                then = 0.5 * length * ends if k < 8 else _under(pace, node, k, ends, middles, length)
                if slope_sign != 0.0:
                    slope = slope_sign * (elevation[there] - elevation[node]) / length
                    then *= _slope_factor(slope_table, slope_step, slope)
                then += here
                if then < distance[there] and not (pruned and then + other[there] > other_limit):
                    distance[there] = then
                    flags[there] &= _NOT_DONE
                    bucket = _bucket(then - base, per_bucket, count)
                    _push(items, follower, head, fill, state, bucket, there)
        now += 1
        if hit and not met:  # the bucket is done, so the nearest target's distance is final
            met = True
            nearest = np.inf
            for i in range(targets.size):
                nearest = min(nearest, distance[targets[i]])
            limit = min(limit, stretch * nearest + margin)
    return limit


@_compiled
def trace(
    distance: _Floats, flags: _Flags, pace: _Floats, elevation: _Floats, slope_table: _Floats, slope_step: float, slope_sign: float,
    width: int, lengths: _Floats, offsets: _Steps, middles: _Steps, steps: int, guarded: _Nodes, masks: _Masks,
    linked: _Nodes, first_edge: _Steps, edge_to: _Nodes, edge_cost: _Floats, node: int,
) -> _Nodes:  # fmt: skip
    """
    The nodes of a fastest way from a node back to its seed, the node first.

    Each step goes to the neighbour from which the node's distance came: the one with the least distance plus edge.
    `edge_cost` and `slope_sign` are those of the search *against* its direction. Distances fall along the way, so
    it ends.
    """
    cells = pace.size
    way = np.empty(1024, np.int32)
    way[0] = node
    count = 1
    while True:
        best = np.inf
        chosen = -1
        if flags[node] & LINKED:
            at = _find(linked, node) if node < cells else linked.size + node - cells
            for edge in range(first_edge[at], first_edge[at + 1]):
                there = edge_to[edge]
                if distance[there] < distance[node] and distance[there] + edge_cost[edge] < best:
                    best = distance[there] + edge_cost[edge]
                    chosen = there
        if node < cells:
            mask = masks[_find(guarded, node)] if flags[node] & GUARDED else np.uint32(0)
            row = node // width
            for k in range(steps):
                there = node + offsets[k]
                if distance[there] >= distance[node] or (mask >> np.uint32(k)) & np.uint32(1):
                    continue
                length = lengths[row, k]
                ends = pace[node] + pace[there]
                cost = 0.5 * length * ends if k < 8 else _under(pace, node, k, ends, middles, length)
                if slope_sign != 0.0:
                    slope = slope_sign * (elevation[there] - elevation[node]) / length
                    cost *= _slope_factor(slope_table, slope_step, slope)
                if distance[there] + cost < best:
                    best = distance[there] + cost
                    chosen = there
        # A seed may still have a cheaper seed beside it; it is left only for a way that is really shorter.
        if chosen < 0 or (flags[node] & SEED and best > distance[node] * (1.0 + 1e-12) + 1e-9):
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
