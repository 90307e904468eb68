"""A picture as the base of a map: tiles of the web, a GeoTIFF or an MBTiles file, brought onto the frame pixel by pixel.

Only when the caller names one. What its provider asks to be credited stands in the margin and in the frame's corner. Where the
network is gone, or a server blocks, sends nothing or something else, the figure keeps the embedded base and says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from geoops.core.errors import InputError, NetworkError
from geoops.core.fetching import Fetcher
from geoops.core.raster_files import read_warped
from geoops.core.reading import RASTER_FORMATS, raster_facts
from geoops.core.text import one_line
from geoops.maps.canvas import Panel
from geoops.maps.labels import Labeller
from geoops.maps.lettering import draw_text, ink_of, shorten
from geoops.maps.lint import Finding
from geoops.maps.theme import TextStyle, Theme

if TYPE_CHECKING:
    from geoops.maps.mapfigure import MapFigure

__all__ = ["Backdrop", "backdrop_for", "base_picture", "draw_credit"]

_PIXELS_PER_PT = 2.4  # about 170 an inch: what tiles are drawn for
_ENOUGH_TILES = 240
_WAIT_S = 60.0


@dataclass(frozen=True)
class Backdrop:
    """
    A picture that fills a frame.

    Parameters
    ----------
    rgb
        Pixels over the frame, row 0 at the top.
    name
        What it is called in the manifest.
    credit
        What must stand on the figure.
    facts
        How it came about: address or file, zoom.
    """

    rgb: NDArray[np.uint8]
    name: str
    credit: str
    facts: dict[str, Any]


def _is_file(basemap: Any) -> bool:
    """Whether a basemap is a raster file of the disk, by its ending."""
    return (
        isinstance(basemap, str | Path)
        and Path(str(basemap)).suffix.lower() in RASTER_FORMATS
        and "{" not in str(basemap)
    )


def backdrop_for(panel: Panel, basemap: Any, *, credit: str | None = None, fetcher: Fetcher | None = None) -> Backdrop:
    """
    The picture under a frame.

    Parameters
    ----------
    panel
        The frame.
    basemap
        A tile provider of xyzservices or its name, an address with `{z}`, `{x}`, `{y}`, or the path of a GeoTIFF or MBTiles.
    credit
        Whose it is; a file must have it, a provider brings its own.
    fetcher
        Through which tiles are asked; by default 60 s for all, ten a second at most, kept for good.

    Raises
    ------
    InputError
        No such provider or file, or nobody says whose the picture is.
    NetworkError
        The server is down, blocks, or sends the same picture, or none, for every tile.
    """
    if _is_file(basemap):
        return _of_file(panel, Path(str(basemap)), credit)
    return _of_tiles(panel, basemap, credit, fetcher or Fetcher(deadline_s=_WAIT_S, pause_s=0.1, max_bytes=4 * 2**20))


def _credited(credit: str | None, what: str) -> str:
    """Whose a picture is, on one line; nobody's is refused."""
    words = one_line(credit or "")
    if not words:
        msg = f"{what}: nothing says whose this basemap is; give basemap_credit='© ...' as its terms ask"
        raise InputError(msg)
    return words


def _of_tiles(panel: Panel, basemap: Any, credit: str | None, door: Fetcher) -> Backdrop:
    """Tiles side by side, and from them the frame."""
    from geoops.layers.sources.web_tiles import MAX_LATITUDE, pictures, provider_of, span_of

    provider = provider_of(basemap)
    name = str(provider.name)
    words = _credited(credit or provider.get("attribution"), name)
    west, south, east, north = panel.shown
    box = (max(west, -180.0), max(south, -MAX_LATITUDE + 0.01), min(east, 180.0), min(north, MAX_LATITUDE - 0.01))
    level = _zoom(panel, box, int(provider.get("max_zoom", 19)))
    span = span_of(box, level)
    mosaic: NDArray[np.uint8] | None = None
    seen: set[bytes] = set()
    count = 0
    for row, column, pixels in pictures(provider, door, span, formats=("PNG", "JPEG", "WEBP")):
        if pixels is None:
            continue
        side = len(pixels)
        if mosaic is None:
            mosaic = np.full((span.rows * side, span.columns * side, 3), 255, dtype=np.uint8)
        mosaic[row * side : (row + 1) * side, column * side : (column + 1) * side] = pixels
        seen.add(pixels.tobytes())
        count += 1
    if mosaic is None:
        msg = f"{name}: has no tile of zoom {level} here (404 for all {len(span)})"
        raise NetworkError(msg)
    if count >= 4 and len(seen) == 1:
        what = (
            "an empty picture"
            if np.ptp(mosaic.reshape(-1, 3), axis=0).max() == 0
            else "one and the same picture (access blocked?)"
        )
        msg = f"{name}: {what} came for each of {count} tiles; see the provider's terms"
        raise NetworkError(msg)
    left, bottom, right, top = span.bounds_m
    scale_x, scale_y = mosaic.shape[1] / (right - left), mosaic.shape[0] / (top - bottom)
    rows, columns = _places(panel, "EPSG:3857", lambda x, y: ((top - y) * scale_y, (x - left) * scale_x))
    rgb = np.stack([_sampled(mosaic[..., band].astype(float), rows, columns) for band in range(3)], axis=-1)
    return Backdrop(_bytes(rgb), name, words, {"tiles": str(provider.url), "zoom": level, "count": count})


def _of_file(panel: Panel, path: Path, credit: str | None) -> Backdrop:
    """The window of a raster file under the frame: three bands, or one in grey."""
    words = _credited(credit, str(path))
    west, south, east, north = panel.shown
    cell_deg = panel.metres_per_pt / _PIXELS_PER_PT / 111_320.0
    bands = int(raster_facts(path)["bands"])
    layers = []
    for band in (1, 2, 3) if bands >= 3 else (1, 1, 1):
        grid = read_warped(
            path, region=(max(west, -180.0), south, min(east, 180.0), north), cell_deg=cell_deg, band=band
        )
        x0, y0 = float(grid.x[0]), float(grid.y[0])
        step = cell_deg if grid.sizes["x"] < 2 else float(grid.x[1] - grid.x[0])
        rows, columns = _places(
            panel, "EPSG:4326", lambda x, y, x0=x0, y0=y0, step=step: ((y0 - y) / step + 0.5, (x - x0) / step + 0.5)
        )
        layers.append(_sampled(np.nan_to_num(grid.values, nan=255.0), rows, columns))
    return Backdrop(_bytes(np.stack(layers, axis=-1)), path.name, words, {"file": path.name})


def _zoom(panel: Panel, box: tuple[float, float, float, float], most: int) -> int:
    """The zoom whose pixels are about the page's, or the highest below it that not too many tiles cover."""
    from geoops.layers.sources.web_tiles import span_of

    latitude = math.radians((box[1] + box[3]) / 2.0)
    wanted_m = panel.metres_per_pt / _PIXELS_PER_PT
    level = round(math.log2(40_075_016.7 * math.cos(latitude) / 256.0 / wanted_m))
    for tried in range(min(max(level, 0), most), 0, -1):
        try:
            if len(span_of(box, tried)) <= _ENOUGH_TILES:
                return tried
        except InputError:
            continue
    return 0


def _places(panel: Panel, crs: str, to_pixels: Any) -> tuple[Any, Any]:
    """Rows and columns of a picture at every pixel of the frame, as array indices of pixel centres."""
    width, height = round(panel.width_pt * _PIXELS_PER_PT), round(panel.height_pt * _PIXELS_PER_PT)
    xs = (np.arange(width, dtype=np.float64) + 0.5) / _PIXELS_PER_PT
    ys = panel.height_pt - (np.arange(height, dtype=np.float64) + 0.5) / _PIXELS_PER_PT
    x, y = panel.grid(xs, ys, crs)
    rows, columns = to_pixels(x, y)
    return rows - 0.5, columns - 0.5


def _sampled(values: Any, rows: Any, columns: Any) -> Any:
    """A picture's band at places between its pixels; white outside it."""
    from scipy import ndimage

    return ndimage.map_coordinates(values, [rows, columns], order=1, mode="constant", cval=255.0)


def _bytes(rgb: Any) -> NDArray[np.uint8]:
    """Colours as they are stored."""
    return np.asarray(np.clip(np.rint(rgb), 0, 255), dtype=np.uint8)


def base_picture(figure: MapFigure, panel: Panel) -> Backdrop | None:
    """The picture that the caller asks for under a frame; None where none is asked for or it cannot be had, which is then a finding."""
    options = figure.options
    if options.basemap is None:
        return None
    try:
        made = backdrop_for(panel, options.basemap, credit=options.basemap_credit, fetcher=options.fetcher)
    except NetworkError as error:
        words = f"the basemap could not be had, and the embedded base is drawn instead ({error})"
        finding = Finding("basemap-missing", words, "try again when the source answers, or leave basemap out")
        if finding.code not in {found.code for found in figure.problems}:
            figure.problems.append(finding)
        figure.basemap = {"asked": str(options.basemap), "drawn": "embedded base", "reason": str(error)}
        return None
    figure.basemap = {"asked": made.name, "drawn": made.name, **made.facts}
    figure.reader.used["basemap"] = {
        "name": "basemap", "source": made.name, "attribution": made.credit, "licence": "terms of its provider", "given": True,
    }  # fmt: skip
    return made


def draw_credit(panel: Panel, labeller: Labeller, theme: Theme, credit: str, *, factor: float = 1.0) -> None:
    """A picture's credit in the frame's corner, where its terms ask for it whatever becomes of the margin."""
    style = TextStyle(max(5.0 * factor, 5.0), theme.secondary)
    text = shorten(credit, style, panel.width_pt - 12.0)
    ink = ink_of(text, style)
    x, y = panel.width_pt - ink.advance - 4.0, 3.4
    box = (x - 2.5, 0.0, panel.width_pt, y + ink.y1 + 2.4)
    ground = Rectangle(
        box[:2], box[2] - box[0], box[3] - box[1], facecolor=theme.panel, alpha=0.8, edgecolor="none", zorder=30.0,
        transform=panel.ax.transFrame,
    )  # fmt: skip
    panel.ax.add_patch(ground)
    draw_text(panel.ax, x, y, text, style, zorder=30.5, gid="basemap-credit", transform=panel.ax.transFrame)
    labeller.put_furniture(box)
