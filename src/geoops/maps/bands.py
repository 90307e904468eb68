"""Corridor bands and ensemble probabilities: filled where a journey is so much longer, with an edge that can be read off."""

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


_CHANCES = (0.1, 0.5, 0.9)


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
        share = c.extra_h / c.hours
        xs, ys, values = on_frame(sheet.panel, share.rio.write_crs(grid_crs(c.extra_h, "extra_h")), outside)
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
    """Fill and outline where a cell lies in the corridor in so many of the draws."""
    xs, ys, values = on_frame(sheet.panel, ensemble, 0.0)
    theme = figure.theme
    generator = contour_generator(xs, ys, values, fill_type=FillType.OuterOffset)
    tones = list(reversed(theme.bands))[-len(_CHANCES) :] if theme.bands else []
    edges = list(reversed(theme.band_edges))[-len(_CHANCES) :]
    for i, chance in enumerate(_CHANCES):
        upper = _CHANCES[i + 1] if i + 1 < len(_CHANCES) else 1.01
        paths = _filled(generator, chance, upper)
        if not paths:
            continue
        add_to_map(
            sheet,
            PathCollection(paths, facecolors=tones[i], edgecolors="none", alpha=0.62, zorder=1.5),
            f"chance-{chance:g}",
        )
        add_to_map(
            sheet,
            LineCollection(outlines(generator, chance), colors=edges[i], linewidths=0.75, zorder=1.8),
            f"chance-edge-{chance:g}",
        )
        patch = ("patch", {"face": (*rgb_of(tones[i]), 0.62), "edge": edges[i], "width": 0.75})
        figure.add_legend(
            [LegendEntry(f"In the corridor in {chance * 100:g} % of the draws or more", patch, None, 10.0 - chance)]
        )


def _filled(generator: Any, low: float, high: float) -> list[MplPath]:
    """Filled contours as paths, thinned."""
    paths = []
    for points, offsets in zip(*generator.filled(low, high), strict=True):
        rings = [points[a:b] for a, b in itertools.pairwise(offsets)]
        polygon = shapely.Polygon(rings[0], rings[1:])
        shape = shapely.simplify(polygon, 0.12, preserve_topology=True)
        if shape.area < 0.6:
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
