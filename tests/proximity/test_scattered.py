"""On Dask: the numbers of one machine to the last bit, however the sites and events are parted, wherever they are computed."""

from __future__ import annotations

import geopandas as gpd
import layers as hard
import numpy as np
import pandas as pd
import pytest
import shapely

import geoops as go
from geoops.core.publication import unpublished
from geoops.proximity import engine
from geoops.proximity.parts import FeatureIndex
from geoops.proximity.search import find, make_side

dask_geopandas = pytest.importorskip("dask_geopandas", reason="the extra geoops[dask] is not installed")

BOX = hard.BOXES["middle"]
NUMBERS = ["distance_km", "low_km", "high_km", "bearing_deg", "point_distance_km"]


@pytest.fixture(scope="module")
def layer():
    rng = np.random.default_rng(1)
    shapes = [hard.lines(rng, 200, BOX, 0.3), hard.lines(rng, 5, BOX, 4.0), hard.areas(rng, 60, BOX, 0.5),
              hard.points(rng, 40, BOX), np.array([None, shapely.Point()])]  # fmt: skip
    geometry = np.concatenate(shapes)
    rng.shuffle(geometry)
    names = [f"feature {i}" for i in range(len(geometry))]
    doubt = rng.choice([0.0, 500.0, 9_000.0], len(geometry))
    weight = {"capacity": rng.integers(0, 50, len(geometry)).astype(float)}
    return gpd.GeoDataFrame({"name": names, "uncertainty_m": doubt, **weight}, geometry=geometry, crs=4326)


def some_sites(count, *, missing=True):
    rng = np.random.default_rng(2)
    frame = gpd.GeoDataFrame(
        {"uncertainty_m": rng.choice([0.0, 3_000.0], count)}, geometry=hard.points(rng, count, BOX), crs=4326,
        index=np.arange(count) + 10,
    )  # fmt: skip
    if missing:
        frame.loc[15, "geometry"] = None
    return frame


def parted(sites, *, in_space):
    """The sites on Dask; in space: by longitude, so that no part needs the whole layer."""
    if not in_space:
        return dask_geopandas.from_geopandas(sites, npartitions=4)
    order = np.argsort(np.nan_to_num(sites.geometry.x.to_numpy(), nan=40.0), kind="stable")
    return dask_geopandas.from_geopandas(sites.iloc[order], npartitions=5, sort=False)


def assert_the_same_bits(one, other):
    """Row for row, after sites that Dask took in another order."""
    other = other.sort_values(["site", "rank"], kind="stable")
    assert one["site"].tolist() == other["site"].tolist()
    for column in NUMBERS:
        assert np.array_equal(one[column].to_numpy(), other[column].to_numpy(), equal_nan=True), column
    assert one["feature"].astype("Int64").fillna(-1).tolist() == other["feature"].fillna(-1).tolist()
    assert one["feature_name"].fillna("").tolist() == other["feature_name"].fillna("").tolist()
    assert one["status"].tolist() == other["status"].tolist()
    assert np.array_equal(shapely.to_wkb(one.geometry.array), shapely.to_wkb(other.geometry.array))


@pytest.mark.parametrize("in_space", [False, True])
@pytest.mark.parametrize("search", ["plain", "compiled"])
@pytest.mark.parametrize("options", [{}, {"k": 3, "max_km": 20.0}, {"edges": "planar"}])
def test_nearest_gives_the_bits_of_one_machine(layer, options, search, in_space, monkeypatch):
    monkeypatch.setattr(engine, "MANY_PAIRS", 0 if search == "compiled" else 10**12)
    sites = some_sites(400)
    scattered = go.nearest(parted(sites, in_space=in_space), layer, **options)
    assert isinstance(scattered, dask_geopandas.GeoDataFrame)
    computed = scattered.compute()
    assert computed.dtypes.to_dict() == scattered.dtypes.to_dict()
    assert computed.crs == "EPSG:4326"
    assert computed.attrs["edges"] == options.get("edges", "geodesic")
    assert_the_same_bits(go.nearest(sites, layer, **options), computed)


def test_the_search_is_chosen_by_the_whole_task_and_not_by_a_part(layer, monkeypatch):
    """400 sites reach the threshold, 100 do not: with the parts' own sizes the last bits would be another search's."""
    sites = some_sites(400, missing=False)
    monkeypatch.setattr(engine, "MANY_PAIRS", engine.count_pairs(300, make_side(layer.geometry.to_numpy(), "geodesic")))
    computed = go.nearest(parted(sites, in_space=False), layer).compute()
    assert_the_same_bits(go.nearest(sites, layer), computed)
    small = pd.concat([go.nearest(sites.iloc[i : i + 100], layer) for i in range(0, 400, 100)])
    assert not np.array_equal(small["distance_km"].to_numpy(), computed["distance_km"].to_numpy())


def test_sites_that_are_lines_and_areas_and_have_extents(layer):
    rng = np.random.default_rng(3)
    sites = gpd.GeoDataFrame(
        geometry=np.concatenate([hard.lines(rng, 12, BOX, 1.5), hard.areas(rng, 8, BOX, 0.4)]), crs=4326
    )
    table = dask_geopandas.from_geopandas(sites, npartitions=3)
    assert_the_same_bits(go.nearest(sites, layer, k=2), go.nearest(table, layer, k=2).compute())
    sites = some_sites(6, missing=False)
    sites["extent"] = gpd.GeoSeries(hard.areas(rng, 6, BOX, 0.3), index=sites.index, crs=4326)
    table = dask_geopandas.from_geopandas(sites, npartitions=2)
    assert_the_same_bits(go.nearest(sites, layer, k=2), go.nearest(table, layer, k=2).compute())


@pytest.mark.parametrize("edges", ["geodesic", "planar"])
def test_a_partition_is_sent_only_what_can_matter_and_all_of_it(edges):
    """Against the search over the whole layer, for boxes from a street to a continent, poles and antimeridian included."""
    rng = np.random.default_rng(7)
    world = (-180.0, -85.0, 180.0, 85.0)
    shapes = np.concatenate(
        [hard.lines(rng, 2000, world, 0.5), hard.lines(rng, 40, world, 8.0), hard.areas(rng, 70, world, 3.0)]
    )
    side = make_side(shapes, edges)
    index = FeatureIndex(side)
    for number in range(16):
        west, south = rng.uniform(-180, 179), rng.uniform(-90, 88)
        size = 10.0 ** rng.uniform(-2, 1.5)
        box = np.array([west, south, west + size, min(south + size, 90.0)])
        kept = index.matter(box, k=3, reach_m=np.inf, points=True)
        ends = [(rng.uniform(box[0], box[2], 25), rng.uniform(box[1], box[3], 25)) for _ in range(2)]
        assert np.isin(find(make_side(shapely.points(*ends[0]), edges), side, k=3).feature, kept).all()
        if size < 1.0:
            assert len(kept) < len(shapes) / 3
        lines = shapely.linestrings(np.stack([np.column_stack(end) for end in ends], axis=1)[: 8 if number < 6 else 1])
        kept = index.matter(box, k=3, reach_m=np.inf, points=False)
        assert np.isin(find(make_side(lines, edges), side, k=3).feature, kept).all()
    assert len(index.matter(np.full(4, np.nan), k=1, reach_m=np.inf, points=True)) == 0
    near = index.matter(np.array([0.0, 0.0, 1.0, 1.0]), k=len(shapes), reach_m=300_000.0, points=True)
    assert 0 < len(near) < len(shapes) / 10
    assert len(index.matter(np.array(world), k=1, reach_m=np.inf, points=True)) == len(shapes)


@pytest.mark.parametrize("in_space", [False, True])
@pytest.mark.parametrize("search", ["plain", "compiled"])
def test_within_gives_the_bits_of_one_machine(layer, search, in_space, monkeypatch):
    monkeypatch.setattr(engine, "MANY_PAIRS", 0 if search == "compiled" else 10**12)
    sites = some_sites(24)
    places = layer.assign(population=layer["capacity"] * 100.0)
    options = {"weight": "capacity", "people": places}
    one = go.within(sites, layer, [10, 40], **options)
    scattered = go.within(parted(sites, in_space=in_space), layer, [10, 40], **options)
    other = scattered.compute()
    assert other.dtypes.to_dict() == scattered.dtypes.to_dict()
    other = other.sort_values(["site", "radius_km"], kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_a_million_pairs_of_within_need_no_table_of_all_pairs(layer, monkeypatch):
    """Both searches count alike where more features than a kernel's list holds may lie within."""
    sites = some_sites(24)
    plain = go.within(sites, layer, [30, 90])
    monkeypatch.setattr(engine, "MANY_PAIRS", 0)
    compiled = go.within(sites, layer, [30, 90])
    pd.testing.assert_frame_equal(plain, compiled, check_exact=False, rtol=1e-9)


@pytest.mark.parametrize("by", ["month", None])
@pytest.mark.parametrize("search", ["plain", "compiled"])
def test_events_give_the_counts_of_one_machine(layer, by, search, monkeypatch):
    monkeypatch.setattr(engine, "MANY_PAIRS", 0 if search == "compiled" else 10**12)
    events = some_sites(600)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.random.default_rng(4).integers(0, 500, 600), unit="D")
    events["date"] = [None if i % 97 == 0 else str(day.date()) for i, day in enumerate(days)]
    events = events.sort_values("date", na_position="first")  # parts that share no month, one without any
    scattered = dask_geopandas.from_geopandas(events, npartitions=6, sort=False)
    one = go.events_near(events, layer.iloc[:20], [15, 60], by=by)
    pd.testing.assert_frame_equal(one, go.events_near(scattered, layer.iloc[:20], [15, 60], by=by), check_exact=True)
    assert one.attrs == go.events_near(scattered, layer.iloc[:20], [15, 60], by=by).attrs


def test_a_series_and_a_projected_table_with_missing_doubts_are_sites_too(layer):
    sites = some_sites(20, missing=False)
    series = dask_geopandas.from_geopandas(sites.geometry, npartitions=2)
    assert_the_same_bits(go.nearest(sites.geometry, layer), go.nearest(series, layer).compute())
    flat = sites.to_crs(32638).rename_geometry("place")
    flat.loc[12, "uncertainty_m"] = np.nan
    table = dask_geopandas.from_geopandas(flat, npartitions=3)
    assert_the_same_bits(go.nearest(flat, layer), go.nearest(table, layer).compute())
    one, other = go.within(flat, layer, 50), go.within(table, layer, 50).compute().reset_index(drop=True)
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_a_layer_on_dask_is_brought_home_and_an_empty_one_is_told(layer):
    sites = some_sites(30)
    home = dask_geopandas.from_geopandas(layer, npartitions=3)
    assert_the_same_bits(go.nearest(sites, layer), go.nearest(sites, home))
    nothing = go.nearest(parted(sites, in_space=True), layer.iloc[:0]).compute()
    assert set(nothing["status"]) == {"empty_layer", "not_found"}
    far = go.nearest(parted(sites, in_space=True), [(-60.0, -30.0)], max_km=10).compute()
    assert set(far["status"]) == {"none_within", "not_found"}


def test_two_worker_processes_give_the_bits_of_one_machine(layer):
    distributed = pytest.importorskip("distributed", reason="the extra geoops[dask] is not installed")
    sites = some_sites(300)
    events = sites.assign(date="2024-05-05")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, memory_limit=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert client.scheduler.address.startswith("tcp://127.0.0.1:")
        table = parted(sites, in_space=True)
        assert_the_same_bits(go.nearest(sites, layer), go.nearest(table, layer).compute())
        table = parted(sites, in_space=False)
        assert_the_same_bits(go.nearest(sites, layer), go.nearest(table, layer).compute())
        counted = go.events_near(parted(events, in_space=False), layer.iloc[:5], 50)
        pd.testing.assert_frame_equal(go.events_near(events, layer.iloc[:5], 50), counted)
        seen = client.run(lambda: __import__("os").getpid())
    assert len(set(seen.values())) == 2


@pytest.mark.parametrize("who", ["layer", "sites", "none"])
def test_what_must_not_be_published_is_marked_in_every_part(layer, who):
    """The column says so in the parts that hold marked sites, and in all where the layer is marked."""
    sites = some_sites(40, missing=False)
    if who == "layer":
        layer = layer.assign(publish=False, source="a source")
    elif who == "sites":
        sites["publish"] = sites.index < 30
    for table in (
        go.nearest(dask_geopandas.from_geopandas(sites, npartitions=4), layer),
        go.within(dask_geopandas.from_geopandas(sites, npartitions=4), layer, 50.0),
    ):
        computed = table.compute()
        assert list(computed.columns) == list(table.columns)
        assert ("publish" in computed) == (who != "none")
        if who != "none":
            assert bool(unpublished(computed))
            forbidden = set(computed.loc[~computed["publish"].astype(bool), "site"])
            assert forbidden == (set(sites.index) if who == "layer" else set(sites.index[sites.index >= 30]))
