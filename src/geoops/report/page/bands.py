"""Corridors and ensembles by steps, for the sliders of the page: each step an area, from the narrowest to the widest."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import shapely
import xarray as xr

from geoops.core.errors import InputError
from geoops.core.text import one_line
from geoops.core.types import Corridor, grid_crs
from geoops.report.page.shapes import drawn

__all__ = ["CHANCES", "SHARES", "chances", "journey", "shares_within"]

SHARES = (0.02, 0.05, 0.10, 0.15, 0.20, 0.30, 0.50)
"""By how much longer a journey may be at each step of the slider, as far as the corridor's own slack."""

CHANCES = (0.1, 0.25, 0.5, 0.75, 0.9)
"""In which share of the draws a cell lies in the corridor, at least, at each step of the slider."""


def shares_within(slack: float) -> list[float]:
    """
    The steps below a slack, and the slack itself.

    Parameters
    ----------
    slack
        Of the widest corridor.

    Examples
    --------
    >>> shares_within(0.12)
    [0.02, 0.05, 0.1, 0.12]
    """
    return [*(share for share in SHARES if share < slack - 1e-9), slack]


def journey(corridor: Corridor, tolerance_deg: float) -> dict[str, Any]:
    """
    What the page shows of a corridor: its figures, its route, and its area at each slack that it knows.

    Parameters
    ----------
    corridor
        With a way.
    tolerance_deg
        By how much edges may be drawn off; the route is drawn three times finer.
    """
    bands = []
    for share in shares_within(corridor.slack):
        try:
            area = corridor.polygon_at(share)
        except InputError:  # made with one polygon: only its own slack is known
            continue
        bands.append([round(share, 4), drawn(shapely.simplify(area, tolerance_deg), 3)])
    known = {
        "hours": corridor.hours,
        "low": corridor.hours_low,
        "high": corridor.hours_high,
        "km": corridor.distance_km,
    }
    return {
        "from": one_line(corridor.origin_name),
        "to": one_line(corridor.destination_name),
        "mode": one_line(corridor.mode.replace("_", " ")),
        **{key: round(value, 3) for key, value in known.items() if np.isfinite(value)},
        **(
            {"roads": round(corridor.road_share, 6)} if np.isfinite(corridor.road_share) else {}
        ),  # nearly all is not all
        "bands": bands,
        "route": drawn(shapely.simplify(corridor.route, tolerance_deg / 3.0), 4),
    }


def chances(name: str, ensemble: xr.DataArray, tolerance_deg: float) -> dict[str, Any]:
    """
    What the page shows of an ensemble: the areas that lie in the corridor in so many of the draws.

    Parameters
    ----------
    name
        What it is called.
    ensemble
        As `geoops.ensemble` gives it: shares of the draws, dims (y, x), with a CRS.
    tolerance_deg
        By how much edges may be drawn off.
    """
    from contourpy import FillType, contour_generator

    if not isinstance(ensemble, xr.DataArray) or ensemble.ndim != 2:
        msg = f"ensemble {name!r}: expected a DataArray as geoops.ensemble gives it; {type(ensemble).__name__} came"
        raise InputError(msg)
    grid = ensemble if grid_crs(ensemble, "ensemble").is_geographic else ensemble.rio.reproject("EPSG:4326")
    y, x = (grid[dim].to_numpy().astype(float) for dim in grid.dims)
    values = np.nan_to_num(grid.to_numpy().astype(float), nan=0.0)
    generator = contour_generator(x, y, values, fill_type=FillType.OuterOffset)
    bands = []
    for chance in CHANCES:
        filled: Any = generator.filled(chance, 2.0)
        polygons = [
            shapely.Polygon(points[a:b], [points[c:d] for c, d in itertools.pairwise(offsets[1:])])
            for points, offsets in zip(*filled, strict=True)
            for a, b in [offsets[:2]]
        ]
        area = shapely.union_all(shapely.make_valid(np.array(polygons, dtype=object)))
        bands.append([chance, drawn(shapely.simplify(area, tolerance_deg), 3)])
    draws = ensemble.attrs.get("draws")
    return {"name": one_line(name), "draws": int(draws) if draws is not None else None, "bands": bands}
