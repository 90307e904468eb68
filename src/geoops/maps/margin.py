"""What stands round the frame: title and summary above, the legend below. The small print is `smallprint.py`'s business.

Text is wrapped by the real width of its glyphs and set smaller before it is ever cut; what still does not fit is said
in the figure's findings, never silently lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Rectangle
from matplotlib.transforms import Affine2D

from geoops.core.text import has_arabic
from geoops.maps.foot import Paper
from geoops.maps.lettering import advance, draw_text, ink_of, wrap
from geoops.maps.symbols import LegendEntry
from geoops.maps.theme import POINTS_PER_MM, SMALLEST_TYPE_PT, Size, TextStyle, Theme
from geoops.maps.vectorlayers import parts_named
from geoops.maps.wording import ENGLISH, Wording

__all__ = [
    "BETWEEN_PT",
    "LEADING",
    "draw_legend",
    "draw_lines_of_text",
    "draw_logo",
    "legend_fits",
    "legend_height",
    "legend_width",
    "sheet_transform",
    "title_block",
]


LEADING = 1.28
"""From one baseline of the small print to the next, in sizes of type."""

BETWEEN_PT = 1.8
"""White between two paragraphs of the small print."""


def sheet_transform(figure: Figure) -> Any:
    """Points from the lower left corner of the sheet, before its foot is cut off."""
    points = Affine2D().scale(1.0 / 72.0)
    return (points + figure.shift if isinstance(figure, Paper) else points) + figure.dpi_scale_trans


def title_block(
    figure: Figure,
    size: Size,
    theme: Theme,
    title: str,
    subtitle: str,
    *,
    draw: bool = True,
    words: Wording = ENGLISH,
    beside_mm: float = 0.0,
) -> tuple[float, int]:
    """
    Draw title and summary and give back how many millimetres they take from the top, and how many lines were cut.

    A long title is set smaller, then on up to three lines. `beside_mm` is kept free at the end of the lines, for a logo.
    """
    width = (size.width_mm - 2.0 * size.side_mm - beside_mm) * POINTS_PER_MM
    style = TextStyle(17.0 * size.type_factor, theme.ink, "bold")
    while len(wrap(title, style, width)) > 1 and style.size_pt > 11.0 * size.type_factor:
        style = style.at(style.size_pt - 0.5)
    below = TextStyle(max(8.6 * size.type_factor, SMALLEST_TYPE_PT), theme.secondary)
    lines = wrap(title, style, width) if title else []
    more = wrap(subtitle, below, width) if subtitle else []
    cut = max(len(lines) - 3, 0) + max(len(more) - 3, 0)
    lines, more = lines[:3], more[:3]
    top = size.height_mm * POINTS_PER_MM - size.top_mm * POINTS_PER_MM
    left = (size.side_mm + (beside_mm if words.rtl else 0.0)) * POINTS_PER_MM
    y = top
    transform = sheet_transform(figure)
    for kind, group, look, lead in (("title", lines, style, 1.18), ("subtitle", more, below, 1.36)):
        for line in group:
            y -= look.size_pt * (0.86 if y == top else lead * words.leading)
            flush = words.rtl or _arabic_line(line)
            if draw:
                draw_text(
                    figure, left + width if flush else left, y, words.line(line), look, transform=transform, gid=kind,
                    align="right" if flush else "left",
                )  # fmt: skip
        y -= 0.0 if not group else 3.4 if words.rtl else 1.0  # Arabic letters reach further down
    return (size.height_mm * POINTS_PER_MM - y + below.size_pt * 0.35) / POINTS_PER_MM, cut


def draw_logo(figure: Figure, size: Size, pixels: Any, *, words: Wording = ENGLISH) -> float:
    """A logo at the end of the title's line, as high as the title block may be, and how many millimetres wide it is with its white."""
    high = 10.0 * size.type_factor
    wide = min(high * pixels.shape[1] / pixels.shape[0], 0.3 * size.width_mm)
    high = wide * pixels.shape[0] / pixels.shape[1]
    left = size.side_mm if words.rtl else size.width_mm - size.side_mm - wide
    bottom = size.height_mm - size.top_mm * 0.7 - high
    ax = figure.add_axes((left / size.width_mm, bottom / size.height_mm, wide / size.width_mm, high / size.height_mm))
    ax.set_axis_off()
    drawn = ax.imshow(pixels, aspect="auto", interpolation="antialiased")
    drawn.set_gid("logo")
    return float(wide + 4.0)


def _latin_first(text: str) -> bool:
    """Whether the first letter is not Arabic: the line then reads from the left."""
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and not has_arabic(letters[0])


def draw_lines_of_text(
    figure: Figure,
    paragraphs: Sequence[tuple[str, TextStyle]],
    left: float,
    top: float,
    width: float,
    height: float,
    *,
    words: Wording = ENGLISH,
) -> tuple[float, bool]:
    """
    Set paragraphs under one another in a box, smaller until they fit, and say how small and whether all fitted.

    Returns
    -------
    tuple
        The factor that type was multiplied by (never below what makes it 5 pt), and whether everything was drawn.
    """  # fmt: skip
    paragraphs = [(text, style) for text, style in paragraphs if text]
    if not paragraphs:
        return 1.0, True
    smallest = max(SMALLEST_TYPE_PT / min(style.size_pt for _, style in paragraphs), 0.5)
    factor = 1.0
    while True:
        scaled = [(text, style.at(max(style.size_pt * factor, SMALLEST_TYPE_PT))) for text, style in paragraphs]
        lines = [(wrap(text, style, width), style) for text, style in scaled]
        needed = sum(len(group) * style.size_pt * LEADING * words.leading + BETWEEN_PT for group, style in lines)
        if needed <= height or factor <= smallest:
            break
        factor = max(factor - 0.03, smallest)
    transform = sheet_transform(figure)
    y = top
    whole = True
    for group, style in lines:
        for line in group:
            y -= style.size_pt * LEADING * words.leading
            if y < top - height - 0.5:
                whole = False
                break
            flush = words.rtl or _arabic_line(line)
            draw_text(
                figure, left + width if flush else left, y + 0.2 * style.size_pt, words.line(line), style, transform=transform,
                gid="margin", align="right" if flush else "left",
            )  # fmt: skip
        y -= BETWEEN_PT
    return factor, whole


def _arabic_line(line: str) -> bool:
    """Whether a line reads from the right."""
    return has_arabic(line) and not _latin_first(line)


@dataclass(frozen=True)
class _Legend:
    """A legend laid out: its columns, how wide each is, and the type."""

    groups: list[list[LegendEntry]]
    widths: list[float]
    style: TextStyle
    row: float
    sample: float
    words: Wording

    def label(self, entry: LegendEntry) -> str:
        """An entry's text and count in the figure's language."""
        return replace(entry, text=self.words(entry.text)).label

    def width(self, gap: float) -> float:
        """The whole, with so much white between columns."""
        return sum(self.widths) + gap * max(len(self.widths) - 1, 0)


_LEAST_GAP_PT = 12.0
_PITCHES = (1.75, 1.5)  # from row to row, in sizes of type: closer before smaller


def _laid_out(
    entries: Sequence[LegendEntry], theme: Theme, width: float, height: float, factor: float, words: Wording
) -> _Legend:
    """Even columns, with rows that move together and then type that shrinks to 5 pt before anything is left out."""
    ordered = sorted(entries, key=lambda e: (e.order, e.text))
    size = max(6.6 * factor, SMALLEST_TYPE_PT)
    while True:
        for pitch in _PITCHES:
            legend = _in_columns(ordered, TextStyle(size, theme.ink), pitch, height, words)
            if legend.width(_LEAST_GAP_PT) <= width:
                return legend
        if size <= SMALLEST_TYPE_PT:
            return legend
        size = max(size - 0.2, SMALLEST_TYPE_PT)


def _in_columns(ordered: list[LegendEntry], style: TextStyle, pitch: float, height: float, words: Wording) -> _Legend:
    """Entries in as many columns as the height asks for, all about as long."""
    row = style.size_pt * pitch
    rows = max(int(height / row), 1)
    columns = max(int(np.ceil(len(ordered) / rows)), 1)
    rows = max(int(np.ceil(len(ordered) / columns)), 1)
    sample = 17.0 * max(style.size_pt / 6.6, 0.8)
    groups = [group for i in range(columns) if (group := ordered[i * rows : (i + 1) * rows])]
    legend = _Legend(groups, [], style, row, sample, words)
    return replace(legend, widths=[sample + 5.0 + max(advance(legend.label(e), style) for e in g) for g in groups])


def legend_fits(
    entries: Sequence[LegendEntry], theme: Theme, width: float, height: float, *, words: Wording = ENGLISH
) -> bool:
    """Whether a legend finds room in a box, in the smallest type."""
    return _laid_out(entries, theme, width, height, 0.0, words).width(_LEAST_GAP_PT) <= width


def legend_width(
    entries: Sequence[LegendEntry], theme: Theme, width: float, height: float, *, factor: float = 1.0,
    words: Wording = ENGLISH,
) -> float:  # fmt: skip
    """How much of a width the legend takes when its columns stand as close as they may, in points."""
    return min(_laid_out(entries, theme, width, height, factor, words).width(_LEAST_GAP_PT), width)


def legend_height(
    entries: Sequence[LegendEntry], theme: Theme, width: float, height: float, *, factor: float = 1.0,
    words: Wording = ENGLISH,
) -> float:  # fmt: skip
    """How much of a height the legend takes, in points."""
    legend = _laid_out(entries, theme, width, height, factor, words)
    return legend.row * max(map(len, legend.groups), default=0)


@parts_named("legend-sample")
def draw_legend(
    figure: Figure,
    entries: Sequence[LegendEntry],
    theme: Theme,
    left: float,
    top: float,
    width: float,
    height: float,
    *,
    factor: float = 1.0,
    words: Wording = ENGLISH,
) -> list[LegendEntry]:
    """
    Draw the legend in columns within a box, and give back the entries that found room (all, but on tiny sheets).

    Type shrinks to 5 pt before anything is left out.
    """  # fmt: skip
    legend = _laid_out(entries, theme, width, height, factor, words)
    transform = sheet_transform(figure)
    x = left
    drawn: list[LegendEntry] = []
    count = len(legend.widths)
    spread = min(max((width - sum(legend.widths)) / max(count - 1, 1), 8.0), 24.0) if count > 1 else 0.0
    for group, room in zip(legend.groups, legend.widths, strict=True):
        if x + room > left + width + 1.0:
            break
        for i, entry in enumerate(group):
            y = top - legend.row * (i + 0.5)
            # Mirrored, columns follow from the right edge and each sample stands right of its words.
            at = 2.0 * left + width - x - legend.sample if words.rtl else x
            _draw_handle(figure, entry.handle, at, y, legend.sample, transform)
            ink = ink_of("x", legend.style)
            draw_text(
                figure, at - 5.0 if words.rtl else at + legend.sample + 5.0, y - ink.y1 / 2.0, words.line(legend.label(entry)),
                legend.style, transform=transform, gid="legend", align="right" if words.rtl else "left",
            )  # fmt: skip
            drawn.append(entry)
        x += room + spread
    return drawn


def _draw_handle(
    figure: Figure, handle: tuple[str, Mapping[str, Any]], x: float, y: float, width: float, transform: Any
) -> None:
    """The sample beside a legend's text."""
    kind, look = handle
    middle = x + width / 2.0
    common: dict[str, Any] = {"transform": transform}
    if kind == "marker":
        figure.add_artist(
            Line2D([middle], [y], marker=look["marker"], markersize=look["size"], markerfacecolor=look["face"],
                   markeredgecolor=look["edge"], markeredgewidth=look["width"], linestyle="none", **common)
        )  # fmt: skip
    elif kind == "line":
        if look.get("casing"):
            figure.add_artist(
                Line2D([x, x + width], [y, y], color=look["casing"], linewidth=look["width"] + 1.6, **common)
            )
        figure.add_artist(Line2D([x, x + width], [y, y], color=look["color"], linewidth=look["width"],
                                 linestyle=look.get("style", "solid"), dash_capstyle="butt", **common))  # fmt: skip
    elif kind == "disc":
        figure.add_artist(Circle((middle, y), 4.6, facecolor=look["face"], alpha=0.18, edgecolor="none", **common))
        figure.add_artist(Circle((middle, y), 4.6, facecolor="none", edgecolor=look["face"], linewidth=0.5, **common))
        figure.add_artist(
            Circle((middle, y), 1.7, facecolor=look["rim"], edgecolor=look["face"], linewidth=1.3, **common)
        )
    else:
        height = 6.4
        figure.add_artist(
            Rectangle((x + 1.0, y - height / 2.0), width - 2.0, height, facecolor=look["face"], edgecolor=look["edge"],
                      linewidth=look.get("width", 0.6), linestyle=look.get("style", "solid"), **common)
        )  # fmt: skip
