"""Which search to use: NumPy for a handful of sites, the compiled kernels for many points. Both give the same answer.

The kernels take half a second to load, so a report of thirty sites never meets them.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from geoops.proximity.search import Found, Side, best_pairs, find, make_side

__all__ = ["MANY_PAIRS", "count_pairs", "find_pairs"]

MANY_PAIRS = 40_000_000
"""Pairs of point and piece from which on the kernels pay; both searches agree to a micrometre on either side of it."""

_MOST_COMPILED_K = 64  # a kernel keeps its k nearest in a plain list


def find_pairs(shapes: NDArray[np.object_], layer: Side, *, k: int, max_m: float, pairs: int | None = None) -> Found:
    """
    The k nearest features of each shape, exactly, by whichever search is faster.

    Parameters
    ----------
    shapes
        Sites' geometries in degrees; missing ones find nothing.
    layer
        The prepared layer.
    k, max_m
        Features a site, and the farthest distance in metres.
    pairs
        Where this is a part of a larger task: `count_pairs` of the whole, so that every part chooses as the whole would
        and gives the same bits.
    """
    points = np.flatnonzero((shapely.get_type_id(shapes) == 0) & ~shapely.is_empty(shapes))
    if pairs is None:
        pairs = count_pairs(len(shapes), layer)
    if pairs < MANY_PAIRS or not len(points) or (k > _MOST_COMPILED_K and np.isinf(max_m)):
        return find(make_side(shapes, layer.pieces.edges), layer, k=k, max_m=max_m)
    from geoops.proximity.many import find_points, find_within, make_tree

    if "tree" not in layer.kept:
        layer.kept["tree"] = make_tree(layer.geometries, layer.pieces.edges)
    lon, lat = shapely.get_x(shapes[points]), shapely.get_y(shapes[points])
    if k <= _MOST_COMPILED_K:
        found = find_points(lon, lat, points, layer.kept["tree"], k=k, max_m=max_m)
    else:
        found = find_within(lon, lat, points, layer.kept["tree"], max_m=max_m)
        found = best_pairs([found], k, max_m)
    if len(points) == len(shapes):
        return found
    others = shapes.copy()
    others[points] = None
    return best_pairs([found, find(make_side(others, layer.pieces.edges), layer, k=k, max_m=max_m)], k, max_m)


def count_pairs(sites: int, layer: Side) -> int:
    """Pairs of site and piece: what decides between the searches."""
    return sites * len(layer.pieces)
