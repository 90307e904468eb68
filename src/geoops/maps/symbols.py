"""Symbols that tell the truth: how surely a place is known, what works and what does not, what is only a sketch.

Sites are dots, rings with a disc of their uncertainty to scale, or tinted extents. Infrastructure is filled where it
works, hollow where it does not, and sized by capacity where that is known; lines of schematic course are dotted and
lighter. Each drawing function gives back the legend entries of what it really drew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.markers import MarkerStyle
from matplotlib.patches import Circle
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geoops.core.geodesy import circle
from geoops.maps.basedata import lines_in_points
from geoops.maps.basemap import polygon_path
from geoops.maps.canvas import Panel
from geoops.maps.theme import Theme

__all__ = ["FEATURES", "FeatureStyle", "LegendEntry", "SiteMark", "classify_sites", "draw_features", "draw_sites"]

SITE_RADIUS_PT = 3.25
NOT_WORKING = frozenset(
    {
        "closed", "shut", "shut in", "damaged", "destroyed", "planned", "proposed", "cancelled", "shelved", "idle",
        "mothballed", "abandoned", "retired", "construction", "under construction", "discovered", "in-development",
        "in development", "decommissioned", "inactive", "out of service", "dismantled", "ruined",
    }
)  # fmt: skip


@dataclass(frozen=True)
class LegendEntry:
    """
    One line of the legend.

    Parameters
    ----------
    text
        What it stands for.
    handle
        How its sample is drawn: `marker`, `line`, `patch` or `band`, and the artist's properties.
    count
        How many are on the map; None where a count says nothing.
    order
        Place in the legend.
    """

    text: str
    handle: tuple[str, Mapping[str, Any]]
    count: int | None = None
    order: float = 50.0

    @property
    def label(self) -> str:
        """Text and count, as the legend writes them."""
        return self.text if self.count is None else f"{self.text} ({self.count:,})"


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


@dataclass
class SiteMark:
    """
    One site as it stands on the map.

    Parameters
    ----------
    key, name, local
        Index label, name, local name.
    how
        `exact`, `near`, `area`.
    x, y
        Its point in points of the frame.
    radius
        Of its symbol and disc, in points: what a label must keep clear of.
    extent
        Its area in points, for `area`.
    doubtful
        Whether its reading is ambiguous.
    """

    key: Any
    name: str
    local: str
    how: str
    x: float
    y: float
    radius: float
    symbol: float
    extent: BaseGeometry | None = None
    doubtful: bool = False
    disc: BaseGeometry | None = field(default=None)
    country: str = ""


def _text(value: Any) -> str:
    """A cell as text; missing is empty."""
    return "" if value is None or (not isinstance(value, str) and bool(pd.isna(value))) else str(value)


def classify_sites(panel: Panel, sites: gpd.GeoDataFrame, *, factor: float = 1.0) -> list[SiteMark]:
    """
    What each site is at this scale: exact, near (its uncertainty shows beyond the dot), or an area; those in the frame.

    A site whose extent would be smaller than its symbol is drawn as a point.
    """
    radius = SITE_RADIUS_PT * factor
    marks: list[SiteMark] = []
    for key, row in sites.iterrows():
        point = row.geometry
        if point is None or point.is_empty:
            continue
        if point.geom_type != "Point":
            point = shapely.point_on_surface(point)
        x, y = (float(v) for v in panel.points(point.x, point.y)[0])
        extent = panel.to_frame(row["extent"], margin_pt=4.0) if row["extent"] is not None else None
        visible = extent is not None and not extent.is_empty and extent.intersects(panel.frame)
        mark = SiteMark(
            key, _text(row["name"]) or str(key), _text(row["name_local"]), "exact", x, y, radius, radius,
            doubtful=row["status"] == "ambiguous", country=_text(row["country"]),
        )  # fmt: skip
        if visible and extent is not None:
            west, south, east, north = extent.bounds
            if max(east - west, north - south) > 5.0 * radius:
                if extent.geom_type in {"LineString", "MultiLineString"}:
                    extent = extent.buffer(1.2 * radius)
                mark.how, mark.extent = "area", extent
                marks.append(mark)
                continue
        if not (0 <= x <= panel.width_pt and 0 <= y <= panel.height_pt):
            continue
        uncertainty = float(row["uncertainty_m"])
        if uncertainty / panel.metres_per_pt > 1.35 * radius:
            mark.how = "near"
            mark.disc = panel.to_frame(circle(point.x, point.y, uncertainty, vertices=72), margin_pt=60.0)
            mark.symbol = 0.75 * radius
            mark.radius = max(radius, uncertainty / panel.metres_per_pt)
        marks.append(mark)
    return marks


def draw_sites(panel: Panel, marks: list[SiteMark], theme: Theme) -> list[LegendEntry]:
    """Draw the sites and give back their legend, with counts."""
    ax = panel.ax
    common = {"transform": ax.transFrame}
    for mark in marks:
        if mark.how == "area" and mark.extent is not None:
            path = polygon_path([g for g in shapely.get_parts(mark.extent) if g.geom_type == "Polygon"])
            tint = PathCollection([path], facecolors=theme.site, edgecolors="none", alpha=0.13, zorder=2.0, **common)
            edge = PathCollection(
                [path], facecolors="none", edgecolors=theme.site, linewidths=0.9, linestyles=[(0, (4.0, 2.2))],
                zorder=4.0, **common,
            )  # fmt: skip
            for artist in (tint, edge):
                artist.set_gid(f"site-extent-{mark.key}")
                ax.add_collection(artist, autolim=False)
    for mark in marks:
        if mark.how == "near" and mark.disc is not None:
            path = polygon_path([g for g in shapely.get_parts(mark.disc) if g.geom_type == "Polygon"])
            disc = PathCollection(
                [path], facecolors=[(*_rgb(theme.site), 0.18)], edgecolors=[(*_rgb(theme.site), 0.75)], linewidths=0.5,
                zorder=9.0, **common,
            )  # fmt: skip
            disc.set_gid(f"site-disc-{mark.key}")
            ax.add_collection(disc, autolim=False)
    for mark in marks:
        if mark.how == "area":
            continue
        dot = mark.how == "exact"
        ax.add_patch(
            Circle(
                (mark.x, mark.y), mark.symbol + 0.9, facecolor=theme.site_rim, edgecolor="none", zorder=10.0, **common
            )
        )
        symbol = Circle(
            (mark.x, mark.y), mark.symbol if dot else mark.symbol - 0.5, facecolor=theme.site if dot else theme.site_rim,
            edgecolor=theme.site, linewidth=0.0 if dot else 1.5, zorder=10.1, **common,
            linestyle=(0, (1.4, 1.0)) if mark.doubtful and not dot else "solid",
        )  # fmt: skip
        symbol.set_gid(f"site-{mark.key}")
        ax.add_patch(symbol)
        if dot and mark.doubtful:
            ax.add_patch(Circle((mark.x, mark.y), mark.symbol + 2.2, facecolor="none", edgecolor=theme.site, linewidth=0.7,
                                linestyle=(0, (1.6, 1.2)), zorder=10.1, **common))  # fmt: skip
    words = {
        "exact": ("Named place, position within the dot", ("marker", {"marker": "o", "size": 6.5, "face": theme.site, "edge": theme.site_rim, "width": 0.9}), 1.0),
        "near": ("Named place, somewhere in the disc", ("disc", {"face": theme.site, "rim": theme.site_rim}), 2.0),
        "area": ("Named area", ("patch", {"face": (*_rgb(theme.site), 0.13), "edge": theme.site, "style": (0, (3.0, 1.6)), "width": 0.9}), 3.0),
    }  # fmt: skip
    entries: list[LegendEntry] = []
    for how, (text, handle, order) in words.items():
        count = sum(mark.how == how for mark in marks)
        if count:
            entries.append(LegendEntry(text, handle, count, order))
    doubtful = sum(mark.doubtful for mark in marks)
    if doubtful:
        handle = (
            "marker",
            {"marker": "o", "size": 8.0, "face": "none", "edge": theme.site, "width": 0.7, "style": (0, (1.6, 1.2))},
        )
        entries.append(LegendEntry("The name has other likely readings", handle, doubtful, 4.0))
    return entries


def _rgb(color: str) -> tuple[float, float, float]:
    """A hex colour as three floats."""
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(color)
    return red, green, blue


def _works(status: Any) -> str:
    """`working`, `not working` or `unknown`, from a status in lower case."""
    text = _text(status).strip().lower()
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
    entries: list[LegendEntry] = []
    drawn_lines: list[NDArray[np.float64]] = []
    if is_line.any():
        found, drawn_lines = _draw_lines(panel, name, frame[is_line], style, title, color, factor)
        entries += found
    if is_area.any():
        from geoops.maps.basedata import polygons_in_points

        shapes = polygons_in_points(panel, frame[is_area].geometry)
        if shapes:
            artist = PathCollection(
                [polygon_path(shapes)], facecolors=[(*_rgb(color), 0.15)], edgecolors=color, linewidths=0.6, zorder=2.5,
                transform=panel.ax.transFrame,
            )  # fmt: skip
            artist.set_gid(name)
            panel.ax.add_collection(artist, autolim=False)
            patch = ("patch", {"face": (*_rgb(color), 0.15), "edge": color, "width": 0.6})
            entries.append(LegendEntry(title, patch, int(is_area.sum()), style.order))
    points = np.zeros((0, 2))
    if is_point.any():
        found, points = _draw_points(panel, name, frame[is_point], style, title, color, factor)
        entries += found
    return entries, points, drawn_lines


def _draw_points(
    panel: Panel, name: str, frame: gpd.GeoDataFrame, style: FeatureStyle, title: str, color: str, factor: float
) -> tuple[list[LegendEntry], NDArray[np.float64]]:
    """Markers by status and capacity; those that would hide one another stand once, the largest on top."""
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
    page = panel.figure.get_facecolor()
    looks = {
        "working": (color, color, "", 0.0), "unknown": (color, color, "", 0.0),
        "not working": ("#ffffff" if sum(page[:3]) > 1.5 else "#12171c", color, ", not operating", 0.1),
    }  # fmt: skip
    closed_word = ", closed" if name == "border_crossings" else ", not operating"
    for state in ("not working", "working", "unknown"):
        mask = (works == state) & keep
        total = int((works == state).sum())
        if not mask.any():
            continue
        face, edge, _, _ = looks[state]
        marker = MarkerStyle(style.marker)
        path = marker.get_path().transformed(marker.get_transform())
        stroke_only = style.marker in {"|", "_", "x", "+"}
        order = np.argsort(-size[mask], kind="stable")
        artist = PathCollection(
            [path], sizes=(size[mask][order]) ** 2, offsets=points[mask][order], offset_transform=panel.ax.transFrame,
            facecolors="none" if stroke_only else face, edgecolors=edge if stroke_only or state == "not working" else "#ffffff",
            linewidths=1.2 if stroke_only else 0.8 if state == "not working" else 0.45, zorder=6.0 + (60 - style.order) / 100,
            transform=IdentityTransform(),
        )  # fmt: skip
        artist.set_gid(f"{name}-{state.replace(' ', '-')}")
        panel.ax.add_collection(artist, autolim=False)
        handle = ("marker", {
            "marker": style.marker, "size": style.size_pt * 1.15, "face": "none" if stroke_only else face,
            "edge": edge if stroke_only or state == "not working" else "#ffffff", "width": 1.2 if stroke_only else 0.8,
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


_QUALITY = {
    "surveyed": ("solid", 1.0, ""),
    "generalised": ("solid", 1.0, ""),
    "approximate": ((0, (4.0, 1.8)), 0.9, ", approximate course"),
    "schematic": ((0, (1.0, 1.7)), 0.75, ", schematic course"),
}


def _draw_lines(
    panel: Panel, name: str, frame: gpd.GeoDataFrame, style: FeatureStyle, title: str, color: str, factor: float
) -> tuple[list[LegendEntry], list[NDArray[np.float64]]]:
    """Lines by how well their course is known, and pipelines by what they carry."""
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
        dash, strength, words = _QUALITY.get(str(how), _QUALITY["schematic"])
        width = style.size_pt * factor * (1.0 if how in {"surveyed", "generalised"} else 0.95)
        tone = _lighter(color, 1.0 - strength)
        if substance == "gas":
            tone = _lighter(color, 0.15 + 1.0 - strength)
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


def _lighter(color: str, share: float) -> str:
    """A colour mixed with white by a share."""
    from matplotlib.colors import to_hex

    red, green, blue = _rgb(color)
    return str(to_hex([c + (1.0 - c) * share for c in (red, green, blue)]))
