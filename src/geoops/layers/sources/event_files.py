"""Dated events from ACLED and UCDP GED files, with their precision codes turned into a radius.

Both publishers code how exactly a place is known. UCDP's `where_prec` runs from 1 (the exact place) to 7 (open sea or air);
ACLED's `geo_precision` from 1 (the named place) to 3 (somewhere in a larger region). ACLED's terms forbid handing on its
rows, so that its layers are marked not to be published. Counting events is the proximity room's work.

Codebooks: Högbladh (2024), UCDP GED Codebook; Sundberg and Melander (2013), doi:10.1177/0022343313484347. ACLED (2023),
Codebook; Raleigh et al. (2010), doi:10.1177/0022343310378914.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoops.core.errors import ReadError
from geoops.core.geodesy import Region, distance
from geoops.core.schema import WGS84
from geoops.layers.sources.axes import embedded_layer
from geoops.layers.sources.contract import POINTS, Ledger, Provenance, check_theme, date_of, finish, texts
from geoops.layers.sources.country_codes import alpha2
from geoops.layers.sources.opening import column_of, point_chunks

__all__ = ["ACLED_PRECISION_M", "THEMES", "UCDP_PRECISION_M", "read"]

THEMES = ("events",)

UCDP_PRECISION_M: Mapping[int, float] = {
    1: 5_000.0, 2: 25_000.0, 3: 105_000.0, 4: 255_000.0, 5: 255_000.0, 6: 1_000_000.0, 7: 1_000_000.0,
}  # fmt: skip
"""
Radius in metres for each `where_prec`.

1: the exact place is known; a town is some kilometres across. 2: within about 25 km of a known point. 3 and 4: somewhere
in the second or first order division, whose representative point is given: 105 km holds 19 of 20 of Iraq's districts and
255 km every one of its governorates. 5: along a line or in a region without borders; as 4. 6: somewhere in the country.
7: in international waters or air. Where a layer of the divisions is at hand, the division's own size is taken for 3, 4 and 6.
"""

ACLED_PRECISION_M: Mapping[int, float] = {1: 5_000.0, 2: 25_000.0, 3: 105_000.0}
"""Radius in metres for each `geo_precision`: 1 a named place; 2 near it, or part of a region; 3 a larger region."""

_ACLED_WHERE_PREC = {1: 1, 2: 2, 3: 4}
_VIOLENCE = {"1": "state-based conflict", "2": "non-state conflict", "3": "one-sided violence"}
_ACLED = ("event_id_cnty", "event_date", "event_type", "geo_precision", "latitude", "longitude")
_UCDP = ("id", "date_start", "type_of_violence", "where_prec", "latitude", "longitude")
_AREA_OF_CODE = {3: "admin2", 4: "admin1", 6: "countries"}


def read(
    path: str | os.PathLike[str],
    *,
    theme: str = "events",
    region: Region | None = None,
    member: str | None = None,
    date: str | None = None,
    areas: Mapping[str, gpd.GeoDataFrame] | None = None,
    countries: gpd.GeoDataFrame | None = None,
    swap_axes: bool = False,
) -> gpd.GeoDataFrame:
    """
    The events of an ACLED or UCDP GED table.

    Parameters
    ----------
    path
        CSV or XLSX as either publisher hands it out, or a zip archive with the CSV. Which it is, its columns tell.
    theme
        `events`.
    region
        (west, south, east, north) in degrees; the file is read as a stream.
    member
        Which file of an archive.
    date
        Of the export; by default what the file's name says, else the latest event.
    areas
        Layers `admin2`, `admin1`, `countries`: an event known only to lie in such an area gets the radius that holds the
        area it stands in. By default those of the catalogue in use.
    countries
        For the country test; by default the catalogue's.
    swap_axes
        The file has latitude in the column of the longitude.

    Returns
    -------
    GeoDataFrame
        A layer with `date, date_end, event_type, sub_event_type, fatalities, fatalities_low, fatalities_high, actor1,
        actor2, precision` (as UCDP's where_prec), `precision_code` (the publisher's own), `date_precision`. `date` is ISO
        text. `attrs["layer"]["publish"]` is False for ACLED.

    Raises
    ------
    ReadError
        No such file, damaged, or a table of neither publisher.
    """
    check_theme(theme, THEMES, "an event file")
    file = Path(path)
    ledger = Ledger(f"{file}, theme {theme}")
    frame, acled = _events(file, member, region, ledger, swap_axes=swap_axes)
    code = frame["precision"].to_numpy() if len(frame) else np.zeros(0, dtype=int)
    if len(frame):
        frame["uncertainty_m"] = _sized(frame, code, areas)
    latest = max((d for d in frame["date"] if isinstance(d, str)), default=None) if len(frame) else None
    provenance = _acled_terms(date_of(file, date) or latest) if acled else _ucdp_terms(date_of(file, date) or latest)
    return finish(
        frame, theme=theme, ledger=ledger, provenance=provenance, region=region, dimensions=POINTS, countries=countries,
        again=lambda box: _events(file, member, box, Ledger(""), swap_axes=swap_axes)[0],
        constants={"geometry_quality": "approximate"},
    )  # fmt: skip


def _acled_terms(date: str | None) -> Provenance:
    """What ACLED's terms ask for."""
    return Provenance(
        "ACLED events", "ACLED", "ACLED terms of use: no redistribution of the data",
        "Armed Conflict Location & Event Data Project (ACLED), acleddata.com", date, publish=False,
        why_not="ACLED's terms of use forbid handing on its rows; publish counts or a figure after checking the terms",
        accuracy="from geo_precision",
    )  # fmt: skip


def _ucdp_terms(date: str | None) -> Provenance:
    """What UCDP's licence asks for."""
    return Provenance(
        "UCDP GED events", "UCDP GED", "CC BY 4.0",
        "Uppsala Conflict Data Program, Georeferenced Event Dataset (ucdp.uu.se), CC BY 4.0", date,
        accuracy="from where_prec",
    )  # fmt: skip


def _events(
    file: Path, member: str | None, region: Region | None, ledger: Ledger, *, swap_axes: bool
) -> tuple[gpd.GeoDataFrame, bool]:
    """The events of a region, and whether they are ACLED's."""
    lon, lat = ("latitude", "longitude") if swap_axes else ("longitude", "latitude")
    frames: list[gpd.GeoDataFrame] = []
    acled = False
    for chunk in point_chunks(file, ledger=ledger, region=region, member=member, lon=lon, lat=lat):
        if not frames:
            acled = _is_acled(chunk, file)
        frames.append(_acled(chunk) if acled else _ucdp(chunk))
        frames[-1] = _dated(frames[-1], ledger)
    whole = [f for f in frames if len(f)] or frames[:1]
    return gpd.GeoDataFrame(pd.concat(whole), geometry="geometry", crs=WGS84), acled


def _is_acled(chunk: gpd.GeoDataFrame, file: Path) -> bool:
    """Whose table it is, by its columns."""
    lack = {who: [c for c in wanted if column_of(chunk.columns, [c]) is None]
            for who, wanted in (("ACLED", _ACLED), ("UCDP GED", _UCDP))}  # fmt: skip
    if not lack["ACLED"]:
        return True
    if not lack["UCDP GED"]:
        return False
    words = "; ".join(f"for {who} it lacks {', '.join(c)}" for who, c in lack.items())
    msg = f"{file}: neither an ACLED nor a UCDP GED table: {words}; it has {', '.join(map(str, chunk.columns[:40]))}"
    raise ReadError(msg)


def _pick(chunk: gpd.GeoDataFrame, *names: str) -> pd.Series:
    """The first of these columns that there is, as clean text."""
    found = column_of(chunk.columns, names)
    values = texts(chunk[found]).to_numpy() if found else [None] * len(chunk)
    return pd.Series(values, index=chunk.index, dtype=object)


def _whole(values: pd.Series) -> pd.Series:
    """Whole numbers, missing where there is none."""
    return pd.to_numeric(values, errors="coerce").round().astype("Int64")


def _day(values: pd.Series) -> pd.Series:
    """ISO dates from the ways in which both publishers write them (2025-05-14, 14 May 2025, 14/05/2025, with a time)."""
    text = (
        values.astype(object)
        .where(values.notna(), None)
        .map(lambda v: str(v).strip()[:10] if v and str(v)[:4].isdigit() else v)
    )
    day = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
    for other in ("%d %B %Y", "%d-%B-%Y", "%d %b %Y", "%d-%b-%Y", "%d/%m/%Y"):
        left = day.isna() & text.notna()
        if left.any():
            day = day.where(~left, pd.to_datetime(text.where(left), format=other, errors="coerce"))
    return pd.Series([None if pd.isna(d) else f"{d:%Y-%m-%d}" for d in day], index=values.index, dtype=object)


def _precision(values: pd.Series, known: Mapping[int, float]) -> tuple[pd.Series, pd.Series]:
    """The code as a number, and its radius; a code that is missing or unknown counts as the vaguest."""
    code = _whole(values)
    code = code.where(code.isin(list(known)), max(known))
    return code, code.map(dict(known)).astype(float)


def _acled(chunk: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """ACLED's columns as those of an event."""
    code, radius = _precision(_pick(chunk, "geo_precision"), ACLED_PRECISION_M)
    iso = pd.Series(alpha2(_pick(chunk, "iso")), index=chunk.index)
    day = _day(_pick(chunk, "event_date"))
    dead = _whole(_pick(chunk, "fatalities"))
    return gpd.GeoDataFrame(
        {
            "id": "acled/" + _pick(chunk, "event_id_cnty"),
            "name": _pick(chunk, "location"),
            "country": iso.where(iso.notna(), pd.Series(alpha2(_pick(chunk, "country")), index=chunk.index)),
            "admin1": _pick(chunk, "admin1"),
            "uncertainty_m": radius,
            "date": day,
            "date_end": day,
            "event_type": _pick(chunk, "event_type"),
            "sub_event_type": _pick(chunk, "sub_event_type"),
            "fatalities": dead,
            "fatalities_low": dead,
            "fatalities_high": dead,
            "actor1": _pick(chunk, "actor1"),
            "actor2": _pick(chunk, "actor2"),
            "precision": code.map(_ACLED_WHERE_PREC).astype("int64"),
            "precision_code": code.astype("int64"),
            "date_precision": _whole(_pick(chunk, "time_precision")),
            "admin2": _pick(chunk, "admin2"),
        },
        geometry=chunk.geometry,
        crs=WGS84,
    )


def _ucdp(chunk: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """UCDP GED's columns as those of an event."""
    code, radius = _precision(_pick(chunk, "where_prec"), UCDP_PRECISION_M)
    kind = _pick(chunk, "type_of_violence")
    place = _pick(chunk, "where_coordinates")
    return gpd.GeoDataFrame(
        {
            "id": "ucdp/" + _pick(chunk, "id"),
            "name": place.where(place.notna(), _pick(chunk, "where_description")),
            "country": alpha2(_pick(chunk, "country")),
            "admin1": _pick(chunk, "adm_1"),
            "uncertainty_m": radius,
            "date": _day(_pick(chunk, "date_start")),
            "date_end": _day(_pick(chunk, "date_end")),
            "event_type": kind.map(_VIOLENCE).where(kind.isin(list(_VIOLENCE)), kind),
            "sub_event_type": _pick(chunk, "dyad_name"),
            "fatalities": _whole(_pick(chunk, "best", "best_est")),
            "fatalities_low": _whole(_pick(chunk, "low", "low_est")),
            "fatalities_high": _whole(_pick(chunk, "high", "high_est")),
            "actor1": _pick(chunk, "side_a"),
            "actor2": _pick(chunk, "side_b"),
            "precision": code.astype("int64"),
            "precision_code": code.astype("int64"),
            "date_precision": _whole(_pick(chunk, "date_prec")),
            "admin2": _pick(chunk, "adm_2"),
        },
        geometry=chunk.geometry,
        crs=WGS84,
    )


def _dated(frame: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:
    """Events without a date that can be read are left out."""
    undated = frame["date"].isna().to_numpy()
    ledger.drop(frame.index[undated], "no date that can be read", frame["id"][undated])
    return frame[~undated]


def _sized(frame: gpd.GeoDataFrame, code: np.ndarray, areas: Mapping[str, gpd.GeoDataFrame] | None) -> np.ndarray:
    """The radius of each event: of its area where it is known only to lie in one, else what its code stands for."""
    radius: np.ndarray = frame["uncertainty_m"].to_numpy(float, copy=True)
    xy = shapely.get_coordinates(frame.geometry.to_numpy())
    for wanted, name in _AREA_OF_CODE.items():
        layer = areas.get(name) if areas is not None else embedded_layer(name)
        rows = np.flatnonzero(code == wanted)
        if layer is None or not len(rows):
            continue
        shapes = layer.to_crs(WGS84).geometry.to_numpy()
        places, which = np.unique(xy[rows], axis=0, return_inverse=True)  # one point stands for many events
        point, area = shapely.STRtree(shapes).query(shapely.points(places), predicate="intersects")
        reach: dict[int, Any] = {}
        for p, a in zip(point.tolist(), area.tolist(), strict=True):
            edge = shapely.get_coordinates(shapely.convex_hull(shapes[a]))
            far = float(distance(places[p, 0], places[p, 1], edge[:, 0], edge[:, 1]).max())
            reach[p] = max(reach.get(p, 0.0), far)
        found = np.array([reach.get(int(p), np.nan) for p in np.ravel(which)])
        radius[rows] = np.where(np.isfinite(found), np.ceil(found / 1000.0) * 1000.0, radius[rows])
    return radius
