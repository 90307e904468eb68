"""Building the gazetteer from the layers: one row of numbers an entry, and every key of every name, hashed and sorted.

Nothing is copied that a layer holds: an entry is a layer and a row of it, with its weight, and for an area the point
inside and the radius that covers it. The one truth is the layers; `records.py` reads what is written here and refuses
it when the layers have changed since.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geoops.core.errors import CatalogError
from geoops.core.reading import open_parquet
from geoops.core.text import has_arabic
from geoops.core.writing import written_whole
from geoops.gazetteer.areas import Areas, covering_radius, inner_point, names_of, read_table, records_of, whole_lines
from geoops.gazetteer.features import groups, split_feature
from geoops.gazetteer.names import article_form, romanised, skeleton
from geoops.gazetteer.weights import arabic_countries, weight_of
from geoops.layers.catalog import Catalog, read_catalog

__all__ = [
    "ADDED", "ENTRIES_FILE", "KEYS_FILE", "KEYS_IN_PART", "LAYERS", "Filing", "Progress", "build_gazetteer", "ids_of",
    "key_hash",
    "keys_of_name", "stored_layers",
]  # fmt: skip

KEYS_FILE = "gazetteer.keys.parquet"
ENTRIES_FILE = "gazetteer.entries.parquet"

LAYERS = (
    "countries", "admin1", "admin2", "districts", "places", "regions", "rivers", "water", "camps", "border_crossings", "dams",
    "oil_gas_fields", "refineries", "power_stations", "airports", "bridges", "landmarks", "geonames", "own_places",
)  # fmt: skip
"""The layers whose features have names that a report may use; those that a catalogue lacks are left out."""

ADDED = ("geonames", "own_places")
"""Layers of a gazetteer of one's own: what they hold replaces what the others have under the same id."""

PathLike = str | os.PathLike[str]
Progress = Callable[[str, float], None]
"""Called with what is being done and which share of the whole is done, 0 to 1."""
MIN_SKELETON = 3

KEYS_IN_PART = 1 << 15
"""Keys that are decoded together: a look-up asks for the part of the file that its hash lies in."""

_CODE = re.compile(r"[A-Z]{3}\Z")  # an airport's code, filed by GeoNames among the names of its town


def key_hash(key: str) -> int:
    """The 32 bits under which a key is filed; two keys may share them, so every hit is checked against its names."""
    return zlib.crc32(key.encode("utf-8", "surrogatepass"))


def keys_of_name(name: str, kind: str | None, *, with_skeleton: bool) -> Iterator[str]:
    """
    Every key under which an entry of this kind is filed for one of its names.

    Plain keys are the sounds of the name. `=` begins the spelling itself, without articles: many names sound alike, and a
    text is read by those that are written alike. `~` begins a skeleton. `#group:` begins the sounds of the name without its
    feature word; where people say the bare name for such a feature, it is a plain key as well.

    Parameters
    ----------
    name
        As it stands in the layer.
    kind
        The entry's feature code.
    with_skeleton
        Whether the consonants alone are filed too.
    """
    yield from romanised(name)
    spelt = article_form(name)
    if spelt and (spelt.isascii() or has_arabic(spelt)):  # in other scripts the sounds are the spelling
        yield f"={spelt}"
    rests = [(rest, group) for rest, group in split_feature(name) if groups()[group].holds(kind)]
    for rest, group in rests:
        for sounds in romanised(rest):
            yield f"#{group}:{sounds}"
            if groups()[group].bare:
                yield sounds
        if groups()[group].bare and (rest.isascii() or has_arabic(rest)):
            yield f"={article_form(rest)}"
    if with_skeleton:
        for text in (name, *(rest for rest, group in rests if groups()[group].bare)):
            bones = skeleton(text)
            if len(bones) >= MIN_SKELETON:
                yield f"~{bones}"


def stored_layers(catalog: Catalog) -> dict[str, list[dict[str, Any]]]:
    """What the gazetteer was, or would be, built from: the files of each layer as the catalogue describes them."""
    return {
        name: [{k: part.get(k) for k in ("path", "bytes", "sha256")} for part in catalog.layers[name]["files"]]
        for name in LAYERS
        if name in catalog.layers and catalog.layers[name]["geometry"] != "raster"
    }


def build_gazetteer(
    catalog: PathLike | None = None, out: PathLike | None = None, *, progress: Progress | None = None
) -> tuple[Path, Path]:
    """
    Build the gazetteer of a catalogue's layers, again and whole.

    Parameters
    ----------
    catalog
        A folder with a `catalog.toml`, or that file; by default the one that `GEOOPS_LAYERS` names, else the embedded.
    out
        The folder to write to; by default `data` beside the catalogue, where `geocode` looks for it.
    progress
        Called with the layer whose names are filed and the share done, 0 to 1.

    Returns
    -------
    (Path, Path)
        The files of keys and of entries. The same layers give the same bytes.

    Raises
    ------
    CatalogError
        None of the layers that have names is in the catalogue.
    """
    found = read_catalog(catalog)
    stored = stored_layers(found)
    if not stored:
        msg = f"{found.file}: a gazetteer needs at least one layer of {', '.join(LAYERS)}; there is none"
        raise CatalogError(msg)
    folder = Path(out) if out is not None else found.file.parent / "data"
    filing = Filing(found)
    for number, name in enumerate(stored):
        if progress is not None:
            progress(name, number / len(stored))
        # A place that a country file or the user has too stands there.
        later = [other for other in ADDED if other in stored and LAYERS.index(other) > LAYERS.index(name)]
        filing.file_layer(name, set[str]().union(*(ids_of(found, other) for other in later)))
    return filing.write(folder)


def ids_of(catalog: Catalog, name: str) -> set[str]:
    """The ids of a layer's rows."""
    return {i for path in catalog.paths(name) for i in open_parquet(path).read(columns=["id"]).column("id").to_pylist()}


def _filed(record: dict[str, Any]) -> Iterator[str]:
    """The names of a row that are filed: all but codes of three capitals."""
    town = str(record.get("kind")).startswith("PPL")
    return (name for name in names_of(record) if not (town and _CODE.match(name)))


def _keys_of_record(record: dict[str, Any], kind: str | None) -> Iterator[str]:
    """Every key of every name of a layer's row."""
    country = record.get("country")
    with_skeleton = not isinstance(country, str) or country in arabic_countries()
    for name in _filed(record):
        yield from keys_of_name(name, kind, with_skeleton=with_skeleton)


_COLUMNS = ("layer", "row", "weight", "kind", "country", "admin1", "lon", "lat", "uncertainty_m", "extent", "parts")


class Filing:
    """
    The entries and keys of a gazetteer while it is built.

    Parameters
    ----------
    catalog
        Its layers are filed; their order gives their codes.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.stored = stored_layers(catalog)
        self.columns: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
        self.hashes: list[NDArray[np.uint32]] = []
        self.owners: list[NDArray[np.uint32]] = []
        self._areas: Areas | None = None

    def file_layer(self, name: str, gone: Container[str] = frozenset()) -> None:
        """
        File every row of a layer but those with an id that is gone.

        Raises
        ------
        CatalogError
            An area or a line among the places.
        """
        rows: Iterable[dict[str, Any]] = (r for path in self._catalog.paths(name) for r in records_of(read_table(path)))
        rows = (record | {"row": row, "parts": []} for row, record in enumerate(rows))
        if name != "places":
            rows = whole_lines(list(rows))
        for record in rows:
            if record["id"] not in gone:
                self._file(name, record)

    def _file(self, layer: str, record: dict[str, Any]) -> None:
        """Append one entry and its keys."""
        entry = len(self.columns["row"])
        self._add_entry(layer, record)
        keys = sorted({key_hash(key) for key in _keys_of_record(record, self.columns["kind"][-1])})
        self.hashes.append(np.array(keys, dtype=np.uint32))
        self.owners.append(np.full(len(keys), entry, dtype=np.uint32))

    def _add_entry(self, layer: str, record: dict[str, Any]) -> None:
        """Append the numbers of one entry."""
        kind = record.get("kind")
        shape = record["geometry"]
        # A river of several reaches lies where all of them lie.
        stated_here = {} if record["parts"] else record
        own = {"country": stated_here.get("country"), "admin1": stated_here.get("admin1")}
        lon = lat = radius = None
        extent = False
        if layer != "places":
            stated = float(record.get("uncertainty_m") or 0.0)
            if shapely.get_dimensions(shape) == 0:
                lon, lat = (float(shapely.get_coordinates(shape)[0, axis]) for axis in (0, 1))
                radius = stated
            else:
                lon, lat = inner_point(shape)
                radius = covering_radius(lon, lat, shape) + stated
                extent = True
        elif shapely.get_type_id(shape) != 0:
            msg = f"layer places: row {record['row']} ({record.get('id')}) is a {shape.geom_type}; places are points"
            raise CatalogError(msg)
        if not own["country"] and kind not in ("CONT", "SEA", "OCN"):
            own["country"] = self._holding("countries", shape)
        if not own["admin1"] and not str(kind).startswith(("PCL", "ADM1")):
            own["admin1"] = self._holding("admin1", shape)
        # What the layer says itself is read from it; only what was found here is written here.
        weight = weight_of(kind, record.get("population"), layer)
        values = (
            list(self.stored).index(layer), record["row"], round(20.0 * float(np.log10(weight))), kind, own["country"],
            None if stated_here.get("admin1") else own["admin1"], lon, lat, None if radius is None else round(radius),
            extent, ";".join(map(str, record["parts"])) or None,
        )  # fmt: skip
        for column, value in zip(_COLUMNS, values, strict=True):
            self.columns[column].append(value)

    def _holding(self, layer: str, shape: Any) -> str | None:
        """The labels of the areas of a layer that hold a shape; the areas are read when first asked for."""
        if self._areas is None:
            self._areas = Areas(self._catalog)
        return self._areas.holding(layer, shape)

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write the files of keys and of entries, each whole."""
        none = np.empty(0, dtype=np.uint32)
        hashes, owners = np.concatenate([none, *self.hashes]), np.concatenate([none, *self.owners])
        return _write(folder, hashes, owners, self.columns, self.stored)


def _write(
    folder: Path,
    hashes: NDArray[np.uint32],
    owners: NDArray[np.uint32],
    columns: dict[str, list[Any]],
    stored: dict[str, list[dict[str, Any]]],
) -> tuple[Path, Path]:
    """Write keys, sorted by hash and then weight so that the likeliest comes first, and entries."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    weight = np.asarray(columns["weight"], dtype=np.uint8)
    order = np.lexsort((owners, 255 - weight[owners].astype(np.int16), hashes))
    metadata = {"geoops": json.dumps({"version": 1, "layers": stored})}  # the order of the layers gives their codes
    # Parquet has no unsigned delta encoding: hashes go as signed steps from their smallest.
    keys = pa.table(
        {
            "hash": pa.array(hashes[order].astype(np.int64)),
            "entry": pa.array(owners[order].astype(np.int32)),
        }
    ).replace_schema_metadata(metadata)
    entries = pa.table(
        {
            "layer": pa.array(columns["layer"], pa.uint8()),
            "row": pa.array(columns["row"], pa.int32()),
            "weight": pa.array(weight),
            "kind": pa.array(columns["kind"], pa.string()).dictionary_encode(),
            "country": pa.array(columns["country"], pa.string()).dictionary_encode(),
            "admin1": pa.array(columns["admin1"], pa.string()).dictionary_encode(),
            "lon": pa.array(columns["lon"], pa.float32()),
            "lat": pa.array(columns["lat"], pa.float32()),
            "uncertainty_m": pa.array(columns["uncertainty_m"], pa.float32()),
            "extent": pa.array(columns["extent"], pa.bool_()),
            "parts": pa.array(columns["parts"], pa.string()),
        }
    ).replace_schema_metadata(metadata)
    written = []
    for name, table, options in (
        (KEYS_FILE, keys, {"use_dictionary": False, "row_group_size": KEYS_IN_PART, "write_statistics": ["hash"],
                           "column_encoding": {"hash": "DELTA_BINARY_PACKED", "entry": "BYTE_STREAM_SPLIT"}}),
        (ENTRIES_FILE, entries, {"use_dictionary": ["kind", "country", "admin1"], "row_group_size": 1 << 24,
                                 "write_statistics": False, "column_encoding": {"row": "DELTA_BINARY_PACKED"}}),
    ):  # fmt: skip
        with written_whole(folder / name) as temporary:
            pq.write_table(table, temporary, compression="zstd", compression_level=19, **options)
        written.append(folder / name)
    return written[0], written[1]
