"""The five commands of the README, as a stranger types them: those of geoops are run as they stand there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from geoops.cli import cli

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.mark.slow
def test_the_readmes_commands_lead_to_a_figure(tmp_path, monkeypatch):
    section = README.read_text(encoding="utf-8").split("## Five commands")[1].split("\n## ")[0]
    commands = re.findall(r"^    (.+)$", section, re.MULTILINE)
    assert len(commands) == 5
    monkeypatch.chdir(tmp_path)
    for command in commands[3:]:
        program, *arguments = shlex.split(command)
        assert program == "geoops"
        done = CliRunner().invoke(cli, arguments)
        assert done.exit_code == 0, done.output
    assert {"sites.png", "proximity.png", "map.html"} <= {path.name for path in (tmp_path / "mine").iterdir()}
