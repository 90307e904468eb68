"""The network of a friction: roads with their pace, links to them, bridges and border posts where no road is mapped.

Also the walls that rivers and shores are to everything off the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString

from geoops.core.geodesy import length
from geoops.core.schema import WGS84
from geoops.corridors.borders import Borders
from geoops.corridors.obstacles import (
    across,
    closed_gaps,
    connectors,
    grazing,
    meeting_points,
    nearest_on,
    waiting_places,
)
from geoops.corridors.speeds import SpeedTable
from geoops.corridors.themes import lines_of, values, words

__all__ = ["GONE", "make_network", "open_water", "river_walls"]

_DRY_KINDS = ("WAD", "WADS", "WADJ", "STMI", "STMIX", "CNL", "CNLI", "CNLD", "DTCH", "LKC")
GONE = ("destroyed", "planned", "proposed", "closed", "under construction", "abandoned")
_SMALL_WATER_CELLS = 0.25  # waters below this share of a cell are passed round within it
_BRIDGE_REACH_M = 3000.0  # a bridge farther than this (or its own uncertainty) from any river bridges nothing
_ROAD_REACH_M = 1500.0  # a road crossing a river this near to a bridge is the bridge's road
_GRAZE_M = 1000.0  # least accuracy of roads and rivers against each other, at the scale of the embedded layers
_MOST_GRAZE_M = 5000.0  # however roughly a road is drawn, beyond this it is on the other side
_WAVER_M = 5000.0  # a road that meets a border twice within this has only wavered over it
_HALF_LINK_M = 1500.0  # a link over a river reaches at least this far to either side: beyond one cell of 30 seconds


def river_walls(rivers: gpd.GeoDataFrame | None) -> tuple[gpd.GeoDataFrame, str]:
    """Rivers that cannot be crossed off the network, and a sentence about which they are."""
    nothing = gpd.GeoDataFrame({"wall": [], "uncertainty_m": []}, geometry=gpd.GeoSeries([], crs=WGS84))
    if rivers is None or len(rivers) == 0:
        return nothing, "No rivers given: none is an obstacle."
    named = words(rivers, "name") != ""
    wet = ~words(rivers, "kind").str.upper().isin(_DRY_KINDS) & ~words(rivers, "status").str.contains("intermittent")
    chosen = wet & named if named.any() else wet
    lines = lines_of(rivers[chosen.to_numpy()])
    walls = gpd.GeoDataFrame(
        {
            "wall": "river",
            "name": list(lines.get("name", [None] * len(lines))),
            "uncertainty_m": values(lines, "uncertainty_m", 0.0),
        },
        geometry=list(lines.geometry),
        crs=WGS84,
    )
    names = sorted({str(n) for n in walls["name"].dropna() if str(n)})
    listed = f": {', '.join(names)}" if 0 < len(names) <= 12 else ""
    return walls, (
        f"{len(names) or len(walls)} rivers are crossed only by roads and bridges{listed};"
        " wadis, canals and unnamed streams are no obstacle."
    )


def open_water(water: gpd.GeoDataFrame | None, cell_deg: float) -> gpd.GeoDataFrame:
    """
    The parts of waters that are wider than half a cell: lakes and reservoirs, one part a row.

    Rivers stand as lines among the walls; their polygons, where a layer has them, come broken into pieces and would
    be neither a wall nor passable.
    """
    if water is None or len(water) == 0:
        return gpd.GeoDataFrame({"wall": []}, geometry=gpd.GeoSeries([], crs=WGS84))
    geometry = water.geometry.to_numpy()
    geometry = geometry[shapely.get_dimensions(geometry) == 2]
    large = geometry[shapely.area(geometry) > _SMALL_WATER_CELLS * cell_deg**2]
    rough = shapely.make_valid(shapely.simplify(large, cell_deg / 8.0, preserve_topology=True))
    half = cell_deg / 4.0
    opened = shapely.buffer(shapely.buffer(rough, -half, quad_segs=2), half, quad_segs=2)
    parts = shapely.get_parts(opened)
    parts = parts[shapely.area(parts) > 2.0 * cell_deg**2]
    return gpd.GeoDataFrame({"wall": "shore"}, index=range(len(parts)), geometry=list(parts), crs=WGS84)


def make_network(
    themes: Mapping[str, Any],
    table: SpeedTable,
    rivers: gpd.GeoDataFrame,
    shores: gpd.GeoDataFrame,
    borders: Borders,
) -> tuple[gpd.GeoDataFrame | None, dict[str, int]]:
    """Roads, links, bridges and border posts as one network, and how many of each."""
    roads = _classed(themes.get("roads"), "road")
    links = _classed(themes.get("road_links"), "road_link")
    links = links[~words(links, "status").isin(GONE).to_numpy()].reset_index(drop=True)
    base = gpd.GeoDataFrame(pd.concat([roads, links], ignore_index=True), geometry="geometry", crs=WGS84)
    joined: list[LineString] = []
    if len(links) and len(roads):
        reach = np.clip(values(links, "uncertainty_m", 0.0), 3000.0, 8000.0)
        ends = base[base["kind"] == "road_link"]
        roads, joined = connectors(ends, base[base["kind"] == "road"].reset_index(drop=True), reach)
        base = gpd.GeoDataFrame(pd.concat([roads, links], ignore_index=True), geometry="geometry", crs=WGS84)
    water = np.array([*rivers.geometry, *shores.geometry], dtype=object)
    if len(joined) and len(water):
        hit = shapely.STRtree(water).query(np.array(joined, dtype=object), predicate="intersects")[0]
        joined = [line for number, line in enumerate(joined) if number not in set(hit.tolist())]
    base = _with_lines(base, joined, "other", "connector")
    bridged = _bridges(themes.get("bridges"), base, rivers, shores, table.mode)
    base = _with_lines(base, bridged, "crossing", "bridge")
    counts = {
        "roads": len(roads),
        "road_links": len(links),
        "connectors": len(joined),
        "bridges_without_road": len(bridged),
    }

    if len(rivers):
        reach_m = np.clip(values(base, "uncertainty_m", 0.0), _GRAZE_M, _MOST_GRAZE_M)
        fixed = base["kind"].isin(["bridge", "connector"]).to_numpy()
        cut = grazing(base[~fixed].reset_index(drop=True), rivers.geometry.to_numpy(), reach_m[~fixed])
        base = gpd.GeoDataFrame(pd.concat([cut, base[fixed]], ignore_index=True), geometry="geometry", crs=WGS84)
    if len(borders.lines):
        base, more = _through_borders(base, borders)
        counts |= more
    if len(base) == 0:
        return None, counts
    base["joins_cells"] = values(base, "joins_cells", 1.0) > 0
    rows = [table.road(kind) for kind in base["class"]]
    base["speed"] = [row.key for row in rows]
    waits = values(base, "delay_s", 0.0) / np.maximum(values(base, "length_m", 1.0), 1.0)
    base["pace_s_per_m"] = np.array([row.pace_s_per_m for row in rows]) + waits
    base["sloped"] = table.mode == "foot"
    order = ["name", "class", "kind", "speed", "pace_s_per_m", "length_m", "joins_cells", "sloped", "geometry"]
    return base[order].reset_index(drop=True), counts


def _classed(frame: gpd.GeoDataFrame | None, kind: str) -> gpd.GeoDataFrame:
    """Lines with the columns of the network; `length_m` where the layer states a length."""
    if frame is None or len(frame) == 0:
        columns = {name: pd.Series([], dtype=object) for name in ("name", "class", "kind", "status")}
        numbers = {name: pd.Series([], dtype=float) for name in ("length_m", "uncertainty_m")}
        return gpd.GeoDataFrame({**columns, **numbers}, geometry=gpd.GeoSeries([], crs=WGS84))
    lines = lines_of(frame)
    stated = values(lines, "length_m", np.nan)
    stated = np.where(np.isnan(stated), values(lines, "length_km", np.nan) * 1000.0, stated)
    drawn = length(lines.geometry.to_numpy())
    # A stated length shorter than the drawn line, or more than half longer, belongs to something else than this line.
    fits = (stated >= 0.95 * drawn) & (stated <= 1.5 * drawn + 500.0)
    return gpd.GeoDataFrame(
        {
            "name": list(lines["name"]) if "name" in lines else None,
            "class": words(lines, "class").replace("", "other"),
            "kind": kind,
            "status": words(lines, "status"),
            "length_m": np.where(fits, stated, drawn),
            "uncertainty_m": values(lines, "uncertainty_m", 0.0),
        },
        geometry=list(lines.geometry),
        crs=WGS84,
    )


def _with_lines(base: gpd.GeoDataFrame, lines: list[LineString], way: str, kind: str) -> gpd.GeoDataFrame:
    """The network with further lines of one class."""
    if not lines:
        return base
    more = gpd.GeoDataFrame(
        {
            "name": None,
            "class": way,
            "kind": kind,
            "status": "",
            "length_m": length(np.array(lines, dtype=object)),
            "uncertainty_m": 0.0,
        },
        geometry=lines,
        crs=WGS84,
    )
    return gpd.GeoDataFrame(pd.concat([base, more], ignore_index=True), geometry="geometry", crs=WGS84)


def _bridges(
    bridges: gpd.GeoDataFrame | None,
    base: gpd.GeoDataFrame,
    rivers: gpd.GeoDataFrame,
    shores: gpd.GeoDataFrame,
    mode: str,
) -> list[LineString]:
    """Short lines over rivers at the bridges that stand and that no mapped road uses."""
    walls = np.array(rivers.geometry if len(rivers) else shores.geometry, dtype=object)
    if bridges is None or len(bridges) == 0 or len(walls) == 0:
        return []
    standing = ~words(bridges, "status").isin(GONE)
    if mode != "foot":
        standing &= ~words(bridges, "carries").isin(["rail", "foot"])
    use = bridges[standing.to_numpy() & (bridges.geometry.geom_type == "Point").to_numpy()]
    reach = np.maximum(values(use, "uncertainty_m", 0.0), _BRIDGE_REACH_M)
    tree = shapely.STRtree(walls)
    road_at = _meeting_points_of(base, walls)
    result = []
    for point, radius in zip(use.geometry, reach, strict=True):
        wall, _ = nearest_on(point, walls, tree, radius)
        if wall < 0 or _any_near(road_at, point, max(radius / 2.0, _ROAD_REACH_M)):
            continue
        result.append(across(point, walls[wall], _HALF_LINK_M))
    return result


def _meeting_points_of(base: gpd.GeoDataFrame, walls: NDArray[np.object_]) -> NDArray[np.float64]:
    """Where roads cross walls, as longitude and latitude."""
    if len(base) == 0:
        return np.empty((0, 2))
    _, points = meeting_points(base.geometry.to_numpy(), walls)
    return np.column_stack([points.x, points.y]) if len(points) else np.empty((0, 2))


def _any_near(places: NDArray[np.float64], point: Any, radius_m: float) -> bool:
    """Whether any place lies within a radius of a point."""
    from geoops.core.geodesy import distance

    return len(places) > 0 and bool((distance(places[:, 0], places[:, 1], point.x, point.y) <= radius_m).any())


def _through_borders(base: gpd.GeoDataFrame, borders: Borders) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """The network with gaps where it crosses closed boundaries, waits where it may, and links at posts without a road."""
    walls = borders.lines.geometry.to_numpy()
    reach = np.maximum(2.0 * values(borders.posts, "uncertainty_m", 0.0), 5000.0)
    has_road = np.zeros(len(borders.posts), bool)
    gaps = 0
    if len(base):
        if borders.closed:
            base, has_road, gaps = closed_gaps(base, walls, borders.posts, reach, 2.0 * _GRAZE_M)
        if borders.delay_s > 0:
            base = waiting_places(base, walls, borders.delay_s, _WAVER_M)
        fixed = base["kind"].isin(["bridge", "connector"]).to_numpy()
        roads = base[~fixed].reset_index(drop=True)
        roads = grazing(roads, walls, np.full(len(roads), 2.0 * _GRAZE_M))
        base = gpd.GeoDataFrame(pd.concat([roads, base[fixed]], ignore_index=True), geometry="geometry", crs=WGS84)
    tree = shapely.STRtree(walls)
    links = []
    for post, point in enumerate(borders.posts.geometry):
        if has_road[post]:
            continue
        wall, _ = nearest_on(point, walls, tree, float(reach[post]))
        if wall >= 0:
            links.append(across(point, walls[wall], _HALF_LINK_M))
    counts = {"closed_at_borders": gaps, "border_posts": len(borders.posts), "border_posts_without_road": len(links)}
    base = _with_lines(base, links, "crossing", "border_crossing")
    fresh = (base["kind"] == "border_crossing").to_numpy() if links else np.zeros(len(base), bool)
    if borders.delay_s > 0 and fresh.any():
        waits = waiting_places(base[fresh].reset_index(drop=True), walls, borders.delay_s, _WAVER_M)
        base = gpd.GeoDataFrame(pd.concat([base[~fresh], waits], ignore_index=True), geometry="geometry", crs=WGS84)
    return base, counts
