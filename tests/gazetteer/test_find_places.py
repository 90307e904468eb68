"""Mentions in running text: their spans, what they were resolved to, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoops.core.errors import InputError
from geoops.gazetteer import find_places
from geoops.gazetteer.mentions import MENTION_COLUMNS
from geoops.gazetteer.tokens import feature_words, plurals, tokens_of, words

PASSAGE = """\
Analysts fear that fighters are regrouping in Syria and Iraq. Personnel moved from the central Syrian desert to \
Deir al-Zor, Hasakah and Kirkuk. Activity was reported in the Hamrin Mountains and towards Daquq, where a restaurant was \
watched. Syria's interim government raided a flat in Aleppo. Arms went to Homs and Damascus and along the Euphrates. \
Many are held in al Hol and Roj camps in north-eastern Syria. In Deir ez-Zor province, the Omar oil field burned. \
Clashes in the village of Umm Zaghoul continued near Qarn al-Zaytun.

President Khattab told Reuters that the Kirkuk Intelligence Group counted attacks. Washington said it would stay.
"""


def spans(text, gazetteer):
    found = find_places(text, gazetteer=gazetteer)
    return list(zip(found["text"], found["gazetteer_id"], strict=True))


def test_the_places_of_a_passage(gazetteer):
    assert spans(PASSAGE, gazetteer) == [
        ("Syria", "country/SY"),
        ("Iraq", "country/IQ"),
        ("central Syrian desert", "region/central-syrian-desert"),
        ("Deir al-Zor", "geonames/170794"),
        ("Hasakah", "geonames/173811"),
        ("Kirkuk", "geonames/94787"),
        ("Hamrin Mountains", "region/hamrin"),
        ("Daquq", "geonames/90220"),
        ("Syria", "country/SY"),
        ("Aleppo", "geonames/170063"),
        ("Homs", "geonames/169577"),
        ("Damascus", "geonames/170654"),
        ("Euphrates", "river/euphrates"),
        ("al Hol", "camp/al-hol"),
        ("Roj camps", "camp/roj"),
        ("north-eastern Syria", "region/north-eastern-syria"),
        ("Deir ez-Zor province", "admin1/SY-DY"),
        ("Omar oil field", "oil-field/omar"),
        ("Umm Zaghoul", None),
        ("Qarn al-Zaytun", None),
    ]


def test_spans_are_characters_of_the_text_and_columns_are_those_promised(gazetteer):
    found = find_places(PASSAGE, gazetteer=gazetteer)
    assert tuple(found.columns) == MENTION_COLUMNS
    assert found.crs == "EPSG:4326"
    for row in found.itertuples():
        assert PASSAGE[row.start : row.end] == row.text
    assert found["start"].is_monotonic_increasing
    assert (found["end"].to_numpy()[:-1] <= found["start"].to_numpy()[1:]).all()
    lost = found[found["status"] == "not_found"]
    assert lost["name"].tolist() == lost["text"].tolist() == ["Umm Zaghoul", "Qarn al-Zaytun"]
    assert lost[["lon", "lat"]].isna().all(axis=None)
    ranges = found[found["text"] == "Hamrin Mountains"].iloc[0]
    assert ranges["extent"].geom_type == "Polygon"
    assert (ranges["lon"], ranges["lat"]) == (ranges.geometry.x, ranges.geometry.y)


@pytest.mark.parametrize(
    "text",
    [
        "President Khattab spoke.",
        "Mr Homs told the paper.",
        "Mohammed Tripoli was there.",
        "They met Damascus Hussein.",
        "Washington said it would not.",
        "The Kirkuk Intelligence Group wrote.",
        "The Aleppo Post reported it.",
        "In May they left.",
        "Syrian and Iraqi officials met on Monday.",
        "the hills and the river, a camp, a city",
        "",
        "1234 !!! ... \x00",
    ],
)
def test_what_is_no_place_is_left_alone(gazetteer, text):
    assert spans(text, gazetteer) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("They drove to Homs.", [("Homs", "geonames/169577")]),
        ("Homs’s suburbs", [("Homs", "geonames/169577")]),
        ("in Aleppo's north", [("Aleppo", "geonames/170063")]),
        ("near Deir-ez-Zor, Syria", [("Deir-ez-Zor", "geonames/170794"), ("Syria", "country/SY")]),
        ("the city of Homs", [("city of Homs", "geonames/169577")]),
        ("in Tripoli, Lebanon", [("Tripoli", "geonames/448149"), ("Lebanon", "country/LB")]),
        ("in Tripoli, Libya", [("Tripoli", "geonames/2210247"), ("Libya", "country/LY")]),
        ("the provinces of Aleppo, Deir ez-Zor and Hasakah fell", [("Aleppo", "admin1/SY-HL"), ("Deir ez-Zor", "admin1/SY-DY"), ("Hasakah", "admin1/SY-HA")]),
        ("Aleppo and Hasakah provinces fell", [("Aleppo", "admin1/SY-HL"), ("Hasakah provinces", "admin1/SY-HA")]),
        ("convoys reached Jabal Hamrin\nby night", [("Jabal Hamrin", "region/hamrin")]),
        ("the Euphrates River", [("Euphrates River", "river/euphrates")]),
        ("at the Homs refinery", [("Homs refinery", "refinery/homs")]),
        ("shelling in Homs. Kirkuk was calm.", [("Homs", "geonames/169577"), ("Kirkuk", "geonames/94787")]),
        ("قالوا إن القوات دخلت دير الزور", [("دير الزور", "geonames/170794")]),
        ("قرب مخيم الهول", [("مخيم الهول", "camp/al-hol")]),
        ("في حلب وحمص", [("حلب", "geonames/170063"), ("حمص", "geonames/169577")]),
        ("fighters near حلب and Kirkuk", [("حلب", "geonames/170063"), ("Kirkuk", "geonames/94787")]),
    ],
)  # fmt: skip
def test_the_shapes_that_mentions_take(gazetteer, text, wanted):
    assert spans(text, gazetteer) == wanted


def test_one_sense_per_text_and_the_text_decides_between_namesakes(gazetteer):
    alone = find_places("He flew to Tripoli.", gazetteer=gazetteer)
    assert alone["country"].tolist() == ["LY"]
    together = find_places(
        "Boats left Tripoli for the north of Lebanon. From Homs and Damascus came more. Tripoli was full.",
        gazetteer=gazetteer,
    )
    assert set(together.loc[together["text"] == "Tripoli", "country"]) == {"LB"}


@pytest.mark.parametrize(
    "text",
    [
        "in the village of Tal Abyadiya",
        "near Qarn al-Zaytun",
        "Bardalla village was taken",
        "south of Umm Zaghoul",
        "outside Bardalla,",
    ],
)
def test_an_unknown_place_is_a_row_that_says_so(gazetteer, text):
    found = find_places(text, gazetteer=gazetteer)
    assert found["status"].tolist() == ["not_found"]
    assert found["reason"].iloc[0].startswith("no place of that name")
    assert text[found["start"].iloc[0] : found["end"].iloc[0]] == found["text"].iloc[0]


@pytest.mark.parametrize(
    "text",
    ["near President Bardalla", "in NATO", "in Q3", "in the Bardalla Brigade", "near Bardalla, he said", "in Ramadan"],
)
def test_an_unknown_capital_is_no_place_for_every_reason(gazetteer, text):
    found = find_places(text, gazetteer=gazetteer)
    assert [t for t in found["text"] if t != "Bardalla"] == []


@pytest.mark.parametrize(
    "text",
    [
        "Tripoli, a nurse, left early. She lives in Homs.",
        "Tripoli, who sells fish, left early.",
        "Tripoli, their driver, was late.",
        "Damascus Karim, a baker, waited.",
        "They met Hope of Damascus, a choir.",
        "Section Homs 22 was closed.",
        "Homs, he said, was asleep.",
        "In Kirkuk and Daquq it rained. Damascus promised help.",
        "The Union of Homs met.",
    ],
)
def test_people_governments_and_names_of_things_are_told_by_their_surroundings(gazetteer, text):
    false = {"Tripoli", "Damascus"} if "Damascus" in text or "Tripoli" in text else {"Homs"}
    assert false.isdisjoint(find_places(text, gazetteer=gazetteer)["text"])


def test_a_word_used_as_a_persons_name_is_a_person_later_on_too(gazetteer):
    text = "Professor Tripoli came by bus. At noon Tripoli rested; the road to Tripoli was closed."
    found = find_places(text, gazetteer=gazetteer)
    assert found["start"].tolist() == [text.rindex("Tripoli")]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The road to Qarn al-Zaytun is shut.", "Qarn al-Zaytun"),
        ("A family from Bardalla walked here.", "Bardalla"),
        ("Wells at Tall Bardalla are dry.", "Tall Bardalla"),
        ("Kafr Bardalla was flooded.", "Kafr Bardalla"),
        ("Camps in Homs and Bardalla were hit.", "Bardalla"),
        ("in Homs, Bardalla and Aleppo", "Bardalla"),
        ("people of El Zarquelito de Abajo", "El Zarquelito de Abajo"),
        ("وصلت القافلة إلى قرية تل زرنوخة مساء", "تل زرنوخة"),
        ("في بلدة زرقونية", "زرقونية"),
    ],
)
def test_an_unknown_place_is_told_by_its_surroundings(gazetteer, text, wanted):
    found = find_places(text, gazetteer=gazetteer)
    assert found.loc[found["status"] == "not_found", "text"].tolist() == [wanted]


def test_an_arabic_place_with_an_and_written_onto_it_is_found_without_it(gazetteer):
    text = "وصلت القافلة إلى حمص وحلب، كما قالت وزارة حمص"
    found = find_places(text, gazetteer=gazetteer)
    assert found["text"].tolist() == ["حمص", "حلب"]


def test_a_preposition_that_is_an_article_elsewhere_is_no_part_of_the_name(gazetteer):
    assert spans("shells fell at Homs", gazetteer) == [("Homs", "geonames/169577")]
    assert spans("near al-Hol", gazetteer)[0][0] == "al-Hol"


def test_a_text_longer_than_one_piece_is_read_whole_and_its_offsets_hold(gazetteer):
    filler = "nothing to see here, move along. " * 9000  # longer than what is looked at together
    text = f"Shelling in Homs. {filler}\n\nThen rain fell in Kirkuk. {filler} Calm in Aleppo"
    found = find_places(text, gazetteer=gazetteer)
    assert found["text"].tolist() == ["Homs", "Kirkuk", "Aleppo"]
    assert [text[a:b] for a, b in zip(found["start"], found["end"], strict=True)] == found["text"].tolist()


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x01Homs\x7f in\x0b Homs",
        "in \u202eHoms\u202c and \u200fحلب\u200e",
        "in \ud800Homs\udfff",
        f"in {'Z' * 500} near {'a' * 500}",
        f"{'a' * 300_000} in Homs",
        f"{'.' * 300_000} in Homs",
        "at 36.39, 41.15 and 36°23'N 41°09'E in Homs",
        "\u0301\u0301Homs\u0301",
        "١٢٣ ٤٥٦ in Homs",
    ],
)
def test_bad_input_gives_rows_that_are_in_the_text_and_no_invented_place(gazetteer, text):
    found = find_places(text, gazetteer=gazetteer)
    assert [text[a:b] for a, b in zip(found["start"], found["end"], strict=True)] == found["text"].tolist()
    assert set(found["gazetteer_id"].dropna()) <= {"geonames/169577", "geonames/170063"}


def test_a_long_text_without_a_place_is_quickly_empty(gazetteer):
    assert len(find_places("nothing to see here, move along. " * 3000, gazetteer=gazetteer)) == 0


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=20),
            st.sampled_from(["Homs", " in ", "al-", "Hol", " camp", "\n", "حلب", "، و", " of ", "Mountains"]),
        ),
        max_size=14,
    )
)
def test_no_text_breaks_it(gazetteer, parts):
    text = "".join(parts)
    found = find_places(text, gazetteer=gazetteer)
    for row in found.itertuples():
        assert text[row.start : row.end] == row.text != ""


def test_a_text_is_a_string(gazetteer):
    with pytest.raises(InputError, match=r"expected a string; bytes came; read files with geoops.read_text"):
        find_places(b"Homs", gazetteer=gazetteer)


def test_tokens_know_their_neighbours():
    tokens = tokens_of("Syria’s Homs - and al-Hol;\n\nدَيْر")
    assert [(t.text, t.joins, t.capital) for t in tokens] == [
        ("Syria", False, True), ("Homs", False, True), ("and", False, False), ("al", True, False), ("Hol", True, True),
        ("دَيْر", False, False),
    ]  # fmt: skip
    assert tokens[0].plain == "syria"
    assert tokens[-1].begins
    assert tokens[-1].arabic


def test_word_lists_are_in_normal_form_and_do_not_contradict_one_another():
    for name in ("locatives", "articles", "titles", "given", "speech", "organisations", "never", "common"):
        assert words(name)
    assert not words("titles") & words("locatives")
    assert set(plurals().values()) <= feature_words()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("In Iraq they prayed in Sadr City on Friday.", ["Iraq", "Sadr City"]),
        ("In Syria the river is a ditch as far as Shaddadi, he said.", ["Syria", "Shaddadi"]),
        ("In Mali they entered the old city of Timbuktu, a hotel owner said.", ["Mali", "city of Timbuktu"]),
        ("In Mali the rebels claimed Tinzaouaten.", ["Mali", "Tinzaouaten"]),
        ("The Red Crescent convoy reached Damascus in Syria.", ["Damascus", "Syria"]),
        ("The Men of Dignity movement is from Sweida in Syria.", ["Sweida", "Syria"]),
        ("On the Palmyra-Deir ez-Zor highway in Syria it rained.", ["Palmyra", "Deir ez-Zor", "Syria"]),
        ("The area called Liptako-Gourma lies in Mali.", ["Liptako-Gourma", "Mali"]),
        ("The Jalisco New Generation Cartel rules in Mexico.", ["Mexico"]),
        ("In Afghanistan two died in Paktika's capital, Sharana.", ["Afghanistan", "Paktika", "Sharana"]),
        ("In Syria, Al-Shabab has no post, it said.", ["Syria"]),
        ("The head of the village, Dildar Kako, wept.", []),
        ("In World War II, tanks rolled.", []),
        ("A drone struck Chinook helicopters.", []),
    ],
)
def test_what_stands_round_a_name_says_whether_it_is_a_place(text, named):
    assert find_places(text)["text"].tolist() == named


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("In Zubland, talks failed. The aid stayed in Syria.", "Zubland"),
        ("The army retook Zubrewad Wadban on Friday.", "Zubrewad Wadban"),
        ("They landed on Zubrewad Island in the morning.", "Zubrewad Island"),
        ("West of the town lies the Zubrewad oil field, he said.", "Zubrewad oil field"),
        ("The Bab al-Zubrewad strait carried half the ships.", "Bab al-Zubrewad"),
        ("The army took the bridges at Zubrewad and Wadbeegle, in Syria.", "Wadbeegle"),
        ("They fought at Aleppo, Homs and Zubrena in the north of Syria.", "Zubrena"),
        ("Families left the district's capital, Zubrewad, on foot.", "Zubrewad"),
        ("They fled from Busra al-Zubayn in Syria.", "Busra al-Zubayn"),
        ("In Ukraine the village of Robotyne changed hands near Zaporizhzhia.", "Robotyne"),
    ],
)
def test_a_place_that_no_gazetteer_has_is_said_to_be_not_found(text, unknown):
    found = find_places(text)
    assert unknown in found.loc[found["status"] == "not_found", "text"].tolist()


@pytest.mark.parametrize(
    ("text", "name", "country"),
    [
        ("Houthi forces moved from Lahij to Ataq in Shabwa, near Marib and Sanaa.", "Shabwa", "YE"),
        ("From Mogadishu and Kismayo the army went to the front in Hiran.", "Hiran", "SO"),
        ("Gunmen attacked a post in Riyadh, a subdistrict southwest of Kirkuk, police said.", "Riyadh", "IQ"),
        ("CULIACÁN, Mexico - Gunfire was heard in Mazatlán.", "Mexico", "MX"),
        ("The guns come from Texas, officials in Houston said.", "Texas", "US"),
    ],
)
def test_a_name_is_read_where_the_text_is_at_home(text, name, country):
    found = find_places(text)
    row = found[found["text"] == name].iloc[0]
    assert (row["country"], row["kind"][:3] in ("ADM", "PCL") or name == "Riyadh") == (country, True)
