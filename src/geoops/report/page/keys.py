"""Search by any spelling in the page: the gazetteer's keys of every name, and the rules by which it makes them.

The page has no matcher of its own. What a reader types becomes keys by the very tables of the gazetteer, which are
shipped as data and read by `assets/keys.js`; two names belong together where they share a key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from geoops.core.text import one_line
from geoops.gazetteer.key_rules import key_rules
from geoops.gazetteer.records import Record
from geoops.gazetteer.store import keys_of_name

__all__ = ["key_rules", "keys_of", "names_of_row", "names_of_site"]


def keys_of(names: Iterable[str], kind: str | None) -> str:
    """
    Every key of every name of one thing, in one text with a space between keys.

    Parameters
    ----------
    names
        All that it is called.
    kind
        Its GeoNames feature code.

    Examples
    --------
    >>> keys_of(["Kirkuk"], "PPLA")
    'kIrkUk =kirkuk ~krkk'
    """
    keys: dict[str, None] = {}
    for name in names:
        keys.update(dict.fromkeys(k for k in keys_of_name(one_line(name), kind, with_skeleton=True) if " " not in k))
    return " ".join(keys)


def names_of_row(row: Any) -> list[str]:
    """
    All names of a layer's row.

    Parameters
    ----------
    row
        With `name`, and where there are, `name_local`, `alt_names` and `name_ar`, `name_ku` and the like.
    """
    given = [row.get("name"), *(value for key, value in row.items() if str(key).startswith("name_"))]
    others = row.get("alt_names")
    split = others.split("|") if isinstance(others, str) else []
    return list(dict.fromkeys(n for n in (*given, *split) if isinstance(n, str) and n))


def names_of_site(row: Any, record: Record | None) -> list[str]:
    """
    All names of a site: its own, as it was asked for, and those of the gazetteer.

    Parameters
    ----------
    row
        A row of Sites.
    record
        The gazetteer's place of its id, if there is one.
    """
    own = [row[column] for column in ("name", "query", "name_local") if isinstance(row[column], str)]
    own += record.names if record is not None else ()
    return list(dict.fromkeys(name for name in own if name))
