"""Words from the numbers: subtitles, captions, alt text, and the note on methods.

Every figure of these texts comes from the tables of the analysis; none says more than they do. Markdown only for now,
with names made harmless in it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from geoops.core.text import one_line
from geoops.core.types import Corridor
from geoops.core.units import format_hours, format_km
from geoops.report.analysis import Analysis, end_name, has_place, straight_km
from geoops.report.brief import Brief, Figure

__all__ = ["alt_text", "captions", "markdown_text", "methods", "subtitle", "theme_words"]

NOT_OBSERVED = "Modelled ease of travel, not observed movement."
DISCLAIMER = "Names and boundaries shown imply no endorsement or acceptance."
_NO_DISTANCE_KM = 0.05
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
_MODE_WORDS = {
    "vehicle": "by vehicle",
    "vehicle_offroad": "by four-wheel drive",
    "mixed": "driving on roads and walking off them",
    "foot": "on foot",
}


def theme_words(theme: str) -> tuple[str, str]:
    """A layer's name for a reader, one and many."""
    plain = one_line(theme.replace("_", " "))
    return _THEME_WORDS.get(theme, (plain, plain))


def markdown_text(text: Any) -> str:
    r"""
    A name for Markdown: nothing in it is read as markup or HTML.

    Examples
    --------
    >>> markdown_text("<b>*x*</b>")
    '&lt;b&gt;\\*x\\*&lt;/b&gt;'
    """
    plain = one_line(str(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]|#])", r"\\\1", plain)


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
            if math.isfinite(distance) and (distance >= _NO_DISTANCE_KM or not area):
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


def _range_words(row: pd.Series) -> str:
    """A distance with its bounds, where they say something."""
    low, high = float(row["low_km"]), float(row["high_km"])
    words = format_km(float(row["distance_km"]))
    low_words, high_words = format_km(low) if low >= _NO_DISTANCE_KM else "0 km", format_km(high)
    return words if low_words == high_words == words else f"{words} ({low_words.removesuffix(' km')} to {high_words})"


def subtitle(brief: Brief, analysis: Analysis, figure: Figure) -> str:
    """One line under a figure's title, with a number computed from the data."""
    if figure.subtitle is not None:
        return figure.subtitle
    sites = _chosen(analysis, figure)
    if figure.kind == "proximity":
        near = closest(analysis, figure, 2)
        if not near:
            return "Nothing of these themes lies within the distance asked for."
        words = "; ".join(f"{s} lies {_range_words(r)} from the nearest {theme_words(t)[0]}" for s, t, r in near)
        return f"{words}. Ranges follow from how surely both ends are placed."
    if figure.kind == "corridor":
        journeys = [j for j in corridors_of(analysis, figure) if j.status == "found"]
        if not journeys:
            return f"No way is found {_MODE_WORDS[figure.mode]}. {NOT_OBSERVED}"
        longest = max(journeys, key=lambda j: j.hours)
        words = f"{longest.name}: {format_hours(longest.hours)}, {format_km(longest.distance_km)}"
        slack = brief.corridors.slack if brief.corridors else longest.slack
        return f"{words}. Bands: every way up to {slack:.0%} longer than the fastest. {NOT_OBSERVED}"
    line = f"{len(sites)} named site{'s' if len(sites) != 1 else ''}"
    countries = _countries(analysis, sites)
    if countries:
        line += f" in {_listed(countries)}" if len(countries) <= 3 else f" in {len(countries)} countries"
    line += f": {_placed_words(sites)}"
    energy = [t for t in ("oil_gas_fields", "power_stations", "border_crossings") if t in analysis.nearest]
    near = closest(analysis, figure.model_copy(update={"themes": tuple(energy)}), 1) if energy else []
    if near:
        site, theme, row = near[0]
        line += f". {site} lies {format_km(float(row['distance_km']))} from the nearest {theme_words(theme)[0]}"
    return line + "."


def _listed(words: Sequence[str]) -> str:
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
    parts = []
    if len(sure):
        parts.append(f"{len(sure)} placed to within {max(float(sure.max()) / 1000.0, 0.1):.3g} km")
    if len(rest):
        parts.append(f"{len(rest)} to within {float(rest.max()) / 1000.0:.0f} km")
    lines = sum(extent.geom_type.endswith("LineString") for extent in sites.loc[wide, "extent"])
    for count, one, many in ((int(wide.sum()) - lines, "an area", "areas"), (lines, "a line", "lines")):
        if count:
            parts.append(f"{count} known as {one if count == 1 else many}")
    return ", ".join(parts)


def alt_text(analysis: Analysis, figure: Figure) -> str:
    """What a figure shows, for those who do not see it: what, where, how many, nearest and farthest."""
    sites = _chosen(analysis, figure)
    names = ", ".join(map(str, sites["name"]))
    where = _listed(_countries(analysis, sites)) or "the region"
    if figure.kind == "proximity":
        themes = ", ".join(theme_words(t)[1] for t in themes_of(analysis, figure))
        ends = extremes(analysis, figure)
        words = "; ".join(f"{s} {_range_words(r)} to the nearest {theme_words(t)[0]}" for s, t, r in ends)
        return (
            f"Map of {len(sites)} named sites ({names}) with rings and lines to the nearest {themes}."
            f" Closest and farthest: {words or 'nothing in reach'}."
        )
    if figure.kind == "corridor":
        lines = "; ".join(journey_words(j) for j in corridors_of(analysis, figure))
        return f"Map of modelled journeys {_MODE_WORDS[figure.mode]} with bands of hardly slower ways: {lines}. {NOT_OBSERVED}"
    return f"Map of {len(sites)} places named in the report, in {where}: {names}. Discs and tinted areas show how surely each is placed."


def journey_words(journey: Corridor) -> str:
    """A journey in one phrase."""
    if journey.status != "found":
        return f"{journey.name}: no way ({journey.reason})"
    words = f"{journey.name}: {format_hours(journey.hours)}, {format_km(journey.distance_km)}"
    if math.isfinite(journey.road_share):
        words += f", {journey.road_share:.0%} of it on roads"
    straight = straight_km(journey)
    if math.isfinite(straight) and straight > 0:
        words += f" ({format_km(straight)} in a straight line)"
    return words


def figure_title(brief: Brief, figure: Figure) -> str:
    """A figure's title: its own, or the brief's."""
    return figure.title or brief.title


def captions(brief: Brief, analysis: Analysis, figures: Sequence[Figure]) -> str:
    """Caption and alt text of every figure, as Markdown."""
    lines = [f"# Captions: {markdown_text(brief.title)}", "", f"As of {brief.date.isoformat()}.", ""]
    for figure in figures:
        title = markdown_text(figure_title(brief, figure))
        lines += [
            f"## {figure.name}",
            "",
            " ".join([f"**{title}.**", markdown_text(subtitle(brief, analysis, figure)), DISCLAIMER]),
            "",
            f"Alt text: {markdown_text(alt_text(analysis, figure))}",
            "",
        ]
    return "\n".join(lines)


def methods(brief: Brief, analysis: Analysis) -> str:
    """The note on methods, as Markdown: sites, distances, corridors, layers with dates and licences, warnings."""
    lines = [f"# Methods: {markdown_text(brief.title)}", "", f"As of {brief.date.isoformat()}."]
    lines += [*_site_notes(brief, analysis), *_distance_notes(brief), *_journey_notes(brief, analysis)]
    lines += ["", "## Layers", ""]
    for name, layer in analysis.layers.items():
        entry = layer.attrs.get("layer", {}) or {}
        facts = [str(entry[k]) for k in ("source", "date", "licence") if entry.get(k)]
        accuracy = entry.get("accuracy") or (
            f"typically within {format_km(float(entry['uncertainty_m']) / 1000)}" if entry.get("uncertainty_m") else ""
        )
        lines.append(
            f"- **{markdown_text(entry.get('title') or name)}**: {markdown_text('; '.join(facts))}. {markdown_text(accuracy)}".rstrip()
        )
    if brief.citations:
        lines += ["", "## Sources of the report", ""]
        for number, cite in enumerate(brief.citations, 1):
            words = [cite.title, cite.publisher, cite.date.isoformat() if cite.date else "", cite.note, cite.link]
            lines.append(f"{number}. {markdown_text('. '.join(w.rstrip('.') for w in words if w))}.")
    if analysis.warnings:
        lines += ["", "## What could not be done", "", *(f"- {markdown_text(w)}" for w in analysis.warnings)]
    return "\n".join([*lines, "", DISCLAIMER, ""])


def _site_notes(brief: Brief, analysis: Analysis) -> list[str]:
    """How each site was found and how surely."""
    numbers = {cite.id: str(n) for n, cite in enumerate(brief.citations, 1)}
    lines = [
        "",
        "## Sites",
        "",
        "| site | found as | placed within | source | why it is named |",
        "|---|---|---|---|---|",
    ]
    for site, (_, row) in zip(brief.sites, analysis.sites.iterrows(), strict=True):
        lost = row.geometry is None or row.geometry.is_empty
        found = "not found" if lost else f"{row['gazetteer_name']} ({row['kind'] or '?'}, {row['country'] or '?'})"
        sure = "" if lost else "its extent" if row["extent"] is not None else format_km(row["uncertainty_m"] / 1000.0)
        cites = "".join(f" [{numbers[c]}]" for c in site.cites)
        cells = [site.shown, found, sure, row["source"] or "", site.note + cites]
        lines.append("| " + " | ".join(markdown_text(cell) for cell in cells) + " |")
    return [*lines, "", "Positions are those of public sources, at their published precision; none was sharpened."]


def _distance_notes(brief: Brief) -> list[str]:
    """How distances were measured."""
    if brief.proximity is None:
        return []
    words = (
        "Distances are geodesics on the WGS 84 ellipsoid, from each site to the nearest point of each feature. The low and"
        " high bounds add up how surely the site and the feature are placed: the true distance lies between them if both"
        " do lie within their stated uncertainty."
    )
    return ["", "## Distances", "", words]


def _journey_notes(brief: Brief, analysis: Analysis) -> list[str]:
    """How journeys were modelled, with what each assumes."""
    if not analysis.corridors or brief.corridors is None:
        return []
    lines = [
        "",
        "## Corridors",
        "",
        f"{NOT_OBSERVED} A corridor is every cell through which a journey takes at most {brief.corridors.slack:.0%} longer than the fastest.",
    ]
    for mode, journeys in analysis.corridors.items():
        lines += ["", f"### {_MODE_WORDS[mode].capitalize()}", ""]
        lines += [f"- {markdown_text(journey_words(j))}" for j in journeys]
        lines += assumption_lines(journeys)
    return lines


def assumption_lines(journeys: Sequence[Corridor]) -> list[str]:
    """What a journey was modelled with: the speeds, the grid's error and the assumptions that it carries."""
    if not journeys:
        return []
    attrs = journeys[0].attrs
    made = attrs.get("friction", {})
    lines = ["", "Assumptions:", ""]
    if "stencil" in attrs:
        error = attrs.get("stencil_error_max")
        words = f", at most {error:.1%} too long for its directions" if isinstance(error, float) else ""
        off = f", at most {error:.1%} off" if isinstance(error, float) else ""
        if attrs["stencil"] == "eikonal":
            lines.append(f"- Over open ground times follow the eikonal equation: no direction is preferred{off}.")
        else:
            lines.append(f"- Each cell is left in {attrs['stencil']} directions{words}.")
    if isinstance(made.get("cell_deg"), float):
        lines.append(f"- Cells of {made['cell_deg'] * 3600:.0f} arc seconds.")
    lines += [f"- {markdown_text(sentence)}" for sentence in made.get("assumptions", ())]
    speeds = [row for row in made.get("speeds", ()) if isinstance(row, dict) and {"low", "best", "high"} <= set(row)]
    if speeds:
        lines += ["", "| speed | low | best | high | unit | source |", "|---|---|---|---|---|---|"]
        for row in speeds:
            name = f"{row.get('applies', '')} {row.get('key', '')}".strip().replace("_", " ")
            cells = [
                name,
                *(f"{row[k]:g}" for k in ("low", "best", "high")),
                row.get("unit", "km/h"),
                row.get("source", ""),
            ]
            lines.append("| " + " | ".join(markdown_text(cell) for cell in cells) + " |")
    return lines
