"""What an author adds to a figure by one call each: callouts, arrows, numbered markers with their key, brackets, dated areas.

Each is placed with the labels: it takes a place that nothing else has, and what finds none is a finding of the linter. All
take longitude and latitude; nothing here computes anything about the world.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.patches import FancyArrowPatch

from geoops.core.errors import InputError
from geoops.core.schema import as_features
from geoops.core.text import one_line
from geoops.maps.basemap import polygon_path
from geoops.maps.curves import in_area
from geoops.maps.lettering import draw_text
from geoops.maps.remarks import LonLat, bent, beside, between, block_of, boxed, numerals, on_map, said
from geoops.maps.settings import in_its_fonts
from geoops.maps.symbols import LegendEntry
from geoops.maps.theme import TextStyle, rgb_of

if TYPE_CHECKING:
    from geoops.maps.mapfigure import MapFigure

__all__ = ["Annotated"]

_BEND = 0.12  # of an arrow: how far its middle stands off the straight line, as matplotlib counts it


class Annotated:
    """The calls by which an author adds to a figure; `MapFigure` has them all. `panel` counts the maps of small multiples."""

    @in_its_fonts
    def callout(self: MapFigure, at: LonLat, text: str, *, panel: int = 0) -> None:  # type: ignore[misc]
        """
        Put a boxed remark near a place, with a line that leads to it.

        Parameters
        ----------
        at
            Longitude and latitude.
        text
            What it says; wrapped.
        panel
            On which of the figure's maps.

        Raises
        ------
        InputError
            No text, a letter that no font has, or a place that is not on the map.
        """
        boxed(self, self.sheets[panel], on_map(self, at, panel, "callout"), said(text, "callout"))

    @in_its_fonts
    def arrow(self: MapFigure, start: LonLat, end: LonLat, text: str = "", *, panel: int = 0) -> None:  # type: ignore[misc]
        """
        Draw an arrow from one place to another, with words beside it where they are given.

        It is a sign of the author's and no route: `corridor_map` draws those.

        Parameters
        ----------
        start, end
            Longitude and latitude.
        text
            Words beside it.
        panel
            On which of the figure's maps.

        Raises
        ------
        InputError
            A letter that no font has, or an end that is not on the map.
        """
        sheet = self.sheets[panel]
        a, b = (on_map(self, place, panel, "arrow") for place in (start, end))
        for color, width, order in ((self.theme.halo, 3.4, 13.0), (self.theme.ink, 1.3, 13.1)):
            drawn = FancyArrowPatch(
                tuple(a), tuple(b), arrowstyle="-|>,head_length=5,head_width=2.4", connectionstyle=f"arc3,rad={_BEND}",
                color=color, linewidth=width, shrinkA=4.0, shrinkB=4.0, mutation_scale=1.0, zorder=order,
                transform=sheet.panel.ax.transFrame,
            )  # fmt: skip
            drawn.set_gid("arrow")
            sheet.panel.ax.add_patch(drawn)
        course = bent(a, b, _BEND)
        sheet.labeller.take_line(course, 1.2)
        if text:
            beside(self, sheet, course[[12, 9, 15, 6, 18]], said(text, "arrow"), kind="arrow")

    @in_its_fonts
    def bracket(self: MapFigure, start: LonLat, end: LonLat, text: str, *, panel: int = 0) -> None:  # type: ignore[misc]
        """
        Mark a stretch between two places with a bracket and say what it is.

        Parameters
        ----------
        start, end
            Longitude and latitude; seen from the first, the bracket stands to the left.
        text
            What the stretch is.
        panel
            On which of the figure's maps.

        Raises
        ------
        InputError
            No text, a letter that no font has, or an end that is not on the map.
        """
        sheet = self.sheets[panel]
        a, b = (on_map(self, place, panel, "bracket") for place in (start, end))
        along = (b - a) / max(float(np.hypot(*(b - a))), 1e-9)
        across = np.array([-along[1], along[0]])
        low, high = 4.0 * self.factor, 9.0 * self.factor
        path = [a + across * low, a + across * high, b + across * high, b + across * low]
        for color, width, order in ((self.theme.halo, 2.8, 13.0), (self.theme.ink, 1.0, 13.1)):
            drawn = LineCollection(
                [path],
                colors=color,
                linewidths=width,
                zorder=order,
                transform=sheet.panel.ax.transFrame,
                joinstyle="miter",
            )
            drawn.set_gid("bracket")
            sheet.panel.ax.add_collection(drawn, autolim=False)
        sheet.labeller.weigh_lines([np.array(path)], 1.6, width=2.0)
        beside(self, sheet, between(path[1], path[2]), said(text, "bracket"), kind="bracket")

    @in_its_fonts
    def numbered(self: MapFigure, places: Sequence[tuple[LonLat, str]], *, title: str = "", panel: int = 0) -> None:  # type: ignore[misc]
        """
        Mark places with numbers and explain them in a key that stands where it covers least.

        Parameters
        ----------
        places
            Longitude and latitude, and what the number stands for; numbered in their order.
        title
            Above the key.
        panel
            On which of the figure's maps.

        Raises
        ------
        InputError
            No place, no words for one, a letter that no font has, or a place that is not on the map.
        """
        if not places:
            msg = "numbered: expected places, each ((longitude, latitude), words); an empty list came"
            raise InputError(msg)
        points = [on_map(self, at, panel, "numbered") for at, _ in places]
        texts = [said(text, "numbered") for _, text in places]
        numerals(self, self.sheets[panel], points, texts, one_line(title))

    @in_its_fonts
    def dated_area(self: MapFigure, area: Any, text: str, *, date: str, source: str, panel: int = 0) -> None:  # type: ignore[misc]
        """
        Draw an area that holds for one date only, as its source has it; legend and credits say both.

        Parameters
        ----------
        area
            Polygons: a shapely geometry in degrees, or a GeoDataFrame or GeoSeries with a CRS.
        text
            What the area is.
        date
            For which it holds, as it is to be printed.
        source
            Who says so.
        panel
            On which of the figure's maps.

        Raises
        ------
        InputError
            No date, no source, no text, or nothing of the area on the map.
        """
        words, day, by = (
            said(value, f"dated_area: {name}") for value, name in ((text, "text"), (date, "date"), (source, "source"))
        )
        sheet, theme = self.sheets[panel], self.theme
        frame = as_features(area if isinstance(area, gpd.GeoDataFrame | gpd.GeoSeries) else [area], what="dated_area")
        shapes = [
            part
            for geometry in frame.geometry
            for part in shapely.get_parts(sheet.panel.to_frame(geometry, margin_pt=4.0))
            if part.geom_type == "Polygon"
        ]
        if not any(shape.intersects(sheet.panel.frame) for shape in shapes):
            msg = "dated_area: nothing of the area lies on this map; give another area, or region= to the figure"
            raise InputError(msg)
        path = polygon_path(shapes)
        look: dict[str, Any] = {"transform": sheet.panel.ax.transFrame}
        fill = PathCollection(
            [path], facecolors=[(*rgb_of(theme.transport), 0.16)], edgecolors="none", zorder=2.1, **look
        )
        edge = PathCollection(
            [path],
            facecolors="none",
            edgecolors=theme.transport,
            linewidths=0.9,
            linestyles=[(0, (1.4, 1.4))],
            zorder=3.9,
            **look,
        )
        for artist in (fill, edge):
            artist.set_gid("dated-area")
            sheet.panel.ax.add_collection(artist, autolim=False)
        style = TextStyle(max(7.2 * self.factor, 5.2), theme.transport, "bold", halo_pt=2.2, halo=theme.halo)
        block = block_of(words, style, self.factor)
        box = in_area(sheet.labeller, shapely.intersection(shapely.union_all(shapes), sheet.panel.frame), block)
        if box is not None:
            for (x, y), (line, font) in zip(block.origins(box[0], box[1], 0.5), block.lines, strict=True):
                draw_text(sheet.panel.ax, x, y, line, font, zorder=19.0, gid="label-dated-area", **look)
        handle = (
            "patch",
            {"face": (*rgb_of(theme.transport), 0.16), "edge": theme.transport, "style": (0, (1.4, 1.4)), "width": 0.9},
        )
        self.add_legend([LegendEntry(f"{words}, {day}", handle, None, 8.0)])
        self.reader.used[f"area: {words}"] = {
            "name": words,
            "source": by,
            "attribution": by,
            "date": day,
            "licence": "as stated by its source",
            "given": True,
        }
        self.keep(f"area {words}", frame.assign(name=words, date=day, source=by))
        self.draw_margin()
