"""What the figures do with input at the edges: a good figure, or an error that says what to do."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from matplotlib.colors import to_rgba
from matplotlib.text import Text

import geoops as go
from geoops.core.errors import CoordinateError, InputError, WriteError
from geoops.maps.crowds import NAME_ROOM_PT2, nameable
from geoops.maps.figures import sites_map
from geoops.maps.symbols import SiteMark


def places(lonlat, names):
    """Sites of some names."""
    return gpd.GeoDataFrame({"name": names, "uncertainty_m": 300.0}, geometry=shapely.points(lonlat), crs="EPSG:4326")


def test_empty_layers_are_no_entry_and_no_finding(testland, sites):
    empty = gpd.GeoDataFrame({"name": []}, geometry=[], crs="EPSG:4326")
    figure = sites_map(sites, title="Places", date="2025", layers={"dams": empty})
    assert not any("dam" in entry.label.lower() for entry in figure.legend)
    assert figure.check() == []


def test_one_site_is_mapped_with_its_name(testland):
    figure = sites_map(places([(40.0, 35.0)], ["Alone"]), title="Place", date="2025")
    assert figure.check() == []
    assert "Alone" in figure.description


def test_a_region_of_two_kilometres_has_a_scale_and_no_finding(testland):
    figure = sites_map(
        places([(40.01, 35.01)], ["Here"]), title="Place", date="2025", region=(40.0, 35.0, 40.022, 35.018)
    )
    assert figure.sheets[0].scale is not None
    assert [f.code for f in figure.check()] == []


def test_a_name_of_200_letters_stays_on_the_sheet(testland):
    figure = sites_map(places([(40.0, 35.0), (41.0, 35.5)], ["x" * 200, "Short"]), title="Places", date="2025")
    for label in figure.sheets[0].labeller.placed:
        assert label.box[0] >= 0.0
        assert label.box[2] <= figure.sheets[0].panel.width_pt
    assert "overlap" not in [f.code for f in figure.check()]


def margin(figure):
    """What stands on the sheet, as one text."""
    return " ".join(text.get_text() for text in figure.fig.findobj(Text))


def test_of_a_crowd_no_more_names_are_tried_than_the_sheet_has_room_for():
    rng = np.random.default_rng(4)
    xy = rng.uniform((0.0, 0.0), (780.0, 410.0), (5000, 2))
    marks = [SiteMark(i, f"Village {i}", "", "exact", x, y, 1.3, 1.3) for i, (x, y) in enumerate(xy)]
    marks[17].kind = "PPLC"
    chosen = nameable(marks, 780.0 * 410.0)
    assert len(chosen) == int(780.0 * 410.0 / NAME_ROOM_PT2)
    assert marks[17] in chosen  # a capital before anything else
    gap = lambda mark: np.sort(np.hypot(*(xy - (mark.x, mark.y)).T))[1]  # noqa: E731
    others = [mark for mark in marks if mark not in chosen]
    assert min(gap(mark) for mark in chosen if mark.kind != "PPLC") >= max(map(gap, others)) - 1e-6
    assert nameable(marks[:20], 780.0 * 410.0) == marks[:20]


def test_two_places_on_one_spot_do_not_count_as_standing_alone():
    marks = [SiteMark(i, "x", "", "exact", x, 0.0, 1.3, 1.3) for i, x in enumerate((0.0, 0.0, 30.0, 90.0))]
    assert [mark.key for mark in nameable(marks, 2.5 * NAME_ROOM_PT2)] == [2, 3]


def test_five_thousand_sites_are_drawn_in_a_few_groups_and_the_figure_says_what_is_not_named(testland):
    rng = np.random.default_rng(4)
    crowd = places(rng.uniform((36.5, 33.3), (45.5, 37.2), (5000, 2)), [f"Village {i}" for i in range(5000)])
    figure = sites_map(crowd, title="Places", date="2025", layers=())
    groups = {str(a.get_gid()): a for a in figure.ax.collections if str(a.get_gid()).startswith("sites-")}
    assert len(groups["sites-exact"].get_offsets()) == 5000
    assert len(figure.ax.get_children()) < 500
    (finding,) = figure.check()
    assert finding.code == "names-thinned"
    assert "5,000 places" in margin(figure)
    assert figure.legend_drawn[0].label.endswith("(5,000)")


def test_a_crowd_of_which_a_share_has_room_names_that_share(testland):
    rng = np.random.default_rng(4)
    crowd = places(rng.uniform((36.5, 33.3), (45.5, 37.2), (700, 2)), [f"V{i}" for i in range(700)])
    figure = sites_map(crowd, title="Places", date="2025", layers=())
    named, of = figure.sheets[0].labeller.crowd
    drawn = [t for t in figure.ax.findobj(Text) if t.get_gid() == "label-site"]
    assert (named, of) == (len(drawn), 700)
    assert 35 < named < 400
    assert f"Named on the map: {named} of 700 places" in margin(figure)
    assert [f.code for f in figure.check()] == ["names-thinned"]


def test_sites_on_both_sides_of_the_antimeridian_are_an_error_that_says_what_to_do(testland):
    both = places([(179.3, -16.5), (-178.2, -17.8)], ["Labasa", "Lau"])
    with pytest.raises(InputError, match=r"both sides of the antimeridian.*map each side with region="):
        sites_map(both, title="Places", date="2025")
    with pytest.raises(CoordinateError, match="ask twice"):
        sites_map(both, region=(170.0, -25.0, -170.0, -10.0))
    west = sites_map(both, region=(173.0, -18.0, 176.0, -15.0), title="Places", date="2025", layers=())
    assert "Outside this map: Labasa and Lau." in margin(west)


@pytest.mark.parametrize("latitude", [89.9, -89.6])
def test_places_at_a_pole_are_an_error_that_says_how_far_maps_reach(testland, latitude):
    with pytest.raises(InputError, match=r"maps reach 89\.5"):
        sites_map([(0.0, latitude)], title="Pole", date="2025")


def test_of_a_hemisphere_the_figure_says_that_lengths_differ(testland):
    far = places([(40.0, 35.0), (-3.7, 40.4), (106.8, -6.2), (28.0, -26.2)], ["A", "B", "C", "D"])
    figure = sites_map(far, title="Places", date="2025", layers=())
    assert "equal-area" in margin(figure)
    assert [f.code for f in figure.check()] == ["distorted"]


def test_letters_that_no_font_has_are_named(testland):
    with pytest.raises(InputError, match=r"no font of geoops has: '漢' \(U\+6F22\)"):
        sites_map(places([(40.0, 35.0)], ["漢"]), title="Places")


def test_paths_that_cannot_be_written_are_an_error_and_leave_nothing(testland, tmp_path):
    figure = sites_map(places([(40.0, 35.0)], ["Alone"]), title="Place", date="2025", layers=())
    (tmp_path / "a-file").write_text("in the way")
    with pytest.raises(WriteError):
        figure.save(tmp_path / "a-file" / "figure.png", dpi=60)
    (tmp_path / "figure.png").mkdir()
    with pytest.raises(WriteError):
        figure.save(tmp_path / "figure.png", dpi=60)
    with pytest.raises(InputError, match=r"the suffix is '\.jpeg'"):
        figure.save(tmp_path / "figure.jpeg")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a-file", "figure.png"]


@pytest.mark.parametrize("size", ["a4-landscape", "journal-84"])
def test_distances_of_a_name_of_200_letters_keep_title_and_table_on_the_sheet(testland, nearest_tables, size):
    long = places([(40.0, 35.0)], ["Wadi " + "x" * 195])
    tables = {name: table.iloc[:1].assign(site=0) for name, table in nearest_tables.items()}
    figure = go.proximity_map(long, tables, title="Places", date="2025", size=size)
    assert "title-cut" not in [f.code for f in figure.check()]
    assert "x" * 60 not in figure.subtitle


def test_a_region_of_two_kilometres_says_how_coarse_its_base_is_and_shows_its_country(testland):
    """Roads known to within 500 m are 38 mm off at 1:13,000: said; the inset shows more than a square of land."""
    testland["roads"]["uncertainty_m"] = 500.0
    near = sites_map(
        places([(40.0, 34.91)], ["Here"]), title="Place", date="2025", region=(39.99, 34.9, 40.012, 34.918)
    )
    assert "Coarse for this scale: roads ±0.5 km (" in margin(near)
    far = sites_map(places([(40.01, 35.01)], ["Here"]), title="Place", date="2025", region=(37.0, 33.0, 46.0, 37.5))
    assert "Coarse" not in margin(far)
    small = sites_map(
        places([(40.01, 35.01)], ["Here"]), title="Place", date="2025", region=(40.0, 35.0, 40.022, 35.018)
    )
    frame = [
        p for p in small.ax.patches if p.get_facecolor()[3] == 0.0 and p.get_edgecolor() == to_rgba(small.theme.site)
    ]
    sides = [np.ptp(p.get_xy(), axis=0) for p in frame if hasattr(p, "get_xy") and np.ndim(p.get_xy()) == 2]
    assert any(
        (side == pytest.approx((4.0, 4.0))) for side in sides
    )  # a square that can be seen, in a country that can be


def test_lines_beyond_the_frame_are_no_entry_of_the_legend(testland):
    """A unit that reaches beyond the frame is cut there: the cut is no boundary of it."""
    inside = sites_map(places([(37.0, 34.5)], ["Here"]), title="Place", date="2025", region=(36.9, 34.4, 37.1, 34.6))
    assert not any(e.text.startswith(("Governorate", "International")) for e in inside.legend_drawn)
    over = sites_map(places([(38.0, 34.5)], ["Here"]), title="Place", date="2025", region=(37.8, 34.4, 38.2, 34.6))
    assert any(e.text.startswith("Governorate") for e in over.legend_drawn)
