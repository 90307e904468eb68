"""The gazetteer room: names, in any spelling, and whole texts become places with their extent and uncertainty.

`names.py` brings spellings together, `store.py` builds the gazetteer from the layers, `records.py` reads it,
`match.py` ranks candidates, `resolve.py` reads lists of names together, `mentions.py` finds the names in a text and
`documents.py` gets the text out of a file; `review.py` writes a table for a person to judge, `reviewed.py` reads it. Nothing here draws or measures.
"""

from __future__ import annotations

from geoops.gazetteer.documents import read_text
from geoops.gazetteer.mentions import find_places
from geoops.gazetteer.resolve import candidates, geocode
from geoops.gazetteer.reviewed import read_places
from geoops.gazetteer.store import build_gazetteer

__all__ = ["build_gazetteer", "candidates", "find_places", "geocode", "read_places", "read_text"]
