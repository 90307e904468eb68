"""The bounds hold the truth wherever the inputs' statements allow it, and are no wider than that needs."""

from __future__ import annotations

import geopandas as gpd
import layers as hard
import numpy as np
import oracle
import pytest
import shapely

import geoops as go
from geoops.proximity import farthest


def site(lon, lat, uncertainty_m=0.0, extent=None):
    frame = gpd.GeoDataFrame({"uncertainty_m": [uncertainty_m]}, geometry=[shapely.Point(lon, lat)], crs=4326)
    if extent is not None:
        frame["extent"] = gpd.GeoSeries([extent], crs=4326)
    return frame


def feature(geometry, uncertainty_m=0.0):
    return gpd.GeoDataFrame({"uncertainty_m": [uncertainty_m]}, geometry=[geometry], crs=4326)


def test_a_disc_and_an_uncertain_point_widen_by_the_sum_of_their_radii():
    row = go.nearest(site(40, 35, 5_000.0), feature(shapely.Point(41, 35), 2_000.0)).iloc[0]
    d = oracle.inverse_m(40, 35, 41, 35) / 1e3
    assert abs(row.low_km - (d - 7.0)) < 1e-6
    assert abs(row.high_km - (d + 7.0)) < 1e-6


def test_a_distance_is_never_below_nothing():
    row = go.nearest(site(40, 35, 50_000.0), feature(shapely.Point(40.1, 35))).iloc[0]
    assert row.low_km == 0.0


def test_deep_inside_an_area_the_bounds_close():
    area = shapely.box(38, 33, 42, 37)
    assert go.nearest(site(40, 35, 5_000.0), feature(area)).iloc[0].high_km == 0.0
    near_edge = go.nearest(site(41.99, 35, 5_000.0), feature(area, 1_000.0)).iloc[0]
    depth = oracle.point_to_edge((41.99, 35.0), (42, 33), (42, 37), "geodesic") / 1e3
    assert near_edge.distance_km == 0.0
    assert abs(near_edge.high_km - (6.0 - depth)) < 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_bounds_of_discs_hold_every_place_that_they_allow(seed):
    rng = np.random.default_rng(seed)
    box = (38.0, 33.0, 42.0, 37.0)
    layer = np.concatenate([hard.lines(rng, 2, box, 0.5), hard.areas(rng, 2, box, 0.6)])
    u, v = 12_000.0, 4_000.0
    lon, lat = rng.uniform(39, 41), rng.uniform(34, 36)
    frame = gpd.GeoDataFrame({"uncertainty_m": v}, geometry=layer, crs=4326, index=range(4))
    table = go.nearest(site(lon, lat, u), frame, k=4).set_index("feature")
    for _ in range(30):
        place = oracle.WGS84.Direct(lat, lon, rng.uniform(0, 360), rng.uniform(0, u))
        true = oracle.point_distance_m((place["lon2"], place["lat2"]), layer[0], "geodesic") / 1e3
        assert table.loc[0, "low_km"] - 1e-9 <= true <= table.loc[0, "high_km"] + 1e-9
    for row in range(4):
        places = [oracle.WGS84.Direct(lat, lon, a, u) for a in range(0, 360, 30)]
        moved = go.nearest([(p["lon2"], p["lat2"]) for p in places], [layer[row]])["distance_km"]
        assert table.loc[row, "low_km"] - v / 1e3 - 1e-9 <= moved.min()
        assert moved.max() + v / 1e3 <= table.loc[row, "high_km"] + 1e-9


@pytest.mark.parametrize("kind", ["area", "line", "two parts"])
def test_bounds_of_extents_hold_every_part_and_are_not_wide(kind):
    rng = np.random.default_rng(2)
    extent = {
        "area": hard.areas(rng, 1, (39, 34, 40, 35), 1.0)[0],
        "line": shapely.LineString([(38, 34), (39, 36), (41, 35)]),
        "two parts": shapely.MultiPolygon([shapely.box(38, 34, 38.5, 34.5), shapely.box(41, 36, 41.2, 36.3)]),
    }[kind]
    layer = np.concatenate([hard.lines(rng, 2, (37, 33, 43, 37), 1.0), hard.areas(rng, 2, (37, 33, 43, 37), 0.8),
                            hard.points(rng, 2, (37, 33, 43, 37))])  # fmt: skip
    table = go.nearest(
        site(39.5, 34.5, 3_000.0, extent), gpd.GeoSeries(layer, crs=4326), k=6, edges="planar"
    ).set_index("feature")
    parts = shapely.get_coordinates(shapely.segmentize(extent, 0.02))  # in the extent, as edges are straight in degrees
    inner = hard.points(rng, 3000, shapely.bounds(extent))
    parts = np.vstack([parts, shapely.get_coordinates(inner[shapely.intersects(extent, inner)])])
    for number, geometry in enumerate(layer):
        d = go.nearest(gpd.GeoSeries(shapely.points(parts), crs=4326), [geometry], with_lines=False, edges="planar")[
            "distance_km"
        ]
        low, high = table.loc[number, "low_km"], table.loc[number, "high_km"]
        assert low <= d.min() + 1e-6
        assert d.min() - low < 3.0  # the sample's own grain
        assert d.max() <= high + 1e-6
        assert high - d.max() < max(0.1, 0.005 * high) + 1.5
        assert low == table.loc[number, "distance_km"]


def test_the_nearest_part_of_an_extent_and_its_point_stand_side_by_side():
    row = go.nearest(site(40, 35, 0.0, shapely.box(39, 34, 41, 36)), feature(shapely.Point(42, 35))).iloc[0]
    assert abs(row.point_distance_km * 1e3 - oracle.inverse_m(40, 35, 42, 35)) < 1e-5
    assert abs(row.distance_km * 1e3 - oracle.point_to_edge((42, 35), (41, 34), (41, 36), "geodesic")) < 1e-3
    far = max(oracle.inverse_m(42, 35, *corner) for corner in ((39, 34), (39, 36))) / 1e3
    assert far <= row.high_km < far * 1.006


def test_an_extent_without_a_point_is_measured_and_has_no_point_distance():
    frame = gpd.GeoDataFrame({"name": ["x"]}, geometry=[None], crs=4326)
    frame["extent"] = gpd.GeoSeries([shapely.box(39, 34, 41, 36)], crs=4326)
    row = go.nearest(frame, feature(shapely.Point(42, 35))).iloc[0]
    assert row.status == "found"
    assert np.isnan(row.point_distance_km)


def test_an_extent_wholly_inside_an_area_has_no_distance_at_all():
    row = go.nearest(site(40, 35, 0.0, shapely.box(39.9, 34.9, 40.1, 35.1)), feature(shapely.box(30, 30, 50, 40))).iloc[
        0
    ]
    assert (row.low_km, row.distance_km, row.high_km) == (0.0, 0.0, 0.0)


def test_where_everything_is_equally_far_the_bound_is_a_little_wider_but_holds(monkeypatch):
    monkeypatch.setattr(farthest, "_MOST_CELLS", 3)
    extent = shapely.box(38, 34, 38.2, 37)
    border = shapely.LineString([(40, 33), (40, 38)])
    row = go.nearest(site(38.1, 35, 0.0, extent), feature(border)).iloc[0]
    far = max(oracle.point_to_edge(c, (40, 33), (40, 38), "geodesic") for c in ((38, 34), (38, 37))) / 1e3
    assert far <= row.high_km < far * 1.5


def test_a_negative_uncertainty_is_refused():
    with pytest.raises(go.GeoopsError, match="uncertainty_m"):
        go.nearest([(40, 35)], feature(shapely.Point(41, 35), -1.0))
