"""Rules that turn the slope of a step into a factor on its pace, direction included.

Each rule is 1 on level ground; `Friction.slope_pace` names it.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geoops.core.errors import InputError

__all__ = ["SLOPE_RULES", "SLOPE_STEP", "slope_factor", "slope_table"]

SLOPE_RULES = {
    "tobler": "Tobler (1993), Three presentations on geographical analysis and modeling, NCGIA 93-1: "
    "6 exp(-3.5 |s + 0.05|) km/h, here as a factor on the pace of level ground",
    "langmuir": "Langmuir (1984), Mountaincraft and leadership: 5 km/h on the level (0.72 s/m), 6 s a metre climbed, "
    "2 s a metre saved on gentle descents (5 to 12 degrees), 2 s a metre added on steeper ones",
}
"""Name -> what it is and where it stands."""

SLOPE_STEP = 0.0005  # of the table; Tobler's kink at -0.05 falls on an entry
_STEEPEST = 2.0  # beyond it (63 degrees) the factor stays as it is there


def slope_factor(rule: str, slope: ArrayLike) -> NDArray[np.float64]:
    """
    Factor on the level pace at a slope (rise over horizontal run; above 0 climbs).

    Examples
    --------
    >>> slope_factor("tobler", [0.0, -0.05, 0.10]).round(3).tolist()
    [1.0, 0.839, 1.419]

    Raises
    ------
    InputError
        No such rule; the message names those that there are.
    """
    s = np.clip(np.asarray(slope, dtype=float), -_STEEPEST, _STEEPEST)
    if rule == "tobler":
        return np.asarray(np.exp(3.5 * (np.abs(s + 0.05) - 0.05)))
    if rule == "langmuir":
        level = 0.72  # s/m: 5 km/h
        gentle, steep = np.tan(np.radians(5.0)), np.tan(np.radians(12.0))
        seconds = np.where(s >= 0.0, 6.0 * s, 0.0)
        seconds = np.where((s <= -gentle) & (s >= -steep), 2.0 * s, seconds)
        seconds = np.where(s < -steep, -2.0 * s, seconds)
        return np.asarray((level + seconds) / level)
    msg = f"slope_pace must be one of {', '.join(SLOPE_RULES)}; {rule!r} came"
    raise InputError(msg)


@cache
def slope_table(rule: str | None) -> NDArray[np.float64]:
    """The factor at every `SLOPE_STEP` from the steepest descent to the steepest climb; one entry without a rule."""
    if rule is None:
        return np.ones(1)
    half = round(_STEEPEST / SLOPE_STEP)
    return slope_factor(rule, np.arange(-half, half + 1) * SLOPE_STEP)
