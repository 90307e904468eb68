"""Isochrones, reach, pinch points and the ensemble, each against what can be worked out by hand."""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from scipy.stats import spearmanr

from geoops.core.errors import InputError
from geoops.core.types import Friction
from geoops.corridors import corridor, ensemble, isochrones, pinch_points, reachable_within, travel_time

from .conftest import Plane

PLANE = Plane()


def points(names, *places):
    return gpd.GeoDataFrame({"name": names}, geometry=[shapely.Point(PLANE.at(*p)) for p in places], crs=4326)


# ---- isochrones


def test_an_isochrone_on_uniform_ground_is_a_disc():
    found = isochrones(PLANE.friction(np.full((81, 81), 3.6)), PLANE.at(40, 40), [20, 10, 30])
    assert found["hours"].tolist() == [10, 20, 30]
    np.testing.assert_allclose(found["area_km2"], np.pi * found["hours"] ** 2, rtol=0.02)
    assert found.geometry.iloc[2].contains(found.geometry.iloc[1])
    assert found.geometry.is_valid.all()
    assert found.crs == "EPSG:4326"


def test_an_isochrone_leaves_out_what_cannot_be_entered():
    pace = np.full((41, 41), 3.6)
    pace[15:26, 25:30] = np.inf
    lake = PLANE.at(27, 20)
    shape = isochrones(PLANE.friction(pace), PLANE.at(20, 20), 21).geometry.iloc[0]
    assert not shape.contains(shapely.Point(lake))
    assert shape.contains(shapely.Point(PLANE.at(33, 20)))


@pytest.mark.parametrize("hours", [0, -1, np.nan, "two", []])
def test_hours_that_are_none_are_refused(hours):
    friction = PLANE.friction(np.ones((5, 5)))
    with pytest.raises(InputError, match="hours"):
        isochrones(friction, PLANE.at(1, 1), hours)
    with pytest.raises(InputError, match="hours"):
        reachable_within(friction, PLANE.at(1, 1), points(["a"], (1, 1)), hours)


# ---- reach


def test_features_within_reach_by_their_hours():
    friction = PLANE.friction(np.full((21, 41), 3.6))
    sites = points(["West", "East"], (5, 10), (35, 10))
    layer = gpd.GeoDataFrame(
        {"name": ["Near", "Far", "Line", "Area", "Outside", "Empty"]},
        geometry=[
            shapely.Point(PLANE.at(9, 10)),
            shapely.Point(PLANE.at(19, 10)),
            PLANE.line((12, 2), (12, 18), pieces=16),
            shapely.Polygon([PLANE.at(x, y) for x, y in [(6.6, 9.6), (8.4, 9.6), (8.4, 11.4), (6.6, 11.4)]]),
            shapely.Point(PLANE.at(90, 10)),
            None,
        ],
        crs=4326,
    )
    table = reachable_within(friction, sites, layer, 10.0)
    west = table[table["site_name"] == "West"]
    assert west["feature_name"].tolist() == ["Area", "Near", "Line"]
    assert west["hours"].tolist() == pytest.approx([2, 4, 7], rel=1e-6)
    assert west["feature"].tolist() == [3, 0, 2]
    assert table[table["site_name"] == "East"]["status"].tolist() == ["none_within"]
    assert table[table["site_name"] == "East"]["feature"].isna().all()
    assert table.attrs["outside"] == 2


def test_a_dam_in_the_water_is_reached_from_its_shore():
    pace = np.full((11, 21), 3.6)
    pace[4:7, 10:13] = np.inf
    table = reachable_within(PLANE.friction(pace), PLANE.at(2, 5), points(["Dam"], (10, 5)), 20)
    assert table["hours"].tolist() == pytest.approx([7.0])


def test_a_small_area_counts_as_a_point():
    area = shapely.Point(PLANE.at(8.2, 5.2)).buffer(1e-4)
    layer = gpd.GeoDataFrame({"name": ["Camp"]}, geometry=[area], crs=4326)
    table = reachable_within(PLANE.friction(np.full((11, 21), 3.6)), PLANE.at(2, 5), layer, 20)
    assert table["hours"].tolist() == pytest.approx([6.0])


# ---- pinch points


def _gap():
    """A ridge with a pass at row 15 and a longer way round at row 28."""
    pace = np.full((31, 51), 3.6)
    pace[:, 25] = np.inf
    pace[14:17, 25] = 3.6
    pace[28:31, 25] = 3.6
    return PLANE.friction(pace)


def test_a_pass_is_where_the_corridor_is_narrow_and_costs_the_way_round():
    friction = _gap()
    found = corridor(friction, PLANE.at(5, 15), PLANE.at(45, 15), slack=0.1)
    pinch = pinch_points(found, friction, step_km=1.0)
    narrow = pinch[pinch["kind"] == "narrow"]
    assert narrow["km"].min() == pytest.approx(20, abs=1.1)
    first = narrow.iloc[int(np.argmin(narrow["width_km"]))]
    assert first["width_km"] == pytest.approx(3, abs=1.0)
    shut = np.array(friction.pace.values)
    shut[13:18, 25] = np.inf
    around = float(travel_time(PLANE.friction(shut), PLANE.at(5, 15))[15, 45])
    assert first["extra_h_if_closed"] == pytest.approx(around - found.hours, rel=1e-6)


def test_without_the_friction_nothing_is_closed():
    friction = _gap()
    found = corridor(friction, PLANE.at(5, 15), PLANE.at(45, 15))
    pinch = pinch_points(found, step_km=1.0, count=1)
    assert len(pinch) == 1
    assert pinch["extra_h_if_closed"].isna().all()


def test_a_bridge_and_a_border_post_are_pinch_points():
    river = PLANE.lines(PLANE.line((20.2, -2), (20.2, 22), pieces=24))
    roads = PLANE.lines(
        PLANE.line((2, 10), (48, 10), pieces=46), PLANE.line((18, 2), (23, 2), pieces=5), pace_s_per_m=0.5
    )
    border = PLANE.lines(PLANE.line((35.2, -2), (35.2, 22), pieces=24), status="international")
    bridges = points(["Jisr"], (20.2, 10)).assign(kind="BDG", status="operating")
    posts = points(["Post"], (35.2, 10)).assign(country="AA", country_b="BB")
    base = PLANE.friction(np.full((21, 51), 3.6))
    friction = Friction(
        base.pace,
        network=roads,
        barriers=river,
        features={"bridges": bridges, "boundaries": border, "border_crossings": posts},
    )
    found = corridor(friction, PLANE.at(3, 10), PLANE.at(47, 10))
    pinch = pinch_points(found, friction)
    named = pinch[pinch["kind"] != "narrow"]
    assert named["name"].tolist() == ["Jisr", "Post"]
    assert named["kind"].tolist() == ["bridge", "border_crossing"]
    assert named["km"].tolist() == pytest.approx([17.2, 32.2], abs=0.3)
    assert (named["extra_h_if_closed"] > 0.3).all()
    lone = Friction(base.pace, network=roads.iloc[[0]], barriers=river, features={"bridges": bridges})
    only = pinch_points(corridor(lone, PLANE.at(3, 10), PLANE.at(47, 10)), lone)
    assert np.isinf(only[only["kind"] == "bridge"]["extra_h_if_closed"]).all()


def test_no_way_has_no_pinch_and_bad_input_is_said():
    pace = np.ones((9, 21))
    pace[:, 9:12] = np.inf
    assert pinch_points(corridor(PLANE.friction(pace), PLANE.at(1, 1), PLANE.at(19, 1))).empty
    short = corridor(PLANE.friction(np.ones((9, 21))), PLANE.at(1, 1), PLANE.at(3, 1))
    assert pinch_points(short).empty
    for bad in ({"count": 0}, {"step_km": 0}):
        with pytest.raises(InputError, match="count"):
            pinch_points(short, **bad)
    with pytest.raises(InputError, match="not the one it was made on"):
        pinch_points(short, PLANE.friction(np.ones((4, 4))))


# ---- ensemble


def _row(key, applies, low, best, high):
    return {"key": key, "applies": applies, "low": low, "best": best, "high": high, "source": "test"}


def _two_roads(north=(50.0, 60.0, 70.0), south=(30.0, 55.0, 80.0)):
    """Two roads of one length between the ends, each with its range of speeds."""
    lines = [PLANE.line((5, 10), (5, 3), (45, 3), (45, 10)), PLANE.line((5, 10), (5, 17), (45, 17), (45, 10))]
    roads = PLANE.lines(*lines)
    roads["speed"] = ["north", "south"]
    roads["pace_s_per_m"] = [3.6 / north[1], 3.6 / south[1]]
    base = PLANE.friction(np.full((21, 51), 3.6 / 2))
    rows = [_row("north", "road", *north), _row("south", "road", *south), _row("open", "ground", 1.0, 2.0, 3.0)]
    return Friction(base.pace, network=roads, attrs={"speeds": [*rows, _row("unused", "road", 1, 2, 3)]})


ENDS = (PLANE.at(5, 10), PLANE.at(45, 10))


def test_the_share_of_draws_is_how_often_a_road_is_in_the_corridor():
    friction = _two_roads()
    got = ensemble(friction, *ENDS, draws=60, seed=3, slack=0.05)
    # Worked out from the same law with other means: draw speeds, compare times over equal lengths.
    rng = np.random.default_rng(99)
    n, s = rng.triangular(50, 60, 70, 20_000), rng.triangular(30, 55, 80, 20_000)
    best = np.minimum(1 / n, 1 / s)
    assert float(got[3, 25]) == pytest.approx((1 / n <= 1.05 * best).mean(), abs=0.15)
    assert float(got[17, 25]) == pytest.approx((1 / s <= 1.05 * best).mean(), abs=0.15)
    assert float(got[10, 25]) == 0.0
    assert float(got.max()) <= 1.0
    hours = 54.0 * best
    assert got.attrs["hours_p50"] == pytest.approx(np.median(hours), rel=0.05)
    assert got.attrs["hours_p05"] < got.attrs["hours_p50"] < got.attrs["hours_p95"]


def test_the_same_seed_gives_the_same_numbers_and_another_others():
    friction = _two_roads()
    one, again, other = (ensemble(friction, *ENDS, draws=8, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(one.values, again.values)
    np.testing.assert_array_equal(one.attrs["hours_drawn"], again.attrs["hours_drawn"])
    assert not np.array_equal(one.attrs["hours_drawn"], other.attrs["hours_drawn"])


def test_speeds_without_a_range_give_the_corridor_itself():
    fixed = (60.0, 60.0, 60.0)
    friction = _two_roads(fixed, fixed)
    rows = [{**r, "low": r["best"], "high": r["best"]} for r in friction.attrs["speeds"]]
    friction = Friction(friction.pace, network=friction.network, attrs={"speeds": rows})
    got = ensemble(friction, *ENDS, draws=3)
    found = corridor(friction, *ENDS)
    np.testing.assert_array_equal(got.values, np.isfinite(found.extra_h.values).astype(float))
    assert got.attrs["hours_p05"] == pytest.approx(found.hours)
    assert got.attrs["importance"] == []


def test_what_matters_most_is_the_speed_that_moves_the_hours():
    friction = _two_roads(north=(20.0, 60.0, 100.0), south=(1.0, 1.5, 2.0))
    importance = ensemble(friction, *ENDS, draws=30).attrs["importance"]
    assert importance[0]["parameter"] == "north"
    assert importance[0]["rank_correlation"] < -0.95
    assert "unused" not in {row["parameter"] for row in importance}
    assert spearmanr([1, 2, 3], [3, 2, 1]).statistic == pytest.approx(-1)  # the sign that is meant


def test_uncertain_ends_move_between_draws():
    friction = _two_roads((60.0, 60.0, 60.0), (60.0, 60.0, 60.0))
    site = points(["A"], (5, 10)).assign(uncertainty_m=4000.0)
    hours = ensemble(friction, site, ENDS[1], draws=12).attrs["hours_drawn"]
    assert len(np.unique(hours)) > 4


def test_draws_without_a_way_are_counted():
    pace = np.full((9, 21), 1.8)
    pace[:, 9:12] = np.inf
    base = PLANE.friction(pace)
    friction = Friction(base.pace, attrs={"speeds": [_row("open", "ground", 1.0, 2.0, 3.0)]})
    got = ensemble(friction, PLANE.at(1, 1), PLANE.at(19, 1), draws=4)
    assert got.attrs["draws_with_way"] == 0
    assert got.attrs["hours_p50"] == np.inf
    assert float(got.sum()) == 0.0


@pytest.mark.parametrize("draws", [1, 0, 2.5, True, "many"])
def test_draws_that_are_none_are_refused(draws):
    with pytest.raises(InputError, match="draws"):
        ensemble(_two_roads(), *ENDS, draws=draws)


@pytest.mark.parametrize("seed", [-1, 1.5, "x", None, True])
def test_a_seed_that_repeats_nothing_is_refused(seed):
    with pytest.raises(InputError, match="seed must be a whole number"):
        ensemble(_two_roads(), *ENDS, draws=2, seed=seed)


def test_a_friction_without_ranges_says_what_to_do():
    with pytest.raises(InputError, match="no speeds with a range"):
        ensemble(PLANE.friction(np.ones((5, 5))), PLANE.at(0, 0), PLANE.at(4, 4))


def test_draws_on_a_dask_cluster_are_the_draws_on_this_machine():
    distributed = pytest.importorskip("distributed")
    friction, ends = _two_roads(), ENDS
    here = ensemble(friction, *ends, draws=9, seed=5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the cluster's own, of ports and event loops
        options = {"n_workers": 1, "threads_per_worker": 2, "processes": False, "dashboard_address": None}
        with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
            there = ensemble(friction, *ends, draws=9, seed=5, client=client)
    np.testing.assert_array_equal(there.values, here.values)
    np.testing.assert_array_equal(there.attrs["hours_drawn"], here.attrs["hours_drawn"])
    with pytest.raises(InputError, match=r"dask\.distributed\.Client"):
        ensemble(friction, *ends, draws=2, client="tcp://127.0.0.1")


@pytest.mark.parametrize("stencil", [8, 32])
def test_each_draw_is_the_corridor_of_its_speeds(stencil):
    """Also where the ground is so slow that a corridor holds roads without the centre of a cell."""
    rng = np.random.default_rng(4)
    pace = np.exp(rng.uniform(0, 1, (21, 51)))
    pace[4:17, 20:24] = np.inf
    roads = _two_roads().network
    rows = [_row("north", "road", 20.0, 60.0, 90.0), _row("south", "road", 20.0, 55.0, 90.0)]
    base = PLANE.friction(pace)
    friction = Friction(base.pace, network=roads, attrs={"speeds": [*rows, _row("open", "ground", 0.5, 1.0, 4.0)]})
    got = ensemble(friction, *ENDS, draws=12, seed=7, slack=0.3, stencil=stencil)
    random = np.random.default_rng(7)
    speeds = [
        random.triangular(row["low"], row["best"], row["high"], 12) for row in (*rows, _row("", "", 0.5, 1.0, 4.0))
    ]
    count, hours = np.zeros(pace.shape), []
    order = [row["key"] for row in friction.attrs["speeds"]]
    assert order == ["north", "south", "open"]
    for north, south, ground in zip(*speeds, strict=True):
        drawn = roads.assign(pace_s_per_m=[0.06 * 60 / north, 3.6 / 55 * 55 / south])
        found = corridor(Friction(base.pace / ground, network=drawn), *ENDS, slack=0.3, stencil=stencil)
        count += np.isfinite(found.extra_h.values)
        hours.append(found.hours)
    np.testing.assert_allclose(got.attrs["hours_drawn"], hours, rtol=1e-9)
    np.testing.assert_allclose(got.values, count / 12, atol=1e-12)


@pytest.mark.parametrize(("delay_s", "disc_m"), [(None, 0.0), (900.0, 0.0), (None, 2500.0), (900.0, 2500.0)])
def test_draws_are_searched_for_where_they_can_lie_and_are_those_of_whole_surfaces(delay_s, disc_m, monkeypatch):
    """Ends that move in their discs and one-way paces among them; the oracle is the same draw without any bound."""
    from geoops.corridors import draws

    rng = np.random.default_rng(11)
    base, two = PLANE.friction(np.exp(rng.uniform(0, 2, (61, 51)))), _two_roads()
    roads = two.network.assign(pace_back_s_per_m=[0.2, 0.05])
    wall = (
        None if delay_s is None else PLANE.lines(PLANE.line((25.5, -1), (25.5, 61), pieces=9)).assign(delay_s=delay_s)
    )
    friction = Friction(base.pace, network=roads, barriers=wall, attrs=two.attrs)
    ends = [points([name], at).assign(uncertainty_m=disc_m) for name, at in (("A", (6, 9)), ("B", (44, 12)))]
    reached, whole = [], []
    real = draws.one_draw

    def kept(into):
        def search(graph, *args, **options):
            found = real_search(graph, *args, **options)
            into.append(int(np.isfinite(found.seconds).sum()))
            return found

        return search

    real_search = draws.Graph.search
    monkeypatch.setattr(draws.Graph, "search", kept(reached))
    bounded = ensemble(friction, *ends, draws=10, seed=2)
    monkeypatch.setattr(draws.Graph, "search", kept(whole))
    room = sys.modules["geoops.corridors.ensemble"]
    monkeypatch.setattr(room, "one_draw", lambda world, *rest: real(replace(world, left_s=np.empty(0)), *rest))
    surfaces = ensemble(friction, *ends, draws=10, seed=2)
    np.testing.assert_array_equal(bounded.values, surfaces.values)
    np.testing.assert_array_equal(bounded.attrs["hours_drawn"], surfaces.attrs["hours_drawn"])
    assert disc_m > 0.0 or 0 < sum(reached) < sum(whole)  # an end that moved far is searched for twice
