"""Where lines meet obstacles: roads at rivers and borders, bridges where no road is mapped, closed border posts.

A network passes barriers; this module sees to it that it does so only where it should, and that a road drawn a little
over a river or a border, and back, does not land on the other side.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely import affinity
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from geoops.core.geodesy import destination, distance, length
from geoops.core.schema import WGS84

__all__ = [
    "Passage",
    "across",
    "closed_gaps",
    "connectors",
    "grazing",
    "meeting_points",
    "nearest_on",
    "waiting_places",
]

_DEGREE_M = 111_000.0  # for search radii only; lengths that matter are geodesics


@dataclass(frozen=True)
class Passage:
    """A place where an obstacle may be passed: a bridge or a border post."""

    name: str
    kind: str
    line: LineString
    row: int


def _stretch(lat: float) -> float:
    """Degrees of longitude that are as long as a degree of latitude."""
    return 1.0 / max(float(np.cos(np.radians(lat))), 0.05)


def meeting_points(
    lines: NDArray[np.object_], obstacles: NDArray[np.object_]
) -> tuple[NDArray[np.int64], gpd.GeoSeries]:
    """Where lines cross or touch obstacles: the line's position and the point, one row a meeting."""
    tree = shapely.STRtree(obstacles)
    line, hit = tree.query(lines, predicate="intersects")
    if len(line) == 0:
        return np.empty(0, np.int64), gpd.GeoSeries([], crs=WGS84)
    shared = shapely.intersection(lines[line], obstacles[hit])
    parts, owner = shapely.get_parts(shared, return_index=True)
    flat = shapely.get_dimensions(parts) == 1
    # A line that runs along a wall for a while meets it once, in the middle of that.
    parts[flat] = shapely.line_interpolate_point(parts[flat], 0.5, normalized=True)
    return line[owner], gpd.GeoSeries(parts, crs=WGS84)


def grazing(lines: gpd.GeoDataFrame, obstacles: NDArray[np.object_], reach_m: NDArray[np.float64]) -> gpd.GeoDataFrame:
    """
    The lines, cut where they meet obstacles; pieces that cross over and come back near by do not join cells there.

    Pieces lie now on one side, now on the other. One between two meetings, on the side where less of the line lies,
    that never leaves the obstacle by more than `reach_m` of its row (how surely both are placed) is a matter of
    drawing, not a crossing. Columns are kept, `length_m` and `delay_s` are shared out, `joins_cells` is set.
    """
    if len(lines) == 0 or len(obstacles) == 0:
        return lines
    geometry = lines.geometry.to_numpy()
    tree = shapely.STRtree(obstacles)
    line, hit = tree.query(geometry, predicate="intersects")
    touched = np.unique(line)
    if len(touched) == 0:
        return lines
    groups = [obstacles[hit[line == position]] for position in touched]
    walls = np.array([shapely.union_all(group) for group in groups], dtype=object)
    rest = shapely.difference(geometry[touched], walls)
    pieces, owner = shapely.get_parts(rest, return_index=True)
    rows = touched[owner]
    count = np.bincount(owner, minlength=len(touched))
    rank = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    side = owner * 2 + rank % 2
    on_side = np.bincount(side, weights=shapely.length(pieces), minlength=2 * len(touched))
    between = (rank > 0) & (rank < count[owner] - 1) & (on_side[side] <= on_side[side ^ 1])
    joins = np.ones(len(pieces), bool)
    for piece in np.flatnonzero(between):
        dense = shapely.segmentize(pieces[piece], 0.002)
        xy = shapely.get_coordinates(dense)
        scale = [1.0 / _stretch(float(xy[0, 1])), 1.0]
        wall = affinity.scale(walls[owner[piece]], scale[0], 1.0, origin=(0.0, 0.0))
        far = shapely.distance(shapely.points(xy * scale), wall).max() * _DEGREE_M
        joins[piece] = far > reach_m[rows[piece]]
    cut = lines.iloc[rows].copy()
    cut["geometry"] = pieces
    whole = shapely.length(geometry[rows])
    for name in {"length_m", "delay_s"} & set(cut):
        cut[name] = cut[name].to_numpy(dtype=float) * shapely.length(pieces) / np.where(whole > 0, whole, 1)
    cut["joins_cells"] = cut["joins_cells"].to_numpy(dtype=float) * joins if "joins_cells" in cut else joins
    keep = np.setdiff1d(np.arange(len(lines)), touched)
    whole_rows = lines.iloc[keep].copy()
    if "joins_cells" not in whole_rows:
        whole_rows["joins_cells"] = True
    merged = pd.concat([whole_rows, cut], ignore_index=True)
    return gpd.GeoDataFrame(merged, geometry="geometry", crs=lines.crs)


def waiting_places(
    lines: gpd.GeoDataFrame, walls: NDArray[np.object_], delay_s: float, graze_m: float
) -> gpd.GeoDataFrame:
    """
    The lines with a stretch of its own, its `delay_s` set, wherever one really crosses a wall.

    The stretch reaches half a kilometre to either side and may not be left, so that nobody pays a part of the delay.
    Meetings that come in pairs within `graze_m` of each other are the drawing's: a road along a border wavers over its
    generalised line.
    """
    geometry = lines.geometry.to_numpy()
    position, points = meeting_points(geometry, walls)
    rows: list[int] = []
    parts: list[BaseGeometry] = []
    delays: list[float] = []
    for row in np.unique(position):
        whole = geometry[row]
        scale = length(np.array([whole], dtype=object))[0] / max(shapely.length(whole), 1e-12)  # metres a degree of it
        along = np.sort(shapely.line_locate_point(whole, points.to_numpy()[position == row]))
        group = np.concatenate([[0], np.cumsum(np.diff(along) * scale > graze_m)])
        half = 500.0 / scale
        cuts = [0.0]
        for number in np.unique(group):
            mine = along[group == number]
            if len(mine) % 2:  # from before the first meeting to behind the last
                cuts += [max(mine[0] - half, cuts[-1]), min(mine[-1] + half, shapely.length(whole))]
        cuts.append(shapely.length(whole))
        for number, (start, end) in enumerate(pairwise(cuts)):
            if end - start > 1e-9:
                rows.append(int(row))
                parts.append(substring(whole, start, end))
                delays.append(delay_s if number % 2 else 0.0)
    if not rows:
        return lines.assign(delay_s=0.0)
    cut = lines.iloc[rows].copy()
    whole_length = shapely.length(geometry[rows])
    cut["length_m"] = (
        cut["length_m"].to_numpy(dtype=float) * shapely.length(np.array(parts, dtype=object)) / whole_length
    )
    cut["geometry"] = parts
    cut["delay_s"] = delays
    may = cut["joins_cells"].to_numpy(dtype=float) > 0 if "joins_cells" in cut else np.ones(len(cut), bool)
    cut["joins_cells"] = may & (cut["delay_s"] == 0).to_numpy()
    rest = lines.iloc[np.setdiff1d(np.arange(len(lines)), rows)].assign(delay_s=0.0)
    both = [frame for frame in (rest, cut) if len(frame)]
    return gpd.GeoDataFrame(pd.concat(both, ignore_index=True), geometry="geometry", crs=WGS84)


def closed_gaps(
    lines: gpd.GeoDataFrame,
    walls: NDArray[np.object_],
    posts: gpd.GeoDataFrame,
    reach_m: NDArray[np.float64],
    graze_m: float,
) -> tuple[gpd.GeoDataFrame, NDArray[np.bool_], int]:
    """
    The lines with a gap of 200 m wherever they cross a closed wall away from the posts.

    Parameters
    ----------
    lines
        The network.
    walls
        Border lines.
    posts
        Where one may cross.
    reach_m
        How near a line must cross to a post to be its road, for each post.
    graze_m
        A line that crosses and comes back without leaving the wall by more than this is not cut.

    Returns
    -------
    tuple
        The lines, whether each post has a road, and the number of gaps.
    """
    geometry = np.array(lines.geometry.to_numpy(), dtype=object)
    position, points = meeting_points(geometry, walls)
    has_road = np.zeros(len(posts), bool)
    if len(position) == 0:
        return lines, has_road, 0
    lon, lat = points.x.to_numpy(), points.y.to_numpy()
    passed = np.zeros(len(position), bool)
    for post, (point, radius) in enumerate(zip(posts.geometry, reach_m, strict=True)):
        near = distance(lon, lat, point.x, point.y) <= radius
        passed |= near
        has_road[post] = bool(near.any())
    # A line whose ends (in its own run) lie on one side, all within reach of the wall, only grazes it.
    closed = np.flatnonzero(~passed)
    gaps: dict[int, list[BaseGeometry]] = {}
    for row in np.unique(position[closed]):
        mine = closed[position[closed] == row]
        if len(mine) % 2 == 0 and _only_grazes(geometry[row], walls, lon[mine], lat[mine], graze_m):
            continue
        size = 100.0 / _DEGREE_M
        gaps[int(row)] = [shapely.Point(lon[i], lat[i]).buffer(size * _stretch(lat[i])) for i in mine]
    if not gaps:
        return lines, has_road, 0
    result = lines.copy()
    old = geometry.copy()
    for row, holes in gaps.items():
        geometry[row] = shapely.difference(geometry[row], shapely.union_all(holes))
    if "length_m" in result:
        share = shapely.length(geometry) / np.maximum(shapely.length(old), 1e-12)
        result["length_m"] = result["length_m"].to_numpy(dtype=float) * np.where(share > 0, share, 1.0)
    result["geometry"] = geometry
    result = result[~result.geometry.is_empty]
    return result, has_road, sum(len(holes) for holes in gaps.values())


def _only_grazes(
    line: LineString, walls: NDArray[np.object_], lon: NDArray[np.float64], lat: NDArray[np.float64], graze_m: float
) -> bool:
    """Whether the stretch of a line between its first and last meeting stays near the wall."""
    along = np.sort(shapely.line_locate_point(line, shapely.points(lon, lat)))
    near = walls[shapely.STRtree(walls).query(line, predicate="intersects")]
    wall = shapely.union_all(near)
    far = 0.0
    for start, end in zip(along[::2], along[1::2], strict=True):
        samples = shapely.line_interpolate_point(line, np.linspace(start, end, 25))
        far = max(far, float(shapely.distance(samples, wall).max()) * _DEGREE_M)
    return far <= graze_m


def nearest_on(point: Point, lines: NDArray[np.object_], tree: shapely.STRtree, within_m: float) -> tuple[int, float]:
    """Which line is nearest to a point, and metres to it (to a few parts in a thousand); -1 beyond `within_m`."""
    radius = within_m / _DEGREE_M * _stretch(point.y)
    near = tree.query(point, predicate="dwithin", distance=radius)
    if len(near) == 0:
        return -1, float("inf")
    at = shapely.line_interpolate_point(lines[near], shapely.line_locate_point(lines[near], point))
    metres = distance(shapely.get_x(at), shapely.get_y(at), point.x, point.y)
    best = int(np.argmin(metres))
    return (int(near[best]), float(metres[best])) if metres[best] <= within_m else (-1, float(metres[best]))


def across(point: Point, wall: LineString, half_m: float) -> LineString:
    """A straight line over a wall at its place nearest to a point, square to it, `half_m` to either side."""
    at = shapely.line_locate_point(wall, point)
    foot = shapely.line_interpolate_point(wall, at)
    step = half_m / _DEGREE_M
    before = shapely.line_interpolate_point(wall, max(at - step, 0.0))
    after = shapely.line_interpolate_point(wall, min(at + step, shapely.length(wall)))
    east = (after.x - before.x) / _stretch(foot.y)
    along = float(np.degrees(np.arctan2(east, after.y - before.y)))
    lon, lat = destination(foot.x, foot.y, np.array([along - 90.0, along + 90.0]), half_m)
    return LineString([(lon[0], lat[0]), (foot.x, foot.y), (lon[1], lat[1])])


def connectors(
    links: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, reach_m: NDArray[np.float64]
) -> tuple[gpd.GeoDataFrame, list[LineString]]:
    """
    Short lines from the ends of hand-drawn links to the nearest place on the roads, which get a vertex there.

    A link drawn from town to town ends beside the trunk road, not on it; without this the last stretch would be
    travelled at the pace of open ground.

    Parameters
    ----------
    links
        Lines whose ends are looked at.
    roads
        Lines that they may end beside.
    reach_m
        How far an end may lie from its road, for each link.

    Returns
    -------
    tuple
        The roads with the new vertices, and the connecting lines.
    """
    lines = np.array(roads.geometry.to_numpy(), dtype=object)
    if len(lines) == 0 or len(links) == 0:
        return roads, []
    tree = shapely.STRtree(lines)
    found: list[LineString] = []
    new: dict[int, list[tuple[float, float, float]]] = {}
    parts, owner = shapely.get_parts(links.geometry.to_numpy(), return_index=True)
    for part, row in zip(parts, owner, strict=True):
        xy = shapely.get_coordinates(part)
        for x, y in (xy[0], xy[-1]):
            end = shapely.Point(x, y)
            line, metres = nearest_on(end, lines, tree, float(reach_m[row]))
            if line < 0 or metres < 0.01:
                continue
            along = float(shapely.line_locate_point(lines[line], end))
            foot = shapely.line_interpolate_point(lines[line], along)
            new.setdefault(line, []).append((along, float(foot.x), float(foot.y)))
            found.append(LineString([(x, y), (foot.x, foot.y)]))
    for line, feet in new.items():
        lines[line] = _with_vertices(lines[line], feet)
    result = roads.copy()
    result["geometry"] = lines
    return result, found


def _with_vertices(line: BaseGeometry, feet: list[tuple[float, float, float]]) -> BaseGeometry:
    """A line with further vertices, each (distance along it, x, y)."""
    if line.geom_type != "LineString":
        return line
    xy = shapely.get_coordinates(line)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    every = np.vstack([np.column_stack([along, xy]), np.array(feet)])
    return LineString(every[np.argsort(every[:, 0], kind="stable"), 1:])
