"""The words of the interactive page, in English and Arabic; the page carries both and changes between them."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources

from geoops.core.errors import InputError

__all__ = ["LANGUAGES", "first_language", "page_words"]

LANGUAGES = ("en", "ar")
"""The languages of the page, the one that code is written in first."""


@cache
def page_words() -> dict[str, dict[str, str]]:
    """Language -> key -> words."""
    text = (resources.files("geoops.report.page") / "words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def first_language(languages: Sequence[str]) -> str:
    """
    The language in which the page opens: the first of those asked for.

    Parameters
    ----------
    languages
        ISO 639-1 codes; one that the page does not speak opens it in English.

    Raises
    ------
    InputError
        No language at all, or a text in place of a sequence.
    """
    if isinstance(languages, str) or not languages:
        msg = f"languages={languages!r}: expected a sequence of codes such as ('ar', 'en')"
        raise InputError(msg)
    return languages[0] if languages[0] in LANGUAGES else LANGUAGES[0]
