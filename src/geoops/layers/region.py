"""One call to fill a region: a catalogue of its own from the files that are there, and from the embedded world for the rest.

Layer by layer: the most trusted source that has something makes it, what of the base lies beside it stays, and where no
source was given the base's cut stands. What has not changed is left alone; a source that fails leaves what was there. Which
sources there are is `region_sources.py`, what the base gives `region_base.py`. The gazetteer is built after this, by its own
room (`geoops.gazetteer.build_gazetteer`); the command `geoops layers build --region` does both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from geoops.core.errors import BuildError, InputError
from geoops.core.geodesy import Region, check_region
from geoops.core.writing import alone, check_writable
from geoops.layers.catalog import CATALOG_FILE, PathLike, embedded_catalog, read_catalog
from geoops.layers.catalog_file import read_tables
from geoops.layers.region_base import Base, wider
from geoops.layers.region_sources import OWN, Given, Said, given_files
from geoops.layers.region_work import RegionReport, Work
from geoops.layers.sources import vector_files

__all__ = ["RegionReport", "build_region"]

Progress = Callable[[str, int, int], None]


def build_region(
    out: PathLike,
    region: Region | None = None,
    *,
    sources: Mapping[str, Any] | None = None,
    layers: Mapping[str, Any] | None = None,
    worldview: str | None = None,
    date: str | None = None,
    source: str | None = None,
    licence: str | None = None,
    uncertainty_m: float | None = None,
    cell_deg: float | None = None,
    base: PathLike | None = None,
    only: Iterable[str] | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> RegionReport:
    """
    Fill a region: write a catalogue whose layers the rest of geoops uses like the embedded ones.

    Inside the region a layer is what the given files say. Round it, and where nothing was given, it is a cut of the
    embedded world base, reaching half of the region's longer side (at least two degrees) beyond it; countries and the lines
    between them are whole. Cuts are copies, so that the folder can be handed on and does not change when geoops does.

    Parameters
    ----------
    out
        The folder: `catalog.toml` and `data/` are written in it.
    region
        (west, south, east, north) in degrees; in a folder that was built before, what it was built for.
    sources
        Source -> a path or several: `boundaries, geonames, energy, osm, overture, events, dem, population, landcover`.
        Where a file does not say which layer it gives, a mapping `{"boundaries": {"admin1": path}}` does. What an
        earlier call gave stays as it was built, so that sources may be added one by one.
    layers
        Name -> file of the user's own, or a mapping with `path` and arguments of
        `geoops.layers.sources.vector_files.read` (`source, licence, date, uncertainty_m, columns, publish, title` ...).
        Each needs a source, a date, a licence and an uncertainty, from its columns or from here.
    worldview
        Whose view of borders `geoops.layer` gives of this catalogue when nobody asks for another: two letters of a country;
        neutral by default. See `geoops.layers.worldview`.
    date, source, licence, uncertainty_m
        Of the files, where those of one source alone are given; else of those that do not say them themselves, which must be
        of one source: what is said of two is refused.
    cell_deg
        Cells of grids; by default as they are, put together where there were more than 16 million.
    base
        Another catalogue as the base than the embedded one.
    only
        Names of layers to look at; the others stay.
    force
        Build even what has not changed, and for another region than before.
    progress
        Called before each step with a text, the step's number and the number of steps.

    Returns
    -------
    RegionReport
        What was built, cut, kept, and what could not be.

    Raises
    ------
    InputError
        A source, a file or a layer that there is not; another region than the folder was built for.
    BuildError
        Some layers could not be built: all failures listed, each with its remedy. The others were, and what was there
        before is there still; `.report` is the report.
    WriteError
        The folder cannot be written.

    Examples
    --------
    >>> from geoops.layers.region import build_region
    >>> build_region("sudan", (30, 10, 36, 16), sources={"osm": "sudan.osm.pbf", "dem": "srtm.tif"})  # doctest: +SKIP
    """
    given = _given(sources or {}, layers or {})
    root = Path(out)
    tables = _tables(root)
    before = tables.get("build", {})
    box = _region(root, region, before, force=force)
    found = read_catalog(embedded_catalog() if base is None else base)
    if found.file.parent == root.resolve():
        msg = f"out={root}: that is the catalogue that the build stands on; choose another folder"
        raise InputError(msg)
    view = worldview.lower() if worldview is not None else before.get("worldview", "neutral")
    said = {"date": date, "source": source, "licence": licence, "uncertainty_m": uncertainty_m}
    kinds = {item.source.key for items in given.values() for item in items}
    options = {"cell_deg": cell_deg, "said": Said(said, alone=len(kinds) == 1)}
    check_writable(root / "data")
    with alone(root):
        tables = _tables(root)  # again: another build may have ended meanwhile
        nothing = {} if force else dict(tables.get("build", {}).get("nothing", {}))
        entries = dict(tables.get("layers", {}))
        work = Work(root, Base(found, box, wider(box)), given, options, view, entries, nothing, force=force)
        report = _built(work, only, progress)
    if report.failed:
        lines = [f"  - {name}: {why}" for name, why in report.failed.items()]
        msg = "\n".join([f"{root}: {len(lines)} layers could not be built; the others were.", *lines])
        raise BuildError(msg, report)
    return report


def _built(work: Work, only: Iterable[str] | None, progress: Progress | None) -> RegionReport:
    """The work done layer by layer, and what is left of earlier work swept."""
    before = {part["path"] for entry in work.entries.values() for part in entry["files"]}
    names = work.names(only)
    for number, name in enumerate(names):
        if progress:
            progress(name, number, len(names))
        work.layer(name)
    work.settle_view()
    work.write()
    work.sweep(before)
    if progress:
        progress("done", len(names), len(names))
    return work.report


def _given(sources: Mapping[str, Any], layers: Mapping[str, Any]) -> dict[str, list[Given]]:
    """For each layer what may make it: a file of the user's own before any source."""
    given = given_files(sources)
    for name, value in layers.items():
        options = dict(value) if isinstance(value, Mapping) else {"path": value}
        path = options.pop("path", None)
        if path is None or not Path(path).exists():
            msg = f"layer {name}: {path} is not there; give the path of a file, or a mapping with 'path'"
            raise InputError(msg)
        vector_files.check_name(name)
        given[name] = [Given(OWN, name, (str(path),), options), *given.get(name, [])]
    return given


def _tables(root: Path) -> dict[str, Any]:
    """The catalogue that is there, if a build of a region made it."""
    tables = read_tables(root)
    if tables and "build" not in tables:
        msg = f"{root / CATALOG_FILE} was not made by a build of a region; choose another folder for this one"
        raise InputError(msg)
    return tables


def _region(root: Path, region: Region | None, before: Mapping[str, Any], *, force: bool) -> Region:
    """The region asked for, or the one that the folder was built for."""
    stated = before.get("region")
    if region is None:
        if stated is None:
            msg = f"{root}: nothing was built there yet; say which region: (west, south, east, north) in degrees"
            raise InputError(msg)
        return check_region(stated)
    box = check_region(region)
    if stated is not None and tuple(stated) != box and not force:
        msg = (
            f"{root}: was built for the region {tuple(stated)}, {box} came; choose another folder, or build all of it anew"
            " for the new region with force (--force)"
        )
        raise InputError(msg)
    return box
