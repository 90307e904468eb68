"""Mutation testing: `python -m tests.mutation [ROOM...] [--sample N --seed S]`; writes `outputs/mutation.json`.

The aim is that at least nine of ten mutants are found out in every room. A mutant is a change of one operator, number,
string, argument or branch inside a function; constants of a module and decorated functions are not changed, and compiled
kernels cannot be. Survivors are listed as differences in `build/mutation/ROOM.txt`; those that change nothing that can be
seen (`equivalent.py`) stand there with the reason, and are not counted against a room.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

from .rooms import ROOMS
from .run import ROOT, Outcome, difference, run, set_apart

KEPT = ROOT / "outputs" / "mutation.json"
AIM = 0.90


def row(outcome: Outcome, seconds: float, sample: int, seed: int) -> dict[str, object]:
    """One room's counts as they are kept."""
    chosen = {"sample": outcome.tried, "seed": seed} if sample and outcome.tried < outcome.mutants else {}
    return {
        "room": outcome.room, "mutants": outcome.mutants, "tried": outcome.tried, **chosen, "killed": outcome.killed,
        "survived": len(outcome.survivors), "reached_by_no_test": len(outcome.unreached), "undecided": len(outcome.undecided), "equivalent": len(outcome.equivalent),
        "share_killed": round(outcome.share, 3), "minutes": round(seconds / 60, 1),
    }  # fmt: skip


def main() -> int:
    """Run the rooms; 1 if one of them lets more than a tenth live."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    names = [room.name.replace(" ", "-") for room in ROOMS]
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"by default all: {', '.join(names)}")
    parser.add_argument(
        "--sample", type=int, default=0, help="so many mutants a room, drawn with the seed; 0 tries all"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    if unknown := set(given.rooms) - set(names):
        parser.error(f"no such room: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    kept = json.loads(KEPT.read_text(encoding="utf-8"))["rooms"] if KEPT.is_file() else []
    rows = {str(old["room"]): old for old in kept}
    worst = 1.0
    for room, name in zip(ROOMS, names, strict=True):
        if given.rooms and name not in given.rooms:
            continue
        began = time.monotonic()
        folder = ROOT / "build" / "mutation" / name
        outcome = run(room, folder, sample=given.sample, seed=given.seed, workers=given.workers)
        shown = {mutant: difference(folder, mutant) for mutant in outcome.survivors + outcome.unreached}
        set_apart(outcome, shown)
        rows[room.name] = row(outcome, time.monotonic() - began, given.sample, given.seed)
        worst = min(worst, outcome.share)
        why = {mutant: f"(equivalent: {reason})\n" for mutant, reason in outcome.equivalent.items()}
        alive = [f"{mutant}\n{why.get(mutant, '')}{text}" for mutant, text in shown.items()]
        Path(f"{folder}.txt").write_text("\n".join(alive), encoding="utf-8")
        print(f"{room.name:<20}{outcome.killed:>5} of {outcome.tried:>5} killed, {outcome.share:.1%}", flush=True)
    document = {
        "command": "python -m tests.mutation", "tool": f"mutmut {version('mutmut')}", "python": platform.python_version(),
        "aim": AIM, "rooms": [rows[room.name] for room in ROOMS if room.name in rows],
    }  # fmt: skip
    KEPT.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return int(worst < AIM)


if __name__ == "__main__":
    sys.exit(main())
