"""The layers a friction is made of: from the catalogue, or as the caller gives them.

Reading and choosing only; what they mean for a journey is `friction.py`'s business.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from geoops.core.errors import InputError, UnknownLayerError
from geoops.core.geodesy import Region
from geoops.core.schema import WGS84, as_features, site_points
from geoops.layers.load import layer

__all__ = ["FEATURES", "THEMES", "lines_of", "load_themes", "values", "words"]

FEATURES = (
    "roads", "road_links", "rivers", "water", "countries", "boundaries", "border_crossings", "bridges", "places",
)  # fmt: skip
_GRIDS = ("terrain", "climate", "land_cover")
_OPTIONAL = ("checkpoints",)  # no layer of the embedded catalogue: one of the user's own, or given in a call
THEMES = (*FEATURES, *_OPTIONAL, *_GRIDS)
"""What a friction is made of. `regions` and others are no matter of it."""

_AS_POINTS = ("border_crossings", "bridges", "places", "checkpoints")


def load_themes(
    region: Region,
    layers: Mapping[str, Any] | None,
    catalog: Any,
    *,
    worldview: str | None = None,
    without: tuple[str, ...] = (),
) -> dict[str, Any]:
    """
    Every theme, from the mapping where it has one, else from the catalogue.

    Parameters
    ----------
    region
        Where.
    layers
        Theme -> a table, a grid, a path, or None to go without it.
    catalog
        Where the rest comes from.
    worldview
        In whose view of borders the catalogue's boundaries are taken.
    without
        Themes that are of no use for the mode.

    Returns
    -------
    dict
        Theme -> GeoDataFrame or DataArray; a theme that there is not, or not wanted, is missing.

    Raises
    ------
    InputError
        A theme that a friction has no use for, or a value that is none.
    """
    if not (layers is None or isinstance(layers, Mapping)):
        msg = f"layers: expected a mapping of themes to tables, grids, paths or None; {type(layers).__name__} came"  # type: ignore[unreachable]
        raise InputError(msg)
    given = {} if layers is None else dict(layers)
    unknown = sorted(set(given) - set(THEMES))
    if unknown:
        msg = f"layers: a friction is made of {', '.join(THEMES)}; {', '.join(unknown)} came"
        raise InputError(msg)
    result: dict[str, Any] = {}
    for theme in THEMES:
        if theme in without:
            continue
        if theme in given:
            value = given[theme]
            if value is None:
                continue
            if isinstance(value, str | os.PathLike):
                value = layer(value, region=region, catalog=catalog)
        else:
            try:
                view = worldview if theme == "boundaries" else None
                value = layer(theme, region=region, catalog=catalog, worldview=view)
            except UnknownLayerError:
                continue  # a catalogue of the user's own need not have all; the friction says which it was made of
        if theme in _GRIDS:
            if not isinstance(value, xr.DataArray):
                msg = f"layers: {theme} must be a grid (DataArray or raster file); {type(value).__name__} came"
                raise InputError(msg)
        else:
            if isinstance(value, xr.DataArray):
                msg = f"layers: {theme} must be features, not a grid"
                raise InputError(msg)
            value = _near(as_features(value, what=theme), region)
            if theme in _AS_POINTS:  # OpenStreetMap has bridges as lines and posts as areas
                value["geometry"] = site_points(value)
        result[theme] = value
    return result


def _near(frame: gpd.GeoDataFrame, region: Region) -> gpd.GeoDataFrame:
    """Features that meet the region, without missing geometries."""
    geometry = frame.geometry
    there = ~(geometry.isna() | geometry.is_empty)
    hit = there.to_numpy() & shapely.intersects(geometry.to_numpy(), shapely.box(*region))
    result = frame[hit].reset_index(drop=True)
    result.attrs = dict(frame.attrs)
    return result


def words(frame: gpd.GeoDataFrame, column: str) -> pd.Series:
    """A column as lower-case text, empty where it is missing."""
    if column not in frame:
        return pd.Series([""] * len(frame), index=frame.index, dtype=object)
    text: pd.Series = frame[column].fillna("").astype(str).str.strip().str.lower()
    return text


def values(frame: gpd.GeoDataFrame, column: str, default: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A column as numbers, a default where it is missing."""
    if column not in frame:
        return np.full(len(frame), default)
    return np.asarray(pd.to_numeric(frame[column], errors="coerce").fillna(default), dtype=np.float64)


def lines_of(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The lines of a layer, one part a row; polygons give their outlines, points nothing."""
    if len(frame) == 0:
        return gpd.GeoDataFrame(frame, geometry="geometry", crs=WGS84)
    result = frame.copy()
    area = shapely.get_dimensions(result.geometry.to_numpy()) == 2
    if area.any():
        result.loc[area, "geometry"] = result.geometry[area].boundary
    result = result.explode(index_parts=False, ignore_index=True)
    dimension = shapely.get_dimensions(result.geometry.to_numpy())
    return result[dimension == 1].reset_index(drop=True)
