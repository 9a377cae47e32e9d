"""A group of commands that is a command itself: `reward BOOK PERIOD`, `reward pay`."""

from __future__ import annotations

import click

__all__ = ["DefaultGroup"]

OWN = "\0"
"""Stands before the words of the group's own command; nobody can type it."""


class DefaultGroup(click.Group):
    """A group that runs a command of its own where no other is named.

    Parameters
    ----------
    default : Command
        Run where the first word is none of the group's commands.

    Notes
    -----
    A book whose folder is called like a command of the group is named as ``./flow``.
    A command may be written as an option: ``reward --backtest BOOK``.
    """

    def __init__(self, default: click.Command) -> None:
        super().__init__(default.name, help=default.help, no_args_is_help=True)
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Leave the words to the group's own command where no other is named."""
        first = args[0].removeprefix("--") if args else ""
        if first in self.commands:
            args = [first, *args[1:]]
        if args and args[0] not in {*self.commands, "-h", "--help"}:
            args = [OWN, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command named, or the group's own with all words."""
        if args[0] == OWN:
            return "", self.default, args[1:]
        return super().resolve_command(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show how the group's own command is used, before the others."""
        pieces = self.default.collect_usage_pieces(ctx)
        formatter.write_usage(ctx.command_path, " ".join(pieces))
        super().format_usage(ctx, formatter)

    def format_options(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Show the options of the group's own command, then the other commands."""
        self.default.format_options(ctx, formatter)
        self.format_commands(ctx, formatter)
