"""Commands about layers: what there is, from whom, whether it is whole, and building them."""

from __future__ import annotations

import json

import click

from geoops.commands.options import catalog_option, csv_option, form_of, json_option, quiet_option
from geoops.terminal import EXIT_FINE, EXIT_NOT_FOUND, progress, records, say, show

__all__ = ["layers"]


@click.group(
    epilog="""\b
Examples:
  geoops layers list
  geoops layers info roads
  geoops layers licences
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


@layers.command()
@catalog_option
@json_option
def check(catalog: str | None, as_json: bool) -> int:
    """Check that every file is there and unchanged.

    Each finding comes with what to do; the exit code is 1 where there is one.
    """
    from geoops.layers import check as look

    rows = records(look(catalog))
    if rows or as_json:
        show(rows, columns=("layer", "file", "finding", "remedy"), form=form_of(as_json))
    if not rows:
        say("all layers are whole")
    return EXIT_NOT_FOUND if rows else EXIT_FINE


@layers.command(
    epilog="""\b
Examples:
  geoops layers build
  geoops layers build --only places --only roads
"""
)
@catalog_option
@click.option("--only", multiple=True, metavar="NAME", help="Only this layer; may be given several times.")
@click.option("--force", is_flag=True, help="Build even what has not changed.")
@quiet_option
def build(catalog: str | None, only: tuple[str, ...], force: bool, quiet: bool) -> int:
    """Build layers from their sources.

    The folder of the catalogue holds what they are made from; packages are fetched over the network once.
    """
    from geoops.layers.build import build as make
    from geoops.layers.catalog import find_catalog

    with progress("Building layers", quiet=quiet) as step:
        report = make(
            find_catalog(catalog).parent,
            only=only or None,
            force=force,
            progress=None if step is None else lambda words, number, count: step(words, number / count),
        )
    say(f"{len(report.built)} built, {len(report.kept)} unchanged; now: geoops gazetteer build")
    return EXIT_FINE
