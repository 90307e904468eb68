"""The scripts of the repository run as they stand, and stay short stories on the public API."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

SCRIPTS = Path(__file__).parents[2] / "scripts"
STORIES = {"sites_map.py": "sites.png", "proximity_map.py": "proximity.png", "corridor_map.py": "corridors.png"}


@pytest.mark.parametrize("name", STORIES)
def test_a_script_draws_its_figure(name, tmp_path):
    result = subprocess.run(
        [sys.executable, "-W", "error", str(SCRIPTS / name), str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[-1] == str(tmp_path / STORIES[name])
    assert any("Deir al-Zor" in line for line in lines[:-1])
    assert not [line for line in lines if line.startswith("to mend")]
    with Image.open(tmp_path / STORIES[name]) as picture:
        assert picture.size == (3507, 2480)  # A4 landscape at 300 dpi
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert len(picture.convert("RGB").getcolors(maxcolors=1 << 24)) > 100  # something is drawn


@pytest.mark.parametrize("name", STORIES)
def test_a_script_is_short_and_uses_only_the_public_api(name):
    text = (SCRIPTS / name).read_text()
    assert len(text.splitlines()) <= 60
    imported = {
        alias.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in ([ast.alias(node.module)] if isinstance(node, ast.ImportFrom) else node.names)
    }
    assert imported == {"geoops", "pathlib", "sys"}
