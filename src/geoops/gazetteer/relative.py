"""Places told from other places: "30 km east of Kirkuk", "south of Daquq", "between Homs and Palmyra", "western Ukraine".

Each becomes a point with the radius that surely holds it, by the point-radius method (Wieczorek, Guo & Hijmans 2004,
doi:10.1080/13658810412331280211): the doubt of the anchor, of the distance and of the heading together. A part of a
country or governorate becomes that part of its extent.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely

from geoops.core.geodesy import bearing, destination, distance
from geoops.gazetteer.areas import covering_radius, inner_point

__all__ = ["Relative", "placed", "relatives"]

_WORDS = {
    "north": 0.0, "northeast": 45.0, "east": 90.0, "southeast": 135.0, "south": 180.0, "southwest": 225.0, "west": 270.0,
    "northwest": 315.0,
}  # fmt: skip
_HEADING = r"(?P<heading>(?:north|south)[- ]?(?:east|west)|north|south|east|west)"
_UNIT = r"(?P<unit>km|kms|kilomet(?:er|re)s?|miles?|mi)"
_OFFSET = re.compile(
    rf"(?:\b(?P<number>\d+(?:[.,]\d+)?)\s*{_UNIT}\.?\s+(?:to\s+the\s+)?)?\b{_HEADING}\s+of\s+(?:the\s+)?\Z", re.IGNORECASE
)  # fmt: skip
_BETWEEN = re.compile(r"\b(?:(?:half|mid)way\s+)?between\s+(?:the\s+)?\Z", re.IGNORECASE)
_PART = re.compile(
    r"\b(?P<heading>(?:north|south)[- ]?(?:east|west)ern|northern|southern|eastern|western)\s+\Z", re.IGNORECASE
)  # fmt: skip
_AND = re.compile(r"\s+and\s+(?:the\s+)?\Z")
_LEADS = ("of", "the", "between", "ern")  # what a phrase ends in before its anchor
_LONGEST_LEAD = max(map(len, _LEADS))
_REACH = 60  # characters before an anchor that are looked at

_METRES = {"k": 1000.0, "m": 1609.344}
_NEARBY_M = 15_000.0  # how far "south of Daquq" is taken to lie, give or take as much
_HALF_HEADING_DEG = 22.5  # one of eight headings leaves so much open to either side


@dataclass(frozen=True, slots=True)
class Relative:
    """
    A phrase that tells a place from one anchor or two.

    Parameters
    ----------
    start, end
        Its characters in the text.
    anchor, second
        Positions of the anchors among the mentions; `second` for "between A and B".
    bearing_deg
        The heading, if one is told.
    distance_m, rounding_m
        The distance, if one is told, and half the unit to which it is rounded.
    part
        Whether a part of the anchor is meant, not a place away from it.
    """

    start: int
    end: int
    anchor: int
    second: int | None = None
    bearing_deg: float = 0.0
    distance_m: float | None = None
    rounding_m: float = 0.0
    part: bool = False


def relatives(text: str, mentions: Sequence[tuple[int, int]]) -> list[Relative]:
    """
    The relative phrases that end in a mention.

    Parameters
    ----------
    text
        The whole text.
    mentions
        Start and end of each mention, in order.

    Examples
    --------
    >>> found = relatives("a post 30 km east of Kirkuk", [(21, 27)])
    >>> (found[0].start, found[0].bearing_deg, found[0].distance_m)
    (7, 90.0, 30000.0)
    """
    found = []
    used: set[int] = set()
    for position, (start, end) in enumerate(mentions):
        if position in used:
            continue
        floor = max(mentions[position - 1][1] if position else 0, start - _REACH)
        before = text[floor:start]
        lead = before.rstrip()[-_LONGEST_LEAD:].lower()
        if not lead.endswith(_LEADS):
            continue
        if lead.endswith("ern"):
            part = _PART.search(before)
            if part:
                heading = re.sub("[- ]", "", part["heading"].lower()).removesuffix("ern")
                found.append(Relative(floor + part.start(), end, position, bearing_deg=_WORDS[heading], part=True))
            continue
        between = _BETWEEN.search(before) if "between" in before.lower() else None
        following = mentions[position + 1] if position + 1 < len(mentions) else None
        if between and following is not None and _AND.fullmatch(text[end : following[0]]):
            found.append(Relative(floor + between.start(), following[1], position, second=position + 1))
            used.add(position + 1)
            continue
        offset = _OFFSET.search(before)
        if offset:
            number, heading = offset["number"], re.sub("[- ]", "", offset["heading"].lower())
            metres = rounding = None
            if number is not None:
                unit = _METRES[offset["unit"][0].lower()]
                metres = float(number.replace(",", ".")) * unit
                rounding = 0.5 * _unit_of(number) * unit
            found.append(
                Relative(
                    floor + offset.start(), end, position, bearing_deg=_WORDS[heading], distance_m=metres,
                    rounding_m=rounding or 0.0,
                )
            )  # fmt: skip
    return found


def _unit_of(number: str) -> float:
    """The unit to which a number is rounded: 30 to tens, 35 to fives, 12 to ones, 2.5 to tenths."""
    whole, _, decimals = number.replace(",", ".").partition(".")
    if decimals:
        return float(10.0 ** -len(decimals))
    value = int(whole)
    return next((float(unit) for unit in (100, 50, 10, 5) if value and value % unit == 0), 1.0)


def placed(relative: Relative, anchor: Any, second: Any, phrase: str) -> dict[str, Any] | None:
    """
    Where a relative phrase leads: columns of a mention, or None where its anchors lead nowhere.

    Parameters
    ----------
    relative
        The phrase.
    anchor, second
        The rows of its anchors; `second` is None but for "between".
    phrase
        Its text.
    """
    if anchor["status"] == "not_found" or (second is not None and second["status"] == "not_found"):
        return None
    if relative.part:
        return _part(relative, anchor, phrase)
    lon, lat, doubt = float(anchor["lon"]), float(anchor["lat"]), float(anchor["uncertainty_m"])
    if second is not None:
        span = float(distance(lon, lat, second["lon"], second["lat"]))
        x, y = destination(lon, lat, bearing(lon, lat, second["lon"], second["lat"]), span / 2.0)
        radius = span / 2.0 + max(doubt, float(second["uncertainty_m"]))
        return _columns(
            anchor, phrase, float(x), float(y), radius, "AREA", f"midway, as far as either; {anchor['reason']}"
        )
    metres = relative.distance_m if relative.distance_m is not None else _NEARBY_M
    x, y = destination(lon, lat, relative.bearing_deg, metres)
    across = 2.0 * metres * math.sin(math.radians(_HALF_HEADING_DEG) / 2.0)
    along = relative.rounding_m if relative.distance_m is not None else _NEARBY_M
    radius = math.hypot(across, along) + doubt
    told = f"{metres / 1000.0:g} km" if relative.distance_m is not None else f"some {metres / 1000.0:g} km"
    reason = f"{told} at {relative.bearing_deg:g}° from {anchor['name']}; {anchor['reason']}"
    return _columns(anchor, phrase, float(x), float(y), radius, "AREA", reason)


def _columns(
    anchor: Any, phrase: str, lon: float, lat: float, radius_m: float, kind: str, reason: str, extent: Any = None
) -> dict[str, Any]:
    """The columns that a relative place has of its own."""
    return {
        "name": phrase, "name_local": None, "lon": lon, "lat": lat, "geometry": shapely.Point(lon, lat), "extent": extent,
        "kind": kind, "uncertainty_m": float(round(radius_m)), "gazetteer_id": None, "reason": reason,
        "score": round(0.9 * float(anchor["score"]), 4),
    }  # fmt: skip


def _part(relative: Relative, anchor: Any, phrase: str) -> dict[str, Any] | None:
    """The half, or for a diagonal heading the quarter, of an area's bounds that a heading names."""
    extent = anchor["extent"]
    if extent is None or shapely.get_dimensions(extent) != 2 or not str(anchor["kind"]).startswith(("PCL", "ADM")):
        return None
    west, south, east, north = extent.bounds
    middle_x, middle_y = (west + east) / 2.0, (south + north) / 2.0
    dx, dy = math.sin(math.radians(relative.bearing_deg)), math.cos(math.radians(relative.bearing_deg))
    box = shapely.box(
        middle_x if dx > 0.1 else west, middle_y if dy > 0.1 else south,
        middle_x if dx < -0.1 else east, middle_y if dy < -0.1 else north,
    )  # fmt: skip
    piece = shapely.intersection(extent, box)
    if shapely.get_dimensions(piece) != 2 or piece.is_empty:
        return None
    lon, lat = inner_point(piece)
    radius = covering_radius(lon, lat, piece)
    return _columns(anchor, phrase, lon, lat, radius, "RGN", f"that part of {anchor['name']}'s bounds", piece)
