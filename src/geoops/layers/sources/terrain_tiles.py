"""Heights from elevation tiles of the web (terrarium PNG), fetched politely, kept for good, merged and warped to degrees.

How tiles are fetched, and which are refused, is `web_tiles.py`'s business.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import rioxarray  # noqa: F401  registers the accessor
import xarray as xr

from geoops.core.errors import InputError, ReadError, SchemaError
from geoops.core.fetching import Fetcher
from geoops.core.geodesy import Region, check_region
from geoops.core.schema import WGS84
from geoops.layers.sources.contract import date_of
from geoops.layers.sources.web_tiles import MAX_LATITUDE, MAX_TILES, TileSpan, pictures, provider_of, span_of

__all__ = ["MAX_TILES", "TERRAIN_TILES", "read"]

TERRAIN_TILES = "https://s3.amazonaws.com/elevation-tiles-prod/terrarium/{z}/{x}/{y}.png"
"""Mapzen's terrain tiles as AWS's open data programme hosts them (github.com/tilezen/joerd, docs/use-service.md)."""

_ABOUT = {
    "source": "Terrain Tiles (Mapzen / Tilezen Joerd)",
    "licence": "open data of several publishers; see the attribution",
    # docs/attribution.md of github.com/tilezen/joerd: what is required, and what is asked for SRTM, GMTED2010 and ETOPO1.
    "attribution": "Terrain Tiles: Mapzen, U.S. Geological Survey (3DEP, SRTM, GMTED2010), U.S. National Oceanic and"
    " Atmospheric Administration (ETOPO1)",
    "date": "2017",  # the documentation's year; the tiles themselves state none
}
_SIDES = (256, 512)
_MAX_ZOOM = 15
_ENOUGH_TILES = 64
_POSSIBLE_M = (-11_500.0, 9_000.0)
_CIRCUMFERENCE_M = 2 * math.pi * 6_378_137.0  # of Web Mercator's sphere


def read(
    tiles: Any = TERRAIN_TILES,
    *,
    region: Region,
    cell_deg: float | None = None,
    zoom: int | None = None,
    source: str | None = None,
    licence: str | None = None,
    date: str | None = None,
    fetcher: Fetcher | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> xr.DataArray:
    """
    Heights of a region from elevation tiles.

    Parameters
    ----------
    tiles
        An address with `{z}`, `{x}` and `{y}`, or a provider of xyzservices (contextily's are the same), of tiles in the
        terrarium encoding.
    region
        (west, south, east, north) in degrees, within 85° of the equator.
    cell_deg
        Size of the cells; by default that of the tiles' pixels in longitude.
    zoom
        Which level of tiles, 0 to 15; by default the coarsest that is as fine as `cell_deg`, else the finest that takes at
        most 64 tiles.
    source, licence, date
        Whose the tiles are, where it is another server than the default or a mirror of it.
    fetcher
        Through which is asked; by default a minute a tile, and a tenth of a second between two of them.
    progress
        Called with the tiles that are there and the tiles in all.

    Returns
    -------
    DataArray
        As `rasters.read` gives terrain: dims (y, x), north first, metres, `attrs["layer"]` the catalogue's entry, with
        `zoom` and `missing_tiles`. Where the server has no tile (404) cells are NaN.

    Raises
    ------
    InputError
        Too many tiles, or a region or zoom out of range.
    NetworkError
        The server is down, slow, refuses, or sends something that is no such tile.
    ReadError
        Not one tile is there, or the values are no heights.
    SchemaError
        Nobody says whose the tiles are, or of what date.
    MissingExtraError
        mercantile or xyzservices is not installed.
    """
    provider = provider_of(tiles)
    about = _provenance(provider, source, licence, date)
    box = check_region(region)
    if max(abs(box[1]), abs(box[3])) > MAX_LATITUDE - 0.05:
        msg = f"web tiles end at {MAX_LATITUDE}° north and south; the region {box} reaches further: use a raster file"
        raise InputError(msg)
    level = _zoom(box, cell_deg, zoom)
    pixel_deg = 360.0 / 2**level / _SIDES[0]
    margin = 2 * pixel_deg  # so that heights at the region's edge have neighbours on both sides
    wide = (max(box[0] - margin, -180.0), max(box[1] - margin, -85.05), min(box[2] + margin, 180.0 - 1e-9), min(box[3] + margin, 85.05))  # fmt: skip
    span = span_of(wide, level)
    door = fetcher or Fetcher(deadline_s=60.0, pause_s=0.1, max_bytes=4 * 2**20)
    mosaic, missing = _mosaic(provider, door, span, progress)
    if len(missing) == len(span):
        msg = f"{provider.name}: has no tile of zoom {level} for {box} (404 for all {len(missing)}); try a lower zoom"
        raise ReadError(msg)
    mended = _checked(mosaic, str(provider.name), level)
    grid = _in_degrees(mosaic, span, box, cell_deg or pixel_deg)
    cell = float(grid.x[1] - grid.x[0]) if grid.sizes["x"] > 1 else cell_deg or pixel_deg
    grid.name = "terrain"
    entry = {
        "name": "terrain", "title": f"{about['source']}, terrain", "geometry": "raster", **about, "publish": True,
        "region": [float(v) for v in box], "uncertainty_m": round(max(cell, pixel_deg) * 111_195.0 * 0.75, 1),
        "cell_deg": cell, "units": "metres", "zoom": level, "missing_tiles": [f"{level}/{x}/{y}" for x, y in missing],
    }  # fmt: skip
    grid.attrs = {"layer": entry, "mended": mended}
    return grid


def _provenance(provider: Any, source: str | None, licence: str | None, date: str | None) -> dict[str, Any]:
    """Whose the tiles are and of when."""
    if provider.url == TERRAIN_TILES:
        return {**_ABOUT, **{k: v for k, v in (("source", source), ("licence", licence), ("date", date)) if v}}
    who = source or provider.get("attribution")
    if not (who and licence and date):
        msg = (
            f"{provider.name}: nothing says whose these tiles are, under which licence and of what date; say source='...',"
            " licence='...' and date='YYYY'"
        )
        raise SchemaError(msg)
    credit = provider.get("attribution") or who
    return {"source": who, "licence": licence, "attribution": credit, "date": date_of("", date)}


def _zoom(box: Region, cell_deg: float | None, zoom: int | None) -> int:
    """The level of tiles to read."""
    if zoom is not None:
        if not 0 <= zoom <= _MAX_ZOOM:
            msg = f"zoom {zoom}; expected 0 to {_MAX_ZOOM}"
            raise InputError(msg)
        return zoom
    if cell_deg is not None:
        if not cell_deg > 0:
            msg = f"cell_deg is {cell_deg}; expected degrees above 0"
            raise InputError(msg)
        return min(max(math.ceil(math.log2(360.0 / _SIDES[0] / cell_deg) - 1e-9), 0), _MAX_ZOOM)
    # Four times as many tiles a level: from one tile for the world, how many of which levels cover the box.
    for level in range(_MAX_ZOOM, 0, -1):
        try:
            if len(span_of(box, level)) <= _ENOUGH_TILES:
                return level
        except InputError:  # far too many
            continue
    return 0


def _mosaic(
    provider: Any, door: Fetcher, span: TileSpan, progress: Callable[[int, int], None] | None
) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """The tiles' heights side by side, and which tiles the server does not have."""
    heights: np.ndarray | None = None
    missing: list[tuple[int, int]] = []
    for row, column, pixels in pictures(provider, door, span, progress=progress):
        if pixels is None:
            missing.append((span.left + column, span.top + row))
            continue
        side = len(pixels)
        if heights is None:
            heights = np.full((span.rows * side, span.columns * side), np.nan, dtype="float32")
        red, green, blue = (pixels[:, :, n].astype("float32") for n in range(3))
        heights[row * side : (row + 1) * side, column * side : (column + 1) * side] = (
            red * 256.0 + green + blue / 256.0 - 32768.0
        )
    return np.full((span.rows, span.columns), np.nan, dtype="float32") if heights is None else heights, missing


def _checked(mosaic: np.ndarray, name: str, level: int) -> dict[str, int]:
    """Impossible heights set to NaN and counted; where many are impossible these are no heights."""
    with np.errstate(invalid="ignore"):
        wrong = (mosaic < _POSSIBLE_M[0]) | (mosaic > _POSSIBLE_M[1])
    count, known = int(wrong.sum()), int(np.isfinite(mosaic).sum())
    if count > 0.05 * known:
        lies = mosaic[wrong]
        msg = (
            f"{name}: {count:,} of {known:,} pixels at zoom {level} are no heights ({lies.min():g} to {lies.max():g} m); the"
            " tiles are not in the terrarium encoding"
        )
        raise ReadError(msg)
    mosaic[wrong] = np.nan
    return {"impossible values set to NaN": count} if count else {}


def _in_degrees(mosaic: np.ndarray, span: TileSpan, box: Region, cell: float) -> xr.DataArray:
    """The mosaic, which is in Web Mercator, warped to whole cells of a region in degrees."""
    from rasterio.enums import Resampling
    from rasterio.transform import from_origin
    from rasterio.warp import reproject

    west, _, east, north = span.bounds_m
    pixel = (east - west) / mosaic.shape[1]
    height, width = (max(math.ceil(span / cell - 1e-6), 1) for span in (box[3] - box[1], box[2] - box[0]))
    values = np.full((height, width), np.nan, dtype="float32")
    reproject(
        mosaic, values, src_transform=from_origin(west, north, pixel, pixel), src_crs="EPSG:3857", src_nodata=np.nan,
        dst_transform=from_origin(box[0], box[3], cell, cell), dst_crs="EPSG:4326", dst_nodata=np.nan,
        resampling=Resampling.average if cell >= 2 * pixel * 360.0 / _CIRCUMFERENCE_M else Resampling.bilinear, tolerance=0.0,
    )  # fmt: skip
    grid = xr.DataArray(
        values.astype("float64"),
        dims=("y", "x"),
        coords={"y": box[3] - cell * (np.arange(height) + 0.5), "x": box[0] + cell * (np.arange(width) + 0.5)},
    )
    written: xr.DataArray = grid.rio.write_crs(WGS84)
    return written
