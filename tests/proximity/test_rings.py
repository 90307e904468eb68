"""Rings stand at their radius on the ellipsoid, round points and round extents, wherever on Earth."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import oracle
import pytest
import shapely

import geoops as go
from geoops.core.errors import InputError


@pytest.mark.parametrize("place", [(40.0, 35.0), (179.5, 0.0), (-179.9, 65.0), (10.0, -50.0)])
@pytest.mark.parametrize("radius_km", [0.5, 25.0, 400.0])
def test_vertices_of_circles_stand_at_the_radius(place, radius_km):
    ring = go.rings([place], radius_km).geometry.iloc[0]
    off = []
    for lon, lat in shapely.get_coordinates(ring):
        if abs(abs(lon) - 180.0) > 1e-9:  # on the antimeridian the ring was cut
            off.append(abs(oracle.inverse_m(*place, lon, lat) - radius_km * 1e3))
    assert max(off) < 1e-3
    assert len(off) >= 360
    area = ring_area_m2(ring)
    assert area == pytest.approx(np.pi * (radius_km * 1e3) ** 2, rel=2e-3)


def ring_area_m2(ring):
    """Area by GeographicLib's polygon tool, part by part."""
    total = 0.0
    for part in getattr(ring, "geoms", [ring]):
        polygon = oracle.WGS84.Polygon()
        for lon, lat in part.exterior.coords[:-1]:
            polygon.AddPoint(lat, lon)
        total += abs(polygon.Compute()[2])
    return total


EXTENTS = {
    "a box": shapely.box(39.0, 34.0, 41.0, 36.0),
    "a long line": shapely.LineString([(38.0, 36.5), (40.0, 35.5), (41.0, 34.4), (44.0, 33.0)]),
    "two parts": shapely.MultiPolygon([shapely.box(39.0, 34.0, 39.3, 34.3), shapely.box(40.0, 34.5, 40.3, 34.9)]),
    "a bay": shapely.Polygon(
        [(39, 34), (41, 34), (41, 36), (40.8, 36), (40.8, 34.2), (39.2, 34.2), (39.2, 36), (39, 36)]
    ),
}


@pytest.mark.parametrize("name", EXTENTS)
@pytest.mark.parametrize("radius_km", [5.0, 60.0])
def test_vertices_of_buffers_stand_at_the_radius_to_a_metre(name, radius_km):
    extent = EXTENTS[name]
    ring = go.rings([extent], radius_km).geometry.iloc[0]
    coords = shapely.get_coordinates(ring)
    some = coords[:: max(1, len(coords) // 14)]
    off = [abs(oracle.point_distance_m(tuple(c), extent, "geodesic") - radius_km * 1e3) for c in some]
    assert max(off) < 1.0
    # Between two vertices too.
    middles = (coords[:-1] + coords[1:]) / 2.0
    d = go.nearest(gpd.GeoSeries(shapely.points(middles), crs=4326), [extent], with_lines=False)["distance_km"]
    long_way = np.hypot(*(coords[1:] - coords[:-1]).T) > radius_km / 30.0  # a step from one ring to another
    assert (np.abs(d - radius_km)[~long_way].max()) < 2e-4 * radius_km + 0.002
    assert shapely.covers(ring, extent.buffer(0) if extent.area else extent)


def test_a_buffer_over_the_antimeridian_is_split_and_whole():
    extent = shapely.LineString([(178.5, 10.0), (181.0, 11.0)])
    ring = go.rings(gpd.GeoSeries([extent], crs=4326), 100.0).geometry.iloc[0]
    west, _, east, _ = ring.bounds
    assert west >= -180.0
    assert east <= 180.0
    assert shapely.intersects_xy(ring, [179.9, -179.9, -178.5, 0.0], [10.6, 10.7, 11.2, 10.0]).tolist() == [
        True
    ] * 3 + [False]


def test_a_buffer_over_a_pole_holds_the_pole():
    extent = shapely.LineString([(0.0, 88.0), (90.0, 88.0)])
    ring = go.rings([extent], 400.0).geometry.iloc[0]
    assert shapely.intersects_xy(ring, [0.0, 179.0, -100.0], [89.99, 89.5, 89.5]).all()
    assert not shapely.intersects_xy(ring, 180.0, 80.0)
    south = go.rings([shapely.LineString([(0.0, -88.0), (90.0, -88.0)])], 400.0).geometry.iloc[0]
    assert shapely.intersects_xy(south, 179.0, -89.5)


def test_rows_stand_in_order_and_a_site_without_a_place_keeps_its_rows():
    sites = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=[None, shapely.Point(40, 35)], index=["x", "y"], crs=4326)
    table = go.rings(sites, [10, 5])
    assert table[["site", "site_name", "radius_km"]].values.tolist() == [
        ["x", "a", 10.0], ["x", "a", 5.0], ["y", "b", 10.0], ["y", "b", 5.0],
    ]  # fmt: skip
    assert table.geometry.isna().tolist() == [True, True, False, False]
    assert table.crs == "EPSG:4326"


@pytest.mark.parametrize("radii", [0, -5, float("nan"), float("inf"), [], "near", [5, 5], 20_000, [[1, 2]], None])
def test_radii_that_are_none_are_refused(radii):
    with pytest.raises(InputError, match="radi"):
        go.rings([(40, 35)], radii)
