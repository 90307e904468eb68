"""The text of a file: plain text, Markdown, HTML, Word or PDF.

Only the words are taken, in reading order; what they mean is for `mentions.py`. Word and PDF files are read by
maintained libraries that are installed on demand.
"""

from __future__ import annotations

import os
from html.parser import HTMLParser
from importlib import import_module
from io import BytesIO
from pathlib import Path

from geoops.core.errors import InputError, MissingExtraError, ReadError
from geoops.core.reading import read_bytes
from geoops.core.reading import read_text as read_plain

__all__ = ["TEXT_FORMATS", "read_text"]

TEXT_FORMATS = (".txt", ".md", ".markdown", ".html", ".htm", ".docx", ".pdf")

_BLOCKS = {
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "footer", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "td",
    "th", "title", "tr", "ul",
}  # fmt: skip
_UNREAD = {"script", "style", "template", "noscript", "svg", "head"}


def read_text(path: str | os.PathLike[str]) -> str:
    r"""
    The text of a file.

    Parameters
    ----------
    path
        A `.txt`, `.md`, `.html`, `.docx` or `.pdf` file of at most 64 MiB. Texts are UTF-8.

    Returns
    -------
    str
        With `\n` between blocks; no markup.

    Raises
    ------
    InputError
        Another kind of file.
    ReadError
        No such file, or one that is not what its name says; a PDF that needs a password or holds pictures only.
    MissingExtraError
        A Word or PDF file, without the library that reads it.
    """
    suffix = Path(path).suffix.lower()
    if suffix in (".txt", ".md", ".markdown"):
        return read_plain(path)
    if suffix in (".html", ".htm"):
        return html_words(read_plain(path))
    if suffix == ".docx":
        return _docx(path)
    if suffix == ".pdf":
        return _pdf(path)
    msg = f"{os.fspath(path)}: a text ends in {', '.join(TEXT_FORMATS)}; {suffix or 'no ending'} came"
    raise InputError(msg)


class _Words(HTMLParser):
    """Collects what a reader would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  as the parser calls it
        if tag in _UNREAD:
            self._hidden += 1
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNREAD:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Pass over `<![...`; a sort of it that the parser does not know ends at the next `>`, as in a browser."""
        try:
            return super().parse_marked_section(i, report)
        except AssertionError:
            return self.parse_bogus_comment(i, report)


def html_words(html: str) -> str:
    r"""
    What a reader sees of an HTML document, a line a block.

    Parameters
    ----------
    html
        The document.

    Examples
    --------
    >>> html_words("<h1>Kirkuk</h1><p>North of <b>Daquq</b>.<script>x()</script>")
    'Kirkuk\nNorth of Daquq.'
    """
    parser = _Words()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def _docx(path: str | os.PathLike[str]) -> str:
    """Paragraphs and table rows of a Word file, in order."""
    data = read_bytes(path)
    try:
        docx = import_module("docx")
    except ImportError as error:
        msg = f"{os.fspath(path)}: Word files need python-docx; install it with `pip install 'geoops[documents]'`"
        raise MissingExtraError(msg) from error
    try:
        lines: list[str] = []
        for block in docx.Document(BytesIO(data)).iter_inner_content():
            if hasattr(block, "rows"):  # a table
                lines += ["\t".join(cell.text for cell in row.cells) for row in block.rows]
            else:
                lines.append(block.text)
    except Exception as error:  # the library raises whatever its XML and zip readers do
        msg = f"{os.fspath(path)}: cannot be read as a Word file: {error}"
        raise ReadError(msg) from error
    return "\n".join(lines)


def _pdf(path: str | os.PathLike[str]) -> str:
    """The pages of a PDF file that hold text."""
    data = read_bytes(path)
    try:
        pypdf = import_module("pypdf")
    except ImportError as error:
        msg = f"{os.fspath(path)}: PDF files need pypdf; install it with `pip install 'geoops[documents]'`"
        raise MissingExtraError(msg) from error
    try:
        reader = pypdf.PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            msg = f"{os.fspath(path)}: the PDF needs a password; save it without one"
            raise ReadError(msg)
        text = "\n".join(page.extract_text() for page in reader.pages)
    except ReadError:
        raise
    except Exception as error:  # damaged files raise whatever the library's parsers do
        msg = f"{os.fspath(path)}: cannot be read as a PDF: {error}"
        raise ReadError(msg) from error
    if not text.strip():
        msg = f"{os.fspath(path)}: the PDF holds no text, only pictures; run text recognition on it first"
        raise ReadError(msg)
    return text
