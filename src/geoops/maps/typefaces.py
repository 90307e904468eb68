"""The fonts of a figure: those that travel with the package, and a house's own before them.

Fonts are found here and nowhere else, and a letter that no font has is an error before anything is drawn. A house's fonts
come with its theme (`Theme.fonts`); for scripts that they lack, the package's stand in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from geoops.core.errors import InputError

__all__ = [
    "Typeface",
    "check_glyphs",
    "family",
    "font_files",
    "house_fonts",
    "missing_glyphs",
    "typefaces",
    "use_fonts",
]

_PACKAGED = ("Noto Sans", "Noto Sans Arabic")
_FOLDER = Path(__file__).parent / "fonts"
# Marks that steer a line's direction or joining and have no shape of their own.
_SHAPELESS = frozenset("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\n")
_MAX_FONT_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Typeface:
    """
    One font file and what it is.

    Parameters
    ----------
    path
        The file.
    family
        Its name.
    weight, slant
        `normal` or `bold`; `normal` or `italic`.
    """

    path: Path
    family: str
    weight: str
    slant: str


class _InUse:
    """The house's fonts of the figure that is being drawn."""

    own: tuple[str, ...] = ()
    known = False  # to matplotlib, as are the package's


def font_files() -> list[Path]:
    """
    The font files of the package.

    Raises
    ------
    InputError
        They are not there: the installation is broken.
    """
    files = sorted(_FOLDER.glob("*.ttf"))
    if not files:
        msg = f"no font stands in {_FOLDER.name}/ of geoops.maps; install geoops again"
        raise InputError(msg)
    return files


@cache
def _opened(path: str) -> Typeface:
    """A font file, once it is known to be one."""
    file = Path(path)
    if file.suffix.lower() not in {".ttf", ".otf"} or not file.is_file() or file.stat().st_size > _MAX_FONT_BYTES:
        msg = f"{path}: expected a font file, .ttf or .otf; give the path of one, or leave fonts out of the theme"
        raise InputError(msg)
    from matplotlib import ft2font

    try:
        font = ft2font.FT2Font(path)
    except (RuntimeError, OSError) as error:
        msg = f"{path}: is no font that can be read ({error}); give another file"
        raise InputError(msg) from error
    style = font.style_name.lower()
    return Typeface(
        file,
        font.family_name,
        "bold" if "bold" in style else "normal",
        "italic" if "italic" in style or "oblique" in style else "normal",
    )


def typefaces() -> list[Typeface]:
    """All fonts in use, the house's own first."""
    return [*(_opened(path) for path in _InUse.own), *(_opened(str(path)) for path in font_files())]


def family() -> tuple[str, ...]:
    """Names of the families in use, in the order in which a letter is looked for."""
    return tuple(dict.fromkeys([*(_opened(path).family for path in house_fonts()), *_PACKAGED]))


def house_fonts() -> tuple[str, ...]:
    """Paths of the house's fonts in use, by which measures of letters are told apart: families of one name may differ."""
    if not _InUse.known:  # measured before the first figure, letters would be a substitute's, and stay so
        use_fonts(_InUse.own)
    return _InUse.own


def use_fonts(own: Sequence[str | Path] = ()) -> None:
    """
    Set text in a house's own fonts, the package's behind them, until the next call.

    Parameters
    ----------
    own
        Paths of font files: regular, bold, italic; by default the package's fonts alone.

    Raises
    ------
    InputError
        A file that is no font.
    """
    paths = tuple(dict.fromkeys(str(path) for path in own))
    for path in paths:
        _opened(path)
    _InUse.own, _InUse.known = paths, True
    _put_first((*paths, *_packaged_files()))


@cache
def _packaged_files() -> tuple[str, ...]:
    """Paths of the package's fonts."""
    return tuple(map(str, font_files()))


def _put_first(paths: tuple[str, ...]) -> None:
    """Make matplotlib know the fonts, before any of the same name that the system or another figure's house has."""
    from matplotlib import font_manager

    manager = font_manager.fontManager
    if tuple(entry.fname for entry in manager.ttflist[: len(paths)]) == paths:
        return
    known = {entry.fname: entry for entry in manager.ttflist}
    for path in paths:
        if path not in known:
            manager.addfont(path)
            known[path] = manager.ttflist[-1]
    rest = [entry for entry in manager.ttflist if entry.fname not in paths]
    manager.ttflist[:] = [*(known[path] for path in paths), *rest]
    # Earlier look-ups stay in place, which may have found another font of the same name.
    clear: Any = getattr(manager, "_findfont_cached", None)
    if hasattr(clear, "cache_clear"):
        clear.cache_clear()


@cache
def _letters(own: tuple[str, ...]) -> frozenset[int]:
    """Every code point that some font of the chain has."""
    from matplotlib import ft2font

    letters: set[int] = set()
    for path in (*own, *(str(path) for path in font_files() if path.stem.endswith("-Regular"))):
        letters.update(ft2font.FT2Font(path).get_charmap())
    return frozenset(letters)


def missing_glyphs(text: str) -> str:
    """The characters of the text that no font in use can draw."""
    known = _letters(_InUse.own)
    return "".join(dict.fromkeys(c for c in text if ord(c) not in known and c not in _SHAPELESS))


def check_glyphs(text: str, *, what: str) -> None:
    """
    Refuse a text with a letter that would come out as an empty box.

    Raises
    ------
    InputError
        Naming the letters.
    """
    missing = missing_glyphs(text)
    if missing:
        names = ", ".join(f"{c!r} (U+{ord(c):04X})" for c in missing[:5])
        msg = (
            f"{what} {text[:60]!r} has letters that no font of geoops has: {names}. The fonts cover Latin, Greek,"
            " Cyrillic and Arabic script: give a name in one of these, or a theme with fonts that have them"
        )
        raise InputError(msg)
