"""Commands about layers: what there is, from whom, whether it is whole, and building them."""

from __future__ import annotations

import json

import click

from geoops.commands.layers_build import build
from geoops.commands.layers_fetch import fetch
from geoops.commands.options import catalog_option, csv_option, form_of, json_option
from geoops.terminal import EXIT_FINE, EXIT_NOT_FOUND, records, say, show

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


@layers.command(name="list")
@catalog_option
@json_option
@csv_option
def list_layers(catalog: str | None, as_json: bool, as_csv: bool) -> int:
    """List the layers of the catalogue, one a row."""
    form = form_of(as_json, as_csv)
    import geoops as go

    rows = records(go.catalog(catalog))
    columns = ("name", "title", "geometry", "count", "date", "licence", "uncertainty_m", "publish")
    show(rows, columns=columns, form=form)
    return EXIT_FINE


@layers.command(
    epilog="""\b
Example:
  geoops layers info oil_gas_fields
"""
)
@click.argument("name")
@catalog_option
@json_option
def info(name: str, catalog: str | None, as_json: bool) -> int:
    """Say all that the catalogue knows of the layer NAME."""
    from geoops.layers.catalog import read_catalog

    entry = read_catalog(catalog).entry(name)
    if as_json:
        click.echo(json.dumps(entry, indent=2, ensure_ascii=False, default=str))
        return EXIT_FINE
    rows = [{"field": key, "value": value} for key, value in entry.items() if not isinstance(value, dict)]
    show(rows, columns=("field", "value"))
    return EXIT_FINE


@layers.command()
@catalog_option
@json_option
def licences(catalog: str | None, as_json: bool) -> int:
    """Say under which licence each layer stands, and the line that must be printed with it."""
    import geoops as go

    rows = records(go.catalog(catalog)[["name", "licence", "publish", "attribution"]])
    show(rows, columns=("name", "licence", "publish", "attribution"), form=form_of(as_json))
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
@json_option
def check(catalog: str | None, reference: str | None, missing: bool, as_json: bool) -> int:
    """Check that every file is there and unchanged.

    Each finding comes with what to do; the exit code is 1 where there is one.
    """
    if missing and reference is None:
        msg = "--missing compares with reference files; give their folder with --reference DIR"
        raise click.UsageError(msg)
    if reference is not None:
        return _check_reference(reference, catalog, missing=missing, form=form_of(as_json))
    from geoops.layers import check as look

    rows = records(look(catalog))
    if rows or as_json:
        show(rows, columns=("layer", "file", "finding", "remedy"), form=form_of(as_json))
    if not rows:
        say("all layers are whole")
    return EXIT_NOT_FOUND if rows else EXIT_FINE


def _check_reference(folder: str, catalog: str | None, *, missing: bool, form: str) -> int:
    """Show where the hand-typed layers disagree with reference files, or what they lack of them."""
    from geoops.layers.reference import compare, confirmations

    found = compare(folder, catalog=catalog)
    rows = records(found.missing if missing else found.unresolved)
    if rows or form == "json":
        show(rows, columns=list(rows[0]) if rows else (), form=form)
    for row in records(confirmations(found.pairs)):
        say("{layer}: {compared} rows compared, {confirmed} confirmed independently, {differing} differ".format(**row))
    say(f"{len(rows)} {'missing' if missing else 'unresolved'}")
    return EXIT_NOT_FOUND if rows else EXIT_FINE


layers.add_command(build)
layers.add_command(fetch)
