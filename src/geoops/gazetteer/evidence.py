"""What in a text speaks for a place at some words, and what against: neighbours, capitals, people, organisations.

The word lists are rows of `words/text.toml`. Where the spans come from, and which are kept, is `mentions.py`'s business.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from geoops.gazetteer.features import group_of_kind, groups, split_feature
from geoops.gazetteer.spans import Hint
from geoops.gazetteer.tokens import Token, words

__all__ = [
    "Alone",
    "alone",
    "evidence",
    "is_acting",
    "is_apposed",
    "is_led",
    "led_to",
    "may_begin",
    "people_of",
    "place_like",
    "run_of_capitals",
]

_NEVER = -10.0
_PART = -3.0  # the words are a part of a longer name that the gazetteer does not have
_PERSON = -4.0


@dataclass(frozen=True, slots=True)
class Alone:
    """
    What words say by themselves, wherever they stand.

    Parameters
    ----------
    points
        For a place, or against it.
    ruled_out
        Whether no surroundings can make them one.
    capital
        Whether they are the capital of a country, which stands for its government too.
    single
        Whether they are one word.
    kind_said
        Whether a feature word among them says what kind of place they are.
    core
        The words without articles.
    """

    points: float
    ruled_out: bool
    capital: bool
    single: bool
    kind_said: bool
    core: tuple[str, ...]


def alone(span: Sequence[Token], best: Hint) -> Alone:
    """
    What speaks for and against a place in the words themselves.

    Parameters
    ----------
    span
        The words.
    best
        Their likeliest place.
    """
    plain = [token.plain for token in span]
    core = tuple(token.plain for token in span if "articles" not in token.part.roles and token.plain != "the")
    own_feature = best.kind[:3] not in ("PPL", "PCL") and bool(split_feature(" ".join(plain)))
    stops = [
        not t.part.roles.isdisjoint(("never", "common", "organisations", "features")) for t in span if t.plain in core
    ]
    never = [not t.part.roles.isdisjoint(("never", "common")) for t in span if t.plain in core]
    if len(core) <= 1 and (not core or never[0]):
        return Alone(_NEVER, ruled_out=True, capital=False, single=True, kind_said=False, core=core)
    kind_said = own_feature or (best.asked and best.spelling >= 0.94)
    if all(stops) and not (best.asked and best.spelling >= 0.97 and _is_title(span)):
        # Nothing but common words: only a whole phrase that the gazetteer has as it stands ("northern Syria" is one).
        whole = best.spelling >= 0.97 and not best.kind.startswith("PPL")
        return Alone(3.0 if whole else _NEVER, ruled_out=True, capital=False, single=False, kind_said=False, core=core)
    points = 2.0 if best.weight >= 90_000 else 1.0 if best.weight >= 10_000 else 0.0
    group = group_of_kind(best.kind)
    if group is not None and not groups()[group].bare and not own_feature:
        points -= 0.5 if best.spelling >= 0.97 else 2.0  # "Omar" alone is rarely the oil field
    points += 2.0 if kind_said else 0.0
    points += 1.0 if len(core) > 1 else 0.0
    points += 0.5 if best.spelling >= 0.9 else -0.5
    points -= 1.0 if max(map(len, core)) <= 3 and not own_feature else 0.0
    points -= 3.0 if core[0] in words("given") else 0.0
    points -= 1.0 if span[0].arabic and len(span) == 1 and best.weight < 10_000 else 0.0
    return Alone(
        points, ruled_out=False, capital=best.kind == "PPLC", single=len(span) == 1, kind_said=kind_said, core=core
    )


def _is_title(span: Sequence[Token]) -> bool:
    """Whether words are all capitals, none of them a common one: "Sadr City" is a place, "Last Camp" need not be one."""
    return all(t.capital and ("features" in t.part.roles or "common" not in t.part.roles) for t in span)


def evidence(
    tokens: Sequence[Token], first: int, last: int, own: Alone, people: AbstractSet[str], *, led: bool
) -> float:
    """
    What speaks for and against a place at some words, in points.

    Parameters
    ----------
    tokens
        All words of the text.
    first, last
        The first and the last of these.
    own
        What they say by themselves.
    people
        Words that the text uses as people's names.
    led
        Whether a preposition leads to them, from `is_led`.
    """
    if own.ruled_out:
        return own.points
    begins = tokens[first].begins
    before = tokens[first - 1] if first and tokens[first].joins else None
    after = tokens[last + 1] if last + 1 < len(tokens) and tokens[last + 1].joins else None
    earlier = tokens[first - 2] if before is not None and before.joins and first > 1 else None
    points = own.points
    if before is not None:
        points += _before(before, earlier, own, led=led)
    elif begins and own.single:
        points -= 0.5
    elif is_apposed(tokens, first):
        points += 1.5
    if after is not None:
        further = tokens[last + 2] if last + 2 < len(tokens) and tokens[last + 2].joins else None
        points += _after(after, further, own, led=led)
    elif last + 1 < len(tokens) and not tokens[last + 1].begins and not (led or own.kind_said):
        points += _beyond_comma(tokens, last + 1)
    if not led and own.single and own.core[0] in people:
        points += _PERSON
    if (before is not None or after is not None) and _organisation(tokens, first, last):
        points -= 6.0
    return points


def is_led(tokens: Sequence[Token], first: int) -> bool:
    """Whether a preposition, perhaps with an article, leads to a word."""
    at = first - 1
    if at >= 0 and tokens[first].joins and tokens[at].plain == "the" and tokens[at].joins:
        at -= 1
    if at < 0 or not tokens[at + 1].joins:
        return False
    if tokens[at].plain == "as" and at and tokens[at - 1].plain == "far":
        return True
    if (
        tokens[first - 1].plain == "the"
        and tokens[first - 1].begins is False
        and "locatives" not in tokens[at].part.roles
    ):
        return True  # "the Dakar train": what is there, not who
    return "locatives" in tokens[at].part.roles and tokens[at].plain not in ("and", "or", "و")


def is_apposed(tokens: Sequence[Token], first: int) -> bool:
    """Whether a word for a kind of place stands before a comma before a word: "its capital, Sharana"."""
    if first < 2 or tokens[first].joins or tokens[first].begins or tokens[first - 1].capital:
        return False
    if first > 2 and tokens[first - 2].plain == "the" and tokens[first - 3].plain == "of":
        return False  # "the head of the village, Dildar Kako"
    roles = tokens[first - 1].part.roles
    return tokens[first - 1].plain in words("seats") or ("features" in roles and "vague" not in roles)


def is_acting(tokens: Sequence[Token], last: int) -> bool:
    """Whether the word behind a span is said of someone who acts: "has pledged", "announced"."""
    if last + 1 >= len(tokens) or not tokens[last + 1].joins:
        return False
    after = tokens[last + 1]
    return not after.part.roles.isdisjoint(("acts", "speech")) or after.plain.endswith("ed")


def _before(before: Token, earlier: Token | None, own: Alone, *, led: bool) -> float:
    """What the word before a span says."""
    roles = before.part.roles
    if not roles and not before.capital:
        return 0.0  # most words
    points = 1.5 if led or before.plain in ("and", "or") or "takings" in roles else 0.0
    longer = earlier is not None and earlier.capital and not earlier.begins
    if longer and "name_joiners" in roles:
        points += _PART  # "Qarn al-" or "Zarza de" stands before it
    elif longer and earlier is not None and before.plain in ("of", "for"):
        if "organisations" in earlier.part.roles:
            points -= 5.5  # "University of Mosul"
        elif earlier.part.roles.isdisjoint(("features", "directions", "titles", "events")):
            points += _PART - 1.5  # "Hope of Tigris"
    if before.capital and roles.isdisjoint(("features", "directions", "articles", "locatives")):
        if not before.begins:
            points += _PART
        elif roles.isdisjoint(("common", "never", "adjectives")):
            points += _PART + 0.5  # "Santos Laguna"
    if before.arabic and "organisations" in roles:
        points -= 6.0
    if "titles" in roles or ("given" in roles and before.capital):
        points += 1.5 if _is_named(before, earlier) else _PERSON
    if own.capital and "speech" in roles:
        points += _PERSON  # "asked Baghdad for help"
    return points


def _is_named(before: Token, earlier: Token | None) -> bool:
    """Whether "called" or "named" stands behind a word for a kind of place: "a village called Hamra"."""
    return before.plain in words("naming") and earlier is not None and "features" in earlier.part.roles


def _after(after: Token, further: Token | None, own: Alone, *, led: bool) -> float:
    """What the word behind a span says."""
    roles = after.part.roles
    points = 0.0
    if not roles and not (after.capital or after.arabic or own.capital or after.plain.isdigit()):
        return 0.0  # most words
    if own.core[-1] in words("village_words") and (after.capital or after.arabic):
        points += 2.0 * _PART  # "the village of Tal" of "Tal Zarnukha"
    if not led:
        if "speech" in roles:
            points += _PERSON
        if own.capital and ("acts" in roles or "governments" in roles or after.plain.endswith("ed")):
            points += _PERSON  # "Washington offered": a government
    if after.capital and "features" not in roles:
        points -= 2.0 if after.hyphened else 2.5  # "the Palmyra-Sukhna road" has two names
    if further is not None and further.capital and "name_joiners" in roles:
        points += 1.5 * _PART  # "Hamid" of "Hamid al-Zarqi"
    if "given" in roles and after.capital:
        points += _PERSON
    if after.plain.isdigit() and own.single:
        points += _PART  # "Section 22"
    return points


def _beyond_comma(tokens: Sequence[Token], at: int) -> float:
    """What is said of a span behind a comma: "who" and "a nurse" are said of people."""
    first = tokens[at]
    following = [word for word in tokens[at + 1 : at + 4] if word.joins]
    if first.plain == "who" or "possessives" in first.part.roles:
        return _PERSON
    if "pronouns" in first.part.roles and following and "speech" in following[0].part.roles:
        return _PERSON
    if "owners" in first.part.roles:
        for word in following:
            if "people" in word.part.roles:
                return _PERSON
            if "locatives" in word.part.roles:
                break
    return 0.0


def people_of(tokens: Sequence[Token]) -> frozenset[str]:
    """The words that a text uses as people's names: behind a title or a given name, or of whom it says "who"."""
    found: set[str] = set()
    at = 0
    while at < len(tokens):
        if not tokens[at].part.opens or not may_begin(tokens, at):
            at += 1
            continue
        last = run_of_capitals(tokens, at)
        run = tokens[at : last + 1]
        if run[0].plain == "the":
            at = last + 1  # "the Khabur, he said"
            continue
        titled = next((i for i, t in enumerate(run) if not t.part.roles.isdisjoint(("titles", "given"))), None)
        led = at > 0 and tokens[at].joins and not tokens[at - 1].part.roles.isdisjoint(("titles", "given"))
        if titled is not None or led:
            found.update(t.plain for t in run[titled or 0 :] if t.capital and "titles" not in t.part.roles)
        elif len(run) > 1 and last + 1 < len(tokens) and not tokens[last + 1].joins and _beyond_comma(tokens, last + 1):
            found.update(t.plain for t in run if t.capital)
        at = last + 1
    return frozenset(found)


def _organisation(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether the run of capitals round a span holds a word for an organisation ("SITE Intelligence Group")."""
    at, end = last + 1, min(last + 5, len(tokens))
    while at < end and tokens[at].joins and tokens[at].capital and not tokens[at].begins:
        if "organisations" in tokens[at].part.roles:
            return True
        at += 1
    at, end = first - 1, max(first - 5, -1)
    while at > end and tokens[at + 1].joins and tokens[at].capital and not tokens[at].begins:
        if "organisations" in tokens[at].part.roles:
            return True
        at -= 1
    return False


def run_of_capitals(tokens: Sequence[Token], first: int) -> int:
    """The last word of a run of capitals that begins at `first`; articles in small letters may stand inside."""
    last = first
    while last + 1 < len(tokens) and tokens[last + 1].joins:
        after = tokens[last + 1]
        over = "name_joiners" in after.part.roles and last + 2 < len(tokens) and tokens[last + 2].joins
        if after.capital:
            last += 1
        elif over and tokens[last + 2].capital:
            last += 2
        elif (
            over
            and last + 3 < len(tokens)
            and "name_joiners" in tokens[last + 2].part.roles
            and tokens[last + 3].capital
        ):
            last += 3  # "de la"
        else:
            break
    return last


def led_to(tokens: Sequence[Token], first: int) -> bool:
    """Whether what stands before a run of capitals says that a place follows: "near", "village of", "the road to"."""
    if not first or not tokens[first].joins:
        return False
    before = tokens[first - 1]
    if before.plain in words("weak"):
        if not before.joins or first < 2:
            return False
        earlier = tokens[first - 2].part.roles
        return not earlier.isdisjoint(("features", "holders", "directions"))
    if "strong" in before.part.roles or "besieging" in before.part.roles:
        return True
    if _is_named(before, tokens[first - 2] if before.joins and first > 1 else None):
        return True
    return "features" in before.part.roles and "organisations" not in before.part.roles


def place_like(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether nothing about a run of capitals says that it is a person, an organisation or a common word."""
    run = tokens[first : last + 1]
    proper = [t for t in run if t.part.roles.isdisjoint(("name_joiners", "prefixes"))]
    stops = ("never", "common", "given", "titles", "organisations")
    if not proper or any(not t.part.roles.isdisjoint(stops) or any(c.isdigit() for c in t.plain) for t in proper):
        return False
    shouted = all(t.text.isupper() and len(t.text) > 1 for t in run)
    behind = last + 1 < len(tokens) and not tokens[last + 1].joins and not tokens[last + 1].begins
    return not shouted and not _organisation(tokens, first, last) and not (behind and _beyond_comma(tokens, last + 1))


def may_begin(tokens: Sequence[Token], at: int) -> bool:
    """Whether a run of capitals begins here, perhaps with an article in small letters."""
    if tokens[at].capital and not tokens[at].arabic:
        return True
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    return "articles" in tokens[at].part.roles and following is not None and following.capital and following.joins
