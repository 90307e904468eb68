"""Runs every benchmark of this folder in turn: `python -m tests.bench`, or `python -m tests.bench proximity`.

Each `bench_*.py` is a program of its own that prints a table of ratios to its peers, measured in the same run. With `--keep` what
they print goes onto the page of the documentation too; `--page` only writes that page again.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench import keeping


def main(names: list[str], *, keep: bool = False) -> int:
    """Run the named benchmarks, all of them without a name; 1 if one of them failed."""
    programs = {path.stem.removeprefix("bench_"): path for path in sorted(Path(__file__).parent.glob("bench_*.py"))}
    unknown = [name for name in names if name not in programs]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(programs)}", file=sys.stderr)
        return 2
    failed = []
    for name in names or programs:
        print(f"\n== {name} " + "=" * (90 - len(name)), flush=True)
        code, printed, broken = _run(programs[name])
        if code != 0:
            failed.append(name)
        if keep and not broken:  # what does not reach what was asked ends with 1, and is kept too
            keeping.keep(name, printed)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _run(program: Path) -> tuple[int, str, bool]:
    """Run one, showing what it prints as it comes; its code, what it printed, and whether an error ended it."""
    lines = []
    with tempfile.TemporaryFile("w+") as errors:
        with subprocess.Popen(
            [sys.executable, "-u", str(program)], stdout=subprocess.PIPE, stderr=errors, text=True
        ) as child:
            assert child.stdout is not None
            for line in child.stdout:
                print(line, end="", flush=True)
                lines.append(line)
        errors.seek(0)
        said = errors.read()
    sys.stderr.write(said)
    return (
        child.returncode,
        "".join(lines),
        child.returncode not in (0, 1) or "Traceback (most recent call last)" in said,
    )


if __name__ == "__main__":
    if "--page" in sys.argv[1:]:
        keeping.write_page()
        raise SystemExit(0)
    raise SystemExit(main([name for name in sys.argv[1:] if name != "--keep"], keep="--keep" in sys.argv[1:]))
