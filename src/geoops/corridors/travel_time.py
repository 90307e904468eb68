"""Hours from sources to every cell, or from every cell to them.

The public call round the search; where sources lie is `places.py`'s work, what a journey costs `graph.py`'s.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import xarray as xr

from geoops.core.errors import InputError
from geoops.core.types import Friction
from geoops.core.units import SECONDS_PER_HOUR
from geoops.corridors.assembly import graph_of
from geoops.corridors.eikonal import ERROR_MAX, ERROR_RMS
from geoops.corridors.graph import Graph, Search
from geoops.corridors.links import allocation, back_links, predecessors
from geoops.corridors.places import Place, places_of
from geoops.corridors.stencils import Stencil, check_stencil

__all__ = ["hours_grid", "stencil_attrs", "travel_time"]


def travel_time(
    friction: Friction,
    sources: Any,
    *,
    stencil: Stencil = 32,
    direction: Literal["from", "to"] = "from",
    limit_h: float | None = None,
    links: bool = False,
) -> xr.DataArray:
    """
    Hours of the fastest journey between the sources and every cell, along cells and network.

    Exact on the graph: a cell's steps go to 8, 16 or 32 neighbours, each costing its length on the ground times the
    pace of the cells under it (of two neighbours, the mean); the network's vertices are joined to the cells round
    them. What remains is the stencil's error of direction, stated in the result.

    Parameters
    ----------
    friction
        What it costs to cross each cell.
    sources
        Sites, a GeoDataFrame or GeoSeries, geometries, or (longitude, latitude) pairs. An area, or a site with an
        `extent`, starts from all its cells; of several sources the nearest in time counts.
    stencil
        Number of neighbours a step may lead to: 8, 16 or 32. Or "eikonal": over open ground no direction is preferred
        (second-order fast marching); not where slope counts.
    direction
        "from": journeys start at the sources; "to": they end there. The same unless slope or one-way paces matter.
    limit_h
        Hours after which nothing is followed; cells beyond are `inf`.
    links
        Whether each cell is to say where its fastest journey comes from: coordinates `source` and `back_link`.

    Returns
    -------
    DataArray
        Hours, dims and coordinates of `friction.pace`; `inf` where no way leads (or none within the limit), NaN
        outside the data. `attrs`: `units`, `stencil`, `stencil_error_max`, `stencil_error_rms` (shares, on uniform
        ground), `direction`, `grid`, `edges`. With `links`, coordinate `source` is the number of the source in
        `attrs["sources"]` that a cell is reached from first (-1: none), `back_link` the cell before it on the way, as
        row times columns plus column (its own at a source; for "to", the cell behind it).

    Raises
    ------
    InputError
        A stencil or direction that is none, a limit that is not positive, a source outside the grid, on water or in
        no-data (with the nearest usable cell).

    Notes
    -----
    Dijkstra's algorithm with the buckets of R. B. Dial (1969), Algorithm 360, doi:10.1145/363269.363610. "eikonal": fast
    marching (J. A. Sethian, Level set methods and fast marching methods, 1999), started from discs of five cells.

    Examples
    --------
    >>> import numpy as np, rioxarray, xarray as xr
    >>> from geoops.core.types import Friction
    >>> from geoops.corridors import travel_time
    >>> pace = xr.DataArray(np.full((3, 4), 0.36), coords={"y": [2000.0, 1000.0, 0.0],
    ...     "x": [0.0, 1000.0, 2000.0, 3000.0]}, dims=("y", "x")).rio.write_crs("EPSG:32638")
    >>> hours = travel_time(Friction(pace), [(40.512, 0.0)], stencil=8)  # the first column's south end
    >>> [float(h) for h in hours.values[2].round(3)]
    [0.0, 0.1, 0.2, 0.3]
    """
    steps = check_stencil(stencil)
    if direction not in {"from", "to"}:
        msg = f'direction must be "from" (journeys start at the sources) or "to" (they end there); {direction!r} came'
        raise InputError(msg)
    if limit_h is not None and not (
        isinstance(limit_h, int | float | np.number) and np.isfinite(limit_h) and limit_h > 0
    ):
        msg = f"limit_h must be a positive number of hours, or None for no limit; {limit_h!r} came"
        raise InputError(msg)
    graph = graph_of(friction, steps)
    places = places_of(graph, sources, what="sources")
    seeds = np.concatenate([place.nodes for place in places])
    seed_s = np.concatenate([place.seconds for place in places])
    limit = np.inf if limit_h is None else limit_h * SECONDS_PER_HOUR
    found = graph.search(seeds, seed_s, reverse=direction == "to", limit=limit)
    linked = _links(friction, graph, found, places) if links else {}
    result = hours_grid(friction, graph, found.seconds)
    result.attrs |= {
        **stencil_attrs(graph),
        "long_name": "travel time",
        "direction": direction,
        "sources": [place.name for place in places],
        "limit_h": limit_h,
    }
    return result.assign_coords(linked)


def _links(friction: Friction, graph: Graph, found: Search, places: list[Place]) -> dict[str, Any]:
    """The coordinates that say where journeys come from."""
    if graph.eikonal:  # the way down the slope of the times, in 32 directions, as routes are traced
        graph = graph_of(friction, 32)
    before = predecessors(graph, found)
    first: dict[int, tuple[float, int]] = {}
    for number, place in enumerate(places):
        for node, seconds in zip(place.nodes.tolist(), place.seconds.tolist(), strict=True):
            first[node] = min(first.get(node, (np.inf, 0)), (seconds, number))
    source = allocation(graph, found, before, {node: number for node, (_, number) in first.items()})
    dims = friction.pace.dims
    return {"source": (dims, source), "back_link": (dims, back_links(graph, before))}


def stencil_attrs(graph: Graph) -> dict[str, Any]:
    """What a result says of its stencil and grid."""
    worst, rms = (ERROR_MAX, ERROR_RMS) if graph.eikonal else graph.grid.direction_error(graph.stencil)
    return {
        "stencil": graph.asked,
        "stencil_error_max": worst,
        "stencil_error_rms": rms,
        "grid": graph.grid.describe(),
        "edges": graph.grid.describe()["edges"],
    }


def hours_grid(friction: Friction, graph: Graph, seconds: np.ndarray[Any, np.dtype[np.float64]]) -> xr.DataArray:
    """Seconds of all nodes as hours on the friction's grid, NaN where it has no data; `seconds` is used up."""
    values = np.asarray(graph.unframed(seconds), dtype=np.float64)
    values /= SECONDS_PER_HOUR
    for row, pace in zip(values, np.asarray(friction.pace.values), strict=True):  # row by row: no grid of flags
        row[np.isnan(pace)] = np.nan
    result = friction.pace.copy(data=values)
    result.name = "travel_time"
    result.attrs = {"units": "h"}
    return result
