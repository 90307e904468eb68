"""The forms of a name, letter by letter: what each rule of spelling makes of a name, worked out by hand from the rules."""

from __future__ import annotations

import pytest

from geoops.core.errors import InputError
from geoops.gazetteer import fits, match
from geoops.gazetteer.features import groups, kind_matches, split_feature
from geoops.gazetteer.fits import Query
from geoops.gazetteer.names import (
    MAX_LENGTH,
    article_form,
    normal,
    other_habits,
    other_skeletons,
    romanised,
    skeleton,
    transliterated,
)

from .test_matching import indel, record

SILENT = "\u0640"  # tatweel, which lengthens a letter and is none


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("Žabljak", ["jAbljAk"]),  # ž is zh, a j
        ("Šid", ["SId"]), ("Çınar", ["SInAr"]), ("Čačak", ["SASAk"]),
        ("Qamişlo", ["kAmISl", "kAmIsl"]), ("Ḩimş", ["hIms"]),  # beside marks of BGN ş is an emphatic s
        ("Hesekê", ["hAsAk"]),
        ("Zucchini", ["zUSIn"]),  # cc is one c, and with h one sound
        ("Cizre", ["kIzr", "jIzr"]), ("Becker", ["bAkAr"]), ("Chamchamal", ["SAmSAmAl"]),
        ("Tschad", ["SAd"]), ("Kirchheim", ["kIrShIm"]), ("Djebel", ["jAbAl"]), ("Phoenix", ["fUnIX"]),
        ("Xanadu", ["XAnAd"]), ("Vedi", ["WAd"]), ("Ghazal", ["gAzAl"]), ("Zhob", ["jUb"]), ("Khabur", ["XAbUr"]),
        ("Ana", ["AnA"]), ("Tuzla", ["tUzl"]), ("Nineveh", ["nIn"]), ("Rawa", ["rU"]), ("Biah", ["bIh"]),
        ("Leila", ["lIl"]), ("Eeklo", ["Ikl"]), ("Wadi", ["WAd"]), ("Yafa", ["YAf"]), ("Wy", ["WI"]),
        ("Deirezzor", ["dIrAzUr", "dIrzUr"]), ("Arraqqa", ["ArAk", "rAk"]), ("Asshaddadi", ["AsSAdAd", "SdAd"]),
        ("Addaba", ["AdAb", "dAb"]),
        ("الحلة", ["حله"]), ("سامراء", ["سامر"]), ("السليمانية", ["سليماني"]), ("گوران", ["كوران"]), ("چمچمال", ["شمشمال"]),
        ("پێنجوێن", ["بينجوين"]), ("دۆکان", ["دوكان"]),
        ("", []), ("...", []),
    ],
)  # fmt: skip
def test_a_name_by_sound(name: str, keys: list[str]) -> None:
    assert list(romanised(name)) == keys


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("Zaho", ["zAX"]), ("Khabur", ["hAbUr"]), ("Singar", ["sInjAr", "tIngAr"]), ("Ghazal", ["jAzAl"]),
        ("Jdeideh", ["gdId"]), ("Peshkhabur", ["pAShAbUr", "fASXAbUr"]), ("Zhob", ["zhUb", "gUb", "zXUb"]), ("Leila", []), ("حلب", []),
    ],
)  # fmt: skip
def test_a_name_by_another_habit(name: str, others: list[str]) -> None:
    assert list(other_habits(name)) == others


@pytest.mark.parametrize(
    ("name", "bones"),
    [("Zhob", {"dhb", "kb"}), ("Ghazal", {"jdl"}), ("Peshkhabur", {"fshbr"}), ("Nineveh", set()), ("حلب", set())],
)
def test_the_consonants_by_another_habit(name: str, bones: set[str]) -> None:
    assert other_skeletons(name) == bones


@pytest.mark.parametrize(
    ("name", "bones"),
    [
        ("Suwayda", "sd"), ("Sheikhan", "shn"), ("Wadi", "wd"), ("Yafa", "yf"), ("دهوك", "dk"), ("سامراء", "smr"), ("چمچمال", "smsml"),
        ("Zhob", "jb"), ("Peshkhabur", "bshbr"), ("Phoenix", "fnh"),
    ],
)  # fmt: skip
def test_the_consonants_of_a_name(name: str, bones: str) -> None:
    assert skeleton(name) == bones


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("سامراء", "samra"), ("هيت", "hyt"), ("الحلة", "hla"), ("چمچمال", "shmshmal"), ("حلب 7", "hlb 7"), ("خان يونس", "khan ywns"),
        ("طرطوس", "trtws"), ("ثرثار", "thrthar"), ("ذي قار", "dhy qar"), ("غزة", "ghza"), ("عين ظفر", "yn dhfr"), ("ضمير", "dmyr"),
        ("فيش خابور", "fysh khabwr"), ("Zhob", "zhob"), ("Київ", "киів"), ("به", "bh"),
    ],
)  # fmt: skip
def test_an_arabic_name_letter_by_letter(name: str, letters: str) -> None:
    assert transliterated(name) == letters


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("للبيت", "بيت"), ("للبي", "للبي"), ("الهل", "هل"), ("الا", "الا"),  # too short to carry an article
        ("the Tigris", "tigris"), ("Bab the Tigris", "babthetigris"), ("Ras al Ayn", "rasayn"), ("Ras ul Ayn", "rasayn"),
        ("Jisr ash Shughur", "jisrshughur"), ("Jisr ash Zughur", "jisrashzughur"), ("Dayr adh Dhahab", "dayrdhahab"),
        ("Tall al", "tallal"), ("al", "al"), ("the", "the"), ("al al", "al"), ("خان الشيخ", "خانشيخ"),
    ],
)  # fmt: skip
def test_a_name_without_its_articles(name: str, form: str) -> None:
    assert article_form(name) == form


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("कालका", "कालका"), ("A&B", "a and b"), ("Kir.kuk", "kir kuk"), ("Æbelø", "aebelo"), ("Hawl\u200f", "hawl"), ("٣ تموز", "٣ تموز"),
        ("a\tb\n c", "a b c"), ("Öl-Bäk", "ol bak"), ("İzmir", "izmir"), ("ۀ", "ه"), ("ڪركوك", "كركوك"),
    ],
)  # fmt: skip
def test_the_normal_form_keeps_letters_and_parts_words(name: str, form: str) -> None:
    assert normal(name) == form


def test_no_more_of_a_name_is_looked_at_than_a_name_may_have() -> None:
    assert normal("b" * 300) == "b" * MAX_LENGTH
    assert normal("é" + SILENT * (4 * MAX_LENGTH - 2) + "bcd") == "eb"
    marked = "n\u0303" * 10 + SILENT * (4 * MAX_LENGTH - 20) + "bcd"
    assert romanised(marked) == ("n",)
    assert normal("a " * (2 * MAX_LENGTH + 10)) == " ".join("a" * (MAX_LENGTH // 2))


def test_names_of_fewer_than_five_letters_are_not_looked_for_some_letters_away() -> None:
    assert fits._fit_nearly(Query.of("Hit"), "Hit", None) is None
    assert fits._fit_nearly(Query.of("Hita"), "Hite", None) is None


@pytest.mark.parametrize(
    ("asked", "name", "away"),
    [
        ("Banascus", "Damascus", 2),
        ("Bamascu", "Damascus", None),
        ("Banascu", "Damascu", None),
        ("Bamascu", "Damascu", 1),
        ("Banaskut", "Damascus", None),
    ],
)
def test_from_eight_letters_on_two_may_differ(asked: str, name: str, away: int | None) -> None:
    found = fits._fit_nearly(Query.of(asked), name, None)
    expected = None if away is None else (pytest.approx(0.92 - 0.6 * away / len(asked)), f"edit distance {away}")
    assert found == expected


@pytest.mark.parametrize(
    ("asked", "name", "bones"), [("Kaprenbel", "Kafranbil", "kfrnbl"), ("Kapronat", "Kafarant", "kfrnt")]
)
def test_consonants_by_another_habit_count_by_how_many_they_are(asked: str, name: str, bones: str) -> None:
    assert bones in other_skeletons(asked)
    assert skeleton(name) == bones
    expected = min(0.80, 0.40 + 0.35 * indel(asked.lower(), name.lower()) + 0.03 * len(bones))
    assert fits._fit_nearly(Query.of(asked), name, None) == (pytest.approx(expected), "skeleton by another habit")


def test_what_stands_behind_a_name_does_not_part_it_from_its_sounds() -> None:
    assert fits._fit_sounds(Query.of("حلب"), "حلب)", None) is not None
    assert fits._fit_letters(Query.of("Homs"), "Homs)", None) == (1.0, "exact")


def test_a_governorate_gives_way_to_a_town_of_nearly_its_name_and_a_range_does_not() -> None:
    town = match.Candidate(record(weight=1000.0, entry=0), 0.86, "exact")
    other = match.Candidate(record(weight=1000.0, lat=50.0, entry=2), 0.97, "exact")

    def weighed(kind: str) -> float:
        wide = match.Candidate(record(kind=kind, weight=1000.0, lat=0.1, entry=1), 0.96, "exact", bare=True)
        return {c.record.entry: c.score for c in match.rank([town, other, wide])}[1]

    assert weighed("ADM1") == pytest.approx(0.96 * (1.0 - 0.1 * 1.09691), abs=1e-4)  # its weight is 80 beside 1000
    assert weighed("MTS") == pytest.approx(0.96)


def test_three_suggestions_come_unless_more_are_asked_for(gazetteer) -> None:
    assert len(match.near_names(gazetteer, "Al Hasaka", match.Context(), limit=10)) > 3
    assert len(match.near_names(gazetteer, "Al Hasaka", match.Context())) == 3


def test_suggestions_are_of_the_whole_spelling_and_not_of_a_part(gazetteer) -> None:
    (first, *_) = match.near_names(gazetteer, "Kirkuk Hill", match.Context())
    assert first.spelling == pytest.approx(indel("kirkuk hill", "kirkuk"))
    assert match.near_names(gazetteer, "Kirkuk of the north and the south", match.Context()) == []


def test_a_feature_word_stands_on_either_side_and_with_an_article() -> None:
    assert ("omar", "field") in split_feature("the oil field of Omar")
    assert ("عمر", "field") in split_feature("حقل عمر النفطي")
    assert split_feature("of Omar") == ()
    assert set(dict(split_feature("Omar oil field")).values()) <= set(groups())


@pytest.mark.parametrize(
    ("asked", "name", "spelling", "reason"),
    [
        ("Sekimitkie", "Sekamoteku", 0.45 + 0.35 * 0.6 + 0.03 * 5, "skeleton"),
        ("Selpenurau", "Sialefneru", 0.40 + 0.35 * 0.6 + 0.03 * 5, "skeleton by another habit"),
    ],
)
def test_spellings_count_as_alike_from_three_fifths_on(asked: str, name: str, spelling: float, reason: str) -> None:
    assert indel(asked.lower(), name.lower()) == 0.6
    assert fits._fit_nearly(Query.of(asked), name, None) == (pytest.approx(spelling), reason)


def test_three_consonants_by_another_habit_say_nothing() -> None:
    assert skeleton("Kafur") in other_skeletons("Kapir")
    assert fits._fit_nearly(Query.of("Kapir"), "Kafur", None) is None


def test_only_towns_lend_their_other_names(gazetteer) -> None:
    assert list(match._other_names(gazetteer, Query.of("Euphrates"), match.Context())) == []  # the river is called so
    lent = {other.normal for _, other in match._other_names(gazetteer, Query.of("Homs"), match.Context())}
    assert {"homs", "حمص", "hims"} <= lent
    assert "homs refinery" not in lent


def test_a_feature_code_has_five_letters_at_most() -> None:
    assert kind_matches("PPLA2", "PPLA2")
    assert not kind_matches("PPLA2", "PPLA")
    with pytest.raises(InputError, match="expected a GeoNames feature code"):
        kind_matches("PPLA23", "PPLA2")


def test_whoever_stands_before_it_a_governorate_gives_way_and_a_country_never_does() -> None:
    town = match.Candidate(record(weight=1000.0, entry=0), 1.0, "exact")
    hill = match.Candidate(record(kind="HLL", weight=1000.0, lat=50.0, entry=2), 1.0, "exact")
    asked = match.Candidate(record(kind="ADM2", weight=1000.0, lat=50.0, entry=3), 1.0, "exact", asked=True)
    wide = match.Candidate(record(kind="ADM1", weight=1000.0, entry=1), 1.0, "exact")
    land = match.Candidate(record(kind="PCLI", weight=1000.0, entry=4), 1.0, "exact", bare=True)
    scores = {c.record.entry: c.score for c in match.rank([town, hill, asked, land, wide])}
    assert scores == {0: 1.0, 2: 1.0, 3: 1.0, 4: 1.0, 1: pytest.approx(1.0 - 0.1 * 1.09691, abs=1e-4)}
