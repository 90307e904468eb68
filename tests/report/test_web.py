"""The page is whole in itself, asks for nothing, and no name in it acts."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import geopandas as gpd
import pytest
import shapely

from geoops.core.errors import InputError
from geoops.report import web_map
from geoops.report.web import MAX_BYTES

from .conftest import HOSTILE


def elements(page):
    """Tag and attributes of each element, as a browser would read them."""
    found = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.append((tag, attrs))

    Parser().feed(page)
    return found


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])


def test_a_page_holds_sites_layers_rings_and_corridors(sites, analysis, journey, no_journey):
    rings = gpd.GeoDataFrame({"name": ["25 km"]}, geometry=[shapely.Point(40, 35).buffer(0.2)], crs=4326)
    page = web_map(
        sites, layers=analysis.layers, rings=rings, corridors=[journey, no_journey], base={}, title="Named", date="2025-06-30",
        notes={"Alpha": "A market."},
    ).html  # fmt: skip
    data = data_of(page)
    assert [s["name"] for s in data["sites"]] == ["Alpha", "Beta", "The Range"]
    assert ["Why it is named", "A market."] in data["sites"][0]["facts"]
    assert data["layers"][0]["title"] == "Wells"
    assert [c["name"] for c in data["corridors"]] == ["Alpha to Beta (vehicle)"]
    assert "not observed movement" in data["corridors"][0]["text"]
    assert len(data["rings"]["features"]) == 1
    assert "© Surveyors" in data["sources"]
    assert "Nowhere" in page  # listed, though it has no place
    assert "As of 2025-06-30" in page


def test_a_sites_doubt_is_drawn_to_scale(sites):
    alpha, _, area = data_of(web_map(sites, base={}).html)["sites"]
    lon, lat = zip(*alpha["area"]["coordinates"][0], strict=True)
    assert (max(lat) - min(lat)) * 110.9 == pytest.approx(1.0, abs=0.05)  # 500 m each way; 110.9 km a degree at 35 N
    assert max(lon) > 40 > min(lon)
    assert shapely.geometry.shape(area["area"]).equals(shapely.box(41.8, 35.3, 42.2, 35.7))


def test_nothing_is_fetched(sites, analysis):
    page = web_map(sites, layers=analysis.layers, base={}).html
    assert "default-src 'none'" in page
    addresses = [
        (tag, value)
        for tag, attributes in elements(page)
        for key, value in attributes
        if key in {"src", "href", "srcset", "data", "action", "poster"}
    ]
    assert addresses == [("link", "data:,")]
    style = "".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))
    assert "url(" not in style
    assert "@import" not in style
    assert "sourceMappingURL" not in page


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_inert_everywhere(sites, analysis, name):
    sites.loc[0, ["name", "query", "name_local", "admin1", "source"]] = name
    analysis.layers["wells"].loc[0, "name"] = name
    page = web_map(
        sites,
        layers={name: analysis.layers["wells"]},
        base={},
        title=name,
        subtitle=name,
        date=name,
        notes={name: name},
    ).html
    assert page.count("<script") == 3
    assert page.count("</script") == 3
    own = re.sub(r"<script>.*?</script>|<style>.*?</style>", "", page, flags=re.DOTALL)
    assert "{{" not in own
    assert "<script>alert" not in own
    assert "\u202e" not in page
    plain = " ".join(name.replace("\u202e", "").split())
    assert data_of(page)["sites"][0]["name"] == plain  # the letters are kept


def test_a_base_too_heavy_is_drawn_more_coarsely(sites):
    lines = [
        shapely.LineString([(39 + x / 700, 34 + y / 40 + 0.006 * ((x * 7 + y) % 5)) for x in range(2800)])
        for y in range(80)
    ]
    heavy = gpd.GeoDataFrame(geometry=lines, crs=4326)
    page = web_map(sites, base={"roads": heavy}).html
    assert len(page.encode()) <= MAX_BYTES
    assert data_of(page)["base"][0]["data"]["features"]


def test_what_has_no_place_needs_a_region():
    lost = gpd.GeoDataFrame({"name": ["x"]}, geometry=[None], crs=4326)
    with pytest.raises(InputError, match="give region="):
        web_map(lost, base={})
    assert data_of(web_map(lost, base={}, region=(40, 35, 41, 36)).html)["bounds"] == [[35, 40], [36, 41]]


def test_a_map_is_saved_whole_as_html(sites, tmp_path):
    made = web_map(sites, base={}, title="T")
    path = made.save(tmp_path / "m.html")
    assert path.read_text(encoding="utf-8") == made.html
    with pytest.raises(InputError, match=r"saved as \.html"):
        made.save(tmp_path / "m.pdf")


def test_a_notebook_shows_it_in_a_frame(sites):
    frame = web_map(sites, base={}, title="<T>")._repr_html_()
    assert frame.startswith("<iframe srcdoc=")
    assert "<script" not in frame
    assert 'title="&lt;T&gt;"' in frame


def test_two_pages_of_one_input_are_the_same(sites, analysis):
    assert web_map(sites, layers=analysis.layers, base={}).html == web_map(sites, layers=analysis.layers, base={}).html


def test_plain_pairs_are_sites_too():
    data = data_of(web_map([(-70.5, -33.4)], base={}).html)
    assert data["sites"][0]["lon"] == -70.5
    assert ["Position", "lat -33.4000°, lon -70.5000°"] in data["sites"][0]["facts"]
