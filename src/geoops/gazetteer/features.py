"""Words such as Jabal, Mountains, Camp or River: what they say of a name, and the name without them.

The words are rows of `words/features.toml`. Which kinds of place exist under a name is `match.py`'s business.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from geoops.core.errors import InputError
from geoops.core.reading import read_text
from geoops.gazetteer.names import normal

__all__ = ["Group", "group_of_kind", "groups", "kind_matches", "split_feature", "word_table"]

WORDS = Path(__file__).parent / "words"
_ARTICLES = ("the", "al", "el")


@dataclass(frozen=True)
class Group:
    """
    Kinds of place that share their words.

    Parameters
    ----------
    name
        The group's name, such as `camp`.
    kinds
        GeoNames feature codes; a star at the end stands for any ending.
    bare
        Whether people say the name without its word and mean the feature.
    fallback
        Whether a place of the name but of another kind is an answer: the town for "the Kirkuk area", but not for
        "Kirkuk airport".
    """

    name: str
    kinds: tuple[str, ...]
    bare: bool
    fallback: bool

    def holds(self, kind: str | None) -> bool:
        """Whether a feature code belongs to the group."""
        return isinstance(kind, str) and any(_fits(pattern, kind) for pattern in self.kinds)


def _fits(pattern: str, kind: str) -> bool:
    """Whether a feature code is the pattern, or begins with it where it ends in a star."""
    return kind.startswith(pattern[:-1]) if pattern.endswith("*") else kind == pattern


@cache
def _tables() -> dict[str, dict[str, Any]]:
    """The data file, parsed."""
    return tomllib.loads(read_text(WORDS / "features.toml"))


@cache
def groups() -> dict[str, Group]:
    """The groups by name, in the order of the file."""
    return {
        name: Group(name, tuple(table["kinds"]), bool(table["bare"]), bool(table.get("fallback", False)))
        for name, table in _tables().items()
    }


@cache
def word_table() -> dict[tuple[str, ...], str]:
    """Feature words, each as a tuple of normal words, with their group's name."""
    found: dict[tuple[str, ...], str] = {}
    for name, table in _tables().items():
        for word in table["words"]:
            found.setdefault(tuple(normal(word).split()), name)
            if word.startswith("ال"):
                continue
            if not word.isascii():  # an Arabic word may carry the article
                found.setdefault(tuple(normal("ال" + word).split()), name)
    return found


@cache
def _outer_words() -> tuple[frozenset[str], frozenset[str]]:
    """The words that begin a feature phrase, perhaps with an article, and those that end one."""
    return frozenset(_ARTICLES).union(phrase[0] for phrase in word_table()), frozenset(p[-1] for p in word_table())


@lru_cache(maxsize=4096)
def group_of_kind(kind: str | None) -> str | None:
    """The first group that holds a feature code."""
    return next((name for name, group in groups().items() if group.holds(kind)), None)


def kind_matches(asked: str, kind: str | None) -> bool:
    """
    Whether a feature code is what was asked for.

    Parameters
    ----------
    asked
        A feature code or the beginning of one (`PPL` holds `PPLA`), or a group's name (`camp`, `river`).
    kind
        A place's feature code.

    Raises
    ------
    InputError
        Neither a group nor something that looks like a feature code.
    """
    group = groups().get(asked.strip().lower())
    if group is not None:
        return group.holds(kind)
    code = asked.strip().upper()
    if not code.isalnum() or not code.isascii() or len(code) > 5:
        msg = (
            f"kind={asked!r}: expected a GeoNames feature code such as PPL, ADM1, MTS, CMP, or one of"
            f" {', '.join(groups())}"
        )
        raise InputError(msg)
    return isinstance(kind, str) and kind.startswith(code)


@lru_cache(maxsize=1 << 15)
def split_feature(name: str) -> tuple[tuple[str, str], ...]:
    """
    The ways to take a feature word off a name: (what remains in normal form, the word's group).

    The longest word comes first; a name that is nothing but feature words has none.

    Examples
    --------
    >>> split_feature("Hamrin Mountains"), split_feature("جبال حمرين"), split_feature("Kirkuk")
    ((('hamrin', 'mountains'),), (('حمرين', 'mountains'),), ())
    """
    words = normal(name).split()
    firsts, lasts = _outer_words()
    if len(words) < 2 or (words[0] not in firsts and words[-1] not in lasts):
        return ()  # most names
    table = word_table()
    found: dict[tuple[str, str], int] = {}
    longest = min(4, len(words) - 1)
    for size in range(longest, 0, -1):
        for head, tail in ((words[:size], words[size:]), (words[-size:], words[:-size])):
            group = table.get(tuple(head))
            if group is None and size > 1 and head[0] in _ARTICLES:
                group = table.get(tuple(head[1:]))
            if group is None:
                continue
            rest = tail[1:] if len(tail) > 1 and tail[0] == "of" else tail
            if rest and tuple(rest) not in table:
                found.setdefault((" ".join(rest), group), size)
    for (inner_name, group), size in list(found.items()):  # "حقل العمر النفطي" has a word on either side
        for inner, again in split_feature(inner_name):
            if again == group:
                found.setdefault((inner, group), size)
    return tuple(found)
