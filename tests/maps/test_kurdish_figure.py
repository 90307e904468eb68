"""A figure whose first language is Kurmanji says its own words in it, and reads from the left."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from matplotlib.text import Text
from tests.maps.conftest import months
from tests.maps.test_images import corridor

import geoops.maps.wording as words_module
from geoops import maps
from geoops.maps.figures import sites_map
from geoops.maps.typefaces import missing_glyphs

WORDS = Path(words_module.__file__).parent / "words"


def table(language):
    read = tomllib.loads((WORDS / f"{language}.toml").read_text(encoding="utf-8"))
    return {**read["words"], **read["parts"]}


def test_every_word_of_a_sites_map_is_kurdish(testland, sites):
    figure = sites_map(sites, date="2025-06-30", languages=("ku", "en"))
    assert figure.words.missing == set()
    own = [t.get_text() for t in figure.fig.findobj(Text) if t.get_gid() == "legend"]
    assert any(text.startswith("Cihê navborî") for text in own)
    assert not [text for text in own if re.search(r"\b(?:place|boundary|road|river)\b", text, re.IGNORECASE)]
    assert not [f for f in figure.check() if f.code in {"untranslated", "overlap"}]


def test_the_title_stands_at_the_left(testland, sites):
    figure = sites_map(sites, title="Cih", date="2025", languages=("ku",))
    (title,) = [t for t in figure.fig.findobj(Text) if t.get_gid() == "title"]
    assert title.get_horizontalalignment() == "left"


ASSUMED = ["The pace on a road does not depend on its slope.", "Borders may be passed anywhere, without delay."]
LANGUAGES = sorted(file.stem for file in WORDS.glob("*.toml"))


def test_all_tables_say_the_same_things():
    keys = {language: set(table(language)) for language in LANGUAGES}
    every = set.union(*keys.values())
    assert {language: sorted(every - own) for language, own in keys.items()} == {language: [] for language in LANGUAGES}
    assert len(LANGUAGES) > 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_table_keeps_the_gaps_of_its_keys_and_has_only_letters_that_can_be_drawn(language):
    for key, value in table(language).items():
        assert value.count("{}") == len(re.findall(r"\{#?\}", key)), key
        assert not missing_glyphs(value), key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("layout", ["panels", "map"])
def test_every_word_of_a_proximity_map_is_translated(testland, sites, nearest_tables, language, layout):
    figure = maps.proximity_map(
        sites.iloc[:3], nearest_tables, layout=layout, date="2025-06-30", languages=(language, "en")
    )
    assert figure.words.missing == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", ["a4-landscape", "journal-84"])
def test_every_word_of_an_event_map_is_translated(testland, sites, language, size):
    rng = np.random.default_rng(8)
    points = shapely.points(rng.normal((41.0, 35.2), (1.2, 0.6), (300, 2)))
    events = sites.iloc[np.zeros(300, dtype=int)].reset_index(drop=True).set_geometry(points, crs="EPSG:4326")
    for dated in (
        events,
        events.assign(date=np.resize(months(12), 300)),
        events.assign(date=np.resize(months(300), 300)),
    ):
        figure = maps.event_map(dated, date="2025-06-30", languages=(language, "en"), size=size)
        assert figure.words.missing == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", ["a4-landscape", "a4-portrait", "journal-84"])
def test_every_word_of_a_corridor_map_is_translated(testland, sites, language, size):
    """Also of what stands in the margin where no table beside the map has it."""
    crossings = gpd.GeoDataFrame(
        {"name": ["Gate", None], "country_a": "WL", "country_b": "EL", "type": "listed"},
        geometry=shapely.points([(41.0, 35.4), (41.2, 35.4)]), crs="EPSG:4326",
    )  # fmt: skip
    over = replace(corridor(), crossings=crossings, attrs={"assumptions": ASSUMED})
    for way in (corridor(), over):
        figure = maps.corridor_map(way, sites=sites.iloc[:2], date="2025-06-30", languages=(language, "en"), size=size)
        assert figure.words.missing == set()
