"""The note on methods: each choice, speed, layer date and error bound in plain words, as content for any format."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from geoops.core.types import Corridor
from geoops.core.units import format_km
from geoops.report.analysis import Analysis
from geoops.report.brief import Brief
from geoops.report.content import Block, Document, Heading, Inline, Listing, Paragraph, Run, Table, line
from geoops.report.documents import DISCLAIMER, MODE_WORDS, NOT_OBSERVED, journey_words, kind_words, listed, theme_words

__all__ = ["cited", "methods_blocks", "methods_note", "source_blocks"]

_LEFT_TO_RIGHT = "\u200e"  # else a number after Arabic letters changes its place
_CROSSINGS = {
    "any": "A border is passed at any listed crossing, open or not.",
    "open": "A border is passed only at crossings that are listed as open.",
    "anywhere": "A border is no obstacle: it may be passed anywhere.",
}


def methods_note(brief: Brief, analysis: Analysis) -> Document:
    """The note on methods as a document of its own."""
    blocks = (*methods_blocks(brief, analysis), *source_blocks(brief), *_undone(analysis), _disclaimer())
    return Document(f"Methods: {brief.title}", brief.date.isoformat(), blocks)


def methods_blocks(brief: Brief, analysis: Analysis) -> tuple[Block, ...]:
    """How sites were found, distances measured, journeys modelled, and from which layers."""
    return (
        *_site_notes(brief, analysis),
        *_distance_notes(brief),
        *_journey_notes(brief, analysis),
        *_layer_notes(brief, analysis),
    )


def cited(brief: Brief, cites: Sequence[str]) -> Inline:
    """Numbers of citations, each a link to its place in the list of sources."""
    numbers = {cite.id: n for n, cite in enumerate(brief.citations, 1)}
    runs: list[Run] = []
    for key in cites:
        runs += [Run(" "), Run(f"[{numbers[key]}]", link=f"#cite-{numbers[key]}")]
    return tuple(runs)


def source_blocks(brief: Brief) -> tuple[Block, ...]:
    """The numbered sources: the words that are cited, title, publisher, date, link, and the sites that rest on each."""
    if not brief.citations:
        return ()
    items = []
    for cite in brief.citations:
        words = [cite.title, cite.publisher, cite.date.isoformat() if cite.date else "", cite.note]
        runs: list[str | Run] = [f"“{cite.text}” "] if cite.text else []
        runs.append(". ".join(w.rstrip(".") for w in words if w) + ".")
        if cite.link:
            runs += [" ", Run(cite.link, link=cite.link)]
        of = [(n, site) for n, site in enumerate(brief.sites, 1) if cite.id in site.cites]
        for at, (n, site) in enumerate(of):
            runs += [" Named for: " if at == 0 else ", ", Run(site.shown, link=f"#site-{n}")]
        items.append(line(*runs))
    keys = tuple(f"cite-{n}" for n in range(1, len(items) + 1))
    return Heading(2, "Sources of the report"), Listing(tuple(items), numbered=True, anchors=keys)


def _undone(analysis: Analysis) -> tuple[Block, ...]:
    """What could not be done."""
    if not analysis.warnings:
        return ()
    return Heading(2, "What could not be done"), Listing(tuple(line(words) for words in analysis.warnings))


def _disclaimer() -> Paragraph:
    """What every text ends with."""
    return Paragraph(line(DISCLAIMER), small=True)


def _site_notes(brief: Brief, analysis: Analysis) -> tuple[Block, ...]:
    """How each site was found and how surely."""
    rows = []
    sources: dict[str, list[str]] = {}
    for site, (_, row) in zip(brief.sites, analysis.sites.iterrows(), strict=True):
        lost = row.geometry is None or row.geometry.is_empty
        found = "not found" if lost else _found_as(row, analysis.countries)
        sure = "" if lost else "its extent" if row["extent"] is not None else format_km(row["uncertainty_m"] / 1000.0)
        local = row["name_local"] if isinstance(row["name_local"], str) and row["name_local"] != site.shown else ""
        shown = f"{site.shown} · {local}{_LEFT_TO_RIGHT}" if local else site.shown
        rows.append((line(shown), line(found), line(sure), line(site.note, *cited(brief, site.cites))))
        if isinstance(row["source"], str) and row["source"] and not lost:
            sources.setdefault(_origin(row["source"], by_text=site.at is not None and _is_text(brief)), []).append(
                site.shown
            )
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
        *_origins(sources),
    )


def _found_as(row: Any, countries: Mapping[str, str]) -> str:
    """What a name was found to be: the gazetteer's name, its kind, its countries."""
    codes = row["country"].split(";") if isinstance(row["country"], str) else []
    words = [kind_words(row["kind"]), listed([countries.get(code, code) for code in codes if code])]
    told = ", ".join(word for word in words if word)
    return f"{row['gazetteer_name']} ({told})" if told else str(row["gazetteer_name"])


def _is_text(brief: Brief) -> bool:
    """Whether a text was handed in, and no brief."""
    return brief.source is not None and brief.source.suffix.lower() != ".toml"


def _origin(source: str, *, by_text: bool) -> str:
    """Where a position comes from; the keys of rows typed by hand are told as what they are."""
    if by_text:
        return "told by the text, from other places"
    keyed = source.partition(" (")[2].partition("): ")[2] if source.startswith("geoops, cited row by row") else source
    if " " in keyed or not re.search(r"[_;-]", keyed):
        return source
    return f"geoops, typed by hand and cited row by row: {', '.join(keyed.split(';'))}"


def _origins(sources: dict[str, list[str]]) -> tuple[Block, ...]:
    """Each source of positions with the sites that rest on it."""
    if not sources:
        return ()
    items = tuple(line(Run(f"{', '.join(names)}: ", strong=True), source) for source, names in sources.items())
    return Paragraph(line("Where positions come from:")), Listing(items)


def _distance_notes(brief: Brief) -> tuple[Block, ...]:
    """How distances were measured."""
    wanted = brief.proximity
    if wanted is None:
        return ()
    words = (
        "Distances are geodesics on the WGS 84 ellipsoid, from each site to the nearest point of each feature; lines between"
        " mapped points are geodesics too. The low and high bounds add up how surely the site and the feature are placed:"
        " the true distance lies between them if both do lie within their stated uncertainty."
    )
    themes = listed([theme_words(theme)[1] for theme in wanted.themes])
    count = "the nearest one" if wanted.k == 1 else f"the nearest {wanted.k}"
    reach = f", none farther than {format_km(wanted.max_km)}" if wanted.max_km else ", however far"
    choices = [line(f"Measured to {count} of each of: {themes}{reach}.")]
    if wanted.rings_km:
        radii = listed([f"{r:g}" for r in wanted.rings_km])
        choices.append(line(f"Rings are circles on the ellipsoid, or buffers of areas, of {radii} km."))
    return Heading(2, "Distances"), Paragraph(line(words)), Listing(tuple(choices))


def _journey_notes(brief: Brief, analysis: Analysis) -> tuple[Block, ...]:
    """How journeys were modelled, with what each assumes."""
    if not analysis.corridors or brief.corridors is None:
        return ()
    slack = brief.corridors.slack
    words = f"{NOT_OBSERVED} A corridor is every cell through which a journey takes at most {slack:.0%} longer than the fastest."
    blocks: list[Block] = [
        Heading(2, "Corridors"), Paragraph(line(words)), Paragraph(line(_CROSSINGS[brief.corridors.crossings])),
    ]  # fmt: skip
    for mode, journeys in analysis.corridors.items():
        blocks += [Heading(3, MODE_WORDS[mode].capitalize()), Listing(tuple(line(journey_words(j)) for j in journeys))]
        blocks += _assumptions(journeys)
    return tuple(blocks)


def _assumptions(journeys: Sequence[Corridor]) -> list[Block]:
    """What a journey was modelled with: the speeds, the grid's error and the assumptions that it carries."""
    if not journeys:
        return []
    attrs = journeys[0].attrs
    made = attrs.get("friction", {})
    items: list[Inline] = []
    if "stencil" in attrs:
        error = attrs.get("stencil_error_max")
        known = isinstance(error, float) and math.isfinite(error)
        if attrs["stencil"] == "eikonal":
            off = f", at most {error:.1%} off" if known else ""
            items.append(line(f"Over open ground times follow the eikonal equation: no direction is preferred{off}."))
        else:
            long = f", at most {error:.1%} too long for its directions" if known else ""
            items.append(line(f"Each cell is left in {attrs['stencil']} directions{long}."))
    if isinstance(made.get("cell_deg"), float):
        items.append(line(f"Cells of {made['cell_deg'] * 3600:.0f} arc seconds."))
    items += [line(sentence) for sentence in made.get("assumptions", ())]
    blocks: list[Block] = [Paragraph(line("Assumptions:")), Listing(tuple(items))] if items else []
    speeds = [row for row in made.get("speeds", ()) if isinstance(row, dict) and {"low", "best", "high"} <= set(row)]
    rows = []
    for row in speeds:
        name = f"{row.get('applies', '')} {row.get('key', '')}".strip().replace("_", " ")
        numbers = [line(f"{row[k]:g}") for k in ("low", "best", "high")]
        rows.append((line(name), *numbers, line(row.get("unit", "km/h")), line(row.get("source", ""))))
    if rows:
        header = ("speed", "low", "best", "high", "unit", "source")
        blocks.append(Table(header, tuple(rows), widths=(0.3, 0.08, 0.08, 0.08, 0.1, 0.36), numbers=(1, 2, 3)))
    return blocks


def _layer_notes(brief: Brief, analysis: Analysis) -> tuple[Block, ...]:
    """Each layer with its source, date, licence and error bound."""
    items = []
    for name, layer in analysis.layers.items():
        entry: dict[str, Any] = layer.attrs.get("layer", {}) or {}
        facts = [str(entry[k]) for k in ("source", "date", "licence") if entry.get(k)]
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
