"""The same work on a Dask cluster: each partition of the sites or events against the part of the layer that can matter.

Sites and events may be more than one machine holds; the layer they are measured to must fit in memory once, where the
call is made. The sites' geometries are read once beforehand, for how many there are and where each partition lies; then
every partition is sent the features that can be nearest to anything in it (see `parts`), so sites in an order of space
(dask_geopandas: `spatial_shuffle`) need the least memory. Every partition takes the search that the whole task would take,
and ties are settled by the layer's order, so the numbers are those of one machine to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoops.core.publication import PUBLISH_COLUMN, mark_with, unpublished
from geoops.core.schema import WGS84
from geoops.proximity.counting import make_stock, reach_of
from geoops.proximity.engine import count_pairs
from geoops.proximity.events import Tally, tally
from geoops.proximity.exposure import Whole, tabulate, weights_of
from geoops.proximity.inputs import Places, layer_name, placed, read_places, resolve_layer
from geoops.proximity.nearest import Asked, measure
from geoops.proximity.parts import FeatureIndex
from geoops.proximity.search import Side, make_side

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from geoops.proximity.people import People

__all__ = ["nearest_scattered", "tally_scattered", "within_scattered"]

_COLUMNS = ("name", "uncertainty_m", "geometry")
_WORTH_CUTTING = 0.7  # beyond this share of the layer, all of it is sent once


def nearest_scattered(sites: Any, layer: Any, asked: Asked) -> Any:
    """`nearest` for a table of Dask's: one of Dask's again, its partitions those of the sites; only their boxes are computed."""
    features = resolve_layer(layer)
    name, marks = layer_name(layer, features), unpublished(features)
    features = features[[column for column in _COLUMNS if column in features]]
    side = make_side(features.geometry.to_numpy(), asked.edges)
    facts = facts_of(sites)
    whole = {
        "asked": asked, "name": name, "pairs": count_pairs(facts.rows, side), "empty": not placed(features.geometry).any(),
    }  # fmt: skip
    return spread(sites, facts, _nearest_part, features, side, whole, k=asked.k, reach_m=asked.max_m, marks=marks)


def within_scattered(
    sites: Any, features: gpd.GeoDataFrame, radii: NDArray[np.float64], weights: list[str], edges: str,
    crowd: People | None, name: str | None, marks: dict[str, str],
) -> Any:  # fmt: skip
    """`within` for a table of Dask's: a table of Dask's; only the partitions' boxes are computed."""
    features = features[[column for column in dict.fromkeys((*_COLUMNS, *weights)) if column in features]]
    side = make_side(features.geometry.to_numpy(), edges)
    stock = make_stock(features, side, weights_of(features, weights))
    facts = facts_of(sites)
    reach_m = reach_of(radii * 1e3, stock.doubt_m, facts.doubt_m)
    count = max(len(features), 1)
    whole = Whole(radii, reach_m, count, count_pairs(facts.rows, side), stock.totals(), name)
    told = {"whole": whole, "weights": weights}
    return spread(sites, facts, _within_part, features, side, told, k=count, reach_m=reach_m, marks=marks, also=crowd)


def tally_scattered(events: Any, places: Places, radii: NDArray[np.float64], by: str | None) -> Tally:
    """The counts of events of Dask's, partition by partition, added up here."""
    from dask import compute, delayed

    pairs = count_pairs(len(events), make_side(places.shapes, "geodesic"))
    shared, counted = _handed_out([places])[0], delayed(tally)
    parts = compute(*(counted(part, shared, radii, by, pairs=pairs) for part in events.to_delayed()))
    total: Tally = sum(parts[1:], start=parts[0])
    return total


@dataclass(frozen=True)
class Facts:
    """Of all sites: how many rows, the largest `uncertainty_m`, each partition's box in degrees, whether all are points."""

    rows: int
    doubt_m: float
    boxes: list[NDArray[np.float64]]
    points: bool


def facts_of(sites: Any) -> Facts:
    """The sites read once, without the columns that say nothing of their place."""
    from dask import compute, delayed

    columns = [c for c in ("extent", "uncertainty_m") if c in sites.columns] if hasattr(sites, "columns") else []
    needed = sites[[sites._meta.active_geometry_name, *columns]] if columns else sites.geometry  # noqa: SLF001
    parts = compute(*(delayed(_facts_of_part)(part) for part in needed.to_delayed()))
    return Facts(
        sum(part.rows for part in parts), max(part.doubt_m for part in parts), [b for part in parts for b in part.boxes],
        all(part.points for part in parts),
    )  # fmt: skip


def _facts_of_part(part: gpd.GeoDataFrame | gpd.GeoSeries) -> Facts:
    """What the client must know of one partition; what cannot be used is refused when the partition is measured."""
    geometry = part.geometry
    doubt = pd.to_numeric(part["uncertainty_m"], errors="coerce").max() if "uncertainty_m" in part else 0.0
    parts = [geometry] + ([gpd.GeoSeries(part["extent"], crs=geometry.crs)] if "extent" in part else [])
    parts = [shapes.to_crs(WGS84) if shapes.crs is not None else shapes for shapes in parts]
    bounds = np.array([shapes.total_bounds for shapes in parts])
    known = bounds[np.isfinite(bounds).all(axis=1)]
    box = np.concatenate([known[:, :2].min(axis=0), known[:, 2:].max(axis=0)]) if len(known) else np.full(4, np.nan)
    points = all(shapes.isna().all() or shapes.dropna().geom_type.eq("Point").all() for shapes in parts)
    return Facts(len(part), float(max(np.nan_to_num(doubt), 0.0)), [box], bool(points))


def spread(
    sites: Any, facts: Facts, work: Callable[..., pd.DataFrame], features: gpd.GeoDataFrame, side: Side,
    whole: dict[str, Any], *, k: int, reach_m: float, marks: dict[str, str], also: Any = None,
) -> Any:  # fmt: skip
    """
    A table of Dask's: `work(part, features, side, also=also, **whole)` of every partition of the sites.

    Parameters
    ----------
    sites, facts
        A `dask_geopandas.GeoDataFrame` or `GeoSeries`, and `facts_of` it.
    work
        Gives the rows of one partition.
    features, side
        The whole layer, and the same prepared.
    whole
        What every part is told of the whole, as keywords.
    k, reach_m
        The layer is cut to what can be among the k nearest of a partition, and within so many metres of it.
    marks
        Which of the sources must not be published, and why.
    also
        Something large that every part needs, handed to `work` as `also`.
    """
    from dask import config, dataframe, delayed

    edges = side.pieces.edges
    empty = sites._meta  # noqa: SLF001  the name that Dask gives the empty table to all who extend it
    meta = _marked(work(empty, *_prepared(features.iloc[:0], edges), also=also, **whole), empty, marks)
    index = FeatureIndex(side)
    parts: list[Any] = [index.matter(box, k=k, reach_m=reach_m, points=facts.points) for box in facts.boxes]
    entire = len(features) * _WORTH_CUTTING
    shared = None
    if any(len(rows) > entire for rows in parts):
        shared = delayed(_prepared)(_handed_out([features])[0], edges)
    cut = iter(_handed_out([features.iloc[rows] for rows in parts if len(rows) <= entire]))
    prepared = [shared if len(rows) > entire else delayed(_prepared)(next(cut), edges) for rows in parts]
    done, extra = delayed(_apart), None if also is None else _handed_out([also])[0]
    tables = [
        done(part, ready, work, whole, marks, extra) for part, ready in zip(sites.to_delayed(), prepared, strict=True)
    ]
    with config.set({"dataframe.convert-string": False}):  # names and lists of names stay what they are
        return dataframe.from_delayed(tables, meta=meta, verify_meta=False)


def _prepared(features: gpd.GeoDataFrame, edges: str) -> tuple[gpd.GeoDataFrame, Side]:
    """Features, and the same ready for the search."""
    return features, make_side(features.geometry.to_numpy(), edges)


def _apart(
    part: Any,
    prepared: tuple[gpd.GeoDataFrame, Side],
    work: Callable[..., pd.DataFrame],
    whole: dict[str, Any],
    marks: dict[str, str],
    also: Any,
) -> pd.DataFrame:
    """The rows of one partition."""
    return _marked(work(part, *prepared, also=also, **whole), part, marks)


def _marked(table: pd.DataFrame, part: Any, marks: dict[str, str]) -> pd.DataFrame:
    """
    The table with the mark of its sources, in a column that every partition has or none.

    Which sites are marked is known where they are: where their table has the column, so has the result.
    """
    own = unpublished(part)
    mark_with(table, marks | own)
    if not marks and not own and PUBLISH_COLUMN in getattr(part, "columns", ()):
        table[PUBLISH_COLUMN] = True
    return table


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
    return _with_labels(table, part.index)


def _within_part(
    part: Any, features: gpd.GeoDataFrame, side: Side, *, whole: Whole, weights: list[str], also: People | None
) -> pd.DataFrame:
    """What lies within the radii of one partition's sites."""
    stock = make_stock(features, side, weights_of(features, weights))
    return _with_labels(tabulate(read_places(part), stock, whole, also), part.index)


def _with_labels(table: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """The column `site` in the type of the sites' index, in an empty partition as in any other."""
    table["site"] = table["site"].astype(index.dtype if index.nlevels == 1 else object)
    return table


def _handed_out(parts: list[Any]) -> list[Any]:
    """Tables for the workers: sent ahead where a cluster is at hand, so that they do not travel inside the task graph."""
    if not parts:
        return []
    try:
        from distributed import get_client

        return list(get_client().scatter(parts, hash=False))
    except (ImportError, ValueError):  # no cluster: threads or processes of this machine
        from dask import delayed

        return [delayed(part, pure=False, traverse=False) for part in parts]
