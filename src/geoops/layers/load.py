"""A layer's name, or the path of a file, to its features or its grid - only the part that a region asks for.

What a layer is and where it lies is the catalogue's business; how files are opened is core's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from geoops.core.errors import CatalogError, InputError, ReadError
from geoops.core.geodesy import Region, check_region
from geoops.core.publication import marked_rows
from geoops.core.reading import RASTER_FORMATS, VECTOR_FORMATS, read_raster, read_vector
from geoops.core.schema import LAYER_COLUMNS, as_features
from geoops.core.windows import read_window
from geoops.layers.catalog import Catalog, PathLike, read_catalog, remedy
from geoops.layers.sources.contract import date_of
from geoops.layers.worldview import NEUTRAL, VIEWED, seen_by, views_in

if TYPE_CHECKING:
    import xarray as xr  # vector layers do without: 13 MB

__all__ = ["layer"]


def layer(
    name_or_path: PathLike,
    *,
    region: Region | None = None,
    catalog: PathLike | None = None,
    worldview: str | None = None,
    source: str | None = None,
    date: str | None = None,
    licence: str | None = None,
) -> gpd.GeoDataFrame | xr.DataArray:
    """
    A layer of the catalogue, or of a file, in the region asked for.

    Features are those that intersect the region, with their whole geometry: nothing is cut at the region's edge.
    Grids are cut to the whole cells that cover the region; of a grid that exists in several resolutions the finest
    that covers the whole region is read.

    Parameters
    ----------
    name_or_path
        A name of the catalogue (`geoops.catalog()` lists them), or the path of a vector or raster file: a text with
        a known file ending, or a path object.
    region
        (west, south, east, north) in degrees. All of the layer by default.
    catalog
        A folder with a `catalog.toml`, or that file; by default the one that the environment variable `GEOOPS_LAYERS`
        names, else the embedded one.
    worldview
        Of `boundaries` and `countries`: two letters of the country whose view of borders is wanted, or `neutral`. By
        default what the catalogue was built with, which is neutral unless it says otherwise: every disputed line is there as
        disputed. Which views there are, and what a view of claims alone cannot say, is in `geoops.layers.worldview`.
    source, date, licence
        Of a file whose rows do not say whose it is, of when (YYYY, YYYY-MM or YYYY-MM-DD) and under which licence.
        An area that holds for one date (control, a flood) is read without them, to be looked at and measured, and is refused by
        figures and by `geoops layers build`.

    Returns
    -------
    GeoDataFrame or DataArray
        Features in EPSG:4326 with the columns of every layer (`geoops.core.schema.LAYER_COLUMNS`) and those of the
        theme; or a grid with dims (y, x), cell centres in degrees as coordinates, NaN outside the data.
        `attrs["layer"]` is the catalogue's entry.

    Raises
    ------
    UnknownLayerError
        No such layer; the message names those that exist.
    InputError
        A world view that the layer does not know; a source, date or licence for a layer of the catalogue.
    CoordinateError
        A region that is none.
    CatalogError, ReadError
        A catalogue or a file that is missing or damaged.

    Examples
    --------
    >>> from geoops.layers.load import layer
    >>> units = layer("admin1", region=(40.0, 35.0, 41.0, 36.0))
    >>> sorted(units["country"].unique())
    ['SY']
    """
    wanted = None if region is None else check_region(region)
    words = {"source": source, "source_date": date_of("", date), "licence": licence}
    said = {column: value for column, value in words.items() if value is not None}
    if _is_path(name_or_path):
        if worldview is not None:
            msg = f"worldview={worldview!r}: a file has none; boundaries of a catalogue have"
            raise InputError(msg)
        return _from_file(Path(name_or_path), wanted, said)
    found = read_catalog(catalog)
    entry = found.entry(str(name_or_path))
    if said:
        msg = f"{', '.join(said)}: the catalogue says that of {name_or_path}; only a file needs it said"
        raise InputError(msg)
    if worldview is not None and name_or_path not in VIEWED:
        msg = f"worldview={worldview!r}: {name_or_path} looks the same to everyone; {' and '.join(VIEWED)} do not"
        raise InputError(msg)
    if entry["geometry"] == "raster":
        return _raster(entry, found.file.parent, wanted)
    frame = _features(entry, found.file.parent, wanted)
    marked_rows(frame)
    return _viewed(frame, entry, found, worldview, wanted) if name_or_path in VIEWED else frame


def _viewed(
    frame: gpd.GeoDataFrame, entry: dict[str, Any], found: Catalog, worldview: str | None, region: Region | None
) -> gpd.GeoDataFrame:
    """Boundaries or countries in the view asked for, else in the catalogue's own."""
    view = worldview or str(entry.get("worldview") or NEUTRAL)
    views = None
    if view.lower() != NEUTRAL and region is not None:  # a region need not hold every claim that there is
        views = views_in(_features(entry, found.file.parent, None))
    return seen_by(frame, view, views, optional=worldview is None)


def _is_path(value: PathLike) -> bool:
    """Whether a file is meant: a path object, a folder separator, or a known file ending."""
    if isinstance(value, os.PathLike):
        return True
    if not isinstance(value, str):
        msg = f"layer: expected a name of the catalogue or the path of a file; {type(value).__name__} came: {str(value)[:60]!r}"  # type: ignore[unreachable]
        raise InputError(msg)
    return any(c in value for c in "/\\") or Path(value).suffix.lower() in {*VECTOR_FORMATS, *RASTER_FORMATS}


def _present(path: Path, entry: Mapping[str, Any]) -> Path:
    """The file of an entry, or an error that says what to do when it is not there."""
    if not path.is_file():
        msg = (
            f"layer {entry['name']}: {entry['catalog']} lists {path.name}, but {path} is not there;"
            f" build it again with {remedy(entry)}"
        )
        raise CatalogError(msg)
    return path


def _meets(part: Mapping[str, Any], region: Region | None) -> bool:
    """Whether a file's region meets the one asked for."""
    if region is None or "region" not in part:
        return True
    west, south, east, north = part["region"]
    return bool(west <= region[2] and east >= region[0] and south <= region[3] and north >= region[1])


def _features(entry: dict[str, Any], folder: Path, region: Region | None) -> gpd.GeoDataFrame:
    """The features of a layer's files that intersect the region."""
    files = [part for part in entry["files"] if _meets(part, region)] or entry["files"][:1]
    frames = []
    for part in files:
        path = _present(folder / part["path"], entry)
        try:
            part_of = read_vector(path) if region is None else read_window(path, region)
            frames.append(_within(part_of, region))
        except ReadError as error:
            msg = f"layer {entry['name']}: {path} is damaged ({error}); build it again with {remedy(entry)}"
            raise CatalogError(msg) from error
    frame = frames[0] if len(frames) == 1 else gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=frames[0].crs)
    frame.attrs = {"layer": entry}
    return frame


def _within(frame: gpd.GeoDataFrame, region: Region | None) -> gpd.GeoDataFrame:
    """The features that intersect the region, not only by their bounds."""
    if region is None or len(frame) == 0:
        return frame
    box = shapely.box(*region)
    shapely.prepare(box)
    hit = shapely.intersects(box, frame.geometry.to_numpy())
    return frame if hit.all() else frame[hit].reset_index(drop=True)


def _raster(entry: dict[str, Any], folder: Path, region: Region | None) -> xr.DataArray:
    """The finest file that covers the whole region; the first of the list, which covers most, otherwise."""
    best = entry["files"][0]
    if region is not None:
        for part in entry["files"]:
            west, south, east, north = part["region"]
            inside = west <= region[0] and south <= region[1] and east >= region[2] and north >= region[3]
            if inside and part["cell_deg"] < best["cell_deg"]:
                best = part
    path = _present(folder / best["path"], entry)
    try:
        grid = read_raster(path, region=region)
    except ReadError as error:
        msg = f"layer {entry['name']}: {error}"
        raise CatalogError(msg) from error
    grid.name = str(entry["name"])
    facts = {key: value for key, value in best.items() if key not in ("path", "bytes", "sha256", "region")}
    grid.attrs["layer"] = {**entry, **facts, "file": str(best["path"])}
    return grid


def _from_file(path: Path, region: Region | None, said: Mapping[str, str]) -> gpd.GeoDataFrame | xr.DataArray:
    """A file of the user's own as a layer; columns of the contract that it lacks are there and empty."""
    if path.suffix.lower() in RASTER_FORMATS:
        grid = read_raster(path, region=region)
        grid.name = path.stem
        about = {"name": path.stem, "title": path.stem, "file": str(path), "geometry": "raster"}
        about |= {"date" if column == "source_date" else column: value for column, value in said.items()}
        grid.attrs["layer"] = about
        return grid
    frame = read_vector(path)
    degrees = as_features(frame, what=str(path))
    result = _within(degrees, region)
    ids = pd.Series([f"{path.stem}/{row}" for row in range(len(result))], index=result.index, dtype=object)
    for column in LAYER_COLUMNS:
        if column not in result:
            filled = {"id": ids, "source": path.name, **said}.get(column)
            result[column] = float("nan") if column == "uncertainty_m" else filled
        elif column in said:
            result[column] = result[column].where(result[column].notna(), said[column])
    theme = [c for c in result.columns if c not in LAYER_COLUMNS]
    result = gpd.GeoDataFrame(result[[*LAYER_COLUMNS[:-1], *theme, "geometry"]], geometry="geometry", crs=result.crs)
    about = {"name": path.stem, "title": path.stem, "file": str(path), "geometry": "features"}
    about |= {"date" if column == "source_date" else column: value for column, value in said.items()}
    result.attrs = {"layer": about}
    return result
