"""Short GeoJSON of every kind of geometry is what shapely's own writer gives, rounded."""

from __future__ import annotations

import json

import pytest
import shapely

from geoops.report.geojson import geojson

SHAPES = [
    "POINT (40.12345 35.98765)",
    "MULTIPOINT (40.1 35.2, 41.3 36.4)",
    "LINESTRING (40.1234 35.1, 40.2 35.2, 40.3 35.1)",
    "MULTILINESTRING ((40 35, 41 35.5), (42 36, 43 36.5, 43.5 36))",
    "POLYGON ((40 35, 44 35, 44 39, 40 39, 40 35), (41 36, 42 36, 42 37, 41 36))",
    "MULTIPOLYGON (((40 35, 44 35, 44 39, 40 35), (41 35.5, 42 35.5, 42 36, 41 35.5)), ((50 35, 51 35, 51 36, 50 35)))",
    "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (1 2, 3 4))",
]


def _rounded(value: object) -> object:
    """Numbers to three decimals, lists for tuples, whatever the nesting."""
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return round(value, 3) if isinstance(value, float) else value


@pytest.mark.parametrize("text", SHAPES)
def test_a_geometry_is_nested_as_shapely_nests_it(text: str) -> None:
    """Every kind, with holes and parts."""
    shape = shapely.from_wkt(text)
    assert geojson(shape, 3) == _rounded(json.loads(shapely.to_geojson(shape)))


def test_vertices_that_fall_together_are_dropped_but_not_the_ends() -> None:
    """A line of four vertices, three of which round to one place."""
    line = shapely.LineString([(40.0, 35.0), (40.0004, 35.0), (40.0, 35.0004), (41.0, 36.0)])
    assert geojson(line, 3)["coordinates"] == [[40.0, 35.0], [41.0, 36.0]]
    short = shapely.LineString([(40.0, 35.0), (40.0001, 35.0001)])
    assert geojson(short, 3)["coordinates"] == [[40.0, 35.0], [40.0, 35.0]]
