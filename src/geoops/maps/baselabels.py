"""Lettering of the base: countries spaced out in their visible land, rivers along their course, towns by rank.

Placed after everything that the figure is about, in the room that is left; a town whose name finds no room is not drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.path import Path as MplPath
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geoops.core.text import has_arabic, one_line
from geoops.maps.basemap import Base
from geoops.maps.canvas import Panel
from geoops.maps.curves import along_line, in_area, spaced
from geoops.maps.labels import Labeller, PlacedLabel, PointLabel
from geoops.maps.lettering import Block, draw_text
from geoops.maps.theme import TextStyle, Theme
from geoops.maps.typefaces import missing_glyphs

__all__ = ["draw_labels", "letter_countries", "letter_rivers", "letter_towns", "names_in", "town_at"]

_SAME_COURSE_PT = 4.0
_COUNTRY_PADDING_PT = 4.0  # large letters beside small ones want more white
_WITHIN_ONE = (
    200_000  # scale, by its denominator, above which the one country that fills a frame is named in the locator alone
)
_CAPITAL = {"PPLC": 3.0, "PPLA": 2.0}
_LEAST_UNDER = 5.3  # rank of a town that a symbol over it is named after: 200,000 inhabitants


def names_in(languages: tuple[str, ...], name: str, local: str) -> list[str]:
    """What a place is called in the languages asked for: Latin first, Arabic script under it, each once."""
    chosen: list[str] = []
    for language in languages:
        wanted = local if language in {"ar", "ku", "fa", "local"} else name
        if wanted and wanted not in chosen and (language not in {"ar", "fa"} or has_arabic(wanted)):
            chosen.append(wanted)
    return [one_line(text) for text in chosen] or [one_line(name)]


def _cell(row: Any, column: str) -> str:
    """A cell as text; missing is empty."""
    value = row.get(column)
    return "" if value is None or (not isinstance(value, str) and bool(pd.isna(value))) else str(value)


def letter_countries(
    panel: Panel, base: Base, labeller: Labeller, theme: Theme, *, languages: tuple[str, ...], factor: float = 1.0,
    largest_pt: float = 12.0,
) -> None:  # fmt: skip
    """Letter-space each country's name inside its visible land, smaller where there is little, or not at all."""
    if base.countries is None:
        return
    shapes: dict[tuple[str, str], Any] = {}
    for _, row in base.countries.iterrows():
        key = (_cell(row, "name"), _cell(row, "name_local"))
        shape = shapely.intersection(panel.to_frame(row.geometry, margin_pt=0.0), panel.frame)
        shapes[key] = shapely.union(shapes[key], shape) if key in shapes else shape
    if len([shape for shape in shapes.values() if not shape.is_empty]) == 1 and base.denominator < _WITHIN_ONE:
        return
    for (name, local), shape in sorted(shapes.items(), key=lambda item: (-item[1].area, item[0])):
        if shape.area < 900.0 or not name:
            continue
        texts = [t for t in names_in(languages, name, local) if not missing_glyphs(t)]
        for size, gap in ((12.0, 3), (10.5, 2), (9.0, 2), (7.5, 1)):
            if size > largest_pt or (shape.area < 40_000.0 and size > 10.0):
                continue
            lines = []
            for text in texts:
                arabic = has_arabic(text)
                style = TextStyle(
                    max(size * factor * (0.95 if arabic else 1.0), 5.0), theme.country, "bold", halo_pt=1.8,
                    halo=theme.land,
                )  # fmt: skip
                lines.append((text if arabic else spaced(text, gap), style))
            if not lines:
                break
            block = Block(lines, gap_pt=2.5)
            box = in_area(labeller, shape, block, padding=_COUNTRY_PADDING_PT)
            if box is not None:
                for (x, y), (text, style) in zip(block.origins(box[0], box[1], 0.5), block.lines, strict=True):
                    draw_text(
                        panel.ax, x, y, text, style, transform=panel.ax.transFrame, zorder=18.0, gid="label-country"
                    )
                break


def letter_rivers(
    panel: Panel, base: Base, labeller: Labeller, theme: Theme, *, languages: tuple[str, ...], factor: float = 1.0,
    named: Sequence[tuple[str, BaseGeometry]] = (),
) -> None:  # fmt: skip
    """
    Set each river's name along it, once or twice by its length on the sheet.

    Parameters
    ----------
    named
        Names and lines of sites; a river that is one of them has its name already.
    """
    style = TextStyle(max(6.8 * factor, 5.0), theme.water_text, slant="italic", halo_pt=1.8, halo=theme.land)
    latin = "en" in languages or not {"ar", "fa"} & set(languages)
    for name, whole in sorted(base.river_names.items()):
        lines = whole
        text = names_in(languages[:1], name, base.river_local.get(name, ""))[0]
        if missing_glyphs(text) or _is_named(one_line(name), lines, named) or not (latin or has_arabic(text)):
            continue
        total = sum(float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in lines)
        if total < 60.0:
            continue
        for _ in range(2 if total > 420.0 else 1):
            for side in (3.6, -3.8):
                glyphs = along_line(
                    labeller, lines, text, style, offset_pt=side * factor, spacing_pt=0.5, smooth_pt=9.0,
                    largest_turn_deg=50.0,
                )  # fmt: skip
                if glyphs:
                    # The second name must stand far from the first.
                    middle = glyphs[len(glyphs) // 2]
                    lines = [line[np.hypot(line[:, 0] - middle.x, line[:, 1] - middle.y) > 170.0] for line in lines]
                    lines = [line for line in lines if len(line) > 2]
                    break
            for glyph in glyphs:
                draw_text(panel.ax, glyph.x, glyph.y, glyph.text, style, transform=panel.ax.transFrame,
                          rotation=glyph.angle, zorder=18.0, gid="label-river")  # fmt: skip


def _is_named(name: str, lines: Sequence[Any], named: Sequence[tuple[str, BaseGeometry]]) -> bool:
    """Whether a river is one of the lines that carry a site's name: by its own name, or by its course."""
    if any(name.casefold() == other.casefold() for other, _ in named):
        return True
    course = shapely.multilinestrings([shapely.linestrings(line) for line in lines])
    near = [line for _, line in named if shapely.dwithin(course, line, _SAME_COURSE_PT)]
    return any(
        shapely.intersection(course, shapely.buffer(line, _SAME_COURSE_PT)).length > 0.6 * course.length > 0.0
        for line in near
    )


def letter_towns(
    panel: Panel, base: Base, labeller: Labeller, theme: Theme, *, languages: tuple[str, ...],
    keep_clear: list[tuple[float, float]], factor: float = 1.0, most: int | None = None,
) -> int:  # fmt: skip
    """
    Draw towns by rank with their names, as many as stand well apart, and give back how many.

    Parameters
    ----------
    keep_clear
        Points of the sites: the same town is not drawn a second time. Those of the towns drawn here are added.
    """
    if base.places is None or not len(base.places):
        return 0
    places = base.places
    points = panel.points(places.geometry.x.to_numpy(), places.geometry.y.to_numpy())
    rank = _ranks(places)
    area = panel.width_pt * panel.height_pt
    limit = most if most is not None else int(np.clip(area / 7500.0, 3, 60))
    spacing = 30.0 * factor
    taken = np.array(keep_clear, dtype=float).reshape(-1, 2)
    sites = len(taken)
    style = TextStyle(max(7.0 * factor, 5.0), theme.town, halo_pt=2.2, halo=theme.halo)
    requests: list[PointLabel] = []
    radius = 1.7 * factor
    for i in np.lexsort((np.arange(len(rank)), -rank)):
        if len(requests) >= limit or rank[i] < 3.7:
            break
        x, y = (float(v) for v in points[i])
        if not (6.0 < x < panel.width_pt - 6.0 and 6.0 < y < panel.height_pt - 6.0):
            continue
        gaps = np.hypot(taken[:, 0] - x, taken[:, 1] - y)
        if (gaps < spacing).any() or (gaps[:sites] < 16.0).any():
            continue
        dot = (x - radius - 0.6, y - radius - 0.6, x + radius + 0.6, y + radius + 0.6)
        if not labeller.free(np.array([dot]), padding=1.0).all():
            continue
        row = places.iloc[i]
        texts = [
            t for t in names_in(languages[:1], _cell(row, "name"), _cell(row, "name_local")) if not missing_glyphs(t)
        ]
        if not texts or len(texts[0]) > 40:
            continue
        taken = np.vstack([taken, (x, y)])
        labeller.block(dot)
        requests.append(PointLabel(Block([(texts[0], style)]), x, y, radius, float(rank[i]), kind="town", key=texts[0]))
    placed = labeller.place_points(requests)
    draw_labels(panel, placed, theme, gid="label-town")
    if placed:
        at = np.array([(label.request.x, label.request.y) for label in placed])
        dots_drawn = PathCollection(
            [MplPath.unit_circle()], sizes=[radius**2], offsets=at, transform=IdentityTransform(),
            offset_transform=panel.ax.transFrame, facecolors=theme.halo, edgecolors=theme.town, linewidths=0.8, zorder=7.5,
        )  # fmt: skip
        dots_drawn.set_gid("towns")
        panel.ax.add_collection(dots_drawn, autolim=False)
        keep_clear += [(label.request.x, label.request.y) for label in placed]
    return len(placed)


def town_at(
    panel: Panel, base: Base, keep_clear: list[tuple[float, float]], at: tuple[float, float], within_pt: float, languages: tuple[str, ...],
) -> str:  # fmt: skip
    """The name of the largest town under a symbol, which is then not drawn itself; nothing where none is large enough."""
    if base.places is None or not len(base.places):
        return ""
    points = panel.points(base.places.geometry.x.to_numpy(), base.places.geometry.y.to_numpy())
    rank = _ranks(base.places)
    rank[np.hypot(points[:, 0] - at[0], points[:, 1] - at[1]) > within_pt] = 0.0
    best = int(np.argmax(rank))
    row = base.places.iloc[best]
    texts = [t for t in names_in(languages[:1], _cell(row, "name"), _cell(row, "name_local")) if not missing_glyphs(t)]
    if rank[best] < _LEAST_UNDER or not texts:
        return ""
    keep_clear.append((float(points[best, 0]), float(points[best, 1])))
    return texts[0]


def _ranks(places: Any) -> NDArray[np.float64]:
    """How much each town matters: by its inhabitants, and as a capital."""
    population = (
        pd.to_numeric(places["population"], errors="coerce").fillna(0.0)
        if "population" in places
        else pd.Series(0.0, places.index)
    )
    kind = places["kind"].fillna("") if "kind" in places else pd.Series("", places.index)
    capital = kind.map(lambda k: _CAPITAL.get(str(k), 0.0)).to_numpy(dtype=float)
    return np.asarray(np.log10(population.to_numpy(dtype=float) + 1.0) + capital)


def draw_labels(panel: Panel, placed: list[PlacedLabel], theme: Theme, *, gid: str, zorder: float = 20.0) -> None:
    """Draw labels where they were placed, with their leaders."""
    leaders = [[label.leader[:2], label.leader[2:]] for label in placed if label.leader is not None]
    if leaders:
        drawn = LineCollection(
            leaders, colors=theme.secondary, linewidths=0.55, zorder=zorder - 9.0, transform=panel.ax.transFrame
        )
        drawn.set_gid(f"{gid}-leaders")
        panel.ax.add_collection(drawn, autolim=False)
    for label in placed:
        block = label.request.block
        for (x, y), (text, style) in zip(
            block.origins(label.box[0], label.box[1], label.align), block.lines, strict=True
        ):
            draw_text(panel.ax, x, y, text, style, transform=panel.ax.transFrame, zorder=zorder, gid=gid)
