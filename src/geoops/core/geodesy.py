"""Distances, bearings, circles and lines on the WGS 84 ellipsoid, and the choice of a local projection.

All of it is vectorised over arrays and rests on PROJ's geodesics (Karney 2013, doi:10.1007/s00190-012-0578-z),
exact to nanometres. Angles are degrees, lengths metres, longitude comes first. Searching among many features is
the proximity room's work.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.affinity import translate

from geoops.core.errors import CoordinateError, InputError

if TYPE_CHECKING:
    import pyproj
    from shapely.geometry import LineString, MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "Region",
    "bearing",
    "check_region",
    "circle",
    "destination",
    "distance",
    "geod",
    "geodesic_line",
    "is_stated",
    "length",
    "local_crs",
    "region_of",
]


Region = tuple[float, float, float, float]  # (west, south, east, north) in degrees

_FloatArray = NDArray[np.float64]


@cache
def geod() -> pyproj.Geod:
    """The WGS 84 ellipsoid."""
    import pyproj  # when it is needed: who only reads names measures nothing

    return pyproj.Geod(ellps="WGS84")


def is_stated(crs: Any) -> bool:
    """
    Whether a CRS says where its coordinates lie: None does not, nor does one named as undefined.

    GeoPackage keeps two of that name for layers without any (OGC 12-128r19, table 3: srs_id 0 and -1), and older GDAL reads
    the first as degrees on an ellipsoid of no name.
    """
    return crs is not None and not str(getattr(crs, "name", "")).lower().startswith("undefined ")


def _inverse(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> tuple[_FloatArray, _FloatArray]:
    """Forward azimuth and distance of broadcast point pairs."""
    arrays = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (lon1, lat1, lon2, lat2)))
    shape = arrays[0].shape
    x1, y1, x2, y2 = (np.ascontiguousarray(a).ravel() for a in arrays)
    azimuth, _, metres = geod().inv(x1, y1, x2, y2)
    return np.asarray(azimuth).reshape(shape), np.asarray(metres).reshape(shape)


def distance(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> _FloatArray:
    """
    Geodesic distance in metres between points, broadcast as NumPy does.

    Examples
    --------
    >>> float(distance(0.0, 0.0, 1.0, 0.0).round(3))  # a degree of the equator: a * pi / 180
    111319.491
    """
    return _inverse(lon1, lat1, lon2, lat2)[1]


def bearing(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> _FloatArray:
    """
    Bearing in degrees, clockwise from true north in [0, 360), at the first point of the geodesic to the second.

    Examples
    --------
    >>> float(bearing(0.0, 0.0, -1.0, 0.0))
    270.0
    """
    return np.mod(_inverse(lon1, lat1, lon2, lat2)[0], 360.0)


def destination(
    lon: ArrayLike, lat: ArrayLike, bearing_deg: ArrayLike, distance_m: ArrayLike
) -> tuple[_FloatArray, _FloatArray]:
    """
    The points reached from (lon, lat) along a bearing after a distance; longitudes in [-180, 180].

    Examples
    --------
    >>> lon, lat = destination(0.0, 0.0, 90.0, 111319.49079)
    >>> float(lon.round(6)), float(abs(lat).round(6))
    (1.0, 0.0)
    """
    arrays = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (lon, lat, bearing_deg, distance_m)))
    shape = arrays[0].shape
    x1, y1, azimuth, metres = (np.ascontiguousarray(a).ravel() for a in arrays)
    lon2, lat2, _ = geod().fwd(x1, y1, azimuth, metres)
    return np.asarray(lon2).reshape(shape), np.asarray(lat2).reshape(shape)


def circle(lon: float, lat: float, radius_m: float, *, vertices: int = 180) -> Polygon | MultiPolygon:
    """
    The disc of all points within a geodesic radius, as a polygon in longitude and latitude.

    Its vertices lie on the circle, so the polygon is inside it by at most `radius_m * (1 - cos(pi / vertices))`.
    A disc over the antimeridian is split there, one over a pole is closed along it.

    Parameters
    ----------
    lon, lat
        Centre in degrees.
    radius_m
        Radius in metres, positive and below 10,000 km (a quarter of the ellipsoid).
    vertices
        Number of vertices of the ring.

    Raises
    ------
    InputError
        The radius is not positive, not finite or too large.
    """
    if not (np.isfinite(radius_m) and 0.0 < radius_m <= 1.0e7):
        msg = f"a circle's radius must lie above 0 m and at most at 10,000,000 m; {radius_m} m came"
        raise InputError(msg)
    bearings = np.linspace(0.0, 360.0, vertices, endpoint=False)
    lons, lats = destination(lon, lat, bearings, radius_m)
    # Unrolled, each step takes the short way round, so that a ring over the antimeridian stays one ring.
    unrolled = np.unwrap(np.append(lons, lons[0]), period=360.0)
    winding = unrolled[-1] - unrolled[0]
    if abs(winding) > 180.0:  # the ring goes once round: a pole lies inside
        pole = 90.0 if lat > 0 else -90.0
        order = np.argsort(np.mod(unrolled[:-1] + 180.0, 360.0))
        ring_lon = np.mod(unrolled[:-1] + 180.0, 360.0)[order] - 180.0
        ring_lat = lats[order]
        edge = np.interp(180.0, [ring_lon[-1], ring_lon[0] + 360.0], [ring_lat[-1], ring_lat[0]])
        coords = [(-180.0, pole), (-180.0, edge), *zip(ring_lon, ring_lat, strict=True), (180.0, edge), (180.0, pole)]
        return shapely.Polygon(coords)
    # Start from the centre's own turn of longitude.
    unrolled += 360.0 * np.round((lon - unrolled[:-1].mean()) / 360.0)
    ring = shapely.Polygon(np.column_stack([unrolled[:-1], lats]))
    return _split_at_antimeridian(ring)


def _split_at_antimeridian(ring: Polygon) -> Polygon | MultiPolygon:
    """Cut an unrolled polygon at ±180° and bring its parts into range."""
    west, _, east, _ = ring.bounds
    if west >= -180.0 and east <= 180.0:
        return ring
    parts: list[BaseGeometry] = []
    for shift in (-360.0, 0.0, 360.0):
        part = shapely.intersection(ring, shapely.box(-180.0 + shift, -90.0, 180.0 + shift, 90.0))
        if not part.is_empty and part.area > 0:
            parts.append(translate(part, xoff=-shift))
    union = shapely.union_all(parts)
    assert isinstance(union, shapely.Polygon | shapely.MultiPolygon)  # noqa: S101  parts of positive area only
    return union


def geodesic_line(coords: ArrayLike, *, max_segment_m: float = 10_000.0) -> LineString:
    """
    The polyline through the coordinates with its edges as geodesics, densified so that it can be drawn.

    Parameters
    ----------
    coords
        Array of shape (n, 2), longitude and latitude in degrees, n at least 2.
    max_segment_m
        Longest edge of the result, in metres.

    Returns
    -------
    LineString
        Longitudes are continuous (they may pass ±180), so that a line over the antimeridian stays one line.
    """
    points = np.asarray(coords, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 2:
        msg = f"a line needs an array of shape (n, 2) with n >= 2; shape {points.shape} came"
        raise InputError(msg)
    azimuths, metres = _inverse(points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1])
    pieces = [points[:1]]
    for start, end, azimuth, span in zip(points[:-1], points[1:], azimuths, metres, strict=True):
        steps = int(np.ceil(span / max_segment_m))
        if steps > 1:
            along = span * np.arange(1, steps) / steps
            lon, lat = destination(start[0], start[1], azimuth, along)
            pieces.append(np.column_stack([lon, lat]))
        pieces.append(end[None, :])
    line = np.vstack(pieces)
    line[:, 0] = np.unwrap(line[:, 0], period=360.0)
    return shapely.LineString(line)


def length(geometries: ArrayLike) -> _FloatArray:
    """Geodesic length in metres of each line or polygon boundary; 0 for points, NaN for missing geometries."""
    flat = np.atleast_1d(np.asarray(geometries, dtype=object))
    result = np.full(flat.shape, np.nan)
    for i, geometry in enumerate(flat.ravel()):
        if geometry is not None:
            result.flat[i] = geod().geometry_length(geometry)
    return result


def check_region(region: ArrayLike) -> Region:
    """
    The region as four floats, west, south, east, north, or an error that says what is wrong with it.

    A region with west > east is not accepted: one that passes the antimeridian is given in two calls.

    Raises
    ------
    CoordinateError
        Not four finite numbers, out of range, or empty; swapped axes are named as such.
    """
    try:
        west, south, east, north = (float(value) for value in np.asarray(region, dtype=np.float64).ravel())
    except (TypeError, ValueError) as error:
        msg = f"a region is four numbers, (west, south, east, north) in degrees; {region!r} came"
        raise CoordinateError(msg) from error
    if not np.isfinite([west, south, east, north]).all():
        msg = f"a region needs finite numbers; {(west, south, east, north)} came"
        raise CoordinateError(msg)
    if not (-90.0 <= south < north <= 90.0 and -180.0 <= west < east <= 180.0):
        msg = (
            f"a region is (west, south, east, north) in degrees with west < east and south < north, longitudes within"
            f" ±180 and latitudes within ±90; {(west, south, east, north)} came. Over the antimeridian: ask twice."
        )
        raise CoordinateError(msg)
    return west, south, east, north


def region_of(geometries: ArrayLike, *, margin: float = 0.0) -> Region:
    """
    The region round geometries in longitude and latitude, widened by a share of its larger side.

    Parameters
    ----------
    geometries
        Geometries in EPSG:4326; missing and empty ones are passed over.
    margin
        Share of the larger side added on every side; 0.1 adds a tenth. A single point gets half a degree.
    """
    bounds = shapely.total_bounds(np.asarray(geometries, dtype=object))
    if not np.isfinite(bounds).all():
        msg = "no region: every geometry is missing or empty; give region=(west, south, east, north)"
        raise InputError(msg)
    west, south, east, north = (float(b) for b in bounds)
    pad = max(east - west, north - south) * margin
    if east - west < 1e-9 and north - south < 1e-9:
        pad = max(pad, 0.5)
    return (
        max(west - pad, -180.0),
        max(south - pad, -90.0),
        min(east + pad, 180.0),
        min(north + pad, 90.0),
    )


def local_crs(region: Region) -> pyproj.CRS:
    """
    A conformal projection made for the region, in metres, so that shapes and bearings are right everywhere in it.

    Polar regions (centre beyond 70° or a pole inside) get a polar stereographic; a region over the equator or
    narrower than 3° a transverse Mercator on its centre (an oblique one is not worth its surprises); any other a
    Lambert conformal conic with two standard parallels a sixth of the height inside (Snyder 1987, USGS PP 1395).
    """
    import pyproj

    west, south, east, north = check_region(region)
    lon0 = round((west + east) / 2.0, 2)
    lat0 = round((south + north) / 2.0, 2)
    if abs(lat0) > 70.0 or max(abs(south), abs(north)) > 84.0:
        pole = 90 if lat0 > 0 else -90
        return pyproj.CRS.from_proj4(f"+proj=stere +lat_0={pole} +lon_0={lon0} +k=1 +datum=WGS84 +units=m +type=crs")
    if east - west > 100.0:
        return pyproj.CRS.from_proj4(
            f"+proj=merc +lon_0={lon0} +lat_ts={min(abs(lat0), 60.0)} +datum=WGS84 +units=m +type=crs"
        )
    if south < 0.0 < north or abs(lat0) < 8.0 or east - west < 3.0:
        return pyproj.CRS.from_proj4(f"+proj=tmerc +lat_0={lat0} +lon_0={lon0} +k=1 +datum=WGS84 +units=m +type=crs")
    inset = (north - south) / 6.0
    return pyproj.CRS.from_proj4(
        f"+proj=lcc +lat_1={round(south + inset, 2)} +lat_2={round(north - inset, 2)} +lat_0={lat0}"
        f" +lon_0={lon0} +datum=WGS84 +units=m +type=crs"
    )
