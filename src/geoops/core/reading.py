"""The one door in: every file of features, text, JSON or a picture is opened here, by a driver pinned beforehand.

GDAL opens what a file says it is, not what its name says: a VRT named `dem.tif` would read any file of the disk.
So a path must be a plain file, its first bytes must be those of its format (`plain_files.py`), and the driver is named to
the library. Addresses, `/vsi` prefixes and inline documents are not paths. Rasters: `raster_files.py`.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import warnings
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoops.core.errors import CrsError, ReadError
from geoops.core.plain_files import format_of as _format_of
from geoops.core.plain_files import plain_file as _plain_file
from geoops.core.raster_files import MAX_CELLS, RASTER_FORMATS, raster_facts, read_raster
from geoops.core.shapes import check_depth
from geoops.core.whole_files import check_whole

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pyarrow.parquet as pq

    from geoops.core.geodesy import Region

__all__ = [
    "MAX_CELLS",
    "RASTER_FORMATS",
    "VECTOR_FORMATS",
    "open_parquet",
    "raster_facts",
    "read_bytes",
    "read_json",
    "read_picture",
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
_MAX_HEAD_BYTES = 2**17


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
    import numpy as np
    import pyogrio

    from geoops.core.geodesy import is_stated

    file = _plain_file(path)
    known = _format_of(file, VECTOR_FORMATS)
    check_whole(file, known)
    wanted = None if columns is None else list(columns)
    box = region
    try:
        if known == "CSV":
            frame = _read_point_table(file, wanted)
        elif known == "GeoParquet":
            names = None if wanted is None else [*wanted, "geometry"]
            _check_parquet(file)
            frame = gpd.read_parquet(file, columns=names, bbox=region)
        else:
            if known == "GPX" and layer is None:
                layer = _only_layer_of_gpx(file)
            if region is not None:
                box = _box_of(region, pyogrio.read_info(file, layer=layer)["crs"])
            with warnings.catch_warnings():
                if keep_numbers:  # GDAL warns of rings that are none; here their features say so, without a geometry
                    warnings.simplefilter("ignore", RuntimeWarning)
                frame = pyogrio.read_dataframe(
                    file, layer=layer, bbox=box, columns=wanted, fid_as_index=keep_numbers,
                    on_invalid="ignore" if keep_numbers else "raise",
                )  # fmt: skip
            _check_count(file, known, layer, None if region is not None else len(frame))
    except ReadError:
        raise
    except Exception as error:  # drivers raise whatever they like on a damaged file
        msg = f"{file}: cannot be read as {known}: {error}"
        raise ReadError(msg) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        msg = f"{file}: holds a table without geometry"
        raise ReadError(msg)
    if frame.crs is None and _is_topology(file, known):
        frame = frame.set_crs(4326)  # its specification has no CRS: longitude and latitude, as in GeoJSON
        outside = frame.total_bounds
        if len(frame) and not (np.abs(outside) <= (180.0 + 1e-6, 90.0 + 1e-6) * 2).all() and np.isfinite(outside).any():
            msg = (
                f"{file}: TopoJSON states no CRS, and reaches over {outside.round(2).tolist()}, which are no degrees; it was drawn onto a plane:"
                " get the file in longitude and latitude"
            )
            raise CrsError(msg)
    if not is_stated(frame.crs):
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


def _is_topology(file: Path, known: str) -> bool:
    """Whether a file is TopoJSON, also by the name of plain JSON."""
    import pyogrio

    return known == "TopoJSON" or (known == "GeoJSON" and pyogrio.read_info(file)["driver"] == "TopoJSON")


def _check_parquet(file: Path) -> None:
    """Refuse GeoParquet whose shapes would overflow a stack."""
    source = open_parquet(file)
    about = json.loads((source.schema_arrow.metadata or {}).get(b"geo", b"{}"))
    for name, column in about.get("columns", {}).items():
        if column.get("encoding") == "WKB":
            for batch in source.iter_batches(columns=[name]):
                check_depth(batch.column(0).to_numpy(zero_copy_only=False), what=str(file))


def _check_count(file: Path, known: str, layer: str | None, came: int | None) -> None:
    """Refuse a file of which fewer features came than it says it holds: GDAL ends quietly where a file is cut off."""
    import pyogrio

    stated = int(pyogrio.read_info(file, layer=layer)["features"])  # -1 where only reading it would tell
    if (
        came is None and known == "FlatGeobuf" and stated > 0
    ):  # of a window, the last feature tells whether the end is there
        last = pyogrio.read_dataframe(file, layer=layer, skip_features=stated - 1, max_features=1, columns=[])
        came = stated - 1 + len(last)
    if came is not None and 0 <= came < stated:
        msg = (
            f"{file}: is cut off or damaged: it says that it holds {stated:,} features, and {came:,} came; get it again"
        )
        raise ReadError(msg)


def _box_of(region: Region, crs: str | None) -> Region:
    """The region in the CRS of a file; what holds all of it where that CRS bends the edges."""
    import pyproj

    if crs is None or pyproj.CRS.from_user_input(crs) == pyproj.CRS.from_epsg(4326):
        return region
    onto = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    west, south, east, north = onto.transform_bounds(*region, densify_pts=101)
    return float(west), float(south), float(east), float(north)


def open_parquet(path: str | os.PathLike[str], *, repeating: Collection[str] = ()) -> pq.ParquetFile:
    """
    A Parquet file, opened to read single row groups and columns of it.

    Parameters
    ----------
    path
        The file.
    repeating
        Columns whose texts come again and again: each of these is decoded once, and the columns come as dictionaries.

    Raises
    ------
    ReadError
        No such file, another format than its name says, or a file that is damaged.
    """
    import pyarrow.parquet as pq

    file = _plain_file(path)
    _format_of(file, {".parquet": "GeoParquet"})
    try:
        if not repeating:
            return pq.ParquetFile(file)
        stated = pq.read_metadata(file)
        texts = {
            c.name for c in map(stated.schema.column, range(len(stated.schema))) if c.physical_type == "BYTE_ARRAY"
        }
        return pq.ParquetFile(file, metadata=stated, read_dictionary=sorted(texts.intersection(repeating)))
    except Exception as error:  # pyarrow has several kinds of error for a damaged file
        msg = f"{file}: cannot be read as Parquet: {error}"
        raise ReadError(msg) from error


def _only_layer_of_gpx(file: Path) -> str | None:
    """
    The one of waypoints, routes and tracks that a GPX file holds; None where there are several, of which GDAL warns.

    GDAL shows five layers in every GPX file, the empty ones too, and would read waypoints.
    """
    import pyogrio

    kinds = ("waypoints", "routes", "tracks")
    held = [kind for kind in kinds if pyogrio.read_info(file, layer=kind, force_feature_count=True)["features"]]
    return None if len(held) > 1 else (held or ["waypoints"])[0]


def _read_point_table(file: Path, columns: list[str] | None) -> gpd.GeoDataFrame:
    """A CSV with `lon` and `lat` columns as points; a row without coordinates keeps its place with no geometry."""
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    import shapely

    with file.open("rb") as stream:
        head = stream.readline(_MAX_HEAD_BYTES)
    if len(head) == _MAX_HEAD_BYTES:
        msg = f"{file}: its first line has more than {_MAX_HEAD_BYTES:,} bytes; a line of column names was expected"
        raise ReadError(msg)
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


def read_text(path: str | os.PathLike[str], *, at_most: int | None = None) -> str:
    """
    A text file as UTF-8, with or without a byte-order mark, or as UTF-16 with one.

    Other encodings are not guessed: many fit any bytes, and a wrong one makes wrong names without a word.

    Raises
    ------
    ReadError
        No such file, larger than `at_most` bytes (by default 64 MiB), or neither of the two; with what it may be instead.
    """
    data = read_bytes(path, at_most=at_most)
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not data.startswith(codecs.BOM_UTF32_LE)
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{os.fspath(path)}: not {'UTF-16' if wide else 'UTF-8'} at byte {error.start}; {_other_encoding(data)}"
        raise ReadError(msg) from error
    if "\0" in text:
        msg = f"{os.fspath(path)}: holds NUL bytes, as no text does; {_other_encoding(data)}"
        raise ReadError(msg)
    return text


def _other_encoding(data: bytes) -> str:
    """What bytes that are not UTF-8 may be, and what to do; their encoding cannot be told for sure."""
    head = data[:65536]
    if head.count(0) > len(head) // 5:
        maybe = (
            ("UTF-16LE" if head[1::2].count(0) > head[::2].count(0) else "UTF-16BE")
            if data[:4] != codecs.BOM_UTF32_LE
            else "UTF-32"
        )
        words = f"it may be {maybe}"
    elif b"\0" in head or sum(b < 32 and b not in b"\t\n\r\f" for b in head) > len(head) // 50:
        return "it seems to be no text at all: give a text saved as UTF-8, or a Word or PDF file under its own ending"
    elif sum(b > 127 for b in head) > len(head) // 4:
        maybe, words = "WINDOWS-1256", "it may be Windows-1256 (Arabic) or Windows-1251 (Cyrillic)"
    else:
        maybe, words = "WINDOWS-1252", "it may be Windows-1252 (Western European)"
    return f"{words}: save it as UTF-8, or: iconv -f {maybe} -t UTF-8 FILE > NEW"


def read_json(path: str | os.PathLike[str], *, at_most: int | None = None) -> Any:
    """
    What a JSON file holds.

    Raises
    ------
    ReadError
        No such file, larger than `at_most` bytes (by default 64 MiB), or no JSON.
    """
    try:
        return json.loads(read_text(path, at_most=at_most))
    except (ValueError, RecursionError) as error:
        msg = f"{os.fspath(path)}: is no JSON, or was cut off ({error}); get it again"
        raise ReadError(msg) from error


def read_picture(
    path: str | os.PathLike[str], *, kind: str, size: tuple[int, int] | None = None, grey: bool = False
) -> np.ndarray:
    """
    The pixels of a picture as they stand in it: rows, columns and, where there are several, channels.

    Parameters
    ----------
    path
        A plain file.
    kind
        `PNG` or `JPEG`; what else the file says it is does not count.
    size
        Width and height that it must have, which is asked before any pixel.
    grey
        As levels of grey, 0 to 255.

    Raises
    ------
    ReadError
        No such file, another format or size, or a damaged file.
    """
    import numpy as np
    from PIL import Image

    data = read_bytes(path)
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as image:
            if size is not None and image.size != size:
                msg = (
                    f"{os.fspath(path)}: has {image.size[0]} by {image.size[1]} pixels, expected {size[0]} by {size[1]}"
                )
                raise ReadError(msg)
            return np.asarray(image.convert("L") if grey else image)
    except ReadError:
        raise
    except Exception as error:  # whatever a damaged picture brings forth
        msg = f"{os.fspath(path)}: cannot be read as {kind}: {error}; get it again"
        raise ReadError(msg) from error


def read_bytes(path: str | os.PathLike[str], *, at_most: int | None = None) -> bytes:
    """The bytes of a plain file of at most so many, by default 64 MiB."""
    file = _plain_file(path)
    size, most = file.stat().st_size, _MAX_TEXT_BYTES if at_most is None else at_most
    if size > most:
        msg = f"{file}: {size:,} bytes; at most {most:,} are read"
        raise ReadError(msg)
    try:
        return file.read_bytes()
    except OSError as error:
        msg = f"{file}: cannot be read: {error.strerror}"
        raise ReadError(msg) from error
