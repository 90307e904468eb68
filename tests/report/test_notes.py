"""An author's remarks in a brief: each kind lands on the figure, and one that lacks something is a mistake with its line."""

from __future__ import annotations

import pytest

from geoops.core.errors import BriefError
from geoops.report.briefing import parse_brief
from geoops.report.notes import add_notes

BRIEF = """
title = "Notes"
date = 2025-06-30
[[sites]]
name = "Kirkuk"
[[figures]]
kind = "sites"
name = "one"
[[figures.notes]]
kind = "callout"
at = [44.4, 35.5]
text = "Here"
[[figures.notes]]
kind = "arrow"
at = [44.0, 35.2]
to = [44.3, 35.4]
text = "There"
[[figures.notes]]
kind = "bracket"
at = [44.1, 35.1]
to = [44.5, 35.1]
text = "A stretch"
[[figures.notes]]
kind = "number"
at = [44.2, 35.3]
text = "A place"
[[figures.notes]]
kind = "area"
area = [[44.0, 35.0], [44.2, 35.0], [44.2, 35.2]]
text = "Flooded"
date = "2025-05-01"
source = "A survey"
"""


class Figure:
    """Remembers what it was asked to draw."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, name):
        return lambda *args, **kwargs: self.calls.append((name, args, kwargs))


def test_each_kind_of_note_becomes_its_call():
    (wanted,) = parse_brief(BRIEF).figures
    figure = Figure()
    add_notes(figure, wanted.notes)
    assert [name for name, _, _ in figure.calls] == ["dated_area", "callout", "arrow", "bracket", "numbered"]
    calls = {name: (args, kwargs) for name, args, kwargs in figure.calls}
    assert calls["callout"][0] == ((44.4, 35.5), "Here")
    assert calls["arrow"][0] == ((44.0, 35.2), (44.3, 35.4), "There")
    assert calls["numbered"][0] == ([((44.2, 35.3), "A place")],)
    assert calls["dated_area"][0][0].bounds == (44.0, 35.0, 44.2, 35.2)
    assert calls["dated_area"][1] == {"date": "2025-05-01", "source": "A survey"}


@pytest.mark.parametrize(
    ("gone", "needs"),
    [
        ("to = [44.3, 35.4]\n", "needs to"),
        ('source = "A survey"\n', "needs source"),
        ("at = [44.4, 35.5]\n", "needs at"),
    ],
)
def test_a_note_that_lacks_something_is_a_mistake(gone, needs):
    with pytest.raises(BriefError, match=needs):
        parse_brief(BRIEF.replace(gone, "", 1))
