"""Distances by brute force on GeographicLib: slow, simple, and nothing of the code under test."""

from __future__ import annotations

import math

import numpy as np
from geographiclib.geodesic import Geodesic

WGS84 = Geodesic.WGS84
GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


def inverse_m(lon1, lat1, lon2, lat2):
    """Metres between two points."""
    return WGS84.Inverse(lat1, lon1, lat2, lon2, Geodesic.DISTANCE)["s12"]


def walker(a, b, edges):
    """A function from a share of the way to the place on the edge from a to b."""
    if edges == "planar":
        return lambda t: (a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]))
    line = WGS84.InverseLine(a[1], a[0], b[1], b[0])

    def at(t):
        place = line.Position(t * line.s13)
        return place["lon2"], place["lat2"]

    return at


def least(measure, samples=12, rounds=40):
    """Least value of a function on [0, 1]: samples, then a golden section round the best."""
    values = [measure(i / samples) for i in range(samples + 1)]
    best = int(np.argmin(values))
    low, high = max(best - 1, 0) / samples, min(best + 1, samples) / samples
    inner, outer = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    d_inner, d_outer = measure(inner), measure(outer)
    for _ in range(rounds):
        if d_inner <= d_outer:
            high, outer, d_outer = outer, inner, d_inner
            inner = high - GOLDEN * (high - low)
            d_inner = measure(inner)
        else:
            low, inner, d_inner = inner, outer, d_outer
            outer = low + GOLDEN * (high - low)
            d_outer = measure(outer)
    return min(*values, d_inner, d_outer)


def point_to_edge(point, a, b, edges):
    """Metres from a point to an edge."""
    if a == b:
        return inverse_m(*point, *a)
    at = walker(a, b, edges)
    return least(lambda t: inverse_m(*point, *at(t)))


def edge_to_edge(one, other, coarse=7):
    """Lower bound of the distance of two edges (walkers with lengths), and a function that finds it by brute force."""

    shares = np.linspace(0.0, 1.0, coarse)
    here, there = [one[0](x) for x in shares], [other[0](x) for x in shares]
    nearest = min(inverse_m(*p, *q) for p in here for q in there)

    def refine():
        """The least distance from a place on one edge to the other edge, over all places."""

        def from_place(share):
            place = one[0](share)
            return least(lambda t: inverse_m(*place, *other[0](t)), samples=5, rounds=26)

        return least(from_place, samples=5, rounds=26)

    return nearest - (one[1] + other[1]) / (coarse - 1), refine


def edges_of(geometry):
    """The edges of a line or a polygon's outlines; a point is an edge without length."""
    if geometry.geom_type == "Point":
        return [(geometry.coords[0], geometry.coords[0])]
    if geometry.geom_type == "Polygon":
        rings = [geometry.exterior, *geometry.interiors]
        return [pair for ring in rings for pair in zip(ring.coords[:-1], ring.coords[1:], strict=True)]
    if hasattr(geometry, "geoms"):
        return [edge for part in geometry.geoms for edge in edges_of(part)]
    return list(zip(geometry.coords[:-1], geometry.coords[1:], strict=True))


def winds_round(point, ring, edges, steps=24):
    """Whether a ring goes round a point: the azimuths towards places along it add up to a whole turn."""
    total, before = 0.0, None
    for a, b in zip(ring.coords[:-1], ring.coords[1:], strict=True):
        at = walker(a, b, edges)
        for i in range(steps):
            azimuth = WGS84.Inverse(point[1], point[0], at(i / steps)[1], at(i / steps)[0], Geodesic.AZIMUTH)["azi1"]
            if before is not None:
                total += (azimuth - before + 180.0) % 360.0 - 180.0
            before = azimuth
    return abs(total) > 180.0


def holds(geometry, point, edges):
    """Whether an area holds a point."""
    if geometry.geom_type == "MultiPolygon":
        return any(holds(part, point, edges) for part in geometry.geoms)
    if geometry.geom_type != "Polygon":
        return False
    return winds_round(point, geometry.exterior, edges) and not any(
        winds_round(point, hole, edges) for hole in geometry.interiors
    )


def point_distance_m(point, geometry, edges):
    """Metres from a point to a geometry, 0 inside it."""
    if holds(geometry, point, edges):
        return 0.0
    return min(point_to_edge(point, a, b, edges) for a, b in edges_of(geometry))


def distance_m(one, other, edges):
    """Metres between two geometries."""
    if one.geom_type == "Point":
        return point_distance_m(one.coords[0], other, edges)
    if other.geom_type == "Point":
        return point_distance_m(other.coords[0], one, edges)
    if holds(other, edges_of(one)[0][0], edges) or holds(one, edges_of(other)[0][0], edges):
        return 0.0
    walkers = [[(walker(a, b, edges), 1.05 * inverse_m(*a, *b)) for a, b in edges_of(g)] for g in (one, other)]
    best = math.inf
    for low, refine in sorted((edge_to_edge(a, b) for a in walkers[0] for b in walkers[1]), key=lambda pair: pair[0]):
        if low < best:
            best = min(best, refine())
    return best
