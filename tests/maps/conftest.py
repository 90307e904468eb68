"""A small invented country and its neighbour, so that figures are tested without any embedded data."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rioxarray  # noqa: F401  registers the accessor
import shapely
import xarray as xr

from geoops.core.errors import UnknownLayerError
from geoops.core.schema import LAYER_COLUMNS
from geoops.maps import basedata


def layer(theme, geometry, **columns):
    """Features with every column of the contract and an entry of the catalogue."""
    frame = gpd.GeoDataFrame(geometry=list(geometry), crs="EPSG:4326")
    for column in LAYER_COLUMNS:
        if column != "geometry":
            frame[column] = None
    frame["id"] = [f"{theme}/{i}" for i in range(len(frame))]
    for column, values in columns.items():
        frame[column] = values
    frame["source"], frame["licence"], frame["source_date"] = "Survey of Testland", "CC BY 4.0", "2024-05-01"
    frame.attrs["layer"] = {
        "name": theme, "title": theme, "source": "Survey of Testland", "attribution": "Survey of Testland", "licence": "CC BY 4.0",
        "date": "2024-05-01", "publish": True, "catalog": "/somewhere/catalog.toml",
    }  # fmt: skip
    return frame


def world():
    """Two countries over the whole globe, split at 41° E, with a river, roads, towns and hills."""
    west, east = shapely.box(-180, -90, 41, 90), shapely.box(41, -90, 180, 90)
    rng = np.random.default_rng(5)
    towns = rng.uniform([36, 33], [46, 37.5], (60, 2))
    lon, lat = np.arange(34.0, 48.01, 0.1), np.arange(39.0, 30.99, -0.1)
    grid_lon, grid_lat = np.meshgrid(lon, lat)
    hills = 500 + 400 * np.sin(grid_lon * 3) * np.cos(grid_lat * 4)
    terrain = xr.DataArray(hills, dims=("y", "x"), coords={"y": lat, "x": lon}).rio.write_crs("EPSG:4326")
    terrain.attrs["layer"] = dict(layer("terrain", []).attrs["layer"])
    river = shapely.LineString([(36 + t, 35 + 0.8 * np.sin(t)) for t in np.linspace(0, 10, 80)])
    return {
        "countries": layer("countries", [west, east], name=["Westland", "Eastland"], name_local=["الغرب", "الشرق"], country=["WL", "EL"]),
        "boundaries": layer("boundaries", [shapely.LineString([(41, -80), (41, 80)])], status="international"),
        "admin1": layer("admin1", [shapely.box(35, 33, 38, 36), shapely.box(38, 33, 41, 36)], country="WL", name=["One", "Two"]),
        "rivers": layer("rivers", [river], name="Long River", rank=2),
        "water": layer("water", [shapely.Point(39, 34).buffer(0.2)], name="Lake"),
        "roads": layer("roads", [shapely.LineString([(35, 34), (46, 36)]), shapely.LineString([(38, 33), (39, 37)])], **{"class": ["trunk", "primary"]}),
        "railways": layer("railways", [shapely.LineString([(35, 36), (46, 34)])]),
        "places": layer("places", shapely.points(towns), name=[f"Town {i}" for i in range(60)], population=rng.integers(20_000, 900_000, 60), kind="PPL"),
        "terrain": terrain,
        "oil_gas_fields": layer("oil_gas_fields", shapely.points([(40.2, 35.2), (42.5, 36.1), (70.0, 10.0)]), name=["A", "B", "Far"], status=["operating", "shut", "operating"]),
        "power_stations": layer("power_stations", shapely.points([(40.8, 36.3), (43.9, 35.0)]), name=["P", "Q"], status="operating", capacity_mw=[100.0, 900.0]),
        "pipelines": layer("pipelines", [shapely.LineString([(39, 34), (44, 35.5)])], substance="oil", geometry_quality="schematic"),
        "border_crossings": layer("border_crossings", shapely.points([(41.0, 35.5), (41.0, 36.6)]), name=["Gate", "Ford"], status=["open", "closed"]),
        "secret": layer("secret", shapely.points([(40.0, 35.0)]), name=["X"]),
    }  # fmt: skip


@pytest.fixture
def testland(monkeypatch):
    """The layers room answers with the invented world; what it answered before is forgotten."""
    layers = world()
    layers["secret"].attrs["layer"]["publish"] = False

    def load(name, region, catalog):
        if name not in layers:
            msg = f"no layer {name!r}; there are {', '.join(layers)}"
            raise UnknownLayerError(msg)
        found = layers[name]
        if isinstance(found, xr.DataArray):
            return found
        kept = found[found.intersects(shapely.box(*region))]
        kept.attrs = dict(found.attrs)
        return kept

    monkeypatch.setattr(basedata, "_load", load)
    basedata._CACHE.clear()
    yield layers
    basedata._CACHE.clear()


@pytest.fixture
def sites():
    """Two exact places, one within a disc, one area, one without a place."""
    frame = gpd.GeoDataFrame(
        {
            "name": ["Kalda", "Orim", "Senn camp", "Vara Hills", "Nowhere"],
            "name_local": ["كلدا", "أوريم", "مخيم سن", "تلال فارا", None],
            "country": ["WL", "EL", "WL", "EL", None],
            "uncertainty_m": [1000.0, 1500.0, 25_000.0, 60_000.0, 0.0],
            "status": ["resolved", "ambiguous", "resolved", "resolved", "not_found"],
        },
        geometry=[
            shapely.Point(40.1, 35.3),
            shapely.Point(44.4, 35.5),
            shapely.Point(38.6, 36.3),
            shapely.Point(44.6, 34.6),
            None,
        ],
        crs="EPSG:4326",
        index=["k", "o", "s", "v", "n"],
    )
    hills = shapely.LineString([(43.2, 35.1), (44.3, 34.6), (45.4, 33.8)]).buffer(0.16)
    frame["extent"] = gpd.GeoSeries([None, None, None, hills, None], index=frame.index, crs="EPSG:4326")
    return frame


@pytest.fixture
def nearest_tables(sites):
    """Proximity tables of the invented sites, made up: maps draw what they are given."""
    placed = sites.iloc[:3]
    tables = {}
    for theme, shift in (("oil_gas_fields", 0.15), ("roads", -0.1)):
        lines = [shapely.LineString([p, (p.x + shift, p.y + shift)]) for p in placed.geometry]
        tables[theme] = gpd.GeoDataFrame(
            {
                "site": placed.index, "site_name": placed["name"].to_numpy(), "feature": [0, 0, 1], "feature_name": ["A", "A", "B"],
                "distance_km": [12.4, 8.25, 21.0], "low_km": [9.0, 6.0, 0.0], "high_km": [15.0, 10.0, 46.0], "bearing_deg": 45.0,
                "status": "found",
            },
            geometry=lines, crs="EPSG:4326",
        )  # fmt: skip
    tables["roads"].loc[2, ["distance_km", "low_km", "high_km"]] = np.nan
    tables["roads"].loc[2, "status"] = "none"
    for table in tables.values():
        table.attrs["edges"] = "geodesic"
    return tables


def months(count):
    """Dates spread over a number of months."""
    return pd.date_range("2023-01-15", periods=count, freq="MS")
