"""Names become sites, sites are measured and joined; what cannot be done is said in words."""

from __future__ import annotations

import csv

import pytest

from geoops.core.errors import BriefError, InputError
from geoops.report import parse_brief, render, verify
from geoops.report.analysis import (
    count_within,
    country_names,
    find_corridors,
    find_sites,
    gazetteer_of,
    load_layers,
    measure,
    region_for,
)

BRIEF = """
title = "Two small countries"
date = 2025-06-30
size = "journal-174"
languages = ["en"]
layers = ["wells"]
sites = [
    "Alphaton",
    { name = "Betaville", label = "Beta", note = "A market." },
    { name = "Delta Hills", country = "IQ" },
    { name = "The depot", at = [40.2, 34.6], uncertainty_km = 3.0, country = "IQ", kind = "PPL" },
    "Longwater",
    "Qqqqwww",
]
[proximity]
themes = ["wells", "border_crossings"]
rings_km = [20, 60]
[corridors]
cell_deg = 0.02
pairs = [
    { from = "Alphaton", to = "Beta" },
    { from = "Delta Hills", to = "The depot", ends = "middle", modes = ["foot"] },
    { from = "Alphaton", to = "Qqqqwww" },
]
"""


def quiet(_words, _share):
    pass


@pytest.fixture
def brief(in_world):
    return parse_brief(BRIEF)


@pytest.fixture
def sites(brief):
    return find_sites(brief)[0]


def test_sites_keep_the_briefs_order_and_words(brief):
    sites, warnings = find_sites(brief)
    assert list(sites["name"]) == ["Alphaton", "Beta", "Delta Hills", "The depot", "Longwater", "Qqqqwww"]
    assert sites["gazetteer_name"].iloc[1] == "Betaville"
    assert list(sites["status"]) == ["resolved"] * 5 + ["not_found"]
    assert (sites.geometry.iloc[0].x, sites.geometry.iloc[0].y) == (39.5, 35.0)
    assert (sites.geometry.iloc[3].x, sites["uncertainty_m"].iloc[3]) == (40.2, 3000.0)
    assert sites["source"].iloc[3] == "the brief"
    assert sites["note"].iloc[1] == "A market."
    assert [w for w in warnings if "not found" in w] == [w for w in warnings if '"Qqqqwww"' in w] != []


def test_a_rivers_course_does_not_draw_the_region_far_away(brief, sites):
    west, _, east, _ = region_for(brief, sites[sites["name"] != "Longwater"])
    with_river = region_for(brief, sites)
    assert (west, east) == pytest.approx((38.9, 41.5), abs=0.25)
    assert with_river[3] < 36.7  # the river itself runs to 36.8


def test_the_briefs_own_region_is_taken(brief, sites):
    assert region_for(brief.model_copy(update={"region": (39.0, 34.0, 41.0, 36.0)}), sites) == (39.0, 34.0, 41.0, 36.0)


def test_distances_are_measured_for_every_theme_and_counted_in_every_ring(brief, sites):
    region = region_for(brief, sites)
    layers = load_layers(brief, region)
    tables, rings = measure(brief, sites, layers)
    assert list(tables) == ["wells", "border_crossings"]
    alpha = tables["wells"].set_index("site_name").loc["Alphaton"]
    assert alpha["feature_name"] == "Well 1"
    assert alpha["distance_km"] == pytest.approx(9.126, abs=0.01)  # 0.1 degree of longitude at 35 N on the ellipsoid
    assert alpha["low_km"] == pytest.approx(7.126, abs=0.01)  # 1 km each
    assert len(rings) == 5 * 2
    counts = count_within(brief, sites, layers, step=quiet)
    near = counts[(counts["theme"] == "wells") & (counts["site"] == 0)].sort_values("radius_km")
    assert list(near["count"]) == [1, 1]


def test_without_proximity_and_corridors_nothing_is_measured(in_world, sites):
    plain = parse_brief('title = "t"\ndate = 2025-06-30\nsites = ["Alphaton"]\n')
    assert measure(plain, sites, {}) == ({}, None)
    assert count_within(plain, sites, {}, step=quiet) is None
    assert find_corridors(plain, sites, step=quiet) == ({}, [])


def test_rings_may_be_left_out(in_world):
    brief = parse_brief('title="t"\ndate=2025-06-30\nsites=["Alphaton"]\n[proximity]\nthemes=["wells"]\nrings_km=[]\n')
    sites, _ = find_sites(brief)
    tables, rings = measure(brief, sites, load_layers(brief, region_for(brief, sites)))
    assert rings is None
    assert len(tables["wells"]) == 1
    assert count_within(brief, sites, {}, step=quiet) is None


def test_journeys_are_found_by_their_mode_and_those_that_cannot_be_are_said(brief, sites):
    found, warnings = find_corridors(brief, sites, step=quiet)
    assert {mode: [j.name for j in group] for mode, group in found.items()} == {
        "vehicle": ["Alphaton to Beta"],
        "foot": ["Delta Hills (middle) to The depot"],
    }
    drive = found["vehicle"][0]
    assert drive.status == "found"
    assert list(drive.crossings["name"]) == ["Mittelgate"]  # the only way over the frontier
    assert warnings == ["no journey Alphaton to Qqqqwww: Qqqqwww not found"]


def test_where_no_end_is_found_no_journey_is_made(in_world):
    brief = parse_brief(
        'title="t"\ndate=2025-06-30\nsites=["Qqqqwww", "Zzzzxxx"]\n[corridors]\npairs=[{from="Qqqqwww", to="Zzzzxxx"}]\n'
    )
    sites, _ = find_sites(brief)
    found, warnings = find_corridors(brief, sites, step=quiet)
    assert found == {}
    assert "none of the sites" in warnings[0]
    with pytest.raises(InputError, match="nothing to draw"):
        region_for(brief, sites)


def test_countries_are_named_as_far_as_the_catalogue_has_them(brief, sites, tiny):
    assert country_names(brief, sites, (38.0, 33.0, 43.0, 37.0)) == {"IQ": "Eastland", "SY": "Westland"}
    other = brief.model_copy(update={"catalog": str(tiny.parent / "layers")})
    assert country_names(other, sites, (38.0, 33.0, 43.0, 37.0)) == {}


def test_a_full_brief_gives_every_table_and_every_kind_of_figure(in_world, tmp_path):
    text = BRIEF + '[output]\nformats = ["svg"]\n'
    made = render(parse_brief(text), tmp_path / "out")
    names = set(made.files)
    assert {"sites.svg", "proximity.svg", "corridors-vehicle.svg", "corridors-foot.svg"} <= names
    assert {
        "proximity.csv",
        "within.csv",
        "corridors.csv",
        "corridors.gpkg",
        "routes.geojson",
        "corridors.geojson",
    } <= names
    assert len(made.warnings) == 2
    assert verify(made.folder) == []
    rows = list(csv.DictReader((made.folder / "corridors.csv").read_text().splitlines()))
    assert rows[0]["border_crossings"].startswith("Mittelgate (km ")
    page = (made.folder / "map.html").read_text()
    assert "Eastland" not in page or "Westland" in page
    methods = (made.folder / "methods.md").read_text()
    assert "Hours are hours on the move" in methods
    assert "Alphaton to Beta" in (made.folder / "captions.md").read_text()


def test_a_kind_that_is_no_kind_is_refused_with_those_that_are(in_world):
    with pytest.raises(BriefError, match="mountains"):
        parse_brief('title="t"\ndate=2025-06-30\nsites=[{name="Delta Hills", kind="mountians"}]\n')
    good = parse_brief('title="t"\ndate=2025-06-30\nsites=[{name="Delta Hills", kind="mountains"}]\n')
    assert find_sites(good)[0]["status"].tolist() == ["resolved"]


def test_an_ambiguous_site_is_drawn_and_its_other_readings_are_named(brief, monkeypatch):
    def two(names, **_):
        found = geocode(names)
        found["status"] = "ambiguous"
        found["alternatives"] = [
            [{"name": "Alphaton", "kind": "PPL", "admin1": None, "country": "IQ"}, "another"]
        ] * len(found)
        return found

    from geoops.gazetteer import geocode

    monkeypatch.setattr("geoops.gazetteer.geocode", two)
    _, warnings = find_sites(brief.model_copy(update={"sites": brief.sites[:1]}))
    assert warnings == [
        'site "Alphaton" has more than one reading; the first was taken, others: Alphaton, PPL, IQ; another'
    ]


def test_a_catalogue_of_the_brief_brings_its_own_gazetteer_if_it_has_one(world, tiny):
    own = parse_brief(f'title="t"\ndate=2025-06-30\nsites=["Alphaton"]\ncatalog="{world}"\n')
    assert gazetteer_of(own) == world / "catalog.toml"
    assert find_sites(own)[0]["status"].tolist() == ["resolved"]
    none = parse_brief(f'title="t"\ndate=2025-06-30\nsites=["Alphaton"]\ncatalog="{tiny.parent / "layers"}"\n')
    assert gazetteer_of(none) is None
