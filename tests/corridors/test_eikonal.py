"""The eikonal solver has no bias of direction: it meets analytic solutions, and what the graphs meet at any angle."""

from __future__ import annotations

import importlib.util

import numba
import numpy as np
import pytest

from geoops.core.errors import InputError
from geoops.corridors import corridor, ensemble, isochrones, kernels, native, travel_time
from geoops.corridors.assembly import graph_of

from .conftest import Plane

PLANE = Plane()
SIZE, MIDDLE = 301, 150
Y, X = np.mgrid[:SIZE, :SIZE].astype(float) - MIDDLE
FAR = np.hypot(X, Y) >= 50


def errors(pace, truth):
    """Largest and rms share of error, cells at least 50 from the source."""
    unit = Plane(1.0)
    graph = graph_of(unit.friction(pace), "eikonal")
    found = graph.search(graph.node(MIDDLE, MIDDLE)[None])
    error = np.asarray(graph.unframed(found.seconds))[FAR] / truth[FAR] - 1
    return np.abs(error).max(), np.sqrt(np.mean(error**2))


def layered(x, depth, edge, slower):
    """Seconds from the origin to places: straight within the first layer (pace 1), by Fermat across its edge, by Snell."""
    result = np.hypot(x, depth)
    for row in np.unique(depth[depth > edge]):
        at_row = depth == row
        places = np.abs(x[at_row])
        low, high = np.zeros_like(places), places.copy()
        for _ in range(60):  # where the ray passes the edge: sines of both angles in the ratio of the paces
            at = (low + high) / 2
            sines = at / np.hypot(at, edge) - slower * (places - at) / np.hypot(places - at, row - edge)
            low, high = np.where(sines < 0, at, low), np.where(sines < 0, high, at)
        result[at_row] = np.hypot(at, edge) + slower * np.hypot(places - at, row - edge)
    return result


MEDIA = {
    "uniform": (np.ones((SIZE, SIZE)), np.hypot(X, Y)),
    # Speed 1 + g y: arcosh(1 + g^2 r^2 / (2 v v0)) / g.
    "gradient": (1 / (1 + Y / 200), 200 * np.arccosh(1 + (np.hypot(X, Y) / 200) ** 2 / (2 * (1 + Y / 200)))),
    "two layers": (np.where(Y >= 20, 4.0, 1.0), layered(X, Y, 19.5, 4.0)),
}


@pytest.mark.parametrize("medium", MEDIA)
def test_analytic_media_are_met_within_the_error_that_results_state(medium):
    most, rms = errors(*MEDIA[medium])
    stated = travel_time(PLANE.friction(np.ones((3, 3))), PLANE.at(1, 1), stencil="eikonal").attrs
    assert stated["stencil"] == "eikonal"
    assert most <= stated["stencil_error_max"] == 0.003
    # The rms falls with distance; on 4000 cells a side the bench holds 0.06 %.
    assert rms <= 1.5 * stated["stencil_error_rms"]


@pytest.fixture
def world():
    rows, columns = np.mgrid[:40, :50]
    pace = np.exp(1.0 + np.sin(rows / 6.0) * np.cos(columns / 8.0))
    pace[15:25, 30] = np.inf
    pace[3, 3] = np.nan
    roads = PLANE.lines(PLANE.line((2, 30), (45, 12), pieces=20), pace_s_per_m=0.3)
    walls = PLANE.lines(PLANE.line((20.3, -2.0), (21.1, 28.4), pieces=20))
    return PLANE.friction(pace, network=roads, barriers=walls)


@pytest.mark.skipif(not native.available(), reason="the C kernels are not built (python hatch_build.py)")
def test_c_numba_and_plain_python_agree_to_the_last_bit(world, monkeypatch):
    spec = importlib.util.spec_from_file_location("plain_kernels", kernels.__file__)
    plain = importlib.util.module_from_spec(spec)
    with monkeypatch.context() as off:
        off.setattr(numba.config, "DISABLE_JIT", True)
        spec.loader.exec_module(plain)
    graph = graph_of(world, "eikonal")
    start, end = graph.node(np.array([5]), np.array([5])), graph.node(np.array([44]), np.array([30]))
    results = []
    for module in (native, kernels, plain):
        monkeypatch.setattr("geoops.corridors.graph.kernels", lambda module=module: module)
        whole = graph.search(start)
        met = graph.search(start, targets=end, stretch=1.05)
        limit = 1.2 * whole.seconds[end[0]]
        pruned = graph.search(end, reverse=True, limit=limit, other=whole.seconds, other_limit=limit)
        results.append((whole.seconds, met.seconds, pruned.seconds))
    for other in results[1:]:
        for one, two in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(one, two)
    assert np.isinf(results[0][1]).sum() > np.isinf(results[0][0]).sum()


def test_barriers_roads_water_and_limits_hold_as_on_the_graphs(world):
    hours = travel_time(world, PLANE.at(5, 5), stencil="eikonal").values
    graph = travel_time(world, PLANE.at(5, 5), stencil=32).values
    assert np.array_equal(np.isfinite(hours), np.isfinite(graph))
    assert np.isnan(hours[3, 3])
    some = np.isfinite(hours) & (graph > 0.5)
    assert np.median(np.abs(hours[some] / graph[some] - 1)) < 0.02
    short = travel_time(world, PLANE.at(5, 5), stencil="eikonal", limit_h=2.0).values
    assert np.array_equal(np.isfinite(short), hours <= 2.0)
    assert np.array_equal(short[np.isfinite(short)], hours[hours <= 2.0])


def test_a_barrier_without_a_gap_is_never_passed():
    wall = PLANE.lines(PLANE.line((0.0, -3.0), (40.0, 43.0), pieces=40))
    hours = travel_time(PLANE.friction(np.ones((40, 40)), barriers=wall), PLANE.at(30, 5), stencil="eikonal").values
    rows, columns = np.mgrid[:40, :40]
    right = rows < -3.0 + 46.0 / 40.0 * columns
    assert np.isfinite(hours[right]).all()
    assert np.isinf(hours[~right]).all()


def test_a_corridor_and_an_isochrone_come_out_round():
    friction = PLANE.friction(np.full((101, 101), 3.6))
    found = corridor(friction, PLANE.at(20, 40), PLANE.at(80, 63), slack=0.1, stencil="eikonal")
    assert found.hours == pytest.approx(np.hypot(60, 23), rel=0.004)
    assert found.distance_km == pytest.approx(np.hypot(60, 23), rel=0.015)
    assert found.polygon.covers(found.route)
    disc = isochrones(friction, PLANE.at(50, 50), 40.0, stencil="eikonal")
    assert disc["area_km2"].iloc[0] == pytest.approx(np.pi * 40**2, rel=0.006)


def test_an_area_starts_from_its_edge():
    area = PLANE.line((10, 10), (10, 40), (25.2, 40), (25.2, 10), (10, 10)).convex_hull
    hours = travel_time(PLANE.friction(np.full((51, 81), 3.6)), area, stencil="eikonal").values
    assert hours[25, 17] == 0.0
    assert hours[25, 65] == pytest.approx(40.0, rel=1e-6)


def test_where_slope_counts_it_is_refused():
    friction = PLANE.friction(np.ones((5, 5)), elevation=np.ones((5, 5)), slope_pace="tobler")
    with pytest.raises(InputError, match="knows no direction"):
        travel_time(friction, PLANE.at(2, 2), stencil="eikonal")


def test_an_ensemble_takes_it_too():
    speeds = [{"key": "open", "applies": "ground", "low": 5.0, "best": 10.0, "high": 20.0}]
    friction = PLANE.friction(np.full((30, 30), 0.36), attrs={"speeds": speeds})
    share = ensemble(friction, PLANE.at(5, 5), PLANE.at(24, 20), draws=3, stencil="eikonal")
    assert share.attrs["stencil"] == "eikonal"
    assert float(share[20, 24]) == 1.0
