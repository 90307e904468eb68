"""Natural Earth, 1:10 million, as three packages carry it: countries, divisions, boundary lines, rivers, capitals.

Natural Earth is in the public domain. It shows who controls a territory, names disputes as such in its feature classes,
and these classes are kept. What the packages lack (ISO codes, Arabic names) is joined in elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from geoops.core.reading import read_vector
from geoops.layers.sources.antimeridian import cut_at_antimeridian

__all__ = [
    "LICENCE",
    "STATUS_OF_CLASS",
    "admin1",
    "boundary_lines",
    "claims",
    "countries",
    "populated_places",
    "rivers",
]

LICENCE = "public domain"

STATUS_OF_CLASS = {
    "International boundary (verify)": "international",
    "International boundary (Magics)": "international",
    "Disputed (please verify)": "disputed",
    "ForgetMagics": "disputed",  # the packager's mark on the Western Sahara line, which Natural Earth calls disputed
    "Indefinite (please verify)": "indefinite",
    "Indeterminant frontier": "indefinite",
    "Line of control (please verify)": "line of control",
    "Overlay limit": "zone limit",
    "Lease limit": "lease limit",
}
"""Natural Earth's feature class of an admin-0 line, and the `status` that a layer gives it."""

_MAGICS = Path("usr/share/magics/10m")
_QGIS = Path("usr/share/qgis/resources/data/world_map.gpkg")


def countries(world_atlas: Path) -> gpd.GeoDataFrame:
    """
    Countries of the world from `countries-10m.json`: `number` (ISO 3166-1 numeric, missing for some), `name`.

    Parts of one country that the file lists apart (Australia's Ashmore and Cartier) are joined.
    """
    frame = read_vector(world_atlas / "package/countries-10m.json", layer="countries")
    frame = frame.rename(columns={"id": "number"})[["number", "name", "geometry"]]
    # The file closes Fiji, Russia and Antarctica across the whole globe; they would lie in Africa as well.
    frame["geometry"] = shapely.make_valid(cut_at_antimeridian(frame.geometry.to_numpy(), no_frame=True)[0])
    frame["key"] = frame["number"].where(frame["number"].notna(), frame["name"])
    frame["area"] = shapely.area(frame.geometry.to_numpy())
    frame = frame.sort_values(["key", "area"], ascending=[True, False], kind="stable")
    joined = frame.dissolve(by="key", aggfunc={"number": "first", "name": "first"})
    joined = joined[~joined.geometry.is_empty]  # the Vatican, which the file rounds away
    return gpd.GeoDataFrame(joined.reset_index(drop=True), geometry="geometry", crs=frame.crs)


def admin1(qgis: Path) -> gpd.GeoDataFrame:
    """First-order divisions of the world: `iso_a2, adm0_a3, name, woe_name, gn_name, woe_label, fips`."""
    frame = read_vector(qgis / _QGIS, layer="states_provinces")
    frame["geometry"] = shapely.make_valid(frame.geometry.to_numpy())
    return frame


def boundary_lines(magics: Path) -> gpd.GeoDataFrame:
    """Admin-0 lines: `left, right` (names), `left_a3, right_a3`, `status`, `name`, `note`."""
    frame = read_vector(magics / _MAGICS / "ne_10m_admin_0_boundary_lines_land.shp")
    unknown = sorted(set(frame["featurecla"]) - set(STATUS_OF_CLASS))
    if unknown:
        msg = f"boundary lines: feature classes {unknown} have no status; add them to STATUS_OF_CLASS"
        raise ValueError(msg)
    return gpd.GeoDataFrame(
        {
            "left": frame["adm0_left"],
            "right": frame["adm0_right"],
            "left_a3": frame["adm0_a3_l"],
            "right_a3": frame["adm0_a3_r"],
            "status": frame["featurecla"].map(STATUS_OF_CLASS),
            "name": frame["name"],
            "note": frame["comment"],
        },
        geometry=frame.geometry,
        crs=frame.crs,
    )


def claims(qgis: Path) -> gpd.GeoDataFrame:
    """Lines of claims and ceasefires that lie beside the controlled borders: `left_a3`, `right_a3`, `status`, `name`."""
    frame = read_vector(qgis / _QGIS, layer="disputed_borders")
    ceasefire = frame["name"].str.startswith("Ceasefire")
    return gpd.GeoDataFrame(
        {
            "left": frame["adm0_left"],
            "right": frame["adm0_right"],
            "left_a3": frame["adm0_a3_l"],
            "right_a3": frame["adm0_a3_r"],
            "status": ceasefire.map({True: "line of control", False: "disputed"}),
            "name": frame["name"],
        },
        geometry=frame.geometry,
        crs=frame.crs,
    )


def rivers(magics: Path) -> gpd.GeoDataFrame:
    """River centrelines, also through lakes: `name`, `rank` (Natural Earth's scale rank: 0 largest), `through_lake`."""
    frame = read_vector(magics / _MAGICS / "ne_10m_rivers_lake_centerlines.shp")
    return gpd.GeoDataFrame(
        {
            "number": frame["rivernum"],
            "name": frame["name"],
            "name_alt": frame["name_alt"],
            "rank": frame["scalerank"].astype("int16"),
            "through_lake": frame["featurecla"] == "Lake Centerline",
        },
        geometry=frame.geometry,
        crs=frame.crs,
    )


def populated_places(magics: Path) -> pd.DataFrame:
    """Towns with what they are the capital of: `geonameid` (-1 unknown), `name`, `lon`, `lat`, `iso_a2`, `kind`."""
    frame = read_vector(magics / _MAGICS / "ne_10m_populated_places_simple.shp")
    kinds: Mapping[str, str] = {"Admin-0 capital": "PPLC", "Admin-1 capital": "PPLA", "Admin-1 region capital": "PPLA"}
    return pd.DataFrame(
        {
            "geonameid": frame["geonameid"].fillna(-1).astype("int64"),
            "name": frame["name"],
            "lon": frame.geometry.x,
            "lat": frame.geometry.y,
            "iso_a2": frame["iso_a2"],
            "kind": frame["featurecla"].map(kinds),
        }
    )
