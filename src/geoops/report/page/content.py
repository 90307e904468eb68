"""What the interactive page knows: sites, layers, rings, corridors and ensembles as plain values for its script.

The discs and areas of doubt come with the sites, so that the script draws what it is given and computes nothing.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geoops.core.geodesy import Region, circle
from geoops.core.text import has_arabic, one_line
from geoops.gazetteer.records import Record
from geoops.layers.citations import Citations, source_words
from geoops.maps.credits import credit_lines
from geoops.report.page.keys import keys_of, names_of_row, names_of_site
from geoops.report.page.shapes import drawn

__all__ = ["overlay", "ring_entries", "site_entry", "sources_of", "words_of"]

_LARGEST_DISC_M = 1e6
_COARSE_DEG = 0.012  # from this tolerance on a disc is a polygon of fewer sides
_LOOKS = {
    "oil_gas_fields": ("oil", "circle"),
    "refineries": ("oil", "square"),
    "pipelines": ("oil", "line"),
    "power_stations": ("power", "triangle"),
    "power_lines": ("power", "line"),
    "border_crossings": ("crossing", "diamond"),
    "camps": ("camp", "house"),
    "dams": ("dam", "bar"),
    "airports": ("transport", "plus"),
    "bridges": ("transport", "bar"),
    "railways": ("transport", "line"),
    "roads": ("road", "line"),
    "boundaries": ("boundary", "line"),
    "rivers": ("dam", "line"),
}
_ROLES = ("crossing", "power", "camp", "dam", "transport", "oil")
_FORMS = ("circle", "square", "triangle", "diamond", "house", "plus")
_OFF = {
    "closed", "shut", "shut in", "damaged", "destroyed", "planned", "proposed", "cancelled", "shelved", "idle",
    "abandoned", "mothballed", "retired", "under construction", "construction", "inactive",
}  # fmt: skip


def words_of(value: Any) -> str:
    """
    A cell as one line of text; missing as nothing.

    Parameters
    ----------
    value
        Anything that a table may hold.
    """
    return one_line(value) if isinstance(value, str) else ""


def _filled(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry without what is empty: the page takes what is not there for that."""
    return {key: value for key, value in entry.items() if value not in ("", None, False) or key in {"name", "shape"}}


def site_entry(
    row: Any, note: str, record: Record | None, tolerance_deg: float, known: Citations = MappingProxyType({})
) -> dict[str, Any]:  # fmt: skip
    """
    What the page shows of a site.

    Parameters
    ----------
    row
        A row of Sites that has a place.
    note
        Why it is named.
    record
        The gazetteer's place, for its other names.
    tolerance_deg
        By how much the edge of an extent may be drawn off.
    known
        What the keys of sources stand for, which mean nothing to a reader.
    """
    point = row.geometry if row.geometry.geom_type == "Point" else shapely.point_on_surface(row.geometry)
    radius = float(row["uncertainty_m"])
    extent = row["extent"]
    has_extent = extent is not None and not extent.is_empty
    round_ = 72 if tolerance_deg < _COARSE_DEG else 24
    disc = (
        circle(point.x, point.y, radius, vertices=round_) if 0 < radius <= _LARGEST_DISC_M and not has_extent else None
    )
    shape = shapely.simplify(extent, tolerance_deg) if has_extent else disc
    name = words_of(row["name"]) or words_of(row["query"])
    return _filled(
        {
            "name": name,
            "local": words_of(row["name_local"]),
            "lon": round(point.x, 5),
            "lat": round(point.y, 5),
            "area": drawn(shape, 4) if shape is not None else None,
            "extent": has_extent,
            "within": round(radius / 1000.0, 3) if radius and not has_extent else None,
            "note": one_line(note),
            "admin1": words_of(row["admin1"]).replace(";", ", "),
            "country": words_of(row["country"]),
            "source": source_words(words_of(row["source"]), known),
            "ambiguous": row["status"] == "ambiguous",
            "keys": keys_of(names_of_site(row, record), row["kind"] if isinstance(row["kind"], str) else None),
        }
    )


def overlay(name: str, frame: gpd.GeoDataFrame, region: Region, place: int, tolerance_deg: float) -> dict[str, Any]:
    """
    One layer to switch on and off.

    Parameters
    ----------
    name
        The layer's name.
    frame
        Its features.
    region
        What it is cut to.
    place
        Its number among the layers; decides colour and form where the name does not.
    tolerance_deg
        By how much lines and edges may be drawn off.
    """
    entry = frame.attrs.get("layer") or {}
    shapes = shapely.clip_by_rect(frame.geometry.to_numpy(), *region)
    dimensions = set(shapely.get_dimensions(shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]).tolist())
    form = "circle" if not dimensions or 0 in dimensions else "line" if 1 in dimensions else "area"
    role, own = _LOOKS.get(name, (_ROLES[place % len(_ROLES)], _FORMS[place % len(_FORMS)]))
    features = []
    for shape, (_, row) in zip(shapes, frame.iterrows(), strict=True):
        if shape is None or shape.is_empty:
            continue
        simple = shapely.simplify(shape, tolerance_deg)
        features.append(_feature(row, drawn(simple, 4 if shape.geom_type == "Point" else 3)))
    return {
        "name": one_line(name),
        "title": one_line(str(entry.get("title") or name.replace("_", " "))),
        "role": role,
        "form": own if form == "circle" and own != "line" else form,
        "features": features,
    }


def _feature(row: Any, shape: dict[str, Any]) -> dict[str, Any]:
    """What the page shows of a feature."""
    local, status = words_of(row.get("name_local")), words_of(row.get("status"))
    radius = pd.to_numeric(row.get("uncertainty_m"), errors="coerce")
    return _filled(
        {
            "name": words_of(row.get("name")),
            "local": local if has_arabic(local) else "",
            "shape": shape,
            "status": status,
            "date": words_of(row.get("status_date")),
            "off": status.lower() in _OFF,
            "rough": words_of(row.get("geometry_quality")) == "schematic",
            "within": round(float(radius) / 1000.0, 2) if pd.notna(radius) and radius > 0 else None,
            "keys": keys_of(names_of_row(row), words_of(row.get("kind")) or None),
        }
    )


def ring_entries(rings: gpd.GeoDataFrame | None, tolerance_deg: float) -> tuple[list[dict[str, Any]], list[float]]:
    """
    Rings as lines, and the radii that there are, in km.

    Parameters
    ----------
    rings
        As `geoops.rings` gives them, or None.
    tolerance_deg
        By how much they may be drawn off.
    """
    if rings is None:
        return [], []
    shapes = shapely.simplify(rings.geometry.to_numpy(), tolerance_deg)
    outlines = [
        s.boundary if s.geom_type.endswith("Polygon") else s for s in shapes if s is not None and not s.is_empty
    ]
    radii = sorted({float(r) for r in rings["radius_km"]}) if "radius_km" in rings else []
    return [{"shape": drawn(shape, 3)} for shape in outlines], [int(r) if r == int(r) else r for r in radii]


def sources_of(
    entries: Sequence[Mapping[str, Any]],
    sites: gpd.GeoDataFrame,
    listed: Container[str],
    known: Citations = MappingProxyType({}),
) -> list[str]:
    """
    Who is to be credited for what is drawn, as in a figure's margin.

    Parameters
    ----------
    entries
        Of the catalogue, for each layer that is shown or holds a site.
    sites
        Sites that have a place.
    listed
        Ids of the sites whose layer is among the entries; of the others the source is named.
    known
        What the keys of sources stand for.
    """
    views = dict.fromkeys(one_line(str(e["worldview_words"])) for e in entries if e.get("worldview_words"))
    used: dict[str, Mapping[str, Any]] = {}
    for entry in entries:
        name = str(entry.get("name") or entry.get("title") or "layer")
        before = used.get(name, entry)
        same = all(before.get(key) == entry.get(key) for key in ("attribution", "source", "licence"))
        used[name if same else f"{name} {len(used) + 1}"] = entry  # a user's layer may be called as one of the base
    lines = dict.fromkeys(credit_lines(used, tuple(views)))
    for source, identifier in zip(sites["source"], sites["gazetteer_id"], strict=True):
        if isinstance(source, str) and source.strip() and identifier not in listed:
            lines.setdefault(f"Places: {one_line(source_words(source, known))}")
    return list(lines)
