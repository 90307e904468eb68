"""Neighbouring pieces of one feature in one ball, so that most of a layer is settled a run at a time; and spans of rows.

What surely holds is said of a ball: no piece of the run reaches out of it, and its middle is a place on the feature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from geoops.proximity.pieces import FloatArray, IntArray
    from geoops.proximity.search import Side

__all__ = ["RUN", "Runs", "apart", "blocks", "expand", "runs_of"]

RUN = 8
"""Pieces a run, at most."""


@dataclass(frozen=True)
class Runs:
    """Neighbouring pieces of one feature, in one ball a run: its middle is a place on the feature."""

    owner: IntArray
    begin: IntArray
    end: IntArray
    middle: FloatArray
    reach_m: FloatArray


def runs_of(layer: Side) -> Runs:
    """The runs of a layer's pieces, made once."""
    if "runs" not in layer.kept:
        pieces = layer.pieces
        number = np.arange(len(pieces)) - np.searchsorted(pieces.owner, pieces.owner, side="left")
        begin = np.flatnonzero(number % RUN == 0)
        end = np.append(begin[1:], len(pieces))
        middle = pieces.middle[(begin + end - 1) // 2]
        reach = apart(pieces.middle, np.repeat(middle, end - begin, axis=0)) + pieces.radius_m
        widest = np.maximum.reduceat(reach, begin) if len(begin) else reach
        layer.kept["runs"] = Runs(pieces.owner[begin], begin, end, middle, widest)
    runs: Runs = layer.kept["runs"]
    return runs


def apart(a: FloatArray, b: FloatArray) -> FloatArray:
    """Chords between pairs of points."""
    gap = a - b
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", gap, gap)))


def expand(begin: IntArray, sizes: IntArray, label: IntArray | None = None) -> tuple[IntArray, IntArray]:
    """For spans that begin somewhere and have a size: the label (else the number) of the span, and each member."""
    span = np.repeat(np.arange(len(begin)), sizes)
    member = np.arange(len(span)) - np.repeat(np.cumsum(sizes) - sizes - begin, sizes)
    return (span if label is None else label[span]), member


def blocks(counts: IntArray, most: int) -> list[tuple[int, int]]:
    """Spans of points that have about so many pairs together, at least one point each."""
    total, spans, begin = np.cumsum(counts), [], 0
    while begin < len(counts):
        done = total[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(total, done + most, side="right")))
        spans.append((begin, end))
        begin = end
    return spans
