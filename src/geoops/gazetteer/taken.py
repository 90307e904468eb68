"""Entries and keys of a gazetteer that is there, taken over into one that is being built, without deriving them again."""

from __future__ import annotations

from collections.abc import Container

import numpy as np

from geoops.core.reading import open_parquet
from geoops.gazetteer.records import Gazetteer
from geoops.gazetteer.store import Filing

__all__ = ["file_base"]


def file_base(filing: Filing, base: Gazetteer, gone: Container[str]) -> None:
    """
    File what a gazetteer holds, but for the places with an id that is gone.

    Parameters
    ----------
    filing
        Still empty; its catalogue has the base's layers under the same names, with the same rows.
    base
        What is taken over.
    gone
        Ids of places that stand elsewhere now.
    """
    names = list(filing.stored)
    ids = {name: _ids(base, name) for name in base.layers}
    held = [base.layers[code] for code in base.layer_code.tolist()]
    kept = np.array([ids[name][row] not in gone for name, row in zip(held, base.layer_row.tolist(), strict=True)])
    found = base.stated()
    for column, values in found.items():
        filing.columns[column] += [value for value, keep in zip(values, kept.tolist(), strict=True) if keep]
    filing.columns["layer"] += [names.index(name) for name, keep in zip(held, kept.tolist(), strict=True) if keep]
    number = np.cumsum(kept) - 1
    owners = base.keys.owners
    stays = kept[owners]
    filing.hashes.append(base.keys.hashes[stays])
    filing.owners.append(number[owners[stays]].astype(np.uint32))


def _ids(base: Gazetteer, name: str) -> list[str]:
    """The ids of a layer's rows, in order."""
    return [
        i for path in base.catalog.paths(name) for i in open_parquet(path).read(columns=["id"]).column("id").to_pylist()
    ]
