"""Renders under bad conditions: several at once into one folder, a full disk, a folder without rights, little memory.

After each the folder must hold an old bundle or a new one, whole, and nothing else, and whoever could not do its work says so.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from geoops.report.manifest import verify

from .kills import strays
from .tally import Tally
from .warm import REFUSALS, THEMES, brief, cold, render, warmed

__all__ = ["full_disk", "little_memory", "no_rights", "races"]

SIZES = (0, 512, 4096, 20_000, 60_000, 120_000, 200_000)
"""How large a file may grow, in bytes, as under a quota."""
ROOMS = (16_384, 65_536, 131_072, 262_144, 524_288)
"""Bytes that are free on the small disk when a render begins."""
MEGABYTES = (300, 500, 700, 900, 1000, 1150, 1300, 1450, 1600, 1900, 2600, 4000)
"""Of address space, where memory is little."""


def _bundle(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _said(tally: Tally, where: str, code: int, words: str) -> None:
    """A crash is whatever is neither done nor refused with a sentence."""
    if code not in (0, *REFUSALS) or "Traceback" in words or (code and not words.strip()):
        tally.met("crashes", f"{where}: {code}: {words[-300:]}")


def races(folder: Path, *, rounds: int = 50, at_once: int = 4) -> Tally:
    """Renders at once into one folder: afterwards one of their bundles, byte for byte, and nothing else."""
    tally = Tally("four renders into one folder")
    references = warmed(folder)
    briefs = [brief(folder, theme) for theme in THEMES]
    out = folder / "out"
    for number in range(rounds):
        if number % 2 == 0:  # into nothing, or over an old bundle
            shutil.rmtree(out, ignore_errors=True)
        running = [render(briefs[n % 2], out) for n in range(at_once)]
        results = [child.result(600.0) for child in running]
        for code, words in results:
            _said(tally, f"round {number}", code, words)
            tally.outcomes["refused" if code else "done"] += 1
        tally.inputs += at_once
        if all(code for code, _ in results):
            tally.met("files lost or half-written", f"round {number}: none was done: {results[0][1][-200:]}")
        if out.exists() and _bundle(out) not in references.values():
            tally.met("files lost or half-written", f"round {number}: the folder holds no one's bundle")
        for name in strays(out):
            tally.met("files lost or half-written", f"round {number}: {name} is left over")
    return tally


@contextlib.contextmanager
def _disk(place: Path, size: int) -> Iterator[bool]:
    """A file system in memory with so many bytes, where this user may mount one; whether it is there."""
    place.mkdir(parents=True, exist_ok=True)
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    there = bool(
        mount and unmount and os.geteuid() == 0
        and subprocess.run([mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], check=False, capture_output=True).returncode == 0
    )  # fmt: skip
    try:
        yield there
    finally:
        if there:
            subprocess.run([unmount or "umount", place], check=False, capture_output=True)


def full_disk(folder: Path, *, sizes: tuple[int, ...] = SIZES, rooms: tuple[int, ...] = ROOMS) -> Tally:
    """Files that may not grow, and a disk that fills up: an error in words, the old bundle whole, nothing left over."""
    tally = Tally("no room on the disk")
    references = warmed(folder)
    briefs = [brief(folder, theme) for theme in THEMES]
    out = folder / "out"
    render(briefs[0], out).result()
    before = _bundle(out)
    for size in sizes:
        code, words = render(briefs[1], out, file_size=size).result()
        _judge(tally, f"at most {size:,} bytes a file", code, words, out, before, references)
        if code == 0:
            before = _bundle(out)
    size = sum(map(len, references["report"].values()))
    for room in rooms:
        with _disk(folder / "disk", size + 65_536 + room) as there:
            if not there:
                tally.outcomes["no disk could be made"] += 1
                continue
            place = folder / "disk" / "out"
            shutil.copytree(folder / "reference-report", place)
            free = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize
            (folder / "disk" / "ballast").write_bytes(bytes(max(0, free - room)))
            code, words = render(briefs[1], place).result()
            _judge(tally, f"{room:,} bytes free", code, words, place, references["report"], references)
    return tally


def _judge(
    tally: Tally, where: str, code: int, words: str, out: Path, before: dict[str, bytes], references: dict[str, dict[str, bytes]]
) -> None:  # fmt: skip
    """A refusal leaves what was there; what is said to be done is there."""
    tally.inputs += 1
    tally.outcomes["refused" if code else "done"] += 1
    _said(tally, where, code, words)
    if code and _bundle(out) != before:
        after = _bundle(out)
        names = [n for n in sorted(before.keys() | after.keys()) if before.get(n) != after.get(n)]
        tally.met("files lost or half-written", f"{where}: refused, and changed: {', '.join(names[:5])}")
    if not code and _bundle(out) not in references.values():
        tally.met("silent wrong answers", f"{where}: said to be done, and is no whole bundle")
    for name in strays(out):
        tally.met("files lost or half-written", f"{where}: {name} is left over")


def no_rights(folder: Path) -> Tally:
    """A folder or a disk that cannot be written, a file where the folder should be, a path below a file."""
    tally = Tally("folders without rights")
    warmed(folder)
    path = brief(folder, "report")
    file = folder / "a file"
    file.write_text("x", encoding="utf-8")
    places = [file, file / "below", Path("/proc/geoops"), Path("/dev/null/x")]
    if os.geteuid():
        locked = folder / "locked"
        locked.mkdir(mode=0o500)
        places.append(locked)
    with _disk(folder / "disk", 2**20) as there:
        mount = shutil.which("mount")
        if there and mount and not subprocess.run([mount, "-o", "remount,ro", folder / "disk"], check=False).returncode:
            places += [folder / "disk", folder / "disk" / "below"]
        for place in places:
            code, words = render(path, place).result()
            tally.inputs += 1
            tally.outcomes["refused" if code else "done"] += 1
            _said(tally, str(place), code, words)
            if code == 0:
                tally.met("silent wrong answers", f"{place}: said to be written")
    if file.read_text(encoding="utf-8") != "x":
        tally.met("files lost or half-written", "the file in the place of the folder")
    return tally


def little_memory(folder: Path, *, megabytes: tuple[int, ...] = MEGABYTES) -> Tally:
    """Address space that does not suffice: the command ends with a word or is done, and leaves nothing half-made."""
    tally = Tally("little memory")
    path = brief(folder, "report")
    for size in megabytes:
        out = folder / f"out-{size}"
        process = cold(path, out, memory=size * 2**20)
        _, words = process.communicate(timeout=300)
        tally.inputs += 1
        tally.outcomes["refused" if process.returncode else "done"] += 1
        _said(tally, f"{size} MB", process.returncode, words)
        if process.returncode and out.exists() and _bundle(out):
            tally.met("files lost or half-written", f"{size} MB: {', '.join(_bundle(out))} is left")
        if not process.returncode and verify(out):
            tally.met("files lost or half-written", f"{size} MB: {verify(out)[0]}")
    return tally
