"""Infrastructure on the map: filled where it works, hollow where it does not, sized by capacity, dotted where its course is only
schematic. Each drawing function gives back the legend entries of what it really drew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.markers import MarkerStyle
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray

from geoops.maps.basedata import lines_in_points
from geoops.maps.basemap import polygon_path
from geoops.maps.canvas import Panel
from geoops.maps.symbols import LegendEntry, cell_text
from geoops.maps.theme import Theme, contrast, rgb_of

__all__ = ["FEATURES", "FeatureStyle", "draw_features"]


NOT_WORKING = frozenset(
    {
        "closed", "shut", "shut in", "damaged", "destroyed", "planned", "proposed", "cancelled", "shelved", "idle",
        "mothballed", "abandoned", "retired", "construction", "under construction", "discovered", "in-development",
        "in development", "decommissioned", "inactive", "out of service", "dismantled", "ruined",
    }
)  # fmt: skip


@dataclass(frozen=True)
class FeatureStyle:
    """
    How one layer of infrastructure is drawn.

    Parameters
    ----------
    title
        What one feature is called in the legend.
    color
        Field of the theme.
    marker, size_pt
        Marker and its diameter; lines take the size as their width.
    capacity
        Column that the symbol's area follows.
    order
        Place in the legend and in the stack.
    """

    title: str
    color: str
    marker: str = "o"
    size_pt: float = 3.4
    capacity: str | None = None
    capacity_unit: str = ""
    order: float = 30.0


FEATURES: Mapping[str, FeatureStyle] = {
    "oil_gas_fields": FeatureStyle("Oil or gas field", "oil", "o", 3.6, "capacity_bpd", "barrels a day", 30),
    "refineries": FeatureStyle("Refinery", "oil", "^", 5.0, "capacity_bpd", "barrels a day", 31),
    "pipelines": FeatureStyle("pipeline", "oil", size_pt=0.9, order=32),
    "power_stations": FeatureStyle("Power station", "power", "s", 3.4, "capacity_mw", "MW", 34),
    "power_lines": FeatureStyle("Transmission line", "power", size_pt=0.7, order=35),
    "dams": FeatureStyle("Dam", "dam", "v", 4.4, "capacity_mw", "MW", 36),
    "border_crossings": FeatureStyle("Border crossing", "crossing", "D", 4.2, order=38),
    "bridges": FeatureStyle("Bridge", "transport", "|", 5.0, order=39),
    "camps": FeatureStyle("Camp", "camp", "p", 5.0, order=40),
    "airports": FeatureStyle("Airport", "transport", "P", 4.6, order=41),
    "road_links": FeatureStyle("Road link", "road", size_pt=0.8, order=42),
}
"""Layers of infrastructure that have a look of their own; others get `_OTHER`."""


_OTHER = FeatureStyle("", "transport", "h", 4.2, order=48)


def _works(status: Any) -> str:
    """`working`, `not working` or `unknown`, from a status in lower case."""
    text = cell_text(status).strip().lower()
    if not text or text in {"unknown", "not known"}:
        return "unknown"
    return "not working" if text in NOT_WORKING else "working"


def draw_features(
    panel: Panel, name: str, frame: gpd.GeoDataFrame, theme: Theme, *, factor: float = 1.0
) -> tuple[list[LegendEntry], NDArray[np.float64], list[NDArray[np.float64]]]:
    """
    Draw one layer of infrastructure.

    Returns
    -------
    tuple
        The legend entries, the points drawn (n, 2) and the lines drawn, both in points of the frame, for the labels
        to keep clear of.
    """
    style = FEATURES.get(name, _OTHER)
    title = style.title or name.replace("_", " ").capitalize()
    color = getattr(theme, style.color)
    geometry = frame.geometry
    known = ~(geometry.isna() | geometry.is_empty)
    is_point = geometry.geom_type.isin(["Point", "MultiPoint"]) & known
    is_line = geometry.geom_type.isin(["LineString", "MultiLineString"]) & known
    is_area = geometry.geom_type.isin(["Polygon", "MultiPolygon"]) & known
    tiny = is_area & _smaller_than_its_symbol(panel, geometry, style.size_pt * factor)
    if tiny.any():
        frame = frame.set_geometry(geometry.mask(tiny, geometry.representative_point()))
        is_point, is_area = is_point | tiny, is_area & ~tiny
    entries: list[LegendEntry] = []
    drawn_lines: list[NDArray[np.float64]] = []
    if is_line.any():
        found, drawn_lines = _draw_lines(panel, name, frame[is_line], style, title, theme, factor)
        entries += found
    if is_area.any():
        from geoops.maps.basedata import polygons_in_points

        shapes = polygons_in_points(panel, frame[is_area].geometry)
        if shapes:
            artist = PathCollection(
                [polygon_path(shapes)], facecolors=[(*rgb_of(color), 0.15)], edgecolors=color, linewidths=0.6, zorder=2.5,
                transform=panel.ax.transFrame,
            )  # fmt: skip
            artist.set_gid(name)
            panel.ax.add_collection(artist, autolim=False)
            patch = ("patch", {"face": (*rgb_of(color), 0.15), "edge": color, "width": 0.6})
            entries.append(LegendEntry(title, patch, int(is_area.sum()), style.order))
    points = np.zeros((0, 2))
    if is_point.any():
        found, points = _draw_points(panel, name, frame[is_point], style, title, theme, factor)
        entries += found
    return entries, points, drawn_lines


def _smaller_than_its_symbol(panel: Panel, geometry: gpd.GeoSeries, size_pt: float) -> pd.Series:
    """Which features cover less of the page than the symbol that stands for them: an outline would only hide it."""
    bounds = geometry.bounds.fillna(0.0)
    low = panel.points(bounds["minx"].to_numpy(), bounds["miny"].to_numpy())
    high = panel.points(bounds["maxx"].to_numpy(), bounds["maxy"].to_numpy())
    return pd.Series(np.abs(high - low).max(axis=1) < 2.0 * size_pt, index=geometry.index)


def _draw_points(
    panel: Panel, name: str, frame: gpd.GeoDataFrame, style: FeatureStyle, title: str, theme: Theme, factor: float
) -> tuple[list[LegendEntry], NDArray[np.float64]]:
    """Markers by status and capacity; those that would hide one another stand once, the largest on top."""
    color = getattr(theme, style.color)
    at = frame.geometry.centroid if (frame.geom_type != "Point").any() else frame.geometry
    points = panel.points(at.x.to_numpy(), at.y.to_numpy())
    inside = panel.inside(points, inset_pt=1.0)
    if not inside.any():
        return [], np.zeros((0, 2))
    frame, points = frame[inside], points[inside]
    size = np.full(len(frame), style.size_pt * factor)
    sized = style.capacity is not None and style.capacity in frame
    if sized:
        capacity = pd.to_numeric(frame[style.capacity], errors="coerce").to_numpy(dtype=float)
        middle = float(np.nanmedian(capacity)) if np.isfinite(capacity).any() else np.nan
        if np.isfinite(middle) and middle > 0:
            scaled = style.size_pt * factor * np.clip(np.sqrt(capacity / middle), 0.75, 2.0)
            size = np.where(np.isfinite(capacity), scaled, size)
        else:
            sized = False
    works = frame["status"].map(_works).to_numpy() if "status" in frame else np.full(len(frame), "unknown")
    keep = _apart(points, size, works)
    entries: list[LegendEntry] = []
    looks = {
        "working": (color, theme.site_rim), "unknown": (color, theme.site_rim), "not working": (theme.site_rim, color),
    }  # fmt: skip
    closed_word = ", closed" if name == "border_crossings" else ", not operating"
    for state in ("not working", "working", "unknown"):
        mask = (works == state) & keep
        total = int((works == state).sum())
        if not mask.any():
            continue
        face, edge = looks[state]
        marker = MarkerStyle(style.marker)
        path = marker.get_path().transformed(marker.get_transform())
        stroke_only = style.marker in {"|", "_", "x", "+"}
        order = np.argsort(-size[mask], kind="stable")
        artist = PathCollection(
            [path], sizes=(size[mask][order]) ** 2, offsets=points[mask][order], offset_transform=panel.ax.transFrame,
            facecolors="none" if stroke_only else face, edgecolors=color if stroke_only else edge,
            linewidths=1.2 if stroke_only else 0.8 if state == "not working" else 0.45, zorder=6.0 + (60 - style.order) / 100,
            transform=IdentityTransform(),
        )  # fmt: skip
        artist.set_gid(f"{name}-{state.replace(' ', '-')}")
        if stroke_only:  # has no rim of its own, and may stand on a line
            casing = PathCollection(
                [path], sizes=(size[mask][order]) ** 2, offsets=points[mask][order], offset_transform=panel.ax.transFrame,
                facecolors="none", edgecolors=theme.halo, linewidths=2.8, zorder=artist.get_zorder() - 0.001,
                transform=IdentityTransform(),
            )  # fmt: skip
            casing.set_gid(f"{artist.get_gid()}-casing")
            panel.ax.add_collection(casing, autolim=False)
        panel.ax.add_collection(artist, autolim=False)
        handle = ("marker", {
            "marker": style.marker, "size": style.size_pt * 1.15, "face": "none" if stroke_only else face,
            "edge": color if stroke_only else edge, "width": 1.2 if stroke_only else 0.8,
        })  # fmt: skip
        words = title + (closed_word if state == "not working" else "")
        shown = [entry for entry in entries if entry.text == words]
        if shown:  # working and unknown share a look, and so one line
            entries[entries.index(shown[0])] = LegendEntry(words, handle, (shown[0].count or 0) + total, style.order)
        else:
            entries.append(LegendEntry(words, handle, total, style.order + (0.1 if state == "not working" else 0.0)))
    if sized and style.capacity_unit:
        entries = [
            LegendEntry(f"{e.text}, by {style.capacity_unit}", e.handle, e.count, e.order)
            if e.order == style.order
            else e
            for e in entries
        ]
    return entries, points[keep]


def _apart(points: NDArray[np.float64], size: NDArray[np.float64], works: Any) -> NDArray[np.bool_]:
    """Which markers to draw, so that none hides another of its kind wholly: larger and working ones first."""
    order = np.lexsort((np.arange(len(points)), works != "working", -size))
    keep = np.zeros(len(points), dtype=bool)
    taken: list[int] = []
    for i in order:
        if taken:
            gap = np.hypot(*(points[taken] - points[i]).T)
            if (gap < 0.55 * size[i]).any():
                continue
        keep[i] = True
        taken.append(int(i))
    return keep


_LEAST_CONTRAST = 4.0  # above what is asked, for the shade of the relief and for what lines cross
_QUALITY = {
    "surveyed": ("solid", 1.0, ""),
    "generalised": ("solid", 1.0, ""),
    "approximate": ((0, (4.0, 1.8)), 0.9, ", approximate course"),
    "schematic": ((0, (1.0, 1.7)), 0.75, ", schematic course"),
}


def _draw_lines(
    panel: Panel, name: str, frame: gpd.GeoDataFrame, style: FeatureStyle, title: str, theme: Theme, factor: float
) -> tuple[list[LegendEntry], list[NDArray[np.float64]]]:
    """Lines by how well their course is known, and pipelines by what they carry."""
    color = getattr(theme, style.color)
    entries: list[LegendEntry] = []
    every: list[NDArray[np.float64]] = []
    quality = (
        frame["geometry_quality"].fillna("surveyed")
        if "geometry_quality" in frame
        else pd.Series("surveyed", frame.index)
    )
    carries = frame["substance"].fillna("") if "substance" in frame else pd.Series("", frame.index)
    groups = frame.groupby([carries.astype(str).str.lower(), quality.astype(str)], sort=True)
    for number, ((substance, how), group) in enumerate(groups):
        lines = lines_in_points(panel, group.geometry.to_numpy())
        inside = [line for line in lines if panel.inside(line).any() or len(line) > 1]
        if not inside:
            continue
        dash: Any
        dash, strength, words = _QUALITY.get(str(how), _QUALITY["schematic"])
        width = style.size_pt * factor * (1.0 if how in {"surveyed", "generalised"} else 0.95)
        tone = _paler(color, theme, 1.0 - strength)
        if substance == "gas":
            tone = _paler(color, theme, 0.15 + 1.0 - strength)
            if dash != "solid":
                dash = (0, (1.0, 1.7, 1.0, 1.7, 4.0, 1.7)) if how == "schematic" else (0, (6.0, 1.8, 1.0, 1.8))
        artist = LineCollection(
            lines, colors=tone, linewidths=width, linestyles=[dash], zorder=4.5 + number / 100, capstyle="butt",
            transform=panel.ax.transFrame,
        )  # fmt: skip
        artist.set_gid(f"{name}-{how}")
        panel.ax.add_collection(artist, autolim=False)
        every += lines
        what = f"{substance.capitalize()} {title.lower()}" if substance else title.capitalize()
        count = sum(1 for geometry in group.geometry if panel.to_frame(geometry, margin_pt=0.0).length > 0)
        entries.append(LegendEntry(what + words, ("line", {"color": tone, "width": width, "style": dash}), count,
                                   style.order + number / 10))  # fmt: skip
    return entries, every


def _paler(color: str, theme: Theme, share: float) -> str:
    """A colour mixed with the land by a share, or by as much of it as leaves 4 to 1 against all that the base has of land."""
    while True:
        mixed = [c + (g - c) * share for c, g in zip(rgb_of(color), rgb_of(theme.land), strict=True)]
        made = "#" + "".join(f"{round(c * 255):02x}" for c in mixed)
        if share <= 0.0 or min(contrast(made, ground) for ground in (theme.land, *theme.relief)) >= _LEAST_CONTRAST:
            return made
        share = max(share - 0.02, 0.0)
