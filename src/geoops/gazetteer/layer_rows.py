"""Rows of a layer's files, read one row group at a time and kept: names, kinds, sources, and shapes when they are wanted.

What an entry of the gazetteer is beyond its row stands in `records.py`.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geoops.core.reading import open_parquet

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from shapely.geometry.base import BaseGeometry

__all__ = ["Rows", "numbers", "point_of", "whole_array"]

_REPEATED = frozenset({"kind", "country", "admin1", "source", "source_date", "licence"})
_TOLD = _REPEATED | {"id", "name", "alt_names", "uncertainty_m"}


def _is_told(column: str) -> bool:
    """Whether a layer's column is part of a record."""
    return column in _TOLD or column.startswith("name_")


class Rows:
    """The rows of a layer's files, one row group in memory at a time of asking."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths
        self._starts: list[int] = []
        self._groups: list[tuple[pq.ParquetFile, int]] = []
        self._names: list[list[str]] = []  # of the columns of each row group
        self._columns: dict[int, list[tuple[str, _Column]]] = {}
        self._shapes: dict[int, pa.ChunkedArray] = {}

    def _locate(self, row: int) -> tuple[int, int]:
        """The row group that holds a row, and the row's place in it."""
        if not self._groups:
            start = 0
            for path in self._paths:
                file = open_parquet(path, repeating=_REPEATED)
                names = file.schema_arrow.names
                for group in range(file.metadata.num_row_groups):
                    self._starts.append(start)
                    self._groups.append((file, group))
                    self._names.append(names)
                    start += file.metadata.row_group(group).num_rows
        number = bisect_right(self._starts, row) - 1
        return number, row - self._starts[number]

    def row(self, row: int, *, geometry: bool) -> dict[str, Any]:
        """One row as a dict, without its shape unless that is wanted; what is missing in all of a row group is left out."""
        number, inside = self._locate(row)
        if number not in self._columns:
            file, group = self._groups[number]
            wanted = [c for c in self._names[number] if _is_told(c) or (c == "geometry" and geometry)]
            # So small that threads would cost more than they save.
            table = file.read_row_group(group, columns=wanted, use_threads=False)
            self._columns[number] = [
                (name, _column(whole_array(column)))
                for name, column in zip(table.column_names, table.columns, strict=True)
                if column.null_count < len(column)
            ]
        return {name: value(inside) for name, value in self._columns[number]}

    def shape(self, row: int) -> BaseGeometry:
        """The geometry of one row."""
        number, inside = self._locate(row)
        if number not in self._shapes:
            file, group = self._groups[number]
            self._shapes[number] = file.read_row_group(group, columns=["geometry"]).column("geometry")
        shape: BaseGeometry = shapely.from_wkb(self._shapes[number][inside].as_py())
        return shape


_Column = Callable[[int], Any]


def _column(array: pa.Array) -> _Column:
    """What leads from a row to its value: of a dictionary without a step through Arrow."""
    if hasattr(array, "indices"):
        values, codes = [*array.dictionary.to_pylist(), None], numbers(array.indices)
        return lambda inside: values[codes[inside]]  # -1, for none, is the last
    if hasattr(array, "field") and not array.null_count:
        x, y = (numbers(array.field(axis)) for axis in ("x", "y"))
        return lambda inside: {"x": float(x[inside]), "y": float(y[inside])}
    return lambda inside: array[inside].as_py()


def numbers(array: pa.Array, missing: int = -1) -> NDArray[Any]:
    """The numbers of an array; whole ones that are missing become `missing`. Arrow's own way brings pandas in."""
    kind = str(array.type)
    dtype = np.dtype({"float": "float32", "double": "float64"}.get(kind, kind))
    held: NDArray[Any] = np.frombuffer(array.buffers()[1], dtype, len(array), array.offset * dtype.itemsize)
    if array.null_count:
        bits = np.unpackbits(np.frombuffer(array.buffers()[0], np.uint8), bitorder="little")
        held = np.where(bits[array.offset : array.offset + len(array)] == 1, held, missing)
    return held


def whole_array(column: pa.ChunkedArray) -> Any:
    """One array of a column, without a copy where it is one already."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def point_of(stored: bytes | Mapping[str, float]) -> tuple[float, float]:
    """The coordinates of a point, as WKB or as two numbers, without shapely: this is asked for one place at a time."""
    if not isinstance(stored, bytes):
        return stored["x"], stored["y"]
    order = "<" if stored[0] == 1 else ">"
    lon, lat = struct.unpack_from(f"{order}dd", stored, 5)
    return lon, lat
