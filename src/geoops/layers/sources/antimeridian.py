"""Lines and areas that go over the antimeridian with one stroke from +180° to -180°: cut there, so that they do not span the world."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from shapely.affinity import translate

__all__ = ["cut_at_antimeridian"]

_HALF = 180.0


def cut_at_antimeridian(shapes: np.ndarray) -> tuple[np.ndarray, int]:
    """
    The geometries with those that jump over the antimeridian cut there, and how many these were.

    A step of more than 180° of longitude is taken for the short way round, unless both of its ends lie on ±180° itself (the
    frame of a world map, the edge of Antarctica).

    Parameters
    ----------
    shapes
        Lines and areas in degrees; other geometries come back as they are.

    Returns
    -------
    tuple of array and int
        A new array where something was cut, else the one that came.
    """
    bounds = shapely.bounds(shapes)
    wide = np.flatnonzero(bounds[:, 2] - bounds[:, 0] > _HALF)
    result, count = shapes, 0
    for row in wide.tolist():
        cut = _cut(shapes[row])
        if cut is not None:
            result = result.copy() if count == 0 else result
            result[row] = cut
            count += 1
    return result, count


def _cut(shape: Any) -> Any:
    """The geometry cut at ±180°; None where no step jumps over it."""
    parts = [_unrolled(part) for part in shapely.get_parts(shape)]
    if all(turned is None for turned in parts):
        return None
    pieces: list[Any] = []
    for part, turned in zip(shapely.get_parts(shape), parts, strict=True):
        whole = part if turned is None else turned
        for shift in (-2.0 * _HALF, 0.0, 2.0 * _HALF):
            piece = shapely.intersection(whole, shapely.box(shift - _HALF, -90.0, shift + _HALF, 90.0))
            singles = shapely.get_parts(translate(piece, xoff=-shift))
            same = shapely.get_dimensions(singles) == shapely.get_dimensions(part)
            pieces.extend(singles[same & ~shapely.is_empty(singles)])
    many: Any = shapely.multipolygons if shapely.get_dimensions(shape) == 2 else shapely.multilinestrings
    return pieces[0] if len(pieces) == 1 else many(pieces)


def _unrolled(part: Any) -> Any:
    """A line or polygon with longitudes that go on beyond ±180°; None where no step jumps."""
    if shapely.get_dimensions(part) == 1:
        path, jumps = _path(shapely.get_coordinates(part))
        return shapely.LineString(path) if jumps else None
    if shapely.get_dimensions(part) != 2:
        return None
    rings = [_path(shapely.get_coordinates(ring)) for ring in (part.exterior, *part.interiors)]
    # A ring round a pole does not close when it is unrolled; what it means cannot be told here.
    if not any(jumps for _, jumps in rings) or any(abs(path[0, 0] - path[-1, 0]) > 1.0 for path, _ in rings):
        return None
    outer = rings[0][0]
    middle = (outer[:, 0].min() + outer[:, 0].max()) / 2.0
    holes = []
    for path, _ in rings[1:]:
        own = (path[:, 0].min() + path[:, 0].max()) / 2.0
        turn = np.array([2.0 * _HALF * np.round((middle - own) / (2.0 * _HALF)), 0.0])
        holes.append(path + turn)
    return shapely.make_valid(shapely.Polygon(outer, holes))


def _path(coords: np.ndarray) -> tuple[np.ndarray, bool]:
    """The coordinates unrolled, and whether a step jumped."""
    steps = np.diff(coords[:, 0])
    on_edge = np.abs(coords[:, 0]) == _HALF
    jumps = (np.abs(steps) > _HALF) & ~(on_edge[:-1] & on_edge[1:])
    turns = np.concatenate([[0.0], np.cumsum(np.where(jumps, -np.sign(steps) * 2.0 * _HALF, 0.0))])
    return np.column_stack([coords[:, 0] + turns, coords[:, 1]]), bool(jumps.any())
