"""The default brief renders whole, says what the report's facts say, and is what `outputs/` shows."""

from __future__ import annotations

import csv
import json
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from geoops.layers import layer
from geoops.report import read_brief, render, verify
from geoops.report.manifest import software

REPOSITORY = Path(__file__).parents[2]
BRIEF = REPOSITORY / "scripts" / "briefs" / "default.toml"
OUTPUTS = REPOSITORY / "outputs"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return render(BRIEF, tmp_path_factory.mktemp("bundle") / "out")


def table(bundle, name):
    return list(csv.DictReader((bundle.folder / name).read_text(encoding="utf-8").splitlines()))


# Where the places are, to a tenth of a degree: GeoNames and the camps' published positions, typed here by hand.
PLACES = {
    "Deir al-Zor": (40.14, 35.34, "SY"), "Hasakah": (40.74, 36.50, "SY"), "Kirkuk": (44.39, 35.47, "IQ"),
    "Daquq": (44.45, 35.14, "IQ"), "Aleppo": (37.16, 36.20, "SY"), "Homs": (36.72, 34.73, "SY"),
    "Damascus": (36.29, 33.51, "SY"), "al Hol camp": (41.15, 36.38, "SY"), "Roj camp": (42.08, 37.02, "SY"),
}  # fmt: skip


def test_every_place_is_found_where_it_is(bundle):
    rows = {row["name"]: row for row in table(bundle, "sites.csv")}
    assert len(rows) == len(read_brief(BRIEF).sites)
    assert {row["status"] for row in rows.values()} == {"resolved"}
    for name, (lon, lat, country) in PLACES.items():
        assert float(rows[name]["lon"]) == pytest.approx(lon, abs=0.1), name
        assert float(rows[name]["lat"]) == pytest.approx(lat, abs=0.1), name
        assert rows[name]["country"] == country
        assert rows[name]["name_local"], name
        assert rows[name]["source"], name
        assert rows[name]["licence"], name
    for area in ("Hamrin Mountains", "central Syrian desert"):
        assert float(rows[area]["area_km2"]) > 500
    assert rows["al Hol camp"]["kind"] == "CMP"
    assert bundle.warnings == ()


def test_a_picture_editor_would_send_nothing_back(bundle):
    assert bundle.findings == ()


def test_distances_are_bounded_and_there_for_every_site_and_theme(bundle):
    brief = read_brief(BRIEF)
    rows = table(bundle, "proximity.csv")
    assert {(r["theme"], r["site_name"]) for r in rows} == {
        (theme, site.shown) for theme in brief.proximity.themes for site in brief.sites
    }
    for row in rows:
        assert 0 <= float(row["low_km"]) <= float(row["distance_km"]) <= float(row["high_km"])


def test_every_journey_has_a_way_and_the_one_to_kirkuk_crosses_the_border(bundle):
    rows = table(bundle, "corridors.csv")
    wanted = read_brief(BRIEF).corridors
    assert len(rows) == sum(len(pair.modes or wanted.modes) for pair in wanted.pairs) == 12
    for row in rows:
        assert row["status"] == "found", row["reason"]
        assert float(row["distance_km"]) >= float(row["straight_km"]) * 0.999
        assert float(row["hours_low"]) <= float(row["hours"]) <= float(row["hours_high"])
    across = [r for r in rows if (r["origin"], r["destination"]) == ("Deir al-Zor", "Kirkuk")]
    assert all(r["border_crossings"] for r in across)
    hours = {(r["origin"], r["destination"], r["mode"]): float(r["hours"]) for r in rows}
    for origin, destination, mode in hours:
        if mode == "vehicle":
            assert hours[origin, destination, "vehicle"] < hours[origin, destination, "foot"]


def test_figures_are_there_in_every_format_and_small_enough(bundle):
    brief = read_brief(BRIEF)
    assert len(bundle.figures) <= 12
    for figure in brief.wanted_figures():
        for ending in figure.formats or brief.output.formats:
            assert (bundle.folder / f"{figure.name}.{ending}").stat().st_size < 2_000_000
        manifest = json.loads((bundle.folder / f"{figure.name}.json").read_text())
        assert manifest["date"] == "2025-06-30"
        assert manifest["subtitle"]
        assert any(character.isdigit() for character in manifest["subtitle"])
    assert sum(p.stat().st_size for p in bundle.folder.iterdir()) < 30_000_000
    assert (bundle.folder / "map.html").stat().st_size < 1_000_000
    assert verify(bundle.folder) == []


def test_a_small_bundle_in_the_repository_shows_what_the_default_brief_leaves_out():
    folder = REPOSITORY / "outputs" / "desk"
    assert verify(folder) == []
    assert {"map.kml", "map.gpkg", "tables.xlsx", "report.docx", "report.pptx"} <= {p.name for p in folder.iterdir()}
    store = sqlite3.connect(f"file:{folder / 'map.gpkg'}?mode=ro", uri=True)
    assert store.execute("select count(*) from qgis_projects").fetchone() == (1,)
    store.close()


def test_the_gallery_is_what_the_default_brief_renders(bundle):
    if not (OUTPUTS / "manifest.json").is_file():
        pytest.skip("outputs/ holds no gallery yet: run `make maps`")
    assert verify(OUTPUTS) == []
    kept = json.loads((OUTPUTS / "manifest.json").read_text())
    made = json.loads(bundle.manifest.read_text())
    assert kept["parameters"] == made["parameters"]
    assert kept["inputs"] == made["inputs"]
    assert kept["files"].keys() == made["files"].keys()
    if kept["software"] == software():
        different = [n for n in kept["files"] if kept["files"][n]["sha256"] != made["files"][n]["sha256"]]
        for name in [n for n in different if n.endswith(".png")]:  # another processor may round a pixel otherwise
            assert pixels_that_differ(OUTPUTS / name, bundle.folder / name) < 0.001, name
    else:
        pytest.skip(
            "the gallery was rendered with other versions of libraries; its inputs were compared, not its pixels"
        )


def pixels_that_differ(one, other):
    """Share of pixels that differ by more than a shade."""
    with Image.open(one) as a, Image.open(other) as b:
        assert a.size == b.size
        first, second = (np.asarray(picture.convert("RGB"), dtype=int) for picture in (a, b))
    return float((np.abs(first - second).max(axis=2) > 24).mean())


def test_a_border_is_one_between_countries(bundle):
    table = pd.read_csv(bundle.folder / "proximity.csv")
    borders = table[(table["theme"] == "boundaries") & (table["status"] == "found")]
    ends = borders["feature_name"].str.extract(
        r"^(.+?)(?: - |–)(.+?)(?: \((?:disputed|indefinite|line of control)\))?$"
    )
    countries = set(layer("countries", region=(30, 25, 55, 42))["name"])
    assert len(borders) >= 10
    assert set(ends[0]) | set(ends[1]) <= countries, sorted(set(borders["feature_name"]))
