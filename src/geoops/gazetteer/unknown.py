"""Places that a text names and the gazetteer does not know: runs of words that their surroundings make a place.

"in the village of Tal Abyadiya", "the road to Qarn al-Zaytun", "Bardalla village". They are reported, never dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from geoops.gazetteer.evidence import is_apposed, is_led, led_to, may_begin, place_like, run_of_capitals
from geoops.gazetteer.features import word_table
from geoops.gazetteer.tokens import Token

__all__ = ["unknown_places"]


def unknown_places(
    tokens: Sequence[Token], covered: AbstractSet[int], people: AbstractSet[str]
) -> list[tuple[int, int]]:
    """
    The runs of words, as (first, last), that the text treats as a place.

    Parameters
    ----------
    tokens
        The words of the text.
    covered
        Positions of words that belong to known places.
    people
        Words that the text uses as people's names.
    """
    result: list[tuple[int, int]] = []
    known = set(covered)
    at = 0
    while at < len(tokens):
        if not tokens[at].part.opens:
            at += 1
            continue
        if tokens[at].arabic:
            taken, last = _arabic(tokens, at)
        elif at not in known and may_begin(tokens, at) and not _only_opens(tokens, at):
            taken, last = _latin(tokens, at, known, people)
        else:
            at += 1
            continue
        if taken and known.isdisjoint(range(at, last + 1)):
            result.append((at, last))
            known.update(range(at, last + 1))
        at = last + 1
    return result


def _only_opens(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word has its capital from the sentence that it opens: of "In Jubaland" and "The Zagra strait" the second is the name."""
    token = tokens[at]
    if at + 1 >= len(tokens) or not tokens[at + 1].joins or not tokens[at + 1].capital:
        return False
    return (
        token.begins and not token.part.roles.isdisjoint(("locatives", "common")) and "features" not in token.part.roles
    )


def _latin(
    tokens: Sequence[Token], first: int, covered: AbstractSet[int], people: AbstractSet[str]
) -> tuple[bool, int]:
    """Whether a run of capitals is treated as a place, and its last word."""
    last = run_of_capitals(tokens, first)
    after = tokens[last + 1] if last + 1 < len(tokens) and tokens[last + 1].joins else None
    if after is not None and (after.plain.isdigit() or not after.part.roles.isdisjoint(("speech", "organisations"))):
        return False, last
    end = _kind_behind(tokens, first, last)
    village = last > first and "village_words" in tokens[first].part.roles
    # The capital of a sentence's first word says nothing.
    led = not tokens[first].begins and (
        led_to(tokens, first) or is_apposed(tokens, first) or _listed(tokens, first, last, covered)
    )
    person = any(token.plain in people for token in tokens[first : last + 1])
    if person or not (end is not None or led or village) or not place_like(tokens, first, last):
        return False, last
    return True, last if end is None else end


def _kind_behind(tokens: Sequence[Token], first: int, last: int) -> int | None:
    """The last word of what says the kind of place behind a run of capitals, or at its end: "village", "oil field", "Island"."""
    if last > first and _says_kind(tokens[last]) and tokens[last].capital:
        return last
    after, end = last + 1, last + 2
    if after >= len(tokens) or not tokens[after].joins or tokens[after].capital:
        return None
    if _says_kind(tokens[after]):
        return after
    if end >= len(tokens) or not tokens[end].joins or tokens[end].capital:
        return None
    return end if (tokens[after].plain, tokens[end].plain) in word_table() else None


def _says_kind(token: Token) -> bool:
    """Whether a word alone says what kind of place a name is."""
    return "features" in token.part.roles and "vague" not in token.part.roles


def _listed(tokens: Sequence[Token], first: int, last: int, covered: AbstractSet[int]) -> bool:
    """Whether known places stand on either side in one list, or one before an "and" that ends the list."""
    before = first - 1 in covered and not tokens[first].joins and not tokens[first].begins
    if first > 1 and tokens[first].joins and tokens[first - 1].plain in ("and", "or") and not tokens[first - 1].begins:
        if first - 2 not in covered or not tokens[first - 1].joins:
            return False
        start = first - 2
        while start > 0 and start - 1 in covered and not tokens[start].begins:
            start -= 1
        return last + 1 == len(tokens) or not tokens[last + 1].joins or is_led(tokens, start)
    after = last + 1 < len(tokens) and (
        last + 1 in covered or (tokens[last + 1].plain == "and" and last + 2 in covered)
    )
    return before and after


def _arabic(tokens: Sequence[Token], first: int) -> tuple[bool, int]:
    """Whether a word follows a word such as "village", and the last word of the name: "تل" and the like take another."""
    before = tokens[first - 1] if first and tokens[first].joins else None
    token = tokens[first]
    if before is None or not before.arabic or "settlements" not in before.part.roles or "features" in token.part.roles:
        return False, first
    if not token.part.roles.isdisjoint(("locatives", "common", "never")) and "village_words" not in token.part.roles:
        return False, first
    last = first
    while (
        "village_words" in tokens[last].part.roles
        and last + 1 < len(tokens)
        and tokens[last + 1].joins
        and tokens[last + 1].arabic
    ):
        last += 1
    return True, last
