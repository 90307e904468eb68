"""The house itself: its floors, its public names, the size of its rooms, and what must stand in no file."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from numpydoc.validate import validate

import geoops

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "src" / "geoops").rglob("*.py"))

PROMISED = [
    "geocode",
    "candidates",
    "find_places",
    "read_places",
    "read_text",
    "catalog",
    "layer",
    "nearest",
    "within",
    "rings",
    "distance_surface",
    "events_near",
    "Friction",
    "friction",
    "travel_time",
    "corridor",
    "corridor_network",
    "ensemble",
    "pinch_points",
    "isochrones",
    "reachable_within",
    "sites_map",
    "proximity_map",
    "corridor_map",
    "event_map",
    "atlas",
    "event_frames",
    "web_map",
    "read_brief",
    "render",
    "GeoopsError",
    "Corridor",
]


def test_imports_go_only_downward():
    done = subprocess.run(["lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False, env=_environment())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 kept, 0 broken" in done.stdout


def _environment() -> dict[str, str]:
    import os

    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "NO_COLOR": "1",
    }


@pytest.mark.parametrize("name", PROMISED)
def test_the_promised_names_are_there(name):
    assert name in geoops.__all__
    assert getattr(geoops, name) is not None


def test_no_public_name_beyond_the_promised():
    assert {*geoops.__all__} == {*PROMISED, "__version__"}
    assert set(PROMISED) <= set(dir(geoops))
    with pytest.raises(AttributeError, match="no attribute 'geocoding'"):
        geoops.geocoding  # noqa: B018


def test_importing_geoops_loads_nothing_heavy():
    heavy = ["numpy", "pandas", "geopandas", "shapely", "matplotlib", "xarray", "rasterio", "numba", "pyproj", "click"]
    code = f"import sys, geoops; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _public_functions() -> list[tuple[str, object]]:
    return [(name, getattr(geoops, name)) for name in PROMISED]


@pytest.mark.parametrize(("name", "thing"), _public_functions())
def test_public_names_are_documented_and_typed(name, thing):
    home = f"{thing.__module__}.{thing.__qualname__}"
    ours = {"GL08", "SS01", "SS04", "PR01", "PR02", "PR03", "PR04", "PR07", "RT01", "RT03", "YD01"}
    faults = [f"{code} {text}" for code, text in validate(home)["errors"] if code in ours - {"PR04", "RT03"}]
    assert faults == [], f"{home}: {faults}"
    if inspect.isfunction(thing):
        signature = inspect.signature(thing)
        untyped = [p.name for p in signature.parameters.values() if p.annotation is inspect.Parameter.empty]
        assert untyped == [], f"{home}: {untyped} have no type"
        assert signature.return_annotation is not inspect.Signature.empty


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_says_what_it_is_for_and_stays_small(path):
    text = path.read_text(encoding="utf-8")
    docstring = importlib.import_module("ast").get_docstring(importlib.import_module("ast").parse(text))
    assert docstring, "a module starts with what this room is for"
    if text.count("\n") > 400:
        assert "400 lines" in docstring, f"{text.count(chr(10))} lines, and no reason for it at the top"


@pytest.mark.parametrize("name", ["sites_map", "proximity_map", "corridor_map"])
def test_map_scripts_stay_short(name):
    assert len((ROOT / "scripts" / f"{name}.py").read_text(encoding="utf-8").splitlines()) <= 60


def _tracked_text() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout: there is no list of tracked files")
    suffixes = {".py", ".md", ".toml", ".txt", ".cfg", ".yml", ".yaml", ".json", ".csv", ".sh", ""}
    paths = [ROOT / name.decode() for name in done.stdout.split(b"\0") if name]
    return [path for path in paths if path.suffix in suffixes and path.is_file()]


def test_no_file_names_a_registrys_host_or_a_path_of_a_machine():
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "npmjs" + ".com", "deb.debian" + ".org"]
    shared = ROOT.parent in (Path("/"), Path(tempfile.gettempdir()))  # places that a file may name
    pattern = re.compile("|".join(map(re.escape, hosts if shared else [*hosts, f"{ROOT.parent}/"])))
    found = [
        str(path.relative_to(ROOT)) for path in _tracked_text() if pattern.search(path.read_text("utf-8", "replace"))
    ]
    assert found == []


def test_the_repository_stays_small():
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout: there is no list of tracked files")
    sizes = {
        name.decode(): (ROOT / name.decode()).stat().st_size
        for name in done.stdout.split(b"\0")
        if name and (ROOT / name.decode()).exists()
    }
    assert sum(sizes.values()) < 80e6
    assert {n: s for n, s in sizes.items() if n.startswith("outputs/") and s > 2e6} == {}
    assert sum(s for n, s in sizes.items() if n.startswith("outputs/")) < 30e6
    assert sum(s for n, s in sizes.items() if n.startswith("layers/")) < 38e6  # the wheel stays under 40 MB
