"""Whether a file is all there, by what its format says of its own end, and names nothing outside itself.

GDAL reads a shapefile that was cut off as rows without a shape, GML that was cut off as no rows, and asks an address for the CRS
of a GeoJSON file. What is refused here never reaches it.
"""

from __future__ import annotations

import json
import mmap
import re
import struct
from pathlib import Path

from geoops.core.errors import ReadError

__all__ = ["check_whole"]

_TAIL = 4096
_ROOT = re.compile(rb"<([A-Za-z_][\w.\-]*:)?(kml|gpx|FeatureCollection|\w*FeatureCollection)[\s>]")
# The member "crs", also with its letters written as escapes.
_CRS = re.compile(rb'"(?:c|\\u0063)(?:r|\\u0072)(?:s|\\u0073)"\s*:\s*')
_CRS_KINDS = frozenset({"name", "EPSG", "OGC"})
_SHP_HEADER = 100


def check_whole(file: Path, known: str) -> None:
    """
    Refuse a file that ends before its format says, or whose CRS is to be fetched.

    Parameters
    ----------
    file
        A plain file whose first bytes are those of its format.
    known
        The format, as `plain_files` names it.

    Raises
    ------
    ReadError
        The file is cut off, or names an address.
    """
    if known == "ESRI Shapefile":
        _shapefile(file)
    elif known in ("KML", "GML", "GPX"):
        _document(file, known)
    elif known in ("GeoJSON", "GeoJSONSeq"):
        _crs_of_its_own(file)


def _cut_off(file: Path, why: str) -> ReadError:
    return ReadError(f"{file}: is cut off: {why}; get it again")


def _shapefile(file: Path) -> None:
    """A shapefile's head states its length, and its table's head the rows."""
    with file.open("rb") as stream:
        head = stream.read(_SHP_HEADER)
    size = file.stat().st_size
    if len(head) < _SHP_HEADER:
        raise _cut_off(file, f"{size} bytes, its head alone has {_SHP_HEADER}")
    stated = 2 * struct.unpack(">i", head[24:28])[0]
    if stated > size:
        raise _cut_off(file, f"it has {size:,} bytes of the {stated:,} that its head states")
    table = next((p for p in (file.with_suffix(".dbf"), file.with_suffix(".DBF")) if p.is_file()), None)
    if table is not None and table.stat().st_size >= 12:
        with table.open("rb") as stream:
            rows, first, width = struct.unpack("<IHH", stream.read(12)[4:12])
        if first + rows * width > table.stat().st_size + 1:  # the closing mark may be missing
            raise _cut_off(table, f"it holds fewer than the {rows:,} rows that its head states")


def _document(file: Path, known: str) -> None:
    """An XML document ends with the end of its root."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        head = stream.read(2 * _TAIL)
        stream.seek(max(size - _TAIL, 0))
        tail = stream.read()
    root = _ROOT.search(head)
    if root is None:
        return  # `plain_files` has looked for it in other ways
    name = (root.group(1) or b"") + root.group(2)
    if re.search(rb"</\s*" + re.escape(name) + rb"\s*>", tail) is None and not head.rstrip().endswith(b"/>"):
        raise _cut_off(file, f"as {known} it must end with </{name.decode('ascii', 'replace')}>")


def _crs_of_its_own(file: Path) -> None:
    """GeoJSON may name its CRS; that it be fetched from an address is refused."""
    if not file.stat().st_size:
        return
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for found in _CRS.finditer(data):
            text = data[found.end() : found.end() + 65536].decode("utf-8", "replace")
            if not text.startswith("{"):
                continue
            try:
                value, _ = json.JSONDecoder().raw_decode(text)
            except (ValueError, RecursionError):
                value = {}
            if value.get("type") not in _CRS_KINDS:
                msg = f"{file}: its CRS is {text[:60]!r}, to be fetched or unknown; GeoJSON is in EPSG:4326, or names its CRS"
                raise ReadError(msg)
