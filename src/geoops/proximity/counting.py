"""Counting what lies within radii of sites: how many, how long, how large, how heavy, which - for any number of sites.

The table's numbers, without the table: `exposure` puts names to them, `people` sums populations with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geoops.proximity.bounds import bounds_m
from geoops.proximity.clipping import DenseAreas, DistanceTo, area_within_m2, length_within_m, piece_lengths_m
from geoops.proximity.engine import find_pairs
from geoops.proximity.inputs import Places, names_of, placed, uncertainty_of
from geoops.proximity.shapes import area_m2

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geoops.proximity.pieces import FloatArray
    from geoops.proximity.search import Found, Side

__all__ = ["Counts", "Stock", "count_within", "make_stock", "reach_of"]

_BY_BOUND = {"": "metres", "_sure": "high", "_possible": "low"}


@dataclass(frozen=True)
class Stock:
    """What is counted: the features prepared, and how long, large, heavy and sure each is."""

    side: Side
    there: NDArray[np.bool_]
    lengths_m: FloatArray
    areas_m2: FloatArray
    fine: DenseAreas
    doubt_m: FloatArray
    names: NDArray[np.object_]
    weights: dict[str, FloatArray]

    def totals(self) -> dict[str, float]:
        """Of everything: `count`, `length_km`, `area_km2` and each weight by its name."""
        return {
            "count": float(self.there.sum()), "length_km": float(self.lengths_m.sum()) / 1e3,
            "area_km2": float(self.areas_m2.sum()) / 1e6,
            **{name: float(values[self.there].sum()) for name, values in self.weights.items()},
        }  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """Numbers of shape (sites, radii); `sums` has for each weight its sum, the sure and the possible one."""

    count: FloatArray
    count_sure: FloatArray
    count_possible: FloatArray
    length_km: FloatArray
    area_km2: FloatArray
    names: list[list[str]]
    sums: dict[str, FloatArray]


def make_stock(features: gpd.GeoDataFrame, side: Side, weights: dict[str, FloatArray]) -> Stock:
    """
    Features ready to be counted.

    Parameters
    ----------
    features, side
        A layer, and the same prepared.
    weights
        What is to be summed, by its name.
    """
    geometry = features.geometry.to_numpy()
    lengths = np.zeros(len(features))
    np.add.at(lengths, side.pieces.owner, piece_lengths_m(side.pieces))
    lengths[side.areas.rows] = 0.0
    areas = np.zeros(len(features))
    areas[side.areas.rows] = [area_m2(geometry[row], side.pieces.edges) for row in side.areas.rows]
    return Stock(
        side, placed(features.geometry), lengths, areas, DenseAreas(geometry, areas, side.pieces.edges),
        uncertainty_of(features), names_of(features), weights,
    )  # fmt: skip


def reach_of(radii_m: FloatArray, doubt_m: FloatArray, site_doubt_m: float) -> float:
    """How far from a site a feature may be drawn that could lie within the largest radius all the same."""
    return float(radii_m.max()) + float(doubt_m.max(initial=0.0)) + site_doubt_m


def count_within(
    places: Places, stock: Stock, radii_m: FloatArray, *, reach_m: float, k: int, pairs: int | None = None
) -> Counts:
    """
    Everything within each radius of each site.

    Parameters
    ----------
    places
        Sites.
    stock
        What is counted.
    radii_m
        Radii in metres.
    reach_m
        `reach_of` all sites and features of the whole task.
    k
        At least as many as there are features.
    pairs
        Where this is a part of a larger task: its pairs (see `find_pairs`).
    """
    found = find_pairs(places.shapes, stock.side, k=k, max_m=reach_m, pairs=pairs)
    low, high = bounds_m(found, places, stock.doubt_m, stock.side, cap_m=float(radii_m.max()))
    metres = {"metres": found.metres, "low": low, "high": high}
    shape = (len(places.index), len(radii_m))
    counts = {name: np.zeros(shape) for name in _BY_BOUND}
    sums = {weight + name: np.zeros(shape) for weight in stock.weights for name in _BY_BOUND}
    for number, radius in enumerate(radii_m):
        for name, which in _BY_BOUND.items():
            hit = metres[which] <= radius
            counts[name][:, number] = np.bincount(found.site[hit], minlength=shape[0])
            for weight, values in stock.weights.items():
                heavy = np.bincount(found.site[hit], weights=values[found.feature[hit]], minlength=shape[0])
                sums[weight + name][:, number] = heavy
    lengths, areas, names = _measured(places, stock, found, radii_m)
    return Counts(counts[""], counts["_sure"], counts["_possible"], lengths / 1e3, areas / 1e6, names, sums)


def _measured(
    places: Places, stock: Stock, found: Found, radii_m: FloatArray
) -> tuple[FloatArray, FloatArray, list[list[str]]]:
    """Metres and square metres within, and the names, the nearest first."""
    sites = len(places.index)
    lengths, areas = np.zeros((sites, len(radii_m))), np.zeros((sites, len(radii_m)))
    lines = np.flatnonzero(stock.lengths_m[found.feature] > 0.0)
    if len(lines):
        to_sites = DistanceTo(places.shapes, stock.side.pieces.edges)
        lengths = length_within_m(to_sites, found.site[lines], stock.side, found.feature[lines], radii_m)
    names: list[list[str]] = []
    ends = np.searchsorted(found.site, np.arange(sites + 1), side="left")
    for site in range(sites):
        mine = slice(ends[site], ends[site + 1])
        features, metres = found.feature[mine], found.metres[mine]
        for number, radius in enumerate(radii_m):
            hit = features[metres <= radius]
            names.append(list(dict.fromkeys(name for name in stock.names[hit] if name is not None)))
            cut = hit[stock.areas_m2[hit] > 0.0]
            if len(cut):
                areas[site, number] = area_within_m2(places.shapes[site], stock.fine, cut, radius)
    return lengths, areas, names
