"""Coordinates in the ways people type them, and what is none."""

from __future__ import annotations

import math

import pytest

from geoops.gazetteer.coordinates import typed_point


@pytest.mark.parametrize(
    ("text", "lat", "lon"),
    [
        ("36.39, 41.15", 36.39, 41.15),
        ("36.39,41.15", 36.39, 41.15),
        ("36.39 41.15", 36.39, 41.15),
        ("(36.39; 41.15)", 36.39, 41.15),
        ("-33.9, 151.2", -33.9, 151.2),
        ("151.2, -33.9", -33.9, 151.2),  # the first number is no latitude
        ("36, 41", 36.0, 41.0),
        ("36.39°N, 41.15°E", 36.39, 41.15),
        ("41.15 E 36.39 N", 36.39, 41.15),
        ("36°23'24\"N 41°09'00\"E", 36.39, 41.15),
        ("36°23′24″N, 41°9′0″E", 36.39, 41.15),
        ("33.9 S 18.4 W", -33.9, -18.4),
    ],
)
def test_a_pair_is_understood(text, lat, lon):
    point = typed_point(text)
    assert point is not None
    assert point.valid
    assert point.lat == pytest.approx(lat, abs=1e-9)
    assert point.lon == pytest.approx(lon, abs=1e-9)
    assert f"latitude {lat:g}" in point.reason


@pytest.mark.parametrize(
    "text", ["", "Kirkuk", "36.39", "12 13", "36.39, 41.15, 7", "Route 1, 2", "36 N 41 N", "1,2," * 30]
)
def test_anything_else_is_none(text):
    assert typed_point(text) is None


def test_the_radius_is_what_the_rounding_leaves_open():
    coarse, fine = typed_point("36.4, 41.15"), typed_point("36.3904, 41.1498")
    assert coarse is not None
    assert fine is not None
    assert coarse.uncertainty_m == round(math.hypot(0.05, 0.05) * 111_320)
    assert fine.uncertainty_m == round(math.hypot(0.00005, 0.00005) * 111_320)
    minutes = typed_point("36°23'N 41°09'E")
    assert minutes is not None
    assert minutes.uncertainty_m == round(math.hypot(0.5 / 60, 0.5 / 60) * 111_320)


def test_a_pair_beyond_the_globe_is_no_place():
    for text in ("95.0, 200.0", "91 N 10 E", "36.0, 181.0"):
        point = typed_point(text)
        assert point is not None
        assert not point.valid
        assert "beyond the globe" in point.reason
