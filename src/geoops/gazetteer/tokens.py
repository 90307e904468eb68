"""The words of a text with what their looks and neighbours say: capitals, articles, feature words, people, organisations.

The word lists are rows of `words/text.toml`. Which spans become places is decided in `mentions.py`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoops.core.reading import read_text
from geoops.core.text import has_arabic
from geoops.gazetteer.features import WORDS, word_table
from geoops.gazetteer.names import MAX_LENGTH, normal

__all__ = ["Part", "Token", "feature_inner", "feature_openers", "feature_words", "plurals", "tokens_of", "words"]

_MARKS = "\u0300-\u036f\u064b-\u065f\u0670\u0640\u200c"
_WORD = re.compile(rf"[^\W_]+(?:(?:[{_MARKS}]|['’ʼ‘`´ʻʿʾ](?=[^\W_]))[^\W_]*)*")
_JOINING_GAP = re.compile(r"(?:[-‐‑]|[ \t\u00a0]{1,3}|[ \t\u00a0]{0,2}\r?\n[ \t]{0,8})\Z")
_SENTENCE_END = re.compile(r"[.!?:;•\"“”]|\n[ \t]*\n")
_HYPHENS = ("-", "‐", "‑")
_LONGEST_GAP = 80  # more than so many characters between two words part them, whatever they are
_ELIDED = re.compile(r" d['’ʼ](?=[aeiouyhâàéèêîïôûœ])", re.IGNORECASE)
_OF_NAME = re.compile(r"d['’ʼ](?=[^\W\d_a-z])")  # "d'Ivoire": a capital, one letter on
_GENITIVES = ("'s", "’s")
_NEAR = 12  # words: no name begins or ends so far from its capital or its Arabic, and no evidence looks so far


class Token(NamedTuple):
    """
    One word of a text.

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
    hyphened
        Whether a hyphen parts it from the word before.
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
    hyphened: bool


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


@cache
def _roles_by_word() -> dict[str, frozenset[str]]:
    """The word lists that hold each of their words, and `features` for a feature word."""
    found: dict[str, set[str]] = {}
    for name in _lists():
        for word in words(name) if name != "plurals" else ():
            found.setdefault(word, set()).add(name)
    for word in feature_words():
        found.setdefault(word, set()).add("features")
    return {word: frozenset(names) for word, names in found.items()}


_NO_ROLES: frozenset[str] = frozenset()


def _roles(plain: str, *, arabic: bool) -> frozenset[str]:
    """The word lists that hold a word; an Arabic one also without an "and" written onto it."""
    found = _roles_by_word().get(plain, _NO_ROLES)
    if arabic and not found and plain.startswith("و") and len(plain) > 3:
        return _roles(plain[1:], arabic=False)
    return found


def _looks(word: str, *, bound: bool) -> tuple[str, bool, bool, Part]:
    """A word's normal form, whether it has a capital, whether it is Arabic, and its part in names."""
    plain, capital, arabic = normal(word), word[:1].isupper() or _OF_NAME.match(word) is not None, has_arabic(word)
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


def _gap(gap: str) -> tuple[bool, bool, bool]:
    """Whether what stands between two words joins them, whether it ends a sentence, and whether it is a hyphen."""
    return _JOINING_GAP.match(gap) is not None, _SENTENCE_END.search(gap) is not None, gap.startswith(_HYPHENS)


class _Look(NamedTuple):
    """What a word of a text is, wherever it stands: without its genitive, and whether it had one."""

    word: str
    plain: str
    capital: bool
    arabic: bool
    part: Part
    owns: bool


def _look(word: str, *, bound: bool) -> _Look:
    """A word as it stands in a text; `bound` where a hyphen follows."""
    owns = word.endswith(_GENITIVES)
    bare = word[:-2] if owns else word
    # "at" is an article in "at-Tall", and a preposition before a space.
    return _Look(bare, *_looks(bare[:MAX_LENGTH], bound=len(bare) > 2 or (bound and not owns)), owns)


@lru_cache(maxsize=1 << 15)
def _usual_look(word: str) -> _Look:
    """A word as it mostly stands in a text, for words that come again."""
    return _look(word, bound=False)


def _coded(texts: Sequence[str]) -> tuple[list[str], NDArray[np.intp]]:
    """The different ones of many short texts, and the number of each: what is the same is looked at once."""
    numbers = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    return list(numbers), np.fromiter(map(numbers.__getitem__, texts), dtype=np.intp, count=len(texts))


_token = partial(tuple.__new__, Token)  # what `Token._make` does, without a step in Python


def tokens_of(text: str, offset: int = 0, *, sparse: bool = False) -> list[Token]:
    """
    The words of a text, in order.

    Parameters
    ----------
    text
        The text, or a piece of one.
    offset
        Where the piece begins in the whole; positions are those in the whole.
    sparse
        Leave out words that are far from any in capitals or Arabic script, without which no name is: most texts have long stretches of them.

    Examples
    --------
    >>> [(t.text, t.joins, t.begins) for t in tokens_of("In al-Hol. Then")]
    [('In', False, True), ('al', True, False), ('Hol', True, False), ('Then', False, True)]
    """
    text = _without_elisions(text)
    words_, word_of, starts, ends = _spelt_words(text)
    looks = [_usual_look(word) if len(word) <= MAX_LENGTH else _look(word, bound=False) for word in words_]
    kept = np.arange(len(word_of))
    if sparse:
        kept = _near(np.array([look.part.proper for look in looks], dtype=bool)[word_of])
    if not len(kept):
        return []
    joins, begins, hyphens = _gaps(text, starts, ends)
    bound = np.flatnonzero(hyphens[1:] & (ends - starts <= 2))
    if len(bound):
        again, bound_of = np.unique(word_of[bound], return_inverse=True)
        word_of[bound] = len(looks) + bound_of
        looks += [_look(words_[number], bound=True) for number in again.tolist()]
    here, joins, begins = word_of[kept], joins[kept], begins[kept]
    owns = np.array([look.owns for look in looks], dtype=bool)[here]
    joins[0] = False  # nothing stands before the first word
    joins[1:] &= ~owns[:-1] & (np.diff(kept) == 1)  # "Iraq's Kurdistan" is two names
    begins[0] |= kept[0] == 0
    starts, ends = starts[kept] + offset, ends[kept] + offset - 2 * owns
    word, plain, capital, arabic, part = (
        np.fromiter(column, dtype=object, count=len(looks))[here].tolist()
        for column in list(zip(*looks, strict=True))[:5]
    )
    columns = (
        word, starts.tolist(), ends.tolist(), joins.tolist(), begins.tolist(), plain, capital, arabic, part, hyphens[kept].tolist(),
    )  # fmt: skip
    return list(map(_token, zip(*columns, strict=True)))


def _without_elisions(text: str) -> str:
    """
    The text with spaces for the "d'" of French ("près d'Alep"), so that what follows is a word of its own; every place stays where it is.

    After a word in capitals it belongs to a name: "Côte d'Ivoire".
    """

    def parted(found: re.Match[str]) -> str:
        before = text[text.rfind(" ", 0, found.start()) + 1 : found.start()]
        return " " * len(found[0]) if before[:1].islower() else found[0]

    return _ELIDED.sub(parted, text)


def _spelt_words(text: str) -> tuple[list[str], NDArray[np.intp], NDArray[np.int64], NDArray[np.int64]]:
    """The different words of a text; of all its words in order the number among these, the start and the end."""
    # What stands between two spaces comes again and again: each is taken apart once.
    chunks, chunk_of = _coded(text.split(" "))
    found = [[(match[0], *match.span()) for match in _WORD.finditer(chunk)] for chunk in chunks]
    each = [word for inside in found for word in inside]
    words_, number = _coded([word for word, _, _ in each])
    places = np.array([place for _, *place in each], dtype=np.int64).reshape(-1, 2)
    counts = np.array([len(inside) for inside in found])
    first = (counts.cumsum() - counts)[chunk_of]
    begins = np.array([len(chunk) + 1 for chunk in chunks])[chunk_of]
    begins = begins.cumsum() - begins
    counts = counts[chunk_of]
    which = np.arange(counts.sum()) + np.repeat(first - (counts.cumsum() - counts), counts)
    starts, ends = (places[which] + np.repeat(begins, counts)[:, None]).T
    return words_, number[which], starts, ends


def _gaps(
    text: str, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Of what stands before each word, and behind the last: whether it joins, ends a sentence, begins with a hyphen."""
    lows, highs = [0, *ends.tolist()], [*starts.tolist(), len(text)]
    gaps, gap_of = _coded([text[low:high] for low, high in zip(lows, highs, strict=True)])
    joining, ending, hyphens = np.array([_gap(gap[:_LONGEST_GAP]) for gap in gaps]).T
    return joining[gap_of], ending[gap_of], hyphens[gap_of]


def _near(anchors: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The positions of words in capitals or Arabic script, and of those so near that they may say something of them."""
    if not anchors.any():
        return np.empty(0, dtype=np.intp)
    sums = np.pad(anchors.cumsum(), (_NEAR + 1, _NEAR), mode="edge")
    sums[: _NEAR + 1] = 0
    return np.flatnonzero(sums[2 * _NEAR + 1 :] > sums[: -2 * _NEAR - 1])
