"""Words that a command does not understand are told in one line, as every other error."""

from __future__ import annotations

import sys
from typing import Any

import typer

__all__ = ["OneLineUsage"]

# The base of typer's errors; click's own class or typer's copy of it, depending on the version.
_ClickException: Any = typer.BadParameter.__mro__[2]


class OneLineUsage:
    """Mixin of a group of commands: an error of usage is one line on stderr, with exit code 2."""

    def main(self, *args: Any, standalone_mode: bool = True, **options: Any) -> Any:
        """Run the command that the words name; end the process as typer does."""
        run: Any = super().main  # type: ignore[misc]
        if not standalone_mode:
            return run(*args, standalone_mode=False, **options)
        try:
            code = run(*args, standalone_mode=False, **options)
        except _ClickException as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                error.show()
            else:
                typer.echo(f"error: {usage_line(error)}", err=True)
            sys.exit(error.exit_code)
        except typer.Abort:
            typer.echo("error: cancelled", err=True)
            sys.exit(1)
        sys.exit(code if isinstance(code, int) else 0)


def usage_line(error: Any) -> str:
    """Return what is wrong with the words in one line, and where the help is."""
    options = getattr(getattr(error, "param", None), "opts", None)
    if options and type(error) is typer.BadParameter:
        text = f"{max(options, key=len)}: {error.message}"
        text = text.replace(": Input should be ", " must be ").split(", unable")[0]  # pydantic's
        if isinstance(error.__cause__, ValueError) and hasattr(error.__cause__, "errors"):
            text += f", not {error.__cause__.errors()[0]['input']}"
    else:
        text = error.format_message()
    text = " ".join(text.split()).rstrip(".")
    if not text.startswith("-"):
        text = text[:1].lower() + text[1:]
    context = getattr(error, "ctx", None)
    return f"{text}; see {context.command_path} -h" if context is not None else text
