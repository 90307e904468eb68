"""geoops: from the places named in a report to figures that can be published.

The public names, each imported when it is first used: `import geoops` itself loads nothing heavy.

>>> import geoops as go
>>> sites = go.geocode(["Deir al-Zor", "Kirkuk"])
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from geoops.core.version import __version__

if TYPE_CHECKING:
    from geoops.core.errors import GeoopsError as GeoopsError
    from geoops.core.types import Corridor as Corridor
    from geoops.core.types import Friction as Friction
    from geoops.corridors import corridor as corridor
    from geoops.corridors import corridor_network as corridor_network
    from geoops.corridors import ensemble as ensemble
    from geoops.corridors import friction as friction
    from geoops.corridors import isochrones as isochrones
    from geoops.corridors import pinch_points as pinch_points
    from geoops.corridors import reachable_within as reachable_within
    from geoops.corridors import travel_time as travel_time
    from geoops.gazetteer import candidates as candidates
    from geoops.gazetteer import find_places as find_places
    from geoops.gazetteer import geocode as geocode
    from geoops.gazetteer import read_places as read_places
    from geoops.gazetteer import read_text as read_text
    from geoops.layers.catalog import catalog as catalog
    from geoops.layers.load import layer as layer
    from geoops.maps import atlas as atlas
    from geoops.maps import corridor_map as corridor_map
    from geoops.maps import event_frames as event_frames
    from geoops.maps import event_map as event_map
    from geoops.maps import proximity_map as proximity_map
    from geoops.maps import sites_map as sites_map
    from geoops.proximity import distance_surface as distance_surface
    from geoops.proximity import events_near as events_near
    from geoops.proximity import nearest as nearest
    from geoops.proximity import rings as rings
    from geoops.proximity import within as within
    from geoops.report import read_brief as read_brief
    from geoops.report import render as render
    from geoops.report import web_map as web_map

# name -> the module that has it. A room may share its name with a function of it (`geoops.layer` is a function,
# `geoops.layers` a room), never the other way round.
_HOME = {
    "GeoopsError": "geoops.core.errors",
    "Corridor": "geoops.core.types",
    "Friction": "geoops.core.types",
    **dict.fromkeys(
        [
            "corridor", "corridor_network", "ensemble", "friction", "isochrones", "pinch_points", "reachable_within",
            "travel_time",
        ],
        "geoops.corridors",
    ),
    **dict.fromkeys(["candidates", "find_places", "geocode", "read_places", "read_text"], "geoops.gazetteer"),
    "catalog": "geoops.layers.catalog",
    "layer": "geoops.layers.load",
    **dict.fromkeys(["atlas", "corridor_map", "event_frames", "event_map", "proximity_map", "sites_map"], "geoops.maps"),
    **dict.fromkeys(["distance_surface", "events_near", "nearest", "rings", "within"], "geoops.proximity"),
    **dict.fromkeys(["read_brief", "render", "web_map"], "geoops.report"),
}  # fmt: skip

__all__ = [
    "Corridor", "Friction", "GeoopsError", "__version__", "atlas", "candidates", "catalog", "corridor", "corridor_map",
    "corridor_network", "distance_surface", "ensemble", "event_frames", "event_map", "events_near", "find_places", "friction",
    "geocode", "isochrones", "layer", "nearest", "pinch_points", "proximity_map", "reachable_within", "read_brief",
    "read_places", "read_text", "render", "rings", "sites_map", "travel_time", "web_map", "within",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    home = _HOME.get(name)
    if home is None:
        msg = f"module 'geoops' has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
