"""Where QGIS and railmap are, stand-ins for the engine, and a look into GeoPackages."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

from railmap._version import IDENTITY, __version__

HERE = Path(__file__).resolve().parent
PLUGIN = HERE.parents[1] / "qgis_plugin"
QGIS_PYTHON = os.environ.get("QGIS_PYTHON", "/usr/bin/python3")
RAILMAP = Path(sys.executable).with_name("railmap")


def qgis_variables(home: Path) -> dict[str, str]:
    """Give the environment of a QGIS without a screen, with the plugin, whose home is `home`."""
    left_out = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "RAILMAP_EXECUTABLE")
    return {name: value for name, value in os.environ.items() if name not in left_out} | {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "QGIS_CUSTOM_CONFIG_PATH": str(home / "profile"),
        "QGIS_PLUGINPATH": str(PLUGIN),
        "QT_QPA_PLATFORM": "offscreen",
        "LC_ALL": "C.UTF-8",
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PATH": "/usr/bin:/bin",
    }


def write_fake_engine(path: Path, body: str = "", version: str = __version__) -> Path:
    """Write a program that proves to be the engine and does what `body` (Python) says."""
    return write_program(
        path,
        "if sys.argv[1:] == ['doctor', '--json', '--no-speed']:\n"
        f"    print(json.dumps({{'identity': {IDENTITY!r}, 'version': {version!r}}}))\n"
        "    sys.exit()\n"
        "def say(event, **more):\n"
        "    sys.stderr.write(json.dumps({'event': event, **more}) + '\\n')\n"
        "    sys.stderr.flush()\n" + body,
    )


def write_program(path: Path, body: str) -> Path:
    """Write a program in Python."""
    if sys.platform == "win32":
        pytest.skip("stand-ins for the engine are Unix scripts")
    head = f"#!{sys.executable} -S\nimport json, os, signal, sys, time\n"
    path.write_text(head + body, encoding="utf-8")
    path.chmod(0o755)
    return path


def geometries(path: Path) -> dict[str, list[bytes]]:
    """Give the geometry blobs of every layer of a GeoPackage."""
    with sqlite3.connect(path) as sql:
        tables = sql.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall()
        return {
            table: [row[0] for row in sql.execute(f'SELECT "{column}" FROM "{table}"')]
            for table, column in sorted(tables)
        }


def has_qgis_process() -> str | None:
    """Give the program; Debian's wrapper adds an option that it then refuses."""
    return shutil.which("qgis_process.bin") or shutil.which("qgis_process")
