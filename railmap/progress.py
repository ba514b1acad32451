"""Report progress to a person or a program, and cancel long jobs."""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any, Protocol, TextIO

from railmap.errors import Cancelled

__all__ = ["JsonReporter", "NullReporter", "Reporter", "RichReporter", "make_reporter"]


class Reporter(Protocol):
    """Interface of all reporters; `check` raises `Cancelled` after `cancel` was called."""

    def stage(self, name: str, total: float, unit: str = "") -> None: ...  # noqa: D102
    def advance(self, amount: float) -> None: ...  # noqa: D102
    def message(self, text: str) -> None: ...  # noqa: D102
    def warning(self, text: str) -> None: ...  # noqa: D102
    def result(self, text: str, outputs: dict[str, Any]) -> None: ...  # noqa: D102
    def error(self, text: str) -> None: ...  # noqa: D102
    def check(self) -> None: ...  # noqa: D102
    def cancel(self) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


class NullReporter:
    """Print nothing, keep warnings; can be cancelled from another thread."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self._cancelled = threading.Event()

    def stage(self, name: str, total: float, unit: str = "") -> None:
        """Begin a stage of `total` units."""

    def advance(self, amount: float) -> None:
        """Report `amount` more units done; raise `Cancelled` if `cancel` was called."""
        self.check()

    def message(self, text: str) -> None:
        """Report a message that is not a warning."""

    def warning(self, text: str) -> None:
        """Keep a warning for the run record."""
        self.warnings.append(text)

    def result(self, text: str, outputs: dict[str, Any]) -> None:
        """Report the result and the output files."""

    def error(self, text: str) -> None:
        """Report why the job failed."""

    def check(self) -> None:
        """Raise `Cancelled` once `cancel` was called."""
        if self._cancelled.is_set():
            raise Cancelled("cancelled; no incomplete output is left")

    def cancel(self) -> None:
        """Ask the job to stop at its next step."""
        self._cancelled.set()

    def close(self) -> None:
        """End the display."""


class JsonReporter(NullReporter):
    """Write one JSON object a line, for the QGIS plugin and other programs."""

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__()
        self._stream = stream or sys.stderr
        self._stage = ""
        self._done = 0.0
        self._total = 0.0
        self._last = 0.0

    def _write(self, event: str, message: str = "", outputs: dict[str, Any] | None = None) -> None:
        line = {
            "event": event,
            "stage": self._stage,
            "done": round(self._done, 3),
            "total": round(self._total, 3),
            "message": message,
            "outputs": outputs or {},
        }
        self._stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._stream.flush()

    def stage(self, name: str, total: float, unit: str = "") -> None:
        """Begin a stage of `total` units."""
        self._stage, self._done, self._total, self._last = name, 0.0, float(total), 0.0
        self._write("stage", unit)

    def advance(self, amount: float) -> None:
        """Write a progress line, ten a second at most."""
        self._done += amount
        now = time.monotonic()
        if now - self._last >= 0.1 or self._done >= self._total:
            self._last = now
            self._write("progress")
        self.check()

    def message(self, text: str) -> None:
        """Write a progress line with a text."""
        self._write("progress", text)

    def warning(self, text: str) -> None:
        """Write a warning line."""
        super().warning(text)
        self._write("warning", text)

    def result(self, text: str, outputs: dict[str, Any]) -> None:
        """Write the result line."""
        self._write("result", text, outputs)

    def error(self, text: str) -> None:
        """Write the error line."""
        self._write("error", text)


class RichReporter(NullReporter):
    """Show one progress bar for the whole job: stage, speed and remaining time."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._console = Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<12}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[speed]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task: Any = None
        self._unit = ""
        self._started = time.monotonic()
        self._done = 0.0

    def stage(self, name: str, total: float, unit: str = "") -> None:
        """Replace the previous stage by a new one."""
        if self._task is None:
            self._progress.start()
        else:
            self._progress.remove_task(self._task)
        self._unit, self._done, self._started = unit, 0.0, time.monotonic()
        self._task = self._progress.add_task(name, total=round(total, 1), speed="")

    def advance(self, amount: float) -> None:
        """Advance the bar."""
        self._done += amount
        speed = self._done / max(time.monotonic() - self._started, 1e-9)
        if self._task is not None:
            self._progress.update(
                self._task,
                completed=round(self._done, 1),
                speed=f"{speed:.1f} {self._unit}/s" if self._unit else "",
            )
        self.check()

    def message(self, text: str) -> None:
        """Print a line above the bar."""
        self._console.print(text, markup=False, highlight=False)

    def warning(self, text: str) -> None:
        """Print a warning above the bar."""
        super().warning(text)
        self._console.print(f"warning: {text}", style="yellow", markup=False, highlight=False)

    def result(self, text: str, outputs: dict[str, Any]) -> None:
        """Remove the bar and print the result."""
        self.close()
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def error(self, text: str) -> None:
        """Remove the bar and print the error."""
        self.close()
        self._console.print(
            f"error: {text}", style="red", markup=False, highlight=False, soft_wrap=True
        )

    def close(self) -> None:
        """Remove the bar."""
        if self._task is not None:
            self._progress.stop()
            self._task = None


class _PlainReporter(NullReporter):
    """Print one line a stage, for logs and pipes."""

    def stage(self, name: str, total: float, unit: str = "") -> None:
        """Write the name and size of the stage."""
        amount = f"{total:.0f}" if float(total).is_integer() else f"{total:.1f}"
        sys.stderr.write(f"{name} ({amount} {unit})\n" if unit else f"{name}\n")

    def message(self, text: str) -> None:
        """Write a line."""
        sys.stderr.write(text + "\n")

    def warning(self, text: str) -> None:
        """Write a warning."""
        super().warning(text)
        sys.stderr.write(f"warning: {text}\n")

    def result(self, text: str, outputs: dict[str, Any]) -> None:
        """Write the result."""
        sys.stderr.write(text + "\n")

    def error(self, text: str) -> None:
        """Write the error."""
        sys.stderr.write(f"error: {text}\n")


def make_reporter(kind: str) -> Reporter:
    """Create the reporter for ``--progress auto|json|none``.

    Raises
    ------
    UsageError
        If `kind` is none of these.
    """
    if kind == "json":
        return JsonReporter()
    if kind == "none":
        return _QuietReporter()
    if kind == "auto":
        return RichReporter() if sys.stderr.isatty() else _PlainReporter()
    from railmap.errors import Option, UsageError

    raise UsageError(Option("progress"), f" is auto, json or none, not {kind!r}")


class _QuietReporter(NullReporter):
    """Print only the one line of an error."""

    def error(self, text: str) -> None:
        """Write the error."""
        sys.stderr.write(f"error: {text}\n")
