"""A linter for maps: what a picture editor would send back, measured on the figure as it is drawn.

Each finding says what is wrong and how to mend it. Nothing here draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from geoops.maps.lettering import outline
from geoops.maps.theme import SMALLEST_TYPE_PT, contrast
from geoops.maps.typefaces import family

if TYPE_CHECKING:
    from geoops.maps.mapfigure import MapFigure

__all__ = ["Finding", "check_figure", "ink_shapes"]


@dataclass(frozen=True)
class Finding:
    """
    One thing to mend.

    Parameters
    ----------
    code
        A short word that stays the same, for scripts.
    message
        What is wrong.
    remedy
        What to do.
    """

    code: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}. {self.remedy[:1].upper()}{self.remedy[1:]}."


MOST_SPREAD = 0.05
"""By how much lengths on a map may differ before its scale misleads."""


def _texts(figure: MapFigure) -> list[Text]:
    """Every text on the sheet that carries letters, without halos."""
    found: list[Text] = []
    for artist in figure.fig.findobj(Text):
        assert isinstance(artist, Text)  # noqa: S101
        if artist.get_text().strip() and artist.get_visible() and artist.get_gid() != "halo":
            found.append(artist)
    return found


def ink_shapes(text: Text) -> Any:
    """The hull of a text's glyphs where it is drawn, in points of the sheet."""
    font = text.get_fontproperties()
    if tuple(font.get_family()) == family():  # what geoops wrote was outlined before, to be measured
        points = np.asarray(outline(text.get_text(), str(font.get_weight()), font.get_style()).vertices)
    else:
        vertices, _ = text_to_path.get_text_path(font, text.get_text(), ismath=False)
        points = np.asarray(vertices, dtype=float).reshape(-1, 2)
    if not len(points):
        return shapely.Polygon()
    scaled = points * float(text.get_fontsize()) / 100.0
    if text.get_horizontalalignment() == "right":
        width, _, _ = text_to_path.get_text_width_height_descent(
            text.get_text(), text.get_fontproperties(), ismath=False
        )
        scaled[:, 0] -= float(width)
    angle = np.radians(text.get_rotation())
    turned = scaled @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    figure = text.get_figure(root=True)
    assert figure is not None  # noqa: S101
    origin = np.asarray(text.get_transform().transform(text.get_position())) * 72.0 / figure.dpi
    return shapely.convex_hull(shapely.MultiPoint(turned + origin))


def _overlaps(texts: list[Text]) -> list[tuple[str, str]]:
    """Pairs of texts whose letters touch, not counting the glyphs of one curved label."""
    shapes = np.array([ink_shapes(text) for text in texts], dtype=object)
    tree = shapely.STRtree(shapes)
    first, second = tree.query(shapes, predicate="intersects")
    pairs = []
    for i, j in zip(first, second, strict=True):
        if i >= j:
            continue
        curved = texts[i].get_gid() == texts[j].get_gid() and texts[i].get_rotation() and len(texts[i].get_text()) <= 2
        if not curved:
            pairs.append((texts[i].get_text(), texts[j].get_text()))
    return pairs


def check_figure(figure: MapFigure) -> list[Finding]:
    """All findings of a figure, in the order of the sheet."""
    findings = list(figure.problems)
    options = figure.options
    if not figure.title:
        findings.append(Finding("no-title", "the figure has no title", "give title="))
    if not options.date:
        findings.append(Finding("no-date", "the figure does not say what date it holds for", "give date='YYYY-MM-DD'"))
    if not figure.has_sources:
        findings.append(
            Finding("no-source", "no source is named", "give sources=[...], or layers with their provenance")
        )
    if not figure.has_disclaimer:
        findings.append(Finding("no-disclaimer", "the disclaimer is empty", "leave disclaimer out, or give your own"))
    if not any(sheet.scale for sheet in figure.sheets):
        findings.append(Finding("no-scale", "no scale bar stands on the figure", "add one"))
    for name, entry in figure.reader.used.items():
        if not entry.get("licence"):
            findings.append(
                Finding(
                    "no-licence",
                    f"layer {name!r} states no licence",
                    "add a `licence` column, or name it in the catalogue",
                )
            )
        if entry.get("publish") is False or entry.get("publishable") is False:
            findings.append(
                Finding("unpublishable", f"layer {name!r} must not be published", "draw the figure without it")
            )
    if figure.words.missing:
        some = sorted(figure.words.missing)
        findings.append(
            Finding(
                "untranslated",
                f"{len(some)} of geoops's own texts stand in English, {some[0]!r} among them",
                f"add them to the table of {figure.words.language!r}",
            )
        )
    if any(sheet.labeller.covered for sheet in figure.sheets):
        findings.append(
            Finding("covered", "the scale bar or the locator covers a site", "take a larger size, or a wider region")
        )
    sure = sorted({mark.name for sheet in figure.sheets for mark in sheet.marks if mark.looks_too_sure})
    if sure:
        what = f"{len(sure)} site(s) look exact and may lie outside their dot, {sure[0]!r} among them"
        remedy = "draw them with their disc, by passing uncertainty_m with the sites, or take a smaller scale"
        findings.append(Finding("uncertainty-hidden", what, remedy))
    texts = _texts(figure)
    small = sorted({t.get_text() for t in texts if float(t.get_fontsize()) < SMALLEST_TYPE_PT - 1e-6})
    if small:
        findings.append(
            Finding("small-type", f"{len(small)} texts are below 5 pt, {small[0]!r} among them", "take a larger size")
        )
    for one, other in _overlaps(texts)[:20]:
        findings.append(Finding("overlap", f"{one!r} and {other!r} touch", "take a larger size, or fewer layers"))
    lost = [
        label.key
        for sheet in figure.sheets
        for label in sheet.labeller.dropped
        if label.required and not (sheet.labeller.crowd and label.kind == "site")
    ]
    findings += [
        Finding("label-lost", f"the name of {key!r} found no room", "take a larger size, or a smaller region")
        for key in lost
    ]
    for named, sites in (sheet.labeller.crowd for sheet in figure.sheets if sheet.labeller.crowd):
        what = f"{sites - named:,} of {sites:,} places stand without their name, as the margin says"
        findings.append(Finding("names-thinned", what, "take a larger size or a smaller region, or an atlas of parts"))
    from geoops.maps.legibility import LEAST, faint_marks, scale_spread

    for faint in faint_marks(figure):
        findings.append(
            Finding(
                "faint",
                f"{faint.share:.0%} of {faint.what} ({faint.color}) stand out less than {LEAST:g}:1 from what lies under them"
                f" ({faint.contrast:.1f}:1 at the faintest quarter)",
                "take a darker or lighter colour in the theme, or draw less under them",
            )
        )
    spread = max((scale_spread(sheet) for sheet in figure.sheets), default=0.0)
    if spread > MOST_SPREAD:
        findings.append(
            Finding(
                "distorted",
                f"lengths differ by up to {spread:.0%} over the map, so that its scale bar and rings hold only near the middle",
                "map a smaller region, or leave the scale out and give distances as numbers",
            )
        )
    theme = figure.theme
    for what, color in (("site", theme.site), ("oil", theme.oil), ("power", theme.power), ("route", theme.route)):
        worst = min(contrast(color, ground) for ground in (theme.land, *theme.relief))
        if worst < 3.0:
            findings.append(
                Finding(
                    "contrast",
                    f"the theme's {what} colour {color} has {worst:.1f}:1 against the land",
                    "choose one with 3:1 or more",
                )
            )
    for what, color, least in (("ink", theme.ink, 4.5), ("secondary", theme.secondary, 4.5)):
        if contrast(color, theme.page) < least:
            findings.append(
                Finding(
                    "contrast",
                    f"the theme's {what} {color} has {contrast(color, theme.page):.1f}:1 on the page",
                    "choose one with 4.5:1 or more",
                )
            )
    return findings
