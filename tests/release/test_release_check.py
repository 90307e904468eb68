"""What the release check reads from its steps' output, and that what it runs is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.mutation import run as mutation
from tests.mutation.rooms import ROOMS
from tests.release import __main__ as release

ROOT = Path(__file__).parents[2]


def test_the_last_line_of_the_runner_is_what_counts():
    text = "1 failed, 2 passed in 3.0s\nmore\n=== 40 passed, 2 skipped in 12.51s (0:00:12) ===\n"
    assert release.tests_of(text) == {"tests": "40 passed, 2 skipped"}
    assert release.tests_of("killed") == {"tests": "the runner did not end"}


def test_inputs_of_properties_are_summed_over_their_phases():
    text = (
        "tests/a.py::test_x:\n\n  - during reuse phase (0.00 seconds):\n    - 1 passing, 0 failing, and 0 invalid test cases\n"
        "  - during generate phase (1.2 seconds):\n    - 299 passing, 0 failing, and 3 invalid test cases\n"
        "tests/b.py::test_y:\n    - 60 passing, 0 failing, and 0 invalid test cases\n2 passed in 4.00s\n"
    )
    assert release.properties_of(text) == {"properties": 2, "inputs": 360, "tests": "2 passed"}


def test_every_step_s_command_is_there_and_a_target_runs_them():
    steps = release.steps(1.0, 10)
    assert set(steps) == {"build", "audit", "oldest", "newest", "properties", "fuzz", "mutation", "faults"}
    for step in steps.values():
        for word in step.command:
            if word.endswith(".py"):
                assert (ROOT / word).is_file() or Path(word).is_file(), word
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("release-check", "oldest", "audit", "wheel", "faults"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_s_modules_and_tests_are_there(room):
    assert all((ROOT / path).is_file() for path in (*room.modules, *room.tests))


def test_caches_come_off_before_code_is_changed():
    text = "@lru_cache(maxsize=1 << 15)\ndef a():\n    pass\n\n@cache\ndef b():\n    pass\n\n@dataclass(frozen=True)\nclass C:\n    pass\n"
    assert (
        mutation._CACHED.sub("", text)
        == "def a():\n    pass\n\ndef b():\n    pass\n\n@dataclass(frozen=True)\nclass C:\n    pass\n"
    )


def test_what_no_test_reaches_is_alive_and_an_unknown_end_is_no_kill(tmp_path):
    (room,) = [room for room in ROOMS if room.name == "geodesy"]
    kept = tmp_path / "mutants" / f"{room.modules[0]}.meta"
    kept.parent.mkdir(parents=True)
    codes = {"a": 1, "b": 0, "c": 33, "d": None, "e": -24, "f": 5}
    kept.write_text(
        '{"exit_code_by_key": ' + str(codes).replace("'", '"').replace("None", "null") + "}", encoding="utf-8"
    )
    outcome = mutation.judge(room, tmp_path, [])
    assert (outcome.mutants, outcome.tried, outcome.killed) == (6, 6, 2)
    assert outcome.survivors == ["b"]
    assert outcome.unreached == ["c"]
    assert outcome.undecided == ["d (None)", "f (5)"]
    assert outcome.share == pytest.approx(2 / 6)
    mutation.set_apart(
        outcome, {"b": "--- a\n+++ a\n x\n-    for a in zip(b, c, strict=True):\n+    for a in zip(b, c, ):\n"}
    )
    assert (outcome.survivors, list(outcome.equivalent)) == ([], ["b"])
    assert outcome.share == pytest.approx(2 / 5)


@pytest.mark.parametrize(
    ("old", "new", "equivalent"),
    [
        ("zip(a, b, strict=True)", "zip(a, b, strict=None)", True),
        ("zip(a, b, strict=True)", "zip(a, None, strict=True)", False),
        ('plain = lowered.replace("ş", "s")', 'plain = lowered.replace("Ş", "s")', True),
        ('plain = lowered.replace("ş", "s")', 'plain = lowered.replace("ş", "XXsXX")', False),
        ("min(a, default=0.0)", "min(a, default=1.0)", False),  # not at the end of its line
    ],
)
def test_a_mutant_is_equivalent_only_as_it_is_named(old, new, equivalent):
    assert (mutation.reason_of(f"--- a\n+++ b\n x\n-{old}\n+{new}\n y\n") is not None) is equivalent
    assert mutation.reason_of(f"-{old}\n+{new}\n+another\n") is None
