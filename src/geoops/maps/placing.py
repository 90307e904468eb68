"""Who stands where: labels are placed one after another, and those without room move others aside.

First each label takes its cheapest free place. Then each that found none takes the place where the fewest others stand; these
are lifted and look for another, which may move others in turn. A label that was lifted often is left standing, the search ends
after a number of moves, and the arrangement with the fewest labels left over is the one that is kept.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geoops.maps.taken import SYMBOL, Taken, bounds_of, crossing, touching

if TYPE_CHECKING:
    from geoops.maps.candidates import Candidates, PointLabel
    from geoops.maps.labels import Labeller

__all__ = ["place_all"]

_FloatArray = NDArray[np.float64]
_Places = dict[int, tuple["Candidates", int]]

LEADER_PADDING_PT = 0.2
MOVES = 8  # a label, at most, in the second phase
TRIED = 120  # places of a label, the cheapest, for which others are asked to move
MOVED_COST = 6.0  # of lifting a label, against the costs of places; as much again each time it was lifted before


def place_all(labeller: Labeller, requests: list[PointLabel], *, moving: bool = True) -> tuple[_Places, list[int]]:
    """
    The place of each label that found one, by its number, and the numbers of the others.

    Parameters
    ----------
    labeller
        Makes the candidates; its `taken` holds the labels afterwards.
    requests
        The most important first.
    moving
        Whether labels without room may move others aside.
    """
    taken = labeller.taken
    places: _Places = {}
    waiting: deque[int] = deque()
    choices: dict[tuple[int, bool], Candidates] = {}

    def choice(k: int, far: bool) -> Candidates:
        if (k, far) not in choices:
            choices[k, far] = labeller.candidates(requests[k], far=far)
        return choices[k, far]

    def settle(k: int, candidates: Candidates, best: int) -> None:
        places[k] = (candidates, best)
        taken.add(candidates.taking(best), owner=k)

    def settle_free(k: int) -> bool:
        for far in (False, True) if requests[k].required else (False,):
            best = _cheapest_free(taken, choice(k, far))
            if best is not None:
                settle(k, choice(k, far), best)
                return True
        return False

    for k in range(len(requests)):
        if not settle_free(k):
            waiting.append(k)
    best_places, fewest = dict(places), list(waiting)
    lifted = np.zeros(len(requests))
    for _ in range(MOVES * len(waiting) if moving else 0):
        if not waiting:
            break
        k = waiting.popleft()
        if not settle_free(k):
            candidates = choice(k, requests[k].required)
            room = _least_taken(taken, candidates, requests, k, lifted)
            if room is None:
                waiting.append(k)
                lifted[k] += 1
                continue
            best, others = room
            for other in others:
                taken.lift(other)
                del places[other]
                lifted[other] += 1
                waiting.append(other)
            settle(k, candidates, best)
        if _worth(requests, waiting) < _worth(requests, fewest):
            best_places, fewest = dict(places), list(waiting)
    if places != best_places:
        for k in places:
            taken.lift(k)
        places = {}
        for k, (candidates, best) in best_places.items():
            settle(k, candidates, best)
    return {k: places[k] for k in sorted(places)}, sorted(fewest)


def _worth(requests: list[PointLabel], lost: deque[int] | list[int]) -> tuple[int, float]:
    """How bad it is to lose some labels: first by their number, then by what they mean."""
    return len(lost), sum(requests[k].priority for k in lost)


def _cheapest_free(taken: Taken, candidates: Candidates) -> int | None:
    """The cheapest place that touches nothing, leader and all."""
    possible = np.flatnonzero(np.isfinite(candidates.costs))
    possible = possible[~taken.touched(candidates.boxes[possible], candidates.padding)]
    led = np.isfinite(candidates.leaders[possible, 0])
    crossed = np.zeros(len(possible), dtype=bool)
    crossed[led] = taken.crossed(candidates.leaders[possible[led]], LEADER_PADDING_PT)
    possible = possible[~crossed]
    return int(possible[np.argmin(candidates.costs[possible])]) if len(possible) else None


def _least_taken(
    taken: Taken, candidates: Candidates, requests: list[PointLabel], k: int, lifted: _FloatArray
) -> tuple[int, list[int]] | None:
    """The place where the fewest others stand that may be lifted, and which these are."""
    possible = np.argsort(candidates.costs, kind="stable")[:TRIED]
    possible = possible[np.isfinite(candidates.costs[possible])]
    if not len(possible):
        return None
    boxes, leaders = candidates.boxes[possible], candidates.leaders[possible]
    led = np.isfinite(leaders[:, 0])
    near, owners = taken.near(np.vstack([boxes, bounds_of(leaders[led])]), candidates.padding)
    if not len(near):
        return None
    hit = touching(boxes, near, candidates.padding)
    hit[led] |= crossing(leaders[led], near, LEADER_PADDING_PT) & (owners != SYMBOL)
    present, first = np.unique(owners, return_index=True)
    stands = np.logical_or.reduceat(hit, first, axis=1)
    mine = requests[k]
    price = np.array([
        np.inf if other < 0 or (requests[other].priority > mine.priority and requests[other].required and not mine.required)
        else MOVED_COST * (1.0 + lifted[other])
        for other in present
    ])  # fmt: skip
    cost = candidates.costs[possible] + np.where(stands, price, 0.0).sum(axis=1)
    best = int(np.argmin(cost))
    if not np.isfinite(cost[best]):
        return None
    return int(possible[best]), [int(other) for other in present[stands[best]]]
