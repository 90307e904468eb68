"""Small worlds whose answers are known, and oracles that share no code with the room."""

from __future__ import annotations

import itertools

import geopandas as gpd
import networkx as nx
import numpy as np
import pyproj
import pytest
import rioxarray  # noqa: F401
import shapely
import xarray as xr

from geoops.core.types import Friction

UTM = "EPSG:32638"
X0, Y0 = 400_000.0, 3_900_000.0
_TO_DEGREES = pyproj.Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)
_FROM_DEGREES = pyproj.Transformer.from_crs("EPSG:4326", UTM, always_xy=True)


class Plane:
    """A projected grid of square cells, its places by column and row."""

    def __init__(self, size: float = 1000.0) -> None:
        self.size = size

    def array(self, values) -> xr.DataArray:
        """Values as a DataArray, north first."""
        values = np.asarray(values, dtype=float)
        rows, columns = values.shape
        coords = {"y": Y0 - self.size * np.arange(rows), "x": X0 + self.size * np.arange(columns)}
        array = xr.DataArray(values, coords=coords, dims=("y", "x")).rio.write_crs(UTM)
        return array.rio.write_transform(array.rio.transform(recalc=True)) if min(values.shape) > 1 else array

    def friction(self, values, **others) -> Friction:
        """A friction of a pace."""
        if "elevation" in others:
            others["elevation"] = self.array(others["elevation"])
        return Friction(self.array(values), **others)

    def at(self, column: float, row: float) -> tuple[float, float]:
        """Longitude and latitude of a column and row."""
        return _TO_DEGREES.transform(X0 + self.size * column, Y0 - self.size * row)

    def line(self, *places: tuple[float, float], pieces: int = 1) -> shapely.LineString:
        """A line through columns and rows, straight on the plane if cut into pieces."""
        flat = shapely.segmentize(shapely.LineString(places), shapely.LineString(places).length / pieces)
        return shapely.LineString([self.at(x, y) for x, y in flat.coords])

    def lines(self, *lines: shapely.LineString, **columns) -> gpd.GeoDataFrame:
        """Lines as a table in degrees."""
        return gpd.GeoDataFrame(columns, geometry=list(lines), crs="EPSG:4326", index=range(len(lines)))

    def cells(self, geometry) -> shapely.Geometry:
        """A geometry in degrees in columns and rows."""

        def move(xy):
            x, y = _FROM_DEGREES.transform(xy[:, 0], xy[:, 1])
            return np.column_stack([(x - X0) / self.size, (Y0 - y) / self.size])

        return shapely.transform(geometry, move)


@pytest.fixture
def plane() -> Plane:
    """The usual plane, cells of a kilometre."""
    return Plane()


def step_list(stencil: int) -> list[tuple[int, int]]:
    """(columns, rows) of the steps: all whole vectors without a common divisor, short ones first."""
    reach = {8: 1, 16: 2, 32: 3}[stencil]
    every = [(x, y) for x in range(-reach, reach + 1) for y in range(-reach, reach + 1)]
    return [(x, y) for x, y in every if np.gcd(x, y) == 1]


def share_of_cells(dx: int, dy: int) -> dict[tuple[int, int], float]:
    """Which share of a step lies in which cell, from the geometry of squares."""
    step = shapely.LineString([(0, 0), (dx, dy)])
    shares = {}
    for x, y in itertools.product(range(min(dx, 0), max(dx, 0) + 1), range(min(dy, 0), max(dy, 0) + 1)):
        box = shapely.box(x - 0.5, y - 0.5, x + 0.5, y + 0.5)
        inside = shapely.intersection(step, box).length
        # A step along an edge does not occur; one through a corner leaves no length there.
        if inside > 1e-9:
            shares[x, y] = inside / step.length
    return shares


def oracle(plane: Plane, pace, stencil, *, barriers=(), edges=(), joins=(), slope=None, height=None) -> nx.DiGraph:
    """
    The graph by NetworkX and shapely alone.

    `barriers` in columns and rows; `edges` (name, name, seconds); `joins` (name, (column, row), metres): a vertex and a
    cell; `slope` a function of rise over run.
    """
    pace = np.asarray(pace, dtype=float)
    rows, columns = pace.shape
    graph = nx.DiGraph()
    walls = shapely.union_all(list(barriers)) if barriers else None
    for dx, dy in step_list(stencil):
        shares = share_of_cells(dx, dy)
        metres = np.hypot(dx, dy) * plane.size
        for r, c in itertools.product(range(rows), range(columns)):
            if not (0 <= r + dy < rows and 0 <= c + dx < columns):
                continue
            seconds = metres * sum(share * pace[r + y, c + x] for (x, y), share in shares.items())
            if not np.isfinite(seconds):
                continue
            if walls is not None and walls.intersects(shapely.LineString([(c, r), (c + dx, r + dy)])):
                continue
            if slope is not None:
                seconds *= slope((height[r + dy, c + dx] - height[r, c]) / metres)
            graph.add_edge((c, r), (c + dx, r + dy), weight=seconds)
    for a, b, seconds in edges:
        graph.add_edge(a, b, weight=seconds)
        graph.add_edge(b, a, weight=seconds)
    for vertex, (c, r), metres in joins:
        seconds = metres * pace[r, c]
        graph.add_edge(vertex, (c, r), weight=seconds)
        graph.add_edge((c, r), vertex, weight=seconds)
    return graph


def oracle_hours(graph: nx.DiGraph, source, shape) -> np.ndarray:
    """Hours from a cell to every cell."""
    result = np.full(shape, np.inf)
    for node, seconds in nx.single_source_dijkstra_path_length(graph, source).items():
        if isinstance(node, tuple):
            result[node[1], node[0]] = seconds / 3600.0
    return result
