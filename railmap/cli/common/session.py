"""What every command shares: progress, cancelling, errors in one line, exit codes."""

from __future__ import annotations

import os
import select
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Annotated, Any

import typer

from railmap.cli.common.wording import command_words
from railmap.errors import Cancelled, RailmapError
from railmap.progress import Reporter, make_reporter

__all__ = ["DebugOption", "OverwriteMapOption", "OverwriteOption", "ProgressOption", "run_job"]

ProgressOption = Annotated[
    str,
    typer.Option(
        "--progress",
        help="auto, json (one object a line on stderr) or none.",
        rich_help_panel="How it tells",
    ),
]
DebugOption = Annotated[
    bool,
    typer.Option("--debug", help="Show the traceback of an error.", rich_help_panel="How it tells"),
]
OverwriteOption = Annotated[
    bool, typer.Option("--overwrite", help="Replace an output that exists.")
]
OverwriteMapOption = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace outputs that exist; what you did in a map stays."),
]


def run_job(job: Callable[[Reporter], Any], progress: str = "auto", debug: bool = False) -> Any:
    """Run `job`; turn errors into one line and the exit code that fits.

    SIGINT and SIGTERM ask the job to stop; a second one ends the program at once.
    """
    try:
        reporter = make_reporter(progress)
    except RailmapError as error:
        sys.stderr.write(f"error: {error.render(command_words)}\n")
        raise typer.Exit(error.exit_code) from None
    asked = False

    def stop(signum: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        reporter.cancel()

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, stop) for number in numbers]
    try:
        return job(reporter)
    except KeyboardInterrupt as error:
        text, code = "cancelled", Cancelled.exit_code
        cause: BaseException = error
    except RailmapError as error:
        text, code, cause = " ".join(error.render(command_words).split()), error.exit_code, error
    except BrokenPipeError as error:
        if _reader_left():
            raise typer.Exit from None
        text, code, cause = f"unexpected BrokenPipeError: {error} (--debug shows where)", 1, error
    except MemoryError as error:
        text, code, cause = "out of memory", 1, error
    except Exception as error:
        kind = type(error).__name__
        text = f"unexpected {kind}: {' '.join(str(error).split())} (--debug shows where)"
        code, cause = 1, error
    finally:
        reporter.close()
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
    if debug:
        traceback.print_exception(cause)
    reporter.error(text)
    raise typer.Exit(code)


def _reader_left() -> bool:
    """Tell whether nobody reads stdout any more (``railmap info x | head``); then be quiet."""
    try:
        number = sys.stdout.fileno()
    except (OSError, ValueError):
        return False
    if hasattr(select, "poll"):  # not on Windows
        poll = select.poll()
        poll.register(number, select.POLLOUT)
        if not any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0)):
            return False
    # The interpreter flushes once more at its end, and would complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)
    return True
