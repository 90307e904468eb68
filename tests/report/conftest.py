"""A small analysis made by hand, so that words, tables and pages are tested on numbers that are known."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rioxarray  # noqa: F401
import shapely
import xarray as xr

from geoops.core.schema import WGS84, as_sites
from geoops.core.types import Corridor
from geoops.report import Brief
from geoops.report.analysis import Analysis

HOSTILE = ["<script>alert(1)</script>", "{{7*7}}", '=HYPERLINK("http://example.org","x")', "a\u202eb | *c*\n"]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """What is remembered of bundles is remembered for one test only."""
    monkeypatch.setenv("GEOOPS_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def brief():
    return _brief()


def _brief():
    return Brief.model_validate(
        {
            "title": "Named places",
            "date": "2025-06-30",
            "sites": [
                {"name": "Alpha", "note": "A market.", "cites": ["one"]},
                {"name": "Beta"},
                {"name": "The Range"},
                {"name": "Nowhere"},
            ],
            "citations": [{"id": "one", "title": "A report", "publisher": "A paper", "date": "2025-05-01"}],
            "proximity": {"themes": ["wells", "roads"], "rings_km": [25]},
            "corridors": {"pairs": [{"from": "Alpha", "to": "Beta"}, {"from": "Beta", "to": "The Range"}]},
        }
    )


def nearest_table(rows):
    """A proximity table from (site, name, distance, low, high)."""
    return gpd.GeoDataFrame(
        {
            "site": [r[0] for r in rows],
            "site_name": [r[1] for r in rows],
            "feature": [0] * len(rows),
            "feature_name": ["Well 1"] * len(rows),
            "distance_km": [r[2] for r in rows],
            "low_km": [r[3] for r in rows],
            "high_km": [r[4] for r in rows],
            "bearing_deg": [90.0] * len(rows),
            "status": ["found" if np.isfinite(r[2]) else "none" for r in rows],
        },
        geometry=[shapely.LineString([(40, 35), (40.1, 35)]) if np.isfinite(r[2]) else None for r in rows],
        crs=WGS84,
    )


@pytest.fixture
def sites():
    frame = as_sites(
        gpd.GeoDataFrame(
            {
                "name": ["Alpha", "Beta", "The Range", "Nowhere"],
                "name_local": ["ألفا", None, None, None],
                "country": ["SY", "IQ", "IQ", None],
                "kind": ["PPL", "PPL", "MTS", None],
                "uncertainty_m": [500.0, 5000.0, 20000.0, 0.0],
            },
            geometry=[shapely.Point(40.0, 35.0), shapely.Point(41.0, 35.0), shapely.Point(42.0, 35.5), None],
            crs=WGS84,
        )
    )
    frame["extent"] = gpd.GeoSeries([None, None, shapely.box(41.8, 35.3, 42.2, 35.7), None], crs=WGS84)
    frame["source"] = ["GeoNames", "GeoNames", "hand", None]
    frame["gazetteer_name"] = ["Alpha City", "Beta", "Range", None]
    frame["note"] = ["A market.", "", "", ""]
    frame["cites"] = ["one", "", "", ""]
    return frame


@pytest.fixture
def journey():
    lon, lat = np.linspace(39.5, 41.5, 5), np.linspace(35.5, 34.5, 3)
    extra = xr.DataArray(np.zeros((3, 5)), dims=("y", "x"), coords={"y": lat, "x": lon}).rio.write_crs(WGS84)
    crossings = gpd.GeoDataFrame({"name": ["Gate"], "km": [48.2]}, geometry=[shapely.Point(40.5, 35)], crs=WGS84)
    return Corridor(
        "Alpha", "Beta", 2.5, 100.0, 0.2, extra,
        shapely.MultiPolygon([shapely.box(39.9, 34.9, 41.1, 35.1)]), shapely.LineString([(40, 35), (41, 35)]),
        road_share=0.8, climb_m=120.0, crossings=crossings, mode="vehicle",
        attrs={
            "stencil": 32,
            "stencil_error_max": 0.0196,
            "friction": {
                "cell_deg": 1 / 120, "assumptions": ["No rest."], "catalog": "/somewhere",
                "speeds": [{"applies": "road", "key": "motorway", "low": 50.0, "best": 70.0, "high": 90.0, "source": "a guess"}],
            },
        },
    )  # fmt: skip


@pytest.fixture
def no_journey(journey):
    return Corridor(
        "Beta", "The Range", float("inf"), float("nan"), 0.2, journey.extra_h, shapely.MultiPolygon(),
        shapely.LineString(), mode="vehicle", status="no_path", reason="a river without a bridge",
    )  # fmt: skip


@pytest.fixture
def analysis(sites, journey, no_journey):
    wells = gpd.GeoDataFrame({"name": ["Well 1"]}, geometry=[shapely.Point(40.1, 35.0)], crs=WGS84)
    wells.attrs["layer"] = {
        "name": "wells", "title": "Wells", "source": "A survey", "date": "2024", "licence": "CC BY 4.0", "attribution": "© Surveyors",
        "uncertainty_m": 900.0, "catalog": "/somewhere/catalog.toml", "files": [{"path": "wells.parquet", "sha256": "ab"}],
    }  # fmt: skip
    within = pd.DataFrame({"theme": ["wells"], "site": [0], "radius_km": [25.0], "count": [1]})
    return Analysis(
        sites,
        (39.0, 34.0, 43.0, 36.0),
        {"wells": wells},
        {
            "wells": nearest_table(
                [
                    (0, "Alpha", 9.1, 8.6, 9.6),
                    (1, "Beta", 82.0, 77.0, 87.0),
                    (3, "Nowhere", float("nan"), float("nan"), float("nan")),
                ]
            ),
            "roads": nearest_table(
                [(0, "Alpha", 12.0, 11.5, 12.5), (1, "Beta", 3.0, 0.0, 8.0), (2, "The Range", 1.0, 0.0, 20.0)]
            ),
        },
        None,
        within,
        {"vehicle": [journey, no_journey]},
        ('site "Nowhere" was not found',),
        {"IQ": "Iraq"},
    )


CATALOG = """
[layers.wells]
title = "Wells"
geometry = "points"
source = "A survey"
date = "2024-05"
licence = "CC BY 4.0"
attribution = "© Surveyors"
publish = true
region = [-180.0, -90.0, 180.0, 90.0]
uncertainty_m = 900.0
files = [{ path = "data/wells.parquet", sha256 = "00", bytes = 1 }]
"""

TINY = """
title = "Tiny"
date = 2025-06-30
catalog = "layers"
layers = ["wells"]
languages = ["en"]
size = "journal-84"
sites = [
    { name = "Alpha", at = [40.0, 35.0], uncertainty_km = 2.0, note = "A market." },
    { name = "Beta", at = [40.6, 35.2], uncertainty_km = 0.1 },
]
[[figures]]
kind = "sites"
name = "one"
formats = ["svg"]
"""

THREE = (
    TINY.replace('formats = ["svg"]', "")
    + """
[[figures]]
kind = "sites"
name = "two"
sites = ["Alpha"]
formats = ["svg"]
[[figures]]
kind = "sites"
name = "three"
layers = []
formats = ["png"]
"""
)


@pytest.fixture
def tiny(tmp_path):
    """A brief of a folder of its own, whose catalogue has one layer and no base: it renders in a second or two."""
    from geoops.core.schema import LAYER_COLUMNS
    from geoops.core.writing import write_parquet

    folder = tmp_path / "brief"
    (folder / "layers" / "data").mkdir(parents=True)
    wells = gpd.GeoDataFrame(
        {column: pd.Series([None, None], dtype=object) for column in LAYER_COLUMNS if column != "geometry"},
        geometry=[shapely.Point(40.1, 35.0), shapely.Point(40.5, 35.3)],
        crs=WGS84,
    )
    wells["id"], wells["name"], wells["uncertainty_m"] = ["w/1", "w/2"], ["Well 1", "Well 2"], 900.0
    write_parquet(folder / "layers" / "data" / "wells.parquet", wells)
    (folder / "layers" / "catalog.toml").write_text(CATALOG, encoding="utf-8")
    (folder / "tiny.toml").write_text(TINY, encoding="utf-8")
    (folder / "three.toml").write_text(THREE, encoding="utf-8")
    return folder / "tiny.toml"


@pytest.fixture
def three(tiny):
    """A brief of three figures, so that a helper process has something to do."""
    return tiny.with_name("three.toml")


def _entry(name, geometry):
    return (
        f'[layers.{name}]\ntitle = "{name.replace("_", " ").title()}"\ngeometry = "{geometry}"\nsource = "A survey"\n'
        'date = "2024-05"\nlicence = "CC BY 4.0"\nattribution = "© Surveyors"\npublish = true\n'
        "region = [-180.0, -90.0, 180.0, 90.0]\nuncertainty_m = 900.0\n"
        f'files = [{{ path = "data/{name}.parquet", sha256 = "00", bytes = 1 }}]\n'
    )


def _layer(rows, **constants):
    """A layer of the contract from (id, name, kind, country, geometry) rows."""
    frame = gpd.GeoDataFrame(
        {
            "id": [r[0] for r in rows], "name": [r[1] for r in rows], "name_local": None, "alt_names": None,
            "kind": [r[2] for r in rows], "country": [r[3] for r in rows], "admin1": None, "status": None,
            "geometry_quality": "approximate", "uncertainty_m": 1000.0, "source": "survey", "source_date": "2024-05",
            "licence": "CC BY 4.0", **constants,
        },
        geometry=[r[4] for r in rows], crs=WGS84,
    )  # fmt: skip
    for column in ("name_local", "alt_names", "admin1", "status"):
        frame[column] = frame[column].astype(object)
    return frame


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """The folder of a catalogue of two small countries, with its gazetteer: names that no other gazetteer has."""
    from geoops.core.writing import write_parquet
    from geoops.gazetteer import build_gazetteer

    folder = tmp_path_factory.mktemp("world")
    box, point, line = shapely.box, shapely.Point, shapely.LineString
    layers = {
        "countries": ("polygons", _layer([("c/1", "Westland", "PCLI", "SY", box(38, 33, 40, 37)), ("c/2", "Eastland", "PCLI", "IQ", box(40, 33, 43, 37))])),
        "boundaries": ("lines", _layer([("b/1", "Frontier", None, "SY", line([(40, 33), (40, 37)]))]).assign(status="international")),
        "border_crossings": ("points", _layer([("x/1", "Mittelgate", "BDRB", "SY", point(40.0, 35.0))]).assign(status="open", country_b="IQ")),
        "places": ("points", _layer([
            ("p/1", "Alphaton", "PPL", "SY", point(39.5, 35.0)), ("p/2", "Betaville", "PPL", "IQ", point(40.5, 35.1)),
            ("p/3", "Gammaburg", "PPL", "IQ", point(40.8, 34.8)),
        ]).assign(population=50_000, name_local="ألف", alt_names="Alf|ألف")),
        "regions": ("polygons", _layer([("r/1", "Delta Hills", "MTS", "IQ", box(40.6, 35.3, 40.9, 35.4))])),
        "rivers": ("lines", _layer([("w/1", "Longwater", "STM", "IQ", line([(42.5, 33.2), (42.5, 36.8)]))])),
        "wells": ("points", _layer([("o/1", "Well 1", "OILF", "SY", point(39.6, 35.0)), ("o/2", "Well 2", "OILF", "IQ", point(40.7, 35.35))])),
    }  # fmt: skip
    (folder / "data").mkdir()
    for name, (_, frame) in layers.items():
        write_parquet(folder / "data" / f"{name}.parquet", frame)
    (folder / "catalog.toml").write_text("\n".join(_entry(n, g) for n, (g, _) in layers.items()), encoding="utf-8")
    build_gazetteer(folder)
    return folder


@pytest.fixture
def in_world(world, monkeypatch):
    """The same, as the catalogue that everything finds by default."""
    monkeypatch.setenv("GEOOPS_LAYERS", str(world))
    return world
