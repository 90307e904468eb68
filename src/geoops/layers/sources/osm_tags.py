"""What OpenStreetMap's tags mean for our layers: which elements a theme takes, and which columns its tags become.

One table of themes for every way by which OpenStreetMap comes (an extract, Overpass). Tag values follow the OpenStreetMap
wiki; what is not tagged stays missing. Positions are stated with 30 m: imagery offsets and hand tracing of the order of 10 to 20 m
are usual; a settlement's node stands for its built-up area.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoops.layers.sources.contract import AREAS, LINES, POINTS
from geoops.layers.sources.geonames import town_radius_m

__all__ = [
    "ATTRIBUTION",
    "LICENCE",
    "OSM_THEMES",
    "ROAD_CLASSES",
    "SOURCE",
    "OsmTheme",
    "columns_of",
    "megawatts",
    "same",
]

SOURCE = "OpenStreetMap"
LICENCE = "ODbL 1.0"
ATTRIBUTION = "© OpenStreetMap contributors (ODbL)"
TRACED_M = 30.0

ROAD_CLASSES = (
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link", "tertiary",
    "tertiary_link", "unclassified", "residential", "living_street", "service", "road", "track",
)  # fmt: skip
"""Roads that vehicles use; what else `highway` says (paths, steps, what is only planned) is taken where it is asked for."""

_STATUS_KEYS = ("disused", "abandoned", "ruins", "construction", "proposed")
_BRIDGES = ("yes", "viaduct", "movable", "cantilever", "low_water_crossing", "trestle", "covered", "boardwalk")
_SETTLEMENTS_M = {
    "city": 8000.0, "town": 4000.0, "village": 2000.0, "suburb": 2000.0, "quarter": 1500.0, "neighbourhood": 1000.0,
    "hamlet": 1000.0, "locality": 2000.0, "isolated_dwelling": 500.0, "farm": 500.0,
}  # fmt: skip
_PLACE_KINDS = {"suburb": "PPLX", "quarter": "PPLX", "neighbourhood": "PPLX", "locality": "LCTY", "farm": "FRM"}
_HEALTH_KINDS = {"hospital": "HSP", "clinic": "HSPC", "doctors": "HSPC", "health_post": "HSPC", "pharmacy": "HSPD"}
_WATER_KINDS = {
    "water_well": "WLL", "drinking_water": "WTRW", "water_works": "WTRW", "pumping_station": "PMPW", "spring": "SPNG",
    "water_tower": "WTRW", "water_tank": "WTRW", "reservoir_covered": "WTRW", "wastewater_plant": "SWT", "water_point": "WLL",
}  # fmt: skip
_LAKES = {
    "lake": "LK",
    "reservoir": "RSV",
    "river": "STM",
    "canal": "CNL",
    "pond": "PND",
    "lagoon": "LGN",
    "oxbow": "LKO",
}
_SPEED = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(mph|km/h|kmh|kph|knots)?\s*")
_POWER = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(GW|MW|kW|W)p?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class OsmTheme:
    """
    One theme in OpenStreetMap's terms.

    Parameters
    ----------
    title
        For the catalogue.
    rules
        Keys and values: an element that meets any of them belongs to the theme.
    dimensions
        Which dimensions of geometry it has.
    columns
        From the tags as columns, what the layer says: `kind`, `status`, columns of the theme, `uncertainty_m`.
    keys
        Further tags that `columns` looks at.
    areas
        Keys that make an area of a closed way.
    quality
        The rows' `geometry_quality`.
    accuracy
        How their uncertainty came about.
    """

    title: str
    rules: Mapping[str, tuple[str, ...]]
    dimensions: frozenset[int]
    columns: Callable[[pd.DataFrame], dict[str, object]]
    keys: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    quality: str = "surveyed"
    accuracy: str = (
        f"Traced from imagery and surveyed; {TRACED_M:.0f} m is stated for what imagery offsets and tracing amount to."
    )

    @property
    def types(self) -> tuple[str, ...]:
        """Which types of element can have such a geometry."""
        lines = ("way",) if self.dimensions & (LINES | AREAS) else ()
        return (
            *(("node",) if self.dimensions & POINTS else ()),
            *lines,
            *(("relation",) if self.dimensions & AREAS else ()),
        )


def columns_of(theme: OsmTheme, tags: pd.DataFrame) -> pd.DataFrame:
    """The columns of a theme, a row an element, from its tags."""
    said = {"uncertainty_m": TRACED_M, "status": _status(tags)} | theme.columns(tags)
    return pd.DataFrame({name: _series(values, tags.index) for name, values in said.items()}, index=tags.index)


def same(value: object, count: int) -> np.ndarray:
    """An array that holds one object many times; NumPy's `full` and pandas would make a copy of a text for every row."""
    result = np.empty(count, dtype=object)
    result.fill(value)
    return result


def _series(values: object, index: pd.Index) -> pd.Series:
    """A column of numbers or of Python objects, never of pandas' own strings."""
    if isinstance(values, float):
        return pd.Series(values, index=index)
    if values is None or isinstance(values, str):
        return pd.Series(same(values, len(index)), index=index, dtype=object)
    array = np.asarray(values)
    return pd.Series(array, index=index, dtype=array.dtype if array.dtype.kind in "ifb" else object)


def _status(tags: pd.DataFrame) -> pd.Series:
    """Closed or planned where tags say so; else nothing is said."""
    status = pd.Series(same(None, len(tags)), index=tags.index, dtype=object)
    for key in ("proposed", "construction", "ruins", "abandoned", "disused"):
        if key in tags:
            status[(tags[key].notna() & ~tags[key].isin(["no", "minor"])).to_numpy()] = (
                "planned" if key in ("proposed", "construction") else "closed"
            )
    return status


def _first(tags: pd.DataFrame, *keys: str) -> pd.Series:
    """Of several tags the first that is there."""
    result = tags[keys[0]].astype(object)
    for key in keys[1:]:
        result = result.where(result.notna(), tags[key].astype(object))
    return result


def _kilovolts(value: object) -> float:
    """The highest voltage of a list of volts, in kilovolts."""
    volts = [float(part) for part in re.split(r"[;,/|]", str(value)) if part.strip().isdigit()]
    return max(volts) / 1000.0 if volts else float("nan")


def _kmh(value: object) -> float:
    """A speed limit in kilometres an hour; words such as `none` or `walk` are no number."""
    match = _SPEED.fullmatch(str(value))
    return float(match[1]) * {"mph": 1.609344, "knots": 1.852}.get(match[2] or "", 1.0) if match else float("nan")


def megawatts(value: object) -> float:
    """
    A capacity as it is tagged, in megawatts.

    Examples
    --------
    >>> megawatts("660 MW"), megawatts("1.2 GW"), megawatts("yes")
    (660.0, 1200.0, nan)
    """
    match = _POWER.fullmatch(str(value))
    factor = {"gw": 1000.0, "mw": 1.0, "kw": 1e-3, "w": 1e-6}
    return float(match[1].replace(",", ".")) * factor[match[2].lower()] if match else float("nan")


def _numbers(values: pd.Series, parse: Callable[[object], float]) -> pd.Series:
    """Each tag as a number; equal tags are parsed once."""
    known = {value: parse(value) for value in values.dropna().unique()}
    return values.map(known).astype(float)


def _population(value: object) -> float:
    """Inhabitants; commas, blanks and a `~` do not matter."""
    text = re.sub(r"[\s,~.']", "", str(value))
    return float(text) if text.isdigit() else float("nan")


def _roads(tags: pd.DataFrame) -> dict[str, object]:
    implied = tags["highway"].isin(["motorway", "motorway_link"]) | tags["junction"].isin(["roundabout", "circular"])
    oneway = (
        tags["oneway"].astype(object).replace({"-1": "reverse", "true": "yes", "1": "yes", "false": "no", "0": "no"})
    )
    return {
        "kind": "RD",
        "class": tags["highway"],
        "surface": tags["surface"],
        "oneway": oneway.where(oneway.notna() | ~implied, "yes"),
        "maxspeed_kmh": _numbers(tags["maxspeed"], _kmh),
        "ref": tags["ref"],
        "bridge": tags["bridge"].isin(_BRIDGES),
    }


def _bridges(tags: pd.DataFrame) -> dict[str, object]:
    road, rail = tags["highway"].notna().to_numpy(), tags["railway"].notna().to_numpy()
    carries = np.select([road & rail, road, rail], ["both", "road", "rail"], default="")
    return {"kind": "BDG", "carries": pd.Series(carries, index=tags.index, dtype=object).replace({"": None})}


def _railways(tags: pd.DataFrame) -> dict[str, object]:
    kinds = {"disused": "closed", "abandoned": "closed", "construction": "planned", "proposed": "planned"}
    stated = _status(tags.drop(columns=["construction", "proposed"]))  # there they name the class to come
    own = tags["railway"].astype(object).map(kinds)
    status = own.where(own.notna(), stated)
    classes = tags["railway"].astype(object).where(own.isna(), _first(tags, "construction", "proposed"))
    return {"kind": status.map({"closed": "RRQ"}).fillna("RR"), "class": classes.fillna("rail"), "status": status}


def _power_lines(tags: pd.DataFrame) -> dict[str, object]:
    return {"kind": None, "class": tags["power"], "voltage_kv": _numbers(tags["voltage"], _kilovolts)}


def _power_stations(tags: pd.DataFrame) -> dict[str, object]:
    fuel = _first(tags, "plant:source", "generator:source").str.replace(";", " and ")
    capacity = _first(tags, "plant:output:electricity", "generator:output:electricity")
    hydro = tags["plant:source"].isin(["hydro"]).to_numpy()
    return {"kind": np.where(hydro, "PSH", "PS"), "capacity_mw": _numbers(capacity, megawatts), "fuel": fuel}


def _substations(tags: pd.DataFrame) -> dict[str, object]:
    return {"kind": "FCL", "class": tags["substation"], "voltage_kv": _numbers(tags["voltage"], _kilovolts)}


def _pipelines(tags: pd.DataFrame) -> dict[str, object]:
    substance = _first(tags, "substance", "type")
    return {
        "kind": substance.map({"oil": "OILP", "gas": "GASP"}).where(substance.notna(), None),
        "substance": substance.replace({"natural_gas": "gas", "fuel": "products"}),
        "location": tags["location"],
    }


def _crossings(tags: pd.DataFrame) -> dict[str, object]:
    shut = tags["access"].isin(["no"]).to_numpy()
    status = _status(tags)
    return {"kind": "BDRB", "status": status.where(~shut | status.notna(), "closed")}


def _camps(tags: pd.DataFrame) -> dict[str, object]:
    population = _first(tags, "population", "capacity")
    return {"kind": "CMPRF", "camp_type": "refugees", "population": _numbers(population, _population)}


def _places(tags: pd.DataFrame) -> dict[str, object]:
    place = tags["place"].astype(object)
    kind = place.map(_PLACE_KINDS).fillna("PPL")
    town = place.isin(["city", "town", "village"]).to_numpy()
    capital = tags["capital"].astype(object)
    kind = kind.mask(town & capital.isin(["4"]).to_numpy(), "PPLA")
    kind = kind.mask(town & capital.isin(["yes", "2"]).to_numpy(), "PPLC")
    people = _numbers(tags["population"], _population)
    radius = np.where(people > 0, town_radius_m(people.fillna(0.0).to_numpy()), place.map(_SETTLEMENTS_M))
    return {"kind": kind, "class": place, "population": people, "uncertainty_m": radius}


def _health(tags: pd.DataFrame) -> dict[str, object]:
    facility = _first(tags, "amenity", "healthcare")
    facility = facility.where(facility.isin([*_HEALTH_KINDS]), tags["healthcare"].astype(object))
    return {"kind": facility.map(_HEALTH_KINDS).fillna("HSPC"), "class": facility, "operator": tags["operator"]}


def _water_points(tags: pd.DataFrame) -> dict[str, object]:
    facility = pd.Series(same(None, len(tags)), index=tags.index, dtype=object)
    for key in ("amenity", "man_made", "natural"):
        facility = facility.where(facility.notna(), tags[key].astype(object).where(tags[key].isin([*_WATER_KINDS])))
    return {"kind": facility.map(_WATER_KINDS), "class": facility, "drinking_water": tags["drinking_water"]}


def _dams(tags: pd.DataFrame) -> dict[str, object]:
    return {"kind": "DAM", "height_m": pd.to_numeric(tags["height"], errors="coerce"), "operator": tags["operator"]}


def _rivers(tags: pd.DataFrame) -> dict[str, object]:
    dry = tags["intermittent"].isin(["yes"]).to_numpy() | tags["waterway"].isin(["wadi"]).to_numpy()
    canal = tags["waterway"].isin(["canal"]).to_numpy()
    return {
        "kind": np.select([canal, dry], ["CNL", "STMI"], default="STM"),
        "class": tags["waterway"],
        "intermittent": dry,
    }


def _water(tags: pd.DataFrame) -> dict[str, object]:
    what = tags["water"].astype(object).mask(tags["landuse"].isin(["reservoir"]).to_numpy(), "reservoir")
    what = what.mask(tags["waterway"].isin(["riverbank"]).to_numpy(), "river")
    dry = tags["intermittent"].isin(["yes"]).to_numpy()
    return {"kind": what.map(_LAKES).fillna("H"), "class": what, "intermittent": dry}


OSM_THEMES: dict[str, OsmTheme] = {
    "roads": OsmTheme(
        "Roads", {"highway": ROAD_CLASSES}, LINES, _roads,
        keys=("name", "surface", "oneway", "maxspeed", "ref", "bridge", "junction"),
    ),
    "bridges": OsmTheme(
        "Bridges", {"bridge": _BRIDGES, "man_made": ("bridge",)}, LINES | AREAS, _bridges,
        keys=("highway", "railway", *_STATUS_KEYS), areas=("man_made",),
    ),
    "railways": OsmTheme(
        "Railways",
        {"railway": ("rail", "narrow_gauge", "light_rail", "subway", "disused", "abandoned", "construction", "proposed")},
        LINES, _railways, keys=_STATUS_KEYS,
    ),
    "power_lines": OsmTheme("Power lines", {"power": ("line", "minor_line", "cable")}, LINES, _power_lines,
                            keys=("voltage", *_STATUS_KEYS)),
    "power_stations": OsmTheme(
        "Power stations", {"power": ("plant",)}, POINTS | AREAS, _power_stations, areas=("power",),
        keys=("plant:source", "generator:source", "plant:output:electricity", "generator:output:electricity", *_STATUS_KEYS),
    ),
    "substations": OsmTheme("Substations", {"power": ("substation",)}, POINTS | AREAS, _substations, areas=("power",),
                            keys=("voltage", "substation", *_STATUS_KEYS)),
    "pipelines": OsmTheme("Pipelines", {"man_made": ("pipeline",)}, LINES, _pipelines,
                          keys=("substance", "type", "location", *_STATUS_KEYS)),
    "border_crossings": OsmTheme("Border crossings", {"barrier": ("border_control",)}, POINTS | LINES | AREAS, _crossings,
                                 areas=("barrier",), keys=("access", *_STATUS_KEYS)),
    "camps": OsmTheme("Refugee sites", {"amenity": ("refugee_site",)}, POINTS | AREAS, _camps, areas=("amenity",),
                      keys=("population", "capacity", *_STATUS_KEYS)),
    "places": OsmTheme(
        "Populated places", {"place": tuple(_SETTLEMENTS_M)}, POINTS, _places, keys=("population", "capital", *_STATUS_KEYS),
        quality="approximate",
        accuracy="The radius of a built-up area of the place's population, else one by its class (a city 8 km, a hamlet 1 km).",
    ),
    "health_facilities": OsmTheme(
        "Health facilities",
        {"amenity": ("hospital", "clinic", "doctors", "health_post", "pharmacy"),
         "healthcare": ("hospital", "clinic", "doctor", "centre", "midwife", "birthing_centre")},
        POINTS | AREAS, _health, areas=("amenity", "healthcare"), keys=("operator", *_STATUS_KEYS),
    ),
    "water_points": OsmTheme(
        "Water facilities",
        {"amenity": ("drinking_water", "water_point"), "natural": ("spring",),
         "man_made": ("water_well", "water_works", "water_tower", "water_tank", "pumping_station", "reservoir_covered",
                      "wastewater_plant")},
        POINTS | AREAS, _water_points, areas=("amenity", "man_made"), keys=("drinking_water", *_STATUS_KEYS),
    ),
    "dams": OsmTheme("Dams", {"waterway": ("dam",)}, POINTS | LINES | AREAS, _dams, areas=("waterway",),
                     keys=("height", "operator", *_STATUS_KEYS)),
    "rivers": OsmTheme("Rivers, canals and wadis", {"waterway": ("river", "canal", "wadi")}, LINES, _rivers,
                       keys=("intermittent", *_STATUS_KEYS)),
    "water": OsmTheme("Lakes, reservoirs and wide rivers",
                      {"natural": ("water",), "landuse": ("reservoir",), "waterway": ("riverbank",)}, AREAS, _water,
                      areas=("natural", "landuse", "waterway"), keys=("water", "intermittent", *_STATUS_KEYS)),
}  # fmt: skip
"""Every theme that OpenStreetMap gives, by the layer's name."""
