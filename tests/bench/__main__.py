"""Runs every benchmark of this folder in turn: `python -m tests.bench`, or `python -m tests.bench proximity`.

Each `bench_*.py` is a program of its own that prints a table of ratios to its peers, measured in the same run.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main(names: list[str]) -> int:
    """Run the named benchmarks, all of them without a name; 1 if one of them failed."""
    programs = {path.stem.removeprefix("bench_"): path for path in sorted(Path(__file__).parent.glob("bench_*.py"))}
    unknown = [name for name in names if name not in programs]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(programs)}", file=sys.stderr)
        return 2
    failed = []
    for name in names or programs:
        print(f"\n== {name} " + "=" * (90 - len(name)), flush=True)
        if subprocess.run([sys.executable, str(programs[name])], check=False).returncode != 0:
            failed.append(name)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
