"""Laws that any distance obeys, over random layers of every kind."""

from __future__ import annotations

import geopandas as gpd
import layers as hard
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import geoops as go

SEEDS = st.integers(0, 10_000)
QUIET = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
BOX = (35.0, 29.0, 49.0, 38.0)


def mixed(rng):
    return np.concatenate([hard.points(rng, 4, BOX), hard.lines(rng, 5, BOX, 1.0), hard.areas(rng, 3, BOX, 0.6)])


def distances(sites, layer, **options):
    table = go.nearest(gpd.GeoSeries(sites, crs=4326), gpd.GeoSeries(layer, crs=4326), with_lines=False, **options)
    return table["distance_km"].to_numpy()


@QUIET
@given(SEEDS, st.sampled_from(["geodesic", "planar"]))
def test_order_of_sites_and_features_does_not_matter(seed, edges):
    rng = np.random.default_rng(seed)
    sites, layer = mixed(rng), mixed(rng)
    order = rng.permutation(len(sites))
    straight = distances(sites, layer, edges=edges)
    assert np.allclose(
        straight[order], distances(sites[order], layer[rng.permutation(len(layer))], edges=edges), atol=1e-9
    )


@QUIET
@given(SEEDS, st.sampled_from(["geodesic", "planar"]))
def test_order_of_vertices_does_not_matter(seed, edges):
    rng = np.random.default_rng(seed)
    sites, layer = mixed(rng), mixed(rng)
    assert np.allclose(
        distances(sites, layer, edges=edges), distances(sites, shapely.reverse(layer), edges=edges), atol=1e-9
    )


@QUIET
@given(SEEDS, st.sampled_from(["geodesic", "planar"]))
def test_whole_turns_of_longitude_do_not_matter(seed, edges):
    rng = np.random.default_rng(seed)
    sites, layer = mixed(rng), mixed(rng)
    turned = shapely.transform(layer, lambda xy: xy - [360.0, 0.0])
    assert np.allclose(distances(sites, layer, edges=edges), distances(sites, turned, edges=edges), atol=1e-8)


@QUIET
@given(SEEDS)
def test_another_feature_never_raises_a_distance(seed):
    rng = np.random.default_rng(seed)
    sites, layer, more = mixed(rng), mixed(rng), mixed(rng)
    before, after = distances(sites, layer), distances(sites, np.concatenate([layer, more]))
    assert (after <= before + 1e-9).all()
    assert np.allclose(after, np.minimum(before, distances(sites, more)), atol=1e-9)


@QUIET
@given(SEEDS)
def test_the_triangle_inequality_holds(seed):
    rng = np.random.default_rng(seed)
    a, b = hard.points(rng, 1, BOX), hard.points(rng, 1, BOX)
    layer = mixed(rng)[:1]
    assert distances(a, layer)[0] <= distances(a, b)[0] + distances(b, layer)[0] + 1e-9


@QUIET
@given(SEEDS, st.sampled_from(["geodesic", "planar"]))
def test_there_and_back_is_equally_far(seed, edges):
    rng = np.random.default_rng(seed)
    one, other = mixed(rng)[[0, 5, 10]], mixed(rng)[[1, 6, 11]]
    k = 3
    there = go.nearest(gpd.GeoSeries(one, crs=4326), gpd.GeoSeries(other, crs=4326), k=k, edges=edges)
    back = go.nearest(gpd.GeoSeries(other, crs=4326), gpd.GeoSeries(one, crs=4326), k=k, edges=edges)
    a = there.set_index(["site", "feature"])["distance_km"].sort_index().to_numpy().reshape(k, k)
    b = back.set_index(["site", "feature"])["distance_km"].sort_index().to_numpy().reshape(k, k)
    assert np.allclose(a, b.T, atol=1e-8)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_k_nearest_are_the_first_of_all(k):
    rng = np.random.default_rng(1)
    sites, layer = gpd.GeoSeries(mixed(rng), crs=4326), gpd.GeoSeries(mixed(rng), crs=4326)
    everything = go.nearest(sites, layer, k=len(layer))
    some = go.nearest(sites, layer, k=k)
    expected = everything[everything["rank"] <= k]
    assert some["feature"].tolist() == expected["feature"].tolist()
    assert np.allclose(some["distance_km"], expected["distance_km"], atol=1e-12)
