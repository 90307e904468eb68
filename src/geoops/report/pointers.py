"""What a brief points at outside itself: its catalogue, its gazetteer, the publishers that its sites cite."""

from __future__ import annotations

from pathlib import Path

from geoops.report.brief import Brief

__all__ = ["catalog_of", "gazetteer_of", "named_in"]


def catalog_of(brief: Brief) -> Path | None:
    """The catalogue that the brief names, from its folder."""
    return None if brief.catalog is None else brief.folder / brief.catalog


def gazetteer_of(brief: Brief) -> Path | None:
    """The gazetteer that the brief names, else its catalogue where that has one, else the one that geoops finds."""
    if brief.gazetteer is not None:
        return brief.folder / brief.gazetteer
    folder = catalog_of(brief)
    if folder is None:
        return None
    from geoops.gazetteer.store import KEYS_FILE
    from geoops.layers.catalog import find_catalog

    file = find_catalog(folder)
    return file if (file.parent / "data" / KEYS_FILE).is_file() else None


def named_in(brief: Brief) -> list[str]:
    """Publishers of the citations that sites refer to, each once."""
    used = {cite for site in brief.sites for cite in site.cites}
    return list(dict.fromkeys(c.publisher or c.title for c in brief.citations if c.id in used))
