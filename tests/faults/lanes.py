"""One experiment by several processes, each with its share of the inputs; their tallies are one."""

from __future__ import annotations

import os
import pickle
import traceback
from collections.abc import Callable
from multiprocessing.connection import wait
from pathlib import Path

from .tally import Tally

__all__ = ["in_lanes"]


def in_lanes(work: Callable[[int, int], Tally], lanes: int | None = None) -> Tally:
    """
    The sum of `work(lane, lanes)` over the lanes, each in a forked process.

    Parameters
    ----------
    work
        Does the share of a lane, counted from nought.
    lanes
        How many; by default one a processor.
    """
    count = lanes or os.cpu_count() or 1
    if count == 1:
        return work(0, 1)
    children = {}
    for lane in range(count):
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:  # pragma: no cover  (coverage does not follow a fork)
            code = 1
            try:
                os.close(reading)
                with os.fdopen(writing, "wb") as stream:
                    pickle.dump(work(lane, count), stream)
                code = 0
            except BaseException:  # noqa: BLE001  (said, and then the lane is lost)
                traceback.print_exc()
            finally:
                os._exit(code)
        os.close(writing)
        children[reading] = pid
    parts = []
    while children:
        for reading in wait(list(children)):
            with os.fdopen(int(reading), "rb") as stream:  # type: ignore[call-overload]
                data = stream.read()
            _, status = os.waitpid(children.pop(reading), 0)
            if status or not data:
                msg = f"a lane ended with {os.waitstatus_to_exitcode(status)} and without its tally"
                raise RuntimeError(msg)
            parts.append(pickle.loads(data))
    return _sum(sorted(parts, key=lambda tally: tally.seed or 0))


def _sum(parts: list[Tally]) -> Tally:
    whole = Tally(parts[0].name, seed=parts[0].seed)
    for part in parts:
        whole.inputs += part.inputs
        whole.outcomes += part.outcomes
        whole.harms += part.harms
        whole.findings += part.findings
        whole.measured |= part.measured
        whole.missed += part.missed
    return whole


def share(times: int, lane: int, lanes: int) -> int:
    """How many of `times` fall to a lane."""
    return times // lanes + (lane < times % lanes)


def place(folder: Path, lane: int) -> Path:
    """A folder of the lane's own."""
    return folder / f"lane-{lane}"
