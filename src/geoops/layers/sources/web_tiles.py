"""Square picture tiles of the web, in Web Mercator: whose they are, which cover a region, and their pixels side by side.

Tiles come through `Fetcher`: one honest user agent, a deadline, Retry-After, a pause between requests, a cache that lasts. A tile
is looked at before it is kept: a web page, a picture cut off or of another size is refused. Where a tile lies is
mercantile's arithmetic and how its address is made xyzservices', the two libraries that contextily stands on.
"""

from __future__ import annotations

import importlib
import io
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from geoops.core.errors import InputError, MissingExtraError, NetworkError
from geoops.core.fetching import Fetcher
from geoops.core.geodesy import Region

__all__ = ["MAX_LATITUDE", "MAX_TILES", "TileSpan", "pictures", "provider_of", "span_of"]

MAX_TILES = 1024
"""More tiles than this are not fetched in one call."""

MAX_LATITUDE = 85.0511
"""Where Web Mercator's square ends, north and south."""

_SIDES = (256, 512)
_CIRCUMFERENCE_M = 2 * math.pi * 6_378_137.0  # of Web Mercator's sphere


def _library(name: str) -> Any:
    """A library that is there only with the extra."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        msg = f"web tiles need {name}; install geoops[tiles] (mercantile, xyzservices)"
        raise MissingExtraError(msg) from error


def provider_of(tiles: Any) -> Any:
    """
    A tile server as a provider of xyzservices.

    Parameters
    ----------
    tiles
        A provider (contextily's are the same), its name such as `OpenStreetMap.Mapnik`, or an address with `{z}`, `{x}`, `{y}`.

    Raises
    ------
    InputError
        No such provider, an address without its gaps, or a provider that wants a key.
    MissingExtraError
        Without xyzservices.
    """
    xyzservices = _library("xyzservices")
    provider = tiles
    if not isinstance(tiles, xyzservices.TileProvider):
        address = str(tiles)
        if "{" not in address and "/" not in address:
            try:
                provider = xyzservices.providers.query_name(address)
            except ValueError as error:
                msg = f"no tile provider {address!r}; give a name such as 'OpenStreetMap.Mapnik', or an address with {{z}}, {{x}} and {{y}}"
                raise InputError(msg) from error
        elif all(part in address for part in ("{z}", "{x}", "{y}")):
            host = address.split("/")[2] if address.count("/") > 2 else address
            provider = xyzservices.TileProvider(name=host, url=address, attribution="")
        else:
            msg = f"an address with {{z}}, {{x}} and {{y}} was expected; {address!r} came"
            raise InputError(msg)
    if provider.requires_token():
        msg = f"{provider.name} wants a key; give it with provider(accessToken=...) or as its documentation says"
        raise InputError(msg)
    return provider


@dataclass(frozen=True)
class TileSpan:
    """
    A rectangle of tiles.

    Parameters
    ----------
    left, top
        The first column and row.
    columns, rows
        How many.
    level
        The zoom.
    """

    left: int
    top: int
    columns: int
    rows: int
    level: int

    def __len__(self) -> int:
        return self.columns * self.rows

    @property
    def bounds_m(self) -> tuple[float, float, float, float]:
        """West, south, east, north in metres of Web Mercator."""
        side, half = _CIRCUMFERENCE_M / 2**self.level, _CIRCUMFERENCE_M / 2
        west, north = self.left * side - half, half - self.top * side
        return west, north - self.rows * side, west + self.columns * side, north


def span_of(region: Region, level: int) -> TileSpan:
    """
    The tiles of a zoom that cover a region.

    Raises
    ------
    InputError
        The region reaches beyond Web Mercator, or more than `MAX_TILES` tiles cover it.
    """
    mercantile = _library("mercantile")
    west, south, east, north = region
    if max(abs(south), abs(north)) > MAX_LATITUDE:
        msg = (
            f"web tiles end at {MAX_LATITUDE}° north and south; the region {region} reaches further: use a raster file"
        )
        raise InputError(msg)
    first = mercantile.tile(west, north, level)
    last = mercantile.tile(min(east, 180.0 - 1e-9), south, level)
    span = TileSpan(first.x, first.y, last.x - first.x + 1, last.y - first.y + 1, level)
    if len(span) > MAX_TILES:
        msg = (
            f"{len(span):,} tiles of zoom {level} cover {region}; at most {MAX_TILES:,} are fetched at once. Ask for a"
            " smaller region, larger cells or a lower zoom"
        )
        raise InputError(msg)
    return span


def pictures(
    provider: Any,
    door: Fetcher,
    span: TileSpan,
    *,
    formats: Sequence[str] = ("PNG",),
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[tuple[int, int, np.ndarray | None]]:
    """
    The tiles of a rectangle row by row: row, column, and pixels of shape (side, side, 3); None where the server has none (404).

    Raises
    ------
    NetworkError
        The server is down, slow, refuses, or sends something that is no such tile.
    """
    side = 0
    for number in range(len(span)):
        row, column = divmod(number, span.columns)
        url = str(provider.build_url(x=span.left + column, y=span.top + row, z=span.level))
        look = partial(_pixels, url=url, formats=tuple(formats))
        try:
            data = door.get(url, types=("image/",), check=look)
        except NetworkError as error:
            if error.status != 404:
                raise
            yield row, column, None
        else:
            pixels = look(data)
            side = side or len(pixels)
            if len(pixels) != side:
                msg = f"{url}: a tile of {len(pixels)} pixels a side came among tiles of {side}"
                raise NetworkError(msg)
            yield row, column, pixels
        if progress is not None:
            progress(number + 1, len(span))


def _pixels(data: bytes, *, url: str, formats: tuple[str, ...]) -> np.ndarray:
    """The pixels of a tile, once it is known to be a whole one."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=list(formats)) as image:
            plain = image.mode in ("RGB", "RGBA") or (formats != ("PNG",) and image.mode in ("P", "L", "LA"))
            if image.size not in {(side, side) for side in _SIDES} or not plain:
                msg = (
                    f"{url}: a picture of {image.size[0]} by {image.size[1]} pixels ({image.mode}) came; a tile of"
                    f" {' or '.join(map(str, _SIDES))} pixels a side in RGB was expected"
                )
                raise NetworkError(msg)
            return np.asarray(image.convert("RGB"))
    except NetworkError:
        raise
    except Exception as error:  # a damaged picture raises whatever its decoder met
        msg = (
            f"{url}: what came is no whole {' or '.join(formats)} ({error}); the server is ill, or something on the way"
            " answers for it"
        )
        raise NetworkError(msg) from error
