"""The wheel: it carries the layers and the fonts, stays under 40 MB, and works outside the repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(out)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (path,) = out.glob("geoops-*.whl")
    return path


@pytest.fixture(scope="module")
def unpacked(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(unpacked: Path, *code: str, cwd: Path) -> str:
    """A fresh interpreter that finds geoops in the unpacked wheel alone, standing in another folder."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "GEOOPS_LAYERS")}
    done = subprocess.run(
        [sys.executable, "-W", "error", *code], cwd=cwd, env={**environment, "PYTHONPATH": str(unpacked)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_stays_under_forty_megabytes(wheel):
    assert wheel.stat().st_size < 40e6


def test_the_wheel_carries_what_geoops_needs_and_nothing_of_the_tests(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "geoops/py.typed",
        "geoops/_layers/catalog.toml",
        "geoops/_layers/speeds.toml",
        "geoops/_layers/data/roads.parquet",
        "geoops/_layers/curated/sources.d/geography.toml",
    ):
        assert needed in names
    assert [n for n in names if n.startswith("geoops/maps/fonts/") and n.endswith(".ttf")]
    assert [n for n in names if n.startswith(("tests/", "outputs/", "scripts/"))] == []


def test_the_wheel_is_for_this_machine_exactly_if_it_holds_compiled_code(wheel, unpacked, tmp_path):
    libraries = [n for n in zipfile.ZipFile(wheel).namelist() if n.endswith(".so")]
    assert wheel.name.endswith("-py3-none-any.whl") == (libraries == [])
    code = "from geoops.corridors import native; print(native.available())"
    assert run(unpacked, "-c", code, cwd=tmp_path).strip() == str(libraries != [])


def test_without_a_compiler_the_wheel_is_for_every_machine_and_finds_the_same_hours(unpacked, tmp_path):
    source = tmp_path / "source"
    with_layers = shutil.ignore_patterns("_kernels-*.so", "__pycache__")
    for name in ("src", "layers"):
        shutil.copytree(ROOT / name, source / name, ignore=with_layers)
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path / "out")],
        cwd=source, check=True, capture_output=True, text=True, env={**os.environ, "CC": "no-such-compiler"},
    )  # fmt: skip
    assert "no C compiler" in done.stderr
    (path,) = (tmp_path / "out").glob("*-py3-none-any.whl")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "site")
    code = (
        "import numpy as np, xarray as xr, rioxarray, geoops as go;"
        "pace = np.random.default_rng(0).uniform(0.1, 2, (40, 50));"
        "coords = {'y': 36 - 0.01 * np.arange(40), 'x': 43 + 0.01 * np.arange(50)};"
        "grid = xr.DataArray(pace, coords=coords, dims=('y', 'x')).rio.write_crs(4326);"
        "hours = go.travel_time(go.Friction(grid), (43.2, 35.8)).values;"
        "from geoops.corridors import native; import hashlib;"
        "print(native.available(), hashlib.sha256(hours.tobytes()).hexdigest())"
    )
    numba = run(tmp_path / "site", "-c", code, cwd=tmp_path).split()
    native = run(unpacked, "-c", code, cwd=tmp_path).split()
    assert numba[0] == "False"
    assert numba[1] == native[1]


def test_an_installed_geoops_works_outside_the_repository(unpacked, tmp_path):
    code = (
        "import json, geoops as go; s = go.geocode(['Deir al-Zor', 'Hamrin Mountains']);"
        "n = go.nearest(s, 'oil_gas_fields');"
        "print(json.dumps([go.__file__, list(s['status']), list(s['country']), n['distance_km'].min()]))"
    )
    home, status, country, distance = json.loads(run(unpacked, "-c", code, cwd=tmp_path))
    assert Path(home).is_relative_to(unpacked)
    assert status == ["resolved", "resolved"]
    assert country == ["SY", "IQ"]
    assert 0 <= distance < 50


def test_the_command_works_from_the_wheel(unpacked, tmp_path):
    out = json.loads(run(unpacked, "-m", "geoops.cli", "geocode", "Kirkuk", "--json", cwd=tmp_path))
    assert out[0]["country"] == "IQ"
