"""The places that a label may take round its point, and which of them would read as another symbol's label.

Which one is free, and who chooses first, is `labels.py`'s business. All lengths are points from the frame's lower left
corner.
"""

from __future__ import annotations

from collections.abc import Sequence
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
_STEPS = (0.0, 1.5, 3.5, 7.0, 11.0, 16.0, 23.0, 32.0)
LEADER_FROM_PT = 6.0
LEADER_CLEAR_PT = 3.0  # a label with a leader keeps so far from other symbols
OUTWARD_COST = 1.4  # of a place on the side of a neighbour
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
    anchors: _FloatArray | None = None
    padding: float = 0.9


@dataclass
class Candidates:
    """All places that a label may take, with what each costs besides what it covers."""

    boxes: _FloatArray
    costs: _FloatArray
    aligns: _FloatArray
    leaders: _FloatArray
    points: _FloatArray
    padding: float

    def weigh_neighbours(self, request: PointLabel, symbols: Sequence[tuple[float, float, float]]) -> None:
        """
        Refuse places that would read as the label of another symbol, and prefer the side away from neighbours.

        A text must be nearer to its own symbol than to any other, unless a leader leads to it; then it keeps clear of the
        others. A refused place costs infinitely much.

        Parameters
        ----------
        request
            Whose places these are; a badge on a line (`centre_ok`) belongs to its line and is not weighed.
        symbols
            x, y and radius of the symbols that carry labels, its own among them.
        """
        others = np.array([s for s in symbols if np.hypot(s[0] - request.x, s[1] - request.y) > 0.5]).reshape(-1, 3)
        if request.centre_ok or not len(others):
            return
        gaps = _gaps(self.boxes, others)
        own = _gaps(self.boxes, np.array([(request.x, request.y, request.radius)]))[:, 0]
        led = np.isfinite(self.leaders).all(axis=1)
        nearest = gaps.min(axis=1)
        refused = np.where(led, nearest < LEADER_CLEAR_PT, nearest <= own + 1.0)
        centres = (self.boxes[:, :2] + self.boxes[:, 2:]) / 2.0 - (request.x, request.y)
        centres /= np.maximum(np.hypot(centres[:, 0], centres[:, 1]), 1e-9)[:, None]
        towards = others[:, :2] - (request.x, request.y)
        away = np.hypot(towards[:, 0], towards[:, 1])
        facing = np.clip(centres @ (towards / away[:, None]).T, 0.0, 1.0) * np.clip(1.0 - away / _NEAR_PT, 0.0, 1.0)
        self.costs = np.where(refused, np.inf, self.costs + OUTWARD_COST * facing.max(axis=1))


def _gaps(boxes: _FloatArray, symbols: _FloatArray) -> _FloatArray:
    """White between each box and each round symbol, shape (boxes, symbols); negative where they overlap."""
    dx = np.maximum(np.maximum(boxes[:, None, 0] - symbols[None, :, 0], symbols[None, :, 0] - boxes[:, None, 2]), 0.0)
    dy = np.maximum(np.maximum(boxes[:, None, 1] - symbols[None, :, 1], symbols[None, :, 1] - boxes[:, None, 3]), 0.0)
    return np.asarray(np.hypot(dx, dy) - symbols[None, :, 2], dtype=np.float64)


def candidates_of(request: PointLabel) -> Candidates:
    """Boxes at many angles and growing distances round the point (or round each of its anchors)."""
    anchors = np.array([[request.x, request.y]]) if request.anchors is None else np.asarray(request.anchors)
    width, height = request.block.width, request.block.height
    boxes: list[Box] = []
    costs: list[float] = []
    aligns: list[float] = []
    leaders: list[tuple[float, float, float, float]] = []
    points: list[tuple[float, float]] = []
    none = (np.nan, np.nan, np.nan, np.nan)
    steps = _STEPS if request.required else _STEPS[:3]
    for rank, (px, py) in enumerate(anchors):
        base_cost = 0.06 * rank
        if request.centre_ok:
            boxes.append((px - width / 2, py - height / 2, px + width / 2, py + height / 2))
            costs.append(base_cost)
            aligns.append(0.5)
            leaders.append(none)
            points.append((px, py))
        for step in steps:
            if request.centre_ok and step > 0 and rank % 3:
                continue  # many anchors: few distances are enough
            for angle, angle_cost in _ANGLES:
                cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
                reach = request.radius + request.gap + step
                x, y = px + reach * cos, py + reach * sin
                cx = x + width / 2.0 * float(np.clip(cos * 1.7, -1.0, 1.0))
                cy = y + height / 2.0 * float(np.clip(sin * 1.7, -1.0, 1.0))
                box = (cx - width / 2.0, cy - height / 2.0, cx + width / 2.0, cy + height / 2.0)
                boxes.append(box)
                costs.append(base_cost + angle_cost + 0.22 * step + (1.2 if step >= LEADER_FROM_PT else 0.0)
                             + (1.5 if request.centre_ok else 0.0))  # fmt: skip
                aligns.append(0.0 if cos > 0.3 else 1.0 if cos < -0.3 else 0.5)
                points.append((px, py))
                if step >= LEADER_FROM_PT:
                    end_x = float(np.clip(px, box[0], box[2]))
                    end_y = float(np.clip(py, box[1], box[3]))
                    start = request.radius + 0.6
                    gap = float(np.hypot(end_x - px, end_y - py))
                    sx, sy = px + (end_x - px) * start / gap, py + (end_y - py) * start / gap
                    k = max(0.0, (gap - 1.0) / gap)
                    leaders.append((sx, sy, px + (end_x - px) * k, py + (end_y - py) * k))
                else:
                    leaders.append(none)
    return Candidates(
        np.array(boxes), np.array(costs), np.array(aligns), np.array(leaders), np.array(points), request.padding
    )
