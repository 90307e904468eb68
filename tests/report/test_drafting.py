"""A brief to begin with: from names or from a text, always one that the reader takes."""

from __future__ import annotations

import pytest

from geoops.core.errors import BriefError, InputError
from geoops.report import parse_brief
from geoops.report.doctor import Check, checks
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


def test_a_check_that_breaks_is_itself_a_finding(monkeypatch, tmp_path):
    monkeypatch.setenv("GEOOPS_LAYERS", str(tmp_path / "nowhere"))
    found = {c.name: c for c in checks()}
    assert found["python"].fine
    assert found["libraries"].fine
    assert found["fonts"].fine
    assert not found["layers"].fine
    assert "nowhere" in found["layers"].detail
    assert not found["gazetteer"].fine


@pytest.mark.parametrize(("chosen", "words"), [("numba", "numba on first use"), ("", "corridors: compiled")])
def test_the_doctor_says_which_kernels_are_used(monkeypatch, chosen, words):
    monkeypatch.setenv("GEOOPS_KERNELS", chosen)
    found = next(c for c in checks() if c.name == "kernels")
    assert found.fine
    assert words in found.detail


def test_files_that_the_catalogue_lists_and_the_folder_lacks_are_named(in_world, monkeypatch, tmp_path):
    (tmp_path / "catalog.toml").write_bytes((in_world / "catalog.toml").read_bytes())
    monkeypatch.setenv("GEOOPS_LAYERS", str(tmp_path))
    layers = next(c for c in checks() if c.name == "layers")
    assert not layers.fine
    assert "wells.parquet" in layers.detail


def test_a_gazetteer_that_does_not_know_a_capital_is_amiss(in_world):
    found = next(c for c in checks() if c.name == "gazetteer")
    assert found == Check("gazetteer", fine=False, detail=found.detail)
    assert "Baghdad" in found.detail


def test_libraries_that_are_missing_are_named(monkeypatch):
    monkeypatch.setattr("geoops.report.doctor._IMPORTS", ("numpy", "no_such_library"))
    found = next(c for c in checks() if c.name == "libraries")
    assert not found.fine
    assert "no_such_library" in found.detail
