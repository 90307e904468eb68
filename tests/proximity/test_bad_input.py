"""Bad input to every function of the room: a clear error or an explicit row, and never a row less."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import layers as hard
import numpy as np
import oracle
import pandas as pd
import pytest
import shapely

import geoops as go
from geoops.core.errors import CoordinateError, CrsError, InputError
from geoops.proximity import engine

LAYER = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=gpd.points_from_xy([40.0, 41.0], [36.0, 35.0]), crs=4326)
REGION = {"region": (39.0, 34.0, 41.0, 36.0), "cell_deg": 0.5}
SHARED = Path(os.environ.get("GEOOPS_SHARED", Path(__file__).resolve().parents[3] / "shared"))
EVENTS = SHARED / "reference" / "iraq_2007_insurgencies_geocausal.parquet"


def dated(geometry, **options):
    return gpd.GeoDataFrame({"date": ["2025-01-01"] * len(geometry)}, geometry=geometry, **options)


TAKE_SITES = {
    "nearest": lambda sites: go.nearest(sites, LAYER),
    "within": lambda sites: go.within(sites, LAYER, 200.0),
    "rings": lambda sites: go.rings(sites, 10.0),
    "events_near": lambda sites: go.events_near(dated(LAYER.geometry.to_list(), crs=4326), sites, 200.0, by=None),
}
TAKE_LAYER = {
    "nearest": lambda layer: go.nearest([(40.0, 35.0)], layer),
    "within": lambda layer: go.within([(40.0, 35.0)], layer, 200.0),
    "distance_surface": lambda layer: go.distance_surface(layer, **REGION),
}
TAKE_EITHER = {**{f"{name}, sites": take for name, take in TAKE_SITES.items()},
               **{f"{name}, layer": take for name, take in TAKE_LAYER.items()}}  # fmt: skip


@pytest.mark.parametrize("take", TAKE_EITHER.values(), ids=TAKE_EITHER)
def test_coordinates_without_a_crs_not_finite_or_out_of_range_are_refused(take):
    with pytest.raises(CrsError, match="no CRS"):
        take(gpd.GeoSeries([shapely.Point(40, 35)]))
    for line in ([(40, 35), (np.nan, 36)], [(40, 35), (41, np.inf)], [(40, 35), (40, 90.5)], [(400.0, 35), (41, 35)]):
        with np.errstate(invalid="ignore"):
            shape = shapely.LineString(line)
        with pytest.raises(CoordinateError, match=r"row 1 "):
            take(gpd.GeoSeries([shapely.Point(40, 35), shape], crs=4326))
    with pytest.raises(CoordinateError, match="swapped"):
        take(gpd.GeoSeries([shapely.Point(35, 140)], crs=4326))
    with pytest.raises(InputError, match="expected"):
        take({"lon": 40, "lat": 35})


@pytest.mark.parametrize("name", TAKE_SITES)
def test_no_row_is_lost_whatever_the_sites_are(name):
    """Missing, empty, invalid, of every kind, on any index, the same label twice, another column active, a projection."""
    bow = shapely.Polygon([(40, 35), (41, 36), (41, 35), (40, 36)])
    kinds = [
        shapely.Point(40, 35), None, shapely.Point(), shapely.Polygon(), bow, shapely.LineString([(40, 35), (40, 35)]),
        shapely.MultiPoint([(40, 35), (42, 35)]), shapely.GeometryCollection(),
        shapely.GeometryCollection([shapely.Point(40, 35), shapely.LineString([(0, 0), (1, 1)])]),
    ]  # fmt: skip
    index = pd.Index(["x", "x", 3, None, 5.5, "six", ("s", 7), "e", "n"], dtype=object)
    sites = gpd.GeoDataFrame({"shape": gpd.GeoSeries(kinds, index=index, crs=4326)}, geometry="shape", index=index)
    table = TAKE_SITES[name](sites)
    assert len(table) == len(sites)
    assert [str(label) for label in table["site"]] == [str(label) for label in index]
    nowhere = [False, True, True, True, False, False, False, True, False]
    if "status" in table:
        assert (table["status"] == "not_found").tolist() == nowhere
    else:
        assert table.geometry.isna().tolist() == nowhere
    flat = sites.to_crs(32638).drop(index=["n"])  # one part of the last lies far outside the projection
    assert len(TAKE_SITES[name](flat)) == len(flat)
    assert len(TAKE_SITES[name](sites.iloc[:0])) == 0


@pytest.mark.parametrize("name", TAKE_SITES)
def test_inputs_of_every_kind_are_one(name):
    """A table, a series, geometries, pairs: the same numbers."""
    pairs = [(40.0, 35.0), (41.0, 34.0)]
    points = [shapely.Point(pair) for pair in pairs]
    series = gpd.GeoSeries(points, crs=4326)
    tables = [
        TAKE_SITES[name](given) for given in (pairs, points, series, gpd.GeoDataFrame(geometry=series), tuple(points))
    ]
    for table in tables[1:]:
        pd.testing.assert_frame_equal(pd.DataFrame(tables[0]), pd.DataFrame(table))
    assert len(TAKE_SITES[name](pairs[0])) == len(TAKE_SITES[name](points[0])) == 1


@pytest.mark.parametrize(
    "radius", [0, -1, float("nan"), float("inf"), 6_000, "near", [], [10, 10], [10, -1], [[1, 2]], None]
)
def test_radii_that_are_none_or_absurd_are_refused(radius):
    site = [(40.0, 35.0)]
    for call in (
        lambda: go.within(site, LAYER, radius), lambda: go.rings(site, radius),
        lambda: go.events_near(dated([shapely.Point(40, 35)], crs=4326), site, radius),
    ):  # fmt: skip
        with pytest.raises(InputError, match="radi"):
            call()


def test_events_that_are_bad_are_told_or_counted_as_placeless():
    for bad in (dated([shapely.Point(40, 35)]), dated([shapely.Point(40, 99)], crs=4326)):
        with pytest.raises((CrsError, CoordinateError), match="events"):
            go.events_near(bad, [(40.0, 35.0)], 10)
    with pytest.raises(InputError, match="uncertainty_m"):
        go.events_near(dated([shapely.Point(40, 35)], crs=4326).assign(uncertainty_m=-5.0), [(40.0, 35.0)], 10)
    counted = go.events_near(dated([None, shapely.Point(), shapely.Point(40, 35)], crs=4326), [(40.0, 35.0)], 10)
    assert counted.attrs["events_without_place"] == 2
    assert counted["count"].tolist() == [1]


def test_a_million_features_at_one_place():
    """Equally far, the first of the layer count."""
    same = gpd.GeoSeries(shapely.points(np.full(1_000_000, 40.0), np.full(1_000_000, 36.0)), crs=4326)
    table = go.nearest([(40.0, 35.0)], same, k=2, with_lines=False)
    assert table["feature"].tolist() == [0, 1]
    assert np.allclose(table["distance_km"] * 1e3, oracle.inverse_m(40, 35, 40, 36), atol=1e-6)


def test_a_million_sites_at_one_place_keep_their_rows():
    sites = gpd.GeoSeries(np.repeat(shapely.points([[40.0, 35.0]]), 1_000_000), crs=4326)
    layer = gpd.GeoSeries(gpd.points_from_xy(np.linspace(40.0, 45.0, 60), np.full(60, 36.0)), crs=4326)
    assert len(sites) * len(layer) > engine.MANY_PAIRS
    table = go.nearest(sites, layer, with_lines=False)
    assert len(table) == 1_000_000
    assert (table["feature"] == 0).all()
    assert np.allclose(table["distance_km"].iloc[[0, -1]] * 1e3, oracle.inverse_m(40, 35, 40, 36), atol=1e-5)


@pytest.mark.parametrize("edges", ["geodesic", "planar"])
@pytest.mark.parametrize("box", hard.BOXES)
def test_hostile_layers_agree_with_brute_force_by_either_search(box, edges, monkeypatch):
    """Edges of 500 km, slivers, poles, the antimeridian: some of the 2,000 cases of the benchmark."""
    rng = np.random.default_rng(21)
    layer, site = hard.hostile(rng, hard.BOXES[box]), hard.points(rng, 1, hard.BOXES[box])
    truth = np.array([oracle.distance_m(site[0], feature, edges) for feature in layer])
    for pairs in (0, 10**15):
        monkeypatch.setattr(engine, "MANY_PAIRS", pairs)
        table = go.nearest(gpd.GeoSeries(site, crs=4326), gpd.GeoSeries(layer, crs=4326), k=len(layer), edges=edges)
        assert np.abs(table["distance_km"] * 1e3 - truth[table["feature"].astype(int)]).max() < 1e-3


@pytest.mark.skipif(
    not EVENTS.is_file(), reason=f"{EVENTS.name} is not beside the project (GEOOPS_SHARED names its folder)"
)
def test_the_real_events_of_2007_are_counted_as_brute_force_counts_them():
    """68,573 dated points near two cities, month by month, against GeographicLib at each distinct place."""
    events = gpd.read_parquet(EVENTS)
    events = events.set_crs(4326) if events.crs is None else events
    assert len(events) == 68_573
    events["uncertainty_m"] = 2_000.0
    cities = [(44.39, 33.34), (43.13, 36.34)]
    table = go.events_near(events, cities, [5, 25])
    months = pd.to_datetime(events["date"]).dt.to_period("M").dt.start_time
    at = np.column_stack([events.geometry.x, events.geometry.y])
    near = (np.abs(at - cities[0]) < 0.6).all(axis=1) | (np.abs(at - cities[1]) < 0.6).all(axis=1)
    places, which = np.unique(at[near], axis=0, return_inverse=True)
    assert len(places) > 100
    metres = np.array([[oracle.inverse_m(*city, *place) for city in cities] for place in places])[which.ravel()]
    for (site, radius), part in table.groupby(["site", "radius_km"]):
        for column, limit in (("count", 0.0), ("count_sure", -2_000.0), ("count_possible", 2_000.0)):
            hit = months[near][metres[:, int(site)] <= radius * 1e3 + limit]
            truth = hit.value_counts().reindex(part["period"], fill_value=0)
            assert part[column].tolist() == truth.tolist()
    assert table.attrs["events"] == 68_573
