"""Borders as places of a text: which phrases mean one, and where it runs."""

from __future__ import annotations

import pytest
import shapely
from geographiclib.geodesic import Geodesic

from geoops.gazetteer import find_places
from geoops.gazetteer.frontiers import frontiers

EARTH = Geodesic.WGS84


@pytest.mark.parametrize(
    ("text", "span", "countries"),
    [
        ("Rain fell along the Iraqi border.", "the Iraqi border", ("IQ",)),
        ("near the Iraqi-Syrian frontier", "the Iraqi-Syrian frontier", ("IQ", "SY")),
        ("at the Syria–Iraq border", "the Syria–Iraq border", ("SY", "IQ")),
        ("along the border with Saudi Arabia", "the border with Saudi Arabia", ("SA",)),
        ("on the border between Syria and Iraq", "the border between Syria and Iraq", ("SY", "IQ")),
        ("close to\nthe Lebanese border", "the Lebanese border", ("LB",)),
    ],
)
def test_a_phrase_that_means_a_border(text: str, span: str, countries: tuple[str, ...]) -> None:
    (found,) = frontiers(text)
    assert text[found.start : found.end] == span
    assert found.countries == countries


@pytest.mark.parametrize(
    "text",
    [
        "the Iraqi border guards said", "near the Rabia border crossing", "along the Zarqonian border", "a border town", "along the border",
        "the Iraqi army crossed", "along the Iraqi border crossing", "",
    ],
)  # fmt: skip
def test_other_phrases_mean_none(text: str) -> None:
    assert frontiers(text) == []


def test_the_border_of_two_countries_is_the_line_that_they_share(gazetteer) -> None:
    text = "Dust settled along the Iraqi-Syrian border."
    (row,) = find_places(text, gazetteer=gazetteer).itertuples()
    assert (row.text, row.status, row.country, row.kind) == ("the Iraqi-Syrian border", "resolved", "IQ;SY", "RGN")
    assert text[row.start : row.end] == row.text
    # In the small world both touch along 42.3° E, between 32.3° and 37.3° N.
    assert row.extent.bounds == pytest.approx((42.3, 32.3, 42.3, 37.3), abs=0.06)
    assert (row.lon, row.lat) == pytest.approx((42.3, 34.8), abs=0.1)
    for lat in (32.3, 37.3):
        assert EARTH.Inverse(row.lat, row.lon, lat, 42.3)["s12"] <= row.uncertainty_m
    assert row.uncertainty_m < 320_000


def test_the_other_country_is_the_neighbour_that_the_text_speaks_of(gazetteer) -> None:
    text = "From Homs and Damascus lorries drove to posts along the Iraqi border."
    row = find_places(text, gazetteer=gazetteer).iloc[-1]
    assert row["text"] == "the Iraqi border"
    assert row["country"] == "IQ;SY"
    assert row["name"] == "border of Iraq and Syria"


def test_a_border_without_a_neighbour_in_the_text_is_the_whole_outline(gazetteer) -> None:
    row = find_places("Storms along the Libyan border.", gazetteer=gazetteer).iloc[0]
    assert row["country"] == "LY"
    assert shapely.equals(row["extent"].envelope, shapely.box(9.3, 19.5, 25.2, 33.2))


def test_a_country_named_in_the_phrase_is_no_row_of_its_own(gazetteer) -> None:
    found = find_places("Clashes along the border between Syria and Iraq.", gazetteer=gazetteer)
    assert found["text"].tolist() == ["the border between Syria and Iraq"]


def test_a_country_that_the_gazetteer_lacks_gives_no_row(gazetteer) -> None:
    assert find_places("Clashes along the Peruvian border.", gazetteer=gazetteer).empty
