"""Public sources that the loaders know: a table, and which of its files a region, some countries or a name ask for.

Nothing here opens a connection: fetching is `fetch.py`. The table is `public_sources.toml` beside this file; it says of each
source what could not be checked.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import shapely

from geoops.core.errors import CatalogError, InputError
from geoops.core.geodesy import Region, check_region
from geoops.core.reading import read_text
from geoops.layers.arrived import KINDS
from geoops.layers.sources.axes import embedded_layer
from geoops.layers.sources.country_codes import alpha2, alpha3, country_name

__all__ = ["MAX_FILES", "PublicSource", "Wanted", "listing", "public_sources", "wanted"]

MAX_FILES = 500
"""More files than this are not fetched from one source in one call."""

_TABLE = Path(__file__).with_name("public_sources.toml")
_BY = frozenset({"country", "tile", "list", "index", "pointer"})
_TILE = re.compile(r"([NS])(\d{2})([EW])(\d{3})", re.IGNORECASE)


@dataclass(frozen=True)
class PublicSource:
    """
    One row of the table.

    Parameters
    ----------
    key, title
        Its name in the table, and what it is.
    loader, gives
        The module of `layers/sources/` that reads it, and the layers that come of it.
    by
        What one file is of: `country`, `tile`, `list`, `index` or `pointer`.
    address, file
        Patterns of where a file comes from and goes to.
    kind
        What the file must be by its content.
    licence, attribution
        What must be known and said where it is shown.
    page, unchecked
        By which page this row was checked, and what could not be.
    checksum
        `md5` where one lies beside the file.
    pause_s, max_mb
        Least seconds between two requests, and what a file may weigh.
    absent
        What it means that there is no such file; empty where that is a failure.
    follow, says, paths
        Of an answer in JSON: the field that leads on, the fields worth keeping, the addresses made of it.
    side_deg
        Of a tile.
    items
        Files of a list by group, or levels of a country.
    publisher
        Whose the data is, where the files' names would mislead the loader.
    """

    key: str
    title: str
    loader: str
    gives: tuple[str, ...]
    by: str
    address: str
    file: str
    kind: str
    licence: str
    attribution: str
    page: str
    unchecked: str
    checksum: str
    pause_s: float
    max_mb: float
    absent: str = ""
    follow: str = ""
    says: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    side_deg: int = 1
    items: Mapping[str, Sequence[str]] = field(default_factory=dict)
    publisher: str = ""


@dataclass(frozen=True)
class Wanted:
    """
    One file to be had.

    Parameters
    ----------
    source
        The row of the table.
    what
        Which country, tile or item.
    address
        Where it comes from; of an index or a pointer the address that tells.
    file
        Where it goes, below the folder fetched into.
    """

    source: PublicSource
    what: str
    address: str
    file: str


def public_sources(path: Path = _TABLE) -> dict[str, PublicSource]:
    """
    The table, by key.

    Raises
    ------
    CatalogError
        A row with a key that is unknown or missing, or of another type or kind.
    """
    rows: dict[str, PublicSource] = {}
    for key, table in tomllib.loads(read_text(path)).items():
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
        try:
            row = PublicSource(key=key, **values)
        except TypeError as error:
            msg = f"{path}: [{key}] {str(error).partition('() ')[2]}"
            raise CatalogError(msg) from error
        if row.by not in _BY or row.kind not in KINDS or row.checksum not in ("", "md5"):
            msg = f"{path}: [{key}] by={row.by!r}, kind={row.kind!r}, checksum={row.checksum!r}; known are {sorted(_BY)}, {sorted(KINDS)}, '' or 'md5'"
            raise CatalogError(msg)
        if not row.address.startswith("https://"):
            msg = f"{path}: [{key}] address {row.address!r} is not https"
            raise CatalogError(msg)
        rows[key] = row
    return rows


def wanted(
    names: Sequence[str],
    *,
    region: Region | None = None,
    countries: Iterable[str] = (),
    sources: Mapping[str, PublicSource] | None = None,
) -> list[Wanted]:
    """
    The files that names, a region and countries ask for.

    A source by country gives those named, else those that the region touches; one by tile those of the region, of the
    countries, or of the countries within the region; a list gives all of its files.

    Parameters
    ----------
    names
        Keys of the table, each with `:ITEM` behind it where only that item is wanted (`natural_earth:ne_10m_lakes`,
        `geofabrik:alps`, `srtm:N35E040`, `geonames:SY`).
    region
        (west, south, east, north) in degrees.
    countries
        ISO 3166-1 codes or English names.
    sources
        Another table.

    Raises
    ------
    InputError
        A name, item or country that is not known, a source by country or tile without any, or more than `MAX_FILES`.
    """
    table = sources if sources is not None else public_sources()
    box = None if region is None else check_region(region)
    codes = _codes(countries)
    found: dict[str, Wanted] = {}
    for name in names:
        key, _, item = name.partition(":")
        if key not in table:
            close = difflib.get_close_matches(key, list(table), n=2, cutoff=0.5)
            hint = f" Did you mean {' or '.join(close)}?" if close else ""
            msg = f"no public source {key!r}.{hint} There are: {', '.join(table)}"
            raise InputError(msg)
        files = list(_files(table[key], item, box, codes))
        if len(files) > MAX_FILES:
            msg = f"{key}: {len(files):,} files were asked for, at most {MAX_FILES} are fetched at once; take a smaller region"
            raise InputError(msg)
        found.update({f.file: f for f in files})
    return list(found.values())


def _codes(countries: Iterable[str]) -> list[str]:
    """The countries as alpha-2 codes, each once."""
    given = list(countries)
    codes = alpha2(given).tolist()
    unknown = [name for name, code in zip(given, codes, strict=True) if code is None]
    if unknown:
        msg = f"no country {', '.join(map(repr, unknown))}; expected ISO 3166-1 codes (SY, IRQ) or English names"
        raise InputError(msg)
    return list(dict.fromkeys(codes))


def _files(source: PublicSource, item: str, box: Region | None, codes: list[str]) -> Iterator[Wanted]:
    """The files of one source."""
    if source.by == "pointer":
        yield Wanted(source, "release", source.address, source.file)
    elif source.by == "list":
        yield from _of_list(source, item)
    elif source.by == "tile":
        yield from _of_tiles(source, item, box, codes)
    elif source.by == "index" and item:
        yield Wanted(source, item, source.address, source.file.format(item=item.replace("/", "-")))
    else:
        chosen = _codes([item]) if item else codes or _touched(box)
        if not chosen:
            msg = f"{source.key} is fetched by country: say which, or give a region"
            raise InputError(msg)
        for code in chosen:
            yield from _of_country(source, code)


def _of_list(source: PublicSource, item: str) -> Iterator[Wanted]:
    """All files of a list, or the one named."""
    every = [(group, name) for group, names in source.items.items() for name in names]
    if item and item not in {name for _, name in every}:
        msg = f"{source.key} has no {item!r}; it has {', '.join(name for _, name in every)}"
        raise InputError(msg)
    for group, name in every:
        if not item or name == item:
            yield Wanted(
                source, name, source.address.format(group=group, item=name), source.file.format(group=group, item=name)
            )


def _of_country(source: PublicSource, code: str) -> Iterator[Wanted]:
    """The files of a country."""
    if source.by == "index":
        yield Wanted(source, code, source.address, source.file.format(item=code))  # the index knows the extract's name
        return
    three = alpha3(code)
    for name in [n for names in source.items.values() for n in names] or [""]:
        words = {"iso2": code, "ISO3": three, "iso3": three.lower(), "item": name}
        what = f"{code} {name}".strip()
        yield Wanted(source, what, source.address.format(**words), source.file.format(**words))


def _of_tiles(source: PublicSource, item: str, box: Region | None, codes: list[str]) -> Iterator[Wanted]:
    """The tiles that a region or countries touch, or the one named by its south-western corner."""
    side = source.side_deg
    if item:
        match = _TILE.fullmatch(item)
        if match is None:
            msg = f"{source.key}: a tile is named by its south-western corner, such as N35E040; {item!r} came"
            raise InputError(msg)
        south = int(match[2]) * (-1 if match[1].upper() == "S" else 1)
        west = int(match[4]) * (-1 if match[3].upper() == "W" else 1)
        if south % side or west % side or not (-90 <= south < 90 and -180 <= west < 180):
            msg = f"{source.key}: no tile begins at {item}; tiles of {side}° begin at multiples of {side}"
            raise InputError(msg)
        yield _tile(source, west, south)
        return
    if box is None and not codes:
        msg = f"{source.key} is fetched by tile: give a region or countries"
        raise InputError(msg)
    lands = [_land(code) for code in codes]
    bounds = box or _bounds(lands)
    for south in range(math.floor(bounds[1] / side) * side, math.ceil(bounds[3] / side) * side, side):
        for west in range(math.floor(bounds[0] / side) * side, math.ceil(bounds[2] / side) * side, side):
            square = shapely.box(west, south, west + side, south + side)
            if not lands or any(shapely.intersects(land, square) for land in lands):
                yield _tile(source, west, south)


def _tile(source: PublicSource, west: int, south: int) -> Wanted:
    """The tile of a south-western corner."""
    words: dict[str, Any] = {
        "ns": "S" if south < 0 else "N",
        "lat": abs(south),
        "ew": "W" if west < 0 else "E",
        "lon": abs(west),
    }
    what = f"{words['ns']}{words['lat']:02d}{words['ew']}{words['lon']:03d}"
    return Wanted(source, what, source.address.format(**words), source.file.format(**words))


@cache
def _land(code: str) -> shapely.Geometry:
    """The area of a country in the catalogue in use."""
    lands = embedded_layer("countries")
    if lands is None or code not in set(lands["country"]):
        msg = f"the catalogue in use has no area of {country_name(code)} ({code}); give a region instead"
        raise InputError(msg)
    area: shapely.Geometry = shapely.union_all(lands.geometry[lands["country"] == code].to_numpy())
    return area


def _bounds(lands: list[shapely.Geometry]) -> Region:
    """The rectangle round some areas."""
    west, south, east, north = (float(v) for v in shapely.total_bounds(lands))
    return west, south, east, north


def _touched(box: Region | None) -> list[str]:
    """The countries that a region touches."""
    lands = embedded_layer("countries")
    if box is None or lands is None:
        return []
    hit = lands[shapely.intersects(shapely.box(*box), lands.geometry.to_numpy())]
    return sorted({str(code) for code in hit["country"].dropna()})


def listing(sources: Mapping[str, PublicSource] | None = None) -> list[dict[str, Any]]:
    """What can be had: a record a source."""
    table = sources if sources is not None else public_sources()
    return [
        {
            "source": s.key, "title": s.title, "by": s.by, "gives": list(s.gives), "licence": s.licence,
            "attribution": s.attribution, "checksum": s.checksum or "none published", "address": s.address,
            "page": s.page, "unchecked": s.unchecked,
        }
        for s in table.values()
    ]  # fmt: skip
