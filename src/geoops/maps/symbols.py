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
from matplotlib.patches import Circle
from matplotlib.path import Path as MplPath
from matplotlib.transforms import IdentityTransform
from shapely.geometry.base import BaseGeometry

from geoops.core.geodesy import circle
from geoops.maps.basemap import polygon_path
from geoops.maps.canvas import Panel, lines_of
from geoops.maps.theme import Theme, rgb_of
from geoops.maps.vectorlayers import parts_named

__all__ = ["LegendEntry", "SiteMark", "cell_text", "classify_sites", "draw_sites"]

SITE_RADIUS_PT = 3.25
RIM_PT = 0.9
LINE_WIDTH_PT = 1.6
_CROWD = 80  # sites, above which their symbols shrink
MOST_GROUPS = 400  # sites that are a group each in an SVG
_RIVERS = frozenset({"STM", "STMC", "STMD", "STMI", "STMM", "STMQ", "STMS", "STMX", "CNL"})  # GeoNames' running waters
_LINES = frozenset({"LineString", "MultiLineString"})


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


@dataclass
class SiteMark:
    """
    One site as it stands on the map.

    Parameters
    ----------
    key, name, local
        Index label, name, local name.
    how
        `exact`, `near`, `area`, `line`.
    x, y
        Its point in points of the frame.
    radius
        Of its symbol and disc, in points: what a label must keep clear of.
    extent
        Its area or line in points, for `area` and `line`.
    doubtful
        Whether its reading is ambiguous.
    doubt_pt
        How far from its point the place may lie, on paper.
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
    kind: str = ""
    doubt_pt: float = 0.0

    @property
    def looks_too_sure(self) -> bool:
        """Whether it is drawn as exact though the place may lie outside its dot."""
        return self.how == "exact" and self.doubt_pt > self.symbol + RIM_PT + 0.05


def cell_text(value: Any) -> str:
    """A cell as text; missing is empty."""
    return "" if value is None or (not isinstance(value, str) and bool(pd.isna(value))) else str(value)


def classify_sites(panel: Panel, sites: gpd.GeoDataFrame, *, factor: float = 1.0) -> list[SiteMark]:
    """
    What each site is at this scale: exact, near (its uncertainty shows beyond the dot), an area or a line; those in the frame.

    A site whose extent would be smaller than its symbol is drawn as a point. Where there are many sites, symbols are smaller.
    """
    radius = SITE_RADIUS_PT * factor * max(min(1.0, (_CROWD / max(len(sites), 1)) ** 0.25), 0.4)
    marks: list[SiteMark] = []
    columns = [c for c in ("name", "name_local", "extent", "status", "country", "kind", "uncertainty_m") if c in sites]
    for key, place, row in zip(sites.index, sites.geometry, sites[columns].to_dict("records"), strict=True):
        if place is None or place.is_empty:
            continue
        point = place if place.geom_type == "Point" else shapely.point_on_surface(place)
        x, y = (float(v) for v in panel.points(point.x, point.y)[0])
        extent = panel.to_frame(row["extent"], margin_pt=4.0) if row["extent"] is not None else None
        visible = extent is not None and not extent.is_empty and extent.intersects(panel.frame)
        mark = SiteMark(
            key, cell_text(row["name"]) or str(key), cell_text(row["name_local"]), "exact", x, y, radius, radius,
            doubtful=row["status"] == "ambiguous", country=cell_text(row["country"]),
            kind=cell_text(row.get("kind")),
        )  # fmt: skip
        if visible and extent is not None:
            west, south, east, north = extent.bounds
            if max(east - west, north - south) > 5.0 * radius:
                mark.how, mark.extent = ("line" if extent.geom_type in _LINES else "area"), extent
                marks.append(mark)
                continue
        if not (0 <= x <= panel.width_pt and 0 <= y <= panel.height_pt):
            continue
        uncertainty = float(row["uncertainty_m"])
        if extent is not None and not extent.is_empty:  # too small to draw, and perhaps still larger than the dot
            far = shapely.hausdorff_distance(shapely.Point(x, y), shapely.MultiPoint(shapely.get_coordinates(extent)))
            uncertainty = float(np.nanmax([uncertainty, far * panel.metres_per_pt]))
        mark.doubt_pt = uncertainty / panel.metres_per_pt
        if mark.doubt_pt > radius + RIM_PT:
            mark.how = "near"
            mark.disc = panel.to_frame(circle(point.x, point.y, uncertainty, vertices=72), margin_pt=60.0)
            mark.symbol = 0.75 * radius
            mark.radius = max(radius, uncertainty / panel.metres_per_pt)
        marks.append(mark)
    return marks


def _draw_together(panel: Panel, marks: list[SiteMark], theme: Theme) -> None:
    """Dots and rings of a crowd, those of a look in one group: a group each takes seconds, and nobody opens thousands."""
    looks: dict[str, tuple[float, dict[str, Any]]] = {
        "exact": (0.0, {"facecolors": theme.site, "edgecolors": "none"}),
        "near": (-0.5, {"facecolors": theme.site_rim, "edgecolors": theme.site, "linewidths": 1.5}),
        "doubtful": (2.2, {"facecolors": "none", "edgecolors": theme.site, "linewidths": 0.7, "linestyles": [(0, (1.6, 1.2))]}),
    }  # fmt: skip
    rim = (RIM_PT, {"facecolors": theme.site_rim, "edgecolors": "none"})
    groups = [
        ("casing", marks, rim),
        *((how, [mark for mark in marks if mark.how == how], looks[how]) for how in ("exact", "near")),
        ("doubtful", [mark for mark in marks if mark.doubtful], looks["doubtful"]),
    ]
    for number, (what, group, (more, look)) in enumerate(groups):
        if not group:
            continue
        artist = PathCollection(
            [MplPath.unit_circle()], sizes=[(mark.symbol + more) ** 2 for mark in group],
            offsets=[(mark.x, mark.y) for mark in group], transform=IdentityTransform(),
            offset_transform=panel.ax.transFrame, zorder=10.0 + number / 100.0, **look,
        )  # fmt: skip
        artist.set_gid(f"sites-{what}")
        panel.ax.add_collection(artist, autolim=False)


@parts_named("site-part")
def draw_sites(panel: Panel, marks: list[SiteMark], theme: Theme) -> list[LegendEntry]:
    """Draw the sites and give back their legend, with counts."""
    ax = panel.ax
    common: dict[str, Any] = {"transform": ax.transFrame}
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
        if mark.how == "line" and mark.extent is not None:
            lines = lines_of(mark.extent)
            for width, color, order in ((LINE_WIDTH_PT + 1.8, theme.halo, 4.0), (LINE_WIDTH_PT, theme.site, 4.1)):
                course = LineCollection(
                    lines, colors=color, linewidths=width, zorder=order, capstyle="round", joinstyle="round", **common
                )
                course.set_gid(f"site-line-{mark.key}")
                ax.add_collection(course, autolim=False)
    for mark in marks:
        if mark.how == "near" and mark.disc is not None:
            path = polygon_path([g for g in shapely.get_parts(mark.disc) if g.geom_type == "Polygon"])
            disc = PathCollection(
                [path], facecolors=[(*rgb_of(theme.site), 0.18)], edgecolors=[(*rgb_of(theme.site), 0.75)], linewidths=0.5,
                zorder=9.0, **common,
            )  # fmt: skip
            disc.set_gid(f"site-disc-{mark.key}")
            ax.add_collection(disc, autolim=False)
    dots = [mark for mark in marks if mark.how in {"exact", "near"}]
    if len(dots) > MOST_GROUPS:
        _draw_together(panel, dots, theme)
    for mark in dots if len(dots) <= MOST_GROUPS else ():
        dot = mark.how == "exact"
        ax.add_artist(
            Circle(
                (mark.x, mark.y),
                mark.symbol + RIM_PT,
                facecolor=theme.site_rim,
                edgecolor="none",
                zorder=10.0,
                **common,
            )
        )
        symbol = Circle(
            (mark.x, mark.y), mark.symbol if dot else mark.symbol - 0.5, facecolor=theme.site if dot else theme.site_rim,
            edgecolor=theme.site, linewidth=0.0 if dot else 1.5, zorder=10.1, **common,
            linestyle=(0, (1.4, 1.0)) if mark.doubtful and not dot else "solid",
        )  # fmt: skip
        symbol.set_gid(f"site-{mark.key}")
        ax.add_artist(symbol)
        if dot and mark.doubtful:
            ax.add_artist(Circle((mark.x, mark.y), mark.symbol + 2.2, facecolor="none", edgecolor=theme.site, linewidth=0.7,
                                linestyle=(0, (1.6, 1.2)), zorder=10.1, **common))  # fmt: skip
    words: dict[str, tuple[str, tuple[str, dict[str, Any]], float]] = {
        "exact": ("Named place, position within the dot", ("marker", {"marker": "o", "size": 6.5, "face": theme.site, "edge": theme.site_rim, "width": 0.9}), 1.0),
        "near": ("Named place, somewhere in the disc", ("disc", {"face": theme.site, "rim": theme.site_rim}), 2.0),
        "area": ("Named area", ("patch", {"face": (*rgb_of(theme.site), 0.13), "edge": theme.site, "style": (0, (3.0, 1.6)), "width": 0.9}), 3.0),
    }  # fmt: skip
    rivers = all(mark.kind in _RIVERS for mark in marks if mark.how == "line")
    line = {"color": theme.site, "width": LINE_WIDTH_PT, "casing": theme.halo}
    words["line"] = ("Named river" if rivers else "Named line", ("line", line), 3.5)
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
