"""Texts as they come: none, none of places, in other languages and encodings, of five megabytes, no text at all."""

from __future__ import annotations

import codecs
import json
import re

import pandas as pd
import pytest

import geoops as go
from geoops.cli import run
from geoops.core.errors import BriefError, InputError, ReadError
from geoops.core.reading import read_text
from geoops.report import parse_brief
from geoops.report.drafting import brief_from_text, no_place_words
from geoops.report.text_sites import MOST_DRAWN, MOST_SITES, MOST_TABLED, chosen, labels_of

ENGLISH = "News\n\nA convoy left Alphaton on Monday. A market in Betaville was reopened.\n"
ARABIC = "أخبار\n\nغادرت القافلة كركوك يوم الأربعاء ومرت عبر الحسكة باتجاه مخيم الهول. وبقيت دير الزور هادئة.\n"
SPANISH = "Noticias\n\nEl convoy salió de Kirkuk el miércoles y pasó por Hasaka. Deir ez-Zor permaneció en calma.\n"
RUSSIAN = "Новости\n\nВ среду конвой вышел из Киркука и прошёл через Хасаку.\n"
CHINESE = "新闻\n\n车队周三离开基尔库克，经哈塞克前往霍尔难民营。\n"


def text_of(tmp_path, body, name="text.txt"):
    file = tmp_path / name
    file.write_bytes(body if isinstance(body, bytes) else body.encode())
    return file


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "holds no words"),
        (" \n\n\t", "holds no words"),
        ("12 34 -- !", "holds no words"),
        ("Nothing is named here. People ate well.", "names no place that the gazetteer knows"),
        (RUSSIAN, "mostly in Cyrillic letters"),
        (CHINESE, "mostly in Chinese letters"),
        ("키르쿠크에서 호송대가 출발했다", "mostly in Korean letters"),
    ],
)
def test_a_text_without_a_place_says_why_and_what_to_do(in_world, tmp_path, capsys, body, words):
    file = text_of(tmp_path, body)
    with pytest.raises(InputError, match="geoops new NAME") as raised:
        brief_from_text(file, date="2025-06-30")
    assert words in str(raised.value)
    assert str(file) in str(raised.value)
    out = tmp_path / "out"
    assert run(["report", str(file), "--date", "2025-06-30", "--out", str(out)]) == 2
    err = capsys.readouterr().err
    assert len(err.strip().splitlines()) == 1
    assert not out.exists()
    assert run(["places", str(file)]) == 1
    assert words in capsys.readouterr().err
    assert run(["new", "--text", str(file), "--date", "2025-06-30"]) == 2
    assert words in capsys.readouterr().err


def test_spanish_and_arabic_texts_are_read(tmp_path):
    assert [s.name for s in brief_from_text(text_of(tmp_path, SPANISH), date="2025-06-30").sites] == [
        "Kirkuk", "Hasaka", "Deir ez-Zor",
    ]  # fmt: skip
    brief = brief_from_text(text_of(tmp_path, ARABIC), date="2025-06-30")
    assert [s.name for s in brief.sites] == ["كركوك", "الحسكة", "مخيم الهول", "دير الزور"]
    assert brief.citations[0].text == "غادرت القافلة كركوك يوم الأربعاء ومرت عبر الحسكة باتجاه مخيم الهول."


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_utf_16_with_its_mark_is_read_as_windows_writes_it(in_world, tmp_path, mark):
    name = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
    file = text_of(tmp_path, mark + ENGLISH.encode(name))
    assert read_text(file) == ENGLISH
    assert [s.name for s in brief_from_text(file, date="2025-06-30").sites] == ["Alphaton", "Betaville"]
    assert read_text(text_of(tmp_path, codecs.BOM_UTF8 + ENGLISH.encode())) == ENGLISH


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (ARABIC.encode("cp1256"), "Windows-1256 (Arabic) or Windows-1251"),
        (RUSSIAN.encode("cp1251"), "Windows-1256 (Arabic) or Windows-1251"),
        (SPANISH.encode("cp1252"), "Windows-1252"),
        (ENGLISH.encode("utf-16-le"), "UTF-16LE"),
        (ENGLISH.encode("utf-16-be"), "UTF-16BE"),
        (ENGLISH.encode("utf-32"), "UTF-32"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8a\x00", "not UTF-16"),
        (bytes(range(256)) * 50, "no text at all"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(200)) * 9, "no text at all"),
        (b"PK\x03\x04\x14\x00" + bytes(range(256)) * 9, "no text at all"),
    ],
)
def test_other_encodings_are_refused_with_what_they_may_be(tmp_path, body, words):
    """They are never guessed: cp1256 read as cp1251 would give names that nobody wrote."""
    file = text_of(tmp_path, body)
    with pytest.raises(ReadError) as raised:
        read_text(file)
    assert words in str(raised.value)
    assert "UTF-8" in str(raised.value)
    found = re.search(r"iconv -f (\S+)", str(raised.value))
    if found and "UTF-16" not in words:
        codecs.lookup(found[1])  # a name that there is


def test_the_letters_of_a_text_are_told():
    assert no_place_words("aαбв").startswith(
        "is mostly in Cyrillic letters: places are found in texts in Latin and Arabic"
    )
    assert no_place_words("\u0b95\u0b9f").startswith("is mostly in Tamil letters")


def test_a_text_of_five_megabytes_gives_its_places(in_world, tmp_path):
    filler = "Nobody was there and nothing came of it, as the weather was bad and the road was long. " * 20 + "\n"
    body = ENGLISH + filler * (5_000_000 // len(filler) + 1) + "The last word came from Gammaburg.\n"
    assert len(body) > 5_000_000
    brief = brief_from_text(text_of(tmp_path, body), date="2025-06-30")
    assert [s.name for s in brief.sites] == ["Alphaton", "Betaville", "Gammaburg"]
    assert len(json.dumps(brief.model_dump(mode="json"))) < 20_000  # the text itself is not carried along


def test_of_many_places_the_figures_show_those_named_most_and_the_rest_is_said(tmp_path):
    """Five megabytes with a hundred places: those at the end of the text are named most."""
    table = pd.DataFrame(go.layer("places", region=(38.0, 33.0, 46.0, 38.0)).drop(columns="geometry"))
    names = table[table["name"].str.fullmatch("[A-Z][a-z]{5,14}")].nlargest(100, "population")["name"].tolist()
    filler = "Nobody was there and nothing came of it, as the weather was bad and the road was long. " * 20 + "\n\n"
    lines = [f"A convoy passed through {name} on Monday. " * (3 if name in names[60:] else 1) for name in names]
    body = "News\n\n" + "\n\n".join(lines) + "\n\n" + filler * (5_000_000 // len(filler))
    said = []
    brief = brief_from_text(
        text_of(tmp_path, body), date="2025-06-30", progress=lambda words, share: said.append((words, share))
    )
    shown = [s.shown for s in brief.sites]
    assert len(shown) > 80
    assert brief.summary.startswith("The text names ")
    assert "The figures show the 40 that it names most often" in brief.summary
    drawn, same, tabled = (figure.sites for figure in brief.wanted_figures())
    assert drawn == same
    assert (len(drawn), len(tabled)) == (MOST_DRAWN, MOST_TABLED)
    assert set(tabled) < set(drawn)
    assert set(drawn) <= set(shown)
    assert len(set(drawn) & set(names[60:])) > 30
    shares = [share for _, share in said]
    assert len(shares) > 20
    assert shares == sorted(shares)


def test_places_of_one_name_are_told_apart_and_the_table_of_a_long_text_has_an_end():
    twins = [{"name": "Tripoli", "country": code} for code in ("LB", "LY", "LY", None)]
    assert labels_of(twins) == ["Tripoli", "Tripoli (LY)", "Tripoli (2)", "Tripoli (3)"]
    many = [{"name": f"P{n}", "lon": 40.0 + n / 1000, "lat": 35.0, "mentions": 1 + n % 7} for n in range(700)]
    choice = chosen(many)
    assert (len(choice.sites), len(choice.drawn)) == (MOST_SITES, MOST_DRAWN)
    assert min(p["mentions"] for p in choice.drawn) == 7
    assert [p["lon"] for p in choice.sites] == sorted(p["lon"] for p in choice.sites)
    assert "names 700 places" in choice.words[0]
    assert f"hold {MOST_SITES}" in choice.words[0]
    few = chosen(many[:MOST_DRAWN])
    assert (len(few.drawn), len(few.tabled)) == (MOST_DRAWN, MOST_TABLED)
    assert few.words == (
        "The figure of distances shows the 24 of 40 places that it names most often; the tables hold all of them.",
    )
    assert chosen(many[:MOST_TABLED]).words == ()


def test_a_file_beyond_what_is_read_is_refused_by_its_size(tmp_path):
    file = tmp_path / "huge.txt"
    with file.open("wb") as stream:
        stream.truncate(65 * 2**20)
    with pytest.raises(ReadError, match="at most"):
        read_text(file)


def test_a_capital_across_the_ocean_does_not_stretch_the_figures_and_is_named(tmp_path):
    near = "A convoy went from Kirkuk to Hasakah. Deir al-Zor and Palmyra were quiet, and so was Homs.\n"
    brief = brief_from_text(text_of(tmp_path, f"News\n\n{near}Planners in Washington disagree.\n"), date="2025-06-30")
    assert [s.name for s in brief.sites] == ["Kirkuk", "Hasakah", "Deir al-Zor", "Palmyra", "Homs"]
    assert brief.summary == "Also named, over 2,000 km from the others and not drawn: Washington."
    assert brief_from_text(text_of(tmp_path, f"News\n\n{near}"), date="2025-06-30").summary == ""
    world = "Talks were held in Tokyo, in Paris, in Nairobi and in Lima.\n"
    brief = brief_from_text(text_of(tmp_path, f"News\n\n{world}"), date="2025-06-30")
    assert [s.name for s in brief.sites] == ["Tokyo", "Paris", "Nairobi", "Lima"]


# --- briefs with mistakes of every kind at once


def test_two_hundred_mistakes_of_every_kind_each_have_line_key_and_what_was_expected():
    lines = ['title = ""', 'date = "2025-13-40"', "unknwon = 1", 'theme = "nosuch"', "region = [50, 90, 10, -95]"]
    sites = [
        'name = ""', "name = 3", 'name = "A"\nuncertainty_km = -1', 'name = "B"\nat = [999, 35]', 'name = "C"\ncountry = "Syria"',
        'name = "D"\ncolour = "red"', 'name = "E"\ncites = ["nobody"]', 'name = "F"\nnear = [1]',
    ]  # fmt: skip
    for number in range(200):
        lines += ["[[sites]]", *sites[number % len(sites)].replace('"A"', f'"A{number}"').split("\n")]
    text = "\n".join(lines)
    with pytest.raises(BriefError) as raised:
        parse_brief(text)
    problems = raised.value.problems
    assert len(problems) >= 200
    written = text.split("\n")
    places = []
    for problem in problems:
        found = re.match(r"line (\d+): ([\w\[\].]+): \S", problem)
        assert found, problem
        line, key = int(found[1]), found[2].split(".")[-1].split("[")[0]
        assert key in written[line - 1] or written[line - 1] == "[[sites]]", problem
        places.append(line)
    assert places == sorted(places)
    told = "\n".join(problems)
    for words in (
        "unknwon: unknown key",
        "date: ",
        "region",
        "theme",
        "colour: unknown key",
        "cites",
        "uncertainty_km",
        "country",
    ):
        assert words in told
