"""The words of a text with what their looks and neighbours say: capitals, articles, feature words, people, organisations.

The word lists are rows of `words/text.toml`. Which spans become places is decided in `mentions.py`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from geoops.core.reading import read_text
from geoops.core.text import has_arabic
from geoops.gazetteer.features import WORDS, word_table
from geoops.gazetteer.names import MAX_LENGTH, normal

__all__ = ["Part", "Token", "feature_inner", "feature_openers", "feature_words", "plurals", "tokens_of", "words"]

_MARKS = "\u0300-\u036f\u064b-\u065f\u0670\u0640\u200c"
_WORD = re.compile(rf"([^\W_]+(?:(?:[{_MARKS}]|['’ʼ‘`´ʻʿʾ](?=[^\W_]))[^\W_]*)*)")
_JOINING_GAP = re.compile(r"(?:[-‐‑]|[ \t\u00a0]{1,3}|[ \t\u00a0]{0,2}\r?\n[ \t]{0,8})\Z")
_SENTENCE_END = re.compile(r"[.!?:;•\"“”]|\n[ \t]*\n")
_HYPHENS = ("-", "‐", "‑")
_LONGEST_GAP = 80  # more than so many characters between two words part them, whatever they are
_GENITIVES = ("'s", "’s")


@dataclass(slots=True)
class Token:
    """
    One word. Not frozen only because a text has many.

    Parameters
    ----------
    text, start, end
        The word and its characters in the text.
    joins
        Whether nothing but a space or a hyphen parts it from the word before.
    begins
        Whether it begins a sentence.
    plain
        Its normal form.
    capital
        Whether it begins with a capital letter.
    arabic
        Whether it is in Arabic script.
    part
        What part it can have in a name.
    """

    text: str
    start: int
    end: int
    joins: bool
    begins: bool
    plain: str
    capital: bool
    arabic: bool
    part: Part


@dataclass(frozen=True, slots=True)
class Part:
    """
    What part a word can have in a name, by its looks and the word lists.

    Parameters
    ----------
    opens, inside, ends
        Whether a name may begin with it, hold it, end with it.
    proper, proper_first
        Whether it makes a run of words a name, and whether it does as the first of them.
    roles
        The word lists that hold it, and `features` for a feature word.
    never
        Whether it is no name alone.
    """

    opens: bool
    inside: bool
    ends: bool
    proper: bool
    proper_first: bool
    roles: frozenset[str]
    never: bool


@cache
def _lists() -> dict[str, Any]:
    """The data file, parsed."""
    return tomllib.loads(read_text(WORDS / "text.toml"))


@cache
def words(name: str) -> frozenset[str]:
    """
    One list of words, in their normal form.

    Parameters
    ----------
    name
        A key of the data file.
    """
    return frozenset(normal(word) for word in _lists()[name])


@cache
def plurals() -> dict[str, str]:
    """Plural feature words and the word that each item of their list gets."""
    found: dict[str, str] = _lists()["plurals"]
    return found


@cache
def feature_words() -> frozenset[str]:
    """Every word that is a feature phrase, or the last one of one, but for prepositions."""
    return frozenset(phrase[-1] for phrase in word_table()) - {"of", "e"}


@cache
def feature_openers() -> frozenset[str]:
    """Every word that begins a feature phrase."""
    return frozenset(phrase[0] for phrase in word_table())


@cache
def feature_inner() -> frozenset[str]:
    """Every word that occurs in a feature phrase."""
    return frozenset(word for phrase in word_table() for word in phrase)


def _is_number(plain: str) -> bool:
    """Whether a word is a number that a name may hold: "Camp 5"."""
    return len(plain) <= 2 and plain.isdigit()


def _roles(plain: str, *, arabic: bool) -> frozenset[str]:
    """The word lists that hold a word; an Arabic one also without an "and" written onto it."""
    found = {name for name in _lists() if name != "plurals" and plain in words(name)}
    if plain in feature_words():
        found.add("features")
    if arabic and not found and plain.startswith("و") and len(plain) > 3:
        return _roles(plain[1:], arabic=False)
    return frozenset(found)


@lru_cache(maxsize=50_000)
def _looks(word: str, *, bound: bool) -> tuple[str, bool, bool, Part]:
    """A word's normal form, whether it has a capital, whether it is Arabic, and its part in names."""
    plain, capital, arabic = normal(word), word[:1].isupper(), has_arabic(word)
    proper = capital or arabic
    roles = _roles(plain, arabic=arabic)
    if not bound and plain in words("english"):
        roles -= {"articles", "name_joiners"}
    known = plain in feature_inner() or "directions" in roles
    part = Part(
        opens=proper or not roles.isdisjoint(("articles", "directions")) or plain in feature_openers(),
        inside=proper or known or not roles.isdisjoint(("joiners", "articles", "adjectives")) or _is_number(plain),
        ends=proper or "features" in roles,
        proper=proper,
        proper_first=arabic or (capital and not known),
        roles=roles,
        never=not roles.isdisjoint(("never", "common")),
    )
    return plain, capital, arabic, part


def _gap(gap: str) -> tuple[bool, bool]:
    """Whether what stands between two words joins them, and whether it ends a sentence."""
    return _JOINING_GAP.match(gap) is not None, _SENTENCE_END.search(gap) is not None


def tokens_of(text: str, offset: int = 0) -> list[Token]:
    """
    The words of a text, in order.

    Parameters
    ----------
    text
        The text, or a piece of one.
    offset
        Where the piece begins in the whole; positions are those in the whole.

    Examples
    --------
    >>> [(t.text, t.joins, t.begins) for t in tokens_of("In al-Hol. Then")]
    [('In', False, True), ('al', True, False), ('Hol', True, False), ('Then', False, True)]
    """
    found: list[Token] = []
    looks: dict[tuple[str, bool], tuple[str, bool, bool, Part]] = {}
    gaps: dict[str, tuple[bool, bool]] = {}
    stop = 0
    owned = False  # "Iraq's Kurdistan" is two names
    parts = _WORD.split(text)  # what stands between words, and the words, in turn
    for gap, word in zip(parts[::2], parts[1::2], strict=False):
        start = stop + len(gap)
        stop = start + len(word)
        between = gaps.get(gap)
        if between is None:
            between = gaps[gap] = _gap(gap[:_LONGEST_GAP])
        joins, begins = between
        if not found:
            joins, begins = False, True
        joins = joins and not owned
        owned = word.endswith(_GENITIVES)
        end = stop
        if owned:
            word, end = word[:-2], stop - 2  # noqa: PLW2901  the word without its genitive
        # "at" is an article in "at-Tall", and a preposition before a space.
        key = (word, len(word) > 2 or text.startswith(_HYPHENS, end))
        seen = looks.get(key)
        if seen is None:
            seen = looks[key] = _looks(word[:MAX_LENGTH], bound=key[1])
        found.append(Token(word, start + offset, end + offset, joins, begins, *seen))
    return found
