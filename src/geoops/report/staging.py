"""Where a bundle grows and how it takes its place: whole, or not at all.

Everything is made in a hidden folder inside the bundle's. When all of it is done that folder gets another name, by which it
is known to be complete; then its files take the place of the old ones. A render that is killed before leaves the old bundle as
it was; one that is killed while files move is finished by the next.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from geoops.core.errors import InputError, ReadError, WriteError
from geoops.core.writing import alone
from geoops.report.manifest import DONE, MANIFEST, file_entry, read_manifest

__all__ = ["alone", "finish_interrupted", "put_in_place", "staging"]

_STAGE = ".part-"


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """A hidden folder inside the bundle's, gone afterwards; those that a killed render left are swept."""
    for old in folder.glob(f"{_STAGE}*-*"):
        owner = old.name.removeprefix(_STAGE).split("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(old, ignore_errors=True)
    stage = folder / f"{_STAGE}{os.getpid()}-{secrets.token_hex(8)}"
    try:
        stage.mkdir()
    except OSError as error:
        msg = f"the output folder {str(folder)!r} cannot be written: {error.strerror}"
        raise WriteError(msg) from error
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _alive(process: int) -> bool:
    """Whether a process of that number runs here."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it runs, and is somebody else's
        return True
    return True


def finish_interrupted(folder: Path) -> None:
    """Put the files of a complete bundle in place that a killed render did not get to; call it `alone`."""
    for stage in sorted(folder.glob(f"{DONE}*")):
        if (stage / MANIFEST).is_file():  # moved last: as long as it is here, the others may be too
            _move(stage, folder)
        shutil.rmtree(stage, ignore_errors=True)


def put_in_place(stage: Path, folder: Path) -> None:
    """Move the new files over the old, the manifest last, and take away what only the old bundle had."""
    done = stage.with_name(f"{DONE}{secrets.token_hex(8)}")
    try:
        stage.rename(done)
        _move(done, folder)
    except OSError as error:
        shutil.rmtree(done, ignore_errors=True)
        msg = f"{folder}: the finished bundle cannot be put in place: {error.strerror}"
        raise WriteError(msg) from error
    shutil.rmtree(done, ignore_errors=True)  # not where it was interrupted: the next render moves the rest


def _move(stage: Path, folder: Path) -> None:
    """Each file by one rename; what the old manifest lists and the new does not goes, unless it was changed since."""
    new = read_manifest(stage)["files"]
    old: dict[str, Any] = {}
    if (folder / MANIFEST).is_file():
        with contextlib.suppress(ReadError, InputError):  # not ours: nothing is taken away
            old = read_manifest(folder)["files"]
    blocked = [name for name in (*new, MANIFEST) if (folder / name).is_dir()]
    if blocked:
        raise IsADirectoryError(None, f"{blocked[0]} is a folder there", str(folder / blocked[0]))
    for name in new:
        if (stage / name).is_file():
            (stage / name).replace(folder / name)
    for name, entry in old.items():
        path = folder / name
        ours = name not in new and "/" not in name and "\\" not in name and path.is_file() and not path.is_symlink()
        if ours and file_entry(path)["sha256"] == entry["sha256"]:
            path.unlink()
    (stage / MANIFEST).replace(folder / MANIFEST)
