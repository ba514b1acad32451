"""Messages of a run with their times: ``--verbose`` and ``--log-file``."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from railmap._version import __version__
from railmap.errors import OutputError
from railmap.progress import Reporter

__all__ = ["LoggedReporter", "logging_to"]

_LOG = logging.getLogger("railmap")
_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


@contextmanager
def logging_to(path: Path | None, verbose: bool) -> Iterator[None]:
    """Send log messages, those of libraries too, to a file and (`verbose`) to stderr.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)] if verbose else []
    for handler in handlers:
        handler.addFilter(lambda record: record.name != _LOG.name)  # the reporter prints these
    if path is not None:
        try:
            handlers.append(logging.FileHandler(path, encoding="utf-8"))
        except OSError as error:
            raise OutputError(f"{path}: the log can't be written ({error.strerror})") from error
    root = logging.getLogger()
    level = root.level
    for handler in handlers:
        handler.setFormatter(logging.Formatter(_LINE))
        root.addHandler(handler)
    if handlers:
        root.setLevel(logging.INFO)
        _LOG.info("railmap %s: %s", __version__, " ".join(sys.argv[1:]))
    try:
        yield
    finally:
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)


class LoggedReporter:
    """Passes everything on to another reporter, and logs it.

    Parameters
    ----------
    inner
        Displays the progress.
    verbose
        Whether `inner` also receives the time of each stage.
    """

    def __init__(self, inner: Reporter, verbose: bool) -> None:
        self._inner = inner
        self._verbose = verbose
        self._stage = ""
        self._started = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def stage(self, name: str, total: float, unit: str = "") -> None:
        """End the last stage and begin another one."""
        self._end_stage()
        self._stage, self._started = name, time.monotonic()
        self._inner.stage(name, total, unit)

    def advance(self, amount: float) -> None:
        """Report progress."""
        self._inner.advance(amount)

    def message(self, text: str) -> None:
        """Report a message."""
        _LOG.info(text)
        self._inner.message(text)

    def warning(self, text: str) -> None:
        """Report a warning."""
        _LOG.warning(text)
        self._inner.warning(text)

    def result(self, text: str, outputs: dict[str, Any]) -> None:
        """End the last stage and report the result."""
        self._end_stage()
        _LOG.info(text)
        self._inner.result(text, outputs)

    def error(self, text: str) -> None:
        """Report an error."""
        _LOG.error(text)
        self._inner.error(text)

    def check(self) -> None:
        """Raise `Cancelled` if the user asked for it."""
        self._inner.check()

    def cancel(self) -> None:
        """Ask the job to stop."""
        self._inner.cancel()

    def close(self) -> None:
        """End the display."""
        self._inner.close()

    def _end_stage(self) -> None:
        if not self._stage:
            return
        text = f"{self._stage}: {time.monotonic() - self._started:.1f} s"
        self._stage = ""
        _LOG.info(text)
        if self._verbose:
            self._inner.message(text)
