"""What GDAL built of an OpenStreetMap extract, as a layer's rows, in little more memory than the layer itself takes.

Batches are taken up one by one, checked as `contract` checks them and taken apart: columns are kept, the geometry waits in a file
until they stand. A country's roads so need about the memory of the result, not twice or four times that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoops.core.errors import ReadError
from geoops.core.geodesy import Region
from geoops.core.osm_files import TYPES
from geoops.core.room import give_back
from geoops.core.schema import LAYER_COLUMNS, WGS84, check_layer
from geoops.layers.sources.antimeridian import cut_at_antimeridian
from geoops.layers.sources.contract import (
    Ledger,
    Provenance,
    _entry,
    _kept_shapes,
    _within_range,
)
from geoops.layers.sources.osm_build import Building, ids_of, shapes_of
from geoops.layers.sources.osm_columns import same
from geoops.layers.sources.osm_names import Names, name_tags
from geoops.layers.sources.osm_tags import OsmTheme, columns_of

__all__ = ["Rows", "rows_of"]

_WORLD = (-180.0, -90.0, 180.0, 90.0)
_NAMES = ("name", "name_local", "alt_names")
_PACKED = ("id", *_NAMES)
_SHAPES_AT_A_TIME = 4096


def rows_of(building: Building, theme: OsmTheme, box: Region | None, ledger: Ledger, folder: Path) -> Rows:
    """What is built, as rows of the layer."""
    rows = Rows(folder / "shapes")
    for layer, batch in building.taken_up():
        types, ids = ids_of(batch, layer)
        frame, named = _features(batch, theme, types, ids, rows.names)
        frame["number"], frame["type"] = ids, types
        for column, values in zip(_NAMES, named, strict=True):
            frame[column] = pd.Series(values, index=frame.index, dtype=object)
        clean = _clean(frame, ledger, theme.dimensions)
        if box is not None and len(clean):
            clean = clean[shapely.intersects(shapely.box(*box), clean.geometry.to_numpy())]
        # What came through as it was need not be written anew; areas may be polygons of one part.
        as_it_was = clean is frame and layer != "multipolygons"
        rows.add(clean, batch.column("wkb_geometry") if as_it_was else None)
    return rows


def _objects(column: Any) -> np.ndarray:
    """A column of text as Python objects, of equal ones only one; None where there is none."""
    coded = column.dictionary_encode()
    known = np.array([*coded.dictionary.to_pylist(), None], dtype=object)
    return np.asarray(known[coded.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)])


def _features(
    batch: Any, theme: OsmTheme, types: np.ndarray, ids: np.ndarray, names: Names
) -> tuple[gpd.GeoDataFrame, tuple[list[str | None], ...]]:
    """A batch of elements with the theme's columns, and their names."""
    tags = pd.DataFrame({
        name: pd.Series(_objects(batch.column(name)), dtype=object)
        for name in batch.schema.names if name not in ("osm_id", "osm_way_id", "other_tags", "wkb_geometry")
    })  # fmt: skip
    elements = [f"{TYPES[t]}/{i}" for t, i in zip(types.tolist(), ids.tolist(), strict=True)]
    named: tuple[list[str | None], ...] = tuple([None] * len(tags) for _ in _NAMES)
    for row, further in _name_tags_of(batch):
        named[0][row], named[1][row], named[2][row] = names.of(elements[row], name_tags(further))
    frame = columns_of(theme, tags)
    frame.index = pd.Index(elements, dtype=object)
    frame["id"] = pd.Series(elements, index=frame.index, dtype=object)
    return gpd.GeoDataFrame(frame, geometry=shapes_of(batch), crs=WGS84), named


def _name_tags_of(batch: Any) -> Iterator[tuple[int, dict[str, str]]]:
    """Of the elements that may have names: which row, and their tags that are no columns, with `name`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    others = batch.column("other_tags")
    others = getattr(others, "storage", others)  # GDAL says that it is JSON; it is text all the same
    sign = batch.column("name") if "name" in batch.schema.names else pa.nulls(len(others), pa.string())
    told = pc.or_(pc.is_valid(sign), pc.fill_null(pc.match_substring(others, "name"), fill_value=False))
    rows = np.flatnonzero(told.to_numpy(zero_copy_only=False))
    for row, text, shown in zip(rows.tolist(), others.take(rows).to_pylist(), sign.take(rows).to_pylist(), strict=True):
        further = json.loads(text) if text is not None and "name" in text else {}
        if shown is not None:
            further["name"] = shown
        yield row, further


def _clean(frame: gpd.GeoDataFrame, ledger: Ledger, dimensions: frozenset[int]) -> gpd.GeoDataFrame:
    """The rows whose geometry can be kept, by the rules of the contract; a batch without fault passes as it is."""
    shapes, cut = cut_at_antimeridian(frame.geometry.to_numpy())
    if cut:
        frame = frame.set_geometry(shapes, crs=WGS84)
        ledger.mend("cut at the antimeridian", cut)
    bounds = np.abs(shapely.bounds(shapes))
    fine = (
        shapely.is_valid(shapes) & ~shapely.is_empty(shapes) & np.isin(shapely.get_dimensions(shapes), [*dimensions])
        & (shapely.get_type_id(shapes) != shapely.GeometryType.GEOMETRYCOLLECTION)
        & (bounds <= (360.0, 90.0, 360.0, 90.0)).all(axis=1)
    )  # fmt: skip
    return frame if fine.all() else _within_range(_kept_shapes(frame, ledger, dimensions), ledger)


class Rows:
    """A layer's rows in the making: one column each, as long as there may be rows; the geometry waits in a file."""

    def __init__(self, shapes: Path) -> None:
        self.names = Names()
        self._filled = 0
        self._columns: dict[str, list[np.ndarray]] = {}
        self._packed: dict[str, list[Any]] = {name: [] for name in _PACKED}
        self._place: list[np.ndarray] = []
        self._shapes = shapes
        self._writer: Any = None

    def add(self, frame: gpd.GeoDataFrame, wkb: Any = None) -> None:
        """Put a batch's rows behind those that are there; `wkb` is their geometry, where it is at hand."""
        import pyarrow as pa

        if len(frame) == 0:
            return
        shapes = frame.geometry.to_numpy()
        for name in frame.columns.drop("geometry"):
            values = frame[name].to_numpy()
            if name in _PACKED:
                self._packed[name].append(pa.array(values, pa.large_string(), from_pandas=True))
            else:
                self._columns.setdefault(name, []).append(values)
        self._place.append(gpd.GeoSeries(shapes, crs=WGS84).hilbert_distance(_WORLD, level=16).to_numpy())
        made = pa.array(shapely.to_wkb(shapes), pa.binary()) if wkb is None else wkb.cast(pa.binary())
        batch = pa.record_batch({"shape": made})
        self._writer = self._writer or pa.ipc.new_stream(str(self._shapes), batch.schema)
        for first in range(0, batch.num_rows, _SHAPES_AT_A_TIME):
            self._writer.write_batch(batch.slice(first, _SHAPES_AT_A_TIME))
        self._filled += len(frame)

    def layer(
        self, name: str, theme: OsmTheme, ledger: Ledger, provenance: Provenance, box: Region | None
    ) -> gpd.GeoDataFrame:
        """
        The rows as a layer, along a Hilbert curve.

        Raises
        ------
        ReadError
            There were rows, and none of them can be kept.
        """
        kept = self._in_order(ledger)
        if len(kept) == 0 and box is None:
            msg = f"{ledger.what}: not one of {ledger.read} elements can be kept: {ledger.summary()}"
            raise ReadError(msg)
        columns = self._columns
        if not self._filled:
            none = pd.DataFrame({key: pd.Series([], dtype=object) for key in theme.tags})
            columns |= {str(name): [values.to_numpy()] for name, values in columns_of(theme, none).items()}
        whole = {
            "source": provenance.source, "source_date": provenance.date, "licence": provenance.licence,
            "geometry_quality": theme.quality,
        }  # fmt: skip
        data: dict[str, Any] = {}
        further = [c for c in columns if c not in LAYER_COLUMNS]
        for column in (*LAYER_COLUMNS[:-1], *further):
            if column in _PACKED:
                data[column] = self._unpacked(column, kept)
                continue
            parts = columns.pop(column, None)
            made = same(whole.get(column), len(kept)) if parts is None else np.concatenate(parts)[kept]
            del parts
            data[column] = pd.Series(made, dtype=made.dtype if made.dtype.kind in "ifb" else object, copy=False)
        self._fill_local(data)
        give_back()
        data["geometry"] = gpd.GeoSeries(self._geometry(kept), crs=WGS84)
        layer = gpd.GeoDataFrame(data, copy=False)
        check_layer(layer.iloc[:0], what=ledger.what)  # ids were made single above; to look again costs 30 MB
        layer.attrs = {
            "layer": _entry(layer, name, provenance, box, {}),
            "dropped": ledger.listed,
            "dropped_counts": ledger.counts,
            "mended": ledger.mended,
            "country_test": "not made: OpenStreetMap states no country",
        }
        return layer

    def _geometry(self, kept: np.ndarray) -> np.ndarray:
        """The geometries that wait in the file, each in its place: last of all, for they alone need much memory."""
        import pyarrow as pa

        shapes = np.full(len(kept), None, dtype=object)
        if self._writer is None:
            return shapes
        self._writer.close()
        target = np.full(self._filled, -1, dtype=np.int64)
        target[kept] = np.arange(len(kept))
        first = 0
        with pa.OSFile(str(self._shapes)) as stream, pa.ipc.open_stream(stream) as reader:
            for batch in reader:
                to = target[first : first + batch.num_rows]
                first += batch.num_rows
                wkb = batch.column("shape").to_numpy(zero_copy_only=False)
                shapes[to[to >= 0]] = shapely.from_wkb(wkb[to >= 0])
        return shapes

    def _unpacked(self, column: str, kept: np.ndarray) -> pd.Series:
        """A column of texts that differ from row to row, in one piece of memory."""
        import pyarrow as pa

        chunks = pa.chunked_array(self._packed.pop(column), pa.large_string())
        series: pd.Series = chunks.take(pa.array(kept)).to_pandas()
        return series

    def _fill_local(self, data: dict[str, Any]) -> None:
        """The local name of elements whose signs are in Latin letters, now that the local language is known."""
        late = self.names.local_names()
        rows = np.flatnonzero((data["id"].isin(list(late)) & data["name_local"].isna()).to_numpy()) if late else ()
        if len(rows) == 0:
            return
        local, others = data["name_local"].to_numpy(dtype=object), data["alt_names"].to_numpy(dtype=object)
        for row, element in zip(rows, data["id"].iloc[rows], strict=True):
            local[row] = late[element]
            rest = [o for o in others[row].split("|") if o != late[element]]
            others[row] = "|".join(rest) or None
        data["name_local"], data["alt_names"] = pd.Series(local, dtype=object), pd.Series(others, dtype=object)

    def _in_order(self, ledger: Ledger) -> np.ndarray:
        """The rows' numbers along the curve; of elements with one id only the first."""
        if self._filled == 0:
            return np.empty(0, dtype=np.int64)
        # Number and type in one, so that one sort tells doubles and ties; little memory is left to be wasted here.
        types = np.concatenate(self._columns.pop("type"))
        keys = np.concatenate(self._columns.pop("number")) * len(TYPES) + types
        rows = np.argsort(keys, kind="stable")
        repeats = np.flatnonzero(keys[rows[1:]] == keys[rows[:-1]]) + 1
        if len(repeats):
            doubles = [f"{TYPES[key % len(TYPES)]}/{key // len(TYPES)}" for key in keys[rows[repeats]].tolist()]
            ledger.drop(doubles, "repeats the id of an earlier element", doubles)
            rows = np.delete(rows, repeats)
        return np.asarray(rows[np.argsort(np.concatenate(self._place)[rows], kind="stable")])
