"""The places that a text names: spans found with the gazetteer and their surroundings, resolved together.

A span is a run of words that the gazetteer knows as a name, with the feature word that belongs to it; the longest wins.
What speaks for a place (a preposition, a feature word, how well known it is, the other places of the text) is
weighed against what speaks for a person, an organisation or a common word. No model is needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from geoops.core.errors import InputError
from geoops.core.objects import no_collection
from geoops.gazetteer.entities import entities_of, pipeline
from geoops.gazetteer.match import Context, match
from geoops.gazetteer.recognise import Span, recognised
from geoops.gazetteer.records import GazetteerLike, open_gazetteer
from geoops.gazetteer.resolve import Matched, read_matched
from geoops.gazetteer.sites import sites_of
from geoops.gazetteer.spans import Lookup
from geoops.gazetteer.tokens import feature_words
from geoops.gazetteer.told import Mention, with_told_places

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["MENTION_COLUMNS", "find_places"]

MENTION_COLUMNS = (
    "text", "start", "end", "status", "name", "lon", "lat", "extent", "kind", "country", "uncertainty_m", "gazetteer_id",
    "score", "reason", "name_local", "admin1", "precision", "source", "licence", "alternatives", "geometry",
)  # fmt: skip

_PIECE = 150_000  # characters that are looked at together; a longer text is cut at a blank line, a line, a word
_READING = 0.75  # of the work; the rest is placing what was read
_SAME_NAME = 0.9  # spellings of at least this are the name itself
_ANCHORED = re.compile(r",\s+(?:an?|the)\s+((?:[\w'’-]+\s+){1,5}?)(?:of|in|near|outside|from)\s+")
_LONGEST_ANCHOR = 60  # characters
_CUTS = ("\n\n", "\n", ". ", " ")


def find_places(
    text: str,
    *,
    gazetteer: GazetteerLike = None,
    nlp: Any = None,
    progress: Callable[[str, float], None] | None = None,
) -> gpd.GeoDataFrame:
    """
    Every mention of a place in a text, a row a mention, in order.

    Parameters
    ----------
    text
        Plain text of any length, in Latin or Arabic script or both.
    gazetteer
        As for `geocode`.
    nlp
        A spaCy pipeline with named entities, or the name of an installed model (`geoops[spacy]`): its entities weigh in
        where a place is recognised, and what it labels a place is a row even where nothing else says so. None is needed.
    progress
        Called with what is being done and the share done, 0 to 1. Silent by default.

    Returns
    -------
    GeoDataFrame
        EPSG:4326: `text, start, end` (so that `text[start:end]` is the mention), `status` (`resolved`, `ambiguous`,
        `not_found`), `name, lon, lat, extent, kind, country, uncertainty_m, gazetteer_id, score, reason` and further
        columns of Sites. Countries are rows too. What the text treats as a place and the gazetteer does not know is
        a row with status `not_found`.

    Raises
    ------
    InputError
        Something other than a text came; `nlp` is no pipeline, or no installed model's name.
    MissingExtraError
        `nlp` is a name, without spaCy.
    """
    if not isinstance(text, str):
        msg = f"text: expected a string; {type(text).__name__} came; read files with geoops.read_text(path)"  # type: ignore[unreachable]
        raise InputError(msg)
    lookup = Lookup(open_gazetteer(gazetteer))
    entities = None if nlp is None else pipeline(nlp)
    with no_collection():
        spans: list[Span] = []
        for offset, piece in _pieces(text):
            if progress is not None:
                progress("reading", _READING * offset / len(text) if text else 0.0)
            spans += recognised(lookup, piece, offset, [] if entities is None else entities_of(entities, piece, offset))
        if progress is not None:
            progress("placing what is named", _READING)
        return _table(lookup, text, spans)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """A text in pieces that are looked at whole, each with where it begins."""
    start = 0
    while len(text) - start > _PIECE:
        for cut in _CUTS:
            at = text.rfind(cut, start + _PIECE // 2, start + _PIECE)
            if at >= 0:
                break
        stop = at + 1 if at >= 0 else start + _PIECE
        yield start, text[start:stop]
        start = stop
    yield start, text[start:]


def _table(lookup: Lookup, text: str, spans: Sequence[Span]) -> gpd.GeoDataFrame:
    """Mentions beside what they were resolved to: every name of the text once, all of them together."""
    import geopandas as gpd
    import pandas as pd

    from geoops.core.schema import WGS84

    asks = [(span.query, _in_apposition(spans, position, text)) for position, span in enumerate(spans)]
    matched: dict[tuple[str, int | None], Matched] = {}
    for ask in dict.fromkeys(asks):
        query, holder = ask
        context = Context()
        if holder is not None:
            record = lookup.gazetteer.record(holder)
            near = () if record.kind.startswith("PCL") else ((record.lon, record.lat),)
            context = Context(countries=frozenset((record.country or "").split(";")) - {""}, near=near)
        found = match(lookup.gazetteer, query, context, collect=lookup.collect)
        if holder is not None and not any(
            c.spelling >= _SAME_NAME for c in found
        ):  # "Paris, Lebanon": no such place there
            context = Context()
            found = match(lookup.gazetteer, query, context, collect=lookup.collect)
        matched[ask] = Matched(query, found, context)
    readings = read_matched(lookup.gazetteer, matched, suggest=False)
    sites = sites_of(lookup.gazetteer, list(readings.values()))
    sites["lon"], sites["lat"] = sites.geometry.x, sites.geometry.y
    row_of = {ask: row for row, ask in enumerate(matched)}
    named = [Mention(span.start, span.end, row_of[ask]) for span, ask in zip(spans, asks, strict=True)]
    places, mentions = with_told_places(lookup.gazetteer, text, sites, named)
    table = places.take(np.array([mention.row for mention in mentions], dtype=np.int64)).reset_index(drop=True)
    words = pd.Series([text[mention.start : mention.end] for mention in mentions], dtype=object)
    table["text"] = words
    table["start"] = pd.Series([mention.start for mention in mentions], dtype="int64")
    table["end"] = pd.Series([mention.end for mention in mentions], dtype="int64")
    table["name"] = table["name"].where((table["status"] != "not_found").to_numpy(), words)
    return gpd.GeoDataFrame(table[list(MENTION_COLUMNS)], geometry="geometry", crs=WGS84)


def _in_apposition(spans: Sequence[Span], position: int, text: str) -> int | None:
    """
    The entry of what follows a span behind a comma and says where it lies.

    A country or a governorate ("Paris, Lebanon"), or the anchor of a kind of place ("Riyadh, a subdistrict southwest of Kirkuk").
    """
    span = spans[position]
    if position + 1 == len(spans) or span.best is None:
        return None
    following = spans[position + 1]
    if following.best is None:
        return None
    if following.start - span.end <= 3:
        holds = following.best.kind.startswith(("PCL", "ADM1"))
        return following.best.entry if holds and text[span.end : following.start].strip() in (",", "،") else None
    if following.start - span.end > _LONGEST_ANCHOR:
        return None
    told = _ANCHORED.fullmatch(text[span.end : following.start])
    kind_said = told is not None and not feature_words().isdisjoint(told[1].lower().split())
    return following.best.entry if kind_said else None
