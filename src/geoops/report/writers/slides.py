"""Content as slides: a title, a figure a slide with its caption, the sites with their citations, the sources.

Built with python-pptx. Lists are set as large as their slide lets them be, and go on to the next one; what a caption has no room
for stands in the notes. The file carries no time but the day of the report.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from geoops.core.office import office_time, without_clock
from geoops.report.content import (
    Document,
    Heading,
    Inline,
    Listing,
    Paragraph,
    Picture,
    Run,
    Table,
    line,
    plain,
    reads_from_right,
)

__all__ = ["encode"]

_WIDE_IN, _HIGH_IN, _EDGE_IN = 13.333, 7.5, 0.5
_CAPTION_CHARACTERS = 330
_SIZES_PT = (18.0, 16.0, 14.0, 13.0, 12.0)
_LINES_PT = 72.0 * (_HIGH_IN - 1.7)
"""Room for the lines of a list under their heading."""
_LETTER, _LEADING, _GAP_PT = 0.47, 1.22, 5.0
"""A letter's width and a line's height, in sizes of the type, with the common fonts; white after a paragraph."""
_LAST = "What these figures do not say"


def encode(document: Document, folder: Path) -> bytes:
    """The document as a .pptx; its figures are read from the folder."""
    import pptx
    from pptx.util import Inches

    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = Inches(_WIDE_IN), Inches(_HIGH_IN)
    core = deck.core_properties
    core.title, core.author, core.subject = document.title[:255], document.author[:255], document.summary[:255]
    core.last_modified_by, core.revision, core.language = document.author[:255], 1, "en"
    core.created = core.modified = office_time(document.date).replace(tzinfo=None)
    writer = _Writer(deck, folder)
    by = " · ".join(words for words in (f"As of {document.date}", document.author, document.producer) if words)
    writer.title(document.title, document.summary, by)
    for block in document.blocks:
        if isinstance(block, Picture):
            writer.picture(block)
    for heading, items, keys in _lists(document):
        writer.lines(heading, items, keys)
    writer.connect()
    out = io.BytesIO()
    deck.save(out)
    return without_clock(out.getvalue(), document.date)


def _lists(document: Document) -> Iterator[tuple[str, list[Inline], list[str]]]:
    """The lists that a talk needs: the sites with their citations, the layers, the sources, and what the figures do not say."""
    heading, last = "", []
    for block in document.blocks:
        if isinstance(block, Heading):
            heading = block.text
        elif isinstance(block, Table) and block.anchors:
            number = len(block.header) - 1
            rows = [_joined(cells[0], cells[2], cells[number]) for cells in block.rows]
            yield heading, rows, list(block.anchors)
        elif isinstance(block, Listing) and (block.anchors or heading in {"Layers", "Before you read"}):
            items = [(Run(f"[{at}] "), *item) if block.numbered else item for at, item in enumerate(block.items, 1)]
            yield heading, items, list(block.anchors)
        elif isinstance(block, Paragraph) and heading == _LAST:
            last.append(block.runs)
    if last:
        yield _LAST, last, []


def _joined(*parts: Inline) -> Inline:
    """Lines in one, with a dot between those that there are."""
    runs: list[Run] = []
    for part in parts:
        runs += [*([Run(" · ")] if runs and part else []), *part]
    return tuple(runs)


def _height(runs: Inline, size: float) -> float:
    """About how high a paragraph is, in points."""
    letters = 72.0 * (_WIDE_IN - 2 * _EDGE_IN - 0.2) / (_LETTER * size)
    return math.ceil(max(len(plain(runs)), 1) / letters) * size * _LEADING + _GAP_PT


def _slides_of(items: Sequence[Inline]) -> tuple[float, list[int]]:
    """The size of a list's type, and with which item each of its slides begins: on one slide where that can be read."""
    for size in _SIZES_PT:
        if sum(_height(item, size) for item in items) <= _LINES_PT:
            return size, [0]
    size = _SIZES_PT[-2]
    heights = [_height(item, size) for item in items]
    count = math.ceil(sum(heights) / _LINES_PT)
    while True:  # evenly: the last slide is no remainder of two lines
        starts, used = [0], 0.0
        for at, height in enumerate(heights):
            full = used + height > _LINES_PT or used + height / 2.0 > sum(heights) / count
            if full and at > starts[-1]:
                starts.append(at)
                used = 0.0
            used += height
        if len(starts) <= count:
            return size, starts
        count += 1


class _Writer:
    """Adds slides one after another, and joins links to their slides in the end."""

    def __init__(self, deck: Any, folder: Path) -> None:
        self.deck = deck
        self.folder = folder
        self.places: dict[str, Any] = {}
        self.links: list[tuple[Any, Any, str]] = []

    def _slide(self, title: str, size: float = 22.0) -> Any:
        """A slide with its title; the layout's own title is used, so that outlines and screen readers find it."""
        from pptx.util import Inches, Pt

        slide = self.deck.slides.add_slide(self.deck.slide_layouts[5])
        shape = slide.shapes.title
        shape.left, shape.top, shape.width, shape.height = (
            Inches(v) for v in (_EDGE_IN, 0.3, _WIDE_IN - 2 * _EDGE_IN, 0.75)
        )
        shape.text_frame.word_wrap = True
        self._fill(shape.text_frame.paragraphs[0], line(title), slide, size=size, bold=True)
        shape.text_frame.paragraphs[0].alignment = 1
        shape.text_frame.paragraphs[0].font.size = Pt(size)
        return slide

    def _box(self, slide: Any, left: float, top: float, width: float, height: float) -> Any:
        """A box for words."""
        from pptx.util import Inches

        box = slide.shapes.add_textbox(*(Inches(v) for v in (left, top, width, height)))
        box.text_frame.word_wrap = True
        return box.text_frame

    def _fill(self, paragraph: Any, runs: Inline, slide: Any, *, size: float, bold: bool = False) -> None:
        """Runs into a paragraph."""
        from pptx.dml.color import RGBColor
        from pptx.util import Pt

        for run in runs:
            made = paragraph.add_run()
            made.text = run.text
            made.font.size, made.font.bold, made.font.name = Pt(size), run.strong or bold, "Calibri"
            made.font.color.rgb = RGBColor(0x1F, 0x2A, 0x33)
            if run.link.startswith("#"):
                self.links.append((slide, made, run.link[1:]))
            elif run.link:
                made.hyperlink.address = run.link

    def title(self, title: str, summary: str, by: str) -> None:
        """The first slide."""
        slide = self._slide(title, 34.0)
        slide.shapes.title.top, slide.shapes.title.height = (
            int(self.deck.slide_height * 0.3),
            int(self.deck.slide_height * 0.2),
        )
        frame = self._box(slide, _EDGE_IN, 4.0, _WIDE_IN - 2 * _EDGE_IN, 2.8)
        self._fill(frame.paragraphs[0], line(by), slide, size=16)
        if summary:
            self._fill(frame.add_paragraph(), line(_short(summary, 600)), slide, size=16)
            _turned(frame.paragraphs[-1], summary)
        _turned(slide.shapes.title.text_frame.paragraphs[0], title)

    def picture(self, block: Picture) -> None:
        """A figure as large as the slide lets it be, its caption below and all its words in the notes."""
        from pptx.util import Inches

        slide = self._slide(f"{block.number}. {block.title}")
        file = block.file(("png", "jpg"))
        top, bottom = 1.15, _HIGH_IN - 0.95
        if file:
            shape = slide.shapes.add_picture(str(self.folder / file), 0, 0)
            scale = min(Inches(_WIDE_IN - 2 * _EDGE_IN) / shape.width, Inches(bottom - top) / shape.height)
            shape.width, shape.height = int(shape.width * scale), int(shape.height * scale)
            shape.left, shape.top = int((self.deck.slide_width - shape.width) / 2), Inches(top)
            properties = shape._element.nvPicPr.cNvPr  # noqa: SLF001  python-pptx has no call for alt text
            properties.set("descr", block.alt)
            properties.set("name", f"Figure {block.number}")
        frame = self._box(slide, _EDGE_IN, bottom + 0.05, _WIDE_IN - 2 * _EDGE_IN, 0.8)
        self._fill(frame.paragraphs[0], line(_short(block.caption, _CAPTION_CHARACTERS)), slide, size=12)
        slide.notes_slide.notes_text_frame.text = f"{block.caption}\n{block.alt}"

    def lines(self, heading: str, lines: list[Inline], keys: list[str]) -> None:
        """A list, on as many slides as it needs."""
        from pptx.util import Pt

        size, starts = _slides_of(lines)
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            slide = self._slide(heading if start == 0 else f"{heading} (continued)")
            frame = self._box(slide, _EDGE_IN, 1.2, _WIDE_IN - 2 * _EDGE_IN, _HIGH_IN - 1.6)
            for at, runs in enumerate(lines[start:end]):
                paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
                paragraph.space_after = Pt(_GAP_PT)
                self._fill(paragraph, runs, slide, size=size)
            for key in keys[start:end]:
                self.places[key] = slide

    def connect(self) -> None:
        """Links inside the deck lead to the slide where their place is."""
        from lxml import etree
        from pptx.opc.constants import RELATIONSHIP_TYPE
        from pptx.oxml.ns import qn

        for slide, run, key in self.links:
            target = self.places.get(key)
            if target is None or target is slide:
                continue
            number = slide.part.relate_to(target.part, RELATIONSHIP_TYPE.SLIDE)
            click = etree.SubElement(run._r.get_or_add_rPr(), qn("a:hlinkClick"))  # noqa: SLF001
            click.set(qn("r:id"), number)
            click.set("action", "ppaction://hlinksldjump")


def _turned(paragraph: Any, text: str) -> None:
    """A paragraph of the author's own that is read from the right stands there."""
    if reads_from_right(text):
        properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001  python-pptx has no call for it
        properties.set("algn", "r")
        properties.set("rtl", "1")


def _short(text: str, limit: int) -> str:
    """A text cut at a word."""
    return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0] + "…"
