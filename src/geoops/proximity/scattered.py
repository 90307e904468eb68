"""The same work on a Dask cluster: each partition of the sites or events against the part of the layer that can matter.

Sites and events may be more than one machine holds; the layer they are measured to must fit in memory once, where the
call is made. A table with known `spatial_partitions` (dask_geopandas: `spatial_shuffle`, `calculate_spatial_partitions`,
a partitioned file) sends every partition only the features that can be nearest to anything in its box; without them every
worker gets the whole layer once.

Completeness. Let the box's centre be c, and R a distance that nothing in the partition exceeds from c: that of the box's
corners, twice it where edges are geodesics, which may leave the box (a point of an edge is no farther from the nearer end
than half the edge, and no edge is longer than the way by c). Going from a place in the partition to c and on to the k-th
nearest feature of c takes at most R + D(c), so nothing farther than that can be among its k nearest; and a feature at least
d from c is at least d - R from the place. A feature is left out only if d - R > min(R + D(c), max_km); d and D come from the
bounds of `ellipsoid`, on their safe sides. Areas are kept, besides, where their box meets the partition's. Every partition
takes the search that the whole task would take, and ties are settled by the layer's order, so the numbers are those
of one machine to the last bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoops.core.errors import InputError
from geoops.core.schema import WGS84
from geoops.proximity.counting import make_stock, reach_of
from geoops.proximity.ellipsoid import ecef, longest_geodesic, shortest_geodesic
from geoops.proximity.engine import count_pairs
from geoops.proximity.events import Tally, tally
from geoops.proximity.exposure import Whole, tabulate, weights_of
from geoops.proximity.farthest import cell_radius_m
from geoops.proximity.inputs import Places, layer_name, placed, read_places, resolve_layer
from geoops.proximity.nearest import Asked, measure
from geoops.proximity.search import Side, make_side

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from geoops.proximity.people import People

__all__ = ["matter", "nearest_scattered", "spread", "tally_scattered", "with_labels", "within_scattered"]

_COLUMNS = ("name", "uncertainty_m", "geometry")
_GUARD_M = 1.0
_HAIR_DEG = 1e-9


def nearest_scattered(sites: Any, layer: Any, asked: Asked) -> Any:
    """`nearest` for a table of Dask's: one of Dask's again, its partitions those of the sites, nothing computed yet."""
    features = resolve_layer(layer)
    name = layer_name(layer, features)
    features = features[[column for column in _COLUMNS if column in features]]
    side = make_side(features.geometry.to_numpy(), asked.edges)
    whole = {
        "asked": asked, "name": name, "pairs": count_pairs(len(sites), side),
        "empty": not placed(features.geometry).any(),
    }  # fmt: skip
    return spread(sites, _nearest_part, features, side, whole, k=asked.k, reach_m=asked.max_m)


def within_scattered(
    sites: Any, features: gpd.GeoDataFrame, radii: NDArray[np.float64], weights: list[str], edges: str,
    crowd: People | None, name: str | None,
) -> Any:  # fmt: skip
    """`within` for a table of Dask's: a table of Dask's, nothing computed yet but the largest doubt of the sites."""
    features = features[[column for column in dict.fromkeys((*_COLUMNS, *weights)) if column in features]]
    side = make_side(features.geometry.to_numpy(), edges)
    stock = make_stock(features, side, weights_of(features, weights))
    doubt_m = 0.0
    if "uncertainty_m" in sites.columns:
        doubt_m = max(0.0, float(np.nan_to_num(float(sites["uncertainty_m"].max().compute()))))
    reach_m = reach_of(radii * 1e3, stock.doubt_m, doubt_m)
    count = max(len(features), 1)
    whole = Whole(radii, reach_m, count, count_pairs(len(sites), side), stock.totals(), name)
    return spread(
        sites, _within_part, features, side, {"whole": whole, "weights": weights}, k=count, reach_m=reach_m, also=crowd
    )


def _within_part(
    part: Any, features: gpd.GeoDataFrame, side: Side, *, whole: Whole, weights: list[str], also: People | None
) -> pd.DataFrame:
    """What lies within the radii of one partition's sites."""
    stock = make_stock(features, side, weights_of(features, weights))
    return with_labels(tabulate(read_places(part), stock, whole, also), part.index)


def tally_scattered(events: Any, places: Places, radii: NDArray[np.float64], by: str | None) -> Tally:
    """The counts of events of Dask's, partition by partition, added up here."""
    from dask import compute, delayed

    pairs = count_pairs(len(events), make_side(places.shapes, "geodesic"))
    shared, counted = _handed_out([places])[0], delayed(tally)
    parts = compute(*(counted(part, shared, radii, by, pairs=pairs) for part in events.to_delayed()))
    total: Tally = sum(parts[1:], start=parts[0])
    return total


def spread(
    sites: Any, work: Callable[..., pd.DataFrame], features: gpd.GeoDataFrame, side: Side, whole: dict[str, Any], *,
    k: int, reach_m: float, also: Any = None,
) -> Any:  # fmt: skip
    """
    A table of Dask's: `work(part, features, side, box, **whole)` of every partition of the sites.

    Parameters
    ----------
    sites
        A `dask_geopandas.GeoDataFrame` or `GeoSeries`.
    work
        Gives the rows of one partition.
    features, side
        The whole layer, and the same prepared.
    whole
        What every part is told of the whole, as keywords.
    k, reach_m
        The layer is cut to what can be among the k nearest of a partition, and within so many metres of it.
    also
        Something large that every part needs, handed to `work` as `also`.
    """
    from dask import config, dataframe, delayed

    edges = side.pieces.edges
    boxes = _boxes_of(sites)
    empty = sites._meta  # noqa: SLF001  the name that Dask gives the empty table to all who extend it
    meta = _apart(empty, _prepared(features.iloc[:0], edges), None, work, whole, also)
    if boxes is None:
        shared = delayed(_prepared)(_handed_out([features])[0], edges)
        prepared = [shared] * sites.npartitions
        boxes = [None] * sites.npartitions
    else:
        parts = _handed_out([features.iloc[matter(box, side, k=k, reach_m=reach_m)] for box in boxes])
        prepared = [delayed(_prepared)(part, edges) for part in parts]
    done, extra = delayed(_apart), _handed_out([also])[0]
    tables = [
        done(part, ready, box, work, whole, extra)
        for part, ready, box in zip(sites.to_delayed(), prepared, boxes, strict=True)
    ]
    with config.set({"dataframe.convert-string": False}):  # names and lists of names stay what they are
        return dataframe.from_delayed(tables, meta=meta, verify_meta=False)


def _prepared(features: gpd.GeoDataFrame, edges: str) -> tuple[gpd.GeoDataFrame, Side]:
    """Features, and the same ready for the search."""
    return features, make_side(features.geometry.to_numpy(), edges)


def _apart(
    part: Any, prepared: tuple[gpd.GeoDataFrame, Side], box: NDArray[np.float64] | None,
    work: Callable[..., pd.DataFrame], whole: dict[str, Any], also: Any,
) -> pd.DataFrame:  # fmt: skip
    """The rows of one partition, which must lie where it says."""
    if box is not None and len(part):
        west, south, east, north = part.to_crs(WGS84).total_bounds if part.crs is not None else part.total_bounds
        if west < box[0] or south < box[1] or east > box[2] or north > box[3]:
            msg = (
                f"sites: a partition reaches from {west:g}, {south:g} to {east:g}, {north:g}, beyond its spatial_partitions"
                f" ({', '.join(f'{v:g}' for v in box)}); call calculate_spatial_partitions() again"
            )
            raise InputError(msg)
    return work(part, *prepared, also=also, **whole)


def _nearest_part(
    part: Any,
    features: gpd.GeoDataFrame,
    side: Side,
    *,
    asked: Asked,
    name: str | None,
    pairs: int,
    empty: bool,
    also: None,  # noqa: ARG001  nothing more is needed
) -> gpd.GeoDataFrame:
    """The proximity table of one partition, with types that no partition changes."""
    table = measure(read_places(part), features, side, asked, name=name, pairs=pairs, empty=empty)
    whole_numbers = pd.api.types.is_integer_dtype(features.index.dtype)
    table["feature"] = table["feature"].astype("Int64" if whole_numbers else object)
    return with_labels(table, part.index)


def with_labels(table: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """The column `site` in the type of the sites' index, in an empty partition as in any other."""
    table["site"] = table["site"].astype(index.dtype if index.nlevels == 1 else object)
    return table


def _handed_out(parts: list[Any]) -> list[Any]:
    """Tables for the workers: sent ahead where a cluster is at hand, so that they do not travel inside the task graph."""
    try:
        from distributed import get_client

        return list(get_client().scatter(parts, hash=False)) if any(part is not None for part in parts) else parts
    except (ImportError, ValueError):  # no cluster: threads or processes of this machine
        from dask import delayed

        return [delayed(part, pure=False, traverse=False) for part in parts]


def _boxes_of(sites: Any) -> list[Any] | None:
    """Each partition's box in degrees (west, south, east, north), where it is known and says everything; else None."""
    known = sites.spatial_partitions
    if known is None or "extent" in sites.columns or known.crs is None or known.crs != WGS84:
        return None
    boxes = known.bounds.to_numpy(dtype=np.float64)
    return [np.array([w - _HAIR_DEG, s - _HAIR_DEG, e + _HAIR_DEG, n + _HAIR_DEG]) for w, s, e, n in boxes]


def matter(box: NDArray[np.float64], side: Side, *, k: int, reach_m: float) -> NDArray[np.int64]:
    """
    Rows of the layer that can be among the k nearest of anything in a box, in their order.

    Parameters
    ----------
    box
        (west, south, east, north) in degrees; a box that is NaN (an empty partition) keeps nothing.
    side
        The whole layer, prepared.
    k
        Features a site.
    reach_m
        The farthest distance asked for.
    """
    pieces, areas = side.pieces, side.areas
    if not np.isfinite(box).all() or not len(pieces):
        return np.empty(0, dtype=np.int64)
    west, south, east, north = box
    centre = ecef(np.array([(west + east) / 2.0]), np.array([(south + north) / 2.0]))
    radius = float(cell_radius_m(box[None, :])[0]) * (2.0 if pieces.edges == "geodesic" else 1.0)
    chord = np.linalg.norm(pieces.middle - centre, axis=1)
    starts = np.flatnonzero(np.append(True, np.diff(pieces.owner) > 0))
    owners = pieces.owner[starts]
    # Middles lie on the features, so the first is a bound from above; the balls give one from below.
    upper = longest_geodesic(np.minimum.reduceat(chord, starts) + _GUARD_M)
    lower = shortest_geodesic(np.minimum.reduceat(chord - pieces.radius_m, starts) - _GUARD_M)
    kth = np.partition(upper, k - 1)[k - 1] if len(upper) >= k else np.inf
    keep = owners[lower - radius <= min(radius + kth, reach_m)]
    rows = areas.rows
    turned = west - 360.0 * np.floor((west - areas.west_bound[rows]) / 360.0)  # west edge, in [area's west, + 360)
    over = (turned <= areas.east_bound[rows]) | (turned + (east - west) >= areas.west_bound[rows] + 360.0)
    over &= (areas.south_bound[rows] <= north) & (areas.north_bound[rows] >= south)
    return np.union1d(keep, rows[over]).astype(np.int64)
