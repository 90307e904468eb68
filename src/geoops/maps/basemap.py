"""The quiet base under a figure: relief, water, land, borders, governorates, roads, railways, towns.

It is painted once into an image, at the resolution that the output asks for, and put under everything else, so that an
SVG or a PDF stays small and its text, symbols and borders stay vectors. The base shows nothing that the figure is about.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.path import Path as MplPath
from numpy.typing import NDArray
from PIL import Image
from shapely.geometry.base import BaseGeometry

from geoops.core.geodesy import Region
from geoops.layers.catalog import state_of
from geoops.maps.basedata import (
    Reader,
    _cached,
    inner_lines,
    lines_in_points,
    polygons_in_points,
    relief_grid,
)
from geoops.maps.canvas import Panel, lines_of
from geoops.maps.palette import palette_image, pixels_of
from geoops.maps.theme import Theme

__all__ = ["Base", "boundary_styles", "draw_base", "polygon_path"]

# Road classes by the largest scale denominator (metres a point x 2835) at which they are drawn, and their width.
_ROADS = {
    "motorway": (9e6, 0.9), "trunk": (9e6, 0.75), "primary": (5e6, 0.6), "secondary": (1.6e6, 0.45),
    "tertiary": (7e5, 0.35), "link": (9e6, 0.7),
}  # fmt: skip
_DENOMINATOR_PER_METRE_PT = 72.0 / 0.0254  # scale denominator of one metre a point
boundary_styles = {
    "international": ("solid", 1.1),
    "disputed": ((0, (2.6, 1.6)), 1.0),
    "indefinite": ((0, (7.5, 2.4)), 1.0),
    "line of control": ((0, (1.2, 1.6)), 1.2),
    "claimed": ((0, (4.5, 1.6, 1.2, 1.6)), 0.9),
    "zone limit": ((0, (1.2, 2.4)), 0.7),
    "lease limit": ((0, (1.2, 4.2)), 0.7),
}
"""Line style and width in points of a boundary by its status: no two alike, and told apart without colour."""
_TERRAIN_PAD_DEG = 0.2
_INNER = "admin-1"  # status of lines between units of one country in the layer of boundaries


def polygon_path(shapes: Sequence[BaseGeometry]) -> MplPath:
    """One compound path of polygons, holes kept as holes."""
    vertices: list[NDArray[np.float64]] = []
    codes: list[NDArray[np.uint8]] = []
    for ring in (ring for shape in shapes for ring in lines_of(shape)):
        code = np.full(len(ring), MplPath.LINETO, dtype=np.uint8)
        code[0], code[-1] = MplPath.MOVETO, MplPath.CLOSEPOLY
        vertices.append(ring)
        codes.append(code)
    if not vertices:
        return MplPath(np.zeros((0, 2)))
    return MplPath(np.vstack(vertices), np.concatenate(codes))


_OVER_A_PICTURE = frozenset({"countries", "boundaries"})


class Base:
    """What the base of one panel holds, in points, and how to paint it at any resolution."""

    def __init__(
        self,
        panel: Panel,
        reader: Reader,
        theme: Theme,
        shown: tuple[str, ...],
        picture: NDArray[np.uint8] | None = None,
    ) -> None:
        self.panel, self.theme, self.picture = panel, theme, picture
        if picture is not None:  # which has all of it but the borders, whose drawing is this project's to answer for
            shown = tuple(name for name in shown if name in _OVER_A_PICTURE)
        self.denominator = panel.metres_per_pt * _DENOMINATOR_PER_METRE_PT
        self.counts: dict[str, int] = {}
        self.doubt_m: dict[str, float] = {}  # how far half of what a layer shows here may lie from its true place
        region = panel.shown

        def read(name: str, within: Region = region) -> Any:
            found = reader.get(name, within, optional=True) if name in shown else None
            return None if found is None or not np.size(found) else found

        self.countries = read("countries")
        land = [] if self.countries is None else polygons_in_points(panel, self.countries.geometry)
        whole = shapely.box(-6.0, -6.0, panel.width_pt + 6.0, panel.height_pt + 6.0)
        # Hair-thin gaps between neighbours' polygons are no sea.
        self.land = shapely.union_all(shapely.buffer(np.array(land, dtype=object), 0.3)).buffer(-0.3) if land else whole
        self.sea = whole.difference(self.land)
        self.sea_shown = 0.0 if picture is not None else float(self.sea.intersection(panel.frame).area)
        self._note(reader, "countries", self.countries, 0 if picture is not None else len(land))

        west, south, east, north = (
            region  # a little more ground than the frame shows, else its edge is shaded as a cliff
        )
        pad = _TERRAIN_PAD_DEG
        terrain = read(
            "terrain",
            (max(west - pad, -180.0), max(south - pad, -90.0), min(east + pad, 180.0), min(north + pad, 90.0)),
        )
        self.relief: NDArray[np.uint8] | None = None
        if terrain is not None:
            heights, share = relief_grid(panel, terrain)
            self.relief = _shaded(heights, share, theme, panel.metres_per_pt)
            self._note(reader, "terrain", terrain, 1)

        water = read("water")
        self.water = [] if water is None else polygons_in_points(panel, water.geometry, smallest_pt2=0.8)
        self._note(reader, "water", water, len(self.water))
        rivers = read("rivers")
        self.rivers: list[tuple[float, list[Any]]] = []
        self.river_names: dict[str, list[Any]] = {}
        self.river_local: dict[str, str] = {}
        if rivers is not None:
            self._take_rivers(rivers)
        self._note(reader, "rivers", rivers, sum(len(lines) for _, lines in self.rivers))
        self.roads: list[tuple[float, list[Any]]] = []
        roads = read("roads")
        if roads is not None and len(roads):
            self._take_roads(roads)
        self._note(reader, "roads", roads, sum(len(lines) for _, lines in self.roads))
        rails = read("railways")
        self.rails = [] if rails is None else lines_in_points(panel, rails.geometry.to_numpy())
        self._note(reader, "railways", rails, len(self.rails))
        boundaries = read("boundaries")
        self.boundaries: dict[str, list[Any]] = {}
        self.admin1: list[Any] = []
        if boundaries is not None:
            for status, group in boundaries.groupby(boundaries["status"].fillna("international")):
                lines = lines_in_points(panel, group.geometry.to_numpy())
                if lines and status == _INNER:
                    self.admin1 = lines
                elif lines:
                    self.boundaries[str(status)] = lines
        self._note(reader, "boundaries", boundaries, sum(map(len, self.boundaries.values())) + len(self.admin1))
        if not self.admin1:  # the layer of boundaries may have the lines, else they are made from the polygons
            admin1 = read("admin1")
            outer = [line for lines in self.boundaries.values() for line in lines] + lines_of(self.sea)
            self.admin1 = [] if admin1 is None else inner_lines(panel, admin1, outer)
            self._note(reader, "admin1", admin1, len(self.admin1))
        elif "admin1" not in shown:
            self.admin1 = []
        self.places = read("places")

    def _note(self, reader: Reader, name: str, frame: Any, count: int) -> None:
        """Keep what is really on the map: the legend and the sources name nothing else."""
        if frame is not None and count:
            self.counts[name] = count
            if "uncertainty_m" in frame:
                self.doubt_m[name] = float(pd.to_numeric(frame["uncertainty_m"], errors="coerce").median())
            reader.note(name, frame)

    def _take_rivers(self, rivers: gpd.GeoDataFrame) -> None:
        """Rivers by rank: the larger the rank's number the thinner, and none too small for the scale."""
        rank = pd.to_numeric(rivers["rank"], errors="coerce") if "rank" in rivers else pd.Series(5.0, rivers.index)
        largest = 5.5 if self.denominator > 8e6 else 7.5 if self.denominator > 4.5e6 else 12.0
        for value, group in rivers.groupby(rank.fillna(8.0)):
            if value <= largest:
                width = float(np.interp(value, [2.0, 5.0, 10.0], [1.15, 0.75, 0.4]))
                self.rivers.append((width, lines_in_points(self.panel, group.geometry.to_numpy())))
        named = rivers[rivers["name"].notna() & (rank.fillna(8.0) <= largest)]
        for name, group in named.groupby("name"):
            merged = shapely.line_merge(shapely.union_all(group.geometry.to_numpy()))
            lines = lines_in_points(self.panel, [merged], margin_pt=0.0)
            if lines:
                self.river_names[str(name)] = lines
                local = group["name_local"].dropna().astype(str).tolist() if "name_local" in group else []
                self.river_local[str(name)] = local[0] if local else ""

    def _take_roads(self, roads: gpd.GeoDataFrame) -> None:
        """Roads by class, those that this scale can carry."""
        classes = roads["class"].fillna("primary") if "class" in roads else pd.Series("primary", roads.index)
        by_width: dict[float, list[Any]] = {}
        for name, group in roads.groupby(classes):
            limit, width = _ROADS.get(str(name).removesuffix("_link"), (3e6, 0.5))
            if self.denominator <= limit:
                by_width.setdefault(width, []).append(group.geometry.to_numpy())
        for width in sorted(by_width):
            lines = lines_in_points(self.panel, np.concatenate(by_width[width]))
            if lines:
                self.roads.append((width, lines))

    def paint(self, width_px: int, height_px: int) -> NDArray[np.uint8]:
        """The base as RGB, row 0 at the top."""
        theme, panel = self.theme, self.panel
        if self.picture is not None:
            return np.asarray(Image.fromarray(self.picture).resize((width_px, height_px), Image.Resampling.BICUBIC))
        dpi = 72.0 * width_px / panel.width_pt
        figure = Figure(figsize=(width_px / dpi, height_px / dpi), dpi=dpi, facecolor=theme.land)
        canvas = FigureCanvasAgg(figure)
        ax = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        ax.set_axis_off()
        ax.set_xlim(0.0, panel.width_pt)
        ax.set_ylim(0.0, panel.height_pt)
        if self.relief is not None:
            ax.add_artist(_Backdrop(self.relief, width_px, height_px))

        def fill(shapes: list[BaseGeometry], color: str, edge: str, width: float, zorder: float) -> None:
            path = polygon_path(shapes)
            if np.size(path.vertices):
                ax.add_collection(
                    PathCollection([path], facecolors=color, edgecolors=edge, linewidths=width, zorder=zorder),
                    autolim=False,
                )

        def stroke(lines: list[Any], color: str, width: float, zorder: float, style: Any = "solid") -> None:
            ax.add_collection(
                LineCollection(
                    lines, colors=color, linewidths=width, linestyles=style, zorder=zorder, capstyle="round",
                    joinstyle="round",
                ),
                autolim=False,
            )  # fmt: skip

        fill([s for s in shapely.get_parts(self.sea) if s.area > 1.0], theme.water, theme.waterline, 0.5, 2)
        for width, lines in self.rivers:
            stroke(lines, theme.waterline, width, 3)
        fill(self.water, theme.water, theme.waterline, 0.3, 4)
        if self.admin1:
            stroke(self.admin1, theme.admin1, 0.45, 5, (0, (6.0, 2.0, 1.2, 2.0)))
        if self.rails:
            stroke(self.rails, theme.rail, 0.5, 6, (0, (5.0, 2.2)))
        for width, lines in self.roads:
            stroke(lines, theme.road_casing, width * 2.0, 7)
        for width, lines in self.roads:
            stroke(lines, theme.road, width, 8)
        pixels = pixels_of(canvas)
        figure.clear()  # what was painted, too, is large and in a ring of references
        return pixels


def _shaded(heights: Any, share: Any, theme: Theme, metres_per_pt: float) -> NDArray[np.uint8]:
    """
    A tint by height under a softened hillshade from 315°, 40°, as RGB.

    The vertical exaggeration grows as the scale shrinks, since slopes flatten when heights are averaged.
    """
    from scipy import ndimage

    soft = ndimage.gaussian_filter(heights, 1.0)
    stops = np.array([to_rgb(color) for color in theme.relief])
    at = np.clip(soft / 2400.0, 0.0, 1.0) ** 0.75
    tint = np.stack([np.interp(at, [0.0, 0.4, 1.0], stops[:, band]) for band in range(3)], axis=-1)
    exaggeration = float(np.clip(metres_per_pt / 130.0, 1.0, 9.0))
    rows_down, columns_right = np.gradient(soft, metres_per_pt)
    slope_x, slope_y = columns_right * exaggeration, -rows_down * exaggeration
    norm = np.sqrt(slope_x**2 + slope_y**2 + 1.0)
    azimuth, altitude = np.radians(315.0), np.radians(40.0)
    light = np.array([np.sin(azimuth) * np.cos(altitude), np.cos(azimuth) * np.cos(altitude), np.sin(altitude)])
    shade = (-slope_x * light[0] - slope_y * light[1] + light[2]) / norm
    flat = light[2]
    # Round flat ground, which stays as the tint has it: darker in the shade, a little lighter in the sun.
    dark = np.clip((flat - shade) / flat, 0.0, 1.0)
    bright = np.clip((shade - flat) / (1.0 - flat), 0.0, 1.0)
    weight = theme.shade * share
    shadow = np.array(to_rgb("#5b5048" if np.mean(stops) > 0.5 else "#05070a"))
    image = tint * (1.0 - (weight * dark)[..., None]) + shadow * (weight * dark)[..., None]
    image = image + (1.0 - image) * (weight * 0.5 * bright)[..., None]
    image = image * share[..., None] + np.array(to_rgb(theme.land)) * (1.0 - share[..., None])
    return np.asarray(np.clip(image * 255.0 + 0.5, 0, 255), dtype=np.uint8)


class _Backdrop(Artist):
    """The relief, brought to the size of the canvas once: much faster than matplotlib's own resampling."""

    def __init__(self, image: NDArray[np.uint8], width_px: int, height_px: int) -> None:
        super().__init__()
        self.set_zorder(1.0)
        sized = Image.fromarray(image).resize((width_px, height_px), Image.Resampling.BICUBIC)
        self._rgba = np.dstack([np.asarray(sized), np.full((height_px, width_px), 255, dtype=np.uint8)])

    def draw(self, renderer: Any) -> None:
        """Put it under everything."""
        gc = renderer.new_gc()
        renderer.draw_image(gc, 0, 0, self._rgba[::-1])
        gc.restore()


class _BaseImage(Artist):
    """Puts the painted base into the frame, pixel by pixel for the output's own resolution."""

    def __init__(self, base: Base, key: tuple[Any, ...]) -> None:
        super().__init__()
        self._base, self._key = base, key

    def draw(self, renderer: Any) -> None:
        """Draw the image without resampling it."""
        from matplotlib.transforms import Bbox

        if not self.get_visible() or self.axes is None:
            return
        box: Bbox = self.axes.bbox
        magnification = renderer.get_image_magnification()
        left, bottom = round(box.x0 * magnification), round(box.y0 * magnification)
        width, height = round(box.x1 * magnification) - left, round(box.y1 * magnification) - bottom
        key = (*self._key, width, height)
        gc = renderer.new_gc()
        gc.set_gid(self.get_gid())
        x, y = left / magnification, bottom / magnification
        if magnification == 1.0:
            renderer.draw_image(gc, x, y, _opaque(_cached(key, lambda: self._base.paint(width, height)))[::-1])
        else:  # inside vectors it stands on a palette, made once for SVG and PDF
            image = _cached((*key, "palette"), lambda: palette_image(self._base.paint(width, height)))
            writer = getattr(renderer, "writer", None)
            if writer is None:
                renderer.draw_image(gc, x, y, _opaque(np.asarray(image.convert("RGB")))[::-1])
            else:
                _write_svg_image(writer, self.get_gid(), image, (x, renderer.height - y), 1.0 / magnification)
        gc.restore()
        self.stale = False


def _opaque(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB with a full alpha band."""
    result = np.full((*image.shape[:2], 4), 255, dtype=np.uint8)
    result[..., :3] = image
    return result


def _write_svg_image(
    writer: Any, gid: str | None, image: Image.Image, corner: tuple[float, float], unit: float
) -> None:
    """An image with its lower left corner in SVG's units, as it is: matplotlib would write it in full colour."""
    stream = io.BytesIO()
    image.save(stream, format="PNG", compress_level=9)
    width, height = image.width * unit, image.height * unit
    writer.element(
        "image",
        x=f"{corner[0]:.4f}", y=f"{corner[1] - height:.4f}", width=f"{width:.4f}", height=f"{height:.4f}",
        attrib={
            "xlink:href": f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}",
            "id": gid or "base", "preserveAspectRatio": "none",
        },
    )  # fmt: skip


def draw_base(
    panel: Panel, reader: Reader, theme: Theme, shown: tuple[str, ...], picture: NDArray[np.uint8] | None = None
) -> Base:
    """Put the base under the panel; borders go on top of it as vectors."""
    fingerprint = tuple((name, id(reader.given[name]) if name in reader.given else None) for name in shown)
    key = (
        "base", panel.view, panel.width_pt, panel.height_pt, panel.crs.srs, theme, fingerprint, state_of(reader.catalog),
        reader.worldview, None if picture is None else hashlib.sha256(picture.tobytes()).hexdigest(),
    )  # fmt: skip
    made = _cached(
        key,
        lambda: (
            Base(panel, reader, theme, shown, picture),
            dict(reader.used),
            list(reader.given.values()),
            list(reader.missing),
        ),
    )
    base: Base = made[0]
    for name, entry in made[1].items():
        reader.used.setdefault(name, entry)
    reader.missing.extend(name for name in made[3] if name not in reader.missing)
    image = _BaseImage(base, key)
    image.set_gid("base")
    image.set_zorder(-10)
    panel.ax.add_artist(image)
    for status, lines in sorted(base.boundaries.items(), reverse=True):
        style, width = boundary_styles.get(status, boundary_styles["disputed"])
        for color, thickness, order, dash, alpha in (
            (theme.boundary_casing, width + 2.0, 3.0, "solid", 0.55),
            (theme.boundary, width, 3.1, style, 1.0),
        ):
            drawn = LineCollection(
                lines, colors=color, linewidths=thickness, linestyles=dash, alpha=alpha, zorder=order,
                capstyle="butt" if dash != "solid" else "round", joinstyle="round", transform=panel.ax.transFrame,
            )  # fmt: skip
            drawn.set_gid(f"boundary-{status.replace(' ', '-')}")
            panel.ax.add_collection(drawn, autolim=False)
    return base
