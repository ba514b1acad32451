"""Where the `railmap` program is, and whether it fits this plugin."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess  # nosec B404 - lists only, never a shell
import sys
from dataclasses import dataclass
from pathlib import Path

from qgis.core import QgsApplication, QgsSettings

from .i18n import tr

VARIABLE = "RAILMAP_EXECUTABLE"
SETTING = "railmap/engine"
READY = "railmap-ready"

# QGIS's own libraries and data must not reach another interpreter: its PROJ and GDAL differ.
_FOREIGN = (
    "PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONEXECUTABLE", "VIRTUAL_ENV",
    "__PYVENV_LAUNCHER__", "PROJ_LIB", "PROJ_DATA", "GDAL_DATA", "GDAL_DRIVER_PATH",
    "QT_PLUGIN_PATH",
)  # fmt: skip


class EngineError(Exception):
    """No engine, or one that doesn't fit; the message says what to press."""


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


def environment() -> dict[str, str]:
    """Give an environment in which the engine sees its own libraries, not QGIS's."""
    kept = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    kept.update(PYTHONUTF8="1", PYTHONUNBUFFERED="1", NO_COLOR="1", COLUMNS="100")
    return kept


def no_window() -> dict[str, int]:
    """Keep Windows from opening a console."""
    return {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)}


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
    found = shutil.which("railmap")
    if found:
        yield found, "PATH"


def engine_is_named() -> bool:
    """Tell whether there is anything to try, without running it."""
    return any(True for _ in _places())


def find_engine() -> Engine:
    """Find the engine and ask its version.

    Raises
    ------
    EngineError
        If there is none, or the one that was named doesn't answer.
    """
    for path, found in _places():
        command = as_command(path)
        return Engine(command, ask_version(command, found), found)
    raise EngineError(
        tr(
            "The railmap engine is not set up: press “Set up the engine…” "
            "in the menu Plugins › Railmap (or set {variable})."
        ).format(variable=VARIABLE)
    )


def ask(command, timeout: float):
    """Run a program to its end; gives its ``returncode``, ``stdout`` and ``stderr``."""
    return subprocess.run(  # nosec B603 - the user's own program, a list, no shell
        list(command),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        stdin=subprocess.DEVNULL,
        env=environment(),
        timeout=timeout,
        check=False,
        **no_window(),
    )


def ask_version(command: tuple[str, ...], found: str) -> str:
    """Run ``railmap --version``; EngineError if that fails."""
    try:
        done = ask([*command, "--version"], 120)
        answer = re.search(r"railmap (\d\S*)", done.stdout)
        reason = (done.stderr or done.stdout).strip().splitlines()[-1:] or [""]
    except (OSError, subprocess.TimeoutExpired) as error:
        answer, reason = None, [str(error)]
    if answer:
        return answer.group(1)
    raise EngineError(
        tr(
            "The railmap engine {path} ({found}) does not run: {reason}. Press “Set up the "
            "engine…” in the menu Plugins › Railmap."
        ).format(path=command[0], found=found, reason=reason[0])
    )


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
