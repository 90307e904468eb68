"""The catalogue: which layers there are, from whom, how old, how exact, and what may be done with them.

`catalog.toml` is written by the build and read here; one function decides which catalogue is used. Reading the data
itself is `load.py`, checking it is `check.py`.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoops.core.errors import CatalogError, UnknownLayerError
from geoops.core.reading import read_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CATALOG_FILE",
    "ENVIRONMENT",
    "Catalog",
    "attribution",
    "catalog",
    "embedded_catalog",
    "find_catalog",
    "read_catalog",
    "state_of",
]

ENVIRONMENT = "GEOOPS_LAYERS"
"""Environment variable that names the folder, or the `catalog.toml`, of another catalogue."""

CATALOG_FILE = "catalog.toml"

PathLike = str | os.PathLike[str]

_REQUIRED: dict[str, Any] = {
    "title": str, "geometry": str, "source": str, "date": str, "licence": str, "attribution": str, "publish": bool,
    "region": list, "uncertainty_m": (int, float), "files": list,
}  # fmt: skip


@dataclass(frozen=True)
class Catalog:
    """
    A catalogue as it stands on disk.

    Parameters
    ----------
    file
        Its `catalog.toml`.
    layers
        The entry of each layer by name, as in the file.
    """

    file: Path
    layers: Mapping[str, Mapping[str, Any]]

    def entry(self, name: str) -> dict[str, Any]:
        """
        The entry of one layer, with its `name` and its `catalog` put in.

        Raises
        ------
        UnknownLayerError
            Naming the layers that there are, the closest first.
        """
        if name not in self.layers:
            close = difflib.get_close_matches(name, list(self.layers), n=3, cutoff=0.5)
            hint = f" Did you mean {' or '.join(close)}?" if close else ""
            msg = f"no layer {name!r} in {self.file}.{hint} There are: {', '.join(sorted(self.layers))}"
            raise UnknownLayerError(msg)
        return {"name": name, **self.layers[name], "catalog": str(self.file)}

    def paths(self, name: str) -> list[Path]:
        """The data files of a layer."""
        return [self.file.parent / str(part["path"]) for part in self.entry(name)["files"]]


def embedded_catalog() -> Path:
    """The layers folder that came with this geoops: inside the package in a wheel, beside `src` in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "_layers"
    return inside if inside.is_dir() else package.parents[1] / "layers"


def find_catalog(path: PathLike | None = None) -> Path:
    """
    Which `catalog.toml` is used: the argument, else the environment variable `GEOOPS_LAYERS`, else the embedded one.

    Parameters
    ----------
    path
        A folder with a `catalog.toml`, or that file.

    Raises
    ------
    CatalogError
        There is none; the message says who asked for it.
    """
    asked: PathLike | None = path
    who = "the argument"
    if asked is None and os.environ.get(ENVIRONMENT):
        asked, who = os.environ[ENVIRONMENT], f"the environment variable {ENVIRONMENT}"
    if asked is None:
        asked, who = embedded_catalog(), "the installation of geoops"
    place = Path(asked).expanduser()
    file = place / CATALOG_FILE if place.is_dir() else place
    if not file.is_file():
        msg = (
            f"no layer catalogue at {place} (named by {who}); expected a folder with a {CATALOG_FILE}, or that file."
            f" `geoops layers build` makes one"
        )
        raise CatalogError(msg)
    return file.resolve()


def state_of(path: PathLike | None = None) -> tuple[str, int]:
    """
    Which catalogue is used and when it was written: a key for what is kept in memory of its layers.

    Parameters
    ----------
    path
        As `find_catalog` takes it; the environment is asked each time.
    """
    file = find_catalog(path)
    return str(file), file.stat().st_mtime_ns


def read_catalog(path: PathLike | None = None) -> Catalog:
    """
    The catalogue that `find_catalog` finds, with its entries checked.

    Raises
    ------
    CatalogError
        Not TOML, or an entry that lacks a key or holds another type than it must.
    """
    file = find_catalog(path)
    return _read(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _read(file: Path, modified_ns: int) -> Catalog:  # noqa: ARG001  part of the cache's key
    """Parse and check; kept until the file changes."""
    try:
        tables = tomllib.loads(read_text(file))
    except tomllib.TOMLDecodeError as error:
        msg = f"{file}: not a valid catalogue: {error}"
        raise CatalogError(msg) from error
    layers = tables.get("layers", {})
    if not isinstance(layers, dict) or not layers:
        msg = f"{file}: expected tables [layers.NAME]; there is none"
        raise CatalogError(msg)
    for name, entry in layers.items():
        for key, kind in _REQUIRED.items():
            if not isinstance(entry.get(key), kind):
                msg = f"{file}: [layers.{name}] {key} is {entry.get(key)!r}; expected {_word(kind)}"
                raise CatalogError(msg)
    return Catalog(file, layers)


def remedy(entry: Mapping[str, Any]) -> str:
    """
    The command that makes a layer again.

    Parameters
    ----------
    entry
        From `Catalog.entry`.

    Examples
    --------
    >>> remedy({"name": "roads", "catalog": "layers/catalog.toml"})
    '`geoops layers build --only roads`'
    >>> remedy({"name": "roads", "catalog": "sudan/catalog.toml", "made_by": "osm", "inputs": ["sudan.osm.pbf"]})
    '`geoops layers build --out sudan --only roads --osm FILE` (it was made of sudan.osm.pbf)'
    """
    made_by, name = entry.get("made_by"), entry["name"]
    if made_by is None:
        return f"`geoops layers build --only {name}`"
    again = f"geoops layers build --out {Path(entry['catalog']).parent} --only {name}"
    if made_by == "base":
        return f"`{again}`"
    file = f"{name}=FILE" if made_by == "layer" else "FILE"
    return f"`{again} --{made_by} {file}` (it was made of {', '.join(entry.get('inputs', ['a file']))})"


def _word(kind: Any) -> str:
    """A type in words, for a message."""
    return {str: "a text", bool: "true or false", list: "a list"}.get(kind, "a number")


def catalog(path: PathLike | None = None) -> pd.DataFrame:
    """
    What layers there are: one row a layer.

    Parameters
    ----------
    path
        A folder with a `catalog.toml`, or that file; by default the one that `GEOOPS_LAYERS` names, else the embedded.

    Returns
    -------
    DataFrame
        `name, title, description, source, licence, attribution, date, publish, region, geometry, count,
        uncertainty_m, accuracy, bytes`. `region` is (west, south, east, north) in degrees; `uncertainty_m` the
        layer's typical radius in metres, explained in `accuracy`.
    """
    found = read_catalog(path)
    rows = [
        {
            "name": name,
            "title": entry["title"],
            "description": entry.get("description"),
            "source": entry["source"],
            "licence": entry["licence"],
            "attribution": entry["attribution"],
            "date": entry["date"],
            "publish": entry["publish"],
            "region": tuple(entry["region"]),
            "geometry": entry["geometry"],
            "count": entry.get("count"),
            "uncertainty_m": float(entry["uncertainty_m"]),
            "accuracy": entry.get("accuracy"),
            "bytes": sum(int(part.get("bytes", 0)) for part in entry["files"]),
        }
        for name, entry in found.layers.items()
    ]
    import pandas as pd

    return pd.DataFrame(rows)


def attribution(names: Iterable[str], catalog: PathLike | None = None) -> list[str]:
    """
    The lines that must be printed where these layers are shown, each once, in the order of the layers.

    Parameters
    ----------
    names
        Layers of the catalogue.
    catalog
        As for `catalog()`.

    Raises
    ------
    UnknownLayerError
        A name that the catalogue does not have.
    """
    found = read_catalog(catalog)
    lines: dict[str, None] = {}
    for name in names:
        for line in str(found.entry(name)["attribution"]).split("\n"):
            if line.strip():
                lines.setdefault(line.strip())
    return list(lines)
