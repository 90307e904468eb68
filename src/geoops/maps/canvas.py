"""The map frame: axes whose data are longitude and latitude, drawn in a projection made for the region.

Everything inside a frame is measured either in degrees (`ax.transData`), in metres of the projection
(`ax.transProjected`) or in points from the frame's lower left corner (`ax.transFrame`, what symbols and labels are laid
out in). What is drawn, and what it means, is the other modules' business.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import shapely
from matplotlib import transforms as mtransforms
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from geoops.core.errors import InputError
from geoops.core.geodesy import Region, check_region, local_crs

__all__ = ["GeoAxes", "Panel", "describe_crs", "lines_of", "region_for", "view_for"]

_FloatArray = NDArray[np.float64]
_WIDE_DEG = 60.0  # beyond it neither a cone nor a cylinder keeps shapes
SMALLEST_SPAN_DEG = 0.02  # about 2 km: below it no layer here says anything


def _interpolation(places: _FloatArray, count: int = 16) -> tuple[_FloatArray, _FloatArray]:
    """Chebyshev's nodes over the range of some places, and the matrix that takes values there to values at the places."""
    low, high = float(places.min()), float(places.max())
    angles = (np.arange(count) + 0.5) * np.pi / count
    nodes = (low + high) / 2.0 + (high - low) / 2.0 * np.cos(angles)
    weights = (-1.0) ** np.arange(count) * np.sin(angles)
    away = places[:, None] - nodes[None, :]
    on_node = np.abs(away) < 1e-9 * max(high - low, 1.0)
    shares = weights / np.where(on_node, 1.0, away)
    matrix = shares / shares.sum(axis=1, keepdims=True)
    hit = on_node.any(axis=1)
    matrix[hit] = on_node[hit]
    return nodes, np.asarray(matrix, dtype=np.float64)


class _LonLatTransform(mtransforms.Transform):
    """Degrees to metres of the projection, as matplotlib wants its transforms."""

    input_dims = 2
    output_dims = 2
    is_separable = False
    has_inverse = True

    def __init__(self, transformer: pyproj.Transformer, *, inverse: bool = False) -> None:
        super().__init__()
        self._transformer = transformer
        self._inverse = inverse

    def transform_non_affine(self, values: ArrayLike) -> _FloatArray:
        """Project, or unproject, an array of shape (n, 2)."""
        points = np.asarray(values, dtype=np.float64).reshape(-1, 2)
        if not len(points):
            return points
        direction = pyproj.enums.TransformDirection.INVERSE if self._inverse else None
        x, y = (
            self._transformer.transform(points[:, 0], points[:, 1], direction=direction)
            if direction
            else self._transformer.transform(points[:, 0], points[:, 1])
        )
        return np.column_stack([x, y])

    def inverted(self) -> _LonLatTransform:
        """The other way round."""
        return _LonLatTransform(self._transformer, inverse=not self._inverse)


class GeoAxes(Axes):
    """
    Axes whose data coordinates are longitude and latitude in degrees.

    `ax.plot(lon, lat)`, `scatter`, `text`, `annotate`, `contourf` and GeoDataFrame.plot work as they are. The view is
    fixed and in metres of the projection; artists in metres take `transform=ax.transProjected`, artists in points
    from the frame's corner `transform=ax.transFrame`.
    """

    name = "geoops"

    def __init__(
        self, figure: Figure, rect: Any, *, crs: pyproj.CRS, view: tuple[float, float, float, float], **kwargs: Any
    ) -> None:
        self.crs = crs
        self._transformer = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
        super().__init__(figure, rect, **kwargs)
        self.set_autoscale_on(False)
        self.set_xlim(view[0], view[2])
        self.set_ylim(view[1], view[3])
        self.xaxis.set_visible(False)
        self.yaxis.set_visible(False)
        self.patch.set_visible(False)

    def _set_lim_and_transforms(self) -> None:
        """Put the projection in front of the usual linear parts."""
        super()._set_lim_and_transforms()  # type: ignore[misc]
        self.transProjected = self.transScale + (self.transLimits + self.transAxes)
        self.transData = _LonLatTransform(self._transformer) + self.transProjected
        self._xaxis_transform = mtransforms.blended_transform_factory(self.transProjected, self.transAxes)
        self._yaxis_transform = mtransforms.blended_transform_factory(self.transAxes, self.transProjected)
        # Points from the corner: the frame's bbox is in pixels, the figure's dpi scale turns points into pixels.
        figure = self.get_figure(root=True)
        assert figure is not None  # noqa: S101
        self.transFrame = mtransforms.Affine2D().scale(1.0 / 72.0) + figure.dpi_scale_trans + _CornerOf(self.bbox)

    def set_aspect(self, *_: Any, **__: Any) -> None:
        """Keep the aspect: the projection fixes it, whatever a plotting library would set for degrees."""

    def format_coord(self, x: float, y: float) -> str:
        """Longitude and latitude under the cursor."""
        return f"{x:.4f}, {y:.4f}"


class _CornerOf(mtransforms.Affine2DBase):
    """Shift by the lower left corner of a bbox that may move."""

    def __init__(self, bbox: Any) -> None:
        super().__init__()
        self._bbox = bbox
        self.set_children(bbox)

    def get_matrix(self) -> Any:
        """The shift as a matrix."""
        if self._invalid:  # type: ignore[has-type]
            self._mtx = np.array([[1.0, 0.0, self._bbox.x0], [0.0, 1.0, self._bbox.y0], [0.0, 0.0, 1.0]])
            self._inverted = None
            self._invalid = 0
        return self._mtx


class Panel:
    """
    One map frame of a figure: its axes, its projection and its measures.

    Parameters
    ----------
    figure
        The figure it stands in.
    rect_mm
        Left, bottom, width and height of the frame on the sheet, in millimetres.
    region
        West, south, east, north in degrees; the view is the smallest with the frame's shape that holds it.
    crs
        The projection; made for the region by default.
    metres_per_pt
        A given scale; the view is then centred on the region.
    """

    def __init__(
        self,
        figure: Figure,
        rect_mm: tuple[float, float, float, float],
        region: Region,
        *,
        crs: pyproj.CRS | None = None,
        metres_per_pt: float | None = None,
    ) -> None:
        self.region = check_region(region)
        self.crs = crs if crs is not None else _crs_for(self.region)
        width_in, height_in = figure.get_size_inches()
        left, bottom, width, height = (value / 25.4 for value in rect_mm)
        self.width_pt, self.height_pt = width * 72.0, height * 72.0
        self.rect_mm = rect_mm
        self.transformer = pyproj.Transformer.from_crs("EPSG:4326", self.crs, always_xy=True)
        self.view = view_for(self.region, self.transformer, self.width_pt / self.height_pt)
        if metres_per_pt is not None:
            x, y = (self.view[0] + self.view[2]) / 2.0, (self.view[1] + self.view[3]) / 2.0
            dx, dy = self.width_pt * metres_per_pt / 2.0, self.height_pt * metres_per_pt / 2.0
            self.view = (x - dx, y - dy, x + dx, y + dy)
        self.metres_per_pt = (self.view[2] - self.view[0]) / self.width_pt
        self.figure = figure
        rect = (left / width_in, bottom / height_in, width / width_in, height / height_in)
        self.ax = GeoAxes(figure, rect, crs=self.crs, view=self.view)
        figure.add_axes(self.ax)
        self.frame = shapely.box(0.0, 0.0, self.width_pt, self.height_pt)
        self.shown = self._shown_region()

    def _shown_region(self) -> Region:
        """The degrees that the frame's edges reach: what layers are read for."""
        x = np.linspace(self.view[0], self.view[2], 41)
        y = np.linspace(self.view[1], self.view[3], 41)
        ring_x = np.concatenate([x, x, np.full(41, self.view[0]), np.full(41, self.view[2])])
        ring_y = np.concatenate([np.full(41, self.view[1]), np.full(41, self.view[3]), y, y])
        lon, lat = self.unproject(ring_x, ring_y)
        if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
            west, south, east, north = self.region
            msg = (
                f"the region {west:g} {south:g} {east:g} {north:g} (west, south, east, north) is too wide for one map with this page:"
                " its edges have no place on Earth. Are there places on both sides of the antimeridian? Map each side with region="
            )
            raise InputError(msg)
        lon0 = (self.region[0] + self.region[2]) / 2.0
        if np.abs(np.asarray(lon) - lon0).max() > 180.0 or lon.min() < -180.0 or lon.max() > 180.0:
            lon = np.clip(lon, -180.0, 180.0)
        pole = any(
            abs(px) != np.inf and self.view[0] <= px <= self.view[2] and self.view[1] <= py <= self.view[3]
            for px, py in (self.transformer.transform(lon0, value) for value in (-90.0, 90.0))
        )
        west, east = (-180.0, 180.0) if pole else (float(lon.min()), float(lon.max()))
        # An edge bulges between corners; the far latitude of a frame may lie in the middle of an edge, sampled above.
        return west, float(max(lat.min(), -90.0)), east, float(90.0 if pole and lat0_north(self.region) else lat.max())

    def project(self, lon: ArrayLike, lat: ArrayLike) -> tuple[_FloatArray, _FloatArray]:
        """Metres of the projection."""
        x, y = self.transformer.transform(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
        return np.asarray(x), np.asarray(y)

    def unproject(self, x: ArrayLike, y: ArrayLike) -> tuple[_FloatArray, _FloatArray]:
        """Degrees from metres of the projection."""
        lon, lat = self.transformer.transform(
            np.asarray(x, dtype=float), np.asarray(y, dtype=float), direction=pyproj.enums.TransformDirection.INVERSE
        )
        return np.asarray(lon), np.asarray(lat)

    def points(self, lon: ArrayLike, lat: ArrayLike) -> _FloatArray:
        """Points from the frame's lower left corner, shape (n, 2)."""
        x, y = self.project(np.atleast_1d(lon), np.atleast_1d(lat))
        return np.column_stack([(x - self.view[0]) / self.metres_per_pt, (y - self.view[1]) / self.metres_per_pt])

    def degrees(self, points: ArrayLike) -> tuple[_FloatArray, _FloatArray]:
        """Longitude and latitude of places given in points from the frame's corner."""
        xy = np.asarray(points, dtype=float).reshape(-1, 2)
        return self.unproject(
            xy[:, 0] * self.metres_per_pt + self.view[0], xy[:, 1] * self.metres_per_pt + self.view[1]
        )

    def grid(
        self, xs: _FloatArray, ys: _FloatArray, crs: pyproj.CRS | str = "EPSG:4326"
    ) -> tuple[_FloatArray, _FloatArray]:
        """
        Where a grid in points lies in another CRS: x and y, each of shape (len(ys), len(xs)).

        Exact at 16 x 16 places and by Chebyshev's polynomials between them: within a frame of less than 40 degrees a projection
        is so smooth that this is right to a thousandth of a point. A wider frame is projected point by point.
        """

        def exact(x: _FloatArray, y: _FloatArray) -> list[_FloatArray]:
            px, py = np.meshgrid(x, y)
            lon, lat = self.degrees(np.column_stack([px.ravel(), py.ravel()]))
            if crs != "EPSG:4326":
                lon, lat = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
            return [np.asarray(values).reshape(px.shape) for values in (lon, lat)]

        west, south, east, north = self.shown
        if east - west > 40.0 or north - south > 40.0 or len(xs) * len(ys) < 2000:
            x, y = exact(xs, ys)
            return x, y
        across_nodes, across = _interpolation(xs)
        down_nodes, down = _interpolation(ys)
        x, y = (down @ values @ across.T for values in exact(across_nodes, down_nodes))
        return x, y

    def to_frame(self, geometry: BaseGeometry | None, *, margin_pt: float = 20.0) -> BaseGeometry:
        """A geometry in degrees as one in points, cut to the frame and a margin; empty where it lies outside."""
        if geometry is None or geometry.is_empty:
            return shapely.GeometryCollection()
        west, south, east, north = self.shown
        pad = self.pad_deg(margin_pt)
        # Only an azimuthal projection has a place for a pole; a cone or a cylinder has it infinitely far away.
        least, most = (-90.0, 90.0) if self.crs.srs.startswith(("+proj=stere", "+proj=laea")) else (-89.0, 89.0)
        near = shapely.clip_by_rect(geometry, west - pad, max(south - pad, least), east + pad, min(north + pad, most))
        if near.is_empty:
            return near
        # A coast may have a vertex every ten metres; what is finer than a tenth of a point is dropped before the work.
        near = _valid(shapely.simplify(near, self.metres_per_pt * 0.1 / 111_000.0, preserve_topology=False))
        flat = shapely.transform(shapely.segmentize(near, 0.25), lambda xy: self.points(xy[:, 0], xy[:, 1]))
        low, high = -margin_pt, margin_pt
        return shapely.clip_by_rect(_valid(flat), low, low, self.width_pt + high, self.height_pt + high)

    def pad_deg(self, margin_pt: float) -> float:
        """Degrees that surely reach so many points beyond what is shown, at its latitude farthest from the equator."""
        farthest = min(max(abs(self.shown[1]), abs(self.shown[3])), 88.0)
        return 0.01 + margin_pt * self.metres_per_pt / (110_000.0 * float(np.cos(np.radians(farthest))))

    def inside(self, points: _FloatArray, *, inset_pt: float = 0.0) -> NDArray[np.bool_]:
        """Whether each place lies within the frame, less an inset."""
        x, y = points[:, 0], points[:, 1]
        result: NDArray[np.bool_] = (
            (x >= inset_pt) & (x <= self.width_pt - inset_pt) & (y >= inset_pt) & (y <= self.height_pt - inset_pt)
        )
        return result


def _crs_for(region: Region) -> pyproj.CRS:
    """The projection of a frame: that of the region, or for a share of the globe one in which areas compare."""
    west, south, east, north = region
    lat0 = (south + north) / 2.0
    if (east - west) * np.cos(np.radians(lat0)) <= _WIDE_DEG and north - south <= _WIDE_DEG:
        return local_crs(region)
    lon0 = (west + east) / 2.0
    return pyproj.CRS.from_proj4(f"+proj=laea +lat_0={lat0} +lon_0={lon0} +datum=WGS84 +units=m +type=crs")


def lat0_north(region: Region) -> bool:
    """Whether the region's middle lies north of the equator."""
    return region[1] + region[3] > 0.0


def _valid(geometry: BaseGeometry) -> BaseGeometry:
    """Polygons that cross themselves are mended before they are cut, lines without length are left out; all else passes."""
    if geometry.geom_type == "MultiLineString":  # a loop too small to draw is simplified to one place, twice
        parts = shapely.get_parts(geometry)
        long = shapely.length(parts) > 0.0
        return geometry if long.all() else shapely.MultiLineString(list(parts[long]))
    if geometry.geom_type == "LineString" and not geometry.length > 0.0:
        return shapely.LineString()
    if geometry.geom_type in {"Polygon", "MultiPolygon", "GeometryCollection"} and not geometry.is_valid:
        return shapely.make_valid(geometry)
    return geometry


def lines_of(geometry: BaseGeometry) -> list[_FloatArray]:
    """The coordinate arrays of all lines and rings of a geometry."""
    arrays: list[_FloatArray] = []
    for part in shapely.get_parts(shapely.get_parts(np.atleast_1d(np.asarray(geometry, dtype=object)))):
        if part.geom_type == "Polygon":
            arrays += [shapely.get_coordinates(ring) for ring in (part.exterior, *part.interiors)]
        elif part.geom_type in {"LineString", "LinearRing"}:
            arrays.append(shapely.get_coordinates(part))
        elif part.geom_type in {"MultiPolygon", "MultiLineString", "GeometryCollection"}:
            arrays += lines_of(part)
    return [a for a in arrays if len(a) > 1]


def region_for(bounds: Region, *, margin: float = 0.12, smallest_deg: float = 0.4) -> Region:
    """
    A region round bounds, widened by a share of the larger side and never smaller than `smallest_deg`.

    Raises
    ------
    InputError
        The bounds span more than half the globe: places on both sides of the antimeridian, most likely.
    """
    west, south, east, north = bounds
    if east - west > 180.0:
        msg = (
            f"the places lie between longitude {west:.1f} and {east:.1f}: on both sides of the antimeridian, or round"
            " the whole globe. One map shows at most half of it: map each side with region=(west, south, east, north)"
        )
        raise InputError(msg)
    pad = max(max(east - west, north - south) * margin, (smallest_deg - min(east - west, north - south)) / 2.0, 0.0)
    return max(west - pad, -180.0), max(south - pad, -89.5), min(east + pad, 180.0), min(north + pad, 89.5)


def view_for(region: Region, transformer: pyproj.Transformer, aspect: float) -> tuple[float, float, float, float]:
    """The smallest view in projected metres that holds the region and has the frame's width over height."""
    west, south, east, north = region
    if east - west < SMALLEST_SPAN_DEG / 2 and north - south < SMALLEST_SPAN_DEG / 2:
        msg = f"the region {region} is smaller than a kilometre; the smallest that a map makes sense for is about 2 km"
        raise InputError(msg)
    lon, lat = np.meshgrid(np.linspace(west, east, 33), np.linspace(south, north, 33))
    x, y = transformer.transform(lon.ravel(), lat.ravel())
    finite = np.isfinite(x) & np.isfinite(y)
    if not finite.all():
        msg = f"the region {region} cannot be shown whole in one projection; give a smaller one"
        raise InputError(msg)
    x0, y0, x1, y1 = float(np.min(x)), float(np.min(y)), float(np.max(x)), float(np.max(y))
    width, height = x1 - x0, y1 - y0
    if width / height < aspect:
        extra = (height * aspect - width) / 2.0
        return x0 - extra, y0, x1 + extra, y1
    extra = (width / aspect - height) / 2.0
    return x0, y0 - extra, x1, y1 + extra


def describe_crs(crs: pyproj.CRS) -> str:
    """The projection as a reader wants it: its name and the parameters that matter."""
    pairs = [part.split("=") for part in crs.srs.replace("+", "").split() if "=" in part]
    found = {pair[0]: pair[1] for pair in pairs}
    name = {
        "lcc": "Lambert conformal conic",
        "tmerc": "Transverse Mercator",
        "merc": "Mercator",
        "stere": "Polar stereographic",
        "laea": "Lambert azimuthal equal-area",
    }.get(str(found.get("proj")), crs.coordinate_operation.method_name if crs.coordinate_operation else crs.name)

    def degrees(value: object, positive: str, negative: str) -> str:
        number = float(str(value))
        return f"{abs(number):g}° {positive if number >= 0 else negative}"

    if found.get("proj") == "lcc" and "lat_2" in found:
        return (
            f"{name}, standard parallels {degrees(found['lat_1'], 'N', 'S')} and {degrees(found['lat_2'], 'N', 'S')},"
            f" centre {degrees(found['lon_0'], 'E', 'W')}; WGS 84"
        )
    middle = degrees(found.get("lon_0", 0.0), "E", "W")
    if found.get("proj") == "laea":
        middle = f"{degrees(found.get('lat_0', 0.0), 'N', 'S')} {middle}"
    return f"{name}, centre {middle}; WGS 84"
