"""The checker finds what disagrees, believes what is explained, and says what is lacking; and the embedded rows pass it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from tests.layers.conftest import DAMS_CSV, SOURCES_TOML

from geoops.cli import run
from geoops.core.errors import CatalogError, ReadError
from geoops.core.geodesy import distance
from geoops.layers.build import build
from geoops.layers.catalog import read_catalog
from geoops.layers.recipes import Recipe
from geoops.layers.reference import Comparison, _apart, compare, confirmations
from geoops.layers.sources.reference_files import COLUMNS, read_folder, reference_of

SHARED = Path(__file__).resolve().parents[3] / "shared/reference"
EMBEDDED = read_catalog().file.parent
POINTS = "name,lon,lat,type,source\n"


@pytest.fixture(scope="module")
def found() -> Comparison:
    """The embedded rows compared once."""
    return compare(SHARED)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a list of points that has the first dam where it is."""
    folder = tmp_path / "reference"
    folder.mkdir()
    points(folder, "One Dam,38.51,35.8,dam,x")
    return folder


def points(folder: Path, *rows: str) -> None:
    (folder / "infrastructure_points_2017.csv").write_text(POINTS + "".join(f"{r}\n" for r in rows), encoding="utf-8")


@pytest.fixture
def small(root: Path, recipes: dict[str, Recipe]) -> Path:
    """A catalogue whose curated layer has two dams; the second page is the list of points."""
    sources = SOURCES_TOML + 'reference = "infrastructure_points"\n'
    (root / "curated/sources.toml").write_text(sources, encoding="utf-8")
    build(root, recipes=recipes, cache=root.parent / "cache")
    return root


def dams(root: Path, text: str) -> None:
    (root / "curated/dams.csv").write_text(text, encoding="utf-8")


def test_a_row_that_agrees_is_said_to(files: Path, small: Path) -> None:
    found = compare(files, catalog=small)
    assert found.pairs[["id", "reference_name", "finding"]].to_numpy().tolist() == [["dam/one", "One Dam", "agrees"]]
    expected = float(distance(38.5, 35.8, 38.51, 35.8))
    assert found.pairs["distance_m"].iloc[0] == pytest.approx(expected, abs=1.0)
    assert found.unresolved.empty
    assert found.missing.empty


def test_a_planted_disagreement_is_found(files: Path, small: Path) -> None:
    points(files, "One Dam,38.6,35.8,dam,x")  # 9 km east, beyond 1 km and 3 km
    (row,) = compare(files, catalog=small).unresolved.itertuples()
    assert (row.id, row.finding) == ("dam/one", "differs")
    assert row.uncertainty_m == 1000.0
    assert row.reference_uncertainty_m == 3000.0
    assert "Differs from page-two:" in row.remedy


def test_a_row_is_not_confirmed_by_the_file_that_it_cites(files: Path, small: Path) -> None:
    found = compare(files, catalog=small).pairs
    assert not found["independent"].iloc[0]  # cites page-two, which is that file
    assert confirmations(found)[["compared", "confirmed", "differing"]].to_numpy().tolist() == [[1, 0, 0]]
    dams(small, DAMS_CSV.replace("page-one;page-two", "page-one"))
    found = compare(files, catalog=small).pairs
    assert found["independent"].iloc[0]
    assert confirmations(found)[["compared", "confirmed", "differing"]].to_numpy().tolist() == [[1, 1, 0]]


def test_a_difference_is_explained_in_the_note_and_only_in_the_form_that_is_read(files: Path, small: Path) -> None:
    points(files, "One Dam,38.6,35.8,dam,x")
    told = "Differs from page-two: it has the town of that name."
    dams(small, DAMS_CSV.replace("2025-01-01,\n", f"2025-01-01,{told}\n", 1))
    assert compare(files, catalog=small).pairs["finding"].tolist() == ["explained"]
    for other in ("The points differ; looked at.", "Differs from page-two: .", "Differs from page-one: it is another."):
        dams(small, DAMS_CSV.replace("2025-01-01,\n", f"2025-01-01,{other}\n", 1))
        assert compare(files, catalog=small).unresolved["finding"].iloc[0] == "differs", other


def test_an_explanation_of_no_difference_is_a_finding(files: Path, small: Path) -> None:
    dams(small, DAMS_CSV.replace("2025-01-01,\n", "2025-01-01,Differs from page-two: it was far off once.\n", 1))
    (row,) = compare(files, catalog=small).unresolved.itertuples()
    assert (row.id, row.finding) == ("dam/one", "explained without need")


def test_what_a_reference_has_and_no_row_is_missing_unless_excluded(files: Path, small: Path) -> None:
    points(
        files,
        "One Dam,38.51,35.8,dam,x",
        "Third Weir,40.0,35.0,dam,x",
        "Abroad Dam,30.0,35.0,dam,x",
        "Silo,40,35,silo,x",
    )
    found = compare(files, catalog=small)
    expected = [["infrastructure_points_2017.csv", "dams", "dam", "Third Weir", 40.0, 35.0]]
    assert found.missing.to_numpy().tolist() == expected
    excluded = small / "curated/excluded.csv"
    excluded.write_text("reference,name,reason\npage-two,Third Weir,A weir is no dam.\n", encoding="utf-8")
    assert compare(files, catalog=small).missing.empty
    excluded.write_text("reference,name,reason\npage-two,Fourth Weir,A weir is no dam.\n", encoding="utf-8")
    (row,) = compare(files, catalog=small).unresolved.itertuples()
    assert (row.reference_name, row.finding) == ("Fourth Weir", "excluded without need")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("reference,name\npage-two,X\n", "lacks the columns reason"),
        ("reference,name,reason\npage-one,X,A weir is no dam.\n", "no source has the key 'page-one'"),
        ("reference,name,reason\npage-two,X,no\n", "row 1 \\(X\\): no reason"),
    ],
)
def test_an_exclusion_that_says_nothing_is_refused(text: str, says: str, files: Path, small: Path) -> None:
    (small / "curated/excluded.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match=says):
        compare(files, catalog=small)


def test_a_namesake_beside_the_thing_itself_is_another_thing(files: Path, small: Path) -> None:
    points(files, "One Dam,38.51,35.8,dam,x", "One Dam,39.0,35.8,dam,x")
    found = compare(files, catalog=small)
    assert found.pairs["finding"].tolist() == ["agrees"]
    assert found.missing["lon"].tolist() == [39.0]


def test_a_like_name_far_away_is_another_thing_but_the_same_name_is_not(files: Path, small: Path) -> None:
    points(files, "Onne Dan,39.9,35.8,dam,x")  # 126 km
    assert compare(files, catalog=small).pairs.empty
    points(files, "One Dam,39.9,35.8,dam,x")
    assert compare(files, catalog=small).pairs["finding"].tolist() == ["differs"]


def test_an_unlike_name_on_the_same_spot_is_the_same_thing(files: Path, small: Path) -> None:
    points(files, "Onesa Dam,38.501,35.8,dam,x")
    assert compare(files, catalog=small).pairs["id"].tolist() == ["dam/one"]


class TestDistances:
    """How far apart two geometries are, as `compare` says; a degree of the equator is 111,319 m."""

    LINE = shapely.LineString([(0, 0), (1, 0)])

    @pytest.mark.parametrize(
        ("one", "other", "degrees"),
        [
            (shapely.Point(0, 0), shapely.Point(1, 0), 1.0),
            (shapely.Point(0.5, 0.1), LINE, 0.0993),  # a degree of latitude there is 110,574 m
            (shapely.Point(0.5, 0.5), shapely.box(0, 0, 1, 1), 0.0),
            (LINE, shapely.LineString([(0.2, 0), (3.0, 0)]), 0.2),  # the one leaves the other by 0.2, the other by 2
            (LINE, shapely.LineString([(-1, 0), (3.0, 0)]), 0.0),  # a section of the whole
            (shapely.box(0, 0, 1, 1), shapely.box(0, 0, 1.5, 1), 0.5),
            (shapely.LineString([(0.2, 0.5), (1.3, 0.5)]), shapely.box(0, 0, 1, 1), 0.3),
        ],
    )
    def test_each_kind(self, one: shapely.Geometry, other: shapely.Geometry, degrees: float) -> None:
        assert _apart(one, other) == pytest.approx(degrees * 111_319.5, rel=0.01, abs=1.0)


class TestFiles:
    """Reading a folder of reference files."""

    def test_files_are_known_by_their_names(self, files: Path) -> None:
        (files / "notes.txt").write_text("nothing", encoding="utf-8")
        assert reference_of(files / "notes.txt") is None
        frame = read_folder(files, files)
        assert tuple(frame.columns) == COLUMNS
        assert frame["reference"].tolist() == ["infrastructure_points"]

    def test_a_folder_without_them_says_what_is_expected(self, tmp_path: Path) -> None:
        for folder in (tmp_path, tmp_path / "none"):
            with pytest.raises(ReadError, match="expected names that begin with gem_oil_gas_extraction"):
                read_folder(folder, tmp_path)

    def test_a_list_without_types_is_refused(self, files: Path) -> None:
        (files / "infrastructure_points_2017.csv").write_text("name,lon,lat\nA,1,2\n", encoding="utf-8")
        with pytest.raises(ReadError, match="lacks the columns type"):
            read_folder(files, files)

    def test_a_catalogue_without_typed_rows_is_refused(self, files: Path, small: Path) -> None:
        (small / "curated/dams.csv").unlink()
        with pytest.raises(ReadError, match="no curated files"):
            compare(files, catalog=small)

    def test_rows_are_held_to_the_governorate_and_the_outline_that_they_name(self, small: Path, tmp_path: Path) -> None:
        folder = tmp_path / "cod"
        folder.mkdir()
        units = gpd.GeoDataFrame(
            {"ADM1_EN": ["Ninewa"], "ADM1_AR": ["نينوى"], "ADM1_PCODE": ["IQG15"], "ADM0_EN": ["Iraq"], "ADM0_PCODE": ["IQ"],
             "validOn": ["2019-01-01"]}, geometry=[shapely.box(42.2, 36, 44, 37)], crs=4326,
        )  # fmt: skip
        units.to_file(folder / "iraq_cod_ab_adm1_2019.gpkg", driver="GPKG")
        dams(small, DAMS_CSV.replace("DAM,IQ,,43.0,36.5", "DAM,IQ,Ninewa,43.0,35.5"))  # 55 km south of it
        head = "id,name,kind,country,country_b,uncertainty_m,status,geometry_quality,source,source_date,lon,lat,note\n"
        rows = "post/a,Near,BDRB,SY,IQ,1000,open,approximate,page-one,2025,42.2,36.5,\npost/b,Inside,BDRB,SY,IQ,1000,open,approximate,page-one,2025,43.0,36.5,\n"
        (small / "curated/border_crossings.csv").write_text(head + rows, encoding="utf-8")
        found = compare(folder, catalog=small).pairs.set_index("id")
        assert found["finding"].to_dict() == {"dam/two": "differs", "post/a": "agrees", "post/b": "differs"}
        assert found["distance_m"]["dam/two"] == pytest.approx(float(distance(43.0, 35.5, 43.0, 36.0)), rel=0.001)

    def test_a_bridge_is_held_to_the_river_that_it_names(self, small: Path, tmp_path: Path) -> None:
        folder = tmp_path / "ne"
        folder.mkdir()
        line = shapely.LineString([(38, 36), (40, 36)])
        gpd.GeoDataFrame(
            {"featurecla": ["River", "River"], "name": ["Firat", "Other"], "scalerank": 1, "rivernum": 1},
            geometry=[line, shapely.LineString([(38, 33), (40, 33)])], crs=4326,
        ).to_file(folder / "ne10m_v5_rivers_lake_centerlines.gpkg", driver="GPKG")  # fmt: skip
        table = "layer,feature_name_or_code,name,name_ar,name_ku,alt_names,source\nrivers,Firat,Euphrates,,,,x\n"
        (small / "curated/names_extra.csv").write_text(table, encoding="utf-8")
        head = "id,name,kind,country,river,uncertainty_m,status,geometry_quality,source,source_date,lon,lat,note\n"
        row = "bridge/{0},{0},BDG,SY,Euphrates,1000,open,approximate,page-one,2025,39,{1},\n"
        (small / "curated/bridges.csv").write_text(
            head + row.format("on", 36.01) + row.format("off", 36.2), encoding="utf-8"
        )
        found = compare(folder, catalog=small).pairs.set_index("id")
        assert found["finding"].to_dict() == {"bridge/on": "agrees", "bridge/off": "differs"}
        assert set(found["reference_name"]) == {"Euphrates"}


def test_the_command_says_what_differs_and_what_is_missing(
    files: Path, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["layers", "check", "--catalog", str(small), "--reference", str(files)]
    points(files, "One Dam,38.6,35.8,dam,x", "Third Weir,40.0,35.0,dam,x")
    assert run([*asked, "--json"]) == 1
    out, err = capsys.readouterr()
    assert [row["id"] for row in json.loads(out)] == ["dam/one"]
    assert "dams: 1 rows compared, 0 confirmed independently, 1 differ" in err
    assert run([*asked, "--missing"]) == 1
    assert "Third Weir" in capsys.readouterr().out
    points(files, "One Dam,38.5,35.8,dam,x")
    assert run(asked) == 0
    assert "0 unresolved" in capsys.readouterr().err
    assert run(["layers", "check", "--missing"]) == 2
    assert "--reference DIR" in capsys.readouterr().err


@pytest.mark.skipif(not SHARED.is_dir(), reason="the reference files to compare with are not here")
class TestEmbedded:
    """The curated layers against the independent files."""

    def test_no_disagreement_is_left_unexplained(self, found: Comparison) -> None:
        assert found.unresolved.empty, found.unresolved.to_string()

    def test_nothing_that_the_files_have_is_lacking_without_a_reason(self, found: Comparison) -> None:
        assert found.missing.empty, found.missing.to_string()

    def test_the_comparison_is_no_empty_one(self, found: Comparison) -> None:
        counts = confirmations(found.pairs).set_index("layer")
        least = {
            "oil_gas_fields": 100,
            "power_stations": 80,
            "dams": 40,
            "border_crossings": 45,
            "pipelines": 40,
            "bridges": 60,
        }
        for name, number in least.items():
            assert counts["compared"][name] >= number, name
        assert counts["confirmed"].sum() > 250
        assert (found.pairs["finding"] == "explained").sum() < 40

    def test_a_row_moved_by_hand_is_found(self, tmp_path: Path) -> None:
        """A copy of the layers with one field moved 60 km, against the tracker of fields alone."""
        root = tmp_path / "layers"
        shutil.copytree(EMBEDDED / "curated", root / "curated")
        shutil.copy(EMBEDDED / "catalog.toml", root)
        (root / "data").symlink_to(EMBEDDED / "data")
        (tmp_path / "ref").mkdir()
        shutil.copy(next(SHARED.glob("gem_oil_gas_extraction*")), tmp_path / "ref")
        file = root / "curated/oil_gas_fields.csv"
        table = pd.read_csv(file, dtype=str)
        table.loc[table["id"] == "oil-field/tanak", "lat"] = "35.46"
        table.to_csv(file, index=False)
        left = compare(tmp_path / "ref", catalog=root).unresolved
        left = left[left["finding"] == "differs"]
        assert left["id"].tolist() == ["oil-field/tanak"]
        assert left["distance_m"].iloc[0] > 50_000
