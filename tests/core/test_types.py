"""Friction and Corridor: what they refuse, and that they carry what the maps draw."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
import rioxarray  # noqa: F401
import shapely
import xarray as xr

from geoops.core.errors import CrsError, InputError
from geoops.core.types import Corridor, Friction


def pace(values, crs="EPSG:4326"):
    rows, columns = np.shape(values)
    grid = xr.DataArray(
        np.asarray(values, float),
        dims=("y", "x"),
        coords={"y": 36 - 0.1 * np.arange(rows), "x": 40 + 0.1 * np.arange(columns)},
    )
    return grid if crs is None else grid.rio.write_crs(crs)


def test_friction_knows_its_grid():
    friction = Friction(pace([[1.0, np.inf, np.nan], [2.0, 0.5, 1.0]]))
    assert friction.shape == (2, 3)
    assert friction.crs.to_epsg() == 4326
    with pytest.raises(dataclasses.FrozenInstanceError):
        friction.pace = None


@pytest.mark.parametrize("value", [0.0, -1.0, -np.inf])
def test_a_pace_that_is_not_positive_is_refused_with_its_cell(value):
    with pytest.raises(InputError, match=r"row 1, column 2 \(1 such cells\)"):
        Friction(pace([[1.0, 1.0, 1.0], [1.0, 1.0, value]]))


def test_what_is_no_grid_is_refused():
    with pytest.raises(InputError, match="ndarray came"):
        Friction(np.ones((2, 2)))
    with pytest.raises(InputError, match="isel"):
        Friction(xr.DataArray(np.ones((2, 2, 2))))
    with pytest.raises(CrsError, match="write_crs"):
        Friction(pace([[1.0]], crs=None))
    with pytest.raises(InputError, match="no cells"):
        Friction(pace(np.ones((0, 3))))
    with pytest.raises(InputError, match=r"shape \(2, 3\); shape \(3, 3\) came"):
        Friction(pace(np.ones((2, 3))), elevation=pace(np.ones((3, 3))))


def corridor(**kwargs):
    defaults = {
        "origin_name": "A", "destination_name": "B", "hours": 1.5, "distance_km": 80.0, "slack": 0.1,
        "extra_h": pace([[0.1]]), "polygon": shapely.MultiPolygon([shapely.box(0, 0, 1, 1)]),
        "route": shapely.LineString([(0, 0), (1, 1)]),
    }  # fmt: skip
    return Corridor(**{**defaults, **kwargs})


def test_a_corridor_as_a_row():
    crossings = gpd.GeoDataFrame({"name": ["Rabia", "Semalka"]}, geometry=[shapely.Point(0, 0)] * 2, crs=4326)
    row = corridor(crossings=crossings, mode="vehicle").to_frame()
    assert corridor().name == "A to B"
    assert row.crs.to_epsg() == 4326
    assert row.iloc[0][["origin", "destination", "mode", "hours", "distance_km", "crossings"]].to_list() == [
        "A", "B", "vehicle", 1.5, 80.0, "Rabia; Semalka",
    ]  # fmt: skip
    assert row.geometry.iloc[0].length == pytest.approx(2**0.5)


def test_a_corridor_without_a_way_keeps_its_row():
    row = corridor(hours=np.inf, route=shapely.LineString(), status="no_path", reason="water").to_frame()
    assert row.geometry.iloc[0] is None
    assert row["reason"].iloc[0] == "water"
    assert row["crossings"].iloc[0] == ""


@pytest.mark.parametrize("values", [np.full((2, 2), "fast"), np.full((2, 2), 1.0, dtype=object), np.full((2, 2), 1j)])
def test_a_pace_of_no_numbers_is_refused_with_the_remedy(values):
    with pytest.raises(InputError, match=r"astype\(float\)"):
        Friction(xr.DataArray(values, dims=("y", "x")).rio.write_crs(4326))


@pytest.mark.parametrize("dims", [("x", "y"), ("lon", "lat"), ("Longitude", "Latitude")])
def test_a_pace_that_lies_on_its_side_is_refused_with_the_remedy(dims):
    with pytest.raises(InputError, match=r"transpose\("):
        Friction(xr.DataArray(np.ones((2, 3)), dims=dims))
