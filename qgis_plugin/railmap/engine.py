"""Where the `railmap` program is, and whether it fits this plugin."""

from __future__ import annotations

import configparser
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from qgis.core import QgsApplication, QgsSettings

from .i18n import tr
from .identity import OtherProgramError, prove
from .programs import find_program

VARIABLE = "RAILMAP_EXECUTABLE"
SETTING = "railmap/engine"
READY = "railmap-ready"


class EngineError(Exception):
    """No engine, or an incompatible one; the message states which button to press."""


@dataclass(frozen=True)
class Engine:
    """A `railmap` that answers: how to call it, its version, where it was found."""

    command: tuple[str, ...]
    version: str
    found: str


def plugin_version() -> str:
    """Read the version from metadata.txt."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(Path(__file__).resolve().parent / "metadata.txt", encoding="utf-8")
    return parser["general"]["version"]


def private_folder() -> Path:
    """Where "Set up the engine" installs; one folder for each version of the plugin."""
    base = Path(QgsApplication.qgisSettingsDirPath())
    return base / "railmap_engine" / plugin_version()


def interpreter_of(folder: Path) -> Path:
    """Give the interpreter of a virtual environment."""
    if sys.platform == "win32":
        return folder / "Scripts" / "python.exe"
    return folder / "bin" / "python"


def as_command(path: str) -> tuple[str, ...]:
    """Make a command of the path of a `railmap` program or of a Python interpreter."""
    if Path(path).name.lower().startswith("python"):
        return (path, "-P", "-m", "railmap")  # -P: the working folder holds no modules
    return (path,)


def _places():
    """Yield (path, where it was named) in the order of trust."""
    if os.environ.get(VARIABLE):
        yield os.environ[VARIABLE], VARIABLE
    configured = QgsSettings().value(SETTING, "") or ""
    if configured:
        yield configured, tr("chosen in “Set up the engine”")
    folder = private_folder()
    if (folder / READY).is_file():
        yield str(interpreter_of(folder)), tr("installed by this plugin")
    found = find_program("railmap")
    if found:
        yield found, "PATH"


def engine_is_named() -> bool:
    """Return whether there is a candidate, without running it."""
    return any(True for _ in _places())


def find_engine(refresh: bool = False) -> Engine:
    """Find the engine and have it prove that it is one.

    Parameters
    ----------
    refresh
        Ask it even if it has answered in this session.

    Raises
    ------
    EngineError
        If there is none, or the given program is not one.
    """
    for path, found in _places():
        command = as_command(path)
        try:
            return Engine(command, prove(command, refresh), found)
        except OtherProgramError as error:
            reason = error
            text = tr(
                "The program {path} ({found}) does not answer as the engine of this plugin: "
                "{reason}. {remedy}"
            )
        except OSError as error:
            reason = error
            text = tr("The railmap engine {path} ({found}) does not run: {reason}. {remedy}")
        raise EngineError(text.format(path=path, found=found, reason=reason, remedy=_remedy(found)))
    raise EngineError(
        tr(
            "The railmap engine is not set up: press “Set up the engine…” "
            "in the menu Plugins › Railmap (or set {variable})."
        ).format(variable=VARIABLE)
    )


def _remedy(found: str) -> str:
    if found == VARIABLE:  # it goes before what the dialog installs
        return tr("Correct the variable {variable} or remove it.").format(variable=VARIABLE)
    return tr("Press “Set up the engine…” in the menu Plugins › Railmap.")


def judge_version(engine: Engine) -> str:
    """Compare the engine's version with the plugin's.

    Returns
    -------
    str
        A warning, empty if they are the same.

    Raises
    ------
    EngineError
        If they differ by more than the last number: options may mean other things.
    """
    wanted = plugin_version()
    if engine.version == wanted:
        return ""
    values = {"engine": engine.version, "path": engine.command[0], "plugin": wanted}
    if engine.version.split(".")[:2] != wanted.split(".")[:2]:
        raise EngineError(
            tr(
                "The railmap engine is version {engine} ({path}), this plugin is {plugin}: press "
                "“Set up the engine…” in the menu Plugins › Railmap to install {plugin}."
            ).format(**values)
        )
    return tr("The railmap engine is version {engine} ({path}), this plugin is {plugin}.").format(
        **values
    )
