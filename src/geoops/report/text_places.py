"""The places that a text names, each once, with how often and where it is named: what a brief is made from."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

from geoops.core.text import one_line

__all__ = ["places_of"]

_ARTICLE_INSIDE = re.compile(
    r"^(.*[^\W\d_]) the (river|refinery|camp|dam|lake|field|bridge|airport|mountains|desert|valley)$"
)
_WIDEST_TOLD_M = 100_000.0  # "between the Euphrates and the Tigris" is no site


def _called(words: str) -> str:
    """What the text calls a place, so that figures and text agree: "Baiji the refinery" is the Baiji refinery."""
    return _ARTICLE_INSIDE.sub(r"\1 \2", one_line(words))


def places_of(
    text: str,
    gazetteer: str | os.PathLike[str] | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> list[dict[str, Any]]:
    """
    One record a place that a text names, in the order of the text.

    Parameters
    ----------
    text
        The text.
    gazetteer
        Folder of another gazetteer than the embedded one.
    progress
        Called with what is being done and the share done.

    Returns
    -------
    list of dict
        `name` as the text has it, `country`, `kind`, `lon`, `lat`, `mentions` (how often it is named), the sentence that
        named it first as `note` and, longer, as `quote`; `uncertainty_km` of a place told from others ("30 km east of Kirkuk").
    """
    from geoops.gazetteer import find_places
    from geoops.gazetteer.review import sentence_of

    found = find_places(text, gazetteer=gazetteer, progress=progress)
    found = found[(found["status"] != "not_found") & ~(found.geometry.isna() | found.geometry.is_empty)]
    # A place told from others, such as "30 km east of Kirkuk", has no id: no gazetteer has its name.
    told = found["gazetteer_id"].isna() | (found["gazetteer_id"] == "")
    keys = found["gazetteer_id"].where(~told, found["name"]).astype(str)
    kept = ~told | (found["uncertainty_m"] <= _WIDEST_TOLD_M)
    found, keys, told = found[kept], keys[kept], told[kept]
    mentions = keys.value_counts()
    first = ~keys.duplicated()
    records = []
    for row, key, is_told in zip(found[first].to_dict(orient="records"), keys[first], told[first], strict=True):
        point = row["geometry"] if row["geometry"].geom_type == "Point" else row["geometry"].centroid
        start, end = int(row["start"]), int(row["end"])
        records.append(
            {
                "name": _called(str(row["text"])),
                "country": row["country"] if isinstance(row["country"], str) and len(row["country"]) == 2 else None,
                "kind": row["kind"] if isinstance(row["kind"], str) else "",
                "lon": float(point.x),
                "lat": float(point.y),
                "mentions": int(mentions[key]),
                "note": sentence_of(text, start, end),
                "quote": sentence_of(text, start, end, limit=2000),
                **({"uncertainty_km": max(float(row["uncertainty_m"]) / 1000.0, 0.001)} if is_told else {}),
            }
        )
    return records
