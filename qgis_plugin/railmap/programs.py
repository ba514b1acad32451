"""Calls other programs, away from QGIS's own libraries."""

from __future__ import annotations

import os
import subprocess  # nosec B404 - lists only, never a shell

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
    return kept


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
        timeout=timeout,
        check=False,
        **no_window(),
    )
