"""Commands about whole reports: new, render, report, verify, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from geoops.commands.options import form_of, gazetteer_option, json_option, out_option, quiet_option
from geoops.core.errors import InputError
from geoops.terminal import EXIT_FINE, EXIT_NOT_FOUND, progress, say, show

__all__ = ["doctor", "new", "render", "report", "verify"]


@click.command(
    epilog="""\b
Examples:
  geoops render scripts/briefs/default.toml --out outputs
  geoops render brief.toml --out figures --quiet
"""
)
@click.argument("brief", type=click.Path())
@out_option
@quiet_option
@json_option
def render(brief: str, out: str, quiet: bool, as_json: bool) -> int:
    """Make all that a brief asks for.

    That is figures, tables, captions, a page, a manifest.
    The brief is checked whole before any work starts. `geoops new` writes one to begin with.
    """
    from geoops.report.briefing import read_brief

    return _render(read_brief(brief), out, quiet=quiet, as_json=as_json)


def _render(brief: Any, out: str, *, quiet: bool, as_json: bool) -> int:
    """Render with a progress bar, and say what there is."""
    from geoops.report.bundle import render as make

    with progress("Rendering", quiet=quiet) as step:
        bundle = make(brief, out, progress=step)
    for warning in (*bundle.warnings, *(() if quiet else bundle.findings)):
        say(f"warning: {warning}")
    if as_json:
        show([{"file": name} for name in bundle.files], columns=("file",), form="json")
    elif not quiet:
        size = sum((bundle.folder / name).stat().st_size for name in bundle.files)
        say(f"{len(bundle.figures)} figures and {len(bundle.files)} files, {size / 1e6:.1f} MB, in {out}")
    return EXIT_NOT_FOUND if (bundle.sites["status"] == "not_found").any() else EXIT_FINE


@click.command(
    epilog="""\b
Examples:
  geoops report article.txt --date 2025-06-30 --out bundle
  geoops report article.txt --date 2025-06-30 --title "Places in the article" --out bundle
  geoops report article.txt --places places.csv --date 2025-06-30 --out bundle
"""
)
@click.argument("text", type=click.Path())
@out_option
@click.option("--date", required=True, help="The as-at date that figures carry, such as 2025-06-30.")
@click.option("--title", help="Title of the figures; else the text's first line.")
@click.option(
    "--places", type=click.Path(), help="A reviewed table of the text's places (geoops places TEXT --review)."
)
@gazetteer_option
@quiet_option
@json_option
def report(
    text: str,
    out: str,
    date: str,
    title: str | None,
    places: str | None,
    gazetteer: str | None,
    quiet: bool,
    as_json: bool,
) -> int:
    """Make all that a text needs.

    The places that TEXT names are found, and the bundle is made as `render` does.
    """
    from geoops.report.drafting import brief_from_text

    brief = brief_from_text(text, date=date, title=title, places=places, gazetteer=gazetteer)
    return _render(brief, out, quiet=quiet, as_json=as_json)


@click.command(
    epilog="""\b
Examples:
  geoops new Kirkuk Daquq "Hamrin Mountains" --date 2025-06-30 --out brief.toml
  geoops new --text article.txt --date 2025-06-30 --out brief.toml
  geoops new --places places.csv --date 2025-06-30 --out brief.toml
  geoops new --schema > brief.schema.json
"""
)
@click.argument("names", nargs=-1)
@click.option("--text", type=click.Path(), help="Take the places that this text names.")
@click.option("--places", type=click.Path(), help="Take the places of a reviewed table (geoops places TEXT --review).")
@gazetteer_option
@click.option("--title", default="Named places", show_default=True, help="Title of the report.")
@click.option("--date", help="The as-at date that figures carry, such as 2025-06-30.")
@click.option("--out", "-o", type=click.Path(), help="File to write; stdout by default.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of a brief instead, for editors that complete it.")
def new(
    names: tuple[str, ...], text: str | None, places: str | None, gazetteer: str | None, title: str, date: str | None,
    out: str | None, force: bool, schema: bool,
) -> int:  # fmt: skip
    """Write a brief to begin with.

    It holds NAMES, or the places that a text names.
    """
    if schema:
        import json

        from geoops.report.brief import brief_schema

        click.echo(json.dumps(brief_schema(), indent=2, ensure_ascii=False))
        return EXIT_FINE
    from geoops.report.drafting import draft_brief, names_in_text, reviewed_sites

    wanted = [*names, *(names_in_text(text, gazetteer=gazetteer) if text else [])]
    reviewed = reviewed_sites(places, gazetteer=gazetteer) if places else []
    if not wanted and not reviewed:
        msg = "no site: give NAMES, --text with a file that names places, or --places with a reviewed table"
        raise click.UsageError(msg)
    if date is None:
        msg = "--date is needed, such as --date 2025-06-30: figures never take it from the clock"
        raise click.UsageError(msg)
    toml = draft_brief(wanted, title=title, date=date, places=reviewed, gazetteer=gazetteer)
    if out is None:
        click.echo(toml, nl=False)
        return EXIT_FINE
    if Path(out).exists() and not force:
        msg = f"{out} is there already; --force replaces it"
        raise InputError(msg)
    from geoops.core.writing import write_text

    write_text(out, toml)
    say(f"{out} written; render it with: geoops render {out} --out figures")
    return EXIT_FINE


@click.command(
    epilog="""\b
Example:
  geoops verify outputs
"""
)
@click.argument("folder", type=click.Path())
@json_option
def verify(folder: str, as_json: bool) -> int:
    """Prove that a bundle is whole.

    The files in FOLDER are compared with its manifest, byte for byte.
    """
    from geoops.report.manifest import read_manifest
    from geoops.report.manifest import verify as compare

    findings = compare(folder)
    rows = [{"file": f.file, "problem": f.problem, "detail": f.detail} for f in findings]
    if as_json or rows:
        show(rows, columns=("file", "problem", "detail"), form=form_of(as_json))
    if not rows:
        say(f"{folder}: all {len(read_manifest(folder)['files'])} files are those of the manifest")
    return EXIT_NOT_FOUND if rows else EXIT_FINE


@click.command(
    epilog="""\b
Example:
  geoops doctor
"""
)
@json_option
def doctor(as_json: bool) -> int:
    """Check the installation.

    Libraries, fonts, layers, gazetteer and cache are looked at; what is amiss comes with what to do.
    """
    from geoops.report.doctor import checks

    rows = [{"check": c.name, "result": "fine" if c.fine else "amiss", "detail": c.detail} for c in checks()]
    show(rows, columns=("check", "result", "detail"), form=form_of(as_json))
    return EXIT_FINE if all(row["result"] == "fine" for row in rows) else EXIT_NOT_FOUND
