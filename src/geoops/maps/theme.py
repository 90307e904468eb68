"""What a figure looks like: palettes, page sizes, type sizes.

A theme is a set of colours and fonts, a size is a sheet of paper; neither knows what is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from geoops.core.errors import InputError
from geoops.maps.typefaces import family

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties

__all__ = [
    "MM_PER_INCH",
    "POINTS_PER_MM",
    "SIZES",
    "THEMES",
    "Size",
    "TextStyle",
    "Theme",
    "contrast",
    "page_size",
    "rgb_of",
    "theme_named",
]

MM_PER_INCH = 25.4
POINTS_PER_MM = 72.0 / MM_PER_INCH
SMALLEST_TYPE_PT = 5.0


@dataclass(frozen=True)
class Theme:
    """
    The colours of a figure, as hex strings.

    Parameters
    ----------
    name
        What it is called.
    page, ink, secondary
        Paper, text, less important text.
    halo
        What surrounds letters on the map.
    land, water, waterline, relief
        The base: flat land, water and its line, three tints from low to high ground.
    shade
        How strong the hillshade is, 0 to 1.
    boundary, boundary_casing, admin1, road, road_casing, rail, graticule
        Lines of the base.
    town, country, water_text
        Lettering of the base.
    site, site_rim
        The places that the figure is about.
    oil, power, transport, crossing, camp, dam
        Infrastructure by theme.
    bands
        Corridor bands from the narrowest to the widest.
    band_edges
        Their outlines, in the same order.
    route, badge_text
        The fastest route and the lettering on it.
    panel
        Background of a box that stands on the map.
    fonts
        Paths of a house's own font files (regular, bold, italic), before those of the package.
    logo
        Path of a PNG or JPEG that stands beside the title; empty for none.
    disclaimer, producer
        What stands in the margin where a figure says nothing else; empty for the package's own.
    """

    name: str
    page: str = "#ffffff"
    ink: str = "#1f2a33"
    secondary: str = "#4c545b"
    halo: str = "#ffffff"
    land: str = "#f6f3ec"
    water: str = "#c9dde8"
    waterline: str = "#7fa6bf"
    relief: tuple[str, str, str] = ("#f0f2e8", "#f7f4ee", "#e4d7c8")
    shade: float = 0.30
    boundary: str = "#4a4f57"
    boundary_casing: str = "#ffffff"
    admin1: str = "#a59f95"
    road: str = "#b08968"
    road_casing: str = "#ffffff"
    rail: str = "#8a8f96"
    graticule: str = "#8f9aa3"
    town: str = "#3b434b"
    country: str = "#6b675f"
    water_text: str = "#3f6b87"
    site: str = "#b3261e"
    site_rim: str = "#ffffff"
    oil: str = "#2f2f2f"
    power: str = "#845b8b"
    transport: str = "#4c545b"
    crossing: str = "#144774"
    camp: str = "#552300"
    dam: str = "#007aba"
    bands: tuple[str, ...] = ("#8c2d04", "#d95f0e", "#fe9929", "#fed98e")
    band_edges: tuple[str, ...] = ("#581b02", "#863605", "#8a4a05", "#7d5c17")
    route: str = "#5a1a00"
    badge_text: str = "#ffffff"
    panel: str = "#ffffff"
    fonts: tuple[str, ...] = ()
    logo: str = ""
    disclaimer: str = ""
    producer: str = ""


THEMES: Mapping[str, Theme] = {
    theme.name: theme
    for theme in (
        Theme("report"),
        Theme(
            "slide", page="#12171c", ink="#f1f3f4", secondary="#b9c1c7", halo="#12171c", land="#2a3037",
            water="#16303f", waterline="#4f7f99", relief=("#262c31", "#2c3238", "#454037"), shade=0.45,
            boundary="#d5d9dc", boundary_casing="#12171c", admin1="#6d7378", road="#9a7b5c", road_casing="#1a1f24",
            rail="#7c848b", graticule="#64707a", town="#d3d8dc", country="#a9a59b", water_text="#8fbdd6",
            site="#ff6f61", site_rim="#12171c", oil="#f0e9dc", power="#b693c4", transport="#adc2cb",
            crossing="#7eb6fd", camp="#fcbe76", dam="#7de5fe",
            bands=("#dba350", "#d98538", "#b3581a", "#7d3c12"), band_edges=("#fff0d4", "#ffce94", "#f0975a", "#d98a55"),
            route="#fff3df", badge_text="#12171c", panel="#12171c",
        ),
        Theme(
            "print", land="#f4f4f4", water="#dcdcdc", waterline="#9a9a9a", relief=("#f6f6f6", "#f8f8f8", "#e6e6e6"),
            ink="#141414", secondary="#454545", boundary="#3c3c3c", admin1="#a3a3a3", road="#8f8f8f", rail="#8a8a8a",
            graticule="#9a9a9a", town="#333333", country="#5f5f5f", water_text="#4d4d4d", site="#000000", oil="#2a2a2a",
            power="#4f4f4f", transport="#4a4a4a", crossing="#2a2a2a", camp="#333333", dam="#3f3f3f",
            bands=("#3a3a3a", "#777777", "#a8a8a8", "#d0d0d0"), band_edges=("#111111", "#3a3a3a", "#555555", "#6a6a6a"),
            route="#000000",
        ),
        Theme(
            "newsroom", page="#fffdfa", ink="#121212", secondary="#555555", land="#f7f5f1", water="#d3e4ec",
            waterline="#94b4c6", relief=("#f5f5ef", "#f9f7f3", "#ece3d9"), shade=0.2, boundary="#3d3d3d",
            road="#c2a58a", admin1="#b8b3aa", country="#77726a", site="#c5121b", route="#6a0f14",
        ),
    )
}  # fmt: skip


def theme_named(theme: str | Theme) -> Theme:
    """
    The theme of that name, or of a file (`house.toml`), or the theme itself.

    Raises
    ------
    InputError
        No theme of that name, or mistakes in the file.
    """
    if isinstance(theme, Theme):
        return theme
    if isinstance(theme, str) and theme.endswith(".toml"):
        from geoops.maps.housestyle import house_theme

        return house_theme(theme)
    if theme not in THEMES:
        msg = f"theme={theme!r} is not known; there are {', '.join(THEMES)}, the path of a .toml file with a look of your own, or a geoops.maps.theme.Theme"
        raise InputError(msg)
    return THEMES[theme]


@dataclass(frozen=True)
class Size:
    """
    A sheet: its measures, and how much of it the margin takes.

    Parameters
    ----------
    name
        What it is called.
    width_mm, height_mm
        The sheet.
    side_mm
        White at the left and right.
    top_mm
        From the upper edge to the title.
    band_mm
        Height of the band under the map, for legend and sources.
    type_factor
        What all type sizes are multiplied by.
    stacked
        Legend above the sources, as on narrow sheets, instead of beside them.
    ends_with_text
        Whether the sheet ends below its small print, as a journal's column goes on there; its height is then the most that it may be.
    """

    name: str
    width_mm: float
    height_mm: float
    side_mm: float = 10.5
    top_mm: float = 9.0
    band_mm: float = 34.0
    type_factor: float = 1.0
    stacked: bool = False
    ends_with_text: bool = False

    @property
    def inches(self) -> tuple[float, float]:
        """Width and height in inches, for matplotlib."""
        return self.width_mm / MM_PER_INCH, self.height_mm / MM_PER_INCH


SIZES: Mapping[str, Size] = {
    size.name: size
    for size in (
        Size("a4-landscape", 297.0, 210.0),
        Size("a4-portrait", 210.0, 297.0, band_mm=56.0, stacked=True),
        Size("a3-landscape", 420.0, 297.0, side_mm=14.0, top_mm=12.0, band_mm=44.0, type_factor=1.25),
        Size("a3-portrait", 297.0, 420.0, side_mm=14.0, top_mm=12.0, band_mm=66.0, type_factor=1.25, stacked=True),
        Size(
            "journal-84",
            84.0,
            165.0,
            side_mm=4.0,
            top_mm=3.0,
            band_mm=84.0,
            type_factor=0.8,
            stacked=True,
            ends_with_text=True,
        ),
        Size("journal-174", 174.0, 160.0, side_mm=5.0, top_mm=4.0, band_mm=46.0, type_factor=0.85, ends_with_text=True),
        Size("slide-16x9", 338.67, 190.5, side_mm=11.0, top_mm=8.0, band_mm=34.0, type_factor=1.15),
        Size("square", 200.0, 200.0, side_mm=8.0, top_mm=7.0, band_mm=44.0, stacked=True),
        Size("tall", 180.0, 320.0, side_mm=8.0, top_mm=9.0, band_mm=62.0, type_factor=1.1, stacked=True),
    )
}


def page_size(size: str | Size) -> Size:
    """
    The sheet of that name, or the sheet itself.

    Raises
    ------
    InputError
        No size of that name.
    """
    if isinstance(size, Size):
        return size
    if size not in SIZES:
        msg = f"size={size!r} is not known; there are {', '.join(SIZES)} (or pass a geoops.maps.theme.Size)"
        raise InputError(msg)
    return SIZES[size]


@dataclass(frozen=True)
class TextStyle:
    """
    How a piece of text is set.

    Parameters
    ----------
    size_pt
        Type size in points.
    color
        Hex.
    weight, slant
        `normal` or `bold`; `normal` or `italic`.
    halo_pt
        Width of the halo's stroke in points; 0 for none.
    halo
        Its colour.
    """

    size_pt: float
    color: str
    weight: str = "normal"
    slant: str = "normal"
    halo_pt: float = 0.0
    halo: str = "#ffffff"

    def at(self, size_pt: float) -> TextStyle:
        """The same style at another size."""
        return replace(self, size_pt=size_pt)

    def font(self) -> FontProperties:
        """The font, with its fallback for Arabic script."""
        return _font(family(), self.weight, self.slant, self.size_pt)


@cache
def _font(families: tuple[str, ...], weight: str, slant: str, size_pt: float) -> FontProperties:
    """One object a style: matplotlib looks fonts up by it."""
    from matplotlib.font_manager import FontProperties  # names of themes are wanted where nothing is drawn

    style: Any = slant
    return FontProperties(family=list(families), weight=weight, style=style, size=size_pt)


def rgb_of(color: str) -> tuple[float, float, float]:
    """A hex colour as three floats from 0 to 1."""
    red, green, blue = (int(color[i : i + 2], 16) / 255.0 for i in (1, 3, 5))
    return red, green, blue


def contrast(first: str, second: str) -> float:
    """
    Contrast ratio of two hex colours as WCAG 2.2 defines it, 1 to 21.

    Examples
    --------
    >>> round(contrast("#000000", "#ffffff"), 1)
    21.0
    """

    def luminance(color: str) -> float:
        channels = [int(color[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)
