"""OpenStreetMap's land and water areas as the geo-maps packages carry them (state of 2017, ODbL).

Land of each country to 10 m and water areas to 1 m, without names. They replace the generalised outlines in the region
of detail; for the whole world they would be too large to ship.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from geoops.core.geodesy import Region
from geoops.core.reading import read_vector

__all__ = ["DATE", "LICENCE", "land", "water"]

LICENCE = "ODbL 1.0"
DATE = "2017-11-30"


_SEA_WIDTH_DEG = 180.0
"""The package's first polygon is the ocean, from side to side; no lake is as wide."""


@contextmanager
def _large_objects() -> Iterator[None]:
    """Let GDAL read GeoJSON features above its default size; these files are pinned by checksum."""
    before = pyogrio.get_gdal_config_option("OGR_GEOJSON_MAX_OBJ_SIZE")
    pyogrio.set_gdal_config_options({"OGR_GEOJSON_MAX_OBJ_SIZE": "0"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_GEOJSON_MAX_OBJ_SIZE": before})


def land(package: Path, region: Region) -> gpd.GeoDataFrame:
    """
    The land of each country, cut to the region: `A3` (ISO 3166-1 alpha-3) and the geometry.

    Where two countries overlap by a sliver, the smaller keeps it, so that no place lies in two.
    """
    with _large_objects():
        frame = read_vector(package / "package/map.geo.json", region=region)
    box = shapely.box(*region)
    frame["geometry"] = shapely.intersection(shapely.make_valid(frame.geometry.to_numpy()), box)
    frame = frame[~frame.geometry.is_empty]
    frame = frame.iloc[np.argsort(shapely.area(frame.geometry.to_numpy()), kind="stable")].reset_index(drop=True)
    shapes = frame.geometry.to_numpy().copy()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for small, large in sorted(zip(left.tolist(), right.tolist(), strict=True)):
        if small < large and shapely.area(shapely.intersection(shapes[small], shapes[large])) > 0:
            shapes[large] = shapely.difference(shapes[large], shapes[small])
    frame["geometry"] = [shapely.MultiPolygon(list(_polygons(np.array([shape])))) for shape in shapes]
    return frame


def water(
    package: Path, fine: Region, *, fine_tolerance_deg: float, coarse_tolerance_deg: float, coarse_min_deg2: float
) -> gpd.GeoDataFrame:
    """
    Inland water areas, one row a polygon: all of them in the fine region, the large ones elsewhere.

    Parameters
    ----------
    package
        The unpacked `earth-waterbodies-1m`.
    fine
        Where every polygon is kept; one that reaches over the edge is cut there.
    fine_tolerance_deg, coarse_tolerance_deg
        How far the outline may be moved, inside the fine region and outside.
    coarse_min_deg2
        Size below which a polygon outside is left out, in square degrees.

    Returns
    -------
    GeoDataFrame
        `fine` (whether it lies in the fine region) and the geometry.
    """
    with _large_objects():
        parts = read_vector(package / "package/map.geo.json").geometry.to_numpy()
    while (shapely.get_num_geometries(parts) > 1).any():  # a collection of multipolygons
        parts = shapely.get_parts(parts)
    bounds = shapely.bounds(parts)
    inland = bounds[:, 2] - bounds[:, 0] < _SEA_WIDTH_DEG
    parts, bounds = parts[inland], bounds[inland]
    meets = (bounds[:, 0] <= fine[2]) & (bounds[:, 2] >= fine[0])
    meets &= (bounds[:, 1] <= fine[3]) & (bounds[:, 3] >= fine[1])
    # The source cuts lakes along the edges of tiles: pieces are joined before they are measured.
    inner = _joined(shapely.clip_by_rect(_polygons(parts[meets]), *fine))
    inner = _polygons(shapely.simplify(inner, fine_tolerance_deg))
    pieces = shapely.area(parts) >= coarse_min_deg2 / 10.0
    outer = _joined(_polygons(parts[pieces]))
    outer = _polygons(shapely.simplify(outer[shapely.area(outer) >= coarse_min_deg2], coarse_tolerance_deg))
    outer = _polygons(shapely.difference(outer, shapely.box(*fine)))
    return gpd.GeoDataFrame(
        {"fine": [True] * len(inner) + [False] * len(outer)}, geometry=[*inner, *outer], crs="EPSG:4326"
    )


def _joined(shapes: np.ndarray) -> np.ndarray:
    """The polygons of the union of all."""
    return _polygons(np.array([shapely.union_all(_polygons(shapes))], dtype=object))


def _polygons(shapes: np.ndarray) -> np.ndarray:
    """Valid polygons one by one, without the lines and points that an overlay leaves."""
    shapes = np.array(shapes, dtype=object)
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken])
    while (shapely.get_type_id(shapes) > shapely.GeometryType.POLYGON).any():
        shapes = shapely.get_parts(shapes)
    polygons: np.ndarray = np.asarray(shapes)[
        (shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(shapes)
    ]
    return polygons
