"""Overture's GeoParquet, as it is published: which files hold a type, and of those only the row groups that meet a region.

A file or a folder of the disk, a file behind an https address, or a folder of object storage (`s3://...`, or the https address of
such a bucket). What is on a server comes by ranges through `core.ranges`, so within the limits of its `Fetcher`: the foot of each
file, then the columns that are wanted of the row groups whose bounding boxes meet the region.
"""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import numpy as np
import pyproj

from geoops.core.errors import CrsError, InputError, NetworkError, ReadError, SchemaError
from geoops.core.fetching import Fetcher
from geoops.core.geodesy import Region
from geoops.core.ranges import RemoteFile
from geoops.core.reading import open_parquet
from geoops.core.shapes import from_wkb
from geoops.core.text import one_line

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

__all__ = ["is_address", "overture_files", "overture_tables", "shapes_of"]

_SIDES = ("xmin", "ymin", "xmax", "ymax")
_MAX_FILES = 5000
_ROUNDED_DEG = 2e-5  # the boxes are numbers of 32 bits, not rounded outward


def is_address(path: str | os.PathLike[str]) -> bool:
    """Whether a path is the address of something on a server."""
    return re.match(r"[a-z][a-z0-9+.-]*://", os.fspath(path)) is not None


def overture_files(path: str | os.PathLike[str], part: str, kind: str, fetcher: Fetcher | None) -> list[str]:
    """
    The Parquet files of one type.

    Parameters
    ----------
    path
        A file; or the folder of a release, of a theme or of a type; on the disk or on a server.
    part, kind
        Overture's theme and type, such as `transportation` and `segment`.
    fetcher
        For addresses.

    Raises
    ------
    ReadError
        There are none.
    NetworkError
        The server does not list them.
    """
    text = os.fspath(path)
    if text.lower().endswith(".parquet"):
        return [_https(text) if is_address(path) else text]
    wanted = f"theme={part}/type={kind}"
    if is_address(path):
        found = _listed(_https(text), wanted, fetcher or Fetcher())
    elif Path(text).is_dir():
        found = [p.as_posix() for p in sorted(Path(text).rglob("*.parquet"))]
    else:
        msg = f"{text}: neither a .parquet file nor a folder; give Overture's file, or the folder of a release"
        raise ReadError(msg)
    # In a folder that has no hive partitions, every file is taken for one of the type.
    hive = [name for name in found if "/type=" in name]
    found = [name for name in hive if f"{wanted}/" in name] if hive else found
    if not found:
        msg = f"{text}: holds no .parquet file of {wanted}; download it with `overturemaps download -t {kind}`, or name its folder"
        raise ReadError(msg)
    return found


def _https(address: str) -> str:
    """The https address of an address of object storage; others as they are."""
    parts = urlsplit(address)
    if parts.scheme == "s3":
        return f"https://{parts.netloc}.s3.amazonaws.com{parts.path}"
    if parts.scheme not in ("https", "http"):
        msg = f"{address!r}: https and s3 addresses are read"
        raise InputError(msg)
    return address


def _listed(address: str, wanted: str, fetcher: Fetcher) -> list[str]:
    """The files below an address of a bucket, as its own listing names them."""
    parts = urlsplit(address)
    prefix = parts.path.strip("/")
    if "type=" not in prefix:
        within = wanted.split("/")[1] if "theme=" in prefix else wanted
        prefix = f"{prefix}/{within}".strip("/")
    root = f"{parts.scheme}://{parts.netloc}"
    found: list[str] = []
    following = ""
    while len(found) < _MAX_FILES:
        asked = f"{root}/?list-type=2&prefix={quote(prefix + '/')}{following}"
        text = fetcher.get(asked, types=("application/xml", "text/xml"), max_age_s=3600.0).decode("utf-8", "replace")
        if "<ListBucketResult" not in text:
            msg = f"{root}: what came is no listing of a bucket; give the address of a single .parquet file"
            raise NetworkError(msg)
        keys = [html.unescape(key) for key in re.findall(r"<Key>([^<]+)</Key>", text)]
        found += [f"{root}/{quote(key, safe='/=')}" for key in keys if key.endswith(".parquet")]
        token = re.search(r"<NextContinuationToken>([^<]+)</NextContinuationToken>", text)
        if token is None:
            break
        following = f"&continuation-token={quote(html.unescape(token[1]), safe='')}"
    return found


def overture_tables(
    file: str,
    *,
    columns: Sequence[str],
    needs: Sequence[str],
    keep: dict[str, frozenset[str]],
    region: Region | None,
    fetcher: Fetcher | None,
    what: str,
) -> Iterator[tuple[np.ndarray, pa.Table]]:
    """
    The rows of a file that may meet a region, row group by row group.

    Parameters
    ----------
    file
        A path or an https address.
    columns
        Those to read, where the file has them; releases differ.
    needs
        Those without which the file is useless.
    keep
        Columns of text and the values of which a row must have one; `a.b|c` is the field b of a, or c.
    region
        (west, south, east, north) in degrees.
    fetcher
        For addresses.
    what
        The theme and type, for messages.

    Yields
    ------
    tuple of array and Table
        The rows' numbers in the file, and the rows.

    Raises
    ------
    ReadError
        The file is damaged, or none.
    SchemaError
        It lacks needed columns.
    """
    if region is not None:
        west, south, east, north = region
        region = west - _ROUNDED_DEG, south - _ROUNDED_DEG, east + _ROUNDED_DEG, north + _ROUNDED_DEG
    remote = RemoteFile(file, fetcher) if is_address(file) else None
    source = _opened(remote) if remote is not None else open_parquet(file)
    have = source.schema_arrow.names
    lost = [name for name in needs if not any(one in have for one in name.split("|"))]
    if lost:
        msg = f"{file}: lacks the columns {', '.join(lost)} of {what}; it has {', '.join(have)}. Is it the file of another type?"
        raise SchemaError(msg)
    _check_crs(file, source.schema_arrow.metadata or {})
    boxed = "bbox" in have and {f.name for f in source.schema_arrow.field("bbox").type} >= set(_SIDES)
    kept = [one.split(".")[0] for name in keep for one in name.split("|")]
    wanted = [
        name for name in dict.fromkeys([*columns, *kept, *(["bbox"] if boxed and region else [])]) if name in have
    ]
    first = 0
    for group in range(source.num_row_groups):
        count = source.metadata.row_group(group).num_rows
        start, first = first, first + count
        if region is not None and boxed and not _may_meet(source.metadata.row_group(group), region):
            continue
        try:
            table = source.read_row_group(group, columns=wanted)
        except Exception as error:  # pyarrow has several kinds of error for damage
            if remote is not None:
                remote.check()
            msg = f"{file}: row group {group} (rows {start} to {first - 1}) is damaged: {one_line(str(error))}; download it again"
            raise ReadError(msg) from error
        rows = _chosen(table, keep, region if boxed else None)
        if len(rows):
            yield start + rows, table.take(rows)


def _opened(remote: RemoteFile) -> pq.ParquetFile:
    """A Parquet file on a server, its foot read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(pa.PythonFile(remote, mode="r"))  # as a path, pyarrow would go to the network by itself
    except Exception as error:
        remote.check()
        msg = f"{remote}: cannot be read as Parquet: {one_line(str(error))}"
        raise ReadError(msg) from error


def _check_crs(file: str, metadata: dict[bytes, bytes]) -> None:
    """Refuse a file that states another CRS than longitude and latitude; none stated is that of GeoParquet."""
    try:
        crs = json.loads(metadata.get(b"geo", b"{}")).get("columns", {}).get("geometry", {}).get("crs")
    except ValueError:
        crs = None
    if crs is not None and not pyproj.CRS.from_user_input(crs).is_geographic:
        msg = f"{file}: states the CRS {pyproj.CRS.from_user_input(crs).name}; Overture's files are in longitude and latitude"
        raise CrsError(msg)


def _may_meet(group: Any, region: Region) -> bool:
    """Whether the bounding boxes of a row group's rows can meet a region, as far as its statistics tell."""
    found: dict[str, Any] = {}
    for number in range(group.num_columns):
        column = group.column(number)
        side = column.path_in_schema.removeprefix("bbox.")
        if side in _SIDES and side != column.path_in_schema and column.statistics and column.statistics.has_min_max:
            found[side] = column.statistics
    if set(found) != set(_SIDES):
        return True
    west, south, east, north = region
    return bool(
        found["xmin"].min <= east
        and found["xmax"].max >= west
        and found["ymin"].min <= north
        and found["ymax"].max >= south
    )


def _chosen(table: pa.Table, keep: dict[str, frozenset[str]], region: Region | None) -> np.ndarray:
    """The numbers of the rows that have the wanted values and whose boxes meet the region."""
    import pyarrow as pa
    import pyarrow.compute as pc

    good = np.ones(table.num_rows, dtype=bool)
    for name, values in keep.items():
        known = np.zeros(table.num_rows, dtype=bool)
        for one in name.split("|"):
            outer, _, inner = one.partition(".")
            if outer in table.column_names:
                column = table.column(outer).combine_chunks()
                column = pc.struct_field(column, inner) if inner else column
                known |= np.asarray(pc.is_in(column, value_set=pa.array(sorted(values), pa.string())))
        good &= known
    if region is not None:
        west, south, east, north = region
        box = table.column("bbox").combine_chunks()
        sides = {side: pc.struct_field(box, side).to_numpy(zero_copy_only=False).astype(float) for side in _SIDES}
        # A row whose box is missing is looked at itself, later.
        out = (sides["xmin"] > east) | (sides["xmax"] < west) | (sides["ymin"] > north) | (sides["ymax"] < south)
        good &= ~out
    return np.flatnonzero(good)


def shapes_of(table: pa.Table) -> np.ndarray:
    """The geometry of each row; None where its WKB is none."""
    wkb = table.column("geometry").combine_chunks().to_numpy(zero_copy_only=False)
    return from_wkb(wkb, what="the file of Overture", on_invalid="ignore")
