"""Nearest features against geopandas in UTM and PostGIS: errors, times and their ratios, all of one run.

Least of interleaved repetitions, one thread each. The error is that against brute force on GeographicLib.
`python tests/bench/bench_proximity.py --points 1000000 --cases 2000 --dsn "host=/tmp dbname=bench"`
"""

# ruff: noqa: E402  (the threads are counted before numpy counts them)
from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "proximity"))
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import geopandas as gpd
import layers as hard
import numpy as np
import oracle
import shapely

import geoops as go

BOX = (35.0, 29.0, 49.0, 38.0)
UTM = 32638


def segments(rng: np.random.Generator, count: int, long_share: float) -> gpd.GeoDataFrame:
    """Segments of some kilometres, a share of them 200 to 500 km long."""
    west, south, east, north = BOX
    lon, lat = rng.uniform(west, east, count), rng.uniform(south, north, count)
    metres = np.where(rng.random(count) < long_share, rng.uniform(2e5, 5e5, count), rng.uniform(1e3, 1e4, count))
    from geoops.core.geodesy import destination

    far_lon, far_lat = destination(lon, lat, rng.uniform(0, 360, count), metres)
    coords = np.stack([np.column_stack([lon, lat]), np.column_stack([far_lon, far_lat])], axis=1)
    return gpd.GeoDataFrame({"id": np.arange(count)}, geometry=shapely.linestrings(coords), crs=4326)


def timed(function, *args, **options):
    """Seconds and result."""
    start = time.perf_counter()
    result = function(*args, **options)
    return time.perf_counter() - start, result


def accuracy(cases: int) -> None:
    """Errors over mixed cases, both meanings of an edge, against brute force."""
    print(f"\nError against brute force on GeographicLib, {cases} mixed cases each")
    for edges in ("geodesic", "planar"):
        rng = np.random.default_rng(1)
        worst, done = 0.0, 0
        while done < cases:
            sites = hard.points(rng, 10, BOX)
            layer = np.concatenate([hard.points(rng, 2, BOX), hard.lines(rng, 6, BOX, rng.choice([0.05, 1.0, 5.0])),
                                    hard.areas(rng, 2, BOX, 1.0)])  # fmt: skip
            table = go.nearest(gpd.GeoSeries(sites, crs=4326), gpd.GeoSeries(layer, crs=4326), k=10, edges=edges)
            for row in table.itertuples():
                truth = oracle.distance_m(sites[row.site], layer[int(row.feature)], edges)
                worst = max(worst, abs(truth - row.distance_km * 1e3))
                done += 1
        print(f"  {edges:10s} largest error {worst * 1e3:.6f} mm (must be at most 1 mm)")


def speed(name: str, count: int, points: int, long_share: float, repeat: int, dsn: str | None) -> None:
    """Times and ratios of one layer."""
    rng = np.random.default_rng(2)
    layer = segments(rng, count, long_share)
    west, south, east, north = BOX
    sites = gpd.GeoDataFrame(
        geometry=shapely.points(rng.uniform(west, east, points), rng.uniform(south, north, points)), crs=4326
    )
    flat_sites, flat_layer = sites.to_crs(UTM), layer.to_crs(UTM)
    go.nearest(sites.iloc[:50_000], layer)  # load and compile
    runs = {
        "geoops, distances and features": lambda: go.nearest(sites, layer, with_lines=False),
        "geoops, with connecting lines": lambda: go.nearest(sites, layer),
        "geopandas.sjoin_nearest, UTM": lambda: gpd.sjoin_nearest(flat_sites, flat_layer, distance_col="d"),
    }
    best = dict.fromkeys(runs, np.inf)
    results = {}
    for _ in range(repeat):
        for label, run in runs.items():
            seconds, results[label] = timed(run)
            best[label] = min(best[label], seconds)
    peer = best["geopandas.sjoin_nearest, UTM"]
    print(f"\n{name}: {points:,} points to {count:,} segments")
    for label, seconds in best.items():
        print(
            f"  {label:34s} {seconds:8.2f} s {seconds / points * 1e6:8.2f} us a point {peer / seconds:7.2f} x geopandas"
        )
    joined = results["geopandas.sjoin_nearest, UTM"]
    joined = joined[~joined.index.duplicated()]
    ours = results["geoops, distances and features"]
    off = np.abs(joined["d"].to_numpy() - ours["distance_km"].to_numpy() * 1e3)
    wrong = (joined["id"].to_numpy() != ours["feature"].to_numpy()).mean()
    print(f"  geopandas in UTM is off by up to {off.max():,.1f} m, with another feature for {wrong:.2%} of the points")
    postgis(sites, layer, best["geoops, distances and features"] / points, ours, dsn)


def postgis(
    sites: gpd.GeoDataFrame, layer: gpd.GeoDataFrame, ours_s: float, ours: gpd.GeoDataFrame, dsn: str | None
) -> None:
    """KNN with spheroid distance in PostGIS over a sample of the points, where a server answers."""
    if dsn is None:
        print("  PostGIS: no server given (--dsn); not run")
        return
    sample = min(len(sites), 20_000)

    def psql(script: str) -> str:
        done = subprocess.run(
            ["psql", dsn, "-v", "ON_ERROR_STOP=1", "-qAt"], input=script, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        return done.stdout

    def copy(table: str, frame: gpd.GeoDataFrame) -> str:
        rows = "\n".join(f"{i}\tSRID=4326;{g.wkt}" for i, g in enumerate(frame.geometry))
        return f"create temp table {table} (id int, g geography);\ncopy {table} from stdin;\n{rows}\n\\.\n"

    query = (
        "select s.id, n.id, n.d from s cross join lateral (select l.id, st_distance(s.g, l.g) d from l"
        " order by s.g <-> l.g limit 1) n order by s.id;\n"
    )
    script = "create extension if not exists postgis; set max_parallel_workers_per_gather = 0; set jit = off;\n"
    script += (
        copy("s", sites.iloc[:sample]) + copy("l", layer) + "create index on l using gist (g); analyze l; analyze s;\n"
    )
    try:
        empty, _ = timed(psql, script)
        whole, out = timed(psql, script + query)
    except (OSError, RuntimeError) as error:
        print(f"  PostGIS: no server answered ({str(error).splitlines()[0]}); not run")
        return
    theirs = np.array([float(line.split("|")[2]) for line in out.splitlines()])
    seconds = (whole - empty) / sample
    off = np.abs(theirs - ours["distance_km"].to_numpy()[:sample] * 1e3).max()
    print(
        f"  PostGIS KNN, spheroid ({sample:,} points)   {seconds * 1e6:8.2f} us a point; geoops is {seconds / ours_s:.0f} x as fast"
    )
    print(f"  PostGIS differs by up to {off:.3f} m")


def growth(sizes: list[int]) -> None:
    """Time over the number of points, which must grow no faster than n log n."""
    rng = np.random.default_rng(3)
    layer = segments(rng, 20_000, 0.01)
    west, south, east, north = BOX
    print("\nGrowth with the number of points, 20,000 segments")
    for count in sizes:
        sites = gpd.GeoSeries(
            shapely.points(rng.uniform(west, east, count), rng.uniform(south, north, count)), crs=4326
        )
        seconds, _ = timed(go.nearest, sites, layer, with_lines=False)
        print(f"  {count:>12,} points {seconds:8.2f} s {seconds / count * 1e6:8.2f} us a point")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--cases", type=int, default=300, help="cases of the accuracy part (2,000 for the full claim)")
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--dsn", default=None, help="a PostGIS server, as libpq writes it")
    options = parser.parse_args()
    accuracy(options.cases)
    speed("Dense", 20_000, options.points, 0.01, options.repeat, options.dsn)
    speed("Sparse", 300, options.points, 1.0, options.repeat, options.dsn)
    growth(options.sizes)


if __name__ == "__main__":
    main()
