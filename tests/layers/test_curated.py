"""Rows typed by hand: refused unless they can be followed; and the names they give to other layers."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from tests.layers.conftest import DAMS_CSV, SOURCES_TOML

from geoops.core.errors import CatalogError
from geoops.layers import layer
from geoops.layers.build import build
from geoops.layers.catalog import read_catalog
from geoops.layers.citations import citation, citations, cited_keys, source_words, with_source_words
from geoops.layers.licences import licence_page
from geoops.layers.recipes import Recipe
from geoops.layers.sources import curated, extra_names

LAND = gpd.GeoDataFrame(
    {"country": ["SY", "IQ"]}, geometry=[shapely.box(36, 32, 42, 37), shapely.box(42, 29, 48, 37.3)], crs="EPSG:4326"
)
EMBEDDED = read_catalog().file.parent / "curated"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sources.toml").write_text(SOURCES_TOML, encoding="utf-8")
    return tmp_path


def problems(folder: Path, text: str) -> list[str]:
    file = folder / "dams.csv"
    file.write_text(text, encoding="utf-8")
    return curated.check_rows(curated.read_rows(file), curated.read_sources(folder), LAND)


def test_sound_rows_have_no_problem(folder: Path) -> None:
    assert problems(folder, DAMS_CSV) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("dam/one", "Dam One", "id must look like"),
        ("dam/two", "dam/one", "id stands twice"),
        ("One Dam,", ",", "name is missing"),
        ("880,approximate", "880,roughly", "geometry_quality is 'roughly'"),
        ("page-one;page-two", "page-one;page-nine", "page-nine are in no sources file"),
        ("page-one;page-two", "", "a row without a citation"),
        ("page-two,2025-02-01", "page-two,February", "source_date is 'February'"),
        ("damaged,2024", "damaged,24", "status_date is '24'"),
        ("35.8,1000", "35.8,-5", "uncertainty_m is -5"),
        ("35.8,1000", "35.8,", "uncertainty_m is nan"),
        ("38.5,35.8", "35.8,38.5", "more than 2000 m outside SY"),
        ("36.5,2000", "28.0,2000", "outside IQ"),
        ("DAM,SY", "DAM,Syria", "country is 'Syria'"),
        ("DAM,SY", "DAM,XX", "country is 'XX'"),
        ("38.5,35.8", ",", "no geometry"),
    ],
)
def test_each_mistake_is_named_with_its_row(old: str, new: str, says: str, folder: Path) -> None:
    found = problems(folder, DAMS_CSV.replace(old, new, 1))
    assert len(found) >= 1
    assert any(says in text and text.startswith("row ") for text in found), found


def test_swapped_axes_are_named_as_such(folder: Path) -> None:
    # 36.5 east, 36.8 north is in Syria; swapped it is 36.8, 36.5, in Syria too. Take one that tells.
    found = problems(folder, DAMS_CSV.replace("43.0,36.5", "33.0,45.0"))
    assert "longitude and latitude look swapped" in found[0]


def test_all_mistakes_are_listed_at_once_and_nothing_is_built(root: Path, recipes: dict[str, Recipe]) -> None:
    text = DAMS_CSV.replace("dam/one", "Dam One").replace("page-two,2025-02-01", "page-nine,2025-02-01")
    (root / "curated/dams.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError) as error:
        build(root, recipes=recipes, cache=root.parent / "cache")
    assert "2 mistakes" in str(error.value)
    assert "Dam One" in str(error.value)
    assert "page-nine" in str(error.value)
    assert not (root / "data/dams.parquet").exists()


def test_a_row_near_the_border_is_let_off_by_its_uncertainty(folder: Path) -> None:
    just_over = DAMS_CSV.replace("38.5,35.8,1000", "42.05,35.8,{}")  # 4.5 km into Iraq
    assert problems(folder, just_over.format(5000)) == []
    assert len(problems(folder, just_over.format(1000))) == 1


def test_lines_that_touch_their_country_are_sound(folder: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"id": ["line/a", "line/b"], "name": ["A", "B"], "kind": "OILP", "country": ["SY", "SY"], "uncertainty_m": [100, 100], "status": "operating",
         "geometry_quality": "schematic", "source": "page-one", "source_date": ["2025-01-01", "2025-02-02"]},
        geometry=[shapely.LineString([(30, 35), (40, 35)]), shapely.LineString([(43, 35), (46, 35)])], crs=4326,
    )  # fmt: skip
    file = folder / "lines.geojson"
    frame.to_file(file, driver="GeoJSON")
    rows = curated.read_rows(file)
    assert rows["source_date"].tolist() == ["2025-01-01", "2025-02-02"]  # texts, though GDAL reads dates
    found = curated.check_rows(rows, curated.read_sources(folder), LAND)
    assert len(found) == 1
    assert "line/b" in found[0]


def test_rows_become_features_with_their_names_and_licence(folder: Path) -> None:
    file = folder / "dams.csv"
    file.write_text(DAMS_CSV, encoding="utf-8")
    one, two = curated.features(curated.read_rows(file), curated.read_sources(folder)).itertuples()
    assert one.name_local == "سد واحد"
    assert one.alt_names == "First Dam|Dam 1|Benda Yek"
    assert one.licence == "CC BY 4.0; facts cited"
    assert one.capacity_mw == 880.0
    assert pd.isna(two.alt_names)
    assert pd.isna(two.capacity_mw)


def test_the_catalogue_prints_open_sources_and_lists_all(root: Path, recipes: dict[str, Recipe]) -> None:
    build(root, recipes=recipes, cache=root.parent / "cache")
    entry = read_catalog(root).entry("dams")
    assert entry["attribution"] == "Curated\nA publisher, CC BY 4.0"
    assert entry["cited"] == ["page-two", "page-one"]
    assert entry["date"] == "2025-02-01"
    page = licence_page(root)
    assert "`page-one`: A page. A publisher, 2025-01-01. CC BY 4.0. (dams)" in page
    assert "- pip: airportsdata 1 (airports)" in page
    assert "| dams | CC BY 4.0; facts cited | 2025-02-01 | curated | Curated<br>A publisher, CC BY 4.0 |" in page


def test_a_page_without_curated_layers_lists_no_sources(root: Path, recipes: dict[str, Recipe]) -> None:
    (root / "curated/dams.csv").unlink()
    build(root, recipes=recipes, cache=root.parent / "cache")
    assert "Sources of the curated layers" not in licence_page(root)


def test_a_point_whose_outline_is_known_becomes_an_area(folder: Path) -> None:
    file = folder / "camps.csv"
    outline = '"POLYGON ((38.4 35.7, 38.6 35.7, 38.6 35.9, 38.4 35.7))"'
    header, one, two = DAMS_CSV.splitlines()
    text = f"{header},extent_wkt\n{one},{outline}\n{two},\n"
    file.write_text(text, encoding="utf-8")
    rows = curated.read_rows(file)
    assert rows.geometry.geom_type.tolist() == ["Polygon", "Point"]
    assert "extent_wkt" not in rows
    file.write_text(text.replace("POLYGON ((", "POLYGON "), encoding="utf-8")
    with pytest.raises(CatalogError, match="not well-known text"):
        curated.read_rows(file)


def test_a_missing_column_is_named(folder: Path) -> None:
    file = folder / "dams.csv"
    file.write_text("id,name,lon,lat\na/b,A,1,2\n", encoding="utf-8")
    with pytest.raises(CatalogError, match="lacks the columns kind"):
        curated.read_rows(file)


class TestSources:
    """The list of sources that rows cite."""

    def test_several_files_are_one_list(self, folder: Path) -> None:
        (folder / "sources.d").mkdir()
        (folder / "sources.d/more.toml").write_text(
            SOURCES_TOML.replace("[page-one]", "[page-three]").split("[page-two]")[0], encoding="utf-8"
        )
        assert set(curated.read_sources(folder)) == {"page-one", "page-two", "page-three"}

    def test_a_key_with_two_meanings_is_refused(self, folder: Path) -> None:
        (folder / "sources.d").mkdir()
        (folder / "sources.d/more.toml").write_text(SOURCES_TOML.replace("A page", "Other"), encoding="utf-8")
        with pytest.raises(CatalogError, match=r"\[page-one\] stands twice"):
            curated.read_sources(folder)

    def test_a_source_that_cannot_be_followed_is_refused(self, folder: Path) -> None:
        (folder / "sources.toml").write_text(
            SOURCES_TOML.replace('opened = "the page, read in full"', ""), encoding="utf-8"
        )
        with pytest.raises(CatalogError, match="lacks opened"):
            curated.read_sources(folder)

    def test_a_broken_list_is_refused(self, folder: Path) -> None:
        (folder / "sources.toml").write_text("[page", encoding="utf-8")
        with pytest.raises(CatalogError, match="not valid TOML"):
            curated.read_sources(folder)

    def test_a_layer_typed_twice_is_refused(self, folder: Path) -> None:
        (folder / "dams.csv").write_text(DAMS_CSV, encoding="utf-8")
        assert list(curated.curated_files(folder)) == ["dams"]
        (folder / "dams.geojson").write_text("{}", encoding="utf-8")
        with pytest.raises(CatalogError, match="dams stands twice"):
            curated.curated_files(folder)


class TestNames:
    """Names for features of other layers."""

    HEAD = "layer,feature_name_or_code,name,name_ar,name_ku,alt_names,source\n"

    def test_without_a_table_nothing_changes(self, folder: Path) -> None:
        frame = gpd.GeoDataFrame({"name": ["A"], "country": ["SY"]}, geometry=[shapely.Point(40, 35)], crs=4326)
        result = extra_names.apply(frame, extra_names.read(folder, "rivers"))
        assert result["name"].tolist() == ["A"]
        assert extra_names.merge_places(frame, folder / "places_extra.csv") is frame

    def test_names_are_given_by_name_or_code_and_only_within(self, folder: Path) -> None:
        (folder / "names_extra.csv").write_text(
            self.HEAD + "rivers,Firat,Euphrates,الفرات,Ferat,Frat,x\nrivers,SY,Syria,سوريا,,,x\n", encoding="utf-8"
        )
        frame = gpd.GeoDataFrame(
            {"name": ["Fırat".replace("ı", "i"), "FIRAT", "Other"], "country": ["TR", "TR", "SY"], "alt_names": [None, "Murat", None]},
            geometry=[shapely.Point(39, 37), shapely.Point(10, 10), shapely.Point(40, 35)], crs=4326,
        )  # fmt: skip
        result = extra_names.apply(frame, extra_names.read(folder, "rivers"), within=(34, 28, 50, 39))
        assert result["name"].tolist() == ["Euphrates", "FIRAT", "Syria"]
        assert result["alt_names"].tolist() == ["Frat|Ferat|Firat", "Murat", "Other"]
        assert result["name_local"].tolist()[0] == "الفرات"
        assert frame["name"].tolist() == ["Firat", "FIRAT", "Other"]  # what was passed is not changed

    def test_a_table_without_its_columns_is_refused(self, folder: Path) -> None:
        (folder / "names_extra.csv").write_text("layer,name\nrivers,A\n", encoding="utf-8")
        with pytest.raises(CatalogError, match="feature_name_or_code"):
            extra_names.read(folder, "rivers")

    PLACES = (
        "id,name,name_ar,name_ku,alt_names,kind,country,admin1,lon,lat,uncertainty_m,status,status_date,gazetteer_id,population,"
        "geometry_quality,source,source_date,note\n"
        "place/7,Deir al-Zor,دير الزور,Dêrazor,Deir Ezzor,PPLA,SY,,40.14,35.33,5000,,,7,,approximate,page-one,2025-01-01,\n"
        "place/new,Suwar,الصور,,as-Suwar,PPL,SY,,40.66,35.5,3000,,,,1200,approximate,page-two,2025-01-01,\n"
    )

    @pytest.fixture
    def places(self) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(
            {"id": ["geonames/7"], "geonameid": [7], "name": ["Deir ez-Zor"], "name_local": [None], "alt_names": ["Dayr"], "kind": ["PPL"],
             "country": ["SY"], "admin1_code": ["07"], "population": [271800], "uncertainty_m": [6500.0], "geometry_quality": ["approximate"]},
            geometry=[shapely.Point(40.141, 35.336)], crs=4326,
        )  # fmt: skip

    def test_places_get_names_and_new_ones_are_added(self, folder: Path, places: gpd.GeoDataFrame) -> None:
        file = folder / "places_extra.csv"
        file.write_text(self.PLACES, encoding="utf-8")
        old, new = extra_names.merge_places(places, file).itertuples()
        assert (old.name, old.name_local, old.kind) == ("Deir al-Zor", "دير الزور", "PPLA")
        assert old.alt_names == "Deir Ezzor|Dêrazor|Deir ez-Zor|Dayr"
        assert (old.uncertainty_m, old.geometry.x) == (6500.0, 40.141)  # names only: the place stays where it was
        assert (new.id, new.name, new.population, new.uncertainty_m) == ("place/new", "Suwar", 1200, 3000.0)
        assert new.source.endswith("page-two")

    def test_a_number_that_no_place_has_is_refused(self, folder: Path, places: gpd.GeoDataFrame) -> None:
        file = folder / "places_extra.csv"
        file.write_text(self.PLACES.replace(",7,,app", ",8,,app"), encoding="utf-8")
        with pytest.raises(CatalogError, match="gazetteer_id 8"):
            extra_names.merge_places(places, file)


class TestRivers:
    """Rivers typed by hand beside those of Natural Earth."""

    @pytest.fixture
    def rivers(self) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(
            {"id": ["river/ne-1"], "name": ["Tigris"], "name_local": [None], "alt_names": [None], "kind": ["STM"], "rank": [1],
             "source": ["Natural Earth"], "licence": ["public domain"]},
            geometry=[shapely.LineString([(43, 37), (44, 33)])], crs=4326,
        )  # fmt: skip

    def test_they_come_behind_with_their_citation(self, folder: Path, rivers: gpd.GeoDataFrame) -> None:
        file = folder / "rivers_extra.geojson"
        gpd.GeoDataFrame(
            {"id": ["region/khabur"], "name": ["Khabur"], "name_ar": ["نهر الخابور"], "name_ku": ["Xabûr"], "kind": ["STM"],
             "country": ["SY"], "uncertainty_m": [3000], "status": [None], "rank": [6], "geometry_quality": ["generalised"],
             "source": ["page-one"], "source_date": ["2025-01-01"], "note": ["read there"]},
            geometry=[shapely.LineString([(40, 36.9), (40.4, 35.1)])], crs=4326,
        ).to_file(file, driver="GeoJSON")  # fmt: skip
        tigris, khabur = extra_names.add_rivers(rivers, file).itertuples()
        assert (tigris.source, tigris.licence, tigris.rank) == ("Natural Earth", "public domain", 1)
        assert (khabur.id, khabur.name_local, khabur.alt_names, khabur.rank) == (
            "region/khabur",
            "نهر الخابور",
            "Xabûr",
            6,
        )
        assert khabur.source.endswith("(rivers_extra.geojson): page-one")
        assert khabur.licence == "CC BY 4.0"
        assert "rivers_extra" not in curated.curated_files(folder)  # no layer of its own

    def test_without_the_file_nothing_changes(self, folder: Path, rivers: gpd.GeoDataFrame) -> None:
        assert extra_names.add_rivers(rivers, folder / "rivers_extra.geojson") is rivers


def test_the_embedded_rows_are_sound() -> None:
    land = layer("countries")
    sources = curated.read_sources(EMBEDDED)
    files = {
        **curated.curated_files(EMBEDDED),
        **{f.stem: f for f in EMBEDDED.glob("*_extra.*") if f.stem != "names_extra"},
    }
    assert {"places_extra", "rivers_extra"} <= set(files)
    for name, file in files.items():
        assert curated.check_rows(curated.read_rows(file), sources, land) == [], name


def test_the_embedded_layers_are_those_of_the_files_typed() -> None:
    for name, file in curated.curated_files(EMBEDDED).items():
        assert set(layer(name)["id"]) == set(curated.read_rows(file)["id"]), name


def test_the_rivers_of_the_region_are_lines_that_reach_what_they_flow_into() -> None:
    rivers = layer("rivers", region=(35.0, 32.0, 47.0, 38.0)).set_index("id")
    assert set(curated.read_rows(EMBEDDED / "rivers_extra.geojson")["id"]) <= set(rivers.index)
    for river, into in (
        ("khabur", "Euphrates"), ("greater-zab", "Tigris"), ("lesser-zab", "Tigris"), ("diyala-river", "Tigris"),
    ):  # fmt: skip
        mouth = shapely.union_all(rivers.geometry[rivers["name"] == into].to_numpy())
        assert shapely.distance(rivers.geometry[f"region/{river}"], mouth) < 0.002, river  # 200 m: no way between


def test_the_licence_page_is_in_step_with_the_catalogue() -> None:
    page = EMBEDDED.parents[1] / "DATA_LICENCES.md"
    assert page.read_text(encoding="utf-8") == licence_page()


def test_every_key_of_the_embedded_layers_is_told_in_words() -> None:
    found, known = read_catalog(), citations()
    cited = {key for entry in found.layers.values() for key in entry.get("cited", ())}
    assert cited
    assert cited <= set(known)
    assert all(
        c.publisher and c.title and (c.link or not c.document or c.date) for c in map(known.get, sorted(cited)) if c
    )
    assert source_words("alaraby-roj-2026;general-knowledge", known) == (
        "typed by hand from Al-Araby Al-Jadeed (2026); general knowledge of the compilers, no document opened"
    )


def test_a_source_is_told_with_its_year_where_it_has_one() -> None:
    told = [
        citation({"title": "T", "publisher": "P", "date": date}).short for date in ("2025-02-26", "2020", "undated", "")
    ]
    assert told == ["P (2025)", "P (2020)", "P", "P"]
    assert (
        citation({"title": "Judged", "publisher": "P", "opened": "nothing", "known_as": "a guess"}).short == "a guess"
    )


def test_sources_beside_a_catalogue_stand_over_those_of_the_embedded_layers(tmp_path: Path) -> None:
    (tmp_path / "catalog.toml").write_text("", encoding="utf-8")
    (tmp_path / "curated").mkdir()
    (tmp_path / "curated" / "sources.toml").write_text(SOURCES_TOML, encoding="utf-8")
    known = citations(tmp_path)
    assert {"page-one", "alaraby-roj-2026"} <= set(known)
    assert cited_keys("page-one;mine", known) == ("page-one", "mine")
    assert source_words("page-one;mine", known).endswith("; mine")  # what nobody described stands as it came
    for words in ("GeoNames", "my-survey", "A survey; 2024"):
        assert cited_keys(words, known) == ()
        assert source_words(words, known) == words


def test_words_stand_beside_the_keys_of_a_table() -> None:
    table = pd.DataFrame({"name": ["a", "b", "c"], "source": ["alaraby-roj-2026", "GeoNames", None], "note": ""})
    told = with_source_words(table, citations())
    assert list(told.columns) == ["name", "source", "source_words", "note"]
    assert told["source_words"].tolist()[:2] == ["typed by hand from Al-Araby Al-Jadeed (2026)", "GeoNames"]
    assert with_source_words(table.iloc[1:], citations()).columns.tolist() == table.columns.tolist()
