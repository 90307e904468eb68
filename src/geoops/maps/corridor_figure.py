"""The corridor map: how easily one gets from place to place, and along which way.

Bands show where a journey takes a few per cent longer than the fastest, each with an edge that can be read off; the
fastest way carries its hours and kilometres. It is a model of ease of travel, and says so in the margin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Unpack

import geopandas as gpd
import numpy as np
import shapely
import xarray as xr
from matplotlib.collections import LineCollection
from matplotlib.patches import Circle, FancyBboxPatch
from numpy.typing import NDArray

from geoops.core.errors import InputError
from geoops.core.geodesy import Region
from geoops.core.schema import SitesLike
from geoops.core.text import one_line
from geoops.core.types import Corridor
from geoops.core.units import format_hours, format_km
from geoops.maps.bands import add_to_map, draw_bands, draw_ensemble
from geoops.maps.basedata import Reader, thin
from geoops.maps.canvas import lines_of
from geoops.maps.compose import (
    LayersArgument,
    checked_region,
    concerned_countries,
    draw_layers,
    listed,
    put_sites,
    ready_sites,
    split_layers,
)
from geoops.maps.figures import describe
from geoops.maps.labels import PointLabel
from geoops.maps.lettering import Block, draw_text
from geoops.maps.mapfigure import MapFigure, Sheet
from geoops.maps.margin import draw_lines_of_text
from geoops.maps.options import Margin, Options
from geoops.maps.sitenames import label_sites
from geoops.maps.symbols import LegendEntry
from geoops.maps.tables import Column, draw_table
from geoops.maps.theme import POINTS_PER_MM, Size, TextStyle, Theme

__all__ = ["corridor_map"]

MODELLED = "Modelled ease of travel, not observed movement."


def corridor_map(
    corridors: Corridor | Sequence[Corridor],
    *,
    sites: SitesLike | None = None,
    ensemble: xr.DataArray | None = None,
    title: str | None = None,
    subtitle: str | None = None,
    date: str | None = None,
    layers: LayersArgument = None,
    region: Region | None = None,
    theme: str | Theme = "report",
    size: str | Size = "a4-landscape",
    languages: tuple[str, ...] = ("en",),
    **margin: Unpack[Margin],
) -> MapFigure:
    """
    Map corridors with their fastest routes, hours and kilometres, and where they pass a border.

    Parameters
    ----------
    corridors
        One Corridor or several. Where several overlap, each place shows the smallest share by which a journey through
        it is longer. One without a way is named in the table with its reason.
    sites
        Places to name; the ends of the routes by default.
    ensemble
        Probability (0 to 1) that a cell lies in the corridor, with a CRS; drawn instead of the bands.
    title, subtitle, date, layers, region, theme, size, languages
        As in `sites_map`. By default border crossings are drawn, as far as the catalogue has them.
    **margin
        See `Margin`.

    Returns
    -------
    MapFigure
        With `.fig`, `.ax`, `.save(path)`, `.check()` and `.manifest`.

    Raises
    ------
    InputError
        No corridor, or something that is not one.
    """
    every = _checked(corridors)
    options = Options(title, subtitle, date, theme, size, tuple(languages), **margin)
    found = [c for c in every if c.status == "found" and not shapely.is_empty(c.route)]
    frame = ready_sites(_ends(found or every) if sites is None else sites, languages=options.languages)
    given, names, asked = split_layers(layers, ("border_crossings",))
    figure = MapFigure("corridor", options, Reader(given, options.catalog))
    figure.side_mm = 0.0 if figure.size.stacked or figure.size.width_mm < 170 else 66.0 * figure.factor
    figure.locator_beside = bool(figure.side_mm)
    more = [c.polygon if not shapely.is_empty(c.polygon) else c.route for c in found]
    shown = checked_region(region, frame, more)
    head = figure.head(options.title or _title(every), options.subtitle or _summary(every))
    rect = figure.frame_mm(head)
    sheet = figure.add_panel(rect, shown)
    if ensemble is not None:
        draw_ensemble(figure, sheet, ensemble)
    else:
        draw_bands(figure, sheet, found)
    draw_layers(figure, sheet, names, asked=asked)
    routes = _draw_routes(figure, sheet, found)
    crossings = _draw_crossings(figure, sheet, found)
    marks = put_sites(figure, sheet, frame)
    figure.furnish(sheet, concerned_countries(sheet, marks))
    label_sites(figure, sheet, marks)
    _draw_badges(figure, sheet, found, routes)
    _label_crossings(figure, sheet, crossings)
    figure.letter_base(sheet)
    notes = [MODELLED]
    if figure.side_mm:
        _table(figure, every, rect)
    else:
        notes += [" ".join([*(_in_words(c) for c in every), *_assumptions(every)])]
    figure.finish(notes)
    figure.parameters = {
        "corridors": [
            {"name": c.name, "mode": c.mode, "status": c.status, "hours": float(c.hours), "km": float(c.distance_km), "slack": c.slack}
            for c in every
        ],
        "layers": names, "languages": list(options.languages), "ensemble": ensemble is not None,
    }  # fmt: skip
    figure.description = (
        f"{describe(figure, [m.name for m in marks])} {MODELLED} {' '.join(_in_words(c) for c in every)}"
    )
    return figure


def _checked(corridors: Any) -> list[Corridor]:
    """A list of corridors, or an error that says what came."""
    items = (
        [corridors]
        if isinstance(corridors, Corridor)
        else list(corridors)
        if isinstance(corridors, Iterable)
        else [corridors]
    )
    wrong = [item for item in items if not isinstance(item, Corridor)]
    if not items or wrong:
        came = "an empty list" if not items else type(wrong[0]).__name__
        msg = f"corridors: expected one Corridor or a list of them (from geoops.corridor); {came} came"
        raise InputError(msg)
    return items


def _ends(corridors: Sequence[Corridor]) -> gpd.GeoDataFrame:
    """Both ends of each route as sites, each name once."""
    ends: dict[str, Any] = {}
    for c in corridors:
        if not shapely.is_empty(c.route):
            coords = shapely.get_coordinates(c.route)
            ends.setdefault(c.origin_name, shapely.Point(coords[0]))
            ends.setdefault(c.destination_name, shapely.Point(coords[-1]))
    return gpd.GeoDataFrame({"name": list(ends)}, geometry=list(ends.values()), crs="EPSG:4326")


def _title(corridors: Sequence[Corridor]) -> str:
    """The ends of the journeys."""
    if len(corridors) == 1:
        return f"Fastest way from {corridors[0].name}"
    return f"Fastest ways from {listed(list(dict.fromkeys(c.origin_name for c in corridors)))}"


def _summary(corridors: Sequence[Corridor]) -> str:
    """One sentence with the longest and the shortest journey."""
    found = [c for c in corridors if c.status == "found"]
    if not found:
        return f"No way was found. {MODELLED}"
    slowest = max(found, key=lambda c: c.hours)
    mode = (
        f" by {slowest.mode}"
        if slowest.mode in {"vehicle", "car"}
        else f" on {slowest.mode}"
        if slowest.mode == "foot"
        else ""
    )
    text = f"{slowest.name}{mode}: {format_hours(slowest.hours)} for {format_km(slowest.distance_km)} at the fastest."
    if len(found) > 1:
        quickest = min(found, key=lambda c: c.hours)
        text += f" {quickest.name}: {format_hours(quickest.hours)}."
    return f"{text} {MODELLED}"


def _in_words(c: Corridor) -> str:
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


def _assumptions(corridors: Sequence[Corridor]) -> list[str]:
    """What the corridors themselves say they assume, each once."""
    texts: list[str] = []
    for c in corridors:
        inner = c.attrs.get("friction")
        value = c.attrs.get("assumptions") or (inner.get("assumptions") if isinstance(inner, Mapping) else None) or ()
        for text in [value] if isinstance(value, str) else list(value):
            if one_line(str(text)) not in texts:
                texts.append(one_line(str(text)))
    return [t if t.endswith(".") else f"{t}." for t in texts]


def _draw_routes(figure: MapFigure, sheet: Sheet, corridors: Sequence[Corridor]) -> list[list[NDArray[np.float64]]]:
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


def _draw_crossings(figure: MapFigure, sheet: Sheet, corridors: Sequence[Corridor]) -> list[tuple[float, float, str]]:
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
                marks.append((x, y, one_line(name) if isinstance(name, str) else ""))
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


def _label_crossings(figure: MapFigure, sheet: Sheet, crossings: Sequence[tuple[float, float, str]]) -> None:
    """The names of border passages, where known."""
    from geoops.maps.baselabels import draw_labels

    theme = figure.theme
    style = TextStyle(max(7.0 * figure.factor, 5.0), theme.route, "bold", halo_pt=1.8, halo=theme.halo)
    requests = [
        PointLabel(Block([(name, style)]), x, y, 4.6, 6.0, required=True, kind="crossing", key=name)
        for x, y, name in crossings
        if name
    ]
    draw_labels(sheet.panel, sheet.labeller.place_points(requests), theme, gid="label-crossing", zorder=21.0)


def _draw_badges(
    figure: MapFigure, sheet: Sheet, corridors: Sequence[Corridor], routes: Sequence[Sequence[NDArray[np.float64]]]
) -> None:
    """Hours and kilometres on each route, where no other route runs and nothing is covered."""
    theme, factor = figure.theme, figure.factor
    style = TextStyle(max(7.2 * factor, 5.0), theme.badge_text, "bold")
    pad_x, pad_y = 3.6 * factor, 2.6 * factor
    requests: list[PointLabel] = []
    blocks: dict[int, Block] = {}
    shapes = [shapely.multilinestrings([shapely.LineString(line) for line in lines]) for lines in routes]
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
        text = Block([(f"{format_hours(c.hours)} · {format_km(c.distance_km)}", style)])
        blocks[i] = text
        padded = Block([(f"{format_hours(c.hours)} · {format_km(c.distance_km)}", style)])
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


def _range(low: float, high: float) -> str:
    """Bounds in the unit that the shorter of them reads best in."""
    if low < 0.95:
        return f"{low * 60:.0f} to {high * 60:.0f}"
    return f"{low:.1f} to {high:.1f}"


def _table(figure: MapFigure, corridors: Sequence[Corridor], rect: tuple[float, float, float, float]) -> None:
    """The corridors beside the map: hours with bounds, kilometres, share on roads, where borders are passed."""
    rows = []
    for c in corridors:
        if c.status != "found":
            rows.append([f"{c.name}\nno way: {c.reason or 'none found'}", "–", "–", "–"])
            continue
        across = _crossing_names(c)
        bounds = f"\n{_range(c.hours_low, c.hours_high)}" if np.isfinite([c.hours_low, c.hours_high]).all() else ""
        roads = f"{c.road_share * 100:.0f} %" if np.isfinite(c.road_share) else "–"
        rows.append(
            [
                c.name + (f"\nacross {across}" if across else ""),
                format_hours(c.hours) + bounds,
                format_km(c.distance_km),
                roads,
            ]
        )
    columns = [
        Column("From, to", 2.5),
        Column("Time", 1.0, right=True),
        Column("Length", 0.95, right=True),
        Column("On roads", 0.8, right=True),
    ]
    left, bottom, width, height = rect
    pt = POINTS_PER_MM
    x, top, room = (left + width + 8.0) * pt, (bottom + height) * pt, (figure.side_mm - 8.0) * pt
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
    )
    assumptions = _assumptions(corridors)
    if assumptions and height * pt - used > 60.0:
        bold = TextStyle(max(6.6 * figure.factor * 1.12, 5.0), figure.theme.ink, "bold")
        body = TextStyle(max(6.2 * figure.factor, 5.0), figure.theme.secondary)
        locator = 130.0 * figure.factor * 0.82 + 10.0
        box = (x, top - used - 14.0, room, height * pt - used - 14.0 - locator)
        _, whole = draw_lines_of_text(
            figure.fig, [("What this assumes", bold), *((t, body) for t in assumptions)], *box, align_right=False
        )
        if not whole:
            lost += 1
    if lost:
        from geoops.maps.lint import Finding

        figure.problems.append(
            Finding(
                "table-cut", f"{lost} corridors found no room in the table", "take a larger size, or fewer corridors"
            )
        )
