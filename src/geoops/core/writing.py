"""The one door out: a file appears whole or not at all.

Everything is written to a temporary file beside its place, flushed to the disk and put in place by one rename; what
was there before stays until then. Tables lose their formulas here, GeoJSON follows RFC 7946, and nothing carries the
clock: a time that a format insists on is given by the caller.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoops.core.errors import WriteError
from geoops.core.text import csv_cell, file_stem

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    import xarray as xr

__all__ = [
    "alone",
    "check_writable",
    "sweep_parts",
    "write_bytes",
    "write_csv",
    "write_image",
    "write_json",
    "write_parquet",
    "write_raster",
    "write_text",
    "write_vector",
    "written_whole",
]

_EPOCH = "2000-01-01T00:00:00.000Z"
_PART = ".part-"


def check_writable(folder: str | os.PathLike[str]) -> Path:
    """
    The folder, made if it is not there, after a file was really written into it.

    Raises
    ------
    WriteError
        The folder cannot be made or written; said before any work starts.
    """
    path = Path(folder)
    probe = path / f"{_PART}{secrets.token_hex(8)}"
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        msg = f"the output folder {str(path)!r} cannot be written: {error.strerror}; choose another, or mend its rights"
        raise WriteError(msg) from error
    return path


@contextlib.contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """
    A temporary path to write to, put in place of `path` when the block ends well, removed when it does not.

    The temporary file keeps the suffix, as some libraries choose the format by it.

    Raises
    ------
    WriteError
        The folder is missing or cannot be written, or the disk is full.
    """
    target = Path(path)
    temporary = target.with_name(f"{_PART}{secrets.token_hex(8)}{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        temporary.replace(target)
    except WriteError:
        raise
    except OSError as error:
        msg = f"{target} cannot be written: {error.strerror or error}"
        raise WriteError(msg) from error
    finally:
        with contextlib.suppress(OSError):  # gone after the rename, or in a folder that never was
            temporary.unlink()


@contextlib.contextmanager
def alone(folder: str | os.PathLike[str]) -> Iterator[None]:
    """One process at a time works on what a folder holds, where the system can lock; the next one waits."""
    try:
        import fcntl
    except ImportError:  # pragma: no cover  not on this system
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def sweep_parts(*folders: str | os.PathLike[str]) -> None:
    """Remove the temporary files of `written_whole` that a killed process left in these folders; call it `alone`."""
    for folder in folders:
        for left in Path(folder).glob(f"{_PART}*"):
            if left.is_file():
                with contextlib.suppress(OSError):
                    left.unlink()


def write_bytes(path: str | os.PathLike[str], data: bytes) -> Path:
    """Write bytes, whole or not at all, and give back the path."""
    with written_whole(path) as temporary:
        temporary.write_bytes(data)
    return Path(path)


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write text as UTF-8 with LF line ends, whole or not at all, and give back the path."""
    return write_bytes(path, text.encode("utf-8"))


def write_json(path: str | os.PathLike[str], value: Mapping[str, Any]) -> Path:
    """Write a JSON object, indented, keys in their order, NaN refused."""
    return write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_csv(path: str | os.PathLike[str], table: pd.DataFrame, *, index: bool = False) -> Path:
    """
    Write a table as CSV: UTF-8, LF, a header, geometry columns as WKT, no cell that a spreadsheet would run.

    Parameters
    ----------
    path
        Where to.
    table
        A DataFrame or GeoDataFrame. Missing values become empty cells; floats are written with 6 significant decimals.
    index
        Whether the index is written as the first columns.
    """
    import pandas as pd

    frame = table.reset_index() if index else table
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([csv_cell(str(column)) for column in frame.columns])

    def cell(value: Any) -> Any:
        if value is None or (isinstance(value, float) and pd.isna(value)) or value is pd.NaT or value is pd.NA:
            return ""
        if isinstance(value, float):
            return f"{value:.6f}".rstrip("0").rstrip(".")
        if isinstance(value, list | tuple):
            return csv_cell("; ".join(str(item) for item in value))
        if hasattr(value, "wkt"):
            return value.wkt
        return csv_cell(value)

    columns = [frame.iloc[:, position].tolist() for position in range(frame.shape[1])]
    for row in zip(*columns, strict=True):
        writer.writerow([cell(value) for value in row])
    return write_text(path, stream.getvalue())


def write_vector(
    path: str | os.PathLike[str], frame: gpd.GeoDataFrame, *, layer: str | None = None, append_to: Path | None = None
) -> Path:
    """
    Write features as GeoPackage, GeoJSON (RFC 7946) or FlatGeobuf, by the suffix.

    Parameters
    ----------
    path
        Where to.
    frame
        Features with a CRS. Lists are joined with "; ", further geometry columns become WKT.
    layer
        Name of the layer; by default the file's, without its suffix.
    append_to
        An existing GeoPackage whose layers are kept beside the new one (give the same path to add a layer to a file).
    """
    import shutil

    import pyogrio

    target = Path(path)
    driver = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".fgb": "FlatGeobuf"}.get(target.suffix.lower())
    if driver is None:
        msg = f"{target}: vectors are written as .gpkg, .geojson or .fgb"
        raise WriteError(msg)
    flat = _flat(frame)
    options: dict[str, Any] = {"RFC7946": "YES", "WRITE_NAME": "NO"} if driver == "GeoJSON" else {}
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _EPOCH})  # else the file carries the clock
    try:
        with written_whole(target) as temporary:
            if append_to is not None and append_to.exists():
                shutil.copyfile(append_to, temporary)
            pyogrio.write_dataframe(flat, temporary, driver=driver, layer=layer or file_stem(target.stem), **options)
    except (WriteError, OSError):
        raise
    except Exception as error:
        msg = f"{target} cannot be written as {driver}: {error}"
        raise WriteError(msg) from error
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
    return target


def _flat(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame with nothing but scalars beside its geometry, as vector formats demand."""
    import geopandas as gpd

    flat = frame.copy()
    active = flat.geometry.name
    for column in flat.columns:
        if column == active:
            continue
        series = flat[column]
        if isinstance(series, gpd.GeoSeries):
            flat[column] = [None if g is None else g.wkt for g in series]
        elif series.map(lambda value: isinstance(value, list | tuple | dict)).any():
            flat[column] = [
                "; ".join(map(str, value)) if isinstance(value, list | tuple) else None if value is None else str(value)
                for value in series
            ]
    return flat


def write_parquet(path: str | os.PathLike[str], frame: gpd.GeoDataFrame, *, row_group_size: int = 4096) -> Path:
    """Write features as GeoParquet: zstd, a bounding-box column, rows in the order given (sort them in space first)."""
    with written_whole(path) as temporary:
        frame.to_parquet(
            temporary,
            index=False,
            compression="zstd",
            compression_level=19,
            write_covering_bbox=True,
            row_group_size=row_group_size,
            schema_version="1.1.0",
        )
    return Path(path)


def write_image(
    path: str | os.PathLike[str], rgb: np.ndarray, *, crs: str, transform: Any, tags: Mapping[str, str] | None = None
) -> Path:
    """
    Write a picture of shape (rows, columns, 3) as a tiled, compressed GeoTIFF.

    Parameters
    ----------
    path
        Where to.
    rgb
        8-bit colours.
    crs
        As WKT.
    transform
        From columns and rows to the CRS (an affine transform, as rasterio has it).
    tags
        TIFF tags by GDAL's names.
    """
    import rasterio

    height, width, bands = rgb.shape
    with written_whole(path) as temporary, rasterio.open(
        temporary, "w", driver="GTiff", width=width, height=height, count=bands, dtype="uint8", crs=crs, transform=transform,
        photometric="RGB", tiled=True, blockxsize=256, blockysize=256, compress="deflate", zlevel=9, predictor=2, interleave="pixel",
    ) as target:  # fmt: skip
        target.write(rgb.transpose(2, 0, 1))
        target.update_tags(**(tags or {}))
    return Path(path)


def write_raster(
    path: str | os.PathLike[str], grid: xr.DataArray, *, dtype: str = "float32", nodata: float | None = None
) -> Path:
    """
    Write a grid as a tiled, compressed GeoTIFF.

    Parameters
    ----------
    path
        Where to.
    grid
        Dims (y, x), north first, evenly spaced, with a CRS.
    dtype
        Type on disk; values are rounded for integer types.
    nodata
        What NaN becomes; NaN for floats and the type's smallest value for integers by default.
    """
    import numpy as np
    import rasterio
    import rioxarray  # noqa: F401  registers the accessor

    kind = np.dtype(dtype)
    integer = kind.kind in "iu"
    missing = nodata if nodata is not None else (float(np.iinfo(kind).min) if integer else float("nan"))
    values = np.asarray(grid.values, dtype="float64")
    values = np.where(np.isnan(values), missing, np.rint(values) if integer else values).astype(kind)
    with written_whole(path) as temporary, rasterio.open(
        temporary, "w", driver="GTiff", width=values.shape[1], height=values.shape[0], count=1, dtype=dtype,
        crs=grid.rio.crs, transform=grid.rio.transform(), nodata=missing, tiled=True, blockxsize=256, blockysize=256,
        compress="deflate", zlevel=9, predictor=2 if integer else 3,
    ) as target:  # fmt: skip
        target.write(values, 1)
    return Path(path)
