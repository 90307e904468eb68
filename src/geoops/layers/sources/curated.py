"""The layers typed by hand: one CSV (points) or GeoJSON (lines, areas) a layer, cited row by row, checked before use.

A row that cannot be followed is refused: an unknown source key, a place outside the country it names, an uncertainty that
is none. All mistakes of a file are listed at once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geoops.core.errors import CatalogError
from geoops.core.geodesy import circle
from geoops.core.reading import read_text, read_vector

__all__ = ["AUXILIARY", "check_rows", "curated_files", "features", "read_rows", "read_sources", "used_sources"]

AUXILIARY = frozenset({"excluded", "names_extra", "places_extra", "rivers_extra"})
"""Files that add names or features to other layers, or say what is left out of all, and are no layers themselves."""

QUALITIES = ("surveyed", "generalised", "approximate", "schematic")

_SOURCE_KEYS = {"title", "publisher", "date", "licence", "attribution", "opened"}
_FIRST = ("id", "name", "kind", "country", "uncertainty_m", "status", "geometry_quality", "source", "source_date")
_SLUG = re.compile(r"[a-z0-9-]+/[a-z0-9-]+")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_COUNTRY = re.compile(r"[A-Z]{2}")
_SLACK_M = 1000.0
"""How far beyond its uncertainty a row may lie outside its country: what the outlines themselves are good for."""


def curated_files(folder: Path) -> dict[str, Path]:
    """The curated file of each layer, by the layer's name."""
    files = sorted(p for p in folder.glob("*") if p.suffix in (".csv", ".geojson") and p.stem not in AUXILIARY)
    result: dict[str, Path] = {}
    for file in files:
        if file.stem in result:
            msg = f"{file.stem} stands twice in {folder}: {result[file.stem].name} and {file.name}; keep one"
            raise CatalogError(msg)
        result[file.stem] = file
    return result


def read_sources(folder: Path) -> dict[str, dict[str, Any]]:
    """
    The sources that curated rows cite, by key, from `sources.toml` and `sources.d/*.toml`.

    Raises
    ------
    CatalogError
        A key that stands twice, or an entry that lacks what a citation needs.
    """
    result: dict[str, dict[str, Any]] = {}
    for file in sorted([*folder.glob("sources.toml"), *folder.glob("sources.d/*.toml")]):
        try:
            tables = tomllib.loads(read_text(file))
        except tomllib.TOMLDecodeError as error:
            msg = f"{file}: not valid TOML: {error}"
            raise CatalogError(msg) from error
        for key, entry in tables.items():
            missing = sorted(_SOURCE_KEYS - {k for k, v in entry.items() if v})
            if missing:
                msg = f"{file}: [{key}] lacks {', '.join(missing)}; a source states {', '.join(sorted(_SOURCE_KEYS))}"
                raise CatalogError(msg)
            if key in result and result[key] != entry:
                msg = f"{file}: [{key}] stands twice with different content"
                raise CatalogError(msg)
            result[key] = entry
    return result


def read_rows(file: Path) -> gpd.GeoDataFrame:
    """The rows of a curated file as they were typed; blank cells are missing, `uncertainty_m` is a number."""
    frame = read_vector(file)
    for column in frame.columns.drop("geometry"):
        if pd.api.types.is_datetime64_any_dtype(frame[column]):  # GDAL makes dates of GeoJSON's texts
            frame[column] = frame[column].dt.strftime("%Y-%m-%d").astype(object)
        if frame[column].dtype == object or str(frame[column].dtype).startswith(("str", "string")):
            frame[column] = pd.Series(
                [v.strip() or None if isinstance(v, str) else None if pd.isna(v) else v for v in frame[column]],
                index=frame.index,
                dtype=object,
            )
    missing = [c for c in _FIRST if c not in frame.columns]
    if missing:
        msg = f"{file}: lacks the columns {', '.join(missing)}; a curated file has {', '.join(_FIRST)} and its theme's"
        raise CatalogError(msg)
    frame["uncertainty_m"] = pd.to_numeric(frame["uncertainty_m"], errors="coerce").astype(float)
    if "extent_wkt" in frame:  # a point file may know the area of a few of its rows
        try:
            outlines = shapely.from_wkt(frame["extent_wkt"].to_numpy(dtype=object))
        except shapely.GEOSException as error:
            msg = f"{file}: an extent_wkt is not well-known text: {error}"
            raise CatalogError(msg) from error
        frame["geometry"] = [
            point if area is None else area for point, area in zip(frame.geometry, outlines, strict=True)
        ]
        frame = frame.drop(columns="extent_wkt")
    return frame


def check_rows(frame: gpd.GeoDataFrame, sources: Mapping[str, Any], land: gpd.GeoDataFrame) -> list[str]:
    """
    What is wrong with the rows of a curated file: one sentence a mistake, none for a sound file.

    Parameters
    ----------
    frame
        From `read_rows`.
    sources
        From `read_sources`.
    land
        The layer `countries`, for the test that a row lies in the country it names.
    """
    problems: list[str] = []
    seen: set[Any] = set()
    shape_of = dict(zip(land["country"], land.geometry, strict=True))
    for position, row in enumerate(frame.itertuples()):
        where = f"row {position + 1} ({row.id})"
        if not isinstance(row.id, str) or not _SLUG.fullmatch(row.id):
            problems.append(f"{where}: id must look like oil-field/omar")
        if row.id in seen:
            problems.append(f"{where}: id stands twice")
        seen.add(row.id)
        if not isinstance(row.name, str):
            problems.append(f"{where}: name is missing")
        if row.geometry_quality not in QUALITIES:
            problems.append(
                f"{where}: geometry_quality is {row.geometry_quality!r}; expected one of {', '.join(QUALITIES)}"
            )
        keys = [k.strip() for k in str(row.source or "").split(";") if k.strip()]
        unknown = [k for k in keys if k not in sources]
        if not keys:
            problems.append(f"{where}: source is missing; a row without a citation is not kept")
        if unknown:
            problems.append(f"{where}: source keys {', '.join(unknown)} are in no sources file")
        problems += [
            f"{where}: {column} is {value!r}; expected YYYY, YYYY-MM or YYYY-MM-DD"
            for column, value in (("source_date", row.source_date), ("status_date", getattr(row, "status_date", None)))
            if value is not None and not _DATE.fullmatch(str(value))
        ]
        if not (np.isfinite(row.uncertainty_m) and row.uncertainty_m > 0):
            problems.append(f"{where}: uncertainty_m is {row.uncertainty_m}; expected metres above 0")
            continue
        problems += [f"{where}: {p}" for p in _misplaced(row.geometry, row.country, row.uncertainty_m, shape_of)]
    return problems


def _misplaced(
    geometry: BaseGeometry | None, country: Any, uncertainty_m: float, shape_of: Mapping[Any, BaseGeometry]
) -> list[str]:
    """What is wrong with where a row lies; swapped axes are named as such."""
    if geometry is None or geometry.is_empty:
        return ["no geometry"]
    if country is None:
        return []
    if not _COUNTRY.fullmatch(str(country)) or country not in shape_of:
        return [f"country is {country!r}; expected an ISO 3166-1 alpha-2 code of the layer countries"]
    land = shape_of[country]
    point = shapely.Point(*shapely.get_coordinates(shapely.point_on_surface(geometry))[0])
    if shapely.intersects(land, geometry) or shapely.intersects(
        land, circle(point.x, point.y, uncertainty_m + _SLACK_M)
    ):
        return []
    swapped = shapely.intersects(land, shapely.Point(point.y, point.x))
    hint = "; longitude and latitude look swapped" if swapped else ""
    return [f"lies at {point.x:.4f}, {point.y:.4f}, more than {uncertainty_m + _SLACK_M:.0f} m outside {country}{hint}"]


def features(frame: gpd.GeoDataFrame, sources: Mapping[str, Mapping[str, Any]]) -> gpd.GeoDataFrame:
    """
    Checked rows in the layer contract: the Arabic name is `name_local`, the Kurdish one among `alt_names`.

    `source` stays the row's keys; `licence` is that of its sources, each once.
    """
    frame = frame.copy()
    frame["name_local"] = frame.get("name_ar")
    names = []
    for row in frame.itertuples():
        every = [*(getattr(row, "alt_names", None) or "").split("|"), getattr(row, "name_ku", None)]
        kept = dict.fromkeys(n.strip() for n in every if isinstance(n, str) and n.strip())
        names.append("|".join(n for n in kept if n not in (row.name, getattr(row, "name_ar", None))) or None)
    frame["alt_names"] = names
    frame["licence"] = [
        "; ".join(dict.fromkeys(_plain_licence(sources[k.strip()]["licence"]) for k in keys.split(";")))
        for keys in frame["source"]
    ]
    for column in ("capacity_mw", "voltage_kv", "capacity_bpd", "length_km", "area_km2", "population"):
        if column in frame:
            frame[column] = pd.to_numeric(frame[column]).astype(float)
    return frame


def _plain_licence(text: str) -> str:
    """A licence without the remark behind it."""
    return re.split(r"[;(]", text)[0].strip().replace("Copyright of the publisher", "facts cited")


def used_sources(frame: gpd.GeoDataFrame) -> list[str]:
    """The keys that the rows cite, most cited first."""
    keys = pd.Series([k.strip() for text in frame["source"] for k in str(text).split(";")])
    counts = keys.value_counts()
    return sorted(counts.index, key=lambda k: (-int(counts[k]), k))
