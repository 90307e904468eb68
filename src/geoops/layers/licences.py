"""The data licence page: what each layer is made of, under which licence, and what must be printed where it is shown.

Made from the catalogue and from the sources that curated rows cite, so that it cannot say anything else than they do.
"""

from __future__ import annotations

from typing import Any

from geoops.layers.catalog import PathLike, read_catalog
from geoops.layers.sources.curated import read_sources

__all__ = ["licence_page"]

_HEAD = """\
# Data licences

The code of geoops is under the MIT licence. The data that it carries is not: each layer keeps the licence of its
source. Whoever publishes a figure prints the attribution lines of the layers in it; geoops does so by itself. This page
is generated from `layers/catalog.toml` by `scripts/data_licences.py`.

Layers under the Open Database Licence (ODbL) may be used and changed freely; whoever publishes a *database* derived from
them does so under the ODbL. A figure is a produced work: it needs the attribution only.
"""


def licence_page(catalog: PathLike | None = None) -> str:
    """
    The page as Markdown.

    Parameters
    ----------
    catalog
        As for `geoops.catalog()`.
    """
    found = read_catalog(catalog)
    lines = [_HEAD, "| layer | licence | date of the data | source | attribution |", "|---|---|---|---|---|"]
    for name, entry in found.layers.items():
        attribution = "<br>".join(_cell(line) for line in str(entry["attribution"]).split("\n"))
        lines.append(
            f"| {name} | {_cell(entry['licence'])} | {entry['date']} | {_cell(entry['source'])} | {attribution} |"
        )
    lines += ["", "## Packages that the base layers are made of", ""]
    for package in dict.fromkeys(p for entry in found.layers.values() for p in entry.get("packages", [])):
        users = ", ".join(n for n, e in found.layers.items() if package in e.get("packages", []))
        lines.append(f"- {package} ({users})")
    lines += _sources(found)
    return "\n".join(lines) + "\n"


def _sources(found: Any) -> list[str]:
    """The sources of the curated layers, by layer and citation key."""
    folder = found.file.parent / "curated"
    cited = {name: entry["cited"] for name, entry in found.layers.items() if entry.get("cited")}
    if not cited or not folder.is_dir():
        return []
    sources = read_sources(folder)
    lines = ["", "## Sources of the curated layers", "",
             "Single facts (a position, a name, a status) were read there and typed with their citation.", ""]  # fmt: skip
    for key in sorted({key for keys in cited.values() for key in keys}):
        entry = sources[key]
        users = ", ".join(name for name, keys in cited.items() if key in keys)
        link = f" <{entry['url']}>" if entry.get("url") else ""
        lines.append(
            f"- `{key}`: {_cell(entry['title'])}. {_cell(entry['publisher'])}, {entry['date']}."
            f" {_cell(entry['licence'])}.{link} ({users})"
        )
    return lines


def _cell(text: Any) -> str:
    """A text that breaks no table."""
    return " ".join(str(text).split()).replace("|", "/")
