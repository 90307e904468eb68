"""Tables without a geometry of their own - CSV, tab-separated text, XLSX - read piece by piece.

A table comes as chunks of rows, all cells as text, so that memory is bounded by the chunk and not by the file. Turning
columns into points is the caller's business.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from geoops.core.archives import MAX_UNPACKED_BYTES, member_stream
from geoops.core.errors import MissingExtraError, ReadError
from geoops.core.plain_files import plain_file as _plain_file

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TABLE_FORMATS", "check_once", "read_table", "table_chunks"]

TABLE_FORMATS = {".csv": ",", ".tsv": "\t", ".txt": "\t", ".xlsx": None}
"""Endings of tables, and what parts their cells."""

_ROWS_A_CHUNK = 20_000
_WEB_PAGE = (b"<!doctype", b"<html", b"<?xml", b"<head")


def table_chunks(
    path: str | os.PathLike[str],
    *,
    names: Sequence[str] | None = None,
    quoted: bool = True,
    member: str | None = None,
    sheet: str | None = None,
    needs: Sequence[str] = (),
    rows: int = _ROWS_A_CHUNK,
) -> Iterator[pd.DataFrame]:
    """
    The rows of a table, some thousands at a time.

    Parameters
    ----------
    path
        A `.csv`, `.tsv`, `.txt` (tab-separated) or `.xlsx` file, or a `.zip` with exactly one of the first three.
    names
        The columns' names where the file has no header.
    quoted
        Whether a cell may stand in double quotes. GeoNames' files do not quote.
    member
        Which file of a zip archive, where it holds several.
    sheet
        Which sheet of a workbook; by default, of those whose head holds the needed columns, the one with most.
    needs
        Columns without which the table is useless; lower or upper case does not matter.
    rows
        How many at a time.

    Yields
    ------
    DataFrame
        Text or None in every cell; the index counts the file's data rows from 1.

    Raises
    ------
    ReadError
        No such file, another format than its name says, a damaged or truncated file, a web page, missing columns.
    MissingExtraError
        A workbook, without `openpyxl`.
    """
    file = _plain_file(path)
    suffix = file.suffix.lower()
    if suffix not in {*TABLE_FORMATS, ".zip"}:
        msg = f"{file}: files ending in {suffix or 'nothing'!r} are not read as tables; known: {', '.join(TABLE_FORMATS)}, .zip"
        raise ReadError(msg)
    if file.stat().st_size == 0:
        msg = f"{file}: the file is empty"
        raise ReadError(msg)
    if suffix == ".xlsx":
        yield from _workbook(file, sheet, list(needs), rows)
    elif suffix == ".zip":
        with member_stream(file, suffixes=(".csv", ".tsv", ".txt"), member=member) as stream:
            inside = Path(str(getattr(stream, "name", file))).suffix.lower()
            yield from _text(file, stream, TABLE_FORMATS.get(inside) or "\t", names, quoted, list(needs), rows)
    else:
        with file.open("rb") as stream:
            yield from _text(file, stream, TABLE_FORMATS[suffix] or ",", names, quoted, list(needs), rows)


def read_table(path: str | os.PathLike[str], *, needs: Sequence[str] = ()) -> pd.DataFrame:
    r"""
    All rows of a table that is known to be small, as `table_chunks` gives them, counted from 0.

    Examples
    --------
    >>> from geoops.core.writing import write_text
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     read_table(write_text(f"{folder}/a.csv", "name,lon\nKirkuk,44.39\n"))["lon"].tolist()
    ['44.39']
    """
    import pandas as pd

    return pd.concat(list(table_chunks(path, needs=needs)), ignore_index=True)


def _text(
    file: Path,
    stream: IO[bytes],
    separator: str,
    names: Sequence[str] | None,
    quoted: bool,
    needs: list[str],
    rows: int,
) -> Iterator[pd.DataFrame]:
    """Chunks of a separated text; the first bytes must be text."""
    import csv

    import pandas as pd

    source: Any = stream  # pandas knows no plain bytes stream by type
    head = _peek(file, source)
    _check_text(file, head)
    if separator == "," and names is None:
        line = head.split(b"\n", 1)[0]
        separator = max(",;\t", key=lambda mark: line.count(mark.encode()))  # Excel's CSV follows the locale
    done = 0
    try:
        with contextlib.closing(
            pd.read_csv(
                source, sep=separator, header=None if names else 0, names=list(names) if names else None, dtype=str, encoding="utf-8-sig",
                keep_default_na=False, na_values=[""], quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
                chunksize=rows, engine="c", low_memory=False, index_col=False, on_bad_lines="error",
            )
        ) as reader:  # fmt: skip
            while (chunk := _next(reader)) is not None:
                if done == 0:
                    _check_columns(file, None, list(chunk.columns), needs)
                chunk.index = pd.RangeIndex(done + 1, done + 1 + len(chunk))
                done += len(chunk)
                yield chunk.astype(object).where(chunk.notna(), None)
    except UnicodeDecodeError as error:
        msg = f"{file}: not UTF-8 near row {done + 1} ({error.reason}); save it as UTF-8"
        raise ReadError(msg) from error
    except pd.errors.EmptyDataError as error:
        msg = f"{file}: holds no table"
        raise ReadError(msg) from error
    except pd.errors.ParserWarning as error:
        msg = f"{file}: a row after row {done} has more cells than the head has names; quote cells that hold {separator!r}"
        raise ReadError(msg) from error
    except pd.errors.ParserError as error:
        msg = f"{file}: damaged or truncated after row {done}: {error}; download it again"
        raise ReadError(msg) from error


def _next(reader: Any) -> pd.DataFrame | None:
    """The next rows, or None; cells that would be dropped for want of a name are an error."""
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        chunk: pd.DataFrame | None = next(reader, None)
    return chunk


def _peek(file: Path, stream: Any) -> bytes:
    """The first bytes, which stay there to be read."""
    head: bytes = stream.peek(4096)
    if not head:
        msg = f"{file}: holds no table"
        raise ReadError(msg)
    return head[:4096]


def _check_text(file: Path, head: bytes) -> None:
    """Refuse what is no table: a web page, JSON, anything binary."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    what = (
        "a web page" if start.startswith(_WEB_PAGE)
        else "JSON" if start.startswith(b"{")
        else "a zip archive" if head.startswith(b"PK\x03\x04")
        else "binary data" if b"\x00" in head
        else None
    )  # fmt: skip
    if what:
        msg = (
            f"{file}: the name says a table, its first bytes {head[:16]!r} are {what}; download it again, or rename it"
        )
        raise ReadError(msg)


def _check_columns(file: Path, sheet: str | None, columns: list[Any], needs: list[str]) -> None:
    """Refuse a table without the columns that are needed."""
    have = {str(c).strip().casefold() for c in columns}
    missing = [c for c in needs if c.casefold() not in have]
    if missing:
        where = f"{file}, sheet {sheet!r}" if sheet else str(file)
        msg = f"{where}: lacks the columns {', '.join(missing)}; it has {', '.join(map(str, columns[:40]))}"
        raise ReadError(msg)
    check_once(file, columns, needs)


def check_once(file: Path, columns: Iterable[Any], names: Iterable[str]) -> None:
    """Refuse a head in which one of these columns stands twice, whatever its capitals: nobody could say which one counts."""
    have = [str(c).strip().casefold() for c in columns]
    # pandas numbers the second column of a name.
    twice = [n for n in names if have.count(n.casefold()) > 1 or {n.casefold(), f"{n.casefold()}.1"} <= set(have)]
    if twice:
        msg = f"{file}: its head has {', '.join(twice)} twice, capitals apart; keep one column of each name"
        raise ReadError(msg)


def _workbook(file: Path, sheet: str | None, needs: list[str], rows: int) -> Iterator[pd.DataFrame]:
    """Chunks of a sheet, read as a stream."""
    try:
        openpyxl: Any = importlib.import_module("openpyxl")  # it has no types
    except ImportError as error:
        msg = f"{file}: reading a workbook needs openpyxl; install geoops[xlsx], or save the sheet as CSV"
        raise MissingExtraError(msg) from error
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        msg = f"{file}: the name says a workbook, but it is none or was cut off ({error}); download it again"
        raise ReadError(msg) from error
    if size > MAX_UNPACKED_BYTES // 8:
        msg = f"{file}: unpacks to {size:,} bytes; save the sheet as CSV"
        raise ReadError(msg)
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except Exception as error:  # whatever a damaged workbook brings forth
        msg = f"{file}: cannot be read as a workbook: {error}; download it again"
        raise ReadError(msg) from error
    with contextlib.closing(book):
        yield from _sheet_rows(file, book, sheet, needs, rows)


def _sheet_rows(file: Path, book: Any, sheet: str | None, needs: list[str], rows: int) -> Iterator[pd.DataFrame]:
    """Chunks of the sheet meant."""
    import pandas as pd

    if sheet is not None and sheet not in book.sheetnames:
        msg = f"{file}: no sheet {sheet!r}; there are {', '.join(book.sheetnames)}"
        raise ReadError(msg)
    chosen = [sheet] if sheet is not None else list(book.sheetnames)
    heads = {name: next(book[name].iter_rows(values_only=True), ()) for name in chosen}
    wanted = {c.casefold() for c in needs}
    fits = [
        name for name, head in heads.items() if wanted <= {str(c).strip().casefold() for c in head if c is not None}
    ]
    # Publishers put a page about the data first; the data itself has the most columns.
    name = max(fits or heads, key=lambda n: len([c for c in heads[n] if c is not None]))
    columns = [str(c).strip() if c is not None else f"column {i + 1}" for i, c in enumerate(heads[name])]
    _check_columns(file, name, columns, needs)
    block: list[tuple[Any, ...]] = []
    first = 1

    def table() -> pd.DataFrame:
        """The block as texts."""
        texts = [[None if v is None or v == "" else _cell(v) for v in row] for row in block]
        return pd.DataFrame(texts, columns=columns, index=pd.RangeIndex(first, first + len(block)), dtype=object)

    for row in book[name].iter_rows(min_row=2, max_col=len(columns), values_only=True):
        block.append(row + (None,) * (len(columns) - len(row)))
        if len(block) == rows:
            yield table()
            first += len(block)
            block = []
    if block or first == 1:
        yield table()


def _cell(value: Any) -> str:
    """A cell's value as text; a whole number without the point that the format adds."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
