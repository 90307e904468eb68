"""How alike two names of a place or a work are, however they were romanised: for comparing files, not for finding places.

Two publishers write "Al-Thayyem oil field" and "Tayyem", "Kobanî" and "Kobani", "Khabur" and "Habur". What they write is
compared without article, without the words for what it is, and by its consonants; numbers and the words that tell one of a
pair from the other (north, new, second) must agree. The gazetteer, which stands above this room, does far more than that.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import fuzz

__all__ = ["likeness", "spellings"]

_WORDS = """
    oil gas field fields plant plants station stations power thermal hydroelectric hydro hydropower electric
    electrical substation diesel combined cycle ccgt unit steam project refinery refineries processing treatment
    gathering facility company petroleum fossil fuel  dam barrage regulator reservoir lake border
    crossing crossings post gate camp camps idp refugee mountain mountains mount mt mts jabal jebel hill hills range
    desert plain wadi valley river pipeline pipelines line crude bridge governorate district city town village
    sabkhat buhayrat baraji barajt nahr shatt tall tell tel area export central facilities
"""
_SMALL = "al el ar as ash ad az an at a l the of in and near"
_WHAT, _ARTICLES = (
    frozenset(_WORDS.split()),
    frozenset(_SMALL.split()),
)
_APART = {"north": "n", "northern": "n", "shemal": "n", "shimal": "n", "south": "s", "southern": "s", "east": "e",
          "eastern": "e", "west": "w", "western": "w", "new": "new", "old": "old", "little": "little", "lesser": "little",
          "greater": "great", "great": "great", "upper": "up", "lower": "low"}  # fmt: skip
_SOUNDS = (("kh", "h"), ("gh", "g"), ("dh", "d"), ("th", "t"), ("sh", "s"), ("ch", "s"), ("ph", "f"), ("ou", "u"),
           ("oo", "u"), ("ee", "i"), ("x", "h"), ("q", "k"), ("c", "k"), ("v", "w"), ("p", "b"), ("g", "k"), ("z", "d"))  # fmt: skip
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_ARABIC_FORMS = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ێ": "ي", "ک": "ك", "ة": "ه", "ە": "ه", "ھ": "ه",
     "ۆ": "و", "ڕ": "ر", "ڵ": "ل", "چ": "ج", "گ": "ك", "پ": "ب", "ڤ": "ف"}
)  # fmt: skip
_DIFFERS = 20.0
"""What a number or a word such as north takes from the likeness where only one of the two names has it."""


def spellings(*texts: object) -> list[str]:
    """
    Each name in texts that hold several, divided by a bar, a slash or brackets; once each, in their order.

    Examples
    --------
    >>> spellings("Kobani / Mursitpinar", "Ayn al-Arab|عين العرب", None)
    ['Kobani', 'Mursitpinar', 'Ayn al-Arab', 'عين العرب']
    """
    parts = [p.strip(" -–") for text in texts if isinstance(text, str) for p in re.split(r"[|/()؛;]", text)]
    return list(dict.fromkeys(p for p in parts if p))


@lru_cache(maxsize=65536)
def _plain(name: str) -> tuple[str, str, frozenset[str], bool]:
    """A name's core, its consonants, what tells it from its neighbours, and whether it is in Arabic letters."""
    arabic = _ARABIC.search(name) is not None
    text = name.translate(_ARABIC_FORMS) if arabic else name.casefold().replace("ı", "i")
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    text = re.sub(r"['`’‘ʿʾ]", "", text)
    words = re.findall(r"\d+|[^\W\d_]+", text)
    if arabic:
        core = "".join(w.removeprefix("ال") if len(w) > 4 else w for w in words)
        return core, core, frozenset(w for w in words if w.isdigit()), True
    apart = frozenset(_APART.get(w, w) for w in words if w in _APART or w.isdigit())
    kept = [w for w in words if w not in _WHAT and w not in _ARTICLES and w not in _APART and not w.isdigit()]
    core = " ".join(kept or [w for w in words if w not in _ARTICLES])
    bare = core.replace(" ", "")
    for old, new in _SOUNDS:
        bare = bare.replace(old, new)
    bones = re.sub(r"(.)\1+", r"\1", bare[:1] + re.sub(r"[aeiouyhw]", "", bare[1:]))
    return core, bones, apart, False


def likeness(one: Iterable[str], other: Iterable[str]) -> float:
    """
    The best likeness of a name of one feature and a name of another, 0 to 100; names in two scripts are not compared.

    Examples
    --------
    >>> likeness(["Al-Thayyem oil field"], ["Tayyem"]) > 85
    True
    >>> likeness(["North Rumaila"], ["South Rumaila"]) < 80
    True
    """
    best = 0.0
    others = [_plain(name) for name in other]
    for core, bones, apart, arabic in map(_plain, one):
        for their_core, their_bones, their_apart, their_arabic in others:
            if arabic != their_arabic or not core or not their_core:
                continue
            score = max(fuzz.ratio(core, their_core), fuzz.token_sort_ratio(core, their_core))
            if min(len(bones), len(their_bones)) >= 3:
                score = max(score, (score + fuzz.ratio(bones, their_bones)) / 2.0)
            best = max(best, score - _DIFFERS * len(apart ^ their_apart))
    return best
