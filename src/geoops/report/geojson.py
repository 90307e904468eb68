"""Geometries as short GeoJSON for the interactive page: rounded all at once. What is on the page is `web.py`'s business."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import shapely

__all__ = ["geojson"]


def geojson(shape: Any, digits: int) -> dict[str, Any]:
    """
    A geometry as GeoJSON with so many decimals, vertices that fall together dropped.

    Only for drawing: a ring may collapse to its ends.

    Parameters
    ----------
    shape
        A geometry that is not empty.
    digits
        Decimals kept of each coordinate.
    """
    if shape.geom_type == "GeometryCollection":
        return {"type": shape.geom_type, "geometries": [geojson(part, digits) for part in shape.geoms]}
    # Rounded all at once: a base has a hundred thousand numbers.
    rounded = np.round(shapely.get_coordinates(shape), digits) + 0.0
    kind, _, offsets = shapely.to_ragged_array([shape])
    return {"type": shape.geom_type, "coordinates": _nested(rounded, kind, offsets)}


def _nested(xy: Any, kind: Any, offsets: tuple[Any, ...]) -> Any:
    """The coordinates of one geometry as GeoJSON nests them; only for drawing, so a ring that collapses may stay as one."""
    if kind == shapely.GeometryType.POINT:
        return xy[0].tolist()
    if kind == shapely.GeometryType.MULTIPOINT:
        return _distinct(xy)
    if kind == shapely.GeometryType.LINESTRING:
        return _distinct(xy)
    rings = [_distinct(xy[start:end]) for start, end in itertools.pairwise(offsets[0].tolist())]
    if kind != shapely.GeometryType.MULTIPOLYGON:
        return rings
    return [rings[start:end] for start, end in itertools.pairwise(offsets[1].tolist())]


def _distinct(xy: Any) -> list[list[float]]:
    """A line's vertices without those that repeat the one before, first and last kept."""
    keep = np.ones(len(xy), dtype=bool)
    keep[1:-1] = (xy[1:-1] != xy[:-2]).any(axis=1)
    found: list[list[float]] = xy[keep].tolist()
    return found
