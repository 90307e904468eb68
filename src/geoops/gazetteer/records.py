"""The gazetteer in memory: opened in a moment, its names read from the layers when they are asked for.

Opening reads nothing but what two files say of themselves. A key leads to entries by binary search, an entry to numbers in a
column; its names, source and shape are read from its layer's file. All of it is read when it is first asked for, a column
or a row group at a time, and kept. Building it is `store.py`'s business.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geoops.core.errors import CatalogError, InputError
from geoops.core.reading import open_parquet
from geoops.core.room import give_back
from geoops.gazetteer.areas import names_of
from geoops.gazetteer.keys import Keys
from geoops.gazetteer.layer_rows import Rows, numbers, point_of, whole_array
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


@dataclass(eq=False)
class Gazetteer:
    """
    The places of a catalogue's layers, by the keys of their names.

    Parameters
    ----------
    catalog
        The catalogue whose layers it was built from.
    keys
        What leads from a key to entries.
    layers
        Names of the layers, by code.
    """

    catalog: Catalog
    keys: Keys
    layers: list[str]
    _entries: pq.ParquetFile
    _rows: dict[int, Rows] = field(default_factory=dict)
    _records: dict[int, Record] = field(default_factory=dict)
    _spellings: dict[str, tuple[list[int], list[str]]] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self._entries.metadata.num_rows)

    def entries(self, key: str) -> NDArray[np.int32]:
        """The entries filed under a key (and, rarely, under another with the same hash), the best known first."""
        return self.keys.under(key_hash(key))

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
        chosen: NDArray[np.int32] = entries[self.of_countries(countries)[self.country_code[entries]]]
        return chosen

    def of_countries(self, countries: frozenset[str]) -> NDArray[np.bool_]:
        """Whether each code of `country_code` stands for one of some countries; the last is for none."""
        return np.array([*(not countries.isdisjoint(codes) for codes in self.country_sets), False])

    def _column(self, name: str) -> Any:
        """One column of what is on disk of every entry."""
        return whole_array(self._entries.read(columns=[name], use_threads=False)[name])

    @cached_property
    def layer_code(self) -> NDArray[np.uint8]:
        """The layer of each entry."""
        return numbers(self._column("layer"))

    @cached_property
    def layer_row(self) -> NDArray[np.int32]:
        """The row of each entry in its layer."""
        return numbers(self._column("row"))

    @cached_property
    def weight(self) -> NDArray[np.float64]:
        """How well known each entry is, in people."""
        steps = 10.0 ** (np.arange(256) / 20.0)  # twenty to a factor of ten
        weights: NDArray[np.float64] = steps[numbers(self._column("weight"))]
        return weights

    @cached_property
    def kind(self) -> pa.DictionaryArray:
        """The feature code of each entry."""
        return self._column("kind")

    @cached_property
    def country(self) -> pa.DictionaryArray:
        """The countries of each entry."""
        return self._column("country")

    @cached_property
    def _found(self) -> dict[str, pa.Array]:
        """What else is known of each entry that its layer does not say itself, a column a name."""
        names = ["admin1", "lon", "lat", "uncertainty_m", "extent", "parts"]
        table = self._entries.read(columns=names, use_threads=False)
        return {name: whole_array(table[name]) for name in names}

    @cached_property
    def kind_code(self) -> NDArray[np.int32]:
        """The position of each entry's kind in the dictionary of kinds, -1 for none."""
        return numbers(self.kind.indices)

    @cached_property
    def country_code(self) -> NDArray[np.int32]:
        """The position of each entry's countries in `country_sets`, -1 for none."""
        return numbers(self.country.indices)

    @cached_property
    def country_sets(self) -> list[frozenset[str]]:
        """The countries that each code stands for."""
        return [frozenset((codes or "").split(";")) - {""} for codes in self.country.dictionary.to_pylist()]

    def known(self, keys: list[str]) -> list[str]:
        """Those of many keys that lead anywhere; made for thousands of them at once."""
        codes = np.fromiter((key_hash(key) for key in keys), dtype=np.uint32, count=len(keys))
        low, high = self.keys.find(codes)
        return [key for key, yes in zip(keys, (low < high).tolist(), strict=True) if yes]

    def record(self, entry: int) -> Record:
        """All that is known of an entry."""
        entry = int(entry)
        if entry not in self._records:
            self._records[entry] = self._load(entry)
        return self._records[entry]

    def by_id(self, identifier: str) -> Record | None:
        """The place of an id, if there is one; layers that were added stand before those they add to."""
        return self.by_ids([identifier]).get(identifier)

    def by_ids(self, identifiers: Iterable[str]) -> dict[str, Record]:
        """The places of many ids: each file is looked through once for all of them."""
        import pyarrow as pa
        import pyarrow.compute as pc

        wanted = pa.array(dict.fromkeys(identifiers), type=pa.string())
        found: dict[str, Record] = {}
        for code in reversed(range(len(self.layers))):
            start = 0
            for path in self.catalog.paths(self.layers[code]):
                ids = open_parquet(path).read(columns=["id"]).column("id").cast(pa.string())
                for row in pc.indices_nonzero(pc.is_in(ids, value_set=wanted)).to_pylist():
                    identifier = ids[row].as_py()
                    held = np.flatnonzero((self.layer_code == code) & (self.layer_row == start + row))
                    if identifier not in found and len(held):
                        found[identifier] = self.record(int(held[0]))
                start += len(ids)
        return found

    def spellings(self, letter: str) -> tuple[list[int], list[str]]:
        """The entries whose first name begins with a letter, and those names in normal form; read when first needed."""
        import pyarrow.compute as pc

        if letter not in self._spellings:
            held = pc.indices_nonzero(pc.starts_with(self._first_names, letter))
            self._spellings[letter] = (held.to_pylist(), self._first_names.take(held).to_pylist())
        return self._spellings[letter]

    @cached_property
    def _first_names(self) -> pa.Array:
        """The first name of every entry, nearly in normal form: for suggestions that is enough."""
        import pyarrow as pa
        import pyarrow.compute as pc

        order, columns = [], []
        for code, layer in enumerate(self.layers):
            tables = [
                open_parquet(path).read(columns=["name"], use_threads=False) for path in self.catalog.paths(layer)
            ]
            column = pa.chunked_array(
                [c.cast(pa.string()) for t in tables for c in t.column("name").chunks], pa.string()
            )
            order.append(np.flatnonzero(self.layer_code == code))
            columns.append(column.take(pa.array(self.layer_row[order[-1]])).combine_chunks())
        # One sweep over a quarter of a million names.
        plain = pc.utf8_lower(pc.utf8_normalize(pa.chunked_array(columns, pa.string()), "NFKD"))
        plain = pc.replace_substring_regex(plain, r"[\p{M}'’ʻʼʿ‘`]", "")
        plain = pc.utf8_trim_whitespace(pc.replace_substring_regex(plain, r"[^\pL\pN]+", " "))
        place = np.argsort(np.concatenate(order), kind="stable")
        names: pa.Array = whole_array(plain.take(pa.array(place)))
        del tables, column, columns, plain
        give_back()
        return names

    def _layer_rows(self, code: int) -> Rows:
        """The reader of one layer, made when first needed."""
        if code not in self._rows:
            self._rows[code] = Rows(self.catalog.paths(self.layers[code]))
        return self._rows[code]

    def _load(self, entry: int) -> Record:
        """Read an entry's row from its layer."""
        code, row = int(self.layer_code[entry]), int(self.layer_row[entry])
        layer = self.layers[code]
        lon = self._found["lon"][entry].as_py()
        values = self._layer_rows(code).row(row, geometry=lon is None)
        if lon is None:
            lon, lat = point_of(values["geometry"])
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
    """Open the two tables and compare what they were built from with what the catalogue says now."""
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
    return Gazetteer(catalog=catalog, keys=Keys(keys), layers=list(built["layers"]), _entries=entries)
