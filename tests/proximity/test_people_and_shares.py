"""Shares of an area, weights with bounds, and people: of places, and of a grid."""

from __future__ import annotations

import geopandas as gpd
import layers as hard
import numpy as np
import oracle
import pytest
import shapely
import xarray as xr
from geographiclib.geodesic import Geodesic

import geoops as go
from geoops.core.errors import CrsError, InputError, SchemaError
from geoops.proximity.cutting import cut_to

SITE = [(40.0, 35.0)]


def bisected(at, inside):
    """The share of the way at which a walker enters, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if inside(at(middle)) else (middle, high)
    return high


def grid_of(people, lon, lat, crs=4326):
    grid = xr.DataArray(people, dims=("y", "x"), coords={"y": lat, "x": lon}, name="people")
    import rioxarray  # noqa: F401

    return grid.rio.write_crs(crs)


# Shares of an area


@pytest.mark.parametrize("edges", ["geodesic", "planar"])
def test_of_the_governorate_s_pipelines_a_share_lies_within(edges):
    """A line that enters the area at 40 E: what is counted and what it is a share of begin there."""
    line = ((39.0, 35.0), (41.0, 35.4))
    governorate = shapely.box(40.0, 34.0, 42.0, 36.0)
    at = oracle.walker(*line, edges)
    entered = bisected(at, lambda place: place[0] >= 40.0)
    total = oracle.inverse_m(*at(entered), *line[1]) / 1e3
    layer = gpd.GeoSeries(
        [shapely.LineString(line), shapely.LineString([(30, 30), (31, 30)])], crs=4326, index=["in", "out"]
    )
    row = go.within([at(entered)], layer, [25, 500], of=governorate, edges=edges)
    assert row.attrs["totals"]["length_km"] == pytest.approx(total, abs=2e-3)
    assert row["length_km"].iloc[0] == pytest.approx(25.0, abs=5e-3)
    assert row["length_share"].tolist() == pytest.approx([25.0 / total, 1.0], abs=1e-4)
    assert row["count"].tolist() == [1, 1]
    assert go.within([at(entered)], layer, 25, edges=edges)["length_km"].iloc[0] == pytest.approx(50.0, abs=5e-3)


def test_areas_points_and_collections_are_cut_and_labels_kept():
    area = gpd.GeoSeries([shapely.box(40, 34, 41, 36), shapely.box(41, 34, 42, 36)], crs=4326)  # two count as one
    layer = gpd.GeoDataFrame(
        {"name": list("abcdef")},
        geometry=[
            shapely.box(39, 34.5, 40.5, 35.5), shapely.Point(41, 35), shapely.Point(43, 35),
            shapely.GeometryCollection([shapely.LineString([(39.5, 35), (40.5, 35)]), shapely.Point(41.5, 35), shapely.Point(50, 0)]),
            None, shapely.Point(),
        ],
        index=[7, 3, 5, 1, 8, 9],
        crs=4326,
    )  # fmt: skip
    kept = cut_to(layer, area.to_crs(32638), "planar")
    assert kept.index.tolist() == [7, 3, 1, 9]
    assert kept["name"].tolist() == ["a", "b", "d", "f"]
    assert kept.geometry[7].bounds == pytest.approx((40, 34.5, 40.5, 35.5), abs=1e-6)
    assert {g.geom_type for g in kept.geometry[1].geoms} == {"LineString", "Point"}
    assert kept.geometry[1].bounds == pytest.approx((40, 35, 41.5, 35), abs=1e-6)
    polygon = Geodesic.WGS84.Polygon()
    for lon, lat in [(40, 34.5), (40.5, 34.5), (40.5, 35.5), (40, 35.5)]:
        polygon.AddPoint(lat, lon)
    total = go.within(SITE, layer.iloc[:1], 10, of=area).attrs["totals"]["area_km2"]
    assert total == pytest.approx(abs(polygon.Compute()[2]) / 1e6, rel=1e-3)


def test_points_beside_a_long_border_fall_on_the_side_of_its_geodesic():
    area = shapely.Polygon([(0, 50), (40, 50), (40, 60), (0, 60)])
    crest = oracle.walker((0.0, 60.0), (40.0, 60.0), "geodesic")(0.5)[1]
    layer = gpd.GeoDataFrame(geometry=gpd.points_from_xy([20.0, 20.0], [crest - 0.001, crest + 0.001]), crs=4326)
    assert cut_to(layer, area, "geodesic").index.tolist() == [0]
    assert len(cut_to(layer, area, "planar")) == 0
    lines = gpd.GeoDataFrame(geometry=[shapely.LineString([(20.0, 59.0), (20.0, 63.0)])], crs=4326)
    assert cut_to(lines, area, "geodesic").geometry[0].bounds[3] == pytest.approx(crest, abs=1e-5)


def test_an_area_over_the_antimeridian_cuts_lines_on_either_turn():
    area = shapely.Polygon([(178, -2), (-178, -2), (-178, 2), (178, 2)])
    line = shapely.LineString([(177.0, 0.0), (-177.0, 0.0)])
    west = shapely.LineString([(-179.0, 1.0), (-177.0, 1.0)])
    east = shapely.LineString([(181.0, 1.0), (183.0, 1.0)])  # the same, told on another turn
    layer = gpd.GeoSeries([line, west, east], crs=4326)
    lengths = [go.within([(180.0, 0.0)], layer.iloc[[i]], 900, of=area)["length_km"].iloc[0] for i in range(3)]
    degree = oracle.inverse_m(0, 0, 1, 0) / 1e3
    assert lengths[0] == pytest.approx(4 * degree, abs=1e-3)
    assert lengths[1] == pytest.approx(degree, rel=1e-3)
    assert lengths[2] == pytest.approx(lengths[1], abs=1e-6)


def test_a_layer_without_a_part_in_the_area_is_empty_there():
    row = go.within(SITE, gpd.GeoSeries([shapely.Point(40, 35)], crs=4326), 10, of=shapely.box(0, 0, 1, 1)).iloc[0]
    assert row["status"] == "empty_layer"
    assert row["count"] == 0
    assert np.isnan(row["count_share"])


def test_an_area_that_is_none_is_refused():
    with pytest.raises(InputError, match=r"of: expected the polygon.*LineString"):
        go.within(SITE, SITE, 10, of=shapely.LineString([(0, 0), (1, 1)]))
    with pytest.raises(InputError, match="nothing came"):
        go.within(SITE, SITE, 10, of=gpd.GeoSeries([None], crs=4326))


# Weights


def test_several_weights_are_summed_and_bounded():
    steps = [oracle.WGS84.Direct(35, 40, 90, metres) for metres in (5_000, 19_000, 22_000, 60_000)]
    layer = gpd.GeoDataFrame(
        {"mw": [10.0, 20.0, 40.0, 80.0], "people": [1, 2, 4, None], "uncertainty_m": [0.0, 2_000.0, 3_000.0, 0.0]},
        geometry=gpd.points_from_xy([s["lon2"] for s in steps], [s["lat2"] for s in steps]), crs=4326,
    )  # fmt: skip
    row = go.within(SITE, layer, 20, weight=["mw", "people"]).iloc[0]
    assert (row["mw_sum_sure"], row["mw_sum"], row["mw_sum_possible"]) == (10.0, 30.0, 70.0)
    assert (row["people_sum_sure"], row["people_sum"], row["people_sum_possible"]) == (1.0, 3.0, 7.0)
    assert row["mw_share"] == pytest.approx(0.2)
    assert row["people_share"] == pytest.approx(3 / 7)


# People


def test_people_of_places_are_those_of_the_places_whose_point_lies_within():
    steps = [oracle.WGS84.Direct(35, 40, 90, metres) for metres in (1_000, 9_000, 11_000)]
    places = gpd.GeoDataFrame(
        {"population": [1000.0, None, 300.0], "uncertainty_m": [0.0, 0.0, 2_000.0]},
        geometry=gpd.points_from_xy([s["lon2"] for s in steps], [s["lat2"] for s in steps]), crs=4326,
    )  # fmt: skip
    table = go.within([(40.0, 35.0), (0.0, 0.0)], SITE, 10, people=places)
    assert table["people_places"].tolist() == [1000.0, 0.0]
    assert table["people_places_possible"].tolist() == [1300.0, 0.0]
    assert table["people_places_sure"].tolist() == [1000.0, 0.0]
    assert "2 of 3 state one" in table.attrs["people"]["people_places"]


def test_people_of_the_embedded_places_are_said_to_be_theirs():
    table = go.within([(44.39, 33.34)], SITE, 30, people="places")
    assert table["people_places"].iloc[0] > 5_000_000  # Baghdad
    assert "laces" in table.attrs["people"]["people_places"]


@pytest.mark.parametrize("radius_km", [7.0, 40.0])
def test_an_even_grid_gives_the_area_of_the_ring(radius_km):
    """One person a square kilometre: as many people as the geodesic disc has square kilometres."""
    lon, lat = np.arange(39.0, 41.0, 1 / 120) + 1 / 240, np.arange(36.0, 34.0, -1 / 120) - 1 / 240
    along = np.array([oracle.inverse_m(40, y - 1 / 240, 40, y + 1 / 240) for y in lat]) / 1e3
    across = np.array([oracle.inverse_m(40, y, 40 + 1 / 120, y) for y in lat]) / 1e3
    grid = grid_of(np.repeat((along * across)[:, None], len(lon), axis=1), lon, lat)
    row = go.within(SITE, SITE, radius_km, people=grid).iloc[0]
    flat = np.pi * radius_km**2 * (1 - (radius_km / 6371.0) ** 2 / 12)
    assert row["people_grid"] == pytest.approx(flat, rel=1e-3)
    assert row["people_grid_sure"] == row["people_grid"] == row["people_grid_possible"]
    assert go.within(SITE, SITE, radius_km, people=grid.sortby("y"))["people_grid"].iloc[0] == row["people_grid"]


def test_cells_are_counted_by_their_share_within():
    """Against sixteen hundred parts a cell, each measured by GeographicLib."""
    rng = np.random.default_rng(0)
    lon, lat = np.array([39.95, 40.05, 40.15]), np.array([35.1, 35.0])
    people = rng.uniform(10, 100, (2, 3))
    people[0, 0] = np.nan
    row = go.within([(40.02, 35.03)], SITE, 9, people=grid_of(people, lon, lat)).iloc[0]
    steps = (np.arange(40) + 0.5) / 400 - 0.05
    truth = 0.0
    for y, values in zip(lat, people, strict=True):
        for x, value in zip(lon, values, strict=True):
            inside = [oracle.inverse_m(40.02, 35.03, x + a, y + b) <= 9_000 for a in steps for b in steps]
            truth += 0.0 if np.isnan(value) else value * np.mean(inside)
    assert row["people_grid"] == pytest.approx(truth, rel=0.02)


def test_people_round_uncertain_sites_and_extents_are_bounded():
    lon, lat = np.arange(39.0, 41.0, 0.01), np.arange(36.0, 34.0, -0.01)
    grid = grid_of(np.ones((len(lat), len(lon))), lon, lat)
    site = gpd.GeoDataFrame({"uncertainty_m": [4_000.0]}, geometry=gpd.points_from_xy([40], [35]), crs=4326)
    row = go.within(site, SITE, 10, people=grid).iloc[0]
    sharp = go.within(SITE, SITE, [6, 10, 14], people=grid)["people_grid"]
    assert [row["people_grid_sure"], row["people_grid"], row["people_grid_possible"]] == pytest.approx(sharp.tolist())
    near = go.within(site.assign(uncertainty_m=20_000.0), SITE, 10, people=grid).iloc[0]
    assert near["people_grid_sure"] == 0.0
    site["extent"] = gpd.GeoSeries([shapely.box(39.5, 34.8, 40.5, 35.2)], crs=4326)
    row = go.within(site, SITE, 0.001, people=grid).iloc[0]
    assert row["people_grid"] == pytest.approx(100 * 40, rel=0.02)
    assert row["people_grid_sure"] == 0.0


EXTENTS = {
    "a box": shapely.box(39.9, 34.95, 40.1, 35.05),
    "a line": shapely.LineString([(39.85, 35.0), (40.0, 35.1), (40.12, 34.95)]),
    "two parts": shapely.MultiPolygon([shapely.box(39.9, 34.9, 39.95, 34.95), shapely.box(40.05, 35.0, 40.1, 35.1)]),
}


@pytest.mark.parametrize("name", EXTENTS)
def test_people_surely_near_an_extent_are_those_within_the_radius_of_all_of_it(name):
    """Cells by GeographicLib: all of the extent's edges, walked in three steps, lie within the radius of each."""
    extent, radius_m = EXTENTS[name], 25_000.0
    site = gpd.GeoDataFrame({"name": ["somewhere"]}, geometry=gpd.points_from_xy([40], [35]), crs=4326)
    site["extent"] = gpd.GeoSeries([extent], crs=4326)
    lon, lat = np.arange(39.7, 40.3, 0.05), np.arange(35.3, 34.7, -0.05)
    people = np.random.default_rng(4).uniform(1.0, 9.0, (len(lat), len(lon)))
    row = go.within(site, SITE, radius_m / 1e3, people=grid_of(people, lon, lat)).iloc[0]
    walk = [oracle.walker(a, b, "geodesic")(t) for a, b in oracle.edges_of(extent) for t in np.linspace(0, 1, 4)]
    parts = (np.arange(8) + 0.5) / 8 * 0.05 - 0.025
    truth = 0.0
    for y, values in zip(lat, people, strict=True):
        for x, value in zip(lon, values, strict=True):
            rough = max(oracle.inverse_m(x, y, *place) for place in walk)
            if rough > radius_m + 4_000.0:
                continue
            inside = [max(oracle.inverse_m(x + a, y + b, *place) for place in walk) <= radius_m
                      for a in parts for b in parts] if rough > radius_m - 4_000.0 else [True]  # fmt: skip
            truth += value * np.mean(inside)
    assert truth > 0.0
    assert row["people_grid_sure"] == pytest.approx(truth, rel=1e-9)
    assert row["people_grid_sure"] < row["people_grid"]


def test_an_extent_over_the_antimeridian_has_people_surely_near():
    site = gpd.GeoDataFrame({"name": ["islands"]}, geometry=gpd.points_from_xy([180], [10]), crs=4326)
    site["extent"] = gpd.GeoSeries([shapely.LineString([(179.9, 10.0), (180.1, 10.0)])], crs=4326)
    lon, lat = np.arange(-179.95, 180.0, 0.1), np.arange(12.95, 7.0, -0.1)
    people = np.zeros((len(lat), len(lon)))
    people[np.ix_(np.abs(lat - 10.0) < 0.06, np.abs(lon) > 179.9)] = 1.0
    row = go.within(site, SITE, [10.0, 30.0], people=grid_of(people, lon, lat))
    assert row["people_grid_sure"].tolist() == [0.0, 4.0]


@pytest.mark.parametrize(("site", "cells"), [((180.0, 10.0), 4), ((0.0, 89.95), 3600)])
def test_grids_are_counted_over_the_antimeridian_and_a_pole(site, cells):
    """A world of 0.1 degrees with people at the corner by the date line, and round the pole."""
    lon, lat = np.arange(-179.95, 180.0, 0.1), np.arange(89.95, -90.0, -0.1)
    people = np.zeros((len(lat), len(lon)))
    people[np.ix_(np.abs(lat - 10.0) < 0.06, np.abs(lon) > 179.9)] = 1.0
    people[0] = 1.0
    row = go.within([site], SITE, 20, people=grid_of(people, lon, lat)).iloc[0]
    assert row["people_grid"] == cells


def test_a_raster_file_and_places_are_two_statements(tmp_path):
    lon, lat = np.arange(39.0, 41.0, 0.1), np.arange(36.0, 34.0, -0.1)
    people = np.full((len(lat), len(lon)), 5.0)
    people[:, 0] = -99999.0
    file = tmp_path / "syr_ppp_2020.tif"
    grid_of(people, lon, lat).rio.write_nodata(-99999.0).rio.to_raster(file)
    places = gpd.GeoDataFrame({"population": [70]}, geometry=gpd.points_from_xy([40], [35]), crs=4326)
    table = go.within(gpd.GeoSeries([shapely.Point(40, 35), None], crs=4326), SITE, 2000, people=[places, file])
    assert table["people_grid"].iloc[0] == pytest.approx(5.0 * 20 * 19)
    assert table["people_places"].iloc[0] == 70.0
    assert table[["people_grid", "people_places", "people_grid_sure"]].iloc[1].isna().all()
    assert set(table.attrs["people"]) == {"people_grid", "people_places"}


def test_people_that_are_none_are_refused():
    lon, lat = np.array([40.0, 41.0]), np.array([36.0, 35.0])
    grid = grid_of(np.ones((2, 2)), lon, lat)
    with pytest.raises(SchemaError, match="population"):
        go.within(
            SITE,
            SITE,
            10,
            people=gpd.GeoSeries(hard.points(np.random.default_rng(0), 2, hard.BOXES["middle"]), crs=4326),
        )
    with pytest.raises(CrsError, match="degrees"):
        go.within(SITE, SITE, 10, people=grid_of(np.ones((2, 2)), lon * 1e4, lat * 1e4, crs=32638))
    with pytest.raises(InputError, match="two came"):
        go.within(SITE, SITE, 10, people=[grid, grid])
    places = gpd.GeoDataFrame({"population": [70]}, geometry=gpd.points_from_xy([40], [35]), crs=4326)
    with pytest.raises(InputError, match="two came"):
        go.within(SITE, SITE, 10, people=[places, places])
    with pytest.raises(InputError, match="-5 people"):
        go.within(SITE, SITE, 10, people=grid * -5)
    with pytest.raises(SchemaError, match="dimensions"):
        go.within(SITE, SITE, 10, people=grid.expand_dims("band"))
    with pytest.raises(InputError, match="two by two"):
        go.within(SITE, SITE, 10, people=grid.isel(x=[0]))
