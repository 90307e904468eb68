"""A grid's geometry: where its cells lie on the ground, and how long each step between them is.

Regular grids with or without a projection; what the cells hold is no business of this module.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyproj
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from geoops.core.errors import InputError
from geoops.core.types import grid_crs
from geoops.corridors.stencils import direction_error, steps_of

__all__ = ["Grid", "check_memory", "grid_of", "same_grid"]

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """
    A regular grid.

    Parameters
    ----------
    rows, columns
        Its shape.
    x0, y0
        Centre of the first cell, in units of the CRS.
    dx, dy
        From column to column and row to row, signed (rows mostly run south: dy below 0).
    crs
        Its coordinate reference system.
    """

    rows: int
    columns: int
    x0: float
    y0: float
    dx: float
    dy: float
    crs: pyproj.CRS

    @cached_property
    def geographic(self) -> bool:
        """Whether the coordinates are degrees."""
        return bool(self.crs.is_geographic)

    @cached_property
    def _to_degrees(self) -> pyproj.Transformer:
        return pyproj.Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True)

    @cached_property
    def _from_degrees(self) -> pyproj.Transformer:
        return pyproj.Transformer.from_crs("EPSG:4326", self.crs, always_xy=True)

    def to_cells(self, lon: ArrayLike, lat: ArrayLike) -> tuple[_Floats, _Floats]:
        """Columns and rows, not rounded, of places in degrees; a cell's centre lies at its whole numbers."""
        x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
        if not self.geographic:
            x, y = (np.asarray(values) for values in self._from_degrees.transform(x, y))
        else:  # a grid may run over the antimeridian: there 181 and -179 are one meridian
            x = x + 360.0 * np.round((self.x0 + 0.5 * self.dx * (self.columns - 1) - x) / 360.0)
        return (x - self.x0) / self.dx, (y - self.y0) / self.dy

    def to_degrees(self, column: ArrayLike, row: ArrayLike) -> tuple[_Floats, _Floats]:
        """Longitude and latitude of columns and rows."""
        x = self.x0 + self.dx * np.asarray(column, dtype=float)
        y = self.y0 + self.dy * np.asarray(row, dtype=float)
        if self.geographic:
            return x, y
        lon, lat = self._to_degrees.transform(x, y)
        return np.asarray(lon), np.asarray(lat)

    def inside(self, column: ArrayLike, row: ArrayLike) -> NDArray[np.bool_]:
        """Whether columns and rows fall into a cell; the outer edge counts, within a billionth of a cell."""
        c, r = np.asarray(column), np.asarray(row)
        edge = 0.5 + 1e-9
        return (c >= -edge) & (c <= self.columns - 1 + edge) & (r >= -edge) & (r <= self.rows - 1 + edge)

    def cell(self, column: ArrayLike, row: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Whole columns and rows of the cells in which places inside the grid lie."""
        c = np.clip(np.floor(np.asarray(column) + 0.5), 0, self.columns - 1).astype(np.int64)
        r = np.clip(np.floor(np.asarray(row) + 0.5), 0, self.rows - 1).astype(np.int64)
        return c, r

    @cached_property
    def cell_sizes(self) -> tuple[_Floats, _Floats]:
        """Metres from cell to cell along each row, and from each row to the next (the last one repeated)."""
        if not self.geographic:
            unit = float(self.crs.axis_info[0].unit_conversion_factor) if self.crs.axis_info else 1.0
            return np.full(self.rows, abs(self.dx) * unit), np.full(self.rows, abs(self.dy) * unit)
        lengths = self.step_lengths(8, frame=0)
        return lengths[:, 0].copy(), lengths[:, 2].copy()

    def step_lengths(self, stencil: int, *, frame: int) -> _Floats:
        """Metres of each step from each row, a row of the frame included; a step and its reverse are equal."""
        steps = steps_of(stencil)
        total = self.rows + 2 * frame
        if not self.geographic:
            unit = float(self.crs.axis_info[0].unit_conversion_factor) if self.crs.axis_info else 1.0
            lengths = np.hypot(steps.columns * self.dx, steps.rows * self.dy) * unit
            return np.ascontiguousarray(np.broadcast_to(lengths, (total, stencil)))
        geod = self.crs.get_geod() or pyproj.Geod(ellps="WGS84")
        result = np.empty((total, stencil))
        # Latitudes beyond the pole belong to rows that do not exist; any positive length does for them.
        latitudes = np.clip(self.y0 + self.dy * (np.arange(-3, total + 3) - frame), -90.0, 90.0)
        here = latitudes[3 : total + 3]
        zeros = np.zeros(total)
        for k in range(0, stencil, 2):
            rows, columns = int(steps.rows[k]), int(steps.columns[k])
            there = latitudes[3 + rows : total + 3 + rows]
            lengths = geod.inv(zeros, here, np.full(total, columns * self.dx), there)[2]
            result[:, k] = np.maximum(lengths, 1e-3)
            # The reverse step from the row where this one ends is the same line.
            result[rows:, k + 1] = result[: total - rows, k]
            result[:rows, k + 1] = result[:rows, k]
        return result

    def direction_error(self, stencil: int) -> tuple[float, float]:
        """The stencil's largest and root-mean-square error on uniform ground, over this grid's cell shapes."""
        width, height = self.cell_sizes
        ends = [0, self.rows // 2, self.rows - 1]
        return direction_error(stencil, width[ends], height[ends])

    @cached_property
    def scale_error(self) -> tuple[float, float]:
        """How far the projection's lengths are off, smallest and largest share over the grid; zero in degrees."""
        if self.geographic:
            return 0.0, 0.0
        columns = np.linspace(0, self.columns - 1, 9)
        rows = np.linspace(0, self.rows - 1, 9)
        lon, lat = self.to_degrees(*(a.ravel() for a in np.meshgrid(columns, rows)))
        try:
            factors = pyproj.Proj(self.crs).get_factors(lon, lat)
        except (pyproj.exceptions.ProjError, RuntimeError):
            return float("nan"), float("nan")
        scales = np.concatenate([factors.tissot_semiminor, factors.tissot_semimajor])
        return float(scales.min() - 1.0), float(scales.max() - 1.0)

    def describe(self) -> dict[str, Any]:
        """What a result says of its grid."""
        width, height = self.cell_sizes
        result: dict[str, Any] = {
            "rows": self.rows,
            "columns": self.columns,
            "crs": self.crs.to_string(),
            "cell_x_m": (float(width.min()), float(width.max())),
            "cell_y_m": (float(height.min()), float(height.max())),
            "edges": "geodesic lengths, row by row" if self.geographic else "metres of the CRS",
        }
        if not self.geographic:
            result["scale_error"] = self.scale_error
        return result


def grid_of(array: xr.DataArray, what: str = "pace") -> Grid:
    """
    The geometry of a DataArray.

    Raises
    ------
    InputError
        Coordinates that are missing, not regular, or beyond what a grid in degrees can be.
    """
    crs = grid_crs(array, what)
    rows, columns = array.shape
    y_name, x_name = array.dims
    step: dict[str, float] = {}
    first: dict[str, float] = {}
    for axis, name, count in (("y", y_name, rows), ("x", x_name, columns)):
        if name not in array.coords:
            msg = f"{what} has no coordinate {name!r}; give the cell centres as coordinates of its dimensions"
            raise InputError(msg)
        values = np.asarray(array[name].values, dtype=float)
        first[axis] = float(values[0])
        if count > 1:
            step[axis] = float((values[-1] - values[0]) / (count - 1))
            off = np.abs(values - (values[0] + step[axis] * np.arange(count))).max()
            if not step[axis] or not off <= 1e-3 * abs(step[axis]):
                msg = f"{what} must lie on a regular grid; the steps of coordinate {name!r} differ or are not finite"
                raise InputError(msg)
    if rows == 1 or columns == 1:
        step = _single_step(array, step, what)
    grid = Grid(rows, columns, first["x"], first["y"], step["x"], step["y"], crs)
    if grid.geographic:
        north = max(abs(grid.y0), abs(grid.y0 + grid.dy * (rows - 1)))
        if north > 90.0 or abs(grid.dx) * columns > 360.0 + 1e-6:
            msg = (
                f"{what}: a grid in degrees reaches latitude {north:.6g} and is {abs(grid.dx) * columns:.6g}° wide;"
                " cell centres must lie within ±90° and one turn of the globe"
            )
            raise InputError(msg)
    return grid


def _single_step(array: xr.DataArray, step: dict[str, float], what: str) -> dict[str, float]:
    """Steps of a grid of one row or one column: its GeoTransform says them, else cells are taken as square."""
    transform = str(array.spatial_ref.attrs.get("GeoTransform", "")).split() if "spatial_ref" in array.coords else []
    if len(transform) == 6:
        known = {"x": float(transform[1]), "y": float(transform[5])}
        return {axis: step.get(axis, known[axis]) for axis in ("x", "y")}
    if not step:
        msg = (
            f"{what} is one cell, and nothing says how large; write its transform with {what}.rio.write_transform(...)"
        )
        raise InputError(msg)
    size = abs(next(iter(step.values())))
    return {"x": step.get("x", size), "y": step.get("y", -size)}


def check_memory(cells: int, bytes_per_cell: int, size: str, factor: float) -> None:
    """
    Refuse work that this machine's memory cannot hold, before it is begun.

    Parameters
    ----------
    cells
        How many there are.
    bytes_per_cell
        What the work takes.
    size, factor
        Name and number of the cells' size, for the message: the size from which the grid fits.

    Raises
    ------
    InputError
        With the cell size that fits.
    """
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 2**63
    need, most = cells * bytes_per_cell, 0.8 * memory
    if need > most:
        msg = (
            f"{cells:,} cells need about {need / 1e9:,.0f} GB; this machine has {memory / 1e9:,.0f} GB."
            f" Use {size}={factor * (1.01 * need / most) ** 0.5:.4g} or more, or a smaller region"
        )
        raise InputError(msg)


def same_grid(one: xr.DataArray, other: xr.DataArray) -> bool:
    """Whether two arrays lie on the same cells, within a thousandth of one."""
    a, b = grid_of(one, "grid"), grid_of(other, "grid")
    if (a.rows, a.columns) != (b.rows, b.columns) or a.crs != b.crs:
        return False
    near = 1e-3 * min(abs(a.dx), abs(a.dy))
    return all(abs(p - q) <= near for p, q in ((a.x0, b.x0), (a.y0, b.y0), (a.dx, b.dx), (a.dy, b.dy)))
