"""What counts as right on the gold set: one answer to one name, and the mentions of one passage.

For the benches and tests of the gazetteer. It is written without the gazetteer and imports nothing of it, so that the
measure is not the thing measured; distances are those of pyproj's ellipsoid.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyproj import Geod

__all__ = ["Tally", "kind_class", "name_is_right", "pair_mentions", "resolved_within", "same_id", "tally_passage"]

_ELLIPSOID = Geod(ellps="WGS84")

Tally = dict[str, int]


def same_id(found: str | None, wanted: str) -> bool:
    """Whether two ids name one place; a GeoNames number may stand after a prefix (`place/170794`)."""
    if not found:
        return False
    return found == wanted or (wanted.isdigit() and re.split(r"[/:]", found)[-1] == wanted)


def kind_class(kind: str) -> str:
    """Town, first or second division, country, or feature: what must agree when ids differ."""
    if kind.startswith("PPL"):
        return "town"
    if kind.startswith(("ADM1", "ADM2")):
        return kind[:4]
    return "country" if kind.startswith("PCL") else "feature"


def _metres(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Distance on the ellipsoid."""
    return float(_ELLIPSOID.inv(lon_a, lat_a, lon_b, lat_b)[2])


def _inside(extent: Sequence[float], lon: float, lat: float) -> bool:
    """Whether a point lies in west, south, east, north."""
    west, south, east, north = extent
    return west <= lon <= east and south <= lat <= north


def name_is_right(row: Mapping[str, str], found_id: str | None, lon: float, lat: float, kind: str) -> bool:
    """
    Whether a place is the one that a name of the gold set means.

    It is if its id is the answer's (or one of those in `also`); or if it is of the same class (town, governorate,
    district, feature) and its point lies within the tolerance, for an area within the extent. A trap is never right.
    """
    if not row["answer_id"]:
        return False
    others = [entry.split(" ") for entry in row["also"].split(";") if entry]
    if any(same_id(found_id, wanted) for wanted in (row["answer_id"], *(entry[0] for entry in others))):
        return True
    if kind_class(kind) == kind_class(row["kind"]):
        if row["tolerance_m"] == "extent":
            return _inside([float(x) for x in row["extent"].split()], lon, lat)
        return _metres(float(row["lon"]), float(row["lat"]), lon, lat) <= float(row["tolerance_m"])
    return False


def resolved_within(mention: Mapping[str, Any], found_id: str | None, lon: float, lat: float, metres: float) -> bool:
    """Whether a mention's place has the answer's id, lies in its extent or disc, or lies within a distance of its point."""
    readings = [mention, *mention.get("also", [])]
    return any(
        same_id(found_id, reading.get("answer_id") or "")
        or ("extent" in reading and _inside(reading["extent"], lon, lat))
        or _metres(reading["lon"], reading["lat"], lon, lat) <= max(metres, reading["radius_m"])
        for reading in readings
    )


def pair_mentions(
    wanted: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]
) -> list[tuple[int | None, int | None]]:
    """
    Pair the spans of a passage with those that were found: the largest shares first, each used once.

    Two spans pair if they share at least half of the longer one, or one holds the other and no more than one of each is
    concerned ("Aleppo province" and "Aleppo"). What stays alone is paired with None.
    """
    shares = []
    for i, a in enumerate(wanted):
        for j, b in enumerate(found):
            common = min(a["end"], b["end"]) - max(a["start"], b["start"])
            if common <= 0:
                continue
            holds = common == min(a["end"] - a["start"], b["end"] - b["start"])
            share = common / max(a["end"] - a["start"], b["end"] - b["start"])
            if share >= 0.5 or holds:
                shares.append((share, i, j))
    pairs: list[tuple[int | None, int | None]] = []
    left, right = set(range(len(wanted))), set(range(len(found)))
    for _, i, j in sorted(shares, key=lambda entry: (-entry[0], entry[1], entry[2])):
        if i in left and j in right:
            pairs.append((i, j))
            left.remove(i)
            right.remove(j)
    return pairs + [(i, None) for i in sorted(left)] + [(None, j) for j in sorted(right)]


def _holds(whole: Mapping[str, Any], part: Mapping[str, Any]) -> bool:
    """Whether one span lies in another."""
    return bool(whole["start"] <= part["start"] and part["end"] <= whole["end"])


def tally_passage(passage: Mapping[str, Any], found: Iterable[Mapping[str, Any]]) -> Tally:
    """
    Count one passage.

    `hits, missed, false, trapped` for the spans; `resolvable, resolvable_found, within_10_km, within_161_km` for the
    places of those that have one, all of them and those whose span was found; `unknown, unknown_placed` for those without.

    `found` are dicts with `start, end, kind, lon, lat, gazetteer_id` (the last four None where a mention was not found).
    Countries are left out of the count. Optional mentions neither help nor harm: the anchor within "30 km east of Kirkuk",
    a name given again in another script, the whole of "from Aleppo to Raqqa", whose finder need not find both ends too. `trapped` are those of the false ones that lie on a trap. F1 is 2 hits / (2 hits + missed + false).
    """
    mentions, spans = passage["mentions"], list(found)
    tally: Tally = dict.fromkeys(
        (
            "hits", "missed", "false", "trapped", "resolvable", "resolvable_found", "within_10_km", "within_161_km",
            "unknown", "unknown_placed",
        ),
        0,
    )  # fmt: skip
    pairs = pair_mentions(mentions, spans)
    free = [mentions[i] for i, j in pairs if i is not None and j is not None and mentions[i].get("optional")]
    for i, j in pairs:
        mention = None if i is None else mentions[i]
        span = None if j is None else spans[j]
        if mention is None:
            if span is None or kind_class(span.get("kind") or "") == "country":
                continue
            tally["false"] += 1
            tally["trapped"] += any(t["start"] < span["end"] and span["start"] < t["end"] for t in passage["traps"])
            continue
        if not mention["subnational"] or mention.get("optional"):
            continue
        if span is None and any(_holds(whole, mention) for whole in free):
            continue
        tally["hits" if span is not None else "missed"] += 1
        placed = span is not None and span.get("lon") is not None
        if mention.get("unknown"):
            tally["unknown"] += 1
            tally["unknown_placed"] += placed
            continue
        tally["resolvable"] += 1
        tally["resolvable_found"] += span is not None
        if span is not None and placed:
            place = (span.get("gazetteer_id"), span["lon"], span["lat"])
            tally["within_10_km"] += resolved_within(mention, *place, 10_000.0)
            tally["within_161_km"] += resolved_within(mention, *place, 161_000.0)
    return tally
