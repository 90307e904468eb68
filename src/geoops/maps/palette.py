"""The pixels of a canvas, and pictures on a palette of 256 colours, which makes a figure's files a third of the size.

Where they go is `saving.py`'s.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from numpy.typing import NDArray
from PIL import Image

__all__ = ["palette_image", "pixels_of"]


def pixels_of(canvas: FigureCanvasAgg) -> NDArray[np.uint8]:
    """
    Draw the figure of a canvas: RGB, shape (rows, columns, 3), row 0 at the top.

    Each text keeps the renderer that drew it last, and with it 35 MB of an A4 sheet: they are told to forget it.
    """
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].copy()  # type: ignore[no-untyped-call]
    for text in canvas.figure.findobj(Text):
        vars(text)["_renderer"] = None  # as before the first drawing
    canvas.renderer = None
    return pixels


def palette_image(rgb: NDArray[np.uint8], *, keep: Sequence[str] = ()) -> Image.Image:
    """
    An RGB image on a palette, without dithering: a third of the size, and on quiet tints no step that an eye finds.

    The palette is cut from every fifth pixel each way, and each colour goes to its nearest entry by a table of two
    million cells. The colours in `keep`, hex, stay exactly what they are: a white page has to be white.
    """
    from scipy.spatial import cKDTree

    sample = Image.fromarray(np.ascontiguousarray(rgb[::5, ::5]))
    exact = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in dict.fromkeys(keep)], dtype=np.uint8)
    raw = sample.quantize(256 - len(exact), method=Image.Quantize.MEDIANCUT).getpalette() or []
    palette = np.array(raw, dtype=np.uint8).reshape(-1, 3)[: 256 - len(exact)]
    if len(exact):
        palette = np.vstack([palette, exact])
    # Seven bits a band make the number of a cell; some rows at a time, as nine million pixels are many.
    seen = np.zeros(1 << 21, dtype=bool)
    for rows in _bands(len(rgb)):
        seen[_cells(rgb[rows])] = True
    used = np.flatnonzero(seen)
    cells = np.column_stack([used >> 14, (used >> 7) & 127, used & 127]) * 2 + 0.5
    table = np.zeros(1 << 21, dtype=np.uint8)
    table[used] = cKDTree(palette.astype(float)).query(cells)[1]
    for i, (red, green, blue) in enumerate(exact.astype(int)):
        table[(red >> 1) << 14 | (green >> 1) << 7 | blue >> 1] = len(palette) - len(exact) + i
    entries = np.empty(rgb.shape[:2], dtype=np.uint8)
    for rows in _bands(len(rgb)):
        entries[rows] = table[_cells(rgb[rows])]
    result = Image.fromarray(entries, mode="P")
    result.putpalette(palette.ravel().tolist())
    return result


def _bands(height: int, rows: int = 128) -> list[slice]:
    """Some rows at a time."""
    return [slice(start, start + rows) for start in range(0, height, rows)]


def _cells(rgb: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """For each pixel the number of its cell in the table."""
    halved = rgb >> 1
    cells = halved[..., 0].astype(np.uint32) << np.uint32(14)
    cells |= halved[..., 1].astype(np.uint32) << np.uint32(7)
    return np.asarray(cells | halved[..., 2], dtype=np.uint32)
