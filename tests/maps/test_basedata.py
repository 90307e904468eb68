"""What makes the base fast changes nothing: layers cut from a wider reading, grids projected at knots, shorter paths."""

from __future__ import annotations

import os
import re

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from matplotlib.figure import Figure
from PIL import Image

from geoops.maps import basedata
from geoops.maps.canvas import Panel
from geoops.maps.saving import _shorter_path

REGION = (38.0, 33.0, 46.0, 38.0)


@pytest.fixture
def readings(monkeypatch):
    """The regions for which the layers room was asked, with a layer of points and one line."""
    asked = []
    rng = np.random.default_rng(5)
    points = shapely.points(rng.uniform(35.0, 50.0, 400), rng.uniform(30.0, 42.0, 400))
    line = shapely.LineString([(36.0, 31.0), (49.0, 41.0)])  # its box meets regions that it does not cross
    frame = gpd.GeoDataFrame({"id": range(401)}, geometry=[*points, line], crs="EPSG:4326")
    frame.attrs = {"layer": {"name": "wells"}}

    def load(name, region, catalog):
        asked.append(region)
        found = frame[frame.intersects(shapely.box(*region))].reset_index(drop=True)
        found.attrs = dict(frame.attrs)
        return found

    monkeypatch.setattr(basedata, "_load", load)
    basedata._CACHE.clear()
    yield asked, load
    basedata._CACHE.clear()


def test_a_region_within_one_that_was_read_is_cut_from_it(readings):
    """One reading serves both, and the rows are those that a reading of its own would give."""
    asked, load = readings
    reader = basedata.Reader()
    reader.get("wells", REGION)
    for small in ((39.0, 34.0, 41.0, 36.0), (44.5, 33.0, 46.0, 33.9), REGION):
        asked.clear()
        found = reader.get("wells", small)
        assert asked == []
        direct = load("wells", small, None)
        assert found["id"].tolist() == direct["id"].tolist()
        assert found.index.tolist() == direct.index.tolist()
        assert found.attrs == direct.attrs


def test_what_is_kept_is_of_the_catalogue_that_the_environment_names_now(tmp_path, monkeypatch):
    """A second catalogue in one session, and a first that was written again, are read and not remembered."""
    asked = []
    frame = gpd.GeoDataFrame({"id": [1]}, geometry=[shapely.Point(40.0, 35.0)], crs="EPSG:4326")
    monkeypatch.setattr(basedata, "_load", lambda *asked_for: asked.append(asked_for) or frame)
    basedata._CACHE.clear()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "catalog.toml").write_text("", encoding="utf-8")
    for name, readings in (("one", 1), ("one", 1), ("two", 2), ("one", 2)):
        monkeypatch.setenv("GEOOPS_LAYERS", str(tmp_path / name))
        basedata.Reader().get("wells", REGION)
        assert len(asked) == readings
    os.utime(tmp_path / "one" / "catalog.toml", ns=(1, 1))
    basedata.Reader().get("wells", REGION)
    assert len(asked) == 3
    basedata._CACHE.clear()


def test_of_painted_bases_no_more_are_kept_than_a_figure_needs(monkeypatch):
    """Old pictures go first, what is no picture stays, and the newest stays however large it is."""
    monkeypatch.setattr(basedata, "_PICTURE_BYTES", 2_500)
    basedata._CACHE.clear()
    basedata._cached(("read",), list)
    for name in "abc":
        basedata._cached((name,), lambda: np.zeros(1_000, dtype=np.uint8))
    assert list(basedata._CACHE) == [("read",), ("b",), ("c",)]
    basedata._cached(("palette",), lambda: Image.new("P", (100, 100)))
    assert list(basedata._CACHE) == [("read",), ("palette",)]
    basedata._CACHE.clear()


def test_a_region_that_reaches_beyond_is_read_anew(readings):
    """Half a degree more, on one side only."""
    asked, _ = readings
    reader = basedata.Reader()
    reader.get("wells", REGION)
    wider = (37.5, *REGION[1:])
    assert len(reader.get("wells", wider)) > 0
    assert asked == [REGION, wider]


@pytest.mark.parametrize(
    ("region", "crs"),
    [
        (REGION, "EPSG:4326"), (REGION, "EPSG:32638"), ((-75.0, 55.0, -45.0, 75.0), "EPSG:4326"),
        ((10.0, -4.0, 10.2, -3.9), "EPSG:4326"), ((-30.0, 20.0, 40.0, 70.0), "EPSG:4326"),
    ],
)  # fmt: skip
def test_a_grid_lies_where_its_points_lie(region, crs):
    """To a thousandth of a point, with rows from the top, against PROJ point by point."""
    panel = Panel(Figure(figsize=(11.7, 8.3)), (10.0, 30.0, 270.0, 150.0), region)
    xs, ys = np.arange(0.0, panel.width_pt, 7.3), np.arange(panel.height_pt, 0.0, -5.1)
    x, y = panel.grid(xs, ys, crs)
    back = pyproj.Transformer.from_crs(crs, panel.crs, always_xy=True)
    east, north = (np.asarray(values) for values in back.transform(x.ravel(), y.ravel()))
    px, py = np.meshgrid(xs, ys)
    off_x = (east - panel.view[0]) / panel.metres_per_pt - px.ravel()
    off_y = (north - panel.view[1]) / panel.metres_per_pt - py.ravel()
    assert np.hypot(off_x, off_y).max() < 1e-3


def _vertices(path: str) -> list[tuple[str, list[float]]]:
    """Commands of an SVG path with their numbers, straight pieces one by one, after the grammar of SVG 1.1."""
    steps = []
    for letter, numbers in re.findall(r"([MLQCz])([^MLQCz]*)", path):
        values = [float(value) for value in numbers.split()]
        size = {"M": 2, "L": 2, "Q": 4, "C": 6, "z": 0}[letter]
        if not size:
            steps.append((letter, []))
        steps += [
            ("L" if letter == "M" and at else letter, values[at : at + size]) for at in range(0, len(values), size or 1)
        ]
    return steps


def test_a_shorter_path_is_the_same_path():
    """Straight pieces, curves between them, a second ring; each number within a hundredth."""
    before = (
        ' d="M 1.123456 2.5 \nL 3.999999 4 \nL 5 6.123456 \nQ 1.5 2.25 3.126 4 \nL 7.111111 8 \nL 9 9 \nz\n'
        'M 0.5 0.5 \nC 1 1 2 2 3.333333 3 \nL -4.987654 4 \nz\n"'
    )
    after = _shorter_path(re.match(r' d="[^"]*"', before))
    assert len(after) < 0.8 * len(before)
    first, second = _vertices(before[4:-1]), _vertices(after[4:-1])
    assert [letter for letter, _ in first] == [letter for letter, _ in second]
    for (_, old), (_, new) in zip(first, second, strict=True):
        assert np.allclose(old, new, rtol=0.0, atol=0.01)
