"""The page is whole in itself, asks for nothing, and no name in it acts."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import geopandas as gpd
import pytest
import shapely

import geoops as go
from geoops.core.errors import InputError
from geoops.report import web_map
from geoops.report.page.content import sources_of
from geoops.report.page.detail import nearest_features
from geoops.report.web import MAX_BYTES

from .conftest import HOSTILE
from .test_page_shapes import shape_of


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
    assert data["sites"][0]["note"] == "A market."
    assert data["layers"][0]["title"] == "Wells"
    (way,) = data["corridors"]
    assert (way["from"], way["to"], way["mode"], way["hours"], way["km"]) == ("Alpha", "Beta", "vehicle", 2.5, 100.0)
    assert [step for step, _ in way["bands"]] == [0.2]  # made with one polygon, it knows no narrower one
    assert "not observed movement" in page
    assert len(data["rings"]) == 1
    assert "Wells: © Surveyors (CC BY 4.0, 2024)" in data["sources"]
    assert "Nowhere" in page  # listed, though it has no place
    assert "As of 2025-06-30" in page


def test_one_corridor_needs_no_list(sites, journey):
    assert web_map(sites, corridors=journey, base={}).html == web_map(sites, corridors=[journey], base={}).html


def test_the_table_names_countries_in_the_language_of_the_page_and_keeps_a_code_that_no_layer_names(sites):
    sites = sites.assign(country=["SY", "SY;XQ", "", ""][: len(sites)], admin1="")
    countries = gpd.GeoDataFrame(
        {"country": ["SY"], "name": ["Syria"], "name_local": ["سوريا"]},
        geometry=[shapely.box(30, 30, 50, 40)],
        crs=4326,
    )
    for language, name, comma in (("en", "Syria", ", "), ("ar", "سوريا", "، ")):
        page = web_map(sites, base={"countries": countries}, languages=(language,)).html
        syria = f'<span data-country="SY">{name}</span>'
        assert f'<td dir="auto">{syria}</td>' in page
        assert f'<td dir="auto">{syria}{comma}<span data-country="XQ">XQ</span></td>' in page


def test_a_sites_doubt_is_drawn_to_scale(sites):
    alpha, _, area = data_of(web_map(sites, base={}).html)["sites"]
    ring = shape_of(alpha["area"])
    west, south, east, north = ring.bounds
    assert (north - south) * 110.9 == pytest.approx(1.0, abs=0.05)  # 500 m each way; 110.9 km a degree at 35 N
    assert east > 40 > west
    assert shape_of(area["area"]).equals(shapely.box(41.8, 35.3, 42.2, 35.7))


def test_nothing_is_fetched(sites, analysis):
    page = web_map(sites, layers=analysis.layers, base={}).html
    assert "default-src 'none'" in page
    addresses = [
        (tag, value)
        for tag, attributes in elements(page)
        for key, value in attributes
        if key in {"src", "href", "srcset", "data", "action", "poster"}
    ]
    assert {a for a in addresses if not str(a[1]).startswith("#")} == {
        ("link", "data:,")
    }  # the others stay on the page
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
        shapely.LineString([(39 + x / 700, 34 + y / 150 + 0.012 * ((x * 7 + y) % 5)) for x in range(2800)])
        for y in range(300)
    ]
    heavy = gpd.GeoDataFrame(geometry=lines, crs=4326)
    page = web_map(sites, base={"roads": heavy}).html
    assert len(page.encode()) <= MAX_BYTES
    assert data_of(page)["base"][0]["shape"]["lines"]
    assert data_of(page)["tolerance_km"] > 0.4


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
    assert "within" not in data["sites"][0]  # nothing is known of its doubt, so nothing is said


def test_a_page_over_three_continents_stays_small_and_says_what_it_leaves_out():
    sites = go.geocode(["Kyiv", "Mexico City", "Kabul", "Khartoum", "Bamako"])
    page = web_map(
        sites, layers=["roads", "oil_gas_fields"], rings=go.rings(sites, [25, 50, 100]), languages=("ar",)
    ).html
    assert len(page.encode("utf-8")) <= MAX_BYTES
    data = data_of(page)
    assert [s["name"] for s in data["sites"]] == ["Kyiv", "Mexico City", "Kabul", "Khartoum", "Bamako"]
    words = {language: own["left"] for language, own in data["words"].items()}
    there = len(go.layer("roads", region=_bounds(data)))
    drawn = len(next(layer["features"] for layer in data["layers"] if layer["name"] == "roads"))
    assert (
        f"of the layer Main roads: all but the {drawn:,} of {there:,} features that lie nearest to the sites"
        in words["en"]
    )
    assert "of the background: roads" in words["en"]
    assert words["ar"] in page.replace("&quot;", '"')  # it stands under the map, in the page's language
    assert "كي تبقى هذه الصفحة صغيرة" in words["ar"]


def _bounds(data):
    (south, west), (north, east) = data["bounds"]
    return west, south, east, north


def test_a_page_that_is_whole_says_nothing_of_the_kind(sites, analysis):
    page = web_map(sites, layers=analysis.layers, base={}).html
    assert "left" not in data_of(page)["words"]["en"]
    assert 'id="left"' not in page


def test_of_a_layer_too_large_what_lies_nearest_to_the_sites_is_kept(sites):
    lons = [*range(-60, 60), 40.01, 42.0]
    frame = gpd.GeoDataFrame(
        {"name": [str(lon) for lon in lons]}, geometry=gpd.points_from_xy(lons, [35.0] * len(lons)), crs=4326
    )
    placed = sites[~sites.geometry.isna()].head(1)  # at 40 east
    kept = nearest_features(frame, placed, 4)
    assert kept["name"].tolist() == ["39", "40", "41", "40.01"]
    assert len(nearest_features(frame, placed, 500)) == len(frame)


def test_a_users_layer_called_as_one_of_the_base_is_credited_beside_it(sites):
    base = {"name": "roads", "attribution": "© Survey of Roads", "licence": "ODbL 1.0", "date": "2024-01"}
    own = {"name": "roads", "attribution": "Their own survey", "licence": "CC BY 4.0", "date": "2025-02-01"}
    lines = sources_of([base, base, own], sites.iloc[:0], ())
    assert lines == ["Roads: © Survey of Roads (ODbL 1.0, 2024-01)", "Roads 2: Their own survey (CC BY 4.0, 2025-02)"]
