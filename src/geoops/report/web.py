"""One interactive map in one HTML file that opens from a disk, with no network and nothing beside it.

Leaflet, the base and every feature stand in the page itself; a content policy in its head forbids any request. The page
shows what it is given and computes nothing. How its markup and script look is in `assets/`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from geoops.core.errors import InputError
from geoops.core.geodesy import Region, check_region, circle, region_of
from geoops.core.publication import refuse_undated, refuse_unpublished
from geoops.core.schema import as_features, as_sites
from geoops.core.text import html_text, one_line
from geoops.core.units import format_hours, format_km
from geoops.core.writing import write_text
from geoops.report.geojson import geojson

if TYPE_CHECKING:
    import geopandas as gpd

    from geoops.core.types import Corridor

__all__ = ["WebMap", "web_map"]

MAX_BYTES = 1_000_000
"""A page above this many bytes has its base drawn again, more coarsely."""

_BASE = ("countries", "water", "rivers", "boundaries", "roads")
_WIDE = ("countries", "boundaries")  # drawn beyond the region too, so that it does not end in the sea
_TOLERANCES_DEG = (0.003, 0.008, 0.02, 0.05)
_COLOURS = ("#2f2f2f", "#7a5195", "#8a5a00", "#00695c", "#5d4037", "#33691e", "#4a148c", "#37474f")
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True)
class WebMap:
    """
    A map as one HTML page.

    Parameters
    ----------
    html
        The whole page.
    title
        Its title.
    """

    html: str
    title: str

    def save(self, path: str | os.PathLike[str]) -> Path:
        """
        Write the page, whole or not at all, and give back its path.

        Parameters
        ----------
        path
            Where to; `.html` or `.htm`.
        """
        if Path(path).suffix.lower() not in {".html", ".htm"}:
            msg = f"{os.fspath(path)!r}: a web map is saved as .html"
            raise InputError(msg)
        return write_text(path, self.html)

    def _repr_html_(self) -> str:
        """The page in a frame, for notebooks."""
        import html

        source = html.escape(self.html, quote=True)
        return f'<iframe srcdoc="{source}" title="{html_text(self.title)}" style="width:100%;height:520px;border:0"></iframe>'


def web_map(
    sites: Any,
    *,
    layers: Mapping[str, Any] | Sequence[str] | None = None,
    rings: gpd.GeoDataFrame | None = None,
    corridors: Sequence[Corridor] | None = None,
    base: Mapping[str, Any] | None = None,
    title: str = "Named sites",
    subtitle: str = "",
    date: str = "",
    region: Region | None = None,
    catalog: str | os.PathLike[str] | None = None,
    worldview: str | None = None,
    notes: Mapping[str, str] | None = None,
) -> WebMap:
    """
    Sites, layers, rings and corridors as one offline page.

    Parameters
    ----------
    sites
        Sites, or whatever counts as sites; a row without a place is listed, not drawn.
    layers
        Name -> features, or names of the catalogue. Each can be switched on and off.
    rings
        As `geoops.rings` gives them.
    corridors
        As `geoops.corridor` gives them: the area within the slack, and the route.
    base
        Name -> features of the quiet base; by default countries, water, rivers, boundaries and roads of the catalogue.
        An empty mapping draws none.
    title, subtitle, date
        Shown at the top; the date is the as-at date of the report.
    region
        (west, south, east, north) of the base; by default round the sites.
    catalog
        Another catalogue for names of layers and for the base.
    worldview
        Whose view of borders, as in `geoops.sites_map`; the page says which was drawn.
    notes
        Site name -> why it is named.

    Returns
    -------
    WebMap
        `.save(path)` writes it; `.html` is the page.

    Raises
    ------
    InputError
        Something that is not sites, or no site with a place and no region.
    PublicationError
        A layer that must not be published, or what was made from one.
    """
    refuse_unpublished(sites, "sites")
    frame = as_sites(sites)
    placed = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    where = _region(frame, region)
    drawn = _features_of(layers, where, catalog, worldview)
    wide = _wider(where)
    under = _features_of(list(_known(_BASE, catalog)) if base is None else base, wide, catalog, worldview)
    for what, thing in (*drawn.items(), *under.items(), ("rings", rings), *(("corridors", c) for c in corridors or ())):
        refuse_unpublished(thing, what)
    for what, thing in drawn.items():
        refuse_undated(thing, what)
    pointed = [(name, frame, _COLOURS[i % len(_COLOURS)]) for i, (name, frame) in enumerate(drawn.items())]
    page = ""
    for tolerance in _TOLERANCES_DEG:
        data = {
            "sites": [_site(row, notes or {}, tolerance) for _, row in placed.iterrows()],
            "layers": [_overlay(name, frame, where, colour, tolerance) for name, frame, colour in pointed],
            "rings": _plain(rings, None, tolerance) if rings is not None else None,
            "corridors": [_corridor(c, tolerance) for c in corridors or () if c.status == "found"],
            "bounds": [[where[1], where[0]], [where[3], where[2]]],
            "sources": _sources([*under.values(), *drawn.values()], placed),
            "base": [
                {
                    "name": one_line(n),
                    "data": _merged(f, wide if n in _WIDE else where, tolerance * (2 if n in _WIDE else 1)),
                }
                for n, f in under.items()
            ],
        }
        page = _page(title, subtitle, date, frame, data, notes or {})
        if len(page.encode("utf-8")) <= MAX_BYTES:
            break
    return WebMap(page, one_line(title))


def _region(sites: gpd.GeoDataFrame, region: Region | None) -> Region:
    """The region asked for, or one round sites and their extents."""
    if region is not None:
        return check_region(region)
    shapes = [g for column in ("geometry", "extent") for g in sites[column] if g is not None and not g.is_empty]
    if not shapes:
        msg = "no site has a place, so there is no region to show; give region=(west, south, east, north)"
        raise InputError(msg)
    west, south, east, north = region_of(shapes, margin=0.15)
    return max(west - 0.3, -180.0), max(south - 0.3, -85.0), min(east + 0.3, 180.0), min(north + 0.3, 85.0)


def _wider(region: Region) -> Region:
    """The region with as much again on every side, for what frames it."""
    west, south, east, north = region
    pad = max(east - west, north - south)
    return max(west - pad, -180.0), max(south - pad, -85.0), min(east + pad, 180.0), min(north + pad, 85.0)


def _known(names: Sequence[str], catalog: Any) -> list[str]:
    """Those of the names that the catalogue has."""
    from geoops.layers.catalog import read_catalog

    has = read_catalog(catalog).layers
    return [name for name in names if name in has]


def _features_of(layers: Any, region: Region, catalog: Any, worldview: str | None) -> dict[str, gpd.GeoDataFrame]:
    """Name -> features, loading what came as a name; grids are not drawn."""
    if layers is None:
        return {}
    from geoops.layers.load import layer

    pairs = (
        layers.items()
        if isinstance(layers, Mapping)
        else (
            (n, layer(n, region=region, catalog=catalog, worldview=worldview if n == "boundaries" else None))
            for n in layers
        )
    )
    return {str(n): as_features(f, what=str(n)) for n, f in pairs if not hasattr(f, "dims")}


def _plain(frame: gpd.GeoDataFrame, region: Region | None, tolerance_deg: float) -> dict[str, Any]:
    """Geometry and name of each feature as GeoJSON, cut to the region, simplified and rounded."""
    shapes = frame.geometry.to_numpy()
    if region is not None:
        shapes = shapely.clip_by_rect(shapes, *region)
    if tolerance_deg:
        shapes = shapely.simplify(shapes, tolerance_deg, preserve_topology=True)
    names = frame["name"] if "name" in frame else [""] * len(frame)
    features = [
        {
            "type": "Feature",
            "properties": {"name": one_line(name)} if isinstance(name, str) and name else {},
            "geometry": geojson(shape, 4 if tolerance_deg < 0.004 else 3),
        }
        for shape, name in zip(shapes, names, strict=True)
        if shape is not None and not shape.is_empty
    ]
    return {"type": "FeatureCollection", "features": features}


def _merged(frame: gpd.GeoDataFrame, region: Region, tolerance_deg: float) -> dict[str, Any]:
    """A layer of the base as one nameless feature a dimension: lines joined end to end, specks left out."""
    parts = shapely.get_parts(shapely.get_parts(shapely.clip_by_rect(frame.geometry.to_numpy(), *region)))
    parts = parts[~shapely.is_empty(parts)]
    dimension = shapely.get_dimensions(parts)
    lines = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(parts[dimension == 1])))
    areas = parts[dimension == 2]
    lines = lines[shapely.length(lines) > tolerance_deg]
    areas = areas[shapely.area(areas) > (2.0 * tolerance_deg) ** 2]
    shapes = [
        shapely.multilinestrings(shapely.simplify(lines, tolerance_deg)),
        shapely.multipolygons(shapely.simplify(areas, tolerance_deg, preserve_topology=True)),
        shapely.multipoints(parts[dimension == 0]),
    ]
    features = [{"type": "Feature", "properties": {}, "geometry": geojson(s, 3)} for s in shapes if not s.is_empty]
    return {"type": "FeatureCollection", "features": features}


def _overlay(name: str, frame: gpd.GeoDataFrame, region: Region, colour: str, tolerance_deg: float) -> dict[str, Any]:
    """One layer to switch on and off."""
    entry = frame.attrs.get("layer") or {}
    kinds = {g.geom_type for g in frame.geometry if g is not None and not g.is_empty}
    points = bool(kinds) and kinds <= {"Point", "MultiPoint"}
    return {
        "name": one_line(name),
        "title": one_line(str(entry.get("title") or name.replace("_", " "))),
        "colour": colour,
        "data": _plain(frame, region, 0.0 if points else tolerance_deg),
    }


def _words(value: Any) -> str:
    """A cell as a text; missing as nothing."""
    return one_line(value) if isinstance(value, str) else ""


def _site(row: Any, notes: Mapping[str, str], tolerance_deg: float) -> dict[str, Any]:
    """What the page shows of a site: the disc and the extent come with it, so that the script computes nothing."""
    point = row.geometry if row.geometry.geom_type == "Point" else shapely.point_on_surface(row.geometry)
    radius = float(row["uncertainty_m"])
    extent = row["extent"]
    has_extent = extent is not None and not extent.is_empty
    disc = circle(point.x, point.y, radius, vertices=72) if 0 < radius <= 1e6 and not has_extent else None
    shape = shapely.simplify(extent, tolerance_deg) if has_extent else disc
    return {
        "name": _words(row["name"]),
        "local": _words(row["name_local"]),
        "lon": round(point.x, 5),
        "lat": round(point.y, 5),
        "area": geojson(shape, 4) if shape is not None else None,
        "facts": [
            [label, value]
            for label, value in (
                ("Why it is named", one_line(notes.get(str(row["name"]), ""))),
                ("Where", ", ".join(w for w in (_words(row["admin1"]), _words(row["country"])) if w)),
                ("Position", f"{point.y:.4f}° N, {point.x:.4f}° E" if point.x >= 0 <= point.y else f"lat {point.y:.4f}°, lon {point.x:.4f}°"),
                ("Placed within", "the area drawn" if has_extent else format_km(radius / 1000.0) if radius else ""),
                ("Source", _words(row["source"])),
            )
            if value
        ],
    }  # fmt: skip


def _corridor(corridor: Corridor, tolerance_deg: float) -> dict[str, Any]:
    """The area within the slack and the route of a journey."""
    mode = one_line(corridor.mode.replace("_", " "))
    words = f"{format_hours(corridor.hours)} · {format_km(corridor.distance_km)}"
    slack = f"area: every way at most {corridor.slack:.0%} longer"
    return {
        "name": one_line(corridor.name) + (f" ({mode})" if mode else ""),
        "mode": mode,
        "text": f"{words}; {slack}. Modelled ease of travel, not observed movement.",
        "area": geojson(shapely.simplify(corridor.polygon, tolerance_deg), 3),
        "route": geojson(shapely.simplify(corridor.route, tolerance_deg / 3.0), 4),
    }


def _sources(frames: Sequence[gpd.GeoDataFrame], sites: gpd.GeoDataFrame) -> list[str]:
    """Attribution lines of all that is drawn, each once."""
    lines: dict[str, None] = {}
    for frame in frames:
        entry = frame.attrs.get("layer") or {}
        if entry.get("worldview_words"):
            lines.setdefault(one_line(str(entry["worldview_words"])))
        for line in str(entry.get("attribution") or entry.get("source") or "").split("\n"):
            if line.strip():
                lines.setdefault(one_line(line))
    for source in sites["source"]:
        if isinstance(source, str) and source.strip():
            lines.setdefault(f"Places: {one_line(source)}")
    return list(lines)


@cache
def _asset(name: str) -> str:
    """A file of `assets/`."""
    return (resources.files("geoops.report") / "assets" / name).read_text(encoding="utf-8")


@cache
def _leaflet() -> tuple[str, str]:
    """Leaflet's script and style without what would be fetched: its source map and its pictures."""
    script = re.sub(r"//# sourceMappingURL=\S+\s*$", "", _asset("leaflet.js"))
    style = re.sub(r"[^{}]*\{[^{}]*url\([^{}]*\}", "", _asset("leaflet.css"))
    return script.replace("</script", "<\\/script"), style


def _json(value: Any) -> str:
    """JSON that cannot end a script element, nor be read as a template, whatever the names hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    acts = {
        "<": "\\u003c",
        ">": "\\u003e",
        "&": "\\u0026",
        "{": "\\u007b",
        "}": "\\u007d",
        "\u2028": "\\u2028",
        "\u2029": "\\u2029",
    }
    return _TEXT.sub(lambda m: "".join(acts.get(c, c) for c in m.group()), text)


def _page(
    title: str, subtitle: str, date: str, sites: gpd.GeoDataFrame, data: Mapping[str, Any], notes: Mapping[str, str]
) -> str:
    """The page from its template; each mark is replaced once, and what comes in is not looked at again."""
    script, style = _leaflet()
    rows = "\n".join(_table_row(row, notes) for _, row in sites.iterrows())
    parts = {
        "TITLE": html_text(title),
        "SUBTITLE": html_text(subtitle),
        "DATE": html_text(date),
        "STYLE": style,
        "ROWS": rows,
        "SOURCES": "".join(f"<li>{html_text(line)}</li>" for line in data["sources"]),
        "DATA": _json(data),
        "LEAFLET": script,
        "SCRIPT": _asset("map.js"),
    }
    return re.sub(r"@@([A-Z]+)@@", lambda m: parts[m.group(1)], _asset("page.html"))


def _table_row(row: Any, notes: Mapping[str, str]) -> str:
    """A site as a row of the list under the map, for those who read rather than look."""
    name, local = html_text(_words(row["name"]) or _words(row["query"])), html_text(_words(row["name_local"]))
    where = html_text(", ".join(w for w in (_words(row["admin1"]), _words(row["country"])) if w))
    geometry = row.geometry
    lost = geometry is None or geometry.is_empty
    point = None if lost else shapely.point_on_surface(geometry)
    position = "not found" if point is None else f"{point.y:.4f}, {point.x:.4f}"
    sure = "" if lost else format_km(float(row["uncertainty_m"]) / 1000.0)
    note = html_text(notes.get(str(row["name"]), ""))
    cells = (f'{name} <bdi lang="ar">{local}</bdi>' if local else name, where, position, sure, note)
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
