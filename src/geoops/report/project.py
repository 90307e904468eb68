"""One GeoPackage with all that is on the figures, and in it a QGIS project that draws it as they do.

The project is written from the templates in `qgis/`, with the colours and markers of the maps room, and stored in the
GeoPackage as QGIS stores its own: a desk opens one file and goes on from there. It carries no clock and no path.
"""

from __future__ import annotations

import io
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any
from xml.sax.saxutils import escape

import geopandas as gpd
import pandas as pd
import pyproj

from geoops.core.geodesy import local_crs
from geoops.core.schema import WGS84, site_points
from geoops.core.text import one_line
from geoops.core.writing import write_bytes, write_vector
from geoops.layers.citations import with_source_words
from geoops.maps.features import FEATURES, NOT_WORKING
from geoops.maps.theme import Theme, rgb_of, theme_named
from geoops.report.analysis import Analysis
from geoops.report.brief import Brief
from geoops.report.documents import DISCLAIMER
from geoops.report.tables import corridor_table, site_table, uncertainty_areas

__all__ = ["PACKAGE", "write_project"]

PACKAGE = "map.gpkg"
_MM_PER_PT = 25.4 / 72.0
_SHAPES = {"o": "circle", "^": "triangle", "s": "square", "v": "triangle", "D": "diamond", "|": "line", "p": "pentagon",
           "P": "cross_fill", "h": "hexagon"}  # fmt: skip
_GEOMETRIES = {"Point": "Point", "LineString": "Line", "Polygon": "Polygon"}


@dataclass(frozen=True)
class _Layer:
    """One layer of the package: its table, what a reader calls it, its features and how they look."""

    table: str
    name: str
    frame: gpd.GeoDataFrame
    symbol: str
    field: str = "name"
    labels: tuple[str, float, bool] | None = None  # colour, points, bold
    about: str = ""
    shown: bool = True


def write_project(brief: Brief, known: Analysis, stage: Path) -> list[str]:
    """
    Write the GeoPackage and its project.

    Parameters
    ----------
    brief
        Gives the title, the author and the theme.
    known
        What is on the figures.
    stage
        Where to.

    Returns
    -------
    list of str
        Name of the file.
    """
    theme = theme_named(brief.path_of(brief.theme))
    layers = [layer for layer in _layers(known, theme) if len(layer.frame)]
    with tempfile.TemporaryDirectory(prefix="geoops-project-") as folder:
        package = Path(folder) / PACKAGE
        for layer in reversed(layers):
            write_vector(package, layer.frame, layer=layer.table, append_to=package)
        _store(package, _project(brief, known, layers, theme))
        write_bytes(stage / PACKAGE, package.read_bytes())
    return [PACKAGE]


def _layers(known: Analysis, theme: Theme) -> Iterator[_Layer]:
    """All layers, from the uppermost down."""
    placed = known.placed
    points = gpd.GeoDataFrame(
        site_table(placed, known.citations).reset_index(drop=True),
        geometry=site_points(placed).reset_index(drop=True),
        crs=WGS84,
    )
    yield _Layer(
        "sites",
        "Named places",
        points,
        _marker("circle", theme.site, theme.site_rim, 6.5),
        labels=(theme.ink, 8.5, True),
    )
    journeys = [j for group in known.corridors.values() for j in group if j.status == "found"]
    rows = corridor_table(journeys)
    if journeys:
        rows["name"] = [j.name for j in journeys]
        yield _Layer("routes", "Fastest routes (modelled)", _frame(rows, [j.route for j in journeys]), _line(theme.route, 1.6),
                     labels=(theme.route, 7.0, False))  # fmt: skip
    if known.nearest:
        yield _Layer("nearest", "Lines to what lies nearest", _connectors(known), _line(theme.secondary, 0.6, dash=True), field="label",
                     labels=(theme.secondary, 6.5, False))  # fmt: skip
    for name, layer in known.layers.items():
        if isinstance(layer, gpd.GeoDataFrame):
            yield from _themed(name, with_source_words(layer, known.citations), theme)
    if known.rings is not None:
        rings = known.rings.assign(name=[f"{r:g} km" for r in known.rings["radius_km"]])
        yield _Layer("rings", "Rings", rings, _area(theme.secondary, 0.0, 0.5, dash=True))
    yield _Layer(
        "placed_within",
        "How surely places are known",
        uncertainty_areas(known),
        _area(theme.site, 0.13, 0.9, dash=True),
    )
    if journeys:
        areas = _frame(rows, [j.polygon for j in journeys])
        yield _Layer(
            "corridors", "Corridors (modelled)", areas, _area(theme.bands[2], 0.45, 0.4, edge=theme.band_edges[2])
        )


def _frame(rows: pd.DataFrame, shapes: list[Any]) -> gpd.GeoDataFrame:
    """Rows with geometries in degrees."""
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=WGS84)


def _connectors(known: Analysis) -> gpd.GeoDataFrame:
    """The lines to the nearest features, with their distance as a label."""
    parts = []
    for theme, table in known.nearest.items():
        there = table[~(table.geometry.isna() | table.geometry.is_empty)]
        if len(there):
            parts.append(there.assign(theme=theme, label=[f"{d:.0f} km" for d in there["distance_km"]]))
    if not parts:
        return gpd.GeoDataFrame({"label": []}, geometry=[], crs=WGS84)
    joined = pd.concat(parts, ignore_index=True)
    joined["feature"] = joined["feature"].astype(str)
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=WGS84)


def _themed(name: str, layer: gpd.GeoDataFrame, theme: Theme) -> Iterator[_Layer]:
    """A layer of the catalogue, by the kinds of its geometries, with the figure's marker and colour."""
    style = FEATURES.get(name)
    color = getattr(theme, style.color) if style else theme.road if name == "roads" else theme.transport
    about = layer.attrs.get("layer", {}) or {}
    words = "; ".join(str(about[k]) for k in ("source", "date", "licence") if about.get(k))
    table = Path(name).stem.replace("-", "_")
    there = layer[~(layer.geometry.isna() | layer.geometry.is_empty)].reset_index(drop=True)
    kinds = there.geometry.geom_type.str.removeprefix("Multi")
    for kind in ("Point", "LineString", "Polygon"):
        part = there[kinds == kind].reset_index(drop=True)
        if not len(part):
            continue
        part = part.set_crs(WGS84, allow_override=True) if part.crs is None else part.to_crs(WGS84)
        if kind == "Point":
            shape = _SHAPES.get(style.marker if style else "h", "circle")
            status = "status" in part
            symbol = _marker(shape, color, color, (style.size_pt if style else 4.2) * 1.1, status=status)
        elif kind == "LineString":
            symbol = _line(color, style.size_pt if style else 0.7)
        else:
            symbol = _area(color, 0.15, 0.6)
        suffix = "" if len(set(kinds)) == 1 else f"_{_GEOMETRIES[kind].lower()}s"
        title = str(about.get("title") or name.replace("_", " ").capitalize())
        labels = (color, 6.5, False) if kind == "Point" and name != "places" and "name" in part else None
        field = "name" if "name" in part else str(part.columns[0])
        yield _Layer(f"{table}{suffix}", title, part, symbol, field=field, labels=labels, about=words)


def _rgba(color: str, alpha: float = 1.0) -> str:
    """A colour as QGIS writes it."""
    red, green, blue = (round(255 * part) for part in rgb_of(color))
    return f"{red},{green},{blue},{round(255 * alpha)}"


def _options(values: dict[str, str]) -> str:
    """Properties of a symbol's layer."""
    return "".join(f'<prop k="{k}" v="{escape(v, {chr(34): "&quot;"})}"/>' for k, v in values.items())


def _symbol(kind: str, layer: str, values: dict[str, str], override: str = "") -> str:
    """A symbol with one layer."""
    return (
        f'<symbol type="{kind}" name="0" alpha="1" clip_to_extent="1" force_rhr="0">'
        f'<layer class="{layer}" enabled="1" locked="0" pass="0">{_options(values)}{override}</layer></symbol>'
    )


def _marker(shape: str, fill: str, edge: str, size_pt: float, *, status: bool = False) -> str:
    """A marker; hollow where a status says that the thing does not work, as on the figures."""
    values = {
        "name": shape, "color": _rgba(fill), "outline_color": _rgba(edge), "outline_width": "0.25", "outline_width_unit": "MM",
        "size": f"{size_pt * _MM_PER_PT:.2f}", "size_unit": "MM",
    }  # fmt: skip
    override = ""
    if status:
        shut = ",".join(f"'{word}'" for word in sorted(NOT_WORKING))
        expression = f"if(lower(\"status\") in ({shut}), '255,255,255,255', '{_rgba(fill)}')"
        quoted = escape(expression, {'"': "&quot;"})
        override = (
            '<data_defined_properties><Option type="Map"><Option name="name" value="" type="QString"/>'
            '<Option name="properties" type="Map"><Option name="fillColor" type="Map">'
            f'<Option name="active" value="true" type="bool"/><Option name="expression" value="{quoted}" type="QString"/>'
            '<Option name="type" value="3" type="int"/></Option></Option>'
            '<Option name="type" value="collection" type="QString"/></Option></data_defined_properties>'
        )
    return _symbol("marker", "SimpleMarker", values, override)


def _line(color: str, width_pt: float, *, dash: bool = False) -> str:
    """A line."""
    values = {
        "line_color": _rgba(color), "line_width": f"{width_pt * _MM_PER_PT:.2f}", "line_width_unit": "MM", "capstyle": "round",
        "joinstyle": "round", "line_style": "dash" if dash else "solid",
    }  # fmt: skip
    return _symbol("line", "SimpleLine", values)


def _area(color: str, alpha: float, width_pt: float, *, dash: bool = False, edge: str = "") -> str:
    """An area."""
    values = {
        "color": _rgba(color, alpha), "style": "solid" if alpha else "no", "outline_color": _rgba(edge or color),
        "outline_width": f"{width_pt * _MM_PER_PT:.2f}", "outline_width_unit": "MM", "outline_style": "dash" if dash else "solid",
    }  # fmt: skip
    return _symbol("fill", "SimpleFill", values)


def _template(name: str) -> Template:
    """A template of the package."""
    return Template(resources.files("geoops.report").joinpath("qgis", name).read_text(encoding="utf-8"))


def _xml(text: str) -> str:
    """Words for XML."""
    return escape(one_line(text), {'"': "&quot;"})


def _project(brief: Brief, known: Analysis, layers: list[_Layer], theme: Theme) -> str:
    """The project as QGIS reads it."""
    west, south, east, north = known.region
    crs = local_crs(known.region)
    there = pyproj.Transformer.from_crs(WGS84, crs, always_xy=True)
    x0, y0, x1, y1 = there.transform_bounds(west, south, east, north)
    ids = {layer.table: f"{layer.table}_geoops" for layer in layers}
    tree = [
        f'    <layer-tree-layer id="{ids[lay.table]}" name="{_xml(lay.name)}" providerKey="ogr" checked="Qt::Checked" expanded="0"'
        f' source="./{PACKAGE}|layername={lay.table}"/>'
        for lay in layers
    ]
    red, green, blue = (str(round(255 * part)) for part in rgb_of(theme.land))
    return _template("project.qgs").substitute(
        title=_xml(brief.title), abstract=_xml(f"{brief.summary} {DISCLAIMER}"), author=_xml(brief.author), wkt=_xml(crs.to_wkt("WKT2_2019")),  tree="\n".join(tree), xmin=x0, ymin=y0, xmax=x1, ymax=y1, red=red, green=green, blue=blue,
        layers="".join(_layer(layer, ids[layer.table], theme) for layer in layers),
        order="\n".join(f'    <layer id="{ids[layer.table]}"/>' for layer in layers),
    )  # fmt: skip


def _layer(layer: _Layer, key: str, theme: Theme) -> str:
    """One layer of the project."""
    kinds = set(layer.frame.geometry.geom_type.str.removeprefix("Multi"))
    geometry = _GEOMETRIES[next(iter(kinds & set(_GEOMETRIES)), "Polygon")]
    labels = ""
    if layer.labels:
        color, size, bold = layer.labels
        labels = _template("labels.qml").substitute(
            field=layer.field, ink=_rgba(color), halo=_rgba(theme.halo), size=size, weight="Bold" if bold else "Regular",
            heavy=75 if bold else 50, placement={"Point": 6, "Line": 2, "Polygon": 0}[geometry], priority=9 if bold else 4,
        )  # fmt: skip
    return _template("layer.qgs").substitute(
        geometry=geometry, id=key, package=PACKAGE, table=layer.table, name=_xml(layer.name), abstract=_xml(layer.about),
        symbol=layer.symbol, labels=labels, labelled=int(bool(labels)), field=layer.field,
    )  # fmt: skip


def _store(package: Path, project: str) -> None:
    """Put the project into the package, in the table and the form that QGIS uses: a zip, in hexadecimal."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("map.qgs", (1980, 1, 1, 0, 0, 0)), project.encode("utf-8"))
    with closing(sqlite3.connect(package)) as base, base:
        base.execute("CREATE TABLE qgis_projects(name TEXT PRIMARY KEY, metadata BLOB, content BLOB)")
        about = '{"last_modified_time": "", "last_modified_user": ""}'
        base.execute("INSERT INTO qgis_projects VALUES (?, ?, ?)", ("map", about, packed.getvalue().hex()))
