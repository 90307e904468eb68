"""What the benchmarks printed, kept with date, machine and versions, and the page of the documentation that shows it.

Nothing on that page is typed by hand: `python -m tests.bench --keep NAME` runs a benchmark, keeps what it printed in `docs/explanation/peers.json`
and writes `docs/explanation/peers.md` from all that is kept there.
"""

from __future__ import annotations

import ast
import datetime as dt
import importlib.metadata
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
KEPT = REPOSITORY / "docs" / "explanation" / "peers.json"
PAGE = REPOSITORY / "docs" / "explanation" / "peers.md"

_LIBRARIES = (
    "numpy", "scipy", "pandas", "geopandas", "shapely", "pyproj", "pyogrio", "rasterio", "pyarrow", "numba", "matplotlib", "rapidfuzz",
    "adjusttext", "textalloc", "datashader", "scikit-image", "scikit-fmm", "xarray-spatial", "whitebox-workflows", "dask", "dask-geopandas",
    "python-docx", "playwright", "geographiclib", "networkx",
)  # fmt: skip
_PROGRAMS = {
    "PostGIS": ["dpkg-query", "-W", "-f", "${Version}", "postgresql-15-postgis-3"], "GRASS": ["dpkg-query", "-W", "-f", "${Version}", "grass-core"],
    "chromium": ["dpkg-query", "-W", "-f", "${Version}", "chromium"],
    "pyrosm": [str(REPOSITORY / ".venv-rivals/bin/python"), "-c", "import importlib.metadata as m; print(m.version('pyrosm'))"],
}  # fmt: skip


def keep(name: str, printed: str) -> None:
    """Keep what a benchmark printed just now, with its circumstances."""
    kept = read()
    kept[name] = {
        "command": f"python -m tests.bench {name}",
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "machine": _machine(),
        "versions": _versions(),
        "printed": [line.rstrip() for line in printed.replace(str(REPOSITORY), ".").strip("\n").splitlines()],
    }
    KEPT.write_text(json.dumps(dict(sorted(kept.items())), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    write_page()


def write_page() -> None:
    """Write the page from what is kept."""
    PAGE.write_text(page(read()), encoding="utf-8")


def read() -> dict[str, Any]:
    """What is kept: name of a benchmark -> what it printed and when."""
    return json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}


def page(kept: dict[str, Any]) -> str:
    """The page of the documentation."""
    lines = [
        "# Measured beside the peers", "",
        ("What the benchmarks printed, as it was printed. `make bench` runs all of them and brings the peers that can be installed;"
        " `python -m tests.bench NAME` runs one, and `python -m tests.bench --keep NAME` writes its part of this page again, and of"
        " `docs/explanation/peers.json`, from which the page is made."), "",
        ("A ratio is of one run on one machine; seconds depend on the machine and on what else it does. Where a peer does more or less"
        " than geoops, the words over the table say so. Where a number asked for was not reached, the table says that too."),
    ]  # fmt: skip
    for name, run in kept.items():
        lines += ["", f"## {name.replace('_', ' ').capitalize()}", "", *_described(name), ""]
        lines += [f"`{run['command']}`, {run['date']}, {run['machine']}.", ""]
        lines += ["```text", *run["printed"], "```"]
    lines += ["", "## Versions", ""]
    for words, names in _same([(name, run["versions"]) for name, run in kept.items()]):
        lines.append(f"- {', '.join(names)}: {words}.")
    return "\n".join(lines) + "\n"


def _described(name: str) -> list[str]:
    """What a benchmark says of itself: the paragraphs of its docstring, without how it is called."""
    source = (REPOSITORY / "tests" / "bench" / f"bench_{name}.py").read_text(encoding="utf-8")
    words = (ast.get_docstring(ast.parse(source)) or "").strip()
    paragraphs = [" ".join(part.split()) for part in words.split("\n\n") if not part.startswith("    ")]
    return "\n\n".join(paragraphs).splitlines()


def _same(pairs: list[tuple[str, dict[str, str]]]) -> list[tuple[str, list[str]]]:
    """Versions in words, each with the benchmarks that ran with them."""
    groups: dict[str, list[str]] = {}
    for name, versions in pairs:
        groups.setdefault(", ".join(f"{key} {value}" for key, value in versions.items()), []).append(
            name.replace("_", " ")
        )
    return list(groups.items())


def _machine() -> str:
    """What the benchmark ran on."""
    model = ""
    if Path("/proc/cpuinfo").exists():
        rows = [
            row.split(":", 1)[1].strip()
            for row in Path("/proc/cpuinfo").read_text().splitlines()
            if row.startswith("model name")
        ]
        model = f" ({rows[0]})" if rows else ""
    return f"{os.cpu_count()} cores{model}, {platform.system()}, load {os.getloadavg()[0]:.1f} at its end"


def _versions() -> dict[str, str]:
    """Versions of what is compared, as far as it is installed."""
    found = {"Python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            found[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {**found, **{program: words for program, command in _PROGRAMS.items() if (words := _said(command))}}


def _said(command: list[str]) -> str:
    """The words of a program, or none where it is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
