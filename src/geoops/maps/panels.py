"""Small multiples: one panel a site, all at one scale, with an overview beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoops.core.geodesy import circle, distance
from geoops.maps.baselabels import names_in
from geoops.maps.canvas import region_for
from geoops.maps.compose import (
    countries_of,
    draw_layers,
    put_sites,
)
from geoops.maps.connectors import connect, draw_rings
from geoops.maps.furniture import draw_scale
from geoops.maps.lettering import advance, draw_text, shorten
from geoops.maps.mapfigure import MapFigure
from geoops.maps.theme import POINTS_PER_MM, TextStyle

__all__ = ["beside_panels", "site_panels"]


def site_panels(
    figure: MapFigure, placed: gpd.GeoDataFrame, tables: Mapping[str, gpd.GeoDataFrame], colors: Mapping[str, str],
    rings: gpd.GeoDataFrame | None, rect: tuple[float, float, float, float], names: Sequence[str], *, asked: bool,
) -> list[Any]:  # fmt: skip
    """One panel a site, all at one scale; areas wider than a panel stand in the table alone. Gives the sites shown."""
    left, bottom, width, height = rect
    reach_m = _reach_m(placed, tables, rings)
    small = [not _wider_than(row, reach_m) for _, row in placed.iterrows()]
    placed = placed[small] if any(small) else placed
    strip = 0.0 if figure.side_mm else 8.5  # for the scale, where there is no margin beside the panels
    bottom, height = bottom + strip, height - strip
    columns, rows = _grid(len(placed), width, height)
    gap = 2.2
    head = 5.4 * max(figure.factor, 0.8)
    w = (width - gap * (columns - 1)) / columns
    h = (height - gap * (rows - 1)) / rows
    metres_per_pt = 2.0 * reach_m / ((min(w, h - head)) * POINTS_PER_MM * 0.94)
    theme = figure.theme
    bold = TextStyle(max(7.8 * figure.factor, 5.2), theme.ink, "bold")
    local = TextStyle(max(6.6 * figure.factor, 5.0), theme.secondary)
    from geoops.maps.margin import sheet_transform

    transform = sheet_transform(figure.fig)
    for number, (key, row) in enumerate(placed.iterrows()):
        i, j = divmod(number, columns)
        across = columns - 1 - j if figure.words.rtl else j  # the first panel stands where reading begins
        x, y = left + across * (w + gap), bottom + height - (i + 1) * h - i * gap
        point = row.geometry if row.geometry.geom_type == "Point" else shapely.point_on_surface(row.geometry)
        around = circle(point.x, point.y, reach_m)
        sheet = figure.add_panel((x, y, w, h - head), around.bounds, metres_per_pt=metres_per_pt, graticule=False)
        one = placed.loc[[key]]
        draw_layers(figure, sheet, names, asked=asked, weight=1.2, counts=False)
        put_sites(figure, sheet, one)
        if number == 0 and not figure.side_mm:
            below = ((left - x) * POINTS_PER_MM, (bottom - strip - y) * POINTS_PER_MM)
            sheet.scale = draw_scale(
                sheet.panel, sheet.labeller, theme, factor=figure.factor, corner=below, length_pt=90.0, compact=True,
                words=figure.words,
            )  # fmt: skip
        draw_rings(figure, sheet, rings, one)
        connect(figure, sheet, tables, colors, [key])
        several = (
            sum(shapely.intersects(g, shapely.box(*sheet.panel.shown)) for g in sheet.base.countries.geometry) > 1
            if sheet.base.countries is not None
            else False
        )
        figure.letter_base(sheet, towns=3, countries=several, largest_pt=7.5)
        texts = names_in(
            tuple(figure.options.languages),
            str(row["name"]),
            row["name_local"] if isinstance(row["name_local"], str) else "",
        )
        base_y = (y + h - head) * POINTS_PER_MM + 4.0
        at = x * POINTS_PER_MM
        room = w * POINTS_PER_MM
        first = figure.words.line(shorten(f"{number + 1}  {texts[0]}", bold, room))
        ends = ((at + room, "right"), (at, "left")) if figure.words.rtl else ((at, "left"), (at + room, "right"))
        draw_text(figure.fig, ends[0][0], base_y, first, bold, transform=transform, gid="panel-title", align=ends[0][1])
        if len(texts) > 1:
            second = texts[1]
            if advance(first, bold) + advance(second, local) + 8.0 < room:
                draw_text(
                    figure.fig,
                    ends[1][0],
                    base_y,
                    second,
                    local,
                    transform=transform,
                    gid="panel-title",
                    align=ends[1][1],
                )
    return list(placed.index)


def _wider_than(row: Any, reach_m: float) -> bool:
    """Whether a site's extent is wider than a panel."""
    extent = row["extent"]
    if extent is None or extent.is_empty:
        return False
    west, south, east, north = extent.bounds
    return float(max(distance(west, south, east, south), distance(west, south, west, north))) > 2.0 * reach_m


def beside_panels(
    figure: MapFigure,
    placed: gpd.GeoDataFrame,
    shown: Sequence[Any],
    rect: tuple[float, float, float, float],
    used_pt: float,
) -> None:
    """Scale, north and an overview of the numbered panels, under the table."""
    sheet = figure.sheets[0]
    panel = sheet.panel
    pt = POINTS_PER_MM
    x, _, room = figure.beside(rect, 6.5)
    x -= panel.rect_mm[0] * pt
    low = (rect[1] - panel.rect_mm[1]) * pt
    free = rect[3] * pt - used_pt - 16.0
    sheet.scale = draw_scale(
        panel, sheet.labeller, figure.theme, factor=figure.factor, corner=(x, low), length_pt=room * 0.42,
        words=figure.words,
    )  # fmt: skip
    height = min(free - (sheet.scale.box[3] - sheet.scale.box[1]) - 12.0, room * 0.72)
    if height < 60.0:
        return
    points = [
        row.geometry if row.geometry.geom_type == "Point" else shapely.point_on_surface(row.geometry)
        for _, row in placed.loc[list(shown)].iterrows()
    ]
    dots = [(p.x, p.y, str(i + 1)) for i, p in enumerate(points)]
    countries = {code for cell in placed.loc[list(shown), "country"] for code in countries_of(cell)}
    bottom = sheet.scale.box[3] + 8.0
    figure.add_locator(
        sheet, countries, shown=region_for(tuple(float(b) for b in shapely.total_bounds(np.array(points, dtype=object)))),  # type: ignore[arg-type]
        box=(x, bottom, x + room, bottom + height), dots=dots,
    )  # fmt: skip


def _grid(count: int, width: float, height: float) -> tuple[int, int]:
    """Columns and rows whose panels come nearest to squares and leave few places empty."""
    best = min(
        range(1, count + 1),
        key=lambda c: (
            -min(width / c, height / np.ceil(count / c)) * (1.0 - 0.3 * (c * np.ceil(count / c) - count) / count), c
        ),
    )  # fmt: skip
    return best, int(np.ceil(count / best))


def _reach_m(placed: gpd.GeoDataFrame, tables: Mapping[str, gpd.GeoDataFrame], rings: gpd.GeoDataFrame | None) -> float:
    """
    How far each panel reaches from its site: the largest ring, or what holds four connectors in five.

    One far feature must not shrink all panels; its line then leaves the panel, and the table has its distance.
    """
    if rings is not None and len(rings):
        return float(rings["radius_km"].max()) * 1000.0 * 1.08
    far = np.concatenate(
        [
            pd.to_numeric(t.loc[t["site"].isin(placed.index), "distance_km"], errors="coerce").to_numpy(float)
            for t in tables.values()
        ]
    )
    far = far[np.isfinite(far)]
    widest = float(placed["uncertainty_m"].max()) if len(placed) else 0.0
    return float(max(np.quantile(far, 0.8) * 1150.0 if len(far) else 25_000.0, 1.3 * min(widest, 50_000.0), 2_000.0))
