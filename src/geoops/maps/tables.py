"""A small table beside a map: set in type, aligned, as wide as its words, and smaller before anything is cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from geoops.core.text import has_arabic
from geoops.maps.lettering import advance, draw_text, shorten, wrap
from geoops.maps.margin import sheet_transform
from geoops.maps.theme import SMALLEST_TYPE_PT, TextStyle, Theme
from geoops.maps.vectorlayers import parts_named
from geoops.maps.wording import ENGLISH, Wording

__all__ = ["Column", "draw_table"]


@dataclass(frozen=True)
class Column:
    """
    One column.

    Parameters
    ----------
    head
        What stands above it; wrapped where it is long.
    share
        Of the table's width.
    right
        Whether it is set flush right, as numbers are.
    """

    head: str
    share: float
    right: bool = False


@parts_named("table-rule")
def draw_table(
    figure: Figure,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    theme: Theme,
    left: float,
    top: float,
    width: float,
    height: float,
    *,
    title: str = "",
    factor: float = 1.0,
    foot: str = "",
    words: Wording = ENGLISH,
) -> tuple[float, int]:
    """
    Draw a table in a box given in points of the sheet.

    A cell may have a second line after a line feed; it is set smaller and paler. Cells that are too wide are wrapped
    where they are text and shortened where they are numbers. In a language read from the right the columns follow from the
    right, text is set flush right and numbers flush left.

    Returns
    -------
    tuple
        Height used in points, and how many rows found no room.
    """  # fmt: skip
    transform = sheet_transform(figure)
    title, foot = words(title), words(foot)
    columns = [replace(column, head=words(column.head)) for column in columns]
    if words.rtl:
        columns, rows = columns[::-1], [row[::-1] for row in rows]
    size = max(6.6 * factor, SMALLEST_TYPE_PT)
    total = sum(column.share for column in columns)
    widths = [width * column.share / total for column in columns]
    while True:
        body = TextStyle(size, theme.ink)
        small = TextStyle(max(size * 0.84, SMALLEST_TYPE_PT), theme.secondary)
        head = TextStyle(max(size * 0.92, SMALLEST_TYPE_PT), theme.secondary, "bold")
        longest = max(
            (
                advance(word, head) / (room - 4.0)
                for c, room in zip(columns, widths, strict=True)
                for word in c.head.split()
            ),
            default=0.0,
        )
        if longest > 1.0:
            head = head.at(max(head.size_pt / longest, SMALLEST_TYPE_PT))
        heads = [wrap(column.head, head, room - 4.0) for column, room in zip(columns, widths, strict=True)]
        cells = [
            [
                _cell(text, body, small, room - 4.0, column.right)
                for text, room, column in zip(row, widths, columns, strict=True)
            ]
            for row in rows
        ]
        head_height = max(map(len, heads)) * head.size_pt * 1.2 * words.leading + 3.0
        row_heights = [
            max(sum(style.size_pt * 1.18 * words.leading for _, style in cell) for cell in row) + 3.4 for row in cells
        ]
        title_height = body.size_pt * 1.25 + 7.0 if title else 0.0
        foot_lines = wrap(foot, small, width) if foot else []
        needed = (
            title_height + head_height + sum(row_heights) + len(foot_lines) * small.size_pt * 1.25 * words.leading + 6.0
        )
        if needed <= height or size <= SMALLEST_TYPE_PT:
            break
        size = max(size - 0.2, SMALLEST_TYPE_PT)
    y = top
    if title:
        style = TextStyle(body.size_pt * 1.12, theme.ink, "bold")
        _flush(figure, left, width, y - style.size_pt, title, style, transform, right=words.rtl)
        y -= title_height
    for lines, column, x, room in zip(heads, columns, _lefts(left, widths), widths, strict=True):
        for i, line in enumerate(reversed(lines)):
            level = y - head_height + 4.0 + i * head.size_pt * 1.2 * words.leading
            _flush(figure, x, room - 2.0, level, line, head, transform, right=column.right != words.rtl)
    y -= head_height
    _rule(figure, left, width, y, theme.ink, 0.6, transform)
    lost = 0
    for row, row_height in zip(cells, row_heights, strict=True):
        if y - row_height < top - height:
            lost += 1
            continue
        for cell, column, x, room in zip(row, columns, _lefts(left, widths), widths, strict=True):
            level = y - 1.6
            for text, style in cell:
                level -= style.size_pt * 1.18 * words.leading
                right = column.right != words.rtl or (has_arabic(text) and not text[:1].isascii() and not words.rtl)
                _flush(figure, x, room - 2.0, level + style.size_pt * 0.24, text, style, transform, right=right)
        y -= row_height
        _rule(figure, left, width, y, theme.admin1, 0.3, transform)
    for line in foot_lines:
        y -= small.size_pt * 1.25 * words.leading
        _flush(figure, left, width, y - 2.0, line, small, transform, right=words.rtl)
    return top - y, lost


def _flush(
    figure: Figure, left: float, width: float, y: float, text: str, style: TextStyle, transform: object, *, right: bool
) -> None:
    """A line at one edge of its room."""
    at = left + width - advance(text, style) if right else left
    draw_text(figure, at, y, text, style, transform=transform, gid="table")


def _lefts(left: float, widths: Sequence[float]) -> list[float]:
    """Where each column starts."""
    places = [left]
    for width in widths[:-1]:
        places.append(places[-1] + width)
    return places


def _cell(text: str, body: TextStyle, small: TextStyle, width: float, right: bool) -> list[tuple[str, TextStyle]]:
    """The lines of a cell."""
    first, _, second = text.partition("\n")
    lines = [(shorten(first, body, width), body)] if right else [(line, body) for line in wrap(first, body, width)[:3]]
    if second:
        lines += (
            [(shorten(second, small, width), small)]
            if right
            else [(line, small) for line in wrap(second, small, width)[:3]]
        )
    return lines or [("", body)]


def _rule(figure: Figure, left: float, width: float, y: float, color: str, thickness: float, transform: object) -> None:
    """A line across the table."""
    figure.add_artist(Line2D([left, left + width], [y, y], color=color, linewidth=thickness, transform=transform))
