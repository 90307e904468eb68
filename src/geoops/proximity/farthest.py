"""How far the farthest part of an extent is from a feature: a bound from above that is never too low and hardly too high.

Branch and bound over cells: a distance changes by no more than the way walked, so a cell with centre c and radius r
holds no point farther than d(c) + r. Cells that cannot hold the farthest point are dropped, the others are quartered.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geoops.proximity.ellipsoid import EQUATOR_M, ecef, latitude_radii, longest_geodesic, shortest_geodesic
from geoops.proximity.inside import pairs_inside
from geoops.proximity.runs import expand
from geoops.proximity.shapes import dense

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geoops.proximity.pieces import FloatArray, IntArray, Pieces
    from geoops.proximity.search import Side

__all__ = ["TOLERANCE_M", "TOLERANCE_SHARE", "cell_radius_m", "farthest_m", "quartered"]

TOLERANCE_M = 100.0
TOLERANCE_SHARE = 5e-3
_ROUNDS = 40
_MOST_CELLS = 600  # a pair: where everything is about equally far, finer cells would only cost time
_STEEPEST_DEG = 89.999999
_STEP_M = 5_000.0
_CORNERS = 24


def farthest_m(
    shapes: NDArray[np.object_], site: IntArray, feature: IntArray, layer: Side, *, cap_m: float = np.inf
) -> FloatArray:
    """
    A bound from above of the distance of the farthest part of each site's shape from the feature paired with it.

    Negative where all of the shape lies inside an area. It exceeds the true value by 100 m or 0.5 % of it, whichever is
    more, or by a cell's radius where 600 cells (a shape equally far along a long side) were not enough.

    Parameters
    ----------
    shapes
        Extents in degrees.
    site, feature
        Pairs: rows of `shapes` and of the layer.
    layer
        The prepared layer.
    cap_m
        What is surely farther than this need not be known better and comes back infinite.
    """
    covers = {int(row): _Cover(shapes[row], layer.pieces.edges) for row in np.unique(site)}
    starts = {row: cover.first() for row, cover in covers.items()}
    first = [starts[int(row)] for row in site]
    pair = np.repeat(np.arange(len(site)), [len(c) for c in first])
    boxes = np.concatenate(first)
    sign = np.zeros(len(boxes), dtype=np.int8)  # +1 outside, -1 inside an area, 0 not known yet
    begin = np.searchsorted(layer.pieces.owner, feature[pair], side="left")
    sizes = np.searchsorted(layer.pieces.owner, feature[pair], side="right") - begin
    bound = np.full(len(site), -np.inf)  # from above, of what has been settled
    known = _at_corners(covers, site, feature, layer)  # from below: distances of points that do lie in the shape
    if np.isfinite(cap_m):  # most pairs end here, before any cell is looked at
        bound[known > cap_m] = np.inf
        live = known[pair] <= cap_m
        boxes, pair, sign = boxes[live], pair[live], sign[live]
        begin, sizes = begin[live], sizes[live]
        if not len(boxes):
            return bound
    cell, piece = expand(begin, sizes)
    for _ in range(_ROUNDS):
        lon, lat, radius = (boxes[:, 0] + boxes[:, 2]) / 2.0, (boxes[:, 1] + boxes[:, 3]) / 2.0, cell_radius_m(boxes)
        cell, piece, low, high = _between(lon, lat, radius, cell, piece, layer.pieces)
        doubtful = np.flatnonzero(sign == 0)
        if len(layer.areas.rows):
            inside = pairs_inside(lon[doubtful], lat[doubtful], feature[pair[doubtful]], layer.areas)
            sign[doubtful] = np.where(inside, -1, 1)
        low, high = np.where(sign < 0, -high, low), np.where(sign < 0, -low, high)
        member = _each(covers, site[pair], partial(_held, lon, lat))
        np.maximum.at(known, pair[member], low[member])
        top = high + radius
        best = known[pair]
        slack = np.maximum(TOLERANCE_M, TOLERANCE_SHARE * np.abs(best))
        settled = (top <= best + np.where(np.isfinite(best), slack, 0.0)) | (radius < TOLERANCE_M / 4.0)
        settled |= np.bincount(pair[~settled], minlength=len(site))[pair] > _MOST_CELLS
        top[best > cap_m] = np.inf
        settled |= best > cap_m
        np.maximum.at(bound, pair[settled], top[settled])
        left = np.flatnonzero(~settled)
        if not len(left):
            break
        boxes, parent = quartered(boxes[left])
        parent = left[parent]
        meets = _each(covers, site[pair[parent]], partial(_met, boxes))
        boxes, parent = boxes[meets], parent[meets]
        # A cell that its outline cannot reach keeps its parent's side.
        sign = np.where(np.abs(low[parent]) > radius[parent], sign[parent], 0).astype(np.int8)
        cell, piece = _inherit(cell, piece, parent)
        pair = pair[parent]
        if not len(boxes):
            break
    return np.asarray(np.maximum(bound, known))


def _held(lon: FloatArray, lat: FloatArray, cover: _Cover, rows: IntArray) -> NDArray[np.bool_]:
    """Which of these cells' centres surely lie in the shape."""
    return cover.holds(lon[rows], lat[rows])


def _met(boxes: FloatArray, cover: _Cover, rows: IntArray) -> NDArray[np.bool_]:
    """Which of these cells may hold a point of the shape."""
    return cover.meets(boxes[rows])


def _at_corners(covers: dict[int, _Cover], site: IntArray, feature: IntArray, layer: Side) -> FloatArray:
    """Of each pair, the largest of the distances (from below) at some of the shape's outermost vertices."""
    corners = {row: cover.corners() for row, cover in covers.items()}
    run, _ = expand(np.zeros(len(site), dtype=np.int64), np.array([len(corners[int(row)]) for row in site]))
    points = np.concatenate([corners[int(row)] for row in site])
    lon, lat, wanted = points[:, 0], points[:, 1], feature[run]
    begin = np.searchsorted(layer.pieces.owner, wanted, side="left")
    cell, piece = expand(begin, np.searchsorted(layer.pieces.owner, wanted, side="right") - begin)
    _, _, low, high = _between(lon, lat, np.zeros(len(lon)), cell, piece, layer.pieces)
    if len(layer.areas.rows):
        low = np.where(pairs_inside(lon, lat, wanted, layer.areas), -high, low)
    known = np.full(len(site), -np.inf)
    np.maximum.at(known, run, low)
    return known


def _inherit(cell: IntArray, piece: IntArray, parent: IntArray) -> tuple[IntArray, IntArray]:
    """The pieces that matter in each new cell: those of its parent."""
    begin, end = np.searchsorted(cell, parent, side="left"), np.searchsorted(cell, parent, side="right")
    run, at = expand(begin, end - begin)
    return run, piece[at]


def _between(
    lon: FloatArray, lat: FloatArray, radius: FloatArray, cell: IntArray, piece: IntArray, pieces: Pieces
) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Bounds of each centre's distance to its feature, and the pieces that can be nearest to any point of the cell."""
    here = ecef(lon, lat)
    chord = np.linalg.norm(here[cell] - pieces.middle[piece], axis=1)
    starts = np.flatnonzero(np.append(True, cell[1:] != cell[:-1]))
    nearest = np.minimum.reduceat(chord, starts)
    keep = chord - pieces.radius_m[piece] <= nearest[cell] + 2.0 * radius[cell] + 0.1
    cell, piece = cell[keep], piece[keep]
    a, along = pieces.start[piece], pieces.end[piece] - pieces.start[piece]
    way = here[cell] - a
    length2 = np.einsum("ij,ij->i", along, along)
    share = np.clip(np.einsum("ij,ij->i", way, along) / np.where(length2 > 0.0, length2, 1.0), 0.0, 1.0)
    gap = np.linalg.norm(way - along * share[:, None], axis=1)
    slack = pieces.slack_m[piece] + 0.01
    starts = np.flatnonzero(np.append(True, cell[1:] != cell[:-1]))
    low = shortest_geodesic(np.minimum.reduceat(gap - slack, starts))
    high = longest_geodesic(np.minimum.reduceat(gap + slack, starts))
    return cell, piece, low, high


def _each(
    covers: dict[int, _Cover], rows: IntArray, ask: Callable[[_Cover, IntArray], NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    """One answer a row, asked of the shape that it belongs to."""
    result = np.zeros(len(rows), dtype=bool)
    for row, cover in covers.items():
        mine = np.flatnonzero(rows == row)
        if len(mine):
            result[mine] = ask(cover, mine)
    return result


class _Cover:
    """One shape, ready to be asked which cells it meets and which points it holds."""

    def __init__(self, shape: BaseGeometry, edges: str) -> None:
        # Geodesics bulge out of their chords in degrees: edges are made short, and the rest is added.
        self._shape = dense(shape, edges, _STEP_M)
        bulge = _bulge_deg(self._shape) if edges == "geodesic" else 0.0
        self._wide = shapely.buffer(self._shape, bulge) if bulge > 0.0 else self._shape
        shapely.prepare(self._shape)
        shapely.prepare(self._wide)

    def first(self) -> FloatArray:
        """The cells to start from: the box of every part, so that a far part does not make one huge cell."""
        return np.asarray(shapely.bounds(shapely.get_parts(self._wide)), dtype=np.float64).reshape(-1, 4)

    def corners(self) -> FloatArray:
        """Some of the outermost vertices, where the farthest part mostly is."""
        outer = shapely.get_coordinates(shapely.convex_hull(self._shape))
        return outer[:: max(1, len(outer) // _CORNERS)]

    def holds(self, lon: FloatArray, lat: FloatArray) -> NDArray[np.bool_]:
        """Which points surely lie in the shape."""
        return np.asarray(shapely.intersects_xy(self._shape, lon, lat))

    def meets(self, boxes: FloatArray) -> NDArray[np.bool_]:
        """Which cells may hold a point of the shape."""
        return np.asarray(shapely.intersects(self._wide, shapely.box(*boxes.T)))


def _bulge_deg(shape: BaseGeometry) -> float:
    """At most this far, in degrees, does an edge as a geodesic leave its chord in degrees; 0 for points."""
    from geoops.proximity.pieces import raw_edges

    raw = raw_edges(np.array([shape], dtype=object))
    wide = np.radians(np.abs(raw.lon2 - raw.lon1))
    if not len(wide) or wide.max() == 0.0:
        return 0.0
    steep = np.tan(np.radians(np.minimum(np.maximum(np.abs(raw.lat1), np.abs(raw.lat2)), _STEEPEST_DEG)))
    # The sagitta of a parallel against its great circle is wide² sin(2 lat) / 16; oblique edges bend less in latitude
    # but also along themselves. Four times that holds both, and the ellipsoid's share.
    height = np.radians(np.abs(raw.lat2 - raw.lat1))
    return float(np.degrees((wide * (wide + height) * (1.0 + steep) / 4.0).max()))


def cell_radius_m(boxes: FloatArray) -> FloatArray:
    """No point of a cell is farther from its centre: half its diagonal, each side at its longest."""
    west, south, east, north = boxes.T
    low = np.where(south * north < 0.0, 0.0, np.minimum(np.abs(south), np.abs(north)))
    along, _ = latitude_radii(np.minimum(np.maximum(np.abs(south), np.abs(north)), 90.0))
    _, across = latitude_radii(low)
    across = np.minimum(across, EQUATOR_M)
    return np.asarray(np.hypot(np.radians(east - west) * across, np.radians(north - south) * along) / 2.0)


def quartered(boxes: FloatArray) -> tuple[FloatArray, IntArray]:
    """Every cell's four quarters, and which cell each came from."""
    west, south, east, north = boxes.T
    mid_lon, mid_lat = (west + east) / 2.0, (south + north) / 2.0
    quarters = [
        (west, south, mid_lon, mid_lat), (mid_lon, south, east, mid_lat),
        (west, mid_lat, mid_lon, north), (mid_lon, mid_lat, east, north),
    ]  # fmt: skip
    return np.concatenate([np.column_stack(q) for q in quarters]), np.tile(np.arange(len(boxes)), 4)
