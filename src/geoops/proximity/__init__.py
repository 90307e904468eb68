"""The proximity room: how far, what lies within, when and where - exact on the ellipsoid, with bounds.

It measures between sites and layers and gives tables and grids; it draws nothing and knows nothing of briefs.
"""

from __future__ import annotations

from geoops.proximity.events import events_near
from geoops.proximity.exposure import within
from geoops.proximity.nearest import nearest
from geoops.proximity.rings import rings
from geoops.proximity.surface import distance_surface

__all__ = ["distance_surface", "events_near", "nearest", "rings", "within"]
