"""A gazetteer of one's own: the layers of another one, GeoNames country files and a user's own places, in one folder.

The folder is a catalogue that `gazetteer=` takes: copies of the base's layers, so that it can be handed on and does not change
when geoops does; `geonames` with what the country files add; `own_places`, which wins. Keys of the base are taken over as they
are. What has not changed since the last build is left alone.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoops.core.errors import InputError
from geoops.core.geodesy import distance
from geoops.core.reading import open_parquet
from geoops.core.version import __version__
from geoops.core.writing import alone, check_writable, sweep_parts, written_whole
from geoops.gazetteer.features import group_of_kind, groups
from geoops.gazetteer.names import normal
from geoops.gazetteer.own_places import read_own_places
from geoops.gazetteer.records import Gazetteer, GazetteerLike, open_gazetteer
from geoops.gazetteer.store import (
    ADDED,
    ENTRIES_FILE,
    KEYS_FILE,
    Filing,
    Progress,
    ids_of,
    keys_of_name,
    stored_layers,
)
from geoops.gazetteer.taken import file_base
from geoops.layers.catalog import CATALOG_FILE, Catalog, read_catalog
from geoops.layers.catalog_file import in_order, read_tables, write_catalog
from geoops.layers.inputs import sha256_of
from geoops.layers.sources import geonames_files
from geoops.layers.store import as_layer
from geoops.layers.written import digest, files_hold, write_layer

__all__ = ["Extended", "extend_gazetteer"]

_HEAD = """\
# A gazetteer of one's own, written by `geoops gazetteer build`; build again to change it.

"""
_CODE = b"1"  # counts up when the same inputs give something else
_NEAR_M = 25_000.0
_ROWS_A_GROUP = 8192


@dataclass(frozen=True)
class Extended:
    """
    What a build of one's own gazetteer did.

    Parameters
    ----------
    folder
        Where it is; what `gazetteer=` takes.
    built, kept
        Layers made (the gazetteer's own files count as `gazetteer`), and those left alone.
    notes
        What a person should know: rows left out, and why.
    """

    folder: Path
    built: tuple[str, ...]
    kept: tuple[str, ...]
    notes: tuple[str, ...]


def extend_gazetteer(
    out: str | os.PathLike[str],
    *,
    geonames: Sequence[str | os.PathLike[str]] = (),
    own: str | os.PathLike[str] | None = None,
    base: GazetteerLike = None,
    progress: Progress | None = None,
) -> Extended:
    """
    Build a gazetteer from another one, GeoNames country files and a table of one's own.

    A place that several have is one place: the country file's position and kind stand, with the names of both; a row of one's own
    with the id of a place takes its place. What the base has with its extent (governorates, ranges, rivers ...) is not taken a second
    time as a point.

    Parameters
    ----------
    out
        The folder to write to: `catalog.toml` and `data/`. It is what `gazetteer=` then takes.
    geonames
        `SY.zip`, `IQ.txt` ... as GeoNames publishes them.
    own
        A CSV of one's own places; see `geoops.gazetteer.own_places.COLUMNS`.
    base
        The gazetteer to begin with; by default the embedded world's.
    progress
        Called with what is being done and the share done, 0 to 1.

    Raises
    ------
    InputError
        Nothing to add; `out` is the base itself; mistakes in the CSV, all of them listed.
    ReadError
        A file that is not there, damaged, or no country file.
    WriteError
        The folder cannot be written.
    """
    if not geonames and own is None:
        msg = "nothing to add: expected GeoNames country files (SY.zip ...), a CSV of places of one's own, or both"
        raise InputError(msg)
    opened = open_gazetteer(base)
    root = check_writable(out).resolve()
    if root == opened.catalog.file.parent.resolve():
        msg = f"{root}: this is the gazetteer to begin with; give another folder for the new one"
        raise InputError(msg)
    step = progress if progress is not None else lambda _words, _share: None
    with alone(root):
        work = _Build(root, opened)
        step("layers of the base", 0.0)
        for name, parts in stored_layers(opened.catalog).items():
            work.copy(name, [str(part["path"]) for part in parts])
        work.forget()
        if geonames:
            step("GeoNames country files", 0.1)
            work.add_geonames([Path(os.fspath(file)) for file in geonames])
        if own is not None:
            step("places of your own", 0.6)
            work.add_own(Path(os.fspath(own)))
        step("keys of all names", 0.7)
        return work.finish()


class _Build:
    """One build: the folder, what it held before, and what is done so far."""

    def __init__(self, root: Path, base: Gazetteer) -> None:
        self.root, self.base = root, base
        self.before: dict[str, Any] = dict(read_tables(root).get("layers", {}))
        self.entries: dict[str, dict[str, Any]] = {}
        self.built: list[str] = []
        self.kept: list[str] = []
        self.notes: list[str] = []
        self.mark = digest(_CODE, __version__.encode(), repr(sorted(stored_layers(base.catalog).items())).encode())

    def copy(self, name: str, paths: Sequence[str]) -> None:
        """Copy a layer of the base, unless the same is there."""
        entry = dict(self.base.catalog.layers[name])
        if self.before.get(name, {}).get("files") == entry["files"] and all(
            (self.root / p).is_file() and (self.root / p).stat().st_size == part.get("bytes")
            for p, part in zip(paths, entry["files"], strict=True)
        ):
            self.kept.append(name)
        else:
            for path in paths:
                with written_whole(self.root / path) as temporary:
                    shutil.copyfile(self.base.catalog.file.parent / path, temporary)
            self.built.append(name)
        self.entries[name] = entry

    def forget(self) -> None:
        """Layers of one's own in the base would be filed twice under one name: they cannot be built upon yet."""
        doubled = sorted(set(ADDED) & set(self.entries))
        if doubled:
            msg = (
                f"{self.base.catalog.file.parent} has {', '.join(doubled)} of its own; begin with the embedded gazetteer,"
                " and give all files at once"
            )
            raise InputError(msg)

    def _holds(self, name: str, mark: str) -> bool:
        """Whether a layer of this fingerprint is there, whole."""
        entry = self.before.get(name)
        if entry is None or entry.get("fingerprint") != mark or not files_hold(self.root, entry):
            return False
        self.entries[name] = dict(entry)
        self.kept.append(name)
        self.notes += entry.get("notes", [])
        return True

    def _write(self, name: str, layer: gpd.GeoDataFrame, notes: Sequence[str], **facts: Any) -> None:
        """Write a layer under a name of its content, so that what is there before stays whole until the end."""
        entry = write_layer(self.root, f"{name}-{facts['fingerprint'][:8]}", layer, rows_a_group=_ROWS_A_GROUP)
        self.entries[name] = in_order({"publish": True, **facts, **entry, "notes": list(notes)})
        self.built.append(name)
        self.notes += notes

    def add_geonames(self, files: Sequence[Path]) -> None:
        """The layer of the country files, made again only if one of them or the base changed."""
        for file in files:
            if not file.is_file():
                geonames_files.read(file)  # says what is wrong with it
        mark = digest(self.mark.encode(), *(sha256_of(file).encode() for file in files))
        if self._holds("geonames", mark):
            return
        frames, notes = [], []
        for file in files:
            frame = geonames_files.read(file, theme="gazetteer", countries=_countries(self.base))
            frames.append(frame)
            notes += [
                f"{file.name}: {n} rows left out: {why}" for why, n in frame.attrs.get("dropped_counts", {}).items()
            ]
        whole = pd.concat([f.assign(source_file=p.name) for f, p in zip(frames, files, strict=True)], ignore_index=True)
        whole = whole.drop_duplicates("id").reset_index(drop=True)
        whole, known = _without_known(self.base, whole)
        if known:
            notes.append(f"GeoNames: {known} features are in the gazetteer already, most of them with their extent")
        layer = as_layer(_with_base_names(self.base, whole), what="geonames")
        dates = whole["source_date"].dropna().astype(str)
        self._write(
            "geonames", layer, notes, fingerprint=mark, title="GeoNames country files: " + ", ".join(f.name for f in files),
            source="GeoNames", licence="CC BY 4.0", attribution="GeoNames (geonames.org), CC BY 4.0",
            date=str(dates.max()) if len(dates) else "unknown",
        )  # fmt: skip

    def add_own(self, file: Path) -> None:
        """The layer of one's own places, made again only if the table changed."""
        mark = digest(_CODE, __version__.encode(), file.read_bytes() if file.is_file() else b"")
        if file.is_file() and self._holds("own_places", mark):
            return
        layer = read_own_places(file)
        dates = layer["source_date"].dropna().astype(str)
        self._write(
            "own_places", layer, (), fingerprint=mark, title=f"Places of one's own: {file.name}", source=file.name,
            licence="; ".join(dict.fromkeys(layer["licence"])), attribution="; ".join(dict.fromkeys(layer["source"])),
            date=str(dates.max()) if len(dates) else "unknown",
        )  # fmt: skip

    def finish(self) -> Extended:
        """Build the gazetteer if anything changed, then state it all, then sweep what is listed no more."""
        found = Catalog(self.root / CATALOG_FILE, self.entries)
        if self.built or not self._gazetteer_holds(found):
            filing = Filing(found)
            added = [name for name in filing.stored if name not in stored_layers(self.base.catalog)]
            gone = set[str]().union(*(ids_of(found, name) for name in added))
            file_base(filing, self.base, gone)
            for position, name in enumerate(added):
                later = set[str]().union(*(ids_of(found, other) for other in added[position + 1 :]))
                filing.file_layer(name, later)
            filing.write(self.root / "data")
            self.built.append("gazetteer")
        else:
            self.kept.append("gazetteer")
        write_catalog(self.root, self.entries, order=list(self.entries), head=_HEAD)
        listed = {str(part["path"]) for entry in self.entries.values() for part in entry["files"]}
        for path in {str(part["path"]) for entry in self.before.values() for part in entry["files"]} - listed:
            (self.root / path).unlink(missing_ok=True)
        sweep_parts(self.root, self.root / "data")
        read_catalog(self.root)
        return Extended(self.root, tuple(self.built), tuple(self.kept), tuple(self.notes))

    def _gazetteer_holds(self, found: Catalog) -> bool:
        """Whether the files of keys and entries are those of these layers."""
        import json

        stated = json.dumps({"version": 1, "layers": stored_layers(found)}).encode()
        files = [self.root / "data" / name for name in (KEYS_FILE, ENTRIES_FILE)]
        return all(
            f.is_file() and (open_parquet(f).schema_arrow.metadata or {}).get(b"geoops") == stated for f in files
        )


def _countries(base: Gazetteer) -> gpd.GeoDataFrame | None:
    """The base's countries, for the test that positions lie where they say; None where it has none."""
    from geoops.layers.load import layer

    return layer("countries", catalog=base.catalog.file) if "countries" in base.catalog.layers else None


def _with_base_names(base: Gazetteer, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows that the base has too keep its first name and all names of both; its population where the file has none."""
    frame = frame[[c for c in frame.columns if c != "geometry" and c not in ("geonameid", "ascii_name")] + ["geometry"]]
    if "admin1" in base.catalog.layers:
        frame["admin1"] = None  # found from the position, so that one governorate has one name
    if "places" not in base.catalog.layers:
        return frame
    wanted = ["id", "name", "name_local", "alt_names", "population"]
    tables = [open_parquet(path) for path in base.catalog.paths("places")]
    parts = [t.read(columns=[c for c in wanted if c in t.schema_arrow.names]).to_pandas() for t in tables]
    known = pd.concat(parts, ignore_index=True).set_index("id")
    known = known[known.index.isin(frame["id"])].to_dict(orient="index")
    columns: dict[str, list[Any]] = {c: [] for c in ("name", "name_local", "alt_names", "population")}
    for row in frame[["id", "name", "name_local", "alt_names", "population"]].itertuples(index=False):
        same: dict[str, Any] = known.get(row.id, {})
        name, local = same.get("name") or row.name, same.get("name_local") or row.name_local
        every = [*_split(same.get("alt_names")), row.name, row.name_local, *_split(row.alt_names)]
        kept = dict.fromkeys(n for n in every if isinstance(n, str) and n and n not in (name, local))
        people = same.get("population")
        values = (name, local, "|".join(kept) or None, row.population or (people if people and people > 0 else 0))
        for column, value in zip(columns, values, strict=True):
            columns[column].append(value)
    return frame.assign(**columns)


def _split(names: Any) -> list[str]:
    """Names joined by a bar."""
    return names.split("|") if isinstance(names, str) else []


def _without_known(base: Gazetteer, frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, int]:
    """The rows without countries, and without features that the base has as such, near enough and under one of the names."""
    points = frame.geometry
    kept = []
    for position, (kind, country, *names) in enumerate(
        frame[["kind", "country", "name", "name_local", "alt_names"]].itertuples(index=False, name=None)
    ):
        code = str(kind)
        if code.startswith("PPL"):
            kept.append(True)
        elif code.startswith("PCL"):
            kept.append("countries" not in base.catalog.layers)
        else:
            every = [n for text in names for n in _split(text)]
            kept.append(not _is_known(base, code, country, every, points.iloc[position].x, points.iloc[position].y))
    mask = np.array(kept, dtype=bool)
    return frame[mask].reset_index(drop=True), int((~mask).sum())


def _is_known(base: Gazetteer, kind: str, country: Any, names: Sequence[str], lon: float, lat: float) -> bool:
    """Whether the base has a feature of this group under one of these names, here."""
    own = group_of_kind(kind)
    if own is None:
        return False
    keys = {key for name in names if normal(name) for key in keys_of_name(name, kind, with_skeleton=False)}
    for key in keys:
        for entry in base.entries(key)[:200]:
            if not groups()[own].holds(base.kind[int(entry)].as_py()):
                continue
            record = base.record(entry)
            if kind.startswith("ADM1") and record.kind.startswith("ADM1") and record.country == country:
                return True
            if float(distance(lon, lat, record.lon, record.lat)) <= max(_NEAR_M, record.uncertainty_m):
                return True
    return False
