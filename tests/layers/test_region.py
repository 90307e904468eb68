"""A region filled by one call, on a made-up corner of Sudan: used like the embedded layers, kept up to date, never half-built."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from tests.layers.region_files import (
    REGION,
    STATES,
    write_areas,
    write_dem,
    write_geonames,
    write_osm,
    write_states,
)

import geoops as go
from geoops.core.errors import BuildError, InputError, UnknownLayerError
from geoops.core.schema import LAYER_COLUMNS
from geoops.gazetteer import build_gazetteer
from geoops.layers import check
from geoops.layers.region import build_region
from geoops.layers.region_base import wider
from geoops.layers.region_sources import SOURCES

SRTM = {"source": "SRTM (NASA, USGS)", "licence": "public domain", "date": "2000-02"}
BOX = shapely.box(*REGION)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("files")
    return {
        "osm": write_osm(folder / "sudan.osm.pbf"),
        "dem": write_dem(folder / "heights.tif"),
        "geonames": write_geonames(folder / "SD.zip"),
        "boundaries": write_states(folder / "sdn_admbnda_adm1.geojson"),
    }


@pytest.fixture(scope="module")
def built(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    root = tmp_path_factory.mktemp("built") / "sudan"
    report = build_region(root, REGION, sources=files, **SRTM)
    build_gazetteer(root)
    return root, report


@pytest.fixture
def copy(built: tuple[Path, Any], tmp_path: Path) -> Path:
    """The catalogue once more, to be changed."""
    return shutil.copytree(built[0], tmp_path / "sudan")


def bytes_under(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def features(name: str, root: Path, **options: Any) -> gpd.GeoDataFrame:
    frame = go.layer(name, catalog=root, **options)
    assert isinstance(frame, gpd.GeoDataFrame)
    return frame


# used like the embedded ones


def test_names_of_the_region_are_found(built: tuple[Path, Any]) -> None:
    sites = go.geocode(["Umm Testa", "أم تستا", "Kassala", "Jibal Testa"], gazetteer=built[0])
    assert sites["status"].tolist() == ["resolved"] * 4
    assert sites["gazetteer_id"].tolist() == ["geonames/1", "geonames/1", "geonames/2", "geonames/4"]
    assert sites["country"].tolist() == ["SD"] * 4


def test_the_environment_variable_makes_it_the_catalogue(
    built: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEOOPS_LAYERS", str(built[0]))
    assert go.geocode("Umm Testa")["gazetteer_id"].tolist() == ["geonames/1"]
    assert "health_facilities" in set(go.catalog()["name"])
    table = go.nearest(go.geocode("Umm Testa"), "bridges")
    assert table["feature_name"].tolist() == ["Butana Bridge"]
    # 0.5 degrees east and 0.55 north of (35.5, 14.55): GeographicLib gives the distance to the bridge's nearest end.
    from pyproj import Geod

    assert table["distance_km"].iloc[0] == pytest.approx(
        Geod(ellps="WGS84").inv(35.5, 14.55, 36.0, 15.1)[2] / 1e3, abs=1e-3
    )


def test_a_journey_follows_the_roads_of_the_extract(built: tuple[Path, Any]) -> None:
    friction = go.friction((34.1, 13.3, 36.6, 15.7), mode="vehicle", cell_deg=0.05, catalog=built[0])
    way = go.corridor(friction, (34.2, 13.4), (36.4, 15.45))
    assert way.status == "found"
    road = features("roads", built[0]).set_index("name").loc["Kassala Road"].geometry
    assert shapely.hausdorff_distance(way.route, road, densify=0.1) < 0.1


def test_a_figure_of_it_draws_and_credits_what_it_was_built_from(built: tuple[Path, Any]) -> None:
    sites = go.geocode(["Umm Testa", "Kassala"], gazetteer=built[0])
    figure = go.sites_map(
        sites, layers=["power_stations", "bridges"], region=REGION, size="journal-174", catalog=built[0]
    )
    used = {entry["name"]: entry for entry in figure.manifest["layers"]}
    assert used["power_stations"]["source"] == "OpenStreetMap"
    assert used["terrain"]["source"].startswith("SRTM")
    assert figure.has_sources


def test_the_brief_takes_its_layers_and_names(built: tuple[Path, Any], tmp_path: Path) -> None:
    (tmp_path / "brief.toml").write_text(
        f'title = "Eastern Sudan"\ndate = "2025-06-30"\ncatalog = {json.dumps(str(built[0]))}\nsites = ["Umm Testa", "Kassala"]\n'
        'size = "journal-84"\nlanguages = ["en"]\n[proximity]\nthemes = ["bridges"]\n'
        '[[figures]]\nkind = "sites"\nname = "sites"\nformats = ["png"]\n'
        "[output]\nweb = false\ndocuments = false\n",
        encoding="utf-8",
    )
    go.render(go.read_brief(tmp_path / "brief.toml"), tmp_path / "out")
    table = pd.read_csv(next((tmp_path / "out").rglob("proximity*.csv")))
    assert set(table["feature_name"]) == {"Butana Bridge"}


# what stands in it


def test_nothing_is_wrong_with_the_catalogue(built: tuple[Path, Any]) -> None:
    assert check(built[0]).empty
    assert built[1].failed == {}


def test_every_feature_says_whose_it_is(built: tuple[Path, Any]) -> None:
    table = go.catalog(built[0])
    assert {"roads", "places", "admin1", "boundaries", "terrain", "countries", "water", "regions"} <= set(table["name"])
    for name in table.loc[table["geometry"] != "raster", "name"]:
        frame = features(name, built[0])
        assert list(frame.columns[: len(LAYER_COLUMNS) - 1]) == list(LAYER_COLUMNS[:-1])
        assert frame[["source", "source_date", "licence"]].notna().all(axis=None), name
        assert (frame["uncertainty_m"] > 0).all()
        assert frame.attrs["layer"]["name"] == name


def test_inside_the_region_the_source_counts_and_round_it_the_world(built: tuple[Path, Any]) -> None:
    roads = features("roads", built[0])
    own = roads["source"].eq("OpenStreetMap")
    assert set(roads.loc[own, "id"]) == {"way/100", "way/101", "way/102"}
    rest = roads[~own]
    assert len(rest) > 50
    assert rest["source"].str.contains("scgraph").any() or rest["source"].ne("OpenStreetMap").all()
    assert not shapely.intersects(rest.geometry.to_numpy(), BOX.buffer(-1e-9)).any()
    window = shapely.box(*wider(REGION))
    assert shapely.intersects(rest.geometry.to_numpy(), window).all()
    # Cut at the edge, not thrown away: some road of the base ends on it.
    assert (shapely.distance(rest.geometry.to_numpy(), BOX.exterior) < 1e-6).any()


def test_a_country_file_replaces_its_country_and_no_other(built: tuple[Path, Any]) -> None:
    places = features("places", built[0])
    assert set(places.loc[places["country"] == "SD", "id"]) == {"geonames/1", "geonames/2", "geonames/3"}
    assert {"ER", "ET"} <= set(places["country"])
    divisions = features("admin1", built[0])
    assert set(divisions.loc[divisions["country"] == "SD", "pcode"]) == set(STATES)
    assert divisions.loc[divisions["country"] == "ET", "source"].str.contains("Natural Earth").all()


def test_lines_between_divisions_follow_the_divisions_given(built: tuple[Path, Any]) -> None:
    lines = features("boundaries", built[0])
    inner = lines[(lines["level"] == 1) & (lines["country"] == "SD")]
    assert inner["name"].tolist() in (["Kasala–Gedaref"], ["Gedaref–Kasala"])
    assert inner.geometry.iloc[0].distance(shapely.LineString([(35.0, 14.2), (36.2, 14.2)])) < 1e-3
    assert inner["source"].tolist() == ["OCHA COD-AB"]
    # What lies between countries is whole: the world of the base.
    assert {("MX", "US")} <= {tuple(sorted(p)) for p in zip(lines["country"], lines["country_b"], strict=True)
                              if all(isinstance(c, str) for c in p)}  # fmt: skip


def test_heights_are_the_models_inside_and_the_worlds_outside(built: tuple[Path, Any]) -> None:
    inside = go.layer("terrain", region=(35.0, 14.0, 35.5, 14.5), catalog=built[0])
    assert inside.attrs["layer"]["cell_deg"] == pytest.approx(0.01)
    assert float(inside.sel(x=35.255, y=14.255, method="nearest")) == pytest.approx(526, abs=1)
    # A figure of the region reaches beyond it: the world's heights lie round the model, on the model's cells.
    wide = go.layer("terrain", region=(32.0, 11.0, 39.0, 18.0), catalog=built[0])
    assert wide.attrs["layer"]["cell_deg"] == pytest.approx(0.01)
    assert float(wide.sel(x=35.255, y=14.255, method="nearest")) == pytest.approx(526, abs=1)
    world = go.layer("terrain", region=(32.0, 11.0, 33.9, 12.9))
    for x, y in ((32.5, 12.5), (33.5, 11.5)):
        cell = world.sel(x=x, y=y, method="nearest")
        there = float(wide.sel(x=float(cell.x), y=float(cell.y), method="nearest"))
        assert there == pytest.approx(float(cell), abs=10)
        assert abs(there - (400 + 100 * (x - 34.0))) > 30  # and not the model's, continued
    assert wide.attrs["layer"]["filled_from_base"] == pytest.approx(1 - 9 / 49, abs=0.01)


def test_a_finer_model_has_a_grid_of_its_own_beside_the_wide_one(tmp_path: Path) -> None:
    root = tmp_path / "out"
    build_region(root, REGION, sources={"dem": write_dem(tmp_path / "dem.tif", cell=0.002)}, only=["terrain"], **SRTM)
    cells = {part["path"]: part["cell_deg"] for part in go.layer("terrain", catalog=root).attrs["layer"]["files"]}
    assert cells["data/terrain_region.tif"] == pytest.approx(0.002)
    assert cells["data/terrain_window.tif"] == pytest.approx(0.004)
    inside = go.layer("terrain", region=(35.0, 14.0, 35.1, 14.1), catalog=root)
    assert inside.attrs["layer"]["cell_deg"] == pytest.approx(0.002)
    assert float(inside.sel(x=35.055, y=14.055, method="nearest")) == pytest.approx(505.5, abs=1)


def test_what_no_source_has_and_the_base_has_not_here_is_not_listed(built: tuple[Path, Any]) -> None:
    root, report = built
    assert "oil_gas_fields" in report.absent
    with pytest.raises(UnknownLayerError, match="oil_gas_fields"):
        go.layer("oil_gas_fields", catalog=root)
    assert report.nothing["pipelines"] == ["osm (sudan.osm.pbf) has none here"]


def test_what_was_mended_is_stated(built: tuple[Path, Any]) -> None:
    entry = tomllib.loads((built[0] / "catalog.toml").read_text(encoding="utf-8"))["layers"]["admin1"]
    assert entry["mended"] == {"invalid rings made valid": 1}
    assert entry["made_by"] == "boundaries"
    assert "OCHA COD-AB" in entry["attribution"]


# again


def test_a_second_call_changes_nothing(copy: Path, files: dict[str, Path]) -> None:
    before = bytes_under(copy)
    report = build_region(copy, sources=files, **SRTM)
    assert report.built == report.cut == []
    assert len(report.kept) == len(go.catalog(copy))
    assert bytes_under(copy) == before


def test_what_was_given_before_stays_without_being_given_again(copy: Path) -> None:
    before = bytes_under(copy)
    assert build_region(copy).built == []
    assert bytes_under(copy) == before


def test_only_what_hangs_on_a_changed_file_is_built_again(copy: Path, files: dict[str, Path], tmp_path: Path) -> None:
    other = write_osm(tmp_path / "sudan.osm.pbf", name="Wad Sharife")
    report = build_region(copy, sources={**files, "osm": other}, only=["bridges", "places", "rivers"], **SRTM)
    assert report.built == ["bridges"]
    assert report.kept == ["places", "rivers"]


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_a_lost_file_is_made_again_or_said_to_be_lost(damage: str, copy: Path, files: dict[str, Path]) -> None:
    file = copy / "data/bridges.parquet"
    before = file.read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(before[:-1] + b"x")
    with pytest.raises(BuildError, match=r"bridges: its file .* is lost, changed .* was not given; give it again"):
        build_region(copy, only=["bridges"])
    assert build_region(copy, sources=files, only=["bridges"], **SRTM).built == ["bridges"]
    assert file.read_bytes() == before


def test_sources_may_be_added_one_by_one(files: dict[str, Path], tmp_path: Path) -> None:
    root = tmp_path / "by-one"
    first = build_region(root, REGION, only=["airports", "places"])
    assert first.cut == ["places", "airports"]
    second = build_region(root, sources={"geonames": files["geonames"]}, only=["places"])
    assert second.built == ["places"]
    assert set(go.catalog(root)["name"]) == {"airports", "places"}


# what goes wrong


def test_a_source_that_fails_keeps_what_was_there_and_names_the_file(
    copy: Path, files: dict[str, Path], tmp_path: Path
) -> None:
    broken = tmp_path / "cut.osm.pbf"
    broken.write_bytes(files["osm"].read_bytes()[:-40])
    before = bytes_under(copy)
    with pytest.raises(
        BuildError, match=r"roads: .*cut\.osm\.pbf: a damaged or truncated .*; download it again"
    ) as error:
        build_region(copy, sources={"osm": broken}, only=["roads", "bridges"])
    assert set(error.value.report.failed) == {"roads", "bridges"}  # type: ignore[attr-defined]
    assert bytes_under(copy) == before
    assert check(copy).empty


def test_a_source_that_fails_at_first_leaves_the_base_in_its_place(tmp_path: Path) -> None:
    page = tmp_path / "SD.zip"
    page.write_text("<html>busy</html>", encoding="utf-8")
    with pytest.raises(BuildError, match=r"places: .*SD\.zip"):
        build_region(tmp_path / "out", REGION, sources={"geonames": page}, only=["places", "airports"])
    assert "GeoNames" in features("places", tmp_path / "out")["source"].iloc[0]
    assert len(features("airports", tmp_path / "out"))
    assert not list((tmp_path / "out").rglob(".part-*"))


def test_what_a_killed_build_left_is_swept_by_the_next_one(copy: Path) -> None:
    left = [copy / ".part-0123456789abcdef.toml", copy / "data" / ".part-0123456789abcdef.parquet"]
    for path in left:
        path.write_text("half", encoding="utf-8")
    own = copy / "data" / "notes.txt"
    own.write_text("the user's own", encoding="utf-8")
    build_region(copy, only=["bridges"])
    assert [path for path in left if path.exists()] == []
    assert own.exists()


def test_swapped_axes_are_caught_before_a_layer_is_made(tmp_path: Path) -> None:
    rows = [f"{i},Town {i},SD,{15.0 + i / 100},{35.0 + i / 100}" for i in range(8)]
    path = tmp_path / "towns_2024-01-01.csv"
    path.write_text("id,name,country,lon,lat\n" + "\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(BuildError, match=r"towns: .*latitude and longitude look swapped"):
        build_region(tmp_path / "out", REGION, layers={"towns": path}, only=["towns"], source="us", licence="CC0", uncertainty_m=10)  # fmt: skip


def test_rows_that_cannot_be_kept_are_counted_and_listed(tmp_path: Path) -> None:
    path = tmp_path / "wells_2024-01-01.csv"
    path.write_text("id,name,lon,lat\n1,A,35.1,14.1\n2,B,,\n1,A,35.1,14.1\n3,C,35.2,14.2\n", encoding="utf-8")
    report = build_region(tmp_path / "out", REGION, layers={"wells": path}, only=["wells"], source="us", licence="CC0", uncertainty_m=10)  # fmt: skip
    assert sum(report.dropped["wells"].values()) == 2
    listed = pd.read_csv(tmp_path / "out/data/wells.dropped.csv")
    assert listed["file"].eq(path.name).all()
    assert listed["row"].tolist() == [2, 3]
    assert "coordinates" in listed["reason"].iloc[0]
    entry = go.layer("wells", catalog=tmp_path / "out").attrs["layer"]
    assert sum(entry["dropped"].values()) == 2
    assert entry["dropped_listing"] == "data/wells.dropped.csv"
    path.write_text("id,name,lon,lat\n1,A,35.1,14.1\n", encoding="utf-8")
    build_region(tmp_path / "out", layers={"wells": path}, only=["wells"], source="us", licence="CC0", uncertainty_m=10)
    assert not (tmp_path / "out/data/wells.dropped.csv").exists()


@pytest.mark.parametrize(
    ("said", "wanted"),
    [({}, "source"), ({"source": "UNOSAT"}, "licence"), ({"source": "UNOSAT", "licence": "CC0"}, "source_date")],
)
def test_areas_without_a_date_or_a_source_are_refused(said: dict[str, str], wanted: str, tmp_path: Path) -> None:
    path = write_areas(tmp_path / "flood.geojson")
    with pytest.raises(BuildError, match=f"flood: .* has no {wanted}; say"):
        build_region(tmp_path / "out", REGION, layers={"flood": path}, only=["flood"], uncertainty_m=50, **said)
    assert not (tmp_path / "out/catalog.toml").exists()


def test_dated_areas_of_the_users_own_are_a_layer_like_any_other(copy: Path, tmp_path: Path) -> None:
    path = write_areas(tmp_path / "flood.geojson", observer="Sentinel-2")
    said = {"path": path, "source": "UNOSAT", "licence": "CC BY 4.0", "date": "2024-08-30", "uncertainty_m": 50,
            "title": "Flood extent"}  # fmt: skip
    assert build_region(copy, layers={"flood": said}, only=["flood"]).built == ["flood"]
    frame = features("flood", copy, region=(35.0, 14.0, 35.1, 14.1))
    assert frame[["source", "source_date", "licence"]].iloc[0].tolist() == ["UNOSAT", "2024-08-30", "CC BY 4.0"]
    assert frame["observer"].tolist() == ["Sentinel-2"]
    assert go.within(go.geocode("Umm Testa", gazetteer=build_gazetteer(copy)[0].parents[1]), frame, [10])["count"].tolist() == [1]  # fmt: skip
    assert go.catalog(copy).set_index("name").loc["flood", "title"] == "Flood extent"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sources": {"osmm": "x"}}, "no source osmm; there are boundaries"),
        ({"sources": {"osm": "nowhere.osm.pbf"}}, "osm: nowhere.osm.pbf is not there"),
        ({"sources": {"boundaries": {"roads": "x"}}}, "boundaries: gives no layer 'roads'"),
        ({"layers": {"flood": "nowhere.gpkg"}}, "layer flood: nowhere.gpkg is not there"),
        ({"layers": {"Flood!": __file__}}, "lower-case letters"),
        ({"region": (37, 13, 34, 16)}, "west < east"),
        ({"region": (34, 13, 38, 16)}, r"was built for the region .* choose another folder"),
        ({"only": ["rodas"]}, "no layer rodas to build"),
    ],
)
def test_a_wrong_argument_is_said_before_anything_is_done(arguments: dict[str, Any], message: str, copy: Path) -> None:
    before = bytes_under(copy)
    with pytest.raises(InputError, match=message):
        build_region(copy, **arguments)
    assert bytes_under(copy) == before


def test_a_first_build_needs_a_region(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="say which region"):
        build_region(tmp_path / "new")


def test_a_catalogue_that_is_no_regions_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "catalog.toml").write_text('[layers.x]\ntitle = "x"\n', encoding="utf-8")
    with pytest.raises(InputError, match="not made by a build of a region"):
        build_region(tmp_path, REGION)


def test_a_boundary_file_that_says_nothing_asks_for_its_layer(tmp_path: Path) -> None:
    path = write_areas(tmp_path / "lines.geojson")
    with pytest.raises(OSError, match="say it in front of the file"):
        build_region(tmp_path / "out", REGION, sources={"boundaries": path})


def test_trackers_are_known_by_their_columns(tmp_path: Path) -> None:
    fields = tmp_path / "GOGET-2024-03-01.csv"
    fields.write_text(
        "Unit ID,Unit Name,Country/Area,Status,Latitude,Longitude,Location accuracy\nL1,Made Field,Sudan,operating,14.5,35.2,exact\n",
        encoding="utf-8",
    )
    dams = tmp_path / "GHPT-2024-04-01.csv"
    dams.write_text(
        "Project Name,Country/Area 1,Status,Capacity (MW),River / Watercourse,Latitude,Longitude,GEM unit ID,Location Accuracy\n"
        "Made Dam,Sudan,operating,10,Atbara,14.9,35.9,G1,exact\n",
        encoding="utf-8",
    )
    layers = ["oil_gas_fields", "dams", "power_stations", "pipelines"]
    report = build_region(tmp_path / "out", REGION, sources={"energy": [fields, dams]}, only=layers[:3])
    assert sorted(report.built) == sorted(layers[:3])
    assert features("oil_gas_fields", tmp_path / "out")["name"].tolist() == ["Made Field"]
    assert features("dams", tmp_path / "out")["name"].tolist() == ["Made Dam"]


def test_two_extracts_of_one_source_make_one_layer(files: dict[str, Path], tmp_path: Path) -> None:
    again = write_osm(tmp_path / "again.osm.pbf")
    report = build_region(tmp_path / "out", REGION, sources={"osm": [files["osm"], again]}, only=["bridges"])
    assert report.dropped["bridges"] == {"repeats the id of a feature of an earlier file": 1}
    assert len(features("bridges", tmp_path / "out")) == 1


def test_overture_makes_the_layers_of_the_types_that_are_there(tmp_path: Path) -> None:
    from tests.layers.sources.test_overture import line, release, row

    road = row(1, line(35.0, 14.0), subtype="road", **{"class": "primary"})
    file = release(tmp_path, "segment", [road])
    for path, root in ((tmp_path / "release/2025-08-20.0", tmp_path / "a"), (file, tmp_path / "b")):
        report = build_region(root, REGION, sources={"overture": path}, only=["roads", "bridges", "railways"])
        assert report.built == ["roads"]
        assert report.cut == ["railways"]
        roads = features("roads", root)
        assert roads.set_index("id").loc["0000-1", "class"] == "primary"
        assert roads.attrs["layer"]["date"] == "2025-08-20"
        assert "railways" in report.nothing
    with pytest.raises(OSError, match="holds no file of a type"):
        build_region(tmp_path / "c", REGION, sources={"overture": write_areas(tmp_path / "x.geojson")})


def test_events_that_must_not_be_published_are_marked_so_and_refused(tmp_path: Path) -> None:
    from tests.layers.sources.test_event_files import ACLED

    from geoops.core.errors import PublicationError

    path = tmp_path / "acled_2025-06-01.csv"
    ACLED.to_csv(path, index=False)
    root = tmp_path / "out"
    build_region(root, (34.0, 30.0, 48.0, 38.0), sources={"events": path}, only=["events"])
    table = go.catalog(root).set_index("name")
    assert not table.loc["events", "publish"]
    events = features("events", root)
    assert "ACLED's terms" in events.attrs["layer"]["why_not_published"]
    assert not events["publish"].any()
    with pytest.raises(PublicationError, match="layer 'events' must not be published: ACLED's terms"):
        go.event_map(events, date="2025")
    with pytest.raises(PublicationError, match="ACLED's terms"):
        go.web_map([(40.0, 35.0)], layers=["events"], base={}, catalog=root)
    # The licence page of the command line says so as well.
    from geoops.layers.licences import asks_of

    assert "read it before anything is shown" in asks_of(table.loc["events", "licence"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("id,name,lon,lat\n", "a head and no row"),
        ("id,name\n1,A\n", "no columns of coordinates"),
        ("<html>busy</html>", r"wells_2024-01-01\.csv"),
        ("id,name,lon,lat\n1,A,500000,1500000\n2,B,500100,1500100\n", "these look like metres"),
    ],
)
def test_a_file_that_lies_is_named_with_the_remedy_and_nothing_is_left(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "wells_2024-01-01.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BuildError, match=message) as error:
        build_region(tmp_path / "out", REGION, layers={"wells": path}, only=["wells"], source="us", licence="CC0", uncertainty_m=10)  # fmt: skip
    assert path.name in str(error.value)
    assert [p.name for p in (tmp_path / "out").rglob("*")] == ["data"]


def test_a_file_of_ones_own_that_lies_elsewhere_says_where(tmp_path: Path) -> None:
    path = tmp_path / "wells_2024-01-01.csv"
    path.write_text("id,name,lon,lat\n1,A,44.1,33.2\n", encoding="utf-8")
    with pytest.raises(BuildError, match=r"none of its 1 features meets the region .* lie within \(44\.10, 33\.20"):
        build_region(tmp_path / "out", REGION, layers={"wells": path}, only=["wells"], source="us", licence="CC0", uncertainty_m=10)  # fmt: skip


def test_mixed_geometry_and_double_ids_keep_what_fits(tmp_path: Path) -> None:
    shapes = [shapely.Point(35.1, 14.1), shapely.LineString([(35, 14), (35.2, 14.1)]), shapely.Point(35.3, 14.3)]
    frame = gpd.GeoDataFrame(
        {"id": ["a", "b", "a"], "tags": [["x"], None, ["y", "z"]]}, geometry=shapes, crs="EPSG:4326"
    )
    path = tmp_path / "wells_2024-01-01.parquet"
    frame.to_parquet(path)
    said = {"path": path, "source": "us", "licence": "CC0", "uncertainty_m": 10, "geometry": "points"}
    report = build_region(tmp_path / "out", REGION, layers={"wells": said}, only=["wells"])
    assert report.dropped["wells"] == {"not points": 1}
    wells = features("wells", tmp_path / "out")
    assert dict(zip(wells["id"], wells["tags"], strict=True)) == {"a": "x", "a~2": "y; z"}
    assert wells.attrs["layer"]["mended"] == {"ids that several features had, numbered": 1}


def test_what_is_said_of_all_files_is_taken_for_one_source_only(files: dict[str, Path], tmp_path: Path) -> None:
    root = tmp_path / "out"
    sources = {"dem": files["dem"], "boundaries": files["boundaries"]}
    build_region(root, REGION, sources=sources, only=["admin1", "terrain"], **SRTM)
    admin1 = features("admin1", root)
    own = admin1[admin1["country"] == "SD"]
    assert set(own["source"]) == {"OCHA COD-AB"}  # and not NASA, nor under its licence
    assert set(own["licence"]) == {"see the data set's page (OCHA COD-AB)"}
    wells = tmp_path / "wells.csv"
    wells.write_text("id,name,lon,lat\n1,A,35.1,14.1\n", encoding="utf-8")
    with pytest.raises(BuildError, match=r"wells: .* was taken for dem; build layer in a call of its own"):
        build_region(tmp_path / "two", REGION, sources={"dem": files["dem"]}, layers={"wells": wells},
                     only=["terrain", "wells"], uncertainty_m=10, **SRTM)  # fmt: skip
    alone = {"boundaries": files["boundaries"]}
    build_region(root, sources=alone, licence="CC BY-IGO", only=["admin1"])
    admin1 = features("admin1", root)
    assert set(admin1.loc[admin1["country"] == "SD", "licence"]) == {"CC BY-IGO"}


# the command


def test_the_command_builds_names_too_and_says_what_became_of_each_layer(
    files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from geoops.cli import run

    out = tmp_path / "out"
    arguments = [
        "layers",
        "build",
        "--region",
        "34,13,37,16",
        "--out",
        str(out),
        "--only",
        "places",
        "--only",
        "airports",
    ]
    assert run([*arguments, "--geonames", str(files["geonames"])]) == 0
    words = capsys.readouterr()
    assert "places\tbuilt\t" in words.out
    assert "airports\tcut from the base\t21" in words.out
    assert "gazetteer built" in words.err
    assert "places" in words.err  # progress
    assert go.geocode("Umm Testa", gazetteer=out)["status"].tolist() == ["resolved"]
    assert run([*arguments, "--geonames", str(files["geonames"])]) == 0
    assert "gazetteer unchanged" in capsys.readouterr().err
    assert run([*arguments, "--geonames", str(files["geonames"]), "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_the_command_reports_a_failure_and_does_the_rest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from geoops.cli import run

    (tmp_path / "SD.zip").write_bytes(b"PK\x03\x04 cut off")
    out = tmp_path / "out"
    code = run(["layers", "build", "--region", "34,13,37,16", "--out", str(out), "--geonames", str(tmp_path / "SD.zip"),
                "--only", "places", "--only", "airports"])  # fmt: skip
    words = capsys.readouterr()
    assert code == 1
    assert "places\tFAILED" in words.out
    assert "SD.zip" in words.err
    assert len(go.layer("places", catalog=out))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--region", "34,13"], "expected W,S,E,N in degrees"),
        (["--osm", "x.osm.pbf"], "need --out FOLDER"),
        (["--out", "x", "--layer", "flood"], "expected NAME=FILE"),
    ],
)
def test_the_command_says_what_is_wrong_with_its_arguments(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from geoops.cli import run

    assert run(["layers", "build", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_the_options_of_the_command_are_the_sources() -> None:
    from geoops.commands.layers_build import SOURCE_OPTIONS

    assert [key for key, _ in SOURCE_OPTIONS] == list(SOURCES)
