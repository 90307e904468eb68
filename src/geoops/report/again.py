"""A bundle made again from its manifest: the brief is in it, and so is what each file must be, byte for byte."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geoops.core.errors import InputError
from geoops.report.brief import Brief
from geoops.report.briefing import check_brief
from geoops.report.bundle import Bundle, render
from geoops.report.manifest import MANIFEST, Finding, file_entry, layer_entries, read_manifest, software

__all__ = ["Again", "brief_of", "render_again"]


@dataclass(frozen=True)
class Again:
    """
    A bundle made again.

    Parameters
    ----------
    bundle
        What was made.
    findings
        Files that are not as the manifest says; empty where all are the same, byte for byte.
    reasons
        What differs between then and now: versions of libraries, checksums of layers.
    """

    bundle: Bundle
    findings: tuple[Finding, ...]
    reasons: tuple[str, ...]


def brief_of(manifest: str | os.PathLike[str], *, base: str | os.PathLike[str] = ".") -> Brief:
    """
    The brief that a manifest was made from.

    Parameters
    ----------
    manifest
        A `manifest.json`, or the folder that holds it.
    base
        Where relative paths of the brief start, as the manifest records no folder of a machine.

    Raises
    ------
    ReadError
        No manifest, or a broken one.
    BriefError
        Its brief cannot be used here, e.g. for a layer or a file that is not there.
    """
    folder = _folder(manifest)
    found = read_manifest(folder)
    brief = check_brief(_plain(found["parameters"]), source=str(folder / MANIFEST), folder=base)
    brief._origin = (found.get("inputs") or {}).get("brief")  # noqa: SLF001  the file that the first render read
    return brief


def render_again(
    manifest: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    base: str | os.PathLike[str] = ".",
    progress: Callable[[str, float], None] | None = None,
) -> Again:
    """
    Make a bundle again from its manifest, all of it anew, and compare each file.

    Parameters
    ----------
    manifest
        A `manifest.json`, or the folder that holds it.
    out
        Another folder than that one.
    base
        Where relative paths of the brief start.
    progress
        As `render` takes it.

    Raises
    ------
    InputError
        The folder is the one that the manifest is in.
    """
    folder = _folder(manifest)
    if Path(out).resolve() == folder.resolve():
        msg = f"{os.fspath(out)}: this is the folder of the manifest; give another, so that the two can be compared"
        raise InputError(msg)
    before = read_manifest(folder)
    bundle = render(brief_of(manifest, base=base), out, progress=progress, fresh=True)
    now = read_manifest(bundle.folder)
    findings = []
    for name, entry in before["files"].items():
        path = bundle.folder / name
        if name not in now["files"]:
            findings.append(Finding(name, "missing", "the manifest lists it, it was not made again"))
        elif (made := file_entry(path))["sha256"] != entry["sha256"]:
            words = f"sha256 {entry['sha256'][:12]}… was expected, {made['sha256'][:12]}… was made"
            findings.append(Finding(name, "changed", words))
    findings += [
        Finding(n, "unknown", "made now, not in the manifest") for n in now["files"] if n not in before["files"]
    ]
    return Again(bundle, tuple(findings), tuple(_reasons(before, layer_entries(bundle.known().layers))))


def _folder(manifest: str | os.PathLike[str]) -> Path:
    """The folder that a manifest is in."""
    path = Path(manifest)
    return path.parent if path.name == MANIFEST else path


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Values as a brief's file would have them: what is not set is not there."""

    def kept(value: Any) -> Any:
        if isinstance(value, dict):
            return _plain(value)
        return [kept(v) for v in value] if isinstance(value, list) else value

    return {key: kept(value) for key, value in values.items() if value is not None}


def _reasons(before: dict[str, Any], layers: list[dict[str, Any]]) -> list[str]:
    """Why files may differ: libraries and layers that are not those of the manifest."""
    then, here = before.get("software"), software()
    reasons = []
    if isinstance(then, dict):
        reasons += [
            f"{name} {then[name]} made it, {here.get(name)} is here" for name in then if then[name] != here.get(name)
        ]
    inputs = before.get("inputs")
    old = {entry["name"]: entry for entry in inputs["layers"]} if isinstance(inputs, dict) else {}
    reasons += [
        f"layer {entry['name']} is another than the manifest's" for entry in layers if old.get(entry["name"]) != entry
    ]
    return reasons
