"""The weekly question: does geoops still work with the newest versions of everything? `python scripts/self_check.py`.

A fresh environment with the newest versions that pyproject.toml allows, nothing pinned; the fast tests, warnings as errors;
the audit; and what has moved since constraints.txt. Ends with 1 when a test fails or the audit finds something.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = [
    "geographiclib",
    "hypothesis",
    "networkx",
    "openpyxl",
    "pypdf",
    "pytest",
    "pytest-timeout",
    "python-docx",
    "scikit-image",
]
FAST = [
    "tests/core", "tests/gazetteer/test_names.py", "tests/gazetteer/test_matching.py", "tests/gazetteer/test_geocode.py",
    "tests/proximity/test_table.py", "tests/proximity/test_within.py", "tests/proximity/test_surface.py", "tests/corridors/test_travel_time.py",
    "tests/corridors/test_corridor.py", "tests/layers/test_load.py", "tests/layers/test_catalog.py", "tests/maps/test_sites_map.py",
    "tests/report/test_brief.py",
]  # fmt: skip
"""A few minutes of tests that touch every room and every library."""


def moved(installed: dict[str, str]) -> list[str]:
    """What is installed in another version than constraints.txt names."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))
    known = {name.lower().replace("_", "-"): version for name, version in pinned.items()}
    return [
        f"{name} {known[name]} -> {version}"
        for name, version in sorted(installed.items())
        if known.get(name, version) != version
    ]


def call(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the checkout."""
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


def main() -> int:
    """Make the environment, run the checks, print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tests", nargs="*", default=FAST, help="by default a few minutes of every room")
    parser.add_argument("--list", action="store_true", help="only name the tests")
    parser.add_argument("--tools", action="store_true", help="only name what the tests need beside geoops")
    given = parser.parse_args()
    if given.list or given.tools:
        print(*(TOOLS if given.tools else given.tests))
        return 0
    with tempfile.TemporaryDirectory(prefix="geoops-newest-") as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        made = call(
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--upgrade",
            "--editable",
            ".",
            *TOOLS,
        )
        if made.returncode:
            print(f"FAILED: the newest versions do not install together:\n{made.stderr[-2000:]}")
            return 1
        listed = json.loads(call(python, "-m", "pip", "list", "--disable-pip-version-check", "--format", "json").stdout)
        changes = moved({row["name"].lower().replace("_", "-"): row["version"] for row in listed})
        print(f"newest versions: {len(listed)} packages, {len(changes)} moved since constraints.txt")
        print("".join(f"    {line}\n" for line in changes), end="")
        tested = call(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *given.tests)
        said = [line for line in tested.stdout.strip().splitlines() if line.startswith(("FAILED", "ERROR"))]
        print("".join(f"    {line}\n" for line in said), end="")
        print(f"tests: {tested.stdout.strip().splitlines()[-1] if tested.stdout.strip() else tested.stderr[-500:]}")
        auditor = call(
            python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pip-audit", "packaging"
        )
        audited = call(python, "scripts/audit.py", "--auditor", str(Path(folder) / "bin" / "pip-audit"))
        print("audit: pip-audit could not be installed\n" if auditor.returncode else "", audited.stdout, sep="", end="")
    return int(bool(tested.returncode or audited.returncode))


if __name__ == "__main__":
    sys.exit(main())
