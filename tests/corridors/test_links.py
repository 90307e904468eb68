"""Each cell knows the source that reaches it first and the cell before it; following those gives its hours."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from geoops.corridors import travel_time
from geoops.corridors.assembly import graph_of
from geoops.corridors.links import predecessors

from .conftest import Plane, oracle, oracle_hours

PLANE = Plane()
SOURCES = [(3, 4), (20, 15), (26, 2)]


@pytest.fixture
def pace():
    values = np.random.default_rng(5).uniform(0.5, 4.0, (18, 30))
    values[5:15, 12] = np.inf
    values[0, 29] = np.nan
    return values


@pytest.mark.parametrize("stencil", [8, 32])
def test_the_source_is_the_one_that_dijkstra_of_networkx_reaches_from_first(pace, stencil):
    hours = travel_time(PLANE.friction(pace), [PLANE.at(*s) for s in SOURCES], stencil=stencil, links=True)
    graph = oracle(PLANE, pace, stencil)
    each = np.array([oracle_hours(graph, source, pace.shape) for source in SOURCES])
    for (column, row), surface in zip(SOURCES, each, strict=True):
        surface[row, column] = 0.0
    nearest = np.where(np.isfinite(each).any(axis=0), each.argmin(axis=0), -1)
    with np.errstate(invalid="ignore"):  # where none reaches
        clear = np.sort(each, axis=0)[1] - each.min(axis=0) > 1e-9
    clear |= nearest == -1
    np.testing.assert_array_equal(hours["source"].values[clear], nearest[clear])
    found = np.where(np.isnan(hours.values), np.inf, hours.values)
    np.testing.assert_allclose(found, each.min(axis=0), rtol=1e-12)


@pytest.mark.parametrize("stencil", [8, 16, 32])
def test_following_the_links_costs_the_hours(pace, stencil):
    hours = travel_time(PLANE.friction(pace), [PLANE.at(*s) for s in SOURCES], stencil=stencil, links=True)
    graph = oracle(PLANE, pace, stencil)
    columns = pace.shape[1]
    links = hours["back_link"].values
    starts = {row * columns + column for column, row in SOURCES}
    for row, column in np.argwhere(np.isfinite(hours.values)):
        link = int(links[row, column])
        if row * columns + column in starts:
            assert link == row * columns + column
            continue
        edge = graph.edges[(link % columns, link // columns), (int(column), int(row))]["weight"] / 3600
        assert hours.values[link // columns, link % columns] + edge == pytest.approx(
            hours.values[row, column], rel=1e-9
        )


def test_links_are_those_that_a_route_is_traced_by():
    rng = np.random.default_rng(11)
    values = np.exp(rng.uniform(0, 3, (25, 30)))
    road = PLANE.lines(PLANE.line((2, 3), (26, 20), pieces=30), pace_s_per_m=0.2, pace_back_s_per_m=0.4)
    wall = PLANE.lines(PLANE.line((15.2, -1.1), (14.7, 20.3), pieces=20))
    height = rng.uniform(0, 800, values.shape)
    friction = PLANE.friction(values, network=road, barriers=wall, elevation=height, slope_pace="tobler")
    graph = graph_of(friction, 32)
    for reverse in (False, True):
        found = graph.search(graph.node(3, 4)[None], reverse=reverse)
        before = predecessors(graph, found)
        for target in (graph.node(26, 21), graph.node(20, 3), graph.node(1, 24)):
            way = graph.trace(found, int(target))
            np.testing.assert_array_equal(before[way[:-1]], way[1:])
            assert before[way[-1]] == way[-1]


def test_along_a_road_the_link_is_the_last_other_cell_of_the_road():
    roads = PLANE.lines(PLANE.line((2, 5), (18, 5), pieces=64), pace_s_per_m=0.05)
    hours = travel_time(PLANE.friction(np.full((11, 21), 5.0), network=roads), PLANE.at(2, 5), links=True)
    row = hours["back_link"].values[5]
    assert [int(row[column]) - 5 * 21 for column in range(4, 18)] == list(range(3, 17))
    assert set(hours["source"].values.ravel()) == {0}


def test_the_eikonal_solver_has_links_too_and_without_asking_there_are_none(pace):
    friction = PLANE.friction(np.ones((20, 20)))
    hours = travel_time(friction, [PLANE.at(2, 2), PLANE.at(17, 17)], stencil="eikonal", links=True)
    assert int(hours["source"][3, 3]) == 0
    assert int(hours["source"][16, 16]) == 1
    assert "source" not in travel_time(friction, PLANE.at(2, 2)).coords


def test_the_links_make_a_forest():
    hours = travel_time(PLANE.friction(np.ones((12, 12))), [PLANE.at(1, 1), PLANE.at(9, 9)], links=True)
    links = hours["back_link"].values.ravel()
    tree = nx.Graph([(i, int(link)) for i, link in enumerate(links) if i != link])
    assert nx.is_forest(tree)
    assert nx.number_connected_components(tree) == 2
