"""Reference files: what independent publishers say of the things that the curated layers hold, to compare, never to copy.

A folder of them is read into one table: trackers, lists of points, boundaries, physical features. Files are told by how
their names begin; one that is not known is left alone. Each feature says with which curated layers it is to be compared, and
by which of a row's columns: its names, the governorate or the river that it names, the country on whose border it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoops.core.errors import ReadError
from geoops.core.reading import read_vector
from geoops.core.schema import WGS84
from geoops.layers.likeness import likeness, spellings
from geoops.layers.sources import boundary_files, energy_trackers, extra_names

__all__ = ["COLUMNS", "REFERENCES", "Reference", "read_folder", "reference_of"]

COLUMNS = (
    "reference",
    "file",
    "layers",
    "by",
    "kind",
    "name",
    "names",
    "uncertainty_m",
    "complete",
    "reach_m",
    "geometry",
)
"""Columns of the table: the reference's short name, its file, the layers it is compared with, the column of a row that
names it (or `spot`: none does), what it is, its name and all its names, how sure its own position is, and two that
`Reference` explains."""

_POINTS_M = 3_000.0  # what the list of 2017 is good for, as its description says
_OUTLINE_M = 1_500.0
_NE5_DATE = "2021-12"  # of the release; the files do not say, and nothing is compared by it
_PLACE_M = 3_000.0
_SURE = 95.0  # likeness of two names of one governorate
_KINDS = {
    "oil_gas_field": ("oil_gas_fields",), "gas_plant": ("oil_gas_fields",), "refinery": ("refineries",),
    "power_station": ("power_stations",), "dam": ("dams",), "border_crossing": ("border_crossings",), "camp": ("camps",),
    "mountain": ("regions",), "lake": ("regions",), "pumping_station": ("pipelines",), "town": ("places_extra",),
}  # fmt: skip


def _table(frame: gpd.GeoDataFrame, layers: tuple[str, ...], *, by: str = "name") -> gpd.GeoDataFrame:
    """Features in the layer contract as rows to compare."""
    others = [
        spellings(name, local, also)
        for name, local, also in zip(frame["name"], frame["name_local"], frame["alt_names"], strict=True)
    ]
    return gpd.GeoDataFrame(
        {
            "layers": [layers] * len(frame),
            "by": by,
            "kind": frame["kind"].to_numpy(),
            "name": frame["name"].to_numpy(),
            "names": others,
            "uncertainty_m": frame["uncertainty_m"].to_numpy(float),
        },
        geometry=frame.geometry.to_numpy(),
        crs=WGS84,
    )


def _energy(theme: str, *layers: str) -> Callable[[Path, Path], gpd.GeoDataFrame]:
    """What reads a tracker of Global Energy Monitor."""

    def read(file: Path, curated: Path) -> gpd.GeoDataFrame:  # noqa: ARG001
        return _table(energy_trackers.read(file, theme=theme), layers)

    return read


def _pipes(substance: str) -> Callable[[Path, Path], gpd.GeoDataFrame]:
    """What reads a pipeline tracker; the sections of one pipeline are one line."""

    def read(file: Path, curated: Path) -> gpd.GeoDataFrame:  # noqa: ARG001
        frame = energy_trackers.read(file, theme="pipelines", substance=substance)
        table = _table(frame, ("pipelines",)).assign(kind=substance)
        rows = []
        for _, parts in table.groupby(
            [table["name"], *(frame[c].fillna("").to_numpy() for c in ("status", "countries"))], sort=False
        ):
            whole = parts.iloc[0].copy()
            whole["geometry"] = shapely.union_all(parts.geometry.to_numpy())
            whole["uncertainty_m"] = float(parts["uncertainty_m"].max())
            rows.append(whole)
        return gpd.GeoDataFrame(rows, columns=table.columns, crs=WGS84).reset_index(drop=True)

    return read


def _points(file: Path, curated: Path) -> gpd.GeoDataFrame:  # noqa: ARG001
    """A list of named points with their type."""
    frame = read_vector(file)
    missing = {"name", "type"} - set(frame.columns)
    if missing:
        msg = f"{file}: lacks the columns {', '.join(sorted(missing))}; a list of points has name, lon, lat and type"
        raise ReadError(msg)
    frame = frame[frame["type"].isin(list(_KINDS))].reset_index(drop=True)
    return gpd.GeoDataFrame(
        {
            "layers": [_KINDS[t] for t in frame["type"]],
            "by": ["spot" if t == "pumping_station" else "name" for t in frame["type"]],
            "kind": frame["type"],
            "name": frame["name"],
            "names": [spellings(n.replace("–", "/")) for n in frame["name"]],
            "uncertainty_m": _POINTS_M,
        },
        geometry=frame.geometry,
        crs=WGS84,
    )


def _natural(theme: str, layers: tuple[str, ...], *, by: str = "name") -> Callable[[Path, Path], gpd.GeoDataFrame]:
    """What reads a theme of Natural Earth; rivers under the names that the project gives them, one line each."""

    def read(file: Path, curated: Path) -> gpd.GeoDataFrame:
        frame = boundary_files.read(file, theme=theme, date=_NE5_DATE)
        frame = frame[frame["name"].notna() & ~frame["kind"].isin(["CONT"])].reset_index(drop=True)
        if theme != "rivers":
            return _table(frame, layers, by=by)
        frame = extra_names.apply(frame, extra_names.read(curated, "rivers"))
        whole = frame.dissolve("name", as_index=False, aggfunc="first")
        return _table(gpd.GeoDataFrame(whole, geometry="geometry", crs=WGS84), layers, by=by)

    return read


def _governorates(file: Path, curated: Path) -> gpd.GeoDataFrame:
    """Governorates, which a row names as its `admin1`; and the country's outline, on which its crossings stand."""
    frame = boundary_files.read(file, theme="admin1", uncertainty_m=_OUTLINE_M)
    within = _table(frame, ("border_crossings", "bridges", "camps", "dams", "oil_gas_fields", "power_stations",
                            "refineries", "places_extra"), by="admin1")  # fmt: skip
    ours = [spellings(n.name, n.name_ar, n.alt_names) for n in extra_names.read(curated, "admin1").itertuples()]
    for names in within["names"]:  # rows write Arbil where the file has Erbil; the project's own table knows both
        scores = [likeness(names, own) for own in ours]
        if scores and max(scores) >= _SURE:
            names += [n for n in ours[int(np.argmax(scores))] if n not in names]
    code = str(frame["country"].iloc[0])
    outline = shapely.boundary(shapely.union_all(frame.geometry.to_numpy()))
    edge = gpd.GeoDataFrame(
        {"layers": [("border_crossings",)], "by": "country", "kind": "outline", "name": [code], "names": [[code]],
         "uncertainty_m": _OUTLINE_M}, geometry=[outline], crs=WGS84,
    )  # fmt: skip
    return gpd.GeoDataFrame(pd.concat([within, edge], ignore_index=True), crs=WGS84)


def _districts(file: Path, curated: Path) -> gpd.GeoDataFrame:  # noqa: ARG001
    """Districts, within which the town that they are named after lies."""
    return _table(boundary_files.read(file, theme="admin2", uncertainty_m=_OUTLINE_M), ("places_extra",))


def _villages(file: Path, curated: Path) -> gpd.GeoDataFrame:  # noqa: ARG001
    """Villages with their local names."""
    frame = read_vector(file, columns=["Name"])
    frame = frame[frame["Name"].notna()].reset_index(drop=True)
    return gpd.GeoDataFrame(
        {
            "layers": [("places_extra", "camps")] * len(frame),
            "by": "name",
            "kind": "village",
            "name": frame["Name"],
            "names": [[n] for n in frame["Name"]],
            "uncertainty_m": _PLACE_M,
        },
        geometry=frame.geometry,
        crs=WGS84,
    )


@dataclass(frozen=True)
class Reference:
    """
    A kind of reference file.

    Attributes
    ----------
    stem
        How the file's name begins.
    read
        File and curated folder to a table of features.
    name
        The short name in tables and in `sources.d`; by default the stem. Files of one data set share it.
    complete
        Whether each of its features in the countries asked for is to have a curated counterpart.
    reach_m
        How far off a feature of the same name can still be the same: less where many places share a name.
    """

    stem: str
    read: Callable[[Path, Path], gpd.GeoDataFrame]
    name: str = ""
    complete: bool = True
    reach_m: float = 250_000.0


REFERENCES = (
    Reference("gem_oil_gas_extraction", _energy("oil_gas_fields", "oil_gas_fields")),
    Reference("gem_oil_gas_power_units", _energy("power_stations", "power_stations")),
    Reference("gem_hydropower", _energy("dams", "dams", "power_stations")),
    Reference("gem_oil_pipelines", _pipes("oil")),
    Reference("gem_gas_pipelines", _pipes("gas")),
    Reference("infrastructure_points", _points),
    Reference("iraq_cod_ab_adm1", _governorates, name="iraq_cod_ab", complete=False),
    Reference("iraq_cod_ab_adm2", _districts, name="iraq_cod_ab", complete=False, reach_m=60_000.0),
    Reference("iraq_osm_villages", _villages, complete=False, reach_m=25_000.0),
    Reference("ne10m_v5_geography_regions", _natural("regions", ("regions",))),
    Reference("ne10m_v5_lakes", _natural("water", ("regions",))),
    Reference("ne10m_v5_rivers", _natural("rivers", ("bridges", "dams"), by="river"), complete=False),
    Reference("ne10m_v5_populated_places", _natural("places", ("places_extra",)), complete=False, reach_m=60_000.0),
)
"""The files that are known. Places, districts and governorates check positions; nobody types all of them again."""


def reference_of(file: Path) -> Reference | None:
    """The kind of a file, told by its name."""
    return next((r for r in REFERENCES if file.name.startswith(r.stem) and file.is_file()), None)


def read_folder(folder: Path, curated: Path) -> gpd.GeoDataFrame:
    """
    All features of the known files of a folder.

    Parameters
    ----------
    folder
        With reference files.
    curated
        The folder of the curated layers, whose names of rivers are used.

    Returns
    -------
    GeoDataFrame
        `COLUMNS`, EPSG:4326.

    Raises
    ------
    ReadError
        No folder, none of its files known, or one that is damaged.
    """
    known = [(r, f) for f in sorted(folder.glob("*")) if (r := reference_of(f))] if folder.is_dir() else []
    if not known:
        msg = f"{folder}: no reference files; expected names that begin with {', '.join(r.stem for r in REFERENCES)}"
        raise ReadError(msg)
    tables = [
        r.read(file, curated).assign(reference=r.name or r.stem, file=file.name, complete=r.complete, reach_m=r.reach_m)
        for r, file in known
    ]
    frame = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True)[list(COLUMNS)], geometry="geometry", crs=WGS84)
    usable = frame.geometry.notna() & ~frame.geometry.is_empty & np.isfinite(frame["uncertainty_m"])
    return frame[usable].reset_index(drop=True)
