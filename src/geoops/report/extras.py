"""Which libraries of the extra `geoops[report]` a brief needs, and whether they are here; said before any work starts.

Nothing is imported: a library is looked for, and loaded by the writer that uses it.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from geoops.core.errors import MissingExtraError
from geoops.report.brief import Output

__all__ = ["check_extras", "left_out", "writable_reports", "writable_tables"]

_REPORTS = {"md": "", "html": "", "docx": "docx", "pptx": "pptx", "pdf": "typst"}
_TABLES = {"csv": "", "xlsx": "openpyxl", "gpkg": "", "geojson": "", "kml": ""}
_INSTALLED_AS = {"docx": "python-docx", "pptx": "python-pptx"}


def _missing(module: str) -> bool:
    """Whether a library is needed and not there."""
    return bool(module) and find_spec(module) is None


def writable_reports() -> tuple[str, ...]:
    """The formats of a report that this installation can write."""
    return tuple(name for name, module in _REPORTS.items() if not _missing(module))


def writable_tables() -> tuple[str, ...]:
    """The formats of tables that this installation can write."""
    return tuple(name for name, module in _TABLES.items() if not _missing(module))


def left_out() -> tuple[str, ...]:
    """The formats of reports and tables that this installation cannot write."""
    return tuple(name for name, module in {**_REPORTS, **_TABLES}.items() if _missing(module))


def check_extras(output: Output) -> None:
    """
    Refuse formats whose library is not installed.

    Raises
    ------
    MissingExtraError
        Names the formats, the libraries and the extra that brings them.
    """
    asked: Iterable[tuple[str, str]] = [(f, _REPORTS[f]) for f in output.report]
    if output.tables:
        asked = [*asked, *((f, _TABLES[f]) for f in output.table_formats)]
    lost = {name: _INSTALLED_AS.get(module, module) for name, module in asked if _missing(module)}
    if lost:
        words = ", ".join(f"{name} (by {library})" for name, library in lost.items())
        msg = (
            f"the brief asks for {words}, which is not installed; pip install 'geoops[report]' brings it,"
            " or leave these formats out of [output]"
        )
        raise MissingExtraError(msg)
