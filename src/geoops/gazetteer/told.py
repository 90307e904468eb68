"""Phrases that tell a place from others, put into a text's table of mentions: in place of their anchors, or as rows.

Where such a phrase leads is `relative.py`'s and `frontiers.py`'s business.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import geopandas as gpd
import pandas as pd

from geoops.core.schema import WGS84
from geoops.gazetteer.frontiers import frontier, frontiers
from geoops.gazetteer.precision import precision_of
from geoops.gazetteer.records import Gazetteer
from geoops.gazetteer.relative import placed, relatives

__all__ = ["with_told_places"]

_ANCHOR = ("status", "name", "kind", "lon", "lat", "uncertainty_m", "extent", "score", "reason")
_MOST_NEIGHBOURS = 12  # countries of the text that are tried as the other side of a border


def with_told_places(gazetteer: Gazetteer, text: str, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    The mentions of a text with phrases such as "30 km east of Kirkuk" in place of their anchors, and borders as rows.

    Parameters
    ----------
    gazetteer
        It has the countries' outlines.
    text
        The whole text.
    table
        Its mentions, from `find_places`.
    """
    changed: dict[int, dict[str, Any]] = {}
    gone: set[int] = set()
    phrases = relatives(text, list(zip(table["start"].tolist(), table["end"].tolist(), strict=True)))
    columns_of = {name: table[name].tolist() for name in _ANCHOR} if phrases else {}
    for phrase in phrases:
        words = text[phrase.start : phrase.end]
        anchor, second = (
            None if at is None else {name: values[at] for name, values in columns_of.items()}
            for at in (phrase.anchor, phrase.second)
        )
        columns = placed(phrase, anchor, second, " ".join(words.split()))
        if columns is not None:
            changed[phrase.anchor] = columns | {"text": words, "start": phrase.start, "end": phrase.end}
            if phrase.second is not None:
                gone.add(phrase.second)
    added = _frontiers(gazetteer, text, table)
    for row in added:
        gone.update(table.index[(table["start"] < row["end"]) & (table["end"] > row["start"])])
    if not changed and not added:
        return table
    return _rebuilt(table, changed, gone, added)


def _frontiers(gazetteer: Gazetteer, text: str, table: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """The rows of borders that a text names."""
    phrases = frontiers(text)
    if not phrases:
        return []
    votes = Counter(code for codes in table["country"].dropna() for code in codes.split(";"))
    countries = tuple(code for code, _ in votes.most_common(_MOST_NEIGHBOURS))
    found = {named: frontier(gazetteer, named, countries) for named in {phrase.countries for phrase in phrases}}
    rows = []
    for phrase in phrases:
        columns = found[phrase.countries]
        if columns is not None:
            rows.append(columns | {"text": text[phrase.start : phrase.end], "start": phrase.start, "end": phrase.end})
    return rows


def _rebuilt(
    table: gpd.GeoDataFrame, changed: dict[int, dict[str, Any]], gone: set[int], added: list[dict[str, Any]]
) -> gpd.GeoDataFrame:
    """The table with some rows changed, some gone and some added, in order of the text."""
    columns = {name: table[name].tolist() for name in table.columns}
    for at, values in changed.items():
        for name, value in values.items():
            columns[name][at] = value
    for row in added:
        for name, values in columns.items():
            values.append(row.get(name))
    for at in (*changed, *range(len(table), len(table) + len(added))):
        columns["precision"][at] = precision_of(columns["kind"][at], columns["uncertainty_m"][at])
    order = sorted((at for at in range(len(columns["start"])) if at not in gone), key=lambda at: columns["start"][at])
    frame = pd.DataFrame(
        {
            name: pd.Series([values[at] for at in order], dtype=table[name].dtype)
            for name, values in columns.items()
            if name not in ("geometry", "extent")
        }
    )
    for name in ("geometry", "extent"):
        frame[name] = gpd.GeoSeries([columns[name][at] for at in order], crs=WGS84)
    return gpd.GeoDataFrame(frame[list(table.columns)], geometry="geometry", crs=WGS84)
