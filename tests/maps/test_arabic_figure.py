"""A figure whose first language is Arabic reads from the right, and says its own words in Arabic."""

from __future__ import annotations

import re
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from matplotlib.text import Text

import geoops.maps.wording as words_module
from geoops.core.text import has_arabic
from geoops.corridors.borders import border_walls
from geoops.corridors.ways import river_walls
from geoops.maps.event_figure import event_map
from geoops.maps.figures import sites_map
from geoops.maps.proximity_figure import proximity_map
from geoops.maps.wording import ENGLISH, wording


def texts(figure, gid):
    """Texts of one kind with where their ink begins and ends, in points of the sheet."""
    found = []
    for text in figure.fig.findobj(Text):
        if text.get_gid() == gid and text.get_text().strip():
            box = (
                text.get_window_extent(figure.fig.canvas.get_renderer())
                if hasattr(figure.fig.canvas, "get_renderer")
                else None
            )
            found.append((text, box))
    return found


@pytest.fixture
def rendered():
    """Give a figure a canvas that can measure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    def ready(figure):
        FigureCanvasAgg(figure.fig).draw()
        return figure

    return ready


def test_every_word_of_a_sites_map_is_translated(testland, sites):
    figure = sites_map(sites, date="2025-06-30", languages=("ar", "en"))
    assert figure.words.missing == set()
    assert not [f for f in figure.check() if f.code == "untranslated"]
    own = [t.get_text() for t, _ in texts(figure, "legend")]
    assert own
    assert all(has_arabic(text) for text in own)


def test_title_legend_and_margin_change_sides(testland, sites, rendered):
    latin = rendered(sites_map(sites, title="Places", date="2025-06-30"))
    arabic = rendered(sites_map(sites, title="أماكن", date="2025-06-30", languages=("ar",)))
    width = latin.fig.bbox.width

    def middle(figure, gid):
        return float(np.mean([(box.x0 + box.x1) / 2.0 for _, box in texts(figure, gid)])) / width

    assert middle(latin, "title") < 0.3
    assert middle(arabic, "title") > 0.7
    assert middle(latin, "legend") < 0.5 < middle(arabic, "legend")
    assert middle(latin, "margin") > 0.5 > middle(arabic, "margin")


def test_the_first_panel_stands_where_reading_begins_and_the_table_on_the_other_side(
    testland, sites, nearest_tables, rendered
):
    def made(languages):
        return rendered(
            proximity_map(sites.iloc[:3], nearest_tables, layout="panels", date="2025-06-30", languages=languages)
        )

    latin, arabic = made(("en",)), made(("ar", "en"))
    lefts = [[sheet.panel.rect_mm[0] for sheet in figure.sheets[:2]] for figure in (latin, arabic)]
    assert lefts[0][0] < lefts[0][1]
    assert lefts[1][0] > lefts[1][1]
    tables = [np.mean([box.x0 for _, box in texts(figure, "table")]) for figure in (latin, arabic)]
    assert tables[0] > latin.fig.bbox.width * 0.6
    assert tables[1] < arabic.fig.bbox.width * 0.4
    assert arabic.words.missing == set()


def test_an_event_map_is_translated_too(testland, sites):
    from tests.maps.conftest import months

    events = sites.iloc[[0, 1, 2]].assign(date=months(3))
    figure = event_map(events, date="2025-06-30", languages=("ar",))
    assert figure.words.missing == set()


def test_what_the_user_wrote_is_never_touched(testland, sites):
    figure = sites_map(sites, title="Main road", subtitle="Dam", date="2025-06-30", languages=("ar",), notes=["Camp"])
    assert (figure.title, figure.subtitle) == ("Main road", "Dam")
    assert any(t.get_text().endswith("Camp") for t, _ in texts(figure, "margin"))


def test_persian_keeps_english_words_and_sides():
    assert wording("fa") is ENGLISH


def test_a_text_without_translation_is_reported_and_stays():
    arabic = wording("ar")
    assert arabic("Something quite new") == "Something quite new"
    assert arabic.missing == {"Something quite new"}
    assert wording("ar").missing == set(), "one figure's gaps are not another's"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Border crossing, closed", "معبر حدودي، مغلق"),
        ("To the nearest dam", "إلى أقرب سد"),
        ("Not placed: A and B.", "لم يُحدَّد موقعه: A وB."),
        ("4 places (each known to within 11 km), 3 areas and 1 line. Dots, discs and dashed edges show how surely each is placed.",
         "أماكن: 4 (كل منها معروف في حدود 11 كم)، مناطق: 3 وخط: 1. تبيّن النقاط والدوائر والحدود المتقطعة مدى دقة كل موقع."),
    ],
)  # fmt: skip
def test_gaps_are_filled_with_what_is_itself_looked_up(text, expected):
    assert wording("ar")(text) == expected


def test_a_date_keeps_its_order_after_arabic_letters():
    line = wording("ar").line("حتى 2025-06-30")
    assert line == "\u200fحتى \u200e2025-06-30"
    assert ENGLISH.line("as of 2025-06-30") == "as of 2025-06-30"


def test_the_table_has_as_many_gaps_on_both_sides():
    table = tomllib.loads((Path(words_module.__file__).parent / "words" / "ar.toml").read_text(encoding="utf-8"))
    for key, value in {**table["words"], **table["parts"]}.items():
        assert len(re.findall(r"\{#?\}", key)) == value.count("{}"), key
        assert has_arabic(value) or not re.search("[a-z]{2}", value), key


def test_an_svg_reads_lines_that_begin_in_arabic_from_the_right(testland, sites, tmp_path):
    """Browsers read SVG text from the left: a full stop at the end of an Arabic sentence would stand at its beginning."""
    path = sites_map(sites, date="2025-06-30", languages=("ar", "en")).save(tmp_path / "x.svg")
    texts = [e.text or "" for e in ET.parse(path).getroot().iter("{http://www.w3.org/2000/svg}text")]
    mixed = [t for t in texts if re.search("[\u0621-\u064a]", t) and re.search(r"[\d.,:()]", t)]
    assert len(mixed) > 5
    assert all(t.startswith("\u2067") and t.endswith("\u2069") for t in mixed if not re.match(r"[\W\d]*[A-Za-z]", t))
    assert not any("\u2067" in t for t in texts if not re.search("[\u0600-\u06ff\u200f]", t))


@pytest.mark.parametrize("language", ["ar", "ku"])
def test_every_assumption_about_borders_and_rivers_has_its_words(language):
    line = shapely.LineString([(40, 34), (42, 36)])
    border = gpd.GeoDataFrame({"status": ["international"], "name": ["one"]}, geometry=[line], crs=4326)
    posts = gpd.GeoDataFrame({"status": ["operating"], "name": ["post"]}, geometry=[shapely.Point(41, 35)], crs=4326)
    named = gpd.GeoDataFrame({"name": [f"River {n}" for n in range(20)]}, geometry=[line] * 20, crs=4326)
    notes = [river_walls(None)[1], river_walls(named)[1], river_walls(named.iloc[:2])[1]]
    for themes in ({}, {"boundaries": border}, {"boundaries": border, "border_crossings": posts}):
        for crossings in ("open", "any", "anywhere"):
            for delay_h in (0.0, 1.5):
                notes += border_walls(themes, crossings, delay_h).notes
    said = wording(language)
    assert len(set(notes)) == 11
    assert [note for note in notes if said(note) == note] == []
