"""The corridor map: bands whose edges can be read off, badges that cover nothing, and what it is said beside it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import rioxarray  # noqa: F401  registers the accessor
import shapely
import xarray as xr
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text

from geoops import maps
from geoops.core.errors import InputError
from geoops.core.types import Corridor

A, B = (38.0, 35.0), (44.0, 35.0)


def corridor(a=A, b=B, hours=6.0, slack=0.2, **kwargs):
    """A journey along a parallel whose extra time grows with the distance from it: 10 % of the hours a quarter degree."""
    lon, lat = np.arange(36.5, 45.5, 0.02), np.arange(37.0, 33.0, -0.02)
    grid_lon, grid_lat = np.meshgrid(lon, lat)
    off = np.abs(grid_lat - a[1]) + np.maximum(0, a[0] - grid_lon) + np.maximum(0, grid_lon - b[0])
    extra = np.where(off * 0.4 <= slack, off * 0.4 * hours, np.nan)
    grid = xr.DataArray(extra, dims=("y", "x"), coords={"y": lat, "x": lon}).rio.write_crs("EPSG:4326")
    route = shapely.LineString([a, b])
    values = {
        "origin_name": "Kalda", "destination_name": "Orim", "hours": hours, "distance_km": 546.0, "slack": slack, "extra_h": grid,
        "polygon": shapely.MultiPolygon([route.buffer(slack * 2.5)]), "route": route, "road_share": 0.82, "hours_low": hours - 0.5,
        "hours_high": hours + 0.7, "mode": "vehicle",
        "crossings": gpd.GeoDataFrame({"name": ["Gate"], "country_a": ["WL"], "country_b": ["EL"], "km": [273.0]}, geometry=[shapely.Point(41.0, 35.0)], crs="EPSG:4326"),
        "attrs": {"friction": {"assumptions": ["Off the roads 15 km/h", "No waiting at borders."]}},
    }  # fmt: skip
    return Corridor(**{**values, **kwargs})


def no_way():
    empty = corridor()
    return corridor(hours=float("inf"), distance_km=float("nan"), route=shapely.LineString(), polygon=shapely.MultiPolygon(), status="no_path",
                    reason="the river has no bridge", crossings=None, extra_h=empty.extra_h * np.nan, origin_name="Senn", destination_name="Vara")  # fmt: skip


def texts(fig, gid):
    return [t.get_text() for t in fig.fig.findobj(Text) if t.get_gid() == gid]


def test_each_band_ends_where_the_journey_is_that_much_longer(testland):
    fig = maps.corridor_map(corridor(), date="2024-06-01")
    panel = fig.sheets[0].panel
    edges = {a.get_gid(): a for a in fig.ax.findobj(LineCollection) if (a.get_gid() or "").startswith("band-edge")}
    assert set(edges) == {"band-edge-0.02", "band-edge-0.05", "band-edge-0.1", "band-edge-0.2"}
    for gid, artist in edges.items():
        share = float(gid.rsplit("-", 1)[1])
        points = np.vstack(artist.get_segments())
        lon, lat = panel.degrees(points)
        middle = (lon > 39) & (lon < 43)
        assert np.abs(np.abs(lat[middle] - 35.0) - share / 0.4).max() < 0.025


def test_the_legend_names_the_bands_and_the_route(testland):
    fig = maps.corridor_map(corridor(slack=0.1), date="2024")
    words = [e.text for e in fig.legend_drawn]
    assert [w for w in words if w.startswith("Journey")] == [
        f"Journey up to {p} % longer than the fastest" for p in (2, 5, 10)
    ]
    assert "Fastest way, with hours and kilometres (1)" in texts(fig, "legend")
    assert fig.check() == []


def test_what_it_is_and_what_it_assumes_stands_beside_it(testland):
    fig = maps.corridor_map([corridor(), no_way()], date="2024")
    margin = " ".join(texts(fig, "margin") + texts(fig, "table"))
    for words in (
        "Modelled ease of travel, not observed movement.",
        "Off the roads 15 km/h.",
        "No waiting at borders.",
        "across Gate",
        "82 %",
        "no way: the river has no bridge",
    ):
        assert words in margin, words
    assert "6.0 h" in margin
    assert "5.5 to 6.7" in margin
    assert "Modelled ease of travel" in fig.subtitle
    assert "Senn to Vara: no way (the river has no bridge)." in fig.description


def test_badges_cover_no_label_no_site_and_no_crossing(testland):
    fig = maps.corridor_map(
        [corridor(), corridor((38.0, 36.0), (43.5, 36.0), hours=5.0, origin_name="Nord")], date="2024"
    )
    badges = [p for p in fig.ax.findobj(FancyBboxPatch) if p.get_gid() == "badge"]
    assert len(badges) == 2
    assert sorted(texts(fig, "label-badge")) == ["5.0 h · 546 km", "6.0 h · 546 km"]
    shapes = [p.get_window_extent() for p in badges]
    assert not shapes[0].overlaps(shapes[1])
    others = [
        t.get_window_extent()
        for t in fig.ax.findobj(Text)
        if (t.get_gid() or "").startswith("label-") and t.get_gid() != "label-badge"
    ]
    assert len(others) > 5
    for badge in shapes:
        x0, y0 = badge.x0 + 1, badge.y0 + 1
        inner = type(badge)([[x0, y0], [badge.x1 - 1, badge.y1 - 1]])
        for box in others:
            tight = type(badge)([[box.x0, box.y0 + box.height * 0.25], [box.x1, box.y1 - box.height * 0.2]])
            assert not inner.overlaps(tight)
    assert texts(fig, "label-crossing") == ["Gate"]


def test_an_ensemble_is_drawn_in_classes_of_chance(testland):
    c = corridor()
    chance = (1.0 - c.extra_h / 1.2).fillna(0.0).rio.write_crs("EPSG:4326")
    fig = maps.corridor_map(c, ensemble=chance, date="2024")
    assert [e.text for e in fig.legend_drawn if "draws" in e.text] == [
        f"In the corridor in {p} % of the draws or more" for p in (90, 50, 10)
    ]
    # In place of the bands: both at once hide the map.
    assert not any(e.text.startswith("Journey") for e in fig.legend_drawn)
    assert "every way up to" in " ".join(t.get_text() for t in fig.fig.findobj(Text))
    drawn = maps.corridor_map(c, ensemble=chance.assign_attrs(draws=60), date="2024").legend_drawn
    assert "In the corridor in 90 % or more of 60 draws of the speeds" in [e.text for e in drawn]


def test_only_journeys_without_a_way_still_make_a_figure(testland, sites):
    fig = maps.corridor_map(no_way(), sites=sites, date="2024")
    assert fig.subtitle.startswith("No way was found.")
    with pytest.raises(InputError, match="no region to show"):
        maps.corridor_map(no_way(), date="2024")


def test_a_journey_from_a_place_to_itself_still_makes_a_figure(testland):
    there = corridor(hours=0.0, distance_km=0.0, route=shapely.LineString([A, A]))
    fig = maps.corridor_map(there, date="2024", languages="en")
    assert fig.options.languages == ("en",)
    fig.fig.canvas.draw()


def test_a_small_sheet_says_it_in_words(testland):
    fig = maps.corridor_map(corridor(), date="2024", size="square", title="Way")
    assert any("across Gate" in t for t in texts(fig, "margin"))
    assert texts(fig, "table") == []


def test_things_that_are_no_corridors(testland):
    with pytest.raises(InputError, match="an empty list"):
        maps.corridor_map([])
    with pytest.raises(InputError, match="str came"):
        maps.corridor_map(["way"])
    with pytest.raises(InputError, match="int came"):
        maps.corridor_map(7)


def test_titles_say_from_where(testland):
    assert maps.corridor_map(corridor(), date="2024").title == "Fastest way from Kalda to Orim"
    two = maps.corridor_map(
        [corridor(), corridor(origin_name="Nord", hours=0.6, hours_low=0.4, hours_high=0.8)], date="2024"
    )
    assert two.title == "Fastest ways from Kalda and Nord"
    assert "24 to 48" in " ".join(texts(two, "table"))


def pinch_table(**columns):
    """Three places on the journey: a bridge, one without a name and no way round, and one whose closing costs nothing."""
    values = {"name": ["Long Bridge", None, "Side road"], "kind": ["bridge", "narrow", "narrow"], "km": [90.0, 270.0, 400.0],
              "width_km": [3.0, 4.0, 9.0], "extra_h_if_closed": [2.5, np.inf, 0.0], **columns}  # fmt: skip
    return gpd.GeoDataFrame(
        values, geometry=shapely.points([(39.0, 35.0), (41.0, 35.0), (42.5, 35.0)]), crs="EPSG:4326"
    )


def test_pinch_points_say_what_closing_them_costs(testland):
    fig = maps.corridor_map(corridor(), pinch_points=pinch_table(), date="2024-06-01")
    assert set(texts(fig, "label-pinch")) == {"Long Bridge", "+2.5 h", "no other way"}
    signs = [a for a in fig.ax.get_children() if a.get_gid() == "pinch-point"]
    assert len([a for a in signs if a.get_facecolor() == to_rgba(fig.theme.route)]) == 2  # an hourglass each
    assert len(signs) == 2 + 3  # one with its rim; the one at the border in the ring of a passage, with the ring's rim
    (entry,) = [e for e in fig.legend_drawn if e.text.startswith("Pinch point")]
    assert entry.count == 2
    assert texts(fig, "label-crossing") == []  # the gate is the pinch point, and is named once
    assert not [f for f in fig.check() if f.code in {"overlap", "label-lost"}]


def test_no_pinch_points_no_legend_and_what_is_none_is_refused(testland):
    fig = maps.corridor_map(corridor(), pinch_points=pinch_table(extra_h_if_closed=[np.nan] * 3), date="2024-06-01")
    assert not [e for e in fig.legend_drawn if e.text.startswith("Pinch point")]
    with pytest.raises(InputError, match="extra_h_if_closed"):
        maps.corridor_map(corridor(), pinch_points=gpd.GeoDataFrame({"name": ["A"]}, geometry=[shapely.Point(1, 1)]))
    with pytest.raises(InputError, match="pinch_points"):
        maps.corridor_map(corridor(), pinch_points=3)


def test_an_arabic_corridor_figure_calls_its_ends_by_their_arabic_names(testland, sites):
    fig = maps.corridor_map(
        corridor(), sites=sites.iloc[:2], pinch_points=pinch_table(), date="2024", languages=("ar",)
    )
    assert fig.title == "أسرع طريق من كلدا إلى أوريم"
    assert "كلدا إلى أوريم" in fig.subtitle
    assert any("كلدا إلى أوريم" in text for text in texts(fig, "table"))
    assert "Kalda" not in f"{fig.title} {fig.subtitle} {texts(fig, 'table')}"
    assert fig.words.missing <= {"No waiting at borders.", "Off the roads 15 km/h."}  # the invented assumptions


def test_panels_show_assumptions_side_by_side_at_one_scale(testland):
    both = {"Open crossings only": corridor(hours=7.0), "Borders passed anywhere": [corridor(hours=6.0)]}
    fig = maps.corridor_map(both, date="2024-06-01")
    one, two = (sheet.panel for sheet in fig.sheets[:2])
    assert one.shown == pytest.approx(two.shown)
    assert (one.width_pt, one.height_pt) == pytest.approx((two.width_pt, two.height_pt))
    assert texts(fig, "panel-title") == ["1  Open crossings only", "2  Borders passed anywhere"]
    hours = [label.split(" · ")[0] for label in texts(fig, "label-badge")]
    assert hours == ["7.0 h", "6.0 h"]
    assert not any(entry.count for entry in fig.legend)  # nothing is counted once a panel
    assert fig.parameters["panels"] == list(both)
    assert not fig.check()


def test_panels_stand_under_each_other_where_that_leaves_them_larger(testland):
    fig = maps.corridor_map({"A": corridor(), "B": no_way()}, size="a4-portrait", date="2024-06-01")
    assert texts(fig, "panel-title") == ["1  A", "2  B"]
    one, two = (sheet.panel.rect_mm for sheet in fig.sheets[:2])
    assert one[0] == two[0]
    assert one[1] > two[1] + two[3]


def test_panels_that_are_none_are_refused(testland):
    with pytest.raises(InputError, match="one to 4 fit"):
        maps.corridor_map({})
    with pytest.raises(InputError, match="ensemble"):
        maps.corridor_map({"A": corridor()}, ensemble=corridor().extra_h)
    with pytest.raises(InputError, match="expected one Corridor"):
        maps.corridor_map({"A": []})


def test_crossings_on_an_arabic_figure_are_called_as_their_layer_calls_them(testland):
    testland["border_crossings"]["name_local"] = ["البوابة", None]
    fig = maps.corridor_map(corridor(), date="2024-06-01", languages=("ar",))
    latin = maps.corridor_map(corridor(), date="2024-06-01")
    assert [t for t in texts(fig, "label-crossing") if t] == ["البوابة"]
    assert [t for t in texts(latin, "label-crossing") if t] == ["Gate"]
    assert any("البوابة" in t for t in texts(fig, "table"))
    assert "bridges" not in fig.manifest["layers_not_found"]  # which nobody asked for
