"""Which elements of OpenStreetMap each of our layers takes: one table of themes for every way by which the data comes.

An extract and Overpass read by it alike. Which columns an element's tags become stands in `osm_columns`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from geoops.core.osm_files import Wanted
from geoops.layers.sources.contract import AREAS, LINES, POINTS
from geoops.layers.sources.osm_columns import (
    BORDER_M,
    BRIDGES,
    SETTLEMENTS_M,
    TRACED_M,
    airports_columns,
    bridges_columns,
    camps_columns,
    crossings_columns,
    dams_columns,
    division_columns,
    health_columns,
    pipelines_columns,
    places_columns,
    power_lines_columns,
    power_stations_columns,
    railways_columns,
    rivers_columns,
    roads_columns,
    same,
    status_of,
    substations_columns,
    water_columns,
    water_points_columns,
)

__all__ = [
    "ATTRIBUTION",
    "LICENCE",
    "OSM_THEMES",
    "ROAD_CLASSES",
    "SOURCE",
    "OsmTheme",
    "columns_of",
]

SOURCE = "OpenStreetMap"
LICENCE = "ODbL 1.0"
ATTRIBUTION = "© OpenStreetMap contributors (ODbL)"

ROAD_CLASSES = (
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link", "tertiary",
    "tertiary_link", "unclassified", "residential", "living_street", "service", "road", "track",
)  # fmt: skip
"""Roads that vehicles use; what else `highway` says (paths, steps, what is only planned) is taken where it is asked for."""

_STATUS_KEYS = ("disused", "abandoned", "ruins", "construction", "proposed")


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
    every
        Keys and values that an element must have besides.
    only
        The types of element, where not all that could have such a geometry are meant.
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
    areas: tuple[str, ...] = ("area",)
    every: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    only: tuple[str, ...] | None = None
    quality: str = "surveyed"
    accuracy: str = (
        f"Traced from imagery and surveyed; {TRACED_M:.0f} m is stated for what imagery offsets and tracing amount to."
    )

    @property
    def types(self) -> tuple[str, ...]:
        """Which types of element can have such a geometry."""
        if self.only is not None:
            return self.only
        lines = ("way",) if self.dimensions & (LINES | AREAS) else ()
        return (
            *(("node",) if self.dimensions & POINTS else ()),
            *lines,
            *(("relation",) if self.dimensions & AREAS else ()),
        )

    @property
    def tags(self) -> list[str]:
        """The tags of which `columns` needs a column each."""
        return list(dict.fromkeys([*self.rules, *self.every, *self.keys]))

    @property
    def wanted(self) -> Wanted:
        """Which elements of an extract are the theme's."""
        return Wanted(self.rules, self.every, self.types)

    @property
    def located(self) -> bool:
        """Whether a feature lies in one country as a rule, so that it can be said in which."""
        return bool(self.dimensions & POINTS) or bool(self.every)


def columns_of(theme: OsmTheme, tags: pd.DataFrame) -> pd.DataFrame:
    """The columns of a theme, a row an element, from its tags."""
    said = {"uncertainty_m": TRACED_M, "status": status_of(tags)} | theme.columns(tags)
    return pd.DataFrame({name: _series(values, tags.index) for name, values in said.items()}, index=tags.index)


def _series(values: object, index: pd.Index) -> pd.Series:
    """A column of numbers or of Python objects, never of pandas' own strings."""
    if isinstance(values, float):
        return pd.Series(values, index=index)
    if values is None or isinstance(values, str):
        return pd.Series(same(values, len(index)), index=index, dtype=object)
    array = np.asarray(values)
    if array.dtype.kind in "ifb":
        return pd.Series(array, index=index)
    array = array.astype(object)
    array[pd.isna(array)] = None
    return pd.Series(array, index=index, dtype=object)


def _admin(title: str, kind: str, *levels: str) -> OsmTheme:
    """A theme of administrative areas: relations alone, for the ways of a border bear the same tags."""
    return OsmTheme(
        title, {"admin_level": levels}, AREAS, division_columns(kind), areas=("boundary",), every={"boundary": ("administrative",)},
        only=("relation",), keys=("ISO3166-1:alpha2", "ISO3166-1", "ISO3166-2", *_STATUS_KEYS),
        accuracy=f"Borders as mapped, from what sources each has: {BORDER_M:.0f} m is stated. Who controls a territory is not said.",
    )  # fmt: skip


OSM_THEMES: dict[str, OsmTheme] = {
    "roads": OsmTheme(
        "Roads", {"highway": ROAD_CLASSES}, LINES, roads_columns,
        keys=("name", "surface", "oneway", "maxspeed", "ref", "bridge", "junction"),
    ),
    "bridges": OsmTheme(
        "Bridges", {"bridge": BRIDGES, "man_made": ("bridge",)}, LINES | AREAS, bridges_columns,
        keys=("highway", "railway", *_STATUS_KEYS), areas=("man_made",),
    ),
    "railways": OsmTheme(
        "Railways",
        {"railway": ("rail", "narrow_gauge", "light_rail", "subway", "disused", "abandoned", "construction", "proposed")},
        LINES, railways_columns, keys=_STATUS_KEYS,
    ),
    "power_lines": OsmTheme("Power lines", {"power": ("line", "minor_line", "cable")}, LINES, power_lines_columns,
                            keys=("voltage", *_STATUS_KEYS)),
    "power_stations": OsmTheme(
        "Power stations", {"power": ("plant",)}, POINTS | AREAS, power_stations_columns, areas=("power",),
        keys=("plant:source", "generator:source", "plant:output:electricity", "generator:output:electricity", *_STATUS_KEYS),
    ),
    "substations": OsmTheme("Substations", {"power": ("substation",)}, POINTS | AREAS, substations_columns, areas=("power",),
                            keys=("voltage", "substation", *_STATUS_KEYS)),
    "pipelines": OsmTheme("Pipelines", {"man_made": ("pipeline",)}, LINES, pipelines_columns,
                          keys=("substance", "type", "location", *_STATUS_KEYS)),
    "border_crossings": OsmTheme("Border crossings", {"barrier": ("border_control",)}, POINTS | LINES | AREAS, crossings_columns,
                                 areas=("barrier",), keys=("access", *_STATUS_KEYS)),
    "camps": OsmTheme("Refugee sites", {"amenity": ("refugee_site",)}, POINTS | AREAS, camps_columns, areas=("amenity",),
                      keys=("population", "capacity", *_STATUS_KEYS)),
    "places": OsmTheme(
        "Populated places", {"place": tuple(SETTLEMENTS_M)}, POINTS, places_columns, keys=("population", "capital", *_STATUS_KEYS),
        quality="approximate",
        accuracy="The radius of a built-up area of the place's population, else one by its class (a city 8 km, a hamlet 1 km).",
    ),
    "health_facilities": OsmTheme(
        "Health facilities",
        {"amenity": ("hospital", "clinic", "doctors", "health_post", "pharmacy"),
         "healthcare": ("hospital", "clinic", "doctor", "centre", "midwife", "birthing_centre")},
        POINTS | AREAS, health_columns, areas=("amenity", "healthcare"), keys=("operator", *_STATUS_KEYS),
    ),
    "water_points": OsmTheme(
        "Water facilities",
        {"amenity": ("drinking_water", "water_point"), "natural": ("spring",),
         "man_made": ("water_well", "water_works", "water_tower", "water_tank", "pumping_station", "reservoir_covered",
                      "wastewater_plant")},
        POINTS | AREAS, water_points_columns, areas=("amenity", "man_made"), keys=("drinking_water", *_STATUS_KEYS),
    ),
    "dams": OsmTheme("Dams", {"waterway": ("dam",)}, POINTS | LINES | AREAS, dams_columns, areas=("waterway",),
                     keys=("height", "operator", *_STATUS_KEYS)),
    "rivers": OsmTheme("Rivers, canals and wadis", {"waterway": ("river", "canal", "wadi")}, LINES, rivers_columns,
                       keys=("intermittent", *_STATUS_KEYS)),
    "water": OsmTheme("Lakes, reservoirs and wide rivers",
                      {"natural": ("water",), "landuse": ("reservoir",), "waterway": ("riverbank",)}, AREAS, water_columns,
                      areas=("natural", "landuse", "waterway"), keys=("water", "intermittent", *_STATUS_KEYS)),
    "airports": OsmTheme("Airports and airstrips", {"aeroway": ("aerodrome", "airstrip")}, POINTS | AREAS, airports_columns,
                         areas=("aeroway",), keys=("icao", "iata", "ele", *_STATUS_KEYS)),
    "countries": _admin("Countries", "PCLI", "2"),
    "admin1": _admin("First-order divisions", "ADM1", "4"),
    "admin2": _admin("Second-order divisions", "ADM2", "5", "6"),
}  # fmt: skip
"""Every theme that OpenStreetMap gives, by the layer's name."""
