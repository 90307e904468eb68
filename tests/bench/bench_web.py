"""The interactive page: its size, and how soon its map stands in a real browser, against a plain Leaflet page of the same base.

Each opening is a new, empty profile of headless Chromium; the time runs from the start of the navigation to the frame after
everything is drawn, the least of seven. The peer draws the same base as GeoJSON and nothing else: no layers to switch, no
search, no distances. Asked: under 1 MB, and the map within 1 s. `python tests/bench/bench_web.py`
"""

from __future__ import annotations

import itertools
import json
import shutil
import tempfile
import time
from importlib import resources
from pathlib import Path

import shapely

import geoops as go

NAMES = [
    "Deir al-Zor",
    "Hasakah",
    "Kirkuk",
    "Hamrin Mountains",
    "Daquq",
    "al Hol camp",
    "Aleppo",
    "Homs",
    "Damascus",
    "Euphrates",
]
LAYERS = ["oil_gas_fields", "refineries", "pipelines", "power_stations", "border_crossings", "camps"]
BASE = ("countries", "water", "rivers", "boundaries", "roads")
REGION = (35.3, 32.5, 46.4, 38.0)
TRIES = 7
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"


def ours(folder: Path) -> Path:
    """The page with everything on it."""
    sites = go.geocode(NAMES)
    land = go.friction((39.0, 34.5, 45.0, 37.0), mode="vehicle", cell_deg=1 / 60)
    ends = [sites.iloc[[i]] for i in (0, 1, 2)]
    ways = [go.corridor(land, a, b, slack=0.2) for a, b in itertools.pairwise(ends)]
    start = time.perf_counter()
    page = go.web_map(sites, layers=LAYERS, rings=go.rings(sites, [25, 50, 100]), corridors=ways, region=REGION)
    print(f"{'made in':<34}{time.perf_counter() - start:8.2f} s")
    return page.save(folder / "ours.html")


def plain(folder: Path) -> Path:
    """Leaflet with the same base as GeoJSON."""
    west, south, east, north = REGION
    box = (west - 3, south - 3, east + 3, north + 3)
    features = []
    for name in BASE:
        shapes = shapely.simplify(shapely.clip_by_rect(go.layer(name, region=box).geometry.to_numpy(), *box), 0.003)
        rounded = shapely.transform(shapes, lambda xy: xy.round(3))
        features.append([json.loads(text) for text in shapely.to_geojson(rounded[~shapely.is_empty(rounded)])])
    assets = resources.files("geoops.report") / "assets"
    script = (assets / "leaflet.js").read_text(encoding="utf-8")
    draw = "data.forEach(f => L.geoJSON(f, {renderer: r, interactive: false}).addTo(map)); document.documentElement.dataset.ready = 1;"
    path = folder / "plain.html"
    path.write_text(
        f"<!DOCTYPE html><style>{(assets / 'leaflet.css').read_text(encoding='utf-8')}#map{{height:90vh}}</style><div id=map></div>"
        f"<script>{script}</script><script>const data={json.dumps(features)}, map=L.map('map'), r=L.canvas();"
        f"map.fitBounds([[{south},{west}],[{north},{east}]]);{draw}</script>",
        encoding="utf-8",
    )
    return path


def opened(path: Path) -> float:
    """Milliseconds until the map stands, the least of some openings in new profiles."""
    from playwright.sync_api import sync_playwright

    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    times = []
    with sync_playwright() as playwright:
        for _ in range(TRIES):
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.add_init_script(
                "new MutationObserver(() => { if (document.documentElement.dataset.ready && !window.at) "
                f"{{ window.at = ({DRAWN})(); }} }}).observe(document, {{attributes: true, subtree: true, childList: true}})"
            )
            page.goto(path.as_uri())
            page.wait_for_function("() => window.at !== undefined")
            times.append(page.evaluate("() => window.at"))
            browser.close()
    return min(times)


def main() -> None:
    """Print sizes and times, and their ratio to the plain page."""
    if shutil.which("chromium") is None:
        print("no chromium here: nothing measured")
        return
    with tempfile.TemporaryDirectory() as name:
        pages = {"geoops page": ours(Path(name)), "plain Leaflet, base as GeoJSON": plain(Path(name))}
        sizes = {label: path.stat().st_size / 1e3 for label, path in pages.items()}
        times = {label: opened(path) for label, path in pages.items()}
    (first, other) = pages
    for label in pages:
        print(f"{label:<34}{sizes[label]:8.0f} kB{times[label]:8.0f} ms to the map")
    print(f"{'ratio':<34}{sizes[first] / sizes[other]:8.2f}   {times[first] / times[other]:8.2f}")


if __name__ == "__main__":
    main()
