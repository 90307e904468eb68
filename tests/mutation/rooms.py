"""What is mutated and by which tests it has to be found out: one row a room."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Room:
    """Modules whose code is changed, and the fast tests that belong to them."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]
    arguments: tuple[str, ...] = ("-m", "not hypothesis")
    """Of pytest. Properties take a second each, hundreds of times, and find little out that the others do not."""


ROOMS = (
    Room(
        "geodesy",
        ("src/geoops/core/geodesy.py",),
        ("tests/core/test_geodesy.py", "tests/core/test_geodesy_edges.py"),
        arguments=(),  # its properties are its oracle
    ),
    Room(
        "gazetteer matching",
        tuple(f"src/geoops/gazetteer/{name}.py" for name in ("names", "features", "fits", "match")),
        tuple(f"tests/gazetteer/test_{name}.py" for name in ("names", "forms", "matching", "geocode")),
    ),
    Room(
        "travel time",
        tuple(f"src/geoops/corridors/{name}.py" for name in ("travel_time", "stencils")),
        tuple(f"tests/corridors/test_{name}.py" for name in ("stencils", "travel_time", "links", "results_say")),
    ),
    Room(
        "corridor",
        tuple(f"src/geoops/corridors/{name}.py" for name in ("corridor", "route")),
        tuple(f"tests/corridors/test_{name}.py" for name in ("corridor", "edges", "results_say", "along_the_way")),
    ),
)
