"""How a corridor hangs on the speeds that nobody knows exactly: the same corridor under many draws of them.

Draws come from the ranges of the speed table that the friction carries, and from the discs of the two ends. How one of
them is searched for is `draws.py`'s business.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from geoops.core.errors import InputError
from geoops.core.types import Friction
from geoops.core.units import SECONDS_PER_HOUR
from geoops.corridors.assembly import graph_of
from geoops.corridors.corridor import check_slack
from geoops.corridors.draws import Draw, Job, World, one_draw, world_of
from geoops.corridors.graph import Graph
from geoops.corridors.places import disc_nodes, one_place
from geoops.corridors.stencils import Stencil, check_stencil
from geoops.corridors.travel_time import stencil_attrs

__all__ = ["ensemble"]

_Floats = NDArray[np.float64]
_BATCH = 4  # draws that a worker of a cluster takes at once


def ensemble(
    friction: Friction,
    origin: Any,
    destination: Any,
    *,
    draws: int = 200,
    seed: int = 0,
    slack: float = 0.10,
    stencil: Stencil = 32,
    client: Any = None,
) -> xr.DataArray:
    """
    For each cell, the share of draws of the uncertain speeds in which it lies in the corridor.

    Each draw takes every speed that the friction uses from its range, low to high with `best` the most likely
    (triangular), independently, and each end from its disc; then computes the corridor exactly.

    Parameters
    ----------
    friction
        As `geoops.friction` makes it: its `attrs["speeds"]` state the ranges.
    origin, destination
        One place each.
    draws
        How many.
    seed
        Of the draws: the same seed, the same numbers.
    slack
        Of each corridor.
    stencil
        Neighbours of a step, or "eikonal".
    client
        A `dask.distributed.Client`: draws run on its cluster instead of this machine's cores, with the same result.

    Returns
    -------
    DataArray
        0 to 1 on the friction's grid, NaN outside the data. `attrs`: `draws`, `draws_with_way`, `seed`, `slack`,
        `hours_p05`, `hours_p50`, `hours_p95`, `hours_drawn` (one a draw, `inf` without a way), and `importance`: the
        parameters by the size of their rank correlation with the hours (Spearman), the largest first.

    Raises
    ------
    InputError
        Fewer than two draws, a friction that states no ranges, or what `corridor` refuses.

    Notes
    -----
    The slope limit of vehicles off the roads is held at its best value, and kinds of ground keep their ratio to open ground; a delay at a border scales with the road's speed.
    """
    check_slack(slack)
    if isinstance(draws, bool) or not isinstance(draws, int | np.integer) or draws < 2:
        msg = f"draws must be a whole number of at least 2; {draws!r} came"
        raise InputError(msg)
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        msg = f"seed must be a whole number of at least 0; {seed!r} came"
        raise InputError(msg)
    graph = graph_of(friction, check_stencil(stencil))
    a = one_place(graph, origin, what="origin")
    b = one_place(graph, destination, what="destination")
    parameters = _parameters(friction)
    random = np.random.default_rng(seed)
    speeds = np.column_stack([_drawn(random, row, draws) for row in parameters])
    ends = []
    for place in (a, b):
        disc = disc_nodes(graph, place)
        still = (place.nodes, place.seconds)
        moved = place.uncertainty_m > 0
        ends.append([(random.choice(disc, 1), np.zeros(1)) if moved else still for _ in range(draws)])

    keys = [row["key"] for row in parameters]
    rows = _row_parameter(friction, keys)

    factors = np.array([row["best"] for row in parameters]) / speeds
    ground = factors[:, keys.index("open")] if "open" in keys else np.ones(draws)
    jobs = [(float(ground[i]), factors[i], ends[0][i], ends[1][i]) for i in range(draws)]
    quickest = np.array([row["best"] / row["high"] for row in parameters])
    world = world_of(graph, rows, quickest, float(quickest[keys.index("open")]) if "open" in keys else 1.0, a, b)
    hours = np.empty(draws)
    count = np.zeros(graph.grid_shape, np.int32)
    for draw, (seconds, window, inside) in enumerate(_all_draws(world, jobs, slack, client)):
        hours[draw] = seconds / SECONDS_PER_HOUR
        count[window] += inside
    return _result(friction, graph, count, hours, speeds, keys, {"seed": seed, "slack": float(slack)})


def _all_draws(world: World, jobs: list[Job], slack: float, client: Any) -> Iterator[Draw]:
    """The draws in their order, on this machine's cores or on a Dask cluster, where each worker gets the graph once."""
    if client is None:
        with ThreadPoolExecutor(max_workers=max(1, min(os.cpu_count() or 1, len(jobs)))) as pool:
            yield from pool.map(lambda job: one_draw(world, job, slack), jobs)
        return
    if not all(hasattr(client, name) for name in ("scatter", "submit")):
        msg = (
            f"client must be a dask.distributed.Client, or None for this machine's cores; {type(client).__name__} came"
        )
        raise InputError(msg)
    there = client.scatter(world, broadcast=True)
    futures = [
        client.submit(_draws_there, there, jobs[at : at + _BATCH], slack, pure=False)
        for at in range(0, len(jobs), _BATCH)
    ]
    for future in futures:
        yield from future.result()
        future.release()


def _draws_there(world: World, jobs: list[Job], slack: float) -> list[Draw]:
    """Some draws, on a worker."""
    return [one_draw(world, job, slack) for job in jobs]


def _result(
    friction: Friction,
    graph: Graph,
    count: NDArray[np.int32],
    hours: _Floats,
    speeds: _Floats,
    keys: list[str],
    attrs: dict[str, Any],
) -> xr.DataArray:
    """Shares and what is said of them."""
    draws = len(hours)
    share = count / draws
    share[np.isnan(np.asarray(friction.pace.values))] = np.nan
    result = friction.pace.copy(data=share)
    result.name = "probability"
    found = hours[np.isfinite(hours)]
    quantiles = np.quantile(found, [0.05, 0.5, 0.95]) if len(found) else np.full(3, np.inf)
    result.attrs = {
        "long_name": "share of draws in which a cell lies in the corridor",
        "draws": draws,
        "draws_with_way": len(found),
        **attrs,
        "hours_p05": float(quantiles[0]),
        "hours_p50": float(quantiles[1]),
        "hours_p95": float(quantiles[2]),
        "hours_drawn": hours,
        "importance": _importance(speeds, hours, keys),
        **stencil_attrs(graph),
    }
    return result


def _parameters(friction: Friction) -> list[dict[str, Any]]:
    """The speeds that the friction uses and that have a range."""
    rows = friction.attrs.get("speeds") or []
    used = set() if friction.network is None or "speed" not in friction.network else set(friction.network["speed"])
    chosen = [row for row in rows if (row["applies"] == "ground" and row["key"] == "open") or row["key"] in used]
    if not chosen:
        msg = (
            "this friction states no speeds with a range (attrs['speeds']); make it with geoops.friction,"
            " or vary the paces yourself and call geoops.corridor for each"
        )
        raise InputError(msg)
    return chosen


def _drawn(random: np.random.Generator, row: dict[str, Any], draws: int) -> _Floats:
    """Speeds of one row; a row without a range always its best."""
    if row["high"] <= row["low"]:
        return np.full(draws, float(row["best"]))
    return np.asarray(random.triangular(row["low"], row["best"], row["high"], draws))


def _row_parameter(friction: Friction, keys: list[str]) -> NDArray[np.int64]:
    """For each row of the network, the position of its speed among the parameters."""
    if friction.network is None or len(friction.network) == 0:
        return np.empty(0, np.int64)
    return np.array([keys.index(key) for key in friction.network["speed"]], np.int64)


def _importance(speeds: _Floats, hours: _Floats, keys: list[str]) -> list[dict[str, Any]]:
    """Rank correlation of each parameter with the hours, over the draws that found a way."""
    found = np.isfinite(hours)
    if found.sum() < 3:
        return []
    ranks = pd.Series(hours[found]).rank()
    result = []
    for column, key in enumerate(keys):
        values = speeds[found, column]
        if np.ptp(values) == 0 or np.ptp(ranks) == 0:
            continue
        rank_correlation = float(np.corrcoef(pd.Series(values).rank(), ranks)[0, 1])
        result.append({"parameter": key, "rank_correlation": rank_correlation})
    return sorted(result, key=lambda row: -abs(row["rank_correlation"]))
