"""The kernels do what their Python text says, compiled by numba and in C alike, and compile where no cache can be written."""

from __future__ import annotations

import importlib.util
import sys

import numba
import numpy as np
import pytest
import shapely

from geoops.corridors import engine, kernels, native
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


needs_library = pytest.mark.skipif(not native.available(), reason="the C kernels are not built (python hatch_build.py)")
IMPLEMENTATIONS = ["plain", "numba", pytest.param("native", marks=needs_library)]


def using(monkeypatch, module) -> None:
    """Let graphs and barriers take their kernels from a module."""
    monkeypatch.setattr("geoops.corridors.graph.kernels", lambda: module)
    monkeypatch.setattr("geoops.corridors.barriers.kernels", lambda: module)


@pytest.fixture(params=IMPLEMENTATIONS)
def other_kernels(request, plain):
    return {"plain": plain, "numba": kernels, "native": native}[request.param]


def everything(graph, reverse) -> dict[str, np.ndarray]:
    """What the searches and the trace of a graph give."""
    start, end = graph.node(np.array([3]), np.array([4])), graph.node(np.array([26]), np.array([21]))
    whole = graph.search(start, reverse=reverse)
    other = graph.search(end, reverse=not reverse)
    limit = 1.2 * whole.seconds[end[0]]
    pruned = graph.search(start, reverse=reverse, other=other.seconds, other_limit=limit, limit=limit)
    met = graph.search(start, reverse=reverse, targets=end, stretch=1.1, margin=60.0)
    found = {"whole": whole.seconds, "pruned": pruned.seconds, "met": met.seconds}
    return {**found, "way": graph.trace(whole, int(end[0])), "met at": np.array([met.limit])}


@pytest.mark.parametrize("reverse", [False, True])
def test_every_implementation_finds_the_same_to_the_last_bit(other_kernels, graph, monkeypatch, reverse):
    using(monkeypatch, kernels)
    expected = everything(graph, reverse)
    using(monkeypatch, other_kernels)
    for name, values in everything(graph, reverse).items():
        np.testing.assert_array_equal(values, expected[name], err_msg=name)
    assert np.isinf(expected["met"]).any()
    assert np.isinf(expected["pruned"]).sum() > np.isinf(expected["whole"]).sum()
    assert np.all(np.diff(expected["whole"][expected["way"]]) < 0)


@needs_library
@pytest.mark.parametrize("stencil", [8, 16, 32])
@pytest.mark.parametrize("seed", range(6))
def test_random_worlds_are_the_same_in_c_and_numba(stencil, seed, monkeypatch):
    rng = np.random.default_rng(seed)
    rows, columns = rng.integers(1, 60, 2) + 4
    pace = np.exp(rng.uniform(0, [1, 5, 14][seed % 3], (rows, columns)))
    pace[rng.random(pace.shape) < 0.1] = np.inf
    pace[0, 0] = 1.0
    ends = rng.uniform(0, 1, (12, 2)) * [columns - 1, rows - 1]
    road = PLANE.lines(*(PLANE.line(a, b, pieces=9) for a, b in zip(ends[:6], ends[6:], strict=True)), pace_s_per_m=0.4)
    wall = PLANE.lines(*(PLANE.line(a, b, pieces=9) for a, b in zip(ends[::2], ends[1::2], strict=True)))
    others = {"network": road if seed % 2 else None, "barriers": wall if seed > 1 else None}
    results = []
    for module in (kernels, native):
        using(monkeypatch, module)
        graph = graph_of(PLANE.friction(pace, **others), stencil)
        found = graph.search(graph.node(np.array([0, columns - 1]), np.array([0, 0])), np.array([0.0, 50.0]))
        farthest = int(np.argmax(np.where(np.isfinite(found.seconds), found.seconds, -1.0)))
        results.append((graph.masks, graph.edge_from_s, found.seconds, graph.trace(found, farthest)))
    for numba_s, native_s in zip(*results, strict=True):
        np.testing.assert_array_equal(numba_s, native_s)
    assert np.isfinite(results[0][2]).sum() > 1


@needs_library
def test_the_library_is_used_where_it_is_there_and_numba_where_it_is_not(monkeypatch):
    monkeypatch.delenv("GEOOPS_KERNELS", raising=False)
    assert engine.kernels() is native
    monkeypatch.setenv("GEOOPS_KERNELS", "numba")
    assert engine.kernels() is kernels
    monkeypatch.delenv("GEOOPS_KERNELS")
    monkeypatch.setattr(native, "available", lambda: False)
    assert engine.kernels() is kernels


def test_a_library_that_is_missing_or_of_another_source_is_not_loaded(tmp_path, monkeypatch):
    source = tmp_path / "kernels.c"
    source.write_bytes(b"/* another */")
    monkeypatch.setattr(native, "SOURCE", source)
    assert native._library.__wrapped__() is None
    (tmp_path / native.library_name(source.read_bytes())).write_bytes(b"not a library")
    assert native._library.__wrapped__() is None
    monkeypatch.setattr(native, "_library", lambda: None)
    with pytest.raises(RuntimeError, match="is not there"):
        native.cross_any(np.zeros((1, 4)), np.zeros((1, 4)), np.zeros(2, int), np.zeros(1, int), 1, 1)


@needs_library
def test_a_search_that_finds_no_memory_says_so(graph, monkeypatch):
    from types import SimpleNamespace

    short = SimpleNamespace(geoops_search=lambda *_: -2.0)
    monkeypatch.setattr(native, "_loaded", lambda: short)
    using(monkeypatch, native)
    with pytest.raises(MemoryError, match="no memory"):
        graph.search(graph.node(np.array([3]), np.array([4])))


@needs_library
def test_arrays_that_c_cannot_take_are_refused(graph):
    with pytest.raises(TypeError, match="contiguous float64"):
        native.cross_any(np.zeros((4, 8))[:, ::2], np.zeros((1, 4)), np.zeros(2, int), np.zeros(1, int), 1, 1)


def test_a_pruned_search_has_the_same_times_wherever_it_goes(graph):
    start, end = graph.node(np.array([3]), np.array([4])), graph.node(np.array([26]), np.array([21]))
    there, back = graph.search(start), graph.search(end, reverse=True)
    limit = 1.1 * there.seconds[end[0]]
    pruned = graph.search(end, reverse=True, other=there.seconds, other_limit=limit, limit=limit)
    inside = there.seconds + back.seconds <= limit
    np.testing.assert_array_equal(pruned.seconds[inside], back.seconds[inside])
    assert np.isfinite(pruned.seconds).sum() < np.isfinite(back.seconds).sum()


@pytest.mark.parametrize("module", [kernels, pytest.param(native, marks=needs_library)], ids=["numba", "native"])
def test_a_narrow_window_changes_nothing(module, graph, monkeypatch):
    using(monkeypatch, module)
    start = graph.node(np.array([3]), np.array([4]))
    wide = graph.search(start)
    from dataclasses import replace

    for factor in (1e-4, 1e-2, 4.0):  # many windows; label correcting inside wide buckets
        np.testing.assert_array_equal(
            replace(graph, bucket_s=graph.bucket_s * factor).search(start).seconds, wide.seconds
        )


def test_a_long_way_back_grows_its_list(other_kernels, monkeypatch):
    using(monkeypatch, other_kernels)
    pace = np.full((3, 4500), 1.0)
    graph = graph_of(PLANE.friction(pace), 8)
    found = graph.search(graph.node(np.array([0]), np.array([1])))
    way = graph.trace(found, int(graph.node(4499, 1)))
    assert len(way) == 4500


@pytest.mark.parametrize("module", [kernels, pytest.param(native, marks=needs_library)], ids=["numba", "native"])
def test_more_waiting_cells_than_there_is_room_for_get_more(module, monkeypatch):
    using(monkeypatch, module)
    pace = np.full((350, 350), 1.0)
    graph = graph_of(PLANE.friction(pace), 8)
    seeds = np.array([int(graph.node(c, r)) for r in range(350) for c in range(350) if (r + c) % 3])
    found = graph.search(seeds)
    seconds = graph.unframed(found.seconds)
    assert (seconds.ravel() == 0).sum() == len(seeds)
    assert (seconds <= 1000.0 + 1e-9).all()


def test_barriers_are_the_same_in_every_implementation(other_kernels, graph):
    rng = np.random.default_rng(1)
    barriers = graph.barriers
    from geoops.corridors.stencils import steps_of

    steps = steps_of(32)
    args = (barriers.rows, barriers.width, barriers.segments, steps.rows, steps.columns, 32)
    masks = kernels.blocked_steps(*args)
    np.testing.assert_array_equal(other_kernels.blocked_steps(*args), masks)
    assert masks.any()
    a = rng.uniform(3, 30, (400, 2))
    lines = np.hstack([a, a + rng.uniform(-1, 1, (400, 2))])
    rest = (barriers.segments, barriers.first, barriers.order, barriers.rows, barriers.width)
    compiled = kernels.cross_any(lines, *rest)
    np.testing.assert_array_equal(other_kernels.cross_any(lines, *rest), compiled)
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
