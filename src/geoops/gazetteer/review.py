"""A table of a text's places for a person to judge: every mention with its reading, the others, and its sentence.

The person fills in the columns of `EDITED` and leaves the others. Written again for a changed text, the table keeps what was
decided where the mention still stands. Reading the decisions is `reviewed.py`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geoops.core.errors import ReadError
from geoops.core.tables import check_once, table_chunks
from geoops.core.text import one_line
from geoops.core.writing import write_bytes, write_csv
from geoops.gazetteer.sites import Alternative

__all__ = ["COLUMNS", "DECISIONS", "EDITED", "Review", "is_review", "review_rows", "sentence_of", "write_review"]

DECISIONS = ("accept", "change", "pin", "drop")
"""What a person may decide; a blank cell leaves the reading as it is."""

EDITED = ("decision", "use", "use_lon", "use_lat", "use_uncertainty_km", "note")
"""
The columns for the person.

`decision` is one of `DECISIONS`. `change` takes in `use` the number of an alternative, a gazetteer id or a name. `pin` takes
`use_lon`, `use_lat` (degrees) and, if known, `use_uncertainty_km`. Where `use` or `use_lon` is filled and `decision` is blank,
it is taken as `change` or `pin`.
"""

COLUMNS = (
    "mention", *EDITED, "text", "sentence", "status", "name", "kind", "country", "admin1", "lon", "lat", "uncertainty_km",
    "alternatives", "reason", "score", "gazetteer_id", "start", "end", "extent_wkt",
)  # fmt: skip

_LONGEST_SENTENCE = 400
_MARKS = (". ", ".\n", "\n\n", "? ", "! ")
_FARTHEST_MARK = 4_000  # characters from a mention: beyond, no sentence is one
_LONGEST_CELL = 32_000  # what Excel takes is 32,767 characters


@dataclass(frozen=True)
class Review:
    """
    What became of a table for review.

    Parameters
    ----------
    path
        Where it is.
    rows
        How many mentions it has.
    kept
        How many earlier decisions still stand in it.
    lost
        A sentence on each that does not: its mention is gone or stands in another sentence now.
    before
        A copy of the earlier table, where a decision was lost.
    """

    path: Path
    rows: int
    kept: int
    lost: tuple[str, ...]
    before: Path | None


def sentence_of(text: str, start: int, end: int, limit: int = 240) -> str:
    """
    The sentence round a mention, on one line.

    Examples
    --------
    >>> sentence_of("It rained. Roads near Kirkuk were shut. Nobody came.", 22, 28)
    'Roads near Kirkuk were shut.'
    """
    first, last = (
        max(start - _FARTHEST_MARK, 0),
        end + _FARTHEST_MARK,
    )  # a mark that never comes is not sought to the end
    before = max(text.rfind(mark, first, start) for mark in _MARKS)
    after = [at for mark in _MARKS if (at := text.find(mark, end, last)) >= 0]
    words = one_line(text[max(before + 1, first) : (min(after) + 1) if after else last])
    return words if len(words) <= limit else words[: limit - 1].rsplit(" ", 1)[0] + "…"


def listed(alternatives: Sequence[Mapping[str, Any]]) -> str:
    """Alternatives numbered from 1, each with its id, so that a person can name one."""
    return " | ".join(
        f"{number}: {one_line(str(Alternative(a)))} [{a.get('gazetteer_id')}]"
        for number, a in enumerate(alternatives, 1)
    )


def review_table(text: str, found: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    The table of a text's mentions, with blank columns for the person.

    Parameters
    ----------
    text
        The text.
    found
        From `find_places`.
    """
    rows = []
    for number, row in enumerate(found.to_dict(orient="records"), 1):
        placed = row["status"] != "not_found"
        shape = None if isinstance(row["gazetteer_id"], str) else row["extent"]
        rows.append(
            dict.fromkeys(COLUMNS)
            | {key: row[key] for key in ("text", "status", "start", "end", "reason", "score")}
            | {
                key: row[key] if isinstance(row[key], str) else None
                for key in ("kind", "country", "admin1", "gazetteer_id")
            }
            | {
                "mention": number,
                "name": row["name"] if placed else None,
                "lon": row["lon"] if placed else None,
                "lat": row["lat"] if placed else None,
                "uncertainty_km": row["uncertainty_m"] / 1000.0 if placed else None,
                "sentence": sentence_of(text, int(row["start"]), int(row["end"]), _LONGEST_SENTENCE),
                "alternatives": listed(row["alternatives"] or ()),
                "extent_wkt": None if shape is None or shape.is_empty else _short_wkt(shape),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _short_wkt(shape: BaseGeometry) -> str:
    """A shape as well-known text that fits a spreadsheet's cell; a long outline is drawn more coarsely."""
    text, step = shapely.to_wkt(shape, rounding_precision=5), 0.002
    while len(text) > _LONGEST_CELL:
        text = shapely.to_wkt(shapely.make_valid(shapely.simplify(shape, step)), rounding_precision=4)
        step *= 2.0
    return text


def is_review(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a table for review, by its head."""
    file = Path(path)
    if file.suffix.lower() != ".csv" or not file.is_file():
        return False
    with file.open("rb") as stream:
        head = stream.read(4096).decode("utf-8-sig", "replace").split("\n", 1)[0]
    return all(name in head for name in ("mention", *EDITED[:4], "gazetteer_id"))


def review_rows(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """
    The rows of a table for review as texts, None where a cell is blank, each with its `line` in the file.

    Raises
    ------
    ReadError
        No such file, or not such a table.
    """
    rows: list[dict[str, Any]] = []
    for chunk in table_chunks(path, needs=COLUMNS):
        chunk.columns = [str(c).strip().lower() for c in chunk.columns]
        check_once(Path(path), chunk.columns, COLUMNS)
        for number, cells in zip(chunk.index, chunk[list(COLUMNS)].to_dict(orient="records"), strict=True):
            row: dict[str, Any] = {str(k): _plain(v) for k, v in cells.items()}
            if any(row.values()):
                rows.append(row | {"line": int(number) + 1})
    return rows


def _plain(cell: Any) -> str | None:
    """A cell without blanks round it and without the apostrophe that keeps a spreadsheet from running it."""
    if not isinstance(cell, str) or not cell.strip():
        return None
    text = cell.strip()
    return text[1:] if text[0] == "'" and text[1:2] in ("=", "+", "-", "@") else text


def write_review(path: str | os.PathLike[str], text: str, found: gpd.GeoDataFrame) -> Review:
    """
    Write the table of a text's mentions; decisions in one that is there are kept where the mention still stands.

    A mention stands where the same words stand in the same sentence, counted from its beginning. A kept `change` by number names
    the id from now on, as the numbers may differ; an accepted reading that is no longer the first is kept by its id.

    Parameters
    ----------
    path
        A `.csv`; an earlier one is replaced.
    text
        The text.
    found
        From `find_places`.

    Raises
    ------
    ReadError
        Something else is at the path: it is not replaced.
    WriteError
        The file cannot be written.
    """
    file = Path(path)
    table = review_table(text, found)
    decided: dict[tuple[str, str, int], dict[str, Any]] = {}
    if file.exists():
        if not is_review(file):
            msg = f"{file}: is there already and is no table for review; give another name, or move it away"
            raise ReadError(msg)
        rows = review_rows(file)
        decided = {key: row for key, row in zip(_keys(rows), rows, strict=True) if any(row[c] for c in EDITED)}
    kept = 0
    records = table.to_dict(orient="records")
    for key, row in zip(_keys(records), records, strict=True):
        earlier = decided.pop(key, None)
        if earlier is not None:
            row.update(_carried(earlier, row))
            kept += 1
    lost = tuple(
        f"line {row['line']}: {row['decision'] or 'change'} of {row['text']!r} in {str(row['sentence'])[:60]!r}"
        for row in decided.values()
    )
    before = None
    if lost:
        before = write_bytes(file.with_name(f"{file.stem}.before{file.suffix}"), file.read_bytes())
    write_csv(file, pd.DataFrame(records, columns=list(COLUMNS)))
    return Review(file, len(records), kept, lost, before)


def _keys(rows: Sequence[Mapping[Any, Any]]) -> list[tuple[str, str, int]]:
    """What a mention is known by: its words, its sentence, and which of the same it is there."""
    seen: dict[tuple[str, str], int] = {}
    keys = []
    for row in rows:
        pair = (one_line(str(row["text"])), one_line(str(row["sentence"])))
        seen[pair] = seen.get(pair, 0) + 1
        keys.append((*pair, seen[pair]))
    return keys


def _carried(earlier: Mapping[str, Any], row: Mapping[Any, Any]) -> dict[str, Any]:
    """The person's cells of an earlier row, for a row whose reading may differ now."""
    cells = {name: earlier[name] for name in EDITED}
    use = str(earlier["use"] or "")
    if use.isdigit():
        cells["use"] = dict(numbered(earlier["alternatives"])).get(int(use), use)
    elif earlier["decision"] == "accept" and earlier["gazetteer_id"] and earlier["gazetteer_id"] != row["gazetteer_id"]:
        cells |= {"decision": "change", "use": earlier["gazetteer_id"]}
    return cells


def numbered(alternatives: str | None) -> list[tuple[int, str]]:
    """The numbers and ids of a cell of alternatives."""
    found = []
    for part in (alternatives or "").split(" | "):
        number, _, rest = part.partition(":")
        if number.strip().isdigit() and rest.endswith("]") and "[" in rest:
            found.append((int(number), rest[rest.rindex("[") + 1 : -1]))
    return found
