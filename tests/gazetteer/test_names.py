"""Spellings of one place share a key; the normal form is stable; nothing a person can type breaks it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoops.gazetteer import fits
from geoops.gazetteer.features import group_of_kind, groups, kind_matches, split_feature, word_table
from geoops.gazetteer.names import MAX_LENGTH, article_form, normal, romanised, skeleton, transliterated

any_text = st.text(alphabet=st.characters(), max_size=300)
arabic_or_latin = st.text(
    alphabet="abcdehiklmoqrstuwyzâêîşçğḨḩ -'’ابتةحدرزشعغكلمنهويىءؤئأإآکیەۆێ\u064e\u0651\u0640", max_size=40
)


@given(any_text)
def test_the_normal_form_of_a_normal_form_is_itself(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@given(any_text)
def test_no_text_breaks_a_form(text: str) -> None:
    for form in (normal(text), article_form(text), skeleton(text), transliterated(text), *romanised(text)):
        form.encode("utf-8")
        assert len(form) <= 2 * MAX_LENGTH
    assert all(rest for rest, _ in split_feature(text))


@given(arabic_or_latin)
def test_case_and_spaces_never_part_two_spellings(text: str) -> None:
    assert normal(f"  {text.upper()}\t") == normal(text.upper())
    assert romanised(text) == romanised(f" {text} ")


@pytest.mark.parametrize(
    ("raw", "form"),
    [
        ("Deir ez-Zor", "deir ez zor"),
        ("Deir_ez_Zor", "deir ez zor"),
        ("Al‑Ḥawl", "al hawl"),
        ("Qa‘im", "qaim"),
        ("Qa'im", "qaim"),
        ("Ḩimş", "hims"),
        ("Dı̂rik", "dirik"),
        ("Łódź", "lodz"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("الْهَوْل", "الهول"),
        ("الـهـول", "الهول"),
        ("أربيل", "اربيل"),
        ("آمد", "امد"),
        ("موصلى", "موصلي"),
        ("حسكة", "حسكه"),
        ("کرکوک", "كركوك"),
        ("ھەولێر", "ههولێر"),
        ("ﺣﻠﺐ", "حلب"),
        ("\u202eKirkuk\u202c", "kirkuk"),
        ("Kir\x00kuk", "kirkuk"),
        ("\ud800Homs", "homs"),
        ("", ""),
        ("...", ""),
    ],
)
def test_normal_form(raw: str, form: str) -> None:
    assert normal(raw) == form


SPELLINGS = {
    "Deir al-Zor": ["Deir al-Zor", "Deir ez-Zor", "Deir Ezzor", "Deir-ez-Zour", "Dayr az-Zawr", "Dayr al-Zawr", "Deirezzor", "Dair az-Zaur", "DEIR EZ ZOR"],
    "al Hol": ["al Hol", "al-Hol", "al-Hawl", "Al-Houl", "Hawl", "Al Ḩawl", "El Hôl", "al-Hool"],
    "Hasakah": ["Hasakah", "al-Hasakeh", "Hassaka", "Hasaka", "Hesekê", "Al-Ḥasakah", "el-Hasake", "Hassaké"],
    "Qamishli": ["Qamishli", "Kamishly", "Qamişlo", "al-Qamishli", "Qamishlo", "Kamichli", "Al Qāmishlī", "Qamishly"],
    "Hamrin": ["Hamrin", "Hemrin", "Hamreen", "Hamrîn", "Hemrîn"],
    "Raqqa": ["Raqqa", "ar-Raqqah", "Rakka", "Ar Raqqah", "Arraqqah", "Reqa"],
    "Yarubiyah": ["al-Yarubiyah", "Yarubiya", "Yarubiyya", "Al Ya‘rubīyah"],
    "Ghouta": ["Ghouta", "Ghuta", "al-Ghutah", "Gouta"],
    "Dhuluiyah": ["Dhuluiyah", "Duluiya", "al-Dhuluiyah", "ad-Duluiyah"],
    "Jisr al-Shughur": ["Jisr al-Shughur", "Jisr ash-Shughur", "Djisr ech-Choughour", "Jisr al-Shughour"],
    "Cerablus": ["Cerablus", "Jarablus", "Djarablous"],
    "Sinjar": ["Sinjar", "Sindjar", "Sinjār"],
    "الهول": ["الهول", "هول", "الْهَوْل", "الهـول"],
    "الحسكة": ["الحسكة", "الحسكه", "حسكة", "حسکه"],
    "كركوك": ["كركوك", "کرکوک", "كَركوك"],
}  # fmt: skip


@pytest.mark.parametrize(("first", "spelling"), [(f, s) for f, group in SPELLINGS.items() for s in group])
def test_spellings_of_one_place_share_a_key(first: str, spelling: str) -> None:
    assert set(romanised(first)) & set(romanised(spelling)), (romanised(first), romanised(spelling))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Homs", "Hama"), ("Kirkuk", "Karak"), ("Mosul", "Masyaf"), ("Raqqa", "Rawa"), ("Hit", "Haditha"), ("Basra", "Busayrah"),
        ("Aleppo", "Idlib"), ("Daquq", "Duhok"), ("Sinjar", "Shinkal"), ("حلب", "حلبجة"), ("Kyiv", "Kharkiv"),
    ],
)  # fmt: skip
def test_different_places_share_none(one: str, other: str) -> None:
    assert not set(romanised(one)) & set(romanised(other))


@pytest.mark.parametrize(
    ("latin", "arabic"),
    [
        ("Deir ez-Zor", "دير الزور"), ("al Hol", "الهول"), ("Qamishli", "القامشلي"), ("Hamrin", "حمرين"),
        ("Kirkuk", "كركوك"), ("Daquq", "داقوق"), ("Baghdad", "بغداد"), ("Dêrazor", "دير الزور"), ("Haditha", "حديثة"),
        ("Wasit", "واسط"), ("Yarubiyah", "اليعربية"), ("Khanaqin", "خانقين"), ("Ghouta", "الغوطة"),
    ],
)  # fmt: skip
def test_latin_and_arabic_script_share_a_skeleton(latin: str, arabic: str) -> None:
    assert skeleton(latin) == skeleton(arabic) != ""


def test_a_name_that_is_only_an_article_keeps_it() -> None:
    assert article_form("Al") == "al"
    assert romanised("Ål")
    assert article_form("the") == "the"


def test_other_scripts_have_no_skeleton_but_a_key() -> None:
    assert skeleton("Київ") == ""
    assert romanised("Київ") == romanised("КИЇВ")


@pytest.mark.parametrize(
    ("name", "rest", "group"),
    [
        ("Hamrin Mountains", "hamrin", "mountains"),
        ("Jabal Hamrin", "hamrin", "mountains"),
        ("Jebel Hamrin", "hamrin", "mountains"),
        ("جبال حمرين", "حمرين", "mountains"),
        ("al Hol camp", "al hol", "camp"),
        ("al-Hol refugee camp", "al hol", "camp"),
        ("مخيم الهول", "الهول", "camp"),
        ("Euphrates River", "euphrates", "river"),
        ("the River Euphrates", "euphrates", "river"),
        ("نهر الفرات", "الفرات", "river"),
        ("Aleppo province", "aleppo", "governorate"),
        ("Province of Aleppo", "aleppo", "governorate"),
        ("محافظة حلب", "حلب", "governorate"),
        ("city of Homs", "homs", "city"),
        ("Omar oil field", "omar", "field"),
        ("Rabia border crossing", "rabia", "crossing"),
    ],
)
def test_a_feature_word_becomes_a_hint(name: str, rest: str, group: str) -> None:
    assert (rest, group) in split_feature(name)


def test_a_name_without_a_feature_word_or_of_nothing_else_stays_whole() -> None:
    assert split_feature("Kirkuk") == ()
    assert split_feature("Camp") == ()
    assert split_feature("River camp") == ()


def test_kinds() -> None:
    assert kind_matches("PPL", "PPLA")
    assert kind_matches("ppl", "PPL")
    assert not kind_matches("PPLA", "PPL")
    assert kind_matches("camp", "CMP")
    assert not kind_matches("camp", None)
    assert group_of_kind("CMP") == "camp"
    assert group_of_kind("XXX") is None
    with pytest.raises(ValueError, match=r"kind='a town!'.*expected a GeoNames feature code"):
        kind_matches("a town!", "PPL")


def test_every_feature_word_is_in_normal_form_and_belongs_to_a_group() -> None:
    for phrase, group in word_table().items():
        assert phrase
        assert all(normal(word) == word for word in phrase)
        assert group in groups()


@settings(max_examples=400)
@given(st.text(min_size=1, max_size=40) | st.text("abcÉéßİıñ'’ -ابةىيءᄒ한가ाก", min_size=1, max_size=12))
def test_the_last_letter_of_a_name_is_that_of_its_forms(name: str) -> None:
    last = fits._folded(name[-1])  # what is told apart by it need not be compared
    form = normal(name)
    if last and form:
        assert form[-1] == last
        assert article_form(name)[-1] == last
        assert last in fits._DROPPED or {key[-1].isascii() for key in romanised(name)} <= {last.isascii()}
