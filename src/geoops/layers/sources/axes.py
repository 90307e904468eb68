"""The country test: whether features lie in the countries that their file says they lie in.

It catches what no range check can: latitude and longitude exchanged, or a CRS that is not the one stated, as both can
give coordinates that are possible but elsewhere. It judges a whole file, never a single row.
"""

from __future__ import annotations

from functools import cache

import geopandas as gpd
import numpy as np
import shapely

from geoops.core.errors import CoordinateError, GeoopsError
from geoops.core.schema import WGS84

__all__ = ["country_test", "embedded_layer"]

_SAMPLE = 200
_ENOUGH = 3
_NEAR_DEG = 0.25


@cache
def embedded_layer(name: str) -> gpd.GeoDataFrame | None:
    """A layer of the catalogue in use, or None where there is none yet."""
    from geoops.layers.load import layer

    try:
        found = layer(name)
    except GeoopsError:
        return None
    return found if isinstance(found, gpd.GeoDataFrame) else None


def country_test(frame: gpd.GeoDataFrame, *, what: str, countries: gpd.GeoDataFrame | None = None) -> str:
    """
    Refuse a file whose features do not lie in the countries that they name.

    Up to 200 features that state a country are looked at. Near a coast or border 0.25° off is near enough.

    Parameters
    ----------
    frame
        Features in EPSG:4326 with `country` as ISO 3166-1 alpha-2.
    what
        File and theme, for the message.
    countries
        Areas with `country`; by default the layer `countries` of the catalogue in use.

    Returns
    -------
    str
        What the test found, or why it could not be made.

    Raises
    ------
    CoordinateError
        Most features lie in their country only when the axes are exchanged, or nearly none lies there at all.
    """
    if "country" not in frame:
        return "not made: no feature states a country"
    stated = frame[frame["country"].notna() & frame.geometry.notna() & ~frame.geometry.is_empty]
    lands = countries if countries is not None else embedded_layer("countries")
    if lands is None:
        return "not made: there is no layer 'countries' to compare with"
    stated = stated[stated["country"].isin(set(lands["country"].dropna()))]
    if len(stated) < _ENOUGH:
        return f"not made: only {len(stated)} features state a country that is known"
    sample = stated.iloc[np.unique(np.linspace(0, len(stated) - 1, _SAMPLE).astype(int))]
    here = shapely.get_coordinates(shapely.point_on_surface(sample.geometry.to_numpy()))
    areas = lands[lands["country"].isin(set(sample["country"]))].to_crs(WGS84)
    area_of = dict(zip(areas["country"], areas.geometry, strict=True))
    own = np.array([area_of[c] for c in sample["country"]], dtype=object)
    for area in area_of.values():
        shapely.prepare(area)
    right = shapely.dwithin(own, shapely.points(here), _NEAR_DEG)
    swapped = shapely.dwithin(own, shapely.points(here[:, ::-1]), _NEAR_DEG)
    count, ok, exchanged = len(sample), int(right.sum()), int(swapped.sum())
    if exchanged > 0.5 * count and ok < 0.5 * exchanged:
        lon, lat = here[np.flatnonzero(swapped)[0]].tolist()
        msg = (
            f"{what}: latitude and longitude look swapped: of {count} features looked at {ok} lie in the country that"
            f" they name, and {exchanged} would with the axes exchanged (the first lies at longitude {lon:g}, latitude"
            f" {lat:g}, but names {sample['country'].iloc[int(np.flatnonzero(swapped)[0])]}); export it again with"
            " longitude first, or read it with swap_axes=True"
        )
        raise CoordinateError(msg)
    if ok <= 0.05 * count and count >= 2 * _ENOUGH:
        lon, lat = here[0].tolist()
        msg = (
            f"{what}: of {count} features looked at {ok} lie in the country that they name (the first lies at longitude"
            f" {lon:g}, latitude {lat:g}, but names {sample['country'].iloc[0]}); the CRS that the file states is"
            " probably not the one of its coordinates"
        )
        raise CoordinateError(msg)
    return f"{ok} of {count} features looked at lie in the country that they name"
