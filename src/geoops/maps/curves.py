"""Labels that follow what they name: curved along rivers and ranges, letter-spaced inside countries and deserts.

Each glyph stands on the smoothed line with the line's own slope; a straight, spaced-out name is put where it lies whole
inside the visible part of its area. Lengths are points from the frame's lower left corner.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geoops.core.text import has_arabic
from geoops.maps.labels import PADDING_PT, Box, Labeller
from geoops.maps.lettering import Block, advance, ink_of
from geoops.maps.theme import TextStyle

__all__ = ["Glyph", "along_line", "axis_of", "in_area", "spaced"]

_FloatArray = NDArray[np.float64]
_STEP_PT = 2.0
THIN_SPACE = "\u2009"


@dataclass(frozen=True)
class Glyph:
    """One letter of a curved label: where its pen starts, and its slope in degrees."""

    text: str
    x: float
    y: float
    angle: float


def spaced(text: str, count: int = 2) -> str:
    """The text in capitals with thin spaces between its letters, as areas are lettered."""
    gap = THIN_SPACE * count
    return (gap + " " + gap).join(gap.join(word) for word in text.upper().split(" "))


def _resampled(line: _FloatArray, smooth_pt: float) -> tuple[_FloatArray, _FloatArray]:
    """A line at even steps, smoothed, and the length along it at each vertex."""
    from scipy import ndimage

    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    count = max(int(along[-1] / _STEP_PT), 2)
    even = np.linspace(0.0, along[-1], count + 1)
    points = np.column_stack([np.interp(even, along, line[:, 0]), np.interp(even, along, line[:, 1])])
    if smooth_pt > 0:
        points = ndimage.gaussian_filter1d(points, smooth_pt / _STEP_PT, axis=0, mode="nearest")
    steps = np.hypot(*np.diff(points, axis=0).T)
    return points, np.concatenate([[0.0], np.cumsum(steps)])


def along_line(
    labeller: Labeller,
    lines: list[_FloatArray],
    text: str,
    style: TextStyle,
    *,
    spacing_pt: float = 0.0,
    offset_pt: float = 0.0,
    smooth_pt: float = 10.0,
    largest_turn_deg: float = 60.0,
    prefer_middle: bool = False,
) -> list[Glyph]:
    """
    The glyphs of a text along the straightest free stretch of some lines; empty where there is none.

    Parameters
    ----------
    labeller
        Knows what is free, and takes the room.
    lines
        Coordinate arrays in points.
    text, style
        What and how; read from left to right whichever way the line runs.
    spacing_pt
        White added between letters.
    offset_pt
        How far the middle of the letters' height stands off the line, to its left in reading direction.
    smooth_pt
        How strongly the line is smoothed before letters are set on it.
    largest_turn_deg
        The most that the label may bend from end to end.
    prefer_middle
        Whether the middle of the line is better than its ends (an axis), or any stretch as good (a river).
    """
    pieces, widths, starts = _pieces(text, style, spacing_pt)
    total = float(starts[-1] + widths[-1])
    height = ink_of("x", style).y1
    best: tuple[float, list[Glyph], list[Box]] | None = None
    for line in lines:
        points, along = _resampled(line, smooth_pt)
        if along[-1] < total + 4.0:
            continue
        for start in np.arange(2.0, along[-1] - total - 2.0, 3.0):
            stretch = (along >= start) & (along <= start + total)
            chord = points[stretch][-1] - points[stretch][0]
            forward = chord[0] >= 0
            middles = starts + widths / 2.0
            at = start + middles if forward else start + total - middles
            slopes = _slopes(points, along, at, style.size_pt)
            if not forward:
                slopes = slopes + np.pi
            turn = np.degrees(np.ptp(np.unwrap(slopes)))
            sharpest = np.degrees(np.abs(np.diff(np.unwrap(slopes))).max()) if len(slopes) > 1 else 0.0
            if turn > largest_turn_deg or sharpest > (16.0 if len(pieces) > 4 else 30.0):
                continue
            steep = abs(np.degrees(np.arctan2(chord[1], chord[0] if forward else -chord[0])))
            mid_x, mid_y = np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])
            shift = offset_pt - height / 2.0
            pen_x = mid_x - np.cos(slopes) * widths / 2.0 - np.sin(slopes) * shift
            pen_y = mid_y - np.sin(slopes) * widths / 2.0 + np.cos(slopes) * shift
            glyphs = [
                Glyph(c, float(x), float(y), float(np.degrees(a)))
                for c, x, y, a in zip(pieces, pen_x, pen_y, slopes, strict=True)
                if c != " "
            ]
            boxes = [box for glyph in glyphs for box in _glyph_boxes(glyph, style)]
            array = np.array(boxes)
            if not labeller.free(array).all():
                continue
            off_centre = abs(start + total / 2.0 - along[-1] / 2.0) / along[-1]
            area = float(((array[:, 2] - array[:, 0]) * (array[:, 3] - array[:, 1])).sum())
            cost = turn / 30.0 + steep / 60.0 + 4.0 * float(labeller.cost_of(array).sum()) / max(area, 1.0)
            cost += off_centre * (4.0 if prefer_middle else 0.4)
            if best is None or cost < best[0] - 1e-9:
                best = (cost, glyphs, boxes)
    if best is None:
        return []
    labeller.take(best[2])
    return best[1]


def _pieces(text: str, style: TextStyle, spacing_pt: float) -> tuple[list[str], _FloatArray, _FloatArray]:
    """
    What is turned as one: a Latin letter, or an Arabic word, whose letters join and must not be taken apart.

    Gives the pieces from left to right, their widths, and where each starts. Words of Arabic stand from right to left.
    """
    if has_arabic(text):
        pieces = text.split(" ")[::-1]
        widths = np.array([advance(piece, style) for piece in pieces])
        gaps = 2.2 * (advance("x x", style) - advance("xx", style))  # words turn towards each other on a bend
        return pieces, widths, np.concatenate([[0.0], np.cumsum(widths[:-1] + gaps)])
    # Kerning: the advance of what stands before, not the sum of single letters.
    before = np.array([advance(text[:i], style) for i in range(len(text))])
    return list(text), np.array([advance(c, style) for c in text]), before + spacing_pt * np.arange(len(text))


def _slopes(points: _FloatArray, along: _FloatArray, at: _FloatArray, window_pt: float) -> _FloatArray:
    """Direction of the line at each place, over a window as long as a letter is high, in radians."""
    low, high = np.clip(at - window_pt / 2.0, 0.0, along[-1]), np.clip(at + window_pt / 2.0, 0.0, along[-1])
    dx = np.interp(high, along, points[:, 0]) - np.interp(low, along, points[:, 0])
    dy = np.interp(high, along, points[:, 1]) - np.interp(low, along, points[:, 1])
    slopes: _FloatArray = np.arctan2(dy, dx)
    return slopes


def _glyph_boxes(glyph: Glyph, style: TextStyle) -> list[Box]:
    """Upright boxes that cover a turned letter or word: several for a word, which one box would make far too large."""
    ink = ink_of(glyph.text, style)
    cos, sin = np.cos(np.radians(glyph.angle)), np.sin(np.radians(glyph.angle))
    parts = max(int((ink.x1 - ink.x0) / 5.0), 1)
    edges = np.linspace(ink.x0, ink.x1, parts + 1)
    boxes: list[Box] = []
    for left, right in itertools.pairwise(edges):
        corners = np.array([(left, ink.y0), (right, ink.y0), (right, ink.y1), (left, ink.y1)])
        x = glyph.x + corners[:, 0] * cos - corners[:, 1] * sin
        y = glyph.y + corners[:, 0] * sin + corners[:, 1] * cos
        boxes.append((float(x.min()), float(y.min()), float(x.max()), float(y.max())))
    return boxes


def axis_of(shape: BaseGeometry) -> _FloatArray | None:
    """
    The middle line of an elongated polygon, from cuts across its longest direction; None for a compact one.

    Elongated means that the smallest rectangle round it is at least 2.2 times as long as it is wide.
    """
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 0]
    if not parts:
        return None
    part = max(parts, key=lambda p: p.area)
    box = shapely.minimum_rotated_rectangle(part)
    if box.geom_type != "Polygon":
        return None
    corners = shapely.get_coordinates(box)[:4]
    sides = [corners[1] - corners[0], corners[2] - corners[1]]
    lengths = [float(np.hypot(*side)) for side in sides]
    long_side = int(lengths[1] > lengths[0])
    if lengths[long_side] < 2.2 * lengths[1 - long_side]:
        return None
    direction = sides[long_side] / lengths[long_side]
    across = np.array([-direction[1], direction[0]])
    centre = corners.mean(axis=0)
    reach = lengths[1 - long_side]
    middles: list[_FloatArray] = []
    for share in np.linspace(-0.48, 0.48, 33):
        at = centre + direction * share * lengths[long_side]
        cut = shapely.intersection(shapely.LineString([at - across * reach, at + across * reach]), part)
        pieces = [p for p in shapely.get_parts(cut) if p.geom_type == "LineString"]
        if pieces:
            middles.append(shapely.get_coordinates(max(pieces, key=lambda p: p.length)).mean(axis=0))
    return np.array(middles) if len(middles) > 4 else None


def in_area(
    labeller: Labeller,
    area: BaseGeometry,
    block: Block,
    *,
    margin_pt: float = 2.0,
    grid: int = 34,
    padding: float = PADDING_PT,
) -> Box | None:
    """
    The best free place for a straight label that lies whole inside an area, or None.

    Near the middle of what is visible, and over as little as possible.
    """
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    if not parts:
        return None
    part = max(parts, key=lambda p: p.area)
    x0, y0, x1, y1 = part.bounds
    width, height = block.width, block.height
    if x1 - x0 < width or y1 - y0 < height:
        return None
    middle = shapely.maximum_inscribed_circle(part, tolerance=2.0)
    centre = shapely.get_coordinates(middle)[0]
    mass = shapely.get_coordinates(part.centroid)[0]
    target = 0.5 * (centre + mass)
    xs = np.linspace(x0 + width / 2, x1 - width / 2, grid)
    ys = np.linspace(y0 + height / 2, y1 - height / 2, grid)
    cx, cy = (values.ravel() for values in np.meshgrid(xs, ys))
    boxes = np.column_stack([cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2])
    ok = labeller.free(boxes, padding=padding)
    shapely.prepare(part)
    outer = shapely.box(
        boxes[:, 0] - margin_pt, boxes[:, 1] - margin_pt, boxes[:, 2] + margin_pt, boxes[:, 3] + margin_pt
    )
    ok &= shapely.contains_properly(part, outer)
    if not ok.any():
        return None
    size = max(np.sqrt(part.area), 1.0)
    away = np.hypot(cx - target[0], cy - target[1]) / size
    cost = 3.0 * away + 5.0 * labeller.cost_of(boxes) / (width * height)
    best = int(np.argmin(np.where(ok, cost, np.inf)))
    x0, y0, x1, y1 = (float(v) for v in boxes[best])
    box: Box = (x0, y0, x1, y1)
    labeller.take([box])
    return box
