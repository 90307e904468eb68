"""Global Energy Monitor's trackers: oil and gas fields, power stations, dams and pipelines (CC BY 4.0).

The trackers come as workbooks, CSV, GeoJSON or GeoPackage, with column names that change between the tables offered for
download and the maps' own files; both are known here. Power units are merged to the stations that they stand in. Positions
are as exact as the tracker says; a pipeline of few vertices is called schematic, with an uncertainty to match.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoops.core.errors import InputError, ReadError
from geoops.core.geodesy import Region, distance
from geoops.core.schema import WGS84
from geoops.layers.sources.contract import LINES, POINTS, Ledger, Provenance, check_theme, date_of, finish, texts
from geoops.layers.sources.country_codes import alpha2
from geoops.layers.sources.energy_columns import TRACKER_COLUMNS
from geoops.layers.sources.opening import features_of

__all__ = ["THEMES", "read"]

THEMES = tuple(TRACKER_COLUMNS)
"""What the trackers give: `dams` from the hydropower tracker, `power_stations` from it and the oil and gas plants."""

_NEEDED = {"oil_gas_fields": ("name", "status"), "power_stations": ("name", "capacity"), "dams": ("name", "river"),
           "pipelines": ("name", "status")}  # fmt: skip

_FIELD_M = {"exact": 5_000.0, "approximate": 25_000.0}  # a field is kilometres across, and its point any of it
_STATION_M = {"exact": 1_000.0, "approximate": 20_000.0}
_ROUTE_M = {"high": 2_000.0, "exact": 2_000.0, "medium": 10_000.0, "low": 25_000.0, "approximate": 25_000.0}
_UNSTATED_M = {"oil_gas_fields": 25_000.0, "power_stations": 5_000.0, "dams": 5_000.0, "pipelines": 5_000.0}
_SAME_STATION_M = 5_000.0
_SCHEMATIC_M = 50_000.0
# Of a station's units, the status that says most about it comes first.
_RANK = ("operating", "construction", "mothballed", "pre-construction", "announced", "retired", "shelved", "cancelled")
_FUELS = (("gas", r"gas"), ("oil", r"oil|diesel|liquid|crude|kerosene|naphtha"), ("coal", r"coal|lignite"),
          ("hydro", r"hydro|pumped|storage"), ("nuclear", r"nuclear|uranium"), ("solar", r"solar"), ("wind", r"wind"),
          ("biomass", r"bio|waste"), ("hydrogen", r"hydrogen"))  # fmt: skip


def read(
    path: str | os.PathLike[str],
    *,
    theme: str,
    region: Region | None = None,
    layer: str | None = None,
    member: str | None = None,
    sheet: str | None = None,
    date: str | None = None,
    substance: str | None = None,
    countries: gpd.GeoDataFrame | None = None,
    swap_axes: bool = False,
) -> gpd.GeoDataFrame:
    """
    The features of a theme in a file of a Global Energy Monitor tracker.

    Parameters
    ----------
    path
        `.xlsx`, `.csv`, `.geojson`, `.gpkg`, or a zip archive with one of them.
    theme
        `oil_gas_fields` (extraction tracker), `power_stations` (oil and gas plants, hydropower), `dams` (hydropower),
        `pipelines` (oil, or gas).
    region
        (west, south, east, north) in degrees.
    layer, member, sheet
        Which layer, file of an archive, sheet of a workbook.
    date
        Of the release; by default what the file's name says.
    substance
        `oil` or `gas`, of a pipeline file that does not say.
    countries
        For the country test; by default the catalogue's.
    swap_axes
        The file has latitude first.

    Returns
    -------
    GeoDataFrame
        A layer; besides the contract: fields `fuel, operator, start_year, oil_mmbbl_y, gas_mm3_y`; stations
        `capacity_mw` (of the units that have the station's status), `capacity_all_mw`, `units, fuel, technology,
        start_year`; dams `river` too; pipelines `substance, segment, capacity, length_km`; all `countries, url`.

    Raises
    ------
    ReadError
        No such file, damaged, or not of the theme's tracker.
    SchemaError
        Nothing says of what date the release is.
    """
    check_theme(theme, THEMES, "a tracker of Global Energy Monitor")
    if substance not in {None, "oil", "gas", "hydrogen"}:
        msg = f"substance {substance!r}; expected oil, gas or hydrogen"
        raise InputError(msg)
    file = Path(path)
    ledger = Ledger(f"{file}, theme {theme}")

    def rows_of(box: Region | None, book: Ledger) -> gpd.GeoDataFrame:
        """The features of a region."""
        raw = features_of(file, ledger=book, region=box, layer=layer, member=member, sheet=sheet, swap_axes=swap_axes)
        table = _known_columns(raw, theme, file)
        if theme == "oil_gas_fields":
            return _fields(table)
        if theme == "pipelines":
            return _pipelines(table, substance, book)
        return _stations(table, theme, book)

    frame = rows_of(region, ledger)
    provenance = Provenance(
        title=f"Global Energy Monitor, {theme.replace('_', ' ')}",
        source="Global Energy Monitor",
        licence="CC BY 4.0",
        attribution="Global Energy Monitor (globalenergymonitor.org), CC BY 4.0",
        date=date_of(file, date),
        accuracy="from the tracker's location accuracy; of pipelines also from the spacing of their vertices",
    )
    return finish(
        frame, theme=theme, ledger=ledger, provenance=provenance, region=region,
        dimensions=LINES if theme == "pipelines" else POINTS, countries=countries,
        again=lambda box: rows_of(box, Ledger("")), constants={"geometry_quality": "approximate"},
    )  # fmt: skip


def _known_columns(raw: gpd.GeoDataFrame, theme: str, file: Path) -> gpd.GeoDataFrame:
    """The columns of the theme under one name each, as clean text; those that the file lacks are empty."""
    have = {re.sub(r"[^a-z0-9]", "", str(c).casefold()): c for c in reversed(list(raw.columns)) if c != "geometry"}
    found = {key: [have[n] for n in names if n in have] for key, names in TRACKER_COLUMNS[theme].items()}
    missing = [key for key in _NEEDED[theme] if not found[key]]
    if missing:
        words = "; ".join(f"{key} ({' or '.join(TRACKER_COLUMNS[theme][key])})" for key in missing)
        msg = f"{file}: not a tracker of {theme}: no column for {words}; it has {', '.join(map(str, raw.columns[:40]))}"
        raise ReadError(msg)
    result: dict[str, Any] = {}
    for key, columns in found.items():
        values = pd.Series([None] * len(raw), index=raw.index, dtype=object)
        for column in columns:
            values = values.where(
                values.notna(), pd.Series(texts(raw[column]).to_numpy(), index=raw.index, dtype=object)
            )
        result[key] = values
    return gpd.GeoDataFrame(result, geometry=raw.geometry.to_numpy(), crs=WGS84, index=raw.index)


def _country(table: gpd.GeoDataFrame) -> tuple[np.ndarray, pd.Series]:
    """The country where there is but one, and all of them joined with "; "."""
    every = [
        [p.strip() for p in re.split(r"[;,]|-(?=[A-Z])", str(text)) if p.strip()] if isinstance(text, str) else []
        for text in table["countries"].where(table["countries"].notna(), table["country"])
    ]
    single = [alpha2([str(own)])[0] or (alpha2(parts)[0] if len(parts) == 1 else None)
              for own, parts in zip(table["country"], every, strict=True)]  # fmt: skip
    return np.array(single, dtype=object), pd.Series(
        ["; ".join(p) or None for p in every], index=table.index, dtype=object
    )


def _metres(table: gpd.GeoDataFrame, radius: Mapping[str, float], unstated: float) -> np.ndarray:
    """The radius that the stated accuracy stands for."""
    stated = table["accuracy"].map(lambda a: next((m for w, m in radius.items() if w in a.casefold()), unstated)
                                   if isinstance(a, str) else unstated)  # fmt: skip
    return stated.to_numpy(float) if len(stated) else np.zeros(0)


def _status(table: gpd.GeoDataFrame) -> pd.Series:
    """The status in lower-case words; what was looked for and not found is not known."""
    words = table["status"].map(lambda s: s.casefold().replace("_", " ") if isinstance(s, str) else None)
    words = words.map(
        lambda s: {"not found": None, "in construction": "construction"}.get(s, s) if isinstance(s, str) else None
    )
    return pd.Series(words, index=table.index, dtype=object)


def _year(values: pd.Series) -> pd.Series:
    """The first year in a text."""
    return pd.to_numeric(
        values.astype(object).map(lambda v: (re.findall(r"\d{4}", str(v)) or [None])[0]), errors="coerce"
    )


def _number(values: pd.Series) -> pd.Series:
    """A number from text, with blanks and thousands' commas gone."""
    return pd.to_numeric(values.astype(object).map(lambda v: str(v).replace(",", "")), errors="coerce")


def _plain_name(name: object) -> str | None:
    """A name without the country in brackets that a wiki's title carries."""
    if not isinstance(name, str):
        return None
    match = re.fullmatch(r"(.+?)\s*\(([^()]+)\)", name)
    inside = re.split(r"[;,/]|-(?=[A-Z])", match[2]) if match else []
    return match[1] if match and all(alpha2([part])[0] for part in inside) else name


def _others(table: gpd.GeoDataFrame, names: pd.Series) -> list[str | None]:
    """The other names, and the name as it stood, joined with `|`."""
    result = []
    for raw, name, local, other in zip(table["name"], names, table["local"], table["other"], strict=True):
        parts = [raw, *(re.split(r"[;,|]", other) if isinstance(other, str) else [])]
        parts += re.split(r"[;,،|]", local)[1:] if isinstance(local, str) else []
        kept = dict.fromkeys(p.strip() for p in parts if isinstance(p, str) and p.strip() and p.strip() != name)
        result.append("|".join(kept) or None)
    return result


def _local(table: gpd.GeoDataFrame) -> pd.Series:
    """The first local name."""
    first = [re.split(r"[;,،|]", v)[0].strip() or None if isinstance(v, str) else None for v in table["local"]]
    return pd.Series(first, index=table.index, dtype=object)


def _fields(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Oil and gas fields."""
    country, every = _country(table)
    name = table["name"].map(_plain_name)
    words = (table["fuel"].fillna("") + " " + table["name"].fillna("")).str.casefold()
    oil, gas = words.str.contains("oil"), words.str.contains("gas")
    return gpd.GeoDataFrame(
        {
            "id": "gem/" + table["id"],
            "name": name,
            "name_local": _local(table),
            "alt_names": _others(table, name),
            "kind": np.where(gas & ~oil, "GASF", "OILF"),
            "country": country,
            "admin1": table["province"],
            "status": _status(table),
            "uncertainty_m": _metres(table, _FIELD_M, _UNSTATED_M["oil_gas_fields"]),
            "fuel": np.select([oil & gas, gas, oil], ["oil and gas", "gas", "oil"], default="unknown"),
            "operator": table["operator"],
            "start_year": _year(table["year"]),
            "oil_mmbbl_y": _number(table["oil"]),
            "gas_mm3_y": _number(table["gas"]),
            "countries": every,
            "url": table["url"],
        },
        geometry=table.geometry,
        crs=WGS84,
    )


def _fuel_of(values: pd.Series) -> str | None:
    """The fuels of a station in one word each."""
    text = " ".join(str(v) for v in values if isinstance(v, str)).casefold()
    return " and ".join(word for word, pattern in _FUELS if re.search(rf"\b(?:{pattern})", text)) or None


def _stations(table: gpd.GeoDataFrame, theme: str, ledger: Ledger) -> gpd.GeoDataFrame:
    """Stations from units: those of one name or location number, in one country, within 5 km of one another."""
    table = table[table.geometry.notna() & ~table.geometry.is_empty & (table.geometry.geom_type == "Point")]
    hydro = bool(table["river"].notna().any()) or bool(table["tracker"].eq("GHPT").any())
    table = table.assign(state=_status(table), iso=_country(table)[0], joined=_country(table)[1])
    table["metres"] = _metres(table, _STATION_M, _UNSTATED_M[theme])
    table["mw"] = _number(table["capacity"]) + _number(table["capacity_more"]).fillna(0.0)
    key = table["id"].where(
        table["id"].notna(), table["name"].fillna("").str.casefold() + "/" + table["joined"].fillna("")
    )
    rows, shapes, labels = [], [], []
    for _, units in table.groupby(key, sort=False):
        for part in _near(units):
            group = units.loc[part]
            rows.append(_station(group, theme, hydro=hydro))
            x, y = float(group.geometry.x.median()), float(group.geometry.y.median())
            spread = float(np.max(distance(group.geometry.x, group.geometry.y, x, y)))
            rows[-1]["uncertainty_m"] = max(float(group["metres"].max()), spread + float(group["metres"].min()))
            shapes.append(shapely.Point(x, y))
            labels.append(group.index[0])
    ledger.mend("units merged into their stations", len(table) - len(rows))
    columns = list(rows[0]) if rows else ["id", "name", "country"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns, index=labels), geometry=shapes, crs=WGS84)


def _near(units: gpd.GeoDataFrame) -> list[list[Any]]:
    """The units' labels in groups, each within 5 km of its first: a name that two places bear stays two stations."""
    left = list(units.index)
    groups = []
    while left:
        first = units.geometry[left[0]]
        metres = distance(first.x, first.y, [units.geometry[i].x for i in left], [units.geometry[i].y for i in left])
        near = [i for i, m in zip(left, metres, strict=True) if m <= _SAME_STATION_M]
        groups.append(near)
        left = [i for i in left if i not in set(near)]
    return groups


def _station(units: gpd.GeoDataFrame, theme: str, *, hydro: bool) -> dict[str, Any]:
    """One station of its units."""
    states = set(units["state"].dropna())
    state = next((s for s in _RANK if s in states), min(states, default=None))
    first = units.iloc[:1]
    name = first["name"].map(_plain_name)
    own = units["state"] == state if state else pd.Series(np.ones(len(units), dtype=bool), index=units.index)
    number = first["id"].iloc[0] or first["unit_id"].iloc[0]
    slug = number or re.sub(
        r"\W+", "-", f"{name.iloc[0]} {first['iso'].iloc[0] or first['joined'].iloc[0]}".casefold()
    ).strip("-")
    plain = re.sub(
        r"(\s+pumped storage)?\s+(hydroelectric|hydropower)\s+(plant|station|project)$",
        "",
        str(name.iloc[0]),
        flags=re.IGNORECASE,
    )
    dam = theme == "dams"
    others = [o for o in _others(first, name) if o]
    return {
        "id": f"gem/{slug}",
        "name": str(name.iloc[0]) if not dam or plain == name.iloc[0] else re.sub(r"( Dam)?$", " Dam", plain, count=1),
        "name_local": _local(first).iloc[0],
        "alt_names": "|".join(dict.fromkeys([*([str(name.iloc[0])] if dam else []), *others])) or None,
        "kind": "DAM" if dam else "PSH" if hydro else "PS",
        "country": first["iso"].iloc[0],
        "admin1": first["province"].iloc[0],
        "status": state,
        "capacity_mw": _sum(units["mw"][own]),
        "capacity_all_mw": _sum(units["mw"]),
        "units": len(units),
        "fuel": "hydro" if hydro else _fuel_of(units["fuel"]),
        "technology": "; ".join(dict.fromkeys(units["technology"].dropna())) or None,
        "river": first["river"].iloc[0],
        "start_year": _year(units["year"][own]).min(),
        "countries": first["joined"].iloc[0],
        "url": first["url"].iloc[0],
    }  # fmt: skip


def _sum(values: pd.Series) -> float:
    """The sum of what is known; NaN where nothing is."""
    return float(values.sum(min_count=1))


def _pipelines(table: gpd.GeoDataFrame, substance: str | None, ledger: Ledger) -> gpd.GeoDataFrame:
    """Pipelines; terminals that stand in the same table are left out."""
    terminal = (table["terminal"].notna() & table["name"].isna()).to_numpy()
    ledger.drop(table.index[terminal], "a terminal, not a pipeline", table["terminal"][terminal])
    table = table[~terminal]
    country, every = _country(table)
    said = table["fuel"].map(lambda f: _fuel_of(pd.Series([str(f).replace("_", " ")])) if isinstance(f, str) else None)
    if len(table) and substance is None and said.isna().all():
        msg = "the file does not say what its pipelines carry; say substance='oil' or substance='gas'"
        raise InputError(msg)
    longest = np.array([_longest_edge_m(g) for g in table.geometry])
    stated = _metres(table, _ROUTE_M, _UNSTATED_M["pipelines"])
    segment = table["unit"]
    number = table["id"].where(
        table["id"].notna(), table["name"].fillna("").str.casefold().str.replace(r"\W+", "-", regex=True)
    )
    return gpd.GeoDataFrame(
        {
            "id": "gem/"
            + number
            + segment.map(lambda u: "/" + re.sub(r"\W+", "-", u.casefold()) if isinstance(u, str) else ""),
            "name": table["name"],
            "name_local": _local(table),
            "alt_names": _others(table, table["name"]),
            "kind": "PIPL",
            "country": country,
            "admin1": table["province"],
            "status": _status(table),
            "geometry_quality": np.where(longest > _SCHEMATIC_M, "schematic", "approximate"),
            # A straight edge hides a detour: of gentle routes about a fifth of its length.
            "uncertainty_m": np.clip(np.maximum(stated, 0.2 * longest), None, 100_000.0).round(),
            "substance": said.where(said.notna(), substance),
            "segment": segment,
            "capacity": _number(table["capacity"]),
            "start_year": _year(table["year"]),
            "length_km": _number(table["length"]),
            "countries": every,
            "url": table["url"],
        },
        geometry=table.geometry,
        crs=WGS84,
    )


def _longest_edge_m(line: shapely.Geometry | None) -> float:
    """Length in metres of a line's longest edge between two vertices."""
    longest = 0.0
    for part in shapely.get_parts(line) if line is not None else []:
        xy = shapely.get_coordinates(part)
        if len(xy) > 1:
            longest = max(longest, float(distance(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1]).max()))
    return longest
