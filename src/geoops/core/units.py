"""SI inside; kilometres, miles and hours only where a person reads them.

Conversions stand here once, as constants that can be checked against their definitions, together with the
few functions that write a quantity out for a reader.
"""

from __future__ import annotations

import math

__all__ = [
    "KILOMETRES_PER_MILE",
    "METRES_PER_KILOMETRE",
    "METRES_PER_MILE",
    "NO_DISTANCE_KM",
    "SECONDS_PER_HOUR",
    "format_bounds",
    "format_hours",
    "format_km",
    "format_share",
    "pace_from_speed",
    "speed_from_pace",
]

METRES_PER_KILOMETRE = 1000.0
METRES_PER_MILE = 1609.344  # international mile, by definition (1959)
NO_DISTANCE_KM = 0.05
"""Below it a distance is written as 0.0: no digit is left of it."""
_NOTHING = 1e-9
KILOMETRES_PER_MILE = METRES_PER_MILE / METRES_PER_KILOMETRE
SECONDS_PER_HOUR = 3600.0


def pace_from_speed(speed_kmh: float) -> float:
    """
    Pace in seconds per metre of a speed in kilometres per hour.

    Examples
    --------
    >>> pace_from_speed(36.0)
    0.1
    """
    return SECONDS_PER_HOUR / (speed_kmh * METRES_PER_KILOMETRE)


def speed_from_pace(pace_s_per_m: float) -> float:
    """
    Speed in kilometres per hour of a pace in seconds per metre.

    Examples
    --------
    >>> speed_from_pace(0.1)
    36.0
    """
    return SECONDS_PER_HOUR / (pace_s_per_m * METRES_PER_KILOMETRE)


def format_km(distance_km: float) -> str:
    """
    A distance as a reader wants it: no digits that the number cannot carry.

    Examples
    --------
    >>> [format_km(value) for value in (0.43, 4.26, 12.4, 494.2)]
    ['0.4 km', '4.3 km', '12 km', '494 km']
    """
    if not math.isfinite(distance_km):
        return "–"
    return f"{distance_km:.1f} km" if distance_km < 9.95 else f"{distance_km:,.0f} km"


def format_bounds(low_km: float, high_km: float) -> str:
    """
    Bounds of a distance as a reader wants them: both with the digits that the upper one can carry; nothing where they say none.

    Examples
    --------
    >>> [format_bounds(*pair) for pair in ((0.0, 17.6), (0.04, 8.0), (8.6, 9.6), (0.0, 1053.5), (6.1, 6.1))]
    ['0 to 18', '0 to 8.0', '8.6 to 9.6', '0 to 1,054', '']
    """
    if not (math.isfinite(low_km) and math.isfinite(high_km)) or high_km - low_km <= NO_DISTANCE_KM:
        return ""
    digits = 1 if high_km < 9.95 else 0
    low, high = f"{low_km:,.{digits}f}", f"{high_km:,.{digits}f}"
    return f"{'0' if float(low) == 0 else low} to {high}" if low != high else ""


def format_share(share: float) -> str:
    """
    A share in percent as a reader wants it: all and nothing are said only where they are so.

    Examples
    --------
    >>> [format_share(value) for value in (0.0, 0.002, 0.804, 0.996, 1.0)]
    ['0%', '<1%', '80%', '>99%', '100%']
    """
    if not math.isfinite(share):
        return "–"
    whole = round(share * 100)
    if whole >= 100 and share < 1.0 - _NOTHING:
        return ">99%"
    return "<1%" if whole == 0 and share > _NOTHING else f"{whole}%"


def format_hours(hours: float) -> str:
    """
    A duration as a reader wants it: minutes below an hour, one decimal up to a day, then days.

    Examples
    --------
    >>> [format_hours(value) for value in (0.25, 7.62, 23.0, 53.0)]
    ['15 min', '7.6 h', '23.0 h', '2.2 days']
    """
    if not math.isfinite(hours):
        return "–"
    if round(hours * 60) < 60:
        return f"{hours * 60:.0f} min"
    if hours < 24.0:
        return f"{hours:.1f} h"
    return f"{hours / 24.0:.1f} days"
