"""The inset that shows where on Earth a map lies: the countries concerned, tinted and named, and the frame or its panels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from matplotlib.collections import PathCollection
from matplotlib.patches import Circle, Rectangle
from matplotlib.patches import Polygon as PolygonPatch
from numpy.typing import NDArray

from geoops.core.geodesy import Region, local_crs
from geoops.maps.basemap import polygon_path
from geoops.maps.canvas import Panel
from geoops.maps.furniture import best_corner
from geoops.maps.labels import Box, Labeller, PointLabel
from geoops.maps.lettering import Block, draw_text, ink_of
from geoops.maps.theme import TextStyle, Theme, contrast, rgb_of
from geoops.maps.vectorlayers import parts_named
from geoops.maps.wording import ENGLISH, Wording

__all__ = ["LEAST_REACH_DEG", "draw_locator", "reach_of"]

LEAST_REACH_DEG = 4.0
"""How far beyond a small region the inset shows its country."""
_MOST_REACH_DEG = 20.0
"""How far beyond a region a country may reach and is still shown whole."""
_LEAST_FRAME_PT = 4.0

_ON_LAND = 0.75  # share of a country's name that stands on its land, where it cannot stand in the middle


def reach_of(countries: gpd.GeoDataFrame, region: Region, reach_deg: float) -> NDArray[np.float64]:
    """West, south, east and north of what the inset shows of countries: all of each, of the very large what lies within `reach_deg`."""
    west, south, east, north = region
    shapes = countries.geometry.to_numpy()
    bounds = shapely.bounds(shapes)
    beyond = np.column_stack([west - bounds[:, 0], south - bounds[:, 1], bounds[:, 2] - east, bounds[:, 3] - north])
    large = beyond.max(axis=1) > _MOST_REACH_DEG
    near = shapely.clip_by_rect(shapes, west - reach_deg, south - reach_deg, east + reach_deg, north + reach_deg)
    return np.asarray(shapely.total_bounds(np.where(large, near, shapes)))


@parts_named("locator-part")
def draw_locator(
    panel: Panel, labeller: Labeller, countries: gpd.GeoDataFrame, concerned: set[str], theme: Theme, *,
    region: Region, box: Box | None = None, factor: float = 1.0, dots: Sequence[tuple[float, float, str]] = (),
    words: Wording = ENGLISH,
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
    words
        The figure's language: read from the right, countries stand with their local names.
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
        labeller.put_furniture(box)
    width, height = box[2] - box[0], box[3] - box[1]
    scale = min(width / (x1 - x0), height / (y1 - y0))
    middle_x, middle_y = (x0 + x1) / 2.0, (y0 + y1) / 2.0

    def place(xy: Any) -> Any:
        px, py = transformer.transform(xy[:, 0], xy[:, 1])
        return np.column_stack([
            (np.asarray(px) - middle_x) * scale + (box[0] + box[2]) / 2.0,
            (np.asarray(py) - middle_y) * scale + (box[1] + box[3]) / 2.0,
        ])  # fmt: skip

    ax = panel.ax
    common: dict[str, Any] = {"transform": panel.ax.transFrame, "clip_on": False}
    ax.add_patch(Rectangle(box[:2], width, height, facecolor=theme.water, edgecolor="none", zorder=31.0, **common))
    pad = 0.6 * max(east - west, north - south)
    edge = shapely.box(*box)
    ranked = countries.assign(_on=countries["country"].isin(concerned)).sort_values("_on", kind="stable")
    names: list[tuple[str, Any]] = []
    coarse = 0.1 / (scale * 111_000.0)  # degrees; a quarter of what is dropped again below
    for _, row in ranked.iterrows():
        near = shapely.simplify(row.geometry, coarse, preserve_topology=False)
        near = shapely.clip_by_rect(shapely.make_valid(near), max(west - pad, -180.0), max(south - pad, -85.0),
                                    min(east + pad, 180.0), min(north + pad, 85.0))  # fmt: skip
        if near.is_empty:
            continue
        shape = shapely.simplify(shapely.transform(near, place), 0.25)
        shape = shapely.intersection(shapely.make_valid(shape), edge)
        # At this size lakes and rivers cut out of the land are specks: outlines only.
        polygons = [
            shapely.Polygon(g.exterior) for g in shapely.get_parts(shape) if g.geom_type == "Polygon" and g.area > 0.4
        ]
        if not polygons:
            continue
        on = bool(row["_on"])
        ax.add_collection(
            PathCollection([polygon_path(polygons)], facecolors=_tint(theme) if on else theme.land,
                           edgecolors=theme.boundary if on else theme.admin1, linewidths=0.5 if on else 0.35,
                           zorder=31.1 + 0.1 * on, **common), autolim=False,
        )  # fmt: skip
        if on:
            local = row.get("name_local")
            name = local if words.rtl and isinstance(local, str) and local else row["name"]
            names.append((str(name), max(polygons, key=lambda g: g.area)))
    frame_lon, frame_lat = panel.degrees(_outline(panel))
    frame = place(np.column_stack([frame_lon, frame_lat]))
    outline = shapely.Polygon() if dots else shapely.intersection(shapely.Polygon(frame).buffer(0), edge)
    if not outline.is_empty and max(np.ptp(frame, axis=0)) < _LEAST_FRAME_PT:  # a speck is no frame: a square round it
        x, y = shapely.get_coordinates(outline.centroid)[0]
        outline = shapely.box(
            x - 0.5 * _LEAST_FRAME_PT, y - 0.5 * _LEAST_FRAME_PT, x + 0.5 * _LEAST_FRAME_PT, y + 0.5 * _LEAST_FRAME_PT
        )
    for ring in (g.exterior for g in shapely.get_parts(outline) if g.geom_type == "Polygon"):
        ax.add_patch(PolygonPatch(shapely.get_coordinates(ring), closed=True, facecolor="none", edgecolor=theme.site,
                                  linewidth=1.1, zorder=31.5, **common))  # fmt: skip
    room = Labeller(panel.width_pt, panel.height_pt, inset=-1e6)
    _draw_dots(panel, room, box, place, dots, theme, factor)
    _name_countries(panel, room, names, outline, theme, factor)
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


def _name_countries(
    panel: Panel, room: Labeller, names: list[tuple[str, Any]], outline: Any, theme: Theme, factor: float
) -> None:
    """Names of the countries concerned in the inset, where they fit in their land and clear of the frame shown there."""
    style = TextStyle(max(5.2 * factor, 5.0), theme.ink, "bold", halo_pt=1.2, halo=theme.halo)
    frame = outline.boundary.buffer(0.6)
    for name, shape in names:
        ink = ink_of(name, style)
        x0, _, x1, _ = shape.bounds
        if ink.advance >= (x1 - x0) * 1.05:
            continue
        for x, y in _places_in(shape, outline, frame, ink.advance + 1.0, ink.y1 + 1.0)[:1]:
            own = (x - ink.advance / 2.0, y - ink.y1 / 2.0, x + ink.advance / 2.0, y + ink.y1 / 2.0)
            if room.free(np.array([own])).all():
                draw_text(panel.ax, x - ink.advance / 2.0, y - ink.y1 / 2.0, name, style, zorder=31.7,
                          transform=panel.ax.transFrame, gid="locator")  # fmt: skip


def _places_in(shape: Any, outline: Any, frame: Any, width: float, height: float) -> list[tuple[float, float]]:
    """
    Middles of a box within a country and clear of the frame shown there, the best first; over the frame only where none is.

    In the middle of the country, else of what of it lies outside or inside the frame, else as near to its middle as most of the
    box stands on its land.
    """
    parts = [shape, *(g for half in (shape.difference(outline), shape.intersection(outline)) for g in _largest(half))]
    middles = np.array([shapely.get_coordinates(part.centroid)[0] for part in parts])
    x0, y0, x1, y1 = shape.bounds
    grid = np.stack(np.meshgrid(np.linspace(x0, x1, 25), np.linspace(y0, y1, 25)), axis=-1).reshape(-1, 2)
    near = np.argsort(np.hypot(*(grid - middles[0]).T), kind="stable")
    tried = np.vstack([middles, grid[near]])
    half = np.array([width, height]) / 2.0
    boxes: Any = shapely.box(*(tried - half).T, *(tried + half).T)
    clear = ~shapely.intersects(boxes, frame)
    clear[len(middles) :] &= (
        shapely.area(shapely.intersection(boxes[len(middles) :], shape)) > _ON_LAND * width * height
    )
    return [(float(x), float(y)) for x, y in (*tried[clear], middles[0])]


def _largest(shape: Any) -> list[Any]:
    """The largest part of a shape, if it has any."""
    return sorted((g for g in shapely.get_parts(shape) if g.area > 0.0), key=lambda g: -g.area)[:1]


def _tint(theme: Theme) -> str:
    """What the countries concerned are filled with: sand on paper, brown on a dark page, grey where the land is grey."""
    light = contrast(theme.page, "#000000") > 6.0
    if np.ptp(rgb_of(theme.land)) < 0.01:
        return "#d4d4d4" if light else "#555555"
    return "#e6d3b8" if light else "#5a5346"


def _outline(panel: Panel) -> NDArray[np.float64]:
    """The frame's edge as a dense ring in points."""
    w, h = panel.width_pt, panel.height_pt
    t = np.linspace(0.0, 1.0, 21)[:-1]
    return np.vstack([
        np.column_stack([t * w, 0 * t]), np.column_stack([0 * t + w, t * h]),
        np.column_stack([w - t * w, 0 * t + h]), np.column_stack([0 * t, h - t * h]),
    ])  # fmt: skip
