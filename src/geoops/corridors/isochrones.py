"""What can be reached in given hours: polygons by time, and the features of a layer within it.

The hours come from `travel_time.py`'s search; here they become areas and tables.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geoops.core.errors import InputError
from geoops.core.geodesy import geod
from geoops.core.schema import WGS84, as_features
from geoops.core.types import Friction
from geoops.core.units import SECONDS_PER_HOUR
from geoops.corridors.assembly import graph_of
from geoops.corridors.contours import below
from geoops.corridors.graph import Graph
from geoops.corridors.places import cells_in, places_of
from geoops.corridors.stencils import Stencil, check_stencil
from geoops.layers.load import layer as load

__all__ = ["cell_seconds", "isochrones", "reachable_within"]

_Floats = NDArray[np.float64]


def isochrones(
    friction: Friction, site: Any, hours: float | Iterable[float], *, stencil: Stencil = 32
) -> gpd.GeoDataFrame:
    """
    The area that can be reached from a site within each number of hours.

    Parameters
    ----------
    friction
        What it costs to travel.
    site
        One place, or several: then the nearest in time counts.
    hours
        One number or several, positive.
    stencil
        Neighbours of a step, or "eikonal".

    Returns
    -------
    GeoDataFrame
        One row a number of hours, rising: `hours`, `area_km2` (on the ellipsoid), `geometry` (MultiPolygon,
        EPSG:4326, everything up to those hours). `attrs["sources"]` names the site.

    Raises
    ------
    InputError
        Hours that are not positive, or a site that no journey can start from.
    """
    wanted = _hours(hours)
    graph = graph_of(friction, check_stencil(stencil))
    places = places_of(graph, site, what="site")
    seeds = np.concatenate([place.nodes for place in places])
    seed_s = np.concatenate([place.seconds for place in places])
    found = graph.search(seeds, seed_s, limit=1.3 * wanted[-1] * SECONDS_PER_HOUR)
    seconds = cell_seconds(graph, found.seconds)
    shapes = [below(graph.grid, seconds, h * SECONDS_PER_HOUR) for h in wanted]
    areas = [abs(float(geod().geometry_area_perimeter(shape)[0])) / 1.0e6 for shape in shapes]
    result = gpd.GeoDataFrame({"hours": wanted, "area_km2": areas}, geometry=shapes, crs=WGS84)
    result.attrs = {"sources": [place.name for place in places], "stencil": graph.asked}
    return result


def reachable_within(
    friction: Friction, sites: Any, layer: Any, hours: float, *, stencil: Stencil = 32
) -> pd.DataFrame:
    """
    The features of a layer that can be reached from each site within some hours.

    Parameters
    ----------
    friction
        What it costs to travel.
    sites
        Where journeys start.
    layer
        A layer's name, the path of a vector file, or whatever counts as features; a line or an area counts from its
        nearest cell in time.
    hours
        The limit, positive.
    stencil
        Neighbours of a step, or "eikonal".

    Returns
    -------
    DataFrame
        `site`, `site_name`, `feature`, `feature_name`, `hours`, `status`; by site, then by hours. A site that reaches
        nothing keeps a row with `feature` missing and status "none_within". `attrs["outside"]` counts the features
        that lie outside the grid.

    Raises
    ------
    InputError
        Hours that are not positive, or a site that no journey can start from.
    """
    limit, *more = _hours(hours)
    if more:
        msg = f"hours must be one positive number; {hours!r} came. Call once for each"
        raise InputError(msg)
    graph = graph_of(friction, check_stencil(stencil))
    places = places_of(graph, sites, what="sites")
    features = _features(layer)
    cells = [_feature_cells(graph, shape) for shape in features.geometry]
    names = list(features["name"]) if "name" in features else [str(label) for label in features.index]
    rows: list[dict[str, Any]] = []
    for place in places:
        found = graph.search(place.nodes, place.seconds, limit=limit * SECONDS_PER_HOUR)
        seconds = cell_seconds(graph, found.seconds).ravel()
        times = np.array([seconds[c].min(initial=np.inf) for c in cells]) / SECONDS_PER_HOUR
        near = np.flatnonzero(times <= limit)
        near = near[np.argsort(times[near], kind="stable")]
        head = {"site": place.label, "site_name": place.name}
        rows += [
            {
                **head,
                "feature": features.index[i],
                "feature_name": names[i],
                "hours": float(times[i]),
                "status": "within",
            }
            for i in near
        ]
        if len(near) == 0:
            rows.append({**head, "feature": None, "feature_name": None, "hours": np.nan, "status": "none_within"})
    result = pd.DataFrame(rows)
    result.attrs = {"hours": limit, "outside": sum(len(c) == 0 for c in cells)}
    return result


def cell_seconds(graph: Graph, seconds: _Floats) -> _Floats:
    """Seconds of each cell of the grid: the least of its centre and of the network's vertices in it."""
    cells = seconds[: graph.cells].copy()
    vertex = np.flatnonzero(graph.vertex_cell >= 0)
    np.minimum.at(cells, graph.vertex_cell[vertex], seconds[graph.cells + vertex])
    return np.asarray(graph.unframed(cells), dtype=np.float64)


def _features(wanted: Any) -> gpd.GeoDataFrame:
    """Features in EPSG:4326 from a layer's name, a file's path, or whatever counts as features."""
    if not isinstance(wanted, str | os.PathLike):
        return as_features(wanted, what="layer")
    loaded = load(wanted)
    if not isinstance(loaded, gpd.GeoDataFrame):
        msg = f"layer: {str(wanted)!r} is a grid; points, lines and areas can be reached"
        raise InputError(msg)
    return as_features(loaded, what=str(wanted))


def _hours(hours: float | Iterable[float]) -> list[float]:
    """Positive hours, rising."""
    try:
        wanted = sorted({float(h) for h in np.atleast_1d(np.asarray(hours, dtype=float))})
    except (TypeError, ValueError):
        wanted = []
    if not wanted or not np.isfinite(wanted).all() or wanted[0] <= 0:
        msg = f"hours must be positive numbers; {hours!r} came"
        raise InputError(msg)
    return wanted


def _feature_cells(graph: Graph, shape: Any) -> NDArray[np.int64]:
    """Cells of a feature, numbered on the unframed grid; of a point its own and, if that is water, those round it."""
    if shape is None or shape.is_empty:
        return np.empty(0, np.int64)
    columns = graph.grid.columns
    if shapely.get_dimensions(shape) > 0:
        nodes = cells_in(graph, shape)
        if len(nodes):
            return np.asarray((nodes // graph.width - 3) * columns + nodes % graph.width - 3)
        shape = shapely.point_on_surface(shape)
    xy = shapely.get_coordinates(shape)
    column, row = graph.grid.to_cells(xy[:, 0], xy[:, 1])
    inside = graph.grid.inside(column, row)
    c, r = graph.grid.cell(column[inside], row[inside])
    wet = ~np.isfinite(graph.pace[graph.node(c, r)])
    if wet.any():
        dc, dr = (a.ravel() for a in np.meshgrid([-1, 0, 1], [-1, 0, 1]))
        c = np.clip((c[:, None] + dc).ravel(), 0, columns - 1)
        r = np.clip((r[:, None] + dr).ravel(), 0, graph.grid.rows - 1)
    return np.unique(r * columns + c)
