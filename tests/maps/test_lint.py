"""The linter: each fault is found on a figure that has it, with a remedy, and on no other."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pytest

from geoops import maps
from geoops.maps.lettering import draw_text
from geoops.maps.theme import THEMES, TextStyle

REGION = (36.0, 33.0, 46.0, 37.5)


def codes(sites, change=None, **kwargs):
    fig = maps.sites_map(sites, **{"date": "2024-06-01", "region": REGION, "title": "Places", **kwargs})
    if change:
        change(fig)
    return [f.code for f in fig.check()]


def test_missing_parts_are_found(testland, sites):
    assert codes(sites) == []
    assert codes(sites, date=None) == ["no-date"]
    assert codes(sites, disclaimer="") == ["no-disclaimer"]

    def no_scale(fig):
        fig.sheets[0].scale = None

    assert codes(sites, no_scale) == ["no-scale"]

    def no_title(fig):
        fig.title = ""

    assert codes(sites, no_title) == ["no-title"]


def test_licences_and_layers_that_must_stay_inside(testland, sites):
    def strip(fig):
        fig.reader.used["roads"]["licence"] = ""
        fig.reader.used["rivers"]["publish"] = False

    assert codes(sites, strip) == ["no-licence", "unpublishable"] or set(codes(sites, strip)) == {
        "no-licence",
        "unpublishable",
    }


@pytest.mark.parametrize("rotation", [0.0, 35.0])
def test_a_text_over_another_is_found_where_it_is_drawn(testland, sites, rotation):
    def cover(fig):
        label = next(t for t in fig.ax.texts + fig.ax.findobj() if getattr(t, "get_gid", lambda: "")() == "label-site")
        x, y = label.get_position()
        draw_text(fig.ax, x + 5, y, "On top", TextStyle(8.0, "#000000"), transform=fig.ax.transFrame, rotation=rotation)

    assert "overlap" in codes(sites, cover)


def test_type_below_five_points_and_weak_colours_are_found(testland, sites):
    def tiny(fig):
        draw_text(fig.ax, 300, -20, "tiny", TextStyle(3.0, "#000000"), transform=fig.ax.transFrame)

    assert codes(sites, tiny) == ["small-type"]
    pale = replace(THEMES["report"], site="#f0c0b0", secondary="#bbbbbb")
    assert codes(sites, theme=pale) == ["contrast", "contrast"]


def test_a_finding_says_how_to_mend_it(testland, sites):
    fig = maps.sites_map(sites, region=REGION, title="Places")
    (finding,) = fig.check()
    assert str(finding) == "no-date: the figure does not say what date it holds for. Give date='YYYY-MM-DD'."


def test_a_site_that_looks_surer_than_it_is_is_found(testland, sites):
    def certain(fig):
        (mark,) = (mark for mark in fig.sheets[0].marks if mark.name == "Senn camp")
        mark.how = "exact"  # as if its disc of 25 km had been left out

    assert codes(sites, certain) == ["uncertainty-hidden"]


@pytest.mark.parametrize(("metres", "how"), [(1000.0, "exact"), (9_000.0, "near"), (40_000.0, "near")])
def test_a_dot_is_drawn_only_where_the_place_lies_within_it(testland, sites, metres, how):
    one = sites.iloc[[0]].assign(uncertainty_m=metres)
    fig = maps.sites_map(one, date="2024-06-01", region=REGION, title="Places")
    (mark,) = fig.sheets[0].marks
    dot_m = (mark.symbol + 0.9) * fig.sheets[0].panel.metres_per_pt
    assert mark.how == how
    assert (metres <= dot_m) == (how == "exact")
    assert "uncertainty-hidden" not in [f.code for f in fig.check()]


def test_an_extent_too_small_to_draw_makes_a_disc_where_it_is_larger_than_the_dot(testland, sites):
    one = sites.iloc[[0]].assign(uncertainty_m=500.0)
    one["extent"] = gpd.GeoSeries([one.geometry.iloc[0].buffer(0.07)], index=one.index, crs="EPSG:4326")
    fig = maps.sites_map(one, date="2024-06-01", region=REGION, title="Places")
    (mark,) = fig.sheets[0].marks
    assert mark.how == "near"
    assert mark.doubt_pt * fig.sheets[0].panel.metres_per_pt == pytest.approx(
        7_780.0, rel=0.02
    )  # 0.07 of a degree of latitude


def test_each_fault_that_the_linter_is_for_has_a_remedy(testland, sites):
    """Missing source, a map that distorts; the others have a test of their own above."""
    bare = maps.sites_map(sites, date="2024-06-01", region=REGION, title="Places", base=(), layers=())
    bare.has_sources = False
    found = {f.code: f.remedy for f in bare.check()}
    assert found == {"no-source": "give sources=[...], or layers with their provenance"}
    wide = maps.sites_map(sites, date="2024-06-01", region=(-30.0, -20.0, 60.0, 60.0), title="Places", layers=())
    (finding,) = (f for f in wide.check() if f.code == "distorted")
    assert "smaller region" in finding.remedy
