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

from geoops.core.errors import InputError
from geoops.core.geodesy import Region, check_region
from geoops.core.publication import refuse_undated, refuse_unpublished
from geoops.core.schema import as_features, as_sites
from geoops.core.text import one_line
from geoops.maps.basedata import BASE_LAYERS
from geoops.maps.baselabels import names_in
from geoops.maps.canvas import lines_of, region_for
from geoops.maps.features import FEATURES, draw_features
from geoops.maps.lint import Finding
from geoops.maps.mapfigure import MapFigure, Sheet
from geoops.maps.symbols import SiteMark, classify_sites, draw_sites
from geoops.maps.typefaces import check_glyphs

__all__ = [
    "DEFAULT_LAYERS", "concerned_countries", "draw_layers", "fitting", "listed", "put_sites", "ready_sites",
    "region_of_sites", "split_layers",
]  # fmt: skip

DEFAULT_LAYERS = ("oil_gas_fields", "refineries", "pipelines", "power_stations", "border_crossings")
# The smallest scale, by its denominator, and the narrowest sheet in millimetres at which a layer is drawn unasked.
_DRAWN_FROM = {
    "oil_gas_fields": (20e6, 0.0), "refineries": (14e6, 100.0), "power_stations": (12e6, 100.0), "border_crossings": (12e6, 100.0),
    "pipelines": (10e6, 210.0),
}  # fmt: skip
LayersArgument = Sequence[str] | Mapping[str, Any] | None

_NEAREST_POLE = 89.5  # degrees of latitude: beyond it `region_for` cuts


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
    refuse_unpublished(sites, what)
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
    if bounds[1] > _NEAREST_POLE or bounds[3] < -_NEAREST_POLE:
        msg = f"the places lie at latitude {bounds[1]:.2f} to {bounds[3]:.2f}; maps reach {_NEAREST_POLE}° north and south"
        raise InputError(msg)
    return region_for(tuple(float(b) for b in bounds))  # type: ignore[arg-type]


def checked_region(region: Any, sites: gpd.GeoDataFrame, more: Sequence[Any] = ()) -> Region:
    """The caller's region, checked, or the one of the sites."""
    return region_of_sites(sites, more) if region is None else check_region(region)


def fitting(names: Sequence[str], figure: MapFigure, sheet: Sheet) -> list[str]:
    """Of the layers that nobody asked for, those that a reader can tell apart at this scale and on a sheet of this width."""
    denominator = sheet.panel.metres_per_pt * 72.0 / 0.0254
    return [
        name
        for name in names
        if denominator <= _DRAWN_FROM.get(name, (np.inf, 0.0))[0]
        and figure.size.width_mm >= _DRAWN_FROM.get(name, (np.inf, 0.0))[1]
    ]


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
        refuse_unpublished(frame, f"layers[{name!r}]")
        if name in figure.reader.given and name not in FEATURES:
            refuse_undated(frame, f"layers[{name!r}]")
        if not len(frame):
            continue
        entries, points, lines = draw_features(sheet.panel, name, frame, figure.theme, factor=figure.factor)
        if entries:
            figure.keep(name, frame)
            figure.add_legend(entries if counts else [replace(entry, count=None) for entry in entries])
            figure.reader.note(name, frame)
        if len(points):
            sheet.labeller.weigh_points(points, 2.6, weight)
        if lines:
            sheet.labeller.weigh_lines(lines, 0.35)


def put_sites(figure: MapFigure, sheet: Sheet, sites: gpd.GeoDataFrame) -> list[SiteMark]:
    """Draw the sites, add their legend, and block their symbols for all labels."""
    sheet.marks = marks = classify_sites(sheet.panel, sites, factor=figure.factor)
    figure.add_legend(draw_sites(sheet.panel, marks, figure.theme))
    shown = sites.loc[[mark.key for mark in marks]]
    figure.keep("sites", shown)
    extents = shown[shown["extent"].map(lambda g: g is not None and not g.is_empty)]
    if len(extents):
        shapes = gpd.GeoSeries(extents["extent"].to_numpy(), index=extents.index, crs=shown.crs)
        figure.keep("extents", extents.drop(columns="extent").set_geometry(shapes))
    radius = dict(zip(sites.index, sites["uncertainty_m"].astype(float), strict=True))
    unknown = [mark.name for mark in marks if mark.how == "exact" and not radius[mark.key] > 0.0]
    if unknown and figure.kind == "sites":  # other figures are about what lies between or near
        words = f"{listed(unknown)}: drawn as exact, though nothing says how surely {'it is' if len(unknown) == 1 else 'they are'} placed"
        figure.problems.append(Finding("uncertainty-unknown", words, "give uncertainty_m in metres"))
    labeller = sheet.labeller
    for mark in marks:
        if mark.how == "line" and mark.extent is not None:
            labeller.weigh_lines(lines_of(mark.extent), 1.6, width=3.0)
            sheet.named_lines.append((mark.name, mark.extent))
            continue
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
    named = np.array([(mark.x, mark.y) for mark in marks if mark.how in {"exact", "near"}]).reshape(-1, 2)
    labeller.reserve(named, 34.0, 0.5)
    return marks


def _rings(shape: Any) -> list[Any]:
    """Outlines of a polygon's parts."""
    return [part.exterior for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]


def concerned_countries(sheet: Sheet, marks: Sequence[SiteMark]) -> set[str]:
    """
    Countries of the sites on the map; where none is stated, those that hold the middle of the frame.

    A site that spans several (`IQ;TR;SY`) counts only where no site lies in one: a river does not make all its countries
    what the map is about.
    """
    codes = [countries_of(mark.country) for mark in marks]
    stated = {code for group in codes for code in group if len(group) == 1} or {c for group in codes for c in group}
    if stated or sheet.base.countries is None:
        return stated
    lon, lat = sheet.panel.degrees([(sheet.panel.width_pt / 2, sheet.panel.height_pt / 2)])
    middle = shapely.Point(float(lon[0]), float(lat[0]))
    hit = sheet.base.countries[sheet.base.countries.geometry.intersects(middle)]
    return {str(code) for code in hit["country"].dropna()}


def countries_of(cell: Any) -> list[str]:
    """
    The ISO codes in a cell of the column `country`, which may hold several.

    Examples
    --------
    >>> countries_of("IQ;TR;SY"), countries_of(None)
    (['IQ', 'TR', 'SY'], [])
    """
    return [code for part in cell.split(";") if (code := part.strip())] if isinstance(cell, str) else []


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
