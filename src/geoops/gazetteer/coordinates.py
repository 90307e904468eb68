"""Coordinates typed where a name was expected: "36.39, 41.15", "36°23'N 41°09'E".

Bare pairs are read as people type them, latitude first, and the answer says so. Nothing else of geoops puts latitude
first.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

__all__ = ["TypedPoint", "typed_point"]

_NUMBER = r"[+-]?\d{1,3}(?:[.]\d+)?"
_PAIR = re.compile(rf"\s*\(?\s*(?P<first>{_NUMBER})\s*°?\s*[,;\s]\s*(?P<second>{_NUMBER})\s*°?\s*\)?\s*")
_SIDE = (
    r"(?P<d{n}>\d{{1,3}}(?:\.\d+)?)\s*°?\s*(?:(?P<m{n}>\d{{1,2}}(?:\.\d+)?)\s*['′’]\s*)?"
    r"(?:(?P<s{n}>\d{{1,2}}(?:\.\d+)?)\s*(?:[\"″”]|'')\s*)?(?P<h{n}>[NSEWnsew])"
)
_SIDED = re.compile(r"\s*" + _SIDE.format(n=1) + r"\s*[,;]?\s*" + _SIDE.format(n=2) + r"\s*")
_METRES_A_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class TypedPoint:
    """
    A point given as text.

    Parameters
    ----------
    lon, lat
        Degrees.
    uncertainty_m
        What the rounding of the text leaves open, as a radius.
    valid
        Whether it lies on the globe.
    reason
        How it was read.
    """

    lon: float
    lat: float
    uncertainty_m: float
    valid: bool
    reason: str


def typed_point(text: str) -> TypedPoint | None:
    """
    The point that a text states, or None if it states none.

    Examples
    --------
    >>> typed_point("36.39, 41.15")
    TypedPoint(lon=41.15, lat=36.39, uncertainty_m=787.0, valid=True, reason='coordinates: read as latitude 36.39, longitude 41.15')
    >>> typed_point("Kirkuk") is None
    True
    """
    if len(text) > 80:
        return None
    sided = _SIDED.fullmatch(text)
    if sided:
        return _sided(sided)
    pair = _PAIR.fullmatch(text)
    if not pair or not ("." in text or "," in text or ";" in text):  # two whole numbers and a gap are no coordinates
        return None
    first, second = float(pair["first"]), float(pair["second"])
    half_unit = 0.5 * 10.0 ** -min(_decimals(pair["first"]), _decimals(pair["second"]))
    if abs(first) > 90.0 >= abs(second):
        return _point(second, first, half_unit, "longitude first, as the first number is no latitude")
    return _point(first, second, half_unit, "")


def _decimals(number: str) -> int:
    """Digits behind the point."""
    return len(number.partition(".")[2])


def _sided(match: re.Match[str]) -> TypedPoint | None:
    """A pair with hemispheres."""
    values: dict[str, float] = {}
    half_unit = 0.0
    for n in ("1", "2"):
        degrees, minutes, seconds, side = (match[f"{part}{n}"] for part in "dmsh")
        value = float(degrees) + float(minutes or 0) / 60.0 + float(seconds or 0) / 3600.0
        unit = 1.0 / 3600.0 if seconds else 1.0 / 60.0 if minutes else 1.0
        half_unit = max(half_unit, 0.5 * unit * 10.0 ** -_decimals(seconds or minutes or degrees))
        axis = "lat" if side.upper() in "NS" else "lon"
        if axis in values:
            return None
        values[axis] = -value if side.upper() in "SW" else value
    return _point(values["lat"], values["lon"], half_unit, "")


def _point(lat: float, lon: float, half_unit_deg: float, note: str) -> TypedPoint:
    """The point with the radius of its rounding."""
    valid = abs(lat) <= 90.0 and abs(lon) <= 180.0
    if not valid:
        return TypedPoint(lon, lat, math.nan, valid=False, reason=f"coordinates beyond the globe: {lat:g}, {lon:g}")
    radius = math.hypot(half_unit_deg, half_unit_deg) * _METRES_A_DEGREE
    reason = f"coordinates: read as latitude {lat:.10g}, longitude {lon:.10g}" + (f" ({note})" if note else "")
    return TypedPoint(lon, lat, float(max(1.0, round(radius))), valid=True, reason=reason)
