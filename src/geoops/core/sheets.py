"""Tables as an Excel workbook: one sheet a table, units in the headers, no cell that runs.

Written with openpyxl (extra `geoops[report]`), whole or not at all and without the clock, as `writing.py` does.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoops.core.errors import MissingExtraError
from geoops.core.office import office_time, without_clock
from geoops.core.text import one_line
from geoops.core.writing import write_bytes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["header_words", "write_xlsx"]

_UNITS = {"_m": "m", "_km": "km", "_km2": "km²", "_deg": "°", "_h": "h", "_s": "s"}
_WHOLE = {"lon": "longitude (°)", "lat": "latitude (°)", "hours": "time (h)", "hours_low": "time, low (h)",
          "hours_high": "time, high (h)", "road_share": "share on roads (0 to 1)", "slack": "slack (0 to 1)", "score": "score (0 to 1)"}  # fmt: skip
_WIDEST, _LONGEST = 48, 32_767  # characters: of a column as it opens, of a cell in Excel


def header_words(column: str) -> str:
    """
    A column's name for a reader, its unit in brackets.

    Examples
    --------
    >>> header_words("distance_km"), header_words("lon"), header_words("site_name")
    ('distance (km)', 'longitude (°)', 'site name')
    """
    if column in _WHOLE:
        return _WHOLE[column]
    for ending in sorted(_UNITS, key=len, reverse=True):
        if column.endswith(ending):
            return f"{column.removesuffix(ending).replace('_', ' ')} ({_UNITS[ending]})"
    return column.replace("_", " ")


def write_xlsx(
    path: Path, tables: Mapping[str, pd.DataFrame], *, title: str, date: str, notes: tuple[str, ...] = ()
) -> Path:
    """
    Write tables as one workbook.

    Parameters
    ----------
    path
        Where to.
    tables
        Name of a sheet -> table. Texts stay texts, also where they look like formulas.
    title, date
        Of the document; the date, ISO, is the only time that the file carries.
    notes
        Lines of a last sheet, `about`.

    Raises
    ------
    MissingExtraError
        openpyxl is not installed.
    WriteError
        The file cannot be written.
    """
    try:
        from openpyxl import Workbook
    except ImportError as error:
        msg = "workbooks are written with openpyxl; pip install 'geoops[report]' brings it"
        raise MissingExtraError(msg) from error
    book = Workbook()
    book.remove(book.active)
    for name, table in tables.items():
        _fill(book.create_sheet(name[:31]), [header_words(str(c)) for c in table.columns], table)
    about = book.create_sheet("about")
    for row, words in enumerate((title, f"As of {date}", *notes), 1):
        _put(about.cell(row, 1), words)
    about.column_dimensions["A"].width = 100
    book.properties.title, book.properties.creator = one_line(title)[:255], "geoops"
    book.properties.created = book.properties.modified = office_time(date).replace(tzinfo=None)
    stream = io.BytesIO()
    book.save(stream)
    return write_bytes(path, without_clock(stream.getvalue(), date))


def _fill(sheet: Any, header: list[str], table: pd.DataFrame) -> None:
    """One sheet: a header that stays in view, and columns as wide as what they hold."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = "B2"
    for column, name in enumerate(header, 1):
        cell = sheet.cell(1, column)
        _put(cell, name)
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        values = table.iloc[:, column - 1].tolist()
        for row, value in enumerate(values, 2):
            _put(sheet.cell(row, column), value)
        longest = max([len(name) // 2, *(len(str(v)) for v in values[:200])], default=8)
        sheet.column_dimensions[get_column_letter(column)].width = min(max(longest + 2, 9), _WIDEST)
    if len(table) and header:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(header))}{len(table) + 1}"


def _put(cell: Any, value: Any) -> None:
    """A value as a number or as a text that is never run, not even when a person edits the cell."""
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        cell.value = value
        return
    if isinstance(value, float):
        if math.isinf(value):
            cell.value = "no way" if value > 0 else None
        return
    text = (
        "; ".join(map(str, value))
        if isinstance(value, list | tuple)
        else value.wkt
        if hasattr(value, "wkt")
        else str(value)
    )
    cell.value = one_line(text)[:_LONGEST]
    if cell.value:
        cell.data_type = "s"
        cell.quotePrefix = cell.value.startswith(("=", "+", "-", "@"))
