"""Borders as places of a text: "along the Turkish border", "the Iraqi-Syrian frontier", "near the border with Jordan".

A border is the line that two countries share. Where the text names one country only, the other is the neighbour that the
text speaks of most; without one, the whole outline is meant. Words for nationalities are rows of `words/demonyms.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geoops.core.reading import read_text
from geoops.gazetteer.areas import covering_radius
from geoops.gazetteer.features import WORDS
from geoops.gazetteer.names import normal
from geoops.gazetteer.records import Gazetteer, Record

__all__ = ["Frontier", "frontier", "frontiers"]

_STRIP_M = 10_000.0  # how far from the line "along the border" may be
_SAME_LINE_DEG = 0.05  # outlines of neighbours follow each other this closely
_WORD = re.compile("border|frontier")
_REACH = 100  # characters round the word that are looked at
_LED = r"\b(?:along|on|near|at|towards?|close\s+to|across|beyond|over|from|to|of)\s+"
_NAME = r"[A-Z\u00c0-\u024f][\w'’]+(?:\s+[A-Z\u00c0-\u024f][\w'’]+)?"
_BORDER = r"(?:border|frontier)s?\b(?!\s+(?:crossing|gate|post|point|guard|town|force|police|village|control))"
_OF = re.compile(rf"{_LED}(?P<span>(?:the\s+)?(?P<one>{_NAME})(?:\s*[-‐‑–]\s*(?P<two>{_NAME}))?\s+{_BORDER})")
_WITH = re.compile(
    rf"{_LED}(?P<span>(?:the|its|their)\s+{_BORDER}\s+(?:with|between|of)\s+(?P<one>{_NAME})(?:\s+and\s+(?P<two>{_NAME}))?)"
)


@dataclass(frozen=True, slots=True)
class Frontier:
    """
    A phrase that means a border.

    Parameters
    ----------
    start, end
        Its characters in the text.
    countries
        The country that it names, or both; ISO 3166-1 alpha-2.
    """

    start: int
    end: int
    countries: tuple[str, ...]


@cache
def _demonyms() -> dict[str, str]:
    """The country of each word for its people, and of each country's name, in normal form."""
    table: dict[str, list[str]] = tomllib.loads(read_text(WORDS / "demonyms.toml"))["countries"]
    return {normal(word): code for code, words in table.items() for word in words}


def frontiers(text: str) -> list[Frontier]:
    """
    The phrases of a text that mean a border.

    Examples
    --------
    >>> [(f.start, f.end, f.countries) for f in frontiers("Rain fell along the Iraqi-Syrian border.")]
    [(16, 39, ('IQ', 'SY'))]
    """
    found: dict[tuple[int, int], Frontier] = {}
    for word in _WORD.finditer(text):
        floor = max(0, word.start() - _REACH)
        window = text[floor : word.end() + _REACH]
        for pattern in (_OF, _WITH):
            for match in pattern.finditer(window):
                named = [_demonyms().get(normal(match[name])) for name in ("one", "two") if match[name]]
                codes = [code for code in named if code is not None]
                if codes and len(codes) == len(named):
                    start, end = match.start("span") + floor, match.end("span") + floor
                    found[start, end] = Frontier(start, end, tuple(codes))
    return [found[span] for span in sorted(found)]


def frontier(gazetteer: Gazetteer, named: Sequence[str], countries: Sequence[str]) -> dict[str, Any] | None:
    """
    The border that a phrase means, as columns of a mention; None where the gazetteer has no outline of its country.

    Parameters
    ----------
    gazetteer
        It has the countries.
    named
        The countries that the phrase names, one or two.
    countries
        The countries of the text, the foremost first.
    """
    first = _country(gazetteer, named[0])
    outline = None if first is None else gazetteer.extent(first)
    if first is None or outline is None:
        return None
    others = named[1:] or [code for code in countries if code != named[0]]
    line, name, codes = outline.boundary, f"border of {first.name}", named[0]
    for code in others:
        other = _country(gazetteer, code)
        shared = None if other is None else _shared(outline, gazetteer.extent(other))
        if other is not None and shared is not None:
            line, name, codes = shared, f"border of {first.name} and {other.name}", f"{named[0]};{code}"
            break
    middle = _middle(line)
    radius = covering_radius(middle.x, middle.y, line) + _STRIP_M
    return {
        "status": "resolved", "name": name, "name_local": None, "lon": middle.x, "lat": middle.y, "geometry": middle, "extent": line,
        "kind": "RGN", "country": codes, "uncertainty_m": float(round(radius)), "gazetteer_id": None, "score": 0.85,
        "reason": f"{name}, and {_STRIP_M / 1000:g} km to either side", "source": first.source, "licence": first.licence,
        "alternatives": [],
    }  # fmt: skip


def _country(gazetteer: Gazetteer, code: str) -> Record | None:
    """The record of a country."""
    codes = gazetteer.country.dictionary.to_pylist()
    if "countries" not in gazetteer.layers or code not in codes:
        return None
    held = (gazetteer.layer_code == gazetteer.layers.index("countries")) & (gazetteer.country_code == codes.index(code))
    found = np.flatnonzero(held)
    return gazetteer.record(int(found[0])) if len(found) else None


def _shared(outline: BaseGeometry, other: BaseGeometry | None) -> BaseGeometry | None:
    """The part of an outline that runs along another."""
    if other is None:
        return None
    common = _common_bounds(outline, other)
    if common is None or not shapely.dwithin(
        shapely.clip_by_rect(outline, *common), shapely.clip_by_rect(other, *common), _SAME_LINE_DEG
    ):
        return None
    near = shapely.clip_by_rect(outline.boundary, *shapely.box(*other.bounds).buffer(_SAME_LINE_DEG).bounds)
    line = shapely.intersection(near, shapely.buffer(shapely.simplify(other, 0.01), _SAME_LINE_DEG))
    return line if shapely.length(line) > 2 * _SAME_LINE_DEG else None


def _common_bounds(one: BaseGeometry, other: BaseGeometry) -> tuple[float, float, float, float] | None:
    """Where two shapes can be as close as neighbours are, with room round it; None where their bounds lie farther apart."""
    low = np.maximum(one.bounds[:2], other.bounds[:2]) - 2 * _SAME_LINE_DEG
    high = np.minimum(one.bounds[2:], other.bounds[2:]) + 2 * _SAME_LINE_DEG
    return (*low.tolist(), *high.tolist()) if (low < high).all() else None


def _middle(line: BaseGeometry) -> shapely.Point:
    """The point half-way along the longest part of a line."""
    parts = shapely.get_parts(shapely.line_merge(line) if line.geom_type == "MultiLineString" else line)
    longest = max(parts, key=shapely.length)
    point: shapely.Point = shapely.line_interpolate_point(longest, 0.5, normalized=True)
    return point
