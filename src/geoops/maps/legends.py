"""Legend entries of the base: what is really drawn, and no more. Layers and sites bring their own."""

from __future__ import annotations

from collections.abc import Sequence

from geoops.maps.basemap import Base, boundary_styles
from geoops.maps.symbols import LegendEntry
from geoops.maps.theme import Theme

__all__ = ["base_entries"]

_WORDS = {
    "international": "International boundary", "disputed": "Disputed boundary", "indefinite": "Indefinite boundary",
    "line of control": "Line of control", "claimed": "Claimed boundary",
    "zone limit": "Limit of a zone", "lease limit": "Limit of a lease",
}  # fmt: skip


def base_entries(bases: Sequence[Base], theme: Theme, *, towns: bool) -> list[LegendEntry]:
    """
    What the bases of a figure's maps show.

    Parameters
    ----------
    bases
        One a map.
    theme
        Colours.
    towns
        Whether any town has found room for its name.
    """
    entries: list[LegendEntry] = []
    if towns:
        look = {"marker": "o", "size": 3.6, "face": theme.halo, "edge": theme.town, "width": 0.8}
        entries.append(LegendEntry("Other town", ("marker", look), None, 60.0))
    widths = sorted({width for base in bases for width, _ in base.roads}, reverse=True)
    if widths:
        look = {"color": theme.road, "width": max(widths[0], 0.9), "casing": theme.road_casing}
        entries.append(LegendEntry("Main road" if widths[-1] >= 0.6 else "Road", ("line", look), None, 61.0))
    if any(base.rails for base in bases):
        look = {"color": theme.rail, "width": 0.7, "style": (0, (5.0, 2.2))}
        entries.append(LegendEntry("Railway", ("line", look), None, 62.0))
    if any(base.rivers or base.water or base.sea_shown > 1.0 for base in bases):
        look = {"face": theme.water, "edge": theme.waterline}
        entries.append(LegendEntry("River, lake or sea", ("patch", look), None, 63.0))
    for i, (status, words) in enumerate(_WORDS.items()):
        if any(status in base.boundaries for base in bases):
            style, width = boundary_styles[status]
            look = {"color": theme.boundary, "width": width, "style": style}
            entries.append(LegendEntry(words, ("line", look), None, 64.0 + i / 10))
    if any(base.admin1 for base in bases):
        look = {"color": theme.admin1, "width": 0.7, "style": (0, (5.0, 1.6, 1.0, 1.6))}
        entries.append(LegendEntry("Governorate or province", ("line", look), None, 65.0))
    return entries
