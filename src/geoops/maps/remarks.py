"""How an author's remarks are set: words in a box with a line to their place, words beside a sign, numbers and their key.

What can be said, and by which call, is `annotations.py`'s business.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle
from numpy.typing import NDArray

from geoops.core.errors import InputError
from geoops.core.text import one_line
from geoops.maps.baselabels import draw_labels
from geoops.maps.candidates import PointLabel
from geoops.maps.furniture import best_corner
from geoops.maps.labels import Box, PlacedLabel
from geoops.maps.lettering import Block, draw_text, ink_of, wrap
from geoops.maps.lint import Finding
from geoops.maps.theme import TextStyle
from geoops.maps.typefaces import check_glyphs

if TYPE_CHECKING:
    from geoops.maps.mapfigure import MapFigure, Sheet

__all__ = ["LonLat", "bent", "beside", "between", "block_of", "boxed", "numerals", "on_map", "said"]

LonLat = tuple[float, float]
"""Longitude and latitude in degrees."""

_WIDTH_PT = 104.0  # of a remark's text, times the sheet's factor
_FloatArray = NDArray[np.float64]


def said(text: str, what: str) -> str:
    """Words of the author, on one line and in letters that exist."""
    words = one_line(str(text))
    if not words:
        msg = f"{what}: expected words; an empty text came"
        raise InputError(msg)
    check_glyphs(words, what=what)
    return words


def on_map(figure: MapFigure, at: LonLat, panel: int, what: str) -> _FloatArray:
    """A place in points of the frame, or an error that names it."""
    try:
        lon, lat = (float(value) for value in at)
    except (TypeError, ValueError) as error:
        msg = f"{what}: expected (longitude, latitude); {at!r} came"
        raise InputError(msg) from error
    frame = figure.sheets[panel].panel
    point = frame.points(lon, lat)[0]
    if not (np.isfinite(point).all() and frame.inside(point[None])[0]):
        west, south, east, north = frame.shown
        msg = (
            f"{what}: ({lon:g}, {lat:g}) is not on the map, which shows longitude {west:.2f} to {east:.2f} and latitude"
            f" {south:.2f} to {north:.2f}; is longitude first?"
        )
        raise InputError(msg)
    return np.asarray(point, dtype=np.float64)


def block_of(text: str, style: TextStyle, factor: float) -> Block:
    """Words in lines, not too wide."""
    return Block([(line, style) for line in wrap(text, style, _WIDTH_PT * factor)], gap_pt=2.4)


def bent(a: _FloatArray, b: _FloatArray, bend: float) -> _FloatArray:
    """The course of an arrow from a to b, in 25 points: matplotlib's `arc3`."""
    corner = (a + b) / 2.0 + bend * np.array([b[1] - a[1], a[0] - b[0]])
    t = np.linspace(0.0, 1.0, 25)[:, None]
    return np.asarray((1.0 - t) ** 2 * a + 2.0 * t * (1.0 - t) * corner + t**2 * b)


def between(a: Any, b: Any) -> _FloatArray:
    """Places along a line, from its middle outwards."""
    return np.array(
        [np.asarray(a) + (np.asarray(b) - np.asarray(a)) * share for share in (0.5, 0.38, 0.62, 0.25, 0.75)]
    )


def boxed(figure: MapFigure, sheet: Sheet, at: _FloatArray, text: str) -> None:
    """Words on a ground of their own near a place, with a line to it."""
    theme, pad = figure.theme, 3.4 * figure.factor
    block = block_of(text, TextStyle(max(6.8 * figure.factor, 5.2), theme.ink), figure.factor)
    padded = block_of(text, block.lines[0][1], figure.factor)
    padded.width, padded.height = block.width + 2.0 * pad, block.height + 2.0 * pad
    request = PointLabel(
        padded, float(at[0]), float(at[1]), 3.0, 6.0, required=True, kind="callout", key=text,
        gap=14.0 * figure.factor,  # room for the line to be seen between a place and the box
        led_from=0.0,  # a line leads to every box, and runs over no symbol where it may run elsewhere
    )  # fmt: skip
    for label in sheet.labeller.place_points([request]):
        _draw_box(figure, sheet, block, label)


def _draw_box(figure: MapFigure, sheet: Sheet, block: Block, label: PlacedLabel) -> None:
    """A remark where it was placed."""
    theme, pad = figure.theme, 3.4 * figure.factor
    x0, y0, x1, y1 = label.box
    look: dict[str, Any] = {"transform": sheet.panel.ax.transFrame}
    ground = FancyBboxPatch(
        (x0 + 1.2, y0 + 1.2), x1 - x0 - 2.4, y1 - y0 - 2.4, boxstyle="round,pad=1.2,rounding_size=1.4", facecolor=theme.panel,
        edgecolor=theme.ink, linewidth=0.6, zorder=20.0, mutation_aspect=1.0, **look,
    )  # fmt: skip
    ground.set_gid("callout")
    sheet.panel.ax.add_patch(ground)
    _lead(figure, sheet, label.point, (float(np.clip(label.point[0], x0, x1)), float(np.clip(label.point[1], y0, y1))))
    for (x, y), (text, style) in zip(
        block.origins(x0 + pad, y0 + pad, 1.0 if figure.words.rtl else 0.0), block.lines, strict=True
    ):
        draw_text(sheet.panel.ax, x, y, text, style, zorder=21.0, gid="label-callout", **look)


def _lead(figure: MapFigure, sheet: Sheet, start: tuple[float, float], end: tuple[float, float]) -> None:
    """A line from a place, which gets a dot, to what speaks of it."""
    look: dict[str, Any] = {"transform": sheet.panel.ax.transFrame}
    for color, width, order in ((figure.theme.halo, 3.0, 30.6), (figure.theme.ink, 1.0, 30.7)):
        line = LineCollection([[start, end]], colors=color, linewidths=width, zorder=order, **look)
        line.set_gid("leader")
        sheet.panel.ax.add_collection(line, autolim=False)
    dot = Circle(
        start, 1.8, facecolor=figure.theme.ink, edgecolor=figure.theme.halo, linewidth=0.6, zorder=30.8, **look
    )
    dot.set_gid("leader")
    sheet.panel.ax.add_patch(dot)


def beside(figure: MapFigure, sheet: Sheet, anchors: _FloatArray, text: str, *, kind: str) -> None:
    """Words with a halo beside a sign."""
    style = TextStyle(max(6.8 * figure.factor, 5.2), figure.theme.ink, "bold", halo_pt=2.4, halo=figure.theme.halo)
    block = block_of(text, style, figure.factor)
    request = PointLabel(
        block,
        float(anchors[0, 0]),
        float(anchors[0, 1]),
        2.0,
        6.0,
        required=True,
        kind=kind,
        key=text,
        gap=2.6,
        anchors=anchors,
    )
    draw_labels(sheet.panel, sheet.labeller.place_points([request]), figure.theme, gid=f"label-{kind}", zorder=21.0)


def _numeral(
    sheet: Sheet, at: tuple[float, float], text: str, style: TextStyle, radius: float, face: str, rim: str
) -> None:
    """A number in a disc."""
    look: dict[str, Any] = {"transform": sheet.panel.ax.transFrame}
    disc = Circle(at, radius, facecolor=face, edgecolor=rim, linewidth=0.9, zorder=31.5, **look)
    disc.set_gid("numeral")
    sheet.panel.ax.add_patch(disc)
    ink = ink_of(text, style)
    draw_text(
        sheet.panel.ax,
        at[0] - (ink.x0 + ink.x1) / 2.0,
        at[1] - (ink.y0 + ink.y1) / 2.0,
        text,
        style,
        zorder=32.0,
        gid="numeral",
        **look,
    )


def numerals(figure: MapFigure, sheet: Sheet, points: Sequence[_FloatArray], texts: Sequence[str], title: str) -> None:
    """Numbers at places, led to them where something else stands there, and their key."""
    theme, factor = figure.theme, figure.factor
    bold = TextStyle(max(6.2 * factor, 5.2), theme.badge_text, "bold")
    radius = max(bold.size_pt * 0.82, ink_of(str(len(points)), bold).advance / 2.0 + 1.6)
    requests = []
    for number, (x, y) in enumerate(points, start=1):
        disc = Block([(str(number), bold)])
        disc.width = disc.height = 2.0 * radius
        requests.append(
            PointLabel(
                disc, float(x), float(y), 1.0, 6.0, required=True, kind="numeral", key=str(number), centre_ok=True,
                anchors=np.array([(x, y)]),
            )
        )  # fmt: skip
    for label in sheet.labeller.place_points(requests):
        middle = ((label.box[0] + label.box[2]) / 2.0, (label.box[1] + label.box[3]) / 2.0)
        if np.hypot(middle[0] - label.point[0], middle[1] - label.point[1]) > 1.0:
            _lead(figure, sheet, label.point, middle)
        _numeral(sheet, middle, label.request.key, bold, radius, theme.ink, theme.halo)
    _draw_key(figure, sheet, texts, title, bold, radius)


def _draw_key(
    figure: MapFigure, sheet: Sheet, texts: Sequence[str], title: str, bold: TextStyle, radius: float
) -> None:
    """The key of the numbers, on a ground of its own where it covers least."""
    theme, factor = figure.theme, figure.factor
    body = TextStyle(max(6.4 * factor, 5.2), theme.ink)
    head = TextStyle(max(6.8 * factor, 5.2), theme.ink, "bold")
    lead, gap = body.size_pt * 1.28, 3.2 * factor
    room = min(150.0 * factor, sheet.panel.width_pt * 0.4)
    rows = [wrap(text, body, room - 2.0 * radius - 5.0) for text in texts]
    heights = [max(len(lines) * lead, 2.0 * radius + 1.0) + gap for lines in rows]
    heads = wrap(title, head, room) if title else []
    width = 2.0 * radius + 5.0 + max(ink_of(line, body).advance for lines in rows for line in lines) + 12.0
    width = max(width, max((ink_of(line, head).advance for line in heads), default=0.0) + 12.0)
    height = sum(heights) + len(heads) * head.size_pt * 1.35 + 9.0
    if height > sheet.panel.height_pt - 10.0:
        words = f"the key of {len(texts)} numbers is higher than the map"
        figure.problems.append(Finding("key-cut", words, "take a larger size, or fewer numbers"))
    box: Box = best_corner(sheet.panel, sheet.labeller, width, height, prefer=("ne", "se", "nw", "sw"))
    sheet.labeller.put_furniture(box)
    look: dict[str, Any] = {"transform": sheet.panel.ax.transFrame}
    ground = Rectangle(
        box[:2],
        width,
        height,
        facecolor=theme.panel,
        alpha=0.92,
        edgecolor=theme.ink,
        linewidth=0.5,
        zorder=31.0,
        **look,
    )
    ground.set_gid("key")
    sheet.panel.ax.add_patch(ground)
    flush, align = (box[2] - 6.0, "right") if figure.words.rtl else (box[0] + 6.0, "left")
    side = -1.0 if figure.words.rtl else 1.0
    y = box[3] - 5.0
    for line in heads:
        y -= head.size_pt * 1.2
        draw_text(sheet.panel.ax, flush, y, line, head, zorder=32.0, gid="key", align=align, **look)
    y -= 3.0 if heads else 0.0
    for number, (lines, tall) in enumerate(zip(rows, heights, strict=True), start=1):
        middle = y - (tall - gap) / 2.0
        _numeral(sheet, (flush + side * radius, middle), str(number), bold, radius, theme.ink, theme.halo)
        level = middle + (len(lines) - 1) * lead / 2.0 - body.size_pt * 0.36
        for line in lines:
            draw_text(
                sheet.panel.ax,
                flush + side * (2.0 * radius + 5.0),
                level,
                line,
                body,
                zorder=32.0,
                gid="key",
                align=align,
                **look,
            )
            level -= lead
        y -= tall
