"""The errors that geoops raises on purpose, in one small tree.

Every message says what came, what was expected, and what to do about it. Whatever else escapes is a bug.

    GeoopsError
    ├── InputError (ValueError)        an argument that cannot be used
    │   ├── CrsError                   no coordinate reference system, or one that does not fit
    │   ├── CoordinateError            not finite, out of range, or axes swapped
    │   ├── SchemaError                a table without the columns it must have
    │   └── UnknownLayerError          no layer of that name in the catalogue
    ├── ReadError (OSError)            a file that cannot be opened as what it claims to be
    │   └── NothingFoundError          a file that is whole and holds nothing of what was asked for
    ├── WriteError (OSError)           an output that cannot be written
    ├── CatalogError                   a catalogue, or a file it lists, that is broken
    │   └── BuildError                 layers that could not be built; `.report` says which were
    ├── BriefError                     a brief with mistakes; `.problems` lists them all
    ├── PublicationError               a layer that must not be published, in a public figure
    ├── NetworkError (OSError)         a source that is down, slow, or answers with something else
    ├── RoomError (MemoryError)        less memory allowed than the work needs, said before it starts
    └── MissingExtraError (ImportError)  an optional dependency that is not installed
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "BriefError",
    "BuildError",
    "CatalogError",
    "CoordinateError",
    "CrsError",
    "GeoopsError",
    "InputError",
    "MissingExtraError",
    "NetworkError",
    "NothingFoundError",
    "PublicationError",
    "ReadError",
    "RoomError",
    "SchemaError",
    "UnknownLayerError",
    "WriteError",
]


class GeoopsError(Exception):
    """Whatever geoops refuses on purpose."""


class InputError(GeoopsError, ValueError):
    """An argument that cannot be used."""


class CrsError(InputError):
    """No coordinate reference system, or one that does not fit."""


class CoordinateError(InputError):
    """A coordinate that is not finite, out of range, or given with its axes swapped."""


class SchemaError(InputError):
    """A table without the columns that it must have."""


class UnknownLayerError(InputError):
    """No layer of that name in the catalogue."""


class ReadError(GeoopsError, OSError):
    """A file that cannot be opened as what it claims to be."""


class NothingFoundError(ReadError):
    """A file that is whole and holds nothing of what was asked for."""


class WriteError(GeoopsError, OSError):
    """An output that cannot be written."""


class CatalogError(GeoopsError):
    """A catalogue, or a file that it lists, that is broken."""


class BuildError(CatalogError):
    """
    Layers that could not be built; the others were, and what was there before is there still.

    Parameters
    ----------
    message
        Every failure, one a line.
    report
        What the build did.
    """

    def __init__(self, message: str, report: object = None) -> None:
        self.report = report
        super().__init__(message)


class BriefError(GeoopsError):
    """
    A brief with mistakes.

    Parameters
    ----------
    path
        The brief's file, as it was given.
    problems
        One sentence a mistake: the line or key, what came, what was expected.
    """

    def __init__(self, path: str, problems: Sequence[str]) -> None:
        self.path = path
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{path}: {count} mistake{'s' if count != 1 else ''}; nothing was rendered."
        super().__init__("\n".join([head, *(f"  - {problem}" for problem in self.problems)]))


class PublicationError(GeoopsError):
    """A layer that must not be published was asked for in a public figure."""


class NetworkError(GeoopsError, OSError):
    """
    A source on the network that is down, slow, or answers with something else.

    `status` is the HTTP status that it gave, if it gave one; `mismatch` says that a whole file came with another checksum.
    """

    status: int | None = None
    mismatch: bool = False


class RoomError(GeoopsError, MemoryError):
    """Less memory is allowed than the work needs; nothing was started."""


class MissingExtraError(GeoopsError, ImportError):
    """An optional dependency that is not installed; the message names the extra to install."""
