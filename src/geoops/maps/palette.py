"""Pictures on a palette of 256 colours: what makes a figure's files a third of the size. Where they go is `saving.py`'s."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["palette_image"]


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
    # Seven bits a band make the number of a cell; done on whole bytes first, as nine million pixels are many.
    code = (rgb[..., 2] >> 1).astype(np.uint32)
    code |= (rgb[..., 1] >> 1).astype(np.uint32) << 7
    code |= (rgb[..., 0] >> 1).astype(np.uint32) << 14
    seen = np.zeros(1 << 21, dtype=bool)
    seen[code.ravel()] = True
    used = np.flatnonzero(seen)
    cells = np.column_stack([used >> 14, (used >> 7) & 127, used & 127]) * 2 + 0.5
    table = np.zeros(1 << 21, dtype=np.uint8)
    table[used] = cKDTree(palette.astype(float)).query(cells)[1]
    for i, (red, green, blue) in enumerate(exact.astype(int)):
        table[(red >> 1) << 14 | (green >> 1) << 7 | blue >> 1] = len(palette) - len(exact) + i
    result = Image.new("P", (rgb.shape[1], rgb.shape[0]))
    result.frombytes(table[code].tobytes())
    result.putpalette(palette.ravel().tolist())
    return result
