"""What is taken in a frame: boxes in one growing table, asked for many places at once.

A box that is lifted leaves its row empty, so that rows keep their numbers. Lengths are points.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["FIXED", "SYMBOL", "Taken", "bounds_of", "crossing", "touching"]

_FloatArray = NDArray[np.float64]
FIXED = -1
"""Owner of what is never lifted."""
SYMBOL = -2
"""Owner of symbols: no label stands on one, but a leader may have to pass over it."""


class Taken:
    """Boxes (x0, y0, x1, y1) that nothing else may touch; some belong to labels, which can be lifted again."""

    def __init__(self) -> None:
        self._boxes = np.full((256, 4), np.nan)
        self._owners = np.full(256, FIXED)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, boxes: _FloatArray, owner: int = FIXED) -> None:
        """Take boxes, shape (n, 4)."""
        boxes = boxes.reshape(-1, 4)
        first, self._count = self._count, self._count + len(boxes)
        if self._count > len(self._boxes):
            room = max(self._count, 2 * len(self._boxes)) - len(self._boxes)
            self._boxes = np.vstack([self._boxes, np.full((room, 4), np.nan)])
            self._owners = np.concatenate([self._owners, np.full(room, FIXED)])
        self._boxes[first : self._count] = boxes
        self._owners[first : self._count] = owner

    def lift(self, owner: int) -> None:
        """Free what an owner took: an empty row compares as touching nothing."""
        rows = np.flatnonzero(self._owners[: self._count] == owner)
        self._boxes[rows] = np.nan
        self._owners[rows] = FIXED

    def cut(self, count: int) -> None:
        """Forget all rows from `count` on."""
        self._boxes[count : self._count] = np.nan
        self._owners[count : self._count] = FIXED
        self._count = count

    def fix(self) -> None:
        """Nothing that stands now is lifted any more."""
        self._owners[: self._count] = np.minimum(self._owners[: self._count], FIXED)

    def touched(self, boxes: _FloatArray, padding: float) -> NDArray[np.bool_]:
        """Which boxes come nearer than the padding to something taken."""
        near, _ = self.near(boxes, padding)
        return np.asarray(touching(boxes, near, padding).any(axis=1), dtype=np.bool_)

    def crossed(self, lines: _FloatArray, padding: float) -> NDArray[np.bool_]:
        """Which lines (x0, y0, x1, y1) come nearer than the padding to something taken that is no symbol."""
        near, owners = self.near(bounds_of(lines), padding)
        return np.asarray(crossing(lines, near[owners != SYMBOL], padding).any(axis=1), dtype=np.bool_)

    def symbols_under(self, lines: _FloatArray) -> _FloatArray:
        """How many symbols each line runs over."""
        near, owners = self.near(bounds_of(lines), 0.0)
        return np.asarray(crossing(lines, near[owners == SYMBOL], 0.0).sum(axis=1), dtype=np.float64)

    def count(self, boxes: _FloatArray, padding: float) -> _FloatArray:
        """To how many things that are taken each box comes nearer than the padding."""
        near, _ = self.near(boxes, padding)
        return np.asarray(touching(boxes, near, padding).sum(axis=1), dtype=np.float64)

    def near(self, boxes: _FloatArray, padding: float) -> tuple[_FloatArray, NDArray[np.int64]]:
        """What is taken within the bounds of all these boxes together, and whose it is, in the order of owners."""
        if not len(boxes) or not self._count:
            return np.zeros((0, 4)), np.zeros(0, dtype=np.int64)
        (x0, y0), (x1, y1) = boxes[:, :2].min(axis=0) - padding, boxes[:, 2:].max(axis=0) + padding
        taken = self._boxes[: self._count]
        hit = (taken[:, 0] < x1) & (taken[:, 2] > x0) & (taken[:, 1] < y1) & (taken[:, 3] > y0)
        rows = np.flatnonzero(hit)
        rows = rows[np.argsort(self._owners[rows], kind="stable")]
        return taken[rows], self._owners[rows]


def touching(boxes: _FloatArray, others: _FloatArray, padding: float) -> NDArray[np.bool_]:
    """
    Which boxes come nearer than the padding to which others, shape (n, m).

    Examples
    --------
    >>> touching(np.array([[0.0, 0.0, 1.0, 1.0]]), np.array([[1.5, 0.0, 2.0, 1.0], [3.0, 0.0, 4.0, 1.0]]), 1.0)
    array([[ True, False]])
    """
    result: NDArray[np.bool_] = (
        (boxes[:, None, 0] < others[None, :, 2] + padding)
        & (boxes[:, None, 2] > others[None, :, 0] - padding)
        & (boxes[:, None, 1] < others[None, :, 3] + padding)
        & (boxes[:, None, 3] > others[None, :, 1] - padding)
    )
    return result


def crossing(lines: _FloatArray, boxes: _FloatArray, padding: float) -> NDArray[np.bool_]:
    """
    Which straight lines come nearer than the padding to which boxes, shape (n, m).

    Examples
    --------
    >>> boxes = np.array([[1.0, 1.0, 2.0, 2.0]])
    >>> crossing(np.array([[0.0, 0.0, 3.0, 3.0], [0.0, 0.0, 3.0, 0.5], [1.5, 0.0, 1.5, 3.0]]), boxes, 0.0).ravel()
    array([ True, False,  True])
    """
    enters = np.zeros((len(lines), len(boxes)))  # as shares of each line
    leaves = np.ones_like(enters)
    with np.errstate(divide="ignore", invalid="ignore"):
        for axis in (0, 1):
            start = lines[:, axis, None]
            way = lines[:, 2 + axis, None] - start
            one = (boxes[None, :, axis] - padding - start) / way
            other = (boxes[None, :, 2 + axis] + padding - start) / way
            enters = np.maximum(enters, np.fmin(one, other))
            leaves = np.minimum(leaves, np.fmax(one, other))
    return np.asarray(enters < leaves, dtype=np.bool_)


def bounds_of(lines: _FloatArray) -> _FloatArray:
    """The box round each line."""
    return np.hstack([np.minimum(lines[:, :2], lines[:, 2:]), np.maximum(lines[:, :2], lines[:, 2:])])
