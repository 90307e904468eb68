"""Whether a reading may be an answer: what fits loosely is mostly a wrong place, unless something else leads there.

How well a name fits and how likely a place is besides is `match.py`'s business.
"""

from __future__ import annotations

from geoops.gazetteer.match import Candidate, Context, rough_km
from geoops.gazetteer.names import normal
from geoops.gazetteer.tokens import words
from geoops.gazetteer.weights import arabic_countries

__all__ = ["is_other_word", "is_trusted"]

LEAST_SCORE = 0.66
"""A reading below this is no answer: the row is `not_found` and the reading stands in `alternatives`."""

LEAST_LOOSE_SCORE = 0.75
LEAST_SOUND_SCORE = 0.85
"""A name that only sounds like a place's, and less well than this, is its name only where something else leads there."""

_LESS_IF_WELL_KNOWN = 0.02

LEAST_TYPED_SCORE = 0.82
"""One wrong letter in fewer than six makes another name, not a typing error."""

_WELL_KNOWN, _KNOWN = 50_000.0, 5_000.0  # people: whose name with a typing error is still theirs
_LONG_NAME = 8  # letters: one wrong in so many is a typing error
_NEAR_KM = 300.0


def is_trusted(candidate: Candidate, context: Context) -> bool:
    """
    Whether a reading may be an answer.

    A name found only by its consonants or some letters away is mostly a wrong place, unless what else is known leads to
    its country or its surroundings, or it is a well-known place with a typing error.
    """
    if candidate.refused:
        return False
    by_sound = candidate.reason.startswith("romanisation") and not candidate.asked
    record = candidate.record
    least = LEAST_SOUND_SCORE - (_LESS_IF_WELL_KNOWN if record.weight >= _WELL_KNOWN else 0.0)
    if not candidate.loose and not (by_sound and candidate.score < least):
        return candidate.score >= LEAST_SCORE
    codes = set((record.country or "").split(";"))
    led = (
        bool(context.countries)
        or any(context.shares.get(code, 0.0) >= 0.2 for code in codes)
        or any(rough_km(record.lon, record.lat, *point) <= _NEAR_KM for point in context.near)
    )
    long = len(normal(record.name)) >= _LONG_NAME and candidate.reason.startswith("edit distance 1")
    known = record.weight >= (_KNOWN if long else _WELL_KNOWN)
    typed_wrong = known and candidate.reason.startswith("edit distance") and candidate.score >= LEAST_TYPED_SCORE
    if candidate.reason.startswith("skeleton") and arabic_countries().isdisjoint(codes) and not known:
        return False  # where vowels are written they count: Robotyne is not Rybotyn
    return candidate.score >= (LEAST_LOOSE_SCORE if candidate.loose else LEAST_SCORE) and (led or typed_wrong)


def is_other_word(query: str) -> bool:
    """Whether a name is a person's, an organisation's, a day or a nationality: a place of it must bear just that name."""
    form = normal(query)
    return any(form in words(which) for which in ("never", "adjectives", "common"))
