"""GeoNames country files (`SY.zip`, `IQ.txt`, `allCountries.zip`): the full gazetteer with feature codes, by region.

The files are tab-separated without a head or quotes, 19 columns as GeoNames' readme documents them, CC BY 4.0. They are
read as a stream, so that the file of the world costs no more memory than the region wanted. What the embedded layers
take from a package is `geonames.py`.
"""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import geopandas as gpd
import pandas as pd

from geoops.core.archives import members
from geoops.core.errors import ReadError
from geoops.core.geodesy import Region
from geoops.core.schema import WGS84
from geoops.layers.sources.contract import POINTS, Ledger, Provenance, check_theme, date_of, finish, texts
from geoops.layers.sources.country_codes import first_language
from geoops.layers.sources.geonames import local_name, town_radius_m
from geoops.layers.sources.opening import point_chunks

__all__ = ["COLUMNS", "THEMES", "read"]

COLUMNS = (
    "geonameid", "name", "asciiname", "alternatenames", "latitude", "longitude", "feature_class", "feature_code",
    "country_code", "cc2", "admin1_code", "admin2_code", "admin3_code", "admin4_code", "population", "elevation", "dem",
    "timezone", "modification_date",
)  # fmt: skip
"""The columns of a country file, in order."""

_CODES: dict[str, tuple[str, ...]] = {
    "gazetteer": ("*",),
    "places": ("P.*",),
    "regions": ("T.MTS", "T.MT", "T.DSRT", "T.ERG", "T.HLLS", "T.PLN", "T.PLAT", "T.RDGE", "T.UPLD", "T.VAL", "T.DPR",
                "H.WAD", "H.WADS", "L.RGN", "L.RGNH", "L.AREA", "H.MRSH"),
    "water": ("H.LK", "H.LKS", "H.LKI", "H.LKSI", "H.RSV", "H.RSVI", "H.LKN", "H.LKX"),
    "airports": ("S.AIRP", "S.AIRB", "S.AIRF", "S.AIRH"),
    "oil_gas_fields": ("L.OILF", "L.GASF"),
    "refineries": ("S.OILR",),
    "power_stations": ("S.PS", "S.PSH", "S.PSN"),
    "dams": ("S.DAM", "S.DAMQ", "S.DAMSB"),
    "bridges": ("S.BDG",),
    "camps": ("S.CMPRF", "S.CMP", "S.CMPL", "S.CMPLA", "S.CMPMN", "S.CMPO"),
    "border_crossings": ("S.PSTB",),
}  # fmt: skip
THEMES = tuple(sorted(_CODES))
"""What the files give; `gazetteer` is all of it, the others are chosen by feature code."""

_LICENCE = "CC BY 4.0"
_STATUS = {"PPLQ": "abandoned", "PPLW": "destroyed", "PPLH": "historical", "PPLCH": "historical", "DAMQ": "abandoned",
           "AIRQ": "abandoned", "CMPQ": "abandoned"}  # fmt: skip
# Radius in metres that holds what the point stands for, where its population does not tell.
_RADIUS_OF_CLASS = {"A": 50_000.0, "H": 15_000.0, "L": 15_000.0, "R": 5_000.0, "S": 3_000.0, "T": 10_000.0,
                    "U": 50_000.0, "V": 15_000.0, "P": 2_000.0}  # fmt: skip
_RADIUS_OF_CODE = {"PCLI": 500_000.0, "ADM1": 150_000.0, "ADM2": 60_000.0, "ADM3": 30_000.0, "ADM4": 15_000.0,
                   "MTS": 75_000.0, "DSRT": 200_000.0, "STM": 100_000.0, "RGN": 100_000.0, "RGNH": 100_000.0,
                   "WAD": 30_000.0}  # fmt: skip


def read(
    path: str | os.PathLike[str],
    *,
    theme: str = "places",
    region: Region | None = None,
    member: str | None = None,
    date: str | None = None,
    all_names: bool = True,
    countries: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """
    The features of a theme in a GeoNames country file.

    Parameters
    ----------
    path
        `XX.zip` or `XX.txt`, or `allCountries.zip`.
    theme
        One of `THEMES`.
    region
        (west, south, east, north) in degrees.
    member
        Which file of the archive, where it is not the one named like it.
    date
        Of rows that carry no modification date.
    all_names
        Whether alternate names are kept in `alt_names`.
    countries
        For the country test; by default the catalogue's.

    Returns
    -------
    GeoDataFrame
        A layer with `geonameid, ascii_name, feature_class, admin1_code, admin2_code, population, elevation_m`;
        `source_date` is the row's modification date. `uncertainty_m` follows the population of a place, else the class.

    Raises
    ------
    ReadError
        No such file, damaged, or not a country file.
    CoordinateError
        Axes swapped.
    """
    check_theme(theme, THEMES, "a GeoNames country file")
    file = Path(path)
    ledger = Ledger(f"{file}, theme {theme}")
    inside = member if member is not None or file.suffix.lower() != ".zip" else _member(file)
    divisions: dict[tuple[str, str], str] = {}
    rows = _rows(file, theme, region, inside, ledger, divisions)
    frame = _features(rows, divisions, date_of(file, date), all_names=all_names)
    provenance = Provenance(
        title=f"GeoNames, {theme}",
        source="GeoNames",
        licence=_LICENCE,
        attribution="GeoNames (geonames.org), CC BY 4.0",
        date=date_of(file, date) or (str(rows["modification_date"].max()) if len(rows) else None),
        accuracy="places: the size of a town of that population and GeoNames' scatter; others: by feature class",
    )

    def again(other: Region) -> gpd.GeoDataFrame:
        """The same of another region, for the country test."""
        return _features(_rows(file, theme, other, inside, Ledger(""), {}), {}, None, all_names=False)

    return finish(
        frame, theme=theme, ledger=ledger, provenance=provenance, region=region, dimensions=POINTS, countries=countries,
        again=again, constants={"geometry_quality": "approximate"},
    )  # fmt: skip


def _member(file: Path) -> str | None:
    """The archive's table: named like it, else its only text that is no readme."""
    names = [n for n in members(file) if n.lower().endswith(".txt") and "readme" not in n.lower()]
    same = [n for n in names if PurePosixPath(n).stem.casefold() == file.stem.casefold()]
    return (same or names)[0] if len(same or names) == 1 else None


def _rows(
    file: Path,
    theme: str,
    region: Region | None,
    member: str | None,
    ledger: Ledger,
    divisions: dict[tuple[str, str], str],
) -> gpd.GeoDataFrame:
    """The theme's rows of the region; the names of all first-order divisions are collected on the way."""
    wanted = set(_CODES[theme])
    seen = 0

    def look(chunk: pd.DataFrame) -> pd.DataFrame:
        """Leave out what is no row of a country file, and what belongs to another theme."""
        nonlocal seen
        number = pd.to_numeric(chunk["geonameid"], errors="coerce")
        whole = number.notna() & chunk["feature_class"].isin([*"AHLPRSTUV", None]) & chunk["modification_date"].notna()
        if seen == 0 and int(whole.sum()) * 2 < len(chunk):
            row = chunk.iloc[0].dropna().tolist()
            msg = (
                f"{file}: not a GeoNames country file: its first row has {len(row)} of {len(COLUMNS)} tab-separated"
                f" columns and begins {str(row[0])[:40] if row else ''!r}; they are {', '.join(COLUMNS)}"
            )
            raise ReadError(msg)
        seen += len(chunk)
        ledger.drop(
            chunk.index[~whole], f"not {len(COLUMNS)} columns; the file may be cut off", chunk["geonameid"][~whole]
        )
        chunk = chunk[whole]
        first = chunk[chunk["feature_code"] == "ADM1"]
        keys = zip(first["country_code"].astype(str), first["admin1_code"].astype(str), strict=True)
        divisions.update(zip(keys, first["name"].astype(str), strict=True))
        if wanted == {"*"}:
            return chunk
        code = chunk["feature_class"].astype(str) + "." + chunk["feature_code"].astype(str)
        return chunk[code.isin(wanted) | (chunk["feature_class"].astype(str) + ".*").isin(wanted)]

    parts = point_chunks(
        file, ledger=ledger, region=region, member=member, names=COLUMNS, quoted=False, lon="longitude", lat="latitude",
        look=look,
    )  # fmt: skip
    return gpd.GeoDataFrame(pd.concat(parts), geometry="geometry", crs=WGS84)


def _features(
    rows: gpd.GeoDataFrame, divisions: dict[tuple[str, str], str], date: str | None, *, all_names: bool
) -> gpd.GeoDataFrame:
    """Columns of the layer contract from those of the file."""
    index = rows.index
    name = pd.Series(texts(rows["name"]).to_numpy(), index=index)
    others = [
        sorted({a.strip().replace("|", "/") for a in (str(every).split(",") if every else []) if a.strip()} - {own})
        for every, own in zip(rows["alternatenames"], name, strict=True)
    ]
    local = [
        local_name(str(n), o, first_language(str(c))) if o and n else None
        for n, o, c in zip(name, others, rows["country_code"], strict=True)
    ]
    population = pd.to_numeric(rows["population"], errors="coerce").fillna(0).clip(lower=0)
    code, group = rows["feature_code"], rows["feature_class"]
    radius = code.map(_RADIUS_OF_CODE).fillna(group.map(_RADIUS_OF_CLASS)).fillna(15_000.0).to_numpy(float, copy=True)
    town = (group == "P").to_numpy()
    radius[town] = town_radius_m(population.to_numpy())[town]
    keys = zip(rows["country_code"].astype(str), rows["admin1_code"].astype(str), strict=True)
    day = rows["modification_date"].where(
        rows["modification_date"].astype(str).str.fullmatch(r"\d{4}-\d{2}-\d{2}").fillna(value=False).astype(bool), date
    )
    frame = pd.DataFrame(
        {
            "id": "geonames/" + rows["geonameid"].astype(str),
            "name": name,
            "name_local": local,
            "alt_names": ["|".join(a for a in o if a != n) or None if all_names else None
                          for o, n in zip(others, local, strict=True)],
            "kind": code,
            "country": rows["country_code"],
            "admin1": [divisions.get(k) for k in keys],
            "status": code.map(_STATUS),
            "uncertainty_m": radius,
            "source_date": day,
            "geonameid": pd.to_numeric(rows["geonameid"]).astype("int64"),
            "ascii_name": rows["asciiname"],
            "feature_class": group,
            "admin1_code": rows["admin1_code"],
            "admin2_code": rows["admin2_code"],
            "population": population.astype("int64"),
            "elevation_m": pd.to_numeric(rows["elevation"], errors="coerce"),
        },
        index=index,
    )  # fmt: skip
    return gpd.GeoDataFrame(frame, geometry=rows.geometry, crs=WGS84)
