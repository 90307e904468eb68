"""Corridor bands, filled where a journey is so much longer, or by how surely a place lies in the corridor."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
import xarray as xr
from contourpy import FillType, contour_generator
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.path import Path as MplPath
from numpy.typing import NDArray

from geoops.core.types import Corridor, grid_crs
from geoops.maps.canvas import lines_of
from geoops.maps.mapfigure import MapFigure, Sheet
from geoops.maps.surfaces import on_frame, outlines
from geoops.maps.symbols import LegendEntry
from geoops.maps.theme import rgb_of

__all__ = ["add_to_map", "draw_bands", "draw_ensemble"]


_SHARES = (0.02, 0.05, 0.10, 0.20)


_CHANCES = {0.9: 0, 0.5: 2, 0.1: 3}  # share of the draws, and the place of its colour among the bands
_SPECK_PT2 = 9.0  # a patch or a hole below about a square millimetre is noise of the draws


def _levels(corridors: Sequence[Corridor]) -> list[float]:
    """Shares at which bands end: the usual ones within the slack, and the slack itself."""
    slack = max(c.slack for c in corridors)
    levels = [share for share in _SHARES if share < slack - 1e-6]
    return [*levels[-3:], slack]


def draw_bands(figure: MapFigure, sheet: Sheet, corridors: Sequence[Corridor]) -> None:
    """Fill and outline where a journey is at most so much longer than the fastest."""
    usable = [
        c for c in corridors if c.hours > 0 and np.isfinite(c.hours) and np.isfinite(np.asarray(c.extra_h.values)).any()
    ]
    if not usable:
        return
    levels = _levels(usable)
    outside = levels[-1] * 1.6
    smallest: NDArray[np.float64] | None = None
    for c in usable:
        crs = grid_crs(c.extra_h, "extra_h")  # which registers the accessor
        xs, ys, values = on_frame(sheet.panel, (c.extra_h / c.hours).rio.write_crs(crs), outside)
        smallest = values if smallest is None else np.minimum(smallest, values)
    assert smallest is not None  # noqa: S101
    theme = figure.theme
    # With fewer levels than colours the palest are kept for the widest.
    places = np.linspace(0, len(theme.bands) - 1, len(levels)).round().astype(int) if len(levels) > 1 else np.array([1])
    generator = contour_generator(xs, ys, smallest, fill_type=FillType.OuterOffset)
    low = -1.0
    count = 0
    for level, place in zip(levels, places, strict=True):
        # From the fastest outwards; the first band has no lower edge.
        paths = _filled(generator, low, level)
        if paths:
            count += 1
            color, edge = theme.bands[place], theme.band_edges[place]
            add_to_map(
                sheet,
                PathCollection(paths, facecolors=color, edgecolors="none", alpha=0.62, zorder=1.5),
                f"band-{level:g}",
            )
            outer = outlines(generator, level)
            add_to_map(
                sheet,
                LineCollection(outer, colors=edge, linewidths=0.75, zorder=1.8, capstyle="round"),
                f"band-edge-{level:g}",
            )
            sheet.labeller.weigh_lines(outer, 0.2)
            words = f"Journey up to {level * 100:g} % longer than the fastest"
            patch = ("patch", {"face": (*rgb_of(color), 0.62), "edge": edge, "width": 0.75})
            figure.add_legend([LegendEntry(words, patch, None, 10.0 + level)])
        low = level


def draw_ensemble(figure: MapFigure, sheet: Sheet, ensemble: xr.DataArray) -> None:
    """Fill and outline where a cell lies in the corridor in so many of the draws, in place of the bands: both at once hide the map."""
    xs, ys, values = on_frame(sheet.panel, ensemble, 0.0)
    generator = contour_generator(xs, ys, values, fill_type=FillType.OuterOffset)
    draws = ensemble.attrs.get("draws")
    theme, above = figure.theme, np.inf
    for chance, place in _CHANCES.items():
        paths = _filled(generator, chance, above, least_pt2=_SPECK_PT2)
        above = chance
        if not paths:
            continue
        color, edge = theme.bands[place], theme.band_edges[place]
        fill = PathCollection(paths, facecolors=color, edgecolors="none", alpha=0.62, zorder=1.5)
        add_to_map(sheet, fill, f"chance-{chance:g}")
        lines = [line for line in outlines(generator, chance) if _encloses(line) > _SPECK_PT2]
        add_to_map(sheet, LineCollection(lines, colors=edge, linewidths=0.75, zorder=1.9), f"chance-edge-{chance:g}")
        sheet.labeller.weigh_lines(lines, 0.2)
        words = f"In the corridor in {chance * 100:g} % of the draws or more"
        if draws is not None:
            words = f"In the corridor in {chance * 100:g} % or more of {int(draws)} draws of the speeds"
        patch = ("patch", {"face": (*rgb_of(color), 0.62), "edge": edge, "width": 0.75})
        figure.add_legend([LegendEntry(words, patch, None, 12.0 - chance)])


def _encloses(line: NDArray[np.float64]) -> float:
    """What a contour line goes round, in square points; one that ends at the frame goes round much."""
    if not np.allclose(line[0], line[-1]):
        return float("inf")
    return float(abs(shapely.Polygon(line).area)) if len(line) > 3 else 0.0


def _filled(generator: Any, low: float, high: float, *, least_pt2: float = 0.6) -> list[MplPath]:
    """Filled contours as paths, thinned, without patches and holes below an area in square points."""
    paths = []
    for points, offsets in zip(*generator.filled(low, high), strict=True):
        rings = [points[a:b] for a, b in itertools.pairwise(offsets)]
        holes = [ring for ring in rings[1:] if least_pt2 <= 0.6 or _encloses(ring) > least_pt2]
        polygon = shapely.Polygon(rings[0], holes)
        shape = shapely.simplify(polygon, 0.12, preserve_topology=True)
        if shape.area < least_pt2:
            continue
        arrays = lines_of(shape)
        codes = np.concatenate([[MplPath.MOVETO, *[MplPath.LINETO] * (len(a) - 2), MplPath.CLOSEPOLY] for a in arrays])
        paths.append(MplPath(np.vstack(arrays), codes.astype(np.uint8)))
    return paths


def add_to_map(sheet: Sheet, artist: Any, gid: str) -> None:
    """Put an artist in points onto the map."""
    artist.set_transform(sheet.panel.ax.transFrame)
    artist.set_gid(gid)
    sheet.panel.ax.add_collection(artist, autolim=False)
