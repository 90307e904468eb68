"""A friction is made of layers: each of its parts does what it says, and all of it is recorded."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import rioxarray  # noqa: F401
import shapely
import xarray as xr

from geoops.core.errors import CoordinateError, InputError
from geoops.core.types import Friction
from geoops.corridors import corridor, friction, travel_time
from geoops.corridors.themes import THEMES

REGION = (40.0, 34.0, 41.0, 35.0)
NOTHING = dict.fromkeys(THEMES)
CELL = 1 / 60


def frame(*geometries, **columns) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(geometries), crs=4326, index=range(len(geometries)))


def line(*places):
    return shapely.LineString(places)


def made(mode="vehicle", crossings="any", speeds=None, cell_deg=CELL, border_delay_h=0.0, **layers):
    return friction(
        REGION, mode=mode, cell_deg=cell_deg, layers={**NOTHING, **layers}, speeds=speeds, crossings=crossings,
        border_delay_h=border_delay_h,
    )  # fmt: skip


def relief(function) -> xr.DataArray:
    x, y = np.linspace(39.9, 41.1, 61), np.linspace(35.1, 33.9, 61)
    grid = xr.DataArray(function(*np.meshgrid(x, y)), coords={"y": y, "x": x}, dims=("y", "x"))
    return grid.rio.write_crs(4326)


def hours(f, a, b, **others) -> float:
    return corridor(f, a, b, **others).hours


def km(a, b) -> float:
    import pyproj

    return pyproj.Geod(ellps="WGS84").inv(*a, *b)[2] / 1000


def test_the_grid_covers_the_region_on_whole_multiples_of_the_cell():
    f = made(cell_deg=None)
    assert f.shape == (120, 120)
    assert float(f.pace.x[0]) == pytest.approx(40.0 + 0.5 / 120)
    assert float(f.pace.y[0]) == pytest.approx(35.0 - 0.5 / 120)
    assert f.crs == "EPSG:4326"
    odd = friction((40.003, 34.001, 40.5, 34.4), layers=NOTHING, cell_deg=0.01)
    assert float(odd.pace.x[0]) == pytest.approx(40.005)
    assert odd.shape == (40, 50)


def test_off_the_roads_the_pace_is_the_tables_ground():
    f = made()
    row = next(r for r in f.attrs["speeds"] if (r["applies"], r["key"]) == ("ground", "open"))
    assert float(f.pace[5, 5]) == pytest.approx(3.6 / row["best"])
    assert row["source"]
    assert row["low"] < row["best"] < row["high"]
    assert set(row["source"].split(";")) <= set(f.attrs["sources"])


@pytest.mark.parametrize("kind", ["motorway", "trunk", "trunk_link", "Primary", "track"])
def test_a_road_has_the_speed_of_its_class(kind):
    road = frame(line((40.1, 34.5), (40.9, 34.5)), **{"class": [kind]})
    f = made(roads=road)
    key = kind.lower().removesuffix("_link")
    speed = next(r["best"] for r in f.attrs["speeds"] if r["key"] == key)
    assert f.network["pace_s_per_m"].iloc[0] == pytest.approx(3.6 / speed)
    a, b = (40.1, 34.5), (40.9, 34.5)
    assert hours(f, a, b) == pytest.approx(km(a, b) / speed, rel=0.03)


def test_a_road_of_no_known_class_has_the_speed_of_other():
    f = made(roads=frame(line((40.1, 34.5), (40.9, 34.5))))
    assert f.network["speed"].tolist() == ["other"]


def test_speeds_given_in_the_call_stand_over_the_table(tmp_path):
    road = frame(line((40.1, 34.5), (40.9, 34.5)), **{"class": ["trunk"]})
    a, b = (40.1, 34.5), (40.9, 34.5)
    slow = made(roads=road, speeds={"trunk": 40, "ground": (1, 2, 3), "foot.every": 9})
    assert hours(slow, a, b) == pytest.approx(km(a, b) / 40, rel=0.03)
    assert float(slow.pace[3, 3]) == pytest.approx(1.8)
    row = next(r for r in slow.attrs["speeds"] if r["key"] == "trunk")
    assert row["source"] == "given by the user"
    table = tmp_path / "mine.toml"
    table.write_text('[vehicle.road]\ntrunk = { low = 10, best = 20, high = 30, source = "me" }\n', encoding="utf-8")
    mine = made(roads=road, speeds=table)
    assert hours(mine, a, b) == pytest.approx(km(a, b) / 20, rel=0.03)
    assert any(r["key"] == "motorway" for r in mine.attrs["speeds"])  # the rest stays


def test_a_path_walked_is_slower_than_a_road_driven_and_faster_than_the_open():
    road = frame(line((40.1, 34.5), (40.9, 34.5)), **{"class": ["trunk"]})
    a, b = (40.1, 34.5), (40.9, 34.5)
    drive, walk = made(roads=road), made("foot", roads=road)
    wild = made("foot")
    assert hours(drive, a, b) < hours(walk, a, b) < hours(wild, a, b)
    assert hours(walk, a, b) == pytest.approx(km(a, b) / 5.0, rel=0.03)
    assert hours(wild, a, b) == pytest.approx(km(a, b) / 3.0, rel=0.03)


def test_mixed_drives_on_roads_and_walks_off_them():
    road = frame(line((40.1, 34.5), (40.9, 34.5)), **{"class": ["trunk"]})
    hill = relief(lambda x, _: 4000 * (x - 40))
    mixed, drive = made("mixed", roads=road, terrain=hill), made(roads=road)
    a, b = (40.1, 34.5), (40.9, 34.5)
    assert hours(mixed, a, b) == pytest.approx(hours(drive, a, b), rel=0.05)
    assert mixed.slope_pace == "tobler"
    assert not mixed.network["sloped"].any()
    assert float(mixed.pace[3, 3]) == pytest.approx(1.2)


def test_offroad_is_faster_off_the_roads():
    assert float(made("vehicle_offroad").pace[0, 0]) < float(made("vehicle").pace[0, 0])


def test_vehicles_slow_down_on_slopes_and_stop_at_the_limit():
    def wall(x, y):
        return np.where(x > 40.5, (x - 40.5) * 91_000 * 0.15, 0.0)  # 15 % up in the east

    f = made(terrain=relief(wall))
    flat, steep = float(f.pace[30, 10]), float(f.pace[30, 50])
    assert steep == pytest.approx(2 * flat, rel=0.05)  # half of the limit of 30 %
    cliff = made(terrain=relief(lambda x, _: np.where(x > 40.5, (x - 40.5) * 91_000 * 0.5, 0.0)))
    assert np.isinf(cliff.pace.values[30, 45:]).all()
    assert f.slope_pace is None
    assert f.elevation is not None


def test_walking_takes_slope_and_direction_from_the_terrain():
    f = made("foot", terrain=relief(lambda x, _: (x - 40.0) * 91_000 * 0.1))
    a, b = (40.2 + CELL / 2, 34.5), (40.8 + CELL / 2, 34.5)
    up, down = hours(f, a, b), hours(f, b, a)
    flat = km(a, b) / 3.0
    assert up == pytest.approx(flat * np.exp(3.5 * 0.1), rel=0.03)
    assert down == pytest.approx(flat * np.exp(3.5 * (0.05 - 0.05)), rel=0.03)


def test_finer_terrain_is_averaged_and_coarser_is_interpolated():
    plane = relief(lambda x, y: 1000 * (x - 40) + 500 * (y - 34))
    for cell in (1 / 120, 0.1):
        f = made(cell_deg=cell, terrain=plane)
        x, y = np.meshgrid(f.pace.x, f.pace.y)
        np.testing.assert_allclose(f.elevation.values, 1000 * (x - 40) + 500 * (y - 34), atol=6)


def test_lakes_cannot_be_entered_and_ponds_do_not_count():
    lake, pond = shapely.box(40.3, 34.3, 40.5, 34.6), shapely.box(40.7, 34.7, 40.703, 34.703)
    f = made(water=frame(lake, pond))
    x, y = np.meshgrid(f.pace.x, f.pace.y)
    inside = shapely.contains_xy(lake.buffer(-CELL / 2), x, y)
    assert np.isinf(f.pace.values[inside]).all()
    outside = ~shapely.intersects_xy(lake.buffer(CELL / 2), x, y)
    assert np.isfinite(f.pace.values[outside]).all()


def test_a_lake_narrower_than_a_step_is_not_stepped_over():
    lake = shapely.box(39.9, 34.50, 41.1, 34.511)  # less than a cell wide, right across
    f = made(water=frame(lake))
    assert corridor(f, (40.5, 34.2), (40.5, 34.8)).status == "no_path"


def test_the_sea_is_where_no_country_is():
    f = made(countries=frame(shapely.box(39, 33, 40.5, 36), country=["AA"]))
    assert np.isinf(f.pace.sel(x=slice(40.51, 41)).values).all()
    assert np.isfinite(f.pace.sel(x=slice(40, 40.49)).values).all()


RIVER = line((39.8, 34.507), (41.2, 34.507))
NORTH, SOUTH = (40.3, 34.8), (40.3, 34.2)


def test_a_named_river_is_crossed_by_its_bridge_only():
    rivers = frame(RIVER, name=["Nahr"], kind=["STM"])
    assert corridor(made(rivers=rivers), NORTH, SOUTH).status == "no_path"
    bridges = frame(shapely.Point(40.8, 34.51), name=["Jisr"], kind=["BDG"], status=["operating"])
    f = made(rivers=rivers, bridges=bridges)
    found = corridor(f, NORTH, SOUTH)
    assert found.status == "found"
    at = shapely.intersection(found.route, RIVER)
    assert at.x == pytest.approx(40.8, abs=1e-3)
    assert found.passes["name"].tolist() == ["Jisr"]
    assert f.attrs["counts"]["bridges_without_road"] == 1


@pytest.mark.parametrize(
    ("change", "mode", "passable"),
    [
        ({"status": ["destroyed"]}, "vehicle", False),
        ({"status": ["damaged"]}, "vehicle", True),
        ({"carries": ["rail"]}, "vehicle", False),
        ({"carries": ["rail"]}, "foot", True),
        ({"carries": ["foot"]}, "vehicle", False),
        ({"carries": ["road"]}, "vehicle", True),
    ],
)
def test_which_bridges_bear_whom(change, mode, passable):
    bridges = frame(shapely.Point(40.8, 34.51), **{"name": ["Jisr"], "kind": ["BDG"], **change})
    f = made(mode, rivers=frame(RIVER, name=["Nahr"]), bridges=bridges)
    assert (corridor(f, NORTH, SOUTH).status == "found") == passable


def test_a_bridge_far_from_any_river_bridges_nothing():
    bridges = frame(shapely.Point(40.8, 34.7), name=["Jisr"])
    f = made(rivers=frame(RIVER, name=["Nahr"]), bridges=bridges)
    assert f.attrs["counts"]["bridges_without_road"] == 0
    assert corridor(f, NORTH, SOUTH).status == "no_path"


def test_a_road_crosses_a_river_and_its_bridge_is_not_made_twice():
    road = frame(line((40.8, 34.2), (40.8, 34.8)), **{"class": ["primary"]})
    bridges = frame(shapely.Point(40.803, 34.51), name=["Jisr"])
    f = made(rivers=frame(RIVER, name=["Nahr"]), bridges=bridges, roads=road)
    assert f.attrs["counts"]["bridges_without_road"] == 0
    found = corridor(f, NORTH, SOUTH)
    assert shapely.intersection(found.route, RIVER).x == pytest.approx(40.8, abs=1e-6)


def test_wadis_and_unnamed_streams_are_no_obstacle():
    other = line((39.8, 34.9), (41.2, 34.9))
    rivers = frame(RIVER, other, RIVER, name=["Wadi", "Nahr", None], kind=["WAD", "STM", "STM"])
    assert corridor(made(rivers=rivers), NORTH, SOUTH).status == "found"


def test_a_road_drawn_over_the_river_and_back_does_not_land_on_the_other_bank():
    graze = line((40.05, 34.515), (40.3, 34.515), (40.35, 34.503), (40.45, 34.503), (40.5, 34.515), (40.95, 34.515))
    f = made(rivers=frame(RIVER, name=["Nahr"]), roads=frame(graze, **{"class": ["trunk"]}))
    assert not f.network["joins_cells"].all()
    reached = travel_time(f, NORTH)
    assert np.isinf(reached.sel(y=slice(34.49, 34.0)).values).all()
    # The road itself stays whole.
    a, b = (40.06, 34.515), (40.94, 34.515)
    assert corridor(f, a, b).road_share > 0.95


def test_a_road_that_goes_off_on_the_other_bank_has_crossed():
    over = line((40.05, 34.55), (40.3, 34.55), (40.35, 34.40), (40.6, 34.40), (40.65, 34.55), (40.95, 34.55))
    f = made(rivers=frame(RIVER, name=["Nahr"]), roads=frame(over, **{"class": ["trunk"]}))
    assert np.isfinite(travel_time(f, NORTH).values).all()


BORDER = line((40.503, 33.8), (40.503, 35.2))
WEST, EAST = (40.2, 34.5), (40.8, 34.5)


def posts(**columns):
    return frame(
        shapely.Point(40.50, 34.2), shapely.Point(40.51, 34.8),
        **{"name": ["South post", "North post"], "country": "AA", "country_b": "BB", "status": ["closed", "open"], **columns},
    )  # fmt: skip


def test_borders_are_passed_by_policy():
    layers = {"boundaries": frame(BORDER, status=["international"]), "border_crossings": posts()}
    free = made(crossings="anywhere", **layers)
    listed = corridor(made(crossings="any", **layers), WEST, (40.8, 34.3))
    opened = corridor(made(crossings="open", **layers), WEST, (40.8, 34.3))
    straight = corridor(free, WEST, (40.8, 34.3))
    assert straight.hours < listed.hours < opened.hours
    assert listed.crossings["name"].tolist() == ["South post"]
    assert opened.crossings["name"].tolist() == ["North post"]
    assert any("listed as open" in note for note in made(crossings="open", **layers).attrs["assumptions"])


def test_a_crossing_takes_its_delay_off_and_on_the_roads_and_at_a_post():
    border = {"boundaries": frame(BORDER, status=["international"])}
    road = frame(line((40.1, 34.5), (40.9, 34.5)), **{"class": ["trunk"]})
    cases = [
        {"crossings": "anywhere", **border},
        {"crossings": "anywhere", "roads": road, **border},
        {"crossings": "any", "border_crossings": posts(), **border},
    ]
    for case in cases:
        free = corridor(made(**case), WEST, EAST)
        waits = corridor(made(border_delay_h=1.5, **case), WEST, EAST)
        assert waits.hours - free.hours == pytest.approx(1.5, rel=0.01)
        here = corridor(made(border_delay_h=1.5, **case), WEST, (40.3, 34.9))
        assert here.hours == pytest.approx(corridor(made(**case), WEST, (40.3, 34.9)).hours)
    assert any("1.5 h more" in note for note in made(border_delay_h=1.5, **cases[0]).attrs["assumptions"])
    with pytest.raises(InputError, match="border_delay_h"):
        made(border_delay_h=-1.0)


def test_a_road_that_wavers_over_the_border_waits_once_or_not_at_all():
    border = {"boundaries": frame(BORDER, status=["international"]), "crossings": "anywhere"}
    waver = line((40.49, 34.1), (40.495, 34.4), (40.507, 34.41), (40.507, 34.43), (40.495, 34.44), (40.49, 34.9))
    over = line((40.1, 34.5), (40.502, 34.5), (40.502, 34.51), (40.498, 34.515), (40.498, 34.53), (40.9, 34.53))
    for road, times in ((waver, 0), (over, 1)):
        roads = frame(road, **{"class": ["trunk"]})
        ends = [shapely.get_coordinates(road)[i] for i in (0, -1)]
        free, waits = (corridor(made(roads=roads, border_delay_h=d, **border), *ends).hours for d in (0.0, 10.0))
        assert waits - free == pytest.approx(10.0 * times, abs=0.1)


def test_a_delay_is_one_for_all_barriers():
    walls = frame(line((40.4, 33.9), (40.4, 35.1)), line((40.6, 33.9), (40.6, 35.1)), delay_s=[60.0, 120.0])
    base = made()
    with pytest.raises(InputError, match="one number of seconds"):
        travel_time(Friction(base.pace, barriers=walls), WEST)
    both = travel_time(Friction(base.pace, barriers=walls.assign(delay_s=3600.0)), WEST)
    none = travel_time(base, WEST)
    east = both.x.values > 40.6
    np.testing.assert_allclose((both - none).values[:, east], 2.0, atol=1e-9)


def test_night_makes_a_journey_longer_and_says_so():
    roads = frame(line((40.1, 34.5), (40.9, 34.5)), **{"class": ["trunk"]})
    day = made(roads=roads)
    night = friction(REGION, cell_deg=CELL, layers={**NOTHING, "roads": roads}, factors={"road": 2.0, "ground": 2.0})
    assert corridor(night, WEST, EAST).hours == pytest.approx(2.0 * corridor(day, WEST, EAST).hours)
    assert night.attrs["factors"] == {"road": 2.0, "ground": 2.0}
    assert any("road x 2" in note for note in night.attrs["assumptions"])


def test_without_a_listed_post_a_border_is_closed():
    layers = {"boundaries": frame(BORDER, status=["international"])}
    found = corridor(made(**layers), WEST, EAST)
    assert found.status == "no_path"
    assert "crossings=" in found.reason
    assert any("No border crossing" in note for note in made(**layers).attrs["assumptions"])
    only_closed = corridor(made(crossings="open", border_crossings=posts(status="closed"), **layers), WEST, EAST)
    assert only_closed.status == "no_path"


def test_claims_and_provinces_are_no_border():
    for status in ("disputed", "claim", "admin"):
        both = frame(BORDER, line((39, 33), (39, 36)), status=[status, "international"])
        assert corridor(made(boundaries=both), WEST, EAST).status == "found"


def test_a_road_over_a_closed_border_is_cut_and_at_the_post_it_is_not():
    roads = frame(line((40.1, 34.5), (40.9, 34.5)), line((40.1, 34.2), (40.9, 34.2)), **{"class": ["trunk", "trunk"]})
    f = made(boundaries=frame(BORDER, status=["international"]), border_crossings=posts(), roads=roads)
    assert f.attrs["counts"]["closed_at_borders"] == 1
    assert f.attrs["counts"]["border_posts_without_road"] == 1
    found = corridor(f, WEST, EAST)
    met = shapely.intersection(found.route, BORDER)
    assert met.geom_type == "Point"
    assert met.y == pytest.approx(34.2, abs=1e-6)


def test_a_road_along_the_border_that_wavers_over_it_stays_whole_and_leaks_nothing():
    waver = line((40.495, 34.05), (40.495, 34.4), (40.507, 34.45), (40.507, 34.5), (40.495, 34.55), (40.495, 34.95))
    f = made(boundaries=frame(BORDER, status=["international"]), roads=frame(waver, **{"class": ["trunk"]}))
    assert f.attrs["counts"]["closed_at_borders"] == 0
    assert np.isinf(travel_time(f, WEST).sel(x=slice(40.53, 41)).values).all()
    assert corridor(f, (40.495, 34.06), (40.495, 34.94)).road_share > 0.9


def test_a_link_is_joined_to_the_road_it_ends_beside():
    roads = frame(line((40.1, 34.5), (40.9, 34.5)), **{"class": ["trunk"], "length_m": [73_600.0]})
    link = frame(
        line((40.5, 34.51), (40.5, 34.9)), **{"class": ["primary"], "uncertainty_m": [2000.0], "length_km": [43.3]}
    )
    f = made(roads=roads, road_links=link)
    assert f.attrs["counts"]["connectors"] == 1
    found = corridor(f, (40.15, 34.5), (40.5, 34.89))
    assert found.road_share > 0.97
    gone = made(roads=roads, road_links=link.assign(status="planned"))
    assert gone.attrs["counts"]["road_links"] == 0


def test_a_stated_length_that_cannot_be_this_lines_is_not_believed():
    roads = frame(line((40.1, 34.5), (40.9, 34.5)), **{"class": ["trunk"], "length_m": [5_000_000.0]})
    f = made(roads=roads)
    assert f.network["length_m"].iloc[0] == pytest.approx(km((40.1, 34.5), (40.9, 34.5)) * 1000, rel=1e-3)


def test_the_attrs_record_what_it_was_made_of():
    f = made("foot", terrain=relief(lambda x, _: 0 * x), rivers=frame(RIVER, name=["Nahr"]))
    attrs = f.attrs
    assert attrs["mode"] == "foot"
    assert attrs["region"] == REGION
    assert set(attrs["layers"]) == {"terrain", "rivers"}
    text = " ".join(attrs["assumptions"])
    assert "Nahr" in text
    assert "Tobler" in text
    assert "Made without roads, water" in text
    assert "no rest" in text


def test_layers_are_read_from_files_too(tmp_path):
    file = tmp_path / "my_roads.geojson"
    frame(line((40.1, 34.5), (40.9, 34.5)), **{"class": ["trunk"]}).to_file(file)
    assert len(made(roads=file).network) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mode": "boat"}, "vehicle_offroad"),
        ({"crossings": "none"}, "anywhere"),
        ({"cell_deg": 0}, "cell_deg"),
        ({"cell_deg": np.nan}, "cell_deg"),
        ({"cell_deg": 1e-7}, r"this machine has .* Use cell_deg="),
        ({"layers": {"road": None}}, "roads, road_links"),
        ({"layers": {**NOTHING, "terrain": frame(RIVER)}}, "terrain must be a grid"),
        ({"layers": {**NOTHING, "roads": 7}}, "roads"),
        ({"speeds": {"mtorway": 9}}, "no row 'mtorway'.*road.motorway"),
        ({"speeds": {"motorway": -9}}, "0 < low"),
        ({"speeds": {"motorway": (90, 80, 70)}}, "0 < low"),
        ({"speeds": {"motorway": (1, 2)}}, "low, best, high"),
        ({"speeds": {"motorway": "fast"}}, "low, best, high"),
        ({"speeds": 9}, "mapping"),
    ],
)
def test_what_cannot_be_used_is_said(change, message):
    with pytest.raises(InputError, match=message):
        friction(REGION, **{"layers": NOTHING, **change})


def test_a_grid_for_a_theme_of_features_is_refused():
    with pytest.raises(InputError, match="features"):
        friction(REGION, layers={**NOTHING, "roads": relief(lambda x, _: x)})


@pytest.mark.parametrize("region", [(170, 0, -170, 10), (0, 0, 0, 0), (40, 91, 41, 92), (1, 2, 3)])
def test_a_region_over_the_antimeridian_or_the_pole_is_refused(region):
    with pytest.raises(CoordinateError):
        friction(region, layers=NOTHING)


def classes(function, names=None) -> xr.DataArray:
    x, y = np.linspace(39.9, 41.1, 61), np.linspace(35.1, 33.9, 61)
    grid = xr.DataArray(function(*np.meshgrid(x, y)).astype("uint8"), coords={"y": y, "x": x}, dims=("y", "x"))
    grid.attrs["layer"] = {} if names is None else {"classes": names}
    return grid.rio.write_crs(4326)


def test_off_the_roads_the_kind_of_ground_sets_the_speed_of_vehicles():
    west_bare = classes(lambda x, _: np.where(x < 40.5, 60, 90))  # WorldCover: bare ground, wetland
    f = made("vehicle_offroad", land_cover=west_bare)
    assert float(f.pace[30, 5]) == pytest.approx(3.6 / 30)
    assert float(f.pace[30, -5]) == pytest.approx(3.6 / 5)
    assert any("desert 30, wetland 5" in note for note in f.attrs["assumptions"])
    changed = made("vehicle_offroad", land_cover=west_bare, speeds={"wetland": (1, 2, 3)})
    assert float(changed.pace[30, -5]) == pytest.approx(3.6 / 2)
    walked = made("foot", land_cover=west_bare)
    assert len(np.unique(walked.pace)) == 1


def test_a_land_cover_refines_the_climate_and_water_in_it_is_closed():
    steppe = classes(lambda x, _: np.full(x.shape, 6), {"6": "BSk", "7": "BWh"})
    cover = classes(lambda x, _: np.select([x < 40.3, x > 40.7], [1, 2], 0), {"1": "dune sand", "2": "open water"})
    f = made("vehicle_offroad", climate=steppe, land_cover=cover)
    assert float(f.pace[30, 5]) == pytest.approx(3.6 / 15)
    assert float(f.pace[30, 30]) == pytest.approx(3.6 / 25)
    assert np.isinf(float(f.pace[30, -5]))
    car = made("vehicle", climate=steppe)  # local roads are thought of: a steppe tells nothing of them
    assert len(np.unique(car.pace)) == 1


def test_night_slows_every_kind_of_ground():
    cover = classes(lambda x, _: np.full(x.shape, 60))
    f = friction(
        REGION, mode="vehicle_offroad", layers={**NOTHING, "land_cover": cover}, factors={"ground": 2.0}, cell_deg=CELL
    )
    assert float(f.pace[5, 5]) == pytest.approx(2 * 3.6 / 30)


def test_the_embedded_climate_tells_desert_from_steppe():
    only = {theme: None for theme in THEMES if theme != "climate"}
    f = friction((38.0, 33.0, 44.0, 37.0), mode="vehicle_offroad", cell_deg=0.05, layers=only)
    desert, steppe = (3.6 / float(f.pace.sel(x=x, y=y, method="nearest")) for x, y in ((41.5, 33.5), (40.9, 36.6)))
    assert (desert, steppe) == pytest.approx((30.0, 25.0))  # the Syrian Desert, the plain round Hasakah


def test_border_lines_come_in_the_view_that_is_asked_for():
    box = (35.4, 32.4, 36.4, 33.6)  # the Golan
    only = {theme: None for theme in THEMES if theme != "boundaries"}
    neutral, syrian = (friction(box, layers=only, cell_deg=0.05, worldview=view) for view in (None, "sy"))
    assert syrian.attrs["worldview"] == "sy"
    assert neutral.attrs["worldview"] == "neutral"
    a, b = (shapely.union_all(f.barriers.geometry.to_numpy()) for f in (neutral, syrian))
    assert not a.equals(b)
    with pytest.raises(InputError, match="no world view"):
        friction(box, layers=only, cell_deg=0.05, worldview="xx")


def test_routes_name_the_checkpoints_that_they_pass():
    road = frame(line((40.1, 34.5), (40.9, 34.5)), **{"class": ["primary"]})
    posts = frame(shapely.Point(40.3, 34.505), shapely.Point(40.5, 34.8), shapely.Point(40.6, 34.5),
                  name=["North gate", "far away", "gone"], status=["operating", "operating", "closed"])  # fmt: skip
    f = made(roads=road, checkpoints=posts)
    passed = corridor(f, (40.1, 34.5), (40.9, 34.5)).passes
    assert list(passed["name"]) == ["North gate"]
    assert list(passed["kind"]) == ["checkpoint"]
    assert passed["km"].iloc[0] == pytest.approx(km((40.1, 34.5), (40.3, 34.5)), rel=0.02)
