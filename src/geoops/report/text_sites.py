"""Which of a text's places become sites and which of these the figures show, and why a text gives none.

What the text names is `text_places.py`'s business; a brief of it is made in `drafting.py`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from geoops.core.geodesy import distance

__all__ = [
    "FAR_KM",
    "MOST_DRAWN",
    "MOST_SITES",
    "MOST_TABLED",
    "Chosen",
    "chosen",
    "labels_of",
    "no_place_words",
    "together",
]

MOST_DRAWN = 40
"""Sites on a figure of a text: more names than that find no room on a sheet."""
MOST_TABLED = 24
"""Sites on a text's figure of distances: more rows find no room in its table."""
MOST_SITES = 500
"""Places of a text that become sites: of more the table would be as long as the text."""
_MOST_FAR_NAMED = 8

FAR_KM = 2000.0
_FEWEST_TO_LEAVE = 4
_MOST_SHARE = 0.75
"""A place farther than this from all others is left out of a text's figures, where three quarters at least remain."""
_SCRIPTS = {"LATIN": "Latin", "ARABIC": "Arabic", "CYRILLIC": "Cyrillic", "CJK": "Chinese", "HANGUL": "Korean",
            "HIRAGANA": "Japanese", "KATAKANA": "Japanese", "HEBREW": "Hebrew", "GREEK": "Greek", "DEVANAGARI": "Devanagari",
            "ARMENIAN": "Armenian", "GEORGIAN": "Georgian", "SYRIAC": "Syriac"}  # fmt: skip


def no_place_words(text: str) -> str:
    """
    Why a text gives no site, as far as its letters say.

    Parameters
    ----------
    text
        What was read.

    Examples
    --------
    >>> no_place_words(" ")
    'holds no words'
    >>> no_place_words("Киркук").split(":")[0]
    'is mostly in Cyrillic letters'
    """
    counts: dict[str, int] = {}
    for letter in text[:20_000]:
        if letter.isalpha():
            script = unicodedata.name(letter, "?").split(" ")[0]
            counts[script] = counts.get(script, 0) + 1
    if not counts:
        return "holds no words"
    most = max(counts, key=counts.__getitem__)
    if most not in {"LATIN", "ARABIC"}:
        script = _SCRIPTS.get(most, most.capitalize())
        return (
            f"is mostly in {script} letters: places are found in texts in Latin and Arabic letters"
            " (single names are known in Cyrillic too)"
        )
    return "names no place that the gazetteer knows (countries alone make no map)"


def together(places: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """
    The places that a figure can show together, and the few that lie far from all of these.

    Parameters
    ----------
    places
        With `lon` and `lat` in degrees.
    """
    if len(places) < _FEWEST_TO_LEAVE:
        return places, []
    lon, lat = (np.array([place[key] for place in places]) for key in ("lon", "lat"))
    near = distance(lon[:, None], lat[:, None], lon, lat) <= FAR_KM * 1000.0
    groups = connected_components(csr_array(near), directed=False)[1]
    counts = np.bincount(groups)
    here = groups == int(np.argmax(counts))
    if here.sum() < _MOST_SHARE * len(places):  # a text about the whole world
        return places, []
    return [p for p, kept in zip(places, here, strict=True) if kept], [
        p for p, kept in zip(places, here, strict=True) if not kept
    ]


class Chosen(NamedTuple):
    """
    What of a text's places becomes what.

    Parameters
    ----------
    sites
        The places that become sites, in the order of the text.
    drawn
        Those of them that the figures show.
    tabled
        Those of them that the figure of distances shows.
    words
        Sentences on what is not shown, for a reader.
    """

    sites: list[dict[str, Any]]
    drawn: list[dict[str, Any]]
    tabled: list[dict[str, Any]]
    words: tuple[str, ...]


def chosen(places: list[dict[str, Any]], *, apart: bool = True) -> Chosen:
    """
    The places of a text that become sites, those that figures show, and words on the rest.

    Parameters
    ----------
    places
        In the order of the text, each with `mentions`, how often it is named; without them the first ones count most.
    apart
        Whether the few places that lie far from all others are left out; not of places that a person went through.
    """
    kept = _most_named(places, MOST_SITES)
    kept, far = together(kept) if apart else (kept, [])
    drawn = _most_named(kept, MOST_DRAWN)
    tabled = _most_named(kept, MOST_TABLED)
    words = []
    how = "that it names most often" if any(p.get("mentions", 1) > 1 for p in places) else "that it names first"
    if len(drawn) < len(kept):
        held = "all of them" if len(kept) + len(far) == len(places) else f"{len(kept):,}"
        words.append(
            f"The text names {len(places):,} places. The figures show the {len(drawn)} {how}, that of distances {len(tabled)}; the"
            f" tables and the interactive map hold {held}."
        )
    elif len(tabled) < len(kept):
        words.append(
            f"The figure of distances shows the {len(tabled)} of {len(kept)} places {how}; the tables hold all of them."
        )
    if far:
        more = f" and {len(far) - _MOST_FAR_NAMED:,} more" if len(far) > _MOST_FAR_NAMED else ""
        names = ", ".join(p["name"] for p in far[:_MOST_FAR_NAMED])
        words.append(f"Also named, over {FAR_KM:,.0f} km from the others and not drawn: {names}{more}.")
    return Chosen(kept, drawn, tabled, tuple(words))


def _most_named(places: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """The places that are named most often, in the order of the text."""
    ranked = sorted(range(len(places)), key=lambda at: (-places[at].get("mentions", 1), at))
    return [places[at] for at in sorted(ranked[:most])]


def labels_of(sites: Sequence[dict[str, Any]]) -> list[str]:
    """
    What the figures call each site: the text's word for it, told apart where two places have one name.

    Parameters
    ----------
    sites
        With `name`, and `label`, `country` where known.

    Examples
    --------
    >>> labels_of([{"name": "Tripoli", "country": "LB"}, {"name": "Tripoli", "country": "LY"}, {"name": "Tripoli"}])
    ['Tripoli', 'Tripoli (LY)', 'Tripoli (2)']
    """
    labels: dict[str, str] = {}
    for site in sites:
        word = str(site.get("label") or site["name"])
        ways = [word, *([f"{word} ({site['country']})"] if site.get("country") else [])]
        ways += [f"{word} ({number})" for number in range(2, len(sites) + 2)]
        label = next(way for way in ways if way.casefold() not in labels)
        labels[label.casefold()] = label
    return list(labels.values())
