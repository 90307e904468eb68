"""What of an older bundle still holds: each product has a checksum of all that it was made from.

The checksums stand in the manifest, so that they are the same wherever the same is made. Whether a bundle may be trusted is
known from `memory.py`.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geoops.core.errors import WriteError
from geoops.core.reading import read_text
from geoops.report.brief import Brief, Figure
from geoops.report.drawing import Drawn
from geoops.report.manifest import file_entry, software
from geoops.report.memory import checksum
from geoops.report.pointers import catalog_of, gazetteer_of, named_in

__all__ = ["Keys", "drawn_before", "kept", "keys_of", "take_over"]


class Keys:
    """
    Checksums of what goes into each product of a brief.

    Parameters
    ----------
    figures
        Name of a figure -> checksum.
    tables, page, project, documents
        Of the other products.
    sites, distances, counts, journeys
        Of what is measured, before anything is made of it.
    """

    def __init__(self, brief: Brief, figures: tuple[Figure, ...]) -> None:
        values = brief.model_dump(mode="json", by_alias=True)
        ground = _ground(brief)
        named = [{k: v for k, v in site.items() if k not in {"note", "cites"}} for site in values["sites"]]
        where = [ground, named, values["region"], values["worldview"]]
        near, ways = values["proximity"], values["corridors"]
        look = {
            k: values[k] for k in ("date", "producer", "version", "map_number", "theme", "size", "languages", "layers")
        }
        self.figures = {
            figure.name: checksum(
                where, look, number, figure.model_dump(mode="json", by_alias=True), values["title"], named_in(brief),
                values["output"]["formats"], ways if figure.kind == "corridor" else near,
                [_own_file(brief, name) for name in (figure.theme, *(figure.layers or ())) if name],
            )
            for number, figure in enumerate(figures, 1)
        }  # fmt: skip
        self.sites = checksum(ground, named)  # a note moves no site: what was measured stays
        self.distances = checksum(self.sites, values["region"], values["layers"], near)
        self.counts = checksum(self.distances, "counts")
        self.journeys = checksum(self.sites, ways)
        output = values["output"]
        self.tables = checksum(
            where, values["sites"], near, ways, values["title"], values["date"], output["table_formats"]
        )
        drawn = [values["title"], values["summary"], values["date"], values["layers"], near, ways]
        self.page = checksum(where, values["sites"], drawn)
        self.project = checksum(where, values["sites"], drawn, sorted(self.figures.items()))
        self.documents = checksum(values, ground, sorted(self.figures.items()))


def keys_of(brief: Brief, figures: tuple[Figure, ...]) -> Keys:
    """The checksums of a brief's products."""
    return Keys(brief, figures)


def _ground(brief: Brief) -> str:
    """What everything rests on: versions, the catalogue with its checksums of layers, the gazetteer, files of the brief's own."""
    from geoops.layers.catalog import find_catalog

    facts: list[Any] = [software()]
    catalogue = find_catalog(catalog_of(brief))
    facts += [_file(catalogue)]
    for folder in (gazetteer_of(brief),):
        if folder is not None:
            files = (
                [p for p in sorted(Path(folder).rglob("*")) if p.is_file()] if Path(folder).is_dir() else [Path(folder)]
            )
            facts += [(p.name, p.stat().st_size) if p.suffix == ".parquet" else _file(p) for p in files[:50]]
    data = catalogue.parent / "data"
    facts += [(p.name, p.stat().st_size) for p in sorted(data.glob("*"))] if data.is_dir() else []
    themes = brief.proximity.themes if brief.proximity else ()
    facts += [_own_file(brief, name) for name in (brief.theme, *(brief.layers or ()), *themes)]
    return checksum(facts)


def _file(path: Path) -> Any:
    """A file by its name and content."""
    return (path.name, file_entry(path)) if path.is_file() else (path.name, None)


def _own_file(brief: Brief, name: str) -> Any:
    """A layer or theme that is a file beside the brief, with the files that a theme names; else the name alone."""
    file = brief.folder / name
    if not Path(name).suffix or not file.is_file():
        return name
    facts = [_file(file)]
    if file.suffix == ".toml":
        import tomllib

        with contextlib.suppress(ValueError, OSError):
            words = tomllib.loads(file.read_text(encoding="utf-8"))
            texts = [t for v in words.values() for t in (v if isinstance(v, list) else [v]) if isinstance(t, str)]
            facts += [_file(file.parent / t) for t in texts if Path(t).suffix and (file.parent / t).is_file()]
    return facts


def drawn_before(folder: Path, name: str) -> Drawn:
    """A figure that was drawn for an older bundle, from the JSON beside it."""
    entry = json.loads(read_text(folder / f"{name}.json"))
    return Drawn(name, tuple(entry["files"]), entry["drawn"], tuple(entry["findings"]))


def kept(folder: Path, manifest: Mapping[str, Any] | None, product: str, key: str) -> list[str] | None:
    """The files of a product that was made from the same, if all of them are still as they were; else None."""
    entry = (manifest or {}).get("products", {}).get(product)
    if manifest is None or entry is None or entry.get("inputs") != key:
        return None
    files: list[str] = entry["files"]
    for name in files:
        path = folder / name
        if "/" in name or name not in manifest["files"] or not path.is_file() or path.is_symlink():
            return None
        if file_entry(path)["sha256"] != manifest["files"][name]["sha256"]:
            return None
    return files


def take_over(folder: Path, stage: Path, manifest: Mapping[str, Any], files: list[str]) -> bool:
    """Copy files of the older bundle into the new one; false where another render replaced them meanwhile."""
    try:
        for name in files:
            shutil.copyfile(folder / name, stage / name)
            if file_entry(stage / name)["sha256"] != manifest["files"][name]["sha256"]:
                return False
    except FileNotFoundError:
        return False
    except OSError as error:
        msg = f"{folder} cannot be written: {error.strerror or error}"
        raise WriteError(msg) from error
    return True
