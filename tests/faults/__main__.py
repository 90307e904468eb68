"""The fault laboratory: `python -m tests.faults [SECTION...]`, or `--sample` for a few minutes.

A section that was run whole takes its place in `outputs/reliability.json` and in the README's table. Everything is bounded in
count and time, and no address but the loopback one is asked.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from . import deaths, differential, files, inputs, kills, life, names, network
from .kept import keep
from .lanes import in_lanes, place, share
from .tally import Tally, table


def sections(folder: Path, *, sample: bool) -> dict[str, Callable[[], Tally]]:
    """Each section by name, whole or as a sample of some seconds to a minute."""
    return {
        "files": lambda: in_lanes(
            lambda lane, lanes: files.run(place(folder / "files", lane), every=25 if sample else 1, part=(lane, lanes))
        ),
        "names": lambda: in_lanes(
            lambda lane, lanes: names.run(place(folder / "names", lane), every=25 if sample else 1, part=(lane, lanes))
        ),
        "network": lambda: network.run(
            folder / "network", only=("busy", "truncated-once", "page", "loop", "bomb", "silent") if sample else ()
        ),
        "inputs": lambda: in_lanes(
            lambda lane, lanes: inputs.run(count=share(3_000 if sample else 100_000, lane, lanes), seed=3 + lane)
        ),
        "kills-rendering": lambda: kills.rendering(folder / "kills", times=5 if sample else 120),
        "kills-building": lambda: kills.building(folder / "builds", times=2 if sample else 40),
        "kills-fetching": lambda: kills.fetching(folder / "fetches", times=5 if sample else 40),
        "races": lambda: deaths.races(folder / "races", rounds=2 if sample else 50),
        "disk": lambda: deaths.full_disk(folder / "disk"),
        "rights": lambda: deaths.no_rights(folder / "rights"),
        "memory": lambda: deaths.little_memory(folder / "memory", megabytes=(700,) if sample else deaths.MEGABYTES),
        "life": lambda: life.long_life(folder / "life", renders=30 if sample else 500),
        "peak": lambda: life.peak(folder / "peak", at_once=1 if sample else 2),
        "differential": lambda: differential.run(cases=2_000 if sample else 20_000),
    }


def main() -> int:
    """Run them, print the table, keep what was run whole; 1 if any harm was met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="SECTION", help=f"only these: {', '.join(sections(Path(), sample=True))}"
    )
    parser.add_argument("--sample", action="store_true", help="a few inputs of each; nothing is kept")
    given = parser.parse_args()
    os.environ["MPLBACKEND"] = "Agg"
    tallies = []
    with tempfile.TemporaryDirectory(prefix="geoops-faults-") as folder:
        os.environ["GEOOPS_CACHE"] = f"{folder}/cache"
        known = sections(Path(folder), sample=given.sample)
        if unknown := [name for name in given.names if name not in known]:
            parser.error(f"no such section: {', '.join(unknown)}; there are {', '.join(known)}")
        for name in given.names or known:
            began = time.monotonic()
            tally = known[name]()
            tallies.append(tally)
            minutes = (time.monotonic() - began) / 60
            print(f"{name}: {tally.inputs:,} inputs, {sum(tally.harms.values())} harms, {minutes:.1f} min", flush=True)
            for finding in (*tally.findings[:20], *tally.missed):
                print("   ", finding[:400], flush=True)
            if not given.sample:
                keep(name, tally, minutes=minutes)
    print(table(tallies))
    return int(any(tally.harms or tally.missed for tally in tallies))


if __name__ == "__main__":
    raise SystemExit(main())
