"""What geoops stands on: every package that an installation with all extras needs, with version and licence.

Read from the metadata of the packages that are installed; `audit.py` judges it, `dist.py` writes it down beside the wheel.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib import metadata

from packaging.requirements import Requirement

# Of packages whose metadata gives a whole text, or words that several licences share.
WORDS = {
    "BSD": "BSD-3-Clause", "BSD License": "BSD-3-Clause", "New BSD": "BSD-3-Clause", "BSD 3-Clause": "BSD-3-Clause",
    "MIT License": "MIT", "Apache": "Apache-2.0", "Apache 2.0": "Apache-2.0", "Apache Software License": "Apache-2.0",
    "Python Software Foundation License": "PSF-2.0", "ISC License (ISCL)": "ISC", "ISC License": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}  # fmt: skip


@dataclass(frozen=True)
class Package:
    """One installed package, and what it needs."""

    name: str
    version: str
    licence: str
    needs: tuple[str, ...] = field(default=())


def canonical(name: str) -> str:
    """The name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def licence_of(distribution: metadata.Distribution) -> str:
    """The licence as an SPDX expression where the metadata tell it; "" where they do not."""
    about = distribution.metadata
    if about.get("License-Expression"):
        return str(about["License-Expression"])
    kinds = [c.split(" :: ")[-1] for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    told = (about.get("License") or "").strip()
    short = told if told and len(told) < 60 and "\n" not in told else ""
    for words in (short, *kinds):
        if words:
            return WORDS.get(words, words)
    return ""


def closure(root: str, *, extras: bool = True) -> tuple[list[Package], list[str]]:
    """The packages that `root` needs, sorted, itself among them; and the names of those that are not installed."""
    found: dict[str, Package] = {}
    absent: set[str] = set()
    asked: set[tuple[str, str]] = set()
    every = (
        {canonical(e) for e in metadata.distribution(root).metadata.get_all("Provides-Extra") or []}
        if extras
        else set()
    )
    waiting = [(canonical(root), extra) for extra in {"", *every}]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in asked:
            continue
        asked.add((name, extra))
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            absent.add(name)
            continue
        needs = set(found[name].needs) if name in found else set()
        for line in distribution.requires or []:
            need = Requirement(line)
            if need.marker is None or need.marker.evaluate({"extra": extra}):
                needs.add(canonical(need.name))
                waiting += [(canonical(need.name), e) for e in ("", *map(canonical, need.extras))]
        found[name] = Package(name, distribution.version, licence_of(distribution), tuple(sorted(needs)))
    return [found[name] for name in sorted(found)], sorted(absent)
