"""Where QGIS and railmap are, stand-ins for the engine, and a look into GeoPackages."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
PLUGIN = HERE.parents[1] / "qgis_plugin"
QGIS_PYTHON = os.environ.get("QGIS_PYTHON", "/usr/bin/python3")
RAILMAP = Path(sys.executable).with_name("railmap")


def write_fake_engine(path: Path, body: str = "", version: str = "0.1.0") -> Path:
    """Write a program that says it is railmap and does what `body` (Python) says."""
    if sys.platform == "win32":
        pytest.skip("stand-ins for the engine are Unix scripts")
    path.write_text(
        f"#!{sys.executable} -S\n"
        "import json, os, signal, sys, time\n"
        "if '--version' in sys.argv:\n"
        f"    print('railmap {version}')\n"
        "    sys.exit()\n"
        "def say(event, **more):\n"
        "    sys.stderr.write(json.dumps({'event': event, **more}) + '\\n')\n"
        "    sys.stderr.flush()\n" + body,
        encoding="utf-8",
    )
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
