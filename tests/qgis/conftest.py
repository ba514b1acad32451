"""A real QGIS, where the system has one: Debian's python3-qgis, run as another program."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
PLUGIN = HERE.parents[1] / "qgis_plugin"
QGIS_PYTHON = os.environ.get("QGIS_PYTHON", "/usr/bin/python3")
RAILMAP = Path(sys.executable).with_name("railmap")

sys.path.insert(0, str(HERE))


@pytest.fixture(scope="session")
def qgis_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment of a QGIS with a fresh profile; skips where there is no QGIS."""
    if not Path(QGIS_PYTHON).exists():
        pytest.skip(f"no {QGIS_PYTHON}; QGIS_PYTHON names the interpreter with QGIS")
    home = tmp_path_factory.mktemp("qgis home")
    home.chmod(0o700)
    found = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "RAILMAP_EXECUTABLE")
    }
    found |= {
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
    probe = subprocess.run(
        [QGIS_PYTHON, "-c", "import qgis.core"], capture_output=True, env=found, check=False
    )
    if probe.returncode:
        pytest.skip("no QGIS on this system (Debian: apt install python3-qgis qgis-providers)")
    return found


@pytest.fixture(scope="session")
def in_qgis(qgis_environment: dict[str, str]) -> Callable[..., Any]:
    """Run a script of ``in_qgis/`` with arguments; gives what it answers."""

    def run(script: str, *arguments: Any, engine: Path | None = RAILMAP, **extra: str) -> Any:
        environment = qgis_environment | extra
        if engine is not None:
            environment["RAILMAP_EXECUTABLE"] = str(engine)
        done = subprocess.run(
            [QGIS_PYTHON, str(HERE / "in_qgis" / script), *map(str, arguments)],
            capture_output=True, encoding="utf-8", errors="replace", env=environment,
            check=False, timeout=900,
        )  # fmt: skip
        assert "RESULT" in done.stdout, done.stdout + done.stderr
        return json.loads(done.stdout.split("RESULT", 1)[1])

    return run


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that takes white for track."""
    from inputs import write_model

    return write_model(tmp_path_factory.mktemp("model") / "white.onnx")


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tracks, in a folder whose name has a space and Chinese characters."""
    from inputs import write_image

    return write_image(tmp_path_factory.mktemp("铁路 地图") / "正射 影像.tif")


@pytest.fixture(scope="session")
def cli_map(image: Path, model: Path) -> Path:
    """What the command makes of it."""
    path = image.parent / "from the command.gpkg"
    command = [str(RAILMAP), "vectorize", str(image), "-o", str(path), "--model", str(model)]
    subprocess.run(command, check=True, capture_output=True)
    return path


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
    import sqlite3

    with sqlite3.connect(path) as sql:
        tables = sql.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall()
        return {
            table: [row[0] for row in sql.execute(f'SELECT "{column}" FROM "{table}"')]
            for table, column in sorted(tables)
        }


def has_qgis_process() -> str | None:
    """Give the program; Debian's wrapper adds an option that it then refuses."""
    return shutil.which("qgis_process.bin") or shutil.which("qgis_process")
