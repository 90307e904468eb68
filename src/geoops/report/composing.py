"""From a brief and its analysis to the report as content: figures, sites, distances, journeys, methods, sources.

One composition serves every format, so that no two of them say different things.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from geoops.core.units import format_hours
from geoops.report.analysis import Analysis
from geoops.report.brief import Brief, Figure
from geoops.report.citing import Sources
from geoops.report.content import Block, Document, Heading, Listing, Paragraph, Picture, Table, deeper, line
from geoops.report.documents import (
    DISCLAIMER,
    MODE_WORDS,
    NOT_OBSERVED,
    alt_text,
    caption,
    distance_words,
    feature_words,
    figure_title,
    journey_words,
    place_words,
    theme_words,
)
from geoops.report.methods import methods_blocks

__all__ = ["captions_note", "compose"]


def compose(
    brief: Brief, analysis: Analysis, figures: Sequence[Figure], files: Mapping[str, Sequence[str]]
) -> Document:
    """
    The report of a brief.

    Parameters
    ----------
    brief, analysis
        What was asked, and what is known.
    figures
        In their order.
    files
        Name of a figure -> names of its files, beside the report.
    """
    blocks: list[Block] = []
    if analysis.warnings:
        blocks += [Heading(2, "Before you read"), Listing(tuple(line(words) for words in analysis.warnings))]
    blocks.append(Heading(2, "Figures"))
    blocks += pictures(brief, analysis, figures, files)
    blocks += _distances(analysis)
    blocks += _journeys(analysis)
    blocks.append(Heading(2, "Methods"))
    sources = Sources(brief, analysis)
    blocks += deeper(methods_blocks(brief, analysis, sources), 1)
    blocks += sources.blocks()
    blocks += [
        Heading(2, "What these figures do not say"),
        Paragraph(line(_LIMITS)),
        Paragraph(line(DISCLAIMER), small=True),
    ]
    return Document(
        brief.title, brief.date.isoformat(), tuple(blocks), summary=brief.summary, author=brief.author, producer=brief.producer
    )  # fmt: skip


_THEMES_ABREAST = 4
_LIMITS = (
    "They show named public places at the precision at which they are published, and never persons. That a place is named in a"
    " report is that report's statement. Distances and journeys are computed from public data of the dates given above; what has"
    " changed since, or was never mapped, is not in them."
)


def pictures(
    brief: Brief, analysis: Analysis, figures: Sequence[Figure], files: Mapping[str, Sequence[str]]
) -> list[Picture]:
    """The figures with their captions and alt texts."""
    return [
        Picture(
            {name.rpartition(".")[2]: name for name in files.get(figure.name, ())},
            figure_title(brief, figure),
            caption(brief, analysis, figure),
            alt_text(analysis, figure),
            number,
        )
        for number, figure in enumerate(figures, 1)
    ]


def captions_note(brief: Brief, analysis: Analysis, figures: Sequence[Figure]) -> Document:
    """Caption and alt text of every figure, to be copied."""
    blocks: list[Block] = []
    for figure, picture in zip(figures, pictures(brief, analysis, figures, {}), strict=True):
        blocks += [
            Heading(2, figure.name),
            Paragraph((*line(picture.title + ". "), *line(picture.caption))),
            Paragraph(line("Alt text: ", picture.alt)),
        ]
    return Document(f"Captions: {brief.title}", brief.date.isoformat(), tuple(blocks))


def _distances(analysis: Analysis) -> list[Block]:
    """The nearest feature of each theme to each site, with bounds: a row a site, a few themes side by side."""
    themes = list(analysis.nearest)
    blocks: list[Block] = []
    for start in range(0, len(themes), _THEMES_ABREAST):
        abreast = themes[start : start + _THEMES_ABREAST]
        cells = {theme: _nearest_words(theme, analysis) for theme in abreast}
        labels = [label for label in analysis.sites.index if any(label in cells[theme] for theme in abreast)]
        rows = tuple(
            (
                line(str(analysis.sites.at[label, "name"])),
                *(line(cells[theme].get(label, "none in reach")) for theme in abreast),
            )
            for label in labels
        )
        if rows:
            header = ("site", *(f"nearest {theme_words(theme)[0]}, km" for theme in abreast))
            blocks.append(Table(header, rows, widths=(0.2, *(0.8 / len(abreast) for _ in abreast))))
    words = (
        "The nearest of each kind: its name, its distance in km, and the bounds within which the true distance lies."
    )
    if any(
        place_words(row, analysis.sites.at[row["site"], "extent"])
        for t in analysis.nearest.values()
        for _, row in t.iterrows()
    ):
        words += " What lies in the area that a site is, wholly or in part, or on its line, has no distance: “in it”, “on it”."
    return [Heading(2, "Distances"), Paragraph(line(words)), *blocks] if blocks else []


def _nearest_words(theme: str, analysis: Analysis) -> dict[Any, str]:
    """Site -> the nearest features of one theme in words."""
    words: dict[Any, list[str]] = {}
    extents = analysis.sites["extent"]
    for _, row in analysis.nearest[theme].iterrows():
        if math.isfinite(float(row["distance_km"])):
            name = feature_words(theme, row["feature_name"])
            away = distance_words(row, extents[row["site"]], unit=False)
            words.setdefault(row["site"], []).append(f"{name}: {away}" if name else away)
    return {site: "; ".join(found) for site, found in words.items()}


def _journeys(analysis: Analysis) -> list[Block]:
    """The modelled journeys, each with its hours."""
    blocks: list[Block] = []
    for mode, journeys in analysis.corridors.items():
        if journeys:
            words = MODE_WORDS[mode].capitalize()
            blocks += [
                Heading(3, words),
                Listing(tuple(line(journey_words(j), _doubt(j.hours_low, j.hours_high)) for j in journeys)),
            ]
    if not blocks:
        return []
    words = NOT_OBSERVED
    if any(_doubt(j.hours_low, j.hours_high) for journeys in analysis.corridors.values() for j in journeys):
        words += (
            " A range is what a journey takes while its ends lie anywhere within their bounds; speeds stay as they are."
        )
    return [Heading(2, "Journeys"), Paragraph(line(words)), *blocks]


def _doubt(low: float, high: float) -> str:
    """The hours between which a journey takes while each end lies somewhere in its disc; speeds stay as they are."""
    known = math.isfinite(low) and math.isfinite(high)
    return f"; range {format_hours(low)} to {format_hours(high)}" if known else ""
