"""Matching by the numbers: what each step away from a name costs, and how readings are weighed, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from rapidfuzz.distance import OSA

from geoops.core.errors import InputError
from geoops.gazetteer import features, fits, match, names
from geoops.gazetteer.fits import LOOSE, STRICT, Query, best_fit
from geoops.gazetteer.match import Candidate, Context, rank, rough_km, unit_vectors
from geoops.gazetteer.records import Record


def record(
    name="Aleppo",
    *others,
    kind="PPL",
    country="FR",
    lon=0.0,
    lat=0.0,
    weight=1000.0,
    radius=1000.0,
    local=None,
    entry=0,
):
    return Record(
        entry, "places", entry, (), f"r/{entry:03d}", name, local, (name, *others), kind, country, None, lon, lat, radius, weight,
        False, None, None, None,  # noqa: FBT003
    )  # fmt: skip


def indel(a, b):
    """rapidfuzz's ratio by its definition: twice the longest common subsequence over both lengths."""
    table = np.zeros((len(a) + 1, len(b) + 1), int)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i + 1, j + 1] = table[i, j] + 1 if x == y else max(table[i, j + 1], table[i + 1, j])
    return 2.0 * table[-1, -1] / (len(a) + len(b))


def fit(asked, *of, how=STRICT, **more):
    return best_fit(record(*of, **more), Query.of(asked), None, None, how)


def test_the_very_name_costs_nothing():
    assert fit("Aleppo", "Aleppo") == (1.0, "exact", False)
    assert fit("Al eppo", "Aleppo") == (1.0, "exact", False)  # spaces do not count


def test_another_name_costs_by_how_unlike_the_first_it_is():
    spelling, reason, bare = fit("Halab", "Aleppo", "Halab")
    assert (reason, bare) == ("alternate name", False)
    assert spelling == pytest.approx(0.94 + 0.04 * indel("halab", "aleppo"))
    alike, _, _ = fit("Halep", "Aleppo", "Halep")
    assert alike == pytest.approx(0.94 + 0.04 * indel("halep", "aleppo"))
    assert alike > spelling


def test_a_local_name_is_as_good_as_the_first():
    assert fit("حلب", "Aleppo", "حلب", local="حلب") == (1.0, "exact", False)
    assert fit("حلب", "Aleppo", "حلب", local="حمص")[1] == "alternate name"


def test_an_article_costs_four_hundredths_and_as_much_again_where_only_the_query_has_it():
    assert fit("Hasakah", "Al Hasakah")[:2] == (pytest.approx(0.96), "article")
    assert fit("al Hasakah", "El Hasakah")[:2] == (pytest.approx(0.96), "article")
    assert fit("al Hasakah", "Hasakah")[:2] == (pytest.approx(0.92), "article")
    assert fit("Hasakah", "Aleppo", "Al Hasakah")[:2] == (pytest.approx(0.95), "article")
    assert fit("al Hasakah", "Aleppo", "Hasakah")[:2] == (pytest.approx(0.91), "article")


def test_a_name_by_sound_costs_by_how_it_looks():
    spelling, reason, bare = fit("Kamishly", "Qamishli")
    assert (reason, bare) == ("romanisation", False)
    assert spelling == pytest.approx(0.70 + 0.22 * indel("kamishly", "qamishli"))
    assert fit("Kamishly", "Aleppo") is None


def test_arabic_letters_are_compared_by_their_latin_ones():
    query = Query.of("القامشلي")
    assert query.latin == names.transliterated("القامشلي").replace(" ", "")
    assert Query.of("Al Qamishli").latin == "qamishli"
    assert Query.of("Deir ez-Zor").compact == "deirezzor"
    assert (query.normal, query.article) == ("القامشلي", "قامشلي")


@pytest.mark.parametrize(
    ("asked", "name", "away"),
    [("Aleppa", "Aleppo", 1), ("Apello", "Aleppo", None), ("Springfeild", "Springfield", 1), ("Sprimgfeild", "Springfield", 2), ("Lyom", "Lyon", None), ("Paris", "Parys", None), ("Lille", "Lilte", 1)],
)  # fmt: skip
def test_a_letter_away_costs_by_the_length_of_the_name(asked, name, away):
    found = fits._fit_nearly(Query.of(asked), name, None)
    distance = OSA.distance(asked.lower(), name.lower())
    if away is None:
        assert found is None or "edit" not in found[1]
    else:
        assert distance == away
        assert found == (pytest.approx(0.92 - 0.6 * away / min(len(asked), len(name))), f"edit distance {away}")


def test_consonants_alone_count_where_the_spellings_are_alike():
    asked, name = "Manbaj", "Mnbj"
    found = fits._fit_nearly(Query.of(asked), name, None)
    likeness = indel("manbaj", "mnbj")
    assert names.skeleton(asked) == names.skeleton(name) == "mnbj"
    assert found == (pytest.approx(min(0.85, 0.45 + 0.35 * likeness + 0.03 * 4)), "skeleton")
    assert fits._fit_nearly(Query.of("Mnbj"), "Omaniabaje", None) is None  # the same consonants, but unlike to the eye
    assert fits._fit_nearly(Query.of("Man"), "Mane", None) is None  # too few consonants to say anything


def test_another_habit_of_writing_counts_less_than_sound():
    found = fits._fit_nearly(Query.of("Singar"), "Sinjar", None)
    sound = 0.62 + 0.22 * indel("singar", "sinjar")
    edit = 0.92 - 0.6 / 6
    assert found == (
        pytest.approx(max(sound, edit)),
        "edit distance 1" if edit > sound else "romanisation by another habit",
    )
    far = fits._fit_nearly(Query.of("Zahho"), "Zakhou", None)
    assert far is not None
    assert far == (pytest.approx(0.62 + 0.22 * indel("zahho", "zakhou")), "romanisation by another habit")


def test_the_strictest_comparison_that_fits_decides():
    assert fit("Aleppo", "Aleppo", how=LOOSE) == (1.0, "exact", False)
    assert fit("Kikruk", "Kirkuk", how=STRICT) is None
    assert fit("Kikruk", "Kirkuk", how=LOOSE)[1] == "edit distance 1"


def test_a_feature_word_of_the_query_is_taken_off_and_said():
    group = features.groups()["camp"]
    of = record("Roj", kind="CMP")
    assert best_fit(of, Query.of("Roj camp"), Query.of("Roj"), group, STRICT) == (
        pytest.approx(0.995),
        "exact; “camp” taken as the kind of place",
        False,
    )
    both = record("Roj camp", kind="CMP")
    assert best_fit(both, Query.of("camp Roj"), Query.of("Roj"), group, STRICT) == (1.0, "exact", False)
    # A town called "Roj camp" is no camp, so its word does not come off.
    town = record("Roj camp", kind="PPL")
    assert best_fit(town, Query.of("camp Roj"), Query.of("Roj"), group, STRICT) is None


def test_a_feature_word_of_the_place_may_be_left_out_where_people_do():
    assert fit("Hamrin", "Hamrin Mountains", kind="MTS") == (
        pytest.approx(0.98),
        "exact; without its word for mountains",
        True,
    )
    assert fit("Roj", "Roj camp", kind="PPL") is None
    assert not features.groups()["airport"].bare
    assert fit("Kirkuk", "Kirkuk airport", kind="AIRP") is None


@pytest.mark.parametrize(
    ("asked", "kind", "yes"),
    [("PPL", "PPLA", True), ("PPLA", "PPL", False), (" ppl ", "PPLC", True), ("camp", "CMP", True), (" Camp ", "CMP", True), ("river", "CMP", False), ("PPL", None, False), ("camp", None, False)],
)  # fmt: skip
def test_what_kind_is_what_was_asked_for(asked, kind, yes):
    assert features.kind_matches(asked, kind) is yes


@pytest.mark.parametrize("asked", ["TOOLONG", "P-L", "", "مدن"])
def test_a_kind_that_is_none_is_refused_with_the_groups(asked):
    with pytest.raises(InputError) as caught:
        features.kind_matches(asked, "PPL")
    groups = ", ".join(features.groups())
    assert (
        str(caught.value)
        == f"kind={asked!r}: expected a GeoNames feature code such as PPL, ADM1, MTS, CMP, or one of {groups}"
    )


def test_a_group_holds_codes_and_beginnings():
    group = features.Group("x", ("MT*", "HLL"), bare=True, fallback=False)
    assert [group.holds(kind) for kind in ("MTS", "MT", "HLL", "HLLS", "M", None)] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


def test_distance_on_the_sphere_is_near_the_ellipsoid_s():
    for lon1, lat1, lon2, lat2 in [
        (36.3, 33.5, 44.4, 33.3),
        (0, 0, 0, 90),
        (-10, 5, 170, -5),
        (40, 35, 40, 35),
        (12, 60, -70, -40),
    ]:
        metres = Geodesic.WGS84.Inverse(lat1, lon1, lat2, lon2)["s12"]
        assert rough_km(lon1, lat1, lon2, lat2) == pytest.approx(metres / 1000.0, rel=6e-3, abs=1e-6)
    assert rough_km(0, 0, 180, 0) == pytest.approx(math.pi * 6371.0)


def test_unit_vectors_lie_on_the_sphere_where_they_should():
    points = [(0.0, 0.0), (90.0, 0.0), (0.0, 90.0), (180.0, 0.0), (40.0, 35.0)]
    vectors = unit_vectors(points)
    assert vectors[:4] == pytest.approx(np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 0, 0]]), abs=1e-12)
    for (lon, lat), vector in zip(points, vectors, strict=True):
        assert match._unit_vector(lon, lat) == pytest.approx(tuple(vector))


def test_the_nearest_of_several_counts():
    context = Context(near=((10.0, 0.0), (0.0, 1.0)), anchors=((0.0, 3.0),))
    assert context.nearest_km(record(), "near") == pytest.approx(6371.0 * math.radians(1.0))
    assert context.nearest_km(record(), "anchors") == pytest.approx(6371.0 * math.radians(3.0))


def test_what_is_demanded_is_demanded():
    assert Context().admits(record(country=None))
    assert Context(countries=frozenset({"IQ"})).admits(record(country="SY;IQ"))
    assert not Context(countries=frozenset({"IQ"})).admits(record(country="SY"))
    assert not Context(countries=frozenset({"IQ"})).admits(record(country=None))
    assert Context(kind="PPL").admits(record(kind="PPLA"))
    assert not Context(kind="camp").admits(record(kind="PPLA"))
    assert not Context(countries=frozenset({"IQ"}), kind="PPL").admits(record(kind="PPL"))


def test_how_much_likelier_the_context_makes_a_place():
    there = record(lat=1.0, radius=11_000.0)
    km = 6371.0 * math.radians(1.0)
    assert Context(near=((0.0, 0.0),)).favour(there) == pytest.approx(1.0 / (1.0 + (km - 11.0) / 100.0) ** 2)
    assert Context(near=((0.0, 0.0),)).favour(record(lat=0.05, radius=11_000.0)) == 1.0  # within its own radius
    shares = Context(shares={"FR": 0.5, "DE": 0.2})
    assert shares.favour(record(country="DE;FR")) == pytest.approx(16.0)
    assert shares.favour(record(country="IT")) == 1.0
    assert shares.favour(record(country=None)) == 1.0
    assert Context(anchors=((0.0, 0.0),)).favour(there) == pytest.approx(1.0 + 10.0 * math.exp(-km / 150.0))
    both = Context(near=((0.0, 0.0),), shares={"FR": 1.0}, anchors=((0.0, 0.0),))
    assert both.favour(there) == pytest.approx(
        31.0 * (1.0 + 10.0 * math.exp(-km / 150.0)) / (1.0 + (km - 11.0) / 100.0) ** 2
    )
    assert (
        Context().favour(record(country="SY"))
        == match.detail_factor("SY")
        > Context().favour(record(country="FR"))
        == 1.0
    )
    assert Context(countries=frozenset({"SY"})).favour(record(country="SY")) == 1.0


@pytest.mark.parametrize(
    ("reason", "spelling", "country", "loose"),
    [
        ("exact", 1.0, "FR", False), ("edit distance 1", 0.9, "SY", True), ("skeleton", 0.8, "SY", True), ("romanisation by another habit", 0.9, "SY", True),
        ("romanisation", 0.9, "SY", False), ("romanisation", 0.79, "SY", True), ("romanisation", 0.80, "SY", False), ("romanisation", 0.9, "FR", True),
        ("romanisation", 0.9, None, True), ("article", 0.5, "FR", False), ("romanisation", 0.9, "FR;SY", False),
    ],
)  # fmt: skip
def test_which_fits_need_more_than_themselves(reason, spelling, country, loose):
    assert match._is_loose(record(country=country), spelling, reason) is loose


def test_every_edit_is_one_edit():
    found = match._edits("zAXU")
    assert found == sorted(set(found))
    assert "zAXU" not in found
    assert {OSA.distance("zAXU", other) for other in found} == {1}
    letters = len(match._LATIN)
    # One less: 4. Swapped: 3. Changed: 4 times the other letters. One more: 5 places, but the same letter twice beside itself is one key.
    assert len(found) == 4 + 3 + 4 * (letters - 1) + 5 * letters - 4
    assert "كرك" in match._edits("كر")
    assert "كرx" not in match._edits("كر")


def weigh(*candidates, context=None):
    return [(c.record.entry, c.score, c.spelling) for c in rank(candidates, context)]


def test_a_tenth_for_each_factor_of_ten():
    a, b, c = (Candidate(record(weight=w, entry=i), 1.0, "exact") for i, w in enumerate((1000.0, 100.0, 1.0)))
    assert weigh(c, b, a) == [(0, 1.0, 1.0), (1, 0.9, 1.0), (2, 0.7, 1.0)]


def test_the_least_likely_keeps_a_floor():
    a, b = (Candidate(record(weight=w, entry=i), 1.0, "exact") for i, w in enumerate((1e10, 1.0)))
    assert weigh(a, b)[1][1] == 0.3


def test_only_those_that_fit_as_well_are_rivals():
    big = Candidate(record(weight=1e6, entry=0), 0.80, "romanisation")
    small = Candidate(record(weight=1e3, entry=1), 0.83, "romanisation")
    assert weigh(big, small) == [(1, 0.83, 0.83), (0, 0.80, 0.80)]
    near = Candidate(record(weight=1e3, entry=1), 0.82, "romanisation")
    assert weigh(big, near)[1] == (1, round(0.82 * 0.7, 4), 0.82)
    # From 0.93 on a spelling is the name itself, and all such are weighed against each other.
    other = Candidate(record(weight=1e6, entry=0), 0.94, "alternate name")
    name = Candidate(record(weight=1e3, entry=1), 1.0, "exact")
    assert weigh(other, name) == [(0, 0.94, 0.94), (1, 0.7, 1.0)]


def test_of_equal_scores_the_better_known_comes_first_and_then_the_id():
    a = Candidate(record(weight=10.0, entry=2), 0.5, "exact")
    b = Candidate(record(weight=10.0, entry=1), 0.5, "exact")
    assert [entry for entry, _, _ in weigh(a, b)] == [1, 2]
    floor = [Candidate(record(weight=w, entry=i), 1.0, "exact") for i, w in ((5, 1e12), (1, 1.0), (3, 2.0))]
    assert [entry for entry, _, _ in weigh(*floor)] == [5, 3, 1]


@pytest.mark.parametrize(
    ("kind", "spelling", "away_deg", "gives_way"),
    [
        ("ADM1", 1.0, 0.5, True), ("ADM1", 1.0, 0.6, False), ("ADM1", 0.86, 0.1, True), ("ADM1", 0.84, 0.1, False),
        ("OILR", 0.86, 0.1, True), ("MTS", 0.93, 0.1, False), ("PPLA", 1.0, 0.1, False), ("PCLI", 1.0, 0.1, False),
    ],
)  # fmt: skip
def test_a_governorate_gives_way_to_the_town_of_its_name(kind, spelling, away_deg, gives_way):
    town = Candidate(record(weight=1000.0, entry=0), spelling, "exact")
    other = Candidate(record(kind=kind, weight=1e6, lat=away_deg, entry=1), 1.0, "exact")
    by_entry = {c.record.entry: c for c in rank([town, other])}
    if not gives_way:
        assert by_entry[1].score == 1.0
        return
    own = by_entry[1].spelling
    assert own == (spelling if kind == "OILR" else 1.0)
    expected = 1.0 - 0.1 * math.log10(max(1000.0, 80.0) / 80.0) if spelling >= own - 0.07 else 1.0
    assert by_entry[1].score == pytest.approx(round(own * expected, 4))


def test_a_large_governorate_reaches_as_far_as_it_is_large():
    town = Candidate(record(weight=1000.0, entry=0), 1.0, "exact")
    wide = Candidate(record(kind="ADM1", weight=1e6, lat=1.5, radius=200_000.0, entry=1), 1.0, "exact")
    assert {c.record.entry: c.score for c in rank([town, wide])}[1] == pytest.approx(
        1.0 - 0.1 * math.log10(1000 / 80), abs=1e-4
    )


def test_what_was_asked_for_gives_way_to_nothing():
    town = Candidate(record(weight=1000.0, entry=0), 1.0, "exact")
    asked = Candidate(record(kind="ADM1", weight=1e6, entry=1), 1.0, "exact", asked=True)
    assert {c.record.entry: c.score for c in rank([town, asked])}[1] == 1.0
    bare = Candidate(record(kind="MTS", weight=1e6, entry=1), 0.98, "exact", bare=True)
    assert {c.record.entry: c.score for c in rank([town, bare])}[1] < 0.98


def found(gazetteer, name, **more):
    return {c.record.id: c for c in match.match(gazetteer, name, **more)}


def test_a_wrong_kind_costs_a_fifth_and_is_said(gazetteer):
    wrong = found(gazetteer, "Kirkuk camp")["geonames/94787"]
    assert wrong.spelling == pytest.approx(0.995 * 0.8)
    assert wrong.reason == "exact; but its kind is PPLA, not camp"
    assert wrong.refused
    assert not wrong.asked
    right = found(gazetteer, "Roj refugee camp")
    assert right["camp/roj"].asked
    assert not right["camp/roj"].refused


def test_loose_readings_are_sought_only_where_nothing_fits(gazetteer):
    assert "geonames/94787" in found(gazetteer, "Kikruk")
    assert found(gazetteer, "Kikruk")["geonames/94787"].loose
    assert found(gazetteer, "Kikruk", loose=False) == {}
    assert not found(gazetteer, "Kirkuk")["geonames/94787"].loose
    assert set(found(gazetteer, "Kirkuk")) == set(found(gazetteer, "Kirkuk", loose=False))
    assert len(found(gazetteer, "Kirkuk", enough=1.1)) >= len(found(gazetteer, "Kirkuk"))


@pytest.mark.parametrize("name", ["", "  ", "-", "ـ"])
def test_a_name_of_nothing_has_no_reading(gazetteer, name):
    assert match.match(gazetteer, name) == []


def test_the_country_that_is_demanded_is_kept(gazetteer):
    assert set(found(gazetteer, "Damascus")) == {"geonames/170654", "geonames/4354234"}
    assert set(found(gazetteer, "Damascus", context=Context(countries=frozenset({"US"})))) == {"geonames/4354234"}
    assert set(found(gazetteer, "Kirkuk", context=Context(kind="ADM1"))) == {"admin1/IQ-KI"}


def test_names_that_come_nearest_are_suggestions_in_their_order(gazetteer):
    near = match.near_names(gazetteer, "Kirkukk", Context())
    assert near[0].record.id == "geonames/94787"
    assert near[0].reason == "nearest in spelling"
    assert near[0].spelling == pytest.approx(indel("kirkukk", "kirkuk"))
    assert near[0].score == round(near[0].spelling, 4)
    assert len(match.near_names(gazetteer, "Homs", Context(), limit=1)) == 1
    assert match.near_names(gazetteer, "Ki", Context()) == []
    assert match.near_names(gazetteer, "Kzzzzzzzz", Context()) == []
    assert all(
        c.record.country == "US" for c in match.near_names(gazetteer, "Damascas", Context(countries=frozenset({"US"})))
    )
