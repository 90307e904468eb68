"""One brief in, a whole folder out: the same bytes each time, whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
import pickle
import signal
import subprocess
import sys

import pytest

from geoops.core.errors import BriefError, InputError, WriteError
from geoops.report import Brief, read_brief, render, rendering, staging, verify
from geoops.report.drawing import Drawers, Job, _answer, _ask, _start, draw

EVERY_FILE = {
    "one.png", "one.svg", "one.pdf", "one.json", "two.svg", "two.json", "three.png", "three.json", "sites.csv",
    "sites.geojson", "map.kml", "map.gpkg", "captions.md", "methods.md", "report.md", "report.html", "map.html", "manifest.json",
}  # fmt: skip


def contents(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_bundle_holds_what_the_brief_asks_for_and_nothing_else(three, tmp_path):
    steps = []
    made = render(three, tmp_path / "out", progress=lambda words, share: steps.append((words, share)))
    assert set(contents(tmp_path / "out")) == EVERY_FILE == set(made.files)
    assert made.figures == ("one", "two", "three")
    assert made.warnings == ()
    assert all(finding.startswith("figure ") for finding in made.findings)
    assert any("no-source" in finding for finding in made.findings)  # the third figure is given no layer at all
    assert list(made.sites["name"]) == ["Alpha", "Beta"]
    assert verify(made.folder) == []
    shares = [share for _, share in steps]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    rows = list(csv.DictReader((made.folder / "sites.csv").read_text().splitlines()))
    assert [(r["name"], r["lon"], r["uncertainty_m"], r["note"]) for r in rows] == [
        ("Alpha", "40", "2000", "A market."),
        ("Beta", "40.6", "100", ""),
    ]


def test_two_renders_give_the_same_bytes_whoever_draws(three, tmp_path):
    render(three, tmp_path / "alone", helpers=0)
    render(three, tmp_path / "helped", helpers=1)
    alone, helped = contents(tmp_path / "alone"), contents(tmp_path / "helped")
    assert alone.keys() == helped.keys()
    assert [name for name in alone if alone[name] != helped[name]] == []


def test_the_manifest_says_what_made_it_and_holds_no_path_of_the_machine(tiny, tmp_path):
    made = render(tiny, tmp_path / "out")
    text = made.manifest.read_text()
    manifest = json.loads(text)
    assert manifest["inputs"]["brief"]["name"] == "tiny.toml"
    assert [entry["name"] for entry in manifest["inputs"]["layers"]] == ["wells"]
    assert manifest["parameters"]["title"] == "Tiny"
    assert set(manifest["files"]) == set(made.files) - {"manifest.json"}
    figure = json.loads((made.folder / "one.json").read_text())
    assert figure["date"] == "2025-06-30"
    assert set(figure["files"]) == {"one.svg"}
    for name, data in contents(made.folder).items():
        assert os.fsencode(tmp_path) not in data, name


def test_an_older_bundle_loses_what_is_not_made_any_more_but_not_what_was_changed(tiny, tmp_path):
    out = tmp_path / "out"
    render(tiny, out)
    (out / "notes.txt").write_text("mine")
    (out / "one.json").write_text("changed by hand")
    tiny.write_text(tiny.read_text().replace('name = "one"', 'name = "eins"'))
    render(tiny, out)
    left = set(contents(out))
    assert {"eins.svg", "notes.txt", "one.json"} <= left
    assert "one.svg" not in left


def test_a_render_that_breaks_leaves_the_old_bundle_whole(tiny, tmp_path, monkeypatch):
    out = tmp_path / "out"
    render(tiny, out)
    before = contents(out)

    def fail(*_args, **_kwargs):
        raise RuntimeError

    monkeypatch.setattr(rendering, "write_manifest", fail)
    with pytest.raises(RuntimeError):
        render(tiny, out, helpers=0, fresh=True)
    assert contents(out) == before


def test_what_a_killed_render_left_is_swept_and_a_living_ones_is_not(tiny, tmp_path):
    out = tmp_path / "out"
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    (out / f".part-{child.pid}-00").mkdir(parents=True)
    (out / f".part-{os.getpid()}-00").mkdir()
    render(tiny, out)
    assert [p.name for p in out.glob(".part-*")] == [f".part-{os.getpid()}-00"]


def test_two_renders_at_once_leave_one_whole_bundle(tiny, tmp_path):
    out = tmp_path / "out"
    code = f"import sys; from geoops.report import render; render({str(tiny)!r}, {str(out)!r}, helpers=0)"
    children = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [child.wait() for child in children] == [0, 0]
    assert verify(out) == []


def test_a_folder_that_is_a_file_is_said_before_any_work(tiny, tmp_path, monkeypatch):
    (tmp_path / "out").write_text("x")
    monkeypatch.setattr(rendering, "find_sites", lambda _: pytest.fail("work was started"))
    with pytest.raises(WriteError, match="cannot be written"):
        render(tiny, tmp_path / "out")


def test_a_mistake_is_said_before_the_folder_is_made(tiny, tmp_path):
    tiny.write_text("title = 1")
    with pytest.raises(BriefError):
        render(tiny, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_broken_old_manifest_is_no_reason_to_delete_anything(tiny, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "manifest.json").write_text('{"files": {"other.txt": {}}}')
    (out / "other.txt").write_text("mine")
    render(tiny, out)
    assert (out / "other.txt").read_text() == "mine"


def test_a_brief_made_in_python_renders_without_a_file(tiny, tmp_path):
    values = read_brief(tiny).model_dump(by_alias=True) | {"layers": (), "catalog": str(tiny.parent / "layers")}
    values["figures"] = [values["figures"][0] | {"layers": ()}]
    made = render(Brief.model_validate(values), tmp_path / "out")
    assert json.loads(made.manifest.read_text())["inputs"]["brief"] is None


def test_only_what_is_asked_for_is_written(tiny, tmp_path):
    tiny.write_text(tiny.read_text() + "\n[output]\ntables = false\nweb = false\nproject = false\ndocuments = false\n")
    made = render(tiny, tmp_path / "out")
    assert set(made.files) == {"one.svg", "one.json", "manifest.json"}


def test_where_no_site_is_found_there_is_nothing_to_draw(tmp_path):
    brief = Brief(title="t", date="2025-06-30", sites=["Xyzzyplugh"])
    with pytest.raises(InputError, match="no site of the brief was found"):
        render(brief, tmp_path / "out")
    assert contents(tmp_path / "out") == {}


def test_a_figure_shows_the_region_that_it_asks_for(tiny, tmp_path):
    tiny.write_text(tiny.read_text() + "region = [39.0, 34.0, 42.0, 36.0]\n")
    made = render(tiny, tmp_path / "out")
    assert json.loads((made.folder / "one.json").read_text())["drawn"]["region"] == [39.0, 34.0, 42.0, 36.0]


def test_a_file_that_cannot_be_put_in_place_is_said(tiny, tmp_path):
    (tmp_path / "out" / "sites.csv" / "full").mkdir(parents=True)
    with pytest.raises(WriteError, match="cannot be put in place"):
        render(tiny, tmp_path / "out")


def test_a_process_of_somebody_else_is_alive(monkeypatch):
    def refuse(*_args):
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert staging._alive(1)


# Drawing by two processes ------------------------------------------------------------------------------------------


def job(name, **arguments):
    return Job(
        name, "sites", {"sites": [(40.0, 35.0)], "base": (), "layers": (), "size": "journal-84", **arguments}, ("svg",)
    )


def test_jobs_come_back_in_their_order_and_each_is_told_once(tmp_path):
    told = []
    crew = Drawers(tmp_path, helpers=1, done=told.append)
    try:
        for name in ("a", "b", "c", "d"):
            crew.submit(job(name))
        assert [d.name for d in crew.finish()] == ["a", "b", "c", "d"]
    finally:
        crew.close()
    assert sorted(told) == ["a", "b", "c", "d"]
    assert {p.name for p in tmp_path.iterdir()} == {"a.svg", "b.svg", "c.svg", "d.svg"}


def test_a_helper_that_dies_has_its_work_done_here(tmp_path):
    crew = Drawers(tmp_path, helpers=1, done=lambda _: None)
    try:
        os.kill(crew.child.pid, signal.SIGKILL)
        for name in ("a", "b"):
            crew.submit(job(name))
        assert [d.files for d in crew.finish()] == [("a.svg",), ("b.svg",)]
    finally:
        crew.close()


def test_an_error_of_a_figure_reaches_the_caller_in_its_own_words(tmp_path):
    crew = Drawers(tmp_path, helpers=1, done=lambda _: None)
    try:
        crew.submit(job("a", theme="no such theme"))
        with pytest.raises(InputError, match="no such theme"):
            crew.finish()
    finally:
        crew.close()


def test_a_helper_draws_the_same_bytes_as_this_process(tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    here = draw(job("a"), tmp_path / "here")
    child = _start()
    try:
        assert _ask(child, job("a"), tmp_path / "there") == here
    finally:
        child.kill()
        child.communicate()
    assert (tmp_path / "here" / "a.svg").read_bytes() == (tmp_path / "there" / "a.svg").read_bytes()


def test_a_helper_answers_each_job_and_ends_with_its_input(tmp_path):
    jobs, answers = io.BytesIO(), io.BytesIO()
    for one in (job("a"), job("b", theme="no such theme")):
        pickle.dump((one, tmp_path), jobs)
    jobs.seek(0)
    assert [_answer(jobs, answers) for _ in range(3)] == [True, True, False]
    answers.seek(0)
    assert pickle.load(answers).files == ("a.svg",)
    assert pickle.load(answers) is None


def test_where_no_process_can_be_started_all_is_drawn_here(tmp_path, monkeypatch):
    def fail(*_args, **_kwargs):
        raise OSError

    monkeypatch.setattr("subprocess.Popen", fail)
    crew = Drawers(tmp_path, helpers=1, done=lambda _: None)
    crew.submit(job("a"))
    assert [d.name for d in crew.finish()] == ["a"]
    crew.close()
