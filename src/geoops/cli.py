"""The command line: parses, calls the public API, prints.

One pattern for all commands: results on stdout (a table, or `--json`), words for the person on stderr, an exit code that
means something. Libraries are imported when a command runs, so that `geoops --help` answers at once. How tables and
errors look is `terminal.py`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from geoops import __version__
from geoops.commands import gazetteer, layers, lint, places, reports, setup
from geoops.core.errors import GeoopsError
from geoops.terminal import EXIT_BUG, EXIT_FINE, EXIT_INTERRUPTED, EXIT_MEMORY, EXIT_USAGE, exit_code, say

__all__ = ["cli", "main", "run"]


class _InOrder(click.Group):
    """A group that lists its commands in the order of work."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they were added."""
        del ctx
        return list(self.commands)


@click.group(
    cls=_InOrder,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  geoops geocode "Deir al-Zor" Kirkuk
  geoops nearest "Deir al-Zor" --layer oil_gas_fields
  geoops new Kirkuk Daquq --date 2025-06-30 --out brief.toml
  geoops render brief.toml --out figures

\b
Exit codes:
  0    all is well
  1    the call was right, but something was not found, or a check found something
  2    bad input: an option, a brief, a file, a layer's name
  3    the output cannot be written
  4    a source on the network is down or answers with something else
  5    the memory that the system gives does not suffice
  70   a bug in geoops;  130  interrupted
""",
)
@click.version_option(__version__, prog_name="geoops")
def cli() -> None:
    """From the places named in a report to figures that can be published.

    Every command has --help with examples. Results go to stdout, words for you to stderr.
    """


for command in (
    places.geocode, places.places, places.nearest, reports.new, reports.schema, reports.render, reports.report, reports.verify, lint.lint,
    layers.layers, gazetteer.gazetteer, setup.doctor, setup.completion,
):  # fmt: skip
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code; no error passes as a traceback."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """
    Run the command line and give back its exit code.

    Parameters
    ----------
    arguments
        As after the program's name; `sys.argv` by default.
    """
    from geoops.core.text import one_line

    try:
        result = cli.main(
            args=None if arguments is None else list(arguments), prog_name="geoops", standalone_mode=False
        )
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE
    except (KeyboardInterrupt, click.Abort):
        say("interrupted; nothing half-written is left")
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of our stdout has gone, e.g. `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return EXIT_FINE
    except GeoopsError as error:
        say(
            "error: "
            + "\n".join(one_line(line) if i == 0 else line.rstrip() for i, line in enumerate(str(error).split("\n")))
        )
        return exit_code(error)
    except Exception as error:  # no traceback reaches a person
        if os.environ.get("GEOOPS_DEBUG"):
            raise
        if _is_memory(error):
            say(
                f"error: the memory does not suffice ({one_line(str(error))}); nothing half-written is left. Give the process more,"
                " or ask for less: a smaller region, larger cells, fewer figures at a time"
            )
            return EXIT_MEMORY
        say(f"error: {type(error).__name__}: {one_line(str(error))} (a bug in geoops; GEOOPS_DEBUG=1 shows where)")
        return EXIT_BUG
    return result if isinstance(result, int) else EXIT_FINE


def _is_memory(error: BaseException | None) -> bool:
    """Whether memory ran out, also where a library found no room to be loaded into."""
    while error is not None:
        if isinstance(error, MemoryError) or (isinstance(error, ImportError) and "failed to map segment" in str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False


if __name__ == "__main__":
    main()
