"""A traced way to what a reader wants of it: the line, its length, roads, climb, borders, towns and bridges.

Describing only; which way is the fastest is the search's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString

from geoops.core.geodesy import distance
from geoops.core.schema import WGS84
from geoops.core.types import Friction
from geoops.corridors.borders import international
from geoops.corridors.graph import Graph
from geoops.corridors.places import Place
from geoops.corridors.themes import values, words
from geoops.corridors.ways import GONE

__all__ = ["Route", "crossings_of", "passes_of", "route_of"]

_TOWN_REACH_M = 3000.0
_CHECKPOINT_REACH_M = 1500.0  # the accuracy of the main roads as drawn; a layer's own uncertainty where it is larger
_POST_REACH_M = 10_000.0  # generalised borders lie kilometres off; a post is taken for the crossing within this
_BRIDGE_REACH_M = 3000.0


@dataclass(frozen=True)
class Route:
    """
    A way as a line.

    Parameters
    ----------
    line
        Longitude and latitude.
    along_m
        Metres travelled at each vertex of the line.
    road_m
        Of them, along the network.
    climb_m
        Metres climbed; NaN without elevation.
    """

    line: LineString
    along_m: NDArray[np.float64]
    road_m: float
    climb_m: float


def route_of(graph: Graph, nodes: NDArray[np.integer], origin: Place, destination: Place) -> Route:
    """The line through nodes, origin first, its ends put on the two points where these are no areas."""
    nodes = np.asarray(nodes, dtype=np.int64)
    lon, lat = (np.array(values) for values in graph.place(nodes))
    metres = np.zeros(len(nodes))
    road = 0.0
    straight = distance(lon[:-1], lat[:-1], lon[1:], lat[1:])
    for i in range(1, len(nodes)):
        a, b = int(nodes[i - 1]), int(nodes[i])
        metres[i] = straight[i - 1]
        if a >= graph.cells or b >= graph.cells:
            edge = graph.edge_between(a, b)
            if edge >= 0:
                metres[i] = graph.edge_m[edge]
                if graph.edge_row[edge] >= 0:
                    road += float(metres[i])
    height = graph.height(nodes)
    climb = float(np.clip(np.diff(height), 0.0, None).sum()) if np.isfinite(height).all() else float("nan")
    if len(nodes) == 1 and nodes[0] < graph.cells:  # both ends in one cell
        x = [lon[0] if place.area else place.lon for place in (origin, destination)]
        y = [lat[0] if place.area else place.lat for place in (origin, destination)]
        away = float(distance(x[0], y[0], x[1], y[1]))
        return Route(shapely.LineString(np.column_stack([x, y])), np.array([0.0, away]), 0.0, 0.0)
    for place, end in ((origin, 0), (destination, -1)):
        if place.area:
            continue
        if nodes[end] < graph.cells:  # the point takes the place of its cell's centre
            lon[end], lat[end] = place.lon, place.lat
            continue
        # A road beside the point: the way to it comes first, or last.
        away = float(distance(place.lon, place.lat, lon[end], lat[end]))
        metres = np.insert(metres, 1, away) if end == 0 else np.append(metres, away)
        where = 0 if end == 0 else len(lon)
        lon, lat = np.insert(lon, where, place.lon), np.insert(lat, where, place.lat)
    return Route(shapely.LineString(np.column_stack([lon, lat])), np.cumsum(metres), road, climb)


def _km_at(route: Route, points: NDArray[np.object_]) -> NDArray[np.float64]:
    """Kilometres travelled where points lie nearest to the route."""
    xy = shapely.get_coordinates(route.line)
    drawn = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    return np.asarray(np.interp(shapely.line_locate_point(route.line, points), drawn, route.along_m) / 1000.0)


def _empty(columns: dict[str, Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {name: np.empty(0, dtype) for name, dtype in columns.items()}, geometry=gpd.GeoSeries([], crs=WGS84)
    )


def crossings_of(route: Route, friction: Friction) -> gpd.GeoDataFrame:
    """
    Where the route passes from country to country, named by the nearest listed border crossing.

    Meetings with the line that come in pairs within reach of each other are the drawing's, not the journey's: a road
    along a border crosses its generalised line and comes back.
    """
    columns = {"name": object, "country_a": object, "country_b": object, "km": float, "listed": bool}
    boundaries = friction.features.get("boundaries")
    if boundaries is None or len(boundaries) == 0:
        return _empty(columns)
    lines = international(boundaries)
    walls = lines.geometry.to_numpy()
    hit = shapely.STRtree(walls).query(route.line, predicate="intersects")
    points = shapely.get_parts(shapely.intersection(route.line, walls[hit]))
    points = np.array([p if p.geom_type == "Point" else shapely.point_on_surface(p) for p in points], dtype=object)
    if len(points) == 0:
        return _empty(columns)
    km = _km_at(route, points)
    order = np.argsort(km, kind="stable")
    points, km = points[order], km[order]
    group = np.concatenate([[0], np.cumsum(np.diff(km) > _POST_REACH_M / 1000.0)])
    posts = friction.features.get("border_crossings")
    rows: list[dict[str, Any]] = []
    for number in np.unique(group):
        mine = np.flatnonzero(group == number)
        if len(mine) % 2 == 0:
            continue
        middle = int(mine[len(mine) // 2])
        rows.append({**_post_at(points[mine], posts), "km": float(km[middle]), "geometry": points[middle]})
    if not rows:
        return _empty(columns)
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=WGS84)[[*columns, "geometry"]]


def _post_at(points: NDArray[np.object_], posts: gpd.GeoDataFrame | None) -> dict[str, Any]:
    """The listed border crossing nearest to where the route meets the line, or that there is none."""
    nothing = {"name": "unlisted", "country_a": None, "country_b": None, "listed": False}
    if posts is None or len(posts) == 0:
        return nothing
    at = posts[posts.geometry.geom_type == "Point"]
    metres = np.min(
        [distance(at.geometry.x, at.geometry.y, point.x, point.y) for point in points], axis=0, initial=np.inf
    )
    reach = np.maximum(2.0 * values(at, "uncertainty_m", 0.0), _POST_REACH_M)
    near = np.flatnonzero(metres <= reach)
    if len(near) == 0:
        return nothing
    row = at.iloc[int(near[np.argmin(metres[near])])]
    return {
        "name": str(row.get("name")),
        "country_a": row.get("country"),
        "country_b": row.get("country_b"),
        "listed": True,
    }


def passes_of(route: Route, friction: Friction, *, least_population: int = 5000) -> gpd.GeoDataFrame:
    """Towns and checkpoints beside the route and bridges it takes, in the order in which they come."""
    columns = {"name": object, "kind": object, "km": float}
    rows: list[gpd.GeoDataFrame] = []
    places = friction.features.get("places")
    if places is not None and len(places):
        towns = places[values(places, "population", 0.0) >= least_population]
        rows.append(_beside(route, towns, np.full(len(towns), _TOWN_REACH_M)))
    posts = friction.features.get("checkpoints")
    if posts is not None and len(posts):
        posts = posts[~words(posts, "status").isin(GONE).to_numpy()]
        kind = words(posts, "kind").replace("", "checkpoint")
        reach = np.maximum(values(posts, "uncertainty_m", 0.0), _CHECKPOINT_REACH_M)
        rows.append(_beside(route, posts.assign(kind=kind), reach))
    bridges = friction.features.get("bridges")
    if bridges is not None:
        bridges = bridges[~words(bridges, "status").isin(GONE).to_numpy()]
    if bridges is not None and len(bridges) and friction.barriers is not None:
        walls = friction.barriers.geometry.to_numpy()
        hit = shapely.STRtree(walls).query(route.line, predicate="intersects")
        meet = shapely.get_parts(shapely.intersection(route.line, walls[hit]))
        meet = shapely.centroid(meet)
        found = []
        for point in meet:
            metres = distance(bridges.geometry.x, bridges.geometry.y, point.x, point.y)
            reach = np.maximum(values(bridges, "uncertainty_m", 0.0), _BRIDGE_REACH_M)
            best = int(np.argmin(metres))
            if metres[best] <= reach[best]:
                found.append(best)
        used = bridges.iloc[sorted(set(found))]
        rows.append(_beside(route, used, np.full(len(used), 1.0e6)))
    rows = [frame for frame in rows if len(frame)]
    if not rows:
        return _empty(columns)
    import pandas as pd

    every = gpd.GeoDataFrame(pd.concat(rows, ignore_index=True), geometry="geometry", crs=WGS84)
    return every.sort_values("km", kind="stable", ignore_index=True)


def _beside(route: Route, features: gpd.GeoDataFrame, reach_m: NDArray[np.float64]) -> gpd.GeoDataFrame:
    """Point features within reach of the route, with the kilometre at which they come."""
    points = features.geometry.to_numpy()
    at = shapely.line_interpolate_point(route.line, shapely.line_locate_point(route.line, points))
    metres = distance(shapely.get_x(at), shapely.get_y(at), shapely.get_x(points), shapely.get_y(points))
    near = np.flatnonzero(metres <= reach_m)
    chosen = features.iloc[near]
    return gpd.GeoDataFrame(
        {
            "name": list(chosen["name"]) if "name" in chosen else None,
            "kind": list(chosen["kind"]) if "kind" in chosen else None,
            "km": _km_at(route, points[near]),
        },
        geometry=list(chosen.geometry),
        crs=WGS84,
    )
