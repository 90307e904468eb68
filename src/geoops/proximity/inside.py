"""Which points lie inside which areas, under the same meaning of an edge as the distances.

A point is inside when the meridian from it northwards passes the outline an odd number of times. For geodesic edges the
crossing is decided by azimuths at the ellipsoid, so that a point between a chord in degrees and its geodesic falls on the
right side. Distances to outlines are the search's work.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from geoops.core.geodesy import geod
from geoops.proximity.pieces import Edges, FloatArray, IntArray, raw_edges, simple_parts

__all__ = ["Areas", "containing", "make_areas", "pairs_inside"]


@dataclass(frozen=True)
class Areas:
    """Outlines of the polygons among some geometries, with what a test of a point needs."""

    edges: str
    outline: Edges
    wide: FloatArray  # degrees of longitude from first to second end: the short way for geodesics
    north: FloatArray  # no point of the edge lies north of this latitude
    south: FloatArray  # ... nor south of this one
    polar: NDArray[np.bool_]  # a row a geometry: whether the north pole lies inside
    rows: IntArray  # the geometries that are areas
    west_bound: FloatArray  # a row a geometry: box in degrees that holds it, widened for what geodesics bulge
    south_bound: FloatArray
    east_bound: FloatArray
    north_bound: FloatArray


def make_areas(geometries: NDArray[np.object_], edges: str) -> Areas:
    """Gather the outlines of all polygons; other geometries contribute nothing."""
    can_be = np.flatnonzero(np.isin(shapely.get_type_id(geometries), (3, 6, 7)))
    raw = raw_edges(geometries[can_be])
    outline = Edges(*(getattr(raw, name)[raw.ring] for name in Edges.__dataclass_fields__))
    outline = replace(outline, owner=can_be[outline.owner])
    wide = outline.lon2 - outline.lon1
    at_pole = (np.abs(outline.lat1) == 90.0) & (np.abs(outline.lat2) == 90.0)
    if edges == "geodesic":
        short = wide - 360.0 * np.round(wide / 360.0)
        wide = np.where(at_pole, wide, short)
    count = len(geometries)
    # A geodesic rises above its ends by less than half its span of longitude (it may pass near the pole).
    top = np.maximum(outline.lat1, outline.lat2)
    low = np.minimum(outline.lat1, outline.lat2)
    bulge = np.zeros(len(top))
    if edges == "geodesic":
        crest = np.degrees(np.arctan(np.tan(np.radians(np.minimum(np.maximum(np.abs(top), np.abs(low)), 89.999999)))
                                     / np.maximum(np.cos(np.radians(np.abs(wide) / 2.0)), 1e-9)))  # fmt: skip
        bulge = crest - np.maximum(np.abs(top), np.abs(low)) + np.abs(wide) * 0.01  # the second term: the ellipsoid
    north, south = top + bulge + 1e-9, low - bulge - 1e-9
    polar = _holds_north_pole(outline, wide, count) if edges == "geodesic" else np.zeros(count, dtype=bool)
    starts = outline.lon1
    bounds = [np.full(count, fill) for fill in (np.inf, np.inf, -np.inf, -np.inf)]
    np.minimum.at(bounds[0], outline.owner, np.minimum(starts, starts + wide))
    np.minimum.at(bounds[1], outline.owner, south)
    np.maximum.at(bounds[2], outline.owner, np.maximum(starts, starts + wide))
    np.maximum.at(bounds[3], outline.owner, north)
    whole = _winding_rows(outline, wide)
    for rows in (np.flatnonzero(polar), whole):  # a cap over a pole: no box holds it
        for column, value in zip(bounds, (-720.0, -90.0, 720.0, 90.0), strict=True):
            column[rows] = value
    return Areas(edges, outline, wide, north, south, polar, np.unique(outline.owner), *bounds)


def _turns(outline: Edges, wide: FloatArray) -> FloatArray:
    """How many times each ring goes round the axis; indexed by part."""
    return np.round(np.bincount(outline.part, weights=wide, minlength=1) / 360.0)


def _winding_rows(outline: Edges, wide: FloatArray) -> IntArray:
    """Geometries with a ring that goes round a pole."""
    if not len(outline.part):
        return np.empty(0, dtype=np.int64)
    return np.unique(outline.owner[_turns(outline, wide)[outline.part] != 0.0])


def _holds_north_pole(outline: Edges, wide: FloatArray, count: int) -> NDArray[np.bool_]:
    """A ring round the axis bounds the cap of the nearer pole; an even number of such caps at the north cancels."""
    polar = np.zeros(count, dtype=bool)
    if not len(outline.part):
        return polar
    turns = _turns(outline, wide)
    weights = np.bincount(outline.part, weights=outline.lat1)
    _, first = np.unique(outline.part, return_index=True)
    for position in first:
        part = outline.part[position]
        if turns[part] % 2 and weights[part] > 0.0:
            polar[outline.owner[position]] ^= True
    return polar


def _passes_north(areas: Areas, edge: IntArray, lon: FloatArray, lat: FloatArray) -> NDArray[np.bool_]:
    """For pairs of an edge and a point: whether the point's meridian, northwards, passes the edge."""
    outline = areas.outline
    wide = areas.wide[edge]
    first = outline.lon1[edge]
    reached = first + wide
    west, east = np.minimum(first, reached), np.maximum(first, reached)
    turn = lon - 360.0 * np.floor((lon - west) / 360.0)  # the point's longitude, in [west, west + 360)
    over = (turn >= west) & (turn < east)  # half open, so that a vertex counts once
    above = over & (areas.south[edge] > lat)
    doubtful = np.flatnonzero(over & ~above & (areas.north[edge] >= lat))
    if len(doubtful):
        rows = edge[doubtful]
        a_lon, a_lat, b_lat = outline.lon1[rows], outline.lat1[rows], outline.lat2[rows]
        if areas.edges == "geodesic":
            along = np.asarray(geod().inv(a_lon, a_lat, outline.lon2[rows], b_lat)[0])
            to_point = np.asarray(geod().inv(a_lon, a_lat, lon[doubtful], lat[doubtful])[0])
            right = np.sin(np.radians(to_point - along))
            above[doubtful] = np.where(wide[doubtful] > 0.0, right > 0.0, right < 0.0)
            # Both ends at a pole: the edge runs along it, above or below everything.
            at_pole = (np.abs(a_lat) == 90.0) & (np.abs(b_lat) == 90.0)
            above[doubtful] = np.where(at_pole, a_lat > 0.0, above[doubtful])
        else:
            share = (turn[doubtful] - a_lon) / np.where(wide[doubtful] == 0.0, 1.0, wide[doubtful])
            above[doubtful] = a_lat + share * (b_lat - a_lat) > lat[doubtful]
    return above


def containing(lon: FloatArray, lat: FloatArray, areas: Areas) -> tuple[IntArray, IntArray]:
    """
    Every pair of a point and an area that holds it.

    Returns
    -------
    tuple of arrays
        Position of the point and row of the area, sorted by point, then row.
    """
    points, rows = [], []
    for row in areas.rows:
        near = (lat >= areas.south_bound[row]) & (lat <= areas.north_bound[row])
        west, east = areas.west_bound[row], areas.east_bound[row]
        turned = lon - 360.0 * np.floor((lon - west) / 360.0)
        near &= turned <= east
        hits = np.flatnonzero(near)
        if len(hits):
            points.append(hits)
            rows.append(np.full(len(hits), row))
    if not points:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    point, row_of = np.concatenate(points), np.concatenate(rows)
    inside = pairs_inside(lon[point], lat[point], row_of, areas)
    point, row_of = point[inside], row_of[inside]
    order = np.lexsort([row_of, point])
    return point[order], row_of[order]


def pairs_inside(lon: FloatArray, lat: FloatArray, row: IntArray, areas: Areas) -> NDArray[np.bool_]:
    """Whether each point lies inside the area paired with it (never, for a row that is no area)."""
    outline = areas.outline
    order = np.argsort(outline.owner, kind="stable")
    owners = outline.owner[order]
    first = np.searchsorted(owners, row, side="left")
    counts = np.searchsorted(owners, row, side="right") - first
    inside = np.zeros(len(lon), dtype=bool)
    block = 4_000_000
    begin = 0
    total = np.cumsum(counts)
    while begin < len(lon):
        done = total[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(total, done + block, side="right")))
        span = slice(begin, end)
        point = np.repeat(np.arange(begin, end), counts[span])
        offset = np.arange(len(point)) - np.repeat(np.cumsum(counts[span]) - counts[span], counts[span])
        edge = order[np.repeat(first[span], counts[span]) + offset]
        passes = _passes_north(areas, edge, lon[point], lat[point])
        inside[span] = np.bincount(point - begin, weights=passes, minlength=end - begin) % 2 == 1
        begin = end
    is_area = counts > 0
    return is_area & (inside ^ areas.polar[row])


def part_points(geometries: NDArray[np.object_]) -> tuple[IntArray, FloatArray, FloatArray]:
    """The first vertex of every connected part of every geometry, with its row: inside or outside with the whole part."""
    parts, owner = simple_parts(geometries)
    coords, index = shapely.get_coordinates(parts, return_index=True)
    _, first = np.unique(index, return_index=True)
    return owner[index[first]].astype(np.int64), coords[first, 0].copy(), coords[first, 1].copy()
