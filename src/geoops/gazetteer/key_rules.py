"""The rules of `names.py` and `features.py` as data, for what has to make the same keys without Python: a page in a browser.

Nothing is decided here. The tables and patterns are those that `names.py` works with, so that a change there is a change
in every page made afterwards; a test in a browser holds both to the same keys.
"""

from __future__ import annotations

from typing import Any

from geoops.gazetteer import names
from geoops.gazetteer.features import groups, word_table
from geoops.gazetteer.store import MIN_SKELETON

__all__ = ["key_rules"]


def key_rules() -> dict[str, Any]:
    """
    All that makes a key out of a name, ready for JSON.

    Patterns are regular expressions in the part of their syntax that Python and JavaScript share.
    """
    return {
        "limit": names.MAX_LENGTH,
        "silent": names.SILENT,
        "letters": names.LETTERS,
        "articles": sorted(names.PLAIN_ARTICLES),
        "leading": sorted(names.LEADING),
        "assimilated": _shared(names.ASSIMILATED.pattern),
        "glued": _shared(names.GLUED.pattern),
        "marks": _shared(names.BGN_MARKS.pattern),
        "sounds": names.SOUNDS,
        "vowels": names.CLASS_OF,
        "arabic": {chr(k): str(v) for k, v in names.ARABIC_SOUNDS.items()},
        "consonants": names.ARABIC_CONSONANTS,
        "bones": {chr(k): v or "" for k, v in names.CONSONANT_CLASS.items()},
        "skeleton": MIN_SKELETON,
        "words": {" ".join(words): group for words, group in word_table().items()},
        "bare": [name for name, group in groups().items() if group.bare],
    }


def _shared(pattern: str) -> str:
    """A pattern with the end of the text as JavaScript writes it."""
    return pattern.replace(r"\Z", "$")
