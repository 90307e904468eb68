"""Pinch points on a corridor map: where a journey is held up if one place is closed, and by how many hours.

They come from `geoops.pinch_points`; nothing is computed here. A crossing that the route passes keeps its ring, with the pinch
point's sign in it and the hours in its name, and a site its symbol, so that no place is marked twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
from matplotlib.patches import Circle, Polygon
from matplotlib.path import Path

from geoops.core.errors import InputError
from geoops.core.publication import refuse_unpublished
from geoops.core.text import one_line
from geoops.core.units import format_hours
from geoops.maps.baselabels import draw_labels, town_at
from geoops.maps.candidates import PointLabel
from geoops.maps.lettering import Block
from geoops.maps.mapfigure import MapFigure, Sheet
from geoops.maps.symbols import LegendEntry, SiteMark
from geoops.maps.theme import TextStyle

__all__ = ["Pinch", "draw_pinches", "label_pinches"]

_COLUMNS = ("name", "kind", "extra_h_if_closed")
_SAME_PLACE_PT = 6.0
_LEAST_H = 0.05  # less than three minutes more is no hold-up
RADIUS_PT = 4.4
HOURGLASS = np.array(
    [(-0.8, 1.0), (0.8, 1.0), (0.0, 0.0), (0.8, -1.0), (-0.8, -1.0), (0.0, 0.0)]
)  # no other symbol's outline
_LEFT_TO_RIGHT_MARK = "\u200e"  # the sign stands left of its number in every script


@dataclass(frozen=True)
class Pinch:
    """
    One place on the map.

    Parameters
    ----------
    x, y
        In points of the frame.
    name, cost
        What it is called, or nothing, and what its closing costs, in the figure's language.
    at
        What stands there besides: `crossing`, `site` or nothing.
    """

    x: float
    y: float
    name: str
    cost: str
    at: str = ""

    @property
    def reach(self) -> float:
        """Half of its sign's height, in radii of a sign alone."""
        return {"crossing": 1.4, "site": 0.0}.get(self.at, 1.0)


def draw_pinches(
    figure: MapFigure,
    sheet: Sheet,
    tables: Any,
    crossings: list[tuple[float, float, str]],
    marks: Sequence[SiteMark] = (),
) -> list[Pinch]:
    """
    Draw an hourglass at each place whose closing holds the journey up, and give back what is to be written there.

    Parameters
    ----------
    figure, sheet
        Where.
    tables
        A table of `geoops.pinch_points`, several, or None.
    crossings
        Marks of border passages; one at a pinch point loses its name to it.
    marks
        Sites as they are drawn; a pinch point under the symbol of one is written beside it, without a sign of its own.

    Raises
    ------
    InputError
        Something that is no such table.
    """
    pinches: list[Pinch] = []
    for table in _checked(tables):
        for name, extra, point in zip(table["name"], table["extra_h_if_closed"], table.geometry, strict=True):
            if point is None or point.is_empty or not (float(extra) >= _LEAST_H):  # also what was not computed
                continue
            x, y = (float(v) for v in sheet.panel.points(point.x, point.y)[0])
            if not (0.0 < x < sheet.panel.width_pt and 0.0 < y < sheet.panel.height_pt):
                continue
            if any(np.hypot(x - p.x, y - p.y) < _SAME_PLACE_PT for p in pinches):
                continue
            sign = f"{_LEFT_TO_RIGHT_MARK}+" if figure.words.rtl else "+"
            hours = figure.words.line(f"{sign}{figure.words(format_hours(float(extra)))}")
            said = figure.words("no other way") if np.isinf(extra) else hours
            called = one_line(name) if isinstance(name, str) else ""
            at, x, y = _standing(x, y, crossings, marks)
            called = figure.words.whole.get(called, called)
            if not called and not at:
                called = _town_under(figure, sheet, x, y)
            pinches.append(Pinch(x, y, called, said, at))
    _draw(figure, sheet, [p for p in pinches if p.at != "site"])
    for i, (x, y, _) in enumerate(crossings):
        if any(p.at == "crossing" and (x, y) == (p.x, p.y) for p in pinches):
            crossings[i] = (x, y, "")
    return pinches


def _town_under(figure: MapFigure, sheet: Sheet, x: float, y: float) -> str:
    """A large town whose dot the sign would cover gives the sign its name."""
    languages = tuple(figure.options.languages)
    return town_at(sheet.panel, sheet.base, sheet.keep_clear, (x, y), _SAME_PLACE_PT + 3.0, languages)


def _standing(
    x: float, y: float, crossings: Sequence[tuple[float, float, str]], marks: Sequence[SiteMark]
) -> tuple[str, float, float]:
    """What already stands where a pinch point lies, and where that is."""
    for mark in marks:
        if mark.how in {"exact", "near"} and np.hypot(x - mark.x, y - mark.y) < mark.symbol + RADIUS_PT:
            return "site", mark.x, mark.y
    for a, b, _ in crossings:
        if np.hypot(x - a, y - b) < 2.0 * _SAME_PLACE_PT:
            return "crossing", a, b
    return "", x, y


def _draw(figure: MapFigure, sheet: Sheet, pinches: list[Pinch]) -> None:
    """The hourglasses, in a ring where the route passes a border, and their legend entry."""
    theme, radius = figure.theme, _radius(figure)
    for p in pinches:
        common: dict[str, Any] = {"transform": sheet.panel.ax.transFrame}
        ring = p.at == "crossing"
        signs: list[Any] = [
            Circle((p.x, p.y), radius * 1.4 + 1.2, facecolor=theme.halo, edgecolor="none", zorder=8.3, **common),
            Circle((p.x, p.y), radius * 1.4, facecolor=theme.halo, edgecolor=theme.route, linewidth=1.3, zorder=8.4, **common),
        ] if ring else []  # fmt: skip
        glass = HOURGLASS * radius * (0.72 if ring else 1.0) + (p.x, p.y)
        if not ring:
            signs.append(
                Polygon(glass, facecolor=theme.halo, edgecolor=theme.halo, linewidth=2.4, joinstyle="round", zorder=8.5, **common)
            )  # fmt: skip
        signs.append(Polygon(glass, facecolor=theme.route, edgecolor="none", zorder=8.6, **common))
        for sign in signs:
            sign.set_gid("pinch-point")
            sheet.panel.ax.add_artist(sign)
        r = radius * p.reach + 0.6
        sheet.labeller.block((p.x - r, p.y - r, p.x + r, p.y + r))
        sheet.labeller.symbols.append((p.x, p.y, r))
    if pinches:
        look = {"marker": Path(HOURGLASS), "size": 7.2, "face": theme.route, "edge": "none", "width": 0.0}
        words = "Pinch point, with the hours more if it is closed"
        figure.add_legend([LegendEntry(words, ("marker", look), len(pinches), 9.6)])


def _radius(figure: MapFigure) -> float:
    """Half of an hourglass's height on this sheet."""
    return RADIUS_PT * max(figure.factor, 0.85)


def label_pinches(figure: MapFigure, sheet: Sheet, pinches: list[Pinch]) -> None:
    """What closing each costs, beside it."""
    theme, radius = figure.theme, _radius(figure)
    style = TextStyle(max(7.0 * figure.factor, 5.0), theme.route, "bold", halo_pt=2.2, halo=theme.halo)
    small = style.at(max(6.4 * figure.factor, 5.0))
    requests = [
        PointLabel(
            Block([(p.name, small), (p.cost, style)] if p.name else [(p.cost, style)]), p.x, p.y, radius * (p.reach or 1.0) + 0.6, 6.0,
            required=True, kind="pinch", key=f"{p.name} {p.cost}", gap=1.6,
        )
        for p in pinches
    ]  # fmt: skip
    draw_labels(sheet.panel, sheet.labeller.place_points(requests), theme, gid="label-pinch", zorder=21.0)


def _checked(tables: Any) -> list[gpd.GeoDataFrame]:
    """A list of tables, or an error that says what came."""
    if tables is None:
        return []
    items = [tables] if isinstance(tables, gpd.GeoDataFrame) or not isinstance(tables, Iterable) else list(tables)
    for item in items:
        lacks = [c for c in _COLUMNS if c not in item] if isinstance(item, gpd.GeoDataFrame) else list(_COLUMNS)
        if lacks:
            msg = (
                f"pinch_points: expected tables of geoops.pinch_points; {type(item).__name__} lacks {', '.join(lacks)}"
            )
            raise InputError(msg)
        refuse_unpublished(item, "pinch_points")
    return [item.to_crs("EPSG:4326") if item.crs is not None else item for item in items]
