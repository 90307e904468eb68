"""A figure as data: every pixel and every feature where it lies, the same bytes each time, whole or not at all."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyogrio
import pyproj
import pytest
import rasterio
import shapely
from PIL import Image

from geoops import maps
from geoops.core.errors import InputError

REGION = (36.0, 33.0, 46.0, 37.5)


@pytest.fixture
def figure(testland, sites):
    return maps.sites_map(
        sites,
        date="2024-06-01",
        region=REGION,
        title="Places",
        size="journal-174",
        layers=["oil_gas_fields", "pipelines"],
    )


def test_the_pixels_of_a_geotiff_lie_where_they_say(figure, sites, tmp_path):
    path = figure.save(tmp_path / "x.tif", dpi=200)
    with rasterio.open(path) as image:
        assert image.count == 3
        assert image.tags()["TIFFTAG_DOCUMENTNAME"] == "Places"
        pixels = image.read()
        transformer = pyproj.Transformer.from_crs("EPSG:4326", image.crs, always_xy=True)
        # The dot of an exact site: the middle of the reddest pixels near it is the site, to a pixel.
        x, y = transformer.transform(sites.geometry.iloc[0].x, sites.geometry.iloc[0].y)
        row, column = image.index(x, y)
        window = pixels[:, row - 14 : row + 15, column - 14 : column + 15].astype(int)
        red = (abs(window - np.array([0xB3, 0x26, 0x1E])[:, None, None]).sum(axis=0)) < 40
        assert red.sum() > 50
        rows, columns = np.nonzero(red)
        assert rows.mean() - 14 == pytest.approx(0.0, abs=1.0)
        assert columns.mean() - 14 == pytest.approx(0.0, abs=1.0)
        metres = figure.sheets[0].panel.metres_per_pt * 72.0 / 200.0
        assert image.transform.a == pytest.approx(metres, rel=1e-6)
        assert image.transform.e == pytest.approx(-metres, rel=1e-6)


def test_a_geopackage_holds_what_is_drawn_with_its_columns(figure, sites, tmp_path):
    path = figure.save(tmp_path / "x.gpkg")
    names = {row[0] for row in pyogrio.list_layers(path)}
    assert names == {"sites", "extents", "oil_gas_fields", "pipelines"}
    points = gpd.read_file(path, layer="sites")
    assert points.crs.to_epsg() == 4326
    assert list(points["name"]) == ["Kalda", "Orim", "Senn camp", "Vara Hills"], (
        "a place without a position is on no map"
    )
    assert shapely.equals_exact(points.geometry.iloc[0], sites.geometry.iloc[0], 1e-9)
    hills = gpd.read_file(path, layer="extents")
    assert hills.geometry.iloc[0].area == pytest.approx(sites["extent"].iloc[3].area)
    fields = gpd.read_file(path, layer="oil_gas_fields")
    assert set(fields["name"]) == {"A", "B"}
    assert set(fields["licence"]) == {"CC BY 4.0"}


def test_a_proximity_figure_gives_rings_and_lines_of_all_panels_once(testland, sites, nearest_tables, tmp_path):
    figure = maps.proximity_map(sites.iloc[:3], nearest_tables, layout="panels", date="2024-06-01")
    path = figure.save(tmp_path / "x.gpkg")
    lines = gpd.read_file(path, layer="nearest_oil_gas_fields")
    assert sorted(lines["site"]) == ["k", "o", "s"]
    assert len(gpd.read_file(path, layer="sites")) == 3
    with pytest.raises(InputError, match="has 3"):
        figure.save(tmp_path / "x.tif")


@pytest.mark.parametrize("suffix", [".tif", ".gpkg", ".webp"])
def test_two_runs_give_the_same_bytes(figure, tmp_path, suffix):
    first = figure.save(tmp_path / f"a{suffix}", dpi=100).read_bytes()
    second = figure.save(tmp_path / "b" / f"a{suffix}", dpi=100).read_bytes()
    assert first == second


def test_webp_says_what_it_shows_and_at_what_size(figure, tmp_path):
    with Image.open(figure.save(tmp_path / "x.webp", dpi=100)) as image:
        assert np.allclose(image.size, np.array([174, figure.size.height_mm]) / 25.4 * 100, atol=1.0)
        exif = image.getexif()
    assert exif[0x010E].startswith("Places.")
    assert float(exif[0x011A]) == 100.0


def test_a_map_of_nothing_has_no_geopackage(testland, tmp_path):
    empty = gpd.GeoDataFrame({"name": []}, geometry=[], crs="EPSG:4326")
    figure = maps.sites_map(empty, region=REGION, title="Empty", date="2024-06-01", layers=())
    with pytest.raises(InputError, match="nothing besides the base"):
        figure.save(tmp_path / "x.gpkg")
    assert not list(tmp_path.iterdir())


def test_an_unknown_ending_is_told_all_that_there_are(figure, tmp_path):
    with pytest.raises(InputError, match=r"\.png, \.svg, \.pdf, \.webp, \.tif, \.gpkg"):
        figure.save(tmp_path / "x.bmp")
