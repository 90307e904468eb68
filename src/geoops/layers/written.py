"""A layer onto disk, and what the catalogue states of what was written: counts, bounds, checksums, uncertainty.

Both builds stand on this: that of the embedded layers (`build.py`) and that of a region (`region.py`).
"""

from __future__ import annotations

import hashlib
import inspect
import math
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import geopandas as gpd

from geoops.core.writing import write_raster
from geoops.layers.inputs import sha256_of
from geoops.layers.recipes import Grid
from geoops.layers.store import write_features

__all__ = ["bounds_of", "code_of", "digest", "files_hold", "write_grids", "write_layer"]


def write_layer(
    root: Path, name: str, layer: gpd.GeoDataFrame, *, rows_a_group: int = 1024, parts: int = 1
) -> dict[str, Any]:
    """
    Write features in one file or several, and state what was written.

    Parameters
    ----------
    root
        The folder of the catalogue; the files stand in its `data`.
    name
        The layer's name.
    layer
        From `geoops.layers.store.as_layer`.
    rows_a_group, parts
        Rows of a row group, and into how many files the rows are split along their order.
    """
    size = math.ceil(len(layer) / parts)
    files = []
    for number in range(parts):
        piece = layer.iloc[number * size : (number + 1) * size]
        path = f"data/{name}.parquet" if parts == 1 else f"data/{name}_{number + 1}.parquet"
        write_features(root / path, piece, row_group_size=rows_a_group)
        files.append(_file(root, path, region=bounds_of(piece)))
    kinds = sorted(layer.geometry.geom_type.unique())
    return {
        "geometry": "/".join(dict.fromkeys(k.removeprefix("Multi") for k in kinds)).lower(),
        "count": len(layer),
        "region": bounds_of(layer),
        "uncertainty_m": float(layer["uncertainty_m"].median()),
        "uncertainty_m_p95": float(layer["uncertainty_m"].quantile(0.95)),
        "columns": [c for c in layer.columns if c != "geometry"],
        "files": files,
    }


def write_grids(root: Path, name: str, grids: tuple[Grid, ...]) -> dict[str, Any]:
    """Write the grids of a layer, the one that covers most first, and state what was written."""
    files = []
    for grid in grids:
        path = f"data/{name}{grid.suffix}.tif"
        nodata = 255.0 if grid.dtype == "uint8" else None
        write_raster(root / path, grid.values, dtype=grid.dtype, nodata=nodata)
        files.append(_file(root, path, cell_deg=grid.cell_deg, **grid.facts))
    rows, columns = grids[0].values.shape
    return {"geometry": "raster", "count": rows * columns, "region": files[0]["region"], "files": files}


def _file(root: Path, path: str, **facts: Any) -> dict[str, Any]:
    """A file's entry."""
    place = root / path
    return {"path": path, "bytes": place.stat().st_size, "sha256": sha256_of(place), **facts}


def files_hold(root: Path, entry: Mapping[str, Any]) -> bool:
    """Whether the files that an entry lists are there and unchanged."""
    return all(
        (root / part["path"]).is_file() and sha256_of(root / part["path"]) == part["sha256"] for part in entry["files"]
    )


def bounds_of(frame: gpd.GeoDataFrame) -> list[float]:
    """The bounds of features, rounded outward to a hundredth of a degree."""
    west, south, east, north = frame.total_bounds.tolist()
    return [
        math.floor(west * 100) / 100,
        math.floor(south * 100) / 100,
        math.ceil(east * 100) / 100,
        math.ceil(north * 100) / 100,
    ]


def digest(*parts: bytes) -> str:
    """One short mark of many pieces of content."""
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()[:20]


def code_of(*modules: ModuleType) -> list[bytes]:
    """The text of the modules that a layer is made with."""
    return [Path(inspect.getfile(module)).read_bytes() for module in modules]
