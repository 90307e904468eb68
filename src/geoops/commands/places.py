"""Commands about places: geocode, places, nearest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from geoops.commands.options import (
    LonLat,
    catalog_option,
    complete_layers,
    csv_option,
    form_of,
    gazetteer_option,
    json_option,
    lon_lat,
    quiet_option,
)
from geoops.core.room import keep_little
from geoops.terminal import EXIT_FINE, EXIT_NOT_FOUND, progress, say, show

__all__ = ["geocode", "nearest", "places"]


def _site_rows(sites: Any) -> list[dict[str, Any]]:
    """Sites as records, with position, the codes of UCDP and ACLED, and words for what was not found."""
    from geoops.gazetteer.precision import event_precision

    rows = []
    for (_, site), codes in zip(sites.iterrows(), event_precision(sites).itertuples(index=False), strict=True):
        point = site.geometry
        lost = point is None or point.is_empty
        rows.append(
            {
                "query": site["query"],
                "name": site["name"],
                "name_local": site["name_local"],
                "kind": site["kind"],
                "country": site["country"],
                "admin1": site["admin1"],
                "lon": None if lost else round(point.x, 6),
                "lat": None if lost else round(point.y, 6),
                "uncertainty_km": None if lost else round(float(site["uncertainty_m"]) / 1000.0, 3),
                "where_prec": codes.where_prec,
                "geo_precision": codes.geo_precision,
                "status": site["status"],
                "score": site["score"],
                "reason": site["reason"],
                "alternatives": list(site["alternatives"]) if isinstance(site["alternatives"], list | tuple) else [],
                "gazetteer_id": site["gazetteer_id"],
                "source": site["source"],
                "licence": site["licence"],
            }
        )
    return rows


_SITE_COLUMNS = ("query", "name", "name_local", "kind", "country", "admin1", "lon", "lat", "uncertainty_km", "status")
_SITE_FILE_COLUMNS = (
    *_SITE_COLUMNS,
    "where_prec",
    "geo_precision",
    "score",
    "reason",
    "gazetteer_id",
    "source",
    "licence",
)


def _say_not_found(rows: Sequence[dict[str, Any]]) -> int:
    """A line for each name that was not found, and the exit code."""
    from geoops.core.text import one_line

    lost = [row for row in rows if row["status"] == "not_found"]
    for row in lost:
        near = ", ".join(_alternative(a) for a in row["alternatives"][:3])
        say(f"not found: {one_line(str(row['query']))}" + (f"; nearest in spelling: {near}" if near else ""))
    return EXIT_NOT_FOUND if lost else EXIT_FINE


def _alternative(value: Any) -> str:
    """One alternative in a word or two."""
    from geoops.core.text import one_line

    if isinstance(value, dict):
        where = value.get("country")
        return one_line(str(value.get("name", ""))) + (f" ({where})" if isinstance(where, str) else "")
    return one_line(str(value))


@click.command(
    epilog="""\b
Examples:
  geoops geocode "Deir al-Zor" Hasakah Kirkuk "Hamrin Mountains"
  geoops geocode Tripoli --country LB --json
  geoops geocode "al Hol" --kind CMP
  geoops geocode "Kafr Nabl" "Some hamlet" --online nominatim
"""
)
@click.argument("names", nargs=-1, required=True)
@click.option("--country", metavar="CC", help="ISO code that the places lie in, such as SY.")
@click.option("--kind", metavar="CODE", help="GeoNames feature code, such as PPL (town), MTS (range), CMP (camp).")
@click.option("--near", type=LonLat(), help="A position that the places lie near, to tell namesakes apart.")
@gazetteer_option
@click.option(
    "--online",
    metavar="SERVICE",
    help="Ask nominatim, photon or pelias about names that the gazetteer lacks; nothing is asked by default.",
)
@click.option("--online-address", metavar="URL", help="A server of your own for --online.")
@quiet_option
@json_option
@csv_option
def geocode(
    names: tuple[str, ...],
    country: str | None,
    kind: str | None,
    near: tuple[float, float] | None,
    gazetteer: str | None,
    online: str | None,
    online_address: str | None,
    quiet: bool,
    as_json: bool,
    as_csv: bool,
) -> int:
    """Find places by name, in any spelling.

    NAMES are Latin or Arabic; one row a name comes back, in order.

    A name that is not found keeps its row, and the exit code is 1.
    """
    form = form_of(as_json, as_csv)
    import geoops as go

    if online_address is not None and online is None:
        msg = "--online-address goes with --online SERVICE"
        raise click.UsageError(msg)
    service: Any = online
    if online is not None:
        from geoops.gazetteer.online import Online

        service = Online(online.strip().lower(), address=online_address)
    with progress("Finding", quiet=quiet, lines=False) as step:
        if step is not None:
            step("names" if service is None else f"names, {online} where the gazetteer lacks one", 0.0)
        found = go.geocode(list(names), country=country, kind=kind, near=near, gazetteer=gazetteer, online=service)
    rows = _site_rows(found)
    show(rows, columns=_SITE_FILE_COLUMNS if as_csv else _SITE_COLUMNS, form=form)
    return _say_not_found(rows)


@click.command(
    epilog="""\b
Examples:
  geoops places report.txt
  geoops places report.md --json > places.json
  geoops places report.txt --review places.csv
  geoops places report.txt --nlp en_core_web_sm
"""
)
@click.argument("text", type=click.Path())
@gazetteer_option
@click.option(
    "--review",
    type=click.Path(),
    metavar="FILE",
    help="Write a CSV for you to go through; decisions in one that is there are kept.",
)
@click.option(
    "--nlp",
    metavar="MODEL",
    help="An installed spaCy model, or the folder of one, whose named entities weigh in; none is needed.",
)
@quiet_option
@json_option
@csv_option
def places(
    text: str, gazetteer: str | None, review: str | None, nlp: str | None, quiet: bool, as_json: bool, as_csv: bool
) -> int:
    """Find the places that a text names.

    TEXT is a file; one row a mention comes back, with its characters in the text.

    With --review the rows go to a table instead. In its column `decision` write accept, change, pin or drop; for change, in `use`,
    the number of an alternative, a gazetteer id or a name; for pin, use_lon, use_lat and use_uncertainty_km. `new`, `report` and
    `nearest` take the table.
    """
    keep_little()
    form = form_of(as_json, as_csv)
    import geoops as go
    from geoops.gazetteer.precision import event_precision

    with progress("Reading", quiet=quiet, lines=False) as step:
        words = go.read_text(text)
        if step is not None:
            step(f"{len(words):,} characters", 0.0)
        found = go.find_places(words, gazetteer=gazetteer, nlp=nlp, progress=step).copy()
    if review is not None:
        return _review(review, words, found, quiet=quiet, as_json=as_json)
    rows = [
        {k: v for k, v in row.items() if k not in {"geometry", "extent"}} for row in found.to_dict(orient="records")
    ]
    for row, codes in zip(rows, event_precision(found).itertuples(index=False), strict=True):
        row |= {"where_prec": codes.where_prec, "geo_precision": codes.geo_precision}
    columns = ["text", "start", "end", "name", "kind", "country", "lon", "lat", "uncertainty_m", "status"]
    columns += ["where_prec", "geo_precision", "score", "reason", "gazetteer_id"] if as_csv else []
    show(rows, columns=columns, form=form)
    if not rows:
        from geoops.report.text_sites import no_place_words

        say(f"no place is named in {text}: it {no_place_words(words)}")
    return EXIT_FINE if rows else EXIT_NOT_FOUND


def _review(path: str, text: str, found: Any, *, quiet: bool, as_json: bool) -> int:
    """Write the table for a person, and say what is to be done with it and what became of earlier decisions."""
    from geoops.gazetteer.review import write_review

    done = write_review(path, text, found)
    if as_json:
        row = {"file": path, "mentions": done.rows, "kept": done.kept, "lost": list(done.lost)}
        show([row], columns=tuple(row), form="json")
    if not quiet:
        say(f"{path}: {done.rows} mentions" + (f", {done.kept} earlier decisions kept" if done.kept else ""))
    for words in done.lost:
        say(f"no longer in the text: {words}")
    if done.before is not None:
        say(f"the table as it was before is kept in {done.before}")
    if not quiet:
        say(f"go through it, then: geoops new --places {path} --date YYYY-MM-DD --out brief.toml")
    return EXIT_FINE if done.rows else EXIT_NOT_FOUND


@click.command(
    epilog="""\b
Examples:
  geoops nearest "Deir al-Zor" Kirkuk --layer oil_gas_fields --k 3
  geoops nearest 40.14,35.34 --layer border_crossings --layer roads
  geoops nearest sites.geojson --layer power_stations --max-km 50 --json
"""
)
@click.argument("sites", nargs=-1, required=True)
@click.option(
    "--layer",
    "-l",
    "layers",
    multiple=True,
    required=True,
    metavar="NAME",
    shell_complete=complete_layers,
    help="Layer of the catalogue or a file; may be given several times.",
)
@click.option("--k", type=click.IntRange(1, 1000), default=1, show_default=True, help="How many features a site.")
@click.option("--max-km", type=click.FloatRange(0, min_open=True), help="Nothing farther than this.")
@click.option(
    "--edges",
    type=click.Choice(["geodesic", "planar"]),
    default="geodesic",
    show_default=True,
    help="What a straight edge between two vertices is.",
)
@catalog_option
@gazetteer_option
@quiet_option
@json_option
@csv_option
def nearest(
    sites: tuple[str, ...], layers: tuple[str, ...], k: int, max_km: float | None, edges: str, catalog: str | None,
    gazetteer: str | None, quiet: bool, as_json: bool, as_csv: bool,
) -> int:  # fmt: skip
    """Distances to the nearest features of layers.

    They are measured on the ellipsoid, with bounds from how surely both ends are placed.

    SITES are names, LON,LAT positions, files of points, or a reviewed table of places.
    """
    form = form_of(as_json, as_csv)
    import geoops as go

    rows: list[dict[str, Any]] = []
    with progress("Measuring", quiet=quiet, lines=False) as step:
        frame = _sites_of(sites, gazetteer)
        for number, name in enumerate(layers):
            if step is not None:
                step(name, (1 + number) / (1 + len(layers)))
            table = go.nearest(
                frame, go.layer(name, catalog=catalog), k=k, max_km=max_km, edges=edges, with_lines=False
            )
            table = table.drop(columns=table.columns.intersection(["geometry"]))
            rows += [{"layer": name, **row} for row in table.to_dict(orient="records")]
    columns = ("layer", "site_name", "feature_name", "distance_km", "low_km", "high_km", "bearing_deg", "status")
    show(rows, columns=columns, form=form)
    near = any(row["distance_km"] is not None and not math.isnan(row["distance_km"]) for row in rows)
    return _say_not_found(_site_rows(frame)) or (EXIT_FINE if near else EXIT_NOT_FOUND)


def _sites_of(texts: Sequence[str], gazetteer: str | None) -> Any:
    """Sites from names, positions and files, in the order given."""
    import geopandas as gpd
    import pandas as pd

    import geoops as go
    from geoops.core.schema import as_sites
    from geoops.gazetteer.review import is_review

    frames = []
    for text in texts:
        pair = lon_lat(text)
        if pair is not None:
            frame = as_sites([pair])
            frame["name"] = frame["query"] = text
        elif is_review(text):
            frame = go.read_places(text, gazetteer=gazetteer)
        elif Path(text).suffix.lower() in {".csv", ".geojson", ".gpkg", ".json", ".parquet"}:
            frame = as_sites(go.layer(Path(text)))
        else:
            frame = go.geocode([text], gazetteer=gazetteer)
        frames.append(frame)
    joined = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0].reset_index(drop=True)
    return gpd.GeoDataFrame(joined, geometry="geometry", crs="EPSG:4326")
