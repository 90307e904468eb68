"""What results of the room say of themselves: defaults, attributes, limits, and the words of refusals."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from scipy.integrate import quad

from geoops.core.errors import InputError
from geoops.core.types import Friction
from geoops.corridors import corridor, travel_time
from geoops.corridors.assembly import graph_of
from geoops.corridors.corridor import _pad_s, cell_extra, searches
from geoops.corridors.places import one_place
from geoops.corridors.stencils import check_stencil, direction_error, steps_of

from .conftest import Plane, step_list

PLANE = Plane()
ORACLE = Geodesic.WGS84


def steps_in_order(stencil, width, height):
    """Steps on cells of a shape by their angle, from atan2 alone."""
    return sorted((math.atan2(y * height, x * width), x * width, y * height) for x, y in step_list(stencil))


def errors(stencil, width, height):
    """Largest and root mean square excess of a journey over the two steps beside its direction, integrated piece by piece."""
    steps = steps_in_order(stencil, width, height)
    worst, total = 0.0, 0.0
    for (a, ux, uy), (b, vx, vy) in zip(steps, [*steps[1:], (steps[0][0] + 2 * math.pi, *steps[0][1:])], strict=True):
        inverse = np.linalg.inv(np.array([[ux, vx], [uy, vy]]))
        lengths = np.array([math.hypot(ux, uy), math.hypot(vx, vy)])

        def excess(angle, inverse=inverse, lengths=lengths):
            return float(lengths @ inverse @ [math.cos(angle), math.sin(angle)]) - 1.0

        worst = max(worst, 1.0 / math.cos((b - a) / 2.0) - 1.0)
        total += quad(lambda angle, excess=excess: excess(angle) ** 2, a, b)[0]
    return worst, math.sqrt(total / (2 * math.pi))


@pytest.mark.parametrize("stencil", [8, 16, 32])
@pytest.mark.parametrize(("width", "height"), [(1.0, 1.0), (0.5, 1.0), (1000.0, 700.0)])
def test_direction_errors_are_those_of_the_integral(stencil, width, height):
    worst, rms = direction_error(stencil, np.array([width]), np.array([height]))
    expected = errors(stencil, width, height)
    assert worst == pytest.approx(expected[0], rel=1e-9)
    assert rms == pytest.approx(expected[1], rel=1e-4)


def test_of_several_shapes_of_cells_the_worst_counts():
    widths, heights = np.array([1.0, 0.4, 0.9]), np.array([1.0, 1.0, 1.0])
    each = [errors(16, w, h) for w, h in zip(widths, heights, strict=True)]
    worst, rms = direction_error(16, widths, heights)
    assert worst == pytest.approx(max(e[0] for e in each), rel=1e-9)
    assert rms == pytest.approx(max(e[1] for e in each), rel=1e-4)
    with pytest.raises(ValueError, match="zip"):
        direction_error(16, np.ones(2), np.ones(3))


@pytest.mark.parametrize("stencil", [8, 16, 32])
def test_a_step_has_nothing_under_it_beyond_the_cells_it_passes(stencil):
    middles = steps_of(stencil).middles
    assert middles.shape == (stencil, 4, 2)
    assert not middles[:8].any()  # steps to the eight neighbours pass no other cell
    assert not middles[8:24, 2:].any()  # the long ones pass two, only the longest four
    for k in range(24, stencil):
        assert len({tuple(cell) for cell in middles[k].tolist()}) == 4


@pytest.mark.parametrize("stencil", [8, 16, 32, "eikonal", np.int64(16)])
def test_a_known_stencil_comes_back_as_it_was(stencil):
    assert check_stencil(stencil) == stencil
    assert isinstance(check_stencil(stencil), str if stencil == "eikonal" else int)


def test_the_refusal_of_a_stencil_names_all_and_what_came():
    with pytest.raises(InputError) as caught:
        check_stencil(12)
    assert str(caught.value) == 'stencil must be one of 8, 16, 32 or "eikonal"; 12 came'


def test_hours_say_what_they_are():
    friction = PLANE.friction([[1.0, 1.0, np.nan], [1.0, np.inf, 1.0]])
    hours = travel_time(friction, [PLANE.at(0, 0)], limit_h=2.5, direction="to")
    assert hours.name == "travel_time"
    assert hours.dims == friction.pace.dims
    assert set(hours.attrs) == {
        "units", "long_name", "direction", "sources", "limit_h", "stencil", "stencil_error_max", "stencil_error_rms", "grid", "edges",
    }  # fmt: skip
    assert hours.attrs["units"] == "h"
    assert hours.attrs["long_name"] == "travel time"
    assert hours.attrs["direction"] == "to"
    assert hours.attrs["limit_h"] == 2.5
    assert len(hours.attrs["sources"]) == 1
    assert hours.attrs["stencil"] == 32
    assert hours.attrs["edges"] == "metres of the CRS"
    assert hours.attrs["grid"]["rows"] == 2
    assert hours.attrs["grid"]["columns"] == 3
    worst, rms = errors(32, 1.0, 1.0)
    assert hours.attrs["stencil_error_max"] == pytest.approx(worst, rel=1e-3)
    assert hours.attrs["stencil_error_rms"] == pytest.approx(rms, rel=1e-3)
    assert np.isnan(hours.values).tolist() == [[False, False, True], [False, False, False]]
    assert np.isinf(hours.values[1, 1])
    assert hours.values[0, 1] == pytest.approx(1000.0 / 3600.0)


def test_the_eikonal_solver_states_its_own_error():
    hours = travel_time(PLANE.friction(np.ones((6, 6))), [PLANE.at(2, 2)], stencil="eikonal")
    assert hours.attrs["stencil"] == "eikonal"
    assert (hours.attrs["stencil_error_max"], hours.attrs["stencil_error_rms"]) == (0.003, 0.0006)


def test_defaults_of_a_travel_time():
    known = {name: parameter.default for name, parameter in inspect.signature(travel_time).parameters.items()}
    assert known == {
        "friction": inspect.Parameter.empty, "sources": inspect.Parameter.empty,
        "stencil": 32, "direction": "from", "limit_h": None, "links": False,
    }  # fmt: skip


@pytest.mark.parametrize("limit", [0, -1, float("nan"), float("inf")])
def test_a_limit_that_is_none_is_refused(limit):
    with pytest.raises(InputError) as caught:
        travel_time(PLANE.friction(np.ones((3, 3))), [PLANE.at(0, 0)], limit_h=limit)
    assert str(caught.value) == f"limit_h must be a positive number of hours, or None for no limit; {limit!r} came"


def test_a_small_limit_is_one_and_cuts_where_it_says():
    hours = travel_time(PLANE.friction(np.ones((1, 9))), [PLANE.at(0, 0)], limit_h=0.6, stencil=8)
    expected = np.arange(9) * 1000.0 / 3600.0
    np.testing.assert_allclose(hours.values[0], np.where(expected <= 0.6, expected, np.inf), rtol=1e-9)


def test_a_direction_that_is_none_is_refused_in_words():
    with pytest.raises(InputError) as caught:
        travel_time(PLANE.friction(np.ones((3, 3))), [PLANE.at(0, 0)], direction="there")
    assert (
        str(caught.value)
        == 'direction must be "from" (journeys start at the sources) or "to" (they end there); \'there\' came'
    )


def test_links_of_the_eikonal_solver_lead_home():
    hours = travel_time(
        PLANE.friction(np.ones((9, 9))), [PLANE.at(1, 1), PLANE.at(7, 7)], stencil="eikonal", links=True
    )
    assert hours["source"].dims == hours["back_link"].dims == ("y", "x")
    links, source = hours["back_link"].values.ravel(), hours["source"].values.ravel()
    for start in range(81):
        at, steps = start, 0
        while links[at] != at:
            at, steps = int(links[at]), steps + 1
            assert steps < 81
        assert at == (10 if source[start] == 0 else 70)


def test_of_two_sources_in_one_cell_the_first_is_named():
    same = [PLANE.at(1, 1), PLANE.at(1, 1), PLANE.at(5, 1)]
    hours = travel_time(PLANE.friction(np.ones((3, 7))), same, links=True, stencil=8)
    assert set(hours["source"].values.ravel().tolist()) == {0, 2}
    assert hours["source"].values[1].tolist() == [0, 0, 0, hours["source"].values[1, 3], 2, 2, 2]


@pytest.mark.parametrize("slack", [0.0, -0.1, float("nan"), float("inf"), 10.5, "0.1", None])
def test_a_slack_that_is_none_is_refused_in_words(slack):
    with pytest.raises(InputError) as caught:
        corridor(PLANE.friction(np.ones((3, 3))), PLANE.at(0, 0), PLANE.at(2, 2), slack=slack)
    words = f"slack must be a share above 0 and at most 10 (0.10 is ten per cent longer); {slack!r} came"
    assert str(caught.value) == words


def test_the_largest_slack_is_one():
    assert corridor(PLANE.friction(np.ones((2, 5))), PLANE.at(0, 0), PLANE.at(4, 0), slack=10.0).slack == 10.0


def test_a_corridor_says_what_it_is():
    friction = PLANE.friction(np.ones((5, 9)))
    friction.attrs["mode"] = "foot"
    found = corridor(friction, PLANE.at(0, 2), PLANE.at(8, 2))
    assert found.status == "found"
    assert found.mode == "foot"
    assert found.slack == 0.10
    assert found.extra_h.name == "extra_h"
    assert found.extra_h.attrs == {"units": "h", "long_name": "hours beyond the fastest journey"}
    assert set(found.attrs) == {
        "stencil", "stencil_error_max", "stencil_error_rms", "grid", "edges", "friction", "origin", "destination", "meaning",
    }  # fmt: skip
    for end in ("origin", "destination"):
        assert found.attrs[end] == {"name": found.attrs[end]["name"], "cells": 1, "area": False, "uncertainty_m": 0.0}
    assert found.attrs["origin"]["name"] == found.origin_name
    assert found.attrs["destination"]["name"] == found.destination_name
    assert found.attrs["meaning"] == "modelled ease of travel, not observed movement"
    assert found.attrs["friction"]["mode"] == "foot"
    # Eight kilometres at a second a metre, on the ground of the ellipsoid.
    assert found.hours == pytest.approx(8000.0 / 3600.0)
    (lon1, lat1), (lon2, lat2) = PLANE.at(0, 2), PLANE.at(8, 2)
    assert found.distance_km == pytest.approx(ORACLE.Inverse(lat1, lon1, lat2, lon2)["s12"] / 1000.0, rel=1e-6)
    assert found.hours_low == found.hours_high == pytest.approx(found.hours)
    assert found.road_share == 0.0
    assert math.isnan(found.climb_m)
    assert found.alternatives is None
    assert shapely.get_coordinates(found.route)[[0, -1]].tolist() == pytest.approx(
        np.array([PLANE.at(0, 2), PLANE.at(8, 2)])
    )


def test_extra_hours_are_those_of_the_two_searches():
    pace = np.random.default_rng(2).uniform(1.0, 2.0, (12, 15))
    friction = PLANE.friction(pace)
    a, b = PLANE.at(1, 5), PLANE.at(13, 6)
    found = corridor(friction, a, b, slack=0.2, stencil=16)
    there = (
        travel_time(friction, [a], stencil=16).values + travel_time(friction, [b], stencil=16, direction="to").values
    )
    expected = there - there.min()
    inside = expected <= 0.2 * there.min()
    assert found.hours == pytest.approx(there.min())
    np.testing.assert_array_equal(np.isfinite(found.extra_h.values), inside)
    np.testing.assert_allclose(found.extra_h.values[inside], expected[inside], atol=1e-9)
    assert 10 < inside.sum() < inside.size


def test_where_no_way_leads_the_reason_says_how_far_each_end_reaches():
    values = np.ones((5, 9))
    values[:, 3] = np.inf
    friction = PLANE.friction(values)
    friction.attrs["crossings"] = "any"
    found = corridor(friction, PLANE.at(1, 2), PLANE.at(7, 2))
    assert found.status == "no_path"
    assert found.hours == math.inf
    assert math.isnan(found.distance_km)
    assert found.polygon.is_empty
    assert found.route.is_empty
    assert np.isnan(found.extra_h.values).all()
    a, b = found.origin_name, found.destination_name
    assert found.reason == (
        f"No way leads from {a} to {b} on this friction: from {a} 15 km² can be reached, to {b} lead ways from 25 km², and the"
        f" two do not meet; water, barriers, the edge of the grid or cells without data close {a} in. Borders are passed by"
        ' the policy crossings="any".'
    )
    back = corridor(PLANE.friction(values), PLANE.at(7, 2), PLANE.at(1, 2))
    assert back.reason.endswith(f"close {back.destination_name} in.")


def test_the_doubt_of_an_end_moves_it_within_its_disc():
    import geopandas as gpd

    friction = PLANE.friction(np.ones((9, 21)))
    ends = gpd.GeoDataFrame(
        {"name": ["A", "B"], "uncertainty_m": [2100.0, 3100.0]},
        geometry=[shapely.Point(*PLANE.at(3, 4)), shapely.Point(*PLANE.at(17, 4))],
        crs="EPSG:4326",
    )
    found = corridor(friction, ends.iloc[[0]], ends.iloc[[1]], slack=0.5)
    hour = 1000.0 / 3600.0
    assert found.hours == pytest.approx(14 * hour)
    assert found.hours_low == pytest.approx(9 * hour, rel=1e-6)
    assert found.hours_high == pytest.approx(19 * hour, rel=1e-6)
    assert found.attrs["origin"]["uncertainty_m"] == 2100.0
    assert found.attrs["destination"]["uncertainty_m"] == 3100.0


def test_both_ends_in_one_cell_are_a_straight_line():
    friction = PLANE.friction(np.ones((3, 3)))
    a, b = PLANE.at(0.9, 1.0), PLANE.at(1.3, 1.0)
    found = corridor(friction, a, b)
    assert shapely.get_coordinates(found.route).tolist() == pytest.approx(np.array([a, b]))
    assert found.distance_km == pytest.approx(ORACLE.Inverse(a[1], a[0], b[1], b[0])["s12"] / 1000.0)
    assert found.climb_m == 0.0
    assert found.road_share == 0.0


def test_the_climb_is_what_goes_up_and_the_road_share_what_lies_on_the_road():
    height = np.tile([0.0, 100.0, 50.0, 80.0, 80.0, 0.0], (3, 1))
    road = PLANE.lines(PLANE.line((0, 1), (5, 1), pieces=5), pace_s_per_m=0.2)
    found = corridor(
        PLANE.friction(np.full((3, 6), 5.0), elevation=height, network=road), PLANE.at(0, 1), PLANE.at(5, 1)
    )
    assert found.climb_m == pytest.approx(130.0, abs=8.0)
    assert found.road_share == pytest.approx(1.0, abs=0.02)
    assert found.hours == pytest.approx(5000.0 * 0.2 / 3600.0, rel=0.05)


def two_searches(slack=0.1, shape=(41, 61)):
    graph = graph_of(PLANE.friction(np.ones(shape)), 16)
    a = one_place(graph, PLANE.at(20, 20), what="origin")
    b = one_place(graph, PLANE.at(40, 20), what="destination")
    return graph, a, b, *searches(graph, a, b, slack)


def test_the_searches_stop_where_nothing_later_can_be_in_the_corridor():
    graph, _, b, first, second = two_searches()
    best = 20_000.0
    assert float(first.seconds[b.nodes].min()) == pytest.approx(best)
    pad = 0.25 * 0.1 * best + 1.5 * 1000.0
    assert _pad_s(graph, 0.1, best) == pytest.approx(pad, rel=2e-3)
    limit = best * 1.1 + pad * 1.002
    there = np.asarray(graph.unframed(first.seconds))
    back = np.asarray(graph.unframed(second.seconds))
    columns, rows = np.meshgrid(np.arange(61), np.arange(41))
    straight = 1000.0 * (np.hypot(columns - 20, rows - 20) + np.hypot(columns - 40, rows - 20))
    # Beyond an ellipse a step wider than the limit nothing was looked at on the way back, and far behind A nothing at all.
    assert not np.isfinite(back[straight > limit + 3000.0]).any()
    assert np.isfinite(back[straight * 1.03 < best * 1.1]).all()
    assert not np.isfinite(there[np.hypot(columns - 20, rows - 20) > 26.0]).any()
    assert back[np.isfinite(back)].max() <= limit


def test_extra_seconds_are_kept_in_the_window_that_the_way_back_reached():
    graph, _, b, first, second = two_searches()
    extra = cell_extra(graph, first, second, float(first.seconds[b.nodes].min()))
    back = np.isfinite(np.asarray(graph.unframed(second.seconds)))
    rows, columns = np.flatnonzero(back.any(axis=1)), np.flatnonzero(back.any(axis=0))
    assert extra.window == (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    assert extra.seconds.shape == (rows[-1] + 1 - rows[0], columns[-1] + 1 - columns[0])
    assert (extra.seconds >= 0.0).all()


def test_square_kilometres_are_counted_by_the_size_of_the_cells():
    large = Plane(2000.0)
    values = np.ones((5, 9))
    values[:, 3] = np.inf
    found = corridor(large.friction(values), large.at(1, 2), large.at(7, 2))
    assert "can be reached" in found.reason
    assert " 60 km²" in found.reason
    assert " 100 km²" in found.reason
    assert "policy" not in found.reason


def test_a_corridor_on_a_grid_in_degrees_holds_its_route_with_a_third_of_a_cell_on_each_side():
    import xarray as xr

    coords = {"y": 36.0 - 0.01 * np.arange(21), "x": 41.0 + 0.01 * np.arange(31)}
    pace = xr.DataArray(np.ones((21, 31)), coords=coords, dims=("y", "x")).rio.write_crs("EPSG:4326")
    found = corridor(Friction(pace), (41.05, 35.9), (41.25, 35.9), slack=0.001)
    assert found.polygon.covers(found.route)
    assert found.polygon.covers(found.route.buffer(0.0034))
    assert found.polygon.area < 0.3 * 0.03
    open_border = Friction(pace.where(pace.x != 41.15, np.inf), attrs={"crossings": "open"})
    assert 'policy crossings="open"' in corridor(open_border, (41.05, 35.9), (41.25, 35.9)).reason
