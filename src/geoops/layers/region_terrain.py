"""Heights of a region: a model of the user's own laid into the world's, and how far it is from the airports' elevations.

A figure of a region reaches a little beyond it, and a model has gaps: there the base's heights stand, at the model's cells, so
that one grid covers all that is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rioxarray  # noqa: F401  registers the accessor
import xarray as xr

from geoops.core.geodesy import Region
from geoops.core.schema import WGS84
from geoops.layers.recipes import Grid
from geoops.layers.sources.terrain import airport_errors

__all__ = ["airport_facts", "fused"]

_FEWEST_AIRPORTS = 3


def fused(model: xr.DataArray, world: Sequence[Grid], box: Region) -> tuple[xr.DataArray, float]:
    """
    The model on its own cells over the box, with the world's heights, bilinear, where it has none.

    Parameters
    ----------
    model
        Dims (y, x), north first, cell centres in degrees, NaN in gaps.
    world
        Grids of which the finest that covers the box is taken.
    box
        (west, south, east, north): the cells that lie in it.

    Returns
    -------
    tuple
        The grid, and the share of its cells that the world filled.
    """
    x, y = _reaching(model.x.values, box[0], box[2]), _reaching(model.y.values[::-1], box[1], box[3])[::-1]
    covering = [g for g in world if _covers(g.facts["region"], box)] or list(world[:1])
    coarse = min(covering, key=lambda grid: grid.cell_deg).values
    rough = coarse.interp(x=x, y=y, method="linear", kwargs={"fill_value": np.nan})
    near = coarse.sel(x=xr.DataArray(x, dims="x"), y=xr.DataArray(y, dims="y"), method="nearest")
    values = np.where(np.isfinite(rough.values), rough.values, near.values)  # the outermost half cell
    column = round(float((model.x.values[0] - x[0]) / (x[1] - x[0])))
    row = round(float((y[0] - model.y.values[0]) / (y[0] - y[1])))
    part = values[row : row + model.sizes["y"], column : column + model.sizes["x"]]
    known = np.isfinite(model.values)
    part[known] = model.values[known]
    grid: xr.DataArray = xr.DataArray(values, dims=("y", "x"), coords={"y": y, "x": x}).rio.write_crs(WGS84)
    return grid, round(1.0 - float(known.sum()) / values.size, 4)


def _covers(outer: Sequence[float], inner: Region) -> bool:
    """Whether one region holds another."""
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]


def _reaching(centres: np.ndarray, low: float, high: float) -> np.ndarray:
    """Evenly spaced cell centres, rising, continued as far as whole cells lie between two bounds."""
    step = float(centres[1] - centres[0])
    before = max(0, int(np.floor((float(centres[0]) - step / 2 - low) / step + 1e-6)))
    after = max(0, int(np.floor((high - float(centres[-1]) - step / 2) / step + 1e-6)))
    return np.asarray(float(centres[0]) + step * np.arange(-before, len(centres) + after))


def airport_facts(grid: xr.DataArray, airports: gpd.GeoDataFrame | None) -> dict[str, Any]:
    """How far heights are from the airports' elevations, on which they were not made; nothing where there are too few."""
    if airports is None or len(airports) == 0 or "elevation_m" not in airports:
        return {}
    high = pd.to_numeric(airports["elevation_m"], errors="coerce").to_numpy(dtype=float)
    errors = np.abs(airport_errors(grid, airports.geometry.x.to_numpy(), airports.geometry.y.to_numpy(), high))
    if len(errors) < _FEWEST_AIRPORTS:
        return {}
    middle, most = float(np.median(errors)), float(np.percentile(errors, 90))
    return {
        "airports": len(errors),
        "median_abs_error_m": round(middle, 1),
        "p90_abs_error_m": round(most, 1),
        "accuracy": (
            f"against the elevations of {len(errors)} airports: median error {middle:.0f} m, 90 % within {most:.0f} m"
        ),
    }
