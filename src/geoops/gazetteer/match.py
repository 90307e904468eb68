"""A name becomes ranked candidates, each with a score and the reason it matched.

A score has two parts, multiplied: how well the spelling fits (1 for the very name, less for each step away from it),
and how likely this place is the one meant among those that fit as well (a tenth less for each factor of ten in how well
known it is, in the light of the context). Reading several names together is `resolve.py`'s business.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from geoops.core.text import has_arabic
from geoops.gazetteer.features import Group, group_of_kind, groups, kind_matches, split_feature
from geoops.gazetteer.names import article_form, normal, romanised, skeleton, transliterated
from geoops.gazetteer.records import Gazetteer, Record
from geoops.gazetteer.store import MIN_SKELETON, arabic_countries

__all__ = ["Candidate", "Context", "match", "near_names", "rank"]

MOST_ENTRIES = 150
"""At most so many entries of one key are looked at, the best known first (and every one of a country asked for)."""

_EXACT, _ARTICLE = 1.0, 0.96
_ALTERNATE, _ALTERNATE_ALIKE = 0.94, 0.04  # another name altogether, and what likeness to the first name adds
_SOUND_ALONE = 0.80  # a fit by sound below this is no likeness to the eye
_WRONG_KIND = 0.8  # times the score, where a feature word asks for another kind of place
_SAME_NAME = 0.93  # spellings of at least this are the name itself, and are weighed against each other
_COMPARABLE = 0.02  # lesser spellings are weighed against those that fit as well within this, or better
_DECADE = 0.1  # what a factor of ten in weight costs
_FLOOR = 0.3
_PAIR_SHARE = 0.08  # a governorate's weight beside the town of its name, so that the town stays clearly first
_PAIR_KM = 60.0
_LATIN = "abdfghjklmnprstwzSXWYAIU"
_ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"


@dataclass(frozen=True, slots=True)
class Candidate:
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

    def admits(self, record: Record) -> bool:
        """Whether a place fulfils what was demanded."""
        if self.countries and not self.countries.intersection((record.country or "").split(";")):
            return False
        return self.kind is None or kind_matches(self.kind, record.kind)

    def favour(self, record: Record) -> float:
        """How many times likelier the context makes a place."""
        factor = 1.0
        if self.near:
            # At 100 km from what was named as near four times less likely, at 1000 km a hundred times.
            factor /= (1.0 + max(0.0, _nearest_km(record, self.near) - record.uncertainty_m / 1000.0) / 100.0) ** 2
        if self.shares:
            factor *= 1.0 + 30.0 * max(
                (self.shares.get(code, 0.0) for code in (record.country or "").split(";")), default=0.0
            )
        if self.anchors:
            factor *= 1.0 + 10.0 * math.exp(-_nearest_km(record, self.anchors) / 150.0)
        return factor


def rough_km(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Distance on a sphere in kilometres: only likelihoods rest on it, never a result."""
    a, b = math.radians(lat1), math.radians(lat2)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 12742.0 * math.asin(math.sqrt(min(1.0, h)))


def _nearest_km(record: Record, points: Iterable[tuple[float, float]]) -> float:
    """Distance from a place to the nearest of some points."""
    return min(rough_km(record.lon, record.lat, lon, lat) for lon, lat in points)


@dataclass(frozen=True, slots=True)
class _Query:
    """The forms of a name that is looked for."""

    normal: str
    compact: str
    article: str
    sounds: tuple[str, ...]
    bones: str
    latin: str

    @classmethod
    def of(cls, name: str) -> _Query:
        """All forms of a name."""
        form = normal(name)
        latin = transliterated(name).replace(" ", "") if has_arabic(name) else article_form(name)
        return cls(form, form.replace(" ", ""), article_form(name), romanised(name), skeleton(name), latin)


def _fit(query: _Query, name: str, first: str | None) -> tuple[float, str] | None:
    """
    How well one name of a place fits, and why; None where it does not.

    Parameters
    ----------
    query
        The name that is looked for.
    name
        One of the place's.
    first
        The place's first name, if this is an alternate one.
    """
    alternate = first is not None
    form = normal(name)
    if form == query.normal or form.replace(" ", "") == query.compact:
        if first is None:
            return _EXACT, "exact"
        return _ALTERNATE + _ALTERNATE_ALIKE * _likeness(query, first, article_form(first)), "alternate name"
    article = article_form(name)
    if article == query.article and article:
        # "al Hol" is rather "El Hol" than the "Hol" of another country; "Hasakah" for "Al-Hasakah" is what all write.
        lost = query.article != query.compact and article == form.replace(" ", "")
        return _ARTICLE - (0.01 if alternate else 0.0) - (0.04 if lost else 0.0), "article"
    if not set(query.sounds).isdisjoint(romanised(name)):
        return 0.70 + 0.22 * _likeness(query, name, article), "romanisation"
    return None


def _likeness(query: _Query, name: str, article: str) -> float:
    """How alike two spellings are in Latin letters, 0 to 1."""
    other = transliterated(name).replace(" ", "") if has_arabic(name) else article
    return float(fuzz.ratio(query.latin, other)) / 100.0


def _loose_fit(query: _Query, name: str) -> tuple[float, str] | None:
    """A fit by edit distance, or by consonants alone, where the spellings are alike besides."""
    article = article_form(name)
    length = min(len(query.article), len(article))
    allowed = 0 if length < 5 else 1 if length < 8 else 2
    away = OSA.distance(query.article, article, score_cutoff=allowed) if allowed else 1
    edited = (0.92 - 0.6 * away / max(length, 1), f"edit distance {away}") if away <= allowed else None
    boned = None
    if len(query.bones) >= MIN_SKELETON and query.bones == skeleton(name):
        likeness = _likeness(query, name, article)
        if likeness >= 0.6:
            boned = (min(0.85, 0.45 + 0.35 * likeness + 0.03 * len(query.bones)), "skeleton")
    fits = [fit for fit in (edited, boned) if fit is not None]
    return max(fits, default=None)


Fit = Callable[[_Query, str, str | None], tuple[float, str] | None]


def _fit_or_near(query: _Query, name: str, first: str | None) -> tuple[float, str] | None:
    """The fit of one name, near misses included."""
    return _fit(query, name, first) or _loose_fit(query, name)


def _is_loose(record: Record, spelling: float, reason: str) -> bool:
    """Whether a fit needs more than itself: by consonants, by letters, or by sound where names are not written by sound."""
    if reason.startswith(("edit", "skeleton")):
        return True
    return reason.startswith("romanisation") and (
        spelling < _SOUND_ALONE or arabic_countries().isdisjoint((record.country or "").split(";"))
    )


def _best_fit(
    record: Record, query: _Query, rest: _Query | None, group: Group | None, fit: Fit
) -> tuple[float, str, bool] | None:
    """
    The best fit over a place's names: (spelling, reason, whether only without the place's own feature word).

    Parameters
    ----------
    record
        The place.
    query
        The name as it came.
    rest, group
        The name without its feature word and that word's group, if one was taken off.
    fit
        The strict or the loose comparison.
    """
    best: tuple[float, str, bool] | None = None

    def offer(found: tuple[float, str] | None, less: float, note: str, *, bare: bool) -> None:
        nonlocal best
        if found is not None and (best is None or found[0] - less > best[0]):
            best = (found[0] - less, found[1] + note, bare)

    holds = group is not None and group.holds(record.kind)
    for position, name in enumerate(record.names):
        first = record.name if position > 0 and name != record.name_local else None
        if rest is None:
            offer(fit(query, name, first), 0.0, "", bare=False)
        elif group is not None:
            note = f"; “{group.name}” taken as the kind of place"
            offer(fit(rest, name, first), 0.005, note, bare=False)
        for bare_name, own in split_feature(name):
            if not groups()[own].holds(record.kind):
                continue
            if rest is None and groups()[own].bare:
                offer(fit(query, bare_name, first), 0.02, f"; without its word for {own}", bare=True)
            elif rest is not None and holds:
                offer(fit(rest, bare_name, first), 0.0, "", bare=False)
    return best


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


def match(gazetteer: Gazetteer, name: str, context: Context | None = None, *, loose: bool = True) -> list[Candidate]:
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
        Whether to look by consonants and one edit away where nothing fits as it stands.
    """
    context = context or Context()
    query = _Query.of(name)
    if not query.compact:
        return []
    splits = [(rest, groups()[group], _Query.of(rest)) for rest, group in split_feature(name)]
    found: dict[int, Candidate] = {}

    def consider(entries: Iterable[int], rest: _Query | None, group: Group | None, fit: Fit) -> None:
        for entry in entries:
            record = gazetteer.record(entry)
            if not context.admits(record):
                continue
            best = _best_fit(record, query, rest, group, fit)
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

    consider(_collect(gazetteer, query.sounds, context.countries, query.article), None, None, _fit)
    for _, group, rest in splits:
        tagged = [f"#{group.name}:{key}" for key in rest.sounds]
        consider(_collect(gazetteer, [*tagged, *rest.sounds], context.countries, rest.article), rest, group, _fit)
    if loose and max((c.spelling for c in found.values()), default=0.0) < 0.85:
        ways: list[tuple[Group | None, _Query]] = [(None, query), *((group, rest) for _, group, rest in splits)]
        for asked, rest in ways:
            keys = [f"~{rest.bones}"] if len(rest.bones) >= MIN_SKELETON else []
            for key in rest.sounds:
                if len(key) >= 4:
                    edited = _edits(key)
                    keys += gazetteer.known(edited)
                    if asked is not None:
                        keys += gazetteer.known([f"#{asked.name}:{edit}" for edit in edited])
            consider(
                _collect(gazetteer, keys, context.countries), rest if asked is not None else None, asked, _fit_or_near
            )
    return list(found.values())


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
        if c.record.kind.startswith("PPL") and not c.asked
    ]  # fmt: skip
    spellings = [c.spelling for c in found]
    for position, c in enumerate(found):
        structure = not _said_bare(c.record.kind)
        if c.asked or c.record.kind.startswith(("PPL", "PCL")):
            continue
        if not (c.bare or structure or c.record.kind.startswith("ADM")):
            continue
        reach = max(_PAIR_KM, c.record.uncertainty_m / 1000.0)
        # A dam or a refinery gives way to the town of its name even where the town is written a little differently.
        margin = 0.15 if structure else 0.08
        for town, weight, spelling in towns:
            if spelling >= c.spelling - margin and rough_km(town.lon, town.lat, c.record.lon, c.record.lat) <= reach:
                weights[position] = min(weights[position], _PAIR_SHARE * weight)
                if structure:
                    spellings[position] = min(spellings[position], spelling)
    found = [replace(c, spelling=spelling) for c, spelling in zip(found, spellings, strict=True)]
    scored = []
    for c, weight in zip(found, weights, strict=True):
        bar = min(c.spelling - _COMPARABLE, _SAME_NAME) if c.spelling >= _SAME_NAME else c.spelling - _COMPARABLE
        rivals = [w for other, w in zip(found, weights, strict=True) if other.spelling >= bar]
        likely = max(_FLOOR, 1.0 - _DECADE * math.log10(max(rivals) / weight))
        scored.append((replace(c, score=round(c.spelling * likely, 4)), weight))
    scored.sort(key=lambda pair: (-pair[0].score, -pair[1], pair[0].record.id))
    return [c for c, _ in scored]


def _said_bare(kind: str) -> bool:
    """Whether people say the bare name for this kind of place: for a river or a range, not for a refinery."""
    group = group_of_kind(kind)
    return group is None or groups()[group].bare


def near_names(gazetteer: Gazetteer, name: str, context: Context, *, limit: int = 3) -> list[Candidate]:
    """The places whose spelling comes nearest to a name that is not found; suggestions, never answers."""
    form = normal(name)
    if len(form) < 3:
        return []
    entries, names = gazetteer.spellings()
    hits = process.extract(form, names, scorer=fuzz.ratio, limit=limit * 8, score_cutoff=55.0)
    found = [
        Candidate(record, ratio / 100.0, "nearest in spelling", round(ratio / 100.0, 4))
        for _, ratio, position in hits
        if context.admits(record := gazetteer.record(entries[position]))
    ]
    found.sort(key=lambda c: (-c.score, -c.record.weight, c.record.id))
    return found[:limit]
