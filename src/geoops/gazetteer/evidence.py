"""What in a text speaks for a place at some words, and what against: neighbours, capitals, people, organisations.

The word lists are rows of `words/text.toml`. Where the spans come from, and which are kept, is `mentions.py`'s business.
"""

from __future__ import annotations

from collections.abc import Sequence

from geoops.gazetteer.features import group_of_kind, groups, split_feature
from geoops.gazetteer.match import Candidate
from geoops.gazetteer.tokens import Token, feature_words, words

__all__ = ["evidence", "led_to", "may_begin", "place_like", "run_of_capitals"]


def evidence(tokens: Sequence[Token], first: int, last: int, best: Candidate) -> float:
    """What speaks for and against a place, in points; `_ENOUGH` is enough."""
    span = tokens[first : last + 1]
    before = tokens[first - 1] if first and tokens[first].joins else None
    after = tokens[last + 1] if last + 1 < len(tokens) and tokens[last + 1].joins else None
    plain = [token.plain for token in span]
    core = [word for word in plain if word not in words("articles")]
    own_feature = bool(split_feature(" ".join(plain))) and best.record.kind[:3] not in ("PPL", "PCL")
    if len(core) <= 1 and not span[0].arabic and (not core or core[0] in words("never") or core[0] in words("common")):
        return -10.0
    if all(word in words("common") or word in words("never") or word in feature_words() for word in core):
        # Nothing but common words: only a whole phrase that the gazetteer has as it stands ("northern Syria" is one).
        return 3.0 if best.spelling >= 0.97 and not best.record.kind.startswith("PPL") else -10.0
    weight = best.record.weight
    points = 2.0 if weight >= 90_000 else 1.0 if weight >= 10_000 else 0.0
    group = group_of_kind(best.record.kind)
    if group is not None and not groups()[group].bare and not own_feature:
        points -= 2.0  # "Omar" alone is rarely the oil field
    points += 2.0 if own_feature or (best.asked and best.spelling >= 0.94) else 0.0
    points += 1.0 if len(core) > 1 else 0.0
    points += 0.5 if best.spelling >= 0.95 else -0.5
    points -= 1.0 if max(map(len, core)) <= 3 and not own_feature else 0.0
    if (
        before is not None
        and first > 1
        and before.plain in words("articles")
        and before.joins
        and tokens[first - 2].capital
    ):
        points -= 3.0  # "Qarn al-" stands before it: part of a longer name
    if before is not None:
        if before.plain in words("locatives"):
            points += 1.5
        if (
            not before.begins
            and before.capital
            and before.plain not in words("locatives") | feature_words() | words("directions")
        ):
            points -= 3.0  # part of a longer name that the gazetteer does not have
        if before.plain in words("titles") or before.plain in words("given"):
            points -= 4.0
    if after is not None:
        led = before is not None and before.plain in words("locatives") and before.plain not in ("and", "or")
        if after.plain in words("speech") and not led:
            points -= 4.0
        if best.record.kind == "PPLC" and not led and (after.plain in words("acts") or after.plain.endswith("ed")):
            points -= 4.0  # "Washington offered": a government
        if after.capital and after.plain not in feature_words():
            points -= 2.0
        if after.plain in words("given"):
            points -= 4.0
    if _organisation(tokens, first, last):
        points -= 6.0
    if before is not None and before.plain == "of" and first > 1 and tokens[first - 2].capital:
        points -= 4.0 if tokens[first - 2].plain in words("organisations") else 0.0  # "University of Mosul"
    if core[0] in words("given"):
        points -= 3.0
    if span[0].begins and len(span) == 1 and (before is None):
        points -= 0.5
    if span[0].arabic and len(span) == 1 and weight < 10_000:
        points -= 1.0
    return points


def _organisation(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether the run of capitals round a span holds a word for an organisation ("SITE Intelligence Group")."""
    for step, edge in ((1, last), (-1, first)):
        for at in range(edge + step, edge + 5 * step, step):
            if not 0 <= at < len(tokens) or not tokens[max(at, at - step)].joins:
                break
            if not tokens[at].capital or tokens[at].begins:
                break
            if tokens[at].plain in words("organisations"):
                return True
    return False


def run_of_capitals(tokens: Sequence[Token], first: int) -> int:
    """The last word of a run of capitals that begins at `first`; articles in small letters may stand inside."""
    last = first
    while last + 1 < len(tokens) and tokens[last + 1].joins:
        over = tokens[last + 1].plain in words("articles") and last + 2 < len(tokens) and tokens[last + 2].joins
        if tokens[last + 1].capital:
            last += 1
        elif over and tokens[last + 2].capital:
            last += 2
        else:
            break
    return last


def led_to(tokens: Sequence[Token], first: int) -> bool:
    """Whether what stands before a run of capitals says that a place follows: "near", "village of", "south of"."""
    if not first or not tokens[first].joins:
        return False
    before = tokens[first - 1].plain
    if before == "of":
        earlier = tokens[first - 2].plain if first > 1 and tokens[first - 1].joins else ""
        return earlier in feature_words() or earlier in words("directions")
    return before in words("strong") or (before in feature_words() and before not in words("organisations"))


def place_like(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether nothing about a run of capitals says that it is a person, an organisation or a common word."""
    run = tokens[first : last + 1]
    proper = [t.plain for t in run if t.plain not in words("articles") and t.plain not in words("prefixes")]
    stops = words("never") | words("common") | words("given") | words("titles") | words("organisations")
    if not proper or any(name in stops or any(c.isdigit() for c in name) for name in proper):
        return False
    shouted = all(t.text.isupper() and len(t.text) > 1 for t in run)
    return not shouted and not _organisation(tokens, first, last)


def may_begin(tokens: Sequence[Token], at: int) -> bool:
    """Whether a run of capitals begins here, perhaps with an article in small letters."""
    if tokens[at].capital and not tokens[at].arabic:
        return True
    return (
        tokens[at].plain in words("articles")
        and at + 1 < len(tokens)
        and tokens[at + 1].capital
        and tokens[at + 1].joins
    )
