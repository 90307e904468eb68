"""`geoops layers build`: the embedded layers again from their packages, or a region's own catalogue from files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from geoops.commands.options import catalog_option, form_of, json_option, quiet_option
from geoops.terminal import EXIT_FINE, progress, say, show

__all__ = ["build"]

SOURCE_OPTIONS = (
    ("boundaries", "COD-AB, geoBoundaries or Natural Earth file."),
    ("geonames", "GeoNames country file, such as SD.zip."),
    ("energy", "Global Energy Monitor tracker."),
    ("osm", "OpenStreetMap extract, .osm.pbf."),
    ("overture", "Overture Maps GeoParquet: file, folder or address."),
    ("events", "ACLED or UCDP GED table."),
    ("dem", "Elevation model: GeoTIFF or .hgt tile."),
    ("population", "Population counts: GeoTIFF."),
    ("landcover", "Land cover: GeoTIFF."),
)
"""The sources of `geoops.layers.region_sources.SOURCES` in their order, here so that --help loads nothing."""


def _source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """An option for each source; each may be given several times."""
    for key, words in reversed(SOURCE_OPTIONS):
        command = click.option(f"--{key}", multiple=True, metavar="FILE", help=words)(command)
    return command


def _box(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[float, ...] | None:
    """`W,S,E,N` as four numbers."""
    if value is None:
        return None
    try:
        west, south, east, north = (float(part) for part in value.split(","))
    except ValueError:
        msg = f"expected W,S,E,N in degrees, such as 34,13,37,16 (west, south, east, north); {value!r} came"
        raise click.BadParameter(msg, context, parameter) from None
    return west, south, east, north


@click.command(
    epilog="""\b
Examples:
  geoops layers build --region 34,13,37,16 --osm sudan.osm.pbf --dem srtm.tif --geonames SD.zip --out sudan
  geoops layers build --out sudan --layer flood=flood.gpkg --date 2024-08-30 --source UNOSAT --licence CC0 --uncertainty-m 50
  GEOOPS_LAYERS=sudan geoops geocode Kassala
"""
)
@click.option("--region", metavar="W,S,E,N", callback=_box, help="West, south, east, north in degrees.")
@click.option("--out", "-o", type=click.Path(), help="Folder of the region's catalogue; made if it is not there.")
@_source_options
@click.option("--layer", "own", multiple=True, metavar="NAME=FILE", help="A file of your own as the layer NAME.")
@click.option("--date", help="Date of files that do not say theirs: YYYY, YYYY-MM or YYYY-MM-DD.")
@click.option("--source", help="Who published files that do not say so.")
@click.option("--licence", help="Licence of files that do not say theirs.")
@click.option("--uncertainty-m", type=click.FloatRange(0, min_open=True), help="How exact such files are, in metres.")
@click.option("--no-publish", is_flag=True, help="The files of --layer must not stand in a public figure.")
@click.option("--worldview", metavar="XX", help="Whose view of borders: a country's two letters; neutral by default.")
@click.option("--cell-deg", type=click.FloatRange(0, min_open=True), help="Cells of grids in degrees; as they are.")
@click.option("--only", multiple=True, metavar="NAME", help="Only this layer; may be given several times.")
@click.option("--force", is_flag=True, help="Build even what has not changed.")
@catalog_option
@quiet_option
@json_option
def build(
    region: tuple[float, float, float, float] | None, out: str | None, own: tuple[str, ...], only: tuple[str, ...],
    catalog: str | None, *, no_publish: bool, force: bool, quiet: bool, as_json: bool, **options: Any,
) -> int:  # fmt: skip
    """Build layers from their sources.

    With --out: a catalogue of a region of its own. What was given makes its layers there; round it, and where nothing was
    given, the world that came with geoops stands. Each source may be given several times, and a file that does not say which
    layer it gives as LAYER=FILE. Run it again to bring it up to date, or with more sources. With --catalog that catalogue is the base.

    Without --out: the layers that came with geoops, again from the packages that they are made of, which are fetched over
    the network once.
    """
    sources = {key: list(options[key]) for key, _ in SOURCE_OPTIONS if options[key]}
    said = {key: options[key] for key in ("date", "source", "licence", "uncertainty_m", "worldview", "cell_deg")}
    if out is None:
        if region or sources or own or any(v is not None for v in said.values()):
            msg = "a region's own layers need --out FOLDER; without it the layers that came with geoops are built again"
            raise click.UsageError(msg)
        return _embedded(catalog, only, force=force, quiet=quiet, as_json=as_json)
    layers = _own(own, publish=not no_publish)
    return _region(out, region, sources, layers, catalog, only, said, force=force, quiet=quiet, as_json=as_json)


def _own(texts: tuple[str, ...], *, publish: bool) -> dict[str, Any]:
    """The layers of `NAME=FILE`."""
    layers: dict[str, Any] = {}
    for text in texts:
        name, sign, path = text.partition("=")
        if not sign or not name or not path:
            msg = f"--layer: expected NAME=FILE, such as flood=flood.gpkg; {text!r} came"
            raise click.UsageError(msg)
        layers[name] = {"path": path} if publish else {"path": path, "publish": False}
    return layers


def _embedded(catalog: str | None, only: tuple[str, ...], *, force: bool, quiet: bool, as_json: bool) -> int:
    """The embedded layers, from their packages."""
    from geoops.layers.build import build as make
    from geoops.layers.catalog import find_catalog

    with progress("Building layers", quiet=quiet) as step:
        report = make(
            find_catalog(catalog).parent,
            only=only or None,
            force=force,
            progress=None if step is None else lambda words, number, count: step(words, number / count),
        )
    if as_json:
        what = (("built", report.built), ("unchanged", report.kept))
        show([{"layer": n, "what": w} for w, names in what for n in names], columns=("layer", "what"), form="json")
    if not quiet:
        say(f"{len(report.built)} built, {len(report.kept)} unchanged; now: geoops gazetteer build")
    return EXIT_FINE


def _region(
    out: str, region: tuple[float, float, float, float] | None, sources: dict[str, Any], layers: dict[str, Any],
    base: str | None, only: tuple[str, ...], said: dict[str, Any], *, force: bool, quiet: bool, as_json: bool,
) -> int:  # fmt: skip
    """A region's own catalogue, and its gazetteer."""
    from geoops.core.errors import BuildError
    from geoops.layers.region import build_region

    failure: BuildError | None = None
    with progress("Building layers", quiet=quiet) as step:
        try:
            report: Any = build_region(
                out, region, sources=sources, layers=layers, base=base, only=only or None, force=force, **said,
                progress=None if step is None else lambda words, number, count: step(words, number / (count + 1)),
            )  # fmt: skip
        except BuildError as error:
            report, failure = error.report, error
        if step is not None:
            step("gazetteer", 0.97)
        named = _gazetteer(out)
    show(_rows(report), columns=("layer", "what", "count", "note"), form=form_of(as_json))
    words = f"{len(report.built)} built, {len(report.cut)} cut from the base, {len(report.kept)} unchanged"
    if not quiet:
        say(
            f"{words}; gazetteer {'built' if named else 'unchanged'}; use it with --catalog {out} or GEOOPS_LAYERS={out}"
        )
    if failure is not None:
        raise failure
    return EXIT_FINE


def _gazetteer(out: str) -> bool:
    """Build the gazetteer of the catalogue where it is not of these layers; whether it was built."""
    from geoops.core.errors import CatalogError
    from geoops.gazetteer import build_gazetteer
    from geoops.gazetteer.records import open_gazetteer

    try:
        open_gazetteer(out)
    except CatalogError:
        build_gazetteer(out)
        return True
    return False


def _rows(report: Any) -> list[dict[str, Any]]:
    """A row a layer: what became of it, and what is to be known."""
    rows: dict[str, dict[str, Any]] = {}
    for what, names in (("built", report.built), ("cut from the base", report.cut), ("unchanged", report.kept)):
        rows |= {name: {"layer": name, "what": what, "count": report.count_of[name], "note": ""} for name in names}
    for name, counts in report.dropped.items():
        left = "; ".join(f"{count} x {reason}" for reason, count in counts.items())
        rows[name]["note"] = f"left out: {left} (data/{name}.dropped.csv)"
    for name, why in report.nothing.items():
        row = rows.setdefault(name, {"layer": name, "what": "not there", "count": None, "note": ""})
        row["note"] = "; ".join([n for n in (row["note"], *why) if n])
    for name in report.absent:
        row = rows.setdefault(name, {"layer": name, "what": "not there", "count": None, "note": ""})
        row["note"] = row["note"] or "neither a source nor the base has any here"
    for name, why in report.failed.items():
        row = rows.setdefault(name, {"layer": name, "what": "not there", "count": None, "note": ""})
        row |= {"what": f"FAILED, {row['what']}", "note": why.split("\n")[0]}
    return list(rows.values())
