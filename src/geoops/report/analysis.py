"""What a brief asks to be known: its sites, its layers, distances, rings, corridors. Measured once, before any drawing.

All of it comes from the rooms below; what is here is the order of the work and the words for what could not be done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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
from geoops.layers.citations import Citations
from geoops.report.brief import Brief, Mode, Pair, Site
from geoops.report.pointers import catalog_of, gazetteer_of

__all__ = [
    "Analysis", "Step", "count_within", "country_names", "find_corridors", "find_sites", "load_layers", "measure", "region_for",
]  # fmt: skip

Step = Callable[[str, float], None]
"""Called with what is being done and the share of the whole that is done."""

_LINEAR_KINDS = {"STM", "STMX", "CNL", "WAD", "RD", "PIPL"}
_LEAST_MARGIN_DEG = 0.4
_MIDDLE = " (middle)"
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
    countries
        ISO code -> name, of the countries that sites lie in.
    pinches
        Name and mode of a journey -> its pinch points, where the brief asks for them.
    chances
        Name and mode of a journey -> for each cell the share of draws in which it lies in the corridor, where asked for.
    citations
        Key -> the source that rows of the layers cite by it.
    """

    sites: gpd.GeoDataFrame
    region: Region
    layers: dict[str, gpd.GeoDataFrame | xr.DataArray]
    nearest: dict[str, gpd.GeoDataFrame] = field(default_factory=dict)
    rings: gpd.GeoDataFrame | None = None
    within: pd.DataFrame | None = None
    corridors: dict[str, list[Corridor]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    countries: dict[str, str] = field(default_factory=dict)
    pinches: dict[tuple[str, str], gpd.GeoDataFrame] = field(default_factory=dict)
    chances: dict[tuple[str, str], xr.DataArray] = field(default_factory=dict)
    citations: Citations = field(default_factory=dict)

    @property
    def placed(self) -> gpd.GeoDataFrame:
        """The sites that have a place."""
        return self.sites[has_place(self.sites)]


def has_place(sites: gpd.GeoDataFrame) -> pd.Series:
    """Which rows have a geometry."""
    missing: pd.Series = sites.geometry.isna() | sites.geometry.is_empty
    return ~missing


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
        names = [brief.sites[at].name for at in members]
        found = geocode(names, country=country, kind=kind, near=near, gazetteer=gazetteer_of(brief))
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
    return with_notes(brief, sites), [words for _, row in sites.iterrows() if (words := _doubt(row))]


def with_notes(brief: Brief, sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The sites with what the brief says of them now; nothing that is measured depends on it."""
    return sites.assign(
        note=[one_line(site.note) for site in brief.sites], cites=["; ".join(site.cites) for site in brief.sites]
    )


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
    return region_round(sites)


def region_round(sites: gpd.GeoDataFrame) -> Region:
    """A region round sites and the areas that they cover, with a margin; at least one must have a place."""
    shapes = [g for g in sites.geometry if g is not None and not g.is_empty]
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
    from geoops.core.publication import refuse_unpublished
    from geoops.layers.load import layer
    from geoops.layers.worldview import VIEWED

    names = dict.fromkeys(brief.layers or ())
    for figure in brief.wanted_figures():
        names.update(dict.fromkeys(figure.layers or ()))
    if brief.proximity is not None:
        names.update(dict.fromkeys(brief.proximity.themes))
    catalog = catalog_of(brief)
    found = {}
    for name in names:
        view = brief.worldview if name in VIEWED else None
        found[name] = layer(brief.path_of(name), region=_widened(region, 1.0), catalog=catalog, worldview=view)
        refuse_unpublished(found[name], f"layer {name}")
    return {name: _between_countries(frame) for name, frame in found.items()}


def _between_countries(frame: gpd.GeoDataFrame | xr.DataArray) -> gpd.GeoDataFrame | xr.DataArray:
    """Of boundary lines with levels, those between countries: a border in a brief is an international one."""
    return frame[frame["level"] == 0] if "level" in getattr(frame, "columns", ()) else frame


def country_names(brief: Brief, sites: gpd.GeoDataFrame, region: Region) -> dict[str, str]:
    """ISO code -> name of the sites' countries, as far as the catalogue has them."""
    from geoops.layers.catalog import read_catalog
    from geoops.layers.load import layer

    codes = {code for codes in sites["country"] if isinstance(codes, str) for code in codes.split(";")}
    if not codes or "countries" not in read_catalog(catalog_of(brief)).layers:
        return {}
    frame = layer("countries", region=region, catalog=catalog_of(brief))
    named = frame[frame["country"].isin(codes) & frame["name"].notna()]
    return dict(sorted(zip(named["country"], named["name"], strict=True)))


def measure(
    brief: Brief, sites: gpd.GeoDataFrame, layers: dict[str, Any]
) -> tuple[dict[str, gpd.GeoDataFrame], gpd.GeoDataFrame | None]:
    """
    Nearest features of each theme, and the rings.

    Returns
    -------
    tuple
        Theme -> proximity table; rings round the sites that have a place. Empty and None where the brief asks for no
        proximity.
    """
    wanted = brief.proximity
    if wanted is None:
        return {}, None
    from geoops.proximity import nearest, rings

    tables = {theme: nearest(sites, layers[theme], k=wanted.k, max_km=wanted.max_km) for theme in wanted.themes}
    return tables, rings(sites[has_place(sites)], wanted.rings_km) if wanted.rings_km else None


def count_within(brief: Brief, sites: gpd.GeoDataFrame, layers: dict[str, Any], *, step: Step) -> pd.DataFrame | None:
    """What of each theme lies within each ring: a row a site, theme and radius; None where there are no rings."""
    wanted = brief.proximity
    if wanted is None or not wanted.rings_km:
        return None
    from geoops.proximity import within

    parts = []
    for at, theme in enumerate(wanted.themes):
        step(f"what lies within the rings: {theme.replace('_', ' ')}", 0.38 + 0.04 * at / len(wanted.themes))
        inside = within(sites, layers[theme], sorted(set(wanted.rings_km)))
        inside.insert(0, "theme", theme)
        parts.append(inside)
    return pd.concat(parts, ignore_index=True)


def journeys(brief: Brief) -> dict[Mode, list[Pair]]:
    """Mode -> the pairs to compute by it, in the order of the brief."""
    wanted = brief.corridors
    modes: dict[Mode, list[Pair]] = {}
    for pair in wanted.pairs if wanted else ():
        for mode in pair.modes or wanted.modes:  # type: ignore[union-attr]
            modes.setdefault(mode, []).append(pair)
    return modes


def find_corridors(
    brief: Brief, sites: gpd.GeoDataFrame, *, step: Step, pinches: dict[tuple[str, str], gpd.GeoDataFrame] | None = None,
    chances: dict[tuple[str, str], xr.DataArray] | None = None,
) -> tuple[dict[str, list[Corridor]], list[str]]:  # fmt: skip
    """The journeys by each mode, and a warning for each that cannot be made; pinch points and chances go into the two."""
    by_mode = journeys(brief)
    if not by_mode or brief.corridors is None:
        return {}, []
    from geoops.corridors import corridor, ensemble, friction, pinch_points

    rows = {**_rows_by([site.name for site in brief.sites]), **_rows_by([s.shown for s in brief.sites])}
    there = has_place(sites)
    ends = sorted(
        {rows[name.casefold()] for pairs in by_mode.values() for p in pairs for name in (p.origin, p.destination)}
    )
    reached = sites.iloc[[at for at in ends if there.iloc[at]]]
    shapes = [*reached.geometry, *_areas(reached)]
    if not shapes:
        return {}, ["no journey can be made: none of the sites that corridors join was found"]
    region = _widened(region_of(shapes, margin=0.05), _JOURNEY_MARGIN_DEG)
    found: dict[str, list[Corridor]] = {}
    warnings: list[str] = []
    total = sum(len(pairs) + 1 for pairs in by_mode.values())
    done = 0
    for mode, pairs in by_mode.items():
        step(f"what it costs to cross the land ({mode})", 0.12 + 0.28 * done / total)
        ground = friction(
            region, mode=mode, cell_deg=brief.corridors.cell_deg, crossings=brief.corridors.crossings,
            speeds=dict(brief.corridors.speeds) or None, worldview=brief.worldview,
        )  # fmt: skip
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
            ends_of = [sites.iloc[[at]] for at in (origin, destination)]
            if pair.ends == "middle":
                ends_of = [_middle(site) for site in ends_of]
            journey = corridor(ground, *ends_of, slack=brief.corridors.slack)
            if journey.status != "found":
                warnings.append(f"no way {pair.origin} to {pair.destination} ({mode}): {journey.reason}")
            elif brief.corridors.pinch_points and pinches is not None:
                table = pinch_points(journey, ground, count=brief.corridors.pinch_points)
                pinches[journey.name, journey.mode] = table
            if pair.draws and chances is not None and journey.status == "found":
                share = ensemble(ground, *ends_of, draws=pair.draws, slack=brief.corridors.slack)
                chances[journey.name, journey.mode] = share
            found[mode].append(journey)
    return found, warnings


def _middle(site: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """An area as the one point that stands for it; a point as it is."""
    if site["extent"].isna().iloc[0]:
        return site
    point = site.copy()
    point["extent"] = gpd.GeoSeries([None], index=site.index, crs=WGS84)
    point["uncertainty_m"] = 0.0  # the middle is meant, so there is no doubt where the journey starts
    point["name"] = f"{site['name'].iloc[0]}{_MIDDLE}"
    return point


def end_name(name: str) -> str:
    """The site's name in that of a journey's end."""
    return name.removesuffix(_MIDDLE)


def _rows_by(names: Sequence[str]) -> dict[str, int]:
    """Row of each site by a name of it."""
    return {name.casefold(): at for at, name in enumerate(names)}


def straight_km(journey: Corridor) -> float:
    """Length of the geodesic between the ends of a route, in km; NaN where there is no route."""
    if shapely.is_empty(journey.route):
        return float("nan")
    from geoops.core.geodesy import distance

    ends = np.asarray(journey.route.coords)
    return float(distance(ends[0, 0], ends[0, 1], ends[-1, 0], ends[-1, 1])) / 1000.0
