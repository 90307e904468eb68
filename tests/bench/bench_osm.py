"""Roads of an OpenStreetMap extract against pyrosm on the same file: `python -m tests.bench osm`.

The extract is made here, true to the format: dense nodes, ids in runs over their real range, sorted, with a date in its
head. Of its ways a quarter are roads, three fifths buildings and the rest land use and water, which are about the shares of
OpenStreetMap as a whole. It is written in a process of its own, and each engine runs in one, in turn, least of several
runs: a child begins with its parent's peak of memory, so the parent must stay small.

pyrosm runs in an environment of its own, `.venv-rivals`, which `make bench` sets up: beside pyarrow it would keep each result
in a cache and answer the second read without the file. GEOOPS_BENCH_PYROSM may name another Python. Where there is none,
GDAL's OSM driver through pyogrio stands in, and the table says so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

WAYS = int(os.environ.get("GEOOPS_BENCH_WAYS", "900000"))
ROUNDS = 3
RIVALS = Path(__file__).resolve().parents[2] / ".venv-rivals" / "bin" / "python"
CLASSES = ("residential", "unclassified", "track", "service", "tertiary", "secondary", "primary", "trunk", "motorway")
SHARES = (0.36, 0.15, 0.14, 0.16, 0.08, 0.05, 0.03, 0.02, 0.01)

MEASURE = """
import json, resource, sys, time
path = sys.argv[1]
{setup}
start = time.perf_counter()
{work}
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({{"rows": len(found), "km": float(found.geometry.length.sum()) * 111.0, "s": seconds, "mb": peak}}))
"""
ENGINES = {
    "geoops": (
        "from geoops.layers.sources import osm_pbf",
        "found = osm_pbf.read(path, theme='roads')",
    ),
    "pyrosm": (
        "import warnings; warnings.simplefilter('ignore'); import pyrosm; pyrosm.OSM.clear_cache()",
        "found = pyrosm.OSM(path, progress=False).get_network(network_type='all')",
    ),
    "GDAL by pyogrio": (
        "import pyogrio",
        "found = pyogrio.read_dataframe(path, sql='SELECT * FROM lines WHERE highway IS NOT NULL', use_arrow=True)",
    ),
}


def write_extract(path: Path, ways: int, seed: int = 3) -> int:
    """Write the extract and give back how many of its ways are roads."""
    import numpy as np
    import osmium
    from osmium.osm import mutable

    rng = np.random.default_rng(seed)
    what = rng.choice(3, size=ways, p=[0.25, 0.60, 0.15])
    size = np.choose(what, [rng.integers(2, 18, ways), rng.integers(4, 8, ways), rng.integers(4, 30, ways)])
    total = int(size.sum())
    # Ids come in runs, as one upload after the other gives them, spread over the real range.
    run = rng.integers(1, 2 * 12_000_000_000 // (total // 40 + 1), total // 40 + 1) + 40
    ids = (np.cumsum(run)[:, None] + np.arange(40)).ravel()[:total].tolist()
    first = np.r_[0, np.cumsum(size)]
    middle = rng.uniform((38.0, 33.0), (46.0, 38.0), (ways, 2))
    steps = rng.normal(0.0, 4e-4, (total, 2))
    walked = np.cumsum(steps, axis=0)
    place = np.repeat(middle - walked[first[:-1]], size, axis=0) + walked
    head = osmium.io.Header()
    head.set("osmosis_replication_timestamp", "2025-05-01T20:21:00Z")
    head.set("sorting", "Type_then_ID")
    about = {"version": 2, "timestamp": "2024-03-01T00:00:00Z", "changeset": 1000, "uid": 7, "user": "mapper"}
    draws, classes = rng.random((ways, 5)), rng.choice(CLASSES, size=ways, p=SHARES).tolist()
    with osmium.SimpleWriter(str(path), header=head, overwrite=True) as writer:
        for number, (lon, lat) in zip(ids, place.tolist(), strict=True):
            writer.add_node(mutable.Node(id=number, location=(lon, lat), **about))
        for number, block in enumerate(rng.permutation(ways).tolist()):
            refs = ids[first[block] : first[block + 1]]
            named, paved, single, limited, bridge = (draws[block] < (0.3, 0.35, 0.1, 0.1, 0.02)).tolist()
            if what[block] == 0:
                tags = {"highway": classes[block]}
                tags |= (
                    {"name": f"شارع {number}", "name:ar": f"شارع {number}", "name:en": f"Street {number}"}
                    if named
                    else {}
                )
                tags |= {"surface": "asphalt"} if paved else {}
                tags |= {"oneway": "yes"} if single else {}
                tags |= {"maxspeed": "60"} if limited else {}
                tags |= {"bridge": "yes", "layer": "1"} if bridge else {}
            else:
                refs = [*refs, refs[0]]
                tags = (
                    {"building": "yes"}
                    if what[block] == 1
                    else {"landuse": "farmland"}
                    if paved
                    else {"natural": "water"}
                )
            writer.add_way(mutable.Way(id=20_000_000 + 3 * number, nodes=refs, tags=tags, **about))
    return int((what == 0).sum())


def measure(python: str, engine: str, path: Path) -> dict[str, float]:
    """Seconds and peak memory of one engine in a process of its own."""
    setup, work = ENGINES[engine]
    run = subprocess.run(
        [python, "-c", MEASURE.format(setup=setup, work=work), str(path)], capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise SystemExit(f"{engine} failed:\n{run.stderr[-2000:]}")
    return json.loads(run.stdout.splitlines()[-1])


def rival() -> tuple[str, str]:
    """The Python and the name of what geoops is held against."""
    for python in (os.environ.get("GEOOPS_BENCH_PYROSM"), str(RIVALS)):
        if (
            python
            and Path(python).exists()
            and subprocess.run([python, "-c", "import pyrosm"], capture_output=True, check=False).returncode == 0
        ):
            return python, "pyrosm"
    print("pyrosm is not here (`make bench` installs it): GDAL's OSM driver through pyogrio stands in")
    return sys.executable, "GDAL by pyogrio"


def main() -> int:
    """Print the table; 1 where a promise is not kept."""
    if len(sys.argv) > 1:
        print(write_extract(Path(sys.argv[1]), WAYS))
        return 0
    with tempfile.TemporaryDirectory(prefix="geoops-bench-") as folder:
        path = Path(folder) / "country.osm.pbf"
        written = subprocess.run([sys.executable, __file__, str(path)], capture_output=True, text=True, check=True)
        roads = int(written.stdout)
        print(f"extract: {WAYS:,} ways, {roads:,} of them roads, {path.stat().st_size / 1e6:.1f} MB")
        python, name = rival()
        best: dict[str, dict[str, float]] = {}
        for _ in range(ROUNDS):
            for engine, by in (("geoops", sys.executable), (name, python)):
                came = measure(by, engine, path)
                last = best.get(engine, came)
                best[engine] = came | {"s": min(came["s"], last["s"]), "mb": min(came["mb"], last["mb"])}
    for engine, came in best.items():
        print(f"{engine:16} {came['rows']:>9,} roads {came['s']:7.2f} s {came['mb']:7.0f} MB peak")
    ours, theirs = best["geoops"], best[name]
    time, memory = ours["s"] / theirs["s"], ours["mb"] / theirs["mb"]
    print(f"time   {time:5.2f} x {name} (at most 1.00 wanted)")
    print(f"memory {memory:5.2f} x {name} (at most 0.50 wanted)")
    same = ours["rows"] == theirs["rows"] == roads and abs(ours["km"] / theirs["km"] - 1.0) < 1e-6
    if not same:
        print(
            f"the roads differ: {ours['rows']} and {theirs['rows']} of {roads}, {ours['km']:.1f} and {theirs['km']:.1f} km"
        )
    return 0 if same and time <= 1.0 and memory <= 0.5 else 1


if __name__ == "__main__":
    sys.exit(main())
