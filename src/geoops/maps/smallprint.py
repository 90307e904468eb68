"""The band under the map: the legend at the left, and the small print at the right, which always fits.

Notes, projection, disclaimer and map number have the right of way; the credits take what is left, in smaller type and
then in shorter words, and the figure's findings say where something was shortened. Nothing is silently cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from geoops.core.text import one_line
from geoops.maps.canvas import describe_crs
from geoops.maps.credits import LEVELS, SHORTENED_FROM, credit_lines
from geoops.maps.lettering import wrap
from geoops.maps.lint import Finding
from geoops.maps.margin import (
    BETWEEN_PT,
    LEADING,
    draw_legend,
    draw_lines_of_text,
    legend_fits,
    legend_height,
    legend_width,
)
from geoops.maps.options import DISCLAIMER
from geoops.maps.theme import POINTS_PER_MM, SMALLEST_TYPE_PT, Size, TextStyle
from geoops.maps.typefaces import check_glyphs

if TYPE_CHECKING:
    from geoops.maps.mapfigure import MapFigure

__all__ = ["MARGIN_FINDINGS", "draw_margin", "notes_mm"]

MARGIN_FINDINGS = frozenset({"legend-cut", "credits-shortened", "margin-cut"})
"""Codes of what the margin may find wrong with itself."""

Paragraph = tuple[str, TextStyle]

COMFORTABLE_PT = 5.2  # type shrinks to this before credits are shortened; below it only before something is cut
_COLUMN_GAP_PT = 16.0
_COARSE_MM = 3.0  # a reader would take what is drawn for the place itself
_COURSES = ("roads", "railways", "rivers", "water", "boundaries")


def draw_margin(figure: MapFigure, notes: Sequence[str]) -> None:
    """
    Draw legend and small print, and note in the figure what found no room.

    Parameters
    ----------
    figure
        With its legend gathered, and its reader knowing what was drawn.
    notes
        What stands first, in bold: a paragraph each, its sentences on lines of their own.
    """
    size, theme, factor = figure.size, figure.theme, figure.factor
    pt = POINTS_PER_MM
    left, width = size.side_mm * pt, (size.width_mm - 2.0 * size.side_mm) * pt
    above, below, levels = _words(figure, notes)
    words = figure.words
    # The legend in its usual type; where the credits would then lose something, in smaller type, and at last with less white
    # above and below.
    for shrink, white in (
        ((1.0, 1.0), (1.0, 0.8)) if size.stacked else ((1.0, 1.0), (0.93, 1.0), (0.86, 1.0), (1.0, 0.8))
    ):
        legend_factor = factor * shrink
        top = (figure.band_mm - 3.2 * white * max(factor, 0.9)) * pt
        height = top - 4.2 * white * pt
        if size.stacked:
            share = _stacked_legend(figure, width, height)
            legend_box = (left, top, width, share)
            # The small print follows the last entry; it does not wait for the end of the legend's share.
            taken = min(legend_height(figure.legend, theme, width, share, factor=factor, words=words) + 5.0, share)
            text_box = (left, top - taken - 3.0, width, height - taken - 3.0)
        else:
            # What the legend does not need is the small print's, up to half of the band; a crowded one takes more than its share.
            share = 0.60 if legend_fits(figure.legend, theme, width * 0.60 - 10.0, height, words=words) else 0.70
            needed = legend_width(figure.legend, theme, width * share - 10.0, height, factor=legend_factor, words=words)
            column = float(np.clip(width - needed - _COLUMN_GAP_PT, (1.0 - share) * width, 0.50 * width))
            legend_box = (left + (column + 10.0 if words.rtl else 0.0), top, width - column - 10.0, height)
            text_box = (left if words.rtl else left + width - column, top, column, height)
        paragraphs, level = _fitted(above, below, levels, text_box[2], text_box[3] / words.leading)
        if level < SHORTENED_FROM:
            break
    figure.legend_drawn = draw_legend(figure.fig, figure.legend, theme, *legend_box, factor=legend_factor, words=words)
    missing = [entry.text for entry in figure.legend if entry not in figure.legend_drawn]
    if missing:
        what = f"the legend has no room for {', '.join(missing)}"
        figure.problems.append(Finding("legend-cut", what, "take a larger size, or fewer layers"))
    _, whole = draw_lines_of_text(figure.fig, paragraphs, *text_box, words=words)
    if level >= SHORTENED_FROM:
        what = "the credits are shortened, as the margin has no room for all; the manifest has them in full"
        figure.problems.append(Finding("credits-shortened", what, "take a larger size, or fewer layers"))
    if not whole:
        what = "the margin has no room for all notes at 5 pt"
        figure.problems.append(Finding("margin-cut", what, "take a larger size, or fewer notes"))
    figure.has_sources, figure.has_disclaimer = bool(levels[0]), any(text == _disclaimer(figure) for text, _ in below)


def coarse_words(figure: MapFigure) -> list[str]:
    """Which layers of the base are drawn larger than their positions bear, by how far half of what is shown may be off."""
    sheet = figure.sheets[0]
    doubts = {
        name: sheet.base.doubt_m[name] for name in _COURSES if name in sheet.base.doubt_m and name in sheet.base.counts
    }
    if sheet.towns and sheet.base.places is not None and "uncertainty_m" in sheet.base.places:
        doubts["places"] = float(sheet.base.places["uncertainty_m"].astype(float).median())
    mm = {name: metres / sheet.panel.metres_per_pt / POINTS_PER_MM for name, metres in doubts.items()}
    coarse = [
        f"{'towns' if name == 'places' else name} ±{doubts[name] / 1000.0:.2g} km ({mm[name]:.0f} mm here)"
        for name in doubts
        if mm[name] >= _COARSE_MM
    ]
    if len(coarse) > 1:
        coarse = [", ".join(coarse[:-1]) + f" and {coarse[-1]}"]
    return [f"Coarse for this scale: {text}." for text in coarse]


def notes_mm(figure: MapFigure, notes: Sequence[str]) -> float:
    """How high notes are where they stand across the whole sheet."""
    style = TextStyle(max(5.8 * figure.factor, 5.0), figure.theme.ink, "bold")
    width = (figure.size.width_mm - 2.0 * figure.size.side_mm) * POINTS_PER_MM
    lines = sum(len(wrap(_said(figure, note), style, width)) for note in notes)
    return lines * style.size_pt * LEADING * figure.words.leading / POINTS_PER_MM


def _said(figure: MapFigure, note: str) -> str:
    """A note in the figure's language, its lines one after another as sentences of one paragraph."""
    return " ".join(one_line(figure.words(line)) for line in note.split("\n"))


def _disclaimer(figure: MapFigure) -> str:
    """The caller's, the theme's, or the one on names and boundaries; and whose view of borders is drawn."""
    options = figure.options
    words = figure.theme.disclaimer or figure.words(DISCLAIMER) if options.disclaimer is None else options.disclaimer
    view = str(figure.reader.used.get("boundaries", {}).get("worldview_words", ""))
    return f"{words} {figure.words(view)}" if words and view else words


def _words(figure: MapFigure, notes: Sequence[str]) -> tuple[list[Paragraph], list[Paragraph], list[str]]:
    """What stands before the credits, what after them, and the credits from the fullest to the shortest."""
    options, theme, say = figure.options, figure.theme, figure.words
    small = TextStyle(max(5.8 * figure.factor, 5.0), theme.secondary)
    strong = TextStyle(small.size_pt, theme.ink, "bold")
    panel = figure.sheets[0].panel
    denominator = panel.metres_per_pt * 72.0 / 0.0254
    digits = 10.0 ** (np.floor(np.log10(denominator)) - 1)
    scale = f"Scale 1:{round(denominator / digits) * digits:,.0f} at {_sheet_name(figure.size)}."
    last = [
        say(f"Map {options.map_number}") if options.map_number else "",
        say(f"version {options.version}") if options.version else "",
        say(f"as of {options.date}") if options.date else "",
        options.producer or theme.producer or say("made with geoops"),
    ]
    above = [(_said(figure, note), strong) for note in notes]
    above += [(one_line(note), strong) for note in options.notes]
    above += [(one_line(say(note)), strong) for note in coarse_words(figure)]
    below = [
        (say(f"{describe_crs(panel.crs)}. {scale}"), small),
        (_disclaimer(figure), small),
        (" · ".join(part for part in last if part), small),
    ]
    levels = []
    for level in range(LEVELS):
        texts = credit_lines(figure.reader.used, options.sources, level=level, words=say)
        levels.append(
            say("Sources.") + " " + ". ".join(text[:1].upper() + text[1:].rstrip(".") for text in texts) + "."
            if texts
            else ""
        )
    for text in (*(text for text, _ in (*above, *below)), levels[0]):
        check_glyphs(text, what="margin text")
    return above, [(text, style) for text, style in below if text], levels


def _fitted(
    above: list[Paragraph], below: list[Paragraph], levels: Sequence[str], width: float, height: float
) -> tuple[list[Paragraph], int]:
    """The paragraphs with the fullest credits that fit, in type no smaller than needed, and which version it is."""
    natural = below[-1][1].size_pt
    comfortable = min(natural, COMFORTABLE_PT)
    shrunk = [*np.arange(natural, comfortable, -0.1), comfortable]
    # In small type before in fewer words; and only then in the smallest type.
    tries = [(level, size) for level in range(SHORTENED_FROM) for size in shrunk]
    tries += [(level, SMALLEST_TYPE_PT) for level in range(SHORTENED_FROM)]
    tries += [(level, size) for level in range(SHORTENED_FROM, len(levels)) for size in (comfortable, SMALLEST_TYPE_PT)]
    paragraphs: list[Paragraph] = []
    for level, size in tries:
        credited = [(levels[level], below[-1][1])] if levels[level] else []
        paragraphs = [(text, style.at(float(size))) for text, style in (*above, *credited, *below)]
        if _height_of(paragraphs, width) <= height:
            return paragraphs, level
    # Even without credits there is too little room: what has the right of way stands first, and the rest is cut.
    return [*paragraphs[: len(above)], *paragraphs[len(above) + bool(levels[-1]) :], *credited], len(levels) - 1


def _height_of(paragraphs: Sequence[Paragraph], width: float) -> float:
    """How high paragraphs are, as `draw_lines_of_text` sets them."""
    return sum(len(wrap(text, style, width)) * style.size_pt * LEADING + BETWEEN_PT for text, style in paragraphs)


def _stacked_legend(figure: MapFigure, width: float, height: float) -> float:
    """How much of the band's height the legend takes where the small print stands under it."""
    for share in (0.40, 0.46, 0.52, 0.58):
        needed = legend_width(
            figure.legend, figure.theme, width, height * share, factor=figure.factor, words=figure.words
        )
        if needed < width:
            return height * share
    return height * 0.52


def _sheet_name(size: Size) -> str:
    """The sheet as a reader knows it."""
    if size.name.startswith(("a4", "a3")):
        return size.name[:2].upper()
    if size.ends_with_text:
        return f"a width of {size.width_mm:g} mm"
    return f"{size.width_mm:g} × {size.height_mm:g} mm"
