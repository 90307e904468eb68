"""Distance surfaces, cell by cell, against brute force."""

from __future__ import annotations

import geopandas as gpd
import layers as hard
import numpy as np
import oracle
import pytest
import shapely

import geoops as go
from geoops.core.errors import CoordinateError, InputError
from geoops.proximity import surface


@pytest.mark.parametrize("edges", ["geodesic", "planar"])
def test_cells_are_exact_to_a_metre(edges):
    rng = np.random.default_rng(12)
    layer = np.concatenate([hard.lines(rng, 2, (39, 34, 41, 36), 0.5), hard.areas(rng, 1, (39, 34, 41, 36), 0.6)])
    grid = go.distance_surface(gpd.GeoSeries(layer, crs=4326), region=(39, 34, 41, 36), cell_deg=0.5, edges=edges)
    assert grid.dims == ("y", "x")
    assert grid.shape == (4, 4)
    assert grid.dtype == np.float32
    assert np.allclose(grid.x, [39.25, 39.75, 40.25, 40.75])
    assert np.allclose(grid.y, [35.75, 35.25, 34.75, 34.25])
    assert grid.rio.crs.to_epsg() == 4326
    assert grid.attrs["units"] == "m"
    assert grid.attrs["edges"] == edges
    for y in grid.y.values:
        for x in grid.x.values:
            truth = min(oracle.point_distance_m((x, y), g, edges) for g in layer)
            assert abs(float(grid.sel(x=x, y=y)) - truth) < 1.0


def test_far_cells_are_exact_too():
    line = shapely.LineString([(10.0, 50.0), (20.0, 55.0)])
    grid = go.distance_surface(gpd.GeoSeries([line], crs=4326), region=(-180, -90, 180, 90), cell_deg=45.0)
    for y in grid.y.values:
        for x in grid.x.values:
            truth = oracle.point_distance_m((x, y), line, "geodesic")
            assert abs(float(grid.sel(x=x, y=y)) - truth) < 1.5  # a float32 of 19,000 km has a grain of 1 m


def test_blocks_do_not_show(monkeypatch):
    rng = np.random.default_rng(1)
    layer = gpd.GeoSeries(hard.lines(rng, 20, hard.BOXES["middle"], 0.5), crs=4326)
    options = {"region": (35, 29, 49, 38), "cell_deg": 0.5}
    whole = go.distance_surface(layer, **options)
    monkeypatch.setattr(surface, "_BLOCK_CELLS", 60)
    assert np.array_equal(whole.values, go.distance_surface(layer, **options).values)


def test_cells_inside_areas_are_at_nothing_even_on_odd_shapes():
    cap = shapely.Polygon([(lon, 70.0) for lon in range(-180, 180, 30)])
    box = shapely.box(0, 0, 20, 20)
    over = shapely.Polygon([(170, -10), (-170, -10), (-170, 10), (170, 10)])
    grid = go.distance_surface(gpd.GeoSeries([cap, box, over], crs=4326), region=(-180, -90, 180, 90), cell_deg=5.0)
    for x, y in ((2.5, 82.5), (-92.5, 87.5), (12.5, 12.5), (177.5, 2.5), (-177.5, -2.5)):
        assert float(grid.sel(x=x, y=y)) == 0.0
    for x, y in ((22.5, 12.5), (2.5, 62.5), (162.5, 2.5), (-162.5, 2.5)):
        assert float(grid.sel(x=x, y=y)) > 100_000.0


def test_points_close_to_an_outline_fall_on_the_right_side_of_the_geodesic():
    """A long northern edge: cells between the chord in degrees and the geodesic are inside."""
    area = gpd.GeoSeries([shapely.Polygon([(0, 50), (40, 50), (40, 60), (0, 60)])], crs=4326)
    grid = go.distance_surface(area, region=(19.5, 59.5, 20.5, 62.5), cell_deg=0.05)
    at = oracle.walker((40.0, 60.0), (0.0, 60.0), "geodesic")
    crest = at(0.5)[1]
    column = grid.sel(x=20.0, method="nearest")
    assert (column.sel(y=slice(crest - 0.03, 59.0)) == 0.0).all()
    assert (column.sel(y=slice(63.0, crest + 0.03)) > 0.0).all()


def test_an_empty_layer_is_nowhere_near():
    grid = go.distance_surface(gpd.GeoSeries([], crs=4326), region=(0, 0, 1, 1), cell_deg=0.5)
    assert np.isinf(grid.values).all()


@pytest.mark.parametrize("cell", [0, -1, float("nan"), "small", None])
def test_cells_that_are_none_are_refused(cell):
    with pytest.raises(InputError, match="cell_deg"):
        go.distance_surface([(40, 35)], region=(39, 34, 41, 36), cell_deg=cell)


def test_too_many_cells_and_regions_that_are_none_are_refused():
    with pytest.raises(InputError, match="larger cells"):
        go.distance_surface([(40, 35)], region=(-180, -90, 180, 90), cell_deg=1e-4)
    with pytest.raises(CoordinateError):
        go.distance_surface([(40, 35)], region=(41, 34, 39, 36), cell_deg=0.1)
