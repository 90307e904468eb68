"""Other ways than the fastest: journeys within the slack that really differ, not the same road a cell apart.

A way through a place is the fastest to it and the fastest on from it; both are known from the corridor's two searches,
so that no further search is made. Which of them are worth showing is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geoops.core.errors import InputError
from geoops.core.geodesy import distance
from geoops.core.schema import WGS84
from geoops.core.units import SECONDS_PER_HOUR
from geoops.corridors.graph import Graph, Search
from geoops.corridors.places import Place
from geoops.corridors.route import route_of

__all__ = ["alternative_routes", "check_alternatives"]

_MOST_SHARED = 0.6  # of a way's length may lie beside ways that were chosen before
_BESIDE_SHARE = 0.02  # of the fastest way's length: nearer than that is beside it ...
_BESIDE_CELLS = 3.0  # ... and so is what lies within so many cells
_MOST_TRIED = 200  # places that ways are traced through
_RETURN_SHARE = 0.05  # of a way's length that it may go beside itself: a spur there and back is no way

_Floats = NDArray[np.float64]


def check_alternatives(count: int) -> int:
    """
    Refuse a number of alternatives that is none.

    Raises
    ------
    InputError
        Saying what came.
    """
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or not 0 <= count <= 20:
        msg = f"alternatives must be a whole number from 0 to 20; {count!r} came"
        raise InputError(msg)
    return int(count)


@dataclass(frozen=True)
class _Way:
    line: shapely.LineString
    seconds: float
    length_m: float
    road_m: float


def alternative_routes(
    graph: Graph,
    searches: tuple[Search, Search],
    ends: tuple[Place, Place],
    fastest: NDArray[np.int32],
    limit_s: float,
    count: int,
) -> gpd.GeoDataFrame:
    """
    Up to so many other ways within the slack, the fastest first.

    Parameters
    ----------
    graph
        That was searched.
    searches
        From the origin, and to the destination.
    ends
        The two places.
    fastest
        Nodes of the fastest way.
    limit_s
        Seconds that a way may take.
    count
        At most so many.

    Returns
    -------
    GeoDataFrame
        `hours`, `distance_km`, `road_share`, `shared` (share of its length beside the fastest or a way above), and the
        way as a line, EPSG:4326.
    """
    ways = [_way(graph, fastest, ends, 0.0)]
    cell_m = float(max(size.max() for size in graph.grid.cell_sizes))
    beside_m = max(_BESIDE_SHARE * ways[0].length_m, _BESIDE_CELLS * cell_m)
    rows: list[dict[str, float]] = []
    tried = 0
    for node, seconds in _candidates(graph, searches, ways[0].line, limit_s, beside_m):
        if len(rows) == count or tried == _MOST_TRIED:
            break
        if _metres(graph.place(np.array([node])), ways).min() <= beside_m:
            continue  # beside a way that was chosen meanwhile
        tried += 1
        there, on = graph.trace(searches[0], node)[::-1], graph.trace(searches[1], node)
        way = _way(graph, np.concatenate([there, on[1:]]), ends, seconds)
        points = _along(way)
        shared = float((_metres(points, ways) <= beside_m).mean())
        if shared > _MOST_SHARED or _doubles_back(points, len(there) / (len(there) + len(on)), beside_m):
            continue
        ways.append(way)
        rows.append(
            {
                "hours": way.seconds / SECONDS_PER_HOUR,
                "distance_km": way.length_m / 1000.0,
                "road_share": way.road_m / way.length_m if way.length_m > 0 else 0.0,
                "shared": shared,
            }
        )
    columns = {name: [row[name] for row in rows] for name in ("hours", "distance_km", "road_share", "shared")}
    lines = [way.line for way in ways[1:]]
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(lines, crs=WGS84), index=range(len(rows)))


def _way(graph: Graph, nodes: NDArray[np.int32], ends: tuple[Place, Place], seconds: float) -> _Way:
    route = route_of(graph, nodes, *ends)
    return _Way(route.line, seconds, float(route.along_m[-1]), route.road_m)


def _candidates(
    graph: Graph, searches: tuple[Search, Search], fastest: shapely.LineString, limit_s: float, beside_m: float
) -> list[tuple[int, float]]:
    """Places to go through, the quickest first: of each square as wide as `beside_m`, off the fastest way, the best."""
    total = searches[0].seconds + searches[1].seconds
    nodes = np.flatnonzero(total <= limit_s)
    lon, lat = graph.place(nodes)
    step = beside_m / 111_000.0
    squares = np.column_stack(
        [np.floor(lon * np.cos(np.radians(lat.mean() if len(lat) else 0.0)) / step), np.floor(lat / step)]
    )
    order = np.argsort(total[nodes], kind="stable")
    _, first = np.unique(squares[order], axis=0, return_index=True)
    best = nodes[order[np.sort(first)]]
    far = _metres(graph.place(best), [_Way(fastest, 0.0, 0.0, 0.0)]) > beside_m
    return [(int(node), float(total[node])) for node in best[far]]


def _along(way: _Way) -> tuple[_Floats, _Floats]:
    """Longitude and latitude of 200 places along a way, evenly."""
    points = shapely.line_interpolate_point(way.line, np.linspace(0.0, 1.0, 200), normalized=True)
    return shapely.get_x(points), shapely.get_y(points)


def _metres(places: tuple[_Floats, _Floats], ways: list[_Way]) -> _Floats:
    """Metres from places to the nearest of some ways, its nearest point found in degrees of equal size."""
    lon, lat = places
    least = np.full(len(lon), np.inf)
    stretch = float(np.cos(np.radians(lat.mean()))) if len(lat) else 1.0
    points = shapely.points(lon * stretch, lat)
    for way in ways:
        line = shapely.transform(way.line, lambda xy: xy * [stretch, 1.0])
        near = shapely.line_interpolate_point(line, shapely.line_locate_point(line, points))
        least = np.minimum(least, distance(lon, lat, shapely.get_x(near) / stretch, shapely.get_y(near)))
    return least


def _doubles_back(points: tuple[_Floats, _Floats], turn: float, beside_m: float) -> bool:
    """Whether a way comes back beside itself after the place it goes through."""
    lon, lat = points
    at = int(np.clip(round(turn * len(lon)), 2, len(lon) - 2))
    there = _Way(shapely.LineString(np.column_stack([lon[:at], lat[:at]])), 0.0, 0.0, 0.0)
    back = _metres((lon[at:], lat[at:]), [there]) <= beside_m / 2.0
    # Next to the place itself both parts are near each other, as they must be.
    hop = float(distance(lon[at - 1], lat[at - 1], lon[at], lat[at]))
    own = int(np.ceil(beside_m / max(hop, 1.0)))
    return bool(back[own:].sum() > _RETURN_SHARE * len(lon))
