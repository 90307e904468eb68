"""The scripts of the repository run as they stand, and stay short stories on the public API."""

from __future__ import annotations

import ast
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import geoops as go
from geoops.report.manifest import verify

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


def test_the_validation_of_corridors_is_what_its_script_says():
    """The table of `outputs/validation` has every pair of the source with its citation, and holds what it claims."""
    folder = SCRIPTS.parent / "outputs" / "validation"
    pairs, table = pd.read_csv(SCRIPTS / "validation_pairs.csv"), pd.read_csv(folder / "corridor-validation.csv")
    assert verify(folder) == []
    kept = json.loads((folder / "manifest.json").read_text())["inputs"]["validation_pairs.csv"]["sha256"]
    assert kept == hashlib.sha256((SCRIPTS / "validation_pairs.csv").read_bytes()).hexdigest()
    assert list(table["source"]) == list(pairs["source"])
    assert pairs["source"].str.startswith("http").all()
    assert pairs["said"].str.len().min() >= 6
    assert len({frozenset(p) for p in zip(pairs["origin"], pairs["destination"], strict=True)}) >= 30
    far = (table["km_ratio"] - 1).abs() > 0.1
    slow = (table["hours_ratio"] - 1).abs() > 0.25
    assert table.loc[far | slow, "explanation"].str.len().min() > 20
    # One pair anew: the figures are those of the model as it is now.
    friction = go.friction((37.8, 34.0, 40.6, 35.8))
    row = table[(table["origin"] == "Palmyra") & (table["destination"] == "Deir ez-Zor")].iloc[0]
    found = go.corridor(friction, (38.28, 34.56), (40.14, 35.336), slack=0.05)
    assert found.hours == pytest.approx(row["model_hours"], rel=0.01)
    assert found.distance_km == pytest.approx(row["model_km"], rel=0.01)


def _same_pictures(folder, kept):
    """Each picture of a gallery has its like, of the same size and of about the same look."""
    names = sorted(p.name for p in folder.glob("*.webp"))
    assert names == sorted(p.name for p in kept.glob("*.webp"))
    assert verify(folder) == []
    far = []
    for name in names:
        with Image.open(folder / name) as made, Image.open(kept / name) as before:
            assert made.size == before.size, name
            small = [np.asarray(p.convert("L").resize((60, 60)), dtype=float) for p in (made, before)]
        if np.abs(small[0] - small[1]).mean() > 12.0:  # of 255: another map, not another font
            far.append(name)
    assert far == []
    return names


@pytest.mark.slow
def test_the_gallery_is_what_its_script_draws(tmp_path):
    script = [sys.executable, str(SCRIPTS / "gallery.py"), str(tmp_path)]
    done = subprocess.run(script, capture_output=True, text=True, check=False, timeout=1500)
    assert done.returncode == 0, done.stderr
    names = _same_pictures(tmp_path, SCRIPTS.parent / "outputs" / "gallery")
    assert len(names) >= 30
    stems = {Path(name).stem for name in names}
    assert {line.split(":")[0] for line in done.stdout.splitlines()} <= stems  # nothing is said but findings


def test_two_other_pictures_are_told_apart(tmp_path):
    kept = SCRIPTS.parent / "outputs" / "gallery"
    shutil.copytree(kept, tmp_path / "same")
    assert len(_same_pictures(tmp_path / "same", kept)) >= 30
    for name in ("sites-en.webp", "sites-sudan-en.webp"):
        other = {"sites-en.webp": "sites-sudan-en.webp", "sites-sudan-en.webp": "sites-en.webp"}[name]
        shutil.copyfile(kept / other, tmp_path / "same" / name)
    with pytest.raises(AssertionError):
        _same_pictures(tmp_path / "same", kept)


@pytest.mark.slow
def test_the_validation_of_corridors_is_made_again_as_it_stands(tmp_path):
    script = [sys.executable, str(SCRIPTS / "validate_corridors.py"), str(tmp_path)]
    done = subprocess.run(script, capture_output=True, text=True, check=False, timeout=1500)
    assert done.returncode == 0, done.stderr
    kept = SCRIPTS.parent / "outputs" / "validation"
    made, before = (pd.read_csv(folder / "corridor-validation.csv") for folder in (tmp_path, kept))
    assert list(made.columns) == list(before.columns)
    for column in ("model_hours", "model_km", "km_ratio"):
        assert made[column].to_numpy() == pytest.approx(before[column].to_numpy(), rel=0.01, nan_ok=True)
    with Image.open(tmp_path / "corridor-validation.png") as new, Image.open(kept / "corridor-validation.png") as old:
        assert new.size == old.size
