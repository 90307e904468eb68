"""The page opened in a real browser: it draws, holds every site, and no name of it runs."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from geoops.report import web_map

from .conftest import HOSTILE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (Debian: apt-get install chromium)")


def opened(path, profile):
    """The page's document after its scripts have run, and what they wrote to the console."""
    result = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={profile}",
            "--virtual-time-budget=5000", "--enable-logging=stderr", "--v=0", "--host-resolver-rules=MAP * ~NOTFOUND",
            "--dump-dom", path.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return result.stdout, [line for line in result.stderr.splitlines() if "CONSOLE" in line]


def test_the_page_draws_its_map_without_an_error(sites, analysis, journey, tmp_path):
    path = web_map(sites, layers=analysis.layers, corridors=[journey], base={}, title="Named").save(tmp_path / "m.html")
    document, console = opened(path, tmp_path / "profile")
    assert 'data-ready="true"' in document
    assert console == []
    assert document.count('class="leaflet-tooltip') == 3  # the sites that have a place
    labels = re.findall(r'<input[^>]*type="checkbox"[^>]*><span>\s*<span><span[^>]*></span>([^<]*)', document)
    assert labels == ["Corridors, vehicle (modelled)", "Wells", "Named sites"]
    assert "km</div>" in document  # the scale bar


def test_no_name_runs_in_the_browser(sites, analysis, tmp_path):
    names = [*HOSTILE[:2], "<img src=x onerror=document.title='run'>"]
    for at, name in enumerate(names):
        sites.loc[at, ["name", "query", "name_local", "source"]] = name
    analysis.layers["wells"].loc[0, "name"] = names[2]
    analysis.layers["wells"].attrs["layer"]["title"] = names[2]
    path = web_map(sites, layers=analysis.layers, base={}, title="Named", notes=dict.fromkeys(names, names[2])).save(
        tmp_path / "m.html"
    )
    document, console = opened(path, tmp_path / "profile")
    assert 'data-ready="true"' in document
    assert console == []
    assert "<title>Named</title>" in document
    assert "<img" not in document
    assert ">{{7*7}}<" in document  # as it is written, not worked out
