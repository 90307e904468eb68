"""The gallery: each kind of figure, for this region and another, in Latin and in Arabic, in other looks and sizes.

    python scripts/gallery.py outputs/gallery            all of it, as WebP
    python scripts/gallery.py outputs/gallery atlas      those whose name has the word

Each is drawn from the embedded layers. Events are invented, and say so: no record of events may be passed on.
"""

import hashlib
import json
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import geoops as go

NAMES = ["Deir al-Zor", "Hasakah", "Kirkuk", "Hamrin Mountains", "Daquq", "Aleppo", "Homs", "Damascus", "central Syrian desert", "al Hol camp", "Roj camp", "Euphrates"]  # fmt: skip
SUDAN = [
    "Khartoum",
    "Omdurman",
    "El Fasher",
    "Nyala",
    "El Obeid",
    "Port Sudan",
    "Kassala",
    "Wad Madani",
    "Atbara",
    "Nile",
]
SAID = {"date": "2025-06-30"}
DPI = 110


def invented(around: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """1,500 dated points scattered round places, by a fixed seed."""
    rng = np.random.default_rng(7)
    at = shapely.get_coordinates(around.geometry)[rng.integers(0, len(around), 1500)] + rng.normal(0, 0.5, (1500, 2))
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 540, 1500), unit="D")
    return gpd.GeoDataFrame(
        {"date": days, "source": "invented", "licence": "CC0"}, geometry=shapely.points(at), crs="EPSG:4326"
    )


def journey(sites: gpd.GeoDataFrame, **options: object) -> object:
    """The way between two places, with what holds it up."""
    west, south, east, north = sites.total_bounds
    land = go.friction((west - 1.5, south - 1.5, east + 1.5, north + 1.8), mode="vehicle")
    way = go.corridor(land, sites.iloc[[0]], sites.iloc[[1]], slack=0.20)
    return go.corridor_map(way, sites=sites, pinch_points=go.pinch_points(way, land, count=3), **SAID, **options)


def remarks(sites: gpd.GeoDataFrame, **options: object) -> object:
    """What an author may add."""
    english = options["languages"][0] == "en"
    figure = go.sites_map(sites, title="An author's remarks" if english else "ملاحظات الكاتب", **SAID, **options)
    opened = (
        "Open to traffic again, by reports of April 2026" if english else "أُعيد فتحه أمام الحركة بحسب تقارير أبريل 2026"
    )
    figure.callout((42.07, 36.81), opened)
    listed = ("Baiji", "al-Qaim", "In the text") if english else ("بيجي", "القائم", "في النص")
    figure.numbered([((43.2, 34.9), listed[0]), ((41.0, 34.4), listed[1])], title=listed[2])
    figure.arrow((38.0, 35.9), (39.8, 35.5), "Convoys, as the report says" if english else "قوافل بحسب التقرير")
    figure.bracket((43.55, 34.75), (43.8, 34.2), "Tikrit to Samarra" if english else "من تكريت إلى سامراء")
    return figure


def gallery() -> dict[str, object]:
    """Name -> what draws it."""
    here, sudan = go.geocode(NAMES), go.geocode(SUDAN, country=None)
    towns, far = here.iloc[[0, 1, 2, 4]], sudan.iloc[[0, 2, 4, 5]]
    fields = {theme: go.nearest(towns, theme) for theme in ("oil_gas_fields", "power_stations", "border_crossings")}
    away = {theme: go.nearest(far, theme) for theme in ("airports", "railways", "boundaries")}
    latin, arabic = {"languages": ("en", "ar")}, {"languages": ("ar", "en")}
    figures = {}
    for code, look in (("en", latin), ("ar", arabic)):
        made_up = "Invented events" if code == "en" else "أحداث مختلقة"
        figures |= {
            f"sites-{code}": lambda k=look: go.sites_map(here, **SAID, **k),
            f"sites-sudan-{code}": lambda k=look: go.sites_map(sudan, layers=["airports"], **SAID, **k),
            f"proximity-{code}": lambda k=look: go.proximity_map(towns, fields, rings=go.rings(towns, [25, 50]), **SAID, **k),
            f"proximity-sudan-{code}": lambda k=look: go.proximity_map(far, away, rings=go.rings(far, [50, 100]), **SAID, **k),
            f"corridor-{code}": lambda k=look: journey(here.iloc[[0, 2]], **k),
            f"corridor-sudan-{code}": lambda k=look: journey(sudan.iloc[[0, 4]], **k),
            f"events-{code}": lambda k=look, t=made_up: go.event_map(invented(towns), sites=towns, title=t, **SAID, **k),
            f"events-sudan-{code}": lambda k=look, t=made_up: go.event_map(invented(far), sites=far, title=t, **SAID, **k),
            f"atlas-{code}": lambda k=look: go.atlas(here.iloc[[2]], radius_km=60, **SAID, **k).figures[0],
            f"atlas-sudan-{code}": lambda k=look: go.atlas(sudan.iloc[[0]], radius_km=60, **SAID, **k).figures[0],
            f"remarks-{code}": lambda k=look: remarks(here, **k),
        }  # fmt: skip
    for theme in ("slide", "print", "newsroom"):
        figures[f"theme-{theme}"] = lambda t=theme: go.sites_map(here, theme=t, **SAID, **latin)
    for size in ("journal-84", "journal-174", "slide-16x9", "square", "tall"):
        figures[f"size-{size}"] = lambda s=size: go.sites_map(
            here.iloc[:6], layers=["oil_gas_fields"], size=s, **SAID, **latin
        )
    return figures


def state(folder: Path) -> None:
    """A manifest, so that `geoops verify` knows the files, and the folder round them that they are not its own."""
    files = {p.name: p.read_bytes() for p in sorted(folder.glob("*.webp"))}
    listed = {n: {"sha256": hashlib.sha256(b).hexdigest(), "bytes": len(b)} for n, b in files.items()}
    manifest = {"format": "geoops-manifest-1", "made_by": "scripts/gallery.py", "files": listed}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    folder, *words = Path(sys.argv[1]), *sys.argv[2:]
    for name, draw in gallery().items():
        if not words or any(word in name for word in words):
            figure = draw()
            small = figure.size.width_mm < 180
            figure.save(folder / f"{name}.webp", dpi=220 if small else DPI)
            for finding in figure.check():
                print(f"{name}: {finding}")
    state(folder)
