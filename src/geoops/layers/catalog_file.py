"""Writing `catalog.toml`: the entries in their order as TOML that reads back as it was meant, or nothing.

Reading and checking it is `catalog.py`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from geoops.core.errors import CatalogError
from geoops.core.reading import read_text
from geoops.core.writing import write_text
from geoops.layers.catalog import CATALOG_FILE

__all__ = ["FIRST", "in_order", "read_tables", "write_catalog"]

FIRST = ("title", "description", "source", "date", "licence", "attribution", "publish", "geometry", "count", "region")
"""What stands first in an entry, in this order: what a person looks for."""


def read_tables(root: Path) -> dict[str, Any]:
    """The tables of the catalogue that is there; none, or a damaged one, counts as empty and is written anew."""
    file = root / CATALOG_FILE
    if not file.is_file() or not file.stat().st_size:
        return {}
    try:
        return tomllib.loads(read_text(file))
    except tomllib.TOMLDecodeError:
        return {}


def in_order(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry with what a person looks for in front."""
    return {k: entry[k] for k in [*(f for f in FIRST if f in entry), *(m for m in entry if m not in FIRST)]}


def write_catalog(
    root: Path,
    entries: Mapping[str, Mapping[str, Any]],
    *,
    order: Iterable[str],
    head: str,
    about: Mapping[str, Any] | None = None,
) -> None:
    """
    Write the catalogue of a folder, whole or not at all; one that already says the same is left alone.

    Parameters
    ----------
    root
        The folder.
    entries
        The entry of each layer by name.
    order
        In which order the layers stand; names without an entry are passed over.
    head
        Comment lines for the top of the file.
    about
        A table `[build]` in front of the layers.

    Raises
    ------
    CatalogError
        An entry that TOML cannot hold.
    """
    ordered = {name: dict(entries[name]) for name in order if name in entries}
    parts = [_toml("build", dict(about))] if about else []
    parts += [_toml(f"layers.{name}", entry) for name, entry in ordered.items()]
    text = head + "\n".join(parts)
    # The writer below is small; this keeps it honest.
    back = tomllib.loads(text)
    if back.get("layers", {}) != ordered or back.get("build", {}) != dict(about or {}):
        msg = "the catalogue would not read back as it was meant; nothing was written"
        raise CatalogError(msg)
    file = root / CATALOG_FILE
    if not file.is_file() or file.read_bytes() != text.encode():
        write_text(file, text)


def _toml(head: str, table: dict[str, Any]) -> str:
    """A table of texts, numbers, lists, one level of tables and lists of tables, as TOML."""
    plain, tables, lists = [f"[{head}]"], [], []
    for key, value in table.items():
        if isinstance(value, dict):
            tables.append(_toml(f"{head}.{key}", value))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lists += [_toml(f"{head}.{key}", item).replace(f"[{head}.{key}]", f"[[{head}.{key}]]", 1) for item in value]
        else:
            plain.append(f"{_key(key)} = {_value(value)}")
    return "\n".join(plain) + "\n" + "".join("\n" + t for t in [*tables, *lists])


def _key(key: str) -> str:
    """A bare key where TOML allows it."""
    return (
        key
        if key.replace("_", "").replace("-", "").isalnum() and key.isascii()
        else json.dumps(key, ensure_ascii=False)
    )


def _value(value: Any) -> str:
    """A value; JSON's texts, numbers and booleans are TOML's."""
    if isinstance(value, list):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)
