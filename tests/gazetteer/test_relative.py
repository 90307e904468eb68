"""Places told from other places: where the phrase begins, where it leads, and how sure that is."""

from __future__ import annotations

import pytest
import shapely
from geographiclib.geodesic import Geodesic

from geoops.gazetteer import find_places
from geoops.gazetteer.relative import relatives

EARTH = Geodesic.WGS84


@pytest.mark.parametrize(
    ("text", "bearing", "metres", "rounding"),
    [
        ("30 km east of Kirkuk", 90, 30_000, 5_000),
        ("35 kilometres south-west of Kirkuk", 225, 35_000, 2_500),
        ("12 km to the north of Kirkuk", 0, 12_000, 500),
        ("2.5 km northwest of Kirkuk", 315, 2_500, 50),
        ("20 miles south east of the Kirkuk", 135, 32_186.88, 8_046.72),
        ("100km West of Kirkuk", 270, 100_000, 50_000),
        ("south of Kirkuk", 180, None, 0),
    ],
)
def test_a_heading_and_a_distance_are_read(text, bearing, metres, rounding):
    whole = f"A post {text}."
    start = whole.index("Kirkuk")
    found = relatives(whole, [(start, start + 6)])
    assert len(found) == 1
    assert whole[found[0].start : found[0].end] == text
    assert found[0].bearing_deg == bearing
    assert found[0].distance_m == (None if metres is None else pytest.approx(metres))
    assert found[0].rounding_m == pytest.approx(rounding)


@pytest.mark.parametrize(
    "text", ["in Kirkuk", "30 km from Kirkuk", "the south of it. Kirkuk", "between him and Kirkuk", "eastern. Kirkuk"]
)
def test_other_phrases_are_not(text):
    start = text.index("Kirkuk")
    assert relatives(text, [(start, start + 6)]) == []


def test_a_distance_leads_along_the_geodesic_with_the_doubt_of_heading_rounding_and_anchor(gazetteer):
    found = find_places("A post 30 km east of Kirkuk burned.", gazetteer=gazetteer)
    assert found["text"].tolist() == ["30 km east of Kirkuk"]
    row = found.iloc[0]
    oracle = EARTH.Direct(35.468, 44.392, 90.0, 30_000.0)
    assert (row["lon"], row["lat"]) == pytest.approx((oracle["lon2"], oracle["lat2"]), abs=1e-6)
    # Whoever goes 25 to 35 km on a heading between 67.5 and 112.5 degrees ends inside the radius.
    for heading in (67.5, 90.0, 112.5):
        end = EARTH.Direct(35.468, 44.392, heading, 30_000.0)
        assert EARTH.Inverse(row["lat"], row["lon"], end["lat2"], end["lon2"])["s12"] <= row["uncertainty_m"]
    for metres in (25_000.0, 35_000.0):
        end = EARTH.Direct(35.468, 44.392, 90.0, metres)
        assert EARTH.Inverse(row["lat"], row["lon"], end["lat2"], end["lon2"])["s12"] <= row["uncertainty_m"]
    assert row["uncertainty_m"] < 20_000
    assert row["reason"] == "30 km at 90° from Kirkuk; exact"
    assert row["gazetteer_id"] is None
    assert (row["kind"], row["country"], row["precision"]) == ("AREA", "IQ", 2)
    assert row["geometry"].equals(shapely.Point(row["lon"], row["lat"]))


def test_a_heading_without_a_distance_is_a_wider_disc_on_that_side(gazetteer):
    row = find_places("Clashes south of Daquq went on.", gazetteer=gazetteer).iloc[0]
    assert row["text"] == "south of Daquq"
    assert row["lat"] < 35.139
    assert row["uncertainty_m"] > 15_000
    assert "some 15 km" in row["reason"]


def test_between_two_places_is_the_middle_and_reaches_to_either(gazetteer):
    found = find_places("The road between Homs and Palmyra was cut.", gazetteer=gazetteer)
    assert found["text"].tolist() == ["between Homs and Palmyra"]
    row = found.iloc[0]
    for lon, lat in ((36.726, 34.724), (38.284, 34.557)):
        assert EARTH.Inverse(row["lat"], row["lon"], lat, lon)["s12"] <= row["uncertainty_m"]


def test_a_part_of_a_country_is_that_part_of_its_extent(gazetteer):
    row = find_places("Rain fell in western Libya.", gazetteer=gazetteer).iloc[0]
    assert row["text"] == "western Libya"
    assert row["extent"].bounds == pytest.approx((9.3, 19.5, (9.3 + 25.2) / 2, 33.2))
    assert shapely.intersects(row["extent"], row["geometry"])
    corner = find_places("Rain fell in north-eastern Lebanon.", gazetteer=gazetteer).iloc[0]
    assert corner["extent"].bounds == pytest.approx((35.35, 33.85, 35.7, 34.7))


def test_a_region_that_the_gazetteer_has_is_its_own_and_no_part(gazetteer):
    row = find_places("Rain fell in northern Iraq.", gazetteer=gazetteer).iloc[0]
    assert row["gazetteer_id"] == "region/northern-iraq"


def test_a_part_of_a_point_and_a_phrase_on_an_unknown_place_stay_what_they_were(gazetteer):
    assert find_places("in eastern Homs", gazetteer=gazetteer)["text"].tolist() == ["Homs"]
    found = find_places("30 km east of Bardalla", gazetteer=gazetteer)
    assert found["status"].tolist() == ["not_found"]
