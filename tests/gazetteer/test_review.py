"""A person goes through the places of a text: what was decided is what every later step takes."""

from __future__ import annotations

import csv
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

import geoops as go
from geoops.cli import run
from geoops.core.errors import InputError, ReadError
from geoops.gazetteer import find_places, geocode
from geoops.gazetteer.review import COLUMNS, is_review, review_rows, sentence_of, write_review
from geoops.report.briefing import parse_brief
from geoops.report.drafting import brief_from_text, draft_brief, reviewed_sites

TEXT = """Notes on the week

Two convoys left Kirkuk on Monday and reached Aleppo. A camp near Zubaidat village was visited. In Tripoli a meeting was held.
Fighting was reported 30 km east of Kirkuk. The road from Kirkuk to Daquq, Iraq, was open again. Rain fell in western Libya.
"""


@pytest.fixture
def table(gazetteer, tmp_path):
    """The table for review of the text, its path."""
    path = tmp_path / "places.csv"
    write_review(path, TEXT, find_places(TEXT, gazetteer=gazetteer))
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def edit(path: Path, changes: dict[str, dict[str, str]], *, without: str = "") -> None:
    """Fill cells of the rows of a mention, as a person does in a spreadsheet."""
    rows = [row for row in rows_of(path) if row["text"] != without]
    for row in rows:
        row.update(changes.get(row["text"], {}))
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)


def test_every_mention_is_a_row_with_its_reading_others_doubt_and_sentence(table, gazetteer):
    rows = rows_of(table)
    found = find_places(TEXT, gazetteer=gazetteer)
    assert [row["text"] for row in rows] == found["text"].tolist()
    assert [(int(r["start"]), int(r["end"])) for r in rows] == list(zip(found["start"], found["end"], strict=True))
    aleppo = next(row for row in rows if row["text"] == "Aleppo")
    assert aleppo["sentence"] == "Two convoys left Kirkuk on Monday and reached Aleppo."
    assert aleppo["alternatives"] == "1: Aleppo (ADM1, SY) [admin1/sy-hl]" or "[admin1/SY-HL]" in aleppo["alternatives"]
    assert float(aleppo["uncertainty_km"]) == 4.0
    assert all(row[name] == "" for row in rows for name in ("decision", "use", "use_lon", "use_lat", "note"))
    assert {row["status"] for row in rows} >= {"resolved", "not_found"}
    assert is_review(table)


def test_untouched_the_table_gives_what_the_text_gave_once_a_place(table, gazetteer):
    sites = go.read_places(table, gazetteer=gazetteer)
    found = find_places(TEXT, gazetteer=gazetteer)
    assert sites["query"].tolist() == list(dict.fromkeys(found["text"]))
    assert sites.loc[sites["query"] == "Kirkuk", "mentions"].item() == (found["text"] == "Kirkuk").sum() == 2
    lost = sites[sites["status"] == "not_found"]
    assert lost.geometry.isna().all()
    for words in ("30 km", "western"):
        relative, same = (table[column].str.startswith(words) for table, column in ((sites, "query"), (found, "text")))
        relative, same = sites[relative].iloc[0], found[same].iloc[0]
        assert relative.geometry.distance(same.geometry) < 1e-5
        assert relative["uncertainty_m"] == pytest.approx(same["uncertainty_m"], abs=1)
        assert (relative["extent"] is None) == (same["extent"] is None) == (words == "30 km")
    assert relative["extent"].symmetric_difference(same["extent"]).area < 1e-4


def test_what_a_person_decides_is_what_comes(table, gazetteer):
    edit(
        table,
        {
            "Kirkuk": {"decision": "accept", "note": "seen"},
            "Aleppo": {"decision": "change", "use": "1"},
            "Tripoli": {"use": "geonames/448149"},
            "Zubaidat village": {"use_lon": "40.5", "use_lat": "35.25", "use_uncertainty_km": "3"},
            "Zubaidat": {"use_lon": "40.5", "use_lat": "35.25", "use_uncertainty_km": "3"},
            "Iraq": {"decision": "drop"},
            "Daquq": {"decision": "Change", "use": "Hamrin Mountains"},
        },
    )
    sites = go.read_places(table, gazetteer=gazetteer).set_index("query")
    assert "Iraq" not in sites.index
    assert (sites.loc["Kirkuk", "status"], sites.loc["Kirkuk", "note"]) == ("resolved", "seen")
    assert sites.loc["Kirkuk", "reason"].startswith("accepted; ")
    assert sites.loc["Aleppo", ["kind", "reason"]].tolist() == ["ADM1", "changed by hand: alternative 1"]
    assert sites.loc["Aleppo", "extent"].area > 1
    assert sites.loc["Tripoli", "country"] == "LB"
    assert sites.loc["Daquq", "name"] == "Hamrin Mountains"
    pinned = sites[sites["reason"] == "pinned by hand"].iloc[0]
    assert (pinned.geometry.x, pinned.geometry.y, pinned["uncertainty_m"]) == (40.5, 35.25, 3000.0)
    assert (pinned["source"], pinned["score"], pinned["precision"]) == ("the review", 1.0, 1)


def test_a_row_taken_out_is_dropped_and_all_rows_taken_out_leave_an_empty_table(table, gazetteer):
    edit(table, {}, without="Tripoli")
    assert "Tripoli" not in go.read_places(table, gazetteer=gazetteer)["query"].tolist()
    edit(table, {row["text"]: {"decision": "drop"} for row in rows_of(table)})
    empty = go.read_places(table, gazetteer=gazetteer)
    assert len(empty) == 0
    assert {"query", "mentions", "note"} <= set(empty.columns)


def test_every_edit_that_makes_no_sense_is_listed_with_its_line(table, gazetteer):
    rows = rows_of(table)
    line = {row["text"]: number for number, row in enumerate(rows, 2)}
    lost = next(row["text"] for row in rows if row["status"] == "not_found")
    edit(
        table,
        {
            "Kirkuk": {"decision": "maybe"},
            "Aleppo": {"decision": "change", "use": "9"},
            "Tripoli": {"decision": "change"},
            "Daquq": {"lon": "10.0"},
            "Iraq": {"decision": "drop", "use": "2"},
            lost: {"decision": "accept"},
            "30 km east of Kirkuk": {"extent_wkt": "a big area"},
        },
    )
    with pytest.raises(InputError) as caught:
        go.read_places(table, gazetteer=gazetteer)
    text = str(caught.value)
    assert "8 edits make no sense; nothing was read" in text  # Kirkuk stands twice
    for mention, words in (
        ("Kirkuk", "decision 'maybe'; expected accept, change, pin, drop or a blank cell"),
        ("Aleppo", "use 9: there is no such alternative; there are 1 to "),
        ("Tripoli", "change, but use is blank"),
        ("Daquq", "lon and lat were edited; to give another position, fill use_lon and use_lat"),
        ("Iraq", "drop, but use says '2'"),
        (lost, "accept, but nothing was found"),
        ("30 km east of Kirkuk", "extent_wkt was edited"),
    ):
        numbers = [n for n, row in enumerate(rows, 2) if row["text"] == mention]
        assert any(f"line {n} ({mention}): {words}" in text for n in numbers), (mention, line[mention], text)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"decision": "pin"}, "pin, but use_lon and use_lat are blank"),
        ({"use_lon": "40"}, "use_lat is 'blank'; expected degrees"),
        ({"use_lon": "400", "use_lat": "35"}, "use_lon is '400'"),
        ({"use_lon": "40", "use_lat": "east"}, "use_lat is 'east'"),
        ({"use_lon": "40", "use_lat": "35", "use_uncertainty_km": "-1"}, "use_uncertainty_km is '-1'"),
        ({"use_lon": "40", "use_lat": "35", "use_uncertainty_km": "far"}, "use_uncertainty_km is 'far'"),
        ({"use_uncertainty_km": "2"}, "goes with a pinned position, not with a row left as it is"),
        ({"use": "2", "use_lon": "40", "use_lat": "35"}, "for both there is no rule"),
        ({"decision": "accept", "use": "Homs"}, "accept, but use says 'Homs'"),
        ({"use": "Nowhere at all"}, "no place of that name"),
        ({"use": "Springfield"}, "has several readings; give the id of one: geonames/"),
        ({"use": "geonames/1"}, "no place of that name"),
        ({"use": "36.39, 41.15"}, "to pin a position, fill use_lon and use_lat"),
        ({"gazetteer_id": "geonames/1"}, "'geonames/1' is not in the gazetteer"),
        ({"lon": "x"}, "lon is 'x'"),
        ({"use": "1", "alternatives": "1: X (PPL) [geonames/1]"}, "alternative 'geonames/1' is not in the gazetteer"),
        ({"use": "1", "alternatives": ""}, "there is no such alternative; there are none here"),
    ],
)
def test_an_edit_that_makes_no_sense_says_why(table, gazetteer, cells, words):
    edit(table, {"Aleppo": cells})
    with pytest.raises(InputError) as caught:
        go.read_places(table, gazetteer=gazetteer)
    assert words in str(caught.value)
    assert "1 edits make no sense" in str(caught.value)


def test_a_row_without_its_words_is_named(table, gazetteer):
    edit(table, {"Aleppo": {"text": "", "decision": "accept"}})
    with pytest.raises(InputError, match=r"\(no text\): no text: what the report calls the place"):
        go.read_places(table, gazetteer=gazetteer)


def test_many_such_edits_are_counted(table, gazetteer):
    rows = rows_of(table) * 20
    for row in rows:
        row["decision"] = "x"
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(InputError, match=rf"{len(rows)} edits make no sense[\s\S]*and {len(rows) - 50} more"):
        go.read_places(table, gazetteer=gazetteer)


# --- again, on a changed text


def test_decisions_stay_where_the_mention_still_stands(table, gazetteer):
    edit(
        table,
        {
            "Aleppo": {"decision": "change", "use": "1"},
            "Tripoli": {"decision": "drop"},
            "Kirkuk": {"decision": "accept"},
        },
    )
    changed = "A word before. " + TEXT.replace("In Tripoli a meeting was held.", "In Tripoli no meeting was held.")
    done = write_review(table, changed, find_places(changed, gazetteer=gazetteer))
    rows = {row["text"]: row for row in rows_of(table)}
    assert rows["Aleppo"]["decision"] == "change"
    assert rows["Aleppo"]["use"].startswith("admin1/")  # numbers may differ the next time, ids do not
    assert [row["decision"] for row in rows_of(table) if row["text"] == "Kirkuk"] == ["accept", "accept"]
    assert rows["Tripoli"]["decision"] == ""
    assert done.kept == 3
    assert len(done.lost) == 1
    assert "drop of 'Tripoli' in 'In Tripoli a meeting was held.'" in done.lost[0]
    assert done.before == table.with_name("places.before.csv")
    assert [r["decision"] for r in rows_of(done.before) if r["text"] == "Tripoli"] == ["drop"]


def test_an_accepted_reading_that_is_no_longer_the_first_is_kept_by_its_id(table, gazetteer):
    edit(table, {"Tripoli": {"decision": "accept", "gazetteer_id": "geonames/448149"}})
    write_review(table, TEXT, find_places(TEXT, gazetteer=gazetteer))
    tripoli = next(row for row in rows_of(table) if row["text"] == "Tripoli")
    assert (tripoli["decision"], tripoli["use"]) == ("change", "geonames/448149")


def test_written_twice_nothing_changes(table, gazetteer):
    edit(table, {"Tripoli": {"decision": "drop"}})
    first = write_review(table, TEXT, find_places(TEXT, gazetteer=gazetteer))
    before = table.read_bytes()
    second = write_review(table, TEXT, find_places(TEXT, gazetteer=gazetteer))
    assert table.read_bytes() == before
    assert (first.kept, second.kept, second.lost, second.before) == (1, 1, (), None)


def test_another_file_is_not_replaced(gazetteer, tmp_path):
    file = tmp_path / "places.csv"
    file.write_text("mine\n1\n", encoding="utf-8")
    with pytest.raises(ReadError, match="no table for review"):
        write_review(file, TEXT, find_places(TEXT, gazetteer=gazetteer))
    assert file.read_text(encoding="utf-8") == "mine\n1\n"
    with pytest.raises(ReadError, match="gazetteer_id"):
        go.read_places(file, gazetteer=gazetteer)


def test_a_cell_that_a_spreadsheet_would_run_comes_back_as_it_was(gazetteer, tmp_path):
    text = "=1+1 was shown in Kirkuk."
    file = tmp_path / "places.csv"
    write_review(file, text, find_places(text, gazetteer=gazetteer))
    assert rows_of(file)[0]["sentence"].startswith("'=")
    assert review_rows(file)[0]["sentence"].startswith("=1+1")


def test_an_outline_too_long_for_a_cell_is_drawn_more_coarsely(gazetteer, tmp_path):
    found = find_places("Rain fell in western Libya.", gazetteer=gazetteer)
    circle = shapely.Point(15, 27).buffer(5, quad_segs=2000)
    found["extent"] = gpd.GeoSeries([circle], crs="EPSG:4326")
    write_review(tmp_path / "places.csv", "Rain fell in western Libya.", found)
    cell = rows_of(tmp_path / "places.csv")[0]["extent_wkt"]
    assert len(cell) < 32_767
    assert shapely.from_wkt(cell).area == pytest.approx(circle.area, rel=0.01)


def test_a_sentence_ends_where_the_text_does():
    assert sentence_of("Near Kirkuk", 5, 11) == "Near Kirkuk"
    assert sentence_of("A? Near Kirkuk! B", 8, 14) == "Near Kirkuk!"
    endless = "word " * 100_000
    assert sentence_of(f"{endless}Kirkuk {endless}", len(endless), len(endless) + 6, limit=9_000).count("word") < 2_000


# --- later steps


@pytest.fixture
def reviewed(small_world, table, monkeypatch):
    """The table after a person went through it, with the small world as the one in use."""
    monkeypatch.setenv("GEOOPS_LAYERS", str(small_world))
    edit(
        table,
        {
            "Aleppo": {"decision": "change", "use": "1"},
            "Tripoli": {"use": "geonames/448149"},
            "Zubaidat village": {"use_lon": "40.5", "use_lat": "35.25", "use_uncertainty_km": "3"},
            "Zubaidat": {"use_lon": "40.5", "use_lat": "35.25", "use_uncertainty_km": "3"},
        },
    )
    return table


def test_a_brief_takes_every_place_as_it_was_decided(reviewed, small_world):
    brief = parse_brief(draft_brief([], title="T", date="2025-06-30", places=reviewed_sites(reviewed)))
    sites = {site.label or site.name: site for site in brief.sites}
    assert "Iraq" not in sites  # a country says where a site is not
    for word, site in sites.items():
        if site.at is None:
            found = geocode([site.name], country=site.country, kind=site.kind, gazetteer=small_world).iloc[0]
            wanted = {"Aleppo": "admin1/SY-HL", "Tripoli": "geonames/448149", "Kirkuk": "geonames/94787"}.get(word)
            assert wanted in (None, found["gazetteer_id"])
    pinned = next(site for word, site in sites.items() if word.startswith("Zubaidat"))
    assert (pinned.at, pinned.uncertainty_km) == ((40.5, 35.25), 3.0)
    assert next(s for w, s in sites.items() if w.startswith("30 km")).at is not None
    assert sites["Tripoli"].note == "In Tripoli a meeting was held."


def test_a_report_takes_the_table_in_place_of_its_own_reading(reviewed, tmp_path):
    text = tmp_path / "report.txt"
    text.write_text(TEXT, encoding="utf-8")
    own = brief_from_text(text, date="2025-06-30")
    given = brief_from_text(text, date="2025-06-30", places=reviewed)
    assert own.title == given.title == "Notes on the week"
    assert not any(site.name == "geonames/448149" or site.country == "LB" for site in own.sites)
    assert any(site.name == "geonames/448149" or site.country == "LB" for site in given.sites)


def test_the_commands_write_and_take_the_table(small_world, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GEOOPS_LAYERS", str(small_world))
    text, table, brief = (tmp_path / name for name in ("report.txt", "places.csv", "brief.toml"))
    text.write_text(TEXT, encoding="utf-8")
    assert run(["places", str(text), "--review", str(table)]) == 0
    err = capsys.readouterr().err
    assert f"{table}: {len(rows_of(table))} mentions" in err
    assert f"geoops new --places {table}" in err
    edit(table, {"Tripoli": {"use": "geonames/448149"}, "Aleppo": {"decision": "drop"}})
    assert run(["new", "--places", str(table), "--date", "2025-06-30", "--out", str(brief)]) == 0
    toml = brief.read_text(encoding="utf-8")
    assert 'name = "Aleppo"' not in toml
    assert run(["nearest", str(table), "--layer", str(small_world / "data" / "oil_gas_fields.parquet"), "--csv"]) == 1
    out = capsys.readouterr().out
    assert "Al-Omar oil field" in out
    assert "Tripoli" in out
    text.write_text(TEXT.replace("In Tripoli a", "In Tripoli one"), encoding="utf-8")
    assert run(["places", str(text), "--review", str(table)]) == 0
    err = capsys.readouterr().err
    assert "1 earlier decisions kept" in err
    assert "no longer in the text: line" in err
    assert "the table as it was before is kept in" in err
    edit(table, {"Kirkuk": {"decision": "perhaps"}})
    assert run(["new", "--places", str(table), "--date", "2025-06-30"]) == 2
    assert "line 2 (Kirkuk): decision 'perhaps'" in capsys.readouterr().err
