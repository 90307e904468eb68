"""The places that a text names: spans found with the gazetteer and their surroundings, resolved together.

A span is a run of words that the gazetteer knows as a name, with the feature word that belongs to it; the longest wins.
What speaks for a place (a preposition, a feature word, how well known it is, the other places of the text) is
weighed against what speaks for a person, an organisation or a common word. No model is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from geoops.core.errors import InputError
from geoops.core.schema import WGS84
from geoops.gazetteer.evidence import evidence, led_to, may_begin, place_like, run_of_capitals
from geoops.gazetteer.features import groups, split_feature
from geoops.gazetteer.match import Candidate, Context, match, rank
from geoops.gazetteer.names import romanised
from geoops.gazetteer.records import Gazetteer, GazetteerLike, open_gazetteer
from geoops.gazetteer.relative import placed, relatives
from geoops.gazetteer.resolve import read_together
from geoops.gazetteer.sites import precision_of, sites_of
from geoops.gazetteer.tokens import Token, feature_inner, feature_openers, feature_words, plurals, tokens_of, words

__all__ = ["MENTION_COLUMNS", "find_places"]

MENTION_COLUMNS = (
    "text", "start", "end", "status", "name", "lon", "lat", "extent", "kind", "country", "uncertainty_m", "gazetteer_id",
    "score", "reason", "name_local", "admin1", "precision", "source", "licence", "alternatives", "geometry",
)  # fmt: skip

_LONGEST = 6  # words of a span
_LEAST_SPELLING = 0.86  # in running text a vague likeness is no evidence
_LEAST_LOOSE = 0.8  # enough where the text names the country otherwise
_ENOUGH = 2.0
_CLITICS = ("و", "ب", "ل", "ف", "وب", "ول")


@dataclass(frozen=True)
class _Span:
    """A run of words that may be a name: tokens first to last (inclusive), its query, and the evidence for it."""

    first: int
    last: int
    query: str
    best: Candidate | None
    evidence: float
    start: int
    end: int


def find_places(text: str, *, gazetteer: GazetteerLike = None) -> gpd.GeoDataFrame:
    """
    Every mention of a place in a text, a row a mention, in order.

    Parameters
    ----------
    text
        Plain text of any length, in Latin or Arabic script or both.
    gazetteer
        As for `geocode`.

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
        Something other than a text came.
    """
    if not isinstance(text, str):
        msg = f"text: expected a string; {type(text).__name__} came; read files with geoops.read_text(path)"  # type: ignore[unreachable]
        raise InputError(msg)
    opened = open_gazetteer(gazetteer)
    tokens = tokens_of(text)
    spans = _accepted(tokens, _chosen(_spans(opened, tokens), tokens))
    spans = sorted([*spans, *_unknown(tokens, spans)], key=lambda span: span.first)
    spans = _with_lists(tokens, spans)
    queries = [_in_apposition(spans, position, text) for position in range(len(spans))]
    readings = read_together(opened, queries, Context())
    sites = sites_of(opened, readings)
    return _with_relatives(text, _table(text, spans, sites))


def _with_relatives(text: str, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Phrases such as "30 km east of Kirkuk" in place of their anchors."""
    rows: list[dict[str, Any]] = table.to_dict(orient="records")
    gone: set[int] = set()
    for phrase in relatives(text, list(zip(table["start"], table["end"], strict=True))):
        words_of_it = text[phrase.start : phrase.end]
        second = None if phrase.second is None else rows[phrase.second]
        columns = placed(phrase, rows[phrase.anchor], second, " ".join(words_of_it.split()))
        if columns is None:
            continue
        row = rows[phrase.anchor] | columns | {"text": words_of_it, "start": phrase.start, "end": phrase.end}
        row["precision"] = precision_of(row["kind"], row["uncertainty_m"])
        rows[phrase.anchor] = row
        if phrase.second is not None:
            gone.add(phrase.second)
    if not rows:
        return table
    kept = [row for at, row in enumerate(rows) if at not in gone]
    columns_of = {name: [row[name] for row in kept] for name in MENTION_COLUMNS}
    frame = pd.DataFrame({
        name: pd.Series(values, dtype=table[name].dtype) for name, values in columns_of.items() if name not in ("geometry", "extent")
    })  # fmt: skip
    for name in ("geometry", "extent"):
        frame[name] = gpd.GeoSeries(columns_of[name], crs=WGS84)
    return gpd.GeoDataFrame(frame[list(MENTION_COLUMNS)], geometry="geometry", crs=WGS84)


def _table(text: str, spans: Sequence[_Span], sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Mentions beside what they were resolved to."""
    table = sites.drop(columns="query")
    found = (sites["status"] != "not_found").to_numpy()
    mentions = pd.Series([text[s.start : s.end] for s in spans], dtype=object)
    table["text"] = mentions
    table["start"] = pd.Series([s.start for s in spans], dtype="int64")
    table["end"] = pd.Series([s.end for s in spans], dtype="int64")
    table["name"] = table["name"].where(found, mentions)
    table["lon"] = pd.Series([p.x if p is not None else float("nan") for p in sites.geometry], dtype=float)
    table["lat"] = pd.Series([p.y if p is not None else float("nan") for p in sites.geometry], dtype=float)
    return gpd.GeoDataFrame(table[list(MENTION_COLUMNS)], geometry="geometry", crs=WGS84)


def _candidates(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Runs of words whose looks allow a name: (first, last)."""
    joiners, articles = words("joiners"), words("articles")
    openers = articles | words("directions") | feature_openers()
    features, inner = feature_words(), feature_inner()
    for first, token in enumerate(tokens):
        if not (token.capital or token.arabic or token.plain in openers):
            continue
        proper = False
        for last in range(first, min(first + _LONGEST, len(tokens))):
            word = tokens[last]
            if last > first and not word.joins:
                break
            known = word.plain in inner or word.plain in words("directions")
            if not (
                word.capital
                or word.arabic
                or known
                or word.plain in joiners
                or word.plain in articles
                or word.plain in words("adjectives")
            ):
                break
            proper = proper or word.arabic or (word.capital and not (known and last == first))
            ends_well = word.capital or word.arabic or word.plain in features
            if proper and ends_well:
                yield first, last


def _spans(gazetteer: Gazetteer, tokens: Sequence[Token]) -> list[_Span]:
    """Every run of words that the gazetteer knows strictly, with its best reading alone."""
    runs = [(first, last, _words(tokens, first, last)) for first, last in _candidates(tokens)]
    known = _known(gazetteer, list(dict.fromkeys(query for _, _, query in runs)))
    best: dict[str, Candidate | None] = {}
    found = []
    for first, last, query in runs:
        text, offset = (query, 0)
        if query not in known:
            if first == last and tokens[first].arabic:
                text, offset = _without_clitic(gazetteer, query)
            if not offset:
                continue
        if text not in best:
            ranked = rank(match(gazetteer, text, loose=False))
            fitting = [c for c in ranked if not c.refused]
            sound = [c for c in fitting if c.spelling >= _LEAST_SPELLING and not c.loose]
            best[text] = next(iter(sound or [c for c in fitting if c.spelling >= _LEAST_LOOSE]), None)
        candidate = best[text]
        if candidate is None:
            continue
        found.append(
            _Span(first, last, text, candidate, evidence(tokens, first, last, candidate), tokens[first].start + offset, tokens[last].end)
        )  # fmt: skip
    return found


def _words(tokens: Sequence[Token], first: int, last: int) -> str:
    """The words of a run with single spaces."""
    return " ".join(token.text for token in tokens[first : last + 1])


def _known(gazetteer: Gazetteer, queries: Sequence[str]) -> set[str]:
    """Those of many names that lead to an entry, with or without their feature word: one search for all."""
    keys: list[str] = []
    owner: dict[str, list[str]] = {}
    for query in queries:
        own = list(romanised(query))
        for rest, group in split_feature(query):
            own += [key for sounds in romanised(rest) for key in (f"#{groups()[group].name}:{sounds}", sounds)]
        for key in own:
            owner.setdefault(key, []).append(query)
        keys += own
    return {query for key in gazetteer.known(list(dict.fromkeys(keys))) for query in owner[key]}


def _without_clitic(gazetteer: Gazetteer, word: str) -> tuple[str, int]:
    """An Arabic word without the "and", "in" or "to" written onto it, if the rest is a well-known name."""
    for clitic in _CLITICS:
        if word.startswith(clitic) and len(word) >= len(clitic) + 3:
            rest = word[len(clitic) :]
            if clitic.endswith("ل") and rest.startswith("ل"):
                rest = "ا" + rest
            if _known(gazetteer, [rest]):
                return rest, len(clitic)
    return word, 0


def _unknown(tokens: Sequence[Token], found: Sequence[_Span]) -> list[_Span]:
    """Runs of capitals that the text treats as a place and that nothing in the gazetteer covers."""
    covered = {at for span in found for at in range(span.first, span.last + 1)}
    result = []
    first = 0
    while first < len(tokens):
        if first in covered or not may_begin(tokens, first):
            first += 1
            continue
        last = run_of_capitals(tokens, first)
        opens = tokens[first].begins  # its capital may be the sentence's
        after = tokens[last + 1] if last + 1 < len(tokens) and tokens[last + 1].joins else None
        followed = after is not None and after.plain in feature_words() and after.plain not in words("vague")
        alone = covered.isdisjoint(range(first, last + 1))
        spoken = after is not None and after.plain in words("speech")
        if (
            alone
            and not spoken
            and (followed or (not opens and led_to(tokens, first)))
            and place_like(tokens, first, last)
        ):
            end = last + 1 if followed else last
            query = _words(tokens, first, end)
            result.append(_Span(first, end, query, None, _ENOUGH, tokens[first].start, tokens[end].end))
        first = last + 1
    return result


def _chosen(spans: Sequence[_Span], tokens: Sequence[Token]) -> list[_Span]:
    """Of spans that overlap the one with evidence, then the longest; in order of the text."""
    ordered = sorted(spans, key=lambda s: (s.evidence < 0.5, s.first - s.last, -s.evidence, s.first))
    taken = [False] * len(tokens)
    kept = []
    for span in ordered:
        if any(taken[span.first : span.last + 1]):
            continue
        for at in range(span.first, span.last + 1):
            taken[at] = True
        kept.append(span)
    return sorted(kept, key=lambda s: s.first)


def _accepted(tokens: Sequence[Token], spans: Sequence[_Span]) -> list[_Span]:
    """Spans with enough evidence, and those that the countries and lists of these lift over the bar."""
    sure = {at for at, s in enumerate(spans) if s.evidence >= _ENOUGH and s.best is not None and not s.best.loose}
    for _ in range(2):
        chosen = [spans[at] for at in sure]
        countries = {code for s in chosen if s.best is not None for code in (s.best.record.country or "").split(";")}
        queries = {s.query for s in chosen}
        for at, span in enumerate(spans):
            at_home = span.best is not None and not (countries - {""}).isdisjoint(
                (span.best.record.country or "").split(";")
            )
            if span.best is not None and span.best.loose and not at_home:
                continue
            lifted = span.evidence + (1.0 if at_home else 0.0) + (1.0 if span.query in queries else 0.0)
            beside = any(
                other in sure and _listed(tokens, spans[min(at, other)].last, spans[max(at, other)].first)
                for other in (at - 1, at + 1)
            )
            if lifted + (1.5 if beside else 0.0) >= _ENOUGH:
                sure.add(at)
    return [spans[at] for at in sorted(sure)]


def _with_lists(tokens: Sequence[Token], spans: Sequence[_Span]) -> list[_Span]:
    """A plural word speaks for every item of its list: "al Hol and Roj camps", "the provinces of Homs and Hama"."""
    result = list(spans)
    for position, span in enumerate(spans):
        inside = plurals().get(tokens[span.last].plain) if span.last > span.first else None
        after = span.last + 1 if span.last + 1 < len(tokens) and tokens[span.last + 1].joins else span.last
        word = inside or plurals().get(tokens[after].plain)
        if word is not None:
            last = span.last - 1 if inside else span.last
            end = span.last if inside else after
            query = f"{_words(tokens, span.first, last)} {word}"
            result[position] = replace(result[position], query=query, last=end, end=tokens[end].end)
            at = position
            while at > 0 and _listed(tokens, spans[at - 1].last, spans[at].first):
                at -= 1
                result[at] = replace(result[at], query=f"{spans[at].query} {word}")
        opener = span.first - 2
        if opener >= 0 and tokens[opener + 1].plain == "of" and tokens[span.first].joins:
            word = plurals().get(tokens[opener].plain)
            if word is None:
                continue
            at = position
            result[at] = replace(result[at], query=f"{spans[at].query} {word}")
            while at + 1 < len(spans) and _listed(tokens, spans[at].last, spans[at + 1].first):
                at += 1
                result[at] = replace(result[at], query=f"{spans[at].query} {word}")
    return result


def _listed(tokens: Sequence[Token], last: int, first: int) -> bool:
    """Whether only a comma, "and" or "or" stands between two spans."""
    between = [token.plain for token in tokens[last + 1 : first]]
    if not between:
        return not tokens[first].joins and not tokens[first].begins
    return between in (["and"], ["or"], ["و"]) and not tokens[first - 1].begins


def _in_apposition(spans: Sequence[_Span], position: int, text: str) -> str:
    """The query of a span, with the country or governorate that follows it behind a comma."""
    span = spans[position]
    if position + 1 < len(spans) and span.best is not None:
        following = spans[position + 1]
        beside = following.first == span.last + 1 and text[span.end : following.start].strip() == ","
        if beside and following.best is not None and following.best.record.kind.startswith(("PCL", "ADM1")):
            return f"{span.query}, {following.query}"
    return span.query
