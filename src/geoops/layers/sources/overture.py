"""Overture Maps, from its GeoParquet files or from where they are published: roads, rails, infrastructure, water, divisions, places.

Files and folders as `overturemaps download` or a copy of a release leave them, or addresses; of each file only the row groups that
meet the region are read, so memory grows with the region. Addresses are asked only when told (`online=True`). Overture's land use has
no layer of ours to go to and is left out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoops.core.errors import InputError, NothingFoundError
from geoops.core.fetching import Fetcher
from geoops.core.geodesy import Region, check_region
from geoops.core.schema import WGS84
from geoops.core.text import one_line
from geoops.layers.sources.antimeridian import cut_at_antimeridian
from geoops.layers.sources.contract import POINTS, Ledger, Provenance, check_theme, date_of, finish
from geoops.layers.sources.countries_of import with_country
from geoops.layers.sources.osm_columns import TRACED_M
from geoops.layers.sources.osm_names import Names
from geoops.layers.sources.overture_files import is_address, overture_files, overture_tables, shapes_of
from geoops.layers.sources.overture_themes import OVERTURE_THEMES, OvertureTheme

__all__ = ["RELEASES", "THEMES", "read"]

THEMES = tuple(OVERTURE_THEMES)

RELEASES = "s3://overturemaps-us-west-2/release"
"""Where Overture publishes its releases: a folder for each below, such as `2025-08-20.0`."""

_RELEASE = re.compile(r"(?<!\d)(20\d\d-[01]\d-[0-3]\d)(?:-\w+)?\.\d+(?!\d)")
_RULES = {"official": "official_name", "alternate": "alt_name", "short": "short_name", "common": "alt_name"}
_ALWAYS = ("id", "geometry", "names", "sources")
_ATTRIBUTION = {
    "places": "Overture Maps Foundation, overturemaps.org",
}
_FROM_OSM = "© OpenStreetMap contributors, Overture Maps Foundation"


def read(
    path: str | os.PathLike[str],
    *,
    theme: str,
    region: Region | None = None,
    date: str | None = None,
    online: bool = False,
    fetcher: Fetcher | None = None,
    countries: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """
    One layer out of Overture's data.

    Parameters
    ----------
    path
        A .parquet file of the type, a folder (of a release, a theme or a type, with Overture's `theme=.../type=...` or plain), or an
        https or s3 address of either, such as `f"{RELEASES}/2025-08-20.0"`.
    theme
        One of `THEMES`.
    region
        (west, south, east, north) in degrees: only row groups and features that meet it. An address needs one.
    date
        Of the data, where the path does not name the release, as YYYY-MM-DD.
    online
        Whether an address may be asked.
    fetcher
        Through which is asked, where other limits are wanted; by default 256 MiB a file. Says `online` by itself.
    countries
        Areas with `country`: for the country test, and to say in which country a point lies that states none.

    Returns
    -------
    GeoDataFrame
        The layer; `id` is Overture's, `source` names the data sets behind each feature. `attrs` as
        `geoops.layers.sources.contract.finish` gives them.

    Raises
    ------
    ReadError
        A file that is damaged or none, or (NothingFoundError) holds nothing of the theme.
    SchemaError
        A file of another type, or data without a date.
    NetworkError
        The server is down, slow, refuses, or sends something else.
    InputError
        An address without `online=True` or without a region.
    """
    about = OVERTURE_THEMES[check_theme(theme, THEMES, "Overture")]
    box = None if region is None else check_region(region)
    text = os.fspath(path)
    if is_address(path):
        if not online and fetcher is None:
            msg = f"{text} is an address; it is read over the network only when told: online=True"
            raise InputError(msg)
        if box is None:
            msg = f"{text}: an address is read for a region; give region=(west, south, east, north), or download the files"
            raise InputError(msg)
    files = overture_files(path, about.part, about.kind, fetcher)
    releases = sorted({match[1] for match in map(_RELEASE.search, files) if match})
    if len(releases) > 1:
        msg = f"{text}: holds several releases, {', '.join(releases)}; name the folder of one of them"
        raise InputError(msg)
    day = releases[0] if releases else date_of(text, date)
    ledger = Ledger(f"{text}, theme {theme}")
    frame = _rows(files, about, box, ledger, fetcher)
    if len(frame) == 0 and box is None and not ledger.counts:
        words = "; ".join(f"{name} {', '.join(values[:4])}" for name, values in about.keep.items())
        msg = f"{text}, theme {theme}: no feature with {words}; is it the right type and whole?"
        raise NothingFoundError(msg)
    provenance = Provenance(
        about.title, "Overture Maps", about.licence, _ATTRIBUTION.get(about.part, _FROM_OSM), day, accuracy=about.accuracy
    )  # fmt: skip
    layer = finish(
        frame, theme=theme, ledger=ledger, provenance=provenance, region=box, dimensions=about.dimensions, countries=countries,
        constants={"geometry_quality": about.quality, "uncertainty_m": TRACED_M},
    )  # fmt: skip
    return with_country(layer, countries) if about.dimensions & POINTS else layer


def _rows(
    files: list[str], about: OvertureTheme, box: Region | None, ledger: Ledger, fetcher: Fetcher | None
) -> gpd.GeoDataFrame:
    """The rows of all files with the layer's columns."""
    frames: list[gpd.GeoDataFrame] = []
    names = Names()
    for file in files:
        stem = re.split(r"[/\\]", file)[-1]
        tables = overture_tables(
            file, columns=[*_ALWAYS, *about.reads], needs=["id", "geometry", *about.needs],
            keep={name: frozenset(values) for name, values in about.keep.items()}, region=box, fetcher=fetcher,
            what=f"Overture's theme={about.part}/type={about.kind}",
        )  # fmt: skip
        for numbers, table in tables:
            shapes, cut = cut_at_antimeridian(shapes_of(table))
            here = np.ones(len(shapes), dtype=bool)
            if about.shapes_alone:
                here = shapely.is_missing(shapes) | np.isin(shapely.get_dimensions(shapes), [*about.dimensions])
            if box is not None:  # what cannot be placed stays, to be listed
                here &= shapely.is_missing(shapes) | shapely.intersects(shapes, shapely.box(*box))
            ledger.read += int(here.sum())
            if here.any():
                ledger.mend("cut at the antimeridian", cut)
                labels = [f"{stem}:{number}" for number in numbers[here].tolist()]
                frames.append(_frame(table.filter(here).to_pylist(), labels, shapes[here], about, names))
    if not frames:
        return _frame([], [], np.empty(0, dtype=object), about, names)
    frame = gpd.GeoDataFrame(pd.concat(frames), geometry="geometry", crs=WGS84)
    late = frame["id"].map(names.local_names())
    frame["name_local"] = frame["name_local"].where(late.isna(), late)
    return frame


def _frame(
    rows: list[dict[str, Any]], labels: list[str], shapes: np.ndarray, about: OvertureTheme, names: Names
) -> gpd.GeoDataFrame:
    """Rows of a file with the layer's columns."""
    named = [names.of(str(row["id"]), _names_of(row.get("names"))) for row in rows]
    index = pd.Index(labels, dtype=object)
    said: dict[str, Any] = {
        "id": [row["id"] for row in rows],
        **{column: [row[place] for row in named] for place, column in enumerate(("name", "name_local", "alt_names"))},
        "source": [_source_of(row.get("sources")) for row in rows],
        "licence": [_licence_of(row.get("sources")) for row in rows],
        **about.columns(rows),
    }
    data: dict[str, pd.Series] = {}
    for name, value in said.items():
        single = value is None or isinstance(value, str | float)
        kept = isinstance(value, np.ndarray) and value.dtype.kind in "ifb"
        values = [value] * len(rows) if single else value if kept else list(value)
        data[name] = pd.Series(values, index=index, dtype=None if kept else object)
    return gpd.GeoDataFrame(pd.DataFrame(data, index=index), geometry=shapes, crs=WGS84)


def _names_of(names: Mapping[str, Any] | None) -> dict[str, str]:
    """Overture's names as OpenStreetMap would tag them: the primary one, one a language, and what the rules add."""
    if not names:
        return {}
    found: dict[str, str] = {}
    if names.get("primary"):
        found["name"] = one_line(str(names["primary"]))
    common = names.get("common") or ()
    for language, value in dict(common).items():
        if value:
            found[f"name:{language}"] = one_line(str(value))
    for rule in names.get("rules") or ():
        value = one_line(str((rule or {}).get("value") or ""))
        if value:
            key = _RULES.get(str(rule.get("variant")), "alt_name") + (
                f":{rule['language']}" if rule.get("language") else ""
            )
            found[key] = f"{found[key]};{value}" if key in found else value
    return {key: value for key, value in found.items() if value}


def _source_of(sources: Any) -> str:
    """Overture, and the data sets that it took a feature from."""
    sets = dict.fromkeys(str(s["dataset"]) for s in sources or () if s and s.get("dataset"))
    return f"Overture Maps ({', '.join(sets)})" if sets else "Overture Maps"


def _licence_of(sources: Any) -> str | None:
    """The licences that a feature's sources state; None where they state none."""
    stated = dict.fromkeys(str(s["license"]) for s in sources or () if s and s.get("license"))
    return "; ".join(stated) or None
