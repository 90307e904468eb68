"""Between what and what a distance lies, given how surely the site and the feature are placed.

A disc moves a distance by its radius and no more; an extent is searched for its farthest part by branch and bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geoops.proximity.farthest import farthest_m
from geoops.proximity.measure import pair_distances

if TYPE_CHECKING:
    from geoops.proximity.inputs import Places
    from geoops.proximity.pieces import FloatArray
    from geoops.proximity.search import Found, Side

__all__ = ["bounds_m"]


def bounds_m(
    found: Found, places: Places, doubt_m: FloatArray, layer: Side, *, cap_m: float = np.inf
) -> tuple[FloatArray, FloatArray]:
    """
    Lower and upper bound in metres of the distance of each pair.

    With D the distance, u the site's radius and v the feature's: by the triangle inequality the true distance lies in
    [D - u - v, D + u + v], and both ends are reached by some place and feature that the statements allow. Inside an area,
    at depth p below its outline, the upper end is u + v - p, and 0 where that is negative. With an extent, D is already
    that of the nearest part, so the lower end is D - v; the upper end is the distance of the farthest part, plus v
    (infinite where that exceeds `cap_m`).
    """
    theirs = doubt_m[found.feature]
    doubt = places.uncertainty_m[found.site] + theirs
    low = np.maximum(found.metres - doubt, 0.0)
    signed = found.metres
    within = np.flatnonzero((found.metres == 0.0) & (doubt > 0.0))
    within = within[np.isin(found.feature[within], layer.areas.rows)]
    within = within[shapely.get_type_id(places.shapes[found.site[within]]) == 0]
    if len(within):
        signed = signed.copy()
        lon, lat = found.site_lon[within], found.site_lat[within]
        signed[within] = np.minimum(pair_distances(lon, lat, found.feature[within], layer), 0.0)
    high = np.maximum(signed + doubt, 0.0)
    wide = np.flatnonzero(places.has_extent[found.site])
    if len(wide):
        far = farthest_m(places.shapes, found.site[wide], found.feature[wide], layer, cap_m=cap_m)
        high[wide] = np.maximum(far + theirs[wide], found.metres[wide])
    return low, high
