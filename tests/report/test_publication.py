"""The page and the bundle refuse what must not be published, before anything is written."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from geoops.core.errors import PublicationError
from geoops.report import read_brief, render, web_map

SITES = gpd.GeoDataFrame({"name": ["A"]}, geometry=[shapely.Point(40.0, 35.0)], crs="EPSG:4326")


@pytest.fixture
def secret():
    frame = gpd.GeoDataFrame(
        {"name": ["x"], "licence": ["ACLED terms"]}, geometry=[shapely.Point(40.1, 35.1)], crs="EPSG:4326"
    )
    frame.attrs["layer"] = {"name": "events", "publish": False, "why_not_published": "its terms forbid it"}
    return frame


def test_the_page_refuses_the_layer_what_is_made_of_it_and_a_base_of_it(secret):
    import geoops as go

    ring = go.rings(secret, [5])
    for arguments in ({"layers": {"events": secret}}, {"base": {"events": secret}}, {"rings": ring, "base": {}}):
        with pytest.raises(PublicationError, match="its terms forbid it"):
            web_map(SITES, region=(39, 34, 41, 36), **{"base": {}, **arguments})
    with pytest.raises(PublicationError, match="its terms forbid it"):
        web_map(secret, base={})


def test_a_page_of_a_catalogues_layer_is_refused_by_its_entry(tiny):
    catalogue = tiny.parent / "layers"
    closed = (catalogue / "catalog.toml").read_text(encoding="utf-8").replace("publish = true", "publish = false")
    (catalogue / "catalog.toml").write_text(closed, encoding="utf-8")
    with pytest.raises(PublicationError, match=r"layer 'wells' must not be published: CC BY 4\.0"):
        web_map(SITES, layers=["wells"], base={}, catalog=catalogue)


def test_a_bundle_is_refused_before_a_figure_is_drawn(tiny, tmp_path):
    catalogue = tiny.parent / "layers/catalog.toml"
    closed = catalogue.read_text(encoding="utf-8").replace(
        "publish = true", 'publish = false\nwhy_not_published = "its terms forbid it"'
    )
    catalogue.write_text(closed, encoding="utf-8")
    with pytest.raises(PublicationError, match=r"layer wells: .*its terms forbid it"):
        render(read_brief(tiny), tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*"))
