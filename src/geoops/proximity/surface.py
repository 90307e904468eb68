"""The distance to the nearest feature at every cell of a grid.

In blocks, on all processors, so that a hundred million cells need little more memory than their result. Single sites are
`nearest`'s work.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np

from geoops.core.errors import InputError
from geoops.core.geodesy import Region, check_region
from geoops.core.publication import mark_unpublished
from geoops.core.reading import MAX_CELLS
from geoops.core.schema import WGS84
from geoops.proximity.inputs import layer_name, resolve_layer
from geoops.proximity.many import field_m, make_tree
from geoops.proximity.pieces import check_edges

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["distance_surface"]

_BLOCK_CELLS = 1_000_000
_MOST_THREADS = 4  # each holds a block, a fifth of a gigabyte


def distance_surface(
    layer: gpd.GeoDataFrame | gpd.GeoSeries | str | Path | Any,
    *,
    region: Region,
    cell_deg: float,
    edges: str = "geodesic",
) -> xr.DataArray:
    """
    Metres on the ellipsoid from every cell's centre to the nearest feature.

    Parameters
    ----------
    layer
        A layer's name, the path of a vector file, or whatever counts as features (points, lines, areas). Of `boundaries` the
        lines between countries count (see `nearest`).
    region
        (west, south, east, north) in degrees; whole cells from the north-west corner cover it. Features outside count.
    cell_deg
        Width and height of a cell in degrees.
    edges
        "geodesic" or "planar": what the line between two vertices is.

    Returns
    -------
    DataArray
        float32, dims (y, x), north first, latitude and longitude of the cells' centres as coordinates, CRS EPSG:4326;
        0 inside areas, infinite everywhere for a layer without a feature. Exact to a metre; `attrs` say how.

    Raises
    ------
    InputError, CoordinateError
        A region or a cell that is none, or more cells than are read at once.

    Examples
    --------
    >>> import geoops as go
    >>> grid = go.distance_surface([(40.0, 35.0)], region=(39.0, 34.0, 41.0, 36.0), cell_deg=0.5)
    >>> grid.shape, round(float(grid.sel(x=40.25, y=35.25)))
    ((4, 4), 35896)
    """
    west, south, east, north = check_region(region)
    meaning = check_edges(edges)
    width, height = _cells(east - west, cell_deg), _cells(north - south, cell_deg)
    if width * height > MAX_CELLS:
        msg = (
            f"cell_deg={cell_deg}: {width * height:,} cells, at most {MAX_CELLS:,} are made at once; take larger cells"
        )
        raise InputError(msg)
    features = resolve_layer(layer)
    tree = make_tree(features.geometry.to_numpy(), meaning)
    x = west + (np.arange(width) + 0.5) * cell_deg
    y = np.clip(north - (np.arange(height) + 0.5) * cell_deg, -90.0, 90.0)
    metres = np.full((height, width), np.inf, dtype=np.float32)
    rows = max(1, _BLOCK_CELLS // width)

    def fill(begin: int) -> None:
        """One block of rows."""
        lat = np.repeat(y[begin : begin + rows], width)
        lon = np.tile(x, len(y[begin : begin + rows]))
        metres[begin : begin + rows] = field_m(lon, lat, tree).reshape(-1, width)

    begins = range(0, height, rows)
    fill(0)  # alone, as it may compile
    with ThreadPoolExecutor(max_workers=min(_MOST_THREADS, os.cpu_count() or 1)) as pool:  # kernels let go of the lock
        list(pool.map(fill, begins[1:]))
    grid = _grid(metres, x, y, {"edges": meaning, "layer": layer_name(layer, features)})
    mark_unpublished(grid, features)
    return grid


def _cells(span: float, cell_deg: float) -> int:
    """How many whole cells cover a span."""
    if not (isinstance(cell_deg, int | float | np.number) and np.isfinite(cell_deg) and cell_deg > 0.0):
        msg = f"cell_deg={cell_deg!r}: expected the width of a cell in degrees, above 0"
        raise InputError(msg)
    return max(1, int(np.ceil(span / float(cell_deg) - 1e-9)))


def _grid(values: np.ndarray, x: np.ndarray, y: np.ndarray, attrs: dict[str, Any]) -> xr.DataArray:
    """The values as a grid with its CRS."""
    import rioxarray  # noqa: F401  registers the accessor
    import xarray as xr

    grid = xr.DataArray(values, dims=("y", "x"), coords={"y": y, "x": x}, name="distance_m")
    grid.rio.write_crs(WGS84, inplace=True)
    grid.attrs = {
        "units": "m",
        "long_name": "distance to the nearest feature",
        "method": "WGS 84 geodesics from each cell's centre",
        "error_m": 1.0,
        **attrs,
    }
    return grid
