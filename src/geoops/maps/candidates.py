"""The places that a label may take round its point, and which of them would read as another symbol's label.

Which one is free, and who chooses first, is `labels.py`'s business. All lengths are points from the frame's lower left
corner.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoops.maps.lettering import Block

__all__ = ["Box", "Candidates", "PointLabel", "candidates_of"]

Box = tuple[float, float, float, float]
_FloatArray = NDArray[np.float64]

# Angle in degrees from east, counter-clockwise, and its cost: a reader looks to the right of a dot first.
_ANGLES = (
    (0, 0.0), (35, 0.25), (325, 0.35), (18, 0.3), (342, 0.35), (180, 0.6), (145, 0.8), (215, 0.85), (162, 0.75),
    (198, 0.75), (90, 0.9), (270, 1.0), (62, 0.7), (118, 0.95), (298, 0.8), (242, 1.0),
)  # fmt: skip
_MORE_ANGLES = ((8, 0.1), (352, 0.15), (172, 0.65), (188, 0.7), (50, 0.5), (310, 0.6), (130, 0.85), (230, 0.9))
_STEPS = (0.0, 1.5, 3.5, 7.0, 11.0, 16.0, 23.0, 32.0)
_FAR_STEPS = (*_STEPS, 42.0, 54.0, 68.0, 84.0)
LEADER_FROM_PT = 6.0
LEADER_CLEAR_PT = 3.0  # a label with a leader keeps so far from other symbols
LEADER_PIECE_PT = 5.0
OUTWARD_COST = 1.4  # of a place on the side of a neighbour
CONFUSED_COST = 2.0  # of a place whose middle is nearer to a neighbour, though its edge is not
_NEAR_PT = 70.0  # within which a neighbour counts for the outward side


@dataclass
class PointLabel:
    """
    A label that wants to stand by a point.

    Parameters
    ----------
    block
        Its text.
    x, y, radius
        The symbol it belongs to.
    priority
        Higher goes first.
    required
        Whether it may move others, and be led to its point by a line.
    kind, key
        What it is (`site`, `town`, ...), and what it stands for.
    gap
        White between symbol and text.
    centre_ok
        Whether the label may also stand on its own point (a badge on its line).
    led_from
        Distance from symbol to text, beyond its gap, from which a line leads to it.
    anchors
        Other points on which it may stand, the best first.
    padding
        White kept to everything that must not be touched.
    """

    block: Block
    x: float
    y: float
    radius: float
    priority: float
    required: bool = False
    kind: str = "label"
    key: str = ""
    gap: float = 2.2
    centre_ok: bool = False
    led_from: float = LEADER_FROM_PT
    anchors: _FloatArray | None = None
    padding: float = 0.9


@dataclass(eq=False)  # each is itself: places are compared, and arrays of different lengths cannot be
class Candidates:
    """All places that a label may take, with what each costs besides what it covers."""

    boxes: _FloatArray
    costs: _FloatArray
    aligns: _FloatArray
    leaders: _FloatArray
    points: _FloatArray
    padding: float

    def taking(self, i: int) -> _FloatArray:
        """All boxes that a label in the i-th place takes: its own, and small ones along its leader."""
        start, end = self.leaders[i, :2], self.leaders[i, 2:]
        if not np.isfinite(start[0]):
            return self.boxes[[i]]
        shares = np.linspace(0.0, 1.0, max(int(np.hypot(*(end - start)) / LEADER_PIECE_PT), 1) + 1)
        at = start + (end - start) * shares[:, None]
        pieces = np.hstack([np.minimum(at[:-1], at[1:]) - 0.4, np.maximum(at[:-1], at[1:]) + 0.4])
        return np.vstack([self.boxes[[i]], pieces])

    def weigh_neighbours(self, request: PointLabel, symbols: _FloatArray) -> None:
        """
        Refuse places that would read as the label of another symbol, and prefer the side away from neighbours.

        A text must be nearer to its own symbol than to any other, unless a leader leads to it; then it keeps clear of the
        others. A refused place costs infinitely much.

        Parameters
        ----------
        request
            Whose places these are; a badge on a line (`centre_ok`) belongs to its line and is not weighed.
        symbols
            x, y and radius of the symbols that carry labels, its own among them, shape (n, 3).
        """
        if request.centre_ok or not len(symbols):
            return
        x, y, radius = symbols.T
        away = np.hypot(x - request.x, y - request.y)
        other = away > 0.5
        low, high = self.boxes[:, :2].min(axis=0), self.boxes[:, 2:].max(axis=0)
        margin = radius + LEADER_FROM_PT + 1.0 + LEADER_CLEAR_PT
        close = other & (x > low[0] - margin) & (x < high[0] + margin) & (y > low[1] - margin) & (y < high[1] + margin)
        if close.any():
            nearest = _gaps(self.boxes, symbols[close]).min(axis=1)
            own = _gaps(self.boxes, np.array([(request.x, request.y, request.radius)]))[:, 0]
            led = np.isfinite(self.leaders[:, 0])
            self.costs = np.where(np.where(led, nearest < LEADER_CLEAR_PT, nearest <= own + 1.0), np.inf, self.costs)
        beside = other & (away < _NEAR_PT)
        if beside.any():
            centres = (self.boxes[:, :2] + self.boxes[:, 2:]) / 2.0 - (request.x, request.y)
            gaps = np.hypot(*(centres[:, None] - (symbols[beside, :2] - (request.x, request.y))).transpose(2, 0, 1))
            confused = (gaps.min(axis=1) < np.hypot(*centres.T)) & ~np.isfinite(self.leaders[:, 0])
            self.costs = self.costs + CONFUSED_COST * confused
            centres /= np.maximum(np.hypot(centres[:, 0], centres[:, 1]), 1e-9)[:, None]
            towards = (symbols[beside, :2] - (request.x, request.y)) / away[beside][:, None]
            facing = np.clip(centres @ towards.T, 0.0, 1.0) * (1.0 - away[beside] / _NEAR_PT)
            self.costs = self.costs + OUTWARD_COST * facing.max(axis=1)


def _gaps(boxes: _FloatArray, symbols: _FloatArray) -> _FloatArray:
    """White between each box and each round symbol, shape (boxes, symbols); negative where they overlap."""
    dx = np.maximum(np.maximum(boxes[:, None, 0] - symbols[None, :, 0], symbols[None, :, 0] - boxes[:, None, 2]), 0.0)
    dy = np.maximum(np.maximum(boxes[:, None, 1] - symbols[None, :, 1], symbols[None, :, 1] - boxes[:, None, 3]), 0.0)
    return np.asarray(np.hypot(dx, dy) - symbols[None, :, 2], dtype=np.float64)


def candidates_of(request: PointLabel, *, far: bool = False) -> Candidates:
    """
    Boxes at many angles and growing distances round the point (or round each of its anchors).

    Parameters
    ----------
    request
        What is to be placed.
    far
        Whether only the distances beyond the usual ones are wanted, for a label that found no room nearer.
    """
    anchors = (
        np.array([[request.x, request.y]]) if request.anchors is None else np.asarray(request.anchors, dtype=float)
    )
    half = np.array([request.block.width, request.block.height]) / 2.0
    steps = np.array(_FAR_STEPS if far else _STEPS if request.required else _STEPS[:3])
    angles, angle_costs = np.array([*_ANGLES, *_MORE_ANGLES] if far else _ANGLES, dtype=float).T
    step = np.repeat(steps, len(angles))
    outwards = np.tile(np.column_stack([np.cos(np.radians(angles)), np.sin(np.radians(angles))]), (len(steps), 1))
    offset = outwards * (request.radius + request.gap + step)[:, None] + half * np.clip(outwards * 1.7, -1.0, 1.0)
    cost = np.tile(angle_costs, len(steps)) + 0.22 * step + np.where(step >= LEADER_FROM_PT, 1.2, 0.0)
    align = np.where(outwards[:, 0] > 0.3, 0.0, np.where(outwards[:, 0] < -0.3, 1.0, 0.5))
    if request.centre_ok:
        step, offset = np.r_[0.0, step], np.vstack([np.zeros((1, 2)), offset])
        cost, align = np.r_[0.0, cost + 1.5], np.r_[0.5, align]
    # Many anchors: few distances are enough.
    sparse = step <= 0.0 if request.centre_ok else np.ones(len(step), dtype=bool)
    rank, place = np.nonzero(sparse | (np.arange(len(anchors)) % 3 == 0)[:, None])
    points = anchors[rank]
    centres = points + offset[place]
    boxes = np.hstack([centres - half, centres + half])
    leaders = np.full((len(boxes), 4), np.nan)
    led = step[place] >= request.led_from
    ends = np.clip(points[led], boxes[led, :2], boxes[led, 2:])
    way = ends - points[led]
    gap = np.hypot(way[:, 0], way[:, 1])[:, None]
    leaders[led, :2] = points[led] + way * (request.radius + 0.6) / gap
    leaders[led, 2:] = points[led] + way * np.maximum(0.0, (gap - 1.0) / gap)
    return Candidates(boxes, 0.06 * rank + cost[place], align[place], leaders, points, request.padding)
