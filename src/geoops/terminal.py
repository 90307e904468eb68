"""How the command line speaks: tables, progress, one line for an error, exit codes.

A table is drawn on a terminal and tab-separated in a pipe; progress and errors go to stderr, so that stdout holds
nothing but results. What a command does is `cli.py`.
"""

from __future__ import annotations

import contextlib
import csv
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from geoops.core.errors import GeoopsError, InputError, NetworkError, PublicationError, ReadError, WriteError
from geoops.core.text import csv_cell, one_line

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "EXIT_BUG",
    "EXIT_FINE",
    "EXIT_INTERRUPTED",
    "EXIT_MEMORY",
    "EXIT_NETWORK",
    "EXIT_NOT_FOUND",
    "EXIT_USAGE",
    "EXIT_WRITE",
    "exit_code",
    "progress",
    "records",
    "say",
    "show",
]

EXIT_FINE = 0
EXIT_NOT_FOUND = 1
EXIT_USAGE = 2
EXIT_WRITE = 3
EXIT_NETWORK = 4
EXIT_MEMORY = 5
EXIT_BUG = 70
EXIT_INTERRUPTED = 130

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}
Progress = Callable[[str, float], None]
"""Called with what is being done and which share of the whole is done, 0 to 1."""


def exit_code(error: GeoopsError) -> int:
    """The exit code of an error."""
    from geoops.core.errors import BriefError

    if isinstance(error, WriteError):
        return EXIT_WRITE
    if isinstance(error, MemoryError):
        return EXIT_MEMORY
    if isinstance(error, NetworkError):
        return EXIT_NETWORK
    if isinstance(error, InputError | ReadError | BriefError | PublicationError):
        return EXIT_USAGE
    return EXIT_NOT_FOUND


def say(message: str) -> None:
    """A line for the person at the terminal, on stderr."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def _plain(value: Any) -> Any:
    """A cell as JSON has it: numbers, texts, lists; missing is null."""
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if hasattr(value, "item"):
        return _plain(value.item())
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return None if type(value).__name__ in {"NAType", "NaTType"} else str(value)


def _cell(value: Any) -> str:
    """A cell as a person reads it."""
    value = _plain(value)
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, list):
        return ", ".join(_cell(item) for item in value)
    return one_line(str(value))


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as dicts, for `show`."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict(orient="records")]


def show(rows: Sequence[dict[str, Any]], *, columns: Sequence[str], form: str = "table", title: str = "") -> None:
    """
    Records on stdout.

    Parameters
    ----------
    rows
        One dict a row.
    columns
        Which keys, in which order; JSON holds all keys.
    form
        "table" (drawn on a terminal, tab-separated elsewhere), "json" or "csv".
    title
        Over a drawn table.
    """
    if form == "json":
        text = json.dumps([{k: _plain(v) for k, v in row.items()} for row in rows], ensure_ascii=False, indent=2)
        sys.stdout.write(text + "\n")
        return
    if form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([csv_cell(_cell(row.get(c))) for c in columns] for row in rows)
        return
    if not sys.stdout.isatty():
        lines = ["\t".join(columns), *("\t".join(_cell(row.get(c)) for c in columns) for row in rows)]
        sys.stdout.write("\n".join(lines) + "\n")
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left")
    numbers = {c for c in columns if any(isinstance(_plain(row.get(c)), int | float) for row in rows)}
    for column in columns:
        table.add_column(column.replace("_", " "), justify="right" if column in numbers else "left", overflow="fold")
    for row in rows:
        styles = (_STYLES.get(str(row.get(c)), "") if c == "result" else "" for c in columns)
        cells = (_cell(row.get(c)) for c in columns)
        table.add_row(
            *(Text(cell, style) for cell, style in zip(cells, styles, strict=True))
        )  # Text: no markup in names
    Console().print(table)


@contextlib.contextmanager
def progress(title: str, *, quiet: bool = False, lines: bool = True) -> Iterator[Progress | None]:
    """
    A progress bar with the time left on a terminal's stderr; lines elsewhere; nothing where quiet is asked for.

    Parameters
    ----------
    title
        What the whole is.
    quiet
        Show nothing.
    lines
        Whether the steps are told where there is no terminal: for what takes long, such as a whole bundle.

    Yields
    ------
    callable or None
        To be called with a step's words and the share done.
    """
    if quiet or not (lines or sys.stderr.isatty()):
        yield None
        return
    if not sys.stderr.isatty():
        last = ""

        def line(step: str, share: float) -> None:
            nonlocal last
            if step != last:
                say(f"[{share:4.0%}] {one_line(step)}")
                last = step

        yield line
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.fields[head]}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn(),
        TimeRemainingColumn(), TextColumn("{task.description}", markup=False), console=Console(stderr=True),
        transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task("", total=1.0, head=title)

        def step(words: str, share: float) -> None:
            bar.update(task, description=one_line(words), completed=share)

        yield step
