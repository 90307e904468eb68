"""The oldest versions that are tested are those that pyproject.toml allows, and the pinned ones lie within its bounds."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUN = [Requirement(line) for line in PROJECT["dependencies"]]
ALL = RUN + [Requirement(line) for lines in PROJECT["optional-dependencies"].values() for line in lines]


def pinned(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    parts = [line.partition("==") for line in lines if "==" in line and not line.startswith("#")]
    return {re.sub(r"[-_.]+", "-", part[0]).lower(): Version(part[2]) for part in parts}


def lowest(need):
    (bound,) = [s for s in need.specifier if s.operator == ">="]
    return Version(bound.version)


@pytest.mark.parametrize("need", RUN, ids=lambda need: need.name)
def test_the_lower_bound_is_the_version_that_the_oldest_tests_run_against(need):
    assert pinned("constraints-oldest.txt")[need.name.lower()] == lowest(need)


@pytest.mark.parametrize("need", ALL, ids=str)
def test_every_dependency_states_a_lower_bound_and_is_pinned_within_it(need):
    assert lowest(need) <= pinned("constraints.txt")[re.sub(r"[-_.]+", "-", need.name).lower()]
    assert all(s.operator == ">=" for s in need.specifier), "an upper bound keeps a user from a mended version"


@pytest.mark.parametrize("name", [path.name for path in sorted(ROOT.glob("requirements-*.txt"))])
def test_every_tool_is_pinned(name):
    lines = [
        line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
    ]
    known = pinned("constraints.txt")
    assert [line for line in lines if re.sub(r"[-_.]+", "-", Requirement(line).name).lower() not in known] == []
