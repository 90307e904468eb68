"""What the base is drawn from: embedded layers, read once, cut to the frame, projected and thinned for the scale.

Layers come from the layers room, or from the caller who gave a GeoDataFrame of the same name. What is kept in memory
is in points of the frame, ready to be drawn; how it looks is `basemap.py`'s business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr
from numpy.typing import NDArray
from PIL import Image
from shapely.geometry.base import BaseGeometry

from geoops.core.errors import InputError, UnknownLayerError
from geoops.core.geodesy import Region
from geoops.core.publication import refuse_unpublished
from geoops.layers.catalog import state_of
from geoops.maps.canvas import Panel, lines_of

__all__ = [
    "BASE_LAYERS",
    "Reader",
    "in_view",
    "inner_lines",
    "let_go",
    "lines_in_points",
    "polygons_in_points",
    "relief_grid",
    "thin",
]

BASE_LAYERS = (
    "terrain", "water", "rivers", "countries", "boundaries", "admin1", "roads", "railways", "places",
)  # fmt: skip
"""What a base is made of, from the bottom to the top."""

_THIN_PT = 0.12  # a twenty-fourth of a millimetre: below what a printer at 600 dpi resolves twice
_CACHE: dict[tuple[Any, ...], Any] = {}
_CACHE_LIMIT = 64
_PICTURE_BYTES = 64_000_000  # of painted bases: those of one figure, which its formats share
_READ_LIMIT = 4  # regions of a layer kept in memory


class Reader:
    """
    Layers by name for one figure, noting which were used.

    Parameters
    ----------
    given
        Layers of the caller, which stand before the catalogue's of the same name.
    catalog
        Which catalogue; None for the one that the layers room finds.
    worldview
        Whose view of borders; None for the catalogue's own.
    """

    def __init__(
        self, given: Mapping[str, Any] | None = None, catalog: Any = None, worldview: str | None = None
    ) -> None:
        self.given = dict(given or {})
        self.catalog = catalog
        self.worldview = worldview
        self.used: dict[str, dict[str, Any]] = {}
        self.missing: list[str] = []

    def get(self, name: str, region: Region, *, optional: bool = False) -> Any:
        """
        The layer within the region, or None where it is optional and nobody has it.

        Raises
        ------
        UnknownLayerError
            No such layer, and it was asked for by name.
        """
        if name in self.given:
            found = self.given[name]
            if isinstance(found, gpd.GeoDataFrame) and len(found):
                west, south, east, north = region
                attrs = dict(found.attrs)
                found = found.iloc[np.sort(found.sindex.query(shapely.box(west, south, east, north)))]
                found.attrs = attrs
            return found
        try:
            return _covered(name, region, self.catalog, self.worldview)
        except UnknownLayerError:
            if not optional:
                raise
            self.missing.append(name)
            return None

    def note(self, name: str, frame: Any) -> None:
        """
        Remember that something of the layer is on the figure, for the sources and the manifest.

        Raises
        ------
        PublicationError
            A layer that must not be published; no figure is made of it.
        """
        refuse_unpublished(frame, f"layers[{name!r}]")
        entry = getattr(frame, "attrs", {}).get("layer")
        if isinstance(entry, Mapping):
            self.used.setdefault(name, dict(entry))
        elif isinstance(frame, gpd.GeoDataFrame) and name not in self.used:
            columns = {c: _joined(frame, c) for c in ("source", "licence", "source_date") if c in frame}
            self.used[name] = {
                "name": name,
                "source": columns.get("source", ""),
                "licence": columns.get("licence", ""),
                "date": columns.get("source_date", ""),
                "given": True,
            }


def _load(name: str, region: Region, catalog: Any, worldview: str | None = None) -> Any:
    """Ask the layers room."""
    from geoops.layers.load import layer
    from geoops.layers.worldview import VIEWED

    if worldview is None or name not in VIEWED:
        return layer(name, region=region, catalog=catalog)
    try:
        return layer(name, region=region, catalog=catalog, worldview=worldview)
    except InputError:
        if name == "boundaries":
            raise
        return layer(name, region=region, catalog=catalog)  # lines have a view, land need not


def _covered(name: str, region: Region, catalog: Any, worldview: str | None = None) -> Any:
    """A layer within a region: cut from one that was read for a wider region before, else read."""
    west, south, east, north = region
    kept: list[tuple[Region, gpd.GeoDataFrame]] = _cached(("read", name, state_of(catalog), worldview), list)
    for wide, frame in kept:
        if wide[0] <= west and wide[1] <= south and wide[2] >= east and wide[3] >= north:
            if wide == region:
                return frame
            box = shapely.box(west, south, east, north)
            found = frame.iloc[np.sort(frame.sindex.query(box, predicate="intersects"))].reset_index(drop=True)
            found.attrs = dict(frame.attrs)
            return found
    found = _load(name, region, catalog) if worldview is None else _load(name, region, catalog, worldview)
    if isinstance(
        found, gpd.GeoDataFrame
    ):  # a grid is cut from its file fast enough, and its edges depend on the region
        kept.insert(0, (region, found))
        del kept[_READ_LIMIT:]
    return found


def _joined(frame: pd.DataFrame, column: str) -> str:
    """The distinct values of a column, the most frequent first, at most three."""
    values = frame[column].dropna().astype(str)
    return "; ".join(values[values != ""].value_counts().index[:3])


def _cached(key: tuple[Any, ...], make: Any) -> Any:
    """A small memory of what was read and rendered, so that a second figure of a region is fast."""
    if key not in _CACHE:
        while len(_CACHE) >= _CACHE_LIMIT:
            _CACHE.pop(next(iter(_CACHE)))
        _CACHE[key] = make()
        _let_go_of_pictures(key)
    return _CACHE[key]


def let_go() -> None:
    """Drop the bases that were prepared and painted: for who draws on, other ground. Layers that were read stay."""
    for key in [key for key in _CACHE if key[0] != "read"]:
        del _CACHE[key]


def _let_go_of_pictures(newest: tuple[Any, ...]) -> None:
    """Drop the oldest pictures while there are more than a figure needs; the newest stays, however large."""
    sizes = {key: _picture_bytes(value) for key, value in _CACHE.items()}
    total = sum(sizes.values())
    for key, size in sizes.items():
        if total <= _PICTURE_BYTES:
            return
        if size and key != newest:
            del _CACHE[key]
            total -= size


def _picture_bytes(value: Any) -> int:
    """How many bytes a picture of the memory takes: an array, or an image; 0 for anything else."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, Image.Image):
        return value.width * value.height * len(value.getbands())
    return 0


def in_view(panel: Panel, frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[BaseGeometry]]:
    """The rows of which something lies in the frame, and their geometries in points."""
    shapes = [panel.to_frame(geometry, margin_pt=0.0) for geometry in frame.geometry]
    keep = [not shape.is_empty for shape in shapes]
    return frame[keep], [shape for shape, kept in zip(shapes, keep, strict=True) if kept]


def thin(geometry: BaseGeometry, tolerance_pt: float = _THIN_PT) -> BaseGeometry:
    """Without vertices that nobody could see."""
    return shapely.simplify(geometry, tolerance_pt, preserve_topology=False)


def lines_in_points(panel: Panel, geometries: Any, *, margin_pt: float = 6.0) -> list[NDArray[np.float64]]:
    """Lines and rings in points of the frame, cut and thinned; all at once, as there are many."""
    array = np.asarray(geometries, dtype=object)
    array = array[~shapely.is_missing(array) & ~shapely.is_empty(array)]
    if not len(array):
        return []
    west, south, east, north = panel.shown
    pad = panel.pad_deg(margin_pt)
    near = shapely.clip_by_rect(array, west - pad, south - pad, east + pad, north + pad)
    near = shapely.simplify(
        near[~shapely.is_empty(near)], panel.metres_per_pt * 0.1 / 111_000.0, preserve_topology=False
    )
    flat = shapely.transform(near, lambda xy: panel.points(xy[:, 0], xy[:, 1]))
    cut = shapely.clip_by_rect(flat, -margin_pt, -margin_pt, panel.width_pt + margin_pt, panel.height_pt + margin_pt)
    return lines_of(thin(cut[shapely.intersects(cut, panel.frame)]))  # beyond the frame nobody sees them


def polygons_in_points(panel: Panel, geometries: Any, *, smallest_pt2: float = 0.25) -> list[BaseGeometry]:
    """Polygons in points of the frame, cut and thinned, without specks."""
    result: list[BaseGeometry] = []
    for geometry in geometries:
        if geometry is None or geometry.is_empty:
            continue
        shape = thin(panel.to_frame(geometry, margin_pt=6.0))
        # A collection may hold multi-polygons, so parts are taken twice.
        result += [
            part
            for part in shapely.get_parts(shapely.get_parts(shape))
            if part.geom_type in {"Polygon", "MultiPolygon"}
            and part.area >= smallest_pt2
            and part.intersects(panel.frame)
        ]
    return result


def inner_lines(panel: Panel, admin1: gpd.GeoDataFrame, outer: list[Any]) -> list[Any]:
    """
    Lines between units of one country: each drawn once, and none along an international border or a coast.

    A stretch that runs within a point of an outer line, or within half a point of one that a neighbour has drawn, is
    left out; vertices at most two points apart decide.
    """
    kept: list[Any] = []
    rim = shapely.STRtree([shapely.LineString(line) for line in outer])
    for geometry in admin1.geometry:
        lines = lines_in_points(panel, [geometry])
        drawn = shapely.STRtree([shapely.LineString(line) for line in kept])
        for line in lines:
            dense = shapely.get_coordinates(shapely.segmentize(shapely.LineString(line), 2.0))
            points = shapely.points(dense)
            fresh = np.ones(len(dense), dtype=bool)
            for tree, reach in ((rim, 1.0), (drawn, 0.5)):
                fresh[np.unique(tree.query(points, predicate="dwithin", distance=reach)[0])] = False
            edges = np.flatnonzero(np.diff(np.concatenate([[False], fresh, [False]]).astype(int)))
            for start, end in zip(edges[::2], edges[1::2], strict=True):
                run = dense[max(start - 1, 0) : min(end + 1, len(dense))]  # one vertex more, to meet what it ends at
                if len(run) > 1 and _span(run) > 3.0:
                    kept.append(shapely.get_coordinates(thin(shapely.LineString(run))))
    # Where a unit reaches beyond the frame, what it is cut by is no line of its own.
    return [line for line in kept if shapely.LineString(line).intersects(panel.frame)]


def _span(line: NDArray[np.float64]) -> float:
    """Length of a line in points."""
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


def relief_grid(panel: Panel, terrain: xr.DataArray, *, step_pt: float = 1.0) -> tuple[Any, Any]:
    """
    Heights in metres on a grid over the frame, row 0 at the top, and the share of each cell that has data.

    Resampled with cubic splines from longitude and latitude, so that the grid's own cells do not show.
    """
    from scipy import ndimage

    columns, rows = max(int(panel.width_pt / step_pt), 8), max(int(panel.height_pt / step_pt), 8)
    px = (np.arange(columns) + 0.5) * panel.width_pt / columns
    py = panel.height_pt - (np.arange(rows) + 0.5) * panel.height_pt / rows
    lon, lat = (grid.ravel() for grid in panel.grid(px, py))
    lons, lats = np.asarray(terrain["x"].values, dtype=float), np.asarray(terrain["y"].values, dtype=float)
    values = np.asarray(terrain.values, dtype=float)
    known = np.isfinite(values)
    column = np.interp(lon, lons, np.arange(len(lons)), left=-9.0, right=-9.0)
    order = np.argsort(lats)
    row = np.interp(lat, lats[order], np.arange(len(lats))[order], left=-9.0, right=-9.0)
    filled = np.where(known, values, 0.0)
    at = np.vstack([row, column])
    heights = ndimage.map_coordinates(filled, at, order=3, mode="nearest").reshape(rows, columns)
    share = ndimage.map_coordinates(known.astype(float), at, order=1, mode="constant").reshape(rows, columns)
    share[(row.reshape(rows, columns) < -1) | (column.reshape(rows, columns) < -1)] = 0.0
    return heights, np.clip(share, 0.0, 1.0)
