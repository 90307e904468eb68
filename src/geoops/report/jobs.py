"""What the maps room is asked for each figure of a brief."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geoops.report.analysis import Analysis, end_name, find_corridors, has_place, region_round
from geoops.report.brief import Brief, Figure
from geoops.report.documents import corridors_of, figure_title, sites_of, subtitle, themes_of
from geoops.report.drawing import Job
from geoops.report.pointers import catalog_of, named_in

if TYPE_CHECKING:
    import geopandas as gpd

    from geoops.core.types import Corridor

_MOST_RINGED = 20  # sites; of more only the innermost rings can be told apart on one map

__all__ = ["by_policy", "drawn_layers", "job_of"]


def job_of(brief: Brief, known: Analysis, figure: Figure, number: int) -> Job:
    """What the maps room is asked for one figure."""
    names = figure.layers if figure.layers is not None or figure.kind != "sites" else brief.layers
    arguments: dict[str, Any] = {
        "title": figure_title(brief, figure),
        # In another language the maps room says what it can of the data in that language; the report's own line is English.
        "subtitle": subtitle(brief, known, figure)
        if (figure.languages or brief.languages)[0] == "en"
        else figure.subtitle,
        "date": brief.date.isoformat(),
        "layers": {name: known.layers[name] for name in names} if names is not None else None,
        "theme": brief.path_of(figure.theme or brief.theme),
        "size": figure.size or brief.size,
        "languages": figure.languages or brief.languages,
        "sites": sites_of(known, figure),
        "catalog": catalog_of(brief),
        "worldview": brief.worldview,
        "sources": [f"places named by {' and '.join(named_in(brief))}"] if named_in(brief) else [],
        "producer": brief.producer or None,
        "version": brief.version or None,
        "map_number": f"{brief.map_number}-{number:02d}" if brief.map_number else None,
        "remarks": figure.notes,
    }
    arguments["region"] = _figure_region(brief, figure, arguments["sites"])
    if figure.kind == "proximity":
        labels = set(arguments["sites"].index)
        tables = {theme: known.nearest[theme] for theme in themes_of(known, figure)}
        arguments["nearest"] = {t: table[table["site"].isin(labels)] for t, table in tables.items()}
        rings = known.rings
        arguments["rings"] = rings[rings["site"].isin(labels)] if rings is not None else None
        if rings is not None and len(labels) > _MOST_RINGED:
            arguments["rings"] = arguments["rings"].loc[lambda of: of["radius_km"] == of["radius_km"].min()]
        arguments["layout"] = figure.layout
        if names is None:
            arguments["layers"] = {theme: known.layers[theme] for theme in tables}
    elif figure.kind == "corridor":
        journeys = corridors_of(known, figure)
        ends = {end_name(name) for j in journeys for name in (j.origin_name, j.destination_name)}
        if figure.sites is None:
            arguments["sites"] = known.sites[known.sites["name"].isin(ends)]
        arguments["corridors"] = by_policy(brief, known, figure) if figure.policies else journeys
        if len(journeys) == 1 and not figure.policies:  # of several, the chances would lie over one another
            arguments["ensemble"] = known.chances.get((journeys[0].name, journeys[0].mode))
        arguments["pinch_points"] = (
            []
            if figure.policies
            else [known.pinches[j.name, j.mode] for j in journeys if (j.name, j.mode) in known.pinches]
        )
    return Job(figure.name, figure.kind, arguments, figure.formats or brief.output.formats)


def drawn_layers(brief: Brief, known: Analysis, figure: Figure) -> list[str]:
    """The layers that a figure is given by the brief, besides its base."""
    if figure.layers is not None:
        return list(figure.layers)
    if figure.kind == "proximity":
        return themes_of(known, figure)
    return list(brief.layers or ()) if figure.kind == "sites" else []


def _figure_region(brief: Brief, figure: Figure, sites: gpd.GeoDataFrame) -> tuple[float, float, float, float] | None:
    """What a figure shows: its own region, the brief's, or round its sites; the maps room decides for the rest."""
    if figure.region is not None:
        return figure.region
    if figure.kind == "sites" and bool(has_place(sites).any()):
        return brief.region if brief.region is not None and figure.sites is None else region_round(sites)
    return brief.region if figure.pairs is None and figure.sites is None else None


_POLICIES = {
    "open": "Borders passed at open crossings", "any": "Borders passed at any listed crossing",
    "anywhere": "Borders passed anywhere",
}  # fmt: skip


def by_policy(brief: Brief, known: Analysis, figure: Figure) -> dict[str, list[Corridor]]:
    """The journeys of a figure under each of its policies of passing borders, by the heading of its panel."""
    shown = {journey.name for journey in corridors_of(known, figure)}
    panels = {}
    for policy in figure.policies or ():
        asked = None if brief.corridors is None else brief.corridors.model_copy(update={"crossings": policy})
        other = brief.model_copy(update={"corridors": asked})
        found, _ = find_corridors(other, known.sites, step=lambda *_: None)
        panels[_POLICIES[policy]] = [c for c in found.get(figure.mode, []) if c.name in shown]
    return panels
