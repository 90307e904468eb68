"""Shapes on the ellipsoid for drawing and clipping: edges made dense, outlines brought home over the antimeridian.

What is exact and what is a polygon's approximation is stated at each function; measuring is done elsewhere.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import shapely
import shapely.affinity
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geoops.core.geodesy import geod

__all__ = ["area_m2", "dense", "outline_polygon"]

FloatArray = NDArray[np.float64]


def dense(geometry: BaseGeometry, edges: str, step_m: float) -> BaseGeometry:
    """
    The geometry with vertices at most about `step_m` apart along its edges, geodesic or straight in degrees.

    Longitudes run on over ±180° within a line or ring where the edges are geodesics.
    """
    if geometry.is_empty:
        return geometry
    kind = geometry.geom_type
    if kind in ("Point", "MultiPoint"):
        return geometry
    if kind == "Polygon":
        rings = [_dense_line(shapely.get_coordinates(ring), edges, step_m) for ring in shapely.get_rings(geometry)]
        return shapely.Polygon(rings[0], rings[1:])
    if kind in ("LineString", "LinearRing"):
        return shapely.LineString(_dense_line(shapely.get_coordinates(geometry), edges, step_m))
    whole: Any = geometry
    return cast("BaseGeometry", type(whole)([dense(part, edges, step_m) for part in whole.geoms]))


def _dense_line(coords: FloatArray, edges: str, step_m: float) -> FloatArray:
    """The coordinates of a line with further ones between them."""
    if len(coords) < 2:
        return coords
    azimuth, _, span = geod().inv(coords[:-1, 0], coords[:-1, 1], coords[1:, 0], coords[1:, 1])
    span = np.asarray(span)
    steps = np.maximum(1, np.ceil(span / step_m)).astype(np.int64)
    if edges == "planar":
        wide = np.abs(np.diff(coords[:, 0]))
        steps = np.maximum(steps, np.ceil(wide).astype(np.int64))
    edge = np.repeat(np.arange(len(steps)), steps)
    share = (np.arange(len(edge)) - (np.cumsum(steps) - steps)[edge]) / steps[edge]
    lon, lat = coords[edge, 0].copy(), coords[edge, 1].copy()
    inner = np.flatnonzero(share > 0.0)
    if edges == "planar":
        change = np.diff(coords, axis=0)[edge]
        lon, lat = lon + share * change[:, 0], lat + share * change[:, 1]
    elif len(inner):
        at = edge[inner]
        lon[inner], lat[inner], _ = geod().fwd(
            coords[at, 0], coords[at, 1], np.asarray(azimuth)[at], span[at] * share[inner]
        )
    line = np.column_stack([np.append(lon, coords[-1, 0]), np.append(lat, coords[-1, 1])])
    if edges == "geodesic":
        polar = np.abs(line[:, 1]) == 90.0
        if not polar.any():  # along a pole the longitudes mean what they say
            line[:, 0] = np.unwrap(line[:, 0], period=360.0)
    return line


def outline_polygon(rings: list[FloatArray]) -> BaseGeometry:
    """
    A polygon in longitude and latitude from its rings' vertices (the first is the outer one), whatever it lies over.

    A ring over the antimeridian is split there, one round a pole closed along it (the nearer one).
    """
    outer = _home(rings[0])
    holes = [_home(ring) for ring in rings[1:]]
    return shapely.difference(outer, shapely.union_all(holes)) if holes else outer


def _home(ring: FloatArray) -> BaseGeometry:
    """One ring's area with longitudes within ±180°."""
    lon = np.unwrap(ring[:, 0], period=360.0)
    if abs(lon[-1] - lon[0]) > 180.0:
        pole = 90.0 if ring[:, 1].mean() > 0.0 else -90.0
        line = np.column_stack([lon, ring[:, 1]])
        cap = np.vstack([line, [[lon[-1], pole], [lon[0], pole]]])
        area = shapely.make_valid(shapely.Polygon(cap))
    else:
        area = shapely.make_valid(shapely.Polygon(np.column_stack([lon, ring[:, 1]])))
    west, _, east, _ = area.bounds
    if west >= -180.0 and east <= 180.0:
        return area
    parts = []
    for turn in range(int(np.floor((west + 180.0) / 360.0)), int(np.ceil((east + 180.0) / 360.0))):
        window = shapely.box(-180.0 + 360.0 * turn, -90.0, 180.0 + 360.0 * turn, 90.0)
        part = shapely.intersection(area, window)
        if part.area > 0.0:
            parts.append(shapely.affinity.translate(part, -360.0 * turn))
    return shapely.union_all(parts)


def area_m2(geometry: BaseGeometry, edges: str) -> float:
    """Area on the ellipsoid in square metres; 0 for points and lines."""
    total = 0.0
    parts: list[Any] = [geometry]
    while parts:
        part = parts.pop()
        if part.geom_type == "Polygon" and not part.is_empty:
            shape = dense(part, edges, 5_000.0) if edges == "planar" else part
            rings = [
                abs(geod().polygon_area_perimeter(*shapely.get_coordinates(r).T)[0]) for r in shapely.get_rings(shape)
            ]
            total += rings[0] - sum(rings[1:])
        elif hasattr(part, "geoms"):
            parts.extend(part.geoms)
    return total
