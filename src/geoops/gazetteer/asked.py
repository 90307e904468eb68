"""What a caller asks for, checked: names of any sort, countries, a kind, where the places are near."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from geoops.core.errors import InputError
from geoops.core.text import one_line
from geoops.gazetteer.features import kind_matches

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["countries_of", "kind_of", "near_of", "queries_of"]


def queries_of(names: Any) -> tuple[list[str], pd.Index | None]:
    """The names as texts on one line, empty where missing; and the index of a Series."""
    import pandas as pd

    if isinstance(names, str):
        names = [names]
    if isinstance(names, bytes | dict) or not isinstance(names, Iterable) or getattr(names, "ndim", 1) != 1:
        msg = f"names: expected a text or several; {type(names).__name__} came: {str(names)[:80]!r}"
        raise InputError(msg)
    index = names.index if isinstance(names, pd.Series) else None
    queries = []
    for position, value in enumerate(names):
        if isinstance(value, str):
            queries.append(one_line(value))
        elif value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
            queries.append("")
        elif isinstance(value, int | float | np.number):
            queries.append(str(value))  # a number is no name, but its row is kept and says so
        else:
            msg = f"names: element {position} is {type(value).__name__} {str(value)[:60]!r}; expected a text"
            raise InputError(msg)
    return queries, index


def countries_of(country: str | Iterable[str] | None) -> frozenset[str]:
    """ISO codes in capitals."""
    if country is None:
        return frozenset()
    codes = list(country) if isinstance(country, Iterable) and not isinstance(country, str) else [country]
    for code in codes:
        if not (isinstance(code, str) and len(code.strip()) == 2 and code.strip().isascii() and code.strip().isalpha()):
            msg = f"country={code!r}: expected an ISO 3166-1 alpha-2 code such as SY or IQ"
            raise InputError(msg)
    return frozenset(code.strip().upper() for code in codes)


def kind_of(kind: str | None) -> str | None:
    """The kind, checked."""
    if kind is not None:
        if not isinstance(kind, str):
            msg = f"kind: expected a feature code or a group's name; {type(kind).__name__} came"  # type: ignore[unreachable]
            raise InputError(msg)
        kind_matches(kind, "PPL")
    return kind


def near_of(near: Any) -> tuple[tuple[float, float], ...]:
    """The points of whatever counts as sites."""
    if near is None:
        return ()
    if (
        isinstance(near, tuple)
        and len(near) == 2
        and all(isinstance(v, float) and abs(v) <= limit for v, limit in zip(near, (180.0, 90.0), strict=True))
    ):
        return (near,)  # a pair as a brief has it, a hundred times in a text
    from geoops.core.schema import as_sites, site_points

    points = site_points(as_sites(near, what="near")).dropna()
    return tuple((float(p.x), float(p.y)) for p in points if not p.is_empty)
