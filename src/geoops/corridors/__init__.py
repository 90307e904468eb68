"""The corridors room: what a journey costs, how long it takes, and where the ways run that are nearly as fast.

Hours, not scores: friction in seconds per metre from named, cited parts; exact shortest paths over cells and roads;
results that state their own error. It draws nothing and knows no brief.
"""

from geoops.corridors.corridor import corridor
from geoops.corridors.ensemble import ensemble
from geoops.corridors.friction import friction
from geoops.corridors.isochrones import isochrones, reachable_within
from geoops.corridors.network import corridor_network
from geoops.corridors.pinch import pinch_points
from geoops.corridors.travel_time import travel_time

__all__ = [
    "corridor",
    "corridor_network",
    "ensemble",
    "friction",
    "isochrones",
    "pinch_points",
    "reachable_within",
    "travel_time",
]
