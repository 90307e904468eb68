"""20 million points to the world's roads on two worker processes of a local Dask cluster: `python -m tests.bench proximity_dask`.

The points lie evenly over the world's land latitudes, oceans included, in tiles that are made where they are
measured; each tile gives back a checksum of its distances' bits. Printed: time, the largest memory that each process ever
held (which must stay below 3 GB), and whether tiles measured on one machine against the whole layer give the same bits.
"""

# ruff: noqa: E402  (the threads are counted before numpy counts them)
from __future__ import annotations

import argparse
import hashlib
import os
import resource
import time
from itertools import pairwise

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import geoops as go

SOUTH, NORTH = -56.0, 72.0
COLUMNS = 12
MOST_BYTES = 3e9


def boxes(tiles: int) -> list[tuple[float, float, float, float]]:
    """Tiles of equal area and about equal shape."""
    rows = max(1, tiles // COLUMNS)
    edges = np.degrees(np.arcsin(np.linspace(np.sin(np.radians(SOUTH)), np.sin(np.radians(NORTH)), rows + 1)))
    sides = np.linspace(-180.0, 180.0, COLUMNS + 1)
    return [(west, south, east, north) for south, north in pairwise(edges) for west, east in pairwise(sides)]


def tile(box: tuple[float, float, float, float], *, count: int) -> gpd.GeoDataFrame:
    """The points of one tile, always the same ones."""
    west, south, east, north = box
    rng = np.random.default_rng(abs(hash(box)) % 2**32)
    low, high = np.sin(np.radians([south, north]))
    lat = np.clip(np.degrees(np.arcsin(rng.uniform(low, high, count))), south, north)
    return gpd.GeoDataFrame(geometry=shapely.points(rng.uniform(west, east, count), lat), crs=4326)


def digest(table: gpd.GeoDataFrame) -> pd.DataFrame:
    """A tile's result in a row: how many, how far, and a checksum of every bit of distance, bearing and feature."""
    bits = hashlib.sha256()
    for column in ("distance_km", "low_km", "high_km", "bearing_deg"):
        bits.update(table[column].to_numpy().tobytes())
    bits.update(table["feature"].to_numpy(dtype=np.int64).tobytes())
    row = {"points": len(table), "mean_km": table["distance_km"].mean(), "far": int((table["distance_km"] > 100).sum())}
    return pd.DataFrame([{**row, "bits": bits.hexdigest()}])


def peak_bytes() -> int:
    """The largest memory that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> int:
    """Measure, print, and fail where memory or bits are not as promised."""
    import dask.dataframe
    import dask_geopandas
    from distributed import Client, LocalCluster

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=20_000_000)
    parser.add_argument("--tiles", type=int, default=120)
    parser.add_argument("--check", type=int, default=4, help="tiles measured again on one machine")
    parser.add_argument(
        "--every", type=int, default=1, help="only every so many tiles: as large, so memory is as for all"
    )
    options = parser.parse_args()
    places = boxes(options.tiles)
    count = options.points // len(places)
    places = places[:: options.every]
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, memory_limit="3GB") as cluster,
        Client(cluster) as client,
    ):  # fmt: skip
        made = dask.dataframe.from_map(tile, places, count=count, meta=tile(places[0], count=0))
        points = dask_geopandas.from_dask_dataframe(made)
        begin = time.perf_counter()
        near = go.nearest(points, "roads", with_lines=False)
        meta = digest(go.nearest(tile(places[0], count=1), [(0.0, 0.0)], with_lines=False)).iloc[:0]
        done = near.map_partitions(digest, meta=meta).compute().reset_index(drop=True)
        seconds = time.perf_counter() - begin
        workers = client.run(peak_bytes)
    peaks = {"this process (client and scheduler)": peak_bytes(), **{f"worker {n}": v for n, v in workers.items()}}
    total = int(done["points"].sum())
    print(f"\n{total:,} points in {len(places)} tiles to the world's roads, two worker processes of one thread")
    print(
        f"  {seconds:8.1f} s, {seconds / total * 2e6:.1f} us of a worker a point; {done['far'].sum() / total:.0%} farther than 100 km"
    )
    for name, peak in peaks.items():
        print(f"  {name:55s} at most {peak / 1e9:5.2f} GB (must stay below {MOST_BYTES / 1e9:.0f} GB)")
    roads = go.layer("roads")
    chosen = np.linspace(0, len(places) - 1, options.check).astype(int)
    same = [
        digest(go.nearest(tile(places[i], count=count), roads, with_lines=False))["bits"].iloc[0]
        == done["bits"].iloc[i]
        for i in chosen
    ]
    print(f"  {sum(same)} of {len(same)} tiles give the same bits on one machine, against the whole layer")
    return 0 if all(same) and max(peaks.values()) < MOST_BYTES and total == count * len(places) else 1


if __name__ == "__main__":
    raise SystemExit(main())
