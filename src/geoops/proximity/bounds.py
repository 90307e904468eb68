"""Between what and what a distance lies, given how surely the site and the feature are placed.

A disc moves a distance by its radius and no more; an extent is searched for its farthest part by branch and bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geoops.proximity.farthest import farthest_m
from geoops.proximity.measure import pair_distances

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geoops.proximity.pieces import FloatArray
    from geoops.proximity.search import Found, Side

__all__ = ["bounds_m"]


def bounds_m(
    found: Found, table: gpd.GeoDataFrame, shapes: NDArray[np.object_], has_extent: NDArray[np.bool_],
    doubt_m: FloatArray, layer: Side, *, cap_m: float = np.inf,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """
    Lower and upper bound in metres of the distance of each pair.

    With D the distance, u the site's radius and v the feature's: by the triangle inequality the true distance lies in
    [D - u - v, D + u + v], and both ends are reached by some place and feature that the statements allow. Inside an area,
    at depth p below its outline, the upper end is u + v - p, and 0 where that is negative. With an extent, D is already
    that of the nearest part, so the lower end is D - v; the upper end is the distance of the farthest part, plus v
    (infinite where that exceeds `cap_m`).
    """
    theirs = doubt_m[found.feature]
    own = np.where(has_extent, 0.0, table["uncertainty_m"].to_numpy(dtype=np.float64))[found.site]
    low = np.maximum(found.metres - own - theirs, 0.0)
    signed = found.metres.copy()
    within = np.flatnonzero((found.metres == 0.0) & (own + theirs > 0.0) & np.isin(found.feature, layer.areas.rows))
    is_point = np.array([g is not None and g.geom_type == "Point" for g in shapes], dtype=bool)
    within = within[is_point[found.site[within]]] if len(within) else within
    if len(within):
        signed[within] = np.minimum(
            pair_distances(found.site_lon[within], found.site_lat[within], found.feature[within], layer), 0.0
        )
    high = np.maximum(signed + own + theirs, 0.0)
    wide = np.flatnonzero(has_extent[found.site])
    if len(wide):
        far = farthest_m(shapes, found.site[wide], found.feature[wide], layer, cap_m=cap_m)
        high[wide] = np.maximum(far + theirs[wide], np.maximum(found.metres[wide], 0.0))
    return low, high
