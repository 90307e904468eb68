"""A journal's column ends below its small print; sheets of a fixed form keep theirs, and frames of a film have one size."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
import shapely
from PIL import Image
from tests.maps.test_images import KINDS, made

from geoops import maps
from geoops.maps.foot import make_whole
from geoops.maps.theme import SIZES


def white_mm(path, dpi):
    """How much white stands below the lowest ink, and how high the picture is."""
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("L"))
    rows = np.flatnonzero((pixels < 200).any(axis=1))
    return (len(pixels) - rows[-1]) / dpi * 25.4, len(pixels) / dpi * 25.4


@pytest.mark.parametrize("size", ["journal-84", "journal-174"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_column_has_as_much_white_below_as_beside(testland, sites, nearest_tables, tmp_path, kind, size):
    figure = made(kind, sites, nearest_tables, size=size)
    below, height = white_mm(figure.save(tmp_path / "x.png", dpi=127), 127)
    assert SIZES[size].side_mm - 0.5 < below < SIZES[size].side_mm + 3.0
    assert height == pytest.approx(figure.size.height_mm, abs=0.3)
    assert figure.manifest["size"]["height_mm"] == figure.size.height_mm <= SIZES[size].height_mm
    assert not {finding.code for finding in figure.check()} & {
        "legend-cut",
        "credits-shortened",
        "margin-cut",
        "overlap",
    }


def test_what_stands_above_is_drawn_as_on_the_whole_sheet(testland, sites, nearest_tables, tmp_path):
    figure = made("corridor", sites, nearest_tables, size="journal-84")
    with Image.open(figure.save(tmp_path / "cut.png", dpi=127)) as image:
        cut = np.asarray(image.convert("L")).astype(int)
    make_whole(figure)
    with Image.open(figure.save(tmp_path / "whole.png", dpi=127)) as image:
        whole = np.asarray(image.convert("L")).astype(int)
    assert len(whole) > len(cut) + 20
    assert (np.abs(whole[: len(cut)] - cut) > 40).mean() < 0.002  # letters may be set a part of a pixel off
    assert (whole[len(cut) :] > 240).all()


def test_other_sheets_keep_their_form(testland, sites):
    for size in ("a4-portrait", "square"):
        assert maps.sites_map(sites, date="2025", size=size).size == SIZES[size]


def test_a_sheet_grows_again_where_a_remark_adds_to_its_legend(testland, sites, tmp_path):
    figure = maps.sites_map(sites, date="2025-06-30", size="journal-84")
    before = figure.size.height_mm
    for number in range(8):
        area = shapely.box(39.0 + number / 2, 34.0, 39.4 + number / 2, 35.0)
        figure.dated_area(area, f"Area {number}", date="2025-01-01", source="A source with a long name")
    assert figure.size.height_mm > before
    below, _ = white_mm(figure.save(tmp_path / "x.png", dpi=127), 127)
    assert 3.5 < below < 7.0


def test_a_map_lies_where_it_lay_before_the_cut(testland, sites, tmp_path):
    figure = maps.sites_map(sites, date="2025-06-30", size="journal-84")
    with rasterio.open(figure.save(tmp_path / "cut.tif", dpi=127)) as raster:
        cut, where = raster.read(), raster.transform
    make_whole(figure)
    with rasterio.open(figure.save(tmp_path / "whole.tif", dpi=127)) as raster:
        assert raster.transform.almost_equals(where, precision=40.0)  # metres; a pixel has 1,500
        assert abs(raster.read().astype(int)[:, 5:-5, 5:-5].mean() - cut[:, 5:-5, 5:-5].mean()) < 0.5


def test_frames_of_a_film_are_of_one_size_and_pages_end_where_the_longest_does(testland, sites, tmp_path):
    events = sites.iloc[[0, 1, 0]].assign(date=["2025-01-05", "2025-02-05", "2025-02-07"])
    frames = maps.event_frames(events, size="journal-84", base=("countries",))
    frames.figures[0].callout((40.5, 35.2), "A remark")
    assert len({figure.size.height_mm for figure in frames.figures}) == 1
    with Image.open(frames.save(tmp_path / "x.gif", dpi=60)[0]) as film:
        assert film.size[1] / 60 * 25.4 == pytest.approx(frames.figures[0].size.height_mm, abs=0.9)
