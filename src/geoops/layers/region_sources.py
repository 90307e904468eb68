"""Which sources a region can be filled from: one row a source, and what a file of it gives.

The order of the rows is the order of trust: where two sources give a layer, the upper one makes it. How a region is
built from them is `region.py`.
"""

from __future__ import annotations

import importlib
import inspect
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import shapely

from geoops.core.errors import InputError, ReadError, SchemaError
from geoops.core.reading import open_parquet
from geoops.layers.sources import overture_files, overture_themes
from geoops.layers.sources.contract import Ledger
from geoops.layers.sources.energy_columns import TRACKER_COLUMNS
from geoops.layers.sources.opening import column_of, features_of

__all__ = ["OWN", "SOURCES", "Given", "Said", "Source", "given_files"]

PathLike = str | os.PathLike[str]
_SOURCES = "geoops.layers.sources"
_NOWHERE = (0.0, 0.0, 0.001, 0.001)
# Natural Earth's files by what their names hold; the first that fits.
_NATURAL_EARTH = (
    (r"boundary_lines", "boundaries"), (r"admin_0_countries|admin_0_map", "countries"), (r"admin_1_states", "admin1"),
    (r"populated_places", "places"), (r"rivers", "rivers"), (r"lakes", "water"), (r"geography_regions", "regions"),
)  # fmt: skip


def _boundary_layers(path: str) -> tuple[str, ...]:
    """Which layer a boundary file gives: by its columns, of Natural Earth by its name."""
    file = Path(path)
    columns = list(features_of(file, ledger=Ledger(""), region=_NOWHERE).columns)
    for level, layer in ((2, "admin2"), (1, "admin1"), (0, "countries")):
        if column_of(columns, [f"adm{level}_pcode"]):
            return (layer,)
    if column_of(columns, ["shapeID"]):
        match = re.search(r"adm([012])", file.name.lower())
        if match:
            return (("countries", "admin1", "admin2")[int(match[1])],)
    elif column_of(columns, ["featurecla"]):
        found = next((layer for pattern, layer in _NATURAL_EARTH if re.search(pattern, file.name.lower())), None)
        if found:
            return (found,)
    msg = (
        f"{file}: neither its columns nor its name say which layer it gives; say it in front of the file:"
        " admin1=FILE, countries=FILE, boundaries=FILE ..."
    )
    raise ReadError(msg)


def _energy_layers(file: str) -> tuple[str, ...]:
    """Which layers a tracker of Global Energy Monitor gives: by its columns, and by whether it holds lines."""
    frame = features_of(file, ledger=Ledger(""))
    plain = {re.sub(r"[^a-z0-9]", "", str(c).casefold()) for c in frame.columns}
    lines = bool((shapely.get_dimensions(frame.geometry.to_numpy()) == 1).any())
    if "pipelinename" in plain or (lines and plain & set(TRACKER_COLUMNS["pipelines"]["name"])):
        return ("pipelines",)
    if plain & set(TRACKER_COLUMNS["dams"]["river"]):
        return ("dams", "power_stations")
    if plain & set(TRACKER_COLUMNS["oil_gas_fields"]["name"]) and not any(c.startswith("capacity") for c in plain):
        return ("oil_gas_fields",)
    return ("power_stations",)  # the loader says what is missing where it is none


def _overture_layers(path: str) -> tuple[str, ...]:
    """The layers of Overture's types that a file or folder holds: by its columns; an address may hold all."""
    about = overture_themes.OVERTURE_THEMES
    if "://" in path:
        return tuple(about)
    found = []
    for name, theme in about.items():
        try:
            file = overture_files.overture_files(path, theme.part, theme.kind, None)[0]
        except ReadError:
            continue
        columns = set(open_parquet(Path(file)).schema_arrow.names)
        if set(theme.reads) <= columns and (f"/type={theme.kind}/" in file or "/type=" not in file):
            found.append(name)
    if not found:
        msg = f"{path}: holds no file of a type of Overture's that layers are made of; download one with `overturemaps download`"
        raise ReadError(msg)
    return tuple(found)


@dataclass(frozen=True)
class Source:
    """
    One source: a row of the table.

    Parameters
    ----------
    key
        Its name in calls, and its option on the command line.
    what
        What a file of it is, for the help.
    module
        The module that reads it.
    gives
        The layers that it makes: themes of the module, or a function that tells from a file.
    fills
        Layers that it makes only where the base has nothing in the region, as others know them better.
    beyond
        What of the base stays beside it: `region` what lies outside the region, `countries` what lies in countries that
        the source has nothing of, `nothing` none of it.
    code
        Further modules that its layers are made with.
    grid
        Whether it gives a grid.
    small
        Whether its files are small enough to be read whole, to see why they seem to hold nothing.
    address
        Whether it may lie at an address instead of in a file.
    """

    key: str
    what: str
    module: str
    gives: tuple[str, ...] | Callable[[str], tuple[str, ...]] | None = None
    fills: tuple[str, ...] = ()
    beyond: str = "region"
    code: tuple[str, ...] = ()
    grid: bool = False
    small: bool = False
    address: bool = False

    def loader(self) -> ModuleType:
        """The module that reads it."""
        return importlib.import_module(f"{_SOURCES}.{self.module}")

    def modules(self) -> list[ModuleType]:
        """All modules of which a change makes its layers anew."""
        return [self.loader(), *(importlib.import_module(f"{_SOURCES}.{name}") for name in self.code)]

    def themes(self) -> tuple[str, ...]:
        """All layers that it can make; those of the module where the row does not say."""
        return tuple(self.gives) if isinstance(self.gives, tuple) else tuple(self.loader().THEMES)

    def layers_of(self, file: PathLike) -> tuple[str, ...]:
        """The layers that one file of it gives, those included that it only fills in."""
        if callable(self.gives):
            return self.gives(os.fspath(file))
        return (*self.themes(), *self.fills)


OWN = Source(
    "layer", "a file of your own, as NAME=FILE", "vector_files", beyond="nothing", small=True, code=("opening",)
)
"""The user's own files: not in the table, as the caller names the layer."""

SOURCES: Mapping[str, Source] = {row.key: row for row in (
    Source("boundaries", "COD-AB, geoBoundaries or Natural Earth file", "boundary_files", _boundary_layers,
           beyond="countries", code=("worldviews", "opening"), small=True),
    Source("geonames", "GeoNames country file (SY.zip)", "geonames_files", ("places",), beyond="countries",
           fills=("regions", "airports", "camps", "border_crossings", "dams", "oil_gas_fields", "refineries",
                  "power_stations"), code=("geonames",)),
    Source("energy", "Global Energy Monitor tracker", "energy_trackers", _energy_layers, code=("energy_columns",), small=True),
    Source("osm", "OpenStreetMap extract (.osm.pbf)", "osm_pbf", fills=("countries", "admin1", "admin2"),
           code=("osm_build", "osm_rows", "osm_tags", "osm_columns", "osm_names", "antimeridian")),
    Source("overture", "Overture Maps GeoParquet: a file, a folder or an address", "overture", _overture_layers,
           fills=("countries", "admin1", "admin2", "boundaries"),
           address=True, code=("overture_files", "overture_themes", "osm_tags", "osm_columns", "osm_names", "antimeridian")),
    Source("events", "ACLED or UCDP GED table", "event_files", ("events",), beyond="nothing", small=True),
    Source("dem", "elevation model: GeoTIFF (file or address), .hgt tiles, or the address of elevation tiles", "rasters", ("terrain",), grid=True, address=True),
    Source("population", "population counts: GeoTIFF (file or address)", "rasters", ("population",), grid=True, address=True),
    Source("landcover", "land cover: GeoTIFF (file or address)", "rasters", ("land_cover",), grid=True, address=True),
)}  # fmt: skip
"""The sources by name, the most trusted first."""


@dataclass
class Said:
    """
    What was said for all files of a call: a date, a source, a licence, an uncertainty.

    Parameters
    ----------
    values
        The arguments of the loaders, None where nothing was said.
    alone
        Whether files of one source alone were given, so that it is clear of what it was said.
    claimed
        The source that it was taken for.
    """

    values: Mapping[str, Any]
    alone: bool = False
    claimed: str | None = None

    def claim(self, key: str, error: SchemaError) -> None:
        """
        Take what was said for a source whose files do not say it.

        Raises
        ------
        InputError
            It was taken for another source already: one date or licence is not said of two.
        """
        if self.claimed not in (None, key):
            msg = f"{error}. What was said in this call was taken for {self.claimed}; build {key} in a call of its own"
            raise InputError(msg)
        self.claimed = key


@dataclass(frozen=True)
class Given:
    """
    Files of one source for one layer.

    Parameters
    ----------
    source
        Whose they are.
    layer
        The layer that they make.
    files
        Paths; of Overture also addresses.
    options
        What was said of them: the arguments of the loader.
    named
        Whether the caller said that they are for this layer.
    """

    source: Source
    layer: str
    files: tuple[str, ...]
    options: Mapping[str, Any]
    named: bool = False

    @property
    def only_fills(self) -> bool:
        """Whether it stands back where the base has something."""
        return self.layer in self.source.fills and not self.named

    def read(self, file: str | list[str], said: Said, **options: Any) -> Any:
        """
        The layer from a file, with the options that the loader has.

        What was `said` in the call goes before what the loader would say only where files of one source alone were given;
        else it counts where a file says nothing itself, and of one source only.
        """
        reader = self.source.loader().read
        knows = set(inspect.signature(reader).parameters)
        first: dict[str, Any] = dict(said.values) if said.alone else {}
        if self.source.address and any("://" in f for f in ([file] if isinstance(file, str) else file)):
            first["online"] = True  # whoever gives an address means it
        plain = {k: v for k, v in {**options, **first, **self.options}.items() if k in knows and v is not None}
        more = {k: v for k, v in said.values.items() if k in knows and v is not None and k not in plain}
        try:
            return reader(file, theme=self.layer, **plain)
        except SchemaError as error:
            if not more:
                raise
            said.claim(self.source.key, error)
            return reader(file, theme=self.layer, **plain, **more)


def given_files(sources: Mapping[str, Any]) -> dict[str, list[Given]]:
    """
    For each layer the files that may make it, the most trusted source first.

    Parameters
    ----------
    sources
        Source -> a path, several, or a mapping of layers to paths where the file does not say what it holds.

    Raises
    ------
    InputError
        A source or a layer that there is not, or a file that is not there.
    ReadError
        A file of which nothing says what it holds.
    """
    unknown = [key for key in sources if key not in SOURCES]
    if unknown:
        msg = f"no source {', '.join(unknown)}; there are {', '.join(SOURCES)}, and layers= for files of your own"
        raise InputError(msg)
    found: dict[str, dict[tuple[str, bool], list[str]]] = {}
    for key, row in SOURCES.items():
        for layer, file in _pairs(row, sources.get(key)):
            for name in (layer,) if layer else row.layers_of(file):
                found.setdefault(name, {}).setdefault((key, layer is not None), []).append(file)
    return {
        layer: [Given(SOURCES[key], layer, tuple(files), {}, named) for (key, named), files in by.items()]
        for layer, by in found.items()
    }


def _pairs(row: Source, value: Any) -> list[tuple[str | None, str]]:
    """(layer or None, file) for what was given of a source."""
    if value is None:
        return []
    if isinstance(value, Mapping):
        pairs: list[tuple[str | None, str]] = [
            (str(layer), f) for layer, files in value.items() for f in _listed(files)
        ]
    else:
        pairs = [_named(row, f) for f in _listed(value)]
    for layer, file in pairs:
        if layer is not None and layer not in (*row.themes(), *row.fills):
            msg = f"{row.key}: gives no layer {layer!r}; it gives {', '.join((*row.themes(), *row.fills))}"
            raise InputError(msg)
        if not (row.address and "://" in file) and not Path(file).exists():
            hint = "; `geoops layers fetch` brings files over the network" if "://" in file else ""
            msg = f"{row.key}: {file} is not there; give the path of {row.what}{hint}"
            raise InputError(msg)
    return pairs


def _listed(value: Any) -> list[str]:
    """One path or several as texts."""
    if isinstance(value, str | os.PathLike):
        return [os.fspath(value)]
    if isinstance(value, Sequence) or np.iterable(value):
        return [os.fspath(item) for item in value]
    msg = f"expected a path or several; {type(value).__name__} came"
    raise InputError(msg)


def _named(row: Source, text: str) -> tuple[str | None, str]:
    """`admin1=FILE` taken apart; a path with = in it stays one."""
    head, sign, rest = text.partition("=")
    known = bool(sign) and head in (*row.themes(), *row.fills) and not Path(text).exists()
    return (head, rest) if known else (None, text)
