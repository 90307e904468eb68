"""A house's own look from a small TOML file: colours over one of the themes, fonts, a logo, a disclaimer, a producer.

Everything in it is optional. Files that it names stand beside it. Colours are checked where the look is made, by the same
rules that the linter has, so that a house learns at once which of its colours cannot be read on a map.
"""

from __future__ import annotations

import io
import re
import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from geoops.core.errors import InputError
from geoops.core.reading import read_bytes, read_text
from geoops.maps.theme import THEMES, Theme

__all__ = ["house_theme", "logo_pixels"]

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_WORDS = ("disclaimer", "producer")
_MAX_LOGO_SIDE = 6000


def house_theme(path: str | Path) -> Theme:
    """
    The theme that a file describes.

    Parameters
    ----------
    path
        A TOML file with any of: `base` (a theme's name), the fields of `geoops.maps.theme.Theme` as hex colours, `fonts` (font
        files), `logo` (a PNG or JPEG), `disclaimer`, `producer`.

    Raises
    ------
    InputError
        A key that is none, a colour that is none, or a font or logo that cannot be read; all mistakes at once.
    ReadError
        No such file, or one that is no text.
    """
    file = Path(path)
    try:
        read = tomllib.loads(read_text(file))
    except tomllib.TOMLDecodeError as error:
        msg = f"{file}: not valid TOML: {error}"
        raise InputError(msg) from error
    base = read.pop("base", "report")
    if base not in THEMES:
        msg = f"{file}: base = {base!r}; expected one of {', '.join(THEMES)}"
        raise InputError(msg)
    start = THEMES[base]
    known = {field.name for field in fields(Theme)} - {"name"}
    values: dict[str, Any] = {}
    wrong = []
    for key, value in read.items():
        if key not in known:
            wrong.append(f"{key}: no such field; there are {', '.join(sorted(known))}")
        elif key == "fonts":
            values[key] = tuple(str(file.parent / str(name)) for name in ([value] if isinstance(value, str) else value))
        elif key == "logo":
            values[key] = str(file.parent / str(value))
        elif key in _WORDS:
            values[key] = str(value)
        elif problem := _unlike(value, getattr(start, key)):
            wrong.append(f"{key} = {value!r}: {problem}")
        else:
            values[key] = tuple(value) if isinstance(value, list) else value
    if wrong:
        msg = f"{file}: {len(wrong)} mistake(s).\n  " + "\n  ".join(wrong)
        raise InputError(msg)
    made = replace(start, name=file.stem, **values)
    if made.logo:
        logo_pixels(made.logo)
    return made


def _unlike(value: Any, example: Any) -> str:
    """What is wrong with a value that is to take the place of another; empty where nothing is."""
    if isinstance(example, tuple):
        fine = isinstance(value, list) and len(value) == len(example) and all(_is_color(v) for v in value)
        return "" if fine else f"expected {len(example)} colours such as {example[0]!r}"
    if isinstance(example, float):
        fine = isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value <= 1.0
        return "" if fine else "expected a number from 0 to 1"
    return "" if _is_color(value) else f"expected a colour such as {example!r}"


def _is_color(value: Any) -> bool:
    """Whether a value is a colour as six hexadecimal digits."""
    return isinstance(value, str) and _HEX.fullmatch(value) is not None


def logo_pixels(path: str) -> np.ndarray:
    """
    A logo as pixels with their opacity, shape (rows, columns, 4).

    Raises
    ------
    InputError
        No PNG or JPEG, or one larger than 6000 pixels a side.
    """
    try:
        with Image.open(io.BytesIO(read_bytes(path)), formats=["PNG", "JPEG"]) as image:
            if max(image.size) > _MAX_LOGO_SIDE:
                msg = f"{path}: a logo of {image.size[0]} by {image.size[1]} pixels; at most {_MAX_LOGO_SIDE} a side are taken"
                raise InputError(msg)
            return np.asarray(image.convert("RGBA"))
    except (OSError, Image.DecompressionBombError) as error:
        msg = f"{path}: no PNG or JPEG that can be read ({error}); give another file as the logo"
        raise InputError(msg) from error
