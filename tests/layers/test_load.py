"""Reading a layer: by name, by path, by region; and what is said when a file is not what it should be."""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from tests.layers.conftest import small_catalog

from geoops.core.errors import CatalogError, CoordinateError, CrsError, GeoopsError, UnknownLayerError
from geoops.core.schema import LAYER_COLUMNS
from geoops.core.writing import write_raster, write_vector
from geoops.layers import layer
from geoops.layers.catalog import read_catalog

REGIONS = [
    (40.0, 33.0, 45.0, 38.0),
    (30.0, 45.0, 35.0, 50.0),
    (-100.0, 18.0, -95.0, 23.0),
    (177.0, -20.0, 180.0, -15.0),
]
WHOLE = [name for name, entry in read_catalog().layers.items() if entry["geometry"] != "raster"]


@pytest.mark.parametrize("name", WHOLE)
def test_a_region_gives_the_features_that_a_full_read_filtered_gives(name: str) -> None:
    full = layer(name)
    assert isinstance(full, gpd.GeoDataFrame)
    for region in REGIONS:
        box = shapely.box(*region)
        expected = set(full.loc[shapely.intersects(full.geometry.to_numpy(), box), "id"])
        part = layer(name, region=region)
        assert isinstance(part, gpd.GeoDataFrame)
        assert set(part["id"]) == expected
        assert list(part.columns) == list(full.columns)
        assert part.index.equals(pd.RangeIndex(len(part)))


def test_features_are_not_cut_at_the_edge() -> None:
    russia = layer("countries", region=(37.0, 55.0, 38.0, 56.0))
    assert isinstance(russia, gpd.GeoDataFrame)
    assert russia.total_bounds[2] > 100.0


def test_an_empty_region_keeps_columns_and_crs() -> None:
    sea = layer("roads", region=(-140.0, -50.0, -135.0, -45.0))
    assert isinstance(sea, gpd.GeoDataFrame)
    assert len(sea) == 0
    assert set(LAYER_COLUMNS) <= set(sea.columns)
    assert sea.crs == "EPSG:4326"


@pytest.mark.parametrize("name", [n for n, e in read_catalog().layers.items() if e["geometry"] != "raster"])
def test_a_window_is_what_geopandas_reads(name: str) -> None:
    import geopandas.testing

    from geoops.core.windows import read_window

    for path in read_catalog().paths(name):
        for region in ((40.0, 33.0, 45.0, 38.0), (-102.0, 17.0, -97.0, 22.0), (-140.0, -50.0, -135.0, -45.0)):
            theirs = gpd.read_parquet(path, bbox=region)
            ours = read_window(path, region)
            geopandas.testing.assert_geodataframe_equal(ours, theirs)
            assert ours.crs == theirs.crs


def test_a_window_of_a_file_of_another_make_and_of_a_damaged_one(tmp_path: Path) -> None:
    from geoops.core.errors import ReadError
    from geoops.core.windows import read_window

    frame = gpd.GeoDataFrame({"a": [1, 2]}, geometry=gpd.points_from_xy([40.0, 50.0], [35.0, 36.0]), crs=4326)
    frame.to_parquet(tmp_path / "plain.parquet", write_covering_bbox=True)
    assert read_window(tmp_path / "plain.parquet", (39, 34, 41, 36))["a"].tolist() == [1]
    frame.to_parquet(tmp_path / "none.parquet")
    with pytest.raises(ReadError):
        read_window(tmp_path / "none.parquet", (39, 34, 41, 36))
    whole = (tmp_path / "plain.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[:20] + b"\0" * 200 + whole[220:])
    with pytest.raises(ReadError, match=r"cut\.parquet"):
        read_window(tmp_path / "cut.parquet", (39, 34, 41, 36))


def test_terrain_is_the_finest_that_covers_the_whole_region() -> None:
    inside, across = layer("terrain", region=(40, 33, 45, 38)), layer("terrain", region=(30, 33, 45, 38))
    assert inside.attrs["layer"]["cell_deg"] < across.attrs["layer"]["cell_deg"]
    assert layer("terrain", region=(-100, 18, -95, 23)).shape == (60, 60)


def test_a_window_of_a_grid_is_a_part_of_the_whole() -> None:
    whole = layer("climate")
    part = layer("climate", region=(10.0, 45.0, 12.0, 46.0))
    assert isinstance(whole, xr.DataArray)
    same = whole.sel(x=part.x, y=part.y, method="nearest", tolerance=1e-6)
    assert np.array_equal(same.to_numpy(), part.to_numpy(), equal_nan=True)


@pytest.mark.parametrize("region", [(45, 33, 40, 38), (40, 33, 45), (40, 33, float("nan"), 38), (40, -95, 45, 38)])
def test_a_region_that_is_none_is_refused(region: tuple[float, ...]) -> None:
    with pytest.raises(CoordinateError):
        layer("roads", region=region)  # type: ignore[arg-type]


def test_an_unknown_layer_is_refused_by_name() -> None:
    with pytest.raises(UnknownLayerError, match="oil_gas_fields"):
        layer("oil_fields")


def test_a_layer_of_another_catalogue(tmp_path: Path) -> None:
    root = small_catalog(tmp_path)
    spots = layer("spots", catalog=root, region=(39, 34, 41, 36))
    assert isinstance(spots, gpd.GeoDataFrame)
    assert spots["id"].tolist() == ["a"]
    assert spots.attrs["layer"]["attribution"] == "by us"


def test_a_missing_file_says_how_to_build_it(tmp_path: Path) -> None:
    root = small_catalog(tmp_path)
    (root / "data/spots.parquet").unlink()
    with pytest.raises(CatalogError, match="layers build --only spots"):
        layer("spots", catalog=root)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    root = small_catalog(tmp_path)
    file = root / "data/spots.parquet"
    data = bytearray(file.read_bytes())
    file.write_bytes(bytes(data[: len(data) // 2]))
    with pytest.raises(CatalogError, match=r"spots\.parquet is damaged"):
        layer("spots", catalog=root)


def test_a_damaged_grid_is_named(tmp_path: Path) -> None:
    embedded = read_catalog().file.parent
    root = tmp_path / "layers"
    (root / "data").mkdir(parents=True)
    shutil.copy(embedded / "catalog.toml", root)
    (root / "data/climate.tif").write_bytes(b"II*\x00" + b"\x00" * 100)
    with pytest.raises(CatalogError, match="climate"):
        layer("climate", catalog=root, region=(40, 33, 45, 38))


class TestFiles:
    """A file of the user's own is a layer too."""

    @pytest.fixture
    def sites(self) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(
            {"label": ["one", "two", "far"], "name": ["One", None, "Far"]},
            geometry=gpd.points_from_xy([40.0, 44.0, -60.0], [35.0, 36.0, 10.0]), crs="EPSG:4326",
        )  # fmt: skip

    @pytest.mark.parametrize("ending", [".gpkg", ".geojson", ".fgb"])
    def test_a_vector_file_gets_the_columns_of_a_layer(
        self, ending: str, sites: gpd.GeoDataFrame, tmp_path: Path
    ) -> None:
        path = write_vector(tmp_path / f"sites{ending}", sites)
        frame = layer(path, region=(39, 34, 45, 37))
        assert isinstance(frame, gpd.GeoDataFrame)
        assert list(frame.columns[: len(LAYER_COLUMNS) - 1]) == list(LAYER_COLUMNS[:-1])
        assert sorted(frame["label"]) == ["one", "two"]
        assert frame["id"].is_unique
        assert frame["source"].eq(f"sites{ending}").all()
        assert frame["uncertainty_m"].isna().all()
        assert frame.attrs["layer"]["file"] == str(path)

    def test_a_text_with_a_file_ending_is_a_path(self, sites: gpd.GeoDataFrame, tmp_path: Path) -> None:
        path = write_vector(tmp_path / "sites.gpkg", sites)
        assert len(layer(str(path))) == 3

    def test_a_projected_file_comes_in_degrees(self, sites: gpd.GeoDataFrame, tmp_path: Path) -> None:
        path = write_vector(tmp_path / "sites.gpkg", sites.iloc[:2].to_crs("EPSG:32638"))
        frame = layer(path, region=(39, 34, 41, 36))
        assert isinstance(frame, gpd.GeoDataFrame)
        assert frame.crs == "EPSG:4326"
        assert frame.geometry.iloc[0].distance(shapely.Point(40, 35)) < 1e-6

    def test_swapped_axes_are_refused(self, tmp_path: Path) -> None:
        swapped = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(35.0, 140.0)], crs="EPSG:4326")
        path = tmp_path / "swapped.gpkg"
        swapped.to_file(path)
        with pytest.raises(CoordinateError, match="swapped"):
            layer(path)

    def test_a_file_without_a_crs_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "bare.gpkg"
        with pytest.warns(UserWarning, match="crs"):
            gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 1)]).to_file(path)
        with pytest.raises(CrsError):
            layer(path)

    def test_a_grid(self, tmp_path: Path) -> None:
        grid = layer("terrain", region=(40, 33, 41, 34))
        assert isinstance(grid, xr.DataArray)
        path = write_raster(tmp_path / "dem.tif", grid)
        back = layer(path, region=(40.2, 33.2, 40.8, 33.8))
        assert isinstance(back, xr.DataArray)
        assert back.attrs["layer"]["name"] == "dem"
        assert float(back.sel(x=40.5, y=33.5, method="nearest")) == float(grid.sel(x=40.5, y=33.5, method="nearest"))

    def test_a_path_that_is_not_there_is_an_error_of_ours(self) -> None:
        with pytest.raises(GeoopsError, match="no file"):
            layer("nowhere/sites.gpkg")
