"""The author's remarks of a brief onto a figure: `[[figures.notes]]` become callouts, arrows, numbers, brackets and dated areas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import shapely

if TYPE_CHECKING:
    from geoops.maps.mapfigure import MapFigure
    from geoops.report.brief import Note

__all__ = ["add_notes"]


def add_notes(figure: MapFigure, notes: Sequence[Note]) -> None:
    """
    Draw the notes in their order; numbers share one key and follow the others.

    Raises
    ------
    InputError
        A place that is not on the map, or a letter that no font has.
    """
    for note in notes:
        if note.kind == "area" and note.area is not None:
            figure.dated_area(shapely.Polygon(note.area), note.text, date=note.date, source=note.source)
    for note in notes:
        if note.at is None:
            continue
        if note.kind == "callout":
            figure.callout(note.at, note.text)
        elif note.kind == "arrow" and note.to is not None:
            figure.arrow(note.at, note.to, note.text)
        elif note.kind == "bracket" and note.to is not None:
            figure.bracket(note.at, note.to, note.text)
    numbers = [(note.at, note.text) for note in notes if note.kind == "number" and note.at is not None]
    if numbers:
        figure.numbered(numbers)
