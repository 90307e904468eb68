"""Who is to be credited for what a figure shows: each provider once, with its licence, dates and layers.

Written from the catalogue's entries of the layers that are really drawn. A layer's `attribution` is one credit a line;
variants of one provider ("X, its atlas of 2015", "X (CC BY 4.0)") become one. How the text is set is the margin's business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from geoops.core.text import one_line
from geoops.maps.wording import ENGLISH, Wording

__all__ = ["LEVELS", "SHORTENED_FROM", "Credit", "credit_lines", "credits_of"]

LEVELS = 5
"""How many versions of the text there are, from the fullest to the shortest."""

SHORTENED_FROM = 2
"""From this version on something is left out that a reader may miss: dates, then the providers of single rows."""

_HOUSE = "geoops"  # rows typed by the project itself, whose providers stand behind them
_LICENCE = re.compile(
    r"\b(?:CC0(?: 1\.0)?|CC[ -]BY(?:-(?:SA|NC|ND|IGO))*(?: \d\.\d)?(?: IGO)?|ODbL(?: \d\.\d)?|ODC-By(?: \d\.\d)?|MIT"
    r"|Apache-2\.0|BSD-\d-Clause|LGPL(?: \d(?:\.\d)?)?|public domain)(?![\w.])",
    re.IGNORECASE,
)
_OPENING = re.compile(r"^(?:©|\(c\)|made with|contains|data from|data:)\s*", re.IGNORECASE)
_WORDS = {
    "oil_gas_fields": "oil and gas fields", "admin1": "governorates", "places": "towns", "road_links": "links of roads",
    "power_lines": "transmission lines",
}  # fmt: skip


@dataclass
class Credit:
    """
    One provider, with all that it gave to the figure.

    Parameters
    ----------
    provider
        Who, without licence and without what is peculiar to one of several works.
    full
        The longest wording, where there is only one.
    licences
        Under which licences, as far as they are stated.
    layers
        Names of the layers, in the order of first use.
    dates
        Of the data, ISO.
    behind
        Layers whose single rows, typed by the project itself, are after this provider.
    """

    provider: str
    full: str
    licences: list[str] = field(default_factory=list)
    layers: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)


def credits_of(used: Mapping[str, Mapping[str, Any]]) -> tuple[list[Credit], Credit | None]:
    """
    Each provider once, in the order of first use, and the project's own rows where there are any.

    Parameters
    ----------
    used
        Entries of the catalogue (`attribution` or `source`, `licence`, `date`) by name of the layer.

    Returns
    -------
    tuple
        The credits, and the one of rows typed by the project itself (its licences are those that no provider states).
    """
    found: dict[str, Credit] = {}
    house: Credit | None = None
    for name, entry in used.items():
        lines = _lines_of(entry)
        licences = [one_line(part) for part in str(entry.get("licence") or "").split(";") if part.strip()]
        date = one_line(str(entry.get("date") or entry.get("source_date") or ""))[:7]
        curated = len(lines) > 1 and any(_is_house(text) for text, _ in lines)
        stated: set[str] = set()
        first: Credit | None = None
        for i, (text, own) in enumerate(lines):
            given = [_longest(licence, licences) for licence in own]
            if not given and (len(licences) == 1 or len(licences) == len(lines)) and not curated:
                given = [licences[min(i, len(licences) - 1)]]
            if not given and len(lines) == 1:
                given = licences
            stated.update(licence.lower() for licence in given)
            if curated and _is_house(text):
                continue
            credit = found.setdefault(_head(text).lower().lstrip("© "), Credit(_head(text), text))
            if "©" in text and "©" not in credit.provider:
                credit.provider = f"© {credit.provider}"
            if credit.full != text:  # several works of one provider: who, not what
                credit.full = credit.provider
            first = first or credit
            _add(credit.licences, given)
            _add(credit.behind if curated else credit.layers, [name])
            _add(credit.dates, [date] if date and not curated else [])
        rest = [licence for licence in licences if licence.lower() not in stated]
        if curated:
            house = house or Credit(_HOUSE, _HOUSE)
            _add(house.licences, rest)
            _add(house.layers, [name])
            _add(house.dates, [date] if date else [])
        elif first is not None and rest:
            _add(first.licences, rest)
    for credit in found.values():
        credit.licences = _without_parts(credit.licences)
    if house is not None:
        known = {licence.lower() for credit in found.values() for licence in credit.licences}
        # That facts are cited is said of all these rows; the other licences are those that no provider states.
        house.licences = [
            licence
            for licence in _without_parts(house.licences)
            if licence.lower() not in known and "cited" not in licence.lower()
        ]
    return list(found.values()), house


def credit_lines(
    used: Mapping[str, Mapping[str, Any]], extra: Sequence[str] = (), *, level: int = 0, words: Wording = ENGLISH
) -> list[str]:
    """
    The credits as texts, one a group of layers.

    Parameters
    ----------
    used
        As in `credits_of`.
    extra
        Lines of the caller, which stand first.
    level
        0 all; 1 providers without their works; 2 without dates; 3 of the providers behind single rows only the first;
        4 without the names of layers.
    words
        The figure's language, for everything that is no provider's name.
    """
    providers, house = credits_of(used)
    groups: dict[tuple[str, ...], list[str]] = {}
    for credit in providers:
        if not credit.layers:
            continue
        named = credit.full if level == 0 else credit.provider
        key = () if level >= 4 else tuple(credit.layers)
        licences = [words.maybe(licence) for licence in credit.licences]
        groups.setdefault(key, []).append(named + _in_brackets(licences, credit.dates if level < 2 else [], words))
    texts = [
        _titled("; ".join(parts) if key else ", ".join(parts), list(key), words) for key, parts in groups.items()
    ]  # fmt: skip
    if house is not None:
        behind = [
            (c.full if level == 0 else c.provider) + _in_brackets([words.maybe(x) for x in c.licences], [], words)
            for c in providers
            if c.behind
        ]  # fmt: skip
        if level >= 3 and len(behind) > 1:
            behind = [words(f"{behind[0]} and others, see the manifest")]
        after = ", " + words(f"after {', '.join(behind)}") if behind else ""
        own = words(f"{_HOUSE} curated rows, each cited")
        own += _in_brackets([words.maybe(x) for x in house.licences], house.dates if level < 2 else [], words)
        texts.append(_titled(own + after, house.layers if level < 4 else [], words))
    return [*[one_line(text) for text in extra], *[one_line(text) for text in texts]]


def _lines_of(entry: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """The credits of one layer: text without licence, and the licences that it names."""
    named = str(entry.get("attribution") or entry.get("source") or "source not stated")
    parts = named.split(";") if entry.get("given") else named.splitlines()
    lines = []
    for part in parts:
        text = one_line(part)
        licences = _LICENCE.findall(text)
        text = _LICENCE.sub("", text)
        text = re.sub(r"\(\s*[,;]*\s*\)", "", text)
        text = re.sub(r"\s*[,;]\s*(?=[,;)]|$)", "", text).strip(" ,;.")
        mark = "© " if text.startswith("©") else ""
        text = re.sub(r"^[A-Z][\w ]{2,18}: ", "", _OPENING.sub("", text))
        if text:
            lines.append((one_line(mark + text), licences))
    return lines


def _is_house(text: str) -> bool:
    """Whether a credit speaks of rows typed by the project itself."""
    return _HOUSE in text.lower()


def _head(text: str) -> str:
    """Who, without the work: what stands before the first comma, bracket or semicolon."""
    return re.split(r"\s*[,;(]", text, maxsplit=1)[0].strip() or text


def _longest(licence: str, licences: Sequence[str]) -> str:
    """The licence as the layer words it, which may have the version."""
    same = [other for other in licences if other.lower().startswith(licence.lower())]
    return same[0] if same else licence


def _add(values: list[str], more: Sequence[str]) -> None:
    """Append what is not there yet."""
    values.extend(value for value in dict.fromkeys(more) if value not in values)


def _without_parts(licences: Sequence[str]) -> list[str]:
    """Licences of which none is another's beginning, such as ODbL beside ODbL 1.0; letter case does not matter."""
    kept: list[str] = []
    for licence in licences:
        low = licence.lower()
        longer = [other for other in licences if other.lower().startswith(low + " ")]
        if not longer and low not in (other.lower() for other in kept):
            kept.append(licence)
    return kept


def _in_brackets(licences: Sequence[str], dates: Sequence[str], words: Wording) -> str:
    """Licences and dates as they stand after a name."""
    when = [min(dates) if min(dates) == max(dates) else words.maybe(f"{min(dates)} to {max(dates)}")] if dates else []
    parts = [*licences, *when]
    return f" ({', '.join(parts)})" if parts else ""


def _titled(text: str, layers: Sequence[str], words: Wording) -> str:
    """A text after the names of its layers, with a capital."""
    named = ", ".join(words.maybe(_WORDS.get(name, name.replace("_", " "))) for name in layers)
    return f"{named[:1].upper()}{named[1:]}: {text}" if named else text
