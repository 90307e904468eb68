"""From a figure to a file: PNG, WebP, SVG or PDF, the same bytes each time, with what a reader's software should know.

The painted base becomes one palette image inside SVG and PDF; text stays text, and an SVG carries the letters it needs.
"""

from __future__ import annotations

import base64
import io
import os
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.text import Text
from PIL import Image, PngImagePlugin

from geoops.core.errors import InputError
from geoops.core.text import html_text
from geoops.core.writing import write_bytes
from geoops.maps.geosaving import rendered, save_geopackage, save_geotiff
from geoops.maps.palette import palette_image
from geoops.maps.settings import drawing
from geoops.maps.theme import rgb_of
from geoops.maps.typefaces import typefaces, use_fonts
from geoops.maps.vectorlayers import in_layers, read_from_the_right

if TYPE_CHECKING:
    from geoops.maps.mapfigure import MapFigure

__all__ = ["VECTOR_DPI", "palette_image", "save_figure", "save_pages"]

VECTOR_DPI = 200
_OF_SITES = ("site", "site-disc", "site-extent", "site-line")  # what ids of a site's parts begin with
_DECIMALS = re.compile(r"(\.\d\d)\d+")
_LINE_AFTER_OTHER = re.compile(r"(\n(?:z|[CQ] [^\n]*)\n)L ")


def save_figure(figure: MapFigure, path: str | os.PathLike[str], *, dpi: int = 300) -> Path:
    """Write a figure; the format follows from the suffix."""
    target = Path(path)
    makers = {".png": _png, ".svg": _svg, ".pdf": _pdf, ".webp": _webp}
    writers = {".tif": save_geotiff, ".gpkg": save_geopackage}
    suffix = target.suffix.lower()
    if suffix not in {*makers, *writers}:
        msg = f"{target}: figures are written as {', '.join([*makers, *writers])}; the suffix is {target.suffix!r}"
        raise InputError(msg)
    if not 50 <= dpi <= 1200:
        msg = f"dpi={dpi}: expected 50 to 1200"
        raise InputError(msg)
    with drawing(figure.theme.fonts):
        if suffix in writers:
            return writers[suffix](figure, target, dpi)
        data = makers[suffix](figure, dpi)
    return write_bytes(target, data)


def save_pages(figures: Sequence[MapFigure]) -> bytes:
    """Several figures as one PDF, a page each."""
    from matplotlib.backends.backend_pdf import PdfPages

    stream = io.BytesIO()
    first = figures[0]
    meta = {"Title": first.title, "Creator": "geoops", "Producer": "geoops", "CreationDate": None}
    with drawing(first.theme.fonts), PdfPages(stream, metadata=meta) as pages:
        for figure in figures:
            use_fonts(figure.theme.fonts)
            pages.savefig(figure.fig, dpi=_vector_dpi(figure))
    return stream.getvalue()


def _colors(figure: MapFigure) -> list[str]:
    """Every colour of the theme and of the legend: small marks are too few to win a place on the palette by number."""
    values = [value for value in vars(figure.theme).values() if isinstance(value, str) and value.startswith("#")]
    values += [*figure.theme.bands, *figure.theme.band_edges]
    for entry in figure.legend:
        look = entry.handle[1]
        values += [v for v in look.values() if isinstance(v, str) and v.startswith("#")]
        if isinstance(look.get("face"), tuple):  # a tint, as it looks on the page
            *rgb, share = (float(v) for v in look["face"])
            mixed = np.array(rgb) * share + np.array(rgb_of(figure.theme.page)) * (1.0 - share)
            values.append("#" + "".join(f"{round(v * 255.0):02x}" for v in mixed))
    return list(dict.fromkeys(value.lower() for value in values))[:96]


def _png(figure: MapFigure, dpi: int) -> bytes:
    """PNG with its resolution and text chunks."""
    rgb = rendered(figure, dpi)
    info = PngImagePlugin.PngInfo()
    for key, value in (("Title", figure.title), ("Description", figure.description), ("Software", "geoops")):
        info.add_itxt(key, value)
    stream = io.BytesIO()
    palette_image(rgb, keep=_colors(figure)).save(stream, format="PNG", dpi=(dpi, dpi), pnginfo=info, compress_level=7)
    return stream.getvalue()


def _webp(figure: MapFigure, dpi: int) -> bytes:
    """WebP for the web, with title, description and resolution as EXIF; some readers show no other."""
    exif = Image.Exif()
    exif[0x010E], exif[0x0131] = f"{figure.title}. {figure.description}", "geoops"
    exif[0x011A], exif[0x011B], exif[0x0128] = float(dpi), float(dpi), 2  # pixels an inch
    stream = io.BytesIO()
    image = Image.fromarray(rendered(figure, dpi))
    image.save(stream, format="WEBP", quality=88, method=4, exif=exif.tobytes())
    return stream.getvalue()


def _pdf(figure: MapFigure, _dpi: int) -> bytes:
    """PDF with its fonts embedded and no clock."""
    stream = io.BytesIO()
    meta = {
        "Title": figure.title, "Subject": figure.description, "Creator": "geoops", "Producer": "geoops",
        "CreationDate": None,
    }  # fmt: skip
    figure.fig.savefig(stream, format="pdf", backend="pdf", dpi=_vector_dpi(figure), metadata=meta)
    return stream.getvalue()


def _svg(figure: MapFigure, _dpi: int) -> bytes:
    """SVG with title, description and role, real text, the letters that it needs, and a small base image."""
    stream = io.BytesIO()
    figure.fig.savefig(
        stream,
        format="svg",
        backend="svg",
        dpi=_vector_dpi(figure),
        metadata={"Date": None, "Title": figure.title, "Creator": "geoops"},
    )
    text = stream.getvalue().decode("utf-8")
    # The base comes on a palette (its data start on the line of the address); what else was drawn does not.
    text = re.sub(r'xlink:href="data:image/png;base64,\n([A-Za-z0-9+/=\s]+)"', _smaller_image, text)
    text = re.sub(r' d="[^"]*"', _shorter_path, text)
    # The title is written below with the others, once.
    text = re.sub(r"<title>.*?</title>\s*", "", text, count=1, flags=re.DOTALL)
    head = (
        f'<title id="figure-title">{html_text(figure.title)}</title>\n'
        f' <desc id="figure-desc">{html_text(figure.description)}</desc>\n'
        f" <style>{_font_faces(figure)}</style>\n "
    )
    names = {f"{what}-{mark.key}": mark.name for sheet in figure.sheets for mark in sheet.marks for what in _OF_SITES}
    text = _unique_ids(read_from_the_right(in_layers(text, names)))
    opening = re.search(r"<svg\b[^>]*>", text)
    assert opening is not None  # noqa: S101  matplotlib writes one
    tag = opening.group(0)[:-1] + ' role="img" aria-labelledby="figure-title figure-desc">'
    return (text[: opening.start()] + tag + "\n " + head + text[opening.end() :].lstrip()).encode("utf-8")


def _shorter_path(match: re.Match[str]) -> str:
    """A path to a hundredth of a point (3.5 micrometres), without the letter of each straight piece after the first."""
    path = _DECIMALS.sub(r"\1", match.group(0))
    # After a curve or a closed ring the letter is needed.
    path = _LINE_AFTER_OTHER.sub(r"\1\0", path)
    return path.replace("\nL ", "\n").replace("\0", "L ").replace(" \n", "\n")


def _unique_ids(text: str) -> str:
    """Groups that share a name get a number: in SVG an id stands once."""
    seen: dict[str, int] = {}

    def numbered(match: re.Match[str]) -> str:
        name = match.group(1)
        seen[name] = seen.get(name, 0) + 1
        return (
            match.group(0) if seen[name] == 1 else match.group(0).replace(f'id="{name}"', f'id="{name}-{seen[name]}"')
        )

    return re.sub(r'<(?:g|image)\b[^>]*?\bid="([^"]+)"', numbered, text)


def _vector_dpi(figure: MapFigure) -> int:
    """Resolution of the base inside vectors: coarser on large sheets, which are read from further away."""
    area = figure.size.width_mm * figure.size.height_mm
    return int(min(VECTOR_DPI, VECTOR_DPI * (297.0 * 210.0 / area) ** 0.5))


def _smaller_image(match: re.Match[str]) -> str:
    """An embedded PNG on a palette instead of in full colour."""
    image = Image.open(io.BytesIO(base64.b64decode(match.group(1))))
    rgba = np.asarray(image.convert("RGBA"))
    if not (rgba[..., 3] == 255).all():
        return match.group(0)
    stream = io.BytesIO()
    palette_image(rgba[..., :3]).save(stream, format="PNG", compress_level=9)
    return f'xlink:href="data:image/png;base64,{base64.b64encode(stream.getvalue()).decode("ascii")}"'


def _font_faces(figure: MapFigure) -> str:
    """Font-face rules with only the letters that the figure has, so that it looks the same on a machine without Noto."""
    letters: dict[tuple[str, str], set[int]] = {}
    for artist in figure.fig.findobj(Text):
        assert isinstance(artist, Text)  # noqa: S101
        if artist.get_gid() != "halo":
            look = ("bold" if artist.get_fontweight() == "bold" else "normal", artist.get_fontstyle())
            letters.setdefault(look, {0x20}).update(map(ord, artist.get_text()))
    rules: list[str] = []
    faces = typefaces()
    for face in faces:
        wanted = set(letters.get((face.weight, face.slant), ()))
        alone = not any(other.family == face.family and other.slant == "italic" for other in faces)
        if face.slant == "normal" and alone:  # a family without an italic: the upright one stands in
            wanted |= letters.get((face.weight, "italic"), set())
        font = _subset_font(face.path, frozenset(wanted)) if wanted else ""
        if font:
            rules.append(
                f"@font-face{{font-family:'{face.family}';font-weight:{face.weight};font-style:{face.slant};"
                f"src:url(data:font/woff;base64,{font}) format('woff')}}"
            )
    return "".join(rules)


@lru_cache(maxsize=256)
def _subset_font(path: Path, letters: frozenset[int]) -> str:
    """The font with only these letters as WOFF in base64; empty where it has none of them."""
    from fontTools import subset  # type: ignore[import-untyped]
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    options = (
        subset.Options()
    )  # its layout features are those that browsers apply by themselves: joining, marks, kerning
    options.flavor = "woff"
    options.notdef_outline = True
    options.recalc_timestamp = False
    stream = io.BytesIO()
    with TTFont(path, recalcTimestamp=False, lazy=True) as font:
        present = letters & set(font.getBestCmap())
        if present <= {0x20}:
            return ""
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=present)
        cutter.subset(font)
        font.flavor = "woff"
        font.save(stream)
    return base64.b64encode(stream.getvalue()).decode("ascii")
