"""An OpenStreetMap extract (.osm.pbf) as layers: roads by class, bridges, railways, power, pipelines, crossings, camps, places ...

The file is gone through twice at the same time: by libosmium, to see that it is whole and to count what is wanted, and by GDAL, to
build the features, batch by batch, of which only those in the region are kept. What was counted and could not be built is listed. A way that leaves the extract
has only the nodes that are in it; how many are so is in `attrs["mended"]`. Needs the extra `geoops[osm]`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd

from geoops.core.errors import InputError, NothingFoundError, SchemaError
from geoops.core.geodesy import Region, check_region
from geoops.core.osm_files import check_osm_file, osm_census
from geoops.core.room import give_back
from geoops.layers.sources.contract import Ledger, Provenance, check_theme, date_of
from geoops.layers.sources.countries_of import with_country
from geoops.layers.sources.osm_build import Building, settle
from geoops.layers.sources.osm_rows import rows_of
from geoops.layers.sources.osm_tags import (
    ATTRIBUTION,
    LICENCE,
    OSM_THEMES,
    SOURCE,
    OsmTheme,
)  # fmt: skip

__all__ = ["THEMES", "provenance_of", "read", "theme_of"]

THEMES = tuple(OSM_THEMES)


def read(
    path: str | os.PathLike[str],
    *,
    theme: str,
    region: Region | None = None,
    date: str | None = None,
    classes: Sequence[str] | None = None,
    countries: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """
    One theme of an OpenStreetMap extract as a layer.

    Parameters
    ----------
    path
        A .osm.pbf file, as Geofabrik and others publish.
    theme
        One of `THEMES`.
    region
        (west, south, east, north) in degrees: only features that meet it. Memory grows with them, not with the file.
    date
        Of the data, where the file does not state it (it is asked first), as YYYY-MM-DD.
    classes
        Of roads, railways, rivers ...: only these values of the theme's key, also such as it does not take by default
        (`classes=["path", "footway"]` of roads).
    countries
        Areas with `country`, to say in which one a place lies; by default the layer of the catalogue in use.

    Returns
    -------
    GeoDataFrame
        The layer; `id` is `node/1`, `way/1`, `relation/1`. `attrs` as `geoops.layers.sources.contract.finish` gives them.

    Raises
    ------
    ReadError
        The file is none, truncated, damaged or not sorted; NothingFoundError where it holds nothing of the theme.
    SchemaError
        Nothing says of what date the data is.
    MissingExtraError
        Without osmium.
    """
    about = theme_of(theme, classes, "an OpenStreetMap extract")
    file = check_osm_file(path)
    box = None if region is None else check_region(region)
    with tempfile.TemporaryDirectory(prefix="geoops-osm-") as name:
        folder = Path(name)
        with Building(file, about, box, folder) as building:
            census = osm_census(file, about.wanted)
            day = census.date or date_of(file, date)
            if day is None:
                msg = f"{file}: its head states no date; give the date of the data as date='YYYY-MM-DD'"
                raise SchemaError(msg)
            if census.total == 0:
                wanted = ", ".join(f"{key}={'|'.join(values[:3])}" for key, values in about.rules.items())
                msg = (
                    f"{file}, theme {theme}: no element with {wanted}; is it the extract of the right region and whole?"
                )
                raise NothingFoundError(msg)
            ledger = Ledger(f"{file}, theme {theme}", read=census.total)
            rows = rows_of(building, about, box, ledger, folder)
        settle(file, about, census.balance.less(building.built), ledger)
        del census, building
        give_back()
        layer = rows.layer(theme, about, ledger, provenance_of(about, day), box)
    return with_country(layer, countries) if about.located else layer


def theme_of(theme: str, classes: Sequence[str] | None, what: str) -> OsmTheme:
    """
    A theme, narrowed to some values of its key.

    Raises
    ------
    InputError
        No such theme, or classes of one that has several keys.
    """
    about = OSM_THEMES[check_theme(theme, THEMES, what)]
    if classes is None:
        return about
    if len(about.rules) != 1 or isinstance(classes, str) or not classes:
        msg = f"classes={classes!r} of {theme}; expected a list of values, and a theme of one key (roads, railways, rivers ...)"
        raise InputError(msg)
    return replace(about, rules={next(iter(about.rules)): tuple(classes)})


def provenance_of(theme: OsmTheme, day: str | None) -> Provenance:
    """What the catalogue says of OpenStreetMap's data."""
    return Provenance(theme.title, SOURCE, LICENCE, ATTRIBUTION, day, accuracy=theme.accuracy)
