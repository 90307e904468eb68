"""Nothing slips through a barrier off the network, and a road is as long as it is."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geoops.core.errors import InputError
from geoops.core.geodesy import length
from geoops.core.types import Friction
from geoops.corridors import corridor, travel_time

from .conftest import Plane, oracle, oracle_hours

PLANE = Plane()


def _river(*places) -> gpd.GeoDataFrame:
    return PLANE.lines(PLANE.line(*places, pieces=200))


RIVERS = {
    "diagonal, through the cells' centres": [(-2, -2), (32, 32)],
    "diagonal, beside them": [(-2, -2.37), (32, 31.63)],
    "steep": [(8.2, -2), (19.7, 32)],
    "along a row's centres": [(-2, 15), (32, 15)],
    "along the edge of rows": [(-2, 15.5), (32, 15.5)],
    "zigzag": [(-2, 10), (5, 14), (9, 9), (14, 18), (20, 12), (32, 20)],
}


@pytest.mark.parametrize("stencil", [8, 16, 32])
@pytest.mark.parametrize("name", RIVERS)
def test_a_river_without_a_bridge_cannot_be_crossed_by_any_step(name, stencil):
    friction = PLANE.friction(np.full((30, 30), 1.0), barriers=_river(*RIVERS[name]))
    hours = travel_time(friction, PLANE.at(1, 27), stencil=stencil).values
    river = shapely.LineString(RIVERS[name])
    sides = shapely.ops.split(shapely.box(-1, -1, 30, 30), river).geoms
    home = next(side for side in sides if side.contains(shapely.Point(1, 27)))
    for row in range(30):
        for column in range(30):
            centre = shapely.Point(column, row)
            if river.distance(centre) < 0.01:
                continue  # on the river itself: on either side
            assert np.isfinite(hours[row, column]) == home.contains(centre), (column, row)


@pytest.mark.parametrize("stencil", [8, 32])
def test_with_a_bridge_it_is_crossed_there_and_only_there(stencil):
    bridge = PLANE.lines(PLANE.line((20, 13), (20, 17)), pace_s_per_m=0.5)
    river = _river((-2, 15.2), (32, 15.2))
    friction = PLANE.friction(np.full((30, 30), 1.0), barriers=river, network=bridge)
    hours = travel_time(friction, PLANE.at(3, 5), stencil=stencil).values
    assert np.isfinite(hours).all()
    found = corridor(friction, PLANE.at(3, 5), PLANE.at(3, 25), stencil=stencil)
    meets = PLANE.cells(shapely.intersection(found.route, river.geometry.iloc[0]))
    assert meets.geom_type == "Point"
    assert meets.x == pytest.approx(20.0, abs=0.01)


@pytest.mark.parametrize("stencil", [8, 16, 32])
def test_barriers_equal_dijkstra_of_networkx(stencil):
    rng = np.random.default_rng(11)
    pace = rng.uniform(1.0, 4.0, (12, 12))
    wall = [(2.3, -1.0), (4.1, 5.2), (8.7, 4.9), (9.6, 9.3)]  # open at one end
    friction = PLANE.friction(pace, barriers=_river(*wall))
    hours = travel_time(friction, PLANE.at(1, 2), stencil=stencil)
    expected = oracle_hours(oracle(PLANE, pace, stencil, barriers=[shapely.LineString(wall)]), (1, 2), pace.shape)
    expected[2, 1] = 0.0
    np.testing.assert_allclose(hours.values, expected, rtol=1e-9)


# To a millionth of a cell: below that GEOS divides by squares that are no numbers any more.
_PLACE = st.floats(0, 11).map(lambda value: round(value, 6))


@given(st.lists(st.tuples(_PLACE, _PLACE), min_size=2, max_size=5), st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_no_route_ever_crosses_a_barrier(places, seed):
    line = shapely.LineString(places)
    centres = shapely.points(*(a.ravel() for a in np.meshgrid(np.arange(12.0), np.arange(12.0))))
    assume(line.length > 0.1 and shapely.distance(centres, line).min() > 1e-3)
    pace = np.random.default_rng(seed).uniform(1.0, 4.0, (12, 12))
    friction = PLANE.friction(pace, barriers=_river(*places))
    found = corridor(friction, PLANE.at(0, 0), PLANE.at(11, 11))
    route = PLANE.cells(found.route)
    met = shapely.intersection(route, line)
    ends = shapely.MultiPoint(places)  # a way round a line may pass its tip by a hair
    beside = shapely.get_parts(shapely.intersection(route, line.buffer(1e-6)))
    along = shapely.union_all(beside[shapely.length(beside) > 1e-3])  # and may run along it, on neither side
    for point in shapely.get_parts(met):
        assert point.is_empty or shapely.distance(point, ends) < 1e-3 or shapely.distance(point, along) < 1e-6


def test_a_route_may_run_along_a_barrier_and_not_over_it():
    friction = PLANE.friction(np.ones((12, 12)), barriers=_river((0.25, 0.0), (0.75, 0.0)))
    assert corridor(friction, PLANE.at(0, 0), PLANE.at(11, 0)).status == "found"
    wall = PLANE.friction(np.ones((12, 12)), barriers=_river((5.5, -2.0), (5.5, 14.0)))
    assert corridor(wall, PLANE.at(0, 0), PLANE.at(11, 0)).status == "no_path"


def test_a_polygon_is_a_barrier_by_its_outline():
    lake = PLANE.lines(
        shapely.Polygon([PLANE.at(4.3, 4.3), PLANE.at(4.3, 9.6), PLANE.at(9.6, 9.6), PLANE.at(9.6, 4.3)])
    )
    hours = travel_time(PLANE.friction(np.ones((15, 15)), barriers=lake), PLANE.at(1, 1)).values
    assert np.isinf(hours[5:10, 5:10]).all()
    assert np.isfinite(hours).sum() == 15 * 15 - 25


def test_network_and_cells_together_equal_dijkstra_of_networkx():
    rng = np.random.default_rng(2)
    pace = rng.uniform(2.0, 4.0, (9, 11))
    # Vertices closer than the room would cut, so that the network is the one given.
    places = [(0.91 + 0.45 * i, 1.12 + 0.3 * i) for i in range(20)]
    line = shapely.LineString([PLANE.at(*p) for p in places])
    friction = PLANE.friction(pace, network=PLANE.lines(line, pace_s_per_m=0.1))
    xy = np.array(line.coords)
    metres = length([shapely.LineString(xy[i : i + 2]) for i in range(len(xy) - 1)])
    edges = [(f"v{i}", f"v{i + 1}", 0.1 * metres[i]) for i in range(len(metres))]
    joins = []
    for i, (x, y) in enumerate(places):
        for column in (int(np.floor(x)), int(np.floor(x)) + 1):
            for row in (int(np.floor(y)), int(np.floor(y)) + 1):
                if 0 <= column < 11 and 0 <= row < 9:
                    joint = shapely.LineString([PLANE.at(x, y), PLANE.at(column, row)])
                    joins.append((f"v{i}", (column, row), float(length([joint])[0])))
    expected = oracle_hours(oracle(PLANE, pace, 32, edges=edges, joins=joins), (1, 1), pace.shape)
    expected[1, 1] = 0.0
    np.testing.assert_allclose(travel_time(friction, PLANE.at(1, 1)).values, expected, rtol=1e-9)


@pytest.mark.parametrize("end", [(45, 0), (45, 45), (45, 11), (45, 31)])
def test_a_road_is_as_long_as_it_is_in_any_direction(end):
    road = PLANE.line((2, 2), (2 + end[0], 2 + end[1]), pieces=3)
    friction = PLANE.friction(np.full((50, 50), 2.0), network=PLANE.lines(road, pace_s_per_m=0.05))
    found = corridor(friction, PLANE.at(2, 2), PLANE.at(2 + end[0], 2 + end[1]))
    true_km = float(length([road])[0]) / 1000.0
    assert found.distance_km == pytest.approx(true_km, rel=0.005)
    assert found.hours == pytest.approx(true_km * 1000 * 0.05 / 3600, rel=0.01)
    assert found.road_share > 0.97


def test_a_winding_road_keeps_its_length():
    x = np.linspace(2, 46, 300)
    line = shapely.LineString([PLANE.at(a, 25 + 9 * np.sin(a / 3.0)) for a in x])
    friction = PLANE.friction(np.full((50, 50), 6.0), network=PLANE.lines(line, pace_s_per_m=0.05))
    ends = [PLANE.at(2, 25 + 9 * np.sin(2 / 3.0)), PLANE.at(46, 25 + 9 * np.sin(46 / 3.0))]
    found = corridor(friction, *ends)
    assert found.distance_km == pytest.approx(float(length([line])[0]) / 1000.0, rel=0.03)


def test_a_stated_length_counts_for_the_line_as_drawn():
    road = PLANE.lines(PLANE.line((2, 5), (40, 5), pieces=4), pace_s_per_m=0.05, length_m=50_000.0)
    friction = PLANE.friction(np.full((11, 43), 9.0), network=road)
    found = corridor(friction, PLANE.at(2, 5), PLANE.at(40, 5))
    assert found.distance_km == pytest.approx(50.0, rel=0.03)
    assert found.hours == pytest.approx(50_000 * 0.05 / 3600, rel=0.03)


def test_a_one_way_pace_counts_in_its_direction():
    road = PLANE.lines(PLANE.line((2, 5), (40, 5)), pace_s_per_m=0.05, pace_back_s_per_m=0.2)
    friction = PLANE.friction(np.full((11, 43), 9.0), network=road)
    there = corridor(friction, PLANE.at(2, 5), PLANE.at(40, 5))
    back = corridor(friction, PLANE.at(40, 5), PLANE.at(2, 5))
    assert back.hours == pytest.approx(4 * there.hours, rel=1e-4)
    to = travel_time(friction, PLANE.at(40, 5), direction="to")
    assert float(to[5, 2]) == pytest.approx(there.hours, rel=1e-4)


def test_a_road_that_does_not_join_cells_is_only_passed_through():
    tunnel = PLANE.lines(PLANE.line((5, 5), (35, 5)), pace_s_per_m=0.05, joins_cells=False)
    ramps = PLANE.lines(PLANE.line((2, 5), (5, 5)), PLANE.line((35, 5), (38, 5)), pace_s_per_m=0.05)
    import pandas as pd

    network = gpd.GeoDataFrame(pd.concat([ramps.assign(joins_cells=True), tunnel], ignore_index=True), crs="EPSG:4326")
    friction = PLANE.friction(np.full((11, 41), 9.0), network=network)
    hours = travel_time(friction, PLANE.at(2, 5))
    assert float(hours[5, 38]) < 0.6
    assert float(hours[5, 20]) > 20 * float(hours[5, 38])  # from an end of the tunnel over the ground


def test_a_road_passes_the_river_and_nothing_beside_it_does():
    road = PLANE.lines(PLANE.line((2, 2), (27, 24), pieces=2), pace_s_per_m=0.05)
    friction = PLANE.friction(np.full((30, 30), 1.0), network=road, barriers=_river((-2, 15.2), (32, 15.2)))
    south = travel_time(friction, PLANE.at(25, 27))
    north = travel_time(friction, PLANE.at(1, 1))
    assert np.isfinite(south.values).all()
    cut = Friction(friction.pace, barriers=friction.barriers)
    assert np.isinf(travel_time(cut, PLANE.at(1, 1)).values[16:]).all()
    assert np.isfinite(north.values).all()


def test_a_town_on_the_bank_does_not_start_from_the_other_bank():
    # The river runs between the point and its cell's centre.
    friction = PLANE.friction(np.ones((12, 12)), barriers=_river((-2, 5.2), (14, 5.2)))
    hours = travel_time(friction, PLANE.at(4.0, 5.4)).values
    assert np.isinf(hours[:6]).all()
    assert np.isfinite(hours[6:]).all()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({}, "pace_s_per_m"),
        ({"pace_s_per_m": 0.0}, "must be positive"),
        ({"pace_s_per_m": np.nan}, "must be positive"),
        ({"pace_s_per_m": 1.0, "length_m": -5.0}, "length_m must be positive"),
    ],
)
def test_a_network_without_usable_paces_is_refused(columns, message):
    network = PLANE.lines(PLANE.line((1, 1), (3, 3)), **columns)
    with pytest.raises(InputError, match=message):
        travel_time(PLANE.friction(np.ones((5, 5)), network=network), PLANE.at(1, 1))


def test_points_in_a_network_are_passed_over_and_roads_outside_are_no_way():
    network = PLANE.lines(PLANE.line((-20, 2), (-5, 2)), shapely.Point(*PLANE.at(2, 2)), pace_s_per_m=0.05)
    friction = PLANE.friction(np.ones((5, 5)), network=network)
    plain = travel_time(PLANE.friction(np.ones((5, 5))), PLANE.at(1, 1))
    np.testing.assert_allclose(travel_time(friction, PLANE.at(1, 1)).values, plain.values, rtol=1e-12)
