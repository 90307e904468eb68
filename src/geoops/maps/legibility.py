"""Whether what a figure is about can be told from what lies under it, measured on the figure as it is drawn.

The map is drawn once more, small, without the marks that are judged; then each mark's colour is held against the pixels
under it by the contrast of WCAG 2.2, which asks 3 to 1 of graphics. A mark with a rim or casing is held against that. Nothing
here changes the figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from geoops.maps.features import FEATURES
from geoops.maps.geosaving import rendered
from geoops.maps.theme import Theme, contrast

if TYPE_CHECKING:
    from geoops.maps.mapfigure import MapFigure, Sheet

__all__ = ["Faint", "faint_marks", "scale_spread"]

LEAST = 3.0
_SHARE = 0.25  # of a line may cross roads and borders, over which it is followed all the same
_DPI = 72
_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Faint:
    """
    Marks of one kind that are hard to see.

    Parameters
    ----------
    what
        Name of the marks, as in the SVG.
    color
        Theirs.
    contrast
        Of the quarter that stands out least.
    share
        How many of them are below 3 to 1.
    """

    what: str
    color: str
    contrast: float
    share: float


def faint_marks(figure: MapFigure) -> list[Faint]:
    """
    Marks of which more than a quarter stand out less than 3 to 1 from what lies under them.

    Judged are infrastructure, the edges of bands, equal distances, rings and connectors; sites, routes and labels have a
    rim or a halo of their own.
    """
    found = []
    judged_on = [(sheet, judged) for sheet in figure.sheets if (judged := list(_judged(sheet, figure.theme)))]
    if not judged_on:
        return []
    pixels = _without_marks(figure, judged_on)
    for sheet, judged in judged_on:
        ground = _cut(pixels, sheet)
        for mark in judged:
            inside = mark.points[sheet.panel.inside(mark.points, inset_pt=1.0)]
            if not len(inside):
                continue
            rows = (sheet.panel.height_pt - inside[:, 1]).astype(int).clip(0, ground.shape[0] - 1)
            columns = inside[:, 0].astype(int).clip(0, ground.shape[1] - 1)
            ratios = _ratios(mark.color, ground[rows, columns])
            if mark.rim is not None:
                ratios = np.maximum(ratios, contrast(mark.color, mark.rim))
            share = float((ratios < LEAST).mean())
            if share > _SHARE:
                found.append(Faint(mark.gid, mark.color, float(np.quantile(ratios, _SHARE)), share))
    return list({(faint.what, faint.color): faint for faint in found}.values())


@dataclass(frozen=True)
class _Judged:
    """A collection that is judged: its name and colour, places on it in points, and the colour of its rim."""

    gid: str
    artist: Any
    color: str
    points: _Floats
    rim: str | None = None


def _judged(sheet: Sheet, theme: Theme) -> Iterator[_Judged]:
    """The collections of a map that are judged."""
    cased = {
        str(a.get_gid()).removesuffix("-casing")
        for a in sheet.panel.ax.collections
        if str(a.get_gid()).endswith("-casing")
    }
    names = (*FEATURES, "band-edge", "chance-edge", "distance-", "dated-area")
    for artist in sheet.panel.ax.collections:
        gid = str(artist.get_gid() or "")
        if not gid.startswith(names) or gid.endswith("-casing"):
            continue
        if isinstance(artist, LineCollection):
            segments = [np.asarray(segment) for segment in artist.get_segments()]
            if segments:
                yield _Judged(gid, artist, _hex(artist.get_colors()[0]), np.concatenate([_along(s) for s in segments]))
        elif isinstance(artist, PathCollection):
            offsets = np.asarray(artist.get_offsets(), dtype=float)
            fills: Any = artist.get_facecolor()
            edges: Any = artist.get_edgecolor()
            colors = [_hex(c[0]) for c in (fills, edges) if len(c) and c[0][3] > 0.0]
            if not len(offsets) or not colors:
                continue
            # A filled mark has a rim, a hollow one is its own; what it is told by is the other colour.
            own = [color for color in colors if color != theme.site_rim.lower()] or colors
            rim = colors[1 - colors.index(own[0])] if len(colors) > 1 else theme.halo if gid in cased else None
            yield _Judged(gid, artist, own[0], offsets, rim)


def _along(segment: _Floats, step: float = 6.0) -> _Floats:
    """Places along a line, every few points of the sheet."""
    gaps = np.hypot(*np.diff(segment, axis=0).T)
    ends = np.concatenate([[0.0], np.cumsum(gaps)])
    at = np.arange(0.0, ends[-1] + 1e-9, step)
    return np.column_stack([np.interp(at, ends, segment[:, axis]) for axis in (0, 1)])


def _without_marks(figure: MapFigure, judged_on: Sequence[tuple[Sheet, Sequence[_Judged]]]) -> NDArray[np.uint8]:
    """The whole figure without the marks and without everything that stands above them, a pixel a point."""
    maps = {id(sheet.panel.ax) for sheet, _ in judged_on}
    # What stands round the maps is cut away below, and letters take longest to draw.
    hidden: list[Any] = [a for a in figure.fig.get_children() if id(a) not in maps and a is not figure.fig.patch]
    for sheet, judged in judged_on:
        lowest = max(min(mark.artist.get_zorder() for mark in judged), 1.75)
        own = {id(mark.artist) for mark in judged}
        hidden += [a for a in sheet.panel.ax.get_children() if id(a) in own or a.get_zorder() >= lowest]
    shown = [artist.get_visible() for artist in hidden]
    for artist in hidden:
        artist.set_visible(False)
    try:
        return rendered(figure, _DPI)
    finally:
        for artist, visible in zip(hidden, shown, strict=True):
            artist.set_visible(visible)


def _cut(pixels: NDArray[np.uint8], sheet: Sheet) -> NDArray[np.uint8]:
    """The part of a figure that a frame takes, row 0 at the top."""
    left, bottom, width, height = (value / 25.4 * _DPI for value in sheet.panel.rect_mm)
    top = round(pixels.shape[0] - bottom - height)
    return pixels[top : top + round(height), round(left) : round(left + width)]


def _hex(color: Any) -> str:
    """A colour as six digits."""
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in to_rgb(color[:3]))


def _luminance(rgb: _Floats) -> _Floats:
    """Relative luminance of colours from 0 to 1, shape (n, 3)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    result: _Floats = linear @ np.array([0.2126, 0.7152, 0.0722])
    return result


def _ratios(color: str, pixels: NDArray[np.uint8]) -> _Floats:
    """Contrast of a colour with each pixel."""
    mine = float(_luminance(np.array([to_rgb(color)]))[0])
    theirs = _luminance(pixels.astype(float) / 255.0)
    return np.asarray((np.maximum(mine, theirs) + 0.05) / (np.minimum(mine, theirs) + 0.05))


def scale_spread(sheet: Sheet) -> float:
    """By which share lengths on the map are drawn too long or too short at most, the scale being true in the middle."""
    import pyproj

    panel = sheet.panel
    x, y = np.meshgrid(np.linspace(0.0, panel.width_pt, 9), np.linspace(0.0, panel.height_pt, 9))
    lon, lat = panel.degrees(np.column_stack([x.ravel(), y.ravel()]))
    factors = pyproj.Proj(panel.crs).get_factors(lon, lat)
    scales = np.vstack([factors.tissot_semimajor, factors.tissot_semiminor])
    middle = scales[:, len(lon) // 2].mean()
    return float(np.abs(scales / middle - 1.0).max())
