"""A brief to begin with: from names, or from the places that a text names.

What comes out is an ordinary brief, to be read, changed and rendered; nothing here guesses a date or a claim.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from geoops.core.errors import InputError
from geoops.core.text import one_line
from geoops.report.brief import Brief
from geoops.report.briefing import parse_brief
from geoops.report.extras import writable_reports, writable_tables
from geoops.report.manifest import file_entry
from geoops.report.memory import checksum, recall
from geoops.report.schema import SCHEMA_FILE
from geoops.report.text_places import places_of
from geoops.report.text_sites import Chosen, chosen, labels_of, no_place_words

__all__ = ["brief_from_text", "draft_brief", "names_in_text", "reviewed_sites"]

_CROWD = 100  # sites; of more, wider rings lie over one another
_THEMES = ("oil_gas_fields", "power_stations", "border_crossings", "roads")


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are TOML's, but for the delete character."""
    return json.dumps(one_line(text), ensure_ascii=False).replace("\x7f", "\\u007F")


def _has(theme: str) -> bool:
    """Whether the catalogue in use has a layer of that name."""
    from geoops.layers.catalog import read_catalog

    return theme in read_catalog(None).layers


def draft_brief(
    names: Sequence[str], *, title: str, date: str, notes: Sequence[str] | None = None, summary: str = "", author: str = "",
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
    author
        Who writes the report.
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
        f"#:schema {SCHEMA_FILE}",
        "# A brief for geoops. Render it with:  geoops render THIS_FILE --out figures",
        "# All keys: geoops schema. An editor that knows TOML completes them by the first line and the file it names.",
        "",
        f"title = {_quoted(title)}",
        f"date = {_quoted(date)}",
    ]
    lines += [f"summary = {_quoted(summary)}"] if summary else ['# summary = "One sentence on what the figures show."']
    lines += [f"author = {_quoted(author)}"] if author else ['# author = "Who wrote the report"']
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
        '# [[citations]]         # a site refers to it by  cites = ["a"]',
        '# id = "a"',
        '# title = "Title of the publication"',
        '# link = "https://..."',
        "# date = 2025-06-30",
        "",
        "[output]",
        f"report = {json.dumps(list(writable_reports()))}",
        f"table_formats = {json.dumps(list(writable_tables()))}",
        "",
    ]
    text = "\n".join(lines)
    parse_brief(text, source="the new brief")
    return text


def names_in_text(
    path: str | os.PathLike[str],
    *,
    gazetteer: str | os.PathLike[str] | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> list[str]:
    """The names of the places that a text file names, each once, in the order of the text."""
    from geoops.gazetteer import read_text

    found = places_of(read_text(path), gazetteer, progress)
    return [row["name"] for row in found if "uncertainty_km" not in row]


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
        site: dict[str, Any] = {
            "name": word,
            "note": row["note"] or row["sentence"] or "",
            "quote": row["sentence"] or "",
        }
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
    lines += [f"cites = {json.dumps(site['cites'])}"] if site.get("cites") else []
    pairs = {key: site[key] for key in ("near", "at") if site.get(key)}
    lines += [f"{key} = [{float(lon)!r}, {float(lat)!r}]" for key, (lon, lat) in pairs.items()]
    if site.get("uncertainty_km"):
        lines.append(f"uncertainty_km = {float(site['uncertainty_km'])!r}")
    return lines


def _ground(gazetteer: str | os.PathLike[str] | None) -> list[Any]:
    """What decides how a text is read besides the text: the catalogue and gazetteer, by their checksums."""
    from geoops.layers.catalog import find_catalog

    files = [find_catalog(None), find_catalog(None if gazetteer is None else Path(gazetteer))]
    return [file_entry(file) for file in files]


def brief_from_text(
    path: str | os.PathLike[str],
    *,
    date: str,
    title: str | None = None,
    places: str | os.PathLike[str] | None = None,
    gazetteer: str | os.PathLike[str] | None = None,
    author: str = "",
    link: str = "",
    progress: Callable[[str, float], None] | None = None,
) -> Brief:
    """
    A brief for the places that a text names, each with a citation of the sentence that named it.

    Countries are left out: they say where a site is not; so is what a text tells from other places ("between A and B") when it
    is not known to 100 km. So are few places far from all the others, such as a foreign capital that comments: a figure that
    held them would show nothing else. Of more than 40 places the figures show the 40 that are named most often; the tables and
    the page hold up to 500. The summary says what is not shown. It asks for every kind of report and table that this
    installation can write.

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
    author
        Who writes the report.
    link
        Address of the text, for its citations.
    progress
        Called with what is being done and the share done, 0 to 1.

    Raises
    ------
    InputError
        The text names no place that the gazetteer knows; edits in the table that make no sense.
    """
    from geoops.gazetteer import read_text

    text = read_text(path)
    if places is None:
        key = checksum(text, str(gazetteer), _ground(gazetteer))
        found = recall("text", key, lambda: places_of(text, gazetteer, progress))
        choice = chosen([place for place in found if not place["kind"].startswith("PCL")])
        for place in choice.sites:
            place["at" if "uncertainty_km" in place else "near"] = [place["lon"], place["lat"]]
    else:
        choice = chosen(reviewed_sites(places, gazetteer=gazetteer), apart=False)
    if not choice.sites:
        whose = os.fspath(path if places is None else places)
        what = (
            no_place_words(text) if places is None else "has no place that was accepted (countries alone make no map)"
        )
        msg = (
            f"{whose}: {what}; write a brief with the names instead: geoops new NAME... --date {date} --out brief.toml"
        )
        raise InputError(msg)
    first = next((one_line(line) for line in text.splitlines() if line.strip()), "")
    named = (title or first or "Named places")[:200]
    toml = [f"title = {_quoted(named)}", f"date = {_quoted(date)}"]
    toml += [f"gazetteer = {_quoted(str(Path(gazetteer).resolve()))}"] if gazetteer is not None else []
    toml += [f"author = {_quoted(author)}"] if author else []
    toml += [f"summary = {_quoted(' '.join(choice.words))}"] if choice.words else []
    toml += _cited_sites(choice, title=_shortened(title or first or "The text"), link=link, head=named)
    toml += ["[output]", f"report = {json.dumps(list(writable_reports()))}"]
    toml += [f"table_formats = {json.dumps(list(writable_tables()))}"]
    brief = parse_brief("\n".join(toml), source=os.fspath(path), folder=Path(path).parent)
    brief._source = Path(path)  # noqa: SLF001  the text takes the place of a brief's file in the manifest
    return brief


def _cited_sites(choice: Chosen, *, title: str, link: str, head: str) -> list[str]:
    """Sites, figures and citations of a text's brief: each sentence cited once, numbered in the order of the text."""
    sentences: dict[str, str] = {}
    labels = labels_of(choice.sites)
    lines = []
    for place, label in zip(choice.sites, labels, strict=True):
        if place.get("quote"):
            place["cites"] = [sentences.setdefault(place["quote"], f"s{len(sentences) + 1}")]
        lines += _site_lines({**place, "label": label if label != place["name"] else None})
    of = {id(place): label for place, label in zip(choice.sites, labels, strict=True)}
    shown, tabled = ([of[id(place)] for place in some] for some in (choice.drawn, choice.tabled))
    lines += _text_figures(head, shown, tabled, sites=len(choice.sites))
    for sentence, key in sentences.items():
        lines += ["[[citations]]", f'id = "{key}"', f"title = {_quoted(title)}"]
        lines += [f"text = {_quoted(sentence)}", *([f"link = {_quoted(link)}"] if link else [])]
    return lines


def _text_figures(head: str, drawn: list[str], tabled: list[str], *, sites: int) -> list[str]:
    """The figures of a text: its places, with what they need of energy and crossings, and what lies near."""
    themes = [theme for theme in _THEMES if _has(theme)]
    layers = json.dumps([t for t in themes if t != "roads"])
    figures: list[dict[str, Any]] = [{"kind": "sites", "name": "sites", "sites": drawn}]
    if themes:
        energy, near = f"Energy and crossings: {head}", f"What lies near: {head}"
        figures += [
            {"kind": "sites", "name": "infrastructure", "title": energy, "layers": layers, "sites": drawn},
            {"kind": "proximity", "name": "proximity", "title": near, "sites": tabled},
        ]
    elif len(drawn) == sites:
        return []
    lines = ["[proximity]", f"themes = {json.dumps(themes)}"] if themes else []
    lines += ["rings_km = [25]"] if themes and sites > _CROWD else []
    for figure in figures:
        lines += [
            "[[figures]]",
            *(f"{key} = {_quoted(figure[key])}" for key in ("kind", "name", "title") if key in figure),
        ]
        lines += [f"layers = {figure['layers']}"] if "layers" in figure else []
        some = [one_line(name) for name in figure["sites"]]
        lines += [f"sites = {json.dumps(some, ensure_ascii=False)}"] if len(some) < sites else []
    return lines


def _shortened(title: str, limit: int = 70) -> str:
    """A title that fits a figure's margin, cut at a word."""
    plain = one_line(title)
    return plain if len(plain) <= limit else plain[: limit - 1].rsplit(" ", 1)[0] + "…"
