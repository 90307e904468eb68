"""The page from its template: markup, style and script from `assets/`, data and names made inert."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import geopandas as gpd
import shapely

from geoops.core.text import html_text, one_line
from geoops.core.units import format_km
from geoops.maps.theme import THEMES, Theme
from geoops.report.page.content import words_of
from geoops.report.page.words import page_words

__all__ = ["filled_page"]

_SCRIPTS = (
    "shapes", "geodesic", "keys", "look", "marks", "map", "bands", "labels", "panel", "measure", "search", "link", "start",
)  # fmt: skip
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_MARK = re.compile(r"@@(w\.)?([A-Za-z ]+)@@")
_ROLES = (
    "page", "ink", "secondary", "halo", "land", "water", "waterline", "boundary", "admin1", "road", "town", "country", "site",
    "oil", "power", "transport", "crossing", "camp", "dam", "route", "panel",
)  # fmt: skip
# What a page has and a sheet of paper has not: links, hairlines, what lies under the pointer.
_OWN = {
    "light": {"accent": "#0b4f8a", "line": "#c9c5bc", "raised": "#eef1f4"},
    "dark": {"accent": "#8cc2f2", "line": "#3a444d", "raised": "#252d35"},
}


@cache
def _asset(name: str) -> str:
    """A file of `assets/`."""
    return (resources.files("geoops.report") / "assets" / name).read_text(encoding="utf-8")


@cache
def _leaflet() -> tuple[str, str]:
    """Leaflet's script and style without what would be fetched: its source map and its pictures."""
    script = re.sub(r"//# sourceMappingURL=\S+\s*$", "", _asset("leaflet.js"))
    style = re.sub(r"[^{}]*\{[^{}]*url\([^{}]*\}", "", _asset("leaflet.css"))
    return script.replace("</script", "<\\/script"), style


@cache
def _script() -> str:
    """The page's own script, without its comments: they stand in the files."""
    text = "\n".join(_asset(f"page/{name}.js") for name in _SCRIPTS)
    text = re.sub(r"^\s*/\*.*?\*/\n", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"^\s*//.*\n|^ +", "", text, flags=re.MULTILINE)


def _variables(theme: Theme, own: Mapping[str, str]) -> str:
    """A theme's colours as CSS variables."""
    bands = {f"band{i}": colour for i, colour in enumerate(theme.bands)}
    edges = {f"band{i}-edge": colour for i, colour in enumerate(theme.band_edges)}
    colours = {role: getattr(theme, role) for role in _ROLES} | bands | edges | dict(own)
    return "".join(f"--{role}:{colour};" for role, colour in colours.items())


@cache
def _colours() -> str:
    """The themes of the figures, light and dark; the system decides until the reader does, and paper is light."""
    light, dark = (_variables(THEMES[t], _OWN[o]) for t, o in (("report", "light"), ("slide", "dark")))
    system = f"@media screen and (prefers-color-scheme:dark){{:root:not([data-theme]){{{dark}}}}}"
    return f":root{{{light}}}{system}@media screen{{:root[data-theme=dark]{{{dark}}}}}"


def _json(value: Any) -> str:
    """JSON that cannot end a script element, nor be read as a template, whatever the names hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    acts = {
        "<": "\\u003c",
        ">": "\\u003e",
        "&": "\\u0026",
        "{": "\\u007b",
        "}": "\\u007d",
        "\u2028": "\\u2028",
        "\u2029": "\\u2029",
    }
    return _TEXT.sub(lambda m: "".join(acts.get(c, c) for c in m.group()), text)


def filled_page(
    title: str,
    subtitle: str,
    date: str,
    sites: gpd.GeoDataFrame,
    data: Mapping[str, Any],
    notes: Mapping[str, str],
    language: str,
    *,
    left_out: Mapping[str, str] | None = None,
) -> str:
    """
    The whole page; each mark of the template is replaced once, and what comes in is not looked at again.

    Parameters
    ----------
    title, subtitle, date
        What stands at the top.
    sites
        All sites, those without a place too: they stand in the table.
    data
        What the script draws.
    notes
        Site name -> why it is named.
    language
        In which the page opens.
    left_out
        Language -> a sentence on what the page leaves out; nothing where it leaves out nothing.
    """
    spoken = {code: {**own, **({"left": left_out[code]} if left_out else {})} for code, own in page_words().items()}
    words = spoken[language]
    script, style = _leaflet()
    placed = iter(range(len(sites)))
    countries = {code: _in_language(names, language) for code, names in data.get("countries", {}).items()}
    rows = "\n".join(_table_row(row, notes, words, placed, countries) for _, row in sites.iterrows())
    parts = {
        "LANG": language,
        "DIR": "rtl" if language == "ar" else "ltr",
        "OTHERLANG": "en" if language == "ar" else "ar",
        "TITLE": html_text(title),
        "SUBTITLE": f'<p dir="auto">{html_text(subtitle)}</p>' if subtitle else "",
        "DATE": html_text(_dated(date, words)),
        "LEAFLETSTYLE": style,
        "COLOURS": _colours(),
        "STYLE": _asset("page/page.css"),
        "ROWS": rows,
        "LEFT": f'<p class="small" id="left" data-say="left">{html_text(words["left"])}</p>' if left_out else "",
        "SOURCES": "".join(f'<li dir="auto">{html_text(line)}</li>' for line in data["sources"]),
        "DATA": _json({**data, "date": one_line(date), "words": spoken}),
        "LEAFLET": script,
        "SCRIPT": _script(),
    }
    return _MARK.sub(lambda m: html_text(words[m[2]]) if m[1] else parts[m[2]], _asset("page/page.html"))


def _dated(date: str, words: Mapping[str, str]) -> str:
    """As of when, and what the discs mean."""
    return (
        words["as of"].replace("{0}", f"\u200e{one_line(date)}" if words["comma"] != ", " else one_line(date))
        if date
        else words["doubt"]
    )


def _in_language(names: Mapping[str, str], language: str) -> str:
    """The name that a page in this language shows: the Arabic one where there is one, else the Latin one."""
    return names["local"] if language == "ar" and "local" in names else names["name"]


def _where(row: Any, words: Mapping[str, str], countries: Mapping[str, str]) -> str:
    """Divisions and countries of a site; a code stays by its country, so that the script can name it in another language."""
    codes = [code for code in words_of(row["country"]).split(";") if code]
    named = [f'<span data-country="{html_text(code)}">{html_text(countries.get(code, code))}</span>' for code in codes]
    divisions = [html_text(part) for part in words_of(row["admin1"]).split(";") if part]
    return words["comma"].join([*divisions, *named])


def _table_row(
    row: Any, notes: Mapping[str, str], words: Mapping[str, str], placed: Any, countries: Mapping[str, str]
) -> str:
    """A site as a row of the list under the map, for those who read rather than look."""
    name, local = html_text(words_of(row["name"]) or words_of(row["query"])), html_text(words_of(row["name_local"]))
    where = _where(row, words, countries)
    geometry = row.geometry
    lost = geometry is None or geometry.is_empty
    point = None if lost else shapely.point_on_surface(geometry)
    position = f'<span data-say="lost">{words["lost"]}</span>' if point is None else f"{point.y:.4f}, {point.x:.4f}"
    extent = row["extent"]
    area = extent is not None and not extent.is_empty
    sure = f'<span data-say="in area">{words["in area"]}</span>' if area else _radius(row, words, lost=lost)
    shown = (
        name if lost else f'<button type="button" class="link" data-site="{next(placed)}"><bdi>{name}</bdi></button>'
    )
    both = f'{shown} <bdi lang="ar">{local}</bdi>' if local else shown
    cells = (both, where, position, sure, html_text(one_line(notes.get(str(row["name"]), ""))))
    first, *others = cells
    return f'<tr><th scope="row">{first}</th>' + "".join(f'<td dir="auto">{cell}</td>' for cell in others) + "</tr>"


def _radius(row: Any, words: Mapping[str, str], *, lost: bool) -> str:
    """How surely a site is placed, where that is known; the number stands beside its words for other languages."""
    radius_km = float(row["uncertainty_m"]) / 1000.0
    if lost or radius_km == 0.0:
        return ""
    shown = words["km"].replace("{0}", format_km(radius_km).removesuffix(" km"))
    return f'<span data-km="{radius_km:g}">{html_text(shown)}</span>'
