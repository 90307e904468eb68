"""The corridor map: how easily one gets from place to place, and along which way.

Bands show where a journey takes a few per cent longer than the fastest, each with an edge that can be read off; the
fastest way carries its hours and kilometres. It is a model of ease of travel, and says so in the margin.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Unpack

import geopandas as gpd
import numpy as np
import shapely
import xarray as xr

from geoops.core.errors import InputError, UnknownLayerError
from geoops.core.geodesy import Region
from geoops.core.publication import refuse_unpublished
from geoops.core.schema import SitesLike
from geoops.core.types import Corridor
from geoops.core.units import format_hours, format_km
from geoops.maps.bands import draw_bands, draw_ensemble
from geoops.maps.basedata import Reader
from geoops.maps.compose import (
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
from geoops.maps.corridor_panels import MOST_PANELS, corridor_panels
from geoops.maps.figures import describe
from geoops.maps.journeys import assumptions_of, draw_journeys, in_words, room_for_locator
from geoops.maps.mapfigure import MapFigure
from geoops.maps.options import Margin, Options
from geoops.maps.pinches import draw_pinches, label_pinches
from geoops.maps.routes import draw_badges, draw_crossings, draw_routes, label_crossings
from geoops.maps.settings import drawing
from geoops.maps.sitenames import label_sites
from geoops.maps.smallprint import notes_mm
from geoops.maps.symbols import SiteMark
from geoops.maps.theme import Size, Theme

__all__ = ["corridor_map"]

NARROW_MM = 100.0
FIRST_TOWNS = 4  # the largest towns are named before what is said along the way: a reader finds the way by them
MODELLED = "Modelled ease of travel, not observed movement."
CUT = "Bands with a straight edge end there with the modelled ground: no way beyond it was looked for."


@drawing()
def corridor_map(
    corridors: Corridor | Sequence[Corridor] | Mapping[str, Corridor | Sequence[Corridor]],
    *,
    sites: SitesLike | None = None,
    ensemble: xr.DataArray | None = None,
    pinch_points: Any = None,
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
    Map corridors with their fastest routes, hours and kilometres, and where they pass a border.

    Parameters
    ----------
    corridors
        One Corridor or several. Where several overlap, each place shows the smallest share by which a journey through
        it is longer. One without a way is named in the table with its reason. A mapping from a heading to corridors
        gives a panel each, side by side: `{"Open crossings only": a, "Borders passed anywhere": b}`.
    sites
        Places to name; the ends of the routes by default.
    ensemble
        Probability (0 to 1) that a cell lies in the corridor, with a CRS; drawn in classes in place of the bands.
    pinch_points
        What `geoops.pinch_points` gave for a corridor, or a list of such tables: narrow places, bridges and crossings, each
        with the hours that the journey takes more if it is closed.
    title, subtitle, date, layers, region, theme, size, languages
        As in `sites_map`. By default border crossings are drawn, as far as the catalogue has them.
    **margin
        See `Margin`.

    Returns
    -------
    MapFigure
        With `.fig`, `.ax`, `.save(path)`, `.check()` and `.manifest`.

    Raises
    ------
    InputError
        No corridor, or something that is not one; a table of pinch points that is none; more panels than fit on a page,
        or an ensemble or pinch points beside panels.
    """
    panels = _panels(corridors, ensemble, pinch_points)
    every = [c for group in panels.values() for c in group] if panels else _checked(corridors)
    for thing in (*every, ensemble):
        refuse_unpublished(thing, "corridors")
    options = Options(title, subtitle, date, theme, size, languages, **margin)
    found = [c for c in every if c.status == "found" and not shapely.is_empty(c.route)]
    frame = ready_sites(_ends(found or every) if sites is None else sites, languages=options.languages)
    given, names, asked = split_layers(layers, ("border_crossings",))
    figure = MapFigure("corridor", options, Reader(given, options.catalog, options.worldview))
    figure.name_places(frame)
    figure.side_mm = 0.0 if figure.size.stacked or figure.size.width_mm < 170 else 66.0 * figure.factor
    more = [c.polygon if not shapely.is_empty(c.polygon) else c.route for c in found]
    shown = checked_region(region, frame, more)
    _name_passed(figure, shown)
    head = figure.head(options.title or _title(every), options.subtitle or _summary(every))
    if not figure.side_mm:  # what a table beside the map would say
        figure.band_mm += notes_mm(figure, _notes(figure, every, ensemble))
    rect = figure.frame_mm(head)
    figure.locator_beside = bool(figure.side_mm) and room_for_locator(figure, every, rect[3])
    if panels:
        marks = corridor_panels(figure, panels, frame, rect, shown, names, asked=asked)
        _keep(figure, found)
        return _finished(figure, every, rect, marks, names, ensemble, panels, ())
    sheet = figure.add_panel(rect, shown)
    if ensemble is None:
        draw_bands(figure, sheet, found)
    else:
        draw_ensemble(figure, sheet, ensemble)
    names = names if asked else fitting(names, figure, sheet)
    draw_layers(figure, sheet, names, asked=asked)
    routes = draw_routes(figure, sheet, found)
    _keep(figure, found)
    crossings = draw_crossings(figure, sheet, found)
    marks = put_sites(figure, sheet, frame)
    pinches = draw_pinches(figure, sheet, pinch_points, crossings, marks)
    figure.furnish(sheet, concerned_countries(sheet, marks))
    label_sites(figure, sheet, marks)
    figure.name_towns(sheet, most=FIRST_TOWNS)
    draw_badges(figure, sheet, found, routes)
    label_crossings(figure, sheet, crossings)
    label_pinches(figure, sheet, pinches)
    figure.letter_base(sheet)
    return _finished(figure, every, rect, marks, names, ensemble, panels, pinches)


def _name_passed(figure: MapFigure, region: Region) -> None:
    """Crossings and bridges in a figure of Arabic letters are called by the names that their layers have in them."""
    for name in ("border_crossings", "bridges") if figure.words.rtl else ():
        with contextlib.suppress(UnknownLayerError):
            layer = figure.reader.get(name, region)
            if {"name", "name_local"} <= set(layer):
                figure.name_places(layer)


def _panels(corridors: Any, ensemble: Any, pinch_points: Any) -> dict[str, list[Corridor]]:
    """Corridors by the heading of their panel; nothing where no panels are asked for."""
    if not isinstance(corridors, Mapping):
        return {}
    if ensemble is not None or (pinch_points is not None and len(pinch_points)):
        what = "an ensemble" if ensemble is not None else "pinch points"
        msg = (
            f"{what} came with corridors under headings ({', '.join(map(str, corridors))}): panels have no room for it. Give the"
            " corridors as a list, for one map with it; or leave it out, and keep the panels"
        )
        raise InputError(msg)
    if not 1 <= len(corridors) <= MOST_PANELS:
        msg = f"{len(corridors)} panels of corridors: one to {MOST_PANELS} fit on a page"
        raise InputError(msg)
    return {str(heading): _checked(group) for heading, group in corridors.items()}


def _finished(
    figure: MapFigure, every: Sequence[Corridor], rect: tuple[float, float, float, float], marks: Sequence[SiteMark],
    names: Sequence[str], ensemble: Any, panels: Mapping[str, Sequence[Corridor]], pinches: Sequence[Any],
) -> MapFigure:  # fmt: skip
    """The table, the margin, and what the manifest says."""
    if figure.side_mm:
        numbers = [number for number, group in enumerate(panels.values(), 1) for _ in group]
        draw_journeys(figure, every, rect, numbers)
    figure.finish(_notes(figure, every, ensemble))
    figure.parameters = {
        "corridors": [
            {"name": c.name, "mode": c.mode, "status": c.status, "hours": float(c.hours), "km": float(c.distance_km), "slack": c.slack}
            for c in every
        ],
        "layers": list(names), "languages": list(figure.options.languages), "ensemble": ensemble is not None,
        "panels": list(panels), "pinch_points": [{"name": p.name, "closed": p.cost} for p in pinches],
    }  # fmt: skip
    figure.description = f"{describe(figure, [m.name for m in marks])} {MODELLED} {' '.join([*(in_words(c) for c in every), *assumptions_of(every)])}"
    return figure


def _notes(figure: MapFigure, every: Sequence[Corridor], ensemble: Any) -> list[str]:
    """What a reader must know, and where no table beside the map has it, the journeys and what they assume."""
    notes = [MODELLED, *([CUT] if ensemble is None and any(map(_cut, every)) else [])]
    if ensemble is not None:
        slack = max(c.slack for c in every)
        notes += [f"The corridor: every way up to {slack * 100:g} % longer than the fastest."]
    if not figure.side_mm:
        # A column of a journal has no room for all assumptions: its caption has, and the description gives them.
        spoken = [] if figure.size.width_mm < NARROW_MM else assumptions_of(every)
        notes += ["\n".join([*(in_words(c) for c in every), *spoken])]
    return notes


def _cut(corridor: Corridor) -> bool:
    """Whether a corridor reaches the edge of the ground that was modelled."""
    if corridor.extra_h is None or not corridor.extra_h.size:
        return False
    extra = np.asarray(corridor.extra_h.values)
    rim = np.concatenate([extra[0], extra[-1], extra[:, 0], extra[:, -1]])
    return bool((rim <= corridor.slack * float(corridor.hours)).any())


def _keep(figure: MapFigure, found: Sequence[Corridor]) -> None:
    """Corridors and routes as features, with what is known of them."""
    rows = {
        "name": [c.name for c in found], "mode": [c.mode for c in found], "hours": [float(c.hours) for c in found],
        "distance_km": [float(c.distance_km) for c in found], "slack": [c.slack for c in found], "note": MODELLED,
    }  # fmt: skip
    for what, shapes in (("routes", [c.route for c in found]), ("corridors", [c.polygon for c in found])):
        figure.keep(what, gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:4326"))


def _checked(corridors: Any) -> list[Corridor]:
    """A list of corridors, or an error that says what came."""
    items = (
        [corridors]
        if isinstance(corridors, Corridor)
        else list(corridors)
        if isinstance(corridors, Iterable)
        else [corridors]
    )
    wrong = [item for item in items if not isinstance(item, Corridor)]
    if not items or wrong:
        came = "an empty list" if not items else type(wrong[0]).__name__
        msg = f"corridors: expected one Corridor or a list of them (from geoops.corridor); {came} came"
        raise InputError(msg)
    return items


def _ends(corridors: Sequence[Corridor]) -> gpd.GeoDataFrame:
    """Both ends of each route as sites, each name once."""
    ends: dict[str, Any] = {}
    for c in corridors:
        if not shapely.is_empty(c.route):
            coords = shapely.get_coordinates(c.route)
            ends.setdefault(c.origin_name, shapely.Point(coords[0]))
            ends.setdefault(c.destination_name, shapely.Point(coords[-1]))
    return gpd.GeoDataFrame({"name": list(ends)}, geometry=list(ends.values()), crs="EPSG:4326")


def _title(corridors: Sequence[Corridor]) -> str:
    """The ends of the journeys."""
    if len(corridors) == 1:
        return f"Fastest way from {corridors[0].name}"
    return f"Fastest ways from {listed(list(dict.fromkeys(c.origin_name for c in corridors)))}"


def _summary(corridors: Sequence[Corridor]) -> str:
    """One sentence with the longest and the shortest journey."""
    found = [c for c in corridors if c.status == "found"]
    if not found:
        return f"No way was found. {MODELLED}"
    slowest = max(found, key=lambda c: c.hours)
    mode = (
        f" by {slowest.mode}"
        if slowest.mode in {"vehicle", "car"}
        else f" on {slowest.mode}"
        if slowest.mode == "foot"
        else ""
    )
    text = f"{slowest.name}{mode}: {format_hours(slowest.hours)} for {format_km(slowest.distance_km)} at the fastest."
    if len(found) > 1:
        quickest = min(found, key=lambda c: c.hours)
        text += f" {quickest.name}: {format_hours(quickest.hours)}."
    return f"{text} {MODELLED}"
