"""What counts as sites and features, what is refused, and that no row is ever lost."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoops.core import schema
from geoops.core.errors import CoordinateError, CrsError, InputError, SchemaError
from geoops.core.reading import read_vector

POINT = shapely.Point(40.14, 35.33)


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ((40.14, 35.33), 1),
        ([40.14, 35.33], 1),
        ([(40.14, 35.33), (44.4, 35.5)], 2),
        (np.array([[40.14, 35.33], [44.4, 35.5]]), 2),
        (POINT, 1),
        ([POINT, (44.4, 35.5), None], 3),
        (gpd.GeoSeries([POINT], crs=4326), 1),
        (gpd.GeoDataFrame(geometry=[POINT], crs=4326), 1),
        (None, 1),
        ([], 0),
    ],
)
def test_everything_that_counts_as_sites_becomes_a_table_of_sites(given, count):
    sites = schema.as_sites(given)
    assert len(sites) == count
    assert tuple(sites.columns) == schema.SITE_COLUMNS
    assert sites.crs == schema.WGS84
    if count and given is not None:
        assert sites.geometry.iloc[0].equals_exact(POINT, 1e-9)


def test_defaults_say_no_more_than_the_input_did():
    sites = schema.as_sites([POINT, None])
    assert list(sites["status"]) == ["resolved", "not_found"]
    assert list(sites["uncertainty_m"]) == [0.0, 0.0]
    assert list(sites["score"]) == [1.0, 0.0]
    assert list(sites["name"]) == ["0", "1"]
    assert sites["extent"].isna().all()
    assert list(sites["alternatives"]) == [[], []]


def test_index_order_columns_and_the_callers_table_are_kept():
    frame = gpd.GeoDataFrame(
        {"note": ["x", "y"], "name": ["b", "a"], "uncertainty_m": [5000, None]},
        geometry=[POINT, shapely.Point(1, 2)], index=[7, 3], crs=4326,
    )  # fmt: skip
    frame.attrs["layer"] = {"name": "sites"}
    before = frame.copy()
    sites = schema.as_sites(frame)
    assert list(sites.index) == [7, 3]
    assert list(sites["name"]) == ["b", "a"]
    assert list(sites["query"]) == ["b", "a"]
    assert list(sites["note"]) == ["x", "y"]
    assert list(sites["uncertainty_m"]) == [5000.0, 0.0]
    pd.testing.assert_frame_equal(frame, before)
    assert schema.as_features(frame).attrs == {"layer": {"name": "sites"}}


def test_an_extent_in_another_crs_comes_into_degrees():
    area = gpd.GeoSeries([shapely.box(40, 35, 41, 36)], crs=4326)
    frame = gpd.GeoDataFrame({"extent": area.to_crs(3857)}, geometry=[POINT], crs=4326)
    assert schema.as_sites(frame)["extent"].iloc[0].equals_exact(area.iloc[0], 1e-9)
    plain = gpd.GeoDataFrame({"extent": pd.Series([area.iloc[0]], dtype=object)}, geometry=[POINT], crs=4326)
    assert schema.as_sites(plain)["extent"].crs == schema.WGS84


def test_a_projected_table_is_brought_into_degrees():
    utm = gpd.GeoDataFrame(geometry=[POINT], crs=4326).to_crs(32637)
    assert schema.as_sites(utm).geometry.iloc[0].equals_exact(POINT, 1e-9)


def test_another_name_of_the_geometry_column_is_understood():
    frame = gpd.GeoDataFrame({"geometry": ["text"], "where": [POINT]}, geometry="where", crs=4326)
    features = schema.as_features(frame)
    assert features.geometry.name == "geometry"
    assert features.geometry.iloc[0].equals(POINT)


@pytest.mark.parametrize("bad", ["Kirkuk", 5, {"lon": 1}, [("a", "b")], [(1, 2, 3)], b"x"])
def test_what_is_no_place_is_refused_with_what_was_expected(bad):
    with pytest.raises(InputError, match=r"sites: expected Sites, a GeoDataFrame"):
        schema.as_sites(bad)


def test_a_table_without_a_crs_or_geometry_is_refused_with_the_remedy():
    with pytest.raises(CrsError, match="set_crs"):
        schema.as_sites(gpd.GeoDataFrame(geometry=[POINT]))
    with pytest.raises(SchemaError, match="set_geometry"):
        schema.as_sites(gpd.GeoDataFrame({"a": [1]}))


UNDEFINED = """GEOGCS["Undefined geographic SRS",DATUM["unknown",SPHEROID["unknown",6378137,298.257223563]],
PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]"""


def test_a_crs_that_says_it_is_undefined_is_none(tmp_path):
    """What GeoPackage keeps for a layer without one, as older GDAL reads it."""
    table = gpd.GeoDataFrame({"a": [1]}, geometry=[POINT], crs=UNDEFINED)
    with pytest.raises(CrsError, match="set_crs"):
        schema.as_sites(table)
    table.to_file(tmp_path / "bare.fgb")
    with pytest.raises(CrsError, match="states no CRS"):
        read_vector(tmp_path / "bare.fgb")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_coordinate_that_is_not_finite_is_refused(value):
    with pytest.raises(CoordinateError, match="not finite"):
        schema.as_sites((value, 35.0))
    with np.errstate(invalid="ignore"):
        bad = shapely.LineString([(0, 0), (value, 1)])
    line = gpd.GeoSeries([shapely.LineString([(0, 0), (1, 1)]), bad], crs=4326)
    with pytest.raises(CoordinateError, match="row 1 "):
        schema.as_features(line)


def test_coordinates_out_of_range_are_refused_and_the_likely_cause_named():
    with pytest.raises(CoordinateError, match="swapped"):
        schema.as_sites((35.0, 140.0))
    with pytest.raises(CoordinateError, match="metres, not degrees"):
        schema.as_sites((4468000.0, 4212000.0))
    with pytest.raises(CoordinateError, match=r"±90 degrees$"):
        schema.as_sites((200.0, 95.0))
    with pytest.raises(CoordinateError):
        schema.as_sites((400.0, 5.0))
    assert len(schema.as_sites((200.0, 5.0))) == 1  # a longitude beyond 180 is the same place once more round


@pytest.mark.parametrize("radius", [-1.0, float("inf")])
def test_an_absurd_uncertainty_is_refused(radius):
    frame = gpd.GeoDataFrame({"uncertainty_m": [radius]}, geometry=[POINT], crs=4326)
    with pytest.raises(InputError, match="uncertainty_m"):
        schema.as_sites(frame)


def test_site_points_lie_inside_what_they_stand_for():
    horseshoe = shapely.Polygon([(0, 0), (10, 0), (10, 10), (8, 10), (8, 2), (2, 2), (2, 10), (0, 10)])
    sites = schema.as_sites([horseshoe, POINT, None, shapely.Point()])
    points = schema.site_points(sites)
    assert points.iloc[0].within(horseshoe)
    assert points.iloc[1].equals(POINT)
    assert points.iloc[2] is None
    assert points.iloc[3].is_empty


def test_the_layer_contract_is_checked():
    layer = schema.empty_layer(capacity_mw=float)
    schema.check_layer(layer)
    assert set(layer.columns) == {*schema.LAYER_COLUMNS, "capacity_mw"}
    with pytest.raises(SchemaError, match="lacks source, licence"):
        schema.check_layer(layer.drop(columns=["licence", "source"]))
    with pytest.raises(CrsError, match="EPSG:4326"):
        schema.check_layer(layer.to_crs(3857))
    twice = gpd.GeoDataFrame(
        {c: ["a", "a"] for c in schema.LAYER_COLUMNS if c != "geometry"}, geometry=[POINT] * 2, crs=4326
    )
    with pytest.raises(SchemaError, match="stand twice: a"):
        schema.check_layer(twice)


def test_an_uncertainty_that_is_no_number_and_an_extent_that_is_no_shape_are_refused_by_row():
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy([40, 41], [35, 35]), crs=4326, index=np.array([10, 20]))
    with pytest.raises(InputError, match="row 20 has about 5 km"):
        schema.as_sites(frame.assign(uncertainty_m=[5, "about 5 km"]))
    with pytest.raises(InputError, match=r"row 10 has -5\.0"):
        schema.as_sites(frame.assign(uncertainty_m=-5.0))
    with pytest.raises(InputError, match=r"extent holds shapely geometries.*row 20"):
        schema.as_sites(frame.assign(extent=[np.nan, "40 km"]))
    assert schema.as_sites(frame.assign(uncertainty_m=["5", None]))["uncertainty_m"].tolist() == [5.0, 0.0]
