"""From a publisher's rows to a layer: what every loader does alike, after it has said which column means what.

Rows that can be kept are kept; the others are counted and listed with the reason in `attrs["dropped"]`. A loader decides
names, kinds and uncertainties; this module checks geometry, ids and place, and attaches provenance.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoops.core.errors import CoordinateError, InputError, ReadError, SchemaError
from geoops.core.geodesy import Region, check_region
from geoops.core.publication import marked_rows
from geoops.core.schema import WGS84, empty_layer
from geoops.core.text import one_line
from geoops.layers.sources.axes import country_test
from geoops.layers.store import as_layer

__all__ = ["AREAS", "LINES", "POINTS", "Ledger", "Provenance", "check_theme", "date_of", "dropped_table", "finish",
           "joined_names", "texts"]  # fmt: skip

POINTS, LINES, AREAS = frozenset({0}), frozenset({1}), frozenset({2})
"""Dimensions of geometry that a theme has."""

_LISTED = 1000
_SHAPES = {0: "points", 1: "lines", 2: "areas"}
_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?(0[1-9]|1[0-2])(?:[-_.]?(0[1-9]|[12]\d|3[01]))?(?!\d)")
_MONTH_NAMES = "January February March April May June July August September October November December"
_MONTHS = {name.lower(): number + 1 for number, name in enumerate(_MONTH_NAMES.split())}
_MONTH_YEAR = re.compile(rf"({'|'.join(_MONTHS)})[-_ ]?((?:19|20)\d\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Provenance:
    """
    What the catalogue says of a layer that was read.

    Parameters
    ----------
    title, source, licence, attribution
        As the catalogue has them; `source` and `licence` go into every row, too.
    date
        ISO text (year, month or day) of the data; rows may carry dates of their own.
    publish
        Whether the layer may stand in a public figure; `why_not` says why not.
    accuracy
        How the rows' uncertainty came about, in a sentence.
    """

    title: str
    source: str
    licence: str
    attribution: str
    date: str | None
    publish: bool = True
    why_not: str | None = None
    accuracy: str | None = None


@dataclass
class Ledger:
    """What became of the rows of one source: which were left out and why, and what was mended."""

    what: str
    read: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    listed: list[dict[str, Any]] = field(default_factory=list)
    mended: dict[str, int] = field(default_factory=dict)

    def drop(self, rows: Iterable[Hashable], reason: str, ids: Iterable[object] | None = None) -> None:
        """List rows that are left out; beyond a thousand they are only counted."""
        labels = list(rows)
        if not labels:
            return
        names = [None] * len(labels) if ids is None else [None if pd.isna(i) else str(i) for i in ids]  # type: ignore[call-overload]
        self.counts[reason] = self.counts.get(reason, 0) + len(labels)
        room = _LISTED - len(self.listed)
        for label, name in list(zip(labels, names, strict=True))[: max(room, 0)]:
            row = int(label) if isinstance(label, int | np.integer) else str(label)
            self.listed.append({"row": row, "id": name, "reason": reason})

    def mend(self, what: str, count: int) -> None:
        """Count what was put right."""
        if count:
            self.mended[what] = self.mended.get(what, 0) + count

    def summary(self) -> str:
        """What was left out, in words; empty where nothing was."""
        return "; ".join(f"{n} x {reason}" for reason, n in self.counts.items())


def dropped_table(layer: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    The rows that a loader left out: `row` (as the source counts), `id`, `reason`; the first thousand of them.

    `attrs["dropped"]` holds the same as plain records, since a table in `attrs` breaks `pandas.concat` and `to_parquet`;
    `attrs["dropped_counts"]` has the full numbers by reason.
    """
    return pd.DataFrame(layer.attrs.get("dropped", []), columns=["row", "id", "reason"])


def check_theme(theme: str, themes: Iterable[str], what: str) -> str:
    """The theme, if the source has it."""
    known = sorted(themes)
    if theme not in known:
        msg = f"{what} gives no {theme!r}; it gives {', '.join(known)}"
        raise InputError(msg)
    return theme


def date_of(path: Path | str, given: str | None) -> str | None:
    """
    The date of a file's data: the one given, else what its name says (2025-02-26, 2024-10, March 2026).

    Raises
    ------
    InputError
        A given date that is none.

    Examples
    --------
    >>> date_of("gem_hydropower_2025-04-21.gpkg", None), date_of("GOGET-March-2026.xlsx", None), date_of("x.csv", "2024")
    ('2025-04-21', '2026-03', '2024')
    """
    if given is not None:
        if not re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", given):
            msg = f"date {given!r}; expected YYYY, YYYY-MM or YYYY-MM-DD"
            raise InputError(msg)
        return given
    name = Path(path).stem
    if match := _DAY.search(name):
        return "-".join(part for part in match.groups() if part)
    if match := _MONTH_YEAR.search(name):
        return f"{match[2]}-{_MONTHS[match[1].lower()]:02d}"
    return None


def texts(values: Iterable[object]) -> pd.Series:
    """Cells as clean one-line text; None where there is none."""
    result = []
    for value in values:
        text = "" if value is None or value is pd.NaT or value is pd.NA or value != value else one_line(str(value))  # noqa: PLR0124
        result.append(text if text and text.casefold() not in {"nan", "none", "null", "<na>", "-99"} else None)
    return pd.Series(result, dtype=object)


def joined_names(
    frame: pd.DataFrame, columns: Iterable[str], without: Iterable[str] = ("name", "name_local")
) -> pd.Series:
    """The other names of each row joined with `|`, each once, without those that it already goes by."""
    others = [c for c in columns if c in frame]
    own = [c for c in without if c in frame]
    result = []
    for row in frame[[*others, *own]].itertuples(index=False):
        known = {v for v in row[len(others) :] if isinstance(v, str)}
        parts = (p.strip() for v in row[: len(others)] if isinstance(v, str) for p in v.split("|"))
        result.append("|".join(dict.fromkeys(p for p in parts if p and p not in known)) or None)
    return pd.Series(result, index=frame.index, dtype=object)


def finish(
    frame: gpd.GeoDataFrame,
    *,
    theme: str,
    ledger: Ledger,
    provenance: Provenance,
    region: Region | None,
    dimensions: frozenset[int] = POINTS | LINES | AREAS,
    countries: gpd.GeoDataFrame | None = None,
    again: Callable[[Region], gpd.GeoDataFrame] | None = None,
    facts: Mapping[str, Any] | None = None,
    constants: Mapping[str, Any] | None = None,
) -> gpd.GeoDataFrame:
    """
    The rows as a layer: geometry mended or left out, ids made single, the country test, the region, provenance.

    Parameters
    ----------
    frame
        Rows in EPSG:4326 with `id` and the columns that the loader knows; the index numbers the source's rows.
    theme
        The layer's name.
    ledger
        What happened to rows so far; it is completed.
    provenance
        What goes into every row and into the catalogue's entry.
    region
        (west, south, east, north) in degrees: only features that intersect it stay.
    dimensions
        Which dimensions of geometry the theme has; others are left out, of collections the fitting parts are kept.
    countries
        For the country test; by default the catalogue's.
    again
        Reads the source's rows of another region. Where the region asked for holds nothing, what lies at its mirror
        image is put to the country test: a file with its axes swapped looks empty otherwise.
    facts
        Further entries of `attrs["layer"]`.
    constants
        Values for whole columns that rows may lack.

    Returns
    -------
    GeoDataFrame
        A layer (without a row where the region holds nothing) with `attrs` `layer`, `dropped`, `dropped_counts`,
        `mended`, `country_test`.

    Raises
    ------
    ReadError
        The source held no row that can be kept.
    CoordinateError
        Coordinates that are no degrees, or swapped.
    SchemaError
        No date of the data.
    """
    box = None if region is None else check_region(region)
    what = ledger.what
    rows = frame.copy()
    rows = _kept_shapes(rows, ledger, dimensions)
    rows = _within_range(rows, ledger)
    if len(rows) == 0 and ledger.counts and not (box and ledger.read > sum(ledger.counts.values())):
        msg = f"{what}: not one of {max(ledger.read, sum(ledger.counts.values()))} rows can be kept: {ledger.summary()}"
        raise ReadError(msg)
    tested = country_test(rows, what=what, countries=countries) if len(rows) else "not made: no feature"
    if box is not None and len(rows) == 0 and again is not None:
        west, south, east, north = box
        if max(abs(west), abs(east)) <= 90.0:
            mirrored = again((south, west, north, east))
            tested = country_test(mirrored, what=what, countries=countries) if len(mirrored) else tested
    if box is not None and len(rows):
        area = shapely.box(*box)
        rows = rows[shapely.intersects(area, rows.geometry.to_numpy())]
    rows = _single_ids(rows, ledger)
    undated = "source_date" not in rows or rows["source_date"].isna().any()
    if undated and provenance.date is None and len(rows):
        msg = f"{what}: nothing says of what date the data is; give it as date='YYYY-MM-DD'"
        raise SchemaError(msg)
    whole = {"source": provenance.source, "source_date": provenance.date, "licence": provenance.licence}
    if len(rows):
        layer = as_layer(rows.reset_index(drop=True), what=what, **whole, **(constants or {}))
    else:
        layer = empty_layer(**{c: object for c in rows.columns if c not in (*empty_layer().columns, "geometry")})
    layer.attrs = {
        "layer": _entry(layer, theme, provenance, box, facts or {}),
        "dropped": ledger.listed,
        "dropped_counts": ledger.counts,
        "mended": ledger.mended,
        "country_test": tested,
    }
    marked_rows(layer)
    return layer


def _entry(
    layer: gpd.GeoDataFrame, theme: str, provenance: Provenance, box: Region | None, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """The catalogue's entry of what was read; `files` is for the one who writes it."""
    shapes = (
        {_SHAPES[int(d)] for d in np.unique(shapely.get_dimensions(layer.geometry.to_numpy()))} if len(layer) else set()
    )
    bounds = [float(v) for v in (box if box is not None else layer.total_bounds)] if len(layer) or box else []
    dates = layer["source_date"].dropna()
    entry = {
        "name": theme,
        "title": provenance.title,
        "geometry": shapes.pop() if len(shapes) == 1 else "mixed" if shapes else "none",
        "source": provenance.source,
        "date": provenance.date or (str(dates.max()) if len(dates) else ""),
        "licence": provenance.licence,
        "attribution": provenance.attribution,
        "publish": provenance.publish,
        "region": bounds,
        "count": len(layer),
        "uncertainty_m": float(layer["uncertainty_m"].median()) if len(layer) else 0.0,
        **facts,
    }
    if provenance.why_not:
        entry["why_not_published"] = provenance.why_not
    if provenance.accuracy:
        entry["accuracy"] = provenance.accuracy
    return entry


def _kept_shapes(rows: gpd.GeoDataFrame, ledger: Ledger, dimensions: frozenset[int]) -> gpd.GeoDataFrame:
    """Rows with a geometry of the theme's dimension: rings made valid, collections reduced, heights left off."""
    ids = rows["id"] if "id" in rows else pd.Series(None, index=rows.index)
    gone = (rows.geometry.isna() | rows.geometry.is_empty).to_numpy()
    ledger.drop(rows.index[gone], "no geometry", ids[gone])
    rows, ids = rows[~gone].copy(), ids[~gone]
    if len(rows) == 0:
        return rows
    shapes = shapely.force_2d(rows.geometry.to_numpy())
    finite = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    ledger.drop(rows.index[~finite], "a coordinate that is not finite", ids[~finite])
    rows, ids, shapes = rows[finite].copy(), ids[finite], shapes[finite]
    invalid = ~shapely.is_valid(shapes)
    if invalid.any():
        shapes[invalid] = shapely.make_valid(shapes[invalid])
        ledger.mend("invalid rings made valid", int(invalid.sum()))
    shapes = np.array([_parts_of(s, dimensions) for s in shapes], dtype=object)
    wrong = np.array([s is None for s in shapes], dtype=bool)
    wanted = " or ".join(_SHAPES[d] for d in sorted(dimensions))
    ledger.drop(rows.index[wrong], f"not {wanted}", ids[wrong])
    rows = rows[~wrong].copy()
    return gpd.GeoDataFrame(rows.drop(columns="geometry"), geometry=shapes[~wrong], crs=WGS84)


def _parts_of(shape: shapely.Geometry, dimensions: frozenset[int]) -> shapely.Geometry | None:
    """The geometry, or of a collection its parts of the highest dimension wanted; None where there is none."""
    if shapely.get_type_id(shape) != shapely.GeometryType.GEOMETRYCOLLECTION:
        return shape if int(shapely.get_dimensions(shape)) in dimensions else None
    parts = shapely.get_parts(shape)
    while (shapely.get_type_id(parts) == shapely.GeometryType.GEOMETRYCOLLECTION).any():
        parts = shapely.get_parts(parts)
    for wanted in sorted(dimensions, reverse=True):
        chosen = parts[shapely.get_dimensions(parts) == wanted]
        chosen = shapely.get_parts(chosen)
        if len(chosen):
            many: Any = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)[wanted]
            whole: shapely.Geometry = chosen[0] if len(chosen) == 1 else many(chosen)
            return whole
    return None


def _within_range(rows: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:
    """Rows whose coordinates are degrees; where most are none, the file is at fault and not its rows."""
    if len(rows) == 0:
        return rows
    bounds = shapely.bounds(rows.geometry.to_numpy())
    bad = (np.abs(bounds[:, [1, 3]]) > 90.0).any(axis=1) | (np.abs(bounds[:, [0, 2]]) > 360.0).any(axis=1)
    if bad.sum() * 2 > len(rows):
        west, south = bounds[bad][0, :2].tolist()
        hint = (
            "these look like metres: the CRS that the file states is not the one of its coordinates"
            if np.abs(bounds[bad]).max() > 1000.0
            else "latitude and longitude look swapped; export it again with longitude first, or read it with swap_axes=True"
        )
        msg = (
            f"{ledger.what}: row {rows.index[bad][0]} lies at longitude {west:g}, latitude {south:g}, outside ±360 and"
            f" ±90 degrees, and so do {int(bad.sum())} of {len(rows)} rows; {hint}"
        )
        raise CoordinateError(msg)
    ledger.drop(rows.index[bad], "outside ±360 and ±90 degrees", rows["id"][bad])
    return rows[~bad]


def _single_ids(rows: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:
    """Each id once: a row that repeats another is left out, another feature of the same id gets a number behind it."""
    if len(rows) == 0:
        return rows
    rows = rows.copy()
    lost = rows["id"].isna().to_numpy()
    if lost.any():
        ledger.mend("missing ids numbered by row", int(lost.sum()))
        rows["id"] = [
            f"row/{label}" if none else i for label, i, none in zip(rows.index, rows["id"], lost, strict=True)
        ]
    rows["id"] = rows["id"].astype(str)
    twice = rows["id"].duplicated(keep=False)
    if not twice.any():
        return rows
    wkb = pd.Series(shapely.to_wkb(rows.geometry.to_numpy()), index=rows.index)
    again = pd.DataFrame({"id": rows["id"], "wkb": wkb}).duplicated().to_numpy()
    ledger.drop(rows.index[again], "repeats the id and place of an earlier row", rows["id"][again])
    rows = rows[~again].copy()
    number = rows.groupby("id").cumcount().to_numpy()
    ledger.mend("ids that several features had, numbered", int((number > 0).sum()))
    taken = set(rows["id"])
    fresh = []
    for name, n in zip(rows["id"], number, strict=True):
        new = name if n == 0 else f"{name}~{n + 1}"
        while n and new in taken:
            new += "'"
        taken.add(new)
        fresh.append(new)
    rows["id"] = fresh
    return rows
