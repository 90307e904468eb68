"""Airports of the world from the package `airportsdata` (MIT): points with codes and elevations."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geoops.core.tables import read_table
from geoops.core.text import one_line

__all__ = ["LICENCE", "airports"]

LICENCE = "MIT"
FEET_PER_METRE = 1.0 / 0.3048


def airports(package: Path) -> gpd.GeoDataFrame:
    """
    One row an airport: `id, name, country, icao, iata, municipality, elevation_m`.

    The package gives elevations in feet. A position at (0, 0) is a gap in its source and left out.
    """
    needs = ["icao", "iata", "lid", "name", "city", "country", "lat", "lon", "elevation"]
    table = read_table(package / "airportsdata/airports.csv", needs=needs)
    for column in ("lat", "lon", "elevation"):
        table[column] = pd.to_numeric(table[column]).astype(float)
    known = np.isfinite(table["lon"]) & np.isfinite(table["lat"]) & ~((table["lon"] == 0) & (table["lat"] == 0))
    table = table[known & (table["lat"].abs() <= 90) & (table["lon"].abs() <= 180)].reset_index(drop=True)
    code = table["icao"].where(table["icao"].notna(), table["lid"])
    return gpd.GeoDataFrame(
        {
            "id": "airport/" + code.astype(str),
            "name": [one_line(str(n)) if isinstance(n, str) else None for n in table["name"]],
            "country": table["country"],
            "icao": table["icao"],
            "iata": table["iata"],
            "municipality": [one_line(n) if isinstance(n, str) else None for n in table["city"]],
            "elevation_m": (table["elevation"] / FEET_PER_METRE).round(1),
        },
        geometry=gpd.points_from_xy(table["lon"], table["lat"]),
        crs="EPSG:4326",
    )
