"""Travel time and corridors against scikit-image: ratios of one run, and whether the results are the same.

Least of interleaved repetitions, one thread each. `python tests/bench/bench_corridors.py --sizes 1000 2000 4000`
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import rioxarray  # noqa: F401
import xarray as xr
from skimage.graph import MCP_Geometric

from geoops.core.types import Friction
from geoops.corridors.assembly import graph_of
from geoops.corridors.graph import Graph
from geoops.corridors.stencils import direction_error


def friction_of(costs: np.ndarray) -> Friction:
    """A friction of unit cells."""
    rows, columns = costs.shape
    coords = {"y": -np.arange(rows, dtype=float), "x": np.arange(columns, dtype=float)}
    return Friction(xr.DataArray(costs, coords=coords, dims=("y", "x")).rio.write_crs("EPSG:32638"))


def least(function, repeat: int) -> tuple[float, object]:
    """Least seconds of some runs, and the last result."""
    best, result = np.inf, None
    for _ in range(repeat):
        start = time.perf_counter()
        result = function()
        best = min(best, time.perf_counter() - start)
    return best, result


def pair(graph: Graph, a: np.ndarray, b: np.ndarray, slack: float) -> tuple[float, np.ndarray]:
    """The two pruned searches of one corridor, as `geoops.corridor` makes them."""
    first = graph.search(a, targets=b, stretch=1.0 + slack)
    best = float(first.seconds[b].min())
    limit = best * (1.0 + slack)
    second = graph.search(b, reverse=True, limit=limit, other=first.seconds, other_limit=limit)
    return best, np.asarray(graph.unframed(first.seconds + second.seconds)) <= limit * (1 + 1e-12)


def surfaces(costs: np.ndarray, a: tuple[int, int], b: tuple[int, int], slack: float) -> np.ndarray:
    """What others do: two whole surfaces, added."""
    total = MCP_Geometric(costs).find_costs([a])[0] + MCP_Geometric(costs).find_costs([b])[0]
    return total <= total.min() * (1.0 + slack) * (1 + 1e-12)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 2000], help="cells a side")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions, the least counts")
    parser.add_argument("--slack", type=float, default=0.05, help="of the corridor")
    args = parser.parse_args()

    warm = graph_of(friction_of(np.ones((8, 8))), 8)
    start = time.perf_counter()
    warm.search(warm.node(np.array([1]), np.array([1])))
    print(f"first search of this process, compiled code loaded or compiled: {time.perf_counter() - start:.1f} s\n")

    print("| cells | stencil | geoops s | scikit-image s | ratio | same |\n|---|---|---|---|---|---|")
    rng = np.random.default_rng(0)
    for size in args.sizes:
        costs = rng.uniform(1.0, 150.0, (size, size))
        friction = friction_of(costs)
        middle = size // 2
        theirs, surface = least(lambda c=costs, m=middle: MCP_Geometric(c).find_costs([(m, m)])[0], args.repeat)
        for stencil in (8, 16, 32):
            graph = graph_of(friction, stencil)
            seed = graph.node(np.array([middle]), np.array([middle]))
            ours, found = least(lambda g=graph, s=seed: g.search(s), args.repeat)
            same = "bitwise" if stencil == 8 and np.array_equal(graph.unframed(found.seconds), surface) else "no"
            same = same if stencil == 8 else "other graph"
            print(f"| {size}² | {stencil} | {ours:.2f} | {theirs:.2f} | {theirs / ours:.1f} | {same} |")

    print(f"\nCorridor of a pair at {args.slack:.0%} slack, 8 neighbours, against two whole surfaces:")
    print("| cells | geoops s | scikit-image s | ratio | same cells |\n|---|---|---|---|---|")
    for size in args.sizes:
        costs = rng.uniform(1.0, 150.0, (size, size))
        graph = graph_of(friction_of(costs), 8)
        quarter = size // 4
        a, b = (graph.node(np.array([x]), np.array([2 * quarter])) for x in (quarter, 3 * quarter))
        ours, (_, inside) = least(lambda g=graph, a=a, b=b: pair(g, a, b, args.slack), args.repeat)
        ends = (2 * quarter, quarter), (2 * quarter, 3 * quarter)
        theirs, truth = least(lambda c=costs, e=ends: surfaces(c, *e, args.slack), 1)
        same = "yes" if np.array_equal(inside, truth) else f"no: {int((inside != truth).sum())} cells"
        print(f"| {size}² | {ours:.2f} | {theirs:.2f} | {theirs / ours:.1f} | {same} |")

    print("\nError of direction on uniform ground, per cent: | stencil | largest | rms |")
    for stencil in (8, 16, 32):
        worst, rms = direction_error(stencil, np.array([1.0]), np.array([1.0]))
        print(f"| {stencil} | {100 * worst:.2f} | {100 * rms:.2f} |")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"\npeak memory of this process, peers included: {peak:,.0f} MB")


if __name__ == "__main__":
    main()
