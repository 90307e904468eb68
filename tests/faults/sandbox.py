"""Runs one trial in a process of its own that may die, with little memory and little time, and says how it ended."""

from __future__ import annotations

import os
import pickle
import resource
import select
import signal
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geoops.core.errors import GeoopsError

__all__ = ["Outcome", "trial"]


@dataclass(frozen=True)
class Outcome:
    """How a trial ended: `kind` is refused, done, foreign error, killed, or endless."""

    kind: str
    words: str
    value: Any = None
    warned: bool = False

    @property
    def crashed(self) -> bool:
        """Whether it ended otherwise than with a result or an error of geoops's own."""
        return self.kind not in ("refused", "done")


def trial(action: Callable[[], Any], *, seconds: float = 20.0, extra_mb: int = 1500) -> Outcome:
    """
    The outcome of `action()` in a forked process.

    Parameters
    ----------
    action
        Gives back something that can be pickled.
    seconds
        After this the process is killed and the trial is endless.
    extra_mb
        Memory that the process may take beyond what it has at its start.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover  (coverage does not follow a fork)
        os.close(reading)
        _child(action, writing, extra_mb)
    os.close(writing)
    data, end = b"", time.monotonic() + seconds
    try:
        while (left := end - time.monotonic()) > 0:
            ready, _, _ = select.select([reading], [], [], left)
            if not ready:
                break
            piece = os.read(reading, 1 << 20)
            if not piece:
                break
            data += piece
        else:
            left = 0.0
    finally:
        os.close(reading)
    if end - time.monotonic() <= 0:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return Outcome("endless", f"not done after {seconds:g} s")
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return Outcome("killed", f"died of signal {os.WTERMSIG(status)}")
    if not data:
        return Outcome("killed", f"ended with {status} and without a word")
    kind, words, value, warned = pickle.loads(data)
    return Outcome(kind, words, value, warned)


def _child(action: Callable[[], Any], writing: int, extra_mb: int) -> None:  # pragma: no cover
    """Do it, send how it went, and leave without the parent's clean-up."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    with Path("/proc/self/statm").open() as stream:
        now = int(stream.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + extra_mb * 2**20,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            sent = ("done", "", action())
        except GeoopsError as error:
            sent = ("refused", str(error)[:500], type(error).__name__)
        except BaseException as error:  # noqa: BLE001  (whatever it is, it is what the trial is about)
            sent = ("foreign error", f"{type(error).__name__}: {error}"[:500], None)
    try:
        data = pickle.dumps((*sent, bool(heard)))
    except Exception as error:  # noqa: BLE001
        data = pickle.dumps(("foreign error", f"result cannot be sent: {error}", None, False))
    with os.fdopen(writing, "wb") as stream:
        stream.write(data)
    os._exit(0)
