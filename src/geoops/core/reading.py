"""The one door in: every vector and raster file is opened here, by a driver pinned beforehand.

GDAL opens what a file says it is, not what its name says: a VRT named `dem.tif` would read any file of the disk.
So a path must be a plain file, its first bytes must be those of its format (`plain_files.py`), and the driver is named to
the library. Addresses, `/vsi` prefixes and inline documents are not paths. Rasters: `raster_files.py`.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from geoops.core.errors import CrsError, ReadError
from geoops.core.plain_files import format_of as _format_of
from geoops.core.plain_files import plain_file as _plain_file
from geoops.core.raster_files import MAX_CELLS, RASTER_FORMATS, raster_facts, read_raster

if TYPE_CHECKING:
    import geopandas as gpd
    import pyarrow.parquet as pq

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
_MAX_TEXT_BYTES = 64 * 2**20


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
