"""Raster files: one band, or the window of it that covers a region, from a file of the disk or a few parts of one on a server.

Opened by a driver pinned beforehand (`reading.py` says why). What a file says of itself is checked against what is read.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoops.core.errors import CrsError, NetworkError, ReadError
from geoops.core.plain_files import format_by_head, format_of, plain_file
from geoops.core.ranges import RemoteFile

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

    from geoops.core.geodesy import Region

__all__ = ["MAX_CELLS", "RASTER_FORMATS", "RasterSource", "raster_facts", "read_cells", "read_raster", "read_warped"]

RASTER_FORMATS = {".tif": "GTiff", ".tiff": "GTiff", ".hgt": "SRTMHGT", ".mbtiles": "MBTiles"}

MAX_CELLS = 400_000_000
"""A raster window of more cells than this is refused before a pixel is read."""

RasterSource = str | os.PathLike[str] | RemoteFile
_REMOTE_FORMATS = {".tif": "GTiff", ".tiff": "GTiff"}


def read_raster(
    path: RasterSource, *, region: Region | None = None, band: int = 1, overview: int | None = None
) -> xr.DataArray:
    """
    One band of a raster file, or the window of it that covers a region.

    Parameters
    ----------
    path
        A plain file: GeoTIFF, or an SRTM `.hgt` tile; or a GeoTIFF on a server, as `RemoteFile`.
    region
        (west, south, east, north) in degrees; the window is widened to whole cells. The file must then be geographic.
    band
        Counted from 1.
    overview
        Which of the file's coarser copies of itself to read, counted from 0; the full one by default.

    Returns
    -------
    DataArray
        Float values (scaled as the file says), dims (y, x), north first, cell centres as coordinates, CRS written for
        rioxarray, NaN where the file has no data.

    Raises
    ------
    ReadError
        No such file, another format, a damaged file, more than `MAX_CELLS` cells, or a region that it does not cover.
    CrsError
        The file states no CRS.
    NetworkError
        A server that is down, slow, or gives no parts of files.
    """
    from rasterio.windows import Window

    where = f"band {band}"
    with _opened(path, overview) as (name, driver, source):
        try:
            window = Window(0, 0, source.width, source.height)
            if region is not None:
                window = _window_of(name, source, region)
            cells = window.width * window.height
            if cells > MAX_CELLS:
                msg = (
                    f"{name}: {cells:,.0f} cells were asked for, at most {MAX_CELLS:,} are read; give a smaller region"
                )
                raise ReadError(msg)
            first, top = round(window.col_off), round(window.row_off)
            where = (
                f"band {band}, columns {first} to {first + round(window.width) - 1}, rows {top} to"
                f" {top + round(window.height) - 1}"
            )
            values = source.read(band, window=window, masked=True).astype("float64").filled(float("nan"))
            _check(path)
            values *= source.scales[band - 1]
            values += source.offsets[band - 1]
            return _grid(name, values, source.window_transform(window), source.crs)
        except (ReadError, NetworkError):
            raise
        except Exception as error:
            _check(path)
            msg = f"{name}: {where} cannot be read as {driver} ({_reason(error)}); the file is cut off or damaged: get it again"
            raise ReadError(msg) from error


def read_cells(path: str | os.PathLike[str], *, shape: tuple[int, int]) -> np.ndarray:
    """
    The bare cells of an HDF5 file that does not say where they lie: rows and columns, which must be of this shape.

    Raises
    ------
    ReadError
        No such file, another format or shape, or a damaged file.
    """
    import warnings

    import rasterio
    from rasterio.errors import NotGeoreferencedWarning

    file = plain_file(path)
    driver = format_of(file, {".h5": "HDF5"})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(file, driver=driver) as source:
                if source.shape != shape:
                    msg = f"{file}: has {source.height} by {source.width} cells, expected {shape[0]} by {shape[1]}"
                    raise ReadError(msg)
                cells: np.ndarray = source.read(1)
                return cells
    except ReadError:
        raise
    except Exception as error:
        msg = f"{file}: cannot be read as {driver} ({_reason(error)}); the file is cut off or damaged: get it again"
        raise ReadError(msg) from error


def read_warped(
    path: RasterSource,
    *,
    region: Region | None = None,
    cell_deg: float | None = None,
    band: int = 1,
    classes: bool = False,
) -> xr.DataArray:
    """
    One band of a raster file in another CRS, warped to EPSG:4326 piece by piece: what is held is the result.

    Parameters
    ----------
    path
        As for `read_raster`.
    region
        (west, south, east, north) in degrees; all of the file by default.
    cell_deg
        Size of the cells; by default about that of the file's own.
    band
        Counted from 1.
    classes
        Whether values are classes: the nearest, or of many the commonest; otherwise they are interpolated, or averaged.

    Returns
    -------
    DataArray
        As `read_raster` gives it.

    Raises
    ------
    ReadError
        No such file, another format, a damaged file, more than `MAX_CELLS` cells, or a region that it does not cover.
    CrsError
        The file states no CRS.
    NetworkError
        A server that is down, slow, or gives no parts of files.
    """
    from rasterio.enums import Resampling
    from rasterio.vrt import WarpedVRT

    with _opened(path, None) as (name, _, source):
        try:
            grid, width, height, many = _degrees_of(name, source, region, cell_deg)
            one, several = (
                (Resampling.nearest, Resampling.mode) if classes else (Resampling.bilinear, Resampling.average)
            )
            with WarpedVRT(
                source, crs="EPSG:4326", transform=grid, width=width, height=height,
                resampling=several if many else one, dtype="float64",
                src_nodata=source.nodata, nodata=float("nan"),
            ) as warped:  # fmt: skip
                values = warped.read(band)
            _check(path)
            values *= source.scales[band - 1]
            values += source.offsets[band - 1]
            return _grid(name, values, grid, "EPSG:4326")
        except (ReadError, NetworkError):
            raise
        except Exception as error:
            _check(path)
            msg = f"{name}: band {band} cannot be warped to degrees ({_reason(error)}); the file is cut off or damaged: get it again"
            raise ReadError(msg) from error


def _degrees_of(name: str, source: Any, region: Region | None, cell_deg: float | None) -> tuple[Any, int, int, bool]:
    """
    The grid of degrees that a file in another CRS is warped to, and whether several of its cells make one.

    Cells of a size that was said are counted from 180° W and 90° N, so that those of neighbouring files fit.
    """
    from rasterio.transform import from_origin
    from rasterio.warp import calculate_default_transform

    whole, columns, rows = calculate_default_transform(
        source.crs, "EPSG:4326", source.width, source.height, *source.bounds
    )
    cell = cell_deg or whole.a
    covered = (whole.c, whole.f + rows * whole.e, whole.c + columns * whole.a, whole.f)
    west, south, east, north = covered
    if region is not None:
        west, south = max(region[0], west), max(region[1], south)
        east, north = min(region[2], east), min(region[3], north)
    if west >= east or south >= north:
        msg = f"{name}: covers {tuple(round(v, 3) for v in covered)}, not the region {region}"
        raise ReadError(msg)
    left, top = (covered[0], covered[3]) if cell_deg is None else (-180.0, 90.0)
    west = left + math.floor((west - left) / cell + 1e-6) * cell
    north = top - math.floor((top - north) / cell + 1e-6) * cell
    width, height = (max(math.ceil(span / cell - 1e-6), 1) for span in (east - west, north - south))
    if width * height > MAX_CELLS:
        msg = f"{name}: {width * height:,} cells were asked for, at most {MAX_CELLS:,} are read; give a smaller region"
        raise ReadError(msg)
    return from_origin(west, north, cell, cell), width, height, cell >= 2 * whole.a


def raster_facts(path: RasterSource, *, overview: int | None = None) -> dict[str, Any]:
    """
    What a raster file says of itself, without a pixel read.

    Parameters
    ----------
    path
        A plain file, or a GeoTIFF on a server.
    overview
        Of which of its coarser copies, counted from 0.

    Returns
    -------
    dict
        `crs`, `transform`, `width`, `height`, `bands`, `bounds`, `overviews` (how much coarser each copy is), `dtype`.

    Raises
    ------
    ReadError
        No such file, another format, a damaged file.
    CrsError
        The file states no CRS.
    NetworkError
        A server that is down, slow, or gives no parts of files.
    """
    with _opened(path, overview) as (_, _, source):
        return {
            "crs": source.crs, "transform": source.transform, "width": source.width, "height": source.height,
            "bands": source.count, "bounds": tuple(source.bounds), "overviews": list(source.overviews(1)),
            "dtype": str(source.dtypes[0]),
        }  # fmt: skip


@contextlib.contextmanager
def _opened(path: RasterSource, overview: int | None) -> Iterator[tuple[str, str, Any]]:
    """Name, driver and open dataset of a raster that states a CRS."""
    import rasterio

    options: dict[str, Any] = {} if overview is None else {"overview_level": overview}
    if isinstance(path, RemoteFile):
        name, target = path.url, path.name
        known = _REMOTE_FORMATS.get(Path(path.name).suffix.lower())
        if known is None:
            msg = f"{name}: of files on a server only GeoTIFFs (.tif) are read in parts; download it"
            raise ReadError(msg)
        path.seek(0)
        head = path.read(4096)
        path.check()
        driver = format_by_head(name, known, head)
        options["opener"] = _only(path)
    else:
        file = plain_file(path)
        driver, name, target = format_of(file, RASTER_FORMATS), str(file), str(file)
    try:
        source = rasterio.open(target, driver=driver, **options)
    except Exception as error:
        _check(path)
        msg = f"{name}: cannot be read as {driver} ({_reason(error)}); the file is cut off or damaged: get it again"
        raise ReadError(msg) from error
    with source:
        if source.crs is None:
            msg = f"{name}: states no CRS; write one into the file with rio edit-info or gdal_edit"
            raise CrsError(msg)
        yield name, driver, source


def _check(path: RasterSource) -> None:
    """What a server did is said before what a library made of it."""
    if isinstance(path, RemoteFile):
        path.check()


def _only(remote: RemoteFile) -> Any:
    """What GDAL opens files through while it reads a remote one: that file, and none beside it."""

    def open_one(path: str, mode: str = "rb") -> RemoteFile:
        if path.rsplit("/", 1)[-1] != remote.name or not mode.startswith("r"):
            raise FileNotFoundError(path)
        remote.seek(0)
        return remote

    return open_one


def _reason(error: Exception) -> str:
    """What a library says of its failure: the deepest of its messages, which names the cause."""
    while error.__cause__ is not None and isinstance(error.__cause__, Exception):
        error = error.__cause__
    return str(error) or type(error).__name__


def _window_of(file: str, source: Any, region: Region) -> Any:
    """The whole cells of a raster that cover a region."""
    from rasterio.windows import Window

    west, south, east, north = region
    grid = source.transform
    if grid.b or grid.d or grid.e > 0:
        msg = f"{file}: a rotated or south-up raster has no window by region; warp it north-up first (gdalwarp)"
        raise ReadError(msg)
    left, right = (west - grid.c) / grid.a, (east - grid.c) / grid.a
    top, bottom = (north - grid.f) / grid.e, (south - grid.f) / grid.e
    column0, row0 = max(math.floor(left + 1e-9), 0), max(math.floor(top + 1e-9), 0)
    column1 = min(math.ceil(right - 1e-9), source.width)
    row1 = min(math.ceil(bottom - 1e-9), source.height)
    if column1 <= column0 or row1 <= row0:
        msg = f"{file}: covers {tuple(round(b, 3) for b in source.bounds)}, not the region {region}"
        raise ReadError(msg)
    return Window(column0, row0, column1 - column0, row1 - row0)


def _grid(file: str, values: Any, transform: Any, crs: Any) -> xr.DataArray:
    """
    A DataArray of a raster's values, north first, with its cell centres and CRS.

    The CRS is written as `rio.write_crs` writes it, without rioxarray, and the parts are put together as finished variables:
    otherwise xarray asks whether they are dask's, and imports all of it to know, which takes longer than reading the terrain
    of a figure.
    """
    import numpy as np
    import pandas as pd
    import pyproj
    import xarray as xr
    from rasterio.crs import CRS

    if transform.b or transform.d:
        msg = f"{file}: a rotated raster is not read; warp it north-up first (gdalwarp)"
        raise ReadError(msg)
    rows, columns = values.shape
    x = transform.c + transform.a * (np.arange(columns) + 0.5)
    y = transform.f + transform.e * (np.arange(rows) + 0.5)
    if transform.e > 0:
        values, y = values[::-1], y[::-1]
    wkt = CRS.from_user_input(crs).to_wkt()
    about = {**pyproj.CRS.from_user_input(wkt).to_cf(), "spatial_ref": wkt, "crs_wkt": wkt}
    coords = {
        "y": xr.IndexVariable(("y",), pd.Index(y), fastpath=True),  # type: ignore[no-untyped-call]  # xarray has no types here
        "x": xr.IndexVariable(("x",), pd.Index(x), fastpath=True),  # type: ignore[no-untyped-call]  # xarray has no types here
        "spatial_ref": xr.Variable((), np.array(0), about, fastpath=True),
    }
    grid = xr.DataArray(xr.Variable(("y", "x"), values, fastpath=True), coords=coords)
    grid.encoding["grid_mapping"] = "spatial_ref"
    return grid
