"""Figures that carry their own legend, scale, sources and disclaimer, drawn from what they are given.

Maps compute nothing: rings, tables and corridors come from the caller, or from the report room.
"""

from __future__ import annotations

from geoops.maps.figures import sites_map

__all__ = ["sites_map"]
