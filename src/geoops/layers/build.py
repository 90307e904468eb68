"""Sources to layers: builds what changed, writes each file whole, and states it in the catalogue.

The order is: base layers by the recipes, then the curated files, then the catalogue. A layer's fingerprint covers its inputs'
checksums, the code that makes it and the layers it needs; one whose fingerprint and files still hold is left alone.
The same inputs give the same bytes.
"""

from __future__ import annotations

import inspect
import json
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd

from geoops.core.errors import CatalogError, UnknownLayerError
from geoops.core.reading import read_text, read_vector
from geoops.core.writing import alone, check_writable, sweep_parts
from geoops.layers import store
from geoops.layers.catalog_file import in_order, read_tables, write_catalog
from geoops.layers.inputs import Input, default_cache, folders_of, read_inputs
from geoops.layers.recipes import RECIPES, Recipe
from geoops.layers.sources import curated
from geoops.layers.store import as_layer
from geoops.layers.written import code_of, digest, files_hold, write_grids, write_layer

__all__ = ["Report", "build"]

Progress = Callable[[str, int, int], None]
"""Told what is being done, which step of how many."""

_HEAD = """\
# The catalogue of the embedded layers. Written by the build (scripts/build_layers.py) from layers/themes.toml and from
# what was measured; change that file, or the sources, and build again.

"""


@dataclass
class Report:
    """What a build did: the layers built, those left alone, and the bytes of each."""

    built: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    bytes_of: dict[str, int] = field(default_factory=dict)
    count_of: dict[str, int | None] = field(default_factory=dict)


def build(
    root: Path,
    *,
    only: Iterable[str] | None = None,
    cache: Path | None = None,
    force: bool = False,
    recipes: dict[str, Recipe] | None = None,
    progress: Progress | None = None,
) -> Report:
    """
    Build the layers under a folder that holds `inputs.toml`, `themes.toml` and `curated/`.

    Parameters
    ----------
    root
        The layers folder; `data/` and `catalog.toml` are written in it.
    only
        Names of the layers to look at; all by default. Layers that these need must be there.
    cache
        Where downloaded packages are kept; the user's cache by default.
    force
        Build even what has not changed.
    recipes
        Other recipes than those of the base layers.
    progress
        Called before each step with a text, the step's number and the number of steps.

    Raises
    ------
    UnknownLayerError
        A name in `only` that no recipe and no curated file makes.
    CatalogError
        A theme without its description, or curated rows with mistakes (all of them listed).
    NetworkError
        An input that cannot be fetched.
    """
    recipes = RECIPES if recipes is None else recipes
    check_writable(root / "data")
    themes = _themes(root)
    inputs = read_inputs(root / "inputs.toml")
    files = curated.curated_files(root / "curated")
    names = [*recipes, *(name for name in files if name not in recipes)]
    wanted = names if only is None else _known(list(only), names)
    for name in wanted:
        if name not in themes:
            msg = f"{root / 'themes.toml'}: no table [{name}]; a layer needs its title, source, licence and attribution"
            raise CatalogError(msg)
    with alone(root):
        before = dict(read_tables(root).get("layers", {}))
        work = _Work(root, themes, inputs, cache or default_cache(), force, dict(before))
        report = Report()
        ordered = [name for name in names if name in wanted]
        for number, name in enumerate(ordered):
            if progress:
                progress(name, number, len(ordered))
            entry = work.base(name, recipes[name]) if name in recipes else work.curated(name, files[name])
            changed = entry is not None
            work.entries[name] = work.stated(name, entry or work.entries[name])
            work.write(names)
            (report.built if changed else report.kept).append(name)
            report.bytes_of[name] = sum(part["bytes"] for part in work.entries[name]["files"])
            report.count_of[name] = work.entries[name].get("count")
        for gone in [name for name in work.entries if name not in names]:
            del work.entries[gone]
        work.write(names)
        if only is None:
            _sweep(root, before, work.entries)
        if progress:
            progress("done", len(ordered), len(ordered))
    return report


def _known(only: list[str], names: list[str]) -> list[str]:
    """The names asked for, or an error that lists those there are."""
    unknown = [name for name in only if name not in names]
    if unknown:
        msg = f"no layer {', '.join(unknown)} to build; there are: {', '.join(names)}"
        raise UnknownLayerError(msg)
    return only


def _themes(root: Path) -> dict[str, dict[str, Any]]:
    """The hand-kept part of the catalogue."""
    try:
        return tomllib.loads(read_text(root / "themes.toml"))
    except tomllib.TOMLDecodeError as error:
        msg = f"{root / 'themes.toml'}: not valid TOML: {error}"
        raise CatalogError(msg) from error


def _sweep(root: Path, before: dict[str, dict[str, Any]], now: dict[str, dict[str, Any]]) -> None:
    """Remove the data files that the catalogue listed before and lists no more, and half-written ones; all else stays."""
    sweep_parts(root, root / "data")
    listed, still = ({part["path"] for e in entries.values() for part in e["files"]} for entries in (before, now))
    for path in listed - still:
        (root / path).unlink(missing_ok=True)


class _Work:
    """One build: where it reads and writes, and the entries so far."""

    def __init__(
        self,
        root: Path,
        themes: dict[str, dict[str, Any]],
        inputs: dict[str, Input],
        cache: Path,
        force: bool,
        entries: dict[str, dict[str, Any]],
    ) -> None:
        self.root, self.themes, self.inputs, self.cache, self.force = root, themes, inputs, cache, force
        self.entries = entries
        self.sources = curated.read_sources(root / "curated")

    def layer(self, name: str) -> gpd.GeoDataFrame:
        """A layer built before, for one that needs it."""
        if name not in self.entries:
            msg = f"the layer {name} is needed and not built yet; build it first (--only {name})"
            raise CatalogError(msg)
        return read_vector(self.root / self.entries[name]["files"][0]["path"])

    def base(self, name: str, recipe: Recipe) -> dict[str, Any] | None:
        """Make a base layer and write its files; None when it has not changed."""
        mark = self._fingerprint(recipe)
        if self._holds(name, mark):
            return None
        folders = folders_of(recipe.inputs, self.inputs, self.cache)
        made = recipe.make({**folders, "curated": self.root / "curated"}, self.layer)
        entry = {"fingerprint": mark, "packages": [self._package(key) for key in recipe.inputs], **made.facts}
        if made.features is not None:
            return {**entry, **self._features(name, made.features, recipe.rows_a_group, recipe.parts)}
        return {**entry, **write_grids(self.root, name, made.grids)}

    def curated(self, name: str, file: Path) -> dict[str, Any] | None:
        """Check a curated file and build its layer; None when neither it nor its sources changed."""
        rows = curated.read_rows(file)
        cited = {k: self.sources.get(k) for k in curated.used_sources(rows)}
        words = json.dumps(cited, sort_keys=True, default=str).encode()
        mark = digest(file.read_bytes(), words, *code_of(curated, store))
        if self._holds(name, mark):
            return None
        problems = curated.check_rows(rows, self.sources, self.layer("countries"))
        if problems:
            msg = f"{file}: {len(problems)} mistakes; the layer was not built.\n  " + "\n  ".join(problems)
            raise CatalogError(msg)
        frame = curated.features(rows, self.sources)
        open_ones = [
            k for k in cited if not str(self.sources[k]["licence"]).startswith(("Copyright", "Public", "public"))
        ]
        entry = {
            "fingerprint": mark,
            "date": max(str(d) for d in rows["source_date"].dropna()),
            "licence": "; ".join(dict.fromkeys(x for text in frame["licence"] for x in text.split("; "))),
            "attribution": "\n".join(
                dict.fromkeys([self.themes[name]["attribution"], *(self.sources[k]["attribution"] for k in open_ones)])
            ),
            "cited": list(cited),
        }
        return {**entry, **self._features(name, frame, 1024, 1)}

    def _holds(self, name: str, mark: str) -> bool:
        """Whether a layer of this fingerprint is there with the files that the catalogue states."""
        entry = self.entries.get(name)
        if self.force or entry is None or entry.get("fingerprint") != mark:
            return False
        return files_hold(self.root, entry)

    def _fingerprint(self, recipe: Recipe) -> str:
        """What a base layer depends on."""
        parts = [self.inputs[key].sha256.encode() for key in recipe.inputs]
        parts += [
            part["sha256"].encode()
            for need in recipe.needs
            if need in self.entries
            for part in self.entries[need]["files"]
        ]
        parts += [
            (self.root / "curated" / file).read_bytes()
            for file in recipe.tables
            if (self.root / "curated" / file).is_file()
        ]
        parts.append(inspect.getsource(recipe.make).encode())
        return digest(*parts, str((recipe.rows_a_group, recipe.parts)).encode(), *code_of(*recipe.modules, store))

    def _package(self, key: str) -> str:
        """An input in words."""
        item = self.inputs[key]
        return f"{item.client}: {item.package} {item.version}"

    def _features(self, name: str, frame: gpd.GeoDataFrame, rows_a_group: int, parts: int) -> dict[str, Any]:
        """Write features in one file or several, and state what was written."""
        theme = self.themes[name]
        constants: dict[str, Any] = {k: theme[k] for k in ("source", "licence") if k in theme}
        if "date" in theme:
            constants["source_date"] = theme["date"]
        layer = as_layer(frame, what=name, **constants)
        return write_layer(self.root, name, layer, rows_a_group=rows_a_group, parts=parts)

    def stated(self, name: str, entry: dict[str, Any]) -> dict[str, Any]:
        """An entry with the hand-kept words in front; what was measured stands unless the words set it."""
        theme = self.themes[name]
        merged = {**entry, **theme}
        if "cited" in entry:  # of curated layers the rows say these
            merged |= {k: entry[k] for k in ("date", "licence", "attribution")}
        merged.setdefault("publish", True)
        return in_order(merged)

    def write(self, order: list[str]) -> None:
        """Write the catalogue, layers in their order."""
        write_catalog(self.root, self.entries, order=order, head=_HEAD)
