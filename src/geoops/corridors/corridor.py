"""Corridors: every place through which a journey takes at most so much longer than the fastest.

The sum of two searches, from the origin and to the destination; the second touches only cells that can be within the
slack. Many sites at once are `network.py`'s business, doubt about the speeds `ensemble.py`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiPolygon

from geoops.core.errors import InputError
from geoops.core.types import Corridor, Friction
from geoops.core.units import SECONDS_PER_HOUR
from geoops.corridors.alternatives import alternative_routes, check_alternatives
from geoops.corridors.assembly import graph_of
from geoops.corridors.contours import as_multipolygon, below
from geoops.corridors.graph import Graph, Search
from geoops.corridors.grids import Grid
from geoops.corridors.places import Place, disc_nodes, one_place
from geoops.corridors.route import crossings_of, passes_of, route_of
from geoops.corridors.stencils import FRAME, Stencil, check_stencil
from geoops.corridors.travel_time import stencil_attrs

__all__ = ["Extra", "assemble", "cell_extra", "check_slack", "corridor", "searches"]

_Floats = NDArray[np.float64]


def corridor(
    friction: Friction,
    origin: Any,
    destination: Any,
    *,
    slack: float = 0.10,
    stencil: Stencil = 32,
    alternatives: int = 0,
) -> Corridor:
    """
    Every cell through which a journey from origin to destination takes at most (1 + slack) times the fastest.

    Parameters
    ----------
    friction
        What it costs to travel (`geoops.friction`, or `geoops.Friction` from any DataArray).
    origin, destination
        One place each: a row of Sites, a geometry, or (longitude, latitude). An area, or a site with an `extent`,
        is started from all over; a point's `uncertainty_m` gives the bounds of the hours.
    slack
        Share by which a journey may be longer than the fastest, above 0.
    stencil
        Neighbours of a step: 8, 16 or 32, or "eikonal".
    alternatives
        At most so many other ways within the slack, each of which lies apart from the fastest and from those before it
        along two fifths of its length.

    Returns
    -------
    Corridor
        `extra_h` (hours beyond the fastest, NaN beyond the slack; a cell that roads run through has the least of its
        centre and of the road in it), `polygon`, `route`, `hours` with `hours_low` and `hours_high`, `distance_km`,
        `road_share`, `climb_m`, `crossings`, `passes`, `alternatives`. Without a way, status "no_path", hours `inf` and the reason.

    Raises
    ------
    InputError
        A slack that is not positive; an end that is outside the grid, on water or in no-data, with the nearest cell
        that could be used.

    Notes
    -----
    `hours_low` and `hours_high` move each end within its disc while the other stays, and add what both gain and lose:
    the first order of how the hours depend on where the ends are. A modelled ease of travel, not observed movement.
    """
    check_slack(slack)
    others = check_alternatives(alternatives)
    graph = graph_of(friction, check_stencil(stencil))
    a = one_place(graph, origin, what="origin")
    b = one_place(graph, destination, what="destination")
    return assemble(friction, graph, a, b, slack, *searches(graph, a, b, slack), others=others, last=True)


def searches(graph: Graph, a: Place, b: Place, slack: float) -> tuple[Search, Search]:
    """A search from `a` that ends when nothing later can be in the corridor, and one to `b` that stays within it."""
    disc_b = disc_nodes(graph, b)
    # Room for the far side of B's disc, and for the edge of the slack to be drawn between two known cells.
    stretch = 1.0 + 1.25 * slack
    margin = _pad_s(graph, slack, 0.0) + 2.0 * b.uncertainty_m * _typical_pace(graph, disc_b)
    margin += stretch * float(b.seconds.max())
    first = graph.search(a.nodes, a.seconds, targets=b.nodes, stretch=stretch, margin=margin)
    best = float((first.seconds[b.nodes] + b.seconds).min())
    if not np.isfinite(best):
        return first, graph.search(b.nodes, b.seconds, reverse=True)
    limit = best * (1.0 + slack) + _pad_s(graph, slack, best)
    second = graph.search(b.nodes, b.seconds, reverse=True, limit=limit, other=first.seconds, other_limit=limit)
    return first, second


def check_slack(slack: float) -> None:
    """
    Refuse a slack that is no positive number.

    Raises
    ------
    InputError
        Saying what came.
    """
    if not (isinstance(slack, int | float | np.number) and np.isfinite(slack) and 0.0 < slack <= 10.0):
        msg = f"slack must be a share above 0 and at most 10 (0.10 is ten per cent longer); {slack!r} came"
        raise InputError(msg)


def _typical_pace(graph: Graph, nodes: NDArray[np.int64] | slice) -> float:
    """Median pace of some cells, seconds per metre."""
    pace = graph.pace[nodes]
    return float(np.median(pace[np.isfinite(pace)])) if np.isfinite(pace).any() else 0.0


def _pad_s(graph: Graph, slack: float, best: float) -> float:
    """Seconds beyond the slack that are computed too, so that its edge can be drawn between two known cells."""
    width, height = graph.grid.cell_sizes
    some = slice(None, None, max(1, graph.cells // 100_000))
    return 0.25 * slack * best + _typical_pace(graph, some) * 1.5 * float(max(width.max(), height.max()))


@dataclass(frozen=True)
class Extra:
    """
    Seconds beyond the fastest journey, in the part of the grid where they are known.

    Parameters
    ----------
    seconds
        For each cell of the window the least of its centre and of the vertices in it; `inf` where not known.
    window
        Rows and columns of the grid.
    """

    seconds: _Floats
    window: tuple[slice, slice]


def cell_extra(graph: Graph, first: Search, second: Search, best: float) -> Extra:
    """The sum of two searches beyond the fastest journey, in the window that the second one reached."""
    there = np.asarray(graph.unframed(second.seconds), dtype=np.float64)
    reached = np.isfinite(there)
    vertex = np.flatnonzero(graph.vertex_cell >= 0)
    at = graph.cells + vertex
    total = first.seconds[at] + second.seconds[at] - best
    use = np.isfinite(total)
    cell = graph.vertex_cell[vertex[use]]
    row, column = cell // graph.width - FRAME, cell % graph.width - FRAME
    # Where the ground is slow, a corridor may hold roads without the centre of a cell.
    rows = np.union1d(np.flatnonzero(reached.any(axis=1)), row)
    columns = np.union1d(np.flatnonzero(reached.any(axis=0)), column)
    if len(rows) == 0:
        rows = columns = np.zeros(1, np.int64)
    window = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    seconds = np.asarray(graph.unframed(first.seconds), dtype=np.float64)[window] + there[window]
    seconds -= best
    np.minimum.at(seconds, (row - rows[0], column - columns[0]), total[use])
    return Extra(np.maximum(seconds, 0.0, out=seconds), window)


@dataclass(frozen=True)
class _Outline:
    """From a slack to the polygon of a corridor, its route within."""

    grid: Grid
    extra: Extra
    best: float
    route: LineString

    def __call__(self, slack: float) -> MultiPolygon:
        rows, columns = self.extra.window
        shape = below(
            self.grid, self.extra.seconds, max(slack * self.best, 1e-6), first=(int(rows.start), int(columns.start))
        )
        half_cell = 0.35 * float(min(abs(self.grid.dx), abs(self.grid.dy))) if self.grid.geographic else 0.002
        return as_multipolygon(shapely.union_all([shape, self.route.buffer(half_cell)]))


def assemble(
    friction: Friction,
    graph: Graph,
    a: Place,
    b: Place,
    slack: float,
    first: Search,
    second: Search,
    *,
    others: int = 0,
    last: bool = False,
) -> Corridor:
    """The corridor from a search that starts at `a` and one that ends at `b`; with `last` the latter's room is used."""
    attrs = {
        **stencil_attrs(graph),
        "friction": dict(friction.attrs),
        "origin": {"name": a.name, "cells": len(a.nodes), "area": a.area, "uncertainty_m": a.uncertainty_m},
        "destination": {"name": b.name, "cells": len(b.nodes), "area": b.area, "uncertainty_m": b.uncertainty_m},
        "meaning": "modelled ease of travel, not observed movement",
    }
    mode = str(friction.attrs.get("mode", ""))
    at_b = first.seconds[b.nodes] + b.seconds
    best = float(at_b.min())
    if not np.isfinite(best):
        return Corridor(
            a.name, b.name, np.inf, np.nan, slack, _grid(friction, np.full(graph.grid_shape, np.nan)),
            polygon=MultiPolygon(), route=LineString(), mode=mode, status="no_path", reason=_why_not(friction, graph, a, b, first, second), attrs=attrs,
        )  # fmt: skip
    extra = cell_extra(graph, first, second, best)
    target = int(b.nodes[int(np.argmin(at_b))])
    tracing = graph_of(friction, 32) if graph.eikonal else graph  # down the slope of the times, in 32 directions
    way = tracing.trace(first, target)[::-1]
    route = route_of(tracing, way, a, b)
    more = alternative_routes(tracing, (first, second), (a, b), way, best * (1.0 + slack), others) if others else None
    low, high = _bounds(graph, a, b, first, second, best)
    length_m = float(route.along_m[-1])
    # Areas start from all over: inside them nothing is extra, and sums of float steps may miss zero by a hair.
    room = second.seconds if last else np.empty_like(second.seconds)
    room.fill(np.nan)
    within = np.asarray(graph.unframed(room), dtype=np.float64)
    inside = extra.seconds <= slack * best * (1.0 + 1e-12)
    np.divide(extra.seconds, SECONDS_PER_HOUR, out=within[extra.window], where=inside)
    return Corridor(
        origin_name=a.name,
        destination_name=b.name,
        hours=best / SECONDS_PER_HOUR,
        distance_km=length_m / 1000.0,
        slack=float(slack),
        extra_h=_grid(friction, within),
        polygon=_Outline(graph.grid, extra, best, route.line),
        route=route.line,
        hours_low=low / SECONDS_PER_HOUR,
        hours_high=high / SECONDS_PER_HOUR,
        road_share=route.road_m / length_m if length_m > 0 else 0.0,
        climb_m=route.climb_m,
        crossings=crossings_of(route, friction),
        passes=passes_of(route, friction),
        alternatives=more,
        mode=mode,
        attrs=attrs,
    )


def _grid(friction: Friction, values: _Floats) -> xr.DataArray:
    """Values on the friction's grid."""
    result = friction.pace.copy(data=values)
    result.name = "extra_h"
    result.attrs = {"units": "h", "long_name": "hours beyond the fastest journey"}
    return result


def _bounds(graph: Graph, a: Place, b: Place, first: Search, second: Search, best: float) -> tuple[float, float]:
    """Seconds at best and at worst, each end anywhere in its disc."""
    # From a cell of A's disc to B: known to the second search, else by way of A (seconds there are those from A).
    from_a = np.minimum(second.seconds[disc := disc_nodes(graph, a)], first.seconds[disc] + best)
    to_b = np.minimum(first.seconds[disc := disc_nodes(graph, b)], second.seconds[disc] + best)
    low = high = best
    for seconds in (from_a, to_b):
        known = seconds[np.isfinite(seconds)]
        if len(known):
            low += min(float(known.min()) - best, 0.0)
            high += max(float(known.max()) - best, 0.0)
    return max(low, 0.0), high


def _why_not(friction: Friction, graph: Graph, a: Place, b: Place, first: Search, second: Search) -> str:
    """Why no way leads, as far as the searches tell."""
    width, height = graph.grid.cell_sizes
    area_km2 = (width * height)[:, None] / 1.0e6

    def reach(found: Search) -> float:
        return float((np.isfinite(np.asarray(graph.unframed(found.seconds))) * area_km2).sum())

    from_a, to_b = reach(first), reach(second)
    closed = a.name if from_a <= to_b else b.name
    policy = str(friction.attrs.get("crossings", ""))
    border = f' Borders are passed by the policy crossings="{policy}".' if policy in {"open", "any"} else ""
    return (
        f"No way leads from {a.name} to {b.name} on this friction: from {a.name} {from_a:,.0f} km² can be reached,"
        f" to {b.name} lead ways from {to_b:,.0f} km², and the two do not meet; water, barriers, the edge of the grid"
        f" or cells without data close {closed} in.{border}"
    )
