"""Steps that several figures share: which layers, which region, sites with their names, and words made from the data.

Nothing here is public; each figure's own file says what it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
import xarray as xr

from geoops.core.errors import InputError, PublicationError
from geoops.core.geodesy import Region, check_region
from geoops.core.schema import as_features, as_sites
from geoops.core.text import one_line
from geoops.maps.basedata import BASE_LAYERS
from geoops.maps.baselabels import draw_labels, names_in
from geoops.maps.canvas import region_for
from geoops.maps.curves import along_line, axis_of, in_area, spaced
from geoops.maps.features import draw_features
from geoops.maps.labels import PointLabel
from geoops.maps.lettering import Block, draw_text, shorten
from geoops.maps.mapfigure import MapFigure, Sheet
from geoops.maps.symbols import SiteMark, classify_sites, draw_sites
from geoops.maps.theme import TextStyle, check_glyphs

__all__ = [
    "DEFAULT_LAYERS", "concerned_countries", "draw_layers", "label_sites", "listed", "put_sites", "ready_sites",
    "region_of_sites", "split_layers",
]  # fmt: skip

DEFAULT_LAYERS = ("oil_gas_fields", "refineries", "pipelines", "power_stations", "border_crossings")
LayersArgument = Sequence[str] | Mapping[str, Any] | None
LONGEST_NAME_PT = 150.0


def split_layers(layers: LayersArgument, default: Sequence[str]) -> tuple[dict[str, Any], list[str], bool]:
    """
    What the caller gave as tables, the names of the layers to draw, and whether they were asked for by name.

    Raises
    ------
    InputError
        Something that is neither names nor a mapping of names to GeoDataFrames.
    """
    if layers is None:
        return {}, list(default), False
    if isinstance(layers, str):
        return {}, [layers], True
    if isinstance(layers, Mapping):
        given: dict[str, Any] = {}
        for name, frame in layers.items():
            if frame is None:
                continue
            if name in BASE_LAYERS and isinstance(getattr(frame, "attrs", {}).get("layer"), Mapping):
                continue  # the catalogue's own: read again for what the frame shows, which may reach further
            grid = isinstance(frame, xr.DataArray)
            given[str(name)] = frame if grid else as_features(frame, what=f"layers[{name!r}]")
        return given, [str(name) for name in layers if name not in BASE_LAYERS], True
    names = list(layers) if isinstance(layers, Iterable) else None
    if names is None or not all(isinstance(name, str) for name in names):
        msg = f"layers: expected names of layers, or a mapping of names to GeoDataFrames; {type(layers).__name__} came"
        raise InputError(msg)
    return {}, [name for name in names if name not in BASE_LAYERS], True


def ready_sites(sites: Any, *, what: str = "sites", languages: tuple[str, ...] = ("en",)) -> gpd.GeoDataFrame:
    """Sites with every column, their names checked for letters that no font has."""
    frame = as_sites(sites, what=what)
    for name, local in zip(frame["name"], frame["name_local"], strict=True):
        for text in names_in(languages, str(name), local if isinstance(local, str) else ""):
            check_glyphs(text, what="the site name")
    return frame


def region_of_sites(sites: gpd.GeoDataFrame, more: Sequence[Any] = ()) -> Region:
    """
    The region that shows the sites: their points, discs' centres and extents, with a margin.

    An extent much larger than the spread of the points (a whole river) counts only where the points are.
    """
    geometries = [g for g in sites.geometry if g is not None and not g.is_empty]
    geometries += [g for g in more if g is not None and not g.is_empty]
    extents = [g for g in sites["extent"] if g is not None and not g.is_empty]
    if not geometries and not extents:
        msg = "no site has a place, so there is no region to show; give region=(west, south, east, north)"
        raise InputError(msg)
    bounds = shapely.total_bounds(np.array(geometries or extents, dtype=object))
    spread = max(bounds[2] - bounds[0], bounds[3] - bounds[1])
    for extent in extents:
        west, south, east, north = extent.bounds
        if len(geometries) < 2 or max(east - west, north - south) <= max(spread, 0.5):
            bounds = shapely.total_bounds(np.array([shapely.box(*bounds), extent], dtype=object))
    return region_for(tuple(float(b) for b in bounds))  # type: ignore[arg-type]


def checked_region(region: Any, sites: gpd.GeoDataFrame, more: Sequence[Any] = ()) -> Region:
    """The caller's region, checked, or the one of the sites."""
    return region_of_sites(sites, more) if region is None else check_region(region)


def draw_layers(
    figure: MapFigure, sheet: Sheet, names: Sequence[str], *, asked: bool, weight: float = 2.2, counts: bool = True
) -> None:
    """Draw infrastructure, add its legend, and make labels keep off it."""
    for name in names:
        frame = figure.reader.get(name, sheet.panel.shown, optional=not asked)
        if frame is None:
            continue
        if not isinstance(frame, gpd.GeoDataFrame):
            msg = f"layers: {name!r} is a grid; maps draw vector layers here"
            raise InputError(msg)
        entry = frame.attrs.get("layer")
        if isinstance(entry, Mapping) and (entry.get("publish") is False or entry.get("publishable") is False):
            msg = f"layer {name!r} must not be published ({entry.get('licence')}); leave it out of layers="
            raise PublicationError(msg)
        if not len(frame):
            continue
        entries, points, lines = draw_features(sheet.panel, name, frame, figure.theme, factor=figure.factor)
        if entries:
            figure.add_legend(entries if counts else [replace(entry, count=None) for entry in entries])
            figure.reader.note(name, frame)
        if len(points):
            sheet.labeller.weigh_points(points, 2.6, weight)
        if lines:
            sheet.labeller.weigh_lines(lines, 0.35)


def put_sites(figure: MapFigure, sheet: Sheet, sites: gpd.GeoDataFrame) -> list[SiteMark]:
    """Draw the sites, add their legend, and block their symbols for all labels."""
    marks = classify_sites(sheet.panel, sites, factor=figure.factor)
    figure.add_legend(draw_sites(sheet.panel, marks, figure.theme))
    labeller = sheet.labeller
    for mark in marks:
        if mark.how == "area":
            if mark.extent is not None:
                labeller.weigh_lines([shapely.get_coordinates(r) for r in _rings(mark.extent)], 1.3, width=1.5)
                # Names of other things had better stand elsewhere, its own is lettered before they are.
                labeller.weigh_shapes(list(shapely.get_parts(mark.extent)), 0.45)
            continue
        sheet.keep_clear.append((mark.x, mark.y))
        r = mark.symbol + 0.9
        if mark.how == "near" and mark.radius < 26.0:
            r = mark.radius
        elif mark.how == "near":
            labeller.weigh_points(np.array([(mark.x, mark.y)]), mark.radius, 0.5)
        labeller.block((mark.x - r, mark.y - r, mark.x + r, mark.y + r))
        labeller.symbols.append((mark.x, mark.y, min(r, mark.radius)))
        # Furniture keeps away from where names will stand.
        labeller.reserve(np.array([(mark.x, mark.y)]), 34.0, 0.5)
    return marks


def _rings(shape: Any) -> list[Any]:
    """Outlines of a polygon's parts."""
    return [part.exterior for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]


def site_block(figure: MapFigure, mark: SiteMark, *, slant: str = "normal") -> Block:
    """A site's name in the languages asked for, the local one smaller below; very long names end in an ellipsis."""
    theme, factor = figure.theme, figure.factor
    first = TextStyle(max(9.2 * factor, 5.5), theme.ink, "bold", slant, halo_pt=2.3, halo=theme.halo)
    second = TextStyle(max(7.6 * factor, 5.2), theme.ink, halo_pt=2.2, halo=theme.halo)
    texts = names_in(tuple(figure.options.languages), mark.name, mark.local)
    lines = []
    for i, text in enumerate(texts):
        style = first if i == 0 else second
        lines.append(
            (shorten(text + (" ?" if mark.doubtful and i == 0 else ""), style, LONGEST_NAME_PT * factor), style)
        )
    return Block(lines)


def label_sites(figure: MapFigure, sheet: Sheet, marks: list[SiteMark]) -> None:
    """Name every site: areas along their axis or within, points beside their symbol, with a leader where needed."""
    points: list[PointLabel] = []
    for mark in marks:
        block = site_block(figure, mark)
        if mark.how == "area":
            if not _letter_area(figure, sheet, mark):
                points.append(PointLabel(block, mark.x, mark.y, 1.0, 5.0, required=True, kind="area", key=mark.name))
            continue
        near = mark.how == "near" and mark.radius < 26.0
        radius = mark.radius if near else mark.symbol + 0.9
        points.append(
            PointLabel(block, mark.x, mark.y, radius, 10.0, required=True, kind="site", key=mark.name, gap=1.8)
        )
    draw_labels(sheet.panel, sheet.labeller.place_points(points), figure.theme, gid="label-site", zorder=22.0)


def _letter_area(figure: MapFigure, sheet: Sheet, mark: SiteMark) -> bool:
    """Letter an area along its axis if it is long, else spaced out inside it; False where neither fits."""
    if mark.extent is None:
        return False
    theme, factor = figure.theme, figure.factor
    visible = shapely.intersection(mark.extent, sheet.panel.frame)
    texts = names_in(tuple(figure.options.languages), mark.name, mark.local)
    transform = sheet.panel.ax.transFrame
    axis = axis_of(visible)
    if axis is not None:
        for size, gap in ((9.0, 2.4), (8.2, 1.4), (7.4, 0.6)):
            style = TextStyle(max(size * factor, 5.2), theme.site, "bold", halo_pt=2.0, halo=theme.halo)
            glyphs = along_line(
                sheet.labeller, [axis], texts[0], style, spacing_pt=gap * factor, smooth_pt=16.0, prefer_middle=True,
                offset_pt=0.0 if len(texts) == 1 else 4.6 * factor,
            )  # fmt: skip
            if not glyphs:
                continue
            small = TextStyle(max(7.4 * factor, 5.2), theme.site, halo_pt=2.0, halo=theme.halo)
            for text in texts[1:2]:
                below = along_line(
                    sheet.labeller, [axis], text, small, smooth_pt=16.0, prefer_middle=True, offset_pt=-7.4 * factor
                )
                for glyph in below:
                    draw_text(sheet.panel.ax, glyph.x, glyph.y, glyph.text, small, transform=transform, rotation=glyph.angle,
                              zorder=22.0, gid="label-area")  # fmt: skip
            for glyph in glyphs:
                draw_text(sheet.panel.ax, glyph.x, glyph.y, glyph.text, style, transform=transform, rotation=glyph.angle,
                          zorder=22.0, gid="label-area")  # fmt: skip
            return True
    for size, gap in ((9.2, 2), (8.4, 1), (7.6, 0)):
        style = TextStyle(max(size * factor, 5.2), theme.site, "bold", halo_pt=2.0, halo=theme.halo)
        small = TextStyle(max(7.4 * factor, 5.2), theme.site, halo_pt=2.0, halo=theme.halo)
        first = spaced(texts[0], gap) if gap and texts[0].isascii() else texts[0]
        words = first.split(" ") if gap == 0 else [first]
        for lines in ([first], _halves(texts[0])) if len(words) >= 1 else ([first],):
            block = Block([*((line, style) for line in lines), *((t, small) for t in texts[1:2])], gap_pt=2.2)
            box = in_area(sheet.labeller, visible, block)
            if box is not None:
                for (x, y), (text, look) in zip(block.origins(box[0], box[1], 0.5), block.lines, strict=True):
                    draw_text(sheet.panel.ax, x, y, text, look, transform=transform, zorder=22.0, gid="label-area")
                return True
    return False


def _halves(text: str) -> list[str]:
    """A text on two lines of about the same length."""
    words = text.split(" ")
    if len(words) < 2:
        return [text]
    best = min(range(1, len(words)), key=lambda i: abs(len(" ".join(words[:i])) - len(" ".join(words[i:]))))
    return [" ".join(words[:best]), " ".join(words[best:])]


def concerned_countries(sheet: Sheet, marks: Sequence[SiteMark]) -> set[str]:
    """Countries of the sites on the map; where none is stated, those that hold the middle of the frame."""
    stated = {mark.country for mark in marks if mark.country}
    if stated or sheet.base.countries is None:
        return stated
    lon, lat = sheet.panel.degrees([(sheet.panel.width_pt / 2, sheet.panel.height_pt / 2)])
    middle = shapely.Point(float(lon[0]), float(lat[0]))
    hit = sheet.base.countries[sheet.base.countries.geometry.intersects(middle)]
    return {str(code) for code in hit["country"].dropna()}


def listed(names: Sequence[str], *, most: int = 4) -> str:
    """
    Names as a sentence lists them.

    Examples
    --------
    >>> listed(["Kirkuk", "Daquq", "Hasakah"])
    'Kirkuk, Daquq and Hasakah'
    """
    names = [one_line(name) for name in names]
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} others"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
