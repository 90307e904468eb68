"""A brief to begin with: from names, or from the places that a text names.

What comes out is an ordinary brief, to be read, changed and rendered; nothing here guesses a date or a claim.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from geoops.core.errors import InputError
from geoops.core.text import one_line
from geoops.report.brief import Brief
from geoops.report.briefing import parse_brief

__all__ = ["brief_from_text", "draft_brief", "names_in_text"]

_THEMES = ("oil_gas_fields", "power_stations", "border_crossings", "roads")
_MAX_SITES = 40


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are TOML's, but for the delete character."""
    return json.dumps(one_line(text), ensure_ascii=False).replace("\x7f", "\\u007F")


def _has(theme: str) -> bool:
    """Whether the catalogue in use has a layer of that name."""
    from geoops.layers.catalog import read_catalog

    return theme in read_catalog(None).layers


def draft_brief(
    names: Sequence[str], *, title: str, date: str, notes: Sequence[str] | None = None, summary: str = ""
) -> str:
    """
    The TOML of a brief with these sites.

    Parameters
    ----------
    names
        Names of the sites, in order; one that comes twice is taken once.
    title, date
        Of the report.
    notes
        Why each is named, in the order of the names.
    summary
        A sentence on the whole.

    Returns
    -------
    str
        TOML that `read_brief` accepts, with comments that say what can be added.

    Raises
    ------
    BriefError
        The date or the title cannot stand in a brief.
    """
    sites: dict[str, tuple[str, str]] = {}
    for at, name in enumerate(names):
        clean = one_line(name)
        if clean:
            sites.setdefault(clean.casefold(), (clean, one_line(notes[at]) if notes else ""))
    lines = [
        "# A brief for geoops. Render it with:  geoops render THIS_FILE --out figures",
        "# All keys: geoops new --schema",
        "",
        f"title = {_quoted(title)}",
        f"date = {_quoted(date)}",
    ]
    lines += [f"summary = {_quoted(summary)}"] if summary else ['# summary = "One sentence on what the figures show."']
    lines += ['# producer = "Who made the figures"', ""]
    for name, note in sites.values():
        lines += ["[[sites]]", f"name = {_quoted(name)}"]
        lines += [f"note = {_quoted(note)}"] if note else ['# note = "Why it is named."']
        lines += ['# country = "SY"      # where namesakes must be told apart', ""]
    themes = [theme for theme in _THEMES if _has(theme)]
    if themes:
        lines += ["[proximity]", f"themes = {json.dumps(themes)}", "rings_km = [25, 50, 100]", ""]
    lines += [
        "# [corridors]",
        "# slack = 0.20",
        '# pairs = [{ from = "A site", to = "Another", modes = ["vehicle"] }]',
        "",
    ]
    text = "\n".join(lines)
    parse_brief(text, source="the new brief")
    return text


def names_in_text(path: str | os.PathLike[str]) -> list[str]:
    """The names of the places that a text file names, each once, in the order of the text."""
    return [row["name"] for row in _places(path)[0]]


def _places(path: str | os.PathLike[str]) -> tuple[list[dict[str, Any]], str]:
    """One record a place that the text names, with the sentence that named it first; and the text."""
    from geoops.gazetteer import find_places, read_text

    text = read_text(path)
    found = find_places(text)
    places: dict[str, dict[str, Any]] = {}
    for _, row in found.iterrows():
        if row["status"] == "not_found" or row.geometry is None or row.geometry.is_empty:
            continue
        key = str(row.get("gazetteer_id") or row["name"])
        if key not in places:
            places[key] = {
                "name": one_line(str(row["text"])),  # what the text calls it, so that figures and text agree
                "country": row["country"] if isinstance(row["country"], str) else None,
                "kind": row["kind"] if isinstance(row["kind"], str) else "",
                "lon": float(row.geometry.x if row.geometry.geom_type == "Point" else row.geometry.centroid.x),
                "lat": float(row.geometry.y if row.geometry.geom_type == "Point" else row.geometry.centroid.y),
                "note": _sentence(text, int(row["start"]), int(row["end"])),
            }
    return list(places.values()), text


def _sentence(text: str, start: int, end: int, limit: int = 240) -> str:
    """The sentence round a mention, on one line."""
    before = max(text.rfind(mark, 0, start) for mark in (". ", ".\n", "\n\n", "? ", "! "))
    after = [at for mark in (". ", ".\n", "\n\n", "? ", "! ") if (at := text.find(mark, end)) >= 0]
    words = one_line(text[before + 1 : (min(after) + 1) if after else len(text)])
    return words if len(words) <= limit else words[: limit - 1].rsplit(" ", 1)[0] + "…"


def brief_from_text(path: str | os.PathLike[str], *, date: str, title: str | None = None) -> Brief:
    """
    A brief for the places that a text names, each with the sentence that named it.

    Countries are left out: they say where a site is not. Beyond 40 places the first 40 are taken.

    Parameters
    ----------
    path
        A text that `geoops.read_text` reads.
    date
        The as-at date of the figures, ISO.
    title
        Of the figures; by default the text's first line.

    Raises
    ------
    InputError
        The text names no place that the gazetteer knows.
    """
    places, text = _places(path)
    sites = [place for place in places if not place["kind"].startswith("PCL")][:_MAX_SITES]
    if not sites:
        msg = (
            f"{os.fspath(path)}: names no place that the gazetteer knows (countries alone make no map);"
            f" write a brief with the names instead: geoops new NAME... --date {date} --out brief.toml"
        )
        raise InputError(msg)
    first = next((one_line(line) for line in text.splitlines() if line.strip()), "")
    toml = [f"title = {_quoted((title or first or 'Named places')[:200])}", f"date = {_quoted(date)}"]
    seen: set[str] = set()
    for place in sites:
        label = place["name"]
        if label.casefold() in seen:
            label = f"{label} ({place['kind'] or place['country'] or len(seen)})"
        if label.casefold() in seen:
            continue
        seen.add(label.casefold())
        toml += ["[[sites]]", f"name = {_quoted(place['name'])}", f"note = {_quoted(place['note'])}"]
        toml += [f"label = {_quoted(label)}"] if label != place["name"] else []
        toml += [f"country = {_quoted(place['country'])}"] if place["country"] else []
        toml += [f"kind = {_quoted(place['kind'])}"] if place["kind"] else []
        toml += [f"near = [{place['lon']!r}, {place['lat']!r}]"]
    themes = [theme for theme in _THEMES if _has(theme)]
    if themes:
        toml += ["[proximity]", f"themes = {json.dumps(themes)}"]
    brief = parse_brief("\n".join(toml), source=os.fspath(path), folder=Path(path).parent)
    brief._source = Path(path)  # noqa: SLF001  the text takes the place of a brief's file in the manifest
    return brief
