"""The steps from a cell to its neighbours, what cells lie under a step, and how far a stencil is off.

Steps of 8, 16 and 32 neighbours; lengths are geodesics, row by row, on a geographic grid and metres of the CRS on a
projected one. The error of a stencil is its directions' error on uniform ground, stated from theory.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoops.core.errors import InputError

__all__ = ["FRAME", "STENCILS", "Stencil", "Steps", "check_stencil", "direction_error", "steps_of"]

STENCILS = (8, 16, 32)
FRAME = 3  # cells round the grid: the longest step passes three
Stencil = int | Literal["eikonal"]


class Steps(NamedTuple):
    """Rows and columns of each step; each even step is followed by its reverse."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    middles: NDArray[np.int64]
    """(step, 4, 2) row and column of the cells under a long step: the two nearer its middle, then the outer two."""


def check_stencil(stencil: object) -> Stencil:
    """
    The stencil as a number of neighbours or "eikonal", or an error that names those that there are.

    Raises
    ------
    InputError
        Anything else.
    """
    if stencil == "eikonal":
        return "eikonal"
    if isinstance(stencil, int | np.integer) and not isinstance(stencil, bool) and int(stencil) in STENCILS:
        return int(stencil)
    msg = f'stencil must be one of {", ".join(map(str, STENCILS))} or "eikonal"; {stencil!r} came'
    raise InputError(msg)


@cache
def steps_of(stencil: int) -> Steps:
    """The steps of a stencil: 4 + 4 short ones, 8 by (1, 2), 8 by (1, 3), 8 by (2, 3)."""
    forward = [(0, 1), (1, 0), (1, 1), (1, -1)]
    for long, short in ((2, 1), (3, 1), (3, 2)):
        forward += [(short, long), (short, -long), (long, short), (long, -short)]
    rows: list[int] = []
    columns: list[int] = []
    for row, column in forward[: stencil // 2]:
        rows += [row, -row]
        columns += [column, -column]
    middles = np.zeros((stencil, 4, 2), np.int64)
    for k, (row, column) in enumerate(zip(rows, columns, strict=True)):
        middles[k] = _under(row, column)
    return Steps(np.array(rows, np.int64), np.array(columns, np.int64), middles)


def _under(row: int, column: int) -> NDArray[np.int64]:
    """Cells between the ends of a step, in the order that the kernel weighs them."""
    along, across = (abs(column), abs(row)) if abs(column) >= abs(row) else (abs(row), abs(column))
    cells = {
        (2, 1): [(1, 0), (1, 1), (0, 0), (0, 0)],
        (3, 1): [(1, 0), (2, 1), (0, 0), (0, 0)],
        (3, 2): [(1, 1), (2, 1), (1, 0), (2, 2)],
    }.get((along, across), [(0, 0)] * 4)
    result = np.array(cells, np.int64)  # along, across
    if abs(column) >= abs(row):
        result = result[:, ::-1]
    return result * [np.sign(row), np.sign(column)]


def direction_error(stencil: int, dx: NDArray[np.float64], dy: NDArray[np.float64]) -> tuple[float, float]:
    """
    How much too long a stencil makes a journey over uniform ground: the largest share and its root mean square.

    A journey in a direction between two neighbouring steps is made of both; halfway between them it is longest, by
    1 / cos(half their angle). Taken over all directions and the cells' shapes that are given.

    Parameters
    ----------
    stencil
        8, 16 or 32.
    dx, dy
        Metres from cell to cell along rows and columns; arrays of the shapes that occur.

    Returns
    -------
    tuple of float
        Largest error and root mean square, as shares (0.01 is one per cent).
    """
    steps = steps_of(stencil)
    worst, mean_square = 0.0, 0.0
    bearings = np.linspace(0.0, 2.0 * np.pi, 7201)[:-1]
    for width, height in zip(np.atleast_1d(dx), np.atleast_1d(dy), strict=True):
        vectors = np.column_stack([steps.columns * width, steps.rows * height]).astype(float)
        angles = np.arctan2(vectors[:, 1], vectors[:, 0])
        order = np.argsort(angles)
        u, v = vectors[order], vectors[np.roll(order, -1)]
        determinant = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
        at = np.searchsorted(angles[order], np.mod(bearings + np.pi, 2 * np.pi) - np.pi, side="right") - 1
        u, v, determinant = u[at], v[at], determinant[at]
        x, y = np.cos(bearings), np.sin(bearings)
        a = (x * v[:, 1] - y * v[:, 0]) / determinant
        b = (u[:, 0] * y - u[:, 1] * x) / determinant
        excess = a * np.hypot(u[:, 0], u[:, 1]) + b * np.hypot(v[:, 0], v[:, 1]) - 1.0
        # Of unit steps u and v the chord between them bounds what can be reached: cos(half the angle) off the circle.
        widest = float(np.diff(np.append(angles[order], angles[order[0]] + 2.0 * np.pi)).max())
        worst = max(worst, 1.0 / np.cos(widest / 2.0) - 1.0)
        mean_square = max(mean_square, float(np.mean(excess**2)))
    return worst, float(np.sqrt(mean_square))
