"""Drawing the figures of a brief, on two processors where there are two.

A helper process draws while this one still measures, and then both take what is left. It is a plain child that reads
jobs from its standard input, so that a script that calls `render` needs no guard round its main part. If it dies, its
job is drawn here. A figure is the same whichever process drew it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from geoops.core.room import give_back, keep_little
from geoops.report.notes import add_notes

__all__ = ["Drawers", "Drawn", "Job", "draw", "serve"]


@dataclass(frozen=True)
class Job:
    """
    One figure to draw.

    Parameters
    ----------
    name
        File name without the ending.
    kind
        Of `FIGURE_KINDS`.
    arguments
        What is passed to the maps room, by name.
    formats
        File endings.
    """

    name: str
    kind: str
    arguments: dict[str, Any] = field(default_factory=dict)
    formats: tuple[str, ...] = ("png", "svg", "pdf")


@dataclass(frozen=True)
class Drawn:
    """
    A figure on disk.

    Parameters
    ----------
    name
        File name without the ending.
    files
        Names of the files.
    manifest
        What the maps room says of it: layers used, projection, what is on it.
    findings
        What a picture editor would send back, in words.
    """

    name: str
    files: tuple[str, ...]
    manifest: dict[str, Any]
    findings: tuple[str, ...] = ()


def draw(job: Job, folder: Path) -> Drawn:
    """Draw one figure and save it in each of its formats."""
    import matplotlib as mpl

    if "matplotlib.pyplot" not in sys.modules:
        mpl.use("Agg")
    from geoops import maps
    from geoops.maps.basedata import let_go

    given = dict(job.arguments)
    remarks = given.pop("remarks", ())
    if job.kind == "sites":
        figure = maps.sites_map(given.pop("sites"), **given)
    elif job.kind == "proximity":
        figure = maps.proximity_map(given.pop("sites"), given.pop("nearest"), **given)
    else:
        figure = maps.corridor_map(given.pop("corridors"), **given)
    add_notes(figure, remarks)
    files = []
    for ending in job.formats:
        path = folder / f"{job.name}.{ending}"
        figure.save(path)
        files.append(path.name)
    findings = tuple(dict.fromkeys(str(finding) for finding in figure.check()))
    drawn = Drawn(job.name, tuple(files), _without_places(figure.manifest), findings)
    del figure
    let_go()
    gc.collect()  # artists and their figure hold each other
    give_back()
    return drawn


def _without_places(manifest: dict[str, Any]) -> dict[str, Any]:
    """The maps room's manifest without the folder of this machine's catalogue."""
    layers = [{k: v for k, v in entry.items() if k != "catalog"} for entry in manifest.get("layers", ())]
    return {**manifest, "layers": layers}


class Drawers:
    """
    Draws jobs in the order given, by a helper process and, in `finish`, by this one too.

    Parameters
    ----------
    folder
        Where figures are saved.
    helpers
        How many helper processes, 0 or 1.
    done
        Called with the name of each figure that is finished, from the calling thread only.
    """

    def __init__(self, folder: Path, *, helpers: int, done: Callable[[str], None]) -> None:
        self.folder = folder
        self.done = done
        self.jobs: deque[tuple[int, Job]] = deque()
        self.results: dict[int, Drawn] = {}
        self.count = 0
        self.closing = False
        self.changed = threading.Condition()
        self.said: set[int] = set()
        self.child = _start() if helpers else None
        self.thread = threading.Thread(target=self._feed, daemon=True) if self.child else None
        if self.thread:
            self.thread.start()

    def submit(self, job: Job) -> None:
        """Queue a figure."""
        with self.changed:
            self.jobs.append((self.count, job))
            self.count += 1
            self.changed.notify_all()

    def finish(self) -> list[Drawn]:
        """Draw what is left and give back all figures in the order in which they were queued."""
        with self.changed:
            self.closing = True
            self.changed.notify_all()
        while True:
            with self.changed:
                while not self.jobs and len(self.results) < self.count:
                    self.changed.wait()
                    self._tell()
                if not self.jobs:
                    break
                at, job = self.jobs.popleft()
            drawn = draw(job, self.folder)
            with self.changed:
                self.results[at] = drawn
                self._tell()
        self._tell()
        return [self.results[at] for at in range(self.count)]

    def _tell(self) -> None:
        """Say which figures are finished that were not said before."""
        for at in sorted(set(self.results) - self.said):
            self.said.add(at)
            self.done(self.results[at].name)

    def _feed(self) -> None:
        """Give the helper one job after another; what it cannot do goes back into the queue."""
        assert self.child is not None  # noqa: S101  the thread exists only with it
        while True:
            with self.changed:
                while not self.jobs and not self.closing:
                    self.changed.wait()
                if not self.jobs:
                    return
                at, job = self.jobs.popleft()
            drawn = _ask(self.child, job, self.folder)
            with self.changed:
                if drawn is None:
                    self.jobs.appendleft((at, job))
                else:
                    self.results[at] = drawn
                self.changed.notify_all()
            if drawn is None:
                return

    def close(self) -> None:
        """End the helper, whatever it is doing."""
        if self.child is not None:
            self.child.kill()
            self.child.communicate()
        with self.changed:
            self.jobs.clear()
            self.closing = True
            self.changed.notify_all()
        if self.thread is not None:
            self.thread.join()


@contextlib.contextmanager
def drawers(folder: Path, *, helpers: int, done: Callable[[str], None]) -> Iterator[Drawers]:
    """`Drawers` whose helper surely ends with the block."""
    crew = Drawers(folder, helpers=helpers, done=done)
    try:
        yield crew
    finally:
        crew.close()


def _start() -> subprocess.Popen[bytes] | None:
    """A helper, or None where no process can be started."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    try:
        return subprocess.Popen(
            [sys.executable, "-c", "from geoops.report.drawing import serve; serve()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
        )  # fmt: skip
    except OSError:
        return None


def _ask(child: subprocess.Popen[bytes], job: Job, folder: Path) -> Drawn | None:
    """One job done by the helper, or None if it cannot; an error is met again, with its words, in this process."""
    assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018
    try:
        pickle.dump((job, folder), child.stdin, protocol=pickle.HIGHEST_PROTOCOL)
        child.stdin.flush()
        answer = pickle.load(child.stdout)  # noqa: S301  from our own child
    except Exception:  # noqa: BLE001  a job that cannot be pickled, a helper that has died: this process draws it
        return None
    return answer if isinstance(answer, Drawn) else None


def serve() -> None:  # pragma: no cover  runs in the helper; what it does with a job is `_answer`
    """The helper's loop: a job from standard input, its result to standard output, until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    keep_little()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not end up between the answers
    from geoops import maps  # noqa: F401  while the parent still measures

    while _answer(sys.stdin.buffer, answers):
        pass


def _answer(jobs: BinaryIO, answers: BinaryIO) -> bool:
    """Draw the next job and write its result; false where there is none. A failure is met again by the parent."""
    try:
        job, folder = pickle.load(jobs)  # noqa: S301  from our own parent
    except EOFError:
        return False
    try:
        drawn: Drawn | None = draw(job, folder)
    except Exception:  # noqa: BLE001  drawn again by the parent, where the error can be shown
        drawn = None
    pickle.dump(drawn, answers)
    answers.flush()
    return True
