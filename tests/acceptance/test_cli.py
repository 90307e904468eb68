"""The command line as a person meets it: helpful, one line for an error, an exit code that means something."""

from __future__ import annotations

import csv
import json
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from geoops import cli as command_line
from geoops import terminal
from geoops.cli import cli, run
from geoops.core.errors import (
    BriefError,
    CatalogError,
    GeoopsError,
    InputError,
    NetworkError,
    ReadError,
    UnknownLayerError,
    WriteError,
)

REPOSITORY = Path(__file__).parents[2]
TINY = """
title = "Tiny"
date = 2025-06-30
sites = ["Kirkuk"]
[[figures]]
kind = "sites"
name = "tiny"
layers = []
formats = ["svg"]
size = "journal-84"
[output]
web = false
"""


def all_commands(group=cli, path=()):
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from all_commands(command, (*path, name))


COMMANDS = dict(all_commands())


@pytest.fixture
def call(capsys):
    """Run the command line; exit code, stdout, stderr. No traceback may ever appear."""

    def go(*arguments):
        code = run([str(a) for a in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return go


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_help_that_a_newcomer_can_learn_from(call, path):
    code, out, _ = call(*path, "--help")
    assert code == 0
    assert "Usage: geoops" in out
    assert COMMANDS[path].help
    for option in COMMANDS[path].params:
        if isinstance(option, click.Option):
            assert option.help, f"{' '.join(path)} {option.name} has no help"


@pytest.mark.parametrize(
    "path", [p for p, c in COMMANDS.items() if c.params and not isinstance(c, click.Group)], ids=" ".join
)
def test_examples_in_help_are_calls_that_the_parser_takes(path):
    shown = []
    for line in (COMMANDS[path].epilog or "").splitlines():
        if not line.strip().startswith("geoops "):
            continue
        words = shlex.split(line.split(">")[0])[1:]
        # What to do next with what this command made may be another command.
        called = next(tuple(words[:n]) for n in (2, 1) if tuple(words[:n]) in COMMANDS)
        COMMANDS[called].make_context(called[-1], words[len(called) :])  # raises where the example is no call
        shown.append(called)
    assert not shown or shown[0] == path


def test_the_version_is_the_packages(call):
    import geoops

    assert call("--version") == (0, f"geoops, version {geoops.__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rendr", "x"], "render"),
        (["render", "--out", "x"], "give a BRIEF"),
        (["render", "a.toml", "--from-manifest", "x", "--out", "x"], "one of the two"),
        (["render", "x.toml"], "--out"),
        (["geocode"], "Missing argument"),
        (["geocode", "Kirkuk", "--near", "here"], "expected LON,LAT"),
        (["geocode", "Kirkuk", "--near", "35,144"], "longitude first"),
        (["geocode", "Kirkuk", "--json", "--csv"], "exclude each other"),
        (["nearest", "Kirkuk"], "--layer"),
        (["nearest", "Kirkuk", "--layer", "roads", "--k", "0"], "--k"),
        (["new"], "no site"),
        (["new", "Kirkuk"], "--date"),
        (["geocode", "Kirkuk", "--near", "40.1"], "expected LON,LAT"),
    ],
)
def test_a_wrong_call_is_explained_and_exits_2(call, arguments, words):
    code, out, err = call(*arguments)
    assert code == 2
    assert words in err
    assert out == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (GeoopsError("x"), 1),
        (CatalogError("x"), 1),
        (InputError("x"), 2),
        (UnknownLayerError("x"), 2),
        (ReadError("x"), 2),
        (BriefError("b.toml", ["x"]), 2),
        (WriteError("x"), 3),
        (NetworkError("x"), 4),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (ZeroDivisionError("x"), 70),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_kind_of_error_has_its_exit_code_and_one_clear_line(call, monkeypatch, error, code):
    def fail(*_args, **_kwargs):
        raise error

    monkeypatch.setattr(command_line.cli, "main", fail)
    got, out, err = call("doctor")
    assert got == code
    assert out == ""
    assert err.startswith(("error: ", "interrupted"))


def test_a_bug_shows_its_traceback_only_where_asked_for(monkeypatch, call):
    monkeypatch.setattr(command_line.cli, "main", lambda **_: 1 / 0)
    code, _, err = call("doctor")
    assert code == 70
    assert "GEOOPS_DEBUG=1" in err
    monkeypatch.setenv("GEOOPS_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(["doctor"])


def test_control_characters_of_an_error_do_not_reach_the_terminal(monkeypatch, call):
    def fail(**_kwargs):
        msg = "no \x1b[2J file\u202e x"
        raise InputError(msg)

    monkeypatch.setattr(command_line.cli, "main", fail)
    _, _, err = call("doctor")
    assert "\x1b" not in err
    assert "\u202e" not in err


def test_geocode_prints_one_row_a_name_and_exits_1_where_one_is_unknown(call):
    code, out, err = call("geocode", "Deir al-Zor", "Kirkuk", "--csv")
    rows = list(csv.DictReader(out.splitlines()))
    assert code == 0
    assert err == ""
    assert [(r["query"], r["country"], r["status"]) for r in rows] == [
        ("Deir al-Zor", "SY", "resolved"),
        ("Kirkuk", "IQ", "resolved"),
    ]
    assert abs(float(rows[0]["lon"]) - 40.14) < 0.1
    assert abs(float(rows[0]["lat"]) - 35.34) < 0.1

    code, out, err = call("geocode", "Xyzzyplugh", "Kirkuk", "--json")
    rows = json.loads(out)
    assert code == 1
    assert [r["status"] for r in rows] == ["not_found", "resolved"]
    assert rows[0]["lon"] is None
    assert "not found: Xyzzyplugh" in err


def test_nearest_prints_a_row_a_site_and_layer(call):
    code, out, _ = call(
        "nearest", "Kirkuk", "40.14,35.34", "--layer", "border_crossings", "--layer", "airports", "--k", 2, "--json"
    )
    rows = json.loads(out)
    assert code == 0
    assert len(rows) == 8
    assert {r["layer"] for r in rows} == {"border_crossings", "airports"}
    assert all(r["low_km"] <= r["distance_km"] <= r["high_km"] for r in rows)


def test_nearest_takes_a_file_of_sites_and_says_when_nothing_is_near(call, tmp_path):
    file = tmp_path / "points.csv"
    file.write_text("name,lon,lat\nOcean,-30.0,-40.0\n")
    code, out, _ = call("nearest", file, "--layer", "border_crossings", "--max-km", "10")
    assert code == 1
    assert "Ocean" in out


def test_an_unknown_layer_names_those_that_exist(call):
    code, out, err = call("nearest", "Kirkuk", "--layer", "raods")
    assert code == 2
    assert out == ""
    assert "roads" in err
    assert len(err.strip().splitlines()) == 1


def test_layers_are_listed_described_and_their_licences_stated(call):
    code, out, _ = call("layers", "list", "--json")
    names = {row["name"] for row in json.loads(out)}
    assert code == 0
    assert {"roads", "oil_gas_fields", "border_crossings"} <= names
    code, out, _ = call("layers", "info", "roads")
    assert code == 0
    assert "licence" in out
    assert call("layers", "info", "raods")[0] == 2
    code, out, _ = call("layers", "licences")
    assert code == 0
    assert len(out.splitlines()) == len(names) + 1
    code, out, _ = call("layers", "licences", "roads", "places", "--lines")
    assert out.splitlines() == ["© OpenStreetMap contributors (ODbL)", "GeoNames (CC BY 4.0)"]
    code, out, _ = call("layers", "info", "terrain")
    assert "it asks" in out
    assert "years" in out
    assert "data/terrain.tif: 1.4 MB" in out


def test_layers_are_checked_and_what_is_wrong_comes_with_what_to_do(call, tmp_path):
    assert call("layers", "info", "roads", "--json")[0] == 0
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "catalog.toml").write_text(
        '[layers.wells]\ntitle = "Wells"\ngeometry = "points"\nsource = "s"\ndate = "2024"\nlicence = "l"\n'
        'attribution = "a"\npublish = true\nregion = [-180, -90, 180, 90]\nuncertainty_m = 1\n'
        'files = [{ path = "data/wells.parquet", sha256 = "00" }]\n'
    )
    code, out, _ = call("layers", "check", "--catalog", tmp_path)
    assert code == 1
    assert "wells" in out
    assert "missing" in out
    code, _, err = call("layers", "build", "--catalog", tmp_path, "--quiet")
    assert code == 2  # the folder has nothing to build from
    assert "inputs.toml" in err or "themes.toml" in err
    code, _, err = call("gazetteer", "build", "--catalog", tmp_path)
    assert code == 1
    assert "needs at least one layer" in err


def test_places_finds_what_a_text_names(call, tmp_path):
    code, out, _ = call("places", REPOSITORY / "scripts" / "briefs" / "sample_report.txt", "--json")
    names = {row["text"] for row in json.loads(out)}
    assert code == 0
    assert {"Deir al-Zor", "Kirkuk", "Daquq"} <= names
    empty = tmp_path / "empty.txt"
    empty.write_text("Nothing is named here.\n")
    code, _, err = call("places", empty)
    assert code == 1
    assert "no place is named" in err
    assert call("places", tmp_path / "none.txt")[0] == 2


def test_places_lets_a_spacy_pipeline_weigh_in(call, tmp_path):
    text = tmp_path / "report.txt"
    text.write_text("Bardalla, Zarqun burned.\n")
    assert call("places", text, "--json")[0] == 1
    code, _, err = call("places", text, "--nlp", "no_such_model")
    assert code == 2
    assert "spaCy" in err
    spacy = pytest.importorskip("spacy", reason="spaCy is an extra")
    made = spacy.blank("en")
    made.add_pipe("entity_ruler").add_patterns([{"label": "GPE", "pattern": "Bardalla"}])
    made.to_disk(tmp_path / "model")
    code, out, _ = call("places", text, "--json", "--nlp", tmp_path / "model")
    assert code == 0
    assert [row["text"] for row in json.loads(out)] == ["Bardalla"]


def test_new_writes_a_brief_that_render_takes(call, tmp_path):
    file = tmp_path / "new.toml"
    code, out, err = call("new", "Kirkuk", 'A "quoted" \\ name', "Kirkuk", "--date", "2025-06-30", "--out", file)
    assert (code, out) == (0, "")
    assert "geoops render" in err
    from geoops.report import read_brief

    assert [site.name for site in read_brief(file).sites] == ["Kirkuk", 'A "quoted" \\ name']
    before = file.read_bytes()
    code, _, err = call("new", "Daquq", "--date", "2025-06-30", "--out", file)
    assert code == 2
    assert "--force" in err
    assert file.read_bytes() == before
    assert call("new", "Daquq", "--date", "2025-06-30", "--out", file, "--force")[0] == 0
    assert call("new", "Daquq", "--date", "yesterday")[0] == 2


def test_new_takes_places_from_a_text_and_prints_the_schema(call):
    code, out, _ = call(
        "new", "--text", REPOSITORY / "scripts" / "briefs" / "sample_report.txt", "--date", "2025-06-30"
    )
    assert code == 0
    assert "Kirkuk" in out
    code, out, _ = call("new", "--schema")
    assert code == 0
    assert json.loads(out)["title"] == "Brief"


def test_render_makes_a_bundle_that_verifies_until_a_byte_changes(call, tmp_path):
    file = tmp_path / "tiny.toml"
    file.write_text(TINY)
    out = tmp_path / "out"
    code, printed, err = call("render", file, "--out", out)
    assert code == 0
    assert printed == ""
    assert "1 figure and" in err
    assert (out / "tiny.svg").read_bytes().startswith(b"<?xml")
    code, _, err = call("verify", out)
    assert code == 0
    assert "are those of the manifest" in err
    (out / "tiny.svg").write_bytes((out / "tiny.svg").read_bytes() + b" ")
    code, printed, _ = call("verify", out)
    assert code == 1
    assert "tiny.svg\tchanged" in printed
    code, printed, _ = call("verify", out, "--json")
    assert [row["problem"] for row in json.loads(printed)] == ["changed"]


def test_quiet_says_nothing_and_json_lists_the_files(call, tmp_path):
    file = tmp_path / "tiny.toml"
    file.write_text(TINY)
    assert call("render", file, "--out", tmp_path / "out", "--quiet") == (0, "", "")
    _, printed, _ = call("render", file, "--out", tmp_path / "out", "--json")
    assert "tiny.svg" in {row["file"] for row in json.loads(printed)}


def test_a_site_that_is_not_found_is_a_warning_and_exit_1(call, tmp_path):
    file = tmp_path / "tiny.toml"
    file.write_text(TINY.replace('["Kirkuk"]', '["Kirkuk", "Xyzzyplugh"]'))
    code, _, err = call("render", file, "--out", tmp_path / "out")
    assert code == 1
    assert 'warning: site "Xyzzyplugh" was not found' in err
    assert (tmp_path / "out" / "manifest.json").is_file()


def test_a_brief_with_mistakes_is_refused_before_any_work(call, tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text(TINY.replace("date", "dat").replace("svg", "gif"))
    code, _, err = call("render", file, "--out", tmp_path / "out")
    assert code == 2
    assert "line 3: dat: unknown key" in err
    assert "gif" in err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_said_before_rendering(call, tmp_path, monkeypatch):
    file = tmp_path / "tiny.toml"
    file.write_text(TINY)
    (tmp_path / "out").write_text("a file, not a folder")
    monkeypatch.setattr("geoops.report.rendering.find_sites", lambda _: pytest.fail("work was started"))
    code, _, err = call("render", file, "--out", tmp_path / "out")
    assert code == 3
    assert "cannot be written" in err


def test_report_makes_a_bundle_from_a_text(call, tmp_path):
    text = tmp_path / "report.txt"
    text.write_text("News from Kirkuk\n\nA market in Daquq was reopened. Kirkuk was quiet.\n")
    code, _, err = call("report", text, "--date", "2025-06-30", "--out", tmp_path / "out", "--quiet")
    assert code == 0
    assert err == ""
    rows = list(csv.DictReader((tmp_path / "out" / "sites.csv").read_text().splitlines()))
    assert [r["name"] for r in rows] == ["Kirkuk", "Daquq"]
    assert "A market in Daquq was reopened." in rows[1]["note"]
    text.write_text("Nothing is named here.")
    code, _, err = call("report", text, "--date", "2025-06-30", "--out", tmp_path / "out2")
    assert code == 2
    assert "names no place" in err


def test_doctor_finds_this_installation_without_a_fault(call):
    code, out, err = call("doctor")
    assert "\tfail\t" not in out
    assert "[  0%] python" in err
    assert code == 0


def test_doctor_says_what_is_amiss(call, monkeypatch, tmp_path):
    monkeypatch.setenv("GEOOPS_LAYERS", str(tmp_path))
    code, out, _ = call("doctor", "--json")
    assert code == 1
    assert {r["check"]: r["result"] for r in json.loads(out)}["layers"] == "fail"


def test_a_table_on_a_terminal_is_drawn_and_names_are_no_markup(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    terminal.show([{"name": "[bold]x[/bold]", "n": 1.5}], columns=("name", "n"))
    assert "[bold]x[/bold]" in capsys.readouterr().out


def test_a_bar_is_drawn_on_a_terminal_only(monkeypatch, capsys):
    with terminal.progress("Work") as step:
        step("one", 0.1)
        step("one", 0.2)
    assert capsys.readouterr().err == "[ 10%] one\n"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with terminal.progress("Work") as step:
        step("one", 0.5)
    with terminal.progress("Work", quiet=True) as step:
        assert step is None


def test_the_command_line_answers_without_loading_what_it_does_not_need():
    code = "import sys, geoops.cli; print([m for m in ('pandas','matplotlib','geopandas','numpy','rich') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_closed_pipe_is_no_error():
    result = subprocess.run(
        f"{sys.executable} -c 'from geoops.cli import main; main([\"new\", \"--schema\"])' | head -c 10",
        shell=True, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.stderr == ""
