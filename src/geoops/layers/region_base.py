"""What the embedded world gives to a region's own catalogue: cuts of its layers, and what of them stays beside a source.

A cut reaches beyond the region, so that a figure of it does not end in nothing: borders and countries are whole, other
layers go as far as the window. Cuts are copies: a catalogue can be handed on, and does not change when geoops is updated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from geoops.core.errors import ReadError
from geoops.core.geodesy import Region
from geoops.core.raster_files import raster_facts, read_raster
from geoops.core.schema import LAYER_COLUMNS, WGS84
from geoops.layers.borders import _division_lines
from geoops.layers.catalog import Catalog
from geoops.layers.load import layer as load
from geoops.layers.recipes import Grid
from geoops.layers.worldview import NEUTRAL, VIEWED

__all__ = ["Base", "beside", "beside_lines", "joined_words", "reach", "wider", "with_division_lines"]

_WORDS = ("title", "description", "source", "date", "licence", "attribution", "publish", "uncertainty_m", "accuracy",
          "fields", "classes", "why_not_published", "worldviews")  # fmt: skip
_LEAST_MARGIN_DEG = 2.0


def wider(region: Region) -> Region:
    """
    The window of a region: half of its longer side more on every side, at least two degrees.

    Examples
    --------
    >>> wider((30.0, 10.0, 40.0, 16.0))
    (25.0, 5.0, 45.0, 21.0)
    """
    west, south, east, north = region
    pad = max(_LEAST_MARGIN_DEG, max(east - west, north - south) / 2.0)
    return max(west - pad, -180.0), max(south - pad, -90.0), min(east + pad, 180.0), min(north + pad, 90.0)


@dataclass(frozen=True)
class Base:
    """
    A catalogue as the base of a region.

    Parameters
    ----------
    catalog
        The catalogue, the embedded one as a rule.
    region, window
        The region, and how far cuts reach.
    """

    catalog: Catalog
    region: Region
    window: Region

    def __contains__(self, name: str) -> bool:
        return name in self.catalog.layers

    def is_grid(self, name: str) -> bool:
        """Whether the layer is a grid."""
        return bool(self.catalog.layers[name]["geometry"] == "raster")

    def mark(self, name: str) -> list[bytes]:
        """What a cut of the layer depends on."""
        files = self.catalog.layers[name]["files"] if name in self else ()
        return [repr((self.window, self.region)).encode(), *(str(part["sha256"]).encode() for part in files)]

    def words(self, name: str) -> dict[str, Any]:
        """What the catalogue says of the layer in words."""
        entry = self.catalog.layers[name]
        return {key: entry[key] for key in _WORDS if key in entry}

    @cached_property
    def countries(self) -> gpd.GeoDataFrame | None:
        """Land of each country, for the country test of the loaders."""
        return self.features("countries") if "countries" in self else None

    def features(self, name: str) -> gpd.GeoDataFrame:
        """The features of the window; countries and the lines between them of the whole world."""
        whole, view = (None, NEUTRAL) if name in VIEWED else (self.window, None)
        frame = load(name, region=whole, catalog=self.catalog.file, worldview=view)
        if not isinstance(frame, gpd.GeoDataFrame):
            msg = f"{self.catalog.file}: layer {name} is a grid"
            raise ReadError(msg)
        if name == "boundaries" and "level" in frame:
            near = shapely.intersects(frame.geometry.to_numpy(), shapely.box(*self.window))
            frame = frame[(frame["level"] == 0).to_numpy() | near]
        return frame.reset_index(drop=True)

    def has(self, name: str) -> bool:
        """Whether the base has a feature of the layer in the region itself."""
        if name not in self or self.is_grid(name):
            return False
        return bool(len(load(name, region=self.region, catalog=self.catalog.file)))

    def grids(self, name: str) -> tuple[Grid, ...]:
        """The grids of the window, the one that covers most first."""
        found: list[Grid] = []
        for part in self.catalog.layers[name]["files"]:
            west, south, east, north = part["region"]
            box = (max(west, self.window[0]), max(south, self.window[1]),
                   min(east, self.window[2]), min(north, self.window[3]))  # fmt: skip
            if box[0] >= box[2] or box[1] >= box[3]:
                continue
            path = self.catalog.file.parent / str(part["path"])
            values = read_raster(path, region=box)
            suffix = path.stem.removeprefix(name) if found else ""
            facts = {k: v for k, v in part.items() if k not in ("path", "bytes", "sha256", "region", "cell_deg")}
            cell = float(part["cell_deg"])
            found.append(Grid(values, suffix, cell, raster_facts(path)["dtype"], {"region": reach(values), **facts}))
        return tuple(found)


def reach(grid: xr.DataArray) -> list[float]:
    """The outer edges of a grid."""
    x, y = np.asarray(grid.x.values, dtype=float), np.asarray(grid.y.values, dtype=float)
    dx = abs(x[1] - x[0]) / 2 if len(x) > 1 else 0.0
    dy = abs(y[1] - y[0]) / 2 if len(y) > 1 else 0.0
    edges = (x.min() - dx, y.min() - dy, x.max() + dx, y.max() + dy)
    return [round(float(edge), 9) for edge in edges]


def beside(base: gpd.GeoDataFrame, made: gpd.GeoDataFrame, how: str, region: Region) -> gpd.GeoDataFrame:
    """
    What of the base stays beside what a source made.

    Parameters
    ----------
    base, made
        Features of one layer.
    how
        As `Source.beyond` says: `region` cuts lines and areas of the base at the region's edge, `countries` leaves out the
        features of the countries that the source has.
    region
        The region that the source was read for.
    """
    rest = base[~base["id"].isin(set(made["id"]))]
    if how == "nothing" or len(rest) == 0:
        return rest.iloc[:0]
    box = shapely.box(*region)
    if how == "countries":
        own = set(made["country"].dropna())
        inside = shapely.intersects(box, rest.geometry.to_numpy())
        # Of a row without a country nothing says whose it is: the source counts where it was read.
        stays = np.where(rest["country"].notna(), ~rest["country"].isin(own), ~inside)
        return rest[stays.astype(bool)]
    shapes = rest.geometry.to_numpy()
    meets = shapely.intersects(box, shapes)
    cut = shapes.copy()
    cut[meets] = shapely.difference(shapes[meets], box)
    # What only touches leaves crumbs of another dimension: they are no features.
    whole = ~shapely.is_empty(cut) & (shapely.get_dimensions(cut) == shapely.get_dimensions(shapes))
    result = rest[whole].copy()
    result["geometry"] = gpd.GeoSeries(cut[whole], index=result.index, crs=WGS84)
    return result


def beside_lines(lines: gpd.GeoDataFrame, region: Region, *, whole: bool) -> gpd.GeoDataFrame:
    """
    What of the base's boundary lines stays beside lines of a source.

    Parameters
    ----------
    lines
        The base's layer `boundaries`.
    region
        The region that the source was read for.
    whole
        Whether the source has every line between countries; one that has only the disputed ones replaces the claims.
    """
    inside = shapely.intersects(shapely.box(*region), lines.geometry.to_numpy())
    replaced = (lines["level"] == 0).to_numpy() if whole else lines["claim"].notna().to_numpy()
    return lines[~(inside & replaced)]


def joined_words(first: Mapping[str, Any], second: Mapping[str, Any], where: str) -> dict[str, Any]:
    """
    What the catalogue says of a layer of two origins.

    Parameters
    ----------
    first, second
        The words of what was made and of the base beside it.
    where
        Where the second counts, for the texts.
    """
    result = dict(first)
    result["source"] = f"{first['source']}; {where}: {second['source']}"
    result["licence"] = "; ".join(_once(f"{first['licence']}; {second['licence']}".split(";")))
    result["attribution"] = "\n".join(_once(f"{first['attribution']}\n{second['attribution']}".split("\n")))
    accuracy = [first.get("accuracy"), f"{where}: {second['accuracy']}" if second.get("accuracy") else None]
    if any(accuracy):
        result["accuracy"] = ". ".join(str(a).rstrip(".") for a in accuracy if a) + "."
    if second.get("publish") is False:
        result["publish"] = False
    return result


def _once(texts: Iterable[str]) -> list[str]:
    """Each text once, without blanks."""
    return list(dict.fromkeys(t.strip() for t in texts if t.strip()))


def with_division_lines(lines: gpd.GeoDataFrame, divisions: gpd.GeoDataFrame, countries: set[str]) -> gpd.GeoDataFrame:
    """
    Boundary lines whose lines between divisions follow the divisions of some countries that a source gave.

    Parameters
    ----------
    lines
        The layer `boundaries`.
    divisions
        The layer `admin1`.
    countries
        Those whose divisions are not the base's.
    """
    own = divisions[divisions["country"].isin(countries)].reset_index(drop=True)
    if len(own) < 2 or "level" not in lines:
        return lines
    own["id"] = [i if "/" in i else f"admin1/{i}" for i in own["id"]]
    made = _division_lines(own)
    if len(made) == 0:
        return lines
    for column in ("uncertainty_m", "source", "source_date", "licence"):
        made[column] = own[column].iloc[0]
    rest = lines[~((lines["level"] == 1) & lines["country"].isin(countries))]
    made = made[~made["id"].isin(set(rest["id"]))]
    columns = [*LAYER_COLUMNS[:-1], *(c for c in lines.columns if c not in LAYER_COLUMNS), "geometry"]
    whole = pd.concat([rest, made.reindex(columns=columns)], ignore_index=True)
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=WGS84)
