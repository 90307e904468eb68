"""What is remembered between two renders, in the user's cache: which bundles this code made here, and what it measured.

A bundle is known by its manifest's checksum and the checksum of the code that made it: one from elsewhere, or from another
geoops, is never trusted, only replaced. What was measured is kept as pickles of our own, which nobody else writes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import pickle
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from geoops.core.errors import GeoopsError
from geoops.core.fetching import cache_folder
from geoops.core.writing import write_bytes
from geoops.report.manifest import MANIFEST, file_entry, read_manifest

__all__ = ["checksum", "code_checksum", "older", "recall", "remember"]

T = TypeVar("T")
_MOST_BYTES = 500_000_000
_SUFFIXES = {".py", ".c", ".so", ".toml", ".typ", ".qgs", ".qml", ".ttf", ".js", ".css", ".json", ".html"}


def checksum(*values: Any) -> str:
    """A checksum of plain values."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


@cache
def code_checksum() -> str:
    """A checksum of the package's own files: another geoops may draw otherwise, whatever its version says."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in _SUFFIXES and p.is_file()):
        stat = path.stat()
        digest.update(f"{path.relative_to(root).as_posix()} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _records() -> Path:
    """The folder of what is remembered."""
    return cache_folder() / "reports"


def _record(manifest: Path) -> Path:
    """The record of a bundle, by its manifest's checksum."""
    return _records() / f"{file_entry(manifest)['sha256']}.bundle"


def remember(folder: Path) -> None:
    """Note that this bundle was made here by this code; where the cache cannot be written nothing is noted."""
    with contextlib.suppress(GeoopsError, OSError):
        write_bytes(_record(folder / MANIFEST), code_checksum().encode())


def older(folder: Path) -> dict[str, Any] | None:
    """The manifest of a bundle that this code made here, or None."""
    manifest = folder / MANIFEST
    try:
        if not manifest.is_file() or _record(manifest).read_bytes() != code_checksum().encode():
            return None
        return read_manifest(folder)
    except (GeoopsError, OSError):
        return None


def recall(what: str, key: str, make: Callable[[], T], *, again: bool = False) -> T:
    """
    What was measured before from the same, else what `make` gives, kept for the next time.

    Parameters
    ----------
    what
        Its name.
    key
        Checksum of all that it comes from; the code's own is added.
    make
        Measures it.
    again
        Measure it whatever is kept.
    """
    path = _records() / f"{what}-{checksum(key, code_checksum())}.pickle"
    if not again:
        with contextlib.suppress(Exception):  # not there, cut short, or of other libraries: measured again
            found: T = pickle.loads(zlib.decompress(path.read_bytes()))  # noqa: S301  our own, in the user's own cache
            path.touch()
            return found
    made = make()
    with contextlib.suppress(Exception):  # a full or read-only cache costs time, nothing else
        write_bytes(path, zlib.compress(pickle.dumps(made, protocol=pickle.HIGHEST_PROTOCOL), 1))
        _sweep()
    return made


def _sweep() -> None:
    """Take away what was not used for longest, until the rest fits."""
    files = sorted(_records().glob("*.pickle"), key=lambda p: p.stat().st_mtime, reverse=True)
    total = 0
    for path in files:
        total += path.stat().st_size
        if total > _MOST_BYTES:
            path.unlink()
