"""What must not be published is refused by every figure, with the reason, also where it comes in by a derived table."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoops import maps
from geoops.core.errors import PublicationError
from geoops.core.geodesy import circle
from geoops.core.types import Corridor

from .conftest import layer
from .test_corridor_map import corridor

WHY = "the terms of use forbid handing on its rows"


@pytest.fixture
def secret():
    """Events under terms that forbid publication, as a loader gives them."""
    frame = layer(
        "events", shapely.points([(40.3, 35.2), (41.5, 35.9), (42.0, 35.4)]), name=["a", "b", "c"], date="2024-05-01"
    )
    frame.attrs["layer"] |= {"publish": False, "why_not_published": WHY}
    frame["publish"] = False
    return frame


def refused(draw):
    with pytest.raises(PublicationError, match="must not be published") as error:
        draw()
    return str(error.value)


def test_every_figure_refuses_the_layer_and_says_why(testland, sites, secret):
    given = {"events": secret}
    for draw in (
        lambda: maps.sites_map(sites, layers=given, date="2024"),
        lambda: maps.event_map(secret, date="2024"),
        lambda: maps.event_map(testland["oil_gas_fields"], layers=given, date="2024"),
        lambda: maps.corridor_map(corridor(), layers=given, date="2024"),
        lambda: maps.sites_map(secret, date="2024"),
    ):
        assert WHY in refused(draw)


def test_a_layer_of_the_catalogue_is_refused_by_its_entry_alone(testland, sites):
    testland["roads"].attrs["layer"]["publish"] = False  # a layer of the base
    assert "'roads'" in refused(lambda: maps.sites_map(sites, layers=(), date="2024"))
    testland["roads"].attrs["layer"]["publish"] = True
    assert "'secret'" in refused(lambda: maps.sites_map(sites, layers=["secret"], date="2024"))


def test_the_mark_stays_where_the_entry_is_lost(testland, sites, secret):
    joined = pd.concat([testland["oil_gas_fields"].iloc[:2], secret], ignore_index=True)
    joined.attrs = {}
    assert "CC BY 4.0" in refused(lambda: maps.sites_map(sites, layers={"points": joined}, date="2024"))
    merged = gpd.GeoDataFrame(secret[["id", "publish"]].merge(secret.drop(columns="publish"), on="id"), crs="EPSG:4326")
    merged.attrs = {}
    refused(lambda: maps.event_map(merged, date="2024"))


def test_tables_rings_and_grids_made_from_it_are_refused(testland, sites, secret):
    import geoops as go

    table = go.nearest(sites, secret)
    assert not table["publish"].any()
    again = gpd.GeoDataFrame(pd.concat([table, table], ignore_index=True), geometry="geometry", crs="EPSG:4326")
    again.attrs = {}
    fine = go.nearest(sites, testland["oil_gas_fields"])
    assert "publish" not in fine
    rings, grid = go.rings(secret, [10]), go.distance_surface(secret, region=(39, 34, 43, 36), cell_deg=0.5)
    for draw in (
        lambda: maps.proximity_map(sites, {"events": table}, date="2024"),
        lambda: maps.proximity_map(sites, {"events": again}, date="2024"),
        lambda: maps.proximity_map(sites, {"oil_gas_fields": fine}, rings=rings, date="2024"),
        lambda: maps.proximity_map(sites, {"oil_gas_fields": fine}, surface=grid, date="2024"),
    ):
        refused(draw)
    assert WHY in refused(lambda: maps.proximity_map(sites, {"events": table}, date="2024"))


def test_a_corridor_along_roads_that_must_not_be_published_is_refused(testland):
    way = corridor()
    roads = {"name": "roads", "publish": False, "why_not_published": WHY}
    closed = Corridor(
        **{
            **{f: getattr(way, f) for f in way.__dataclass_fields__},
            "attrs": {"friction": {"layers": {"roads": roads}}},
        }
    )
    assert WHY in refused(lambda: maps.corridor_map(closed, date="2024"))


def test_what_may_be_published_is_drawn(testland, sites):
    frame = testland["oil_gas_fields"].assign(publish=True)
    frame.attrs = {}
    assert maps.sites_map(sites, layers={"oil_gas_fields": frame}, date="2024").fig is not None
    area = gpd.GeoDataFrame({"publish": [None]}, geometry=[circle(40.0, 35.0, 1000.0)], crs="EPSG:4326")
    assert maps.event_map(area, region=(38, 33, 43, 37), date="2024").fig is not None


def test_a_friction_of_such_roads_makes_corridors_that_are_refused(testland):
    import geoops as go

    roads = layer("roads", [shapely.LineString([(40.0, 35.0), (41.0, 35.4)])], **{"class": "trunk"})
    roads.attrs["layer"] |= {"publish": False, "why_not_published": WHY}
    nothing = dict.fromkeys(("road_links", "rivers", "water", "countries", "boundaries", "border_crossings", "bridges",
                             "places", "terrain"))  # fmt: skip
    friction = go.friction((39.5, 34.5, 41.5, 36.0), cell_deg=0.1, layers={**nothing, "roads": roads})
    way = go.corridor(friction, (40.0, 35.0), (41.0, 35.4))
    assert way.status == "found"
    assert WHY in refused(lambda: maps.corridor_map(way, date="2024"))
    with pytest.raises(PublicationError, match="must not be published"):
        go.web_map([(40.0, 35.0)], corridors=[way], base={})
