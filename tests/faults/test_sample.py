"""A sample of the fault laboratory, in minutes: no harm by any of it; and the laboratory itself sees harm where it is done."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from geoops.core.errors import InputError

from . import deaths, differential, files, inputs, kept, kills, life, network, warm
from .canary import canaries
from .hostile_files import Case
from .sandbox import trial
from .tally import Tally

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")


def test_hostile_files_do_no_harm(tmp_path):
    tally = files.run(tmp_path, every=30)
    assert tally.findings == []
    assert tally.inputs > 50


@pytest.mark.slow
def test_hostile_names_do_no_harm():
    """In a process of its own: a runner's threads and a fork of a process that draws do not go together."""
    command = [sys.executable, "-W", "default", "-m", "tests.faults", "--sample", "names"]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=550, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.search(r"names: (\d+) inputs, 0 harms", done.stdout)[1]) > 15


@pytest.mark.network
def test_a_faulty_server_does_no_harm(tmp_path):
    tally = network.run(
        tmp_path, only=("good", "busy", "truncated-once", "page", "loop", "bomb", "wrong-bytes", "to-private")
    )
    assert tally.findings == []
    assert tally.inputs == 24


def test_random_inputs_do_no_harm():
    tally = inputs.run(count=1500, seed=11)
    assert tally.findings == []


@pytest.mark.slow
def test_sudden_ends_do_no_harm(tmp_path):
    for tally in (
        kills.rendering(tmp_path / "kills", times=3),
        kills.fetching(tmp_path / "fetches", times=3),
        deaths.races(tmp_path / "races", rounds=1),
        deaths.full_disk(tmp_path / "disk", sizes=(512, 20_000), rooms=(16_384,)),
        deaths.no_rights(tmp_path / "rights"),
        deaths.little_memory(tmp_path / "memory", megabytes=(300, 700)),
    ):
        assert tally.findings == []
        assert tally.inputs > 0


@pytest.mark.slow
def test_a_killed_build_of_layers_leaves_nothing_half_written(tmp_path):
    tally = kills.building(tmp_path, times=2)
    assert (tally.findings, tally.missed) == ([], [])
    assert tally.inputs == tally.outcomes["killed"] == 2


def test_work_that_was_done_before_its_moment_is_no_kill():
    tally = Tally("one", seed=1)
    hand = kills.Hand(tally, 2, lengths=[0.05])
    for _ in hand.tries():
        done = warm.Child(lambda: 0)
        assert done.wait(60.0)
        hand.kill(done)
    assert (tally.inputs, tally.harms, len(tally.missed)) == (0, {}, 1)
    assert tally.outcomes["killed"] == 0 < tally.outcomes["done before its moment came"]
    slow = Tally("two", seed=1)
    hand = kills.Hand(slow, 3, lengths=[0.05])
    for _ in hand.tries():
        hand.kill(warm.Child(lambda: time.sleep(30) or 0))
    assert (slow.inputs, slow.outcomes, slow.missed) == (3, {"killed": 3}, [])
    assert 0.0 < hand.spent <= 0.15


def test_other_programs_agree(monkeypatch):
    monkeypatch.setattr(differential, "_postgis", lambda *_, **__: None)  # a server is started in the whole run
    tally = differential.run(cases=500)
    assert tally.findings == []
    assert tally.outcomes["geodesics, GeographicLib"] == 520
    assert tally.outcomes["grids, scikit-image"] == 3


def test_a_wrong_distance_is_counted(monkeypatch):
    true = differential.geodesy.distance
    monkeypatch.setattr(differential.geodesy, "distance", lambda *where: true(*where) * (1 + 1e-9))
    tally = Tally("one")
    differential._geodesics(tally, differential.np.random.default_rng(1), 50)
    assert tally.harms["silent wrong answers"] > 10


def test_memory_that_grows_is_counted(tmp_path, monkeypatch):
    held = iter(range(100, 200))
    monkeypatch.setattr(life, "warmed", lambda _: None)
    monkeypatch.setattr("geoops.report.render", lambda *_, **__: None)
    monkeypatch.setattr(life, "_own_mb", lambda: float(next(held)))
    tally = life.long_life(tmp_path, renders=60)
    assert tally.inputs == 60
    assert len(tally.missed) == 1
    assert "5% was to be the most" in tally.missed[0]


def test_a_kept_section_takes_the_place_of_its_older_self(tmp_path):
    file, page = tmp_path / "reliability.json", tmp_path / "README.md"
    page.write_text(f"before\n{kept.BEGIN}old\n{kept.END}after\n", encoding="utf-8")
    for inputs_tried in (5, 7):
        kept.keep("names", Tally("hostile names", inputs=inputs_tried, seed=1), minutes=0.1, kept=file, readme=page)
    kept.keep("files", Tally("hostile files", inputs=2), minutes=0.1, kept=file, readme=page)
    document = json.loads(file.read_text())
    assert list(document["sections"]) == ["files", "names"]
    assert document["all"]["inputs"] == 9
    assert {"date", "version", "commit", "seed", "inputs"} <= document["sections"]["names"].keys()
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| hostile names | 7 | 0 | 0 | 0 | 0 | 0 |" in text


def test_the_table_of_the_readme_is_that_of_the_file():
    if not kept.KEPT.is_file():
        pytest.skip("nothing is kept yet: run `make faults`")
    document = json.loads(kept.KEPT.read_text(encoding="utf-8"))
    shown = kept.README.read_text(encoding="utf-8").partition(kept.BEGIN)[2].partition(kept.END)[0]
    assert shown == kept.markdown(document)
    for key, total in document["all"].items():
        assert total == sum(row[key] for row in document["sections"].values())


def _refuses():
    msg = "no"
    raise InputError(msg)


def _endless():
    while True:
        pass


def test_the_sandbox_tells_how_a_trial_ended():
    assert trial(lambda: 7).value == 7
    assert trial(_refuses).kind == "refused"
    assert trial(lambda: 1 / 0).kind == "foreign error"
    assert trial(lambda: os.kill(os.getpid(), 9)).kind == "killed"
    assert trial(_endless, seconds=0.5).kind == "endless"
    assert trial(lambda: bytearray(2**33)).kind == "foreign error"


@pytest.mark.parametrize(
    ("verdict", "value", "harm"),
    [
        ("refuse", {"rows": 1, "digest": "a", "sane": True, "words": ""}, "silent wrong answers"),
        ("sane", {"rows": 1, "digest": "a", "sane": False, "words": ""}, "silent wrong answers"),
        ("whole", {"rows": 1, "digest": "b", "sane": True, "words": ""}, "silent wrong answers"),
        ("sane", {"rows": 1, "digest": "a", "sane": True, "words": "CANARY-7f3a"}, "foreign bytes read"),
        ("sane", {"rows": 1, "digest": "a", "sane": True, "words": "", "values": {4242.0}}, "foreign bytes read"),
    ],
)
def test_harm_is_seen_where_it_is_done(tmp_path, verdict, value, harm):
    tally = Tally("one")
    with canaries(tmp_path) as watched:
        whole = {"rows": 2, "digest": "a"}
        files.judge(Case("a case", ".csv", b"", verdict), trial(lambda: value), whole, watched, tally)
    assert list(tally.harms) == [harm]
