"""Journeys in words: the table beside a corridor map, what it assumes, and one sentence a journey for the description."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from geoops.core.text import one_line
from geoops.core.types import Corridor
from geoops.core.units import format_hours, format_km, format_share
from geoops.maps.lettering import wrap
from geoops.maps.lint import Finding
from geoops.maps.mapfigure import MapFigure
from geoops.maps.margin import BETWEEN_PT, LEADING, draw_lines_of_text
from geoops.maps.tables import Column, draw_table
from geoops.maps.theme import POINTS_PER_MM, TextStyle

__all__ = ["assumptions_of", "draw_journeys", "in_words", "room_for_locator"]

_LOCATOR_PT = 130.0 * 0.82 + 10.0  # height of the inset under the table, with its white, on A4


def in_words(c: Corridor) -> str:
    """One corridor as a sentence."""
    if c.status != "found":
        return f"{c.name}: no way ({c.reason or 'none found'})."
    across = _crossing_names(c)
    return (
        f"{c.name}: {format_hours(c.hours)}, {format_km(c.distance_km)}"
        + (f", across {across}" if across else "")
        + "."
    )


def _crossing_names(c: Corridor) -> str:
    """Where the route passes borders, in order."""
    if c.crossings is None or not len(c.crossings):
        return ""
    names = []
    for _, row in c.crossings.iterrows():
        name = row.get("name")
        pair = "–".join(str(row.get(k)) for k in ("country_a", "country_b") if isinstance(row.get(k), str))
        names.append(str(name) if isinstance(name, str) and name else f"the border {pair}".strip())
    return "; ".join(names)


def assumptions_of(corridors: Sequence[Corridor]) -> list[str]:
    """What the corridors themselves say they assume, each once."""
    texts: list[str] = []
    for c in corridors:
        inner = c.attrs.get("friction")
        value = c.attrs.get("assumptions") or (inner.get("assumptions") if isinstance(inner, Mapping) else None) or ()
        for text in [value] if isinstance(value, str) else list(value):
            if one_line(str(text)) not in texts:
                texts.append(one_line(str(text)))
    return [t if t.endswith(".") else f"{t}." for t in texts]


def _range(low: float, high: float) -> str:
    """Bounds in the unit that the shorter of them reads best in."""
    if low < 0.95:
        return f"{low * 60:.0f} to {high * 60:.0f}"
    return f"{low:.1f} to {high:.1f}"


def room_for_locator(figure: MapFigure, corridors: Sequence[Corridor], height_mm: float) -> bool:
    """Whether table and assumptions beside the map, about as they will be set, leave the locator its room under them."""
    body = TextStyle(max(6.2 * figure.factor, 5.0), figure.theme.secondary)
    width = figure.side_mm * POINTS_PER_MM - 8.0 * POINTS_PER_MM
    lines = sum(len(wrap(figure.words(t), body, width)) for t in assumptions_of(corridors))
    table = (45.0 + 24.0 * len(corridors)) * figure.factor
    spoken = (
        lines * body.size_pt * LEADING + len(assumptions_of(corridors)) * BETWEEN_PT
    ) * figure.words.leading + 30.0
    return table + spoken + _LOCATOR_PT * figure.factor < height_mm * POINTS_PER_MM


def draw_journeys(
    figure: MapFigure,
    corridors: Sequence[Corridor],
    rect: tuple[float, float, float, float],
    panels: Sequence[int] = (),
) -> None:
    """The corridors beside the map: hours with bounds, kilometres, share on roads, where borders are passed; `panels` number them."""
    rows = []
    say = figure.words
    for number, c in enumerate(corridors):
        panel = f"{panels[number]}  " if panels else ""
        if c.status != "found":
            rows.append([f"{panel}{say.maybe(c.name)}\n{say('no way: ' + (c.reason or 'none found'))}", "–", "–", "–"])
            continue
        across = _crossing_names(c)
        bounds = (
            f"\n{say.maybe(_range(c.hours_low, c.hours_high))}"
            if np.isfinite([c.hours_low, c.hours_high]).all()
            else ""
        )
        roads = format_share(c.road_share).replace("%", " %")
        rows.append(
            [
                panel + say.maybe(c.name) + (f"\n{say('across ' + across)}" if across else ""),
                say(format_hours(c.hours)) + bounds,
                say(format_km(c.distance_km)),
                roads,
            ]
        )
    columns = [
        Column("From, to", 2.5),
        Column("Time", 1.0, right=True),
        Column("Length", 0.95, right=True),
        Column("On roads", 0.8, right=True),
    ]
    height, pt = rect[3], POINTS_PER_MM
    x, top, room = figure.beside(rect, 8.0)
    used, lost = draw_table(
        figure.fig,
        columns,
        rows,
        figure.theme,
        x,
        top,
        room,
        height * pt,
        title="Fastest journeys",
        factor=figure.factor,
        foot="Under the time: its range, from how surely both ends are placed.",
        words=say,
    )
    assumptions = assumptions_of(corridors)
    if assumptions and height * pt - used > 60.0:
        bold = TextStyle(max(6.6 * figure.factor * 1.12, 5.0), figure.theme.ink, "bold")
        body = TextStyle(max(6.2 * figure.factor, 5.0), figure.theme.secondary)
        locator = _LOCATOR_PT * figure.factor if figure.locator_beside else 0.0
        box = (x, top - used - 14.0, room, height * pt - used - 14.0 - locator)
        _, whole = draw_lines_of_text(
            figure.fig, [(say("What this assumes"), bold), *((say(t), body) for t in assumptions)], *box, words=say
        )
        if not whole:
            what = "the margin has no room for all that the journeys assume"
            figure.problems.append(Finding("table-cut", what, "take a larger size"))
    if lost:
        what = f"{lost} corridor{'s' if lost != 1 else ''} found no room in the table"
        figure.problems.append(Finding("table-cut", what, "take a larger size, or fewer corridors"))
