"""Names as OpenStreetMap tags them: which one is shown, which is the local one, and all the others.

`name` is what signs on the ground say, in whatever script; `name:xx` is the name in a language. The local language of a
region is not assumed but seen: it is the one whose names most often repeat what the signs say in another script than Latin.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from geoops.core.text import one_line

__all__ = ["LATIN_FIRST", "Names", "is_latin", "name_tags"]

LATIN_FIRST = ("name:en", "int_name", "name", "name:ku", "name:fr", "name:de", "name:tr", "name:es")
"""Where a name in Latin letters is looked for, in order."""

_KEY = re.compile(
    r"(?:name|alt_name|old_name|official_name|short_name|loc_name|int_name|nat_name|reg_name)"
    r"(?::(?P<language>[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})?|left|right))?"
)


def is_latin(text: str) -> bool:
    """
    Whether all letters of a text are Latin.

    Examples
    --------
    >>> is_latin("Dêrazor"), is_latin("دير الزور"), is_latin("M 5")
    (True, False, True)
    """
    return text.isascii() or all(ord(c) < 0x250 or 0x1E00 <= ord(c) < 0x1F00 or not c.isalpha() for c in text)


def name_tags(tags: Mapping[str, object]) -> dict[str, str]:
    """
    Those of an element's tags that are names, cleaned; what is said about a name (its etymology ...) is none.

    Examples
    --------
    >>> name_tags({"name": " A ", "name:ar": "x", "name:etymology": "y", "highway": "trunk"})
    {'name': 'A', 'name:ar': 'x'}
    """
    found = {key: _clean(str(value)) for key, value in tags.items() if value and "name" in key and _KEY.fullmatch(key)}
    return {key: value for key, value in found.items() if value}


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
        shown = next((tags[key] for key in LATIN_FIRST if key in tags and is_latin(tags[key])), None)
        shown = shown or signs or next(iter(tags.values())).split(";")[0].strip()
        local = signs if signs is not None and not is_latin(signs) else None
        languages = {key[5:]: value for key, value in tags.items() if key.startswith("name:") and not is_latin(value)}
        if local is not None:
            self._seen.update(language for language, value in languages.items() if value == local)
        elif languages:
            self._waiting[element] = languages
        every = (part.strip() for value in tags.values() for part in value.split(";"))
        others = [part.replace("|", "/") for part in every if part and part not in (shown, local)]
        return shown, local, "|".join(dict.fromkeys(others)) or None

    def local_names(self) -> dict[str, str]:
        """Local names of the elements whose signs are in Latin letters, by id; none where no local language is seen."""
        if not self._seen:
            return {}
        # A tie goes to the language first in the alphabet, so that the order of a file does not matter.
        language = min(self._seen, key=lambda name: (-self._seen[name], name))
        return {element: names[language] for element, names in self._waiting.items() if language in names}
