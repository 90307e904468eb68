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
from geoops.proximity.search import Side, make_side
from geoops.proximity.shapes import dense, outline_polygon

__all__ = ["ring_shape", "rings"]

_CIRCLE_VERTICES = 360
_QUARTER_STEPS = 90  # a vertex a degree, as on the circles
_ROUNDS = 30  # in a narrow bay two banks push a vertex to and fro
_STEADY_M = 1e-3


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
    # The projection alone: looking up a CRS costs more than a whole ring.
    plane = pyproj.Proj(f"+proj=aeqd +lat_0={centre.y} +lon_0={centre.x} +datum=WGS84 +units=m")
    flat = shapely.transform(fine, lambda xy: np.column_stack(plane(*xy.T)))
    if not np.isfinite(shapely.get_coordinates(flat)).all():
        flat = shapely.transform(fine, lambda xy: np.nan_to_num(np.column_stack(plane(*xy.T)), posinf=2e7))
    wide = shapely.buffer(flat, radius_m, quad_segs=_QUARTER_STEPS)
    wide = shapely.segmentize(shapely.simplify(wide, radius_m * 1e-5), radius_m * np.pi / 180.0)
    side = make_side(np.array([shape], dtype=object), "geodesic")
    polygons = []
    for part in shapely.get_parts(wide):
        outline = [
            _at_radius(np.column_stack(plane(x, y, inverse=True)), side, radius_m)
            for x, y in (shapely.get_coordinates(ring).T for ring in shapely.get_rings(part))
        ]
        polygons.append(outline_polygon(outline))
    return shapely.union_all(polygons) if len(polygons) > 1 else polygons[0]


def _at_radius(ring: NDArray[np.float64], side: Side, radius_m: float) -> NDArray[np.float64]:
    """
    Move each vertex along the geodesic from the shape's nearest place until it stands at the radius.

    Moved outward it may come too near to another piece of the shape, and moves again; from its own piece the way is right.
    """
    lon, lat = ring[:-1, 0].copy(), ring[:-1, 1].copy()
    active, own = np.arange(len(lon)), None
    for _ in range(_ROUNDS):
        limit = None if own is None else np.full(len(active), radius_m)
        row = np.zeros(len(active), dtype=np.int64)
        near = pair_feet(lon[active], lat[active], row, side, below_m=limit, but=own)
        off = np.flatnonzero(radius_m - near.metres > _STEADY_M if own is not None else near.metres != radius_m)
        outward = near.metres[off] < radius_m
        active, own = active[off], near.piece[off]
        if not len(active):
            break
        azimuth = np.asarray(geod().inv(near.lon[off], near.lat[off], lon[active], lat[active])[0])
        lon[active], lat[active], _ = geod().fwd(near.lon[off], near.lat[off], azimuth, np.full(len(active), radius_m))
        active, own = active[outward], own[outward]  # moved inward, nothing else can have come nearer than the radius
    return np.column_stack([np.append(lon, lon[0]), np.append(lat, lat[0])])
