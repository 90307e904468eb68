"""The door for OpenStreetMap extracts (.osm.pbf): checked by libosmium, then read feature by feature by GDAL.

GDAL's driver builds geometries fastest and in bounded memory (its index of nodes lies in a temporary file), but as a stream
it keeps silent on damage: a truncated file looks like a short one. So libosmium first goes through the whole file, which
finds damage and counts what is wanted, and what GDAL gives is held against that count. Needs the extra `geoops[osm]`.

Measured on 400,000 ways, 180,000 of them roads (seconds, peak MB, two shared cores): GDAL 1.3, 340; pyosmium with locations of
all nodes 7.4, 450; pyosmium in two passes with those of the roads alone 29, 1180.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import tempfile
import warnings
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geoops.core.errors import MissingExtraError, ReadError
from geoops.core.plain_files import plain_file as _plain_file
from geoops.core.room import give_back
from geoops.core.writing import write_text

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["TYPES", "Balance", "Census", "Wanted", "check_osm_file", "osm_batches", "osm_census",
           "osm_complaint", "osm_members"]  # fmt: skip

Rules = Mapping[str, Sequence[str]]
"""Keys and the values of which one is wanted."""

TYPES = ("node", "way", "relation")

_NODE_FILE_MB = 4
_ROWS_A_BATCH = 4096
_PLACE = {"n": 0, "w": 1, "r": 2}
_AREAS_OF_RELATIONS = ("multipolygon", "boundary")
_LAYERS = ("points", "lines", "multilinestrings", "multipolygons", "other_relations")


class Balance:
    """
    A count of elements that can be held against another one.

    Elements are counted in buckets by type and id, so that what is missing can be looked for among few: memory stays at 5 MB,
    however large the file.
    """

    _BUCKETS = 1 << 18

    def __init__(self) -> None:
        self._count = np.zeros(self._BUCKETS, dtype=np.int32)
        self._ids = np.zeros(self._BUCKETS, dtype=np.int64)
        self._nodes = np.zeros(self._BUCKETS, dtype=np.int64)

    def _bucket(self, types: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """In which bucket an element is."""
        return np.asarray((ids * len(TYPES) + types) % self._BUCKETS)

    def add(self, types: np.ndarray, ids: np.ndarray, nodes: np.ndarray) -> None:
        """
        Count elements.

        Parameters
        ----------
        types
            Each element's type, as its place in `TYPES`.
        ids
            Its number.
        nodes
            Of how many nodes a way is; 0 for others.
        """
        bucket = self._bucket(types, ids)
        np.add.at(self._count, bucket, 1)
        np.add.at(self._ids, bucket, ids)
        np.add.at(self._nodes, bucket, nodes)

    def less(self, other: Balance) -> Balance:
        """What this one has more than another."""
        difference = Balance()
        for name in ("_count", "_ids", "_nodes"):
            setattr(difference, name, getattr(self, name) - getattr(other, name))
        return difference

    @property
    def even(self) -> bool:
        """Whether nothing is left: both sides counted the same."""
        return not (self._count.any() or self._ids.any() or self._nodes.any())

    def uneven(self, types: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """Which of these elements are in a bucket in which the sides differ."""
        differs = (self._count != 0) | (self._ids != 0) | (self._nodes != 0)
        return np.asarray(differs[self._bucket(types, ids)])


@dataclass
class Census:
    """
    What an extract holds of what is wanted.

    Parameters
    ----------
    date
        Of the data, ISO text, as the file's head states it; None where it does not.
    total
        How many elements.
    balance
        They, counted; for the one who builds them to count against.
    """

    date: str | None = None
    total: int = 0
    balance: Balance = field(default_factory=Balance)


def _osmium() -> Any:
    """The library pyosmium, or a word on the extra that brings it."""
    try:
        return importlib.import_module("osmium")
    except ImportError as error:
        msg = "OpenStreetMap extracts need osmium; install geoops[osm]"
        raise MissingExtraError(msg) from error


def check_osm_file(path: str | os.PathLike[str]) -> Path:
    """
    The path of a file that is an OpenStreetMap extract by its name and by its first bytes.

    Raises
    ------
    ReadError
        No such file, an empty one, another ending, or another content than the name says.
    """
    file = _plain_file(path)
    if not file.name.lower().endswith(".pbf"):
        msg = f"{file}: an OpenStreetMap extract ends in .osm.pbf; convert another form with `osmium cat FILE -o FILE.osm.pbf`"
        raise ReadError(msg)
    with file.open("rb") as stream:
        head = stream.read(64)
    if not head:
        msg = f"{file}: the file is empty; download it again"
        raise ReadError(msg)
    if b"OSMHeader" not in head:
        what = "a web page" if head.lstrip()[:1] == b"<" else f"something else (first bytes {head[:16]!r})"
        msg = f"{file}: the name says OpenStreetMap extract, the content is {what}; download it again"
        raise ReadError(msg)
    return file


@dataclass(frozen=True)
class Wanted:
    """
    Which elements of an extract are wanted.

    Parameters
    ----------
    rules
        An element must meet any of these.
    every
        And all of these.
    types
        And be of one of these types. Of relations only those of type multipolygon or boundary count, which are areas.
    """

    rules: Rules
    every: Rules = field(default_factory=dict)
    types: Sequence[str] = TYPES


def _elements(file: Path, wanted: Wanted) -> tuple[Any, Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]]:
    """The head of an extract, and in batches type, id and number of nodes of each element that is wanted, to the very end."""
    osmium = _osmium()
    bits = osmium.osm.NOTHING
    for name in wanted.types:
        bits |= getattr(osmium.osm, name.upper())
    pairs = [(key, value) for key, values in wanted.rules.items() for value in values]

    def run(processor: Any) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        rows: list[tuple[int, int, int]] = []
        elements = iter(processor)
        simple = "relation" not in wanted.types and not wanted.every
        single = TYPES.index(wanted.types[0]) if len(wanted.types) == 1 else None
        while True:
            try:
                for element in elements:
                    place = _PLACE[element.type_str()] if single is None else single
                    if simple or _is_wanted(element, place, wanted.every):
                        rows.append((place, element.id, len(element.nodes) if place == 1 else 0))
                        if len(rows) == _ROWS_A_BATCH:
                            break
                else:
                    elements = None
            except Exception as error:  # libosmium and its binding raise several kinds on a damaged file
                raise _damaged(file, error) from error
            columns = np.array(rows, dtype=np.int64).reshape(-1, 3)
            yield columns[:, 0], columns[:, 1], columns[:, 2]
            if elements is None:
                return
            rows = []

    try:
        processor = osmium.FileProcessor(str(file), bits)
        head = processor.header
    except Exception as error:
        raise _damaged(file, error) from error
    return head, run(processor.with_filter(osmium.filter.TagFilter(*pairs)))


def _is_wanted(element: Any, place: int, every: Rules) -> bool:
    """Whether an element meets what must hold besides; of relations only those that are areas."""
    tags = element.tags
    if place == 2 and tags.get("type") not in _AREAS_OF_RELATIONS:
        return False
    return all(tags.get(key) in values for key, values in every.items())


def _damaged(file: Path, error: Exception) -> ReadError:
    """What libosmium found wrong with a file, with the remedy."""
    return ReadError(
        f"{file}: a damaged or truncated OpenStreetMap extract ({error}); download it again and compare its checksum"
    )


def osm_census(path: str | os.PathLike[str], wanted: Wanted) -> Census:
    """
    Go through a whole extract: what it holds of what is wanted, and whether it is undamaged.

    A file that was cut exactly between two of its blocks is a whole file to every reader; only a checksum tells.

    Parameters
    ----------
    path
        A .osm.pbf file.
    wanted
        Which elements.

    Raises
    ------
    ReadError
        The file is none, or damaged anywhere.
    MissingExtraError
        Without osmium.
    """
    head, batches = _elements(check_osm_file(path), wanted)
    stated = head.get("osmosis_replication_timestamp") or head.get("timestamp")
    census = Census(stated[:10] if stated else None)
    for types, ids, nodes in batches:
        census.total += len(ids)
        census.balance.add(types, ids, nodes)
    del head, batches
    give_back()
    return census


def osm_members(
    path: str | os.PathLike[str], wanted: Wanted, balance: Balance
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Type, id and number of nodes of those elements that `osm_census` counted and that may differ on the other side."""
    found = [
        np.stack(columns)[:, balance.uneven(*columns[:2])] for columns in _elements(check_osm_file(path), wanted)[1]
    ]
    types, ids, nodes = np.concatenate(found, axis=1)
    return types, ids, nodes


@contextlib.contextmanager
def _configured(keys: Sequence[str], areas: Sequence[str]) -> Iterator[dict[str, str]]:
    """GDAL set up to give these keys as columns: its options, and a folder of our own for its temporary files."""
    import pyogrio

    about = [f"closed_ways_are_polygons={','.join(areas)}", "attribute_name_laundering=no"]
    for layer in _LAYERS:
        about += [f"[{layer}]", "osm_id=yes", "other_tags=yes", f"attributes={','.join(keys)}"]
    # One thread: decompressing ahead costs 75 MB and, beside the building of geometries, wins no time.
    wanted = {"GDAL_NUM_THREADS": "1", "OGR_GEOMETRY_ACCEPT_UNCLOSED_RING": "NO"}
    with tempfile.TemporaryDirectory(prefix="geoops-osm-") as folder:
        wanted["CPL_TMPDIR"] = folder
        before = {name: pyogrio.get_gdal_config_option(name) for name in wanted}
        pyogrio.set_gdal_config_options(wanted)
        try:
            config = write_text(Path(folder) / "osmconf.ini", "\n".join(about) + "\n")
            yield {"CONFIG_FILE": str(config), "TAGS_FORMAT": "JSON", "MAX_TMPFILE_SIZE": str(_NODE_FILE_MB)}
        finally:
            pyogrio.set_gdal_config_options(before)


def osm_batches(
    path: str | os.PathLike[str], layer: str, wanted: Wanted, keys: Sequence[str], areas: Sequence[str] = ()
) -> Generator[pa.RecordBatch]:
    """
    The wanted elements of an extract, as record batches.

    Parameters
    ----------
    path
        A .osm.pbf file that `osm_census` went through.
    layer
        `points`, `lines` or `multipolygons`.
    wanted
        Which elements.
    keys
        Tags that become columns; all others stand in `other_tags` as JSON.
    areas
        Keys that make an area of a closed way.

    GDAL warns (RuntimeWarning) of rings that do not close; a caller that counts may ignore that.

    Returns
    -------
    Generator of RecordBatch
        `osm_id` (and `osm_way_id` in `multipolygons`), the keys, `other_tags`, `wkb_geometry`.
    """
    import pyogrio

    file = check_osm_file(path)
    columns = list(dict.fromkeys([*wanted.rules, *wanted.every, *keys]))
    ids = ["osm_id", "osm_way_id"] if layer == "multipolygons" else ["osm_id"]
    chosen = ", ".join(f'"{name}"' for name in [*ids, *columns, "other_tags"])
    where = " OR ".join(_one_of(key, values) for key, values in wanted.rules.items())
    where = " AND ".join([f"({where})", *(_one_of(key, values) for key, values in wanted.every.items())])
    if layer == "multipolygons" and "way" not in wanted.types:
        where += " AND osm_way_id IS NULL"
    with (
        _configured(columns, areas) as options,
        pyogrio.open_arrow(
            file,
            sql=f"SELECT {chosen} FROM {layer} WHERE {where}",  # noqa: S608  values are quoted below
            batch_size=_ROWS_A_BATCH,
            use_pyarrow=True,
            **options,
        ) as (_, reader),
    ):
        yield from reader


def _one_of(key: str, values: Sequence[str]) -> str:
    """The condition that a key has one of several values, in SQL."""
    quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    return f'"{key}" IN ({quoted})'


def osm_complaint(path: str | os.PathLike[str]) -> str | None:
    """What GDAL has against a file, when it is asked in a way in which it speaks; None where it has nothing."""
    import pyogrio

    with _configured(["highway"], []) as options, warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            pyogrio.raw.read(check_osm_file(path), layer="lines", where="osm_id = '0'", columns=["osm_id"], **options)
        except Exception as error:  # noqa: BLE001  the driver raises what it likes
            return str(error)
    return None
