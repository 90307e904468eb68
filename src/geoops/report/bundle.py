"""One brief in, a whole folder out: figures, tables, captions, methods, one offline page, a manifest.

Everything is made in a hidden folder beside its place and moved when all of it is done, so that a render that breaks
leaves the old bundle as it was. No clock has a say: two renders in one environment give the same bytes.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoops.core.errors import InputError, ReadError, WriteError
from geoops.core.writing import check_writable, write_json, write_text
from geoops.report.analysis import (
    Analysis,
    Step,
    catalog_of,
    count_within,
    country_names,
    end_name,
    find_corridors,
    find_sites,
    has_place,
    load_layers,
    measure,
    region_for,
    region_round,
)
from geoops.report.brief import Brief, Figure
from geoops.report.briefing import read_brief
from geoops.report.documents import (
    alt_text,
    captions,
    corridors_of,
    figure_title,
    methods,
    sites_of,
    subtitle,
    themes_of,
)
from geoops.report.drawing import Drawn, Job, drawers
from geoops.report.manifest import MANIFEST, file_entry, layer_entries, make_manifest, read_manifest, software
from geoops.report.tables import write_tables

if TYPE_CHECKING:
    import geopandas as gpd

    from geoops.core.types import Corridor

__all__ = ["Bundle", "render"]

WEB_PAGE = "map.html"
_STAGE = ".part-"
_HELPED_FROM = 3  # figures; below it a helper process starts for nothing


@dataclass(frozen=True)
class Bundle:
    """
    What `render` made.

    Parameters
    ----------
    folder
        Where it is.
    files
        Every file in it, relative to the folder, the manifest last.
    figures
        Names of the figures, in the order of the brief.
    sites
        The brief's sites.
    nearest
        Theme -> proximity table.
    corridors
        Mode -> journeys.
    warnings
        What a reader must know: sites not found or ambiguous, journeys without a way.
    findings
        What a picture editor would send back, figure by figure: "figure sites: margin-cut: ...".
    """

    folder: Path
    files: tuple[str, ...]
    figures: tuple[str, ...]
    sites: gpd.GeoDataFrame
    nearest: dict[str, gpd.GeoDataFrame]
    corridors: dict[str, list[Corridor]]
    warnings: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()

    @property
    def manifest(self) -> Path:
        """The manifest's path."""
        return self.folder / MANIFEST


def render(
    brief: Brief | str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    progress: Callable[[str, float], None] | None = None,
    helpers: int | None = None,
) -> Bundle:
    """
    Make everything that a brief asks for.

    Parameters
    ----------
    brief
        A `Brief`, or the path of one.
    out
        Folder to write to; made if it is not there. Files of an older bundle in it that this one does not make are
        removed, unless they were changed since.
    progress
        Called with what is being done and the share done, 0 to 1. Silent by default.
    helpers
        1 to let a second process draw, 0 not to; by default where there are two processors and three figures.

    Returns
    -------
    Bundle
        Paths of what was written, and the tables as GeoDataFrames.

    Raises
    ------
    BriefError
        Mistakes in the brief, all of them; nothing was started.
    WriteError
        The folder cannot be written; said before any work, or the disk is full: the old bundle is as it was.
    InputError
        No site of the brief was found.
    """
    wanted = brief if isinstance(brief, Brief) else read_brief(brief)
    folder = check_writable(out)
    step: Step = progress or (lambda _words, _share: None)
    figures = wanted.wanted_figures()
    if helpers is None:
        helpers = int(len(figures) >= _HELPED_FROM and (os.cpu_count() or 1) > 1)
    finished: list[str] = []

    def tell(name: str) -> None:
        finished.append(name)
        step(f"drew {name}", 0.45 + 0.5 * len(finished) / len(figures))

    with _staging(folder) as stage, drawers(stage, helpers=helpers, done=tell) as crew:
        step("finding the sites", 0.0)
        sites, doubts = find_sites(wanted)
        region = region_for(wanted, sites)
        step("loading layers", 0.04)
        layers = load_layers(wanted, region)
        step("measuring distances", 0.07)
        nearest, rings = measure(wanted, sites, layers)
        named = country_names(wanted, sites, region)
        known = Analysis(sites, region, layers, nearest, rings, warnings=tuple(doubts), countries=named)
        for number, figure in enumerate(figures, 1):  # a helper draws these while journeys are modelled
            if figure.kind != "corridor":
                crew.submit(_job(wanted, known, figure, number))
        corridors, lost = find_corridors(wanted, sites, step=step)
        known = replace(known, corridors=corridors, warnings=(*doubts, *lost))
        for number, figure in enumerate(figures, 1):
            if figure.kind == "corridor":
                crew.submit(_job(wanted, known, figure, number))
        files: list[str] = []
        if wanted.output.tables:  # counted last, as no figure waits for it
            known = replace(known, within=count_within(wanted, sites, layers, step=step))
            step("writing tables", 0.42)
            files += write_tables(known, stage)
        files += _write_documents(wanted, known, figures, stage)
        drawn = crew.finish()
        files += _write_figure_manifests(wanted, known, figures, drawn, stage)
        step("writing the manifest", 0.97)
        _write_manifest(wanted, known, files, stage)
        with _alone(folder):
            _put_in_place(stage, folder, files)
    step("done", 1.0)
    return Bundle(
        folder=folder,
        files=(*sorted(files), MANIFEST),
        figures=tuple(figure.name for figure in figures),
        sites=known.sites,
        nearest=nearest,
        corridors=corridors,
        warnings=known.warnings,
        findings=tuple(_findings(drawn)),
    )


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A hidden folder inside the bundle's, gone afterwards; those that a killed render left are swept."""
    for old in folder.glob(f"{_STAGE}*-*"):
        owner = old.name.removeprefix(_STAGE).split("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(old, ignore_errors=True)
    stage = folder / f"{_STAGE}{os.getpid()}-{secrets.token_hex(8)}"
    try:
        stage.mkdir()
    except OSError as error:
        msg = f"the output folder {str(folder)!r} cannot be written: {error.strerror}"
        raise WriteError(msg) from error
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _alive(process: int) -> bool:
    """Whether a process of that number runs here."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it runs, and is somebody else's
        return True
    return True


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One render at a time puts its files in place, where the system can lock; the last one's bundle stays, whole."""
    try:
        import fcntl
    except ImportError:  # pragma: no cover  not on this system
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _job(brief: Brief, known: Analysis, figure: Figure, number: int) -> Job:
    """What the maps room is asked for one figure."""
    names = figure.layers if figure.layers is not None or figure.kind != "sites" else brief.layers
    arguments: dict[str, Any] = {
        "title": figure_title(brief, figure),
        "subtitle": subtitle(brief, known, figure),
        "date": brief.date.isoformat(),
        "layers": {name: known.layers[name] for name in names} if names is not None else None,
        "theme": brief.path_of(figure.theme or brief.theme),
        "size": figure.size or brief.size,
        "languages": figure.languages or brief.languages,
        "sites": sites_of(known, figure),
        "catalog": catalog_of(brief),
        "worldview": brief.worldview,
        "sources": [f"places named by {' and '.join(_named_in(brief))}"] if _named_in(brief) else [],
        "producer": brief.producer or None,
        "version": brief.version or None,
        "map_number": f"{brief.map_number}-{number:02d}" if brief.map_number else None,
    }
    arguments["region"] = _figure_region(brief, figure, arguments["sites"])
    if figure.kind == "proximity":
        labels = set(arguments["sites"].index)
        tables = {theme: known.nearest[theme] for theme in themes_of(known, figure)}
        arguments["nearest"] = {t: table[table["site"].isin(labels)] for t, table in tables.items()}
        rings = known.rings
        arguments["rings"] = rings[rings["site"].isin(labels)] if rings is not None else None
        arguments["layout"] = figure.layout
        if names is None:
            arguments["layers"] = {theme: known.layers[theme] for theme in tables}
    elif figure.kind == "corridor":
        journeys = corridors_of(known, figure)
        ends = {end_name(name) for j in journeys for name in (j.origin_name, j.destination_name)}
        if figure.sites is None:
            arguments["sites"] = known.sites[known.sites["name"].isin(ends)]
        arguments["corridors"] = journeys
    return Job(figure.name, figure.kind, arguments, figure.formats or brief.output.formats)


def drawn_layers(brief: Brief, known: Analysis, figure: Figure) -> list[str]:
    """The layers that a figure is given by the brief, besides its base."""
    if figure.layers is not None:
        return list(figure.layers)
    if figure.kind == "proximity":
        return themes_of(known, figure)
    return list(brief.layers or ()) if figure.kind == "sites" else []


def _named_in(brief: Brief) -> list[str]:
    """Publishers of the citations that sites refer to, each once."""
    used = {cite for site in brief.sites for cite in site.cites}
    return list(dict.fromkeys(c.publisher or c.title for c in brief.citations if c.id in used))


def _figure_region(brief: Brief, figure: Figure, sites: gpd.GeoDataFrame) -> tuple[float, float, float, float] | None:
    """What a figure shows: its own region, the brief's, or round its sites; the maps room decides for the rest."""
    if figure.region is not None:
        return figure.region
    if figure.kind == "sites" and bool(has_place(sites).any()):
        return brief.region if brief.region is not None and figure.sites is None else region_round(sites)
    return brief.region if figure.pairs is None and figure.sites is None else None


def _write_documents(brief: Brief, known: Analysis, figures: tuple[Figure, ...], stage: Path) -> list[str]:
    """Captions, the note on methods, and the interactive page."""
    files = []
    if brief.output.documents:
        write_text(stage / "captions.md", captions(brief, known, figures))
        write_text(stage / "methods.md", methods(brief, known))
        files += ["captions.md", "methods.md"]
    if brief.output.web:
        from geoops.report.web import web_map

        shown = brief.layers or ()
        page = web_map(
            known.sites,
            layers={name: known.layers[name] for name in shown},
            rings=known.rings,
            corridors=[j for group in known.corridors.values() for j in group],
            title=brief.title,
            subtitle=brief.summary,
            date=brief.date.isoformat(),
            region=known.region,
            catalog=catalog_of(brief),
            worldview=brief.worldview,
            notes={str(row["name"]): str(row["note"]) for _, row in known.sites.iterrows()},
        )
        page.save(stage / WEB_PAGE)
        files.append(WEB_PAGE)
    return files


def _findings(drawn: list[Drawn]) -> list[str]:
    """What the maps room would have mended on its own figures."""
    return [f"figure {done.name}: {finding}" for done in drawn for finding in done.findings]


def _write_figure_manifests(
    brief: Brief, known: Analysis, figures: tuple[Figure, ...], drawn: list[Drawn], stage: Path
) -> list[str]:
    """Beside each figure a JSON that says what made it; gives back the names of all files of the figures."""
    by_name = {d.name: d for d in drawn}
    files = []
    for figure in figures:
        done = by_name[figure.name]
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
        files += [*done.files, f"{figure.name}.json"]
    return files


def _write_manifest(brief: Brief, known: Analysis, files: list[str], stage: Path) -> None:
    """The manifest of the whole bundle."""
    source = brief.source
    origin = {"name": source.name, **file_entry(source)} if source is not None and source.is_file() else None
    manifest = make_manifest(
        stage, files, brief=brief.model_dump(mode="json", by_alias=True), brief_source=origin, layers=known.layers,
        warnings=known.warnings,
    )  # fmt: skip
    write_json(stage / MANIFEST, manifest)


def _put_in_place(stage: Path, folder: Path, files: list[str]) -> None:
    """Move the new files over the old, the manifest last, and take away what only the old bundle had."""
    old: dict[str, Any] = {}
    if (folder / MANIFEST).is_file():
        try:
            old = read_manifest(folder)["files"]
        except (ReadError, InputError):
            old = {}  # not ours: nothing is taken away
    try:
        for name in (*files, MANIFEST):
            (stage / name).replace(folder / name)
        for name, entry in old.items():
            path = folder / name
            ours = (
                name not in files and "/" not in name and "\\" not in name and path.is_file() and not path.is_symlink()
            )
            if ours and file_entry(path)["sha256"] == entry["sha256"]:
                path.unlink()
    except OSError as error:
        msg = f"{folder}: the finished bundle cannot be put in place: {error.strerror}"
        raise WriteError(msg) from error
