"""The tables of a bundle: what was measured, as CSV and XLSX with units in the headers, GeoPackage, GeoJSON and KML.

Written through core's door, so no cell runs as a formula and a file appears whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geoops.core.schema import NEAREST_COLUMNS, WGS84, site_points
from geoops.core.sheets import write_xlsx
from geoops.core.types import Corridor
from geoops.core.writing import write_csv, write_vector
from geoops.layers.citations import Citations, with_source_words
from geoops.report.analysis import Analysis, has_place, straight_km
from geoops.report.documents import DISCLAIMER, NOT_OBSERVED

__all__ = ["corridor_table", "proximity_table", "site_table", "uncertainty_areas", "write_tables"]

_SITE_FIRST = (
    "name", "query", "gazetteer_name", "name_local", "kind", "country", "admin1", "lon", "lat", "uncertainty_m", "precision",
    "area_km2", "status", "score", "reason", "note", "cites", "gazetteer_id", "source", "licence", "alternatives",
)  # fmt: skip


def write_tables(
    analysis: Analysis,
    folder: Path,
    *,
    formats: Sequence[str] = ("csv", "gpkg", "geojson"),
    title: str = "Tables",
    date: str = "2000-01-01",
) -> list[str]:
    """
    Write every table that there is something for, and give back the names of the files.

    Parameters
    ----------
    analysis
        What was measured.
    folder
        Where to.
    formats
        Of "csv", "xlsx", "gpkg" (routes and corridors), "geojson", "kml".
    title, date
        What the workbook and the KML carry.
    """
    tables = _tables(analysis)
    journeys = [journey for group in analysis.corridors.values() for journey in group]
    written = []
    if "csv" in formats:
        written += [write_csv(folder / f"{name}.csv", table) for name, table in tables.items()]
    if "xlsx" in formats:
        notes = ("Distances are geodesics on the WGS 84 ellipsoid.", NOT_OBSERVED, DISCLAIMER, *analysis.warnings)
        written.append(write_xlsx(folder / "tables.xlsx", tables, title=title, date=date, notes=notes))
    points = _points(analysis)
    if "geojson" in formats:
        written.append(write_vector(folder / "sites.geojson", points))
    found = [j for j in journeys if j.status == "found"]
    lines = corridor_table(found)
    routes = gpd.GeoDataFrame(lines, geometry=[j.route for j in found], crs=WGS84)
    areas = gpd.GeoDataFrame(lines, geometry=[j.polygon for j in found], crs=WGS84)
    if found and "gpkg" in formats:
        package = folder / "corridors.gpkg"
        write_vector(package, routes, layer="routes")
        write_vector(package, areas, layer="corridors", append_to=package)
        written.append(package)
    if found and "geojson" in formats:
        written.append(write_vector(folder / "routes.geojson", routes))
        written.append(write_vector(folder / "corridors.geojson", areas))
    if "kml" in formats:
        written.append(_write_kml(folder / "map.kml", analysis, points, routes, areas, title))
    return [path.name for path in written]


def _tables(analysis: Analysis) -> dict[str, pd.DataFrame]:
    """Name -> table, of all that there is something for."""
    tables = {"sites": site_table(analysis.sites, analysis.citations)}
    if analysis.nearest:
        tables["proximity"] = proximity_table(analysis)
    if analysis.within is not None:
        tables["within"] = _with_names(analysis.within, analysis.sites)
    journeys = [journey for group in analysis.corridors.values() for journey in group]
    if journeys:
        tables["corridors"] = corridor_table(journeys)
    return tables


def _points(analysis: Analysis) -> gpd.GeoDataFrame:
    """The sites that have a place, as points with their columns."""
    placed = analysis.placed
    return gpd.GeoDataFrame(
        site_table(placed, analysis.citations).drop(columns=["lon", "lat"]).reset_index(drop=True),
        geometry=site_points(placed).reset_index(drop=True),
        crs=WGS84,
    )


def _write_kml(
    path: Path, analysis: Analysis, points: gpd.GeoDataFrame, routes: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, title: str
) -> Path:  # fmt: skip
    """Sites, how surely they are placed, rings, routes and corridors as folders of one KML."""
    from geoops.core.kml import KmlFolder, write_kml
    from geoops.maps.theme import theme_named

    look = theme_named("report")
    doubt = uncertainty_areas(analysis)
    if "source_words" in points:  # its columns are what a reader of the map sees
        points = points.drop(columns="source").rename(columns={"source_words": "source"})
    folders: dict[str, KmlFolder] = {"Sites": (points, "name", look.site, "")}
    if len(doubt):
        folders["How surely sites are placed"] = (doubt, "name", look.site, look.site)
    if analysis.rings is not None and len(analysis.rings):
        folders["Rings"] = (
            analysis.rings.assign(name=[f"{r:g} km" for r in analysis.rings["radius_km"]]),
            "name",
            look.secondary,
            "",
        )
    for name, frame, line, fill in (
        ("Routes (modelled)", routes, look.route, ""), ("Corridors (modelled)", areas, look.bands[1], look.bands[2]),
    ):  # fmt: skip
        if len(frame):
            named = [f"{o} to {d}" for o, d in zip(frame["origin"], frame["destination"], strict=True)]
            folders[name] = (frame.assign(name=named), "name", line, fill)
    return write_kml(path, folders, title=title)


def uncertainty_areas(analysis: Analysis) -> gpd.GeoDataFrame:
    """The area that surely holds each placed site: its extent, else the disc of its uncertainty."""
    from geoops.core.geodesy import circle

    rows = []
    placed = analysis.placed
    for point, (_, row) in zip(site_points(placed), placed.iterrows(), strict=True):
        extent, metres = row["extent"], float(row["uncertainty_m"])
        if extent is not None and not extent.is_empty:
            rows.append((row["name"], "extent", extent))
        elif metres > 0:
            rows.append((row["name"], "disc", circle(point.x, point.y, metres, vertices=72)))
    return gpd.GeoDataFrame(
        {"name": [r[0] for r in rows], "known_as": [r[1] for r in rows]}, geometry=[r[2] for r in rows], crs=WGS84
    )  # fmt: skip


def site_table(sites: gpd.GeoDataFrame, known: Citations) -> pd.DataFrame:
    """Sites without their geometries: positions as numbers, the size of an extent in square kilometres, sources in words too."""
    table = pd.DataFrame({column: sites[column] for column in sites.columns if column in _SITE_FIRST})
    points = site_points(sites)
    there = has_place(sites)
    table["lon"] = [round(p.x, 6) if ok else None for p, ok in zip(points, there, strict=True)]
    table["lat"] = [round(p.y, 6) if ok else None for p, ok in zip(points, there, strict=True)]
    table["area_km2"] = [_area_km2(extent) for extent in sites["extent"]]
    table["alternatives"] = [_alternatives(value) for value in sites["alternatives"]]
    return with_source_words(table[[column for column in _SITE_FIRST if column in table]], known)


def _area_km2(extent: Any) -> float | None:
    """Area on the ellipsoid of an extent, if it has one."""
    if extent is None or extent.is_empty or not shapely.area(extent):
        return None
    from geoops.core.geodesy import geod

    square_metres = abs(geod().geometry_area_perimeter(shapely.orient_polygons(extent))[0])
    return round(square_metres / 1e6, 1)


def _alternatives(value: Any) -> str:
    """Other readings in one cell."""
    if not isinstance(value, list | tuple):
        return ""
    return "; ".join(
        ", ".join(str(v[k]) for k in ("name", "kind", "country") if isinstance(v.get(k), str))
        if isinstance(v, dict)
        else str(v)
        for v in value
    )


def proximity_table(analysis: Analysis) -> pd.DataFrame:
    """Every theme's proximity table in one, theme first."""
    parts = []
    for theme, table in analysis.nearest.items():
        plain = (
            pd.DataFrame({c: table[c] for c in table.columns if c != table.active_geometry_name})
            if isinstance(table, gpd.GeoDataFrame)
            else table.copy()
        )
        plain.insert(0, "theme", theme)
        parts.append(plain)
    joined = pd.concat(parts, ignore_index=True)
    first = ["theme", *NEAREST_COLUMNS]
    ordered: pd.DataFrame = joined[[*first, *(c for c in joined.columns if c not in first)]]
    return ordered


def _with_names(within: pd.DataFrame, sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """The table of rings with the sites' names, where it has only their labels."""
    if "site_name" in within or "site" not in within:
        return within
    named = within.copy()
    named.insert(list(named.columns).index("site") + 1, "site_name", named["site"].map(sites["name"]))
    return named


def corridor_table(journeys: Iterable[Corridor]) -> pd.DataFrame:
    """One row a journey, units in the headers; crossings of borders and places passed as names with their km."""
    return pd.DataFrame(
        [
            {
                "origin": j.origin_name,
                "destination": j.destination_name,
                "mode": j.mode,
                "status": j.status,
                "hours": j.hours,
                "hours_low": j.hours_low,
                "hours_high": j.hours_high,
                "distance_km": j.distance_km,
                "straight_km": straight_km(j),
                "road_share": j.road_share,
                "climb_m": j.climb_m,
                "slack": j.slack,
                "corridor_area_km2": _area_km2(j.polygon),
                "border_crossings": _along(j.crossings),
                "passes": _along(j.passes),
                "reason": j.reason,
            }
            for j in journeys
        ]
    )


def _along(points: gpd.GeoDataFrame | None, limit: int = 25) -> str:
    """Names of points on a route with the kilometre at which they lie."""
    if points is None or not len(points):
        return ""
    cells = []
    for _, row in points.head(limit).iterrows():
        at = row.get("km")
        cells.append(f"{row['name']} (km {at:.0f})" if isinstance(at, int | float) else str(row["name"]))
    return "; ".join(cells)
