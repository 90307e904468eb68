"""The proximity map: what lies nearest to each site, how far, and how surely.

Rings carry their radius at one bearing, connectors the distance with its bounds, and a table in the margin says it all
site by theme. With more than three sites each gets a panel of its own, all at one scale, so that the figure reads like
a table. Distances and rings come from the caller; nothing is measured here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from geoops.core.errors import InputError, SchemaError
from geoops.core.geodesy import Region
from geoops.core.publication import refuse_unpublished
from geoops.core.schema import SitesLike
from geoops.core.text import one_line
from geoops.maps.basedata import Reader
from geoops.maps.baselabels import names_in
from geoops.maps.compose import (
    LayersArgument,
    checked_region,
    concerned_countries,
    draw_layers,
    listed,
    put_sites,
    ready_sites,
    split_layers,
)
from geoops.maps.connectors import connect, distance_words, draw_rings
from geoops.maps.features import FEATURES
from geoops.maps.figures import describe
from geoops.maps.lettering import advance
from geoops.maps.lint import Finding
from geoops.maps.mapfigure import MapFigure
from geoops.maps.options import Margin, Options
from geoops.maps.panels import beside_panels, site_panels
from geoops.maps.settings import drawing
from geoops.maps.sitenames import label_sites
from geoops.maps.surfaces import draw_surface
from geoops.maps.symbols import LegendEntry
from geoops.maps.tables import Column, draw_table
from geoops.maps.theme import POINTS_PER_MM, Size, TextStyle, Theme

__all__ = ["proximity_map"]

MOST_PANELS = 20
MOST_LABELLED = 12  # sites on one map whose lines carry their distances
LONGEST_NAME = 40
_THEME_WORDS = {
    "oil_gas_fields": "Oil or gas field", "refineries": "Refinery", "pipelines": "Pipeline", "power_stations": "Power station",
    "power_lines": "Transmission line", "roads": "Main road", "boundaries": "Border", "border_crossings": "Border crossing",
    "railways": "Railway", "rivers": "River", "airports": "Airport", "dams": "Dam", "bridges": "Bridge", "camps": "Camp", "places": "Town",
    "road_links": "Road link",
}  # fmt: skip


@drawing()
def proximity_map(
    sites: SitesLike,
    nearest: gpd.GeoDataFrame | Mapping[str, gpd.GeoDataFrame],
    *,
    rings: gpd.GeoDataFrame | None = None,
    surface: xr.DataArray | None = None,
    layout: Literal["auto", "panels", "map"] = "auto",
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
    Map what lies nearest to each site, with distances and their bounds.

    Parameters
    ----------
    sites
        As in `sites_map`.
    nearest
        A table from `geoops.nearest` with its lines, or a mapping of theme (a layer's name, or words) to such tables.
        Its `site` column holds index labels of `sites`.
    rings
        Circles from `geoops.rings`: `site`, `radius_km`, geometry.
    surface
        Metres to the nearest feature, from `geoops.distance_surface`; drawn as lines of equal distance.
    layout
        `panels`: one panel a site, at one scale; `map`: all sites on one map; `auto`: panels for four to 20 sites.
    title, subtitle, date, layers, region, theme, size, languages
        As in `sites_map`. By default the layers drawn are those that `nearest` names.
    **margin
        See `Margin`.

    Returns
    -------
    MapFigure
        With `.fig`, `.ax`, `.save(path)`, `.check()` and `.manifest`; panels stand in `.sheets`.

    Raises
    ------
    SchemaError
        A table without the columns of a proximity table.
    InputError
        More panels asked for than a page holds.
    """
    tables = _tables(nearest)
    for what, thing in (
        *((f"nearest[{name!r}]", table) for name, table in tables.items()),
        ("rings", rings),
        ("surface", surface),
    ):
        refuse_unpublished(thing, what)
    options = Options(title, subtitle, date, theme, size, languages, **margin)
    frame = ready_sites(sites, languages=options.languages)
    if rings is not None and not {"site", "radius_km"} <= set(rings.columns):
        msg = f"rings: expected the columns site, radius_km and a geometry (from geoops.rings); {', '.join(map(str, rings.columns))} came"
        raise SchemaError(msg)
    drawable = [name for name in tables if name in FEATURES]
    given, names, asked = split_layers(layers, drawable)
    figure = MapFigure("proximity", options, Reader(given, options.catalog, options.worldview))
    figure.name_places(frame)
    placed = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    if layout not in {"auto", "panels", "map"}:
        msg = f"layout={layout!r}: expected auto, panels or map"
        raise InputError(msg)
    panels = layout == "panels" or (layout == "auto" and 3 < len(placed) <= MOST_PANELS and surface is None)
    if panels and not 0 < len(placed) <= MOST_PANELS:
        msg = f"{len(placed)} sites in panels: one to {MOST_PANELS} fit on a page; give fewer, or layout='map'"
        raise InputError(msg)
    tables = {name: table[table["site"].isin(placed.index)] for name, table in tables.items()}
    colors = _colors(figure, list(tables))
    beside = not figure.size.stacked and figure.size.width_mm >= 170
    figure.side_mm = (30.0 + 9.6 * sum(map(_share, tables))) * figure.factor if beside else 0.0
    named = {key: _display_name(figure, row) for key, row in placed.iterrows()}
    head = figure.head(options.title or _title(list(named.values())), options.subtitle or _summary(tables, named))
    rect = figure.frame_mm(head)
    shown_panels: list[Any] = []
    if panels:
        shown_panels = site_panels(figure, placed, tables, colors, rings, rect, names, asked=asked)
    else:
        _one_map(figure, placed, frame, tables, colors, rings, surface, rect, names, asked=asked, region=region)
    for theme_name, table in tables.items():
        if table.geometry.notna().any():
            handle = ("line", {"color": colors[theme_name], "width": 1.1, "style": (0, (4.0, 1.6))})
            figure.add_legend([LegendEntry(f"To the nearest {_words(theme_name).lower()}", handle, None, 6.0)])
    notes = _notes(tables)
    if beside:
        used = _table(figure, placed, tables, rect, shown_panels)
        if panels:
            beside_panels(figure, placed, shown_panels, rect, used)
    figure.finish(notes)
    figure.parameters = {
        "sites": [str(n) for n in placed["name"]], "themes": list(tables), "layers": names, "layout": "panels" if panels else "map",
        "rings_km": sorted({float(r) for r in rings["radius_km"]}) if rings is not None else [], "languages": list(options.languages),
    }  # fmt: skip
    figure.description = f"{describe(figure, [str(n) for n in placed['name']])} {_in_words(placed, tables)}"
    return figure


def _tables(nearest: Any) -> dict[str, gpd.GeoDataFrame]:
    """Proximity tables by theme, each checked for what is drawn from it."""
    if isinstance(nearest, gpd.GeoDataFrame):
        by = next((column for column in ("layer", "theme") if column in nearest), None)
        nearest = {str(k): g for k, g in nearest.groupby(by, sort=False)} if by else {"feature": nearest}
    if not isinstance(nearest, Mapping) or not nearest:
        msg = f"nearest: expected a table from geoops.nearest, or a mapping of themes to such tables; {type(nearest).__name__} came"
        raise InputError(msg)
    for name, table in nearest.items():
        missing = [c for c in ("site", "feature_name", "distance_km", "low_km", "high_km") if c not in table]
        if missing or not isinstance(table, gpd.GeoDataFrame):
            msg = f"nearest[{name!r}]: a proximity table with lines (geoops.nearest(..., with_lines=True)) has {', '.join(missing) or 'a geometry'}"
            raise SchemaError(msg)
    return {str(name): table for name, table in nearest.items()}


def _words(name: str) -> str:
    """What one feature of a theme is called."""
    return _THEME_WORDS.get(name, name.replace("_", " ").capitalize())


def _share(name: str) -> float:
    """How wide a theme's column is, in columns of an ordinary word: the longest word of its head stands whole."""
    style = TextStyle(5.2, "#000000", "bold")
    return max(1.0, max(advance(word, style) for word in _words(name).split()) / 25.5)


def _colors(figure: MapFigure, names: Sequence[str]) -> dict[str, str]:
    """A colour a theme: that of its symbols where no other theme has it, else the next of the kinds that all readers tell apart."""
    look = figure.theme
    spare = (look.dam, look.camp, look.crossing, look.power, look.transport, look.oil)
    own = {"roads": look.transport, "boundaries": look.dam, "pipelines": look.oil}
    used: dict[str, str] = {}
    for name in names:
        style = FEATURES.get(name)
        color = own.get(name) or (getattr(look, style.color) if style else None)
        if color is None or color in used.values():
            color = next((c for c in spare if c not in used.values()), look.secondary)
        used[name] = color
    return used


def _display_name(figure: MapFigure, row: Any) -> str:
    """A site's name in the first of the figure's languages, as long as a sentence and a table bear."""
    local = row.get("name_local")
    languages = tuple(figure.options.languages)
    name = one_line(names_in(languages, str(row["name"]), local if isinstance(local, str) else "")[0])
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"


def _title(names: Sequence[str]) -> str:
    """What the figure shows."""
    return f"What lies nearest to {listed(names, most=3)}"


def _summary(tables: Mapping[str, gpd.GeoDataFrame], named: Mapping[Any, str]) -> str:
    """One sentence with the shortest distance in the first theme that has one."""
    for name, table in tables.items():
        known = pd.to_numeric(table["distance_km"], errors="coerce")
        rows = table[np.isfinite(known) & (known > 0)]
        if not len(rows):
            continue
        best = rows.sort_values("distance_km", kind="stable").iloc[0]
        text, bounds = distance_words(best)
        surely = f" ({bounds})" if bounds else ""
        return (
            f"{named.get(best['site'], best['site'])} lies {text}{surely} from the nearest {_words(name).lower()}."
            " Ranges are what the uncertainty of both positions allows."
        )
    return ""


def _notes(tables: Mapping[str, gpd.GeoDataFrame]) -> list[str]:
    """What a reader must know of the distances."""
    edges = sorted({str(t.attrs["edges"]) for t in tables.values() if t.attrs.get("edges")})
    kind = f" Lines between vertices are {' or '.join(edges)}." if edges else ""
    return [f"Distances on the WGS 84 ellipsoid.{kind}"]


def _one_map(
    figure: MapFigure, placed: gpd.GeoDataFrame, frame: gpd.GeoDataFrame, tables: Mapping[str, gpd.GeoDataFrame], colors: Mapping[str, str],
    rings: gpd.GeoDataFrame | None, surface: xr.DataArray | None, rect: tuple[float, float, float, float], names: Sequence[str], *,
    asked: bool, region: Region | None,
) -> None:  # fmt: skip
    """All sites on one map."""
    rows_pt = (60.0 + 19.0 * len(placed)) * figure.factor  # a long table leaves the locator no room below it
    figure.locator_beside = rows_pt + 115.0 * figure.factor < rect[3] * POINTS_PER_MM
    more = [g for table in tables.values() for g in table.geometry if g is not None and not g.is_empty]
    more += [] if rings is None else [g for g in rings[rings["site"].isin(placed.index)].geometry if g is not None]
    sheet = figure.add_panel(rect, checked_region(region, frame, more))
    if surface is not None:
        figure.add_legend(draw_surface(sheet, figure.theme, surface, factor=figure.factor, words=figure.words))
    draw_layers(figure, sheet, names, asked=asked)
    marks = put_sites(figure, sheet, frame)
    figure.furnish(sheet, concerned_countries(sheet, marks))
    # Of many sites the table has the distances, and the legend the one radius: on the map they would hide one another.
    many = len(placed) > MOST_LABELLED and figure.side_mm > 0.0
    one_radius = rings is not None and len(set(rings["radius_km"])) == 1
    draw_rings(figure, sheet, rings, placed, labelled=not (many and one_radius))
    label_sites(figure, sheet, marks)
    connect(figure, sheet, tables, colors, list(placed.index), labelled=not many)
    figure.letter_base(sheet)


def _table(
    figure: MapFigure,
    placed: gpd.GeoDataFrame,
    tables: Mapping[str, gpd.GeoDataFrame],
    rect: tuple[float, float, float, float],
    panels: Sequence[Any],
) -> float:
    """Sites by themes: distance, and the bounds under it; gives the height used in points."""
    rows: list[list[str]] = []
    firsts = [_first_of(table) for table in tables.values()]
    number = {key: i + 1 for i, key in enumerate(panels)}
    for key, site in placed.iterrows():
        name = _display_name(figure, site)
        cells = [f"{number[key]}  {name}" if key in number else name]
        for first in firsts:
            if key not in first:
                cells.append("–")
                continue
            text, bounds = distance_words(first[key], unit=False)
            cells.append(f"{text}\n{bounds.replace(' to ', '–')}" if bounds else text)
        rows.append(cells)
    columns = [Column("", 2.3), *[Column(_words(name), _share(name), right=True) for name in tables]]
    wide = [str(site["name"]) for key, site in placed.iterrows() if panels and key not in number]
    foot = f"Wider than a panel, and so in this table alone: {listed(wide, most=6)}." if wide else ""
    used, lost = draw_table(
        figure.fig, columns, rows, figure.theme, *figure.beside(rect, 6.5), rect[3] * POINTS_PER_MM,
        title="Distance to the nearest, km", factor=figure.factor, foot=foot, words=figure.words,
    )  # fmt: skip
    if lost:
        figure.problems.append(
            Finding("table-cut", f"{lost} sites found no room in the table", "take a larger size, or fewer sites")
        )
    return used


def _first_of(table: gpd.GeoDataFrame) -> dict[Any, Any]:
    """The first row of each site that has a distance, by the site's key."""
    plain = pd.DataFrame(table.drop(columns=table.geometry.name))
    known = plain[pd.to_numeric(plain["distance_km"], errors="coerce").notna()].drop_duplicates("site")
    return {row["site"]: row for _, row in known.iterrows()}


def _in_words(placed: gpd.GeoDataFrame, tables: Mapping[str, gpd.GeoDataFrame]) -> str:
    """The table as sentences, for the description."""
    firsts = {name: _first_of(table) for name, table in tables.items()}
    sentences = []
    for key, site in placed.iterrows():
        parts = [
            f"{_words(name).lower()} {distance_words(rows[key])[0]}" for name, rows in firsts.items() if key in rows
        ]
        if parts:
            sentences.append(f"{site['name']}: {', '.join(parts)}.")
    return " ".join(sentences)
