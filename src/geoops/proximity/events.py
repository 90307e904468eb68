"""Dated events near sites: how many within each radius in each month, and how surely.

Events keep the precision of their source: one that is placed to 25 km counts as possible long before it counts as sure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from geoops.core.errors import InputError, SchemaError
from geoops.core.schema import SitesLike, as_features
from geoops.proximity.bounds import bounds_m
from geoops.proximity.engine import find_pairs
from geoops.proximity.inputs import Places, check_radii, placed, read_places, uncertainty_of
from geoops.proximity.search import Found, make_side

__all__ = ["PERIODS", "events_near"]

PERIODS = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
"""What `by` may be, and what pandas calls it; weeks begin on Monday."""


def events_near(
    events: gpd.GeoDataFrame, sites: SitesLike, radii_km: ArrayLike | Iterable[float], *, by: str | None = "month"
) -> pd.DataFrame:
    """
    Count dated events within each radius of each site, by month or another period.

    Parameters
    ----------
    events
        Points with a column `date` (dates, or texts such as 2025-05-14) and, where it is known, `uncertainty_m`: the
        radius within which the event surely took place.
    sites
        Sites, or features of any kind (a layer's pipelines); radii are counted from an `extent` where there is one.
    radii_km
        One radius in kilometres or several. Each ring is the whole disc: a larger radius counts the smaller one's too.
    by
        "day", "week", "month", "quarter", "year", or None for all time.

    Returns
    -------
    DataFrame
        A row a site, radius and period, in that order, periods without an event included from the first event's to the
        last's: `site`, `site_name`, `radius_km`, `period` (its first day), `count`, `count_sure` and `count_possible`
        (given how surely event and site are placed) and `status` (`found`, `none_within`, `not_found` for a site
        without a place, with counts missing). Events without a date, where there are any, have rows of their own with
        `period` missing. `attrs` tell how many events there were, without a place and without a date.

    Raises
    ------
    SchemaError
        Events without a column `date`, or with dates that cannot be read.
    InputError, CrsError, CoordinateError
        Radii, sites, events or a period that cannot be used.
    """
    radii = check_radii(radii_km)
    if by is not None and by not in PERIODS:
        msg = f"by={by!r}: expected one of {', '.join(PERIODS)}, or None for all time"
        raise InputError(msg)
    table = as_features(events, what="events")
    period = _periods(table, by)
    kinds: Any = pd.unique(period.dropna())
    if len(kinds) and by is not None:
        kinds = pd.period_range(period.min(), period.max(), freq=PERIODS[by])
    columns: list[Any] = [*kinds, *([pd.NaT] if period.isna().any() and by is not None else [])]
    if by is None:
        columns = [None]
    elif not columns:  # no event at all: a row a site and radius all the same
        columns = [pd.NaT]
    slot = _slots(period, columns, by)
    places = read_places(sites)
    counts = _count(table, places, radii, slot, len(columns))
    return _finish(counts, places, radii, columns, {
        "by": by, "events": len(table), "events_without_place": int((~placed(table.geometry)).sum()),
        "events_without_date": int(period.isna().sum()) if by is not None else 0, "edges": "geodesic",
    })  # fmt: skip


def _periods(table: gpd.GeoDataFrame, by: str | None) -> pd.Series:
    """Each event's period; missing where it has no date."""
    if "date" not in table.columns:
        if by is None:
            return pd.Series(pd.NaT, index=range(len(table)))
        msg = f"events: no column 'date'; the columns are {', '.join(map(str, table.columns))}. Rename yours to 'date'"
        raise SchemaError(msg)
    try:
        dates = pd.to_datetime(table["date"].reset_index(drop=True), format="ISO8601", utc=True).dt.tz_localize(None)
    except (ValueError, TypeError) as error:
        msg = f"events: dates are expected as dates or as texts such as 2025-05-14; {error}"
        raise SchemaError(msg) from error
    return pd.Series(dates.dt.to_period(PERIODS[by or "day"]))


def _slots(period: pd.Series, columns: list[Any], by: str | None) -> NDArray[np.int64]:
    """Which of the periods each event counts in."""
    if by is None:
        return np.zeros(len(period), dtype=np.int64)
    undated = len(columns) - 1 if period.isna().any() else -1
    known = [column for column in columns if column is not pd.NaT]
    first = known[0].ordinal if known else 0
    return np.array([undated if p is pd.NaT else p.ordinal - first for p in period], dtype=np.int64)


def _count(
    table: gpd.GeoDataFrame, places: Places, radii: NDArray[np.float64], slot: NDArray[np.int64], periods: int
) -> NDArray[np.int64]:
    """Counts (certainly by distance, surely, possibly) of shape (3, sites, radii, periods)."""
    doubt_m = uncertainty_of(table, what="events")
    there = np.flatnonzero(placed(table.geometry))
    geometry = table.geometry.to_numpy()[there]
    if len(geometry) and (shapely.get_type_id(geometry) != 0).any():
        row = table.index[there[np.flatnonzero(shapely.get_type_id(geometry) != 0)[0]]]
        msg = f"events: row {row!r} is no point; an event has one place, with uncertainty_m for how surely"
        raise InputError(msg)
    # Many events share a place: each is measured once.
    keys = np.column_stack([shapely.get_coordinates(geometry), doubt_m[there]]) if len(there) else np.empty((0, 3))
    unique, which = np.unique(keys, axis=0, return_inverse=True)
    points = np.array(shapely.points(unique[:, :2]), dtype=object).reshape(-1)
    side = make_side(places.shapes, "geodesic")
    reach = radii.max() * 1e3 + unique[:, 2].max(initial=0.0) + places.uncertainty_m.max(initial=0.0)
    found = find_pairs(points, side, k=max(len(places.index), 1), max_m=float(reach))
    low, high = _bounds(found, points, unique[:, 2], places, float(radii.max()) * 1e3)
    # How many events of each place fall into each period.
    weight = np.zeros((len(unique), periods), dtype=np.int64)
    np.add.at(weight, (which.ravel(), slot[there]), 1)
    counts = np.zeros((3, len(places.index), len(radii), periods), dtype=np.int64)
    for kind, metres in enumerate((found.metres, high, low)):
        for number, radius in enumerate(radii):
            hit = metres <= radius * 1e3
            np.add.at(counts[kind, :, number], found.feature[hit], weight[found.site[hit]])
    return counts


def _bounds(
    found: Found, points: NDArray[np.object_], doubt_m: NDArray[np.float64], places: Places, cap_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bounds of each pair of an event's place and a site, told from the site's side."""
    turned = Found(
        found.feature, found.site, found.metres, found.lon, found.lat, found.site_lon, found.site_lat
    )  # fmt: skip
    return bounds_m(turned, places, doubt_m, make_side(points, "geodesic"), cap_m=cap_m)


def _finish(
    counts: NDArray[np.int64], places: Places, radii: NDArray[np.float64], columns: list[Any],
    attrs: dict[str, Any],
) -> pd.DataFrame:  # fmt: skip
    """The counts as a table."""
    sites, rings, periods = counts.shape[1:]
    site = np.repeat(np.arange(sites), rings * periods)
    start = [pd.NaT if c is None or c is pd.NaT else c.start_time.normalize() for c in columns]
    frame = pd.DataFrame(
        {
            "site": places.index.take(site).to_numpy(),
            "site_name": pd.Series(places.names[site], dtype=object),
            "radius_km": np.tile(np.repeat(radii, periods), sites),
            "period": pd.to_datetime(pd.Series(start * (sites * rings))).astype("datetime64[ns]"),
        }
    )
    there = places.placed[site]
    for name, values in zip(("count", "count_sure", "count_possible"), counts, strict=True):
        frame[name] = pd.Series(values.ravel(), dtype="Int64").mask(~there)
    status = np.where(~there, "not_found", np.where(counts[0].ravel() > 0, "found", "none_within"))
    frame["status"] = pd.Series(status, dtype=object)
    frame.attrs.update(attrs)
    return frame
