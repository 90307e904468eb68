"""Names become Sites: a row a name, in order, the likeliest reading first, every doubt said."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point
from tests.gazetteer.conftest import layers_of_the_small_world, write_catalogue

from geoops.core.errors import CatalogError, CoordinateError, InputError
from geoops.core.geodesy import distance
from geoops.core.schema import SITE_COLUMNS
from geoops.gazetteer import build_gazetteer, candidates, geocode
from geoops.gazetteer.precision import event_precision, geo_precision_of, precision_of
from geoops.gazetteer.sites import Alternative


def ids(sites: gpd.GeoDataFrame) -> list[str | None]:
    return sites["gazetteer_id"].tolist()


SPELLINGS = {
    "geonames/170794": ["Deir al-Zor", "Deir ez-Zor", "Deir Ezzor", "Deir-ez-Zour", "Dayr az-Zawr", "Dayr al-Zawr", "Deirezzor", "دير الزور", "دَيْرُ الزَّوْر", "Dêrazor"],
    "geonames/173797": ["al Hol", "al-Hol", "al-Hawl", "Al-Houl", "Hawl", "الهول"],
    "geonames/173811": ["Hasakah", "al-Hasakeh", "Hassaka", "Hasaka", "Hesekê", "الحسكة", "الحسکه"],
    "geonames/173377": ["Qamishli", "Kamishly", "Qamişlo", "Kamechlie", "القامشلي"],
    "region/hamrin": ["Hamrin", "Hemrin", "Jabal Hamrin", "Jebel Hamrin", "Djebel Hamrine", "Hamrin Mountains", "جبال حمرين", "حمرين"],
    "geonames/174448": ["Abu Kamal", "al-Bukamal", "Albukamal", "Al-Boukamal", "البوكمال"],
    "river/euphrates": ["Euphrates", "the Euphrates", "Euphrates River", "River Euphrates", "الفرات", "نهر الفرات"],
    "camp/al-hol": ["al Hol camp", "Al-Hawl refugee camp", "مخيم الهول"],
    "refinery/homs": ["Homs refinery", "the Homs oil refinery", "مصفاة حمص"],
}  # fmt: skip


@pytest.mark.parametrize(("place", "spelling"), [(p, s) for p, group in SPELLINGS.items() for s in group])
def test_every_spelling_leads_to_its_place(gazetteer, place, spelling):
    site = geocode([spelling], gazetteer=gazetteer).iloc[0]
    assert site["gazetteer_id"] == place, (site["name"], site["reason"])
    assert site["status"] == "resolved"
    assert 0.7 < site["score"] <= 1.0


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Kirkuk", "exact"),
        ("kirkuk", "exact"),
        ("كركوك", "exact"),
        ("Karkuk", "alternate name"),
        ("al-Kirkuk", "article"),
        ("Kirkook", "romanisation"),
        ("Kikruk", "edit distance 1"),
        ("Hamrin", "exact; without its word for mountains"),
    ],
)
def test_every_answer_says_why_it_matched(gazetteer, name, reason):
    assert geocode([name], gazetteer=gazetteer)["reason"].iloc[0] == reason


def test_consonants_alone_answer_where_the_country_is_known(gazetteer):
    assert geocode(["Palmirra Tidmir"], gazetteer=gazetteer)["status"].iloc[0] == "not_found"
    site = geocode(["Kurkik"], country="IQ", gazetteer=gazetteer).iloc[0]
    assert site["gazetteer_id"] == "geonames/94787"
    assert site["reason"] == "skeleton"
    assert site["score"] < 0.9


def test_scores_fall_with_each_step_away_from_the_name(gazetteer):
    names = ["Kirkuk", "Karkuk", "al-Kirkuk", "Kirkook", "Kikruk"]
    scores = [geocode([name], gazetteer=gazetteer)["score"].iloc[0] for name in names]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)


def test_a_row_a_name_in_order_with_every_column_of_sites(gazetteer):
    names = ["Homs", None, "Nowhereville", "Homs", "", float("nan"), pd.NA, "Kirkuk", "\x00", "...", 7]
    sites = geocode(names, gazetteer=gazetteer)
    assert tuple(sites.columns) == SITE_COLUMNS
    assert sites.crs == "EPSG:4326"
    assert sites["extent"].crs == "EPSG:4326"
    assert sites["query"].tolist() == ["Homs", "", "Nowhereville", "Homs", "", "", "", "Kirkuk", "", "...", "7"]
    resolved = [True, False, False, True, False, False, False, True, False, False, False]
    assert (sites["status"] == "resolved").tolist() == resolved
    assert sites.geometry.notna().tolist() == resolved
    assert sites["uncertainty_m"].notna().tolist() == resolved
    assert sites["reason"].iloc[1] == "no name was given"
    assert sites["reason"].iloc[9] == "no letter or digit in it"


def test_no_names_give_no_rows_but_all_columns(gazetteer):
    sites = geocode([], gazetteer=gazetteer)
    assert len(sites) == 0
    assert tuple(sites.columns) == SITE_COLUMNS


def test_one_name_and_a_series_are_names_too(gazetteer):
    assert ids(geocode("Homs", gazetteer=gazetteer)) == ["geonames/169577"]
    sites = geocode(pd.Series(["Homs", "Kirkuk"], index=["a", "b"]), gazetteer=gazetteer)
    assert sites.index.tolist() == ["a", "b"]
    assert sites.loc["b", "name"] == "Kirkuk"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(st.text(max_size=60), st.none(), st.sampled_from(["Homs", "al Hol camp", "36.39, 41.15", "حلب"])),
        max_size=6,
    )
)
def test_any_list_keeps_its_rows(gazetteer, names):
    sites = geocode(names, gazetteer=gazetteer)
    assert len(sites) == len(names)
    assert set(sites["status"]) <= {"resolved", "ambiguous", "not_found"}
    assert (sites["status"] == "not_found").tolist() == sites.geometry.isna().tolist()
    for name, query in zip(names, sites["query"], strict=True):
        if name in ("Homs", "al Hol camp", "36.39, 41.15", "حلب"):
            assert query == name


def test_a_name_of_500_characters_is_not_found_and_does_no_harm(gazetteer):
    assert geocode(["Deir " * 100], gazetteer=gazetteer)["status"].tolist() == ["not_found"]


# --- which of several places


def test_a_bare_name_is_the_town_and_the_governorate_stands_in_the_alternatives(gazetteer):
    for name, town, area in (
        ("Aleppo", "geonames/170063", "admin1/SY-HL"),
        ("Deir ez-Zor", "geonames/170794", "admin1/SY-DY"),
    ):
        site = geocode([name], gazetteer=gazetteer).iloc[0]
        assert site["gazetteer_id"] == town
        assert site["status"] == "resolved"
        assert area in [a["gazetteer_id"] for a in site["alternatives"]]


@pytest.mark.parametrize("name", ["Aleppo province", "Aleppo governorate", "governorate of Aleppo", "محافظة حلب"])
def test_a_feature_word_asks_for_the_governorate(gazetteer, name):
    site = geocode([name], gazetteer=gazetteer).iloc[0]
    assert site["gazetteer_id"] == "admin1/SY-HL"
    assert site["kind"] == "ADM1"


def test_town_and_camp_of_one_name_are_two_places(gazetteer):
    town, camp = geocode(["al Hol", "al Hol camp"], gazetteer=gazetteer).itertuples()
    assert (town.kind, camp.kind) == ("PPL", "CMP")
    assert town.gazetteer_id != camp.gazetteer_id
    assert "camp/al-hol" in [a["gazetteer_id"] for a in town.alternatives]


def test_a_camp_that_does_not_exist_is_not_the_town_without_saying_so(gazetteer):
    site = geocode(["Kirkuk camp"], gazetteer=gazetteer).iloc[0]
    assert site["status"] == "not_found" or "not camp" in site["reason"]
    assert site["score"] < 0.9


def test_the_better_known_of_two_namesakes_comes_first(gazetteer):
    site = geocode(["Tripoli"], gazetteer=gazetteer).iloc[0]
    assert (site["country"], site["status"]) == ("LY", "resolved")
    assert [a["country"] for a in site["alternatives"]][:1] == ["LB"]
    assert geocode(["Damascus"], gazetteer=gazetteer)["country"].iloc[0] == "SY"
    assert geocode(["Washington"], gazetteer=gazetteer)["gazetteer_id"].iloc[0] == "geonames/4140963"


def test_equally_likely_readings_far_apart_are_ambiguous_and_never_claim_to_be_sure(gazetteer):
    site = geocode(["Springfield"], gazetteer=gazetteer).iloc[0]
    assert site["status"] == "ambiguous"
    assert site["gazetteer_id"] == "geonames/4409896"  # the largest
    assert site["score"] < 0.9
    rival = site["alternatives"][0]
    assert site["score"] - rival["score"] <= 0.05
    far = distance(site.geometry.x, site.geometry.y, rival["lon"], rival["lat"])
    assert far > 25_000
    assert "as likely: Springfield" in site["reason"]


def test_a_bare_arabic_name_of_two_countries_says_so_and_the_country_decides():
    """Kenitra in Morocco is far larger, but Quneitra lies where the gazetteer is meant to be asked about."""
    # the whole world's gazetteer
    site = geocode(["القنيطرة"]).iloc[0]
    assert site["status"] == "ambiguous"
    assert {site["gazetteer_id"], site["alternatives"][0]["gazetteer_id"]} == {"geonames/2544571", "geonames/173334"}
    assert geocode(["القنيطرة"], country="SY")["gazetteer_id"].iloc[0] == "geonames/173334"
    both = geocode(["القنيطرة", "درعا", "حمص"])
    assert (both["gazetteer_id"].iloc[0], both["status"].iloc[0]) == ("geonames/173334", "resolved")
    other = geocode(["القنيطرة", "الرباط", "طنجة"])
    assert (other["gazetteer_id"].iloc[0], other["status"].iloc[0]) == ("geonames/2544571", "resolved")


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("Zaho", "Zakho"),
        ("Han Şeyhun", "Khan Shaykhun"),
        ("Tuzhurmatu", "Tuz Khurmatu"),
        ("Hadisa", "Haditha"),
        ("Shergat", "Sharqat"),
    ],
)
def test_another_habit_of_writing_is_among_the_candidates_and_an_answer_where_the_country_is_known(
    gazetteer, written, place
):
    """Turkish h for kh, Persian and Turkish s for th, Egyptian g for j, and zh of two words."""
    wanted = geocode([place], country=["SY", "IQ"])["gazetteer_id"].iloc[0]
    assert wanted is not None
    assert wanted in candidates(written, limit=5)["gazetteer_id"].tolist()
    assert geocode([written], country=["SY", "IQ"])["gazetteer_id"].iloc[0] == wanted


def test_context_decides(gazetteer):
    def tripoli(**context) -> str:
        return geocode(["Tripoli"], gazetteer=gazetteer, **context)["country"].iloc[0]

    assert tripoli(country="LB") == "LB"
    assert tripoli(country=["lb", "SY"]) == "LB"
    assert tripoli(near=(35.5, 33.9)) == "LB"
    assert tripoli(near=gpd.GeoSeries([shapely.Point(13.0, 33.0)], crs=4326)) == "LY"
    assert geocode(["Tripoli, Lebanon"], gazetteer=gazetteer)["country"].iloc[0] == "LB"
    assert geocode(["Tripoli (Libya)"], gazetteer=gazetteer)["country"].iloc[0] == "LY"
    assert (
        geocode(["Springfield"], near=(-72.0, 42.0), gazetteer=gazetteer)["gazetteer_id"].iloc[0] == "geonames/4951788"
    )


def test_names_given_together_are_read_together(gazetteer):
    alone = geocode(["Tripoli"], gazetteer=gazetteer)["country"].tolist()
    together = geocode(["Tripoli", "Homs", "Damascus", "Lebanon"], gazetteer=gazetteer)["country"].tolist()
    assert alone == ["LY"]
    assert together == ["LB", "SY", "SY", "LB"]


def test_a_tail_that_names_nothing_leaves_the_name_whole(gazetteer):
    assert geocode(["Homs, Nowhere"], gazetteer=gazetteer)["status"].iloc[0] == "not_found"
    assert geocode(["Khattab, Aleppo"], gazetteer=gazetteer)["country"].iloc[0] == "SY"


def test_a_kind_is_a_demand(gazetteer):
    assert ids(geocode(["al Hol"], kind="CMP", gazetteer=gazetteer)) == ["camp/al-hol"]
    assert ids(geocode(["al Hol"], kind="camp", gazetteer=gazetteer)) == ["camp/al-hol"]
    assert ids(geocode(["Aleppo"], kind="ADM1", gazetteer=gazetteer)) == ["admin1/SY-HL"]
    site = geocode(["Kirkuk"], kind="CMP", country="IQ", gazetteer=gazetteer).iloc[0]
    assert site["status"] == "not_found"
    assert "of kind CMP" in site["reason"]
    assert "in IQ" in site["reason"]


# --- what a site carries


def test_an_area_has_its_extent_a_point_inside_and_a_radius_that_covers_it(gazetteer):
    sites = geocode(
        ["Hamrin Mountains", "central Syrian desert", "Euphrates", "Aleppo province", "Iraq"], gazetteer=gazetteer
    )
    assert [g.geom_type for g in sites["extent"]] == ["Polygon", "Polygon", "LineString", "Polygon", "Polygon"]
    for point, extent, radius in zip(sites.geometry, sites["extent"], sites["uncertainty_m"], strict=True):
        assert shapely.distance(point, extent) < 1e-6
        corners = shapely.get_coordinates(shapely.segmentize(extent, 0.1))
        farthest = distance(point.x, point.y, corners[:, 0], corners[:, 1]).max()
        assert farthest <= radius < 1.5 * farthest + 40_000
    assert sites["precision"].tolist() == [5, 5, 5, 4, 6]


def test_a_place_without_an_area_has_a_point_and_the_radius_of_its_layer(gazetteer):
    site = geocode(["Roj camp"], gazetteer=gazetteer).iloc[0]
    assert site["extent"] is None
    assert site["uncertainty_m"] == 15_000
    assert site["precision"] == 2
    assert (site["source"], site["licence"]) == ("typed for a test", "CC0")


def test_country_and_governorate_are_found_where_a_layer_lacks_them(gazetteer):
    sites = geocode(["Kirkuk", "al Hol", "Euphrates", "Aleppo province"], gazetteer=gazetteer)
    assert sites["admin1"].tolist()[:2] == ["Kirkuk", "Al Hasakah"]
    assert sites["country"].tolist() == ["IQ", "SY", "SY;IQ", "SY"]
    assert sites["admin1"].iloc[3] is None


def test_the_arabic_name_comes_along(gazetteer):
    names = geocode(["Deir al-Zor", "Hamrin Mountains", "Springfield"], gazetteer=gazetteer)["name_local"].tolist()
    assert names == ["دير الزور", "جبال حمرين", None]


@pytest.mark.parametrize(
    ("kind", "radius", "number"),
    [("PPL", 3000, 1), ("PPLC", 20_000, 1), ("PPL", 30_000, 5), ("CMP", 2000, 1), ("CMP", 15_000, 2), ("ADM1", 1e5, 4),
     ("ADM2", 4e4, 3), ("PCLI", 5e5, 6), ("MTS", 1e5, 5), ("SEA", 1e6, 7), (None, 100, 1)],
)  # fmt: skip
def test_precision_is_the_number_of_ucdp(kind, radius, number):
    assert precision_of(kind, radius) == number


# --- what is not found


@pytest.mark.parametrize(
    ("where_prec", "code"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (6, None), (7, None), (None, None)]
)
def test_precision_is_acleds_code_too(where_prec, code):
    assert geo_precision_of(where_prec) == code


def test_an_event_table_takes_both_codes_with_the_rows_of_the_sites(gazetteer):
    sites = geocode(pd.Series(["Kirkuk", "Aleppo governorate", "Syria", "nowhere at all", "Euphrates"], index=list("abcde")),
                    gazetteer=gazetteer)  # fmt: skip
    codes = event_precision(sites)
    assert codes.index.tolist() == list("abcde")
    assert codes["where_prec"].tolist() == [1, 4, 6, pd.NA, 5]
    assert codes["geo_precision"].tolist() == [1, 3, pd.NA, pd.NA, 3]


def test_an_unknown_name_keeps_its_row_and_names_the_nearest_spellings(gazetteer):
    site = geocode(["Kirkukabadistan"], gazetteer=gazetteer).iloc[0]
    assert site["status"] == "not_found"
    assert site["score"] == 0
    assert site["name"] == "Kirkukabadistan"
    assert math.isnan(site["uncertainty_m"])
    assert site["precision"] is pd.NA
    near = geocode(["Dauqqi"], gazetteer=gazetteer).iloc[0]
    assert near["status"] == "not_found"
    assert "Daquq (PPL, IQ)" in [str(a) for a in near["alternatives"]]
    assert near["reason"].startswith("no place of that name; nearest in spelling: ")
    assert "Daquq (PPL, IQ)" in near["reason"]


def test_an_alternative_prints_as_a_phrase_and_is_a_dict():
    assert str(Alternative(name="X")) == "X"
    assert Alternative(name="X", kind="PPL")["name"] == "X"


# --- coordinates


def test_coordinates_typed_as_a_name_are_a_point_and_say_so(gazetteer):
    site = geocode(["36.39, 41.15"], gazetteer=gazetteer).iloc[0]
    assert (site.geometry.x, site.geometry.y) == (41.15, 36.39)
    assert site["status"] == "resolved"
    assert site["reason"] == "coordinates: read as latitude 36.39, longitude 41.15"
    assert site["uncertainty_m"] == pytest.approx(math.hypot(0.005, 0.005) * 111_320, abs=1)
    assert site["gazetteer_id"] is None
    assert geocode(["95.0, 200.0"], gazetteer=gazetteer)["reason"].iloc[0] == "coordinates beyond the globe: 95, 200"


# --- bad arguments


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"names": 7}, "names: expected a text or several; int came"),
        ({"names": b"Homs"}, "names: expected a text"),
        ({"names": {"Homs": 1}}, "names: expected a text"),
        ({"names": [["Homs"]]}, "element 0 is list"),
        ({"names": ["Homs"], "country": "Syria"}, "country='Syria': expected an ISO 3166-1 alpha-2 code"),
        ({"names": ["Homs"], "country": ["SY", 3]}, "country=3"),
        ({"names": ["Homs"], "kind": "a small town"}, "kind='a small town'"),
        ({"names": ["Homs"], "kind": 3}, "kind: expected a feature code"),
        ({"names": ["Homs"], "gazetteer": 3}, "gazetteer: expected the folder"),
    ],
)
def test_a_bad_argument_is_refused_with_what_came_and_what_was_expected(gazetteer, arguments, words):
    with pytest.raises(InputError) as caught:
        geocode(**({"gazetteer": gazetteer} | arguments))
    assert words in str(caught.value)


def test_near_is_checked_as_sites_are(gazetteer):
    with pytest.raises(CoordinateError):
        geocode(["Homs"], near=(36.0, 340.0), gazetteer=gazetteer)


def test_a_folder_without_a_catalogue_is_said_so(tmp_path):
    with pytest.raises(CatalogError, match="no layer catalogue"):
        geocode(["Homs"], gazetteer=tmp_path)


# --- candidates


def test_candidates_are_ranked_and_say_why(gazetteer):
    table = candidates("Tripoli", gazetteer=gazetteer)
    assert table["country"].tolist() == ["LY", "LB"]
    assert table["score"].is_monotonic_decreasing
    assert set(table["reason"]) == {"exact"}
    assert table["gazetteer_id"].tolist() == ["geonames/2210247", "geonames/448149"]
    assert len(candidates("Springfield", limit=2, gazetteer=gazetteer)) == 2
    assert candidates("Tripoli", country="LB", gazetteer=gazetteer)["country"].tolist() == ["LB"]
    assert candidates("Tripoli, Lebanon", gazetteer=gazetteer)["country"].tolist() == ["LB"]
    assert candidates("Aleppo", kind="ADM1", gazetteer=gazetteer)["kind"].tolist() == ["ADM1"]
    assert candidates("Tripoli", near=(35.0, 34.0), gazetteer=gazetteer)["country"].tolist() == ["LB", "LY"]


def test_no_candidates_are_an_empty_table_with_its_columns(gazetteer):
    table = candidates("Xyzzy", gazetteer=gazetteer)
    assert len(table) == 0
    assert {"name", "lon", "lat", "score", "reason"} <= set(table.columns)


def test_candidates_refuse_what_is_no_name(gazetteer):
    with pytest.raises(InputError, match="expected a text"):
        candidates(None, gazetteer=gazetteer)
    with pytest.raises(InputError, match="limit=0"):
        candidates("Homs", limit=0, gazetteer=gazetteer)


def test_the_same_call_gives_the_same_answer(gazetteer):
    names = ["Springfield", "Tripoli", "Deir al-Zor", "nowhere at all"]
    one, two = (geocode(names, gazetteer=gazetteer) for _ in range(2))
    pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(two))
    assert np.isfinite(one["score"]).all()


# --- ids


def test_an_id_in_place_of_a_name_is_its_place(gazetteer):
    sites = geocode(["geonames/94787", "region/hamrin", "geonames/1", "n/a", "SY-HL/x"], gazetteer=gazetteer)
    assert sites["name"].tolist()[:2] == ["Kirkuk", "Hamrin Mountains"]
    assert sites["extent"].iloc[1] is not None
    assert sites["reason"].tolist()[:2] == ["gazetteer id"] * 2
    assert sites["status"].tolist() == ["resolved"] * 2 + ["not_found"] * 3
    assert candidates("camp/roj", gazetteer=gazetteer)["gazetteer_id"].tolist() == ["camp/roj"]


def test_what_a_tail_names_is_near_for_its_own_name_only(gazetteer):
    """A point that was given as near stays what it is when a tail adds another."""
    alone = geocode(["Springfield", "Tripoli, Kirkuk"], near=(-89.6, 39.8), gazetteer=gazetteer)
    assert alone["gazetteer_id"].iloc[0] == "geonames/4250542"


# --- what is no name of a place


@pytest.mark.parametrize("word", ["Syrian", "Druze", "Hamas", "however", "Iraqi"])
def test_a_word_for_something_else_is_a_place_only_of_just_that_name(gazetteer, word):
    assert geocode([word], gazetteer=gazetteer)["status"].tolist() == ["not_found"]


def test_a_village_that_bears_a_persons_name_is_found_by_it(gazetteer):
    assert geocode(["Khattab", "خطاب"], gazetteer=gazetteer)["gazetteer_id"].tolist() == ["geonames/169387"] * 2


def test_one_wrong_letter_in_a_short_name_makes_another_name(gazetteer):
    """Homs is not what somebody meant who wrote Homz, but Kirkuk is what is meant by Kirkuuk."""
    sites = geocode(["Hons", "Baghdat"], gazetteer=gazetteer)
    assert sites["status"].tolist() == ["not_found", "resolved"]


def test_a_structure_is_found_by_what_its_town_is_called_in_another_script(tmp_path):
    layers = layers_of_the_small_world()
    airport = layers["refineries"].assign(id="airport/qamishli", name="Kamishly Airport", name_local=None, alt_names=None,
                                          kind="AIRP", geometry=[Point(41.20, 37.03)])  # fmt: skip
    layers["airports"] = airport
    build_gazetteer(write_catalogue(tmp_path / "layers", layers))
    sites = geocode(["مطار القامشلي", "مطار كركوك"], gazetteer=tmp_path / "layers")
    assert sites["gazetteer_id"].tolist() == ["airport/qamishli", None]
