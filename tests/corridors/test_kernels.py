"""The compiled loops do what their Python text says, and compile where no cache can be written."""

from __future__ import annotations

import importlib.util
import sys

import numba
import numpy as np
import pytest
import shapely

from geoops.corridors import kernels
from geoops.corridors.assembly import graph_of

from .conftest import Plane

PLANE = Plane()


@pytest.fixture
def plain(monkeypatch):
    """The same file with numba switched off: plain Python."""
    spec = importlib.util.spec_from_file_location("plain_kernels", kernels.__file__)
    module = importlib.util.module_from_spec(spec)
    with monkeypatch.context() as off:
        off.setattr(numba.config, "DISABLE_JIT", True)
        spec.loader.exec_module(module)
    return module


@pytest.fixture
def graph():
    rng = np.random.default_rng(8)
    pace = np.exp(rng.uniform(0, 5, (25, 30)))
    pace[4:9, 10] = np.inf
    road = PLANE.lines(PLANE.line((2, 3), (26, 20), pieces=30), pace_s_per_m=0.2, pace_back_s_per_m=0.4)
    wall = PLANE.lines(PLANE.line((15.2, -1.1), (14.7, 20.3), pieces=20))
    height = rng.uniform(0, 2500, pace.shape)
    return graph_of(PLANE.friction(pace, network=road, barriers=wall, elevation=height, slope_pace="tobler"), 32)


@pytest.mark.parametrize("reverse", [False, True])
def test_plain_and_compiled_search_and_trace_agree(plain, graph, monkeypatch, reverse):
    start, end = graph.node(np.array([3]), np.array([4])), graph.node(np.array([26]), np.array([21]))
    compiled = graph.search(start, reverse=reverse)
    other = graph.search(end, reverse=not reverse)
    limit = 1.2 * compiled.seconds[end[0]]
    pruned = graph.search(start, reverse=reverse, other=other.seconds, other_limit=limit, limit=limit)
    met = graph.search(start, reverse=reverse, targets=end, stretch=1.1, margin=60.0)
    way = graph.trace(compiled, int(end[0]))
    monkeypatch.setattr("geoops.corridors.kernels.search", plain.search)
    monkeypatch.setattr("geoops.corridors.kernels.trace", plain.trace)
    np.testing.assert_array_equal(graph.search(start, reverse=reverse).seconds, compiled.seconds)
    again = graph.search(start, reverse=reverse, other=other.seconds, other_limit=limit, limit=limit)
    np.testing.assert_array_equal(again.seconds, pruned.seconds)
    np.testing.assert_array_equal(
        graph.search(start, reverse=reverse, targets=end, stretch=1.1, margin=60.0).seconds, met.seconds
    )
    np.testing.assert_array_equal(graph.trace(compiled, int(end[0])), way)
    assert way[-1] == start[0]
    assert np.all(np.diff(compiled.seconds[way]) < 0)


def test_a_pruned_search_has_the_same_times_wherever_it_goes(graph):
    start, end = graph.node(np.array([3]), np.array([4])), graph.node(np.array([26]), np.array([21]))
    there, back = graph.search(start), graph.search(end, reverse=True)
    limit = 1.1 * there.seconds[end[0]]
    pruned = graph.search(end, reverse=True, other=there.seconds, other_limit=limit, limit=limit)
    inside = there.seconds + back.seconds <= limit
    np.testing.assert_array_equal(pruned.seconds[inside], back.seconds[inside])
    assert np.isfinite(pruned.seconds).sum() < np.isfinite(back.seconds).sum()


def test_a_narrow_window_and_few_blocks_change_nothing(plain, graph):
    start = graph.node(np.array([3]), np.array([4]))
    wide = graph.search(start)
    from dataclasses import replace

    for factor in (1e-4, 1e-2, 4.0):  # many windows; label correcting inside wide buckets
        np.testing.assert_array_equal(
            replace(graph, bucket_s=graph.bucket_s * factor).search(start).seconds, wide.seconds
        )


def test_a_long_way_back_grows_its_list():
    pace = np.full((3, 1500), 1.0)
    graph = graph_of(PLANE.friction(pace), 8)
    found = graph.search(graph.node(np.array([0]), np.array([1])))
    way = graph.trace(found, int(graph.node(1499, 1)))
    assert len(way) == 1500


def test_more_waiting_cells_than_there_is_room_for_begin_again_with_more():
    pace = np.full((350, 350), 1.0)
    graph = graph_of(PLANE.friction(pace), 8)
    seeds = np.array([int(graph.node(c, r)) for r in range(350) for c in range(350) if (r + c) % 3])
    found = graph.search(seeds)
    seconds = graph.unframed(found.seconds)
    assert (seconds.ravel() == 0).sum() == len(seeds)
    assert (seconds <= 1000.0 + 1e-9).all()


def test_plain_and_compiled_barriers_agree(plain, graph):
    rng = np.random.default_rng(1)
    barriers = graph.barriers
    from geoops.corridors.stencils import steps_of

    steps = steps_of(32)
    args = (barriers.rows, barriers.width, barriers.segments, steps.rows, steps.columns, 32)
    masks = kernels.blocked_steps(*args)
    np.testing.assert_array_equal(plain.blocked_steps(*args), masks)
    assert masks.any()
    a = rng.uniform(3, 30, (400, 2))
    lines = np.hstack([a, a + rng.uniform(-1, 1, (400, 2))])
    rest = (barriers.segments, barriers.first, barriers.order, barriers.rows, barriers.width)
    compiled = kernels.cross_any(lines, *rest)
    np.testing.assert_array_equal(plain.cross_any(lines, *rest), compiled)
    walls = shapely.multilinestrings(list(barriers.segments.reshape(-1, 2, 2)))
    truth = shapely.intersects(shapely.linestrings(lines.reshape(-1, 2, 2)), walls)
    np.testing.assert_array_equal(compiled, truth)


def test_where_no_folder_for_the_cache_can_be_written_it_still_compiles(monkeypatch):
    real = numba.njit

    def no_cache(**options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return real(**options)

    monkeypatch.setattr(numba, "njit", no_cache)
    spec = importlib.util.spec_from_file_location("uncached_kernels", kernels.__file__)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "uncached_kernels", module)
    spec.loader.exec_module(module)
    assert module._find(np.array([1, 4, 9], np.int32), 4) == 1
