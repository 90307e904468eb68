"""The network beside the cells: lines cut into vertices about a cell apart, joined where they share a vertex.

Takes the lines of `Friction.network`; where they come from, and which obstacles they pass, is `friction.py`'s work.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geoops.core.errors import InputError
from geoops.core.geodesy import distance
from geoops.core.schema import as_features

__all__ = ["Roads", "column_or", "cut_lines"]

_SAME_PLACE_DEG = 1e-7  # a centimetre: vertices closer than that are one


@dataclass(frozen=True)
class Roads:
    """
    A network as vertices and edges.

    Parameters
    ----------
    lon, lat
        Of each vertex, degrees.
    joins
        Whether a vertex may be left for the cells round it.
    tail, head
        Vertices of each edge.
    row
        Row of the network (by position) that each edge is a piece of.
    length_m
        Of each edge; its share of the row's `length_m` where the row states one.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    joins: NDArray[np.bool_]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    row: NDArray[np.int64]
    length_m: NDArray[np.float64]


def column_or(frame: gpd.GeoDataFrame, name: str, default: float) -> NDArray[np.float64]:
    """A column as floats, with a default where it is missing or empty."""
    if name not in frame:
        return np.full(len(frame), default)
    values = np.asarray(frame[name].to_numpy(dtype=float, na_value=np.nan))
    return np.where(np.isnan(values), default, values)


def check_network(network: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    The network in EPSG:4326 with paces that can be used.

    Raises
    ------
    InputError
        No `pace_s_per_m`, or one that is not positive.
    """
    frame = as_features(network, what="network")
    if "pace_s_per_m" not in frame:
        msg = "network needs a column pace_s_per_m, seconds per metre of each line"
        raise InputError(msg)
    for name in ("pace_s_per_m", "pace_back_s_per_m", "length_m"):
        if name not in frame:
            continue
        values = frame[name].to_numpy(dtype=float, na_value=np.nan)
        bad = ~(values > 0)
        if name != "pace_s_per_m":
            bad &= ~np.isnan(values)  # a row may say nothing there
        if bad.any():
            label = frame.index[bad][0]
            msg = f"network: {name} must be positive; row {label!r} has {values[bad][0]} ({int(bad.sum())} such rows)"
            raise InputError(msg)
    return frame


def cut_lines(network: gpd.GeoDataFrame, longest_m: float) -> Roads:
    """
    Vertices and edges of lines, no edge longer than asked for.

    Vertices of different lines at one place are one vertex: there, and only there, one changes from line to line
    without leaving the network. Where a row has `length_m`, its true length (a line may be drawn simpler than the
    road runs), its edges share it out.

    Parameters
    ----------
    network
        Lines, EPSG:4326; other geometries are passed over.
    longest_m
        Longest edge, metres.
    """
    parts, owner = shapely.get_parts(network.geometry.to_numpy(), return_index=True)
    lines = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    parts, owner = parts[lines], owner[lines]
    points, line = shapely.get_coordinates(parts, return_index=True)
    if len(points) == 0:
        none, floats = np.empty(0, np.int64), np.empty(0)
        return Roads(floats, floats, np.empty(0, bool), none, none, none, floats)
    follows = np.flatnonzero(line[1:] == line[:-1])  # segments, by their first point
    span = distance(points[follows, 0], points[follows, 1], points[follows + 1, 0], points[follows + 1, 1])
    pieces = np.maximum(np.ceil(span / longest_m), 1).astype(np.int64)
    segment = np.repeat(np.arange(len(follows)), pieces)
    share = (np.arange(len(segment)) - np.repeat(np.cumsum(pieces) - pieces, pieces)) / pieces[segment]
    start, end = points[follows[segment]], points[follows[segment] + 1]
    a = start + share[:, None] * (end - start)
    last = share + 1.0 / pieces[segment]
    b = np.where((np.abs(last - 1.0) < 1e-9)[:, None], end, start + last[:, None] * (end - start))

    keys = np.round(np.vstack([a, b]) / _SAME_PLACE_DEG).astype(np.int64)
    _, first, vertex = np.unique(keys[:, 0] * 4_000_000_000 + keys[:, 1], return_index=True, return_inverse=True)
    places = np.vstack([a, b])[first]
    tail, head = vertex[: len(a)], vertex[len(a) :]
    row = owner[line[follows[segment]]]
    length = (span / pieces)[segment]

    stated = column_or(network, "length_m", np.nan)
    drawn = np.bincount(row, weights=length, minlength=len(network))
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(np.isnan(stated), 1.0, stated / drawn)
    length *= ratio[row]

    joins = np.zeros(len(places), bool)
    may = column_or(network, "joins_cells", 1.0) > 0
    joins[tail[may[row]]] = True
    joins[head[may[row]]] = True
    keep = tail != head
    return Roads(places[:, 0], places[:, 1], joins, tail[keep], head[keep], row[keep], length[keep])
