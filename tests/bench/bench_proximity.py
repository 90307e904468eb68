"""Nearest features against geopandas in UTM and PostGIS: errors, times and their ratios, all of one run.

Least of interleaved repetitions, one thread each. The error is that against brute force on GeographicLib. PostGIS
(`postgresql-15-postgis-3`) is started here, on a socket of its own, and is the differential oracle too: where it and geoops differ,
the table of errors says who is off. `python -m tests.bench proximity`
"""

# ruff: noqa: E402  (the threads are counted before numpy counts them)
from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "proximity"), str(Path(__file__).parents[1])]
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import geopandas as gpd
import layers as hard
import numpy as np
import oracle
import shapely
from postgis_server import psql, server

import geoops as go
from geoops.proximity import engine

BOX = (35.0, 29.0, 49.0, 38.0)
UTM = 32638
SAMPLE = 20_000
MANY = engine.MANY_PAIRS


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
    """Errors over mixed cases, both meanings of an edge, plain and compiled search, against brute force."""
    print(
        f"\nError against brute force on GeographicLib, {cases:,} mixed cases each: points, lines and areas; edges of 500 km,"
    )
    print("slivers; the middle of the map, both poles, the antimeridian and the equator")
    for edges in ("geodesic", "planar"):
        rng = np.random.default_rng(1)
        worst, done = dict.fromkeys(("plain", "compiled"), 0.0), 0
        boxes = list(hard.BOXES.values())
        while done < cases:
            box = boxes[done // 10 % len(boxes)]
            layer = hard.hostile(rng, box)
            sites = hard.points(rng, 1, box) if done % 40 else hard.hostile(rng, box)[[3]]
            truth = np.array([oracle.distance_m(sites[0], feature, edges) for feature in layer])
            for search, pairs in (("plain", 10**15), ("compiled", 0)):
                engine.MANY_PAIRS = pairs
                table = go.nearest(gpd.GeoSeries(sites, crs=4326), gpd.GeoSeries(layer, crs=4326), k=10, edges=edges)
                off = np.abs(table["distance_km"].to_numpy() * 1e3 - truth[table["feature"].astype(int)])
                off[truth[table["feature"].astype(int)] < 0.5] = 0.0  # brute force comes near a crossing, not upon it
                worst[search] = max(worst[search], off.max())
            done += len(layer)
        engine.MANY_PAIRS = MANY
        print(
            f"  {edges:10s}"
            + ", ".join(f" {name} search {v * 1e3:.6f} mm" for name, v in worst.items())
            + " (at most 1 mm)"
        )


def speed(name: str, count: int, points: int, long_share: float, repeat: int, address: str | None) -> None:
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
    knn(sites, layer, address, repeat)


def knn(sites: gpd.GeoDataFrame, layer: gpd.GeoDataFrame, address: str | None, repeat: int) -> None:
    """KNN with spheroid distance in PostGIS, interleaved with geoops; where the two differ most, GeographicLib says who is off."""
    if address is None:
        print("  PostGIS: not run")
        return
    sample = min(len(sites), SAMPLE)
    some = sites.iloc[: 10 * sample]

    def copy(table: str, frame: gpd.GeoDataFrame) -> str:
        rows = "\n".join(f"{i}\tSRID=4326;{g.wkt}" for i, g in enumerate(frame.geometry))
        return f"drop table if exists {table}; create table {table} (id int, g geography);\ncopy {table} from stdin;\n{rows}\n\\.\n"

    query = (
        "select s.id, n.id, n.d from s cross join lateral (select l.id, st_distance(s.g, l.g) d from l"
        " order by s.g <-> l.g limit 1) n order by s.id;\n"
    )
    psql(
        address,
        copy("s", sites.iloc[:sample]) + copy("l", layer) + "create index on l using gist (g); analyze l; analyze s;",
    )
    nothing, _ = timed(psql, address, "select 1;")
    best, best_ours, out, ours = np.inf, np.inf, "", None
    for _ in range(max(repeat, 2)):
        seconds, ours = timed(go.nearest, some, layer, with_lines=False)
        best_ours = min(best_ours, seconds / len(some))
        seconds, out = timed(psql, address, query)
        best = min(best, (seconds - nothing) / sample)
    rows = [line.split("|") for line in out.splitlines()]
    theirs, features = np.array([float(row[2]) for row in rows]), np.array([int(row[1]) for row in rows])
    mine = ours["distance_km"].to_numpy()[:sample] * 1e3
    other = features != ours["feature"].to_numpy()[:sample]
    print(
        f"  PostGIS KNN, spheroid ({sample:,} points) {best * 1e6:8.2f} us a point, geoops {best_ours * 1e6:.2f} us in turn with it:"
        f" {best / best_ours:.0f} x as fast"
    )
    worst = np.argsort(np.abs(theirs - mine))[-20:]
    edges = [oracle.edges_of(g) for g in layer.geometry]
    truth = []
    for row in worst:
        point = sites.geometry.iloc[int(row)].coords[0]
        chosen = {int(features[row]), int(ours["feature"].iloc[int(row)])}
        truth.append(
            min(oracle.point_to_edge(point, *edge, "geodesic") for feature in chosen for edge in edges[feature])
        )
    print(
        f"  they differ by up to {np.abs(theirs - mine).max():.3f} m (median {np.median(np.abs(theirs - mine)) * 1e3:.3f} mm), with another"
        f" feature for {other.mean():.2%}; in the 20 worst cases PostGIS is off by up to {np.abs(theirs[worst] - truth).max():.3f} m,"
        f" geoops by {np.abs(mine[worst] - truth).max() * 1e3:.6f} mm"
    )


def growth(sizes: list[int], repeat: int) -> None:
    """Time over the number of points, which must grow no faster than n log n."""
    rng = np.random.default_rng(3)
    layer = segments(rng, 20_000, 0.01)
    west, south, east, north = BOX
    print("\nGrowth with the number of points, 20,000 segments: processor time, the layer's preparation in it")

    def spent(sites: object) -> float:
        """Seconds of the processor: one thread's work, whatever else the machine does."""
        start = time.process_time()
        go.nearest(sites, layer, with_lines=False)
        return time.process_time() - start

    spent([(40.0, 33.0)] * 2100)  # load and compile
    before = None
    for count in sizes:
        sites = gpd.GeoSeries(
            shapely.points(rng.uniform(west, east, count), rng.uniform(south, north, count)), crs=4326
        )
        rounds = max(1, min(repeat, 2_000_000 // count))
        seconds = min(spent(sites) for _ in range(rounds))
        words = ""
        if before is not None:
            allowed = count * np.log(count) / (before[0] * np.log(before[0]))
            words = f"; {seconds / before[1]:5.1f} times the time of the last, n log n allows {allowed:.1f}"
        print(f"  {count:>12,} points {seconds:8.2f} s {seconds / count * 1e6:8.2f} us a point{words}", flush=True)
        before = (count, seconds)


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--cases", type=int, default=2_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000, 1_000_000, 10_000_000])
    options = parser.parse_args()
    accuracy(options.cases)
    with ExitStack() as stack:
        try:
            address = stack.enter_context(server())
        except RuntimeError as error:
            print(f"\nPostGIS: {error}")
            address = None
        speed("Dense", 20_000, options.points, 0.01, options.repeat, address)
        speed("Sparse", 300, options.points, 1.0, options.repeat, address)
    growth(options.sizes, options.repeat)


if __name__ == "__main__":
    main()
