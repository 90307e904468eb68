"""Figures at the edges, over the command line: a good figure, or one clear line and an exit code; never a traceback."""

from __future__ import annotations

import json

import pytest

from geoops.cli import run

FIGURE = """
title = "At an edge"
date = 2025-06-30
{sites}
[[figures]]
kind = "sites"
name = "edge"
formats = ["svg"]
{more}
[output]
web = false
"""


def site(name, lon, lat):
    """A site of a brief at a place of its own, known to within 300 m."""
    return f"[[sites]]\nname = {json.dumps(name)}\nat = [{lon}, {lat}]\nuncertainty_km = 0.3\n"


@pytest.fixture
def render(capsys, tmp_path):
    """Render a brief; exit code, what was said, and the figure's text where there is one."""

    def go(*sites, more="layers = []"):
        brief = tmp_path / "brief.toml"
        brief.write_text(FIGURE.format(sites="".join(sites), more=more), encoding="utf-8")
        code = run(["render", str(brief), "--out", str(tmp_path / "out")])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        drawn = list((tmp_path / "out").rglob("edge.svg"))
        return code, said.err, drawn[0].read_text(encoding="utf-8") if drawn else ""

    return go


def test_a_region_of_two_kilometres_is_a_figure_that_says_how_coarse_its_base_is(render):
    code, said, svg = render(site("Here", 44.396, 35.471), more="region = [44.385, 35.462, 44.407, 35.480]")
    assert code == 0
    assert "warning: figure" not in said
    assert "Coarse for this scale: roads ±" in svg


def test_a_hemisphere_is_a_figure_and_a_warning_that_its_scale_misleads(render):
    far = [site("A", 40, 35), site("B", -3.7, 40.4), site("C", 106.8, -6.2), site("D", 28, -26.2)]
    code, said, svg = render(*far)
    assert code == 0
    assert "warning: figure edge: distorted" in said
    assert "equal-area" in svg


def test_a_name_of_200_letters_is_a_figure_with_the_name_shortened(render):
    code, said, svg = render(site("Wadi " + "x" * 195, 40, 35), site("Short", 41, 35.4))
    assert code == 0
    assert "overlap" not in said
    assert "Wadi xxx" in svg
    assert "…" in svg


@pytest.mark.parametrize(
    ("sites", "more", "words"),
    [
        ([site("A", 179.3, -16.5), site("B", -178.2, -17.8)], "layers = []", "both sides of the antimeridian? Map each side with region="),
        ([site("A", 40, 35)], "region = [170, -20, -170, -10]", "Over the antimeridian: ask twice"),
        ([site("A", 40, 35)], "region = [40, 35, 40.001, 35.001]", "smaller than a kilometre"),
        ([site("漢", 40, 35)], "layers = []", "letters that no font of geoops has: '漢' (U+6F22)"),
        ([site("A", 40, 35)], 'theme = "nowhere.toml"', "nowhere.toml"),
        ([site("A", 40, 35)], 'size = "a9"', "a9"),
    ],
    ids=["antimeridian", "region over it", "one metre", "no glyph", "no theme", "no size"],
)  # fmt: skip
def test_what_gives_no_figure_is_one_clear_error_and_exit_2(render, sites, more, words):
    code, said, svg = render(*sites, more=more)
    assert code == 2
    assert words in said
    assert svg == "", "nothing is left that looks finished"


def test_a_house_whose_font_is_missing_is_told_so(render, tmp_path):
    (tmp_path / "house.toml").write_text('fonts = ["gone.ttf"]\n', encoding="utf-8")
    code, said, _ = render(site("A", 40, 35), more='layers = []\ntheme = "house.toml"')
    assert code == 2
    assert "gone.ttf" in said
