"""The sites map: where the places of a report are, how surely, and what lies round them.

It draws what it is given and computes nothing but the layout. The proximity, corridor and event maps stand in files of
their own beside this one.
"""

from __future__ import annotations

import math
from typing import Unpack

import geopandas as gpd
from matplotlib.figure import Figure

from geoops.core.geodesy import Region
from geoops.core.schema import SitesLike
from geoops.maps.basedata import Reader
from geoops.maps.canvas import Panel
from geoops.maps.compose import (
    DEFAULT_LAYERS,
    LayersArgument,
    checked_region,
    concerned_countries,
    draw_layers,
    fitting,
    listed,
    put_sites,
    ready_sites,
    split_layers,
)
from geoops.maps.mapfigure import MapFigure
from geoops.maps.options import Margin, Options
from geoops.maps.settings import drawing
from geoops.maps.sitenames import label_sites
from geoops.maps.symbols import classify_sites
from geoops.maps.theme import Size, Theme

__all__ = ["sites_map"]


@drawing()
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
        catalogue's). By default oil and gas fields, refineries, pipelines, power stations, border crossings, as far as a
        reader can tell them apart at the map's scale and on the sheet's width; `()` for none. Base layers given in the mapping replace those of the base.
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
    options = Options(title, subtitle, date, theme, size, languages, **margin)
    frame = ready_sites(sites, languages=options.languages)
    given, names, asked = split_layers(layers, DEFAULT_LAYERS)
    figure = MapFigure("sites", options, Reader(given, options.catalog, options.worldview))
    figure.name_places(frame)
    shown_region = checked_region(region, frame)
    placed = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    absent = [str(name) for name in frame.loc[frame.index.difference(placed.index, sort=False), "name"]]
    head = figure.head(
        options.title or f"{len(placed):,} named place{'s' if len(placed) != 1 else ''}",
        options.subtitle or _summary(figure, placed, shown_region),
    )
    sheet = figure.add_panel(figure.frame_mm(head), shown_region)
    names = names if asked else fitting(names, figure, sheet)
    draw_layers(figure, sheet, names, asked=asked)
    marks = put_sites(figure, sheet, frame)
    figure.furnish(sheet, concerned_countries(sheet, marks))
    label_sites(figure, sheet, marks)
    figure.letter_base(sheet)
    drawn = {mark.key for mark in marks}
    beyond = [str(name) for key, name in placed["name"].items() if key not in drawn]
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


_HEAD_MM = 16.0  # of title and summary, about: what stands in them is told from a map below them


def _summary(figure: MapFigure, placed: gpd.GeoDataFrame, region: Region) -> str:
    """One sentence with what the legend counts: an extent smaller than its symbol is a place, known as surely as it is wide."""
    wide = placed[placed["extent"].map(lambda g: g is not None and not g.is_empty).astype(bool)]
    panel = Panel(Figure(figure.size.inches), figure.frame_mm(_HEAD_MM), region)
    marks = classify_sites(panel, wide, factor=figure.factor)
    shapes = {mark.key: mark.how for mark in marks if mark.how in {"area", "line"}}
    doubts = [float(v) for v in placed["uncertainty_m"].drop(wide.index).dropna()]
    doubts += [mark.doubt_pt * panel.metres_per_pt for mark in marks if mark.key not in shapes]
    points, parts = len(placed) - len(shapes), []
    if points:
        km = math.ceil(max(doubts, default=0.0) / 1000.0)
        surely = (
            f" ({'each ' if points > 1 else ''}known to within {km} km)" if max(doubts, default=0.0) >= 500.0 else ""
        )
        parts.append(f"{points:,} place{'s' if points != 1 else ''}{surely}")
    counts = {how: sum(shape == how for shape in shapes.values()) for how in ("area", "line")}
    parts += [f"{count:,} {how}{'s' if count != 1 else ''}" for how, count in counts.items() if count]
    return f"{listed(parts)}. Dots, discs and dashed edges show how surely each is placed." if parts else ""


def describe(figure: MapFigure, names: list[str]) -> str:
    """Alternative text from the data: what, where, how many."""
    west, south, east, north = figure.sheets[0].panel.shown
    shown = "; ".join(entry.label for entry in figure.legend_drawn if entry.count is not None)
    where = f"longitude {west:.1f} to {east:.1f}, latitude {south:.1f} to {north:.1f}"
    return f"{figure.title}. {figure.subtitle} Map of {where}, with {listed(names, most=40) if names else 'no site'}. Legend: {shown}."
