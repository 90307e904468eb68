"""The sites map: where the places of a report are, how surely, and what lies round them.

It draws what it is given and computes nothing but the layout. The proximity, corridor and event maps stand in files of
their own beside this one.
"""

from __future__ import annotations

from typing import Any, Unpack

from geoops.core.geodesy import Region
from geoops.core.schema import SitesLike
from geoops.maps.basedata import Reader
from geoops.maps.compose import (
    DEFAULT_LAYERS,
    LayersArgument,
    checked_region,
    concerned_countries,
    draw_layers,
    listed,
    put_sites,
    ready_sites,
    split_layers,
)
from geoops.maps.mapfigure import MapFigure
from geoops.maps.options import Margin, Options
from geoops.maps.sitenames import label_sites
from geoops.maps.theme import Size, Theme

__all__ = ["sites_map"]


def sites_map(
    sites: SitesLike,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    date: str | None = None,
    layers: LayersArgument = None,
    region: Region | None = None,
    theme: str | Theme = "report",
    size: str | Size = "a4-landscape",
    languages: tuple[str, ...] = ("en",),
    **margin: Unpack[Margin],
) -> MapFigure:
    """
    Map sites with the borders, roads, towns and infrastructure round them.

    A site placed more surely than its dot is wide is a filled dot; one that lies somewhere within its uncertainty is an
    open ring with that disc drawn to scale; one with an extent is a tinted area with a dashed edge.

    Parameters
    ----------
    sites
        Sites, or whatever `as_sites` takes: a GeoDataFrame, geometries, (longitude, latitude) pairs. Rows without a
        place are not drawn, and named in the margin.
    title, subtitle
        What stands above the map; both are made from the data where they are left out.
    date
        What date the figure holds for, as it is to be printed. Never taken from the clock.
    layers
        Names of layers to draw, or a mapping of names to GeoDataFrames in place of the catalogue's (None takes the
        catalogue's). By default oil and gas fields, refineries, pipelines, power stations, border crossings; `()` for
        none. Base layers given in the mapping replace those of the base.
    region
        West, south, east, north in degrees; round the sites by default.
    theme
        `report`, `slide`, `print`, `newsroom`, or a Theme.
    size
        `a4-landscape`, `a4-portrait`, `a3-landscape`, `a3-portrait`, `journal-84`, `journal-174`, `slide-16x9`,
        `square`, or a Size.
    languages
        `en`, `ar`, `ku` in the order in which names stand under one another.
    **margin
        `catalog`, `worldview`, `base`, `sources`, `disclaimer`, `map_number`, `version`, `producer`, `notes`: see `Margin`.

    Returns
    -------
    MapFigure
        With `.fig`, `.ax`, `.save(path)`, `.check()` and `.manifest`.

    Raises
    ------
    InputError
        No site has a place and no region is given; sites on both sides of the antimeridian; a letter that no font has.
    UnknownLayerError
        A layer asked for by name that the catalogue does not have.
    PublicationError
        A layer that must not be published.
    """
    options = Options(title, subtitle, date, theme, size, tuple(languages), **margin)
    frame = ready_sites(sites, languages=options.languages)
    given, names, asked = split_layers(layers, DEFAULT_LAYERS)
    figure = MapFigure("sites", options, Reader(given, options.catalog, options.worldview))
    shown_region = checked_region(region, frame)
    placed = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    absent = [str(name) for name in frame.loc[frame.index.difference(placed.index, sort=False), "name"]]
    head = figure.head(
        options.title or f"{len(placed)} named place{'s' if len(placed) != 1 else ''}",
        options.subtitle or _summary(placed),
    )
    sheet = figure.add_panel(figure.frame_mm(head), shown_region)
    draw_layers(figure, sheet, names, asked=asked)
    marks = put_sites(figure, sheet, frame)
    figure.furnish(sheet, concerned_countries(sheet, marks))
    label_sites(figure, sheet, marks)
    figure.letter_base(sheet)
    beyond = [str(n) for k, n in placed["name"].items() if k not in {mark.key for mark in marks}]
    notes = []
    if absent:
        notes.append(f"Not placed: {listed(absent, most=8)}.")
    if beyond:
        notes.append(f"Outside this map: {listed(beyond, most=8)}.")
    figure.finish(notes)
    figure.parameters = {
        "sites": [str(name) for name in placed["name"]],
        "layers": names,
        "languages": list(options.languages),
    }
    figure.description = describe(figure, [mark.name for mark in marks])
    return figure


def _summary(placed: Any) -> str:
    """One sentence with the numbers that the table itself has."""
    extents = [extent for extent in placed["extent"] if extent is not None and not extent.is_empty]
    lines = sum(extent.geom_type in {"LineString", "MultiLineString"} for extent in extents)
    areas, points = len(extents) - lines, len(placed) - len(extents)
    parts = []
    if points:
        worst = float(placed.loc[[g is None or g.is_empty for g in placed["extent"]], "uncertainty_m"].max())
        surely = f", each known to within {worst / 1000.0:.0f} km" if worst >= 500.0 else ""
        parts.append(f"{points} place{'s' if points != 1 else ''}{surely}")
    for count, word in ((areas, "area"), (lines, "line")):
        if count:
            parts.append(f"{count} {word}{'s' if count != 1 else ''}")
    return f"{', and '.join(parts)}. Dots, discs and dashed edges show how surely each is placed." if parts else ""


def describe(figure: MapFigure, names: list[str]) -> str:
    """Alternative text from the data: what, where, how many."""
    west, south, east, north = figure.sheets[0].panel.shown
    shown = "; ".join(entry.label for entry in figure.legend_drawn if entry.count is not None)
    where = f"longitude {west:.1f} to {east:.1f}, latitude {south:.1f} to {north:.1f}"
    return f"{figure.title}. {figure.subtitle} Map of {where}, with {listed(names, most=40) if names else 'no site'}. Legend: {shown}."
