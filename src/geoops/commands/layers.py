"""Commands about layers: what there is, from whom, whether it is whole, and building them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import click

from geoops.commands.layers_build import build
from geoops.commands.layers_fetch import fetch
from geoops.commands.options import catalog_option, complete_layers, csv_option, form_of, json_option, quiet_option
from geoops.terminal import EXIT_FINE, EXIT_NOT_FOUND, progress, records, say, show

__all__ = ["layers"]


@click.group(
    epilog="""\b
Examples:
  geoops layers list
  geoops layers info roads
  geoops layers licences
  geoops layers build --region 34,13,37,16 --osm sudan.osm.pbf --out sudan
"""
)
def layers() -> None:
    """Say what layers there are.

    From whom, how old, how exact, under which licence.
    """


@layers.command(
    name="list",
    epilog="""\b
Examples:
  geoops layers list
  geoops layers list --csv > layers.csv
  geoops layers list --catalog sudan --json
""",
)
@catalog_option
@quiet_option
@json_option
@csv_option
def list_layers(catalog: str | None, quiet: bool, as_json: bool, as_csv: bool) -> int:
    """List the layers of the catalogue, one a row: how many features, of when, how exact, under which licence."""
    form = form_of(as_json, as_csv)
    import geoops as go
    from geoops.layers.catalog import read_catalog

    found = read_catalog(catalog)
    rows = records(go.catalog(catalog))
    for row in rows:
        row["age"] = age_of(str(row["date"]))
        row["made by"] = found.layers[row["name"]].get("made_by")
    own = ("made by",) if any(row["made by"] for row in rows) else ()
    columns = ("name", "title", "geometry", "count", "date", "age", "uncertainty_m", "licence", "publish", *own)
    show(rows, columns=columns, form=form)
    if not quiet:
        say(f"{len(rows)} layers of {found.file}")
    return EXIT_FINE


def age_of(date: str, today: dt.date | None = None) -> str:
    """
    How old data of a date is, in words.

    Examples
    --------
    >>> age_of("2024-05", dt.date(2026, 6, 1)), age_of("2026-05-20", dt.date(2026, 6, 1)), age_of("unknown")
    ('2 years', '12 days', '')
    """
    parts = date.split("-")
    if not parts[0].isdigit():
        return ""
    year, month, day = (int(part) for part in [*parts, "1", "1"][:3])
    days = ((today or dt.datetime.now(tz=dt.UTC).date()) - dt.date(year, month, day)).days
    for unit, length in (("year", 365.25), ("month", 30.44), ("day", 1.0)):
        count = int(days / length)
        if count >= (1 if unit != "month" else 2):
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return "new"


@layers.command(
    epilog="""\b
Examples:
  geoops layers info oil_gas_fields
  geoops layers info roads --json
"""
)
@click.argument("name", shell_complete=complete_layers)
@catalog_option
@quiet_option
@json_option
def info(name: str, catalog: str | None, quiet: bool, as_json: bool) -> int:
    """Say all that the catalogue knows of the layer NAME."""
    from geoops.layers.catalog import read_catalog
    from geoops.layers.licences import asks_of

    del quiet  # it says nothing beside its result
    entry = read_catalog(catalog).entry(name)
    if as_json:
        click.echo(json.dumps(entry, indent=2, ensure_ascii=False, default=str))
        return EXIT_FINE
    rows: list[dict[str, Any]] = []
    for key, value in entry.items():
        if key == "files":
            rows += [{"field": "file", "value": _file_words(part)} for part in value]
        elif isinstance(value, dict):
            rows += [{"field": f"{key}: {inner}", "value": words} for inner, words in value.items()]
        elif key == "attribution":
            rows += [{"field": "to be printed", "value": line} for line in str(value).split("\n")]
        else:
            rows.append({"field": key.replace("_", " "), "value": value})
        if key == "date":
            rows.append({"field": "age", "value": age_of(str(value))})
        if key == "licence":
            rows.append({"field": "it asks", "value": asks_of(str(value))})
    show(rows, columns=("field", "value"))
    return EXIT_FINE


def _file_words(part: Mapping[str, Any]) -> str:
    """A file of a layer in words."""
    size = int(part.get("bytes", 0))
    region = ", ".join(f"{float(edge):g}" for edge in part.get("region", ()))
    facts = {k: v for k, v in part.items() if k not in ("path", "bytes", "sha256", "region")}
    more = [f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size:,} bytes", f"region {region}" if region else ""]
    more += [f"{key.replace('_', ' ')} {value}" for key, value in facts.items()]
    return f"{part['path']}: {'; '.join(m for m in more if m)}"


@layers.command(
    epilog="""\b
Examples:
  geoops layers licences
  geoops layers licences roads places --lines
"""
)
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_layers)
@click.option("--lines", is_flag=True, help="Only the lines to be printed, each once: to be pasted under a figure.")
@catalog_option
@quiet_option
@json_option
def licences(names: tuple[str, ...], lines: bool, catalog: str | None, quiet: bool, as_json: bool) -> int:
    """Say under which licence layers stand, what it asks, and the lines that must be printed with them."""
    from geoops.layers.catalog import attribution, read_catalog
    from geoops.layers.licences import asks_of

    del quiet  # it says nothing beside its result
    found = read_catalog(catalog)
    wanted = list(names) or list(found.layers)
    if lines and as_json:
        show([{"line": line} for line in attribution(wanted, catalog)], columns=("line",), form="json")
        return EXIT_FINE
    if lines:
        for line in attribution(wanted, catalog):
            click.echo(line)
        return EXIT_FINE
    rows = []
    for name in wanted:
        entry = found.entry(name)
        why = "" if entry["publish"] else f"no: {entry.get('why_not_published') or entry['licence']}"
        rows.append(
            {
                "name": name,
                "licence": entry["licence"],
                "publish": why or "yes",
                "to be printed": "; ".join(attribution([name], catalog)),
                "it asks": asks_of(entry["licence"]),
            }
        )
    show(rows, columns=("name", "licence", "publish", "to be printed", "it asks"), form=form_of(as_json))
    return EXIT_FINE


@layers.command(
    epilog="""\b
Examples:
  geoops layers check
  geoops layers check --reference reference/ --missing
"""
)
@catalog_option
@click.option("--reference", metavar="DIR", help="Compare the hand-typed layers with independent files in this folder.")
@click.option("--missing", is_flag=True, help="With --reference: list what those files have and the layers lack.")
@quiet_option
@json_option
def check(catalog: str | None, reference: str | None, missing: bool, quiet: bool, as_json: bool) -> int:
    """Check that every file is there and unchanged.

    Each finding comes with what to do; the exit code is 1 where there is one.
    """
    if missing and reference is None:
        msg = "--missing compares with reference files; give their folder with --reference DIR"
        raise click.UsageError(msg)
    if reference is not None:
        return _check_reference(reference, catalog, missing=missing, quiet=quiet, form=form_of(as_json))
    from geoops.layers import check as look

    with progress("Checking", quiet=quiet, lines=False) as step:
        rows = records(look(catalog, progress=step))
    if rows or as_json:
        show(rows, columns=("layer", "file", "finding", "remedy"), form=form_of(as_json))
    if not rows and not quiet:
        say("all layers are whole")
    return EXIT_NOT_FOUND if rows else EXIT_FINE


def _check_reference(folder: str, catalog: str | None, *, missing: bool, quiet: bool, form: str) -> int:
    """Show where the hand-typed layers disagree with reference files, or what they lack of them."""
    from geoops.layers.reference import compare, confirmations

    found = compare(folder, catalog=catalog)
    rows = records(found.missing if missing else found.unresolved)
    if rows or form == "json":
        show(rows, columns=list(rows[0]) if rows else (), form=form)
    for row in [] if quiet else records(confirmations(found.pairs)):
        say("{layer}: {compared} rows compared, {confirmed} confirmed independently, {differing} differ".format(**row))
    if not quiet:
        say(f"{len(rows)} {'missing' if missing else 'unresolved'}")
    return EXIT_NOT_FOUND if rows else EXIT_FINE


layers.add_command(build)
layers.add_command(fetch)
