"""What matplotlib is set to while geoops draws: its own defaults and a few of geoops's, whatever the user's are.

A figure is the same after `plt.style.use(...)`, with a matplotlibrc, and after other figures in other fonts; when it is drawn or
saved, the user's settings are as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import matplotlib as mpl

from geoops.maps.typefaces import use_fonts

__all__ = ["drawing", "in_its_fonts"]

_Method = TypeVar("_Method", bound=Callable[..., Any])

_OWN: dict[str, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "geoops", "pdf.fonttype": 42, "pdf.compression": 6, "text.parse_math": False,
    "text.hinting": "no_hinting", "path.simplify": True, "axes.unicode_minus": False,
}  # fmt: skip
# How a session shows figures, not how they look.
_THEIRS = (
    "backend",
    "interactive",
    "toolbar",
    "webagg.",
    "tk.",
    "macosx.",
    "keymap.",
    "date.epoch",
    "savefig.directory",
    "figure.raise_window",
)


@cache
def _settings() -> Any:
    """Every setting that a figure's look could hang on."""
    return {k: v for k, v in mpl.rcParamsDefault.items() if not k.startswith(_THEIRS)} | _OWN


@contextmanager
def drawing(fonts: Sequence[str | Path] = ()) -> Iterator[None]:
    """
    Draw or save with geoops's own settings; a function is decorated with `@drawing()`.

    Parameters
    ----------
    fonts
        A house's font files, as in `Theme.fonts`; by default the package's fonts alone.

    Examples
    --------
    >>> import matplotlib
    >>> with drawing():
    ...     matplotlib.rcParams["svg.fonttype"]
    'none'
    >>> matplotlib.rcParams["svg.fonttype"]
    'path'
    """
    with mpl.rc_context(_settings()):
        use_fonts(fonts)
        yield


def in_its_fonts(method: _Method) -> _Method:
    """A method of a figure that draws or measures: in the fonts of the figure's theme, whatever was drawn since."""

    @wraps(method)
    def settled(self: Any, *args: Any, **kwargs: Any) -> Any:
        with drawing(self.theme.fonts):
            return method(self, *args, **kwargs)

    return cast("_Method", settled)
