"""Where a sheet ends: a journal's column goes on under its small print, and white left there would be cut off by hand.

Sheets of a fixed form (A4, slides, squares) keep theirs. Everything keeps its distance from the upper edge.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from geoops.maps.theme import MM_PER_INCH, POINTS_PER_MM

if TYPE_CHECKING:
    from geoops.maps.mapfigure import MapFigure

__all__ = ["Paper", "end_sheet", "make_whole", "same_height"]

_BELOW_PT = 3.2  # from the middle of a legend's last line to the lower edge of its sample


class Paper(Figure):
    """A sheet whose foot may be cut off; `shift` is by how much, in inches, what stands on it lies lower for that."""

    def __init__(self, inches: tuple[float, float], color: str) -> None:
        self.shift = Affine2D()
        super().__init__(figsize=inches, facecolor=color)


def make_whole(figure: MapFigure) -> None:
    """Give back what was cut off, before the margin is drawn anew."""
    _cut_to(figure, figure.whole.height_mm)


def end_sheet(figure: MapFigure) -> None:
    """Cut a sheet that ends with its text below the lowest of it, by whole millimetres; other sheets stay as they are."""
    if figure.size.ends_with_text:
        lowest = min(
            (artist.get_position()[1] - _BELOW_PT for artist in figure.margin if isinstance(artist, Text)), default=0.0
        )
        spare = int(max(lowest / POINTS_PER_MM - figure.size.side_mm, 0.0))
        _cut_to(figure, max(figure.whole.height_mm - spare, figure.least_mm))


def same_height(figures: tuple[MapFigure, ...]) -> None:
    """Pages of a series end where the longest of them does: frames of a film have one size."""
    ending = [figure for figure in figures if figure.size.ends_with_text]
    highest = max((figure.size.height_mm for figure in ending), default=0.0)
    for figure in ending:
        figure.least_mm = highest
        _cut_to(figure, max(highest, figure.size.height_mm))


def _cut_to(figure: MapFigure, height_mm: float) -> None:
    """Make a sheet so high, what stands on it moving with the upper edge."""
    old, down = figure.size.height_mm, figure.size.height_mm - height_mm
    if not down:
        return
    figure.size = replace(figure.size, height_mm=height_mm)
    figure.band_mm -= down
    figure.fig.shift.translate(0.0, -down / MM_PER_INCH)
    for ax in figure.fig.axes:
        left, bottom, width, height = ax.get_position(original=True).bounds
        ax.set_position((left, (bottom * old - down) / height_mm, width, height * old / height_mm))
    for sheet in figure.sheets:
        left, bottom, width, height = sheet.panel.rect_mm
        sheet.panel.rect_mm = (left, bottom - down, width, height)
    figure.fig.set_size_inches(*figure.size.inches)
