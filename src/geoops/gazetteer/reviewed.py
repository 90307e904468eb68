"""A reviewed table of a text's places becomes Sites: what a person accepted, changed and pinned, without what was dropped.

Every edit that makes no sense is listed, with its line. The table itself is `review.py`'s business.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geoops.core.errors import InputError
from geoops.core.schema import SITE_COLUMNS, WGS84
from geoops.gazetteer.areas import shape_of_text
from geoops.gazetteer.match import Candidate, Context
from geoops.gazetteer.precision import precision_of
from geoops.gazetteer.records import Gazetteer, GazetteerLike, open_gazetteer
from geoops.gazetteer.resolve import read_together
from geoops.gazetteer.review import DECISIONS, numbered, review_rows
from geoops.gazetteer.sites import Reading, sites_of

__all__ = ["read_places"]

_PINNED_KM = 1.0
_ROUNDED_DEG = 2e-6
_LISTED = 50


def read_places(path: str | os.PathLike[str], *, gazetteer: GazetteerLike = None) -> gpd.GeoDataFrame:
    """
    The places of a table that `geoops places TEXT --review FILE` wrote and a person has gone through.

    Parameters
    ----------
    path
        The table, a CSV. Rows may be left as they are, accepted, changed, pinned or dropped; a row that was taken out counts as
        dropped. See `geoops.gazetteer.review.EDITED`.
    gazetteer
        That the text was read with; as for `geocode`.

    Returns
    -------
    GeoDataFrame
        Sites, EPSG:4326, one row a place in the order in which the text names them first; `query` is what the text calls it.
        Further columns: `mentions` (how often it is named), `decision` (of its first mention), `sentence`, `note`. A mention
        that is not found and was left so keeps a row without a geometry.

    Raises
    ------
    InputError
        Edits that make no sense, all of them, each with its line.
    ReadError
        No such file, or not such a table.

    Examples
    --------
    >>> import geoops as go
    >>> sites = go.read_places("places.csv")                                  # doctest: +SKIP
    """
    opened = open_gazetteer(gazetteer)
    rows = review_rows(path)
    problems: list[str] = []
    frames: dict[tuple[Any, ...], gpd.GeoDataFrame] = {}
    for row in rows:
        wrong: list[str] = []
        frame = _place(opened, row, wrong)
        problems += [f"line {row['line']} ({row['text'] or 'no text'}): {words}" for words in wrong]
        if frame is None:
            continue
        point = frame.geometry.iloc[0]
        place = (round(point.x, 6), round(point.y, 6)) if point is not None else str(row["text"])
        key = (frame["gazetteer_id"].iloc[0] or None, place)
        if key in frames:
            frames[key]["mentions"] += 1
            frames[key]["note"] = frames[key]["note"].iloc[0] or row["note"]
        else:
            extra = {"mentions": 1, "decision": row["decision"], "sentence": row["sentence"], "note": row["note"]}
            frames[key] = frame.assign(**extra)
    if problems:
        shown = "\n  ".join(problems[:_LISTED])
        more = f"\n  and {len(problems) - _LISTED} more" if len(problems) > _LISTED else ""
        msg = f"{Path(path)}: {len(problems)} edits make no sense; nothing was read.\n  {shown}{more}"
        raise InputError(msg)
    return _joined(list(frames.values()), sites_of(opened, []))


def _joined(frames: list[gpd.GeoDataFrame], none: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Frames of one row as one table; for none, an empty one with all columns."""
    columns = [*SITE_COLUMNS, "mentions", "decision", "sentence", "note"]
    if not frames:
        return none.assign(mentions=pd.Series(dtype="Int64"), decision=None, sentence=None, note=None)[columns]
    data: dict[str, Any] = {}
    for name in columns:
        values = [frame[name].iloc[0] for frame in frames]
        if name in ("geometry", "extent"):
            data[name] = gpd.GeoSeries(values, crs=WGS84)
        elif name in ("uncertainty_m", "score"):
            data[name] = pd.Series(values, dtype=float)
        else:
            data[name] = pd.Series(values, dtype="Int64" if name in ("precision", "mentions") else object)
    return gpd.GeoDataFrame(data, geometry="geometry", crs=WGS84)


def _place(gazetteer: Gazetteer, row: Mapping[str, Any], wrong: list[str]) -> gpd.GeoDataFrame | None:
    """The place of one row as Sites of one row; None where it was dropped or makes no sense, which `wrong` then says."""
    decision = _decision(row, wrong)
    if wrong or decision == "drop":
        return None
    if decision == "pin":
        return _pinned(row, wrong)
    if decision == "change":
        candidate = _chosen(gazetteer, row, wrong)
        return None if candidate is None else _site(gazetteer, row, candidate, "resolved")
    if row["status"] == "not_found":
        if decision == "accept":
            wrong.append("accept, but nothing was found; change, pin or drop it")
            return None
        return sites_of(gazetteer, [Reading(row["text"] or "", "not_found", None, None, (), row["reason"] or "")])
    status = "resolved" if decision == "accept" else str(row["status"])
    if row["gazetteer_id"] is None:
        return _region(row, status, wrong)
    record = gazetteer.by_id(row["gazetteer_id"])
    if record is None:
        wrong.append(
            f"gazetteer_id {row['gazetteer_id']!r} is not in the gazetteer; was the text read with another one?"
        )
        return None
    lon, lat = (_number(row, name, limit, wrong) for name, limit in (("lon", 180.0), ("lat", 90.0)))
    if not wrong and max(abs(lon - record.lon), abs(lat - record.lat)) > _ROUNDED_DEG:
        wrong.append("lon and lat were edited; to give another position, fill use_lon and use_lat")
    if wrong:
        return None
    reason = f"accepted; {row['reason']}" if decision == "accept" else row["reason"] or ""
    return _site(gazetteer, row, Candidate(record, 1.0, reason, _score(row)), status)


def _decision(row: Mapping[str, Any], wrong: list[str]) -> str:
    """What was decided, with what the other cells say about it."""
    word = (row["decision"] or "").lower()
    use, lon, lat, radius = (row[name] for name in ("use", "use_lon", "use_lat", "use_uncertainty_km"))
    at = lon is not None or lat is not None
    if word and word not in DECISIONS:
        wrong.append(f"decision {row['decision']!r}; expected {', '.join(DECISIONS)} or a blank cell")
        return ""
    if not row["text"]:
        wrong.append("no text: what the report calls the place")
    decision = word or ("change" if use else "pin" if at else "")
    if decision == "change" and not use:
        wrong.append("change, but use is blank: give the number of an alternative, a gazetteer id or a name")
    if decision == "pin" and not at:
        wrong.append("pin, but use_lon and use_lat are blank")
    if use and decision != "change":
        wrong.append(f"{decision}, but use says {use!r}")
    if at and decision != "pin":
        wrong.append(f"{decision}, but use_lon and use_lat give a position; for both there is no rule")
    if radius is not None and decision != "pin":
        wrong.append(f"use_uncertainty_km goes with a pinned position, not with {decision or 'a row left as it is'}")
    return decision


def _number(row: Mapping[str, Any], name: str, limit: float, wrong: list[str]) -> float:
    """A coordinate, or not a number and a word on what came."""
    try:
        value = float(row[name])
    except (TypeError, ValueError):
        value = math.nan
    if abs(value) <= limit:
        return value
    wrong.append(f"{name} is {row[name] or 'blank'!r}; expected degrees from -{limit:g} to {limit:g}")
    return math.nan


def _score(row: Mapping[str, Any]) -> float:
    """The score as it was written."""
    try:
        value = float(row["score"])
    except (TypeError, ValueError):
        return 0.0
    return value if 0.0 <= value <= 1.0 else 0.0


def _pinned(row: Mapping[str, Any], wrong: list[str]) -> gpd.GeoDataFrame | None:
    """A place at the position that a person gave."""
    lon, lat = (_number(row, name, limit, wrong) for name, limit in (("use_lon", 180.0), ("use_lat", 90.0)))
    radius = _PINNED_KM
    if row["use_uncertainty_km"] is not None:
        try:
            radius = float(row["use_uncertainty_km"])
        except ValueError:
            radius = math.nan
        if not (math.isfinite(radius) and radius > 0.0):
            wrong.append(f"use_uncertainty_km is {row['use_uncertainty_km']!r}; expected kilometres above 0")
    if wrong:
        return None
    kind = row["kind"] if row["status"] != "not_found" else None
    return _by_hand(row, shapely.Point(lon, lat), None, radius * 1000.0, kind, "resolved", "pinned by hand")


def _region(row: Mapping[str, Any], status: str, wrong: list[str]) -> gpd.GeoDataFrame | None:
    """A region told from other places, as it was written; it has no id in the gazetteer."""
    lon, lat = (_number(row, name, limit, wrong) for name, limit in (("lon", 180.0), ("lat", 90.0)))
    radius = _number(row, "uncertainty_km", 20_100.0, wrong)
    shape = shape_of_text(row["extent_wkt"]) if row["extent_wkt"] else None
    if shape is None and row["extent_wkt"]:
        wrong.append("extent_wkt was edited and is no well-known text of an area or a line")
    if wrong:
        return None
    return _by_hand(row, shapely.Point(lon, lat), shape, radius * 1000.0, row["kind"], status, row["reason"] or "")


def _by_hand(
    row: Mapping[str, Any], point: shapely.Point, shape: Any, radius_m: float, kind: Any, status: str, reason: str
) -> gpd.GeoDataFrame:
    """Sites of one row that no gazetteer has."""
    values: dict[str, Any] = dict.fromkeys(SITE_COLUMNS)
    values |= {
        "query": row["text"], "name": row["name"] or row["text"], "kind": kind, "country": row["country"], "admin1": row["admin1"],
        "uncertainty_m": radius_m, "precision": precision_of(kind, radius_m), "score": _score(row), "status": status,
        "reason": reason, "source": "the review" if status == "resolved" and reason == "pinned by hand" else "the text",
        "alternatives": [],
    }  # fmt: skip
    if reason == "pinned by hand":
        values |= {"score": 1.0, "country": row["country"] if row["status"] != "not_found" else None}
    data = {k: pd.Series([v], dtype=object) for k, v in values.items() if k not in ("geometry", "extent")}
    data |= {"geometry": gpd.GeoSeries([point], crs=WGS84), "extent": gpd.GeoSeries([shape], crs=WGS84)}
    return gpd.GeoDataFrame(data, geometry="geometry", crs=WGS84)


def _chosen(gazetteer: Gazetteer, row: Mapping[str, Any], wrong: list[str]) -> Candidate | None:
    """The place that a person put in the reading's stead: by number, by id or by name."""
    use = str(row["use"])
    if use.isdigit():
        ids = dict(numbered(row["alternatives"]))
        if int(use) not in ids:
            which = f"1 to {max(ids)}" if ids else "none here"
            wrong.append(f"use {use}: there is no such alternative; there are {which}")
            return None
        record = gazetteer.by_id(ids[int(use)])
        if record is None:
            wrong.append(
                f"use {use}: alternative {ids[int(use)]!r} is not in the gazetteer; was the text read with another one?"
            )
            return None
        return Candidate(record, 1.0, f"changed by hand: alternative {use}", 1.0)
    record = gazetteer.by_id(use)
    if record is not None:
        return Candidate(record, 1.0, "changed by hand: gazetteer id", 1.0)
    reading = read_together(gazetteer, [use], Context())[0]
    if reading.best is None:
        wrong.append(
            f"use {use!r}: {reading.reason if reading.point is None else 'to pin a position, fill use_lon and use_lat'}"
        )
        return None
    if reading.status == "ambiguous":
        ids_of = ", ".join(c.record.id for c in (reading.best, *reading.others)[:4])
        wrong.append(f"use {use!r} has several readings; give the id of one: {ids_of}")
        return None
    return reading.best._replace(reason=f"changed by hand: {reading.reason}", score=1.0)


def _site(gazetteer: Gazetteer, row: Mapping[str, Any], candidate: Candidate, status: str) -> gpd.GeoDataFrame:
    """A place of the gazetteer as Sites of one row."""
    return sites_of(gazetteer, [Reading(row["text"] or "", status, candidate, None, (), candidate.reason)])
