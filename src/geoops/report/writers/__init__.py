"""One content, several formats: each module turns a `Document` into the bytes of one kind of file.

`write_report` writes those that are asked for. Libraries of the extra `geoops[report]` are imported by the writer that
uses them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

from geoops.core.writing import write_bytes
from geoops.report.content import Document

__all__ = ["REPORT", "lies", "write_report"]

REPORT = "report"
"""File name of the report, without its ending."""

_MODULES = {"md": "markdown", "html": "html", "docx": "word", "pptx": "slides", "pdf": "typeset"}
_LYING = 1.2


def write_report(document: Document, formats: Iterable[str], folder: Path) -> list[str]:
    """
    Write a report into the folder where its figures are.

    Parameters
    ----------
    document
        What it says.
    formats
        Of "md", "html", "docx", "pptx", "pdf".
    folder
        Where its figures are, and where it goes.

    Returns
    -------
    list of str
        Names of the files.
    """
    names = []
    for ending in dict.fromkeys(formats):
        encode: Callable[[Document, Path], bytes] = import_module(f"{__name__}.{_MODULES[ending]}").encode
        names.append(write_bytes(folder / f"{REPORT}.{ending}", encode(document, folder)).name)
    return names


def lies(path: Path) -> bool:
    """Whether a picture is clearly wider than high; only of pixels is that known without drawing it."""
    if path.suffix not in {".png", ".webp"}:
        return False
    from PIL import Image

    with Image.open(path) as picture:
        return picture.width > _LYING * picture.height
