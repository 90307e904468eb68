"""The column contracts: what a table of Sites, a layer and a proximity table carry, and how input becomes one.

The rooms above pass these tables to one another and know nothing else of each other. Coordinates are checked here
once: a CRS is required, longitudes and latitudes must be finite and in range; a missing geometry is a row, not an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geoops.core.errors import CoordinateError, CrsError, InputError, SchemaError
from geoops.core.geodesy import is_stated

__all__ = [
    "EDGES",
    "LAYER_COLUMNS",
    "NEAREST_COLUMNS",
    "SITE_COLUMNS",
    "SITE_STATUSES",
    "WGS84",
    "SitesLike",
    "as_features",
    "as_sites",
    "check_layer",
    "empty_layer",
    "radii_of",
    "site_points",
]

WGS84 = "EPSG:4326"

SITE_COLUMNS = (
    "query", "name", "name_local", "geometry", "extent", "kind", "country", "admin1", "uncertainty_m", "precision",
    "gazetteer_id", "source", "licence", "score", "reason", "status", "alternatives",
)  # fmt: skip
"""Columns of Sites, in order. DESIGN: one row a site, geometry = representative point, extent = the area named."""

SITE_STATUSES = ("resolved", "ambiguous", "not_found")

LAYER_COLUMNS = (
    "id", "name", "name_local", "alt_names", "kind", "country", "admin1", "status", "geometry_quality",
    "uncertainty_m", "source", "source_date", "licence", "geometry",
)  # fmt: skip
"""Columns that every vector layer has; a theme adds its own behind them."""

NEAREST_COLUMNS = (
    "site", "site_name", "feature", "feature_name", "distance_km", "low_km", "high_km", "bearing_deg", "status",
)  # fmt: skip
"""Columns of a proximity table; the connecting line is its geometry where it was asked for."""

EDGES = ("geodesic", "planar")
"""What the straight line between two vertices is: a geodesic, or straight in degrees."""

SitesLike: TypeAlias = (
    "gpd.GeoDataFrame | gpd.GeoSeries | BaseGeometry | Sequence[BaseGeometry] | tuple[float, float] "
    "| Sequence[tuple[float, float]]"
)
"""What counts as sites: Sites, any GeoDataFrame or GeoSeries, shapely geometries, (longitude, latitude) pairs."""


def as_sites(sites: Any, *, what: str = "sites") -> gpd.GeoDataFrame:
    """
    Whatever counts as sites, as a table in EPSG:4326 with every column of Sites.

    Index, order and further columns are kept. Where the input has no such column: `name` is the index label,
    `uncertainty_m` 0 (the caller states no doubt), `extent` missing, `status` resolved or, without a geometry, not_found.

    Parameters
    ----------
    sites
        Sites, a GeoDataFrame, a GeoSeries, one shapely geometry or several, one (longitude, latitude) pair or several.
    what
        The argument's name, for the error message.

    Raises
    ------
    InputError
        Something that is not sites.
    CrsError
        A table without a CRS.
    CoordinateError
        A coordinate that is not finite or out of range.
    """
    frame = as_features(sites, what=what)
    count = len(frame)
    missing = (frame.geometry.isna() | frame.geometry.is_empty).to_numpy()
    labels = pd.Series([str(label) for label in frame.index], index=frame.index, dtype=object)
    defaults: dict[str, Any] = {
        "query": frame.get("name", labels),
        "name": labels,
        "uncertainty_m": 0.0,
        "status": np.where(missing, "not_found", "resolved"),
        "score": np.where(missing, 0.0, 1.0),
    }
    for column in SITE_COLUMNS:
        if column in frame:
            continue
        if column == "extent":
            frame[column] = gpd.GeoSeries([None] * count, index=frame.index, crs=WGS84)
        elif column == "alternatives":
            frame[column] = pd.Series([[] for _ in range(count)], index=frame.index, dtype=object)
        else:
            frame[column] = defaults.get(column)
    frame["uncertainty_m"] = radii_of(frame["uncertainty_m"], what=what)
    extent = frame["extent"]
    if not isinstance(extent, gpd.GeoSeries) or extent.crs is None:
        frame["extent"] = _extents(extent, what)
    elif extent.crs != WGS84:
        frame["extent"] = extent.to_crs(WGS84)
    others = [column for column in frame.columns if column not in SITE_COLUMNS]
    return gpd.GeoDataFrame(frame[[*SITE_COLUMNS, *others]], geometry="geometry", crs=WGS84)


def radii_of(column: pd.Series, *, what: str = "layer") -> pd.Series:
    """
    A column `uncertainty_m` as numbers; 0 where it is missing (no doubt is stated).

    Raises
    ------
    InputError
        What is no number, negative or infinite, naming its row.
    """
    radius = pd.to_numeric(column, errors="coerce").astype(float)
    bad = np.flatnonzero((radius.isna() & column.notna()) | (radius < 0) | np.isinf(radius))
    if len(bad):
        msg = (
            f"{what}: uncertainty_m must be a finite radius of at least 0 m, or missing;"
            f" row {_label(column.index[bad[0]])} has {column.iloc[bad[0]]}"
        )
        raise InputError(msg)
    return radius.fillna(0.0)


def _extents(column: pd.Series, what: str) -> gpd.GeoSeries:
    """A column `extent` of shapes that state no CRS, as geometries in degrees."""
    shapes = [None if shape is None or shape is pd.NA or shape != shape else shape for shape in column]  # noqa: PLR0124  NaN
    for label, shape in zip(column.index, shapes, strict=True):
        if not (shape is None or isinstance(shape, BaseGeometry)):
            msg = (
                f"{what}: extent holds shapely geometries, or nothing; row {_label(label)} has {str(shape)[:60]!r}."
                " Rename the column if it means something else"
            )
            raise InputError(msg)
    return gpd.GeoSeries(shapes, index=column.index, crs=WGS84)


def _label(label: Any) -> str:
    """An index label as it was written."""
    return repr(label.item() if isinstance(label, np.generic) else label)


def as_features(features: Any, *, what: str = "layer") -> gpd.GeoDataFrame:
    """
    Whatever counts as features, as a GeoDataFrame in EPSG:4326 whose geometry column is `geometry`.

    A copy: what the caller passed is never changed. Index, order, columns and `attrs` are kept.

    Parameters
    ----------
    features
        A GeoDataFrame, a GeoSeries, one shapely geometry or several, one (longitude, latitude) pair or several.
    what
        The argument's name, for the error message.
    """
    if isinstance(features, gpd.GeoDataFrame):
        if features.active_geometry_name is None:
            msg = f"{what}: the GeoDataFrame has no active geometry column; call set_geometry(...) first"
            raise SchemaError(msg)
        frame = features.copy()
        frame.attrs = dict(features.attrs)
        if frame.active_geometry_name != "geometry":
            if "geometry" in frame:
                frame = frame.drop(columns="geometry")
            frame = frame.rename_geometry("geometry")
    elif isinstance(features, gpd.GeoSeries):
        frame = gpd.GeoDataFrame(geometry=features.copy())
    else:
        frame = gpd.GeoDataFrame(geometry=gpd.GeoSeries(_geometries(features, what), crs=WGS84))
    if not is_stated(frame.crs):
        msg = f"{what}: no CRS. Say which one the coordinates are in: frame.set_crs('EPSG:4326') for degrees"
        raise CrsError(msg)
    _check_finite(frame, what)
    if frame.crs != WGS84:
        frame = frame.to_crs(WGS84)
        _check_finite(frame, what)  # a point outside a projection's reach comes back infinite
    _check_range(frame, what)
    return frame


def _geometries(features: Any, what: str) -> list[BaseGeometry | None]:
    """Shapely geometries from one geometry, one pair, or a sequence of either."""
    expected = "Sites, a GeoDataFrame, a GeoSeries, shapely geometries or (longitude, latitude) pairs"
    if features is None or isinstance(features, BaseGeometry):
        return [features]
    if isinstance(features, str | bytes | dict) or not isinstance(features, Iterable):
        msg = f"{what}: expected {expected}; {type(features).__name__} came: {str(features)[:80]!r}"
        raise InputError(msg)
    items = list(features)
    if len(items) == 2 and all(isinstance(item, int | float | np.number) for item in items):
        items = [tuple(items)]
    result: list[BaseGeometry | None] = []
    for position, item in enumerate(items):
        if item is None or isinstance(item, BaseGeometry):
            result.append(item)
            continue
        try:
            lon, lat = (float(value) for value in item)
        except (TypeError, ValueError) as error:
            msg = f"{what}: expected {expected}; element {position} is {str(item)[:80]!r}"
            raise InputError(msg) from error
        if not (np.isfinite(lon) and np.isfinite(lat)):
            msg = f"{what}: element {position} has a coordinate that is not finite: ({lon}, {lat})"
            raise CoordinateError(msg)
        result.append(shapely.Point(lon, lat))
    return result


def _check_finite(frame: gpd.GeoDataFrame, what: str) -> None:
    """Refuse a geometry with a NaN or infinite coordinate, naming its row."""
    coords, owner = shapely.get_coordinates(frame.geometry.to_numpy(), return_index=True)
    bad = ~np.isfinite(coords).all(axis=1)
    # An all-NaN point is what shapely makes of an empty one; it has no coordinates here, so each hit is real.
    if bad.any():
        label = frame.index[owner[bad][0]]
        msg = (
            f"{what}: row {_label(label)} has a coordinate that is not finite ({tuple(coords[bad][0].tolist())});"
            " mend it, or make the geometry missing (None) to keep the row without a place"
        )
        raise CoordinateError(msg)


def _check_range(frame: gpd.GeoDataFrame, what: str) -> None:
    """Refuse latitudes beyond ±90 and longitudes beyond ±360; say so when the axes look swapped."""
    coords, owner = shapely.get_coordinates(frame.geometry.to_numpy(), return_index=True)
    bad = (np.abs(coords[:, 1]) > 90.0) | (np.abs(coords[:, 0]) > 360.0)
    if bad.any():
        lon, lat = coords[bad][0].tolist()
        label = frame.index[owner[bad][0]]
        hint = (
            "; latitude and longitude look swapped (longitude comes first)"
            if abs(lon) <= 90.0 < abs(lat) <= 180.0
            else "; is the CRS right? these look like metres, not degrees"
            if max(abs(lon), abs(lat)) > 1000.0
            else ""
        )
        msg = f"{what}: row {_label(label)} lies at longitude {lon}, latitude {lat}, outside ±360 and ±90 degrees{hint}"
        raise CoordinateError(msg)


def site_points(sites: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """One point a row: the geometry where it is a point, else a point surely inside it; missing stays missing."""
    geometry = sites.geometry
    points = [g if g is None or g.is_empty or g.geom_type == "Point" else shapely.point_on_surface(g) for g in geometry]
    return gpd.GeoSeries(points, index=sites.index, crs=sites.crs)


def empty_layer(**theme_columns: Any) -> gpd.GeoDataFrame:
    """A layer without a row, with every column of the contract and the theme's own."""
    data: dict[str, Any] = {column: pd.Series([], dtype=object) for column in LAYER_COLUMNS if column != "geometry"}
    data["uncertainty_m"] = pd.Series([], dtype=float)
    data.update({column: pd.Series([], dtype=dtype) for column, dtype in theme_columns.items()})
    return gpd.GeoDataFrame(data, geometry=gpd.GeoSeries([], crs=WGS84), crs=WGS84)


def check_layer(frame: gpd.GeoDataFrame, *, what: str = "layer") -> None:
    """
    Refuse a table that breaks the layer contract: missing columns, double ids, a CRS other than EPSG:4326.

    Raises
    ------
    SchemaError
        Naming every column that is missing, or the first ids that stand twice.
    """
    missing = [column for column in LAYER_COLUMNS if column not in frame.columns]
    if missing:
        msg = f"{what}: the layer lacks {', '.join(missing)}; every layer has {', '.join(LAYER_COLUMNS)}"
        raise SchemaError(msg)
    if frame.crs is None or frame.crs != WGS84:
        msg = f"{what}: a layer is in EPSG:4326; this one is in {frame.crs}"
        raise CrsError(msg)
    doubles = frame["id"][frame["id"].duplicated()]
    if len(doubles):
        msg = f"{what}: ids stand twice: {', '.join(map(str, doubles.head(5)))}"
        raise SchemaError(msg)
