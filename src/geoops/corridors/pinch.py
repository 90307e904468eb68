"""Pinch points of a corridor: where it is narrow, and the bridges and border posts that its journeys share.

Each with the hours that a journey takes longer when it is closed, if the friction is given to compute them.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Point

from geoops.core.errors import InputError
from geoops.core.geodesy import bearing, destination, distance
from geoops.core.schema import WGS84
from geoops.core.types import Corridor, Friction
from geoops.core.units import SECONDS_PER_HOUR
from geoops.corridors.assembly import graph_of
from geoops.corridors.graph import Graph

__all__ = ["pinch_points"]

_CLOSED_M = 3000.0  # radius within which a closed bridge or post is closed
_DEGREE_M = 111_000.0

_COLUMNS = {"name": object, "kind": object, "km": float, "width_km": float, "extra_h_if_closed": float}


def pinch_points(
    corridor: Corridor, friction: Friction | None = None, *, count: int = 10, step_km: float = 5.0
) -> gpd.GeoDataFrame:
    """
    Where a corridor is narrow, and which bridges and border crossings its fastest journey takes.

    Parameters
    ----------
    corridor
        As `geoops.corridor` gives it.
    friction
        The friction it was made on. With it, each place is closed in turn (all cells and roads across the narrow
        place, or within 3 km of the bridge or post) and the journey computed anew.
    count
        At most so many places, the narrowest first among those that are only narrow.
    step_km
        Distance along the route at which the width is taken.

    Returns
    -------
    GeoDataFrame
        By kilometre: `name` (of the bridge or post), `kind` ("bridge", "border_crossing", "narrow"), `km` from the
        origin, `width_km` of the corridor square to the route, `extra_h_if_closed` (`inf`: no other way; NaN: not
        computed, or an end lies in the closed place), and the place as a point, EPSG:4326. Empty without a way.

    Raises
    ------
    InputError
        A count or step that is not positive, or a friction on another grid.
    """
    if not isinstance(corridor, Corridor):
        msg = f"corridor must be a Corridor (geoops.corridor makes one); {type(corridor).__name__} came"  # type: ignore[unreachable]
        raise InputError(msg)
    if count < 1 or not step_km > 0:
        msg = f"count must be at least 1 and step_km positive; {count!r} and {step_km!r} came"
        raise InputError(msg)
    empty = gpd.GeoDataFrame({k: np.empty(0, d) for k, d in _COLUMNS.items()}, geometry=gpd.GeoSeries([], crs=WGS84))
    if corridor.status != "found":
        return empty
    if friction is not None and friction.shape != corridor.extra_h.shape:
        msg = f"friction has shape {friction.shape}, the corridor {corridor.extra_h.shape}: not the one it was made on"
        raise InputError(msg)
    line = corridor.route
    places = [*_named(corridor), *_narrow(corridor, step_km, count)]
    if not places:
        return empty
    graph = None if friction is None else graph_of(friction, corridor.attrs.get("stencil", 32))
    rows = []
    for place in places:
        width, across = _width(corridor, line, place["along"])
        extra = np.nan
        if graph is not None:
            extra = _extra_if_closed(graph, corridor, place, across)
        rows.append(
            {**{k: place[k] for k in ("name", "kind", "km", "geometry")}, "width_km": width, "extra_h_if_closed": extra}
        )
    result = gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=WGS84)[[*_COLUMNS, "geometry"]]
    return result.sort_values("km", kind="stable", ignore_index=True)


def _named(corridor: Corridor) -> list[dict[str, Any]]:
    """Border crossings and bridges that the route takes."""
    result = []
    if corridor.crossings is not None:
        for _, row in corridor.crossings.iterrows():
            along = float(shapely.line_locate_point(corridor.route, row.geometry))
            result.append(
                {
                    "name": row["name"],
                    "kind": "border_crossing",
                    "km": row["km"],
                    "geometry": row.geometry,
                    "along": along,
                }
            )
    if corridor.passes is not None and len(corridor.passes):
        bridges = corridor.passes[corridor.passes["kind"].astype(str).str.upper().isin(["BDG", "DAM", "BRIDGE"])]
        for _, row in bridges.iterrows():
            along = float(shapely.line_locate_point(corridor.route, row.geometry))
            at = shapely.line_interpolate_point(corridor.route, along)
            result.append({"name": row["name"], "kind": "bridge", "km": row["km"], "geometry": at, "along": along})
    return result


def _width(corridor: Corridor, line: LineString, along: float) -> tuple[float, LineString]:
    """Kilometres of the corridor square to the route at a place, and the line across it."""
    at = shapely.line_interpolate_point(line, along)
    step = 0.02
    before = shapely.line_interpolate_point(line, max(along - step, 0.0))
    after = shapely.line_interpolate_point(line, min(along + step, line.length))
    ahead = float(bearing(before.x, before.y, after.x, after.y))
    lon, lat = destination(at.x, at.y, np.array([ahead - 90.0, ahead + 90.0]), 100_000.0)
    across = LineString([(lon[0], lat[0]), (at.x, at.y), (lon[1], lat[1])])
    parts = shapely.get_parts(shapely.intersection(across, corridor.polygon))
    mine = parts[shapely.dwithin(parts, at, 1e-6)]
    if len(mine) == 0:
        return 0.0, LineString([(at.x, at.y), (at.x, at.y + 1e-6)])
    xy = shapely.get_coordinates(shapely.line_merge(shapely.union_all(mine)))
    return float(distance(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1]).sum()) / 1000.0, LineString(xy)


def _narrow(corridor: Corridor, step_km: float, count: int) -> list[dict[str, Any]]:
    """Places along the route where the corridor is narrower than on either side, its ends left out."""
    line = corridor.route
    number = int(corridor.distance_km / step_km)
    if number < 4:
        return []
    share = np.arange(1, number) / number
    along = share * line.length
    width = np.array([_width(corridor, line, float(a))[0] for a in along])
    inner = (share > 0.1) & (share < 0.9)
    lower = np.concatenate([[False], (width[1:-1] <= width[:-2]) & (width[1:-1] < width[2:]), [False]])
    narrow = np.flatnonzero(inner & lower & (width < np.median(width)))
    narrow = narrow[np.argsort(width[narrow], kind="stable")][:count]
    points: NDArray[Any] = shapely.line_interpolate_point(line, along[narrow])
    return [
        {
            "name": None,
            "kind": "narrow",
            "km": corridor.distance_km * share[i],
            "geometry": Point(p.x, p.y),
            "along": along[i],
        }
        for i, p in zip(narrow, points, strict=True)
    ]


def _extra_if_closed(graph: Graph, corridor: Corridor, place: dict[str, Any], across: LineString) -> float:
    """Hours that the fastest journey takes longer when a place is closed; NaN for one that an end lies in."""
    ends = shapely.get_coordinates(corridor.route)[[0, -1]]
    at = place["geometry"]
    nearest_m = float(distance(ends[:, 0], ends[:, 1], at.x, at.y).min())
    if place["kind"] == "narrow":
        closed = across.buffer(_CLOSED_M / 3.0 / _DEGREE_M)
    else:
        closed = at.buffer(min(_CLOSED_M, nearest_m / 2.0) / _DEGREE_M)
    cells = [graph.grid.cell(*graph.grid.to_cells(x, y)) for x, y in ends]
    nodes = np.array([int(graph.node(c, r)) for c, r in cells])
    without = graph.without(closed)
    if not np.isfinite(without.pace[nodes]).all():
        return float("nan")
    # Compared with a journey between the same two cells, so that an area's or a bank's own start does not count.
    before = graph.search(nodes[:1], targets=nodes[1:]).seconds[nodes[1]]
    after = without.search(nodes[:1], targets=nodes[1:]).seconds[nodes[1]]
    return float(after - before) / SECONDS_PER_HOUR
