"""Whether a catalogue is whole: its files there and unchanged, its layers in the contract, its words complete.

Nothing is mended here; each finding says what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoops.core.errors import GeoopsError
from geoops.core.reading import read_raster, read_vector
from geoops.layers.catalog import Catalog, PathLike, read_catalog, remedy

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["check", "file_findings"]

_COLUMNS = ["layer", "file", "finding", "remedy"]


def check(catalog: PathLike | None = None, *, progress: Callable[[str, float], None] | None = None) -> pd.DataFrame:
    """
    What is wrong with a catalogue and its files: one row a finding, none when all is well.

    Parameters
    ----------
    catalog
        As for `geoops.catalog()`.
    progress
        Called with the layer that is looked at and the share of the bytes that are done, 0 to 1.

    Returns
    -------
    DataFrame
        `layer, file, finding, remedy`.

    Raises
    ------
    CatalogError
        The catalogue itself cannot be read.
    """
    import geopandas as gpd  # here: who reads names goes through this package too, and needs no tables for it
    import pandas as pd

    found = read_catalog(catalog)
    rows: list[tuple[str, str, str, str]] = []
    sizes = {name: sum(int(part.get("bytes", 1)) for part in entry["files"]) for name, entry in found.layers.items()}
    done = 0
    for name, entry in found.layers.items():
        if progress is not None:
            progress(name, done / max(sum(sizes.values()), 1))
        done += sizes[name]
        frames = []
        again = remedy(found.entry(name)).replace("`", "")
        for part in entry["files"]:
            path = found.file.parent / str(part["path"])
            finding = _file_finding(path, part)
            if finding is None and entry["geometry"] == "raster":
                finding = _opens(path)
            elif finding is None:
                frame = _features(path)
                if isinstance(frame, str):
                    finding = frame
                else:
                    frames.append(frame)
            if finding:
                rows.append((name, str(path), finding, again))
        if frames and len(frames) == len(entry["files"]):
            layer = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=frames[0].crs)
            rows += [(name, "", finding, again) for finding in _layer_findings(name, layer, entry)]
    return pd.DataFrame(rows, columns=_COLUMNS)


def file_findings(found: Catalog) -> Iterator[tuple[str, Path, str | None, str]]:
    """
    Each file of a catalogue with what is wrong with it as a file: not there, of another size, of another checksum.

    Parameters
    ----------
    found
        As `geoops.layers.catalog.read_catalog` gives it.

    Yields
    ------
    tuple
        The layer, the file, the finding or None, the command that makes it again.
    """
    for name, entry in found.layers.items():
        for part in entry["files"]:
            path = found.file.parent / str(part["path"])
            yield name, path, _file_finding(path, part), remedy(found.entry(name))


def _file_finding(path: Path, part: dict[str, Any]) -> str | None:
    """What is wrong with a file as such."""
    from geoops.layers.inputs import (
        sha256_of,
    )  # here: it brings archives and downloads in, and who reads names needs neither

    if not path.is_file():
        return "the file is missing"
    if path.stat().st_size != part.get("bytes", path.stat().st_size):
        return f"the file has {path.stat().st_size:,} bytes, the catalogue states {part['bytes']:,}"
    if "sha256" in part and sha256_of(path) != part["sha256"]:
        return "the checksum is not the one that the catalogue states"
    return None


def _opens(path: Path) -> str | None:
    """What keeps a grid from being read."""
    try:
        read_raster(path)
    except GeoopsError as error:
        return f"cannot be read: {error}"
    return None


def _features(path: Path) -> gpd.GeoDataFrame | str:
    """The features of a file, or what keeps them from being read."""
    try:
        return read_vector(path)
    except GeoopsError as error:
        return f"cannot be read: {error}"


def _layer_findings(name: str, layer: gpd.GeoDataFrame, entry: Any) -> list[str]:
    """Where a layer breaks its contract, or its own entry."""
    from geoops.core.schema import check_layer

    findings = []
    try:
        check_layer(layer, what=name)
    except GeoopsError as error:
        return [str(error)]
    if "count" in entry and len(layer) != entry["count"]:
        findings.append(f"{len(layer)} features, the catalogue states {entry['count']}")
    unsure = int((~(layer["uncertainty_m"] > 0)).sum())
    if unsure:
        findings.append(f"{unsure} features without a positive uncertainty_m")
    for column in ("source", "source_date", "licence"):
        missing = int(layer[column].isna().sum())
        if missing:
            findings.append(f"{missing} features without {column}")
    broken = int((~layer.geometry.is_valid).sum())
    if broken:
        findings.append(f"{broken} features with an invalid geometry")
    return findings
