"""Areas of the user's own are layers like any other, and are shown to nobody without a date and a source."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

import geoops as go
from geoops import maps
from geoops.core.errors import CoordinateError, InputError, SchemaError

SHAPE = shapely.box(40.5, 35.2, 42.0, 36.2)


@pytest.fixture
def flood(tmp_path):
    """A file as an analyst is sent it: a shape and a name."""
    path = tmp_path / "flood.geojson"
    gpd.GeoDataFrame({"name": ["Flood"]}, geometry=[SHAPE], crs="EPSG:4326").to_file(path, engine="pyogrio")
    return path


def test_a_file_is_read_and_measured_without_a_date_but_not_shown(testland, sites, flood):
    frame = go.layer(flood)
    assert go.within(sites, frame, [200])["count"].iloc[0] == 1
    with pytest.raises(SchemaError, match=r"layers\['flood'\]: areas hold for one date, .* row 0 has no source_date"):
        maps.sites_map(sites, layers={"flood": frame}, date="2024")
    dated = go.layer(flood, date="2024-08-30")
    with pytest.raises(SchemaError, match=r"has no source\. Give the column, or read the file with .*source='who'"):
        maps.sites_map(sites, layers={"flood": dated}, date="2024")


def test_with_both_it_is_drawn_and_credited(testland, sites, flood):
    frame = go.layer(flood, date="2024-08-30", source="UNOSAT", licence="CC BY 4.0")
    assert frame[["source", "source_date", "licence"]].iloc[0].tolist() == ["UNOSAT", "2024-08-30", "CC BY 4.0"]
    figure = maps.sites_map(sites, layers={"flood": frame}, date="2024")
    assert any(e.text == "Flood" for e in figure.legend)
    used = {e["name"]: e for e in figure.manifest["layers"]}["flood"]
    assert (used["source"], used["date"]) == ("UNOSAT", "2024-08-30")


def test_columns_say_it_as_well(testland, sites):
    area = gpd.GeoDataFrame({"source": ["UNOSAT"], "source_date": ["2024-08-30"]}, geometry=[SHAPE], crs="EPSG:4326")
    assert maps.sites_map(sites, layers={"control": area}, date="2024").fig is not None
    with pytest.raises(SchemaError, match="row 0 has no source_date"):
        maps.sites_map(sites, layers={"control": area.assign(source_date="")}, date="2024")


def test_rows_that_say_it_keep_theirs(flood, tmp_path):
    frame = gpd.read_file(flood, engine="pyogrio")
    both = gpd.GeoDataFrame(
        {"name": ["a", "b"], "source": ["ours", None]}, geometry=[*frame.geometry, SHAPE.buffer(0.1)], crs=4326
    )
    both.to_file(tmp_path / "two.gpkg", engine="pyogrio")
    read = go.layer(tmp_path / "two.gpkg", source="UNOSAT", date="2024")
    assert read["source"].tolist() == ["ours", "UNOSAT"]
    assert read["source_date"].tolist() == ["2024", "2024"]


def test_the_page_asks_for_both_too(sites, flood):
    with pytest.raises(SchemaError, match="flood: areas hold for one date"):
        go.web_map(sites, layers={"flood": go.layer(flood)}, base={})
    page = go.web_map(sites, layers={"flood": go.layer(flood, date="2024-08-30", source="UNOSAT")}, base={})
    assert "UNOSAT" in page.html


def test_what_is_said_of_a_layer_of_the_catalogue_or_wrongly_is_refused(flood):
    with pytest.raises(InputError, match="the catalogue says that of roads"):
        go.layer("roads", region=(40, 35, 41, 36), source="us")
    with pytest.raises(InputError, match=r"date '30\.08\.2024'; expected YYYY"):
        go.layer(flood, date="30.08.2024")
    with pytest.raises(CoordinateError):
        go.layer(flood, region=(41, 36, 40, 35))
