"""OpenStreetMap extracts: what the tests wrote into a file comes out as a layer, and a file that is at fault is named as such."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from geoops.core import osm_files
from geoops.core.errors import InputError, MissingExtraError, ReadError, SchemaError
from geoops.layers.sources import osm_build, osm_pbf, osm_rows
from geoops.layers.sources.contract import dropped_table

BOX = [(40.0, 35.0), (40.4, 35.0), (40.4, 35.4), (40.0, 35.4), (40.0, 35.0)]
HOLE = [(40.1, 35.1), (40.1, 35.2), (40.2, 35.2), (40.2, 35.1), (40.1, 35.1)]


@pytest.fixture
def roads(osm):
    """Three roads, two of which meet, and things that are none."""
    osm.node(1, 40.0, 35.0)
    osm.node(2, 40.1, 35.05)
    osm.way(10, [1, 2], highway="trunk", name="طريق دير الزور", name__ar="طريق دير الزور", name__en="Deir ez-Zor Road",
            name__ku="Riya Dêrazorê", surface="asphalt", maxspeed="60 mph", ref="7", oneway="-1")  # fmt: skip
    osm.way(11, [2, (40.2, 35.1), (40.3, 35.0)], highway="primary_link", bridge="yes")
    osm.way(12, [(42.0, 36.0), (42.1, 36.0)], highway="track", name="No script")
    osm.way(13, [(40.0, 35.0), (40.1, 35.0)], highway="footway")
    osm.way(14, [*BOX], building="yes")
    osm.node(500, 40.0, 35.0, highway="crossing")
    return osm


# -- what a file holds ------------------------------------------------------------------------------------------


def test_roads_are_as_they_were_written(tmp_path, roads, conforms):
    layer = conforms(osm_pbf.read(roads.write(tmp_path / "x.osm.pbf"), theme="roads"), rows=3).set_index("id")
    assert layer.geometry["way/10"].equals_exact(shapely.LineString([(40.0, 35.0), (40.1, 35.05)]), 1e-9)
    assert layer.geometry["way/11"].equals_exact(shapely.LineString([(40.1, 35.05), (40.2, 35.1), (40.3, 35.0)]), 1e-9)
    road = layer.loc["way/10"]
    assert (road["class"], road["surface"], road["ref"], road["oneway"]) == ("trunk", "asphalt", "7", "reverse")
    assert road["maxspeed_kmh"] == pytest.approx(60 * 1.609344)
    assert (road["name"], road["name_local"]) == ("Deir ez-Zor Road", "طريق دير الزور")
    assert road["alt_names"] == "Riya Dêrazorê"
    assert layer["bridge"].to_dict() == {"way/10": False, "way/11": True, "way/12": False}
    assert (road["source_date"], road["licence"]) == ("2025-05-01", "ODbL 1.0")
    assert layer.loc["way/12", "name_local"] is None or np.isnan(layer.loc["way/12", "name_local"])
    assert layer.attrs["dropped"] == []


def test_the_geometry_is_osmiums_own(tmp_path, roads):
    import osmium

    path = roads.write(tmp_path / "x.osm.pbf")
    factory = osmium.geom.WKBFactory()
    expected = {
        f"way/{way.id}": shapely.from_wkb(bytes.fromhex(factory.create_linestring(way)))
        for way in osmium.FileProcessor(path).with_locations()
        if way.is_way() and way.tags.get("highway") in osm_pbf.OSM_THEMES["roads"].rules["highway"]
    }
    layer = osm_pbf.read(path, theme="roads").set_index("id")
    assert set(layer.index) == set(expected)
    assert all(layer.geometry[i].equals_exact(line, 0.0) for i, line in expected.items())


@pytest.mark.skipif(shutil.which("osmium") is None, reason="osmium-tool is not installed")
def test_areas_are_osmium_tools_own(tmp_path, osm):
    """A lake with an island in two outer parts, and a closed way."""
    osm.way(1, BOX[:3])
    osm.way(2, [102, *BOX[3:4], 100])
    osm.way(3, HOLE)
    osm.way(4, [(41.0, 35.0), (41.1, 35.0), (41.1, 35.1), (41.0, 35.0)])
    members = [("w", 1, "outer"), ("w", 2, "outer"), ("w", 3, "inner"), ("w", 4, "outer")]
    osm.relation(9, members, type="multipolygon", natural="water", water="reservoir", name="Lake")
    osm.way(5, [(43.0, 35.0), (43.1, 35.0), (43.1, 35.1), (43.0, 35.0)], natural="water", water="pond")
    path = osm.write(tmp_path / "x.osm.pbf")
    out = subprocess.run(
        ["osmium", "export", str(path), "-f", "geojsonseq", "-u", "type_id", "--geometry-types=polygon"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = [json.loads(line) for line in out.stdout.replace("\x1e", "").splitlines()]
    expected = sorted(shapely.normalize(shape(one["geometry"])).wkt for one in told)
    layer = osm_pbf.read(path, theme="water")
    made = [
        shapely.normalize(g if g.geom_type == "MultiPolygon" else shapely.multipolygons([g])) for g in layer.geometry
    ]
    assert sorted(g.wkt for g in made) == expected
    assert layer.set_index("id")["kind"].to_dict() == {"relation/9": "RSV", "way/5": "PND"}
    lake = layer.set_index("id").geometry["relation/9"]
    assert lake.area == pytest.approx(0.16 - 0.01 + 0.005)


def element(osm, number, shape_, at, tags):
    """Write one element of a kind of shape."""
    lon, lat = at
    ring = [(lon, lat), (lon + 0.01, lat), (lon + 0.01, lat + 0.01), (lon, lat)]
    if shape_ == "node":
        osm.node(number, lon, lat, **tags)
    elif shape_ == "line":
        osm.way(number, ring[:2], **tags)
    elif shape_ == "area":
        osm.way(number, ring, **tags)
    else:
        osm.way(number + 1, ring)
        osm.relation(number, [("w", number + 1, "outer")], type="boundary", **tags)


THEMES = {
    "bridges": ("line", {"highway": "primary", "bridge": "viaduct"}, {"kind": "BDG", "carries": "road"}),
    "railways": ("line", {"railway": "construction", "construction": "rail"},
                 {"kind": "RR", "class": "rail", "status": "planned"}),
    "power_lines": ("line", {"power": "line", "voltage": "132000;400000"}, {"class": "line", "voltage_kv": 400.0}),
    "power_stations": ("area", {"power": "plant", "plant__source": "oil;gas", "plant__output__electricity": "1.2 GW"},
                       {"kind": "PS", "capacity_mw": 1200.0, "fuel": "oil and gas"}),
    "substations": ("node", {"power": "substation", "voltage": "66000", "disused": "yes"},
                    {"voltage_kv": 66.0, "status": "closed"}),
    "pipelines": ("line", {"man_made": "pipeline", "substance": "natural_gas", "location": "underground"},
                  {"kind": "GASP", "substance": "gas", "location": "underground"}),
    "border_crossings": ("node", {"barrier": "border_control", "access": "no"}, {"kind": "BDRB", "status": "closed"}),
    "camps": ("area", {"amenity": "refugee_site", "capacity": "12,000"}, {"kind": "CMPRF", "population": 12000.0}),
    "places": ("node", {"place": "city", "population": "200 000", "capital": "4"},
               {"kind": "PPLA", "class": "city", "population": 200000.0}),
    "health_facilities": ("node", {"amenity": "clinic", "operator": "Red Crescent"},
                          {"kind": "HSPC", "class": "clinic", "operator": "Red Crescent"}),
    "water_points": ("node", {"man_made": "water_well", "drinking_water": "no"},
                     {"kind": "WLL", "class": "water_well", "drinking_water": "no"}),
    "dams": ("line", {"waterway": "dam", "height": "60 m"}, {"kind": "DAM", "height_m": 60.0}),
    "rivers": ("line", {"waterway": "wadi"}, {"kind": "STMI", "class": "wadi", "intermittent": True}),
    "water": ("area", {"landuse": "reservoir"}, {"kind": "RSV", "class": "reservoir", "intermittent": False}),
    "airports": ("area", {"aeroway": "aerodrome", "icao": "OSDZ", "iata": "none", "ele": "700 ft"},
                 {"kind": "AIRP", "icao": "OSDZ", "elevation_m": pytest.approx(213.36)}),
    "countries": ("relation", {"boundary": "administrative", "admin_level": "2", "ISO3166-1": "SY"},
                  {"kind": "PCLI", "country": "SY"}),
    "admin1": ("relation", {"boundary": "administrative", "admin_level": "4", "ISO3166-2": "SY-DY"},
               {"kind": "ADM1", "iso_3166_2": "SY-DY", "country": "SY"}),
    "admin2": ("relation", {"boundary": "administrative", "admin_level": "6"}, {"kind": "ADM2", "admin_level": "6"}),
    "roads": ("line", {"highway": "motorway"}, {"kind": "RD", "class": "motorway", "oneway": "yes"}),
}  # fmt: skip


def test_every_theme_has_a_case():
    assert set(THEMES) == set(osm_pbf.THEMES)


@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_says_what_its_tags_say(tmp_path, osm, conforms, lands, theme):
    kind, tags, expected = THEMES[theme]
    element(osm, 10, kind, (40.0, 35.0), {**tags, "name__ar": "اسم", "name": "Name"})
    element(osm, 20, kind, (44.0, 35.0), tags)
    element(osm, 30, "area", (40.0, 35.0), {"building": "yes"})
    layer = osm_pbf.read(osm.write(tmp_path / "x.osm.pbf"), theme=theme, countries=lands)
    conforms(layer, rows=2)
    row = layer.set_index("name").loc["Name"]
    assert {column: row[column] for column in expected} == expected
    assert row["alt_names"] == "اسم"
    located = osm_pbf.OSM_THEMES[theme].located
    assert sorted(layer["country"].dropna()) == (["IQ", "SY"] if located and theme != "countries" else
                                                 ["SY", "SY"] if theme == "countries" else [])  # fmt: skip


def test_the_ways_of_a_border_are_no_division(tmp_path, osm):
    osm.way(1, BOX, boundary="administrative", admin_level="4")
    osm.relation(2, [("w", 1, "outer")], type="boundary", boundary="administrative", admin_level="4", name="Division")
    osm.relation(3, [("w", 1, "outer")], type="boundary", boundary="political", admin_level="4", name="Constituency")
    layer = osm_pbf.read(osm.write(tmp_path / "x.osm.pbf"), theme="admin1")
    assert list(layer["id"]) == ["relation/2"]
    assert layer.attrs["dropped"] == []


def test_the_local_name_is_the_language_that_the_signs_speak(tmp_path, osm):
    """Where signs are Latin, the language seen on the other signs gives the local name."""
    for n in range(3):
        osm.node(n + 1, 40.0 + n, 35.0, place="village", name=f"قرية {n}", name__ar=f"قرية {n}", name__ckb=f"گوندی {n}")
    osm.node(
        9,
        40.5,
        35.5,
        place="town",
        name="Amude",
        name__ar="عامودا",
        name__ckb="ئامودێ",
        name__ku="Amûdê",
        old_name="A;B",
    )
    layer = osm_pbf.read(osm.write(tmp_path / "x.osm.pbf"), theme="places").set_index("id")
    town = layer.loc["node/9"]
    assert (town["name"], town["name_local"]) == ("Amude", "عامودا")
    assert set(town["alt_names"].split("|")) == {"ئامودێ", "Amûdê", "A", "B"}
    assert layer.loc["node/1", "alt_names"] == "گوندی 0"


def test_classes_are_chosen(tmp_path, roads):
    path = roads.write(tmp_path / "x.osm.pbf")
    assert list(osm_pbf.read(path, theme="roads", classes=["footway"])["id"]) == ["way/13"]
    with pytest.raises(InputError, match="expected a list of values"):
        osm_pbf.read(path, theme="roads", classes="footway")
    with pytest.raises(InputError, match="a theme of one key"):
        osm_pbf.read(path, theme="water", classes=["lake"])
    with pytest.raises(InputError, match="gives no 'buildings'; it gives admin1, admin2, airports"):
        osm_pbf.read(path, theme="buildings")


# -- regions ------------------------------------------------------------------------------------------------------


def test_a_region_is_what_meets_it(tmp_path, roads, conforms):
    path = roads.write(tmp_path / "x.osm.pbf")
    layer = conforms(osm_pbf.read(path, theme="roads", region=(40.05, 35.0, 40.15, 35.2)), rows=2)
    assert set(layer["id"]) == {"way/10", "way/11"}
    assert layer.attrs["layer"]["region"] == [40.05, 35.0, 40.15, 35.2]
    # The box round way 11 meets this one, the way itself does not.
    assert len(osm_pbf.read(path, theme="roads", region=(40.11, 35.0, 40.13, 35.01))) == 0


def test_a_region_with_nothing_is_an_empty_layer(tmp_path, roads):
    layer = osm_pbf.read(roads.write(tmp_path / "x.osm.pbf"), theme="roads", region=(10.0, 10.0, 11.0, 11.0))
    full = osm_pbf.read(roads.write(tmp_path / "x.osm.pbf"), theme="roads")
    assert len(layer) == 0
    assert set(layer.columns) == set(full.columns)
    assert layer.crs == full.crs
    assert layer.attrs["layer"]["count"] == 0


def test_a_way_over_the_antimeridian_is_cut_there(tmp_path, osm):
    osm.way(1, [(179.9, 60.0), (-179.9, 60.2)], highway="trunk")
    osm.way(2, [(10.0, 60.0), (10.1, 60.0)], highway="trunk")
    path = osm.write(tmp_path / "x.osm.pbf")
    whole = osm_pbf.read(path, theme="roads").set_index("id")
    parts = shapely.MultiLineString([[(179.9, 60.0), (180.0, 60.1)], [(-180.0, 60.1), (-179.9, 60.2)]])
    assert shapely.normalize(whole.geometry["way/1"]).equals_exact(shapely.normalize(parts), 1e-9)
    assert whole.attrs["mended"] == {"cut at the antimeridian": 1}
    for region, ids in (((179.0, 59.0, 180.0, 61.0), ["way/1"]), ((-180.0, 59.0, -179.0, 61.0), ["way/1"]),
                        ((0.0, 59.0, 20.0, 61.0), ["way/2"])):  # fmt: skip
        assert list(osm_pbf.read(path, theme="roads", region=region)["id"]) == ids


def test_only_the_region_is_laid_down_and_only_a_batch_is_in_memory(tmp_path, osm, monkeypatch):
    """What memory grows with; GDAL's and libosmium's own share is bounded (the bench measures the sum)."""
    seen, made = [], []
    features, batches = osm_rows._features, osm_build.osm_batches
    monkeypatch.setattr(osm_rows, "_features", lambda batch, *rest: seen.append(len(batch)) or features(batch, *rest))

    def counted(*given):
        for batch in batches(*given):
            made.append(len(batch))
            yield batch

    monkeypatch.setattr(osm_build, "osm_batches", counted)
    path = long_file(osm, tmp_path / "x.osm.pbf", count=9000)
    layer = osm_pbf.read(path, theme="roads", region=(40.0, 34.9, 40.0005, 35.15))
    assert sum(made) == 9000
    assert max(made) <= 4096
    assert len(layer) == 6
    assert sum(seen) <= 10  # those whose box meets the region


# -- what cannot be kept ------------------------------------------------------------------------------------------


def test_a_way_that_leaves_the_extract_keeps_the_nodes_that_are_there(tmp_path, roads):
    path = roads.write(tmp_path / "x.osm.pbf", without=["n1102"])
    layer = osm_pbf.read(path, theme="roads").set_index("id")
    assert layer.geometry["way/11"].equals_exact(shapely.LineString([(40.1, 35.05), (40.2, 35.1)]), 1e-9)
    assert layer.attrs["mended"] == {"ways drawn without those of their nodes that are not in the file": 1}


def test_what_cannot_be_built_is_listed(tmp_path, roads):
    path = roads.write(tmp_path / "x.osm.pbf", without=["n1101", "n1102", "n1200", "n1201"])
    layer = osm_pbf.read(path, theme="roads")
    assert list(layer["id"]) == ["way/10"]
    assert dropped_table(layer)[["row", "id"]].to_numpy().tolist() == [["way/11", "way/11"], ["way/12", "way/12"]]
    assert sum(layer.attrs["dropped_counts"].values()) == 2
    assert "nodes or members are not in the file" in layer.attrs["dropped"][0]["reason"]
    with pytest.raises(ReadError, match=r"theme roads: not one of 3 elements can be kept: 3 x no geometry"):
        osm_pbf.read(roads.write(path, without=["n1", "n2", "n1101", "n1102", "n1200", "n1201"]), theme="roads")


def test_rings_that_do_not_close_are_listed_and_bad_ones_mended(tmp_path, osm):
    osm.way(1, BOX[:4])
    osm.relation(2, [("w", 1, "outer")], type="multipolygon", natural="water")
    osm.way(3, [(41.0, 35.0), (41.1, 35.1), (41.1, 35.0), (41.0, 35.1), (41.0, 35.0)], natural="water")  # a bow tie
    osm.way(4, [(42.0, 35.0), (42.1, 35.0)], natural="water")
    layer = osm_pbf.read(osm.write(tmp_path / "x.osm.pbf"), theme="water")
    assert list(layer["id"]) == ["way/3"]
    assert layer.geometry.is_valid.all()
    assert layer.geometry.iloc[0].area == pytest.approx(2 * 0.5 * 0.1 * 0.05)
    assert layer.attrs["mended"] == {"invalid rings made valid": 1}
    assert {row["id"] for row in layer.attrs["dropped"]} == {"relation/2", "way/4"}


def test_an_element_that_is_there_twice_is_kept_once(tmp_path, roads):
    layer = osm_pbf.read(roads.write(tmp_path / "x.osm.pbf", twice=["w10", "w12"]), theme="roads")
    assert sorted(layer["id"]) == ["way/10", "way/11", "way/12"]
    assert sum(layer.attrs["dropped_counts"].values()) == 2
    assert {row["id"] for row in layer.attrs["dropped"]} == {"way/10", "way/12"}


def test_an_area_as_line_and_a_site_relation_say_so(tmp_path, osm):
    osm.way(1, BOX, highway="service", area="yes")
    osm.way(2, BOX[:2], highway="service")
    layer = osm_pbf.read(osm.write(tmp_path / "x.osm.pbf"), theme="roads")
    assert list(layer["id"]) == ["way/2"]
    assert [row["id"] for row in layer.attrs["dropped"]] == ["way/1"]


# -- files at fault -----------------------------------------------------------------------------------------------


def test_an_unsorted_file_is_named_with_the_remedy(tmp_path, roads):
    with pytest.raises(ReadError, match=r"x\.osm\.pbf: GDAL cannot read it to its end .*osmium sort"):
        osm_pbf.read(roads.write(tmp_path / "x.osm.pbf", backwards=True), theme="roads")


def long_file(osm, path, count=4000):
    """A file of several blocks; each road begins a little further east than the one before."""
    for i in range(count):
        west = 40 + i * 1e-4
        osm.way(i + 1, [(west, 35.0), (west, 35.1), (41.0, 35.2)], highway="track", name=f"Road {i * 7919}")
    return osm.write(path)


def test_a_truncated_file_is_refused_wherever_it_was_cut(tmp_path, osm):
    path = long_file(osm, tmp_path / "x.osm.pbf")
    content = path.read_bytes()
    for share in (0.02, 0.3, 0.5, 0.77, 0.95):
        path.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(
            ReadError, match=r"x\.osm\.pbf: a damaged or truncated OpenStreetMap extract .*download it again"
        ):
            osm_pbf.read(path, theme="roads")
    path.write_bytes(content[:-1])
    with pytest.raises(ReadError, match="damaged or truncated"):
        osm_pbf.read(path, theme="roads", region=(10.0, 10.0, 11.0, 11.0))


def test_a_flipped_byte_is_refused_or_does_not_matter(tmp_path, osm):
    path = long_file(osm, tmp_path / "x.osm.pbf")
    content = path.read_bytes()
    whole = osm_pbf.read(path, theme="roads").drop(columns="geometry")
    refused = 0
    rng = np.random.default_rng(4)
    for position in rng.integers(0, len(content), 24).tolist():
        path.write_bytes(content[:position] + bytes([content[position] ^ 0xFF]) + content[position + 1 :])
        try:
            layer = osm_pbf.read(path, theme="roads")
        except ReadError as error:
            assert "x.osm.pbf" in str(error)  # noqa: PT017
            refused += 1
        else:
            assert layer.drop(columns="geometry").equals(whole)
    assert refused >= 20


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty; download it again"),
        (b"<!DOCTYPE html><html><title>503</title></html>", "the content is a web page; download it again"),
        (b"PK\x03\x04" + bytes(100), "the content is something else"),
    ],
)
def test_what_is_no_extract_is_named(tmp_path, content, words):
    pytest.importorskip("osmium", reason="osmium is not installed")
    path = tmp_path / "syria.osm.pbf"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=words):
        osm_pbf.read(path, theme="roads")


def test_other_forms_and_addresses_are_refused(tmp_path):
    pytest.importorskip("osmium", reason="osmium is not installed")
    (tmp_path / "x.osm").write_text("<osm/>")
    with pytest.raises(ReadError, match=r"ends in \.osm\.pbf; convert another form with `osmium cat"):
        osm_pbf.read(tmp_path / "x.osm", theme="roads")
    with pytest.raises(ReadError, match="no file"):
        osm_pbf.read(tmp_path / "y.osm.pbf", theme="roads")
    with pytest.raises(ReadError, match="is an address, not a file"):
        osm_pbf.read("https://example.org/x.osm.pbf", theme="roads")


def test_a_date_comes_from_the_head_the_name_or_the_caller(tmp_path, roads):
    assert set(osm_pbf.read(roads.write(tmp_path / "a-240101.osm.pbf"), theme="roads")["source_date"]) == {"2025-05-01"}
    named = roads.write(tmp_path / "syria-2024-03-07.osm.pbf", date=None)
    assert set(osm_pbf.read(named, theme="roads")["source_date"]) == {"2024-03-07"}
    bare = roads.write(tmp_path / "x.osm.pbf", date=None)
    with pytest.raises(SchemaError, match=r"x\.osm\.pbf: its head states no date; give .*date='YYYY-MM-DD'"):
        osm_pbf.read(bare, theme="roads")
    assert set(osm_pbf.read(bare, theme="roads", date="2024-01-01")["source_date"]) == {"2024-01-01"}


def test_a_theme_that_is_not_in_the_file_is_said(tmp_path, roads):
    with pytest.raises(ReadError, match=r"theme camps: no element with amenity=refugee_site"):
        osm_pbf.read(roads.write(tmp_path / "x.osm.pbf"), theme="camps")


def test_nothing_is_left_behind(tmp_path, roads, monkeypatch):
    import tempfile

    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    path = roads.write(tmp_path / "x.osm.pbf")
    osm_pbf.read(path, theme="roads")
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ReadError):
        osm_pbf.read(path, theme="roads")
    assert list(scratch.iterdir()) == []


def test_without_osmium_the_extra_is_named(tmp_path, roads, monkeypatch):
    path = roads.write(tmp_path / "x.osm.pbf")
    monkeypatch.setitem(sys.modules, "osmium", None)
    with pytest.raises(MissingExtraError, match=r"install geoops\[osm\]"):
        osm_files.osm_census(path, osm_pbf.OSM_THEMES["roads"].wanted)
