"""Short texts of geometries read back as what was written, and steps of corridors and ensembles nest."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from geoops.core.errors import InputError
from geoops.report.page.bands import CHANCES, chances, shares_within
from geoops.report.page.shapes import LETTERS, drawn, encoded


def vertices(text):
    """The format read by its description, one letter at a time."""
    scale, numbers, number, shift = 10 ** int(text[0]), [], 0, 0
    for letter in text[1:]:
        value = LETTERS.index(letter)
        number |= (value & 31) << shift
        shift += 5
        if value < 32:
            numbers.append(-(number // 2) - 1 if number % 2 else number // 2)
            number = shift = 0
    return np.cumsum(np.reshape(numbers, (-1, 2)), axis=0) / scale


def shape_of(entry):
    """The geometry of an entry of the page."""
    areas = [shapely.Polygon(vertices(r[0]), [vertices(h) for h in r[1:]]) for r in entry.get("areas", [])]
    lines = [shapely.LineString(vertices(text)) for text in entry.get("lines", [])]
    points = [shapely.Point(vertices(text)[0]) for text in entry.get("points", [])]
    return shapely.union_all([*areas, *lines, *points])


degrees = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@given(st.lists(degrees, min_size=2, max_size=20), st.integers(0, 6))
def test_vertices_read_back_to_half_of_the_last_decimal(course, digits):
    given_xy = np.array(course)
    text = encoded(given_xy, digits)
    assert set(text) <= set(LETTERS)  # nothing that means anything in HTML or JSON
    back = vertices(text)
    assert np.abs(back[0] - given_xy[0]).max() <= 0.5000001 * 10.0**-digits
    assert np.abs(back[-1] - given_xy[-1]).max() <= 0.5000001 * 10.0**-digits
    rounded = np.rint(given_xy * 10.0**digits)
    keep = [0, *[i for i in range(1, len(rounded) - 1) if (rounded[i] != rounded[i - 1]).any()], len(rounded) - 1]
    assert np.allclose(back * 10.0**digits, rounded[keep], atol=1e-6)


def test_a_collection_is_parted_by_what_is_drawn_of_it():
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    mixed = shapely.GeometryCollection(
        [shapely.MultiPoint([(5, 5), (6, 6)]), shapely.LineString([(7, 7), (8, 8)]), ring]
    )
    entry = drawn(mixed, 2)
    assert (len(entry["points"]), len(entry["lines"]), len(entry["areas"][0])) == (2, 1, 2)
    assert shape_of(entry).equals(shapely.union_all(list(mixed.geoms)))
    assert drawn(shapely.Polygon(), 2) == {}


def test_steps_end_at_the_corridors_own_slack():
    assert shares_within(0.2) == [0.02, 0.05, 0.1, 0.15, 0.2]
    assert shares_within(0.01) == [0.01]


def test_areas_of_an_ensemble_hold_the_cells_that_reach_the_share_and_lie_in_one_another():
    lon, lat = np.arange(40, 42, 0.05), np.arange(36, 34, -0.05)
    cloud = np.exp(-((lat[:, None] - 35) ** 2 + (lon[None, :] - 41) ** 2) / 0.2)
    grid = xr.DataArray(cloud, dims=("y", "x"), coords={"y": lat, "x": lon}).rio.write_crs(4326)
    areas = [shape_of(entry) for _, entry in chances("c", grid, 0.001)["bands"]]
    for chance, area in zip(CHANCES, areas, strict=True):
        radius = np.sqrt(-0.2 * np.log(chance))  # of the circle where the cloud has this value
        assert area.area == pytest.approx(np.pi * radius**2, rel=0.05)
    assert all(wide.buffer(0.002).contains(narrow) for wide, narrow in itertools.pairwise(areas))
    with pytest.raises(InputError, match="expected a DataArray"):
        chances("c", np.zeros((3, 3)), 0.01)
