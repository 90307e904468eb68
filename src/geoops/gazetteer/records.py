"""The gazetteer in memory: opened in a moment, its names read from the layers when they are asked for.

Opening reads two small tables of numbers. A key leads to entries by binary search; an entry's names, source and shape
are read from its layer's file, one row group at a time, and kept. Building it is `store.py`'s business.
"""

from __future__ import annotations

import json
import os
import struct
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geoops.core.errors import CatalogError, InputError
from geoops.core.reading import open_parquet
from geoops.gazetteer.areas import names_of
from geoops.gazetteer.store import ENTRIES_FILE, KEYS_FILE, key_hash, stored_layers
from geoops.layers.catalog import Catalog, read_catalog

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from shapely.geometry.base import BaseGeometry

__all__ = ["Gazetteer", "GazetteerLike", "Record", "open_gazetteer"]


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """
    One place of the gazetteer.

    Parameters
    ----------
    entry
        Its number.
    layer, row, parts
        The layer that holds it, its row there, and for a river in reaches the rows of the others.
    id, name, name_local, names, kind, country, admin1, source, source_date, licence
        As in the layer; `names` are all of them, the first is `name`.
    lon, lat
        The point, for an area a point inside it; degrees.
    uncertainty_m
        Radius in metres round the point that surely holds the place meant; for an area, all of it.
    weight
        How well known it is, in people.
    has_extent
        Whether its layer has an area or a line for it.
    """

    entry: int
    layer: str
    row: int
    parts: tuple[int, ...]
    id: str
    name: str
    name_local: str | None
    names: tuple[str, ...]
    kind: str
    country: str | None
    admin1: str | None
    lon: float
    lat: float
    uncertainty_m: float
    weight: float
    has_extent: bool
    source: str | None
    source_date: str | None
    licence: str | None


_REPEATED = frozenset({"kind", "country", "admin1", "source", "source_date", "licence"})
_TOLD = _REPEATED | {"id", "name", "alt_names", "uncertainty_m"}


def _is_told(column: str) -> bool:
    """Whether a layer's column is part of a record."""
    return column in _TOLD or column.startswith("name_")


class _Rows:
    """The rows of a layer's files, one row group in memory at a time of asking."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths
        self._starts: list[int] = []
        self._groups: list[tuple[pq.ParquetFile, int]] = []
        self._tables: dict[int, tuple[list[str], list[pa.ChunkedArray]]] = {}
        self._shapes: dict[int, pa.ChunkedArray] = {}

    def _locate(self, row: int) -> tuple[int, int]:
        """The row group that holds a row, and the row's place in it."""
        if not self._groups:
            start = 0
            for path in self._paths:
                file = open_parquet(path)
                for group in range(file.metadata.num_row_groups):
                    self._starts.append(start)
                    self._groups.append((file, group))
                    start += file.metadata.row_group(group).num_rows
        number = bisect_right(self._starts, row) - 1
        return number, row - self._starts[number]

    def row(self, row: int, *, geometry: bool) -> dict[str, Any]:
        """One row as a dict, without its shape unless that is wanted."""
        number, inside = self._locate(row)
        if number not in self._tables:
            file, group = self._groups[number]
            wanted = [c for c in file.schema_arrow.names if _is_told(c) or (c == "geometry" and geometry)]
            table = file.read_row_group(group, columns=wanted)
            # A source repeated on every row costs more memory than all names, unless it is kept once.
            self._tables[number] = (
                table.column_names,
                [
                    _whole(c.dictionary_encode() if n in _REPEATED else c)
                    for n, c in zip(wanted, table.columns, strict=True)
                ],
            )
        names, columns = self._tables[number]
        return {name: column[inside].as_py() for name, column in zip(names, columns, strict=True)}

    def shape(self, row: int) -> BaseGeometry:
        """The geometry of one row."""
        number, inside = self._locate(row)
        if number not in self._shapes:
            file, group = self._groups[number]
            self._shapes[number] = file.read_row_group(group, columns=["geometry"]).column("geometry")
        shape: BaseGeometry = shapely.from_wkb(self._shapes[number][inside].as_py())
        return shape


def _whole(column: pa.ChunkedArray) -> Any:
    """One array of a column, without a copy where it is one already."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


@dataclass(eq=False)
class Gazetteer:
    """
    The places of a catalogue's layers, by the keys of their names.

    Parameters
    ----------
    catalog
        The catalogue whose layers it was built from.
    hashes, owners
        Hashed keys in order, and the entry that each leads to.
    layers
        Names of the layers, by code.
    layer_code, layer_row, weight, kind, country
        One value an entry.
    """

    catalog: Catalog
    hashes: NDArray[np.uint32]
    owners: NDArray[np.int32]
    layers: list[str]
    layer_code: NDArray[np.uint8]
    layer_row: NDArray[np.int32]
    weight: NDArray[np.float64]
    kind: pa.DictionaryArray
    country: pa.DictionaryArray
    _found: dict[str, pa.Array]
    _rows: dict[int, _Rows] = field(default_factory=dict)
    _records: dict[int, Record] = field(default_factory=dict)
    _spellings: dict[str, tuple[list[int], list[str]]] | None = None

    def __len__(self) -> int:
        return len(self.layer_row)

    def entries(self, key: str) -> NDArray[np.int32]:
        """The entries filed under a key (and, rarely, under another with the same hash), the best known first."""
        code = np.uint32(key_hash(key))
        low = self.hashes.searchsorted(code, "left")
        if low == len(self.hashes) or self.hashes[low] != code:
            return self.owners[:0]
        return self.owners[low : self.hashes.searchsorted(code, "right")]

    def stated(self) -> dict[str, list[Any]]:
        """What is on disk of every entry but its layer, a list a column: for a gazetteer that is built on this one."""
        return {
            "row": self.layer_row.tolist(),
            "weight": np.rint(20.0 * np.log10(self.weight)).astype(int).tolist(),
            "kind": self.kind.to_pylist(),
            "country": self.country.to_pylist(),
            **{name: column.to_pylist() for name, column in self._found.items()},
        }

    def within(self, entries: NDArray[np.int32], countries: frozenset[str]) -> NDArray[np.int32]:
        """Those of some entries that lie in one of the countries; no file is read for it."""
        if not countries or not len(entries):
            return entries
        held = np.array(
            [bool(countries.intersection((code or "").split(";"))) for code in self.country.dictionary.to_pylist()]
        )
        if not held.any():
            return entries[:0]
        codes = self.country.indices.take(entries).to_numpy(zero_copy_only=False)
        known = ~np.isnan(codes) if codes.dtype.kind == "f" else np.ones(len(codes), dtype=bool)
        chosen: NDArray[np.int32] = entries[known & held[np.where(known, codes, 0).astype(np.int64)]]
        return chosen

    def known(self, keys: list[str]) -> list[str]:
        """Those of many keys that lead anywhere; made for thousands of them at once."""
        codes = np.fromiter((key_hash(key) for key in keys), dtype=np.uint32, count=len(keys))
        place = self.hashes.searchsorted(codes)
        place[place == len(self.hashes)] = 0
        hit = self.hashes[place] == codes
        return [key for key, yes in zip(keys, hit, strict=True) if yes]

    def record(self, entry: int) -> Record:
        """All that is known of an entry."""
        entry = int(entry)
        if entry not in self._records:
            self._records[entry] = self._load(entry)
        return self._records[entry]

    def by_id(self, identifier: str) -> Record | None:
        """The place of an id, if there is one; layers that were added stand before those they add to."""
        import pyarrow.compute as pc

        for code in reversed(range(len(self.layers))):
            start = 0
            for path in self.catalog.paths(self.layers[code]):
                ids = open_parquet(path).read(columns=["id"]).column("id")
                row = pc.index(ids, identifier).as_py()
                if row >= 0:
                    held = (self.layer_code == code) & (self.layer_row == start + row)
                    found = np.flatnonzero(held)
                    return self.record(int(found[0])) if len(found) else None
                start += len(ids)
        return None

    def spellings(self, letter: str) -> tuple[list[int], list[str]]:
        """The entries whose first name begins with a letter, and those names in normal form; read when first needed."""
        if self._spellings is None:
            import pyarrow as pa
            import pyarrow.compute as pc

            self._spellings = {}
            for code, layer in enumerate(self.layers):
                tables = [open_parquet(path).read(columns=["name"]) for path in self.catalog.paths(layer)]
                column = pa.chunked_array(
                    [chunk.cast(pa.string()) for table in tables for chunk in table.column("name").chunks]
                )
                # Nearly `normal`, in one sweep over a quarter of a million names: for suggestions that is enough.
                plain = pc.utf8_lower(pc.utf8_normalize(column, "NFKD"))
                plain = pc.replace_substring_regex(plain, r"[\p{M}'’ʻʼʿ‘`]", "")
                names = pc.utf8_trim_whitespace(pc.replace_substring_regex(plain, r"[^\pL\pN]+", " ")).to_pylist()
                for entry in np.flatnonzero(self.layer_code == code).tolist():
                    name = names[self.layer_row[entry]]
                    if name:
                        entries, found = self._spellings.setdefault(name[0], ([], []))
                        entries.append(entry)
                        found.append(name)
        return self._spellings.get(letter, ([], []))

    def _layer_rows(self, code: int) -> _Rows:
        """The reader of one layer, made when first needed."""
        if code not in self._rows:
            self._rows[code] = _Rows(self.catalog.paths(self.layers[code]))
        return self._rows[code]

    def _load(self, entry: int) -> Record:
        """Read an entry's row from its layer."""
        code, row = int(self.layer_code[entry]), int(self.layer_row[entry])
        layer = self.layers[code]
        lon = self._found["lon"][entry].as_py()
        values = self._layer_rows(code).row(row, geometry=lon is None)
        if lon is None:
            lon, lat = _point_of(values["geometry"])
            radius = float(values.get("uncertainty_m") or 0.0)
        else:
            lat = self._found["lat"][entry].as_py()
            radius = float(self._found["uncertainty_m"][entry].as_py())
        listed = self._found["parts"][entry].as_py()
        parts = tuple(int(part) for part in listed.split(";")) if listed else ()
        rows = [values, *(self._layer_rows(code).row(part, geometry=False) for part in parts)]
        names = tuple(dict.fromkeys(name for one in rows for name in names_of(one)))
        here = {} if parts else values  # a river of several reaches lies where all of them lie
        return Record(
            parts=parts,
            entry=entry, layer=layer, row=row, id=str(values["id"]),
            name=values.get("name") or (names[0] if names else ""),
            name_local=values.get("name_local"), names=names, kind=values.get("kind") or "",
            country=here.get("country") or self.country[entry].as_py(),
            admin1=here.get("admin1") or self._found["admin1"][entry].as_py(),
            lon=float(lon), lat=float(lat), uncertainty_m=radius, weight=float(self.weight[entry]),
            has_extent=bool(self._found["extent"][entry].as_py()),
            source=values.get("source"), source_date=values.get("source_date"), licence=values.get("licence"),
        )  # fmt: skip

    def extent(self, record: Record) -> BaseGeometry | None:
        """The area or line that a record's name covers, if its layer has one."""
        if not record.has_extent:
            return None
        rows = self._layer_rows(int(self.layer_code[record.entry]))
        if not record.parts:
            return rows.shape(record.row)
        whole: BaseGeometry = shapely.union_all([rows.shape(row) for row in (record.row, *record.parts)])
        return whole


def _point_of(stored: bytes | Mapping[str, float]) -> tuple[float, float]:
    """The coordinates of a point, as WKB or as two numbers, without shapely: this is asked for one place at a time."""
    if not isinstance(stored, bytes):
        return stored["x"], stored["y"]
    order = "<" if stored[0] == 1 else ">"
    lon, lat = struct.unpack_from(f"{order}dd", stored, 5)
    return lon, lat


GazetteerLike = str | os.PathLike[str] | Gazetteer | None


def open_gazetteer(gazetteer: GazetteerLike = None) -> Gazetteer:
    """
    The gazetteer of a catalogue, opened once.

    Parameters
    ----------
    gazetteer
        A folder with a `catalog.toml`, or that file; by default the catalogue that `GEOOPS_LAYERS` names, else the
        embedded one. Or a gazetteer that is open already.

    Raises
    ------
    CatalogError
        It was not built yet, or the layers have changed since.
    InputError
        Something else came.
    """
    if isinstance(gazetteer, Gazetteer):
        return gazetteer
    if gazetteer is not None and not isinstance(gazetteer, str | os.PathLike):
        msg = f"gazetteer: expected the folder of a layer catalogue; {type(gazetteer).__name__} came"  # type: ignore[unreachable]
        raise InputError(msg)
    catalog = read_catalog(gazetteer)
    keys = catalog.file.parent / "data" / KEYS_FILE
    if not keys.is_file():
        msg = (
            f"no gazetteer for the layers of {catalog.file.parent} ({keys.name} is not in {keys.parent}); build it with"
            f" `geoops.gazetteer.build_gazetteer({str(catalog.file.parent)!r})`"
        )
        raise CatalogError(msg)
    return _open(catalog.file, keys.stat().st_mtime_ns, catalog.file.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _open(catalog_file: Path, built_ns: int, listed_ns: int) -> Gazetteer:  # noqa: ARG001  part of the cache's key
    """Read the two tables and compare what they were built from with what the catalogue says now."""
    catalog = read_catalog(catalog_file)
    folder = catalog_file.parent / "data"
    keys = open_parquet(folder / KEYS_FILE)
    entries = open_parquet(folder / ENTRIES_FILE)
    stated = [file.schema_arrow.metadata or {} for file in (keys, entries)]
    built = json.loads(stated[0].get(b"geoops", b"{}"))
    if stated[0].get(b"geoops") != stated[1].get(b"geoops") or built.get("layers") != stored_layers(catalog):
        msg = (
            f"the gazetteer in {folder} was built from other layers than {catalog_file.name} lists now; build it again"
            f" with `geoops.gazetteer.build_gazetteer({str(catalog_file.parent)!r})`"
        )
        raise CatalogError(msg)
    table, rows = keys.read(), entries.read()

    def numbers(column: pa.ChunkedArray) -> NDArray[Any]:
        return np.asarray(_whole(column).to_numpy(zero_copy_only=False))

    return Gazetteer(
        catalog=catalog,
        hashes=numbers(table["hash"]).astype(np.uint32),
        owners=numbers(table["entry"]),
        layers=list(built["layers"]),
        layer_code=numbers(rows["layer"]),
        layer_row=numbers(rows["row"]),
        weight=10.0 ** (numbers(rows["weight"]) / 20.0),
        kind=_whole(rows["kind"]),
        country=_whole(rows["country"]),
        _found={name: _whole(rows[name]) for name in ("admin1", "lon", "lat", "uncertainty_m", "extent", "parts")},
    )
