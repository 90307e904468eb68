"""Geometries as short texts for the interactive page: vertices as differences, in the letters of base64.

A vertex takes about four letters instead of the fifteen of GeoJSON, and none of those letters means anything in HTML.
`assets/shapes.js` reads them back. Only for drawing: what is measured is measured elsewhere, or says how coarse this is.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["LETTERS", "drawn", "encoded"]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""Digits 0 to 63: five bits of a number, the lowest first, and a sixth that says that more follow."""


def encoded(xy: NDArray[np.float64], digits: int) -> str:
    """
    Vertices as one text: the number of decimals, then each difference to the vertex before; repeated vertices go.

    Parameters
    ----------
    xy
        Longitude and latitude in degrees, shape (n, 2).
    digits
        Decimals kept, 0 to 9.

    Examples
    --------
    >>> encoded(np.array([[40.0, 35.0], [40.001, 35.0], [40.001, 34.998]]), 3)
    '3gkuCwrkCCAAD'
    """
    whole = np.rint(np.asarray(xy) * 10.0**digits).astype(np.int64)
    keep = np.ones(len(whole), dtype=bool)
    keep[1:-1] = (whole[1:-1] != whole[:-2]).any(axis=1)
    whole = whole[keep]
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).ravel()
    numbers = ((steps << 1) ^ (steps >> 63)).tolist()  # the sign goes into the lowest bit
    letters = [str(digits)]
    for number in numbers:
        rest = number
        while rest > 31:
            letters.append(LETTERS[32 | (rest & 31)])
            rest >>= 5
        letters.append(LETTERS[rest])
    return "".join(letters)


def drawn(shape: Any, digits: int) -> dict[str, Any]:
    """
    A geometry by what is drawn of it: `points`, `lines` and `areas` (rings a polygon), whichever it has.

    Parameters
    ----------
    shape
        Any geometry; empty parts are left out.
    digits
        Decimals kept of each coordinate.
    """
    found: dict[str, Any] = {}
    for part in _parts(shape):
        if part.geom_type == "Point":
            found.setdefault("points", []).append(encoded(shapely.get_coordinates(part), digits))
        elif part.geom_type == "Polygon":
            rings = [part.exterior, *part.interiors]
            found.setdefault("areas", []).append([encoded(shapely.get_coordinates(ring), digits) for ring in rings])
        else:
            found.setdefault("lines", []).append(encoded(shapely.get_coordinates(part), digits))
    return found


def _parts(shape: Any) -> list[Any]:
    """The single geometries of one of any depth, without the empty ones."""
    if shape is None or shape.is_empty:
        return []
    if hasattr(shape, "geoms"):
        return list(itertools.chain.from_iterable(_parts(part) for part in shape.geoms))
    return [shape]
