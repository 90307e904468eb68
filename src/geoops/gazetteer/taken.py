"""Entries and keys of a gazetteer that is there, taken over into one that is being built, without deriving them again."""

from __future__ import annotations

from collections.abc import Container

import numpy as np

from geoops.core.reading import open_parquet
from geoops.gazetteer.records import Gazetteer
from geoops.gazetteer.store import CROWDED, Filing, exact_keys

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
    stays = kept[base.owners]
    filing.hashes.append(base.hashes[stays])
    filing.owners.append(number[base.owners[stays]].astype(np.uint32))


def file_crowded(filing: Filing, base: Gazetteer) -> None:
    """
    Give the base's entries keys of their spelling where the additions made a key crowded that was not before.

    Parameters
    ----------
    filing
        With the base and everything added.
    base
        As given to `file_base`.
    """
    hashes = np.concatenate(filing.hashes)
    codes, counts = np.unique(hashes, return_counts=True)
    before = np.searchsorted(base.hashes, codes, "right") - np.searchsorted(base.hashes, codes, "left")
    newly = codes[(counts > CROWDED) & (before <= CROWDED) & (before > 0)]
    here = np.isin(filing.hashes[0], newly)
    entries = np.unique(filing.owners[0][here])
    rows = (
        {
            (name, row): at
            for at, (name, row) in enumerate(
                zip((base.layers[c] for c in base.layer_code.tolist()), base.layer_row.tolist(), strict=True)
            )
        }
        if len(entries)
        else {}
    )
    names = list(filing.stored)
    for entry in entries.tolist():
        old = rows[names[filing.columns["layer"][entry]], filing.columns["row"][entry]]
        filing.exact.append(exact_keys(base.record(old).names, entry))


def _ids(base: Gazetteer, name: str) -> list[str]:
    """The ids of a layer's rows, in order."""
    return [
        i for path in base.catalog.paths(name) for i in open_parquet(path).read(columns=["id"]).column("id").to_pylist()
    ]
