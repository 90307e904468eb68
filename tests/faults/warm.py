"""The job that dies: a brief of one small figure, rendered by a child of a process that has loaded everything already.

A render from the command line loads libraries for seconds before it does anything; in a child of a warm process the same command
takes about a second, all of it work, so that a random moment is one of the work. The child runs the command line's own `run`,
with its exit codes and sentences, in a process group of its own.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

__all__ = ["BRIEF", "REFUSALS", "THEMES", "Child", "brief", "cold", "render", "warmed"]

BRIEF = """
title = "One place"
date = 2025-06-30
sites = [{ name = "Kirkuk" }, { name = "Daquq" }]
figures = [{ kind = "sites", name = "one", theme = "THEME" }]
size = "journal-84"
layers = ["countries"]

[output]
formats = ["png", "svg"]
table_formats = ["csv", "geojson"]
report = ["md"]
web = false
project = false
"""
THEMES = ("report", "print")
REFUSALS = (1, 2, 3, 4, 5)
"""Exit codes of the command line that go with a sentence."""


class Child:
    """A forked process that does a piece of work; its words, which are few, come through a pipe."""

    def __init__(self, work: Callable[[], int], limits: Callable[[], None] | None = None) -> None:
        self._words, writing = os.pipe()
        os.set_blocking(writing, False)  # more words than a pipe holds are lost, and nobody waits
        self.began = time.monotonic()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:  # pragma: no cover  (coverage does not follow a fork)
            code = 70
            try:
                os.setpgid(0, 0)
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                os.dup2(writing, 2)
                # A test runner's own streams lead to its files, and not to these.
                sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  as long as the child
                sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  as long as the child
                if limits is not None:
                    limits()
                code = work()
                sys.stderr.flush()
            finally:
                os._exit(code)
        os.setpgid(self.pid, self.pid)  # here too: a kill may come before the child has done anything
        os.close(writing)
        self._end = os.pidfd_open(self.pid)

    def wait(self, seconds: float) -> bool:
        """Whether it ended within so many seconds."""
        return bool(select.select([self._end], [], [], max(0.0, seconds))[0])

    def kill(self) -> None:
        """Kill -9, it and what it started."""
        os.killpg(self.pid, signal.SIGKILL)

    def result(self, seconds: float = 300.0) -> tuple[int, str]:
        """Its exit code (negative: the signal that it died of) and its words, after it has ended or was ended for being endless."""
        if not self.wait(seconds):
            self.kill()
        _, status = os.waitpid(self.pid, 0)
        os.close(self._end)
        with os.fdopen(self._words, "rb") as stream:
            words = stream.read().decode("utf-8", "replace")
        return os.waitstatus_to_exitcode(status), words


def brief(folder: Path, theme: str) -> Path:
    """The small brief in one of its two looks."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{theme}.toml"
    path.write_text(BRIEF.replace("THEME", theme), encoding="utf-8")
    return path


def warmed(folder: Path) -> dict[str, dict[str, bytes]]:
    """Render each look once in this process, so that children start warm; the files of each bundle, by name."""
    found = {theme: _bundle(theme) for theme in THEMES}
    for theme, files in found.items():
        out = folder / f"reference-{theme}"
        out.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (out / name).write_bytes(data)
    return found


@cache
def _bundle(theme: str) -> dict[str, bytes]:
    from geoops.report import render as work

    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "out"
        work(brief(Path(name), theme), out, helpers=0, fresh=True)
        return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def render(path: Path, out: Path, *, file_size: int | None = None) -> Child:
    """`geoops render` in a warm child; no file may grow beyond `file_size` where that is given."""
    from geoops.cli import run

    def limits() -> None:  # pragma: no cover  (in the child)
        if file_size is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))

    return Child(lambda: run(["render", str(path), "--out", str(out), "--fresh"]), limits)


def cold(path: Path, out: Path, *, memory: int | None = None) -> subprocess.Popen[str]:
    """The same from the command line, from nothing; with so many bytes of address space where that is given."""

    def limits() -> None:  # pragma: no cover  (in the child)
        if memory is not None:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    return subprocess.Popen(
        [sys.executable, "-m", "geoops", "render", str(path), "--out", str(out)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=limits,  # noqa: PLW1509  (one thread)
    )  # fmt: skip
