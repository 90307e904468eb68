"""What is taken in a frame, against shapely; and who makes room for whom."""

from __future__ import annotations

import numpy as np
import shapely

from geoops.maps.labels import Labeller, PointLabel
from geoops.maps.lettering import Block
from geoops.maps.taken import SYMBOL, Taken, crossing, touching
from geoops.maps.theme import TextStyle

STYLE = TextStyle(7.0, "#000000")


def boxes(count, seed):
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 90, (count, 2))
    return np.hstack([low, low + rng.uniform(0.5, 12, (count, 2))])


def test_boxes_and_lines_meet_where_shapely_says_so():
    one, other = boxes(200, 1), boxes(150, 2)
    lines = np.random.default_rng(3).uniform(0, 100, (200, 4))
    lines[:20, 2] = lines[:20, 0]  # upright
    lines[20:40, 3] = lines[20:40, 1]  # level
    shapes = shapely.box(*other.T)
    apart = shapely.disjoint(shapely.box(*one.T)[:, None], shapes[None, :])
    np.testing.assert_array_equal(touching(one, other, 0.0), ~apart)
    ways = shapely.linestrings(lines.reshape(-1, 2, 2))
    np.testing.assert_array_equal(crossing(lines, other, 0.0), ~shapely.disjoint(ways[:, None], shapes[None, :]))
    assert (crossing(lines, other, 2.0) >= crossing(lines, other, 0.0)).all()


def test_what_is_lifted_is_free_again_and_what_is_fixed_stays():
    taken = Taken()
    for k in range(300):  # more than the table first holds
        taken.add(np.array([(k, 0.0, k + 0.5, 1.0)]), owner=k)
    place = np.array([(250.1, 0.2, 250.2, 0.4)])
    assert taken.touched(place, 0.0).all()
    taken.lift(250)
    assert not taken.touched(place, 0.0).any()
    taken.fix()
    taken.lift(7)
    assert taken.touched(np.array([(7.1, 0.2, 7.2, 0.4)]), 0.0).all()
    taken.cut(5)
    assert len(taken) == 5
    assert not taken.touched(np.array([(7.1, 0.2, 7.2, 0.4)]), 0.0).any()


def test_a_leader_may_run_over_a_symbol_but_not_over_a_label():
    taken = Taken()
    taken.add(np.array([(4.0, 4.0, 6.0, 6.0)]), owner=SYMBOL)
    line = np.array([(0.0, 0.0, 10.0, 10.0)])
    assert not taken.crossed(line, 0.2).any()
    assert taken.symbols_under(line).tolist() == [1.0]
    taken.add(np.array([(7.0, 7.0, 8.0, 8.0)]), owner=3)
    assert taken.crossed(line, 0.2).all()


def test_a_label_moves_aside_when_another_has_no_place_but_its_own():
    """The first takes the right of its dot; the second can stand nowhere else, and the first has a place at its left."""
    labeller = Labeller(130.0, 14.0)
    first = PointLabel(Block([("Alpha", STYLE)]), 60.0, 7.0, 1.0, 2.0, key="first")
    second = PointLabel(Block([("Beta", STYLE)]), 95.0, 7.0, 1.0, 1.0, key="second")
    labeller.put_furniture((97.0, 0.0, 130.0, 14.0))
    placed = {label.request.key: label for label in labeller.place_points([first, second])}
    assert set(placed) == {"first", "second"}
    assert placed["second"].box[2] < 95.0
    assert placed["first"].box[2] < 60.0
