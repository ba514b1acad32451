"""What every command shares: messages, cancelling, errors in one line, exit codes, the result."""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from railmap._version import __version__
from railmap.cli.common.reporting import LoggedReporter, logging_to
from railmap.cli.common.wording import command_words
from railmap.errors import Cancelled, InputError, OutputError, RailmapError, one_line
from railmap.files.disk import is_disk_fault, reason
from railmap.progress import Reporter, make_reporter

__all__ = [
    "JsonSession",
    "KeepPathsOption",
    "OverwriteMapOption",
    "OverwriteOption",
    "Result",
    "Session",
]

_PANEL = "Messages"
# A job that does not look for a request to stop (while it parses a file) is ended after this time.
_GRACE_S = 20.0
# Tables are not cut off below this width; lines wrap instead.
_WIDTH = 110

OverwriteOption = Annotated[
    bool, typer.Option("--overwrite", help="Replace an output that exists.")
]
KeepPathsOption = Annotated[
    bool,
    typer.Option("--keep-paths", help="Keep the folders in names of images; else file names only."),
]
OverwriteMapOption = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace outputs that exist; your edits in a map are kept."),
]


@dataclass(frozen=True)
class Result:
    """What a command did.

    Parameters
    ----------
    text
        One line for a person; empty prints none.
    outputs
        Files written and counts, for ``--progress json`` and ``--json``.
    data
        Further values of the object that ``--json`` prints.
    shown
        Lines and tables for a person, on stdout; not with ``--json``.
    error
        Why the result is a failure although the command ran; the exit code is then 3.
    """

    text: str = ""
    outputs: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    shown: Sequence[Any] = ()
    error: str | None = None


@dataclass(frozen=True)
class Session:
    """Options for the messages of a command.

    Parameters
    ----------
    progress
        ``auto``, ``json`` or ``none``.
    quiet
        Print errors only.
    verbose
        Also print how long each stage took, and the messages of the libraries.
    log_file
        File that receives all messages with their time.
    debug
        Print the traceback of an error.
    """

    progress: Annotated[
        str,
        typer.Option(
            "--progress",
            help="auto, json (one object per line on stderr) or none.",
            rich_help_panel=_PANEL,
        ),
    ] = "auto"
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Print errors only.", rich_help_panel=_PANEL),
    ] = False
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            "-v",
            help="Also print the time of each stage and the messages of the libraries.",
            rich_help_panel=_PANEL,
        ),
    ] = False
    log_file: Annotated[
        Path | None,
        typer.Option(
            "--log-file", help="Append all messages to this file.", rich_help_panel=_PANEL
        ),
    ] = None
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Print the traceback of an error.", rich_help_panel=_PANEL),
    ] = False

    def run(self, job: Callable[[Reporter], Result | None]) -> None:
        """Run a job, report its result, and turn errors into one line and an exit code.

        SIGINT and SIGTERM ask the job to stop; a second one ends the program at once.
        """
        self._run(job, _report)

    def _run(self, job: Callable[[Reporter], Result | None], report: _Report) -> None:
        try:
            with logging_to(self.log_file, self.verbose):
                reporter = make_reporter("none" if self.quiet else self.progress)
                if self.verbose or self.log_file is not None:
                    reporter = LoggedReporter(reporter, self.verbose)
                code = self._guard(lambda: report(job(reporter) or Result(), reporter), reporter)
        except RailmapError as error:
            sys.stderr.write(f"error: {error.render(command_words)}\n")
            code = error.exit_code
        if code:
            raise typer.Exit(code)

    def _guard(self, work: Callable[[], int], reporter: Reporter) -> int:
        with _stopping(reporter):
            try:
                return work()
            except KeyboardInterrupt as error:
                text, code = "cancelled", Cancelled.exit_code
                cause: BaseException = error
            except Exception as error:
                if isinstance(error, BrokenPipeError) and _reader_left():
                    return 0
                text, code = _fault(error)
                cause = error
            finally:
                reporter.close()
        if self.debug:
            traceback.print_exception(cause)
        if self.log_file is not None:
            logging.getLogger("railmap").info("traceback", exc_info=cause)
        reporter.error(text)
        return code


@dataclass(frozen=True)
class JsonSession(Session):
    """Options for the messages of a command that can print its result as JSON.

    Parameters
    ----------
    as_json
        Print one JSON object on stdout instead of text.
    """

    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print the result as one JSON object on stdout.", rich_help_panel=_PANEL
        ),
    ] = False

    def run(self, job: Callable[[Reporter], Result | None]) -> None:
        """Run a job and report its result, as text or as one JSON object on stdout."""
        self._run(job, _print_json if self.as_json else _report)


_Report = Callable[[Result, Reporter], int]


def _report(result: Result, reporter: Reporter) -> int:
    _show(result.shown)
    if result.text and result.error is None:
        reporter.result(result.text, result.outputs)
    return _exit_code(result, reporter)


def _print_json(result: Result, reporter: Reporter) -> int:
    reporter.close()
    found = {"version": __version__, "outputs": result.outputs, **result.data}
    typer.echo(json.dumps(found, ensure_ascii=False, default=str))
    return _exit_code(result, reporter)


def _exit_code(result: Result, reporter: Reporter) -> int:
    if result.error is None:
        return 0
    reporter.error(result.error)
    return InputError.exit_code


def _show(shown: Sequence[Any]) -> None:
    if not shown:
        return
    from rich.console import Console

    console = Console()
    console.width = max(console.width, _WIDTH)
    for part in shown:
        if isinstance(part, str):
            typer.echo(part)
        else:
            console.print(part)


def _fault(error: Exception) -> tuple[str, int]:
    """Return the line and the exit code of an error."""
    if isinstance(error, RailmapError):
        return " ".join(error.render(command_words).split()), error.exit_code
    if isinstance(error, MemoryError):
        return "out of memory; close other programs, or check what the input files state", 4
    if isinstance(error, OSError) and is_disk_fault(error):
        return f"a file cannot be read or written: {reason(error)}", OutputError.exit_code
    if isinstance(error, sqlite3.OperationalError) and _is_disk_fault_of_sqlite(error):
        return f"a file cannot be read or written: {one_line(error)}", OutputError.exit_code
    return _unexpected(error), 1


def _is_disk_fault_of_sqlite(error: sqlite3.OperationalError) -> bool:
    faults = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY)
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in faults


def _unexpected(error: Exception) -> str:
    kind = type(error).__name__
    return f"unexpected {kind}: {one_line(error)} (--debug shows where)"


@contextmanager
def _stopping(reporter: Reporter) -> Iterator[None]:
    """Let SIGINT and SIGTERM ask the job to stop; a second one ends it, and so does time."""
    asked = False

    def stop(signum: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        reporter.cancel()
        if hasattr(signal, "setitimer"):  # not on Windows
            signal.setitimer(signal.ITIMER_REAL, _GRACE_S)

    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGALRM"):
        numbers.append(signal.SIGALRM)
    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


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
