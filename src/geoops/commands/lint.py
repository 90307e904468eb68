"""The command that says what a picture editor would send back."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import click

from geoops.commands.options import form_of, json_option, quiet_option
from geoops.core.errors import InputError
from geoops.core.reading import read_text
from geoops.terminal import EXIT_FINE, EXIT_NOT_FOUND, progress, say, show

__all__ = ["lint"]

_COLUMNS = ("figure", "finding")


@click.command(
    epilog="""\b
Examples:
  geoops lint brief.toml
  geoops lint outputs
"""
)
@click.argument("what", metavar="BRIEF|FOLDER", type=click.Path())
@quiet_option
@json_option
def lint(what: str, quiet: bool, as_json: bool) -> int:
    """Say what a picture editor would send back, figure by figure.

    A brief is drawn into a folder that is thrown away; of a folder the findings are read from its manifests.
    The exit code is 1 where there is a finding.
    """
    rows = _of_folder(Path(what)) if Path(what).is_dir() else _of_brief(what, quiet=quiet)
    if rows or as_json:
        show(rows, columns=_COLUMNS, form=form_of(as_json))
    if not rows and not as_json and not quiet:
        say("nothing to mend")
    return EXIT_NOT_FOUND if rows else EXIT_FINE


def _of_brief(path: str, *, quiet: bool) -> list[dict[str, str]]:
    """Draw all figures of a brief and give their findings."""
    from geoops.report.briefing import read_brief
    from geoops.report.bundle import render

    with tempfile.TemporaryDirectory(prefix="geoops-lint-") as folder, progress("Drawing", quiet=quiet) as step:
        bundle = render(read_brief(path), Path(folder) / "bundle", progress=step)
    found = [finding.removeprefix("figure ").partition(": ") for finding in bundle.findings]
    return [{"figure": name, "finding": words} for name, _, words in found]


def _of_folder(folder: Path) -> list[dict[str, str]]:
    """The findings that the figures' manifests in a folder hold."""
    rows, figures = [], 0
    for file in sorted(folder.glob("*.json")):
        try:
            manifest = json.loads(read_text(file))
        except ValueError:
            continue
        if isinstance(manifest, dict) and isinstance(manifest.get("findings"), list):
            figures += 1
            rows += [{"figure": file.stem, "finding": str(finding)} for finding in manifest["findings"]]
    if not figures:
        msg = f"{folder}: no figure's manifest stands in it; give a brief, or a folder that `geoops render` made"
        raise InputError(msg)
    return rows
