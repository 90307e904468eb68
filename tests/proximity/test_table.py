"""What the proximity table promises: rows, order, labels, statuses, and clear words for bad input."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import oracle
import pandas as pd
import pytest
import shapely

import geoops as go
from geoops.core.errors import CoordinateError, CrsError, InputError
from geoops.core.schema import NEAREST_COLUMNS

LAYER = gpd.GeoDataFrame(
    {"name": ["north", "east", None], "id": ["n", "e", "x"]},
    geometry=[shapely.Point(40, 36), shapely.Point(41, 35), shapely.Point(40, 33)],
    index=["N", "E", "X"],
    crs=4326,
)


def test_columns_index_order_names_and_labels():
    sites = gpd.GeoDataFrame(
        {"name": ["B", "A"]}, geometry=gpd.points_from_xy([40, 40], [35.2, 33.1]), crs=4326, index=[9, 4]
    )
    table = go.nearest(sites, LAYER, k=2)
    assert tuple(table.columns[: len(NEAREST_COLUMNS)]) == NEAREST_COLUMNS
    assert table.index.tolist() == table["site"].tolist() == [9, 9, 4, 4]
    assert table["site_name"].tolist() == ["B", "B", "A", "A"]
    assert table["feature"].tolist() == ["N", "E", "X", "E"]
    assert table["feature_name"].tolist() == ["north", "east", None, "east"]
    assert table["rank"].tolist() == [1, 2, 1, 2]
    assert (table["status"] == "found").all()
    assert table.crs == "EPSG:4326"
    assert {"edges", "layer", "method", "error"} <= set(table.attrs)


def test_a_site_that_finds_nothing_keeps_its_row_and_says_why():
    sites = gpd.GeoSeries([shapely.Point(40, 35), None, shapely.Point(0, 0), shapely.Point()], crs=4326)
    table = go.nearest(sites, LAYER, max_km=200.0)
    assert table["status"].tolist() == ["found", "not_found", "none_within", "not_found"]
    assert table["site"].tolist() == [0, 1, 2, 3]
    assert table["feature"].isna().tolist() == [False, True, True, True]
    assert table["distance_km"].isna().tolist() == [False, True, True, True]
    assert table.geometry.isna().tolist() == [False, True, True, True]
    empty = go.nearest(sites, LAYER.iloc[:0])
    assert empty["status"].tolist() == ["empty_layer", "not_found", "empty_layer", "not_found"]
    nothing = go.nearest(sites, gpd.GeoSeries([None, shapely.Point()], crs=4326))
    assert nothing["status"].tolist() == ["empty_layer", "not_found", "empty_layer", "not_found"]


def test_no_sites_give_no_rows():
    table = go.nearest(gpd.GeoSeries([], crs=4326), LAYER)
    assert len(table) == 0
    assert set(NEAREST_COLUMNS) <= set(table.columns)


def test_max_km_is_inclusive_and_exact():
    metres = oracle.inverse_m(40, 35, 40, 36)
    assert go.nearest([(40, 35)], LAYER.iloc[:1], max_km=(metres + 0.01) / 1e3)["status"].tolist() == ["found"]
    assert go.nearest([(40, 35)], LAYER.iloc[:1], max_km=(metres - 0.01) / 1e3)["status"].tolist() == ["none_within"]


def test_more_neighbours_than_features_give_those_that_there_are():
    table = go.nearest([(40, 35), (41, 36)], LAYER, k=10)
    assert len(table) == 6
    assert table.groupby("site")["distance_km"].apply(lambda d: d.is_monotonic_increasing).all()


def test_the_connecting_line_is_the_geodesic():
    table = go.nearest([(40.0, 35.0)], gpd.GeoSeries([shapely.Point(45, 38)], crs=4326))
    line = table.geometry.iloc[0]
    assert line.coords[0] == (40.0, 35.0)
    assert line.coords[-1] == (45.0, 38.0)
    inverse = oracle.WGS84.Inverse(35, 40, 38, 45)
    assert abs(table["bearing_deg"].iloc[0] - inverse["azi1"] % 360) < 1e-9
    assert abs(table["distance_km"].iloc[0] * 1e3 - inverse["s12"]) < 1e-6
    for lon, lat in line.coords[1:-1]:
        assert abs(oracle.inverse_m(40, 35, lon, lat) + oracle.inverse_m(lon, lat, 45, 38) - inverse["s12"]) < 1e-6
    assert go.nearest([(40.0, 35.0)], LAYER, with_lines=False).geometry.isna().all()


def test_a_line_over_the_antimeridian_is_one_short_line():
    line = go.nearest([(179.9, 0.0)], gpd.GeoSeries([shapely.Point(-179.9, 0.5)], crs=4326)).geometry.iloc[0]
    assert line.geom_type == "LineString"
    assert line.bounds[2] - line.bounds[0] < 0.3


def test_at_distance_zero_there_is_no_line_and_no_bearing():
    table = go.nearest([(40.0, 36.0)], LAYER)
    assert table["distance_km"].iloc[0] == 0.0
    assert np.isnan(table["bearing_deg"].iloc[0])
    assert table.geometry.iloc[0] is None


def test_a_projected_table_is_transformed_and_one_without_a_crs_refused():
    degrees = go.nearest([(40.0, 35.0)], LAYER)["distance_km"].iloc[0]
    metres = go.nearest([(40.0, 35.0)], LAYER.to_crs(32638))["distance_km"].iloc[0]
    assert abs(degrees - metres) < 1e-6
    with pytest.raises(CrsError, match="no CRS"):
        go.nearest(gpd.GeoSeries([shapely.Point(40, 35)]), LAYER)
    with pytest.raises(CrsError, match="no CRS"):
        go.nearest([(40, 35)], gpd.GeoSeries([shapely.Point(40, 35)]))


@pytest.mark.parametrize("point", [(np.nan, 35.0), (np.inf, 35.0), (40.0, 95.0)])
def test_coordinates_that_are_none_are_refused(point):
    with pytest.raises(CoordinateError):
        go.nearest([point], LAYER)
    if np.isfinite(point).all():
        with pytest.raises(CoordinateError):
            go.nearest([(40, 35)], gpd.GeoSeries([shapely.Point(point)], crs=4326))


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"k": 0}, "k=0"), ({"k": 1.5}, "k=1.5"), ({"k": True}, "k=True"), ({"max_km": -1}, "max_km=-1"),
        ({"max_km": float("nan")}, "max_km"), ({"max_km": "far"}, "max_km"), ({"edges": "rhumb"}, "edges='rhumb'"),
    ],
)  # fmt: skip
def test_options_that_are_none_are_refused_with_what_came(options, word):
    with pytest.raises(InputError, match=word):
        go.nearest([(40, 35)], LAYER, **options)


def test_a_grid_or_an_unknown_layer_is_refused(tmp_path):
    from geoops.core.errors import UnknownLayerError

    with pytest.raises(UnknownLayerError):
        go.nearest([(40, 35)], "no such layer")
    import rioxarray  # noqa: F401
    import xarray as xr

    grid = xr.DataArray(np.zeros((2, 2)), dims=("y", "x"), coords={"y": [36.0, 35.0], "x": [40.0, 41.0]})
    grid.rio.write_crs(4326).rio.to_raster(tmp_path / "grid.tif")
    with pytest.raises(InputError, match="grid"):
        go.nearest([(40, 35)], tmp_path / "grid.tif")


def test_a_file_is_a_layer(tmp_path):
    LAYER.to_file(tmp_path / "three.gpkg", driver="GPKG")
    table = go.nearest([(40.0, 35.0)], tmp_path / "three.gpkg")
    assert table["feature_name"].tolist() == ["east"]
    assert table.attrs["layer"] == "three"


def test_invalid_and_mixed_geometries_and_collections_are_measured():
    bow = shapely.Polygon([(40, 35), (41, 36), (41, 35), (40, 36)])  # crosses itself
    mixed = gpd.GeoSeries(
        [bow, shapely.GeometryCollection([shapely.Point(50, 50), shapely.LineString([(0, 0), (1, 1)])])], crs=4326
    )
    table = go.nearest([(40.2, 35.5), (0.5, 0.6)], mixed)
    assert table["feature"].tolist() == [0, 1]
    assert table["distance_km"].iloc[0] == 0.0
    assert 0 < table["distance_km"].iloc[1] < 10


def test_index_with_two_levels_is_kept():
    index = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])
    sites = gpd.GeoDataFrame(geometry=gpd.points_from_xy([40, 41], [35, 35]), crs=4326, index=index)
    table = go.nearest(sites, LAYER)
    assert table.index.tolist() == [("a", 1), ("b", 2)]
    assert table["site"].tolist() == [("a", 1), ("b", 2)]
