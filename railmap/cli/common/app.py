"""Groups of commands: help with examples, flags without a type, ``-h`` everywhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from railmap.cli.common.groups import grouped
from railmap.cli.common.usage import OneLineUsage

__all__ = ["add_command", "make_app"]

# A position that begins with a minus sign; the space before it hides that from the parser.
_NEGATIVE = re.compile(r"^-\.?\d[\d.eE+-]*,[\d.eE+-]+$")
_CONTEXT = {"help_option_names": ["-h", "--help"]}


class _Command(TyperCommand):
    """A command whose help shows flags without a type."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, flags among them without a metavar."""
        return _bare_flags(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the words; ``-8.41,49.00`` is a position, not an option."""
        return super().parse_args(ctx, [_NEGATIVE.sub(r" \g<0>", word) for word in args])


class _Group(OneLineUsage, TyperGroup):
    """A group of commands: flags without a type in the help, errors of usage in one line."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, flags among them without a metavar."""
        return _bare_flags(super().get_params(ctx))


def _bare_flags(parameters: list[Any]) -> list[Any]:
    for parameter in parameters:
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
    return parameters


def make_app(help_text: str, *, examples: tuple[str, ...] = (), **options: Any) -> typer.Typer:
    """Return an empty group of commands.

    Parameters
    ----------
    help_text
        One sentence.
    examples
        Command lines shown under the help.
    options
        Further options of `typer.Typer`.
    """
    return typer.Typer(
        cls=_Group,
        help=help_text,
        epilog=_epilog(examples),
        no_args_is_help=True,
        context_settings=_CONTEXT,
        pretty_exceptions_enable=False,
        **options,
    )


def add_command(
    app: typer.Typer,
    name: str,
    function: Callable[..., None],
    *examples: str,
    panel: str | None = None,
) -> None:
    """Add a command to a group.

    Parameters
    ----------
    app
        The group.
    name
        Name of the command.
    function
        The command; its option groups are expanded, see `grouped`.
    examples
        Command lines shown under its help.
    panel
        Heading under which the group's help lists it.
    """
    app.command(
        name,
        cls=_Command,
        epilog=_epilog(examples),
        rich_help_panel=panel,
        context_settings=_CONTEXT,
    )(grouped(function))


def _epilog(examples: tuple[str, ...]) -> str | None:
    if not examples:
        return None
    title = "Example:" if len(examples) == 1 else "Examples:"
    return "\n\n".join([title, *(f"  {example}" for example in examples)])
