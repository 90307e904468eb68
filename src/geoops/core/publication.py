"""What must not stand in a public figure: the mark that a layer carries, how it gets into what is made from it, the refusal.

A layer says so in its catalogue entry (`publish = false`, `why_not_published`) and in a column `publish` of its rows, which a
concat, a merge and a file keep. Tables and grids made from it carry the reason in `attrs["unpublished"]` and, where rows tell of
single features, in the column. Whoever draws for others asks `refuse_unpublished` first.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoops.core.errors import PublicationError, SchemaError

__all__ = [
    "PUBLISH_COLUMN",
    "mark_unpublished",
    "mark_with",
    "marked_rows",
    "refuse_undated",
    "refuse_unpublished",
    "unpublished",
]

PUBLISH_COLUMN = "publish"
"""Of the rows of a layer that must not be published, and of tables made from them: False. Other layers need not have it."""

_NO_REASON = "its catalogue entry says so"


def unpublished(thing: Any) -> dict[str, str]:
    """
    Which layers in a thing must not be published, and why; empty where all of it may be.

    Parameters
    ----------
    thing
        A layer, a table or grid made from one, a `Corridor`, or anything else (which says nothing).

    Returns
    -------
    dict
        Name of the layer -> the reason.
    """
    attrs = getattr(thing, "attrs", None)
    attrs = attrs if isinstance(attrs, Mapping) else {}
    found = (
        {str(k): str(v) for k, v in attrs["unpublished"].items()}
        if isinstance(attrs.get("unpublished"), Mapping)
        else {}
    )
    friction = attrs.get("friction", attrs)
    of_friction = friction.get("layers") if isinstance(friction, Mapping) else None
    entries = [attrs.get("layer"), *(of_friction.values() if isinstance(of_friction, Mapping) else ())]
    for entry in entries:
        if isinstance(entry, Mapping) and (entry.get("publish") is False or entry.get("publishable") is False):
            found[str(entry.get("name", "layer"))] = _reason(entry)
    if not found and isinstance(thing, pd.DataFrame) and PUBLISH_COLUMN in thing.columns:
        forbidden = thing[PUBLISH_COLUMN].map(lambda value: isinstance(value, bool | np.bool_) and not value)
        if forbidden.any():
            rows = thing[forbidden.to_numpy(dtype=bool)]
            terms, source = (
                [str(v) for v in rows[c].dropna().unique()] if c in rows else [] for c in ("licence", "source")
            )
            found[source[0] if source else "layer"] = "; ".join(terms) or _NO_REASON
    return found


def _reason(entry: Mapping[str, Any]) -> str:
    """Why a layer must not be published: what its entry says, else its licence."""
    return str(entry.get("why_not_published") or entry.get("licence") or _NO_REASON)


def refuse_unpublished(thing: Any, what: str) -> None:
    """
    Raise an error where a thing that is to be shown to others holds what must not be published.

    Parameters
    ----------
    thing
        As for `unpublished`.
    what
        What it is in the call, for the message.

    Raises
    ------
    PublicationError
        With the layer and the reason.
    """
    found = unpublished(thing)
    if found:
        words = "; ".join(f"layer {name!r} must not be published: {why}" for name, why in found.items())
        msg = f"{what}: {words}. Draw it without, or from what may be published (counts, another source)"
        raise PublicationError(msg)


def refuse_undated(layer: Any, what: str) -> None:
    """
    Raise an error where areas of the user's own are to be shown to others without a date and a source.

    An area of control or a flood holds for one date, as one source saw it. A layer of a catalogue has both; here the
    others are asked, by their columns `source` and `source_date`, else by their entry.

    Parameters
    ----------
    layer
        Features; anything else, and layers without areas, pass.
    what
        What it is in the call, for the message.

    Raises
    ------
    SchemaError
        Naming the row and what it lacks.
    """
    if not isinstance(layer, pd.DataFrame) or not hasattr(layer, "geom_type"):
        return
    entry = layer.attrs.get("layer")
    entry = entry if isinstance(entry, Mapping) else {}
    areas = layer[layer.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy()]
    if len(areas) == 0 or entry.get("catalog"):
        return
    file = Path(str(entry.get("file", ""))).name
    for column, key, remedy in (("source_date", "date", "date='YYYY-MM-DD'"), ("source", "source", "source='who'")):
        if entry.get(key):
            continue
        stated = areas[column] if column in areas else pd.Series(None, index=areas.index, dtype=object)
        lacking = stated.isna() | stated.isin(["", file])  # where nothing else is known a file's name stands there
        if lacking.any():
            msg = (
                f"{what}: areas hold for one date, as one source has it; row {areas.index[lacking][0]!r} has no {column}."
                f" Give the column, or read the file with geoops.layer(path, {remedy})"
            )
            raise SchemaError(msg)


def mark_unpublished(made: Any, *sources: Any, rows: bool = False) -> None:
    """
    Give what was made the mark of what it was made from.

    Parameters
    ----------
    made
        A table or grid of one's own; changed in place.
    sources
        What it was made from.
    rows
        Whether its rows tell of single features, and so need the column that a concat or merge keeps.
    """
    found = {name: why for source in sources for name, why in unpublished(source).items()}
    if rows:
        mark_with(made, found)
    elif found:
        made.attrs["unpublished"] = found


def mark_with(made: pd.DataFrame, marks: Mapping[str, str]) -> None:
    """
    Give a table a mark that is known already, in its `attrs` and in the column that a concat or merge keeps.

    Parameters
    ----------
    made
        A table of one's own; changed in place.
    marks
        Name of a layer -> why it must not be published, as `unpublished` tells them; nothing is done where there is none.
    """
    if marks:
        made.attrs["unpublished"] = dict(marks)
        made[PUBLISH_COLUMN] = False


def marked_rows(layer: pd.DataFrame) -> None:
    """Put the column into the rows of a layer whose entry forbids publication; changed in place."""
    entry = layer.attrs.get("layer")
    if isinstance(entry, Mapping) and entry.get("publish") is False and PUBLISH_COLUMN not in layer.columns:
        layer[PUBLISH_COLUMN] = False
