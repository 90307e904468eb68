"""What the default figures are on each sheet and in each theme: without a finding, on the embedded layers."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.text import Text

import geoops as go
from geoops.maps.theme import SIZES, THEMES

NAMES = [
    "Deir al-Zor", "Hasakah", "Kirkuk", "Hamrin Mountains", "Daquq", "Aleppo", "Homs", "Damascus", "central Syrian desert",
    "al Hol camp", "Roj camp", "Euphrates",
]  # fmt: skip


@pytest.fixture(scope="module")
def sites():
    return go.geocode(NAMES)


@pytest.fixture(scope="module")
def near(sites):
    towns = sites.iloc[[0, 1, 2, 4]]
    tables = {theme: go.nearest(towns, theme) for theme in ("oil_gas_fields", "power_stations", "border_crossings")}
    return towns, tables, go.rings(towns, [25, 50])


@pytest.fixture(scope="module")
def journey(sites):
    """A way over a border and a river, with what holds it up: ends, corridor, pinch points."""
    ends = sites.iloc[[0, 2]]
    west, south, east, north = ends.total_bounds
    land = go.friction((west - 1.5, south - 1.5, east + 1.5, north + 1.8), mode="vehicle")
    way = go.corridor(land, ends.iloc[[0]], ends.iloc[[1]], slack=0.2)
    return ends, way, go.pinch_points(way, land, count=3)


@pytest.fixture(scope="module")
def events(sites):
    """1,500 invented events round four towns, over a year and a half."""
    towns = sites.iloc[[0, 1, 2, 4]]
    rng = np.random.default_rng(7)
    at = shapely.get_coordinates(towns.geometry)[rng.integers(0, 4, 1500)] + rng.normal(0, 0.5, (1500, 2))
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 540, 1500), unit="D")
    said = {"date": days, "source": "invented", "licence": "CC0"}
    return towns, gpd.GeoDataFrame(said, geometry=shapely.points(at), crs="EPSG:4326")


@pytest.mark.slow
@pytest.mark.parametrize("theme", list(THEMES))
@pytest.mark.parametrize("size", list(SIZES))
def test_a_default_figure_has_no_finding_on_any_sheet_in_any_theme(sites, near, journey, events, size, theme):
    towns, tables, rings = near
    ends, way, pinches = journey
    named, dated = events
    look = {"date": "2025-06-30", "languages": ("en", "ar"), "size": size, "theme": theme}
    figures = {
        "sites": go.sites_map(sites, **look),
        "panels": go.proximity_map(towns, tables, rings=rings, **look),
        "one map": go.proximity_map(towns.iloc[:3], tables, rings=rings, **look),
        "corridor": go.corridor_map(way, sites=ends, pinch_points=pinches, **look),
        "events": go.event_map(dated, sites=named, title="Invented events", **look),
    }
    found = {kind: [str(finding) for finding in figure.check()] for kind, figure in figures.items()}
    assert found == {kind: [] for kind in figures}


def test_the_summary_counts_what_the_legend_counts(sites):
    """A camp's extent is a dot on a map of two countries: no area to a reader."""
    figure = go.sites_map(sites, date="2025-06-30")
    drawn = {entry.text: entry.count for entry in figure.legend_drawn if entry.text.startswith("Named")}
    points = sum(count for text, count in drawn.items() if text.startswith("Named place"))
    assert figure.subtitle.startswith(f"{points} places (each known to within ")
    assert f" {drawn['Named area']} areas and {drawn['Named river']} line. " in figure.subtitle


def test_bands_that_end_with_the_modelled_ground_say_so(journey):
    ends, way, _ = journey
    assert "modelled ground" not in margin(go.corridor_map(way, sites=ends, date="2025"))
    west, south, east, north = ends.total_bounds
    land = go.friction((west - 0.3, south - 0.3, east + 0.3, north + 0.95), mode="vehicle")
    cut = go.corridor(land, ends.iloc[[0]], ends.iloc[[1]], slack=0.2)
    assert "end there with the modelled ground" in margin(go.corridor_map(cut, sites=ends, date="2025"))


def margin(figure):
    """The small print, as one text."""
    return " ".join(text.get_text() for text in figure.fig.findobj(Text) if text.get_gid() == "margin")


def test_what_nobody_asked_for_is_left_out_where_a_reader_could_not_tell_it_apart(sites):
    """On a journal's column fewer layers than on a sheet; what is asked for by name is drawn on both."""
    wide, narrow = (go.sites_map(sites, date="2025-06-30", size=size) for size in ("a4-landscape", "journal-84"))
    assert set(narrow.parameters["layers"]) < set(wide.parameters["layers"])
    asked = go.sites_map(sites, date="2025-06-30", size="journal-84", layers=["power_stations"])
    assert any(entry.text.startswith("Power station") for entry in asked.legend)
