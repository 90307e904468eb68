"""Names of the sites: beside a dot, within or along an area, along a river.

Placed before everything that a figure says besides them. Which names a figure asks for is `compose.py`'s business.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geoops.maps.baselabels import draw_labels, names_in
from geoops.maps.candidates import PointLabel
from geoops.maps.canvas import lines_of
from geoops.maps.crowds import LEAST_NAMED, MOST_LISTED, nameable
from geoops.maps.curves import along_line, axis_of, in_area, spaced
from geoops.maps.lettering import Block, draw_text, shorten
from geoops.maps.mapfigure import MapFigure, Sheet
from geoops.maps.symbols import SiteMark
from geoops.maps.theme import TextStyle

__all__ = ["label_sites", "site_block"]

LONGEST_NAME_PT = 150.0
_SCALES = (1.0, 0.85, 0.72, 0.62)  # of the names' type, for a crowd
_FULL = 0.55  # share of the room above which a size need not be tried
_LOST = 0.06  # share of the names that a crowd may lose before it is lettered smaller


def site_block(figure: MapFigure, mark: SiteMark, *, slant: str = "normal", scale: float = 1.0) -> Block:
    """A site's name in the languages asked for, the local one smaller below; very long names end in an ellipsis."""
    theme, factor = figure.theme, figure.factor * scale
    first = TextStyle(max(9.2 * factor, 5.5), theme.ink, "bold", slant, halo_pt=2.6, halo=theme.halo)
    second = TextStyle(max(7.6 * factor, 5.2), theme.ink, halo_pt=2.6, halo=theme.halo)
    texts = names_in(tuple(figure.options.languages), mark.name, mark.local)
    lines = []
    for i, text in enumerate(texts):
        style = first if i == 0 else second
        lines.append(
            (shorten(text + (" ?" if mark.doubtful and i == 0 else ""), style, LONGEST_NAME_PT * factor), style)
        )
    return Block(lines)


def label_sites(figure: MapFigure, sheet: Sheet, marks: list[SiteMark]) -> None:
    """
    Name every site: areas along their axis or within, points beside their symbol, with a leader where needed.

    A crowd is lettered smaller, all of it alike, until nearly all of its names find room. Of more sites than the sheet has
    room for, those are named that have it, in the smallest type, and `labeller.crowd` says how many these are of how many.
    """
    dots: list[SiteMark] = []
    for mark in marks:
        if mark.how == "line" and mark.extent is not None:
            _letter_line(figure, sheet, mark, mark.extent)
        elif mark.how != "area" or (mark.extent is not None and not _letter_area(figure, sheet, mark, mark.extent)):
            dots.append(mark)
    labeller, before = sheet.labeller, sheet.labeller.snapshot()
    tried = nameable(dots, sheet.panel.frame.area)
    if len(tried) < len(dots):
        requests = [replace(_request(figure, mark, _SCALES[-1]), required=False) for mark in tried]
        placed = labeller.place_points(requests, moving=False)
        if len(placed) < LEAST_NAMED * len(dots):
            labeller.go_back(before)
            placed = []
    else:
        for scale in _SCALES:
            requests = [_request(figure, mark, scale) for mark in dots]
            if scale > _SCALES[-1] and _needed(requests, sheet) > _FULL:
                continue
            labeller.go_back(before)
            placed = labeller.place_points(requests)
            if len(placed) >= (1.0 - _LOST) * len(requests):
                break
    if len(dots) - len(placed) > MOST_LISTED:
        labeller.crowd = (len(placed), len(dots))
    draw_labels(sheet.panel, placed, figure.theme, gid="label-site", zorder=22.0)


def _request(figure: MapFigure, mark: SiteMark, scale: float) -> PointLabel:
    """A name that wants to stand by its symbol."""
    block = site_block(figure, mark, scale=scale)
    if mark.how == "area":
        return PointLabel(block, mark.x, mark.y, 1.0, 5.0, required=True, kind="area", key=mark.name)
    radius = mark.radius if mark.how == "near" and mark.radius < 26.0 else mark.symbol + 0.9
    return PointLabel(block, mark.x, mark.y, radius, 10.0, required=True, kind="site", key=mark.name, gap=1.8)


def _needed(requests: list[PointLabel], sheet: Sheet) -> float:
    """What share of the room within reach of the sites their names would take."""
    if not requests:
        return 0.0
    x, y, radius, wide, high = np.array([(r.x, r.y, r.radius, r.block.width, r.block.height) for r in requests]).T
    reach = shapely.union_all(shapely.box(x - wide, y - 2.5 * high, x + wide, y + 2.5 * high))
    room = shapely.intersection(reach, sheet.panel.frame).area
    return float(((wide + 2.0) * (high + 2.0) + np.pi * radius**2).sum() / max(room, 1.0))


def _letter_area(figure: MapFigure, sheet: Sheet, mark: SiteMark, extent: BaseGeometry) -> bool:
    """Letter an area along its axis if it is long, else spaced out inside it; False where neither fits."""
    theme, factor = figure.theme, figure.factor
    visible = shapely.intersection(extent, sheet.panel.frame)
    texts = names_in(tuple(figure.options.languages), mark.name, mark.local)
    transform = sheet.panel.ax.transFrame
    axis = axis_of(visible)
    if axis is not None:
        for size, gap in ((9.0, 2.4), (8.2, 1.4), (7.4, 0.6)):
            style = TextStyle(max(size * factor, 5.2), theme.site, "bold", halo_pt=2.6, halo=theme.halo)
            glyphs = along_line(
                sheet.labeller, [axis], texts[0], style, spacing_pt=gap * factor, smooth_pt=16.0, prefer_middle=True,
                offset_pt=0.0 if len(texts) == 1 else 4.6 * factor,
            )  # fmt: skip
            if not glyphs:
                continue
            small = TextStyle(max(7.4 * factor, 5.2), theme.site, halo_pt=2.6, halo=theme.halo)
            for text in texts[1:2]:
                below = along_line(
                    sheet.labeller, [axis], text, small, smooth_pt=16.0, prefer_middle=True, offset_pt=-7.4 * factor
                )
                for glyph in below:
                    draw_text(sheet.panel.ax, glyph.x, glyph.y, glyph.text, small, transform=transform, rotation=glyph.angle,
                              zorder=22.0, gid="label-area")  # fmt: skip
            for glyph in glyphs:
                draw_text(sheet.panel.ax, glyph.x, glyph.y, glyph.text, style, transform=transform, rotation=glyph.angle,
                          zorder=22.0, gid="label-area")  # fmt: skip
            return True
    for size, gap in ((9.2, 2), (8.4, 1), (7.6, 0)):
        style = TextStyle(max(size * factor, 5.2), theme.site, "bold", halo_pt=2.6, halo=theme.halo)
        small = TextStyle(max(7.4 * factor, 5.2), theme.site, halo_pt=2.6, halo=theme.halo)
        first = spaced(texts[0], gap) if gap and texts[0].isascii() else texts[0]
        for lines in ([first], _halves(texts[0])):
            block = Block([*((line, style) for line in lines), *((t, small) for t in texts[1:2])], gap_pt=2.2)
            box = in_area(sheet.labeller, visible, block)
            if box is not None:
                for (x, y), (text, look) in zip(block.origins(box[0], box[1], 0.5), block.lines, strict=True):
                    draw_text(sheet.panel.ax, x, y, text, look, transform=transform, zorder=22.0, gid="label-area")
                return True
    return False


def _halves(text: str) -> list[str]:
    """A text on two lines of about the same length."""
    words = text.split(" ")
    if len(words) < 2:
        return [text]
    best = min(range(1, len(words)), key=lambda i: abs(len(" ".join(words[:i])) - len(" ".join(words[i:]))))
    return [" ".join(words[:best]), " ".join(words[best:])]


def _letter_line(figure: MapFigure, sheet: Sheet, mark: SiteMark, course: BaseGeometry) -> None:
    """Name a river, or another line, once along its straightest free stretch, the local name beside it."""
    theme, factor = figure.theme, figure.factor
    lines = lines_of(shapely.intersection(course, sheet.panel.frame))
    transform = sheet.panel.ax.transFrame
    texts = names_in(tuple(figure.options.languages), mark.name, mark.local)
    tries = itertools.product(((9.0, 1.2, 50.0), (8.2, 0.6, 75.0), (7.2, 0.2, 110.0)), (5.4, -5.6))
    for (size, gap, turn), side in tries:
        style = TextStyle(max(size * factor, 5.2), theme.site, "bold", halo_pt=2.6, halo=theme.halo)
        glyphs = along_line(
            sheet.labeller, lines, texts[0], style, spacing_pt=gap * factor, smooth_pt=14.0, largest_turn_deg=turn,
            offset_pt=side * factor,
        )  # fmt: skip
        if not glyphs:
            continue
        small = TextStyle(max(7.4 * factor, 5.2), theme.site, halo_pt=2.6, halo=theme.halo)
        named = glyphs[len(glyphs) // 2]
        near = [line[np.hypot(line[:, 0] - named.x, line[:, 1] - named.y) < 130.0 * factor] for line in lines]
        for text in texts[1:2]:
            for local_side in (-side, side):
                local = along_line(
                    sheet.labeller, [line for line in near if len(line) > 2], text, small, smooth_pt=14.0,
                    largest_turn_deg=90.0, offset_pt=local_side * factor,
                )  # fmt: skip
                for glyph in local:
                    draw_text(sheet.panel.ax, glyph.x, glyph.y, glyph.text, small, transform=transform, rotation=glyph.angle,
                              zorder=22.0, gid="label-line")  # fmt: skip
                if local:
                    break
        for glyph in glyphs:
            draw_text(sheet.panel.ax, glyph.x, glyph.y, glyph.text, style, transform=transform, rotation=glyph.angle,
                      zorder=22.0, gid="label-line")  # fmt: skip
        return
    # No stretch is straight enough: beside the line, at the place nearest to its middle.
    anchors = shapely.get_coordinates(
        shapely.line_interpolate_point(
            shapely.LineString(max(lines, key=len)), [0.5, 0.35, 0.65, 0.2, 0.8], normalized=True
        )
    )
    request = PointLabel(site_block(figure, mark), float(anchors[0, 0]), float(anchors[0, 1]), 1.5, 5.0, required=True,
                         kind="line", key=mark.name, anchors=anchors)  # fmt: skip
    draw_labels(sheet.panel, sheet.labeller.place_points([request]), theme, gid="label-site", zorder=22.0)
