"""Lines from sites to what lies nearest, with their distances, and rings with their radius at one bearing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from geoops.core.geodesy import destination, distance
from geoops.core.units import format_bounds, format_km
from geoops.maps.baselabels import draw_labels
from geoops.maps.candidates import Box, PointLabel
from geoops.maps.canvas import lines_of
from geoops.maps.lettering import Block, draw_text, ink_of
from geoops.maps.mapfigure import MapFigure, Sheet
from geoops.maps.symbols import SITE_RADIUS_PT, LegendEntry
from geoops.maps.theme import TextStyle

__all__ = ["connect", "distance_words", "draw_rings"]


RING_BEARING_DEG = 315.0  # where every ring carries its radius: the same in each panel, so that they compare


def distance_words(row: Any, *, unit: bool = True) -> tuple[str, str]:
    """A distance and its bounds, as the line carries them: ("12 km", "9 to 15")."""
    measured, low, high = (
        float(row[c]) if pd.notna(row[c]) else float("nan") for c in ("distance_km", "low_km", "high_km")
    )
    text = format_km(measured)
    return (text if unit else text.removesuffix(" km")), format_bounds(low, high)


def connect(
    figure: MapFigure,
    sheet: Sheet,
    tables: Mapping[str, gpd.GeoDataFrame],
    colors: Mapping[str, str],
    keys: Sequence[Any],
    *,
    labelled: bool = True,
) -> None:
    """Lines from sites to features, with their distances where a table does not have them, placed after the sites are named."""
    ax, labeller = sheet.panel.ax, sheet.labeller
    requests: list[PointLabel] = []
    for theme_name, table in tables.items():
        rows = table[table["site"].isin(list(keys))]
        figure.keep(f"nearest {theme_name}", rows)
        color = colors[theme_name]
        style = TextStyle(max(6.4 * figure.factor, 5.2), color, "bold", halo_pt=2.2, halo=figure.theme.halo)
        small = TextStyle(max(5.8 * figure.factor, 5.0), color, halo_pt=2.2, halo=figure.theme.halo)
        for _, row in rows.iterrows():
            if row.geometry is None or row.geometry.is_empty:
                continue
            lines = lines_of(sheet.panel.to_frame(row.geometry, margin_pt=0.0))
            if not lines or sum(shapely.LineString(line).length for line in lines) < 1.0:
                continue
            for thickness, tone, dash, order in (
                (2.6, figure.theme.halo, "solid", 8.2),
                (1.1, color, (0, (4.0, 1.6)), 8.3),
            ):
                drawn = LineCollection(
                    lines, colors=tone, linewidths=thickness, linestyles=[dash], zorder=order, transform=ax.transFrame
                )
                drawn.set_gid(f"connector-{theme_name}")
                ax.add_collection(drawn, autolim=False)
            labeller.weigh_lines(lines, 1.4, width=2.0)
            line = shapely.LineString(max(lines, key=len))
            end = lines[-1][-1]
            if sheet.panel.inside(np.array([end]), inset_pt=2.0)[0]:
                dot = Rectangle((end[0] - 1.3, end[1] - 1.3), 2.6, 2.6, facecolor=color, edgecolor=figure.theme.halo, linewidth=0.5,
                                zorder=8.4, transform=ax.transFrame)  # fmt: skip
                dot.set_gid(f"connector-{theme_name}")
                ax.add_patch(dot)
            if line.length < 10.0 or not labelled:
                continue  # shorter than a label can point at: the table has it
            text, bounds = (figure.words.maybe(words) for words in distance_words(row))
            lines_text = [(text, style), *([(bounds, small)] if bounds else [])]
            anchors = shapely.get_coordinates(
                shapely.line_interpolate_point(line, [0.55, 0.7, 0.4, 0.85, 0.3], normalized=True)
            )
            requests.append(PointLabel(Block(lines_text, gap_pt=1.2), float(anchors[0, 0]), float(anchors[0, 1]), 0.6, 7.0 - min(float(row["distance_km"]), 1e4) / 1e4,
                                       kind="distance", key=f"{row['site']} {theme_name}", gap=1.6, anchors=anchors, padding=2.0))  # fmt: skip
    draw_labels(sheet.panel, labeller.place_points(requests), figure.theme, gid="label-distance", zorder=21.0)


def draw_rings(
    figure: MapFigure, sheet: Sheet, rings: gpd.GeoDataFrame | None, sites: gpd.GeoDataFrame, *, labelled: bool = True
) -> None:
    """Rings with their radius at one bearing; without it where the legend says enough of many rings of one radius."""
    if rings is None:
        return
    theme, panel = figure.theme, sheet.panel
    style = TextStyle(max(5.8 * figure.factor, 5.0), theme.secondary, halo_pt=2.2, halo=theme.halo)
    lines: list[NDArray[np.float64]] = []
    taken: list[Box] = []
    chosen = rings[rings["site"].isin(list(sites.index))]
    figure.keep("rings", chosen)
    for _, row in chosen.iterrows():
        if row.geometry is None or row.geometry.is_empty:
            continue
        outline = lines_of(panel.to_frame(row.geometry.boundary, margin_pt=4.0))
        lines += outline
        site = sites.loc[row["site"]]
        site = site.iloc[0] if isinstance(site, pd.DataFrame) else site
        at = _at_bearing(panel, row.geometry, site.geometry, float(row["radius_km"]))
        text = figure.words(f"{float(row['radius_km']):g} km")
        ink = ink_of(text, style)
        box = (at[0] - ink.advance / 2, at[1] - ink.y1 / 2, at[0] + ink.advance / 2, at[1] + ink.y1 / 2)
        # It stands there whatever lies under it, as all rings are read at one bearing; what comes later keeps off.
        if labelled and _legible(panel, box, taken, (site.geometry, SITE_RADIUS_PT * figure.factor)):
            taken.append(box)
            sheet.labeller.block((box[0] - 1.5, box[1] - 1.5, box[2] + 1.5, box[3] + 1.5))
            draw_text(
                panel.ax, box[0], box[1], text, style, transform=panel.ax.transFrame, zorder=21.5, gid="label-ring"
            )
    if not lines:
        return
    drawn = LineCollection(
        lines,
        colors=theme.secondary,
        linewidths=0.6,
        linestyles=[(0, (5.0, 2.5))],
        zorder=4.2,
        transform=panel.ax.transFrame,
    )
    drawn.set_gid("rings")
    panel.ax.add_collection(drawn, autolim=False)
    sheet.labeller.weigh_lines(lines, 0.4)
    radii = sorted({float(r) for r in rings["radius_km"]})
    words = f"Within {', '.join(f'{r:g}' for r in radii)} km of the site"
    figure.add_legend(
        [LegendEntry(words, ("line", {"color": theme.secondary, "width": 0.7, "style": (0, (5.0, 2.5))}), None, 5.0)]
    )


def _legible(panel: Any, box: Box, taken: Sequence[Box], symbol: tuple[Any, float]) -> bool:
    """Whether a radius stands within the frame, on no other radius and not on the site's own symbol."""
    geometry, radius = symbol
    if not (box[0] >= 2.0 and box[1] >= 2.0 and box[2] <= panel.width_pt - 2.0 and box[3] <= panel.height_pt - 2.0):
        return False
    shape = shapely.box(*box)
    if any(shape.distance(shapely.box(*other)) < 1.0 for other in taken):
        return False
    if geometry.geom_type != "Point":
        return True
    return bool(shape.distance(shapely.Point(panel.points(geometry.x, geometry.y)[0])) > radius + 1.0)


def _at_bearing(panel: Any, shape: Any, site: Any, radius_km: float) -> NDArray[np.float64]:
    """Where a ring is met from its site along the one bearing; for buffers of areas, where that line leaves the ring."""
    point = site if site.geom_type == "Point" else shapely.point_on_surface(site)
    west, south, east, north = shape.bounds
    steps = np.linspace(0.0, 1.0, 200) * max(radius_km * 2000.0, float(distance(west, south, east, north)))
    lon, lat = destination(np.full(200, point.x), np.full(200, point.y), np.full(200, RING_BEARING_DEG), steps)
    met = shapely.intersection(shapely.LineString(np.column_stack([lon, lat])), shape.boundary)
    if met.is_empty:  # a ring that does not go round its site
        lon, lat = destination(point.x, point.y, RING_BEARING_DEG, radius_km * 1000.0)
        return np.asarray(panel.points(float(lon), float(lat))[0])
    last = shapely.get_coordinates(met)[-1]
    return np.asarray(panel.points(last[0], last[1])[0])
