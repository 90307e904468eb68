"""The curated layers against independent reference files: where do they disagree beyond what both say of themselves.

A row and a reference feature are one thing when a name of one is a name of the other, however it is romanised, and the theme
fits; or, with names less alike, when they stand on the same spot. A row that cites the very file it is compared with is not
confirmed by it. A disagreement is mended in the row, or its note explains it in a form that is read here:

    Differs from gem_extraction_2025: its approximate point is shared by five fields.

The key is one of `sources.d` whose `reference` names the file. What a reference has and the layers leave out stands in
`excluded.csv` with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from geoops.core.errors import CatalogError, ReadError
from geoops.core.geodesy import distance
from geoops.core.tables import read_table
from geoops.layers.catalog import PathLike, find_catalog
from geoops.layers.likeness import likeness, spellings
from geoops.layers.load import layer
from geoops.layers.sources import curated
from geoops.layers.sources.reference_files import read_folder

__all__ = ["UNRESOLVED", "Comparison", "compare", "confirmations"]

UNRESOLVED = ("differs", "explained without need", "excluded without need")
"""Findings that ask for something to be done."""

_COLUMNS = ["layer", "id", "name", "reference", "reference_name", "distance_m", "uncertainty_m",
            "reference_uncertainty_m", "independent", "finding", "remedy"]  # fmt: skip
_MISSING = ["reference", "layer", "kind", "name", "lon", "lat"]
_SAME, _SAME_SPOT = 84.0, 66.0
_SAME_AFAR, _FAR_M = 92.0, 60_000.0
_AS_GOOD = 6.0
_EXPLAINED = re.compile(r"Differs from ([a-z0-9_-]+): (?=\S.{8})")
_HOME, _BORDER_DEG = ("SY", "IQ"), 0.02
_STEP_DEG, _DEGREE_M = 0.02, 88_000.0


@dataclass(frozen=True)
class Comparison:
    """
    What came out of a comparison with reference files.

    Attributes
    ----------
    pairs
        A row for each curated row and reference feature that are one thing: `layer, id, name, reference` (the file),
        `reference_name, distance_m, uncertainty_m, reference_uncertainty_m, independent, finding, remedy`. `finding` is
        `agrees`, `differs`, `explained` (in the row's note), `explained without need` or `excluded without need`;
        `independent` is False where the row cites the file itself.
    missing
        The reference features within Syria and Iraq that no curated row is, and no exclusion explains: `reference, layer,
        kind, name, lon, lat` (a point of it).
    """

    pairs: pd.DataFrame
    missing: pd.DataFrame

    @property
    def unresolved(self) -> pd.DataFrame:
        """The pairs that ask for something to be done."""
        return self.pairs[self.pairs["finding"].isin(UNRESOLVED)].reset_index(drop=True)


def compare(folder: PathLike, *, catalog: PathLike | None = None) -> Comparison:
    """
    Every curated row that a reference file knows too, with how far apart the two are; and what the rows lack.

    Points are compared by their distance, a point and an area by that from the point to the area, lines by how far the one
    that is wholly beside the other leaves it (sections of a pipeline are compared with the whole), two areas by their
    Hausdorff distance. They agree within the sum of both uncertainties.

    Parameters
    ----------
    folder
        With reference files; `geoops.layers.sources.reference_files.REFERENCES` lists those that are known.
    catalog
        As for `geoops.catalog()`; its folder holds `curated/`.

    Raises
    ------
    ReadError
        No reference files there, or no curated files.
    CatalogError
        A list of sources or of exclusions with mistakes.
    """
    work = _Work(Path(folder), catalog)
    pairs = pd.DataFrame([*work.pairs(), *work.needless()], columns=_COLUMNS)
    return Comparison(pairs, pd.DataFrame(work.missing(), columns=_MISSING))


def confirmations(pairs: pd.DataFrame) -> pd.DataFrame:
    """
    How far the rows of each layer are confirmed, from the pairs of a `Comparison`.

    Parameters
    ----------
    pairs
        Of a `Comparison`.

    Returns
    -------
    DataFrame
        A row a layer: `layer, compared` (rows that a reference knows), `confirmed` (by one they do not cite), `differing`.
    """
    real = pairs[pairs["finding"].isin(["agrees", "differs", "explained"])]
    sure = real[(real["finding"] == "agrees") & real["independent"].astype(bool)]
    off = real[real["finding"] == "differs"]
    counts = pd.DataFrame({
        "compared": real.groupby("layer")["id"].nunique(),
        "confirmed": sure.groupby("layer")["id"].nunique(),
        "differing": off.groupby("layer")["id"].nunique(),
    })  # fmt: skip
    return counts.fillna(0).astype(int).rename_axis("layer").reset_index()


class _Pair(NamedTuple):
    """A row and a reference feature that are one thing: the layer, their row numbers, how far apart they are."""

    layer: str
    row: int
    reference: int
    distance_m: float


class _Work:
    """One comparison: rows, references, and which of them are the same."""

    def __init__(self, folder: Path, catalog: PathLike | None) -> None:
        self.curated = find_catalog(catalog).parent / "curated"
        files = {**curated.curated_files(self.curated), "places_extra": self.curated / "places_extra.csv"}
        self.layers = {name: curated.read_rows(file) for name, file in files.items() if file.is_file()}
        if not self.layers:
            msg = f"{self.curated}: no curated files to compare"
            raise ReadError(msg)
        self.shapes = {name: rows.geometry.to_numpy() for name, rows in self.layers.items()}
        self.unsure = {name: rows["uncertainty_m"].to_numpy(float) for name, rows in self.layers.items()}
        sources = curated.read_sources(self.curated)
        self.file_of = {key: str(entry["reference"]) for key, entry in sources.items() if "reference" in entry}
        self.exclusions = _exclusions(self.curated / "excluded.csv", self.file_of)
        everything = read_folder(folder, self.curated)
        self.files = set(everything["reference"])
        out = [(r, n) in self.exclusions for r, n in zip(everything["reference"], everything["name"], strict=True)]
        self.references = everything[~np.array(out)].reset_index(drop=True)
        self.idle = sorted(set(self.exclusions) - set(zip(everything["reference"], everything["name"], strict=True)))
        self.reach = self.references["uncertainty_m"].to_numpy(float)
        land = layer("countries", catalog=catalog)
        home = shapely.union_all(land.loc[land["country"].isin(_HOME)].geometry.to_numpy())
        shapely.prepare(home)
        self.at_home = shapely.dwithin(home, self.references.geometry.to_numpy(), _BORDER_DEG)
        self.found = self._without_namesakes(list(self._matches()))

    def _matches(self) -> Iterator[_Pair]:
        """Each pair of a row and a reference feature that are to be compared."""
        for name, rows in self.layers.items():
            called = [
                spellings(
                    r.name, getattr(r, "name_ar", None), getattr(r, "name_ku", None), getattr(r, "alt_names", None)
                )
                for r in rows.itertuples()
            ]
            tree = shapely.STRtree(self.shapes[name])
            substance = rows["substance"].astype(str).tolist() if "substance" in rows else None
            for number, other in enumerate(self.references.itertuples()):
                if name not in other.layers:
                    continue
                if other.by not in {"name", "spot"}:
                    yield from self._named_in_column(name, number, other)
                    continue
                reach = other.reach_m / _DEGREE_M
                near = [int(i) for i in tree.query(shapely.box(*_wider(other.geometry.bounds, reach)))]
                if substance and other.kind in {"oil", "gas"}:
                    near = [i for i in near if other.kind in substance[i]]
                pair = self._same(name, number, other, [(i, called[i]) for i in near])
                if pair is not None:
                    yield pair

    def _without_namesakes(self, pairs: list[_Pair]) -> list[_Pair]:
        """The pairs without those far apart whose row the same file has where it stands: they are of another thing."""
        stems, by = self.references["file"].to_numpy(), self.references["by"].to_numpy()
        sound = {(p.layer, p.row, stems[p.reference]) for p in pairs if by[p.reference] == "name" and not self._far(p)}
        return [p for p in pairs if not self._far(p) or (p.layer, p.row, stems[p.reference]) not in sound]

    def _far(self, pair: _Pair) -> bool:
        """Whether a pair is further apart than both say of themselves."""
        return bool(pair.distance_m > self.unsure[pair.layer][pair.row] + self.reach[pair.reference])

    def _same(self, name: str, number: int, other: Any, near: list[tuple[int, list[str]]]) -> _Pair | None:
        """The row that a reference feature is: the nearest of those with its name, else one on the same spot."""
        spot = other.by == "spot"
        scores = [(likeness(names, other.names), i) for i, names in near]
        best = max((score for score, _ in scores), default=0.0)
        least = 0.0 if spot else best - _AS_GOOD if best >= _SAME else _SAME_SPOT
        pairs = [
            (score, _Pair(name, i, number, _apart(self.shapes[name][i], other.geometry)))
            for score, i in scores
            if score >= least
        ]
        unsure = self.unsure[name]
        kept = [
            pair
            for score, pair in pairs
            if (not spot and score >= (_SAME if pair.distance_m <= _FAR_M else _SAME_AFAR))
            or pair.distance_m <= unsure[pair.row] + other.uncertainty_m
        ]
        return min(kept, key=lambda pair: pair.distance_m, default=None)

    def _named_in_column(self, name: str, number: int, other: Any) -> Iterator[_Pair]:
        """The rows that name a reference feature as the river, the governorate or the country they belong to."""
        rows = self.layers[name]
        columns = [c for c in (other.by, f"{other.by}_b") if c in rows]
        for i, values in enumerate(rows[columns].to_numpy(dtype=object)):
            said = spellings(*values)
            exact = other.by == "country"
            if (set(said) & set(other.names)) if exact else likeness(said, other.names) >= _SAME + _AS_GOOD:
                yield _Pair(name, i, number, _apart(self.shapes[name][i], other.geometry))

    def pairs(self) -> Iterator[tuple[Any, ...]]:
        """A row of the table for each pair."""
        for pair in self.found:
            row, other = self.layers[pair.layer].iloc[pair.row], self.references.iloc[pair.reference]
            keys = [k.strip() for k in str(row["source"] or "").split(";")]
            independent = other["reference"] not in {self.file_of.get(k) for k in keys}
            finding, remedy = "agrees", ""
            if self._far(pair):
                finding, remedy = "explained", ""
                if other["reference"] not in self._explained(row):
                    key = next((k for k, f in self.file_of.items() if f == other["reference"]), "KEY")
                    finding = "differs"
                    remedy = (
                        f"mend the position or its uncertainty, or write into the note: Differs from {key}: the reason"
                    )
            yield (pair.layer, row["id"], row["name"], other["file"], other["name"], round(pair.distance_m),
                   float(row["uncertainty_m"]), float(other["uncertainty_m"]), independent, finding, remedy)  # fmt: skip

    def missing(self) -> Iterator[tuple[Any, ...]]:
        """A row for each layer that lacks a reference feature."""
        taken = {(pair.reference, pair.layer) for pair in self.found}
        for number, other in enumerate(self.references.itertuples()):
            if other.by not in {"name", "spot"} or not other.complete or not self.at_home[number]:
                continue
            for name in other.layers:
                if (number, name) not in taken:
                    point = shapely.get_coordinates(shapely.point_on_surface(other.geometry))[0].round(4).tolist()
                    yield (other.file, name, other.kind, other.name, *point)

    def needless(self) -> Iterator[tuple[Any, ...]]:
        """Explanations of differences that are none, and exclusions of what no reference has."""
        files = self.references["reference"].to_numpy()
        far = {(p.layer, p.row, files[p.reference]) for p in self.found if self._far(p)}
        for name, rows in self.layers.items():
            for i, row in enumerate(rows.to_dict("records")):
                for file in sorted(self._explained(row) & (self.files | {""})):
                    if (name, i, file) not in far:
                        words = "take the sentence out of the note, or name a key whose `reference` is the file meant"
                        yield (name, row["id"], row["name"], file, "", np.nan, row["uncertainty_m"], np.nan, False,
                               "explained without need", words)  # fmt: skip
        for file, feature in self.idle:
            if file in self.files:
                yield ("", "", "", file, feature, np.nan, np.nan, np.nan, False, "excluded without need",
                       "take the row out of excluded.csv, or give the name as the reference has it")  # fmt: skip

    def _explained(self, row: Any) -> set[str]:
        """The references whose difference a row's note explains; "" for a key that names none."""
        return (
            {self.file_of.get(key, "") for key in _EXPLAINED.findall(str(row["note"] or ""))}
            if "note" in row
            else set()
        )


def _exclusions(file: Path, file_of: dict[str, str]) -> dict[tuple[str, str], str]:
    """What is left out and why, by reference and name."""
    if not file.is_file():
        return {}
    table = read_table(file).fillna("")
    lacking = [c for c in ("reference", "name", "reason") if c not in table]
    if lacking:
        msg = f"{file}: lacks the columns {', '.join(lacking)}"
        raise CatalogError(msg)
    result: dict[tuple[str, str], str] = {}
    problems = []
    for number, (key, name, reason) in enumerate(table[["reference", "name", "reason"]].to_numpy(dtype=object)):
        if key not in file_of:
            problems.append(f"row {number + 1} ({name}): no source has the key {key!r} and a `reference`")
        elif len(reason.strip()) < 8:
            problems.append(f"row {number + 1} ({name}): no reason")
        else:
            result[file_of[key], name] = reason
    if problems:
        msg = f"{file}: {len(problems)} mistakes.\n  " + "\n  ".join(problems)
        raise CatalogError(msg)
    return result


def _wider(bounds: tuple[float, float, float, float], by: float) -> tuple[float, float, float, float]:
    """Bounds widened on every side."""
    west, south, east, north = bounds
    return west - by, south - by, east + by, north + by


def _apart(one: BaseGeometry, other: BaseGeometry) -> float:
    """How far apart two geometries are in metres, as `compare` says."""
    dimensions = shapely.get_dimensions([one, other]).tolist()
    if dimensions == [0, 0]:
        (x, y), (x2, y2) = (shapely.get_coordinates(g)[0] for g in (one, other))
        return float(distance(x, y, x2, y2))
    centre = shapely.point_on_surface(one)
    metres = pyproj.Proj(proj="aeqd", lat_0=centre.y, lon_0=centre.x, ellps="WGS84")
    a, b = (
        shapely.transform(shapely.segmentize(g, _STEP_DEG), lambda xy: np.column_stack(metres(xy[:, 0], xy[:, 1])))
        for g in (one, other)
    )
    if 0 in dimensions:
        return float(shapely.distance(a, b))
    if dimensions == [2, 2]:
        return max(_leaves(shapely.boundary(a), shapely.boundary(b)), _leaves(shapely.boundary(b), shapely.boundary(a)))
    ways = [_leaves(line, rest) for line, rest, size in ((a, b, dimensions[0]), (b, a, dimensions[1])) if size == 1]
    return min(ways)


def _leaves(line: BaseGeometry, rest: BaseGeometry) -> float:
    """How far a line is from another geometry where it is farthest from it."""
    shapely.prepare(rest)
    return float(np.max(shapely.distance(shapely.points(shapely.get_coordinates(line)), rest)))
