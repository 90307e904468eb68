"""The inputs that the fuzzer found its way by, kept in one file: `python -m tests.fuzz --keep` writes it, each run begins with it.

Each of them reached code that no smaller one did. They are no finds: those are mended, and lie in `corpus/` under a name.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

__all__ = ["FOUND", "keep", "lay_out", "of"]

FOUND = Path(__file__).parent / "found.json"
MOST = 300
"""So many inputs a target, the shortest first."""


def of(target: str) -> list[bytes]:
    """What is kept for a target, the shortest first."""
    if not FOUND.is_file():
        return []
    return [base64.b64decode(text) for text in json.loads(FOUND.read_text(encoding="utf-8")).get(target, [])]


def keep(work: Path, targets: list[str]) -> dict[str, int]:
    """Write what lies in the folders of the targets' work; how many inputs each has now."""
    kept = json.loads(FOUND.read_text(encoding="utf-8")) if FOUND.is_file() else {}
    for target in targets:
        files = [path for path in (work / target).glob("*") if path.is_file()]
        inputs = sorted({path.read_bytes() for path in files} | set(of(target)), key=lambda data: (len(data), data))
        kept[target] = [base64.b64encode(data).decode("ascii") for data in inputs[:MOST]]
    FOUND.write_text(json.dumps(kept, indent=0) + "\n", encoding="ascii")
    return {target: len(kept[target]) for target in targets}


def lay_out(target: str, folder: Path) -> None:
    """Put what is kept for a target into the folder that its fuzzing begins with."""
    for data in of(target):
        (folder / hashlib.sha1(data, usedforsecurity=False).hexdigest()).write_bytes(data)
