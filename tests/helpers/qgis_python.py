"""Scripts in the interpreter of a real QGIS, where the system has one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_PYTHON = os.environ.get("QGIS_PYTHON", "/usr/bin/python3")


def run_in_qgis(script: str, home: Path, *arguments: Path) -> dict[str, Any]:
    """Give the JSON that `script` prints after RESULT; skip the test where there is no QGIS."""
    if sys.platform == "win32":
        pytest.skip("looks for a Unix QGIS")
    if not _has_qgis():
        pytest.skip("no QGIS on this system")
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(home)}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [_PYTHON, "-c", script, *map(str, arguments)],
        capture_output=True, text=True, env=environment, check=False, timeout=120,
    )  # fmt: skip
    assert "RESULT" in done.stdout, done.stderr
    told = json.loads(done.stdout.split("RESULT")[1])
    assert isinstance(told, dict)
    return told


def _has_qgis() -> bool:
    if not Path(_PYTHON).exists():
        return False
    probe = [_PYTHON, "-c", "import qgis.core"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0
