"""Where labels go: no label touches another label, a site's symbol, a box of the furniture or the frame.

Each label tries candidate places in order of preference, with what it would cover as a cost; the most important and the
most hemmed-in go first, and a label that finds no place may push one neighbour to another of its own. Nothing is random,
so the same figure comes out each time. All lengths are points from the frame's lower left corner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from shapely.geometry.base import BaseGeometry

from geoops.maps.candidates import Box, Candidates, PointLabel, candidates_of

__all__ = ["Box", "Labeller", "PlacedLabel", "PointLabel"]

_FloatArray = NDArray[np.float64]

PADDING_PT = 0.9
COVER_COST = 0.03  # of a square point of weight 1, against the costs of _ANGLES


@dataclass
class PlacedLabel:
    """
    A label in its place.

    Parameters
    ----------
    request
        What was asked for; None for text along a line.
    box
        Its ink.
    align
        0 to 1: how its lines are set within the box.
    leader
        Two ends of a line from the symbol to the text, or None.
    point
        The point that was chosen.
    """

    request: PointLabel
    box: Box
    align: float
    leader: tuple[float, float, float, float] | None = None
    point: tuple[float, float] = (0.0, 0.0)


class Labeller:
    """
    The room left in one frame, and the labels placed in it.

    Parameters
    ----------
    width, height
        The frame in points.
    inset
        White kept inside the frame.
    """

    def __init__(self, width: float, height: float, *, inset: float = 2.5) -> None:
        self.width, self.height, self.inset = width, height, inset
        self._hard: list[Box] = []
        self.furniture: list[Box] = []
        self.covered = 0  # things that furniture had to stand on, as nowhere was free
        self.fences: BaseGeometry = shapely.MultiLineString()
        self.symbols: list[tuple[float, float, float]] = []  # x, y and radius of what labels must not be mistaken for
        self.placed: list[PlacedLabel] = []
        self.dropped: list[PointLabel] = []
        self._ink = np.zeros((int(np.ceil(height)) + 1, int(np.ceil(width)) + 1))
        self._reserved = np.zeros_like(self._ink)
        self._sums: _FloatArray | None = None

    # What is in the way --------------------------------------------------------------------------------------------

    def put_furniture(self, box: Box) -> None:
        """A box that stands on the map: neither labels nor other furniture may touch it."""
        self.furniture.append(box)
        self.block(box)

    def block(self, box: Box) -> None:
        """No label may touch this box."""
        self._hard.append(box)

    def weigh_lines(self, lines: list[Any], weight: float, *, width: float = 1.5) -> None:
        """A label over these lines costs `weight` a square point; drawn as a mask so that thousands cost little."""
        self._weigh(
            lambda draw: [draw.line(self._pixels(a), fill=1, width=max(1, round(width))) for a in lines], weight
        )

    def weigh_shapes(self, shapes: list[BaseGeometry], weight: float) -> None:
        """A label over these polygons costs `weight` a square point."""
        rings = [
            shapely.get_coordinates(part.exterior)
            for shape in shapes
            for part in shapely.get_parts(shape)
            if part.geom_type == "Polygon" and not part.is_empty
        ]
        self._weigh(lambda draw: [draw.polygon(self._pixels(ring), fill=1) for ring in rings], weight)

    def weigh_points(self, points: _FloatArray, radius: float, weight: float) -> None:
        """A label over these symbols costs `weight` a square point."""
        self._weigh(
            lambda draw: [
                draw.ellipse((x - radius, self.height - y - radius, x + radius, self.height - y + radius), fill=1)
                for x, y in points
            ],
            weight,
        )

    def reserve(self, points: _FloatArray, radius: float, weight: float) -> None:
        """Furniture within the radius of these points costs `weight` a square point; labels may stand there."""
        before = self._ink
        self._ink = self._reserved
        self.weigh_points(points, radius, weight)
        self._reserved, self._ink = self._ink, before

    def furniture_cost(self, boxes: _FloatArray) -> _FloatArray:
        """What each box would cover, with the room that names will need."""
        before = self._ink
        self._ink, self._sums = before + self._reserved, None
        cost = self.cost_of(boxes)
        self._ink, self._sums = before, None
        return cost

    def _pixels(self, array: Any) -> list[tuple[float, float]]:
        """Image coordinates, one pixel a point, row 0 at the top."""
        return [(float(x), float(self.height - y)) for x, y in np.asarray(array)]

    def _weigh(self, paint: Any, weight: float) -> None:
        """Add a painted mask to the cost of covering each square point."""
        image = Image.new("L", (self._ink.shape[1], self._ink.shape[0]), 0)
        paint(ImageDraw.Draw(image))
        self._ink += np.asarray(image, dtype=float) * weight
        self._sums = None

    def cost_of(self, boxes: _FloatArray) -> _FloatArray:
        """What each box would cover, from a table of sums: the same time for a large box as for a small one."""
        if self._sums is None:
            self._sums = np.zeros((self._ink.shape[0] + 1, self._ink.shape[1] + 1))
            self._sums[1:, 1:] = self._ink.cumsum(axis=0).cumsum(axis=1)
        rows, columns = self._ink.shape
        x0 = np.clip(np.floor(boxes[:, 0]), 0, columns).astype(int)
        x1 = np.clip(np.ceil(boxes[:, 2]), 0, columns).astype(int)
        y0 = np.clip(np.floor(self.height - boxes[:, 3]), 0, rows).astype(int)
        y1 = np.clip(np.ceil(self.height - boxes[:, 1]), 0, rows).astype(int)
        s = self._sums
        return np.asarray(s[y1, x1] - s[y0, x1] - s[y1, x0] + s[y0, x0], dtype=np.float64)

    def free(self, boxes: _FloatArray, *, padding: float = PADDING_PT, without: Box | None = None) -> NDArray[np.bool_]:
        """Whether each box lies in the frame and touches nothing that must not be touched."""
        ok: NDArray[np.bool_] = (
            (boxes[:, 0] >= self.inset)
            & (boxes[:, 1] >= self.inset)
            & (boxes[:, 2] <= self.width - self.inset)
            & (boxes[:, 3] <= self.height - self.inset)
        )
        hard = [box for box in self._hard if box != without]
        if hard and len(boxes):
            ok = np.asarray(ok & ~_touch(boxes, np.array(hard), padding).any(axis=1))
        return ok

    def conflicts(self, boxes: _FloatArray, *, padding: float = 2.0) -> _FloatArray:
        """How many things that must not be touched each box touches."""
        if not self._hard:
            return np.zeros(len(boxes))
        return np.asarray(_touch(boxes, np.array(self._hard), padding).sum(axis=1), dtype=np.float64)

    def take(self, boxes: list[Box]) -> None:
        """Mark boxes as taken by a label placed elsewhere (along a line, in an area)."""
        self._hard.extend(boxes)

    # Point labels --------------------------------------------------------------------------------------------------

    def place_points(self, requests: list[PointLabel]) -> list[PlacedLabel]:
        """
        Place labels by points, the most important first, and give back those that found room.

        The symbols must have been blocked before, each as the box round its point (`symbol_box`).
        """
        crowd = self._crowding(requests)
        order = sorted(range(len(requests)), key=lambda i: (-requests[i].priority, -crowd[i], i))
        mine: list[tuple[PlacedLabel, Candidates]] = []
        lost: list[PointLabel] = []
        for i in order:
            request = requests[i]
            candidates = candidates_of(request)
            candidates.weigh_neighbours(request, self.symbols)
            if request.required and not self.fences.is_empty:
                candidates.costs = candidates.costs + 1.6 * self._over_fence(candidates)
            best = self._best(candidates)
            if best is None:
                if not self._push(request, candidates, mine):
                    lost.append(request)
                continue
            mine.append((self._settle(request, candidates, best), candidates))
        placed = [label for label, _ in mine]
        self.placed += placed
        self.dropped += lost
        return placed

    def _over_fence(self, candidates: Candidates) -> NDArray[np.bool_]:
        """Whether a border runs between the point and the label: a name had better stand in its own country."""
        centres = np.column_stack([candidates.boxes[:, [0, 2]].mean(axis=1), candidates.boxes[:, [1, 3]].mean(axis=1)])
        ways = shapely.linestrings(np.stack([candidates.points, centres], axis=1))
        shapely.prepare(self.fences)
        return np.asarray(shapely.intersects(self.fences, ways), dtype=np.bool_)

    def _crowding(self, requests: list[PointLabel]) -> _FloatArray:
        """How many other points lie within reach of each label: the hemmed-in choose first."""
        if not requests:
            return np.zeros(0)
        xy = np.array([(r.x, r.y) for r in requests])
        reach = np.array([r.block.width + r.radius for r in requests])
        near = np.abs(xy[:, None, 0] - xy[None, :, 0]) < reach[:, None]
        near &= np.abs(xy[:, None, 1] - xy[None, :, 1]) < 22.0
        return np.asarray(near.sum(axis=1), dtype=np.float64)

    def _best(self, candidates: Candidates) -> int | None:
        """The cheapest free candidate."""
        ok = self.free(candidates.boxes, padding=candidates.padding) & np.isfinite(candidates.costs)
        if not ok.any():
            return None
        cost = candidates.costs + COVER_COST * self.cost_of(candidates.boxes)
        for i in np.argsort(np.where(ok, cost, np.inf), kind="stable"):
            if not ok[i]:
                break
            if np.isfinite(candidates.leaders[i]).all():
                path = _leader_boxes(candidates.leaders[i])
                if not self.free(path, padding=0.2).all():
                    continue
            return int(i)
        return None

    def _settle(self, request: PointLabel, candidates: Candidates, best: int) -> PlacedLabel:
        """Take a place: the box, and a leader's path, are no longer free."""
        box: Box = tuple(float(v) for v in candidates.boxes[best])  # type: ignore[assignment]
        leader = candidates.leaders[best]
        label = PlacedLabel(
            request, box, float(candidates.aligns[best]),
            tuple(float(v) for v in leader) if np.isfinite(leader).all() else None,  # type: ignore[arg-type]
            (float(candidates.points[best, 0]), float(candidates.points[best, 1])),
        )  # fmt: skip
        self._hard += self._boxes_of(label)
        return label

    @staticmethod
    def _boxes_of(label: PlacedLabel) -> list[Box]:
        """What a placed label takes."""
        boxes = [label.box]
        if label.leader is not None:
            boxes += [tuple(map(float, box)) for box in _leader_boxes(np.array(label.leader))]  # type: ignore[misc]
        return boxes

    def _push(self, request: PointLabel, candidates: Candidates, mine: list[tuple[PlacedLabel, Candidates]]) -> bool:
        """Try each place that one movable neighbour takes, and move that neighbour if it has another."""
        for position, (other, other_candidates) in enumerate(mine):
            if other.request.priority > request.priority and other.request.required and not request.required:
                continue
            theirs = self._boxes_of(other)
            if not _touch(candidates.boxes, np.array([other.box]), PADDING_PT).any():
                continue
            before = list(self._hard)
            self._hard = [box for box in self._hard if box not in theirs]
            best = self._best(candidates)
            if best is not None:
                label = self._settle(request, candidates, best)
                moved = self._best(other_candidates)
                if moved is not None:
                    mine[position] = (self._settle(other.request, other_candidates, moved), other_candidates)
                    mine.append((label, candidates))
                    return True
            self._hard = before
        return False


def _touch(boxes: _FloatArray, others: _FloatArray, padding: float) -> NDArray[np.bool_]:
    """Which boxes come nearer than the padding to which others, shape (n, m)."""
    result: NDArray[np.bool_] = (
        (boxes[:, None, 0] < others[None, :, 2] + padding)
        & (boxes[:, None, 2] > others[None, :, 0] - padding)
        & (boxes[:, None, 1] < others[None, :, 3] + padding)
        & (boxes[:, None, 3] > others[None, :, 1] - padding)
    )
    return result


def _leader_boxes(leader: _FloatArray) -> _FloatArray:
    """A leader as a row of small boxes."""
    x0, y0, x1, y1 = leader
    count = max(2, int(np.hypot(x1 - x0, y1 - y0) / 1.5))
    xs, ys = np.linspace(x0, x1, count)[:-1], np.linspace(y0, y1, count)[:-1]
    return np.column_stack([xs - 0.4, ys - 0.4, xs + 0.4, ys + 0.4])
