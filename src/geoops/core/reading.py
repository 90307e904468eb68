"""The one door in: every vector and raster file is opened here, by a driver pinned beforehand.

GDAL opens what a file says it is, not what its name says: a VRT named `dem.tif` would read any file of the disk.
So a path must be a plain file, its first bytes must be those of its format, and the driver is named to the library.
Addresses, `/vsi` prefixes and inline documents are not paths.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoops.core.errors import CrsError, ReadError

if TYPE_CHECKING:
    import geopandas as gpd
    import pyarrow.parquet as pq
    import xarray as xr

    from geoops.core.geodesy import Region

__all__ = [
    "MAX_CELLS",
    "RASTER_FORMATS",
    "VECTOR_FORMATS",
    "open_parquet",
    "raster_facts",
    "read_bytes",
    "read_raster",
    "read_text",
    "read_vector",
]

VECTOR_FORMATS = {
    ".gpkg": "GPKG", ".geojson": "GeoJSON", ".json": "GeoJSON", ".fgb": "FlatGeobuf", ".shp": "ESRI Shapefile",
    ".parquet": "GeoParquet", ".csv": "CSV", ".kml": "KML", ".gml": "GML", ".gpx": "GPX", ".tab": "MapInfo File",
    ".mif": "MapInfo File", ".geojsonl": "GeoJSONSeq", ".geojsons": "GeoJSONSeq", ".topojson": "TopoJSON",
}  # fmt: skip
RASTER_FORMATS = {".tif": "GTiff", ".tiff": "GTiff", ".hgt": "SRTMHGT"}

MAX_CELLS = 400_000_000
"""A raster window of more cells than this is refused before a pixel is read."""

_MAX_TEXT_BYTES = 64 * 2**20
_MAGIC = {
    "GPKG": (b"SQLite format 3\x00",),
    "FlatGeobuf": (b"fgb\x03", b"fgb\x04"),
    "ESRI Shapefile": (b"\x00\x00\x27\x0a",),
    "GeoParquet": (b"PAR1",),
    "GTiff": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    "MapInfo File": (b"!table", b"!Table", b"!TABLE", b"Version", b"VERSION", b"version"),
}
# XML is told apart by its root element: a VRT is XML too, and reads any file that it names.
_XML_ROOT = {"KML": re.compile(rb"<(\w+:)?kml[\s>]"), "GML": re.compile(rb"<\w*:?\w*FeatureCollection[\s>]"),
             "GPX": re.compile(rb"<gpx[\s>]")}  # fmt: skip
_XML_REFUSED = re.compile(rb"<OGRVRT|<VRTDataset|<!ENTITY", re.IGNORECASE)
_JSON = frozenset({"GeoJSON", "GeoJSONSeq", "TopoJSON"})


def _plain_file(path: str | os.PathLike[str]) -> Path:
    """The path of a regular file, or an error that says why it is none."""
    text = os.fspath(path)
    if text.startswith(("/vsi", "\\\\")) or "://" in text:
        msg = f"{text!r} is an address, not a file; only plain files are opened here"
        raise ReadError(msg)
    if "\n" in text or text.lstrip().startswith(("<", "{")):
        msg = f"a document came where a path was expected: {text[:60]!r}"
        raise ReadError(msg)
    file = Path(text)
    if not file.exists():
        near = sorted(p.name for p in file.parent.glob(f"*{file.suffix}"))[:5] if file.parent.is_dir() else []
        hint = f"; in that folder there are {', '.join(near)}" if near else ""
        msg = f"no file {text!r}{hint}"
        raise ReadError(msg)
    if not file.is_file():
        msg = f"{text!r} is not a regular file"
        raise ReadError(msg)
    return file


def _format_of(file: Path, formats: dict[str, str]) -> str:
    """The format by suffix, confirmed by the file's first bytes."""
    known = formats.get(file.suffix.lower())
    if known is None:
        msg = f"{file}: files ending in {file.suffix or 'nothing'!r} are not opened; known: {', '.join(formats)}"
        raise ReadError(msg)
    with file.open("rb") as stream:
        head = stream.read(8192)
    if not head:
        msg = f"{file}: the file is empty"
        raise ReadError(msg)
    if not _is_what_it_says(known, head):
        msg = f"{file}: the name says {known}, its first bytes {head[:16]!r} do not; rename it to what it is"
        raise ReadError(msg)
    return known


def _is_what_it_says(known: str, head: bytes) -> bool:
    """Whether the first bytes of a file are those of its format."""
    magic = _MAGIC.get(known)
    text = head.lstrip(b"\xef\xbb\xbf\x1e \t\r\n")
    if magic:
        return head.startswith(magic)
    if known in _JSON:
        return text.startswith(b"{")
    if known in _XML_ROOT:
        return _XML_ROOT[known].search(head) is not None and _XML_REFUSED.search(head) is None
    return not text.startswith((b"<", b"{"))


def read_vector(
    path: str | os.PathLike[str],
    *,
    layer: str | None = None,
    region: Region | None = None,
    columns: Sequence[str] | None = None,
    keep_numbers: bool = False,
) -> gpd.GeoDataFrame:
    """
    The features of a vector file, as they stand in it.

    Parameters
    ----------
    path
        A plain file: GeoPackage, GeoJSON (also line by line), TopoJSON, FlatGeobuf, Shapefile, GeoParquet, KML, GML,
        GPX, MapInfo, or CSV with `lon` and `lat` columns.
    layer
        Which layer of a file that holds several; its first by default.
    region
        (west, south, east, north) in degrees: only features whose bounds meet it are read. For a file in another CRS
        than EPSG:4326 that is the box round the region in the file's CRS.
    columns
        Only these columns, besides the geometry.
    keep_numbers
        The index is then each feature's number in the file (for messages), and a feature whose rings no geometry can
        be made of comes without one instead of failing the whole file. Not for GeoParquet and CSV.

    Returns
    -------
    GeoDataFrame
        In the CRS of the file.

    Raises
    ------
    ReadError
        No such file, another format than its name says, or a file that is damaged.
    CrsError
        The file states no CRS.
    """
    import geopandas as gpd
    import pyogrio

    file = _plain_file(path)
    known = _format_of(file, VECTOR_FORMATS)
    wanted = None if columns is None else list(columns)
    box = region
    try:
        if known == "CSV":
            frame = _read_point_table(file, wanted)
        elif known == "GeoParquet":
            names = None if wanted is None else [*wanted, "geometry"]
            frame = gpd.read_parquet(file, columns=names, bbox=region)
        else:
            if region is not None:
                box = _box_of(region, pyogrio.read_info(file, layer=layer)["crs"])
            with warnings.catch_warnings():
                if keep_numbers:  # GDAL warns of rings that are none; here their features say so, without a geometry
                    warnings.simplefilter("ignore", RuntimeWarning)
                frame = pyogrio.read_dataframe(
                    file, layer=layer, bbox=box, columns=wanted, fid_as_index=keep_numbers,
                    on_invalid="ignore" if keep_numbers else "raise",
                )  # fmt: skip
    except ReadError:
        raise
    except Exception as error:  # drivers raise whatever they like on a damaged file
        msg = f"{file}: cannot be read as {known}: {error}"
        raise ReadError(msg) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        msg = f"{file}: holds a table without geometry"
        raise ReadError(msg)
    if frame.crs is None:
        msg = f"{file}: states no CRS; write it into the file, or load it with geopandas and call set_crs(...)"
        raise CrsError(msg)
    if box is not None:
        west, south, east, north = box
        bounds = frame.geometry.bounds
        meets = (
            (bounds["minx"] <= east) & (bounds["maxx"] >= west) & (bounds["miny"] <= north) & (bounds["maxy"] >= south)
        )
        frame = frame[meets] if keep_numbers else frame[meets].reset_index(drop=True)
    return frame


def _box_of(region: Region, crs: str | None) -> Region:
    """The region in the CRS of a file; what holds all of it where that CRS bends the edges."""
    import pyproj

    if crs is None or pyproj.CRS.from_user_input(crs) == pyproj.CRS.from_epsg(4326):
        return region
    onto = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    west, south, east, north = onto.transform_bounds(*region, densify_pts=101)
    return float(west), float(south), float(east), float(north)


def open_parquet(path: str | os.PathLike[str]) -> pq.ParquetFile:
    """
    A Parquet file, opened to read single row groups and columns of it.

    Raises
    ------
    ReadError
        No such file, another format than its name says, or a file that is damaged.
    """
    import pyarrow.parquet as pq

    file = _plain_file(path)
    _format_of(file, {".parquet": "GeoParquet"})
    try:
        return pq.ParquetFile(file)
    except Exception as error:  # pyarrow has several kinds of error for a damaged file
        msg = f"{file}: cannot be read as Parquet: {error}"
        raise ReadError(msg) from error


def _read_point_table(file: Path, columns: list[str] | None) -> gpd.GeoDataFrame:
    """A CSV with `lon` and `lat` columns as points; a row without coordinates keeps its place with no geometry."""
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    import shapely

    table = pd.read_csv(file, encoding="utf-8-sig", dtype=object, keep_default_na=False, na_values=[""])
    if not {"lon", "lat"} <= set(table.columns):
        msg = f"{file}: a CSV needs columns lon and lat; it has {', '.join(map(str, table.columns))}"
        raise ReadError(msg)
    lon = pd.to_numeric(table["lon"], errors="coerce").to_numpy(float)
    lat = pd.to_numeric(table["lat"], errors="coerce").to_numpy(float)
    known = np.isfinite(lon) & np.isfinite(lat)
    unread = ~known & (table["lon"].notna() | table["lat"].notna()).to_numpy()
    if unread.any():
        row = int(np.flatnonzero(unread)[0])
        msg = f"{file}: line {row + 2} has lon {table['lon'][row]!r}, lat {table['lat'][row]!r}; numbers were expected"
        raise ReadError(msg)
    points = [shapely.Point(x, y) if there else None for x, y, there in zip(lon, lat, known, strict=True)]
    kept = [c for c in table.columns if c not in ("lon", "lat") and (columns is None or c in columns)]
    return gpd.GeoDataFrame(table[kept], geometry=points, crs="EPSG:4326")


def read_raster(path: str | os.PathLike[str], *, region: Region | None = None, band: int = 1) -> xr.DataArray:
    """
    One band of a raster file, or the window of it that covers a region.

    Parameters
    ----------
    path
        A plain file: GeoTIFF, or an SRTM `.hgt` tile.
    region
        (west, south, east, north) in degrees; the window is widened to whole cells. The file must then be geographic.
    band
        Counted from 1.

    Returns
    -------
    DataArray
        Float values, dims (y, x), north first, cell centres as coordinates, CRS written for rioxarray, NaN where the
        file has no data.

    Raises
    ------
    ReadError
        No such file, another format, a damaged file, more than `MAX_CELLS` cells, or a region that it does not cover.
    CrsError
        The file states no CRS.
    """
    import rasterio
    from rasterio.windows import Window

    file = _plain_file(path)
    driver = _format_of(file, RASTER_FORMATS)
    try:
        with rasterio.open(file, driver=driver) as source:
            if source.crs is None:
                msg = f"{file}: states no CRS; write one into the file with rio edit-info or gdal_edit"
                raise CrsError(msg)
            window = Window(0, 0, source.width, source.height)
            if region is not None:
                window = _window_of(file, source, region)
            cells = window.width * window.height
            if cells > MAX_CELLS:
                msg = (
                    f"{file}: {cells:,.0f} cells were asked for, at most {MAX_CELLS:,} are read; give a smaller region"
                )
                raise ReadError(msg)
            values = source.read(band, window=window, masked=True).astype("float64").filled(float("nan"))
            return _grid(values, source.window_transform(window), source.crs)
    except (ReadError, CrsError):
        raise
    except Exception as error:
        msg = f"{file}: cannot be read as {driver}: {error}"
        raise ReadError(msg) from error


def raster_facts(path: str | os.PathLike[str]) -> dict[str, Any]:
    """
    What a raster file says of itself, without a pixel read: `crs`, `transform`, `width`, `height`, `bands`, `bounds`.

    Raises
    ------
    ReadError
        No such file, another format, a damaged file.
    CrsError
        The file states no CRS.
    """
    import rasterio

    file = _plain_file(path)
    driver = _format_of(file, RASTER_FORMATS)
    try:
        with rasterio.open(file, driver=driver) as source:
            facts = {
                "crs": source.crs, "transform": source.transform, "width": source.width, "height": source.height,
                "bands": source.count, "bounds": tuple(source.bounds),
            }  # fmt: skip
    except Exception as error:
        msg = f"{file}: cannot be read as {driver}: {error}"
        raise ReadError(msg) from error
    if facts["crs"] is None:
        msg = f"{file}: states no CRS; write one into the file with rio edit-info or gdal_edit"
        raise CrsError(msg)
    return facts


def _window_of(file: Path, source: Any, region: Region) -> Any:
    """The whole cells of a raster that cover a region."""
    import math

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


def _grid(values: Any, transform: Any, crs: Any) -> xr.DataArray:
    """A DataArray of a raster's values with its cell centres and CRS."""
    import numpy as np
    import rioxarray  # noqa: F401
    import xarray as xr

    rows, columns = values.shape
    x = transform.c + transform.a * (np.arange(columns) + 0.5)
    y = transform.f + transform.e * (np.arange(rows) + 0.5)
    grid = xr.DataArray(values, dims=("y", "x"), coords={"y": y, "x": x})
    written: xr.DataArray = grid.rio.write_crs(crs)
    return written


def read_text(path: str | os.PathLike[str]) -> str:
    """
    A text file as UTF-8, with or without a byte-order mark.

    Raises
    ------
    ReadError
        No such file, larger than 64 MiB, or not UTF-8.
    """
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{os.fspath(path)}: not UTF-8 at byte {error.start}; save it as UTF-8"
        raise ReadError(msg) from error


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a plain file of at most 64 MiB."""
    file = _plain_file(path)
    size = file.stat().st_size
    if size > _MAX_TEXT_BYTES:
        msg = f"{file}: {size:,} bytes; at most {_MAX_TEXT_BYTES:,} are read"
        raise ReadError(msg)
    try:
        return file.read_bytes()
    except OSError as error:
        msg = f"{file}: cannot be read: {error.strerror}"
        raise ReadError(msg) from error
