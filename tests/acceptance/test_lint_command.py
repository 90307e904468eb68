"""`geoops lint` says what a picture editor would send back, of a brief and of a folder, and its exit code says whether."""

from __future__ import annotations

import json

import pytest

from geoops.cli import run
from geoops.core.writing import write_json

BRIEF = """
title = "Tiny"
date = 2025-06-30
sites = ["Kirkuk"]
[[figures]]
kind = "sites"
name = "tiny"
layers = []
formats = ["svg"]
size = "{size}"
[output]
web = false
"""


@pytest.fixture
def lint(capsys):
    def go(*arguments):
        code = run(["lint", *map(str, arguments)])
        done = capsys.readouterr()
        return code, done.out, done.err

    return go


def test_a_brief_without_a_finding(lint, tmp_path):
    file = tmp_path / "brief.toml"
    file.write_text(BRIEF.format(size="a4-landscape"), encoding="utf-8")
    code, out, err = lint(file)
    assert (code, out) == (0, "")
    assert "nothing to mend" in err
    assert lint(file, "--quiet") == (0, "", "")
    assert [path.name for path in tmp_path.iterdir()] == ["brief.toml"], "nothing is left beside it"


def test_a_brief_on_too_small_a_sheet_names_figure_and_finding(lint, tmp_path):
    file = tmp_path / "brief.toml"
    file.write_text(BRIEF.format(size="journal-84"), encoding="utf-8")
    code, out, _ = lint(file, "--quiet", "--json")
    rows = json.loads(out)
    assert code == (1 if rows else 0)
    assert all(row["figure"] == "tiny" and ": " in row["finding"] for row in rows)


def test_findings_of_a_folder_come_from_its_manifests(lint, tmp_path):
    write_json(tmp_path / "sites.json", {"figure": "sites", "findings": ["overlap: 'A' and 'B' touch. Take less."]})
    write_json(tmp_path / "other.json", {"type": "FeatureCollection", "features": []})
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    code, out, _ = lint(tmp_path, "--json")
    assert code == 1
    assert json.loads(out) == [{"figure": "sites", "finding": "overlap: 'A' and 'B' touch. Take less."}]


def test_a_folder_without_figures_is_no_folder_of_figures(lint, tmp_path):
    code, _, err = lint(tmp_path)
    assert code == 2
    assert "no figure's manifest" in err
