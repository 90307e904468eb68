"""The fuzzer: `python -m tests.fuzz TARGET --runs N`, or `--minutes M` for all targets in turn, `--list` to name them.

Needs atheris (requirements-release.txt). Each target runs in a process of its own, beginning with its kept corpus and with the
inputs by which the fuzzer found its way before (`found.py`); what it
finds lies in `build/fuzz/finds`, and `--replay FILE` calls the target with it. A find is mended, and its shortest form kept in
`tests/fuzz/corpus/TARGET`, where `tests/fuzz/test_corpus.py` replays it without atheris.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path

from .found import keep, lay_out

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"
WORK = ROOT / "build" / "fuzz"


def fuzz(name: str, *, runs: int, seconds: int, seed: int) -> int:
    """One target, in this process, which the fuzzer ends."""
    import atheris

    # Kernels are compiled from their bytecode, so they cannot carry the fuzzer's marks.
    with atheris.instrument_imports(include=["geoops"], exclude=["geoops.corridors", "geoops.proximity"]):
        from .targets import TARGETS
    target = TARGETS[name]
    work, finds = WORK / "work" / name, WORK / "finds"
    for folder in (work, finds):
        folder.mkdir(parents=True, exist_ok=True)
    lay_out(name, work)
    words = WORK / f"{name}.dict"
    escaped = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in target.words)
    words.write_text("".join(f'"{word}"\n' for word in escaped), encoding="ascii")
    target.call(b"")  # what is read once, such as the gazetteer, does not count as slow
    options = [
        f"-runs={runs or -1}", f"-max_total_time={seconds}", f"-seed={seed}", f"-max_len={target.longest}", *([f"-dict={words}"] if target.words else []),
        f"-timeout={target.seconds}", "-rss_limit_mb=3000", f"-artifact_prefix={finds}/{name}-", "-print_final_stats=1",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(work), str(CORPUS / name)], target.call)
    atheris.Fuzz()
    return 0


def supervise(names: list[str], *, runs: int, seconds: dict[str, int], seed: int) -> list[dict[str, object]]:
    """Each target in a process of its own; how many inputs it tried, and what it found."""
    rows = []
    for name in names:
        began = time.monotonic()
        command = [
            sys.executable,
            "-m",
            "tests.fuzz",
            name,
            "--here",
            f"--runs={runs}",
            f"--seconds={seconds[name]}",
            f"--seed={seed}",
        ]
        log = WORK / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w", encoding="utf-8") as kept:
            done = subprocess.run(command, cwd=ROOT, stdout=kept, stderr=kept, check=False)
        text = log.read_text(encoding="utf-8", errors="replace")
        tried = re.search(r"stat::number_of_executed_units:\s*(\d+)", text) or re.search(r"Done (\d+) runs", text)
        find = re.search(r"Test unit written to (\S+)", text)
        row = {
            "target": name,
            "inputs": int(tried[1]) if tried else 0,
            "seconds": round(time.monotonic() - began),
            "finds": int(done.returncode != 0),
        }
        rows.append(row)
        print(f"{name:<12}{row['inputs']:>12,} inputs in {row['seconds']:>5} s, {row['finds']} finds", flush=True)
        if done.returncode:
            said = [line for line in text.splitlines() if re.match(r"\w*(Error|Exception)\b|==\d+== ERROR", line)]
            print(
                f"    {said[-1] if said else f'the process ended with {done.returncode}'}; {find[1] if find else log}"
            )
    return rows


def main() -> int:
    """Run what is asked; 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="TARGET", help="by default all")
    parser.add_argument("--runs", type=int, default=0, help="inputs a target; without it, time is the bound")
    parser.add_argument(
        "--minutes", type=float, default=0.0, help="for all targets together; slow ones have more of it"
    )
    parser.add_argument("--seconds", type=int, default=0, help="for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--replay", type=Path, metavar="FILE", help="call the target with what this file holds")
    parser.add_argument("--list", action="store_true")
    parser.add_argument(
        "--keep", action="store_true", help="write what the fuzzer found its way by to found.json; no fuzzing"
    )
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        return fuzz(given.names[0], runs=given.runs, seconds=given.seconds, seed=given.seed)
    from .targets import TARGETS

    unknown = set(given.names) - set(TARGETS)
    if unknown or given.list:
        print(f"targets: {', '.join(TARGETS)}" + (f"; {', '.join(sorted(unknown))} is none" if unknown else ""))
        return int(bool(unknown))
    names = given.names or list(TARGETS)
    if given.keep:
        print(*(f"{name:<12}{count:>5} inputs kept" for name, count in keep(WORK / "work", names).items()), sep="\n")
        return 0
    if given.replay:
        TARGETS[names[0]].call(given.replay.read_bytes())
        return 0
    parts = sum(TARGETS[name].share for name in names)
    seconds = {name: given.seconds or round(given.minutes * 60 * TARGETS[name].share / parts) for name in names}
    runs = given.runs if given.runs or any(seconds.values()) else 100_000
    rows = supervise(names, runs=runs, seconds=seconds, seed=given.seed)
    (WORK / "result.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return int(any(row["finds"] for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
