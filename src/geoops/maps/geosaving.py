"""A figure as data: the map itself as a GeoTIFF, and what is drawn on it as a GeoPackage, for a desk that goes on from there.

Both are in the figure's own state: the GeoTIFF in its projection, the GeoPackage in degrees with one layer a theme. Neither
carries a clock; what must not be published never came onto the figure.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from geoops.core.errors import InputError
from geoops.core.text import one_line
from geoops.core.writing import write_bytes, write_image, write_vector
from geoops.maps.palette import pixels_of
from geoops.maps.settings import drawing

if TYPE_CHECKING:
    from geoops.maps.mapfigure import MapFigure

__all__ = ["rendered", "save_geopackage", "save_geotiff"]


def rendered(figure: MapFigure, dpi: int) -> np.ndarray:
    """The whole sheet as pixels, shape (rows, columns, 3)."""
    own, before = figure.fig.canvas, figure.fig.dpi
    canvas = FigureCanvasAgg(figure.fig)
    try:
        figure.fig.dpi = dpi
        with drawing(figure.theme.fonts):
            return pixels_of(canvas)
    finally:
        figure.fig.dpi = before
        figure.fig.set_canvas(own)


def save_geotiff(figure: MapFigure, path: Path, dpi: int) -> Path:
    """
    The map inside the frame, in the figure's projection, each pixel where it lies.

    Raises
    ------
    InputError
        A figure of several maps: a GeoTIFF has one.
    """
    if len(figure.sheets) != 1:
        msg = (
            f"{path}: a GeoTIFF has one map, this figure has {len(figure.sheets)}; save it as PNG, or take layout='map'"
        )
        raise InputError(msg)
    from rasterio.transform import Affine

    pixels = rendered(figure, dpi)
    panel = figure.sheets[0].panel
    left, bottom, width, height = (value / 25.4 * dpi for value in panel.rect_mm)
    top = pixels.shape[0] - bottom - height
    # Whole pixels inside the frame's line; what a pixel is in metres follows from the frame, not from the cut.
    rim = 0.8 / 72.0 * dpi
    column0, row0 = int(np.ceil(left + rim)), int(np.ceil(top + rim))
    column1, row1 = int(np.floor(left + width - rim)), int(np.floor(top + height - rim))
    across, down = (panel.view[2] - panel.view[0]) / width, (panel.view[3] - panel.view[1]) / height
    transform = Affine(
        across, 0.0, panel.view[0] + (column0 - left) * across, 0.0, -down, panel.view[3] - (row0 - top) * down
    )
    tags = {
        "TIFFTAG_DOCUMENTNAME": figure.title,
        "TIFFTAG_IMAGEDESCRIPTION": figure.description,
        "TIFFTAG_SOFTWARE": "geoops",
    }
    return write_image(path, pixels[row0:row1, column0:column1], crs=panel.crs.to_wkt(), transform=transform, tags=tags)


def save_geopackage(figure: MapFigure, path: Path, _dpi: int) -> Path:
    """
    What is drawn besides the base, one layer a theme, with all columns that it came with.

    Raises
    ------
    InputError
        Nothing besides the base is on the figure.
    """
    layers = {name: frame for name, frame in figure.drawn.items() if len(frame)}
    if not layers:
        msg = f"{path}: nothing besides the base is drawn on this figure, and so there is nothing for a GeoPackage"
        raise InputError(msg)
    with tempfile.TemporaryDirectory(
        prefix="geoops-figure-"
    ) as folder:  # the file appears with all its layers or not at all
        package = Path(folder) / path.name
        for name, frame in layers.items():
            write_vector(package, _in_degrees(frame), layer=one_line(name).replace(" ", "_"), append_to=package)
        return write_bytes(path, package.read_bytes())


def _in_degrees(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Features as a file takes them: in degrees, rows with a geometry, the index kept as a column."""
    there = frame[~(frame.geometry.isna() | frame.geometry.is_empty)].to_crs("EPSG:4326")
    counted = list(there.index) == list(range(len(there)))
    return there if counted or "key" in there else there.assign(key=there.index.astype(str))
