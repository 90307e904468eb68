"""Travel time is exact on its graph, and off from the truth by no more than its stencil says."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.graph import MCP_Geometric

from geoops.core.errors import CrsError, InputError
from geoops.core.types import Friction
from geoops.corridors import travel_time
from geoops.corridors.assembly import graph_of
from geoops.corridors.slopes import slope_factor

from .conftest import Plane, oracle, oracle_hours

PLANE = Plane()


@pytest.fixture
def random_pace():
    rng = np.random.default_rng(7)
    pace = rng.uniform(1.0, 150.0, (60, 45))
    pace[rng.random(pace.shape) < 0.15] = np.inf
    pace[5:12, 8] = np.nan
    pace[30, 20] = 1.0
    return pace


def test_eight_neighbours_equal_scikit_image_to_the_last_bit(random_pace):
    unit = Plane(1.0)
    graph = graph_of(unit.friction(random_pace), 8)
    mine = graph.unframed(graph.search(graph.node(20, 30)[None]).seconds)
    costs = np.where(np.isfinite(random_pace), random_pace, -1)  # scikit-image takes negative costs as closed
    theirs, _ = MCP_Geometric(costs).find_costs([(30, 20)])
    assert np.array_equal(mine, theirs)


def test_hours_are_the_same_through_the_public_call(random_pace):
    hours = travel_time(PLANE.friction(random_pace), PLANE.at(20, 30), stencil=8)
    costs = np.where(np.isfinite(random_pace), random_pace, -1)
    theirs, _ = MCP_Geometric(costs).find_costs([(30, 20)])
    expected = np.where(np.isnan(random_pace), np.nan, theirs * 1000.0 / 3600.0)
    np.testing.assert_allclose(hours.values, expected, rtol=1e-12)
    assert np.isinf(hours.values[np.isinf(random_pace)]).all()
    assert hours.attrs["units"] == "h"
    assert hours.rio.crs == "EPSG:32638"


@pytest.mark.parametrize("stencil", [8, 16, 32])
def test_any_stencil_equals_dijkstra_of_networkx(stencil):
    rng = np.random.default_rng(stencil)
    pace = rng.uniform(0.5, 5.0, (14, 17))
    pace[rng.random(pace.shape) < 0.12] = np.inf
    pace[6, 8] = 1.0
    hours = travel_time(PLANE.friction(pace), PLANE.at(8, 6), stencil=stencil)
    expected = oracle_hours(oracle(PLANE, pace, stencil), (8, 6), pace.shape)
    expected[6, 8] = 0.0
    np.testing.assert_allclose(hours.values, expected, rtol=1e-12)


@pytest.mark.parametrize("ratio", [1e3, 1e9])
def test_paces_of_any_ratio_are_exact(ratio):
    rng = np.random.default_rng(3)
    pace = np.exp(rng.uniform(0.0, np.log(ratio), (40, 40)))
    unit = Plane(1.0)
    graph = graph_of(unit.friction(pace), 8)
    mine = graph.unframed(graph.search(graph.node(0, 0)[None]).seconds)
    theirs, _ = MCP_Geometric(pace).find_costs([(0, 0)])
    np.testing.assert_allclose(mine, theirs, rtol=1e-12)


@pytest.mark.parametrize(("stencil", "most"), [(8, 0.0824), (16, 0.0275), (32, 0.0131)])
def test_on_uniform_ground_the_error_is_the_one_stated_and_no_more(stencil, most):
    size = 201
    hours = travel_time(PLANE.friction(np.full((size, size), 3.6)), PLANE.at(100, 100), stencil=stencil)
    y, x = np.mgrid[:size, :size] - 100
    truth = np.hypot(x, y) * 1.0  # 3.6 s/m is a kilometre an hour
    far = truth > 50
    error = hours.values[far] / truth[far] - 1.0
    stated = hours.attrs["stencil_error_max"]
    assert stated == pytest.approx(most, abs=2e-4)
    assert error.min() > -1e-9
    assert error.max() <= stated + 1e-9
    assert error.max() > 0.95 * stated
    assert np.sqrt(np.mean(error**2)) == pytest.approx(hours.attrs["stencil_error_rms"], rel=0.15)


@pytest.mark.parametrize(("stencil", "most"), [(8, 0.0824), (16, 0.0275), (32, 0.0131)])
def test_two_layers_follow_snell(stencil, most):
    size, border = 161, 80
    pace = np.full((size, size), 3.6)
    pace[border:] = 4 * 3.6
    hours = travel_time(PLANE.friction(pace), PLANE.at(80, 20), stencil=stencil)
    edge = border - 0.5 - 20  # rows from the source to the layers' edge
    for column, row in [(80, 140), (100, 150), (130, 120), (150, 155), (20, 100)]:
        dx, depth = abs(column - 80), row - 20 - edge
        at = np.linspace(0, dx, 200_001)
        truth = (np.hypot(at, edge) + 4 * np.hypot(dx - at, depth)).min()
        error = float(hours.values[row, column]) / truth - 1
        assert -1e-6 < error <= most


def test_a_geographic_grid_uses_geodesic_lengths_row_by_row():
    x, y = np.arange(40.0, 41.0, 0.05), np.arange(60.0, 59.0, -0.05)
    pace = xr.DataArray(np.full((len(y), len(x)), 1.0), coords={"y": y, "x": x}, dims=("y", "x")).rio.write_crs(4326)
    hours = travel_time(Friction(pace), (40.0, 60.0), stencil=8)
    geod = pyproj.Geod(ellps="WGS84")
    east = sum(geod.inv(40.0 + 0.05 * i, 60.0, 40.05 + 0.05 * i, 60.0)[2] for i in range(10))
    south = geod.inv(40.0, 60.0, 40.0, float(y[10]))[2]
    diagonal = sum(geod.inv(x[i], y[i], x[i + 1], y[i + 1])[2] for i in range(10))
    assert float(hours[0, 10]) * 3600 == pytest.approx(east, rel=1e-9)
    assert float(hours[10, 0]) * 3600 == pytest.approx(south, rel=1e-9)
    assert float(hours[10, 10]) * 3600 == pytest.approx(diagonal, rel=1e-9)
    assert "geodesic" in hours.attrs["edges"]


def test_rows_may_run_north_as_well():
    pace = PLANE.array(np.random.default_rng(0).uniform(1, 3, (12, 9)))
    down = travel_time(Friction(pace), PLANE.at(2, 3))
    up = travel_time(Friction(pace.isel(y=slice(None, None, -1))), PLANE.at(2, 3))
    np.testing.assert_allclose(down.values, up.values[::-1], rtol=1e-12)


def test_of_several_sources_the_nearest_counts():
    pace = np.random.default_rng(1).uniform(1, 3, (15, 20))
    friction = PLANE.friction(pace)
    both = travel_time(friction, [PLANE.at(2, 2), PLANE.at(17, 12)])
    one = travel_time(friction, PLANE.at(2, 2))
    other = travel_time(friction, PLANE.at(17, 12))
    np.testing.assert_array_equal(both.values, np.minimum(one, other).values)


def test_an_area_starts_from_all_its_cells():
    import shapely

    friction = PLANE.friction(np.full((10, 10), 3.6))
    area = shapely.Polygon([PLANE.at(1.6, 1.6), PLANE.at(5.4, 1.6), PLANE.at(5.4, 4.4), PLANE.at(1.6, 4.4)])
    hours = travel_time(friction, area)
    assert int((hours.values == 0).sum()) == 4 * 3
    assert float(hours[3, 8]) == pytest.approx(3.0)


def test_the_limit_leaves_what_is_beyond_at_infinity():
    friction = PLANE.friction(np.random.default_rng(2).uniform(1, 9, (30, 30)))
    whole = travel_time(friction, PLANE.at(15, 15)).values
    cut = travel_time(friction, PLANE.at(15, 15), limit_h=8.0).values
    np.testing.assert_array_equal(cut, np.where(whole <= 8.0, whole, np.inf))
    assert np.isinf(cut).any()
    assert np.isfinite(cut).any()


def _tobler(s):
    return float(np.exp(3.5 * (abs(s + 0.05) - 0.05)))


@pytest.mark.parametrize("direction", ["from", "to"])
def test_walking_by_slope_counts_direction(direction):
    rng = np.random.default_rng(5)
    height = rng.uniform(0, 250, (10, 12))
    pace = rng.uniform(0.7, 1.4, (10, 12))
    friction = PLANE.friction(pace, elevation=height, slope_pace="tobler")
    hours = travel_time(friction, PLANE.at(5, 4), direction=direction)
    graph = oracle(PLANE, pace, 32, slope=_tobler, height=height)
    expected = oracle_hours(graph if direction == "from" else graph.reverse(), (5, 4), pace.shape)
    expected[4, 5] = 0.0
    np.testing.assert_allclose(hours.values, expected, rtol=2e-6)  # the rule is read off a table


def test_from_and_to_are_each_others_mirror_on_a_slope():
    height = np.add.outer(np.linspace(0, 900, 8), np.linspace(0, 300, 9))
    friction = PLANE.friction(np.full((8, 9), 0.72), elevation=height, slope_pace="tobler")
    there = travel_time(friction, PLANE.at(1, 1))
    back = travel_time(friction, PLANE.at(1, 1), direction="to")
    assert float(there[6, 7]) == pytest.approx(float(travel_time(friction, PLANE.at(7, 6), direction="to")[1, 1]))
    assert float(there[6, 7]) > float(back[6, 7])  # the far corner lies higher


paces = st.lists(st.floats(0.1, 50.0), min_size=48, max_size=48).map(lambda v: np.array(v).reshape(6, 8))


@given(paces, st.integers(0, 47), st.floats(1.1, 20.0))
@settings(max_examples=40, deadline=None)
def test_raising_a_pace_never_shortens_a_journey(pace, cell, factor):
    before = travel_time(PLANE.friction(pace), PLANE.at(3, 2)).values
    pace.ravel()[cell] *= factor
    after = travel_time(PLANE.friction(pace), PLANE.at(3, 2)).values
    assert (after >= before * (1 - 1e-12)).all()


@given(paces, st.integers(0, 47), st.integers(0, 47))
@settings(max_examples=40, deadline=None)
def test_a_to_b_is_b_to_a_where_costs_are_symmetric(pace, a, b):
    friction = PLANE.friction(pace)
    there = travel_time(friction, PLANE.at(a % 8, a // 8)).values.ravel()[b]
    back = travel_time(friction, PLANE.at(b % 8, b // 8)).values.ravel()[a]
    assert there == pytest.approx(back, rel=1e-12)


@given(paces, st.floats(0.01, 100.0))
@settings(max_examples=30, deadline=None)
def test_scaling_the_costs_scales_the_hours(pace, factor):
    one = travel_time(PLANE.friction(pace), PLANE.at(0, 0)).values
    other = travel_time(PLANE.friction(pace * factor), PLANE.at(0, 0)).values
    np.testing.assert_allclose(other, one * factor, rtol=1e-9)


@given(paces)
@settings(max_examples=30, deadline=None)
def test_more_neighbours_never_take_longer_than_the_error_they_remove(pace):
    friction = PLANE.friction(np.full_like(pace, pace[0, 0]))
    hours = [travel_time(friction, PLANE.at(0, 0), stencil=s).values for s in (8, 16, 32)]
    assert (hours[1] <= hours[0] * (1 + 1e-12)).all()
    assert (hours[2] <= hours[1] * (1 + 1e-12)).all()


@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (2, 2), (3, 1)])
def test_grids_of_one_row_or_column_work(shape):
    friction = PLANE.friction(np.full(shape, 3.6))
    hours = travel_time(friction, PLANE.at(0, 0))
    assert float(hours[-1, -1]) == pytest.approx(
        np.hypot(shape[0] - 1, shape[1] - 1) if min(shape) > 1 else max(shape) - 1
    )


def test_one_cell_without_a_transform_says_what_is_missing():
    with pytest.raises(InputError, match="write_transform"):
        travel_time(PLANE.friction([[1.0]]), PLANE.at(0, 0))


def test_one_cell_with_a_transform_is_a_grid():
    from affine import Affine

    cell = PLANE.array([[1.0]]).rio.write_transform(Affine(1000, 0, 399_500, 0, -1000, 3_900_500))
    assert float(travel_time(Friction(cell), PLANE.at(0.2, 0.2))[0, 0]) == 0.0


@pytest.mark.parametrize("bad", [0.0, -1.0])
def test_a_pace_that_is_not_positive_is_refused(bad):
    with pytest.raises(InputError, match="positive"):
        PLANE.friction([[1.0, bad], [1.0, 1.0]])


def test_a_source_outside_names_the_nearest_usable_cell():
    friction = PLANE.friction(np.ones((4, 4)))
    lon, lat = PLANE.at(9, 1)
    with pytest.raises(InputError, match=r"outside the friction grid.*nearest usable cell is 6\.0 km away"):
        travel_time(friction, (lon, lat))


@pytest.mark.parametrize("hole", [np.inf, np.nan])
def test_a_source_on_water_or_no_data_names_the_nearest_usable_cell(hole):
    pace = np.ones((5, 5))
    pace[1:4, 1:4] = hole
    with pytest.raises(InputError, match=r"cannot be entered.*nearest usable cell is 2\.0 km away"):
        travel_time(PLANE.friction(pace), PLANE.at(2, 2))


def test_a_grid_that_cannot_be_entered_anywhere_is_refused():
    with pytest.raises(InputError, match="no cell"):
        travel_time(PLANE.friction(np.full((3, 3), np.inf)), PLANE.at(1, 1))


def test_a_cell_that_nothing_reaches_is_infinite():
    pace = np.ones((5, 9))
    pace[:, 4:7] = np.inf  # three closed columns: no step of the stencil is longer
    hours = travel_time(PLANE.friction(pace), PLANE.at(0, 0)).values
    assert np.isinf(hours[:, 4:]).all()
    assert np.isfinite(hours[:, :4]).all()


def test_a_closed_cell_under_a_long_step_closes_it():
    pace = np.ones((3, 9))
    pace[:, 4] = np.inf
    assert np.isinf(travel_time(PLANE.friction(pace), PLANE.at(0, 0)).values[:, 4:]).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stencil": 12}, "stencil"),
        ({"direction": "both"}, "direction"),
        ({"limit_h": 0}, "limit_h"),
        ({"limit_h": np.inf}, "limit_h"),
        ({"sources": []}, "no row"),
        ({"sources": [None]}, "has no place"),
    ],
)
def test_arguments_that_cannot_be_used_are_said(change, message):
    given = {"sources": PLANE.at(0, 0), **change}
    with pytest.raises(InputError, match=message):
        travel_time(PLANE.friction(np.ones((3, 3))), given.pop("sources"), **given)


def test_something_else_than_a_friction_is_refused():
    with pytest.raises(InputError, match="Friction"):
        travel_time(PLANE.array(np.ones((3, 3))), PLANE.at(0, 0))


def test_an_irregular_grid_is_refused():
    pace = xr.DataArray(np.ones((3, 3)), coords={"y": [0.0, 1.0, 3.0], "x": [0.0, 1.0, 2.0]}, dims=("y", "x"))
    with pytest.raises(InputError, match="regular"):
        travel_time(Friction(pace.rio.write_crs(4326)), (1.0, 1.0))


def test_a_grid_without_coordinates_or_crs_is_refused():
    with pytest.raises(CrsError):
        Friction(xr.DataArray(np.ones((3, 3)), dims=("y", "x")))
    bare = xr.DataArray(np.ones((3, 3)), dims=("y", "x")).rio.write_crs(4326)
    with pytest.raises(InputError, match="coordinate"):
        travel_time(Friction(bare), (1.0, 1.0))


def test_a_grid_beyond_the_pole_or_more_than_once_round_is_refused():
    for y, x in [([89.0, 91.0], [0.0, 2.0]), ([0.0, 2.0], [0.0, 359.0])]:
        pace = xr.DataArray(np.ones((2, 2)), coords={"y": y, "x": x}, dims=("y", "x")).rio.write_crs(4326)
        with pytest.raises(InputError, match="turn of the globe"):
            travel_time(Friction(pace), (1.0, 1.0))


def test_elevation_on_other_cells_is_refused():
    pace = PLANE.array(np.ones((4, 4)))
    moved = pace.assign_coords(x=pace.x + 500.0)
    with pytest.raises(InputError, match="reproject_match"):
        travel_time(Friction(pace, elevation=moved, slope_pace="tobler"), PLANE.at(0, 0))


def test_a_slope_rule_needs_an_elevation_and_a_known_name():
    with pytest.raises(InputError, match="needs an elevation"):
        travel_time(PLANE.friction(np.ones((3, 3)), slope_pace="tobler"), PLANE.at(0, 0))
    with pytest.raises(InputError, match="langmuir"):
        travel_time(PLANE.friction(np.ones((3, 3)), slope_pace="naismith", elevation=np.ones((3, 3))), PLANE.at(0, 0))


def test_langmuir_is_five_km_an_hour_and_six_seconds_a_metre_climbed():
    assert slope_factor("langmuir", 0.0) == 1.0
    # 1000 m forward and 100 m up: 720 s + 600 s.
    assert float(slope_factor("langmuir", 0.1)) * 720 == pytest.approx(1320)
    assert float(slope_factor("langmuir", -0.15)) * 720 == pytest.approx(720 - 300)
    assert float(slope_factor("langmuir", -0.3)) * 720 == pytest.approx(720 + 600)


def test_a_projected_grid_states_its_scale_error():
    attrs = travel_time(PLANE.friction(np.ones((3, 3))), PLANE.at(0, 0)).attrs
    low, high = attrs["grid"]["scale_error"]
    # 100 km west of the central meridian: 0.9996 * (1 + (100/6380)^2 / 2).
    assert low == pytest.approx(0.9996 * (1 + (100 / 6380) ** 2 / 2) - 1, abs=2e-5)
    assert low <= high
    assert attrs["stencil"] == 32
    assert attrs["stencil_error_rms"] < 0.01
