"""A layer of a region in the making: what a source gave, joined with what of the base stays, written with its listing.

Which source makes which layer, and when, is `region.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from geoops.core.errors import ReadError
from geoops.core.geodesy import Region
from geoops.core.schema import LAYER_COLUMNS, WGS84
from geoops.core.writing import write_csv
from geoops.layers.recipes import Grid
from geoops.layers.region_base import Base, beside, beside_lines, joined_words, reach, with_division_lines
from geoops.layers.region_sources import OWN, Given
from geoops.layers.region_terrain import airport_facts, fused
from geoops.layers.sources import rasters
from geoops.layers.sources.countries_of import with_country
from geoops.layers.store import as_layer
from geoops.layers.written import write_grids, write_layer

__all__ = ["Made", "cut_of", "made_of", "write_made"]

Layers = Callable[[str], Any]

_MOST_CELLS = 16_000_000
_MOST_ROUND = 4_000_000
_STORED = {"terrain": "int16", "land_cover": "uint8"}
_WORDS = ("title", "source", "date", "licence", "attribution", "publish", "accuracy", "why_not_published", "worldviews",
          "units", "classes")  # fmt: skip
_ROUND = "round the region"
_LAND = ("countries", "admin1", "admin2")  # no hole and no overlap: a country's are one source's


@dataclass(frozen=True)
class Made:
    """
    A layer before it is written.

    Parameters
    ----------
    words
        What the catalogue says of it.
    features, grids
        The one or the other.
    dropped, dropped_counts, mended
        What a loader left out (row, id, reason), how often for which reason, and what it mended.
    """

    words: dict[str, Any]
    features: gpd.GeoDataFrame | None = None
    grids: tuple[Grid, ...] = ()
    dropped: tuple[dict[str, Any], ...] = ()
    dropped_counts: dict[str, int] = field(default_factory=dict)
    mended: dict[str, int] = field(default_factory=dict)


def write_made(root: Path, name: str, made: Made) -> dict[str, Any]:
    """Write a layer and the listing of what was left out; what the catalogue states of them."""
    listing = root / "data" / f"{name}.dropped.csv"
    facts: dict[str, Any] = {}
    if made.features is not None:
        facts |= write_layer(root, name, as_layer(_storable(made.features), what=name))
    else:
        facts |= write_grids(root, name, made.grids)
    if made.mended:
        facts["mended"] = made.mended
    if made.dropped_counts:
        table = pd.DataFrame(made.dropped, columns=["file", "row", "id", "reason"])
        write_csv(listing, table)
        facts |= {"dropped": made.dropped_counts, "dropped_listing": listing.relative_to(root).as_posix()}
    else:
        listing.unlink(missing_ok=True)
    return facts


def cut_of(name: str, base: Base, layers: Layers, entries: Mapping[str, Any]) -> Made | None:
    """The base's cut of a layer; None where it has nothing in the window."""
    words = base.words(name)
    if base.is_grid(name):
        grids = base.grids(name)
        return Made(words, grids=grids) if grids else None
    frame = base.features(name)
    if len(frame) == 0:
        return None
    del words["uncertainty_m"]
    if name == "boundaries":
        frame, words = _divided(frame, words, layers, entries)
    return Made(words, frame)


def _divided(
    frame: gpd.GeoDataFrame, words: dict[str, Any], layers: Layers, entries: Mapping[str, Any]
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Boundary lines that follow the divisions which a source gave."""
    entry = entries.get("admin1", {})
    own = set(entry.get("of_countries", ()))
    if not own:
        return frame, words
    lines = with_division_lines(frame, layers("admin1"), own)
    about = {"source": entry["source"], "licence": entry["licence"], "attribution": entry["attribution"]}
    return lines, joined_words(words, about, f"lines between divisions of {', '.join(sorted(own))}")


def made_of(item: Given, base: Base, options: Mapping[str, Any], layers: Layers) -> Made | None:
    """
    What the files of a source make of a layer; None where they hold nothing of it in the region.

    Parameters
    ----------
    item
        The source, the layer and the files.
    base
        What lies beside it.
    options
        `said` of all files, and `cell_deg` of grids.
    layers
        Gives a layer of the catalogue that was made before, or None.

    Raises
    ------
    GeoopsError
        Whatever the loader finds wrong.
    """
    if item.source.grid:
        return _grid(item, base, options)
    divided = ("admin2", "admin1", "countries") if item.layer == "events" else ()
    areas = {name: frame for name in divided if (frame := layers(name)) is not None}
    frames = [
        item.read(file, options["said"], region=base.region, countries=base.countries, areas=areas)
        for file in item.files
    ]
    kept = [frame for frame in frames if len(frame)]
    if not kept:
        _look_elsewhere(item, base, options)
        return None
    dropped, counts, mended = _ledgers(frames, item.files)
    words = _words(kept)
    frame = _together(kept)
    again = int(frame["id"].duplicated().sum())
    if again:
        counts["repeats the id of a feature of an earlier file"] = again
        frame = frame[~frame["id"].duplicated()]
    how = "countries" if item.layer in _LAND else item.source.beyond
    if item.layer in _LAND and frame["country"].isna().any():
        frame = with_country(frame, base.countries)
    if how == "countries":
        words["of_countries"] = sorted(frame["country"].dropna().unique().tolist())
    if item.layer == "boundaries":
        frame["level"] = np.int8(0)
    if item.layer in base and how != "nothing":
        rest = base.features(item.layer)
        if item.layer == "boundaries":
            whole = any("disputed" not in Path(file).name.lower() for file in item.files)
            rest = beside_lines(rest, base.region, whole=whole)
        else:
            rest = beside(rest, frame, how, base.region)
        if len(rest):
            frame = _together([frame, rest])
            where = "other countries" if how == "countries" else _ROUND
            words = joined_words(words, base.words(item.layer), where)
    return Made(words, frame, dropped=tuple(dropped), dropped_counts=counts, mended=mended)


def _look_elsewhere(item: Given, base: Base, options: Mapping[str, Any]) -> None:
    """
    Read a small file whole where it seemed to hold nothing here: coordinates that are no degrees are an error.

    Raises
    ------
    CoordinateError
        Coordinates that are no degrees, or lie where the file says they do not.
    ReadError
        Of the user's own file, which was meant for this region: where its features lie.
    """
    if not item.source.small:
        return
    for file in item.files:
        whole = item.read(file, options["said"], countries=base.countries)
        if item.source is OWN:
            lies = ", ".join(f"{edge:.2f}" for edge in whole.total_bounds)
            msg = (
                f"{file}: none of its {len(whole)} features meets the region {base.region}; they lie within ({lies})."
                " Is it the right file, and the region west, south, east, north?"
            )
            raise ReadError(msg)


def _words(frames: Sequence[gpd.GeoDataFrame]) -> dict[str, Any]:
    """What the loaders say of a layer that comes from one file or several."""
    entries = [frame.attrs["layer"] for frame in frames]
    words = {key: entries[0][key] for key in _WORDS if key in entries[0]}
    for entry in entries[1:]:
        for key, sign in (("source", "; "), ("licence", "; "), ("attribution", "\n"), ("accuracy", "; ")):
            texts = [str(e[key]) for e in (words, entry) if e.get(key)]
            words[key] = sign.join(dict.fromkeys(part for text in texts for part in text.split(sign)))
        words["date"] = max(str(words["date"]), str(entry["date"]))
        if entry["publish"] is False:
            words |= {k: entry[k] for k in ("publish", "why_not_published") if k in entry}
    return {key: value for key, value in words.items() if value not in ("", None)} | {"publish": words["publish"]}


def _ledgers(
    frames: Sequence[gpd.GeoDataFrame], files: Sequence[str]
) -> tuple[list[dict[str, Any]], dict[str, int], dict[str, int]]:
    """What was left out of all files, how often for which reason, and what was mended."""
    rows = [
        {"file": Path(file).name, **row} for f, file in zip(frames, files, strict=True) for row in f.attrs["dropped"]
    ]
    sums: list[dict[str, int]] = [{}, {}]
    for total, key in zip(sums, ("dropped_counts", "mended"), strict=True):
        for frame in frames:
            for reason, count in frame.attrs[key].items():
                total[reason] = total.get(reason, 0) + int(count)
    return rows, sums[0], sums[1]


def _together(frames: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Frames one below the other with all their columns; one that is empty throughout settles no type."""
    columns = dict.fromkeys(c for frame in frames for c in frame.columns if c not in LAYER_COLUMNS)
    parts = []
    for frame in frames:
        part = pd.DataFrame(frame).dropna(axis="columns", how="all")
        part.attrs = {}  # attrs that differ would be compared
        parts.append(part)
    table = pd.concat(parts, ignore_index=True).reindex(columns=[*LAYER_COLUMNS[:-1], *columns, "geometry"])
    return gpd.GeoDataFrame(table, geometry="geometry", crs=WGS84)


def _storable(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Columns of the theme as a file can hold them: one type each, and no name that the file needs itself."""
    frame = frame.rename(columns={"bbox": "bbox_"})
    for column in frame.columns:
        if column in LAYER_COLUMNS:
            continue
        values = frame[column]
        if isinstance(values, gpd.GeoSeries):
            frame[column] = values.to_wkt()
        elif values.dtype == object:
            cells = [_cell(value) for value in values]
            mixed = len({type(cell) for cell in cells if cell is not None}) > 1
            frame[column] = [None if c is None else str(c) for c in cells] if mixed else cells
    return frame


def _cell(value: Any) -> Any:
    """A cell as a text, a number or a truth; lists joined, missing as None."""
    if isinstance(value, list | tuple | set | np.ndarray):
        return "; ".join(str(item) for item in value)
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value if isinstance(value, str | bool | int | float) else str(value)


def _grid(item: Given, base: Base, options: Mapping[str, Any]) -> Made:
    """A grid of the region; of heights a second one over the window, with the base's round the model and in its gaps."""
    read = _read_grid(item, base.region, options, _MOST_CELLS)
    entry = read.attrs["layer"]
    words = {key: entry[key] for key in (*_WORDS, "uncertainty_m") if key in entry}
    dtype = _STORED.get(item.layer, "float32")
    facts: dict[str, Any] = {"region": reach(read), "source": str(entry["source"])}
    mended = dict(read.attrs["mended"])
    if item.layer not in base:
        return Made(words, grids=(Grid(_bare(read), "", float(entry["cell_deg"]), dtype, facts),), mended=mended)
    facts |= airport_facts(read, base.features("airports") if "airports" in base else None)
    if "accuracy" in facts:
        words["accuracy"] = str(facts["accuracy"])
    world = base.grids(item.layer)
    wide = _read_grid(item, base.window, options, _MOST_ROUND)
    values, filled = fused(_bare(wide), world, base.window)
    cell = float(wide.attrs["layer"]["cell_deg"])
    grids = [
        *world,
        Grid(values, "_window", cell, dtype, {**facts, "region": reach(values), "filled_from_base": filled}),
    ]
    if cell > float(entry["cell_deg"]) * 1.01:
        grids.append(Grid(_bare(read), "_region", float(entry["cell_deg"]), dtype, facts))
    words = joined_words(words, base.words(item.layer), f"{_ROUND} and in gaps")
    return Made(words, grids=tuple(grids), mended=mended)


def _read_grid(item: Given, box: Region, options: Mapping[str, Any], most: int) -> xr.DataArray:
    """The grid of a box, its cells put together where there were more than so many."""
    cell_deg = options["cell_deg"]
    facts = rasters.facts(item.files[0], online="://" in item.files[0])
    if facts["crs"].is_geographic:
        west, south, east, north = box
        own = float(cell_deg or facts["transform"].a)
        cell_deg = own * max(1, math.ceil(math.sqrt((east - west) * (north - south) / own**2 / most)))
    grid: xr.DataArray = item.read(list(item.files), options["said"], region=box, cell_deg=cell_deg)
    return grid


def _bare(grid: xr.DataArray) -> xr.DataArray:
    """The grid without what the loader said of it."""
    bare = grid.copy()
    bare.attrs = {}
    return bare
