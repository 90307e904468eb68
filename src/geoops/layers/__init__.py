"""The layers room: a catalogue of themes with their provenance, and what reads, checks and builds them.

`catalog.py` says what there is, `load.py` reads it, `check.py` looks whether it is whole; `build.py` makes it by the
recipes, from the packages of `inputs.py`, with one module a source in `sources/`. `layer` is imported when it is asked
for: a loader that only makes tables needs no library of grids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geoops.layers.catalog import attribution, catalog
from geoops.layers.check import check

if TYPE_CHECKING:
    from geoops.layers.load import layer

__all__ = ["attribution", "catalog", "check", "layer"]


def __getattr__(name: str) -> Any:
    if name == "layer":
        from geoops.layers.load import layer

        return layer
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
