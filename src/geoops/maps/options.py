"""What all figures take besides their own arguments: what they say, how they look, what stands in the margin."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from geoops.core.errors import InputError
from geoops.core.fetching import Fetcher
from geoops.core.text import one_line
from geoops.maps.basedata import BASE_LAYERS
from geoops.maps.theme import Size, Theme, theme_named
from geoops.maps.typefaces import check_glyphs, use_fonts

__all__ = ["DISCLAIMER", "Margin", "Options"]


DISCLAIMER = (
    "Names and boundaries shown imply no endorsement or acceptance. Positions are public, at their published precision."
)


class Margin(TypedDict, total=False):
    """
    What all figures take besides their own arguments.

    Parameters
    ----------
    catalog
        Catalogue of layers; the one that geoops finds by default.
    worldview
        Whose view of borders is drawn: two letters of a country, or `neutral`; by default the catalogue's own, which is
        neutral unless it says otherwise. The disclaimer says which was drawn.
    base
        Names of the base layers to draw, from `terrain, water, rivers, countries, boundaries, admin1, roads, railways,
        places`; all by default.
    sources
        Further lines for the sources, before those of the layers.
    disclaimer
        Instead of the default one on names and boundaries.
    map_number, version, producer
        For the last line of the margin.
    notes
        Lines that stand first in the small print: assumptions, methods.
    basemap
        A picture instead of the embedded base: a tile provider of xyzservices or its name (`OpenStreetMap.Mapnik`), an address
        with `{z}`, `{x}`, `{y}`, or a GeoTIFF or MBTiles file. None by default: nothing is asked of a network.
    basemap_credit
        Whose it is; a file must have it, a provider brings its own.
    fetcher
        A `geoops.core.fetching.Fetcher` for tiles, where other limits are wanted than its default.
    """

    catalog: str | os.PathLike[str] | None
    worldview: str | None
    base: Sequence[str]
    sources: Sequence[str]
    disclaimer: str | None
    map_number: str | None
    version: str | None
    producer: str | None
    notes: Sequence[str]
    basemap: Any
    basemap_credit: str | None
    fetcher: Fetcher | None


@dataclass(frozen=True)
class Options:
    """What a figure says and how it looks; every field may be left out."""

    title: str | None = None
    subtitle: str | None = None
    date: str | None = None
    theme: str | Theme = "report"
    size: str | Size = "a4-landscape"
    languages: tuple[str, ...] = ("en",)
    catalog: Any = None
    worldview: str | None = None
    base: Sequence[str] = BASE_LAYERS
    sources: Sequence[str] = ()
    disclaimer: str | None = None
    map_number: str | None = None
    version: str | None = None
    producer: str | None = None
    notes: Sequence[str] = ()
    basemap: Any = None
    basemap_credit: str | None = None
    fetcher: Fetcher | None = None

    def __post_init__(self) -> None:
        use_fonts(theme_named(self.theme).fonts)
        for name in ("languages", "base", "sources", "notes"):
            value = getattr(self, name)
            if isinstance(value, str):
                object.__setattr__(self, name, (value,))
            else:
                object.__setattr__(self, name, tuple(value))
        unknown = [name for name in self.base if name not in BASE_LAYERS]
        if unknown:
            msg = f"base={list(self.base)!r}: {', '.join(unknown)} is no base layer; there are {', '.join(BASE_LAYERS)}"
            raise InputError(msg)
        known = {"en", "ar", "ku", "fa", "local"}
        if not self.languages or any(language not in known for language in self.languages):
            msg = f"languages={self.languages!r}: expected one or more of {', '.join(sorted(known))}"
            raise InputError(msg)
        for name in ("title", "subtitle", "date", "disclaimer", "map_number", "version", "producer"):
            value = getattr(self, name)
            if value is None:
                continue
            if not isinstance(value, str):
                value = str(value)
            object.__setattr__(self, name, one_line(value))
            check_glyphs(one_line(value), what=name)
        for text in (*self.sources, *self.notes):
            check_glyphs(one_line(str(text)), what="margin text")
