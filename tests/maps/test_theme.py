"""Palettes with enough contrast, fonts that are there, and letters that no font has."""

from __future__ import annotations

import pytest

from geoops.core.errors import InputError
from geoops.maps import typefaces
from geoops.maps.theme import SIZES, THEMES, contrast, page_size, theme_named
from geoops.maps.typefaces import check_glyphs, font_files, missing_glyphs


def test_contrast_is_that_of_the_standard():
    # Examples of the W3C's own explanation: #777777 on white fails 4.5 by a hair, #767676 passes.
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("name", list(THEMES))
def test_what_a_figure_is_about_stands_out_from_the_land(name):
    theme = THEMES[name]
    for color in (
        theme.site,
        theme.oil,
        theme.power,
        theme.crossing,
        theme.camp,
        theme.dam,
        theme.transport,
        theme.route,
        *theme.band_edges,
    ):
        for ground in (theme.land, *theme.relief):
            assert contrast(color, ground) >= 3.0, (color, ground)
    for text in (theme.ink, theme.secondary):
        assert contrast(text, theme.page) >= 4.5
    for text in (theme.town, theme.ink, theme.country, theme.water_text):
        assert contrast(text, theme.land) >= 4.5 or text == theme.country
    assert contrast(theme.country, theme.land) >= 3.0
    assert contrast(theme.badge_text, theme.route) >= 4.5


def test_bands_darken_in_grey_towards_the_fastest():
    for name in ("report", "print"):
        tones = [contrast(color, "#000000") for color in THEMES[name].bands]
        assert tones == sorted(tones)


def test_fonts_travel_with_the_package_and_are_small():
    files = font_files()
    assert {f.name for f in files} == {
        "NotoSans-Regular.ttf", "NotoSans-Bold.ttf", "NotoSans-Italic.ttf", "NotoSansArabic-Regular.ttf", "NotoSansArabic-Bold.ttf",
    }  # fmt: skip
    assert sum(f.stat().st_size for f in files) < 2_000_000
    assert "SIL Open Font License" in (files[0].parent / "OFL.txt").read_text(encoding="utf-8")


def test_missing_fonts_are_said(monkeypatch, tmp_path):
    monkeypatch.setattr(typefaces, "_FOLDER", tmp_path)
    with pytest.raises(InputError, match="install geoops again"):
        font_files()


def test_letters_that_no_font_has_are_named():
    assert missing_glyphs("Deir al-Zor دير الزور Dêrazor Київ\u200f") == ""
    assert missing_glyphs("京都") == "京都"
    with pytest.raises(InputError, match=r"U\+4EAC"):
        check_glyphs("京", what="the site name")


def test_unknown_themes_and_sizes_name_those_that_exist():
    with pytest.raises(InputError, match=r"report, slide, print, newsroom.*\.toml"):
        theme_named("neon")
    with pytest.raises(InputError, match="a4-landscape"):
        page_size("a5")
    assert theme_named(THEMES["print"]).name == "print"
    assert page_size(SIZES["square"]).width_mm == 200.0
