"""Distance surfaces: error and time against GDAL, GRASS and SciPy, and a hundred million cells in 4 GB: `python -m tests.bench proximity_surface`.

The truth is brute force on GeographicLib at some of the cells. The peers work on cells: lines are burned in first
(GDAL, every touched cell), and then the way to the nearest burned cell is measured: by SciPy and gdal_proximity on the flat grid in UTM,
by r.grow.distance with geodesics in degrees.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "proximity"))

import geopandas as gpd
import layers as hard
import numpy as np
import oracle
import rasterio
import rasterio.features
import scipy.ndimage
from rasterio.transform import from_origin

import geoops as go

REGION = (36.0, 30.0, 48.0, 38.0)
UTM = 32638
HUNDRED_MILLION = """
import json, resource, sys, time
import geoops as go
roads = go.layer("roads", region=(34.0, 28.0, 50.0, 39.0))
go.distance_surface(roads, region=(40.0, 33.0, 41.0, 34.0), cell_deg=0.01)
start = time.perf_counter()
grid = go.distance_surface(roads, region=(36.0, 30.0, 48.0, 38.0), cell_deg={cell})
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({{"cells": grid.size, "s": seconds, "gb": peak / 1e9, "mean": float(grid.mean(dtype="float64"))}}))
"""


def truth_at(lon: np.ndarray, lat: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Metres by brute force, skipping edges that cannot be nearest."""
    edges = [edge for line in lines for edge in oracle.edges_of(line)]
    spans = [oracle.inverse_m(*a, *b) for a, b in edges]
    result = []
    for x, y in zip(lon, lat, strict=True):
        ends = [min(oracle.inverse_m(x, y, *a), oracle.inverse_m(x, y, *b)) for a, b in edges]
        best = np.inf
        for at in np.argsort(np.array(ends) - np.array(spans)):
            if ends[at] - spans[at] < best:
                best = min(best, oracle.point_to_edge((x, y), *edges[at], "geodesic"))
        result.append(best)
    return np.array(result)


def flat_grid(lines: gpd.GeoSeries, metres: float) -> tuple[np.ndarray, rasterio.Affine]:
    """The lines burned into a grid in UTM."""
    flat = lines.segmentize(0.02).to_crs(UTM)
    west, south, east, north = (
        gpd.GeoSeries.from_xy([36, 48, 36, 48, 42, 42], [30, 30, 38, 38, 30, 38], crs=4326).to_crs(UTM).total_bounds
    )
    shape = (int((north - south) / metres) + 1, int((east - west) / metres) + 1)
    transform = from_origin(west, north, metres, metres)
    return rasterio.features.rasterize(
        flat, out_shape=shape, transform=transform, all_touched=True, dtype="uint8"
    ), transform


def peers(cell_deg: float) -> None:
    """Largest and middle error, and time a million cells."""
    rng = np.random.default_rng(5)
    lines = gpd.GeoSeries(hard.lines(rng, 300, REGION, 0.3), crs=4326)
    cells = 150
    sample_lon, sample_lat = rng.uniform(36.5, 47.5, cells), rng.uniform(30.5, 37.5, cells)
    start = time.perf_counter()
    grid = go.distance_surface(lines, region=REGION, cell_deg=cell_deg)
    first = time.perf_counter() - start
    start = time.perf_counter()
    grid = go.distance_surface(lines, region=REGION, cell_deg=cell_deg)
    seconds = time.perf_counter() - start
    x = np.clip(((sample_lon - REGION[0]) / cell_deg).astype(int), 0, grid.sizes["x"] - 1)
    y = np.clip(((REGION[3] - sample_lat) / cell_deg).astype(int), 0, grid.sizes["y"] - 1)
    lon, lat = grid.x.values[x], grid.y.values[y]
    truth = truth_at(lon, lat, lines.to_numpy())
    report("geoops", seconds, grid.size, np.abs(grid.values[y, x] - truth), seconds / grid.size)
    print(f"    ({first:.1f} s the first time, when kernels are loaded)")
    ours = seconds / grid.size
    burned, transform = flat_grid(lines, cell_deg * 111_000.0)
    places = gpd.GeoSeries.from_xy(lon, lat, crs=4326).to_crs(UTM)
    rows, columns = rasterio.transform.rowcol(transform, places.x, places.y)
    start = time.perf_counter()
    there = scipy.ndimage.distance_transform_edt(burned == 0, sampling=transform.a)
    report(
        "SciPy, Euclidean transform in UTM",
        time.perf_counter() - start,
        burned.size,
        np.abs(there[rows, columns] - truth),
        ours,
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if shutil.which("gdal_proximity.py"):
            gdal(folder, burned, transform, (rows, columns), truth, ours)
        if shutil.which("grass"):
            grass(folder, lines, cell_deg, (lon, lat), truth, ours)


def gdal(folder: Path, burned, transform, at, truth: np.ndarray, ours: float) -> None:
    """gdal_proximity on the grid in UTM."""
    profile = {
        "driver": "GTiff",
        "height": burned.shape[0],
        "width": burned.shape[1],
        "count": 1,
        "crs": UTM,
        "transform": transform,
    }
    with rasterio.open(folder / "burned.tif", "w", dtype="uint8", **profile) as file:
        file.write(burned, 1)
    start = time.perf_counter()
    command = ["gdal_proximity.py", "burned.tif", "near.tif", "-distunits", "GEO", "-q"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        print(f"  gdal_proximity: {done.stderr.strip().splitlines()[-1:]}; not run")
        return
    with rasterio.open(folder / "near.tif") as file:
        there = file.read(1)
    report("gdal_proximity in UTM", seconds, there.size, np.abs(there[at[0], at[1]] - truth), ours)


def grass(folder: Path, lines: gpd.GeoSeries, cell_deg: float, at, truth: np.ndarray, ours: float) -> None:
    """r.grow.distance with geodesics, in degrees."""
    width, height = round((REGION[2] - REGION[0]) / cell_deg), round((REGION[3] - REGION[1]) / cell_deg)
    transform = from_origin(REGION[0], REGION[3], cell_deg, cell_deg)
    burned = rasterio.features.rasterize(
        lines.segmentize(0.02), out_shape=(height, width), transform=transform, all_touched=True, dtype="uint8"
    )
    profile = {
        "driver": "GTiff",
        "height": height,
        "width": width,
        "count": 1,
        "crs": 4326,
        "transform": transform,
        "nodata": 0,
    }
    with rasterio.open(folder / "degrees.tif", "w", dtype="uint8", **profile) as file:
        file.write(burned, 1)
    script = (
        "r.in.gdal -o --quiet input=degrees.tif output=burned && g.region raster=burned && date +%s.%N > t0 &&"
        " r.grow.distance --quiet input=burned distance=near metric=geodesic && date +%s.%N > t1 &&"
        " r.out.gdal --quiet -f input=near output=grown.tif type=Float32"
    )
    command = ["grass", "--tmp-location", "EPSG:4326", "--exec", "bash", "-c", script]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=900)
    if done.returncode:
        print(f"  GRASS: {done.stderr.strip()[-200:]}; not run")
        return
    seconds = float((folder / "t1").read_text()) - float((folder / "t0").read_text())
    with rasterio.open(folder / "grown.tif") as file:
        there = file.read(1)
        rows, columns = rasterio.transform.rowcol(file.transform, *at)
    report("r.grow.distance, geodesic", seconds, there.size, np.abs(there[rows, columns] - truth), ours)


def report(name: str, seconds: float, cells: int, off: np.ndarray, ours: float) -> None:
    """One line of the table."""
    each = seconds / cells
    print(
        f"  {name:36s} {seconds:7.2f} s for {cells / 1e6:.1f} million cells, {each * 1e6:6.2f} us a cell ({each / ours:5.2f} x geoops);"
        f" error at most {off.max():9.3f} m, middle {np.median(off):8.3f} m",
        flush=True,
    )


def main() -> None:
    """Peers first, then the large grid in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cell", type=float, default=0.006, help="degrees, for the peers")
    parser.add_argument("--large", type=float, default=0.00098, help="degrees, for the large grid")
    options = parser.parse_args()
    print(
        f"\nDistance to the nearest of 300 lines, cells of {options.cell} degrees; the truth at 150 cells by GeographicLib"
    )
    peers(options.cell)
    done = subprocess.run(
        [sys.executable, "-c", HUNDRED_MILLION.format(cell=options.large)], capture_output=True, text=True, check=True
    )
    large = json.loads(done.stdout)
    print(
        f"\nRoads of Syria and Iraq: {large['cells']:,} cells in {large['s']:.0f} s ({large['s'] / large['cells'] * 1e6:.2f} us a cell),"
        f" at most {large['gb']:.2f} GB in all (must stay below 4 GB)"
    )
    if large["gb"] >= 4.0:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
