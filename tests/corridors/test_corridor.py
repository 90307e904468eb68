"""A corridor is every place through which a journey takes at most so much longer; its figures are what they say."""

from __future__ import annotations

import pickle
import sys

import geopandas as gpd
import numpy as np
import pytest
import shapely
from skimage.graph import MCP_Geometric

from geoops.core.errors import InputError
from geoops.core.types import Friction
from geoops.corridors import corridor, corridor_network, travel_time
from geoops.corridors.contours import below

from .conftest import Plane

PLANE = Plane()


def _random(rows=40, columns=50, seed=4):
    pace = np.random.default_rng(seed).uniform(1.0, 8.0, (rows, columns))
    pace[10:25, 20:23] = np.inf
    return pace


@pytest.mark.parametrize("slack", [0.03, 0.10, 0.5])
def test_extra_hours_are_the_sum_of_two_whole_surfaces(slack):
    pace = _random()
    found = corridor(PLANE.friction(pace), PLANE.at(5, 30), PLANE.at(45, 6), slack=slack, stencil=8)
    costs = np.where(np.isfinite(pace), pace, -1)
    total = MCP_Geometric(costs).find_costs([(30, 5)])[0] + MCP_Geometric(costs).find_costs([(6, 45)])[0]
    total = total * 1000.0 / 3600.0
    best = total.min()
    inside = total <= best * (1 + slack)
    assert found.hours == pytest.approx(best, rel=1e-12)
    assert np.array_equal(np.isfinite(found.extra_h.values), inside)
    np.testing.assert_allclose(found.extra_h.values[inside], total[inside] - best, rtol=1e-9, atol=1e-9)


def test_the_polygon_holds_the_cells_and_the_route_and_is_valid():
    found = corridor(PLANE.friction(_random()), PLANE.at(5, 30), PLANE.at(45, 6), slack=0.1)
    assert found.polygon.geom_type == "MultiPolygon"
    assert found.polygon.is_valid
    rows, columns = np.nonzero(np.isfinite(found.extra_h.values))
    lon, lat = np.array([PLANE.at(c, r) for c, r in zip(columns, rows, strict=True)]).T
    assert shapely.intersects_xy(found.polygon.buffer(1e-9), lon, lat).all()
    assert found.polygon.covers(found.route)
    rows, columns = np.nonzero(~np.isfinite(found.extra_h.values))
    lon, lat = np.array([PLANE.at(c, r) for c, r in zip(columns, rows, strict=True)]).T
    outside = ~shapely.intersects_xy(found.polygon, lon, lat)
    far = shapely.distance(shapely.points(lon, lat), found.route) > 0.01
    assert outside[far].all()


def test_the_route_takes_the_hours_that_the_corridor_states():
    pace = np.full((31, 31), 3.6)
    found = corridor(PLANE.friction(pace), PLANE.at(3, 3), PLANE.at(27, 11), stencil=32)
    truth = np.hypot(24, 8)  # a step of (3, 1): no error of direction
    assert found.hours == pytest.approx(truth, rel=1e-9)
    assert found.distance_km == pytest.approx(truth, rel=2e-3)  # UTM's scale
    assert found.status == "found"
    ends = PLANE.cells(found.route).coords
    assert ends[0] == pytest.approx((3, 3), abs=1e-4)
    assert ends[-1] == pytest.approx((27, 11), abs=1e-4)
    assert np.isnan(found.climb_m)
    assert found.road_share == 0.0
    assert found.to_frame()["hours"].item() == found.hours


def test_climb_is_the_sum_of_what_goes_up():
    height = np.tile(np.concatenate([np.linspace(0, 300, 11), np.linspace(270, 0, 10)]), (5, 1))
    found = corridor(PLANE.friction(np.ones((5, 21)), elevation=height), PLANE.at(0, 2), PLANE.at(20, 2), stencil=8)
    assert found.climb_m == pytest.approx(300)


def test_a_larger_slack_holds_the_smaller():
    friction = PLANE.friction(_random())
    small, large = (corridor(friction, PLANE.at(5, 30), PLANE.at(45, 6), slack=s) for s in (0.05, 0.2))
    inside = np.isfinite(small.extra_h.values)
    assert inside.sum() < np.isfinite(large.extra_h.values).sum()
    np.testing.assert_allclose(large.extra_h.values[inside], small.extra_h.values[inside], atol=1e-12)


def test_the_polygon_is_made_when_asked_for_at_any_smaller_slack(monkeypatch):
    made = []
    room = sys.modules["geoops.corridors.corridor"]
    monkeypatch.setattr(room, "below", lambda *args, **kw: made.append(1) or below(*args, **kw))
    friction = PLANE.friction(_random())
    found = corridor(friction, PLANE.at(5, 30), PLANE.at(45, 6), slack=0.2)
    assert made == []
    narrow = found.polygon_at(0.05)
    alone = corridor(friction, PLANE.at(5, 30), PLANE.at(45, 6), slack=0.05).polygon
    assert narrow.symmetric_difference(alone).area < 1e-3 * alone.area
    assert found.polygon.covers(narrow.buffer(-1e-6))
    assert found.polygon is found.polygon is found.polygon_at(0.2)
    assert len(made) == 3
    assert pickle.loads(pickle.dumps(found)).polygon_at(0.05).equals(narrow)
    for slack in (0.3, 0.0, -1.0):
        with pytest.raises(InputError, match=r"slacks above 0 up to 0\.2"):
            found.polygon_at(slack)


def test_there_and_back_is_the_same_corridor():
    friction = PLANE.friction(_random())
    there = corridor(friction, PLANE.at(5, 30), PLANE.at(45, 6))
    back = corridor(friction, PLANE.at(45, 6), PLANE.at(5, 30))
    assert there.hours == pytest.approx(back.hours, rel=1e-12)
    np.testing.assert_allclose(there.extra_h, back.extra_h, atol=1e-9)


def test_on_a_slope_the_corridor_sums_the_way_there_not_back():
    height = np.add.outer(np.zeros(9), np.linspace(0, 1500, 25))
    friction = PLANE.friction(np.full((9, 25), 0.72), elevation=height, slope_pace="tobler")
    up, down = corridor(friction, PLANE.at(1, 4), PLANE.at(23, 4)), corridor(friction, PLANE.at(23, 4), PLANE.at(1, 4))
    assert up.hours > down.hours
    there = travel_time(friction, PLANE.at(1, 4))
    rest = travel_time(friction, PLANE.at(23, 4), direction="to")
    total = (there + rest).values
    inside = total <= up.hours * 1.1
    assert np.array_equal(np.isfinite(up.extra_h.values), inside)


def test_no_way_is_a_result_with_its_reason():
    pace = np.ones((10, 20))
    pace[:, 9:12] = np.inf
    found = corridor(PLANE.friction(pace), PLANE.at(2, 2), PLANE.at(17, 7), slack=0.2)
    assert found.status == "no_path"
    assert (found.hours, found.slack) == (np.inf, 0.2)
    assert "No way leads" in found.reason
    assert "90 km²" in found.reason.replace(",", "") or "80 km²" in found.reason
    assert found.route.is_empty
    assert found.polygon.is_empty
    assert np.isnan(found.extra_h.values).all()
    assert found.to_frame().geometry.isna().all()


def test_both_ends_in_one_cell_take_no_time():
    found = corridor(PLANE.friction(np.ones((5, 5))), PLANE.at(2.1, 2.0), PLANE.at(1.8, 2.2))
    assert found.hours == 0.0
    assert found.route.length > 0
    assert found.polygon.covers(found.route)


def test_an_uncertain_end_bounds_the_hours():
    site = gpd.GeoDataFrame(
        {"name": ["A"], "uncertainty_m": [5050.0]}, geometry=[shapely.Point(PLANE.at(10, 15))], crs=4326
    )
    found = corridor(PLANE.friction(np.full((31, 51), 3.6)), site, PLANE.at(40, 15))
    assert found.origin_name == "A"
    assert found.hours == pytest.approx(30.0)
    assert found.hours_low == pytest.approx(25.0, abs=0.3)
    assert found.hours_high == pytest.approx(35.0, abs=0.3)
    sure = corridor(PLANE.friction(np.full((31, 51), 3.6)), PLANE.at(10, 15), PLANE.at(40, 15))
    assert (sure.hours_low, sure.hours_high) == (sure.hours, sure.hours)


def test_both_uncertain_ends_add():
    frame = gpd.GeoDataFrame(
        {"name": ["A", "B"], "uncertainty_m": [3050.0, 4050.0]},
        geometry=[shapely.Point(PLANE.at(10, 15)), shapely.Point(PLANE.at(40, 15))],
        crs=4326,
    )
    found = corridor(PLANE.friction(np.full((31, 51), 3.6)), frame.iloc[[0]], frame.iloc[[1]])
    assert found.hours_low == pytest.approx(23.0, abs=0.4)
    assert found.hours_high == pytest.approx(37.0, abs=0.4)


def test_an_extent_starts_from_all_of_itself():
    extent = shapely.Polygon([PLANE.at(5.6, 5.6), PLANE.at(12.4, 5.6), PLANE.at(12.4, 24.4), PLANE.at(5.6, 24.4)])
    sites = gpd.GeoDataFrame(
        {"name": ["Range"], "extent": [extent]}, geometry=[shapely.Point(PLANE.at(9, 15))], crs=4326
    )
    found = corridor(PLANE.friction(np.full((31, 51), 3.6)), sites, PLANE.at(40, 15))
    assert found.hours == pytest.approx(28.0)
    assert found.attrs["origin"]["area"]
    row = corridor(PLANE.friction(np.full((31, 51), 3.6)), sites.iloc[0], PLANE.at(40, 15))
    assert row.hours == found.hours


def test_the_border_is_named_by_the_nearest_listed_crossing():
    border = PLANE.lines(PLANE.line((25, -2), (25, 32)), status="international")
    posts = gpd.GeoDataFrame(
        {"name": ["North post", "South post"], "country": ["AA", "AA"], "country_b": ["BB", "BB"]},
        geometry=[shapely.Point(PLANE.at(25, 4)), shapely.Point(PLANE.at(26, 22))],
        crs=4326,
    )
    base = PLANE.friction(np.full((31, 51), 3.6))
    friction = Friction(base.pace, features={"boundaries": border, "border_crossings": posts})
    found = corridor(friction, PLANE.at(5, 20), PLANE.at(45, 20))
    assert found.crossings["name"].tolist() == ["South post"]
    assert found.crossings["km"].item() == pytest.approx(20.0, rel=0.01)
    assert found.crossings[["country_a", "country_b"]].iloc[0].tolist() == ["AA", "BB"]
    far = corridor(friction, PLANE.at(5, 13), PLANE.at(45, 13), slack=0.02)
    assert far.crossings["name"].tolist() in (["North post"], ["South post"])
    assert corridor(friction, PLANE.at(5, 20), PLANE.at(15, 20)).crossings.empty


def test_a_route_that_only_touches_the_border_does_not_cross_it():
    border = PLANE.lines(PLANE.line((-2, 14), (20, 14), (25, 16), (30, 14), (52, 14)), status="international")
    base = PLANE.friction(np.full((31, 51), 3.6))
    friction = Friction(base.pace, features={"boundaries": border})
    assert corridor(friction, PLANE.at(5, 15), PLANE.at(45, 15)).crossings.empty
    over = corridor(friction, PLANE.at(5, 25), PLANE.at(5, 5)).crossings
    assert over["name"].tolist() == ["unlisted"]
    assert not over["listed"].any()


def test_towns_and_bridges_beside_the_route_are_listed_in_order():
    towns = gpd.GeoDataFrame(
        {"name": ["Far", "Second", "First", "Hamlet"], "kind": "PPL", "population": [9e5, 2e4, 8e3, 300]},
        geometry=[shapely.Point(PLANE.at(*p)) for p in [(30, 2), (35, 16), (12, 14), (20, 15)]],
        crs=4326,
    )
    river = PLANE.lines(PLANE.line((25, -2), (25, 32)))
    bridges = gpd.GeoDataFrame(
        {"name": ["Old bridge", "Lost bridge"], "kind": "BDG", "status": ["operating", "destroyed"]},
        geometry=[shapely.Point(PLANE.at(25, 16)), shapely.Point(PLANE.at(25, 15))],
        crs=4326,
    )
    road = PLANE.lines(PLANE.line((2, 15), (48, 15), pieces=46), pace_s_per_m=0.1)
    base = PLANE.friction(np.full((31, 51), 3.6))
    friction = Friction(base.pace, network=road, barriers=river, features={"places": towns, "bridges": bridges})
    passes = corridor(friction, PLANE.at(5, 15), PLANE.at(45, 15)).passes
    assert passes["name"].tolist() == ["First", "Old bridge", "Second"]
    assert passes["km"].tolist() == pytest.approx([7, 20, 30], abs=0.3)


@pytest.mark.parametrize("slack", [0.0, -0.1, np.nan, np.inf, "much", 11])
def test_a_slack_that_is_none_is_refused(slack):
    with pytest.raises(InputError, match="slack"):
        corridor(PLANE.friction(np.ones((5, 5))), PLANE.at(0, 0), PLANE.at(4, 4), slack=slack)


def test_two_places_for_one_end_are_refused():
    with pytest.raises(InputError, match="must be one place; 2 came"):
        corridor(PLANE.friction(np.ones((5, 5))), [PLANE.at(0, 0), PLANE.at(1, 1)], PLANE.at(4, 4))


def test_an_end_on_water_names_the_nearest_usable_cell():
    pace = np.ones((9, 9))
    pace[:, 6:] = np.inf
    with pytest.raises(InputError, match=r"destination.*nearest usable cell is 3\.0 km"):
        corridor(PLANE.friction(pace), PLANE.at(0, 0), PLANE.at(8, 4))


def test_the_result_states_stencil_grid_and_meaning():
    attrs = corridor(PLANE.friction(np.ones((5, 9))), PLANE.at(0, 0), PLANE.at(8, 4)).attrs
    assert attrs["stencil"] == 32
    assert attrs["stencil_error_max"] == pytest.approx(0.0131, abs=2e-4)
    assert "not observed" in attrs["meaning"]
    assert attrs["grid"]["rows"] == 5


# ---- many sites


def _sites(*places):
    points = [shapely.Point(PLANE.at(*p)) for p in places]
    names = [chr(ord("A") + i) for i in range(len(points))]
    return gpd.GeoDataFrame({"name": names}, geometry=points, crs=4326, index=[f"s{i}" for i in range(len(points))])


def test_a_network_gives_the_corridors_of_its_pairs():
    friction = PLANE.friction(_random())
    sites = _sites((5, 30), (45, 6), (40, 35))
    every = corridor_network(friction, sites)
    assert [c.name for c in every] == ["A to B", "A to C", "B to C"]
    for found, (i, j) in zip(every, [(0, 1), (0, 2), (1, 2)], strict=True):
        alone = corridor(friction, sites.iloc[[i]], sites.iloc[[j]])
        assert found.hours == pytest.approx(alone.hours, rel=1e-12)
        np.testing.assert_allclose(found.extra_h, alone.extra_h, atol=1e-9)
        assert found.polygon.symmetric_difference(alone.polygon).area < 1e-3 * alone.polygon.area


def test_a_network_on_a_slope_has_directions():
    height = np.add.outer(np.zeros(9), np.linspace(0, 1500, 25))
    friction = PLANE.friction(np.full((9, 25), 0.72), elevation=height, slope_pace="tobler")
    sites = _sites((1, 4), (23, 4))
    up, down = corridor_network(friction, sites, pairs=[("A", "B"), ("s1", "s0")])
    assert up.hours == pytest.approx(corridor(friction, sites.iloc[[0]], sites.iloc[[1]]).hours)
    assert down.hours == pytest.approx(corridor(friction, sites.iloc[[1]], sites.iloc[[0]]).hours)


def test_nearest_pairs_and_the_least_tree():
    friction = PLANE.friction(np.full((9, 41), 3.6))
    sites = _sites((1, 4), (6, 4), (20, 4), (39, 4))
    near = corridor_network(friction, sites, pairs="nearest")
    assert [c.name for c in near] == ["A to B", "B to C", "C to D"]
    tree = corridor_network(friction, sites, pairs="tree")
    assert {c.name for c in tree} == {"A to B", "B to C", "C to D"}


def test_islands_stay_apart_in_the_tree_and_have_no_path_among_all():
    pace = np.ones((9, 21))
    pace[:, 9:12] = np.inf
    sites = _sites((1, 4), (6, 4), (20, 4))
    tree = corridor_network(PLANE.friction(pace), sites, pairs="tree")
    assert [c.name for c in tree] == ["A to B"]
    every = corridor_network(PLANE.friction(pace), sites)
    assert [c.status for c in every] == ["found", "no_path", "no_path"]


@pytest.mark.parametrize(
    ("pairs", "message"),
    [("some", "pairs must be"), ([("A", "Z")], "not there"), ([("A",)], "origin, destination"), ([3], "not there")],
)
def test_pairs_that_are_none_are_refused(pairs, message):
    with pytest.raises(InputError, match=message):
        corridor_network(PLANE.friction(np.ones((9, 41))), _sites((1, 4), (6, 4)), pairs=pairs)


def test_one_site_is_no_network():
    with pytest.raises(InputError, match="at least two"):
        corridor_network(PLANE.friction(np.ones((9, 41))), _sites((1, 4)))


# ---- other ways


def test_alternatives_are_other_roads_in_the_order_of_their_hours():
    """Four roads side by side, one of them a cell beside the fastest; the slowest lies beyond the slack."""
    ways = [PLANE.line((5, 20), (8, y), (52, y), (55, 20), pieces=60) for y in (20, 21, 10, 31, 2)]
    roads = PLANE.lines(*ways, pace_s_per_m=[0.05, 0.05, 0.055, 0.055, 0.09])
    friction = PLANE.friction(np.full((41, 61), 2.0), network=roads)
    found = corridor(friction, PLANE.at(5, 20), PLANE.at(55, 20), slack=0.5, alternatives=5)
    rows = [np.round(PLANE.cells(line).interpolate(0.5, normalized=True).y) for line in found.alternatives.geometry]
    assert rows == [10, 31]
    hours = found.alternatives["hours"].to_numpy()
    assert (np.diff(hours) >= 0).all()
    assert (hours > found.hours).all()
    assert (hours <= 1.5 * found.hours).all()
    lengths = [line.length for line in (PLANE.cells(line) for line in found.alternatives.geometry)]
    np.testing.assert_allclose(found.alternatives["distance_km"], lengths, rtol=0.02)
    assert (found.alternatives["shared"] <= 0.6).all()
    assert (found.alternatives["road_share"] > 0.95).all()
    assert len(corridor(friction, PLANE.at(5, 20), PLANE.at(55, 20), slack=0.5, alternatives=1).alternatives) == 1


def test_a_spur_there_and_back_is_no_alternative():
    """One road, and a branch off its middle that leads nowhere."""
    roads = PLANE.lines(
        PLANE.line((5, 20), (55, 20), pieces=50), PLANE.line((30, 20), (30, 8), pieces=12), pace_s_per_m=0.05
    )
    friction = PLANE.friction(np.full((41, 61), 6.0), network=roads)
    found = corridor(friction, PLANE.at(5, 20), PLANE.at(55, 20), slack=0.6, alternatives=3)
    assert len(found.alternatives) == 0
    assert found.alternatives.crs == "EPSG:4326"


def test_on_both_sides_of_a_lake_there_are_two_ways():
    pace = np.full((41, 61), 1.0)
    pace[8:33, 20:41] = np.inf
    found = corridor(PLANE.friction(pace), PLANE.at(3, 19), PLANE.at(57, 19), slack=0.3, alternatives=4)
    sides = [
        PLANE.cells(way).interpolate(0.5, normalized=True).y for way in (found.route, *found.alternatives.geometry)
    ]
    assert min(sides) < 8
    assert max(sides) > 32


def test_without_asking_there_are_none_and_a_number_that_is_none_is_refused():
    friction = PLANE.friction(np.ones((9, 9)))
    assert corridor(friction, PLANE.at(1, 1), PLANE.at(7, 7)).alternatives is None
    for bad in (-1, 1.5, True, 21):
        with pytest.raises(InputError, match="from 0 to 20"):
            corridor(friction, PLANE.at(1, 1), PLANE.at(7, 7), alternatives=bad)
