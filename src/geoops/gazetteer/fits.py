"""How well a name fits a place's names: letter by letter, by sound, and nearly.

Each comparison gives a spelling from 0 to 1 and the reason. How likely a place is besides is `match.py`'s business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from geoops.core.text import has_arabic
from geoops.gazetteer.features import Group, groups, split_feature
from geoops.gazetteer.names import (
    MAX_LENGTH,
    article_form,
    normal,
    other_habits,
    other_skeletons,
    romanised,
    skeleton,
    transliterated,
)
from geoops.gazetteer.records import Record
from geoops.gazetteer.store import MIN_SKELETON

__all__ = ["LOOSE", "STRICT", "Fit", "Query", "best_fit"]

_EXACT, _ARTICLE = 1.0, 0.96
_DROPPED = frozenset("ها")  # at the end of a word by sound, whatever script its other letters are in
_ALTERNATE, _ALTERNATE_ALIKE = 0.94, 0.04  # another name altogether, and what likeness to the first name adds


@dataclass(frozen=True, slots=True)
class Query:
    """
    The forms of a name that is looked for.

    Parameters
    ----------
    normal, compact, article, sounds, bones
        Its normal form, the same without spaces, without articles, its sounds, its consonants.
    latin
        What is compared with Latin spellings.
    """

    normal: str
    compact: str
    article: str
    sounds: tuple[str, ...]
    bones: str
    latin: str

    @classmethod
    def of(cls, name: str) -> Query:
        """All forms of a name."""
        form = normal(name)
        latin = transliterated(name).replace(" ", "") if has_arabic(name) else article_form(name)
        return cls(form, form.replace(" ", ""), article_form(name), romanised(name), skeleton(name), latin)


@lru_cache(maxsize=1 << 14)
def _letters(name: str) -> tuple[str, str, str]:
    """A name of a place in its normal form, the same without spaces, and without articles."""
    form = normal(name)
    return form, form.replace(" ", ""), article_form(name)


@lru_cache(maxsize=4096)
def _folded(last: str) -> str:
    """What the last character of a name is in its normal form; nothing where that cannot be said of it alone."""
    form = normal(last)
    joins = "\u1100" <= form <= "\u11ff"  # letters of Hangul, which make one with what stands before
    return form if len(form) == 1 and form.isalnum() and not joins else ""


def _fit_letters(query: Query, name: str, first: str | None) -> tuple[float, str] | None:
    """
    How well one name of a place fits letter by letter, and why; None where it does not.

    Parameters
    ----------
    query
        The name that is looked for.
    name
        One of the place's.
    first
        The place's first name, if this is an alternate one.
    """
    last = _folded(name[-1:])
    if last and last != query.compact[-1:] and len(name) < MAX_LENGTH:
        return None  # most names: no article stands at the end
    form, compact, article = _letters(name)
    if form == query.normal or compact == query.compact:
        if first is None:
            return _EXACT, "exact"
        return _ALTERNATE + _ALTERNATE_ALIKE * _likeness(query, first), "alternate name"
    if article == query.article and article:
        # "al Hol" is rather "El Hol" than the "Hol" of another country; "Hasakah" for "Al-Hasakah" is what all write.
        lost = query.article != query.compact and article == compact
        return _ARTICLE - (0.01 if first is not None else 0.0) - (0.04 if lost else 0.0), "article"
    return None


def _fit_sounds(query: Query, name: str, first: str | None) -> tuple[float, str] | None:  # noqa: ARG001  fits are called alike
    """How well one name of a place fits by sound."""
    last, wanted = _folded(name[-1:]), query.compact[-1:]
    if last and last.isascii() != wanted.isascii() and _DROPPED.isdisjoint((last, wanted)):
        return None  # another script: what a name ends in keeps its own
    if set(query.sounds).isdisjoint(romanised(name)):
        return None
    return 0.70 + 0.22 * _likeness(query, name), "romanisation"


def _likeness(query: Query, name: str) -> float:
    """How alike two spellings are in Latin letters, 0 to 1."""
    other = transliterated(name).replace(" ", "") if has_arabic(name) else article_form(name)
    return float(fuzz.ratio(query.latin, other)) / 100.0


def _fit_nearly(query: Query, name: str, first: str | None) -> tuple[float, str] | None:  # noqa: ARG001  fits are called alike
    """A fit by edit distance, by consonants alone where the spellings are alike besides, or by another habit of writing."""
    article = article_form(name)
    length = min(len(query.article), len(article))
    allowed = 0 if length < 5 else 1 if length < 8 else 2
    away = OSA.distance(query.article, article, score_cutoff=allowed) if allowed else 1
    edited = (0.92 - 0.6 * away / max(length, 1), f"edit distance {away}") if away <= allowed else None
    boned = None
    if len(query.bones) >= MIN_SKELETON and query.bones == skeleton(name):
        likeness = _likeness(query, name)
        if likeness >= 0.6:
            boned = (min(0.85, 0.45 + 0.35 * likeness + 0.03 * len(query.bones)), "skeleton")
    habit = None
    if not set(other_habits(query.normal)).isdisjoint(romanised(name)):
        habit = (0.62 + 0.22 * _likeness(query, name), "romanisation by another habit")
    elif (bones := skeleton(name)) in other_skeletons(query.normal) and len(bones) > MIN_SKELETON:
        likeness = _likeness(query, name)
        if likeness >= 0.6:
            habit = (min(0.80, 0.40 + 0.35 * likeness + 0.03 * len(bones)), "skeleton by another habit")
    fits = [fit for fit in (edited, boned, habit) if fit is not None]
    return max(fits, default=None)


Fit = Callable[[Query, str, str | None], tuple[float, str] | None]
STRICT: tuple[Fit, ...] = (_fit_letters, _fit_sounds)
LOOSE: tuple[Fit, ...] = (*STRICT, _fit_nearly)


def best_fit(
    record: Record, query: Query, rest: Query | None, group: Group | None, fits: Sequence[Fit]
) -> tuple[float, str, bool] | None:
    """
    The best fit over a place's names: (spelling, reason, whether only without the place's own feature word).

    Parameters
    ----------
    record
        The place.
    query
        The name as it came.
    rest, group
        The name without its feature word and that word's group, if one was taken off.
    fits
        The comparisons, the strictest first: what fits by one need not be tried by the next.
    """
    for fit in fits:
        best = max(_fits_of(record, query, rest, group, fit), default=None)
        if best is not None:
            return best
    return None


def _fits_of(
    record: Record, query: Query, rest: Query | None, group: Group | None, fit: Fit
) -> Iterator[tuple[float, str, bool]]:
    """Every fit of a place's names by one comparison."""
    holds = group is not None and group.holds(record.kind)
    for position, name in enumerate(record.names):
        first = record.name if position > 0 and name != record.name_local else None
        if rest is None or group is None:
            found = fit(query, name, first)
            if found is not None:
                yield found[0], found[1], False
        else:
            found = fit(rest, name, first)
            if found is not None:
                yield found[0] - 0.005, f"{found[1]}; “{group.name}” taken as the kind of place", False
        for bare_name, own in () if name.isalnum() else split_feature(name):
            if not groups()[own].holds(record.kind):
                continue
            if rest is None and groups()[own].bare:
                found = fit(query, bare_name, first)
                if found is not None:
                    yield found[0] - 0.02, f"{found[1]}; without its word for {own}", True
            elif rest is not None and holds:
                found = fit(rest, bare_name, first)
                if found is not None:
                    yield found[0], found[1], False
