"""What the page works out by itself - distances and keys - against GeographicLib and the gazetteer."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic

import geoops as go
from geoops.core.units import format_share
from geoops.gazetteer.key_rules import key_rules
from geoops.gazetteer.names import article_form, normal, romanised, skeleton

from .browsing import CHROMIUM, Opened, launched
from .conftest import HOSTILE

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright (requirements-dev.txt)")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (Debian: apt-get install chromium)"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    made = go.web_map([(40.0, 35.0)], base={}, region=(39, 34, 41, 36))
    path = made.save(tmp_path_factory.mktemp("page") / "m.html")
    with sync_api.sync_playwright() as playwright:
        browser = launched(playwright)
        with Opened(browser, path.as_uri()) as page:
            yield page
        browser.close()


def test_distances_are_geographiclibs(opened):
    draws = np.random.default_rng(5)
    pairs = np.column_stack([draws.uniform(-89, 89, 400), draws.uniform(-180, 180, 400), draws.uniform(-89, 89, 400), draws.uniform(-180, 180, 400)])  # fmt: skip
    pairs = np.vstack(
        [pairs, [[0, 0, 0, 90], [0, 0, 0.5, 179.5], [35, 40, 35, 40], [90, 0, -90, 0], [10, 179.9, 10, -179.9]]]
    )
    found = opened.run("pairs => pairs.map(p => geoops.geodesic.inverse(...p))", pairs.tolist())
    exact = 0
    for pair, got in zip(pairs, found, strict=True):
        true = Geodesic.WGS84.Inverse(*pair)
        if got["exact"]:
            exact += 1
            assert got["distance"] == pytest.approx(true["s12"], abs=1e-3)
            turn = (got["bearing"] - true["azi1"] + 180) % 360 - 180
            assert true["s12"] < 1 or true["s12"] > 1.99e7 or abs(turn) < 1e-5
        else:  # nearly opposite points: the sphere's distance, and said so
            assert got["distance"] == pytest.approx(true["s12"], rel=0.006)
    assert exact >= len(pairs) - 3


def test_the_nearest_part_of_a_line_is_geographiclibs(opened):
    from scipy.optimize import minimize_scalar

    draws = np.random.default_rng(6)
    for _ in range(12):
        line = np.column_stack([draws.uniform(34, 36, 4), draws.uniform(39, 42, 4)])
        point = [float(draws.uniform(33, 37)), float(draws.uniform(38, 43))]

        def true(point=point, line=line):
            best = np.inf
            for p, q in itertools.pairwise(line):

                def along(t, p=p, q=q):
                    return Geodesic.WGS84.Inverse(*point, *(p + t * (q - p)))["s12"]

                best = min(best, minimize_scalar(along, bounds=(0, 1), method="bounded", options={"xatol": 1e-10}).fun)
            return best

        got = opened.run(
            "([at, line]) => geoops.geodesic.nearest(at, {points: [], lines: [line], areas: []}).distance",
            [point, line.tolist()],
        )
        assert got == pytest.approx(true(), abs=1.0)
    ring = [[34, 39], [34, 41], [36, 41], [36, 39], [34, 39]]
    assert opened.run("r => geoops.geodesic.nearest([35, 40], {points: [], lines: [], areas: [[r]]})", ring)["within"]


def test_the_page_makes_the_gazetteers_keys(opened):
    frames = [go.layer("places", region=(39, 33, 46, 38)), *(go.layer(n) for n in ("regions", "camps", "countries"))]
    names = sorted(
        {n for f in frames for c in ("name", "name_local", "alt_names") for v in f[c].dropna() for n in v.split("|")}
    )
    names += [
        *HOSTILE,
        "Straße",
        "İstanbul",
        "ﬁn",
        "x\ufeffy",
        "",
        "Σίσυφος",
        "Qamişlo",
        "Arraqqa",
        "دَيْرُ الزَّوْر",
        "a" * 2000,
    ]
    assert len(names) > 5000
    got = opened.run(
        """([rules, names]) => { const k = geoops.keys(rules);
        return names.map(n => [k.normal(n), k.articleForm(n), k.romanised(n), k.skeleton(n)]); }""",
        [key_rules(), names],
    )
    for name, keys in zip(names, got, strict=True):
        assert keys == [normal(name), article_form(name), list(romanised(name)), skeleton(name)], name


def test_shares_are_written_as_in_print(opened):
    shares = [0.0, 0.002, 0.0049, 0.0051, 0.5, 0.804, 0.994, 0.9951, 0.999999, 1.0]
    look = "geoops.look(JSON.parse(document.getElementById('data').textContent))"
    assert opened.run(f"shares => {{ const look = {look}; return shares.map(s => look.share(s)); }}", shares) == [
        format_share(share).replace("%", " %") for share in shares
    ]
