"""The files of a bundle besides its figures and tables: the page, the texts, what made each figure, the manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from geoops.core.writing import write_json, write_text
from geoops.report.analysis import Analysis
from geoops.report.brief import Brief, Figure
from geoops.report.composing import captions_note, compose
from geoops.report.documents import alt_text, figure_title, subtitle
from geoops.report.drawing import Drawn
from geoops.report.jobs import drawn_layers
from geoops.report.manifest import MANIFEST, file_entry, layer_entries, make_manifest, software
from geoops.report.methods import methods_note
from geoops.report.pointers import catalog_of
from geoops.report.writers import write_report
from geoops.report.writers.markdown import markdown

__all__ = ["write_documents", "write_figure_manifest", "write_manifest", "write_page"]

WEB_PAGE = "map.html"


def write_page(brief: Brief, known: Analysis, stage: Path) -> list[str]:
    """The interactive page."""
    from geoops.report.web import web_map

    page = web_map(
        known.sites,
        layers={name: known.layers[name] for name in brief.layers or ()},
        rings=known.rings,
        corridors=[j for group in known.corridors.values() for j in group],
        ensemble={f"{name} ({mode})": share for (name, mode), share in known.chances.items()},
        title=brief.title,
        subtitle=brief.summary,
        date=brief.date.isoformat(),
        region=known.region,
        catalog=catalog_of(brief),
        worldview=brief.worldview,
        languages=brief.languages,
        notes={str(row["name"]): str(row["note"]) for _, row in known.sites.iterrows()},
    )
    page.save(stage / WEB_PAGE)
    return [WEB_PAGE]


def write_documents(
    brief: Brief, known: Analysis, figures: Sequence[Figure], drawn: Mapping[str, Drawn], stage: Path
) -> list[str]:
    """Captions, the note on methods, and the report in each of its formats."""
    files = []
    if brief.output.documents:
        write_text(stage / "captions.md", markdown(captions_note(brief, known, figures)))
        write_text(stage / "methods.md", markdown(methods_note(brief, known)))
        files += ["captions.md", "methods.md"]
        document = compose(brief, known, figures, {name: done.files for name, done in drawn.items()})
        files += write_report(document, brief.output.report, stage)
    return files


def write_figure_manifest(brief: Brief, known: Analysis, figure: Figure, done: Drawn, stage: Path) -> list[str]:
    """Beside a figure a JSON that says what made it; gives back the names of all files of the figure."""
    entry = {
        "figure": figure.name,
        "title": figure_title(brief, figure),
        "subtitle": subtitle(brief, known, figure),
        "alt": alt_text(known, figure),
        "date": brief.date.isoformat(),
        "version": brief.version,
        "map_number": brief.map_number,
        "parameters": figure.model_dump(mode="json", by_alias=True),
        "drawn": done.manifest,
        "findings": list(done.findings),
        "layers": layer_entries({name: known.layers[name] for name in drawn_layers(brief, known, figure)}),
        "software": software(),
        "files": {name: file_entry(stage / name) for name in done.files},
    }
    write_json(stage / f"{figure.name}.json", entry)
    return [*done.files, f"{figure.name}.json"]


def write_manifest(
    brief: Brief, known: Analysis, products: Mapping[str, Mapping[str, Any]], not_found: Sequence[str], stage: Path
) -> None:
    """The manifest of the whole bundle."""
    files = [name for entry in products.values() for name in entry["files"]]
    manifest = make_manifest(
        stage, files, brief=brief.model_dump(mode="json", by_alias=True), brief_source=brief.origin, layers=known.layers,
        warnings=known.warnings, not_found=not_found, products=products,
    )  # fmt: skip
    write_json(stage / MANIFEST, manifest)
