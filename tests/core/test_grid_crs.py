"""A raster's CRS is written as rioxarray writes it, and without importing rioxarray."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import rasterio
import rioxarray  # noqa: F401  the oracle
import xarray as xr
from rasterio.transform import from_origin

from geoops.core.raster_files import read_raster


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32638"])
def test_a_crs_is_written_as_rioxarray_writes_it(tmp_path, crs):
    path = tmp_path / "x.tif"
    values = np.arange(12, dtype="float32").reshape(3, 4)
    shape = {"height": 3, "width": 4, "count": 1, "dtype": "float32"}
    with rasterio.open(
        path, "w", driver="GTiff", crs=crs, transform=from_origin(40.0, 36.0, 0.5, 0.5), **shape
    ) as file:
        file.write(values, 1)
        stated = file.crs
    grid = read_raster(path)
    bare = xr.DataArray(values, dims=("y", "x"), coords={"y": grid.y.values, "x": grid.x.values})
    theirs = bare.rio.write_crs(stated)
    assert grid.spatial_ref.attrs == theirs.spatial_ref.attrs
    assert grid.encoding == theirs.encoding
    assert grid.identical(theirs.astype("float64"))
    assert grid.rio.crs == stated


def test_a_layer_is_read_without_rioxarray():
    code = "import sys, geoops as go; go.layer('terrain', region=(40, 35, 41, 36)); print('rioxarray' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
