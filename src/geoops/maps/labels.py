"""Where labels go: no label touches another label, a site's symbol, a box of the furniture or the frame.

Each label tries candidate places in order of preference, with what it would cover as a cost; the most important and the
most hemmed-in go first (`placing.py`). Nothing is random, so the same figure comes out each time. All lengths are points from the frame's lower left corner.
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
from geoops.maps.placing import place_all
from geoops.maps.taken import SYMBOL, Taken

__all__ = ["Box", "Labeller", "PlacedLabel", "PointLabel"]

_FloatArray = NDArray[np.float64]

PADDING_PT = 0.9
OVER_SYMBOL_COST = 9.0  # of a leader that runs over another symbol
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
        self.taken = Taken()
        self.furniture: list[Box] = []
        self.covered = 0  # things that furniture had to stand on, as nowhere was free
        self.fences: BaseGeometry = shapely.MultiLineString()
        self.symbols: list[tuple[float, float, float]] = []  # x, y and radius of what labels must not be mistaken for
        self.placed: list[PlacedLabel] = []
        self.dropped: list[PointLabel] = []
        self.crowd: tuple[int, int] | None = (
            None  # how many of how many sites are named, where there is room for so few
        )
        self._ink = np.zeros((int(np.ceil(height)) + 1, int(np.ceil(width)) + 1))
        self._reserved = np.zeros_like(self._ink)
        self._sums: _FloatArray | None = None

    # What is in the way --------------------------------------------------------------------------------------------

    def put_furniture(self, box: Box) -> None:
        """A box that stands on the map: neither labels nor other furniture may touch it."""
        self.furniture.append(box)
        self.take([box])

    def block(self, box: Box) -> None:
        """No label may touch this box, the one round a symbol."""
        self.taken.add(np.array([box]), owner=SYMBOL)

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

    def free(self, boxes: _FloatArray, *, padding: float = PADDING_PT) -> NDArray[np.bool_]:
        """Whether each box lies in the frame and touches nothing that must not be touched."""
        return self._inside(boxes) & ~self.taken.touched(boxes, padding)

    def _inside(self, boxes: _FloatArray) -> NDArray[np.bool_]:
        """Whether each box lies in the frame."""
        return np.asarray(
            (boxes[:, 0] >= self.inset)
            & (boxes[:, 1] >= self.inset)
            & (boxes[:, 2] <= self.width - self.inset)
            & (boxes[:, 3] <= self.height - self.inset)
        )

    def conflicts(self, boxes: _FloatArray, *, padding: float = 2.0) -> _FloatArray:
        """How many things that must not be touched each box touches."""
        return self.taken.count(boxes, padding)

    def take(self, boxes: list[Box]) -> None:
        """Mark boxes as taken by a label placed elsewhere (along a line, in an area)."""
        self.taken.add(np.array(boxes))

    def take_line(self, course: _FloatArray, half_width: float) -> None:
        """No label may touch this line, given by points that stand closely enough to make it of small boxes."""
        low, high = np.minimum(course[:-1], course[1:]), np.maximum(course[:-1], course[1:])
        self.taken.add(np.hstack([low - half_width, high + half_width]))

    # Point labels --------------------------------------------------------------------------------------------------

    def place_points(self, requests: list[PointLabel], *, moving: bool = True) -> list[PlacedLabel]:
        """
        Place labels by points, the most important first, and give back those that found room.

        The symbols must have been blocked before, each as the box round its point (`symbol_box`).

        Parameters
        ----------
        requests
            What is to be placed.
        moving
            Whether a label without room may move others aside.
        """
        crowd = self._crowding(requests)
        order = sorted(range(len(requests)), key=lambda i: (-requests[i].priority, -crowd[i], i))
        placed_at, lost = place_all(self, [requests[i] for i in order], moving=moving)
        placed = [_placed(requests[order[k]], candidates, best) for k, (candidates, best) in placed_at.items()]
        self.taken.fix()
        self.placed += placed
        self.dropped += [requests[order[k]] for k in lost]
        return placed

    def snapshot(self) -> tuple[int, int, int]:
        """Where the room stands now, for `go_back`."""
        return len(self.taken), len(self.placed), len(self.dropped)

    def go_back(self, to: tuple[int, int, int]) -> None:
        """Give up all labels placed since a snapshot."""
        self.taken.cut(to[0])
        del self.placed[to[1] :], self.dropped[to[2] :]

    def candidates(self, request: PointLabel, *, far: bool) -> Candidates:
        """The places of a label, with what each costs by its angle, what it covers, its neighbours and borders."""
        candidates = candidates_of(request, far=far)
        candidates.weigh_neighbours(request, np.array(self.symbols).reshape(-1, 3))
        if request.required and not self.fences.is_empty:
            candidates.costs = candidates.costs + 1.6 * self._over_fence(candidates)
        candidates.costs = candidates.costs + COVER_COST * self.cost_of(candidates.boxes)
        candidates.costs[~self._inside(candidates.boxes)] = np.inf
        led = np.isfinite(candidates.costs) & np.isfinite(candidates.leaders[:, 0])
        candidates.costs[led] += OVER_SYMBOL_COST * self.taken.symbols_under(candidates.leaders[led])
        return candidates

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


def _placed(request: PointLabel, candidates: Candidates, best: int) -> PlacedLabel:
    """A label in the place that was chosen for it."""
    box: Box = tuple(float(v) for v in candidates.boxes[best])  # type: ignore[assignment]
    leader = candidates.leaders[best]
    return PlacedLabel(
        request, box, float(candidates.aligns[best]),
        tuple(float(v) for v in leader) if np.isfinite(leader).all() else None,  # type: ignore[arg-type]
        (float(candidates.points[best, 0]), float(candidates.points[best, 1])),
    )  # fmt: skip
