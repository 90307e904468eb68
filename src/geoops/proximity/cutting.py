"""Cutting a layer to an area, so that shares are of what the area has: "38 % of the governorate's pipelines".

Points are decided on the ellipsoid. Lines and areas are cut in degrees with a vertex every kilometre, where a geodesic
leaves its chord by under 0.1 m up to 75° of latitude; what lies wholly inside keeps its own vertices.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
import shapely.affinity
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geoops.core.errors import InputError
from geoops.core.schema import as_features
from geoops.proximity.inputs import gathered
from geoops.proximity.inside import containing, make_areas
from geoops.proximity.shapes import dense, outline_polygon

__all__ = ["cut_to"]

_STEP_M = 1_000.0


def cut_to(features: gpd.GeoDataFrame, area: Any, edges: str) -> gpd.GeoDataFrame:
    """
    The features' parts that lie in an area; features with none are left out, labels and columns kept.

    Parameters
    ----------
    features
        A layer in degrees.
    area
        Polygons: a shapely geometry, a GeoSeries or a GeoDataFrame; several count as one.
    edges
        What an edge is, of the features and of the area.

    Raises
    ------
    InputError
        An area that is none.
    """
    units = as_features(gathered(area), what="of").geometry
    units = units[~(units.isna() | units.is_empty)]
    if not len(units) or (shapely.get_dimensions(units.to_numpy()) != 2).any():
        kinds = ", ".join(sorted({g.geom_type for g in units})) or "nothing"
        msg = f"of: expected the polygon that shares are counted in, such as a governorate's; {kinds} came"
        raise InputError(msg)
    outlines = units.to_numpy()
    geometry = features.geometry.to_numpy().copy()
    kind = shapely.get_type_id(geometry)
    points = np.flatnonzero((kind == 0) & ~shapely.is_empty(geometry))
    held, _ = containing(shapely.get_x(geometry[points]), shapely.get_y(geometry[points]), make_areas(outlines, edges))
    outside = np.ones(len(points), dtype=bool)
    outside[held] = False
    geometry[points[outside]] = None
    windows = _windows(outlines, edges)
    for row in np.flatnonzero(kind > 0):
        geometry[row] = _part(geometry[row], windows, edges)
    kept = features.set_geometry(gpd.GeoSeries(geometry, index=features.index, crs=features.crs))
    kept.attrs = dict(features.attrs)
    return kept[np.array([g is not None for g in geometry], dtype=bool)]


def _windows(outlines: NDArray[np.object_], edges: str) -> list[BaseGeometry]:
    """The area with edges made dense: at home, and a turn of longitude east and west of it."""
    parts: list[BaseGeometry] = []
    for outline in outlines:
        for polygon in shapely.get_parts(outline):
            fine = dense(polygon, edges, _STEP_M)
            rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(fine)]
            parts.append(outline_polygon(rings) if edges == "geodesic" else shapely.make_valid(fine))
    home = shapely.union_all(parts)
    windows = [shapely.affinity.translate(home, turn) for turn in (-360.0, 0.0, 360.0)]
    shapely.prepare(windows)
    return windows


def _part(geometry: BaseGeometry, windows: list[BaseGeometry], edges: str) -> BaseGeometry | None:
    """The part of a geometry that lies in one of the windows, in its own dimension; None where there is none."""
    parts = []
    for simple in _simple(geometry):
        fine = dense(simple, edges, _STEP_M)
        if shapely.get_dimensions(fine) == 2:
            fine = shapely.make_valid(fine)
        for window in windows:
            if shapely.contains_properly(window, fine):
                parts.append(simple)
            elif shapely.intersects(window, fine):
                pieces = shapely.get_parts(shapely.intersection(window, fine))
                parts.extend(pieces[shapely.get_dimensions(pieces) == shapely.get_dimensions(simple)])
    if not parts:
        return None
    kinds = {g.geom_type for g in parts}
    multi: dict[str, Any] = {
        "Point": shapely.MultiPoint, "LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon,
    }  # fmt: skip
    if len(parts) == 1:
        return parts[0]
    gather = multi.get(kinds.pop(), shapely.GeometryCollection) if len(kinds) == 1 else shapely.GeometryCollection
    result: BaseGeometry = gather(parts)
    return result


def _simple(geometry: BaseGeometry) -> list[BaseGeometry]:
    """Points, lines and polygons of a geometry, whatever it is nested in."""
    if geometry.is_empty:
        return []
    parts: Any = getattr(geometry, "geoms", None)
    return [geometry] if parts is None else [simple for part in parts for simple in _simple(part)]
