"""Cells of grids put together: blocks of cells into one cell each, and tiles of one grid side by side.

People are summed, heights averaged, of classes the commonest is taken. Nothing is interpolated here.
"""

from __future__ import annotations

import numpy as np
import rioxarray  # noqa: F401  registers the accessor
import xarray as xr

from geoops.core.errors import ReadError
from geoops.core.reading import MAX_CELLS
from geoops.core.schema import WGS84

__all__ = ["coarsened", "dividing", "in_degrees", "joined"]

_SAME = 1e-6


def in_degrees(values: np.ndarray, y: np.ndarray, x: np.ndarray) -> xr.DataArray:
    """A grid in degrees of nothing but values and cell centres."""
    grid: xr.DataArray = xr.DataArray(values, dims=("y", "x"), coords={"y": y, "x": x}).rio.write_crs(WGS84)
    return grid


def dividing(factor: int, width: int) -> int:
    """The factor next to the one wanted by which a tile's cells make whole blocks (SRTM's tiles share their last column)."""
    fit = [n for n in range(1, width + 1) if width % n == 0 or (width - 1) % n == 0]
    return min(fit, key=lambda n: (abs(n - factor), n))


def coarsened(values: np.ndarray, factor: int, theme: str) -> np.ndarray:
    """Blocks of cells as one cell each; a block at the edge has fewer."""
    rows, columns = (-(-n // factor) for n in values.shape)
    padded = np.full((rows * factor, columns * factor), np.nan)
    padded[: values.shape[0], : values.shape[1]] = values
    blocks = padded.reshape(rows, factor, columns, factor)
    known = np.isfinite(blocks)
    count = known.sum(axis=(1, 3))
    if theme == "land_cover":
        return _commonest(blocks, count)
    total = np.where(known, blocks, 0.0).sum(axis=(1, 3))
    if theme == "population":
        return np.where(count > 0, total, np.nan)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _commonest(blocks: np.ndarray, count: np.ndarray) -> np.ndarray:
    """The class that most cells of each block have."""
    best, most = np.full(count.shape, np.nan), np.zeros(count.shape, dtype=int)
    for number in np.unique(blocks[np.isfinite(blocks)]):
        here = (blocks == number).sum(axis=(1, 3))
        best, most = np.where(here > most, number, best), np.maximum(here, most)
    return best


def joined(parts: list[xr.DataArray], first: str) -> xr.DataArray:
    """Tiles of one grid side by side; where they overlap (SRTM's edges) the first that knows a value counts."""
    steps = [float(abs(p.x[1] - p.x[0])) for p in parts if p.sizes["x"] > 1]
    if max(steps, default=1.0) - min(steps, default=1.0) > _SAME:
        msg = (
            f"{first} and others: cells of {min(steps):g}° and of {max(steps):g}° do not make one grid; read them apart"
        )
        raise ReadError(msg)
    heights = [float(abs(p.y[1] - p.y[0])) for p in parts if p.sizes["y"] > 1]
    dx = steps[0] if steps else float(heights[0])
    dy = heights[0] if heights else dx
    west, north = min(float(p.x[0]) for p in parts), max(float(p.y[0]) for p in parts)
    places = [(round((north - float(p.y[0])) / dy), round((float(p.x[0]) - west) / dx)) for p in parts]
    rows = max(r + p.sizes["y"] for (r, _), p in zip(places, parts, strict=True))
    columns = max(c + p.sizes["x"] for (_, c), p in zip(places, parts, strict=True))
    if rows * columns > MAX_CELLS:
        msg = f"{first} and others: {rows * columns:,} cells together, at most {MAX_CELLS:,} are read; give a smaller region"
        raise ReadError(msg)
    values = np.full((rows, columns), np.nan)
    for (row, column), part in zip(places, parts, strict=True):
        place = values[row : row + part.sizes["y"], column : column + part.sizes["x"]]
        np.copyto(place, part.values, where=np.isnan(place))
    return in_degrees(values, north - dy * np.arange(rows), west + dx * np.arange(columns))
