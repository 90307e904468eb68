"""A spaCy pipeline beside the gazetteer: what it labels weighs in; none is needed, and no model is downloaded."""

from __future__ import annotations

import pytest

from geoops.core.errors import InputError, MissingExtraError
from geoops.gazetteer import entities, find_places

spacy = pytest.importorskip("spacy", reason="spaCy is an extra")


@pytest.fixture(scope="module")
def nlp():
    """A blank pipeline whose entities are rules: no model is needed."""
    made = spacy.blank("en")
    made.add_pipe("entity_ruler").add_patterns([
        {"label": "GPE", "pattern": "Bardalla"},
        {"label": "GPE", "pattern": "Zarqun"},
        {"label": "LOC", "pattern": "Daquq"},
        {"label": "PERSON", "pattern": "Homs"},
        {"label": "ORG", "pattern": "Kirkuk United"},
    ])  # fmt: skip
    return made


def _texts(text: str, gazetteer, nlp=None) -> list[tuple[str, str]]:
    found = find_places(text, gazetteer=gazetteer, nlp=nlp)
    return list(zip(found["text"], found["status"], strict=True))


def test_what_a_pipeline_labels_a_place_is_a_row_even_if_nothing_else_says_so(gazetteer, nlp) -> None:
    text = "Bardalla, Zarqun burned."
    assert _texts(text, gazetteer) == []
    assert _texts(text, gazetteer, nlp) == [("Bardalla", "not_found"), ("Zarqun", "not_found")]


def test_a_label_lifts_a_place_that_the_text_alone_leaves_in_doubt(gazetteer, nlp) -> None:
    text = "Daquq burned."
    assert _texts(text, gazetteer) == []
    assert _texts(text, gazetteer, nlp) == [("Daquq", "resolved")]


def test_a_person_or_an_organisation_is_no_place(gazetteer, nlp) -> None:
    text = "They saw Homs and Kirkuk United in Aleppo."
    assert ("Homs", "resolved") in _texts(text, gazetteer)
    assert _texts(text, gazetteer, nlp) == [("Aleppo", "resolved")]


def test_offsets_hold_in_a_text_of_several_pieces(gazetteer, nlp) -> None:
    text = "nothing here. " * 20_000 + "Bardalla burned."
    (row,) = find_places(text, gazetteer=gazetteer, nlp=nlp).itertuples()
    assert text[row.start : row.end] == row.text == "Bardalla"


def test_a_model_that_is_not_installed_and_no_pipeline_say_what_to_do(gazetteer, monkeypatch) -> None:
    with pytest.raises(InputError, match="no spaCy model of that name is installed; geoops downloads none"):
        find_places("Homs", gazetteer=gazetteer, nlp="no_such_model")
    with pytest.raises(InputError, match="expected a spaCy pipeline or the name of an installed model; int came"):
        find_places("Homs", gazetteer=gazetteer, nlp=3)

    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(entities, "import_module", missing)
    with pytest.raises(MissingExtraError, match=r"pip install 'geoops\[spacy\]'"):
        find_places("Homs", gazetteer=gazetteer, nlp="en_core_web_sm")
