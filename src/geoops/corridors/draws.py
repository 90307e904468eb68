"""One draw of an ensemble: a corridor under other paces, searched for only where it can lie.

No speed is drawn above its highest, so that the hours left from each place with all speeds at their highest bound those
of every draw from below, and places from which a draw cannot be in time are never entered. The result is that of whole
surfaces, to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoops.corridors.corridor import cell_extra
from geoops.corridors.graph import Graph, Search
from geoops.corridors.places import Place, disc_nodes

__all__ = ["Draw", "Job", "World", "one_draw", "world_of"]

_Floats = NDArray[np.float64]
_End = tuple[NDArray[np.int64], _Floats]  # nodes, and seconds to them
Job = tuple[float, _Floats, _End, _End]
"""Factors on the ground's pace and on each parameter's, and the two ends."""
Draw = tuple[float, tuple[slice, slice], NDArray[np.bool_]]
"""Seconds, rows and columns, which cells of them."""

_ROUNDING = 1.0 + 1e-9  # sums of the same steps in another order


@dataclass(frozen=True)
class World:
    """
    What all draws have in common.

    Parameters
    ----------
    graph
        At the best speeds.
    rows
        For each row of the network the number of its parameter.
    quickest, quickest_ground
        Least factor on each parameter's pace, and on the ground's.
    left_s
        Seconds from each node to the destination with all of them at once; empty where they bound nothing.
    spent_s, spent_ground_s
        Seconds of the fastest journey at the best speeds on ways of each parameter, and over the ground.
    room
        How many times as long as that journey, at its own speeds, a draw's fastest is at first thought to be at most.
    """

    graph: Graph
    rows: NDArray[np.int64]
    quickest: _Floats
    quickest_ground: float
    left_s: _Floats
    spent_s: _Floats
    spent_ground_s: float
    room: float


def world_of(
    graph: Graph, rows: NDArray[np.int64], quickest: _Floats, quickest_ground: float, a: Place, b: Place
) -> World:
    """The bound of all draws, and the journey by which the length of each is guessed."""
    nothing = World(graph, rows, quickest, quickest_ground, np.empty(0), np.zeros(len(quickest)), 0.0, 1.0)
    found = graph.search(a.nodes, a.seconds, targets=b.nodes)
    at_b = found.seconds[b.nodes] + b.seconds
    if graph.eikonal or not np.isfinite(at_b.min()):  # the upwind scheme keeps no bound to the last bit
        return nothing
    fast = graph.rescaled(quickest_ground, quickest[rows])
    disc = disc_nodes(graph, b) if b.uncertainty_m > 0 else b.nodes[:0]
    starts = np.concatenate([b.nodes, disc])
    seconds = np.concatenate([b.seconds * quickest_ground, np.zeros(len(disc))])
    left = fast.search(starts, seconds, reverse=True).seconds
    spent, ground = _spent(graph, rows, found, int(b.nodes[int(np.argmin(at_b))]), len(quickest))
    ground += float(b.seconds[int(np.argmin(at_b))])
    room = 1.25 if a.uncertainty_m > 0 or b.uncertainty_m > 0 else 1.001
    return World(graph, rows, quickest, quickest_ground, left, spent, ground, room)


def _spent(graph: Graph, rows: NDArray[np.int64], found: Search, node: int, count: int) -> tuple[_Floats, float]:
    """Seconds of the way to a node by parameter, and those over the ground."""
    way = graph.trace(found, node)[::-1]
    spent, ground = np.zeros(count), float(found.seconds[way[0]])
    for here, there in zip(way[:-1].tolist(), way[1:].tolist(), strict=True):
        edge = graph.edge_between(here, there) if max(here, there) >= graph.cells else -1
        row = int(graph.edge_row[edge]) if edge >= 0 else -1
        if row >= 0:
            spent[rows[row]] += found.seconds[there] - found.seconds[here]
        else:
            ground += float(found.seconds[there] - found.seconds[here])
    return spent, ground


def one_draw(world: World, job: Job, slack: float) -> Draw:
    """Seconds of the fastest journey and the cells within the slack."""
    ground, factor, *both = job
    graph = world.graph.rescaled(ground, factor[world.rows])
    # From a point to a road beside it the way leads over open ground.
    from_a, to_b = ((nodes, seconds * ground) for nodes, seconds in both)
    margin = 1.0 + (1.0 + slack) * float(to_b[1].max())
    first, best = _first(world, graph, job, from_a, to_b, slack, margin)
    if not np.isfinite(best):
        nowhere = slice(0, 0)
        return np.inf, (nowhere, nowhere), np.zeros((0, 0), bool)
    limit = best * (1.0 + slack) * (1.0 + 1e-12)
    second = graph.search(*to_b, reverse=True, limit=limit, other=first.seconds, other_limit=limit)
    extra = cell_extra(graph, first, second, best)
    return best, extra.window, extra.seconds <= slack * best * (1.0 + 1e-12)


def _first(
    world: World, graph: Graph, job: Job, from_a: _End, to_b: _End, slack: float, margin: float
) -> tuple[Search, float]:
    """The search from the origin, and the seconds of the fastest journey."""
    ground, factor, *_ = job
    tries = [np.inf]
    left = np.empty(0)
    if len(world.left_s):
        guess = float(world.spent_s @ factor) + world.spent_ground_s * ground
        tries = [guess * world.room, np.inf]  # an end that moved in its disc may need more than the first
        shares = np.append(factor / world.quickest, ground / world.quickest_ground)
        # Every pace is at least so many times the quickest; a wait on a step is the same in each draw.
        least = 1.0 if graph.delay_s > 0.0 else max(1.0, float(shares.min()) / _ROUNDING)
        left = world.left_s * least
    for most in tries:
        pruned = np.isfinite(most)
        first = graph.search(
            *from_a,
            targets=to_b[0],
            stretch=1.0 + slack,
            margin=margin,
            other=left if pruned else None,
            other_limit=most * (1.0 + slack) * _ROUNDING if pruned else np.inf,
        )
        best = float((first.seconds[to_b[0]] + to_b[1]).min())
        if best <= most:
            break
    return first, best
