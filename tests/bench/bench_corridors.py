"""Travel time and corridors against their peers: ratios of one run, whether results are the same, memory, errors.

scikit-image, GRASS `r.cost`, xarray-spatial, whitebox-workflows and scikit-fmm (`requirements-bench.txt`, `make bench` installs
them; GRASS is Debian's grass-core). Runs are interleaved, the least counts; one thread each, and seconds of the processor,
where nothing else is said.

    python tests/bench/bench_corridors.py --sizes 1000 4000 --large
"""

# ruff: noqa: E402  (the threads are counted before numpy counts them)
from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np

SLACK = 0.05
X0, Y0, UTM = 400_000.0, 3_900_000.0, 32638
REGION = (38.5, 33.5, 45.5, 37.6)  # of scripts/corridor_map.py
DEIR_AL_ZOR, KIRKUK = (40.14, 35.336), (44.392, 35.468)


def costs_of(size: int, seed: int = 0) -> np.ndarray:
    """Costs from 1 to 150, as in the table that is compared with."""
    return np.random.default_rng(seed).uniform(1.0, 150.0, (size, size))


def grid_of(values: np.ndarray):
    """A DataArray of cells of a metre."""
    import rioxarray  # noqa: F401
    import xarray as xr

    rows, columns = values.shape
    coords = {"y": Y0 - np.arange(rows, dtype=float), "x": X0 + np.arange(columns, dtype=float)}
    return xr.DataArray(values, coords=coords, dims=("y", "x")).rio.write_crs(UTM)


def friction_of(costs: np.ndarray):
    """A friction of unit cells."""
    from geoops.core.types import Friction

    return Friction(grid_of(costs))


def place(column: float, row: float) -> tuple[float, float]:
    """Longitude and latitude of a column and row."""
    import pyproj

    return pyproj.Transformer.from_crs(UTM, 4326, always_xy=True).transform(X0 + column, Y0 - row)


def seconds_of(function, clock=time.process_time) -> tuple[float, object]:
    """Seconds of the processor (a busy machine disturbs them less than those of the clock) and result of one run."""
    start = clock()
    result = function()
    return clock() - start, result


def interleaved(engines: dict, repeat: int) -> tuple[dict, dict]:
    """Least seconds of each engine over runs in turn, and its last result."""
    least, results = {}, {}
    for _ in range(repeat):
        for name, function in engines.items():
            results.pop(name, None)
            taken, results[name] = seconds_of(function)
            if isinstance(results[name], tuple) and results[name][0] == "seconds":  # measured inside another program
                taken, results[name] = results[name][1:]
            least[name] = min(least.get(name, np.inf), taken)
    return least, results


class Grass:
    """GRASS on costs in a location of its own; only `r.cost` is timed, which reads and writes its rasters."""

    def __init__(self, folder: Path, costs: np.ndarray) -> None:
        import rasterio
        from rasterio.transform import from_origin

        self.folder, self.shape, self.place = folder, costs.shape, folder / "location"
        tif = folder / "costs.tif"
        profile = {"driver": "GTiff", "height": costs.shape[0], "width": costs.shape[1], "count": 1, "dtype": "float64"}
        with rasterio.open(tif, "w", **profile, transform=from_origin(0, costs.shape[0], 1, 1), crs=UTM) as file:
            file.write(costs, 1)
        self.run("-c", "XY", str(self.place), script=f"r.in.gdal -o input={tif} output=costs && g.region raster=costs")

    def run(self, *options: str, script: str) -> str:
        """A shell script in a session."""
        where = options or (str(self.place / "PERMANENT"),)
        done = subprocess.run(
            ["grass", *where, "--exec", "bash", "-c", script], capture_output=True, text=True, check=True
        )
        return done.stdout

    def cost(self) -> tuple[str, float, np.ndarray]:
        """Accumulated cost from the middle cell."""
        rows, columns = self.shape
        at = f"{columns // 2 + 0.5},{rows - rows // 2 - 0.5}"
        script = (
            "TIMEFORMAT='%U %S'; { time r.cost --quiet --overwrite input=costs output=total"
            f" start_coordinates={at} memory=4000 2>/dev/null; }} 2>{self.folder}/taken;"
            f" r.out.bin --quiet input=total output={self.folder}/total.bin bytes=8; cat {self.folder}/taken"
        )
        user, system = self.run(script=script).split()[-2:]
        return "seconds", float(user) + float(system), np.fromfile(self.folder / "total.bin").reshape(self.shape)


def whitebox(folder: Path, costs: np.ndarray):
    """A function that runs whitebox-workflows from the middle cell, files not counted."""
    import rasterio
    import whitebox_workflows as wbw
    from rasterio.transform import from_origin

    sources = np.zeros(costs.shape)
    sources[costs.shape[0] // 2, costs.shape[1] // 2] = 1
    session = wbw.WbEnvironment()
    session.verbose, session.max_procs = False, 1
    rasters = []
    for name, values in (("source", sources), ("cost", costs)):
        profile = {"driver": "GTiff", "height": costs.shape[0], "width": costs.shape[1], "count": 1, "dtype": "float64"}
        with rasterio.open(folder / f"{name}.tif", "w", **profile, transform=from_origin(0, len(costs), 1, 1)) as file:
            file.write(values, 1)
        rasters.append(session.read_raster(str(folder / f"{name}.tif")))

    def run() -> tuple[str, float, np.ndarray]:
        taken, (total, _) = seconds_of(lambda: session.cost_distance(*rasters))
        session.write_raster(total, str(folder / "total.tif"))
        with rasterio.open(folder / "total.tif") as file:
            return "seconds", taken, file.read(1)

    return run


def one_source(sizes: list[int], repeat: int) -> None:
    """The table of accumulated cost."""
    from skimage.graph import MCP_Geometric

    from geoops.corridors.assembly import graph_of
    from geoops.corridors.engine import kernels

    print(f"\nOne source, 8 neighbours, costs 1 to 150 (kernels: {kernels().__name__.rpartition('.')[2]})")
    print("| cells | engine | seconds | geoops is faster by | result |\n|---|---|---|---|---|")
    for size in sizes:
        costs, middle = costs_of(size), size // 2
        friction = friction_of(costs)
        graph = graph_of(friction, 8)
        seed = graph.node(np.array([middle]), np.array([middle]))
        engines = {
            "geoops": lambda graph=graph, seed=seed: np.asarray(graph.unframed(graph.search(seed).seconds)),
            "scikit-image": lambda costs=costs, middle=middle: MCP_Geometric(costs).find_costs([(middle, middle)])[0],
        }
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if shutil.which("grass"):
                engines["GRASS r.cost"] = Grass(folder, costs).cost
            try:
                from xrspatial import cost_distance

                sources = np.zeros(costs.shape)
                sources[middle, middle] = 1.0
                one, two = grid_of(sources), grid_of(costs)
                engines["xarray-spatial"] = lambda one=one, two=two: cost_distance(one, two, connectivity=8).values
            except ImportError:
                print("xarray-spatial is not installed")
            try:
                engines["whitebox-workflows"] = whitebox(folder, costs)
            except ImportError:
                print("whitebox-workflows is not installed")
            least, results = interleaved(engines, repeat)
        for engine, taken in least.items():
            same = "the same bits"
            if not np.array_equal(results[engine], results["geoops"]):
                with np.errstate(divide="ignore", invalid="ignore"):
                    off = np.nanmax(np.abs(np.asarray(results[engine], float) / results["geoops"] - 1))
                same = f"within {off:.1e}"
            print(f"| {size}² | {engine} | {taken:.2f} | {taken / least['geoops']:.1f} | {same} |", flush=True)


def pair(sizes: list[int], repeat: int) -> None:
    """The table of a pair's corridor: the public call, made ready graph included or not, against two surfaces."""
    from skimage.graph import MCP_Geometric

    from geoops.corridors import corridor

    print(
        f"\nCorridor of a pair at {SLACK:.0%} slack, 8 neighbours: `geoops.corridor` against two whole surfaces, added"
    )
    print("| cells | geoops s | first call s | scikit-image s | ratio | same cells |\n|---|---|---|---|---|---|")
    for size in sizes:
        costs, middle, quarter = costs_of(size, 1), size // 2, size // 4
        friction = friction_of(costs)
        ends = (middle, quarter), (middle, 3 * quarter)
        a, b = (place(column, row) for row, column in ends)

        def ours(friction=friction, a=a, b=b):
            return corridor(friction, a, b, slack=SLACK, stencil=8)

        def theirs(costs=costs, ends=ends):
            total = MCP_Geometric(costs).find_costs([ends[0]])[0]
            total += MCP_Geometric(costs).find_costs([ends[1]])[0]
            return total

        first, _ = seconds_of(ours)
        least, results = interleaved({"geoops": ours, "scikit-image": theirs}, repeat)
        total = results["scikit-image"]
        truth = total <= total.min() * (1 + SLACK) * (1 + 1e-12)
        different = int((np.isfinite(results["geoops"].extra_h.values) != truth).sum())
        ratio = least["scikit-image"] / least["geoops"]
        print(
            f"| {size}² | {least['geoops']:.2f} | {first:.2f} | {least['scikit-image']:.2f} | {ratio:.1f} |"
            f" {'yes' if not different else f'{different} differ'} |",
            flush=True,
        )


def media(size: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Pace and exact seconds from the middle cell: uniform, linear gradient of speed, two layers (Snell)."""
    y, x = np.mgrid[:size, :size].astype(float) - size // 2
    r, scale = np.hypot(x, y), size / 1.5
    layers, depth = np.where(y >= size // 8, 4.0, 1.0), size // 8 - 0.5
    truth = r.copy()
    for row in range(size // 2 + size // 8, size):
        across, down = np.abs(x[row]), float(row - size // 2)
        low, high = np.zeros(size), across.copy()
        for _ in range(60):
            at = (low + high) / 2
            bent = at / np.hypot(at, depth) - 4 * (across - at) / np.hypot(across - at, down - depth)
            low, high = np.where(bent < 0, at, low), np.where(bent < 0, high, at)
        truth[row] = np.hypot(at, depth) + 4 * np.hypot(across - at, down - depth)
    speed = 1 + y / scale
    return {
        "uniform": (np.ones((size, size)), r),
        "linear gradient": (1 / speed, scale * np.arccosh(1 + (r / scale) ** 2 / (2 * speed))),
        "two layers, 4 to 1": (layers, truth),
    }


def accuracy(size: int) -> None:
    """Errors in analytic media, and the eikonal solver against scikit-fmm."""
    from geoops.corridors.assembly import graph_of

    print(f"\nError in per cent (maximum / rms) against analytic solutions, {size}², cells at least 50 from the source")
    print("| medium | 8 | 16 | 32 | eikonal | scikit-fmm order 2 from a 5-cell disc | seconds ours / theirs | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    middle = size // 2
    y, x = np.mgrid[:size, :size] - middle
    radius = np.hypot(x, y)
    far = radius >= 50
    for name, (pace, truth) in media(size).items():
        friction, cells, taken = friction_of(pace), [], {}
        for stencil in (8, 16, 32, "eikonal"):
            graph = graph_of(friction, stencil)
            seed = graph.node(np.array([middle]), np.array([middle]))
            taken[stencil], found = seconds_of(lambda graph=graph, seed=seed: graph.search(seed).seconds)
            error = np.asarray(graph.unframed(found))[far] / truth[far] - 1
            cells.append(f"{100 * np.abs(error).max():.3f} / {100 * np.sqrt(np.mean(error**2)):.3f}")
        try:
            import skfmm

            theirs, times = seconds_of(lambda pace=pace: skfmm.travel_time(radius - 5.0, 1 / pace, order=2))
            again, _ = seconds_of(lambda graph=graph, seed=seed: graph.search(seed))
            ours = min(taken["eikonal"], again)
            error = (np.asarray(times) + 5 * pace[middle, middle])[far] / truth[far] - 1
            cells.append(f"{100 * np.abs(error).max():.3f} / {100 * np.sqrt(np.mean(error**2)):.3f}")
            cells += [f"{ours:.2f} / {theirs:.2f}", f"{theirs / ours:.1f}"]
        except ImportError:
            cells += ["not installed"] * 3
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def draws(count: int) -> None:
    """The default ensemble against the same loop over scikit-image, of which a few draws are run."""
    from skimage.graph import MCP_Geometric

    import geoops as go
    from geoops.corridors.assembly import graph_of

    friction = go.friction(REGION)
    graph = graph_of(friction, 8)
    # scikit-image knows no network, no barriers and no more than 8 neighbours: the cells alone, two surfaces a draw.
    pace = np.asarray(graph.unframed(graph.pace))
    pace = np.where(np.isfinite(pace), pace, -1.0)
    ends = [tuple(int(v) for v in graph.grid.cell(*graph.grid.to_cells(*p)))[::-1] for p in (DEIR_AL_ZOR, KIRKUK)]
    few = 8

    def theirs() -> None:
        for draw in range(few):
            total = sum(MCP_Geometric(pace * (1 + draw / 10)).find_costs([end])[0] for end in ends)
            assert np.isfinite(total).any()

    engines = {
        f"geoops, {stencil} neighbours and the roads, all cores": lambda stencil=stencil: go.ensemble(
            friction, DEIR_AL_ZOR, KIRKUK, draws=count, stencil=stencil
        )
        for stencil in (32, 8)
    }
    rows, columns = friction.shape
    print(f"\nEnsemble of {count} draws on {rows} x {columns} cells of 30 arc seconds, seconds of the clock")
    for _ in range(2):
        for name, function in {
            **engines,
            f"scikit-image, 8 neighbours, no roads ({few} draws, scaled)": theirs,
        }.items():
            taken, _ = seconds_of(function, time.perf_counter)
            print(f"  {name}: {taken * (count / few if function is theirs else 1):.1f}", flush=True)


CHILD = """
import gc, json, sys, time
sys.path.insert(0, {folder!r})
import bench_corridors as bench
import numpy as np
from geoops.corridors import corridor, travel_time
from geoops.corridors.assembly import graph_of
import geoops.corridors.engine, pyproj, xarray, rioxarray, geopandas
bench.friction_of(np.ones((9, 9), np.float32)); travel_time(bench.friction_of(np.ones((9, 9))), bench.place(4, 4), stencil=8)
def peak():  # of this process alone: getrusage counts its parent's too
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
before = peak()
size, what = {size}, {what!r}
rng = np.random.default_rng(0)
costs = np.empty((size, size), np.float32 if what == "corridor" else np.float64)
for row in costs:
    row[:] = rng.uniform(1.0, 150.0, size)
friction = bench.friction_of(costs)
del costs, row
gc.collect()  # write_crs has made a copy, and left the first in a cycle
start = time.perf_counter()
if what == "corridor":
    found = corridor(friction, bench.place(size // 4, size // 2), bench.place(3 * size // 4, size // 2), slack={slack}, stencil=8)
    result = found.hours
else:
    hours = travel_time(friction, bench.place(size // 2, size // 2), stencil=8)
    result = float(hours.values[0, 0])
taken = time.perf_counter() - start
print(json.dumps([taken, peak() * 1024, before * 1024, result]))
"""


def child(size: int, what: str) -> tuple[float, float, float]:
    """Seconds, peak bytes and bytes before the grid of a process of its own."""
    code = CHILD.format(folder=str(Path(__file__).parent), size=size, what=what, slack=SLACK)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return tuple(json.loads(done.stdout)[:3])


def memory(size: int) -> None:
    """Bytes a cell of the public call, costs included, beyond the loaded libraries."""
    taken, peak, before = child(size, "travel_time")
    print(
        f"\n`travel_time` on {size}², float64 costs included: peak {peak / 1e6:,.0f} MB, libraries {before / 1e6:,.0f} MB:"
        f" {(peak - before) / size**2:.1f} bytes a cell ({taken:.1f} s with the graph)"
    )


def large(size: int) -> None:
    """A corridor on a very large grid."""
    taken, peak, _ = child(size, "corridor")
    print(
        f"\nCorridor on {size}² cells, float32 costs: {taken:.0f} s, peak {peak / 1e9:.2f} GB, all included", flush=True
    )


def start_up() -> None:
    """Seconds of the first call of a fresh process, kernels from C, from numba's cache, and compiled by numba."""
    code = (
        f"import sys, time; sys.path.insert(0, {str(Path(__file__).parent)!r}); import numpy as np; import bench_corridors as b;"
        "f = b.friction_of(np.random.default_rng(0).uniform(1, 9, (200, 200))); at = b.place(9, 9); from geoops.corridors import travel_time;"
        "s = time.perf_counter(); travel_time(f, at); print(time.perf_counter() - s)"
    )
    print("\nFirst `travel_time` of a fresh process (200² cells, imports of geopandas and the like before it):")
    with tempfile.TemporaryDirectory() as cache:
        numba = {"GEOOPS_KERNELS": "numba", "NUMBA_CACHE_DIR": cache}
        for name, extra in (("C", {}), ("numba, nothing compiled", numba), ("numba, from its cache", numba)):
            done = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **extra}
            )
            print(f"  {name}: {float(done.stdout):.2f} s", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 4000], help="cells a side")
    parser.add_argument("--repeat", type=int, default=2, help="repetitions, the least counts")
    parser.add_argument("--draws", type=int, default=200, help="of the ensemble")
    parser.add_argument("--large", type=int, nargs="?", const=13_400, help="also a corridor on so many cells a side")
    parser.add_argument("--only", nargs="+", help="sections: source pair accuracy draws memory start large")
    args = parser.parse_args()
    sections = {
        "source": lambda: one_source(args.sizes, args.repeat),
        "pair": lambda: pair(args.sizes, args.repeat),
        "accuracy": lambda: accuracy(max(args.sizes) // 2 + 1),
        "draws": lambda: draws(args.draws),
        "memory": lambda: memory(max(args.sizes)),
        "start": start_up,
        "large": lambda: large(args.large or 13_400),
    }
    wanted = args.only or [name for name in sections if name != "large" or args.large]
    for name in wanted:
        sections[name]()


if __name__ == "__main__":
    main()
