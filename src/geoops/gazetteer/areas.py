"""Areas and lines of the layers: in which country they lie, a point inside, the radius that covers them, whole rivers.

`store.py` asks this while it builds; nothing here is needed to look up a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geoops.core.errors import ReadError
from geoops.core.geodesy import distance
from geoops.core.reading import open_parquet
from geoops.core.shapes import from_wkt
from geoops.gazetteer.names import normal
from geoops.layers.catalog import Catalog

if TYPE_CHECKING:
    import pyarrow as pa
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "Areas", "covering_radius", "inner_point", "names_of", "read_table", "records_of", "shape_of_text", "whole_lines",
]  # fmt: skip

_UNREAD = {"bbox", "note", "note_local"}
_REACH_DEG = 0.75
"""Reaches of one river may lie so far apart: reservoirs stand between them."""


def read_table(path: Path) -> pa.Table:
    """All columns of a layer's file but those without use here."""
    file = open_parquet(path)
    return file.read(columns=[c for c in file.schema_arrow.names if c not in _UNREAD])


def records_of(table: pa.Table) -> Iterator[dict[str, Any]]:
    """The rows of a table as dicts, its geometry parsed."""
    for batch in table.to_batches(max_chunksize=4096):
        column = batch.column("geometry")
        if hasattr(column, "field"):  # points in GeoParquet's own encoding, two columns of numbers
            x, y = (column.field(axis).to_numpy(zero_copy_only=False) for axis in ("x", "y"))
            shapes = shapely.points(x, y)
        else:
            shapes = shapely.from_wkb(np.array(column.to_pylist(), dtype=object))
        for record, shape in zip(batch.drop_columns(["geometry"]).to_pylist(), shapes, strict=True):
            record["geometry"] = shape
            yield record


def names_of(record: dict[str, Any]) -> Iterator[str]:
    """Every name of a layer's row, each once: `name`, `name_local`, further `name_*` columns and `alt_names`."""
    seen: dict[str, None] = {}
    for column, value in record.items():
        if isinstance(value, str) and value and (column in ("name", "alt_names") or column.startswith("name_")):
            for part in map(str.strip, value.split("|")):
                seen.setdefault(part)
                # A crossing has a name on either side: "Yarubiyah / Rabia".
                for side in part.split(" / ")[:4] if " / " in part else ():
                    seen.setdefault(side.strip())
    seen.pop("", None)
    yield from seen


def whole_lines(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """
    Rivers that a layer holds in reaches, each as one record: lines of one name that lie within reach of one another.

    Parameters
    ----------
    records
        Rows of a layer with `row` and `parts`. The longest reach stays, with all names and the whole line; the rows of
        the others stand in its `parts`.
    """
    named: dict[str, list[int]] = {}
    for position, record in enumerate(records):
        if shapely.get_dimensions(record["geometry"]) == 1 and isinstance(record.get("name"), str):
            named.setdefault(normal(record["name"]), []).append(position)
    gone: set[int] = set()
    for positions in named.values():
        left = sorted(positions, key=lambda p: -records[p]["geometry"].length)
        while len(left) > 1:
            main = records[left.pop(0)]
            grown = True
            while grown:
                near = [p for p in left if shapely.dwithin(records[p]["geometry"], main["geometry"], _REACH_DEG)]
                for position in near:
                    left.remove(position)
                    gone.add(position)
                    part = records[position]
                    main["geometry"] = shapely.union(main["geometry"], part["geometry"])
                    main["parts"].append(part["row"])
                    main["alt_names"] = "|".join([*names_of(main), *names_of(part)])
                grown = bool(near)
    return [record for position, record in enumerate(records) if position not in gone]


class Areas:
    """Countries and governorates, to say in which an area or a point without them lies."""

    def __init__(self, catalog: Catalog) -> None:
        self._trees: dict[str, tuple[shapely.STRtree, list[BaseGeometry], list[str]]] = {}
        self._coarse: dict[str, list[BaseGeometry]] = {}
        for layer, label in (("countries", "country"), ("admin1", "name")):
            if layer not in catalog.layers:
                continue
            shapes: list[BaseGeometry] = []
            labels: list[str] = []
            for path in catalog.paths(layer):
                for record in records_of(read_table(path)):
                    if isinstance(record.get(label), str) and shapely.get_dimensions(record["geometry"]) == 2:
                        shapes.append(record["geometry"])
                        labels.append(record[label])
            self._trees[layer] = (shapely.STRtree(shapes), shapes, labels)
            # Shares are counted on sample points: an exact overlay of every river would take minutes.
            coarse = shapely.make_valid(shapely.simplify(np.array(shapes, dtype=object), 0.01))
            shapely.prepare(coarse)
            self._coarse[layer] = coarse.tolist()

    def holding(self, layer: str, shape: BaseGeometry, *, least: float = 0.05, most: int = 6) -> str | None:
        """The labels of the areas that hold at least a share of a shape, by share, joined with `;`."""
        if layer not in self._trees:
            return None
        tree, _, labels = self._trees[layer]
        hits = tree.query(shape, predicate="intersects")
        xy = _sample(shape)
        if len(xy) == 1:
            return labels[hits[0]] if len(hits) else None
        shares: dict[str, float] = {}
        for hit in hits:
            inside = shapely.contains_xy(self._coarse[layer][hit], xy[:, 0], xy[:, 1])
            shares[labels[hit]] = shares.get(labels[hit], 0.0) + float(inside.mean())
        kept = sorted((label for label, share in shares.items() if share >= least), key=lambda label: -shares[label])
        return ";".join(kept) if 0 < len(kept) <= most else None


def _sample(shape: BaseGeometry, count: int = 24) -> NDArray[np.float64]:
    """Points spread evenly over an area or along a line, some hundreds of them; the point itself of a point."""
    if shapely.get_dimensions(shape) == 2:
        west, south, east, north = shape.bounds
        steps = (np.arange(count) + 0.5) / count
        x, y = (grid.ravel() for grid in np.meshgrid(west + (east - west) * steps, south + (north - south) * steps))
        inside = shapely.contains_xy(shape, x, y)
        if inside.sum() >= count:
            return np.column_stack([x[inside], y[inside]])
        return np.array([inner_point(shape)] * 2)
    if shapely.get_dimensions(shape) == 1:
        parts = [part for part in shapely.get_parts(shape) if part.length > 0]
        dense = shapely.segmentize(parts, max(shape.length / 500.0, 1e-6))
        return np.concatenate([shapely.get_coordinates(part) for part in dense])
    return shapely.get_coordinates(shape)[:1]


def inner_point(shape: BaseGeometry) -> tuple[float, float]:
    """A point of the shape near its middle: its centroid where that lies inside, else the nearest point that does."""
    centre = shapely.centroid(shape)
    if shapely.get_dimensions(shape) == 2:
        point = centre if shapely.intersects(shape, centre) else shapely.point_on_surface(shape)
    else:
        point = shapely.get_point(shapely.shortest_line(shape, centre), 0)
    return float(point.x), float(point.y)


def shape_of_text(text: str) -> BaseGeometry | None:
    """The area or line that a person wrote as well-known text in degrees; None for anything else, however it is nested."""
    try:
        shape: BaseGeometry | None = from_wkt([text], on_invalid="raise")[0]
    except (shapely.GEOSException, ReadError):  # no shape, or a curve
        return None
    if shape is None or shape.is_empty or shapely.get_dimensions(shape) < 1 or not shapely.is_valid(shape):
        return None
    west, south, east, north = shape.bounds
    return shape if west >= -180.0 and south >= -90.0 and east <= 180.0 and north <= 90.0 else None


def covering_radius(lon: float, lat: float, shape: BaseGeometry) -> float:
    """The radius in metres round a point that covers a shape (Darwin Core's point-radius method)."""
    xy = shapely.get_coordinates(shape)  # the farthest point of an edge is one of its ends
    return float(distance(lon, lat, xy[:, 0], xy[:, 1]).max())
