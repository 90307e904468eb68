"""What lies along a route, on the equator, where a degree is 111.319 km: towns, checkpoints, bridges, border posts."""

from __future__ import annotations

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoops.corridors.route import Route, crossings_of, passes_of

DEGREE_KM = 111.3194907932
NORTH_KM = 110.5743  # of a degree of latitude at the equator
XY = np.column_stack([np.linspace(0.0, 1.0, 101), np.zeros(101)])
# The way winds a tenth more than it is drawn.
ROUTE = Route(shapely.LineString(XY), XY[:, 0] * DEGREE_KM * 1100.0, 0.0, 0.0)


def features(*rows, **columns):
    """Points by longitude and kilometres north of the route."""
    return gpd.GeoDataFrame(
        columns,
        geometry=[shapely.Point(lon, km / NORTH_KM) for lon, km in rows],
        crs=4326,
        index=range(7, 7 + len(rows)),
    )


def friction(barriers=None, **layers):
    return SimpleNamespace(features=layers, barriers=barriers)


def listed(frame):
    return list(zip(frame["name"], frame["km"].round(6), strict=True))


def at(lon):
    return round(lon * DEGREE_KM * 1.1, 6)


def test_towns_of_five_thousand_within_three_kilometres_are_passed():
    places = features(
        (0.6, 2.9), (0.2, -2.9), (0.4, 3.1), (0.5, 0.0), (0.7, 0.0), (0.8, 0.0),
        name=["Sixth", "Second", "Beyond", "Hamlet", "Unknown", "Just"], kind=["PPL", "PPLA", "PPL", "PPL", "PPL", "PPL"],
        population=[9e5, 2e4, 9e5, 4999, None, 5000],
    )  # fmt: skip
    found = passes_of(ROUTE, friction(places=places))
    assert listed(found) == [("Second", at(0.2)), ("Sixth", at(0.6)), ("Just", at(0.8))]
    assert found["kind"].tolist() == ["PPLA", "PPL", "PPL"]
    assert found.crs == "EPSG:4326"
    assert found.index.tolist() == [0, 1, 2]
    assert found.geometry.iloc[0].equals(places.geometry.iloc[1])
    assert listed(passes_of(ROUTE, friction(places=places), least_population=4000))[1] == ("Hamlet", at(0.5))


def test_checkpoints_count_within_their_own_uncertainty_or_one_and_a_half_kilometres():
    posts = features(
        (0.1, 1.4), (0.2, 1.6), (0.3, 1.9), (0.4, 0.0), (0.5, 0.0),
        name=["Near", "Out", "Doubtful", "Gone", "Old"], kind=[None, None, "fort", None, None],
        uncertainty_m=[None, 500.0, 2000.0, None, None], status=["", "active", None, "Closed ", "abandoned"],
    )  # fmt: skip
    found = passes_of(ROUTE, friction(checkpoints=posts))
    assert listed(found) == [("Near", at(0.1)), ("Doubtful", at(0.3))]
    assert found["kind"].tolist() == ["checkpoint", "fort"]
    bare = passes_of(ROUTE, friction(checkpoints=posts[["name", "geometry"]]))
    assert bare["name"].tolist() == ["Near", "Gone", "Old"]
    assert set(bare["kind"]) == {"checkpoint"}


def test_of_bridges_the_nearest_to_where_the_way_meets_the_river_is_taken():
    river = gpd.GeoDataFrame(geometry=[shapely.LineString([(x, -1), (x, 1)]) for x in (0.3, 0.6, 0.9)], crs=4326)
    bridges = features(
        (0.3, 2.0), (0.3, -1.0), (0.3, 0.1), (0.6, 3.1), (0.9, 4.0),
        name=["Farther", "Nearest", "Lost", "Out", "Doubtful"], kind="BDG", uncertainty_m=[0, 0, 0, 0, 5000.0],
        status=[None, "operating", "destroyed", None, "planned?"],
    )  # fmt: skip
    found = passes_of(ROUTE, friction(river, bridges=bridges))
    assert listed(found) == [("Nearest", at(0.3)), ("Doubtful", at(0.9))]
    assert passes_of(ROUTE, friction(None, bridges=bridges)).empty
    assert passes_of(ROUTE, friction(river.iloc[:0], bridges=bridges)).empty
    assert passes_of(ROUTE, friction(river, bridges=bridges[bridges["name"] == "Lost"])).empty
    edge = features((0.6, 2.9), name=["In"], kind="BDG")
    assert listed(passes_of(ROUTE, friction(river, bridges=edge))) == [("In", at(0.6))]
    no_names = passes_of(ROUTE, friction(river, bridges=edge[["geometry"]]))
    assert no_names["km"].round(6).tolist() == [at(0.6)]


def test_all_that_is_passed_comes_in_its_order():
    river = gpd.GeoDataFrame(geometry=[shapely.LineString([(0.5, -1), (0.5, 1)])], crs=4326)
    found = passes_of(
        ROUTE,
        friction(
            river, bridges=features((0.5, 0), name=["Bridge"], kind="BDG"), checkpoints=features((0.7, 0), (0.2, 0), name=["Late", "Early"]),
            places=features((0.6, 0), (0.5, 0), name=["Town", "Bank"], kind="PPL", population=6000),
        ),
    )  # fmt: skip
    assert found["name"].tolist() == ["Early", "Bank", "Bridge", "Town", "Late"]


@pytest.mark.parametrize(
    "layers", [{}, {"places": None}, {"places": features(name=[], population=[])}, {"checkpoints": features(name=[])}]
)
def test_where_nothing_lies_the_columns_are_there(layers):
    found = passes_of(ROUTE, friction(**layers))
    assert list(found.columns) == ["name", "kind", "km", "geometry"]
    assert len(found) == 0
    assert found["km"].dtype == float
    assert found.crs == "EPSG:4326"


def border(*longitudes, status="international boundary"):
    lines = [shapely.LineString([(x, -1), (x, 1)]) for x in longitudes]
    return gpd.GeoDataFrame({"status": status}, geometry=lines, crs=4326, index=range(len(lines)))


def crossings(boundaries, posts=None):
    return crossings_of(ROUTE, friction(boundaries=boundaries, border_crossings=posts))


POSTS = features(
    (0.5, 9.0), (0.5, 9.9), (0.2, 10.1), (0.8, 15.0), (0.21, 0.0),
    name=["Chief", "Second", "Out", "Doubtful", "Area"], country=["AA", "CC", "EE", "GG", "II"], country_b=["BB", "DD", "FF", "HH", "JJ"],
    uncertainty_m=[None, None, None, 8000.0, None],
)  # fmt: skip
POSTS.loc[POSTS["name"] == "Area", "geometry"] = shapely.box(0.2, -0.01, 0.22, 0.01)


def test_a_border_is_named_by_the_nearest_post_within_reach():
    found = crossings(border(0.8, 0.5, 0.2), POSTS)
    assert list(found.columns) == ["name", "country_a", "country_b", "km", "listed", "geometry"]
    assert listed(found) == [("unlisted", at(0.2)), ("Chief", at(0.5)), ("Doubtful", at(0.8))]
    assert found["country_a"].tolist()[1:] == ["AA", "GG"]
    assert found["country_b"].tolist()[1:] == ["BB", "HH"]
    assert found["listed"].tolist() == [False, True, True]
    assert found["country_a"].isna().tolist() == found["country_b"].isna().tolist() == [True, False, False]
    assert found.geometry.iloc[1].equals(shapely.Point(0.5, 0.0))
    assert found.crs == "EPSG:4326"


def test_a_line_met_twice_within_reach_is_the_drawing_s_and_three_times_a_crossing():
    # A tenth of a degree is 12.2 km of the way, eight hundredths 9.8.
    assert crossings(border(0.50, 0.58)).empty
    assert listed(crossings(border(0.50, 0.60))) == [("unlisted", at(0.5)), ("unlisted", at(0.6))]
    assert listed(crossings(border(0.50, 0.55, 0.60))) == [("unlisted", at(0.55))]
    assert listed(crossings(border(0.58, 0.50, 0.9))) == [("unlisted", at(0.9))]


def test_without_lines_between_states_no_border_is_passed():
    for boundaries in (None, border(), border(0.5, status="claimed"), border(1.5)):
        found = crossings(boundaries, POSTS)
        assert list(found.columns) == ["name", "country_a", "country_b", "km", "listed", "geometry"]
        assert found.empty
        assert found.crs == "EPSG:4326"
    along = gpd.GeoDataFrame(
        {"status": ["international"]}, geometry=[shapely.LineString([(0.4, 0.0), (0.6, 0.0)])], crs=4326
    )
    assert crossings(along)["name"].tolist() in (["unlisted"], [])  # a way along the line itself is one meeting at most
    assert listed(crossings(border(0.5), POSTS.iloc[:0])) == [("unlisted", at(0.5))]
