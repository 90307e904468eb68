"""What lies within a radius of each site: how many, how long, how large, how many people, which - and how surely.

The table of `counting`'s numbers with shares of what there is. Where a feature is nearest is `nearest`'s work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geoops.core.errors import SchemaError
from geoops.core.publication import mark_with, unpublished
from geoops.core.schema import SitesLike
from geoops.proximity.counting import Stock, count_within, make_stock, reach_of
from geoops.proximity.cutting import cut_to
from geoops.proximity.inputs import (
    Places,
    check_radii,
    is_scattered,
    layer_name,
    read_places,
    resolve_layer,
)
from geoops.proximity.people import People, count_people, read_people
from geoops.proximity.pieces import check_edges
from geoops.proximity.search import make_side

__all__ = ["Whole", "tabulate", "weights_of", "within"]


def within(
    sites: SitesLike,
    layer: gpd.GeoDataFrame | gpd.GeoSeries | str | Path | Any,
    radii_km: ArrayLike | Iterable[float],
    *,
    weight: str | Sequence[str] | None = None,
    edges: str = "geodesic",
    of: Any = None,
    people: Any = None,
) -> pd.DataFrame:
    """
    Count, length, area, names and people of what lies within each radius of each site.

    Parameters
    ----------
    sites
        Sites, a GeoDataFrame or GeoSeries, shapely geometries or (longitude, latitude) pairs. Radii are counted from a
        site's `extent` where it has one. A `dask_geopandas.GeoDataFrame` gives a table of Dask's.
    layer
        A layer's name, the path of a vector file, or whatever counts as features. Of `boundaries` the lines between countries
        count (see `nearest`).
    radii_km
        One radius in kilometres or several.
    weight
        A numeric column of the layer, or several, to be summed over the features counted (`capacity_mw`, `population`);
        a feature that the ring cuts counts whole, a missing value as nothing.
    edges
        "geodesic" or "planar": what the line between two vertices is.
    of
        Polygons (a shapely geometry, GeoSeries or GeoDataFrame), such as a governorate's: only what lies in them is
        counted, and shares are of that: "38 % of the governorate's pipeline length lies within 25 km".
    people
        Where people are: a layer with a column `population` (a name such as "places", a path, a table), a grid of people a
        cell in degrees (a DataArray, a path), or one of each. Never cut by `of`.

    Returns
    -------
    DataFrame
        A row a site and radius, in that order:

        - `site`, `site_name`, `radius_km`;
        - `count`: features of which some part lies within the radius; `count_sure` and `count_possible` bound it, given
          how surely site and features are placed (see `nearest`);
        - `length_km`: of lines within, cut at the ring; `area_km2`: of areas within, cut at the ring;
        - `names`: list of the features' names, the nearest first, each once;
        - `count_share`, `length_share`, `area_share`: of all that is in the layer given (in `of`); NaN where it has none;
        - for every weight `<weight>_sum`, bounded by `<weight>_sum_sure` and `<weight>_sum_possible`, and `<weight>_share`;
        - with `people`: `people_places`, the sum of the populations of places whose point lies within, and
          `people_grid`, that of the grid's cells, a cut cell by its share within; each with `_sure` and `_possible`
          (`people_grid_sure` of a site with an extent: within the radius of all of it);
        - `status`: `found`, `none_within`, `not_found` (a site without a place: numbers missing) or `empty_layer`.

        `attrs` state edges, layer, totals, what the people are, and the error: lengths to 1 m a crossing of the ring,
        areas to 3e-5 of the ring's. Where the layer, the sites or the people must not be published, a column `publish`
        says so, and figures refuse the table.

    Raises
    ------
    InputError, CrsError, CoordinateError, SchemaError
        Radii, sites, a weight, an area or people that cannot be used.

    Examples
    --------
    >>> import geoops as go
    >>> table = go.within([(40.0, 35.0)], [(40.05, 35.0), (41.0, 35.0)], [10, 100])
    >>> table[["radius_km", "count", "count_share"]].values.tolist()
    [[10.0, 1, 0.5], [100.0, 2, 1.0]]
    """
    radii = check_radii(radii_km)
    meaning = check_edges(edges)
    features = resolve_layer(layer)
    name = layer_name(layer, features)
    weights = [weight] if isinstance(weight, str) else list(weight or [])
    weights_of(features, weights)  # a mistake is told before anything is measured
    crowd = None if people is None else read_people(people)
    marks = unpublished(features) | ({} if crowd is None else crowd.marks)
    if of is not None:
        features = cut_to(features, of, meaning)
    if is_scattered(sites):
        from geoops.proximity.scattered import within_scattered

        table: pd.DataFrame = within_scattered(sites, features, radii, weights, meaning, crowd, name, marks)
        return table
    places = read_places(sites)
    stock = make_stock(features, make_side(features.geometry.to_numpy(), meaning), weights_of(features, weights))
    reach_m = reach_of(radii * 1e3, stock.doubt_m, float(places.uncertainty_m.max(initial=0.0)))
    whole = Whole(radii, reach_m, max(len(features), 1), None, stock.totals(), name)
    table = tabulate(places, stock, whole, crowd)
    mark_with(table, marks | unpublished(sites))
    return table


@dataclass(frozen=True)
class Whole:
    """
    What a part of the sites must know of the whole task.

    Parameters
    ----------
    radii_km
        Radii.
    reach_m, k, pairs
        See `count_within`.
    totals
        What the whole layer has: `Stock.totals`.
    name
        What to call the layer.
    """

    radii_km: NDArray[np.float64]
    reach_m: float
    k: int
    pairs: int | None
    totals: dict[str, float]
    name: str | None


def tabulate(places: Places, stock: Stock, whole: Whole, crowd: People | None) -> pd.DataFrame:
    """The table of some sites: a row a site and radius, with shares of the layer's totals."""
    radii = whole.radii_km
    counts = count_within(places, stock, radii * 1e3, reach_m=whole.reach_m, k=whole.k, pairs=whole.pairs)
    row = np.repeat(np.arange(len(places.index)), len(radii))
    there = places.placed[row]
    labels = places.index.take(row)
    frame = pd.DataFrame(
        {
            "site": labels.to_numpy() if labels.nlevels == 1 else pd.Series(list(labels), dtype=object),
            "site_name": pd.Series(places.names[row], dtype=object),
            "radius_km": np.tile(radii, len(places.index)),
        }
    )
    for column in ("count", "count_sure", "count_possible"):  # whole numbers, missing for a site without a place
        frame[column] = pd.Series(getattr(counts, column).ravel()).astype("Int64").mask(~there)
    for column in ("length_km", "area_km2"):
        frame[column] = np.where(there, getattr(counts, column).ravel(), np.nan)
    frame["names"] = pd.Series(counts.names, dtype=object)
    shares = {"count_share": ("count", "count"), "length_share": ("length_km", "length_km")}
    shares["area_share"] = ("area_km2", "area_km2")
    for weight in stock.weights:
        for suffix in ("", "_sure", "_possible"):
            frame[f"{weight}_sum{suffix}"] = np.where(there, counts.sums[weight + suffix].ravel(), np.nan)
        shares[f"{weight}_share"] = (f"{weight}_sum", weight)
    for share, (column, total) in shares.items():
        have = whole.totals[total]
        values = frame[column].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        frame[share] = values / have if have > 0.0 else np.nan
    if crowd is not None:
        for column, values in count_people(places, crowd, radii * 1e3).items():
            frame[column] = values.ravel()
    nothing = "none_within" if whole.totals["count"] > 0.0 else "empty_layer"
    status = np.where(there, np.where(counts.count.ravel() > 0.0, "found", nothing), "not_found")
    frame["status"] = pd.Series(status, dtype=object)
    frame.attrs = {
        "edges": stock.side.pieces.edges, "layer": whole.name, "totals": whole.totals,
        "error": "lengths to 1 m a crossing of the ring, areas to 3e-5 of the ring's area",
        **({} if crowd is None else {"people": crowd.said}),
    }  # fmt: skip
    return frame


def weights_of(features: gpd.GeoDataFrame, weights: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """The columns to be summed, missing values as nothing."""
    result = {}
    for weight in weights:
        if weight not in features:
            numeric = [c for c in features.columns if pd.api.types.is_numeric_dtype(features[c])]
            msg = f"weight={weight!r}: the layer has no such column; its numbers are in {', '.join(map(str, numeric)) or 'none'}"
            raise SchemaError(msg)
        values = pd.to_numeric(features[weight], errors="coerce")
        if values.isna().all() and features[weight].notna().any():
            msg = f"weight={weight!r}: the column holds no numbers, such as {features[weight].dropna().iloc[0]!r}"
            raise SchemaError(msg)
        result[weight] = np.asarray(values.fillna(0.0), dtype=np.float64)
    return result
