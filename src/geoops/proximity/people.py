"""How many people live within radii of sites: by places that state a population, by a grid of people, each as what it is.

A place counts whole or not at all, by the point it is drawn at; a grid's cell counts by the share of it that lies
within. The two are different statements and are never added.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoops.core.errors import CrsError, InputError, SchemaError
from geoops.core.geodesy import geod
from geoops.core.publication import unpublished
from geoops.core.schema import as_features
from geoops.proximity.clipping import DistanceTo
from geoops.proximity.counting import count_within, make_stock, reach_of
from geoops.proximity.ellipsoid import ecef, latitude_radii, longest_geodesic, shortest_geodesic
from geoops.proximity.farthest import cell_radius_m
from geoops.proximity.inputs import Places, gathered, layer_name
from geoops.proximity.search import make_side

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geoops.proximity.pieces import FloatArray

    Measure = Callable[[FloatArray, FloatArray], FloatArray]

__all__ = ["PLACES", "People", "count_people", "read_people"]

PLACES, GRID = "people_places", "people_grid"
_PARTS = 8  # a cell that the ring cuts is told by so many parts a side
_SHORTEST_DEGREE_M = 110_500.0
_BLOCK_CELLS = 1_000_000
_GUARD_M = 0.01


@dataclass(frozen=True)
class People:
    """Where people are: places with a population, a grid of people a cell, or both; what to call each, what not to publish."""

    places: gpd.GeoDataFrame | None
    grid: tuple[FloatArray, FloatArray, FloatArray] | None  # longitudes, latitudes (north first), people
    said: dict[str, str]
    marks: dict[str, str]


def read_people(given: Any) -> People:
    """
    Sources of people: a layer with a column `population` (by name or as it is), a grid in degrees, or several.

    Raises
    ------
    SchemaError
        A layer without the column.
    CrsError
        A grid that is not in degrees: warping it would change the number of people.
    InputError
        Two of a kind, or something that is neither.
    """
    several = isinstance(given, Sequence) and not isinstance(given, str)
    places, grid, said = None, None, {}
    marks: dict[str, str] = {}
    for source in given if several else [given]:
        loaded = _loaded(source)
        marks |= unpublished(loaded)
        if hasattr(loaded, "dims"):
            if grid is not None:
                msg = "people: one grid of people is expected; two came"
                raise InputError(msg)
            grid = _checked_grid(loaded)
            said[GRID] = f"people a cell of {_title(source, loaded)}, a cell cut by the ring by its share within"
            continue
        if places is not None:
            msg = "people: one layer of places is expected; two came"
            raise InputError(msg)
        places = as_features(loaded, what="people")
        if "population" not in places:
            msg = f"people: the layer has no column 'population'; its columns are {', '.join(map(str, places.columns))}"
            raise SchemaError(msg)
        numbers = pd.to_numeric(places["population"], errors="coerce")
        known = int((numbers.notna() & (numbers > 0)).sum())
        said[PLACES] = (
            f"sum of the populations stated for places of {_title(source, loaded)} whose point lies within"
            f" ({known:,} of {len(places):,} state one); who lives outside them is not in it"
        )
    return People(places, grid, said, marks)


def _loaded(source: Any) -> Any:
    """A layer or a grid from whatever names it."""
    if isinstance(source, str | os.PathLike):
        from geoops.layers.load import layer as load

        return load(source)
    return gathered(source)


def _title(source: Any, loaded: Any) -> str:
    """What the source is called, with its date where that is known."""
    entry = loaded.attrs.get("layer")
    if isinstance(entry, dict):
        words = [str(entry.get("title") or entry.get("name") or "a layer"), str(entry.get("date") or "")]
        return " of ".join(word for word in words if word)
    own = getattr(loaded, "name", None) if hasattr(loaded, "dims") else None
    return str(layer_name(source, loaded) or own or "the data given")


def _checked_grid(grid: xr.DataArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Longitudes, latitudes and people of a grid in degrees, north first."""
    import rioxarray  # noqa: F401  registers the accessor

    if set(grid.dims) != {"x", "y"}:
        msg = (
            f"people: a grid has the dimensions y and x; {', '.join(map(str, grid.dims))} came. Choose one band or year"
        )
        raise SchemaError(msg)
    crs = grid.rio.crs
    if crs is None or not crs.is_geographic:
        msg = f"people: a grid in degrees is expected, as warping does not keep the number of people; its CRS is {crs}"
        raise CrsError(msg)
    grid = grid.transpose("y", "x").sortby("y", ascending=False).sortby("x")
    values = np.asarray(grid.to_numpy(), dtype=np.float64)
    fill = grid.rio.nodata
    if fill is not None and np.isfinite(fill):
        values = np.where(values == fill, np.nan, values)
    if (values < 0.0).any():
        msg = (
            f"people: cells of {np.nanmin(values):g} people; say which value means no data: grid.rio.write_nodata(...)"
        )
        raise InputError(msg)
    lon, lat = (np.asarray(grid[axis], dtype=np.float64) for axis in ("x", "y"))
    if min(len(lon), len(lat)) < 2:
        msg = f"people: a grid of at least two by two cells is expected; {len(lat)} by {len(lon)} came"
        raise InputError(msg)
    return lon, lat, np.nan_to_num(values, nan=0.0)


def count_people(places: Places, people: People, radii_m: FloatArray) -> dict[str, FloatArray]:
    """
    People within each radius of each site: columns by name, of shape (sites, radii).

    `people_places` with its `_sure` and `_possible` follows the bounds of counts. `people_grid_sure` counts what lies within
    the radius less the site's own `uncertainty_m`, `_possible` within the radius and it. For a site with an extent the
    first counts what lies within the radius of all of the extent.
    """
    columns: dict[str, FloatArray] = {}
    if people.places is not None:
        side = make_side(people.places.geometry.to_numpy(), "geodesic")
        numbers = pd.to_numeric(people.places["population"], errors="coerce").fillna(0.0).to_numpy(dtype=np.float64)
        stock = make_stock(people.places, side, {PLACES: numbers})
        reach = reach_of(radii_m, stock.doubt_m, float(places.uncertainty_m.max(initial=0.0)))
        columns |= count_within(places, stock, radii_m, reach_m=reach, k=max(len(numbers), 1)).sums
    if people.grid is not None:
        suffixes = {"": 0.0, "_sure": -1.0, "_possible": 1.0}
        for suffix in suffixes:
            columns[GRID + suffix] = np.full((len(places.index), len(radii_m)), np.nan)
        for site in np.flatnonzero(places.placed):
            shape, doubt = places.shapes[site], places.uncertainty_m[site]
            wanted = np.concatenate([radii_m + sign * doubt for sign in suffixes.values()])
            distinct, which = np.unique(wanted, return_inverse=True)
            sums = _grid_sums(_to_nearest(shape), shape.bounds, people.grid, distinct)[which].reshape(len(suffixes), -1)
            for row, suffix in enumerate(suffixes):
                columns[GRID + suffix][site] = sums[row]
            if places.has_extent[site]:
                columns[GRID + "_sure"][site] = _grid_sums(_to_farthest(shape), shape.bounds, people.grid, radii_m)
    return {name: np.where(places.placed[:, None], values, np.nan) for name, values in columns.items()}


def _to_nearest(shape: BaseGeometry) -> Measure:
    """Metres from points to a shape, 0 inside it."""
    to_shapes = DistanceTo(np.array([shape], dtype=object), "geodesic")
    return lambda lon, lat: to_shapes(lon, lat, np.zeros(len(lon), dtype=np.int64))


def _to_farthest(shape: BaseGeometry) -> Measure:
    """
    Metres from points to the farthest part of a shape, exact up to 9,900 km.

    Up to that radius a ball on the ellipsoid holds each geodesic between two of its points (Whitehead: less than half the
    injectivity radius and pi / 2 over the root of the largest curvature), so a ball that holds the vertices holds the shape.
    """
    lon, lat = np.unique(shapely.get_coordinates(shape), axis=0).T
    there = ecef(lon, lat)

    def measure(x: FloatArray, y: FloatArray) -> FloatArray:
        metres = np.zeros(len(x))
        here, step = ecef(x, y), max(1, _BLOCK_CELLS // len(lon))
        for begin in range(0, len(x), step):
            gap = here[begin : begin + step, None, :] - there[None, :, :]
            chords = np.sqrt(np.einsum("ijk,ijk->ij", gap, gap))
            least = shortest_geodesic(chords.max(axis=1) - _GUARD_M)
            cell, vertex = np.nonzero(longest_geodesic(chords + _GUARD_M) >= least[:, None])
            d = np.asarray(geod().inv(x[begin + cell], y[begin + cell], lon[vertex], lat[vertex])[2])
            np.maximum.at(metres, begin + cell, d)
        return metres

    return measure


def _grid_sums(
    measure: Measure, bounds: tuple[float, float, float, float], grid: tuple[FloatArray, FloatArray, FloatArray],
    radii_m: FloatArray,
) -> FloatArray:  # fmt: skip
    """
    People of a grid within each radius of a shape with these bounds, by what measures to it (none where it is negative).

    A cell whose centre is nearer than the radius less half its diagonal lies within, one as much farther does not, and
    one between is told by 8 x 8 parts: a distance changes by no more than the way walked.
    """
    lon, lat, people = grid
    rows, columns = _window(bounds, lon, lat, float(radii_m.max()))
    wide, high = abs(lon[1] - lon[0]), abs(lat[1] - lat[0])
    total = np.zeros(len(radii_m))
    step = max(1, _BLOCK_CELLS // max(len(columns), 1))
    for begin in range(0, len(rows), step):
        y, x = (axis.ravel() for axis in np.meshgrid(rows[begin : begin + step], columns, indexing="ij"))
        inhabited = people[y, x] > 0.0
        y, x = y[inhabited], x[inhabited]
        if not len(y):
            continue
        metres = measure(lon[x], lat[y])
        half = _half_diagonal(lon, lat, wide, high)[y]
        for number, radius in enumerate(radii_m):
            total[number] += people[y, x][metres + half <= radius].sum()
            cut = np.flatnonzero((metres + half > radius) & (metres - half <= radius))
            if len(cut) and radius >= 0.0:
                share = _shares(measure, lon[x[cut]], lat[y[cut]], (wide, high), radius)
                total[number] += (people[y[cut], x[cut]] * share).sum()
    return total


def _half_diagonal(lon: FloatArray, lat: FloatArray, wide: float, high: float) -> FloatArray:
    """For each row of the grid: no point of a cell is farther from its centre."""
    south, north = np.clip(lat - high / 2.0, -90.0, 90.0), np.clip(lat + high / 2.0, -90.0, 90.0)
    west = np.full(len(lat), lon[0] - wide / 2.0)
    # The box's centre is the cell's but for a clipped row at a pole, where the part cut off is added.
    lost, _ = latitude_radii(np.zeros(len(lat)))
    extra = np.radians(high - (north - south)) * lost
    return cell_radius_m(np.column_stack([west, south, west + wide, north])) + extra


def _window(
    bounds: tuple[float, float, float, float], lon: FloatArray, lat: FloatArray, reach_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the cells that can lie within reach of a shape with these bounds, and perhaps some more."""
    west, south, east, north = bounds
    margin = (
        reach_m / _SHORTEST_DEGREE_M + 2.0 * abs(lat[1] - lat[0]) + (east - west) / 4.0
    )  # the last: geodesics bulge
    low, high = south - margin, north + margin
    rows = np.flatnonzero((lat >= low) & (lat <= high))
    if low <= -89.0 or high >= 89.0:
        return rows, np.arange(len(lon))
    side = margin / np.cos(np.radians(max(abs(low), abs(high)))) + 2.0 * abs(lon[1] - lon[0])
    turned = np.mod(lon - (west - side), 360.0)
    return rows, np.flatnonzero(turned <= (east - west) + 2.0 * side)


def _shares(
    measure: Measure, lon: FloatArray, lat: FloatArray, cell: tuple[float, float], radius_m: float
) -> FloatArray:
    """Which share of each cell lies within the radius, by its parts."""
    steps = (np.arange(_PARTS) + 0.5) / _PARTS - 0.5
    right, up = (axis.ravel() for axis in np.meshgrid(steps * cell[0], steps * cell[1]))
    x = (lon[:, None] + right[None, :]).ravel()
    y = np.clip((lat[:, None] + up[None, :]).ravel(), -90.0, 90.0)
    inside = measure(x, y) <= radius_m
    return np.asarray(inside.reshape(len(lon), -1).mean(axis=1), dtype=np.float64)
