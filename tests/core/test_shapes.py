"""Shapes of strangers, and files that are cut off: what would end the process or be read as something else is refused."""

from __future__ import annotations

import struct

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoops.core.errors import ReadError
from geoops.core.reading import read_text, read_vector
from geoops.core.shapes import MAX_DEPTH, check_depth, from_wkb, from_wkt
from geoops.gazetteer.areas import shape_of_text


def nest(depth, mark="<", kind=7):
    order = b"\x01" if mark == "<" else b"\x00"
    point = shapely.to_wkb(shapely.Point(1, 2), byte_order=1 if mark == "<" else 0)
    return (order + struct.pack(mark + "II", kind, 1)) * depth + point


@pytest.mark.parametrize("mark", ["<", ">"])
@pytest.mark.parametrize("kind", [7, 1007, 4, 6])
def test_a_deep_nest_is_refused_before_it_is_parsed(mark, kind):
    with pytest.raises(ReadError, match="nested more than"):
        from_wkb([nest(500_000, mark, kind)], what="a file")


def test_a_nest_that_a_stack_bears_is_read():
    assert from_wkb([nest(MAX_DEPTH - 1)], what="a file")[0].geom_type == "GeometryCollection"


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("flavor", ["iso", "extended"])
def test_large_shapes_of_every_kind_are_read_as_shapely_reads_them(dimensions, flavor):
    rng = np.random.default_rng(1)
    rings = [shapely.Point(x, y).buffer(0.4, quad_segs=8) for x in range(12) for y in range(12)]
    shapes = [
        shapely.MultiPolygon(rings), shapely.MultiPoint(rng.random((400, 2))), shapely.LineString(rng.random((900, 2))),
        shapely.box(0, 0, 9, 9).difference(shapely.MultiPolygon(rings)),
        shapely.GeometryCollection([shapely.MultiPolygon(rings), shapely.MultiLineString([rng.random((90, 2))] * 3)]), None,
    ]  # fmt: skip
    if dimensions == 3:
        shapes = [s if s is None else shapely.force_3d(s, 5.0) for s in shapes]
    wkb = [s if s is None else shapely.to_wkb(s, flavor=flavor, output_dimension=dimensions) for s in shapes]
    for found, shape in zip(from_wkb(wkb, what="a file"), shapes, strict=True):
        assert found is shape is None or shapely.equals_exact(found, shape)
    check_depth([value.hex() for value in wkb if value], what="a database")


def test_texts_that_are_none_or_too_deep_are_no_shape():
    deep = "GEOMETRYCOLLECTION(" * 200_000 + "POINT(1 1)" + ")" * 200_000
    found = from_wkt(
        ["POINT (1 2)", "LINESTRING (1", None, 7, deep, "GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(POINT(1 1)))"]
    )
    assert [shape is not None for shape in found] == [True, False, False, False, False, True]


@pytest.mark.parametrize(
    ("suffix", "driver"), [(".fgb", "FlatGeobuf"), (".gml", "GML"), (".kml", "KML"), (".shp", "ESRI Shapefile")]
)
@pytest.mark.parametrize("region", [None, (0.0, 0.0, 200.0, 200.0)])
def test_a_file_that_was_cut_off_is_not_read_as_a_smaller_one(tmp_path, suffix, driver, region):
    path = tmp_path / f"a{suffix}"
    table = gpd.GeoDataFrame({"n": range(90)}, geometry=shapely.points(np.arange(90.0), np.arange(90.0)), crs=4326)
    table.to_file(path, driver=driver)
    assert len(read_vector(path)) == 90
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ReadError, match=r"cut off|cannot be read"):
        read_vector(path, region=region)


def test_a_table_of_a_shapefile_that_was_cut_off_is_seen(tmp_path):
    path = tmp_path / "a.shp"
    gpd.GeoDataFrame({"n": range(9)}, geometry=[shapely.Point(n, n) for n in range(9)], crs=4326).to_file(path)
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes()[:-40])
    with pytest.raises(ReadError, match="fewer than the 9 rows"):
        read_vector(path)


@pytest.mark.parametrize("word", ["crs", r"\u0063rs", r"c\u0072\u0073"])
def test_a_crs_behind_an_address_is_not_fetched(tmp_path, word):
    path = tmp_path / "a.geojson"
    feature = '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[41,35]}}'
    crs = '{"type":"link","properties":{"href":"http://127.0.0.1:9/crs","type":"proj4"}}'
    path.write_text(f'{{"type":"FeatureCollection","features":[{feature}],"{word}":{crs}}}')
    with pytest.raises(ReadError, match="to be fetched or unknown"):
        read_vector(path)
    path.write_text(
        f'{{"type":"FeatureCollection","features":[{feature}],"crs":{{"type":"name","properties":{{"name":"EPSG:4326"}}}}}}'
    )
    assert len(read_vector(path)) == 1


def test_a_text_has_no_nul_bytes_and_a_table_no_endless_head(tmp_path):
    text = tmp_path / "a.txt"
    text.write_bytes(b"Kirkuk\x00")
    with pytest.raises(ReadError, match="NUL bytes"):
        read_text(text)
    table = tmp_path / "a.csv"
    table.write_text(",".join(f"c{n}" for n in range(60_000)) + "\n")
    with pytest.raises(ReadError, match="first line"):
        read_vector(table)


CURVE = "COMPOUNDCURVE (CIRCULARSTRING (0 0, 1 1, 2 0))"
CURVE_BYTES = struct.pack("<BII", 1, 8, 3) + struct.pack("<6d", 0, 0, 1, 1, 2, 0)


def test_a_curve_is_missing_and_its_neighbours_are_not():
    shapes = from_wkt(["POINT (1 2)", CURVE, None, "POINT (3 4)"])
    assert [None if shape is None else shape.x for shape in shapes] == [1.0, None, None, 3.0]
    shapes = from_wkb([shapely.to_wkb(shapely.Point(1, 2)), CURVE_BYTES], what="a test", on_invalid="ignore")
    assert [None if shape is None else shape.x for shape in shapes] == [1.0, None]


def test_a_curve_is_refused_in_words_where_all_must_be_shapes():
    # A GEOS older than 3.13 does not know the word and says so itself.
    with pytest.raises((ReadError, shapely.GEOSException), match=r"straight edges|nknown"):
        from_wkt([CURVE], on_invalid="raise")
    with pytest.raises((ReadError, shapely.GEOSException), match=r"straight edges|nknown"):
        from_wkb([CURVE_BYTES], what="a test")


def test_an_extent_that_is_a_curve_is_none():
    assert shape_of_text("CURVEPOLYGON (CIRCULARSTRING (0 0, 1 1, 2 0, 1 -1, 0 0))") is None
