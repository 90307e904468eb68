"""Corridors between many sites, each site's hours computed once where all are needed.

One pair is `corridor.py`'s business; here pairs are chosen and surfaces shared.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from geoops.core.errors import InputError
from geoops.core.types import Corridor, Friction
from geoops.corridors.assembly import graph_of
from geoops.corridors.corridor import assemble, check_slack, searches
from geoops.corridors.graph import Search
from geoops.corridors.places import Place, places_of
from geoops.corridors.stencils import Stencil, check_stencil

__all__ = ["corridor_network"]

Pairs = Literal["all", "nearest", "tree"] | Sequence[tuple[Any, Any]]


def corridor_network(
    friction: Friction, sites: Any, *, slack: float = 0.10, pairs: Pairs = "all", stencil: Stencil = 32
) -> list[Corridor]:
    """
    Corridors between the sites.

    Parameters
    ----------
    friction
        What it costs to travel.
    sites
        At least two places.
    slack
        Share by which a journey may be longer than the fastest.
    pairs
        "all": each two sites once, in their order; "nearest": each site and the one nearest in time; "tree": the
        pairs of the tree that joins all sites in the least time together; or pairs of index labels or names, each
        (origin, destination).
    stencil
        Neighbours of a step, or "eikonal".

    Returns
    -------
    list of Corridor
        In the order of the pairs; one whose ends no way joins has status "no_path".

    Raises
    ------
    InputError
        Fewer than two sites, an unknown choice or label, or a site that no journey can start from.
    """
    check_slack(slack)
    graph = graph_of(friction, check_stencil(stencil))
    places = places_of(graph, sites, what="sites")
    if len(places) < 2:
        msg = f"corridor_network needs at least two sites; {len(places)} came"
        raise InputError(msg)
    if not isinstance(pairs, Iterable) or (isinstance(pairs, str) and pairs not in {"all", "nearest", "tree"}):
        msg = f'pairs must be "all", "nearest", "tree" or a list of (origin, destination); {pairs!r} came'
        raise InputError(msg)
    chosen = None if isinstance(pairs, str) else _given_pairs(places, pairs)
    workers = max(1, os.cpu_count() or 1)
    if chosen is not None:  # a few pairs: two searches that stay within each are less than whole surfaces
        with ThreadPoolExecutor(max_workers=workers) as pool:
            both = list(pool.map(lambda pair: searches(graph, places[pair[0]], places[pair[1]], slack), chosen))
        ends = [(places[i], places[j]) for i, j in chosen]
        return [assemble(friction, graph, *end, slack, *found) for end, found in zip(ends, both, strict=True)]
    count = range(len(places))
    same = graph.symmetric
    jobs = [(i, False) for i in count] + ([] if same else [(j, True) for j in count])
    with ThreadPoolExecutor(max_workers=workers) as pool:
        searched = pool.map(
            lambda job: graph.search(places[job[0]].nodes, places[job[0]].seconds, reverse=job[1]), jobs
        )
        found: dict[tuple[int, bool], Search] = dict(zip(jobs, searched, strict=True))
    first = {i: found[i, False] for i in count}
    second = {j: found[j, not same] for j in count}
    chosen = _chosen_pairs(str(pairs), _times(places, first))
    return [assemble(friction, graph, places[i], places[j], slack, first[i], second[j]) for i, j in chosen]


def _times(places: list[Place], first: dict[int, Search]) -> NDArray[np.float64]:
    """Seconds from each site to each."""
    return np.array(
        [[(first[i].seconds[place.nodes] + place.seconds).min() for place in places] for i in range(len(places))]
    )


def _chosen_pairs(which: str, seconds: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Pairs by name, each with the earlier site as its origin."""
    count = len(seconds)
    if which == "all":
        return [(i, j) for i in range(count) for j in range(i + 1, count)]
    both = np.minimum(seconds, seconds.T)
    np.fill_diagonal(both, np.inf)
    if which == "nearest":
        near = {tuple(sorted((i, int(np.argmin(both[i]))))) for i in range(count) if np.isfinite(both[i]).any()}
        return sorted((i, j) for i, j in near)
    # Prim's tree; sites that nothing joins start trees of their own.
    joined, tree = {0}, []
    while len(joined) < count:
        inside, outside = sorted(joined), sorted(set(range(count)) - joined)
        block = both[np.ix_(inside, outside)]
        i, j = np.unravel_index(int(np.argmin(block)), block.shape)
        if np.isfinite(block[i, j]):
            a, b = sorted((inside[i], outside[j]))
            tree.append((a, b))
        joined.add(outside[j])
    return tree


def _given_pairs(places: list[Place], pairs: Sequence[tuple[Any, Any]]) -> list[tuple[int, int]]:
    """Positions of pairs given by index label or name."""
    by_label = {place.label: i for i, place in enumerate(places)}
    by_name: dict[Any, int] = {}
    for i, place in enumerate(places):
        by_name.setdefault(place.name, i)
    result = []
    for pair in pairs:
        try:
            ends = [by_label[end] if end in by_label else by_name[end] for end in pair]
        except (KeyError, TypeError) as error:
            known = ", ".join(f"{place.label!r} ({place.name})" for place in places)
            msg = f"pairs: {pair!r} names a site that is not there; there are {known}"
            raise InputError(msg) from error
        if len(ends) != 2:
            msg = f"pairs: each must be (origin, destination); {pair!r} came"
            raise InputError(msg)
        result.append((ends[0], ends[1]))
    return result
