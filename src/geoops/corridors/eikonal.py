"""Travel over open ground without the grid's directions: how the eikonal solver is started, and how far it is off.

The solver itself is a kernel; here a point becomes a small disc of known times, because differences across the point,
where the times have a kink, would spoil the second order everywhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geoops.corridors.barriers import Barriers
from geoops.corridors.stencils import FRAME

__all__ = ["BUCKET_SHARE", "ERROR_MAX", "ERROR_RMS", "disc"]

ERROR_MAX, ERROR_RMS = 0.003, 0.0006
"""Largest and root-mean-square share in analytic media, cells at least 50 from the source: tests hold them."""

BUCKET_SHARE = 0.1  # of the least time from cell to cell: times within a bucket are settled in any order
_RADIUS = 5.0  # cells
_SMOOTH = 1.25  # ratio of paces within a disc up to which straight lines are the fastest, nearly
_MOST_POINTS = 64  # more cells than that are an area: its front is wide, and has no kink but at its corners

_Floats = NDArray[np.float64]


def disc(
    pace: _Floats, lengths: _Floats, width: int, barriers: Barriers, seeds: NDArray[np.int32], seed_s: _Floats
) -> tuple[NDArray[np.int32], _Floats, int]:
    """
    Seeds and the cells within five of each, with the time along the straight line to them; the first so many stand.

    A disc ends before the first cell that its line cannot reach: water, no data, a barrier in between. Where the pace
    changes much within it, a bent way may be faster, so that its times may be lowered.
    """
    cells = seeds[seeds < len(pace)]
    if len(cells) > _MOST_POINTS:
        return seeds, seed_s, 0
    framed = pace.reshape(-1, width)
    every: dict[bool, list[NDArray[np.int32]]] = {True: [], False: [seeds]}
    times: dict[bool, list[_Floats]] = {True: [], False: [seed_s]}
    for cell, start_s in zip(cells, seed_s[seeds < len(pace)], strict=True):
        row, column = divmod(int(cell), width)
        dx, dy = lengths[row, 0], lengths[row, 2]
        reach = _RADIUS * min(dx, dy)
        far_x, far_y = int(reach // dx), int(reach // dy)
        down, right = (a.ravel() for a in np.mgrid[-far_y : far_y + 1, -far_x : far_x + 1])
        metres = np.hypot(right * dx, down * dy)
        fits = (metres > 0) & (metres <= reach)
        fits &= (row + down >= FRAME) & (row + down < framed.shape[0] - FRAME)
        fits &= (column + right >= FRAME) & (column + right < width - FRAME)
        down, right, metres = down[fits], right[fits], metres[fits]
        mean = _mean_pace(framed, row, column, down, right)
        ends = np.column_stack([np.tile([column, row], (len(down), 1)), column + right, row + down])
        blocked = ~np.isfinite(mean) | barriers.cut(ends.astype(np.float64))
        kept = metres < metres[blocked].min(initial=np.inf)
        nodes = ((row + down) * width + column + right)[kept].astype(np.int32)
        paces = pace[np.append(nodes, cell)]
        smooth = bool(paces.max() <= _SMOOTH * paces.min())
        every[smooth].append(nodes)
        times[smooth].append(start_s + metres[kept] * mean[kept])
    fixed = sum(map(len, every[True]))
    return np.concatenate(every[True] + every[False]), np.concatenate(times[True] + times[False]), fixed


def _mean_pace(framed: _Floats, row: int, column: int, down: NDArray[np.int64], right: NDArray[np.int64]) -> _Floats:
    """Mean pace along lines from a cell, linear between the cells' centres; `inf` where a cell beside cannot be entered."""
    share = np.linspace(0.0, 1.0, 21)[:, None]
    y, x = row + share * down, column + share * right
    y0, x0 = np.floor(y).astype(np.int64), np.floor(x).astype(np.int64)
    fy, fx = y - y0, x - x0
    values = np.zeros_like(y)
    for step_y, weight_y in ((0, 1.0 - fy), (1, fy)):
        for step_x, weight_x in ((0, 1.0 - fx), (1, fx)):
            weight = weight_y * weight_x
            there = framed[y0 + step_y, x0 + step_x]
            values += np.where(weight > 0.0, np.where(np.isfinite(there), there, 0.0) * weight, 0.0)
            values[(weight > 1e-9) & ~np.isfinite(there)] = np.inf
    return np.asarray(np.trapezoid(values, dx=1.0 / 20.0, axis=0))
