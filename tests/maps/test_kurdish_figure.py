"""A figure whose first language is Kurmanji says its own words in it, and reads from the left."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from matplotlib.text import Text

import geoops.maps.wording as words_module
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


@pytest.mark.parametrize("language", ["ku"])
def test_a_table_has_only_keys_that_the_arabic_one_has_too_and_keeps_their_gaps(language):
    arabic = table("ar")
    for key, value in table(language).items():
        assert key in arabic, key
        assert value.count("{}") == len(re.findall(r"\{#?\}", key)), key
        assert not missing_glyphs(value)
