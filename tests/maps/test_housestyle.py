"""A house's own colours, fonts, logo and words come from one small file, and what is wrong with it is said at once."""

from __future__ import annotations

import shutil

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image

from geoops import maps
from geoops.core.errors import InputError, ReadError
from geoops.maps.housestyle import house_theme, logo_pixels
from geoops.maps.theme import THEMES, theme_named
from geoops.maps.typefaces import family, missing_glyphs, use_fonts

SERIF = f"{mpl.get_data_path()}/fonts/ttf/DejaVuSerif.ttf"


@pytest.fixture(autouse=True)
def _fonts_of_the_package_again():
    yield
    use_fonts()


@pytest.fixture
def house(tmp_path):
    shutil.copy(SERIF, tmp_path / "serif.ttf")
    Image.new("RGBA", (120, 60), (10, 120, 200, 255)).save(tmp_path / "logo.png")
    file = tmp_path / "house.toml"
    file.write_text(
        'base = "newsroom"\nsite = "#00457c"\nfonts = ["serif.ttf"]\nlogo = "logo.png"\n'
        'disclaimer = "Our own disclaimer."\nproducer = "The Desk"\n',
        encoding="utf-8",
    )
    return file


def test_a_file_changes_what_it_names_and_keeps_the_rest(house):
    made = theme_named(str(house))
    assert (made.name, made.site, made.producer) == ("house", "#00457c", "The Desk")
    assert made.land == THEMES["newsroom"].land
    assert made.fonts == (str(house.parent / "serif.ttf"),)


def test_a_figure_is_set_in_the_house_s_fonts_with_its_logo_and_words(testland, sites, house, tmp_path):
    figure = maps.sites_map(sites, title="Places", date="2025-06-30", theme=str(house), languages=("en", "ar"))
    titles = [t for t in figure.fig.findobj(Text) if t.get_gid() == "title"]
    assert titles[0].get_fontfamily() == ["DejaVu Serif", "Noto Sans", "Noto Sans Arabic"]
    margin = " ".join(t.get_text() for t in figure.fig.findobj(Text) if t.get_gid() == "margin")
    assert "Our own disclaimer." in margin
    assert "The Desk" in margin
    assert not figure.check()
    with Image.open(figure.save(tmp_path / "x.png", dpi=80)) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    blue = np.abs(pixels - (10, 120, 200)).sum(axis=2) < 30
    rows, columns = np.nonzero(blue)
    assert blue.sum() > 300
    assert columns.mean() > 0.85 * pixels.shape[1]
    assert rows.mean() < 0.1 * pixels.shape[0]
    svg = figure.save(tmp_path / "x.svg").read_text(encoding="utf-8")
    assert "font-family:'DejaVu Serif'" in svg


def test_the_next_figure_is_set_in_the_package_s_fonts_again(testland, sites, house):
    maps.sites_map(sites, title="Places", date="2025-06-30", theme=str(house))
    plain = maps.sites_map(sites, title="Places", date="2025-06-30")
    assert family() == ("Noto Sans", "Noto Sans Arabic")
    titles = [t for t in plain.fig.findobj(Text) if t.get_gid() == "title"]
    assert titles[0].get_fontfamily() == ["Noto Sans", "Noto Sans Arabic"]


def test_a_house_s_font_may_have_letters_that_the_package_lacks():
    assert missing_glyphs("ⴰ") == "ⴰ"
    use_fonts([f"{mpl.get_data_path()}/fonts/ttf/DejaVuSans.ttf"])
    assert missing_glyphs("ⴰ") == ""


def test_all_mistakes_are_told_at_once(tmp_path):
    file = tmp_path / "house.toml"
    file.write_text('colour = "#000000"\nsite = "red"\nbands = ["#000000"]\nshade = 3\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        house_theme(file)
    words = str(caught.value)
    assert "4 mistake(s)" in words
    for part in ("colour: no such field", "site = 'red': expected a colour", "expected 4 colours", "from 0 to 1"):
        assert part in words


def test_a_font_or_a_logo_that_is_none_is_named(testland, sites, tmp_path):
    (tmp_path / "bad.ttf").write_text("no font", encoding="utf-8")
    (tmp_path / "bad.png").write_text("no picture", encoding="utf-8")
    file = tmp_path / "house.toml"
    file.write_text('fonts = "bad.ttf"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.ttf: is no font"):
        maps.sites_map(sites, date="2025-06-30", theme=str(file))
    file.write_text('fonts = "gone.ttf"\n', encoding="utf-8")
    with pytest.raises(InputError, match="expected a font file"):
        maps.sites_map(sites, date="2025-06-30", theme=str(file))
    file.write_text('logo = "bad.png"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.png: no PNG or JPEG"):
        house_theme(file)
    Image.new("1", (7000, 10)).save(tmp_path / "wide.png")
    with pytest.raises(InputError, match="at most 6000"):
        logo_pixels(str(tmp_path / "wide.png"))


def test_a_file_that_is_no_look_is_refused(tmp_path):
    file = tmp_path / "house.toml"
    file.write_text("base = \n", encoding="utf-8")
    with pytest.raises(InputError, match="not valid TOML"):
        house_theme(file)
    file.write_text('base = "neon"\n', encoding="utf-8")
    with pytest.raises(InputError, match="report, slide"):
        house_theme(file)
    with pytest.raises(ReadError):
        house_theme(tmp_path / "gone.toml")
