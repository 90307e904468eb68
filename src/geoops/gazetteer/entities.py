"""Named entities of a spaCy pipeline, for who wants them beside the gazetteer's own evidence (`geoops[spacy]`).

geoops brings no model and downloads none: the pipeline is the user's, given as it is or by the name under which it is installed.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any, NamedTuple

from geoops.core.errors import InputError, MissingExtraError
from geoops.gazetteer.tokens import Token

__all__ = ["Entity", "entities_of", "labels_of_words", "pipeline"]

PLACES = frozenset({"GPE", "LOC", "FAC", "PLACE", "LOCATION"})
"""Labels that spaCy's pipelines give to places; every other label speaks against one."""


class Entity(NamedTuple):
    """
    A named entity.

    Parameters
    ----------
    start, end
        Its characters in the text.
    place
        Whether its label is one of places.
    """

    start: int
    end: int
    place: bool


def pipeline(nlp: Any) -> Any:
    """
    A spaCy pipeline: the one given, or that of an installed model's name.

    Raises
    ------
    InputError
        No pipeline and no name; a name under which no model is installed.
    MissingExtraError
        A name, without spaCy.
    """
    if callable(nlp):
        return nlp
    if not isinstance(nlp, str):
        msg = f"nlp: expected a spaCy pipeline or the name of an installed model; {type(nlp).__name__} came"
        raise InputError(msg)
    try:
        spacy = import_module("spacy")
    except ImportError as error:
        msg = f"nlp={nlp!r}: this needs spaCy; install it with `pip install 'geoops[spacy]'`"
        raise MissingExtraError(msg) from error
    try:
        return spacy.load(nlp)
    except OSError as error:
        msg = f"nlp={nlp!r}: no spaCy model of that name is installed; geoops downloads none (`python -m spacy download` does)"
        raise InputError(msg) from error


def entities_of(nlp: Any, text: str, offset: int = 0) -> list[Entity]:
    """The named entities that a pipeline finds in a piece of text that begins at `offset`, in order."""
    found = nlp(text).ents
    return [Entity(e.start_char + offset, e.end_char + offset, e.label_.upper() in PLACES) for e in found]


def labels_of_words(tokens: Sequence[Token], entities: Sequence[Entity]) -> dict[int, Entity]:
    """The words that belong to entities, by position."""
    labels: dict[int, Entity] = {}
    at = 0
    for entity in entities:
        while at < len(tokens) and tokens[at].end <= entity.start:
            at += 1
        while at < len(tokens) and tokens[at].start < entity.end:
            labels[at] = entity
            at += 1
    return labels
