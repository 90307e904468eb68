"""Which runs of words of a text name places: evidence weighed, overlaps settled, lists and the text's countries heeded.

What a run of words can mean is `spans.py`'s business, what speaks for it `evidence.py`'s, where it lies `resolve.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from geoops.gazetteer.entities import Entity, labels_of_words
from geoops.gazetteer.evidence import alone, evidence, is_acting, is_led, people_of
from geoops.gazetteer.spans import Hint, Lookup, runs
from geoops.gazetteer.tokens import Token, plurals, tokens_of
from geoops.gazetteer.unknown import unknown_places

__all__ = ["Span", "recognised"]

_ENOUGH = 2.0
_BESIDE = 1.5  # what it helps to stand in one list with a place
_LABELLED = 2.0  # what a named entity's label weighs
_HOPELESS = -1.5  # what is below, no list and no country lifts to enough

_Places = dict[str, list[tuple[int, int]]]  # the first and the last word of a run of words, everywhere it stands


class Span(NamedTuple):
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
    led, acts
        Whether a preposition leads to it; whether what follows is said of someone who acts.
    start, end
        Its characters.
    """

    first: int
    last: int
    query: str
    best: Hint | None
    evidence: float
    led: bool
    acts: bool
    start: int
    end: int


def recognised(lookup: Lookup, text: str, offset: int = 0, entities: Sequence[Entity] = ()) -> list[Span]:
    """
    The spans of a piece of text that name places, in order.

    Parameters
    ----------
    lookup
        The gazetteer; it learns what the text is about.
    text, offset
        The piece, and where it begins in the whole text.
    entities
        Named entities found by other means, at their places in the whole; they weigh in.
    """
    tokens = tokens_of(text, offset, sparse=not entities)
    labels = labels_of_words(tokens, entities)
    found = runs(tokens)
    lone = {query for query, at in found.items() if at[0][0] == at[0][1] and tokens[at[0][0]].arabic}
    lookup.learn(found)
    lookup.learn(rest for query in lone for rest, _ in lookup.without_clitic(query))
    people = people_of(tokens)
    spans, open_yet = _spelt(lookup, tokens, found, people)
    spans = _weighed(spans, labels)
    lookup.settle(_home(_accepted(lookup, tokens, _chosen(spans))) | lookup.home)
    spans += _weighed(_sounding(lookup, tokens, open_yet, people), labels)
    chosen = _accepted(lookup, tokens, _chosen(spans))
    covered = {at for span in chosen for at in range(span.first, span.last + 1)}
    unknown = [*unknown_places(tokens, covered, people), *_labelled(labels, covered)]
    for first, last in dict.fromkeys(unknown):
        query, start, end = _words(tokens, first, last), tokens[first].start, tokens[last].end
        chosen.append(Span(first, last, query, None, _ENOUGH, led=True, acts=False, start=start, end=end))
    chosen.sort(key=lambda span: span.first)
    return _with_lists(tokens, chosen)


def _weighed(spans: list[Span], labels: Mapping[int, Entity]) -> list[Span]:
    """Spans with what named entities say of their words."""
    if not labels:
        return spans
    result = []
    for span in spans:
        said = [labels[at].place for at in range(span.first, span.last + 1) if at in labels]
        places = len(said) == span.last - span.first + 1 and all(said)
        more = _LABELLED if places else -2.0 * _LABELLED if False in said else 0.0
        result.append(span._replace(evidence=span.evidence + more))
    return result


def _labelled(labels: Mapping[int, Entity], covered: AbstractSet[int]) -> list[tuple[int, int]]:
    """The words of each entity that is a place by its label and nothing else."""
    words: dict[Entity, list[int]] = {}
    for at, entity in labels.items():
        if entity.place:
            words.setdefault(entity, []).append(at)
    return [(own[0], own[-1]) for own in words.values() if covered.isdisjoint(own)]


def _home(spans: Sequence[Span]) -> frozenset[str]:
    """The countries that a text is about: those it names, and those of more than one of its places."""
    places: dict[str, set[str]] = {}
    named: set[str] = set()
    seen: set[str] = set()
    for span in spans:
        if span.best is not None and span.query not in seen:
            for code in span.best.countries:
                places.setdefault(code, set()).add(span.query)
            if span.best.kind.startswith("PCL"):
                named |= span.best.countries
        seen.add(span.query)
    least = max(2.0, 0.1 * len(seen))
    most = max(map(len, places.values()), default=0)
    return frozenset(
        named | {code for code, queries in places.items() if len(queries) >= least or (most == 1 == len(queries))}
    )


def _spelt(
    lookup: Lookup, tokens: Sequence[Token], found: _Places, people: frozenset[str]
) -> tuple[list[Span], _Places]:
    """The runs whose very spelling the gazetteer knows, with their likeliest place; and the others."""
    spans: list[Span] = []
    others: _Places = {}
    for run, places in found.items():
        hint = lookup.hint(run)
        if hint is None:
            others[run] = places
        else:
            spans += _spans(tokens, places, run, hint, people)
    return spans, others


def _sounding(lookup: Lookup, tokens: Sequence[Token], found: _Places, people: frozenset[str]) -> list[Span]:
    """The runs that are known by their sounds, or in Arabic without the word that is written onto them."""
    spans: list[Span] = []
    ways_of: dict[str, list[tuple[str, int]]] = {}
    for run, places in found.items():
        first, last = places[0]
        ways_of[run] = [(run, 0), *(lookup.without_clitic(run) if first == last and tokens[first].arabic else ())]
    audible = lookup.sounding({query for ways in ways_of.values() for query, _ in ways})
    for run, places in found.items():
        for query, letters in ways_of[run]:
            hint = (lookup.hint(query) if letters else None) or (lookup.by_sounds(query) if query in audible else None)
            if hint is not None:
                spans += _spans(tokens, places, query, hint, people, letters)
                break
    return spans


def _spans(
    tokens: Sequence[Token],
    places: Sequence[tuple[int, int]],
    query: str,
    hint: Hint,
    people: frozenset[str],
    letters: int = 0,
) -> Iterator[Span]:
    """A run of words as a span wherever it stands, but where nothing can make it a place any more."""
    first, last = places[0]
    own = alone(tokens[first : last + 1], hint)
    if own.points < _HOPELESS:
        return
    for first, last in places:
        led = is_led(tokens, first)
        points = evidence(tokens, first, last, own, people, led=led)
        points += 1.5 if letters else 0.0  # "and", "in" written onto it
        if points >= _HOPELESS:
            acts = is_acting(tokens, last)
            yield Span(first, last, query, hint, points, led, acts, tokens[first].start + letters, tokens[last].end)


def _words(tokens: Sequence[Token], first: int, last: int) -> str:
    """The words of a run with single spaces."""
    if first == last:
        return tokens[first].text
    return " ".join(token.text for token in tokens[first : last + 1])


def _chosen(spans: Sequence[Span]) -> list[Span]:
    """Of spans that overlap the one with evidence, then the longest; in order of the text."""
    kept: list[Span] = []
    cluster: list[Span] = []
    reach = -1
    for span in sorted(spans, key=_first_word):
        if span.first > reach and cluster:
            kept += cluster if len(cluster) == 1 else _best_of(cluster)
            cluster = []
        cluster.append(span)
        reach = max(reach, span.last)
    return kept + _best_of(cluster)


def _first_word(span: Span) -> int:
    """Where a span begins."""
    return span.first


def _best_of(cluster: Sequence[Span]) -> list[Span]:
    """The best of spans that overlap, and what it leaves free."""
    taken: set[int] = set()
    kept = []
    for span in sorted(cluster, key=lambda s: (s.evidence < 0.5, s.first - s.last, -s.evidence, s.first)):
        words = range(span.first, span.last + 1)
        if taken.isdisjoint(words):
            taken.update(words)
            kept.append(span)
    return sorted(kept, key=_first_word)


def _accepted(lookup: Lookup, tokens: Sequence[Token], spans: Sequence[Span]) -> list[Span]:
    """Spans with enough evidence, and those that the countries and lists of these lift over the bar."""
    strong = [at for at, s in enumerate(spans) if s.evidence >= _ENOUGH and s.best is not None and not s.best.loose]
    rooted = _rooted([spans[at] for at in strong if spans[at].led or not spans[at].acts])
    foreign = {at for at, span in enumerate(spans) if _governs(span, rooted)}
    sure = set(strong) - foreign
    for _ in range(2):
        chosen = [spans[at] for at in sure]
        countries = lookup.home | _home(chosen)
        queries = {s.query for s in chosen}
        for at, span in enumerate(spans):
            if span.best is None or at in sure:
                continue
            at_home = lookup.is_at_home(span.query) or not countries.isdisjoint(span.best.countries)
            if span.best.loose and not at_home:
                continue
            lifted = span.evidence + (1.0 if at_home else 0.0) + (1.0 if span.query in queries else 0.0)
            if lifted < _ENOUGH - _BESIDE:
                continue  # no neighbour helps
            if lifted < _ENOUGH or at in foreign:
                beside = any(
                    other in sure and _listed(tokens, spans[min(at, other)].last, spans[max(at, other)].first)
                    for other in (at - 1, at + 1)
                )
                lifted += _BESIDE if beside else -3.0 if at in foreign else 0.0
            if lifted >= _ENOUGH:
                sure.add(at)
    return [spans[at] for at in sorted(sure)]


def _rooted(spans: Sequence[Span]) -> frozenset[str]:
    """The countries of several of a text's places: capitals and countries themselves aside."""
    places: dict[str, set[str]] = {}
    for span in spans:
        if span.best is not None and span.best.kind != "PPLC" and not span.best.kind.startswith("PCL"):
            for code in span.best.countries:
                places.setdefault(code, set()).add(span.query)
    most = max(map(len, places.values()), default=0)
    return frozenset(code for code, queries in places.items() if 3 * len(queries) >= most)


def _governs(span: Span, rooted: frozenset[str]) -> bool:
    """
    Whether a town stands for a government: nothing leads to it, and no other place of the text lies in its country.

    Of a capital this is always so, of another town where what follows is said of someone who acts.
    """
    if span.best is None or span.led or not rooted.isdisjoint(span.best.countries):
        return False
    return span.best.kind == "PPLC" or (span.best.kind.startswith("PPL") and span.acts)


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
            result[position] = result[position]._replace(query=query, last=end, end=tokens[end].end)
            at = position
            while at > 0 and _listed(tokens, spans[at - 1].last, spans[at].first):
                at -= 1
                result[at] = result[at]._replace(query=f"{spans[at].query} {word}")
        opener = span.first - 2
        if opener >= 0 and tokens[opener + 1].plain == "of" and tokens[span.first].joins:
            word = plurals().get(tokens[opener].plain)
            if word is None:
                continue
            at = position
            result[at] = result[at]._replace(query=f"{spans[at].query} {word}")
            while at + 1 < len(spans) and _listed(tokens, spans[at].last, spans[at + 1].first):
                at += 1
                result[at] = result[at]._replace(query=f"{spans[at].query} {word}")
    return result


def _listed(tokens: Sequence[Token], last: int, first: int) -> bool:
    """Whether only a comma, "and" or "or" stands between two spans."""
    if first <= last + 1:
        return not tokens[first].joins and not tokens[first].begins
    return first == last + 2 and tokens[last + 1].plain in ("and", "or", "و") and not tokens[last + 1].begins
