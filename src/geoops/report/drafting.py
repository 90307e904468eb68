"""A brief to begin with: from names, or from the places that a text names.

What comes out is an ordinary brief, to be read, changed and rendered; nothing here guesses a date or a claim.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from geoops.core.errors import InputError
from geoops.core.text import one_line
from geoops.report.brief import Brief
from geoops.report.briefing import parse_brief

__all__ = ["brief_from_text", "draft_brief", "names_in_text", "reviewed_sites"]

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
    names: Sequence[str], *, title: str, date: str, notes: Sequence[str] | None = None, summary: str = "",
    places: Sequence[Mapping[str, Any]] = (), gazetteer: str | os.PathLike[str] | None = None,
) -> str:  # fmt: skip
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
    places
        Sites with more than a name, from `reviewed_sites`; they come after the names.
    gazetteer
        Folder of another gazetteer than the embedded one, for the brief to name.

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
    lines += ['# producer = "Who made the figures"']
    lines += [f"gazetteer = {_quoted(str(Path(gazetteer).resolve()))}"] if gazetteer is not None else []
    lines.append("")
    for name, note in sites.values():
        lines += ["[[sites]]", f"name = {_quoted(name)}"]
        lines += [f"note = {_quoted(note)}"] if note else ['# note = "Why it is named."']
        lines += ['# country = "SY"      # where namesakes must be told apart', ""]
    for place in places:
        lines += [*_site_lines(place), ""]
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


def names_in_text(path: str | os.PathLike[str], *, gazetteer: str | os.PathLike[str] | None = None) -> list[str]:
    """The names of the places that a text file names, each once, in the order of the text."""
    return [row["name"] for row in _places(path, gazetteer)[0]]


def reviewed_sites(
    path: str | os.PathLike[str], *, gazetteer: str | os.PathLike[str] | None = None
) -> list[dict[str, Any]]:
    """
    The places of a reviewed table as sites of a brief, each bound to the very place that was decided on.

    Parameters
    ----------
    path
        As `geoops.read_places` takes it. Countries are left out, as are mentions that were not found.
    gazetteer
        That the text was read with.

    Returns
    -------
    list of dict
        The keys of `[[sites]]`: `name, label, note, country, kind, at, uncertainty_km`. A name that alone would be read as another
        place is replaced by the id, with the report's word as its label.
    """
    from geoops.gazetteer import geocode, read_places

    sites = []
    for row in read_places(path, gazetteer=gazetteer).to_dict(orient="records"):
        kind = row["kind"] if isinstance(row["kind"], str) and row["kind"] else None
        if row["status"] == "not_found" or (kind or "").startswith("PCL"):
            continue
        word = one_line(str(row["query"]))
        country = row["country"] if isinstance(row["country"], str) and len(row["country"]) == 2 else None
        site: dict[str, Any] = {"name": word, "note": row["note"] or row["sentence"] or ""}
        if row["gazetteer_id"]:
            again = geocode([word], country=country, kind=kind, gazetteer=gazetteer).iloc[0]
            if again["gazetteer_id"] != row["gazetteer_id"] or again["status"] != "resolved":
                site |= {"name": row["gazetteer_id"], "label": word}
            else:
                site |= {"country": country, "kind": kind}
        else:
            point = row["geometry"]
            site |= {"country": country, "kind": kind, "at": [point.x, point.y]}
            site["uncertainty_km"] = row["uncertainty_m"] / 1000.0
        sites.append({key: value for key, value in site.items() if value not in (None, "")})
    return sites


def _site_lines(site: Mapping[str, Any]) -> list[str]:
    """One site of a brief as TOML."""
    lines = ["[[sites]]"]
    words = ("name", "label", "note", "country", "kind")
    lines += [f"{key} = {_quoted(str(site[key])[:2000])}" for key in words if site.get(key)]
    pairs = {key: site[key] for key in ("near", "at") if site.get(key)}
    lines += [f"{key} = [{float(lon)!r}, {float(lat)!r}]" for key, (lon, lat) in pairs.items()]
    if site.get("uncertainty_km"):
        lines.append(f"uncertainty_km = {float(site['uncertainty_km'])!r}")
    return lines


def _places(
    path: str | os.PathLike[str], gazetteer: str | os.PathLike[str] | None = None
) -> tuple[list[dict[str, Any]], str]:
    """One record a place that the text names, with the sentence that named it first; and the text."""
    from geoops.gazetteer import find_places, read_text
    from geoops.gazetteer.review import sentence_of

    text = read_text(path)
    found = find_places(text, gazetteer=gazetteer)
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
                "note": sentence_of(text, int(row["start"]), int(row["end"])),
            }
    return list(places.values()), text


def brief_from_text(
    path: str | os.PathLike[str],
    *,
    date: str,
    title: str | None = None,
    places: str | os.PathLike[str] | None = None,
    gazetteer: str | os.PathLike[str] | None = None,
) -> Brief:
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
    places
        A reviewed table of the text's places, to be used as it was decided; by default the text is read anew.
    gazetteer
        Folder of another gazetteer than the embedded one.

    Raises
    ------
    InputError
        The text names no place that the gazetteer knows; edits in the table that make no sense.
    """
    from geoops.gazetteer import read_text

    if places is None:
        found, text = _places(path, gazetteer)
        sites = [place for place in found if not place["kind"].startswith("PCL")][:_MAX_SITES]
        sites = [{**place, "near": [place["lon"], place["lat"]]} for place in sites]
    else:
        text, sites = read_text(path), reviewed_sites(places, gazetteer=gazetteer)[:_MAX_SITES]
    if not sites:
        msg = (
            f"{os.fspath(path if places is None else places)}: names no place that the gazetteer knows (countries alone make no"
            f" map); write a brief with the names instead: geoops new NAME... --date {date} --out brief.toml"
        )
        raise InputError(msg)
    first = next((one_line(line) for line in text.splitlines() if line.strip()), "")
    toml = [f"title = {_quoted((title or first or 'Named places')[:200])}", f"date = {_quoted(date)}"]
    toml += [f"gazetteer = {_quoted(str(Path(gazetteer).resolve()))}"] if gazetteer is not None else []
    seen: set[str] = set()
    for place in sites:
        word = place.get("label") or place["name"]
        label = word
        if label.casefold() in seen:
            label = f"{label} ({place.get('kind') or place.get('country') or len(seen)})"
        if label.casefold() in seen:
            continue
        seen.add(label.casefold())
        toml += _site_lines({**place, "label": label if label != place["name"] else None})
    themes = [theme for theme in _THEMES if _has(theme)]
    if themes:
        toml += ["[proximity]", f"themes = {json.dumps(themes)}"]
    brief = parse_brief("\n".join(toml), source=os.fspath(path), folder=Path(path).parent)
    brief._source = Path(path)  # noqa: SLF001  the text takes the place of a brief's file in the manifest
    return brief
