"""Boundaries and physical features from files: OCHA COD-AB, geoBoundaries, Natural Earth.

Divisions come with their P-codes and their English and local names. Natural Earth's boundary lines come with a status and,
where `worldview=` asks for one, as that country sees them; without it a line that anyone disputes stays disputed. What the
embedded layers take from packages is `naturalearth.py`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoops.core.errors import ReadError
from geoops.core.geodesy import Region
from geoops.layers.sources import worldviews
from geoops.layers.sources.contract import (
    AREAS,
    LINES,
    POINTS,
    Ledger,
    Provenance,
    check_theme,
    date_of,
    finish,
    joined_names,
    texts,
)
from geoops.layers.sources.country_codes import alpha2, country_name
from geoops.layers.sources.opening import column_of, features_of

__all__ = ["THEMES", "read"]

_LEVEL = {"countries": 0, "admin1": 1, "admin2": 2}
_DIMENSIONS = {"countries": AREAS, "admin1": AREAS, "admin2": AREAS, "boundaries": LINES, "regions": AREAS | LINES,
               "water": AREAS, "rivers": LINES, "places": POINTS}  # fmt: skip
THEMES = tuple(_DIMENSIONS)
"""What these publishers give. COD-AB and geoBoundaries: countries, admin1, admin2; Natural Earth all but admin2."""

_KIND_OF_LEVEL = {0: "PCLI", 1: "ADM1", 2: "ADM2"}
_NE_KIND = {
    "range/mtn": "MTS", "desert": "DSRT", "plain": "PLN", "plateau": "PLAT", "basin": "DPR", "valley": "VAL",
    "wetlands": "MRSH", "island": "ISL", "island group": "ISLS", "peninsula": "PEN", "isthmus": "ISTH", "coast": "CST",
    "delta": "DLTA", "foothills": "HLLS", "lowland": "PLN", "tundra": "TUND", "gorge": "GRGE", "geoarea": "RGN",
    "pen/cape": "PEN", "continent": "CONT", "depression": "DPR", "dragons-be-here": "RGN", "lake": "LK",
    "reservoir": "RSV", "alkaline lake": "LKN", "playa": "SALT", "river": "STM", "lake centerline": "STM",
    "river (intermittent)": "STMI", "canal": "CNL", "admin-0 capital": "PPLC", "admin-0 capital alt": "PPLC",
    "admin-0 region capital": "PPLA", "admin-1 capital": "PPLA", "admin-1 region capital": "PPLA",
    "populated place": "PPL", "historic place": "PPLH", "scientific station": "STNB", "meteorological station": "STNM",
}  # fmt: skip
_NE_UNCERTAINTY_M = {"boundaries": 3000.0, "countries": 3000.0, "admin1": 3000.0, "regions": 20_000.0, "water": 3000.0,
                     "rivers": 3000.0, "places": 5000.0}  # fmt: skip


def read(
    path: str | os.PathLike[str],
    *,
    theme: str,
    region: Region | None = None,
    worldview: str | None = None,
    layer: str | None = None,
    member: str | None = None,
    date: str | None = None,
    licence: str | None = None,
    publisher: str | None = None,
    uncertainty_m: float | None = None,
    countries: gpd.GeoDataFrame | None = None,
    swap_axes: bool = False,
) -> gpd.GeoDataFrame:
    """
    The features of a theme in a file of OCHA COD-AB, geoBoundaries or Natural Earth.

    Which of them it is is told by the columns: `ADM1_PCODE` (or `adm1_pcode`), `shapeID`, `featurecla`.

    Parameters
    ----------
    path
        Shapefile, GeoJSON, GeoPackage, or a zip archive with one.
    theme
        One of `THEMES`.
    region
        (west, south, east, north) in degrees.
    worldview
        Two letters of a country (or `iso`, `tlc`) whose view of boundary lines and countries Natural Earth's `FCLASS_xx`
        column gives; by default neutral: what is disputed is drawn as disputed.
    layer, member
        Which layer of a GeoPackage, which file of an archive.
    date
        Of the data; by default the file's `validOn`, what its name says, or the date inside a shapefile.
    licence, publisher
        Of a COD-AB file: its page on the Humanitarian Data Exchange states them.
    uncertainty_m
        Where the default (500 m for divisions, Natural Earth 3 km, its regions 20 km) does not suit.
    countries
        For the country test; by default the catalogue's.
    swap_axes
        The file has latitude first.

    Returns
    -------
    GeoDataFrame
        A layer; divisions with `pcode`, `iso3`, admin2 with `admin1_pcode`; boundaries with `country_b`, `claim`,
        `worldview`, `feature_class`; water, rivers and regions with `rank`.

    Raises
    ------
    ReadError
        No such file, damaged, or without the columns of the theme.
    InputError
        A world view that the file does not have.
    """
    check_theme(theme, THEMES, "a boundary file")
    file = Path(path)
    ledger = Ledger(f"{file}, theme {theme}")

    def rows_of(box: Region | None, book: Ledger) -> tuple[gpd.GeoDataFrame, Provenance]:
        """The rows of a region as features, and whose they are."""
        raw = features_of(file, ledger=book, region=box, layer=layer, member=member, swap_axes=swap_axes)
        day = date_of(file, date) or _date_inside(raw, file)
        columns = list(raw.columns)
        level = _LEVEL.get(theme, -1)
        if column_of(columns, [f"adm{level}_pcode"]) and level >= 0:
            frame = _cod(raw, level, uncertainty_m or 500.0)
            who = publisher or "OCHA COD-AB"
            return frame, Provenance(
                f"Common operational dataset, {theme}", who, licence or "see the data set's page (OCHA COD-AB)",
                f"{who}; boundaries and names imply no endorsement", _date_of_rows(raw, date) or day,
            )  # fmt: skip
        if column_of(columns, ["shapeID"]) and level >= 0:
            frame = _geoboundaries(raw, level, uncertainty_m or 500.0)
            return frame, Provenance(
                f"geoBoundaries, {theme}", publisher or "geoBoundaries", licence or "CC BY 4.0",
                "geoBoundaries (Runfola et al. 2020, doi:10.1371/journal.pone.0231866)", day,
            )  # fmt: skip
        if column_of(columns, ["featurecla"]) and theme != "admin2":
            frame = _natural_earth(raw, theme, uncertainty_m or _NE_UNCERTAINTY_M[theme], worldview)
            return frame, Provenance(
                f"Natural Earth, {theme}", "Natural Earth", "public domain", "Natural Earth, public domain", day
            )
        msg = (
            f"{file}: no file of {theme}: expected ADM{max(level, 0)}_PCODE (COD-AB), shapeID (geoBoundaries)"
            f" or featurecla (Natural Earth); it has {', '.join(map(str, columns[:40]))}."
            " Any other file is read by vector_files with a column mapping"
        )
        raise ReadError(msg)

    frame, provenance = rows_of(region, ledger)
    facts: dict[str, Any] = {}
    if theme in {"boundaries", "countries"}:
        facts = {"worldview": worldview or "neutral"}
        views = frame.attrs.get("worldviews", ())
        if worldview is None and len(views):
            facts["worldviews"] = list(views)
    return finish(
        frame, theme=theme, ledger=ledger, provenance=provenance, region=region, dimensions=_DIMENSIONS[theme],
        countries=countries, again=lambda box: rows_of(box, Ledger(""))[0], facts=facts,
        constants={"geometry_quality": "generalised"},
    )  # fmt: skip


def _pick(raw: gpd.GeoDataFrame, *names: str) -> pd.Series:
    """The first of these columns that there is, as clean text; missing everywhere where there is none."""
    found = column_of(raw.columns, names)
    values = texts(raw[found]) if found else pd.Series([None] * len(raw), dtype=object)
    return pd.Series(values.to_numpy(), index=raw.index, dtype=object)


def _date_of_rows(raw: gpd.GeoDataFrame, given: str | None) -> str | None:
    """The day from which a COD-AB file is valid."""
    if given is not None or len(raw) == 0:
        return given
    for name in ("validOn", "valid_on", "date"):
        found = column_of(raw.columns, [name])
        days = pd.to_datetime(raw[found], errors="coerce").dropna() if found else pd.Series([], dtype="datetime64[ns]")
        if len(days):
            return f"{days.max():%Y-%m-%d}"
    return None


def _date_inside(raw: gpd.GeoDataFrame, file: Path) -> str | None:
    """The date that a shapefile's table carries."""
    import pyogrio

    if file.suffix.lower() != ".shp":
        return None
    about = pyogrio.read_info(file).get("layer_metadata") or {}
    return about.get("DBF_DATE_LAST_UPDATE") if len(raw) else None


# Languages in which COD-AB files name divisions, behind the underscore of a column.
_LOCAL = ("ar", "ku", "ckb", "fa", "ps", "prs", "tr", "uk", "ru", "he", "am", "ti", "so", "my", "th", "bn", "ne", "ur")


def _cod(raw: gpd.GeoDataFrame, level: int, uncertainty_m: float) -> gpd.GeoDataFrame:
    """Divisions of a COD-AB file, whose columns are ADM1_EN, ADM1_AR, ADM1_PCODE (newer: adm1_name, adm1_name1)."""
    own = f"adm{level}"
    pcode = _pick(raw, f"{own}_pcode")
    latin = _pick(raw, f"{own}_en", f"{own}_name", f"{own}_fr", f"{own}_es", f"{own}_pt")
    local = _pick(raw, *(f"{own}_{code}" for code in _LOCAL), f"{own}_name1")
    country = alpha2(_pick(raw, "adm0_pcode"))
    named = alpha2(_pick(raw, "adm0_en", "adm0_name", "adm0_fr", "adm0_es"))
    frame = gpd.GeoDataFrame(
        {
            "id": f"{own}/" + pcode.str.lower(),
            "name": latin.where(latin.notna(), local),
            "name_local": local,
            "kind": _KIND_OF_LEVEL[level],
            "country": np.where(pd.isna(country), named, country),
            "admin1": _pick(raw, "adm1_en", "adm1_name", "adm1_fr", "adm1_es") if level else None,
            "uncertainty_m": uncertainty_m,
            "pcode": pcode,
            "admin1_pcode": _pick(raw, "adm1_pcode") if level == 2 else None,
        },
        geometry=raw.geometry,
    )
    texts_of = raw.assign(**{c: _pick(raw, str(c)) for c in raw.columns if str(c).lower().startswith(f"{own}alt")})
    texts_of["name"], texts_of["name_local"] = frame["name"], frame["name_local"]
    others = [c for c in raw.columns if str(c).lower().startswith((f"{own}alt", f"{own}_ref"))]
    others += [c for c in raw.columns if str(c).lower() in {f"{own}_{code}" for code in (*_LOCAL, "fr", "es")}]
    frame["alt_names"] = joined_names(texts_of, dict.fromkeys(others))
    return frame


def _geoboundaries(raw: gpd.GeoDataFrame, level: int, uncertainty_m: float) -> gpd.GeoDataFrame:
    """Divisions of geoBoundaries: shapeName, shapeISO, shapeID, shapeGroup (the country), shapeType."""
    stated = _pick(raw, "shapeType").dropna()
    if len(stated) and not stated.str.upper().eq(f"ADM{level}").any():
        msg = f"this geoBoundaries file holds {', '.join(sorted(stated.unique()))}, not ADM{level}"
        raise ReadError(msg)
    iso3 = _pick(raw, "shapeGroup")
    return gpd.GeoDataFrame(
        {
            "id": "geoboundaries/" + _pick(raw, "shapeID"),
            "name": _pick(raw, "shapeName"),
            "kind": _KIND_OF_LEVEL[level],
            "country": alpha2(iso3),
            "admin1": _pick(raw, "shapeName") if level == 1 else None,
            "uncertainty_m": uncertainty_m,
            "iso3": iso3,
            "iso_3166_2": _pick(raw, "shapeISO"),
        },
        geometry=raw.geometry,
    )


def _natural_earth(raw: gpd.GeoDataFrame, theme: str, uncertainty_m: float, worldview: str | None) -> gpd.GeoDataFrame:
    """Natural Earth's features as rows of the theme."""
    if theme == "boundaries":
        lines = worldviews.lines(raw, uncertainty_m, worldview)
        lines.attrs = {"worldviews": sorted(worldviews.views_of(raw.columns))}
        return lines
    kind = _pick(raw, "featurecla").str.lower()
    name = _pick(raw, "name_en", "name", "name_long", "admin")
    iso = alpha2(_pick(raw, "iso_a2_eh", "iso_a2", "iso_a3", "adm0_a3"))
    country = np.where(pd.isna(iso), alpha2(_pick(raw, "adm0_a3", "admin", "adm0name")), iso)
    frame = gpd.GeoDataFrame(
        {
            "name": name,
            "name_local": _pick(raw, "name_ar") if column_of(raw.columns, ["name_ar"]) else _pick(raw, "name_local"),
            "kind": _KIND_OF_LEVEL[_LEVEL[theme]] if theme in _LEVEL else kind.map(_NE_KIND),
            "country": country,
            "uncertainty_m": uncertainty_m,
            "feature_class": _pick(raw, "featurecla"),
        },
        geometry=raw.geometry,
    )
    number = _pick(raw, "ne_id")
    rows = pd.Series([f"{label}" for label in raw.index], index=raw.index)
    frame["id"] = f"ne-{theme}/" + number.where(number.notna(), rows)
    others = gpd.GeoDataFrame({c: _pick(raw, c) for c in ("namealt", "name_alt", "name_long", "name_en", "nameascii",
                                                           "name", "formal_en", "name_ar", "woe_name", "gn_name",
                                                           "name_fa", "name_tr")})  # fmt: skip
    others["name"], others["own"], others["name_local"] = others["name"].to_numpy(), name, frame["name_local"]
    frame["alt_names"] = joined_names(
        others, [c for c in others if c not in {"own", "name_local"}], ("own", "name_local")
    )
    if theme == "countries":
        frame["iso3"] = _pick(raw, "iso_a3_eh", "iso_a3", "adm0_a3")
        areas = worldviews.areas(raw, frame, worldview)
        areas.attrs = {"worldviews": sorted(worldviews.views_of(raw.columns))}
        return areas
    if theme == "admin1":
        frame["admin1"], frame["iso_3166_2"] = name, _pick(raw, "iso_3166_2")
    elif theme == "places":
        frame["population"] = pd.to_numeric(_pick(raw, "pop_max"), errors="coerce").clip(lower=0)
        frame["admin1"] = _pick(raw, "adm1name")
    else:
        frame["rank"] = pd.to_numeric(_pick(raw, "scalerank"), errors="coerce")
    if theme == "water":
        frame["dam"] = _pick(raw, "dam_name")
    frame.loc[frame["name"].isna(), "name"] = [country_name(str(c)) if theme == "countries" else None
                                               for c in frame.loc[frame["name"].isna(), "country"]]  # fmt: skip
    return frame
