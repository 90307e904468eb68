"""A GeoTIFF on a server is read by parts: little of it travels, and what goes wrong on the way is said."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from geoops.core.errors import InputError, NetworkError, ReadError
from geoops.core.fetching import Fetcher, user_agent
from geoops.layers.sources import rasters as source

from .serving import Site, answer, in_turn, serving

NAME = "Copernicus_DSM_COG_10_N35_00_E040_00_DEM.tif"
SIZE = 2048


def height(lon, lat):
    """A plane that bends nowhere, so that any mean over cells is the value at their middle."""
    return 1000.0 * (lon - 40.0) + 500.0 * (lat - 35.0)


@pytest.fixture(scope="module")
def cog(tmp_path_factory):
    """A cloud-optimised GeoTIFF as the Copernicus DEM comes: one degree, tiled, with overviews; noise keeps it large."""
    path = tmp_path_factory.mktemp("cog") / NAME
    step = 1.0 / SIZE
    at = (np.arange(SIZE) + 0.5) * step
    values = height(40.0 + at[None, :], 36.0 - at[:, None]).astype("float32")
    values += np.random.default_rng(1).normal(0.0, 0.01, values.shape).astype("float32")
    with rasterio.open(
        path, "w", driver="COG", height=SIZE, width=SIZE, count=1, dtype="float32", crs="EPSG:4326",
        transform=from_origin(40.0, 36.0, step, step), compress="deflate", blocksize=256, overview_resampling="average",
    ) as out:  # fmt: skip
        out.write(values, 1)
    return path.read_bytes()


@pytest.fixture
def site(cog):
    with serving(Site({f"/dem/{NAME}": cog})) as running:
        yield running


def asked(site, **more):
    return source.read(
        f"{site.url}/dem/{NAME}", theme="terrain", fetcher=Fetcher(private=True, deadline_s=10.0, tries=2), **more
    )


def test_a_small_window_takes_a_small_share_of_the_file(site, cog):
    grid = asked(site, region=(40.40, 35.60, 40.45, 35.65))
    truth = height(grid.x.values[None, :], grid.y.values[:, None])
    assert np.abs(grid.values - truth).max() < 0.1
    assert grid.shape == (104, 103)  # whole cells: rows 716 to 819, columns 819 to 921
    assert site.sent < 0.05 * len(cog), f"{site.sent:,} of {len(cog):,} bytes"
    assert {headers["User-Agent"] for _, headers in site.seen} == {user_agent()}
    assert {path for path, _ in site.seen} == {f"/dem/{NAME}"}  # nothing beside it: no .ovr, .msk, .aux.xml
    assert grid.attrs["layer"]["source"] == "Copernicus DEM"
    assert grid.attrs["layer"]["file"] == NAME


def test_coarse_cells_come_from_the_coarse_copies(site, cog):
    grid = asked(site, cell_deg=1.0 / 64)
    assert grid.shape == (64, 64)
    truth = height(grid.x.values[None, :], grid.y.values[:, None])
    assert np.abs(grid.values - truth).max() < 0.1
    assert site.sent < 0.10 * len(cog), f"{site.sent:,} of {len(cog):,} bytes"


def test_nothing_is_asked_unless_told(site):
    with pytest.raises(InputError, match="online=True"):
        source.read(f"{site.url}/dem/{NAME}", theme="terrain")
    with pytest.raises(InputError, match="https addresses only"):
        source.read(f"{site.url}/dem/{NAME}", theme="terrain", online=True)
    assert site.seen == []


def test_the_limit_on_bytes_holds_for_all_parts_together(site):
    with pytest.raises(NetworkError, match=r"more than 300,000 bytes of it are needed.*larger cells"):
        source.read(f"{site.url}/dem/{NAME}", theme="terrain", fetcher=Fetcher(private=True, max_bytes=300_000))
    assert site.sent <= 300_000


def test_a_server_without_parts_is_said_to_be_one(site, cog):
    site.ranges = False
    with pytest.raises(NetworkError, match="gives no parts of files; download the file whole"):
        asked(site)
    assert site.sent <= len(cog)


def test_what_goes_wrong_while_the_library_reads_is_what_is_said(site, cog):
    path = f"/dem/{NAME}"
    site.files[path] = in_turn(cog, answer(500))
    with pytest.raises(NetworkError, match="not reached in 2 tries; the last one met this: the server answered 500"):
        asked(site)
    site.files[path] = in_turn(
        answer(200, cog, ETag='"a"'), answer(200, cog, ETag='"a"'), answer(429, Retry_After="60")
    )
    with pytest.raises(NetworkError, match="deadline of 10 s; the last try met this: the server answered 429"):
        asked(site)


def test_a_file_that_is_not_there_or_is_none(site):
    site.files.clear()
    with pytest.raises(NetworkError, match="404"):
        asked(site)
    site.files[f"/dem/{NAME}"] = b"<html>" + b"x" * 100_000
    with pytest.raises(ReadError, match="the name says GTiff, its first bytes b'<html>"):
        asked(site)
    site.files["/N35E040.hgt"] = b"x" * 100
    with pytest.raises(ReadError, match="only GeoTIFFs"):
        source.read(f"{site.url}/N35E040.hgt", theme="terrain", fetcher=Fetcher(private=True))


def test_a_file_cut_off_on_the_server_is_said_to_be_damaged(site, cog):
    site.files[f"/dem/{NAME}"] = cog[: len(cog) // 2]
    with pytest.raises(ReadError, match=rf"{NAME}: band 1, columns 0 to 2047, rows 0 to 2047 cannot be read"):
        asked(site)


def test_people_are_summed_from_the_full_grid_and_never_from_a_coarse_copy(cog, tmp_path):
    """Overviews hold means; a sum of means is no number of people."""
    ones = tmp_path / "syr_ppp_2020.tif"
    with rasterio.open(
        ones, "w", driver="COG", height=512, width=512, count=1, dtype="float32", crs="EPSG:4326",
        transform=from_origin(40.0, 36.0, 1 / 512, 1 / 512), blocksize=128, overview_resampling="average",
    ) as out:  # fmt: skip
        out.write(np.ones((512, 512), "float32"), 1)
    with serving(Site({"/syr_ppp_2020.tif": ones.read_bytes()})) as site:
        grid = source.read(
            f"{site.url}/syr_ppp_2020.tif", theme="population", cell_deg=0.25, fetcher=Fetcher(private=True)
        )
        facts = source.facts(f"{site.url}/syr_ppp_2020.tif", fetcher=Fetcher(private=True))
    assert grid.sum() == 512 * 512
    assert facts["overviews"] == [2, 4]
    assert (facts["width"], facts["bands"]) == (512, 1)


def test_a_region_is_built_of_a_model_on_a_server(site, tmp_path, monkeypatch):
    """`geoops layers build --dem ADDRESS`: here http and a loopback address are let through, as nothing else is there."""
    from geoops.core import fetching
    from geoops.layers.load import layer
    from geoops.layers.region import build_region

    monkeypatch.setattr(fetching, "Fetcher", lambda **more: Fetcher(private=True, **more))
    box = (40.3, 35.3, 40.5, 35.5)
    build_region(tmp_path / "mine", box, sources={"dem": f"{site.url}/dem/{NAME}"}, cell_deg=0.01, only=["terrain"])
    grid = layer("terrain", region=box, catalog=tmp_path / "mine")
    assert np.abs(grid.values - height(grid.x.values[None, :], grid.y.values[:, None])).max() < 1.0
    assert grid.attrs["layer"]["source"].startswith("Copernicus DEM")
