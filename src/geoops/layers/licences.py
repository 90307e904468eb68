"""The data licence page: what each layer is made of, under which licence, and what must be printed where it is shown.

Made from the catalogue and from the sources that curated rows cite, so that it cannot say anything else than they do.
"""

from __future__ import annotations

from typing import Any

from geoops.layers.catalog import PathLike, read_catalog
from geoops.layers.sources.curated import read_sources

__all__ = ["asks_of", "licence_page"]

# What a licence asks of whoever shows the data, by how its name begins; the first that fits.
_ASKS = (
    ("cc0", "nothing; name the source all the same"),
    ("public domain", "nothing; name the source all the same"),
    ("cc by-nc", "name source and licence, say what was changed; no commercial use"),
    ("cc by-sa", "name source and licence, say what was changed; share what is made from the data alike"),
    ("cc by", "name source and licence, say what was changed"),
    ("odbl", "name source and licence; share a database made from it alike (a figure is none)"),
    ("odc-by", "name source and licence"),
    ("mit", "keep its notice with copies of the data"),
    ("bsd", "keep its notice with copies of the data"),
    ("apache", "keep its notice with copies of the data"),
    ("lgpl", "keep its notice with copies of the data, and pass them on alike"),
    ("facts cited", "cite the source"),
)


def asks_of(licence: str) -> str:
    """
    What the licences of a layer ask of whoever shows it, in words; a help, no legal advice.

    Parameters
    ----------
    licence
        As the catalogue has it: one licence or several with "; " between them.

    Examples
    --------
    >>> asks_of("ODbL 1.0; public domain")
    'ODbL 1.0: name source and licence; share a database made from it alike (a figure is none). public domain: nothing; name the source all the same.'
    >>> asks_of("ACLED terms")
    'ACLED terms: read it before anything is shown.'
    """
    words = []
    for name in dict.fromkeys(part.strip() for part in licence.split(";") if part.strip()):
        plain = name.lower().replace("-by", " by").replace("cc-", "cc ")
        asks = next((text for start, text in _ASKS if plain.startswith(start)), "read it before anything is shown")
        words.append(f"{name}: {asks}.")
    return " ".join(words)


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
