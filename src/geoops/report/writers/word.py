"""Content as a Word document: headings, lists, tables, figures with alt text, links between sites and citations.

Built with python-docx from its own template. Nothing in it is a field that Word would compute; the file carries no time but
the day of the report.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

from geoops.core.office import office_time, without_clock
from geoops.report.content import (
    Block,
    Document,
    Heading,
    Inline,
    Listing,
    Paragraph,
    Picture,
    Run,
    Table,
    anchors,
    line,
    reads_from_right,
    script_parts,
)
from geoops.report.writers import lies

__all__ = ["encode"]

_TEXT_CM = 17.0
_TALLEST_CM = 21.0
_PAGE_CM = (21.0, 29.7)
_LYING_CM = (26.7, 14.2)
"""Width and height that a figure may take on a page that lies down; below it its caption needs five lines."""


def encode(document: Document, folder: Path) -> bytes:
    """The document as a .docx; its figures are read from the folder."""
    import docx
    from docx.shared import Pt, RGBColor

    word = docx.Document()
    _lay(word.sections[0], lying=False)
    for name, size in (("Normal", 10), ("Title", 22), ("Heading 1", 15), ("Heading 2", 12), ("Heading 3", 10.5)):
        style = word.styles[name]
        style.font.name, style.font.size = "Calibri", Pt(size)
        style.font.color.rgb = RGBColor(0x1F, 0x2A, 0x33)
        fonts = style.element.rPr.rFonts
        for key in [k for k in fonts.attrib if k.endswith("Theme")]:  # a theme's font would win over the name
            del fonts.attrib[key]
        fonts.set(_w("cs"), "Arial")
        fonts.set(_w("hAnsi"), "Calibri")
        _complex_size(style.element.rPr, size)
    core = word.core_properties
    core.title, core.author, core.subject = document.title[:255], document.author[:255], document.summary[:255]
    core.last_modified_by, core.comments, core.revision, core.language = document.author[:255], "", 1, "en"
    core.created = core.modified = office_time(document.date).replace(tzinfo=None)
    writer = _Writer(word, folder, anchors(document.blocks))
    title = word.add_paragraph(style="Title")
    _turned(title, document.title)
    writer.fill(title, line(document.title))
    by = " · ".join(words for words in (f"As of {document.date}", document.author, document.producer) if words)
    writer.fill(word.add_paragraph(), line(by))
    if document.summary:
        summary = word.add_paragraph()
        _turned(summary, document.summary)
        writer.fill(summary, line(document.summary))
    writer.contents(document.blocks)
    for block, after in zip(document.blocks, (*document.blocks[1:], None), strict=True):
        writer.add(block, after)
    out = io.BytesIO()
    word.save(out)
    return without_clock(out.getvalue(), document.date)


def _complex_size(properties: Any, size_pt: float) -> None:
    """The size of Arabic letters, which Word keeps apart from that of others."""
    from docx.oxml import OxmlElement

    for old in properties.findall(_w("szCs")):
        properties.remove(old)
    size = OxmlElement("w:szCs")
    size.set(_w("val"), str(round(2 * size_pt)))
    properties.find(_w("sz")).addnext(size)


def _turned(paragraph: Any, text: str) -> None:
    """A paragraph of the author's own that is read from the right stands there."""
    if reads_from_right(text):
        from docx.oxml import OxmlElement

        properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001  python-docx has no call for it
        properties.insert_element_before(
            OxmlElement("w:bidi"), "w:adjustRightInd", "w:spacing", "w:ind", "w:jc", "w:rPr", "w:sectPr"
        )


def _natural_cm(path: Path) -> float:
    """How wide a picture was drawn to be; without end where it does not say."""
    from PIL import Image

    with Image.open(path) as picture:
        dpi = picture.info.get("dpi", (0.0, 0.0))[0]
        return float(picture.width / dpi * 2.54) if dpi > 0 else float("inf")


def _w(name: str) -> str:
    """A name in Word's namespace."""
    from docx.oxml.ns import qn

    return str(qn(f"w:{name}"))


def _lay(section: Any, *, lying: bool) -> None:
    """An A4 page, standing or lying."""
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm

    width_cm, height_cm = sorted(_PAGE_CM, reverse=lying)
    section.orientation = WD_ORIENT.LANDSCAPE if lying else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Cm(width_cm), Cm(height_cm)
    section.left_margin = section.right_margin = Cm((width_cm - (_LYING_CM[0] if lying else _TEXT_CM)) / 2)
    section.top_margin = section.bottom_margin = Cm(1.5 if lying else 2.0)


class _Writer:
    """Adds blocks to a document one after another."""

    def __init__(self, word: Any, folder: Path, known: set[str]) -> None:
        self.word = word
        self.folder = folder
        self.known = known
        self.marks = count(1)
        self.lying = self.drawn = False
        self.chapters: list[Heading] = []

    def contents(self, blocks: Sequence[Block]) -> None:
        """What follows, by links, on a first page that would else be left empty, as the first figure lies on the next one."""
        self.chapters = [block for block in blocks if isinstance(block, Heading) and block.level == 2]
        if not self._lies(next((block for block in blocks if not isinstance(block, Heading)), None)):
            return
        self.known |= {f"chapter-{number}" for number in range(len(self.chapters))}
        self.fill(self.word.add_paragraph(), (Run("Contents", strong=True),))
        for number, chapter in enumerate(self.chapters):
            self.fill(self.word.add_paragraph(), (Run(chapter.text, link=f"#chapter-{number}"),))

    def add(self, block: Block, after: Block | None) -> None:
        """One block; a picture that lies has a page that lies, and so has the heading before it."""
        plate = self._lies(block)
        self._turn(lying=plate or (isinstance(block, Heading) and self._lies(after)), fresh=plate)
        if isinstance(block, Heading):
            paragraph = self.word.add_paragraph(style=f"Heading {min(block.level - 1, 3) or 1}")
            for number in (
                n for n, chapter in enumerate(self.chapters) if chapter is block and f"chapter-{n}" in self.known
            ):
                self._bookmark(paragraph, f"chapter-{number}")
            self.fill(paragraph, line(block.text))
        elif isinstance(block, Paragraph):
            paragraph = self.word.add_paragraph()
            paragraph.paragraph_format.keep_with_next = isinstance(
                after, Table | Listing
            )  # what leads in to a table stays with it
            self.fill(paragraph, block.runs, size=8.5 if block.small else None)
        elif isinstance(block, Listing):
            self._listing(block)
        elif isinstance(block, Picture):
            self._picture(block)
        else:
            self._table(block)

    def fill(self, paragraph: Any, runs: Inline, *, size: float | None = None, bold: bool = False) -> None:
        """Runs into a paragraph, links as links, Arabic from right to left."""
        from docx.oxml import OxmlElement
        from docx.shared import Pt, RGBColor

        for run in runs:
            holder = paragraph._p  # noqa: SLF001  python-docx has no call for links
            inside = run.link[1:] if run.link.startswith("#") else ""
            if run.link and (not inside or inside in self.known):
                holder = OxmlElement("w:hyperlink")
                if inside:
                    holder.set(_w("anchor"), _mark(inside))
                else:
                    from docx.opc.constants import RELATIONSHIP_TYPE
                    from docx.oxml.ns import qn

                    target = paragraph.part.relate_to(run.link, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
                    holder.set(qn("r:id"), target)
                paragraph._p.append(holder)  # noqa: SLF001
            for text, arabic in script_parts(run.text):
                made = paragraph.add_run(text)
                made.bold, made.italic = (run.strong or bold) or None, run.emphasis or None
                if size:
                    made.font.size = Pt(size)
                    _complex_size(made._r.get_or_add_rPr(), size)  # noqa: SLF001
                if run.link:
                    made.font.color.rgb = RGBColor(0x1F, 0x4E, 0x79)
                if arabic:
                    made.font.rtl = True
                holder.append(made._r)  # noqa: SLF001

    def _bookmark(self, paragraph: Any, name: str) -> None:
        """What links call this paragraph."""
        from docx.oxml import OxmlElement

        number = str(next(self.marks))
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        for element in (start, end):
            element.set(_w("id"), number)
        start.set(_w("name"), _mark(name))
        paragraph._p.extend([start, end])  # noqa: SLF001

    def _listing(self, block: Listing) -> None:
        """A list; numbers are text, so that a citation's number is the same in every format."""
        from docx.shared import Cm

        for at, item in enumerate(block.items):
            paragraph = self.word.add_paragraph(style=None if block.numbered else "List Bullet")
            if block.anchors:
                self._bookmark(paragraph, block.anchors[at])
            if block.numbered:
                paragraph.paragraph_format.left_indent, paragraph.paragraph_format.first_line_indent = Cm(1), Cm(-1)
                self.fill(paragraph, line(f"[{at + 1}]\N{NO-BREAK SPACE}"))
                self.fill(paragraph, line(" "))
            self.fill(paragraph, item)

    def _lies(self, block: Block | None) -> bool:
        """Whether a block is a figure clearly wider than high."""
        file = block.file(("png", "jpg")) if isinstance(block, Picture) else ""
        return bool(file) and lies(self.folder / file)

    def _turn(self, *, lying: bool, fresh: bool) -> None:
        """The page turned as the next block wants it, by a section that begins there; a fresh one after another figure."""
        from docx.enum.section import WD_SECTION

        if lying != self.lying or (fresh and self.drawn):
            _lay(self.word.add_section(WD_SECTION.NEW_PAGE), lying=lying)
            self.lying = lying
        self.drawn = fresh

    def _picture(self, block: Picture) -> None:
        """A figure over its caption, on one page."""
        from docx.shared import Cm

        wide_cm, tall_cm = _LYING_CM if self.lying else (_TEXT_CM, _TALLEST_CM)
        file = block.file(("png", "jpg"))
        if file:
            paragraph = self.word.add_paragraph()
            paragraph.paragraph_format.keep_with_next = True
            path = self.folder / file
            shape = paragraph.add_run().add_picture(str(path), width=Cm(min(wide_cm, _natural_cm(path))))
            if shape.height > Cm(tall_cm):
                shape.width, shape.height = int(shape.width * Cm(tall_cm) / shape.height), Cm(tall_cm)
            shape._inline.docPr.set("descr", block.alt)  # noqa: SLF001
            shape._inline.docPr.set("title", block.title)  # noqa: SLF001
            for element in shape._inline.iter():  # noqa: SLF001  the file's name says nothing to a reader
                if element.tag.endswith("}cNvPr"):
                    element.set("descr", block.alt)
        elsewhere = "" if file else f" (in {block.file(('svg', 'pdf', 'webp', 'tif', 'gpkg'))})"
        words = self.word.add_paragraph()
        self.fill(
            words,
            (Run(f"Figure {block.number}. {block.title}.{elsewhere} ", strong=True), *line(block.caption)),
            size=9,
        )

    def _table(self, block: Table) -> None:
        """A table whose first row comes again on each page."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.oxml import OxmlElement
        from docx.shared import Cm

        widths = block.widths or (1.0 / len(block.header),) * len(block.header)
        table = self.word.add_table(rows=0, cols=len(block.header), style="Table Grid")
        table.autofit = False
        for column, width in zip(
            table.columns, widths, strict=True
        ):  # Word heeds the cells' widths, LibreOffice the grid's
            column.width = Cm(_TEXT_CM * width / sum(widths))
        borders = OxmlElement("w:tblBorders")
        for side in ("top", "bottom", "insideH"):
            edge = OxmlElement(f"w:{side}")
            for key, value in (("val", "single"), ("sz", "4"), ("color", "B9BEC3")):
                edge.set(_w(key), value)
            borders.append(edge)
        for side in ("left", "right", "insideV"):
            edge = OxmlElement(f"w:{side}")
            edge.set(_w("val"), "nil")
            borders.append(edge)
        table._tbl.tblPr.append(borders)  # noqa: SLF001
        rows = [tuple(line(name) for name in block.header), *block.rows]
        for at, cells in enumerate(rows):
            row = table.add_row()
            row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001  a site stays on one page
            if at == 0:
                head = OxmlElement("w:tblHeader")
                head.set(_w("val"), "true")
                row._tr.get_or_add_trPr().append(head)  # noqa: SLF001
            for column, cell in enumerate(row.cells):
                cell.width = Cm(_TEXT_CM * widths[column] / sum(widths))
                paragraph = cell.paragraphs[0]
                paragraph.paragraph_format.space_after = Cm(0.05)
                if column in block.numbers:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                if at and column == 0 and block.anchors:
                    self._bookmark(paragraph, block.anchors[at - 1])
                self.fill(paragraph, cells[column], size=8, bold=at == 0)
        self.word.add_paragraph()


def _mark(anchor: str) -> str:
    """An anchor as a bookmark's name: letters, digits and underscores, at most 40."""
    return re.sub(r"\W", "_", anchor)[:40]
