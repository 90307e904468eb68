"""Elevation tiles: decoded to their last fraction, warped without a shift, kept for good, and refused when they lie."""

from __future__ import annotations

import io
import sys
import time
import warnings

import numpy as np
import pytest
from PIL import Image

from geoops.core.errors import InputError, MissingExtraError, NetworkError, ReadError, SchemaError
from geoops.core.fetching import Fetcher, user_agent
from geoops.layers.load import layer
from geoops.layers.region import build_region
from geoops.layers.sources import rasters
from geoops.layers.sources import terrain_tiles as source

from .serving import Site, answer, in_turn, serving

ZOOM = 8
SAID = {"source": "made for the tests", "licence": "CC0", "date": "2026"}
REGION = (40.0, 35.0, 41.0, 36.0)
STEP = 1.0 / 256  # the least step of the encoding, in metres
EDGE = 20_037_508.342789244  # of Web Mercator, metres


def plane(x, y):
    """Heights that rise evenly in the metres of Web Mercator, so that no interpolation between pixels bends them."""
    return 500.0 + x / 10_000.0 - y / 20_000.0


def mercator(lon, lat):
    """Spherical Mercator by its formula (Snyder 1987, p. 41), not by a library."""
    radius = EDGE / np.pi
    return radius * np.radians(lon), radius * np.log(np.tan(np.pi / 4 + np.radians(lat) / 2))


def encode(heights, **more):
    """A terrarium PNG as its documentation states it (github.com/tilezen/joerd, docs/formats.md)."""
    v = np.asarray(heights, dtype="float64") + 32768.0
    rgb = np.stack([np.floor(v / 256), np.floor(v % 256), np.floor((v - np.floor(v)) * 256)], axis=2).astype("uint8")
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, "PNG", **more)
    return stream.getvalue()


def tile(z, x, y, side=256):
    pixel = 2 * EDGE / 2**z / side
    east = -EDGE + (x * side + np.arange(side) + 0.5) * pixel
    north = EDGE - (y * side + np.arange(side) + 0.5) * pixel
    return encode(plane(east[None, :], north[:, None]))


def png(body):
    return answer(200, body, Content_Type="image/png")


@pytest.fixture(scope="module")
def tiles():
    """All tiles round the region at two zooms."""
    files = {}
    for z, columns, rows in ((ZOOM, range(155, 159), range(99, 103)), (7, range(77, 80), range(49, 52))):
        files.update({f"/{z}/{x}/{y}.png": png(tile(z, x, y)) for x in columns for y in rows})
    return files


@pytest.fixture
def site(tiles):
    with serving(Site(dict(tiles))) as running:
        yield running


@pytest.fixture
def door(tmp_path):
    return Fetcher(cache=tmp_path / "cache", private=True, deadline_s=6.0, tries=3)


def asked(site, door, **more):
    return source.read(
        f"{site.url}/{{z}}/{{x}}/{{y}}.png", region=REGION, fetcher=door, **{"zoom": ZOOM, **SAID, **more}
    )


def truth(grid):
    x, y = mercator(grid.x.values, grid.y.values)
    return plane(x[None, :], y[:, None])


def test_heights_agree_to_the_last_step_of_the_encoding(site, door):
    grid = asked(site, door)
    off = grid.values - truth(grid)
    assert np.isfinite(grid.values).all()
    # Encoding rounds down by at most one step; float32 adds 0.001 m to heights of some hundred metres.
    assert off.max() < 0.002
    assert off.min() > -STEP - 0.002
    assert grid.y[0] > grid.y[1]
    assert float(grid.x[0]) == pytest.approx(40.0 + 360.0 / 2**ZOOM / 256 / 2)
    entry = grid.attrs["layer"]
    assert (entry["name"], entry["units"], entry["zoom"], entry["missing_tiles"]) == ("terrain", "metres", ZOOM, [])
    assert entry["source"] == "made for the tests"
    assert grid.rio.crs.to_epsg() == 4326


def test_the_pixels_are_those_that_contextily_puts_together(site, door, tmp_path, monkeypatch):
    """The mosaic against contextily's own, decoded by the documented formula."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        contextily = pytest.importorskip("contextily", reason="the peer of this test is not installed")
    contextily.set_cache_dir(str(tmp_path / "theirs"))
    box = (40.0, 35.0, 41.0, 36.0)
    image, (left, right, bottom, top) = contextily.bounds2img(
        *box, zoom=ZOOM, source=f"{site.url}/{{z}}/{{x}}/{{y}}.png", ll=True, headers={"user-agent": user_agent()},
        timeout=5, use_cache=False,
    )  # fmt: skip
    theirs = image[..., 0] * 256.0 + image[..., 1] + image[..., 2] / 256.0 - 32768.0
    seen = {}

    def kept(mosaic, span, *rest):
        seen["mosaic"], seen["first"] = mosaic, span
        return whole(mosaic, span, *rest)

    whole = source._in_degrees
    monkeypatch.setattr(source, "_in_degrees", kept)
    asked(site, door)
    side = 2 * EDGE / 2**ZOOM
    row, column = round((EDGE - top) / side) - seen["first"].top, round((left + EDGE) / side) - seen["first"].left
    ours = seen["mosaic"][row * 256 :, column * 256 :][: theirs.shape[0], : theirs.shape[1]]
    assert (right - left) / side == pytest.approx(theirs.shape[1] / 256)
    assert np.abs(ours - theirs).max() < 0.002
    assert bottom < top


def test_coarse_cells_are_means_and_choose_their_zoom(site, door):
    grid = asked(site, door, zoom=None, cell_deg=1 / 60)
    assert grid.shape == (60, 60)
    assert grid.attrs["layer"]["zoom"] == 7  # 360° / 2^7 / 256 = 0.011°, the coarsest below 1/60°
    assert np.abs(grid.values - truth(grid)).max() < 0.2
    mean = asked(site, door, cell_deg=0.1)
    assert mean.shape == (10, 10)
    assert np.abs(mean.values - truth(mean)).max() < 0.5


def test_tiles_are_kept_for_good_and_asked_for_once_politely(site, door):
    first = asked(site, door)
    count = len(site.seen)
    assert {headers["User-Agent"] for _, headers in site.seen} == {user_agent()}
    again = asked(site, Fetcher(cache=door.cache, private=True))
    assert len(site.seen) == count
    site.files.clear()
    assert again.values.tolist() == first.values.tolist()


def test_the_cache_serves_when_the_server_is_gone(site, door, tmp_path):
    with serving(Site(dict(site.files))) as gone:
        first = asked(gone, door)
    assert np.array_equal(asked(gone, door).values, first.values)
    with pytest.raises(NetworkError, match="no connection"):
        asked(gone, Fetcher(cache=tmp_path / "empty", private=True, tries=1))


def test_retry_after_is_waited_for(site, door):
    path = "/8/156/100.png"
    site.files[path] = in_turn(answer(429, Retry_After="1"), site.files[path])
    began = time.monotonic()
    assert np.isfinite(asked(site, door).values).all()
    assert time.monotonic() - began >= 1.0
    assert site.asked(path) == 2
    site.files[path] = answer(429, Retry_After="3600")
    with pytest.raises(NetworkError, match=r"156/100\.png: given up at the deadline of 6 s; .* answered 429"):
        asked(site, Fetcher(cache=door.cache / "other", private=True, deadline_s=6.0))


def test_a_missing_tile_is_a_gap_that_is_stated(site, door):
    del site.files["/8/156/100.png"]
    grid = asked(site, door)
    assert grid.attrs["layer"]["missing_tiles"] == ["8/156/100"]
    gap = np.isnan(grid.values)
    assert gap.any()
    assert not gap.all()
    known = ~gap
    assert np.abs((grid.values - truth(grid))[known]).max() < 0.05  # beside a gap the nearer neighbours alone are taken
    site.files.clear()
    with pytest.raises(ReadError, match=r"has no tile of zoom 8 .*404 for all"):
        asked(site, Fetcher(cache=door.cache / "other", private=True))


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (answer(200, b"<html>sign in</html>", Content_Type="text/html"), "text/html came where image/ was expected"),
        (png(b"<html>sign in</html>"), "no whole PNG"),
        (png(tile(ZOOM, 156, 100)[:-4000]), "no whole PNG"),
        (png(encode(np.zeros((100, 100)))), "a picture of 100 by 100 pixels"),
        (png(tile(ZOOM, 156, 100, side=512)), "a tile of .* pixels a side came among tiles of"),
        (answer(403), "access is blocked"),
    ],
    ids=["web page", "web page in disguise", "cut off", "wrong size", "another size", "blocked"],
)
def test_what_is_no_tile_is_refused_and_not_kept(site, door, held, words):
    path = "/8/156/100.png"
    good = site.files[path]
    site.files[path] = held
    with pytest.raises(NetworkError, match=rf"8/15\d/100\.png.*{words}"):
        asked(site, door)
    if "among" not in words:  # a good tile, only not among these
        site.files[path] = good
        assert np.isfinite(asked(site, door).values).all()


def test_pictures_that_are_no_heights(site, door):
    for path in site.files:
        site.files[path] = png(encode(np.full((256, 256), 20_000.0)))
    with pytest.raises(
        ReadError, match=r"are no heights \(20000 to 20000 m\); the tiles are not in the terrarium encoding"
    ):
        asked(site, door)


def test_single_impossible_pixels_are_left_out_and_counted(site, door):
    heights = np.full((256, 256), 300.0)
    heights[0, :5] = -32768.0
    site.files["/8/156/100.png"] = png(encode(heights))
    assert asked(site, door).attrs["mended"] == {"impossible values set to NaN": 5}


def test_512_pixel_tiles_are_as_good(door):
    files = {f"/8/{x}/{y}.png": png(tile(ZOOM, x, y, side=512)) for x in range(155, 159) for y in range(99, 103)}
    with serving(Site(files)) as site:
        grid = asked(site, door)
    assert np.abs(grid.values - truth(grid)).max() < STEP + 0.15  # cells of two pixels: their mean


def test_what_cannot_be_asked_for(site, door):
    url = f"{site.url}/{{z}}/{{x}}/{{y}}.png"
    for more, words in (
        ({"zoom": 15}, r"tiles of zoom 15 cover .*at most 1,024"),
        ({"zoom": 16}, "zoom 16; expected 0 to 15"),
        ({"zoom": None, "cell_deg": -1.0}, "cell_deg is"),
    ):
        with pytest.raises(InputError, match=words):
            asked(site, door, **more)
    with pytest.raises(InputError, match="web tiles end at"):
        source.read(url, region=(0.0, 80.0, 10.0, 88.0), fetcher=door, **SAID)
    with pytest.raises(InputError, match="an address with"):
        source.read(site.url, region=REGION, fetcher=door, **SAID)
    with pytest.raises(SchemaError, match="nothing says whose these tiles are"):
        source.read(url, region=REGION, fetcher=door)
    assert site.seen == []


def test_a_provider_of_xyzservices_is_as_good_as_an_address(site, door):
    xyzservices = pytest.importorskip("xyzservices")
    provider = xyzservices.TileProvider(name="Mine", url=f"{site.url}/{{z}}/{{x}}/{{y}}.png", attribution="(C) me")
    steps = []
    grid = source.read(
        provider, region=REGION, zoom=ZOOM, licence="CC0", date="2026", fetcher=door,
        progress=lambda done, of: steps.append((done, of)),
    )  # fmt: skip
    assert grid.attrs["layer"]["source"] == "(C) me"
    assert steps[-1][0] == steps[-1][1] == len(steps)
    locked = xyzservices.TileProvider(
        name="Locked",
        url="https://x/{z}/{x}/{y}?k={accessToken}",
        attribution="x",
        accessToken="<insert your access token here>",
    )
    with pytest.raises(InputError, match="Locked wants a key"):
        source.read(locked, region=REGION, licence="CC0", date="2026")


def test_without_the_extra_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "mercantile", None)
    with pytest.raises(MissingExtraError, match=r"install geoops\[tiles\]"):
        source.read(region=REGION)


def test_the_default_server_is_credited_and_given_few_tiles():
    assert source._provenance(source.provider_of(source.TERRAIN_TILES), None, None, None)["attribution"].startswith(
        "Terrain"
    )
    level = source._zoom(REGION, None, None)
    mercantile = pytest.importorskip("mercantile")
    count = len(list(mercantile.tiles(*REGION, level)))
    assert 16 < count <= 64


def test_tiles_are_a_raster_like_others_and_fill_a_region(site, door, tmp_path, monkeypatch):
    url = f"{site.url}/{{z}}/{{x}}/{{y}}.png"
    grid = rasters.read(url, theme="terrain", region=REGION, cell_deg=1 / 60, fetcher=door, **SAID)
    assert np.abs(grid.values - truth(grid)).max() < 0.2
    with pytest.raises(InputError, match="online=True"):
        rasters.read(url, theme="terrain", region=REGION, **SAID)
    with pytest.raises(InputError, match="give terrain of a region; theme 'population'"):
        rasters.read(url, theme="population", region=REGION, online=True, **SAID)
    with pytest.raises(InputError, match="give terrain of a region"):
        rasters.read(url, theme="terrain", online=True, **SAID)
    monkeypatch.setattr(source, "Fetcher", lambda **more: Fetcher(**{**more, "private": True, "cache": door.cache}))
    box = (40.3, 35.3, 40.6, 35.6)
    wide = {f"/7/{x}/{y}.png": png(tile(7, x, y)) for x in range(75, 82) for y in range(47, 54)}
    site.files.update(wide)  # a figure reaches beyond its region
    build_region(tmp_path / "mine", box, sources={"dem": url}, cell_deg=1 / 60, only=["terrain"], **SAID)
    built = layer("terrain", region=box, catalog=tmp_path / "mine")
    assert np.abs(built.values - truth(built)).max() < 1.0
    assert built.attrs["layer"]["source"].startswith("made for the tests")
