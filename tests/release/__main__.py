"""What is too long for every change and has to hold at a release: `make release-check`, or `python -m tests.release [STEP...]`.

Each step is a command that anyone can run by itself; its output goes to `build/release/STEP.log`, what came of it to
`outputs/release-check.json`. A step that was not run this time keeps what was found last, with its date.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from geoops.core.version import __version__

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "outputs" / "release-check.json"
LOGS = ROOT / "build" / "release"
PYTHON = sys.executable


@dataclass(frozen=True)
class Step:
    """A command, and how what it found is read from its output and from what it wrote."""

    command: list[str]
    numbers: Callable[[str], dict[str, Any]]
    environment: dict[str, str]


def tests_of(text: str) -> dict[str, Any]:
    """The last line of the test runner."""
    found = re.findall(r"^=*\s*((?:\d+ \w+,? ?)+ in [\d.]+s)", text, re.MULTILINE)
    return {"tests": found[-1].partition(" in ")[0] if found else "the runner did not end"}


def properties_of(text: str) -> dict[str, Any]:
    """How many inputs of properties passed; what failed is in the runner's own line."""
    passing = [int(n) for n in re.findall(r"- (\d+) passing, \d+ failing", text)]
    return {
        "properties": len(set(re.findall(r"^(\S+::\S+):$", text, re.MULTILINE))),
        "inputs": sum(passing),
    } | tests_of(text)


def kept_in(name: str, key: str) -> Callable[[str], dict[str, Any]]:
    """What a step wrote by itself."""

    def read(_: str) -> dict[str, Any]:
        path = ROOT / name
        return {key: json.loads(path.read_text(encoding="utf-8"))} if path.is_file() else {}

    return read


def mutants_of(_: str) -> dict[str, Any]:
    """Each room's share of mutants that were found out."""
    path = ROOT / "outputs" / "mutation.json"
    return {"rooms": json.loads(path.read_text(encoding="utf-8"))["rooms"]} if path.is_file() else {}


def lines_of(text: str) -> dict[str, Any]:
    """The lines that a step printed."""
    return {"said": text.strip().splitlines()[-12:]}


def steps(minutes: float, sample: int, runs: int = 0) -> dict[str, Step]:
    """Every step by name, in the order in which they run: the short ones first."""
    audit = ["scripts/audit.py", "--auditor", str(ROOT / ".venv-audit" / "bin" / "pip-audit")]
    profile = ["--hypothesis-profile=release", "-m", "hypothesis", "--hypothesis-show-statistics", "--timeout=7200"]
    return {
        "build": Step([PYTHON, "scripts/dist.py", "--check"], lines_of, {}),
        "audit": Step([PYTHON, *audit], lines_of, {}),
        "oldest": Step(["make", "oldest"], tests_of, {}),
        "newest": Step([PYTHON, "scripts/self_check.py"], lines_of, {}),
        "properties": Step([PYTHON, "-m", "pytest", "-q", *profile, "tests"], properties_of, {}),
        "fuzz": Step([PYTHON, "-m", "tests.fuzz", f"--minutes={minutes:g}", f"--runs={runs}"], kept_in("build/fuzz/result.json", "targets"), {}),
        "mutation": Step([PYTHON, "-m", "tests.mutation", f"--sample={sample}"], mutants_of, {}),
        "faults": Step([PYTHON, "-m", "tests.faults"], lambda text: {"said": text.strip().splitlines()[-3:], "kept_in": "outputs/reliability.json"}, {}),
    }  # fmt: skip


def run(name: str, step: Step) -> dict[str, Any]:
    """One step: what it found, how long it took, under what load of the machine."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name}.log"
    began = time.monotonic()
    environment = {**os.environ, "MPLBACKEND": "Agg", "NO_COLOR": "1", **step.environment}
    with log.open("w", encoding="utf-8") as stream:
        done = subprocess.run(
            step.command, cwd=ROOT, stdout=stream, stderr=subprocess.STDOUT, env=environment, check=False
        )
    text = log.read_text(encoding="utf-8", errors="replace")
    shown = ["python" if word == PYTHON else word.replace(f"{ROOT}/", "") for word in step.command]
    return {
        "step": name, "passed": done.returncode == 0, "date": datetime.now(UTC).date().isoformat(), "command": " ".join(shown),
        "minutes": round((time.monotonic() - began) / 60, 1), "load": round(os.getloadavg()[0], 1), **step.numbers(text),
    }  # fmt: skip


def main() -> int:
    """Run the steps that are asked for, all by default; 1 if one did not pass."""
    parser = argparse.ArgumentParser(prog="python -m tests.release", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="STEP", help="by default all")
    parser.add_argument("--minutes", type=float, default=60.0, help="of fuzzing, all targets together")
    parser.add_argument("--runs", type=int, default=0, help="of the fuzzer: a target is done after so many inputs")
    parser.add_argument("--sample", type=int, default=0, help="so many mutants a room instead of all")
    given = parser.parse_args()
    known = steps(given.minutes, given.sample, given.runs)
    if unknown := set(given.names) - set(known):
        parser.error(f"no such step: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    rows = {row["step"]: row for row in json.loads(KEPT.read_text(encoding="utf-8"))["steps"]} if KEPT.is_file() else {}
    failed = []
    for name in given.names or list(known):
        rows[name] = run(name, known[name])
        print(f"{name:<12}{'passed' if rows[name]['passed'] else 'FAILED'}  {rows[name]['minutes']:>6} min", flush=True)
        failed += [] if rows[name]["passed"] else [name]
        document = {
            "version": __version__, "python": platform.python_version(), "command": "make release-check",
            "cores": os.cpu_count(), "steps": [rows[key] for key in known if key in rows],
        }  # fmt: skip
        KEPT.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main())
