"""The keys of a gazetteer: their hashes in order, and the entry that each leads to, decoded part by part when asked for.

A name needs a few parts of the file, a text most of them; opening it needs none. What the keys are is `store.py`'s business.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geoops.gazetteer.layer_rows import numbers, whole_array

if TYPE_CHECKING:
    import pyarrow.parquet as pq

__all__ = ["Keys"]


class Keys:
    """
    Hashed keys in order, and the entry that each leads to.

    Parameters
    ----------
    file
        Columns `hash` and `entry`; its row groups are the parts, and state the least hash of each where there are several.
    """

    def __init__(self, file: pq.ParquetFile) -> None:
        self._file = file
        groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
        self._firsts = [_first(group) for group in groups]
        counts = [group.num_rows for group in groups]
        self._stops = np.cumsum([0, *counts])
        # A part that is not there yet is as if all of it were its first hash: what stands in the others is found all the same.
        self._hashes = np.repeat(np.array(self._firsts, dtype=np.uint32), counts)
        self._owners = np.empty(len(self._hashes), dtype=np.int32)
        self._missing = set(range(len(groups)))
        if len(groups) > 1 and 0 in self._firsts[1:]:
            self._read(range(len(groups)))  # it does not say which hashes stand where

    @property
    def hashes(self) -> NDArray[np.uint32]:
        """All hashes, in order."""
        self._read(range(len(self._firsts)))
        return self._hashes

    @property
    def owners(self) -> NDArray[np.int32]:
        """The entry that each hash leads to; of one hash the best known first."""
        self._read(range(len(self._firsts)))
        return self._owners

    def under(self, code: int) -> NDArray[np.int32]:
        """The entries under one hash."""
        if self._missing:
            parts = range(max(bisect_left(self._firsts, code) - 1, 0), bisect_right(self._firsts, code))
            if not self._missing.isdisjoint(parts):
                self._read(parts)
        value = np.uint32(code)
        low = self._hashes.searchsorted(value, "left")
        if low == len(self._hashes) or self._hashes[low] != value:
            return self._owners[:0]
        return self._owners[low : self._hashes.searchsorted(value, "right")]

    def between(self, low: int, high: int) -> NDArray[np.int32]:
        """The entries at some positions that `find` has given."""
        return self._owners[low:high]

    def find(self, codes: NDArray[np.uint32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Where the entries under each of many hashes begin and end: equal where there are none."""
        if self._missing and len(codes):
            firsts = np.array(self._firsts, dtype=np.uint32)
            begins = np.maximum(firsts.searchsorted(codes, "left") - 1, 0)
            ends = firsts.searchsorted(codes, "right")
            self._read(
                {part for pair in set(zip(begins.tolist(), ends.tolist(), strict=True)) for part in range(*pair)}
            )
        return self._hashes.searchsorted(codes, "left"), self._hashes.searchsorted(codes, "right")

    def _read(self, parts: Iterable[int]) -> None:
        """Decode those of some parts that are not there yet."""
        for part in sorted(self._missing.intersection(parts)):
            table = self._file.read_row_group(part, use_threads=False)
            own = slice(self._stops[part], self._stops[part + 1])
            self._hashes[own] = numbers(whole_array(table["hash"]))
            self._owners[own] = numbers(whole_array(table["entry"]))
            self._missing.discard(part)


def _first(group: pq.RowGroupMetaData) -> int:
    """The least hash of a row group; the least there can be where the file does not say it."""
    stated = group.column(0).statistics
    return int(stated.min) if stated is not None and stated.has_min_max else 0
