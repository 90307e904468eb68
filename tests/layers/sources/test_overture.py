"""Overture's GeoParquet: true to its schema, written here with pyarrow; read by row groups, from a disk and from a server."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geoops.core.errors import CrsError, InputError, NetworkError, NothingFoundError, ReadError, SchemaError
from geoops.core.fetching import Fetcher
from geoops.layers.sources import overture
from geoops.layers.sources.contract import dropped_table
from geoops.layers.sources.overture_themes import OVERTURE_THEMES

from .serving import Site, answer, in_turn, serving

BETWEEN = pa.list_(pa.float64())
PERSPECTIVES = pa.struct([("mode", pa.string()), ("countries", pa.list_(pa.string()))])
NAMES = pa.struct([
    ("primary", pa.string()),
    ("common", pa.map_(pa.string(), pa.string())),
    ("rules", pa.list_(pa.struct([
        ("variant", pa.string()), ("language", pa.string()), ("perspectives", PERSPECTIVES), ("value", pa.string()),
        ("between", BETWEEN), ("side", pa.string()),
    ]))),
])  # fmt: skip
COMMON = [
    ("id", pa.string()), ("geometry", pa.binary()),
    ("bbox", pa.struct([(side, pa.float32()) for side in ("xmin", "xmax", "ymin", "ymax")])),
    ("version", pa.int32()),
    ("sources", pa.list_(pa.struct([("property", pa.string()), ("dataset", pa.string()), ("license", pa.string()),
                                    ("record_id", pa.string()), ("update_time", pa.string())]))),
    ("names", NAMES),
]  # fmt: skip
WHEN = pa.struct([("heading", pa.string()), ("mode", pa.list_(pa.string()))])
FLAGS = pa.list_(pa.struct([("values", pa.list_(pa.string())), ("between", BETWEEN)]))
OWN = {
    "segment": [
        ("subtype", pa.string()), ("class", pa.string()), ("subclass", pa.string()), ("road_flags", FLAGS), ("rail_flags", FLAGS),
        ("road_surface", pa.list_(pa.struct([("value", pa.string()), ("between", BETWEEN)]))),
        ("speed_limits", pa.list_(pa.struct([
            ("max_speed", pa.struct([("value", pa.int32()), ("unit", pa.string())])), ("between", BETWEEN), ("when", WHEN)]))),
        ("access_restrictions", pa.list_(pa.struct([("access_type", pa.string()), ("when", WHEN), ("between", BETWEEN)]))),
        ("routes", pa.list_(pa.struct([("name", pa.string()), ("ref", pa.string()), ("between", BETWEEN)]))),
    ],
    "infrastructure": [("subtype", pa.string()), ("class", pa.string()), ("source_tags", pa.map_(pa.string(), pa.string()))],
    "water": [("subtype", pa.string()), ("class", pa.string()), ("is_intermittent", pa.bool_())],
    "division": [
        ("subtype", pa.string()), ("class", pa.string()), ("country", pa.string()), ("region", pa.string()),
        ("population", pa.int32()),
        ("capital_of_divisions", pa.list_(pa.struct([("division_id", pa.string()), ("subtype", pa.string())]))),
    ],
    "division_area": [("subtype", pa.string()), ("class", pa.string()), ("country", pa.string()), ("region", pa.string()),
                      ("division_id", pa.string())],
    "division_boundary": [("subtype", pa.string()), ("class", pa.string()), ("country", pa.string()),
                          ("is_disputed", pa.bool_()), ("perspectives", PERSPECTIVES)],
    "place": [
        ("categories", pa.struct([("primary", pa.string()), ("alternate", pa.list_(pa.string()))])),
        ("basic_category", pa.string()), ("confidence", pa.float64()), ("operating_status", pa.string()),
        ("addresses", pa.list_(pa.struct([("locality", pa.string()), ("country", pa.string())]))),
    ],
}  # fmt: skip
PART = {"segment": "transportation", "infrastructure": "base", "water": "base", "division": "divisions",
        "division_area": "divisions", "division_boundary": "divisions", "place": "places"}  # fmt: skip
OSM = [{"property": "", "dataset": "OpenStreetMap", "license": "ODbL-1.0", "record_id": "w1@1", "update_time": None}]


def row(number, shape, **said):
    """One feature with what every feature has."""
    west, south, east, north = shape.bounds
    box = {"xmin": west, "xmax": east, "ymin": south, "ymax": north}
    return {"id": f"0000-{number}", "geometry": shape.wkb, "bbox": box, "version": 1, "sources": OSM, **said}


def line(lon, lat, step=0.01):
    return shapely.LineString([(lon, lat), (lon + step, lat + step)])


def write(path, kind, rows, *, groups=100, without=(), crs=None, geo=True, **options):
    """Write a file as Overture does: structs, WKB, a bounding box a row, GeoParquet's metadata, zstd."""
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([f for f in (*COMMON, *OWN[kind]) if f[0] not in without])
    kept = [{k: v for k, v in r.items() if k not in without} for r in rows]
    column = {"encoding": "WKB", "geometry_types": [], **({"crs": crs} if crs else {})}
    about = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    schema = schema.with_metadata({"geo": json.dumps(about)} if geo else {})
    pq.write_table(pa.Table.from_pylist(kept, schema), path, row_group_size=groups, compression="zstd", **options)
    return path


def release(root, kind, rows, **options):
    folder = root / "release" / "2025-08-20.0" / f"theme={PART[kind]}" / f"type={kind}"
    return write(folder / "part-00000-abc.zstd.parquet", kind, rows, **options)


# -- what a file says -------------------------------------------------------------------------------------------


def test_roads_are_what_their_columns_say(tmp_path, conforms):
    names = {"primary": "طريق دير الزور", "common": [("en", "Deir ez-Zor Road"), ("ku", "Riya Dêrazorê")], "rules": [
        {"variant": "official", "language": "en", "value": "Highway 7", "perspectives": None, "between": None, "side": None},
        {"variant": "alternate", "language": None, "value": "M20", "perspectives": None, "between": [0.0, 0.5], "side": None},
        {"variant": "alternate", "language": None, "value": "Old road", "perspectives": None, "between": None, "side": "left"},
    ]}  # fmt: skip
    first = row(
        1, line(40.0, 35.0), subtype="road", names=names, subclass="link",
        road_flags=[{"values": ["is_bridge"], "between": [0.2, 0.4]}], road_surface=[
            {"value": "gravel", "between": [0.0, 0.2]}, {"value": "paved", "between": [0.2, 1.0]}],
        speed_limits=[{"max_speed": {"value": 40, "unit": "mph"}, "between": None, "when": None},
                      {"max_speed": {"value": 10, "unit": "km/h"}, "between": None, "when": {"heading": None, "mode": ["hgv"]}}],
        access_restrictions=[{"access_type": "denied", "when": {"heading": "backward", "mode": None}, "between": None}],
        routes=[{"name": None, "ref": "7", "between": None}], **{"class": "trunk"},
    )  # fmt: skip
    second = row(2, line(40.5, 35.0), subtype="road", road_surface=[{"value": "unknown", "between": None}],
                 road_flags=[{"values": ["is_under_construction"], "between": None}],
                 access_restrictions=[{"access_type": "denied", "when": {"heading": "backward", "mode": ["bicycle"]},
                                       "between": None}], **{"class": "track"})  # fmt: skip
    others = [row(3, line(40.6, 35.0), subtype="road", **{"class": "footway"}), row(4, line(40.6, 35.0), subtype="rail"),
              row(5, line(40.6, 35.0), subtype="water")]  # fmt: skip
    path = release(tmp_path, "segment", [first, second, *others])
    layer = conforms(overture.read(path, theme="roads"), rows=2).set_index("id")
    road, track = layer.loc["0000-1"], layer.loc["0000-2"]
    assert (road["class"], road["surface"], road["oneway"], road["ref"], road["bridge"]) == (
        "trunk_link",
        "paved",
        "yes",
        "7",
        True,
    )
    assert road["maxspeed_kmh"] == pytest.approx(40 * 1.609344)
    assert (road["name"], road["name_local"]) == ("Deir ez-Zor Road", "طريق دير الزور")
    assert set(road["alt_names"].split("|")) == {"Riya Dêrazorê", "Highway 7", "M20", "Old road"}
    assert (road["source"], road["licence"], road["source_date"]) == (
        "Overture Maps (OpenStreetMap)",
        "ODbL-1.0",
        "2025-08-20",
    )
    assert (track["class"], track["surface"], track["oneway"], track["status"]) == ("track", None, None, "planned")
    assert road.geometry.equals_exact(line(40.0, 35.0), 0.0)
    assert layer.attrs["layer"]["attribution"] == "© OpenStreetMap contributors, Overture Maps Foundation"


AREA = shapely.box(40.0, 35.0, 40.2, 35.2)
POINT = shapely.Point(40.1, 35.1)
LINE = line(40.0, 35.0)
CASES = {
    "railways": ("segment", LINE, {"subtype": "rail", "class": "standard_gauge",
                                   "rail_flags": [{"values": ["is_abandoned"], "between": None}]},
                 {"kind": "RRQ", "class": "rail", "status": "closed"}),
    "bridges": ("infrastructure", AREA, {"subtype": "bridge", "class": "viaduct", "source_tags": [("railway", "rail")]},
                {"kind": "BDG", "carries": "rail"}),
    "power_lines": ("infrastructure", LINE, {"subtype": "power", "class": "power_line", "source_tags": [("voltage", "400000")]},
                    {"class": "line", "voltage_kv": 400.0}),
    "power_stations": ("infrastructure", AREA, {"subtype": "power", "class": "plant", "source_tags": [
        ("plant:source", "hydro"), ("plant:output:electricity", "660 MW")]}, {"kind": "PSH", "capacity_mw": 660.0}),
    "substations": ("infrastructure", POINT, {"subtype": "power", "class": "substation", "source_tags": None}, {"kind": "FCL"}),
    "pipelines": ("infrastructure", LINE, {"subtype": "utility", "class": "pipeline", "source_tags": [("substance", "oil")]},
                  {"kind": "OILP", "substance": "oil"}),
    "border_crossings": ("infrastructure", POINT, {"subtype": "barrier", "class": "border_control"}, {"kind": "BDRB"}),
    "water_points": ("infrastructure", POINT, {"subtype": "water", "class": "drinking_water"}, {"class": "drinking_water"}),
    "dams": ("infrastructure", LINE, {"subtype": "water", "class": "dam"}, {"kind": "DAM"}),
    "airports": ("infrastructure", AREA, {"subtype": "airport", "class": "military_airport", "source_tags": [("icao", "OSDZ")]},
                 {"kind": "AIRP", "icao": "OSDZ"}),
    "rivers": ("water", LINE, {"subtype": "river", "class": "river", "is_intermittent": True}, {"kind": "STMI"}),
    "water": ("water", AREA, {"subtype": "reservoir", "class": "reservoir"}, {"kind": "RSV", "intermittent": False}),
    "countries": ("division_area", AREA, {"subtype": "country", "class": "land", "country": "SY"}, {"kind": "PCLI", "country": "SY"}),
    "admin1": ("division_area", AREA, {"subtype": "region", "class": "land", "country": "SY", "region": "SY-DY"},
               {"kind": "ADM1", "iso_3166_2": "SY-DY"}),
    "admin2": ("division_area", AREA, {"subtype": "county", "class": "land", "country": "SY"}, {"kind": "ADM2"}),
    "boundaries": ("division_boundary", LINE, {"subtype": "country", "class": "land", "is_disputed": True, "perspectives": {
        "mode": "accepted_by", "countries": ["SY", "IQ"]}}, {"status": "disputed", "claim": "accepted by SY, IQ", "level": 0}),
    "places": ("division", POINT, {"subtype": "locality", "class": "city", "country": "SY", "population": 200_000,
                                   "capital_of_divisions": [{"division_id": "x", "subtype": "region"}]},
               {"kind": "PPLA", "class": "city", "population": 200_000.0}),
    "health_facilities": ("place", POINT, {"categories": {"primary": "hospital", "alternate": None}, "confidence": 0.9,
                                           "operating_status": "temporarily_closed", "addresses": [{"country": "SY"}]},
                          {"kind": "HSP", "class": "hospital", "status": "closed", "confidence": 0.9, "country": "SY"}),
    "roads": ("segment", LINE, {"subtype": "road", "class": "unclassified"}, {"kind": "RD", "class": "unclassified"}),
}  # fmt: skip


def test_every_theme_has_a_case():
    assert set(CASES) == set(overture.THEMES)


@pytest.mark.parametrize("theme", CASES)
def test_a_theme_says_what_its_columns_say(tmp_path, conforms, lands, theme):
    kind, shape, said, expected = CASES[theme]
    other = row(2, shape, **{**said, "subtype": "another", "categories": {"primary": "bakery"}})
    named = row(1, shape, **said, names={"primary": "Name", "common": None, "rules": None})
    path = write(tmp_path / "x-2025-08-20.parquet", kind, [{k: v for k, v in r.items() if k in dict((*COMMON, *OWN[kind]))}
                                                          for r in (named, other)])  # fmt: skip
    layer = conforms(overture.read(path, theme=theme, countries=lands), rows=1)
    found = layer.iloc[0]
    assert {column: found[column] for column in expected} == expected
    assert found["name"] == "Name"
    assert found.geometry.equals(shape)


def test_places_of_newer_releases_have_another_column(tmp_path):
    rows = [row(1, POINT, basic_category="hospital"), row(2, POINT, basic_category="bakery")]
    path = write(tmp_path / "p-2026-08-20.parquet", "place", rows, without=["categories"])
    assert list(overture.read(path, theme="health_facilities")["id"]) == ["0000-1"]


def test_a_row_states_the_licences_of_its_own_sources(tmp_path):
    meta = [{"property": "", "dataset": "meta", "license": None, "record_id": "1", "update_time": None}]
    mixed = [
        *OSM,
        {"property": "/names", "dataset": "Foursquare", "license": "Apache-2.0", "record_id": "1", "update_time": None},
    ]
    rows = [
        {**row(n, POINT, categories={"primary": "clinic"}), "sources": s} for n, s in enumerate((meta, mixed, None))
    ]
    layer = overture.read(write(tmp_path / "p-2025-08-20.parquet", "place", rows), theme="health_facilities").set_index(
        "id"
    )
    assert layer["licence"].tolist() == ["CDLA-Permissive-2.0", "ODbL-1.0; Apache-2.0", "CDLA-Permissive-2.0"]
    assert layer["source"].tolist() == [
        "Overture Maps (meta)",
        "Overture Maps (OpenStreetMap, Foursquare)",
        "Overture Maps",
    ]


# -- of a region only what meets it ---------------------------------------------------------------------------------


@pytest.fixture
def strip(tmp_path):
    """A thousand roads from west to east, fifty a row group."""
    rows = [row(i, line(30.0 + i * 0.01, 35.0, 0.005), subtype="road", **{"class": "track"}) for i in range(1000)]
    return release(tmp_path, "segment", rows, groups=50)


@pytest.fixture
def counted(monkeypatch):
    """Which row groups are read."""
    read, seen = pq.ParquetFile.read_row_group, []

    def counting(self, number, **options):
        seen.append(number)
        return read(self, number, **options)

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", counting)
    return seen


def test_only_the_row_groups_that_meet_the_region_are_read(strip, counted, conforms, monkeypatch):
    made = []
    frame = overture._frame
    monkeypatch.setattr(overture, "_frame", lambda rows, *rest: made.append(len(rows)) or frame(rows, *rest))
    layer = conforms(overture.read(strip, theme="roads", region=(35.0, 34.0, 35.745, 36.0)))
    oracle = [f"0000-{i}" for i in range(500, 575)]
    assert sorted(layer["id"]) == sorted(oracle)
    assert counted == [10, 11]  # of twenty
    assert sum(made) == len(oracle)
    counted.clear()
    assert len(overture.read(strip, theme="roads")) == 1000
    assert counted == list(range(20))


def test_without_boxes_or_statistics_the_answer_is_the_same(tmp_path, strip):
    rows = pq.read_table(strip).to_pylist()
    for name, options in (("a", {"without": ["bbox"]}), ("b", {"write_statistics": False}), ("c", {"geo": False})):
        path = write(tmp_path / f"{name}-2025-08-20.parquet", "segment", rows, groups=50, **options)
        layer = overture.read(path, theme="roads", region=(35.0, 34.0, 35.745, 36.0))
        assert sorted(layer["id"]) == sorted(
            overture.read(strip, theme="roads", region=(35.0, 34.0, 35.745, 36.0))["id"]
        )


def test_a_region_with_nothing_is_an_empty_layer(strip):
    layer = overture.read(strip, theme="roads", region=(10.0, 10.0, 11.0, 11.0))
    assert len(layer) == 0
    assert {"class", "surface", "bridge"} <= set(layer.columns)


def test_a_line_over_the_antimeridian_is_cut_there(tmp_path):
    over = shapely.LineString([(179.9, 60.0), (-179.9, 60.2)])
    path = release(tmp_path, "segment", [row(1, over, subtype="road", **{"class": "trunk"})])
    layer = overture.read(path, theme="roads", region=(179.0, 59.0, 180.0, 61.0))
    assert layer.geometry.iloc[0].length == pytest.approx(2 * np.hypot(0.1, 0.1))
    assert layer.attrs["mended"] == {"cut at the antimeridian": 1}
    assert len(overture.read(path, theme="roads", region=(0.0, 59.0, 20.0, 61.0))) == 0


# -- folders ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("below", ["", "2025-08-20.0", "2025-08-20.0/theme=transportation",
                                   "2025-08-20.0/theme=transportation/type=segment"])  # fmt: skip
def test_a_folder_of_a_release_gives_each_theme_its_type(tmp_path, strip, below):
    release(tmp_path, "water", [row(1, LINE, subtype="river", **{"class": "river"})])
    folder = tmp_path / "release" / below
    layer = overture.read(folder, theme="roads", region=(35.0, 34.0, 35.1, 36.0))
    assert set(layer["source_date"]) == {"2025-08-20"}
    assert len(layer) == 11
    if "type=" not in below:
        more = write(strip.parent / "part-00001.zstd.parquet", "segment",
                     [row(9999, line(35.0, 35.0), subtype="road", **{"class": "trunk"})])  # fmt: skip
        assert len(overture.read(folder, theme="roads", region=(35.0, 34.0, 35.1, 36.0))) == 12
        more.unlink()
    if "theme=" not in below:
        assert len(overture.read(folder, theme="rivers")) == 1
        with pytest.raises(ReadError, match=r"holds no \.parquet file of theme=places/type=place; download it"):
            overture.read(folder, theme="health_facilities")


def test_a_plain_folder_holds_the_type_that_is_asked_for(tmp_path):
    write(tmp_path / "iraq" / "segment.parquet", "segment", [row(1, LINE, subtype="road", **{"class": "trunk"})])
    assert len(overture.read(tmp_path / "iraq", theme="roads", date="2025-08-20")) == 1
    with pytest.raises(SchemaError, match="nothing says of what date the data is"):
        overture.read(tmp_path / "iraq", theme="roads")


def test_several_releases_are_not_mixed(tmp_path, strip):
    folder = tmp_path / "release" / "2025-07-23.0" / "theme=transportation" / "type=segment"
    write(folder / "part-0.parquet", "segment", [row(1, LINE, subtype="road", **{"class": "trunk"})])
    with pytest.raises(InputError, match=r"holds several releases, 2025-07-23, 2025-08-20; name the folder of one"):
        overture.read(tmp_path / "release", theme="roads")


# -- files at fault -----------------------------------------------------------------------------------------------


def test_a_file_of_another_type_is_named(tmp_path):
    path = write(tmp_path / "place.parquet", "place", [row(1, POINT, categories={"primary": "clinic"})])
    with pytest.raises(
        SchemaError, match=r"place\.parquet: lacks the columns subtype, class of Overture's theme=transportation"
    ):
        overture.read(path, theme="roads")
    bare = write(
        tmp_path / "bare.parquet", "segment", [row(1, LINE, subtype="road", **{"class": "trunk"})], without=["geometry"]
    )
    with pytest.raises(SchemaError, match=r"bare\.parquet: lacks the columns geometry of"):
        overture.read(bare, theme="roads")
    with pytest.raises(InputError, match="gives no 'buildings'"):
        overture.read(path, theme="buildings")


def test_a_truncated_file_is_refused_wherever_it_was_cut(strip):
    content = strip.read_bytes()
    for share in (0.1, 0.5, 0.9, 0.999):
        strip.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(ReadError, match=r"part-00000-abc\.zstd\.parquet: cannot be read as Parquet"):
            overture.read(strip, theme="roads")
    strip.write_bytes(b"")
    with pytest.raises(ReadError, match="the file is empty"):
        overture.read(strip, theme="roads")
    strip.write_bytes(b"<html>Access denied</html>")
    with pytest.raises(ReadError, match="the name says GeoParquet, its first bytes"):
        overture.read(strip, theme="roads")


def test_a_damaged_row_group_is_named(strip):
    about = pq.ParquetFile(strip).metadata.row_group(7)
    column = next(about.column(i) for i in range(about.num_columns) if about.column(i).path_in_schema == "geometry")
    content = bytearray(strip.read_bytes())
    start = column.dictionary_page_offset or column.data_page_offset
    content[start : start + column.total_compressed_size] = bytes(column.total_compressed_size)
    strip.write_bytes(bytes(content))
    with pytest.raises(ReadError, match=r"row group 7 \(rows 350 to 399\) is damaged: .*download it again"):
        overture.read(strip, theme="roads")
    assert len(overture.read(strip, theme="roads", region=(30.0, 34.0, 30.2, 36.0))) > 0


def test_rows_that_cannot_be_kept_are_listed(tmp_path):
    good = row(1, LINE, subtype="power", **{"class": "power_line"})
    area = row(2, AREA, subtype="power", **{"class": "power_line"})
    broken = {**row(3, LINE, subtype="power", **{"class": "power_line"}), "geometry": b"\x01\x02\x00"}
    none = {**row(4, LINE, subtype="power", **{"class": "power_line"}), "geometry": None, "bbox": None}
    double = row(1, LINE, subtype="power", **{"class": "power_line"})
    path = write(tmp_path / "i-2025-08-20.parquet", "infrastructure", [good, area, broken, none, double])
    for region in (None, (39.0, 34.0, 41.0, 36.0)):
        layer = overture.read(path, theme="power_lines", region=region)
        assert list(layer["id"]) == ["0000-1"]
        listed = dropped_table(layer)
        assert dict(zip(listed["row"], listed["reason"], strict=True)) == {
            "i-2025-08-20.parquet:1": "not lines",
            "i-2025-08-20.parquet:2": "no geometry",
            "i-2025-08-20.parquet:3": "no geometry",
            "i-2025-08-20.parquet:4": "repeats the id and place of an earlier row",
        }


def test_areas_of_rivers_are_water_and_no_fault(tmp_path):
    rows = [row(1, LINE, subtype="river", **{"class": "river"}), row(2, AREA, subtype="river", **{"class": "river"}),
            row(3, shapely.box(0, 0, 9, 9), subtype="ocean", **{"class": "ocean"})]  # fmt: skip
    path = write(tmp_path / "w-2025-08-20.parquet", "water", rows)
    rivers, water = overture.read(path, theme="rivers"), overture.read(path, theme="water")
    assert (list(rivers["id"]), list(water["id"])) == (["0000-1"], ["0000-2"])
    assert rivers.attrs["dropped"] == water.attrs["dropped"] == []


def test_invalid_rings_are_mended(tmp_path):
    tie = shapely.Polygon([(40, 35), (40.1, 35.1), (40.1, 35), (40, 35.1), (40, 35)])
    layer = overture.read(write(tmp_path / "w-2025-08-20.parquet", "water", [row(1, tie, subtype="lake", **{"class": "lake"})]),
                          theme="water")  # fmt: skip
    assert layer.geometry.is_valid.all()
    assert layer.attrs["mended"] == {"invalid rings made valid": 1}


def test_a_projected_file_and_one_with_nothing_are_named(tmp_path):
    import pyproj

    road = row(1, LINE, subtype="road", **{"class": "trunk"})
    path = write(tmp_path / "m.parquet", "segment", [road], crs=pyproj.CRS(3857).to_json_dict())
    with pytest.raises(CrsError, match=r"m\.parquet: states the CRS WGS 84 / Pseudo-Mercator"):
        overture.read(path, theme="roads")
    with pytest.raises(NothingFoundError, match="theme railways: no feature with subtype rail"):
        overture.read(write(tmp_path / "r.parquet", "segment", [road]), theme="railways", date="2025")


def test_swapped_axes_are_caught_by_the_countries(tmp_path, lands):
    rows = [row(i, shapely.Point(34 + i * 0.2, 38 + i * 0.3), subtype="locality", country="SY", **{"class": "town"})
            for i in range(10)]  # fmt: skip
    from geoops.core.errors import CoordinateError

    with pytest.raises(CoordinateError, match="latitude and longitude look swapped"):
        overture.read(write(tmp_path / "d-2025-08-20.parquet", "division", rows), theme="places", countries=lands)


# -- from a server ------------------------------------------------------------------------------------------------

FILE = "/release/2025-08-20.0/theme=transportation/type=segment/part-0.parquet"
REGION = (35.0, 34.0, 35.1, 36.0)


def near(**more):
    return Fetcher(private=True, deadline_s=8.0, tries=2, **more)


@pytest.fixture
def remote(strip, tmp_path, monkeypatch):
    monkeypatch.setenv("GEOOPS_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(3)
    table = pq.read_table(strip)
    noise = pa.array([rng.bytes(4000) for _ in range(len(table))], pa.binary())
    pq.write_table(table.append_column("websites", noise), strip, row_group_size=50, compression="zstd")
    with serving(Site({FILE: strip.read_bytes()})) as site:
        yield site


def test_a_file_on_a_server_is_read_by_parts(remote):
    layer = overture.read(remote.url + FILE, theme="roads", region=REGION, fetcher=near())
    assert len(layer) == 11
    assert set(layer["source_date"]) == {"2025-08-20"}
    assert remote.sent < 0.2 * len(remote.files[FILE])
    assert {"Range"} <= {name for _, headers in remote.seen for name in headers}


def listing(*keys, token=None):
    more = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    inner = "".join(f"<Contents><Key>{key.strip('/')}</Key></Contents>" for key in keys)
    text = f'<?xml version="1.0"?><ListBucketResult>{inner}{more}</ListBucketResult>'
    return answer(200, text.encode(), Content_Type="application/xml")


def test_a_folder_of_a_bucket_is_listed_page_by_page(remote):
    other = FILE.replace("part-0", "part-1")
    remote.files[other] = remote.files[FILE]
    remote.files["/"] = in_turn(listing(FILE, FILE + ".crc", token="a+b"), listing(other))
    with pytest.raises(InputError, match="told: online=True"):
        overture.read(f"{remote.url}/release/2025-08-20.0", theme="roads", region=REGION)
    layer = overture.read(f"{remote.url}/release/2025-08-20.0", theme="roads", region=REGION, fetcher=near())
    assert len(layer) == 11
    assert sum(layer.attrs["dropped_counts"].values()) == 11  # the second file repeats the first
    assert remote.asked("/") == 2


def test_a_bucket_is_asked_at_its_https_address():
    from geoops.layers.sources import overture_files

    assert overture_files._https(f"{overture.RELEASES}/2025-08-20.0/") == (
        "https://overturemaps-us-west-2.s3.amazonaws.com/release/2025-08-20.0/"
    )
    with pytest.raises(InputError, match="https and s3 addresses are read"):
        overture.read("gs://bucket/x.parquet", theme="roads", region=REGION, online=True)


def test_an_address_wants_to_be_meant_and_a_region(remote):
    with pytest.raises(InputError, match="is an address; it is read over the network only when told"):
        overture.read(remote.url + FILE, theme="roads", region=REGION)
    with pytest.raises(InputError, match="an address is read for a region"):
        overture.read(remote.url + FILE, theme="roads", online=True)
    with pytest.raises(InputError, match="parts of files are read from https addresses only"):
        overture.read(remote.url + FILE, theme="roads", region=REGION, online=True)


def test_what_a_server_does_wrong_is_said(remote):
    def ask(path=FILE, **more):
        return overture.read(remote.url + path, theme="roads", region=REGION, fetcher=near(**more))

    with pytest.raises(NetworkError, match="404, there is no such file"):
        ask("/release/x.parquet")
    remote.files["/"] = answer(200, b"<html>hello</html>", Content_Type="text/html")
    with pytest.raises(NetworkError, match="text/html came where application/xml"):
        ask("/release/2025-08-20.0")
    remote.files["/"] = answer(200, b"<Error>NoSuchBucket</Error>", Content_Type="application/xml")
    with pytest.raises(NetworkError, match=r"no listing of a bucket; give the address of a single \.parquet"):
        ask("/release/2025-08-21.0")
    with pytest.raises(NetworkError, match="the limit of this call"):
        ask(max_bytes=40_000)
    remote.files[FILE] = b"PAR1" + b"<html>" * 9000
    with pytest.raises(ReadError, match="cannot be read as Parquet"):
        ask()
    remote.ranges = False
    with pytest.raises(NetworkError):
        ask()


def test_the_schema_of_every_theme_is_in_the_contract():
    for name, about in OVERTURE_THEMES.items():
        empty = overture._frame([], [], np.empty(0, dtype=object), about, overture.Names())
        assert "uncertainty_m" in empty or about.kind in ("segment", "water"), name
