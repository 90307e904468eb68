"""What the keys stand for by which rows typed by hand cite their sources: publisher, title, date, link.

A reader is shown these words; tables for programs keep the key beside them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd

from geoops.layers.catalog import PathLike, embedded_catalog, find_catalog
from geoops.layers.sources.curated import read_sources

__all__ = ["Citation", "Citations", "citation", "citations", "cited_keys", "source_words", "with_source_words"]

Citations = Mapping[str, "Citation"]
"""What each key stands for."""

_Table = TypeVar("_Table", bound=pd.DataFrame)
_HOUSE = "geoops, cited row by row"
_FILE = re.compile(r"\b\w+\.(?:csv|geojson)\b")


@dataclass(frozen=True)
class Citation:
    """
    One source as a reader finds it.

    Parameters
    ----------
    publisher, title, date, link
        As far as they are known; the date is ISO, or says that there is none.
    document
        Whether there is one to be found: of what is commonly known, or judged, the title alone says what it is.
    known_as
        What stands in running text in place of the publisher, or of a title that no document has.
    """

    publisher: str
    title: str
    date: str = ""
    link: str = ""
    document: bool = True
    known_as: str = ""

    @property
    def short(self) -> str:
        """The publisher with the year, or what it is where there is no document."""
        if not self.document:
            return self.known_as or self.title[:1].lower() + self.title[1:]
        name = self.known_as or self.publisher
        return f"{name} ({self.date[:4]})" if self.date[:4].isdigit() else name

    @property
    def full(self) -> str:
        """All but the link, as in a list of references."""
        parts = dict.fromkeys(part.rstrip(".") for part in (self.title, self.publisher, self.date) if part)
        return ". ".join(parts) + "."


def citation(entry: Mapping[str, Any]) -> Citation:
    """
    A source as it stands in a file of sources.

    Parameters
    ----------
    entry
        With `title` and `publisher`, perhaps `known_as`; `opened` that begins with "nothing" says that no document is behind it.

    Examples
    --------
    >>> citation({"title": "Roj camp", "publisher": "A paper", "date": "2026-02-23"}).short
    'A paper (2026)'
    """
    words = {key: str(entry.get(key) or "") for key in ("publisher", "title", "date", "url", "opened", "known_as")}
    there = not words["opened"].startswith("nothing")
    return Citation(words["publisher"], words["title"], words["date"], words["url"], there, words["known_as"])


def citations(catalog: PathLike | None = None) -> dict[str, Citation]:
    """
    What rows of a catalogue may cite: the sources beside it, and those of the embedded layers, of which it may hold rows.

    Parameters
    ----------
    catalog
        As for `geoops.catalog()`.
    """
    own = find_catalog(catalog).parent
    folders = dict.fromkeys((embedded_catalog(), own))
    return {key: citation(e) for folder in folders for key, e in read_sources(folder / "curated").items()}


def cited_keys(source: str, known: Citations) -> tuple[str, ...]:
    """
    The keys by which a row's source cites; none where it says in words where it is from.

    Parameters
    ----------
    source
        A row's `source`.
    known
        From `citations`.

    Examples
    --------
    >>> cited_keys("geoops, cited row by row (rivers_extra.geojson): gshhg-rivers;ne-rivers", {})
    ('gshhg-rivers', 'ne-rivers')
    >>> cited_keys("GeoNames", {})
    ()
    """
    house = source.startswith(_HOUSE)
    keys = tuple(key.strip() for key in (source.partition("): ")[2] if house else source).split(";") if key.strip())
    return keys if house or any(key in known for key in keys) else ()


def source_words(source: str, known: Citations) -> str:
    """
    Where a row is from, in words.

    Parameters
    ----------
    source
        A row's `source`.
    known
        From `citations`. What is not among them stands as it came: a user's own word for a source.

    Examples
    --------
    >>> source_words("GeoNames by a package; places_extra.csv", {})
    'GeoNames by a package; rows typed by hand for geoops'
    >>> source_words("a-paper;general", {"a-paper": Citation("A paper", "T", "2026"), "general": Citation("", "General knowledge", document=False)})
    'typed by hand from A paper (2026); general knowledge'
    """
    keys = cited_keys(source, known)
    if not keys:
        return _FILE.sub("rows typed by hand for geoops", source)
    return "typed by hand from " + "; ".join(dict.fromkeys(known[k].short if k in known else k for k in keys))


def with_source_words(table: _Table, known: Citations) -> _Table:
    """
    A table with the column `source_words` behind `source`, where words say more than what stands there.

    Parameters
    ----------
    table
        Rows that may have a `source`.
    known
        From `citations`.
    """
    if "source" not in table:
        return table
    told = {value: source_words(value, known) for value in table["source"].unique() if isinstance(value, str)}
    if all(words == value for value, words in told.items()):
        return table
    table = table.copy()
    table.insert(list(table.columns).index("source") + 1, "source_words", table["source"].map(told))
    return table
