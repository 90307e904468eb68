"""Build the gazetteer from the layers that `build_layers.py` made: `layers/data/gazetteer.*.parquet`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from geoops import GeoopsError
from geoops.gazetteer import build_gazetteer


def main() -> int:
    """Parse, build, and say what was written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("layers", nargs="?", default=Path(__file__).resolve().parents[1] / "layers",
                        help="folder with a catalog.toml (default: the repository's layers)")  # fmt: skip
    parser.add_argument("--out", help="folder to write to (default: data, beside the catalogue)")
    given = parser.parse_args()
    try:
        files = build_gazetteer(given.layers, given.out)
    except GeoopsError as error:
        print(error, file=sys.stderr)
        return 1
    for file in files:
        print(f"{file.name}: {file.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
