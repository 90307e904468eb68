"""What a brief asks to be known: its sites, its layers, distances, rings, corridors. Measured once, before any drawing.

All of it comes from the rooms below; what is here is the order of the work and the words for what could not be done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from geoops.core.errors import InputError
from geoops.core.geodesy import Region, region_of
from geoops.core.schema import WGS84, as_sites
from geoops.core.text import one_line
from geoops.core.types import Corridor
from geoops.report.brief import Brief, Pair, Site

__all__ = ["Analysis", "Step", "analyse", "find_corridors", "find_sites", "load_layers", "measure"]

Step = Callable[[str, float], None]
"""Called with what is being done and the share of the whole that is done."""

_LINEAR_KINDS = {"STM", "STMX", "CNL", "WAD", "RD", "PIPL"}
_LEAST_MARGIN_DEG = 0.4
_JOURNEY_MARGIN_DEG = 0.75


@dataclass(frozen=True)
class Analysis:
    """
    What is known of a brief's places.

    Parameters
    ----------
    sites
        One row a site of the brief, in its order, with `note` and `cites`; `name` is the brief's word for it.
    region
        What the layers were loaded for.
    layers
        Name -> layer in that region.
    nearest
        Theme -> proximity table.
    rings
        Geodesic rings round the sites, or None.
    within
        Counts and lengths in each ring and theme, or None.
    corridors
        Mode -> journeys, in the order of the brief.
    warnings
        What a reader must know: sites not found or ambiguous, journeys without a way.
    """

    sites: gpd.GeoDataFrame
    region: Region
    layers: dict[str, gpd.GeoDataFrame | xr.DataArray]
    nearest: dict[str, gpd.GeoDataFrame] = field(default_factory=dict)
    rings: gpd.GeoDataFrame | None = None
    within: pd.DataFrame | None = None
    corridors: dict[str, list[Corridor]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def placed(self) -> gpd.GeoDataFrame:
        """The sites that have a place."""
        return self.sites[has_place(self.sites)]


def has_place(sites: gpd.GeoDataFrame) -> pd.Series:
    """Which rows have a geometry."""
    missing: pd.Series = sites.geometry.isna() | sites.geometry.is_empty
    return ~missing


def analyse(brief: Brief, *, step: Step) -> Analysis:
    """
    Do all that a brief asks for short of drawing.

    Raises
    ------
    InputError
        No site of the brief has a place.
    """
    step("finding the sites", 0.0)
    sites, warnings = find_sites(brief)
    region = region_for(brief, sites)
    step("loading layers", 0.04)
    layers = load_layers(brief, region)
    step("measuring distances", 0.08)
    nearest, rings, within = measure(brief, sites, layers)
    corridors, lost = find_corridors(brief, sites, step=step)
    return Analysis(sites, region, layers, nearest, rings, within, corridors, (*warnings, *lost))


def find_sites(brief: Brief) -> tuple[gpd.GeoDataFrame, list[str]]:
    """
    The brief's sites as Sites, in its order, and a warning for each that is not surely found.

    `name` becomes the brief's word for the place, so that figures and text agree; the gazetteer's stays in
    `gazetteer_name`.
    """
    from geoops.gazetteer import geocode

    groups: dict[tuple[Any, ...], list[int]] = {}
    for at, site in enumerate(brief.sites):
        if site.at is None:
            groups.setdefault((site.country, site.kind, site.near), []).append(at)
    rows: dict[int, gpd.GeoDataFrame] = {}
    for (country, kind, near), members in groups.items():
        found = geocode([brief.sites[at].name for at in members], country=country, kind=kind, near=near)
        for position, at in enumerate(members):
            rows[at] = found.iloc[[position]]
    for at, site in enumerate(brief.sites):
        if site.at is not None:
            rows[at] = _by_hand(site)
    frames = [rows[at] for at in range(len(brief.sites))]
    sites = gpd.GeoDataFrame(
        {c: [f[c].iloc[0] for f in frames] for c in frames[0].columns if c not in {"geometry", "extent"}},
        geometry=gpd.GeoSeries([f.geometry.iloc[0] for f in frames], crs=WGS84),
    )
    sites["extent"] = gpd.GeoSeries([f["extent"].iloc[0] for f in frames], crs=WGS84)
    sites = as_sites(sites)
    sites["gazetteer_name"] = sites["name"]
    sites["name"] = [one_line(site.shown) for site in brief.sites]
    sites["note"] = [one_line(site.note) for site in brief.sites]
    sites["cites"] = ["; ".join(site.cites) for site in brief.sites]
    return sites, [words for _, row in sites.iterrows() if (words := _doubt(row))]


def _by_hand(site: Site) -> gpd.GeoDataFrame:
    """A site whose position the brief states."""
    assert site.at is not None and site.uncertainty_km is not None  # noqa: S101, PT018  the model holds both together
    frame = as_sites([site.at])
    frame["query"] = frame["name"] = site.name
    frame["uncertainty_m"] = site.uncertainty_km * 1000.0
    frame["kind"], frame["country"] = site.kind, site.country
    frame["source"] = "the brief"
    frame["reason"] = "position given in the brief"
    return frame


def _doubt(row: Any) -> str:
    """A sentence on a site that is not surely found, else nothing."""
    others = row["alternatives"] if isinstance(row["alternatives"], list | tuple) else []
    names = "; ".join(_reading(other) for other in others[:3])
    if row["status"] == "not_found":
        near = f"; the nearest in spelling: {names}" if names else ""
        return f'site "{one_line(str(row["query"]))}" was not found and is on no figure{near}'
    if row["status"] == "ambiguous":
        return f'site "{one_line(str(row["query"]))}" has more than one reading; the first was taken, others: {names}'
    return ""


def _reading(value: Any) -> str:
    """An alternative in a few words."""
    if isinstance(value, dict):
        words = (value.get("name"), value.get("kind"), value.get("admin1"), value.get("country"))
        return one_line(", ".join(str(w) for w in words if isinstance(w, str) and w))
    return one_line(str(value))


def region_for(brief: Brief, sites: gpd.GeoDataFrame) -> Region:
    """
    The brief's region, or one round its sites and the areas that they cover.

    The whole course of a river is not looked at: it would draw the region far beyond what the report is about.
    """
    if brief.region is not None:
        return brief.region
    shapes = [g for g in sites.geometry if g is not None and not g.is_empty]
    if not shapes:
        near = "; ".join(words for _, row in sites.iterrows() if (words := _doubt(row)))
        msg = f"no site of the brief was found, so there is nothing to draw: {near}"
        raise InputError(msg)
    return _widened(region_of([*shapes, *_areas(sites)], margin=0.06), _LEAST_MARGIN_DEG)


def _areas(sites: gpd.GeoDataFrame) -> list[Any]:
    """The extents of sites that are areas; a river's whole course is none."""
    wide = sites["extent"].notna() & ~sites["kind"].isin(_LINEAR_KINDS)
    return [g for g in sites.loc[wide, "extent"] if not g.is_empty]


def _widened(region: Region, margin_deg: float) -> Region:
    """The region with a margin in degrees, kept on the globe."""
    west, south, east, north = region
    return (
        max(west - margin_deg, -180.0), max(south - margin_deg, -90.0),
        min(east + margin_deg, 180.0), min(north + margin_deg, 90.0),
    )  # fmt: skip


def load_layers(brief: Brief, region: Region) -> dict[str, gpd.GeoDataFrame | xr.DataArray]:
    """Every layer that the brief names, by its name there, in the region widened by the largest ring."""
    from geoops.layers.load import layer

    names = dict.fromkeys(brief.layers or ())
    for figure in brief.wanted_figures():
        names.update(dict.fromkeys(figure.layers or ()))
    if brief.proximity is not None:
        names.update(dict.fromkeys(brief.proximity.themes))
    catalog = catalog_of(brief)
    return {name: layer(brief.path_of(name), region=_widened(region, 1.0), catalog=catalog) for name in names}


def catalog_of(brief: Brief) -> Path | None:
    """The catalogue that the brief names, from its folder."""
    return None if brief.catalog is None else brief.folder / brief.catalog


def measure(
    brief: Brief, sites: gpd.GeoDataFrame, layers: dict[str, Any]
) -> tuple[dict[str, gpd.GeoDataFrame], gpd.GeoDataFrame | None, pd.DataFrame | None]:
    """
    Nearest features of each theme, the rings, and what lies within them.

    Returns
    -------
    tuple
        Theme -> proximity table; rings; a table of site, theme, radius and what is in it. Empty and None where the
        brief asks for no proximity.
    """
    wanted = brief.proximity
    if wanted is None:
        return {}, None, None
    from geoops.proximity import nearest, rings, within

    tables: dict[str, gpd.GeoDataFrame] = {}
    counts = []
    radii = sorted(set(wanted.rings_km))
    for theme in wanted.themes:
        tables[theme] = nearest(sites, layers[theme], k=wanted.k, max_km=wanted.max_km)
        if radii:
            inside = within(sites, layers[theme], radii)
            inside.insert(0, "theme", theme)
            counts.append(inside)
    placed = sites[has_place(sites)]
    return tables, rings(placed, radii) if radii else None, pd.concat(counts, ignore_index=True) if counts else None


def journeys(brief: Brief) -> dict[str, list[Pair]]:
    """Mode -> the pairs to compute by it, in the order of the brief."""
    wanted = brief.corridors
    modes: dict[str, list[Pair]] = {}
    for pair in wanted.pairs if wanted else ():
        for mode in pair.modes or wanted.modes:  # type: ignore[union-attr]
            modes.setdefault(mode, []).append(pair)
    return modes


def find_corridors(brief: Brief, sites: gpd.GeoDataFrame, *, step: Step) -> tuple[dict[str, list[Corridor]], list[str]]:
    """The journeys by each mode, and a warning for each that cannot be made."""
    by_mode = journeys(brief)
    if not by_mode or brief.corridors is None:
        return {}, []
    from geoops.corridors import corridor, friction

    rows = {**_rows_by([site.name for site in brief.sites]), **_rows_by([s.shown for s in brief.sites])}
    there = has_place(sites)
    ends = sorted(
        {rows[name.casefold()] for pairs in by_mode.values() for p in pairs for name in (p.origin, p.destination)}
    )
    reached = sites.iloc[[at for at in ends if there.iloc[at]]]
    shapes = [*reached.geometry, *_areas(reached)]
    if not shapes:
        return {}, ["no journey can be made: none of the sites that corridors join was found"]
    region = _widened(region_of(shapes, margin=0.08), _JOURNEY_MARGIN_DEG)
    found: dict[str, list[Corridor]] = {}
    warnings: list[str] = []
    total = sum(len(pairs) + 1 for pairs in by_mode.values())
    done = 0
    for mode, pairs in by_mode.items():
        step(f"what it costs to cross the land ({mode})", 0.12 + 0.28 * done / total)
        ground = friction(region, mode=mode, cell_deg=brief.corridors.cell_deg, crossings=brief.corridors.crossings)
        done += 1
        found[mode] = []
        for pair in pairs:
            step(f"{pair.origin} to {pair.destination} ({mode})", 0.12 + 0.28 * done / total)
            done += 1
            origin, destination = rows[pair.origin.casefold()], rows[pair.destination.casefold()]
            lost = [brief.sites[at].shown for at in (origin, destination) if not there.iloc[at]]
            if lost:
                warnings.append(f"no journey {pair.origin} to {pair.destination}: {' and '.join(lost)} not found")
                continue
            journey = corridor(ground, sites.iloc[[origin]], sites.iloc[[destination]], slack=brief.corridors.slack)
            if journey.status != "found":
                warnings.append(f"no way {pair.origin} to {pair.destination} ({mode}): {journey.reason}")
            found[mode].append(journey)
    return found, warnings


def _rows_by(names: Sequence[str]) -> dict[str, int]:
    """Row of each site by a name of it."""
    return {name.casefold(): at for at, name in enumerate(names)}


def placed_share(sites: gpd.GeoDataFrame) -> tuple[int, int]:
    """How many of the sites have a place, and how many there are."""
    there = has_place(sites)
    return int(there.sum()), len(sites)


def straight_km(journey: Corridor) -> float:
    """Length of the geodesic between the ends of a route, in km; NaN where there is no route."""
    if shapely.is_empty(journey.route):
        return float("nan")
    from geoops.core.geodesy import distance

    ends = np.asarray(journey.route.coords)
    return float(distance(ends[0, 0], ends[0, 1], ends[-1, 0], ends[-1, 1])) / 1000.0
