"""The doors to files: what is refused on the way in, and that what goes out is whole, inert and the same every time."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import rioxarray  # noqa: F401
import shapely
import xarray as xr

from geoops.core import reading, writing
from geoops.core.errors import CrsError, ReadError, WriteError

POINTS = gpd.GeoDataFrame(
    {"name": ["Kirkuk", "دير الزور", None], "value": [1.5, 2.0, np.nan]},
    geometry=[shapely.Point(44.39, 35.47), shapely.Point(40.14, 35.33), shapely.Point(-70.0, -40.0)],
    crs=4326,
)


def grid(values, west=40.0, north=36.0, step=0.5, crs="EPSG:4326"):
    rows, columns = np.shape(values)
    return xr.DataArray(
        np.asarray(values, float), dims=("y", "x"),
        coords={"y": north - step * (np.arange(rows) + 0.5), "x": west + step * (np.arange(columns) + 0.5)},
    ).rio.write_crs(crs)  # fmt: skip


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".fgb"])
def test_vectors_come_back_as_they_went(tmp_path, suffix):
    path = writing.write_vector(tmp_path / f"points{suffix}", POINTS)
    back = reading.read_vector(path)
    order = back["value"].map({1.5: 0, 2.0: 1}).fillna(2).astype(int)  # FlatGeobuf sorts features in space
    back = back.iloc[np.argsort(order)].reset_index(drop=True)
    assert list(back["name"].fillna("")) == ["Kirkuk", "دير الزور", ""]
    assert back.geometry.geom_equals_exact(POINTS.geometry, 1e-6).all()


def test_parquet_is_read_by_region_and_by_column(tmp_path):
    path = writing.write_parquet(tmp_path / "points.parquet", POINTS)
    near = reading.read_vector(path, region=(40.0, 35.0, 41.0, 36.0), columns=["name"])
    assert list(near["name"]) == ["دير الزور"]
    assert list(near.columns) == ["name", "geometry"]


def test_features_are_kept_whole_when_their_bounds_meet_the_region(tmp_path):
    lines = gpd.GeoDataFrame(
        {"n": [1, 2]}, geometry=[shapely.LineString([(0, 0), (10, 10)]), shapely.Point(20, 20)], crs=4326
    )
    path = writing.write_vector(tmp_path / "lines.gpkg", lines)
    back = reading.read_vector(path, region=(9, 9, 12, 12))
    assert list(back["n"]) == [1]
    assert back.geometry.iloc[0].bounds == (0, 0, 10, 10)


def test_a_second_layer_joins_the_first_in_a_geopackage(tmp_path):
    path = tmp_path / "two.gpkg"
    writing.write_vector(path, POINTS, layer="first")
    writing.write_vector(path, POINTS.head(1), layer="second", append_to=path)
    assert list(pyogrio.list_layers(path)[:, 0]) == ["first", "second"]
    assert len(reading.read_vector(path, layer="second")) == 1
    assert len(reading.read_vector(path, layer="first")) == 3


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".fgb"])
def test_the_same_features_give_the_same_bytes_at_another_time(tmp_path, suffix):
    first = writing.write_vector(tmp_path / f"a{suffix}", POINTS, layer="points").read_bytes()
    time.sleep(1.1)  # a format that carried the clock would differ now
    assert writing.write_vector(tmp_path / f"a{suffix}", POINTS, layer="points").read_bytes() == first


def test_the_callers_gdal_configuration_is_left_alone(tmp_path):
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    writing.write_vector(tmp_path / "a.gpkg", POINTS)
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None


def test_geojson_follows_rfc_7946(tmp_path):
    utm = POINTS.head(2).to_crs(32637)
    document = json.loads(writing.write_vector(tmp_path / "a.geojson", utm).read_text(encoding="utf-8"))
    assert "crs" not in document
    assert document["features"][0]["geometry"]["coordinates"] == pytest.approx([44.39, 35.47], abs=1e-6)


def test_lists_and_second_geometries_are_written_as_text(tmp_path):
    frame = POINTS.assign(
        alternatives=[["a", "b"], [], None], extent=gpd.GeoSeries([shapely.box(0, 0, 1, 1), None, None], crs=4326)
    )
    back = reading.read_vector(writing.write_vector(tmp_path / "a.gpkg", frame))
    assert back["alternatives"].iloc[0] == "a; b"
    assert back["extent"].iloc[0].startswith("POLYGON ((")
    assert pd.isna(back["extent"].iloc[1])


def test_rasters_come_back_as_they_went_and_by_window(tmp_path):
    values = np.arange(24.0).reshape(4, 6)
    values[0, 0] = np.nan
    for dtype in ("float32", "int16"):
        path = writing.write_raster(tmp_path / f"{dtype}.tif", grid(values), dtype=dtype)
        back = reading.read_raster(path)
        np.testing.assert_array_equal(back.values, values)
        assert back.rio.crs.to_epsg() == 4326
        window = reading.read_raster(path, region=(40.6, 34.6, 41.4, 35.4))
        np.testing.assert_array_equal(window.values, values[1:3, 1:3])
        assert window["x"].to_numpy() == pytest.approx([40.75, 41.25])
        assert window["y"].to_numpy() == pytest.approx([35.25, 34.75])


def test_a_window_is_cut_at_the_rasters_edge_and_refused_beyond_it(tmp_path):
    path = writing.write_raster(tmp_path / "a.tif", grid(np.ones((4, 6))))
    assert reading.read_raster(path, region=(39.0, 35.2, 40.4, 40.0)).shape == (2, 1)
    with pytest.raises(ReadError, match="not the region"):
        reading.read_raster(path, region=(50.0, 35.0, 51.0, 36.0))


def test_more_cells_than_the_cap_are_refused_before_they_are_read(tmp_path):
    path = tmp_path / "huge.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=60_000, height=60_000, count=1, dtype="uint8", crs=4326, tiled=True,
        transform=rasterio.transform.from_bounds(0, 0, 60, 60, 60_000, 60_000), SPARSE_OK=True, compress="deflate",
    ):  # fmt: skip
        pass
    with pytest.raises(ReadError, match="3,600,000,000 cells"):
        reading.read_raster(path)
    assert reading.read_raster(path, region=(10, 10, 10.01, 10.01)).shape == (10, 10)


def test_a_raster_that_is_rotated_or_without_crs_is_refused(tmp_path):
    for name, transform, crs in [
        ("rotated", rasterio.Affine(0.1, 0.05, 40, 0.05, -0.1, 36), 4326),
        ("south_up", rasterio.Affine(0.1, 0, 40, 0, 0.1, 30), 4326),
        ("no_crs", rasterio.Affine(0.1, 0, 40, 0, -0.1, 36), None),
    ]:
        with rasterio.open(
            tmp_path / f"{name}.tif", "w", driver="GTiff", width=4, height=4, count=1, dtype="uint8",
            transform=transform, crs=crs,
        ) as target:  # fmt: skip
            target.write(np.ones((1, 4, 4), "uint8"))
    for name in ("rotated", "south_up"):
        with pytest.raises(ReadError, match="gdalwarp"):
            reading.read_raster(tmp_path / f"{name}.tif", region=(40, 35, 41, 36))
    with pytest.raises(CrsError, match="states no CRS"):
        reading.read_raster(tmp_path / "no_crs.tif")


VRT = b'<VRTDataset rasterXSize="1" rasterYSize="1"><VRTRasterBand dataType="Byte" band="1"/></VRTDataset>'
OGR_VRT = b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".json", ".fgb", ".shp", ".parquet", ".csv"])
def test_a_vrt_in_the_clothes_of_a_vector_file_is_refused(tmp_path, suffix):
    path = tmp_path / f"sites{suffix}"
    path.write_bytes(OGR_VRT)
    with pytest.raises(ReadError, match="first bytes"):
        reading.read_vector(path)


@pytest.mark.parametrize("suffix", [".tif", ".tiff"])
def test_a_vrt_in_the_clothes_of_a_raster_is_refused(tmp_path, suffix):
    path = tmp_path / f"dem{suffix}"
    path.write_bytes(VRT)
    with pytest.raises(ReadError, match="first bytes"):
        reading.read_raster(path)
    tile = tmp_path / "N35E040.hgt"
    tile.write_bytes(VRT)
    with pytest.raises(ReadError, match="hgt"):
        reading.read_raster(tile)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/vsicurl/http://127.0.0.1/x.tif", "address"),
        ("http://127.0.0.1/x.geojson", "address"),
        ("/vsizip/x.zip/y.tif", "address"),
        ('{"type": "FeatureCollection"}', "document"),
        ("<VRTDataset/>", "document"),
        ("nowhere/points.gpkg", "no file"),
    ],
)
@pytest.mark.parametrize("read", [reading.read_vector, reading.read_raster, reading.read_text])
def test_what_is_not_a_plain_file_is_refused(path, words, read):
    with pytest.raises(ReadError, match=words):
        read(path)


def test_a_missing_file_names_those_beside_it(tmp_path):
    writing.write_vector(tmp_path / "points.gpkg", POINTS)
    with pytest.raises(ReadError, match=r"there are points\.gpkg"):
        reading.read_vector(tmp_path / "point.gpkg")
    (tmp_path / "folder.gpkg").mkdir()
    with pytest.raises(ReadError, match="not a regular file"):
        reading.read_vector(tmp_path / "folder.gpkg")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.xyz", b"x", "are not opened"),
        ("a.gpkg", b"", "empty"),
        ("a.gpkg", b"SQLite format 3\x00" + b"\x00" * 200, "cannot be read"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": [', "cannot be read"),
        ("a.parquet", b"PAR1" + b"\x00" * 50, "cannot be read"),
        ("a.csv", b"name,x\nKirkuk,1\n", "lon and lat"),
        ("a.csv", b"name,lon,lat\nKirkuk,44.39,north\n", "line 2"),
    ],
)
@pytest.mark.filterwarnings("ignore:GPKG. bad application_id", "ignore:Exception ignored in")
def test_a_damaged_vector_file_is_said_to_be_one(tmp_path, name, data, words):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ReadError, match=words):
        reading.read_vector(tmp_path / name)


def test_a_truncated_raster_is_said_to_be_one(tmp_path):
    path = writing.write_raster(tmp_path / "a.tif", grid(np.random.default_rng(0).random((300, 300))))
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ReadError, match="cannot be read as GTiff"):
        reading.read_raster(path)


def test_a_vector_file_without_crs_or_geometry_is_refused(tmp_path):
    with pytest.warns(UserWarning, match="crs"):
        pyogrio.write_dataframe(POINTS.set_crs(None, allow_override=True), tmp_path / "no_crs.fgb", driver="FlatGeobuf")
    with pytest.raises(CrsError, match="no CRS"):
        reading.read_vector(tmp_path / "no_crs.fgb")
    pyogrio.write_dataframe(pd.DataFrame({"a": [1]}), tmp_path / "table.gpkg", driver="GPKG")
    with pytest.raises(ReadError, match="without geometry"):
        reading.read_vector(tmp_path / "table.gpkg")


def test_a_table_of_points_keeps_the_row_without_coordinates(tmp_path):
    (tmp_path / "a.csv").write_text("\ufeffname,lon,lat\nKirkuk,44.39,35.47\nnowhere,,\n", encoding="utf-8")
    frame = reading.read_vector(tmp_path / "a.csv", columns=["name"])
    assert list(frame["name"]) == ["Kirkuk", "nowhere"]
    assert frame.geometry.iloc[0].equals(shapely.Point(44.39, 35.47))
    assert frame.geometry.iloc[1] is None


def test_text_is_utf8_with_or_without_a_mark_and_not_endless(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbf" + "دير الزور".encode())
    assert reading.read_text(path) == "دير الزور"
    path.write_bytes("Hasekê".encode("latin-1"))
    with pytest.raises(ReadError, match="not UTF-8 at byte 5"):
        reading.read_text(path)
    monkeypatch.setattr(reading, "_MAX_TEXT_BYTES", 3)
    with pytest.raises(ReadError, match="at most 3"):
        reading.read_text(path)


def test_csv_has_units_of_text_only_and_no_formula(tmp_path):
    table = pd.DataFrame(
        {"name": ["=1+1", "Kirkuk", None], "km": [1.25, float("nan"), 3.0], "n": [1, 2, 3], "l": [["a"], [], None]}
    )
    text = writing.write_csv(tmp_path / "a.csv", table).read_text(encoding="utf-8")
    assert text == "name,km,n,l\n'=1+1,1.25,1,a\nKirkuk,,2,\n,3,3,\n"
    geo = writing.write_csv(tmp_path / "b.csv", POINTS.head(1), index=True).read_text(encoding="utf-8")
    assert geo == "index,name,value,geometry\n0,Kirkuk,1.5,POINT (44.39 35.47)\n"


def test_json_is_readable_and_refuses_what_is_not_json(tmp_path):
    path = writing.write_json(tmp_path / "a.json", {"name": "دير الزور"})
    assert path.read_text(encoding="utf-8") == '{\n  "name": "دير الزور"\n}\n'
    with pytest.raises(ValueError, match="JSON"):
        writing.write_json(tmp_path / "b.json", {"x": float("nan")})
    assert not (tmp_path / "b.json").exists()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = writing.write_text(tmp_path / "a.txt", "old")

    def fail():
        with writing.written_whole(path) as temporary:
            temporary.write_text("half", encoding="utf-8")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert path.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_place_that_cannot_be_written_is_said_so(tmp_path):
    blocker = writing.write_text(tmp_path / "file", "x")
    with pytest.raises(WriteError, match="cannot be written"):
        writing.check_writable(blocker / "folder")
    with pytest.raises(WriteError, match="cannot be written"):
        writing.write_text(blocker / "a.txt", "x")
    with pytest.raises(WriteError, match=r"\.gpkg, \.geojson or \.fgb"):
        writing.write_vector(tmp_path / "a.shp", POINTS)
    assert writing.check_writable(tmp_path / "new" / "deep").is_dir()
    assert list((tmp_path / "new" / "deep").iterdir()) == []


def test_a_vector_that_a_format_cannot_hold_is_said_so(tmp_path):
    strange = POINTS.assign(value=[complex(1, 2)] * 3)
    with pytest.raises(WriteError, match="cannot be written as GPKG"):
        writing.write_vector(tmp_path / "a.gpkg", strange)
    assert list(tmp_path.iterdir()) == []


def test_killed_in_the_middle_of_writing_the_old_file_stays(tmp_path):
    path = writing.write_text(tmp_path / "a.txt", "old")
    script = (
        "import os, sys\nfrom geoops.core.writing import written_whole\n"
        "with written_whole(sys.argv[1]) as temporary:\n    temporary.write_text('half')\n    os.kill(os.getpid(), 9)\n"
    )
    result = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert result.returncode == -9
    assert Path(path).read_text(encoding="utf-8") == "old"
    assert len(list(tmp_path.iterdir())) == 2
    writing.sweep_parts(tmp_path, tmp_path / "no such folder")
    assert list(tmp_path.iterdir()) == [path]


def test_two_processes_take_turns_in_a_folder(tmp_path):
    script = (
        "import pathlib, sys\nfrom geoops.core.writing import alone\n"
        "with alone(sys.argv[1]):\n    pathlib.Path(sys.argv[1], 'came').touch()\n"
    )
    with writing.alone(tmp_path):
        other = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)])
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(1.5)
        assert not (tmp_path / "came").exists()
    assert other.wait(20) == 0
    assert (tmp_path / "came").exists()


def test_a_gpx_file_is_read_by_what_it_holds(tmp_path):
    """GDAL shows five layers in each, and reads waypoints where nobody says which: of a track none."""
    begin = '<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">'
    point = '<wpt lat="35" lon="40"><name>P</name></wpt>'
    track = '<trk><name>T</name><trkseg><trkpt lat="35" lon="40"/><trkpt lat="36" lon="41"/></trkseg></trk>'
    for name, body, kind in (("points", point, "Point"), ("track", track, "MultiLineString")):
        (tmp_path / f"{name}.gpx").write_text(f"{begin}{body}</gpx>", encoding="utf-8")
        assert reading.read_vector(tmp_path / f"{name}.gpx").geom_type.tolist() == [kind]
    (tmp_path / "both.gpx").write_text(f"{begin}{point}{track}</gpx>", encoding="utf-8")
    with pytest.raises(ReadError, match="More than one layer"):  # a warning, which the tests take for an error
        reading.read_vector(tmp_path / "both.gpx")
    assert len(reading.read_vector(tmp_path / "both.gpx", layer="tracks")) == 1
