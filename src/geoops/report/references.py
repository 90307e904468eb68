"""What must fit together in a brief: names of sites, ids of citations, layers, sizes, kinds of places.

It works on the keys as they came, so that all of it is found even where single values are wrong too.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from geoops.core.errors import GeoopsError
from geoops.core.text import one_line
from geoops.report.toml_lines import KeyPath

__all__ = ["Problem", "closest", "kind_problems", "layer_problems", "look_problems", "reference_problems"]

Problem = tuple[KeyPath, str]


def closest(word: str, known: Iterable[str]) -> str:
    """'did you mean' for a slip of the pen, else nothing."""
    near = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _entries(data: Any, key: str) -> Iterator[tuple[int, Any]]:
    """The entries of a list, where it is one."""
    found = data.get(key) if isinstance(data, Mapping) else None
    if isinstance(found, list | tuple):
        yield from enumerate(found)


def _names(data: Mapping[str, Any]) -> list[str]:
    """Every name and label that a pair or figure may call a site by."""
    names: list[str] = []
    for _, site in _entries(data, "sites"):
        if isinstance(site, str):
            names.append(site)
        elif isinstance(site, Mapping):
            names += [site[k] for k in ("label", "name") if isinstance(site.get(k), str) and site[k]]
    return names


def reference_problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Names that refer to something else in the brief, and things that stand twice."""
    names = _names(data)
    known = {name.casefold() for name in names}

    def of_site(path: KeyPath, name: Any) -> Iterator[Problem]:
        if isinstance(name, str) and name and names and name.casefold() not in known:
            yield (
                path,
                f'no site of that name: "{one_line(name)[:60]}" came{closest(name, names)}; add it to [[sites]]',
            )

    ids = [c.get("id") for _, c in _entries(data, "citations") if isinstance(c, Mapping)]
    for at, value in enumerate(ids):
        if isinstance(value, str) and value in ids[:at]:
            yield ("citations", at, "id"), f'stands twice: "{value}" came'
    shown: dict[str, int] = {}
    for at, site in _entries(data, "sites"):
        if isinstance(site, Mapping):
            for n, cite in _entries(site, "cites"):
                if isinstance(cite, str) and cite not in ids:
                    hint = closest(cite, [i for i in ids if isinstance(i, str)])
                    yield ("sites", at, "cites", n), f'no citation has the id "{cite}"{hint}; add it to [[citations]]'
        name = (
            site
            if isinstance(site, str)
            else (site.get("label") or site.get("name"))
            if isinstance(site, Mapping)
            else None
        )
        if isinstance(name, str):
            first = shown.setdefault(name.casefold(), at)
            if first != at:
                yield ("sites", at), f'"{one_line(name)[:60]}" came twice; give one of the two a label of its own'
    corridors = data.get("corridors")
    yield from _pair_problems(("corridors", "pairs"), corridors, of_site)
    stems: list[Any] = []
    for at, figure in _entries(data, "figures"):
        if not isinstance(figure, Mapping):
            continue
        stem, kind = figure.get("name"), figure.get("kind")
        if stem in stems:
            yield ("figures", at, "name"), f'two figures cannot have one name; "{stem}" came again'
        stems.append(stem)
        for n, name in _entries(figure, "sites"):
            yield from of_site(("figures", at, "sites", n), name)
        yield from _pair_problems(("figures", at, "pairs"), figure, of_site)
        needed = {"proximity": "proximity", "corridor": "corridors"}.get(str(kind))
        if needed and needed not in data:
            yield ("figures", at, "kind"), f"a {kind} figure needs a [{needed}] table, and there is none"
        if kind == "corridor" and isinstance(corridors, Mapping):
            yield from _mode_problems(at, figure, corridors)
        if kind == "proximity" and isinstance(data.get("proximity"), Mapping):
            themes = [t for _, t in _entries(data["proximity"], "themes") if isinstance(t, str)]
            for n, theme in _entries(figure, "themes"):
                if isinstance(theme, str) and theme not in themes:
                    words = f'expected one of the themes of [proximity] ({", ".join(themes)}); "{theme}" came'
                    yield ("figures", at, "themes", n), words


def _pair_problems(path: KeyPath, holder: Any, of_site: Any) -> Iterator[Problem]:
    """Ends of pairs that are no sites, or one and the same."""
    for at, pair in _entries(holder, "pairs"):
        if not isinstance(pair, Mapping):
            continue
        yield from of_site((*path, at, "from"), pair.get("from"))
        yield from of_site((*path, at, "to"), pair.get("to"))
        if isinstance(pair.get("from"), str) and pair.get("from") == pair.get("to"):
            yield (*path, at, "to"), f'a journey needs two different sites; "{pair["to"]}" came for both'


def _mode_problems(at: int, figure: Mapping[str, Any], corridors: Mapping[str, Any]) -> Iterator[Problem]:
    """A corridor figure of a mode or a pair that no corridor is computed for."""
    default = [m for _, m in _entries(corridors, "modes")] or ["vehicle"]
    journeys: dict[tuple[str, str], list[Any]] = {}
    for _, p in _entries(corridors, "pairs"):
        if isinstance(p, Mapping):  # the same pair may stand twice, for modes that are asked for differently
            ends = (str(p.get("from")).casefold(), str(p.get("to")).casefold())
            journeys.setdefault(ends, []).extend([m for _, m in _entries(p, "modes")] or default)
    mode = figure.get("mode", "vehicle")
    if journeys and not any(mode in modes for modes in journeys.values()):
        yield ("figures", at, "mode"), f'no pair of [corridors] is computed by this mode; "{mode}" came'
        return
    for n, pair in _entries(figure, "pairs"):
        if isinstance(pair, Mapping):
            ends = (str(pair.get("from")).casefold(), str(pair.get("to")).casefold())
            if mode not in journeys.get(ends, []):
                words = f'no such pair by {mode} in [corridors]: "{pair.get("from")}" to "{pair.get("to")}" came'
                yield ("figures", at, "pairs", n), words


def layer_problems(data: Mapping[str, Any], folder: Path) -> Iterator[Problem]:
    """Layers that neither the catalogue nor the brief's folder has, naming those that exist."""
    asked: list[tuple[KeyPath, str]] = [
        (("layers", n), name) for n, name in _entries(data, "layers") if isinstance(name, str)
    ]
    asked += [
        (("proximity", "themes", n), t) for n, t in _entries(data.get("proximity"), "themes") if isinstance(t, str)
    ]
    for at, figure in _entries(data, "figures"):
        asked += [(("figures", at, "layers", n), t) for n, t in _entries(figure, "layers") if isinstance(t, str)]
    catalog = data.get("catalog")
    if not asked and not isinstance(catalog, str):
        return
    from geoops.layers.catalog import read_catalog

    try:
        known = sorted(read_catalog(folder / catalog if isinstance(catalog, str) else None).layers)
    except GeoopsError as error:
        yield ("catalog",), str(error)
        return
    for path, name in asked:
        is_file = Path(name).suffix != "" and (folder / name).is_file()
        if name not in known and not is_file:
            words = f'no layer "{one_line(name)[:60]}"{closest(name, known)} (there are: {", ".join(known)})'
            yield path, words


def kind_problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Words for a kind of place that the gazetteer does not know."""
    asked = [
        (("sites", at, "kind"), site["kind"])
        for at, site in _entries(data, "sites")
        if isinstance(site, Mapping) and isinstance(site.get("kind"), str) and site["kind"].islower()
    ]
    if not asked:
        return
    from geoops.gazetteer.features import groups

    known = sorted(groups())
    for path, word in asked:
        if word not in known:
            words = f"expected a GeoNames feature code such as PPL, or one of {', '.join(known)}"
            yield path, f'{words}; "{one_line(word)[:60]}" came{closest(word, known)}'


def look_problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Page sizes and themes that the maps room does not have."""
    from geoops.maps.theme import SIZES, THEMES

    places: list[tuple[KeyPath, Any]] = [((), data)]
    places += [(("figures", at), f) for at, f in _entries(data, "figures") if isinstance(f, Mapping)]
    for path, holder in places:
        for key, choices in (("size", SIZES), ("theme", THEMES)):
            value = holder.get(key)
            own = key == "theme" and isinstance(value, str) and value.endswith(".toml")
            if isinstance(value, str) and value not in choices and not own:
                words = f'expected one of {", ".join(choices)}; "{one_line(value)[:60]}" came{closest(value, choices)}'
                yield (*path, key), words
