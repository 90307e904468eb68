"""Friction from layers: terrain, roads, rivers, water and borders become seconds per metre, network and barriers.

Every speed is a row of `layers/speeds.toml`; every choice made here stands in the result's `attrs`. Searching for ways
is not done here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr
from numpy.typing import NDArray

from geoops.core.errors import InputError
from geoops.core.geodesy import Region, check_region
from geoops.core.schema import WGS84
from geoops.core.types import Friction
from geoops.core.units import pace_from_speed
from geoops.corridors.borders import border_walls
from geoops.corridors.grids import check_memory, grid_of
from geoops.corridors.kinds import kind_paces
from geoops.corridors.slopes import SLOPE_RULES
from geoops.corridors.speeds import MODES, SpeedTable, read_speeds, slowed
from geoops.corridors.themes import load_themes
from geoops.corridors.ways import make_network, open_water, river_walls

__all__ = ["CROSSINGS", "friction"]

CROSSINGS = ("open", "any", "anywhere")

_BYTES_PER_CELL = 90  # of a search and what surrounds it, by measurement
_Floats = NDArray[np.float64]


def friction(
    region: Region,
    *,
    mode: Literal["vehicle", "vehicle_offroad", "foot", "mixed"] = "vehicle",
    cell_deg: float | None = None,
    layers: Mapping[str, Any] | None = None,
    speeds: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    crossings: Literal["open", "any", "anywhere"] = "any",
    border_delay_h: float = 0.0,
    factors: Mapping[str, float] | None = None,
    catalog: str | os.PathLike[str] | None = None,
    worldview: str | None = None,
) -> Friction:
    """
    What it costs to travel in a region, from its terrain, roads, rivers, water and borders.

    Roads (and the hand-drawn links that the main road network lacks) are a network of lines beside the cells: a road
    is as long as it is, and passes a river or border where it crosses it. Steps from cell to cell, off the network,
    cross neither; bridges without a mapped road are short links of the network. Water cannot be entered.

    Parameters
    ----------
    region
        (west, south, east, north) in degrees.
    mode
        "vehicle": by road, slowly off it; "vehicle_offroad": four-wheel drive; "foot": walking, its pace by slope
        and direction; "mixed": driving on roads, walking off them.
    cell_deg
        Size of a cell in degrees; 30 arc seconds by default.
    layers
        Theme -> table, grid, path, or None to go without. Themes are `geoops.corridors.themes.THEMES`; what is not
        named comes from the catalogue. Vehicles off the roads take their speed from the kind of ground: of `land_cover`
        (a class grid, such as ESA WorldCover) where there is one, else of `climate`. `checkpoints` (points with a
        name) are named along routes; they take no time but by `factors`.
    speeds
        Changes to the table of speeds: `{"motorway": 80}`, `{"ground": (5, 10, 20)}` in km/h, or a TOML file.
    crossings
        Where an international boundary may be passed: "open": at border crossings listed as open; "any": at every
        listed one; "anywhere": boundaries do not count.
    border_delay_h
        Hours that each crossing of an international boundary takes more, whatever the policy.
    factors
        What night, season or the state of the ground does to journeys: "road", "ground" or a row of the table of
        speeds -> how many times as long they take (`{"ground": 1.5}`). Their ranges move with them.
    catalog
        The catalogue that layers (and `speeds.toml`, if it stands beside it) are taken from.
    worldview
        In whose view of borders the catalogue's boundaries stand: two letters of a country, or "neutral" (the default).

    Returns
    -------
    Friction
        A geographic grid with network and barriers. `attrs`: `mode`, `region`, `cell_deg`, `crossings`, `speeds` (the
        rows used, with low, best, high and source), `sources`, `layers` (what was used, with dates), `counts`,
        `assumptions` (sentences).

    Raises
    ------
    InputError
        A mode, policy, cell size or theme that is none; a grid that does not fit into memory.
    CoordinateError
        A region that is none, one over the antimeridian among them.
    """
    box = check_region(region)
    if mode not in MODES:
        msg = f"mode must be one of {', '.join(MODES)}; {mode!r} came"
        raise InputError(msg)
    if crossings not in CROSSINGS:
        msg = f"crossings must be one of {', '.join(CROSSINGS)}; {crossings!r} came"
        raise InputError(msg)
    if isinstance(border_delay_h, bool) or not 0.0 <= border_delay_h < np.inf:
        msg = f"border_delay_h must be a number of hours from 0; {border_delay_h!r} came"
        raise InputError(msg)
    table = slowed(read_speeds(mode, speeds, catalog), factors or {})
    grid = _empty_grid(box, 1.0 / 120.0 if cell_deg is None else cell_deg)
    by_kind = any(applies == "kind" for applies, _ in table.rows)
    without = () if by_kind else ("climate", "land_cover")
    themes = load_themes(box, layers, catalog, worldview=worldview, without=without)

    height = None if "terrain" not in themes else _terrain_on(grid, themes["terrain"])
    pace, notes = _ground(grid, height, table, themes)
    cell = abs(float(grid.x[1] - grid.x[0])) if grid.x.size > 1 else 0.01
    shores = open_water(themes.get("water"), cell)
    pace[_water_cells(grid, shores, themes.get("countries"))] = np.inf
    rivers, river_note = river_walls(themes.get("rivers"))
    borders = border_walls(themes, crossings, border_delay_h)
    network, counts = make_network(themes, table, rivers, shores, borders)
    walls = [frame for frame in (rivers, shores, borders.lines) if len(frame)]
    barriers = None
    if walls:
        barriers = gpd.GeoDataFrame(pd.concat(walls, ignore_index=True), geometry="geometry", crs=WGS84)

    on_foot = table.slope_rule is not None
    slope_rule = table.slope_rule if on_foot and height is not None else None
    counts |= {"cells": int(pace.size), "cells_impassable": int(np.isinf(pace).sum())}
    attrs = {
        "mode": mode,
        "region": box,
        "cell_deg": 1.0 / 120.0 if cell_deg is None else float(cell_deg),
        "crossings": crossings,
        "border_delay_h": float(border_delay_h),
        "worldview": worldview or "neutral",
        "factors": dict(factors or {}),
        "speeds": [row.as_dict() for row in table.rows.values()],
        "sources": {key: dict(value) for key, value in table.sources.items()},
        "layers": {name: _entry(value) for name, value in themes.items()},
        "counts": counts,
        "assumptions": [
            *notes,
            *_factor_notes(factors or {}),
            river_note,
            *borders.notes,
            *_general_notes(mode, themes, slope_rule),
        ],
    }
    described: dict[str, Any] = {
        name: themes[name]
        for name in ("boundaries", "border_crossings", "places", "bridges", "checkpoints")
        if name in themes
    }
    return Friction(
        pace=grid.copy(data=pace),
        elevation=None if height is None else grid.copy(data=height),
        network=network,
        barriers=barriers,
        slope_pace=slope_rule,
        attrs=attrs,
        features=described,
    )


def _empty_grid(region: Region, cell_deg: float) -> xr.DataArray:
    """The grid of a region, its edges on whole multiples of the cell, north first."""
    import rioxarray  # noqa: F401  registers the accessor

    west, south, east, north = region
    if not (isinstance(cell_deg, int | float | np.number) and 0.0 < cell_deg <= 5.0):
        msg = f"cell_deg must lie above 0 and at most at 5 degrees; {cell_deg!r} came"
        raise InputError(msg)
    first_x, last_x = np.floor(west / cell_deg + 1e-9), np.ceil(east / cell_deg - 1e-9)
    first_y, last_y = np.floor(south / cell_deg + 1e-9), np.ceil(north / cell_deg - 1e-9)
    columns, rows = int(last_x - first_x), int(last_y - first_y)
    check_memory(rows * columns, _BYTES_PER_CELL, "cell_deg", cell_deg)
    x = (first_x + 0.5 + np.arange(columns)) * cell_deg
    y = np.clip((last_y - 0.5 - np.arange(rows)) * cell_deg, -90.0, 90.0)
    grid: xr.DataArray = xr.DataArray(np.empty((rows, columns)), coords={"y": y, "x": x}, dims=("y", "x"))
    result: xr.DataArray = grid.rio.write_crs(WGS84)
    return result


def _terrain_on(grid: xr.DataArray, terrain: xr.DataArray) -> _Floats:
    """Elevation at the cells' centres: linear between those of a coarser grid, the mean of a finer one's cells."""
    import rioxarray  # noqa: F401  registers the accessor
    from rasterio.enums import Resampling

    finer = (
        abs(float(terrain.x[1] - terrain.x[0])) < 0.6 * abs(float(grid.x[1] - grid.x[0])) if grid.x.size > 1 else False
    )
    method = Resampling.average if finer else Resampling.bilinear
    source = terrain if terrain.dtype.kind == "f" else terrain.astype("float64")
    source = source.rio.write_nodata(np.nan)
    matched = source.rio.reproject_match(grid, resampling=method, nodata=np.nan)
    return np.asarray(matched.values, dtype=np.float64)


def _ground(
    grid: xr.DataArray, height: _Floats | None, table: SpeedTable, themes: Mapping[str, Any]
) -> tuple[_Floats, list[str]]:
    """Pace off the network on level ground, slower by slope where vehicles drive there; and what was assumed."""
    row = table.ground("open")
    if row is None:
        msg = f"the speed table of mode {table.mode!r} has no row ground.open: the speed off the network"
        raise InputError(msg)
    pace = np.full(grid.shape, pace_from_speed(row.best))
    limit = table.ground("slope_limit")
    kinds = kind_paces(grid, themes, table, pace)
    which = "where nothing else is said" if kinds else "whatever the ground"
    notes = [
        f"Off the mapped roads {row.best:g} km/h ({row.low:g} to {row.high:g}) on level ground, {which}.",
        *kinds,
    ]
    if limit is None or height is None:
        if height is None:
            notes.append("No terrain: slopes do not count.")
        return pace, notes
    slope = _steepness(grid, height)
    with np.errstate(divide="ignore"):
        pace = pace / np.clip(1.0 - slope / limit.best, 0.0, None)
    notes.append(f"Off the roads, speed falls linearly with slope to none at {100 * limit.best:.0f} %.")
    return pace, notes


def _steepness(grid: xr.DataArray, height: _Floats) -> _Floats:
    """Rise over run of the steepest direction, central differences over ground lengths; level where nothing is known."""
    geometry = grid_of(grid)
    size_x, size_y = geometry.cell_sizes
    down = np.gradient(height, axis=0) / size_y[:, None] if height.shape[0] > 1 else np.zeros_like(height)
    right = np.gradient(height, axis=1) / size_x[:, None] if height.shape[1] > 1 else np.zeros_like(height)
    return np.nan_to_num(np.hypot(down, right))


def _water_cells(grid: xr.DataArray, water: gpd.GeoDataFrame, countries: gpd.GeoDataFrame | None) -> NDArray[np.bool_]:
    """Cells whose centre lies in water, or in no country (the sea)."""
    import rioxarray  # noqa: F401  registers the accessor
    from rasterio.features import rasterize

    transform = grid.rio.transform()
    result = np.zeros(grid.shape, bool)

    def covered(frame: gpd.GeoDataFrame) -> NDArray[np.bool_]:
        shapes = frame.geometry[shapely.get_dimensions(frame.geometry.to_numpy()) == 2]
        if len(shapes) == 0:
            return np.zeros(grid.shape, bool)
        return np.asarray(rasterize(shapes, out_shape=grid.shape, transform=transform, dtype="uint8") > 0)

    if len(water):
        result |= covered(water)
    if countries is not None and len(countries):
        result |= ~covered(countries)
    return result


def _entry(value: Any) -> dict[str, Any]:
    """What a friction says of a layer it was made of."""
    entry = dict(value.attrs.get("layer", {})) if isinstance(value.attrs.get("layer", {}), Mapping) else {}
    kept = {
        key: entry[key]
        for key in ("name", "title", "source", "licence", "date", "attribution", "publish", "why_not_published")
        if key in entry
    }
    return {**kept, "features": len(value)} if isinstance(value, gpd.GeoDataFrame) else kept


def _factor_notes(factors: Mapping[str, float]) -> list[str]:
    """A sentence on what the caller made slower or faster."""
    if not factors:
        return []
    return [
        f"Journeys take longer than the table says by {', '.join(f'{name} x {f:g}' for name, f in factors.items())}."
    ]


def _general_notes(mode: str, themes: Mapping[str, Any], slope_rule: str | None) -> list[str]:
    """Sentences that hold for every journey on this friction."""
    notes = [
        "Hours are hours on the move: no rest, no night, no waiting at borders or checkpoints.",
        "The pace on a road does not depend on its slope." if mode != "foot" else "Slope counts on roads too.",
    ]
    if slope_rule is not None:
        notes.append(f"Slope and direction by {SLOPE_RULES[slope_rule]}.")
    missing = [name for name in ("roads", "rivers", "water", "terrain") if name not in themes]
    if missing:
        notes.append(f"Made without {', '.join(missing)}.")
    return notes
