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


def runs(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Runs of words whose looks allow a name: (first, last)."""
    count = len(tokens)
    for first, token in enumerate(tokens):
        if not token.part.opens:
            continue
        roles = token.part.roles
        if "locatives" in roles and "directions" not in roles and not token.arabic:
            continue
        proper = False
        for last in range(first, min(first + _LONGEST, count)):
            word = tokens[last]
            part = word.part
            if (last > first and not word.joins) or not part.inside:
                break
            proper = proper or (part.proper_first if last == first else part.proper)
            if proper and part.ends and not (last == first and part.never):
                yield first, last


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
        self._kind = _codes(gazetteer.kind.indices)
        codes = gazetteer.country.dictionary.to_pylist()
        self._countries = [frozenset((code or "").split(";")) - {""} for code in codes]
        self._country = _codes(gazetteer.country.indices)
        self._many_spellings = self._lies_in(arabic_countries())
        self.home: frozenset[str] = frozenset()
        self._at_home = np.zeros(len(gazetteer), dtype=bool)
        self._places: dict[str, tuple[int, int]] = {}
        self._keys: dict[str, _Keys] = {}
        self._homely: dict[str, bool] = {}

    def _lies_in(self, countries: Iterable[str]) -> NDArray[np.bool_]:
        """Which entries lie in some countries."""
        wanted = frozenset(countries)
        of_code = np.array([*(not wanted.isdisjoint(codes) for codes in self._countries), False])
        lies: NDArray[np.bool_] = of_code[self._country]
        return lies

    def settle(self, countries: frozenset[str]) -> None:
        """Take note of the countries that the text is about."""
        if countries != self.home:
            self.home = countries
            self._at_home = self._lies_in(countries)
            self._homely = {}

    def learn(self, queries: Iterable[str]) -> None:
        """Look up the keys of many runs of words at once."""
        new = {query: _Keys.of(query) for query in dict.fromkeys(queries) if query not in self._keys}
        self._find(key for own in new.values() for key in own.all())
        self._keys |= new

    def _find(self, wanted: Iterable[str]) -> None:
        """Note where in the sorted keys some keys stand: one search for all."""
        keys = list({key: None for key in wanted if key not in self._places})
        codes = np.fromiter(map(key_hash, keys), dtype=np.uint32, count=len(keys))
        low = self.gazetteer.hashes.searchsorted(codes, "left")
        high = self.gazetteer.hashes.searchsorted(codes, "right")
        self._places.update(zip(keys, zip(low.tolist(), high.tolist(), strict=True), strict=True))

    def _entries(self, key: str) -> NDArray[np.int32]:
        """The entries under a key that was learnt, the best known first."""
        low, high = self._places[key]
        return self.gazetteer.owners[low:high]

    def sounding(self, queries: Iterable[str]) -> set[str]:
        """Those runs that were learnt under whose sounds anything is filed at all: one look-up for all."""
        keys = {}
        for query in queries:
            own = [*romanised(query), *(key for _, _, key in self._keys[query].rests)]
            own += [f"#{group}:{key}" for group, rest, _ in self._keys[query].rests for key in romanised(rest)]
            keys[query] = own
        self._find(key for own in keys.values() for key in own)
        return {query for query, own in keys.items() if any(self._places[k][1] > self._places[k][0] for k in own)}

    def hint(self, query: str) -> Hint | None:
        """The likeliest place that is spelt like a run of words that was learnt, if there is one."""
        keys = self._keys[query]
        for group, _, spelt in keys.rests:
            for entry in self._best(self._entries(spelt), _MOST):
                if groups()[group].holds(self._kinds[self._kind[entry]]):
                    return self._hint(entry, _EXACT, asked=True)
        entries = self._entries(keys.spelt)
        if not len(entries):
            return None
        best = self._best(entries, _MOST)
        likely = self._first_named(best, article_form(query)) if len(best) > 1 else best[0]
        return self._hint(likely, _EXACT, asked=False)

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

        Those written like it; if there are none those that sound like it and lie in the text's countries, or are known
        and lie where one name is written in many ways.
        """
        found: dict[int, None] = {}
        spelt = gazetteer.entries(f"={article}") if article else gazetteer.owners[:0]
        found.update(dict.fromkeys(self._best(spelt, _MOST)))
        found.update(dict.fromkeys(gazetteer.within(spelt, countries)[:_MOST].tolist() if countries else ()))
        for key in keys:
            if key.startswith("#"):
                found.update(dict.fromkeys(self._best(gazetteer.entries(key), _FEW)))
            elif not len(spelt):
                entries = gazetteer.entries(key)
                entries = entries if len(entries) < 5_000 else entries[:5_000]
                known = self._many_spellings[entries] & (gazetteer.weight[entries] >= _KNOWN)
                near = self._at_home[entries]
                found.update(dict.fromkeys(entries[near][:_MOST].tolist()))
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


def _codes(indices: object) -> NDArray[np.int64]:
    """The codes of a dictionary column, -1 where it is empty."""
    codes = np.asarray(indices.to_numpy(zero_copy_only=False))  # type: ignore[attr-defined]
    if codes.dtype.kind == "f":
        codes = np.where(np.isnan(codes), -1, codes)
    return codes.astype(np.int64)
