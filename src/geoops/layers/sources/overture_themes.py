"""What Overture's features are in our layers: which type, subtype and class a layer takes, and what its columns become.

By Overture's schema reference (schema v1; releases differ in small things, and what a release lacks stays missing). Infrastructure and
water carry OpenStreetMap's own tags in `source_tags`; these become columns as they do from an extract.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geoops.layers.sources.contract import AREAS, LINES, POINTS
from geoops.layers.sources.geonames import town_radius_m
from geoops.layers.sources.osm_columns import BORDER_M, SETTLEMENTS_M, TRACED_M
from geoops.layers.sources.osm_tags import OSM_THEMES, columns_of

__all__ = ["OVERTURE_THEMES", "OvertureTheme"]

OPEN_DATABASE = "ODbL 1.0"
PERMISSIVE = "CDLA-Permissive-2.0"
PLACE_M = 200.0
ROADS = ("motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street", "service",
         "track", "unknown")  # fmt: skip
_LINKED = ("motorway", "trunk", "primary", "secondary", "tertiary")
_AIRPORTS = ("airport", "international_airport", "regional_airport", "municipal_airport", "private_airport",
             "military_airport", "seaplane_airport", "airstrip")  # fmt: skip
_HEALTH = {
    "hospital": "HSP", "childrens_hospital": "HSP", "medical_center": "HSP", "emergency_room": "HSP", "clinic": "HSPC",
    "health_center": "HSPC", "health_and_medical": "HSPC", "public_health_clinic": "HSPC", "maternity_centers": "HSPC",
    "doctor": "HSPC", "family_practice": "HSPC", "pharmacy": "HSPD", "drugstore": "HSPD", "medical_clinic": "HSPC",
    "walk_in_clinic": "HSPC", "urgent_care_clinic": "HSPC",
}  # fmt: skip
_WATERS = {"lake": "LK", "reservoir": "RSV", "river": "STM", "pond": "PND", "canal": "CNL", "water": "H"}

Rows = list[dict[str, Any]]
"""Rows of a file, structs as dictionaries."""


@dataclass(frozen=True)
class OvertureTheme:
    """
    One layer in Overture's terms.

    Parameters
    ----------
    title
        For the catalogue.
    part, kind
        Overture's theme and type.
    keep
        Columns and the values of which a row must have one.
    dimensions
        Which dimensions of geometry the layer has.
    columns
        From rows, what the layer says.
    reads
        The columns that `columns` looks at, besides those of `keep`.
    needs
        Those without which a file is not of this type.
    licence
        Where a row's own sources do not state one.
    shapes_alone
        Whether features of other dimensions are another layer's, and no fault of the file.
    quality, accuracy
        The rows' `geometry_quality`, and how their uncertainty came about.
    """

    title: str
    part: str
    kind: str
    keep: Mapping[str, tuple[str, ...]]
    dimensions: frozenset[int]
    columns: Callable[[Rows], dict[str, Any]]
    reads: tuple[str, ...] = ()
    needs: tuple[str, ...] = ("subtype",)
    licence: str = OPEN_DATABASE
    shapes_alone: bool = False
    quality: str = "surveyed"
    accuracy: str = f"Mostly OpenStreetMap, traced from imagery and surveyed; {TRACED_M:.0f} m is stated."


def _whole(rules: Any) -> Any:
    """Of rules along a line the one that holds for all of it, else the one that holds for most."""
    if rules is None:
        return None

    def share(rule: Mapping[str, Any]) -> float:
        between = rule.get("between")
        return (
            1.0 if between is None else float(between[1] if between[1] is not None else 1.0) - float(between[0] or 0.0)
        )

    return max((rule for rule in rules if rule), key=share, default=None)


def _flags(rules: Any) -> set[str]:
    """All flags of a segment, wherever along it they hold."""
    return {flag for rule in rules or () for flag in (rule or {}).get("values") or ()}


def _kmh(limits: Any) -> float:
    """The speed limit that holds without a condition, in kilometres an hour."""
    free = [limit for limit in limits or () if limit and limit.get("max_speed") and not limit.get("when")]
    rule = _whole(free)
    if rule is None or rule["max_speed"].get("value") is None:
        return float("nan")
    return float(rule["max_speed"]["value"]) * (1.609344 if rule["max_speed"].get("unit") == "mph" else 1.0)


def _oneway(rules: Any) -> str | None:
    """In which direction alone a road may be used, where that holds for everyone."""
    for rule in rules or ():
        when = {key: value for key, value in ((rule or {}).get("when") or {}).items() if value}
        if rule and rule.get("access_type") == "denied" and set(when) == {"heading"} and rule.get("between") is None:
            return {"backward": "yes", "forward": "reverse"}.get(when["heading"])
    return None


def _status(flags: set[str]) -> str | None:
    """Closed or planned, as flags say."""
    if flags & {"is_abandoned", "is_disused"}:
        return "closed"
    return "planned" if "is_under_construction" in flags else None


def _roads(rows: Rows) -> dict[str, Any]:
    flags = [_flags(row.get("road_flags")) for row in rows]
    classes = [
        f"{row['class']}_link"
        if row["class"] in _LINKED and (row.get("subclass") == "link" or "is_link" in own)
        else row["class"]
        for row, own in zip(rows, flags, strict=True)
    ]
    surfaces = [(_whole(row.get("road_surface")) or {}).get("value") for row in rows]
    return {
        "kind": "RD",
        "class": classes,
        "surface": [None if surface == "unknown" else surface for surface in surfaces],
        "oneway": [_oneway(row.get("access_restrictions")) for row in rows],
        "maxspeed_kmh": [_kmh(row.get("speed_limits")) for row in rows],
        "ref": [(_whole(row.get("routes")) or {}).get("ref") for row in rows],
        "bridge": ["is_bridge" in own for own in flags],
        "status": [_status(own) for own in flags],
    }


def _railways(rows: Rows) -> dict[str, Any]:
    flags = [_flags(row.get("rail_flags")) for row in rows]
    names = {"standard_gauge": "rail", "unknown": None}
    return {
        "kind": ["RRQ" if _status(own) == "closed" else "RR" for own in flags],
        "class": [names.get(str(row.get("class")), row.get("class")) for row in rows],
        "status": [_status(own) for own in flags],
    }


def _tagged(theme: str, key: str, values: Mapping[str, str]) -> Callable[[Rows], dict[str, Any]]:
    """The columns that the same theme of OpenStreetMap has; its main tag is told from the class where the tags lack it."""
    about = OSM_THEMES[theme]

    def columns(rows: Rows) -> dict[str, Any]:
        tags = [dict(row.get("source_tags") or {}) for row in rows]
        for own, row in zip(tags, rows, strict=True):
            own.setdefault(key, values.get(row["class"], row["class"]))
        frame = pd.DataFrame({name: pd.Series([own.get(name) for own in tags], dtype=object) for name in about.tags})
        return {str(name): column.to_numpy() for name, column in columns_of(about, frame).items()}

    return columns


def _rivers(rows: Rows) -> dict[str, Any]:
    dry = np.array([bool(row.get("is_intermittent")) for row in rows], dtype=bool)
    canal = np.array([row["subtype"] == "canal" for row in rows], dtype=bool)
    return {
        "kind": np.select([canal, dry], ["CNL", "STMI"], default="STM").astype(object),
        "class": [row["subtype"] for row in rows],
        "intermittent": dry,
    }


def _water(rows: Rows) -> dict[str, Any]:
    return {
        "kind": [_WATERS[row["subtype"]] for row in rows],
        "class": [row["subtype"] for row in rows],
        "intermittent": np.array([bool(row.get("is_intermittent")) for row in rows], dtype=bool),
    }


def _divisions(kind: str) -> Callable[[Rows], dict[str, Any]]:
    """The columns of areas of divisions."""

    def columns(rows: Rows) -> dict[str, Any]:
        said: dict[str, Any] = {
            "kind": kind,
            "country": [row.get("country") for row in rows],
            "uncertainty_m": BORDER_M,
        }
        if kind == "PCLI":
            return said
        return said | {
            "iso_3166_2": [row.get("region") for row in rows],
            "division_id": [row.get("division_id") for row in rows],
        }

    return columns


def _boundaries(rows: Rows) -> dict[str, Any]:
    level = np.array([0 if row["subtype"] == "country" else 1 for row in rows], dtype=np.int64)
    claims = []
    for row in rows:
        view = row.get("perspectives") or {}
        holders = ", ".join(view.get("countries") or ())
        claims.append(f"{str(view.get('mode')).replace('_', ' ')} {holders}" if holders else None)
    disputed = [bool(row.get("is_disputed")) or claim is not None for row, claim in zip(rows, claims, strict=True)]
    usual = np.where(level == 0, "international", "admin-1")
    return {
        "kind": None,
        "country": [row.get("country") for row in rows],
        "status": [("disputed" if open_ else str(plain)) for open_, plain in zip(disputed, usual, strict=True)],
        "level": level,
        "claim": claims,
        "uncertainty_m": BORDER_M,
    }


def _places(rows: Rows) -> dict[str, Any]:
    seats = [{(item or {}).get("subtype") for item in row.get("capital_of_divisions") or ()} for row in rows]
    people = np.array([float(row["population"]) if row.get("population") else np.nan for row in rows])
    classes = [row.get("class") for row in rows]
    usual = [SETTLEMENTS_M.get("city" if c == "megacity" else str(c), SETTLEMENTS_M["village"]) for c in classes]
    return {
        "kind": ["PPLC" if "country" in seat else "PPLA" if "region" in seat else "PPL" for seat in seats],
        "country": [row.get("country") for row in rows],
        "class": classes,
        "population": people,
        "uncertainty_m": np.where(people > 0, town_radius_m(np.nan_to_num(people)), usual),
    }


def _category(row: Mapping[str, Any]) -> str:
    """The category by which a place was chosen; releases from 2026 on have a taxonomy instead of categories."""
    told = [
        (row.get("categories") or {}).get("primary"),
        (row.get("taxonomy") or {}).get("primary"),
        row.get("basic_category"),
    ]
    return next(str(one) for one in told if one in _HEALTH)


def _health(rows: Rows) -> dict[str, Any]:
    categories = [_category(row) for row in rows]
    closed = {"permanently_closed": "closed", "temporarily_closed": "closed"}
    return {
        "kind": [_HEALTH[category] for category in categories],
        "country": [((row.get("addresses") or [None])[0] or {}).get("country") for row in rows],
        "class": categories,
        "status": [closed.get(str(row.get("operating_status"))) for row in rows],
        "confidence": [np.nan if row.get("confidence") is None else float(row["confidence"]) for row in rows],
        "uncertainty_m": PLACE_M,
    }


def _built(
    theme: str, subtypes: Sequence[str], classes: Sequence[str], key: str, values: Mapping[str, str] | None = None
) -> OvertureTheme:
    """A theme of Overture's infrastructure."""
    about = OSM_THEMES[theme]
    return OvertureTheme(
        about.title, "base", "infrastructure", {"subtype": tuple(subtypes), "class": tuple(classes)}, about.dimensions,
        _tagged(theme, key, values or {}), reads=("source_tags",), needs=("subtype", "class"),
    )  # fmt: skip


def _areas(title: str, subtype: tuple[str, ...], kind: str) -> OvertureTheme:
    """A theme of Overture's areas of divisions: their land."""
    return OvertureTheme(
        title, "divisions", "division_area", {"subtype": subtype, "class": ("land",)}, AREAS, _divisions(kind),
        reads=("country", "region", "division_id"), needs=("subtype", "class", "country"),
        accuracy=f"Borders as mapped, from what sources each has: {BORDER_M:.0f} m is stated. Who controls a territory is not said.",
    )  # fmt: skip


OVERTURE_THEMES: dict[str, OvertureTheme] = {
    "roads": OvertureTheme(
        "Roads", "transportation", "segment", {"subtype": ("road",), "class": ROADS}, LINES, _roads, needs=("subtype", "class"),
        reads=("subclass", "road_flags", "road_surface", "speed_limits", "access_restrictions", "routes"),
    ),
    "railways": OvertureTheme("Railways", "transportation", "segment", {"subtype": ("rail",)}, LINES, _railways,
                              reads=("class", "rail_flags")),
    "bridges": _built("bridges", ["bridge"], ["bridge", "aqueduct", "boardwalk", "cantilever", "covered", "movable", "trestle",
                                              "viaduct"], "man_made", {"bridge": "bridge"}),
    "power_lines": _built("power_lines", ["power"], ["power_line", "minor_line", "cable"], "power", {"power_line": "line"}),
    "power_stations": _built("power_stations", ["power"], ["plant"], "power"),
    "substations": _built("substations", ["power"], ["substation", "sub_station"], "power", {"sub_station": "substation"}),
    "pipelines": _built("pipelines", ["utility"], ["pipeline"], "man_made"),
    "border_crossings": _built("border_crossings", ["barrier"], ["border_control"], "barrier"),
    "water_points": _built("water_points", ["water", "tower", "utility"],
                           ["drinking_water", "water_tower", "reservoir_covered"], "man_made"),
    "dams": _built("dams", ["water"], ["dam"], "waterway"),
    "airports": _built("airports", ["airport"], _AIRPORTS, "aeroway",
                       {name: "aerodrome" for name in _AIRPORTS if name != "airstrip"}),
    "rivers": OvertureTheme("Rivers and canals", "base", "water", {"subtype": ("river", "canal")}, LINES, _rivers,
                            reads=("is_intermittent",), shapes_alone=True),
    "water": OvertureTheme("Lakes, reservoirs and wide rivers", "base", "water", {"subtype": tuple(_WATERS)}, AREAS, _water,
                           reads=("is_intermittent",), shapes_alone=True),
    "countries": _areas("Countries", ("country", "dependency"), "PCLI"),
    "admin1": _areas("First-order divisions", ("region",), "ADM1"),
    "admin2": _areas("Second-order divisions", ("county",), "ADM2"),
    "boundaries": OvertureTheme(
        "Boundary lines with their status", "divisions", "division_boundary",
        {"subtype": ("country", "region"), "class": ("land",)}, LINES, _boundaries, needs=("subtype", "class"),
        reads=("country", "is_disputed", "perspectives"),
        accuracy=f"Borders as mapped, from what sources each has: {BORDER_M:.0f} m is stated. Who controls a territory is not said.",
    ),
    "places": OvertureTheme(
        "Populated places", "divisions", "division", {"subtype": ("locality",)}, POINTS, _places,
        reads=("class", "country", "population", "capital_of_divisions"), needs=("subtype", "country"), quality="approximate",
        accuracy="The radius of a built-up area of the place's population, else one by its class (a city 8 km, a hamlet 1 km).",
    ),
    "health_facilities": OvertureTheme(
        "Health facilities", "places", "place", {"categories.primary|taxonomy.primary|basic_category": tuple(_HEALTH)}, POINTS,
        _health, reads=("addresses", "operating_status", "confidence"), needs=("categories|taxonomy|basic_category",), licence=PERMISSIVE,
        quality="approximate",
        accuracy=f"Points from web directories and map users, of unstated exactness: {PLACE_M:.0f} m is stated; `confidence` is"
                 " Overture's own estimate that the place exists.",
    ),
}  # fmt: skip
"""Every layer that Overture gives, by its name."""
