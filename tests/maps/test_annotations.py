"""What an author adds stands in free room, is explained where it must be, and is refused where it would mislead."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from matplotlib.text import Text

from geoops.core.errors import InputError
from geoops.maps.figures import sites_map
from geoops.maps.remarks import bent


@pytest.fixture
def figure(testland, sites):
    return sites_map(sites, title="Testland", date="2025-06-30")


def words(figure, gid):
    return [t.get_text() for t in figure.fig.findobj(Text) if t.get_gid() == gid]


def test_a_callout_stands_in_free_room_and_is_led_to_its_place(figure):
    before = [label.box for label in figure.sheets[0].labeller.placed]
    figure.callout((42.0, 35.0), "A remark that is long enough to be wrapped over two lines or more")
    lines = words(figure, "label-callout")
    assert len(lines) > 1
    assert " ".join(lines).startswith("A remark that is long")
    placed = figure.sheets[0].labeller.placed[-1]
    assert placed.request.kind == "callout"
    x0, y0, x1, y1 = placed.box
    assert all(x1 <= a or x0 >= c or y1 <= b or y0 >= d for a, b, c, d in before)
    leader = next(a for a in figure.fig.findobj() if a.get_gid() == "leader")
    line = shapely.LineString(leader.get_paths()[0].vertices)
    assert line.difference(shapely.box(*placed.box)).length > 8.0  # points: seen between the place and the box
    assert not figure.check()


def test_an_arrow_and_a_bracket_carry_their_words(figure):
    figure.arrow((38.0, 34.0), (39.5, 34.6), "this way")
    figure.bracket((42.0, 36.0), (43.0, 36.2), "a stretch")
    assert words(figure, "label-arrow") == ["this way"]
    assert words(figure, "label-bracket") == ["a stretch"]
    assert not figure.check()


def test_numbers_stand_at_their_places_and_in_the_key(figure):
    places = [((39.0, 36.0), "first"), ((42.0, 35.6), "second"), ((44.0, 36.5), "third")]
    figure.numbered(places, title="In the text")
    assert sorted(words(figure, "numeral")) == ["1", "1", "2", "2", "3", "3"], "once on the map and once in the key"
    assert set(words(figure, "key")) == {"In the text", "first", "second", "third"}
    panel = figure.sheets[0].panel
    numbers = {p.request.key: p for p in figure.sheets[0].labeller.placed if p.request.kind == "numeral"}
    for i, (at, _) in enumerate(places, start=1):
        assert np.allclose(numbers[str(i)].point, panel.points(*at)[0])
    assert not figure.check()


def test_a_number_on_a_site_steps_aside(figure, sites):
    at = sites.geometry.iloc[0]
    figure.numbered([((at.x, at.y), "the site itself")])
    placed = next(p for p in figure.sheets[0].labeller.placed if p.request.kind == "numeral")
    middle = np.array([(placed.box[0] + placed.box[2]) / 2, (placed.box[1] + placed.box[3]) / 2])
    assert np.hypot(*(middle - placed.point)) > 3.0


def test_a_dated_area_names_its_date_and_source_in_legend_and_credits(figure):
    figure.dated_area(shapely.box(38.0, 33.6, 39.5, 34.4), "Flooded", date="2025-05", source="A Satellite Centre")
    assert "Flooded, 2025-05" in [entry.text for entry in figure.legend_drawn]
    small = " ".join(words(figure, "margin"))
    assert "A Satellite Centre" in small
    assert small.count("Names and boundaries shown imply") == 1, "the margin was drawn anew, not twice"
    assert figure.manifest["layers"][-1]["source"] == "A Satellite Centre"
    assert not figure.check()


@pytest.mark.parametrize("missing", ["date", "source"])
def test_an_area_without_date_or_source_is_refused(figure, missing):
    given = {"date": "2025-05", "source": "A Satellite Centre", missing: " "}
    with pytest.raises(InputError, match=missing):
        figure.dated_area(shapely.box(38.0, 33.6, 39.5, 34.4), "Flooded", **given)


def test_places_off_the_map_and_empty_words_are_refused(figure):
    with pytest.raises(InputError, match="is longitude first"):
        figure.callout((35.0, 42.0), "swapped")
    with pytest.raises(InputError, match="not on the map"):
        figure.arrow((38.0, 34.0), (0.0, 0.0))
    with pytest.raises(InputError, match="expected words"):
        figure.callout((42.0, 35.0), "  ")
    with pytest.raises(InputError, match="longitude, latitude"):
        figure.callout("Kirkuk", "a name is no place")
    with pytest.raises(InputError, match="empty list"):
        figure.numbered([])
    with pytest.raises(InputError, match="nothing of the area"):
        figure.dated_area(shapely.box(0, 0, 1, 1), "Far", date="2025", source="X")
    with pytest.raises(InputError, match="no font"):
        figure.callout((42.0, 35.0), "漢字")


def test_markup_in_remarks_is_drawn_as_it_is(figure):
    figure.callout((42.0, 35.0), "$x_1^2$ <b>")
    assert words(figure, "label-callout") == ["$x_1^2$ <b>"]


def test_a_key_higher_than_the_map_is_a_finding(figure):
    figure.numbered([((39.0 + 0.05 * i, 36.0), f"place {i}") for i in range(45)])
    assert "key-cut" in {finding.code for finding in figure.check()}


def test_words_beside_an_arrow_touch_no_part_of_it(figure):
    fig = figure
    fig.arrow((38.0, 35.9), (41.8, 35.5), "Convoys, as the report of the week before says")
    (label,) = [p for p in fig.sheets[0].labeller.placed if p.request.kind == "arrow"]
    panel = fig.sheets[0].panel
    a, b = panel.points(np.array([38.0, 41.8]), np.array([35.9, 35.5]))
    course = shapely.LineString(bent(a, b, 0.12))
    arrow = next(p for p in fig.ax.patches if p.get_gid() == "arrow")
    start, corner, end = arrow.get_connectionstyle()(tuple(a), tuple(b), shrinkA=0.0, shrinkB=0.0).vertices
    assert bent(a, b, 0.12)[12] == pytest.approx((start + 2.0 * corner + end) / 4.0)  # matplotlib's own course
    assert course.distance(shapely.box(*label.box)) > 1.0


def test_the_line_of_a_callout_runs_over_no_site_where_another_place_is_free(figure):
    fig = figure
    at = (40.1, 35.12)  # just south of Kalda
    fig.callout(at, "A remark of some length, on two lines")
    (label,) = [p for p in fig.sheets[0].labeller.placed if p.request.kind == "callout"]
    kalda = next(m for m in fig.sheets[0].marks if m.key == "k")
    assert label.leader is not None
    assert (
        shapely.LineString([label.leader[:2], label.leader[2:]]).distance(shapely.Point(kalda.x, kalda.y))
        > kalda.symbol
    )
