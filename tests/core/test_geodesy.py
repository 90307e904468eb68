"""The ellipsoid's arithmetic, against GeographicLib and against analytic values."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from geoops.core import geodesy
from geoops.core.errors import CoordinateError, InputError

ORACLE = Geodesic.WGS84
longitudes = st.floats(-180, 180)
latitudes = st.floats(-89.9, 89.9)


@given(longitudes, latitudes, longitudes, latitudes)
def test_distance_and_bearing_equal_geographiclib(lon1, lat1, lon2, lat2):
    expected = ORACLE.Inverse(lat1, lon1, lat2, lon2)
    assert float(geodesy.distance(lon1, lat1, lon2, lat2)) == pytest.approx(expected["s12"], abs=1e-6)
    # Near the antipode and at zero distance a bearing is not defined to the same precision.
    if 1.0 < expected["s12"] < 1.99e7:
        difference = float(geodesy.bearing(lon1, lat1, lon2, lat2)) - expected["azi1"]
        assert abs((difference + 180.0) % 360.0 - 180.0) < 1e-6


@given(longitudes, latitudes, st.floats(0, 360), st.floats(1, 1e7))
def test_destination_equals_geographiclib(lon, lat, bearing, metres):
    expected = ORACLE.Direct(lat, lon, bearing, metres)
    lon2, lat2 = geodesy.destination(lon, lat, bearing, metres)
    assert float(geodesy.distance(lon2, lat2, expected["lon2"], expected["lat2"])) < 1e-6


def test_arrays_broadcast_and_keep_their_shape():
    metres = geodesy.distance(np.zeros((2, 3)), 0.0, np.ones((2, 3)), 0.0)
    assert metres.shape == (2, 3)
    assert metres == pytest.approx(np.full((2, 3), 111319.4907932), abs=1e-6)


@pytest.mark.parametrize(
    ("lon", "lat", "radius"), [(40, 35, 25_000), (-70, -50, 300_000), (0, 0, 1_000), (12, 80, 90_000)]
)
def test_a_circle_has_its_radius_all_round(lon, lat, radius):
    ring = geodesy.circle(lon, lat, radius)
    coords = shapely.get_coordinates(ring)
    radii = [ORACLE.Inverse(lat, lon, y, x)["s12"] for x, y in coords]
    assert radii == pytest.approx([radius] * len(coords), abs=1e-3)
    area, _ = pyproj.Geod(ellps="WGS84").geometry_area_perimeter(shapely.orient_polygons(ring))
    assert area == pytest.approx(np.pi * radius**2, rel=2e-3)


def test_a_circle_over_the_antimeridian_is_split_there():
    ring = geodesy.circle(179.9, 10.0, 50_000.0)
    assert ring.geom_type == "MultiPolygon"
    assert ring.bounds[0] == -180.0
    assert ring.bounds[2] == 180.0
    assert ring.contains(shapely.Point(-179.9, 10.0))
    assert ring.contains(shapely.Point(179.8, 10.0))
    assert not ring.intersects(shapely.Point(0.0, 10.0))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_circle_over_a_pole_reaches_it(sign):
    ring = geodesy.circle(30.0, sign * 89.9, 50_000.0)
    assert ring.is_valid
    for lon in (-170.0, -90.0, 0.0, 30.0, 120.0):
        assert ring.contains(shapely.Point(lon, sign * 89.8))
        assert not ring.contains(shapely.Point(lon, sign * 88.9))


@pytest.mark.parametrize("radius", [0.0, -1.0, float("nan"), float("inf"), 1.1e7])
def test_an_absurd_radius_is_refused(radius):
    with pytest.raises(InputError, match="radius"):
        geodesy.circle(0.0, 0.0, radius)


def test_a_geodesic_line_follows_the_geodesic_and_keeps_its_vertices():
    line = geodesy.geodesic_line([(0.0, 50.0), (90.0, 50.0), (90.0, 40.0)], max_segment_m=100_000.0)
    coords = shapely.get_coordinates(line)
    steps = geodesy.distance(coords[:-1, 0], coords[:-1, 1], coords[1:, 0], coords[1:, 1])
    assert steps.max() <= 100_000.0 + 1e-6
    total = ORACLE.Inverse(50, 0, 50, 90)["s12"] + ORACLE.Inverse(50, 90, 40, 90)["s12"]
    assert steps.sum() == pytest.approx(total, abs=1e-3)
    assert coords[:, 1].max() > 57.0  # the great circle between two points at 50° N bows northward
    assert (90.0, 50.0) in {tuple(c) for c in coords.round(9)}


def test_a_geodesic_line_over_the_antimeridian_is_one_line():
    coords = shapely.get_coordinates(geodesy.geodesic_line([(179.0, 0.0), (-179.0, 0.0)]))
    assert coords[:, 0].max() == pytest.approx(181.0)
    assert np.abs(np.diff(coords[:, 0])).max() < 0.1


@pytest.mark.parametrize("coords", [[(0, 0)], [0, 1, 2], [(0, 0, 0), (1, 1, 1)]])
def test_a_line_needs_two_points_in_two_dimensions(coords):
    with pytest.raises(InputError, match=r"shape \(n, 2\)"):
        geodesy.geodesic_line(coords)


def test_length_is_geodesic_and_missing_is_nan():
    lengths = geodesy.length([shapely.LineString([(0, 0), (1, 0)]), shapely.Point(1, 1), None])
    assert lengths[0] == pytest.approx(111319.4907932, abs=1e-3)
    assert lengths[1] == 0.0
    assert np.isnan(lengths[2])


def test_a_region_comes_back_as_floats():
    assert geodesy.check_region([35, 32, 46, 38]) == (35.0, 32.0, 46.0, 38.0)


@pytest.mark.parametrize(
    ("region", "words"),
    [
        ((35, 32, 46), "four numbers"),
        ("35,32,46,38", "four numbers"),
        (None, "four numbers"),
        ((35, 32, float("nan"), 38), "finite"),
        ((46, 32, 35, 38), "west < east"),
        ((35, 38, 46, 32), "south < north"),
        ((35, 32, 190, 38), "±180"),
        ((35, 32, 46, 91), "±90"),
        ((170, -20, -170, 20), "antimeridian"),
    ],
)
def test_a_bad_region_is_refused_with_what_came(region, words):
    with pytest.raises(CoordinateError, match=words):
        geodesy.check_region(region)


def test_region_of_geometries_with_a_margin():
    points = [shapely.Point(40, 34), None, shapely.Point(), shapely.Point(44, 36)]
    assert geodesy.region_of(points) == (40.0, 34.0, 44.0, 36.0)
    assert geodesy.region_of(points, margin=0.25) == (39.0, 33.0, 45.0, 37.0)
    assert geodesy.region_of([shapely.Point(40, 34)]) == (39.5, 33.5, 40.5, 34.5)
    assert geodesy.region_of([shapely.Point(179.9, 89.9)]) == (179.4, 89.4, 180.0, 90.0)
    with pytest.raises(InputError, match="missing or empty"):
        geodesy.region_of([None, shapely.Point()])


@pytest.mark.parametrize(
    ("region", "projection"),
    [
        ((35.5, 32.3, 46, 37.9), "Lambert Conic Conformal (2SP)"),
        ((-73, -45, -66, -35), "Lambert Conic Conformal (2SP)"),
        ((30, -10, 40, 5), "Transverse Mercator"),
        ((43, 35, 44, 36), "Transverse Mercator"),
        ((-60, 60, 60, 83), "Polar Stereographic"),
        ((0, -90, 40, -75), "Polar Stereographic"),
        ((-170, -50, 170, 60), "Mercator (variant B)"),
    ],
)
def test_the_local_projection_fits_its_region_and_is_conformal(region, projection):
    crs = geodesy.local_crs(region)
    assert crs.coordinate_operation.method_name.startswith(projection)
    west, south, east, north = region
    factors = pyproj.Proj(crs).get_factors(
        np.linspace(west, east, 7)[1:-1], np.linspace(south, north, 7)[1:-1], radians=False
    )
    assert np.asarray(factors.meridional_scale) == pytest.approx(np.asarray(factors.parallel_scale), rel=1e-4)


def test_scale_error_stays_small_over_syria_and_iraq():
    crs = geodesy.local_crs((35.5, 29.0, 48.8, 37.9))
    lon, lat = np.meshgrid(np.linspace(35.5, 48.8, 20), np.linspace(29.0, 37.9, 20))
    scale = np.asarray(pyproj.Proj(crs).get_factors(lon.ravel(), lat.ravel()).meridional_scale)
    assert np.abs(scale - 1.0).max() < 0.002
