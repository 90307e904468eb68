"""Grids of people, heights and land cover: windowed, put together by the right rule, and refused when they lie."""

from __future__ import annotations

import gzip
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.transform import from_origin

from geoops.core.errors import CoordinateError, CrsError, InputError, ReadError, SchemaError
from geoops.layers.sources import raster_blocks
from geoops.layers.sources import rasters as source


def write(path, values, *, west=40.0, north=36.0, step=0.25, crs="EPSG:4326", nodata=None, **more):
    values = np.asarray(values)
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, dtype=values.dtype, crs=crs,
        transform=from_origin(west, north, step, step), nodata=nodata, **more,
    ) as out:  # fmt: skip
        out.write(values, 1)
    return path


def hgt(path, values):
    """An SRTM3 tile as NASA writes it: 1201 by 1201 big-endian 16-bit heights, edges shared with the neighbours."""
    np.asarray(values, dtype=">i2").tofile(path)
    return path


PEOPLE = np.arange(16, dtype="float32").reshape(4, 4)


def test_people_are_counted_and_stay_as_many(tmp_path):
    path = write(
        tmp_path / "syr_ppp_2020_UNadj.tif", np.where(PEOPLE == 5, -99999.0, PEOPLE).astype("float32"), nodata=-99999.0
    )
    grid = source.read(path, theme="population")
    assert np.nansum(grid.values) == PEOPLE.sum() - 5
    assert np.isnan(grid.values[1, 1])
    assert grid.y[0] > grid.y[1]
    assert float(grid.x[0]) == 40.125
    entry = grid.attrs["layer"]
    assert (entry["source"], entry["date"], entry["units"], entry["licence"]) == (
        "WorldPop",
        "2020",
        "people per cell",
        "CC BY 4.0",
    )
    assert entry["region"] == [40.0, 35.0, 41.0, 36.0]
    coarse = source.read(path, theme="population", cell_deg=0.5)
    assert coarse.shape == (2, 2)
    assert np.nansum(coarse.values) == PEOPLE.sum() - 5
    assert coarse.values[1, 1] == PEOPLE[2:, 2:].sum()
    assert [float(v) for v in coarse.x] == [40.25, 40.75]


def test_a_window_is_whole_cells(tmp_path):
    path = write(tmp_path / "syr_ppp_2020.tif", PEOPLE)
    grid = source.read(path, theme="population", region=(40.3, 35.3, 40.7, 35.6))
    assert grid.values.tolist() == [[5.0, 6.0], [9.0, 10.0]]
    coarse = source.read(path, theme="population", region=(40.3, 35.3, 40.4, 35.4), cell_deg=0.5)
    assert coarse.values.tolist() == [
        [PEOPLE[2:, :2].sum()]
    ]  # blocks count from the file's corner, whatever the window
    for cell in (None, 0.5):
        with pytest.raises(ReadError, match="not the region"):
            source.read(path, theme="population", region=(10, 10, 11, 11), cell_deg=cell)


def test_land_cover_takes_the_commonest_class(tmp_path):
    classes = np.array([[10, 10, 40, 50, 80], [10, 40, 50, 40, 80], [0, 0, 60, 60, 80]], dtype="uint8")
    path = write(tmp_path / "ESA_WorldCover_10m_2021_v200_N33E039_Map.tif", classes, nodata=0)
    grid = source.read(path, theme="land_cover", cell_deg=0.5)
    assert grid.values[0].tolist() == [10.0, 40.0, 80.0]  # of two equally common the smaller number
    assert np.isnan(grid.values[1, 0])
    assert grid.values[1, 1] == 60.0
    entry = grid.attrs["layer"]
    assert entry["classes"]["60"] == "bare or sparse vegetation"
    assert entry["date"] == "2021"
    assert entry["source"] == "ESA WorldCover"
    wrong = write(tmp_path / "worldcover_2021.tif", np.full((3, 3), 77, dtype="uint8"))
    with pytest.raises(
        ReadError, match=r"worldcover_2021\.tif: 9 of 9 cells are no land_cover: values 77 to 77 came, classes 10"
    ):
        source.read(wrong, theme="land_cover")
    assert source.read(wrong, theme="land_cover", classes={77: "mine"}).attrs["layer"]["classes"] == {"77": "mine"}


def test_heights_in_tiles_side_by_side(tmp_path):
    row = np.arange(1201)
    a = hgt(tmp_path / "N35E040.hgt", np.broadcast_to(row, (1201, 1201)))
    values = np.broadcast_to(row + 1200, (1201, 1201)).copy()
    values[0, 5] = -32768  # a void
    b = hgt(tmp_path / "N35E041.hgt", values)
    far = hgt(tmp_path / "N10E010.hgt", np.zeros((1201, 1201)))
    grid = source.read([a, b, far], theme="terrain", region=(40.5, 35.5, 41.5, 36.0))
    # Heights rise by one a cell of 3 arc seconds: height = (longitude - 40) * 1200.
    line = grid.sel(y=35.75, method="nearest")
    assert np.allclose(line.values, (line.x.values - 40.0) * 1200.0, atol=0.01)
    assert grid.attrs["layer"]["source"].startswith("SRTM")
    assert grid.attrs["layer"]["date"] == "2000-02"
    assert int(np.isnan(grid.values).sum()) == 1
    mean = source.read(a, theme="terrain", cell_deg=0.1)
    assert float(mean.values[5, 5]) == pytest.approx(float(mean.x[5] - 40.0) * 1200.0, abs=0.6)
    with pytest.raises(ReadError, match="none covers the region"):
        source.read([a, b], theme="terrain", region=(0, 0, 1, 1))


def test_a_grid_in_metres_is_warped_and_one_of_people_refused(tmp_path):
    # A plane that rises eastward in UTM 38N, whose central meridian is 45 E.
    east = np.broadcast_to(np.arange(400) * 2.0, (400, 400)).astype("float32")
    path = write(
        tmp_path / "Copernicus_DSM_30.tif", east, west=300_000.0, north=4_000_000.0, step=1000.0, crs="EPSG:32638"
    )
    grid = source.read(path, theme="terrain", region=(44.0, 34.0, 45.0, 35.0))
    assert grid.rio.crs.to_epsg() == 4326
    assert grid.attrs["layer"]["date"] == "2015"
    at = grid.sel(x=45.0, y=34.5, method="nearest")
    assert float(at) == pytest.approx((500_000 - 300_500) / 1000 * 2.0, abs=2.5)
    assert float(grid.x.min()) > 43.9
    assert float(grid.x.max()) < 45.1
    whole = source.read(path, theme="terrain", cell_deg=0.1)
    assert float(whole.x[1] - whole.x[0]) == pytest.approx(0.1)
    assert (
        source.read(path, theme="land_cover", classes=dict.fromkeys(range(0, 800, 2), "x"), source="s", licence="l")
        .notnull()
        .any()
    )
    with pytest.raises(CrsError, match="does not keep their number"):
        source.read(path, theme="population", source="s", licence="l", date="2020")
    with pytest.raises(ReadError, match="not the region"):
        source.read(path, theme="terrain", region=(0.0, 34.0, 1.0, 35.0))
    with pytest.raises(ReadError, match="none covers"):
        source.read([path, path], theme="terrain", region=(0.0, 34.0, 1.0, 35.0))


def test_files_that_lie_are_named(tmp_path):
    said = {"source": "s", "licence": "l", "date": "2020"}
    tall = write(tmp_path / "tall.tif", np.full((4, 4), 30_000, dtype="int32"))
    with pytest.raises(ReadError, match=r"tall\.tif: 16 of 16 cells are no terrain: values 30000 .*-500 to 9000"):
        source.read(tall, theme="terrain", **said)
    few = np.full((10, 10), 300.0, dtype="float32")
    few[0, 0], few[0, 1] = -9999.0, 12_000.0
    grid = source.read(write(tmp_path / "few.tif", few), theme="terrain", **said)
    assert int(np.isnan(grid.values).sum()) == 2
    assert grid.attrs["mended"] == {"impossible values set to NaN": 2}
    cut = write(tmp_path / "cut.tif", np.random.default_rng(0).random((500, 500)))
    cut.write_bytes(cut.read_bytes()[:100_000])
    with pytest.raises(ReadError, match=r"cut\.tif"):
        source.read(cut, theme="terrain", **said)
    metres = write(tmp_path / "metres.tif", PEOPLE, west=300_000.0, north=4_000_000.0, step=1000.0)
    with pytest.raises(CrsError, match="not the one stated"):
        source.read(metres, theme="terrain", **said)
    with pytest.raises(CrsError, match="states no CRS"):
        source.read(_bare(tmp_path / "bare.tif"), theme="terrain", **said)
    with pytest.raises(ReadError, match="no file"):
        source.read(tmp_path / "absent.tif", theme="terrain", **said)
    text = tmp_path / "text.tif"
    text.write_text("<html>")
    with pytest.raises(ReadError, match="the name says GTiff"):
        source.read(text, theme="terrain", **said)
    (tmp_path / "half.hgt").write_bytes(b"\0" * 1000)
    with pytest.raises(ReadError, match=r"half\.hgt"):
        source.read(tmp_path / "half.hgt", theme="terrain", **said)


def _bare(path):
    """A GeoTIFF with a grid and no CRS."""
    grid = from_origin(40, 36, 1, 1)
    with rasterio.open(path, "w", driver="GTiff", height=2, width=2, count=1, dtype="float32", transform=grid) as out:
        out.write(np.zeros((2, 2), "float32"), 1)
    return path


def test_what_must_be_said_is_asked_for(tmp_path):
    path = write(tmp_path / "mine.tif", PEOPLE)
    with pytest.raises(SchemaError, match="whose data it is"):
        source.read(path, theme="terrain", date="2020")
    with pytest.raises(SchemaError, match="of what date"):
        source.read(path, theme="terrain", source="s", licence="l")
    with pytest.raises(InputError, match="has 1 bands; band 2"):
        source.read(path, theme="terrain", source="s", licence="l", date="2020", band=2)
    with pytest.raises(InputError, match="gives no 'roads'"):
        source.read(path, theme="roads")
    with pytest.raises(InputError, match="no raster file"):
        source.read([], theme="terrain")
    other = write(tmp_path / "other.tif", PEOPLE, west=41.0, step=0.125)
    with pytest.raises(ReadError, match="do not make one grid"):
        source.read([path, other], theme="terrain", source="s", licence="l", date="2020")


def test_more_cells_than_fit_are_refused_before_they_are_read(tmp_path, monkeypatch):
    path = write(tmp_path / "pop_2020_worldpop.tif", PEOPLE)
    monkeypatch.setattr(source, "MAX_CELLS", 3)
    with pytest.raises(ReadError, match="larger cell_deg"):
        source.read(path, theme="population", cell_deg=0.5)


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="peaks of memory are read from /proc")
def test_memory_is_bounded_by_the_result(tmp_path):
    """80 million cells of land cover, put together 100 by 100, cost a few strips."""
    path = tmp_path / "ESA_WorldCover_10m_2021_v200_test.tif"
    step = 1 / 4000
    with rasterio.open(
        path, "w", driver="GTiff", height=8000, width=10_000, count=1, dtype="uint8", crs="EPSG:4326",
        transform=from_origin(40, 36, step, step), tiled=True, compress="deflate", nodata=0,
    ) as out:  # fmt: skip
        for row in range(0, 8000, 1000):
            block = np.full((1000, 10_000), 40, dtype="uint8")
            block[:, 5000:] = 60
            out.write(block, 1, window=rasterio.windows.Window(0, row, 10_000, 1000))
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        peak = lambda: int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])
        import rasterio, rioxarray
        from geoops.layers.sources import rasters
        base = peak()
        grid = rasters.read(sys.argv[1], theme="land_cover", cell_deg=0.025)
        print(*grid.shape, int((grid == 40).sum()), peak() - base)
    """)
    ran = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=300, check=True
    )
    rows, columns, crops, grown = map(int, ran.stdout.split())
    assert (rows, columns, crops) == (80, 100, 80 * 50)
    assert grown < 400_000  # kB; all of it as numbers would be 640 MB, twice


def test_tiles_zipped_as_published(tmp_path):
    """One arc second: 3601 by 3601; heights are the longitude in arc seconds east of 40, so any cell tells where it lies."""
    seconds = np.broadcast_to(np.arange(3601), (3601, 3601)).astype(">i2")
    raw = seconds.tobytes()
    plain = tmp_path / "N35E040.hgt"
    plain.write_bytes(raw)
    packed = tmp_path / "N35E040.hgt.gz"
    packed.write_bytes(gzip.compress(raw, 1))
    zipped = tmp_path / "N35E040.SRTMGL1.hgt.zip"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("N35E040.hgt", raw)
    region = (40.5, 35.2, 40.6, 35.3)
    for path in (plain, packed, zipped):
        grid = source.read(path, theme="terrain", region=region)
        assert np.allclose(grid.values, (grid.x.values[None, :] - 40.0) * 3600.0, atol=0.01)
        assert grid.attrs["layer"]["source"].startswith("SRTM")
        assert grid.attrs["layer"]["file"].startswith("N35E040")
    packed.write_bytes(packed.read_bytes()[:-2000])
    with pytest.raises(ReadError, match=r"N35E040\.hgt\.gz: not a whole gzip file"):
        source.read(packed, theme="terrain", region=region)
    packed.write_bytes(b"<html>log in</html>")
    with pytest.raises(ReadError, match="look whether it is a web page"):
        source.read(packed, theme="terrain", region=region)
    zipped.write_bytes(zipped.read_bytes()[:5000])
    with pytest.raises(ReadError, match=r"SRTMGL1\.hgt\.zip: not a whole zip archive"):
        source.read(zipped, theme="terrain", region=region)
    plain.write_bytes(raw[:-2])
    with pytest.raises(ReadError, match=r"N35E040\.hgt: cannot be read as SRTMHGT .* get it again"):
        source.read(plain, theme="terrain", region=region)


def test_an_archive_with_several_rasters_asks_which(tmp_path):
    one = write(tmp_path / "one_worldpop_2020.tif", PEOPLE)
    with zipfile.ZipFile(tmp_path / "worldpop_2020.zip", "w") as archive:
        archive.write(one, "a/one.tif")
        archive.write(one, "b/two.tif")
    with pytest.raises(ReadError, match=r"holds 2 files .*; name one with member=.*a/one\.tif, b/two\.tif"):
        source.read(tmp_path / "worldpop_2020.zip", theme="population")
    grid = source.read(tmp_path / "worldpop_2020.zip", theme="population", member="b/two.tif")
    assert grid.values.sum() == PEOPLE.sum()


def test_a_file_that_lies_elsewhere_than_its_name_says(tmp_path):
    heights = np.full((10, 10), 300.0, dtype="float32")
    name = "Copernicus_DSM_COG_30_N35_00_E042_00_DEM.tif"
    assert source.read(write(tmp_path / name, heights, west=42.0, north=36.0, step=0.1), theme="terrain").shape == (
        10,
        10,
    )
    write(tmp_path / name, heights, west=35.0, north=43.0, step=0.1)
    with pytest.raises(CoordinateError, match=r"at N35 E042, but it covers 35, 42, 36, 43 .* longitude look swapped"):
        source.read(tmp_path / name, theme="terrain")
    write(tmp_path / name, heights, west=12.0, north=6.0, step=0.1)
    with pytest.raises(CoordinateError, match="its CRS or its position is not the one stated"):
        source.read(tmp_path / name, theme="terrain")
    people = np.ones((40, 40), dtype="float32")
    for west, north, words in ((34.0, 42.0, "swapped"), (-60.0, -10.0, "not the one stated")):
        with pytest.raises(CoordinateError, match=rf"states Iraq, but it covers .*{words}"):
            source.read(
                write(tmp_path / "irq_ppp_2020.tif", people, west=west, north=north, step=0.1), theme="population"
            )
    assert source.read(
        write(tmp_path / "irq_ppp_2020.tif", people, west=41.0, north=35.0, step=0.1), theme="population"
    ).sum() == 1600.0  # fmt: skip


def test_a_file_without_a_telling_name_is_tried_with_its_axes_exchanged(tmp_path):
    said = {"source": "s", "licence": "l", "date": "2020"}
    path = write(tmp_path / "mine.tif", np.full((10, 10), 300.0, dtype="float32"), west=33.0, north=45.0)
    with pytest.raises(
        CoordinateError, match=r"mine\.tif: covers 33, 42.5, 35.5, 45 .*would with latitude and longitude"
    ):
        source.read(path, theme="terrain", region=(43.0, 33.5, 44.0, 34.5), **said)
    with pytest.raises(CrsError, match="100 north; latitude and longitude look swapped"):
        source.read(
            write(tmp_path / "far.tif", np.zeros((10, 10), "float32"), west=33.0, north=100.0), theme="terrain", **said
        )


def test_nothing_but_gaps_is_no_layer(tmp_path):
    said = {"source": "s", "licence": "l", "date": "2020"}
    empty = np.full((10, 10), -9999.0, dtype="float32")
    path = write(tmp_path / "gaps.tif", empty, nodata=-9999.0)
    with pytest.raises(
        ReadError, match=r"gaps\.tif: band 1 holds no terrain in the file, only gaps; take another file"
    ):
        source.read(path, theme="terrain", **said)
    with pytest.raises(ReadError, match=r"in the region \(40\.5, 35\.0, 41\.0, 35\.5\)"):
        source.read(path, theme="terrain", region=(40.5, 35.0, 41.0, 35.5), **said)
    (tmp_path / "empty.tif").write_bytes(b"")
    with pytest.raises(ReadError, match=r"empty\.tif: the file is empty"):
        source.read(tmp_path / "empty.tif", theme="terrain", **said)


def test_a_damaged_part_is_named_with_its_window(tmp_path):
    said = {"source": "s", "licence": "l", "date": "2020"}
    path = write(tmp_path / "cut.tif", np.random.default_rng(0).random((500, 500)), step=0.01)
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(
        ReadError, match=r"cut\.tif: band 1, columns 100 to 199, rows 300 to 399 cannot .*: get it again"
    ):
        source.read(path, theme="terrain", region=(41.0, 32.0, 42.0, 33.0), **said)


def test_heights_stored_in_steps_are_given_in_metres(tmp_path):
    path = write(tmp_path / "steps.tif", np.full((4, 4), 250, dtype="int16"))
    with rasterio.open(path, "r+") as target:
        target.scales, target.offsets = (0.5,), (100.0,)
    grid = source.read(path, theme="terrain", source="s", licence="l", date="2020")
    assert set(grid.values.ravel()) == {225.0}


def test_a_grid_with_its_south_first_comes_north_first_and_a_turned_one_not_at_all(tmp_path):
    said = {"source": "s", "licence": "l", "date": "2020"}
    path = tmp_path / "south.tif"
    for name, grid in (
        ("south.tif", Affine(0.25, 0, 40, 0, 0.25, 35)),
        ("turned.tif", Affine(0.2, 0.1, 40, 0.1, -0.2, 36)),
    ):
        with rasterio.open(
            tmp_path / name,
            "w",
            driver="GTiff",
            height=4,
            width=4,
            count=1,
            dtype="float32",
            crs="EPSG:4326",
            transform=grid,
        ) as out:
            out.write(PEOPLE, 1)
    grid = source.read(path, theme="terrain", **said)
    assert grid.values.tolist() == PEOPLE[::-1].tolist()
    assert [float(v) for v in grid.y] == [35.875, 35.625, 35.375, 35.125]
    with pytest.raises(ReadError, match="warp it north-up first"):
        source.read(tmp_path / "turned.tif", theme="terrain", **said)


def test_tiles_put_together_meet_without_a_seam_at_any_cell_size(tmp_path):
    """Heights rise evenly eastward, so that every mean is the height at a cell's middle; a seam would bend the plane."""
    row = np.arange(1201)
    paths = [hgt(tmp_path / f"N35E04{n}.hgt", np.broadcast_to(row + 1200 * n, (1201, 1201))) for n in (0, 1)]
    for cell in (0.1, 0.0125, 1 / 1200 * 7, None):
        region = (40.9, 35.4, 41.1, 35.6)
        grid = source.read(paths, theme="terrain", cell_deg=cell, region=region)
        assert np.isfinite(grid.values).all()
        assert np.allclose(np.diff(grid.x.values), float(grid.x[1] - grid.x[0]))
        assert np.allclose(grid.values, (grid.x.values[None, :] - 40.0) * 1200.0, atol=0.01)
        assert float(grid.x[0]) < 40.9 + 0.1
        assert float(grid.x[-1]) > 41.1 - 0.1


def test_more_cells_together_than_fit_are_refused(tmp_path, monkeypatch):
    paths = [write(tmp_path / f"{n}_worldpop_2020.tif", PEOPLE, west=40.0 + n) for n in (0, 1)]
    monkeypatch.setattr(raster_blocks, "MAX_CELLS", 20)
    with pytest.raises(ReadError, match="32 cells together, at most 20 are read"):
        source.read(paths, theme="population")


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="peaks of memory are read from /proc")
def test_warping_holds_the_result_and_not_the_file(tmp_path):
    """36 million cells of a plane in UTM metres, warped to 1/4°: a few pieces at a time."""
    path = tmp_path / "Copernicus_DSM_30.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=6000, width=6000, count=1, dtype="int16", crs="EPSG:32638", tiled=True,
        transform=from_origin(320_000, 4_000_000, 60, 60), compress="deflate",
    ) as out:  # fmt: skip
        plane = np.broadcast_to((np.arange(6000) // 10).astype("int16"), (1000, 6000))
        for row in range(0, 6000, 1000):
            out.write(plane, 1, window=rasterio.windows.Window(0, row, 6000, 1000))
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        peak = lambda: int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])
        import rasterio, rioxarray
        from geoops.layers.sources import rasters
        base = peak()
        grid = rasters.read(sys.argv[1], theme="terrain", cell_deg=0.25, region=(44.0, 33.5, 46.0, 35.5))
        at = float(grid.sel(x=45.0, y=34.5, method="nearest"))
        print(*grid.shape, at, float(grid.sel(x=45.0, method="nearest").x), peak() - base)
    """)
    ran = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=300, check=True
    )
    rows, columns, at, lon, grown = map(float, ran.stdout.split())
    assert (rows, columns) == (8, 8)  # whole cells, counted from 180° W and 90° N
    # On the central meridian (45° E, 500 km east of the false origin) a degree is about 92 km; 600 m a step of one.
    east = 500_000 + (lon - 45.0) * 111_320 * np.cos(np.radians(34.5)) * 0.9996
    assert at == pytest.approx((east - 320_000) / 600, abs=2.0)
    assert grown < 200_000  # kB; as numbers the file would be 288 MB


def test_degrees_of_another_datum_are_warped_and_people_on_them_refused(tmp_path):
    """NAD27 lies some 100 m from WGS 84 in Texas: nothing for cells of a kilometre, several cells of 20 m."""
    said = {"source": "s", "licence": "l", "date": "2020"}
    for step, warped in ((0.01, False), (0.0002, True)):
        path = write(
            tmp_path / "old.tif", np.ones((20, 20), "float32"), west=-100.0, north=31.0, step=step, crs="EPSG:4267"
        )
        grid = source.read(path, theme="terrain", **said)
        assert (grid.shape == (20, 20) and float(grid.x[0]) == pytest.approx(-100.0 + step / 2, abs=1e-9)) != warped
        assert grid.rio.crs.to_epsg() == 4326
    with pytest.raises(CrsError, match="warping does not keep their number"):
        source.read(path, theme="population", **said)


def test_tiles_in_metres_are_put_together_on_one_grid_of_degrees(tmp_path):
    """Two halves of a plane in UTM: with the size of the cells said they meet."""
    east = np.broadcast_to(np.arange(400) * 2.0, (400, 400)).astype("float32")
    said = {"west": 300_000.0, "north": 4_000_000.0, "step": 1000.0, "crs": "EPSG:32638"}
    whole = source.read(write(tmp_path / "Copernicus_DSM_30.tif", east, **said), theme="terrain", cell_deg=0.05)
    paths = [
        write(
            tmp_path / f"Copernicus_DSM_30_{n}.tif",
            east[:, 200 * n : 200 * n + 200],
            **{**said, "west": 300_000.0 + 200_000.0 * n},
        )
        for n in (0, 1)
    ]
    both = source.read(paths, theme="terrain", cell_deg=0.05)
    assert both.shape == whole.shape
    inner = (slice(5, -5), slice(5, -5))
    assert (
        np.nanmax(np.abs(both.values[inner] - whole.values[inner])) < 6.0
    )  # cells at the seam know half of their ground
    assert np.allclose(both.x.values, whole.x.values)


def test_where_tiles_overlap_the_first_that_knows_a_value_counts(tmp_path):
    first = np.full((4, 4), 100.0, dtype="float32")
    first[0, 3] = -9999.0
    a = write(tmp_path / "a_worldpop_2020.tif", first, nodata=-9999.0)
    b = write(tmp_path / "b_worldpop_2020.tif", np.full((4, 4), 200.0, dtype="float32"), west=40.75)
    grid = source.read([a, b], theme="population")
    assert grid.shape == (4, 7)
    assert grid.values[0].tolist() == [100, 100, 100, 200, 200, 200, 200]  # a gap of the first is filled by the second
    assert grid.values[1].tolist() == [100, 100, 100, 100, 200, 200, 200]
