"""Heights: pvlib's 5-minute world, and a 2-minute grid of the region of detail fused from two packages.

pvlib carries Mapzen's terrain in steps of 28 m; marble carries SRTM30 as grey tiles, whose levels mean nothing until they
are fitted. The errors of the two are independent, so their mean is better than either. Airports are not used here: they
are what the result is measured on.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import rioxarray  # noqa: F401  registers the accessor
import xarray as xr
from scipy.ndimage import map_coordinates
from scipy.optimize import isotonic_regression

from geoops.core.geodesy import Region
from geoops.core.raster_files import read_cells
from geoops.core.reading import read_picture

__all__ = ["FINE_CELL_DEG", "WORLD_CELL_DEG", "airport_errors", "fine", "world"]

WORLD_CELL_DEG = 1.0 / 12.0
FINE_CELL_DEG = 1.0 / 30.0

_STEP_M, _BASE_M, _NOTHING = 28.0, -450.0, 255  # pvlib.location.lookup_altitude
_WORLD_SHAPE = (2160, 4320)
_TILE_PX = 675
_TILES = (16, 8)


def world(pvlib: Path) -> xr.DataArray:
    """Metres above sea level of the world, 5 arc minutes, NaN where pvlib has nothing (most of the sea)."""
    codes = read_cells(pvlib / "pvlib/data/Altitude.h5", shape=_WORLD_SHAPE)  # its grid is stated in pvlib's code
    metres = np.where(codes == _NOTHING, np.nan, codes * _STEP_M + _BASE_M)
    return _grid(metres, -180.0, 90.0, WORLD_CELL_DEG)


def fine(pvlib: Path, marble: Path, region: Region) -> xr.DataArray:
    """
    Metres above sea level, 2 arc minutes: the mean of both packages where both have a height.

    Parameters
    ----------
    pvlib, marble
        The unpacked packages.
    region
        (west, south, east, north) in whole cells.
    """
    west, _, _, north = region
    grey = _grey(marble, region)
    rows, columns = grey.shape
    lon = west + (np.arange(columns) + 0.5) * FINE_CELL_DEG
    lat = north - (np.arange(rows) + 0.5) * FINE_CELL_DEG
    coarse = _bilinear(world(pvlib), lon, lat)
    known = np.isfinite(coarse)
    levels, first, counts = np.unique(grey[known], return_inverse=True, return_counts=True)
    order = np.argsort(first, kind="stable")
    bounds = np.r_[0, np.cumsum(counts)]
    sorted_heights = coarse[known][order]
    typical = [np.median(sorted_heights[a:b]) for a, b in pairwise(bounds.tolist())]
    metres_of = isotonic_regression(np.array(typical), weights=counts.astype(float)).x
    fitted = np.interp(grey, levels, metres_of)
    fused = np.where(known, (fitted + coarse) / 2.0, np.nan)
    return _grid(np.rint(fused), west, north, FINE_CELL_DEG)


def airport_errors(grid: xr.DataArray, lon: np.ndarray, lat: np.ndarray, elevation_m: np.ndarray) -> np.ndarray:
    """Height of the grid's cell minus the airport's own, for each airport on the grid that has one, in metres."""
    cell = abs(float(grid.x[1] - grid.x[0]))
    column = np.floor((lon - float(grid.x[0])) / cell + 0.5).astype(int)
    row = np.floor((float(grid.y[0]) - lat) / cell + 0.5).astype(int)
    rows, columns = grid.shape
    on = (row >= 0) & (row < rows) & (column >= 0) & (column < columns) & np.isfinite(elevation_m)
    errors = grid.to_numpy()[row[on], column[on]] - elevation_m[on]
    return np.asarray(errors[np.isfinite(errors)])


def _grid(values: np.ndarray, west: float, north: float, cell: float) -> xr.DataArray:
    """A grid with its cell centres and CRS."""
    rows, columns = values.shape
    grid = xr.DataArray(
        values.astype("float64"),
        dims=("y", "x"),
        coords={"y": north - (np.arange(rows) + 0.5) * cell, "x": west + (np.arange(columns) + 0.5) * cell},
        attrs={"units": "m"},
    )
    written: xr.DataArray = grid.rio.write_crs("EPSG:4326")
    return written


def _grey(marble: Path, region: Region) -> np.ndarray:
    """The grey levels of marble's tiles in the region: 16 by 8 tiles of the world, north first."""
    west, south, east, north = region
    top, left = round((90.0 - north) / FINE_CELL_DEG), round((west + 180.0) / FINE_CELL_DEG)
    rows, columns = round((north - south) / FINE_CELL_DEG), round((east - west) / FINE_CELL_DEG)
    canvas = np.zeros((_TILES[1] * _TILE_PX, _TILES[0] * _TILE_PX), dtype=np.uint8)
    for path in sorted((marble / "usr/share/marble/data/maps/earth/srtm/3").glob("*/*.jpg")):
        match = re.fullmatch(r"(\d{6})_(\d{6})\.jpg", path.name)
        assert match is not None  # noqa: S101  names of a package pinned by checksum
        row, column = int(match[1]) * _TILE_PX, int(match[2]) * _TILE_PX
        if row + _TILE_PX <= top or row >= top + rows or column + _TILE_PX <= left or column >= left + columns:
            continue
        tile = read_picture(path, kind="JPEG", size=(_TILE_PX, _TILE_PX), grey=True)
        canvas[row : row + _TILE_PX, column : column + _TILE_PX] = tile
    return canvas[top : top + rows, left : left + columns]


def _bilinear(grid: xr.DataArray, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """A coarse grid between its cell centres; NaN only where the nearest cell is."""
    x = (lon - float(grid.x[0])) / WORLD_CELL_DEG
    y = (float(grid.y[0]) - lat) / WORLD_CELL_DEG
    values = grid.to_numpy()
    where = np.meshgrid(y, x, indexing="ij")
    known = np.isfinite(values).astype(float)
    weight = map_coordinates(known, where, order=1, mode="nearest")
    total = map_coordinates(np.nan_to_num(values), where, order=1, mode="nearest")
    nearest = map_coordinates(known, where, order=0, mode="nearest") > 0
    return np.where(nearest & (weight > 0), total / np.maximum(weight, 1e-9), np.nan)
