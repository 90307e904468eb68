"""In which country a feature lies, for sources that do not say it (OpenStreetMap)."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geoops.layers.sources.axes import embedded_layer

__all__ = ["with_country"]


def with_country(layer: gpd.GeoDataFrame, countries: gpd.GeoDataFrame | None = None) -> gpd.GeoDataFrame:
    """
    The layer with `country` filled where it was missing: the country in which a point of the feature lies.

    Parameters
    ----------
    layer
        A layer in EPSG:4326; its `attrs` are kept.
    countries
        Areas with `country`; by default those of the catalogue in use. Without any, `country` stays missing.
    """
    lands = countries if countries is not None else embedded_layer("countries")
    if lands is None or len(layer) == 0:
        return layer
    points = shapely.point_on_surface(layer.geometry.to_numpy())
    row, area = shapely.STRtree(lands.geometry.to_numpy()).query(points, predicate="intersects")
    row, first = np.unique(row, return_index=True)  # on a common edge: the first of the two
    found = np.full(len(layer), None, dtype=object)
    found[row] = lands["country"].to_numpy()[area[first]]
    result = layer.copy()
    result.attrs = layer.attrs
    stated = layer["country"].to_numpy(dtype=object)
    result["country"] = np.where(layer["country"].notna(), stated, found)
    return result
