"""Build the embedded layers from the packages that layers/inputs.toml lists, and write layers/catalog.toml.

python scripts/build_layers.py                 only what has changed
python scripts/build_layers.py --only places   one layer
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from geoops.core.errors import GeoopsError
from geoops.layers.build import build


def main() -> int:
    """Read the options, build, and say what was done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", metavar="NAME", help="only this layer (may be given again)")
    parser.add_argument(
        "--layers", type=Path, default=Path(__file__).resolve().parents[1] / "layers", help="layers folder"
    )
    parser.add_argument("--cache", type=Path, help="where downloaded packages are kept")
    parser.add_argument("--force", action="store_true", help="build even what has not changed")
    options = parser.parse_args()
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:18}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console) as bar:
            task = bar.add_task("layers")
            report = build(
                options.layers, only=options.only, cache=options.cache, force=options.force,
                progress=lambda what, step, steps: bar.update(task, description=what, completed=step, total=steps),
            )  # fmt: skip
    except GeoopsError as error:
        console.print(f"[red]error:[/] {error}", highlight=False)
        return 1
    table = Table("layer", "features", "kB", "", title=f"{len(report.built)} built, {len(report.kept)} unchanged")
    for name, size in report.bytes_of.items():
        table.add_row(
            name, f"{report.count_of[name]:,}", f"{size / 1000:,.0f}", "built" if name in report.built else ""
        )
    table.add_row("all", "", f"{sum(report.bytes_of.values()) / 1000:,.0f}", "")
    console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
