"""Layers that are hard to search: long edges, poles, the antimeridian, slivers, everything at once."""

from __future__ import annotations

import numpy as np
import shapely


def points(rng, count, box):
    west, south, east, north = box
    return shapely.points(rng.uniform(west, east, count), rng.uniform(south, north, count))


def lines(rng, count, box, degrees):
    """Lines of one to three edges, each about so many degrees long."""
    west, south, east, north = box
    result = []
    for _ in range(count):
        start = np.array([[rng.uniform(west, east), rng.uniform(south, north)]])
        steps = rng.normal(0.0, degrees, (rng.integers(1, 4), 2))
        coords = np.vstack([start, start + np.cumsum(steps, axis=0)])
        coords[:, 1] = np.clip(coords[:, 1], -90.0, 90.0)
        result.append(shapely.LineString(coords))
    return np.array(result, dtype=object)


def areas(rng, count, box, degrees):
    """Triangles to heptagons, star-shaped round their middle; every third with a hole."""
    west, south, east, north = box
    result = []
    for number in range(count):
        middle = np.array([rng.uniform(west, east), rng.uniform(south, north)])
        angles = np.sort(rng.uniform(0.0, 2.0 * np.pi, rng.integers(4, 8)))
        angles = angles if np.diff(np.append(angles, angles[0] + 2 * np.pi)).max() < 2.8 else np.linspace(0, 5.5, 6)
        radius = degrees * rng.uniform(0.6, 1.4, len(angles))
        ring = middle + radius[:, None] * np.column_stack([np.cos(angles), np.sin(angles)])
        hole = [(middle + 0.2 * (ring - middle))[::-1]] if number % 3 == 0 else []
        result.append(shapely.Polygon(ring, hole))
    return np.array(result, dtype=object)


def slivers(rng, count, box):
    """Areas of a few metres by many kilometres."""
    west, south, east, north = box
    result = []
    for _ in range(count):
        a = np.array([rng.uniform(west, east), rng.uniform(south, north)])
        b = a + rng.normal(0.0, 1.0, 2)
        off = np.array([1e-5, -1e-5])
        result.append(shapely.Polygon([a, b, b + off, a + off]))
    return np.array(result, dtype=object)


def hostile(rng, box):
    """Ten features: a point, short lines, lines of about 500 km, a sliver, and areas (their outlines near the poles)."""
    polar = max(abs(box[1]), abs(box[3])) > 80.0  # what a polygon in degrees means round a pole is another matter
    layer = [
        points(rng, 1, box),
        lines(rng, 3, box, 0.05),
        lines(rng, 3, box, 4.5),
        slivers(rng, 1, box),
        areas(rng, 2, box, 1.0),
    ]
    flat = np.concatenate(layer)
    if polar:
        flat = np.array([g.exterior if g.geom_type == "Polygon" else g for g in flat], dtype=object)
        flat = np.array([shapely.LineString(g) if g.geom_type == "LinearRing" else g for g in flat], dtype=object)
    return shapely.transform(flat, lambda xy: np.column_stack([xy[:, 0], np.clip(xy[:, 1], -90.0, 90.0)]))


BOXES = {
    "middle": (35.0, 29.0, 49.0, 38.0),
    "north pole": (-180.0, 85.0, 180.0, 89.9),
    "south pole": (-180.0, -89.9, 180.0, -85.0),
    "antimeridian": (177.0, -20.0, 183.0, -10.0),
    "equator": (-3.0, -3.0, 3.0, 3.0),
}
