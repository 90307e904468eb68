"""How far from each site to the nearest features of a layer: exact on the ellipsoid, with what is known of the error.

The table that proximity maps and reports are made of. What lies within a ring is `exposure`'s work.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoops.core.geodesy import geod
from geoops.core.schema import NEAREST_COLUMNS, WGS84, SitesLike, as_sites
from geoops.proximity.bounds import bounds_m
from geoops.proximity.inputs import (
    check_k,
    check_max_m,
    layer_name,
    names_of,
    placed,
    resolve_layer,
    uncertainty_of,
)
from geoops.proximity.lines import connectors
from geoops.proximity.pieces import check_edges
from geoops.proximity.search import Found, Side, find, make_side

__all__ = ["nearest"]

_METHOD = (
    "WGS 84 geodesics (Karney 2013, doi:10.1007/s00190-012-0578-z); candidates by chords in space with bounds that no"
    " feature nearer than the one found can escape"
)
_ERROR_M = 1e-6


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
        pairs. A site with an `extent` is measured from the extent's nearest part.
    layer
        A layer's name (all of it is read), the path of a vector file, or whatever counts as features.
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

        `attrs` state edges, layer, method and error.

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
    [[0.0, 91.288, 89.713], [1.0, 110.951, 0.0]]
    """
    count, reach_m, meaning = check_k(k), check_max_m(max_km), check_edges(edges)
    table = as_sites(sites)
    features = resolve_layer(layer)
    doubt_m = uncertainty_of(features)
    geometry = features.geometry.to_numpy()
    there = placed(features.geometry)
    shapes, has_extent = site_shapes(table)
    site_there = placed(gpd.GeoSeries(shapes, crs=WGS84)) if len(shapes) else np.zeros(0, dtype=bool)

    right = make_side(geometry, meaning)
    left = make_side(shapes, meaning)
    found = find(left, right, k=count, max_m=reach_m)
    low_m, high_m = bounds_m(found, table, shapes, has_extent, doubt_m, right)
    point_m = _point_distances(found, table, has_extent, right)

    result = _assemble(found, table, features, with_lines)
    result["low_km"], result["high_km"], result["point_distance_km"] = low_m / 1e3, high_m / 1e3, point_m / 1e3
    empty = _rows_without(found, table, site_there, any_feature=bool(there.any()))
    frame = pd.concat([result, empty]) if len(empty) and len(result) else (result if len(result) else empty)
    position = np.concatenate([found.site, np.flatnonzero(~np.isin(np.arange(len(table)), found.site))])
    order = np.argsort(position, kind="stable")
    frame = frame.iloc[order]
    frame.index = table.index[position[order]]
    frame["feature"] = _labels(frame["feature"], features)
    columns = [*NEAREST_COLUMNS, "rank", "point_distance_km", "geometry"]
    table_out = gpd.GeoDataFrame(frame[columns], geometry="geometry", crs=WGS84)
    table_out.attrs = {
        "edges": meaning, "layer": layer_name(layer, features), "method": _METHOD, "error_m": _ERROR_M,
        "error": "at most 1e-6 m of computation, and what low_km and high_km state",
        "k": count, "max_km": None if max_km is None else float(max_km),
    }  # fmt: skip
    return table_out


def site_shapes(table: gpd.GeoDataFrame) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """What each site is measured from: its extent where it has one, else its geometry; and which have an extent."""
    extent = table["extent"]
    has_extent = placed(extent) if len(table) else np.zeros(0, dtype=bool)
    return np.where(has_extent, extent.to_numpy(), table.geometry.to_numpy()), has_extent


def _point_distances(
    found: Found, table: gpd.GeoDataFrame, has_extent: NDArray[np.bool_], right: Side
) -> NDArray[np.float64]:
    """From the representative point to the feature that was found; the same as the distance where there is no extent."""
    from geoops.proximity.measure import pair_distances

    metres = found.metres.copy()
    has_point = placed(table.geometry) if len(table) else np.zeros(0, dtype=bool)
    rows = np.flatnonzero(has_extent[found.site])
    rows_with, rows_without = rows[has_point[found.site[rows]]], rows[~has_point[found.site[rows]]]
    metres[rows_without] = np.nan
    if len(rows_with):
        from geoops.core.schema import site_points

        wanted = np.unique(found.site[rows_with])
        points = site_points(table.iloc[wanted])
        lookup = np.searchsorted(wanted, found.site[rows_with])
        lon, lat = points.x.to_numpy()[lookup], points.y.to_numpy()[lookup]
        metres[rows_with] = np.maximum(pair_distances(lon, lat, found.feature[rows_with], right), 0.0)
    return metres


def _assemble(found: Found, table: gpd.GeoDataFrame, features: gpd.GeoDataFrame, with_lines: bool) -> pd.DataFrame:
    """A row a pair found, in the order of the pairs."""
    azimuth = np.full(len(found.site), np.nan)
    if len(found.site):
        azimuth = np.asarray(geod().inv(found.site_lon, found.site_lat, found.lon, found.lat)[0])
    apart = found.metres > 0.0
    lines = (
        connectors(found.site_lon, found.site_lat, azimuth, found.lon, found.lat, found.metres)
        if with_lines
        else np.full(len(found.site), None, dtype=object)
    )
    first = np.searchsorted(found.site, found.site, side="left")
    return pd.DataFrame(
        {
            "site": table.index.to_numpy()[found.site],
            "site_name": table["name"].to_numpy()[found.site],
            "feature": found.feature,
            "feature_name": names_of(features)[found.feature],
            "distance_km": found.metres / 1000.0,
            "low_km": np.nan,
            "high_km": np.nan,
            "bearing_deg": np.where(apart, np.mod(azimuth, 360.0), np.nan),
            "status": pd.Series(["found"] * len(found.site), dtype=object),
            "rank": np.arange(len(found.site)) - first + 1,
            "point_distance_km": np.nan,
            "geometry": lines,
        }
    )


def _rows_without(
    found: Found, table: gpd.GeoDataFrame, there: NDArray[np.bool_], *, any_feature: bool
) -> pd.DataFrame:
    """A row a site that found nothing, saying why."""
    rows = np.flatnonzero(~np.isin(np.arange(len(table)), found.site))
    why = np.where(~there[rows], "not_found", "none_within" if any_feature else "empty_layer")
    nothing = np.full(len(rows), np.nan)
    return pd.DataFrame(
        {
            "site": table.index.to_numpy()[rows],
            "site_name": table["name"].to_numpy()[rows],
            "feature": -1,
            "feature_name": np.full(len(rows), None, dtype=object),
            "distance_km": nothing,
            "low_km": nothing,
            "high_km": nothing,
            "bearing_deg": nothing,
            "status": why.astype(object),
            "rank": 1,
            "point_distance_km": nothing,
            "geometry": np.full(len(rows), None, dtype=object),
        }
    )


def _labels(position: pd.Series, features: gpd.GeoDataFrame) -> Any:
    """Labels of the layer's rows for positions, missing where there is no feature; whole numbers stay so if they can."""
    at = position.to_numpy(dtype=np.int64)
    missing = at < 0
    if not missing.any():
        return features.index.take(at).to_numpy()
    if len(features) and not missing.all():
        labels = pd.Series(features.index.take(np.where(missing, 0, at)))
        return labels.mask(missing).to_numpy()
    return np.full(len(at), None, dtype=object)
