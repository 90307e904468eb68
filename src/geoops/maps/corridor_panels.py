"""Corridors side by side: one panel an assumption, such as who may pass a border, all of one place and at one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import shapely

from geoops.core.geodesy import Region
from geoops.core.types import Corridor
from geoops.maps.bands import draw_bands
from geoops.maps.compose import concerned_countries, draw_layers, put_sites
from geoops.maps.lettering import draw_text, shorten
from geoops.maps.mapfigure import MapFigure
from geoops.maps.routes import draw_badges, draw_crossings, draw_routes, label_crossings
from geoops.maps.sitenames import label_sites
from geoops.maps.symbols import LegendEntry, SiteMark
from geoops.maps.theme import POINTS_PER_MM, TextStyle

__all__ = ["MOST_PANELS", "corridor_panels"]

MOST_PANELS = 4
_GAP_MM = 3.0


def corridor_panels(
    figure: MapFigure, panels: Mapping[str, Sequence[Corridor]], frame: gpd.GeoDataFrame,
    rect: tuple[float, float, float, float], shown: Region, names: Sequence[str], *, asked: bool,
) -> list[SiteMark]:  # fmt: skip
    """Draw each panel with its heading; the marks of the first, which carries scale and locator."""
    from geoops.maps.margin import sheet_transform

    left, bottom, width, height = rect
    west, south, east, north = shown
    # Beside each other where that leaves them larger, given the shape of what they show.
    shape = (east - west) * 0.82 / max(north - south, 1e-9)
    count = len(panels)
    head = 5.8 * max(figure.factor, 0.8)
    beside = min((width - _GAP_MM * (count - 1)) / count / shape, height - head)
    under = min(width / shape, (height - _GAP_MM * (count - 1)) / count - head)
    columns, rows = (count, 1) if beside >= under else (1, count)
    w = (width - _GAP_MM * (columns - 1)) / columns
    h = (height - _GAP_MM * (rows - 1)) / rows
    bold = TextStyle(max(8.2 * figure.factor, 5.4), figure.theme.ink, "bold")
    transform = sheet_transform(figure.fig)
    first: list[SiteMark] = []
    for number, (heading, corridors) in enumerate(panels.items()):
        row, column = divmod(number, columns)
        across = columns - 1 - column if figure.words.rtl else column  # the first stands where reading begins
        x, y = left + across * (w + _GAP_MM), bottom + height - (row + 1) * h - row * _GAP_MM
        sheet = figure.add_panel((x, y, w, h - head), shown, graticule=False)
        found = [c for c in corridors if c.status == "found" and not shapely.is_empty(c.route)]
        draw_bands(figure, sheet, found)
        draw_layers(figure, sheet, names, asked=asked, counts=False)
        routes = draw_routes(figure, sheet, found)
        crossings = draw_crossings(figure, sheet, found)
        marks = put_sites(figure, sheet, frame)
        if number == 0:
            figure.furnish(sheet, concerned_countries(sheet, marks))
            first = marks
        label_sites(figure, sheet, marks)
        draw_badges(figure, sheet, found, routes)
        label_crossings(figure, sheet, crossings)
        figure.letter_base(sheet, largest_pt=9.0)
        ends: tuple[tuple[float, Any], ...] = ((x, "left"), (x + w, "right"))
        at, align = ends[1] if figure.words.rtl else ends[0]
        words = figure.words.line(shorten(f"{number + 1}  {figure.words(heading)}", bold, w * POINTS_PER_MM))
        base_y = (y + h - head) * POINTS_PER_MM + 4.2
        draw_text(
            figure.fig, at * POINTS_PER_MM, base_y, words, bold, transform=transform, gid="panel-title", align=align
        )
    # Every panel shows the same places: a sum over panels would count them again.
    figure.legend = [LegendEntry(entry.text, entry.handle, None, entry.order) for entry in figure.legend]
    return first
