"""Kinds of ground: what a land cover or a climate says of how fast a vehicle gets on beside the roads.

A land cover counts where it tells something; elsewhere the climate zone tells desert and steppe, and no more is read
into it. Their speeds are rows of the table (`[MODE.kind]`); a kind without a row has the speed of open ground.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from geoops.core.units import pace_from_speed
from geoops.corridors.speeds import SpeedTable
from geoops.layers.sources.rasters import WORLDCOVER_CLASSES

__all__ = ["kind_paces", "kinds_of"]

# The first word that a class's name has decides. Climates of woodland tell nothing: they are forest, field and town.
_WORDS = {
    "sand": "sand", "dune": "sand", "erg": "sand", "sabkha": "salt", "salt": "salt", "playa": "salt", "water": "water",
    "lake": "water", "wetland": "wetland", "marsh": "wetland", "swamp": "wetland", "mangrove": "wetland", "snow": "snow",
    "ice": "snow", "glacier": "snow", "tree": "forest", "forest": "forest", "wood": "forest", "crop": "cropland",
    "farm": "cropland", "built": "built", "urban": "built", "gravel": "desert", "bare": "desert", "desert": "desert",
    "steppe": "steppe", "shrub": "steppe", "grass": "steppe", "bwh": "desert", "bwk": "desert", "bsh": "steppe",
    "bsk": "steppe", "ef": "snow",
}  # fmt: skip


def kinds_of(classes: Mapping[Any, Any]) -> dict[int, str]:
    """The kind of ground of each class by its name; classes that say nothing of it are missing."""
    kinds = {}
    for number, name in classes.items():
        found = (kind for word, kind in _WORDS.items() if re.search(rf"\b{word}", str(name).lower()))
        kind = next(found, None)
        if kind is not None:
            kinds[int(number)] = kind
    return kinds


def kind_paces(
    grid: xr.DataArray, themes: Mapping[str, Any], table: SpeedTable, pace: NDArray[np.float64]
) -> list[str]:
    """Put the paces of kinds of ground into a grid of that of open ground; a sentence on what was taken, if anything."""
    kinds = np.full(grid.shape, "", dtype="U8")
    told = []
    for theme, title in (("climate", "climate zones"), ("land_cover", "land cover")):
        if theme not in themes:
            continue
        source = themes[theme]
        entry = source.attrs.get("layer", {})
        stated = entry.get("classes") if isinstance(entry, Mapping) else None
        values = _classes_on(grid, source)
        for number, kind in kinds_of(stated or WORLDCOVER_CLASSES).items():
            kinds[values == number] = kind
        told.append(title)
    parts = []
    for kind in sorted(set(np.unique(kinds)) - {""}):
        row = table.rows.get(("kind", str(kind)))
        if kind == "water":
            pace[kinds == kind] = np.inf
        elif row is not None:
            pace[kinds == kind] = pace_from_speed(row.best)
            parts.append(f"{kind} {row.best:g}")
    return [f"Ground by {' and '.join(told)}, km/h: {', '.join(parts)}."] if parts else []


def _classes_on(grid: xr.DataArray, source: xr.DataArray) -> NDArray[np.float64]:
    """Class numbers at the grid's cells: the commonest of finer cells, the nearest of coarser ones; 0 beyond them."""
    import rioxarray  # noqa: F401  registers the accessor
    from rasterio.enums import Resampling

    finer = (
        abs(float(source.x[1] - source.x[0])) < 0.6 * abs(float(grid.x[1] - grid.x[0]))
        if grid.x.size > 1 and source.x.size > 1 and source.rio.crs == grid.rio.crs
        else source.rio.crs != grid.rio.crs
    )
    numbers = source.fillna(0) if source.dtype.kind == "f" else source
    matched = numbers.astype("int16").rio.write_nodata(0).rio.reproject_match(
        grid, resampling=Resampling.mode if finer else Resampling.nearest, nodata=0
    )  # fmt: skip
    return np.asarray(matched.values, dtype=np.float64)
