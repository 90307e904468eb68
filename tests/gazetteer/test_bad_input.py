"""What people paste into a list of names: a row for each input, in order, no crash, and no place that nobody named."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoops.core.errors import InputError
from geoops.core.schema import SITE_COLUMNS
from geoops.gazetteer import candidates, geocode
from geoops.gazetteer.names import normal

HARD = ["Kirkuk", "كركوك", "دير الزور Deir ez-Zor", "\u202eKirkuk\u202c", "Kir\x00kuk", "\ud800Kirkuk", "Kirkuk\n\t", "36.39, 41.15",
        "41.15E 36.39N", "95.0, 200.0", "12345", "3.14", "-", "'", '"', "(", ")", "()", ",", "،", "Kirkuk,", ", Iraq", "Kirkuk, Iraq",
        "(Iraq)", "geonames/94787", "geonames/", "/", "a/b", "%s", "{}", "\\", "\u200f", "\u0651", "é" * 500, "ال" * 250, "the", "al",
        "=cmd()", "<b>", "NaN", "None", "null", "🏔", "Ⅷ", "ﷺ", "K" * 500, "1 2", "0,0"]  # fmt: skip
anything = st.one_of(
    st.text(st.characters(), max_size=60),
    st.text(st.characters(categories=["Cs", "Cc", "Cf", "Mn", "Zs"]), max_size=20),
    st.text(alphabet="ابتةكر يAEIkrq'’-,.()0123456789°NSEW\u200f\u202e", max_size=40),
    st.sampled_from(HARD),
    st.lists(st.sampled_from(HARD), min_size=2, max_size=4).map(" ".join),
    st.none(),
    st.just(float("nan")),
    st.just(pd.NA),
    st.just(pd.NaT),
    st.integers(),
    st.floats(),
    st.just(np.int64(7)),
)
quick = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(st.lists(anything, max_size=12))
def test_a_row_for_each_input_in_order_and_nothing_invented(gazetteer, names):
    sites = geocode(names, gazetteer=gazetteer)
    assert len(sites) == len(names)
    assert list(sites.columns) == list(SITE_COLUMNS)
    for given_name, (_, site) in zip(names, sites.iterrows(), strict=True):
        assert site["status"] in {"resolved", "ambiguous", "not_found"}
        found = site["status"] != "not_found"
        assert (site.geometry is not None) == found
        assert isinstance(site["reason"], str)
        assert site["reason"]
        site["query"].encode("utf-8")
        assert "\n" not in site["query"]
        if found:
            assert abs(site.geometry.x) <= 180
            assert abs(site.geometry.y) <= 90
            assert site["uncertainty_m"] > 0
            assert 0 < site["score"] <= 1
        else:
            assert math.isnan(site["uncertainty_m"])
            assert site["gazetteer_id"] is None
        if not isinstance(given_name, str) or not normal(given_name):
            assert not found, "a place out of nothing"


@quick
@given(st.lists(st.sampled_from(HARD), min_size=1, max_size=6), st.integers(min_value=2, max_value=4))
def test_the_same_name_twice_gets_the_same_row_twice(gazetteer, names, times):
    sites = geocode(names * times, gazetteer=gazetteer)
    for at in range(len(names)):
        rows = [sites.iloc[at + turn * len(names)] for turn in range(times)]
        assert len({(row["status"], row["gazetteer_id"], row["score"], row["reason"]) for row in rows}) == 1


@quick
@given(st.text(st.characters(), max_size=120))
def test_candidates_never_break_and_are_ranked(gazetteer, name):
    table = candidates(name, gazetteer=gazetteer)
    assert table["score"].is_monotonic_decreasing
    if not normal(name):
        assert table.empty


@quick
@given(st.text(alphabet="qxzjvkwpbdfg", min_size=9, max_size=14))
def test_letters_without_a_sense_are_no_place(gazetteer, name):
    """Consonants at random, nine and more: no place is called so, and none is near enough to be meant."""
    assert geocode([name], gazetteer=gazetteer)["status"].tolist() == ["not_found"]


def test_each_of_the_hard_ones_is_what_it_should_be(gazetteer):
    sites = geocode(HARD, gazetteer=gazetteer)
    by = dict(zip(HARD, sites.to_dict(orient="records"), strict=True))
    kirkuk = ["Kirkuk", "كركوك", "\u202eKirkuk\u202c", "Kir\x00kuk", "Kirkuk\n\t", "Kirkuk, Iraq", "geonames/94787"]
    assert {by[name]["gazetteer_id"] for name in kirkuk} == {"geonames/94787"}
    assert by["36.39, 41.15"]["reason"] == "coordinates: read as latitude 36.39, longitude 41.15"
    assert by["95.0, 200.0"]["status"] == "not_found"
    nothing = ["12345", "3.14", "-", "'", "(", "()", ",", "،", "geonames/", "/", "a/b", "%s", "{}", "\\", "\u200f", "\u0651", "é" * 500,
               "ال" * 250, "<b>", "NaN", "None", "null", "🏔", "K" * 500, "1 2"]  # fmt: skip
    assert {by[name]["status"] for name in nothing} == {"not_found"}, [
        n for n in nothing if by[n]["status"] != "not_found"
    ]


@pytest.mark.parametrize("text", ["36.39, 41.15", "36.39 41.15", "(36.39, 41.15)", "36.39;41.15", "36.39°, 41.15°"])
def test_coordinates_in_any_punctuation_are_the_same_point(gazetteer, text):
    site = geocode([text], gazetteer=gazetteer).iloc[0]
    assert (site.geometry.x, site.geometry.y) == (41.15, 36.39)
    assert re.search(r"latitude 36\.39, longitude 41\.15", site["reason"])
    assert site["kind"] == "PT"
    assert site["uncertainty_m"] > 500  # two decimals


def test_ten_thousand_names_with_many_doubles_and_gaps_keep_their_order(gazetteer):
    names = ["Kirkuk", None, "Nowhere at all", "كركوك", "", "36.39, 41.15", float("nan"), "Homs"] * 1250
    sites = geocode(names, gazetteer=gazetteer)
    assert len(sites) == 10_000
    assert sites["status"].tolist()[:8] * 1250 == sites["status"].tolist()
    assert sites["status"].tolist()[:8] == ["resolved", "not_found", "not_found", "resolved", "not_found", "resolved", "not_found",
                                            "resolved"]  # fmt: skip


@pytest.mark.parametrize("names", [pd.DataFrame({"place": ["Kirkuk"]}), np.array("Kirkuk"), np.array([["Kirkuk"]])])
def test_a_table_is_no_list_of_names(names, gazetteer):
    with pytest.raises(InputError, match=f"a text or several; {type(names).__name__} came"):
        geocode(names, gazetteer=gazetteer)


@pytest.mark.parametrize("limit", [0, 2.5, "3", None])
def test_a_limit_is_a_whole_number(limit, gazetteer):
    with pytest.raises(InputError, match="whole number of at least 1"):
        candidates("Kirkuk", limit=limit, gazetteer=gazetteer)


def test_a_country_that_is_no_code_is_refused(gazetteer):
    with pytest.raises(InputError, match="country=5"):
        geocode("Kirkuk", country=5, gazetteer=gazetteer)


def test_a_number_is_no_name():
    """Of the embedded gazetteer: "1" is short for Province No. 1, and nobody means that by it."""
    found = geocode([str(number) for number in range(70)])
    assert set(found["status"]) == {"not_found"}
    assert "number" in found["reason"][1]
