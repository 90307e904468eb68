"""Routes on the map: the fastest ways, their badges with hours and kilometres, and where they pass a border."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from matplotlib.collections import LineCollection
from matplotlib.patches import Circle, FancyBboxPatch
from numpy.typing import NDArray

from geoops.core.text import one_line
from geoops.core.types import Corridor
from geoops.core.units import format_hours, format_km
from geoops.maps.bands import add_to_map
from geoops.maps.basedata import thin
from geoops.maps.baselabels import draw_labels
from geoops.maps.candidates import PointLabel
from geoops.maps.canvas import lines_of
from geoops.maps.lettering import Block, draw_text
from geoops.maps.mapfigure import MapFigure, Sheet
from geoops.maps.symbols import LegendEntry
from geoops.maps.theme import TextStyle

__all__ = ["draw_badges", "draw_crossings", "draw_routes", "label_crossings"]


def draw_routes(figure: MapFigure, sheet: Sheet, corridors: Sequence[Corridor]) -> list[list[NDArray[np.float64]]]:
    """The fastest ways with their casing; shared stretches are drawn once over each other."""
    theme = figure.theme
    routes = [lines_of(thin(sheet.panel.to_frame(c.route, margin_pt=0.0))) for c in corridors]
    every = [line for lines in routes for line in lines]
    if every:
        common: dict[str, Any] = {"capstyle": "round", "joinstyle": "round"}
        add_to_map(
            sheet, LineCollection(every, colors=theme.halo, linewidths=3.4, zorder=5.0, **common), "route-casing"
        )
        add_to_map(sheet, LineCollection(every, colors=theme.route, linewidths=1.8, zorder=5.1, **common), "route")
        sheet.labeller.weigh_lines(every, 2.5, width=3.0)
        handle = ("line", {"color": theme.route, "width": 1.8, "casing": theme.halo})
        figure.add_legend(
            [LegendEntry("Fastest way, with hours and kilometres", handle, sum(bool(r) for r in routes), 9.0)]
        )
    return routes


def draw_crossings(figure: MapFigure, sheet: Sheet, corridors: Sequence[Corridor]) -> list[tuple[float, float, str]]:
    """A ring where a route passes a border; the same place once."""
    theme = figure.theme
    marks: list[tuple[float, float, str]] = []
    for c in corridors:
        if c.crossings is None:
            continue
        for _, row in c.crossings.iterrows():
            point = row.geometry
            if point is None or point.is_empty:
                continue
            x, y = (float(v) for v in sheet.panel.points(point.x, point.y)[0])
            inside = 0 < x < sheet.panel.width_pt and 0 < y < sheet.panel.height_pt
            if inside and all(np.hypot(x - a, y - b) > 4.0 for a, b, _ in marks):
                name = row.get("name")
                called = one_line(name) if isinstance(name, str) else ""
                marks.append((x, y, figure.words.whole.get(called, called)))
    for x, y, _ in marks:
        for radius, face, edge, width, order in (
            (4.6, theme.halo, theme.halo, 0.0, 8.0),
            (3.2, theme.halo, theme.route, 1.5, 8.1),
        ):
            ring = Circle(
                (x, y),
                radius,
                facecolor=face,
                edgecolor=edge,
                linewidth=width,
                zorder=order,
                transform=sheet.panel.ax.transFrame,
            )
            ring.set_gid("route-crossing")
            sheet.panel.ax.add_patch(ring)
        sheet.labeller.block((x - 4.6, y - 4.6, x + 4.6, y + 4.6))
        sheet.labeller.symbols.append((x, y, 4.6))
    if marks:
        handle = ("marker", {"marker": "o", "size": 6.0, "face": theme.halo, "edge": theme.route, "width": 1.5})
        figure.add_legend([LegendEntry("Route passes a border", handle, len(marks), 9.5)])
    return marks


def label_crossings(figure: MapFigure, sheet: Sheet, crossings: Sequence[tuple[float, float, str]]) -> None:
    """The names of border passages, where known."""
    theme = figure.theme
    style = TextStyle(max(7.0 * figure.factor, 5.0), theme.route, "bold", halo_pt=2.2, halo=theme.halo)
    requests = [
        PointLabel(Block([(name, style)]), x, y, 4.6, 6.0, required=True, kind="crossing", key=name)
        for x, y, name in crossings
        if name
    ]
    draw_labels(sheet.panel, sheet.labeller.place_points(requests), theme, gid="label-crossing", zorder=21.0)


def draw_badges(
    figure: MapFigure, sheet: Sheet, corridors: Sequence[Corridor], routes: Sequence[Sequence[NDArray[np.float64]]]
) -> None:
    """Hours and kilometres on each route, where no other route runs and nothing is covered."""
    theme, factor = figure.theme, figure.factor
    style = TextStyle(max(7.2 * factor, 5.0), theme.badge_text, "bold")
    pad_x, pad_y = 3.6 * factor, 2.6 * factor
    requests: list[PointLabel] = []
    blocks: dict[int, Block] = {}
    shapes = [shapely.MultiLineString(lines) for lines in routes]  # empty where the sheet shows nothing of a route
    for i, (c, lines) in enumerate(zip(corridors, routes, strict=True)):
        if not lines:
            continue
        line = shapely.LineString(max(lines, key=len))
        others = shapely.union_all([s for j, s in enumerate(shapes) if j != i and not s.is_empty])
        shares = np.linspace(0.12, 0.88, 39)
        points = shapely.line_interpolate_point(line, shares, normalized=True)
        alone = shapely.distance(points, others) > 14.0 if not others.is_empty else np.ones(len(points), dtype=bool)
        order = np.lexsort((np.abs(shares - 0.5), ~alone))
        anchors = shapely.get_coordinates(points[order])
        words = figure.words(f"{format_hours(c.hours)} · {format_km(c.distance_km)}")
        text, padded = Block([(words, style)]), Block([(words, style)])
        blocks[i] = text
        padded.width, padded.height = text.width + 2 * pad_x, text.height + 2 * pad_y
        requests.append(
            PointLabel(padded, float(anchors[0, 0]), float(anchors[0, 1]), 0.0, 8.0 - 0.1 * i, required=True, kind="badge", key=str(i), gap=3.0,
                       centre_ok=True, anchors=anchors[:24])
        )  # fmt: skip
    transform = sheet.panel.ax.transFrame
    for label in sheet.labeller.place_points(requests):
        x0, y0, x1, y1 = label.box
        ground = FancyBboxPatch(
            (x0 + 1.5, y0 + 1.5), x1 - x0 - 3.0, y1 - y0 - 3.0, boxstyle="round,pad=1.5,rounding_size=1.8", facecolor=theme.route,
            edgecolor=theme.halo, linewidth=0.8, zorder=20.0, transform=transform, mutation_aspect=1.0,
        )  # fmt: skip
        ground.set_gid("badge")
        sheet.panel.ax.add_patch(ground)
        text = blocks[int(label.request.key)]
        for (x, y), (words, look) in zip(text.origins(x0 + pad_x, y0 + pad_y, 0.5), text.lines, strict=True):
            draw_text(sheet.panel.ax, x, y, words, look, transform=transform, zorder=21.0, gid="label-badge")
        if label.leader is not None:
            add_to_map(
                sheet,
                LineCollection([[label.leader[:2], label.leader[2:]]], colors=theme.route, linewidths=0.8, zorder=12.0),
                "badge-leader",
            )
