"""A brief with an author's remarks and pinch points, rendered whole: both stand on the figure, and its linter has nothing to say."""

from __future__ import annotations

import re

import pytest

import geoops as go

BRIEF = """
title = "Notes and pinch points"
date = 2025-06-30
languages = ["en"]
[[sites]]
name = "Deir al-Zor"
country = "SY"
[[sites]]
name = "Hasakah"
country = "SY"
[corridors]
slack = 0.2
modes = ["vehicle"]
pinch_points = 3
pairs = [{ from = "Deir al-Zor", to = "Hasakah" }]
[[figures]]
kind = "corridor"
name = "way"
[[figures.notes]]
kind = "callout"
at = [40.6, 35.9]
text = "Closed at night, by reports"
[[figures.notes]]
kind = "number"
at = [40.75, 36.05]
text = "Shaddadi"
[[figures]]
kind = "sites"
name = "places"
[[figures.notes]]
kind = "arrow"
at = [40.2, 35.6]
to = [40.7, 36.3]
text = "Convoys, as the report says"
[output]
formats = ["svg"]
web = false
report = ["md"]
"""


@pytest.mark.slow
def test_notes_and_pinch_points_of_a_brief_stand_on_its_figures(tmp_path):
    (tmp_path / "brief.toml").write_text(BRIEF, encoding="utf-8")
    bundle = go.render(go.read_brief(tmp_path / "brief.toml"), tmp_path / "out")
    way = (bundle.folder / "way.svg").read_text(encoding="utf-8")
    texts = re.findall(r">([^<>]+)</text>", way)
    assert "Closed at night, by reports" in texts
    assert "Shaddadi" in texts
    assert any(re.fullmatch(r"\+[\d.]+ (?:h|min)", text) for text in texts), texts  # what closing a place costs
    assert any(text.startswith("Pinch point, with the hours more") for text in texts)
    places = (bundle.folder / "places.svg").read_text(encoding="utf-8")
    assert "Convoys, as the report says" in places
    for svg in (way, places):
        assert 'role="img"' in svg
        assert len(re.findall(r"<desc\b", svg)) == 1
