"""What the kernels search on: framed cells, cut steps, the network's edges, the joins between both - and the searches.

How it is made from a friction is `assembly.py`'s business; what is asked of it that of `travel_time.py` and `corridor.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geoops.corridors.barriers import Barriers
from geoops.corridors.eikonal import disc
from geoops.corridors.engine import kernels
from geoops.corridors.grids import Grid
from geoops.corridors.roads import Roads
from geoops.corridors.slopes import SLOPE_STEP, slope_table
from geoops.corridors.stencils import FRAME, Stencil, steps_of

__all__ = ["Graph", "Search"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Search:
    """
    What one search found.

    Parameters
    ----------
    seconds
        To (or from) every node; `inf` where none leads there within the limit.
    seeds
        Nodes that journeys start from, sorted.
    reverse
        Whether times are to the seeds.
    limit
        Seconds up to which times are final.
    """

    seconds: _Floats
    seeds: NDArray[np.int32]
    reverse: bool
    limit: float


@dataclass(frozen=True)
class Graph:
    """
    Cells and network as one graph. Cells come first (framed, row by row), then the network's vertices.

    Parameters
    ----------
    grid
        Geometry of the cells.
    stencil
        Steps from a cell.
    eikonal
        Whether open ground is travelled without them, by the eikonal equation.
    pace, elevation
        Of the framed cells, flat; `inf` where no step may lead.
    slope_rule
        Name of the rule, or None.
    lengths
        Metres of each step from each framed row.
    flags, guarded, masks, delayed
        Which cells have cut steps, and which steps are closed or delayed; no flags where no node has any.
    delay_s
        Seconds that a delayed step takes more.
    linked, first_edge, edge_to, edge_from_s, edge_to_s
        Edges besides the stencil's: for each cell that has any, then for each vertex; seconds along the edge and
        against it.
    edge_row, edge_m
        Row of the network an edge belongs to, -1 for a join between cell and vertex; metres.
    roads
        The network's vertices.
    vertex_cell
        Framed cell each vertex lies in, -1 outside the grid.
    vertex_column, vertex_row
        Where each vertex lies on the grid.
    vertex_z
        Elevation of each vertex.
    barriers
        For cutting further lines.
    bucket_s
        Width of a bucket.
    """

    grid: Grid
    stencil: int
    eikonal: bool
    pace: _Floats
    elevation: _Floats
    slope_rule: str | None
    lengths: _Floats
    flags: NDArray[np.uint8]
    guarded: NDArray[np.int32]
    masks: NDArray[np.uint32]
    delayed: NDArray[np.uint32]
    delay_s: float
    linked: NDArray[np.int32]
    first_edge: NDArray[np.int64]
    edge_to: NDArray[np.int32]
    edge_from_s: _Floats
    edge_to_s: _Floats
    edge_row: NDArray[np.int32]
    edge_m: _Floats
    roads: Roads
    vertex_cell: _Ints
    vertex_column: _Floats
    vertex_row: _Floats
    vertex_z: _Floats
    barriers: Barriers
    bucket_s: float

    @property
    def asked(self) -> Stencil:
        """The stencil as it is asked for."""
        return "eikonal" if self.eikonal else self.stencil

    @property
    def width(self) -> int:
        """Columns of the framed grid."""
        return self.grid.columns + 2 * FRAME

    @property
    def grid_shape(self) -> tuple[int, int]:
        """Rows and columns of the grid itself."""
        return self.grid.rows, self.grid.columns

    @property
    def cells(self) -> int:
        """Number of framed cells, and the first vertex."""
        return len(self.pace)

    @property
    def symmetric(self) -> bool:
        """Whether a journey takes as long one way as the other."""
        return self.slope_rule is None and bool(np.array_equal(self.edge_from_s, self.edge_to_s))

    def node(self, column: NDArray[np.int64] | int, row: NDArray[np.int64] | int) -> _Ints:
        """Nodes of cells."""
        nodes: _Ints = (np.asarray(row) + FRAME) * self.width + np.asarray(column) + FRAME
        return nodes

    def place(self, nodes: NDArray[np.integer]) -> tuple[_Floats, _Floats]:
        """Longitude and latitude of nodes."""
        nodes = np.asarray(nodes, dtype=np.int64)
        cell = nodes < self.cells
        lon, lat = self.grid.to_degrees(nodes % self.width - FRAME, nodes // self.width - FRAME)
        if not cell.all():
            lon, lat = np.array(lon), np.array(lat)
            vertex = nodes[~cell] - self.cells
            lon[~cell], lat[~cell] = self.roads.lon[vertex], self.roads.lat[vertex]
        return lon, lat

    def height(self, nodes: NDArray[np.integer]) -> _Floats:
        """Elevation of nodes in metres."""
        nodes = np.asarray(nodes, dtype=np.int64)
        every = np.concatenate([self.elevation, self.vertex_z]) if len(self.elevation) else np.full(1, np.nan)
        return every[nodes] if len(self.elevation) else np.full(len(nodes), np.nan)

    def unframed(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        """Values of all nodes (or cells) as the grid's rows and columns."""
        framed = values[: self.cells].reshape(self.grid.rows + 2 * FRAME, self.width)
        return framed[FRAME:-FRAME, FRAME:-FRAME]

    def search(
        self,
        seeds: NDArray[np.integer],
        seed_s: _Floats | None = None,
        *,
        reverse: bool = False,
        limit: float = np.inf,
        targets: NDArray[np.integer] | None = None,
        stretch: float = 1.0,
        margin: float = 0.0,
        other: _Floats | None = None,
        other_limit: float = np.inf,
    ) -> Search:
        """
        Seconds from seeds to all nodes, or, `reverse`, from all nodes to the seeds.

        `targets` end the search at `stretch` times the time to the nearest plus `margin`; with `other` (seconds of a
        search from the other end), nodes where both sum to more than `other_limit` are left at `inf`.
        """
        seconds = np.full(self.cells + len(self.roads.lon), np.inf)
        starts = np.ascontiguousarray(seeds, dtype=np.int32)
        costs = np.zeros(len(starts)) if seed_s is None else np.ascontiguousarray(seed_s, dtype=np.float64)
        ends = np.empty(0, np.int32) if targets is None else np.ascontiguousarray(targets, dtype=np.int32)
        sign = 0.0 if self.slope_rule is None else -1.0 if reverse else 1.0
        known = np.unique(starts)
        find, fixed = kernels().search, list[int]()
        if self.eikonal:
            find = kernels().eikonal
            starts, costs, *fixed = disc(self.pace, self.lengths, self.width, self.barriers, starts, costs)
        final = find(
            seconds, *self._ways(sign, self.edge_to_s if reverse else self.edge_from_s), self.bucket_s, starts, costs,
            limit, ends, stretch, margin, np.empty(0) if other is None else other, other_limit, *fixed,
        )  # fmt: skip
        return Search(seconds, known, reverse, float(final))

    def trace(self, found: Search, node: int) -> NDArray[np.int32]:
        """Nodes of a fastest way from a node back to its seed, the node first."""
        sign = 0.0 if self.slope_rule is None else 1.0 if found.reverse else -1.0
        edge_s = self.edge_from_s if found.reverse else self.edge_to_s
        return np.asarray(kernels().trace(found.seconds, *self._ways(sign, edge_s), found.seeds, node))

    def _ways(self, sign: float, edge_s: _Floats) -> tuple[Any, ...]:
        """What all kernels take of the graph, in their order."""
        steps = steps_of(self.stencil)
        offsets = steps.rows * self.width + steps.columns
        middles = steps.middles[:, :, 0] * self.width + steps.middles[:, :, 1]
        return (
            self.flags, self.pace, self.elevation, slope_table(self.slope_rule), SLOPE_STEP, sign, self.width,
            self.lengths, offsets, middles, self.stencil, self.guarded, self.masks, self.delayed, self.delay_s,
            self.linked, self.first_edge, self.edge_to, edge_s,
        )  # fmt: skip

    def edge_between(self, node: int, there: int) -> int:
        """Number of the cheapest edge besides the stencil's from one node to another, -1 where there is none."""
        if node < self.cells:
            at = int(np.searchsorted(self.linked, node))
            if at >= len(self.linked) or self.linked[at] != node:
                return -1
        else:
            at = len(self.linked) + node - self.cells
        edges = np.arange(self.first_edge[at], self.first_edge[at + 1])
        fitting = edges[self.edge_to[edges] == there]
        return int(fitting[np.argmin(self.edge_from_s[fitting])]) if len(fitting) else -1

    def rescaled(self, ground: float, rows: _Floats) -> Graph:
        """The same graph with the cells' pace, and each network row's, times a factor."""
        factor = np.where(self.edge_row >= 0, rows[np.maximum(self.edge_row, 0)] if len(rows) else 1.0, ground)
        least = min(ground, float(rows.min(initial=np.inf)))
        return replace(
            self,
            pace=self.pace * ground,
            edge_from_s=self.edge_from_s * factor,
            edge_to_s=self.edge_to_s * factor,
            bucket_s=self.bucket_s * least,
        )

    def without(self, closed: BaseGeometry) -> Graph:
        """The same graph with an area that nothing may enter."""
        grid = self.grid
        columns, rows = np.meshgrid(np.arange(grid.columns), np.arange(grid.rows))
        west, south, east, north = closed.bounds
        lon, lat = grid.to_degrees(columns.ravel(), rows.ravel())
        near = np.flatnonzero((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
        near = near[shapely.intersects_xy(closed, lon[near], lat[near])]
        pace = self.pace.copy()
        pace[self.node(columns.ravel()[near], rows.ravel()[near])] = np.inf
        shut = np.concatenate([~np.isfinite(pace), shapely.intersects_xy(closed, self.roads.lon, self.roads.lat)])
        tail = np.concatenate([self.linked, self.cells + np.arange(len(self.roads.lon))])
        tail = np.repeat(tail, np.diff(self.first_edge))
        gone = shut[tail] | shut[self.edge_to]
        return replace(
            self,
            pace=pace,
            edge_from_s=np.where(gone, np.inf, self.edge_from_s),
            edge_to_s=np.where(gone, np.inf, self.edge_to_s),
        )
