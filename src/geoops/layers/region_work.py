"""The work of a region's build, layer by layer: what is made, what is kept, what fails, and what the catalogue then says.

`region.py` takes the call apart and starts it; what a layer is made of is `region_made.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geoops.core.errors import GeoopsError, InputError, NothingFoundError, UnknownLayerError
from geoops.core.version import __version__
from geoops.core.writing import sweep_parts
from geoops.layers import region_base, region_made, region_terrain, store, written
from geoops.layers.catalog_file import in_order, write_catalog
from geoops.layers.inputs import sha256_of
from geoops.layers.region_base import Base
from geoops.layers.region_made import Made, cut_of, made_of, write_made
from geoops.layers.region_sources import Given
from geoops.layers.sources import contract
from geoops.layers.worldview import NEUTRAL, VIEWED, seen_by
from geoops.layers.written import code_of, digest, files_hold

__all__ = ["RegionReport", "Work"]

_HEAD = """\
# A region's own catalogue of layers. Written by `geoops layers build --region`; give the same command again to bring it up
# to date. Use it with GEOOPS_LAYERS, --catalog, catalog= or a brief's `catalog`.

"""


@dataclass
class RegionReport:
    """
    What a build did, layer by layer.

    Parameters
    ----------
    built, cut, kept
        Layers made from sources; those cut from the base; those that had not changed.
    failed
        Layer -> what went wrong; what was there before is there still.
    nothing
        Layer -> the sources that hold nothing of it in the region, where no other made it.
    absent
        Layers of the base that have nothing here, and that no source made: the catalogue does not list them.
    dropped
        Layer -> reason -> rows that were left out; the listing stands in `data/LAYER.dropped.csv`.
    count_of
        Layer -> features, or cells.
    """

    built: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    nothing: dict[str, list[str]] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    dropped: dict[str, dict[str, int]] = field(default_factory=dict)
    count_of: dict[str, int] = field(default_factory=dict)


class Work:
    """One build: where it reads and writes, the entries so far, and what happened."""

    def __init__(
        self,
        root: Path,
        base: Base,
        given: Mapping[str, list[Given]],
        options: Mapping[str, Any],
        worldview: str,
        entries: dict[str, dict[str, Any]],
        nothing: dict[str, str],
        *,
        force: bool,
    ) -> None:
        self.root, self.base, self.given, self.options, self.worldview = root, base, given, options, worldview
        self.entries, self.nothing, self.force = entries, nothing, force
        self.report = RegionReport()
        self._hashes: dict[str, str] = {}

    def names(self, only: Iterable[str] | None) -> list[str]:
        """The layers to look at, those of the base in its order."""
        every = list(dict.fromkeys([*self.base.catalog.layers, *self.given, *self.entries]))
        if only is None:
            return every
        wanted = list(only)
        unknown = [name for name in wanted if name not in every]
        if unknown:
            msg = f"no layer {', '.join(unknown)} to build; there are: {', '.join(every)}"
            raise UnknownLayerError(msg)
        return [name for name in every if name in wanted]

    def layer(self, name: str) -> None:
        """Make one layer, or leave it, and write the catalogue where it changed."""
        plan = [g for g in self.given.get(name, ()) if not (g.only_fills and self.base.has(name))]
        old = self.entries.get(name)
        if not plan and old is not None and old.get("made_by") != "base" and not self._lost(name, old):
            self._keep(name)
            return
        for item in plan:
            try:
                mark = self._mark(item)
                if self._holds(name, mark):
                    self._keep(name)
                    self.report.nothing.pop(name, None)
                    return
                made = self._made(item, mark)
            except GeoopsError as error:
                self.report.failed[name] = str(error)
                if old is not None and files_hold(self.root, old):
                    return
                break
            if made is not None:
                inputs = [f"{Path(file).name} (SHA-256 {self._hash(file)[:12]})" for file in item.files]
                self._put(name, made, mark, item.source.key, inputs=inputs)
                self.report.built.append(name)
                self.report.nothing.pop(name, None)
                return
        self._cut(name)

    def _lost(self, name: str, old: Mapping[str, Any]) -> bool:
        """Whether the files of a layer of earlier sources are gone, or it is of another region."""
        if files_hold(self.root, old) and not (self.force and old.get("built_for") != list(self.base.region)):
            return False
        self.report.failed[name] = (
            f"its file in {self.root / 'data'} is lost, changed or of another region, and what it was made of"
            f" ({', '.join(old.get('inputs', []))}) was not given; give it again"
        )
        return True

    def _made(self, item: Given, mark: str) -> Made | None:
        """What a source makes of a layer; None, noted, where it holds nothing of it."""
        key = f"{item.source.key}.{item.layer}"
        if self.nothing.get(key) != mark:
            try:
                made = made_of(item, self.base, self.options, self._layer_made)
            except NothingFoundError:
                made = None
            if made is not None:
                self.nothing.pop(key, None)
                return made
        names = ", ".join(Path(f).name for f in item.files)
        self.report.nothing.setdefault(item.layer, []).append(f"{item.source.key} ({names}) has none here")
        self.nothing[key] = mark
        return None

    def _cut(self, name: str) -> None:
        """Take the layer from the base; a layer that nothing makes is not listed."""
        if name not in self.base:
            if self.entries.pop(name, None) is not None:
                self.write()
            return
        mark = digest(b"cut", *self.base.mark(name), *self._after(name), *code_of(region_base, region_made, store))
        if self._holds(name, mark):
            self._keep(name)
            return
        made = cut_of(name, self.base, self._layer_made, self.entries)
        if made is None:
            self.report.absent.append(name)
            if self.entries.pop(name, None) is not None:
                self.write()
            return
        self._put(name, made, mark, "base")
        self.report.cut.append(name)

    def _put(self, name: str, made: Made, mark: str, made_by: str, **more: Any) -> None:
        """Write a layer's files, then its entry."""
        stated = write_made(self.root, name, made)
        entry = {
            **made.words,
            **stated,
            "fingerprint": mark,
            "made_by": made_by,
            "built_for": list(self.base.region),
            **more,
        }
        if made.dropped_counts:
            self.report.dropped[name] = dict(made.dropped_counts)
        self.report.count_of[name] = int(entry["count"])
        self.entries[name] = in_order(entry)
        self.write()

    def _keep(self, name: str) -> None:
        """A layer that has not changed."""
        self.report.kept.append(name)
        self.report.count_of[name] = int(self.entries[name]["count"])

    def _holds(self, name: str, mark: str) -> bool:
        """Whether a layer of this fingerprint is there with the files that the catalogue states."""
        entry = self.entries.get(name)
        return not self.force and entry is not None and entry["fingerprint"] == mark and files_hold(self.root, entry)

    def _mark(self, item: Given) -> str:
        """What a layer of a source depends on: its files, what was said of them, the base beside it, and the code."""
        said = {k: v for k, v in self.options["said"].values.items() if v is not None}
        words = repr((item.source.key, item.layer, self.options["cell_deg"], sorted(said.items()),
                      sorted((k, repr(v)) for k, v in item.options.items()), self.base.region))  # fmt: skip
        code = code_of(*item.source.modules(), contract, store, region_base, region_made, region_terrain, written)
        hashes = [self._hash(file).encode() for file in item.files]
        return digest(words.encode(), *hashes, *self.base.mark(item.layer), *self._after(item.layer), *code)

    def _after(self, name: str) -> list[bytes]:
        """The marks of layers that this one follows: lines between divisions follow the divisions."""
        return [str(self.entries.get("admin1", {}).get("fingerprint")).encode()] if name == "boundaries" else []

    def _hash(self, file: str) -> str:
        """The content of a file or of a folder; of an address the address."""
        if file not in self._hashes:
            path = Path(file)
            if "://" in file:
                self._hashes[file] = file
            elif path.is_dir():
                inside = sorted(p for p in path.rglob("*") if p.is_file())
                marks = [f"{p.relative_to(path)} {sha256_of(p)}".encode() for p in inside]
                self._hashes[file] = digest(*marks)
            else:
                self._hashes[file] = sha256_of(path)
        return self._hashes[file]

    def _layer_made(self, name: str) -> Any:
        """A layer of this catalogue that was made before, or None."""
        from geoops.layers.load import layer

        view = NEUTRAL if name in VIEWED else None
        return layer(name, catalog=self.root, worldview=view) if name in self.entries else None

    def settle_view(self) -> None:
        """State whose view of borders the catalogue gives, if its boundaries know that view."""
        if self.worldview != NEUTRAL and "boundaries" in self.entries:
            self.write()
            try:
                seen_by(self._layer_made("boundaries"), self.worldview)
            except InputError as error:
                self.report.failed["boundaries"] = f"{error}; the catalogue stays neutral"
                self.worldview = NEUTRAL
        for name in VIEWED:
            if name in self.entries:
                self.entries[name]["worldview"] = self.worldview

    def write(self) -> None:
        """Write the catalogue."""
        about = {
            "region": list(self.base.region), "window": list(self.base.window), "worldview": self.worldview,
            "geoops": __version__, "nothing": self.nothing,
        }  # fmt: skip
        if not self.nothing:
            del about["nothing"]
        order = dict.fromkeys([*self.base.catalog.layers, *self.entries])
        if self.entries:
            write_catalog(self.root, self.entries, order=order, head=_HEAD, about=about)

    def sweep(self, before: set[str]) -> None:
        """Remove the files of layers that are no longer listed, and what a killed build left half-written."""
        listed = {part["path"] for entry in self.entries.values() for part in entry["files"]}
        for path in before - listed:
            (self.root / path).unlink(missing_ok=True)
        for listing in (self.root / "data").glob("*.dropped.csv"):
            if listing.name.removesuffix(".dropped.csv") not in self.entries:
                listing.unlink(missing_ok=True)
        sweep_parts(self.root, self.root / "data")
