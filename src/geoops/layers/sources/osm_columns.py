"""What the tags of OpenStreetMap's elements become: the columns of each theme, and numbers out of what people type.

Tag values follow the OpenStreetMap wiki; what is not tagged, or is no number, stays missing. Positions are stated with 30 m: imagery
offsets and hand tracing of the order of 10 to 20 m are usual; a settlement's node stands for its built-up area.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

__all__ = [
    "BORDER_M",
    "BRIDGES",
    "SETTLEMENTS_M",
    "TRACED_M",
    "airports_columns",
    "bridges_columns",
    "camps_columns",
    "crossings_columns",
    "dams_columns",
    "division_columns",
    "health_columns",
    "megawatts",
    "pipelines_columns",
    "places_columns",
    "power_lines_columns",
    "power_stations_columns",
    "railways_columns",
    "rivers_columns",
    "roads_columns",
    "same",
    "status_of",
    "substations_columns",
    "water_columns",
    "water_points_columns",
]

TRACED_M = 30.0
BORDER_M = 500.0

BRIDGES = ("yes", "viaduct", "movable", "cantilever", "low_water_crossing", "trestle", "covered", "boardwalk")
SETTLEMENTS_M = {
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
_HEIGHT = re.compile(r"\s*(-?\d+(?:[.,]\d+)?)\s*(m|ft|')?\s*")
_POWER = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(GW|MW|kW|W)p?\s*", re.IGNORECASE)


def same(value: object, count: int) -> np.ndarray:
    """An array that holds one object many times; NumPy's `full` and pandas would make a copy of a text for every row."""
    result = np.empty(count, dtype=object)
    result.fill(value)
    return result


def status_of(tags: pd.DataFrame) -> pd.Series:
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


def roads_columns(tags: pd.DataFrame) -> dict[str, object]:
    """Class, surface, direction, speed limit, number, bridge."""
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
        "bridge": tags["bridge"].isin(BRIDGES),
    }


def bridges_columns(tags: pd.DataFrame) -> dict[str, object]:
    """What a bridge carries."""
    road, rail = tags["highway"].notna().to_numpy(), tags["railway"].notna().to_numpy()
    carries = np.select([road & rail, road, rail], ["both", "road", "rail"], default="")
    return {"kind": "BDG", "carries": pd.Series(carries, index=tags.index, dtype=object).replace({"": None})}


def railways_columns(tags: pd.DataFrame) -> dict[str, object]:
    """Class and status; of a line to come the class that it will have."""
    kinds = {"disused": "closed", "abandoned": "closed", "construction": "planned", "proposed": "planned"}
    stated = status_of(tags.drop(columns=["construction", "proposed"]))  # there they name the class to come
    own = tags["railway"].astype(object).map(kinds)
    status = own.where(own.notna(), stated)
    classes = tags["railway"].astype(object).where(own.isna(), _first(tags, "construction", "proposed"))
    return {"kind": status.map({"closed": "RRQ"}).fillna("RR"), "class": classes.fillna("rail"), "status": status}


def power_lines_columns(tags: pd.DataFrame) -> dict[str, object]:
    """Class and voltage."""
    return {"kind": None, "class": tags["power"], "voltage_kv": _numbers(tags["voltage"], _kilovolts)}


def power_stations_columns(tags: pd.DataFrame) -> dict[str, object]:
    """Capacity and fuel."""
    fuel = _first(tags, "plant:source", "generator:source")
    fuel = fuel.map({value: str(value).replace(";", " and ") for value in fuel.dropna().unique()})
    capacity = _first(tags, "plant:output:electricity", "generator:output:electricity")
    hydro = tags["plant:source"].isin(["hydro"]).to_numpy()
    return {"kind": np.where(hydro, "PSH", "PS"), "capacity_mw": _numbers(capacity, megawatts), "fuel": fuel}


def substations_columns(tags: pd.DataFrame) -> dict[str, object]:
    """Class and voltage."""
    return {"kind": "FCL", "class": tags["substation"], "voltage_kv": _numbers(tags["voltage"], _kilovolts)}


def pipelines_columns(tags: pd.DataFrame) -> dict[str, object]:
    """What flows in it, and whether above or under ground."""
    names = {"natural_gas": "gas", "fuel": "products", "crude_oil": "oil", "petroleum": "oil"}
    substance = _first(tags, "substance", "type").replace(names)
    return {
        "kind": substance.map({"oil": "OILP", "gas": "GASP"}),
        "substance": substance,
        "location": tags["location"],
    }


def crossings_columns(tags: pd.DataFrame) -> dict[str, object]:
    """Whether a crossing is shut."""
    shut = tags["access"].isin(["no"]).to_numpy()
    status = status_of(tags)
    return {"kind": "BDRB", "status": status.where(~shut | status.notna(), "closed")}


def camps_columns(tags: pd.DataFrame) -> dict[str, object]:
    """How many people live there, or can."""
    population = _first(tags, "population", "capacity")
    return {"kind": "CMPRF", "camp_type": "refugees", "population": _numbers(population, _population)}


def places_columns(tags: pd.DataFrame) -> dict[str, object]:
    """Class, inhabitants, and a radius that holds the place."""
    from geoops.layers.sources.geonames import town_radius_m

    place = tags["place"].astype(object)
    kind = place.map(_PLACE_KINDS).fillna("PPL")
    town = place.isin(["city", "town", "village"]).to_numpy()
    capital = tags["capital"].astype(object)
    kind = kind.mask(town & capital.isin(["4"]).to_numpy(), "PPLA")
    kind = kind.mask(town & capital.isin(["yes", "2"]).to_numpy(), "PPLC")
    people = _numbers(tags["population"], _population)
    radius = np.where(people > 0, town_radius_m(people.fillna(0.0).to_numpy()), place.map(SETTLEMENTS_M))
    return {"kind": kind, "class": place, "population": people, "uncertainty_m": radius}


def health_columns(tags: pd.DataFrame) -> dict[str, object]:
    """Which facility, and who runs it."""
    facility = _first(tags, "amenity", "healthcare")
    facility = facility.where(facility.isin([*_HEALTH_KINDS]), tags["healthcare"].astype(object))
    return {"kind": facility.map(_HEALTH_KINDS).fillna("HSPC"), "class": facility, "operator": tags["operator"]}


def water_points_columns(tags: pd.DataFrame) -> dict[str, object]:
    """Which facility, and whether one may drink."""
    facility = pd.Series(same(None, len(tags)), index=tags.index, dtype=object)
    for key in ("amenity", "man_made", "natural"):
        facility = facility.where(facility.notna(), tags[key].astype(object).where(tags[key].isin([*_WATER_KINDS])))
    return {"kind": facility.map(_WATER_KINDS), "class": facility, "drinking_water": tags["drinking_water"]}


def _codes(values: pd.Series, pattern: str) -> pd.Series:
    """Those of the tags that have the form of a code."""
    return values.map({value: value for value in values.dropna().unique() if re.fullmatch(pattern, str(value))})


def _metres(value: object) -> float:
    """A height in metres; feet only where they are written behind the number."""
    match = _HEIGHT.fullmatch(str(value))
    return float(match[1].replace(",", ".")) * (0.3048 if match[2] in ("ft", "'") else 1.0) if match else float("nan")


def dams_columns(tags: pd.DataFrame) -> dict[str, object]:
    """Height and who runs it."""
    return {"kind": "DAM", "height_m": _numbers(tags["height"], _metres), "operator": tags["operator"]}


def rivers_columns(tags: pd.DataFrame) -> dict[str, object]:
    """River, canal or wadi, and whether it runs dry."""
    dry = tags["intermittent"].isin(["yes"]).to_numpy() | tags["waterway"].isin(["wadi"]).to_numpy()
    canal = tags["waterway"].isin(["canal"]).to_numpy()
    return {
        "kind": np.select([canal, dry], ["CNL", "STMI"], default="STM"),
        "class": tags["waterway"],
        "intermittent": dry,
    }


def water_columns(tags: pd.DataFrame) -> dict[str, object]:
    """Which water, and whether it runs dry."""
    what = tags["water"].astype(object).mask(tags["landuse"].isin(["reservoir"]).to_numpy(), "reservoir")
    what = what.mask(tags["waterway"].isin(["riverbank"]).to_numpy(), "river")
    dry = tags["intermittent"].isin(["yes"]).to_numpy()
    return {"kind": what.map(_LAKES).fillna("H"), "class": what, "intermittent": dry}


def airports_columns(tags: pd.DataFrame) -> dict[str, object]:
    """Codes and elevation."""
    kinds = {"heliport": "AIRH", "airstrip": "AIRF"}
    return {
        "kind": tags["aeroway"].astype(object).map(kinds).fillna("AIRP"),
        "icao": _codes(tags["icao"], "[A-Z0-9]{4}"),
        "iata": _codes(tags["iata"], "[A-Z]{3}"),
        "elevation_m": _numbers(tags["ele"], _metres),
        "class": tags["aeroway"],
    }


def division_columns(kind: str) -> Callable[[pd.DataFrame], dict[str, object]]:
    """The columns of divisions of one level."""

    def columns(tags: pd.DataFrame) -> dict[str, object]:
        country = _codes(_first(tags, "ISO3166-1:alpha2", "ISO3166-1"), "[A-Z]{2}")
        more = {"country": country} if kind == "PCLI" else {"iso_3166_2": tags["ISO3166-2"]}
        return {"kind": kind, **more, "admin_level": tags["admin_level"], "uncertainty_m": BORDER_M}

    return columns
