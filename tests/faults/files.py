"""The experiment with hostile files: every case through the door that a user would bring it to."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from .canary import CANARY_VALUE, Canaries, canaries
from .doors import door_of
from .hostile_files import Case, cases, write_sounds
from .sandbox import Outcome, trial
from .tally import Tally

__all__ = ["judge", "run"]

_ENDLESS_S = 120.0
"""Seconds of the clock, on a machine that may be busy; a file that is opened takes a tenth of one."""


def judge(case: Case, outcome: Outcome, whole: dict[str, object] | None, watched: Canaries, tally: Tally) -> None:
    """Count what came of a case."""
    tally.inputs += 1
    tally.outcomes[outcome.kind] += 1
    where = f"{case.suffix}, {case.name}"
    if outcome.crashed:
        tally.met("crashes", f"{where}: {outcome.kind}: {outcome.words}")
        return
    if outcome.kind == "refused":
        if watched.seen_in(outcome.words):
            tally.met("foreign bytes read", f"{where}: in the error: {outcome.words}")
        return
    result = outcome.value
    if watched.seen_in(result["words"]) or CANARY_VALUE in result.get("values", ()):
        tally.met("foreign bytes read", where)
    if case.verdict == "refuse":
        tally.met("silent wrong answers", f"{where}: read without a word, {result['rows']} rows")
    elif not result["sane"]:
        tally.met("silent wrong answers", f"{where}: coordinates that are none")
    elif (
        case.verdict == "whole"
        and whole is not None
        and not outcome.warned
        and (result["rows"], result["digest"]) != (whole["rows"], whole["digest"])
    ):
        tally.met("silent wrong answers", f"{where}: {result['rows']} of {whole['rows']} rows, or changed")


def run(folder: Path, *, every: int = 1, only: Iterable[str] | None = None, part: tuple[int, int] = (0, 1)) -> Tally:
    """
    All hostile files, or each nth of them, opened one by one in a process that may die.

    Parameters
    ----------
    folder
        Where the files are made.
    every
        Which sample of the cases.
    only
        Endings to keep to.
    part
        Which part of the cases, counted from nought, and of how many.
    """
    tally = Tally("hostile files")
    sounds = write_sounds(folder / "sound")
    with canaries(folder / "canaries") as watched:
        whole = {}
        for suffix, path in sounds.items():
            door_of(path)(path)  # here too, so that the trials find their libraries loaded
            outcome = trial(lambda path=path: door_of(path)(path), seconds=_ENDLESS_S)
            if outcome.kind != "done":
                msg = f"the sound {suffix} file is not read: {outcome.words}"
                raise RuntimeError(msg)
            whole[suffix] = outcome.value
        wanted = (case for case in cases(sounds, watched) if only is None or case.suffix in only)
        for number, case in enumerate(wanted):
            if number % every or number // every % part[1] != part[0]:
                continue
            place = folder / "case"
            sides = sounds[case.sound].parent if case.sound in (".shp", ".tab", ".mif") else None
            if sides is not None:
                shutil.copytree(sides, place)
                for side in place.iterdir():
                    side.rename(side.with_name(side.name.replace("sound", case.stem)))
            path = case.write(place)
            before = watched.calls
            judge(
                case,
                trial(lambda path=path: door_of(path)(path), seconds=_ENDLESS_S),
                whole.get(case.sound or ""),
                watched,
                tally,
            )
            if watched.calls > before:
                tally.met("requests that left", f"{case.suffix}, {case.name}")
            shutil.rmtree(place)
    return tally
