"""Words from the numbers: titles, subtitles, captions and alt text of figures, and journeys in a phrase.

Every figure of these texts comes from the tables of the analysis; none says more than they do. They are plain words;
what makes a name harmless in a format is that format's writer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from geoops.core.text import closed, one_line
from geoops.core.types import Corridor
from geoops.core.units import NO_DISTANCE_KM, format_bounds, format_hours, format_km, format_share
from geoops.report.analysis import Analysis, end_name, has_place, straight_km
from geoops.report.brief import Brief, Figure

__all__ = [
    "DISCLAIMER", "MODE_WORDS", "NOT_OBSERVED", "alt_text", "caption", "corridors_of", "distance_words", "feature_words", "figure_title",
    "journey_words", "kind_words", "listed", "place_words", "sites_of", "subtitle", "theme_words", "themes_of", "within_words",
]  # fmt: skip

NOT_OBSERVED = "Modelled ease of travel, not observed movement."
DISCLAIMER = "Names and boundaries shown imply no endorsement or acceptance."
_SURE_M = 3_000.0  # a town's centre; beyond it a reader must see the doubt

_THEME_WORDS = {
    "oil_gas_fields": ("oil or gas field", "oil and gas fields"),
    "refineries": ("refinery", "refineries"),
    "pipelines": ("pipeline", "pipelines"),
    "power_stations": ("power station", "power stations"),
    "power_lines": ("transmission line", "transmission lines"),
    "dams": ("dam", "dams"),
    "boundaries": ("boundary", "boundaries"),
    "border_crossings": ("border crossing", "border crossings"),
    "roads": ("main road", "main roads"),
    "railways": ("railway", "railways"),
    "bridges": ("bridge", "bridges"),
    "camps": ("camp", "camps"),
    "airports": ("airport", "airports"),
    "rivers": ("river", "rivers"),
}
MODE_WORDS = {
    "vehicle": "by vehicle",
    "vehicle_offroad": "by four-wheel drive",
    "mixed": "driving on roads and walking off them",
    "foot": "on foot",
}


def theme_words(theme: str) -> tuple[str, str]:
    """A layer's name for a reader, one and many."""
    plain = one_line(theme.replace("_", " "))
    return _THEME_WORDS.get(theme, (plain, plain))


_KIND_WORDS = {
    "PPLC": "capital",
    "PPLA": "provincial capital",
    "PPL": "town or village",
    "PCL": "country",
    "ADM1": "province",
    "RGN": "region",
    "AREA": "area",
    "CMP": "camp",
    "field": "oil or gas field",
    "power": "power station",
    "river": "river or canal",
}


def kind_words(kind: Any) -> str:
    """
    A kind of place for a reader, from its feature code; nothing where it is not known.

    Examples
    --------
    >>> kind_words("PPLA"), kind_words("DAM"), kind_words(None)
    ('provincial capital', 'dam', '')
    """
    if not isinstance(kind, str) or not kind:
        return ""
    from geoops.gazetteer.features import group_of_kind

    group = group_of_kind(kind)
    return next((words for code, words in _KIND_WORDS.items() if code in (kind, kind[:3], group)), group or kind)


def _chosen(analysis: Analysis, figure: Figure) -> Any:
    """The sites of a figure that have a place."""
    sites = sites_of(analysis, figure)
    return sites[has_place(sites)]


def sites_of(analysis: Analysis, figure: Figure) -> Any:
    """The sites of a figure, by their names in the brief."""
    sites = analysis.sites
    if figure.sites is None:
        return sites
    names = {name.casefold() for name in figure.sites}
    known = sites["name"].str.casefold().isin(names) | sites["query"].astype(str).str.casefold().isin(names)
    return sites[known]


def themes_of(analysis: Analysis, figure: Figure) -> list[str]:
    """The themes of a proximity figure, in the order of the brief."""
    return [theme for theme in analysis.nearest if figure.themes is None or theme in figure.themes]


def corridors_of(analysis: Analysis, figure: Figure) -> list[Corridor]:
    """The journeys of a corridor figure."""
    journeys = analysis.corridors.get(figure.mode, [])
    if figure.pairs is None:
        return list(journeys)
    ends = {(p.origin.casefold(), p.destination.casefold()) for p in figure.pairs}
    return [
        j for j in journeys if (end_name(j.origin_name).casefold(), end_name(j.destination_name).casefold()) in ends
    ]


def closest(analysis: Analysis, figure: Figure, count: int = 2) -> list[tuple[str, str, pd.Series]]:
    """
    The closest of each theme in a figure: site, theme, row.

    Themes in their order, each with a site that no theme before it has, points before areas, nearest first; so that two
    sentences do not say the same of one place.
    """
    chosen = _chosen(analysis, figure)
    areas = chosen["extent"].notna()
    picked: list[tuple[str, str, pd.Series]] = []
    for theme in themes_of(analysis, figure):
        taken = {site for site, _, _ in picked}
        rows = []
        for _, row in analysis.nearest[theme].iterrows():
            if row["site"] not in chosen.index or str(row["site_name"]) in taken:
                continue
            distance, area = float(row["distance_km"]), bool(areas[row["site"]])
            # what lies inside an area is no distance from it
            if math.isfinite(distance) and (distance >= NO_DISTANCE_KM or not area):
                rows.append((area, distance, str(row["site_name"]), row))
        if rows:
            _, _, site, row = min(rows, key=lambda item: item[:3])
            picked.append((site, theme, row))
    return picked[:count]


def extremes(analysis: Analysis, figure: Figure) -> list[tuple[str, str, pd.Series]]:
    """The shortest and the longest distance in a figure: site, theme, row; one where there is only one."""
    labels = set(_chosen(analysis, figure).index)
    rows = [
        (float(row["distance_km"]), str(row["site_name"]), theme, row)
        for theme in themes_of(analysis, figure)
        for _, row in analysis.nearest[theme].iterrows()
        if row["site"] in labels and math.isfinite(float(row["distance_km"]))
    ]
    rows.sort(key=lambda item: item[:3])
    return [(site, theme, row) for _, site, theme, row in ([rows[0], rows[-1]] if len(rows) > 1 else rows)]


def place_words(row: pd.Series, extent: Any) -> str:
    """What lies in the area, or on the line, that a site is has no distance from it: "in it", "on it"; nothing of others."""
    if extent is None or extent.is_empty or float(row["distance_km"]) > 0.0:
        return ""
    return "on it" if extent.geom_type.endswith("LineString") else "in it"


def distance_words(row: pd.Series, extent: Any = None, *, unit: bool = True) -> str:
    """
    A distance with its bounds, where they say something: "6.1 km (0 to 18 km)".

    Parameters
    ----------
    row
        Of a proximity table.
    extent
        The area or line that the site is, if it is one.
    unit
        Whether kilometres are named; a table's header may do so.
    """
    km = float(row["distance_km"])
    words = place_words(row, extent) or (format_km(km) if km >= NO_DISTANCE_KM else "less than 0.1 km")
    bounds = format_bounds(float(row["low_km"]), float(row["high_km"]))
    whole = f"{words} ({bounds} km)" if bounds else words
    return whole if unit else whole.replace(" km", "")


def feature_words(theme: str, name: Any) -> str:
    """What the nearest feature is called; a boundary between two names has a dash between them."""
    plain = one_line(name) if isinstance(name, str) else ""
    return closed(plain.replace(" - ", "–") if theme == "boundaries" else plain)


def within_words(metres: float) -> str:
    """A radius that surely holds a place: no smaller than it is."""
    km = metres / 1000.0
    digits = 10.0 if km < 9.95 else 1.0
    return format_km(max(math.ceil(km * digits - 1e-6) / digits, 0.1))


def subtitle(brief: Brief, analysis: Analysis, figure: Figure) -> str:
    """One line under a figure's title, with a number computed from the data."""
    if figure.subtitle is not None:
        return figure.subtitle
    sites = _chosen(analysis, figure)
    if figure.kind == "proximity":
        near = closest(analysis, figure, 2)
        if not near:
            return "Nothing of these themes lies within the distance asked for."
        words = "; ".join(
            f"{closed(s)} lies {distance_words(r)} from the nearest {theme_words(t)[0]}" for s, t, r in near
        )
        return f"{words}. Ranges follow from how surely both ends are placed."
    if figure.kind == "corridor":
        journeys = [j for j in corridors_of(analysis, figure) if j.status == "found"]
        if not journeys:
            return f"No way is found {MODE_WORDS[figure.mode]}. {NOT_OBSERVED}"
        longest = max(journeys, key=lambda j: j.hours)
        words = f"{_journey_name(longest)}: {format_hours(longest.hours)}, {format_km(longest.distance_km)}"
        slack = brief.corridors.slack if brief.corridors else longest.slack
        return f"{words}. Bands: every way up to {slack:.0%} longer than the fastest. {NOT_OBSERVED}"
    line = f"{len(sites)} named site{'s' if len(sites) != 1 else ''}"
    countries = _countries(analysis, sites)
    if countries:
        line += f" in {listed(countries)}" if len(countries) <= 3 else f" in {len(countries)} countries"
    line += f": {_placed_words(sites)}" if len(sites) else ""
    energy = [t for t in ("oil_gas_fields", "power_stations", "border_crossings") if t in analysis.nearest]
    near = closest(analysis, figure.model_copy(update={"themes": tuple(energy)}), 1) if energy else []
    if near:
        site, theme, row = near[0]
        line += f". {closed(site)} lies {format_km(float(row['distance_km']))} from the nearest {theme_words(theme)[0]}"
    return line + "."


def listed(words: Sequence[str]) -> str:
    """Words in a row, 'and' before the last."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _countries(analysis: Analysis, sites: Any) -> list[str]:
    """Names of the countries that sites lie in; what spans several counts only where nothing lies in one."""
    given = [c.split(";") for c in sites["country"] if isinstance(c, str) and c]
    codes = {c[0] for c in given if len(c) == 1} or {code for c in given for code in c}
    return sorted(analysis.countries.get(code, code) for code in codes)


def _placed_words(sites: Any) -> str:
    """How surely the sites are placed, in counts: points to within what, areas, lines (rivers)."""
    wide = sites["extent"].notna()
    radius = sites.loc[~wide, "uncertainty_m"]
    sure, rest = radius[radius <= _SURE_M], radius[radius > _SURE_M]
    parts: list[str] = []
    for radii in (sure, rest):
        if len(radii):
            parts.append(f"{len(radii)} {'' if parts else 'placed '}to within {within_words(float(radii.max()))}")
    lines = sum(extent.geom_type.endswith("LineString") for extent in sites.loc[wide, "extent"])
    for count, one, many in ((int(wide.sum()) - lines, "an area", "areas"), (lines, "a line", "lines")):
        if count:
            parts.append(f"{count} known as {one if count == 1 else many}")
    return ", ".join(parts)


def alt_text(analysis: Analysis, figure: Figure) -> str:
    """What a figure shows, for those who do not see it: what, where, how many, nearest and farthest."""
    sites = _chosen(analysis, figure)
    names = ", ".join(closed(str(name)) for name in sites["name"])
    where = listed(_countries(analysis, sites)) or "the region"
    if figure.kind == "proximity":
        themes = ", ".join(theme_words(t)[1] for t in themes_of(analysis, figure))
        words = "; ".join(_end_words(s, t, r, sites["extent"]) for s, t, r in extremes(analysis, figure))
        return (
            f"Map of {len(sites)} named site{'s' if len(sites) != 1 else ''} ({names}) with rings and lines to the nearest {themes}."
            f" Closest and farthest: {words or 'nothing in reach'}."
        )
    if figure.kind == "corridor":
        lines = "; ".join(journey_words(j) for j in corridors_of(analysis, figure))
        return f"Map of modelled journeys {MODE_WORDS[figure.mode]} with bands of hardly slower ways: {lines}. {NOT_OBSERVED}"
    if len(sites) == 1:
        return f"Map of a place named in the report, in {where}: {names}. A disc or tinted area shows how surely it is placed."
    return f"Map of {len(sites)} places named in the report, in {where}: {names}. Discs and tinted areas show how surely each is placed."


def _end_words(site: str, theme: str, row: pd.Series, extents: pd.Series) -> str:
    """One end of the distances of a figure."""
    extent, nearest = extents[row["site"]], f"the nearest {theme_words(theme)[0]}"
    where = place_words(row, extent)
    site = closed(site)
    return f"{site}, with {nearest} {where}" if where else f"{site} {distance_words(row, extent)} to {nearest}"


def _journey_name(journey: Corridor) -> str:
    """From where to where, in a sentence."""
    return f"{closed(journey.origin_name)} to {closed(journey.destination_name)}"


def journey_words(journey: Corridor) -> str:
    """A journey in one phrase."""
    if journey.status != "found":
        return f"{_journey_name(journey)}: no way ({journey.reason})"
    words = f"{_journey_name(journey)}: {format_hours(journey.hours)}, {format_km(journey.distance_km)}"
    if math.isfinite(journey.road_share):
        words += f", {_share_words(journey.road_share)} of it on roads"
    straight = straight_km(journey)
    if math.isfinite(straight) and straight > 0:
        words += f" ({format_km(straight)} in a straight line)"
    return words


def _share_words(share: float) -> str:
    """A share in words; "all" and "none" only where it is so."""
    written = format_share(share)
    return {"100%": "all", ">99%": "nearly all", "<1%": "hardly any", "0%": "none"}.get(written, written)


def figure_title(brief: Brief, figure: Figure) -> str:
    """A figure's title: its own, or the brief's."""
    return figure.title or brief.title


def caption(brief: Brief, analysis: Analysis, figure: Figure) -> str:
    """What stands under a figure: its line of numbers and the disclaimer."""
    return f"{subtitle(brief, analysis, figure)} {DISCLAIMER}"
