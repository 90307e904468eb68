"""The table of speeds: one readable file in `layers/`, with a range and a source a row, overridable in a call.

What is done with a speed is `friction.py`'s and `ensemble.py`'s business.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from geoops.core.errors import InputError, ReadError
from geoops.core.reading import read_text
from geoops.core.units import pace_from_speed
from geoops.layers.catalog import find_catalog

__all__ = ["MODES", "Speed", "SpeedTable", "read_speeds", "slowed"]

MODES = ("vehicle", "vehicle_offroad", "foot", "mixed")

SPEEDS_FILE = "speeds.toml"


@dataclass(frozen=True)
class Speed:
    """
    One row of the table.

    Parameters
    ----------
    key
        Of the row: a class of road, a kind of ground, or what of the ground it says.
    applies
        "road", "ground", or "kind": a kind of ground.
    low, best, high
        Kilometres an hour, or in `unit`.
    source
        Keys of the table's sources, joined with ";".
    note
        What it stands for.
    unit
        Of the three numbers.
    """

    key: str
    applies: str
    low: float
    best: float
    high: float
    source: str
    note: str = ""
    unit: str = "km/h"

    @property
    def pace_s_per_m(self) -> float:
        """Of the best speed."""
        return pace_from_speed(self.best)

    def as_dict(self) -> dict[str, Any]:
        """For the attrs of a result."""
        return asdict(self)


@dataclass(frozen=True)
class SpeedTable:
    """
    The rows of one mode.

    Parameters
    ----------
    mode
        Mode of travel.
    rows
        Speeds by (applies, key).
    slope_rule
        Name of the slope rule for journeys on foot off the roads, or None.
    sources
        What the keys of `Speed.source` stand for.
    """

    mode: str
    rows: Mapping[tuple[str, str], Speed]
    slope_rule: str | None
    sources: Mapping[str, Mapping[str, str]]

    def road(self, kind: object) -> Speed:
        """The speed on a class of road: its own row, else `every`, else `other`; a link counts as what it links."""
        name = str(kind).strip().lower().removesuffix("_link")
        for key in (name, "every", "other"):
            if ("road", key) in self.rows:
                return self.rows["road", key]
        msg = f"the speed table has no row for roads of class {kind!r} in mode {self.mode!r}, nor one named other"
        raise InputError(msg)

    def ground(self, key: str) -> Speed | None:
        """A row on the ground, if there is one."""
        return self.rows.get(("ground", key))


def read_speeds(mode: str, speeds: Any = None, catalog: Any = None) -> SpeedTable:
    """
    The rows of one mode from the table in `layers/`, with what the caller changes put over them.

    Parameters
    ----------
    mode
        One of `MODES`.
    speeds
        Path of a TOML file like the embedded one, or a mapping from a key ("motorway", "ground.open", or
        "vehicle.motorway" for one mode) to kilometres an hour: one number, or (low, best, high).
    catalog
        The catalogue in whose folder `speeds.toml` is looked for first.

    Raises
    ------
    InputError
        An unknown mode or key, or speeds that are not positive or not in order.
    """
    if mode not in MODES:
        msg = f"mode must be one of {', '.join(MODES)}; {mode!r} came"
        raise InputError(msg)
    tables = _parse(_table_file(catalog))
    changes: Mapping[str, Any] = {}
    if isinstance(speeds, str | os.PathLike):
        tables = _merged(tables, _parse(Path(speeds)))
    elif isinstance(speeds, Mapping):
        changes = speeds
    elif speeds is not None:
        msg = f"speeds must be a mapping of keys to km/h, or the path of a TOML table; {type(speeds).__name__} came"
        raise InputError(msg)
    rows: dict[tuple[str, str], Speed] = {}
    slope_rule = None
    for applies in ("road", "ground", "kind"):
        section = _section(tables, mode, applies)
        rule = section.pop("slope_rule", None)
        slope_rule = rule if applies == "ground" else slope_rule
        for key, row in section.items():
            rows[applies, key] = _speed(key, applies, row, f"{mode}.{applies}.{key}")
    for name, value in changes.items():
        _change(rows, mode, str(name), value)
    return SpeedTable(mode, rows, slope_rule, tables.get("sources", {}))


def slowed(table: SpeedTable, factors: Mapping[str, float]) -> SpeedTable:
    """
    The table with speeds divided by factors on the time: by night, in mud, in snow.

    Parameters
    ----------
    table
        Of one mode.
    factors
        "road", "ground" or the key of a row -> how many times as long a journey takes. A row takes its own factor and
        that of what it applies to.

    Raises
    ------
    InputError
        A key that the table has not, or a factor that is not positive.
    """
    known = {"road", "ground", *(key for (_, key), row in table.rows.items() if row.unit == "km/h")}
    for name, factor in factors.items():
        if name not in known:
            msg = f"factors: no row {name!r} in mode {table.mode!r}; there are {', '.join(sorted(known))}"
            raise InputError(msg)
        if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 < factor < float("inf"):
            msg = f"factors: {name!r} must be a positive number, how many times as long it takes; {factor!r} came"
            raise InputError(msg)
    rows = {}
    for (applies, key), row in table.rows.items():
        of_all = "ground" if applies == "kind" else applies
        times = float(factors.get(of_all, 1.0)) * float(factors.get(key, 1.0)) if row.unit == "km/h" else 1.0
        note = "; ".join(part for part in (row.note, f"takes {times:g} times as long") if part)
        low, best, high = row.low / times, row.best / times, row.high / times
        rows[applies, key] = row if times == 1.0 else replace(row, low=low, best=best, high=high, note=note)
    return replace(table, rows=rows)


def _table_file(catalog: Any) -> Path:
    """The speed table beside the catalogue in use, else the one that came with geoops."""
    beside = find_catalog(catalog).parent / SPEEDS_FILE
    if beside.is_file():
        return beside
    package = Path(__file__).resolve().parents[1]
    inside = package / "_layers" / SPEEDS_FILE
    return inside if inside.is_file() else package.parents[1] / "layers" / SPEEDS_FILE


def _parse(file: Path) -> dict[str, Any]:
    """A TOML table, or an error that names the file."""
    try:
        return tomllib.loads(read_text(file))
    except tomllib.TOMLDecodeError as error:
        msg = f"{file}: not a valid speed table: {error}"
        raise ReadError(msg) from error


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Two tables, the upper one's values standing; a row is replaced whole."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        row = isinstance(value, dict) and "best" in value
        result[key] = _merged(old, value) if isinstance(value, dict) and isinstance(old, dict) and not row else value
    return result


def _section(tables: dict[str, Any], mode: str, applies: str) -> dict[str, Any]:
    """The rows of a mode for roads or ground; `like` borrows those of another mode, its own stand over them."""
    section = dict(tables.get(mode, {}).get(applies, {}))
    borrowed = section.pop("like", None)
    if borrowed is None:
        return section
    other, _, part = str(borrowed).partition(".")
    base = dict(tables.get(other, {}).get(part, {}))
    if not base or "like" in base:
        msg = f'speed table: {mode}.{applies} is like = "{borrowed}", which has no rows of its own'
        raise InputError(msg)
    return {**base, **section}


def _speed(key: str, applies: str, row: Any, where: str) -> Speed:
    """A row, checked."""
    if not isinstance(row, Mapping) or not {"low", "best", "high", "source"} <= set(row):
        msg = f"speed table: {where} must have low, best, high and source; {row!r} came"
        raise InputError(msg)
    try:
        low, best, high = (float(row[name]) for name in ("low", "best", "high"))
    except (TypeError, ValueError):
        low = best = high = float("nan")
    if not 0 < low <= best <= high < float("inf"):
        msg = f"speed table: {where} must have 0 < low <= best <= high; {row['low']}, {row['best']}, {row['high']} came"
        raise InputError(msg)
    source, note, unit = (str(row.get(n, d)) for n, d in (("source", ""), ("note", ""), ("unit", "km/h")))
    return Speed(key, applies, low, best, high, source, note, unit)


def _change(rows: dict[tuple[str, str], Speed], mode: str, name: str, value: Any) -> None:
    """Put the caller's value over a row, or say which rows there are."""
    parts = name.split(".")
    if len(parts) > 1 and parts[0] in MODES:
        if parts[0] != mode:
            return  # meant for another mode
        parts = parts[1:]
    places = [at for at in rows if at[1] == parts[-1] and (len(parts) == 1 or at[0] == parts[0])]
    if name == "ground":
        places = [at for at in rows if at == ("ground", "open")]
    if len(places) != 1 or len(parts) > 2:
        known = ", ".join(f"{applies}.{key}" for applies, key in rows)
        msg = f"speeds: no row {name!r} in mode {mode!r}; there are {known}"
        raise InputError(msg)
    old = rows[places[0]]
    values = [value] * 3 if isinstance(value, int | float) else list(value) if isinstance(value, tuple | list) else []
    if len(values) != 3:
        msg = f"speeds: {name!r} must be a number or (low, best, high); {value!r} came"
        raise InputError(msg)
    row = {**dict(zip(("low", "best", "high"), values, strict=True)), "source": "given by the user"}
    rows[places[0]] = _speed(old.key, old.applies, {**row, "unit": old.unit, "note": old.note}, name)
