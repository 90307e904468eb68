"""Reading 5° by 5° of each world layer: time and peak memory, against geopandas, GDAL on GeoPackage and on FlatGeobuf.

Each reader runs in a process of its own, warm: the least of nine reads after the first, by the clock and in time of the
processor (which a busy machine leaves as it is). Peak memory is that of the whole process, with its libraries, as `pip install geoops` brings
them. Asked: under 100 ms and under 200 MB. `python tests/bench/bench_layers.py`
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import geoops as go
from geoops.core.writing import write_vector
from geoops.layers.catalog import read_catalog

REGION = (30.0, 13.0, 35.0, 18.0)
LAYERS = ("places", "countries", "admin1", "boundaries", "roads", "railways", "rivers", "airports", "water", "terrain")
REPEAT = 9

MEASURE = """
import re, sys, time
sys.modules["dask"] = None  # an extra of geoops that only the development environment has: rioxarray would import it, 27 MB
{setup}
def read():
    return {work}
first = time.perf_counter(); count = len(read()); first = time.perf_counter() - first
times, busy = [], []
for _ in range({repeat}):
    start, cpu = time.perf_counter(), time.process_time()
    read()
    times.append(time.perf_counter() - start)
    busy.append(time.process_time() - cpu)
# The peak of this process alone: what getrusage says is never less than what the parent had.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
print(count, first, min(times), min(busy), peak)
"""
READERS = {
    "geoops": ("from geoops.layers.load import layer", "layer({name!r}, region={region})"),
    "geopandas": ("import geopandas, pandas", "pandas.concat([geopandas.read_parquet(p, bbox={region}) for p in {paths}])"),
    "FlatGeobuf": ("import pyogrio", "pyogrio.read_dataframe({fgb!r}, bbox={region})"),
    "GeoPackage": ("import pyogrio", "pyogrio.read_dataframe({gpkg!r}, bbox={region})"),
    "rasterio": (
        "import rasterio; from rasterio.windows import from_bounds",
        "(lambda s: s.read(1, window=from_bounds(*{region}, s.transform), masked=True).astype('float64'))(rasterio.open({paths}[0]))",
    ),
}  # fmt: skip


def measure(reader: str, **names: object) -> tuple[int, float, float, float, float]:
    """Rows, first, least and least busy milliseconds, and peak megabytes of a reader in a process of its own."""
    setup, work = READERS[reader]
    code = MEASURE.format(setup=setup, work=work.format(region=REGION, **names), repeat=REPEAT)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    count, first, least, busy, peak = (float(value) for value in done.stdout.split())
    return int(count), first * 1e3, least * 1e3, busy * 1e3, peak


def main() -> None:
    """Print a line a layer and reader."""
    found = read_catalog()
    print(f"5° by 5° at {REGION}, least of {REPEAT} warm reads; ratio: processor time of geoops over that of the peer")
    print(
        f"{'layer':12s} {'reader':11s} {'rows':>7s} {'first ms':>9s} {'warm ms':>8s} {'cpu ms':>7s} {'peak MB':>8s} {'ratio':>6s}"
    )
    worst_ms = worst_cpu = worst_mb = 0.0
    for name in LAYERS:
        paths = [str(path) for path in found.paths(name)]
        own = measure("geoops", name=name)
        worst_ms, worst_mb = max(worst_ms, own[2]), max(worst_mb, own[4])
        worst_cpu = max(worst_cpu, own[3])
        rows = [("geoops", own)]
        with tempfile.TemporaryDirectory() as folder:
            if found.layers[name]["geometry"] == "raster":
                rows.append(("rasterio", measure("rasterio", paths=paths[:1])))
            else:
                whole = go.layer(name)
                fgb, gpkg = (str(write_vector(Path(folder) / f"{name}.{s}", whole)) for s in ("fgb", "gpkg"))
                rows += [
                    (r, measure(r, paths=paths, fgb=fgb, gpkg=gpkg)) for r in ("geopandas", "FlatGeobuf", "GeoPackage")
                ]
        for reader, (count, first, least, busy, peak) in rows:
            ratio = "" if reader == "geoops" else f"{own[3] / busy:6.2f}"
            print(f"{name:12s} {reader:11s} {count:7d} {first:9.1f} {least:8.1f} {busy:7.1f} {peak:8.0f} {ratio:>6s}")
    print(
        f"slowest {worst_ms:.0f} ms by the clock, {worst_cpu:.0f} ms of the processor (asked: under 100); largest {worst_mb:.0f} MB (asked: under 200)"
    )


if __name__ == "__main__":
    main()
