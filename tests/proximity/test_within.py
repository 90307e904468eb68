"""What lies within a ring, against places, lengths and areas that are known otherwise."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import oracle
import pandas as pd
import pytest
import shapely
from geographiclib.geodesic import Geodesic

import geoops as go
from geoops.core.errors import InputError, PublicationError, SchemaError
from geoops.core.publication import refuse_unpublished


def spokes(lon, lat, azimuths, metres):
    """Straight lines out of a point."""
    ends = [oracle.WGS84.Direct(lat, lon, a, metres) for a in azimuths]
    return [shapely.LineString([(lon, lat), (e["lon2"], e["lat2"])]) for e in ends]


def test_lines_out_of_the_site_are_cut_at_the_radius():
    layer = gpd.GeoSeries(spokes(40.0, 35.0, [10, 100, 200], 80_000.0), crs=4326)
    table = go.within([(40.0, 35.0)], layer, [25, 50, 100])
    assert np.allclose(table["length_km"], [75.0, 150.0, 240.0], atol=1e-3)
    assert np.allclose(table["length_share"], [75 / 240, 150 / 240, 1.0], atol=1e-5)
    assert table["count"].tolist() == [3, 3, 3]
    assert np.isnan(table["area_share"]).all()


@pytest.mark.parametrize("edges", ["geodesic", "planar"])
def test_a_line_past_the_site_is_cut_on_both_sides(edges):
    """The chord of a circle: the ends of what is inside stand at the radius, found here by bisection on GeographicLib."""
    a, b = (39.0, 35.3), (41.0, 35.2)
    at = oracle.walker(a, b, edges)

    def cross(low, high):
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if oracle.inverse_m(40, 35, *at(middle)) > 50_000 else (low, middle)
        return low

    first, last = cross(0.0, 0.5), cross(1.0, 0.5)
    cuts = np.linspace(first, last, 400)
    truth = sum(oracle.inverse_m(*at(s), *at(t)) for s, t in pairwise(cuts)) / 1e3
    table = go.within([(40.0, 35.0)], gpd.GeoSeries([shapely.LineString([a, b])], crs=4326), 50, edges=edges)
    assert abs(table["length_km"].iloc[0] - truth) < 2e-3


def test_areas_are_cut_at_the_ring():
    disc = np.pi * 30.0**2
    layer = gpd.GeoSeries([shapely.box(38, 33, 42, 37), shapely.box(50, 33, 51, 34)], crs=4326)
    table = go.within([(40.0, 35.0)], layer, 30)
    assert table["area_km2"].iloc[0] == pytest.approx(disc, rel=3e-5)  # a geodesic disc of 30 km is flat to 1e-6
    assert table["count"].iloc[0] == 1
    polygon = Geodesic.WGS84.Polygon()
    for lon, lat in [(38, 33), (42, 33), (42, 37), (38, 37)]:
        polygon.AddPoint(lat, lon)
    other = Geodesic.WGS84.Polygon()
    for lon, lat in [(50, 33), (51, 33), (51, 34), (50, 34)]:
        other.AddPoint(lat, lon)
    total = (abs(polygon.Compute()[2]) + abs(other.Compute()[2])) / 1e6
    assert table["area_share"].iloc[0] == pytest.approx(disc / total, rel=4e-5)
    whole = go.within([(40.0, 35.0)], layer, 600)
    assert whole["area_km2"].iloc[0] == pytest.approx(abs(polygon.Compute()[2]) / 1e6, rel=1e-6)


def test_an_area_with_a_hole_counts_without_it():
    ring = shapely.Polygon(
        shapely.box(39, 34, 41, 36).exterior.coords, [shapely.box(39.9, 34.9, 40.1, 35.1).exterior.coords]
    )
    table = go.within([(40.0, 35.0)], gpd.GeoSeries([ring], crs=4326), 30)
    hole = Geodesic.WGS84.Polygon()
    for lon, lat in [(39.9, 34.9), (40.1, 34.9), (40.1, 35.1), (39.9, 35.1)]:
        hole.AddPoint(lat, lon)
    assert table["area_km2"].iloc[0] == pytest.approx(np.pi * 900.0 - abs(hole.Compute()[2]) / 1e6, rel=3e-5)


def test_counts_names_weights_and_shares():
    layer = gpd.GeoDataFrame(
        {"name": ["far", "near", None, "near"], "capacity_mw": [100.0, 50.0, np.nan, 25.0]},
        geometry=gpd.points_from_xy([40.5, 40.1, 40.05, 40.2], [35.0] * 4),
        crs=4326,
    )
    table = go.within([(40.0, 35.0), (0.0, 0.0)], layer, [20, 60], weight="capacity_mw")
    assert table["count"].tolist() == [3, 4, 0, 0]
    assert table["names"].tolist() == [["near"], ["near", "far"], [], []]
    assert table["capacity_mw_sum"].tolist() == [75.0, 175.0, 0.0, 0.0]
    assert np.allclose(table["capacity_mw_share"], [75 / 175, 1.0, 0.0, 0.0])
    assert np.allclose(table["count_share"], [0.75, 1.0, 0.0, 0.0])
    assert table["status"].tolist() == ["found", "found", "none_within", "none_within"]


def test_counts_are_bounded_by_what_is_known_of_the_places():
    site = gpd.GeoDataFrame({"uncertainty_m": [10_000.0]}, geometry=gpd.points_from_xy([40], [35]), crs=4326)
    steps = [oracle.WGS84.Direct(35, 40, 90, m) for m in (5_000, 25_000, 38_000, 45_000, 70_000)]
    layer = gpd.GeoDataFrame(
        {"uncertainty_m": [0.0, 0.0, 5_000.0, 0.0, 2_000.0]},
        geometry=gpd.points_from_xy([s["lon2"] for s in steps], [s["lat2"] for s in steps]),
        crs=4326,
    )
    row = go.within(site, layer, 40).iloc[0]
    assert (row["count"], row["count_sure"], row["count_possible"]) == (3, 2, 4)


def test_rings_round_extents_count_from_the_extent():
    site = gpd.GeoDataFrame({"name": ["range"]}, geometry=gpd.points_from_xy([40], [35]), crs=4326)
    site["extent"] = gpd.GeoSeries([shapely.box(39, 34.5, 41, 35.5)], crs=4326)
    layer = gpd.GeoSeries([shapely.Point(41.1, 35), shapely.Point(41.5, 35), shapely.Point(40, 35)], crs=4326)
    row = go.within(site, layer, 20).iloc[0]
    assert (row["count"], row["count_sure"], row["count_possible"]) == (2, 0, 2)
    away = oracle.point_to_edge((41.5, 35.0), (41, 34.5), (41, 35.5), "geodesic") / 1e3
    line = gpd.GeoSeries([shapely.LineString([(41.0, 35.0), (41.5, 35.0)])], crs=4326)
    inside = go.within(site, line, 20).iloc[0]["length_km"]
    total = oracle.inverse_m(41, 35, 41.5, 35) / 1e3
    # The line leaves the box's eastern side square, so what is inside is the radius and the bulge that it starts with.
    assert abs(inside - (20.0 + total - away)) < 0.01
    areas = go.within(site, gpd.GeoSeries([shapely.box(39.5, 34.8, 40.5, 35.2)], crs=4326), 20).iloc[0]
    assert areas["area_share"] == pytest.approx(1.0, rel=1e-9)


def test_the_area_within_a_ring_round_an_extent_is_that_of_the_ring():
    site = gpd.GeoSeries([shapely.box(39, 34.5, 41, 35.5)], crs=4326)
    row = go.within(site, gpd.GeoSeries([shapely.box(30, 28, 50, 42)], crs=4326), 50).iloc[0]
    ring = go.rings(site, 50).geometry.iloc[0]
    polygon = Geodesic.WGS84.Polygon()
    for lon, lat in ring.exterior.coords[:-1]:
        polygon.AddPoint(lat, lon)
    assert row["area_km2"] == pytest.approx(abs(polygon.Compute()[2]) / 1e6, rel=3e-5)


def test_a_site_without_a_place_keeps_its_rows_with_nothing_in_them():
    sites = gpd.GeoSeries([None, shapely.Point(40, 35)], crs=4326, index=["lost", "here"])
    table = go.within(sites, gpd.GeoSeries([shapely.Point(40, 35.1)], crs=4326), [10, 20])
    assert table["site"].tolist() == ["lost", "lost", "here", "here"]
    assert table["status"].tolist() == ["not_found", "not_found", "none_within", "found"]
    assert table["count"].isna().tolist() == [True, True, False, False]
    empty = go.within(sites, gpd.GeoSeries([], crs=4326), 10)
    assert empty["status"].tolist() == ["not_found", "empty_layer"]
    assert isinstance(table, pd.DataFrame)


def test_weights_and_radii_that_cannot_be_used_are_refused():
    layer = gpd.GeoDataFrame({"fuel": ["oil"], "mw": [5]}, geometry=gpd.points_from_xy([40], [35]), crs=4326)
    with pytest.raises(SchemaError, match="mw"):
        go.within([(40, 35)], layer, 10, weight="capacity")
    with pytest.raises(SchemaError, match="oil"):
        go.within([(40, 35)], layer, 10, weight="fuel")
    with pytest.raises(InputError, match="radi"):
        go.within([(40, 35)], layer, -10)


@pytest.mark.parametrize("who", ["layer", "sites", "people"])
def test_what_must_not_be_published_marks_the_table(who):
    """A layer whose entry forbids it, sites, people: the mark stands in the rows, outlives a concat, and is refused."""
    frames = {
        "layer": gpd.GeoDataFrame({"name": ["x"]}, geometry=gpd.points_from_xy([40.1], [35]), crs=4326),
        "sites": gpd.GeoDataFrame({"name": ["a"]}, geometry=gpd.points_from_xy([40], [35]), crs=4326),
        "people": gpd.GeoDataFrame({"population": [5]}, geometry=gpd.points_from_xy([40], [35]), crs=4326),
    }
    around = [shapely.box(39, 34, 41, 36)]

    def table():
        return go.within(frames["sites"], frames["layer"], 20, people=frames["people"], of=around)

    assert "publish" not in table()
    frames[who].attrs["layer"] = {"name": "secret", "publish": False, "why_not_published": "a promise"}
    marked = table()
    assert marked["publish"].tolist() == [False]
    refuse = pd.concat([marked, marked]).drop(columns=[])
    refuse.attrs = {}
    for given in (marked, refuse):
        with pytest.raises(PublicationError, match="must not be published"):
            refuse_unpublished(given, "within")
