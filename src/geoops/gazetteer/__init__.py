"""The gazetteer room: names, in any spelling, and whole texts become places with their extent and uncertainty.

`names.py` brings spellings together, `store.py` builds the gazetteer from the layers, `records.py` reads it,
`match.py` ranks candidates, `resolve.py` reads lists of names together, `mentions.py` finds the names in a text and
`documents.py` gets the text out of a file; `review.py` writes a table for a person to judge, `reviewed.py` reads it. Nothing here draws or measures.

Each public name is imported when it is first used, and tables are made when there is something to put into them: a text is
being read before geopandas is there.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoops.gazetteer.documents import read_text as read_text
    from geoops.gazetteer.mentions import find_places as find_places
    from geoops.gazetteer.resolve import candidates as candidates
    from geoops.gazetteer.resolve import geocode as geocode
    from geoops.gazetteer.reviewed import read_places as read_places
    from geoops.gazetteer.store import build_gazetteer as build_gazetteer

_HOME = {
    "build_gazetteer": "store", "candidates": "resolve", "find_places": "mentions", "geocode": "resolve",
    "read_places": "reviewed", "read_text": "documents",
}  # fmt: skip

__all__ = ["build_gazetteer", "candidates", "find_places", "geocode", "read_places", "read_text"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _HOME:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
