"""The window of a GeoParquet file: only the row groups that meet a region, in little memory, without parsing a CRS again.

For files with a covering bounding box or with points in two columns, as `layers/store.py` writes them; others are read by
`reading.py`. What comes is what `geopandas.read_parquet(bbox=...)` gives, in half its time: it parses the CRS anew each time,
and Arrow's own allocator keeps tens of megabytes that the system's gives back.
"""

from __future__ import annotations

import json
import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from geoops.core.errors import ReadError
from geoops.core.reading import open_parquet, read_vector
from geoops.core.shapes import from_wkb

if TYPE_CHECKING:
    import geopandas as gpd

    from geoops.core.geodesy import Region

__all__ = ["read_window"]


def read_window(path: str | os.PathLike[str], region: Region) -> gpd.GeoDataFrame:
    """
    The features of a GeoParquet file whose bounds meet a region.

    Parameters
    ----------
    path
        A plain file.
    region
        (west, south, east, north) in the units of the file's CRS.

    Raises
    ------
    ReadError
        No such file, another format than its name says, or a file that is damaged.
    """
    import geopandas as gpd
    import pyarrow as pa
    import pyarrow.dataset as ds
    import shapely

    source = open_parquet(path)
    schema = source.schema_arrow
    about = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    name = about.get("primary_column")
    column = about.get("columns", {}).get(name, {})
    box = column.get("covering", {}).get("bbox")
    points = column.get("encoding") == "point"
    if not (points or (box and column.get("encoding") == "WKB")) or len(about["columns"]) > 1:
        return read_vector(path, region=region)
    west, south, east, north = region
    sides = {"xmin": [name, "x"], "xmax": [name, "x"], "ymin": [name, "y"], "ymax": [name, "y"]} if points else box
    field = {side: ds.field(*sides[side]) for side in ("xmin", "xmax", "ymin", "ymax")}
    meets = (field["xmin"] <= east) & (field["xmax"] >= west) & (field["ymin"] <= north) & (field["ymax"] >= south)
    kept = [column for column in schema.names if points or column != box["xmin"][0]]
    try:
        table = ds.dataset(os.fspath(path), format="parquet").to_table(
            columns=kept, filter=meets, memory_pool=pa.system_memory_pool()
        )
        values = table.column(name).combine_chunks()
        if points:
            shapes = shapely.points(*(values.field(axis).to_numpy(zero_copy_only=False) for axis in ("x", "y")))
        else:
            shapes = from_wkb(values.to_numpy(zero_copy_only=False), what=str(path))
    except ReadError:
        raise
    except Exception as error:  # pyarrow and GEOS have several kinds of error for a damaged file
        msg = f"{path}: cannot be read as GeoParquet: {error}"
        raise ReadError(msg) from error
    frame = table.drop_columns([name]).to_pandas()
    frame.insert(
        kept.index(name), name, gpd.GeoSeries(shapes, index=frame.index, crs=_crs(json.dumps(column.get("crs"))))
    )
    return gpd.GeoDataFrame(frame, geometry=name)


@lru_cache(maxsize=16)
def _crs(text: str) -> Any:
    """A CRS from its PROJJSON; what is stated nowhere is longitude and latitude, by the specification."""
    import pyproj

    stated = json.loads(text)
    return pyproj.CRS("OGC:CRS84" if stated is None else stated)
