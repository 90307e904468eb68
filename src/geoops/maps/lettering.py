"""Text on a figure: measured by the real extents of its glyphs, and drawn with its halo beneath.

The halo is a stroked path of its own under the text, so that the text stays text in SVG and PDF. Where a label goes is
`labels.py`'s business.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.colors import to_rgba
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as MplPath
from matplotlib.text import Text
from matplotlib.textpath import TextToPath, text_to_path
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray

from geoops.core.text import one_line
from geoops.maps.theme import TextStyle
from geoops.maps.typefaces import family, house_fonts

__all__ = ["Block", "Ink", "advance", "draw_text", "ink_of", "outline", "shorten", "wrap"]


@dataclass(frozen=True)
class Ink:
    """
    How much room a line of text takes, in points from its origin on the baseline.

    Parameters
    ----------
    x0, y0, x1, y1
        The box round the glyphs themselves.
    advance
        How far the pen moves.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    advance: float


class _Outlines(TextToPath):
    """matplotlib's outlines of text, each letter's taken from its font once, and joined as arrays."""

    def __init__(self) -> None:
        super().__init__()
        self._letters: dict[Hashable, dict[str, Any]] = {}

    def of_line(self, font: FontProperties, text: str, look: Hashable) -> tuple[NDArray[np.float64], list[int]]:
        """Vertices, shape (n, 2), and codes of a line; `look` tells fonts apart."""
        letters = self._letters.setdefault(look, {})
        placed, _, _ = self.get_glyphs_with_font(self._get_font(font), text, glyph_map=letters)  # type: ignore[attr-defined]
        vertices = [letters[letter][0] * scale + [x, y] for letter, x, y, scale in placed]
        codes = [code for letter, *_ in placed for code in letters[letter][1]]
        return np.concatenate([*vertices, np.empty((0, 2))]), codes


_outlines = _Outlines()


def outline(text: str, weight: str, slant: str) -> MplPath:
    """The outlines of a line of text at 100 points, as matplotlib itself would draw it, from its pen's start."""
    return _outline(text, weight, slant, house_fonts())


@lru_cache(maxsize=5_000)
def _outline(text: str, weight: str, slant: str, fonts: tuple[str, ...]) -> MplPath:
    """The same; `fonts` tells the fonts in use apart."""
    vertices, codes = _outlines.of_line(_font(weight, slant), text, (weight, slant, fonts))
    return MplPath(vertices, codes if len(codes) else None, readonly=True)


def _font(weight: str, slant: str) -> FontProperties:
    """The fonts in use at 100 points."""
    return FontProperties(family=list(family()), weight=weight, style=slant, size=100.0)  # type: ignore[arg-type]


@lru_cache(maxsize=20_000)
def _unit_ink(text: str, weight: str, slant: str, fonts: tuple[str, ...]) -> tuple[float, float, float, float, float]:
    """Extents at 100 points, from the outlines that matplotlib itself would draw; `fonts` tells the fonts in use apart."""
    width, _, _ = text_to_path.get_text_width_height_descent(text, _font(weight, slant), ismath=False)
    points = np.asarray(_outline(text, weight, slant, fonts).vertices)
    if not len(points):
        return 0.0, 0.0, float(width), 0.0, float(width)
    low, high = points.min(axis=0), points.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1]), float(max(width, high[0]))


def ink_of(text: str, style: TextStyle) -> Ink:
    """The extents of one line of text in a style."""
    x0, y0, x1, y1, advance_100 = _unit_ink(text, style.weight, style.slant, house_fonts())
    k = style.size_pt / 100.0
    return Ink(x0 * k, y0 * k, x1 * k, y1 * k, advance_100 * k)


def advance(text: str, style: TextStyle) -> float:
    """How wide a line is, in points."""
    return ink_of(text, style).advance if text else 0.0


def wrap(text: str, style: TextStyle, width_pt: float) -> list[str]:
    """The text in lines no wider than the width; a single word that is wider is broken where it must be."""
    lines: list[str] = []
    line, used, space = "", 0.0, advance("x x", style) - advance("xx", style)
    for whole in one_line(text).split(" "):
        word = whole
        while advance(word, style) > width_pt:
            if line:
                lines.append(line)
                line, used = "", 0.0
            cut = len(word)
            while cut > 1 and advance(word[:cut], style) > width_pt:
                cut -= max(1, cut // 12)
            lines.append(word[:cut])
            word = word[cut:]
        # Widths of words add up (nothing kerns with a space), and each word is measured once for all figures.
        wider = used + space + advance(word, style) if line else advance(word, style)
        if line and wider > width_pt:
            lines.append(line)
            line, used = word, advance(word, style)
        else:
            line, used = f"{line} {word}".strip(), wider
    return [*lines, line] if line else lines


def shorten(text: str, style: TextStyle, width_pt: float) -> str:
    """The text, cut with an ellipsis where it is wider than the width."""
    if advance(text, style) <= width_pt:
        return text
    cut = len(text)
    while cut > 1 and advance(text[:cut].rstrip() + "…", style) > width_pt:
        cut -= 1
    return text[:cut].rstrip() + "…"


class Block:
    """
    Lines of text set under one another as one label.

    Parameters
    ----------
    lines
        Text and style of each line, from the top.
    gap_pt
        White between the ink of two lines.
    """

    def __init__(self, lines: list[tuple[str, TextStyle]], *, gap_pt: float = 1.6) -> None:
        self.lines = lines
        self.inks = [ink_of(text, style) for text, style in lines]
        self.width = max(ink.x1 - ink.x0 for ink in self.inks)
        self.height = sum(ink.y1 - ink.y0 for ink in self.inks) + gap_pt * (len(lines) - 1)
        self._gap = gap_pt

    def origins(self, x0: float, y0: float, align: float) -> list[tuple[float, float]]:
        """Where the pen of each line starts for a block whose ink box has its lower left corner at (x0, y0)."""
        top = y0 + self.height
        places: list[tuple[float, float]] = []
        for ink in self.inks:
            left = x0 + (self.width - (ink.x1 - ink.x0)) * align
            places.append((left - ink.x0, top - ink.y1))
            top -= ink.y1 - ink.y0 + self._gap
        return places


class _Halo(Artist):
    """A stroke round the outlines of a line of text, which are taken once for all formats."""

    def __init__(
        self, x: float, y: float, text: str, style: TextStyle, *, rotation: float, align: str, transform: Any,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__()
        self.update(kwargs)
        self.set_transform(transform)
        self.set_gid("halo")
        self.set_in_layout(False)
        self._at, self._style = (x, y), style
        shift = -advance(text, style) if align == "right" else 0.0
        self._turn = Affine2D().scale(style.size_pt / 100.0).translate(shift, 0.0).rotate_deg(rotation)
        self._path = outline(text, style.weight, style.slant)

    def draw(self, renderer: Any) -> None:
        """Stroke it, where its transform puts the pen."""
        if not self.get_visible() or not np.size(self._path.vertices):
            return
        x, y = self.get_transform().transform(self._at)
        gc = renderer.new_gc()
        self._set_gc_clip(gc)  # type: ignore[attr-defined]
        gc.set_foreground(to_rgba(self._style.halo, 0.9), isRGBA=True)
        gc.set_alpha(0.9)
        gc.set_linewidth(self._style.halo_pt)  # in points: the renderer scales it
        gc.set_joinstyle("round")
        gc.set_gid("halo")
        pixels = renderer.points_to_pixels(1.0)
        renderer.open_group("halo", gid="halo")
        place = self._turn + Affine2D().scale(pixels).translate(x, y)
        renderer.draw_path(gc, self._path, place, to_rgba(self._style.halo, 0.9))
        renderer.close_group("halo")
        gc.restore()
        self.stale = False


class _Line(Text):
    """
    One line of text that stands where its pen starts, and so needs no layout before it is drawn.

    matplotlib measures every text in every format to find where its box begins; for a line that starts at its place this comes to
    nothing, after a third of the time that its drawing takes. What is set otherwise is left to matplotlib.
    """

    def draw(self, renderer: Any) -> None:
        """Hand the line to the renderer as matplotlib does, at its place."""
        text = self.get_text()
        plain = self.get_horizontalalignment() == "left" and self.get_verticalalignment() == "baseline"
        plain = plain and self.get_rotation_mode() == "anchor" and not self.get_parse_math() and "\n" not in text
        plain = plain and self.get_bbox_patch() is None and not self.get_path_effects() and not self.get_wrap()
        if not plain or self.get_usetex():
            super().draw(renderer)
            return
        if not self.get_visible() or not text:
            return
        x, y = self.get_transform().transform(self.get_unitless_position())
        if not (np.isfinite(x) and np.isfinite(y)):
            return
        renderer.open_group("text", self.get_gid())
        gc = renderer.new_gc()
        gc.set_foreground(to_rgba(self.get_color()), isRGBA=True)
        gc.set_alpha(self.get_alpha())
        gc.set_url(self.get_url())
        gc.set_antialiased(self.get_antialiased())
        gc.set_snap(self.get_snap())
        self._set_gc_clip(gc)  # type: ignore[attr-defined]
        if renderer.flipy():
            y = renderer.get_canvas_width_height()[1] - y
        renderer.draw_text(gc, x, y, text, self.get_fontproperties(), self.get_rotation(), ismath=False, mtext=self)
        gc.restore()
        renderer.close_group("text")
        self.stale = False


def draw_text(
    owner: Any,
    x: float,
    y: float,
    text: str,
    style: TextStyle,
    *,
    transform: Any,
    rotation: float = 0.0,
    zorder: float = 20.0,
    gid: str | None = None,
    align: str = "left",
    clip: bool = False,
) -> Text:
    """
    Draw one line from its baseline's left end, with its halo as a separate path beneath, and give back the text.

    Parameters
    ----------
    owner
        Axes or figure that takes the artist.
    x, y
        Left end of the baseline.
    text, style
        What and how.
    transform
        What x and y are in.
    rotation
        Degrees, counter-clockwise, about the left end of the baseline.
    zorder
        The text's; the halo lies 0.5 below, so that no halo covers a neighbour's letters.
    gid
        Name of the element in an SVG.
    align
        Which end of the baseline x is: `left` or `right`. Margins that end flush say so, for viewers without the font.
    clip
        Whether the owner's frame cuts it.
    """  # fmt: skip
    common: dict[str, Any] = {
        "fontproperties": style.font(), "rotation": rotation, "rotation_mode": "anchor", "ha": align,
        "va": "baseline", "transform": transform, "parse_math": False, "clip_on": clip,
    }  # fmt: skip
    if style.halo_pt > 0.0:
        owner.add_artist(_Halo(x, y, text, style, rotation=rotation, align=align, transform=transform,
                               zorder=zorder - 0.5, clip_on=clip))  # fmt: skip
    drawn = _Line(x, y, text, color=style.color, zorder=zorder, **common)
    drawn.set_gid(gid)
    owner.add_artist(drawn)
    return drawn
