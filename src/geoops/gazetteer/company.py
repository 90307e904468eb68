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
        self._anchors = list(self._points)[: _MOST_ANCHORS + 1]
        self._vectors = unit_vectors(self._anchors)

    def of(self, key: Any, context: Context) -> Context:
        """The context of one name, with what the others add."""
        own = self._clear.get(key)
        if len(self._clear) == (own is not None):
            return context
        votes = dict(self._votes)
        kept = np.ones(len(self._anchors), dtype=bool)
        if own is not None:
            for code, vote in _vote(own).items():
                votes[code] -= vote
            point = (own.lon, own.lat)
            if self._points.get(point) == 1 and point in self._anchors:
                kept[self._anchors.index(point)] = False
        kept[np.flatnonzero(kept)[_MOST_ANCHORS:]] = False
        total = sum(votes.values())
        shares = {code: vote / total for code, vote in votes.items() if vote > 1e-9} if total > 1e-9 else {}
        anchors = tuple(anchor for anchor, keep in zip(self._anchors, kept, strict=True) if keep)
        return replace(context, shares=shares, anchors=anchors, _vectors={"anchors": self._vectors[kept]})


def _vote(record: Record) -> dict[str, float]:
    """One vote, shared among the countries that a place lies in."""
    codes = [code for code in (record.country or "").split(";") if code]
    return {code: 1.0 / len(codes) for code in codes}
