"""Features as KML 2.2, UTF-8, for Google Earth and its like: folders of placemarks, their columns as extended data.

Viewers show values as HTML after the XML is read, so that values are made harmless twice: once for HTML, once for XML.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import shapely
from shapely.geometry.base import BaseGeometry

from geoops.core.errors import WriteError
from geoops.core.sheets import header_words
from geoops.core.text import html_text, one_line
from geoops.core.writing import write_text

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["KmlFolder", "write_kml"]

_DIGITS = 6
_HARMLESS = str.maketrans({"<": "‹", ">": "›", "{": "(", "}": ")", "$": "S"})

KmlFolder = tuple["gpd.GeoDataFrame", str, str, str]
"""Features in EPSG:4326, the column with their names, a line colour and a fill colour, each `#rrggbb` or empty."""


def write_kml(path: Path, folders: Mapping[str, KmlFolder], *, title: str) -> Path:
    """
    Write features as KML.

    Parameters
    ----------
    path
        Where to.
    folders
        Name of a folder -> features, the column of their names, and their colours.
    title
        Of the document.

    Raises
    ------
    WriteError
        The file cannot be written, or features are not in degrees.
    """
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>',
        f"<name>{_name(title)}</name>",
    ]
    for at, (_, line, fill) in enumerate((f[1], f[2], f[3]) for f in folders.values()):
        lines.append(f'<Style id="s{at}">{_style(line, fill)}</Style>')
    for at, (folder, (frame, column, _, _)) in enumerate(folders.items()):
        if frame.crs is not None and frame.crs.to_epsg() != 4326:
            msg = f"{path}: KML is in longitude and latitude (EPSG:4326); {folder} came in {frame.crs}"
            raise WriteError(msg)
        lines.append(f"<Folder><name>{_name(folder)}</name>")
        for _, row in frame.iterrows():
            shape = row.geometry
            if shape is not None and not shape.is_empty:
                name = f"<name>{_name(row[column])}</name>"
                lines.append(f"<Placemark>{name}<styleUrl>#s{at}</styleUrl>{_data(row)}{_shape(shape)}</Placemark>")
        lines.append("</Folder>")
    return write_text(path, "\n".join([*lines, "</Document></kml>"]) + "\n")


def _name(value: Any) -> str:
    """A name: its letters, without what HTML, templates or KML's own `$[...]` would act on."""
    return escape(one_line(str(value)).translate(_HARMLESS))


def _abgr(colour: str, alpha: str) -> str:
    """KML's order of a colour."""
    return f"{alpha}{colour[5:7]}{colour[3:5]}{colour[1:3]}"


def _style(line: str, fill: str) -> str:
    """How a folder's features look."""
    parts = ""
    if line:
        icon = "<Icon><href>http://maps.google.com/mapfiles/kml/shapes/placemark_circle.png</href></Icon>"
        parts += f"<IconStyle><color>{_abgr(line, 'ff')}</color><scale>0.9</scale>{icon}</IconStyle>"
        parts += f"<LineStyle><color>{_abgr(line, 'ff')}</color><width>2</width></LineStyle>"
    return parts + (
        f"<PolyStyle><color>{_abgr(fill, '55')}</color></PolyStyle>"
        if fill
        else "<PolyStyle><fill>0</fill></PolyStyle>"
    )


def _data(row: Any) -> str:
    """The other columns, with units in their names."""
    cells = []
    for column, value in row.items():
        empty = value is None or (isinstance(value, float) and value != value)  # noqa: PLR0124  NaN
        if isinstance(value, BaseGeometry) or empty or str(value) == "":
            continue
        text = f"{value:.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
        key = escape(html_text(header_words(str(column))), {'"': "&quot;"})
        cells.append(f'<Data name="{key}"><value>{escape(html_text(text).replace("$", "&#36;"))}</value></Data>')
    return f"<ExtendedData>{''.join(cells)}</ExtendedData>"


def _coordinates(shape: Any) -> str:
    """The vertices of a line, ring or point."""
    return " ".join(f"{x:.{_DIGITS}f},{y:.{_DIGITS}f}" for x, y in shapely.get_coordinates(shape))


def _shape(shape: Any) -> str:
    """A geometry."""
    if hasattr(shape, "geoms"):
        return f"<MultiGeometry>{''.join(_shape(part) for part in shape.geoms)}</MultiGeometry>"
    if shape.geom_type == "Polygon":
        rings = [("outerBoundaryIs", shape.exterior), *(("innerBoundaryIs", hole) for hole in shape.interiors)]
        words = "".join(
            f"<{tag}><LinearRing><coordinates>{_coordinates(ring)}</coordinates></LinearRing></{tag}>"
            for tag, ring in rings
        )
        return f"<Polygon>{words}</Polygon>"
    tag = "Point" if shape.geom_type == "Point" else "LineString"
    return f"<{tag}><coordinates>{_coordinates(shape)}</coordinates></{tag}>"
