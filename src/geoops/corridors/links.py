"""From where a journey comes to each cell: the place before it on the fastest way, and the source it began at.

Read off the times of a search afterwards, so that the search need not remember it; the whole grid at once, with NumPy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geoops.corridors.graph import Graph, Search
from geoops.corridors.slopes import slope_factor
from geoops.corridors.stencils import FRAME, steps_of

__all__ = ["allocation", "back_links", "predecessors"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


def predecessors(graph: Graph, found: Search) -> _Ints:
    """
    For each node the one before it on the fastest way (behind it, where journeys lead to the seeds); itself at a seed.

    Nodes that are not reached are their own.
    """
    seconds = found.seconds
    best = np.full(len(seconds), np.inf)
    before = np.arange(len(seconds))
    here = graph.unframed(np.arange(graph.cells)).ravel().astype(np.int64)
    steps = steps_of(graph.stencil)
    offsets = steps.rows * graph.width + steps.columns
    middles = steps.middles[:, :, 0] * graph.width + steps.middles[:, :, 1]
    closed, slowed = np.zeros(len(graph.pace), np.uint32), np.zeros(len(graph.pace), np.uint32)
    closed[graph.guarded], slowed[graph.guarded] = graph.masks, graph.delayed
    sign = 1.0 if found.reverse else -1.0
    for k in range(graph.stencil):
        there = here + offsets[k]
        length = np.repeat(graph.lengths[FRAME:-FRAME, k], graph.grid.columns)
        cost = _level(graph.pace, here, there, middles[k], length, k)
        if graph.slope_rule is not None:
            slope = np.nan_to_num(sign * (graph.elevation[there] - graph.elevation[here]) / length)
            cost *= slope_factor(graph.slope_rule, slope)
        cost += np.where(slowed[here] >> np.uint32(k) & 1, graph.delay_s, 0.0)
        total = seconds[there] + cost
        sooner = (seconds[there] < seconds[here]) & (total < best[here]) & (closed[here] >> np.uint32(k) & 1 == 0)
        best[here[sooner]] = total[sooner]
        before[here[sooner]] = there[sooner]
    _over_edges(graph, found, best, before)
    seeds = found.seeds.astype(np.int64)
    stays = best[seeds] > seconds[seeds] * (1.0 + 1e-12) + 1e-9
    before[seeds[stays]] = seeds[stays]
    return before


def _level(pace: _Floats, here: _Ints, there: _Ints, middles: _Ints, length: _Floats, k: int) -> _Floats:
    """Seconds of a step on level ground from many cells, as the kernels weigh it."""
    ends = pace[here] + pace[there]
    if k < 8:
        return np.asarray(0.5 * length * ends)
    inner = pace[here + middles[0]] + pace[here + middles[1]]
    if k < 16:
        return np.asarray(0.25 * length * (ends + inner))
    if k < 24:
        return np.asarray(length * (ends / 6.0 + inner / 3.0))
    outer = pace[here + middles[2]] + pace[here + middles[3]]
    return np.asarray(length * (ends / 6.0 + inner / 4.0 + outer / 12.0))


def _over_edges(graph: Graph, found: Search, best: _Floats, before: _Ints) -> None:
    """The same over the network's edges and the joins; `best` and `before` are changed."""
    if len(graph.edge_to) == 0:
        return
    tail = np.concatenate([graph.linked, graph.cells + np.arange(len(graph.roads.lon))]).astype(np.int64)
    tail = np.repeat(tail, np.diff(graph.first_edge))
    cost = graph.edge_from_s if found.reverse else graph.edge_to_s
    total = found.seconds[graph.edge_to] + cost
    use = np.flatnonzero((found.seconds[graph.edge_to] < found.seconds[tail]) & (total < best[tail]))
    order = use[np.lexsort((total[use], tail[use]))]
    first = np.concatenate([[True], tail[order][1:] != tail[order][:-1]]) if len(order) else np.empty(0, bool)
    chosen = order[first]
    best[tail[chosen]] = total[chosen]
    before[tail[chosen]] = graph.edge_to[chosen]


def allocation(graph: Graph, found: Search, before: _Ints, source_of: dict[int, int]) -> NDArray[np.int32]:
    """
    Which source each cell of the grid is reached from first: its number, -1 where none reaches.

    Parameters
    ----------
    graph, found
        What was searched, and what was found.
    before
        As `predecessors` gives it.
    source_of
        Seed node -> number of its source.
    """
    root = before.copy()
    while True:  # each round doubles the length of way that is followed
        next_root = root[root]
        if np.array_equal(next_root, root):
            break
        root = next_root
    number = np.full(len(root), -1, np.int32)
    nodes = np.fromiter(source_of.keys(), np.int64, len(source_of))
    number[nodes] = np.fromiter(source_of.values(), np.int32, len(source_of))
    result = number[root]
    result[~np.isfinite(found.seconds)] = -1
    return np.asarray(graph.unframed(result), dtype=np.int32)


def back_links(graph: Graph, before: _Ints) -> _Ints:
    """
    For each cell of the grid the cell before it on the fastest way, numbered row by row; its own number at a seed.

    Where a way comes along the network, it is the last other cell that the network passes.
    """
    place = np.concatenate([np.arange(graph.cells), graph.vertex_cell])
    own = np.arange(graph.cells)
    link = before[: graph.cells].copy()
    for _ in range(1000):  # a road may wind within a cell for long, but not for ever
        inside = (place[link] == own) & (before[link] != link)
        if not inside.any():
            break
        link[inside] = before[link[inside]]
    cell = place[link]
    numbers = (cell // graph.width - FRAME) * graph.grid.columns + cell % graph.width - FRAME
    return np.asarray(graph.unframed(numbers), dtype=np.int64)
