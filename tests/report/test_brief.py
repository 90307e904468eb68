"""A brief is judged whole: every mistake, its line, what came, what was expected; and before any work."""

from __future__ import annotations

import contextlib
import json
from datetime import date
from pathlib import Path

import pytest

from geoops.core.errors import BriefError, ReadError
from geoops.report import Brief, brief_schema, parse_brief, read_brief
from geoops.report.brief import Figure
from geoops.report.briefing import check_brief

REPOSITORY = Path(__file__).parents[2]
GOOD = """
title = "Named places"
date = 2025-06-30
sites = ["Kirkuk", { name = "Daquq", label = "Daquq town", near = [44.4, 35.1] }]

[corridors]
pairs = [{ from = "Kirkuk", to = "Daquq town" }]
"""


def test_a_good_brief_is_read():
    brief = parse_brief(GOOD)
    assert brief.title == "Named places"
    assert brief.date == date(2025, 6, 30)
    assert [site.shown for site in brief.sites] == ["Kirkuk", "Daquq town"]
    assert brief.corridors is not None
    assert brief.corridors.slack == 0.20
    assert [(p.origin, p.destination) for p in brief.corridors.pairs] == [("Kirkuk", "Daquq town")]


def test_figures_are_one_of_each_kind_where_none_is_asked_for():
    assert [f.kind for f in parse_brief(GOOD).wanted_figures()] == ["sites", "corridor"]
    both = parse_brief(GOOD.replace('"Daquq town" }]', '"Daquq town", modes = ["foot", "vehicle"] }]'))
    assert [f.name for f in both.wanted_figures()] == ["sites", "corridors-vehicle", "corridors-foot"]


def test_a_date_may_be_a_text_and_a_brief_made_in_python():
    brief = Brief(title="x", date="2025-06-30", sites=["Kirkuk"])
    assert brief.date == date(2025, 6, 30)
    assert brief.sites[0].name == "Kirkuk"


def test_a_brief_cannot_be_changed():
    brief = parse_brief(GOOD)
    with pytest.raises(ValueError, match="frozen"):
        brief.title = "other"


# what is put in place of a line of GOOD, and the words that the error must hold
MISTAKES = [
    ('title = "Named places"', "", ["title: is missing", "title of the report"]),
    ('title = "Named places"', 'titel = "x"', ["line 2: titel: unknown key", "did you mean 'title'"]),
    ('title = "Named places"', "title = 5", ["line 2: title: expected a text in quotes", "5 came"]),
    ('title = "Named places"', 'title = ""', ["line 2: title: expected a text that is not empty"]),
    ("2025-06-30", "2025-06-30T12:00:00", ["line 3: date: expected a day such as 2025-06-30"]),
    ("2025-06-30", '"30 June 2025"', ["line 3: date", '"30 June 2025" came']),
    ("2025-06-30", '"2025-02-30"', ["line 3: date: expected a day that exists"]),
    ("2025-06-30", "20250630", ["line 3: date", "20250630 came"]),
    ('["Kirkuk", {', '[7, "Kirkuk", {', ["line 4: sites[1]: expected a table with keys", "7 came"]),
    ("near = [44.4, 35.1]", "near = [35.1, 144.4]", ["sites[2].near", "longitude comes first"]),
    ("near = [44.4, 35.1]", 'near = ["a", 35.1]', ["sites[2].near[1]: expected a number", '"a" came']),
    ("near = [44.4, 35.1]", "near = [inf, 35.1]", ["sites[2].near[1]: expected a finite number"]),
    ("near = [44.4, 35.1]", 'country = "Iraq"', ["sites[2].country", "two capitals", '"Iraq" came']),
    ("near = [44.4, 35.1]", 'kind = "twon"', ["sites[2].kind", "feature code"]),
    ("near = [44.4, 35.1]", "at = [44.4, 35.1]", ["sites[2]", "`at` and `uncertainty_km` go together"]),
    ("near = [44.4, 35.1]", 'cites = ["x"]', ['sites[2].cites[1]: no citation has the id "x"']),
    ('label = "Daquq town"', 'label = "Kirkuk"', ['line 4: sites[2]: "Kirkuk" came twice']),
    ('to = "Daquq town"', 'to = "Daquk town"', ["line 7: corridors.pairs[1].to: no site of that name", "'Daquq town'"]),
    ('to = "Daquq town"', 'to = "Kirkuk"', ["line 7: corridors.pairs[1].to: a journey needs two different sites"]),
    (
        'to = "Daquq town"',
        'to = "Daquq town", modes = ["boat"]',
        ["pairs[1].modes[1]: expected one of vehicle, vehicle_offroad, foot, mixed"],
    ),
    ('to = "Daquq town"', 'to = "Daquq town", modes = []', ["pairs[1].modes: expected at least 1 of it"]),
    ("[corridors]", "[corridors]\nslack = 3", ["line 7: corridors.slack: expected a number of at most 1", "3 came"]),
    ("[corridors]", "[corridors]\nslack = true", ["line 7: corridors.slack: expected a number", "true came"]),
    ("[corridors]", "[corridor]", ["line 6: corridor: unknown key", "did you mean 'corridors'"]),
    ("[corridors]", "[corridors]\npairs = 5\n[more]", ["corridors.pairs: expected a list", "more: unknown key"]),
    ("[corridors]", "region = [46, 33, 44, 36]\n[corridors]", ["region", "west < east"]),
    ("[corridors]", "region = [44, 33]\n[corridors]", ["line 6: region"]),
    ("[corridors]", 'size = "a5"\n[corridors]', ["line 6: size: expected one of", "a4-landscape", '"a5" came']),
    ("[corridors]", 'theme = "reprot"\n[corridors]', ["line 6: theme", "did you mean 'report'"]),
    (
        "[corridors]",
        'layers = ["raods"]\n[corridors]',
        ['line 6: layers[1]: no layer "raods"', "'roads'", "there are:"],
    ),
    ("[corridors]", "[proximity]\nthemes = []\n[corridors]", ["proximity.themes: expected at least 1 of it"]),
    ("[corridors]", '[proximity]\nthemes = ["oil"]\n[corridors]', ["proximity.themes[1]: no layer"]),
    (
        "[corridors]",
        '[proximity]\nthemes=["roads"]\nrings_km=[-5]\n[corridors]',
        ["rings_km[1]: expected a number above 0"],
    ),
    ("[corridors]", '[[citations]]\nid = "a"\n[corridors]', ["citations[1].title: is missing"]),
    (
        "[corridors]",
        '[[citations]]\nid = "a"\ntitle = "t"\n[[citations]]\nid = "a"\ntitle = "u"\n[corridors]',
        ["line 10: citations[2].id: stands twice"],
    ),
    ("[corridors]", '[[citations]]\nid="a"\ntitle="t"\nlink="javascript:x"\n[corridors]', ["citations[1].link"]),
    ("[corridors]", '[[figures]]\nkind = "map"\nname = "a"\n[corridors]', ["figures[1].kind: expected one of sites"]),
    (
        "[corridors]",
        '[[figures]]\nkind = "sites"\nname = "../a"\n[corridors]',
        ["figures[1].name: expected a file name"],
    ),
    ("[corridors]", '[[figures]]\nkind="proximity"\nname="a"\n[corridors]', ["needs a [proximity] table"]),
    ("[corridors]", '[[figures]]\nkind="corridor"\nname="a"\nmode="foot"\n[corridors]', ['"foot" came']),
    (
        "[corridors]",
        '[[figures]]\nkind="corridor"\nname="a"\npairs=[{from="Daquq", to="Kirkuk"}]\n[corridors]',
        ["figures[1].pairs[1]: no such pair by vehicle"],
    ),
    (
        "[corridors]",
        '[[figures]]\nkind="sites"\nname="a"\n[[figures]]\nkind="sites"\nname="a"\nsites=["Erbil"]\n[corridors]',
        ["line 11: figures[2].name: two figures cannot have one name", "figures[2].sites[1]: no site of that name"],
    ),
    (
        "[corridors]",
        '[proximity]\nthemes=["roads"]\n[[figures]]\nkind="proximity"\nname="a"\nthemes=["rivers"]\n[corridors]',
        ["figures[1].themes[1]: expected one of the themes of [proximity] (roads)"],
    ),
    ("[corridors]", '[output]\nweb = "yes"\n[corridors]', ["line 7: output.web: expected true or false", '"yes" came']),
    ("[corridors]", '[output]\nformats = ["gif"]\n[corridors]', ["output.formats[1]: expected one of png, svg, pdf"]),
    ("[corridors]", 'catalog = "nowhere"\n[corridors]', ["line 6: catalog", "nowhere"]),
]


@pytest.mark.parametrize(("old", "new", "words"), MISTAKES, ids=[m[1].replace("\n", " ")[:50] for m in MISTAKES])
def test_a_mistake_is_said_with_its_line_what_came_and_what_was_expected(old, new, words):
    assert old in GOOD
    with pytest.raises(BriefError) as raised:
        parse_brief(GOOD.replace(old, new), source="my.toml")
    text = "\n".join(raised.value.problems)
    for word in words:
        assert word in text
    assert str(raised.value).startswith("my.toml: ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title = \n", ["line 1, column 9", "not TOML", "the line reads: title ="]),
        ('title = "a"\ntitle = "b"\n', ["line 2", "not TOML"]),
        ('title = "abc', ["line 1", "not TOML"]),
        ("date = 2025-13-45", ["line 1", "not TOML"]),
        ("x = " + "[" * 3000, ["nested too deep"]),
        ("x = " + "9" * 5000, ["cannot read"]),
        ("#" * 2_000_001, ["2,000,001 characters came"]),
    ],
)
def test_what_is_no_toml_is_said_with_its_line(text, words):
    with pytest.raises(BriefError) as raised:
        parse_brief(text)
    for word in words:
        assert word in str(raised.value)


def test_two_hundred_mistakes_are_reported_at_once_in_the_order_of_the_lines():
    text = GOOD.replace("[corridors]", "\n".join(f"wrong{n} = {n}" for n in range(200)) + "\n[corridors]")
    with pytest.raises(BriefError) as raised:
        parse_brief(text)
    assert len(raised.value.problems) == 200
    assert [p.split(":")[0] for p in raised.value.problems] == [f"line {n}" for n in range(6, 206)]
    assert "200 mistakes" in str(raised.value)


def test_values_of_any_kind_never_raise_anything_but_a_brief_error():
    values = [None, 1, True, "x", [], {}, [[]], [{}], [1], {"a": 1}, date(2025, 1, 1), float("nan")]
    keys = [*Brief.model_fields, "unknown"]
    for key in keys:
        for value in values:
            data = {"title": "t", "date": date(2025, 1, 1), "sites": ["Kirkuk"], key: value}
            with contextlib.suppress(BriefError):  # any other exception fails the test
                assert isinstance(check_brief(data), Brief)


def test_a_file_that_is_not_there_or_not_text(tmp_path):
    with pytest.raises(ReadError, match="no file"):
        read_brief(tmp_path / "none.toml")
    bad = tmp_path / "bad.toml"
    bad.write_bytes(b'title = "\xff\xfe"')
    with pytest.raises(ReadError, match="not UTF-8"):
        read_brief(bad)


def test_paths_start_at_the_briefs_folder(tmp_path):
    (tmp_path / "own.geojson").write_text("{}")
    file = tmp_path / "brief.toml"
    file.write_text(GOOD.replace("[corridors]", 'layers = ["own.geojson", "roads"]\n[corridors]'))
    brief = read_brief(file)
    assert brief.source == file
    assert brief.path_of("own.geojson") == str(tmp_path / "own.geojson")
    assert brief.path_of("roads") == "roads"


def test_the_schema_says_what_the_reader_says():
    schema = brief_schema()
    assert set(schema["properties"]) == set(Brief.model_fields)
    assert schema["required"] == ["title", "date", "sites"]
    assert schema["additionalProperties"] is False
    pair = schema["$defs"]["Pair"]["properties"]
    assert set(pair) == {"from", "to", "ends", "modes", "draws"}
    assert json.loads(json.dumps(schema)) == schema
    for name, part in schema["$defs"].items():
        for key, field in part["properties"].items():
            assert field.get("description"), f"{name}.{key} says nothing"


def test_a_figures_name_is_a_safe_file_name():
    with pytest.raises(ValueError, match="file name"):
        Figure(kind="sites", name="a/b")


def test_the_default_brief_names_every_place_of_the_report():
    brief = read_brief(REPOSITORY / "scripts" / "briefs" / "default.toml")
    names = {site.name for site in brief.sites}
    assert {"Deir al-Zor", "Hasakah", "Kirkuk", "Hamrin Mountains", "Daquq", "Aleppo", "Homs", "Damascus"} <= names
    assert {"al Hol camp", "Roj camp", "central Syrian desert", "Euphrates"} <= names
    assert all(site.note and site.cites for site in brief.sites)
    assert len(brief.wanted_figures()) <= 12
