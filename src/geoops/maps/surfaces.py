"""Grids drawn over the base: lines of equal distance, and how a grid is brought onto a frame.

A grid is sampled at the frame's own points, whatever its projection, so that the lines are as smooth as the sheet.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
import xarray as xr
from contourpy import contour_generator
from matplotlib.collections import LineCollection
from numpy.typing import NDArray

from geoops.core.types import grid_crs
from geoops.maps.canvas import Panel
from geoops.maps.lettering import draw_text, ink_of
from geoops.maps.mapfigure import Sheet
from geoops.maps.symbols import LegendEntry
from geoops.maps.theme import TextStyle, Theme
from geoops.maps.wording import ENGLISH, Wording

__all__ = ["draw_surface", "on_frame", "outlines"]

_GRID_STEP_PT = 0.8
_STEPS_KM = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500)


def on_frame(
    panel: Panel, grid: xr.DataArray, outside: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """A grid resampled onto the frame, bilinear; what is no number becomes `outside`. Gives x, y in points, and values."""
    from scipy import ndimage

    xs = np.arange(0.0, panel.width_pt + _GRID_STEP_PT, _GRID_STEP_PT)
    ys = np.arange(0.0, panel.height_pt + _GRID_STEP_PT, _GRID_STEP_PT)
    gx, gy = (found.ravel() for found in panel.grid(xs, ys, grid_crs(grid, "the grid")))
    shape = len(ys), len(xs)
    columns, rows = np.asarray(grid[grid.dims[1]].values, float), np.asarray(grid[grid.dims[0]].values, float)
    if len(columns) < 2 or len(rows) < 2:
        return xs, ys, np.full(shape, outside)
    column = (np.asarray(gx) - columns[0]) / (columns[1] - columns[0])
    row = (np.asarray(gy) - rows[0]) / (rows[1] - rows[0])
    values = np.asarray(grid.values, dtype=float)
    values = np.where(np.isfinite(values), values, outside)
    sampled = ndimage.map_coordinates(values, np.vstack([row, column]), order=1, mode="constant", cval=outside)
    return xs, ys, sampled.reshape(shape)


def outlines(generator: Any, level: float) -> list[NDArray[np.float64]]:
    """Contour lines, thinned, without specks."""
    lines = [shapely.simplify(shapely.LineString(line), 0.12) for line in generator.lines(level) if len(line) > 2]
    return [shapely.get_coordinates(line) for line in lines if line.length > 4.0]


def draw_surface(
    sheet: Sheet, theme: Theme, surface: xr.DataArray, *, factor: float = 1.0, words: Wording = ENGLISH
) -> list[LegendEntry]:
    """Lines of equal distance, each with its kilometres on it, and their legend."""
    import rioxarray  # noqa: F401  registers the accessor

    xs, ys, values = on_frame(
        sheet.panel,
        surface / 1000.0 if surface.rio.crs is None else (surface / 1000.0).rio.write_crs(surface.rio.crs),
        -1.0,
    )
    top = float(values.max())
    if top <= 0.0:
        return []
    step = next((s for s in _STEPS_KM if top / s <= 7.0), _STEPS_KM[-1])
    generator = contour_generator(xs, ys, values)
    style = TextStyle(max(5.6 * factor, 5.0), theme.secondary, halo_pt=1.8, halo=theme.halo)
    drawn_any = False
    for level in np.arange(step, top, step):
        lines = outlines(generator, float(level))
        if not lines:
            continue
        drawn_any = True
        artist = LineCollection(
            lines, colors=theme.secondary, linewidths=0.5, alpha=0.75, zorder=2.4, transform=sheet.panel.ax.transFrame
        )
        artist.set_gid(f"distance-{level:g}-km")
        sheet.panel.ax.add_collection(artist, autolim=False)
        longest = max(lines, key=len)
        text = words(f"{level:g} km")
        ink = ink_of(text, style)
        for share in (0.5, 0.3, 0.7, 0.15, 0.85):
            x, y = longest[int(share * (len(longest) - 1))]
            box = (x - ink.advance / 2, y - ink.y1 / 2, x + ink.advance / 2, y + ink.y1 / 2)
            if sheet.labeller.free(np.array([box])).all():
                sheet.labeller.block(box)
                draw_text(
                    sheet.panel.ax,
                    box[0],
                    box[1],
                    text,
                    style,
                    transform=sheet.panel.ax.transFrame,
                    zorder=19.0,
                    gid="label-isoline",
                )
                break
    if not drawn_any:
        return []
    return [
        LegendEntry(f"Equal distance, every {step:g} km", ("line", {"color": theme.secondary, "width": 0.6}), None, 5.5)
    ]
