"""The linter: each fault is found on a figure that has it, with a remedy, and on no other."""

from __future__ import annotations

from dataclasses import replace

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
