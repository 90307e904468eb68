"""What the record of `geoops layers fetch` says of a file: from whom it came, and what must be said where it is shown.

The record lies in the folder that was fetched into, above the file. A file that was changed since is not the one recorded.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from geoops.core.errors import ReadError
from geoops.core.reading import read_text

__all__ = ["RECORD", "recorded"]

RECORD = "fetched.json"
"""The file that says of everything fetched into a folder whence and when it came, and under which licence."""


def recorded(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The record's entry of a file; empty where there is none, or the file has another size than the one recorded."""
    file = Path(path).absolute()
    for folder in list(file.parents)[:2]:
        if not (folder / RECORD).is_file():
            continue
        try:
            entries = json.loads(read_text(folder / RECORD))["files"]
            entry = entries.get(file.relative_to(folder).as_posix(), {})
        except (ReadError, ValueError, KeyError, TypeError, AttributeError):
            return {}
        same = isinstance(entry, dict) and file.is_file() and entry.get("bytes") == file.stat().st_size
        return dict(entry) if same else {}
    return {}
