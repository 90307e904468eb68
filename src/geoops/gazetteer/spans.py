"""Runs of words that the gazetteer knows, and what the likeliest place of each is: one look-up for a whole text.

Most runs are decided by numbers alone: the entries filed under their very spelling, with their kind, country and weight.
Names are read only where a run is known by its sounds. Which runs are places of the text is decided in `mentions.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoops.core.text import has_arabic
from geoops.gazetteer.features import group_of_kind, groups, split_feature
from geoops.gazetteer.match import match, rank
from geoops.gazetteer.names import article_form, romanised
from geoops.gazetteer.records import Gazetteer
from geoops.gazetteer.store import key_hash
from geoops.gazetteer.tokens import Token
from geoops.gazetteer.weights import arabic_countries

__all__ = ["Hint", "Lookup", "runs"]

_LONGEST = 6  # words of a span
_MOST = 5  # entries of one spelling that are read: the best known, and the best known where the text is at home
_FEW = 4  # the same of one sound
_KNOWN = 5_000.0  # people: a place far from the text's countries that is looked for by its sounds too
_LEAST_SPELLING = 0.86  # in running text a vague likeness is no evidence
_LEAST_LOOSE = 0.8  # enough where the text names the country otherwise
_WELL_KNOWN = 50_000.0
_OTHER_NAME = 20.0  # times better known must a place be to be meant by another of its names
_EXACT = 0.97
_CLITICS = ("و", "ب", "ل", "ف", "وب", "ول")


@dataclass(frozen=True, slots=True)
class Hint:
    """
    What the likeliest place of a run of words is, as far as recognising it needs.

    Parameters
    ----------
    entry
        Its number.
    kind, countries, weight
        As in its record.
    spelling
        How well the words fit, 0 to 1.
    asked
        Whether a feature word among the words asks for this kind.
    loose
        Whether it fits only by sounds that look unlike.
    """

    entry: int
    kind: str
    countries: frozenset[str]
    weight: float
    spelling: float
    asked: bool
    loose: bool


def runs(tokens: Sequence[Token]) -> dict[str, list[tuple[int, int]]]:
    """Runs of words whose looks allow a name, with single spaces: the first and the last word of each, everywhere it stands."""
    found: dict[str, list[tuple[int, int]]] = {}
    count = len(tokens)
    for first, token in enumerate(tokens):
        part = token.part
        if not (part.opens and part.inside):
            continue
        roles = part.roles
        if "locatives" in roles and "directions" not in roles and not token.arabic:
            continue
        query, proper = token.text, part.proper_first
        if proper and part.ends and not part.never:
            found.setdefault(query, []).append((first, first))
        for last in range(first + 1, min(first + _LONGEST, count)):
            word = tokens[last]
            part = word.part
            if not (word.joins and part.inside):
                break
            proper = proper or part.proper
            query = f"{query} {word.text}"
            if proper and part.ends:
                found.setdefault(query, []).append((first, last))
    return found


@dataclass(slots=True)
class _Keys:
    """The keys of one run that need no sounds: of its very spelling, and of its parts without a feature word."""

    spelt: str
    rests: list[tuple[str, str, str]]  # the group, the rest, the key of its spelling

    @classmethod
    def of(cls, query: str) -> _Keys:
        """The keys of a run of words."""
        rests = [(group, rest, f"={article_form(rest)}") for rest, group in split_feature(query)]
        return cls(f"={article_form(query)}", rests)

    def all(self) -> Iterator[str]:
        """Every key."""
        yield self.spelt
        for _, _, spelt in self.rests:
            yield spelt


class Lookup:
    """
    The gazetteer as one text sees it: with the countries that the text is about.

    Parameters
    ----------
    gazetteer
        Where to look.
    """

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self._kinds = gazetteer.kind.dictionary.to_pylist()
        self._kind = gazetteer.kind_code
        self._countries = gazetteer.country_sets
        self._country = gazetteer.country_code
        self._many_spellings = self._lies_in(arabic_countries())
        self.home: frozenset[str] = frozenset()
        self._at_home = np.zeros(len(gazetteer), dtype=bool)
        self._places: dict[str, tuple[int, int]] = {}
        self._keys: dict[str, _Keys] = {}
        self._homely: dict[str, bool] = {}
        self._audible: dict[str, bool] = {}
        self._spelt: dict[str, Hint | None] = {}
        self._heard: dict[str, Hint | None] = {}

    def _lies_in(self, countries: Iterable[str]) -> NDArray[np.bool_]:
        """Which entries lie in some countries."""
        lies: NDArray[np.bool_] = self.gazetteer.of_countries(frozenset(countries))[self._country]
        return lies

    def settle(self, countries: frozenset[str]) -> None:
        """Take note of the countries that the text is about."""
        if countries != self.home:
            self.home = countries
            self._at_home = self._lies_in(countries)
            self._homely, self._spelt, self._heard = {}, {}, {}

    def learn(self, queries: Iterable[str]) -> None:
        """Look up the keys of many runs of words at once."""
        new = {query: _Keys.of(query) for query in dict.fromkeys(queries) if query not in self._keys}
        self._find(key for own in new.values() for key in own.all())
        self._keys |= new

    def _find(self, wanted: Iterable[str]) -> None:
        """Note where in the sorted keys some keys stand: one search for all."""
        keys = list({key: None for key in wanted if key not in self._places})
        codes = np.fromiter(map(key_hash, keys), dtype=np.uint32, count=len(keys))
        low, high = self.gazetteer.keys.find(codes)
        self._places.update(zip(keys, zip(low.tolist(), high.tolist(), strict=True), strict=True))

    def _entries(self, key: str) -> NDArray[np.int32]:
        """The entries under a key that was learnt, the best known first."""
        low, high = self._places[key]
        return self.gazetteer.keys.between(low, high)

    def sounding(self, queries: Iterable[str]) -> set[str]:
        """Those runs that were learnt under whose sounds anything is filed at all: one look-up for all."""
        wanted = list(queries)
        keys = {}
        for query in wanted:
            if query in self._audible:
                continue
            own = [*romanised(query), *(key for _, _, key in self._keys[query].rests)]
            own += [f"#{group}:{key}" for group, rest, _ in self._keys[query].rests for key in romanised(rest)]
            keys[query] = own
        self._find(key for own in keys.values() for key in own)
        for query, own in keys.items():
            self._audible[query] = any(self._places[key][1] > self._places[key][0] for key in own)
        return {query for query in wanted if self._audible[query]}

    def hint(self, query: str) -> Hint | None:
        """The likeliest place that is spelt like a run of words that was learnt, if there is one."""
        if query not in self._spelt:
            self._spelt[query] = self._by_spelling(query)
        return self._spelt[query]

    def _by_spelling(self, query: str) -> Hint | None:
        """What `hint` finds, looked for."""
        keys = self._keys[query]
        for group, rest, spelt in keys.rests:
            for entry in self._best(self._entries(spelt), _MOST):
                if groups()[group].holds(self._kinds[self._kind[entry]]) and self._is_called(entry, rest):
                    return self._hint(entry, _EXACT, asked=True)
        entries = self._entries(keys.spelt)
        if not len(entries):
            return None
        best = self._best(entries, _MOST)
        likely = self._first_named(best, article_form(query)) if len(best) > 1 else best[0]
        return self._hint(likely, _EXACT, asked=False) if self._is_called(likely, query) else None

    def _is_called(self, entry: int, query: str) -> bool:
        """
        Whether a place has the name under which it was found, looked at where the name has several words.

        One run of words in two and a half thousand has the hash of a key that is not its own, and a long one takes its words from the names in it.
        """
        if " " not in query:
            return True
        form = article_form(query)
        return any(article_form(name) == form for name in self.gazetteer.record(entry).names)

    def is_at_home(self, query: str) -> bool:
        """Whether any place that is spelt like a run of words that was learnt lies in the text's countries."""
        if query not in self._homely:
            self._homely[query] = bool(self._at_home[self._entries(self._keys[query].spelt)].any())
        return self._homely[query]

    def _first_named(self, entries: Sequence[int], spelt: str) -> int:
        """The likeliest of entries of one spelling: one that is called so first, and is no structure of a town of the name."""
        bare = [entry for entry in entries if self._said_bare(entry)] or list(entries)
        if self.gazetteer.weight[bare[0]] < _WELL_KNOWN:
            return bare[0]  # only a big town is known by many names
        least = float(self.gazetteer.weight[bare[0]]) / _OTHER_NAME
        for entry in bare[:_FEW]:
            if self.gazetteer.weight[entry] >= least and article_form(self.gazetteer.record(entry).name) == spelt:
                return entry
        return bare[0]

    def _said_bare(self, entry: int) -> bool:
        """Whether people say the bare name for this kind of place: for a river or a range, not for a refinery."""
        group = group_of_kind(self._kinds[self._kind[entry]])
        return group is None or groups()[group].bare

    def by_sounds(self, query: str) -> Hint | None:
        """The likeliest place that sounds like a run of words that was learnt and looks enough like it."""
        if query not in self._heard:
            self._heard[query] = self._by_sounding(query)
        return self._heard[query]

    def _by_sounding(self, query: str) -> Hint | None:
        """What `by_sounds` finds, looked for."""
        keys = [
            *romanised(query),
            *(f"#{g}:{key}" for g, rest, _ in self._keys[query].rests for key in romanised(rest)),
        ]
        keys += [key for _, rest, _ in self._keys[query].rests for key in romanised(rest)]
        if not self.collect(self.gazetteer, keys, frozenset()):
            return None
        fitting = [c for c in rank(match(self.gazetteer, query, loose=False, collect=self.collect)) if not c.refused]
        sound = [c for c in fitting if c.spelling >= _LEAST_SPELLING and not c.loose]
        best = next(iter(sound or [c for c in fitting if c.spelling >= _LEAST_LOOSE]), None)
        if best is None:
            return None
        return self._hint(best.record.entry, best.spelling, asked=best.asked, loose=best.loose)

    def _hint(self, entry: int, spelling: float, *, asked: bool, loose: bool = False) -> Hint:
        """A hint of an entry's numbers."""
        code = self._country[entry]
        return Hint(
            entry, self._kinds[self._kind[entry]] or "", self._countries[code] if code >= 0 else frozenset(),
            float(self.gazetteer.weight[entry]), spelling, asked, loose,
        )  # fmt: skip

    def _best(self, entries: NDArray[np.int32], most: int) -> list[int]:
        """The best known of some entries, and the best known of those at home."""
        if len(entries) <= most:
            return [int(entry) for entry in entries]
        return list(dict.fromkeys([*entries[:most].tolist(), *entries[self._at_home[entries]][:most].tolist()]))

    def collect(
        self, gazetteer: Gazetteer, keys: Sequence[str], countries: frozenset[str], article: str = ""
    ) -> list[int]:
        """
        The entries that are worth reading for a name of the text: for `match`.

        Those written like it; if none of them lies in the text's countries, those there that sound like it; if there are
        none at all, also those that are known and lie where one name is written in many ways.
        """
        found: dict[int, None] = {}
        spelt = gazetteer.entries(f"={article}") if article else gazetteer.keys.between(0, 0)
        found.update(dict.fromkeys(self._best(spelt, _MOST)))
        found.update(dict.fromkeys(gazetteer.within(spelt, countries)[:_MOST].tolist() if countries else ()))
        for key in keys:
            if key.startswith("#"):
                found.update(dict.fromkeys(self._best(gazetteer.entries(key), _FEW)))
            elif not len(spelt) or not self._at_home[spelt].any():
                entries = gazetteer.entries(key)
                entries = entries if len(entries) < 5_000 else entries[:5_000]
                near = self._at_home[entries]
                found.update(dict.fromkeys(entries[near][:_MOST].tolist()))
                if len(spelt):
                    continue
                known = self._many_spellings[entries] & (gazetteer.weight[entries] >= _KNOWN)
                found.update(dict.fromkeys(entries[known][:_FEW].tolist()))
                found.update(dict.fromkeys(gazetteer.within(entries, countries)[:_MOST].tolist() if countries else ()))
        return list(found)

    def without_clitic(self, word: str) -> Iterator[tuple[str, int]]:
        """An Arabic word without the "and", "in" or "to" that may be written onto it, and how many letters went."""
        if not has_arabic(word):
            return
        for clitic in _CLITICS:
            if word.startswith(clitic) and len(word) >= len(clitic) + 3:
                rest = word[len(clitic) :]
                yield ("ا" + rest if clitic.endswith("ل") and rest.startswith("ل") else rest), len(clitic)
