"""The experiment with a faulty server: every fault, asked for by each way that a file can come over the network."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from geoops.core.fetching import Fetcher

from .sandbox import Outcome, trial
from .server import FAULTS, GOOD, SHA256, Faulty, serving
from .tally import Tally

__all__ = ["MENDED", "run"]

MENDED = frozenset({
    "good", "busy", "busy-date", "busy-nonsense", "down-once", "truncated-once", "reset-once", "old-clock",
})  # fmt: skip
"""Faults after which the file must be there: the server works at the next try."""
_DEADLINE_S = 6.0


def _fetcher(folder: Path) -> Fetcher:
    return Fetcher(
        cache=folder / "cache", deadline_s=_DEADLINE_S, tries=3, max_bytes=50 * 2**20, silence_s=2.0, private=True
    )


def _is_table(data: bytes) -> None:
    from geoops.core.errors import NetworkError

    if not data.startswith(b"name,lon,lat"):
        msg = "a table with name, lon and lat was expected"
        raise NetworkError(msg)


def _get(folder: Path, url: str) -> bytes:
    return _fetcher(folder).get(url, types=("text/csv",), check=_is_table)


def _download(folder: Path, url: str) -> bytes:
    return _fetcher(folder).download(url, folder / "file.csv", sha256=SHA256).read_bytes()


def _resumed(folder: Path, url: str) -> bytes:
    """A download of which a half is there, as an earlier one left it."""
    (folder / ".file.csv.partial").write_bytes(GOOD[: len(GOOD) // 2])
    (folder / ".file.csv.state").write_text("", encoding="utf-8")
    return _download(folder, url)


_WAYS: dict[str, Callable[[Path, str], bytes]] = {"get": _get, "download": _download, "resumed": _resumed}


def _judge(tally: Tally, way: str, fault: str, outcome: Outcome, folder: Path, seconds: float) -> None:
    tally.inputs += 1
    tally.outcomes[outcome.kind] += 1
    where = f"{way}, {fault}"
    if outcome.crashed:
        tally.met("crashes", f"{where}: {outcome.kind}: {outcome.words}")
    elif outcome.kind == "done" and outcome.value != GOOD and not (way == "get" and fault == "wrong-bytes"):
        tally.met("silent wrong answers", f"{where}: other bytes than the file's")
    elif outcome.kind == "refused" and fault in MENDED:
        tally.met("crashes", f"{where}: not mended: {outcome.words}")
    if seconds > _DEADLINE_S + 3.0:
        tally.met("crashes", f"{where}: {seconds:.1f} s, beyond the deadline of {_DEADLINE_S:g}")
    if way != "get" and outcome.kind == "refused" and (folder / "file.csv").exists():
        tally.met("files lost or half-written", where)
    kept = [path for path in (folder / "cache").rglob("*") if path.is_file()] if (folder / "cache").exists() else []
    if outcome.kind == "refused" and kept:
        tally.met("files lost or half-written", f"{where}: kept in the cache all the same")


def run(folder: Path, *, only: tuple[str, ...] = ()) -> Tally:
    """Every fault by every way; the server, not the caller, counts the requests."""
    tally = Tally("faulty server")
    with serving() as address:
        for fault in only or tuple(FAULTS):
            if fault == "picture":
                continue
            for way, ask in _WAYS.items():
                place = folder / f"{fault}-{way}"
                place.mkdir(parents=True)
                Faulty.calls[fault] = 0
                Faulty.at[fault] = []
                start = time.monotonic()
                outcome = trial(
                    lambda ask=ask, place=place, fault=fault: ask(place, f"{address}/{fault}"), seconds=30.0
                )
                _judge(tally, way, fault, outcome, place, time.monotonic() - start)
                if Faulty.calls[fault] > (10 if fault == "loop" else 3) * 3:
                    tally.met("requests that left", f"{way}, {fault}: {Faulty.calls[fault]} requests")
                between = [b - a for a, b in zip(Faulty.at[fault], Faulty.at[fault][1:], strict=False)]
                if fault == "busy" and between and min(between) < 0.95:
                    tally.met(
                        "silent wrong answers",
                        f"{way}, busy: asked again after {min(between):.2f} s, 1 s was asked for",
                    )
        if len(Faulty.agents) != 1 or not next(iter(Faulty.agents)).startswith("geoops/"):
            tally.met("silent wrong answers", f"not one honest user agent: {Faulty.agents}")
    return tally
