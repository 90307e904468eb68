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
import shapely
import xarray as xr
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from geoops.core.errors import InputError, SchemaError
from geoops.core.geodesy import Region, circle, destination, distance
from geoops.core.schema import SitesLike
from geoops.core.text import one_line
from geoops.core.units import format_km
from geoops.maps.basedata import Reader
from geoops.maps.baselabels import draw_labels, names_in
from geoops.maps.canvas import lines_of, region_for
from geoops.maps.compose import (
    LayersArgument,
    checked_region,
    concerned_countries,
    draw_layers,
    label_sites,
    listed,
    put_sites,
    ready_sites,
    split_layers,
)
from geoops.maps.figures import describe
from geoops.maps.furniture import draw_scale
from geoops.maps.labels import PointLabel
from geoops.maps.lettering import Block, advance, draw_text, ink_of, shorten
from geoops.maps.lint import Finding
from geoops.maps.mapfigure import MapFigure, Margin, Options, Sheet
from geoops.maps.surfaces import draw_surface
from geoops.maps.symbols import FEATURES, LegendEntry
from geoops.maps.tables import Column, draw_table
from geoops.maps.theme import POINTS_PER_MM, Size, TextStyle, Theme

__all__ = ["proximity_map"]

RING_BEARING_DEG = 315.0  # where every ring carries its radius: the same in each panel, so that they compare
MOST_PANELS = 20
_THEME_WORDS = {
    "oil_gas_fields": "Oil or gas field", "refineries": "Refinery", "pipelines": "Pipeline", "power_stations": "Power station",
    "power_lines": "Transmission line", "roads": "Main road", "boundaries": "Border", "border_crossings": "Border crossing",
    "railways": "Railway", "rivers": "River", "airports": "Airport", "dams": "Dam", "bridges": "Bridge", "camps": "Camp", "places": "Town",
    "road_links": "Road link",
}  # fmt: skip


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
        `panels`: one panel a site, at one scale; `map`: all sites on one map; `auto`: panels from four sites on.
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
    options = Options(title, subtitle, date, theme, size, tuple(languages), **margin)
    frame = ready_sites(sites, languages=options.languages)
    if rings is not None and not {"site", "radius_km"} <= set(rings.columns):
        msg = f"rings: expected the columns site, radius_km and a geometry (from geoops.rings); {', '.join(map(str, rings.columns))} came"
        raise SchemaError(msg)
    drawable = [name for name in tables if name in FEATURES]
    given, names, asked = split_layers(layers, drawable)
    figure = MapFigure("proximity", options, Reader(given, options.catalog))
    placed = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    if layout not in {"auto", "panels", "map"}:
        msg = f"layout={layout!r}: expected auto, panels or map"
        raise InputError(msg)
    panels = layout == "panels" or (layout == "auto" and len(placed) > 3 and surface is None)
    if panels and not 0 < len(placed) <= MOST_PANELS:
        msg = f"{len(placed)} sites in panels: one to {MOST_PANELS} fit on a page; give fewer, or layout='map'"
        raise InputError(msg)
    tables = {name: table[table["site"].isin(placed.index)] for name, table in tables.items()}
    colors = _colors(figure, list(tables))
    beside = not figure.size.stacked and figure.size.width_mm >= 170
    figure.side_mm = (30.0 + 9.6 * len(tables)) * figure.factor if beside else 0.0
    head = figure.head(options.title or _title(placed), options.subtitle or _summary(tables))
    rect = figure.frame_mm(head)
    shown_panels: list[Any] = []
    if panels:
        shown_panels = _panels(figure, placed, tables, colors, rings, rect, names, asked=asked)
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
            _beside(figure, placed, shown_panels, rect, used)
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


def _colors(figure: MapFigure, names: Sequence[str]) -> dict[str, str]:
    """A colour a theme: that of its symbols where it has one, else the next of a set that is told apart without red and green."""
    spare = iter(("#8a4b08", "#1f4e79", "#0b6e69", "#6b3fa0", "#444444", "#9c2f55") * 4)
    if figure.theme.name == "slide":
        spare = iter(("#7fd6cf", "#f2b56b", "#8cc2f2", "#cbb0f0", "#d0d0d0", "#f3a0bd") * 4)
    used: dict[str, str] = {}
    own = {"roads": "#0b6e69", "boundaries": figure.theme.boundary, "pipelines": "#6b5a3a"}
    for name in names:
        style = FEATURES.get(name)
        color = own.get(name) if figure.theme.name != "slide" else None
        color = color or (getattr(figure.theme, style.color) if style else None)
        if color is None or color in used.values():
            color = next(c for c in spare if c not in used.values())
        used[name] = color
    return used


def _title(placed: gpd.GeoDataFrame) -> str:
    """What the figure shows."""
    return f"What lies nearest to {listed([str(n) for n in placed['name']], most=3)}"


def _summary(tables: Mapping[str, gpd.GeoDataFrame]) -> str:
    """One sentence with the shortest distance in the first theme that has one."""
    for name, table in tables.items():
        known = pd.to_numeric(table["distance_km"], errors="coerce")
        rows = table[np.isfinite(known) & (known > 0)]
        if not len(rows):
            continue
        best = rows.sort_values("distance_km", kind="stable").iloc[0]
        text, bounds = _distance_words(best)
        surely = f" ({bounds})" if bounds else ""
        return (
            f"{best.get('site_name', best['site'])} lies {text}{surely} from the nearest {_words(name).lower()}."
            " Ranges are what the uncertainty of both positions allows."
        )
    return ""


def _distance_words(row: Any, *, unit: bool = True) -> tuple[str, str]:
    """A distance and its bounds, as the line carries them: ("12 km", "9 to 15")."""
    measured, low, high = (
        float(row[c]) if pd.notna(row[c]) else float("nan") for c in ("distance_km", "low_km", "high_km")
    )
    text = format_km(measured)
    digits = 1 if high < 9.95 else 0
    bounds = f"{low:.{digits}f}".replace("0.0", "0") + f" to {high:.{digits}f}" if np.isfinite([low, high]).all() and high - low > 0.05 else ""
    return (text if unit else text.removesuffix(" km")), bounds


def _notes(tables: Mapping[str, gpd.GeoDataFrame]) -> list[str]:
    """What a reader must know of the distances."""
    edges = sorted({str(t.attrs["edges"]) for t in tables.values() if t.attrs.get("edges")})
    kind = f" Lines between vertices are {' or '.join(edges)}." if edges else ""
    return [f"Distances on the WGS 84 ellipsoid.{kind}"]


def _connectors(
    figure: MapFigure,
    sheet: Sheet,
    tables: Mapping[str, gpd.GeoDataFrame],
    colors: Mapping[str, str],
    keys: Sequence[Any],
) -> None:
    """Lines from sites to features, and the requests for their labels, solved after the sites are named."""
    ax, labeller = sheet.panel.ax, sheet.labeller
    requests: list[PointLabel] = []
    for theme_name, table in tables.items():
        rows = table[table["site"].isin(list(keys))]
        color = colors[theme_name]
        style = TextStyle(max(6.4 * figure.factor, 5.2), color, "bold", halo_pt=2.0, halo=figure.theme.halo)
        small = TextStyle(max(5.8 * figure.factor, 5.0), color, halo_pt=1.8, halo=figure.theme.halo)
        for _, row in rows.iterrows():
            if row.geometry is None or row.geometry.is_empty:
                continue
            lines = lines_of(sheet.panel.to_frame(row.geometry, margin_pt=0.0))
            if not lines or sum(shapely.LineString(line).length for line in lines) < 1.0:
                continue
            for thickness, tone, dash, order in (
                (2.6, figure.theme.halo, "solid", 8.2),
                (1.1, color, (0, (4.0, 1.6)), 8.3),
            ):
                drawn = LineCollection(
                    lines, colors=tone, linewidths=thickness, linestyles=[dash], zorder=order, transform=ax.transFrame
                )
                drawn.set_gid(f"connector-{theme_name}")
                ax.add_collection(drawn, autolim=False)
            labeller.weigh_lines(lines, 1.4, width=2.0)
            line = shapely.LineString(max(lines, key=len))
            end = lines[-1][-1]
            if sheet.panel.inside(np.array([end]), inset_pt=2.0)[0]:
                dot = Rectangle((end[0] - 1.3, end[1] - 1.3), 2.6, 2.6, facecolor=color, edgecolor=figure.theme.halo, linewidth=0.5,
                                zorder=8.4, transform=ax.transFrame)  # fmt: skip
                ax.add_patch(dot)
            if line.length < 10.0:
                continue  # shorter than a label can point at: the table has it
            text, bounds = _distance_words(row)
            pieces = [(text + ("," if bounds else ""), style)]
            lines_text = [*pieces, *([(bounds, small)] if bounds else [])]
            anchors = shapely.get_coordinates(
                shapely.line_interpolate_point(line, [0.55, 0.7, 0.4, 0.85, 0.3], normalized=True)
            )
            requests.append(PointLabel(Block(lines_text, gap_pt=1.2), *map(float, anchors[0]), 0.6, 7.0 - min(float(row["distance_km"]), 1e4) / 1e4,
                                       kind="distance", key=f"{row['site']} {theme_name}", gap=1.6, anchors=anchors))  # fmt: skip
    draw_labels(sheet.panel, labeller.place_points(requests), figure.theme, gid="label-distance", zorder=21.0)


def _draw_rings(figure: MapFigure, sheet: Sheet, rings: gpd.GeoDataFrame | None, sites: gpd.GeoDataFrame) -> None:
    """Rings with their radius at one bearing."""
    if rings is None:
        return
    theme, panel = figure.theme, sheet.panel
    style = TextStyle(max(5.8 * figure.factor, 5.0), theme.secondary, halo_pt=1.8, halo=theme.halo)
    lines: list[NDArray[np.float64]] = []
    for _, row in rings[rings["site"].isin(list(sites.index))].iterrows():
        if row.geometry is None or row.geometry.is_empty:
            continue
        outline = lines_of(panel.to_frame(row.geometry.boundary, margin_pt=4.0))
        lines += outline
        site = sites.loc[row["site"]]
        site = site.iloc[0] if isinstance(site, pd.DataFrame) else site
        at = _at_bearing(panel, row.geometry, site.geometry, float(row["radius_km"]))
        text = f"{float(row['radius_km']):g} km"
        ink = ink_of(text, style)
        box = (at[0] - ink.advance / 2, at[1] - ink.y1 / 2, at[0] + ink.advance / 2, at[1] + ink.y1 / 2)
        if sheet.labeller.free(np.array([box])).all():
            sheet.labeller.block(box)
            draw_text(
                panel.ax, box[0], box[1], text, style, transform=panel.ax.transFrame, zorder=19.0, gid="label-ring"
            )
    if not lines:
        return
    drawn = LineCollection(
        lines,
        colors=theme.secondary,
        linewidths=0.6,
        linestyles=[(0, (5.0, 2.5))],
        zorder=4.2,
        transform=panel.ax.transFrame,
    )
    drawn.set_gid("rings")
    panel.ax.add_collection(drawn, autolim=False)
    sheet.labeller.weigh_lines(lines, 0.4)
    radii = sorted({float(r) for r in rings["radius_km"]})
    words = f"Within {', '.join(f'{r:g}' for r in radii)} km of the site"
    figure.add_legend(
        [LegendEntry(words, ("line", {"color": theme.secondary, "width": 0.7, "style": (0, (5.0, 2.5))}), None, 5.0)]
    )


def _at_bearing(panel: Any, shape: Any, site: Any, radius_km: float) -> NDArray[np.float64]:
    """Where a ring is met from its site along the one bearing; for buffers of areas, where that line leaves the ring."""
    point = site if site.geom_type == "Point" else shapely.point_on_surface(site)
    steps = np.linspace(0.0, 1.0, 200) * max(radius_km * 4000.0, 1000.0)
    lon, lat = destination(np.full(200, point.x), np.full(200, point.y), np.full(200, RING_BEARING_DEG), steps)
    met = shapely.intersection(shapely.LineString(np.column_stack([lon, lat])), shape.boundary)
    if met.is_empty:
        lon, lat = destination(point.x, point.y, RING_BEARING_DEG, radius_km * 1000.0)
        return np.asarray(panel.points(float(lon), float(lat))[0])
    last = shapely.get_coordinates(met)[-1]
    return np.asarray(panel.points(last[0], last[1])[0])


def _one_map(
    figure: MapFigure, placed: gpd.GeoDataFrame, frame: gpd.GeoDataFrame, tables: Mapping[str, gpd.GeoDataFrame], colors: Mapping[str, str],
    rings: gpd.GeoDataFrame | None, surface: xr.DataArray | None, rect: tuple[float, float, float, float], names: Sequence[str], *,
    asked: bool, region: Region | None,
) -> None:  # fmt: skip
    """All sites on one map."""
    figure.locator_beside = True
    more = [g for table in tables.values() for g in table.geometry if g is not None and not g.is_empty]
    more += [] if rings is None else [g for g in rings[rings["site"].isin(placed.index)].geometry if g is not None]
    sheet = figure.add_panel(rect, checked_region(region, frame, more))
    if surface is not None:
        figure.add_legend(draw_surface(sheet, figure.theme, surface, factor=figure.factor))
    draw_layers(figure, sheet, names, asked=asked)
    marks = put_sites(figure, sheet, frame)
    figure.furnish(sheet, concerned_countries(sheet, marks))
    _draw_rings(figure, sheet, rings, placed)
    label_sites(figure, sheet, marks)
    _connectors(figure, sheet, tables, colors, list(placed.index))
    figure.letter_base(sheet)


def _panels(
    figure: MapFigure, placed: gpd.GeoDataFrame, tables: Mapping[str, gpd.GeoDataFrame], colors: Mapping[str, str],
    rings: gpd.GeoDataFrame | None, rect: tuple[float, float, float, float], names: Sequence[str], *, asked: bool,
) -> list[Any]:  # fmt: skip
    """One panel a site, all at one scale; areas wider than a panel stand in the table alone. Gives the sites shown."""
    left, bottom, width, height = rect
    reach_m = _reach_m(placed, tables, rings)
    small = [not _wider_than(row, reach_m) for _, row in placed.iterrows()]
    placed = placed[small] if any(small) else placed
    columns, rows = _grid(len(placed), width, height)
    gap = 2.2
    head = 5.4 * max(figure.factor, 0.8)
    w = (width - gap * (columns - 1)) / columns
    h = (height - gap * (rows - 1)) / rows
    metres_per_pt = 2.0 * reach_m / ((min(w, h - head)) * POINTS_PER_MM * 0.94)
    theme = figure.theme
    bold = TextStyle(max(7.8 * figure.factor, 5.2), theme.ink, "bold")
    local = TextStyle(max(6.6 * figure.factor, 5.0), theme.secondary)
    from geoops.maps.margin import sheet_transform

    transform = sheet_transform(figure.fig)
    for number, (key, row) in enumerate(placed.iterrows()):
        i, j = divmod(number, columns)
        x, y = left + j * (w + gap), bottom + height - (i + 1) * h - i * gap
        point = row.geometry if row.geometry.geom_type == "Point" else shapely.point_on_surface(row.geometry)
        around = circle(point.x, point.y, reach_m)
        sheet = figure.add_panel(
            (x, y, w, h - head), tuple(float(b) for b in around.bounds), metres_per_pt=metres_per_pt, graticule=False
        )  # type: ignore[arg-type]
        one = placed.loc[[key]]
        draw_layers(figure, sheet, names, asked=asked, weight=1.2, counts=False)
        put_sites(figure, sheet, one)
        if number == 0 and not figure.side_mm:
            sheet.scale = draw_scale(sheet.panel, sheet.labeller, theme, factor=min(figure.factor, 1.0) * 0.9)
        _draw_rings(figure, sheet, rings, one)
        _connectors(figure, sheet, tables, colors, [key])
        several = (
            sum(shapely.intersects(g, shapely.box(*sheet.panel.shown)) for g in sheet.base.countries.geometry) > 1
            if sheet.base.countries is not None
            else False
        )
        figure.letter_base(sheet, towns=6, countries=several, largest_pt=7.5)
        texts = names_in(
            tuple(figure.options.languages),
            str(row["name"]),
            row["name_local"] if isinstance(row["name_local"], str) else "",
        )
        base_y = (y + h - head) * POINTS_PER_MM + 4.0
        at = x * POINTS_PER_MM
        room = w * POINTS_PER_MM
        first = shorten(f"{number + 1}  {texts[0]}", bold, room)
        draw_text(figure.fig, at, base_y, first, bold, transform=transform, gid="panel-title")
        if len(texts) > 1:
            second = texts[1]
            if advance(first, bold) + advance(second, local) + 8.0 < room:
                draw_text(
                    figure.fig, at + room, base_y, second, local, transform=transform, gid="panel-title", align="right"
                )
    return list(placed.index)


def _wider_than(row: Any, reach_m: float) -> bool:
    """Whether a site's extent is wider than a panel."""
    extent = row["extent"]
    if extent is None or extent.is_empty:
        return False
    west, south, east, north = extent.bounds
    return float(max(distance(west, south, east, south), distance(west, south, west, north))) > 2.0 * reach_m


def _beside(
    figure: MapFigure,
    placed: gpd.GeoDataFrame,
    shown: Sequence[Any],
    rect: tuple[float, float, float, float],
    used_pt: float,
) -> None:
    """Scale, north and an overview of the numbered panels, under the table."""
    sheet = figure.sheets[0]
    panel = sheet.panel
    pt = POINTS_PER_MM
    gap = 6.5 * pt
    x = (rect[0] + rect[2] - panel.rect_mm[0]) * pt + gap
    room = figure.side_mm * pt - gap
    low = (rect[1] - panel.rect_mm[1]) * pt
    free = rect[3] * pt - used_pt - 16.0
    sheet.scale = draw_scale(panel, sheet.labeller, figure.theme, factor=figure.factor, corner=(x, low))
    height = min(free - (sheet.scale.box[3] - sheet.scale.box[1]) - 12.0, room * 0.72)
    if height < 60.0:
        return
    points = [
        row.geometry if row.geometry.geom_type == "Point" else shapely.point_on_surface(row.geometry)
        for _, row in placed.loc[list(shown)].iterrows()
    ]
    dots = [(p.x, p.y, str(i + 1)) for i, p in enumerate(points)]
    countries = {str(c) for c in placed["country"].dropna() if str(c)}
    bottom = sheet.scale.box[3] + 8.0
    figure.add_locator(
        sheet, countries, shown=region_for(tuple(float(b) for b in shapely.total_bounds(np.array(points, dtype=object)))),  # type: ignore[arg-type]
        box=(x, bottom, x + room, bottom + height), dots=dots,
    )  # fmt: skip


def _grid(count: int, width: float, height: float) -> tuple[int, int]:
    """Columns and rows whose panels come nearest to squares and leave few places empty."""
    best = min(
        range(1, count + 1),
        key=lambda c: (
            -min(width / c, height / np.ceil(count / c)) * (1.0 - 0.12 * (c * np.ceil(count / c) - count) / count), c
        ),
    )  # fmt: skip
    return best, int(np.ceil(count / best))


def _reach_m(placed: gpd.GeoDataFrame, tables: Mapping[str, gpd.GeoDataFrame], rings: gpd.GeoDataFrame | None) -> float:
    """
    How far each panel reaches from its site: the largest ring, or what holds four connectors in five.

    One far feature must not shrink all panels; its line then leaves the panel, and the table has its distance.
    """
    if rings is not None and len(rings):
        return float(rings["radius_km"].max()) * 1000.0 * 1.08
    far = np.concatenate(
        [
            pd.to_numeric(t.loc[t["site"].isin(placed.index), "distance_km"], errors="coerce").to_numpy(float)
            for t in tables.values()
        ]
    )
    far = far[np.isfinite(far)]
    widest = float(placed["uncertainty_m"].max()) if len(placed) else 0.0
    return float(max(np.quantile(far, 0.8) * 1150.0 if len(far) else 25_000.0, 1.3 * min(widest, 50_000.0), 2_000.0))


def _table(
    figure: MapFigure,
    placed: gpd.GeoDataFrame,
    tables: Mapping[str, gpd.GeoDataFrame],
    rect: tuple[float, float, float, float],
    panels: Sequence[Any],
) -> float:
    """Sites by themes: distance, and the bounds under it; gives the height used in points."""
    rows: list[list[str]] = []
    number = {key: i + 1 for i, key in enumerate(panels)}
    for key, site in placed.iterrows():
        name = one_line(str(site["name"]))
        cells = [f"{number[key]}  {name}" if key in number else name]
        for table in tables.values():
            found = table[table["site"] == key]
            known = found[pd.to_numeric(found["distance_km"], errors="coerce").notna()]
            if not len(known):
                cells.append("–")
                continue
            text, bounds = _distance_words(known.iloc[0], unit=False)
            cells.append(f"{text}\n{bounds.replace(' to ', '–')}" if bounds else text)
        rows.append(cells)
    columns = [Column("", 2.3), *[Column(_words(name), 1.0, right=True) for name in tables]]
    left, bottom, width, height = rect
    pt = POINTS_PER_MM
    gap = 6.5
    used, lost = draw_table(
        figure.fig, columns, rows, figure.theme, (left + width + gap) * pt, (bottom + height) * pt, (figure.side_mm - gap) * pt, height * pt,
        title="Distance to the nearest, km", factor=figure.factor,
    )  # fmt: skip
    if lost:
        figure.problems.append(
            Finding("table-cut", f"{lost} sites found no room in the table", "take a larger size, or fewer sites")
        )
    return used


def _in_words(placed: gpd.GeoDataFrame, tables: Mapping[str, gpd.GeoDataFrame]) -> str:
    """The table as sentences, for the description."""
    sentences = []
    for key, site in placed.iterrows():
        parts = []
        for name, table in tables.items():
            found = table[(table["site"] == key) & pd.to_numeric(table["distance_km"], errors="coerce").notna()]
            if len(found):
                parts.append(f"{_words(name).lower()} {_distance_words(found.iloc[0])[0]}")
        if parts:
            sentences.append(f"{site['name']}: {', '.join(parts)}.")
    return " ".join(sentences)
