"""OpenStreetMap by query: one theme of one region from an Overpass server, as the same layers that an extract gives.

One query at a time, with its time-out and its memory stated in it; an answer that is an excuse (429, 504, a web page, a remark that
the query was cut short) is said to be one, with what to do. For whole countries take an extract (`osm_pbf`): Overpass is a
gift of volunteers, and refuses large regions anyway.
"""

from __future__ import annotations

import json
import re
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoops.core.errors import InputError, NetworkError
from geoops.core.fetching import Fetcher
from geoops.core.geodesy import Region, check_region
from geoops.core.schema import WGS84
from geoops.core.text import one_line
from geoops.layers.sources.antimeridian import cut_at_antimeridian
from geoops.layers.sources.contract import AREAS, LINES, Ledger, finish
from geoops.layers.sources.countries_of import with_country
from geoops.layers.sources.osm_names import Names, name_tags
from geoops.layers.sources.osm_pbf import THEMES, provenance_of, theme_of
from geoops.layers.sources.osm_tags import OsmTheme, columns_of

__all__ = ["SERVER", "THEMES", "query_of", "read"]

SERVER = "https://overpass-api.de/api/interpreter"
"""The public server of the project; its users are asked for less than 10,000 queries and 1 GB a day."""

_MAX_ANSWER_BYTES = 256 * 2**20
_AREA_RELATIONS = ("multipolygon", "boundary")
_ONE_AT_A_TIME = threading.Lock()


def read(
    source: str = SERVER,
    *,
    theme: str,
    region: Region | None = None,
    classes: Sequence[str] | None = None,
    timeout_s: int = 60,
    fetcher: Fetcher | None = None,
    countries: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """
    One theme of a region from an Overpass server as a layer.

    Parameters
    ----------
    source
        The server's address, which ends in `/interpreter`.
    theme
        One of `THEMES`.
    region
        (west, south, east, north) in degrees; it must be given.
    classes
        Only these values of the theme's key, as for `osm_pbf.read`.
    timeout_s
        Seconds that the server may work on the query, at most 900.
    fetcher
        Through which is asked, where other limits are wanted; by default three tries within three time-outs.
    countries
        Areas with `country`; by default the layer of the catalogue in use.

    Returns
    -------
    GeoDataFrame
        The layer, of the date that the server states; without a row where the region holds nothing of the theme.

    Raises
    ------
    InputError
        No region, no such theme, or a time-out out of range.
    NetworkError
        The server is down, busy, limits the rate, cut the query short, or answers with something else.
    """
    about = theme_of(theme, classes, "Overpass")
    if region is None:
        msg = "Overpass is asked for a region: give region=(west, south, east, north); for a country take an extract (.osm.pbf)"
        raise InputError(msg)
    box = check_region(region)
    if not 1 <= timeout_s <= 900:
        msg = f"timeout_s is {timeout_s}; expected 1 to 900 seconds"
        raise InputError(msg)
    if fetcher is None:
        fetcher = Fetcher(
            deadline_s=3.0 * timeout_s + 60.0, tries=3, pause_s=2.0, silence_s=timeout_s + 15.0, max_bytes=_MAX_ANSWER_BYTES
        )  # fmt: skip
    host = urlsplit(source).netloc or source
    answer = _asked(f"{source}?data={quote(query_of(about, box, timeout_s))}", host, fetcher)
    stated = str(answer.get("osm3s", {}).get("timestamp_osm_base", ""))
    elements = _whole(answer["elements"], host)
    ledger = Ledger(f"{host}, theme {theme}", read=len(elements))
    layer = finish(
        _frame(elements, about, ledger), theme=theme, ledger=ledger, region=box, dimensions=about.dimensions,
        provenance=provenance_of(about, stated[:10] or None), constants={"geometry_quality": about.quality},
    )  # fmt: skip
    return with_country(layer, countries) if about.located else layer


def query_of(theme: OsmTheme, region: Region, timeout_s: int) -> str:
    """The query for a theme's elements in a region, with their geometry, in Overpass QL."""
    west, south, east, north = region
    box = f"({south:.7f},{west:.7f},{north:.7f},{east:.7f})"

    def one_of(key: str, values: Sequence[str]) -> str:
        return f'["{key}"~"^({"|".join(re.escape(value) for value in values)})$"]'

    every = "".join(one_of(key, values) for key, values in theme.every.items())
    wanted = []
    for key, values in theme.rules.items():
        for kind in theme.types:
            of_areas = one_of("type", _AREA_RELATIONS) if kind == "relation" else ""
            wanted.append(f"  {kind}{one_of(key, values)}{every}{of_areas}{box};")
    head = f"[out:json][timeout:{timeout_s}][maxsize:{_MAX_ANSWER_BYTES}];"
    return "\n".join([head, "(", *wanted, ");", "out geom;"])


def _asked(url: str, host: str, fetcher: Fetcher) -> dict[str, Any]:
    """The server's answer, once it is known to be one."""
    with _ONE_AT_A_TIME, tempfile.TemporaryDirectory(prefix="geoops-overpass-") as folder:
        try:
            text = fetcher.download(url, Path(folder) / "answer.json", types=("application/json",)).read_bytes()
        except NetworkError as error:
            raise NetworkError(_plain(str(error).replace(url, host), host)) from error
    try:
        answer = json.loads(text)
    except ValueError as error:
        msg = f"{host}: what came is no JSON ({error}); {one_line(text[:80].decode('utf-8', 'replace'))!r}"
        raise NetworkError(msg) from error
    if not isinstance(answer, dict) or not isinstance(answer.get("elements"), list):
        msg = f"{host}: the answer has no list of elements; is this the address of an Overpass server (.../api/interpreter)?"
        raise NetworkError(msg)
    remark = str(answer.get("remark", ""))
    if "error" in remark.lower():
        msg = (
            f"{host}: the query was cut short ({one_line(remark)}), and what came is not whole; ask for a smaller region,"
            " or give it more time with timeout_s=..."
        )
        raise NetworkError(msg)
    return answer


def _plain(words: str, host: str) -> str:
    """What a refusal means, with the remedy."""
    if "answered 429" in words:
        return f"{words}. {host} limits how much one user may ask: wait some minutes, then try again"
    if "answered 504" in words or "in time" in words:
        return f"{words}. {host} is busy, or the query is too large for it: try later, or ask for a smaller region"
    if "answered 400" in words:
        return f"{words}. {host} does not understand the query: is this the address of an Overpass server (.../api/interpreter)?"
    if "text/html" in words:
        return f"{words}. A web page came: the server is overloaded or under repair, or something on the way answers for it"
    return words


def _whole(elements: list[Any], host: str) -> list[dict[str, Any]]:
    """The elements, each of which has a type and an id."""
    for position, element in enumerate(elements):
        if not isinstance(element, dict) or not isinstance(element.get("id"), int) or "type" not in element:
            msg = f"{host}: element {position} of the answer has no type and id: {str(element)[:80]!r}"
            raise NetworkError(msg)
    return elements


def _frame(elements: list[dict[str, Any]], theme: OsmTheme, ledger: Ledger) -> gpd.GeoDataFrame:
    """The elements with the theme's columns and names."""
    every = [element.get("tags") or {} for element in elements]
    tags = pd.DataFrame({key: pd.Series([t.get(key) for t in every], dtype=object) for key in theme.tags})
    frame = columns_of(theme, tags)
    ids = [f"{element['type']}/{element['id']}" for element in elements]
    names = Names()
    named = [names.of(element, name_tags(t)) for element, t in zip(ids, every, strict=True)]
    late = names.local_names()
    frame.index = pd.Index(ids, dtype=object)
    frame["id"] = pd.Series(ids, index=frame.index, dtype=object)
    for position, column in enumerate(("name", "name_local", "alt_names")):
        frame[column] = pd.Series([row[position] for row in named], index=frame.index, dtype=object)
    for element, local in late.items():
        others = frame.loc[element, "alt_names"]
        rest = [other for other in str(others).split("|") if other != local] if others is not None else []
        frame.loc[element, ["name_local", "alt_names"]] = [local, "|".join(rest) or None]
    shapes = np.full(len(elements), None, dtype=object)
    shapes[:] = [_shape(element, theme) for element in elements]
    shapes, cut = cut_at_antimeridian(shapes)
    ledger.mend("cut at the antimeridian", cut)
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=WGS84)


def _shape(element: Mapping[str, Any], theme: OsmTheme) -> shapely.Geometry | None:
    """The geometry of an element; None where none can be built."""
    if element["type"] == "node":
        return shapely.Point(element["lon"], element["lat"]) if {"lon", "lat"} <= element.keys() else None
    if element["type"] == "relation":
        return _area(element.get("members") or [])
    line = _line(element)
    tags = element.get("tags") or {}
    closed = line is not None and line.is_closed and len(line.coords) >= 4
    area = theme.dimensions == AREAS or (theme.dimensions >= AREAS and any(key in tags for key in theme.areas))
    area = (area or tags.get("area") == "yes") and tags.get("area") != "no"
    if line is not None and closed and area:
        return shapely.Polygon(line.coords)
    return line if theme.dimensions & LINES else None


def _line(element: Mapping[str, Any]) -> shapely.LineString | None:
    """The line of a way or member, of the nodes whose place the server gives."""
    places = [(p["lon"], p["lat"]) for p in element.get("geometry") or [] if p]
    return shapely.LineString(places) if len(places) >= 2 else None


def _area(members: Sequence[Mapping[str, Any]]) -> shapely.Geometry | None:
    """
    The area that a relation's members enclose; None where a ring does not close.

    What lies in an odd number of rings belongs to it: an outer ring, less the inner ones in it, and again the islands in those.
    """
    lines: dict[bool, list[shapely.LineString]] = {True: [], False: []}
    for member in members:
        line = _line(member)
        if line is not None:
            lines[member.get("role") == "inner"].append(line)
    area: shapely.Geometry = shapely.MultiPolygon()
    for parts in lines.values():
        if not parts:
            continue
        pieces = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(parts)))
        closed = shapely.is_closed(pieces)
        # Rings that touch one another at a node are not merged to their end; their faces are found together.
        faces, cuts, dangles, _ = shapely.polygonize_full(pieces[~closed])
        if not (shapely.is_empty(cuts) and shapely.is_empty(dangles)):
            return None
        rings = [shapely.Polygon(shapely.get_coordinates(piece)) for piece in pieces[closed]]
        for ring in (*rings, *shapely.get_parts(faces).tolist()):
            area = shapely.symmetric_difference(area, shapely.make_valid(ring))
    return None if shapely.is_empty(area) else area
