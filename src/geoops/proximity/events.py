"""Dated events near sites: how many within each radius in each month, and how surely.

Events keep the precision of their source: one that is placed to 25 km counts as possible long before it counts as sure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from geoops.core.errors import InputError, SchemaError
from geoops.core.geodesy import geod
from geoops.core.publication import mark_with, unpublished
from geoops.core.schema import SitesLike, as_features
from geoops.proximity.bounds import bounds_m
from geoops.proximity.ellipsoid import chord_reach, ecef, longest_geodesic, shortest_geodesic
from geoops.proximity.engine import MANY_PAIRS, count_pairs, find_pairs
from geoops.proximity.inputs import Places, check_radii, gathered, is_scattered, placed, read_places, uncertainty_of
from geoops.proximity.runs import apart, expand
from geoops.proximity.search import Found, Side, all_chords, make_side

__all__ = ["PERIODS", "Tally", "events_near", "tally"]

PERIODS = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
"""What `by` may be, and what pandas calls it; weeks begin on Monday."""

Reached = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Pairs of an event's place and a site, and a row by distance, surely, possibly: the number of the smallest radius that holds."""

_BLOCK = 6_000_000
_GUARD_M = 2.0  # rounding of chords by products of Earth radii
_HAIR_M = 1e-3


def events_near(
    events: gpd.GeoDataFrame, sites: SitesLike, radii_km: ArrayLike | Iterable[float], *, by: str | None = "month"
) -> pd.DataFrame:
    """
    Count dated events within each radius of each site, by month or another period.

    Parameters
    ----------
    events
        Points with a column `date` (dates, or texts such as 2025-05-14) and, where it is known, `uncertainty_m`: the
        radius within which the event surely took place. A `dask_geopandas.GeoDataFrame` is counted on the Dask cluster in
        use, partition by partition; the result is the same table.
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
        Where the events or the sites must not be published, a column `publish` says so, and figures refuse the table.

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
    places = read_places(gathered(sites))
    if is_scattered(events):
        from geoops.proximity.scattered import tally_scattered

        total = tally_scattered(events, places, radii, by)
    else:
        total = tally(events, places, radii, by)
    table = _finish(total, places, radii, by)
    mark_with(table, total.marks | unpublished(sites))
    return table


@dataclass(frozen=True)
class Tally:
    """
    Counts of some events near sites; those of two sets of events add up to those of both.

    Parameters
    ----------
    first
        Ordinal of the first period; None without a dated event.
    dated
        Counts by (distance, sure, possible), site, radius and period, from the first event's period to the last's.
    undated
        Counts of events without a date, without the last dimension.
    events, placeless, dateless
        How many events there were, without a place, without a date.
    marks
        Which of the events' sources must not be published, and why.
    """

    first: int | None
    dated: NDArray[np.int64]
    undated: NDArray[np.int64]
    events: int
    placeless: int
    dateless: int
    marks: dict[str, str]

    def __add__(self, other: Tally) -> Tally:
        parts = [part for part in (self, other) if part.first is not None]
        firsts = [cast("int", part.first) for part in parts]
        first = min(firsts, default=None)
        last = max((begin + part.dated.shape[-1] for begin, part in zip(firsts, parts, strict=True)), default=0)
        dated = np.zeros((*self.undated.shape, last - first if first is not None else 0), dtype=np.int64)
        for begin, part in zip(firsts, parts, strict=True):
            offset = begin - cast("int", first)
            dated[..., offset : offset + part.dated.shape[-1]] += part.dated
        return Tally(
            first, dated, self.undated + other.undated, self.events + other.events, self.placeless + other.placeless,
            self.dateless + other.dateless, self.marks | other.marks,
        )  # fmt: skip


def tally(
    events: Any, places: Places, radii: NDArray[np.float64], by: str | None, *, pairs: int | None = None
) -> Tally:
    """
    Count events near sites.

    Parameters
    ----------
    events
        Events, in one piece.
    places, radii, by
        Sites, radii in kilometres, and the period.
    pairs
        Where this is a part of a larger task: its pairs (see `find_pairs`).
    """
    table = as_features(events, what="events")
    period = _periods(table, by)
    known = period.notna().to_numpy()
    ordinal = np.where(known, pd.PeriodIndex(period).asi8, -1) if known.any() else np.full(len(table), -1)
    first = int(ordinal[known].min()) if known.any() else None
    count = int(ordinal[known].max()) - first + 1 if first is not None else 0
    slot = np.where(known, ordinal - (first or 0), count)
    counts = _count(table, places, radii, slot, count + 1, pairs)
    return Tally(
        first, counts[..., :count], counts[..., count], len(table), int((~placed(table.geometry)).sum()),
        int((~known).sum()) if by is not None else 0, unpublished(events),
    )  # fmt: skip


def _periods(table: gpd.GeoDataFrame, by: str | None) -> pd.Series:
    """Each event's period; missing where it has no date, or where no period was asked for."""
    if by is None:
        return pd.Series(pd.NaT, index=range(len(table)))
    if "date" not in table.columns:
        msg = f"events: no column 'date'; the columns are {', '.join(map(str, table.columns))}. Rename yours to 'date'"
        raise SchemaError(msg)
    given = table["date"].reset_index(drop=True)
    if isinstance(given.dtype, pd.PeriodDtype):
        given = given.dt.to_timestamp()
    try:
        dates = pd.to_datetime(given, format="ISO8601", utc=True).dt.tz_localize(None)
    except (ValueError, TypeError) as error:
        why = (
            str(error).partition(". You might")[0].partition(" You might")[0].splitlines()[0]
        )  # what pandas advises is of its own
        msg = f"events: dates are expected as dates or as texts such as 2025-05-14; {why}. Read others with pandas.to_datetime first"
        raise SchemaError(msg) from error
    return pd.Series(dates.dt.to_period(PERIODS[by]))


def _count(
    table: gpd.GeoDataFrame, places: Places, radii: NDArray[np.float64], slot: NDArray[np.int64], periods: int,
    pairs: int | None,
) -> NDArray[np.int64]:  # fmt: skip
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
    steps = np.argsort(radii, kind="stable")
    side = make_side(places.shapes, "geodesic")
    pairs = count_pairs(len(table), side) if pairs is None else pairs
    single = len(side.pieces) == places.placed.sum() and not (side.pieces.length_m.any() or places.has_extent.any())
    reached = _points_reached if single and pairs < MANY_PAIRS else _shapes_reached
    at_place, site, rings = reached(unique, places, side, radii[steps] * 1e3, pairs)
    # How many events of each place fall into each period: of the pairs that are there, in the places' order.
    cells, events = np.unique(which.ravel() * periods + slot[there], return_counts=True)
    place, cell_slot = np.divmod(cells, periods)
    begin = np.searchsorted(place, at_place, side="left")
    pair, cell = expand(begin, np.searchsorted(place, at_place, side="right") - begin)
    shape = (len(places.index), len(radii) + 1, periods)
    counts = np.zeros((3, len(places.index), len(radii), periods), dtype=np.int64)
    for kind, ring in enumerate(rings):  # the smallest of the radii that holds it; each larger one holds it too
        at = np.ravel_multi_index((site[pair], ring[pair], cell_slot[cell]), shape)
        apiece = np.bincount(at, weights=events[cell], minlength=int(np.prod(shape))).reshape(shape)
        counts[kind][:, steps] = np.rint(np.cumsum(apiece, axis=1)[:, :-1]).astype(np.int64)
    return counts


def _shapes_reached(
    unique: NDArray[np.float64], places: Places, side: Side, radii_m: NDArray[np.float64], pairs: int
) -> Reached:
    """Which events' places (longitude, latitude, doubt) lie near which sites, and within which radius, for sites of any kind."""
    points = np.array(shapely.points(unique[:, :2]), dtype=object).reshape(-1)
    reach = radii_m[-1] + unique[:, 2].max(initial=0.0) + places.uncertainty_m.max(initial=0.0)
    found = find_pairs(points, side, k=max(len(places.index), 1), max_m=float(reach), pairs=pairs)
    turned = Found(
        found.feature, found.site, found.metres, found.lon, found.lat, found.site_lon, found.site_lat
    )  # fmt: skip
    # Only a farthest part of an extent is measured to the events; what they are is known, so nothing is prepared without one.
    layer = make_side(points if places.has_extent.any() else points[:0], "geodesic")
    low, high = bounds_m(turned, places, unique[:, 2], layer, cap_m=float(radii_m[-1]))
    return found.site, found.feature, _rings(radii_m, found.metres, low, high)


def _points_reached(
    unique: NDArray[np.float64],
    places: Places,
    side: Side,
    radii_m: NDArray[np.float64],
    pairs: int,  # noqa: ARG001
) -> Reached:
    """The same for sites that are points: chords say enough but where a radius lies between their bounds."""
    site_of, ends = side.pieces.owner, side.pieces.middle
    here, doubt_m = ecef(unique[:, 0], unique[:, 1]), places.uncertainty_m[site_of]
    widest = chord_reach(radii_m[-1] + unique[:, 2].max(initial=0.0) + doubt_m.max(initial=0.0)) + _GUARD_M
    step, parts = max(1, _BLOCK // max(1, len(ends))), []
    for begin in range(0, len(here), step):
        chord = all_chords(here[begin : begin + step], ends)
        place, end = np.nonzero(chord <= widest)
        parts.append((place + begin, end))
    place, end = (np.concatenate([part[i] for part in parts] or [np.empty(0, dtype=np.int64)]) for i in (0, 1))
    chord, doubt = apart(here[place], ends[end]), doubt_m[end] + unique[place, 2]

    def rings(metres: NDArray[np.float64], doubt: NDArray[np.float64]) -> NDArray[np.int64]:
        return _rings(radii_m, metres, np.maximum(metres - doubt, 0.0), metres + doubt)

    reached = rings(shortest_geodesic(chord - _HAIR_M), doubt)
    near = np.flatnonzero((reached != rings(longest_geodesic(chord + _HAIR_M), doubt)).any(axis=0))
    row, at = place[near], end[near]
    exact = geod().inv(unique[row, 0], unique[row, 1], side.pieces.lon1[at], side.pieces.lat1[at])[2]
    reached[:, near] = rings(np.asarray(exact), doubt[near])
    return place, site_of[end], reached


def _rings(
    radii_m: NDArray[np.float64], metres: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The smallest radius that holds each pair by distance, surely and possibly; their number where none does."""
    return np.stack([np.searchsorted(radii_m, values, side="left") for values in (metres, high, low)])


def _finish(total: Tally, places: Places, radii: NDArray[np.float64], by: str | None) -> pd.DataFrame:
    """The counts as a table: dated periods, then what has no date; all together where no period was asked for."""
    counts = total.dated
    start: list[Any] = [pd.NaT] * counts.shape[-1]
    if by is not None and total.first is not None:
        first = pd.Period(ordinal=total.first, freq=PERIODS[by])
        start = [(first + step).start_time.normalize() for step in range(counts.shape[-1])]
    if by is None or total.dateless or not start:  # no event at all: a row a site and radius all the same
        counts, start = np.concatenate([counts, total.undated[..., None]], axis=-1), [*start, pd.NaT]
    sites, rings, periods = counts.shape[1:]
    site = np.repeat(np.arange(sites), rings * periods)
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
    frame.attrs.update(
        {
            "by": by,
            "events": total.events,
            "events_without_place": total.placeless,
            "events_without_date": total.dateless,
            "edges": "geodesic",
        }
    )
    return frame
