"""Bringing features into the layer contract, and onto disk so that a window is read without the rest.

Rows are in Hilbert order in small row groups, with a bounding-box column that is rounded outward to a coarse grid:
it costs next to nothing and still lets a reader skip what lies elsewhere. Coordinates are rounded to a power of two
of a degree, which compresses well and is far below the positional accuracy that each layer states. The same input gives
the same bytes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from geoops.core.errors import SchemaError
from geoops.core.schema import LAYER_COLUMNS, WGS84, check_layer
from geoops.core.writing import written_whole

__all__ = ["FINE_STEP_DEG", "as_layer", "polygons_of", "snap", "write_features"]

FINE_STEP_DEG = 2.0**-17
"""0.85 m of latitude: the grid of coordinates where nothing coarser is asked for."""

_BBOX_STEP_DEG = 1.0 / 4.0
_DUST_DEG2 = 1e-8
_SIDES = ("xmin", "ymin", "xmax", "ymax")
_WORLD = (-180.0, -90.0, 180.0, 90.0)
_NUMBERS = {"uncertainty_m"}


def snap(geometry: gpd.GeoSeries, step_deg: float = FINE_STEP_DEG) -> gpd.GeoSeries:
    """
    The geometries with their coordinates rounded to a grid, valid again, without repeated vertices.

    Parameters
    ----------
    geometry
        In EPSG:4326.
    step_deg
        A power of two, so that the rounded numbers compress.
    """
    shapes = geometry.to_numpy()
    areas = shapely.get_dimensions(shapes) == 2
    result = np.empty(len(shapes), dtype=object)
    # Through WKB, so that no later overlay inherits the grid.
    rounded = shapely.from_wkb(shapely.to_wkb(shapely.set_precision(shapes[areas], step_deg)))
    result[areas] = [polygons_of(shape) for shape in rounded]
    others = shapely.transform(shapes[~areas], lambda xy: np.rint(xy / step_deg) * step_deg)
    result[~areas] = [_lines_of(shape) for shape in shapely.remove_repeated_points(others)]
    return gpd.GeoSeries(result, index=geometry.index, crs=WGS84)


def _lines_of(shape: BaseGeometry) -> BaseGeometry:
    """A line without the parts that rounding made a point of; points as they are."""
    if shapely.is_valid(shape):
        return shape
    parts: list[Any] = [part for part in shapely.get_parts(shape) if shapely.length(part) > 0]
    line: BaseGeometry = parts[0] if len(parts) == 1 else shapely.MultiLineString(parts)
    return line


def polygons_of(shape: BaseGeometry) -> BaseGeometry:
    """The polygons of a geometry, without the lines, points and dust that an overlay leaves."""
    parts = np.array([shape], dtype=object)
    if not shapely.is_valid(shape):
        parts = shapely.make_valid(parts)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
        parts = shapely.get_parts(parts)
    parts = parts[(shapely.get_dimensions(parts) == 2) & (shapely.area(parts) > _DUST_DEG2)]
    polygons: list[Any] = list(parts)
    area: BaseGeometry = polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
    return area


def as_layer(frame: gpd.GeoDataFrame, *, what: str, **constants: Any) -> gpd.GeoDataFrame:
    """
    The features with every column of the layer contract, in the contract's order, rows along a Hilbert curve.

    Parameters
    ----------
    frame
        In EPSG:4326; columns that it lacks are filled from `constants`, else left missing.
    what
        The layer's name, for messages.
    constants
        Values for whole columns: `source`, `source_date`, `licence`, `kind` ...

    Raises
    ------
    SchemaError
        An id that is missing or stands twice, a missing geometry, an uncertainty that is not a positive number.
    """
    frame = frame.copy()
    for column in LAYER_COLUMNS:
        if column == "geometry":
            continue
        if column not in frame:
            frame[column] = constants.get(column)
        elif column in constants:
            frame[column] = frame[column].where(frame[column].notna(), constants[column])
        if column not in _NUMBERS:
            frame[column] = pd.Series([None if pd.isna(v) or v == "" else str(v) for v in frame[column]],
                                      index=frame.index, dtype=object)  # fmt: skip
    frame["uncertainty_m"] = pd.to_numeric(frame["uncertainty_m"]).astype(float)
    doubtful = frame["id"].isna() | ~(frame["uncertainty_m"] > 0) | frame.geometry.isna() | frame.geometry.is_empty
    if doubtful.any():
        row = frame[doubtful].iloc[0]
        msg = (
            f"{what}: {int(doubtful.sum())} rows lack an id, a geometry or a positive uncertainty_m; the first is"
            f" id {row['id']!r}, name {row['name']!r}, uncertainty_m {row['uncertainty_m']}"
        )
        raise SchemaError(msg)
    if doubtful.size == 0:
        msg = f"{what}: not one feature came"
        raise SchemaError(msg)
    theme = [c for c in frame.columns if c not in LAYER_COLUMNS]
    frame = gpd.GeoDataFrame(frame[[*LAYER_COLUMNS[:-1], *theme, "geometry"]], geometry="geometry", crs=WGS84)
    check_layer(frame, what=what)
    distance = gpd.GeoSeries(shapely.envelope(frame.geometry.to_numpy()), crs=WGS84).hilbert_distance(_WORLD, level=16)
    order = np.lexsort((frame["id"].to_numpy().astype(str), distance.to_numpy()))
    return frame.iloc[order].reset_index(drop=True)


def write_features(path: Path, frame: gpd.GeoDataFrame, *, row_group_size: int = 4096) -> None:
    """
    Write a layer as GeoParquet 1.1: zstd, row groups in the order of the rows, readable by bounding box.

    Lines and areas are WKB with a covering bounding-box column. Points stand in the specification's own encoding, two
    columns of numbers, which is smaller and needs no box.

    Parameters
    ----------
    path
        Where to; the file appears whole or not at all.
    frame
        From `as_layer`.
    row_group_size
        Rows a group: fewer for large polygons, more for points.
    """
    shapes = frame.geometry.to_numpy()
    table = pa.Table.from_pandas(pd.DataFrame(frame.drop(columns="geometry")), preserve_index=False)
    table = table.replace_schema_metadata(None)
    kinds = sorted(frame.geometry.geom_type.unique().tolist())
    if kinds == ["Point"]:
        points = pa.StructArray.from_arrays(
            [pa.array(shapely.get_x(shapes)), pa.array(shapely.get_y(shapes))], ["x", "y"]
        )
        table = table.append_column("geometry", points)
        column: dict[str, Any] = {"encoding": "point"}
        spread = ["geometry.x", "geometry.y"]
        boxes: list[str] = []
    else:
        table = table.append_column("geometry", pa.array(shapely.to_wkb(shapes, byte_order=1), pa.binary()))
        table = table.append_column("bbox", _boxes(shapes))
        column = {"encoding": "WKB", "covering": {"bbox": {side: ["bbox", side] for side in _SIDES}}}
        spread = []
        boxes = [f"bbox.{side}" for side in _SIDES]
    column |= {
        "crs": pyproj.CRS(WGS84).to_json_dict(),
        "geometry_types": kinds,
        "bbox": [float(v) for v in frame.total_bounds],
    }
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    table = table.replace_schema_metadata({"geo": json.dumps(geo, sort_keys=True)})
    with written_whole(path) as temporary:
        pq.write_table(
            table,
            temporary,
            compression="zstd",
            compression_level=19,
            row_group_size=row_group_size,
            use_dictionary=[*_repeating(frame), *boxes],
            use_byte_stream_split=spread or False,
            write_statistics=[*spread, *boxes],
        )


def _boxes(shapes: Any) -> pa.StructArray:
    """The bounding box of each geometry, rounded outward."""
    bounds = shapely.bounds(shapes) / _BBOX_STEP_DEG
    rounded = np.column_stack([np.floor(bounds[:, :2]), np.ceil(bounds[:, 2:])]) * _BBOX_STEP_DEG
    return pa.StructArray.from_arrays([pa.array(side.astype("float32")) for side in rounded.T], names=list(_SIDES))


def _repeating(frame: gpd.GeoDataFrame) -> list[str]:
    """The columns in which values come back often enough for a dictionary to pay."""
    return [c for c in frame.columns if c != "geometry" and frame[c].nunique(dropna=False) * 3 < len(frame) + 3]
