"""What the doctor looks at of what is installed: Python, libraries and their versions, extras, kernels, fonts.

Which versions will do is what `pyproject.toml` states: read from the checkout where geoops runs from one, else from the
metadata of the installed package.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from geoops.report.doctor_words import FAIL, OK, WARN, Finding
from geoops.report.extras import left_out

__all__ = ["bounds", "extras", "fonts", "kernels", "libraries", "python"]

_AGAIN = "install geoops again, in an environment of its own: pip install -c constraints.txt ."
_IMPORTED = (
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
_DEVELOPERS = frozenset({"build", "docs"})
_LETTERS = ("A", "ž", "Я", "ع", "ێ")
_FONTS = ("NotoSans-Bold", "NotoSans-Italic", "NotoSans-Regular", "NotoSansArabic-Bold", "NotoSansArabic-Regular")


def bounds() -> tuple[str, dict[str, list[Requirement]]]:
    """
    Which Python and which libraries geoops asks for.

    Returns
    -------
    str
        The versions of Python, such as `>=3.11`.
    dict
        The requirements under `""`, those of each extra under its name.
    """
    file = Path(__file__).parents[3] / "pyproject.toml"
    if file.is_file():
        project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
        if project.get("name") == "geoops":
            groups = {"": project["dependencies"], **project["optional-dependencies"]}
            return project["requires-python"], {name: [Requirement(t) for t in texts] for name, texts in groups.items()}
    metadata = importlib.metadata.metadata("geoops")
    asked: dict[str, list[Requirement]] = {"": [], **{name: [] for name in metadata.get_all("Provides-Extra") or ()}}
    for text in metadata.get_all("Requires-Dist") or ():
        wanted = Requirement(text)
        for name, group in asked.items():
            if (not name and wanted.marker is None) or (
                name and wanted.marker is not None and wanted.marker.evaluate({"extra": name})
            ):
                group.append(wanted)
    return metadata["Requires-Python"] or "", asked


def _state(wanted: Requirement) -> tuple[str, str]:
    """A library as `there`, `missing` or `other`, and its name with its version."""
    try:
        version = importlib.metadata.version(wanted.name)
    except importlib.metadata.PackageNotFoundError:
        return "missing", wanted.name
    fits = wanted.specifier.contains(version, prereleases=True)
    return ("there" if fits else "other"), f"{wanted.name} {version}" + (
        "" if fits else f" (needed: {wanted.specifier})"
    )


def python() -> Finding:
    """The interpreter, against what geoops asks for."""
    asked, _ = bounds()
    version = platform.python_version()
    if not SpecifierSet(asked).contains(version, prereleases=True):
        return (
            FAIL,
            f"{version}; geoops needs {asked}",
            "install that Python, make a new environment with it, and install geoops there",
        )
    return OK, f"{version} in {sys.prefix}", ""


def libraries() -> Finding:
    """Each library's version against its bound, and whether those with compiled parts load."""
    _, asked = bounds()
    found: dict[str, list[str]] = {"there": [], "missing": [], "other": []}
    for wanted in asked[""]:
        state, words = _state(wanted)
        found[state].append(words)
    broken = [words for name in _IMPORTED if (words := _not_imported(name))]
    told = [("not installed", found["missing"]), ("of another version", found["other"]), ("does not load", broken)]
    if any(names for _, names in told):
        return FAIL, "; ".join(f"{what}: {', '.join(names)}" for what, names in told if names), _AGAIN
    return OK, f"all {len(found['there'])} within their bounds: {', '.join(found['there'])}", ""


def _not_imported(name: str) -> str:
    """What keeps a library from loading, or nothing."""
    try:
        importlib.import_module(name)
    except Exception as error:  # noqa: BLE001  a library with a broken binary raises whatever it likes
        return f"{name} ({type(error).__name__}: {error})"
    return ""


def extras() -> Finding:
    """What is installed beyond the least, and what another extra would bring."""
    _, asked = bounds()
    there: list[str] = []
    lacking: list[str] = []
    other: list[str] = []
    for name, wanted in asked.items():
        states = [_state(w) for w in wanted]
        other += [words for state, words in states if name and state == "other"]
        if name and name not in _DEVELOPERS:
            (lacking if any(state == "missing" for state, _ in states) else there).append(name)
    detail = f"installed: {_list(there)}; not installed: {_list(lacking)}"
    if other:
        return (
            WARN,
            f"of another version: {', '.join(dict.fromkeys(other))}; {detail}",
            f"pip install -U {_quoted(there + lacking)}",
        )
    if lost := left_out():
        return (
            WARN,
            f"{detail}; so `geoops report` leaves out {', '.join(lost)}",
            "pip install 'geoops[report]' (in a checkout: '.[report]')",
        )
    return OK, detail, f"where one is wanted: {_quoted(lacking)}" if lacking else ""


def _list(names: Iterable[str]) -> str:
    """Names with commas, or `none`."""
    return ", ".join(names) or "none"


def _quoted(names: Iterable[str]) -> str:
    """The extras as pip takes them."""
    return f"pip install 'geoops[{','.join(names)}]'"


def kernels() -> Finding:
    """Which kernels search for corridors; both find the same."""
    from geoops.corridors import native
    from geoops.corridors.engine import kernels as chosen

    if chosen() is native:
        return OK, "corridors: compiled from C", ""
    words = "corridors: compiled by numba on first use, with the same results"
    return WARN, words, "for speed: install a C compiler (gcc or clang), then geoops again"


def fonts() -> Finding:
    """The fonts that travel with the package: all there, readable, with the letters of three scripts."""
    from geoops.maps.typefaces import font_files, missing_glyphs, typefaces

    files = font_files()
    lost = [f"{name}.ttf" for name in _FONTS if name not in {file.stem for file in files}]
    if lost:
        return FAIL, f"missing in {files[0].parent}: {', '.join(lost)}", _AGAIN
    faces = typefaces()
    if letters := missing_glyphs("".join(_LETTERS)):
        return FAIL, f"the fonts lack {' '.join(letters)}", _AGAIN
    return OK, f"{len(faces)} files in {files[0].parent}: Latin, Greek, Cyrillic, Arabic", ""
