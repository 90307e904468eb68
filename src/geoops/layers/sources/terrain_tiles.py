"""Heights from elevation tiles of the web (terrarium PNG), fetched politely, kept for good, merged and warped to degrees.

Tiles come through `Fetcher`: one honest user agent, a deadline, Retry-After, a pause between requests, a cache that lasts. A tile
is looked at before it is kept: a web page, a picture cut off or of another size is refused. Where a tile lies is
mercantile's arithmetic and how its address is made xyzservices', the two libraries that contextily stands on.
"""

from __future__ import annotations

import importlib
import io
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import rioxarray  # noqa: F401
import xarray as xr

from geoops.core.errors import InputError, MissingExtraError, NetworkError, ReadError, SchemaError
from geoops.core.fetching import Fetcher
from geoops.core.geodesy import Region, check_region
from geoops.core.schema import WGS84
from geoops.layers.sources.contract import date_of

__all__ = ["MAX_TILES", "TERRAIN_TILES", "read"]

TERRAIN_TILES = "https://s3.amazonaws.com/elevation-tiles-prod/terrarium/{z}/{x}/{y}.png"
"""Mapzen's terrain tiles as AWS's open data programme hosts them (github.com/tilezen/joerd, docs/use-service.md)."""

MAX_TILES = 1024
"""More tiles than this are not fetched in one call."""

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
_MAX_LATITUDE = 85.0511
_POSSIBLE_M = (-11_500.0, 9_000.0)
_CIRCUMFERENCE_M = 2 * math.pi * 6_378_137.0  # of Web Mercator's sphere


def _library(name: str) -> Any:
    """A library that is there only with the extra."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        msg = f"elevation tiles need {name}; install geoops[tiles] (mercantile, xyzservices)"
        raise MissingExtraError(msg) from error


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
    mercantile = _library("mercantile")
    provider = _provider(tiles)
    about = _provenance(provider, source, licence, date)
    box = check_region(region)
    if max(abs(box[1]), abs(box[3])) > _MAX_LATITUDE - 0.05:
        msg = f"web tiles end at {_MAX_LATITUDE}° north and south; the region {box} reaches further: use a raster file"
        raise InputError(msg)
    level = _zoom(box, cell_deg, zoom)
    pixel_deg = 360.0 / 2**level / _SIDES[0]
    margin = 2 * pixel_deg  # so that heights at the region's edge have neighbours on both sides
    wide = (max(box[0] - margin, -180.0), max(box[1] - margin, -85.05), min(box[2] + margin, 180.0 - 1e-9), min(box[3] + margin, 85.05))  # fmt: skip
    first, last = mercantile.tile(wide[0], wide[3], level), mercantile.tile(wide[2], wide[1], level)
    columns, rows = last.x - first.x + 1, last.y - first.y + 1
    if columns * rows > MAX_TILES:
        msg = (
            f"{columns * rows:,} tiles of zoom {level} cover {box}; at most {MAX_TILES:,} are fetched at once. Ask for a"
            " smaller region, larger cells or a lower zoom"
        )
        raise InputError(msg)
    door = fetcher or Fetcher(deadline_s=60.0, pause_s=0.1, max_bytes=4 * 2**20)
    mosaic, missing = _mosaic(provider, door, (first.x, first.y, columns, rows, level), progress)
    if len(missing) == columns * rows:
        msg = f"{provider.name}: has no tile of zoom {level} for {box} (404 for all {len(missing)}); try a lower zoom"
        raise ReadError(msg)
    mended = _checked(mosaic, str(provider.name), level)
    grid = _in_degrees(mosaic, first, columns, box, cell_deg or pixel_deg)
    cell = float(grid.x[1] - grid.x[0]) if grid.sizes["x"] > 1 else cell_deg or pixel_deg
    grid.name = "terrain"
    entry = {
        "name": "terrain", "title": f"{about['source']}, terrain", "geometry": "raster", **about, "publish": True,
        "region": [float(v) for v in box], "uncertainty_m": round(max(cell, pixel_deg) * 111_195.0 * 0.75, 1),
        "cell_deg": cell, "units": "metres", "zoom": level, "missing_tiles": [f"{level}/{x}/{y}" for x, y in missing],
    }  # fmt: skip
    grid.attrs = {"layer": entry, "mended": mended}
    return grid


def _provider(tiles: Any) -> Any:
    """The tiles' server as a provider of xyzservices."""
    xyzservices = _library("xyzservices")
    if isinstance(tiles, xyzservices.TileProvider):
        if tiles.requires_token():
            msg = f"{tiles.name} wants a key; give it with provider(accessToken=...) or as its documentation says"
            raise InputError(msg)
        return tiles
    address = str(tiles)
    if not all(part in address for part in ("{z}", "{x}", "{y}")):
        msg = f"an address with {{z}}, {{x}} and {{y}} was expected; {address!r} came"
        raise InputError(msg)
    host = address.split("/")[2] if address.count("/") > 2 else address
    return xyzservices.TileProvider(name=host, url=address, attribution="")


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
    mercantile = _library("mercantile")
    for level in range(_MAX_ZOOM, 0, -1):
        first, last = mercantile.tile(box[0], box[3], level), mercantile.tile(box[2], box[1], level)
        if (last.x - first.x + 1) * (last.y - first.y + 1) <= _ENOUGH_TILES:
            return level
    return 0


def _mosaic(
    provider: Any, door: Fetcher, where: tuple[int, int, int, int, int], progress: Callable[[int, int], None] | None
) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """The tiles' heights side by side, and which tiles the server does not have."""
    left, top, columns, rows, level = where
    heights: np.ndarray | None = None
    missing: list[tuple[int, int]] = []
    side = 0
    for number in range(columns * rows):
        row, column = divmod(number, columns)
        url = str(provider.build_url(x=left + column, y=top + row, z=level))
        try:
            data = door.get(url, types=("image/",), check=partial(_picture, url=url))
        except NetworkError as error:
            if error.status != 404:
                raise
            missing.append((left + column, top + row))
        else:
            pixels = _picture(data, url)
            if heights is None:
                side = len(pixels)
                heights = np.full((rows * side, columns * side), np.nan, dtype="float32")
            if len(pixels) != side:
                msg = f"{url}: a tile of {len(pixels)} pixels a side came among tiles of {side}"
                raise NetworkError(msg)
            red, green, blue = (pixels[:, :, n].astype("float32") for n in range(3))
            heights[row * side : (row + 1) * side, column * side : (column + 1) * side] = (
                red * 256.0 + green + blue / 256.0 - 32768.0
            )
        if progress is not None:
            progress(number + 1, columns * rows)
    return np.full((rows, columns), np.nan, dtype="float32") if heights is None else heights, missing


def _picture(data: bytes, url: str) -> np.ndarray:
    """The pixels of a tile, once it is known to be a whole one."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            if image.size not in {(side, side) for side in _SIDES} or image.mode not in ("RGB", "RGBA"):
                msg = (
                    f"{url}: a picture of {image.size[0]} by {image.size[1]} pixels ({image.mode}) came; a tile of"
                    f" {' or '.join(map(str, _SIDES))} pixels a side in RGB was expected"
                )
                raise NetworkError(msg)
            return np.asarray(image.convert("RGB"))
    except NetworkError:
        raise
    except Exception as error:  # a damaged picture raises whatever its decoder met
        msg = f"{url}: what came is no whole PNG ({error}); the server is ill, or something on the way answers for it"
        raise NetworkError(msg) from error


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


def _in_degrees(mosaic: np.ndarray, first: Any, columns: int, box: Region, cell: float) -> xr.DataArray:
    """The mosaic, which is in Web Mercator, warped to whole cells of a region in degrees."""
    from rasterio.enums import Resampling
    from rasterio.transform import from_origin
    from rasterio.warp import reproject

    side = _CIRCUMFERENCE_M / 2**first.z  # of a tile, in metres of Web Mercator
    west, north = first.x * side - _CIRCUMFERENCE_M / 2, _CIRCUMFERENCE_M / 2 - first.y * side
    pixel = side * columns / mosaic.shape[1]
    height, width = (max(math.ceil(span / cell - 1e-6), 1) for span in (box[3] - box[1], box[2] - box[0]))
    values = np.full((height, width), np.nan, dtype="float32")
    reproject(
        mosaic, values, src_transform=from_origin(west, north, pixel, pixel), src_crs="EPSG:3857", src_nodata=np.nan,
        dst_transform=from_origin(box[0], box[3], cell, cell), dst_crs="EPSG:4326", dst_nodata=np.nan,
        resampling=Resampling.average if cell >= 2 * pixel / _CIRCUMFERENCE_M * 360.0 else Resampling.bilinear, tolerance=0.0,
    )  # fmt: skip
    grid = xr.DataArray(
        values.astype("float64"),
        dims=("y", "x"),
        coords={"y": box[3] - cell * (np.arange(height) + 0.5), "x": box[0] + cell * (np.arange(width) + 0.5)},
    )
    written: xr.DataArray = grid.rio.write_crs(WGS84)
    return written
