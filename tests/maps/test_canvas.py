"""The frame: what is plotted in degrees lands where PROJ says, and regions that cannot be shown are refused."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from matplotlib.figure import Figure

from geoops.core.errors import CoordinateError, InputError
from geoops.maps.canvas import Panel, describe_crs, region_for

REGION = (35.5, 32.3, 46.0, 37.9)


def panel(region=REGION, **kwargs):
    return Panel(Figure(figsize=(11.69, 8.27), dpi=100), (10.0, 40.0, 270.0, 150.0), region, **kwargs)


def test_a_point_in_degrees_lands_where_proj_puts_it():
    p = panel()
    pixel = p.ax.transData.transform([(40.98, 34.4)])[0]
    x, y = pyproj.Transformer.from_crs("EPSG:4326", p.crs, always_xy=True).transform(40.98, 34.4)
    expected = p.ax.transAxes.transform(
        [((x - p.view[0]) / (p.view[2] - p.view[0]), (y - p.view[1]) / (p.view[3] - p.view[1]))]
    )[0]
    assert np.allclose(pixel, expected, atol=1e-6)
    assert np.allclose(p.ax.transFrame.transform(p.points(40.98, 34.4))[0], expected, atol=1e-6)


def test_pixels_turn_back_into_degrees():
    p = panel()
    there = p.ax.transData.transform([(44.4, 33.3)])
    assert np.allclose(p.ax.transData.inverted().transform(there), [(44.4, 33.3)], atol=1e-9)


def test_plotting_keeps_the_view_and_the_aspect():
    p = panel()
    before = (*p.ax.get_xlim(), *p.ax.get_ylim())
    p.ax.plot([0.0, 90.0], [10.0, 80.0])
    p.ax.set_aspect("equal")
    p.ax.autoscale_view()
    assert (*p.ax.get_xlim(), *p.ax.get_ylim()) == before
    assert p.ax.format_coord(40, 35) == "40.0000, 35.0000"


def test_the_view_holds_the_region_and_one_scale_both_ways():
    p = panel()
    corners = p.points([35.5, 46.0, 35.5, 46.0, 40.75], [32.3, 32.3, 37.9, 37.9, 37.9])
    assert p.inside(corners, inset_pt=-1e-6).all()
    assert (p.view[2] - p.view[0]) / p.width_pt == pytest.approx((p.view[3] - p.view[1]) / p.height_pt)


def test_a_loop_smaller_than_the_print_is_left_out_and_the_rest_of_its_line_stays():
    p = panel()
    loop = shapely.LineString([(41.0, 35.0), (41.0, 35.0001), (41.0001, 35.0001), (41.0, 35.0)])  # ten metres
    through = shapely.LineString([(38.0, 34.0), (42.0, 36.0)])
    assert p.to_frame(loop).is_empty
    assert p.to_frame(shapely.MultiLineString([loop, through])).equals(p.to_frame(through))


def test_scale_on_the_sheet_agrees_with_the_ellipsoid():
    p = panel()
    a, b = p.points([40.0, 40.5], [35.0, 35.2])
    ground = Geodesic.WGS84.Inverse(35.0, 40.0, 35.2, 40.5)["s12"]
    assert np.hypot(*(b - a)) * p.metres_per_pt == pytest.approx(ground, rel=0.002)


def test_shown_region_reaches_every_corner_of_the_frame():
    p = panel()
    lon, lat = p.degrees(
        [(0, 0), (p.width_pt, 0), (0, p.height_pt), (p.width_pt, p.height_pt), (p.width_pt / 2, p.height_pt)]
    )
    west, south, east, north = p.shown
    assert west <= lon.min()
    assert east >= lon.max()
    assert south <= lat.min()
    assert north >= lat.max()


def test_a_given_scale_is_kept():
    assert panel(metres_per_pt=500.0).metres_per_pt == pytest.approx(500.0)


@pytest.mark.parametrize(
    ("region", "words"),
    [
        ((10.0, -30.0, 40.0, 20.0), "Transverse Mercator"),
        (
            (35.5, 32.3, 46.0, 37.9),
            "Lambert conformal conic, standard parallels 33.23° N and 36.97° N, centre 40.75° E",
        ),
        ((-60.0, -40.0, -50.0, -30.0), "38.33° S and 31.67° S"),
        ((-20.0, 74.0, 40.0, 82.0), "Polar stereographic"),
        ((-60.0, -20.0, 60.0, 40.0), "Lambert azimuthal equal-area, centre 10° N 0° E"),
    ],
)
def test_the_projection_is_stated_for_any_region(region, words):
    p = panel(region)
    assert words in describe_crs(p.crs)
    assert np.isfinite(p.shown).all()


def test_a_region_over_the_antimeridian_is_refused_with_what_to_do():
    with pytest.raises(CoordinateError, match="antimeridian"):
        panel((170.0, -20.0, -170.0, -10.0))
    with pytest.raises(InputError, match="both sides of the antimeridian"):
        region_for((-179.0, -20.0, 179.0, -10.0))


def test_a_region_of_nothing_is_refused():
    with pytest.raises(InputError, match="smaller than a kilometre"):
        panel((40.0, 35.0, 40.005, 35.005))


def test_a_region_round_one_place_is_not_a_point():
    west, south, east, north = region_for((40.0, 35.0, 40.0, 35.0))
    assert east - west >= 0.4
    assert north - south >= 0.4


def test_geometry_far_outside_the_frame_is_cut_away():
    import shapely

    p = panel()
    assert p.to_frame(shapely.box(100, -40, 110, -30)).is_empty
    assert p.to_frame(None).is_empty
    bow_tie = shapely.Polygon([(38, 34), (40, 36), (40, 34), (38, 36)])
    assert p.to_frame(bow_tie).area > 0


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857"])
@pytest.mark.parametrize("downwards", [False, True])
def test_a_grid_lies_where_its_points_do(crs, downwards):
    panel = Panel(Figure(figsize=(8, 6)), (10, 10, 160, 120), (37.0, 33.0, 46.0, 37.5))
    xs, ys = np.linspace(0.0, panel.width_pt, 61), np.linspace(0.0, panel.height_pt, 47)[:: -1 if downwards else 1]
    x, y = panel.grid(xs, ys, crs)
    px, py = np.meshgrid(xs, ys)
    lon, lat = panel.degrees(np.column_stack([px.ravel(), py.ravel()]))
    back = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x.ravel(), y.ravel())
    assert x.shape == (47, 61)
    metres = pyproj.Geod(ellps="WGS84").inv(lon, lat, *back)[2]
    assert np.max(metres) < 1e-3 * panel.metres_per_pt
