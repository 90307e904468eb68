"""The JSON Schema of a brief as a file that travels with the package, so that an editor completes and checks TOML.

It is made from the models of `brief.py` and never typed by hand: `python -m geoops.report.schema` writes it again, and a
test holds the file against the models.
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

from geoops.core.writing import write_text
from geoops.report.brief import brief_schema

__all__ = ["SCHEMA_FILE", "schema_text", "shipped_schema", "write_schema"]

SCHEMA_FILE = "brief.schema.json"
"""What the schema is called, in the package and beside a new brief."""


def schema_text() -> str:
    """The schema made from the models, as JSON."""
    return json.dumps(brief_schema(), indent=2, ensure_ascii=False) + "\n"


def shipped_schema() -> str:
    """The schema's file in the package."""
    return resources.files("geoops.report").joinpath(SCHEMA_FILE).read_text(encoding="utf-8")


def write_schema(folder: Path) -> Path:
    """Put the shipped schema into a folder, where the `#:schema` line of a brief finds it."""
    return write_text(folder / SCHEMA_FILE, shipped_schema())


if __name__ == "__main__":  # pragma: no cover
    write_text(Path(__file__).with_name(SCHEMA_FILE), schema_text())
