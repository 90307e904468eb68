"""Making a name safe for where it goes: a plot, a web page, a table, a file name.

Names come from other people's files. They keep their letters and lose only what acts: control characters,
direction overrides, markup and formulas. What a name means is not this module's business.
"""

from __future__ import annotations

import html
import re
import unicodedata

__all__ = ["closed", "csv_cell", "file_stem", "has_arabic", "html_text", "one_line"]

# Direction overrides and isolates can make a name read as something else; marks (200E, 200F) are harmless.
# A byte-order mark inside a name is no letter, and a PDF has nothing to write for it.
_OVERRIDES = {chr(code): None for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF)}
_OVERRIDE_TABLE = str.maketrans(_OVERRIDES)
_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc]")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_RESERVED_STEMS = {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))}


def one_line(text: str) -> str:
    r"""
    The text on one line, without control characters, direction overrides or lone surrogates.

    Examples
    --------
    >>> one_line("Deir\n al-Zor\x00 ")
    'Deir al-Zor'
    """
    if text.isprintable():  # neither control characters nor overrides nor surrogates are
        return " ".join(text.split())
    text = text.encode("utf-8", "replace").decode("utf-8").translate(_OVERRIDE_TABLE)
    kept = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) != "Cc")
    return " ".join(kept.split())


def html_text(text: str) -> str:
    """
    The text for an HTML or SVG document; braces too, so that no template engine finds code in a name.

    Examples
    --------
    >>> html_text("{{7*7}} <b>")
    '&#123;&#123;7*7&#125;&#125; &lt;b&gt;'
    """
    return html.escape(one_line(text), quote=True).replace("{", "&#123;").replace("}", "&#125;")


def csv_cell(value: object) -> object:
    r"""
    The value for a table that a spreadsheet may open: a text that would run as a formula gets an apostrophe.

    Carriage returns become line feeds: a writer leaves them without quotes, and what follows one would begin a row.
    Numbers stay numbers.

    Examples
    --------
    >>> csv_cell("=HYPERLINK(1)"), csv_cell(-3.5), csv_cell("a\r=1+1")
    ("'=HYPERLINK(1)", -3.5, 'a\n=1+1')
    """
    if not isinstance(value, str):
        return value
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{lines}" if lines.lstrip(" \n").startswith(_FORMULA_STARTS) else lines


def file_stem(text: str, *, limit: int = 80) -> str:
    """
    A file name's stem from any text: lower case ASCII letters, digits and hyphens, never empty or reserved.

    Examples
    --------
    >>> file_stem("Deir al-Zor → Kirkuk"), file_stem("../../etc"), file_stem("حمرين")
    ('deir-al-zor-kirkuk', 'etc', 'u062d-u0645-u0631-u064a-u0646')
    """
    ascii_text = unicodedata.normalize("NFKD", one_line(text)).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")
    if not stem:  # no Latin letter at all: the code points keep two names apart
        stem = "-".join(f"u{ord(c):04x}" for c in one_line(text) if not c.isspace()) or "unnamed"
    stem = stem[:limit].strip("-")
    return f"{stem}-file" if stem in _RESERVED_STEMS else stem


def closed(text: str) -> str:
    """
    A name for a sentence that reads from the left: a mark behind Arabic letters, or a number that follows would change its place.

    Examples
    --------
    >>> closed("دير الزور") == "دير الزور" + chr(0x200E), closed("Kirkuk")
    (True, 'Kirkuk')
    """
    return f"{text}\u200e" if has_arabic(text[-1:]) else text


def has_arabic(text: str) -> bool:
    """
    Whether a letter of the Arabic script stands in the text (it then needs the Arabic font).

    Examples
    --------
    >>> has_arabic("دير الزور"), has_arabic("Dêrazor")
    (True, False)
    """
    return _ARABIC.search(text) is not None
