"""Whether what came is what was asked for, by its content: a web page with a file's name is none.

Servers answer with a page that says sorry and the status of success; a proxy does; a repository hands out the pointer of a
large file. The first bytes tell, and of an archive all of them.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

from geoops.core.errors import NetworkError

__all__ = ["KINDS", "check_kind", "json_object"]

KINDS = {
    "zip": "zip archive",
    "gzip": "gzip file",
    "tif": "GeoTIFF",
    "pbf": "OpenStreetMap extract",
    "json": "JSON object",
}
"""Kinds of files that are told apart, with their names."""

_MAGIC = {"zip": (b"PK\x03\x04",), "gzip": (b"\x1f\x8b",), "tif": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")}


def json_object(body: bytes, *, url: str) -> dict[str, Any]:
    """A JSON object, or an error that says what came."""
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        msg = f"{url}: {_seen(body)} came where a JSON object was expected"
        raise NetworkError(msg)
    return value


def check_kind(path: Path, *, kind: str, url: str) -> None:
    """Refuse a file that is not what it should be by its content."""
    with path.open("rb") as stream:
        head = stream.read(64)
        stream.seek(max(path.stat().st_size - 64, 0))
        tail = stream.read().rstrip()
    good = {
        "pbf": head[4:15] == b"\n\tOSMHeader",
        "json": head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") and tail.endswith(b"}"),
    }.get(kind, head.startswith(_MAGIC.get(kind, ())))
    if not good:
        msg = f"{url}: {_seen(head)} came where a {KINDS[kind]} was expected; it was thrown away"
        raise NetworkError(msg)
    if kind == "zip":
        _whole_zip(path, url)


def _whole_zip(path: Path, url: str) -> None:
    """Refuse an archive of which a part is missing or damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        damaged = str(error)
    if damaged is not None:
        msg = f"{url}: the archive that came is damaged ({damaged}); it was thrown away"
        raise NetworkError(msg)


def _seen(head: bytes) -> str:
    """What something is by its first bytes, in words."""
    text = head.lstrip(b"\xef\xbb\xbf \r\n\t")[:64]
    if text.lower().startswith((b"<!doctype", b"<html")):
        return "a web page"
    if text.startswith(b"version https://git-lfs"):
        return "the pointer of a large file in place of the file"
    return f"something that begins with {text[:24]!r}" if text else "nothing"
