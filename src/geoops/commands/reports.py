"""Commands about whole reports: new, schema, render, report, verify."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import click

from geoops.commands.options import form_of, gazetteer_option, json_option, out_option, quiet_option
from geoops.core.errors import InputError
from geoops.core.room import check_room, keep_little
from geoops.terminal import EXIT_FINE, EXIT_NOT_FOUND, progress, say, show

__all__ = ["new", "render", "report", "schema", "verify"]


@click.command(
    epilog="""\b
Examples:
  geoops render scripts/briefs/default.toml --out outputs
  geoops render brief.toml --out figures --quiet
  geoops render --from-manifest figures --out figures-again
"""
)
@click.argument("brief", type=click.Path(), required=False)
@out_option
@click.option(
    "--fresh", is_flag=True, help="Make all of it again, also what an older bundle there has from the same inputs."
)
@click.option(
    "--from-manifest",
    type=click.Path(),
    help="Make a bundle again from its manifest, and compare each file, byte for byte.",
)
@click.option(
    "--base", type=click.Path(), default=".", help="With --from-manifest: where relative paths of its brief start."
)
@quiet_option
@json_option
def render(
    brief: str | None, out: str, fresh: bool, from_manifest: str | None, base: str, quiet: bool, as_json: bool
) -> int:  # fmt: skip
    """Make all that a brief asks for.

    That is figures, tables, a GeoPackage, a report, a page, a manifest.
    The brief is checked whole before any work starts. `geoops new` writes one to begin with.
    What a bundle in the folder has from the same inputs is kept.
    """
    check_room()
    keep_little()
    if (brief is None) == (from_manifest is None):
        msg = "give a BRIEF, or --from-manifest with the folder of a bundle; one of the two"
        raise click.UsageError(msg)
    if from_manifest is not None:
        return _again(from_manifest, out, base, quiet=quiet, as_json=as_json)
    from geoops.report.briefing import read_brief

    return _render(read_brief(str(brief)), out, quiet=quiet, as_json=as_json, fresh=fresh)


def _again(manifest: str, out: str, base: str, *, quiet: bool, as_json: bool) -> int:
    """Render from a manifest, and say which files are the same."""
    from geoops.report.again import render_again

    with progress("Rendering again", quiet=quiet) as step:
        again = render_again(manifest, out, base=base, progress=step)
    rows = [{"file": f.file, "problem": f.problem, "detail": f.detail} for f in again.findings]
    if as_json or rows:
        show(rows, columns=("file", "problem", "detail"), form=form_of(as_json))
    for reason in again.reasons if rows else ():
        say(f"warning: {reason}")
    if not rows and not quiet:
        say(f"all {len(again.bundle.files) - 1} files are those of the manifest, byte for byte, in {out}")
    return EXIT_NOT_FOUND if rows else EXIT_FINE


def _render(brief: Any, out: str, *, quiet: bool, as_json: bool, fresh: bool = False) -> int:
    """Render with a progress bar, and say what there is."""
    from geoops.report.bundle import render as make

    with progress("Rendering", quiet=quiet) as step:
        bundle = make(brief, out, progress=step, fresh=fresh)
    for warning in (*bundle.warnings, *(() if quiet else bundle.findings)):
        say(f"warning: {warning}")
    if as_json:
        show([{"file": name} for name in bundle.files], columns=("file",), form="json")
    elif not quiet:
        size = sum((bundle.folder / name).stat().st_size for name in bundle.files)
        kept = "unchanged: " if bundle.unchanged else f"{', '.join(bundle.reused)} kept; " if bundle.reused else ""
        figures = "1 figure" if len(bundle.figures) == 1 else f"{len(bundle.figures)} figures"
        files = "1 file" if len(bundle.files) == 1 else f"{len(bundle.files)} files"
        say(f"{kept}{figures} and {files}, {size / 1e6:.1f} MB, in {out}")
    return EXIT_NOT_FOUND if bundle.not_found else EXIT_FINE


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
@click.option("--author", default="", help="Who writes the report.")
@click.option("--link", default="", help="Address of the text, for its citations.")
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
    author: str,
    link: str,
    places: str | None,
    gazetteer: str | None,
    quiet: bool,
    as_json: bool,
) -> int:
    """Make all that a text needs.

    The places that TEXT names are found, and the bundle is made as `render` does, in every format that this installation writes.
    Each site cites the sentence that named it.
    """
    check_room()
    keep_little()
    from geoops.report.drafting import brief_from_text
    from geoops.report.extras import left_out

    with progress("Reading", quiet=quiet, lines=False) as step:
        if step is not None:
            step(text, 0.0)
        brief = brief_from_text(
            text, date=date, title=title, places=places, gazetteer=gazetteer, author=author, link=link, progress=step
        )
    if brief.summary and not quiet:
        say(brief.summary)
    if (lost := left_out()) and not quiet:
        say(f"not written: {', '.join(lost)}; pip install 'geoops[report]' brings what they need")
    return _render(brief, out, quiet=quiet, as_json=as_json)


@click.command(
    epilog="""\b
Examples:
  geoops new Kirkuk Daquq "Hamrin Mountains" --date 2025-06-30 --out brief.toml
  geoops new --text article.txt --date 2025-06-30 --out brief.toml
  geoops new --places places.csv --date 2025-06-30 --out brief.toml
  geoops new --ask --out brief.toml
"""
)
@click.argument("names", nargs=-1)
@click.option("--text", type=click.Path(), help="Take the places that this text names.")
@click.option("--places", type=click.Path(), help="Take the places of a reviewed table (geoops places TEXT --review).")
@gazetteer_option
@click.option("--title", default="Named places", show_default=True, help="Title of the report.")
@click.option("--author", default="", help="Who writes the report.")
@click.option("--ask", is_flag=True, help="Ask for title, date, author and sites, one after the other.")
@click.option("--date", help="The as-at date that figures carry, such as 2025-06-30.")
@click.option("--out", "-o", type=click.Path(), help="File to write; stdout by default.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option(
    "--schema", "schema_", is_flag=True, help="Print the JSON Schema of a brief instead, for editors that complete it."
)
@quiet_option
@json_option
def new(
    names: tuple[str, ...], text: str | None, places: str | None, gazetteer: str | None, title: str, author: str, ask: bool,
    date: str | None, out: str | None, force: bool, schema_: bool, quiet: bool, as_json: bool,
) -> int:  # fmt: skip
    """Write a brief to begin with.

    It holds NAMES, or the places that a text names, or what you answer to --ask. With --json the brief is printed as JSON too.
    """
    from geoops.report.schema import shipped_schema, write_schema

    if schema_:
        click.echo(shipped_schema(), nl=False)
        return EXIT_FINE
    if ask:
        title, date, author, names = _asked(title, date, author, names)
    from geoops.report.drafting import draft_brief, names_in_text, reviewed_sites

    with progress("Reading", quiet=quiet, lines=False) as step:
        if step is not None:
            step(text or places or "names", 0.0)
        wanted = [*names, *(names_in_text(text, gazetteer=gazetteer, progress=step) if text else [])]
        reviewed = reviewed_sites(places, gazetteer=gazetteer) if places else []
    if not wanted and not reviewed and text:
        from geoops.gazetteer import read_text
        from geoops.report.text_sites import no_place_words

        msg = f"{text}: it {no_place_words(read_text(text))}; give NAMES instead"
        raise InputError(msg)
    if not wanted and not reviewed:
        msg = "no site: give NAMES, --text with a file that names places, or --places with a reviewed table"
        raise click.UsageError(msg)
    if date is None:
        msg = "--date is needed, such as --date 2025-06-30: figures never take it from the clock"
        raise click.UsageError(msg)
    toml = draft_brief(wanted, title=title, date=date, places=reviewed, gazetteer=gazetteer, author=author)
    if out is not None and Path(out).exists() and not force:
        msg = f"{out} is there already; --force replaces it"
        raise InputError(msg)
    if as_json:
        click.echo(json.dumps(tomllib.loads(toml), ensure_ascii=False, indent=2, default=str))
    if out is None:
        click.echo("" if as_json else toml, nl=False)
        return EXIT_FINE
    from geoops.core.writing import write_text

    write_text(out, toml)
    write_schema(Path(out).parent)
    if not quiet:
        say(f"{out} written; render it with: geoops render {out} --out figures")
    return EXIT_FINE


def _asked(title: str, date: str | None, author: str, names: tuple[str, ...]) -> tuple[str, str, str, tuple[str, ...]]:
    """What a person answers; asked again until a day is a day and there is a site."""
    from datetime import date as day

    title = click.prompt("Title of the report", default=title, err=True)
    given = date or ""
    while True:
        try:
            day.fromisoformat(given)
            break
        except ValueError:
            given = click.prompt("As-at date of the figures, such as 2025-06-30", err=True).strip()
    author = click.prompt("Author", default=author, show_default=bool(author), err=True)
    found = list(names)
    while word := click.prompt(
        f"Site {len(found) + 1}, a place's name{' (Enter ends the list)' if found else ''}", default="", show_default=False, err=True
    ).strip():  # fmt: skip
        found.append(word)
    return title, given, author, tuple(found)


@click.command(
    epilog="""\b
Example:
  geoops schema > brief.schema.json
"""
)
def schema() -> int:
    """Print the JSON Schema of a brief.

    Editors complete and check a brief by it; `geoops new` puts it beside the brief that it writes.
    """
    from geoops.report.schema import shipped_schema

    click.echo(shipped_schema(), nl=False)
    return EXIT_FINE


@click.command(
    epilog="""\b
Examples:
  geoops verify outputs
  geoops verify outputs --json
"""
)
@click.argument("folder", type=click.Path())
@quiet_option
@json_option
def verify(folder: str, quiet: bool, as_json: bool) -> int:
    """Prove that a bundle is whole.

    The files in FOLDER are compared with its manifest, byte for byte.
    """
    from geoops.report.manifest import read_manifest
    from geoops.report.manifest import verify as compare

    with progress("Comparing", quiet=quiet, lines=False) as step:
        findings = compare(folder, progress=step)
    rows = [{"file": f.file, "problem": f.problem, "detail": f.detail} for f in findings]
    if as_json or rows:
        show(rows, columns=("file", "problem", "detail"), form=form_of(as_json))
    if not rows and not quiet:
        say(f"{folder}: all {len(read_manifest(folder)['files'])} files are those of the manifest")
    return EXIT_NOT_FOUND if rows else EXIT_FINE
