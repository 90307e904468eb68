"""Grids from files: population counts, terrain, land cover - windowed, coarsened where asked, in degrees.

GeoTIFF (WorldPop-like, ESA WorldCover-like, any elevation model) and SRTM `.hgt` tiles (also zipped), one file or several that
lie side by side, on disk or, only when told, on a server that gives parts of files (COG). Only the window of the region is
read, strip by strip where cells are put together, so that memory is bounded by the result. Elevation tiles from the web
(`terrain_tiles.py`) are another module's.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from rasterio.crs import CRS
from rasterio.transform import from_origin

from geoops.core.archives import gunzipped, unpacked
from geoops.core.errors import CoordinateError, CrsError, InputError, ReadError
from geoops.core.fetching import Fetcher
from geoops.core.geodesy import Region, check_region
from geoops.core.ranges import RemoteFile
from geoops.core.raster_files import MAX_CELLS, RASTER_FORMATS, raster_facts, read_raster, read_warped
from geoops.layers.sources.contract import check_theme
from geoops.layers.sources.raster_blocks import coarsened, dividing, in_degrees, joined
from geoops.layers.sources.raster_names import check_place, provenance, swapped

__all__ = ["THEMES", "WORLDCOVER_CLASSES", "facts", "read"]

THEMES = ("population", "terrain", "land_cover")

WORLDCOVER_CLASSES: Mapping[int, str] = {
    10: "tree cover", 20: "shrubland", 30: "grassland", 40: "cropland", 50: "built-up", 60: "bare or sparse vegetation",
    70: "snow and ice", 80: "permanent water", 90: "herbaceous wetland", 95: "mangroves", 100: "moss and lichen",
}  # fmt: skip
"""Classes of ESA WorldCover 2020 and 2021 (Product User Manual, version 2.0)."""

_UNITS = {"population": "people per cell", "terrain": "metres", "land_cover": "class"}
_HEIGHTS_M = (-500.0, 9000.0)
_STRIP_CELLS = 2_000_000
_SAME = 1e-6
_TILE_ZOOM = 9  # a quarter of a kilometre: what elevation tiles are taken for where nobody says otherwise


def read(
    path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    theme: str,
    region: Region | None = None,
    cell_deg: float | None = None,
    band: int = 1,
    source: str | None = None,
    licence: str | None = None,
    date: str | None = None,
    classes: Mapping[int, str] | None = None,
    member: str | None = None,
    online: bool = False,
    fetcher: Fetcher | None = None,
) -> xr.DataArray:
    """
    A grid of the region, in degrees.

    Parameters
    ----------
    path
        A GeoTIFF or `.hgt` file (also as `.hgt.gz`, or alone in a `.zip`), or several tiles of one grid; or https addresses
        of GeoTIFFs, of which only the parts in the region are read, or of their coarser copies where `cell_deg` allows; or the
        address of elevation tiles, with `{z}`, `{x}` and `{y}` in it (`terrain_tiles.read`).
    theme
        `population` (people a cell), `terrain` (metres), `land_cover` (class numbers).
    region
        (west, south, east, north) in degrees.
    cell_deg
        Put whole cells together to about this size: people are summed, heights averaged, of classes the commonest is
        taken (of two equally common the smaller number).
    band
        Counted from 1.
    source, licence, date
        Where the file's name does not tell the publisher (SRTM, Copernicus DEM, WorldCover, WorldPop) or the year.
    classes
        The names of the class numbers; by default those of ESA WorldCover.
    member
        Which file of a `.zip`, where it holds several rasters.
    online
        Whether addresses may be read; they are refused otherwise.
    fetcher
        Through which they are read, where other limits are wanted than a minute a part and 256 MiB a file.

    Returns
    -------
    DataArray
        Dims (y, x), north first, cell centres in degrees, NaN where there is no data; `attrs["layer"]` is the catalogue's
        entry (with `classes`, `cell_deg`, `units`), `attrs["mended"]` counts impossible values set to NaN. A grid in metres
        is warped to degrees; of people it is refused, as warping does not keep their number.

    Raises
    ------
    ReadError
        No such file, damaged, none that covers the region, nothing but gaps, values that the theme cannot have.
    CrsError
        No CRS, or people on a grid in metres.
    CoordinateError
        A file that lies elsewhere than its name states, or whose axes are swapped.
    SchemaError
        Nobody says whose the data is, or of what date.
    NetworkError
        A server that is down, slow, or gives no parts of files.
    """
    check_theme(theme, THEMES, "a raster file")
    box = None if region is None else check_region(region)
    given = [path] if isinstance(path, str | os.PathLike) else list(path)
    if not given:
        msg = "no raster file was given"
        raise InputError(msg)
    if len(given) == 1 and "{z}" in os.fspath(given[0]):
        return _from_tiles(
            os.fspath(given[0]), theme, box, online=online or fetcher is not None, cell_deg=cell_deg, fetcher=fetcher,
            source=source, licence=licence, date=date,
        )  # fmt: skip
    here = None if "://" in os.fspath(given[0]) else Path(given[0])
    about = provenance(_plain_name(given[0]), source, licence, date, file=here)
    table = dict(classes or WORLDCOVER_CLASSES)
    with contextlib.ExitStack() as stack:
        files = [_opened(p, stack, member, online=online or fetcher is not None, fetcher=fetcher) for p in given]
        parts = [p for f in files if (p := _part(f, theme, box, cell_deg, band, alone=len(files) == 1)) is not None]
    if not parts:
        msg = f"{given[0]} and {len(given) - 1} more: none covers the region {box}"
        raise ReadError(msg)
    grid = parts[0] if len(parts) == 1 else joined(parts, str(given[0]))
    mended: dict[str, int] = {}
    what = str(given[0]) if len(given) == 1 else f"{given[0]} and {len(given) - 1} more"
    if not np.isfinite(grid.values).any():
        where = "the file" if box is None else f"the region {box}"
        msg = f"{what}: band {band} holds no {theme.replace('_', ' ')} in {where}, only gaps; take another file, band or region"
        raise ReadError(msg)
    grid = _checked(grid, theme, table, what, mended)
    cell = float(abs(grid.x[1] - grid.x[0])) if grid.sizes["x"] > 1 else float(cell_deg or 0.0)
    west, east = float(grid.x.min()) - cell / 2, float(grid.x.max()) + cell / 2
    south, north = float(grid.y.min()) - cell / 2, float(grid.y.max()) + cell / 2
    entry = {
        "name": theme, "title": f"{about['source']}, {theme.replace('_', ' ')}", "geometry": "raster", **about,
        "publish": True, "region": [west, south, east, north], "uncertainty_m": round(cell * 111_195.0 * 0.75, 1),
        "cell_deg": cell, "units": _UNITS[theme], "file": "; ".join(_plain_name(p) for p in given),
    }  # fmt: skip
    if theme == "land_cover":
        entry["classes"] = {str(k): v for k, v in table.items()}
    grid.name = theme
    grid.attrs = {"layer": entry, "mended": mended}
    return grid


def facts(
    path: str | os.PathLike[str], *, member: str | None = None, online: bool = False, fetcher: Fetcher | None = None
) -> dict[str, Any]:
    """
    What a raster file says of itself, wherever `read` finds it: zipped, or on a server.

    Parameters
    ----------
    path, member, online, fetcher
        As for `read`.

    Returns
    -------
    dict
        As `geoops.core.raster_files.raster_facts` gives it; of elevation tiles what their pixels are at zoom 9, nothing asked.
    """
    if "{z}" in os.fspath(path):
        cell = 360.0 / 2**_TILE_ZOOM / 256
        return {
            "crs": CRS.from_epsg(4326), "transform": from_origin(-180.0, 85.0, cell, cell), "bands": 1,
            "width": round(360.0 / cell), "height": round(170.0 / cell), "bounds": (-180.0, -85.0, 180.0, 85.0),
            "overviews": [],
        }  # fmt: skip
    with contextlib.ExitStack() as stack:
        return raster_facts(_opened(path, stack, member, online=online or fetcher is not None, fetcher=fetcher))


def _from_tiles(address: str, theme: str, box: Region | None, *, online: bool, **options: Any) -> xr.DataArray:
    """Heights from elevation tiles, which no raster file holds."""
    from geoops.layers.sources import terrain_tiles

    if theme != "terrain" or box is None:
        msg = f"{address}: elevation tiles give terrain of a region; theme {theme!r}, region {box} came"
        raise InputError(msg)
    if not online:
        msg = f"{address} is an address; it is read over the network only when told: online=True"
        raise InputError(msg)
    return terrain_tiles.read(address, region=box, **options)


def _plain_name(path: str | os.PathLike[str]) -> str:
    """The file's own name, without what an address has behind it and what an archive adds."""
    name = os.fspath(path).split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    return name.removesuffix(".gz").removesuffix(".zip")


def _opened(
    path: str | os.PathLike[str],
    stack: contextlib.ExitStack,
    member: str | None,
    *,
    online: bool,
    fetcher: Fetcher | None,
) -> Path | RemoteFile:
    """A file that can be read by windows: on a server, unpacked for as long as it is read, or as it lies there."""
    text = os.fspath(path)
    if text.startswith(("https://", "http://")):
        if not online:
            msg = f"{text} is an address; it is read over the network only when told: online=True"
            raise InputError(msg)
        return RemoteFile(text, fetcher)
    if text.lower().endswith(".gz"):
        return stack.enter_context(gunzipped(path))
    if text.lower().endswith(".zip"):
        return stack.enter_context(unpacked(path, suffixes=tuple(RASTER_FORMATS), member=member, named=True))
    return Path(path)


def _part(
    file: Path | RemoteFile, theme: str, box: Region | None, cell_deg: float | None, band: int, *, alone: bool
) -> xr.DataArray | None:
    """The window of one file, in degrees; None where a tile among several lies elsewhere."""
    facts = raster_facts(file)
    if not 1 <= band <= facts["bands"]:
        msg = f"{file}: has {facts['bands']} bands; band {band} was asked for"
        raise InputError(msg)
    crs = facts["crs"]
    same = crs.is_geographic and _shift(crs, facts["bounds"]) < abs(facts["transform"].a) / 2
    if same:
        west, south, east, north = facts["bounds"]
        if max(abs(south), abs(north)) > 90.0 + _SAME:
            possible = max(abs(west), abs(east)) <= 90.0 and max(abs(south), abs(north)) <= 360.0
            why = "latitude and longitude look swapped" if possible else "its CRS is not the one stated"
            msg = f"{file}: states degrees, but reaches from {south:g} to {north:g} north; {why}"
            raise CrsError(msg)
        check_place(str(file), file.name, facts["bounds"])
        if box is not None and not _meet(facts["bounds"], box):
            if not alone:
                return None
            if _meet(swapped(facts["bounds"]), box):
                msg = (
                    f"{file}: covers {west:g}, {south:g}, {east:g}, {north:g} (west, south, east, north), not the region"
                    f" {box}, but it would with latitude and longitude exchanged; write it again with longitude as x"
                )
                raise CoordinateError(msg)
        level = _coarse_copy(file, theme, cell_deg, facts)
        if level is not None:
            facts = raster_facts(file, overview=level)
        factor = max(1, round(cell_deg / facts["transform"].a)) if cell_deg else 1
        if not alone and factor > 1:  # neighbours must meet at a block's edge
            factor = dividing(factor, facts["width"])
            facts = {**facts, **{k: facts[k] - facts[k] % factor for k in ("width", "height")}}
        return _window(file, theme, box, factor, band, facts, level)
    if theme == "population":
        msg = f"{file}: people on a grid in {crs.to_string()[:40]}; warping does not keep their number: take the grid in degrees"
        raise CrsError(msg)
    return _warped(file, theme, box, cell_deg, band, alone=alone)


def _meet(bounds: Region, box: Region) -> bool:
    """Whether two rectangles share more than an edge."""
    return bounds[0] < box[2] and bounds[2] > box[0] and bounds[1] < box[3] and bounds[3] > box[1]


def _coarse_copy(file: Path | RemoteFile, theme: str, cell_deg: float | None, facts: Mapping[str, Any]) -> int | None:
    """Of a file on a server, the coarsest copy of itself with cells of at most half the size wanted; never of people."""
    if not isinstance(file, RemoteFile) or cell_deg is None or theme == "population":
        return None
    fit = [n for n, factor in enumerate(facts["overviews"]) if facts["transform"].a * factor <= cell_deg / 2]
    return fit[-1] if fit else None


def _shift(crs: Any, bounds: Region) -> float:
    """How far, in degrees, positions in a CRS of degrees lie from those of WGS 84."""
    import pyproj

    onto = pyproj.Transformer.from_crs(crs.to_wkt(), 4326, always_xy=True)
    west, south, east, north = bounds
    lon, lat = (
        np.array([west, east, west, east, (west + east) / 2]),
        np.array([south, south, north, north, (south + north) / 2]),
    )
    there = onto.transform(lon, lat)
    return float(np.max(np.abs(np.subtract(there, (lon, lat)))))


def _warped(
    file: Path | RemoteFile, theme: str, box: Region | None, cell_deg: float | None, band: int, *, alone: bool
) -> xr.DataArray | None:
    """The window of a file in another CRS, warped to degrees."""
    try:
        return read_warped(file, region=box, cell_deg=cell_deg, band=band, classes=theme == "land_cover")
    except ReadError as error:
        if "not the region" in str(error) and not alone:
            return None
        raise


def _window(
    file: Path | RemoteFile,
    theme: str,
    box: Region | None,
    factor: int,
    band: int,
    facts: Mapping[str, Any],
    level: int | None,
) -> xr.DataArray:
    """The window of a file in degrees, its cells put together where a coarser grid is wanted."""
    grid = facts["transform"]
    west, south, east, north = facts["bounds"]
    if box is not None:
        west, south, east, north = max(west, box[0]), max(south, box[1]), min(east, box[2]), min(north, box[3])
    if factor == 1:
        whole = read_raster(file, region=box, band=band, overview=level)
        return in_degrees(whole.values, whole.y.values, whole.x.values)
    if west >= east or south >= north:
        return read_raster(file, region=box, band=band)  # says that it does not cover the region
    # Whole blocks, counted from the file's corner, so that neighbouring windows have the same cells.
    column0 = int(np.floor((west - grid.c) / grid.a / factor + 1e-9)) * factor
    row0 = int(np.floor((north - grid.f) / grid.e / factor + 1e-9)) * factor
    column1 = min(int(np.ceil((east - grid.c) / grid.a / factor - 1e-9)) * factor, facts["width"])
    row1 = min(int(np.ceil((south - grid.f) / grid.e / factor - 1e-9)) * factor, facts["height"])
    if -(-(column1 - column0) // factor) * -(-(row1 - row0) // factor) > MAX_CELLS:
        msg = f"{file}: more than {MAX_CELLS:,} cells were asked for; give a smaller region or a larger cell_deg"
        raise ReadError(msg)
    step = max(factor, _STRIP_CELLS // max(column1 - column0, 1) // factor * factor)
    strips = []
    for row in range(row0, row1, step):
        last = min(row + step, row1)
        part = (grid.c + column0 * grid.a, grid.f + last * grid.e, grid.c + column1 * grid.a, grid.f + row * grid.e)
        strips.append(coarsened(read_raster(file, region=part, band=band, overview=level).values, factor, theme))
    values = np.concatenate(strips)
    x = grid.c + grid.a * (column0 + factor * (np.arange(values.shape[1]) + 0.5))
    y = grid.f + grid.e * (row0 + factor * (np.arange(values.shape[0]) + 0.5))
    return in_degrees(values, y, x)


def _checked(
    grid: xr.DataArray, theme: str, classes: Mapping[int, str], what: str, mended: dict[str, int]
) -> xr.DataArray:
    """The grid without impossible values; where most are impossible the file is not of the theme."""
    values = grid.values
    known = np.isfinite(values)
    possible: Callable[[np.ndarray], np.ndarray] = {
        "population": lambda v: v >= 0,
        "terrain": lambda v: (v >= _HEIGHTS_M[0]) & (v <= _HEIGHTS_M[1]),
        "land_cover": lambda v: np.isin(v, list(classes)),
    }[theme]
    with np.errstate(invalid="ignore"):
        wrong = known & ~possible(values)
    fillers = wrong & np.isin(
        values, [0.0, 255.0] if theme == "land_cover" else [-32768.0, -9999.0, -99999.0, -3.4028234663852886e38]
    )
    odd = int(wrong.sum() - fillers.sum())
    if odd > 0.05 * max(int(known.sum() - fillers.sum()), 1):
        lies = values[wrong & ~fillers]
        want = {"population": "people, 0 or more", "terrain": "heights in metres, -500 to 9000",
                "land_cover": f"classes {', '.join(map(str, classes))}"}[theme]  # fmt: skip
        msg = f"{what}: {odd:,} of {int(known.sum()):,} cells are no {theme}: values {lies.min():g} to {lies.max():g} came, {want} were expected"
        raise ReadError(msg)
    if wrong.any():
        mended["impossible values set to NaN"] = int(wrong.sum())
        grid = grid.copy(data=np.where(wrong, np.nan, values))
    return grid
