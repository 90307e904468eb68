"""Phrases that tell a place from others, put into a text's table of mentions: in place of their anchors, or as rows.

Where such a phrase leads is `relative.py`'s and `frontiers.py`'s business.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geoops.gazetteer.frontiers import Frontier, frontier, frontiers
from geoops.gazetteer.precision import precision_of
from geoops.gazetteer.records import Gazetteer
from geoops.gazetteer.relative import placed, relatives

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Mention", "with_told_places"]

_MOST_NEIGHBOURS = 12  # countries of the text that are tried as the other side of a border


class Mention(NamedTuple):
    """
    Characters of a text that mean a place.

    Parameters
    ----------
    start, end
        The characters.
    row
        The row of the table of places.
    """

    start: int
    end: int
    row: int


def with_told_places(
    gazetteer: Gazetteer, text: str, places: gpd.GeoDataFrame, mentions: Sequence[Mention]
) -> tuple[gpd.GeoDataFrame, list[Mention]]:
    """
    Mentions with phrases such as "30 km east of Kirkuk" in place of their anchors, and borders among them.

    Parameters
    ----------
    gazetteer
        It has the countries' outlines.
    text
        The whole text.
    places
        A row a place that the text names.
    mentions
        In order of the text.

    Returns
    -------
    (GeoDataFrame, list of Mention)
        The places, with those that such phrases tell added, and the mentions in order.
    """
    changed, gone, told = _relative(text, places, mentions)
    borders = _borders(gazetteer, text, places, mentions)
    starts, ends = (np.array([mention[side] for mention in mentions], dtype=np.int64) for side in (0, 1))
    for phrase, columns in borders:
        gone.update(np.flatnonzero((starts < phrase.end) & (ends > phrase.start)).tolist())
        told.append(columns)
    if not told:
        return places, list(mentions)
    first = len(places) + len(told) - len(borders)
    added = [Mention(phrase.start, phrase.end, first + at) for at, (phrase, _) in enumerate(borders)]
    kept = [changed.get(at, mention) for at, mention in enumerate(mentions) if at not in gone]
    return _with_rows(places, told), sorted([*kept, *added], key=lambda mention: mention.start)


def _relative(
    text: str, places: gpd.GeoDataFrame, mentions: Sequence[Mention]
) -> tuple[dict[int, Mention], set[int], list[dict[str, Any]]]:
    """The mentions that relative phrases change, those that go into another, and the rows of the places so told."""
    phrases = relatives(text, [(mention.start, mention.end) for mention in mentions])
    held = {name: places[name].tolist() for name in places.columns} if phrases else {}
    changed: dict[int, Mention] = {}
    gone: set[int] = set()
    told: list[dict[str, Any]] = []
    rows: dict[Any, int | None] = {}  # one phrase often comes again
    for phrase in phrases:
        words = text[phrase.start : phrase.end]
        anchors = tuple(None if at is None else mentions[at].row for at in (phrase.anchor, phrase.second))
        key = (words, *anchors, replace(phrase, start=0, end=0, anchor=0, second=None))
        if key not in rows:
            own, second = (None if row is None else {name: held[name][row] for name in held} for row in anchors)
            columns = placed(phrase, own, second, " ".join(words.split()))
            rows[key] = None
            if own is not None and columns is not None:
                rows[key] = len(places) + len(told)
                told.append(own | columns)
        row = rows[key]
        if row is not None:
            changed[phrase.anchor] = Mention(phrase.start, phrase.end, row)
            if phrase.second is not None:
                gone.add(phrase.second)
    return changed, gone, told


def _borders(
    gazetteer: Gazetteer, text: str, places: gpd.GeoDataFrame, mentions: Sequence[Mention]
) -> list[tuple[Frontier, dict[str, Any]]]:
    """The borders that a text names, with their columns."""
    phrases = frontiers(text)
    if not phrases:
        return []
    country = places["country"].tolist()
    lies = [country[mention.row] for mention in mentions]
    votes = Counter(code for codes in lies if isinstance(codes, str) for code in codes.split(";"))
    countries = tuple(code for code, _ in votes.most_common(_MOST_NEIGHBOURS))
    found = {named: frontier(gazetteer, named, countries) for named in {phrase.countries for phrase in phrases}}
    return [(p, columns) for p in phrases if (columns := found[p.countries]) is not None]


def _with_rows(places: gpd.GeoDataFrame, told: Sequence[dict[str, Any]]) -> gpd.GeoDataFrame:
    """The table of places with rows added."""
    import geopandas as gpd
    import pandas as pd

    from geoops.core.schema import WGS84

    columns: dict[str, Any] = {}
    for name in places.columns:
        if name == "precision":
            values: list[Any] = [precision_of(row["kind"], row["uncertainty_m"]) for row in told]
        else:
            values = [row.get(name) for row in told]
        whole = [*places[name].tolist(), *values]
        if name in ("geometry", "extent"):
            columns[name] = gpd.GeoSeries(whole, crs=WGS84)
        else:
            columns[name] = pd.Series(whole, dtype=places[name].dtype)
    return gpd.GeoDataFrame(columns, geometry="geometry", crs=WGS84)
