"""Figures that carry their own legend, scale, sources and disclaimer, drawn from what they are given.

Maps compute nothing: rings, tables and corridors come from the caller, or from the report room. Each kind of figure is imported
when it is first asked for, so that a map of sites does not wait for what reads grids.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoops.maps.corridor_figure import corridor_map as corridor_map
    from geoops.maps.event_figure import event_map as event_map
    from geoops.maps.figures import sites_map as sites_map
    from geoops.maps.proximity_figure import proximity_map as proximity_map
    from geoops.maps.sequences import atlas as atlas
    from geoops.maps.sequences import event_frames as event_frames

_HOME = {
    "atlas": "sequences",
    "corridor_map": "corridor_figure",
    "event_frames": "sequences",
    "event_map": "event_figure",
    "proximity_map": "proximity_figure",
    "sites_map": "figures",
}

__all__ = ["atlas", "corridor_map", "event_frames", "event_map", "proximity_map", "sites_map"]


def __getattr__(name: str) -> Any:
    """Import a figure when it is first asked for."""
    if name not in _HOME:
        msg = f"module 'geoops.maps' has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(importlib.import_module(f"geoops.maps.{_HOME[name]}"), name)
    globals()[name] = value
    return value
