"""Odd inputs on figures: what is drawn, left out or said where the ordinary case does not hold."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import rioxarray  # noqa: F401  registers the accessor
import shapely
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from tests.maps.test_corridor_map import corridor
from tests.maps.test_proximity_map import rings_of

from geoops import maps
from geoops.core.errors import InputError
from geoops.maps.canvas import Panel, describe_crs, lines_of
from geoops.maps.options import Options
from geoops.maps.proximity_figure import _summary
from geoops.maps.surfaces import on_frame

REGION = (36.0, 33.0, 46.0, 37.5)


def figure(sites, **kwargs):
    return maps.sites_map(sites, **{"date": "2024-06-01", "region": REGION, "title": "Places", **kwargs})


def texts(fig, gid):
    return [t.get_text() for t in fig.fig.findobj(Text) if t.get_gid() == gid]


def with_extent(sites, key, extent, **columns):
    sites["extent"] = sites["extent"].astype(object)
    sites.at[key, "extent"] = extent
    for column, value in columns.items():
        sites.loc[key, column] = value
    return sites


# Names of areas ---------------------------------------------------------------------------------------------------------


def test_a_compact_area_is_lettered_in_capitals_within_itself(testland, sites):
    area = shapely.box(42.2, 34.2, 44.4, 36.2)
    fig = figure(with_extent(sites, "v", area), layers=(), languages=("en", "ar"))
    letters = [t for t in fig.fig.findobj(Text) if t.get_gid() == "label-area"]
    name, local = letters
    assert name.get_text().replace("\u2009", "").replace(" ", "") == "VARAHILLS"
    assert local.get_text() == "تلال فارا"
    shape = shapely.Polygon(fig.sheets[0].panel.points(*shapely.get_coordinates(shapely.segmentize(area, 0.1)).T))
    assert all(shape.contains(shapely.Point(t.get_position())) for t in letters)


def test_a_narrow_area_is_lettered_on_two_lines(testland, sites):
    area = shapely.box(43.9, 34.0, 44.75, 35.35)
    fig = figure(with_extent(sites, "v", area), layers=(), base=("countries",))
    assert texts(fig, "label-area") == ["Vara", "Hills"]


def test_an_area_too_small_for_its_name_is_named_beside(testland, sites):
    area = shapely.box(44.45, 34.45, 44.75, 34.75)
    fig = figure(with_extent(sites, "v", area, name="Varahillsandmanymore"), layers=())
    assert texts(fig, "label-area") == []
    assert "Varahillsandmanymore" in texts(fig, "label-site")


def test_a_site_given_as_a_polygon_stands_within_it(testland):
    frame = gpd.GeoDataFrame({"name": ["Block"]}, geometry=[shapely.box(40, 35, 40.01, 35.01)], crs="EPSG:4326")
    fig = figure(frame)
    assert texts(fig, "label-site") == ["Block"]


def test_a_site_beyond_the_map_is_said(testland, sites):
    fig = figure(sites, region=(39.0, 34.5, 41.5, 36.0))
    assert any("Outside this map: Orim" in t for t in texts(fig, "margin"))


# Layers and surfaces ----------------------------------------------------------------------------------------------------


def test_symbols_without_a_known_status_count_with_those_at_work(testland, sites):
    testland["power_stations"]["status"] = ["operating", None]
    counts = {e.text: e.count for e in figure(sites).legend_drawn}
    assert counts["Power station, by MW"] == 2


def test_capacities_of_nothing_give_no_sizes(testland, sites):
    testland["power_stations"]["capacity_mw"] = np.nan
    words = {e.text for e in figure(sites).legend_drawn}
    assert "Power station" in words
    assert "Power station, by MW" not in words


def test_symbols_on_one_place_are_drawn_once_and_counted_all(testland, sites):
    own = gpd.GeoDataFrame(geometry=shapely.points([(40.5, 34.5)] * 3), crs="EPSG:4326")
    fig = figure(sites, layers={"dams": own})
    assert {e.text: e.count for e in fig.legend_drawn}["Dam"] == 3
    drawn = next(a for a in fig.ax.collections if (a.get_gid() or "").startswith("dams"))
    assert len(drawn.get_offsets()) == 1


def test_gas_and_oil_are_told_apart(testland, sites):
    lines = [shapely.LineString([(38, 34), (44, y)]) for y in (35.0, 35.5, 36.0)]
    own = gpd.GeoDataFrame(
        {"substance": ["gas", "gas", "oil"], "geometry_quality": ["schematic", "surveyed", "approximate"]}, geometry=lines, crs="EPSG:4326",
    )  # fmt: skip
    words = {e.text for e in figure(sites, layers={"pipelines": own}).legend_drawn}
    assert {"Gas pipeline, schematic course", "Gas pipeline", "Oil pipeline, approximate course"} <= words


def test_points_and_lines_beyond_the_map_are_no_entry(testland, sites):
    far = {"dams": shapely.points([(80.0, 10.0)]), "pipelines": [shapely.LineString([(80, 10), (81, 11)])]}
    words = {e.text for e in figure(sites, layers=far).legend_drawn}
    assert not [w for w in words if "Dam" in w or "ipeline" in w]


def test_one_layer_may_be_named_without_a_list_and_none_is_the_catalogues(testland, sites):
    assert figure(sites, layers="power_stations").parameters["layers"] == ["power_stations"]
    counts = {e.text: e.count for e in figure(sites, layers={"power_stations": None}).legend_drawn}
    assert counts["Power station, by MW"] == 2


def test_a_grid_of_one_cell_is_outside_everywhere():
    panel = Panel(Figure(figsize=(6, 4)), (10.0, 10.0, 120.0, 80.0), REGION)
    one = xr.DataArray([[1.0]], dims=("y", "x"), coords={"y": [35.0], "x": [40.0]}).rio.write_crs("EPSG:4326")
    xs, ys, values = on_frame(panel, one, -7.0)
    assert values.shape == (len(ys), len(xs))
    assert (values == -7.0).all()


def test_classes_of_chance_that_nothing_reaches_are_no_entry(testland):
    c = corridor()
    chance = xr.where(c.extra_h < 0.3, 0.3, 0.0).rio.write_crs("EPSG:4326")
    fig = maps.corridor_map(c, ensemble=chance, date="2024")
    assert [e.text for e in fig.legend_drawn if "draws" in e.text] == ["In the corridor in 10 % of the draws or more"]


# Canvas -----------------------------------------------------------------------------------------------------------------


def test_lines_of_collections_and_self_crossing_polygons():
    bow = shapely.Polygon([(40, 34), (42, 36), (42, 34), (40, 36)])
    panel = Panel(Figure(figsize=(6, 4)), (10.0, 10.0, 120.0, 80.0), REGION)
    shape = panel.to_frame(bow)
    assert shape.is_valid
    assert shape.area > 0
    nested = shapely.GeometryCollection(
        [shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3)]]), shapely.Point(0, 0)]
    )
    assert len(lines_of(shapely.GeometryCollection([nested, bow]))) == 3


@pytest.mark.parametrize(
    ("region", "words"),
    [((36.0, 33.0, 46.0, 37.5), "Lambert conformal conic"), ((40.0, 35.0, 41.0, 36.0), "Transverse Mercator"), ((20.0, -3.0, 40.0, 3.0), "Mercator")],
)  # fmt: skip
def test_the_projection_is_named_as_a_reader_knows_it(region, words):
    panel = Panel(Figure(figsize=(6, 4)), (10.0, 10.0, 120.0, 80.0), region)
    assert words in describe_crs(panel.crs)


def test_a_projection_of_the_caller_is_named_too():
    import pyproj

    assert "centre 0° E" in describe_crs(pyproj.CRS("+proj=eqc +lon_0=0 +datum=WGS84"))


def test_regions_that_no_map_shows():
    with pytest.raises(InputError, match="smaller than a kilometre"):
        Panel(Figure(figsize=(6, 4)), (10.0, 10.0, 120.0, 80.0), (40.0, 35.0, 40.001, 35.001))


def test_nothing_drawn_by_the_user_is_no_error(testland, sites):
    fig = figure(sites)
    fig.ax.plot([], [])
    FigureCanvasAgg(fig.fig).draw()
    assert "," in fig.ax.format_coord(40.0, 35.0)


def test_numbers_as_a_title_are_text_and_one_source_needs_no_list():
    options = Options(title=2024, sources="one source", languages=("en",))
    assert options.title == "2024"
    assert options.sources == ("one source",)


# Proximity ----------------------------------------------------------------------------------------------------------------


def test_rings_and_lines_that_are_missing_are_left_out(testland, sites, nearest_tables):
    rings = rings_of(sites, (10.0, 20.0))
    rings.loc[0, "geometry"] = None
    nearest_tables["roads"].loc[0, "geometry"] = None
    fig = maps.proximity_map(sites, nearest_tables, rings=rings, date="2024", layout="panels")
    assert texts(fig, "label-ring").count("10 km") == texts(fig, "label-ring").count("20 km") - 1
    nothing = rings.assign(site="nobody")
    bare = maps.proximity_map(sites, nearest_tables, rings=nothing, date="2024", layout="panels")
    assert not any(e.text.startswith("Within") for e in bare.legend_drawn)


def test_the_ring_of_an_area_carries_its_radius_on_its_edge(testland, sites, nearest_tables):
    hills = sites.loc[["v"]].copy()
    hills.geometry = [hills["extent"].iloc[0]]
    ring = gpd.GeoDataFrame(
        {"site": ["v"], "radius_km": [25.0]}, geometry=[hills["extent"].iloc[0].buffer(0.25)], crs="EPSG:4326"
    )
    fig = maps.proximity_map(
        hills, {n: t.assign(site="v") for n, t in nearest_tables.items()}, rings=ring, date="2024", region=REGION
    )
    (label,) = (t for t in fig.fig.findobj(Text) if t.get_gid() == "label-ring")
    box = label.get_window_extent()
    at = np.array([(box.x0 + box.x1) / 2 - fig.ax.bbox.x0, (box.y0 + box.y1) / 2 - fig.ax.bbox.y0]) * 72 / fig.fig.dpi
    edge = shapely.LineString(fig.sheets[0].panel.points(*shapely.get_coordinates(ring.geometry[0].exterior).T))
    assert edge.distance(shapely.Point(at)) < 4.0


def test_themes_without_a_distance_say_nothing_in_the_summary(nearest_tables):
    none = nearest_tables["roads"].assign(distance_km=np.nan)
    assert _summary({"roads": none}, {}) == ""
    assert "oil or gas field" in _summary({"roads": none, "oil_gas_fields": nearest_tables["oil_gas_fields"]}, {})


def test_a_theme_without_any_line_is_in_the_table_and_not_in_the_legend(testland, sites, nearest_tables):
    empty = nearest_tables["roads"].assign(geometry=[None] * 3, distance_km=np.nan)
    fig = maps.proximity_map(
        sites,
        {"oil_gas_fields": nearest_tables["oil_gas_fields"], "dams": empty},
        date="2024",
        theme="slide",
        size="slide-16x9",
    )
    words = [e.text for e in fig.legend]
    assert "To the nearest oil or gas field" in words
    assert "To the nearest dam" not in words
    assert "Dam" in texts(fig, "table")


def test_sites_that_find_no_room_in_the_table_are_a_finding(testland, nearest_tables):
    rng = np.random.default_rng(2)
    many = gpd.GeoDataFrame(
        {"name": [f"A rather long name of place {i}" for i in range(60)]}, geometry=shapely.points(rng.uniform([38, 34], [44, 37], (60, 2))), crs="EPSG:4326",
    )  # fmt: skip
    tables = {name: table.assign(site=0) for name, table in nearest_tables.items()}
    fig = maps.proximity_map(many, tables, date="2024", layout="map", layers=())
    assert "table-cut" in {f.code for f in fig.check()}
