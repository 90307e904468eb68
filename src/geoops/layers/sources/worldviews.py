"""Whose borders: Natural Earth's boundary lines and countries in a neutral reading, or as one country sees them.

Natural Earth classes every line as it is on the ground (`featurecla`) and, in `FCLASS_xx`, as the country xx draws it:
the same, as something else, or not at all (Unrecognized). The neutral reading takes no side: a line that is disputed on
the ground, or that any one of the views draws differently, is disputed.
"""

from __future__ import annotations

import re

import geopandas as gpd
import pandas as pd

from geoops.core.errors import InputError
from geoops.layers.sources.contract import texts
from geoops.layers.sources.country_codes import alpha2
from geoops.layers.sources.opening import column_of

__all__ = ["areas", "lines", "status_of", "views_of"]

_STATUS = {
    "international boundary": "international",
    "country": "international",
    "disputed": "disputed",
    "breakaway": "disputed",
    "claim boundary": "disputed",
    "admin-0 claim area": "disputed",
    "unrecognized": "unrecognized",
    "indefinite": "indefinite",
    "indeterminant frontier": "indefinite",
    "indeterminate frontier": "indefinite",
    "elusive frontier": "indefinite",
    "line of control": "line of control",
    "reference line": "disputed",
    "overlay limit": "zone limit",
    "lease limit": "lease limit",
    "map unit boundary": "map unit",
    "marine indicator treaty": "maritime",
    "marine indicator median": "maritime",
    "marine indicator overlap": "maritime",
}
_KEPT_APART = {
    "line of control",
    "indefinite",
    "claim",
    "zone limit",
    "lease limit",
    "map unit",
    "reference line",
    "maritime",
}
_PREFIX = re.compile(r"^fclass_(\w+)$", re.IGNORECASE)


def status_of(feature_class: object) -> str | None:
    """
    The `status` of a Natural Earth class; None for a blank, the class itself in lower case where it is new.

    Examples
    --------
    >>> status_of("International boundary (verify)"), status_of("Line of control (please verify)"), status_of(None)
    ('international', 'line of control', None)
    """
    text = texts([feature_class]).iloc[0]
    if text is None:
        return None
    plain = re.sub(r"\s*\((please )?verify\)|\s*\(magics\)", "", str(text), flags=re.IGNORECASE).strip().lower()
    return _STATUS.get(plain, plain)


def views_of(columns: object) -> dict[str, str]:
    """The world views that a file has: two or three lower-case letters, and the column."""
    found = ((match[1].lower(), str(c)) for c in columns if (match := _PREFIX.match(str(c).strip())))  # type: ignore[attr-defined]
    return dict(found)


def _view(raw: gpd.GeoDataFrame, worldview: str) -> pd.Series:
    """The class of each feature as one country sees it; that on the ground where it says nothing."""
    views = views_of(raw.columns)
    column = views.get(worldview.strip().lower())
    if column is None:
        has = f"it has {', '.join(sorted(views))}" if views else "it has none (Natural Earth has them since version 5)"
        msg = f"no world view {worldview!r} in this file (a column FCLASS_{worldview.upper()}); {has}"
        raise InputError(msg)
    seen = pd.Series(texts(raw[column]).to_numpy(), index=raw.index, dtype=object)
    return seen.where(seen.notna(), _plain(raw, "featurecla"))


def _plain(raw: gpd.GeoDataFrame, *names: str) -> pd.Series:
    """A column as clean text; missing everywhere where there is none."""
    found = column_of(raw.columns, names)
    values = texts(raw[found]).to_numpy() if found else [None] * len(raw)
    return pd.Series(values, index=raw.index, dtype=object)


def _neutral(raw: gpd.GeoDataFrame) -> tuple[pd.Series, pd.Series]:
    """The status of each feature with every dispute kept, and the views that differ from what is on the ground."""
    ground = _plain(raw, "featurecla").map(status_of)
    views = {view: _plain(raw, column).map(status_of) for view, column in sorted(views_of(raw.columns).items())}
    status, dissent = [], []
    for position, own in enumerate(ground):
        others = {view: seen.iloc[position] for view, seen in views.items()}
        differ = [f"{view}: {seen}" for view, seen in others.items() if isinstance(seen, str) and seen != own]
        dissent.append("; ".join(differ) or None)
        # What is international or nothing on the ground and contested by a view is disputed; a finer word is kept.
        status.append("disputed" if own == "unrecognized" or (differ and own not in _KEPT_APART) else own)
    return pd.Series(status, index=raw.index, dtype=object), pd.Series(dissent, index=raw.index, dtype=object)


def lines(raw: gpd.GeoDataFrame, uncertainty_m: float, worldview: str | None) -> gpd.GeoDataFrame:
    """
    Boundary lines with `status`, `country`, `country_b`, `claim` (whose view, in words), `worldview`, `feature_class`.

    Parameters
    ----------
    raw
        Natural Earth's `admin_0_boundary_lines_land` or `..._disputed_areas`, of version 4 or 5.
    uncertainty_m
        For every line.
    worldview
        Two letters of a view, or None for the neutral one. In a view, lines that it does not recognise are left out.

    Raises
    ------
    InputError
        A view that the file does not have.
    """
    status, dissent = _neutral(raw)
    if worldview is not None:
        status = _view(raw, worldview).map(status_of)
    sides = [
        _plain(raw, f"adm0_{side}", f"adm0_{short}", f"sov_a3_{short}")
        for side, short in (("left", "l"), ("right", "r"))
    ]
    codes = [
        pd.Series(alpha2(_plain(raw, f"adm0_a3_{s}")), index=raw.index).where(
            lambda c: c.notna(), pd.Series(alpha2(n), index=raw.index)
        )
        for s, n in zip("lr", sides, strict=True)
    ]
    given = _plain(raw, "name", "name_en")
    pair = (sides[0] + "–" + sides[1]).where(sides[0] != sides[1], sides[0])
    note = _plain(raw, "note", "comment")
    own = [_plain(raw, f"brk_name_{side}", f"brk_name_{side[0]}") for side in ("left", "right")]
    claim = note.where(note.notna(), own[0].where(own[0].notna(), own[1]))
    number = _plain(raw, "ne_id", "brk_id")
    rows = pd.Series([str(label) for label in raw.index], index=raw.index)
    frame = gpd.GeoDataFrame(
        {
            "id": "ne-boundary/" + number.where(number.notna(), rows),
            "name": given.where(given.notna(), pair),
            "kind": "PCL",
            "country": codes[0],
            "status": status,
            "uncertainty_m": uncertainty_m,
            "country_b": codes[1].where(codes[1] != codes[0]),
            "claim": claim.where(claim.notna(), given.where(status == "disputed")),
            "dissent": dissent,
            "worldview": worldview.lower() if worldview else "neutral",
            "feature_class": _plain(raw, "featurecla"),
        },
        geometry=raw.geometry,
    )
    return frame if worldview is None else frame[frame["status"] != "unrecognized"]


def areas(raw: gpd.GeoDataFrame, frame: gpd.GeoDataFrame, worldview: str | None) -> gpd.GeoDataFrame:
    """
    Countries with `status` and `worldview`: those that a view does not recognise are left out in it.

    Parameters
    ----------
    raw
        Natural Earth's `admin_0_countries`.
    frame
        The same rows as features.
    worldview
        As for `lines`.
    """
    result = frame.copy()
    result["worldview"] = worldview.lower() if worldview else "neutral"
    if worldview is not None:
        seen = _view(raw, worldview).map(status_of)
        result["status"] = seen.where(seen.isin(["disputed", "indefinite"]))
        return result[seen != "unrecognized"]
    status, dissent = _neutral(raw)
    result["status"], result["dissent"] = status.where(status.isin(["disputed", "indefinite"])), dissent
    return result
