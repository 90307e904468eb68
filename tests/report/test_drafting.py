"""A brief to begin with: from names or from a text, always one that the reader takes."""

from __future__ import annotations

import pytest
from geographiclib.geodesic import Geodesic

from geoops.core.errors import BriefError, InputError
from geoops.report import parse_brief
from geoops.report.drafting import brief_from_text, draft_brief, names_in_text

TEXT = """Trouble at the border

Two lorries left Alphaton on Monday. A market in Betaville was closed! Nobody in Alphaton knew why.
"""


def test_a_draft_is_a_brief_whatever_the_names(in_world):
    names = ["Alphaton", "alphaton", 'a "b" \\ c', "دير الزور", "x\x7f\x00y", " "]
    brief = parse_brief(draft_brief(names, title='T "q"', date="2025-06-30", notes=["n"] * 6, summary="S"))
    assert [s.name for s in brief.sites] == ["Alphaton", 'a "b" \\ c', "دير الزور", "xy"]
    assert brief.title == 'T "q"'
    assert brief.summary == "S"
    assert brief.sites[0].note == "n"


def test_a_place_told_from_another_stands_where_the_text_puts_it(in_world, tmp_path):
    file = tmp_path / "news.txt"
    file.write_text("A post stood 30 km east of Alphaton. A market in Betaville was closed!")
    (east, other) = brief_from_text(file, date="2025-06-30").sites
    (alpha,) = brief_from_text(_written(tmp_path, "A market in Alphaton was closed!"), date="2025-06-30").sites
    assert (east.name, other.name) == ("30 km east of Alphaton", "Betaville")
    came = Geodesic.WGS84.Inverse(alpha.near[1], alpha.near[0], east.at[1], east.at[0])
    assert came["s12"] == pytest.approx(30_000.0, rel=0.02)
    assert 0.0 < east.uncertainty_km < 30.0
    assert names_in_text(file) == ["Betaville"]


def _written(folder, text):
    """A text in a file of its own."""
    path = folder / "other.txt"
    path.write_text(text)
    return path


def test_a_draft_without_a_date_that_exists_is_refused(in_world):
    with pytest.raises(BriefError, match="date"):
        draft_brief(["Alphaton"], title="T", date="tomorrow")


def test_a_text_gives_its_places_once_each_with_the_sentence_that_names_them(in_world, tmp_path):
    file = tmp_path / "news.txt"
    file.write_text(TEXT)
    assert names_in_text(file) == ["Alphaton", "Betaville"]
    brief = brief_from_text(file, date="2025-06-30")
    assert brief.title == "Trouble at the border"
    assert brief.source == file
    assert [(s.name, s.note) for s in brief.sites] == [
        ("Alphaton", "Two lorries left Alphaton on Monday."),
        ("Betaville", "A market in Betaville was closed!"),
    ]
    assert brief.sites[0].near == (39.5, 35.0)
    assert brief_from_text(file, date="2025-06-30", title="Mine").title == "Mine"


def test_a_long_sentence_is_cut_at_a_word(in_world, tmp_path):
    file = tmp_path / "long.txt"
    file.write_text("In Alphaton " + "they said a word " * 60)
    note = brief_from_text(file, date="2025-06-30").sites[0].note
    assert len(note) <= 240
    assert note.endswith("…")


def test_a_text_without_a_place_says_what_to_do(in_world, tmp_path):
    file = tmp_path / "none.txt"
    file.write_text("Nothing is named here.")
    with pytest.raises(InputError, match="geoops new"):
        brief_from_text(file, date="2025-06-30")


def test_an_article_inside_a_name_is_no_part_of_it(tmp_path):
    file = tmp_path / "news.txt"
    file.write_text(
        "In Baiji the refinery works again. Along the Euphrates the river was low. The lake of Hamrin is a third full."
    )
    names = [site.name for site in brief_from_text(file, date="2025-06-30").sites]
    assert not [name for name in names if " the " in name]
    assert "Baiji refinery" in names
