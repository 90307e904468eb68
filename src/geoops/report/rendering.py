"""One render on its way: what is measured, drawn and written into the stage, and what is taken over from an older bundle.

All that makes something is imported here, and here alone, so that a bundle in which nothing changed is found to be so in a moment.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoops.core.room import give_back
from geoops.layers.citations import citations
from geoops.report.analysis import (
    Analysis,
    Step,
    count_within,
    country_names,
    find_corridors,
    find_sites,
    load_layers,
    measure,
    region_for,
    with_notes,
)
from geoops.report.brief import Brief, Figure
from geoops.report.drawing import Drawn, drawers
from geoops.report.jobs import job_of
from geoops.report.manifest import MANIFEST, read_manifest
from geoops.report.memory import recall
from geoops.report.pointers import catalog_of
from geoops.report.products import write_documents, write_figure_manifest, write_manifest, write_page
from geoops.report.reuse import Keys, drawn_before, kept, take_over
from geoops.report.tables import write_tables

if TYPE_CHECKING:
    import geopandas as gpd
    import xarray as xr

    from geoops.report.bundle import Bundle

__all__ = ["Rendering", "measured"]


def measured(brief: Brief, keys: Keys, step: Step, *, counts: bool, fresh: bool = False) -> Analysis:
    """All that figures and tables are made of, from the cache where it is known already."""
    known = _placed(brief, keys, step, fresh=fresh)
    return _journeyed(brief, keys, known, step, counts=counts, fresh=fresh)


def _placed(brief: Brief, keys: Keys, step: Step, *, fresh: bool) -> Analysis:
    """Sites, layers, distances and rings."""
    step("finding the sites", 0.0)
    sites, doubts = recall("sites", keys.sites, lambda: find_sites(brief), again=fresh)
    sites = with_notes(brief, sites)
    region = region_for(brief, sites)
    step("loading layers", 0.04)
    layers = load_layers(brief, region)
    step("measuring distances", 0.07)
    nearest, rings = recall("distances", keys.distances, lambda: measure(brief, sites, layers), again=fresh)
    named = country_names(brief, sites, region)
    cited = citations(catalog_of(brief))
    return Analysis(sites, region, layers, nearest, rings, warnings=tuple(doubts), countries=named, citations=cited)


def _journeyed(brief: Brief, keys: Keys, known: Analysis, step: Step, *, counts: bool, fresh: bool) -> Analysis:
    """The same with journeys and, where tables need them, counts within rings."""
    corridors, lost, pinches, chances = recall(
        "journeys", keys.journeys, lambda: _ways(brief, known, step), again=fresh
    )
    within = None
    if counts:  # counted last, as no figure waits for it
        within = recall(
            "counts", keys.counts, lambda: count_within(brief, known.sites, known.layers, step=step), again=fresh
        )
    doubts = (*known.warnings, *lost)
    return replace(known, corridors=corridors, pinches=pinches, chances=chances, within=within, warnings=doubts)


def _ways(brief: Brief, known: Analysis, step: Step) -> tuple[Any, ...]:
    """Journeys, those that cannot be made, where they are held up, and how surely they run where they do."""
    pinches: dict[tuple[str, str], gpd.GeoDataFrame] = {}
    chances: dict[tuple[str, str], xr.DataArray] = {}
    corridors, lost = find_corridors(brief, known.sites, step=step, pinches=pinches, chances=chances)
    return corridors, lost, pinches, chances


class Rendering:
    """One render on its way: what is taken over, what is drawn, what is written into the stage."""

    def __init__(
        self, brief: Brief, folder: Path, stage: Path, figures: tuple[Figure, ...], keys: Keys, before: dict[str, Any] | None,
        step: Step, *, fresh: bool,
    ) -> None:  # fmt: skip
        self.brief, self.folder, self.stage = brief, folder, stage
        self.figures, self.keys, self.before = figures, keys, before
        self.step, self.fresh = step, fresh
        self.products: dict[str, dict[str, Any]] = {}
        self.reused: list[str] = []
        self.finished = 0

    def _take(self, product: str, key: str) -> bool:
        """Whether a product could be taken over from the older bundle."""
        files = kept(self.folder, self.before, product, key)
        if files is None or self.before is None or not take_over(self.folder, self.stage, self.before, files):
            return False
        self.products[product] = {"inputs": key, "files": files}
        self.reused.append(product)
        return True

    def _made(self, product: str, key: str, files: list[str]) -> None:
        """Note a product that was made now."""
        self.products[product] = {"inputs": key, "files": sorted(files)}

    def run(self, helpers: int) -> Bundle:
        """Measure, draw and write everything into the stage."""
        from geoops.report.bundle import Bundle

        brief, keys = self.brief, self.keys
        taken = {f.name for f in self.figures if self._take(f.name, keys.figures[f.name])}
        fresh = [f for f in self.figures if f.name not in taken]
        numbers = {f.name: n for n, f in enumerate(self.figures, 1)}

        def tell(name: str) -> None:
            self.finished += 1
            self.step(f"drew {name}", 0.45 + 0.4 * self.finished / max(len(fresh), 1))

        with drawers(self.stage, helpers=helpers if len(fresh) > 1 else 0, done=tell) as crew:
            known = _placed(brief, keys, self.step, fresh=self.fresh)
            for figure in fresh:  # a helper draws these while journeys are modelled
                if figure.kind != "corridor":
                    crew.submit(job_of(brief, known, figure, numbers[figure.name]))
            tables = brief.output.tables and not self._take("tables", keys.tables)
            known = _journeyed(brief, keys, known, self.step, counts=tables, fresh=self.fresh)
            give_back()
            for figure in fresh:
                if figure.kind == "corridor":
                    crew.submit(job_of(brief, known, figure, numbers[figure.name]))
            if tables:
                self.step("writing tables", 0.42)
                formats = brief.output.table_formats
                files = write_tables(known, self.stage, formats=formats, title=brief.title, date=brief.date.isoformat())
                self._made("tables", keys.tables, files)
            if brief.output.web and not self._take("page", keys.page):
                self._made("page", keys.page, write_page(brief, known, self.stage))
            drawn = {done.name: done for done in crew.finish()}
        for figure in self.figures:
            if figure.name in taken:
                drawn[figure.name] = drawn_before(self.stage, figure.name)
            else:
                files = write_figure_manifest(brief, known, figure, drawn[figure.name], self.stage)
                self._made(figure.name, keys.figures[figure.name], files)
        self._texts(known, drawn)
        self.step("writing the manifest", 0.98)
        lost = [
            str(name)
            for name, status in zip(known.sites["name"], known.sites["status"], strict=True)
            if status == "not_found"
        ]
        write_manifest(brief, known, self.products, lost, self.stage)
        return Bundle(
            self.folder, (*sorted(read_manifest(self.stage)["files"]), MANIFEST), tuple(f.name for f in self.figures),
            known.warnings,
            tuple(f"figure {f.name}: {words}" for f in self.figures for words in drawn[f.name].findings),
            tuple(self.reused), not_found=tuple(lost), known=lambda: known,
        )  # fmt: skip

    def _texts(self, known: Analysis, drawn: dict[str, Drawn]) -> None:
        """The project, captions, methods and the report."""
        if self.brief.output.project and not self._take("project", self.keys.project):
            self.step("writing the GeoPackage with its project", 0.86)
            from geoops.report.project import write_project

            self._made("project", self.keys.project, write_project(self.brief, known, self.stage))
        self.step("writing the report", 0.88)
        if not self._take("documents", self.keys.documents):
            files = write_documents(self.brief, known, self.figures, drawn, self.stage)
            self._made("documents", self.keys.documents, files)
