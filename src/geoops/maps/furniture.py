"""What stands in the frame besides the map: scale bar, north arrow, locator, graticule.

Each is laid out in points of the frame and put where it covers least; none computes anything but its own place and
measure. What stands in the margin is `margin.py`'s business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.patches import Circle, Rectangle
from matplotlib.patches import Polygon as PolygonPatch
from numpy.typing import NDArray

from geoops.core.geodesy import Region, distance, local_crs
from geoops.core.units import METRES_PER_KILOMETRE, METRES_PER_MILE
from geoops.maps.basemap import polygon_path
from geoops.maps.canvas import Panel
from geoops.maps.labels import Box, Labeller, PointLabel
from geoops.maps.lettering import Block, advance, draw_text, ink_of
from geoops.maps.theme import TextStyle, Theme

__all__ = ["ScaleBar", "best_corner", "draw_graticule", "draw_locator", "draw_scale", "north_angle", "scale_ticks"]

_NICE = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
_GRATICULE = (1 / 60, 1 / 30, 1 / 12, 1 / 6, 0.25, 0.5, 1, 2, 5, 10, 15, 30)


@dataclass(frozen=True)
class ScaleBar:
    """
    A scale bar as drawn: where its ticks are, and what they say.

    Parameters
    ----------
    x, y
        Its zero in points of the frame.
    km, km_x
        The values in kilometres and where their ticks stand.
    miles, miles_x
        The same in miles.
    box
        What it covers, with the north arrow.
    latitude
        Where it is right.
    north_deg
        Angle of true north there, counter-clockwise from the top of the sheet.
    """

    x: float
    y: float
    km: tuple[float, ...]
    km_x: tuple[float, ...]
    miles: tuple[float, ...]
    miles_x: tuple[float, ...]
    box: Box
    latitude: float
    north_deg: float


def scale_ticks(panel: Panel, x: float, y: float, metres: float) -> float:
    """
    Where a bar that starts at (x, y) ends so that it covers so many metres on the ellipsoid, by a secant search.

    The bar is straight on the sheet; its length is measured along the geodesic between its ends.
    """
    end = x + metres / panel.metres_per_pt
    lon0, lat0 = panel.degrees([(x, y)])
    for _ in range(8):
        lon, lat = panel.degrees([(end, y)])
        measured = float(distance(lon0[0], lat0[0], lon[0], lat[0]))
        if measured <= 0 or not np.isfinite(measured):
            break
        end = x + (end - x) * metres / measured
        if abs(measured - metres) < 1e-6 * metres:
            break
    return float(end)


def north_angle(panel: Panel, x: float, y: float) -> float:
    """Degrees from the top of the sheet to true north at a place, counter-clockwise."""
    lon, lat = panel.degrees([(x, y)])
    step = 0.01 if lat[0] < 89.9 else -0.01
    there = panel.points(lon[0], lat[0] + step)[0]
    dx, dy = (there[0] - x) * np.sign(step), (there[1] - y) * np.sign(step)
    return float(np.degrees(np.arctan2(-dx, dy)))


def _nice_length(target: float) -> float:
    """The largest round number not above the target."""
    fitting = [value for value in _NICE if value <= target]
    return float(fitting[-1] if fitting else _NICE[0])


def draw_scale(
    panel: Panel, labeller: Labeller, theme: Theme, *, factor: float = 1.0, corner: tuple[float, float] | None = None
) -> ScaleBar:
    """
    Draw the scale bar in km and miles, with the north arrow beside it, where they cover least.

    With `corner`, in points of the frame, it stands there (in the margin, say) and is measured in the frame's middle.
    """
    style = TextStyle(max(5.8 * factor, 5.0), theme.ink)
    target_pt = float(np.clip(panel.width_pt * 0.2, 60.0, 190.0))
    # An estimate at the frame's lower edge decides on the numbers; the ticks are measured where the bar stands.
    guess = target_pt * panel.metres_per_pt
    km = _nice_length(guess / METRES_PER_KILOMETRE)
    miles = _nice_length(guess / METRES_PER_MILE)
    width = max(km * METRES_PER_KILOMETRE, miles * METRES_PER_MILE) / panel.metres_per_pt * 1.12
    unit_room = advance(" miles", style) + advance(f"{miles:,g}", style)
    box_width = width + unit_room * 0.8 + 30.0
    box_height = 5.6 * style.size_pt + 11.0
    if corner is None:
        box = best_corner(panel, labeller, box_width, box_height, prefer=("sw", "se", "nw", "ne"))
        _back(panel, theme, box)
        labeller.block(box)
    else:
        box = (corner[0], corner[1], corner[0] + box_width, corner[1] + box_height)
    x = box[0] + (8.0 if corner is None else 2.0)
    y = box[1] + box_height * 0.57
    # Where it is measured: where it stands, or in the middle of a frame that it stands beside.
    at_x, at_y = (x, y) if corner is None else (panel.width_pt / 2.0 - width / 2.0, panel.height_pt / 2.0)
    _, latitude = panel.degrees([(at_x + width / 2.0, at_y)])
    km_values = tuple(km * share for share in (0.0, 0.25, 0.5, 1.0))
    mile_values = tuple(miles * share for share in (0.0, 0.5, 1.0))

    def ticks(values: tuple[float, ...], unit: float) -> tuple[float, ...]:
        return tuple(x if v == 0 else x - at_x + scale_ticks(panel, at_x, at_y, v * unit) for v in values)

    km_x, miles_x = ticks(km_values, METRES_PER_KILOMETRE), ticks(mile_values, METRES_PER_MILE)
    ax, common = panel.ax, {"transform": panel.ax.transFrame, "clip_on": False}
    bar = 3.0
    for i, (left, right) in enumerate(zip(km_x[:-1], km_x[1:], strict=True)):
        ax.add_patch(
            Rectangle((left, y), right - left, bar, facecolor=theme.ink if i % 2 == 0 else theme.panel,
                      edgecolor=theme.ink, linewidth=0.5, zorder=30.2, **common)
        )  # fmt: skip
    ax.add_collection(
        LineCollection([[(miles_x[0], y - 1.6), (miles_x[-1], y - 1.6)], *[[(t, y - 1.6), (t, y - 4.4)] for t in miles_x]],
                       colors=theme.ink, linewidths=0.6, zorder=30.2, **common), autolim=False,
    )  # fmt: skip
    for values, places, level, unit in (
        (km_values, km_x, y + bar + 2.2, " km"),
        (mile_values, miles_x, y - 6.4 - ink_of("0", style).y1, " miles"),
    ):
        for i, (value, at) in enumerate(zip(values, places, strict=True)):
            number = f"{value:,g}"
            room = advance(number, style)
            draw_text(ax, at - room / 2.0, level, number + (unit if i == len(values) - 1 else ""), style,
                      zorder=30.4, gid="scale", transform=panel.ax.transFrame)  # fmt: skip
    small = TextStyle(max(5.2 * factor, 5.0), theme.secondary)
    side = "N" if latitude[0] >= 0 else "S"
    draw_text(
        ax, x, box[1] + 3.2, f"Scale at {abs(latitude[0]):.1f}° {side}", small, zorder=30.4, gid="scale", transform=panel.ax.transFrame
    )
    north = north_angle(panel, box[2] - 12.0 if corner is None else panel.width_pt / 2.0, at_y)
    _arrow(panel, theme, box[2] - 12.0, box[1] + box_height * 0.42, box_height * 0.52, north, style)
    return ScaleBar(x, y, km_values, km_x, mile_values, miles_x, box, float(latitude[0]), north)


def _arrow(panel: Panel, theme: Theme, x: float, y: float, height: float, angle: float, style: TextStyle) -> None:
    """A slim needle to true north, half filled, with its letter at the tip."""
    turn = np.radians(angle)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    def place(points: list[tuple[float, float]]) -> Any:
        return (matrix @ np.array(points).T).T + np.array([x, y])

    half, top, tail, notch = height * 0.17, height * 0.5, -height * 0.5, -height * 0.33
    for side, face in ((-1.0, theme.ink), (1.0, theme.panel)):
        needle = PolygonPatch(
            place([(0.0, top), (side * half, tail), (0.0, notch)]), closed=True, facecolor=face, edgecolor=theme.ink,
            linewidth=0.5, zorder=30.3, transform=panel.ax.transFrame, clip_on=False,
        )  # fmt: skip
        needle.set_gid("north-arrow")
        panel.ax.add_patch(needle)
    bold = TextStyle(style.size_pt, theme.ink, "bold")
    ink = ink_of("N", bold)
    tip = place([(0.0, top + 2.0 + ink.y1 / 2.0)])[0]
    draw_text(panel.ax, tip[0] - ink.advance / 2.0, tip[1] - ink.y1 / 2.0, "N", bold, transform=panel.ax.transFrame,
              zorder=30.4, gid="north-arrow")  # fmt: skip


def _back(panel: Panel, theme: Theme, box: Box) -> None:
    """A pale ground for furniture, so that it reads over anything."""
    panel.ax.add_patch(
        Rectangle(
            box[:2], box[2] - box[0], box[3] - box[1], facecolor=theme.panel, alpha=0.86, edgecolor="none", zorder=30.0,
            transform=panel.ax.transFrame,
        )
    )  # fmt: skip


def best_corner(
    panel: Panel, labeller: Labeller, width: float, height: float, *, prefer: tuple[str, ...], inset: float = 5.0
) -> Box:
    """The place along the frame's edge where a box covers least, corners first in the order of preference."""
    right, top = panel.width_pt - width - inset, panel.height_pt - height - inset
    corners = {"sw": (inset, inset), "se": (right, inset), "nw": (inset, top), "ne": (right, top)}
    places = [(*corners[name], 0.004 * i) for i, name in enumerate(prefer)]
    for share in np.linspace(0.1, 0.9, 17):
        x, y = inset + share * (right - inset), inset + share * (top - inset)
        places += [(x, inset, 0.05), (x, top, 0.05), (inset, y, 0.05), (right, y, 0.05)]
    boxes = np.array([(x, y, x + width, y + height) for x, y, _ in places])
    cost = labeller.furniture_cost(boxes) / (width * height) + np.array([extra for *_, extra in places])
    cost = np.where(labeller.free(boxes, padding=3.0), cost, cost + 50.0)
    best = boxes[int(np.argmin(cost))]
    return float(best[0]), float(best[1]), float(best[2]), float(best[3])


def draw_graticule(panel: Panel, theme: Theme, *, factor: float = 1.0, labels: bool = True) -> float:
    """Draw meridians and parallels, number them on the frame, and give back their interval in degrees."""
    west, south, east, north = panel.shown
    span = min(max(east - west, 1e-6), 360.0)
    wanted = np.clip(panel.width_pt / 110.0, 2.0, 9.0)
    interval = next((value for value in _GRATICULE if span / value <= wanted * 1.35), _GRATICULE[-1])
    style = TextStyle(max(5.4 * factor, 5.0), theme.secondary)
    lines: list[NDArray[np.float64]] = []
    ticks: list[tuple[str, float, str]] = []
    for lon in np.arange(np.ceil(west / interval), np.floor(east / interval) + 1) * interval:
        lat = np.linspace(max(south - 0.5, -89.9), min(north + 0.5, 89.9), 120)
        line = panel.points(np.full(120, lon), lat)
        lines.append(line)
        ticks += [(side, at, _degrees(lon, "E", "W", interval)) for side, at in _crossings(panel, line, vertical=True)]
    for lat_value in np.arange(np.ceil(south / interval), np.floor(north / interval) + 1) * interval:
        if abs(lat_value) > 89.0:
            continue
        lon_values = np.linspace(max(west - 0.5, -180.0), min(east + 0.5, 180.0), 160)
        line = panel.points(lon_values, np.full(160, lat_value))
        lines.append(line)
        ticks += [
            (side, at, _degrees(float(lat_value), "N", "S", interval))
            for side, at in _crossings(panel, line, vertical=False)
        ]
    drawn = LineCollection(
        lines, colors=theme.graticule, linewidths=0.35, alpha=0.55, zorder=-1.0, transform=panel.ax.transFrame
    )
    drawn.set_gid("graticule")
    panel.ax.add_collection(drawn, autolim=False)
    if not labels:
        return float(interval)
    common = {"transform": panel.ax.transFrame, "gid": "graticule-number"}
    marks: list[list[tuple[float, float]]] = []
    for side, at, text in ticks:
        ink = ink_of(text, style)
        half = ink.advance / 2.0
        end = panel.width_pt if side in {"top", "bottom"} else panel.height_pt
        if not half + 1 < at < end - half - 1:
            continue
        if side == "bottom":
            draw_text(panel.ax, at - half, -3.6 - ink.y1, text, style, **common)
            marks.append([(at, 0.0), (at, -2.2)])
        elif side == "top":
            draw_text(panel.ax, at - half, panel.height_pt + 3.4, text, style, **common)
            marks.append([(at, panel.height_pt), (at, panel.height_pt + 2.2)])
        elif side == "left":
            draw_text(panel.ax, -3.6, at - half, text, style, rotation=90.0, **common)
            marks.append([(0.0, at), (-2.2, at)])
        else:
            draw_text(panel.ax, panel.width_pt + 3.6 + ink.y1, at - half, text, style, rotation=90.0, **common)
            marks.append([(panel.width_pt, at), (panel.width_pt + 2.2, at)])
    panel.ax.add_collection(
        LineCollection(marks, colors=theme.ink, linewidths=0.5, transform=panel.ax.transFrame, clip_on=False),
        autolim=False,
    )
    return float(interval)


def _crossings(panel: Panel, line: NDArray[np.float64], *, vertical: bool) -> list[tuple[str, float]]:
    """Where a meridian meets the frame's upper and lower edge, or a parallel its sides."""
    along, across = (line[:, 1], line[:, 0]) if vertical else (line[:, 0], line[:, 1])
    far = panel.height_pt if vertical else panel.width_pt
    limit = panel.width_pt if vertical else panel.height_pt
    found: list[tuple[str, float]] = []
    for value, name in ((0.0, "bottom" if vertical else "left"), (far, "top" if vertical else "right")):
        passed = np.flatnonzero((along[:-1] - value) * (along[1:] - value) <= 0)
        for i in passed[:1]:
            share = (value - along[i]) / (along[i + 1] - along[i]) if along[i + 1] != along[i] else 0.0
            at = float(across[i] + share * (across[i + 1] - across[i]))
            if 0.0 <= at <= limit:
                found.append((name, at))
    return found


def _degrees(value: float, positive: str, negative: str, interval: float) -> str:
    """A degree as the frame writes it, with minutes where the interval is finer."""
    letter = positive if value > 1e-9 else negative if value < -1e-9 else ""
    total = round(abs(value) * 60.0, 3)
    whole, minutes = divmod(total, 60.0)
    text = f"{whole:.0f}°" + (f"{minutes:02.0f}′" if interval < 1.0 else "")
    return f"{text} {letter}".rstrip()


def draw_locator(
    panel: Panel, labeller: Labeller, countries: gpd.GeoDataFrame, concerned: set[str], theme: Theme, *,
    region: Region, box: Box | None = None, factor: float = 1.0, dots: Sequence[tuple[float, float, str]] = (),
) -> Box:  # fmt: skip
    """
    Draw the inset that shows where on Earth the map lies, where it covers least, and give back its box.

    Parameters
    ----------
    panel, labeller
        The frame that it stands in, and what is free there.
    countries
        The layer of countries over `region`.
    concerned
        ISO codes of the countries that are tinted and named.
    theme
        Colours.
    region
        What the inset shows.
    box
        Where it stands, in points of the frame (which may lie outside it, in the margin); the best place by default.
    factor
        Of type.
    dots
        Longitude, latitude and a short text of places to mark instead of the frame: what the panels of a figure show.
    """
    crs = local_crs(region)
    transformer = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    west, south, east, north = region
    grid_lon, grid_lat = np.meshgrid(np.linspace(west, east, 15), np.linspace(south, north, 15))
    x, y = transformer.transform(grid_lon.ravel(), grid_lat.ravel())
    x0, x1, y0, y1 = float(np.min(x)), float(np.max(x)), float(np.min(y)), float(np.max(y))
    aspect = float(np.clip((x1 - x0) / (y1 - y0), 0.75, 1.35))
    if box is None:
        height = float(np.clip(panel.height_pt * 0.2, 46.0, 86.0)) * min(factor, 1.25)
        box = best_corner(panel, labeller, height * aspect, height, prefer=("ne", "nw", "se", "sw"))
        labeller.block(box)
    width, height = box[2] - box[0], box[3] - box[1]
    scale = min(width / (x1 - x0), height / (y1 - y0))
    middle_x, middle_y = (x0 + x1) / 2.0, (y0 + y1) / 2.0

    def place(xy: Any) -> Any:
        px, py = transformer.transform(xy[:, 0], xy[:, 1])
        return np.column_stack([
            (np.asarray(px) - middle_x) * scale + (box[0] + box[2]) / 2.0,
            (np.asarray(py) - middle_y) * scale + (box[1] + box[3]) / 2.0,
        ])  # fmt: skip

    ax, common = panel.ax, {"transform": panel.ax.transFrame, "clip_on": False}
    ax.add_patch(Rectangle(box[:2], width, height, facecolor=theme.water, edgecolor="none", zorder=31.0, **common))
    pad = 0.6 * max(east - west, north - south)
    edge = shapely.box(*box)
    ranked = countries.assign(_on=countries["country"].isin(concerned)).sort_values("_on", kind="stable")
    names: list[tuple[str, Any]] = []
    for _, row in ranked.iterrows():
        near = shapely.clip_by_rect(shapely.make_valid(row.geometry), max(west - pad, -180.0), max(south - pad, -85.0),
                                    min(east + pad, 180.0), min(north + pad, 85.0))  # fmt: skip
        if near.is_empty:
            continue
        shape = shapely.simplify(shapely.transform(near, place), 0.25)
        shape = shapely.intersection(shapely.make_valid(shape), edge)
        polygons = [g for g in shapely.get_parts(shape) if g.geom_type == "Polygon"]
        if not polygons:
            continue
        on = bool(row["_on"])
        ax.add_collection(
            PathCollection([polygon_path(polygons)], facecolors=_tint(theme) if on else theme.land,
                           edgecolors=theme.boundary if on else theme.admin1, linewidths=0.5 if on else 0.35,
                           zorder=31.1 + 0.1 * on, **common), autolim=False,
        )  # fmt: skip
        if on:
            names.append((str(row["name"]), max(polygons, key=lambda g: g.area)))
    frame_lon, frame_lat = panel.degrees(_outline(panel))
    frame = place(np.column_stack([frame_lon, frame_lat]))
    outline = shapely.Polygon() if dots else shapely.intersection(shapely.Polygon(frame).buffer(0), edge)
    for ring in (g.exterior for g in shapely.get_parts(outline) if g.geom_type == "Polygon"):
        ax.add_patch(PolygonPatch(shapely.get_coordinates(ring), closed=True, facecolor="none", edgecolor=theme.site,
                                  linewidth=1.1, zorder=31.5, **common))  # fmt: skip
    room = Labeller(panel.width_pt, panel.height_pt, inset=-1e6)
    _draw_dots(panel, room, box, place, dots, theme, factor)
    _name_countries(panel, room, names, theme, factor)
    rim = Rectangle(box[:2], width, height, facecolor="none", edgecolor=theme.ink, linewidth=0.6, zorder=31.8, **common)
    rim.set_gid("locator")
    ax.add_patch(rim)
    return box


def _draw_dots(
    panel: Panel,
    room: Labeller,
    box: Box,
    place: Any,
    dots: Sequence[tuple[float, float, str]],
    theme: Theme,
    factor: float,
) -> None:
    """Places as small dots with their number, in the inset."""
    if not dots:
        return
    points = place(np.array([(lon, lat) for lon, lat, _ in dots]))
    style = TextStyle(max(5.6 * factor, 5.0), theme.ink, "bold", halo_pt=1.4, halo=theme.halo)
    for x, y in points:
        panel.ax.add_patch(Circle((x, y), 1.7, facecolor=theme.site, edgecolor=theme.site_rim, linewidth=0.4, zorder=31.6,
                                  transform=panel.ax.transFrame, clip_on=False))  # fmt: skip
        room.block((x - 1.7, y - 1.7, x + 1.7, y + 1.7))
    requests = [
        PointLabel(Block([(text, style)]), float(x), float(y), 1.7, 1.0, key=text, gap=0.8)
        for (x, y), (_, _, text) in zip(points, dots, strict=True)
    ]
    for label in room.place_points(requests):
        (x, y), (text, look) = (
            label.request.block.origins(label.box[0], label.box[1], 0.5)[0],
            label.request.block.lines[0],
        )
        if box[0] < label.box[0] and label.box[2] < box[2]:
            draw_text(panel.ax, x, y, text, look, zorder=31.7, transform=panel.ax.transFrame, gid="locator")


def _name_countries(panel: Panel, room: Labeller, names: list[tuple[str, Any]], theme: Theme, factor: float) -> None:
    """Names of the countries concerned in the inset, where they fit in their land."""
    style = TextStyle(max(5.2 * factor, 5.0), theme.ink, "bold", halo_pt=1.2, halo=theme.halo)
    for name, shape in names:
        ink = ink_of(name, style)
        x, y = shapely.get_coordinates(shape.centroid)[0]
        x0, _, x1, _ = shape.bounds
        own = (x - ink.advance / 2.0, y - ink.y1 / 2.0, x + ink.advance / 2.0, y + ink.y1 / 2.0)
        if ink.advance < (x1 - x0) * 1.05 and room.free(np.array([own])).all():
            draw_text(panel.ax, x - ink.advance / 2.0, y - ink.y1 / 2.0, name, style, zorder=31.7,
                      transform=panel.ax.transFrame, gid="locator")  # fmt: skip


def _tint(theme: Theme) -> str:
    """What the countries concerned are filled with: a third of the way from land to the first tint of high ground."""
    return "#e6d3b8" if theme.page > "#888888" else "#5a5346"


def _outline(panel: Panel) -> NDArray[np.float64]:
    """The frame's edge as a dense ring in points."""
    w, h = panel.width_pt, panel.height_pt
    t = np.linspace(0.0, 1.0, 21)[:-1]
    return np.vstack([
        np.column_stack([t * w, 0 * t]), np.column_stack([0 * t + w, t * h]),
        np.column_stack([w - t * w, 0 * t + h]), np.column_stack([0 * t, h - t * h]),
    ])  # fmt: skip
