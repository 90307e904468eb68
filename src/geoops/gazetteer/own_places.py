"""A user's own places: one CSV with documented columns, every row checked, every mistake listed with its line.

What stands there wins over all else that the gazetteer knows. Putting it together with the rest is `extend.py`.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry

from geoops.core.errors import InputError
from geoops.core.schema import WGS84
from geoops.core.tables import check_once, table_chunks
from geoops.core.text import one_line
from geoops.gazetteer.areas import shape_of_text
from geoops.gazetteer.names import normal
from geoops.layers.store import as_layer

__all__ = ["COLUMNS", "read_own_places"]

COLUMNS = (
    "name", "lon", "lat", "name_local", "alt_names", "kind", "country", "admin1", "uncertainty_m", "population", "id",
    "extent_wkt", "source", "source_date", "licence",
)  # fmt: skip
"""
The columns of the CSV, of which only the first three must be there.

`alt_names` are joined by `|`. `kind` is a GeoNames feature code (PPL where none is given), `country` an ISO 3166-1 alpha-2
code (found from the position where none is given), `uncertainty_m` a radius in metres (by default what the typed digits leave
open, at least 2 km for a town). `id` may be one that the gazetteer has: the row then replaces that place. `extent_wkt` is an
area or a line in well-known text.
"""

_NEEDED = COLUMNS[:3]
_MAX_ROWS = 1_000_000
_LISTED = 50
_TOWN_M = 2_000.0
_METRES_A_DEGREE = 111_320.0
_KIND = re.compile(r"[A-Z][A-Z0-9]{1,4}")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


def read_own_places(path: str | os.PathLike[str]) -> gpd.GeoDataFrame:
    """
    The places of a user's CSV as a layer.

    Parameters
    ----------
    path
        A CSV with a head; see `COLUMNS`. Other columns are left aside.

    Returns
    -------
    GeoDataFrame
        The layer `own_places`, EPSG:4326.

    Raises
    ------
    InputError
        Rows that make no sense, all of them, each with its line and what is wrong.
    ReadError
        No such file, no table, or a needed column is missing.
    """
    file = Path(path)
    rows: list[dict[str, Any]] = []
    problems: list[str] = []
    seen: dict[str, int] = {}
    for chunk in table_chunks(file, needs=_NEEDED):
        chunk.columns = [str(c).strip().lower() for c in chunk.columns]
        check_once(file, chunk.columns, COLUMNS)
        cells = chunk.loc[:, ~chunk.columns.duplicated()].reindex(columns=list(COLUMNS))  # others may stand twice
        for number, values in zip(cells.index, cells.to_dict(orient="records"), strict=True):
            line = int(number) + 1  # the head is line 1
            given = {str(k): one_line(v) for k, v in values.items() if isinstance(v, str) and v.strip()}
            if not given:
                continue
            row, wrong = _row(given, file, line)
            if row is not None and row["id"] in seen:
                wrong.append(f"id {row['id']!r} stands on line {seen[row['id']]} already")
            if wrong or row is None:
                problems += [f"line {line} ({given.get('name', 'no name')}): {what}" for what in wrong]
                continue
            seen[row["id"]] = line
            rows.append(row)
        if len(rows) > _MAX_ROWS:
            msg = f"{file}: more than {_MAX_ROWS:,} places; build a layer of its own from so many"
            raise InputError(msg)
    if problems:
        shown = "\n  ".join(problems[:_LISTED])
        more = f"\n  and {len(problems) - _LISTED} more" if len(problems) > _LISTED else ""
        msg = f"{file}: {len(problems)} mistakes; nothing was built.\n  {shown}{more}"
        raise InputError(msg)
    if not rows:
        msg = f"{file}: no place in it; expected rows with {', '.join(_NEEDED)}"
        raise InputError(msg)
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=WGS84)
    return as_layer(frame, what="own_places", geometry_quality="approximate")


def _row(given: Mapping[str, str], file: Path, line: int) -> tuple[dict[str, Any] | None, list[str]]:
    """One row of the layer, or None, and everything that is wrong with it."""
    wrong: list[str] = []
    name = given.get("name", "")
    if not normal(name):
        wrong.append("no name")
    lon, lat = (_number(given, column, limit, wrong) for column, limit in (("lon", 180.0), ("lat", 90.0)))
    kind = given.get("kind", "PPL").upper()
    if not _KIND.fullmatch(kind):
        wrong.append(f"kind is {given['kind']!r}; expected a GeoNames feature code such as PPL, CMP, MTS")
    country = given.get("country", "").upper()
    if country and not re.fullmatch("[A-Z]{2}", country):
        wrong.append(f"country is {given['country']!r}; expected an ISO code of two letters such as SY")
    radius = _positive(given, "uncertainty_m", wrong)
    population = _positive(given, "population", wrong)
    day = given.get("source_date", "")
    if day and not _DATE.fullmatch(day):
        wrong.append(f"source_date is {day!r}; expected YYYY, YYYY-MM or YYYY-MM-DD")
    shape = _shape(given.get("extent_wkt"), wrong)
    if wrong or lon is None or lat is None:
        return None, wrong
    digits = min(len(given[c].partition(".")[2]) for c in ("lon", "lat"))
    rounding = math.hypot(0.5, 0.5) * 10.0**-digits * _METRES_A_DEGREE
    default = max(rounding, _TOWN_M) if kind.startswith("PPL") else max(rounding, 1.0)
    return {
        "id": given.get("id") or f"own/{file.stem}-{line}",
        "name": name,
        "name_local": given.get("name_local"),
        "alt_names": given.get("alt_names"),
        "kind": kind,
        "country": country or None,
        "admin1": given.get("admin1"),
        "uncertainty_m": radius or round(default),
        "population": population,
        "source": given.get("source", file.name),
        "source_date": day or None,
        "licence": given.get("licence", "as stated by the user"),
        "geometry": shapely.Point(lon, lat) if shape is None else shape,
    }, []


def _number(given: Mapping[str, str], column: str, limit: float, wrong: list[str]) -> float | None:
    """A coordinate, or None and a word on what came."""
    text = given.get(column)
    if text is None:
        wrong.append(f"no {column}")
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not abs(value) <= limit:
        wrong.append(f"{column} is {text!r}; expected degrees from -{limit:g} to {limit:g}")
        return None
    return value


def _positive(given: Mapping[str, str], column: str, wrong: list[str]) -> float | None:
    """A number above 0, or None where the cell is blank."""
    text = given.get(column)
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0.0):
        wrong.append(f"{column} is {text!r}; expected a number above 0")
        return None
    return value


def _shape(text: str | None, wrong: list[str]) -> BaseGeometry | None:
    """The area or line of well-known text."""
    if text is None:
        return None
    shape = shape_of_text(text)
    if shape is None:
        wrong.append(f"extent_wkt is {text[:40]!r}; expected a valid polygon or line in degrees, in well-known text")
        return None
    return shape
