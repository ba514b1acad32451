"""Whether a program is the engine: other programs are called railmap too."""

from __future__ import annotations

import json
import os
import subprocess  # nosec B404 - for its exception

from .i18n import tr
from .programs import ask

IDENTITY = "railmap-gis: electronic railway maps from georeferenced images"
QUESTION = ("doctor", "--json", "--no-speed")
PATIENCE_S = 60  # a second is usual; the first start on a slow disk takes longer
_VERSION_PATIENCE_S = 10
_LONGEST = 120

_proven: dict[tuple, str] = {}


class OtherProgramError(Exception):
    """The program is not the engine; the message states its answer."""


def prove(command: tuple[str, ...], refresh: bool = False) -> str:
    """Ask a program who it is and give its version.

    Parameters
    ----------
    command
        How to call it.
    refresh
        Ask even if it has answered in this session and its file is the same. An interpreter's file
        stays the same when the railmap in it changes.

    Raises
    ------
    OtherProgramError
        If it does not answer with the identity of the engine.
    OSError
        If it cannot be started.
    """
    key = _key(command)
    if refresh:
        _proven.pop(key, None)
    version = _proven.get(key)
    if version is None:
        version = _ask_identity(command)
        if key is not None:
            _proven[key] = version
    return version


def _key(command):
    try:
        file = os.stat(command[0])
    except OSError:
        return None
    return (command, file.st_mtime_ns, file.st_size)


def _ask_identity(command) -> str:
    try:
        done = ask([*command, *QUESTION], PATIENCE_S)
    except subprocess.TimeoutExpired:
        answer = tr("no answer in {seconds} s").format(seconds=PATIENCE_S)
    else:
        answered = _json(done.stdout)
        fields = answered if isinstance(answered, dict) else {}
        identity, version = fields.get("identity"), fields.get("version")
        if not done.returncode and identity == IDENTITY and isinstance(version, str):
            return version
        answer = _describe(done, answered, identity)
    answers = [(QUESTION, answer), (("--version",), _version_line(command))]
    raise OtherProgramError(
        "; ".join(
            tr("“{words}” gave {answer}").format(words=" ".join(words), answer=text)
            for words, text in answers
            if text
        )
    )


def _json(text: str):
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _describe(done, answered, identity) -> str:
    if done.returncode:
        code = tr("exit code {code}").format(code=done.returncode)
        line = _telling_line(done.stderr) or _telling_line(done.stdout)
        return f"{code}: {line}" if line else code
    if isinstance(identity, str) and identity != IDENTITY:
        return tr("the identity “{identity}”").format(identity=_telling_line(identity))
    if answered is not None:
        text = json.dumps(answered, ensure_ascii=False)
        return tr("other JSON: {text}").format(text=_telling_line(text))
    return _telling_line(done.stdout) or _telling_line(done.stderr) or tr("no answer")


def _version_line(command) -> str:
    try:
        done = ask([*command, "--version"], min(PATIENCE_S, _VERSION_PATIENCE_S))
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return "" if done.returncode else _telling_line(done.stdout)


def _telling_line(text: str) -> str:
    """Give the first line, of a Python traceback the last, cut to a length that can be shown."""
    printable = "".join(one if one.isprintable() or one == "\n" else " " for one in text)
    lines = [line.strip() for line in printable.split("\n") if line.strip()] or [""]
    line = lines[-1 if lines[0].startswith("Traceback") else 0].rstrip(". ")
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
