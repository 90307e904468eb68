"""Any file of features, in whatever of the known formats it came, as rows in EPSG:4326 - only those of the region.

GDAL's formats, zipped or not, GeoParquet with or without bounding boxes, and tables with coordinates or WKT in columns.
What the columns mean is the loaders' business.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoops.core.archives import members, unpacked
from geoops.core.errors import CrsError, ReadError
from geoops.core.geodesy import Region
from geoops.core.reading import VECTOR_FORMATS, open_parquet, read_vector
from geoops.core.schema import WGS84
from geoops.core.shapes import from_wkb, from_wkt
from geoops.core.tables import TABLE_FORMATS, table_chunks
from geoops.layers.sources.contract import Ledger

__all__ = ["column_of", "features_of", "point_chunks"]

PathLike = str | os.PathLike[str]

LON_NAMES = ("lon", "lng", "long", "longitude", "x", "point_x", "longitude (wgs84)")
LAT_NAMES = ("lat", "latitude", "y", "point_y", "latitude (wgs84)")
WKT_NAMES = ("wkt", "wktformat", "geometry", "geom", "geom_wkt", "the_geom")
_IN_ZIP = tuple(s for s in VECTOR_FORMATS if s not in TABLE_FORMATS)


def column_of(columns: Iterable[Any], names: Sequence[str]) -> str | None:
    """The first column that goes by one of the names; case and blanks at the ends do not matter."""
    have = {str(c).strip().casefold(): str(c) for c in columns}
    return next((have[n.casefold()] for n in names if n.casefold() in have), None)


def _mirror(region: Region | None) -> Region | None:
    """The region with its axes exchanged."""
    return None if region is None else (region[1], region[0], region[3], region[2])


def features_of(
    path: PathLike,
    *,
    ledger: Ledger,
    region: Region | None = None,
    layer: str | None = None,
    member: str | None = None,
    sheet: str | None = None,
    needs: Sequence[str] = (),
    lon: str | None = None,
    lat: str | None = None,
    wkt: str | None = None,
    swap_axes: bool = False,
) -> gpd.GeoDataFrame:
    """
    The rows of a file whose bounds meet the region, in EPSG:4326, indexed by their number in the file.

    Parameters
    ----------
    path
        A vector file, a table (`.csv`, `.tsv`, `.txt`, `.xlsx`), or a `.zip` with one of them.
    ledger
        Is told what was read, and which rows of a table have no coordinates.
    region
        (west, south, east, north) in degrees.
    layer, member, sheet
        Which layer of a GeoPackage, which file of an archive, which sheet of a workbook.
    needs
        Columns without which the file is useless.
    lon, lat, wkt
        A table's columns with the coordinates, in degrees, where they go by unusual names.
    swap_axes
        The file has latitude first; exchange them.

    Raises
    ------
    ReadError
        A file that is missing, damaged, empty, another than its name says, or without a needed column.
    CrsError
        No CRS, or a CRS in metres over coordinates in degrees.
    """
    file = Path(path)
    wanted = _mirror(region) if swap_axes else region
    suffix = file.suffix.lower()
    if suffix == ".zip" and any(n.lower().endswith(_IN_ZIP) for n in members(file)):
        with unpacked(file, suffixes=_IN_ZIP, member=member) as inside:
            frame = _vector(inside, ledger, wanted, layer, needs, name=str(file))
    elif suffix in {*TABLE_FORMATS, ".zip"}:
        parts = point_chunks(
            file, ledger=ledger, region=wanted, member=member, sheet=sheet, needs=needs, lon=lon, lat=lat, wkt=wkt
        )
        frames = list(parts)
        frame = gpd.GeoDataFrame(pd.concat(frames), geometry="geometry", crs=WGS84)
    else:
        frame = _vector(file, ledger, wanted, layer, needs, name=str(file))
    if swap_axes and len(frame):
        frame = frame.set_geometry(shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1]), crs=WGS84)
    return frame


def _vector(
    file: Path, ledger: Ledger, region: Region | None, layer: str | None, needs: Sequence[str], *, name: str
) -> gpd.GeoDataFrame:
    """The features of a vector file in degrees."""
    import pyogrio

    parquet = file.suffix.lower() == ".parquet"
    frame = _parquet(file, region) if parquet else read_vector(file, layer=layer, region=region, keep_numbers=True)
    if frame.active_geometry_name != "geometry":
        frame = frame.rename_geometry("geometry")
    ledger.read += len(frame)
    missing = [c for c in needs if column_of(frame.columns, [c]) is None]
    if missing:
        msg = f"{name}: lacks the columns {', '.join(missing)}; it has {', '.join(map(str, frame.columns))}"
        raise ReadError(msg)
    if len(frame) == 0:
        count = open_parquet(file).metadata.num_rows if parquet else pyogrio.read_info(
            file, layer=layer, force_feature_count=True)["features"]  # fmt: skip
        if count == 0:
            msg = f"{name}{f', layer {layer!r}' if layer else ''}: holds no feature; look whether the download is whole"
            raise ReadError(msg)
        ledger.read += 1  # there are rows, elsewhere
    crs = frame.crs
    if crs is None:
        msg = f"{name}: states no CRS; write one into the file"
        raise CrsError(msg)
    if len(frame) and crs.is_projected and float(np.nanmax(np.abs(frame.total_bounds))) <= 360.0:
        msg = (
            f"{name}: states the CRS {crs.to_string()[:40]} in metres, but its coordinates (up to"
            f" {np.nanmax(np.abs(frame.total_bounds)):g}) look like degrees; assign EPSG:4326 to the file instead"
        )
        raise CrsError(msg)
    return frame if crs == WGS84 else frame.to_crs(WGS84)


def _parquet(file: Path, region: Region | None) -> gpd.GeoDataFrame:
    """GeoParquet by its bounding-box column; without one, row group by row group."""
    source = open_parquet(file)
    metadata = (source.schema_arrow.metadata or {}).get(b"geo")
    if metadata is None:
        msg = (
            f"{file}: a Parquet file without the metadata of GeoParquet; write it with geopandas, or read it as a table"
        )
        raise ReadError(msg)
    geo = json.loads(metadata)
    name = str(geo["primary_column"])
    about = geo["columns"][name]
    if region is None or "covering" in about or about.get("encoding") != "WKB":
        return read_vector(file, region=region if "covering" in about else None)
    box = shapely.box(*region)
    crs = about.get("crs", WGS84)
    frames: list[gpd.GeoDataFrame] = []
    first = 0
    for group in range(source.num_row_groups):
        table = source.read_row_group(group).to_pandas()
        shapes = from_wkb(table[name].to_numpy(), what=str(file), on_invalid="ignore")
        meets = shapely.intersects(shapely.envelope(shapes), box)
        table.index = pd.RangeIndex(first, first + len(table))
        first += len(table)
        part = gpd.GeoDataFrame(table.drop(columns=name)[meets], geometry=shapes[meets], crs=crs)
        if len(part) or not frames:
            frames.append(part)
    frames = [f for f in frames if len(f)] or frames[:1]
    return gpd.GeoDataFrame(pd.concat(frames), geometry="geometry", crs=crs)


def point_chunks(
    path: PathLike,
    *,
    ledger: Ledger,
    region: Region | None = None,
    member: str | None = None,
    sheet: str | None = None,
    needs: Sequence[str] = (),
    names: Sequence[str] | None = None,
    quoted: bool = True,
    lon: str | None = None,
    lat: str | None = None,
    wkt: str | None = None,
    look: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
) -> Iterator[gpd.GeoDataFrame]:
    """
    A table's rows of a region, chunk by chunk; a row without coordinates is listed in the ledger.

    Parameters are those of `features_of` and `geoops.core.tables.table_chunks`; `look` sees every chunk before rows are
    chosen, and gives back those to go on with. At least one chunk comes, without a row
    where the region holds none.
    """
    first = True
    for chunk in table_chunks(path, names=names, quoted=quoted, member=member, sheet=sheet, needs=needs):
        ledger.read += len(chunk)
        if look is not None:
            chunk = look(chunk)  # noqa: PLW2901
        shapes = _shapes(chunk, Path(path), lon, lat, wkt)
        gone = shapely.is_missing(shapes) | shapely.is_empty(shapes)
        ledger.drop(chunk.index[gone], "no coordinates that are numbers")
        keep = ~gone if region is None else ~gone & shapely.intersects(shapely.envelope(shapes), shapely.box(*region))
        part = gpd.GeoDataFrame(chunk[keep].drop(columns="geometry", errors="ignore"), geometry=shapes[keep], crs=WGS84)
        if first or len(part):
            yield part
        first = False
    if ledger.read == 0:
        msg = f"{path}: holds a head and no row; look whether the download is whole"
        raise ReadError(msg)


def _shapes(chunk: pd.DataFrame, file: Path, lon: str | None, lat: str | None, wkt: str | None) -> np.ndarray:
    """A geometry a row, missing where there are no coordinates."""
    columns = list(chunk.columns)
    text = column_of(columns, [wkt] if wkt else () if lon or lat else WKT_NAMES)
    x, y = column_of(columns, [lon] if lon else LON_NAMES), column_of(columns, [lat] if lat else LAT_NAMES)
    if text is not None and (wkt or x is None or y is None):
        return from_wkt(chunk[text].to_numpy())
    if x is None or y is None:
        msg = (
            f"{file}: no columns of coordinates ({' / '.join(LON_NAMES[:4])}, {' / '.join(LAT_NAMES[:2])}, or WKT); it has"
            f" {', '.join(map(str, columns[:40]))}. Name them with lon=..., lat=... or wkt=..."
        )
        raise ReadError(msg)
    there = (
        pd.to_numeric(chunk[x], errors="coerce").to_numpy(float),
        pd.to_numeric(chunk[y], errors="coerce").to_numpy(float),
    )
    known = np.isfinite(there[0]) & np.isfinite(there[1])
    shapes = np.full(len(chunk), None, dtype=object)
    shapes[known] = shapely.points(there[0][known], there[1][known])
    return shapes
