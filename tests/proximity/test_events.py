"""Events near sites: counted by ring and period, with the precision that they came with."""

from __future__ import annotations

import sys

import geopandas as gpd
import layers as hard
import numpy as np
import oracle
import pandas as pd
import pytest
import shapely

import geoops as go
from geoops.core.errors import InputError, PublicationError, SchemaError
from geoops.core.publication import refuse_unpublished
from geoops.proximity.events import tally
from geoops.proximity.inputs import read_places

module = sys.modules["geoops.proximity.events"]


def events(rows, **columns):
    """Events from (date, metres east of 40 E 35 N, uncertainty_m)."""
    places = [oracle.WGS84.Direct(35, 40, 90, r[1]) for r in rows]
    return gpd.GeoDataFrame(
        {"date": [r[0] for r in rows], "uncertainty_m": [r[2] for r in rows], **columns},
        geometry=gpd.points_from_xy([p["lon2"] for p in places], [p["lat2"] for p in places]),
        crs=4326,
    )


ROWS = [
    ("2025-01-03", 5_000, 0.0), ("2025-01-28", 18_000, 5_000.0), ("2025-01-30", 22_000, 5_000.0),
    ("2025-03-01", 90_000, 0.0), ("2025-03-31T23:00:00", 1_000, 0.0),
]  # fmt: skip


def test_months_without_an_event_are_there_and_counts_are_bounded():
    table = go.events_near(events(ROWS), [(40.0, 35.0)], [20, 100])
    assert table["period"].dt.strftime("%Y-%m").tolist() == ["2025-01", "2025-02", "2025-03"] * 2
    assert table["radius_km"].tolist() == [20.0] * 3 + [100.0] * 3
    assert table["count"].tolist() == [2, 0, 1, 3, 0, 2]
    assert table["count_sure"].tolist() == [1, 0, 1, 3, 0, 2]
    assert table["count_possible"].tolist() == [3, 0, 1, 3, 0, 2]
    assert table["status"].tolist() == ["found", "none_within", "found"] * 2


@pytest.mark.parametrize(("by", "periods"), [("day", 88), ("week", 14), ("quarter", 1), ("year", 1), (None, 1)])
def test_other_periods_count_the_same_events(by, periods):
    table = go.events_near(events(ROWS), [(40.0, 35.0)], 100, by=by)
    assert len(table) == periods
    assert table["count"].sum() == 5
    assert table.attrs["by"] == by


def test_a_site_s_own_doubt_widens_the_counts():
    site = gpd.GeoDataFrame({"uncertainty_m": [10_000.0]}, geometry=gpd.points_from_xy([40], [35]), crs=4326)
    row = go.events_near(events(ROWS), site, 20, by=None).iloc[0]
    assert (row["count"], row["count_sure"], row["count_possible"]) == (3, 2, 4)


def test_rings_round_extents_and_lines_of_infrastructure():
    site = gpd.GeoDataFrame({"name": ["range"]}, geometry=gpd.points_from_xy([40], [35]), crs=4326)
    site["extent"] = gpd.GeoSeries([shapely.box(39.9, 34.9, 40.1, 35.1)], crs=4326)
    row = go.events_near(events(ROWS), site, 12, by=None).iloc[0]
    assert (row["count"], row["count_possible"]) == (3, 4)
    # Sure are those that every place of the extent has within 12 km: none of it does but the middle's own.
    assert row["count_sure"] == 0
    pipeline = gpd.GeoSeries([shapely.LineString([(40.0, 34.0), (40.0, 36.0)])], crs=4326)
    assert go.events_near(events(ROWS), pipeline, 20, by=None)["count"].tolist() == [3]


def test_undated_and_placeless_events_are_told():
    table = events([*ROWS, (None, 500, 0.0)])
    table.loc[0, "geometry"] = None
    counted = go.events_near(table, [(40.0, 35.0)], 20)
    undated = counted[counted["period"].isna()]
    assert undated["count"].tolist() == [1]
    assert counted["count"].sum() == 3
    assert counted.attrs["events_without_place"] == 1
    assert counted.attrs["events_without_date"] == 1
    assert counted.attrs["events"] == 6


def test_a_site_without_a_place_keeps_its_rows():
    sites = gpd.GeoSeries([None, shapely.Point(40, 35)], crs=4326, index=["lost", "here"])
    table = go.events_near(events(ROWS), sites, 20)
    assert table["site"].tolist() == ["lost"] * 3 + ["here"] * 3
    assert table["count"].isna().tolist() == [True] * 3 + [False] * 3
    assert (table["status"].iloc[:3] == "not_found").all()


def test_no_event_at_all_is_a_row_with_nothing():
    table = go.events_near(events(ROWS).iloc[:0], [(40.0, 35.0)], 20)
    assert table["count"].tolist() == [0]
    assert table["period"].isna().all()


def test_dates_of_any_kind_are_read_and_others_refused():
    for dates in (
        pd.to_datetime(["2025-01-03"]),
        pd.to_datetime(["2025-01-03T05:00+03:00"]),
        [pd.Timestamp("2025-01-03").date()],
    ):
        table = go.events_near(events([(d, 5_000, 0.0) for d in dates]), [(40.0, 35.0)], 20)
        assert table["period"].iloc[0] == pd.Timestamp("2025-01-01")
    with pytest.raises(SchemaError, match="2025-05-14"):
        go.events_near(events([("soon", 0, 0.0)]), [(40.0, 35.0)], 20)
    with pytest.raises(SchemaError, match="no column 'date'"):
        go.events_near(events(ROWS).drop(columns="date"), [(40.0, 35.0)], 20)
    assert go.events_near(events(ROWS).drop(columns="date"), [(40.0, 35.0)], 20, by=None)["count"].tolist() == [3]


def test_periods_and_shapes_that_are_none_are_refused():
    with pytest.raises(InputError, match="fortnight"):
        go.events_near(events(ROWS), [(40.0, 35.0)], 20, by="fortnight")
    lines = gpd.GeoDataFrame({"date": ["2025-01-01"]}, geometry=[shapely.LineString([(0, 0), (1, 1)])], crs=4326)
    with pytest.raises(InputError, match="no point"):
        go.events_near(lines, [(40.0, 35.0)], 20)


def test_many_events_at_one_place_count_each():
    rng = np.random.default_rng(0)
    months = rng.integers(1, 13, 2000)
    table = go.events_near(events([(f"2024-{m:02d}-10", 3_000, 0.0) for m in months]), [(40.0, 35.0)], 10)
    assert table["count"].tolist() == np.bincount(months, minlength=13)[1:].tolist()


def test_counts_of_events_that_must_not_be_published_carry_the_mark():
    """Whatever the side that forbids it, in one piece or in parts, and a figure refuses the table."""
    plain, site = events(ROWS), gpd.GeoDataFrame({"name": ["a"]}, geometry=gpd.points_from_xy([40], [35]), crs=4326)
    assert "publish" not in go.events_near(plain, site, 20)
    secret = plain.assign(publish=False, source="a source", licence="not for publication")
    kept = site.assign(publish=[False], source="another", licence="private")
    for given, near, who in ((secret, site, "a source"), (plain, kept, "another")):
        table = go.events_near(given, near, 20)
        assert not table["publish"].any()
        assert list(table.attrs["unpublished"]) == [who]
        with pytest.raises(PublicationError, match=who):
            refuse_unpublished(table, "events")
    assert list((tally_of(plain) + tally_of(secret)).marks) == ["a source"]


def tally_of(some):
    return tally(some, read_places([(40.0, 35.0)]), np.array([20.0]), "month")


@pytest.mark.parametrize("box", hard.BOXES)
def test_the_short_way_for_sites_that_are_points_counts_as_the_long_one(box, monkeypatch):
    """At the poles and over the antimeridian too; and events a millimetre to either side of a radius fall on their side."""
    rng = np.random.default_rng(8)
    sites = gpd.GeoDataFrame(
        {"uncertainty_m": [0.0, 900.0, 4_000.0]}, geometry=hard.points(rng, 3, hard.BOXES[box]), crs=4326
    )
    near = [
        oracle.WGS84.Direct(site.y, site.x, rng.uniform(0, 360), metres)
        for site in sites.geometry for metres in (24_999.999, 25_000.001, 60_000.0, 399_999.999, 400_000.001)
    ]  # fmt: skip
    where = [shapely.Point(p["lon2"], p["lat2"]) for p in near] + hard.points(rng, 300, hard.BOXES[box]).tolist()
    days = pd.to_datetime("2025-01-01") + pd.to_timedelta(rng.integers(0, 90, len(where)), unit="D")
    doubt = np.where(np.arange(len(where)) < len(near), 0.0, rng.choice([0.0, 5_000.0], len(where)))
    given = gpd.GeoDataFrame({"date": days, "uncertainty_m": doubt}, geometry=where, crs=4326)
    short = go.events_near(given, sites, [400, 25])
    monkeypatch.setattr(module, "MANY_PAIRS", 0)
    pd.testing.assert_frame_equal(short, go.events_near(given, sites, [400, 25]))
    alone = go.events_near(given.iloc[:5], sites.iloc[:1], [25, 400], by=None)
    assert alone["count"].tolist() == [1, 4]


def test_dates_may_be_periods_and_what_is_none_is_refused_without_the_librarys_own_advice():
    events = gpd.GeoDataFrame(
        {"date": pd.PeriodIndex(["2025-01", "2025-02"], freq="M")},
        geometry=gpd.points_from_xy([40, 40], [35, 35]),
        crs=4326,
    )
    counted = go.events_near(events, [(40, 35)], 5.0)
    assert counted["period"].tolist() == [pd.Timestamp("2025-01-01"), pd.Timestamp("2025-02-01")]
    assert counted["count"].tolist() == [1, 1]
    with pytest.raises(SchemaError, match=r"03/01/2025.*pandas\.to_datetime first$") as caught:
        go.events_near(events.assign(date="03/01/2025"), [(40, 35)], 5.0)
    assert "You might" not in str(caught.value)
