"""The note on methods: each choice, speed, layer date and error bound in plain words, as content for any format."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from geoops.core.text import closed
from geoops.core.types import Corridor
from geoops.core.units import format_km
from geoops.layers.citations import source_words
from geoops.report.analysis import Analysis
from geoops.report.brief import Brief
from geoops.report.citing import Sources, is_text, speed_rows
from geoops.report.content import Block, Document, Heading, Inline, Listing, Paragraph, Run, Table, line
from geoops.report.documents import DISCLAIMER, MODE_WORDS, NOT_OBSERVED, kind_words, listed, theme_words, within_words

__all__ = ["methods_blocks", "methods_note"]

_KM_PER_DEGREE = 111.2
_SPEED_WORDS = {"road": "on roads: {}", "ground": "off the roads: {}", "kind": "off the roads: {}"}
_KEY_WORDS = {"every": "all", "open": "open ground", "slope_limit": "steepest slope"}


def methods_note(brief: Brief, analysis: Analysis) -> Document:
    """The note on methods as a document of its own."""
    sources = Sources(brief, analysis)
    blocks = (*methods_blocks(brief, analysis, sources), *sources.blocks(), *_undone(analysis), _disclaimer())
    return Document(f"Methods: {brief.title}", brief.date.isoformat(), blocks)


def methods_blocks(brief: Brief, analysis: Analysis, sources: Sources) -> tuple[Block, ...]:
    """How sites were found, distances measured, journeys modelled, and from which layers; what came out is told elsewhere."""
    return (
        *_site_notes(brief, analysis, sources),
        *_distance_notes(brief),
        *_journey_notes(brief, analysis, sources),
        *_layer_notes(brief, analysis),
    )


def _undone(analysis: Analysis) -> tuple[Block, ...]:
    """What could not be done."""
    if not analysis.warnings:
        return ()
    return Heading(2, "What could not be done"), Listing(tuple(line(words) for words in analysis.warnings))


def _disclaimer() -> Paragraph:
    """What every text ends with."""
    return Paragraph(line(DISCLAIMER), small=True)


def _site_notes(brief: Brief, analysis: Analysis, sources: Sources) -> tuple[Block, ...]:
    """How each site was found and how surely."""
    rows = []
    origins: dict[Inline, list[str]] = {}
    for site, (_, row) in zip(brief.sites, analysis.sites.iterrows(), strict=True):
        lost = row.geometry is None or row.geometry.is_empty
        found = "not found" if lost else _found_as(row, analysis.countries)
        sure = "" if lost else "its extent" if row["extent"] is not None else within_words(float(row["uncertainty_m"]))
        local = row["name_local"] if isinstance(row["name_local"], str) and row["name_local"] != site.shown else ""
        shown = f"{closed(site.shown)} · {local}" if local else site.shown
        rows.append((line(shown), line(found), line(sure), line(site.note, *sources.cited(site.cites))))
        if isinstance(row["source"], str) and row["source"] and not lost:
            told = site.at is not None and is_text(brief)
            origin = line("told by the text, from other places") if told else sources.position(row["source"])
            origins.setdefault(origin, []).append(site.shown)
    words = (
        "Names are looked up in a gazetteer, in any spelling; where a name has several readings the likeliest is taken, and"
        " what is doubtful is said. “Placed within” is the radius that surely holds the place. Positions are those of"
        " public sources, at their published precision; none was sharpened."
    )
    header = ("site", "found as", "placed within", "why it is named")
    keys = tuple(f"site-{n}" for n in range(1, len(rows) + 1))
    return (
        Heading(2, "Sites"),
        Table(header, tuple(rows), widths=(0.25, 0.23, 0.12, 0.4), anchors=keys),
        Paragraph(line(words)),
        *_origins(origins),
    )


def _found_as(row: Any, countries: Mapping[str, str]) -> str:
    """What a name was found to be: the gazetteer's name, its kind, its countries."""
    codes = row["country"].split(";") if isinstance(row["country"], str) else []
    words = [kind_words(row["kind"]), listed([countries.get(code, code) for code in codes if code])]
    told = ", ".join(word for word in words if word)
    return f"{row['gazetteer_name']} ({told})" if told else str(row["gazetteer_name"])


def _origins(origins: dict[Inline, list[str]]) -> tuple[Block, ...]:
    """Each source of positions with the sites that rest on it."""
    if not origins:
        return ()
    items = tuple(
        (Run(f"{', '.join(map(closed, names))}: ", strong=True), *origin) for origin, names in origins.items()
    )
    return Paragraph(line("Where positions come from:")), Listing(items)


def _distance_notes(brief: Brief) -> tuple[Block, ...]:
    """How distances were measured."""
    wanted = brief.proximity
    if wanted is None:
        return ()
    words = (
        "Distances are the shortest over the ground, without heights (geodesics on the WGS 84 ellipsoid), from each site to the"
        " nearest point of each feature; lines between mapped points are geodesics too. The low and high bounds add up how"
        " surely the site and the feature are placed: the true distance lies between them if both do lie within their stated"
        " uncertainty."
    )
    themes = listed([theme_words(theme)[1] for theme in wanted.themes])
    count = "the nearest one" if wanted.k == 1 else f"the nearest {wanted.k}"
    reach = f", none farther than {format_km(wanted.max_km)}" if wanted.max_km else ", however far"
    choices = [line(f"Measured to {count} of each of: {themes}{reach}.")]
    if wanted.rings_km:
        radii = listed([f"{r:g}" for r in wanted.rings_km])
        choices.append(line(f"Rings are drawn {radii} km from each site: round a point, or along the edge of an area."))
    return Heading(2, "Distances"), Paragraph(line(words)), Listing(tuple(choices))


def _journey_notes(brief: Brief, analysis: Analysis, sources: Sources) -> tuple[Block, ...]:
    """How journeys were modelled: what holds for all modes, and what each assumes besides."""
    modes = {mode: journeys for mode, journeys in analysis.corridors.items() if journeys}
    if not modes or brief.corridors is None:
        return ()
    slack = brief.corridors.slack
    words = f"{NOT_OBSERVED} A corridor is all ground through which a journey takes at most {slack:.0%} longer than the fastest."
    blocks: list[Block] = [Heading(2, "Corridors"), Paragraph(line(words))]
    latitude = (analysis.region[1] + analysis.region[3]) / 2.0
    assumed = {mode: _assumptions(journeys[0], latitude) for mode, journeys in modes.items()}
    shared = [words for words in next(iter(assumed.values())) if all(words in others for others in assumed.values())]
    if shared:
        blocks += [Paragraph(line("Assumptions:")), Listing(tuple(line(words) for words in shared))]
    for mode, journeys in modes.items():
        own = tuple(line(words) for words in assumed[mode] if words not in shared)
        speeds = _speeds(journeys[0], sources)
        if own or speeds:
            blocks += [Heading(3, MODE_WORDS[mode].capitalize()), *([Listing(own)] if own else []), *speeds]
    return tuple(blocks)


def _assumptions(journey: Corridor, latitude: float) -> list[str]:
    """What a journey was modelled with: the grid, its error, and the assumptions that it carries."""
    attrs = journey.attrs
    made = attrs.get("friction", {})
    told: list[str] = []
    if "stencil" in attrs:
        error = attrs.get("stencil_error_max")
        known = isinstance(error, float) and math.isfinite(error)
        if attrs["stencil"] == "eikonal":
            off = f"; they are {error:.1%} off at most" if known else ""
            told.append(f"Over open ground times spread alike in every direction (eikonal equation){off}.")
        else:
            long = f", which makes it up to {error:.1%} longer than it need be" if known else ""
            told.append(
                f"Off the roads a journey goes on from cell to cell of a grid, in one of {attrs['stencil']} directions{long}."
            )
    if isinstance(made.get("cell_deg"), float):
        high_km = made["cell_deg"] * _KM_PER_DEGREE
        size = f"{high_km:.2g} km from south to north and {high_km * math.cos(math.radians(latitude)):.2g} km from west to east"
        told.append(f"The cells of the grid are {made['cell_deg'] * 3600:.0f} arc seconds wide, about {size}.")
    return [*told, *made.get("assumptions", ())]


def _speeds(journey: Corridor, sources: Sources) -> list[Block]:
    """The speeds of a mode with their ranges, and where they are from."""
    rows = []
    made = journey.attrs.get("friction", {})
    for row in speed_rows(made):
        key = _KEY_WORDS.get(str(row.get("key", "")), str(row.get("key", "")).replace("_", " "))
        name = _SPEED_WORDS.get(str(row.get("applies", "")), "{}").format(key)
        numbers = [line(f"{row[k]:g}") for k in ("low", "best", "high")]
        rows.append((line(name), *numbers, line(row.get("unit", "km/h")), sources.speed(row)))
    header = ("speed", "low", "best", "high", "unit", "source")
    table = Table(header, tuple(rows), widths=(0.3, 0.08, 0.08, 0.08, 0.12, 0.34), numbers=(1, 2, 3))
    return [table, *(Paragraph(line(words), small=True) for words in sources.judged(made))] if rows else []


def _layer_notes(brief: Brief, analysis: Analysis) -> tuple[Block, ...]:
    """Each layer with its source, date, licence and error bound."""
    items = []
    for name, layer in analysis.layers.items():
        entry: dict[str, Any] = layer.attrs.get("layer", {}) or {}
        facts = [source_words(str(entry["source"]), analysis.citations)] if entry.get("source") else []
        facts += [f"as of {entry['date']}"] if entry.get("date") else []
        licences = [part.strip() for part in str(entry.get("licence") or "").split(";") if part.strip()]
        facts += [f"licence{'s' if len(licences) > 1 else ''}: {', '.join(licences)}"] if licences else []
        metres = entry.get("uncertainty_m")
        accuracy = entry.get("accuracy") or (
            f"typically within {format_km(float(metres) / 1000)}" if metres else "its accuracy is not stated"
        )
        title = Run(str(entry.get("title") or name), strong=True)
        bound = str(accuracy).rstrip(".")
        items.append(line(title, f": {'; '.join(facts)}. ", f"{bound[:1].upper()}{bound[1:]}."))
    if not items:
        return ()
    view = f"Disputed borders are drawn as seen in {brief.worldview}." if brief.worldview else (
        "Disputed borders are drawn as the sources have them, marked as disputed; no view is taken."
    )  # fmt: skip
    return Heading(2, "Layers"), Listing(tuple(items)), Paragraph(line(view))
