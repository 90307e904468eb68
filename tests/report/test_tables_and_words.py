"""What tables and texts say is what the numbers say, and nothing in a name acts."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import geopandas as gpd
import pyogrio
import pytest

from geoops.report.analysis import Analysis
from geoops.report.brief import Figure
from geoops.report.composing import captions_note
from geoops.report.documents import alt_text, corridors_of, kind_words, sites_of, subtitle
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
    assert words == "3 named sites in Iraq and SY: 1 placed to within 0.5 km, 1 to within 5 km, 1 known as an area."


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
        "**Wells**: A survey; 2024; CC BY 4.0",
        "Cells of 30 arc seconds.",
        "- No rest.",
        "| road motorway | 50 | 70 | 90 | km/h | a guess |",
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


def test_a_kind_is_told_in_words_and_the_keys_of_rows_typed_by_hand_as_what_they_are(brief, analysis):
    assert [kind_words(k) for k in ("PPLC", "PPL", "STM", "OILF", "PCLI", "CMPRF", "XYZ", None)] == [
        "capital", "town or village", "river or canal", "oil or gas field", "country", "camp", "XYZ", "",
    ]  # fmt: skip
    sites = analysis.sites.copy()
    sites["source"] = [
        "alaraby-roj-2026;general-knowledge",
        "geoops, cited row by row (a.csv): one-2017;two",
        "A survey, 2024",
        None,
    ]
    text = methods(brief, replace(analysis, sites=sites))
    assert "geoops, typed by hand and cited row by row: alaraby-roj-2026, general-knowledge" in text
    assert "geoops, typed by hand and cited row by row: one-2017, two" in text
    assert "A survey, 2024" in text
