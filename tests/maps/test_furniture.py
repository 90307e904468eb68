"""Scale bar, north arrow, graticule and locator, against GeographicLib."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from matplotlib.figure import Figure
from matplotlib.text import Text

from geoops import maps
from geoops.maps.canvas import Panel
from geoops.maps.furniture import draw_graticule, draw_scale, north_angle
from geoops.maps.labels import Labeller
from geoops.maps.locator import reach_of
from geoops.maps.symbols import LegendEntry
from geoops.maps.theme import THEMES

REGIONS = [
    (35.5, 32.3, 46.0, 37.9),
    (-5.0, 54.0, 12.0, 66.0),
    (100.0, -8.0, 120.0, 4.0),
    (40.1, 35.1, 40.3, 35.25),
    (-60.0, -20.0, 60.0, 40.0),
]


def panel(region):
    return Panel(Figure(figsize=(11.69, 8.27), dpi=100), (10.0, 40.0, 270.0, 150.0), region)


@pytest.mark.parametrize("region", REGIONS)
def test_every_tick_of_the_scale_bar_is_right_on_the_ellipsoid(region):
    p = panel(region)
    bar = draw_scale(p, Labeller(p.width_pt, p.height_pt), THEMES["report"])
    for values, places, unit in ((bar.km, bar.km_x, 1000.0), (bar.miles, bar.miles_x, 1609.344)):
        lon, lat = p.degrees([(x, bar.y) for x in places])
        for value, x, y in zip(values[1:], lon[1:], lat[1:], strict=True):
            ground = Geodesic.WGS84.Inverse(lat[0], lon[0], y, x)["s12"]
            assert ground == pytest.approx(value * unit, rel=0.005)
    assert bar.box[0] >= 0
    assert bar.box[2] <= p.width_pt
    assert max(*bar.km_x, *bar.miles_x) < bar.box[2]


def test_a_scale_bar_in_the_margin_is_measured_in_the_middle_of_the_map():
    p = panel(REGIONS[0])
    bar = draw_scale(p, Labeller(p.width_pt, p.height_pt), THEMES["report"], corner=(p.width_pt + 20.0, 0.0))
    length = bar.km_x[-1] - bar.km_x[0]
    lon, lat = p.degrees(
        [(p.width_pt / 2 - length / 2, p.height_pt / 2), (p.width_pt / 2 + length / 2, p.height_pt / 2)]
    )
    assert Geodesic.WGS84.Inverse(lat[0], lon[0], lat[1], lon[1])["s12"] == pytest.approx(bar.km[-1] * 1000, rel=0.005)


@pytest.mark.parametrize("region", REGIONS[:3])
def test_the_arrow_points_to_true_north(region):
    p = panel(region)
    for x, y in ((20.0, 20.0), (p.width_pt - 20, 30.0), (p.width_pt / 2, p.height_pt - 20)):
        angle = np.radians(north_angle(p, x, y))
        there = (x - 5.0 * np.sin(angle), y + 5.0 * np.cos(angle))
        lon, lat = p.degrees([(x, y), there])
        azimuth = Geodesic.WGS84.Inverse(lat[0], lon[0], lat[1], lon[1])["azi1"]
        assert abs(azimuth) < 0.2


def test_graticule_numbers_stand_where_their_line_meets_the_frame():
    p = panel(REGIONS[0])
    interval = draw_graticule(p, THEMES["report"])
    numbers = [t for t in p.ax.findobj(Text) if t.get_gid() == "graticule-number"]
    assert len(numbers) >= 8
    east = [t for t in numbers if t.get_text().endswith("E") and t.get_position()[1] < 0]
    assert east
    for text in east:
        value = float(text.get_text().split("°")[0])
        assert value % interval == 0
        box = text.get_window_extent()
        middle = (box.x0 + box.x1) / 2 - p.ax.bbox.x0
        lon, _ = p.degrees([(middle * 72 / 100, 0.0)])
        assert lon[0] == pytest.approx(value, abs=0.03)


def test_graticule_of_a_small_region_has_minutes():
    p = panel(REGIONS[3])
    draw_graticule(p, THEMES["report"])
    assert any("′" in t.get_text() for t in p.ax.findobj(Text))
    draw_graticule(p, THEMES["report"], labels=False)


@pytest.mark.parametrize("length", [14.0, 22.0, 30.0, 46.0, 80.0, 150.0])
@pytest.mark.parametrize("region", REGIONS[:4])
def test_numbers_of_the_scale_bar_never_touch(region, length):
    p = panel(region)
    bar = draw_scale(p, Labeller(p.width_pt, p.height_pt), THEMES["report"], corner=(0.0, 0.0), length_pt=length)
    assert bar.km[0] == 0
    assert len(bar.km) in {2, 3, 4}
    texts = [t for t in p.ax.findobj(Text) if t.get_gid() == "scale" and t.get_text()[0].isdigit()]
    assert len(texts) == len(bar.km) + len(bar.miles)
    boxes = [t.get_window_extent() for t in texts]
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            same_row = abs(one.y0 - other.y0) < 2
            assert not same_row or one.x0 >= other.x1 + 1 or other.x0 >= one.x1 + 1


def test_a_long_scale_bar_has_all_its_numbers():
    p = panel(REGIONS[0])
    bar = draw_scale(p, Labeller(p.width_pt, p.height_pt), THEMES["report"], corner=(0.0, 0.0), length_pt=180.0)
    assert [v / bar.km[-1] for v in bar.km] == [0, 0.25, 0.5, 1]


def test_a_legend_of_thirty_four_entries_is_whole_on_a4(testland, sites):
    figure = maps.sites_map(sites, date="2025-06-30")
    mark = ("marker", {"marker": "o", "size": 5.0, "face": "#000000", "edge": "#ffffff", "width": 0.5})
    names = ("Oil field", "Oil pipeline, approximate course", "Power station, by MW", "Border crossing, closed")
    figure.add_legend([LegendEntry(f"{names[i % 4]} {'xyz'[i % 3]}{i}", mark, i, 20.0 + i) for i in range(24)])
    figure.draw_margin()
    assert len(figure.legend) >= 34
    assert figure.legend_drawn == sorted(figure.legend, key=lambda e: (e.order, e.text))
    sizes = [t.get_fontsize() for t in figure.fig.findobj(Text) if t.get_gid() == "legend"]
    assert min(sizes) >= 5.0
    assert not [f for f in figure.check() if f.code in {"legend-cut", "overlap", "small-type"}]


def test_the_locator_shows_a_country_whole_unless_it_is_very_large():
    countries = gpd.GeoDataFrame(geometry=[shapely.box(22, 9, 38, 22), shapely.box(-100, 5, 170, 30)], crs="EPSG:4326")
    town = (32.0, 15.0, 33.0, 16.0)
    assert reach_of(countries.iloc[[0]], town, 4.0).tolist() == [22.0, 9.0, 38.0, 22.0]
    assert reach_of(countries.iloc[[1]], town, 4.0).tolist() == [28.0, 11.0, 37.0, 20.0]
    assert reach_of(countries, town, 4.0).tolist() == [22.0, 9.0, 38.0, 22.0]
