"""What stands in the frame besides the map: scale bar, north arrow, locator, graticule.

Each is laid out in points of the frame and put where it covers least; none computes anything but its own place and
measure. What stands in the margin is `margin.py`'s business.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import Polygon as PolygonPatch
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from geoops.core.geodesy import distance
from geoops.core.units import METRES_PER_KILOMETRE, METRES_PER_MILE
from geoops.maps.canvas import Panel
from geoops.maps.labels import Box, Labeller
from geoops.maps.lettering import advance, draw_text, ink_of
from geoops.maps.theme import TextStyle, Theme
from geoops.maps.vectorlayers import parts_named
from geoops.maps.wording import ENGLISH, Wording

__all__ = ["ScaleBar", "best_corner", "draw_graticule", "draw_scale", "north_angle", "scale_ticks"]

NARROW_PT = 240.0
"""Width of a frame below which the scale bar is short."""
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


def _ticked(longest: float, length_pt: float, style: TextStyle, shares: tuple[float, ...]) -> tuple[float, ...]:
    """The values of a bar's ticks: as many of the shares as have room for their numbers."""
    for kept in (shares, (0.0, 0.5, 1.0)):
        half = [advance(f"{longest * share:,g}", style) / 2.0 for share in kept]
        steps = [(b - a) * length_pt for a, b in itertools.pairwise(kept)]
        if all(step >= a + b + 4.0 for step, a, b in zip(steps, half, half[1:], strict=False)):
            return tuple(longest * share for share in kept)
    return 0.0, longest


@parts_named("scale-part")
def draw_scale(
    panel: Panel, labeller: Labeller, theme: Theme, *, factor: float = 1.0, corner: tuple[float, float] | None = None,
    length_pt: float | None = None, compact: bool | None = None, words: Wording = ENGLISH,
) -> ScaleBar:  # fmt: skip
    """
    Draw the scale bar in km and miles, with the north arrow beside it, where they cover least.

    With `corner`, in points of the frame, it stands there (in the margin, say) and is measured in the frame's middle.
    `length_pt` is about how long it is to be; a fifth of the frame by default. A short bar has fewer numbers. A compact one,
    as in a narrow frame, has kilometres alone and leaves its latitude to the margin, so that it hides less.
    """
    compact = (corner is None and panel.width_pt < NARROW_PT) if compact is None else compact
    style = TextStyle(max(5.8 * factor, 5.0), theme.ink)
    target_pt = length_pt if length_pt is not None else float(np.clip(panel.width_pt * 0.2, 46.0, 190.0))
    # An estimate at the frame's lower edge decides on the numbers; the ticks are measured where the bar stands.
    guess = target_pt * panel.metres_per_pt
    km = _nice_length(guess / METRES_PER_KILOMETRE)
    miles = _nice_length(guess / METRES_PER_MILE)
    longest = max(km * METRES_PER_KILOMETRE, 0.0 if compact else miles * METRES_PER_MILE)
    width = longest / panel.metres_per_pt * 1.12
    unit = advance(" km", style) + advance(f"{km:,g}", style)
    unit_room = unit if compact else advance(" miles", style) + advance(f"{miles:,g}", style)
    box_width = width + unit_room * 0.8 + (22.0 if compact else 30.0)
    box_height = 2.9 * style.size_pt + 8.0 if compact else 5.6 * style.size_pt + 11.0
    if corner is None:
        box = best_corner(panel, labeller, box_width, box_height, prefer=("sw", "se", "nw", "ne"))
        _back(panel, theme, box)
        labeller.put_furniture(box)
    else:
        box = (corner[0], corner[1], corner[0] + box_width, corner[1] + box_height)
    x = box[0] + (8.0 if corner is None else 2.0)
    y = box[1] + (4.0 if compact else box_height * 0.57)
    # Where it is measured: where it stands, or in the middle of a frame that it stands beside.
    at_x, at_y = (x, y) if corner is None else (panel.width_pt / 2.0 - width / 2.0, panel.height_pt / 2.0)
    _, latitude = panel.degrees([(at_x + width / 2.0, at_y)])
    km_length, mile_length = (
        scale_ticks(panel, at_x, at_y, metres) - at_x for metres in (km * METRES_PER_KILOMETRE, miles * METRES_PER_MILE)
    )
    km_values = _ticked(km, km_length, style, (0.0, 0.25, 0.5, 1.0))
    mile_values = _ticked(miles, mile_length, style, (0.0, 0.5, 1.0))

    def ticks(values: tuple[float, ...], unit: float) -> tuple[float, ...]:
        return tuple(x if v == 0 else x - at_x + scale_ticks(panel, at_x, at_y, v * unit) for v in values)

    km_x, miles_x = ticks(km_values, METRES_PER_KILOMETRE), ticks(mile_values, METRES_PER_MILE)
    ax = panel.ax
    common: dict[str, Any] = {"transform": panel.ax.transFrame, "clip_on": False}
    bar = 3.0
    for i, (left, right) in enumerate(itertools.pairwise(km_x)):
        ax.add_patch(
            Rectangle((left, y), right - left, bar, facecolor=theme.ink if i % 2 == 0 else theme.panel,
                      edgecolor=theme.ink, linewidth=0.5, zorder=30.2, **common)
        )  # fmt: skip
    small_unit = km_values[-1] < 1.0
    shown = tuple(value * METRES_PER_KILOMETRE for value in km_values) if small_unit else km_values
    rows = [(shown, km_x, y + bar + 2.2, words("m" if small_unit else "km"))]
    if compact:
        mile_values, miles_x = (), ()
    else:
        rows.append((mile_values, miles_x, y - 6.4 - ink_of("0", style).y1, words("miles")))
        ends = [(miles_x[0], y - 1.6), (miles_x[-1], y - 1.6)]
        rule = [ends, *[[(t, y - 1.6), (t, y - 4.4)] for t in miles_x]]
        ax.add_collection(LineCollection(rule, colors=theme.ink, linewidths=0.6, zorder=30.2, **common), autolim=False)
    gap = advance("0 0", style) - advance("00", style)
    for values, places, level, unit_word in rows:
        for value, at in zip(values, places, strict=True):
            number = f"{value:,g}"
            room = advance(number, style)
            draw_text(
                ax, at - room / 2.0, level, number, style, zorder=30.4, gid="scale", transform=panel.ax.transFrame
            )
        # The unit is a text of its own: read from the right, it would else take the last number's place.
        draw_text(
            ax, at + room / 2.0 + gap, level, unit_word, style, zorder=30.4, gid="scale", transform=panel.ax.transFrame
        )
    small = TextStyle(max(5.2 * factor, 5.0), theme.secondary)
    side = "N" if latitude[0] >= 0 else "S"
    if not compact:
        at_latitude = words.line(words(f"Scale at {abs(latitude[0]):.1f}° {side}"))
        draw_text(ax, x, box[1] + 3.2, at_latitude, small, zorder=30.4, gid="scale", transform=panel.ax.transFrame)
    north = north_angle(panel, box[2] - 12.0 if corner is None else panel.width_pt / 2.0, at_y)
    foot, tall = (0.12, 0.5) if compact else (0.42, 0.52)
    _arrow(
        panel, theme, box[2] - (8.0 if compact else 12.0), box[1] + box_height * foot, box_height * tall, north, style, words("N")
    )  # fmt: skip
    return ScaleBar(x, y, km_values, km_x, mile_values, miles_x, box, float(latitude[0]), north)


def _arrow(
    panel: Panel, theme: Theme, x: float, y: float, height: float, angle: float, style: TextStyle, letter: str
) -> None:
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
    ink = ink_of(letter, bold)
    tip = place([(0.0, top + 2.0 + ink.y1 / 2.0)])[0]
    draw_text(panel.ax, tip[0] - ink.advance / 2.0, tip[1] - ink.y1 / 2.0, letter, bold, transform=panel.ax.transFrame,
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
        places += [(x, inset, 0.2), (x, top, 0.2), (inset, y, 0.2), (right, y, 0.2)]
    boxes = np.array([(x, y, x + width, y + height) for x, y, _ in places])
    cost = labeller.furniture_cost(boxes) / (width * height) + np.array([extra for *_, extra in places])
    cost = cost + 50.0 * labeller.conflicts(boxes)  # a site under it is worse than any line
    for other in labeller.furniture:
        apart = (boxes[:, 0] > other[2] + 3.0) | (boxes[:, 2] < other[0] - 3.0)
        apart |= (boxes[:, 1] > other[3] + 3.0) | (boxes[:, 3] < other[1] - 3.0)
        cost = np.where(apart, cost, cost + 1e6)
    chosen = int(np.argmin(cost))
    labeller.covered += int(labeller.conflicts(boxes[[chosen]], padding=0.0)[0])
    best = boxes[chosen]
    return float(best[0]), float(best[1]), float(best[2]), float(best[3])


@parts_named("graticule-tick")
def draw_graticule(
    panel: Panel, theme: Theme, *, factor: float = 1.0, labels: bool = True, words: Wording = ENGLISH
) -> float:
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
        text = words(_degrees(lon, "E", "W", interval))
        ticks += [(side, at, text) for side, at in _crossings(panel, line, vertical=True)]
    for lat_value in np.arange(np.ceil(south / interval), np.floor(north / interval) + 1) * interval:
        if abs(lat_value) > 89.0:
            continue
        lon_values = np.linspace(max(west - 0.5, -180.0), min(east + 0.5, 180.0), 160)
        line = panel.points(lon_values, np.full(160, lat_value))
        lines.append(line)
        text = words(_degrees(float(lat_value), "N", "S", interval))
        ticks += [(side, at, text) for side, at in _crossings(panel, line, vertical=False)]
    drawn = LineCollection(
        lines, colors=theme.graticule, linewidths=0.35, alpha=0.55, zorder=-1.0, transform=panel.ax.transFrame
    )
    drawn.set_gid("graticule")
    panel.ax.add_collection(drawn, autolim=False)
    if not labels:
        return float(interval)
    common: dict[str, Any] = {"transform": panel.ax.transFrame, "gid": "graticule-number"}
    marks: list[list[tuple[float, float]]] = []
    taken: dict[str, list[tuple[float, float]]] = {side: [] for side in ("bottom", "top", "left", "right")}
    for side, at, text in ticks:
        ink = ink_of(text, style)
        half = ink.advance / 2.0
        end = panel.width_pt if side in {"top", "bottom"} else panel.height_pt
        # Near a pole meridians meet the frame closely, and the 180th comes twice.
        if not half + 1 < at < end - half - 1 or any(
            abs(at - other) < half + room + 3.0 for other, room in taken[side]
        ):
            continue
        taken[side].append((at, half))
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
    letter = "" if abs(value) < 1e-9 or abs(value) > 180.0 - 1e-9 else positive if value > 0.0 else negative
    total = round(abs(value) * 60.0, 3)
    whole, minutes = divmod(total, 60.0)
    text = f"{whole:.0f}°" + (f"{minutes:02.0f}′" if interval < 1.0 else "")
    return f"{text} {letter}".rstrip()
