"""The rest: odd grids, odd layers, odd ends, each with the answer it must have."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xarray as xr

from geoops.core.errors import InputError
from geoops.core.types import Friction
from geoops.corridors import corridor, corridor_network, friction, pinch_points, reachable_within, travel_time
from geoops.corridors.assembly import graph_of
from geoops.corridors.obstacles import across, closed_gaps, connectors, grazing, nearest_on
from geoops.corridors.places import places_of
from geoops.corridors.themes import THEMES

from .conftest import Plane

PLANE = Plane()
NOTHING = dict.fromkeys(THEMES)


def frame(*geometries, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(geometries), crs=4326, index=range(len(geometries)))


def test_an_area_outside_the_grid_is_refused_and_one_that_reaches_in_is_not():
    f = PLANE.friction(np.ones((9, 9)))
    far = shapely.Point(PLANE.at(40, 40)).buffer(0.01)
    with pytest.raises(InputError, match="outside the friction grid"):
        travel_time(f, far)
    half = shapely.Polygon([PLANE.at(6.6, 6.6), PLANE.at(30, 6.6), PLANE.at(30, 30), PLANE.at(6.6, 30)])
    assert int((travel_time(f, half).values == 0).sum()) == 4


def test_a_site_with_an_extent_and_no_point_starts_from_the_extent():
    sites = frame(None, name=["Desert"])
    sites["extent"] = gpd.GeoSeries(
        [shapely.Polygon([PLANE.at(x, y) for x, y in [(1.6, 1.6), (4.4, 1.6), (4.4, 3.4)]])], crs=4326
    )
    place = places_of(graph_of(PLANE.friction(np.ones((9, 9))), 8), sites, what="sites")[0]
    assert place.area
    assert len(place.nodes) >= 1


def test_a_river_as_a_source_starts_from_every_cell_it_runs_through():
    hours = travel_time(PLANE.friction(np.full((9, 20), 3.6)), PLANE.line((2, 4), (15, 4), pieces=13))
    assert (hours.values[4, 2:16] == 0).all()
    assert (hours.values[5] > 0).all()


def test_a_corridor_may_start_from_an_area_of_one_cell_and_end_in_it():
    f = PLANE.friction(np.ones((9, 9)))
    area = shapely.Polygon([PLANE.at(x, y) for x, y in [(3.6, 3.6), (4.4, 3.6), (4.4, 4.4), (3.6, 4.4)]])
    found = corridor(f, area, area)
    assert found.hours == 0.0


def test_a_short_way_by_one_road_vertex_is_a_line():
    road = PLANE.lines(PLANE.line((3.8, 4), (4.3, 4)), pace_s_per_m=0.01)
    f = PLANE.friction(np.full((9, 9), 5.0), network=road)
    found = corridor(f, PLANE.at(3.7, 4.1), PLANE.at(5.6, 4.1))
    assert found.route.length > 0
    assert found.distance_km == pytest.approx(1.9, rel=0.35)


def test_projected_grids_in_feet_count_metres():
    size = 1000 / 0.3048006096012192  # a kilometre in US survey feet
    coords = {"y": -np.arange(3) * size, "x": 2_000_000 + np.arange(5) * size}
    pace = xr.DataArray(np.full((3, 5), 3.6), coords=coords, dims=("y", "x")).rio.write_crs("EPSG:2263")
    assert graph_of(Friction(pace), 8).lengths[3, 0] == pytest.approx(1000.0)


def test_a_stretch_of_road_along_a_wall_meets_it_once():
    roads = frame(shapely.LineString([(40, 34), (40.5, 34)]))
    walls = np.array([shapely.LineString([(40.2, 34), (40.3, 34)])], dtype=object)
    from geoops.corridors.obstacles import meeting_points

    _, points = meeting_points(roads.geometry.to_numpy(), walls)
    assert [(round(p.x, 6), p.y) for p in points] == [(40.25, 34.0)]


def test_obstacles_of_nothing_change_nothing():
    roads = frame(shapely.LineString([(40, 34), (40.5, 34)]), length_m=[46_000.0])
    none = np.array([], dtype=object)
    assert grazing(roads, none, np.array([1000.0])) is roads
    far = np.array([shapely.LineString([(50, 34), (51, 34)])], dtype=object)
    assert grazing(roads, far, np.array([1000.0])) is roads
    posts = frame(shapely.Point(50, 34))
    lines, has_road, gaps = closed_gaps(roads, far, posts, np.array([5000.0]), 2000.0)
    assert (lines is roads, has_road.tolist(), gaps) == (True, [False], 0)
    assert connectors(roads.iloc[:0], roads, np.empty(0)) == (roads, [])
    tree = shapely.STRtree(far)
    assert nearest_on(shapely.Point(40, 34), far, tree, 1000.0)[0] == -1


def test_a_link_ends_on_a_road_of_several_parts_without_a_vertex_there():
    road = frame(shapely.MultiLineString([[(40, 34), (40.5, 34)], [(40.5, 34), (41, 34.2)]]))
    link = frame(shapely.LineString([(40.2, 34.01), (40.2, 34.3)]))
    roads, found = connectors(link, road, np.array([3000.0]))
    assert len(found) == 1
    assert found[0].coords[-1] == pytest.approx((40.2, 34.0))
    assert roads.geometry.iloc[0].equals(road.geometry.iloc[0])


def test_a_line_across_is_square_to_the_wall():
    wall = shapely.LineString([(40, 34), (41, 34)])
    over = across(shapely.Point(40.5, 34.01), wall, 1500.0)
    assert over.coords[1] == pytest.approx((40.5, 34.0))
    assert over.coords[0][0] == pytest.approx(40.5, abs=1e-4)
    assert abs(over.coords[0][1] - 34.0) == pytest.approx(1500 / 110_922, rel=1e-3)


def test_boundaries_without_a_status_all_count_and_no_post_layer_is_needed():
    border = shapely.LineString([(40.503, 33.8), (40.503, 35.2)])
    f = friction((40, 34, 41, 35), cell_deg=1 / 60, layers={**NOTHING, "boundaries": frame(border)})
    assert corridor(f, (40.2, 34.5), (40.8, 34.5)).status == "no_path"


def test_without_the_catalogue_a_theme_that_is_not_there_is_said(tmp_path):
    (tmp_path / "catalog.toml").write_text(
        "[layers.none]\ntitle='t'\ngeometry='point'\nsource='s'\ndate='2020'\nlicence='l'\nattribution='a'\n"
        "publish=true\nregion=[0,0,1,1]\nuncertainty_m=0\nfiles=[]\n",
        encoding="utf-8",
    )
    f = friction((40, 34, 41, 35), cell_deg=0.1, catalog=tmp_path)
    assert f.network is None
    assert "Made without roads, rivers, water, terrain." in f.attrs["assumptions"]


def test_a_graph_lives_as_long_as_its_friction():
    import gc

    from geoops.corridors import assembly as module

    f = PLANE.friction(np.ones((4, 4)))
    made = graph_of(f, 8)
    assert graph_of(f, 8) is made
    key = (id(f), 8)
    assert key in module._KEPT
    del f
    gc.collect()
    assert key not in module._KEPT


def test_edges_between_nodes_that_have_none_are_minus_one():
    road = PLANE.lines(PLANE.line((1, 1), (3, 1), pieces=4), pace_s_per_m=0.1)
    graph = graph_of(PLANE.friction(np.ones((5, 5)), network=road), 8)
    assert graph.edge_between(int(graph.node(4, 4)), int(graph.node(3, 4))) == -1
    assert graph.edge_between(graph.cells, graph.cells + 1) >= 0
    assert graph.edge_between(graph.cells, graph.cells + 3) == -1


def test_paces_times_a_factor_are_hours_times_it():
    road = PLANE.lines(PLANE.line((1, 1), (18, 7), pieces=20), pace_s_per_m=0.1)
    graph = graph_of(PLANE.friction(np.random.default_rng(0).uniform(1, 3, (9, 20)), network=road), 32)
    seed = graph.node(np.array([2]), np.array([6]))
    one, other = graph.search(seed).seconds, graph.rescaled(2.5, np.array([2.5])).search(seed).seconds
    np.testing.assert_allclose(other, 2.5 * one, rtol=1e-9)
    assert replace(graph).bucket_s == graph.bucket_s


def test_more_cells_than_memory_allows_are_refused_before_the_work_with_a_size_that_fits(monkeypatch):
    from geoops.corridors import grids

    pages = {"SC_PHYS_PAGES": 100, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(grids.os, "sysconf", pages.__getitem__)
    pace = np.ones((200, 200))
    with pytest.raises(InputError, match=r"40,000 cells need about .* Use cells of metre=(\d+)") as error:
        graph_of(PLANE.friction(pace), 8)
    size = float(str(error.value).split("metre=")[1].split()[0])
    fits = int(200 * 1000 / size)
    graph_of(Plane(size).friction(np.ones((fits, fits))), 8)
    assert size == pytest.approx(1000 * np.sqrt(40_000 * 25 / (0.8 * 409_600)), rel=0.02)


def test_a_grid_over_the_antimeridian_has_both_sides():
    ground = xr.DataArray(
        np.full((5, 21), 0.1),
        coords={"y": -16.0 - 0.1 * np.arange(5), "x": 179.0 + 0.1 * np.arange(21)},
        dims=("y", "x"),
    )
    grid = Friction(ground.rio.write_crs(4326))
    hours = travel_time(grid, (179.5, -16.2), stencil=8)
    assert corridor(grid, (179.5, -16.2), (-179.5, -16.2), stencil=8).hours == pytest.approx(
        float(hours[2, 15]), rel=1e-12
    )
    east = shapely.box(-179.65, -16.25, -179.35, -16.15)
    np.testing.assert_array_equal(
        travel_time(grid, east).values == 0,
        travel_time(grid, shapely.transform(east, lambda xy: xy + np.array([360, 0]))).values == 0,
    )


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda g: travel_time(g, PLANE.at(1, 1), limit_h="1"), "limit_h"),
        (lambda g: corridor_network(g, [PLANE.at(1, 1), PLANE.at(3, 1)], pairs=None), "pairs must be"),
        (pinch_points, "geoops.corridor makes one"),
        (lambda _: friction((40, 35, 41, 36), cell_deg="0.1"), "cell_deg"),
        (lambda _: friction((40, 35, 41, 36), cell_deg=0.1, layers="roads"), "mapping of themes"),
        (lambda g: reachable_within(g, PLANE.at(1, 1), [PLANE.at(3, 1)], [1, 2]), "one positive number"),
        (lambda g: reachable_within(g, PLANE.at(1, 1), "terrain", 1), "is a grid"),
    ],
)
def test_arguments_that_are_none_are_refused_by_name(call, said):
    with pytest.raises(InputError, match=said):
        call(PLANE.friction(np.full((5, 5), 3.6)))


def test_features_within_reach_may_be_a_layers_name():
    grid = xr.DataArray(
        np.full((8, 8), 0.1), coords={"y": 35.6 - 0.1 * np.arange(8), "x": 40.0 + 0.1 * np.arange(8)}, dims=("y", "x")
    )
    found = reachable_within(Friction(grid.rio.write_crs(4326)), (40.1, 35.3), "bridges", 2.0)
    assert found["status"].tolist() == ["within"] * len(found)
    assert found["feature_name"].str.contains("bridge").all()


def test_the_ends_of_a_journey_between_bare_places_are_told_apart():
    found = corridor(PLANE.friction(np.full((5, 5), 3.6)), PLANE.at(0, 0), PLANE.at(4, 4))
    assert (found.origin_name, found.destination_name) == ("origin", "destination")
