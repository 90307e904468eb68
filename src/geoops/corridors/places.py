"""Sources and destinations: from Sites, points and areas to the cells a journey may start from.

A point starts from its own cell; an area (an extent) from every cell it covers. A place that lies outside the grid,
in the water or in no-data is refused, with the nearest cell that could be used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from geoops.core.errors import InputError
from geoops.core.geodesy import circle, distance
from geoops.core.schema import as_sites, site_points
from geoops.corridors.graph import Graph

__all__ = ["Place", "cells_in", "one_place", "places_of"]


@dataclass(frozen=True)
class Place:
    """
    One end of a journey on a graph.

    Parameters
    ----------
    label
        Index label of the row it came from.
    name
        For people.
    nodes
        Cells it starts from; for a point also the vertices of the network beside it.
    seconds
        From the place itself to each of them: 0 for cells, the way over open ground to a road beside a point.
    lon, lat
        Its representative point.
    area
        Whether it covers an extent.
    uncertainty_m
        Radius round the point; 0 for an area, which starts from all of itself.
    """

    label: Any
    name: str
    nodes: NDArray[np.int64]
    seconds: NDArray[np.float64]
    lon: float
    lat: float
    area: bool
    uncertainty_m: float


def places_of(graph: Graph, sites: Any, *, what: str) -> list[Place]:
    """
    Every site as a place on the graph.

    Raises
    ------
    InputError
        No site, a site without a place, or one where no journey can start; the message names it.
    """
    frame = as_sites(sites, what=what)
    if len(frame) == 0:
        msg = f"{what}: there is no row; give at least one place"
        raise InputError(msg)
    points = site_points(frame)
    result = []
    for position, label in enumerate(frame.index):
        row = frame.iloc[position]
        point = points.iloc[position]
        name = row["name"] if isinstance(row["name"], str) else str(label)
        extent = row["extent"]
        shape = extent if isinstance(extent, BaseGeometry) and not extent.is_empty else row["geometry"]
        if (point is None or point.is_empty) and (shape is None or shape.is_empty):
            msg = f"{what}: {name} (row {label!r}) has no place; geocode it first, or leave the row out"
            raise InputError(msg)
        if point is None or point.is_empty:
            point = shapely.point_on_surface(shape)
        area = shape.geom_type != "Point"
        nodes = _area_nodes(graph, shape) if area else np.empty(0, np.int64)
        if area and len(nodes) == 0 and not _meets(graph, shape):
            raise InputError(_outside(graph, name, what, point))
        seconds = np.zeros(len(nodes))
        if len(nodes) == 0:  # a point, or an area smaller than a cell
            nodes = _point_node(graph, point, name, what)
            nodes, seconds = _with_roads(graph, point, nodes)
        doubt = 0.0 if area else float(row["uncertainty_m"])
        result.append(Place(label, name, nodes, seconds, float(point.x), float(point.y), area, doubt))
    return result


def one_place(graph: Graph, site: Any, *, what: str) -> Place:
    """The one place that a site is, or an error when there are more."""
    if isinstance(site, pd.Series) and "geometry" in site:  # a row of Sites
        import geopandas as gpd

        site = gpd.GeoDataFrame([site.to_dict()], index=[site.name], geometry="geometry", crs="EPSG:4326")
    places = places_of(graph, site, what=what)
    if len(places) != 1:
        msg = f"{what} must be one place; {len(places)} came: {', '.join(p.name for p in places[:4])} ..."
        raise InputError(msg)
    named = isinstance(site, pd.DataFrame) and "name" in site
    return places[0] if named else replace(places[0], name=what)  # the two ends of a journey are never both "0"


def cells_in(graph: Graph, shape: BaseGeometry) -> NDArray[np.int64]:
    """Nodes of the cells whose centres lie in a shape, or that a line runs through, whatever their pace."""
    grid = graph.grid
    west, south, east, north = shape.bounds
    lon = np.linspace(west, east, 9)
    lat = np.linspace(south, north, 9)
    lons, lats = np.meshgrid(lon, lat)
    column, row = grid.to_cells(lons.ravel(), lats.ravel())
    if not (np.isfinite(column).any() and np.isfinite(row).any()):
        return np.empty(0, np.int64)
    c0 = max(int(np.floor(np.nanmin(column))) - 1, 0)
    c1 = min(int(np.ceil(np.nanmax(column))) + 1, grid.columns - 1)
    r0 = max(int(np.floor(np.nanmin(row))) - 1, 0)
    r1 = min(int(np.ceil(np.nanmax(row))) + 1, grid.rows - 1)
    if c0 > c1 or r0 > r1:
        return np.empty(0, np.int64)
    if shapely.get_dimensions(shape) == 1:
        size = min(abs(grid.dx), abs(grid.dy)) if grid.geographic else 0.001
        xy = shapely.get_coordinates(shapely.segmentize(shape, size / 2.0))
        column, row = grid.to_cells(xy[:, 0], xy[:, 1])
        inside = grid.inside(column, row)
        c, r = grid.cell(column[inside], row[inside])
        return np.unique(graph.node(c, r))
    columns, rows = (a.ravel() for a in np.meshgrid(np.arange(c0, c1 + 1), np.arange(r0, r1 + 1)))
    lons, lats = grid.to_degrees(columns, rows)
    shapely.prepare(shape)
    hit = shapely.intersects_xy(shape, lons, lats)
    if grid.geographic and (np.abs(lons) > 180.0).any():  # over the antimeridian: the shape may lie on its other side
        hit |= shapely.intersects_xy(shape, lons - np.copysign(360.0, lons), lats)
    return graph.node(columns[hit], rows[hit])


def disc_nodes(graph: Graph, place: Place) -> NDArray[np.int64]:
    """Cells in which a point may lie, given its uncertainty; its own cell among them."""
    own = place.nodes[place.nodes < graph.cells]
    if place.uncertainty_m <= 0.0:
        return own
    disc = circle(place.lon, place.lat, min(place.uncertainty_m, 1.0e6))
    nodes = cells_in(graph, disc)
    nodes = nodes[np.isfinite(graph.pace[nodes])]
    return np.union1d(nodes, own)


def _area_nodes(graph: Graph, shape: BaseGeometry) -> NDArray[np.int64]:
    """Cells of an area that can be entered."""
    nodes = cells_in(graph, shape)
    return nodes[np.isfinite(graph.pace[nodes])]


def _meets(graph: Graph, shape: BaseGeometry) -> bool:
    """Whether a shape reaches into the grid at all."""
    xy = shapely.get_coordinates(shape)
    point = shapely.point_on_surface(shape)
    column, row = graph.grid.to_cells(np.append(xy[:, 0], point.x), np.append(xy[:, 1], point.y))
    return bool(graph.grid.inside(column, row).any())


def _point_node(graph: Graph, point: Point, name: str, what: str) -> NDArray[np.int64]:
    """
    The cell a point starts from: its own, unless a barrier lies between the point and the cell's centre.

    Then the nearest centre round it that the point sees; a town on a bank must not start from the other bank.
    """
    grid = graph.grid
    column, row = (float(value) for value in grid.to_cells(point.x, point.y))
    if not (np.isfinite([column, row]).all() and bool(grid.inside(column, row))):
        raise InputError(_outside(graph, name, what, point))
    c, r = (int(value) for value in grid.cell(column, row))
    own = graph.node(c, r)
    if not np.isfinite(graph.pace[own]):
        raise InputError(_unusable(graph, name, what, point))
    near = np.array([(c + i, r + j) for j in (-1, 0, 1) for i in (-1, 0, 1)])
    near = near[(near >= 0).all(axis=1) & (near[:, 0] < grid.columns) & (near[:, 1] < grid.rows)]
    nodes = graph.node(near[:, 0], near[:, 1])
    lines = np.column_stack([np.full(len(near), column), np.full(len(near), row), near]) + 3.0
    seen = np.isfinite(graph.pace[nodes]) & ~graph.barriers.cut(lines)
    if not seen.any() or seen[nodes == own].all():
        return np.array([own])
    far = np.hypot(near[:, 0] - column, near[:, 1] - row)
    return nodes[[int(np.argmin(np.where(seen, far, np.inf)))]]


def _with_roads(graph: Graph, point: Point, nodes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """
    A point's cell, and the vertices of the network within a cell of it that no barrier hides, with the seconds to them.

    Without these a place on a road would first have to walk from its cell's centre to the road.
    """
    grid = graph.grid
    column, row = (float(value) for value in grid.to_cells(point.x, point.y))
    near = np.flatnonzero(
        graph.roads.joins
        & (graph.vertex_cell >= 0)
        & (np.abs(graph.vertex_column - column) <= 1.0)
        & (np.abs(graph.vertex_row - row) <= 1.0)
    )
    there = np.column_stack([graph.vertex_column[near], graph.vertex_row[near]])
    lines = np.column_stack([np.tile([column, row], (len(near), 1)), there]) + 3.0
    near = near[~graph.barriers.cut(lines)]
    metres = distance(
        np.full(len(near), point.x), np.full(len(near), point.y), graph.roads.lon[near], graph.roads.lat[near]
    )
    return (
        np.concatenate([nodes, graph.cells + near]),
        np.concatenate([np.zeros(len(nodes)), metres * graph.pace[nodes[0]]]),
    )


def _nearest_usable(graph: Graph, point: Point) -> str:
    """The nearest cell that can be entered, in words."""
    usable = np.argwhere(np.isfinite(graph.unframed(graph.pace)))
    lon, lat = graph.grid.to_degrees(usable[:, 1], usable[:, 0])
    rough = np.hypot((lon - point.x) * np.cos(np.radians(point.y)), lat - point.y)
    near = np.argsort(rough)[:16]
    metres = distance(np.full(len(near), point.x), np.full(len(near), point.y), lon[near], lat[near])
    best = near[int(np.argmin(metres))]
    return f"the nearest usable cell is {metres.min() / 1000:.1f} km away, at ({lon[best]:.4f}, {lat[best]:.4f})"


def _outside(graph: Graph, name: str, what: str, point: Point) -> str:
    """What is said of a place outside the grid."""
    grid = graph.grid
    lon, lat = grid.to_degrees([0, grid.columns - 1], [0, grid.rows - 1])
    box = f"longitude {min(lon):.3f} to {max(lon):.3f}, latitude {min(lat):.3f} to {max(lat):.3f}"
    return (
        f"{what}: {name} at ({point.x:.4f}, {point.y:.4f}) lies outside the friction grid ({box});"
        f" make the friction for a larger region. {_nearest_usable(graph, point).capitalize()}"
    )


def _unusable(graph: Graph, name: str, what: str, point: Point) -> str:
    """What is said of a place in the water or in no-data."""
    return (
        f"{what}: {name} at ({point.x:.4f}, {point.y:.4f}) lies in a cell that cannot be entered (water or no data);"
        f" {_nearest_usable(graph, point)}: move the place there, or give its extent"
    )
