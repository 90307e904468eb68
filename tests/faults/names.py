"""The experiment with hostile names: bundles full of them, and every file of a bundle looked at by a reader of its kind."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from geoops.core.errors import GeoopsError
from geoops.core.text import one_line
from geoops.maps.typefaces import check_glyphs
from geoops.report import Brief, render

from .hostile_names import names
from .sandbox import trial
from .tally import Tally

__all__ = ["run"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_A_BUNDLE = 110
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"-?[\d.]+(e-?\d+)?")


def _csv(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.reader(stream):
            for cell in row:
                if cell.lstrip(" ").startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
                    yield f"a cell that runs: {cell[:40]!r}"


def _xlsx(path: Path) -> Iterator[str]:
    import openpyxl

    for sheet in openpyxl.load_workbook(path):
        for row in sheet.iter_rows():
            yield from (f"a formula: {str(cell.value)[:40]!r}" for cell in row if cell.data_type == "f")


def _office(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                try:
                    ET.fromstring(archive.read(name))
                except ET.ParseError as error:
                    yield f"{name} is no XML: {error}"


_LABEL = "{http://www.inkscape.org/namespaces/inkscape}label"


def _svg(path: Path) -> Iterator[str]:
    try:
        tree = ET.parse(path)
    except ET.ParseError as error:
        yield f"no XML: {error}"
        return
    for element in tree.iter():
        if element.tag.rpartition("}")[2] in ("script", "foreignObject", "iframe"):
            yield f"an element {element.tag}"
        for key, value in element.attrib.items():
            if key == _LABEL:  # what an editor calls a layer: words that nothing follows, as those between tags are
                continue
            if key.rpartition("}")[2].lower().startswith("on") or "javascript:" in value.lower():
                yield f"an attribute {key}={value[:40]!r}"
            if key.rpartition("}")[2] == "href" and not value.startswith(("#", "data:image/")):
                yield f"a link to {value[:60]!r}"


def _json(path: Path) -> Iterator[str]:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        yield f"no JSON: {error}"


def _pdf(path: Path) -> Iterator[str]:
    data = path.read_bytes()
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-64:]:
        yield "no whole PDF"
    yield from (
        f"an action {word.decode()}" for word in (b"/JavaScript", b"/JS ", b"/Launch", b"/OpenAction") if word in data
    )


def _kml(path: Path) -> Iterator[str]:
    try:
        ET.parse(path)
    except ET.ParseError as error:
        yield f"no XML: {error}"


def _html(path: Path) -> Iterator[str]:
    """The page in a real browser: nothing ran, nothing was written to the console."""
    if CHROMIUM is None:
        return
    profile = path.parent / ".profile"
    result = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={profile}",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--virtual-time-budget=3000",
         "--enable-logging=stderr", "--v=0", "--host-resolver-rules=MAP * ~NOTFOUND", "--dump-dom", path.as_uri()],
        capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    shutil.rmtree(profile, ignore_errors=True)
    if "data-acted" in result.stdout:
        yield "a name ran"
    yield from (f"console: {line[-160:]}" for line in result.stderr.splitlines() if "CONSOLE" in line)


_LOOKS: dict[str, Callable[[Path], Iterator[str]]] = {
    ".csv": _csv, ".xlsx": _xlsx, ".docx": _office, ".pptx": _office, ".svg": _svg, ".json": _json, ".geojson": _json,
    ".pdf": _pdf, ".kml": _kml, ".html": _html,
}  # fmt: skip


def brief_of(batch: list[str]) -> Brief:
    """A small brief whose sites have these names and stand at stated places."""
    sites = [
        {
            "name": name,
            "at": [39.0 + 5 * n / len(batch), 34.0 + 0.12 * (n % 20)],
            "uncertainty_km": 0.5,
            "note": name[:2000],
        }
        for n, name in enumerate(batch)
    ]
    return Brief.model_validate({
        "title": batch[0], "date": "2025-06-30", "sites": sites, "layers": ["countries"],
        "figures": [{"kind": "sites", "name": "one", "formats": ["png", "svg", "pdf"]}],
        "output": {
            "report": ["md", "html", "docx", "pptx", "pdf"], "table_formats": ["csv", "geojson", "xlsx", "kml"],
        },
    })  # fmt: skip


def _bundle(batch: list[str], folder: Path) -> list[str]:
    shutil.rmtree(folder, ignore_errors=True)
    render(brief_of(batch), folder, helpers=0)
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _kept(batch: list[str]) -> list[str]:
    """The names that a brief and the fonts take: those that they refuse, with a reason, are refused one by one."""
    kept = []
    for name in batch:
        try:
            brief_of([name])
            check_glyphs(one_line(name), what="the name")
        except (GeoopsError, ValueError):
            continue
        kept.append(name)
    return kept


def run(folder: Path, *, count: int = 520, every: int = 1, part: tuple[int, int] = (0, 1)) -> Tally:
    """Bundles of some hundred hostile names each; a bundle that breaks is halved until the name is found."""
    tally = Tally("hostile names")
    brief_of(["Kirkuk"])  # a mistake of the experiment's own must not look like a refusal
    wanted = list(names(count=count))[::every][part[0] :: part[1]]
    kept = _kept(wanted)
    tally.inputs = len(wanted)
    tally.outcomes["refused"] = len(wanted) - len(kept)
    waiting = [kept[at : at + _A_BUNDLE] for at in range(0, len(kept), _A_BUNDLE)]
    while waiting:
        batch = waiting.pop()
        outcome = trial(lambda batch=batch: _bundle(batch, folder), seconds=900.0, extra_mb=4000)
        if outcome.kind != "done":
            if len(batch) > 1:
                waiting += [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
                continue
            tally.outcomes[outcome.kind] += 1
            if outcome.crashed:
                tally.met("crashes", f"{batch[0]!r}: {outcome.kind}: {outcome.words}")
            continue
        tally.outcomes["drawn"] += len(batch)
        for file in outcome.value:
            for trouble in _LOOKS.get(Path(file).suffix, lambda _: iter(()))(folder / file):
                tally.met(
                    "crashes" if "no " in trouble[:3] else "silent wrong answers",
                    f"{file}: {trouble} (batch of {batch[0]!r})",
                )
    return tally
