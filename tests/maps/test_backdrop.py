"""A picture as the base: every pixel where it lies, credited, kept, and replaced by the embedded base when it cannot be had."""

from __future__ import annotations

import io
import sqlite3

import mercantile
import numpy as np
import pytest
import rasterio
from matplotlib.text import Text
from PIL import Image
from rasterio.transform import from_bounds
from tests.layers.sources.serving import Site, answer, serving

from geoops import maps
from geoops.core.errors import InputError, MissingExtraError
from geoops.core.fetching import Fetcher, user_agent

REGION = (39.0, 34.0, 42.0, 36.0)
EDGE = 20_037_508.342789244


def tile_colors(z, x, y):
    """A picture whose colour says where each pixel lies: red by longitude, green by latitude."""
    west, south, east, north = mercantile.xy_bounds(x, y, z)
    px = west + (np.arange(256) + 0.5) * (east - west) / 256
    py = north - (np.arange(256) + 0.5) * (north - south) / 256
    lon = px / EDGE * 180.0
    lat = np.degrees(2 * np.arctan(np.exp(py / EDGE * np.pi)) - np.pi / 2)
    red = np.clip((lon - 36.0) * 25.0, 0, 255)[None, :].repeat(256, axis=0)
    green = np.clip((lat - 31.0) * 30.0, 0, 255)[:, None].repeat(256, axis=1)
    return np.stack([red, green, np.full_like(red, 90.0)], axis=-1).astype("uint8")


def png(pixels):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


class World(dict):
    """Every tile, made when it is asked for."""

    def get(self, path, default=None):
        if path in self:
            return self[path]
        try:
            z, x, y = (int(part.removesuffix(".png")) for part in path.strip("/").split("/"))
        except ValueError:
            return default
        return answer(200, png(tile_colors(z, x, y)), Content_Type="image/png")


@pytest.fixture
def site():
    with serving(Site(World())) as running:
        yield running


@pytest.fixture
def door(tmp_path):
    return Fetcher(cache=tmp_path / "cache", private=True, deadline_s=10.0, tries=2)


def drawn(site, door, sites, **options):
    return maps.sites_map(
        sites, region=REGION, date="2025-06-30", title="T", size="square", layers=(), fetcher=door,
        **{"basemap": f"{site.url}/{{z}}/{{x}}/{{y}}.png", "basemap_credit": "© Tile makers of Testland", **options},
    )  # fmt: skip


def place_of(pixel):
    """Longitude and latitude that a colour stands for."""
    return 36.0 + pixel[0] / 25.0, 31.0 + pixel[1] / 30.0


def test_every_pixel_lies_where_its_colour_says(testland, sites, site, door, tmp_path):
    figure = drawn(site, door, sites.iloc[:0])
    panel = figure.sheets[0].panel
    picture = figure.sheets[0].base.picture
    rows, columns = picture.shape[:2]
    for share_x, share_y in ((0.1, 0.1), (0.5, 0.5), (0.9, 0.2), (0.3, 0.8)):
        row, column = int(share_y * rows), int(share_x * columns)
        lon, lat = panel.degrees(
            [((column + 0.5) / columns * panel.width_pt, panel.height_pt - (row + 0.5) / rows * panel.height_pt)]
        )
        # A step of colour is 0.04° and 0.033°; half of one is what rounding leaves.
        assert place_of(picture[row, column]) == pytest.approx((lon[0] - 0.02, lat[0] - 0.0167), abs=0.022)


def test_the_provider_is_credited_on_the_map_and_in_the_margin(testland, sites, site, door):
    figure = drawn(site, door, sites)
    texts = {
        gid: " ".join(t.get_text() for t in figure.fig.findobj(Text) if t.get_gid() == gid)
        for gid in ("basemap-credit", "margin")
    }
    assert texts["basemap-credit"] == "© Tile makers of Testland"
    assert "Tile makers of Testland" in texts["margin"]
    assert figure.manifest["basemap"]["drawn"] == site.url.removeprefix("http://")
    assert figure.basemap["zoom"] >= 6
    assert not figure.check()
    assert not [t for t in figure.fig.findobj(Text) if t.get_gid() in {"label-town", "label-country"}], (
        "the picture has its own"
    )
    assert {headers["User-Agent"] for _, headers in site.seen} == {user_agent()}


def test_tiles_are_kept_so_that_the_next_figure_needs_no_network(testland, sites, site, door, tmp_path):
    first = drawn(site, door, sites).save(tmp_path / "a.png", dpi=80).read_bytes()
    asked = len(site.seen)
    again = drawn(site, Fetcher(cache=door.cache, private=True), sites).save(tmp_path / "b.png", dpi=80).read_bytes()
    assert len(site.seen) == asked
    assert first == again


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (answer(503, b"", Retry_After="30"), "503"),
        (answer(200, b"<html>blocked</html>", Content_Type="text/html"), "text/html"),
        (answer(200, b"\x89PNG broken", Content_Type="image/png"), "no whole PNG"),
        (answer(403), "403"),
        (answer(404), "404 for all"),
        (answer(200, png(np.full((256, 256, 3), 200, "uint8")), Content_Type="image/png"), "an empty picture came for each"),
        (answer(200, png(tile_colors(3, 4, 3)), Content_Type="image/png"), "one and the same picture"),
    ],
)  # fmt: skip
def test_without_tiles_the_embedded_base_is_drawn_and_said_to_be(testland, sites, site, tmp_path, held, words):
    class All(dict):
        def get(self, path, default=None):
            del path, default
            return held

    site.files = All()
    door = Fetcher(cache=tmp_path / "cache", private=True, deadline_s=2.0, tries=1)
    figure = drawn(site, door, sites)
    assert figure.sheets[0].base.picture is None
    finding = next(f for f in figure.check() if f.code == "basemap-missing")
    assert words in finding.message
    assert figure.manifest["basemap"]["drawn"] == "embedded base"
    assert any(t.get_gid() == "label-country" for t in figure.fig.findobj(Text))
    assert "basemap" not in figure.reader.used


def test_a_server_that_is_gone_is_said_and_the_figure_is_there(testland, sites, door):
    figure = maps.sites_map(
        sites, region=REGION, date="2025", title="T", layers=(), basemap="http://127.0.0.1:9/{z}/{x}/{y}.png", basemap_credit="© X",
        fetcher=Fetcher(cache=door.cache, private=True, deadline_s=1.0, tries=1),
    )  # fmt: skip
    assert "basemap-missing" in {f.code for f in figure.check()}


def test_a_geotiff_lies_where_it_says_and_needs_a_credit(testland, sites, tmp_path):
    path = tmp_path / "base.tif"
    lon, lat = np.meshgrid(np.linspace(36.05, 45.95, 100), np.linspace(38.95, 31.05, 80))
    bands = np.stack(
        [np.clip((lon - 36.0) * 25.0, 0, 255), np.clip((lat - 31.0) * 30.0, 0, 255), np.full_like(lon, 90.0)]
    )
    with rasterio.open(
        path, "w", driver="GTiff", width=100, height=80, count=3, dtype="uint8", crs="EPSG:4326",
        transform=from_bounds(36.0, 31.0, 46.0, 39.0, 100, 80),
    ) as target:  # fmt: skip
        target.write(bands.astype("uint8"))
    options = {"region": REGION, "date": "2025", "title": "T", "layers": (), "size": "square"}
    figure = maps.sites_map(sites, basemap=str(path), basemap_credit="© Survey", **options)
    panel, picture = figure.sheets[0].panel, figure.sheets[0].base.picture
    rows, columns = picture.shape[:2]
    lon0, lat0 = panel.degrees([(panel.width_pt / 2, panel.height_pt / 2)])
    assert place_of(picture[rows // 2, columns // 2]) == pytest.approx((lon0[0], lat0[0]), abs=0.08)
    assert figure.basemap["file"] == "base.tif"
    with pytest.raises(InputError, match="basemap_credit"):
        maps.sites_map(sites, basemap=str(path), **options)


def test_an_mbtiles_file_is_a_basemap(testland, sites, tmp_path):
    path = tmp_path / "base.mbtiles"
    zoom = 7
    with sqlite3.connect(path) as book:
        book.execute("CREATE TABLE metadata (name text, value text)")
        book.execute("CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)")
        book.executemany(
            "INSERT INTO metadata VALUES (?, ?)",
            [
                ("name", "t"),
                ("format", "png"),
                ("bounds", "33.75,27.06,50.6,40.9"),
                ("minzoom", "7"),
                ("maxzoom", "7"),
                ("type", "baselayer"),
            ],
        )
        for x in range(76, 82):
            for y in range(48, 54):
                book.execute(
                    "INSERT INTO tiles VALUES (?, ?, ?, ?)", (zoom, x, 2**zoom - 1 - y, png(tile_colors(zoom, x, y)))
                )
    book.close()
    figure = maps.sites_map(
        sites, region=REGION, date="2025", title="T", layers=(), size="square", basemap=path, basemap_credit="© Tiles"
    )
    panel, picture = figure.sheets[0].panel, figure.sheets[0].base.picture
    rows, columns = picture.shape[:2]
    lon0, lat0 = panel.degrees([(panel.width_pt / 2, panel.height_pt / 2)])
    assert place_of(picture[rows // 2, columns // 2]) == pytest.approx((lon0[0], lat0[0]), abs=0.06)


def test_unknown_providers_keys_and_missing_extras_are_said(testland, sites, monkeypatch):
    options = {"region": REGION, "date": "2025", "title": "T", "layers": ()}
    with pytest.raises(InputError, match="no tile provider 'Nowhere'"):
        maps.sites_map(sites, basemap="Nowhere", **options)
    with pytest.raises(InputError, match="wants a key"):
        maps.sites_map(sites, basemap="Thunderforest.OpenCycleMap", **options)
    with pytest.raises(InputError, match=r"\{z\}"):
        maps.sites_map(sites, basemap="https://example.org/{z}/{x}.png", **options)
    import sys

    monkeypatch.setitem(sys.modules, "xyzservices", None)
    with pytest.raises(MissingExtraError, match=r"geoops\[tiles\]"):
        maps.sites_map(sites, basemap="OpenStreetMap.Mapnik", **options)


def test_a_known_provider_brings_its_own_credit():
    from geoops.layers.sources.web_tiles import provider_of

    assert "OpenStreetMap" in provider_of("OpenStreetMap.Mapnik").attribution
