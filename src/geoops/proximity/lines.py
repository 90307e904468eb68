"""The lines that a map draws from a site to what is near it: geodesics, cut so that they can be drawn.

Exact where they begin and end; between, never farther than a few metres from the geodesic.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from geoops.core.geodesy import geod

__all__ = ["connectors"]

FloatArray = NDArray[np.float64]

_STEP_M = 10_000.0  # a chord in degrees of this length leaves its geodesic by under 5 m up to 60° of latitude


def connectors(
    lon1: FloatArray, lat1: FloatArray, azimuth: FloatArray, lon2: FloatArray, lat2: FloatArray, metres: FloatArray
) -> NDArray[np.object_]:
    """
    One line a pair from the first point to the second; None where they are the same or one is NaN.

    Longitudes run on over ±180°, so that a line over the antimeridian stays one line.
    """
    result = np.full(len(lon1), None, dtype=object)
    rows = np.flatnonzero(metres > 0.0)
    if not len(rows):
        return result
    steps = np.maximum(1, np.ceil(metres[rows] / _STEP_M)).astype(np.int64)
    line = np.repeat(np.arange(len(rows)), steps + 1)
    first = np.cumsum(steps + 1) - (steps + 1)
    number = np.arange(len(line)) - first[line]
    row = rows[line]
    lon, lat = lon1[row], lat1[row]
    inner = np.flatnonzero((number > 0) & (number < steps[line]))
    if len(inner):
        at = row[inner]
        along = metres[at] * number[inner] / steps[line[inner]]
        lon[inner], lat[inner], _ = geod().fwd(lon1[at], lat1[at], azimuth[at], along)
    last = number == steps[line]
    lon[last], lat[last] = lon2[rows], lat2[rows]
    # Each step takes the short way round, counted from the line's first point.
    change = np.diff(lon, prepend=lon[:1])
    turns = -360.0 * np.round(change / 360.0)
    turns[first] = 0.0
    total = np.cumsum(turns)
    lon += total - total[first][line]
    result[rows] = shapely.linestrings(np.column_stack([lon, lat]), indices=line)
    return result
