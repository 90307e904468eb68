"""Which runs of words of a text name places: evidence weighed, overlaps settled, lists and the text's countries heeded.

What a run of words can mean is `spans.py`'s business, what speaks for it `evidence.py`'s, where it lies `resolve.py`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from geoops.gazetteer.evidence import alone, evidence, is_led, people_of
from geoops.gazetteer.spans import Hint, Lookup, runs
from geoops.gazetteer.tokens import Token, plurals, tokens_of
from geoops.gazetteer.unknown import unknown_places

__all__ = ["Span", "recognised"]

_ENOUGH = 2.0

_Run = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Span:
    """
    A run of words that may be a name.

    Parameters
    ----------
    first, last
        Its words, both included.
    query
        What is looked up.
    best
        Its likeliest place; None where the gazetteer has none.
    evidence
        What speaks for a place, in points.
    led
        Whether a preposition leads to it.
    start, end
        Its characters.
    """

    first: int
    last: int
    query: str
    best: Hint | None
    evidence: float
    led: bool
    start: int
    end: int


def recognised(lookup: Lookup, text: str) -> list[Span]:
    """The spans of a piece of text that name places, in order."""
    tokens = tokens_of(text)
    found = [(first, last, _words(tokens, first, last)) for first, last in runs(tokens)]
    lone = {query for first, last, query in found if first == last and tokens[first].arabic}
    lookup.learn(query for _, _, query in found)
    lookup.learn(rest for query in lone for rest, _ in lookup.without_clitic(query))
    people = people_of(tokens)
    spans, open_yet = _spelt(lookup, tokens, found, people)
    lookup.settle(_home(_accepted(tokens, _chosen(spans, tokens), lookup.home)) | lookup.home)
    spans += _sounding(lookup, tokens, open_yet, people)
    chosen = _accepted(tokens, _chosen(spans, tokens), lookup.home)
    covered = {at for span in chosen for at in range(span.first, span.last + 1)}
    for first, last in unknown_places(tokens, covered, people):
        query = _words(tokens, first, last)
        chosen.append(
            Span(first, last, query, None, _ENOUGH, led=True, start=tokens[first].start, end=tokens[last].end)
        )
    chosen.sort(key=lambda span: span.first)
    return _with_lists(tokens, chosen)


def _home(spans: Sequence[Span]) -> frozenset[str]:
    """The countries that a text is about: those it names, and those of more than one of its places."""
    places: dict[str, set[str]] = {}
    named: set[str] = set()
    for span in spans:
        if span.best is not None:
            for code in span.best.countries:
                places.setdefault(code, set()).add(span.query)
            if span.best.kind.startswith("PCL"):
                named |= span.best.countries
    least = max(2.0, 0.1 * len({span.query for span in spans}))
    most = max(map(len, places.values()), default=0)
    return frozenset(
        named | {code for code, queries in places.items() if len(queries) >= least or (most == 1 == len(queries))}
    )


def _spelt(
    lookup: Lookup, tokens: Sequence[Token], found: Sequence[_Run], people: frozenset[str]
) -> tuple[list[Span], list[_Run]]:
    """The runs whose very spelling the gazetteer knows, with their likeliest place; and the others."""
    spans, others = [], []
    for first, last, run in found:
        hint = lookup.hint(run, sounds=False)
        if hint is not None:
            spans.append(_span(tokens, (first, last, run), hint, people))
        else:
            others.append((first, last, run))
    return spans, others


def _sounding(lookup: Lookup, tokens: Sequence[Token], found: Sequence[_Run], people: frozenset[str]) -> list[Span]:
    """The runs that are known by their sounds, or in Arabic without the word that is written onto them."""
    spans = []
    for first, last, run in found:
        hint = lookup.hint(run, sounds=True)
        if hint is not None:
            spans.append(_span(tokens, (first, last, run), hint, people))
        elif first == last and tokens[first].arabic:
            for rest, letters in lookup.without_clitic(run):
                hint = lookup.hint(rest, sounds=True)
                if hint is not None:
                    spans.append(_span(tokens, (first, last, rest), hint, people, offset=letters))
                    break
    return spans


def _span(tokens: Sequence[Token], run: _Run, hint: Hint, people: frozenset[str], *, offset: int = 0) -> Span:
    """A run as a span."""
    first, last, query = run
    own = alone(tokens[first : last + 1], hint)
    points = evidence(tokens, first, last, own, people)
    led = is_led(tokens, first)
    return Span(first, last, query, hint, points, led, tokens[first].start + offset, tokens[last].end)


def _words(tokens: Sequence[Token], first: int, last: int) -> str:
    """The words of a run with single spaces."""
    return " ".join(token.text for token in tokens[first : last + 1])


def _chosen(spans: Sequence[Span], tokens: Sequence[Token]) -> list[Span]:
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


def _accepted(tokens: Sequence[Token], spans: Sequence[Span], home: frozenset[str]) -> list[Span]:
    """Spans with enough evidence, and those that the countries and lists of these lift over the bar."""
    sure = {
        at for at, s in enumerate(spans)
        if s.evidence >= _ENOUGH and s.best is not None and not s.best.loose and not _governs(s, frozenset())
    }  # fmt: skip
    towns = [spans[at] for at in sure]
    rooted = frozenset(
        code for s in towns if s.best is not None and s.best.kind != "PPLC" and not s.best.kind.startswith("PCL")
        for code in s.best.countries
    )  # fmt: skip
    for _ in range(2):
        chosen = [spans[at] for at in sure]
        countries = home | _home(chosen)
        queries = {s.query for s in chosen}
        for at, span in enumerate(spans):
            if span.best is None or at in sure:
                continue
            at_home = span.best.home or not countries.isdisjoint(span.best.countries)
            if span.best.loose and not at_home:
                continue
            lifted = span.evidence + (1.0 if at_home else 0.0) + (1.0 if span.query in queries else 0.0)
            foreign = _governs(span, rooted)
            if lifted < _ENOUGH or foreign:
                beside = any(
                    other in sure and _listed(tokens, spans[min(at, other)].last, spans[max(at, other)].first)
                    for other in (at - 1, at + 1)
                )
                lifted += 1.5 if beside else -3.0 if foreign else 0.0
            if lifted >= _ENOUGH:
                sure.add(at)
    return [spans[at] for at in sorted(sure)]


def _governs(span: Span, rooted: frozenset[str]) -> bool:
    """Whether a capital stands for its government: nothing leads to it, and no other place of the text lies in its country."""
    return (
        span.best is not None and span.best.kind == "PPLC" and not span.led and rooted.isdisjoint(span.best.countries)
    )


def _with_lists(tokens: Sequence[Token], spans: Sequence[Span]) -> list[Span]:
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
