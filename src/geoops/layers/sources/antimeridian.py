"""Lines and areas that go over the antimeridian with one stroke from +180° to -180°: cut there, so that they do not span the world."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from shapely.affinity import translate

__all__ = ["cut_at_antimeridian"]

_HALF = 180.0


def cut_at_antimeridian(shapes: np.ndarray, *, no_frame: bool = False) -> tuple[np.ndarray, int]:
    """
    The geometries with those that jump over the antimeridian cut there, and how many these were.

    A step of more than 180° of longitude is taken for the short way round, unless both of its ends lie on ±180° itself (the
    frame of a world map, the edge of Antarctica).

    Parameters
    ----------
    shapes
        Lines and areas in degrees; other geometries come back as they are.
    no_frame
        The file has no edge of a map: a step along ±180° jumps like any other, and a ring that goes once round the globe is
        an area about the pole that it lies nearer to, and is led there. Otherwise what such a ring means cannot be told, and
        its area comes back as it is.

    Returns
    -------
    tuple of array and int
        A new array where something was cut, else the one that came.
    """
    bounds = shapely.bounds(shapes)
    wide = np.flatnonzero(bounds[:, 2] - bounds[:, 0] > _HALF)
    result, count = shapes, 0
    for row in wide.tolist():
        cut = _cut(shapes[row], no_frame)
        if cut is not None:
            result = result.copy() if count == 0 else result
            result[row] = cut
            count += 1
    return result, count


def _cut(shape: Any, no_frame: bool) -> Any:
    """The geometry cut at ±180°; None where no step jumps over it."""
    parts = [_unrolled(part, no_frame) for part in shapely.get_parts(shape)]
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


def _unrolled(part: Any, no_frame: bool) -> Any:
    """A line or polygon with longitudes that go on beyond ±180°; None where no step jumps."""
    if shapely.get_dimensions(part) == 1:
        path, jumps = _path(shapely.get_coordinates(part), no_frame)
        return shapely.LineString(path) if jumps else None
    if shapely.get_dimensions(part) != 2:
        return None
    rings = [_path(shapely.get_coordinates(ring), no_frame) for ring in (part.exterior, *part.interiors)]
    if not any(jumps for _, jumps in rings):
        return None
    if no_frame:
        rings = [(_closed_at_pole(path), jumps) for path, jumps in rings]
    elif any(_goes_round(path) for path, _ in rings):
        return None
    outer = rings[0][0]
    middle = (outer[:, 0].min() + outer[:, 0].max()) / 2.0
    holes = []
    for path, _ in rings[1:]:
        own = (path[:, 0].min() + path[:, 0].max()) / 2.0
        turn = np.array([2.0 * _HALF * np.round((middle - own) / (2.0 * _HALF)), 0.0])
        holes.append(path + turn)
    return shapely.make_valid(shapely.Polygon(outer, holes))


def _path(coords: np.ndarray, no_frame: bool) -> tuple[np.ndarray, bool]:
    """The coordinates unrolled, and whether a step jumped."""
    steps = np.diff(coords[:, 0])
    on_edge = np.abs(coords[:, 0]) == _HALF
    along_edge = on_edge[:-1] & on_edge[1:] & (not no_frame)
    jumps = (np.abs(steps) > _HALF) & ~along_edge
    turns = np.concatenate([[0.0], np.cumsum(np.where(jumps, -np.sign(steps) * 2.0 * _HALF, 0.0))])
    return np.column_stack([coords[:, 0] + turns, coords[:, 1]]), bool(jumps.any())


def _goes_round(path: np.ndarray) -> bool:
    """Whether an unrolled ring goes once round the globe: it does not close."""
    return abs(float(path[0, 0] - path[-1, 0])) > 1.0


def _closed_at_pole(path: np.ndarray) -> np.ndarray:
    """An unrolled ring; one that goes round the globe is closed along the pole that it lies nearer to."""
    if not _goes_round(path):
        return path
    pole = np.copysign(90.0, path[:, 1].mean())
    return np.vstack([path, (path[-1, 0], pole), (path[0, 0], pole), path[0]])
