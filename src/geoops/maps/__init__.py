"""Figures that carry their own legend, scale, sources and disclaimer, drawn from what they are given.

Maps compute nothing: rings, tables and corridors come from the caller, or from the report room.
"""

from __future__ import annotations

from geoops.maps.corridor_figure import corridor_map
from geoops.maps.event_figure import event_map
from geoops.maps.figures import sites_map
from geoops.maps.proximity_figure import proximity_map
from geoops.maps.sequences import atlas, event_frames

__all__ = ["atlas", "corridor_map", "event_frames", "event_map", "proximity_map", "sites_map"]
