"""Uncertainty that is true: where the gazetteer says a place is known to some kilometres, it lies within them, and not idly.

The true positions are those of the gold set, and where the reference files lie beside the project those of Natural Earth, which
the towns of the gazetteer were not made from.
"""

from __future__ import annotations

import functools
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from pyproj import Geod
from tests.gazetteer.test_gold_files import check_gold, score_gold

from geoops.gazetteer import geocode

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference"
ELLIPSOID = Geod(ellps="WGS84")


@functools.cache
def answered() -> list[dict]:
    """Every form of the gold set that was answered with the right place, with how far its true position is from the point."""
    rows = [row for half in check_gold.HALVES for row in check_gold.read_names(half)]
    rows = [row for row in rows if row["answer_id"]]
    found = []
    for row in rows:  # each alone: a list would be read together
        site = geocode([row["form"]]).iloc[0]
        if site["status"] == "not_found":
            continue
        point = (site.geometry.x, site.geometry.y)
        if score_gold.name_is_right(row, site["gazetteer_id"], *point, site["kind"]):
            metres = ELLIPSOID.inv(*point, float(row["lon"]), float(row["lat"]))[2]
            found.append(row | {"metres": metres, "radius": site["uncertainty_m"], "at": point, "local": site["name_local"],
                                "id": site["gazetteer_id"]})  # fmt: skip
    return found


def share(metres: list[float], radii: list[float]) -> float:
    return float((np.array(metres) <= np.array(radii)).mean())


def test_at_least_95_per_cent_of_true_positions_lie_within_the_radius():
    rows = answered()
    assert len(rows) > 600
    assert share([r["metres"] for r in rows], [r["radius"] for r in rows]) >= 0.95
    areas = [r for r in rows if r["tolerance_m"] == "extent"]
    assert len(areas) > 50
    assert share([r["metres"] for r in areas], [r["radius"] for r in areas]) >= 0.95


def test_the_radii_of_towns_are_not_idle():
    towns = {r["id"]: r["radius"] for r in answered() if r["kind"] == "PPL"}
    assert len(towns) > 80
    assert float(np.median(list(towns.values()))) < 5_000.0
    assert max(towns.values()) < 30_000.0


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference files to compare with are not here")
def test_positions_of_natural_earth_lie_within_the_radius():
    """Natural Earth's own positions of the towns of the region, told by their GeoNames number."""
    places = gpd.read_file(REFERENCE / "ne10m_v5_populated_places.gpkg", engine="pyogrio")
    places = places[places["GEONAMEID"] > 0]
    metres, radii = [], []
    for row in places.itertuples():
        site = geocode([f"geonames/{int(row.GEONAMEID)}"]).iloc[0]
        if site["status"] == "resolved":
            point = site.geometry
            metres.append(ELLIPSOID.inv(point.x, point.y, row.geometry.x, row.geometry.y)[2])
            radii.append(site["uncertainty_m"])
    assert len(metres) > 60
    assert share(metres, radii) >= 0.95
    assert float(np.median(radii)) < 6_000.0  # Natural Earth has the larger towns
