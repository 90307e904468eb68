"""What the doctor looks at on the disk and beyond it: layers and their age, the gazetteer, the cache, room, the network."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import tempfile
from pathlib import Path

from geoops.core.errors import NetworkError
from geoops.core.fetching import Fetcher, cache_folder
from geoops.report.doctor_words import FAIL, OK, WARN, Finding

__all__ = ["ages", "cache", "disk", "gazetteer", "layers", "network"]

_CHANGING = frozenset(
    {"border_crossings", "bridges", "camps", "oil_gas_fields", "pipelines", "power_lines", "power_stations", "refineries", "roads"}
)  # fmt: skip
"""Layers of things that open, close and are built within a few years."""
_OLD_YEARS = 3.0
_MOST_CACHE_BYTES = 5e9
_LOW_DISK_BYTES, _LEAST_DISK_BYTES = 2e9, 2e8
_PROBE = "https://download.geonames.org/export/dump/readme.txt"
"""A small text of a source that `geoops layers fetch` knows."""


def layers() -> Finding:
    """The catalogue, and that every file it lists is there and unchanged."""
    from geoops.layers.catalog import read_catalog
    from geoops.layers.check import file_findings

    found = read_catalog(None)
    amiss = [(name, path, finding, again) for name, path, finding, again in file_findings(found) if finding]
    if amiss:
        shown = [f"{path.name}: {finding}" for _, path, finding, _ in amiss[:5]]
        more = f" and {len(amiss) - 5} more" if len(amiss) > 5 else ""
        again = " or ".join(dict.fromkeys(again.replace("`", "") for *_, again in amiss[:2]))
        return (
            FAIL,
            f"{found.file}: {'; '.join(shown)}{more}",
            f"install geoops again, or: {again}; `geoops layers check` lists all",
        )
    size = sum(path.stat().st_size for name in found.layers for path in found.paths(name))
    words = f"{len(found.layers)} layers in {found.file}, {size / 1e6:.0f} MB, each file as the catalogue states"
    return OK, words, ""


def ages(today: dt.date | None = None) -> Finding:
    """How old the layers are; those of things that change in a few years must not be too old."""
    from geoops.layers.catalog import read_catalog

    today = today or dt.datetime.now(tz=dt.UTC).date()
    years = {}
    for name, entry in read_catalog(None).layers.items():
        parts = str(entry["date"]).split("-")
        if parts[0].isdigit():
            year, month, day = (int(part) for part in [*parts, "1", "1"][:3])
            years[name] = (today - dt.date(year, month, day)).days / 365.25
    if not years:
        return WARN, "no layer states its date", "state one in the catalogue, so that figures can"
    oldest, newest = max(years, key=years.__getitem__), min(years, key=years.__getitem__)
    words = f"from {_age(years[newest])} ({newest}) to {_age(years[oldest])} ({oldest})"
    old = {name: age for name, age in years.items() if name in _CHANGING and age > _OLD_YEARS}
    if old:
        told = ", ".join(f"{name} {_age(age)}" for name, age in sorted(old.items()))
        remedy = "newer ones: `geoops layers fetch --list`, then `geoops layers build --region W,S,E,N --out DIR`"
        return WARN, f"old for what changes: {told}; all layers {words}", remedy
    return OK, words, ""


def _age(years: float) -> str:
    """Years in words, months below two."""
    if years >= 2.0:
        return f"{years:.0f} years"
    months = int(max(years, 0.0) * 12)
    return f"{months} months" if months > 1 else "1 month" if months else "under a month"


def gazetteer() -> Finding:
    """A name that every gazetteer of the embedded layers must know; one of other layers is refused by itself."""
    from geoops.gazetteer import geocode

    site = geocode(["Baghdad"]).iloc[0]
    if site["status"] != "resolved":
        return FAIL, f"does not find Baghdad ({site['reason']})", "build it again: geoops gazetteer build"
    return OK, "built from these layers; finds Baghdad", ""


def cache() -> Finding:
    """The folder for what was fetched and measured: its place, its size, whether it can be written."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        words = f"{folder} cannot be written ({error.strerror}): an unchanged brief is measured anew, and nothing can be fetched"
        return WARN, words, "set GEOOPS_CACHE to a folder that can be written"
    size = _bytes_in(folder)
    words = f"{folder}, {size / 1e6:.0f} MB, writable"
    if size > _MOST_CACHE_BYTES:
        return WARN, words, "delete the folder: what is in it is made or fetched again when it is needed"
    return OK, words, ""


def _bytes_in(folder: Path) -> int:
    """The bytes of all files below a folder; one that goes meanwhile is not counted."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(where) / name).stat().st_size
    return total


def disk() -> Finding:
    """Free room where bundles, temporary files and the cache go."""
    rooms = {}
    for what, place in (
        ("here", Path.cwd()),
        ("temporary files", Path(tempfile.gettempdir())),
        ("cache", cache_folder()),
    ):
        near = next((parent for parent in (place, *place.parents) if parent.is_dir()), None)
        if near is not None:
            rooms[what] = shutil.disk_usage(near).free
    words = ", ".join(f"{what} {free / 1e9:.1f} GB" for what, free in rooms.items())
    least = min(rooms.values())
    remedy = "make room, or set TMPDIR and GEOOPS_CACHE to a larger disk; a bundle takes 30 to 100 MB while it is made"
    if least < _LEAST_DISK_BYTES:
        return FAIL, f"free: {words}", remedy
    return (WARN, f"free: {words}", remedy) if least < _LOW_DISK_BYTES else (OK, f"free: {words}", "")


def network(*, ask: bool) -> Finding:
    """Whether a public source can be reached; only where it is asked for."""
    if not ask:
        return OK, "not tried: geoops works without one", "try it: geoops doctor --network"
    with tempfile.TemporaryDirectory(prefix="geoops-doctor-") as folder:
        try:
            body = _fetcher(Path(folder)).get(_PROBE, types=("text/",))
        except NetworkError as error:
            remedy = "only `layers fetch`, `--online` and web tiles need it; ask whoever runs the network to let https through"
            return FAIL, f"{_PROBE}: {error}", remedy
    return OK, f"{_PROBE} answers ({len(body):,} bytes)", ""


def _fetcher(folder: Path) -> Fetcher:
    """Two short tries, nothing kept."""
    return Fetcher(cache=folder, deadline_s=15.0, tries=2, max_bytes=2**20, silence_s=8.0)
