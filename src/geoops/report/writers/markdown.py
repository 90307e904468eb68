"""Content as Markdown: nothing in a name is read as markup or HTML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from geoops.core.text import one_line
from geoops.report.content import Block, Document, Heading, Inline, Listing, Paragraph, Picture, Run, Table

__all__ = ["encode", "markdown", "markdown_text"]

_PICTURES = ("png", "webp", "svg")


def encode(document: Document, folder: Path) -> bytes:
    """The document as a Markdown file."""
    del folder
    return markdown(document).encode("utf-8")


def markdown(document: Document) -> str:
    """The document as Markdown."""
    head = [f"As of {document.date}."]
    if document.author or document.producer:
        by = " · ".join(word for word in (document.author, document.producer) if word)
        head.append(markdown_text(by))
    parts = [
        f"# {markdown_text(document.title)}",
        *head,
        *([markdown_text(document.summary)] if document.summary else []),
    ]
    parts += [_block(block) for block in document.blocks]
    return "\n\n".join(parts) + "\n"


def markdown_text(text: Any) -> str:
    r"""
    A name for Markdown: nothing in it is read as markup or HTML.

    Examples
    --------
    >>> markdown_text("<b>*x*</b>")
    '&lt;b&gt;\\*x\\*&lt;/b&gt;'
    """
    return _escaped(one_line(str(text)))


def _escaped(text: str) -> str:
    """Characters that act in Markdown or HTML, made letters; blanks at the ends are kept."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]|#])", r"\\\1", plain)


def _line(runs: Inline) -> str:
    """A line of runs."""
    return "".join(_run(run) for run in runs)


def _run(run: Run) -> str:
    """One run, with its link."""
    words = _escaped(run.text)
    if run.link:
        address = re.sub(r"[<>\s\"\\]", lambda m: f"%{ord(m[0]):02X}", run.link)
        return f"[{words}](<{address}>)" if not run.link.startswith("#") else f"[{words}]({address})"
    mark = "**" if run.strong else "*" if run.emphasis else ""
    inner = words.strip(" ")
    if not mark or not inner:
        return words
    before, after = words[: len(words) - len(words.lstrip(" "))], words[len(words.rstrip(" ")) :]
    return f"{before}{mark}{inner}{mark}{after}"  # a mark beside a blank marks nothing


def _anchor(names: tuple[str, ...], at: int) -> str:
    """What links call a line of a list or table."""
    return f'<a id="{names[at]}"></a>' if names else ""


def _block(block: Block) -> str:
    """One block."""
    if isinstance(block, Heading):
        return f"{'#' * block.level} {_escaped(block.text)}"
    if isinstance(block, Paragraph):
        return _line(block.runs)
    if isinstance(block, Picture):
        file = block.file(_PICTURES)
        shown = f"![{markdown_text(block.alt)}]({file})" if file else ""
        words = f"**Figure {block.number}. {markdown_text(block.title)}.** {markdown_text(block.caption)}"
        return f"{shown}\n\n{words}" if shown else words
    if isinstance(block, Listing):
        return "\n".join(
            f"{f'{at + 1}.' if block.numbered else '-'} {_anchor(block.anchors, at)}{_line(item)}"
            for at, item in enumerate(block.items)
        )
    return _table(block)


def _table(table: Table) -> str:
    """A table in the form that most readers of Markdown know."""
    rule = ["---:" if at in table.numbers else "---" for at in range(len(table.header))]
    rows = ["| " + " | ".join(map(_escaped, table.header)) + " |", "|" + "|".join(rule) + "|"]
    for at, cells in enumerate(table.rows):
        rows.append(f"| {_anchor(table.anchors, at)}" + " | ".join(_line(cell) for cell in cells) + " |")
    return "\n".join(rows)
