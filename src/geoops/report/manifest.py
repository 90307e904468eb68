"""What made a bundle and whether its files are still those: inputs with checksums, versions, parameters, files.

The clock has no place here: two renders of one brief in one environment write the same manifest.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

from geoops.core.errors import ReadError
from geoops.core.reading import read_text

__all__ = ["MANIFEST", "Finding", "file_entry", "software", "verify"]

MANIFEST = "manifest.json"
"""Name of the manifest in a bundle's folder."""

DONE = ".done-"
"""How a folder of finished files is called until all of them are in their place."""

FORMAT = "geoops-manifest-1"

# What draws, measures or encodes; another version of one of these may change a byte.
_LIBRARIES = (
    "geopandas", "matplotlib", "numba", "numpy", "openpyxl", "pandas", "pillow", "pyarrow", "pyogrio", "pyproj", "python-docx",
    "python-pptx", "rasterio", "scipy", "shapely", "typst", "xarray",
)  # fmt: skip

_BESIDE = frozenset({"mutation.json", "release-check.json", "reliability.json"})
"""Files of the project's own gallery that no brief makes: what the laboratory and the release check found."""


@dataclass(frozen=True)
class Finding:
    """
    One file that is not as the manifest says.

    Parameters
    ----------
    file
        Path in the folder.
    problem
        "missing", "changed", "unknown" (in the folder, not in the manifest) or "unfinished" (a render was killed).
    detail
        What was expected and what is there.
    """

    file: str
    problem: str
    detail: str


def file_entry(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Checksum and size of a file."""
    digest = hashlib.sha256()
    size = 0
    with Path(path).open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
            size += len(block)
    return {"sha256": digest.hexdigest(), "bytes": size}


def software() -> dict[str, str]:
    """Versions of geoops, Python and the libraries that draw, measure or encode."""
    versions = {"python": platform.python_version()}
    for name in ("geoops", *_LIBRARIES):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def layer_entries(layers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a reader must know of each layer that was used, from its catalogue entry."""
    kept = ("title", "source", "licence", "attribution", "date", "uncertainty_m", "worldview")
    entries = []
    for name in sorted(layers):
        entry = getattr(layers[name], "attrs", {}).get("layer", {}) or {}
        found: dict[str, Any] = {"name": name, **{k: str(entry[k]) for k in kept if entry.get(k) not in (None, "")}}
        parts = entry.get("files")
        if isinstance(parts, list):  # only names inside the catalogue, so that no path of a machine is recorded
            found["files"] = [{k: str(part[k]) for k in ("path", "sha256") if k in part} for part in parts]
        entries.append(found)
    return entries


def make_manifest(
    folder: Path,
    files: Iterable[str],
    *,
    brief: Mapping[str, Any],
    brief_source: Mapping[str, Any] | None = None,
    layers: Mapping[str, Any],
    warnings: Iterable[str] = (),
    not_found: Iterable[str] = (),
    products: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """
    The manifest of files in a folder, in an order that does not depend on how they came about.

    Parameters
    ----------
    folder
        Where the files are.
    files
        Their paths in it, with forward slashes.
    brief
        The brief's values, defaults filled in.
    brief_source
        Name and checksum of the brief's file, where it was one.
    layers
        Name -> layer as loaded; its `attrs["layer"]` is recorded.
    warnings
        What the reader of the bundle must know, e.g. sites that were not found.
    not_found
        Sites that were not found.
    products
        Name of a figure, the tables, the page ... -> checksum of its inputs and its files.
    """
    return {
        "format": FORMAT,
        "title": brief.get("title", ""),
        "date": brief.get("date", ""),
        "version": brief.get("version", ""),
        "inputs": {"brief": dict(brief_source) if brief_source else None, "layers": layer_entries(layers)},
        "software": software(),
        "parameters": dict(brief),
        "warnings": list(warnings),
        "not_found": list(not_found),
        "products": {name: dict(entry) for name, entry in sorted((products or {}).items())},
        "files": {name: file_entry(folder / name) for name in sorted(files)},
    }


def read_manifest(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """
    The manifest of a bundle.

    Raises
    ------
    ReadError
        There is none, or it is not one.
    """
    path = Path(folder) / MANIFEST
    if not path.is_file():
        msg = f"{os.fspath(folder)!r} holds no {MANIFEST}; give the folder that geoops render wrote"
        raise ReadError(msg)
    try:
        value: dict[str, Any] = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        msg = f"{path}: not JSON: {error}"
        raise ReadError(msg) from error
    files = value.get("files") if isinstance(value, dict) else None
    if (
        not isinstance(files, dict)
        or value.get("format") != FORMAT
        or not all(isinstance(entry, dict) and "sha256" in entry for entry in files.values())
    ):
        msg = f"{path}: not a manifest of this version ({FORMAT} was expected)"
        raise ReadError(msg)
    return value


def verify(folder: str | os.PathLike[str], *, progress: Callable[[str, float], None] | None = None) -> list[Finding]:
    """
    Compare a bundle's files with its manifest.

    Parameters
    ----------
    folder
        What `render` wrote.
    progress
        Called with the file that is compared and the share done, 0 to 1.

    Returns
    -------
    list of Finding
        Empty where every file is there, byte for byte, and no other is; a folder inside with a manifest of its own is
        another's.

    Raises
    ------
    ReadError
        No manifest, a broken one, or one that names files outside the folder.
    """
    root = Path(folder)
    files = read_manifest(root)["files"]
    findings = []
    for number, (name, entry) in enumerate(files.items()):
        if progress is not None:
            progress(name, number / len(files))
        inside = PurePosixPath(name)
        if inside.is_absolute() or ".." in inside.parts or "\\" in name:
            msg = f"{root / MANIFEST}: names a file outside the folder: {name!r}"
            raise ReadError(msg)
        path = root / name
        if not path.is_file():
            findings.append(Finding(name, "missing", "the manifest lists it, the folder lacks it"))
            continue
        found = file_entry(path)
        if found["sha256"] != entry["sha256"]:
            detail = f"sha256 {entry['sha256'][:12]}… ({entry.get('bytes', '?')} bytes) was expected, "
            findings.append(
                Finding(name, "changed", f"{detail}{found['sha256'][:12]}… ({found['bytes']} bytes) is there")
            )
    findings += [
        Finding(
            path.name, "unfinished", "a render was killed while its files took their place; render again to finish it"
        )
        for path in sorted(root.glob(f"{DONE}*"))
    ]
    others = [path.parent for path in root.rglob(MANIFEST) if path.parent != root]
    mine = (p for p in sorted(root.rglob("*")) if p.is_file() and not any(p.is_relative_to(other) for other in others))
    present = (p.relative_to(root).as_posix() for p in mine)
    findings += [
        Finding(name, "unknown", "the folder has it, the manifest does not")
        for name in present
        if name not in files and name != MANIFEST and name not in _BESIDE
    ]
    return findings
