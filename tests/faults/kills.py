"""Kill -9 at random moments of rendering, of building layers and of fetching.

Each job is done once undisturbed; its files are the reference. After a kill every file under its own name must be one of the
reference, byte for byte; after the next undisturbed run all of them are, and nothing else is there.

A moment is drawn within the seconds that the same work took here when it was left alone. Where it was done before its moment
came, nothing was killed: that is counted apart, and another moment is drawn until so many have died as were asked for.
"""

from __future__ import annotations

import hashlib
import http.server
import os
import random
import shutil
import signal
import statistics
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from geoops.report.manifest import DONE, verify

from .server import Quiet
from .tally import Tally
from .warm import THEMES, Child, brief, render, warmed

__all__ = ["building", "fetching", "rendering", "strays"]

_AFTER = 10
"""Tries between two undisturbed runs."""
_TRIES = 3
"""So many times as many tries as kills that are asked for, at most."""
_TEMPORARY = (".part-", DONE)


def strays(folder: Path) -> list[str]:
    """Temporary files and folders that are left."""
    if not folder.exists():
        return []
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    return sorted(name for name in found if any(part.startswith(_TEMPORARY) for part in name.split("/")))


def _files(folder: Path, hidden: Callable[[str], bool] = lambda _: False) -> dict[str, bytes]:
    """The files under their own names, without what is temporary by its name."""
    if not folder.exists():
        return {}
    found = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    temporary = set(strays(folder))
    return {n: p.read_bytes() for n, p in found.items() if n not in temporary and not hidden(n)}


@dataclass
class Hand:
    """The hand that kills: at moments drawn within the length of the work, until so many were really killed."""

    tally: Tally
    times: int
    lengths: list[float] = field(default_factory=list)
    """Seconds that the work took whenever it came to its end, the last ones last."""
    spent: float = 0.0
    """Seconds of the work that those did which died since it was begun anew; nought where it came to its end."""

    def __post_init__(self) -> None:
        self._draw = random.Random(self.tally.seed)

    def tries(self) -> Iterator[int]:
        """Numbers of tries: each is to hand over one child."""
        for number in range(_TRIES * self.times):
            if self.tally.outcomes["killed"] >= self.times:
                return
            yield number
        if (killed := self.tally.outcomes["killed"]) < self.times:
            self.tally.missed.append(f"{killed} of {_TRIES * self.times} tries were killed; {self.times} were to be")

    def pause(self, number: int) -> bool:
        """Whether an undisturbed run is due after this try: now and then, and after the last one."""
        return number % _AFTER == _AFTER - 1 or self.tally.inputs == self.times or number == _TRIES * self.times - 1

    def kill(self, child: Child) -> None:
        """Kill the child at a moment of what is left of its work."""
        moment = self._draw.uniform(0.0, max(statistics.median(self.lengths[-5:]) - self.spent, 0.02))
        if child.wait(moment):
            self.lengths.append(time.monotonic() - child.began + self.spent)
        else:
            child.kill()
        code, words = child.result()
        killed = code == -signal.SIGKILL
        self.spent = self.spent + moment if killed else 0.0
        self.tally.inputs += killed
        self.tally.outcomes["killed" if killed else "done before its moment came"] += 1
        if not killed and code:
            self.tally.met("crashes", f"kill {self.tally.inputs}: it had ended with {code}: {words[-300:]}")

    def spare(self, start: Callable[[], Child]) -> None:
        """A run of the whole work that is left alone, and how long it takes."""
        self.lengths.append(_undisturbed(self.tally, start))
        seconds = self.tally.measured.setdefault("seconds_undisturbed", [])
        assert isinstance(seconds, list)
        seconds.append(round(self.lengths[-1], 2))


def _undisturbed(tally: Tally, start: Callable[[], Child]) -> float:
    """Seconds that a run takes that is left alone."""
    child = start()
    code, words = child.result(600.0)
    if code:
        tally.met("crashes", f"after kill {tally.inputs} the next run ends with {code}: {words[-300:]}")
    return time.monotonic() - child.began


def _different(files: dict[str, bytes], *references: dict[str, bytes]) -> list[str]:
    """Names of files that are in none of the references as they are here."""
    return [n for n, data in files.items() if not any(reference.get(n) == data for reference in references)]


def rendering(folder: Path, *, times: int = 120, seed: int = 5) -> Tally:
    """Kills of a render into a folder that holds a whole bundle of the same brief in another look."""
    tally = Tally("kill -9 while rendering", seed=seed)
    references = warmed(folder)
    briefs = [brief(folder, theme) for theme in THEMES]
    out, hand = folder / "out", Hand(tally, times)
    for number in (0, 1):
        hand.spare(lambda n=number: render(briefs[n], out))
    for number in hand.tries():
        hand.spent = 0.0  # what was rendered before is rendered again
        hand.kill(render(briefs[number % 2], out))
        for name in _different(_files(out), *references.values()):
            tally.met("files lost or half-written", f"kill {number}: {name} is of neither look")
        for name in references["report"].keys() - _files(out).keys():
            tally.met("files lost or half-written", f"kill {number}: {name} is gone")
        findings = [f for f in verify(out) if not f.file.startswith(_TEMPORARY) or f.problem == "unfinished"]
        if findings and all(f.problem != "unfinished" for f in findings):
            tally.met("silent wrong answers", f"kill {number}: two looks mixed, and none is said to be unfinished")
        tally.outcomes["killed while files moved"] += bool(findings)
        if hand.pause(number):
            hand.spare(lambda n=number: render(briefs[n % 2], out))
            _settled(tally, out, references[THEMES[number % 2]], f"after kill {number}")
    return tally


def _settled(
    tally: Tally, out: Path, reference: dict[str, bytes], where: str, hidden: Callable[[str], bool] = lambda _: False
) -> None:
    """The folder holds the reference and nothing else."""
    files = _files(out, hidden)
    for name in sorted(reference.keys() ^ files.keys()):
        tally.met(
            "files lost or half-written", f"{where} and a whole run: {name} is {'left' if name in files else 'lost'}"
        )
    for name in _different({n: d for n, d in files.items() if n in reference}, reference):
        tally.met("files lost or half-written", f"{where} and a whole run: {name} is another")
    for name in strays(out):
        tally.met("files lost or half-written", f"{where} and a whole run: {name} is left over")


CATALOGUE = "catalog.toml"


def _untrue(files: dict[str, bytes], reference: dict[str, bytes]) -> Iterator[str]:
    """What a catalogue states that is not so: it grows layer by layer, and each entry must be the last one's, its files there."""
    if CATALOGUE not in files:
        return
    expected = tomllib.loads(reference[CATALOGUE].decode("utf-8"))["layers"]
    try:
        stated = tomllib.loads(files[CATALOGUE].decode("utf-8")).get("layers", {})
    except ValueError as error:
        yield f"the catalogue is half-written: {error}"
        return
    for name, entry in stated.items():
        if entry != expected.get(name):
            yield f"the catalogue's entry {name} is another than an undisturbed build's"
        for file in entry.get("files", ()):
            if hashlib.sha256(files.get(file["path"], b"")).hexdigest() != file["sha256"]:
                yield f"the catalogue lists {file['path']}, which is not there as it says"


LAYERS = ("bridges", "places", "roads", "terrain", "admin1")
"""Of which the region is built: each from a source of its own, round it from the embedded world."""


def building(folder: Path, *, times: int = 40, seed: int = 6) -> Tally:
    """Kills of a region's build out of an extract, heights, names and borders."""
    from tests.layers import region_files as made

    from geoops.layers.region import build_region

    tally = Tally("kill -9 while building layers", seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    sources = {
        "osm": made.write_osm(folder / "sudan.osm.pbf"),
        "dem": made.write_dem(folder / "dem.tif"),
        "geonames": made.write_geonames(folder / "SD.zip"),
        "boundaries": made.write_states(folder / "sdn_admbnda_adm1.geojson"),
    }
    about = {"source": "SRTM (NASA, USGS)", "licence": "public domain", "date": "2000-02"}

    def work(place: Path) -> int:
        build_region(place, made.REGION, sources=sources, only=LAYERS, **about)
        return 0

    work(folder / "reference")
    reference = _files(folder / "reference")
    out, hand = folder / "out", Hand(tally, times)
    hand.spare(lambda: Child(lambda: work(folder / "first")))
    for number in hand.tries():
        if number % 2 == 0 or not hand.spent:  # from nothing, or on from what the last one left when it died
            shutil.rmtree(out, ignore_errors=True)
            hand.spent = 0.0
        hand.kill(Child(lambda: work(out)))
        files = _files(out)
        for name in _different(files, reference):
            if name != CATALOGUE:
                tally.met("files lost or half-written", f"kill {number}: {name} is another than an undisturbed build's")
        for trouble in _untrue(files, reference):
            tally.met("files lost or half-written", f"kill {number}: {trouble}")
        if hand.pause(number):
            _undisturbed(tally, lambda: Child(lambda: work(out)))
            hand.spent = 0.0
            _settled(tally, out, reference, f"after kill {number}")
            shutil.rmtree(folder / "alone", ignore_errors=True)
            hand.spare(lambda: Child(lambda: work(folder / "alone")))
    return tally


BLOB = np.random.default_rng(9).bytes(1_500_000)
_PIECE = 32_768


class _Slow(http.server.BaseHTTPRequestHandler):
    """Files in pieces, so that there are moments in between; with parts, as honest servers give them."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """The file, or the rest of it."""
        start = 0
        asked = self.headers.get("Range", "")
        if asked.startswith("bytes=") and self.headers.get("If-Range") in (None, '"one"'):
            start = min(int(asked[6:].split("-")[0]), len(BLOB) - 1)
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(BLOB) - 1}/{len(BLOB)}")
        self.send_header("Content-Type", "application/zip")
        self.send_header("Content-Length", str(len(BLOB) - start))
        self.send_header("ETag", '"one"')
        self.end_headers()
        try:
            for at in range(start, len(BLOB), _PIECE):
                self.wfile.write(BLOB[at : at + _PIECE])
                time.sleep(0.01)
        except OSError:
            self.close_connection = True


@contextmanager
def _serving() -> Iterator[str]:
    server = Quiet(("127.0.0.1", 0), _Slow)
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def fetching(folder: Path, *, times: int = 40, seed: int = 7) -> Tally:
    """Kills of fetching two files, one to a path and resumed, one into the cache."""
    from geoops.core.fetching import Fetcher

    tally = Tally("kill -9 while fetching", seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    out, hand = folder / "out", Hand(tally, times)
    digest = hashlib.sha256(BLOB).hexdigest()

    def hidden(name: str) -> bool:
        return Path(name).name.startswith(".")

    with _serving() as address:

        def work() -> int:
            door = Fetcher(cache=out / "cache", deadline_s=60.0, private=True)
            door.download(f"{address}/stated.zip", out / "stated.zip", sha256=digest)
            door.download(f"{address}/unstated.zip", out / "unstated.zip")
            return int(door.get(f"{address}/kept.zip") != BLOB)

        hand.spare(lambda: Child(work))
        for number in hand.tries():
            if number % 3 == 0 or not hand.spent:
                shutil.rmtree(out, ignore_errors=True)
                hand.spent = 0.0
            hand.kill(Child(work))
            whole = {n: d for n, d in _files(out, hidden).items() if n.endswith(".zip")}
            for name in (n for n, data in whole.items() if data != BLOB):
                tally.met("files lost or half-written", f"kill {number}: {name} is not the server's file")
            if hand.pause(number):
                _undisturbed(tally, lambda: Child(work))
                hand.spent = 0.0
                for name in ("stated.zip", "unstated.zip"):
                    if not (out / name).exists() or (out / name).read_bytes() != BLOB:
                        tally.met("files lost or half-written", f"after kill {number} and a whole run: {name}")
                for left in (*strays(out), *(p.name for p in out.glob(".*"))):
                    tally.met("files lost or half-written", f"after kill {number} and a whole run: {left} is left over")
    os.sync()
    return tally
