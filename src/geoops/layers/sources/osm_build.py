"""From the elements of an OpenStreetMap extract to a layer's rows, in little more memory than the layer itself takes.

First GDAL's batches are reduced to the region and laid down in a temporary file; when GDAL has given back what it holds, they are
taken up again one by one, their geometry checked as `contract` checks it, and the rows put into columns made beforehand. A country's
roads so need about the memory of the result, not twice or four times that.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoops.core.errors import ReadError
from geoops.core.geodesy import Region
from geoops.core.osm_files import Census, give_back, osm_batches, osm_complaint, osm_members
from geoops.core.schema import LAYER_COLUMNS, WGS84, check_layer
from geoops.layers.sources.contract import (
    AREAS,
    LINES,
    POINTS,
    Ledger,
    Provenance,
    _entry,
    _kept_shapes,
    _within_range,
)
from geoops.layers.sources.osm_names import Names, name_tags
from geoops.layers.sources.osm_tags import OsmTheme, columns_of, same

__all__ = ["Rows", "Tally", "layers_of", "rows_of", "spooled"]

_WORLD = (-180.0, -90.0, 180.0, 90.0)
_TYPES = ("node", "way", "relation")
_NAMES = ("name", "name_local", "alt_names")
_PACKED = ("id", *_NAMES)
_NOT_BUILT = "no geometry could be built: nodes or members are not in the file, rings do not close, or it is drawn as another shape"


class Tally:
    """What GDAL gave, held against what libosmium counted."""

    def __init__(self, census: Census) -> None:
        self._census = census
        self._given = Census()
        self._often: Counter[tuple[str, int]] = Counter()
        self._nodes: dict[tuple[str, int], int] = {}

    def add(self, types: np.ndarray, ids: np.ndarray, shapes: np.ndarray, *, each: bool = False) -> None:
        """Count a batch; `each` element for itself where it must be known which are missing."""
        nodes = np.asarray(shapely.get_num_coordinates(shapes))
        for code, name in enumerate(_TYPES):
            chosen = types == code
            self._given.count[name] += int(chosen.sum())
            self._given.id_sum[name] += int(ids[chosen].sum())
        self._given.nodes += int(nodes[types == _TYPES.index("way")].sum())
        if each:
            keys = [(_TYPES[t], i) for t, i in zip(types.tolist(), ids.tolist(), strict=True)]
            self._often.update(keys)
            self._nodes.update(zip(keys, nodes.tolist(), strict=True))

    def settle(self, file: Path, theme: OsmTheme, ledger: Ledger) -> None:
        """
        List what could not be built.

        Raises
        ------
        ReadError
            Something is missing because GDAL cannot read the file to its end (it is not sorted).
        """
        wanted, given = self._census, self._given
        if (wanted.count, wanted.id_sum, wanted.nodes) == (given.count, given.id_sum, given.nodes):
            return
        complaint = osm_complaint(file)
        if complaint is not None:
            msg = (
                f"{file}: GDAL cannot read it to its end ({complaint}); nodes, ways and relations must each be in the"
                " order of their ids: sort it with `osmium sort FILE.osm.pbf -o SORTED.osm.pbf`"
            )
            raise ReadError(msg)
        for layer in layers_of(theme):
            for batch in osm_batches(file, layer, theme.rules, theme.keys, theme.areas):
                self.add(*_ids_of(batch, layer), _shapes_of(batch), each=True)
        often, nodes = osm_members(file, theme.rules, theme.types)
        lost = [f"{t}/{i}" for (t, i), n in sorted(often.items()) for _ in range(n) if (t, i) not in self._often]
        ledger.drop(lost, _NOT_BUILT, lost)
        again = [
            f"{t}/{i}"
            for (t, i), n in sorted(often.items())
            if (t, i) in self._often
            for _ in range(n - self._often[t, i])
        ]
        ledger.drop(again, "repeats the id of an earlier element", again)
        short = sum(1 for key, n in self._nodes.items() if key[0] == "way" and n < nodes.get(key, 0))
        ledger.mend("ways drawn without those of their nodes that are not in the file", short)


def layers_of(theme: OsmTheme) -> list[str]:
    """GDAL's layers in which a theme's elements are."""
    shapes = (("points", POINTS), ("lines", LINES), ("multipolygons", AREAS))
    return [layer for layer, dimension in shapes if theme.dimensions & dimension]


def _ids_of(batch: Any, layer: str) -> tuple[np.ndarray, np.ndarray]:
    """Type (its place in `_TYPES`) and number of each element."""
    import pyarrow.compute as pc

    number = batch.column("osm_id")
    if layer == "multipolygons":  # a relation, or a closed way
        way = batch.column("osm_way_id")
        types = np.where(way.is_null().to_numpy(zero_copy_only=False), 2, 1).astype(np.int8)
        number = pc.coalesce(way, number)
    else:
        types = np.full(len(number), 0 if layer == "points" else 1, dtype=np.int8)
    return types, pc.cast(number, "int64").to_numpy(zero_copy_only=False)


def _shapes_of(batch: Any) -> np.ndarray:
    """The geometry of each element."""
    return np.asarray(shapely.from_wkb(batch.column("wkb_geometry").to_numpy(zero_copy_only=False)))


def spooled(file: Path, theme: OsmTheme, box: Region | None, tally: Tally, folder: Path) -> int:
    """Lay a theme's elements that may meet the region down in a folder, one file a layer; how many they are."""
    import pyarrow as pa

    count = 0
    area = None if box is None else shapely.box(*box)
    for layer in layers_of(theme):
        writer: Any = None
        for batch in osm_batches(file, layer, theme.rules, theme.keys, theme.areas):
            shapes = _shapes_of(batch)
            tally.add(*_ids_of(batch, layer), shapes)
            kept = batch
            if area is not None:
                kept = batch.filter(shapely.intersects(area, shapely.envelope(shapes)))
            writer = writer or pa.ipc.new_stream(str(folder / layer), batch.schema)
            writer.write_batch(kept)
            count += kept.num_rows
        if writer is not None:
            writer.close()
    return count


def rows_of(folder: Path, theme: OsmTheme, box: Region | None, ledger: Ledger, count: int) -> Rows:
    """What was laid down, as rows of the layer."""
    rows = Rows(count)
    for layer, batch in _taken_up(folder, theme):
        types, ids = _ids_of(batch, layer)
        frame, named = _features(batch, theme, types, ids, rows.names)
        frame["number"], frame["type"] = ids, types
        for position, column in enumerate(_NAMES):
            frame[column] = pd.Series(named[:, position], index=frame.index, dtype=object)
        frame = _clean(frame, ledger, theme.dimensions)
        if box is not None and len(frame):
            frame = frame[shapely.intersects(shapely.box(*box), frame.geometry.to_numpy())]
        rows.add(frame)
    give_back()
    return rows


def _taken_up(folder: Path, theme: OsmTheme) -> Iterator[tuple[str, Any]]:
    """The batches that were laid down, each with its layer."""
    import pyarrow as pa

    for layer in layers_of(theme):
        path = folder / layer
        if path.exists():
            with pa.OSFile(str(path)) as stream, pa.ipc.open_stream(stream) as reader:
                for batch in reader:
                    yield layer, batch
            path.unlink()


def _objects(column: Any) -> np.ndarray:
    """A column of text as Python objects, of equal ones only one; None where there is none."""
    coded = column.dictionary_encode()
    known = np.array([*coded.dictionary.to_pylist(), None], dtype=object)
    return np.asarray(known[coded.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)])


def _features(
    batch: Any, theme: OsmTheme, types: np.ndarray, ids: np.ndarray, names: Names
) -> tuple[gpd.GeoDataFrame, np.ndarray]:
    """A batch of elements with the theme's columns, and their names."""
    tags = pd.DataFrame({
        name: pd.Series(_objects(batch.column(name)), dtype=object)
        for name in batch.schema.names if name not in ("osm_id", "osm_way_id", "other_tags", "wkb_geometry")
    })  # fmt: skip
    elements = [f"{_TYPES[t]}/{i}" for t, i in zip(types.tolist(), ids.tolist(), strict=True)]
    signs = tags["name"].tolist() if "name" in tags else [None] * len(tags)
    named = np.full((len(tags), len(_NAMES)), None, dtype=object)
    for row, (element, sign, text) in enumerate(
        zip(elements, signs, batch.column("other_tags").to_pylist(), strict=True)
    ):
        further = json.loads(text) if text is not None and "name" in text else {}
        if sign is not None:
            further["name"] = sign
        if further:
            named[row] = names.of(element, name_tags(further))
    frame = columns_of(theme, tags)
    frame.index = pd.Index(elements, dtype=object)
    frame["id"] = pd.Series(elements, index=frame.index, dtype=object)
    shapes = _shapes_of(batch)
    single = (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON) & (
        shapely.get_num_geometries(shapes) == 1
    )
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=WGS84), named


def _clean(frame: gpd.GeoDataFrame, ledger: Ledger, dimensions: frozenset[int]) -> gpd.GeoDataFrame:
    """The rows whose geometry can be kept, by the rules of the contract; a batch without fault passes as it is."""
    shapes = frame.geometry.to_numpy()
    bounds = np.abs(shapely.bounds(shapes))
    fine = (
        shapely.is_valid(shapes) & ~shapely.is_empty(shapes) & np.isin(shapely.get_dimensions(shapes), [*dimensions])
        & (shapely.get_type_id(shapes) != shapely.GeometryType.GEOMETRYCOLLECTION)
        & (bounds <= (360.0, 90.0, 360.0, 90.0)).all(axis=1)
    )  # fmt: skip
    return frame if fine.all() else _within_range(_kept_shapes(frame, ledger, dimensions), ledger)


class Rows:
    """A layer's rows in the making: one column each, as long as there may be rows."""

    def __init__(self, count: int) -> None:
        self.names = Names()
        self._count = count
        self._filled = 0
        self._columns: dict[str, np.ndarray] = {}
        self._packed: dict[str, list[Any]] = {name: [] for name in _PACKED}
        self._bounds = np.full(4, np.nan)
        self._place = np.empty(count, dtype=np.uint32)

    def add(self, frame: gpd.GeoDataFrame) -> None:
        """Put a batch's rows behind those that are there."""
        import pyarrow as pa

        here = slice(self._filled, self._filled + len(frame))
        for name in frame.columns:
            values = frame[name].to_numpy()
            if name in _PACKED:
                self._packed[name].append(pa.array(values, pa.large_string(), from_pandas=True))
                continue
            if name not in self._columns:
                self._columns[name] = np.empty(
                    self._count, dtype=values.dtype if values.dtype.kind in "ifb" else object
                )
            self._columns[name][here] = values
        if len(frame):
            self._bounds = np.r_[
                np.fmin(self._bounds[:2], frame.total_bounds[:2]), np.fmax(self._bounds[2:], frame.total_bounds[2:])
            ]
            boxes = gpd.GeoSeries(shapely.envelope(frame.geometry.to_numpy()), crs=WGS84)
            self._place[here] = boxes.hilbert_distance(_WORLD, level=16).to_numpy()
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
            made = columns.pop(column, None)
            made = same(whole.get(column), len(kept)) if made is None else made[kept]
            data[column] = pd.Series(made, dtype=made.dtype if made.dtype.kind in "ifb" else object, copy=False)
        data["geometry"] = gpd.GeoSeries(columns.pop("geometry", np.empty(0, dtype=object))[kept], crs=WGS84)
        self._fill_local(data)
        layer = gpd.GeoDataFrame(data, copy=False)
        check_layer(layer.iloc[:0], what=ledger.what)  # ids were made single above; to look again costs 30 MB
        layer.attrs = {
            "layer": _entry(layer, name, provenance, box or self._reach(), {}),
            "dropped": ledger.listed,
            "dropped_counts": ledger.counts,
            "mended": ledger.mended,
            "country_test": "not made: OpenStreetMap states no country",
        }
        return layer

    def _reach(self) -> Region:
        """The box round all rows."""
        west, south, east, north = self._bounds.tolist()
        return west, south, east, north

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
        keys = self._columns.pop("number")[: self._filled] * len(_TYPES) + self._columns.pop("type")[: self._filled]
        rows = np.argsort(keys, kind="stable")
        repeats = np.flatnonzero(keys[rows[1:]] == keys[rows[:-1]]) + 1
        if len(repeats):
            doubles = [f"{_TYPES[key % len(_TYPES)]}/{key // len(_TYPES)}" for key in keys[rows[repeats]].tolist()]
            ledger.drop(doubles, "repeats the id of an earlier element", doubles)
            rows = np.delete(rows, repeats)
        return np.asarray(rows[np.argsort(self._place[rows], kind="stable")])
