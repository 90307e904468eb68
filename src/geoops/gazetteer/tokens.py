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
from geoops.gazetteer.names import normal

__all__ = ["Token", "feature_inner", "feature_openers", "feature_words", "plurals", "tokens_of", "words"]

_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f\u064b-\u065f\u0670\u0640\u200c]|['’ʼ‘`´ʻʿʾ](?=[^\W_]))*")
_JOINING_GAP = re.compile(r"(?:[-‐‑]|[ \t\u00a0]{1,3}|[ \t\u00a0]{0,2}\r?\n[ \t]{0,8})\Z")
_SENTENCE_END = re.compile(r"[.!?:;•\"“”]|\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Token:
    """
    One word.

    Parameters
    ----------
    text, start, end
        The word and its characters in the text.
    plain
        Its normal form.
    joins
        Whether nothing but a space or a hyphen parts it from the word before.
    begins
        Whether it begins a sentence.
    capital
        Whether it begins with a capital letter.
    arabic
        Whether it is in Arabic script.
    """

    text: str
    start: int
    end: int
    plain: str
    joins: bool
    begins: bool
    capital: bool
    arabic: bool


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


@lru_cache(maxsize=100_000)
def _plain(word: str) -> str:
    """The normal form of a word, without a genitive s."""
    return normal(re.sub(r"['’]s\Z", "", word))


def tokens_of(text: str) -> list[Token]:
    """
    The words of a text, in order.

    Examples
    --------
    >>> [(t.text, t.joins, t.begins) for t in tokens_of("In al-Hol. Then")]
    [('In', False, True), ('al', True, False), ('Hol', True, False), ('Then', False, True)]
    """
    found: list[Token] = []
    end = 0
    for match in _WORD.finditer(text):
        gap = text[end : match.start()]
        word = match[0]
        tail = re.search(r"['’]s\Z", word)
        stop = match.end() - (len(tail[0]) if tail else 0)
        word = text[match.start() : stop]
        found.append(
            Token(
                text=word,
                start=match.start(),
                end=stop,
                plain=_plain(word),
                joins=bool(found)
                and gap != ""
                and _JOINING_GAP.match(gap) is not None
                and not tail_before(found, text),
                begins=not found or _SENTENCE_END.search(gap) is not None,
                capital=word[:1].isupper(),
                arabic=has_arabic(word),
            )
        )
        end = match.end()
    return found


def tail_before(found: list[Token], text: str) -> bool:
    """Whether the word before carries a genitive: "Iraq's Kurdistan" is two names."""
    end = found[-1].end
    return text[end : end + 2] in ("'s", "’s")
