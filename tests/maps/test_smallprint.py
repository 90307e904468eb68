"""The band under the map: every text within the page, none over another, and nothing shortened in silence."""

from __future__ import annotations

import itertools

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from tests.maps.test_corridor_map import corridor

from geoops import maps
from geoops.maps.theme import SIZES

REGION = (36.0, 33.0, 46.0, 37.5)
GIDS = {"margin", "legend", "title", "subtitle", "table"}


def sites_figure(sites, tables, **kwargs):
    return maps.sites_map(sites, region=REGION, title="Places", date="2024", **kwargs)


def proximity_figure(sites, tables, **kwargs):
    return maps.proximity_map(sites, tables, date="2024", **kwargs)


def corridor_figure(sites, tables, **kwargs):
    return maps.corridor_map(corridor(), date="2024", **kwargs)


def event_figure(sites, tables, **kwargs):
    import geopandas as gpd
    import shapely

    events = gpd.GeoDataFrame(
        {"date": ["2024-01-05", "2024-02-06"], "source": "Event Office", "licence": "CC0"},
        geometry=shapely.points([(40, 35), (41, 36)]),
        crs="EPSG:4326",
    )
    return maps.event_map(events, sites=sites, region=REGION, date="2024", **kwargs)


FIGURES = [sites_figure, proximity_figure, corridor_figure, event_figure]


def boxes(fig):
    """Where the drawing library itself puts each text of the margin, in pixels."""
    renderer = FigureCanvasAgg(fig.fig).get_renderer()
    texts = [t for t in fig.fig.findobj(Text) if t.get_gid() in GIDS and t.get_text().strip()]
    return [(t, t.get_window_extent(renderer)) for t in texts]


def margin_text(fig):
    return " ".join(t.get_text() for t in fig.fig.findobj(Text) if t.get_gid() == "margin")


def crowded(testland, count=30):
    """Every layer with credits so long that no page has room for all."""
    for layer in testland.values():
        name = layer.attrs["layer"]["name"]
        lines = ["Curated by geoops", *(f"Office {name} {i}, its Atlas of Everything, CC BY 4.0" for i in range(count))]
        layer.attrs["layer"]["attribution"] = "\n".join(lines)


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("make", FIGURES)
def test_every_text_lies_within_the_page_and_over_no_other(testland, sites, nearest_tables, make, many):
    if many:
        crowded(testland)
    fig = make(sites, nearest_tables, map_number="M-7", version="2")
    found = boxes(fig)
    page = fig.fig.bbox
    assert len(found) > 15
    for text, box in found:
        assert page.x0 <= box.x0, text.get_text()
        assert box.x1 <= page.x1, text.get_text()
        assert page.y0 <= box.y0, text.get_text()
        assert box.y1 <= page.y1, text.get_text()
    for (one, a), (other, b) in itertools.combinations(found, 2):
        # Extents have the line's whole height; letters of neighbouring lines keep clear in its middle half.
        low, high = (
            max(a.y0 + a.height * 0.25, b.y0 + b.height * 0.25),
            min(a.y1 - a.height * 0.25, b.y1 - b.height * 0.25),
        )
        assert low >= high or min(a.x1, b.x1) <= max(a.x0, b.x0), (one.get_text(), other.get_text())


@pytest.mark.parametrize("make", FIGURES)
def test_projection_disclaimer_and_number_have_the_right_of_way(testland, sites, nearest_tables, make):
    crowded(testland)
    fig = make(sites, nearest_tables, map_number="M-7", version="2")
    text = margin_text(fig)
    for words in (
        "WGS 84. Scale 1:",
        "Names and boundaries shown imply no endorsement",
        "Map M-7 · version 2 · as of 2024",
    ):
        assert words in text
    assert [f.code for f in fig.check()] == ["credits-shortened"]
    assert "Office" in text


def test_credits_that_fit_are_whole_and_no_finding(testland, sites, nearest_tables):
    fig = sites_figure(sites, nearest_tables)
    assert fig.check() == []
    assert "Survey of Testland (CC BY 4.0, 2024-05)." in margin_text(fig)
    sizes = {t.get_fontsize() for t in fig.fig.findobj(Text) if t.get_gid() == "margin"}
    assert min(sizes) >= 5.2


@pytest.mark.parametrize("size", list(SIZES))
def test_on_every_size_the_small_print_ends_above_the_edge(testland, sites, nearest_tables, size):
    fig = sites_figure(sites, nearest_tables, size=size)
    assert all(box.y0 >= 0 and box.x1 <= fig.fig.bbox.x1 for _, box in boxes(fig))
    assert "margin-cut" not in {f.code for f in fig.check()}


def test_notes_too_long_for_the_page_are_a_finding(testland, sites, nearest_tables):
    fig = sites_figure(sites, nearest_tables, notes=["A long note. " * 150])
    assert {"margin-cut", "credits-shortened"} <= {f.code for f in fig.check()}
    assert all(box.y0 >= 0 for _, box in boxes(fig))
