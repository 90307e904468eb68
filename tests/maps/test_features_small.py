"""An area that is smaller on the page than its symbol is drawn as the symbol; a larger one keeps its outline."""

from __future__ import annotations

import geopandas as gpd
import shapely

import geoops as go

SITES = gpd.GeoDataFrame(
    {"name": ["A", "B"]}, geometry=[shapely.Point(40.0, 35.0), shapely.Point(42.0, 36.0)], crs=4326
)


def camps(size_deg: float) -> gpd.GeoDataFrame:
    area = shapely.Point(41.0, 35.5).buffer(size_deg / 2)
    return gpd.GeoDataFrame({"name": ["C"], "status": ["open"]}, geometry=[area], crs=4326)


def legend_kinds(size_deg: float) -> dict[str, str]:
    figure = go.sites_map(SITES, date="2025-06-30", layers={"camps": camps(size_deg)})
    return {entry.text: entry.handle[0] for entry in figure.legend if entry.text == "Camp"}


def test_a_small_area_is_a_symbol_and_a_large_one_an_outline():
    assert legend_kinds(0.02) == {"Camp": "marker"}
    assert legend_kinds(1.0) == {"Camp": "patch"}
