"""Zip and gzip archives, as publishers hand out their files: one member streamed, or a data set unpacked beside nothing else.

What an archive says of its sizes is not believed: bytes are counted as they come, and a member that grows beyond its
cap ends the reading. Member names never become paths of their own choosing.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast

from geoops.core.errors import ReadError
from geoops.core.plain_files import plain_file as _plain_file

__all__ = ["MAX_UNPACKED_BYTES", "gunzipped", "member_stream", "members", "unpacked"]

MAX_UNPACKED_BYTES = 8 * 2**30
"""More than this is not unpacked from one archive."""

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
_SIDE_FILES = {".shp": (".shx", ".dbf", ".prj", ".cpg"), ".tab": (".dat", ".map", ".id", ".ind"), ".mif": (".mid",)}


def members(path: str | os.PathLike[str]) -> list[str]:
    """
    Names of the files in a zip archive, sorted; what macOS adds to archives is left out.

    Raises
    ------
    ReadError
        No such file, or none that is a whole zip archive.
    """
    file = _plain_file(path)
    try:
        with zipfile.ZipFile(file) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir()]
    except (*_DAMAGED, OSError) as error:
        msg = f"{file}: not a whole zip archive ({error}); download it again, and look whether it is a web page"
        raise ReadError(msg) from error
    return sorted(n for n in names if not n.startswith("__MACOSX/") and not PurePosixPath(n).name.startswith("."))


def _one(path: Path, suffixes: Sequence[str], member: str | None) -> str:
    """The member meant: the one named, or the only one with one of the endings."""
    names = members(path)
    if member is not None:
        found = [n for n in names if n == member or PurePosixPath(n).name == member]
    else:
        found = [n for n in names if PurePosixPath(n).suffix.lower() in suffixes]
    if len(found) == 1:
        return found[0]
    wanted = repr(member) if member is not None else " or ".join(suffixes)
    trouble = f"holds {len(found)} files {wanted}" if found else f"holds no file {wanted}"
    msg = f"{path}: {trouble}; name one with member=...; there are: {', '.join(names[:12]) or 'none'}"
    raise ReadError(msg)


@contextlib.contextmanager
def member_stream(
    path: str | os.PathLike[str], *, suffixes: Sequence[str], member: str | None = None
) -> Iterator[BinaryIO]:
    """
    One member of a zip archive, open for reading from its start to its end without unpacking it.

    Parameters
    ----------
    path
        The archive.
    suffixes
        Endings, in lower case, of which exactly one member must have one.
    member
        The member's name, where several would do.

    Raises
    ------
    ReadError
        Not a whole archive, or not exactly one such member. Damage inside the member raises it too, while it is read.
    """
    file = _plain_file(path)
    name = _one(file, suffixes, member)
    try:
        with zipfile.ZipFile(file) as archive, archive.open(name) as stream:
            yield cast("BinaryIO", stream)
    except _DAMAGED as error:
        if isinstance(error, RuntimeError) and "password" not in str(error) and "encrypted" not in str(error):
            raise
        msg = f"{file}: {name} in it is damaged or locked ({error}); download it again"
        raise ReadError(msg) from error


@contextlib.contextmanager
def unpacked(
    path: str | os.PathLike[str], *, suffixes: Sequence[str], member: str | None = None, named: bool = False
) -> Iterator[Path]:
    """
    One data set of a zip archive (with the files that belong to it) in a folder that is gone after the block.

    Parameters
    ----------
    path
        The archive.
    suffixes
        Endings, in lower case, of which exactly one member must have one.
    member
        The member's name, where several would do.
    named
        Whether the file keeps the member's own name, for formats that read it (SRTM tiles).

    Raises
    ------
    ReadError
        Not a whole archive, not exactly one such member, or more than `MAX_UNPACKED_BYTES`.
    """
    file = _plain_file(path)
    name = _one(file, suffixes, member)
    stem, suffix = name[: -len(PurePosixPath(name).suffix)], PurePosixPath(name).suffix
    sides = {stem.lower() + side for side in _SIDE_FILES.get(suffix.lower(), ())}
    with tempfile.TemporaryDirectory(prefix="geoops-") as folder:
        target = Path(folder) / (PurePosixPath(name.replace("\\", "/")).name if named else f"data{suffix.lower()}")
        left = MAX_UNPACKED_BYTES
        try:
            with zipfile.ZipFile(file) as archive:
                for part in (name, *(n for n in archive.namelist() if n.lower() in sides)):
                    ending = PurePosixPath(part).suffix.lower()
                    with archive.open(part) as stream, target.with_suffix(ending).open("wb") as out:
                        left = _copied(stream, out, left, file)
        except _DAMAGED as error:
            msg = f"{file}: {name} in it is damaged or locked ({error}); download it again"
            raise ReadError(msg) from error
        yield target


@contextlib.contextmanager
def gunzipped(path: str | os.PathLike[str]) -> Iterator[Path]:
    """
    What a `.gz` file holds, under its name without `.gz`, in a folder that is gone after the block.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    ReadError
        No such file, not a whole gzip file, or more than `MAX_UNPACKED_BYTES`.
    """
    file = _plain_file(path)
    with tempfile.TemporaryDirectory(prefix="geoops-") as folder:
        target = Path(folder) / file.name.removesuffix(".gz").removesuffix(".GZ")
        try:
            with gzip.open(file, "rb") as stream, target.open("wb") as out:
                _copied(stream, out, MAX_UNPACKED_BYTES, file)
        except (*_DAMAGED, gzip.BadGzipFile) as error:
            msg = f"{file}: not a whole gzip file ({error}); download it again, and look whether it is a web page"
            raise ReadError(msg) from error
        yield target


def _copied(stream: IO[bytes] | gzip.GzipFile, out: IO[bytes], left: int, file: Path) -> int:
    """Copy what comes, and say how many bytes may still come."""
    while block := stream.read(2**20):
        left -= len(block)
        if left < 0:
            msg = f"{file}: holds more than {MAX_UNPACKED_BYTES:,} bytes; unpack it yourself if you trust it"
            raise ReadError(msg)
        out.write(block)
    return left
