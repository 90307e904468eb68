"""The numbered sources of a report: those that its brief cites, and those that its positions and speeds are taken from.

One list, so that a number means one thing in the whole report. What nobody can look up, such as a judgement, has no number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from geoops.layers.citations import Citation, Citations, citation, cited_keys, source_words
from geoops.report.analysis import Analysis
from geoops.report.brief import Brief
from geoops.report.content import Block, Heading, Inline, Listing, Run, line

__all__ = ["Sources", "is_text", "speed_rows"]


class Sources:
    """
    What a report cites, by number.

    Parameters
    ----------
    brief
        Its citations have the first numbers.
    analysis
        Where its sites' positions and its journeys' speeds are from.
    """

    def __init__(self, brief: Brief, analysis: Analysis) -> None:
        self.brief = brief
        self.known: Citations = analysis.citations
        self.numbers = {cite.id: number for number, cite in enumerate(brief.citations, 1)}
        self.referred: dict[tuple[str, str], Citation] = {}
        self.sites_of: dict[tuple[str, str], list[int]] = {}
        self.speeds: dict[str, Citation] = {}
        for number, source in self._positions(analysis):
            for key in cited_keys(source, self.known):
                self._refer(("row", key), self.known.get(key))
                self.sites_of.setdefault(("row", key), []).append(number)
        for made in _frictions(analysis):
            self.speeds |= {key: citation(entry) for key, entry in made.get("sources", {}).items()}
            for row in speed_rows(made):
                for key in _keys(row):
                    self._refer(("speed", key), self.speeds.get(key))

    def _positions(self, analysis: Analysis) -> Iterator[tuple[int, str]]:
        """Number of a site, and the source of its position, where the gazetteer placed it."""
        for number, (site, (_, row)) in enumerate(zip(self.brief.sites, analysis.sites.iterrows(), strict=True), 1):
            told = site.at is not None and is_text(self.brief)
            if isinstance(row["source"], str) and row.geometry is not None and not row.geometry.is_empty and not told:
                yield number, row["source"]

    def _refer(self, name: tuple[str, str], cite: Citation | None) -> None:
        """Give a source its number where it is a document."""
        if cite is not None and cite.document:
            self.referred.setdefault(name, cite)

    def _number(self, name: tuple[str, str]) -> int:
        """After those of the brief, in the order of first use."""
        return len(self.numbers) + 1 + list(self.referred).index(name)

    def _mark(self, number: int) -> tuple[Run, Run]:
        """A number as a link to its place in the list."""
        return Run(" "), Run(f"[{number}]", link=f"#cite-{number}")

    def cited(self, cites: Sequence[str]) -> Inline:
        """The numbers of what a site cites."""
        return tuple(run for key in cites for run in self._mark(self.numbers[key]))

    def position(self, source: str) -> Inline:
        """Where a position is from: publishers with their numbers, or the source's own words."""
        keys = cited_keys(source, self.known)
        if not keys:
            return line(source_words(source, self.known))
        return Run("typed by hand from "), *self._named("row", keys, self.known)

    def speed(self, row: Mapping[str, Any]) -> Inline:
        """Where a speed is from."""
        return self._named("speed", _keys(row), self.speeds)

    def judged(self, made: Mapping[str, Any]) -> list[str]:
        """What the short words stand for, by which speeds that are in no document are told."""
        keys = dict.fromkeys(key for row in speed_rows(made) for key in _keys(row))
        cites = [self.speeds[key] for key in keys if key in self.speeds and not self.speeds[key].document]
        return [f"“{cite.short}”: {cite.title}." for cite in cites if cite.known_as]

    def _named(self, kind: str, keys: Sequence[str], known: Citations) -> Inline:
        """Each publisher once, with the numbers of what is taken from it; what is no document by what it is."""
        told: dict[str, list[Run]] = {}
        for key in keys:
            cite = known.get(key)
            if cite is not None and cite.document:
                told.setdefault(cite.known_as or cite.publisher, []).extend(self._mark(self._number((kind, key))))
            else:
                told.setdefault(key if cite is None else cite.short, [])
        runs: list[Run] = []
        for words, marks in told.items():
            runs += [*([Run("; ")] if runs else []), Run(words), *marks]
        return tuple(runs)

    def blocks(self) -> tuple[Block, ...]:
        """The numbered list: words that are cited, title, publisher, date, link, and what rests on each."""
        items = [*self._of_brief(), *self._of_rows()]
        keys = tuple(f"cite-{number}" for number in range(1, len(items) + 1))
        return (Heading(2, "Sources"), Listing(tuple(items), numbered=True, anchors=keys)) if items else ()

    def _of_brief(self) -> Iterator[Inline]:
        """What the brief cites."""
        for cite in self.brief.citations:
            told = Citation(cite.publisher, cite.title, cite.date.isoformat() if cite.date else "", cite.link or "")
            words = " ".join([told.full, *([f"{cite.note.rstrip('.')}."] if cite.note else [])])
            quoted = f"“{cite.text}” " if cite.text else ""
            at = [number for number, site in enumerate(self.brief.sites, 1) if cite.id in site.cites]
            yield line(quoted, words, *_linked(told.link), *self._sites("Named for", at))

    def _of_rows(self) -> Iterator[Inline]:
        """What rows typed by hand and speeds are from."""
        for name, cite in self.referred.items():
            use = self._sites("Position of", self.sites_of[name]) if name in self.sites_of else line(" Speeds.")
            yield line(cite.full, *_linked(cite.link), *use)

    def _sites(self, words: str, numbers: Sequence[int]) -> Inline:
        """The sites that rest on a source, each a link to its row."""
        runs: list[Run] = []
        for number in numbers:
            site = self.brief.sites[number - 1].shown
            runs += [Run(", " if runs else f" {words}: "), Run(site, link=f"#site-{number}")]
        return tuple(runs)


def is_text(brief: Brief) -> bool:
    """Whether a text was handed in, and no brief."""
    return brief.source is not None and brief.source.suffix.lower() != ".toml"


def speed_rows(made: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The speeds that a friction states, as rows with their bounds."""
    return [row for row in made.get("speeds", ()) if isinstance(row, dict) and {"low", "best", "high"} <= set(row)]


def _frictions(analysis: Analysis) -> Iterator[Mapping[str, Any]]:
    """What each mode's journeys were modelled with."""
    for journeys in analysis.corridors.values():
        if journeys:
            yield journeys[0].attrs.get("friction", {})


def _keys(row: Mapping[str, Any]) -> list[str]:
    """The sources of a speed."""
    return [key.strip() for key in str(row.get("source", "")).split(";") if key.strip()]


def _linked(link: str) -> Inline:
    """An address as a link, if there is one, in the letters that it stands for."""
    return (Run(" "), Run(unquote(link), link=link)) if link else ()
