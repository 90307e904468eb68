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
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoops.core.errors import MissingExtraError, ReadError
from geoops.core.plain_files import plain_file as _plain_file
from geoops.core.writing import write_text

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Census", "check_osm_file", "give_back", "osm_batches", "osm_census", "osm_complaint", "osm_members"]

Rules = Mapping[str, Sequence[str]]
"""Keys and the values of which one is wanted: an element that meets any of them is taken."""

_NODE_FILE_MB = 4
_ROWS_A_BATCH = 4096
_TYPES = {"n": "node", "w": "way", "r": "relation"}
_AREAS_OF_RELATIONS = ("multipolygon", "boundary")
_LAYERS = ("points", "lines", "multilinestrings", "multipolygons", "other_relations")


def _none_yet() -> dict[str, int]:
    """A count of nothing."""
    return {"node": 0, "way": 0, "relation": 0}


@dataclass
class Census:
    """
    What an extract holds of what is wanted, by type (node, way, relation).

    Parameters
    ----------
    date
        Of the data, ISO text, as the file's head states it; None where it does not.
    count, id_sum
        How many elements, and the sum of their ids.
    nodes
        How many nodes the ways refer to.
    """

    date: str | None = None
    count: dict[str, int] = field(default_factory=_none_yet)
    id_sum: dict[str, int] = field(default_factory=_none_yet)
    nodes: int = 0


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


def _elements(file: Path, rules: Rules, types: Sequence[str]) -> tuple[Any, Iterator[Any]]:
    """The head of an extract, and its elements that meet the rules; all of the file is gone through, damage is named."""
    osmium = _osmium()
    bits = osmium.osm.NOTHING
    for name in types:
        bits |= getattr(osmium.osm, name.upper())
    pairs = [(key, value) for key, values in rules.items() for value in values]

    def run(processor: Any) -> Iterator[Any]:
        try:
            yield from processor
        except RuntimeError as error:
            raise _damaged(file, error) from error

    try:
        processor = osmium.FileProcessor(str(file), bits)
        head = processor.header
    except RuntimeError as error:
        raise _damaged(file, error) from error
    return head, run(processor.with_filter(osmium.filter.TagFilter(*pairs)))


def _damaged(file: Path, error: Exception) -> ReadError:
    """What libosmium found wrong with a file, with the remedy."""
    return ReadError(
        f"{file}: a damaged or truncated OpenStreetMap extract ({error}); download it again and compare its checksum"
    )


def osm_census(path: str | os.PathLike[str], rules: Rules, types: Sequence[str]) -> Census:
    """
    Go through a whole extract: what it holds of what is wanted, and whether it is undamaged.

    Parameters
    ----------
    path
        A .osm.pbf file.
    rules
        Keys and values; an element that meets any of them counts. Of relations only those of type multipolygon or
        boundary, which are areas.
    types
        Of `node, way, relation`.

    Raises
    ------
    ReadError
        The file is none, or damaged anywhere.
    MissingExtraError
        Without osmium.
    """
    head, elements = _elements(check_osm_file(path), rules, types)
    stated = head.get("osmosis_replication_timestamp") or head.get("timestamp")
    census = Census(stated[:10] if stated else None)
    for element in elements:
        letter = element.type_str()
        if letter == "w":
            census.nodes += len(element.nodes)
        elif letter == "r" and element.tags.get("type") not in _AREAS_OF_RELATIONS:
            continue
        census.count[_TYPES[letter]] += 1
        census.id_sum[_TYPES[letter]] += element.id
    del head, elements
    give_back()
    return census


def osm_members(
    path: str | os.PathLike[str], rules: Rules, types: Sequence[str]
) -> tuple[Counter[tuple[str, int]], dict[tuple[str, int], int]]:
    """The elements that `osm_census` counted: how often each is in the file, and of how many nodes a way is."""
    often: Counter[tuple[str, int]] = Counter()
    nodes = {}
    for element in _elements(check_osm_file(path), rules, types)[1]:
        letter = element.type_str()
        if letter != "r" or element.tags.get("type") in _AREAS_OF_RELATIONS:
            key = _TYPES[letter], int(element.id)
            often[key] += 1
            nodes[key] = len(element.nodes) if letter == "w" else 0
    return often, nodes


def give_back() -> None:
    """Hand memory that was freed back to the system, where the C library can; libosmium's threads keep 50 MB of it."""
    import ctypes

    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    with contextlib.suppress(AttributeError, OSError, TypeError):  # not glibc
        ctypes.CDLL(None).malloc_trim(0)


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
    path: str | os.PathLike[str], layer: str, rules: Rules, keys: Sequence[str], areas: Sequence[str] = ()
) -> Iterator[pa.RecordBatch]:
    """
    The elements of an extract that meet any of the rules, as record batches.

    Parameters
    ----------
    path
        A .osm.pbf file that `osm_census` went through.
    layer
        `points`, `lines` or `multipolygons`.
    rules
        Keys and values of which one is wanted.
    keys
        Tags that become columns; all others stand in `other_tags` as JSON.
    areas
        Keys that make an area of a closed way.

    Returns
    -------
    Iterator of RecordBatch
        `osm_id` (and `osm_way_id` in `multipolygons`), the keys, `other_tags`, `wkb_geometry`.
    """
    import pyogrio

    file = check_osm_file(path)
    columns = list(dict.fromkeys([*rules, *keys]))
    ids = ["osm_id", "osm_way_id"] if layer == "multipolygons" else ["osm_id"]
    chosen = ", ".join(f'"{name}"' for name in [*ids, *columns, "other_tags"])
    texts = {key: ", ".join("'" + value.replace("'", "''") + "'" for value in values) for key, values in rules.items()}
    where = " OR ".join(f'"{key}" IN ({text})' for key, text in texts.items())
    with _configured(columns, areas) as options, warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of rings that do not close: the count tells which
        with pyogrio.open_arrow(
            file,
            sql=f"SELECT {chosen} FROM {layer} WHERE {where}",  # noqa: S608  values are quoted above
            batch_size=_ROWS_A_BATCH,
            use_pyarrow=True,
            **options,
        ) as (_, reader):
            yield from reader


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
