"""Mutation testing of one room by mutmut: its modules are changed place by place, and its tests have to notice.

mutmut writes every mutant into one file and forks a warm process for each, which then runs only the tests that reach the
changed function; a cold start of pytest for each (as cosmic-ray makes it) would take ten times as long. The server
that forks has collected the tests but run none, so no cache of an earlier run hides a mutant. Nothing outside the
given folder is changed.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .equivalent import reason_of
from .rooms import Room

ROOT = Path(__file__).parents[2]
KILLED = {1, 3, -24, 24, 152, 255, 36}
"""Exit codes of a mutant that was found out: a red test, an error of the tests' own, or no end in time (SIGXCPU)."""
SURVIVED, UNREACHED = 0, 33
_CACHED = re.compile(r"^@(?:functools\.)?(?:lru_)?cache(?:\(.*\))?\n", re.MULTILINE)


@dataclass
class Outcome:
    """What became of the mutants of one room."""

    room: str
    mutants: int = 0
    tried: int = 0
    killed: int = 0
    survivors: list[str] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    equivalent: dict[str, str] = field(default_factory=dict)
    """Mutants that change nothing that can be seen, with the reason."""

    @property
    def share(self) -> float:
        """Killed among those tried that change anything; what no test reaches counts as alive."""
        changing = self.tried - len(self.equivalent)
        return self.killed / changing if changing else 0.0


def prepare(room: Room, folder: Path) -> None:
    """A folder in which mutmut changes copies of the room's modules beside copies of its tests."""
    shutil.rmtree(folder, ignore_errors=True)
    mutants = folder / "mutants"
    (mutants / "tests").mkdir(parents=True)
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for module in room.modules:  # mutmut passes over decorated functions; a cache changes no result, so it comes off
        path = folder / module
        path.write_text(_CACHED.sub("", path.read_text(encoding="utf-8")), encoding="utf-8")
    (mutants / "layers").symlink_to(ROOT / "layers")
    (mutants / "scripts").symlink_to(ROOT / "scripts")
    for name in {Path(test).parts[1] for test in room.tests}:
        shutil.copytree(ROOT / "tests" / name, mutants / "tests" / name, ignore=shutil.ignore_patterns("__pycache__"))
    if (ROOT / "tests" / "conftest.py").is_file():
        shutil.copy(ROOT / "tests" / "conftest.py", mutants / "tests")
    settings = {
        "source_paths": ["src"],
        "only_mutate": list(room.modules),
        "process_isolation": "forkserver",
        "use_git_change_detection": False,
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-p", "no:xdist", "--no-cov", *room.arguments],
        "pytest_add_cli_args_test_selection": list(room.tests),
    }
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    (folder / "pyproject.toml").write_text(text + "\n[tool.mutmut]\n" + "\n".join(lines) + "\n", encoding="utf-8")


def run(room: Room, folder: Path, *, sample: int = 0, seed: int = 0, workers: int = 2) -> Outcome:
    """Try the room's mutants, all or a seeded sample of each module, and count."""
    prepare(room, folder)
    if sample:
        _mutmut(folder, "run", "--max-children", str(workers), "no such mutant", may_fail=True)  # writes the mutants
        names = sorted(_codes(folder, room))
        names = sorted(random.Random(seed).sample(names, min(sample, len(names))))
        _mutmut(folder, "run", "--max-children", str(workers), *names)
    else:
        names = []
        _mutmut(folder, "run", "--max-children", str(workers))
    return judge(room, folder, names)


def judge(room: Room, folder: Path, names: list[str]) -> Outcome:
    """Read what mutmut kept of each mutant; those named, or all."""
    codes = _codes(folder, room)
    outcome = Outcome(room.name, mutants=len(codes), tried=len(names or codes))
    for name in names or sorted(codes):
        code = codes[name]
        if code in KILLED or (code is not None and code < 0):
            outcome.killed += 1
        elif code == SURVIVED:
            outcome.survivors.append(name)
        elif code == UNREACHED:
            outcome.unreached.append(name)
        else:
            outcome.undecided.append(f"{name} ({code})")
    return outcome


def set_apart(outcome: Outcome, differences: dict[str, str]) -> None:
    """Take those survivors out that change nothing that can be seen, given each one's diff."""
    outcome.equivalent = {name: why for name in outcome.survivors if (why := reason_of(differences[name])) is not None}
    outcome.survivors = [name for name in outcome.survivors if name not in outcome.equivalent]


def difference(folder: Path, name: str) -> str:
    """The mutant as a diff of its function."""
    done = subprocess.run(
        [*_command(), "show", name], cwd=folder, capture_output=True, text=True, check=False, env=_environment()
    )
    return re.sub(r"^#.*\n", "", done.stdout)


def _codes(folder: Path, room: Room) -> dict[str, int | None]:
    """The exit code of each mutant's tests, None where it was not tried."""
    codes: dict[str, int | None] = {}
    for module in room.modules:
        kept = folder / "mutants" / f"{module}.meta"
        if kept.is_file():
            codes |= json.loads(kept.read_text(encoding="utf-8"))["exit_code_by_key"]
    return codes


def _mutmut(folder: Path, *arguments: str, may_fail: bool = False) -> None:
    log = folder / "mutmut.log"
    with log.open("a", encoding="utf-8") as kept:
        done = subprocess.run(
            [*_command(), *arguments], cwd=folder, stdout=kept, stderr=kept, check=False, env=_environment()
        )
    if done.returncode and not may_fail:
        msg = f"mutmut ended with {done.returncode}; the end of {log}:\n{log.read_text(encoding='utf-8')[-3000:]}"
        raise RuntimeError(msg)


def _command() -> list[str]:
    return [str(Path(sys.executable).with_name("mutmut"))]


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return {
        **kept,
        "NUMBA_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MPLBACKEND": "Agg",
        "HYPOTHESIS_PROFILE": "brief",
    }
