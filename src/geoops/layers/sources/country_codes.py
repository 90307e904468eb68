"""Which country a file means: ISO 3166-1 codes and the names that publishers write, to alpha-2.

The table is ISO 3166-1 as GeoNames' country list and Debian's iso-codes carry it, with the spellings of UCDP, ACLED, OCHA
and Global Energy Monitor added. A name that is not in it stays unknown; nothing is guessed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from geoops.core.tables import table_chunks

__all__ = ["alpha2", "alpha3", "country_name", "first_language"]

_TABLE = Path(__file__).with_name("country_codes.csv")


def _folded(text: str) -> str:
    """A name without marks, case and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c)).split())


@cache
def _known() -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """Alpha-2 by every spelling and code; name and language by alpha-2."""
    table = pd.concat(table_chunks(_TABLE, needs=("iso", "iso3", "number", "name", "other_names")))
    codes: dict[str, str] = {}
    for row in table.itertuples():
        number = str(row.number)
        texts = [row.iso, row.iso3, row.name, *str(row.other_names or "").split("|")]
        codes.update({_folded(str(text)): str(row.iso) for text in texts if text})
        if row.number is not None:
            codes.update({number: str(row.iso), str(int(number)): str(row.iso)})
    about = {str(r.iso): (str(r.name), str(r.language or "")) for r in table.itertuples(index=False)}
    return codes, about


@cache
def _threes() -> dict[str, str]:
    """Alpha-3 by alpha-2."""
    table = pd.concat(table_chunks(_TABLE, needs=("iso", "iso3")))
    return dict(zip(table["iso"].astype(str), table["iso3"].astype(str), strict=True))


def alpha2(values: Iterable[object]) -> np.ndarray:
    """
    ISO 3166-1 alpha-2 of each code (alpha-2, alpha-3, numeric) or English name; None where it is not known.

    Of a list (`Iran; Iraq`) nothing is chosen: a feature of several countries has none.

    Examples
    --------
    >>> alpha2(["SYR", "Türkiye", "368", "Iran; Iraq", None]).tolist()
    ['SY', 'TR', 'IQ', None, None]
    """
    codes, _ = _known()
    found = []
    for value in values:
        text = "" if value is None or value is pd.NA or value != value else str(value).strip().rstrip(";")  # noqa: PLR0124
        found.append(codes.get(_folded(text)) if text else None)
    return np.array(found, dtype=object)


def alpha3(code: str) -> str:
    """
    The alpha-3 of an alpha-2 code; the code itself where it is not known.

    Examples
    --------
    >>> alpha3("SY"), alpha3("??")
    ('SYR', '??')
    """
    return _threes().get(code, code)


def country_name(code: str) -> str:
    """
    The English name of an alpha-2 code; the code itself where it is not known.

    Examples
    --------
    >>> country_name("SY"), country_name("??")
    ('Syria', '??')
    """
    return _known()[1].get(code, (code, ""))[0]


def first_language(code: str) -> str:
    """
    ISO 639-1 code of a country's first language; empty where it is not known.

    Examples
    --------
    >>> first_language("IQ")
    'ar'
    """
    return _known()[1].get(code, ("", ""))[1]
