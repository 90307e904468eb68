"""A report on a text of 1,000 words: seconds, memory and sizes; beside a script on geopandas, matplotlib and python-docx; and what safety costs.

`python -m tests.bench report`. The command runs as a user runs it, in a process of its own with an empty cache: the whole bundle (three
figures as PNG, SVG and PDF, tables, page, Word and the rest), then again with nothing changed. The peer does the part of it that such a script
does in its shortest form: it is handed the places that geoops found, draws three maps of them over the same base, and puts them into a Word
file. It finds no place, measures nothing, places no label, keeps no record. Seconds depend on what else the machine does, so the load is printed.

Safety is what a render does beyond reading, drawing and writing: files checked before they are opened, names made harmless, marks against
publication looked up, files brought to the disk before they take their place, locks, checksums. The stack is looked at every two
milliseconds of a render of the default brief, the work of `make maps`, in one process.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
TEXT = HERE / "texts" / "water_and_roads.txt"
BRIEF = HERE.parents[1] / "scripts" / "briefs" / "default.toml"

PEER = """
import io, sys
from pathlib import Path
import geopandas as gpd, matplotlib, pandas as pd
matplotlib.use("Agg")
import matplotlib.pyplot as plt
from docx import Document
import geoops as go
out = Path(sys.argv[2])
sites = gpd.GeoDataFrame(pd.read_csv(sys.argv[1]).dropna(subset=["lon"])).pipe(lambda t: t.set_geometry(gpd.points_from_xy(t.lon, t.lat), crs=4326))
west, south, east, north = sites.total_bounds + [-1, -1, 1, 1]
base = {n: go.layer(n, region=(west, south, east, north)).clip((west, south, east, north)) for n in sys.argv[3].split(",")}
document = Document()
for number in range(3):
    figure, axes = plt.subplots(figsize=(11.69, 8.27))
    for name, frame in base.items():
        frame.plot(ax=axes, lw=0.5, markersize=9)
    sites.plot(ax=axes, color="#b5201f", markersize=30)
    for name, point in zip(sites["name"], sites.geometry):
        axes.annotate(name, (point.x, point.y), (4, 4), textcoords="offset points", fontsize=8)
    for suffix in ("png", "svg", "pdf"):
        figure.savefig(out / f"map{number}.{suffix}", dpi=300)
    document.add_picture(str(out / f"map{number}.png"), width=5_400_000)
    plt.close(figure)
document.save(out / "report.docx")
"""
BASE = "countries,water,rivers,boundaries,roads,oil_gas_fields,power_stations"

SAFETY = """
import json, os, resource, signal, sys, time
from collections import Counter
from geoops.report import render

PARTS = {
    "files checked before they are opened": {"core/plain_files.py": (), "core/whole_files.py": (), "core/reading.py": ("_check_parquet", "_check_count"),
        "core/raster_files.py": ("_check",), "core/shapes.py": ("check_depth", "_too_deep", "_depth_of_text", "_bytes")},
    "names made harmless": {"core/text.py": ()},
    "marks against publication": {"core/publication.py": ()},
    "whole files, to the disk": {"core/writing.py": ("written_whole", "check_writable")},
    "staging and locks": {"report/staging.py": ()},
    "checksums": {"report/manifest.py": ("file_entry",), "report/memory.py": ("code_checksum",)},
}
spent, last = Counter(), [time.perf_counter()]

def look(_signal, frame):
    now = time.perf_counter()
    passed, last[0] = now - last[0], now
    spent["all"] += passed
    while frame is not None:
        file = frame.f_code.co_filename
        if "geoops" in file:
            for part, files in PARTS.items():
                for end, names in files.items():
                    if file.endswith(end) and (not names or frame.f_code.co_name in names):
                        spent[part] += passed
                        return
        frame = frame.f_back

signal.signal(signal.SIGALRM, look)
signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
render(sys.argv[1], sys.argv[2], helpers=0, fresh=True)
signal.setitimer(signal.ITIMER_REAL, 0, 0)
print(json.dumps({part: spent[part] for part in ("all", *PARTS)}))
"""


def environment(cache: str) -> dict[str, str]:
    """That of this process, with a cache of its own and byte code kept, as after an installation."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "GEOOPS_CACHE": cache}


def run(command: list[str], cache: str) -> tuple[float, float, float, str]:
    """Wall seconds, CPU seconds and peak megabytes of a command and all that it starts, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(cache))
    peak, ended = [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.1):
            peak[0] = max(peak[0], sum(megabytes(process) for process in family(child.pid)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    printed, complaints = child.communicate()
    wall = time.perf_counter() - start
    ended.set()
    watcher.join()
    if child.returncode not in (0, 1):  # 1: a place was not found
        raise RuntimeError(complaints)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, peak[0], printed


def family(process: int) -> Iterator[int]:
    """A process and its children, and theirs."""
    yield process
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from family(int(child))


def megabytes(process: int) -> float:
    """Memory of a process that is its own or its share of what several have; 0 where it cannot be told."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1e3


def size(folder: Path, *suffixes: str) -> float:
    """Megabytes of the files of a folder, of some kinds."""
    return sum(p.stat().st_size for p in folder.iterdir() if not suffixes or p.suffix in suffixes) / 1e6


def report(folder: Path, cache: str) -> bool:
    """The command, its repetition, and the script of the peer."""
    import pandas as pd

    out, peer = folder / "bundle", folder / "peer"
    peer.mkdir()
    words = len(TEXT.read_text(encoding="utf-8").split())
    command = [
        sys.executable,
        "-m",
        "geoops",
        "report",
        str(TEXT),
        "--date",
        "2025-06-30",
        "--out",
        str(out),
        "--quiet",
    ]
    first = run(command, cache)
    again = run(command, cache)
    sites = pd.read_csv(out / "sites.csv")
    print(
        f"a text of {words} words, {len(sites)} places; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    )
    print("                                     wall s   CPU s   peak MB")
    print(
        f"geoops report                       {first[0]:7.1f} {first[1]:7.1f} {first[2]:9.0f}   (25 s on two processors, 900 MB wanted)"
    )
    print(f"geoops report again, unchanged      {again[0]:7.2f} {again[1]:7.2f} {again[2]:9.0f}   (2 s wanted)")
    try:
        import docx  # noqa: F401
    except ImportError:
        print("python-docx is not installed: the peer is not timed")
    else:
        told = run([sys.executable, "-c", PEER, str(out / "sites.csv"), str(peer), BASE], cache)
        print(
            f"three plain maps and a Word file    {told[0]:7.1f} {told[1]:7.1f} {told[2]:9.0f}   ({first[1] / told[1]:.1f} x its CPU is geoops's)"
        )
        print(f"its files {size(peer):.1f} MB, of them pictures {size(peer, '.png', '.svg', '.pdf'):.1f} MB")
    print(
        f"files of the bundle {size(out):.1f} MB, of them figures {size(out, '.png', '.svg'):.1f} MB, page {size(out, '.html'):.1f} MB"
    )
    return first[0] < 25.0 and again[0] < 2.0 and first[2] < 900.0


def safety(folder: Path, cache: str) -> bool:
    """What of a render of the default brief goes into safety, as shares of its time."""
    import json

    _, _, _, printed = run([sys.executable, "-c", SAFETY, str(BRIEF), str(folder / "maps")], cache)
    spent = json.loads(printed.splitlines()[-1])
    whole = spent.pop("all")
    share = sum(spent.values()) / whole
    print(f"\nthe default brief in one process: {whole:.0f} s, of which safety takes {share:.1%} (5 % allowed)")
    for part, seconds in spent.items():
        print(f"  {part:<38}{seconds:7.2f} s {seconds / whole:6.1%}")
    return share < 0.05


def main() -> int:
    """Print the tables; 1 where a promise is not kept."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept = [report(folder, str(folder / "cache"))]
        kept.append(safety(folder, str(folder / "cache")))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
