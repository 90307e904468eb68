"""Readings as tables: Sites with their extents, uncertainty and precision, and the other readings beside them.

What is written here was decided in `resolve.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely

from geoops.core.text import has_arabic
from geoops.gazetteer.coordinates import TypedPoint
from geoops.gazetteer.match import Candidate
from geoops.gazetteer.precision import precision_of
from geoops.gazetteer.records import Gazetteer, Record
from geoops.gazetteer.weights import arabic_countries

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

__all__ = ["Alternative", "Reading", "alternative", "record_columns", "sites_of"]


class Alternative(dict[str, Any]):
    """
    Another reading of a name, as a dict that prints as one phrase.

    Examples
    --------
    >>> str(Alternative(name="Aleppo", kind="ADM1", country="SY", score=0.89))
    'Aleppo (ADM1, SY)'
    """

    def __str__(self) -> str:
        words = [str(self[key]) for key in ("kind", "country") if self.get(key)]
        return f"{self.get('name')} ({', '.join(words)})" if words else str(self.get("name"))


@dataclass(frozen=True)
class Reading:
    """
    How one name was read.

    Parameters
    ----------
    query
        The name as it came, on one line.
    status
        `resolved`, `ambiguous` or `not_found`.
    best
        The reading, unless it was not found or is a typed coordinate.
    point
        The coordinates, if the name was a pair of them.
    others
        The other readings, or for a name that was not found the nearest in spelling.
    reason
        Why.
    """

    query: str
    status: str
    best: Candidate | None
    point: TypedPoint | None
    others: tuple[Candidate, ...]
    reason: str


def _local_name(record: Record) -> str | None:
    """The name in the local script: the layer's own, else, where that script is Arabic, the first name wholly in it."""
    if record.name_local or not set((record.country or "").split(";")) & arabic_countries():
        return record.name_local
    return next(
        (name for name in record.names if has_arabic(name) and not any(c.isascii() and c.isalpha() for c in name)), None
    )


def record_columns(record: Record) -> dict[str, Any]:
    """What a record gives to a table."""
    return {
        "name": record.name, "name_local": _local_name(record), "kind": record.kind, "country": record.country,
        "admin1": record.admin1, "lon": record.lon, "lat": record.lat, "uncertainty_m": record.uncertainty_m,
        "gazetteer_id": record.id, "source": record.source, "licence": record.licence,
    }  # fmt: skip


def alternative(candidate: Candidate) -> Alternative:
    """A candidate as an alternative."""
    columns = record_columns(candidate.record)
    kept = ("name", "kind", "country", "admin1", "lon", "lat", "gazetteer_id")
    return Alternative({key: columns[key] for key in kept} | {"score": candidate.score, "reason": candidate.reason})


def sites_of(gazetteer: Gazetteer, readings: Sequence[Reading], *, index: pd.Index | None = None) -> gpd.GeoDataFrame:
    """
    Readings as Sites.

    Parameters
    ----------
    gazetteer
        That they came from; it has the extents.
    readings
        One a row.
    index
        Of the table; 0, 1, 2 ... by default.
    """
    import geopandas as gpd
    import pandas as pd

    from geoops.core.schema import SITE_COLUMNS, WGS84

    columns: dict[str, list[Any]] = {name: [] for name in SITE_COLUMNS}
    extents: dict[int, BaseGeometry | None] = {}
    for reading in readings:
        row: dict[str, Any] = dict.fromkeys(SITE_COLUMNS)
        row |= {"query": reading.query, "status": reading.status, "reason": reading.reason, "score": 0.0}
        row["uncertainty_m"] = float("nan")
        row["name"] = reading.query
        if reading.best is not None:
            record = reading.best.record
            row |= {key: value for key, value in record_columns(record).items() if key in SITE_COLUMNS}
            row["geometry"] = shapely.Point(record.lon, record.lat)
            if record.entry not in extents:
                extents[record.entry] = gazetteer.extent(record)
            row["extent"] = extents[record.entry]
            row["score"] = reading.best.score
        elif reading.point is not None and reading.point.valid:
            point = reading.point
            row |= {
                "geometry": shapely.Point(point.lon, point.lat), "uncertainty_m": point.uncertainty_m, "score": 1.0,
                "kind": "PT", "source": "coordinates given with the name",
            }  # fmt: skip
        if row["geometry"] is not None:
            row["precision"] = precision_of(row["kind"], row["uncertainty_m"])
        row["alternatives"] = [alternative(c) for c in reading.others]
        for name in SITE_COLUMNS:
            columns[name].append(row[name])
    texts = ("query", "name", "name_local", "kind", "country", "admin1", "gazetteer_id", "source", "licence", "reason", "status", "alternatives")  # fmt: skip
    data: dict[str, Any] = {name: pd.Series(columns[name], dtype=object) for name in texts}
    data |= {name: pd.Series(columns[name], dtype=float) for name in ("uncertainty_m", "score")}
    data["precision"] = pd.Series(columns["precision"], dtype="Int64")
    for name in ("geometry", "extent"):
        data[name] = gpd.GeoSeries(columns[name], crs=WGS84)
    frame = gpd.GeoDataFrame({name: data[name] for name in SITE_COLUMNS}, geometry="geometry", crs=WGS84)
    if index is not None:
        frame.index = index
    return frame
