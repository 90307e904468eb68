"""Marks that cannot be told from what lies under them, and maps whose scale misleads, are found on the figure as drawn."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoops import maps
from geoops.maps.legibility import _luminance, _ratios, faint_marks, scale_spread
from geoops.maps.theme import THEMES, contrast

REGION = (36.0, 33.0, 46.0, 37.5)


def made(sites, **options):
    return maps.sites_map(
        sites,
        region=REGION,
        date="2025-06-30",
        title="T",
        **{"layers": ["pipelines", "oil_gas_fields", "border_crossings"], **options},
    )


def test_contrast_of_pixels_is_that_of_the_standard():
    pixels = np.array([[255, 255, 255], [0, 0, 0], [119, 119, 119]], dtype=np.uint8)
    ratios = _ratios("#777777", pixels)
    assert ratios[0] == pytest.approx(4.48, abs=0.01)  # the W3C's own example
    assert ratios == pytest.approx([contrast("#777777", c) for c in ("#ffffff", "#000000", "#777777")])
    assert _luminance(np.array([[1.0, 1.0, 1.0]]))[0] == pytest.approx(1.0)


@pytest.mark.parametrize("name", list(THEMES))
def test_every_theme_s_marks_stand_out(testland, sites, name):
    assert faint_marks(made(sites, theme=name)) == []


def test_pale_lines_and_pale_dots_are_found_and_named(testland, sites):
    pale = replace(THEMES["report"], oil="#d8d4cc")
    found = {faint.what: faint for faint in faint_marks(made(sites, theme=pale))}
    assert {"pipelines-schematic", "oil_gas_fields-working"} <= set(found)
    assert found["pipelines-schematic"].contrast < 2.0
    assert found["pipelines-schematic"].share > 0.5
    codes = {finding.code for finding in made(sites, theme=pale).check()}
    assert "faint" in codes


def test_looking_changes_nothing(testland, sites, tmp_path):
    figure = made(sites)
    before = figure.save(tmp_path / "a.png", dpi=80).read_bytes()
    figure.check()
    assert figure.save(tmp_path / "b.png", dpi=80).read_bytes() == before


def test_a_hemisphere_is_said_to_distort_and_a_province_is_not(testland, sites):
    wide = maps.sites_map(sites, region=(-10.0, -5.0, 90.0, 70.0), date="2025", title="T", layers=())
    assert scale_spread(wide.sheets[0]) > 0.05
    assert "distorted" in {finding.code for finding in wide.check()}
    near = made(sites)
    assert scale_spread(near.sheets[0]) < 0.01
    assert "distorted" not in {finding.code for finding in near.check()}


def test_a_place_drawn_as_exact_without_saying_how_surely_is_a_finding(testland):
    bare = gpd.GeoDataFrame({"name": ["A"]}, geometry=[shapely.Point(40, 35)], crs="EPSG:4326")
    codes = {f.code: f for f in maps.sites_map(bare, region=REGION, date="2025", title="T", layers=()).check()}
    assert "A: drawn as exact" in codes["uncertainty-unknown"].message
