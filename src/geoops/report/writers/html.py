"""Content as one HTML page beside its figures: no script, nothing from a network, to be read by people and screen readers."""

from __future__ import annotations

import html
from pathlib import Path

from geoops.core.text import html_text
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
    script_parts,
)

__all__ = ["encode"]

_POLICY = (
    "default-src 'none'; img-src 'self' file: https:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)
_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.55 "Noto Sans", "Noto Sans Arabic", system-ui, sans-serif; max-width: 46rem; margin: 2.5rem auto; padding: 0 1rem; overflow-wrap: break-word; }
h1 { line-height: 1.2; } h2 { margin-top: 2.4rem; border-bottom: 1px solid #8886; padding-bottom: .2rem; }
figure { margin: 2rem 0; } figure img { max-width: 100%; height: auto; border: 1px solid #8884; }
figcaption, .small { font-size: .88rem; opacity: .9; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .86rem; width: 100%; }
th, td { text-align: start; vertical-align: top; padding: .3rem .5rem; border-bottom: 1px solid #8885; }
.wide table { min-width: 30rem; }
td.number, th.number { text-align: end; font-variant-numeric: tabular-nums; }
:target { background: #fd06; } li { margin: .3rem 0; } .by { opacity: .85; }
@media print { body { max-width: none; margin: 0; } .wide table { min-width: 0; } h2 { break-after: avoid; } figure, tr { break-inside: avoid; } }
"""


def encode(document: Document, folder: Path) -> bytes:
    """The document as an HTML page."""
    del folder
    by = " · ".join(html_text(words) for words in (document.author, document.producer) if words)
    parts = [
        "<!doctype html>", '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html_text(document.title)}</title><style>{_STYLE}</style></head><body><main>",
        f'<h1 dir="auto">{html_text(document.title)}</h1>',
        f'<p class="by">As of <time datetime="{document.date}">{document.date}</time>{" · " + by if by else ""}</p>',
        f'<p dir="auto">{html_text(document.summary)}</p>' if document.summary else "",
        *(_block(block) for block in document.blocks),
        "</main></body></html>",
    ]  # fmt: skip
    return ("\n".join(part for part in parts if part) + "\n").encode("utf-8")


def _text(text: str) -> str:
    """Words with the blanks at their ends, Arabic ones set apart, so that a number beside them keeps its place."""
    return "".join(
        f'<bdi lang="ar">{_plain(part)}</bdi>' if arabic else _plain(part) for part, arabic in script_parts(text)
    )


def _plain(text: str) -> str:
    """Words with the blanks at their ends."""
    before, after = " " * text[:1].isspace(), " " * (text[-1:].isspace() and bool(text.strip()))
    return f"{before}{html_text(text)}{after}"


def _run(run: Run) -> str:
    """One run."""
    words = _text(run.text)
    if run.link:
        return f'<a href="{html.escape(run.link, quote=True)}">{words}</a>'
    return f"<strong>{words}</strong>" if run.strong else f"<em>{words}</em>" if run.emphasis else words


def _line(runs: Inline) -> str:
    """A line of runs."""
    return "".join(_run(run) for run in runs)


def _id(names: tuple[str, ...], at: int) -> str:
    """The attribute by which links find a line."""
    return f' id="{html.escape(names[at], quote=True)}"' if names else ""


def _block(block: Block) -> str:
    """One block."""
    if isinstance(block, Heading):
        return f"<h{block.level}>{html_text(block.text)}</h{block.level}>"
    if isinstance(block, Paragraph):
        small = ' class="small"' if block.small else ""
        return f"<p{small}>{_line(block.runs)}</p>"
    if isinstance(block, Listing):
        tag = "ol" if block.numbered else "ul"
        items = "".join(f"<li{_id(block.anchors, at)}>{_line(item)}</li>" for at, item in enumerate(block.items))
        return f"<{tag}>{items}</{tag}>"
    if isinstance(block, Picture):
        file = block.file(("svg", "png", "webp"))
        image = f'<img src="{html.escape(file, quote=True)}" alt="{html_text(block.alt)}">' if file else ""
        words = f"<strong>Figure {block.number}. {_text(block.title)}.</strong> {_text(block.caption)}"
        return f"<figure>{image}<figcaption>{words}</figcaption></figure>"
    return _table(block)


def _table(table: Table) -> str:
    """A table that may be wider than a narrow screen."""

    def side(at: int) -> str:
        return ' class="number"' if at in table.numbers else ""

    head = "".join(f'<th scope="col"{side(at)}>{html_text(name)}</th>' for at, name in enumerate(table.header))
    rows = "".join(
        f"<tr{_id(table.anchors, n)}>"
        + "".join(f"<td{side(at)}>{_line(c)}</td>" for at, c in enumerate(cells))
        + "</tr>"
        for n, cells in enumerate(table.rows)
    )
    return f'<div class="wide" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
