"""Commands about the gazetteer: building the names behind `geoops geocode`."""

from __future__ import annotations

import click

from geoops.commands.options import catalog_option
from geoops.terminal import EXIT_FINE, say

__all__ = ["gazetteer"]


@click.group()
def gazetteer() -> None:
    """The names behind `geoops geocode`."""


@gazetteer.command(
    name="build",
    epilog="""\b
Example:
  geoops gazetteer build --catalog my_layers
""",
)
@catalog_option
def build_names(catalog: str | None) -> int:
    """Build the gazetteer of a catalogue again.

    It is needed once after layers with names (places, admin1, regions ...) have changed.
    """
    from geoops.gazetteer import build_gazetteer

    for path in build_gazetteer(catalog):
        say(f"{path} written")
    return EXIT_FINE
