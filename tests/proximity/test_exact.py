"""`nearest` is exact: to a millimetre against brute force on GeographicLib, whatever the layer, by either search."""

from __future__ import annotations

import geopandas as gpd
import layers as hard
import numpy as np
import oracle
import pandas as pd
import pytest
import shapely

import geoops as go
from geoops.proximity import engine, kernels, many
from geoops.proximity.many import find_points, make_tree
from geoops.proximity.search import find, make_side

MILLIMETRE_KM = 1e-6


def every_pair(sites, layer, edges):
    """Distances in metres of all sites to all features, shape (sites, features)."""
    table = go.nearest(gpd.GeoSeries(sites, crs=4326), gpd.GeoSeries(layer, crs=4326), k=len(layer), edges=edges)
    assert len(table) == len(sites) * len(layer)
    result = np.full((len(sites), len(layer)), np.nan)
    result[table["site"], table["feature"].astype(int)] = table["distance_km"] * 1000.0
    return result


@pytest.mark.parametrize("edges", ["geodesic", "planar"])
@pytest.mark.parametrize("box", hard.BOXES)
def test_points_to_anything_agree_with_brute_force(box, edges):
    rng = np.random.default_rng(11)
    place = hard.BOXES[box]
    sites = hard.points(rng, 5, place)
    layer = np.concatenate(
        [hard.points(rng, 2, place), hard.lines(rng, 3, place, 3.0), hard.lines(rng, 2, place, 0.05)]
        + ([hard.areas(rng, 3, place, 1.5), hard.slivers(rng, 1, place)] if "pole" not in box else [])
    )
    ours = every_pair(sites, layer, edges)
    truth = np.array([[oracle.distance_m(s, f, edges) for f in layer] for s in sites])
    assert np.abs(ours - truth).max() < 1e-3


@pytest.mark.parametrize("edges", ["geodesic", "planar"])
def test_lines_and_areas_to_lines_and_areas_agree_with_brute_force(edges):
    rng = np.random.default_rng(5)
    place = (40.0, 30.0, 46.0, 36.0)
    sites = np.concatenate([hard.lines(rng, 1, place, 1.0), hard.areas(rng, 1, place, 0.8)])
    across = shapely.LineString([(sites[0].coords[0][0] - 0.3, 29.5), (sites[0].coords[0][0] + 0.2, 36.5)])
    layer = np.array([*hard.lines(rng, 2, place, 1.0), *hard.areas(rng, 1, place, 0.8), across], dtype=object)
    ours = every_pair(sites, layer, edges)
    truth = np.array([[oracle.distance_m(s, f, edges) for f in layer] for s in sites])
    assert (ours == 0.0).any()
    assert np.abs(ours - truth)[truth > 0.5].max() < 1e-3
    assert ours[truth < 0.5].max() < 0.5  # the brute force comes near a crossing, not upon it


def test_points_across_the_earth_agree_with_brute_force():
    rng = np.random.default_rng(8)
    sites = hard.points(rng, 6, (-180.0, -90.0, 180.0, 90.0))
    layer = hard.lines(rng, 8, (-180.0, -80.0, 180.0, 80.0), 15.0)
    ours = every_pair(sites, layer, "geodesic")
    truth = np.array([[oracle.distance_m(s, f, "geodesic") for f in layer] for s in sites])
    assert np.abs(ours - truth).max() < 1e-3
    assert truth.max() > 1.2e7


def hostile_layer(rng, box):
    """Short, 500 km long, sliver, area, point, all in one, some empty and missing."""
    parts = [
        hard.lines(rng, 200, box, 0.05), hard.lines(rng, 20, box, 4.0), hard.points(rng, 50, box),
        hard.slivers(rng, 10, box), hard.areas(rng, 15, box, 0.7), np.array([None, shapely.Point(), shapely.LineString()]),
    ]  # fmt: skip
    layer = np.concatenate(parts)
    rng.shuffle(layer)
    return shapely.transform(layer, lambda xy: np.column_stack([xy[:, 0], np.clip(xy[:, 1], -90.0, 90.0)]))


@pytest.mark.parametrize("edges", ["geodesic", "planar"])
@pytest.mark.parametrize("box", hard.BOXES)
def test_the_compiled_search_and_the_plain_one_give_the_same(box, edges):
    rng = np.random.default_rng(3)
    west, south, east, north = hard.BOXES[box]
    layer = hostile_layer(rng, hard.BOXES[box])
    if "pole" in box:  # what a polygon in degrees means round a pole is another test's matter
        layer = np.array([g if g is None or g.geom_type != "Polygon" else g.exterior for g in layer], dtype=object)
    lon, lat = rng.uniform(west - 4, east + 4, 300), np.clip(rng.uniform(south - 4, north + 4, 300), -90.0, 90.0)
    for k, max_m in ((1, np.inf), (4, np.inf), (3, 50_000.0)):
        plain = find(make_side(shapely.points(lon, lat), edges), make_side(layer, edges), k=k, max_m=max_m)
        many = find_points(lon, lat, np.arange(len(lon)), make_tree(layer, edges), k=k, max_m=max_m)
        assert np.array_equal(plain.site, many.site)
        assert np.abs(plain.metres - many.metres).max() < 1e-5
        differ = plain.feature != many.feature  # only where two features are equally far
        assert np.abs(plain.metres - many.metres)[differ].max(initial=0.0) < 1e-5


def test_points_in_blocks_find_what_they_find_together(monkeypatch):
    rng = np.random.default_rng(6)
    layer = gpd.GeoSeries(hostile_layer(rng, hard.BOXES["middle"]), crs=4326)
    sites = gpd.GeoSeries(hard.points(rng, 250, hard.BOXES["middle"]), crs=4326)
    monkeypatch.setattr(engine, "MANY_PAIRS", 0)
    together = go.nearest(sites, layer, k=3)
    monkeypatch.setattr(many, "_BLOCK", 60)
    pd.testing.assert_frame_equal(pd.DataFrame(together), pd.DataFrame(go.nearest(sites, layer, k=3)))


def test_far_points_find_the_same_by_both_searches():
    rng = np.random.default_rng(4)
    lon, lat = rng.uniform(-180, 180, 400), np.degrees(np.arcsin(rng.uniform(-1, 1, 400)))
    layer = hard.lines(rng, 40, (30.0, 20.0, 60.0, 50.0), 2.0)
    plain = find(make_side(shapely.points(lon, lat), "geodesic"), make_side(layer, "geodesic"), k=2)
    many = find_points(lon, lat, np.arange(400), make_tree(layer, "geodesic"), k=2, max_m=np.inf)
    assert plain.metres.max() > 1.0e7
    assert np.abs(plain.metres - many.metres).max() < 1e-5


def test_many_points_take_the_compiled_search_and_keep_their_rows(monkeypatch):
    monkeypatch.setattr(engine, "MANY_PAIRS", 0)
    rng = np.random.default_rng(6)
    sites = gpd.GeoDataFrame(
        {"name": ["a", "b", "c", "d"]},
        geometry=[shapely.Point(40, 35), None, shapely.LineString([(41, 35), (42, 36)]), shapely.Point(44, 33)],
        index=[7, 3, 5, 1],
        crs=4326,
    )
    layer = gpd.GeoSeries(hard.lines(rng, 30, hard.BOXES["middle"], 0.5), crs=4326)
    compiled = go.nearest(sites, layer, k=2)
    monkeypatch.setattr(engine, "MANY_PAIRS", 10**12)
    plain = go.nearest(sites, layer, k=2)
    assert compiled.index.tolist() == plain.index.tolist() == [7, 7, 3, 5, 5, 1, 1]
    assert compiled["feature"].tolist()[3:] == plain["feature"].tolist()[3:]
    assert np.nanmax(np.abs(compiled["distance_km"] - plain["distance_km"])) < MILLIMETRE_KM
    assert np.nanmax(np.abs(compiled["bearing_deg"] - plain["bearing_deg"])) < 1e-5


def test_a_long_geodesic_is_not_taken_for_a_chord_in_degrees():
    """Along the 60th parallel, 40 degrees wide: the geodesic passes two degrees north of the chord."""
    line = gpd.GeoSeries([shapely.LineString([(0, 60), (40, 60)])], crs=4326)
    site = [(20.0, 61.5)]
    geodesic = go.nearest(site, line)["distance_km"].iloc[0]
    planar = go.nearest(site, line, edges="planar")["distance_km"].iloc[0]
    # 1.5 degrees of latitude at 61 N; the geodesic's crest lies at 61.5 N.
    assert abs(planar - oracle.inverse_m(20, 60, 20, 61.5) / 1e3) < MILLIMETRE_KM
    assert abs(geodesic - oracle.point_distance_m((20.0, 61.5), line[0], "geodesic") / 1e3) < MILLIMETRE_KM
    assert planar - geodesic > 100.0


def test_planar_edges_go_the_long_way_in_degrees_and_geodesics_the_short_way():
    line = gpd.GeoSeries([shapely.LineString([(179, 0), (-179, 0)])], crs=4326)
    assert go.nearest([(0.0, 1.0)], line, edges="planar")["distance_km"].iloc[0] < 111.0
    assert go.nearest([(180.0, 0.0)], line)["distance_km"].iloc[0] < 1e-6
    assert go.nearest([(0.0, 1.0)], line)["distance_km"].iloc[0] > 19_000.0


def test_an_area_over_the_antimeridian_holds_what_lies_in_it():
    area = gpd.GeoSeries([shapely.Polygon([(178, -2), (-178, -2), (-178, 2), (178, 2)])], crs=4326)
    inside = go.nearest([(180.0, 0.0), (-179.0, 1.0), (179.0, -1.0)], area)
    assert inside["distance_km"].tolist() == [0.0, 0.0, 0.0]
    outside = go.nearest([(177.0, 0.0), (-177.0, 0.0), (0.0, 0.0)], area)["distance_km"]
    assert outside.min() > 100.0


@pytest.mark.parametrize("sign", [1, -1])
def test_a_ring_round_a_pole_holds_the_pole(sign):
    ring = shapely.Polygon([(lon, sign * 70.0) for lon in range(-180, 180, 30)])
    table = go.nearest([(10.0, sign * 90.0), (33.0, sign * 80.0), (33.0, sign * 60.0), (0.0, 0.0)], [ring])
    assert (table["distance_km"].iloc[:2] == 0.0).all()
    assert (table["distance_km"].iloc[2:] > 900.0).all()
    closed = shapely.Polygon(
        [*[(lon, sign * 70.0) for lon in range(-180, 181, 30)], (180, sign * 90), (-180, sign * 90)]
    )
    table = go.nearest([(10.0, sign * 90.0), (33.0, sign * 80.0), (33.0, sign * 60.0), (180.0, sign * 80.0)], [closed])
    assert (table["distance_km"].iloc[[0, 1, 3]] == 0.0).all()
    assert table["distance_km"].iloc[2] > 900.0


def test_lines_through_the_pole_are_found_from_everywhere():
    line = gpd.GeoSeries([shapely.LineString([(0, 80), (180, 80)])], crs=4326)  # a geodesic over the pole
    table = go.nearest([(90.0, 89.0), (45.0, 89.9), (0.0, 90.0)], line)
    truth = [oracle.point_distance_m(p, line[0], "geodesic") / 1e3 for p in ((90.0, 89.0), (45.0, 89.9), (0.0, 90.0))]
    assert np.abs(table["distance_km"].to_numpy() - truth).max() < MILLIMETRE_KM


def test_the_kernels_as_plain_python_give_what_they_give_compiled(monkeypatch):
    """What coverage can see of the kernels, and that compiling changes nothing."""
    rng = np.random.default_rng(9)
    layer = hostile_layer(rng, hard.BOXES["middle"])[:120]
    lon, lat = np.append(rng.uniform(34, 50, 25), -120.0), np.append(rng.uniform(28, 39, 25), 10.0)
    lon[:2], lat[:2] = 40.0, 33.0
    compiled = find_points(lon, lat, np.arange(26), make_tree(layer, "geodesic"), k=3, max_m=np.inf)
    for name in ("_arc", "_foot", "_box_gap2", "nearest_pieces", "count_near", "fill_near"):
        monkeypatch.setattr(kernels, name, getattr(kernels, name).py_func)
    plain = find_points(lon, lat, np.arange(26), make_tree(layer, "geodesic"), k=3, max_m=np.inf)
    assert np.array_equal(compiled.feature, plain.feature)
    assert np.abs(compiled.metres - plain.metres).max() < 1e-8


def test_where_no_disk_may_be_written_kernels_are_compiled_all_the_same(monkeypatch):
    import numba

    def no_cache(**options):
        if options.pop("cache", False):
            raise RuntimeError("no locator available")
        return lambda function: function

    monkeypatch.setattr(numba, "njit", no_cache)
    assert kernels._compiled(len)([1, 2]) == 2
