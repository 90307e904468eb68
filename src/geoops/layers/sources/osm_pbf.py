"""An OpenStreetMap extract (.osm.pbf) as layers: roads by class, bridges, railways, power, pipelines, crossings, camps, places ...

The file is gone through twice: once to see that it is whole and to count what is wanted, once to build the features, batch by
batch, of which only those in the region are kept. What was counted and could not be built is listed. A way that leaves the extract
has only the nodes that are in it; how many are so is in `attrs["mended"]`. Needs the extra `geoops[osm]`.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoops.core.errors import InputError, ReadError, SchemaError
from geoops.core.geodesy import Region, check_region
from geoops.core.osm_files import Census, check_osm_file, osm_batches, osm_census, osm_complaint, osm_members
from geoops.core.schema import WGS84
from geoops.layers.sources.contract import AREAS, LINES, POINTS, Ledger, Provenance, check_theme, date_of, finish
from geoops.layers.sources.countries_of import with_country
from geoops.layers.sources.osm_names import Names, name_tags
from geoops.layers.sources.osm_tags import (
    ATTRIBUTION,
    LICENCE,
    OSM_THEMES,
    SOURCE,
    OsmTheme,
    columns_of,
)  # fmt: skip

__all__ = ["THEMES", "read", "theme_of"]

THEMES = tuple(OSM_THEMES)

_NOT_BUILT = "no geometry could be built: nodes or members are not in the file, rings do not close, or it is drawn as another shape"


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
        The file is none, truncated, damaged, not sorted, or holds nothing of the theme.
    SchemaError
        Nothing says of what date the data is.
    MissingExtraError
        Without osmium.
    """
    about = theme_of(theme, classes, "an OpenStreetMap extract")
    file = check_osm_file(path)
    box = None if region is None else check_region(region)
    census = osm_census(file, about.rules, about.types)
    day = census.date or date_of(file, date)
    if day is None:
        msg = f"{file}: its head states no date; give the date of the data as date='YYYY-MM-DD'"
        raise SchemaError(msg)
    total = sum(census.count.values())
    if total == 0:
        wanted = ", ".join(f"{key}={'|'.join(values[:3])}" for key, values in about.rules.items())
        msg = f"{file}, theme {theme}: no element with {wanted}; is it the extract of the right region and whole?"
        raise ReadError(msg)
    ledger = Ledger(f"{file}, theme {theme}", read=total)
    names = Names()
    tally = _Tally(census)
    parts = list(_parts(file, about, box, names, tally))
    tally.settle(file, about, ledger)
    parts = [part for part in parts if len(part)] or parts[:1]
    frame = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=WGS84)
    del parts
    frame.index = pd.Index(frame["id"])  # a row is named as OpenStreetMap names it
    late = names.local_names()
    if late:
        frame["name_local"] = frame["name_local"].where(frame["name_local"].notna(), frame["id"].map(late))
    layer = finish(
        frame, theme=theme, ledger=ledger, region=box, dimensions=about.dimensions, provenance=_provenance(about, day),
        constants={"geometry_quality": about.quality},
    )  # fmt: skip
    return with_country(layer, countries) if about.dimensions & POINTS else layer


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


def _provenance(theme: OsmTheme, day: str) -> Provenance:
    """What the catalogue says of OpenStreetMap's data."""
    return Provenance(theme.title, SOURCE, LICENCE, ATTRIBUTION, day, accuracy=theme.accuracy)


class _Tally:
    """What GDAL gave, held against what libosmium counted."""

    def __init__(self, census: Census) -> None:
        self._census = census
        self._count = dict.fromkeys(("node", "way", "relation"), 0)
        self._sum = dict.fromkeys(("node", "way", "relation"), 0)
        self._nodes = 0
        self._given: Counter[tuple[str, int]] | None = None
        self._short: dict[tuple[str, int], int] = {}

    def add(self, types: np.ndarray, ids: np.ndarray, vertices: np.ndarray) -> None:
        """Count a batch."""
        for name in self._count:
            chosen = types == name
            self._count[name] += int(chosen.sum())
            self._sum[name] += int(ids[chosen].sum())
        self._nodes += int(vertices[types == "way"].sum())
        if self._given is not None:
            keys = list(zip(types.tolist(), ids.tolist(), strict=True))
            self._given.update(keys)
            self._short.update(zip(keys, vertices.tolist(), strict=True))

    def settle(self, file: Path, theme: OsmTheme, ledger: Ledger) -> None:
        """List what could not be built; where there is such, the file may also be one that GDAL cannot read to its end."""
        census = self._census
        if self._count == census.count and self._sum == census.id_sum and self._nodes == census.nodes:
            return
        complaint = osm_complaint(file)
        if complaint is not None:
            remedy = (
                "sort it with `osmium sort FILE.osm.pbf -o SORTED.osm.pbf`"
                if "ncreasing" in complaint
                else "download it again"
            )
            msg = f"{file}: GDAL cannot read it to its end ({complaint}); {remedy}"
            raise ReadError(msg)
        given = self._given = Counter()
        for _ in _parts(file, theme, (0.0, 0.0, 0.0, 0.0), Names(), self):
            pass
        often, nodes = osm_members(file, theme.rules, theme.types)
        lost = [f"{t}/{i}" for (t, i), n in sorted(often.items()) for _ in range(n) if (t, i) not in given]
        again = [f"{t}/{i}" for (t, i), n in sorted(often.items()) if (t, i) in given for _ in range(n - given[t, i])]
        ledger.drop(lost, _NOT_BUILT, lost)
        ledger.drop(again, "repeats the id of an earlier element", again)
        short = sum(1 for key, n in self._short.items() if key[0] == "way" and n < nodes.get(key, 0))
        ledger.mend("ways drawn without those of their nodes that are not in the file", short)


def _parts(file: Path, theme: OsmTheme, box: Region | None, names: Names, tally: _Tally) -> Iterator[gpd.GeoDataFrame]:
    """The features of a region, batch by batch; at least one part comes."""
    first = True
    layers = [layer for layer, there in (("points", POINTS), ("lines", LINES), ("multipolygons", AREAS))
              if theme.dimensions & there]  # fmt: skip
    for layer in layers:
        for batch in osm_batches(file, layer, theme.rules, theme.keys, theme.areas):
            shapes = shapely.from_wkb(batch.column("wkb_geometry").to_numpy(zero_copy_only=False))
            types, ids = _ids_of(batch, layer)
            tally.add(types, ids, _vertices(shapes, layer))
            keep = np.ones(len(shapes), dtype=bool)
            if box is not None:
                keep = shapely.intersects(shapely.box(*box), shapely.envelope(shapes))
            if keep.any() or first:
                yield _features(batch.filter(keep), theme, shapes[keep], types[keep], ids[keep], names)
            first = False
    if first:
        yield gpd.GeoDataFrame({"id": []}, geometry=[], crs=WGS84)


def _vertices(shapes: np.ndarray, layer: str) -> np.ndarray:
    """How many nodes each geometry has, closing ones counted, as OpenStreetMap counts those of a way."""
    return np.asarray(shapely.get_num_coordinates(shapes)) if layer != "points" else np.zeros(len(shapes), dtype=int)


def _ids_of(batch: Any, layer: str) -> tuple[np.ndarray, np.ndarray]:
    """Type and number of each element."""
    import pyarrow.compute as pc

    if layer != "multipolygons":
        ids = pc.cast(batch.column("osm_id"), "int64").to_numpy(zero_copy_only=False)
        return np.full(len(ids), "node" if layer == "points" else "way", dtype=object), ids
    way = batch.column("osm_way_id")
    types = np.where(way.is_null().to_numpy(zero_copy_only=False), "relation", "way").astype(object)
    ids = pc.cast(pc.coalesce(way, batch.column("osm_id")), "int64").to_numpy(zero_copy_only=False)
    return types, ids


def _features(
    batch: Any, theme: OsmTheme, shapes: np.ndarray, types: np.ndarray, ids: np.ndarray, names: Names
) -> gpd.GeoDataFrame:
    """A batch of elements as rows of the layer."""
    tags = batch.drop_columns(["wkb_geometry", "other_tags"]).to_pandas()
    elements = [f"{t}/{i}" for t, i in zip(types.tolist(), ids.tolist(), strict=True)]
    frame = columns_of(theme, tags)
    signs = tags["name"].tolist() if "name" in tags else [None] * len(tags)
    rows = []
    for element, name, text in zip(elements, signs, batch.column("other_tags").to_pylist(), strict=True):
        further = json.loads(text) if text is not None and "name" in text else {}
        if isinstance(name, str):
            further["name"] = name
        rows.append(names.of(element, name_tags(further)) if further else (None, None, None))
    frame["id"] = elements
    for position, column in enumerate(("name", "name_local", "alt_names")):
        frame[column] = pd.Series([row[position] for row in rows], index=frame.index, dtype=object)
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=WGS84)
