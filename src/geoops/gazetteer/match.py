"""A name becomes ranked candidates, each with a score and the reason it matched.

A score has two parts, multiplied: how well the spelling fits (1 for the very name, less for each step away from it),
and how likely this place is the one meant among those that fit as well (a tenth less for each factor of ten in how well
known it is, in the light of the context). Reading several names together is `resolve.py`'s business.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from geoops.gazetteer.features import Group, group_of_kind, groups, kind_matches, split_feature
from geoops.gazetteer.fits import LOOSE, STRICT, Fit, Query, best_fit
from geoops.gazetteer.names import halves, normal, other_habits, other_skeletons
from geoops.gazetteer.records import Gazetteer, Record
from geoops.gazetteer.store import MIN_SKELETON
from geoops.gazetteer.weights import arabic_countries, detail_factor

__all__ = ["Candidate", "Collect", "Context", "match", "near_names", "rank", "rough_km", "unit_vectors"]

MOST_ENTRIES = 150
"""At most so many entries of one key are looked at, the best known first (and every one of a country asked for)."""

_SOUND_ALONE = 0.80  # a fit by sound below this is no likeness to the eye
_WRONG_KIND = 0.8  # times the score, where a feature word asks for another kind of place
_SAME_NAME = 0.93  # spellings of at least this are the name itself, and are weighed against each other
_COMPARABLE = 0.02  # lesser spellings are weighed against those that fit as well within this, or better
_HOME_SHARE = 0.2  # of the other names lie in a country: the names are at home there
_HOME_SPELLING = 0.86
_DECADE = 0.1  # what a factor of ten in weight costs
_FLOOR = 0.3
_PAIR_SHARE = 0.08  # a governorate's weight beside the town of its name, so that the town stays clearly first
_PAIR_KM = 60.0
_MOST_TOWNS = 10
_LATIN = "abdfghjklmnprstwzSXWYAIU"
_ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"


class Candidate(NamedTuple):
    """
    One reading of a name.

    Parameters
    ----------
    record
        The place.
    spelling
        How well the name fits, 0 to 1.
    reason
        Why it matched.
    score
        Spelling and likelihood together, 0 to 1.
    bare
        Whether it fits only without the feature word of its own name ("Hamrin" for Hamrin Mountains).
    asked
        Whether a feature word of the query asks for this kind of place.
    loose
        Whether it fits only by its consonants, some letters away, or by sounds that look unlike.
    refused
        Whether the query asks for a kind of thing that this is not, and that no town stands in for.
    """

    record: Record
    spelling: float
    reason: str
    score: float = 0.0
    bare: bool = False
    asked: bool = False
    loose: bool = False
    refused: bool = False


@dataclass(frozen=True)
class Context:
    """
    What is known besides the name.

    Parameters
    ----------
    countries
        ISO codes that a place must lie in; none means any.
    kind
        A feature code, the beginning of one, or a group's name, that a place must have.
    near
        (lon, lat) pairs that the place is likely near.
    shares
        How many of the other names, as a share, lie in each country.
    anchors
        Where the other names lie, as (lon, lat).
    """

    countries: frozenset[str] = frozenset()
    kind: str | None = None
    near: tuple[tuple[float, float], ...] = ()
    shares: dict[str, float] = field(default_factory=dict)
    anchors: tuple[tuple[float, float], ...] = ()
    _vectors: dict[str, NDArray[np.float64]] = field(default_factory=dict, compare=False, repr=False)

    def nearest_km(self, record: Record, which: str) -> float:
        """Distance in kilometres, on a sphere, from a place to the nearest of `near` or `anchors`."""
        if which not in self._vectors:
            self._vectors[which] = unit_vectors(getattr(self, which))
        cosine = float((self._vectors[which] @ np.array(_unit_vector(record.lon, record.lat))).max())
        return 6371.0 * math.acos(max(-1.0, min(1.0, cosine)))

    def admits(self, record: Record) -> bool:
        """Whether a place fulfils what was demanded."""
        if self.countries and not self.countries.intersection((record.country or "").split(";")):
            return False
        return self.kind is None or kind_matches(self.kind, record.kind)

    def favour(self, record: Record) -> float:
        """How many times likelier the context makes a place."""
        if not (self.near or self.shares or self.anchors or self.countries):
            return detail_factor(record.country)
        factor = 1.0
        if self.near:
            # At 100 km from what was named as near four times less likely, at 1000 km a hundred times.
            factor /= (1.0 + max(0.0, self.nearest_km(record, "near") - record.uncertainty_m / 1000.0) / 100.0) ** 2
        if self.shares:
            factor *= 1.0 + 30.0 * max(
                (self.shares.get(code, 0.0) for code in (record.country or "").split(";")), default=0.0
            )
        if self.anchors:
            factor *= 1.0 + 10.0 * math.exp(-self.nearest_km(record, "anchors") / 150.0)
        return factor


def rough_km(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Distance on a sphere in kilometres: only likelihoods rest on it, never a result."""
    a, b = math.radians(lat1), math.radians(lat2)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 12742.0 * math.asin(math.sqrt(min(1.0, h)))


def unit_vectors(points: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    """Points of the unit sphere, one a row, from (lon, lat) pairs in degrees."""
    lon, lat = np.radians(np.array(points, dtype=float).reshape(-1, 2)).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _unit_vector(lon: float, lat: float) -> tuple[float, float, float]:
    """One point of the unit sphere, without the cost of an array."""
    across = math.cos(math.radians(lat))
    return across * math.cos(math.radians(lon)), across * math.sin(math.radians(lon)), math.sin(math.radians(lat))


def _is_loose(record: Record, spelling: float, reason: str) -> bool:
    """Whether a fit needs more than itself: by consonants, by letters, or by sound where names are not written by sound."""
    if reason.startswith(("edit", "skeleton")) or "another habit" in reason:
        return True
    return reason.startswith("romanisation") and (
        spelling < _SOUND_ALONE or arabic_countries().isdisjoint((record.country or "").split(";"))
    )


def _collect(gazetteer: Gazetteer, keys: Sequence[str], countries: frozenset[str], article: str = "") -> list[int]:
    """The entries of several keys, each once; of a key with very many, the best known and those of the very name."""
    found: dict[int, None] = {}
    for key in keys:
        entries = gazetteer.entries(key)
        if len(entries) > MOST_ENTRIES and article:
            found.update(dict.fromkeys(gazetteer.entries(f"={article}").tolist()))
        chosen = gazetteer.within(entries, countries) if countries else entries[:MOST_ENTRIES]
        found.update(dict.fromkeys(chosen.tolist()))
    return list(found)


Collect = Callable[[Gazetteer, Sequence[str], frozenset[str], str], Iterable[int]]


def _edits(sounds: str) -> list[str]:
    """Every key one edit away: a letter less, two swapped, one changed, one more."""
    letters = _LATIN if sounds.isascii() else _ARABIC
    found: set[str] = set()
    for at in range(len(sounds) + 1):
        head, tail = sounds[:at], sounds[at:]
        found.update(head + letter + tail for letter in letters)
        if tail:
            found.add(head + tail[1:])
            found.update(head + letter + tail[1:] for letter in letters)
        if len(tail) > 1:
            found.add(head + tail[1] + tail[0] + tail[2:])
    found.discard(sounds)
    return sorted(found)


def match(
    gazetteer: Gazetteer, name: str, context: Context | None = None, *, loose: bool = True, collect: Collect = _collect,
    enough: float = 0.85,
) -> list[Candidate]:  # fmt: skip
    """
    Every reading of a name, unranked: `rank` weighs them against one another.

    Spellings that are not found as they stand are looked for by their consonants and one edit away.

    Parameters
    ----------
    gazetteer
        Where to look.
    name
        In any spelling and script.
    context
        Only its demands (country, kind) count here.
    loose
        Whether to look by consonants, one edit away and by other habits of writing where nothing fits as it stands.
    collect
        Which of the entries filed under some keys are looked at.
    enough
        What spelling fits as it stands.
    """
    context = context or Context()
    query = Query.of(name)
    if not query.compact:
        return []
    written_twice = halves(name)
    if written_twice is not None and (both := _of_both(*(match(gazetteer, half, context) for half in written_twice))):
        return both
    splits = [(rest, groups()[group], Query.of(rest)) for rest, group in split_feature(name)]
    found: dict[int, Candidate] = {}

    def consider(entries: Iterable[int], rest: Query | None, group: Group | None, fits: Sequence[Fit]) -> None:
        for entry in entries:
            record = gazetteer.record(entry)
            if not context.admits(record):
                continue
            best = best_fit(record, query, rest, group, fits)
            if best is None:
                continue
            spelling, reason, bare = best
            asked = group is not None and group.holds(record.kind)
            if group is not None and not asked:
                spelling *= _WRONG_KIND
                reason = f"{reason.split(';')[0]}; but its kind is {record.kind}, not {group.name}"
            if entry not in found or spelling > found[entry].spelling:
                loosely = _is_loose(record, spelling, reason)
                refused = group is not None and not asked and not group.fallback
                found[entry] = Candidate(
                    record, spelling, reason, bare=bare, asked=asked, loose=loosely, refused=refused
                )

    consider(collect(gazetteer, query.sounds, context.countries, query.article), None, None, STRICT)
    for _, group, rest in splits:
        tagged = [f"#{group.name}:{key}" for key in rest.sounds]
        consider(collect(gazetteer, [*tagged, *rest.sounds], context.countries, rest.article), rest, group, STRICT)
    for _, group, rest in splits:
        if not (group.bare or group.fallback or any(c.asked for c in found.values())):
            for town, other in _other_names(gazetteer, rest, context):
                tagged = [f"#{group.name}:{key}" for key in other.sounds]
                near = [
                    e for e in _collect(gazetteer, tagged, context.countries) if _is_near(gazetteer.record(e), town)
                ]
                consider(near, other, group, STRICT)
    if loose and max((c.spelling for c in found.values()), default=0.0) < enough:
        ways: list[tuple[Group | None, Query]] = [(None, query), *((group, rest) for _, group, rest in splits)]
        for asked, rest in ways:
            keys = [f"~{rest.bones}"] if len(rest.bones) >= MIN_SKELETON else []
            others = other_habits(rest.normal)
            keys += gazetteer.known([*others, *(f"~{bones}" for bones in other_skeletons(rest.normal))])
            if asked is not None:
                keys += gazetteer.known([f"#{asked.name}:{key}" for key in others])
            for key in rest.sounds:
                if len(key) >= 4:
                    edited = _edits(key)
                    keys += gazetteer.known(edited)
                    if asked is not None:
                        keys += gazetteer.known([f"#{asked.name}:{edit}" for edit in edited])
            consider(collect(gazetteer, keys, context.countries, ""), rest if asked is not None else None, asked, LOOSE)
    return list(found.values())


def _of_both(one: list[Candidate], other: list[Candidate]) -> list[Candidate]:
    """The places that both halves of a name name, as the half that fits better has it; a place of one half alone is none."""
    others = {c.record.id: c for c in other}
    pairs = [(c, others[c.record.id]) for c in one if c.record.id in others]
    return [max(pair, key=lambda c: c.spelling) for pair in pairs]


def _other_names(gazetteer: Gazetteer, rest: Query, context: Context) -> Iterator[tuple[Record, Query]]:
    """
    What else the towns of a name are called: an airport is known in one script by the name its town has in another.

    Parameters
    ----------
    gazetteer
        Where to look.
    rest
        The name without its feature word.
    context
        Only its countries count here.
    """
    for entry in _collect(gazetteer, rest.sounds, context.countries)[:_MOST_TOWNS]:
        record = gazetteer.record(entry)
        if record.kind.startswith("PPL") and best_fit(record, rest, None, None, STRICT[:1]) is not None:
            yield from ((record, Query.of(name)) for name in record.names)


def _is_near(record: Record, town: Record) -> bool:
    """Whether something that is called after a town lies by it."""
    return rough_km(record.lon, record.lat, town.lon, town.lat) <= _PAIR_KM


def rank(found: Sequence[Candidate], context: Context | None = None) -> list[Candidate]:
    """
    The readings of one name with their scores, the best first.

    Parameters
    ----------
    found
        From `match`.
    context
        Its preferences (near, shares, anchors) count here.
    """
    context = context or Context()
    weights = [c.record.weight * context.favour(c.record) for c in found]
    towns = [
        (c.record, weight, c.spelling) for c, weight in zip(found, weights, strict=True)
        if c.record.kind.startswith("PPL") and not (c.asked or c.bare)
    ]  # fmt: skip
    spellings = [c.spelling for c in found]
    for position, c in enumerate(found):
        structure = not _said_bare(c.record.kind)
        if c.bare and c.record.kind.startswith(
            "PPL"
        ):  # "Mexico" is no short name of Mexico City: something else is called so
            named = [
                w for other, w in zip(found, weights, strict=True)
                if not other.bare and other.spelling >= _SAME_NAME and other.record.country == c.record.country
            ]  # fmt: skip
            weights[position] = min([weights[position], *(_PAIR_SHARE * w for w in named)])
        if c.asked or c.record.kind.startswith(("PPL", "PCL")):
            continue
        if not (c.bare or structure or c.record.kind.startswith("ADM")):
            continue
        reach = max(_PAIR_KM, c.record.uncertainty_m / 1000.0)
        # A dam, a refinery or a governorate gives way to the town of its name even where the town is written a little differently.
        margin = 0.15 if structure or c.record.kind.startswith("ADM") else 0.08
        for town, weight, spelling in towns:
            if spelling >= c.spelling - margin and rough_km(town.lon, town.lat, c.record.lon, c.record.lat) <= reach:
                weights[position] = min(weights[position], _PAIR_SHARE * weight)
                if structure:
                    spellings[position] = min(spellings[position], spelling)
    found = [c._replace(spelling=spelling) for c, spelling in zip(found, spellings, strict=True)]
    scored = []
    home = frozenset(code for code, share in context.shares.items() if share >= _HOME_SHARE)
    at_home = [not home.isdisjoint((c.record.country or "").split(";")) for c in found]
    natives = [
        w
        for c, w, here in zip(found, weights, at_home, strict=True)
        if here and not c.loose and c.spelling >= _HOME_SPELLING
    ]
    for c, weight, here in zip(found, weights, at_home, strict=True):
        bar = min(c.spelling - _COMPARABLE, _SAME_NAME) if c.spelling >= _SAME_NAME else c.spelling - _COMPARABLE
        rivals = [w for other, w in zip(found, weights, strict=True) if other.spelling >= bar]
        rivals += (
            [] if here else natives
        )  # a namesake abroad is weighed against what is written a little differently at home
        likely = max(_FLOOR, 1.0 - _DECADE * math.log10(max(rivals) / weight))
        scored.append((c._replace(score=round(c.spelling * likely, 4)), weight))
    scored.sort(key=lambda pair: (-pair[0].score, -pair[1], pair[0].record.id))
    return [c for c, _ in scored]


def _said_bare(kind: str) -> bool:
    """Whether people say the bare name for this kind of place: for a river or a range, not for a refinery."""
    group = group_of_kind(kind)
    return group is None or groups()[group].bare


def near_names(gazetteer: Gazetteer, name: str, context: Context, *, limit: int = 3) -> list[Candidate]:
    """The places of the same first letter whose spelling comes nearest to a name; suggestions, never answers."""
    form = normal(name)
    if len(form) < 3:
        return []
    entries, names = gazetteer.spellings(form[0])
    hits = process.extract(form, names, scorer=fuzz.ratio, limit=limit * 8, score_cutoff=55.0)
    found = [
        Candidate(record, ratio / 100.0, "nearest in spelling", round(ratio / 100.0, 4))
        for _, ratio, position in hits
        if context.admits(record := gazetteer.record(entries[position]))
    ]
    found.sort(key=lambda c: (-c.score, -c.record.weight, c.record.id))
    return found[:limit]
