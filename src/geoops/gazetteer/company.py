"""Names given together: what the clear ones say of where the others lie."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from geoops.gazetteer.match import Context, unit_vectors
from geoops.gazetteer.records import Record

__all__ = ["Company"]

_MOST_ANCHORS = 200


class Company:
    """
    What the clear names of a list say of where the others lie; each name is left out of its own context.

    Parameters
    ----------
    clear
        The place of each name that is clear by itself.
    """

    def __init__(self, clear: Mapping[Any, Record]) -> None:
        self._clear = clear
        self._votes: defaultdict[str, float] = defaultdict(float)
        for record in clear.values():
            for code, vote in _vote(record).items():
                self._votes[code] += vote
        self._points = Counter((r.lon, r.lat) for r in clear.values() if not r.kind.startswith("PCL"))
        # One more than is used, so that leaving one out changes nothing else.
        self._anchors = tuple(self._points)[: _MOST_ANCHORS + 1]
        self._vectors = unit_vectors(self._anchors)
        self._position = {point: at for at, point in enumerate(self._anchors)}
        self._shares: dict[str | None, dict[str, float]] = {}

    def of(self, key: Any, context: Context) -> Context:
        """The context of one name, with what the others add."""
        own = self._clear.get(key)
        if len(self._clear) == (own is not None):
            return context
        most, gone = _MOST_ANCHORS, _MOST_ANCHORS
        if own is not None and self._points.get((own.lon, own.lat)) == 1:
            gone = self._position.get((own.lon, own.lat), most)
        anchors, vectors = self._anchors[:most], self._vectors[:most]
        if gone < most:
            anchors = self._anchors[:gone] + self._anchors[gone + 1 : most + 1]
            vectors = np.concatenate([self._vectors[:gone], self._vectors[gone + 1 : most + 1]])
        return replace(context, shares=self._shares_beside(own), anchors=anchors, _vectors={"anchors": vectors})

    def _shares_beside(self, own: Record | None) -> dict[str, float]:
        """How many of the names, as a share, lie in each country when one of them is left out."""
        country = None if own is None else own.country
        if country not in self._shares:
            votes = dict(self._votes)
            for code, vote in _vote(own).items() if own is not None else ():
                votes[code] -= vote
            total = sum(votes.values())
            shares = {code: vote / total for code, vote in votes.items() if vote > 1e-9} if total > 1e-9 else {}
            self._shares[country] = shares
        return self._shares[country]


def _vote(record: Record) -> dict[str, float]:
    """One vote, shared among the countries that a place lies in."""
    codes = [code for code in (record.country or "").split(";") if code]
    return {code: 1.0 / len(codes) for code in codes}
