"""How far from each site to the nearest features of a layer: exact on the ellipsoid, with what is known of the error.

The table that proximity maps and reports are made of. What lies within a ring is `exposure`'s work.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geoops.core.geodesy import geod
from geoops.core.publication import mark_unpublished
from geoops.core.schema import NEAREST_COLUMNS, WGS84, SitesLike
from geoops.proximity.bounds import bounds_m
from geoops.proximity.engine import find_pairs
from geoops.proximity.inputs import (
    Places,
    check_k,
    check_max_m,
    is_scattered,
    layer_name,
    names_of,
    placed,
    read_places,
    resolve_layer,
    uncertainty_of,
)
from geoops.proximity.lines import connectors
from geoops.proximity.measure import pair_distances
from geoops.proximity.pieces import check_edges
from geoops.proximity.search import Found, Side, make_side

__all__ = ["Asked", "measure", "nearest"]

_METHOD = (
    "WGS 84 geodesics (Karney 2013, doi:10.1007/s00190-012-0578-z); candidates by chords in space with bounds that no"
    " feature nearer than the one found can escape"
)
_ERROR_M = 1e-5


def nearest(
    sites: SitesLike,
    layer: gpd.GeoDataFrame | gpd.GeoSeries | str | Path | Any,
    *,
    k: int = 1,
    max_km: float | None = None,
    edges: str = "geodesic",
    with_lines: bool = True,
) -> gpd.GeoDataFrame:
    """
    Distance on the ellipsoid from each site to the nearest features of a layer.

    Every site keeps at least one row. Within one site rows are in the order of their distance (equal ones in the order
    of the layer), and sites in the order given.

    Parameters
    ----------
    sites
        Sites, a GeoDataFrame or GeoSeries (points, lines or areas, any CRS), shapely geometries or (longitude, latitude)
        pairs. A site with an `extent` is measured from the extent's nearest part. A `dask_geopandas.GeoDataFrame` is
        measured on the Dask cluster in use, partition by partition, and gives one with the same numbers to the last bit
        (`feature` then has a type that holds missing labels; see `geoops.proximity.scattered`).
    layer
        A layer's name (all of it is read), the path of a vector file, or whatever counts as features. Of `boundaries` the
        lines between countries count, those that are not agreed named by their status ("Israel - Syria (line of control)");
        for lines between governorates give those alone: `lines[lines["level"] == 1]`.
    k
        How many features for a site; fewer rows where no more are found.
    max_km
        Farthest distance looked at, in kilometres; no limit by default.
    edges
        What the line between two vertices is, in the layer and in the sites: "geodesic" (the shortest line on the
        ellipsoid, the short way round) or "planar" (straight in degrees, as GeoJSON has it).
    with_lines
        Whether the geometry is the geodesic from site to feature; without, it is missing.

    Returns
    -------
    GeoDataFrame
        Index: the site's label. Columns:

        - `site`, `site_name`: label and name of the site;
        - `feature`, `feature_name`: label and name of the feature; missing where none was found;
        - `distance_km`: from the site (the nearest part of its extent or geometry) to the feature, 0 inside an area;
        - `low_km`, `high_km`: the distance to this feature lies between them, if the place meant lies in the site's
          extent, else within its `uncertainty_m`, and the feature within `uncertainty_m` of where it is drawn;
        - `bearing_deg`: clockwise from true north, at the site; NaN at distance 0;
        - `status`: `found`, `none_within` (nothing within `max_km`), `not_found` (a site without a place) or
          `empty_layer`;
        - `rank`: 1 for the nearest;
        - `point_distance_km`: from the site's representative point;
        - `geometry`: the connecting geodesic, missing at distance 0.

        `attrs` state edges, layer, method and error. Where the layer or the sites must not be published, a column
        `publish` says so, and figures refuse the table.

    Raises
    ------
    InputError, CrsError, CoordinateError
        A `k`, `max_km` or `edges` that is none; a table without a CRS; a coordinate not finite or out of range.
    UnknownLayerError, ReadError
        A layer that is not in the catalogue, a file that cannot be read.

    Notes
    -----
    Candidates. Geometries are cut into pieces of at most 25 km. For a site with chord C to a point of a piece of half
    length h, the chord to any point of the piece is at least C - h, and along the straight line between the ends of a
    piece of length L and chord c no point of it is more than sqrt(L² - c²) / 2 off. A geodesic is never shorter than its
    chord and never longer than 2 R asin(C / 2R), R = b² / a (Schur). So each piece that could hold the nearest point is
    measured, at the poles and over the antimeridian as elsewhere.

    Two geodesics on a surface of positive curvature are nearest at an end of one of them, unless they cross; so ends
    and crossings decide between lines and areas. Edges straight in degrees are searched along both.

    Examples
    --------
    >>> import geoops as go
    >>> table = go.nearest([(40.0, 35.0)], [(41.0, 35.0), (40.0, 36.0)], k=2)
    >>> table[["feature", "distance_km", "bearing_deg"]].round(3).values.tolist()
    [[0.0, 91.288, 89.713], [1.0, 110.95, 0.0]]
    """
    asked = Asked(check_k(k), max_km, check_max_m(max_km), check_edges(edges), with_lines)
    if is_scattered(sites):
        from geoops.proximity.scattered import nearest_scattered

        return nearest_scattered(sites, layer, asked)
    places = read_places(sites)
    features = resolve_layer(layer)
    right = make_side(features.geometry.to_numpy(), asked.edges)
    table = measure(places, features, right, asked, name=layer_name(layer, features))
    mark_unpublished(table, features, sites, rows=True)
    return table


@dataclass(frozen=True)
class Asked:
    """What was asked for: features a site, the farthest distance in kilometres as given and in metres, edges, lines."""

    k: int
    max_km: float | None
    max_m: float
    edges: str
    with_lines: bool


def measure(
    places: Places, features: gpd.GeoDataFrame, right: Side, asked: Asked, *, name: str | None,
    pairs: int | None = None, empty: bool | None = None,
) -> gpd.GeoDataFrame:  # fmt: skip
    """
    The proximity table of some sites.

    Parameters
    ----------
    places, features, right
        Sites, features, and the features prepared.
    asked
        What was asked for.
    name
        What to call the layer.
    pairs, empty
        Where this is a part of a larger task: its pairs (see `find_pairs`), and whether the whole layer is empty.
    """
    doubt_m = uncertainty_of(features)
    found = find_pairs(places.shapes, right, k=asked.k, max_m=asked.max_m, pairs=pairs)
    low_m, high_m = bounds_m(found, places, doubt_m, right)
    azimuth = np.asarray(geod().inv(found.site_lon, found.site_lat, found.lon, found.lat)[0])
    columns = {
        "site": found.site,
        "feature": found.feature,
        "distance_km": found.metres / 1e3,
        "low_km": low_m / 1e3,
        "high_km": high_m / 1e3,
        "bearing_deg": np.where(found.metres > 0.0, np.mod(azimuth, 360.0), np.nan),
        "rank": np.arange(len(found.site)) - np.searchsorted(found.site, found.site, side="left") + 1,
        "point_distance_km": _point_distances(found, places, right) / 1e3,
        "geometry": connectors(found.site_lon, found.site_lat, azimuth, found.lon, found.lat, found.metres)
        if asked.with_lines
        else np.full(len(found.site), None, dtype=object),
    }
    status = np.full(len(found.site), "found", dtype=object)
    lost = np.flatnonzero(np.bincount(found.site, minlength=len(places.index)) == 0)
    if len(lost):
        nothing_there = not placed(features.geometry).any() if empty is None else empty
        why = "empty_layer" if nothing_there else "none_within"
        fill = {"site": lost, "feature": np.full(len(lost), -1), "rank": np.ones(len(lost), dtype=np.int64)}
        fill["geometry"] = np.full(len(lost), None, dtype=object)
        nothing = np.full(len(lost), np.nan)
        columns = {column: np.concatenate([values, fill.get(column, nothing)]) for column, values in columns.items()}
        status = np.concatenate([status, np.where(places.placed[lost], why, "not_found").astype(object)])
        order = np.argsort(columns["site"], kind="stable")
        columns = {column: values[order] for column, values in columns.items()}
        status = status[order]
    return _table(columns, status, places, features, asked, name)


def _table(
    columns: dict[str, NDArray[Any]], status: NDArray[np.object_], places: Places, features: gpd.GeoDataFrame,
    asked: Asked, name: str | None,
) -> gpd.GeoDataFrame:  # fmt: skip
    """The proximity table from its columns, positions turned into labels and names."""
    site, feature = columns["site"], columns["feature"]
    labels = places.index.take(site)
    names = np.concatenate([names_of(features), np.array([None], dtype=object)])  # position -1 has no name
    data: dict[str, Any] = {
        "site": labels.to_numpy() if labels.nlevels == 1 else list(labels),
        "site_name": pd.Series(places.names[site], index=labels, dtype=object),
        "feature": _labels(feature, features),
        "feature_name": pd.Series(names[feature], index=labels, dtype=object),
        "status": pd.Series(status, index=labels, dtype=object),
    }
    data |= {column: columns[column] for column in columns if column not in ("site", "feature", "geometry")}
    data["geometry"] = gpd.array.from_shapely(columns["geometry"], crs=WGS84)
    frame = pd.DataFrame(
        {c: data[c] for c in (*NEAREST_COLUMNS, "rank", "point_distance_km", "geometry")}, index=labels
    )
    table = gpd.GeoDataFrame(frame, geometry="geometry", crs=WGS84)
    table.attrs = {
        "edges": asked.edges, "layer": name, "method": _METHOD, "error_m": _ERROR_M,
        "error": "at most 1e-5 m of computation, and what low_km and high_km state",
        "k": asked.k, "max_km": None if asked.max_km is None else float(asked.max_km),
    }  # fmt: skip
    return table


def _point_distances(found: Found, places: Places, right: Side) -> NDArray[np.float64]:
    """From the representative point to the feature that was found; the same as the distance where there is no extent."""
    metres = found.metres.copy()
    rows = np.flatnonzero(places.has_extent[found.site])
    if len(rows):
        wanted = np.unique(found.site[rows])
        points = [None if g is None or g.is_empty else shapely.point_on_surface(g) for g in places.geometry[wanted]]
        at = np.array(points, dtype=object)[np.searchsorted(wanted, found.site[rows])]
        there = ~shapely.is_missing(at)
        metres[rows[~there]] = np.nan
        rows, at = rows[there], at[there]
        signed = pair_distances(shapely.get_x(at), shapely.get_y(at), found.feature[rows], right)
        metres[rows] = np.maximum(signed, 0.0)
    return metres


def _labels(position: NDArray[np.int64], features: gpd.GeoDataFrame) -> Any:
    """Labels of the layer's rows for positions, missing where there is no feature."""
    missing = position < 0
    if not missing.any():
        labels = features.index.take(position)
        return labels.to_numpy() if labels.nlevels == 1 else list(labels)
    if missing.all():
        return np.full(len(position), None, dtype=object)
    return pd.Series(features.index.take(np.where(missing, 0, position))).mask(missing).to_numpy()
