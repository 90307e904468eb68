"""Whether this installation can do its work: libraries, fonts, layers, gazetteer, cache; and what to do if not.

Nothing is changed and nothing leaves the machine.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from geoops.core.errors import GeoopsError

__all__ = ["Check", "checks"]

_IMPORTS = (
    "geopandas",
    "matplotlib",
    "numba",
    "pyogrio",
    "pyproj",
    "rasterio",
    "rioxarray",
    "scipy",
    "shapely",
    "xarray",
)


@dataclass(frozen=True)
class Check:
    """
    One thing that was looked at.

    Parameters
    ----------
    name
        What.
    fine
        Whether it is as it must be.
    detail
        What was found and, where something is amiss, what to do.
    """

    name: str
    fine: bool
    detail: str


def checks() -> list[Check]:
    """All checks, in order; one that breaks is itself a finding."""
    return [_tried(name, look) for name, look in _LOOKS]


def _tried(name: str, look: Callable[[], tuple[bool, str]]) -> Check:
    """One check, with whatever it raises as its detail."""
    try:
        fine, detail = look()
    except (GeoopsError, OSError, ImportError, ValueError, AttributeError, KeyError) as error:
        return Check(name, fine=False, detail=f"{type(error).__name__}: {error}")
    return Check(name, fine, detail)


def _python() -> tuple[bool, str]:
    """The interpreter."""
    version = ".".join(map(str, sys.version_info[:3]))
    fine = sys.version_info >= (3, 11)
    return fine, version if fine else f"{version}; 3.11 or newer is needed"


def _libraries() -> tuple[bool, str]:
    """What is imported, and in which version."""
    found, lost = [], []
    for name in _IMPORTS:
        try:
            module = importlib.import_module(name)
            found.append(f"{name} {getattr(module, '__version__', '?')}")
        except ImportError as error:
            lost.append(f"{name} ({error})")
    return not lost, f"cannot be imported: {', '.join(lost)}; install geoops again" if lost else ", ".join(found)


def _fonts() -> tuple[bool, str]:
    """The fonts that travel with the package."""
    from geoops.maps.typefaces import font_files

    files = [Path(file) for file in font_files()]
    lost = [file.name for file in files if not file.is_file()]
    return not lost and bool(
        files
    ), f"missing: {', '.join(lost)}; install geoops again" if lost else f"{len(files)} font files"


def _layers() -> tuple[bool, str]:
    """The catalogue, and that every file it lists is there."""
    from geoops.layers.catalog import read_catalog

    found = read_catalog(None)
    lost = [path.name for name in found.layers for path in found.paths(name) if not path.is_file()]
    if lost:
        return (
            False,
            f"{found.file} lists files that are not there: {', '.join(lost)}; `geoops layers build` makes them",
        )
    return True, f"{len(found.layers)} layers in {found.file}"


def _gazetteer() -> tuple[bool, str]:
    """A name that every gazetteer of the embedded layers must know."""
    from geoops.gazetteer import geocode

    site = geocode(["Baghdad"]).iloc[0]
    fine = site["status"] == "resolved"
    return fine, "answers" if fine else f"does not find Baghdad ({site['reason']}); build it again"


def _kernels() -> tuple[bool, str]:
    """Which kernels search for corridors; both find the same."""
    from geoops.corridors import native
    from geoops.corridors.engine import kernels

    if kernels() is native:
        return True, "corridors: compiled from C"
    return (
        True,
        "corridors: compiled by numba on first use; faster from C, which an install builds where it finds a compiler",
    )


def _cache() -> tuple[bool, str]:
    """The folder for compiled kernels and downloads."""
    import platformdirs

    folder = Path(platformdirs.user_cache_dir("geoops"))
    near = next(parent for parent in (folder, *folder.parents) if parent.exists())
    fine = os.access(near, os.W_OK)
    return fine, str(folder) if fine else f"{folder} cannot be written; set XDG_CACHE_HOME to a folder that can"


_LOOKS: tuple[tuple[str, Callable[[], tuple[bool, str]]], ...] = (
    ("python", _python),
    ("libraries", _libraries),
    ("fonts", _fonts),
    ("layers", _layers),
    ("gazetteer", _gazetteer),
    ("kernels", _kernels),
    ("cache", _cache),
)
