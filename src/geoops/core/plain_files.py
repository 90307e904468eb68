"""Whether a path may be opened at all: a plain file whose first bytes are those of the format that its name says.

GDAL opens what a file says it is, not what its name says: a VRT named `dem.tif` would read any file of the disk. What is
refused here never reaches a library.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from geoops.core.errors import ReadError

__all__ = ["format_by_head", "format_of", "plain_file"]

_MAGIC = {
    "GPKG": (b"SQLite format 3\x00",),
    "MBTiles": (b"SQLite format 3\x00",),
    "FlatGeobuf": (b"fgb\x03", b"fgb\x04"),
    "ESRI Shapefile": (b"\x00\x00\x27\x0a",),
    "GeoParquet": (b"PAR1",),
    "GTiff": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    "HDF5": (b"\x89HDF\r\n\x1a\n",),
    "MapInfo File": (b"!table", b"!Table", b"!TABLE", b"Version", b"VERSION", b"version"),
}
# XML is told apart by its root element: a VRT is XML too, and reads any file that it names.
_XML_ROOT = {"KML": re.compile(rb"<(\w+:)?kml[\s>]"), "GML": re.compile(rb"<\w*:?\w*FeatureCollection[\s>]"),
             "GPX": re.compile(rb"<gpx[\s>]")}  # fmt: skip
_XML_REFUSED = re.compile(rb"<OGRVRT|<VRTDataset|<!ENTITY", re.IGNORECASE)
_JSON = frozenset({"GeoJSON", "GeoJSONSeq", "TopoJSON"})


def plain_file(path: str | os.PathLike[str]) -> Path:
    """The path of a regular file, or an error that says why it is none."""
    text = os.fspath(path)
    if text.startswith(("/vsi", "\\\\")) or "://" in text:
        msg = f"{text!r} is an address, not a file; only plain files are opened here"
        raise ReadError(msg)
    if "\n" in text or text.lstrip().startswith(("<", "{")):
        msg = f"a document came where a path was expected: {text[:60]!r}"
        raise ReadError(msg)
    file = Path(text)
    if not file.exists():
        near = sorted(p.name for p in file.parent.glob(f"*{file.suffix}"))[:5] if file.parent.is_dir() else []
        hint = f"; in that folder there are {', '.join(near)}" if near else ""
        msg = f"no file {text!r}{hint}"
        raise ReadError(msg)
    if not file.is_file():
        msg = f"{text!r} is not a regular file"
        raise ReadError(msg)
    return file


def format_of(file: Path, formats: dict[str, str]) -> str:
    """The format by suffix, confirmed by the file's first bytes."""
    known = formats.get(file.suffix.lower())
    if known is None:
        msg = f"{file}: files ending in {file.suffix or 'nothing'!r} are not opened; known: {', '.join(formats)}"
        raise ReadError(msg)
    with file.open("rb") as stream:
        head = stream.read(8192)
    return format_by_head(str(file), known, head)


def format_by_head(file: str, known: str, head: bytes) -> str:
    """The format that a name says, confirmed by the first bytes behind it."""
    if not head:
        msg = f"{file}: the file is empty"
        raise ReadError(msg)
    if not _is_what_it_says(known, head):
        msg = f"{file}: the name says {known}, its first bytes {head[:16]!r} do not; rename it to what it is"
        raise ReadError(msg)
    return known


def _is_what_it_says(known: str, head: bytes) -> bool:
    """Whether the first bytes of a file are those of its format."""
    magic = _MAGIC.get(known)
    text = head.lstrip(b"\xef\xbb\xbf\x1e \t\r\n")
    if magic:
        return head.startswith(magic)
    if known in _JSON:
        return text.startswith(b"{")
    if known in _XML_ROOT:
        return _XML_ROOT[known].search(head) is not None and _XML_REFUSED.search(head) is None
    return not text.startswith((b"<", b"{"))
