"""Public sources are fetched whole or not at all, only where missing, and what goes wrong is said of each alone."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

from geoops.cli import run
from geoops.core.errors import CatalogError, InputError, WriteError
from geoops.core.fetching import user_agent
from geoops.layers import fetch as room
from geoops.layers.fetch import fetch
from geoops.layers.load import layer
from geoops.layers.public import listing, public_sources, wanted
from geoops.layers.region import build_region
from geoops.layers.sources import rasters
from geoops.layers.sources.fetched import RECORD

from .sources.serving import Site, answer, in_turn, serving

TABLE = {key: replace(row, pause_s=0.0) for key, row in public_sources().items()}
REGION = (40.2, 34.2, 41.1, 34.9)  # Syria and Iraq; tiles N34E040 and N34E041
PBF = b"\x00\x00\x00\x0e\n\tOSMHeader\x18\x05" + bytes(range(256)) * 500
INDEX = "/download.geofabrik.de/index-v1-nogeom.json"
IRAQ = "/download.geofabrik.de/asia/iraq-latest.osm.pbf"


def zipped(name, text):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return stream.getvalue()


def tif(west, south, height):
    step = 1 / 60
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", height=60, width=60, count=1, dtype="float32", crs="EPSG:4326",
            transform=from_origin(west, south + 1, step, step),
        ) as out:  # fmt: skip
            out.write(np.full((60, 60), height, "float32"), 1)
        return memory.read()


def extract(name, codes, path, **more):
    urls = {"pbf": f"https://download.geofabrik.de/{path}-latest.osm.pbf"}
    return {"properties": {"id": name, "name": name.title(), "iso3166-1:alpha2": codes, "urls": urls, **more}}


def dem(tile):
    name = f"Copernicus_DSM_COG_30_{tile[:3]}_00_{tile[3:]}_00_DEM"
    return f"/copernicus-dem-90m.s3.amazonaws.com/{name}/{name}.tif"


@pytest.fixture
def site():
    index = {
        "type": "FeatureCollection",
        "features": [
            {
                "properties": {
                    "id": "asia",
                    "name": "Asia",
                    "urls": {"pbf": "https://download.geofabrik.de/asia-latest.osm.pbf"},
                }
            },
            extract("gcc-states", ["QA", "AE", "OM", "BH", "KW", "IQ"], "asia/gcc-states"),
            extract("iraq", ["IQ"], "asia/iraq"),
            extract("syria", ["SY"], "asia/syria"),
            extract("israel-and-palestine", ["PS", "IL"], "asia/israel-and-palestine"),
        ],
    }
    files = {INDEX: json.dumps(index).encode(), dem("N34E040"): tif(40, 34, 300.0), dem("N34E041"): tif(41, 34, 400.0)}
    for path in ("iraq", "syria", "israel-and-palestine"):
        body = PBF + path.encode()
        files[f"/download.geofabrik.de/asia/{path}-latest.osm.pbf"] = body
        digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
        files[f"/download.geofabrik.de/asia/{path}-latest.osm.pbf.md5"] = f"{digest}  {path}-latest.osm.pbf\n".encode()
    for code in ("SY", "IQ"):
        files[f"/download.geonames.org/export/dump/{code}.zip"] = zipped(f"{code}.txt", f"1\t{code}\n" * 2000)
    with serving(Site(files)) as running:
        yield running


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOOPS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def out(tmp_path):
    return tmp_path / "sources"


def get(site, out, *names, table=TABLE, **more):
    return fetch(names, out, mirror=site.url, sources=table, **more)


def states(outcomes):
    return {o.what: o.state for o in outcomes}


def record(out):
    return json.loads((out / RECORD).read_text())["files"]


# -- what is fetched ---------------------------------------------------------------------------------------------


def test_a_region_is_filled_and_the_second_run_asks_for_nothing(site, out):
    names = ("geonames", "geofabrik", "copernicus_dem_90")
    first = get(site, out, *names, region=REGION)
    assert states(first) == {"IQ": "fetched", "SY": "fetched", "N34E040": "fetched", "N34E041": "fetched"}
    assert len(first) == 6
    assert {headers["User-Agent"] for _, headers in site.seen} == {user_agent()}
    files = sorted(str(p.relative_to(out)) for p in out.rglob("*") if p.is_file())
    assert files == [
        "copernicus_dem_90/Copernicus_DSM_COG_30_N34_00_E040_00_DEM.tif",
        "copernicus_dem_90/Copernicus_DSM_COG_30_N34_00_E041_00_DEM.tif",
        "fetched.json", "geofabrik/iraq-latest.osm.pbf", "geofabrik/syria-latest.osm.pbf", "geonames/IQ.zip", "geonames/SY.zip",
    ]  # fmt: skip
    assert (out / "geofabrik/iraq-latest.osm.pbf").read_bytes() == site.files[IRAQ]
    entry = record(out)["geofabrik/iraq-latest.osm.pbf"]
    assert entry["address"] == "https://download.geofabrik.de/asia/iraq-latest.osm.pbf"
    assert entry["sha256"] == hashlib.sha256(site.files[IRAQ]).hexdigest()
    assert entry["licence"] == "ODbL 1.0"
    assert "OpenStreetMap contributors" in entry["attribution"]
    count = len(site.seen)
    again = get(site, out, *names, region=REGION)
    assert {o.state for o in again} == {"kept"}
    assert len(site.seen) == count
    grid = rasters.read(sorted((out / "copernicus_dem_90").glob("*.tif")), theme="terrain", region=REGION)
    assert set(np.unique(grid.values)) == {300.0, 400.0}


def test_what_is_missing_or_was_changed_is_fetched_again_and_nothing_else(site, out):
    get(site, out, "geonames", region=REGION)
    (out / "geonames/IQ.zip").unlink()
    (out / "geonames/SY.zip").write_bytes(b"spoilt")
    (out / "geonames/mine.txt").write_text("not geoops's")
    assert set(states(get(site, out, "geonames", region=REGION)).values()) == {"fetched"}
    assert zipfile.ZipFile(out / "geonames/SY.zip").namelist() == ["SY.txt"]
    whole = (out / "geonames/SY.zip").read_bytes()
    (out / "geonames/SY.zip").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))  # one bit, at the same size
    assert states(get(site, out, "geonames", region=REGION)) == {"IQ": "kept", "SY": "fetched"}
    assert (out / "geonames/SY.zip").read_bytes() == whole
    (out / RECORD).write_text("{ no JSON")
    assert set(states(get(site, out, "geonames", region=REGION)).values()) == {"fetched"}
    assert (out / "geonames/mine.txt").read_text() == "not geoops's"


def test_refresh_asks_again_and_takes_what_is_new(site, out):
    get(site, out, "geonames:SY")
    site.files["/download.geonames.org/export/dump/SY.zip"] = zipped("SY.txt", "newer")
    assert states(get(site, out, "geonames:SY")) == {"SY": "kept"}
    assert states(get(site, out, "geonames:SY", refresh=True)) == {"SY": "fetched"}
    assert zipfile.ZipFile(out / "geonames/SY.zip").read("SY.txt") == b"newer"


def test_a_dry_run_asks_nobody_and_writes_nothing(site, out):
    outcomes = get(site, out, "geonames", "geofabrik:alps", region=REGION, dry_run=True)
    assert [o.state for o in outcomes] == ["to fetch"] * 3
    assert outcomes[0].address == f"{site.url}/download.geonames.org/export/dump/IQ.zip"
    assert "told by" in outcomes[2].note
    assert site.seen == []
    assert not out.exists()


def test_zipped_heights_come_as_the_loader_reads_them(site, out):
    raw = np.full((1201, 1201), 250, ">i2").tobytes()
    site.files["/s3.amazonaws.com/elevation-tiles-prod/skadi/N34/N34E040.hgt.gz"] = gzip.compress(raw, 1)
    (outcome,) = get(site, out, "srtm:N34E040")
    assert outcome.state == "fetched"
    grid = rasters.read(outcome.file, theme="terrain", region=(40.4, 34.4, 40.6, 34.6))
    assert set(np.unique(grid.values)) == {250.0}
    entry = grid.attrs["layer"]
    assert entry["source"] == "Terrain Tiles (Mapzen / Tilezen Joerd)"  # not NASA's, as the file's name alone would say
    assert entry["attribution"].startswith("Terrain Tiles: Mapzen, U.S. Geological Survey")
    assert entry["date"] == "2000-02"
    assert rasters.read(outcome.file, theme="terrain", source="me", licence="mine").attrs["layer"]["source"] == "me"
    (out / RECORD).write_text("{")
    assert rasters.read(outcome.file, theme="terrain").attrs["layer"]["source"] == "SRTM (NASA, USGS)"


def test_a_region_is_built_of_what_was_fetched(site, out, tmp_path):
    raw = np.broadcast_to(200 + np.arange(1201) // 10, (1201, 1201)).astype(">i2").tobytes()
    site.files["/s3.amazonaws.com/elevation-tiles-prod/skadi/N34/N34E040.hgt.gz"] = gzip.compress(raw, 1)
    (outcome,) = get(site, out, "srtm:N34E040")
    build_region(tmp_path / "mine", (40.3, 34.3, 40.5, 34.5), sources={"dem": outcome.file}, only=["terrain"])
    grid = layer("terrain", region=(40.3, 34.3, 40.5, 34.5), catalog=tmp_path / "mine")
    expected = 200 + (grid.x.values - 40.0) * 120.0
    assert np.abs(grid.values - expected[None, :]).max() <= 1.0
    assert "Mapzen" in grid.attrs["layer"]["source"]


# -- how an address is found out ---------------------------------------------------------------------------------


def test_the_extract_that_covers_a_country_most_closely_is_taken(site, out):
    assert states(get(site, out, "geofabrik", countries=["Iraq"])) == {"IQ": "fetched"}
    assert (out / "geofabrik/iraq-latest.osm.pbf").is_file()
    shared = get(site, out, "geofabrik", countries=["IL", "PS"])
    assert states(shared) == {"IL": "fetched", "PS": "kept"}
    assert site.asked("/download.geofabrik.de/asia/israel-and-palestine-latest.osm.pbf") == 1
    assert states(get(site, out, "geofabrik", countries=["IL", "PS"])) == {"IL": "kept", "PS": "kept"}
    assert states(get(site, out, "geofabrik:iraq")) == {"iraq": "kept"}
    (outcome,) = get(site, out, "geofabrik", countries=["FR"])
    assert outcome.state == "failed"
    assert "has no extract of France; name one as geofabrik:ID" in outcome.note


def test_the_index_of_an_earlier_day_serves_when_the_service_is_down(site, out, monkeypatch):
    get(site, out, "geofabrik:iraq")
    monkeypatch.setattr(room, "_INDEX_AGE_S", 1e-9)
    monkeypatch.setattr(room, "_ANSWER_DEADLINE_S", 0.4)
    site.files[INDEX] = answer(503)
    assert states(get(site, out, "geofabrik:syria")) == {"syria": "fetched"}
    site.files[INDEX] = b"<!DOCTYPE html><title>sorry</title>"
    assert states(get(site, out, "geofabrik:israel-and-palestine")) == {"israel-and-palestine": "fetched"}


def test_an_index_that_is_none_is_said_to_be_one(site, out):
    site.files[INDEX] = b"<!DOCTYPE html><title>sorry</title>"
    (outcome,) = get(site, out, "geofabrik:iraq")
    assert outcome.state == "failed"
    assert "a web page came where a JSON object was expected" in outcome.note
    site.files[INDEX] = json.dumps({"features": [extract("iraq", ["IQ"], "x")]}).replace("https:", "ftp:").encode()
    (outcome,) = get(site, out, "geofabrik:iraq")
    assert "is not https; the service has changed" in outcome.note


def test_boundaries_come_by_way_of_an_answer_that_states_their_licence(site, out):
    api = "/www.geoboundaries.org/api/current/gbOpen/SYR"
    told = {
        "gjDownloadURL": "https://github.com/wmgeolab/geoBoundaries/raw/9469f09/releaseData/gbOpen/SYR/ADM1/x.geojson",
        "boundaryLicense": "Public Domain", "boundaryYearRepresented": "2017", "unimportant": "x",
    }  # fmt: skip
    site.files[f"{api}/ADM1/"] = json.dumps(told).encode()
    site.files[f"{api}/ADM2/"] = json.dumps({"message": "moved"}).encode()
    site.files["/github.com/wmgeolab/geoBoundaries/raw/9469f09/releaseData/gbOpen/SYR/ADM1/x.geojson"] = (
        b'{"type": "FeatureCollection", "features": []}\n'
    )
    outcomes = get(site, out, "geoboundaries:SY")
    assert states(outcomes) == {"SY ADM0": "absent", "SY ADM1": "fetched", "SY ADM2": "failed"}
    assert "has no address in 'gjDownloadURL'" in outcomes[2].note
    site.files[f"{api}/ADM2/"] = json.dumps({"gjDownloadURL": "https://github.com/gone.geojson"}).encode()
    lost = next(o for o in get(site, out, "geoboundaries:SY") if o.what == "SY ADM2")
    assert lost.state == "failed"
    assert "gone.geojson: the server answered 404" in lost.note
    entry = record(out)["geoboundaries/geoBoundaries-SYR-ADM1.geojson"]
    assert entry["stated"] == {"boundaryLicense": "Public Domain", "boundaryYearRepresented": "2017"}
    assert "boundaryLicense: Public Domain" in outcomes[1].note


def test_of_overture_only_the_newest_release_is_named(site, out):
    catalogue = "/stac.overturemaps.org/catalog.json"
    site.files[catalogue] = json.dumps({"latest": "2026-11-18.0", "links": []}).encode()
    (outcome,) = get(site, out, "overture")
    assert outcome.state == "fetched"
    told = json.loads(Path(outcome.file).read_text())
    assert told["release"] == "2026-11-18.0"
    assert told["paths"][0] == "https://overturemaps-us-west-2.s3.us-west-2.amazonaws.com/release/2026-11-18.0/"
    site.files[catalogue] = b'{"links": []}'
    (outcome,) = get(site, out, "overture", refresh=True)
    assert "has no 'latest'" in outcome.note
    assert "stays" in outcome.note


# -- what goes wrong ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (b"<!DOCTYPE html><title>Sign in</title>", "a web page came where a zip archive was expected"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "the pointer of a large file"),
        (zipped("SY.txt", "x" * 9999)[:-40], "the archive that came is damaged"),
        (b"", "nothing came"),
        (b"PK\x03\x04 and so on", "the archive that came is damaged"),
        (answer(403), "403, access is blocked"),
        (answer(404), "404, there is no such file"),
        (answer(429, Retry_After="99999"), "the last try met this: the server answered 429"),
    ],
    ids=["web page", "pointer", "cut archive", "nothing", "no archive", "blocked", "not there", "rate limit"],
)
def test_a_source_that_fails_is_said_to_and_neither_stops_the_others_nor_harms_what_is_there(site, out, held, words):
    get(site, out, "geonames:SY")
    before = (out / "geonames/SY.zip").read_bytes()
    site.files["/download.geonames.org/export/dump/SY.zip"] = held
    outcomes = get(site, out, "geonames:SY", "geonames:IQ", refresh=True)
    assert states(outcomes) == {"SY": "failed", "IQ": "fetched"}
    assert words in outcomes[0].note
    assert "stays" in outcomes[0].note
    assert (out / "geonames/SY.zip").read_bytes() == before
    assert record(out)["geonames/SY.zip"]["bytes"] == len(before)
    assert not [p for p in out.rglob(".*") if p.is_file()]  # nothing half-fetched


@pytest.mark.parametrize(
    ("kind", "source"), [("tif", "copernicus_dem_90:N34E040"), ("gzip", "srtm:N34E040"), ("pbf", "geofabrik:iraq")]
)
def test_every_kind_of_file_is_known_by_its_content(site, out, kind, source):
    for path in (dem("N34E040"), "/s3.amazonaws.com/elevation-tiles-prod/skadi/N34/N34E040.hgt.gz", IRAQ):
        site.files[path] = b"<html>sorry</html>"
    digest = hashlib.md5(site.files[IRAQ], usedforsecurity=False).hexdigest()
    site.files[f"{IRAQ}.md5"] = digest.encode()
    (outcome,) = get(site, out, source)
    assert outcome.state == "failed"
    assert "a web page came where a" in outcome.note
    assert not Path(outcome.file).exists()


def test_a_wrong_checksum_is_tried_once_more_and_then_refused(site, out):
    good = site.files[f"{IRAQ}.md5"]
    site.files[f"{IRAQ}.md5"] = in_turn(b"0" * 32, good)  # renewed between the checksum and the file
    assert states(get(site, out, "geofabrik:iraq")) == {"iraq": "fetched"}
    site.files[f"{IRAQ}.md5"] = b"0" * 32
    (outcome,) = get(site, out, "geofabrik:iraq", refresh=True)
    assert outcome.state == "failed"
    assert "md5 00000000000000000000000000000000 expected" in outcome.note
    assert (out / "geofabrik/iraq-latest.osm.pbf").read_bytes() == site.files[IRAQ]
    site.files[f"{IRAQ}.md5"] = b"<html>no</html>"
    (outcome,) = get(site, out, "geofabrik:iraq", refresh=True)
    assert "a checksum was expected; '<html>no</html>' came" in outcome.note


def test_a_file_without_a_checksum_is_taken_and_that_is_said(site, out):
    del site.files[f"{IRAQ}.md5"]
    (outcome,) = get(site, out, "geofabrik:iraq")
    assert (outcome.state, outcome.note) == ("fetched", "its publisher gave no checksum")


def test_a_download_that_broke_off_is_gone_on_with_by_the_next_run(site, out, monkeypatch):
    path, body = (
        "/download.geonames.org/export/dump/SY.zip",
        zipped("SY.txt", bytes(np.random.default_rng(0).bytes(300_000))),
    )
    site.files[path] = answer(200, body[:200_000], ETag='"one"', X_Length=str(len(body)))
    site.ranges = False
    monkeypatch.setattr(room, "_FILE_DEADLINE_S", 0.6)
    (outcome,) = get(site, out, "geonames:SY")
    assert outcome.state == "failed"
    assert not (out / "geonames/SY.zip").exists()
    site.files[path], site.ranges = answer(200, body, ETag='"one"'), True
    site.seen.clear()
    assert states(get(site, out, "geonames:SY")) == {"SY": "fetched"}
    ((_, headers),) = site.seen
    assert headers["Range"].startswith("bytes=")
    assert 0 < int(headers["Range"][6:-1]) <= 200_000
    assert headers["If-Range"] == '"one"'
    assert (out / "geonames/SY.zip").read_bytes() == body
    assert not [p for p in out.rglob(".*") if p.is_file()]


def test_retry_after_is_waited_for(site, out):
    path = "/download.geonames.org/export/dump/SY.zip"
    site.files[path] = in_turn(answer(429, Retry_After="1"), site.files[path])
    began = time.monotonic()
    assert states(get(site, out, "geonames:SY")) == {"SY": "fetched"}
    assert time.monotonic() - began >= 1.0


def test_a_tile_that_is_not_there_is_remembered(site, out):
    del site.files[dem("N34E041")]
    outcomes = get(site, out, "copernicus_dem_90", region=REGION)
    assert states(outcomes) == {"N34E040": "fetched", "N34E041": "absent"}
    assert outcomes[1].note == "no such tile: sea"
    count = len(site.seen)
    assert states(get(site, out, "copernicus_dem_90", region=REGION)) == {"N34E040": "kept", "N34E041": "absent"}
    assert len(site.seen) == count
    with serving(Site({dem("N34E041"): tif(41, 34, 2.0)})) as other:
        assert states(get(other, out.with_name("b"), "copernicus_dem_90:N34E041")) == {"N34E041": "fetched"}
        assert states(get(other, out, "copernicus_dem_90:N34E041")) == {"N34E041": "fetched"}  # a copy that has it
    site.files[dem("N34E041")] = tif(41, 34, 1.0)
    assert states(get(site, out, "copernicus_dem_90", region=REGION, refresh=True))["N34E041"] == "fetched"
    assert "absent" not in record(out)["copernicus_dem_90/Copernicus_DSM_COG_30_N34_00_E041_00_DEM.tif"]
    del site.files[dem("N34E041")]
    (gone,) = get(site, out, "copernicus_dem_90:N34E041", refresh=True)
    assert gone.state == "failed"  # what was there once and is here still is not said to be sea
    assert "stays" in gone.note
    assert states(get(site, out, "copernicus_dem_90:N34E041")) == {"N34E041": "kept"}


def test_a_source_that_is_down_is_given_up_after_three_files(site, out):
    for path in [p for p in site.files if "copernicus" in p]:
        del site.files[path]
    for tile in ("N34E040", "N34E041", "N35E040", "N35E041", "N36E040"):
        site.files[dem(tile)] = answer(403)
    outcomes = get(site, out, "copernicus_dem_90", "geonames:SY", region=(40.2, 34.2, 41.9, 36.9))
    notes = [o.note for o in outcomes if o.state == "failed"]
    assert len(notes) == 6
    assert sum("403" in note for note in notes) == 3
    assert notes[3] == "not asked for: copernicus_dem_90 failed 3 times in a row"
    assert outcomes[-1].state == "fetched"


def test_the_pause_between_two_requests_holds_for_all_of_a_sources_requests(site, out):
    slow = {"geofabrik": replace(TABLE["geofabrik"], pause_s=0.4)}
    began = time.monotonic()
    assert states(get(site, out, "geofabrik:iraq", table=slow)) == {"iraq": "fetched"}
    assert len(site.seen) == 3  # index, checksum, file
    assert time.monotonic() - began >= 0.8


def test_a_file_that_weighs_more_than_its_source_may_is_refused(site, out):
    small = {"geonames": replace(TABLE["geonames"], max_mb=0.00001)}
    (outcome,) = get(site, out, "geonames:SY", table=small)
    assert "more than 10 bytes came" in outcome.note
    assert not Path(outcome.file).exists()


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_asked(site, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WriteError, match="cannot be written"):
        get(site, tmp_path / "file" / "below", "geonames:SY")
    assert site.seen == []


# -- what may be asked for ---------------------------------------------------------------------------------------


def test_countries_and_regions_choose_files():
    def chosen(*names, **more):
        return [w.what for w in wanted(names, sources=TABLE, **more)]

    assert chosen("geonames", region=REGION) == ["IQ", "SY"]
    assert chosen("geonames", region=REGION, countries=["SYR"]) == ["SY"]
    assert chosen("copernicus_dem_30", region=(-0.5, -0.5, 0.5, 0.5)) == ["S01W001", "S01E000", "N00W001", "N00E000"]
    assert chosen("copernicus_dem_30", region=(40.0, 34.0, 41.0, 35.0)) == ["N34E040"]
    assert chosen("worldcover", region=(41.9, 33.1, 42.1, 33.2)) == ["N33E039", "N33E042"]
    lebanon = chosen("srtm", countries=["Lebanon"])
    assert "N33E035" in lebanon
    assert len(lebanon) < 9
    assert chosen("srtm", countries=["Lebanon"], region=(35.2, 33.1, 35.3, 33.2)) == ["N33E035"]
    assert [w.address for w in wanted(["worldpop:iq"], sources=TABLE)] == [
        "https://data.worldpop.org/GIS/Population/Global_2000_2020/2020/IRQ/irq_ppp_2020_UNadj.tif"
    ]
    assert len(chosen("natural_earth")) == 9
    assert chosen("natural_earth:ne_10m_lakes", "natural_earth:ne_10m_lakes") == ["ne_10m_lakes"]


@pytest.mark.parametrize(
    ("names", "more", "words"),
    [
        (["geoname"], {}, r"no public source 'geoname'. Did you mean geonames"),
        (["geonames"], {}, "is fetched by country: say which"),
        (["srtm"], {}, "is fetched by tile"),
        (["srtm:35N40E"], {}, "such as N35E040; '35N40E' came"),
        (["worldcover:N35E040"], {}, "no tile begins at N35E040; tiles of 3°"),
        (["natural_earth:lakes"], {}, "has no 'lakes'; it has ne_10m_admin_0_countries"),
        (["geonames"], {"countries": ["Atlantis", "SY"]}, "no country 'Atlantis'"),
        (["srtm"], {"region": (0.0, 0.0, 60.0, 30.0)}, "1,800 files were asked for, at most 500"),
        (["srtm"], {"region": (41.0, 0.0, 40.0, 1.0)}, "west < east"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for(names, more, words):
    with pytest.raises(InputError, match=words):
        wanted(names, **more)


def test_a_mirror_must_be_an_address(out):
    with pytest.raises(InputError, match="mirror '/mnt/copy'"):
        fetch(["geonames:SY"], out, mirror="/mnt/copy")


def test_the_table_says_of_every_source_what_one_must_know():
    rows = listing()
    assert {r["source"] for r in rows} >= {
        "geonames", "natural_earth", "geoboundaries", "geofabrik", "copernicus_dem_30", "copernicus_dem_90", "srtm", "overture",
        "worldpop", "worldcover",
    }  # fmt: skip
    for row in public_sources().values():
        assert row.licence, row.key
        assert row.attribution, row.key
        assert "." in row.page, row.key
        assert row.max_mb > 0, row.key
        assert row.pause_s > 0, row.key


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ('kind = "zip"', "kind='exe'"),
        ('by = "country"', "by='planet'"),
        ('address = "https:', "is not https"),
        ('page = "p"', "missing 1 required positional argument: 'page'"),
    ],
)
def test_a_broken_table_is_named(tmp_path, change, words):
    row = (
        '[x]\ntitle="t"\nloader="l"\ngives=["places"]\nby = "country"\naddress = "https://h/{iso2}"\nfile="f"\nkind = "zip"\n'
        'licence="l"\nattribution="a"\npage = "p"\nunchecked=""\nchecksum=""\npause_s=1.0\nmax_mb=1\n'
    )
    other = {
        'kind = "zip"': 'kind = "exe"',
        'by = "country"': 'by = "planet"',
        'address = "https:': 'address = "http:',
        'page = "p"': "",
    }
    (tmp_path / "t.toml").write_text(row)
    assert list(public_sources(tmp_path / "t.toml")) == ["x"]
    (tmp_path / "t.toml").write_text(row.replace(change, other[change]))
    with pytest.raises(CatalogError, match=words):
        public_sources(tmp_path / "t.toml")


# -- the command -------------------------------------------------------------------------------------------------


def test_the_command_lists_fetches_and_says_what_failed(site, out, capsys):
    assert run(["layers", "fetch", "--list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert next(r for r in rows if r["source"] == "geofabrik")["licence"] == "ODbL 1.0"
    told = ["--mirror", site.url, "--out", str(out)]
    assert run(["layers", "fetch", "geonames", "--country", "SY", "IQ", *told, "--json"]) == 0
    came = capsys.readouterr()
    assert [(r["what"], r["state"]) for r in json.loads(came.out)] == [("SY", "fetched"), ("IQ", "fetched")]
    assert "2 fetched" in came.err
    assert run(["layers", "fetch", "geonames", "--country", "SY,IQ,FR", *told, "--quiet"]) == 4
    came = capsys.readouterr()
    assert "2 there already, 1 failed" in came.err
    assert "404" in came.out
    assert run(["layers", "fetch", "copernicus_dem_90", "--region", "40.2,34.2,41.1,34.9", "--dry-run", *told]) == 0
    assert "2 to fetch" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "say which source"),
        (["geonames", "--region", "40,34"], "expected W,S,E,N"),
        (["geonames", "--country", "Atlantis"], "no country 'Atlantis'"),
        (["nowhere"], "no public source 'nowhere'"),
    ],
)
def test_the_command_refuses_what_it_cannot_do(arguments, words, capsys):
    assert run(["layers", "fetch", *arguments]) == 2
    assert words in capsys.readouterr().err
