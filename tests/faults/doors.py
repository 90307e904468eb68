"""The doors that a file can come in by, each as a call that gives back what can be compared: rows, places, words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shapely

import geoops as go
from geoops.core.archives import gunzipped, unpacked
from geoops.core.raster_files import read_raster
from geoops.core.tables import table_chunks
from geoops.layers.sources.osm_pbf import read as read_osm

__all__ = ["Result", "door_of"]

Result = dict[str, Any]
"""`rows` and `digest` for comparison, `sane` (finite and in range), `words` (all text), `values` (of a raster)."""


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _table(table: Any) -> Result:
    """Features: how many rows, where, and all of their words."""
    shapes = table.geometry.to_numpy()
    there = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))] if len(shapes) else shapes
    points = shapely.get_coordinates(there)
    sane = bool(np.isfinite(points).all() and (np.abs(points) <= (180.0 + 1e-9, 90.0 + 1e-9)).all())
    words = [str(name) for name in table["name"]] if "name" in table else []
    everything = " ".join(map(str, table.drop(columns=["geometry"]).to_numpy().ravel()))
    order = np.lexsort(points.round(5).T) if len(points) else []
    return {
        "rows": len(table),
        "digest": _digest(points.round(5)[order].tobytes() + "|".join(sorted(words)).encode("utf-8", "replace")),
        "sane": sane,
        "words": everything,
    }


def features(path: Path) -> Result:
    """A vector file as a layer."""
    return _table(go.layer(path))


def raster(path: Path) -> Result:
    """A raster file as a grid."""
    grid = read_raster(path)
    values = np.asarray(grid.values)
    return {
        "rows": values.size,
        "digest": _digest(values.astype("float32").tobytes()),
        "sane": bool(np.isfinite(grid["x"].to_numpy()).all() and np.isfinite(grid["y"].to_numpy()).all()),
        "words": "",
        "values": {float(v) for v in np.unique(values)[:5]},
    }


def tiles(path: Path) -> Result:
    """An MBTiles file under a figure."""
    import matplotlib.pyplot as plt

    figure = go.sites_map(
        go.geocode(["Kirkuk"]), size="journal-84", date="2025-06-30", basemap=path, basemap_credit="© t"
    )
    figure.save(path.with_suffix(".png"), dpi=50)
    plt.close("all")
    return {"rows": 1, "digest": "drawn", "sane": True, "words": ""}


def rows(path: Path) -> Result:
    """A table read piece by piece."""
    parts = list(table_chunks(path, needs=["name", "lon", "lat"]))
    cells = [str(cell) for part in parts for cell in part.to_numpy().ravel()]
    return {"rows": sum(map(len, parts)), "digest": _digest("|".join(cells).encode("utf-8", "replace")), "sane": True, "words": " ".join(cells)}  # fmt: skip


def archive(path: Path) -> Result:
    """A data set unpacked from a zip archive."""
    with unpacked(path, suffixes=(".csv", ".geojson", ".shp"), named=True) as inner:
        if not inner.is_relative_to("/tmp") or "geoops-" not in str(inner.parent):
            return {"rows": -1, "digest": "outside", "sane": False, "words": str(inner)}
        return features(inner)


def compressed(path: Path) -> Result:
    """A table unpacked from a gzip file."""
    with gunzipped(path) as inner:
        return features(inner.rename(inner.with_suffix(".csv")))


def text(path: Path) -> Result:
    """A document as words."""
    words = go.read_text(path)
    return {
        "rows": len(words.split()),
        "digest": _digest(words.encode("utf-8", "replace")),
        "sane": True,
        "words": words,
    }


def brief(path: Path) -> Result:
    """A brief."""
    found = go.read_brief(path)
    return {
        "rows": len(found.sites),
        "digest": _digest(repr(found).encode("utf-8", "replace")),
        "sane": True,
        "words": repr(found),
    }


def osm(path: Path) -> Result:
    """The places of an extract."""
    return _table(read_osm(path, theme="places", date="2024-03-01"))


_DOORS: dict[str, Callable[[Path], Result]] = {
    **dict.fromkeys((".tif", ".tiff", ".hgt"), raster),
    ".mbtiles": tiles, ".xlsx": rows, ".tsv": rows, ".zip": archive, ".gz": compressed,
    **dict.fromkeys((".docx", ".pdf", ".html", ".txt", ".md"), text),
    ".toml": brief, ".pbf": osm,
}  # fmt: skip


def door_of(path: Path) -> Callable[[Path], Result]:
    """The door that a user would bring this file to, by its ending."""
    return _DOORS.get(path.suffix.lower(), features)
