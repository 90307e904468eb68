"""Commands about the installation itself: whether it is whole, and completion in a shell."""

from __future__ import annotations

import click

from geoops.commands.options import form_of, json_option, quiet_option
from geoops.terminal import EXIT_FINE, EXIT_NOT_FOUND, progress, show

__all__ = ["completion", "doctor"]


@click.command(
    epilog="""\b
Examples:
  geoops doctor
  geoops doctor --network
  geoops doctor --json
"""
)
@click.option(
    "--network", is_flag=True, help="Ask a public source for a small file; nothing leaves the machine otherwise."
)
@quiet_option
@json_option
def doctor(network: bool, quiet: bool, as_json: bool) -> int:
    """Check the installation.

    Python, libraries and their versions, kernels, extras, fonts, layers and their age, gazetteer, cache, free disk and, if asked,
    the network are looked at: each line says ok, warn or fail, and what to do. With --quiet only what is not ok is shown.

    The exit code is 1 where a line says fail.
    """
    from geoops.report.doctor import FAIL, OK, checks

    with progress("Checking", quiet=quiet) as step:
        found = checks(network=network, progress=step)
    rows = [{"check": c.name, "result": c.result, "detail": c.detail, "remedy": c.remedy} for c in found]
    shown = [row for row in rows if as_json or not quiet or row["result"] != OK]
    if shown or as_json:
        show(shown, columns=("check", "result", "detail", "remedy"), form=form_of(as_json))
    return EXIT_NOT_FOUND if any(row["result"] == FAIL for row in rows) else EXIT_FINE


@click.command(
    epilog="""\b
Examples:
  geoops completion bash > ~/.local/share/bash-completion/completions/geoops
  geoops completion zsh > ~/.zfunc/_geoops
  geoops completion fish > ~/.config/fish/completions/geoops.fish
"""
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print what a shell needs to complete geoops.

    Commands, options, their choices, files and the names of layers are then completed with the Tab key. Put the script where SHELL
    looks for completions, as the examples show, and begin a new shell; for one shell alone: eval "$(geoops completion bash)".
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is None:  # pragma: no cover  click has all three
        msg = f"this click does not complete {shell}; give bash, zsh or fish"
        raise click.UsageError(msg)
    click.echo(found(context.find_root().command, {}, "geoops", "_GEOOPS_COMPLETE").source())
    return EXIT_FINE
