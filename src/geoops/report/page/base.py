"""The quiet base of the interactive page: land, water, borders by their status, roads, and the names that stand on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoops.core.geodesy import Region
from geoops.core.text import has_arabic, one_line
from geoops.report.page.keys import keys_of, names_of_row
from geoops.report.page.shapes import drawn

__all__ = ["base_labels", "base_shapes", "country_names", "wider"]

_WIDE = (
    "countries",
    "international",
    "disputed",
    "control",
)  # drawn far beyond, so that the map does not end in the sea
_ORDER = ("countries", "water", "rivers", "roads", "provinces", "international", "disputed", "control")
_STATUS = {
    "admin-1": "provinces",
    "international": "international",
    "disputed": "disputed",
    "indefinite": "disputed",
    "claimed": "disputed",
}
_CAPITAL = "PPLC"


def wider(region: Region, share: float = 1.0) -> Region:
    """
    The region with a share of its longer side more on every side, for what frames it.

    Parameters
    ----------
    region
        (west, south, east, north) in degrees.
    share
        1 adds as much again on every side.
    """
    west, south, east, north = region
    pad = share * max(east - west, north - south)
    return max(west - pad, -180.0), max(south - pad, -85.0), min(east + pad, 180.0), min(north + pad, 85.0)


def base_shapes(
    base: Mapping[str, gpd.GeoDataFrame], region: Region, tolerance_deg: float, *, without: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """
    Each layer of the base as one nameless shape, in the order of drawing; boundaries parted by their status.

    Parameters
    ----------
    base
        Name -> features.
    region
        What the map opens with; drawn to a third beyond, countries and their boundaries as much again on every side.
    tolerance_deg
        By how much edges may be drawn off.
    without
        What is not drawn: layers, or kinds of boundaries such as "provinces".
    """
    parted: dict[str, gpd.GeoDataFrame] = {}
    for name, frame in base.items():
        if name == "boundaries" and "status" in frame:
            kinds = frame["status"].map(lambda s: _STATUS.get(str(s), "control"))
            parted.update({str(kind): frame[kinds == kind] for kind in dict.fromkeys(kinds)})
        else:
            parted["international" if name == "boundaries" else name] = frame
    kept = [name for name in parted if name not in without]
    order = [*(n for n in _ORDER if n in kept), *(n for n in kept if n not in _ORDER)]
    found = []
    for name in order:
        wide = name in _WIDE
        cut = wider(region, 1.0 if wide else 0.3)
        shape = _merged(parted[name], cut, tolerance_deg * (2 if wide else 1))
        if shape:
            found.append({"name": one_line(name), "shape": shape})
    return found


def _merged(frame: gpd.GeoDataFrame, region: Region, tolerance_deg: float) -> dict[str, Any]:
    """A layer without its names: lines joined end to end, specks left out."""
    parts = shapely.get_parts(shapely.get_parts(shapely.clip_by_rect(frame.geometry.to_numpy(), *region)))
    parts = parts[~shapely.is_empty(parts)]
    dimension = shapely.get_dimensions(parts)
    # On a grid finer than what is drawn, what runs beside itself falls together.
    whole = shapely.set_precision(shapely.multilinestrings(parts[dimension == 1]), tolerance_deg * 0.7)
    lines = shapely.get_parts(shapely.line_merge(whole))
    areas = parts[dimension == 2]
    lines = lines[shapely.length(lines) > tolerance_deg]
    areas = areas[shapely.area(areas) > (2.0 * tolerance_deg) ** 2]
    shapes = [
        *_stitched(shapely.simplify(lines, tolerance_deg)),
        *shapely.simplify(areas, tolerance_deg, preserve_topology=True),
        *parts[dimension == 0],
    ]
    return drawn(shapely.GeometryCollection(shapes), 3)


def _stitched(lines: Any) -> list[Any]:
    """The same lines in fewer strokes: each goes on through junctions as long as a line begins there."""
    courses = [shapely.get_coordinates(line) for line in lines]
    at: dict[tuple[float, float], list[int]] = {}
    for number, course in enumerate(courses):
        for end in (course[0], course[-1]):
            at.setdefault((end[0], end[1]), []).append(number)
    taken = [False] * len(courses)
    strokes = []
    for number, course in enumerate(courses):
        if taken[number]:
            continue
        taken[number] = True
        stroke = [course]
        while True:
            end = (stroke[-1][-1][0], stroke[-1][-1][1])
            going_on = next((n for n in at[end] if not taken[n]), None)
            if going_on is None:
                break
            taken[going_on] = True
            more = courses[going_on]
            stroke.append((more if (more[0][0], more[0][1]) == end else more[::-1])[1:])
        strokes.append(shapely.LineString(np.vstack(stroke)))
    return strokes


def country_names(countries: gpd.GeoDataFrame | None) -> dict[str, dict[str, str]]:
    """
    Code -> name and name in Arabic script, where there is one.

    Parameters
    ----------
    countries
        The layer of countries, or None.
    """
    if countries is None or "country" not in countries:
        return {}
    return {str(row["country"]): _named(row) for _, row in countries.iterrows() if isinstance(row["country"], str)}


def _named(row: Any) -> dict[str, str]:
    """The name of a row, and the one in Arabic script."""
    local = row.get("name_local")
    made = {"name": one_line(str(row["name"]))}
    if isinstance(local, str) and has_arabic(local):
        made["local"] = one_line(local)
    return made


def base_labels(
    countries: gpd.GeoDataFrame | None,
    towns: gpd.GeoDataFrame | None,
    region: Region,
    without: set[str],
    *,
    most: int = 200,
) -> list[dict[str, Any]]:
    """
    Names of the base with their keys: countries in the middle of what is seen, towns by size, seats of a division before others.

    Parameters
    ----------
    countries, towns
        The layers, or None.
    region
        What is shown.
    without
        Ids of places that stand on the map anyhow.
    most
        Towns that are named.
    """
    found = []
    if countries is not None and "name" in countries:
        seen = shapely.clip_by_rect(countries.geometry.to_numpy(), *region)
        for shape, (_, row) in zip(seen, countries.iterrows(), strict=True):
            if shape is None or shape.is_empty or shapely.area(shape) < 0.02 * shapely.area(shapely.box(*region)):
                continue
            parts = shapely.get_parts(shape)
            whole = shapely.simplify(parts[int(np.argmax(shapely.area(parts)))], 0.02)
            middle = shapely.get_point(shapely.maximum_inscribed_circle(whole, 0.05), 0)
            found.append(_label(row, middle, "country"))
    if towns is not None and "name" in towns:
        kinds = towns["kind"].astype(str) if "kind" in towns else pd.Series("", index=towns.index)
        people = towns["population"].fillna(0) if "population" in towns else pd.Series(0, index=towns.index)
        ranked = towns.assign(
            people=people, capital=kinds == _CAPITAL, rank=people * (1 + 2 * kinds.str.startswith("PPLA"))
        ).sort_values(["capital", "rank"], ascending=False, kind="stable")
        ranked = ranked[~ranked["id"].isin(without)] if "id" in ranked else ranked
        found += [
            {**_label(row, row.geometry, "capital" if row["capital"] else "town"), "people": int(row["people"])}
            for _, row in ranked.head(most).iterrows()
            if row.geometry is not None and not row.geometry.is_empty
        ]
    return found


def _label(row: Any, point: Any, kind: str) -> dict[str, Any]:
    """One name with its place and keys."""
    keys = keys_of(names_of_row(row), row.get("kind"))
    return {**_named(row), "lon": round(point.x, 4), "lat": round(point.y, 4), "kind": kind, "keys": keys}
