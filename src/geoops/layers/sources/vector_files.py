"""Any vector file or table of the user's own, with a column mapping, as a layer like the others.

What a file does not say must be said: whose it is, of what date, under which licence, how exact. Areas of control and flood
extents are layers like any other, and are refused without a date and a source. Publishers whose files are known have modules
of their own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoops.core.errors import InputError, SchemaError
from geoops.core.geodesy import Region
from geoops.core.schema import LAYER_COLUMNS
from geoops.layers.sources.contract import AREAS, LINES, POINTS, Ledger, Provenance, date_of, finish, texts
from geoops.layers.sources.country_codes import alpha2
from geoops.layers.sources.opening import column_of, features_of

__all__ = ["THEMES", "as_theme", "check_name", "constants_of", "mapped", "read"]

THEMES = (
    "countries", "admin1", "admin2", "boundaries", "places", "roads", "railways", "rivers", "water", "airports",
    "oil_gas_fields", "refineries", "pipelines", "power_stations", "power_lines", "dams", "border_crossings", "bridges",
    "road_links", "camps", "regions", "events", "buildings", "health_facilities", "water_points",
)  # fmt: skip
"""The layers that geoops knows; a theme of another name is a layer of the user's own."""

_SHAPES = {"points": POINTS, "lines": LINES, "areas": AREAS}
_USUAL = {
    "points": ("places", "airports", "refineries", "power_stations", "dams", "border_crossings", "events"),
    "lines": ("boundaries", "roads", "railways", "rivers", "pipelines", "power_lines", "road_links"),
    "areas": ("countries", "admin1", "admin2"),
}
_THEME_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_QUALITIES = ("surveyed", "generalised", "approximate", "schematic")


def read(
    path: str | os.PathLike[str],
    *,
    theme: str,
    region: Region | None = None,
    columns: Mapping[str, str] | None = None,
    source: str | None = None,
    licence: str | None = None,
    date: str | None = None,
    uncertainty_m: float | None = None,
    kind: str | None = None,
    country: str | None = None,
    status: str | None = None,
    geometry_quality: str | None = None,
    geometry: str | None = None,
    keep: Sequence[str] | None = None,
    publish: bool = True,
    title: str | None = None,
    attribution: str | None = None,
    layer: str | None = None,
    member: str | None = None,
    sheet: str | None = None,
    lon: str | None = None,
    lat: str | None = None,
    wkt: str | None = None,
    countries: gpd.GeoDataFrame | None = None,
    swap_axes: bool = False,
) -> gpd.GeoDataFrame:
    """
    The features of any vector file or table, as a layer.

    Parameters
    ----------
    path
        A file that `geoops.core.reading` or `geoops.core.tables` opens, or a zip archive with one.
    theme
        The layer's name: one of `THEMES`, or one of the user's own (lower-case letters, digits, `_`).
    region
        (west, south, east, north) in degrees.
    columns
        The layer's columns and what the file calls them: `{"name": "ADM2_EN", "capacity_mw": "MW"}`. Columns of the layer
        contract that the file has under their own name need no mapping.
    source, licence, date, uncertainty_m, kind, country, status, geometry_quality
        For all rows that have none of their own. The first four must come from somewhere. `country` may be any code or
        English name, in the rows too.
    geometry
        `points`, `lines` or `areas`: other geometries are left out. By default what the theme usually is, else any.
    keep
        Further columns to keep under their own names; by default all.
    publish
        False where the layer must not stand in a public figure.
    title, attribution
        For the catalogue; by default made from the theme and the source.
    layer, member, sheet
        Which layer of a file, file of an archive, sheet of a workbook.
    lon, lat, wkt
        A table's columns with the coordinates.
    countries
        For the country test; by default the catalogue's.
    swap_axes
        The file has latitude first.

    Returns
    -------
    GeoDataFrame
        A layer; see `geoops.layers.sources.contract.finish` for its `attrs`.

    Raises
    ------
    InputError
        A theme, geometry or quality that is none.
    SchemaError
        A mapped column that the file lacks; no source, date, licence or uncertainty.
    ReadError, CrsError, CoordinateError
        As for every file.
    """
    file = Path(path)
    ledger = Ledger(f"{file}{f', layer {layer!r}' if layer else ''}, theme {theme}")
    constants = constants_of(uncertainty_m, kind, country, status, geometry_quality)

    def rows_of(box: Region | None, book: Ledger) -> gpd.GeoDataFrame:
        """The rows of a region with the layer's columns."""
        raw = features_of(
            file, ledger=book, region=box, layer=layer, member=member, sheet=sheet, lon=lon, lat=lat, wkt=wkt,
            swap_axes=swap_axes,
        )  # fmt: skip
        return mapped(raw, columns or {}, keep, ledger.what, file.stem)

    return as_theme(
        rows_of(region, ledger), theme=theme, ledger=ledger, region=region, constants=constants, source=source,
        licence=licence, date=date_of(file, date), geometry=geometry, publish=publish, title=title,
        attribution=attribution, countries=countries, again=lambda box: rows_of(box, Ledger("")),
    )  # fmt: skip


def check_name(theme: str) -> str:
    """
    A name that a layer may have.

    Raises
    ------
    InputError
        Other characters than lower-case letters, digits and `_`.
    """
    if not _THEME_NAME.fullmatch(theme):
        msg = f"theme {theme!r}; expected lower-case letters, digits and _, such as {', '.join(THEMES[:4])}"
        raise InputError(msg)
    return theme


def constants_of(
    uncertainty_m: float | None, kind: str | None, country: str | None, status: str | None, quality: str | None
) -> dict[str, Any]:
    """What holds for every row, checked."""
    if uncertainty_m is not None and not (np.isfinite(uncertainty_m) and uncertainty_m > 0):
        msg = f"uncertainty_m is {uncertainty_m}; expected a radius in metres above 0"
        raise InputError(msg)
    if quality is not None and quality not in _QUALITIES:
        msg = f"geometry_quality {quality!r}; expected one of {', '.join(_QUALITIES)}"
        raise InputError(msg)
    code = alpha2([country])[0] if country is not None else None
    if country is not None and code is None:
        msg = f"country {country!r}; expected an ISO 3166-1 code or an English name"
        raise InputError(msg)
    said = {
        "uncertainty_m": uncertainty_m,
        "kind": kind,
        "country": code,
        "status": status,
        "geometry_quality": quality,
    }
    return {key: value for key, value in said.items() if value is not None}


def mapped(
    raw: gpd.GeoDataFrame, columns: Mapping[str, str], keep: Sequence[str] | None, what: str, stem: str
) -> gpd.GeoDataFrame:
    """The file's columns under the layer's names."""
    lost = {ours: theirs for ours, theirs in columns.items() if column_of(raw.columns, [theirs]) is None}
    lost.update({name: name for name in keep or () if column_of(raw.columns, [name]) is None})
    if lost:
        words = ", ".join(f"{theirs!r} (for {ours})" if ours != theirs else repr(ours) for ours, theirs in lost.items())
        msg = f"{what}: no column {words}; the file has {', '.join(str(c) for c in raw.columns if c != 'geometry')}"
        raise SchemaError(msg)
    result: dict[str, Any] = {}
    used = {column_of(raw.columns, [theirs]) for theirs in columns.values()}
    for ours, theirs in columns.items():
        result[ours] = raw[column_of(raw.columns, [theirs])]
    for name in LAYER_COLUMNS:
        own = column_of(raw.columns, [name])
        if name not in result and name != "geometry" and own is not None and own not in used:
            result[name] = raw[own]
    wanted = [str(c) for c in raw.columns] if keep is None else [str(column_of(raw.columns, [n])) for n in keep]
    for column in wanted:
        if column not in used and column != "geometry" and column.casefold() not in {n.casefold() for n in result}:
            result[column] = raw[column]
    for name in set(LAYER_COLUMNS) & set(result) - {"uncertainty_m"}:
        result[name] = pd.Series(texts(result[name]).to_numpy(), index=raw.index, dtype=object)
    if "country" in result:
        result["country"] = alpha2(result["country"])
    rows = pd.Series([f"{stem}/{label}" for label in raw.index], index=raw.index, dtype=object)
    result["id"] = result["id"].where(result["id"].notna(), rows) if "id" in result else rows
    return gpd.GeoDataFrame(result, geometry=raw.geometry, index=raw.index, crs=raw.crs)


def as_theme(
    frame: gpd.GeoDataFrame,
    *,
    theme: str,
    ledger: Ledger,
    region: Region | None,
    constants: Mapping[str, Any],
    source: str | None,
    licence: str | None,
    date: str | None,
    geometry: str | None,
    publish: bool,
    title: str | None,
    attribution: str | None,
    countries: gpd.GeoDataFrame | None,
    again: Any = None,
) -> gpd.GeoDataFrame:
    """
    Rows with the layer's columns as a layer, once everything that must be said has been.

    Parameters are those of `read` and of `geoops.layers.sources.contract.finish`.

    Raises
    ------
    InputError
        A theme or a kind of geometry that is none.
    SchemaError
        Rows without a source, a licence, a date or an uncertainty.
    """
    check_name(theme)
    if geometry is not None and geometry not in _SHAPES:
        msg = f"geometry {geometry!r}; expected one of {', '.join(_SHAPES)}"
        raise InputError(msg)
    shape = geometry or next((s for s, themes in _USUAL.items() if theme in themes), None)
    frame = frame.copy()
    said = {"source": source, "licence": licence, "source_date": date, **constants}
    for name, remedy in (("source", "source='who published it'"), ("licence", "licence='CC BY 4.0'"),
                         ("source_date", "date='YYYY-MM-DD'"), ("uncertainty_m", "uncertainty_m=METRES")):  # fmt: skip
        lacking = name not in frame or bool(frame[name].isna().any())
        if lacking and said.get(name) is None and len(frame):
            row = frame.index[0] if name not in frame else frame.index[frame[name].isna()][0]
            msg = (
                f"{ledger.what}: row {row} has no {name}; say {remedy}, or name its column: columns={{{name!r}: '...'}}"
            )
            raise SchemaError(msg)
    for name in ("country",):
        if name in constants and name not in frame:
            frame[name] = constants[name]
    if "uncertainty_m" in frame:
        metres = pd.to_numeric(frame["uncertainty_m"], errors="coerce")
        metres = metres.fillna(constants["uncertainty_m"]) if "uncertainty_m" in constants else metres
        bad = ~(np.isfinite(metres) & (metres > 0)).to_numpy()
        ledger.drop(frame.index[bad], "uncertainty_m is no radius above 0", frame["id"][bad])
        frame["uncertainty_m"] = metres
        frame = frame[~bad]
    whose = source or (
        str(frame["source"].dropna().iloc[0]) if "source" in frame and frame["source"].notna().any() else ""
    )
    terms = licence or (
        str(frame["licence"].dropna().iloc[0]) if "licence" in frame and frame["licence"].notna().any() else ""
    )
    provenance = Provenance(
        title=title or theme.replace("_", " "), source=whose, licence=terms, date=date, publish=publish,
        attribution=attribution or (f"{whose}, {terms}" if terms else whose),
        why_not=None if publish else "the one who read it said publish=False",
    )  # fmt: skip
    return finish(
        frame, theme=theme, ledger=ledger, provenance=provenance, region=region,
        dimensions=_SHAPES[shape] if shape else POINTS | LINES | AREAS, countries=countries, again=again,
        constants=dict(constants) | ({} if "geometry_quality" in constants else {"geometry_quality": "approximate"}),
    )  # fmt: skip
