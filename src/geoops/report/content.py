"""What a report says, before any format: headings, paragraphs, lists, tables, figures, with links between them.

It is plain frozen structure. `composing.py` and `methods.py` fill it from a brief and its analysis; each module of
`writers/` turns the same structure into one format. Every text passes `one_line` on its way in, so that no control
character or direction override reaches a writer; what a format reads as markup is the writer's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from geoops.core.text import closed, has_arabic, one_line

__all__ = [
    "Block", "Document", "Heading", "Inline", "Listing", "Paragraph", "Picture", "Run", "Table", "anchors", "deeper", "line",
    "plain", "reads_from_right", "script_parts",
]  # fmt: skip


_STOPS = frozenset(".!?…:;")
_ARABIC_PART = re.compile(r"([\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc][\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc\s]*)")  # fmt: skip


@dataclass(frozen=True)
class Run:
    """
    Words set in one way.

    Parameters
    ----------
    text
        The words.
    link
        Where they lead: an address, or "#" and an anchor of the same document; nowhere where empty.
    strong, emphasis
        Bold; italic.
    """

    text: str
    link: str = ""
    strong: bool = False
    emphasis: bool = False

    def __post_init__(self) -> None:
        kept = closed(one_line(self.text))
        if kept[-1:] in _STOPS and reads_from_right(kept) and reads_from_right(kept[::-1]):
            kept = f"{kept}\u200f"  # a full stop stays at the end of its Arabic sentence
        before = " " if self.text[:1].isspace() and kept else ""
        after = " " if self.text[-1:].isspace() and kept else ""
        object.__setattr__(self, "text", f"{before}{kept}{after}" if kept else " " if self.text else "")


Inline = tuple[Run, ...]
"""A line of runs."""


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 4."""

    level: int
    text: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", one_line(self.text))


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `small` for what stands below a text rather than in it."""

    runs: Inline
    small: bool = False


@dataclass(frozen=True)
class Listing:
    """
    A list.

    Parameters
    ----------
    items
        Its lines.
    numbered
        Whether they are numbered from 1.
    anchors
        What links call each item; none where empty.
    """

    items: tuple[Inline, ...]
    numbered: bool = False
    anchors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """
    A table.

    Parameters
    ----------
    header
        Names of the columns, with units.
    rows
        Cells.
    widths
        Share of the width of each column.
    numbers
        Columns whose cells are numbers, set to the right.
    anchors
        What links call each row; none where empty.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[Inline, ...], ...]
    widths: tuple[float, ...] = ()
    numbers: tuple[int, ...] = ()
    anchors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picture:
    """
    A figure.

    Parameters
    ----------
    files
        Its files beside the report, by their endings.
    title
        Its title.
    caption
        What stands under it.
    alt
        What it shows, for those who do not see it.
    number
        Its number in the report.
    """

    files: dict[str, str]
    title: str
    caption: str
    alt: str
    number: int = 1

    def __post_init__(self) -> None:
        for name in ("title", "caption", "alt"):
            object.__setattr__(self, name, closed(one_line(getattr(self, name))))

    def file(self, endings: Sequence[str]) -> str:
        """The first file of these endings, or nothing."""
        return next((self.files[e] for e in endings if e in self.files), "")


Block = Heading | Paragraph | Listing | Table | Picture


@dataclass(frozen=True)
class Document:
    """
    A whole text.

    Parameters
    ----------
    title
        Its title.
    date
        Its as-at date, ISO; the only time that any format of it carries.
    blocks
        What it consists of.
    summary, author, producer
        Shown under the title where there are any.
    """

    title: str
    date: str
    blocks: tuple[Block, ...]
    summary: str = ""
    author: str = ""
    producer: str = ""

    def __post_init__(self) -> None:
        for name in ("title", "date", "summary", "author", "producer"):
            object.__setattr__(self, name, one_line(getattr(self, name)))


def line(*parts: str | Run) -> Inline:
    """Texts and runs as a line; what is no text, such as a missing cell of a table, is left out."""
    runs = (part if isinstance(part, Run) else Run(part if isinstance(part, str) else "") for part in parts)
    return tuple(run for run in runs if run.text)


def script_parts(text: str) -> list[tuple[str, bool]]:
    """
    A text in parts of one direction, each with whether it is Arabic.

    Examples
    --------
    >>> script_parts("Kirkuk · كركوك")
    [('Kirkuk · ', False), ('كركوك', True)]
    """
    return [(part, has_arabic(part)) for part in _ARABIC_PART.split(text) if part]


def reads_from_right(text: str) -> bool:
    """
    Whether a text of the author's own is read from the right: its first letter is Arabic.

    Examples
    --------
    >>> reads_from_right("2025: كركوك"), reads_from_right("Kirkuk · كركوك")
    (True, False)
    """
    return has_arabic(next((letter for letter in text if letter.isalpha()), ""))


def plain(runs: Iterable[Run]) -> str:
    """A line's words alone."""
    return "".join(run.text for run in runs)


def deeper(blocks: Iterable[Block], levels: int) -> tuple[Block, ...]:
    """Blocks with their headings so many levels lower."""
    return tuple(replace(b, level=b.level + levels) if isinstance(b, Heading) else b for b in blocks)


def anchors(blocks: Iterable[Block]) -> set[str]:
    """All anchors that blocks define."""
    return {name for b in blocks if isinstance(b, Listing | Table) for name in b.anchors if name}
