"""An atlas and a series of frames: one scale, one order, one file where that is asked for."""

from __future__ import annotations

import io
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pypdf
import pytest
import shapely
from PIL import Image

from geoops import maps
from geoops.core.errors import InputError, MissingExtraError


def small(**options):
    return {"date": "2024-06-01", "size": "square", "layers": (), **options}


@pytest.fixture
def events():
    rng = np.random.default_rng(3)
    frame = gpd.GeoDataFrame(
        {"date": ["2024-01-10"] * 30 + ["2024-03-02"] * 3 + [None]},
        geometry=shapely.points(np.r_[rng.normal((40, 35), 0.02, (30, 2)), rng.uniform((38, 34), (42, 36), (4, 2))]),
        crs="EPSG:4326",
    )
    frame.attrs["layer"] = {"name": "events", "source": "Events of Testland", "licence": "CC BY 4.0", "date": "2024"}
    return frame


def test_an_atlas_has_a_page_for_each_site_that_has_a_place_and_one_scale(testland, sites, tmp_path):
    pages = maps.atlas(sites, radius_km=60, title="Sites", **small())
    assert len(pages) == 4, "of five sites one has no place"
    assert [figure.title for figure in pages.figures] == [
        f"Sites: {n}" for n in ("Kalda", "Orim", "Senn camp", "Vara Hills")
    ]
    scales = [figure.sheets[0].panel.metres_per_pt for figure in pages.figures]
    assert max(scales) / min(scales) < 1.02
    for figure, point in zip(pages.figures, sites.geometry, strict=False):
        panel = figure.sheets[0].panel
        assert np.allclose(panel.points(point.x, point.y)[0], (panel.width_pt / 2, panel.height_pt / 2), atol=3.0)
    assert {f.code for f in pages.check()} <= {"credits-shortened"}
    path = pages.save(tmp_path / "atlas.pdf")[0]
    document = pypdf.PdfReader(io.BytesIO(path.read_bytes()))
    assert len(document.pages) == 4
    assert "Kalda" in document.pages[0].extract_text()
    assert pages.save(tmp_path / "again.pdf")[0].read_bytes() == path.read_bytes()
    files = pages.save(tmp_path / "page.png", dpi=60)
    assert [file.name for file in files] == [f"page-0{i}.png" for i in (1, 2, 3, 4)]


def test_a_series_has_a_frame_for_each_month_the_empty_one_too(testland, events):
    series = maps.event_frames(events, **small())
    assert [figure.subtitle for figure in series.figures] == [
        "2024-01: 30 events",
        "2024-02: 0 events",
        "2024-03: 3 events",
    ]
    assert [figure.parameters["on_map"] for figure in series.figures] == [30, 0, 3]
    assert len({figure.sheets[0].panel.view for figure in series.figures}) == 1
    tones = [
        {entry.text: entry.handle[1]["face"] for entry in figure.legend if "event" in entry.text}
        for figure in series.figures
    ]
    assert tones[0].items() & tones[2].items() or not (tones[0].keys() & tones[2].keys()), "one class, one colour"
    assert all(tones[0][k] == tones[2][k] for k in tones[0].keys() & tones[2].keys())
    assert "1 events without a date" in str([f.options.notes for f in series.figures])


def test_classes_are_those_of_the_fullest_frame(testland, events):
    full, _, sparse = maps.event_frames(events, cell_km=20, **small()).figures
    assert any("or more" in entry.text for entry in full.legend)
    assert not any("or more" in entry.text for entry in sparse.legend)


def test_gif_and_mp4_have_a_frame_a_month(testland, events, tmp_path):
    series = maps.event_frames(events, seconds=0.5, **small())
    path = series.save(tmp_path / "series.gif", dpi=50)[0]
    with Image.open(path) as image:
        assert image.n_frames == 3
        assert image.info["duration"] == 500
        assert image.info["loop"] == 0
    assert series.save(tmp_path / "again.gif", dpi=50)[0].read_bytes() == path.read_bytes()
    ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="the extra geoops[video] is not installed")
    film = series.save(tmp_path / "series.mp4", dpi=50)[0]
    count, seconds = ffmpeg.count_frames_and_secs(str(film))
    assert count == 3
    assert seconds == pytest.approx(1.5, abs=0.51)


def test_mp4_without_its_extra_says_what_to_install(testland, events, tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(MissingExtraError, match=r"geoops\[video\]"):
        maps.event_frames(events, **small()).save(tmp_path / "series.mp4", dpi=50)
    assert not list(Path(tmp_path).iterdir())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"by": "week"}, "expected month, year, day"),
        ({"date_column": "when"}, "no column 'when'"),
    ],
)
def test_a_series_that_cannot_be_made_is_refused(testland, events, change, words):
    with pytest.raises(InputError, match=words):
        maps.event_frames(events, **small(), **change)


def test_too_many_frames_no_dates_and_odd_radii_are_refused(testland, events, sites):
    with pytest.raises(InputError, match="more than 200"):
        maps.event_frames(events.assign(date=["1900-01-01", *["2024-01-01"] * 33]), **small())
    with pytest.raises(InputError, match="both a date and a place"):
        maps.event_frames(events.assign(date=pd.NaT), **small())
    with pytest.raises(InputError, match="1 to 2000"):
        maps.atlas(sites, radius_km=0, **small())
    with pytest.raises(InputError, match="0 sites have a place"):
        maps.atlas(sites.iloc[4:], **small())


def test_events_whose_labels_come_twice_are_each_counted_once(testland, sites):
    twice = sites.iloc[[0, 1, 0, 1]].assign(date=["2025-01-05", "2025-01-09", "2025-02-01", "2025-02-03"])
    series = maps.event_frames(twice, by="month", region=(36.0, 33.0, 46.0, 37.5))
    assert [figure.parameters["events"] for figure in series.figures] == [2, 2]
