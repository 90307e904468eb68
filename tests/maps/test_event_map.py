"""The event map: every event is counted once, in the hexagon whose centre is nearest."""

from __future__ import annotations

import re
import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.collections import PolyCollection
from matplotlib.text import Text
from scipy.spatial import cKDTree

from geoops import maps
from geoops.core.errors import InputError
from geoops.maps.event_figure import hexagons


def events(count=500, seed=4):
    rng = np.random.default_rng(seed)
    points = shapely.points(rng.normal([41.0, 35.0], [1.2, 0.7], (count, 2)))
    dates = pd.to_datetime("2023-01-01") + pd.to_timedelta(rng.integers(0, 300, count), unit="D")
    return gpd.GeoDataFrame({"date": dates}, geometry=points, crs="EPSG:4326")


def test_hexagons_count_every_point_in_the_nearest_centre():
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 100, (3000, 2))
    centres, counts = hexagons(points, 9.0)
    assert counts.sum() == 3000
    lattice = np.vstack([
        np.array([(i * 9.0, j * 9.0 * np.sqrt(3)) for i in range(-2, 15) for j in range(-2, 10)]),
        np.array([((i + 0.5) * 9.0, (j + 0.5) * 9.0 * np.sqrt(3)) for i in range(-2, 15) for j in range(-2, 10)]),
    ])  # fmt: skip
    owner = cKDTree(lattice).query(points)[1]
    expected = {tuple(lattice[k].round(6)): n for k, n in zip(*np.unique(owner, return_counts=True), strict=True)}
    assert {tuple(c.round(6)): n for c, n in zip(centres, counts, strict=True)} == expected


def test_events_are_counted_in_the_legend_the_margin_and_the_bars(testland, sites):
    frame = events()
    frame.loc[[3, 9], "geometry"] = None
    fig = maps.event_map(frame, sites=sites.iloc[:1], date="2023", sources=["Testland Times (CC0)"])
    cells = [a for a in fig.ax.findobj(PolyCollection) if (a.get_gid() or "").startswith("events-")]
    assert cells
    margin = " ".join(t.get_text() for t in fig.fig.findobj(Text) if t.get_gid() == "margin")
    assert "498 events on record" in margin
    assert "2 without a place" in margin
    chart = [t.get_text() for t in fig.fig.findobj(Text) if t.get_gid() == "chart"]
    by_month = frame.geometry.notna().groupby(frame["date"].dt.to_period("M")).sum()
    assert str(by_month.max()) in chart
    assert by_month.index.min().strftime("%b %Y") in chart
    assert f"most in {by_month.idxmax().strftime('%B %Y')} ({by_month.max()})" in fig.subtitle


def test_months_stand_as_iso_8601_has_them_in_languages_with_several_names_for_them(testland, sites):
    fig = maps.event_map(events(), sites=sites.iloc[:1], date="2023", languages=("ar", "en"))
    assert re.search(r"20\d\d-\d\d", fig.subtitle)
    assert not fig.words.missing


def test_a_class_of_events_says_how_wide_its_hexagons_are(testland):
    fig = maps.event_map(events(), date="2023", cell_km=20)
    assert any(e.text.endswith("in a hexagon 20 km wide") for e in fig.legend_drawn)


def test_a_long_record_is_drawn_by_years(testland):
    frame = events(120)
    frame["date"] = pd.date_range("2001-01-15", periods=120, freq="MS")
    fig = maps.event_map(frame, date="2011", layers=["border_crossings"])
    assert "Events a year" in [t.get_text() for t in fig.fig.findobj(Text) if t.get_gid() == "chart"]


def test_events_without_dates_and_one_event(testland):
    fig = maps.event_map((41.0, 35.0), date="2023")
    assert fig.title == "1 event"
    assert fig.side_mm == 0.0
    stamped = maps.event_map(events(5).assign(date="soon"), date="2023", cell_km=25.0)
    assert stamped.parameters["cell_km"] == 25.0


def test_a_quarter_of_a_million_events_take_little_time(testland):
    """Less than eight figures of a thousand: by this machine's own measure, in time of its processor."""
    frame = events(250_000)
    maps.event_map(frame.iloc[:1000], date="2023")
    start = time.process_time()
    maps.event_map(frame.iloc[:1000], date="2023")
    few = time.process_time() - start
    fig = maps.event_map(frame, date="2023")
    assert time.process_time() - start - few < 8.0 * few  # 1.9 alone
    assert fig.parameters["placed"] == 250_000


def test_events_that_cannot_be_drawn(testland):
    nowhere = gpd.GeoDataFrame(geometry=[None, None], crs="EPSG:4326")
    with pytest.raises(InputError, match="no event has a place"):
        maps.event_map(nowhere)
    empty = maps.event_map(nowhere, region=(38.0, 33.0, 44.0, 37.0), date="2023")
    assert empty.title == "0 events"
    with pytest.raises(InputError, match="cell_km"):
        maps.event_map(events(5), cell_km=-1)
