"""A friction made ready for the kernels: framed cells, cut steps, the network's edges, the joins between both.

Made once for a friction and a stencil and kept as long as the friction lives; what is searched on it is
`travel_time.py`'s and `corridor.py`'s business.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geoops.core.errors import InputError
from geoops.core.geodesy import distance
from geoops.core.types import Friction
from geoops.corridors.barriers import Barriers, barriers_on
from geoops.corridors.grids import Grid, grid_of, same_grid
from geoops.corridors.roads import Roads, check_network, column_or, cut_lines
from geoops.corridors.slopes import SLOPE_STEP, slope_factor, slope_table
from geoops.corridors.stencils import steps_of

__all__ = ["Graph", "Search", "graph_of"]

_FRAME = 3  # as in the kernels
_GUARDED, _LINKED = 2, 4
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
    flags
        The kernel's flags, seeds among them.
    reverse
        Whether times are to the seeds.
    limit
        Seconds up to which times are final.
    """

    seconds: _Floats
    flags: NDArray[np.uint8]
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
    pace, elevation
        Of the framed cells, flat; `inf` where no step may lead.
    slope_rule
        Name of the rule, or None.
    lengths
        Metres of each step from each framed row.
    flags, guarded, masks
        Which cells have cut steps, and which steps.
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
    pace: _Floats
    elevation: _Floats
    slope_rule: str | None
    lengths: _Floats
    flags: NDArray[np.uint8]
    guarded: NDArray[np.int32]
    masks: NDArray[np.uint32]
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
    def width(self) -> int:
        """Columns of the framed grid."""
        return self.grid.columns + 2 * _FRAME

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
        nodes: _Ints = (np.asarray(row) + _FRAME) * self.width + np.asarray(column) + _FRAME
        return nodes

    def place(self, nodes: NDArray[np.integer]) -> tuple[_Floats, _Floats]:
        """Longitude and latitude of nodes."""
        nodes = np.asarray(nodes, dtype=np.int64)
        cell = nodes < self.cells
        lon, lat = self.grid.to_degrees(nodes % self.width - _FRAME, nodes // self.width - _FRAME)
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
        framed = values[: self.cells].reshape(self.grid.rows + 2 * _FRAME, self.width)
        return framed[_FRAME:-_FRAME, _FRAME:-_FRAME]

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
        from geoops.corridors import kernels

        seconds = np.full(self.cells + len(self.roads.lon), np.inf)
        flags = self.flags.copy()
        sign = 0.0 if self.slope_rule is None else -1.0 if reverse else 1.0
        steps = steps_of(self.stencil)
        offsets = steps.rows * self.width + steps.columns
        middles = steps.middles[:, :, 0] * self.width + steps.middles[:, :, 1]
        starts = np.asarray(seeds, dtype=np.int32)
        blocks = 1024 + len(seconds) // 100 + len(starts)
        while True:
            final = kernels.search(
                seconds, flags, self.pace, self.elevation, slope_table(self.slope_rule), SLOPE_STEP, sign, self.width,
                self.lengths, offsets, middles, self.stencil, self.guarded, self.masks, self.linked, self.first_edge,
                self.edge_to, self.edge_to_s if reverse else self.edge_from_s, starts,
                np.zeros(len(starts)) if seed_s is None else np.asarray(seed_s, dtype=np.float64), self.bucket_s,
                limit, np.empty(0, np.int32) if targets is None else np.asarray(targets, dtype=np.int32), stretch,
                margin, np.empty(0) if other is None else other, other_limit,
                np.empty(64 * blocks, np.int32), np.empty(blocks, np.int32),
            )  # fmt: skip
            if final >= 0.0:
                break
            seconds.fill(np.inf)  # more cells wait at once than there was room for
            flags[:] = self.flags
            blocks *= 4
        if np.isfinite(final):
            seconds[seconds > final] = np.inf
        return Search(seconds, flags, reverse, float(final))

    def trace(self, found: Search, node: int) -> NDArray[np.int32]:
        """Nodes of a fastest way from a node back to its seed, the node first."""
        from geoops.corridors import kernels

        steps = steps_of(self.stencil)
        offsets = steps.rows * self.width + steps.columns
        middles = steps.middles[:, :, 0] * self.width + steps.middles[:, :, 1]
        sign = 0.0 if self.slope_rule is None else 1.0 if found.reverse else -1.0
        way = kernels.trace(
            found.seconds, found.flags, self.pace, self.elevation, slope_table(self.slope_rule), SLOPE_STEP, sign,
            self.width, self.lengths, offsets, middles, self.stencil, self.guarded, self.masks, self.linked,
            self.first_edge, self.edge_to, self.edge_from_s if found.reverse else self.edge_to_s, node,
        )  # fmt: skip
        return np.asarray(way)

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


_KEPT: dict[tuple[int, int], tuple[weakref.ref[Friction], Graph]] = {}


def graph_of(friction: Friction, stencil: int) -> Graph:
    """The graph of a friction, made when first asked for."""
    given: object = friction
    if not isinstance(given, Friction):
        msg = f"friction must be a Friction (geoops.friction or geoops.Friction make one); {type(given).__name__} came"
        raise InputError(msg)
    key = (id(friction), stencil)
    kept = _KEPT.get(key)
    if kept is not None and kept[0]() is friction:
        return kept[1]
    graph = _make(friction, stencil)
    _KEPT[key] = (weakref.ref(friction, lambda _: _KEPT.pop(key, None)), graph)
    return graph


def _framed(values: NDArray[np.generic], fill: float) -> _Floats:
    """Values of the grid with three cells round it, flat."""
    return np.pad(np.asarray(values, dtype=np.float64), _FRAME, constant_values=fill).ravel()


def _make(friction: Friction, stencil: int) -> Graph:
    """Everything that does not change from search to search."""
    grid = grid_of(friction.pace)
    if friction.elevation is not None and not same_grid(friction.pace, friction.elevation):
        msg = "elevation must lie on the same cells as pace; bring it there with elevation.rio.reproject_match(pace)"
        raise InputError(msg)
    if friction.slope_pace is not None:
        slope_factor(friction.slope_pace, 0.0)  # an unknown rule is said here
        if friction.elevation is None:
            msg = f"slope_pace={friction.slope_pace!r} needs an elevation"
            raise InputError(msg)
    values = np.asarray(friction.pace.values, dtype=np.float64)
    pace = _framed(np.where(np.isnan(values), np.inf, values), np.inf)
    if len(pace) > 2**31 - 2**24:
        msg = f"the grid has {values.size:,} cells; at most 2,000,000,000 fit. Use larger cells or a smaller region"
        raise InputError(msg)
    elevation = np.empty(0) if friction.elevation is None else _framed(friction.elevation.values, np.nan)
    lengths = grid.step_lengths(stencil, frame=_FRAME)
    barriers = barriers_on(grid, friction.barriers, _FRAME)
    flags = np.zeros(len(pace), np.uint8)
    guarded, masks = np.empty(0, np.int32), np.empty(0, np.uint32)
    if len(barriers.segments):
        dense = barriers.masks(stencil)
        guarded = np.flatnonzero(dense).astype(np.int32)
        masks = dense[guarded]
        flags[guarded] |= _GUARDED

    finite = pace[np.isfinite(pace)]
    if len(finite) == 0:
        msg = "no cell of pace can be entered: all are inf or NaN"
        raise InputError(msg)
    least = float(finite.min()) * float(lengths[_FRAME:-_FRAME].min())
    table = slope_table(friction.slope_pace)
    edges = _edges(friction, grid, pace, elevation, barriers)
    bucket = least * float(table.min())
    if len(edges.seconds):
        bucket = min(bucket, float(np.median(edges.seconds[edges.row >= 0])) if (edges.row >= 0).any() else bucket)

    # Cells with joins first, then every vertex.
    cells = len(pace)
    linked = np.unique(edges.tail[edges.tail < cells])
    at = np.where(edges.tail < cells, np.searchsorted(linked, edges.tail), len(linked) + edges.tail - cells)
    order = np.argsort(at, kind="stable")
    count = np.bincount(at, minlength=len(linked) + len(edges.roads.lon))
    all_flags = np.concatenate([flags, np.full(len(edges.roads.lon), _LINKED, np.uint8)])
    all_flags[linked] |= _LINKED
    return Graph(
        grid=grid,
        stencil=stencil,
        pace=pace,
        elevation=elevation,
        slope_rule=friction.slope_pace,
        lengths=lengths,
        flags=all_flags,
        guarded=guarded,
        masks=masks,
        linked=linked.astype(np.int32),
        first_edge=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        edge_to=edges.head[order].astype(np.int32),
        edge_from_s=edges.seconds[order],
        edge_to_s=edges.seconds_back[order],
        edge_row=edges.row[order].astype(np.int32),
        edge_m=edges.metres[order],
        roads=edges.roads,
        vertex_cell=edges.cell,
        vertex_column=edges.column,
        vertex_row=edges.row_on_grid,
        vertex_z=edges.height,
        barriers=barriers,
        bucket_s=bucket * (1.0 - 1e-9),
    )


@dataclass(frozen=True)
class _Edges:
    """Directed edges besides the stencil's, nodes numbered as in the graph."""

    roads: Roads
    cell: _Ints
    column: _Floats
    row_on_grid: _Floats
    height: _Floats
    tail: _Ints
    head: _Ints
    seconds: _Floats
    seconds_back: _Floats
    row: _Ints
    metres: _Floats


def _edges(friction: Friction, grid: Grid, pace: _Floats, elevation: _Floats, barriers: Barriers) -> _Edges:
    """The network's edges, and the joins from each vertex to the centres of the four cells nearest to it."""
    cells, width = len(pace), grid.columns + 2 * _FRAME
    none, floats = np.empty(0, np.int64), np.empty(0)
    if friction.network is None or len(friction.network) == 0:
        roads = Roads(floats, floats, np.empty(0, bool), none, none, none, floats)
        return _Edges(roads, none, floats, floats, floats, none, none, floats, floats, none, floats)
    network = check_network(friction.network)
    size_x, size_y = grid.cell_sizes
    roads = cut_lines(network, 0.7 * float(min(size_x.min(), size_y.min())))
    column, row = grid.to_cells(roads.lon, roads.lat)
    inside = grid.inside(column, row)
    c, r = grid.cell(np.where(inside, column, 0), np.where(inside, row, 0))
    cell = np.where(inside, (r + _FRAME) * width + c + _FRAME, -1)
    height = _heights(elevation, column, row, width, grid) if len(elevation) else floats

    # Edges that leave the grid are not part of it: a grid is the world that a journey knows.
    use = inside[roads.tail] & inside[roads.head]
    tail, head, metres, owner = roads.tail[use], roads.head[use], np.maximum(roads.length_m[use], 1e-3), roads.row[use]
    forward = column_or(network, "pace_s_per_m", np.nan)
    back = column_or(network, "pace_back_s_per_m", np.nan)
    back = np.where(np.isnan(back), forward, back)
    up, down = np.ones(len(tail)), np.ones(len(tail))
    if friction.slope_pace is not None:
        sloped = column_or(network, "sloped", 1.0)[owner] > 0
        slope = np.nan_to_num((height[head] - height[tail]) / metres)
        up = np.where(sloped, slope_factor(friction.slope_pace, slope), 1.0)
        down = np.where(sloped, slope_factor(friction.slope_pace, -slope), 1.0)
    there_s, back_s = metres * forward[owner] * up, metres * back[owner] * down

    vertex, centre, join_m = _joins(grid, roads, column, row, inside, pace, barriers, width)
    join_s = np.maximum(join_m, 1e-3) * pace[centre]
    a = np.concatenate([cells + tail, cells + head, cells + vertex, centre])
    b = np.concatenate([cells + head, cells + tail, centre, cells + vertex])
    seconds = np.concatenate([there_s, back_s, join_s, join_s])
    against = np.concatenate([back_s, there_s, join_s, join_s])
    rows = np.concatenate([owner, owner, np.full(2 * len(vertex), -1)])
    length = np.concatenate([metres, metres, join_m, join_m])
    return _Edges(roads, cell, column, row, height, a, b, seconds, against, rows, length)


def _heights(elevation: _Floats, column: _Floats, row: _Floats, width: int, grid: Grid) -> _Floats:
    """Elevation at places, bilinear between cell centres; NaN neighbours and the edge fall back to the nearest cell."""
    c = np.clip(column, 0, grid.columns - 1)
    r = np.clip(row, 0, grid.rows - 1)
    c0, r0 = np.floor(c).astype(np.int64), np.floor(r).astype(np.int64)
    c1, r1 = np.minimum(c0 + 1, grid.columns - 1), np.minimum(r0 + 1, grid.rows - 1)
    fc, fr = c - c0, r - r0

    def at(rows: _Ints, columns: _Ints) -> _Floats:
        return np.asarray(elevation[(rows + _FRAME) * width + columns + _FRAME])

    top = at(r0, c0) * (1 - fc) + at(r0, c1) * fc
    bottom = at(r1, c0) * (1 - fc) + at(r1, c1) * fc
    smooth = top * (1 - fr) + bottom * fr
    return np.where(np.isnan(smooth), at(np.rint(r).astype(np.int64), np.rint(c).astype(np.int64)), smooth)


def _joins(
    grid: Grid,
    roads: Roads,
    column: _Floats,
    row: _Floats,
    inside: NDArray[np.bool_],
    pace: _Floats,
    barriers: Barriers,
    width: int,
) -> tuple[_Ints, _Ints, _Floats]:
    """Vertex, framed cell and metres of each join that no barrier cuts."""
    vertices, centres, metres = [], [], []
    able = np.flatnonzero(inside & roads.joins)
    for down in (0, 1):
        for right in (0, 1):
            c = np.floor(column[able]).astype(np.int64) + right
            r = np.floor(row[able]).astype(np.int64) + down
            fits = (c >= 0) & (c < grid.columns) & (r >= 0) & (r < grid.rows)
            vertex, c, r = able[fits], c[fits], r[fits]
            centre = (r + _FRAME) * width + c + _FRAME
            lines = np.column_stack([column[vertex] + _FRAME, row[vertex] + _FRAME, c + _FRAME, r + _FRAME])
            free = np.isfinite(pace[centre]) & ~barriers.cut(lines.astype(np.float64))
            vertex, centre, c, r = vertex[free], centre[free], c[free], r[free]
            lon, lat = grid.to_degrees(c, r)
            vertices.append(vertex)
            centres.append(centre)
            metres.append(distance(roads.lon[vertex], roads.lat[vertex], lon, lat))
    return np.concatenate(vertices), np.concatenate(centres), np.concatenate(metres)
