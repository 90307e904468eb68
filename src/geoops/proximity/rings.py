"""Rings: every place within a radius of a site, as a polygon that can be drawn.

Circles round points, buffers round extents. Measuring what lies within is `exposure`'s work and does not use these
polygons for points and lines.
"""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from geoops.core.geodesy import circle, geod
from geoops.core.publication import mark_unpublished
from geoops.core.schema import WGS84, SitesLike
from geoops.proximity.inputs import check_radii, read_places
from geoops.proximity.measure import pair_feet
from geoops.proximity.search import make_side
from geoops.proximity.shapes import dense, outline_polygon

__all__ = ["ring_shape", "rings"]

_CIRCLE_VERTICES = 360
_QUARTER_STEPS = 90  # a vertex a degree, as on the circles
_ROUNDS = 8


def rings(sites: SitesLike, radii_km: ArrayLike | Iterable[float]) -> gpd.GeoDataFrame:
    """
    Every place within a radius of each site: geodesic circles, or buffers of extents.

    Vertices lie at the radius, to a millimetre on circles and to a metre on buffers; between two of them the outline
    runs inside by at most 4e-5 of the radius on circles (4 m at 100 km) and 1e-4 on buffers.

    Parameters
    ----------
    sites
        Sites, a GeoDataFrame or GeoSeries, shapely geometries or (longitude, latitude) pairs. A site with an `extent`
        (or whose geometry is a line or an area) gets a buffer of it.
    radii_km
        One radius in kilometres or several, each above 0 and at most 5,000.

    Returns
    -------
    GeoDataFrame
        A row a site and radius, in that order, EPSG:4326: `site` (label), `site_name`, `radius_km`, `geometry`. A site
        without a place keeps its rows, without a geometry. A ring over the antimeridian is split there, one over a pole
        closed along it.

    Raises
    ------
    InputError, CrsError, CoordinateError
        Radii or sites that cannot be used.

    Examples
    --------
    >>> import geoops as go
    >>> ring = go.rings([(40.0, 35.0)], 10.0)
    >>> ring[["site", "radius_km"]].values.tolist()
    [[0.0, 10.0]]
    """
    radii = check_radii(radii_km)
    places = read_places(sites)
    geometries = [None if s is None or s.is_empty else ring_shape(s, r * 1000.0) for s in places.shapes for r in radii]
    labels = np.repeat(np.arange(len(places.index)), len(radii))
    frame = gpd.GeoDataFrame(
        {
            "site": places.index.take(labels).to_numpy(),
            "site_name": places.names[labels],
            "radius_km": np.tile(radii, len(places.index)),
        },
        geometry=gpd.GeoSeries(geometries, crs=WGS84),
        crs=WGS84,
    )
    frame.attrs = {
        "method": "WGS 84 geodesics (Karney 2013, doi:10.1007/s00190-012-0578-z)",
        "error": "vertices at the radius (circles 1 mm, buffers 1 m); between them inside by at most 1e-4 of it",
    }
    mark_unpublished(frame, sites, rows=True)
    return frame


def ring_shape(shape: BaseGeometry, radius_m: float, *, vertices: int = _CIRCLE_VERTICES) -> BaseGeometry:
    """The places within a radius of a shape: a circle round a point, a buffer round anything else."""
    if isinstance(shape, shapely.Point):
        return circle(shape.x, shape.y, radius_m, vertices=vertices)
    return _buffer(shape, radius_m)


def _buffer(shape: BaseGeometry, radius_m: float) -> BaseGeometry:
    """
    Buffer in a plane made for the shape, then put each vertex at the radius on the ellipsoid.

    The plane keeps distances from its centre only, so its buffer is off by some parts in a thousand for large shapes:
    each vertex is moved along the geodesic from the shape's nearest point, again and again where two parts compete.
    """
    fine = dense(shape, "geodesic", max(1_000.0, radius_m / 20.0))
    if shape.geom_type.endswith("Polygon"):
        fine = shapely.make_valid(fine)
    centre = shapely.centroid(fine)
    plane = pyproj.CRS.from_proj4(f"+proj=aeqd +lat_0={centre.y} +lon_0={centre.x} +datum=WGS84 +units=m +type=crs")
    there = pyproj.Transformer.from_crs(WGS84, plane, always_xy=True).transform
    back = pyproj.Transformer.from_crs(plane, WGS84, always_xy=True).transform
    flat = shapely.transform(fine, lambda xy: np.column_stack(there(*xy.T)))
    if not np.isfinite(shapely.get_coordinates(flat)).all():
        flat = shapely.transform(fine, lambda xy: np.nan_to_num(np.column_stack(there(*xy.T)), posinf=2e7))
    wide = shapely.buffer(flat, radius_m, quad_segs=_QUARTER_STEPS)
    wide = shapely.segmentize(shapely.simplify(wide, radius_m * 1e-5), radius_m * np.pi / 180.0)
    side = make_side(np.array([shape], dtype=object), "geodesic")
    polygons = []
    for part in shapely.get_parts(wide):
        outline = [
            _at_radius(np.column_stack(back(*shapely.get_coordinates(r).T)), side, radius_m)
            for r in shapely.get_rings(part)
        ]
        polygons.append(outline_polygon(outline))
    return shapely.union_all(polygons) if len(polygons) > 1 else polygons[0]


def _at_radius(ring: NDArray[np.float64], side: object, radius_m: float) -> NDArray[np.float64]:
    """Move each vertex along the geodesic from the shape's nearest point until it stands at the radius."""
    lon, lat = ring[:-1, 0].copy(), ring[:-1, 1].copy()
    active = np.arange(len(lon))
    for _ in range(_ROUNDS):
        metres, near_lon, near_lat = pair_feet(lon[active], lat[active], np.zeros(len(active), dtype=np.int64), side)  # type: ignore[arg-type]
        off = np.abs(metres - radius_m) > 1e-3
        active, near_lon, near_lat = active[off], near_lon[off], near_lat[off]
        if not len(active):
            break
        azimuth = np.asarray(geod().inv(near_lon, near_lat, lon[active], lat[active])[0])
        lon[active], lat[active], _ = geod().fwd(near_lon, near_lat, azimuth, np.full(len(active), radius_m))
    return np.column_stack([np.append(lon, lon[0]), np.append(lat, lat[0])])
