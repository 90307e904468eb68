"""The figure itself: sheet, panels, legend, margin, and what is known of it for the linter and the manifest.

`figures.py` and its neighbours decide what stands on it; this module puts it together and knows how to save it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoops.core.geodesy import Region
from geoops.core.text import one_line
from geoops.maps.annotations import Annotated
from geoops.maps.backdrop import base_picture, draw_credit
from geoops.maps.basedata import Reader
from geoops.maps.baselabels import letter_countries, letter_rivers, letter_towns
from geoops.maps.basemap import Base, draw_base
from geoops.maps.canvas import Panel
from geoops.maps.crowds import unnamed_words
from geoops.maps.foot import Paper, end_sheet, make_whole
from geoops.maps.furniture import ScaleBar, draw_graticule, draw_scale
from geoops.maps.housestyle import logo_pixels
from geoops.maps.labels import Labeller
from geoops.maps.legends import base_entries
from geoops.maps.lint import Finding, check_figure
from geoops.maps.locator import LEAST_REACH_DEG, draw_locator, reach_of
from geoops.maps.margin import draw_logo, title_block
from geoops.maps.options import Options
from geoops.maps.settings import in_its_fonts
from geoops.maps.smallprint import MARGIN_FINDINGS, draw_margin
from geoops.maps.symbols import LegendEntry
from geoops.maps.theme import POINTS_PER_MM, page_size, theme_named
from geoops.maps.typefaces import check_glyphs, use_fonts
from geoops.maps.wording import wording

__all__ = ["MapFigure", "Sheet"]


@dataclass
class Sheet:
    """One map frame with all that belongs to it."""

    panel: Panel
    base: Base
    labeller: Labeller
    scale: ScaleBar | None = None
    towns: int = 0
    marks: list[Any] = field(default_factory=list)  # sites as they are drawn
    keep_clear: list[tuple[float, float]] = field(default_factory=list)
    named_lines: list[tuple[str, Any]] = field(default_factory=list)  # sites that are lines, by name, in points


class MapFigure(Annotated):
    """
    A map on a sheet, ready to be saved, checked or drawn upon.

    `.fig` is a matplotlib Figure, `.ax` the axes of its (first) map, whose data are longitude and latitude: what is
    plotted there lands in its place. `.callout`, `.arrow`, `.bracket`, `.numbered` and `.dated_area` add an author's remarks;
    `.save(path)` writes by the suffix, `.check()` lints.

    Parameters
    ----------
    kind
        `sites`, `proximity`, `corridor` or `event`.
    options
        What the figure says and how it looks.
    reader
        Where its layers come from.
    """

    def __init__(self, kind: str, options: Options, reader: Reader) -> None:
        self.kind, self.options, self.reader = kind, options, reader
        self.theme = theme_named(options.theme)
        use_fonts(self.theme.fonts)
        self.size = page_size(options.size)
        self.words = wording(options.languages[0])
        self.whole, self.least_mm = self.size, 0.0  # before its foot is cut off, and to what height it may be
        self.fig = Paper(self.size.inches, self.theme.page)
        self.fig.patch.set_gid("page")
        self.sheets: list[Sheet] = []
        self.legend: list[LegendEntry] = []
        self.legend_drawn: list[LegendEntry] = []
        self.problems: list[Finding] = []
        self.drawn: dict[str, gpd.GeoDataFrame] = {}  # what stands on the map besides its base, by theme, in degrees
        self.parameters: dict[str, Any] = {}
        self.basemap: dict[str, Any] = {}  # what picture was asked for as the base, and what was drawn
        self.band_mm = self.size.band_mm  # height kept free below the frame, for legend and small print
        self.side_mm = 0.0  # width kept free at the right of the frame, for a table
        self.locator_beside = False  # whether the locator stands there too
        self.has_sources = self.has_disclaimer = False
        self._notes: tuple[str, ...] = ()
        self.margin: list[Any] = []  # what stands below the frame, to be drawn anew
        self.description = self.title = self.subtitle = ""

    # Building ------------------------------------------------------------------------------------------------------

    @property
    def factor(self) -> float:
        """What type and symbols are multiplied by on this sheet."""
        return self.size.type_factor

    @property
    def ax(self) -> Any:
        """The axes of the first map."""
        return self.sheets[0].panel.ax

    def name_places(self, sites: gpd.GeoDataFrame) -> None:
        """What geoops says of places besides their labels calls them as the figure's language does, where that is known."""
        if self.options.languages[0] != "en":
            pairs = zip(sites["name"], sites["name_local"], strict=True)
            self.words = self.words.with_names({a: b for a, b in pairs if isinstance(a, str) and isinstance(b, str)})

    def head(self, title: str, subtitle: str) -> float:
        """Draw title and summary, and give back how many millimetres they take."""
        # The user's own words stand as they are; what geoops made of the data is said in the figure's language.
        self.title, self.subtitle = (
            one_line(text if text == given else self.words(text))
            for text, given in ((title, self.options.title), (subtitle, self.options.subtitle))
        )
        check_glyphs(self.title, what="title")
        check_glyphs(self.subtitle, what="subtitle")
        beside = (
            draw_logo(self.fig, self.size, logo_pixels(self.theme.logo), words=self.words) if self.theme.logo else 0.0
        )
        used, cut = title_block(
            self.fig, self.size, self.theme, self.title, self.subtitle, words=self.words, beside_mm=beside
        )
        used = max(used, self.size.top_mm * 0.7 + 12.0 * self.factor) if beside else used
        if cut:
            self.problems.append(
                Finding(
                    "title-cut", f"{cut} line(s) of title or subtitle did not fit", "shorten them, or take a wider size"
                )
            )
        return used

    def frame_mm(self, head_mm: float) -> tuple[float, float, float, float]:
        """Left, bottom, width and height of what is left for maps, with room for the numbers of the graticule."""
        side, gap = max(self.size.side_mm, 3.6), 3.4 * max(self.factor, 0.9)
        bottom = self.band_mm + gap
        return (
            side + (self.side_mm if self.words.rtl else 0.0),
            bottom,
            self.size.width_mm - 2.0 * side - self.side_mm,
            self.size.height_mm - head_mm - gap - bottom,
        )

    def beside(self, rect_mm: tuple[float, float, float, float], gap_mm: float) -> tuple[float, float, float]:
        """The margin beside the frame, in points of the sheet: its left edge, its top, and how wide it is."""
        left, bottom, width, height = rect_mm
        start = left - self.side_mm if self.words.rtl else left + width + gap_mm
        return start * POINTS_PER_MM, (bottom + height) * POINTS_PER_MM, (self.side_mm - gap_mm) * POINTS_PER_MM

    def add_panel(
        self, rect_mm: tuple[float, float, float, float], region: Region, *, metres_per_pt: float | None = None,
        graticule: bool = True,
    ) -> Sheet:  # fmt: skip
        """Put a map frame on the sheet, with its base and graticule."""
        panel = Panel(self.fig, rect_mm, region, metres_per_pt=metres_per_pt)
        picture = base_picture(self, panel)
        base = draw_base(
            panel, self.reader, self.theme, tuple(self.options.base), None if picture is None else picture.rgb
        )
        for spine in panel.ax.spines.values():
            spine.set(linewidth=0.8, edgecolor=self.theme.ink, zorder=40.0, gid="frame")
        if graticule:
            draw_graticule(panel, self.theme, factor=self.factor, words=self.words)
        labeller = Labeller(panel.width_pt, panel.height_pt)
        labeller.fences = shapely.MultiLineString(
            [shapely.LineString(line) for lines in base.boundaries.values() for line in lines]
        )
        for lines in base.boundaries.values():
            labeller.weigh_lines(lines, 2.0, width=2.0)
        for _, lines in base.roads:
            labeller.weigh_lines(lines, 0.22)
        for _, lines in base.rivers:
            labeller.weigh_lines(lines, 0.3)
        sheet = Sheet(panel, base, labeller)
        if picture is not None:
            draw_credit(panel, labeller, self.theme, picture.credit, factor=self.factor)
        self.sheets.append(sheet)
        return sheet

    def add_legend(self, entries: Sequence[LegendEntry]) -> None:
        """Add entries; those of several panels that say the same become one, their counts added."""
        for entry in entries:
            # "Power station" of a panel where no capacity is known is the "Power station, by MW" of the others.
            texts = [old.text for old in self.legend]
            same = [
                i for i, text in enumerate(texts)
                if text == entry.text or text.startswith(f"{entry.text}, by ") or entry.text.startswith(f"{text}, by ")
            ]  # fmt: skip
            if not same:
                self.legend.append(entry)
                continue
            old = self.legend[same[0]]
            count = None if old.count is None or entry.count is None else old.count + entry.count
            longer = max(old, entry, key=lambda e: len(e.text))
            self.legend[same[0]] = LegendEntry(longer.text, longer.handle, count, longer.order)

    def keep(self, name: str, frame: gpd.GeoDataFrame) -> None:
        """Remember what was drawn, for a GeoPackage; what several panels show of a theme is kept once."""
        before = self.drawn.get(name)
        if before is not None and len(before):
            frame = gpd.GeoDataFrame(pd.concat([before, frame.to_crs(before.crs)]), crs=before.crs)
            columns = [c for c in ("id", "site", "feature", "radius_km", "name") if c in frame]
            frame = frame[~(frame.duplicated(columns) if columns else frame.index.duplicated())]
        self.drawn[name] = frame

    def furnish(self, sheet: Sheet, concerned: set[str], *, locator: bool = True) -> None:
        """Put scale bar, north arrow and locator where they cover least; call it after the symbols are weighed."""
        # On a narrow frame the scale bar is the larger of the two, and chooses first.
        narrow = sheet.panel.width_pt < 320.0
        if locator and not narrow:
            self.add_locator(sheet, concerned)
        sheet.scale = draw_scale(sheet.panel, sheet.labeller, self.theme, factor=self.factor, words=self.words)
        if locator and narrow:
            self.add_locator(sheet, concerned)

    def add_locator(
        self, sheet: Sheet, concerned: set[str], *, shown: Region | None = None, box: Any = None, dots: Any = ()
    ) -> None:
        """The inset, cropped to the countries concerned; with `dots` it shows where the panels of a figure lie."""
        if "countries" not in self.options.base or sheet.base.countries is None:
            return
        west, south, east, north = shown or sheet.panel.shown
        if east - west > 120.0:  # of so much of the globe nobody asks where it lies
            return
        reach = max(east - west, north - south, LEAST_REACH_DEG)
        wide = (
            max(west - 2.5 * reach, -180.0), max(south - 2.5 * reach, -85.0), min(east + 2.5 * reach, 180.0),
            min(north + 2.5 * reach, 85.0),
        )  # fmt: skip
        countries = self.reader.get("countries", wide, optional=True)
        if countries is None or not len(countries):
            return
        inside = countries[countries["country"].isin(concerned)]
        bounds = [west, south, east, north]
        if len(inside):
            reached = reach_of(inside, (west, south, east, north), reach)
            if np.isfinite(reached).all():
                bounds = [*np.minimum(bounds[:2], reached[:2]), *np.maximum(bounds[2:], reached[2:])]
        pad = 0.1 * max(bounds[2] - bounds[0], bounds[3] - bounds[1])
        region = (
            max(bounds[0] - pad, -180.0), max(bounds[1] - pad, -85.0), min(bounds[2] + pad, 180.0), min(bounds[3] + pad, 85.0),
        )  # fmt: skip
        if box is None and self.side_mm and self.locator_beside:
            # In the margin, under the table: nothing of the map is lost.
            gap = 8.0 * POINTS_PER_MM
            wide_pt = min(self.side_mm * POINTS_PER_MM - gap, 130.0 * self.factor)
            outer = (
                -self.side_mm * POINTS_PER_MM if self.words.rtl else sheet.panel.width_pt + self.side_mm * POINTS_PER_MM
            )
            left = outer if self.words.rtl else outer - wide_pt
            box = (left, 0.0, left + wide_pt, wide_pt * 0.82)
        draw_locator(
            sheet.panel, sheet.labeller, countries, concerned, self.theme, region=region, box=box, factor=self.factor,
            dots=dots, words=self.words,
        )  # fmt: skip

    def letter_base(
        self, sheet: Sheet, *, towns: int | None = None, countries: bool = True, largest_pt: float = 12.0
    ) -> None:
        """Letter countries, rivers and towns in the room that is left; a picture as the base brings its own."""
        if sheet.base.picture is not None:
            return
        kw: dict[str, Any] = {"languages": tuple(self.options.languages), "factor": self.factor}
        if countries:
            letter_countries(sheet.panel, sheet.base, sheet.labeller, self.theme, largest_pt=largest_pt, **kw)
        letter_rivers(sheet.panel, sheet.base, sheet.labeller, self.theme, named=sheet.named_lines, **kw)
        self.name_towns(sheet, most=towns)
        if sheet.towns and sheet.base.places is not None:
            self.reader.note("places", sheet.base.places)

    def name_towns(self, sheet: Sheet, *, most: int | None = None) -> None:
        """Name towns by rank, besides those that were named before."""
        if sheet.base.picture is None:
            sheet.towns += letter_towns(
                sheet.panel, sheet.base, sheet.labeller, self.theme, languages=tuple(self.options.languages),
                keep_clear=sheet.keep_clear, factor=self.factor, most=most,
            )  # fmt: skip

    def finish(self, notes: Sequence[str] = ()) -> None:
        """Draw legend and margin, once everything is on the map."""
        self.add_legend(
            base_entries([sheet.base for sheet in self.sheets], self.theme, towns=any(s.towns for s in self.sheets))
        )
        self._notes = (*notes, *(unnamed_words(*sheet.labeller.crowd) for sheet in self.sheets if sheet.labeller.crowd))
        self.draw_margin()

    def draw_margin(self) -> None:
        """Draw legend and small print, anew where something was added to the map since."""
        for artist in self.margin:
            artist.remove()
        make_whole(self)
        self.problems = [finding for finding in self.problems if finding.code not in MARGIN_FINDINGS]
        before = {id(artist) for artist in self.fig.get_children()}
        draw_margin(self, self._notes)
        self.margin = [artist for artist in self.fig.get_children() if id(artist) not in before]
        end_sheet(self)

    # Using ---------------------------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str], *, dpi: int = 300) -> Path:
        """
        Write the figure by the suffix: PNG, WebP, SVG, PDF, or its map as GeoTIFF and what is drawn on it as GeoPackage.

        Whole or not at all, and the same bytes each time.

        Parameters
        ----------
        path
            Where to; folders are made.
        dpi
            Of PNG, WebP and GeoTIFF; the painted base inside SVG and PDF has 200.

        Raises
        ------
        InputError
            A suffix that is none of these.
        WriteError
            The place cannot be written.
        """
        from geoops.maps.saving import save_figure

        return save_figure(self, path, dpi=dpi)

    def __repr__(self) -> str:
        """Its kind, its title and its sheet."""
        return f"<MapFigure {self.kind}: {self.title!r}, {self.size.name}>"

    @in_its_fonts
    def _repr_png_(self) -> bytes:
        """The figure as a picture, for notebooks."""
        import io

        picture = io.BytesIO()
        self.fig.savefig(picture, format="png", backend="agg", dpi=110)
        return picture.getvalue()

    @in_its_fonts
    def check(self) -> list[Finding]:
        """What a picture editor would send back: one finding each, with how to mend it; empty for a good figure."""
        return check_figure(self)

    @property
    def manifest(self) -> dict[str, Any]:
        """How the figure came about: layers with checksums, projection, parameters, versions. JSON-ready."""
        import importlib.metadata

        import pyproj

        def version(name: str) -> str | None:
            try:
                return importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                return None

        names = ("geoops", "matplotlib", "geopandas", "shapely", "pyproj", "numpy")
        panel = self.sheets[0].panel
        return {
            "kind": self.kind,
            "title": self.title,
            "description": self.description,
            "date": self.options.date,
            "theme": self.theme.name,
            "size": {k: v for k, v in asdict(self.size).items() if k in {"name", "width_mm", "height_mm"}},
            "region": list(panel.region),
            "projection": panel.crs.srs,
            "layers": [
                {k: _plain(v) for k, v in {"name": name, **entry}.items() if k != "catalog"}
                for name, entry in self.reader.used.items()
            ],
            **({"basemap": self.basemap} if self.basemap else {}),
            "layers_not_found": sorted(set(self.reader.missing)),
            "parameters": {k: _plain(v) for k, v in self.parameters.items()},
            "versions": {**{n: v for n in names if (v := version(n))}, "proj": pyproj.proj_version_str},
        }


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
