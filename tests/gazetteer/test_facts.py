"""The places of the default brief, through the embedded layers: each the right one, with all that a figure says of it."""

from __future__ import annotations

import pytest
import shapely

from geoops.core.errors import CatalogError
from geoops.core.geodesy import distance
from geoops.gazetteer import candidates, find_places, geocode
from geoops.gazetteer.names import article_form
from geoops.gazetteer.records import open_gazetteer
from geoops.layers.catalog import read_catalog

# name, kind begins with, country, governorate holds, lon, lat, within km, extent. Positions: GeoNames for towns, OCHA and
# Natural Earth for areas, public reporting for camps; rounded.
FACTS = [
    ("Deir al-Zor", "PPL", "SY", "Deir|Dayr", 40.14, 35.34, 10, None),
    ("Hasakah", "PPL", "SY", "Hasak", 40.75, 36.50, 10, None),
    ("Kirkuk", "PPL", "IQ", "Kirkuk", 44.39, 35.47, 15, None),
    ("Hamrin Mountains", "MT", "IQ", "Diyala", 44.40, 34.60, 90, "Polygon"),
    ("al Hol", "PPL", "SY", "Hasak", 41.15, 36.39, 5, None),
    ("al Hol camp", "CMP", "SY", "Hasak", 41.15, 36.376, 5, "Polygon"),
    ("Roj camp", "CMP", "SY", "Hasak", 42.08, 37.02, 20, None),
    ("Daquq", "PPL", "IQ", "Kirkuk", 44.45, 35.14, 5, None),
    ("Aleppo", "PPL", "SY", "Aleppo|Halab", 37.16, 36.20, 15, None),
    ("Homs", "PPL", "SY", "Homs|Hims", 36.72, 34.73, 10, None),
    ("Damascus", "PPL", "SY", "Damascus|Dimashq", 36.29, 33.51, 15, None),
    ("Baghdad", "PPL", "IQ", "Baghdad", 44.37, 33.32, 20, None),
    ("central Syrian desert", "DSRT", "SY", "Homs", 38.5, 34.6, 120, "Polygon"),
    ("Euphrates", "STM", "SY|IQ", "", 41.0, 34.5, 500, "LineString"),
    ("northern Iraq", "RGN", "IQ", "", 43.5, 36.0, 150, "Polygon"),
    ("Washington", "PPLC", "US", "Columbia", -77.04, 38.90, 15, None),
]


@pytest.fixture(scope="module")
def sites():
    try:
        found = read_catalog()
    except CatalogError:
        pytest.skip("the embedded layers are not built yet: run make layers")
    needed = {"places", "admin1", "countries", "regions", "camps", "rivers"}
    if not needed <= set(found.layers):
        pytest.skip(f"the embedded catalogue lacks {', '.join(sorted(needed - set(found.layers)))}: run make layers")
    return geocode([fact[0] for fact in FACTS])


@pytest.mark.parametrize(("row", "fact"), list(enumerate(FACTS)), ids=[fact[0] for fact in FACTS])
def test_a_place_of_the_report(sites, row, fact):
    _, kind, country, admin1, lon, lat, within_km, extent = fact
    site = sites.iloc[row]
    assert site["status"] == "resolved", site["reason"]
    assert site["score"] >= 0.9
    assert site["kind"].startswith(kind)
    assert set(country.split("|")) & set(site["country"].split(";"))
    if admin1:
        assert any(part in site["admin1"] for part in admin1.split("|")), site["admin1"]
    assert distance(lon, lat, site.geometry.x, site.geometry.y) / 1000.0 <= within_km
    assert site["uncertainty_m"] > 0
    assert site["gazetteer_id"]
    assert site["source"]
    assert site["licence"]
    if extent is None:
        assert site["extent"] is None
    else:
        assert site["extent"].geom_type.endswith(extent)
        assert shapely.distance(site["extent"], site.geometry) < 1e-6
    if country != "US":
        assert site["name_local"] is not None
        assert any("\u0600" <= letter <= "\u06ff" for letter in site["name_local"])


def test_town_and_camp_are_two_places(sites):
    town, camp = sites.iloc[4], sites.iloc[5]
    assert town["gazetteer_id"] != camp["gazetteer_id"]
    assert 500 < distance(town.geometry.x, town.geometry.y, camp.geometry.x, camp.geometry.y) < 10_000


def test_each_is_the_same_alone_as_among_the_others(sites):
    alone = [geocode([fact[0]])["gazetteer_id"].iloc[0] for fact in FACTS]
    assert alone == sites["gazetteer_id"].tolist()


def test_the_files_are_small_and_open_in_a_moment():
    try:
        catalog = read_catalog()
    except CatalogError:
        pytest.skip("the embedded layers are not built yet: run make layers")
    sizes = [file.stat().st_size for file in (catalog.file.parent / "data").glob("gazetteer.*.parquet")]
    if not {"places", "camps"} <= set(catalog.layers):
        pytest.skip("the embedded catalogue lacks places: run make layers")
    assert len(sizes) == 2
    assert sum(sizes) < 9_000_000
    assert len(open_gazetteer()) > 230_000


@pytest.mark.parametrize(
    ("name", "lon", "lat"),
    [
        ("حمص Homs", 36.72, 34.73), ("Mosul - الموصل", 43.13, 36.34), ("Hasakah / الحسكة", 40.75, 36.50), ("Київ (Kyiv)", 30.52, 50.45),
        ("Deir ez-Zor دير الزور", 40.14, 35.33),
    ],
)  # fmt: skip
def test_a_name_written_in_two_scripts_is_one_place(sites, name, lon, lat):
    del sites  # skips where there is no gazetteer
    (row,) = geocode([name]).itertuples()
    assert row.status == "resolved"
    assert distance(row.geometry.x, row.geometry.y, lon, lat) < 10_000.0


def test_two_scripts_that_name_different_places_are_no_place(sites):
    del sites  # skips where there is no gazetteer
    (row,) = geocode(["Kirkuk دمشق"]).itertuples()
    assert row.status == "not_found"


def test_a_long_run_of_words_takes_no_place_by_the_hash_of_a_key_alone(sites):
    del sites  # skips where there is no gazetteer
    said = "الوضع في الحسكة"
    found = find_places(f"{said} مستقر")
    assert found["name"].tolist() == ["Hasakah"]
    assert candidates(said).empty  # though a key of the gazetteer has the hash of this one
    assert len(open_gazetteer().entries(f"={article_form(said)}")) > 0


def test_french_elision_parts_a_place_from_its_preposition(sites):
    del sites  # skips where there is no gazetteer
    text = "Les forces ont quitté la ville d'Hassaké et le camp d’al-Hol, à l’est d’Alep. The talks in Côte d'Ivoire failed."
    found = find_places(text)
    near = [
        (name, text[start:end]) for name, start, end in zip(found["name"], found["start"], found["end"], strict=True)
    ]
    assert near[:3] == [("Hasakah", "Hassaké"), ("al Hol camp", "camp d’al-Hol"), ("Aleppo", "Alep")]
    assert found["text"].tolist() == [words for _, words in near]
    assert found["country"].tolist()[3:] == ["CI"]
