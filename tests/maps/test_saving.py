"""PNG, SVG and PDF: the same bytes each time, real text, metadata without a clock, and names drawn as they are."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET

import geopandas as gpd
import numpy as np
import pytest
import shapely
from matplotlib.text import Text
from PIL import Image

from geoops import maps
from geoops.core.errors import InputError, WriteError
from geoops.maps import basedata, lettering, saving
from geoops.maps.saving import palette_image

REGION = (36.0, 33.0, 46.0, 37.5)
ODD = ["$x_1^2$", r"back\slash", "a_b^c", "<b>&amp;", "{{7*7}}", "100 % \"'"]


def figure(sites, **kwargs):
    return maps.sites_map(
        sites, **{"date": "2024-06-01", "region": REGION, "title": "Places", "size": "journal-174", **kwargs}
    )


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_two_runs_give_the_same_bytes(testland, sites, tmp_path, suffix):
    first = figure(sites, languages=("en", "ar")).save(tmp_path / f"a{suffix}", dpi=120).read_bytes()
    basedata._CACHE.clear()
    second = figure(sites, languages=("en", "ar")).save(tmp_path / f"b{suffix}", dpi=120).read_bytes()
    assert first == second
    assert len(first) < 2_000_000


def test_a_line_of_text_stands_where_matplotlib_would_put_it(testland, sites, tmp_path, monkeypatch):
    ours = figure(sites, languages=("en", "ar"))
    monkeypatch.setattr(lettering, "_Line", Text)
    theirs = figure(sites, languages=("en", "ar"))
    assert {type(text) for text in theirs.fig.findobj(Text) if text.get_gid() == "label-site"} == {Text}
    for suffix in (".png", ".svg"):
        one, other = (fig.save(tmp_path / f"{n}{suffix}", dpi=120) for n, fig in enumerate((ours, theirs)))
        assert one.read_bytes() == other.read_bytes()


def test_saving_twice_the_same_figure_gives_the_same_bytes(testland, sites, tmp_path):
    fig = figure(sites)
    for suffix in (".svg", ".pdf", ".png"):
        assert fig.save(tmp_path / f"a{suffix}").read_bytes() == fig.save(tmp_path / f"b{suffix}").read_bytes()


def test_png_has_its_resolution_and_texts_and_no_version(testland, sites, tmp_path):
    fig = figure(sites)
    with Image.open(fig.save(tmp_path / "x.png", dpi=150)) as image:
        assert np.allclose(image.size, np.array([174, fig.size.height_mm]) / 25.4 * 150, atol=1.0)
        assert image.info["dpi"][0] == pytest.approx(150, abs=0.1)
        assert image.info["Title"] == "Places"
        assert image.info["Description"] == fig.description
        assert image.info["Software"] == "geoops"


def test_svg_is_for_readers_of_screens_and_for_editors(testland, sites, tmp_path):
    fig = figure(sites, title="Places & <names>", languages=("en", "ar"))
    raw = fig.save(tmp_path / "x.svg").read_text(encoding="utf-8")
    root = ET.fromstring(raw)
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "figure-title figure-desc"
    assert root.find(f"{space}title").text == "Places & <names>"
    assert root.find(f"{space}desc").text == fig.description
    texts = ["".join(t.itertext()) for t in root.iter(f"{space}text")]
    for words in ("Kalda", "كلدا", "Orim ?", "Senn camp"):
        assert words in texts
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    assert {
        "base",
        "boundary-international",
        "site-k",
        "site-disc-s",
        "site-extent-v",
        "north-arrow",
        "locator",
    } <= set(ids)
    assert "font-face" in raw
    assert not re.search(r"20\d\d-\d\d-\d\dT", raw)


def test_pdf_embeds_fonts_and_carries_no_clock(testland, sites, tmp_path):
    raw = figure(sites, languages=("en", "ar")).save(tmp_path / "x.pdf").read_bytes()
    assert b"/FontFile2" in raw
    assert b"/Subtype /CIDFontType2" in raw or b"/CIDFontType2" in raw
    assert b"CreationDate" not in raw
    assert b"(Places)" in raw


def test_names_with_markup_and_mathematics_are_drawn_as_they_are(testland, tmp_path):
    rng = np.random.default_rng(2)
    odd = gpd.GeoDataFrame(
        {"name": ODD}, geometry=shapely.points(rng.uniform([37, 34], [45, 37], (len(ODD), 2))), crs="EPSG:4326"
    )
    path = figure(odd, layers=(), title=r"$\alpha_1^2$ \frac", subtitle="a_b $").save(tmp_path / "x.svg")
    texts = {"".join(t.itertext()) for t in ET.parse(path).getroot().iter("{http://www.w3.org/2000/svg}text")}
    assert set(ODD) <= texts
    assert r"$\alpha_1^2$ \frac" in texts
    figure(odd, layers=()).save(tmp_path / "x.pdf")
    figure(odd, layers=()).save(tmp_path / "x.png", dpi=72)


def test_a_letter_that_no_font_has_is_an_error_before_anything_is_drawn(testland, sites):
    sites.loc["k", "name"] = "京都"
    with pytest.raises(InputError, match="site name '京都'"):
        figure(sites)
    with pytest.raises(InputError, match="title"):
        figure(sites.drop("k"), title="京都")
    with pytest.raises(InputError, match="margin text"):
        figure(sites.drop("k"), sources=["京都"])


def test_places_that_cannot_be_written(testland, sites, tmp_path):
    fig = figure(sites)
    (tmp_path / "file").write_text("x")
    with pytest.raises(WriteError):
        fig.save(tmp_path / "file" / "x.png")
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]
    with pytest.raises(InputError, match=r"\.png, \.svg, \.pdf"):
        fig.save(tmp_path / "x.jpeg")
    with pytest.raises(InputError, match="dpi=3"):
        fig.save(tmp_path / "x.png", dpi=3)


def test_a_palette_keeps_small_marks_and_stays_near_every_colour():
    y, x = np.mgrid[0:400, 0:600]
    rgb = np.dstack([200 + x * 40 // 600, 210 + y * 40 // 400, 220 + (x + y) * 20 // 1000]).astype(np.uint8)
    rgb[100:103, 101:104] = (179, 38, 30)
    image = palette_image(rgb, keep=("#b3261e", "#ffffff"))
    back = np.asarray(image.convert("RGB")).astype(int)
    assert tuple(back[101, 102]) == (179, 38, 30)
    assert np.abs(back - rgb.astype(int)).max() <= 6
    stream = io.BytesIO()
    image.save(stream, format="PNG")
    assert image.mode == "P"


INKSCAPE = "{http://www.inkscape.org/namespaces/inkscape}"


def test_an_svg_has_named_layers_in_the_order_in_which_they_lie(testland, sites, tmp_path):
    fig = figure(sites, languages=("en", "ar"))
    fig.callout((42.0, 35.0), "A remark")
    root = ET.parse(fig.save(tmp_path / "x.svg")).getroot()
    layers = [g for g in root.iter() if g.get(f"{INKSCAPE}groupmode") == "layer"]
    names = [g.get(f"{INKSCAPE}label") for g in layers]
    for name in ("Page", "Base: relief, water, roads, railways", "Graticule", "Boundaries", "Power stations", "Sites", "Towns", "Labels",
                 "Scale and north arrow", "Locator", "Frame", "Legend", "Title and summary", "Sources and small print"):  # fmt: skip
        assert name in names, name
    assert names.index("Boundaries") < names.index("Labels") < names.index("Frame")
    ids = [g.get("id") for g in root.iter() if g.get("id")]
    assert len(ids) == len(set(ids))
    assert not [
        i for i in ids if re.match(r"(patch|line2d|LineCollection|PathCollection)_", i)
    ]  # nobody knows what these are
    labels = {g.get(f"{INKSCAPE}label") for g in root.iter()}
    assert {
        "Kalda",
        "كلدا",
        "Vara Hills",
        "Halos",
        "Town labels",
    } <= labels  # symbols by their site, texts by their words


def test_layers_change_nothing_of_the_picture(testland, sites, tmp_path, monkeypatch):
    """The same elements in the same order, but for the groups round them."""

    def drawn(path):
        leaves = [e for e in ET.parse(path).getroot().iter() if not len(e) and not e.tag.endswith("}g")]
        return [(e.tag, e.get("d"), e.get("style"), e.text) for e in leaves]

    grouped = drawn(figure(sites).save(tmp_path / "a.svg"))
    monkeypatch.setattr(saving, "in_layers", lambda text, _: text)
    assert drawn(figure(sites).save(tmp_path / "b.svg")) == grouped
