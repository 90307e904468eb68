"""Overpass: the same features that an extract gives, and every excuse of a server named as such. All on the loopback address."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

import pytest
import shapely

from geoops.core.errors import CoordinateError, InputError, NetworkError, ReadError
from geoops.core.fetching import Fetcher, user_agent
from geoops.layers.sources import osm_pbf, overpass
from geoops.layers.sources.contract import dropped_table

from .serving import Site, answer, in_turn, serving, slow

REGION = (38.0, 34.0, 46.0, 38.0)
PATH = "/api/interpreter"
BOX = [(40.0, 35.0), (40.4, 35.0), (40.4, 35.4), (40.0, 35.4), (40.0, 35.0)]


def says(elements, **more):
    """A server's good answer."""
    body = {"version": 0.6, "osm3s": {"timestamp_osm_base": "2025-05-01T20:21:00Z"}, "elements": elements, **more}
    return answer(200, json.dumps(body).encode(), Content_Type="application/json")


@pytest.fixture
def site():
    with serving(Site()) as running:
        yield running


def ask(site, theme="roads", region=REGION, **more):
    limits = {"deadline_s": 6.0, "tries": 2, **more.pop("limits", {})}
    return overpass.read(site.url + PATH, theme=theme, region=region, fetcher=Fetcher(private=True, **limits), **more)


@pytest.fixture
def country(osm):
    """Elements of many themes: lines, areas, relations with holes and islands, names in three scripts."""
    for n in range(3):
        osm.node(
            n + 1, 40.0 + n, 35.0, place="village", name=f"قرية {n}", name__ar=f"قرية {n}", population=str(100 * n)
        )
    osm.node(9, 40.5, 35.5, place="town", name="Amude", name__ar="عامودا", name__ku="Amûdê", old_name="A;B")
    osm.way(10, [1, 2, (41.2, 35.1)], highway="trunk", name="طريق", name__ar="طريق", name__en="Road", surface="asphalt")
    osm.way(11, [*BOX], highway="service", area="yes")
    osm.way(12, [*BOX], highway="residential", junction="roundabout")
    osm.way(13, [(44.0, 35.0), (44.1, 35.1)], highway="path")
    osm.way(20, BOX[:3])
    osm.way(21, [2002, BOX[3], 2000])
    hole = [(40.1, 35.1), (40.1, 35.3), (40.3, 35.3), (40.3, 35.1), (40.1, 35.1)]
    osm.way(22, hole)
    osm.way(23, [(40.15, 35.15), (40.25, 35.15), (40.2, 35.25), (40.15, 35.15)])  # an islet in the hole
    osm.way(24, [(41.0, 35.0), (41.1, 35.0), (41.1, 35.1), (41.0, 35.0)])
    outer = [("w", number, "outer") for number in (20, 21, 23, 24)]
    osm.relation(30, [*outer, ("w", 22, "inner")], type="multipolygon", natural="water", water="lake", name="Lake")
    osm.relation(31, [("w", 20, "outer")], type="multipolygon", natural="water", name="Open")
    osm.relation(32, [("w", 24, "outer")], type="boundary", boundary="administrative", admin_level="4", name="Division")
    osm.relation(33, [("w", 24, "outer")], type="boundary", boundary="political", admin_level="4")
    osm.way(
        40, [(42.0, 35.0), (42.1, 35.1), (42.1, 35.0), (42.0, 35.1), (42.0, 35.0)], natural="water", intermittent="yes"
    )
    osm.way(50, [*BOX], power="plant", plant__source="oil", plant__output__electricity="300 MW")
    osm.node(51, 43.0, 36.0, power="plant", name="Plant")
    osm.way(60, [*BOX], man_made="bridge")
    osm.way(61, [(43.0, 36.0), (43.1, 36.0)], bridge="yes", railway="rail")
    return osm


@pytest.mark.parametrize("theme", ["roads", "places", "water", "admin1", "power_stations", "bridges"])
def test_the_features_are_those_of_an_extract(tmp_path, site, country, lands, conforms, theme):
    extract = osm_pbf.read(country.write(tmp_path / "x.osm.pbf"), theme=theme, countries=lands, region=REGION)
    about = osm_pbf.OSM_THEMES[theme]
    matching = [
        e for e in country.told()
        if e["type"] in about.types and any(e["tags"].get(k) in v for k, v in about.rules.items())
        and all(e["tags"].get(k) in v for k, v in about.every.items())
    ]  # fmt: skip
    site.files[PATH] = says(matching)
    layer = conforms(ask(site, theme, countries=lands), rows=len(extract)).set_index("id")
    expected = extract.set_index("id")
    assert len(expected) >= 1
    assert set(layer.index) == set(expected.index)
    assert set(layer.columns) == set(expected.columns)
    for element in expected.index:
        ours, theirs = layer.loc[element], expected.loc[element]
        assert shapely.normalize(ours.geometry).equals_exact(shapely.normalize(theirs.geometry), 1e-9), element
        for column in expected.columns.drop("geometry"):
            a, b = ours[column], theirs[column]
            assert (a is None or a != a) == (b is None or b != b), (element, column)  # noqa: PLR0124
            assert b is None or b != b or a == b, (element, column)  # noqa: PLR0124
    assert {row["id"] for row in layer.attrs["dropped"]} == {row["id"] for row in extract.attrs["dropped"]}


def test_an_islet_in_a_hole_belongs_to_the_area(site, country):
    site.files[PATH] = says(country.told({"relation/30"}))
    lake = ask(site, "water").geometry.iloc[0]
    assert lake.area == pytest.approx(0.16 - 0.04 + 0.005 + 0.005)
    assert lake.contains(shapely.Point(40.2, 35.2))
    assert not lake.contains(shapely.Point(40.12, 35.12))


def test_rings_that_touch_at_a_node_are_both_kept(site, osm):
    osm.node(1, 40.0, 35.0)
    osm.way(2, [1, (40.1, 35.0), (40.1, 35.1)])
    osm.way(3, [202, (40.0, 35.1), 1])
    osm.way(4, [1, (39.9, 35.0), (39.9, 34.9)])
    osm.way(5, [402, (40.0, 34.9), 1])
    osm.relation(9, [("w", n, "outer") for n in (2, 3, 4, 5)], type="multipolygon", natural="water")
    site.files[PATH] = says(osm.told())
    assert ask(site, "water").geometry.iloc[0].area == pytest.approx(0.02)


def test_the_query_asks_for_a_theme_in_a_box(site):
    site.files[PATH] = says([])
    asked = []
    original = site.files[PATH]
    site.files[PATH] = lambda: asked.append(1) or original()
    layer = ask(site, "admin1", timeout_s=25)
    assert len(layer) == 0
    assert {"class", "geometry"} - set(layer.columns) == {"class"}
    query = overpass.query_of(osm_pbf.OSM_THEMES["admin1"], REGION, 25)
    assert query.splitlines()[0] == "[out:json][timeout:25][maxsize:268435456];"
    assert (
        '  relation["admin_level"~"^(4)$"]["boundary"~"^(administrative)$"]["type"~"^(multipolygon|boundary)$"]'
        in query
    )
    assert "(34.0000000,38.0000000,38.0000000,46.0000000);" in query  # south, west, north, east
    assert query.endswith(");\nout geom;")
    assert not re.search(r"^  (node|way)", query, re.MULTILINE)
    roads = overpass.query_of(osm_pbf.OSM_THEMES["roads"], REGION, 60)
    assert roads.count("  way[") == 1
    assert "motorway_link" in roads
    assert site.seen[0][1]["User-Agent"] == user_agent()


def test_the_query_reaches_the_server_whole(monkeypatch, tmp_path):
    """What the server is sent is the query, and nothing of it is lost on the way."""
    sent = []

    class Ear(Fetcher):
        def download(self, url, path, **_):
            sent.append(url)
            path.write_bytes(b'{"elements": []}')
            return path

    overpass.read("https://overpass.example/api/interpreter", theme="dams", region=REGION, fetcher=Ear())
    address, _, query = sent[0].partition("?data=")
    assert address == "https://overpass.example/api/interpreter"
    assert unquote(query) == overpass.query_of(osm_pbf.OSM_THEMES["dams"], REGION, 60)


def test_a_busy_server_is_asked_again_when_it_says(site, country):
    site.files[PATH] = in_turn(answer(429, b"", Retry_After="1"), says(country.told({"way/10"})))
    assert list(ask(site)["id"]) == ["way/10"]
    assert site.asked(PATH) == 2


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (answer(429, b"", Retry_After="60"), r"answered 429.*limits how much one user may ask: wait some minutes"),
        (answer(504, b"<html>busy</html>"), r"answered 504.*busy, or the query is too large for it: try later, or ask for a smaller"),
        (answer(400, b"<html>parse error</html>"), r"answered 400.*is this the address of an Overpass server"),
        (answer(200, b"<html>maintenance</html>", Content_Type="text/html"), r"A web page came: the server is overloaded"),
        (says([], remark='runtime error: Query timed out in "query" at line 3'), r"cut short \(runtime error.*smaller region"),
        (answer(200, b'{"elements": [{"type": "no', Content_Type="application/json"), r"what came is no JSON"),
        (answer(200, b"", Content_Type="application/json"), r"what came is no JSON"),
        (answer(200, b'{"a": 1}', Content_Type="application/json"), r"no list of elements; is this the address of an Overpass"),
        (answer(200, b"[]", Content_Type="application/json"), r"no list of elements"),
        (says([{"type": "way"}]), r"element 0 of the answer has no type and id"),
        (answer(404, b""), r"answered 404"),
        (slow(3.0), r"in time|no answer|broke off"),
    ],
)  # fmt: skip
def test_an_excuse_is_said_to_be_one(site, given, words):
    site.files[PATH] = given
    with pytest.raises(NetworkError, match=words) as caught:
        ask(site, limits={"deadline_s": 2.5, "silence_s": 0.7})
    assert "127.0.0.1" in str(caught.value)
    assert "data=" not in str(caught.value)  # not the whole query


def test_a_connection_that_breaks_off_is_said(site):
    site.files[PATH] = answer(200, b'{"elements": []', Content_Type="application/json", X_Length="9999")
    with pytest.raises(NetworkError, match=r"broke off|in time"):
        ask(site, limits={"deadline_s": 3.0, "silence_s": 1.0, "tries": 1})


def test_a_server_that_is_not_there_is_said():
    with pytest.raises(NetworkError, match=r"127\.0\.0\.1:9: not reached"):
        overpass.read("http://127.0.0.1:9/api/interpreter", theme="roads", region=REGION,
                      fetcher=Fetcher(private=True, tries=1, deadline_s=5.0))  # fmt: skip
    with pytest.raises(NetworkError, match="private address"):
        overpass.read("https://127.0.0.1/api/interpreter", theme="roads", region=REGION)


def test_what_is_asked_must_make_sense():
    with pytest.raises(InputError, match="for a country take an extract"):
        overpass.read(theme="roads")
    with pytest.raises(InputError, match="expected 1 to 900 seconds"):
        overpass.read(theme="roads", region=REGION, timeout_s=0)
    with pytest.raises(InputError, match="Overpass gives no 'buildings'"):
        overpass.read(theme="buildings", region=REGION)
    with pytest.raises(CoordinateError, match="ask twice"):
        overpass.read(theme="roads", region=(170.0, 50.0, -170.0, 60.0))


def test_elements_that_cannot_be_built_are_listed(site, osm):
    told = [
        {"type": "way", "id": 1, "tags": {"highway": "trunk"}, "geometry": [{"lat": 35.0, "lon": 40.0}, None]},
        {"type": "way", "id": 2, "tags": {"highway": "trunk"},
         "geometry": [{"lat": 35.0, "lon": 40.0}, None, {"lat": 35.1, "lon": 40.1}]},
    ]  # fmt: skip
    site.files[PATH] = says(told)
    layer = ask(site)
    assert list(layer["id"]) == ["way/2"]
    assert dropped_table(layer)[["row", "id", "reason"]].to_numpy().tolist() == [["way/1", "way/1", "no geometry"]]
    site.files[PATH] = says(told[:1])
    with pytest.raises(ReadError, match="not one of 1 rows can be kept"):
        ask(site)


def test_a_way_over_the_antimeridian_is_cut_there(site, osm):
    osm.way(1, [(179.9, 60.0), (-179.9, 60.2)], highway="trunk")
    site.files[PATH] = says(osm.told())
    layer = ask(site, region=(179.0, 59.0, 180.0, 61.0))
    assert layer.attrs["mended"] == {"cut at the antimeridian": 1}
    assert layer.geometry.iloc[0].length == pytest.approx(2 * (0.01 + 0.01) ** 0.5)
