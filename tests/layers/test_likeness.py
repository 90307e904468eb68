"""Names of one thing are alike however they are romanised; names of neighbours are not."""

from __future__ import annotations

import pytest

from geoops.layers.likeness import likeness, spellings


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Al-Thayyem oil field", "Tayyem"),
        ("Kobanî border crossing", "Kobani"),
        ("al-Zara Thermal Power Plant", "Al-Zara power station"),
        ("Mansurya power station", "Al-Mansuriyah Power Station"),
        ("Bazerkan Oil and Gas Field", "Bazergan oil field"),
        ("Qayara", "Qayyarah oil field"),
        ("Karkamis Dam", "Karkamış Dam"),
        ("العباسي", "عباسی"),
        ("کەرکووک", "كەركووك"),
    ],
)
def test_spellings_of_one_name_are_alike(one: str, other: str) -> None:
    assert likeness([one], [other]) >= 84


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("North Rumaila", "South Rumaila"),
        ("Al-Khairat-2 power station", "Al-Khairat power station"),
        ("Greater Zab", "Lesser Zab"),
        ("Omar oil field", "Tanak oil field"),
        ("Homs", "حمص"),
        ("Kifl", ""),
    ],
)
def test_names_of_two_things_are_not(one: str, other: str) -> None:
    assert likeness([one], [other]) < 84


def test_the_best_of_several_names_counts() -> None:
    assert likeness(["Hamrin", "Jabal Hamrin"], ["Makhul", "Hamreen Mountains"]) > 84
    assert likeness([], ["Hamrin"]) == 0.0


def test_a_name_of_generic_words_alone_keeps_them() -> None:
    assert likeness(["the Station"], ["station"]) > 84


def test_texts_are_divided_into_their_names() -> None:
    assert spellings("Dibis (Kirkuk)", "A|A|B", float("nan")) == ["Dibis", "Kirkuk", "A", "B"]
