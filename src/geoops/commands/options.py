"""What several commands share: options, and the forms in which a place or a choice is typed."""

from __future__ import annotations

from typing import Any

import click

__all__ = [
    "REGION", "LonLat", "catalog_option", "complete_layers", "csv_option", "form_of", "gazetteer_option", "json_option",
    "lon_lat", "out_option", "quiet_option",
]  # fmt: skip


class LonLat(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic only in newer click
    """Longitude and latitude as `LON,LAT`."""

    name = "LON,LAT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        """Two numbers in range, or a word on what came."""
        if isinstance(value, tuple):
            return value
        pair = lon_lat(str(value))
        if pair is None:
            self.fail(f"expected LON,LAT in degrees, such as 40.14,35.34 (longitude first); {value!r} came", param, ctx)
        return pair


class _Region(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic only in newer click
    """A region as `W,S,E,N`."""

    name = "W,S,E,N"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float, float, float]:
        """Four numbers; whether they make a region is judged by what takes them."""
        if isinstance(value, tuple):
            return value
        try:
            west, south, east, north = (float(part) for part in str(value).split(","))
        except ValueError:
            words = f"expected W,S,E,N in degrees, such as 34,13,37,16 (west, south, east, north); {value!r} came"
            self.fail(words, param, ctx)
        return west, south, east, north


REGION = _Region()
"""The type of an option that takes a region."""


def lon_lat(text: str) -> tuple[float, float] | None:
    """The two numbers of `LON,LAT`, or None."""
    parts = text.split(",")
    try:
        lon, lat = (float(part) for part in parts)
    except ValueError:
        return None
    return (lon, lat) if abs(lon) <= 180.0 and abs(lat) <= 90.0 else None


def complete_layers(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The layers of the catalogue whose names begin so, for the shell; none where there is no catalogue."""
    del parameter
    from geoops.core.errors import GeoopsError
    from geoops.layers.catalog import read_catalog

    try:
        names = read_catalog(context.params.get("catalog")).layers
    except GeoopsError:
        return []
    return [name for name in names if name.startswith(incomplete)]


def form_of(as_json: bool, as_csv: bool = False) -> str:
    """Which form results are printed in."""
    if as_json and as_csv:
        msg = "--json and --csv exclude each other; give one"
        raise click.UsageError(msg)
    return "json" if as_json else "csv" if as_csv else "table"


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")
csv_option = click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
catalog_option = click.option(
    "--catalog",
    type=click.Path(),
    default=None,
    help="Folder of another layer catalogue (else GEOOPS_LAYERS, else the embedded one).",
)
gazetteer_option = click.option(
    "--gazetteer",
    type=click.Path(),
    default=None,
    help="Folder of a gazetteer of your own (geoops gazetteer build); else the embedded one.",
)
quiet_option = click.option(
    "--quiet", "-q", is_flag=True, help="Only results, warnings and errors: no progress, no words on what was done."
)
out_option = click.option(
    "--out", "-o", required=True, type=click.Path(), help="Folder to write to; made if it is not there."
)
