"""Memory over a long life: many renders in one process, and the most that the default job takes, alone and two at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from geoops.report.manifest import verify

from .tally import Tally
from .warm import THEMES, Child, brief, warmed

__all__ = ["long_life", "peak"]

DEFAULT = Path(__file__).parents[2] / "scripts" / "briefs" / "default.toml"
MOST_MB = 900
MOST_GROWTH = 0.05
_WARM = 10
"""Renders after which memory should not grow."""


def _resident_mb(process: int) -> float:
    """Megabytes that a process holds and shares with no other in full: its proportional set."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _own_mb() -> float:
    """Resident megabytes of this process."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def long_life(folder: Path, *, renders: int = 500) -> Tally:
    """Renders of the small brief in one process: what it holds after the tenth, and after the last."""
    from geoops.report import render

    tally = Tally("renders in one process")
    log = folder / "resident.txt"
    folder.mkdir(parents=True, exist_ok=True)

    def work() -> int:  # pragma: no cover  (in a child)
        warmed(folder)
        with log.open("w", encoding="ascii") as stream:
            for number in range(1, renders + 1):
                render(brief(folder, THEMES[number % 2]), folder / "out", helpers=0, fresh=True)
                stream.write(f"{_own_mb():.1f}\n")
                stream.flush()
        return 0

    code, words = Child(work).result(7200.0)
    held = [float(line) for line in log.read_text(encoding="ascii").split()]
    tally.inputs = len(held)
    if code:
        tally.met("crashes", f"after {len(held)} renders: {code}: {words[-300:]}")
    after = max(held[-10:])
    growth = after / held[_WARM - 1] - 1
    tally.measured |= {
        "resident_mb_after_10": held[_WARM - 1], "resident_mb_at_the_end": after, "growth": round(growth, 4), "growth_at_most": MOST_GROWTH,
        "resident_mb": held[:: max(1, renders // 20)],
    }  # fmt: skip
    if growth >= MOST_GROWTH:
        tally.missed.append(
            f"memory grows by {growth:.1%} from the tenth to the {len(held)}th render; {MOST_GROWTH:.0%} was to be the most"
        )
    return tally


def peak(folder: Path, *, at_once: int = 2) -> Tally:
    """The default job with what it starts, alone and then several at once: the most that each held, sampled in its run."""
    tally = Tally("the default job's memory")
    folder.mkdir(parents=True, exist_ok=True)
    for many in sorted({1, at_once}):
        started = [_job(folder, f"out-{many}-{n}") for n in range(many)]
        most, largest = [0.0] * many, [0.0] * many
        while any(job.poll() is None for job in started):
            for n, job in enumerate(started):
                held = [_resident_mb(process) for process in _family(job.pid)]
                most[n], largest[n] = max(most[n], sum(held)), max(largest[n], *held)
            time.sleep(0.2)
        for n, job in enumerate(started):
            _, words = job.communicate()
            tally.inputs += 1
            if job.returncode:
                tally.met("crashes", f"{many} at once: {job.returncode}: {words[-300:]}")
            for trouble in verify(folder / f"out-{many}-{n}")[:5]:
                tally.met("files lost or half-written", f"{many} at once: {trouble}")
        tally.measured[f"peak_mb_of_{many}_at_once"] = [round(mb) for mb in most]
        tally.measured[f"peak_mb_of_the_largest_process_of_{many}_at_once"] = [round(mb) for mb in largest]
        if max(most) >= MOST_MB:
            tally.missed.append(
                f"the default job's processes take {max(most):.0f} MB together, {many} at once; {MOST_MB} were to suffice"
            )
    return tally


def _job(folder: Path, name: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "geoops",
        "render",
        str(DEFAULT),
        "--out",
        str(folder / name),
        "--fresh",
        "--quiet",
    ]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)


def _family(process: int) -> list[int]:
    """A process and all that it started."""
    found = [process]
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text(encoding="ascii").split()]
        except OSError:
            continue
        for child in children:
            found += _family(child)
    return found
