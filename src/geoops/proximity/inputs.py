"""What the functions of this room take, made one: sites with their shapes, a layer from whatever names it, radii.

Nothing is measured here. A mistake becomes an error that says what came and what was expected.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geoops.core.errors import InputError
from geoops.core.schema import as_features, as_sites, radii_of

__all__ = [
    "Places", "check_k", "check_max_m", "check_radii", "gathered", "is_scattered", "layer_name", "names_of", "placed", "read_places",
    "resolve_layer", "uncertainty_of",
]  # fmt: skip

_LARGEST_RADIUS_KM = 5_000.0


@dataclass(frozen=True)
class Places:
    """
    Sites as this room needs them: a row a site, in the order given.

    Parameters
    ----------
    index
        Labels.
    names
        Names; the label where there is no name.
    geometry
        The representative geometry, degrees; None or empty where there is no place.
    shapes
        What is measured from: the extent where there is one, else the geometry.
    has_extent
        Whether there is an extent.
    uncertainty_m
        Radius round the geometry; 0 where there is an extent, which says it better.
    placed
        Whether there is a place at all.
    """

    index: pd.Index
    names: NDArray[np.object_]
    geometry: NDArray[np.object_]
    shapes: NDArray[np.object_]
    has_extent: NDArray[np.bool_]
    uncertainty_m: NDArray[np.float64]
    placed: NDArray[np.bool_]


def read_places(sites: Any, *, what: str = "sites") -> Places:
    """
    Sites from whatever counts as such; a million points without the columns that only Sites need.

    The columns `name`, `uncertainty_m` and `extent` are read by the contract of `geoops.core.schema.as_sites`.
    """
    plain = as_features(sites, what=what)
    if "extent" in plain.columns:
        plain = as_sites(plain, what=what)
    geometry = plain.geometry.to_numpy()
    own = placed(plain.geometry)
    has_extent = placed(plain["extent"]) if "extent" in plain.columns else np.zeros(len(plain), dtype=bool)
    shapes = np.where(has_extent, plain["extent"].to_numpy(), geometry) if has_extent.any() else np.asarray(geometry)
    labels = plain.index.map(str).to_numpy(dtype=object)
    names = plain["name"].to_numpy(dtype=object) if "name" in plain.columns else labels
    doubt = np.where(has_extent, 0.0, uncertainty_of(plain, what=what))
    return Places(
        plain.index, names, np.asarray(geometry), np.asarray(shapes, dtype=object), has_extent, doubt, own | has_extent
    )


def is_scattered(table: Any) -> bool:
    """Whether this is a table of Dask's; without importing Dask."""
    library = sys.modules.get("dask_geopandas")
    return library is not None and isinstance(table, library.GeoDataFrame | library.GeoSeries)


def gathered(table: Any) -> Any:
    """A table of Dask's brought home whole; anything else as it is."""
    return table.compute() if is_scattered(table) else table


_NO_BORDERS = ("zone limit", "lease limit")


def resolve_layer(layer: Any, *, what: str = "layer") -> gpd.GeoDataFrame:
    """
    Features in EPSG:4326 from a layer's name, a file's path, or whatever counts as features.

    A name loads all of its layer: `feature` then is the label that `geoops.layer(name)` gives, whatever the sites. A
    layer of Dask's is brought home: what is measured to must fit in memory, what is measured from need not. Of the
    layer `boundaries` the lines between countries count (`borders_of`).
    """
    layer = gathered(layer)
    if isinstance(layer, str | os.PathLike):
        from geoops.layers.load import layer as load

        loaded = load(layer)
        if not isinstance(loaded, gpd.GeoDataFrame):
            msg = f"{what}: {str(layer)!r} is a grid; distances are measured to points, lines and areas"
            raise InputError(msg)
        return borders_of(as_features(loaded, what=str(layer)))
    return borders_of(as_features(layer, what=what))


def borders_of(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Of the layer `boundaries` the lines between countries, each that is not an agreed one named by its status.

    That layer holds lines between governorates too, and limits of zones and leases inside a country: the nearest of them
    all is no border. Where a table holds no line between countries, its maker chose what it holds, and it stays as it is.
    """
    if layer_name(None, frame) != "boundaries" or not {"level", "status"} <= set(frame.columns):
        return frame
    status = frame["status"].astype("string").fillna("").str.lower()
    border = ((frame["level"] == 0) & ~status.isin(_NO_BORDERS)).to_numpy(dtype=bool)
    if not border.any():
        return frame
    kept = frame[border].copy()
    named = kept["status"].isin(["international"]) | kept["name"].isna()
    kept["name"] = kept["name"].where(named, kept["name"].astype("string") + " (" + kept["status"] + ")")
    kept.attrs = dict(frame.attrs)
    return kept


def layer_name(layer: Any, frame: gpd.GeoDataFrame) -> str | None:
    """What to call the layer in the result's `attrs`."""
    entry = frame.attrs.get("layer")
    if isinstance(entry, dict) and "name" in entry:
        return str(entry["name"])
    return str(layer) if isinstance(layer, str | os.PathLike) else None


def placed(geometry: gpd.GeoSeries) -> NDArray[np.bool_]:
    """Which rows have a place."""
    return np.asarray(~(geometry.isna() | geometry.is_empty).to_numpy(), dtype=np.bool_)


def names_of(frame: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """The features' names; None where there is none."""
    if "name" not in frame:
        return np.full(len(frame), None, dtype=object)
    names = frame["name"]
    return np.asarray(names.astype(object).where(names.notna().to_numpy(), None), dtype=object)


def uncertainty_of(frame: gpd.GeoDataFrame, *, what: str = "layer") -> NDArray[np.float64]:
    """The features' `uncertainty_m`; 0 where it is missing (no doubt is stated)."""
    if "uncertainty_m" not in frame:
        return np.zeros(len(frame))
    return radii_of(frame["uncertainty_m"], what=what).to_numpy(dtype=np.float64)


def check_k(k: Any) -> int:
    """How many neighbours, as a whole number of at least 1."""
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        msg = f"k={k!r}: expected how many nearest features to give for a site, a whole number of at least 1"
        raise InputError(msg)
    return int(k)


def check_max_m(max_km: Any) -> float:
    """The farthest distance in metres, infinite where none is given."""
    if max_km is None:
        return np.inf
    try:
        value = float(max_km)
    except (TypeError, ValueError):
        value = np.nan
    if np.isnan(value) or value < 0.0:
        msg = f"max_km={max_km!r}: expected a distance in kilometres of at least 0, or None for no limit"
        raise InputError(msg)
    return value * 1000.0


def check_radii(radii_km: ArrayLike | Iterable[float]) -> NDArray[np.float64]:
    """Radii in kilometres, in the order given; each positive and at most 5,000 km."""
    try:
        values = radii_km if np.isscalar(radii_km) else list(radii_km)  # type: ignore[arg-type]
        radii = np.atleast_1d(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError) as error:
        msg = f"radii_km={radii_km!r}: expected one radius in kilometres or several"
        raise InputError(msg) from error
    if radii.ndim != 1 or not len(radii):
        msg = f"radii_km={radii_km!r}: expected one radius in kilometres or several"
        raise InputError(msg)
    bad = ~((radii > 0.0) & (radii <= _LARGEST_RADIUS_KM))
    if bad.any():
        msg = f"radii_km: a radius lies above 0 km and at most at {_LARGEST_RADIUS_KM:,.0f} km; {radii[bad][0]} came"
        raise InputError(msg)
    if len(np.unique(radii)) < len(radii):
        msg = f"radii_km: each radius once; {radii.tolist()} came"
        raise InputError(msg)
    return radii
