"""Widgets and engine of the review panel under Qt 5 (QGIS) and Qt 6 (PyQt6)."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.qgis.qgis_system import HERE, write_fake_engine

_ECHO = """
for line in sys.stdin:
    asked = json.loads(line)
    print('no answer')
    print(json.dumps({'do': asked['do'], 'words': sys.argv[1:], 'asked': asked}), flush=True)
"""


def _engines(folder: Path) -> tuple[Path, Path]:
    echo = write_fake_engine(folder / "echo", _ECHO)
    return echo, write_fake_engine(folder / "broken", "sys.exit('no memory')\n")


def _judge(told: dict[str, Any]) -> None:
    assert told["map"] == "/c.gpkg"
    assert told["empty"] == ["0 of 0", False]
    title, progress, rejectable = told["track"]
    assert "1. Track, confidence 0.50" in title
    assert "#ef6c00" in title
    assert (progress, rejectable) == ("0 of 2", True)
    title, text, rejectable = told["issue"]
    assert "&lt;b&gt; (error)" in title
    assert (text, rejectable, told["busy"]) == ("<i>x</i>", False, False)
    assert told["pressed"] == ["accept", "reject", "edit", "fixed", "previous", "next", "undo"]
    assert told["keys"]["railmapReview_next"] == ["N", "Right"]
    assert told["only here"]
    listed, undone = told["answers"]
    assert listed["asked"] == {"do": "list", "below": 0.5}
    assert listed["words"][0] == "review"
    assert listed["words"][1].endswith("/轨道.gpkg")
    assert listed["words"][2:] == ["--serve", "--progress", "none"]
    assert undone["asked"] == {"do": "undo"}
    assert len(told["failed"]) == 2
    assert all("The railmap engine has ended" in text for text in told["failed"])
    assert "no memory" in told["failed"][0]


def test_in_qgis(in_qgis: Callable[..., Any], tmp_path: Path) -> None:
    _judge(in_qgis("review_widgets.py", *_engines(tmp_path)))


def test_in_pyqt6(tmp_path: Path) -> None:
    if importlib.util.find_spec("PyQt6") is None:
        pytest.skip("no PyQt6")
    kept = {key: os.environ[key] for key in ("HOME", "LANG") if key in os.environ}
    environment = kept | {
        "PYTHONPATH": str(HERE / "qt6_shim"), "PATH": "/usr/bin:/bin",
        "QT_QPA_PLATFORM": "offscreen", "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, str(HERE / "in_qgis" / "review_widgets.py"),
         *map(str, _engines(tmp_path))],
        capture_output=True, encoding="utf-8", env=environment, check=False, timeout=120,
    )  # fmt: skip
    assert "RESULT" in done.stdout, done.stdout + done.stderr
    _judge(json.loads(done.stdout.split("RESULT", 1)[1]))
