"""What lies within a radius of each site: how many, how long, how large, which - and how surely.

Counting is by exact distance and clipping by bisection on it; only areas use polygons. Where a feature is nearest is
`nearest`'s work.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geoops.core.errors import SchemaError
from geoops.core.schema import SitesLike
from geoops.proximity.bounds import bounds_m
from geoops.proximity.clipping import DenseAreas, area_within_m2, length_within_m, piece_lengths_m
from geoops.proximity.engine import find_pairs
from geoops.proximity.inputs import (
    check_radii,
    layer_name,
    names_of,
    placed,
    read_places,
    resolve_layer,
    uncertainty_of,
)
from geoops.proximity.pieces import check_edges
from geoops.proximity.search import Found, make_side
from geoops.proximity.shapes import area_m2

__all__ = ["within"]


def within(
    sites: SitesLike,
    layer: gpd.GeoDataFrame | gpd.GeoSeries | str | Path | Any,
    radii_km: ArrayLike | Iterable[float],
    *,
    weight: str | None = None,
    edges: str = "geodesic",
) -> pd.DataFrame:
    """
    Count, length, area and names of what lies within each radius of each site.

    Parameters
    ----------
    sites
        Sites, a GeoDataFrame or GeoSeries, shapely geometries or (longitude, latitude) pairs. Radii are counted from a
        site's `extent` where it has one.
    layer
        A layer's name, the path of a vector file, or whatever counts as features.
    radii_km
        One radius in kilometres or several.
    weight
        A numeric column of the layer to be summed over the features counted (`capacity_mw`, `population`); a feature
        that the ring cuts counts whole, a missing value as nothing.
    edges
        "geodesic" or "planar": what the line between two vertices is.

    Returns
    -------
    DataFrame
        A row a site and radius, in that order:

        - `site`, `site_name`, `radius_km`;
        - `count`: features of which some part lies within the radius; `count_sure` and `count_possible` bound it, given
          how surely site and features are placed;
        - `length_km`: of lines within, cut at the ring; `area_km2`: of areas within, cut at the ring;
        - `names`: list of the features' names, the nearest first, each once;
        - `count_share`, `length_share`, `area_share`: of all that is in the layer given; NaN where it has none;
        - `<weight>_sum`, `<weight>_share` where a weight was asked for;
        - `status`: `found`, `none_within`, `not_found` (a site without a place: numbers missing) or `empty_layer`.

        `attrs` state edges, layer and error: lengths to 1 m a crossing of the ring, areas to 3e-5 of the ring's.

    Raises
    ------
    InputError, CrsError, CoordinateError, SchemaError
        Radii, sites or a weight that cannot be used.

    Examples
    --------
    >>> import geoops as go
    >>> table = go.within([(40.0, 35.0)], [(40.05, 35.0), (41.0, 35.0)], [10, 100])
    >>> table[["radius_km", "count", "count_share"]].values.tolist()
    [[10.0, 1, 0.5], [100.0, 2, 1.0]]
    """
    radii = check_radii(radii_km)
    meaning = check_edges(edges)
    places, features = read_places(sites), resolve_layer(layer)
    doubt_m = uncertainty_of(features)
    weights = _weights(features, weight)
    geometry = features.geometry.to_numpy()
    there = placed(features.geometry)
    shapes = places.shapes
    right = make_side(geometry, meaning)
    farthest_m = float(radii.max()) * 1000.0
    reach_m = farthest_m + float(doubt_m.max(initial=0.0)) + float(places.uncertainty_m.max(initial=0.0))
    found = find_pairs(shapes, right, k=max(len(features), 1), max_m=reach_m)
    low_m, high_m = bounds_m(found, places, doubt_m, right, cap_m=farthest_m)
    lengths = np.bincount(right.pieces.owner, weights=piece_lengths_m(right.pieces), minlength=len(features))
    lengths[right.areas.rows] = 0.0
    areas = np.zeros(len(features))
    areas[right.areas.rows] = [area_m2(geometry[row], meaning) for row in right.areas.rows]
    fine = DenseAreas(geometry, areas, meaning)
    totals = {"count": float(there.sum()), "length_km": lengths.sum() / 1e3, "area_km2": areas.sum() / 1e6}
    names = names_of(features)
    rows = []
    for position in range(len(places.index)):
        mine = found.take(np.flatnonzero(found.site == position))
        bounds = low_m[found.site == position], high_m[found.site == position]
        of_lines = mine.feature[lengths[mine.feature] > 0.0]
        inside_m = length_within_m(shapes[position], right, of_lines, radii * 1e3) if places.placed[position] else radii
        for number, radius in enumerate(radii):
            row: dict[str, Any] = {
                "site": places.index[position], "site_name": places.names[position], "radius_km": radius,
            }  # fmt: skip
            if places.placed[position]:
                row |= _inside(mine, bounds, radius * 1e3, names, weights, weight)
                hit = mine.feature[mine.metres <= radius * 1e3]
                row["length_km"] = inside_m[number] / 1e3
                cut = hit[areas[hit] > 0.0]
                row["area_km2"] = area_within_m2(shapes[position], fine, cut, radius * 1e3) / 1e6
                row["status"] = "found" if row["count"] else "none_within" if there.any() else "empty_layer"
            else:
                row |= {"names": [], "status": "not_found"}
            rows.append(row)
    return _finish(rows, totals, weights, weight, layer_name(layer, features), meaning)


def _weights(features: gpd.GeoDataFrame, weight: str | None) -> NDArray[np.float64]:
    """The column to be summed, missing values as nothing."""
    if weight is None:
        return np.zeros(len(features))
    if weight not in features:
        numeric = [c for c in features.columns if pd.api.types.is_numeric_dtype(features[c])]
        msg = f"weight={weight!r}: the layer has no such column; its numbers are in {', '.join(map(str, numeric)) or 'none'}"
        raise SchemaError(msg)
    values = pd.to_numeric(features[weight], errors="coerce")
    if values.isna().all() and features[weight].notna().any():
        msg = f"weight={weight!r}: the column holds no numbers, such as {features[weight].dropna().iloc[0]!r}"
        raise SchemaError(msg)
    return np.asarray(values.fillna(0.0), dtype=np.float64)


def _inside(
    mine: Found, bounds: tuple[NDArray[np.float64], NDArray[np.float64]], radius_m: float,
    names: NDArray[np.object_], weights: NDArray[np.float64], weight: str | None,
) -> dict[str, Any]:  # fmt: skip
    """What is counted within one ring."""
    hit = mine.feature[mine.metres <= radius_m]
    row: dict[str, Any] = {
        "count": float(len(hit)),
        "count_sure": float((bounds[1] <= radius_m).sum()),
        "count_possible": float((bounds[0] <= radius_m).sum()),
        "names": list(dict.fromkeys(name for name in names[hit] if name is not None)),
    }
    if weight is not None:
        row[f"{weight}_sum"] = float(weights[hit].sum())
    return row


def _finish(
    rows: list[dict[str, Any]], totals: dict[str, float], weights: NDArray[np.float64], weight: str | None,
    name: str | None, edges: str,
) -> pd.DataFrame:  # fmt: skip
    """The table in its order of columns, with shares of the layer's totals."""
    columns = [
        "site",
        "site_name",
        "radius_km",
        "count",
        "count_sure",
        "count_possible",
        "length_km",
        "area_km2",
        "names",
    ]
    frame = pd.DataFrame(rows, columns=[*columns, *([f"{weight}_sum"] if weight is not None else []), "status"])
    shares = {"count_share": ("count", totals["count"]), "length_share": ("length_km", totals["length_km"])}
    shares["area_share"] = ("area_km2", totals["area_km2"])
    if weight is not None:
        shares[f"{weight}_share"] = (f"{weight}_sum", float(weights.sum()))
    for share, (column, total) in shares.items():
        frame[share] = frame[column].astype(float) / total if total > 0.0 else np.nan
    for column in ("count", "count_sure", "count_possible"):
        frame[column] = frame[column].astype("Int64")  # whole numbers, missing for a site without a place
    order = [*columns, *shares, *([f"{weight}_sum"] if weight is not None else []), "status"]
    frame = frame[order]
    frame.attrs = {
        "edges": edges, "layer": name, "totals": totals,
        "error": "lengths to 1 m a crossing of the ring, areas to 3e-5 of the ring's area",
    }  # fmt: skip
    return frame
