"""A directive that prints what `geoops COMMAND --help` prints, for every command there is, so that no page can fall behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from docutils import nodes
from docutils.parsers.rst import Directive

from geoops.cli import cli

_WIDTH = 96


def commands(
    command: click.Command, name: str = "geoops", above: click.Context | None = None
) -> Iterator[tuple[str, str]]:
    """Each command with its help: the one given first, then those under it."""
    settings = {"terminal_width": _WIDTH, "max_content_width": _WIDTH, **command.context_settings}
    context = click.Context(command, info_name=name, parent=above, **settings)
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for under in command.list_commands(context):
            found = command.get_command(context, under)
            if found is not None and not found.hidden:
                yield from commands(found, under, context)


class CommandHelp(Directive):
    """`{command-help}`: a section a command."""

    def run(self) -> list[nodes.Node]:
        """Make the sections."""
        made: list[nodes.Node] = []
        for name, text in commands(cli):
            section = nodes.section(ids=[nodes.make_id(name)], names=[nodes.fully_normalize_name(name)])
            section += nodes.title(name, name)
            section += nodes.literal_block(text, text, language="text")
            self.state.document.note_explicit_target(section)
            made.append(section)
        return made


def setup(app: Any) -> dict[str, Any]:
    """Tell Sphinx of the directive."""
    app.add_directive("command-help", CommandHelp)
    return {"parallel_read_safe": True}
