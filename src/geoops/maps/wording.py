"""The words that geoops itself puts on a figure, in the figure's first language, and the side from which it reads.

Code is written in English; a table a language in `words/` has what the English says, whole or with `{}` for what varies
(itself looked up, so that "{}, closed" serves every kind of feature). What a table lacks stays English and is a finding of the
linter, never a silent mixture. Names and titles that the user gives are never touched.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

__all__ = ["ENGLISH", "Wording", "wording"]

_FOLDER = Path(__file__).parent / "words"
_RIGHT_TO_LEFT_MARK = "\u200f"
_LEFT_TO_RIGHT_MARK = "\u200e"
_DATE = re.compile(r"(?<![\d-])(?=\d{4}-\d\d)")  # after Arabic letters its parts would change places
_GAP = re.compile(r"(\{#?\})")
_LETTERS = re.compile(r"[A-Za-z]{2,}")


@dataclass(frozen=True)
class Wording:
    """
    One language of the figure's own words.

    Parameters
    ----------
    language
        ISO 639-1 code.
    rtl
        Whether a figure in it is mirrored: title and legend from the right, the margin's table at the left.
    whole
        Translations of whole texts.
    patterns
        Translations of texts with gaps, the most specific first; those of the second kind only inside other texts.
    missing
        English texts that were asked for and have no translation.
    """

    language: str = "en"
    rtl: bool = False
    whole: dict[str, str] = field(default_factory=dict)
    patterns: tuple[tuple[re.Pattern[str], str, bool], ...] = ()
    missing: set[str] = field(default_factory=set)

    def __call__(self, text: str) -> str:
        """
        The text in this language; itself where the language is English or nothing is to be translated.

        Examples
        --------
        >>> wording("ar")("Main road"), wording("en")("Main road")
        ('طريق رئيسي', 'Main road')
        """
        if self.language == "en" or not text:
            return text
        found = self._found(text)
        if found is None:
            if _LETTERS.search(text):
                self.missing.add(text)
            return text
        return found

    def maybe(self, text: str) -> str:
        """The text in this language where the table has it, whole or as a part of others, else as it is: it may be a name."""
        return (self._found(text, part=True) or text) if self.language != "en" else text

    def with_names(self, names: Mapping[str, str]) -> Wording:
        """These words, knowing besides what places are called in this language: they are met inside other texts."""
        if self.language == "en" or not names:
            return self
        return replace(self, whole={**{name: local for name, local in names.items() if local}, **self.whole})

    def line(self, text: str) -> str:
        """A line of running text, marked so that it reads from the figure's side even where it begins with a Latin word."""
        if not self.rtl or not text or text.startswith(_RIGHT_TO_LEFT_MARK):
            return text
        return _RIGHT_TO_LEFT_MARK + _DATE.sub(_LEFT_TO_RIGHT_MARK, text)

    @property
    def leading(self) -> float:
        """What distances between baselines are multiplied by: Arabic letters reach further up and down."""
        return 1.17 if self.rtl else 1.0

    def _found(self, text: str, *, part: bool = False) -> str | None:
        """The translation, whole or by the first pattern that fits."""
        if text in self.whole:
            return self.whole[text]
        for pattern, target, only_part in self.patterns:
            if (part or not only_part) and (match := pattern.fullmatch(text)):
                return target.format(*(self.maybe(inner) for inner in match.groups()))
        return None


ENGLISH = Wording()
"""The language that the code is written in."""


@cache
def _table(language: str) -> tuple[dict[str, str], tuple[tuple[re.Pattern[str], str, bool], ...], bool]:
    """The table of a language, its patterns compiled: those with the most letters of their own first."""
    read = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    texts = [(str(k), str(v), kind == "parts") for kind in ("words", "parts") for k, v in read[kind].items()]
    gapped = sorted((t for t in texts if _GAP.search(t[0])), key=lambda t: (-len(_GAP.sub("", t[0])), t[0]))
    patterns = tuple((_compiled(key), value, part) for key, value, part in gapped)
    return {key: value for key, value, _ in texts if not _GAP.search(key)}, patterns, bool(read["rtl"])


def _compiled(key: str) -> re.Pattern[str]:
    """A key as a pattern: `{#}` holds a number, `{}` anything that does not end where a list goes on."""
    gaps = {"{}": "(.+?(?<![,;]))", "{#}": r"([\d.,]*\d)"}
    return re.compile("".join(gaps.get(piece) or re.escape(piece) for piece in _GAP.split(key)))


def wording(language: str) -> Wording:
    """The words of a language; English where geoops has no table for it (names still stand in the language asked for)."""
    if language == "en" or not (_FOLDER / f"{language}.toml").is_file():
        return ENGLISH
    whole, patterns, rtl = _table(language)
    return Wording(language, rtl, whole, patterns)
