"""What tables and texts say is what the numbers say, and nothing in a name acts."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from geoops.layers.citations import Citation
from geoops.report.analysis import Analysis
from geoops.report.brief import Figure
from geoops.report.composing import captions_note, compose
from geoops.report.documents import (
    alt_text,
    corridors_of,
    distance_words,
    feature_words,
    journey_words,
    kind_words,
    sites_of,
    subtitle,
    within_words,
)  # fmt: skip
from geoops.report.jobs import job_of
from geoops.report.methods import methods_note
from geoops.report.tables import corridor_table, proximity_table, write_tables
from geoops.report.writers.markdown import markdown, markdown_text

from .conftest import HOSTILE


def methods(brief, analysis):
    return markdown(methods_note(brief, analysis))


def captions(brief, analysis, figures):
    return markdown(captions_note(brief, analysis, figures))


def read(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_every_table_is_written_and_holds_every_site(analysis, tmp_path):
    names = write_tables(analysis, tmp_path)
    assert sorted(names) == sorted(p.name for p in tmp_path.iterdir())
    rows = read(tmp_path / "sites.csv")
    assert [r["name"] for r in rows] == ["Alpha", "Beta", "The Range", "Nowhere"]
    assert (rows[0]["lon"], rows[0]["lat"], rows[0]["uncertainty_m"]) == ("40", "35", "500")
    assert rows[3]["status"] == "not_found"
    assert rows[3]["lon"] == ""
    # 0.4 by 0.4 degrees at 35.5 N: 36.3 km by 44.4 km
    assert float(rows[2]["area_km2"]) == pytest.approx(36.3 * 44.4, rel=0.01)
    points = json.loads((tmp_path / "sites.geojson").read_text())
    assert [f["properties"]["name"] for f in points["features"]] == ["Alpha", "Beta", "The Range"]


def test_proximity_keeps_every_row_theme_first(analysis):
    table = proximity_table(analysis)
    assert list(table.columns[:4]) == ["theme", "site", "site_name", "feature"]
    assert len(table) == 6
    assert "geometry" not in table


def test_corridors_state_hours_roads_and_crossings(analysis, tmp_path):
    write_tables(analysis, tmp_path)
    first, second = read(tmp_path / "corridors.csv")
    assert (first["hours"], first["distance_km"], first["road_share"]) == ("2.5", "100", "0.8")
    assert first["border_crossings"] == "Gate (km 48)"
    assert float(first["straight_km"]) == pytest.approx(91.287, abs=0.01)  # geodesic of one degree at 35 N
    assert second["status"] == "no_path"
    assert second["reason"] == "a river without a bridge"
    layers = {name for name, _ in pyogrio.list_layers(tmp_path / "corridors.gpkg")}
    assert layers == {"routes", "corridors"}
    assert list(gpd.read_file(tmp_path / "routes.geojson")["origin"]) == ["Alpha"]


def test_no_journey_found_leaves_only_the_table(analysis, no_journey, tmp_path):
    lone = Analysis(analysis.sites, analysis.region, {}, corridors={"vehicle": [no_journey]})
    assert "corridors.csv" in write_tables(lone, tmp_path)
    assert not (tmp_path / "corridors.gpkg").exists()
    assert corridor_table([no_journey])["corridor_area_km2"].isna().all()


def test_two_writes_give_the_same_bytes(analysis, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_tables(analysis, tmp_path / name)
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_inert_in_tables_and_texts(analysis, brief, tmp_path, name):
    analysis.sites.loc[0, ["name", "note", "gazetteer_name"]] = name
    write_tables(analysis, tmp_path)
    for cell in read(tmp_path / "sites.csv")[0].values():
        assert not cell.startswith(("=", "+", "@"))
    texts = methods(brief, analysis) + captions(brief, analysis, brief.wanted_figures())
    assert "<script" not in texts
    assert "{{" not in texts
    assert "\u202e" not in texts


def test_the_subtitle_of_a_sites_map_counts_what_is_there(brief, analysis):
    words = subtitle(brief, analysis, Figure(kind="sites", name="s"))
    assert words == "3 named sites in Iraq and SY: 1 placed to within 0.5 km, 1 to within 5.0 km, 1 known as an area."


def test_the_subtitle_of_a_proximity_map_names_the_closest_with_bounds(brief, analysis):
    words = subtitle(brief, analysis, Figure(kind="proximity", name="p"))
    # each theme with a site of its own; the range is an area, and its edge says less than a point
    assert words.startswith(
        "Alpha lies 9.1 km (8.6 to 9.6 km) from the nearest wells; Beta lies 3.0 km (0 to 8.0 km) from the nearest main road."
    )
    wells = subtitle(brief, analysis, Figure(kind="proximity", name="p", themes=("wells",), sites=("alpha",)))
    assert wells.startswith("Alpha lies 9.1 km (8.6 to 9.6 km) from the nearest wells.")
    none = Analysis(analysis.sites, analysis.region, {})
    assert "Nothing" in subtitle(brief, none, Figure(kind="proximity", name="p"))


def test_the_subtitle_of_a_corridor_map_says_that_nothing_was_observed(brief, analysis):
    words = subtitle(brief, analysis, Figure(kind="corridor", name="c"))
    assert words.startswith("Alpha to Beta: 2.5 h, 100 km.")
    assert "20%" in words.replace(" %", "%")
    assert words.endswith("Modelled ease of travel, not observed movement.")
    assert "No way is found on foot" in subtitle(brief, analysis, Figure(kind="corridor", name="c", mode="foot"))


def test_a_subtitle_of_the_brief_is_kept(brief, analysis):
    assert subtitle(brief, analysis, Figure(kind="sites", name="s", subtitle="Mine")) == "Mine"


def test_alt_text_says_what_where_how_many_nearest_and_farthest(brief, analysis):
    assert "3 places" in alt_text(analysis, Figure(kind="sites", name="s"))
    words = alt_text(analysis, Figure(kind="proximity", name="p", themes=("wells",)))
    assert "Alpha 9.1 km" in words
    assert "Beta 82 km" in words
    words = alt_text(analysis, Figure(kind="corridor", name="c"))
    assert "Alpha to Beta: 2.5 h, 100 km, 80% of it on roads (91 km in a straight line)" in words
    assert "no way (a river without a bridge)" in words


def test_a_figure_takes_only_its_sites_and_pairs(analysis):
    figure = Figure(kind="corridor", name="c", sites=("Beta",), pairs=({"from": "beta", "to": "the range"},))
    assert list(sites_of(analysis, figure)["name"]) == ["Beta"]
    assert [j.name for j in corridors_of(analysis, figure)] == ["Beta to The Range"]


def test_the_note_on_methods_states_sites_layers_assumptions_sources_and_warnings(brief, analysis):
    text = methods(brief, analysis)
    for words in (
        '| <a id="site-1"></a>Alpha · ألفا\u200e | Alpha City (town or village, SY) | 0.5 km | A market. [\\[1\\]](#cite-1) |',
        "Nowhere | not found |",
        "**Wells**: A survey; as of 2024; licence: CC BY 4.0. Typically within 0.9 km.",
        "The cells of the grid are 30 arc seconds wide, about 0.93 km from south to north and 0.76 km from west to east.",
        "Off the roads a journey goes on from cell to cell of a grid, in one of 32 directions, which makes it up to 2.0% longer",
        "- No rest.",
        "| on roads: motorway | 50 | 70 | 90 | km/h | a guess |",
        "</a>A report. A paper. 2025-05-01. Named for: [Alpha](#site-1)",
        'site "Nowhere" was not found',
        "Modelled ease of travel, not observed movement.",
    ):
        assert words in text
    assert "/somewhere" not in text


def test_captions_have_one_for_each_figure(brief, analysis):
    text = captions(brief, analysis, brief.wanted_figures())
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## sites",
        "## proximity",
        "## corridors-vehicle",
    ]
    assert text.count("Alt text: ") == 3


def test_markdown_keeps_the_letters():
    assert markdown_text("Dêrazor دير الزور") == "Dêrazor دير الزور"


def test_a_kind_is_told_in_words():
    assert [kind_words(k) for k in ("PPLC", "PPL", "STM", "OILF", "PCLI", "CMPRF", "XYZ", None)] == [
        "capital", "town or village", "river or canal", "oil or gas field", "country", "camp", "XYZ", "",
    ]  # fmt: skip


KNOWN = {
    "a-paper": Citation("A daily", "Of a camp", "2026-02-23", "https://example.org/camp"),
    "another": Citation("A weekly", "Of a town"),
    "common": Citation("geoops", "General knowledge", document=False),
}


def test_positions_cite_publishers_with_numbers_and_no_keys(brief, analysis):
    sites = analysis.sites.copy()
    sites["source"] = [
        "a-paper;common",
        "geoops, cited row by row (places_extra.csv): another;a-paper",
        "GeoNames; places_extra.csv",
        None,
    ]
    text = methods(brief, replace(analysis, sites=sites, citations=KNOWN))
    assert "**Alpha:** typed by hand from A daily [\\[2\\]](#cite-2); general knowledge\n" in text
    assert "**Beta:** typed by hand from A weekly [\\[3\\]](#cite-3); A daily [\\[2\\]](#cite-2)\n" in text
    assert "**The Range:** GeoNames; rows typed by hand for geoops\n" in text
    camp = (
        '2. <a id="cite-2"></a>Of a camp. A daily. 2026-02-23. [https://example.org/camp](<https://example.org/camp>)'
    )
    assert f"{camp} Position of: [Alpha](#site-1), [Beta](#site-2)\n" in text
    assert '3. <a id="cite-3"></a>Of a town. A weekly. Position of: [Beta](#site-2)\n' in text
    assert not any(key in text for key in ("a-paper", "another;", "places_extra"))


def test_tables_have_the_words_beside_the_keys_and_a_map_for_readers_has_the_words_alone(analysis, tmp_path):
    sites = analysis.sites.copy()
    sites["source"] = ["a-paper;common", "GeoNames", "GeoNames", None]
    write_tables(replace(analysis, sites=sites, citations=KNOWN), tmp_path, formats=("csv", "kml", "geojson"))
    rows = read(tmp_path / "sites.csv")
    assert [r["source"] for r in rows][:2] == ["a-paper;common", "GeoNames"]
    assert [r["source_words"] for r in rows][:2] == ["typed by hand from A daily (2026); general knowledge", "GeoNames"]
    kml = (tmp_path / "map.kml").read_text(encoding="utf-8")
    assert "typed by hand from A daily (2026)" in kml
    assert "a-paper" not in kml


def test_speeds_cite_publishers_and_what_is_judged_has_no_number(brief, analysis, journey):
    made = {
        "speeds": [{"applies": "kind", "key": "sand", "low": 1.0, "best": 2.0, "high": 3.0, "source": "router;judged"}],
        "sources": {
            "router": {"title": "A router's profile", "publisher": "A router", "opened": "its file"},
            "judged": {
                "title": "Judgement of the project",
                "publisher": "us",
                "known_as": "judgement",
                "opened": "nothing: wide",
            },
        },
    }
    ways = {"vehicle": [replace(journey, attrs={"friction": made})]}
    text = methods(brief, replace(analysis, corridors=ways))
    assert "| off the roads: sand | 1 | 2 | 3 | km/h | A router [\\[2\\]](#cite-2); judgement |" in text
    assert "“judgement”: Judgement of the project.\n" in text
    assert "A router's profile. A router. Speeds.\n" in text
    assert "judged" not in text


def report(brief, analysis):
    return markdown(compose(brief, analysis, brief.wanted_figures(), {}))


def test_a_distance_in_a_table_has_no_digits_that_it_cannot_carry(brief, analysis):
    text = report(brief, analysis)
    assert "| Alpha | Well 1: 9.1 (8.6 to 9.6) | Well 1: 12 |" in text  # 11.5 to 12.5: no more than the digits say
    assert "| Beta | Well 1: 82 (77 to 87) | Well 1: 3.0 (0 to 8.0) |" in text
    assert "0.0" not in text


@pytest.mark.parametrize(
    ("name", "extent", "km", "words"),
    [
        ("an area", shapely.box(0, 0, 1, 1), 0.0, "in it (0 to 20 km)"),
        ("a line", shapely.LineString([(0, 0), (1, 1)]), 0.0, "on it (0 to 20 km)"),
        ("an area at a distance", shapely.box(0, 0, 1, 1), 0.02, "less than 0.1 km (0 to 20 km)"),
        ("a point", None, 0.0, "less than 0.1 km (0 to 20 km)"),
    ],
)
def test_what_lies_in_or_on_a_site_has_no_distance(name, extent, km, words):
    row = pd.Series({"distance_km": km, "low_km": 0.0, "high_km": 20.0})
    assert distance_words(row, extent) == words, name
    assert distance_words(row, extent, unit=False) == words.replace(" km", "")


def test_alt_text_says_what_lies_in_an_area(analysis):
    roads = analysis.nearest["roads"].copy()
    roads.loc[roads["site"] == 2, ["distance_km", "low_km"]] = 0.0
    words = alt_text(replace(analysis, nearest={"roads": roads}), Figure(kind="proximity", name="p"))
    assert "The Range, with the nearest main road in it; Alpha 12 km" in words


def test_a_boundary_is_named_with_a_dash():
    assert feature_words("boundaries", "Lebanon - Syria (indefinite)") == "Lebanon–Syria (indefinite)"
    assert feature_words("pipelines", "Line A - B") == "Line A - B"
    assert feature_words("boundaries", None) == ""


@pytest.mark.parametrize(
    ("share", "words"),
    [(1.0, "all"), (0.996, "nearly all"), (0.99, "99%"), (0.8, "80%"), (0.004, "hardly any"), (0.0, "none")],
)
def test_a_journey_is_on_roads_all_the_way_only_where_it_is(journey, share, words):
    assert f"100 km, {words} of it on roads (" in journey_words(replace(journey, road_share=share))


def test_a_journey_is_told_once_and_what_all_modes_assume_is_told_once(brief, analysis, journey):
    made = {**journey.attrs["friction"], "assumptions": ["No rest.", "Slope counts."]}
    foot = replace(journey, mode="foot", attrs={**journey.attrs, "friction": made})
    both = replace(analysis, corridors={"vehicle": [journey], "foot": [foot]})
    text = report(brief, both)
    assert text.count("No rest.") == text.count("Slope counts.") == 1
    assert text.index("No rest.") < text.rindex("By vehicle") < text.rindex("On foot") < text.index("Slope counts.")
    assert sum(line.startswith("- Alpha to Beta") for line in text.splitlines()) == 2  # one a mode
    assert "Alpha to Beta" not in methods(brief, both)


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (["Beta"], "1 named site in Iraq: 1 placed to within 5.0 km."),
        (["Alpha", "Beta"], "2 named sites in Iraq and SY: 1 placed to within 0.5 km, 1 to within 5.0 km."),
        (["The Range"], "1 named site in Iraq: 1 known as an area."),
        (["Nowhere"], "0 named sites."),
    ],
)
def test_counts_of_sites_are_sentences(brief, analysis, kept, words):
    assert subtitle(brief, analysis, Figure(kind="sites", name="s", sites=kept)) == words


def test_the_radius_that_surely_holds_a_place_is_never_said_smaller_than_it_is():
    assert [within_words(m) for m in (0.0, 40.0, 1500.0, 9930.0, 10_500.0, 14_000.0)] == [
        "0.1 km", "0.1 km", "1.5 km", "10 km", "11 km", "14 km",
    ]  # fmt: skip


def test_alt_text_of_one_place_speaks_of_one(analysis):
    assert alt_text(analysis, Figure(kind="sites", name="s", sites=("Beta",))).startswith(
        "Map of a place named in the report, in Iraq: Beta."
    )
    assert alt_text(analysis, Figure(kind="proximity", name="p", sites=("Beta",))).startswith(
        "Map of 1 named site (Beta)"
    )


def test_what_a_range_of_hours_is_is_said_once(brief, analysis, journey):
    text = report(
        brief, replace(analysis, corridors={"vehicle": [replace(journey, hours_low=2.0, hours_high=26.0)] * 2})
    )
    assert text.count("(91 km in a straight line); range 2.0 h to 1.1 days\n") == 2
    assert text.count("A range is what a journey takes while its ends lie anywhere within their bounds") == 1
    assert "A range is" not in report(brief, analysis)


def test_an_address_is_shown_in_the_letters_that_it_stands_for(brief, analysis):
    link = "https://example.org/%D8%B1%D9%88%D8%AC"
    cited = brief.model_copy(update={"citations": (brief.citations[0].model_copy(update={"link": link}),)})
    assert f"[https://example.org/روج\u200e](<{link}>)" in methods(cited, analysis)


def test_a_number_behind_an_arabic_name_keeps_its_place(brief, analysis, journey):
    ways = {"vehicle": [replace(journey, origin_name="ألفا", destination_name="بيتا")]}
    near = {theme: table.replace({"Alpha": "ألفا"}) for theme, table in analysis.nearest.items()}
    known = replace(analysis, corridors=ways, nearest=near)
    assert journey_words(ways["vehicle"][0]).startswith("ألفا\u200e to بيتا\u200e: 2.5 h")
    assert subtitle(brief, known, Figure(kind="corridor", name="c")).startswith("ألفا\u200e to بيتا\u200e: 2.5 h")
    assert subtitle(brief, known, Figure(kind="proximity", name="p")).startswith("ألفا\u200e lies 9.1 km")
    assert "ألفا\u200e 9.1 km" in alt_text(known, Figure(kind="proximity", name="p", themes=("wells",)))


def test_a_figure_in_another_language_gets_no_line_of_english(brief, analysis):
    figure = Figure(kind="sites", name="s")
    arabic = brief.model_copy(update={"languages": ("ar",)})
    assert job_of(arabic, analysis, figure, 1).arguments["subtitle"] is None
    own = Figure(kind="sites", name="s", subtitle="سطر")
    assert job_of(arabic, analysis, own, 1).arguments["subtitle"] == "سطر"
    assert job_of(brief, analysis, figure, 1).arguments["subtitle"].startswith("3 named sites")
