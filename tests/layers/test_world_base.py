"""The embedded world is a base for any region: Sudan, Ukraine and Mexico read like Syria, offline, and rows keep whose they are."""

from __future__ import annotations

import socket

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

import geoops as go
from geoops.core.schema import LAYER_COLUMNS

# Five degrees by five, and what a reader of an atlas finds in them: (longitude, latitude) of a city, of a town on the main
# road, height of an airport in metres (Khartoum 385, Kyiv Boryspil 130, Mexico City 2230 by their aerodrome charts).
WINDOWS = {
    "SD": ((30.0, 13.0, 35.0, 18.0), "Khartoum", (32.53, 15.55), 385.0),
    "UA": ((28.0, 48.0, 33.0, 53.0), "Kyiv", (30.52, 50.45), 130.0),
    "MX": ((-102.0, 17.0, -97.0, 22.0), "Mexico City", (-99.13, 19.43), 2230.0),
}
FEATURES = ("places", "countries", "admin1", "boundaries", "roads", "railways", "rivers", "airports")


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks the network is found out."""

    def no_network(*_: object, **__: object) -> None:
        pytest.fail("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", no_network)


@pytest.mark.parametrize("country", WINDOWS)
@pytest.mark.parametrize("name", FEATURES)
def test_a_layer_of_the_world_is_there(name: str, country: str) -> None:
    region = WINDOWS[country][0]
    frame = go.layer(name, region=region)
    assert isinstance(frame, gpd.GeoDataFrame)
    assert len(frame) > 0
    assert shapely.intersects(frame.geometry.to_numpy(), shapely.box(*region)).all()
    assert frame[["source", "source_date", "licence"]].notna().all(axis=None)
    assert (frame["uncertainty_m"] > 0).all()
    assert frame.attrs["layer"]["name"] == name


@pytest.mark.parametrize("country", WINDOWS)
def test_the_capital_stands_where_it_is_in_its_country_and_on_a_road(country: str) -> None:
    region, city, (lon, lat), _ = WINDOWS[country]
    here = go.geocode(city)
    assert here["country"].tolist() == [country]
    from pyproj import Geod

    point = here.geometry.iloc[0]
    assert Geod(ellps="WGS84").inv(point.x, point.y, lon, lat)[2] < 15_000
    land = go.layer("countries", region=region).set_index("country")
    assert land.loc[country].geometry.contains(shapely.Point(lon, lat))
    assert go.nearest(here, go.layer("roads", region=region))["distance_km"].iloc[0] < 10
    assert go.nearest(here, go.layer("airports", region=region))["distance_km"].iloc[0] < 50


@pytest.mark.parametrize("country", WINDOWS)
def test_heights_agree_with_the_airports(country: str) -> None:
    region, _, (lon, lat), metres = WINDOWS[country]
    grid = go.layer("terrain", region=region)
    assert isinstance(grid, xr.DataArray)
    assert float(np.isfinite(grid).mean()) > 0.9  # sea has none
    assert float(grid.sel(x=lon, y=lat, method="nearest")) == pytest.approx(metres, abs=120)


def test_a_concat_and_a_merge_keep_whose_every_feature_is() -> None:
    region = WINDOWS["SD"][0]
    places, airports = go.layer("places", region=region), go.layer("airports", region=region)
    both = pd.concat([places, airports], ignore_index=True)
    kept = ["source", "source_date", "licence", "uncertainty_m"]
    assert both[kept].iloc[: len(places)].equals(places[kept])
    assert both[kept].iloc[len(places) :].reset_index(drop=True).equals(airports[kept])
    merged = airports.merge(pd.DataFrame({"id": airports["id"], "seen": True}), on="id")
    assert merged[kept].equals(airports[kept])
    joined = gpd.sjoin(airports, go.layer("admin1", region=region)[["geometry"]], predicate="within")
    assert joined[kept].equals(airports.loc[joined.index, kept])


@pytest.mark.parametrize(
    "name", [n for n, g in zip(go.catalog()["name"], go.catalog()["geometry"], strict=True) if g != "raster"]
)
def test_a_cut_still_names_its_entry(name: str) -> None:
    for region in (WINDOWS["SD"][0], (40.0, 34.0, 42.0, 36.0), (-150.0, -60.0, -149.0, -59.0)):
        frame = go.layer(name, region=region)
        assert frame.attrs["layer"]["name"] == name
        assert frame.attrs["layer"]["licence"]
        assert set(LAYER_COLUMNS) <= set(frame.columns)
        part = frame.iloc[:1]
        assert part.attrs["layer"]["name"] == name


def test_a_grid_names_its_entry_in_every_cut() -> None:
    for name in ("terrain", "climate"):
        grid = go.layer(name, region=WINDOWS["UA"][0])
        assert grid.attrs["layer"]["name"] == name
        assert grid.attrs["layer"]["attribution"]
