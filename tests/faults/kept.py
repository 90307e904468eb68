"""What was found is kept: `outputs/reliability.json`, a row a section, and the README's table that is made of it.

Both are written by the command alone; a test holds the table against the file.
"""

from __future__ import annotations

import datetime as dt
import json
import platform
import subprocess
from pathlib import Path
from typing import Any

from geoops.core.version import __version__
from geoops.report.staging import alone

from .tally import HARMS, Tally

__all__ = ["BEGIN", "END", "KEPT", "README", "keep", "markdown"]

_ROOT = Path(__file__).parents[2]
KEPT = _ROOT / "outputs" / "reliability.json"
README = _ROOT / "README.md"
BEGIN, END = "<!-- reliability: written by `make faults` -->\n", "<!-- reliability: end -->\n"
_ORDER = (
    "files", "names", "network", "inputs", "kills-rendering", "kills-building", "kills-fetching", "races", "disk", "rights",
    "memory", "life", "peak", "differential", "fuzzing",
)  # fmt: skip


def _commit() -> str:
    """The commit that was tried, with a plus where the tree differs from it beside what is kept; empty outside a clone."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", "-C", str(_ROOT), *words], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!outputs", ":!README.md")
        return git("describe", "--always", "--exclude=*") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return ""


def keep(section: str, tally: Tally, *, minutes: float, kept: Path = KEPT, readme: Path = README) -> None:
    """Put a section's counts in the place of its older ones, and make the README's table again."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with alone(kept.parent):  # sections may be run side by side
        _put(section, tally, minutes, kept, readme)


def _put(section: str, tally: Tally, minutes: float, kept: Path, readme: Path) -> None:
    document: dict[str, Any] = {"command": "make faults", "sections": {}}
    if kept.is_file():
        document = json.loads(kept.read_text(encoding="utf-8"))
    row = {
        **tally.row(),
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "version": __version__,
        "commit": _commit(),
        "python": platform.python_version(),
        "minutes": round(minutes, 1),
        "findings": tally.findings[:20],
    }
    rows = {**document["sections"], section: row}
    order = [*(name for name in _ORDER if name in rows), *sorted(rows.keys() - set(_ORDER))]
    document["sections"] = {name: rows[name] for name in order}
    document["all"] = {key: sum(row[key] for row in rows.values()) for key in ("inputs", *HARMS)}
    kept.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    if BEGIN in text and END in text:
        head, _, rest = text.partition(BEGIN)
        readme.write_text(head + BEGIN + markdown(document) + END + rest.partition(END)[2], encoding="utf-8")


def markdown(document: dict[str, Any]) -> str:
    """The file as the README's table."""
    lines = [f"| tried | inputs | {' | '.join(HARMS)} |", "|---" + "|--:" * (len(HARMS) + 1) + "|"]
    lines += [
        f"| {row['experiment']} | {row['inputs']:,} | {' | '.join(str(row[harm]) for harm in HARMS)} |"
        for row in (*document["sections"].values(), {"experiment": "**all**", **document["all"]})
    ]
    missed = [words for row in document["sections"].values() for words in row.get("missed", ())]
    if missed:
        lines += ["", "What was to be reached and was not:", "", *(f"- {words}" for words in missed)]
    return "\n".join(lines) + "\n"
