"""The dialog that sets up the engine, in QGIS (Qt 5) and in PyQt6."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from railmap._version import IDENTITY, __version__
from tests.qgis.qgis_system import HERE, PLUGIN, QGIS_PYTHON, write_fake_engine

_MAIN = """
import json, sys
if sys.argv[1:] == ["doctor", "--json", "--no-speed"]:
    print(json.dumps({"identity": "%s", "version": "%s"}))
else:
    print("CPU of the test")
"""

_WHEEL = f"railmap_gis-{__version__}-py3-none-any.whl"


def _wheel(folder: Path, identity: str) -> Path:
    """A wheel of the engine without dependencies."""
    folder.mkdir(exist_ok=True)
    path = folder / _WHEEL
    info = f"railmap_gis-{__version__}.dist-info"
    files = {
        "railmap/__init__.py": "",
        "railmap/__main__.py": _MAIN % (identity, __version__),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: railmap-gis\nVersion: {__version__}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in files) + f"{info}/RECORD,,\n"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr(f"{info}/RECORD", record)
    return path


def _run(command: list[str], environment: dict[str, str], folder: Path) -> dict[str, Any]:
    bad = folder / f"railmap_gis-{__version__}-broken.whl"
    bad.write_text("no wheel")
    other = _wheel(folder / "other", "railmap: a planner")
    good = _wheel(folder / "good", IDENTITY)
    stranger = Path(shutil.copy(good, folder / f"railmap-{__version__}-py3-none-any.whl"))
    existing = write_fake_engine(folder / "railmap", "print('GPU of the test')")
    done = subprocess.run(
        [*command, str(HERE / "in_qgis" / "setup.py"), str(PLUGIN), str(folder), sys.executable,
         str(existing), str(bad), str(other), str(stranger), str(good)],
        capture_output=True, encoding="utf-8", errors="replace", env=environment, check=False,
        timeout=900,
    )  # fmt: skip
    assert "RESULT" in done.stdout, done.stdout + done.stderr
    return json.loads(done.stdout.split("RESULT", 1)[1])


def _judge(result: dict[str, Any]) -> None:
    assert "engine is not set up" in result["nothing"]
    assert "engine is not set up" in result["copied"]
    assert result["copied"].startswith(__version__)
    assert result["usable"] or sys.version_info < (3, 11)
    assert result["no python"] is None
    assert result["failed busy"] == [False, True]
    assert "That failed:" in result["failed"]
    assert "whl" in result["failed"]
    assert not result["failed folder"]
    assert result["default"] == ""
    lightness, alpha = result["hint"]
    assert lightness < 0.3  # dark on white, and not nearly transparent
    assert alpha > 0.6
    assert result["asked"] == 1
    assert "Choose railmap_gis-*.whl; “pip wheel --no-deps .” in a clone" in result["no wheel"]
    assert "its name must be railmap_gis-*.whl" in result["stranger"]
    assert "> " not in result["stranger log"]  # nothing was begun
    assert not result["stranger folder"]
    assert f"other/{_WHEEL} installs does not answer" in result["other"]
    assert "the identity “railmap: a planner”" in result["other"]
    assert not result["other folder"]
    assert result["carried"] == _WHEEL
    assert f"The engine is ready: railmap {__version__}" in result["installed"]
    assert "installed by this plugin" in result["installed"]
    assert result["installed ready"]
    assert "CPU of the test" in result["installed log"]
    assert result["engine"] == [__version__, True]
    assert "Cancelled; nothing was installed" in result["cancelled"]
    assert not result["cancelled folder"]
    assert "chosen in “Set up the engine”" in result["existing"]
    assert "GPU of the test" in result["doctor"]
    assert result["can forget"]
    assert "engine is not set up" in result["forgotten"]
    assert result["proxy"] == "http://me:p%40ss@proxy.example:3128"
    assert result["no proxy"] == {}


@pytest.mark.slow
def test_in_qgis(
    in_qgis: Callable[..., Any], qgis_environment: dict[str, str], tmp_path: Path
) -> None:
    profile = {"QGIS_CUSTOM_CONFIG_PATH": str(tmp_path / "profile")}
    _judge(_run([QGIS_PYTHON], qgis_environment | profile, tmp_path))


@pytest.mark.slow
def test_in_pyqt6(tmp_path: Path) -> None:
    if importlib.util.find_spec("PyQt6") is None:
        pytest.skip("no PyQt6")
    kept = {key: os.environ[key] for key in ("HOME", "LANG", "SYSTEMROOT") if key in os.environ}
    environment = kept | {
        "PYTHONPATH": str(HERE / "qt6_shim"),
        "PATH": "/usr/bin:/bin",
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    result = _run([sys.executable], environment, tmp_path)
    _judge(result)
    assert result["defined"] > 40


def test_the_offer_goes_with_the_engine_and_help_is_there(
    in_qgis: Callable[..., Any], tmp_path: Path
) -> None:
    engine = write_fake_engine(tmp_path / "engine")
    told = in_qgis("offer.py", engine, engine=None)
    assert (told["offered"], told["without engine"]) == (1, 1)
    assert told["with engine"] == [0, True]
    assert told["help"] == [[True, "algorithms"]]


def test_the_help_has_every_part_that_is_opened() -> None:
    page = (PLUGIN / "railmap" / "help.html").read_text(encoding="utf-8")
    for file in (PLUGIN / "railmap").glob("*.py"):
        parts = re.findall(r'(?:open_help|help_url)\("(\w+)"\)', file.read_text(encoding="utf-8"))
        for part in parts:
            assert f'id="{part}"' in page, file.name
