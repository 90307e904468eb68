"""One brief in, a whole folder out: figures, tables, a project, a report in several formats, one offline page, a manifest.

What an older bundle in the folder has from the same inputs is taken over, the rest is made, and all of it takes its place at
once (`staging.py`). No clock has a say: two renders in one environment give the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoops.core.room import check_room, room_for_two
from geoops.core.writing import check_writable
from geoops.report.brief import Brief, Figure
from geoops.report.briefing import read_brief
from geoops.report.extras import check_extras
from geoops.report.manifest import MANIFEST
from geoops.report.memory import older, remember
from geoops.report.reuse import Keys, drawn_before, kept, keys_of
from geoops.report.staging import alone, finish_interrupted, put_in_place, staging

if TYPE_CHECKING:
    import geopandas as gpd

    from geoops.core.types import Corridor
    from geoops.report.analysis import Analysis

__all__ = ["Bundle", "render"]

_HELPED_FROM = 3  # figures; below it a helper process starts for nothing


@dataclass(frozen=True)
class Bundle:
    """
    What `render` made, or found to be as it would make it.

    Parameters
    ----------
    folder
        Where it is.
    files
        Every file in it, relative to the folder, the manifest last.
    figures
        Names of the figures, in the order of the brief.
    warnings
        What a reader must know: sites not found or ambiguous, journeys without a way.
    findings
        What a picture editor would send back, figure by figure: "figure sites: margin-cut: ...".
    reused
        What was taken over from the older bundle in the folder: names of figures, "tables" and so on.
    unchanged
        Whether all of it was as it would be made, so that nothing was written.
    not_found
        Names of sites that were not found.
    known
        Gives what was measured; called where `sites`, `nearest` or `corridors` are asked for.
    """

    folder: Path
    files: tuple[str, ...]
    figures: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    reused: tuple[str, ...] = ()
    unchanged: bool = False
    not_found: tuple[str, ...] = ()
    known: Callable[[], Analysis] = field(repr=False, compare=False, kw_only=True)

    @property
    def manifest(self) -> Path:
        """The manifest's path."""
        return self.folder / MANIFEST

    @property
    def sites(self) -> gpd.GeoDataFrame:
        """The brief's sites."""
        return self.known().sites

    @property
    def nearest(self) -> dict[str, gpd.GeoDataFrame]:
        """Theme -> proximity table."""
        return self.known().nearest

    @property
    def corridors(self) -> dict[str, list[Corridor]]:
        """Mode -> journeys."""
        return self.known().corridors


def render(
    brief: Brief | str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    progress: Callable[[str, float], None] | None = None,
    helpers: int | None = None,
    fresh: bool = False,
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
    fresh
        Make all of it again, whatever an older bundle in the folder or the cache has from the same inputs.

    Returns
    -------
    Bundle
        Paths of what was written, and the tables as GeoDataFrames.

    Raises
    ------
    BriefError
        Mistakes in the brief, all of them; nothing was started.
    MissingExtraError
        A format that it asks for needs a library that is not installed; nothing was started.
    RoomError
        The process may not take the memory that a figure needs; nothing was started.
    WriteError
        The folder cannot be written; said before any work, or the disk is full: the old bundle is as it was.
    InputError
        No site of the brief was found.
    """
    check_room()
    wanted = brief if isinstance(brief, Brief) else read_brief(brief)
    check_extras(wanted.output)
    folder = check_writable(out)
    with alone(folder):
        finish_interrupted(folder)
    figures = wanted.wanted_figures()
    keys = keys_of(wanted, figures)
    before = None if fresh else older(folder)
    if before is not None and (same := _unchanged(wanted, folder, figures, keys, before)) is not None:
        return same
    if helpers is None:
        helpers = int(len(figures) >= _HELPED_FROM and (os.cpu_count() or 1) > 1 and room_for_two())
    from geoops.report.rendering import Rendering

    with staging(folder) as stage:
        made = Rendering(
            wanted, folder, stage, figures, keys, before, progress or (lambda _words, _share: None), fresh=fresh
        )
        bundle = made.run(helpers)
        with alone(folder):
            put_in_place(stage, folder)
        remember(folder)
    made.step("done", 1.0)
    return bundle


def _unchanged(
    brief: Brief, folder: Path, figures: tuple[Figure, ...], keys: Keys, before: dict[str, Any]
) -> Bundle | None:
    """The bundle that is there, where every product of it is from the same inputs and every file as it was."""
    wanted = {"documents": keys.documents, **keys.figures}
    wanted |= {"tables": keys.tables} if brief.output.tables else {}
    wanted |= {"page": keys.page} if brief.output.web else {}
    wanted |= {"project": keys.project} if brief.output.project else {}
    entries = before["products"]
    if set(entries) != set(wanted) or before["inputs"]["brief"] != brief.origin:
        return None
    if any(kept(folder, before, name, key) is None for name, key in wanted.items()):
        return None
    findings = [drawn_before(folder, f.name).findings for f in figures]

    def known() -> Analysis:
        from geoops.report.rendering import measured

        return measured(brief, keys, lambda _words, _share: None, counts=False)

    return Bundle(
        folder, (*sorted(before["files"]), MANIFEST), tuple(f.name for f in figures), tuple(before["warnings"]),
        tuple(f"figure {f.name}: {words}" for f, found in zip(figures, findings, strict=True) for words in found),
        tuple(wanted), unchanged=True, not_found=tuple(before["not_found"]),
        known=cache(known),
    )  # fmt: skip
