"""`geoops layers fetch`: public sources onto the disk, by name, for a region or for countries."""

from __future__ import annotations

import click

from geoops.commands.options import REGION, form_of, json_option, quiet_option
from geoops.terminal import EXIT_FINE, EXIT_NETWORK, progress, say, show

__all__ = ["fetch"]


@click.command(
    epilog="""\b
Examples:
  geoops layers fetch --list
  geoops layers fetch geonames geofabrik worldpop --country SY IQ
  geoops layers fetch copernicus_dem_90 --region 40,34,43,37 --dry-run
  geoops layers fetch natural_earth:ne_10m_lakes geofabrik:alps --out sources
"""
)
@click.argument("names", nargs=-1, metavar="SOURCE[:ITEM]...")
@click.option("--list", "as_list", is_flag=True, help="Show what can be had, under which licence; nothing is fetched.")
@click.option("--region", type=REGION, default=None, help="Only what this region needs.")
@click.option("--country", "countries", multiple=True, metavar="XX...", help="Codes or English names of countries.")
@click.option("--out", "-o", type=click.Path(), default="sources", show_default=True, help="Folder to fetch into.")
@click.option("--mirror", metavar="URL", help="A copy of the sources: https://HOST/PATH is asked for as URL/HOST/PATH.")
@click.option("--refresh", is_flag=True, help="Fetch again what is there already.")
@click.option("--dry-run", is_flag=True, help="Say what would be fetched; no server is asked.")
@json_option
@quiet_option
def fetch(
    names: tuple[str, ...], as_list: bool, region: tuple[float, float, float, float] | None, countries: tuple[str, ...],
    out: str, mirror: str | None, refresh: bool, dry_run: bool, as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Fetch public sources that the loaders read.

    SOURCE is a name of --list. What is there already, unchanged, is not fetched again; a download that broke off is gone on
    with. `fetched.json` in the folder says whence everything came and what must be said where it is shown. Where a source fails
    the others are fetched all the same, and the exit code is 4. What was fetched is what `geoops layers build` takes.
    """
    from geoops.layers.fetch import fetch as bring
    from geoops.layers.public import listing, public_sources

    form = form_of(as_json)
    if as_list:
        show(listing(), columns=("source", "title", "by", "licence", "checksum", "unchecked"), form=form)
        return EXIT_FINE
    if not names:
        msg = "say which source; geoops layers fetch --list shows what can be had"
        raise click.UsageError(msg)
    wanted = [name.strip() for text in countries for name in text.split(",") if name.strip()]
    if wanted:  # `--country SY IQ`: what is no source belongs to the countries
        known = public_sources()
        wanted += [name for name in names if name.partition(":")[0] not in known]
        names = tuple(name for name in names if name.partition(":")[0] in known)
    with progress("Fetching", quiet=quiet or dry_run) as step:
        outcomes = bring(
            names, out, region=region, countries=wanted, mirror=mirror, refresh=refresh, dry_run=dry_run, progress=step
        )
    rows = [
        {"source": o.source, "what": o.what, "state": o.state, "bytes": o.bytes, "file": o.file, "note": o.note,
         "address": o.address} for o in outcomes
    ]  # fmt: skip
    columns = ("source", "what", "state", "bytes", "file", "note")
    show(rows, columns=("source", "what", "state", "file", "address", "note") if dry_run else columns, form=form)
    counts = {
        state: sum(o.state == state for o in outcomes) for state in ("to fetch", "fetched", "kept", "absent", "failed")
    }
    words = {"kept": "there already", "absent": "which their source does not have"}
    if not quiet or counts["failed"]:
        say(", ".join(f"{count} {words.get(state, state)}" for state, count in counts.items() if count))
    return EXIT_NETWORK if counts["failed"] else EXIT_FINE
