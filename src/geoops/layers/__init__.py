"""The layers room: a catalogue of themes with their provenance, and what reads, checks and builds them.

`catalog.py` says what there is, `load.py` reads it, `check.py` looks whether it is whole; `build.py` makes it by the
recipes, from the packages of `inputs.py`, with one module a source in `sources/`.
"""

from __future__ import annotations

from geoops.layers.catalog import attribution, catalog
from geoops.layers.check import check
from geoops.layers.load import layer

__all__ = ["attribution", "catalog", "check", "layer"]
