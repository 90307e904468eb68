"""What stands round the frame: title and summary above; legend, sources and the small print below.

Text is wrapped by the real width of its glyphs and set smaller before it is ever cut; what still does not fit is said
in the figure's findings, never silently lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Rectangle
from matplotlib.transforms import Affine2D

from geoops.core.text import has_arabic, one_line
from geoops.maps.lettering import advance, draw_text, ink_of, wrap
from geoops.maps.symbols import LegendEntry
from geoops.maps.theme import POINTS_PER_MM, SMALLEST_TYPE_PT, Size, TextStyle, Theme

__all__ = ["draw_legend", "draw_lines_of_text", "sheet_transform", "source_lines", "title_block"]


def sheet_transform(figure: Figure) -> Any:
    """Points from the sheet's lower left corner."""
    return Affine2D().scale(1.0 / 72.0) + figure.dpi_scale_trans


def title_block(
    figure: Figure, size: Size, theme: Theme, title: str, subtitle: str, *, draw: bool = True
) -> tuple[float, int]:
    """
    Draw title and summary and give back how many millimetres they take from the top, and how many lines were cut.

    A long title is set smaller, then on up to three lines.
    """
    width = (size.width_mm - 2.0 * size.side_mm) * POINTS_PER_MM
    style = TextStyle(17.0 * size.type_factor, theme.ink, "bold")
    while len(wrap(title, style, width)) > 1 and style.size_pt > 11.0 * size.type_factor:
        style = style.at(style.size_pt - 0.5)
    below = TextStyle(max(8.6 * size.type_factor, SMALLEST_TYPE_PT), theme.secondary)
    lines = wrap(title, style, width) if title else []
    more = wrap(subtitle, below, width) if subtitle else []
    cut = max(len(lines) - 3, 0) + max(len(more) - 3, 0)
    lines, more = lines[:3], more[:3]
    top = size.height_mm * POINTS_PER_MM - size.top_mm * POINTS_PER_MM
    left = size.side_mm * POINTS_PER_MM
    y = top
    transform = sheet_transform(figure)
    for kind, group, look, lead in (("title", lines, style, 1.18), ("subtitle", more, below, 1.36)):
        for line in group:
            y -= look.size_pt * (0.86 if y == top else lead)
            x = left + width - advance(line, look) if has_arabic(line) and not _latin_first(line) else left
            if draw:
                draw_text(figure, x, y, line, look, transform=transform, gid=kind)
        y -= 0.0 if not group else 1.0
    return (size.height_mm * POINTS_PER_MM - y + below.size_pt * 0.35) / POINTS_PER_MM, cut


def _latin_first(text: str) -> bool:
    """Whether the first letter is not Arabic: the line then reads from the left."""
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and not has_arabic(letters[0])


def source_lines(used: Mapping[str, Mapping[str, Any]], extra: Sequence[str] = ()) -> list[str]:
    """
    One text a source: attribution, licence, date, and the layers that are from it, in the order of first use.

    Written from the catalogue's entries; a source that many layers share stands once.
    """
    groups: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for name, entry in used.items():
        named = str(entry.get("attribution") or entry.get("source") or "source not stated")
        who = " and ".join(one_line(line) for line in named.splitlines() if line.strip())
        licence = one_line(str(entry.get("licence") or "licence not stated"))
        titles, dates = groups.setdefault((who, licence), ([], []))
        titles.append(name.replace("_", " "))
        date = one_line(str(entry.get("date") or entry.get("source_date") or ""))
        if date:
            dates.append(date)
    texts = []
    for (who, licence), (titles, dates) in groups.items():
        when = f", {min(dates)[:10]}" + (f" to {max(dates)[:10]}" if max(dates) != min(dates) else "") if dates else ""
        texts.append(f"{', '.join(titles)}: {who.rstrip('.')} ({licence}{when})")
    return [*[one_line(text) for text in extra], *texts]


def draw_lines_of_text(
    figure: Figure,
    paragraphs: Sequence[tuple[str, TextStyle]],
    left: float,
    top: float,
    width: float,
    height: float,
    *,
    align_right: bool,
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
        needed = sum(len(group) * style.size_pt * 1.28 + 2.2 for group, style in lines)
        if needed <= height or factor <= smallest:
            break
        factor = max(factor - 0.03, smallest)
    transform = sheet_transform(figure)
    y = top
    whole = True
    for group, style in lines:
        for line in group:
            y -= style.size_pt * 1.28
            if y < top - height - 0.5:
                whole = False
                break
            flush = align_right or _arabic_line(line)
            draw_text(
                figure, left + width if flush else left, y + 0.2 * style.size_pt, line, style, transform=transform,
                gid="margin", align="right" if flush else "left",
            )  # fmt: skip
        y -= 2.2
    return factor, whole


def _arabic_line(line: str) -> bool:
    """Whether a line reads from the right."""
    return has_arabic(line) and not _latin_first(line)


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
) -> list[LegendEntry]:
    """
    Draw the legend in columns within a box, and give back the entries that found room (all, but on tiny sheets).

    Type shrinks to 5 pt before anything is left out.
    """  # fmt: skip
    ordered = sorted(entries, key=lambda e: (e.order, e.text))
    if not ordered:
        return []
    size = max(6.6 * factor, SMALLEST_TYPE_PT)
    while True:
        style = TextStyle(size, theme.ink)
        row = size * 1.75
        rows = max(int(height / row), 1)
        columns = int(np.ceil(len(ordered) / rows))
        rows = int(np.ceil(len(ordered) / columns))  # even columns
        sample = 17.0 * max(size / 6.6, 0.8)
        groups = [ordered[i * rows : (i + 1) * rows] for i in range(columns)]
        widths = [sample + 5.0 + max(advance(e.label, style) for e in g) for g in groups if g]
        gaps = 12.0 * (len(widths) - 1)
        if sum(widths) + gaps <= width or size <= SMALLEST_TYPE_PT:
            break
        size = max(size - 0.2, SMALLEST_TYPE_PT)
    transform = sheet_transform(figure)
    x = left
    drawn: list[LegendEntry] = []
    spread = min(max((width - sum(widths)) / max(len(widths) - 1, 1), 8.0), 24.0) if len(widths) > 1 else 0.0
    for group, room in zip([g for g in groups if g], widths, strict=True):
        if x + room > left + width + 1.0:
            break
        for i, entry in enumerate(group):
            y = top - row * (i + 0.5)
            _draw_handle(figure, entry.handle, x, y, sample, transform)
            ink = ink_of("x", style)
            draw_text(figure, x + sample + 5.0, y - ink.y1 / 2.0, entry.label, style, transform=transform, gid="legend")
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
