"""OpenStreetMap's main roads and railways as the graphs of `scgraph_data` (ODbL).

The package gives nodes to 0.001 degrees and edges with their true length, but straight: how far the road may lie from
the straight edge follows from the two lengths, and is each feature's uncertainty. It states neither names nor classes;
the roads are motorways and trunk roads. The files are Python; their numbers are read, nothing is executed.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from geoops.core.geodesy import Region, distance
from geoops.core.reading import read_text

__all__ = ["DATE", "LICENCE", "lines", "read_graph"]

LICENCE = "ODbL 1.0"
DATE = "2024-04-19"

NODE_ERROR_M = 80.0
"""Half a step of the rounded coordinates (0.001 degrees), along the diagonal."""

_CLASS_EDGES_M = (300.0, 1000.0, 3000.0, 10000.0)


def read_graph(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    The graph in a file of `scgraph_data`.

    Returns
    -------
    nodes
        Shape (n, 2), longitude and latitude in degrees.
    edges
        Shape (m, 2), each undirected edge once.
    length_m
        Length of each edge along the road, in metres.
    """
    text = read_text(path)
    graph = text[text.index("graph=") + 6 : text.index("nodes=")]
    nodes_text = text[text.index("nodes=") + 6 :]
    nodes_text = nodes_text[: nodes_text.index("]]") + 2]
    nodes = np.array(json.loads(nodes_text), dtype=float)[:, ::-1]
    start, end, km = [], [], []
    for node, neighbours in enumerate(json.loads(re.sub(r"(\d+): ", r'"\1": ', graph))):
        for other, length in neighbours.items():
            if node < int(other):
                start.append(node)
                end.append(int(other))
                km.append(length)
    return nodes, np.column_stack([start, end]).astype(np.int64), np.asarray(km) * 1000.0


def lines(path: Path, *, fine: Region, merge_m: float, step_deg: float) -> gpd.GeoDataFrame:
    """
    The graph as lines from junction to junction.

    Outside the fine region nodes closer than `merge_m` become one, which joins the carriageways of one road.

    Returns
    -------
    GeoDataFrame
        `length_m` (along the road, three digits), `uncertainty_m` (how far the road may lie from the drawn line, two
        digits), geometry.
    """
    nodes, edges, length = read_graph(path)
    nodes, edges, length, shift = _merged(nodes, edges, length, fine=fine, merge_m=merge_m, step_deg=step_deg)
    straight = distance(*nodes[edges[:, 0]].T, *nodes[edges[:, 1]].T)
    # A road of length L between points d apart stays within an ellipse whose half width is sqrt(L^2 - d^2) / 2.
    aside = np.sqrt(np.maximum(length**2 - straight**2, 0.0)) / 2.0 + NODE_ERROR_M + shift[edges].max(axis=1)
    return _chains(nodes, edges, length, aside)


def _merged(
    nodes: np.ndarray, edges: np.ndarray, length: np.ndarray, *, fine: Region, merge_m: float, step_deg: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The graph with near nodes joined outside the fine region and parallel edges once; how far each node moved."""
    west, south, east, north = fine
    inside = (nodes[:, 0] >= west) & (nodes[:, 0] <= east) & (nodes[:, 1] >= south) & (nodes[:, 1] <= north)
    straight = distance(*nodes[edges[:, 0]].T, *nodes[edges[:, 1]].T)
    join = (straight < merge_m) & ~inside[edges[:, 0]] & ~inside[edges[:, 1]]
    pairs = edges[join]
    matrix = sparse.coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(nodes),) * 2)
    count, label = connected_components(matrix, directed=False)
    size = np.bincount(label, minlength=count)
    centre = np.column_stack([np.bincount(label, nodes[:, i], minlength=count) / size for i in (0, 1)])
    moved = distance(*nodes.T, *centre[label].T)
    shift = np.zeros(count)
    np.maximum.at(shift, label, moved)
    centre = np.rint(centre / step_deg) * step_deg
    ends = np.sort(label[edges], axis=1)
    order = np.lexsort((length, ends[:, 1], ends[:, 0]))
    ends, length = ends[order], length[order]
    first = np.r_[True, (ends[1:] != ends[:-1]).any(axis=1)] & (ends[:, 0] != ends[:, 1])
    return centre, ends[first], length[first], shift


def _chains(nodes: np.ndarray, edges: np.ndarray, length: np.ndarray, aside: np.ndarray) -> gpd.GeoDataFrame:
    """Edges joined where exactly two of like uncertainty meet, so that a road is not a heap of pieces."""
    group = np.digitize(aside, _CLASS_EDGES_M)
    at: list[list[int]] = [[] for _ in range(len(nodes))]
    for number, (a, b) in enumerate(edges.tolist()):
        at[a].append(number)
        at[b].append(number)
    through = np.array([len(e) == 2 and group[e[0]] == group[e[1]] for e in at])
    ends = edges.tolist()
    used = np.zeros(len(ends), dtype=bool)

    def walk(node: int, edge: int) -> tuple[list[int], list[int]]:
        """The nodes and edges from a node along an edge to the next junction, or round a ring."""
        path, passed = [node], []
        while not used[edge]:
            used[edge] = True
            passed.append(edge)
            a, b = ends[edge]
            node = b if a == path[-1] else a
            path.append(node)
            if not through[node]:
                break
            edge = at[node][0] if at[node][1] == edge else at[node][1]
        return path, passed

    paths = []
    for number, (a, b) in enumerate(ends):
        for start in (a, b):
            if not used[number] and not through[start]:
                paths.append(walk(start, number))  # noqa: PERF401  each walk marks the edges that the test asks for
    # What is left are rings without a junction. Each walk marks its edges, so the test must run in between.
    paths.extend(walk(a, number) for number, (a, _) in enumerate(ends) if not used[number])
    sizes = np.array([len(path) for path, _ in paths])
    geometry = shapely.linestrings(
        nodes[np.concatenate([path for path, _ in paths])], indices=np.repeat(np.arange(len(paths)), sizes)
    )
    return gpd.GeoDataFrame(
        {
            "length_m": [float(f"{float(length[passed].sum()):.3g}") for _, passed in paths],
            "uncertainty_m": [float(f"{float(aside[passed].max()):.2g}") for _, passed in paths],
        },
        geometry=geometry,
        crs="EPSG:4326",
    )
