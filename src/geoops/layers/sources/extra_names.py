"""Names typed by hand for features of other sources: local names, names as the press writes them, missing places and rivers.

Three files of `layers/curated/`: `names_extra.csv` names features of any layer by a name or code that they have already;
`places_extra.csv` adds names to places by their GeoNames number, and places that GeoNames' extract lacks;
`rivers_extra.geojson` adds rivers that Natural Earth lacks.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoops.core.errors import CatalogError
from geoops.core.geodesy import Region
from geoops.core.schema import LAYER_COLUMNS
from geoops.core.tables import read_table
from geoops.layers.sources import curated
from geoops.layers.sources.isocodes import fold

__all__ = ["add_rivers", "apply", "merge_places", "read"]


def read(folder: Path, layer: str) -> pd.DataFrame:
    """The rows of `names_extra.csv` for one layer; none when there is no such file."""
    file = folder / "names_extra.csv"
    columns = ["layer", "feature_name_or_code", "name", "name_ar", "name_ku", "alt_names", "source"]
    if not file.is_file():
        return pd.DataFrame(columns=columns, dtype=object)
    table = read_table(file).fillna("")
    missing = [c for c in columns if c not in table]
    if missing:
        msg = f"{file}: lacks the columns {', '.join(missing)}"
        raise CatalogError(msg)
    return table[table["layer"] == layer].reset_index(drop=True)


def _joined(*names: object, without: tuple[object, ...]) -> str | None:
    """Names, each a text of several joined by a bar, once and without those given."""
    every = [n.strip() for text in names if isinstance(text, str) for n in text.split("|")]
    return "|".join(dict.fromkeys(n for n in every if n and n not in without)) or None


def apply(frame: gpd.GeoDataFrame, table: pd.DataFrame, *, within: Region | None = None) -> gpd.GeoDataFrame:
    """
    The features with the names of a table: what they were called before goes to `alt_names`.

    Parameters
    ----------
    frame
        With `name, country` and, where there are any, `name_local, alt_names`.
    table
        From `read`. A row names every feature that has this country code, or this name among its names.
    within
        Only features that meet this region.
    """
    frame = frame.copy()
    for column in ("name_local", "alt_names"):
        if column not in frame:
            frame[column] = None
        frame[column] = pd.Series(
            [v if isinstance(v, str) else None for v in frame[column]], index=frame.index, dtype=object
        )
    columns = {name: frame[name].to_numpy().astype(object) for name in ("name", "name_local", "alt_names")}
    keys: dict[str, list[int]] = {}
    near = (
        np.ones(len(frame), bool)
        if within is None
        else shapely.intersects(frame.geometry.to_numpy(), shapely.box(*within))
    )
    codes = frame["country"] if "country" in frame else pd.Series([None] * len(frame))
    for row in np.flatnonzero(near).tolist():
        texts = [columns["name"][row], *(columns["alt_names"][row] or "").split("|")]
        own = {fold(t) for t in texts if isinstance(t, str) and fold(t)}
        for key in own:
            keys.setdefault(key, []).append(row)
    for entry in table.itertuples():
        wanted = str(entry.feature_name_or_code)
        by_code = [int(r) for r in np.flatnonzero((codes == wanted).to_numpy())] if len(wanted) == 2 else []
        for row in by_code or keys.get(fold(wanted), []):
            old, old_others = columns["name"][row], columns["alt_names"][row]
            local = columns["name_local"][row] or entry.name_ar or None
            others = _joined(
                entry.alt_names,
                entry.name_ku,
                entry.name_ar,
                old,
                old_others,
                without=(entry.name, local),
            )
            columns["name"][row], columns["name_local"][row], columns["alt_names"][row] = entry.name, local, others
    for name, values in columns.items():
        frame[name] = values
    return frame


def merge_places(places: gpd.GeoDataFrame, file: Path) -> gpd.GeoDataFrame:
    """
    The places with the names of `places_extra.csv`, and with the places that it adds.

    Raises
    ------
    CatalogError
        A GeoNames number that the places do not have.
    """
    if not file.is_file():
        return places
    rows = curated.features(curated.read_rows(file), curated.read_sources(file.parent))
    places = places.copy()
    position = pd.Series(range(len(places)), index=places["geonameid"].astype(str))
    numbered = rows["gazetteer_id"].notna()
    unknown = [number for number in rows.loc[numbered, "gazetteer_id"] if number not in position.index]
    if unknown:
        msg = f"{file}: gazetteer_id {', '.join(unknown)} not among the places; leave it empty for a place of our own"
        raise CatalogError(msg)
    columns = {name: places[name].to_numpy().astype(object) for name in ("name", "name_local", "alt_names", "kind")}
    for row in rows[numbered].itertuples():
        at = int(position[row.gazetteer_id])
        old_name, old_local = columns["name"][at], columns["name_local"][at]
        columns["name"][at] = row.name
        columns["name_local"][at] = row.name_local or old_local
        columns["kind"][at] = row.kind or columns["kind"][at]
        columns["alt_names"][at] = _joined(row.alt_names, old_name, old_local, columns["alt_names"][at],
                                           without=(row.name, columns["name_local"][at]))  # fmt: skip
    for name, values in columns.items():
        places[name] = values
    added = rows[~numbered]
    new = gpd.GeoDataFrame(
        {
            "id": added["id"], "geonameid": -1, "name": added["name"], "name_local": added["name_local"],
            "alt_names": added["alt_names"], "kind": added["kind"], "country": added["country"], "admin1_code": "",
            "population": pd.to_numeric(added["population"]).fillna(0).astype("int32"),
            "uncertainty_m": added["uncertainty_m"], "geometry_quality": added["geometry_quality"],
            "source": "geoops, cited row by row (places_extra.csv): " + added["source"],
            "source_date": added["source_date"], "licence": added["licence"],
        },
        geometry=added.geometry, crs=places.crs,
    )  # fmt: skip
    return gpd.GeoDataFrame(pd.concat([places, new], ignore_index=True), geometry="geometry", crs=places.crs)


def add_rivers(rivers: gpd.GeoDataFrame, file: Path) -> gpd.GeoDataFrame:
    """The rivers with those of `rivers_extra.geojson` behind them, cited row by row; those of the layer as they were."""
    if not file.is_file():
        return rivers
    rows = curated.features(curated.read_rows(file), curated.read_sources(file.parent))
    rows["source"] = f"geoops, cited row by row ({file.name}): " + rows["source"]
    kept = [c for c in rows.columns if c in rivers or c in LAYER_COLUMNS]
    return gpd.GeoDataFrame(pd.concat([rivers, rows[kept]], ignore_index=True), geometry="geometry", crs=rivers.crs)
