"""Names as OpenStreetMap tags them: which one is shown, which is the local one, and all the others.

`name` is what signs on the ground say, in whatever script; `name:xx` is the name in a language. The local language of a
region is not assumed but seen: it is the one whose names most often repeat what the signs say in another script than Latin.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

from geoops.core.text import one_line

__all__ = ["LATIN_FIRST", "Names", "is_latin", "name_tags"]

LATIN_FIRST = ("name:en", "int_name", "name", "name:ku", "name:fr", "name:de", "name:tr", "name:es")
"""Where a name in Latin letters is looked for, in order."""

_KEY = re.compile(
    r"(?:name|alt_name|old_name|official_name|short_name|loc_name|int_name|nat_name|reg_name)"
    r"(?::(?P<language>[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})?|left|right))?"
)
_BEYOND_LATIN = re.compile("[^\\x00-\\u024f\\u1e00-\\u1eff]")


def is_latin(text: str) -> bool:
    """
    Whether all letters of a text are Latin.

    Examples
    --------
    >>> is_latin("Dêrazor"), is_latin("دير الزور"), is_latin("M 5")
    (True, False, True)
    """
    return text.isascii() or not any(map(str.isalpha, _BEYOND_LATIN.findall(text)))


def name_tags(tags: Mapping[str, object]) -> dict[str, str]:
    """
    Those of an element's tags that are names, cleaned; what is said about a name (its etymology ...) is none.

    Examples
    --------
    >>> name_tags({"name": " A ", "name:ar": "x", "name:etymology": "y", "highway": "trunk"})
    {'name': 'A', 'name:ar': 'x'}
    """
    found = {key: _clean(str(value)) for key, value in tags.items() if value and _is_name(key)}
    return {key: value for key, value in found.items() if value}


@cache
def _is_name(key: str) -> bool:
    """Whether a tag of this key is a name; there are many elements and few keys."""
    return _KEY.fullmatch(key) is not None


def _clean(text: str) -> str:
    """The text on one line; most are, which is seen at once."""
    return text if text.isprintable() and "  " not in text and text == text.strip() else one_line(text)


class Names:
    """Takes the names of element after element, and knows the local language in the end."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self._waiting: dict[str, dict[str, str]] = {}

    def of(self, element: str, tags: Mapping[str, str]) -> tuple[str | None, str | None, str | None]:
        """
        The name, the local name as far as it is clear yet, and the other names joined with `|`.

        Parameters
        ----------
        element
            Its id, by which `local_names` tells later.
        tags
            From `name_tags`.
        """
        if not tags:
            return None, None, None
        signs = tags.get("name")
        latin = {key for key, value in tags.items() if is_latin(value)}
        shown = next((tags[key] for key in LATIN_FIRST if key in latin), None)
        shown = shown or signs or next(iter(tags.values())).split(";")[0].strip()
        local = None if signs is None or "name" in latin else signs
        for key, value in tags.items():
            if key[:5] != "name:" or key in latin:
                continue
            if local is None:
                self._waiting.setdefault(element, {})[key[5:]] = value
            elif value == local:
                self._seen[key[5:]] += 1
        every: Iterable[str] = dict.fromkeys(tags.values())
        if any(";" in value or "|" in value for value in every):
            parts = (part.strip() for value in every for part in value.split(";"))
            every = dict.fromkeys(part.replace("|", "/") for part in parts if part and part not in (shown, local))
        others = [value for value in every if value not in (shown, local)]
        return shown, local, "|".join(others) or None

    def local_names(self) -> dict[str, str]:
        """Local names of the elements whose signs are in Latin letters, by id; none where no local language is seen."""
        if not self._seen:
            return {}
        # A tie goes to the language first in the alphabet, so that the order of a file does not matter.
        language = min(self._seen, key=lambda name: (-self._seen[name], name))
        return {element: names[language] for element, names in self._waiting.items() if language in names}
