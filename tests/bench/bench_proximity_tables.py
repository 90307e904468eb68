"""The proximity tables of the default brief, and real events: `python -m tests.bench proximity_tables`.

Events are the 68,573 dated points of Iraq in 2007, where they are at hand (GEOOPS_SHARED, or `shared` beside the project);
their peer is a buffer in UTM and a spatial join of geopandas, counted by month.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

import geoops as go
from geoops.report.analysis import find_sites, measure
from geoops.report.briefing import read_brief

ROOT = Path(__file__).parents[2]
EVENTS = (
    Path(os.environ.get("GEOOPS_SHARED", ROOT.parent / "shared"))
    / "reference"
    / "iraq_2007_insurgencies_geocausal.parquet"
)
RADII_KM = [5, 10, 25, 50]


def least(function, repeat: int = 5):
    """Least seconds of several runs, and the last result."""
    best = np.inf
    for _ in range(repeat):
        start = time.perf_counter()
        result = function()
        best = min(best, time.perf_counter() - start)
    return best, result


def brief_tables() -> None:
    """Nearest features of every theme and the rings, as `geoops render` makes them."""
    brief = read_brief(ROOT / "scripts" / "briefs" / "default.toml")
    sites, _ = find_sites(brief)
    region = (30.0, 26.0, 54.0, 42.0) if brief.region is None else brief.region
    layers = {theme: go.layer(theme, region=region) for theme in brief.proximity.themes}
    wanted = brief.proximity

    def nearest() -> dict[str, gpd.GeoDataFrame]:
        return {theme: go.nearest(sites, layers[theme], k=wanted.k, max_km=wanted.max_km) for theme in wanted.themes}

    first, _ = least(nearest, repeat=1)
    best, _ = least(nearest)
    whole, (tables, rings) = least(lambda: measure(brief, sites, layers), repeat=2)
    rows = sum(len(table) for table in tables.values())
    print(
        f"\nDefault brief: {len(sites)} sites, {len(tables)} themes ({sum(map(len, layers.values())):,} features), {rows} rows and {len(rings)} rings"
    )
    print(
        f"  tables: first call {first:.2f} s, least of five {best:.2f} s (must be under 1 s); with the rings {whole:.2f} s",
        flush=True,
    )
    radii = brief.proximity.rings_km
    best, _ = least(lambda: [go.within(sites, layers[theme], radii) for theme in brief.proximity.themes], repeat=3)
    print(
        f"  what lies within {', '.join(map(str, radii))} km of each, lengths cut at the rings: {best:.2f} s",
        flush=True,
    )


def events() -> None:
    """Counts of real events by ring and month, and how the flat way differs."""
    if not EVENTS.is_file():
        print(f"\nEvents: {EVENTS.name} is not here; not run")
        return
    table = gpd.read_parquet(EVENTS)
    table = table.set_crs(4326) if table.crs is None else table
    places = go.layer("places", region=(38.0, 29.0, 49.0, 38.0))
    sites = places.nlargest(100, "population").reset_index(drop=True)
    flat_events, flat_sites = table.to_crs(32638), sites.to_crs(32638)

    def flat() -> dict[tuple[int, float], int]:
        counts = {}
        months = pd.to_datetime(table["date"]).dt.to_period("M").to_numpy()
        for radius in RADII_KM:
            rings = gpd.GeoDataFrame(geometry=flat_sites.buffer(radius * 1e3), crs=flat_sites.crs)
            joined = gpd.sjoin(rings, flat_events[["geometry"]], predicate="intersects")
            joined["month"] = months[flat_events.index.get_indexer(joined["index_right"])]
            joined.groupby([joined.index, "month"]).size()
            counts.update({(site, radius): int(n) for site, n in joined.groupby(level=0).size().items()})
        return counts

    best, counted = least(lambda: go.events_near(table, sites, RADII_KM), repeat=3)
    theirs, flat_counts = least(flat, repeat=3)
    total = counted.groupby(["site", "radius_km"])["count"].sum()
    off = sum(int(total[key]) != flat_counts.get((key[0], key[1]), 0) for key in total.index)
    print(f"\nEvents: {len(table):,} near {len(sites)} places, {len(RADII_KM)} rings, by month: {len(counted):,} rows")
    print(f"  geoops {best:.2f} s, buffers and sjoin of geopandas in UTM {theirs:.2f} s: {theirs / best:.1f} x as fast")
    print(f"  of {len(total)} totals {off} differ: UTM's scale moves the ring, a buffer has 64 corners")


if __name__ == "__main__":
    brief_tables()
    events()
