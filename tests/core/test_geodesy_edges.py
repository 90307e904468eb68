"""Where the ellipsoid's arithmetic changes its way: poles, the antimeridian, limits, defaults. Oracle: GeographicLib."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic

from geoops.core import geodesy
from geoops.core.errors import CoordinateError, InputError

ORACLE = Geodesic.WGS84


def metres(lon1, lat1, lon2, lat2):
    return ORACLE.Inverse(lat1, lon1, lat2, lon2)["s12"]


def test_a_circle_starts_in_the_north_and_steps_by_two_degrees():
    coords = shapely.get_coordinates(geodesy.circle(40.0, 35.0, 25_000.0))
    assert len(coords) == 181
    bearings = [ORACLE.Inverse(35.0, 40.0, lat, lon)["azi1"] % 360.0 for lon, lat in coords[:-1]]
    steps = np.mod(np.asarray(bearings) + 1e-9, 360.0)
    assert steps == pytest.approx(np.arange(180) * 2.0, abs=1e-6)


@pytest.mark.parametrize("radius", [0.5, 1.0e7])
def test_the_smallest_and_the_largest_circle(radius):
    assert geodesy.circle(40.0, 10.0, radius).area > 0.0
    with pytest.raises(InputError, match=r"at most at 10,000,000 m; 10000000\.5 m came"):
        geodesy.circle(40.0, 10.0, 10_000_000.5)


@pytest.mark.parametrize("lon", [179.9, -179.9, 180.0, -180.0])
def test_a_split_circle_keeps_its_radius(lon):
    ring = geodesy.circle(lon, 10.0, 50_000.0)
    coords = shapely.get_coordinates(ring)
    inner = coords[np.abs(coords[:, 0]) < 180.0]
    assert len(inner) >= 178
    assert [metres(lon, 10.0, *xy) for xy in inner] == pytest.approx([50_000.0] * len(inner), abs=1e-3)
    for distance in (-49_000.0, 49_000.0):
        there = ORACLE.Direct(10.0, lon, 90.0, distance)
        assert ring.contains(shapely.Point(there["lon2"], there["lat2"]))
    assert ring.bounds[1] == pytest.approx(ORACLE.Direct(10.0, lon, 180.0, 50_000.0)["lat2"], abs=1e-9)
    assert ring.bounds[3] == pytest.approx(ORACLE.Direct(10.0, lon, 0.0, 50_000.0)["lat2"], abs=1e-9)


@pytest.mark.parametrize(("turned", "plain"), [(190.0, -170.0), (-190.0, 170.0), (530.0, 170.0)])
def test_a_centre_beyond_the_antimeridian_is_the_same_centre(turned, plain):
    one, other = geodesy.circle(turned, 10.0, 50_000.0), geodesy.circle(plain, 10.0, 50_000.0)
    assert shapely.hausdorff_distance(one, other) < 1e-9


def test_a_circle_whose_edge_touches_the_antimeridian_is_one_ring():
    # The circle of which the eastern edge is the meridian of 180 degrees, to the millimetre on its western side.
    radius = metres(179.0, 0.0, 180.0, 0.0)
    ring = geodesy.circle(179.0, 0.0, radius - 1e-3)
    assert ring.geom_type == "Polygon"
    over = geodesy.circle(179.0, 0.0, radius + 100.0)
    assert over.geom_type == "MultiPolygon"
    assert shapely.area(over) == pytest.approx(shapely.area(ring), rel=1e-2)


@pytest.mark.parametrize(("lon", "lat"), [(100.0, 80.0), (-60.0, 80.0), (100.0, -80.0), (30.0, 0.5), (30.0, -0.5)])
def test_a_circle_over_a_pole_is_closed_along_it(lon, lat):
    radius = 1.0e7 if abs(lat) < 1.0 else 1_500_000.0
    ring = geodesy.circle(lon, lat, radius, vertices=720)
    coords = shapely.get_coordinates(ring)
    assert ring.is_valid
    assert len(coords) == 725  # those of the circle, two at the edge of the map, two at the pole, and the first again
    assert ring.bounds[0] == -180.0
    assert ring.bounds[2] == 180.0
    pole = np.sign(lat) * 90.0
    assert coords[[0, -2]].tolist() == [[-180.0, pole], [180.0, pole]]
    inner = coords[2:-3]
    assert (np.diff(inner[:, 0]) > 0.0).all()
    assert [metres(lon, lat, *xy) for xy in inner] == pytest.approx([radius] * 720, abs=1e-3)
    # Where it meets the edge of the map, it meets it on both sides at the circle's own latitude.
    edges = coords[[1, -3]]
    assert edges[:, 0].tolist() == [-180.0, 180.0]
    assert edges[0, 1] == edges[1, 1]
    assert metres(lon, lat, 180.0, edges[0, 1]) == pytest.approx(radius, abs=200.0 if abs(lat) > 1.0 else 10_000.0)


@pytest.mark.parametrize("region", [(-180, -90, 180, 90), (-180.0, -90.0, -179.5, -89.5), (179.5, 89.5, 180.0, 90.0)])
def test_a_region_may_reach_the_ends_of_the_world(region):
    assert geodesy.check_region(region) == tuple(float(value) for value in region)


@pytest.mark.parametrize(
    "region",
    [(0, -90.5, 1, 0), (0, 0, 1, 90.5), (-180.5, 0, 1, 1), (0, 0, 180.5, 1), (0, 5, 1, 5), (5, 0, 5, 1)],
)
def test_a_region_just_beyond_or_without_a_side_is_refused(region):
    with pytest.raises(CoordinateError, match="Over the antimeridian: ask twice"):
        geodesy.check_region(region)


@pytest.mark.parametrize(("span", "vertices"), [(9_999.0, 2), (10_000.5, 3), (15_000.0, 3), (20_001.0, 4)])
def test_a_line_is_cut_into_the_fewest_equal_pieces_of_ten_kilometres(span, vertices):
    end = ORACLE.Direct(35.0, 40.0, 60.0, span)
    coords = shapely.get_coordinates(geodesy.geodesic_line([(40.0, 35.0), (end["lon2"], end["lat2"])]))
    assert len(coords) == vertices
    steps = [metres(*a, *b) for a, b in itertools.pairwise(coords)]
    assert steps == pytest.approx([span / (vertices - 1)] * (vertices - 1), abs=1e-3)


def test_each_edge_of_a_line_follows_its_own_geodesic():
    corners = [(40.0, 35.0), (42.0, 35.5), (41.0, 37.0), (38.0, 33.0)]
    coords = shapely.get_coordinates(geodesy.geodesic_line(corners, max_segment_m=50_000.0)).tolist()
    at = 0
    for (lon1, lat1), (lon2, lat2) in itertools.pairwise(corners):
        edge = ORACLE.Inverse(lat1, lon1, lat2, lon2)
        steps = int(np.ceil(edge["s12"] / 50_000.0))
        for step in range(steps + 1):
            there = ORACLE.Direct(lat1, lon1, edge["azi1"], edge["s12"] * step / steps)
            assert metres(*coords[at + step], there["lon2"], there["lat2"]) < 1e-3
        at += steps
    assert at == len(coords) - 1


def test_the_region_of_nothing_says_what_to_give():
    with pytest.raises(InputError, match=r"^no region: every geometry .* give region=\(west, south, east, north\)$"):
        geodesy.region_of([None])


def test_a_region_of_a_line_gets_no_half_degree_and_ends_at_the_world():
    assert geodesy.region_of([shapely.LineString([(40, 34), (41, 34)])]) == (40.0, 34.0, 41.0, 34.0)
    assert geodesy.region_of([shapely.LineString([(40, 34), (40, 35)])]) == (40.0, 34.0, 40.0, 35.0)
    assert geodesy.region_of([shapely.box(40.0, 34.0, 40.5, 34.0 + 1e-10)]) == (40.0, 34.0, 40.5, 34.0 + 1e-10)
    assert geodesy.region_of([shapely.LineString([(40, 34), (40 + 1e-10, 34.5)])])[1] == 34.0
    assert geodesy.region_of([shapely.box(-179.9, -89.9, 179.9, 89.9)], margin=1.0) == (-180.0, -90.0, 180.0, 90.0)


def parameters(region):
    operation = geodesy.local_crs(region).coordinate_operation
    return operation.method_name, {parameter.name: parameter.value for parameter in operation.params}


def test_a_conic_stands_on_two_parallels_a_sixth_inside():
    method, values = parameters((35.123, 32.456, 46.789, 37.912))
    assert method == "Lambert Conic Conformal (2SP)"
    assert values["Longitude of false origin"] == 40.96  # (35.123 + 46.789) / 2 = 40.956
    assert values["Latitude of false origin"] == 35.18
    assert values["Latitude of 1st standard parallel"] == 33.37  # 32.456 + 5.456 / 6 = 33.365
    assert values["Latitude of 2nd standard parallel"] == 37.0


@pytest.mark.parametrize(
    ("region", "method", "centre"),
    [
        ((43.111, 35.111, 45.123, 36.122), "Transverse Mercator", (44.12, 35.62)),
        ((40.0, 10.0, 43.0, 12.0), "Lambert Conic Conformal (2SP)", (41.5, 11.0)),  # 3 degrees wide
        ((40.0, 10.0, 43.5, 12.0), "Lambert Conic Conformal (2SP)", (41.75, 11.0)),
        ((30.0, 6.9, 40.0, 8.9), "Transverse Mercator", (35.0, 7.9)),
        ((30.0, 7.0, 40.0, 9.0), "Lambert Conic Conformal (2SP)", (35.0, 8.0)),
        ((30.0, 0.5, 40.0, 18.0), "Lambert Conic Conformal (2SP)", (35.0, 9.25)),  # north of the equator, just
        ((30.0, 0.0, 40.0, 18.0), "Lambert Conic Conformal (2SP)", (35.0, 9.0)),
        ((30.0, -18.0, 40.0, 0.0), "Lambert Conic Conformal (2SP)", (35.0, -9.0)),
        ((30.0, -1.0, 40.0, 21.0), "Transverse Mercator", (35.0, 10.0)),  # over the equator, its centre far from it
        ((20.0, 68.0, 30.0, 72.0), "Lambert Conic Conformal (2SP)", (25.0, 70.0)),
        ((20.0, 40.0, 30.0, 84.0), "Lambert Conic Conformal (2SP)", (25.0, 62.0)),
        ((0.0, 10.0, 100.0, 40.0), "Lambert Conic Conformal (2SP)", (50.0, 25.0)),
    ],
)
def test_which_projection_at_the_edges_of_the_rules(region, method, centre):
    name, values = parameters(region)
    assert name == method
    found = {key.partition(" of ")[0]: value for key, value in values.items() if "origin" in key}
    assert (found["Longitude"], found["Latitude"]) == centre


@pytest.mark.parametrize(
    ("region", "pole"),
    [
        ((20.0, 69.0, 30.0, 72.0), 90.0),  # its centre at 70.5 degrees
        ((20.0, 40.0, 30.0, 84.5), 90.0),
        ((20.0, -84.5, 30.0, -40.0), -90.0),
        ((20.0, -85.0, 30.0, 86.0), 90.0),  # nearly the whole meridian: the nearer pole, by a hair
        ((20.0, -85.0, 30.0, 85.0), -90.0),
    ],
)
def test_a_polar_region_has_its_own_pole_in_the_middle(region, pole):
    name, values = parameters(region)
    assert name.startswith("Polar Stereographic")
    assert values["Latitude of natural origin"] == pole
    assert values["Longitude of natural origin"] == 25.0


@pytest.mark.parametrize(
    ("region", "parallel"),
    [((0.0, 10.0, 100.5, 40.0), 25.0), ((-90.0, 58.0, 90.0, 63.1), 60.0), ((0, -40, 101, 10), 15.0)],
)
def test_a_very_wide_region_gets_a_mercator_true_on_its_middle(region, parallel):
    name, values = parameters(region)
    assert name == "Mercator (variant B)"
    assert values["Latitude of 1st standard parallel"] == parallel
