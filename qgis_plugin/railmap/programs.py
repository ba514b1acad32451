"""Calls other programs, away from QGIS's own libraries."""

from __future__ import annotations

import os
import subprocess  # nosec B404 - lists only, never a shell
import sys
from pathlib import Path

# QGIS's own libraries and data must not reach another interpreter: its PROJ and GDAL differ.
_FOREIGN = (
    "PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONEXECUTABLE", "VIRTUAL_ENV",
    "__PYVENV_LAUNCHER__", "PROJ_LIB", "PROJ_DATA", "GDAL_DATA", "GDAL_DRIVER_PATH",
    "QT_PLUGIN_PATH",
)  # fmt: skip


def environment() -> dict[str, str]:
    """Give an environment in which a program sees its own libraries, not QGIS's."""
    kept = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    kept.update(PYTHONUTF8="1", PYTHONUNBUFFERED="1", NO_COLOR="1", COLUMNS="100")
    # The working folder of QGIS is that of a project which was opened, perhaps a stranger's.
    kept.update(PYTHONSAFEPATH="1", NoDefaultCurrentDirectoryInExePath="1")
    kept["PATH"] = os.pathsep.join(_search_folders())
    return kept


def safe_folder() -> str:
    """Give the working folder of programs that are started: this plugin's, which no project is in.

    Also libraries look for their settings in the working folder.
    """
    return str(Path(__file__).resolve().parent)


def find_program(name: str) -> str:
    """Look for a program in the absolute folders of PATH; empty if it is in none of them.

    ``shutil.which`` searches the working folder on Windows.
    """
    endings = [""]
    if sys.platform == "win32":
        endings = os.environ.get("PATHEXT", ".EXE;.BAT;.CMD").lower().split(os.pathsep)
    for folder in _search_folders():
        for ending in endings:
            file = os.path.join(folder, name + ending)
            if os.path.isfile(file) and os.access(file, os.X_OK):
                return file
    return ""


def _search_folders() -> list[str]:
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return [folder for folder in folders if os.path.isabs(folder)]


def no_window() -> dict[str, int]:
    """Keep Windows from opening a console."""
    return {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)}


def ask(command, timeout: float):
    """Run a program to its end; gives its ``returncode``, ``stdout`` and ``stderr``."""
    return subprocess.run(  # nosec B603 - the user's own program, a list, no shell
        list(command),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        stdin=subprocess.DEVNULL,
        env=environment(),
        cwd=safe_folder(),
        timeout=timeout,
        check=False,
        **no_window(),
    )
