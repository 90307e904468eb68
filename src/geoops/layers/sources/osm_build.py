"""The elements of an OpenStreetMap extract as GDAL builds them, and what of them it could not build.

While libosmium counts, GDAL builds in a thread of its own; its batches are reduced to the region and laid down in files until they
are taken up (`osm_rows`). What was counted and did not come is listed.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import shapely

from geoops.core.errors import ReadError
from geoops.core.geodesy import Region
from geoops.core.osm_files import TYPES, Balance, osm_batches, osm_complaint, osm_members
from geoops.core.room import give_back
from geoops.layers.sources.contract import (
    AREAS,
    LINES,
    POINTS,
    Ledger,
)
from geoops.layers.sources.osm_tags import OsmTheme

__all__ = ["Building", "ids_of", "layers_of", "settle", "shapes_of"]

_AT_A_TIME = 10
_SORT_IT = "nodes, ways and relations must each be in the order of their ids: sort it with `osmium sort FILE.osm.pbf -o SORTED.osm.pbf`"
_NOT_BUILT = "no geometry could be built: nodes or members are not in the file, rings do not close, or it is drawn as another shape"


class Building:
    """
    GDAL at work on a theme's elements, from the beginning of a `with` block on; what may meet the region is laid down in a folder.

    Parameters
    ----------
    file
        An extract.
    theme
        Which elements.
    box
        The region, if not the whole file is wanted.
    folder
        Where batches wait until they are taken up.
    """

    def __init__(self, file: Path, theme: OsmTheme, box: Region | None, folder: Path) -> None:
        self.built = Balance()
        """All that was built, to be held against the census; whole when `taken_up` has ended."""
        self._file, self._theme, self._folder = file, theme, folder
        self._area = None if box is None else shapely.box(*box)
        self._ready: list[tuple[str, Path]] = []
        self._stop = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="geoops-osm")
        self._quiet = warnings.catch_warnings()

    def __enter__(self) -> Self:
        self._quiet.__enter__()
        warnings.simplefilter("ignore", RuntimeWarning)  # of rings that do not close: the count tells which
        self._done = self._thread.submit(self._build)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.shutdown(wait=True)
        self._quiet.__exit__(None, None, None)

    def _build(self) -> None:
        """Lay batch after batch down, each in a file of its own."""
        import pyarrow as pa

        theme = self._theme
        for layer in layers_of(theme):
            batches = osm_batches(self._file, layer, theme.wanted, theme.keys, theme.areas)
            for number, batch in enumerate(batches):
                if self._stop.is_set():
                    return
                types, ids = ids_of(batch, layer)
                self.built.add(types, ids, _nodes_of(batch, layer, types))
                kept = batch
                if self._area is not None:
                    kept = batch.filter(shapely.intersects(self._area, shapely.envelope(shapes_of(batch))))
                if kept.num_rows:
                    path = self._folder / f"{layer}-{number}"
                    with pa.ipc.new_file(str(path), batch.schema) as writer:
                        writer.write_batch(kept)
                    self._ready.append((layer, path))

    def taken_up(self) -> Iterator[tuple[str, Any]]:
        """
        The batches, several at a time and each with its layer, once GDAL has ended and given back what it held.

        Raises
        ------
        ReadError
            GDAL could not go on.
        """
        import pyarrow as pa

        try:
            self._done.result()
        except Exception as error:  # the driver raises what it likes
            msg = f"{self._file}: GDAL cannot read it ({error}); {_SORT_IT}"
            raise ReadError(msg) from error
        give_back()
        for layer in layers_of(self._theme):
            paths = [path for name, path in self._ready if name == layer]
            for first in range(0, len(paths), _AT_A_TIME):
                batches = []
                for path in paths[first : first + _AT_A_TIME]:
                    with pa.OSFile(str(path)) as stream:
                        batches.append(pa.ipc.open_file(stream).get_batch(0))
                    path.unlink()
                yield layer, pa.concat_batches(batches)


def settle(file: Path, theme: OsmTheme, balance: Balance, ledger: Ledger) -> None:
    """
    List what was counted and could not be built.

    Raises
    ------
    ReadError
        Something is missing because GDAL cannot read the file to its end (it is not sorted).
    """
    if balance.even:
        return
    complaint = osm_complaint(file)
    if complaint is not None:
        msg = f"{file}: GDAL cannot read it to its end ({complaint}); {_SORT_IT}"
        raise ReadError(msg)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        _list_what_lacks(file, theme, balance, ledger)


def _list_what_lacks(file: Path, theme: OsmTheme, balance: Balance, ledger: Ledger) -> None:
    """Go through the file again, and list the elements by which both sides differ."""
    wanted = _numbered(*osm_members(file, theme.wanted, balance))
    parts = [(np.empty(0, dtype=np.int8), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))]
    for layer in layers_of(theme):
        for batch in osm_batches(file, layer, theme.wanted, theme.keys, theme.areas):
            types, ids = ids_of(batch, layer)
            chosen = balance.uneven(types, ids)
            if chosen.any():
                nodes = _nodes_of(batch, layer, types)
                parts.append((types[chosen], ids[chosen], nodes[chosen]))
    given = _numbered(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    often, there = wanted["key"].value_counts().sort_index(), given["key"].value_counts()
    lost = [name for name, n in often.items() if name not in there for _ in range(n)]
    ledger.drop(lost, _NOT_BUILT, lost)
    again = [name for name, n in often.items() for _ in range(n - there.get(name, n))]
    ledger.drop(again, "repeats the id of an earlier element", again)
    whole = given["nodes"].to_numpy() >= given["key"].map(wanted.groupby("key")["nodes"].max()).fillna(0).to_numpy()
    ledger.mend("ways drawn without those of their nodes that are not in the file", int((~whole).sum()))


def _numbered(types: np.ndarray, ids: np.ndarray, nodes: np.ndarray) -> pd.DataFrame:
    """Elements by their ids as text, with the number of nodes of each way."""
    keys = [f"{TYPES[t]}/{i}" for t, i in zip(types.tolist(), ids.tolist(), strict=True)]
    return pd.DataFrame({"key": pd.Series(keys, dtype=object), "nodes": nodes})


def layers_of(theme: OsmTheme) -> list[str]:
    """GDAL's layers in which a theme's elements are."""
    shapes = (("points", POINTS), ("lines", LINES), ("multipolygons", AREAS))
    return [layer for layer, dimension in shapes if theme.dimensions & dimension]


def ids_of(batch: Any, layer: str) -> tuple[np.ndarray, np.ndarray]:
    """Type (its place in `TYPES`) and number of each element."""
    import pyarrow.compute as pc

    number = batch.column("osm_id")
    if layer == "multipolygons":  # a relation, or a closed way
        way = batch.column("osm_way_id")
        types = np.where(way.is_null().to_numpy(zero_copy_only=False), 2, 1).astype(np.int8)
        number = pc.coalesce(way, number)
    else:
        types = np.full(len(number), 0 if layer == "points" else 1, dtype=np.int8)
    return types, pc.cast(number, "int64").to_numpy(zero_copy_only=False)


def shapes_of(batch: Any) -> np.ndarray:
    """The geometry of each element; an area of one part is a polygon."""
    shapes = np.asarray(shapely.from_wkb(batch.column("wkb_geometry").to_numpy(zero_copy_only=False)))
    single = (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON) & (
        shapely.get_num_geometries(shapes) == 1
    )
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    return shapes


def _nodes_of(batch: Any, layer: str, types: np.ndarray) -> np.ndarray:
    """Of how many nodes the geometry of a way is; 0 for other elements."""
    if layer == "lines":  # told from the length of its WKB: byte order, type and count, then 16 bytes a node
        import pyarrow.compute as pc

        lengths = pc.binary_length(batch.column("wkb_geometry")).to_numpy(zero_copy_only=False)
        return np.asarray((lengths.astype(np.int64) - 9) // 16)
    nodes = shapely.get_num_coordinates(shapes_of(batch)) if layer == "multipolygons" else 0
    return np.where(types == TYPES.index("way"), nodes, 0).astype(np.int64)
