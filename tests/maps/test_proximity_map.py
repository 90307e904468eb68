"""The proximity map: it draws the numbers it was given, at the line and in the table, and measures nothing."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rioxarray  # noqa: F401  registers the accessor
import shapely
import xarray as xr
from geographiclib.geodesic import Geodesic
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from geoops import maps
from geoops.core.errors import InputError, SchemaError
from geoops.core.geodesy import circle


def texts(fig, gid):
    return [t.get_text() for t in fig.fig.findobj(Text) if t.get_gid() == gid]


def rings_of(sites, radii=(10.0, 20.0)):
    rows = [(key, r, circle(p.x, p.y, r * 1000.0)) for key, p in sites.geometry.items() if p is not None for r in radii]
    return gpd.GeoDataFrame(
        {"site": [r[0] for r in rows], "radius_km": [r[1] for r in rows]},
        geometry=[r[2] for r in rows],
        crs="EPSG:4326",
    )


def test_panels_share_one_scale_and_say_each_distance(testland, sites, nearest_tables):
    fig = maps.proximity_map(sites, nearest_tables, rings=rings_of(sites), date="2024-06-01", languages=("en", "ar"))
    assert len(fig.sheets) == 3  # the hills are wider than a panel and stand in the table alone
    assert len({round(sheet.panel.metres_per_pt, 6) for sheet in fig.sheets}) == 1
    assert [t for t in texts(fig, "panel-title") if t[0].isdigit()] == ["1  Kalda", "2  Orim", "3  Senn camp"]
    labels = texts(fig, "label-distance")
    assert {"12 km", "9 to 15"} <= set(labels)
    table = texts(fig, "table")
    for cell in ("Distance to the nearest, km", "12", "9–15", "–", "Vara Hills", "1 Kalda"):
        assert any(cell == t or cell in t for t in table), cell
    assert fig.check() == []


def test_each_site_is_in_the_middle_of_its_panel(testland, sites, nearest_tables):
    fig = maps.proximity_map(sites, nearest_tables, date="2024")
    for sheet, point in zip(fig.sheets, list(sites.geometry)[:3], strict=True):
        x, y = sheet.panel.points(point.x, point.y)[0]
        assert abs(x - sheet.panel.width_pt / 2) < 1.0
        assert abs(y - sheet.panel.height_pt / 2) < 1.0


def test_radii_stand_on_their_rings_at_one_bearing(testland, sites, nearest_tables):
    fig = maps.proximity_map(sites, nearest_tables, rings=rings_of(sites), date="2024")
    found = 0
    for sheet, point in zip(fig.sheets, list(sites.geometry)[:3], strict=True):
        for text in sheet.panel.ax.findobj(Text):
            if text.get_gid() != "label-ring":
                continue
            box = text.get_window_extent()
            pixel = np.array(
                [(box.x0 + box.x1) / 2 - sheet.panel.ax.bbox.x0, (box.y0 + box.y1) / 2 - sheet.panel.ax.bbox.y0]
            )
            lon, lat = sheet.panel.degrees([pixel * 72 / fig.fig.dpi])
            line = Geodesic.WGS84.Inverse(point.y, point.x, lat[0], lon[0])
            assert line["s12"] / 1000 == pytest.approx(float(text.get_text().split()[0]), rel=0.08)
            assert line["azi1"] % 360 == pytest.approx(315.0, abs=6.0)
            found += 1
    assert found >= 4


def test_few_sites_share_one_map(testland, sites, nearest_tables):
    fig = maps.proximity_map(sites.iloc[:2], nearest_tables, rings=rings_of(sites.iloc[:2]), date="2024")
    assert len(fig.sheets) == 1
    assert fig.check() == []
    assert "label-distance" in {t.get_gid() for t in fig.fig.findobj(Text)}


def test_a_stacked_sheet_has_no_side_table(testland, sites, nearest_tables):
    fig = maps.proximity_map(sites, nearest_tables, date="2024", size="a4-portrait")
    assert texts(fig, "table") == []
    assert fig.sheets[0].scale is not None


def test_one_table_with_a_theme_column_is_split(testland, sites, nearest_tables):
    whole = pd.concat([t.assign(theme=name) for name, t in nearest_tables.items()])
    fig = maps.proximity_map(sites, gpd.GeoDataFrame(whole, crs="EPSG:4326"), date="2024")
    assert fig.parameters["themes"] == ["oil_gas_fields", "roads"]
    bare = maps.proximity_map(sites.iloc[:1], nearest_tables["roads"].iloc[:1], date="2024", layers=())
    assert bare.parameters["themes"] == ["feature"]


def test_a_surface_is_lines_of_equal_distance(testland, sites, nearest_tables):
    lon, lat = np.arange(37.0, 45.0, 0.05), np.arange(37.5, 32.9, -0.05)
    grid_lon, grid_lat = np.meshgrid(lon, lat)
    metres = np.hypot((grid_lon - 40) * 91_000, (grid_lat - 35) * 111_000)
    surface = xr.DataArray(metres, dims=("y", "x"), coords={"y": lat, "x": lon}).rio.write_crs("EPSG:4326")
    fig = maps.proximity_map(sites, nearest_tables, surface=surface, date="2024", region=(38.0, 33.5, 44.0, 37.0))
    assert len(fig.sheets) == 1
    levels = [float(t.split()[0]) for t in texts(fig, "label-isoline")]
    assert levels
    panel = fig.sheets[0].panel
    for text in fig.fig.findobj(Text):
        if text.get_gid() == "label-isoline":
            box = text.get_window_extent()
            at = (
                np.array([(box.x0 + box.x1) / 2 - fig.ax.bbox.x0, (box.y0 + box.y1) / 2 - fig.ax.bbox.y0])
                * 72
                / fig.fig.dpi
            )
            x, y = panel.degrees([at])
            there = np.hypot((x[0] - 40) * 91, (y[0] - 35) * 111)
            assert there == pytest.approx(float(text.get_text().split()[0]), rel=0.08, abs=3)
    flat = maps.proximity_map(sites, nearest_tables, surface=surface * 0.0, date="2024", layout="map")
    assert not any("Equal distance" in e.text for e in flat.legend)


def test_tables_without_their_columns_are_refused(testland, sites, nearest_tables):
    with pytest.raises(SchemaError, match="distance_km"):
        maps.proximity_map(sites, {"roads": nearest_tables["roads"].drop(columns="distance_km")})
    with pytest.raises(InputError, match=r"a table from geoops\.nearest"):
        maps.proximity_map(sites, 5)
    with pytest.raises(SchemaError, match="radius_km"):
        maps.proximity_map(sites, nearest_tables, rings=gpd.GeoDataFrame({"site": []}, geometry=[], crs="EPSG:4326"))
    with pytest.raises(InputError, match="layout"):
        maps.proximity_map(sites, nearest_tables, layout="spiral")
    many = gpd.GeoDataFrame(geometry=shapely.points(np.linspace(40, 44, 30), np.full(30, 35.0)), crs="EPSG:4326")
    with pytest.raises(InputError, match="30 sites in panels"):
        maps.proximity_map(many, nearest_tables, layout="panels")


def test_more_sites_than_a_page_has_panels_stand_on_one_map_with_the_locator_off_the_table(testland, nearest_tables):
    many = gpd.GeoDataFrame(
        {"name": [f"Place {n}" for n in range(30)]},
        geometry=shapely.points(np.linspace(40.1, 43.9, 30), np.full(30, 35.0)), crs="EPSG:4326",
    )  # fmt: skip
    table = gpd.GeoDataFrame(
        {"site": many.index, "feature_name": "A field", "distance_km": 12.0, "low_km": 9.0, "high_km": 15.0},
        geometry=[None] * 30, crs="EPSG:4326",
    )  # fmt: skip
    fig = maps.proximity_map(many, {"oil_gas_fields": table}, date="2024")
    assert fig.parameters["layout"] == "map"
    assert len(fig.sheets) == 1
    fig.fig.draw_without_rendering()
    locator = [a.get_window_extent() for a in fig.fig.findobj(Rectangle) if a.get_gid() == "locator"]
    cells = [t.get_window_extent() for t in fig.fig.findobj(Text) if t.get_gid() == "table"]
    assert locator
    assert cells
    assert not any(box.overlaps(cell) for box in locator for cell in cells)


def test_the_summary_has_a_number_and_the_description_every_site(testland, sites, nearest_tables):
    fig = maps.proximity_map(sites, nearest_tables, date="2024")
    assert fig.subtitle.startswith("Orim lies 8.2 km (6 to 10) from the nearest oil or gas field.")
    assert "Senn camp: oil or gas field 21 km." in fig.description


def test_every_ring_says_its_radius_whatever_lies_under_it(testland, sites, nearest_tables):
    fig = maps.proximity_map(
        sites, nearest_tables, rings=rings_of(sites, (10.0, 20.0, 40.0)), date="2024", layout="panels"
    )
    for sheet in fig.sheets:
        radii = [t.get_text() for t in sheet.panel.ax.findobj(Text) if t.get_gid() == "label-ring"]
        assert radii == ["10 km", "20 km", "40 km"]
    assert fig.check() == []


def test_radii_too_near_to_each_other_or_to_the_dot_are_left_out(testland, sites, nearest_tables):
    fig = maps.proximity_map(
        sites, nearest_tables, rings=rings_of(sites, (0.5, 39.5, 40.0)), date="2024", layout="panels"
    )
    for sheet in fig.sheets:
        assert [t.get_text() for t in sheet.panel.ax.findobj(Text) if t.get_gid() == "label-ring"] == ["39.5 km"]


def test_a_site_wider_than_a_panel_is_said_to_stand_in_the_table_alone(testland, sites, nearest_tables):
    fig = maps.proximity_map(sites, nearest_tables, rings=rings_of(sites), date="2024")
    words = " ".join(texts(fig, "table"))
    assert "Wider than a panel, and so in this table alone: Vara Hills." in words
    fits = maps.proximity_map(
        sites.iloc[:3], nearest_tables, rings=rings_of(sites.iloc[:3]), date="2024", layout="panels"
    )
    assert "Wider" not in " ".join(texts(fits, "table"))


def test_distances_keep_off_each_other_and_off_the_radii(testland, sites, nearest_tables):
    fig = maps.proximity_map(sites, nearest_tables, rings=rings_of(sites), date="2024")
    for sheet in fig.sheets:
        boxes = [label.box for label in sheet.labeller.placed if label.request.kind == "distance"]
        rings = [t.get_window_extent() for t in sheet.panel.ax.findobj(Text) if t.get_gid() == "label-ring"]
        k = 72 / fig.fig.dpi
        x0, y0 = sheet.panel.ax.bbox.x0, sheet.panel.ax.bbox.y0
        # Extents have the line's whole height: the letters stand in its middle.
        others = [
            shapely.box(
                (r.x0 - x0) * k, (r.y0 + r.height * 0.3 - y0) * k, (r.x1 - x0) * k, (r.y1 - r.height * 0.3 - y0) * k
            )
            for r in rings
        ]
        shapes = [*(shapely.box(*b) for b in boxes), *others]
        assert all(
            a.distance(b) >= 1.4 for i, a in enumerate(shapes) for b in shapes[:i] if not (a in others and b in others)
        )


def test_one_kind_of_symbol_has_one_line_in_the_legend_of_all_panels(testland, sites, nearest_tables):
    testland["power_stations"].loc[0, "capacity_mw"] = np.nan  # the only one in the first panel
    fig = maps.proximity_map(sites, nearest_tables, layers=["power_stations"], rings=rings_of(sites, (120.0,)), date="2024", layout="panels")  # fmt: skip
    words = [e.text for e in fig.legend_drawn if e.text.startswith("Power station")]
    assert words == ["Power station, by MW"]


def test_words_in_the_head_of_the_table_stand_whole(testland, sites, nearest_tables):
    tables = {**nearest_tables, "power_lines": nearest_tables["roads"], "border_crossings": nearest_tables["roads"]}
    fig = maps.proximity_map(sites, tables, date="2024")
    assert "Transmission" in " ".join(texts(fig, "table")).split()


def test_of_many_sites_the_table_alone_has_the_distances(testland, nearest_tables):
    rng = np.random.default_rng(3)
    many = gpd.GeoDataFrame(
        {"name": [f"P{i}" for i in range(24)], "uncertainty_m": 300.0}, geometry=shapely.points(rng.uniform([38, 34], [44, 37], (24, 2))), crs="EPSG:4326",
    )  # fmt: skip
    tables = {
        name: gpd.GeoDataFrame(pd.concat([t.iloc[[0]]] * 24).assign(site=many.index), crs="EPSG:4326")
        for name, t in nearest_tables.items()
    }
    fig = maps.proximity_map(many, tables, date="2024", layers=(), rings=rings_of(many, (25.0,)))
    assert texts(fig, "label-distance") == []
    assert texts(fig, "label-ring") == []
    assert any(e.text == "Within 25 km of the site" for e in fig.legend_drawn)
    assert "12" in texts(fig, "table")
    few = maps.proximity_map(
        many.iloc[:3], {n: t.iloc[:3] for n, t in tables.items()}, date="2024", layers=(), layout="map"
    )
    assert texts(few, "label-distance")
