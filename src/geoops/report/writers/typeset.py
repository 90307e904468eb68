"""Content as PDF, set by Typst from a fixed template: text goes in as data, never as source.

The PDF is tagged, figures carry their alt text, links lead from a site to its citation and back. Fonts are those that travel
with the package, so that Arabic stands where it should on every machine.
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from geoops.core.text import closed
from geoops.report.content import (
    Block,
    Document,
    Heading,
    Listing,
    Paragraph,
    Picture,
    Run,
    Table,
    anchors,
    reads_from_right,
)
from geoops.report.writers import lies

__all__ = ["encode"]


def encode(document: Document, folder: Path) -> bytes:
    """The document as a PDF; its figures are read from the folder."""
    import typst

    known = anchors(document.blocks)
    blocks = [_block(block, known) for block in document.blocks]
    for block in blocks:
        if block["kind"] == "picture":
            block["wide"] = lies(folder / block["file"]) if block["file"] else False
    head: dict[str, Any] = {k: getattr(document, k) for k in ("title", "date", "summary", "author", "producer")}
    head |= {"foot": closed(document.title)}
    head |= {f"{k}_side": "rtl" if reads_from_right(head[k]) else "ltr" for k in ("title", "summary")}
    template = resources.files("geoops.report.writers").joinpath("report.typ").read_bytes()
    with resources.as_file(resources.files("geoops.maps").joinpath("fonts")) as fonts:
        press: Any = typst.Compiler(template, root=str(folder), font_paths=[str(fonts)], ignore_system_fonts=True)  # type: ignore[misc]
        content = json.dumps({**head, "blocks": blocks}, ensure_ascii=False)
        made: bytes = press.compile(sys_inputs={"content": content}, format="pdf")
    return made


def _runs(runs: tuple[Run, ...], known: set[str]) -> list[dict[str, Any]]:
    """A line of runs; a link to nowhere is dropped, as Typst refuses it."""
    return [
        {"text": r.text, "link": r.link if not r.link.startswith("#") or r.link[1:] in known else "", "strong": r.strong,
         "emphasis": r.emphasis}
        for r in runs
    ]  # fmt: skip


def _block(block: Block, known: set[str]) -> dict[str, Any]:
    """One block as the template takes it."""
    if isinstance(block, Heading):
        return {"kind": "heading", "level": block.level - 1, "text": block.text}
    if isinstance(block, Paragraph):
        return {"kind": "paragraph", "runs": _runs(block.runs, known), "small": block.small}
    if isinstance(block, Listing):
        items = [_runs(item, known) for item in block.items]
        return {"kind": "list", "items": items, "numbered": block.numbered, "anchors": list(block.anchors)}
    if isinstance(block, Picture):
        words = {"number": block.number, "title": block.title, "caption": block.caption, "alt": block.alt}
        return {"kind": "picture", "file": block.file(("png", "svg", "pdf", "webp")), **words}
    return _table(block, known)


def _table(table: Table, known: set[str]) -> dict[str, Any]:
    """A table as the template takes it."""
    widths = list(table.widths) or [1.0] * len(table.header)
    rows = [[_runs(cell, known) for cell in cells] for cells in table.rows]
    return {
        "kind": "table", "header": list(table.header), "rows": rows, "widths": widths, "numbers": list(table.numbers),
        "anchors": list(table.anchors),
    }  # fmt: skip
