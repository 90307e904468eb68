"""What the rooms hand to one another besides tables: a friction grid, a corridor.

Frozen, and without behaviour that reaches upward: maps can draw them without knowing how they came about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
import xarray as xr
from shapely.geometry import LineString, MultiPolygon

from geoops.core.errors import CrsError, InputError
from geoops.core.text import html_text
from geoops.core.units import format_hours, format_km

__all__ = ["Corridor", "Friction"]


_ACROSS = frozenset({"x", "lon", "longitude", "easting"})


def grid_crs(grid: xr.DataArray, what: str) -> pyproj.CRS:
    """The CRS of a grid, read from its rioxarray coordinates, or an error that says how to give one."""
    import rioxarray  # noqa: F401  registers the accessor

    crs = grid.rio.crs
    if crs is None:
        msg = f"{what} has no CRS; give it one with {what}.rio.write_crs('EPSG:4326') (or whichever it is in)"
        raise CrsError(msg)
    return pyproj.CRS.from_user_input(crs)


@dataclass(frozen=True)
class Friction:
    """
    What it costs to cross each cell of a grid.

    Parameters
    ----------
    pace
        Seconds per metre, dims (y, x), cell centres as coordinates, with a CRS (`rio.write_crs`). `inf` is a cell
        that cannot be entered (water), NaN lies outside the data; any other value must be positive.
    elevation
        Metres on the same grid, where the cost of a step depends on its slope and direction.
    network
        Lines that are travelled beside the cells (roads), EPSG:4326, with `pace_s_per_m` and, where a pace differs
        between directions, `pace_back_s_per_m`. Lines meet where they share a vertex; cells and network are joined
        along the network. Further columns count where they are there: `length_m` (a line's true length, where it is
        drawn simpler than it runs), `joins_cells` (False: may not be left here), `sloped` (False: `slope_pace` does
        not apply), `class`, `name`.
    barriers
        Lines that no step from cell to cell may cross (rivers, closed borders), EPSG:4326; where a row has `delay_s`,
        a step may, in so many seconds more (the same in all rows). The network passes them.
    slope_pace
        Name of the rule that turns slope into pace where `elevation` is given ("tobler", ...), else None.
    attrs
        How this friction came about: mode, speeds with their ranges and sources, layers, crossings policy, assumptions.
    features
        What a route is described with: `boundaries`, `border_crossings`, `places`, `bridges`, each as a layer.
    """

    pace: xr.DataArray
    elevation: xr.DataArray | None = None
    network: gpd.GeoDataFrame | None = None
    barriers: gpd.GeoDataFrame | None = None
    slope_pace: str | None = None
    attrs: Mapping[str, Any] = field(default_factory=dict)
    features: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        pace = self.pace
        if not isinstance(pace, xr.DataArray):
            msg = f"pace must be a DataArray with two dimensions (y, x); {type(pace).__name__} came"  # type: ignore[unreachable]
            raise InputError(msg)
        dims = ", ".join(map(str, pace.dims))
        if pace.ndim != 2:
            msg = f"pace must have two dimensions (y, x); ({dims}) came. Choose one of the others with pace.isel(...), or drop it with pace.squeeze()"
            raise InputError(msg)
        if str(pace.dims[0]).lower() in _ACROSS:
            msg = f"pace must have its dimensions in the order (y, x); ({dims}) came. Write pace.transpose({pace.dims[1]!r}, {pace.dims[0]!r})"
            raise InputError(msg)
        if pace.dtype.kind not in "iufb":
            msg = f"pace must hold numbers, seconds per metre; dtype {pace.dtype} came. Write pace.astype(float)"
            raise InputError(msg)
        grid_crs(pace, "pace")
        values = np.asarray(pace.values)
        if values.size == 0:
            msg = f"pace has no cells: shape {values.shape}"
            raise InputError(msg)
        bad = np.asarray(values <= 0)  # NaN compares false and is allowed
        if bad.any():
            row, column = (int(i) for i in np.argwhere(bad)[0])
            msg = (
                f"pace must be positive seconds per metre (inf = cannot be entered, NaN = no data);"
                f" {values[row, column]} stands at row {row}, column {column} ({int(bad.sum())} such cells)"
            )
            raise InputError(msg)
        if self.elevation is not None and self.elevation.shape != pace.shape:
            msg = f"elevation must lie on the same grid as pace, shape {pace.shape}; shape {self.elevation.shape} came"
            raise InputError(msg)

    @property
    def crs(self) -> pyproj.CRS:
        """The grid's coordinate reference system."""
        return grid_crs(self.pace, "pace")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.pace.shape
        return rows, columns


class _MadeWhenAsked:
    """A polygon that is given, or made when first asked for by the function that is given instead."""

    def __get__(self, corridor: Any, owner: type) -> MultiPolygon:
        if corridor is None:
            raise AttributeError  # for dataclass: there is no default
        kept = vars(corridor)
        if kept.get("_shape") is None:
            kept["_shape"] = kept["_outline"](corridor.slack)
        shape: MultiPolygon = kept["_shape"]
        return shape

    def __set__(self, corridor: Any, value: MultiPolygon | Callable[[float], MultiPolygon]) -> None:
        made = callable(value)
        vars(corridor).update(_outline=value if made else None, _shape=None if made else value)


@dataclass(frozen=True, repr=False)
class Corridor:
    """
    Every cell through which a journey from an origin to a destination takes at most (1 + slack) times the fastest.

    Parameters
    ----------
    origin_name, destination_name
        What the two ends are called.
    hours
        Of the fastest journey; `inf` where no way leads, and then `reason` says why.
    distance_km
        Length of the fastest route.
    slack
        The share by which a journey may be longer.
    extra_h
        DataArray of the hours that the best journey through a cell takes beyond the fastest; NaN beyond the slack.
    polygon
        The cells within the slack as one MultiPolygon in EPSG:4326, made when it is first asked for (`polygon_at` gives
        that of a smaller slack); empty where no way leads. A corridor is made with the polygon, or with a function
        from a slack to it.
    route
        The fastest route as a LineString in EPSG:4326; empty where no way leads.
    hours_low, hours_high
        Bounds of the hours from the uncertainty of both ends; NaN where not known.
    road_share
        Share of the route's length that runs on roads, 0 to 1.
    climb_m
        Metres climbed along the route; NaN without elevation.
    crossings
        Points where the route passes an international boundary, EPSG:4326, with `name`, `country_a`, `country_b`, `km`.
    passes
        Features on or beside the route (towns, bridges), EPSG:4326, with `name`, `kind`, `km` (from the origin).
    alternatives
        Other ways within the slack that really differ, where they were asked for, EPSG:4326, with `hours`, `distance_km`,
        `road_share` and `shared` (the share of its length beside the fastest or a way above).
    mode
        The mode of travel of the friction.
    status
        "found" or "no_path".
    reason
        Why there is no path, else empty.
    attrs
        Stencil and its error bound, grid, friction's own attrs.
    """

    origin_name: str
    destination_name: str
    hours: float
    distance_km: float
    slack: float
    extra_h: xr.DataArray
    polygon: _MadeWhenAsked = _MadeWhenAsked()
    route: LineString  # type: ignore[misc]  # mypy takes the descriptor for a default
    hours_low: float = float("nan")
    hours_high: float = float("nan")
    road_share: float = float("nan")
    climb_m: float = float("nan")
    crossings: gpd.GeoDataFrame | None = None
    passes: gpd.GeoDataFrame | None = None
    alternatives: gpd.GeoDataFrame | None = None
    mode: str = ""
    status: str = "found"
    reason: str = ""
    attrs: Mapping[str, Any] = field(default_factory=dict)

    def polygon_at(self, slack: float) -> MultiPolygon:
        """
        The cells within a smaller slack as one MultiPolygon in EPSG:4326.

        Parameters
        ----------
        slack
            Above 0 and at most the corridor's own.

        Raises
        ------
        InputError
            Another slack, or a corridor that was made with its polygon alone.
        """
        if slack == self.slack:
            return self.polygon
        outline = vars(self)["_outline"]
        if not 0.0 < slack <= self.slack or outline is None:
            reason = "it was made with one polygon" if outline is None else "compute it again with a larger slack"
            msg = f"the corridor {self.name} knows slacks above 0 up to {self.slack:g}; {slack!r} came: {reason}"
            raise InputError(msg)
        shape: MultiPolygon = outline(slack)
        return shape

    @property
    def name(self) -> str:
        """Origin and destination, as a reader wants them."""
        return f"{self.origin_name} to {self.destination_name}"

    def __repr__(self) -> str:
        """What a person asks first: from where to where, how long, how far."""
        if self.status != "found":
            return f"<Corridor {self.name}: no way ({self.reason})>"
        by = f" by {self.mode}" if self.mode else ""
        return f"<Corridor {self.name}{by}: {format_hours(self.hours)}, {format_km(self.distance_km)}, slack {self.slack:.0%}>"

    def _repr_html_(self) -> str:
        """The figures of the corridor as a small table, for notebooks."""
        rows = [("Time on the move", format_hours(self.hours)), ("Length", format_km(self.distance_km))]
        if np.isfinite(self.hours_low) and np.isfinite(self.hours_high):
            rows.insert(1, ("Range", f"{format_hours(self.hours_low)} to {format_hours(self.hours_high)}"))
        if np.isfinite(self.road_share):
            rows.append(("On roads", f"{self.road_share:.0%}"))
        rows.append(("Area", f"every way at most {self.slack:.0%} longer"))
        if self.status != "found":
            rows = [("No way", self.reason)]
        body = "".join(f"<tr><th>{html_text(k)}</th><td>{html_text(v)}</td></tr>" for k, v in rows)
        note = "Modelled ease of travel, not observed movement."
        return f"<table><caption>{html_text(self.name)} {html_text(self.mode)}</caption>{body}</table><p>{note}</p>"

    def to_frame(self) -> gpd.GeoDataFrame:
        """One row with the figures of the corridor and its route as geometry, EPSG:4326."""
        names = [] if self.crossings is None else list(self.crossings["name"])
        route = self.route if not shapely.is_empty(self.route) else None
        return gpd.GeoDataFrame(
            {
                "origin": [self.origin_name],
                "destination": [self.destination_name],
                "mode": [self.mode],
                "status": [self.status],
                "hours": [self.hours],
                "hours_low": [self.hours_low],
                "hours_high": [self.hours_high],
                "distance_km": [self.distance_km],
                "road_share": [self.road_share],
                "climb_m": [self.climb_m],
                "slack": [self.slack],
                "crossings": ["; ".join(names)],
                "reason": [self.reason],
            },
            geometry=[route],
            crs="EPSG:4326",
        )
