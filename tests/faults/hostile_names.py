"""Hostile names: strings that act when they meet a plot, a page, a table or a file system, and how they are generated."""

from __future__ import annotations

import random
from collections.abc import Iterator

__all__ = ["names"]

_MARKUP = [
    "<script>document.documentElement.dataset.acted=1</script>", "<img src=x onerror='document.documentElement.dataset.acted=1'>", "</script><script>document.documentElement.dataset.acted=1</script>",
    "<svg onload=document.documentElement.dataset.acted=1>", "'\"><b>", "<!--", "-->", "]]>", "<![CDATA[", "&lt;b&gt;", "&amp;", "&#x3c;b&#x3e;", "&nosuch;",
    "<iframe src='http://127.0.0.1:9/'></iframe>", '<a href="javascript:document.documentElement.dataset.acted=1">x</a>', "<style>*{display:none}</style>",
    "<base href='http://127.0.0.1:9/'>", "</title>", "</textarea>", "<?xml version='1.0'?>", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "<w:p/>", "</w:t>",
]  # fmt: skip
_TEMPLATES = [
    "{{7*7}}", "{% raw %}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{{constructor.constructor('document.documentElement.dataset.acted=1')()}}", "%s%n", "{0}", "{name}", "$(id)", "`id`",
    "\\${x}", "{{", "}}", "%(x)s",
]  # fmt: skip
_FORMULAS = [
    '=HYPERLINK("http://127.0.0.1:9/","x")', "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", " =1+1", "=cmd|' /C calc'!A0", "=DDE(1)",
    "＝1+1", "=IMPORTXML(1)", "'=1", "\n=1+1",
]  # fmt: skip
_MATHS = [
    "$",
    "$$",
    "$x$",
    "$\\frac{1}{2}$",
    "a_b^c",
    "\\",
    "\\\\",
    "\\n",
    "^",
    "_",
    "$\\unknown{x}$",
    "#",
    "%",
    "~",
    "\\begin{x}",
    "$a",
    "a$ b$ c$",
]
_CONTROLS = [
    f"a{chr(code)}b" for code in (*range(0x20), 0x7F, *range(0x80, 0xA0, 4), 0xAD, 0xFEFF, 0xFFFE, 0xFFFF, 0xFFFD)
]
_DIRECTIONS = [
    f"Kirkuk {chr(code)}txt.exe"
    for code in (
        0x200B,
        0x200C,
        0x200D,
        0x200E,
        0x200F,
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2065),
        *range(0x2066, 0x206A),
        0x061C,
    )
]
_SURROGATES = ["\ud800", "a\udfffb", "\ud83d", "\udc80\udcff"]
_PATHS = [
    "../../etc/passwd", "..\\..\\x", "/tmp/x", "C:\\x", "con", "nul.txt", "aux", "a/b", "a\\b", ".", "..", "...", " ", "a" * 300, "x" * 5000, "name.", "name ",
    "file:///etc/passwd", "http://127.0.0.1:9/x", "\\\\host\\share", "a:b", "a*b?", "|", "~root", "-rf", "--help",
]  # fmt: skip
_SCRIPTS = [
    "دير الزور", "الحَسَكَة", "كەركووک", "Dêrazor", "Qamişlo", "Żółć", "Đà Nẵng", "İstanbul", "ß", "ﷺ", "ﬁ", "Ａ", "東京", "서울", "กรุงเทพ", "ኢትዮጵያ", "काठमाण्डू", "ירושלים",
    "Ωmega", "Київ", "🏔️", "👩‍👩‍👧", "e" + "\u0301" * 60, "Z" + "\u0334\u0347\u031b" * 40, "١٢٣", "ك" * 200, "\u0640" * 30, "a\u2028b", "a\u2029b", "𐎀", "\U000e0041", "\ufff9x\ufffa",
]  # fmt: skip
_SQL = ["'; DROP TABLE x; --", '" OR ""="', "a'b", 'a"b', "a;b", "a,b", 'a""b', "a\tb", "a\nb", "a\r\nb", "NULL", "None", "nan", "NaN", "true", "inf", "-1", "1e9", "0x10", "00123", "2025-06-30"]  # fmt: skip


def names(*, count: int = 600) -> Iterator[str]:
    """At least `count` hostile names: every one of the families, then pairs of them, the same in every run."""
    families = [_MARKUP, _TEMPLATES, _FORMULAS, _MATHS, _CONTROLS, _DIRECTIONS, _SURROGATES, _PATHS, _SCRIPTS, _SQL]
    given = 0
    for family in families:
        for name in family:
            yield name
            given += 1
    draw = random.Random(11)
    while given < count:
        first, second = draw.sample(families, 2)
        yield draw.choice(first) + draw.choice([" ", "", "\n", " - "]) + draw.choice(second)
        given += 1
