"""The experiment with random inputs: names, texts and briefs made of pieces that parsers stumble over, in large numbers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import geoops as go
from geoops.core.errors import GeoopsError
from geoops.core.text import csv_cell, file_stem, html_text, one_line
from geoops.gazetteer.names import romanised, skeleton
from geoops.report.briefing import parse_brief

from .hostile_names import names
from .tally import Tally

__all__ = ["run"]

_PIECES = [
    "Deir", "al-", "ez-Zor", "دير", "ال", "Hasakah", "30 km", "north of", "36.39, 41.15", "N 36° 23'", "and", "between", ",", "(", ")", "-", "’", "\u0640", "\u064b",
    "\u200f", "\u202e", "\0", "\ud800", "🏔", "1e999", "NaN", "Kirkuk", "كركوك", "Qamişlo", "province", "river", "\n\n", "\t", "  ", "'" * 3, '"""', "[[", "]]", "=", "{", "}", "#", "\\u", "\\",
    "a" * 60, "ß", "İ", "ﷺ", "e\u0301", "٤١", "۴۱",
]  # fmt: skip
_KEYS = ["title", "date", "sites", "figures", "name", "kind", "[proximity]", "[[sites]]", "themes", "rings_km", "[corridors]", "pairs", "theme", "region", "languages"]  # fmt: skip
_VALUES = ['"x"', "1", "-1", "nan", "inf", "[]", "{}", "2025-06-30", "2025-13-99", "true", '"sites"', "[1, 2]", "[[1]]", '{ name = "a" }', "1e400", "0x1F", '"\\uD800"', "'''", '["en", "ar"]']  # fmt: skip


def _phrases(draw: random.Random, pool: list[str]) -> Iterator[str]:
    while True:
        yield draw.choice([" ", "", " "]).join(draw.choice(pool) for _ in range(draw.randrange(1, 7)))


def _brief(draw: random.Random) -> str:
    lines = (f"{draw.choice(_KEYS)} = {draw.choice(_VALUES)}" if draw.random() < 0.8 else draw.choice(_KEYS + _PIECES) for _ in range(draw.randrange(1, 9)))  # fmt: skip
    return "\n".join(lines)


def _tried(tally: Tally, what: str, given: Any, call: Any) -> Any:
    """The result of a call, or None where it refused; anything else is a crash."""
    tally.inputs += 1
    try:
        result = call()
    except GeoopsError:
        tally.outcomes["refused"] += 1
        return None
    except Exception as error:  # noqa: BLE001  (that is what is counted)
        tally.met("crashes", f"{what}: {str(given)[:80]!r}: {type(error).__name__}: {str(error)[:160]}")
        return None
    tally.outcomes["done"] += 1
    return result


def run(*, count: int = 100_000, seed: int = 3) -> Tally:
    """
    Names normalised and found, texts read, briefs parsed, texts made safe.

    Parameters
    ----------
    count
        How many inputs; nine of ten are names made safe and briefs, the others names to find and texts to read, which take longer.
    seed
        The same inputs for the same seed.
    """
    tally = Tally("random names, texts and briefs", seed=seed)
    draw = random.Random(seed)
    pool = _PIECES + list(names(count=600))
    phrases = _phrases(draw, pool)
    rounds = 0
    while tally.inputs < count:
        for _ in range(7):
            _safe(tally, next(phrases))
        for _ in range(2):
            text = _brief(draw)
            _tried(tally, "a brief", text, lambda text=text: parse_brief(text))
        rounds += 1
        if rounds % 4:
            continue
        many = [next(phrases) for _ in range(10)]
        table = _tried(tally, "names", many, lambda many=many: go.geocode(many))
        if table is not None and len(table) != len(many):
            tally.met("silent wrong answers", f"{len(table)} rows for {len(many)} names")
        tally.inputs += len(many) - 1
        text = ". ".join(next(phrases) for _ in range(12))
        found = _tried(tally, "a text", text, lambda text=text: go.find_places(text))
        if found is not None:
            wrong = [row for row in found.itertuples() if text[row.start : row.end] != row.text]
            if wrong:
                tally.met("silent wrong answers", f"a span that is not its words: {wrong[0].text!r}")
    return tally


def _safe(tally: Tally, name: str) -> None:
    """A name in each of the clothes that outputs need."""
    key = _tried(tally, "a key", name, lambda: (romanised(name), skeleton(name)))
    if key is not None and _tried(tally, "a key again", name, lambda: (romanised(name), skeleton(name))) != key:
        tally.met("silent wrong answers", f"two keys for {name[:60]!r}")
    html = _tried(tally, "html", name, lambda: html_text(name))
    if html is not None and any(c in html for c in "<>{}\n\0"):
        tally.met("silent wrong answers", f"markup left of {name[:60]!r}")
    cell = _tried(tally, "a cell", name, lambda: csv_cell(name))
    if isinstance(cell, str) and cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r")):
        tally.met("silent wrong answers", f"a formula left of {name[:60]!r}")
    stem = _tried(tally, "a stem", name, lambda: file_stem(name))
    if stem is not None and not (0 < len(stem) <= 90 and all(c.isascii() and (c.isalnum() or c == "-") for c in stem)):
        tally.met("silent wrong answers", f"a file name {stem!r}")
    line = _tried(tally, "a line", name, lambda: one_line(name))
    if line is not None and line != one_line(line):
        tally.met("silent wrong answers", f"a line that changes: {name[:60]!r}")
