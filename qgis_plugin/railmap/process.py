"""Runs the engine: its JSON lines become calls, a cancel stops it, leftovers are swept."""

from __future__ import annotations

import contextlib
import json
import queue
import shutil
import subprocess  # nosec B404 - lists only, never a shell
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from .programs import environment, no_window, safe_folder

# The engine gets this long to stop by itself; the rest of the two seconds is for the kill.
GRACE_S = 1.5
_POLL_S = 0.1


@dataclass
class Outcome:
    """How a run ended."""

    code: int = 0
    cancelled: bool = False
    error: str = ""
    result: str = ""
    outputs: dict = field(default_factory=dict)
    printed: list = field(default_factory=list)


def run_engine(command, outputs, on_event, is_cancelled, extra=None) -> Outcome:
    """Run `command` to its end.

    Parameters
    ----------
    command
        Program and arguments.
    outputs
        Output paths; partial files next to them are removed.
    on_event
        Called in this thread with each event (a dict, see ``--progress json``); a line that is no
        event comes as ``{"event": "line", "message": ...}``.
    is_cancelled
        Asked ten times a second.
    extra
        More environment variables.

    The program runs in another folder than QGIS: paths in `command` are absolute.
    """
    before = {path: _partials(path) for path in map(Path, outputs)}
    process = subprocess.Popen(  # nosec B603 - a list, no shell
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**environment(), **(extra or {})},
        cwd=safe_folder(),
        encoding="utf-8",
        errors="replace",
        **no_window(),
    )
    lines: queue.Queue = queue.Queue()
    readers = [
        (threading.Thread(target=_read, args=(stream, kind, lines), daemon=True), stream)
        for stream, kind in ((process.stderr, "stderr"), (process.stdout, "stdout"))
    ]
    for reader, _ in readers:
        reader.start()
    outcome = Outcome()
    asked = 0.0
    while True:
        _drain(lines, outcome, on_event)
        if process.poll() is not None:
            break
        if is_cancelled() and not outcome.cancelled:
            outcome.cancelled, asked = True, time.monotonic()
            process.terminate()
        if outcome.cancelled and time.monotonic() - asked > GRACE_S:
            process.kill()
            break
    outcome.code = process.wait()
    for reader, stream in readers:
        reader.join(timeout=1)  # a helper of the engine's may hold the pipe open
        if not reader.is_alive():
            stream.close()
    _drain(lines, outcome, on_event, wait=0)
    if outcome.code:
        for path, known in before.items():
            _sweep(_partials(path) - known)
    return outcome


def _read(stream, kind, lines) -> None:
    with contextlib.suppress(ValueError):  # closed under us after a kill
        for line in stream:
            lines.put((kind, line.rstrip("\n")))


def _drain(lines, outcome, on_event, wait=_POLL_S) -> None:
    """Pass on what has come; wait for the first line up to `wait` seconds."""
    while True:
        try:
            kind, line = lines.get(timeout=wait) if wait else lines.get_nowait()
        except queue.Empty:
            return
        wait = 0
        event = _event(line) if kind == "stderr" else None
        if event is None:
            if kind == "stdout":
                outcome.printed.append(line)
            if line.strip():
                on_event({"event": "line", "message": line})
            continue
        if event["event"] == "error":
            outcome.error = event.get("message", "")
        elif event["event"] == "result":
            outcome.result = event.get("message", "")
            outcome.outputs = event.get("outputs") or {}
        on_event(event)


def _event(line):
    if not line.startswith("{"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None


def _partials(path: Path) -> set:
    """The engine's working files next to an output: hidden files named after it."""
    try:
        return set(path.parent.glob(f".{_escaped(path.name)}.*"))
    except OSError:
        return set()


def _escaped(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _sweep(paths) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink()
