"""The sites map: symbols that tell the truth, a legend of what is drawn, and nothing that touches."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from geoops import maps
from geoops.core.errors import InputError, PublicationError, UnknownLayerError
from geoops.core.geodesy import region_of
from geoops.maps.compose import concerned_countries
from geoops.maps.symbols import classify_sites
from geoops.maps.theme import SIZES, THEMES

REGION = (36.0, 33.0, 46.0, 37.5)


def figure(sites, **kwargs):
    return maps.sites_map(sites, **{"date": "2024-06-01", "region": REGION, "title": "Places", **kwargs})


def label_texts(fig):
    return [t for t in fig.fig.findobj(Text) if t.get_text().strip() and t.get_gid() not in {"halo", None}]


def touching(fig, texts):
    """Pairs of texts of which some pixel is inked twice, each drawn alone at 100 dpi: no geometry of ours is used."""
    width, height = fig.fig.get_size_inches()
    masks = []
    for text in texts:
        text.set_visible(False)
    for artist in fig.fig.findobj(lambda a: hasattr(a, "set_visible")):
        artist._was = artist.get_visible() if artist not in texts else True
    canvas = FigureCanvasAgg(fig.fig)
    fig.fig.dpi = 100
    renderer = canvas.get_renderer()
    for text in texts:
        renderer.clear()
        text.set_visible(True)
        text.draw(renderer)
        masks.append(np.asarray(canvas.buffer_rgba())[..., 3] > 90)
        text.set_visible(True)
    assert masks[0].shape == (int(height * 100), int(width * 100))
    pairs = []
    for i, a in enumerate(masks):
        rows, columns = np.nonzero(a)
        pairs += [(texts[j].get_text(), texts[i].get_text()) for j in range(i) if masks[j][rows, columns].any()]
    return pairs


def test_no_label_touches_another_on_the_drawn_figure(testland, sites):
    fig = figure(sites, languages=("en", "ar"))
    texts = [t for t in label_texts(fig) if not (t.get_rotation() and len(t.get_text()) == 1)]
    assert len(texts) > 40
    assert touching(fig, texts) == []


def test_the_default_figure_has_no_finding(testland, sites):
    assert figure(sites, languages=("en", "ar")).check() == []


@pytest.mark.parametrize("size", list(SIZES))
def test_every_size_is_a_figure_without_overlap_or_lost_site(testland, sites, size):
    findings = figure(sites, size=size).check()
    assert [
        str(f) for f in findings if f.code in {"overlap", "label-lost", "legend-cut", "title-cut", "small-type"}
    ] == []


@pytest.mark.parametrize("theme", list(THEMES))
def test_every_theme_draws(testland, sites, theme, tmp_path):
    fig = figure(sites, theme=theme, size="journal-174")
    assert fig.save(tmp_path / "x.png", dpi=72).stat().st_size > 10_000
    assert [f for f in fig.check() if f.code == "contrast"] == []


def test_symbols_follow_uncertainty_and_extent(testland, sites):
    fig = figure(sites)
    panel = fig.sheets[0].panel
    marks = {m.key: m for m in classify_sites(panel, maps.figures.ready_sites(sites))}
    assert {k: m.how for k, m in marks.items()} == {"k": "exact", "o": "exact", "s": "near", "v": "area"}
    assert marks["o"].doubtful
    assert not marks["k"].doubtful


def test_the_disc_is_its_uncertainty_to_scale(testland, sites):
    fig = figure(sites)
    panel = fig.sheets[0].panel
    mark = next(m for m in classify_sites(panel, maps.figures.ready_sites(sites)) if m.key == "s")
    ring = shapely.get_coordinates(mark.disc.exterior)
    lon, lat = panel.degrees(ring)
    radii = [Geodesic.WGS84.Inverse(36.3, 38.6, y, x)["s12"] for x, y in zip(lon, lat, strict=True)]
    assert np.allclose(radii, 25_000.0, rtol=1e-3)


def test_a_small_extent_is_drawn_as_a_point(testland, sites):
    sites.loc["k", "extent"] = sites.geometry["k"].buffer(0.005)
    marks = {m.key: m.how for m in classify_sites(figure(sites).sheets[0].panel, maps.figures.ready_sites(sites))}
    assert marks["k"] == "exact"


def long_river(testland, sites, **columns):
    """The sites, the first of them now the river of the base."""
    sites["extent"] = sites["extent"].astype(object)
    sites.at["k", "extent"] = testland["rivers"].geometry.iloc[0]
    for column, value in columns.items():
        sites.loc["k", column] = value
    return sites


def test_a_line_as_extent_is_a_highlighted_line_in_the_colour_of_sites(testland, sites):
    fig = figure(long_river(testland, sites, name="Long River", kind="STM"))
    mark = next(m for m in classify_sites(fig.sheets[0].panel, maps.figures.ready_sites(sites)) if m.key == "k")
    assert mark.how == "line"
    casing, line = (a for a in fig.ax.findobj(LineCollection) if a.get_gid() == "site-line-k")
    assert to_hex(line.get_colors()[0]) == fig.theme.site
    assert to_hex(casing.get_colors()[0]) == fig.theme.halo
    assert 1.4 <= line.get_linewidths()[0] < casing.get_linewidths()[0]
    assert {e.text: e.count for e in fig.legend_drawn}["Named river"] == 1
    assert "Named area" in {e.text for e in fig.legend_drawn}  # the hills are one still
    assert fig.check() == []


@pytest.mark.parametrize("name", ["Long River", "Another name of the same river"])
def test_a_named_river_carries_its_name_once(testland, sites, name):
    fig = figure(long_river(testland, sites, name=name, kind="STM", name_local="النهر الطويل"), languages=("en", "ar"))
    letters = [t for t in fig.fig.findobj(Text) if t.get_gid() == "label-line"]
    latin = "".join(t.get_text() for t in letters if t.get_text().isascii())
    assert latin.replace(" ", "") == name.replace(" ", "")
    assert {t.get_text() for t in letters if not t.get_text().isascii()} == {"النهر", "الطويل"}
    assert not [t for t in fig.fig.findobj(Text) if t.get_gid() == "label-river"]
    course = shapely.LineString(
        fig.sheets[0].panel.points(*shapely.get_coordinates(testland["rivers"].geometry.iloc[0]).T)
    )
    places = np.array([t.get_position() for t in letters])
    assert shapely.distance(shapely.points(places), course).max() < 14.0
    plain = figure(sites.drop(index="k"))
    assert [t for t in plain.fig.findobj(Text) if t.get_gid() == "label-river"]


def test_a_line_that_is_no_river_says_so(testland, sites):
    fig = figure(long_river(testland, sites, kind="PPLN"))
    assert {e.text: e.count for e in fig.legend_drawn}["Named line"] == 1


def test_a_line_that_winds_too_much_is_named_beside(testland, sites):
    zigzag = shapely.LineString([(38.0 + 0.05 * i, 35.5 + (0.6 if i % 2 else 0.0)) for i in range(40)])
    sites["extent"] = sites["extent"].astype(object)
    sites.at["k", "extent"] = zigzag
    fig = figure(sites)
    assert "Kalda" in [t.get_text() for t in label_texts(fig)] or [
        t for t in label_texts(fig) if t.get_gid() == "label-line"
    ]
    assert "label-lost" not in {f.code for f in fig.check()}


def test_the_countries_of_a_river_are_not_what_the_map_is_about(testland, sites):
    fig = figure(long_river(testland, sites, country="EL;WL;XX"))
    marks = classify_sites(fig.sheets[0].panel, maps.figures.ready_sites(sites))
    assert concerned_countries(fig.sheets[0], marks) == {"EL", "WL"}
    assert concerned_countries(fig.sheets[0], [m for m in marks if m.key == "k"]) == {"EL", "WL", "XX"}


def test_the_legend_lists_what_is_drawn_with_counts_and_nothing_else(testland, sites):
    fig = figure(sites)
    legend = {entry.text: entry.count for entry in fig.legend_drawn}
    inside = {
        "Oil or gas field": 1, "Oil or gas field, not operating": 1, "Power station, by MW": 2, "Oil pipeline, schematic course": 1,
        "Border crossing": 1, "Border crossing, closed": 1, "Named place, position within the dot": 2,
        "Named place, somewhere in the disc": 1, "Named area": 1, "The name has other likely readings": 1,
    }  # fmt: skip
    assert {k: v for k, v in legend.items() if v is not None} == inside
    assert {k for k, v in legend.items() if v is None} == {
        "Other town", "Main road", "Railway", "River, lake or sea", "International boundary", "Governorate or province",
    }  # fmt: skip
    drawn = [t.get_text() for t in fig.fig.findobj(Text) if t.get_gid() == "legend"]
    assert sorted(drawn) == sorted(entry.label for entry in fig.legend_drawn)


def test_what_is_left_out_leaves_the_legend(testland, sites):
    fig = figure(sites, layers=(), base=("countries", "boundaries"))
    assert {e.text for e in fig.legend_drawn if e.count is None} == {"International boundary"}
    assert set(fig.reader.used) == {"countries", "boundaries"}


def test_sources_name_each_layer_its_licence_and_date(testland, sites):
    fig = figure(sites, sources=["named in: Testland Times"])
    text = " ".join(t.get_text() for t in fig.fig.findobj(Text) if t.get_gid() == "margin")
    for words in (
        "Testland Times",
        "Survey of Testland (CC BY 4.0, 2024-05)",
        "as of 2024-06-01",
        "Lambert conformal conic",
        "no endorsement",
        "Not placed: Nowhere.",
    ):
        assert words in text
    assert "border crossings" in text


def test_a_layer_given_as_a_table_is_drawn_instead_of_the_catalogues(testland, sites):
    own = testland["oil_gas_fields"].iloc[:1].drop(columns=["source"]).copy()
    own.attrs = {}
    fig = figure(
        sites,
        layers={
            "oil_gas_fields": own,
            "my_things": shapely.points([(40, 34), (41.5, 35)]),
            "areas": gpd.GeoDataFrame(
                {"source": ["us"], "source_date": ["2024"]}, geometry=[shapely.box(42, 34, 43, 35)], crs="EPSG:4326"
            ),
        },
    )
    counts = {e.text: e.count for e in fig.legend_drawn}
    assert counts["Oil or gas field"] == 1
    assert counts["My things"] == 2
    assert counts["Areas"] == 1
    assert any(f.code == "no-licence" for f in fig.check())


def test_layers_that_nobody_has(testland, sites):
    with pytest.raises(UnknownLayerError, match="unicorns"):
        figure(sites, layers=["unicorns"])
    fig = figure(sites)  # refineries are a default, and Testland has none
    assert "refineries" in fig.manifest["layers_not_found"]
    assert "Refinery" not in {e.text for e in fig.legend_drawn}


def test_layers_that_must_not_be_published_and_things_that_are_no_layers(testland, sites):
    with pytest.raises(PublicationError, match="must not be published"):
        figure(sites, layers=["secret"])
    with pytest.raises(InputError, match="int came"):
        figure(sites, layers=3)
    with pytest.raises(InputError, match="is a grid"):
        figure(sites, layers={"heights": testland["terrain"]})
    with pytest.raises(InputError, match="no base layer"):
        figure(sites, base=["clouds"])
    with pytest.raises(InputError, match="languages"):
        figure(sites, languages=("de",))


def test_one_site_and_bare_coordinates_make_a_map(testland):
    fig = maps.sites_map((40.1, 35.3), date="2024")
    west, south, east, north = fig.sheets[0].panel.shown
    assert west < 40.1 < east
    assert south < 35.3 < north
    assert east - west < 3
    assert fig.title == "1 named place"


def test_no_site_with_a_place_needs_a_region(testland, sites):
    none = sites.loc[["n"]]
    with pytest.raises(InputError, match="no region to show"):
        maps.sites_map(none)
    fig = maps.sites_map(none, region=REGION, date="2024")
    assert "no site" in fig.description


def test_the_region_holds_all_sites_and_their_extents(testland, sites):
    west, south, east, north = maps.sites_map(sites, date="2024").sheets[0].panel.shown
    bounds = region_of([*sites.geometry, *sites["extent"]])
    assert west < bounds[0]
    assert south < bounds[1]
    assert east > bounds[2]
    assert north > bounds[3]


def test_sites_on_both_sides_of_the_antimeridian_are_refused(testland):
    with pytest.raises(InputError, match="antimeridian"):
        maps.sites_map([(179.0, -17.0), (-179.0, -17.5)])


def test_names_of_two_hundred_letters_are_shortened_not_spilled(testland, sites):
    sites.loc["k", "name"] = "Long " * 40
    fig = figure(sites, title="A title " * 25, subtitle="and words " * 20)
    assert [f.code for f in fig.check()] == []
    label = next(t for t in label_texts(fig) if t.get_gid() == "label-site" and t.get_text().endswith("…"))
    box = label.get_window_extent()
    assert box.x0 >= fig.ax.bbox.x0
    assert box.x1 <= fig.ax.bbox.x1


def test_a_title_of_a_thousand_letters_is_a_finding(testland, sites):
    assert "title-cut" in [f.code for f in figure(sites, title="word " * 300, size="journal-84").check()]


def test_empty_layers_are_no_entry(testland, sites):
    empty = testland["oil_gas_fields"].iloc[:0]
    assert "Oil or gas field" not in {e.text for e in figure(sites, layers={"oil_gas_fields": empty}).legend_drawn}


def test_without_any_layer_there_is_still_a_figure(testland, sites):
    testland.clear()
    fig = figure(sites)
    assert fig.sheets[0].scale is not None
    assert [f.code for f in fig.check()] == ["no-source"]


def test_users_draw_in_degrees(testland, sites, tmp_path):
    fig = figure(sites, size="journal-84")
    (line,) = fig.ax.plot([40.1, 44.4], [35.3, 35.5], color="#00ff00")
    pixels = line.get_transform().transform(line.get_xydata())
    crs = fig.ax.crs
    x, _ = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform([40.1, 44.4], [35.3, 35.5])
    share = (np.array(x) - fig.ax.get_xlim()[0]) / np.ptp(fig.ax.get_xlim())
    assert np.allclose((pixels[:, 0] - fig.ax.bbox.x0) / fig.ax.bbox.width, share)
    fig.save(tmp_path / "own.png", dpi=100)


def test_five_thousand_sites_are_drawn_or_named_as_lost(testland):
    rng = np.random.default_rng(1)
    import geopandas as gpd

    points = gpd.GeoDataFrame(
        {"name": [f"P{i}" for i in range(400)]},
        geometry=shapely.points(rng.uniform([36, 33], [46, 37.5], (400, 2))),
        crs="EPSG:4326",
    )
    fig = figure(points, layers=())
    findings = fig.check()
    assert [f for f in findings if f.code == "overlap"] == []
    assert sum(e.count or 0 for e in fig.legend_drawn) == 400
    named = [t for t in label_texts(fig) if t.get_gid() == "label-site"]
    assert len(named) + len([f for f in findings if f.code == "label-lost"]) == 400


def test_the_manifest_says_how_the_figure_came_about(testland, sites):
    manifest = figure(sites).manifest
    assert manifest["kind"] == "sites"
    assert {entry["name"] for entry in manifest["layers"]} >= {"roads", "terrain", "places", "oil_gas_fields"}
    assert "/somewhere" not in str(manifest)
    assert manifest["projection"].startswith("+proj=lcc")
    assert manifest["parameters"]["sites"] == ["Kalda", "Orim", "Senn camp", "Vara Hills"]
    import json

    json.dumps(manifest, allow_nan=False)


def test_the_description_says_what_where_and_how_many(testland, sites):
    text = figure(sites).description
    for words in ("Places.", "Kalda, Orim, Senn camp and Vara Hills", "longitude", "Power station, by MW (2)"):
        assert words in text


def test_a_plain_white_page_is_white(testland, sites, tmp_path):
    from PIL import Image

    path = figure(sites, size="journal-84").save(tmp_path / "x.png", dpi=100)
    assert Image.open(path).convert("RGB").getpixel((2, 2)) == (255, 255, 255)


def test_drawing_on_a_plain_figure_needs_no_pyplot(testland, sites):
    fig = figure(sites)
    assert isinstance(fig.fig, Figure)
    assert fig.ax.name == "geoops"
