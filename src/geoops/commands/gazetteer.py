"""Commands about the gazetteer: building the names behind `geoops geocode`."""

from __future__ import annotations

import click

from geoops.commands.options import catalog_option, form_of, json_option, quiet_option
from geoops.terminal import EXIT_FINE, progress, say, show

__all__ = ["gazetteer"]


@click.group(
    epilog="""\b
Examples:
  geoops gazetteer build --catalog my_layers
  geoops gazetteer build SY.zip --csv own_places.csv --out my_gazetteer
"""
)
def gazetteer() -> None:
    """The names behind `geoops geocode`."""


@gazetteer.command(
    name="build",
    epilog="""\b
Examples:
  geoops gazetteer build --catalog my_layers
  geoops gazetteer build SY.zip IQ.zip --out my_gazetteer
  geoops gazetteer build SY.zip --csv own_places.csv --out my_gazetteer
  geoops geocode "Tell Hamis" --gazetteer my_gazetteer

\b
Columns of the CSV (the first three are needed):
  name, lon, lat, name_local, alt_names (joined by |), kind (GeoNames code),
  country, admin1, uncertainty_m, population, id, extent_wkt, source,
  source_date, licence
""",
)
@click.argument("files", nargs=-1, type=click.Path())
@click.option("--csv", "own", type=click.Path(), help="A table of your own places; they win over all others.")
@click.option("--out", "-o", type=click.Path(), help="Folder of the new gazetteer; needed with FILES or --csv.")
@catalog_option
@quiet_option
@json_option
def build_names(
    files: tuple[str, ...], own: str | None, out: str | None, catalog: str | None, quiet: bool, as_json: bool
) -> int:
    """Add names to the gazetteer, or build that of a catalogue again.

    FILES are GeoNames country files (SY.zip, IQ.zip). They and your own table are added to the embedded
    gazetteer, or that of --catalog, in a folder that --gazetteer of other commands takes. Only what has changed is built.

    Without FILES and --csv the gazetteer of a catalogue is built again, as is needed after its layers have changed.
    """
    if not files and own is None:
        if out is not None:
            msg = "--out is for a gazetteer with additions: give FILES or --csv with it"
            raise click.UsageError(msg)
        from geoops.gazetteer import build_gazetteer

        with progress("Building names", quiet=quiet, lines=False) as step:
            written = build_gazetteer(catalog, progress=step)
        if as_json:
            show([{"file": str(path)} for path in written], columns=("file",), form=form_of(as_json))
        for path in () if quiet or as_json else written:
            say(f"{path} written")
        return EXIT_FINE
    if out is None:
        msg = "--out is needed with FILES or --csv: the folder for the new gazetteer"
        raise click.UsageError(msg)
    from geoops.gazetteer.extend import extend_gazetteer

    with progress("Building names", quiet=quiet, lines=False) as step:
        done = extend_gazetteer(out, geonames=files, own=own, base=catalog, progress=step)
    if as_json:
        rows = [
            {"layer": n, "what": what} for what, names in (("built", done.built), ("kept", done.kept)) for n in names
        ]
        show(rows, columns=("layer", "what"), form=form_of(as_json))
    if not quiet:
        for note in done.notes:
            say(note)
        say(f"{len(done.built)} built, {len(done.kept)} unchanged; use it with: --gazetteer {out}")
    return EXIT_FINE
