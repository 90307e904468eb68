"""The page in a real browser: it asks for nothing, every control does what it says, and no name in it runs."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xarray as xr

from geoops.report import web_map

from .browsing import CHROMIUM, DESK, PHONE, Opened, launched
from .conftest import HOSTILE

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright (requirements-dev.txt)")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (Debian: apt-get install chromium)"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        chromium = launched(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def ensemble():
    lon, lat = np.linspace(39.8, 41.2, 15), np.linspace(35.4, 34.6, 9)
    values = np.exp(-(((lat[:, None] - 35) / 0.2) ** 2)) * np.ones((1, 15))
    return xr.DataArray(values, dims=("y", "x"), coords={"y": lat, "x": lon}, attrs={"draws": 20}).rio.write_crs(4326)


@pytest.fixture
def stepped(journey):
    """The journey again, knowing a narrower area for a smaller slack."""
    from dataclasses import replace

    def outline(slack):
        return shapely.MultiPolygon([shapely.box(39.9, 35 - slack / 2, 41.1, 35 + slack / 2)])

    return replace(journey, polygon=outline)


@pytest.fixture
def path(sites, analysis, stepped, ensemble, tmp_path):
    sites["gazetteer_id"] = None
    rings = gpd.GeoDataFrame({"radius_km": [25.0]}, geometry=[shapely.Point(40, 35).buffer(0.25)], crs=4326)
    made = web_map(
        sites, layers=analysis.layers, rings=rings, corridors=[stepped], ensemble={"Alpha to Beta (vehicle)": ensemble},
        title="Named", date="2025-06-30", region=(38.5, 34, 43.5, 36.5),
    )  # fmt: skip
    return made.save(tmp_path / "m.html")


@pytest.fixture
def opened(browser, path):
    with Opened(browser, path.as_uri()) as page:
        yield page


def test_nothing_is_asked_for_and_nothing_complained_of(opened, path):
    opened.page.wait_for_timeout(300)
    assert opened.requests == [path.as_uri()]
    assert opened.console == []
    assert opened.page.locator(".leaflet-marker-icon.site[title]").count() == 3  # the sites that have a place
    names = opened.page.locator(".name.site").all_text_contents()
    assert set(names) == {"Alpha", "Beta", "The Range"}
    assert opened.page.locator(".leaflet-control-scale-line").first.text_content().endswith("km")


def test_each_layer_has_a_switch_that_says_what_it_did(opened):
    labels = [" ".join(t.split()) for t in opened.page.locator("#layers label").all_text_contents()]
    assert labels == [
        "Named sites3", "Corridors, by vehicle1", "How surely: Alpha to Beta · by vehicle1", "Wells1", "Rings, 25 km"
    ]  # fmt: skip
    for name, spoken in [("wells", "Wells"), ("rings", "Rings, 25 km"), ("sites", "Named sites")]:
        before = opened.shown(name)
        opened.page.locator(f"#layers input[data-id={name}]").click()
        assert opened.shown(name) is not before
        assert opened.live == f"{spoken}: {'hidden' if before else 'shown'}"
    opened.page.wait_for_timeout(100)
    assert opened.page.locator(".name.site").count() == 0  # names go with their sites


def test_a_slider_narrows_the_corridor(opened):
    areas = "() => geoops.page.bands[0].groups.map(g => geoops.page.bands[0].outer.hasLayer(g))"
    slider = opened.page.locator("#slider-corridors-vehicle")
    assert opened.run("() => geoops.page.bands[0].steps") == [0.02, 0.05, 0.1, 0.15, 0.2]
    assert opened.run(areas) == [True] * 5
    slider.focus()
    opened.page.keyboard.press("Home")
    assert opened.run(areas) == [True, False, False, False, False]
    assert slider.get_attribute("aria-valuetext") == "Journey up to 2 % longer than the fastest"
    opened.page.keyboard.press("ArrowRight")
    assert opened.page.locator("output").first.text_content() == "Journey up to 5 % longer than the fastest"


def test_an_ensemble_is_shown_from_a_probability_upwards(opened):
    slider = opened.page.locator("#slider-ensemble-0")
    assert slider.is_hidden()
    opened.page.locator("#layers input[data-id=ensemble-0]").click()
    slider.focus()
    opened.page.keyboard.press("End")
    assert slider.get_attribute("aria-valuetext") == "In the corridor in 90 % of the draws or more"
    band = "() => geoops.page.bands[1].groups.map(g => geoops.page.bands[1].outer.hasLayer(g))"
    assert opened.run(band) == [False, False, False, False, True]


def test_a_journey_in_the_list_is_shown(opened):
    button = opened.page.get_by_role("button", name="Alpha to Beta · by vehicle")
    assert "2.5 h · 100 km" in opened.page.locator("#journeys li").first.text_content()
    button.click()
    opened.page.wait_for_timeout(400)
    west, east = opened.run(
        "() => [geoops.page.drawn.map.getBounds().getWest(), geoops.page.drawn.map.getBounds().getEast()]"
    )
    assert west < 40
    assert 41 < east < 43.5


def test_a_click_measures_on_the_ellipsoid(opened):
    opened.page.locator("#layers input[data-id=wells]").click()
    opened.run("() => geoops.page.drawn.map.setView([35.4, 40.4], 8, {animate: false})")
    opened.page.locator("#map").click(position={"x": 40, "y": 300})
    from geographiclib.geodesic import Geodesic

    lat, lon = opened.run("() => geoops.page.measure.point()")
    rows = opened.run("at => geoops.page.measure.measured(at)", [lat, lon])
    by_name = {row["thing"]["name"]: row for row in rows}
    for name, place in {"Alpha": (35.0, 40.0), "Beta": (35.0, 41.0), "Well 1": (35.0, 40.1)}.items():
        true = Geodesic.WGS84.Inverse(lat, lon, *place)["s12"] / 1000
        assert by_name[name]["km"] == pytest.approx(true, abs=1e-6)
        radius = {"Alpha": 0.5, "Beta": 5.0, "Well 1": 0.9 if by_name[name]["thing"].get("within") else 0.0}[name]
        assert by_name[name]["low"] == pytest.approx(true - radius, abs=1e-6)
    assert opened.page.locator("#distances li").count() == 4
    assert opened.live.startswith("Nearest site: Alpha")
    opened.page.locator("#clear-distances").click()
    assert opened.page.locator("#distances li").count() == 0


def test_the_keyboard_measures_too(opened):
    opened.page.locator("#map").focus()
    opened.page.keyboard.press("m")
    assert opened.run("() => geoops.page.measure.point()") is not None
    opened.page.locator("#clear-distances").click()
    opened.page.locator("#measure-middle").click()
    assert opened.page.locator("#distances li").count() == 3


@pytest.mark.parametrize(
    ("typed", "first"), [("alpha", "Alpha"), ("Alfa", "Alpha"), ("ألفا", "Alpha"), ("the rang", "The Range"), ("Range", "The Range"), ("well 1", "Well 1")]
)  # fmt: skip
def test_search_finds_any_spelling(opened, typed, first):
    opened.page.locator("#search").fill(typed)
    found = opened.run("q => geoops.page.search.find(q).map(e => e.thing.name)", typed)
    assert found[0] == first
    assert opened.page.locator("#found li").first.locator("bdi").text_content() == first
    assert opened.page.locator("#search").get_attribute("aria-expanded") == "true"
    opened.page.keyboard.press("ArrowDown")
    assert opened.page.locator("#found li[aria-selected=true]").count() == 1
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_timeout(200)
    assert opened.page.locator(".popup-name").text_content() == first
    assert opened.live == f"{first}: shown"


def test_search_says_when_there_is_nothing(opened):
    opened.page.locator("#search").fill("zzzqqq")
    assert opened.live == "Nothing of that name on this page."
    opened.page.keyboard.press("Escape")
    assert opened.page.locator("#search").input_value() == ""


def test_the_address_brings_the_same_view_back(browser, opened):
    opened.page.locator("#layers input[data-id=wells]").click()
    opened.page.locator("#slider-corridors-vehicle").focus()
    opened.page.keyboard.press("Home")
    opened.run(
        "() => { geoops.page.drawn.map.setView([35.1, 40.5], 9, {animate: false}); geoops.page.measure.measure([35.2, 40.6]); }"
    )
    opened.page.locator("#language").click()
    opened.page.locator("#theme").click()
    address = opened.page.url
    assert "#map=9.00/35.1000/40.5000" in address
    with Opened(browser, address) as again:
        assert again.run("() => geoops.page.drawn.map.getZoom()") == 9
        assert again.shown("wells")
        assert not again.shown("rings")
        assert again.run("() => geoops.page.bands[0].at") == 0
        assert again.run("() => geoops.page.measure.point()") == pytest.approx([35.2, 40.6], abs=1e-9)
        assert again.run("() => [document.documentElement.lang, document.documentElement.dataset.theme]") == [
            "ar",
            "dark",
        ]
        assert again.console == []


@pytest.mark.parametrize(
    "junk", ["#map=a/b/c&on=nope&steps=99,x&lang=xx&theme=pink&at=1e9/x", "#=%E0%A4%A", "#map=9/99/999"]
)
def test_an_address_that_says_nonsense_changes_nothing(browser, path, junk):
    with Opened(browser, path.as_uri() + junk) as page:
        assert page.console == []
        assert page.run("() => document.documentElement.lang") == "en"
        assert page.run("() => geoops.page.drawn.map.getCenter().lat") == pytest.approx(35.26, abs=0.3)


def test_the_page_is_mirrored_in_arabic(opened):
    opened.page.locator("#language").click()
    assert opened.run("() => document.documentElement.dir") == "rtl"
    map_at, side_at = (opened.page.locator(s).bounding_box()["x"] for s in ("#map", ".side"))
    assert side_at < map_at
    assert opened.page.locator("#h-layers").text_content() == "الطبقات"
    opened.page.wait_for_timeout(100)
    assert "ألفا" in opened.page.locator(".name.site").all_text_contents()
    assert opened.page.locator("td [data-km]").all_text_contents()[0] == "0.5 كم"
    listed = " ".join(opened.page.locator(".side label").all_text_contents())
    assert "مدى التيقن: من ألفا إلى Beta" in listed
    assert opened.run("() => ['open', 'unknown', 'nosuch'].map((word) => geoops.page.look.status(word))") == [
        "مفتوح",
        "غير معروف",
        "nosuch",
    ]
    english = re.compile("[A-Za-z]{3,}")
    spoken = opened.page.locator("[data-say]").all_text_contents()
    assert [t for t in spoken if english.search(re.sub("JavaScript|Tab|Enter|WGS|English", "", t))] == []


def test_every_word_is_there_in_both_languages():
    from geoops.report.page.words import page_words

    words = page_words()
    assert set(words["en"]) == {k for k in words["ar"] if not k.startswith("layer.")}
    for key, text in words["en"].items():
        assert sorted(re.findall(r"\{\d\}", text)) == sorted(re.findall(r"\{\d\}", words["ar"][key])), key


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_serious(browser, path, language, scheme, size):
    from axe_playwright_python.sync_playwright import Axe

    with Opened(
        browser,
        f"{path.as_uri()}#lang={language}&on=sites,wells,corridors-vehicle,ensemble-0&at=35.1/40.2",
        size=size,
        scheme=scheme,
    ) as page:
        page.page.locator("#search").fill("alpha")
        # A popup that still fades in is pale.
        page.page.wait_for_function("() => document.getAnimations().length === 0")
        results = Axe().run(page.page).response
    assert [
        (v["id"], v["impact"], [n["html"][:90] for n in v["nodes"]])
        for v in results["violations"]
        if v["impact"] in {"serious", "critical"}
    ] == []
    assert len(results["passes"]) > 20


def test_focus_goes_through_the_page_in_order(opened):
    seen = []
    for _ in range(14):
        opened.page.keyboard.press("Tab")
        seen.append(
            opened.run(
                "() => document.activeElement.id || document.activeElement.title || document.activeElement.className"
            )
        )
    assert seen[:6] == ["", "language", "theme", "print", "permalink", "map"] or seen[0] == "skip"
    assert seen[1:6] == ["language", "theme", "print", "permalink", "map"]
    assert {"Alpha", "Beta", "The Range"} <= set(seen)
    assert "search" in seen


def test_the_table_leads_to_the_map(opened):
    opened.page.locator("table button").nth(1).click()
    opened.page.wait_for_timeout(200)
    assert opened.page.locator(".popup-name").text_content() == "Beta"
    assert "5.0 km" in opened.page.locator(".popup").text_content()


def test_print_takes_the_view_in_light(browser, path, tmp_path):
    with Opened(browser, path.as_uri(), scheme="dark") as page:
        page.run("() => window.dispatchEvent(new Event('beforeprint'))")
        assert page.run("() => document.documentElement.dataset.theme") == "light"
        assert page.page.locator("img.frozen").count() >= 1
        page.run("() => window.dispatchEvent(new Event('afterprint'))")
        assert page.page.locator("img.frozen").count() == 0
        assert page.run("() => document.documentElement.dataset.theme") == "dark"
        page.page.pdf(path=tmp_path / "p.pdf", prefer_css_page_size=True)
    from pypdf import PdfReader

    sheet = PdfReader(tmp_path / "p.pdf").pages[0]
    assert float(sheet.mediabox.width) == pytest.approx(842, abs=2)
    words = "".join(p.extract_text() for p in PdfReader(tmp_path / "p.pdf").pages)
    assert "Nowhere" in words
    assert "imply no endorsement" in words
    assert "Find a place" not in words


def test_without_scripts_the_table_stands(browser, path):
    with Opened(browser, path.as_uri(), scripts=False) as page:
        assert "needs JavaScript" in page.page.locator("noscript").inner_text()
        assert page.page.locator("tbody tr").count() == 4


def test_no_name_runs_in_the_browser(browser, sites, analysis, tmp_path):
    names = [*HOSTILE[:2], "<img src=x onerror=document.title='run'>"]
    for at, name in enumerate(names):
        sites.loc[at, ["name", "query", "name_local", "source"]] = name
    analysis.layers["wells"].loc[0, "name"] = names[2]
    analysis.layers["wells"].attrs["layer"]["title"] = names[2]
    made = web_map(sites, layers=analysis.layers, base={}, title="Named", notes=dict.fromkeys(names, names[2]))
    path = made.save(tmp_path / "m.html")
    with Opened(browser, path.as_uri() + "#on=sites,wells") as page:
        for at in range(3):
            page.page.locator("table button").nth(at).click()
        page.page.locator("#search").fill("img")
        page.page.keyboard.press("Enter")
        page.page.wait_for_timeout(200)
        assert page.page.title() == "Named"
        assert page.page.locator("img").count() == 0
        assert page.console == []
        assert page.requests == [path.as_uri()]
        document = page.page.content()
    assert ">{{7*7}}<" in document  # as it is written, not worked out


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_sites_on_several_continents_are_all_in_view_when_the_page_opens(browser, tmp_path, size):
    world = [(30.52, 50.45), (-99.13, 19.43), (69.17, 34.53), (32.53, 15.55), (-7.98, 12.61)]
    path = web_map(world, base={}, title="Five places").save(tmp_path / "wide.html")
    with Opened(browser, path.as_uri(), size=size) as page:
        frame = page.page.locator("#map").bounding_box()
        marks = page.page.locator(".leaflet-marker-icon.site[title]").all()
        assert len(marks) == len(world)
        for mark in marks:
            box = mark.bounding_box()
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            assert frame["x"] < x < frame["x"] + frame["width"]
            assert frame["y"] < y < frame["y"] + frame["height"]
